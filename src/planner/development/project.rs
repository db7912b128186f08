//! A project whose development dependencies a step installs: how it is installed, and whether the package manager can take them
//! away again.

use super::lock::Lock;
use super::reading;
use crate::analyzer::demands::Program;
use crate::analyzer::pragmas::Place;
use crate::analyzer::{RunAction, Step, Unit};
use crate::context::{self, Entry as ContextEntry};
use crate::facts::development::{Language, Manager, Sign, WithoutPeers, development};
use crate::facts::heuristics::{WriteKind, glob};
use crate::facts::registry;
use crate::image::{Entry, Origin};
use crate::paths;
use crate::planner::downloads;
use crate::planner::survey::{MANY, Survey};
use crate::syntax::Kind;
use serde_json::Value;
use std::collections::BTreeSet;

/// A step that installs what a project needs for its development as well, and what is known of the project.
pub(super) struct Project<'s, 'a> {
    pub(super) survey: &'s Survey<'a>,
    pub(super) language: &'static Language,
    pub(super) manager: &'static Manager,
    pub(super) step: &'a Step,
    pub(super) run: &'a RunAction,
    pub(super) unit: &'a Unit,
    /// Where it lies in the image.
    pub(super) directory: &'a str,
    pub(super) manifest: Value,
    pub(super) lock: Option<Lock>,
}

/// What the manifests of a language in the build context ask for at run time, by the names that they use; nothing where one
/// cannot be read.
pub(crate) fn asked_for(survey: &Survey<'_>, language: &Language) -> Option<BTreeSet<String>> {
    let context = survey.inputs.context;
    let found = context::walk(context, "", MANY).ok()?;
    let mut names = BTreeSet::new();
    for (path, _) in found.iter().filter(|(path, _)| paths::name(path) == language.manifest) {
        let manifest: Value = serde_json::from_str(context.text(path).ok()?.trim_start_matches('\u{feff}')).ok()?;
        let keys = language.lasting.iter().filter_map(|key| manifest.get(key)?.as_object());
        names.extend(keys.flat_map(|packages| packages.keys().cloned()));
    }
    Some(names)
}

impl<'s, 'a> Project<'s, 'a> {
    /// The project that a file's only installation is for.
    pub(super) fn find(survey: &'s Survey<'a>) -> Option<Project<'s, 'a>> {
        let mut found = survey.runs().flat_map(|(step, run)| run.units.iter().map(move |unit| (step, run, unit)));
        let (step, run, unit, rule) = found.find_map(|(step, run, unit)| {
            let mut rules = unit.effects.evidence.iter().filter_map(|e| e.heuristic.as_deref());
            let rule = rules.find(|rule| development().managers(rule).next().is_some())?;
            (unit.effects.installs.is_empty()).then_some((step, run, unit, rule))
        })?;
        let language = development().language(rule.split('/').next()?)?;
        let directory = unit.cwd.as_deref()?;
        let text = |name: &str| survey.analysis.files.text(&paths::join(directory, name), survey.inputs.context);
        let manifest: Value = serde_json::from_str(text(&language.manifest)?.trim_start_matches('\u{feff}')).ok()?;
        let mut of_releases = development().managers(rule).map(|manager| {
            let lock = manager.locks.iter().find_map(|name| Lock::parse(manager.lock_form, &text(name)?));
            Project { survey, language, manager, step, run, unit, directory, manifest: manifest.clone(), lock }
        });
        of_releases.find(Project::is_usual)
    }

    /// True when the manager does what it does by default, and for this project alone.
    fn is_usual(&self) -> bool {
        let text = &self.run.text[self.unit.range.clone()];
        let words: Vec<&str> = text.split_whitespace().collect();
        let told = |word: &String| words.contains(&word.as_str());
        let said = |sign: &Sign| {
            let text = self.text(&sign.file);
            text.is_some_and(|text| sign.words.iter().any(|word| text.contains(word.as_str())))
        };
        let several = &self.language.several;
        let asks = self.language.asks.iter().any(told);
        let omitted = self.language.production.iter().any(|setting| self.is_set(setting)) && !asks;
        !self.manager.without.iter().any(told)
            && !omits(self.manager, text)
            && !omitted
            && !self.language.settings.iter().any(said)
            && !self.manager.unless.iter().any(said)
            && self.manager.given.iter().all(said)
            && self.manager.needs.iter().all(|name| self.text(name).is_some())
            && !several.keys.iter().any(|key| self.manifest.get(key).is_some())
            && !several.files.iter().any(|name| self.has_file(name))
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.survey.analysis.files.text(&paths::join(self.directory, name), self.survey.inputs.context)
    }

