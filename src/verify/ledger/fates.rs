//! Packages of the distribution that the original has and the conversion has not: by which licence each may be gone.

use super::super::tree::Tree;
use super::database::{Database, commands};
use crate::facts::images::Release;
use crate::facts::packages::{self, PackageRole};
use crate::licence::Licence;
use std::collections::{BTreeMap, BTreeSet};

/// What became of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The conversion has it.
    Kept,
    /// It may be gone.
    Leaves(Licence),
    /// It is gone, and nothing says why it may be.
    Missing(String),
}

/// What is asked about packages.
pub(super) struct Questions<'a> {
    pub(super) tree: &'a Tree,
    pub(super) original: &'a Database,
    pub(super) converted: &'a Database,
    pub(super) base: &'a Database,
    pub(super) runtime_base: &'a Database,
    pub(super) release: Option<Release>,
    /// Packages that the original's text names.
    pub(super) named: &'a BTreeSet<String>,
    /// Commands that the original's steps run.
    pub(super) called: &'a BTreeSet<String>,
    /// Why something that is kept asks for a package.
    pub(super) demanded: &'a dyn Fn(&str) -> Option<String>,
    /// True when a kept source names a command, or a kept script calls it.
    pub(super) may_call: &'a dyn Fn(&str) -> bool,
    /// Nothing in the conversion loads a library when it runs.
    pub(super) is_static: bool,
}

impl Questions<'_> {
    /// Every package of the original with its fate.
    pub(super) fn answer(&self) -> BTreeMap<String, Fate> {
        let mut fates: BTreeMap<String, Fate> = BTreeMap::new();
        let mut undecided: BTreeSet<&String> = BTreeSet::new();
        for name in self.original.packages.keys() {
            let fate = if self.converted.packages.contains_key(name) {
                Fate::Kept
            } else if let Some(why) = self.is_demanded(name) {
                Fate::Missing(why)
            } else if self.base.packages.contains_key(name) {
                self.of_the_base(name)
            } else if self.is_named(name) {
                self.of_a_step(name)
            } else {
                undecided.insert(name);
                continue;
            };
            fates.insert(name.clone(), fate);
        }
        self.halves(&mut fates, &mut undecided);
        self.brought_in(undecided, &mut fates);
        fates
    }

    fn is_demanded(&self, name: &str) -> Option<String> {
        (self.demanded)(name)
    }

    fn of_the_base(&self, name: &str) -> Fate {
        if self.runtime_base.packages.contains_key(name) {
            return Fate::Missing("the runtime stage's base image has it, and it was removed".to_owned());
        }
        Fate::Leaves(Licence::Toolchain)
    }

    /// Somebody asked for it by name, as the package manager remembers or the text says.
    fn is_named(&self, name: &str) -> bool {
        self.named.contains(name)
            || !self.original.packages[name].automatic.unwrap_or_else(|| self.original.is_wanted(name))
    }

    fn fact(&self, name: &str) -> Option<packages::PackageFact> {
        packages::package(self.release.as_ref()?, name)
    }

    fn of_a_step(&self, name: &str) -> Fate {
        match self.fact(name).map(|f| f.role) {
            Some(PackageRole::Build) => Fate::Leaves(Licence::BuildPackage),
            // A virtual package of apk is a name for others.
            None if name.starts_with('.') => Fate::Leaves(Licence::BuildPackage),
            Some(PackageRole::Ambiguous) => {
                let brings: Vec<&str> = commands(self.tree, &self.original.owners, name).collect();
                if let Some(command) = brings.iter().find(|command| (self.may_call)(command)) {
                    return Fate::Missing(format!("installed by name, and a source that is kept names {command}"));
                }
                let habit = self.release.as_ref().is_some_and(|release| packages::fetches(&release.distribution, name));
                if habit || brings.iter().any(|command| self.called.contains(*command)) {
                    return Fate::Leaves(Licence::BuildPackage);
                }
                Fate::Missing("installed by name, and no build step is known to want it".to_owned())
            }
            _ => Fate::Missing("installed by name, and not known to be for building only".to_owned()),
        }
    }

    /// The run-time half of a build package stays, but where nothing loads libraries.
    fn halves(&self, fates: &mut BTreeMap<String, Fate>, undecided: &mut BTreeSet<&String>) {
        if self.is_static {
            return;
        }
        let building: Vec<String> = fates
            .iter()
            .filter(|(_, fate)| **fate == Fate::Leaves(Licence::BuildPackage))
            .map(|(name, _)| name.clone())
            .collect();
        for name in building {
            let halves = self.fact(&name).map(|f| f.runtime).unwrap_or_default();
            let lost: Vec<&String> = self.original.meeting(&halves).filter(|half| undecided.contains(half)).collect();
            for half in lost {
                fates.insert(half.clone(), Fate::Missing(format!("it is the run-time half of {name}")));
                undecided.remove(half);
            }
        }
    }

    /// What nobody asked for by name may go when only what goes brought it in.
    fn brought_in(&self, undecided: BTreeSet<&String>, fates: &mut BTreeMap<String, Fate>) {
        let mut leaving = undecided;
        loop {
            let mut stay: BTreeMap<String, String> = BTreeMap::new();
            for (name, package) in &self.original.packages {
                let leaves = leaving.contains(name) || matches!(fates.get(name), Some(Fate::Leaves(_)));
                if leaves || self.base.packages.contains_key(name) {
                    continue;
                }
                for group in package.needs.iter().chain(&package.wishes) {
                    for wanted in self.original.meeting(group).filter(|w| leaving.contains(w)) {
                        stay.insert(wanted.clone(), format!("{name} brought it in, which is not there to build only"));
                    }
                }
            }
            if stay.is_empty() {
                break;
            }
            leaving.retain(|name| !stay.contains_key(*name));
            fates.extend(stay.into_iter().map(|(name, why)| (name, Fate::Missing(why))));
        }
        for name in leaving {
            let fate = if self.original.is_wanted(name) {
                Fate::Leaves(Licence::BuildPackage)
            } else {
                Fate::Missing("nothing is known to have brought it in".to_owned())
            };
            fates.insert(name.clone(), fate);
        }
    }
}
