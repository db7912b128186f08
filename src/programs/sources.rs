//! Which files are the program's own sources.
//!
//! Invariant: a file that belongs to the program but cannot be read makes the result incomplete, never smaller in silence.

pub(super) mod go;
mod imports;
mod node;
mod rust;

use super::Found;
use super::language::{GrammarId, Language, Layout};
use super::outline::{Outline, outline};
use crate::context::{BuildContext, Entry, Unavailable};
use crate::programs::sources::imports::declared_package;
use crate::programs::sources::imports::follow_imports;
use crate::programs::sources::node::node_packages;
use std::collections::BTreeSet;

/// Files beyond which a program is not read to its end.
const MOST_FILES: usize = 3_000;
/// Bytes of a file beyond which it is a bundle or a table that a tool wrote, and is not read: reading stays quick.
const LARGEST_FILE: usize = 768 * 1024;
/// Bytes of a file beyond which it is taken for no script.
const LARGEST_SCRIPT: u64 = 200 * 1024;
/// Bytes of source beyond which a program is not read to its end.
const MOST_BYTES: usize = 20 * 1024 * 1024;

/// One source file.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: String,
    /// The files that share names with it without importing each other: a Go package, otherwise the file alone.
    pub(super) unit: String,
    /// The package that a file says it is part of.
    pub(super) declared: Option<String>,
    pub(super) outline: Outline,
}

/// The program's own sources and what they say about its packages.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// The directory that the sources lie below.
    pub(super) root: String,
    pub(super) files: Vec<Source>,
    /// Import paths of the program's own packages, with the unit that each one is.
    pub(super) own: Vec<(String, String)>,
    /// Packages that a manifest names, whether a source imports them or not.
    pub(super) required: Vec<Found<String>>,
    /// Words of the data that stand somewhere in the sources.
    pub(super) mentioned: BTreeSet<String>,
    /// Why the sources are not all there.
    pub(super) missing: Vec<Found<String>>,
    /// A source is there of which nobody can tell what it says.
    pub(super) hidden: bool,
    bytes: usize,
    seen: BTreeSet<String>,
}

/// Finds and reads the sources of a program.
pub(super) fn sources(language: &Language, context: &dyn BuildContext, root: &str) -> Sources {
    let root = root.trim_start_matches("./").trim_matches('/');
    let root = if root == "." { "" } else { root };
    let mut sources = Sources { root: root.to_owned(), ..Sources::default() };
    match language.data.layout {
        Layout::Go => go::add(&mut sources, language, context, root),
        Layout::Rust => rust::add(&mut sources, language, context, root),
        Layout::Java => {
            tree(&mut sources, language, context, root);
            sources.own =
                sources.files.iter().flat_map(|file| file.declared.clone().map(|p| (p, file.unit.clone()))).collect();
        }
        Layout::Node => {
            tree(&mut sources, language, context, root);
            node_packages(&mut sources, context, root);
            follow_imports(&mut sources, language, context);
            name_modules(&mut sources);
        }
        Layout::Python | Layout::C => tree(&mut sources, language, context, root),
    }
    if sources.files.is_empty() && sources.missing.is_empty() {
        sources.missing.push(found(root, 1, "no sources of this language"));
    }
    sources
}

fn found(file: &str, line: usize, value: impl Into<String>) -> Found<String> {
    Found { value: value.into(), file: file.to_owned(), line }
}

impl Sources {
    fn miss(&mut self, file: &str, why: impl Into<String>) {
        self.missing.push(found(file, 1, why));
    }

    fn is_full(&self) -> bool {
        self.files.len() >= MOST_FILES || self.bytes >= MOST_BYTES
    }

