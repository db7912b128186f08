//! The limit of a file's length. Functions have theirs in `clippy.toml`.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]
use std::fs;
use std::path::{Path, PathBuf};

/// The most lines of a file that does not say why it has more.
const MOST_LINES: usize = 600;

/// Stands in the head of a file that has more, with the reason behind it.
const REASON: &str = "//! Above 600 lines: ";

/// True when a source file is longer than it may be.
fn is_too_long(text: &str) -> bool {
    let mut head = text.lines().take_while(|line| line.starts_with("//!"));
    text.lines().count() > MOST_LINES
        && !head.any(|line| line.strip_prefix(REASON).is_some_and(|reason| !reason.trim().is_empty()))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn files_are_short_or_say_why_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![root.join("build.rs")];
    sources(&root.join("src"), &mut found);
    sources(&root.join("benches"), &mut found);
    for entry in fs::read_dir(root.join("tests")).unwrap() {
        // Folders below hold cases, whose sources are other people's in spirit.
        let path = entry.unwrap().path();
        found.extend(Some(path).filter(|path| path.extension().is_some_and(|extension| extension == "rs")));
    }
    assert!(found.len() > 100, "{found:?}");
    let long: Vec<_> = found.iter().filter(|path| is_too_long(&fs::read_to_string(path).unwrap())).collect();
    assert!(long.is_empty(), "split them by subject, or say `{REASON}…` in their heads: {long:#?}");
}

#[test]
fn a_long_file_needs_a_reason_in_its_head() {
    let lines = |count: usize| "fn f() {}\n".repeat(count);
    assert!(!is_too_long(&lines(MOST_LINES)));
    assert!(is_too_long(&lines(MOST_LINES + 1)));
    assert!(!is_too_long(&format!("//! A table.\n{REASON}one table.\n{}", lines(MOST_LINES))));
    assert!(is_too_long(&format!("{REASON}\n{}", lines(MOST_LINES))), "no reason is given");
    assert!(is_too_long(&format!("{}{REASON}one table.\n", lines(MOST_LINES))), "it does not stand in the head");
}
