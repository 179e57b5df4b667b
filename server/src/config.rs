//! The settings of a server: flags over environment over a TOML file over defaults.

use crate::mail::Postman;
use crate::proxies::Proxies;
use crate::tls;
use clap::Args;
use clap::builder::FalseyValueParser;
use domain::settings::Retention;
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The settings file that is read where none is named.
const FILE: &str = "portico.toml";
/// Characters of a token that nobody guesses.
const SHORTEST_TOKEN: usize = 16;

/// Where the data lies: needed by every command. Values are checked once all sources are merged.
#[derive(Clone, Default, Args, Serialize)]
pub struct PlaceFlags {
    /// Settings file in TOML; keys are the long flags with _ for - [default: portico.toml, when there]
    #[arg(long, env = "PORTICO_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Folder for the SQLite file, and for calls that wait for Redis [default: portico in the user's data folder]
    #[arg(long, env = "PORTICO_DATA", value_name = "DIR")]
    #[serde(skip_serializing_if = "is_unset")]
    pub data: Option<String>,
    /// postgres://user@host/database, or sqlite:PATH [default: portico.db in the data folder]
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    #[serde(skip_serializing_if = "is_unset")]
    pub database_url: Option<String>,
}

/// How the server is reached and what it tells.
#[derive(Clone, Default, Args, Serialize)]
pub struct ServeFlags {
    /// Address to listen on [default: 127.0.0.1]
    #[arg(long, env = "PORTICO_HOST", value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "is_unset")]
    pub host: Option<String>,
    /// Port to listen on; 0 takes a free one [default: 3000]
    #[arg(long, env = "PORT", value_name = "NUMBER")]
    #[serde(skip_serializing_if = "is_unset")]
    pub port: Option<String>,
    /// redis://host:port, or rediss:// with TLS, of a cluster several with commas between: what nodes share [default: none, this node is alone]
    #[arg(long, env = "REDIS_URL", value_name = "URL", hide_env_values = true)]
    #[serde(skip_serializing_if = "is_unset")]
    pub redis_url: Option<String>,
    /// Certificate in PEM, with those it needs after it: speaks HTTPS, and follows the file [default: none, HTTP]
    #[arg(long, env = "PORTICO_TLS_CERT", value_name = "FILE")]
    #[serde(skip_serializing_if = "is_unset")]
    pub tls_cert: Option<String>,
    /// The certificate's private key in PEM, with --tls-cert
    #[arg(long, env = "PORTICO_TLS_KEY", value_name = "FILE")]
    #[serde(skip_serializing_if = "is_unset")]
    pub tls_key: Option<String>,
    /// What people type to get here, for links and cookies [default: http://HOST:PORT, or https://]
    #[arg(long, env = "SITE_URL", value_name = "URL")]
    #[serde(skip_serializing_if = "is_unset")]
    pub site_url: Option<String>,
    /// Start empty: no demo company
    #[arg(long, env = "PORTICO_NO_DEMO", value_parser = FalseyValueParser::new())]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_demo: bool,
    /// What to log: error, warn, info, debug, or a filter such as server=debug [default: info]
    #[arg(long, env = "PORTICO_LOG", value_name = "FILTER")]
    #[serde(skip_serializing_if = "is_unset")]
    pub log: Option<String>,
    /// text or json [default: text]
    #[arg(long, env = "PORTICO_LOG_FORMAT", value_name = "FORMAT")]
    #[serde(skip_serializing_if = "is_unset")]
    pub log_format: Option<String>,
    /// Opens /metrics to whoever sends it as a bearer token [default: /metrics answers this machine only]
    #[arg(long, env = "PORTICO_METRICS_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    #[serde(skip_serializing_if = "is_unset")]
    pub metrics_token: Option<String>,
    /// With SQLite: answers wait until their calls are on the disk, so that a power cut loses none [default: within a second]
    #[arg(long, env = "PORTICO_FLUSH_CALLS", value_parser = FalseyValueParser::new())]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub flush_calls: bool,
    /// Seconds from SIGTERM until no more is taken: readyz says 503 meanwhile [default: 2]
    #[arg(long, env = "PORTICO_DRAIN", value_name = "SECONDS")]
    #[serde(skip_serializing_if = "is_unset")]
    pub drain: Option<String>,
    /// smtps://user:password@host, or smtp://host:587?tls=required [default: none, mails wait in the outbox]
    #[arg(long, env = "SMTP_URL", value_name = "URL", hide_env_values = true)]
    #[serde(skip_serializing_if = "is_unset")]
    pub smtp_url: Option<String>,
    /// Who mails come from, with --smtp-url: Name <name@example.com>
    #[arg(long, env = "MAIL_FROM", value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "is_unset")]
    pub mail_from: Option<String>,
    /// Days that single calls stay in the log; sums and bills stay in any case [default: 30]
    #[arg(long, env = "PORTICO_KEEP_CALLS", value_name = "DAYS")]
    #[serde(skip_serializing_if = "is_unset")]
    pub keep_calls: Option<String>,
    /// Days that sessions keep network addresses, and that mails are kept [default: 90]
    #[arg(long, env = "PORTICO_KEEP_ADDRESSES", value_name = "DAYS")]
    #[serde(skip_serializing_if = "is_unset")]
    pub keep_addresses: Option<String>,
    /// Proxies whose X-Forwarded-For names the visitor: addresses and networks, with commas [default: none]
    #[arg(long, env = "PORTICO_TRUSTED_PROXIES", value_name = "LIST")]
    #[serde(skip_serializing_if = "is_unset")]
    pub trusted_proxies: Option<String>,
}

