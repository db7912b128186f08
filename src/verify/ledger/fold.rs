//! Many paths to few lines: what left by licence, and findings folded by package and by directory.

use super::super::render::{megabytes, paths as paths_in_words};
use super::super::report::{Aspect, Cause, Finding, Left};
use super::super::tree::{Kind, Tree};
use super::Unlicensed;
use super::database::Database;
use crate::licence::Licence;
use crate::paths;
use std::collections::BTreeMap;

/// Examples for each licence.
const EXAMPLES: usize = 6;
/// Findings of their own; the rest is counted.
const LISTED: usize = 40;
/// Paths of one directory that are told one by one.
const SINGLE: usize = 5;

/// What left, by licence, in the order of [`Licence::ALL`].
pub(super) fn left(
    licensed: &BTreeMap<&String, Licence>,
    original: &Tree,
    converted: &Tree,
    database: &Database,
) -> Vec<Left> {
    let mut found = Vec::new();
    for licence in Licence::ALL {
        let mut groups: BTreeMap<String, u64> = BTreeMap::new();
        let (mut bytes, mut number) = (0, 0);
        for path in licensed.iter().filter(|(_, by)| **by == licence).map(|(path, _)| *path) {
            let size = original.size(path);
            (bytes, number) = (bytes + size, number + 1);
            let group = match database.owners.of_real(path) {
                Some(package) => package.to_owned(),
                None => in_folder(top(path, original, converted), original),
            };
            *groups.entry(group).or_default() += size;
        }
        if number == 0 {
            continue;
        }
        let mut largest: Vec<(String, u64)> = groups.into_iter().collect();
        largest.sort_by(|x, y| (y.1, &x.0).cmp(&(x.1, &y.0)));
        let examples = largest.into_iter().take(EXAMPLES).map(|(name, _)| name).collect();
        found.push(Left { licence, bytes, paths: number, examples });
    }
    found
}

/// The highest directory at or above a path that the original has and the conversion has not.
fn top<'p>(path: &'p str, original: &Tree, converted: &Tree) -> &'p str {
    let mut at = path;
    while original.nodes.contains_key(paths::parent(at)) && !converted.exists(paths::parent(at)) {
        at = paths::parent(at);
    }
    at
}

/// A directory as it is; of a file the directory that holds it, which may hold many such.
fn in_folder(path: &str, original: &Tree) -> String {
    match original.nodes.get(path).map(|n| &n.kind) {
        Some(Kind::Directory) => path.to_owned(),
        _ => format!("{}/", paths::parent(path).trim_end_matches('/')),
    }
}

/// Paths that are told as one.
#[derive(Default)]
struct Group {
    paths: usize,
    bytes: u64,
    why: String,
    first: String,
    package: Option<String>,
    changed: bool,
}

impl Group {
    fn add(&mut self, entry: &Unlicensed, size: u64) {
        if self.paths == 0 {
            self.why.clone_from(&entry.why);
            self.first.clone_from(&entry.path);
            self.package.clone_from(&entry.package);
            self.changed = entry.changed;
        }
        self.paths += 1;
        self.bytes += size;
    }

    fn finding(self, subject: String) -> Finding {
        let size = if self.bytes > 0 { format!(", {}", megabytes(self.bytes)) } else { String::new() };
        let number = paths_in_words(self.paths);
        let what = if self.changed { "has other content" } else { "is gone" };
        let detail = format!("{what} ({number}{size}): {}", self.why);
        let cause = if self.changed {
            Cause::ChangedContent { path: self.first }
        } else {
            let path = if self.package.is_some() { self.first } else { subject.clone() };
            Cause::MissingFile { path, step: None, package: self.package }
        };
        Finding::differs(Aspect::Ledger, subject, detail).because([cause])
    }
}

/// A finding for each package and directory that is gone without a licence, largest first.
pub(super) fn findings(unlicensed: Vec<Unlicensed>, original: &Tree, converted: &Tree) -> Vec<Finding> {
    let mut groups: BTreeMap<(bool, String), Group> = BTreeMap::new();
    for entry in &unlicensed {
        let subject = match &entry.package {
            Some(package) => format!("package {package}"),
            None if entry.changed => entry.path.clone(),
            None => top(&entry.path, original, converted).to_owned(),
        };
        groups.entry((entry.changed, subject)).or_default().add(entry, original.size(&entry.path));
    }
    let mut groups: Vec<(String, Group)> = by_folder(groups).into_iter().map(|((_, s), g)| (s, g)).collect();
    groups.sort_by(|x, y| (y.1.bytes, y.1.paths, &x.0).cmp(&(x.1.bytes, x.1.paths, &y.0)));
    let rest = groups.split_off(groups.len().min(LISTED));
    let mut findings: Vec<Finding> = groups.into_iter().map(|(subject, group)| group.finding(subject)).collect();
    if !rest.is_empty() {
        let paths: usize = rest.iter().map(|(_, g)| g.paths).sum();
        let words = format!("{} smaller places with {paths} paths have no licence either", rest.len());
        findings.push(Finding::differs(Aspect::Ledger, "more", words));
    }
    findings
}

/// Many single paths of one directory become the directory.
fn by_folder(groups: BTreeMap<(bool, String), Group>) -> BTreeMap<(bool, String), Group> {
    let mut number: BTreeMap<(bool, String), usize> = BTreeMap::new();
    let folder = |(changed, subject): &(bool, String)| {
        subject.starts_with('/').then(|| (*changed, format!("{}/", paths::parent(subject).trim_end_matches('/'))))
    };
    for key in groups.keys().filter_map(folder) {
        *number.entry(key).or_default() += 1;
    }
    let mut folded: BTreeMap<(bool, String), Group> = BTreeMap::new();
    for (key, group) in groups {
        let many = folder(&key).filter(|f| number.get(f).is_some_and(|n| *n > SINGLE));
        match folded.get_mut(many.as_ref().unwrap_or(&key)) {
            Some(same) => {
                same.paths += group.paths;
                same.bytes += group.bytes;
            }
            None => {
                folded.insert(many.unwrap_or(key), group);
            }
        }
    }
    folded
}
