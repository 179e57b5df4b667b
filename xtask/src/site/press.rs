//! Brotli and gzip beside each file, so that the server never compresses what does not change.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Site;
use crate::process::say;

/// Compresses each file of the site that is not compressed yet.
pub(super) fn press(site: &Site) -> Result<()> {
    let todo: Vec<&PathBuf> = site.kept.iter().filter(|file| is_text(file) && !beside(file, "br").is_file()).collect();
    if todo.is_empty() {
        return Ok(());
    }
    say(format!("compressing {} files", todo.len()));
    for file in todo {
        let content = std::fs::read(file)?;
        std::fs::write(beside(file, "gz"), gzip(&content)?)?;
        // The brotli file comes last: where it lies, the pair is complete.
        std::fs::write(beside(file, "br"), brotli(&content)?)?;
    }
    Ok(())
}

/// The file that a compressed one was made from; any other file is its own.
pub(super) fn original(file: &Path) -> PathBuf {
    match file.extension().and_then(|it| it.to_str()) {
        Some("br" | "gz") => file.with_extension(""),
        _ => file.to_path_buf(),
    }
}

/// gzip at its strongest.
pub(super) fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, size_hint: content.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

fn beside(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn is_text(file: &Path) -> bool {
    matches!(
        file.extension().and_then(|it| it.to_str()),
        Some("css" | "html" | "js" | "json" | "mjs" | "svg" | "txt" | "wasm" | "webmanifest" | "xml")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compressed_file_belongs_to_its_original() {
        assert_eq!(original(Path::new("a/b.12.js.br")), Path::new("a/b.12.js"));
        assert_eq!(original(Path::new("a/b.12.js.gz")), Path::new("a/b.12.js"));
        assert_eq!(original(Path::new("a/b.12.js")), Path::new("a/b.12.js"));
    }

    #[test]
    fn both_forms_hold_the_same_text() {
        let text = "the quick brown fox ".repeat(50);
        let mut gunzipped = String::new();
        let packed = gzip(text.as_bytes()).unwrap();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&packed[..]), &mut gunzipped).unwrap();
        let mut unbrotlied = Vec::new();
        brotli::BrotliDecompress(&mut &brotli(text.as_bytes()).unwrap()[..], &mut unbrotlied).unwrap();
        assert_eq!((gunzipped.as_str(), unbrotlied.as_slice()), (text.as_str(), text.as_bytes()));
    }
}
