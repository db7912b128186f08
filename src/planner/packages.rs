//! System packages of the runtime stage: the author's list without what only builds, libraries in place of headers, and
//! what a smaller base lacks.

use super::compiled::Sources;
use super::placement::{Placement, join_units};
use super::{ByInstruction, Planner, Refusal};
use crate::analyzer::effects::{PackageAction, PackageChange};
use crate::analyzer::{Action, RunAction, Step, Unit};
use crate::facts::compiled::{CompilerLibrary, compiled};
use crate::facts::heuristics::{PackageManager, SystemChange};
use crate::facts::packages::{self as facts, PackageRole, RuntimePackages};
use crate::programs::{self, Reading};
use crate::rules::{self, Reason};
use std::collections::{BTreeMap, BTreeSet};

/// A RUN of the runtime stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RunText {
    /// As the author wrote it.
    Whole,
    /// Reduced; the whole instruction without its line end.
    Reduced(String),
}

/// Which packages the runtime stage installs, and how.
#[derive(Debug, Default)]
pub(crate) struct InstallPlan {
    /// A RUN of msb's own, before everything else.
    pub(crate) first: Option<String>,
    /// RUN instructions of the original that are kept or reduced.
    pub(crate) runs: ByInstruction<RunText>,
    /// Paths of the system that are copied from the builder.
    pub(crate) copies: Vec<String>,
    /// Settings of commands that run in the container, copied from the builder once their owners are made.
    pub(crate) settings: Vec<String>,
    /// Everything that must be installed.
    pub(crate) packages: Vec<String>,
    /// Commands that must be brought by a package.
    pub(crate) commands: Vec<String>,
    /// Estimated MB of packages that stay behind.
    pub(crate) saved_mb: u32,
    pub(crate) assumptions: Vec<Reason>,
    pub(crate) changes: Vec<Reason>,
}

/// What becomes of one listed package.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    Replaced(Vec<String>),
    Dropped,
}

/// Commands that a program starts.
struct Started {
    commands: BTreeSet<String>,
    /// Every source was read, and no package of it is unknown.
    complete: bool,
    /// A place in the program's own sources that starts a command whose name is computed.
    unknown: Option<String>,
}

pub(crate) fn plan(planner: &Planner<'_>, placement: &Placement) -> Result<InstallPlan, Refusal> {
    let mut installer = Installer {
        planner,
        placement,
        plan: InstallPlan::default(),
        fates: BTreeMap::new(),
        asked: BTreeSet::new(),
        started: None,
        needed_at: None,
        unlisted: Vec::new(),
    };
    installer.read_program();
    installer.decide_listed()?;
    let extra = installer.missing()?;
    installer.write(extra)?;
    installer.keep_settings();
    Ok(installer.plan)
}

struct Installer<'p, 'a> {
    planner: &'p Planner<'a>,
    placement: &'p Placement,
    plan: InstallPlan,
    /// By instruction, unit, package change and word.
    fates: BTreeMap<(usize, usize, usize, usize), Fate>,
    /// Names that the runtime stage will install.
    asked: BTreeSet<String>,
    /// What is known of the commands that the program starts.
    started: Option<Started>,
    /// The first part of a repeated RUN, by instruction and unit, that calls a command of a package that msb adds.
    needed_at: Option<(usize, usize)>,
    /// Packages that run time needs of an install without package lists, and the names that the author wrote.
    unlisted: Vec<(String, String)>,
}

