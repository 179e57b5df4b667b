//! One stylesheet from `style/main.css` and what it imports, with the hashed paths of the files that it names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{Site, files_below};
use crate::workspace::Workspace;

/// Adds the files of `style/assets` and the stylesheet.
///
/// # Errors
/// When an import leads nowhere or in a circle.
pub(super) fn add(site: &mut Site, workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("style");
    let assets = folder.join("assets");
    for file in assets.is_dir().then(|| files_below(&assets)).transpose()?.unwrap_or_default() {
        let name = file.strip_prefix(&assets)?.to_string_lossy().replace('\\', "/");
        site.add(&name, &std::fs::read(&file)?)?;
    }
    let main = folder.join("main.css");
    if !main.is_file() {
        return Ok(());
    }
    let css = tidy(&link(&flatten(&main, &mut Vec::new())?, &site.manifest.files));
    site.add("style.css", css.as_bytes())
}

/// Puts the text of each `@import "file" layer(name);` in its place, wrapped in that layer.
fn flatten(file: &Path, above: &mut Vec<PathBuf>) -> Result<String> {
    if above.iter().any(|it| it == file) {
        bail!("{} imports itself", file.display());
    }
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    above.push(file.to_path_buf());
    let mut css = String::with_capacity(text.len());
    for line in text.lines() {
        match Import::parse(line).with_context(|| format!("in {}", file.display()))? {
            None => css.push_str(line),
            Some(import) => {
                let imported = file.with_file_name("").join(import.file);
                let inner = flatten(&imported, above)?;
                match import.layer {
                    Some(layer) => css.push_str(&format!("@layer {layer} {{\n{inner}}}")),
                    None => css.push_str(&inner),
                }
            }
        }
        css.push('\n');
    }
    above.pop();
    Ok(css)
}

/// One import line, the only form that the project uses: double quotes, an optional layer, one per line.
#[derive(Debug, PartialEq, Eq)]
struct Import<'a> {
    file: &'a str,
    layer: Option<&'a str>,
}

impl<'a> Import<'a> {
    fn parse(line: &'a str) -> Result<Option<Self>> {
        let Some(rest) = line.trim().strip_prefix("@import") else {
            return Ok(None);
        };
        let parts = || {
            let rest = rest.trim().strip_suffix(';')?.trim();
            let (file, rest) = rest.strip_prefix('"')?.split_once('"')?;
            let layer = match rest.trim() {
                "" => None,
                rest => Some(rest.strip_prefix("layer(")?.strip_suffix(')')?),
            };
            Some(Self { file, layer })
        };
        match parts() {
            Some(import) => Ok(Some(import)),
            None => bail!("write `@import \"file.css\" layer(name);` on one line, not `{}`", line.trim()),
        }
    }
}

/// Replaces `url("name")` by the path that the name is served under. A typeface that the site lacks becomes a `local()`
/// one, so that no browser asks for a file that is not there.
fn link(css: &str, files: &BTreeMap<String, String>) -> String {
    let mut linked = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("url(\"") {
        linked.push_str(before);
        let (name, after) = after.split_once('"').unwrap_or((after, ""));
        match files.get(name) {
            Some(path) => linked.push_str(&format!("url(\"{path}\"")),
            None if name.ends_with(".woff2") => linked.push_str(&format!("local(\"{name}\"")),
            None => linked.push_str(&format!("url(\"{name}\"")),
        }
        rest = after;
    }
    linked.push_str(rest);
    linked
}

/// Drops comments, indentation and empty lines; strings stay as they are.
fn tidy(css: &str) -> String {
    let mut tidied = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(start) = rest.find("/*") {
        tidied.push_str(&rest[..start]);
        rest = rest[start..].split_once("*/").map_or("", |(_, after)| after);
    }
    tidied.push_str(rest);
    let lines: Vec<&str> = tidied.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style_folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        folder
    }

    #[test]
    fn an_import_becomes_its_text_in_its_layer() {
        let folder = style_folder(&[
            ("main.css", "@layer a, b;\n@import \"a.css\" layer(a);\n@import \"parts/b.css\";\n"),
            ("a.css", "p { color: red; }\n"),
            ("parts/b.css", "@import \"c.css\" layer(b.c);\n"),
            ("parts/c.css", "i { color: blue; }\n"),
        ]);
        let css = flatten(&folder.path().join("main.css"), &mut Vec::new()).unwrap();
        assert_eq!(tidy(&css), "@layer a, b;\n@layer a {\np { color: red; }\n}\n@layer b.c {\ni { color: blue; }\n}");
    }

    #[test]
    fn a_circle_and_a_missing_file_are_refused_by_name() {
        let folder = style_folder(&[
            ("main.css", "@import \"a.css\";\n"),
            ("a.css", "@import \"main.css\";\n"),
            ("b.css", "@import \"gone.css\";\n"),
        ]);
        let refusal = |name| {
            let error = flatten(&folder.path().join(name), &mut Vec::new()).unwrap_err();
            format!("{error:#}")
        };
        assert!(refusal("main.css").contains("main.css imports itself"));
        assert!(refusal("b.css").contains("gone.css"));
    }

    #[test]
    fn another_form_of_import_is_refused() {
        assert!(Import::parse("@import url(x.css);").is_err());
        assert!(Import::parse("@import \"x.css\" screen;").is_err());
        assert_eq!(Import::parse("p { }").unwrap(), None);
    }

    #[test]
    fn a_url_gets_its_hashed_path_and_a_missing_typeface_none() {
        let files = BTreeMap::from([("geist.woff2".to_owned(), "/pkg/geist.1.woff2".to_owned())]);
        let css = r#"src: url("geist.woff2") format("woff2"), url("other.woff2"); background: url("data:x")"#;
        assert_eq!(link(css, &files), r#"src: url("/pkg/geist.1.woff2") format("woff2"), local("other.woff2"); background: url("data:x")"#);
    }
}
