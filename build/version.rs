//! What a build is made of, for `msb --version`: the commit of its checkout, and the day of its facts.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// Letters of a commit's name that tell it from all others.
const COMMIT: usize = 12;
/// The length of `2026-01-31`.
const DATE: usize = 10;

/// What stands behind the version: ` (0123456789ab, facts of 2026-01-31)`, as far as it is known.
pub(crate) fn suffix(commit: Option<&str>, facts: Option<&str>) -> String {
    let facts = facts.map(|date| format!("facts of {date}"));
    let known: Vec<&str> = commit.into_iter().chain(facts.as_deref()).collect();
    if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) }
}

/// The commit that the checkout at `root` stands on. Nothing where there is no git, or no commit, and nothing where `root` is a folder
/// of another project's checkout, whose commits are not this project's.
pub(crate) fn commit(root: &Path) -> Option<String> {
    let top = PathBuf::from(git(root, &["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    let commit = git(root, &["rev-parse", "--verify", "HEAD"])?;
    commit.get(..COMMIT).map(str::to_owned)
}

/// Files of git that change when the checkout at `root` comes to stand on another commit.
pub(crate) fn watched(root: &Path) -> Vec<PathBuf> {
    let branch = git(root, &["symbolic-ref", "--quiet", "HEAD"]);
    let names = ["HEAD", "packed-refs"].into_iter().chain(branch.as_deref());
    let places = names.filter_map(|name| git(root, &["rev-parse", "--git-path", name]));
    // A file that is not there would count as changed with every build.
    places.map(|place| root.join(place)).filter(|place| place.exists()).collect()
}

/// What git prints; nothing where it fails, or is not there.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end_matches(['\r', '\n']).to_owned()).filter(|text| !text.is_empty())
}

/// The newest date in the first lines of the tables in a folder. Only comments count: the first line of a table without a comment
/// is a row.
pub(crate) fn newest_date(tables: &Path) -> io::Result<Option<String>> {
    let mut newest = None;
    for entry in fs::read_dir(tables)? {
        let path = entry?.path();
        if path.is_file() {
            let bytes = fs::read(&path)?;
            let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
            newest = newest.max(String::from_utf8_lossy(first).strip_prefix('#').and_then(date_in));
        }
    }
    Ok(newest)
}

/// The newest date in a text, such as 2026-01-31.
fn date_in(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '-');
    words.filter(|word| is_date(word)).max().map(str::to_owned)
}

fn is_date(word: &str) -> bool {
    let parts: Vec<Option<u32>> = word.split('-').map(|part| part.parse().ok()).collect();
    let within = |part: Option<u32>, most: u32| part.is_some_and(|part| (1..=most).contains(&part));
    word.len() == DATE
        && word.as_bytes()[4] == b'-'
        && matches!(parts.as_slice(), [Some(_), month, day] if within(*month, 12) && within(*day, 31))
}
