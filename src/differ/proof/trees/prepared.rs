//! What the runtime stage's own steps need when they run: files that they read, commands that they call.

use super::{Trees, squeezed};
use crate::analyzer::effects::FileOperation;
use crate::analyzer::{Action, RunAction, Step, Unit};
use crate::context;
use crate::differ::proof::Finding;
use crate::facts::heuristics::SystemChange;
use crate::facts::packages::brings;
use crate::image::{At, Entry, Extent, Origin};
use crate::paths;
use crate::shell;

/// A part of a RUN of the runtime stage.
struct Part<'p> {
    step: &'p Step,
    unit: &'p Unit,
    text: &'p str,
    at: At,
    /// Where the original has it, word for word.
    was: Option<At>,
}

impl Trees<'_, '_> {
    /// Everything that a repeated step reads or calls, and that the original has by then, is there when it runs.
    pub(super) fn prepared(&self, findings: &mut Vec<Finding>) {
        let mut missed: Vec<Finding> = Vec::new();
        for step in &self.runtime.analysis.steps {
            let Action::Run(run) = &step.action else { continue };
            // Directories that a step enters are asked for elsewhere.
            for (u, unit) in run.units.iter().enumerate().filter(|(_, unit)| !unit.state_only) {
                let text = &run.text[unit.range.clone()];
                let part = Part {
                    step,
                    unit,
                    text,
                    at: At { instruction: step.instruction, unit: u },
                    was: self.original_place(text),
                };
                self.files_of(&part, &mut missed);
                self.directories_of(&part, &mut missed);
                self.variables_of(&part, &run.units[..=u], &mut missed);
                self.sources_of_settings(&part, &mut missed);
                self.commands_of(&part, run, &mut missed);
                self.settings_of_base(&part, &mut missed);
            }
        }
        for finding in missed {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }

    /// The last place where the original has the same words.
    fn original_place(&self, text: &str) -> Option<At> {
        let text = squeezed(text);
        let same = |run: &RunAction, unit: &Unit| squeezed(&run.text[unit.range.clone()]) == text;
        let runs: Vec<(&Step, &RunAction)> = self.survey.runs().collect();
        runs.iter().rev().find_map(|(step, run)| {
            let unit = run.units.iter().position(|unit| same(run, unit))?;
            Some(At { instruction: step.instruction, unit })
        })
    }

    /// Directories that the text writes into, where a step of the original makes them.
    fn directories_of(&self, part: &Part<'_>, missed: &mut Vec<Finding>) {
        let Some(was) = part.was else { return };
        let files = &part.unit.effects.files;
        for path in files.iter().filter(|o| o.enters_directory()).flat_map(|o| &o.writes) {
            let directory = paths::parent(path);
            let here = files.iter().any(|o| !o.enters_directory() && o.writes.iter().any(|w| w == directory));
            let brought = paths::is_shared(directory) || paths::is_of_distribution(directory);
            let had = self.survey.image.is_made_before(directory, was);
            if had && !here && !brought && !self.image.is_made_before(directory, part.at) {
                missed.push(Finding::Unprepared { path: directory.to_owned(), step: squeezed(part.text) });
            }
        }
    }

    /// Variables that earlier parts of the original's step give the shell.
    fn variables_of(&self, part: &Part<'_>, here: &[Unit], missed: &mut Vec<Finding>) {
        let sets = |units: &[Unit], name: &String| units.iter().any(|unit| unit.sets.contains(name));
        let given = |name: &String| match part.was {
            Some(was) => self
                .survey
                .runs()
                .any(|(step, run)| step.instruction == was.instruction && sets(&run.units[..was.unit], name)),
            // Of a text that was reduced it is not known which one it is.
            None => self.survey.runs().any(|(_, run)| sets(&run.units, name)),
        };
        for name in shell::variables(part.text).iter().filter(|name| given(name) && !sets(here, name)) {
            missed.push(Finding::Unprepared { path: format!("${name}"), step: squeezed(part.text) });
        }
    }

    /// Files that the text names.
    fn files_of(&self, part: &Part<'_>, missed: &mut Vec<Finding>) {
        let cwd = part.unit.cwd.as_deref().unwrap_or(&part.step.workdir);
        // Names, ids and homes of accounts are no files, and whose files change hands is asked elsewhere.
        let owners = part.unit.effects.files.iter().any(|o| o.metadata_only);
        if owners || !part.unit.effects.users.is_empty() {
            return;
        }
        // `rm -f` needs nothing, and neither does what may fail. What a link leads to may come later.
        let operations = || part.unit.effects.files.iter();
        let removed: Vec<&String> = operations().flat_map(|o| &o.removes).collect();
        let linked: Vec<&String> = operations().filter(|o| o.is_link).flat_map(|o| &o.reads).collect();
        for word in shell::literals(part.text) {
            if word.is_empty() || word.starts_with('-') || word.contains(['*', '?', '[', '$', ' ', ':', '\n']) {
                continue;
            }
            let path = paths::join(cwd, &word);
            let is_path = word.contains(['/', '.']);
            // Of a plain file operation it is known which words are files: the others are owners, modes and the like.
            let plain = part.unit.effects.is_portable() && !part.unit.effects.files.is_empty();
            let is_meant = |o: &FileOperation| o.reads.contains(&path) || o.writes.contains(&path);
            if !is_path && plain && !operations().any(is_meant) {
                continue;
            }
            let was_there = |e: &Entry| part.was.is_none_or(|was| e.at < was) && self.names(e, &path, is_path);
            let had = path != "/" && self.survey.image.all().iter().any(was_there);
            let is = |e: &Entry| {
                let reaches = self.image.holds(e, &path) || paths::is_within(&path, &e.path);
                let gone = e.gone.is_some_and(|gone| gone < part.at);
                reaches && e.at <= part.at && !gone
            };
            let made = self.image.all().iter().any(is) || self.is_made_before(&path, part.at);
            if had
                && !made
                && !linked.contains(&&path)
                && !removed.iter().any(|removed| paths::is_within(removed, &path))
            {
                missed.push(Finding::Unprepared { path, step: squeezed(part.text) });
            }
        }
    }

    /// Files that the original's base brings and a step edits: a smaller base has them where one of its packages, or an installed
    /// one, has their name.
    fn settings_of_base(&self, part: &Part<'_>, missed: &mut Vec<Finding>) {
        if self.runtime.same_image || part.was.is_none() {
            return;
        }
        let edits = part.unit.effects.files.iter().flat_map(|o| o.writes.iter().filter(|w| o.reads.contains(w)));
        for path in edits.filter(|path| paths::is_within("/etc", path)) {
            let lies = |e: &Entry| e.at < part.at && (e.reaches(path) || paths::is_within(path, &e.path));
            let made = self.image.all().iter().any(lies);
            let installed = self.image.packages().iter().filter(|p| p.at < part.at).map(|p| p.name.as_str());
            let named: Vec<&str> = self.runtime.base.packages.iter().map(String::as_str).chain(installed).collect();
            let release = self.runtime.facts.releases.first();
            let brought =
                release.into_iter().flat_map(|release| named.iter().map(move |name| brings(release, name, false)));
            let mut packages = named.iter().copied().chain(brought.flatten());
            let name = path.strip_prefix("/etc/").and_then(|rest| rest.split(['/', '.', '-', '_']).next());
            let name = name.unwrap_or_default().to_ascii_lowercase();
            let owner = |package: &str| !package.starts_with("lib") && package.contains(name.as_str());
            if !made && !packages.any(owner) {
                missed.push(Finding::Unprepared { path: path.clone(), step: squeezed(part.text) });
            }
        }
    }

    /// True when WORKDIR has made a path by then, or the path is the system's own.
    fn is_made_before(&self, path: &str, at: At) -> bool {
        let mut before = self.runtime.analysis.steps.iter().filter(|step| step.instruction <= at.instruction);
        paths::is_shared(path) || before.any(|step| paths::is_within(path, &step.workdir))
    }

    /// True when an entry of the original certainly is a path, or holds it. A word without the look of a path may be anything
    /// else, so that only a file of that name counts.
    fn names(&self, entry: &Entry, path: &str, is_path: bool) -> bool {
        if let Origin::Context { .. } = entry.origin {
            let Some(source) = entry.context_path(path) else { return false };
            let there = self.survey.inputs.context.entry(&source);
            return matches!(
                there,
                context::Entry::File { .. } | context::Entry::Directory | context::Entry::Symlink(_)
            ) || entry.path == path;
        }
        entry.certain && (entry.path == path || is_path && entry.extent == Extent::Tree && entry.reaches(path))
    }

    /// What a change of the system reads by itself: all that the original has put there.
    fn sources_of_settings(&self, part: &Part<'_>, missed: &mut Vec<Finding>) {
        let Some(was) = part.was else { return };
        for read in &part.unit.effects.reads {
            let inside = |e: &Entry| e.path == *read || paths::is_within(read, &e.path);
            let all = self.survey.image.all().iter();
            for entry in all.filter(|e| e.certain && e.at < was && e.gone.is_none_or(|gone| gone > was) && inside(e)) {
                // A directory is no certificate.
                let indexes = part.unit.effects.system.contains(&SystemChange::Ldconfig);
                let of_file = indexes && entry.path != *read && paths::name(&entry.path).contains('.');
                let made = entry.origin == Origin::Plain && entry.sources.is_empty() && entry.extent == Extent::One;
                let directory = made && !of_file
                    || self.survey.image.context_has(&entry.path) == Some(context::Entry::Directory)
                        && entry.path == *read;
                let there = |other: &Entry| other.at < part.at && self.is_same(entry, other);
                if !directory && !self.image.all().iter().any(there) {
                    missed.push(Finding::Unprepared { path: entry.path.clone(), step: squeezed(part.text) });
                }
            }
        }
    }

    /// A home is made by the step that makes its account: what is put into it before would make it, and root's.
    pub(super) fn homes(&self, findings: &mut Vec<Finding>) {
        let made = |steps: &[Step], user: &String| {
            steps.iter().find_map(|step| {
                let Action::Run(run) = &step.action else { return None };
                let unit = run.units.iter().position(|unit| unit.effects.users.contains(user))?;
                Some(At { instruction: step.instruction, unit })
            })
        };
        let users = self.runtime.analysis.steps.iter().filter_map(|step| match &step.action {
            Action::Run(run) => Some(run.units.iter().flat_map(|unit| &unit.effects.users)),
            _ => None,
        });
        for user in users.flatten() {
            let usual = || format!("/home/{user}");
            let home = self.runtime.analysis.homes.get(user).cloned().unwrap_or_else(usual);
            let filled = |entries: &[Entry], until: Option<At>| {
                let inside = |e: &Entry| e.path != home && paths::is_within(&home, &e.path);
                until.is_some_and(|until| entries.iter().any(|e| inside(e) && e.at < until))
            };
            let before = filled(self.survey.image.all(), made(&self.survey.analysis.steps, user));
            if !before && filled(self.image.all(), made(&self.runtime.analysis.steps, user)) {
                findings.push(Finding::Owner { path: home.clone(), owner: user.clone() });
            }
        }
    }

    /// Commands that the original has by then, from its base or a package.
    fn commands_of(&self, part: &Part<'_>, run: &RunAction, missed: &mut Vec<Finding>) {
        let original = self.survey.distribution();
        let releases = &self.runtime.facts.releases;
        let distribution = releases.first().map(|r| r.distribution.as_str()).unwrap_or_default();
        let brings = |distribution: &str, package: &str, command: &str| {
            package == command || crate::facts::packages::commands_of_package(distribution, package).contains(&command)
        };
        let effects = &part.unit.effects;
        // What a command may call is mostly for others of its uses; who trusts an archive calls all of it.
        let calls = effects.calls.iter().filter(|_| effects.system.contains(&SystemChange::Repositories));
        for command in effects.commands.iter().chain(calls) {
            let by_package = |p: &crate::image::Package| {
                part.was.is_none_or(|was| p.at < was) && brings(&original, &p.name, command)
            };
            let by_base = self.survey.before.commands.contains(command.as_str());
            let by_manager = self.installs_of(command, part.was);
            let had = by_base || !by_manager.is_empty() || self.survey.image.packages().iter().any(by_package);
            let own = |p: &crate::image::Package| {
                p.at < part.at
                    && p.removed.is_none_or(|removed| removed > part.at)
                    && brings(distribution, &p.name, command)
            };
            let same_base = self.runtime.same_image && by_base;
            let has = same_base
                || self.runtime.base.commands.contains(command.as_str())
                || self.image.packages().iter().any(own)
                || self.image.all().iter().any(|e| {
                    let installed = || by_manager.iter().any(|entry| self.is_same(entry, e));
                    e.at < part.at && (paths::name(&e.path) == command || installed())
                });
            if had && !has {
                let because = format!("`{}`", squeezed(&run.text[part.unit.range.clone()]));
                missed.push(Finding::MissingCommand { command: command.clone(), because });
            }
        }
    }

    /// Where the original has the commands of a language's package by the name of a command, up to a place.
    fn installs_of(&self, command: &str, until: Option<At>) -> Vec<&Entry> {
        let Some(until) = until else { return Vec::new() };
        let names = |word: &str| {
            let name = word.split(['=', '<', '>', '~', '!', '[', '@', ' ']).next().unwrap_or_default();
            name.eq_ignore_ascii_case(command)
        };
        let mut places: Vec<At> = Vec::new();
        for (step, run) in self.survey.runs() {
            let installs = |unit: &Unit| unit.effects.installs.iter().any(|(word, _)| names(word));
            let units = run.units.iter().enumerate().filter(|(_, unit)| installs(unit));
            places.extend(units.map(|(unit, _)| At { instruction: step.instruction, unit }));
        }
        let all = self.survey.image.all().iter();
        all.filter(|e| e.extent == Extent::Into && e.at < until && places.contains(&e.at)).collect()
    }
}
