//! A project whose development dependencies a step installs: how it is installed, and whether the package manager can take them
//! away again.

use super::direct::{self, Direct};
use super::lock::Lock;
use super::reading;
use crate::analyzer::demands::Program;
use crate::analyzer::effects::PathWrite;
use crate::analyzer::pragmas::Place;
use crate::analyzer::{RunAction, Step, Unit};
use crate::context::{self, Entry as ContextEntry};
use crate::facts::development::{Language, Manager, Sign, WithoutPeers, development};
use crate::facts::heuristics::{Reach, WriteKind, glob};
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
    /// The directory of installed packages.
    pub(super) installed: String,
    pub(super) manifest: Value,
    pub(super) lock: Option<Lock>,
    pub(super) direct: Direct,
}

/// A part of a step that installs for a project, by the rule of its manager.
type Installation<'a> = (&'a Step, &'a RunAction, &'a Unit, &'a str);

/// What the manifests of a language in the build context ask for at run time, by the names that they use; nothing where one
/// cannot be read.
pub(crate) fn asked_for(survey: &Survey<'_>, language: &Language) -> Option<BTreeSet<String>> {
    let context = survey.inputs.context;
    let found = context::walk(context, "", MANY).ok()?;
    let mut names = BTreeSet::new();
    for (path, _) in found.iter().filter(|(path, _)| paths::name(path) == language.manifest) {
        let manifest = direct::manifest(path, &context.text(path).ok()?)?;
        let keys = language.lasting.iter().filter_map(|key| manifest.get(key)?.as_object());
        names.extend(keys.flat_map(|packages| packages.keys().cloned()));
    }
    Some(names)
}

impl<'s, 'a> Project<'s, 'a> {
    /// The project that a file's installations are for, of the first language of which one is found.
    pub(super) fn find(survey: &'s Survey<'a>) -> Option<Project<'s, 'a>> {
        let parts = survey.runs().flat_map(|(step, run)| run.units.iter().map(move |unit| (step, run, unit)));
        let installations: Vec<Installation<'_>> = parts
            .filter_map(|(step, run, unit)| {
                let mut rules = unit.effects.evidence.iter().filter_map(|e| e.heuristic.as_deref());
                let rule = rules.find(|rule| development().managers(rule).next().is_some())?;
                (unit.effects.installs.is_empty()).then_some((step, run, unit, rule))
            })
            .collect();
        let language = |rule: &'a str| rule.split('/').next().unwrap_or_default();
        let mut languages: Vec<&str> = Vec::new();
        for (_, _, _, rule) in &installations {
            if !languages.contains(&language(rule)) {
                languages.push(language(rule));
            }
        }
        languages.into_iter().find_map(|wanted| {
            let of_it: Vec<_> =
                installations.iter().filter(|(_, _, _, rule)| language(rule) == wanted).copied().collect();
            Project::of_language(survey, &of_it)
        })
    }

    /// The project that the installations of a language are for: that of the first; of a manager whose last call counts, that of
    /// the last that does what is usual.
    fn of_language(survey: &'s Survey<'a>, installations: &[Installation<'a>]) -> Option<Project<'s, 'a>> {
        let first = installations.first()?;
        if !development().managers(first.3).any(|manager| manager.last_counts) {
            return Project::read(survey, *first);
        }
        let found = installations.iter().rev().find_map(|installation| Project::read(survey, *installation))?;
        // Those before it are for the same project and directory.
        let same = |(step, _, unit, rule): &Installation<'_>| {
            let writes = unit.effects.writes.iter().any(|w| w.path == found.installed);
            step.instruction > found.step.instruction || *rule == found.manager.installs && writes
        };
        installations.iter().all(same).then_some(found)
    }

