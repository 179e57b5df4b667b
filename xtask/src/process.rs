//! Child processes: run one to its end, or keep one that dies when we do.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Prints one progress line, so that a long build is never silent.
pub fn say(line: impl AsRef<str>) {
    eprintln!("\x1b[1m::\x1b[0m {}", line.as_ref());
}

/// Runs a command with our own output and waits for its end.
///
/// # Errors
/// When it cannot be started or ends with another code than 0; the sentence names the command.
pub fn run(command: &mut Command) -> Result<()> {
    let child = command.spawn().with_context(|| format!("cannot start {}", name(command)))?;
    let status = wait(child)?;
    ensure!(status.success(), "{} ended with {status}", line(command));
    Ok(())
}

/// Waits for a child; when the user interrupts us, the child is ended first.
///
/// # Errors
/// When interrupted.
pub fn wait(mut child: Child) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            ensure!(!is_interrupted(), "interrupted");
            return Ok(status);
        }
        if is_interrupted() {
            end(&mut child);
            bail!("interrupted");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs a command quietly and returns what it printed.
///
/// # Errors
/// As [`run`], with the last line of its error output.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {}", name(command)))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let last = errors.lines().last().unwrap_or_default();
        bail!("{} ended with {}: {last}", line(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Looks a program up in `PATH`, then in the folders given.
pub fn find_program(name: &str, more: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(more.iter().cloned()).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A server of ours: ended, and waited for, when this value is dropped.
pub struct Server {
    name: String,
    child: Child,
}

impl Server {
    /// Starts a program that also ends when this process is killed, where the system can promise that; as another
    /// user, which only root may do, when one is named.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(program: &Path, user: Option<&str>, configure: impl FnOnce(&mut Command)) -> Result<Self> {
        let mut command = mortal(program, user);
        configure(&mut command);
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        Self::spawn(&name, &mut command)
    }

    /// Starts a command as it is.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(name: &str, command: &mut Command) -> Result<Self> {
        let child = command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name: name.to_owned(), child })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks again and again until `ready` answers true.
    ///
    /// # Errors
    /// When the server ends first, is not ready in time, or the user interrupts.
    pub fn wait_until(&mut self, limit: Duration, ready: impl Fn() -> bool) -> Result<()> {
        let start = Instant::now();
        while !ready() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status} before it was ready", self.name);
            }
            ensure!(!is_interrupted(), "interrupted");
            ensure!(start.elapsed() < limit, "{} was not ready after {} s", self.name, limit.as_secs());
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Asks a child to end, in order, and insists after five seconds.
pub fn end(child: &mut Child) {
    // An interrupt first: PostgreSQL then stops cleanly and removes its shared memory.
    let asked = Command::new("kill").args(["-INT", &child.id().to_string()]).stderr(Stdio::null()).status();
    let patience = Instant::now() + Duration::from_secs(5);
    while asked.is_ok() && Instant::now() < patience {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
}

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on Ctrl-C and a plain `kill` end the work in order: what was started is stopped, what was made is removed.
///
/// # Errors
/// When the system refuses the signal handlers.
pub fn end_in_order_when_interrupted() -> Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&INTERRUPTED))?;
    }
    Ok(())
}

/// Whether the user asked us to stop.
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// A command that gets an interrupt when its parent dies (Linux), as `user` where one is named.
pub fn mortal(program: &Path, user: Option<&str>) -> Command {
    let setpriv = find_program("setpriv", &["/usr/bin".into()]);
    match (setpriv, user) {
        (Some(setpriv), user) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "INT"]);
            if let Some(user) = user {
                command.args(["--reuid", user, "--regid", user, "--init-groups"]);
            }
            command.arg("--").arg(program);
            command
        }
        (None, Some(user)) => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--"]).arg(program);
            command
        }
        (None, None) => Command::new(program),
    }
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let words: Vec<_> =
        std::iter::once(program.file_name().unwrap_or_default()).chain(command.get_args().take(3)).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}
