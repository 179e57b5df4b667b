//! nginx in its three parts: the upstream, a plain proxy, and a gateway written in Lua.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::contender::{Pinned, pinned};
use crate::packages;
use crate::process::find_program;
use crate::server::{free_port, listens};

const UPSTREAM: &str = include_str!("nginx/upstream.conf");
const PROXY: &str = include_str!("nginx/proxy.conf");
const LUA: &str = include_str!("nginx/lua.conf");
const GATEWAY: &str = include_str!("nginx/gateway.lua");

/// The upstream, on `core`.
///
/// # Errors
/// When nginx does not start; the sentence says what it is called and where its log is.
pub fn upstream(folder: &Path, core: usize) -> Result<Pinned> {
    start(folder, core, "upstream", UPSTREAM, &[])
}

/// A plain reverse proxy before `upstream`.
///
/// # Errors
/// As [`upstream`].
pub fn proxy(folder: &Path, core: usize, upstream: u16) -> Result<Pinned> {
    start(folder, core, "proxy", PROXY, &[("UPSTREAM", &upstream.to_string())])
}

/// A gateway in Lua that takes `key` and counts in the Redis at port `redis`.
///
/// # Errors
/// As [`upstream`].
pub fn lua(folder: &Path, core: usize, upstream: u16, key: &str, redis: u16) -> Result<Pinned> {
    let modules = packages::nginx_modules().context("nginx' Lua module is missing")?;
    std::fs::write(folder.join("gateway.lua"), GATEWAY)?;
    let words = [
        ("UPSTREAM", upstream.to_string()),
        ("KEY", key.to_owned()),
        ("REDIS", redis.to_string()),
        ("MODULES", modules.display().to_string()),
    ];
    start(folder, core, "lua", LUA, &words.each_ref().map(|(word, value)| (*word, value.as_str())))
}

fn start(folder: &Path, core: usize, name: &str, text: &str, words: &[(&str, &str)]) -> Result<Pinned> {
    let nginx = find_program("nginx", &["/usr/sbin".into()]).context("nginx is missing")?;
    let (port, here) = (free_port()?, folder.display().to_string());
    let own = [("FOLDER", here.as_str()), ("PORT", &port.to_string())];
    let text = own.iter().chain(words).fold(text.to_owned(), |text, (word, value)| text.replace(word, value));
    let file = folder.join(format!("{name}.conf"));
    std::fs::write(&file, text)?;
    let mut server = pinned(core, &nginx, |command| {
        command.arg("-e").arg(folder.join(format!("{name}.log"))).arg("-c").arg(&file);
    })?;
    server.wait_until(Duration::from_secs(10), || listens(port))?;
    Ok(Pinned { server, port })
}
