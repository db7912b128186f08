//! Two real trees to what left and why: every path of the original that the conversion has not needs a licence, and so
//! does every one whose content is another.
//!
//! Witnesses are the trees of both images and of the base images below them, their package databases, the text of the
//! original with the heuristics, and the table of departures. No plan is asked.

mod database;
mod demands;
mod departures;
mod fates;
mod fold;
mod languages;
mod said;

use super::files::{InContext, Side};
use super::packages::has_rpm;
use super::report::{Aspect, Finding, Left};
use super::tree::{Kind, Tree, is_system, within};
use crate::licence::Licence;
use crate::paths;
use database::Database;
use demands::Demands;
use departures::departures;
use fates::{Fate, Questions};
use languages::{Languages, is_without_interpreter};
use std::collections::{BTreeMap, BTreeSet};

pub(super) use said::{Original, Said};

/// Everything that is compared.
pub(super) struct Evidence<'a> {
    pub(super) original: Side<'a>,
    pub(super) converted: Side<'a>,
    /// The image that the original comes from.
    pub(super) base: &'a Tree,
    /// The image that the runtime stage comes from.
    pub(super) runtime_base: &'a Tree,
    /// What the original's text says; nothing when it has more than one stage.
    pub(super) said: Option<&'a Said<'a>>,
    /// Paths and commands that run time asks for.
    pub(super) demanded: (&'a [String], &'a [String]),
    /// Directories whose contents are compared elsewhere.
    pub(super) compared: &'a [String],
}

/// A path that is gone, or has other content, without a licence.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Unlicensed {
    path: String,
    why: String,
    package: Option<String>,
    changed: bool,
}

/// What left by licence, and a finding for everything that has none.
pub(super) fn settle(evidence: &Evidence, source: InContext) -> (Vec<Left>, Vec<Finding>) {
    let (a, b) = (evidence.original.tree, evidence.converted.tree);
    let gone: BTreeSet<&String> = a.nodes.keys().filter(|p| !b.nodes.contains_key(*p) && !b.exists(p)).collect();
    let is_build_input = |name: &str| evidence.said.is_some_and(|said| said.is_build_input(name));
    let converted = Database::read(b);
    let is_packaged = |path: &str| converted.owners.of_real(path).is_some();
    let demands = Demands::read(
        &evidence.original,
        &evidence.converted,
        evidence.runtime_base,
        &is_packaged,
        evidence.demanded,
        &is_build_input,
    );
    let mentioned = |name: &str| demands.is_quoted(name);
    let is_tool = |name: &str| evidence.said.is_some_and(|said| said.is_build_package(name));
    let languages = Languages::read(a, &|path| gone.contains(&path.to_owned()), &is_tool, &mentioned);
    let database = Database::read(a);
    let fates = fates(evidence, &database, &converted, &demands);
    let ledger = Ledger {
        evidence,
        gone: &gone,
        demands: &demands,
        languages,
        database,
        converted,
        fates,
        toolchains: toolchains(a, &gone),
        unserved: unserved(evidence),
        kept: a.nodes.keys().filter(|p| !gone.contains(p)).filter_map(|p| hash_at(a, p)).collect(),
    };
    let mut licensed: BTreeMap<&String, Licence> = BTreeMap::new();
    let mut unlicensed = Vec::new();
    // Children come after their directory, so from the end each directory is asked when its own are known.
    let mut below: BTreeMap<&str, (usize, Option<Licence>)> = BTreeMap::new();
    for path in gone.iter().rev().copied() {
        let verdict = ledger.judge(path).or_else(|why| match below.get(path.as_str()) {
            Some((0, Some(licence))) => Ok(*licence),
            // What stands below says it already.
            Some((1.., _)) => Err(None),
            _ => Err(Some(why)),
        });
        let parent = below.entry(paths::parent(path)).or_default();
        match verdict {
            Ok(licence) => {
                parent.1 = parent.1.or(Some(licence));
                licensed.insert(path, licence);
            }
            Err(why) => {
                parent.0 += 1;
                let package = ledger.owner(path).map(str::to_owned);
                unlicensed.extend(why.map(|why| Unlicensed { path: path.clone(), why, package, changed: false }));
            }
        }
    }
    let unread = has_rpm(a).then(|| take_unread(&mut unlicensed)).flatten();
    unlicensed.extend(ledger.changed(source));
    unlicensed.sort_by(|x, y| x.path.cmp(&y.path));
    let findings = unread.into_iter().chain(fold::findings(unlicensed, a, b)).collect();
    (fold::left(&licensed, a, b, &ledger.database), findings)
}