    /// Reads a file as source, once.
    fn read(&mut self, language: &Language, context: &dyn BuildContext, path: &str, unit: &str, grammar: GrammarId) {
        if !self.seen.insert(path.to_owned()) {
            return;
        }
        if self.is_full() {
            if self.missing.is_empty() {
                self.miss(path, "too many sources to read them all");
            }
            return;
        }
        match context.read(path) {
            Ok(bytes) if bytes.len() > LARGEST_FILE => self.miss(path, "is too large to be read"),
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => self.add(language, path, unit, grammar, &text),
                Err(_) => self.miss(path, "is not UTF-8"),
            },
            Err(why) => {
                self.hidden |= matches!(why, Unavailable::Unknown(_));
                self.miss(path, format!("cannot be read: {why}"));
            }
        }
    }

    fn add(&mut self, language: &Language, path: &str, unit: &str, grammar: GrammarId, text: &str) {
        self.bytes += text.len();
        for word in language.data.functions.iter().flat_map(|function| &function.when_mentioned) {
            if !self.mentioned.contains(word) && text.contains(word.as_str()) {
                self.mentioned.insert(word.clone());
            }
        }
        let outline = outline(language, grammar, text);
        if let Some(line) = outline.broken {
            self.missing.push(found(path, line, "is not understood"));
        }
        let declared = (language.data.layout == Layout::Java).then(|| declared_package(text)).flatten();
        self.files.push(Source { path: path.to_owned(), unit: unit.to_owned(), declared, outline });
    }
}

fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

fn parent(path: &str) -> Option<&str> {
    if path.is_empty() { None } else { Some(path.rsplit_once('/').map_or("", |(parent, _)| parent)) }
}

pub(super) fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(stem, extension)| if stem.is_empty() { "" } else { extension })
}

fn is_foreign(language: &Language, path: &str, name: &str) -> bool {
    language.data.foreign_directories.iter().any(|foreign| {
        foreign == name
            || path == foreign
            || path.strip_suffix(foreign.as_str()).is_some_and(|head| head.ends_with('/'))
    })
}

/// Every source below a directory.
fn tree(sources: &mut Sources, language: &Language, context: &dyn BuildContext, root: &str) {
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        let names = match context.list(&directory) {
            Ok(names) => names,
            Err(why) => {
                sources.miss(&directory, format!("cannot be listed: {why}"));
                continue;
            }
        };
        for name in names {
            let path = join(&directory, &name);
            let known = language.data.extensions.get(extension(&name)).copied();
            match context.entry(&path) {
                Entry::Directory if name.starts_with('.') || is_foreign(language, &path, &name) => {}
                Entry::Directory => waiting.push(path),
                _ if language.data.foreign_files.iter().any(|part| name.contains(part.as_str())) => {}
                Entry::File { .. } | Entry::Symlink(_) => match known {
                    Some(grammar) => {
                        let unit = path.clone();
                        sources.read(language, context, &path, &unit, grammar);
                    }
                    None if language.data.unread_extensions.iter().any(|e| e == extension(&name)) => {
                        sources.miss(&path, "is written in a language that is not read");
                    }
                    None => {
                        if let Some(grammar) = script_grammar(language, context, &path) {
                            let unit = path.clone();
                            sources.read(language, context, &path, &unit, grammar);
                        }
                    }
                },
                Entry::Absent => {}
                Entry::Unknown => sources.miss(&path, "is not known"),
            }
        }
        if sources.is_full() {
            sources.miss(&directory, "too many sources to read them all");
            return;
        }
    }
    name_modules(sources);
}

/// Files in order of their paths, and the names that they can be imported by.
fn name_modules(sources: &mut Sources) {
    sources.files.sort_by(|a, b| a.path.cmp(&b.path));
    let stem = |path: &str| path.rsplit_once('.').map_or(path.to_owned(), |(stem, _)| stem.to_owned());
    sources.own = sources.files.iter().map(|file| (stem(&file.path), file.unit.clone())).collect();
}

/// The grammar of a script without an extension, by its `#!` line.
fn script_grammar(language: &Language, context: &dyn BuildContext, path: &str) -> Option<GrammarId> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let small = matches!(context.entry(path), Entry::File { size, .. } if size <= LARGEST_SCRIPT);
    if language.data.interpreters.is_empty() || name.contains('.') || !small {
        return None;
    }
    let bytes = context.read(path).ok()?;
    let line = bytes.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let interpreter = |word: &str| language.data.interpreters.get(word.rsplit('/').next().unwrap_or(word)).copied();
    line.split_whitespace().find_map(interpreter)
}