    pub(super) fn has_file(&self, name: &str) -> bool {
        let path = paths::join(self.directory, name);
        let entry = self.survey.analysis.files.entry(&path, self.survey.inputs.context);
        entry.is_some_and(|(_, entry)| entry != ContextEntry::Absent)
    }

    /// True when the context has a file whose name fits, or cannot be listed.
    pub(super) fn has_any(&self, globs: &[String]) -> bool {
        let found = context::walk(self.survey.inputs.context, "", MANY);
        found.map_or(true, |found| found.iter().any(|(path, _)| globs.iter().any(|g| glob(g, paths::name(path)))))
    }

    /// True when a variable has a value where the installation runs, or a value that is not known.
    fn is_set(&self, setting: &str) -> bool {
        let text = &self.run.text[self.unit.range.clone()];
        self.is_set_at(setting, self.step.instruction, text).unwrap_or(true)
    }

    /// Whether a variable has a value where a part of an instruction with this text runs; nothing when that is not known.
    fn is_set_at(&self, setting: &str, instruction: usize, text: &str) -> Option<bool> {
        let Some((name, value)) = setting.split_once('=') else { return Some(false) };
        if text.contains(&format!("{name}=")) {
            return Some(text.contains(setting));
        }
        // An argument without a default may be anything.
        let mut last = Some(String::new());
        for instruction in self.survey.instructions.iter().take(instruction) {
            match &instruction.kind {
                Kind::Env(pairs) => {
                    last = pairs.iter().rev().find(|p| p.name == name).map_or(last, |p| Some(p.value.clone()));
                }
                Kind::Arg(declarations) => {
                    last = declarations.iter().rev().find(|d| d.name == name).map_or(last, |d| d.default.clone());
                }
                _ => {}
            }
        }
        let last = last.filter(|last| !last.contains('$'))?;
        Some(last.trim_matches(['"', '\'']) == value)
    }

    /// True when no other step installs for another project, nothing lies in the directory of packages but what the manager
    /// put there, and the same user does everything.
    pub(super) fn is_alone(&self) -> bool {
        let survey = self.survey;
        let installed = paths::join(self.directory, &self.language.installed);
        let elsewhere = |e: &Entry| {
            e.is_built()
                && e.purpose == WriteKind::Dependency
                && paths::name(&e.path) == self.language.installed
                && e.path != installed
        };
        let brought = |e: &Entry| {
            matches!(e.origin, Origin::Context { .. } | Origin::Image { .. } | Origin::Added)
                && survey.image.holds(e, &installed)
        };
        let after = survey.steps().iter().filter(|step| step.instruction > self.step.instruction);
        let cut = survey.cut.unwrap_or_default();
        let same_user = after.filter(|step| step.instruction <= cut + 1).all(|step| step.user == self.step.user);
        let at_end = survey.steps().last().is_some_and(|step| step.instruction > cut)
            || survey.analysis.end.config.user == self.step.user;
        let told = |i: usize| {
            survey.analysis.pragmas.place(i) == Some(Place::Runtime) || survey.analysis.pragmas.is_kept_whole(i)
        };
        let context = self.survey.analysis.files.entry(&installed, survey.inputs.context);
        !survey.image.entries().any(|(_, e)| elsewhere(e))
            && !survey.image.all().iter().any(|e| brought(e) && context.is_some())
            && same_user
            && at_end
            && !told(self.step.instruction)
    }

