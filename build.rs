//! Lists `heuristics/*.toml` into a table of names, texts, and the same facts as JSON without the examples.
//!
//! Reading 200 KB of TOML takes longer than a whole conversion may; JSON of the same tables goes through the same
//! types in a tenth of the time. Nothing is interpreted here: a test holds the two forms equal.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("heuristics");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=heuristics");

    let mut files = Vec::new();
    for entry in fs::read_dir(&directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
    files.sort();

    let mut table = String::from("&[\n");
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let json = as_json(&path).map_err(|e| format!("heuristics/{name}: {e}"))?;
        table.push_str(&format!("    ({:?}, include_str!({path:?}), {json:?}),\n", format!("heuristics/{name}")));
    }
    table.push_str("]\n");
    fs::write(out.join("heuristics.rs"), table)?;
    Ok(())
}

fn as_json(path: &Path) -> Result<String, Box<dyn Error>> {
    let mut tables: toml::Table = toml::from_str(&fs::read_to_string(path)?)?;
    tables.remove("example");
    Ok(serde_json::to_string(&tables)?)
}
