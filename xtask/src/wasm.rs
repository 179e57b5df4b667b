//! The browser half: makes sure of a wasm32 standard library, then compiles the `frontend` crate with it.
//!
//! Two ways lead there. `rustup target add` where rustup can download; else Debian's compiler, which carries the
//! source of its standard library, built once into a sysroot of our own. `PORTICO_WASM_TOOLCHAIN=debian` forces the second.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::packages::{self, Need};
use crate::process::{capture, find_program, run, say};
use crate::workspace::Workspace;

const TARGET: &str = "wasm32-unknown-unknown";

/// `--emit-relocs` keeps what the splitter needs to cut lazy pages out; `erase_components` must be the server's
/// setting too (`.cargo/config.toml`), or the two halves would disagree about the page.
const RUSTFLAGS: [&str; 2] = ["-Clink-args=--emit-relocs", "--cfg=erase_components"];

/// How the browser half is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to compile, large; for `cargo xtask dev`.
    Dev,
    /// Slow to compile, small; what is shipped.
    Release,
}

impl Profile {
    const fn cargo_name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "wasm-release",
        }
    }
}

/// Compiles the `frontend` crate and returns the path of its `.wasm` file.
///
/// # Errors
/// When no wasm32 standard library can be had (the sentence says what to install), or when the crate does not compile.
pub fn compile(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    let mut cargo = cargo(workspace)?;
    cargo
        .args(["build", "--package", "frontend", "--lib", "--target", TARGET])
        .args(["--profile", profile.cargo_name()])
        .arg("--message-format=json-render-diagnostics")
        .arg("--target-dir")
        .arg(workspace.front_target());
    say("compiling the browser half");
    artifact(&mut cargo, |file| file.ends_with(".wasm"))
}

/// A cargo that compiles for wasm32, with whichever of the two toolchains this machine offers.
///
/// # Errors
/// When neither is there and neither can be installed.
pub fn cargo(workspace: &Workspace) -> Result<Command> {
    let forced = std::env::var_os("PORTICO_WASM_TOOLCHAIN").is_some_and(|way| way == "debian");
    let (mut cargo, extra) = if !forced && rustup_has_target(workspace) {
        (workspace.cargo(), None)
    } else {
        let debian = Debian::ensure(workspace)
            .context("the browser half needs the wasm32 standard library: run `rustup target add wasm32-unknown-unknown`")?;
        (debian.cargo(workspace), Some(debian.sysroot_flag()))
    };
    let flags: Vec<String> = std::env::var("RUSTFLAGS")
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .chain(RUSTFLAGS.map(str::to_owned))
        .chain(extra)
        .collect();
    cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    Ok(cargo)
}

/// Runs a cargo build with JSON messages and returns the last artifact whose path `wanted` accepts.
///
/// # Errors
/// When the build fails or makes no such file.
pub fn artifact(cargo: &mut Command, wanted: impl Fn(&str) -> bool) -> Result<PathBuf> {
    let output = cargo.stderr(std::process::Stdio::inherit()).output().context("cannot start cargo")?;
    ensure!(output.status.success(), "the build ended with {}; its messages are above", output.status);
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .flat_map(|message| {
            let mut files: Vec<Value> = message["filenames"].as_array().cloned().unwrap_or_default();
            files.push(message["executable"].clone());
            files
        })
        .filter_map(|file| file.as_str().map(str::to_owned))
        .rfind(|file| wanted(file))
        .map(PathBuf::from)
        .context("cargo built, but named no file of the kind that was asked for")
}

fn rustup_has_target(workspace: &Workspace) -> bool {
    let installed = || {
        let mut rustc = Command::new("rustc");
        rustc.args(["--print", "sysroot"]).current_dir(&workspace.root);
        capture(&mut rustc).is_ok_and(|sysroot| Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir())
    };
    if installed() {
        return true;
    }
    if find_program("rustup", &[]).is_none() {
        return false;
    }
    say("rustup target add wasm32-unknown-unknown");
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]).current_dir(&workspace.root);
    run(&mut rustup).is_ok() && installed()
}