    /// True when nothing changes the directory of packages after they were installed, by the lock file that is there in the
    /// end: the manager's command makes of it what the lock file says. Nothing when that cannot be looked at.
    pub(super) fn stays_as_installed(&self) -> Option<bool> {
        let survey = self.survey;
        let installed = paths::join(self.directory, &self.language.installed);
        let inside = |path: &str| paths::is_within(&installed, path);
        // What lies in packages that stay, or under no package's name, is not looked at by some managers.
        let kept = self.lasting();
        let passed_over = |path: &str| {
            let rest = paths::below(&installed, path).filter(|rest| !rest.is_empty());
            self.manager.passes_over
                && rest.is_some_and(|rest| rest.starts_with('.') || kept.contains(reading::package_of(rest)))
        };
        let others = survey.image.all().iter().any(|e| {
            let by_manager = e.by == self.manager.installs && e.at.instruction == self.step.instruction;
            let counts = inside(&e.path) && !by_manager && e.purpose != WriteKind::Cache && e.gone.is_none();
            counts && !passed_over(&e.path)
        });
        let operations = survey.image.operations().iter().any(|o| o.operation.writes.iter().any(|path| inside(path)));
        let units: Vec<(&RunAction, &Unit)> =
            survey.runs().flat_map(|(_, run)| run.units.iter().map(move |unit| (run, unit))).collect();
        let writes = |unit: &Unit| unit.effects.writes.iter().any(|w| w.path == installed);
        let installs = units.iter().filter(|(_, unit)| writes(unit)).count();
        // The manager's command follows the lock file that is there in the end: it has to be the one that was installed by.
        let late = |name: &String| {
            let path = paths::join(self.directory, name);
            let early = |e: &Entry| e.at.instruction < self.step.instruction && survey.image.holds(e, &path);
            self.has_file(name) && !survey.image.all().iter().any(early)
        };
        let named_by_step = units.into_iter().any(|(run, unit)| {
            let text = &run.text[unit.range.clone()];
            text.contains(&format!("{}/", self.language.installed)) && !text.trim_start().starts_with("rm ")
        });
        let late = self.manager.locks.iter().chain(&self.manager.needs).any(late);
        if others || operations || installs != 1 || late || named_by_step {
            return Some(false);
        }
        if !self.can_fetch_again() {
            return Some(false);
        }
        self.scripts_leave_it_alone()
    }

    /// True when the manager's command finds what the installation had: no credentials, mounts or caches of that step alone.
    fn can_fetch_again(&self) -> bool {
        let instruction = self.survey.instructions[self.step.instruction];
        let text =
            String::from_utf8_lossy(&self.survey.inputs.dockerfile.source[instruction.span.range()]).into_owned();
        let Some(again) = &self.manager.fetches else { return true };
        let alone = |word: &String| text.contains(word.as_str());
        let registry = |sign: &Sign| {
            let settings = self.text(&sign.file);
            settings.is_some_and(|settings| sign.words.iter().any(|word| settings.contains(word.as_str())))
        };
        let manifest = self.manifest.to_string();
        let patched = again.patches.words.iter().any(|word| manifest.contains(word.as_str()));
        !again.alone.iter().any(alone)
            && !again.registries.iter().any(registry)
            && !patched
            && !self.has_file(&again.patches.file)
    }

    /// True when no script and no source of the project names the directory of packages as a place; nothing when they cannot
    /// all be looked at.
    fn scripts_leave_it_alone(&self) -> Option<bool> {
        let context = self.survey.inputs.context;
        let folder = &self.language.installed;
        let found = context::walk(context, "", MANY).ok()?;
        for (path, entry) in &found {
            let name = paths::name(path);
            let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
            let is = |endings: &[String]| endings.iter().any(|e| e == ending);
            let listed = path.split('/').any(|part| part == folder.as_str());
            let reads = is(&self.language.sources) || is(&self.language.scripts) || name == self.language.manifest;
            // Tools of development pass it over by its name, and compilers are told by a setting where to write.
            let compiler = &self.language.compiler;
            let settings = glob(&compiler.file, name);
            if *entry == ContextEntry::Directory || listed || !(reads || settings) {
                continue;
            }
            let is_build_file =
                self.language.build_files.iter().any(|g| glob(g, name)) && name != self.language.manifest;
            let text = context.text(path).ok()?;
            let places = match (settings, is_build_file) {
                (true, _) => text.lines().any(|line| {
                    compiler.words.iter().any(|key| line.contains(key.as_str())) && line.contains(folder.as_str())
                }),
                (false, true) => false,
                (false, false) if name == self.language.manifest => {
                    reading::script_bodies(&text)?.iter().any(|body| self.names_as_place(body))
                }
                (false, false) => self.names_as_place(&text),
            };
            if places {
                return Some(false);
            }
        }
        Some(true)
    }

    /// True when a text names the directory of packages otherwise than to call a command in it.
    fn names_as_place(&self, text: &str) -> bool {
        let folder = &self.language.installed;
        text.replace(&format!("{folder}/.bin/"), "").contains(folder.as_str())
    }

    /// True when peers stay although only development asks for them.
    pub(super) fn keeps_peers(&self) -> bool {
        let text = &self.run.text[self.unit.range.clone()];
        let told = |without: &WithoutPeers| {
            let set = self.text(&without.settings).is_some_and(|text| text.contains(&without.word));
            text.contains(&without.option) || set
        };
        self.manager.keeps_peers && !self.manager.without_peers.as_ref().is_some_and(told)
    }