    fn read(survey: &'s Survey<'a>, (step, run, unit, rule): Installation<'a>) -> Option<Project<'s, 'a>> {
        let language = development().language(rule.split('/').next()?)?;
        let directory = unit.cwd.as_deref()?;
        let text = |name: &str| survey.analysis.files.text(&paths::join(directory, name), survey.inputs.context);
        let manifest = direct::manifest(&language.manifest, &text(&language.manifest)?)?;
        let certain =
            |w: &&PathWrite| w.kind == WriteKind::Dependency && w.by == rule && !w.may && w.form == Reach::Path;
        let installed = match language.installed.as_str() {
            "" => unit.effects.writes.iter().find(certain)?.path.clone(),
            name => paths::join(directory, name),
        };
        let words: Vec<&str> = run.text[unit.range.clone()].split_whitespace().collect();
        let mut of_releases = development().managers(rule).filter_map(|manager| {
            let lock = manager.locks.iter().find_map(|name| Lock::parse(manager.lock_form, &text(name)?));
            let direct = direct::direct(language, manager, &manifest, lock.as_ref(), &words)?;
            let (manifest, installed) = (manifest.clone(), installed.clone());
            Some(Project { survey, language, manager, step, run, unit, directory, installed, manifest, lock, direct })
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
        let is_shared = self.manager.shared.iter().any(|g| glob(g, &self.installed));
        !is_shared
            && self.options_are_known()
            && !self.manager.unless_set.iter().any(|name| self.is_named(name))
            && !self.manager.without.iter().any(told)
            && !omits(self.manager, text)
            && !omitted
            && !self.language.settings.iter().any(said)
            && !self.manager.unless.iter().any(said)
            && self.manager.given.iter().all(said)
            && self.manager.needs.iter().all(|name| self.text(name).is_some())
            && !several.keys.iter().any(|key| direct::at(&self.manifest, key).is_some())
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

    /// True when something gives a variable a value before the end of the installation.
    fn is_named(&self, name: &str) -> bool {
        let given = self.survey.instructions.iter().take(self.step.instruction + 1).any(|i| match &i.kind {
            Kind::Env(pairs) => pairs.iter().any(|pair| pair.name == name),
            Kind::Arg(declarations) => declarations.iter().any(|declared| declared.name == name),
            _ => false,
        });
        given || self.run.text.contains(&format!("{name}="))
    }

    /// True when a variable has a value where the installation runs, or a value that is not known.
    fn is_set(&self, setting: &str) -> bool {
        let text = &self.run.text[self.unit.range.clone()];
        self.is_set_at(setting, self.step.instruction, text).unwrap_or(true)
    }

    /// Whether a variable has a value where a part of an instruction with this text runs; nothing when that is not known.
    pub(super) fn is_set_at(&self, setting: &str, instruction: usize, text: &str) -> Option<bool> {
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
        let installed = self.installed.as_str();
        let elsewhere = |e: &Entry| {
            e.is_built()
                && e.purpose == WriteKind::Dependency
                && paths::name(&e.path) == paths::name(installed)
                && e.path != installed
        };
        let brought = |e: &Entry| {
            matches!(e.origin, Origin::Context { .. } | Origin::Image { .. } | Origin::Added)
                && survey.image.holds(e, installed)
        };
        let after = survey.steps().iter().filter(|step| step.instruction > self.step.instruction);
        let cut = survey.cut.unwrap_or_default();
        let same_user = after.filter(|step| step.instruction <= cut + 1).all(|step| step.user == self.step.user);
        let at_end = survey.steps().last().is_some_and(|step| step.instruction > cut)
            || survey.analysis.end.config.user == self.step.user;
        let told = |i: usize| {
            survey.analysis.pragmas.place(i) == Some(Place::Runtime) || survey.analysis.pragmas.is_kept_whole(i)
        };
        let context = self.survey.analysis.files.entry(installed, survey.inputs.context);
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
        let installed = self.installed.as_str();
        let inside = |path: &str| paths::is_within(installed, path);
        // What lies in packages that stay, or under no package's name, is not looked at by some managers.
        let kept = self.lasting();
        let passed_over = |path: &str| {
            let rest = paths::below(installed, path).filter(|rest| !rest.is_empty());
            self.manager.passes_over
                && rest.is_some_and(|rest| rest.starts_with('.') || kept.contains(reading::package_of(rest)))
        };
        let others = survey.image.all().iter().any(|e| {
            let early = self.manager.last_counts && e.at.instruction < self.step.instruction;
            let by_manager = e.by == self.manager.installs && (early || e.at.instruction == self.step.instruction);
            let counts = inside(&e.path) && !by_manager && e.purpose != WriteKind::Cache && e.gone.is_none();
            counts && !passed_over(&e.path)
        });
        let operations = survey.image.operations().iter().any(|o| o.operation.writes.iter().any(|path| inside(path)));
        let units: Vec<(&RunAction, &Unit)> =
            survey.runs().flat_map(|(_, run)| run.units.iter().map(move |unit| (run, unit))).collect();
        let writes = |unit: &Unit| unit.effects.writes.iter().any(|w| w.path == installed);
        let installs = units.iter().filter(|(_, unit)| writes(unit)).count();
        let installs = if self.manager.last_counts { usize::from(!self.something_is_added()) } else { installs };
        // The manager's command follows the lock file that is there in the end: it has to be the one that was installed by.
        let late = |name: &String| {
            let path = paths::join(self.directory, name);
            let early = |e: &Entry| e.at.instruction < self.step.instruction && survey.image.holds(e, &path);
            self.has_file(name) && !survey.image.all().iter().any(early)
        };
        let folder = paths::name(installed);
        let bin = format!("{folder}/{}/", self.language.bin);
        let named_by_step = units.into_iter().any(|(run, unit)| {
            let text = &run.text[unit.range.clone()];
            let text = if self.language.bin.is_empty() { text.to_owned() } else { text.replace(&bin, "") };
            text.contains(&format!("{folder}/")) && !text.trim_start().starts_with("rm ")
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
            && (again.patches.file.is_empty() || !self.has_file(&again.patches.file))
    }

    /// True when a step after the installation, or a part of one, adds packages of the language.
    fn something_is_added(&self) -> bool {
        let later = self.survey.runs().filter(|(step, _)| step.instruction >= self.step.instruction);
        let parts = later.flat_map(|(step, run)| run.units.iter().map(move |unit| (step, unit)));
        let after = parts.filter(|(step, unit)| {
            step.instruction > self.step.instruction || unit.range.start > self.unit.range.start
        });
        let of_language = format!("{}/", self.language.ecosystem);
        after.into_iter().any(|(_, unit)| {
            let adds = |w: &PathWrite| w.kind == WriteKind::Dependency && w.by.starts_with(&of_language);
            !unit.effects.installs.is_empty() || unit.effects.writes.iter().any(adds)
        })
    }

    /// True when no script and no source of the project names the directory of packages as a place; nothing when they cannot
    /// all be looked at.
    fn scripts_leave_it_alone(&self) -> Option<bool> {
        let context = self.survey.inputs.context;
        let folder = paths::name(&self.installed);
        let found = context::walk(context, "", MANY).ok()?;
        for (path, entry) in &found {
            let name = paths::name(path);
            let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
            let is = |endings: &[String]| endings.iter().any(|e| e == ending);
            let listed = path.split('/').any(|part| part == folder);
            let has_scripts = name == self.language.manifest && name.ends_with(".json");
            let reads = is(&self.language.sources) || is(&self.language.scripts) || has_scripts;
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
                (true, _) => text
                    .lines()
                    .any(|line| compiler.words.iter().any(|key| line.contains(key.as_str())) && line.contains(folder)),
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
        let folder = paths::name(&self.installed);
        text.replace(&format!("{folder}/{}/", self.language.bin), "").contains(folder)
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
            let writes = unit.effects.writes.iter().any(|w| w.path == self.installed);
            let told =
                || self.language.production.iter().any(|s| self.is_set_at(s, step.instruction, text) == Some(true));
            here && writes && (omits(self.manager, text) || told())
        })
    }

    /// True when all that runs is a file of the language, or a command whose package is known.
    pub(super) fn runs_only_this(&self) -> bool {
        let demands = self.survey.demands;
        // Where packages are known by name, a command of one is known as well.
        let named = !self.language.known.is_empty();
        let fits = |program: &Program| match program {
            Program::Interpreted { language, .. } => *language == self.language.ecosystem,
            Program::Script { .. } | Program::Command { .. } => true,
            Program::File { path } => named && paths::is_within(&self.installed, path),
            Program::Server { .. } => false,
        };
        !demands.programs.is_empty()
            && (named || demands.programs.iter().any(|p| matches!(p, Program::Interpreted { .. })))
            && demands.programs.iter().all(fits)
            && demands.unread.is_empty()
            && demands.refusals.is_empty()
    }

    /// The direct dependencies that only development needs, as the manifest declares them.
    pub(super) fn development(&self) -> &BTreeSet<String> {
        &self.direct.development
    }

    /// Everything that stays: the direct dependencies with all that they need, as far as a lock file or the tables tell.
    pub(super) fn lasting(&self) -> BTreeSet<String> {
        let direct = &self.direct.lasting;
        let mut found = match &self.lock {
            Some(lock) => lock.closure(direct.iter().map(String::as_str), self.keeps_peers()),
            None => registry::closure(&self.language.ecosystem, direct.iter().map(String::as_str)).names,
        };
        found.extend(direct.iter().filter(|name| !name.contains('[')).cloned());
        found
    }

    /// Everything that leaves, by the lock file; nothing without one.
    pub(super) fn leaving(&self, kept: &BTreeSet<String>) -> Option<BTreeSet<String>> {
        let mut found = self.lock.as_ref()?.closure(self.development().iter().map(String::as_str), false);
        found.extend(self.development().iter().cloned());
        found.retain(|name| !kept.contains(name));
        Some(found)
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
