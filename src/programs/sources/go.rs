//! Sources of Go: modules, packages, and the files of a package that are built for Linux.

use super::{MOST_FILES, Sources, join, parent};
use crate::context::{BuildContext, Entry, Unavailable};
use crate::programs::language::{GrammarId, Language};
use crate::programs::value;
use std::collections::{BTreeMap, BTreeSet};

/// The packages of a Go program: its main package and what that imports from its own module.
pub(super) fn add(sources: &mut Sources, language: &Language, context: &dyn BuildContext, root: &str) {
    let root = if root.ends_with(".go") { parent(root).unwrap_or_default() } else { root };
    let modules = go_modules(sources, context, root);
    let mut waiting = go_main_packages(sources, context, root);
    if waiting.is_empty() {
        sources.miss(root, "no main package");
    }
    let mut done: BTreeMap<String, ()> = BTreeMap::new();
    while let Some(directory) = waiting.pop() {
        if done.insert(directory.clone(), ()).is_some() {
            continue;
        }
        let first = sources.files.len();
        for name in go_files(sources, context, &directory) {
            let path = join(&directory, &name);
            sources.read(language, context, &path, &directory, GrammarId::Go);
        }
        let mut targets = BTreeSet::new();
        for file in sources.files.get(first..).unwrap_or_default() {
            targets.extend(file.outline.imports.iter().map(|import| import.target.clone()));
        }
        for target in targets {
            if let Some(own) = go_own_directory(&modules, &target) {
                sources.own.push((target, own.clone()));
                waiting.push(own);
            }
        }
    }
    sources.own.sort();
    sources.own.dedup();
}

/// The directory of the program's own package with this import path.
fn go_own_directory(modules: &[(String, String)], target: &str) -> Option<String> {
    let best = modules.iter().filter(|(module, _)| covers(module, target)).max_by_key(|(module, _)| module.len())?;
    let rest = target.get(best.0.len()..)?.trim_start_matches('/');
    Some(if rest.is_empty() { best.1.clone() } else { join(&best.1, rest) })
}

pub(super) fn covers(module: &str, target: &str) -> bool {
    target.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Module paths and their directories: the module that holds `root`, its local replacements, its workspace.
fn go_modules(sources: &mut Sources, context: &dyn BuildContext, root: &str) -> Vec<(String, String)> {
    let mut modules = Vec::new();
    let mut at = Some(root);
    while let Some(directory) = at {
        if let Ok(text) = context.text(&join(directory, "go.work")) {
            for used in directives(&text, "use") {
                let used = value::normal(&join(directory, used.trim_matches('"')));
                let used = if used == "." { String::new() } else { used };
                if let Ok(text) = context.text(&join(&used, "go.mod")) {
                    modules.extend(module_path(&text).map(|module| (module, used.clone())));
                }
            }
        }
        if modules.iter().all(|(_, known)| known != directory) {
            match context.text(&join(directory, "go.mod")) {
                Ok(text) => {
                    modules.extend(module_path(&text).map(|module| (module, directory.to_owned())));
                    for replaced in directives(&text, "replace") {
                        let Some((from, to)) = replaced.split_once("=>") else { continue };
                        let (from, to) = (from.split_whitespace().next(), to.split_whitespace().next());
                        let (Some(from), Some(to)) = (from, to) else { continue };
                        if to.starts_with("./") || to.starts_with("../") {
                            let to = value::normal(&join(directory, to));
                            if !to.starts_with("..") {
                                modules.push((from.to_owned(), if to == "." { String::new() } else { to }));
                            }
                        }
                    }
                    break;
                }
                Err(Unavailable::Absent) => {}
                Err(why) => sources.miss(&join(directory, "go.mod"), format!("cannot be read: {why}")),
            }
        }
        at = parent(directory);
    }
    modules
}

fn module_path(text: &str) -> Option<String> {
    let line = directives(text, "module").into_iter().next()?;
    line.split_whitespace().next().map(|path| path.trim_matches('"').to_owned())
}

/// The lines of one directive of a `go.mod`, in its short and its block form.
fn directives<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        if inside {
            if line == ")" {
                inside = false;
            } else if !line.is_empty() {
                found.push(line);
            }
        } else if let Some(rest) = line.strip_prefix(word)
            && rest.starts_with([' ', '\t', '('])
        {
            let rest = rest.trim();
            if rest.starts_with('(') {
                inside = true;
            } else {
                found.push(rest);
            }
        }
    }
    found
}

/// Directories of the main packages at `root` and below; nothing when they cannot all be looked at.
pub(crate) fn go_mains(context: &dyn BuildContext, root: &str) -> Option<Vec<String>> {
    let mut sources = Sources::default();
    let mains = go_main_packages(&mut sources, context, root);
    sources.missing.is_empty().then_some(mains)
}

/// Every main package at `root` and below: which of them a build makes is not asked.
fn go_main_packages(sources: &mut Sources, context: &dyn BuildContext, root: &str) -> Vec<String> {
    let mut mains = Vec::new();
    let mut waiting = vec![root.to_owned()];
    let mut seen = 0;
    while let Some(directory) = waiting.pop() {
        seen += 1;
        if seen > MOST_FILES {
            sources.miss(&directory, "too many directories to read them all");
            break;
        }
        let names = match context.list(&directory) {
            Ok(names) => names,
            Err(why) => {
                sources.miss(&directory, format!("cannot be listed: {why}"));
                continue;
            }
        };
        if go_is_main(sources, context, &directory) {
            mains.push(directory.clone());
        }
        for name in names {
            let skipped =
                name.starts_with(['.', '_']) || name == "vendor" || name == "testdata" || name == "node_modules";
            let path = join(&directory, &name);
            if !skipped && context.entry(&path) == Entry::Directory {
                waiting.push(path);
            }
        }
    }
    mains.sort();
    mains
}