/// A compose file hands an unset variable over as an empty one.
#[expect(clippy::ref_option, reason = "serde hands over the field")]
fn is_unset(value: &Option<String>) -> bool {
    value.as_ref().is_none_or(String::is_empty)
}

/// Everything that can be set, after all sources were merged.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub host: IpAddr,
    pub port: u16,
    /// Folder of the SQLite file.
    pub data: PathBuf,
    pub database_url: Option<String>,
    pub redis_url: Option<String>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub site_url: Option<String>,
    pub no_demo: bool,
    pub log: String,
    pub log_format: LogFormat,
    /// What opens `/metrics` from other machines.
    pub metrics_token: Option<String>,
    /// Whether calls wait for the disk, on SQLite.
    pub flush_calls: bool,
    /// Seconds between being told to stop and taking no more.
    pub drain: u64,
    /// The server that mails leave through.
    pub smtp_url: Option<String>,
    /// Who they come from.
    pub mail_from: Option<String>,
    /// Days.
    pub keep_calls: u16,
    /// Days.
    pub keep_addresses: u16,
    /// Whose word counts for where a request comes from.
    pub trusted_proxies: Proxies,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 3000,
            data: data_folder(),
            database_url: None,
            redis_url: None,
            tls_cert: None,
            tls_key: None,
            site_url: None,
            no_demo: false,
            flush_calls: false,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            metrics_token: None,
            drain: 2,
            smtp_url: None,
            mail_from: None,
            keep_calls: 30,
            keep_addresses: 90,
            trusted_proxies: Proxies::default(),
        }
    }
}

impl Settings {
    /// Merges every source.
    ///
    /// # Errors
    /// One sentence that names the setting and what it takes.
    pub fn read(place: &PlaceFlags, serve: &ServeFlags) -> Result<Self, String> {
        let settings: Self = Figment::new()
            .merge(file(place.config.as_deref())?)
            .merge(Serialized::defaults(place))
            .merge(Serialized::defaults(serve))
            .extract_lossy()
            .map_err(|error| sentence(&error))?;
        settings.check()
    }

    /// Where the database is.
    pub fn database(&self) -> String {
        self.database_url.clone().unwrap_or_else(|| format!("sqlite:{}", self.data.join("portico.db").display()))
    }

    /// The base URL that people use, without a trailing slash; `listening` is where the server came to listen.
    pub fn site(&self, listening: SocketAddr) -> String {
        let given = self.site_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        let scheme = if self.tls_cert.is_some() { "https" } else { "http" };
        given.unwrap_or_else(|| match listening.ip().is_unspecified() {
            true => format!("{scheme}://localhost:{}", listening.port()),
            false => format!("{scheme}://{listening}"),
        })
    }

