//! Turns the facts in `heuristics/` into JSON, which starts faster than TOML.
//!
//! Reading 300 KB of TOML takes longer than a whole conversion may; JSON of the same tables goes through the same types
//! in a tenth of the time. Nothing is interpreted here. `heuristics/*.toml` become a table of names, texts, and the same
//! facts as JSON without the examples; the files in `data/` and `programs/` become `data/NAME.json` and
//! `programs/NAME.json` in the build's folder.
//!
//! `MSB_BUILD` is what stands behind the version in `msb --version`.

#[path = "build/version.rs"]
mod version;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let directory = root.join("heuristics");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=heuristics");

    let mut table = String::from("&[\n");
    for path in toml_files(&directory)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let json = as_json(&path)?;
        table.push_str(&format!("    ({:?}, include_str!({path:?}), {json:?}),\n", format!("heuristics/{name}")));
    }
    table.push_str("]\n");
    fs::write(out.join("heuristics.rs"), table)?;

    for folder in ["data", "programs"] {
        fs::create_dir_all(out.join(folder))?;
        for path in toml_files(&directory.join(folder))? {
            let name = Path::new(path.file_stem().unwrap_or_default()).with_extension("json");
            fs::write(out.join(folder).join(name), as_json(&path)?)?;
        }
    }

    let commit = version::commit(&root);
    let facts = version::newest_date(&directory.join("data"))?;
    println!("cargo::rustc-env=MSB_BUILD={}", version::suffix(commit.as_deref(), facts.as_deref()));
    println!("cargo::rerun-if-changed=build");
    // Files of git elsewhere say nothing of this source.
    for file in version::watched(&root).iter().filter(|_| commit.is_some()) {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    Ok(())
}

/// The TOML files directly in a folder, by name.
fn toml_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn as_json(path: &Path) -> Result<String, Box<dyn Error>> {
    let mut tables: toml::Table =
        toml::from_str(&fs::read_to_string(path)?).map_err(|e| format!("{}: {e}", path.display()))?;
    tables.remove("example");
    Ok(serde_json::to_string(&tables)?)
}
