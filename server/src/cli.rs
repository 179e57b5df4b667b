//! The command line: `serve`, `admin create`, `publish`, `backup`, `restore`, `move`.

use crate::config::{PlaceFlags, ServeFlags, Settings};
use crate::data::{self, Backup, Move, Restore};
use crate::publish::{self, Publish};
use crate::serve;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// A wrong word on the command line or a wrong setting (sysexits `EX_USAGE`).
const USAGE: u8 = 64;

/// Why a command ended without doing what it was asked for: one sentence.
pub enum Stop {
    /// The command line or a setting is wrong.
    Usage(String),
    /// It was tried and did not work.
    Failed(String),
}

impl From<store::Error> for Stop {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Developer portal with an API marketplace.
#[derive(Parser)]
#[command(name = "portico", version, arg_required_else_help = true, after_help = "")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the portal, the gateway and the sandbox
    Serve(Box<Serve>),
    /// Manage platform admins
    #[command(subcommand)]
    Admin(Admin),
    /// Publish an OpenAPI document as a product's next revision
    Publish(Publish),
    /// Copy the SQLite data into a new file, also while the portal runs
    Backup(Backup),
    /// Put a backup where no data is yet
    Restore(Restore),
    /// Move the SQLite data into an empty PostgreSQL database
    Move(Move),
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    place: PlaceFlags,
    #[command(flatten)]
    serve: ServeFlags,
}

#[derive(Subcommand)]
enum Admin {
    /// Make a platform admin; the password is read from standard input
    Create(CreateAdmin),
}

#[derive(Args)]
struct CreateAdmin {
    /// The address to sign in with
    #[arg(long)]
    email: String,
    /// The name that colleagues see
    #[arg(long, default_value = "Admin")]
    name: String,
    #[command(flatten)]
    place: PlaceFlags,
}

/// Reads the command line, does what it says, and answers with the exit code.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let command = Cli::command().after_help(settings_help());
    let parsed = command.try_get_matches_from(words).and_then(|matches| Cli::from_arg_matches(&matches));
    let stopped = match parsed {
        Ok(cli) => dispatch(cli.command),
        Err(error) => return explain(&error),
    };
    match stopped {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Usage(sentence)) => complain(&sentence, USAGE),
        Err(Stop::Failed(sentence)) => complain(&sentence, 1),
    }
}

fn dispatch(command: Command) -> Result<(), Stop> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Stop::Failed(format!("No threads could be started: {error}.")))?;
    // Settings are tried out while they are read, and a mail server's connections belong to a runtime.
    let _within = runtime.enter();
    match command {
        Command::Serve(flags) => {
            let settings = Settings::read(&flags.place, &flags.serve).map_err(Stop::Usage)?;
            runtime.block_on(serve::serve(settings))
        }
        Command::Admin(Admin::Create(form)) => runtime.block_on(create_admin(form)),
        Command::Publish(form) => runtime.block_on(publish::publish(form)),
        Command::Backup(form) => runtime.block_on(data::backup(form)),
        Command::Restore(form) => runtime.block_on(data::restore(form)),
        Command::Move(form) => runtime.block_on(data::move_data(form)),
    }
}

async fn create_admin(form: CreateAdmin) -> Result<(), Stop> {
    let settings = Settings::read(&form.place, &ServeFlags::default()).map_err(Stop::Usage)?;
    let password = read_password().map_err(|error| Stop::Failed(format!("The password could not be read: {error}.")))?;
    let store = serve::open_store(&settings).await?;
    let person = store.create_admin(&form.email, &password, &form.name, chrono::Utc::now()).await?;
    println!("{} can sign in as a platform admin.", person.email);
    store.close().await;
    Ok(())
}

/// One line of standard input; never an argument, which every user of the machine could read.
fn read_password() -> std::io::Result<String> {
    if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        eprintln!("Type the password of the new admin, then press Enter.");
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Help and version go to standard output; a wrong word is one sentence.
fn explain(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    match error.kind() {
        DisplayHelp | DisplayVersion => {
            print!("{}", error.render());
            ExitCode::SUCCESS
        }
        DisplayHelpOnMissingArgumentOrSubcommand => {
            eprint!("{}", error.render());
            ExitCode::from(USAGE)
        }
        _ => {
            let text = error.render().to_string();
            // The first paragraph says what is wrong; usage and tips follow it.
            let reason = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
            let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
            complain(&format!("{reason}; see portico --help."), USAGE)
        }
    }
}

fn complain(sentence: &str, code: u8) -> ExitCode {
    eprintln!("portico: {sentence}");
    ExitCode::from(code)
}

/// Every setting with its flag and its variable, for the end of `portico --help`.
fn settings_help() -> String {
    let serve = Serve::augment_args(clap::Command::new("serve"));
    let line = |arg: &clap::Arg| {
        let flag = arg.get_long().unwrap_or_default();
        let variable = arg.get_env().unwrap_or_default().to_string_lossy().into_owned();
        let about = arg.get_help().map(ToString::to_string).unwrap_or_default();
        format!("  --{flag:<15} {variable:<23} {about}\n")
    };
    let lines: String = serve.get_arguments().map(line).collect();
    format!(
        "Settings of portico serve; a flag beats the variable, the variable beats the file:\n{lines}\nOTEL_EXPORTER_OTLP_ENDPOINT names a collector of traces; OpenTelemetry's other variables hold too.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_lists_every_setting() {
        let help = settings_help();
        for variable in ["PORT ", "PORTICO_DATA ", "DATABASE_URL ", "SITE_URL ", "PORTICO_NO_DEMO ", "PORTICO_TRUSTED_PROXIES "] {
            assert!(help.contains(variable), "{variable} in {help}");
        }
    }
}
