//! Which files are the program's own sources.
//!
//! Invariant: a file that belongs to the program but cannot be read makes the result incomplete, never smaller in silence.

use super::Found;
use super::language::{GrammarId, Language, Layout, Meaning};
use super::outline::{Expr, Outline, outline};
use crate::context::{BuildContext, Entry, Unavailable};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

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
        Layout::Go => go(&mut sources, language, context, root),
        Layout::Rust => rust(&mut sources, language, context, root),
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

/// The packages that the manifests of a Node program ask for at run time, imported or not: what loads plug-ins by name
/// may load any of them.
fn node_packages(sources: &mut Sources, context: &dyn BuildContext, root: &str) {
    let mut directories: BTreeSet<&str> = BTreeSet::from([root]);
    for file in &sources.files {
        let mut above = parent(&file.path);
        while let Some(at) = above.filter(|at| at.len() >= root.len()) {
            directories.insert(at);
            above = parent(at);
        }
    }
    let manifests: Vec<String> = directories.into_iter().map(|directory| join(directory, "package.json")).collect();
    let mut own = BTreeSet::new();
    let mut required = Vec::new();
    for manifest in manifests {
        let text = match context.text(&manifest) {
            Ok(text) => text,
            Err(Unavailable::Absent) => continue,
            Err(why) => {
                sources.miss(&manifest, format!("cannot be read: {why}"));
                continue;
            }
        };
        let Ok(read) = serde_json::from_str::<NodeManifest>(&text) else {
            sources.miss(&manifest, "is not understood");
            continue;
        };
        own.extend(read.name);
        for name in read.dependencies.into_keys().chain(read.optional_dependencies.into_keys()) {
            let quoted = format!("\"{name}\"");
            let line = text.lines().position(|line| line.contains(&quoted)).map_or(1, |at| at + 1);
            required.push(found(&manifest, line, name));
        }
    }
    required.retain(|package| !own.contains(&package.value));
    sources.required = required;
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeManifest {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    dependencies: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, serde_json::Value>,
}

/// Reads what the sources import by path from places that are otherwise passed over; what is not there at all is made
/// by the build, and not known.
fn follow_imports(sources: &mut Sources, language: &Language, context: &dyn BuildContext) {
    let mut at = 0;
    while let Some(file) = sources.files.get(at) {
        at += 1;
        let directory = parent(&file.path).unwrap_or_default().to_owned();
        let importer = file.path.clone();
        for (target, line) in imported_paths(language, &file.outline) {
            let path = super::value::normal(&join(&directory, &target));
            let path = if path == "." { String::new() } else { path };
            match locate(sources, language, context, &path) {
                Located::Read => {}
                Located::Unread(path, grammar) => {
                    let unit = path.clone();
                    sources.read(language, context, &path, &unit, grammar);
                }
                Located::Missing => {
                    sources.missing.push(found(&importer, line, format!("imports {target}, which is not there")));
                }
            }
        }
    }
}

/// The paths that a file imports by `import`, `export … from` or a call.
fn imported_paths(language: &Language, outline: &Outline) -> Vec<(String, usize)> {
    let named = outline.imports.iter().filter(|import| import.name.is_none()).map(|i| (i.target.as_str(), i.line));
    let called =
        outline.calls.iter().filter_map(|call| match (&call.callee, call.arguments.first().map(|a| &a.value)) {
            (Expr::Name(name), Some(Expr::Text(target)))
                if language.functions(name).any(|function| function.value == Some(Meaning::Import)) =>
            {
                Some((target.as_str(), call.line))
            }
            _ => None,
        });
    let is_path = |target: &str| matches!(target, "." | "..") || target.starts_with("./") || target.starts_with("../");
    let mut paths: Vec<(String, usize)> =
        named.chain(called).filter(|(t, _)| is_path(t)).map(|(t, line)| (t.to_owned(), line)).collect();
    paths.sort();
    paths.dedup_by(|a, b| a.0 == b.0);
    paths
}

enum Located {
    /// It is read, or it is no source.
    Read,
    Unread(String, GrammarId),
    Missing,
}

/// The file that an imported path means.
fn locate(sources: &Sources, language: &Language, context: &dyn BuildContext, path: &str) -> Located {
    let data = &language.data;
    let file = |path: &str| matches!(context.entry(path), Entry::File { .. } | Entry::Symlink(_));
    let mut candidates = vec![path.to_owned()];
    candidates.extend(data.extensions.keys().map(|extension| format!("{path}.{extension}")));
    // A compiled source is imported by the name of what it becomes.
    if let Some((stem, _)) = path.rsplit_once('.').filter(|_| data.extensions.contains_key(extension(path))) {
        candidates.extend(data.compiled_extensions.iter().map(|extension| format!("{stem}.{extension}")));
    }
    candidates.extend(data.extensions.keys().map(|extension| join(path, &format!("index.{extension}"))));
    if candidates.iter().any(|candidate| sources.seen.contains(candidate)) {
        return Located::Read;
    }
    if let Some(candidate) = candidates.into_iter().find(|candidate| file(candidate)) {
        return match data.extensions.get(extension(&candidate)) {
            Some(grammar) => Located::Unread(candidate, *grammar),
            None => Located::Read,
        };
    }
    // A declaration, data, or a file of another kind.
    let kept = [".d.ts", ".json"].iter().any(|end| file(&format!("{path}{end}")));
    if kept || file(&join(path, "package.json")) { Located::Read } else { Located::Missing }
}

fn declared_package(text: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("package "))?;
    Some(line.split(';').next().unwrap_or_default().trim().to_owned())
}

