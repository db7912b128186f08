//! Directories that belong to the program, and those that belong to nobody.

use super::{Survey, is_scratch};
use crate::analyzer::{Action, Step};
use crate::image::Extent;
use crate::paths;
use std::collections::BTreeSet;

/// Directories that distributions leave to the administrator (Filesystem Hierarchy Standard 3.0: /srv, /mnt, /media).
const EMPTY: &[&str] = &["/srv", "/mnt", "/media", "/var/www"];

impl Survey<'_> {
    /// Directories of the program.
    pub(super) fn find_roots(&self) -> Vec<String> {
        let mut candidates: BTreeSet<String> = BTreeSet::new();
        for (_, copy) in self.copies() {
            candidates.extend(copy.landings.iter().filter(|l| l.tree).map(|l| l.destination.clone()));
            if copy.into_directory {
                candidates.insert(copy.destination.clone());
            } else if !copy.landings.iter().any(|l| l.tree) {
                candidates.insert(paths::parent(&copy.destination).to_owned());
            }
        }
        for (step, run) in self.runs() {
            if run.units.iter().any(|u| !u.effects.is_portable() || !u.effects.files.is_empty()) {
                candidates.insert(step.workdir.clone());
                candidates.extend(run.units.iter().filter_map(|u| u.cwd.clone()));
            }
        }
        for (_, entry) in self.image.entries() {
            if entry.is_built() && matches!(entry.extent, Extent::Into | Extent::Within) {
                candidates.insert(entry.path.clone());
            }
        }
        candidates.extend(self.analysis.files.prefixes.iter().cloned());
        let workdir = self.analysis.end.config.workdir.as_str();
        let temporary = |path: &str| is_scratch(path) && !paths::is_within(path, workdir);
        candidates.retain(|path| !paths::is_shared(path) && !temporary(path) && !self.is_home(path));
        let mut roots: Vec<String> = Vec::new();
        for path in &candidates {
            // The order of a set of paths puts a directory before what lies in it.
            if !roots.iter().any(|root| paths::is_within(root, path)) {
                roots.push(path.clone());
            }
        }
        roots
    }

    pub(crate) fn root_of(&self, path: &str) -> Option<&String> {
        self.roots.iter().find(|root| paths::is_within(root, path))
    }

    /// True for a directory of the system that images leave empty and that the file makes its working directory.
    pub(crate) fn is_entered_and_empty(&self, path: &str) -> bool {
        EMPTY.contains(&path) && self.steps().iter().any(|step| step.workdir == path)
    }

    /// True for a home directory that is no working directory, and what hides in one.
    fn is_home(&self, path: &str) -> bool {
        let hidden = (path.starts_with("/root/") || path.starts_with("/home/")) && path.contains("/.");
        hidden || path == self.analysis.files.home && self.steps().iter().all(|step| step.workdir != path)
    }

    /// True for a directory that only the build has: a step removes it, nothing in it is left at the end, and after the build
    /// nothing stands in it.
    pub(crate) fn vanishes(&self, directory: &str) -> bool {
        let inside = |path: &str| paths::is_within(directory, path);
        let removals = self.image.operations().iter().flat_map(|o| &o.operation.removes);
        let removed = removals.into_iter().any(|removed| paths::is_within(removed, directory));
        let late = |step: &&Step| Some(step.instruction) > self.cut && !matches!(step.action, Action::Config);
        removed
            && !paths::is_shared(directory)
            && !inside(&self.analysis.end.config.workdir)
            && !self.image.entries().any(|(_, e)| inside(&e.path))
            && !self.steps().iter().filter(late).any(|step| inside(&step.workdir))
    }
}
