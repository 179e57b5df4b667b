//! The SQLite file as a whole: copied while the portal runs, and put back.

use crate::journal::{self, Journal};
use crate::{Error, Result, Store};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a copy waits for a writer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Copies the database at `source` into a new file, consistent as of one moment, while others go on writing; every call that was answered
/// before is in it. Answers with the bytes.
///
/// # Errors
/// [`Error::File`] where the target is there already or cannot be written, or a portal that runs does not get its calls written; what
/// SQLite said of the source.
pub async fn backup(source: &Path, target: &Path) -> Result<u64> {
    absent(target)?;
    let part = beside(target, ".part");
    absent(&part)?;
    let made = Unfinished(&part);
    let mut database = open(source, false).await?;
    journal::settle(source).await?;
    sqlx::query("vacuum into $1").bind(text(&part)?).execute(&mut database).await?;
    database.close().await?;
    check(&part).await?;
    let bytes = give_name(&part, target)?;
    std::mem::forget(made);
    Ok(bytes)
}

/// Puts a backup where no database is, and brings its schema up to date. Answers with the bytes of the backup.
///
/// # Errors
/// [`Error::File`] where a database is there already or the backup is damaged or none of ours; [`Error::Migrate`] where it is of a newer
/// version.
pub async fn restore(backup: &Path, target: &Path) -> Result<u64> {
    for end in ["", "-wal", "-shm"] {
        absent(&beside(target, end))?;
    }
    if !Journal::of(target).is_empty().await? {
        let folder = beside(target, "-calls");
        return Err(Error::File(format!("{} has calls of another database. Nothing was written; move it away.", folder.display())));
    }
    check(backup).await?;
    let part = beside(target, ".part");
    absent(&part)?;
    let made = Unfinished(&part);
    let bytes = std::fs::copy(backup, &part).map_err(|error| said(&part, &error))?;
    // Closing folds the log of the migration into the file.
    Store::open(&format!("sqlite:{}", text(&part)?)).await?.close().await;
    give_name(&part, target)?;
    std::mem::forget(made);
    Ok(bytes)
}

/// A file that is removed again where something went wrong.
struct Unfinished<'a>(&'a Path);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            // Most often it was never made.
            let _ = std::fs::remove_file(beside(self.0, end));
        }
    }
}

async fn open(path: &Path, read_only: bool) -> Result<SqliteConnection> {
    if !path.is_file() {
        return Err(Error::File(format!("There is no file {}.", path.display())));
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(read_only).busy_timeout(PATIENCE);
    Ok(SqliteConnection::connect_with(&options).await?)
}

/// Whether the file is whole and holds a portal.
async fn check(path: &Path) -> Result<()> {
    const OURS: &str = "select exists (select 1 from sqlite_master where name = '_sqlx_migrations')
        and exists (select 1 from sqlite_master where name = 'usage_hourly')";
    let mut database = open(path, true).await?;
    let damage = |what: String| Error::File(format!("The file {} cannot be used: {what}.", path.display()));
    let found: String =
        sqlx::query_scalar("pragma integrity_check(1)").fetch_one(&mut database).await.map_err(|error| damage(error.to_string()))?;
    if found != "ok" {
        return Err(damage(format!("it is damaged ({found})")));
    }
    let ours: bool = sqlx::query_scalar(OURS).fetch_one(&mut database).await?;
    database.close().await?;
    if ours { Ok(()) } else { Err(damage("it is a database, but not of a portal".to_owned())) }
}

/// Gives a finished file its name, on disk. Answers with its bytes.
fn give_name(part: &Path, target: &Path) -> Result<u64> {
    let finish = || {
        let file = File::open(part)?;
        file.sync_all()?;
        std::fs::rename(part, target)?;
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
        Ok(file.metadata()?.len())
    };
    finish().map_err(|error: std::io::Error| said(target, &error))
}

fn absent(path: &Path) -> Result<()> {
    match path.try_exists() {
        Ok(false) => Ok(()),
        Ok(true) => {
            Err(Error::File(format!("{} is there already. Nothing was written; move it away or name another file.", path.display())))
        }
        Err(error) => Err(said(path, &error)),
    }
}

fn said(path: &Path, error: &std::io::Error) -> Error {
    Error::File(format!("{} cannot be written: {error}.", path.display()))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::File(format!("The name {} is no UTF-8 text.", path.display())))
}