/// A crate with everything below its directory, and the crates that it names by path.
fn rust(sources: &mut Sources, language: &Language, context: &dyn BuildContext, root: &str) {
    let mut waiting = vec![root.to_owned()];
    let mut done = BTreeSet::new();
    let mut own = BTreeSet::new();
    let mut required: Vec<Found<String>> = Vec::new();
    while let Some(directory) = waiting.pop() {
        if done.iter().any(|known: &String| known.is_empty() || covers(known, &directory)) {
            continue;
        }
        let before = sources.files.len();
        tree(sources, language, context, &directory);
        let mut manifests = vec![join(&directory, "Cargo.toml")];
        for file in sources.files.get(before..).unwrap_or_default() {
            let mut above = parent(&file.path);
            while let Some(at) = above.filter(|at| at.len() > directory.len()) {
                manifests.push(join(at, "Cargo.toml"));
                above = parent(at);
            }
        }
        manifests.sort();
        manifests.dedup();
        done.insert(directory.clone());
        for manifest in manifests {
            match context.text(&manifest) {
                Ok(text) => {
                    let Some(read) = cargo_manifest(&text) else {
                        sources.miss(&manifest, "is not understood");
                        continue;
                    };
                    own.extend(read.name);
                    let base = parent(&manifest).unwrap_or_default();
                    for path in read.paths {
                        let path = super::value::normal(&join(base, &path));
                        if path.starts_with("..") {
                            sources.miss(&manifest, format!("{path} is outside of the build context"));
                        } else {
                            waiting.push(if path == "." { String::new() } else { path });
                        }
                    }
                    required.extend(read.crates.into_iter().map(|(line, name)| found(&manifest, line, name)));
                }
                Err(Unavailable::Absent) if manifest != join(&directory, "Cargo.toml") => {}
                Err(why) => sources.miss(&manifest, format!("cannot be read: {why}")),
            }
        }
    }
    sources.files.retain(|file| !file.path.ends_with("build.rs"));
    required.retain(|name| !own.contains(&name.value));
    required.sort_by(|a, b| (&a.value, &a.file, a.line).cmp(&(&b.value, &b.file, b.line)));
    required.dedup_by(|a, b| a.value == b.value);
    sources.required = required;
}

struct CargoManifest {
    name: Option<String>,
    crates: Vec<(usize, String)>,
    paths: Vec<String>,
}

/// What a `Cargo.toml` needs at run time: no build and no development dependencies.
fn cargo_manifest(text: &str) -> Option<CargoManifest> {
    let manifest: toml::Table = toml::from_str(text).ok()?;
    let mut tables: Vec<&toml::Value> = manifest.get("dependencies").into_iter().collect();
    if let Some(toml::Value::Table(targets)) = manifest.get("target") {
        tables.extend(targets.values().filter_map(|target| target.get("dependencies")));
    }
    tables.extend(manifest.get("workspace").and_then(|workspace| workspace.get("dependencies")));
    let mut read = CargoManifest { name: None, crates: Vec::new(), paths: Vec::new() };
    let name = manifest.get("package").and_then(|package| package.get("name"));
    read.name = name.and_then(toml::Value::as_str).map(str::to_owned);
    for table in tables.into_iter().filter_map(toml::Value::as_table) {
        for (key, value) in table {
            let real = value.get("package").and_then(toml::Value::as_str).unwrap_or(key);
            if value.get("workspace").and_then(toml::Value::as_bool) == Some(true) {
                continue;
            }
            if let Some(path) = value.get("path").and_then(toml::Value::as_str) {
                read.paths.push(path.to_owned());
                continue;
            }
            let line = text.lines().position(|line| {
                let line = line.trim();
                let rest = line.strip_prefix(key.as_str()).map(str::trim_start);
                rest.is_some_and(|rest| rest.starts_with(['=', '.'])) || line.contains(&format!(".{key}]"))
            });
            read.crates.push((line.map_or(1, |line| line + 1), real.to_owned()));
        }
    }
    Some(read)
}

/// The packages of a Go program: its main package and what that imports from its own module.
fn go(sources: &mut Sources, language: &Language, context: &dyn BuildContext, root: &str) {
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

fn covers(module: &str, target: &str) -> bool {
    target.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Module paths and their directories: the module that holds `root`, its local replacements, its workspace.
fn go_modules(sources: &mut Sources, context: &dyn BuildContext, root: &str) -> Vec<(String, String)> {
    let mut modules = Vec::new();
    let mut at = Some(root);
    while let Some(directory) = at {
        if let Ok(text) = context.text(&join(directory, "go.work")) {
            for used in directives(&text, "use") {
                let used = super::value::normal(&join(directory, used.trim_matches('"')));
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
                            let to = super::value::normal(&join(directory, to));
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
pub(super) fn go_mains(context: &dyn BuildContext, root: &str) -> Option<Vec<String>> {
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
