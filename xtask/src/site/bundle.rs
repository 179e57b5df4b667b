//! The browser half as files: cut into a first module and lazy ones, bound to JavaScript, made small.
//!
//! A page stays out of the first download when its route is lazy. Its part of the portal says so in its `mod.rs`:
//!
//! ```ignore
//! lazy_pages! { dashboard: OverviewRoute => Overview, UsageRoute => Usage }
//!
//! view! { <Route path=path!("/dashboard") view={Lazy::<OverviewRoute>::new()}/> }   // leptos_router::Lazy
//! ```
//!
//! `app/src/lazy.rs` explains the macro. Each part becomes one `split_…` file; what several parts share and the first
//! page does not need becomes a `chunk_…` file; everything else stays in the first module.
//!
//! All files lie in one folder named by the hash of what they were made from, so that their relative imports stay true.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use super::packaged::Packages;
use super::{Site, digest, files_below};
use crate::process::{capture, say};
use crate::wasm::Profile;

/// Raised when the steps below change, so that an earlier bundle of the same WASM is not used again.
const RECIPE: &str = "2";

/// The name that the first module's imports and the server's preload links agree on.
const SPLIT_JS: &str = "__wasm_split.js";

/// The bundle's own record, written last: a folder without it was left by an interrupted build.
const LAZY_JSON: &str = "lazy.json";

/// Adds the bundle of one `.wasm` file to the site.
///
/// # Errors
/// When the splitter or the binder cannot read the module.
pub(super) fn add(site: &mut Site, wasm: &Path, profile: Profile, packages: &Packages) -> Result<()> {
    let input = std::fs::read(wasm)?;
    let optimise = profile == Profile::Release;
    let recipe = format!("{RECIPE} {optimise} {}", packages.fingerprint());
    let hash = digest(&[recipe.as_bytes(), &input].concat());
    let folder = format!("pkg/{hash}");
    let out = site.root.join(&folder);
    if !out.join(LAZY_JSON).is_file() {
        say("cutting and binding the WASM");
        std::fs::create_dir_all(&out)?;
        let lazy = bind(&input, &out)?;
        if optimise {
            shrink(&out, packages)?;
        }
        std::fs::write(out.join(LAZY_JSON), serde_json::to_vec_pretty(&lazy)?)?;
    }
    site.manifest.lazy = serde_json::from_slice(&std::fs::read(out.join(LAZY_JSON))?)?;
    site.kept.extend(files_below(&out)?.into_iter().map(|file| super::press::original(&file)));
    for (name, file) in [("portico.js", "portico.js"), ("portico.wasm", "portico_bg.wasm"), ("split.js", SPLIT_JS)] {
        if out.join(file).is_file() {
            let path = format!("/{folder}/{file}");
            site.manifest.files.insert(name.to_owned(), path);
        }
    }
    Ok(())
}

/// Splits, then binds: returns which pieces each lazy page needs.
fn bind(input: &[u8], out: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let scratch = tempfile::tempdir()?;
    let main = scratch.path().join("portico.wasm");
    let link = format!("./{SPLIT_JS}");
    let mut options = wasm_split_cli_support::Options::new(input);
    options.output_dir = out;
    options.main_out_path = &main;
    options.main_module = "./portico.js";
    options.link_name = &link;
    let split = wasm_split_cli_support::transform(options).map_err(|error| anyhow!("cannot cut the WASM into lazy pieces: {error:#}"))?;
    Bindgen::new()
        .input_path(&main)
        .web(true)?
        .typescript(false)
        .keep_lld_exports(true)
        .demangle(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .out_name("portico")
        .generate(out)
        .context("cannot bind the WASM to JavaScript")?;
    Ok(sorted(split.prefetch_map))
}

fn sorted(map: HashMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    map.into_iter().collect()
}

/// Runs `wasm-opt` and the JavaScript minifier where npm brought them; the site works without.
fn shrink(out: &Path, packages: &Packages) -> Result<()> {
    for file in files_below(out)? {
        match file.extension().and_then(|it| it.to_str()) {
            Some("wasm") => optimise_wasm(&file, packages)?,
            Some("js") => minify_js(&file, packages)?,
            _ => {}
        }
    }
    Ok(())
}

/// Inlining is left out: it saves bytes in the file and costs a twentieth over the wire. The optimised module is kept
/// only where it is smaller there.
fn optimise_wasm(file: &Path, packages: &Packages) -> Result<()> {
    let Some(mut wasm_opt) = packages.script("binaryen/bin/wasm-opt") else {
        return Ok(());
    };
    let smaller: PathBuf = file.with_extension("opt");
    wasm_opt
        .args(["-O2", "--skip-pass=inlining-optimizing", "--enable-bulk-memory", "--enable-bulk-memory-opt"])
        .args(["--enable-nontrapping-float-to-int", "--enable-sign-ext"])
        .args(["--enable-mutable-globals", "--enable-reference-types", "--enable-multivalue"])
        .arg(file)
        .arg("-o")
        .arg(&smaller);
    capture(&mut wasm_opt)?;
    let (before, after) = (std::fs::read(file)?, std::fs::read(&smaller)?);
    if super::press::gzip(&after)?.len() < super::press::gzip(&before)?.len() {
        std::fs::write(file, after)?;
    }
    std::fs::remove_file(smaller)?;
    Ok(())
}

fn minify_js(file: &Path, packages: &Packages) -> Result<()> {
    let Some(mut esbuild) = packages.program("esbuild") else {
        return Ok(());
    };
    esbuild.args(["--minify", "--format=esm", "--log-level=error"]).arg(file);
    let minified = capture(&mut esbuild)?;
    std::fs::write(file, minified)?;
    Ok(())
}