    /// The certificate to speak HTTPS with, where one is set.
    pub fn tls(&self) -> Option<tls::Files> {
        Some(tls::Files { certificate: self.tls_cert.clone()?, key: self.tls_key.clone()? })
    }

    /// How long single things are kept.
    pub fn retention(&self) -> Retention {
        Retention { calls: self.keep_calls.into(), addresses: self.keep_addresses.into() }
    }

    /// The way that mails leave, where there is one.
    ///
    /// # Errors
    /// One sentence that names the setting.
    pub fn postman(&self) -> Result<Option<Postman>, String> {
        let Some(url) = &self.smtp_url else { return Ok(None) };
        let from = self.mail_from.as_deref().ok_or("The setting mail_from is missing; with smtp_url, write Name <name@example.com>.")?;
        Postman::new(url, from).map(Some)
    }

    fn check(self) -> Result<Self, String> {
        if let Some(url) = &self.site_url
            && domain::product::absolute_url("site_url", url).is_err()
        {
            return Err(format!("The setting site_url is `{url}`; use an absolute URL such as https://developers.example.com."));
        }
        self.check_tls()?;
        if let Some(url) = &self.database_url
            && !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme))
        {
            return Err("The setting database_url has an unknown scheme; use postgres://user@host/database or sqlite:PATH.".to_owned());
        }
        if self.metrics_token.as_ref().is_some_and(|token| token.len() < SHORTEST_TOKEN) {
            return Err(format!("The setting metrics_token is too short; use at least {SHORTEST_TOKEN} characters."));
        }
        if let Some(url) = &self.redis_url
            && !["redis://", "rediss://"].iter().any(|scheme| url.starts_with(scheme))
        {
            return Err(
                "The setting redis_url has an unknown scheme; use redis://host:port or rediss://user:password@host:port.".to_owned()
            );
        }
        self.postman()?;
        Ok(self)
    }

    /// One file is of no use without the other, and a portal that speaks HTTPS is not at an http address.
    fn check_tls(&self) -> Result<(), String> {
        match (&self.tls_cert, &self.tls_key, &self.site_url) {
            (Some(_), None, _) => Err("The setting tls_key is missing; with tls_cert, name the file of its private key.".to_owned()),
            (None, Some(_), _) => Err("The setting tls_cert is missing; with tls_key, name the file of its certificate.".to_owned()),
            (Some(_), _, Some(url)) if !url.starts_with("https://") => {
                Err(format!("The setting site_url is `{url}`; with tls_cert, use an address that begins with https://."))
            }
            _ => Ok(()),
        }
    }
}

/// The named file, which must be there, or the usual one where it is.
fn file(named: Option<&Path>) -> Result<figment::providers::Data<Toml>, String> {
    match named {
        Some(path) if !path.is_file() => Err(format!("The settings file {} is not there; name one that is.", path.display())),
        Some(path) => Ok(Toml::file_exact(path)),
        None if Path::new(FILE).is_file() => Ok(Toml::file_exact(FILE)),
        None => Ok(Toml::string("")),
    }
}

/// What is wrong, in words: the first of the problems, with the name of its setting.
fn sentence(error: &figment::Error) -> String {
    let setting = error.path.join(".");
    let source = error.metadata.as_ref().filter(|about| about.name.contains("TOML")).and_then(|about| about.source.as_ref());
    let place = source.map(|source| format!(" in {source}")).unwrap_or_default();
    match setting.as_str() {
        "" => format!("The settings cannot be read{place}: {}.", reason(&error.kind)),
        name => format!("The setting {name}{place} cannot be used: {}.", reason(&error.kind)),
    }
}

/// The kinds that people meet in words of theirs.
fn reason(kind: &figment::error::Kind) -> String {
    use figment::error::Kind::{InvalidType, InvalidValue, UnknownField, UnknownVariant};
    match kind {
        InvalidType(found, expected) | InvalidValue(found, expected) => {
            let expected = match expected.as_str() {
                "u16" => "a number from 0 to 65535",
                other => other,
            };
            format!("it is {found}, and takes {expected}")
        }
        UnknownField(name, _) => format!("there is no setting {name}; portico --help lists them"),
        UnknownVariant(found, known) => format!("it is {found}, and takes {}", known.join(" or ")),
        other => other.to_string(),
    }
}