impl<'p> Installer<'p, '_> {
    fn runs(&self) -> impl Iterator<Item = (&'p Step, &'p RunAction)> + use<'p> {
        self.planner.analysis.steps.iter().filter_map(|step| match &step.action {
            Action::Run(run) => Some((step, run)),
            _ => None,
        })
    }

    /// Reads which commands the program starts, in every language that runs in the container.
    fn read_program(&mut self) {
        let mut languages: BTreeSet<String> = BTreeSet::new();
        for program in self.planner.programs() {
            if let crate::analyzer::demands::Program::Interpreted { language, .. } = program {
                languages.insert(language.clone());
            }
        }
        languages.extend(self.languages_of_commands());
        let mut commands = BTreeSet::new();
        let mut complete = self.planner.inputs.context.is_known();
        let mut unknown = None;
        let mut hear = |reading: &Reading| {
            commands.extend(reading.subprocesses.iter().map(|f| f.value.clone()));
            let packages = &reading.unknown_packages;
            let own = reading.unknown_subprocesses.iter().find(|place| {
                !packages.iter().any(|package| (&package.file, package.line) == (&place.file, place.line))
            });
            unknown = own.map(|place| format!("{}:{}: {}", place.file, place.line, place.value)).or(unknown.take());
            complete &= reading.complete && reading.unknown_subprocesses.is_empty();
        };
        self.placement.readings.iter().for_each(&mut hear);
        let mut unread = self.placement.unread;
        for language in &languages {
            match programs::read_program(language, self.planner.inputs.context, "") {
                Some(reading) => hear(&reading),
                None => unread = true,
            }
        }
        complete &= !unread;
        if !languages.is_empty() || self.placement.native {
            self.started = Some(Started { commands, complete, unknown });
        }
    }

    /// Languages of the packages that bring a command of the container which no image and no build step has.
    fn languages_of_commands(&self) -> BTreeSet<String> {
        let base = &self.planner.base;
        let unknown = self.planner.programs().iter().any(|program| match program {
            crate::analyzer::demands::Program::Command { name } => {
                !base.provides(name) && !base.before.commands.contains(name)
            }
            _ => false,
        });
        if !unknown || self.placement.native {
            return BTreeSet::new();
        }
        let units = self.runs().flat_map(|(_, run)| run.units.iter()).map(|unit| &unit.effects);
        units.flat_map(|e| e.manifests.iter().chain(&e.installs)).map(|(_, ecosystem)| ecosystem.clone()).collect()
    }

    /// True when nothing in the image may start a command that is not known by name.
    fn subprocesses_are_known(&self) -> bool {
        self.started.as_ref().is_some_and(|started| started.complete)
    }

    fn decide_listed(&mut self) -> Result<(), Refusal> {
        let removed = self.removed_later();
        let mut listed = false;
        for (step, run) in self.runs() {
            for (u, unit) in run.units.iter().enumerate() {
                for (c, change) in unit.effects.packages.iter().enumerate() {
                    listed |= change.action == PackageAction::Update;
                    if change.action != PackageAction::Install {
                        continue;
                    }
                    let changes_nothing = !listed && self.is_in_old_base(change);
                    let group_removed = change.group.as_ref().is_some_and(|g| removed.contains(g));
                    for (w, (name, _)) in change.names.iter().enumerate() {
                        let whole = self.is_whole(step);
                        let fate = match !whole && (group_removed || removed.contains(plain_name(name))) {
                            true => Fate::Dropped,
                            false if whole => Fate::Kept,
                            false => self.fate(name, step)?,
                        };
                        let fate = match changes_nothing && !whole {
                            true => self.left_to_own_line(name, fate),
                            false => fate,
                        };
                        match &fate {
                            Fate::Kept => {
                                self.asked.insert(plain_name(name).to_owned());
                            }
                            Fate::Replaced(names) => {
                                self.asked.extend(names.iter().cloned());
                                self.plan.saved_mb += facts::package_size_mb(plain_name(name)).unwrap_or(5);
                            }
                            Fate::Dropped if !group_removed && !removed.contains(plain_name(name)) => {
                                self.plan.saved_mb += facts::package_size_mb(plain_name(name)).unwrap_or(2);
                            }
                            Fate::Dropped => {}
                        }
                        self.fates.insert((step.instruction, u, c, w), fate);
                    }
                }
            }
        }
        Ok(())
    }

    /// True when an install had nothing to do: the larger base has the packages, so it never asked for package lists.
    fn is_in_old_base(&self, change: &PackageChange) -> bool {
        let base = &self.planner.base;
        change.manager == PackageManager::Apt
            && !base.same_image
            && change.names.iter().all(|(name, _)| base.before.packages.contains(plain_name(name)))
    }

    /// Leaves a package of such an install to the line that msb writes: there are no lists to repeat the command with.
    fn left_to_own_line(&mut self, name: &str, fate: Fate) -> Fate {
        let needed = match fate {
            Fate::Kept => vec![plain_name(name).to_owned()],
            Fate::Replaced(names) => names,
            Fate::Dropped => Vec::new(),
        };
        self.unlisted.extend(needed.into_iter().map(|package| (package, plain_name(name).to_owned())));
        Fate::Dropped
    }

    /// Packages and virtual groups that a later command removes.
    fn removed_later(&self) -> BTreeSet<String> {
        let changes = self.runs().flat_map(|(_, run)| run.units.iter()).flat_map(|u| &u.effects.packages);
        changes
            .filter(|c| c.action == PackageAction::Remove)
            .flat_map(|c| c.names.iter().map(|(n, _)| plain_name(n).to_owned()))
            .collect()
    }

    /// What run time needs of one package.
    fn fate(&self, written: &str, step: &Step) -> Result<Fate, Refusal> {
        let name = plain_name(written);
        let releases = &self.planner.base.releases;
        let fact = releases.first().and_then(|release| facts::package(release, name));
        let commands = releases.first().map(|r| facts::commands_of_package(&r.distribution, name)).unwrap_or_default();
        let called = commands.iter().any(|c| self.is_called(c)) || self.is_called(name);
        if called {
            return Ok(Fate::Kept);
        }
        let Some(fact) = fact else {
            // Headers of an unknown library: the library itself may be needed, and its name is not known.
            return Ok(Fate::Kept);
        };
        match fact.role {
            PackageRole::Runtime | PackageRole::Both => Ok(Fate::Kept),
            PackageRole::Ambiguous if self.subprocesses_are_known() => Ok(Fate::Dropped),
            PackageRole::Ambiguous => Ok(Fate::Kept),
            PackageRole::Build if fact.runtime.is_empty() => Ok(Fate::Dropped),
            PackageRole::Build => match facts::runtime_packages(releases, name) {
                RuntimePackages::Names(names) => Ok(Fate::Replaced(names)),
                RuntimePackages::Conflict(_) => Ok(Fate::Kept),
                RuntimePackages::Unknown => {
                    let words = format!("which packages replace `{name}` at run time is not known for this release");
                    Err(rules::LIBRARY_UNKNOWN.because(words, step.span).into())
                }
            },
        }
    }

    /// True when something that runs in the container names the command.
    fn is_called(&self, command: &str) -> bool {
        let demands = self.planner.demands;
        demands.commands.iter().chain(&demands.interpreters).any(|c| crate::paths::name(&c.name) == command)
            || self.started.as_ref().is_some_and(|started| started.commands.contains(command))
    }

    /// Keeps what build steps have set up for a command that runs in the container.
    fn keep_settings(&mut self) {
        let heuristics = self.planner.inputs.heuristics;
        for (_, run) in self.runs() {
            for write in run.units.iter().flat_map(|unit| &unit.effects.writes) {
                let of = heuristics.command(&write.by).and_then(|rule| rule.settings_of.as_ref());
                if let Some(command) = of.filter(|command| self.is_called(command))
                    && !self.plan.settings.contains(&write.path)
                {
                    let words = format!("`{}` holds settings of `{command}`, which runs in the container", write.path);
                    self.plan.changes.push(rules::COPIED_FROM_BUILDER.because(words, None));
                    self.plan.settings.push(write.path.clone());
                }
            }
        }
    }

    /// Packages that make up for what the smaller base lacks.
    fn missing(&mut self) -> Result<Vec<String>, Refusal> {
        let planner = self.planner;
        let base = &planner.base;
        if base.minimal.is_some() {
            self.missing_in_minimal()?;
            return Ok(Vec::new());
        }
        let Some(distribution) = base.releases.first().map(|r| r.distribution.clone()) else { return Ok(Vec::new()) };
        let mut extra: Vec<(String, String)> = Vec::new();
        let mut wanted: Vec<(String, String)> = planner
            .demands
            .commands
            .iter()
            .chain(&planner.demands.interpreters)
            .map(|c| (crate::paths::name(&c.name).to_owned(), c.because.clone()))
            .collect();
        if let Some(started) = &self.started {
            wanted.extend(started.commands.iter().map(|c| (c.clone(), "the program's sources start it".to_owned())));
        }
        let mut repeated: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (step, run) in self.runs() {
            for &unit in self.placement.chosen_units.get(&step.instruction).into_iter().flatten() {
                let commands = run.units.get(unit).into_iter().flat_map(|unit| &unit.effects.commands);
                for command in commands.map(|c| crate::paths::name(c).to_owned()) {
                    repeated.entry(command.clone()).or_insert((step.instruction, unit));
                    wanted.push((command, "a step is repeated".to_owned()));
                }
            }
        }
        for i in 0..wanted.len() {
            let others =
                programs::started_by(&wanted[i].0).iter().filter(|other| base.before.commands.contains(*other));
            let because = format!("`{}` may start it", wanted[i].0);
            wanted.extend(others.map(|other| (other.clone(), because.clone())).collect::<Vec<_>>());
        }
        for (command, because) in wanted {
            let dropped = self.is_dropped_with_package(&distribution, &command);
            if !base.loses(&command) && !dropped
                || self.is_installed(&distribution, &command)
                || self.is_copied(&command)
            {
                continue;
            }
            match facts::package_of_command(&distribution, &command) {
                Some(package) if !is_toolchain(package, base) => {
                    self.plan.commands.push(command.clone());
                    let needed_at = repeated.get(&command).copied();
                    self.needed_at = self.needed_at.into_iter().chain(needed_at).min();
                    extra.push((package.to_owned(), format!("`{command}` is needed: {because}")));
                }
                _ => {
                    let words =
                        format!("`{command}` is needed at run time ({because}), and the smaller base has not got it");
                    return Err(rules::TOOLCHAIN_AT_RUN_TIME.because(words, None).into());
                }
            }
        }
        let unlisted = self.unlisted.iter();
        extra.extend(unlisted.map(|(package, name)| (package.clone(), format!("`{name}` is asked for by the author"))));
        if !base.same_image {
            // Packages that start commands are listed with what they need; one that is not listed is taken to start none.
            if let Some(place) = self.started.as_ref().and_then(|started| started.unknown.as_ref()) {
                let words = format!("{place} starts a command whose name is not known");
                self.plan.assumptions.push(rules::ASSUMED_SUBPROCESS.because(words, None));
            }
            self.libraries_of_dependencies(&mut extra);
            if self.needs_certificates() {
                extra.push((
                    "ca-certificates".to_owned(),
                    "TLS connections need the certificate authorities".to_owned(),
                ));
            }
            if base.before.tzdata && !base.after.tzdata {
                extra.push(("tzdata".to_owned(), "the larger base had the time zone database".to_owned()));
            }
        }
        if let Some(sources) = Sources::look(planner, self.placement) {
            let unasked = |build: &String| !base.same_image && base.before.packages.contains(build);
            let has = |library: &&CompilerLibrary| library.build.is_empty() || library.build.iter().any(unasked);
            for library in compiled().need.iter().filter(has).filter(|library| sources.load(library)) {
                let packages = library.packages(&base.releases).into_iter();
                extra.extend(packages.map(|package| (package, library.because.clone())));
            }
            if sources.are_hidden() && compiled().need.iter().flat_map(|library| &library.build).any(unasked) {
                let words =
                    "sources that are not in the build context may link libraries that the image for compiling has";
                self.plan.assumptions.push(rules::ASSUMED_LIBRARIES.because(words, None));
            }
        }
        if let Some(entrypoint) = &base.replaces_entrypoint {
            let words = format!("the original ran through `{}` of its base image", entrypoint.words);
            // Even one that the program does not need is part of the image's configuration, which changes.
            let words = match &entrypoint.not_needed {
                Some(does) => format!("{words}, which {does}"),
                None => words,
            };
            self.plan.assumptions.push(rules::ASSUMED_ENTRYPOINT.because(words, None));
        }
        let mut names = Vec::new();
        for (package, because) in extra {
            if self.asked.contains(&package) || base.after.packages.contains(&package) || names.contains(&package) {
                continue;
            }
            self.plan.changes.push(rules::PACKAGE_ADDED.because(format!("`{package}`: {because}"), None));
            names.push(package);
        }
        names.sort();
        Ok(names)
    }

    /// What an image without packages gets by copy from the builder; what cannot be copied is refused.
    fn missing_in_minimal(&mut self) -> Result<(), Refusal> {
        let base = &self.planner.base;
        let started = self.started.iter().flat_map(|started| &started.commands);
        let demanded = self.planner.demands.commands.iter().map(|c| crate::paths::name(&c.name));
        for command in started.map(String::as_str).chain(demanded) {
            if !base.provides(command) && !self.is_copied(command) {
                let words = format!("`{command}` is needed at run time, and `{}` has not got it", base.written);
                return Err(rules::RUNTIME_REFUSED.because(words, None).into());
            }
        }
        if self.needs_certificates() {
            self.plan.copies.push("/etc/ssl/certs/ca-certificates.crt".to_owned());
        }
        let readings = &self.placement.readings;
        let no_zones = !readings.is_empty() && readings.iter().all(|r| r.complete && r.time_zones.is_empty());
        if base.before.tzdata && !base.after.tzdata && !no_zones {
            self.plan.copies.push("/usr/share/zoneinfo".to_owned());
        }
        for path in &self.plan.copies {
            let words = format!("`{path}` comes from the builder, since `{}` has no packages", base.written);
            self.plan.changes.push(rules::COPIED_FROM_BUILDER.because(words, None));
        }
        Ok(())
    }

    /// Certificates are put back when the builder had them, the runtime base has not, and TLS is possible.
    fn needs_certificates(&self) -> bool {
        let base = &self.planner.base;
        if !base.before.ca_certificates || base.after.ca_certificates || self.placement.tls_excluded {
            return false;
        }
        // Interpreters with certificate stores of their own need the system's only for the tools beside them.
        let own_store = self.planner.programs().iter().all(|p| match p {
            crate::analyzer::demands::Program::Interpreted { language, .. } => {
                self.planner.inputs.heuristics.ecosystem(language).is_some_and(|e| e.detect.own_certificates)
            }
            crate::analyzer::demands::Program::Script { .. } => true,
            // A server checks certificates only where its configuration names them.
            crate::analyzer::demands::Program::Server { .. } => {
                !self.planner.files_mention(|path| crate::paths::is_within("/etc", path), "/etc/ssl")
            }
            _ => false,
        });
        // A health check that asks its own server by plain HTTP needs none.
        let demands = &self.planner.demands.commands;
        let over_tls = |tool: &str| demands.iter().any(|c| c.name == tool && !c.because.contains("http://"));
        let started = |tool: &str| self.started.as_ref().is_some_and(|started| started.commands.contains(tool));
        let tools = ["curl", "wget", "git"].iter().any(|t| self.asked.contains(*t) || over_tls(t) || started(t));
        !own_store || tools
    }

    fn is_dropped_with_package(&self, distribution: &str, command: &str) -> bool {
        self.fates.iter().any(|(&(instruction, u, c, w), fate)| {
            let Some(name) = self.listed(instruction, u, c, w) else { return false };
            *fate == Fate::Dropped && facts::commands_of_package(distribution, name).contains(&command)
        })
    }

    fn is_installed(&self, distribution: &str, command: &str) -> bool {
        self.asked
            .iter()
            .any(|name| name == command || facts::commands_of_package(distribution, name).contains(&command))
    }

    /// True when a copy from the builder brings the command.
    fn is_copied(&self, command: &str) -> bool {
        self.placement.needed_paths.iter().any(|path| {
            crate::paths::name(path) == command
                || path.ends_with("/bin") && !self.planner.base.before.commands.contains(command)
        })
    }

    fn listed(&self, instruction: usize, unit: usize, change: usize, word: usize) -> Option<&'p str> {
        let (_, run) = self.runs().find(|(step, _)| step.instruction == instruction)?;
        let change: &PackageChange = run.units.get(unit)?.effects.packages.get(change)?;
        change.names.get(word).map(|(name, _)| plain_name(name))
    }

    /// System libraries that dependencies load, as far as the larger base had them without being asked.
    fn libraries_of_dependencies(&mut self, extra: &mut Vec<(String, String)>) {
        let releases = self.planner.base.releases.clone();
        let declared = super::dependencies::declared(self.planner.inputs, self.planner.analysis);
        for dependency in &declared.found {
            let Some(need) = crate::facts::libraries::library_needs(&dependency.ecosystem, &dependency.name) else {
                continue;
            };
            let config = self.planner.analysis.base.facts.as_ref().map(|facts| &facts.config);
            let older = need.ready_made.as_ref().zip(dependency.version.as_ref()).is_some_and(|(ready, version)| {
                let mut variables = config.iter().flat_map(|config| &config.env);
                // The tag tells the version; the variable, that it is one of this language.
                let tag = self.planner.analysis.base.reference.as_ref().and_then(|image| image.tag.as_ref());
                variables.any(|(name, _)| *name == ready.variable)
                    && tag.is_some_and(|tag| ready.is_before(version, tag.split('-').next().unwrap_or(tag)))
            });
            let from_source = dependency.from_source || need.usually_from_source() || older;
            if !from_source && !need.always() {
                continue;
            }
            for library in need.packages_for(&releases) {
                extra.push((library, format!("`{}` loads it", dependency.name)));
            }
        }
        let had = &self.planner.base.before.packages;
        for package in super::dependencies::compiled(self.planner.inputs, self.planner.analysis) {
            for need in crate::facts::libraries::linked_needs(&package.ecosystem, &package.name) {
                if !need.holds_with(&package.with) || !need.build.iter().any(|build| had.contains(build)) {
                    continue;
                }
                for library in need.packages_for(&releases) {
                    extra.push((library, format!("`{}` links it", package.name)));
                }
            }
        }
        if let Some(words) = declared.unread.first().filter(|_| !self.planner.base.same_image) {
            self.plan.assumptions.push(rules::ASSUMED_LIBRARIES.because(words.clone(), None));
        }
    }

    /// Writes the RUN lines.
    fn write(&mut self, extra: Vec<String>) -> Result<(), Refusal> {
        self.plan.packages = self.asked.iter().cloned().chain(extra.iter().cloned()).collect();
        self.plan.packages.sort();
        self.plan.packages.dedup();
        if self.comes_from_added_repository() {
            let words = "packages come from a repository that a build step adds";
            return Err(rules::SYSTEM_CHANGE.because(words, None).into());
        }
        let mut extra = extra;
        let mut update_pending = false;
        let mut update_only: Vec<usize> = Vec::new();
        let runs: Vec<(&Step, &RunAction)> = self.runs().collect();
        for (step, run) in runs {
            if run.units.iter().all(|u| u.effects.packages.is_empty()) {
                continue;
            }
            if self.is_whole(step) {
                self.plan.runs.insert(step.instruction, RunText::Whole);
                continue;
            }
            let mut edited: BTreeMap<usize, String> = BTreeMap::new();
            let mut chosen: Vec<usize> = Vec::new();
            let mut installs = false;
            let mut changed = false;
            for (u, unit) in run.units.iter().enumerate() {
                if unit.effects.packages.is_empty() {
                    continue;
                }
                let mixed = unit.effects.builds
                    && unit.effects.packages.iter().any(|c| c.action == PackageAction::Install)
                    && unit.effects.writes.iter().any(|w| super::matters(w.kind));
                if mixed {
                    let words = "packages are installed together with a build in one command that cannot be split";
                    return Err(rules::SYSTEM_CHANGE.because(words, step.span).into());
                }
                let has = |action| unit.effects.packages.iter().any(|c| c.action == action);
                if has(PackageAction::Install) {
                    let too_late = self.needed_at.is_some_and(|at| at < (step.instruction, u));
                    let added = if too_late { &mut Vec::new() } else { &mut extra };
                    match self.install_text(step, run, u, unit, added) {
                        Some(text) => {
                            changed |= text != slice(self.planner, step, run, &unit.range).trim();
                            edited.insert(u, text);
                            chosen.push(u);
                            installs = true;
                        }
                        None => changed = true,
                    }
                } else if has(PackageAction::Upgrade) {
                    chosen.push(u);
                    installs = true;
                } else if has(PackageAction::Update) || has(PackageAction::Clean) {
                    chosen.push(u);
                } else {
                    changed = true;
                }
            }
            let replayed = self.placement.replays.get(&step.instruction);
            if !installs {
                let updates =
                    |u: &usize| run.units[*u].effects.packages.iter().any(|c| c.action == PackageAction::Update);
                let only_update = chosen.iter().any(updates);
                if only_update {
                    update_pending = true;
                    update_only.push(step.instruction);
                }
                continue;
            }
            if update_pending {
                for instruction in update_only.drain(..) {
                    self.plan.runs.insert(instruction, RunText::Whole);
                }
                update_pending = false;
            }
            for (u, unit) in run.units.iter().enumerate() {
                let cleans = unit.effects.is_portable()
                    && !unit.effects.files.is_empty()
                    && unit
                        .effects
                        .files
                        .iter()
                        .all(|f| f.writes.is_empty() && f.removes.iter().all(|p| is_package_cache(p)));
                if cleans || self.is_chosen_replay(step, run, u, replayed) {
                    chosen.push(u);
                }
            }
            chosen.sort_unstable();
            chosen.dedup();
            let rest = (0..run.units.len()).any(|u| !chosen.contains(&u) && !run.units[u].state_only);
            let text = if !changed && !rest {
                RunText::Whole
            } else {
                let text = join_source(self.planner, step, run, &chosen, &edited);
                self.plan
                    .changes
                    .push(rules::PACKAGES_REDUCED.because("build packages stay in the builder", step.span));
                RunText::Reduced(text)
            };
            self.plan.runs.insert(step.instruction, text);
        }
        if !extra.is_empty() {
            let releases = &self.planner.base.releases;
            if releases.iter().any(|r| !crate::facts::releases::is_served(r)) {
                let words =
                    format!("the runtime stage needs {}, and the release is no longer served", extra.join(", "));
                return Err(rules::RELEASE_NOT_SERVED.because(words, None).into());
            }
            let distribution = releases.first().map(|r| r.distribution.as_str()).unwrap_or_default();
            match own_install(distribution, &extra) {
                Some(text) => self.plan.first = Some(text),
                None => {
                    let words = format!(
                        "{} would have to be installed, and the package manager is not known",
                        extra.join(", ")
                    );
                    return Err(rules::COMMAND_LOST.because(words, None).into());
                }
            }
        }
        Ok(())
    }

    /// True when the placement wants this part repeated.
    fn is_chosen_replay(&self, step: &Step, run: &RunAction, u: usize, replayed: Option<&RunText>) -> bool {
        let unit = &run.units[u];
        match replayed {
            None => false,
            Some(RunText::Whole) => unit.effects.packages.is_empty(),
            Some(RunText::Reduced(_)) => {
                self.placement.chosen_units.get(&step.instruction).is_some_and(|c| c.contains(&u))
            }
        }
    }

    /// True when the author says that the runtime stage repeats the RUN as it is.
    fn is_whole(&self, step: &Step) -> bool {
        self.planner.analysis.pragmas.is_kept_whole(step.instruction)
    }

    /// True when a package that stays is installed after a step has added a repository: that may be where it comes from.
    fn comes_from_added_repository(&self) -> bool {
        let added = self.runs().filter(|(step, _)| !self.is_whole(step)).find_map(|(step, run)| {
            let adds = |u: &Unit| u.effects.system.contains(&SystemChange::Repositories);
            Some((step.instruction, run.units.iter().position(adds)?))
        });
        let Some(added) = added else { return false };
        let stays = |fate: &Fate| *fate != Fate::Dropped;
        self.fates.iter().any(|(&(instruction, unit, _, _), fate)| (instruction, unit) >= added && stays(fate))
    }

    /// The text of an install command with only what run time needs; `None` when nothing is left of it.
    fn install_text(
        &self,
        step: &Step,
        run: &RunAction,
        u: usize,
        unit: &Unit,
        extra: &mut Vec<String>,
    ) -> Option<String> {
        let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
        let mut named: Vec<(String, std::ops::Range<usize>, String)> = Vec::new();
        let mut left = 0;
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (c, change) in unit.effects.packages.iter().enumerate() {
            for (w, (name, range)) in change.names.iter().enumerate() {
                match self.fates.get(&(step.instruction, u, c, w)) {
                    Some(Fate::Kept) | None => {
                        left += 1;
                        seen.insert(plain_name(name));
                    }
                    Some(Fate::Dropped) => {
                        edits.push((range.clone(), String::new()));
                        named.push((name.clone(), range.clone(), String::new()));
                    }
                    Some(Fate::Replaced(names)) => {
                        left += names.len();
                        edits.push((range.clone(), names.join(" ")));
                        named.push((name.clone(), range.clone(), names.join(" ")));
                    }
                }
            }
        }
        if left == 0 {
            return None;
        }
        let distribution = self.planner.base.releases.first().map(|r| r.distribution.clone()).unwrap_or_default();
        let same_manager = unit.effects.packages.iter().any(|c| manager_of(&distribution) == c.manager);
        let extra = if same_manager { std::mem::take(extra) } else { Vec::new() };
        let mut seen_ranges = BTreeSet::new();
        let shared =
            unit.effects.packages.iter().flat_map(|c| &c.names).any(|(_, r)| !seen_ranges.insert((r.start, r.end)));
        if (unit.effects.packages.len() > 1 || shared) && !edits.is_empty() {
            return Some(rewritten(unit, &named, &extra));
        }
        Some(edit_words(self.planner, step, run, unit, &edits, &extra))
    }
}