/// Debian's own compiler with a standard library built from its own source.
struct Debian {
    sysroot: PathBuf,
    linker: PathBuf,
}

impl Debian {
    const RUSTC: &str = "/usr/bin/rustc";
    const CARGO: &str = "/usr/bin/cargo";

    fn ensure(workspace: &Workspace) -> Result<Self> {
        packages::ensure(&[Need::DebianRust])?;
        let version = capture(Command::new(Self::RUSTC).arg("-vV"))?;
        let major = llvm_major(&version).context("/usr/bin/rustc does not say which LLVM it uses")?;
        let linker_name = format!("wasm-ld-{major}");
        packages::ensure(&[Need::WasmLinker(major)])?;
        let linker =
            find_program(&linker_name, &["/usr/bin".into()]).with_context(|| format!("{linker_name} is missing: install lld-{major}"))?;
        let release = field(&version, "release").unwrap_or("unknown");
        let sysroot = workspace.target.join(format!("wasm-sysroot-{release}"));
        if !sysroot.join("complete").is_file() {
            say(format!("building the wasm32 standard library of rustc {release}, once"));
            build_std(&sysroot)?;
        }
        Ok(Self { sysroot, linker })
    }

    fn cargo(&self, workspace: &Workspace) -> Command {
        let mut cargo = Command::new(Self::CARGO);
        cargo.current_dir(&workspace.root).env("RUSTC", Self::RUSTC).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &self.linker);
        // A rustup cargo sets these for its children, and they would send Debian's cargo to the other compiler.
        for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER"] {
            cargo.env_remove(name);
        }
        cargo
    }

    fn sysroot_flag(&self) -> String {
        format!("--sysroot={}", self.sysroot.display())
    }
}

fn build_std(sysroot: &Path) -> Result<()> {
    let libraries = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    std::fs::create_dir_all(&libraries)?;
    let empty = tempfile::tempdir()?;
    std::fs::create_dir(empty.path().join("src"))?;
    std::fs::write(empty.path().join("src/lib.rs"), "")?;
    std::fs::write(empty.path().join("Cargo.toml"), "[package]\nname = \"portico-empty\"\nedition = \"2021\"\n[workspace]\n")?;
    let mut cargo = Command::new(Debian::CARGO);
    cargo
        .current_dir(empty.path())
        .env("RUSTC", Debian::RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", empty.path().join("target"))
        .args(["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort,test"]);
    for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        cargo.env_remove(name);
    }
    run(&mut cargo)?;
    let built = empty.path().join("target").join(TARGET).join("release/deps");
    for entry in std::fs::read_dir(built)? {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libportico_empty") {
            std::fs::copy(&file, libraries.join(name))?;
        }
    }
    if std::fs::read_dir(&libraries)?.next().is_none() {
        bail!("building the wasm32 standard library left no library behind");
    }
    std::fs::write(sysroot.join("complete"), "")?;
    Ok(())
}

fn field<'a>(version: &'a str, name: &str) -> Option<&'a str> {
    version.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::trim)
}

fn llvm_major(version: &str) -> Option<u32> {
    field(version, "LLVM version")?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "rustc 1.96.0 (built from a source tarball)\nbinary: rustc\nrelease: 1.96.0\nLLVM version: 22.1.2\n";

    #[test]
    fn the_linker_follows_the_compilers_llvm() {
        assert_eq!(llvm_major(VERSION), Some(22));
        assert_eq!(field(VERSION, "release"), Some("1.96.0"));
    }

    #[test]
    fn a_compiler_without_llvm_is_noticed() {
        assert_eq!(llvm_major("release: 1.96.0\n"), None);
        assert_eq!(llvm_major("LLVM version: unknown\n"), None);
    }
}
