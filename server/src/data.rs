//! `portico backup`, `portico restore`, `portico move`: the data as a whole.

use crate::cli::Stop;
use crate::config::{PlaceFlags, ServeFlags, Settings};
use clap::Args;
use std::path::{Path, PathBuf};

/// What `portico backup` is told.
#[derive(Args)]
pub struct Backup {
    /// File to make; it must not be there yet
    file: PathBuf,
    #[command(flatten)]
    place: PlaceFlags,
}

/// What `portico restore` is told.
#[derive(Args)]
pub struct Restore {
    /// A file that portico backup made
    file: PathBuf,
    #[command(flatten)]
    place: PlaceFlags,
}

/// What `portico move` is told.
#[derive(Args)]
pub struct Move {
    /// An empty database: postgres://user@host/database
    #[arg(env = "PORTICO_MOVE_TO", value_name = "URL", hide_env_values = true)]
    target: String,
    #[command(flatten)]
    place: PlaceFlags,
}

/// Copies the database, consistent as of one moment; a running portal is not held up.
///
/// # Errors
/// One sentence: the file is there already, or the database is none of SQLite's.
pub async fn backup(form: Backup) -> Result<(), Stop> {
    let (source, _) = sqlite(&form.place)?;
    let bytes = store::backup(&source, &form.file).await?;
    println!("{} is backed up in {} ({bytes} bytes).", source.display(), form.file.display());
    Ok(())
}

/// Puts a backup back.
///
/// # Errors
/// One sentence: there is data already, or the backup is damaged.
pub async fn restore(form: Restore) -> Result<(), Stop> {
    let (target, settings) = sqlite(&form.place)?;
    if settings.database_url.is_none() {
        std::fs::create_dir_all(&settings.data)
            .map_err(|error| Stop::Failed(format!("The data folder {} cannot be made: {error}.", settings.data.display())))?;
    }
    let bytes = store::restore(&form.file, &target).await?;
    println!("{} is restored from {} ({bytes} bytes).", target.display(), form.file.display());
    Ok(())
}

/// Moves everything to PostgreSQL and says how much that was.
///
/// # Errors
/// One sentence: the portal still runs, the target is not empty, or a table differs after the move.
pub async fn move_data(form: Move) -> Result<(), Stop> {
    if !["postgres://", "postgresql://"].iter().any(|scheme| form.target.starts_with(scheme)) {
        return Err(Stop::Usage("The target is no PostgreSQL database; use postgres://user@host/database.".to_owned()));
    }
    let (source, _) = sqlite(&form.place)?;
    let moved = store::move_to_postgres(&source, &form.target).await?;
    for table in &moved {
        println!("{:>12}  {}", table.rows, table.table);
    }
    let rows: u64 = moved.iter().map(|table| table.rows).sum();
    println!("{rows} rows of {} tables were moved, read back and found equal.", moved.len());
    println!("Start the portal with DATABASE_URL set to the new database. {} stays as it is.", source.display());
    Ok(())
}

/// The SQLite file that the settings name.
fn sqlite(place: &PlaceFlags) -> Result<(PathBuf, Settings), Stop> {
    let settings = Settings::read(place, &ServeFlags::default()).map_err(Stop::Usage)?;
    let url = settings.database();
    let Some(path) = url.strip_prefix("sqlite:") else {
        return Err(Stop::Usage("This works on SQLite, and database_url names PostgreSQL; use pg_dump there.".to_owned()));
    };
    Ok((Path::new(path.strip_prefix("//").unwrap_or(path)).to_owned(), settings))
}