/// Several package commands that cannot be separated, as one of each kind.
fn rewritten(unit: &Unit, edits: &[(String, std::ops::Range<usize>, String)], extra: &[String]) -> String {
    let mut names: Vec<String> = Vec::new();
    let installs = unit.effects.packages.iter().filter(|c| c.action == PackageAction::Install);
    let mut edits = edits.iter().peekable();
    for (name, range) in installs.flat_map(|c| &c.names) {
        // Several names may share a range (`$LIST`); the edits are in the order of the names.
        match edits.next_if(|(edited, r, _)| r == range && edited == name) {
            None => names.push(name.clone()),
            Some((_, _, text)) => names.extend(text.split_whitespace().map(str::to_owned)),
        }
    }
    names.extend(extra.iter().cloned());
    let list = names.join(" ");
    let upgrades = unit.effects.packages.iter().any(|c| c.action == PackageAction::Upgrade);
    match unit.effects.packages.first().map(|c| c.manager) {
        Some(PackageManager::Apk) => format!("apk add --no-cache {list}"),
        Some(PackageManager::Apt) | None => {
            let upgrade = if upgrades { " \\\n && apt-get upgrade -y" } else { "" };
            format!("apt-get update{upgrade} \\\n && apt-get install -y {list} \\\n && rm -rf /var/lib/apt/lists/*")
        }
        Some(_) => format!("dnf install -y {list}"),
    }
}

