//! `msb --version`: the commit and the day of the facts, and what is said where one of them is not known.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]
#[path = "support/command.rs"]
mod command;
#[path = "../build/version.rs"]
mod version;

use command::{git, msb, skipped};
use std::fs;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn the_binary_names_its_commit_and_the_day_of_its_facts() {
    let facts = version::newest_date(&Path::new(ROOT).join("heuristics/data")).unwrap().unwrap();
    let commit = git(Path::new(ROOT), &["rev-parse", "HEAD"]).filter(|_| Path::new(ROOT).join(".git").exists());
    let behind = match &commit {
        Some(commit) => format!(" ({}, facts of {facts})", &commit[..12]),
        None => format!(" (facts of {facts})"),
    };
    let expected = format!("msb {}{behind}\n", env!("CARGO_PKG_VERSION"));
    for option in ["--version", "-V"] {
        assert_eq!(msb(Path::new(ROOT), &[option]).ends(0).out, expected, "{option}");
    }
}

#[test]
fn a_commit_is_that_of_a_checkout_of_the_source_itself() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("vendor/msb");
    fs::create_dir_all(&inside).unwrap();
    assert_eq!(version::commit(&inside.join("none")), None, "git cannot even start there");
    if git(folder.path(), &["init", "-q"]).is_none() {
        skipped("there is no git");
        return;
    }
    assert_eq!(version::commit(folder.path()), None, "there is no commit yet");
    git(folder.path(), &["commit", "-q", "--allow-empty", "-m", "first"]).unwrap();
    let commit = git(folder.path(), &["rev-parse", "HEAD"]).unwrap();
    assert_eq!(version::commit(folder.path()).as_deref(), Some(&commit[..12]));
    assert_eq!(version::commit(&inside), None, "the commit is that of whoever holds the source");
    let branch = git(folder.path(), &["symbolic-ref", "HEAD"]).unwrap();
    let watched = version::watched(folder.path());
    assert!(watched.iter().any(|path| path.ends_with(branch.trim())), "{watched:?}");
    assert!(watched.iter().all(|path| path.exists()), "{watched:?}");
}

#[test]
fn what_is_not_known_is_left_out() {
    assert_eq!(version::suffix(Some("0123456789ab"), Some("2026-01-31")), " (0123456789ab, facts of 2026-01-31)");
    assert_eq!(version::suffix(None, Some("2026-01-31")), " (facts of 2026-01-31)");
    assert_eq!(version::suffix(Some("0123456789ab"), None), " (0123456789ab)");
    assert_eq!(version::suffix(None, None), "");
}

#[test]
fn the_day_is_the_newest_in_the_first_lines() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let newest = || version::newest_date(folder.path()).unwrap();
    assert_eq!(newest(), None);
    write("rows.txt", "tool-2031-01-01\tx\n");
    write("later.txt", "# facts\n# of 2032-01-01\n");
    write("empty.txt", "");
    write("no-date.txt", "# 2026-13-01, 2026-1-1, 20260-01-01, 2026-00-10, 1-2026-01-01\n");
    assert_eq!(newest(), None, "none of these is a date in the first line of a table");
    write("a.txt", "# npm, facts of 2026-08-22, made by a script\nx\n");
    write("b.txt", "# sizes: 2026-11-26; others 34\n");
    assert_eq!(newest().as_deref(), Some("2026-11-26"));
}