/// Whether the directory holds a main package, or may: a file that cannot be read is one until it is known better.
fn go_is_main(sources: &mut Sources, context: &dyn BuildContext, directory: &str) -> bool {
    let is_main = |text: String| {
        text.lines()
            .find_map(|line| line.trim().strip_prefix("package "))
            .is_some_and(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next() == Some("main"))
    };
    go_files(sources, context, directory).iter().any(|name| context.text(&join(directory, name)).map_or(true, is_main))
}

/// Go files of a directory that can be part of a Linux build.
fn go_files(sources: &mut Sources, context: &dyn BuildContext, directory: &str) -> Vec<String> {
    let names = match context.list(directory) {
        Ok(names) => names,
        Err(why) => {
            sources.miss(directory, format!("cannot be listed: {why}"));
            return Vec::new();
        }
    };
    let mut files = Vec::new();
    for name in names {
        let path = join(directory, &name);
        if !name.ends_with(".go") {
            if name.ends_with(".s") && sources.seen.insert(path.clone()) {
                sources.miss(&path, "is assembly");
            }
            continue;
        }
        if name.ends_with("_test.go") || name.starts_with(['_', '.']) || is_for_another_system(&name) {
            continue;
        }
        if context.entry(&path) == Entry::Directory {
            continue;
        }
        if context.text(&path).is_ok_and(|text| is_excluded(&text)) {
            continue;
        }
        files.push(name);
    }
    files
}

const OTHER_SYSTEMS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "illumos",
    "ios",
    "js",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
];

/// `x_windows.go` and the like.
fn is_for_another_system(name: &str) -> bool {
    let stem = name.trim_end_matches(".go");
    stem.split('_').skip(1).any(|part| OTHER_SYSTEMS.contains(&part))
}

/// A `//go:build` line that is false on Linux whatever the tags are.
fn is_excluded(text: &str) -> bool {
    for line in text.lines() {
        let line = line.trim();
        if let Some(constraint) = line.strip_prefix("//go:build ") {
            return Constraint { words: words(constraint), at: 0 }.either() == Some(false);
        }
        if line.starts_with("package ") {
            return false;
        }
    }
    false
}

fn words(constraint: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in constraint.chars() {
        if c.is_alphanumeric() || c == '_' || c == '.' {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        let doubled = matches!(c, '&' | '|') && words.last().is_some_and(|last| last.starts_with(c));
        if !c.is_whitespace() && !doubled {
            words.push(c.to_string());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A build constraint with three values: a tag that the build may set is neither true nor false.
struct Constraint {
    words: Vec<String>,
    at: usize,
}

impl Constraint {
    fn peek(&self) -> &str {
        self.words.get(self.at).map_or("", String::as_str)
    }

    fn either(&mut self) -> Option<bool> {
        let mut value = self.both();
        while self.peek() == "|" {
            self.at += 1;
            let right = self.both();
            value = match (value, right) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        value
    }

    fn both(&mut self) -> Option<bool> {
        let mut value = self.one();
        while self.peek() == "&" {
            self.at += 1;
            let right = self.one();
            value = match (value, right) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        value
    }

    fn one(&mut self) -> Option<bool> {
        let mut negated = false;
        while self.peek() == "!" {
            negated = !negated;
            self.at += 1;
        }
        let word = self.peek().to_owned();
        self.at += 1;
        let value = match word.as_str() {
            "(" => {
                // Depth is bounded by the number of words; deeper than any real constraint is not known.
                if self.at > 200 {
                    return None;
                }
                let inner = self.either();
                self.at += 1;
                inner
            }
            "linux" | "unix" => Some(true),
            "ignore" => Some(false),
            other if OTHER_SYSTEMS.contains(&other) => Some(false),
            _ => None,
        };
        value.map(|value| value != negated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_constraints_exclude_only_what_is_surely_out() {
        for (constraint, excluded) in [
            ("windows", true),
            ("!windows", false),
            ("ignore", true),
            ("linux && amd64", false),
            ("darwin || (freebsd && cgo)", true),
            ("integration", false),
            ("!linux", true),
            ("tools && windows", true),
        ] {
            let text = format!("//go:build {constraint}\n\npackage x\n");
            assert_eq!(is_excluded(&text), excluded, "{constraint}");
        }
        assert!(!is_excluded("package x\n// not a constraint\n//go:build windows\n"));
    }

    #[test]
    fn file_names_select_systems() {
        assert!(is_for_another_system("open_windows.go"));
        assert!(is_for_another_system("open_darwin_arm64.go"));
        assert!(!is_for_another_system("windows.go"));
        assert!(!is_for_another_system("open_linux.go"));
    }

    #[test]
    fn modules_have_directives_in_two_forms() {
        let text = "module example.com/a // x\nreplace (\n  b => ./b\n)\nreplace c => ../c\n";
        assert_eq!(module_path(text).as_deref(), Some("example.com/a"));
        assert_eq!(directives(text, "replace"), ["b => ./b", "c => ../c"]);
    }
}