/// Package managers by distribution.
fn manager_of(distribution: &str) -> PackageManager {
    match distribution {
        "debian" | "ubuntu" => PackageManager::Apt,
        "alpine" => PackageManager::Apk,
        _ => PackageManager::Dnf,
    }
}

/// The line that msb writes for packages of its own choice.
fn own_install(distribution: &str, names: &[String]) -> Option<String> {
    let list = names.join(" ");
    match manager_of(distribution) {
        PackageManager::Apt => Some(format!(
            "RUN apt-get update \\\n && apt-get install -y --no-install-recommends {list} \\\n && rm -rf /var/lib/apt/lists/*"
        )),
        PackageManager::Apk => Some(format!("RUN apk add --no-cache {list}")),
        _ => None,
    }
}

/// Packages of the toolchain itself: needing one means that the toolchain is needed.
fn is_toolchain(package: &str, base: &super::base::RuntimeBase) -> bool {
    let release = base.releases.first();
    release.and_then(|r| facts::package(r, package)).is_some_and(|fact| fact.role == PackageRole::Build)
}

/// A package name without version, architecture and the trailing `+` or `-` of apt.
pub(crate) fn plain_name(written: &str) -> &str {
    let end = written.find(['=', '~', '<', '>', ':', '@', '/']).unwrap_or(written.len());
    &written[..end]
}