/// Whose package a path of the system is cannot be told where only `rpm` reads the database.
fn take_unread(unlicensed: &mut Vec<Unlicensed>) -> Option<Finding> {
    let before = unlicensed.len();
    unlicensed.retain(|entry| !is_system(&entry.path));
    let number = before - unlicensed.len();
    let words = format!("{number} paths of the system are gone, and the package database does not tell whose they are");
    (number > 0).then(|| Finding::not_checkable(Aspect::Ledger, "packages", words))
}

fn fates(evidence: &Evidence, original: &Database, converted: &Database, demands: &Demands) -> BTreeMap<String, Fate> {
    let nothing = BTreeSet::new();
    let a = evidence.original.tree;
    let mut asked: BTreeMap<&str, &String> = BTreeMap::new();
    for (path, why) in demands.asked().filter(|(path, _)| !evidence.converted.tree.exists(path)) {
        if let Some(package) = original.owners.of_real(path) {
            asked.entry(package).or_insert(why);
        }
    }
    let demanded = |package: &str| asked.get(package).map(|why| (*why).clone());
    let called = |command: &str| demands.is_called(command) || demands.is_quoted(command);
    Questions {
        tree: a,
        original,
        converted,
        base: &Database::read(evidence.base),
        runtime_base: &Database::read(evidence.runtime_base),
        release: database::release(a),
        named: evidence.said.map_or(&nothing, |s| &s.named),
        called: evidence.said.map_or(&nothing, |s| &s.called),
        demanded: &demanded,
        may_call: &called,
        is_static: evidence.converted.tree.elf.values().all(|e| e.interpreter.is_none() && e.needed.is_empty()),
    }
    .answer()
}

/// Directories of unpacked toolchains that are gone as a whole.
fn toolchains(tree: &Tree, gone: &BTreeSet<&String>) -> Vec<String> {
    let mut found = Vec::new();
    for rule in &departures().toolchain {
        let Some(first) = rule.holds.first() else { continue };
        let roots = gone.iter().filter_map(|path| path.strip_suffix(first.as_str())?.strip_suffix('/'));
        let whole = |root: &&str| {
            !paths::is_shared(root)
                && gone.contains(&(*root).to_owned())
                && rule.holds.iter().all(|held| tree.exists(&format!("{root}/{held}")))
        };
        found.extend(roots.filter(whole).map(str::to_owned));
    }
    found
}

/// Directories where steps build, when only servers run and nothing that these are given names them.
fn unserved(evidence: &Evidence) -> Vec<String> {
    let (config, tree) = (evidence.original.config, evidence.converted.tree);
    let words = ["Entrypoint", "Cmd"].iter().flat_map(|key| super::config::words(config, key));
    let given: Vec<String> = words.chain(super::config::environment(config).into_values()).collect();
    let own = |path: &str| evidence.runtime_base.nodes.get(path) != tree.nodes.get(path);
    let leads =
        |node: &super::tree::Node, directory: &str| matches!(&node.kind, Kind::Link(to) if to.contains(directory));
    let is_named = |directory: &str| {
        given.iter().any(|word| word.contains(directory))
            || tree.nodes.values().any(|node| leads(node, directory))
            || tree
                .texts()
                .filter(|(path, _)| !paths::is_within(directory, path) && own(path))
                .any(|(_, text)| String::from_utf8_lossy(text).contains(directory))
    };
    let found = evidence.said.into_iter().flat_map(Said::unserved);
    found.filter(|directory| !is_named(directory)).cloned().collect()
}

/// The content of the file that a path leads to.
fn hash_at(tree: &Tree, path: &str) -> Option<[u8; 32]> {
    match tree.node(path).map(|n| &n.kind) {
        Some(Kind::File { hash, .. }) => *hash,
        _ => None,
    }
}