    /// True when a later step takes the development dependencies away: it installs or prunes without them.
    pub(super) fn is_pruned_later(&self) -> bool {
        let later = self.survey.runs().filter(|(step, _)| step.instruction > self.step.instruction);
        later.flat_map(|(step, run)| run.units.iter().map(move |unit| (step, run, unit))).any(|(step, run, unit)| {
            let text = &run.text[unit.range.clone()];
            let here = unit.cwd.as_deref() == Some(self.directory);
            let writes = unit.effects.writes.iter().any(|w| paths::name(&w.path) == self.language.installed);
            let told =
                || self.language.production.iter().any(|s| self.is_set_at(s, step.instruction, text) == Some(true));
            here && writes && (omits(self.manager, text) || told())
        })
    }

    /// True when all that runs is a file of the language, or a command whose package is known.
    pub(super) fn runs_only_this(&self) -> bool {
        let demands = self.survey.demands;
        let fits = |program: &Program| match program {
            Program::Interpreted { language, .. } => *language == self.language.ecosystem,
            Program::Script { .. } => true,
            Program::Command { .. } => true,
            Program::File { .. } | Program::Server { .. } => false,
        };
        !demands.programs.is_empty()
            && demands.programs.iter().any(|p| matches!(p, Program::Interpreted { .. }))
            && demands.programs.iter().all(fits)
            && demands.unread.is_empty()
            && demands.refusals.is_empty()
    }

    pub(super) fn names(&self, keys: &[String]) -> BTreeSet<String> {
        let tables = keys.iter().filter_map(|key| self.manifest.get(key)?.as_object());
        tables.flat_map(|table| table.keys().cloned()).collect()
    }

    /// The direct dependencies that only development needs, as the manifest declares them.
    pub(super) fn development(&self) -> BTreeSet<String> {
        let lasting = self.names(&self.language.lasting);
        self.names(&self.language.development).into_iter().filter(|name| !lasting.contains(name)).collect()
    }

    /// Everything that stays: the direct dependencies with all that they need, as far as a lock file or the tables tell.
    pub(super) fn lasting(&self) -> BTreeSet<String> {
        let direct = self.names(&self.language.lasting);
        let mut found = match &self.lock {
            Some(lock) => lock.closure(direct.iter().map(String::as_str), self.keeps_peers()),
            None => registry::closure(&self.language.ecosystem, direct.iter().map(String::as_str)).names,
        };
        found.extend(direct);
        found
    }

    /// Everything that is installed, and what of it only development needs.
    pub(super) fn installed(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let kept = self.lasting();
        let mut all: BTreeSet<String> = match &self.lock {
            Some(lock) => lock.names().cloned().collect(),
            None => {
                let direct = self.development();
                registry::closure(&self.language.ecosystem, direct.iter().map(String::as_str)).names
            }
        };
        let foreign = |name: &String| self.lock.as_ref().is_some_and(|lock| lock.is_foreign(name));
        all.retain(|name| !foreign(name));
        let dropped = all.iter().filter(|name| !kept.contains(*name)).cloned().collect();
        all.extend(kept.into_iter().filter(|name| !foreign(name)));
        (all, dropped)
    }

    /// The manager's command with the options that the installation had.
    pub(super) fn command(&self) -> String {
        let reference = self.survey.analysis.base.reference.as_ref();
        let repository = reference.map(|r| r.normalised().repository).unwrap_or_default();
        let tag = reference.and_then(|r| r.tag.clone()).unwrap_or_default();
        let mut command = self.manager.command(&repository, &tag).to_owned();
        let text = &self.run.text[self.unit.range.clone()];
        for word in text.split_whitespace().filter(|word| self.manager.carries.iter().any(|c| c == word)) {
            command.push(' ');
            command.push_str(word);
        }
        command
    }

    /// True when the layer of the installation keeps what the manager downloaded.
    pub(super) fn keeps_downloads(&self) -> bool {
        let instruction = self.step.instruction;
        self.survey.image.all().iter().any(|e| {
            let here = e.at.instruction == instruction;
            let gone = e.gone.is_some_and(|at| at.instruction == instruction);
            let left = || downloads::is_left(self.survey, instruction, &self.language.ecosystem, &e.path);
            here && !gone && e.purpose == WriteKind::Cache && e.by == self.manager.installs && left()
        })
    }
}

/// True when a command of a manager says that development dependencies are left out.
pub(super) fn omits(manager: &Manager, text: &str) -> bool {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let padded = format!(" {words} ");
    manager.omits.iter().any(|option| padded.contains(&format!(" {option} ")))
}