fn is_package_cache(path: &str) -> bool {
    ["/var/lib/apt", "/var/cache", "/tmp", "/var/tmp", "/usr/share/doc", "/usr/share/man", "/var/log", "/etc/apt"]
        .iter()
        .any(|root| crate::paths::is_within(root, path))
}

/// The source text behind a range of the shell text.
pub(crate) fn slice(planner: &Planner<'_>, step: &Step, run: &RunAction, range: &std::ops::Range<usize>) -> String {
    if !run.maps_to_source {
        return run.text[range.clone()].trim().to_owned();
    }
    let span = planner.instructions[step.instruction].args.span(range.clone());
    String::from_utf8_lossy(&planner.inputs.dockerfile.source[span.range()]).into_owned()
}

/// Removes, replaces and appends words of one command, keeping the author's layout.
fn edit_words(
    planner: &Planner<'_>,
    step: &Step,
    run: &RunAction,
    unit: &Unit,
    edits: &[(std::ops::Range<usize>, String)],
    extra: &[String],
) -> String {
    // Spans of all words of the command in the source, to know the space before each.
    let source_of = |range: &std::ops::Range<usize>| -> (usize, usize) {
        if run.maps_to_source {
            let span = planner.instructions[step.instruction].args.span(range.clone());
            (span.start as usize, span.end as usize)
        } else {
            (range.start, range.end)
        }
    };
    let whole: Vec<u8> = match run.maps_to_source {
        true => planner.inputs.dockerfile.source.clone(),
        false => run.text.clone().into_bytes(),
    };
    let (start, end) = source_of(&unit.range);
    let mut pieces: Vec<u8> = Vec::new();
    let mut at = start;
    let mut last_gap: Vec<u8> = b" ".to_vec();
    let mut names: Vec<(usize, usize, Option<&String>)> = Vec::new();
    for change in &unit.effects.packages {
        for (_, range) in &change.names {
            let (s, e) = source_of(range);
            names.push((s, e, edits.iter().find(|(r, _)| r == range).map(|(_, text)| text)));
        }
    }
    names.sort_by_key(|n| n.0);
    for (s, e, edit) in names {
        if s < at {
            continue;
        }
        // The space between the word before and this one goes with the word.
        let mut gap = s;
        while gap > at && is_layout(&whole, gap - 1) {
            gap -= 1;
        }
        match edit {
            Some(text) if text.is_empty() => {
                pieces.extend_from_slice(&whole[at..gap]);
            }
            Some(text) => {
                pieces.extend_from_slice(&whole[at..s]);
                last_gap = repeatable(&whole[gap..s]);
                pieces.extend_from_slice(text.replace(' ', &String::from_utf8_lossy(&last_gap)).as_bytes());
            }
            None => {
                pieces.extend_from_slice(&whole[at..e]);
                last_gap = repeatable(&whole[gap..s]);
            }
        }
        at = e;
    }
    for word in extra {
        pieces.extend_from_slice(&last_gap);
        pieces.extend_from_slice(word.as_bytes());
    }
    pieces.extend_from_slice(&whole[at..end.max(at)]);
    String::from_utf8_lossy(&pieces).trim().to_owned()
}