struct Ledger<'a> {
    evidence: &'a Evidence<'a>,
    gone: &'a BTreeSet<&'a String>,
    demands: &'a Demands,
    languages: Languages<'a>,
    database: Database,
    converted: Database,
    fates: BTreeMap<String, Fate>,
    toolchains: Vec<String>,
    /// Directories of sources that the servers are told nothing about.
    unserved: Vec<String>,
    /// Contents of the original's files that the conversion has at their places.
    kept: BTreeSet<[u8; 32]>,
}

impl Ledger<'_> {
    fn tree(&self) -> &Tree {
        self.evidence.original.tree
    }

    fn is_directory(&self, path: &str) -> bool {
        self.tree().nodes.get(path).is_some_and(|n| n.kind == Kind::Directory)
    }

    fn is_empty(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        self.tree().nodes.range(inside.clone()..).next().is_none_or(|(next, _)| !next.starts_with(&inside))
    }

    /// The package that brought a file or an empty directory. Other directories belong to what is in them.
    fn owner(&self, path: &str) -> Option<&str> {
        if self.is_directory(path) && !self.is_empty(path) {
            return None;
        }
        self.database.owners.of_real(path)
    }

    /// By which licence a path may be gone, or why by none.
    fn judge(&self, path: &str) -> Result<Licence, String> {
        if let Some(why) = self.demanded(path) {
            return Err(why);
        }
        if let Some(licence) = Licence::ALL.into_iter().find(|licence| self.holds(*licence, path)) {
            return Ok(licence);
        }
        if let Some(Kind::Link(_)) = self.tree().nodes.get(path).map(|n| &n.kind)
            && self.owner(path).is_none()
            && let Some(real) = self.tree().real(path)
            && real != path
            && self.gone.contains(&real)
        {
            // Of no use without what it leads to.
            return self.judge(&real);
        }
        match self.owner(path).and_then(|package| self.fates.get(package)) {
            Some(Fate::Missing(why)) => Err(why.clone()),
            _ => Err("no licence lets it go".to_owned()),
        }
    }

    /// Who asks for a path, or for a directory above it that is gone as well.
    fn demanded(&self, path: &str) -> Option<String> {
        let mut at = path;
        loop {
            if let Some(why) = self.demands.of(at) {
                return Some(why.clone());
            }
            at = paths::parent(at);
            if at == "/" || !self.gone.contains(&at.to_owned()) {
                return None;
            }
        }
    }

    /// True when the witnesses of one licence let a path go.
    fn holds(&self, licence: Licence, path: &str) -> bool {
        let said = self.evidence.said;
        let fate = self.owner(path).and_then(|package| self.fates.get(package));
        let exists = |other: &str| self.tree().exists(other);
        let allows = departures().rules(path, &exists).any(|rule| {
            rule.licence == licence
                && (!rule.packaged || fate.is_some() || self.is_of_base(path))
                && (!rule.compiled || said.is_some_and(|s| s.is_compiled_here(path)))
        });
        if allows {
            return true;
        }
        match fate {
            Some(Fate::Leaves(by)) => return *by == licence,
            Some(Fate::Missing(_)) => return false,
            Some(Fate::Kept) => return licence == Licence::Toolchain && self.is_of_base(path),
            None => {}
        }
        let made = departures().makers(path).filter_map(|package| self.fates.get(package));
        if made.into_iter().any(|fate| *fate == Fate::Leaves(licence)) {
            return true;
        }
        match licence {
            Licence::Toolchain => {
                self.is_of_base(path) || self.toolchains.iter().any(|root| paths::is_within(root, path))
            }
            Licence::BuildPackage => self.languages.is_build_tool(path),
            Licence::Cache => said.is_some_and(|s| s.is_cache(path)),
            Licence::Scratch => {
                said.is_some_and(|s| s.is_build_tree(path) || s.is_compiled_here(path) && self.is_moved_on(path))
            }
            Licence::CompiledSource => {
                said.is_some_and(|s| s.is_compiled_source(path))
                    || self.unserved.iter().any(|directory| paths::is_within(directory, path))
                    || !self.is_directory(path) && self.is_packed_away(path)
            }
            Licence::DevelopmentDependency => self.is_unused_dependency(path),
            Licence::Secret => crate::secrets::is_secret_file(path, None),
            Licence::Author => said.is_some_and(|s| s.is_authors(path)),
        }
    }

    /// The original's base image has it as it is, and the runtime stage's has it not.
    fn is_of_base(&self, path: &str) -> bool {
        let as_it_is = |was: &super::tree::Node| match (&was.kind, self.tree().nodes.get(path).map(|n| &n.kind)) {
            (Kind::Directory, Some(Kind::Directory)) => true,
            (was, Some(is)) => was == is,
            _ => false,
        };
        self.evidence.base.nodes.get(path).is_some_and(as_it_is) && !self.evidence.runtime_base.exists(path)
    }

    /// A build's result that lies elsewhere as well, and is kept there.
    fn is_moved_on(&self, path: &str) -> bool {
        hash_at(self.tree(), path).is_some_and(|hash| self.tree().size(path) > 0 && self.kept.contains(&hash))
    }

    /// A package of a language that run time has no use for.
    fn is_unused_dependency(&self, path: &str) -> bool {
        let finds = |side: &Side, name: &str| side.tree.command(name, &side.path(), "/").is_some();
        let (original, converted) = (&self.evidence.original, &self.evidence.converted);
        self.languages.is_development_only(path)
            || is_without_interpreter(path, &|name| finds(original, name), &|name| finds(converted, name))
            || path.contains("/node_modules/") && self.is_packed_away(path)
    }

    /// The project's program is kept in a directory that holds everything it needs, and is run from there.
    fn is_packed_away(&self, path: &str) -> bool {
        let Some(said) = self.evidence.said else { return false };
        let words = [
            super::config::words(self.evidence.original.config, "Entrypoint"),
            super::config::words(self.evidence.original.config, "Cmd"),
        ]
        .concat();
        let dir = super::config::workdir(self.evidence.original.config);
        said.self_contained().any(|packed| {
            let folder = paths::join(&dir, packed);
            let runs = words.iter().any(|word| paths::is_within(&folder, &paths::join(&dir, word)));
            runs && paths::is_within(&dir, path) && !paths::is_within(&folder, path)
        })
    }

    /// Files that both have, with other content, where that is no other build of the same.
    fn changed(&self, source: InContext) -> Vec<Unlicensed> {
        let (a, b) = (self.tree(), self.evidence.converted.tree);
        let hash = hash_at;
        let mut found = Vec::new();
        let mut built = Vec::new();
        for path in a.nodes.keys() {
            let (Some(was), Some(is)) = (hash(a, path), hash(b, path)) else { continue };
            if was == is || departures().may_change(path) || self.is_packaged_in_both(path) {
                continue;
            }
            let (base, runtime) = (hash(self.evidence.base, path), hash(self.evidence.runtime_base, path));
            let why = if base == Some(was) {
                (runtime == Some(was)).then_some("a step of the conversion changes it, and none of the original does")
            } else {
                (runtime == Some(is))
                    .then_some("a step of the original writes it, and the conversion has the base image's")
            };
            match why {
                Some(why) => found.push((path, why)),
                None if base != Some(was) && !within(path, self.evidence.compared) => built.push((path, was, is)),
                None => {}
            }
        }
        // Looking through the context takes long.
        let known = if built.is_empty() {
            BTreeSet::new()
        } else {
            source(&built.iter().flat_map(|(_, was, is)| [*was, *is]).collect())
        };
        let certain = built.into_iter().filter(|(_, was, is)| known.contains(was) != known.contains(is));
        found.extend(certain.map(|(path, ..)| (path, "one side has the build context's file")));
        let entry = |(path, why): (&String, &str)| Unlicensed {
            path: path.clone(),
            why: why.to_owned(),
            package: None,
            changed: true,
        };
        found.into_iter().map(entry).collect()
    }

    /// Both have it from a package of the same name, or the conversion has it from one that the original has as well.
    fn is_packaged_in_both(&self, path: &str) -> bool {
        let owner = |tree: &Tree, database: &Database| {
            tree.real(path).and_then(|real| database.owners.of_real(&real).map(str::to_owned))
        };
        let is = owner(self.evidence.converted.tree, &self.converted);
        is.is_some() && owner(self.tree(), &self.database).is_some()
    }
}

#[cfg(test)]
mod tests;
