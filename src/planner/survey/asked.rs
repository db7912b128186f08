//! Paths that run time asks for, and what names a path in passing: variables, words, files.

use super::Survey;
use crate::analyzer::Unit;
use crate::image::{Entry, Extent, Origin};
use crate::paths;
use crate::shell;
use std::collections::BTreeSet;

impl Survey<'_> {
    /// Paths that run time asks for: files, commands that the build made, and what links lead to.
    pub(crate) fn wanted(&self) -> BTreeSet<String> {
        let mut wanted: BTreeSet<String> = self.demands.paths.iter().map(|p| p.path.clone()).collect();
        wanted.extend(self.demands.commands.iter().filter_map(|command| self.built_command(&command.name)));
        let started = self.started.iter().flat_map(|started| &started.commands);
        wanted.extend(started.filter_map(|command| match command.contains('/') {
            true => Some(paths::join(&self.analysis.end.config.workdir, command)),
            false => self.built_command(command),
        }));
        let behind: Vec<String> = wanted.iter().flat_map(|link| self.leads_to(link)).collect();
        wanted.extend(behind);
        wanted
    }

    /// Paths that run time asks for and that an entry provides.
    pub(crate) fn wanted_of(&self, entry: &Entry) -> Vec<String> {
        let provides = |path: &String| match entry.extent {
            Extent::One | Extent::Tree => self.image.holds(entry, path),
            Extent::Into | Extent::Within => self.image.holds(entry, path) && self.is_program(path),
        };
        self.wanted().into_iter().filter(provides).collect()
    }

    /// True when a command, a script or a variable that the file sets names something in a directory: a class path, say. A
    /// variable that names the directory itself may be for the tool that fills it.
    pub(crate) fn names_inside(&self, directory: &str) -> bool {
        let inside = |word: &str| paths::below(directory, word).is_some_and(|rest| !rest.is_empty());
        let values = self.analysis.end.config.env.iter().filter(|(name, _)| self.analysis.sets_variable(name));
        let mut parts = values.filter_map(|(_, value)| value.as_deref()).flat_map(|value| value.split(':'));
        parts.any(inside) || self.demands.words.iter().any(|word| inside(word))
    }

    /// True when a variable that the file sets names a path, or a directory around it that is not the system's.
    pub(crate) fn is_named_by_variable(&self, path: &str) -> bool {
        let values =
            self.analysis.end.config.env.iter().filter(|(name, _)| name != "PATH" && self.analysis.sets_variable(name));
        let mut named = values.filter_map(|(_, value)| value.as_deref()).filter(|value| value.starts_with('/'));
        named.any(|value| !paths::is_shared(value) && (paths::is_within(value, path) || paths::is_within(path, value)))
    }

    /// Files of the build context that run time asks for by name and that an entry brings last.
    pub(crate) fn asked_of(&self, entry: &Entry) -> Vec<String> {
        if !matches!(entry.origin, Origin::Context { .. }) {
            return Vec::new();
        }
        let asked = self.demands.paths.iter().map(|demand| &demand.path);
        asked.filter(|path| self.image.provider(path) == Some(entry)).cloned().collect()
    }

    /// True when a step takes the names of packages that it installs from a file, and the entry is or holds that.
    pub(crate) fn is_read_by_installs(&self, entry: &Entry) -> bool {
        let unknown = |unit: &Unit| unit.effects.packages.iter().any(|change| !change.exact);
        self.runs().any(|(step, run)| {
            run.units.iter().filter(|unit| unknown(unit)).any(|unit| {
                let cwd = unit.cwd.as_deref().unwrap_or(&step.workdir);
                let words = shell::literals(&run.text[unit.range.clone()]);
                words.iter().any(|word| self.image.holds(entry, &paths::join(cwd, word)))
            })
        })
    }

    /// True when a file of the image whose path passes `at` mentions `text`, or cannot be read.
    pub(crate) fn files_mention(&self, at: impl Fn(&str) -> bool, text: &str) -> bool {
        self.analysis.files.landings().iter().filter(|landing| at(&landing.destination)).any(|landing| {
            match self.inputs.context.text(&landing.source) {
                Ok(content) => content.contains(text),
                Err(_) => true,
            }
        })
    }
}