/// The space before a word as it can stand before another one: after a comment it begins with a line end that nothing
/// escapes.
fn repeatable(gap: &[u8]) -> Vec<u8> {
    let line_start = gap.iter().rposition(|b| *b == b'\n').map(|at| at + 1);
    match line_start {
        Some(indent) if !gap.contains(&b'\\') && !gap.contains(&b'`') => [b" \\\n", &gap[indent..]].concat(),
        _ => gap.to_vec(),
    }
}

/// White space and the escape character before a line end.
fn is_layout(text: &[u8], at: usize) -> bool {
    match text[at] {
        b' ' | b'\t' | b'\n' | b'\r' => true,
        b'\\' | b'`' => text[at + 1..].iter().find(|b| !matches!(b, b' ' | b'\t' | b'\r')) == Some(&b'\n'),
        _ => false,
    }
}

/// True when a part of a RUN changes the working directory.
fn moves(run: &RunAction, unit: usize) -> bool {
    run.text.get(run.units[unit].range.clone()).is_some_and(|text| text.trim_start().starts_with("cd "))
}

/// True when a part does the same in whatever directory: package managers do.
fn is_anywhere(unit: &Unit) -> bool {
    !unit.effects.packages.is_empty() && unit.effects.writes.is_empty() && unit.effects.files.is_empty()
}