/// The folder that the system keeps for a user's data (XDG base directories), else one beside the current folder's files.
fn data_folder() -> PathBuf {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = named("XDG_DATA_HOME").or_else(|| Some(named("HOME")?.join(".local/share")));
    base.map_or_else(|| PathBuf::from("portico-data"), |base| base.join("portico"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_file(text: &str, serve: &ServeFlags) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, text).unwrap();
        Settings::read(&PlaceFlags { config: Some(path), ..PlaceFlags::default() }, serve)
    }

    #[test]
    fn flags_beat_the_file_and_the_file_beats_defaults() {
        let flags = ServeFlags { port: Some("4000".into()), ..ServeFlags::default() };
        let settings = from_file("port = 5000\nhost = \"0.0.0.0\"\n", &flags).ok().unwrap();
        assert_eq!((settings.port, settings.host.to_string().as_str(), settings.log.as_str()), (4000, "0.0.0.0", "info"));
        assert_eq!(settings.site("0.0.0.0:4000".parse().unwrap()), "http://localhost:4000");
    }

    #[tokio::test]
    async fn a_wrong_value_names_its_setting_in_one_sentence() {
        for (text, flags, name) in [
            ("port = \"ninety\"", ServeFlags::default(), "port"),
            ("", ServeFlags { port: Some("70000".into()), ..ServeFlags::default() }, "port"),
            ("", ServeFlags { host: Some("localhost".into()), ..ServeFlags::default() }, "host"),
            ("", ServeFlags { log_format: Some("xml".into()), ..ServeFlags::default() }, "log_format"),
            ("", ServeFlags { site_url: Some("example.com".into()), ..ServeFlags::default() }, "site_url"),
            ("smtp_url = \"smtp://localhost\"", ServeFlags::default(), "mail_from"),
            ("smtp_url = \"smtp://localhost\"\nmail_from = \"nobody\"", ServeFlags::default(), "mail_from"),
            ("smtp_url = \"http://localhost\"\nmail_from = \"a@x.example\"", ServeFlags::default(), "smtp_url"),
            ("metrics_token = \"short\"", ServeFlags::default(), "metrics_token"),
            ("trusted_proxies = [\"10.0.0.0/99\"]", ServeFlags::default(), "trusted_proxies"),
            ("", ServeFlags { trusted_proxies: Some("proxy.example".into()), ..ServeFlags::default() }, "trusted_proxies"),
            ("prot = 1", ServeFlags::default(), "prot"),
            ("database_url = \"mysql://x\"", ServeFlags::default(), "database_url"),
            ("redis_url = \"localhost:6379\"", ServeFlags::default(), "redis_url"),
            ("tls_cert = \"cert.pem\"", ServeFlags::default(), "tls_key"),
            ("tls_key = \"key.pem\"", ServeFlags::default(), "tls_cert"),
            ("tls_cert = \"c\"\ntls_key = \"k\"\nsite_url = \"http://x.example\"", ServeFlags::default(), "site_url"),
        ] {
            let said = from_file(text, &flags).err().unwrap();
            assert!(said.contains(name) && !said.contains('\n') && said.ends_with('.'), "{said}");
        }
    }

    #[test]
    fn proxies_are_a_list_in_the_file_and_a_line_elsewhere() {
        let listed = from_file("trusted_proxies = [\"10.0.0.7\", \"fd00::/8\"]", &ServeFlags::default()).ok().unwrap();
        let flags = ServeFlags { trusted_proxies: Some("10.0.0.7, fd00::/8".into()), ..ServeFlags::default() };
        assert_eq!(listed.trusted_proxies, from_file("", &flags).ok().unwrap().trusted_proxies);
    }

    #[test]
    fn a_named_file_must_be_there() {
        let place = PlaceFlags { config: Some("nowhere/settings.toml".into()), ..PlaceFlags::default() };
        let said = Settings::read(&place, &ServeFlags::default()).err().unwrap();
        assert!(said.contains("nowhere/settings.toml"), "{said}");
    }
}
