//! Lists `heuristics/*.toml` into a table of names and texts; it reads none of them.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let directory = Path::new(&root).join("heuristics");
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
        table.push_str(&format!("    ({:?}, include_str!({:?})),\n", format!("heuristics/{name}"), path));
    }
    table.push_str("]\n");
    fs::write(Path::new(&out).join("heuristics.rs"), table)
}