/// The chosen parts of a RUN with the author's separators between them.
pub(crate) fn join_source(
    planner: &Planner<'_>,
    step: &Step,
    run: &RunAction,
    chosen: &[usize],
    edited: &BTreeMap<usize, String>,
) -> String {
    if !run.maps_to_source {
        return join_units(planner.instructions[step.instruction], run, chosen, edited);
    }
    let instruction = planner.instructions[step.instruction];
    let source = &planner.inputs.dockerfile.source;
    let args = instruction.args.span(0..instruction.args.as_str().len());
    let mut text =
        String::from_utf8_lossy(&source[instruction.keyword_span.start as usize..args.start as usize]).into_owned();
    let mut first = true;
    for (u, unit) in run.units.iter().enumerate() {
        let state = unit.state_only && chosen.iter().any(|&c| c > u && !(moves(run, u) && is_anywhere(&run.units[c])));
        if !chosen.contains(&u) && !state {
            continue;
        }
        if !first {
            let before = &run.units[u - 1];
            let gap = instruction.args.span(before.range.end..unit.range.start);
            let gap = String::from_utf8_lossy(&source[gap.range()]).into_owned();
            let plain = !gap.contains('#') && (gap.contains("&&") || gap.contains(';') || gap.contains('\n'));
            text.push_str(if plain { &gap } else { " \\\n && " });
        }
        first = false;
        match edited.get(&u) {
            Some(edit) => text.push_str(edit),
            None => text.push_str(slice(planner, step, run, &unit.range).trim()),
        }
    }
    text.trim_end().to_owned()
}
