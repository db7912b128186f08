//! Where Dockerfiles are.

use anyhow::{Result, bail};
use ignore::WalkBuilder;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Folders that hold other people's files.
const VENDORED: [&str; 6] = ["node_modules", "vendor", "third_party", "third-party", "bower_components", ".git"];

/// Endings of what looks like a Dockerfile by its name and is none: copies that editors, patch and people leave behind, texts from
/// which a tool makes the Dockerfile, notes about it. Whoever means one names it.
const OTHERS: [&str; 27] = [
    ".dockerignore",
    "~",
    ".swp",
    ".swo",
    ".bak",
    ".backup",
    ".old",
    ".orig",
    ".rej",
    ".save",
    ".tmp",
    ".patch",
    ".diff",
    ".tmpl",
    ".gotmpl",
    ".tpl",
    ".template",
    ".j2",
    ".jinja",
    ".jinja2",
    ".erb",
    ".ejs",
    ".hbs",
    ".mustache",
    ".m4",
    ".in",
    ".md",
];

/// True for names that people give to Dockerfiles.
fn is_dockerfile(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let plain = ["dockerfile", "containerfile"];
    !OTHERS.iter().any(|ending| name.ends_with(ending))
        && plain.iter().any(|word| {
            name == *word
                || name.strip_prefix(word).is_some_and(|rest| rest.starts_with(['.', '-']))
                || name.strip_suffix(word).is_some_and(|rest| rest.ends_with('.'))
        })
}

/// What a search found.
#[derive(Default)]
pub(super) struct Search {
    /// Dockerfiles, sorted; one that several names lead to only once.
    pub(super) found: Vec<PathBuf>,
    /// What could not be searched, with the reason.
    pub(super) unreadable: Vec<String>,
}

/// Files below the given paths; what git ignores, hides or vendors is left out unless `all`.
pub(super) fn dockerfiles(roots: &[PathBuf], all: bool) -> Result<Search> {
    let mut found = BTreeSet::new();
    let mut unreadable = Vec::new();
    for root in roots {
        if !root.exists() {
            bail!("`{}` does not exist; name folders to search, or Dockerfiles", root.display());
        }
        if !root.is_dir() {
            found.insert(root.clone());
            continue;
        }
        let walk = WalkBuilder::new(root)
            .standard_filters(!all)
            .require_git(false)
            .filter_entry(move |entry| {
                let name = entry.file_name().to_string_lossy();
                let skipped = if all { name == ".git" } else { VENDORED.contains(&name.as_ref()) };
                entry.depth() == 0 || !(skipped && entry.file_type().is_some_and(|t| t.is_dir()))
            })
            .build();
        for entry in walk {
            match entry {
                Err(error) => unreadable.push(error.to_string()),
                Ok(entry) => {
                    let is_file = entry.file_type().is_some_and(|t| !t.is_dir()) && entry.path().is_file();
                    if is_file && is_dockerfile(&entry.file_name().to_string_lossy()) {
                        let path = entry.path();
                        found.insert(path.strip_prefix("./").unwrap_or(path).to_owned());
                    }
                }
            }
        }
    }
    Ok(Search { found: once(found), unreadable })
}

/// Each file once, whatever number of names lead to it: the name that is no link, else the first.
fn once(paths: BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let (links, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_symlink());
    let mut seen = BTreeSet::new();
    let mut kept: Vec<PathBuf> = files
        .into_iter()
        .chain(links)
        .filter(|path| path.canonicalize().map_or(true, |target| seen.insert(target)))
        .collect();
    kept.sort();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_count() {
        for (name, counts) in [
            ("Dockerfile", true),
            ("dockerfile", true),
            ("Dockerfile.prod", true),
            ("Dockerfile-dev", true),
            ("api.Dockerfile", true),
            ("api.dockerfile", true),
            ("Containerfile", true),
            ("Dockerfile.dockerignore", false),
            (".dockerignore", false),
            ("Dockerfile~", false),
            ("MyDockerfile", false),
            ("Dockerfiles", false),
            ("Dockerfile.bak", false),
            ("Dockerfile.prod.orig", false),
            ("Dockerfile.tmpl", false),
            ("api.Dockerfile.j2", false),
            ("Dockerfile.J2", false),
            ("Containerfile.in", false),
            ("Dockerfile.md", false),
            ("Dockerfile.linux", true),
            ("Dockerfile.bookworm", true),
        ] {
            assert_eq!(is_dockerfile(name), counts, "{name}");
        }
    }
}
