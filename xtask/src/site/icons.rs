//! One SVG sprite with the icons that `app/src/ui/icon.rs` names, drawn by Lucide.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::Site;
use super::packaged::Packages;
use crate::workspace::Workspace;

const ENUM: &str = "app/src/ui/icon.rs";

/// Adds the sprite; `<use href="/pkg/icons.<hash>.svg#key-round">` shows one icon.
///
/// # Errors
/// When the enum names an icon that Lucide does not have.
pub(super) fn add(site: &mut Site, workspace: &Workspace, packages: &Packages) -> Result<()> {
    let source = workspace.root.join(ENUM);
    let Some(drawings) = packages.file("lucide-static/icons") else {
        return Ok(());
    };
    if !source.is_file() {
        return Ok(());
    }
    let mut sprite = String::from("<svg xmlns=\"http://www.w3.org/2000/svg\">");
    for name in names(&std::fs::read_to_string(source)?) {
        let svg = std::fs::read_to_string(drawings.join(format!("{name}.svg")))
            .with_context(|| format!("{ENUM} names the icon `{name}`, which lucide-static does not have"))?;
        let shapes = shapes(&svg).with_context(|| format!("the icon `{name}` is not one svg element"))?;
        sprite.push_str(&format!("<symbol id=\"{name}\" viewBox=\"0 0 24 24\">{shapes}</symbol>"));
    }
    sprite.push_str("</svg>");
    site.add("icons.svg", sprite.as_bytes())
}

/// The names on the right of the enum's arms: `Key => "key-round",`.
fn names(source: &str) -> BTreeSet<&str> {
    source.lines().filter_map(|line| line.split_once("=> \"")?.1.split_once('"')).map(|(name, _)| name).collect()
}

/// What lies inside the `svg` element, on one line.
fn shapes(svg: &str) -> Option<String> {
    let inner = svg[svg.find("<svg")?..].split_once('>')?.1;
    let inner = inner.rsplit_once("</svg>")?.0;
    Some(inner.lines().map(str::trim).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arms_of_the_enum_name_the_icons() {
        let source = "glyphs! {\n    Key => \"key-round\",\n    Up => \"arrow-up\",\n}\nmatch self { Self::Key => $name }";
        assert_eq!(names(source), BTreeSet::from(["arrow-up", "key-round"]));
    }

    #[test]
    fn a_drawing_loses_its_frame_and_its_licence_comment() {
        let svg = "<!-- @license -->\n<svg\n  width=\"24\"\n>\n  <path d=\"M1 2\" />\n  <circle r=\"1\" />\n</svg>\n";
        assert_eq!(shapes(svg).as_deref(), Some("<path d=\"M1 2\" /><circle r=\"1\" />"));
        assert_eq!(shapes("<p>no drawing</p>"), None);
    }
}
