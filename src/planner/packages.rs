//! System packages of the runtime stage: the author's list without what only builds, libraries in place of headers, and
//! what a smaller base lacks.

use super::base::RuntimeBase;
use super::compiled::Sources;
use super::licences::packages::{PackageFate, PackageLedger};
use super::supply::Supply;
use super::survey::{Started, Survey, is_cleared};
use super::text::{RunText, edit_words, join_source, rewritten, slice};
use super::{ByInstruction, Refusal};
use crate::analyzer::effects::{PackageAction, PackageChange};
use crate::analyzer::{RunAction, Step, Unit};
use crate::facts::compiled::{CompilerLibrary, compiled};
use crate::facts::contents::{CERTIFICATES, ZONES};
use crate::facts::distributions::{self, Family};
use crate::facts::heuristics::{PackageManager, SystemChange};
use crate::facts::packages::{self as facts, PackageRole, plain_name};
use crate::facts::releases;
use crate::programs;
use crate::rules::{self, Reason};
use std::collections::{BTreeMap, BTreeSet};

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
    /// Estimated MB of packages that stay behind.
    pub(crate) saved_mb: u32,
    /// Estimated MB of all packages that the file installs by name.
    pub(crate) listed_mb: u32,
    pub(crate) assumptions: Vec<Reason>,
    pub(crate) changes: Vec<Reason>,
}

pub(crate) fn plan(
    survey: &Survey<'_>,
    base: &RuntimeBase,
    packages: &PackageLedger,
    supply: &Supply,
) -> Result<InstallPlan, Refusal> {
    let mut fates = BTreeMap::new();
    for (package, fate) in survey.image.packages().iter().zip(&packages.fates) {
        let (change, word) = package.word;
        fates.insert((package.at.instruction, package.at.unit, change, word), fate.clone());
    }
    let mut installer = Installer {
        survey,
        base,
        packages,
        supply,
        plan: InstallPlan::default(),
        fates,
        asked: BTreeSet::new(),
        needed_at: None,
        unlisted: Vec::new(),
    };
    installer.decide_listed();
    installer.removed_in_later_layers();
    let extra = installer.missing()?;
    installer.write(extra)?;
    installer.keep_settings();
    Ok(installer.plan)
}

struct Installer<'p, 'a> {
    survey: &'p Survey<'a>,
    base: &'p RuntimeBase,
    packages: &'p PackageLedger,
    supply: &'p Supply,
    plan: InstallPlan,
    /// By instruction, unit, package change and word.
    fates: BTreeMap<(usize, usize, usize, usize), PackageFate>,
    /// Names that the runtime stage will install.
    asked: BTreeSet<String>,
    /// The first part of a repeated RUN, by instruction and unit, that calls a command of a package that msb adds.
    needed_at: Option<(usize, usize)>,
    /// Packages that run time needs of an install without package lists, and the names that the author wrote.
    unlisted: Vec<(String, String)>,
}

impl<'a> Installer<'_, 'a> {
    fn runs(&self) -> impl Iterator<Item = (&'a Step, &'a RunAction)> + use<'a> {
        self.survey.runs()
    }

    fn started(&self) -> Option<&Started> {
        self.survey.started.as_ref()
    }

    /// Takes the fate of each listed package, and notes what leaves.
    fn decide_listed(&mut self) {
        let mut listed = false;
        for (step, run) in self.runs() {
            let whole = self.is_whole(step);
            for (u, unit) in run.units.iter().enumerate() {
                for (c, change) in unit.effects.packages.iter().enumerate() {
                    listed |= change.action == PackageAction::Update;
                    if change.action != PackageAction::Install {
                        continue;
                    }
                    let changes_nothing = !listed && self.is_in_old_base(change);
                    for (w, (name, _)) in change.names.iter().enumerate() {
                        let at = (step.instruction, u, c, w);
                        let fate = self.fates.get(&at).cloned().unwrap_or(PackageFate::Kept);
                        let fate = match changes_nothing && !whole {
                            true => self.left_to_own_line(name, fate),
                            false => fate,
                        };
                        self.note(plain_name(name), &fate);
                        self.fates.insert(at, fate);
                    }
                }
            }
        }
    }

    /// What a later layer removes still weighs.
    fn removed_in_later_layers(&mut self) {
        for package in self.survey.image.packages() {
            if package.removed.is_some_and(|at| at.instruction > package.at.instruction) {
                self.plan.saved_mb += facts::package_size_mb(&package.name).unwrap_or(2);
            }
        }
    }

    fn note(&mut self, name: &str, fate: &PackageFate) {
        self.plan.listed_mb += facts::package_size_mb(name).unwrap_or(5);
        match fate {
            PackageFate::Kept => {
                self.asked.insert(name.to_owned());
            }
            PackageFate::Replaced(names) => {
                self.asked.extend(names.iter().cloned());
                self.plan.saved_mb += facts::package_size_mb(name).unwrap_or(5);
            }
            PackageFate::Dropped => self.plan.saved_mb += facts::package_size_mb(name).unwrap_or(2),
            PackageFate::Removed => {}
        }
    }

    /// True when an install had nothing to do: the larger base has the packages, so it never asked for package lists.
    fn is_in_old_base(&self, change: &PackageChange) -> bool {
        change.manager == PackageManager::Apt
            && !self.base.same_image
            && change.names.iter().all(|(name, _)| self.base.before.packages.contains(plain_name(name)))
    }

    /// Leaves a package of such an install to the line that msb writes: there are no lists to repeat the command with.
    fn left_to_own_line(&mut self, name: &str, fate: PackageFate) -> PackageFate {
        let needed = match fate {
            PackageFate::Kept => vec![plain_name(name).to_owned()],
            PackageFate::Replaced(names) => names,
            PackageFate::Dropped | PackageFate::Removed => Vec::new(),
        };
        self.unlisted.extend(needed.into_iter().map(|package| (package, plain_name(name).to_owned())));
        PackageFate::Dropped
    }

    /// True when something that runs in the container names the command.
    fn is_called(&self, command: &str) -> bool {
        let demands = self.survey.demands;
        demands.commands.iter().chain(&demands.interpreters).any(|c| crate::paths::name(&c.name) == command)
            || self.started().is_some_and(|started| started.commands.contains(command))
    }

    /// Keeps what build steps have set up for a command that runs in the container.
    fn keep_settings(&mut self) {
        let heuristics = self.survey.inputs.heuristics;
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
        let survey = self.survey;
        let base = self.base;
        if base.minimal.is_some() {
            self.missing_in_minimal()?;
            return Ok(Vec::new());
        }
        // Without a distribution nothing can be put back, and what is lost is refused.
        let distribution = base.releases.first().map(|r| r.distribution.clone()).unwrap_or_default();
        let mut extra: Vec<(String, String)> = Vec::new();
        let mut wanted: Vec<(String, String)> = survey
            .demands
            .commands
            .iter()
            .chain(&survey.demands.interpreters)
            .map(|c| (crate::paths::name(&c.name).to_owned(), c.because.clone()))
            .collect();
        if let Some(started) = &survey.started {
            wanted.extend(started.commands.iter().map(|c| (c.clone(), "the program's sources start it".to_owned())));
        }
        let mut repeated: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (step, run) in self.runs() {
            let chosen = self.supply.chosen_units.get(&step.instruction).into_iter().flatten().copied();
            let whole = self.is_whole(step) || self.installs_own_file(step, run)?;
            let all = (0..run.units.len()).filter(|_| whole);
            for unit in chosen.chain(all) {
                let Some(effects) = run.units.get(unit).map(|unit| &unit.effects) else { continue };
                let calls = effects.calls.iter().filter(|_| effects.system.contains(&SystemChange::Repositories));
                let commands = effects.commands.iter().chain(calls);
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
                || !dropped && self.is_copied(&command)
            {
                continue;
            }
            match facts::package_of_command(&distribution, &command) {
                Some(package) if !is_toolchain(package, base) => {
                    let needed_at = repeated.get(&command).copied();
                    self.needed_at = self.needed_at.into_iter().chain(needed_at).min();
                    extra.push((package.to_owned(), format!("`{command}` is needed: {because}")));
                    let more = facts::completing(&base.releases, package).into_iter();
                    extra.extend(more.map(|name| (name, format!("the larger base has it beside `{package}`"))));
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
        extra.extend(self.packages.brought.iter().cloned());
        self.libraries_of_languages(&mut extra);
        if base.same_image && self.needs_certificates() {
            let words = "TLS connections need the certificate authorities, which a package that leaves had brought";
            extra.push((CERTIFICATES.to_owned(), words.to_owned()));
        }
        if !base.same_image {
            // Packages that start commands are listed with what they need; one that is not listed is taken to start none.
            if let Some(place) = self.started().and_then(|started| started.unknown.as_ref()) {
                let words = format!("{place}; what that starts is not known");
                self.plan.assumptions.push(rules::ASSUMED_SUBPROCESS.because(words, None));
            }
            if self.started().is_some_and(|started| started.hidden) {
                let words = "sources of the program are known by name only: it may start tools of the larger base";
                self.plan.assumptions.push(rules::ASSUMED_SUBPROCESS.because(words, None));
            }
            for program in survey.foreign_programs() {
                let words =
                    format!("`{program}` is made of sources that are not here: it may start tools of the larger base");
                self.plan.assumptions.push(rules::ASSUMED_SUBPROCESS.because(words, None));
            }
            for program in survey.opaque_programs() {
                let words = format!("nobody can look into `{program}`, which may need more of the larger base");
                self.plan.assumptions.push(rules::ASSUMED_LIBRARIES.because(words, None));
            }
            self.libraries_of_dependencies(&mut extra);
            let ambient = super::ambient::needed(survey, &base.after, &base.releases);
            extra.extend(ambient.packages);
            if let Some(words) = ambient.unknown {
                self.plan.assumptions.push(rules::ASSUMED_LIBRARIES.because(words, None));
            }
            if self.needs_certificates() {
                extra.push((CERTIFICATES.to_owned(), "TLS connections need the certificate authorities".to_owned()));
            }
            if survey.needs_zones(&base.after) {
                extra.push((ZONES.to_owned(), "the larger base had the time zone database".to_owned()));
            }
        }
        extra.extend(self.libraries_by_language());
        if let Some(sources) = Sources::look(survey) {
            let unasked = |build: &String| !base.same_image && base.before.packages.contains(build);
            let listed = |name: &String| survey.image.packages().iter().any(|p| p.name == *name && p.removed.is_none());
            let has = |library: &&CompilerLibrary| match library.asked.as_slice() {
                [] => library.build.is_empty() || library.build.iter().any(unasked),
                asked => asked.iter().any(listed),
            };
            let of_compilers = compiled().need.iter().filter(|library| library.ecosystems.is_empty());
            for library in of_compilers.filter(has).filter(|library| sources.load(library)) {
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
            // A script that nobody can read may call anything, and so may a program that names what is prepared.
            let in_words = |name: &String| survey.demands.words.iter().any(|word| word.contains(name.as_str()));
            let named = |name: &String| in_words(name) || survey.sources_mention(name) != Some(false);
            let certain = survey.demands.unread.is_empty()
                && !entrypoint.prepares.is_empty()
                && !entrypoint.prepares.iter().any(named);
            match &entrypoint.not_needed {
                Some(does) if certain => {
                    let words = format!("{words}, which {does}; nothing that runs needs that");
                    self.plan.changes.push(rules::ENTRYPOINT_NEEDLESS.because(words, None));
                }
                Some(does) => {
                    let words = format!("{words}, which {does}");
                    self.plan.assumptions.push(rules::ASSUMED_ENTRYPOINT.because(words, None));
                }
                None => self.plan.assumptions.push(rules::ASSUMED_ENTRYPOINT.because(words, None)),
            }
        }
        let mut names = Vec::new();
        for (package, because) in extra {
            if self.asked.contains(&package) || base.after.packages.contains(&package) || names.contains(&package) {
                continue;
            }
            if let Some(paths) = self.files_instead(&package) {
                for path in paths.iter().filter(|path| !self.plan.copies.contains(path)).cloned().collect::<Vec<_>>() {
                    let words = format!("`{path}`: {because}, and the archive of the release no longer answers");
                    self.plan.changes.push(rules::COPIED_FROM_BUILDER.because(words, None));
                    self.plan.copies.push(path);
                }
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
        let base = self.base;
        let started = self.started().into_iter().flat_map(|started| &started.commands);
        let demanded = self.survey.demands.commands.iter().map(|c| crate::paths::name(&c.name));
        for command in started.map(String::as_str).chain(demanded) {
            if !base.provides(command) && !self.is_copied(command) {
                let words = format!("`{command}` is needed at run time, and `{}` has not got it", base.written);
                return Err(rules::RUNTIME_REFUSED.because(words, None).into());
            }
        }
        // The authorities that the original trusts, also where the image has some of its own.
        if self.survey.before.ca_certificates && !self.survey.tls_excluded || self.needs_certificates() {
            self.plan.copies.push("/etc/ssl/certs/ca-certificates.crt".to_owned());
        }
        let readings = &self.survey.readings;
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

    /// Paths whose copies from the builder stand for a package: where it cannot be installed any more, and is files alone.
    fn files_instead(&self, package: &str) -> Option<&'static [String]> {
        releases::files_of(package).filter(|_| self.base.before.has(package) && !self.is_served())
    }

    /// True when packages can be added to the runtime image.
    fn is_served(&self) -> bool {
        self.base.releases.iter().all(releases::is_served)
    }

    fn needs_certificates(&self) -> bool {
        let loses = self.packages.loses_certificates;
        self.survey.needs_certificates(loses, &self.base.after, &|tool| self.asked.contains(tool))
    }

    /// Libraries of the compiler that programs of single languages load, with the reason.
    fn libraries_by_language(&self) -> Vec<(String, String)> {
        let survey = self.survey;
        let compiling = survey.compiling_ecosystems();
        let of_language = compiled().need.iter().filter(|n| n.ecosystems.iter().any(|e| compiling.contains(e)));
        let listed = |name: &String| survey.image.packages().iter().any(|p| p.name == *name && p.removed.is_none());
        let asked: Vec<&CompilerLibrary> =
            of_language.filter(|n| n.asked.is_empty() || n.asked.iter().any(listed)).collect();
        if asked.is_empty() {
            return Vec::new();
        }
        let sources = Sources::all(survey);
        let loaded = asked.into_iter().filter(|library| sources.load(library));
        let named = |library: &CompilerLibrary| {
            let packages = library.packages(&self.base.releases).into_iter();
            packages.map(|package| (package, library.because.clone())).collect::<Vec<_>>()
        };
        loaded.flat_map(named).collect()
    }

    fn is_dropped_with_package(&self, distribution: &str, command: &str) -> bool {
        self.fates.iter().any(|(&(instruction, u, c, w), fate)| {
            let Some(name) = self.listed(instruction, u, c, w) else { return false };
            let brings = name == command || facts::commands_of_package(distribution, name).contains(&command);
            *fate == PackageFate::Dropped && brings
        })
    }

    fn is_installed(&self, distribution: &str, command: &str) -> bool {
        self.asked
            .iter()
            .any(|name| name == command || facts::commands_of_package(distribution, name).contains(&command))
    }

    /// True when a copy from the builder brings the command.
    fn is_copied(&self, command: &str) -> bool {
        self.supply.copied.iter().any(|path| {
            crate::paths::name(path) == command
                || path.ends_with("/bin") && !self.base.before.commands.contains(command)
        })
    }

    fn listed(&self, instruction: usize, unit: usize, change: usize, word: usize) -> Option<&'a str> {
        let (_, run) = self.runs().find(|(step, _)| step.instruction == instruction)?;
        let change: &PackageChange = run.units.get(unit)?.effects.packages.get(change)?;
        change.names.get(word).map(|(name, _)| plain_name(name))
    }

    /// Libraries of a language that the distribution brings, and that a dependency embeds.
    fn libraries_of_languages(&self, extra: &mut Vec<(String, String)>) {
        let reference = self.survey.analysis.base.reference.as_ref().map(|image| image.normalised().repository);
        let of_image = reference.map(|name| self.survey.inputs.heuristics.detect_image(&name)).unwrap_or_default();
        for dependency in &self.survey.declared.found {
            if of_image.iter().any(|ecosystem| ecosystem.id == dependency.ecosystem) {
                continue;
            }
            let need = crate::facts::libraries::library_needs(&dependency.ecosystem, &dependency.name);
            for library in need.iter().flat_map(|need| need.language_packages(&self.base.releases)) {
                extra.push((library, format!("`{}` embeds the interpreter", dependency.name)));
            }
        }
    }

    /// System libraries that dependencies load, as far as the larger base had them without being asked.
    fn libraries_of_dependencies(&mut self, extra: &mut Vec<(String, String)>) {
        let releases = self.base.releases.clone();
        let declared = &self.survey.declared;
        for dependency in &declared.found {
            let Some(need) = crate::facts::libraries::library_needs(&dependency.ecosystem, &dependency.name) else {
                continue;
            };
            let config = self.survey.analysis.base.facts.as_ref().map(|facts| &facts.config);
            let older = need.ready_made.as_ref().zip(dependency.version.as_ref()).is_some_and(|(ready, version)| {
                let mut variables = config.iter().flat_map(|config| &config.env);
                // The tag tells the version; the variable, that it is one of this language.
                let tag = self.survey.analysis.base.reference.as_ref().and_then(|image| image.tag.as_ref());
                variables.any(|(name, _)| *name == ready.variable)
                    && tag.is_some_and(|tag| ready.is_before(version, tag.split('-').next().unwrap_or(tag)))
            });
            let from_source = dependency.from_source || need.usually_from_source() || older;
            if !from_source && !need.always() {
                continue;
            }
            for library in need.packages_for(&releases) {
                // A program that the larger base has not got was missing before, too.
                if !self.is_foreign_program(&library) {
                    extra.push((library, format!("`{}` loads it", dependency.name)));
                }
            }
        }
        let had = &self.base.before.packages;
        // A package by the name of its ecosystem stands for the language's own library.
        for language in self.survey.languages_by_signs() {
            let need = crate::facts::libraries::library_needs(&language, &language);
            let lost = need.iter().flat_map(|need| need.packages_for(&releases)).filter(|name| had.contains(name));
            extra.extend(lost.map(|name| (name, "the language's own library loads it".to_owned())));
        }
        for package in super::dependencies::compiled(self.survey.inputs, self.survey.analysis) {
            for need in crate::facts::libraries::linked_needs(&package.ecosystem, &package.name) {
                if !need.holds_with(&package.with) || !need.build.iter().any(|build| had.contains(build)) {
                    continue;
                }
                for library in need.packages_for(&releases) {
                    extra.push((library, format!("`{}` links it", package.name)));
                }
            }
        }
        if let Some(name) = declared.unknown.first().filter(|_| !self.base.same_image) {
            let words = format!("`{name}` is in no table of packages: it may load libraries of the larger base");
            self.plan.assumptions.push(rules::ASSUMED_LIBRARIES.because(words, None));
        }
        if let Some(words) = declared.unread.first().filter(|_| !self.base.same_image) {
            self.plan.assumptions.push(rules::ASSUMED_LIBRARIES.because(words.clone(), None));
        }
    }

    /// True for a package of programs of which the original's base has none.
    fn is_foreign_program(&self, package: &str) -> bool {
        let distribution = self.base.releases.first().map(|r| r.distribution.as_str()).unwrap_or_default();
        let commands = facts::commands_of_package(distribution, package);
        !commands.is_empty() && !commands.iter().any(|command| self.base.before.commands.contains(*command))
    }

    /// Writes the RUN lines.
    fn write(&mut self, extra: Vec<String>) -> Result<(), Refusal> {
        let mut extra = extra;
        let mut update_pending = false;
        let mut update_only: Vec<(usize, RunText)> = Vec::new();
        let runs: Vec<(&Step, &RunAction)> = self.runs().collect();
        for (step, run) in runs {
            if run.units.iter().all(|u| u.effects.packages.is_empty()) {
                continue;
            }
            if self.is_whole(step) || self.installs_own_file(step, run)? {
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
                            changed |= text != slice(self.survey, step, run, &unit.range).trim();
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
            let replayed = self.supply.replays.get(&step.instruction);
            let updates = |u: usize| run.units[u].effects.packages.iter().any(|c| c.action == PackageAction::Update);
            if !installs {
                chosen.retain(|&u| updates(u));
                if !chosen.is_empty() {
                    let whole = !changed && run.units.iter().enumerate().all(|(u, unit)| unit.state_only || updates(u));
                    let text = match whole {
                        true => RunText::Whole,
                        false => RunText::Reduced(join_source(self.survey, step, run, &chosen, &edited)),
                    };
                    update_pending = true;
                    update_only.push((step.instruction, text));
                }
                continue;
            }
            if update_pending && !chosen.iter().any(|&u| updates(u)) {
                for (instruction, text) in update_only.drain(..) {
                    self.plan.runs.insert(instruction, text);
                }
                update_pending = false;
            }
            for (u, unit) in run.units.iter().enumerate() {
                // What only the build made is not there to be removed.
                let of_build = |path: &String| {
                    let mut made = self.survey.image.all().iter().filter(|e| e.is_built());
                    made.any(|e| crate::paths::is_within(path, &e.path))
                };
                let clears = |path: &String| is_cleared(path) && !of_build(path);
                let removes_only = unit.effects.is_portable()
                    && !unit.effects.files.is_empty()
                    && unit.effects.files.iter().all(|f| f.writes.is_empty());
                let removed: Vec<&String> = unit.effects.files.iter().flat_map(|f| &f.removes).collect();
                let cleared: Vec<&str> = removed.iter().filter(|p| clears(p)).map(|p| p.as_str()).collect();
                if self.is_chosen_replay(step, run, u, replayed) || removes_only && cleared.len() == removed.len() {
                    chosen.push(u);
                } else if removes_only && !cleared.is_empty() {
                    edited.insert(u, format!("rm -rf {}", cleared.join(" ")));
                    chosen.push(u);
                }
            }
            chosen.sort_unstable();
            chosen.dedup();
            let rest = (0..run.units.len()).any(|u| !chosen.contains(&u) && !run.units[u].state_only);
            let text = if !changed && !rest {
                RunText::Whole
            } else {
                let text = join_source(self.survey, step, run, &chosen, &edited);
                self.plan
                    .changes
                    .push(rules::PACKAGES_REDUCED.because("build packages stay in the builder", step.span));
                RunText::Reduced(text)
            };
            self.plan.runs.insert(step.instruction, text);
        }
        if !extra.is_empty() {
            let releases = &self.base.releases;
            if !self.is_served() {
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

    /// True when the supply wants this part repeated.
    fn is_chosen_replay(&self, step: &Step, run: &RunAction, u: usize, replayed: Option<&RunText>) -> bool {
        let unit = &run.units[u];
        match replayed {
            None => false,
            Some(RunText::Whole) => unit.effects.packages.is_empty(),
            Some(RunText::Reduced(_)) => {
                self.supply.chosen_units.get(&step.instruction).is_some_and(|c| c.contains(&u))
            }
        }
    }

    /// True when a RUN installs a package that stays from a file which it makes itself, so that it is repeated as it is.
    ///
    /// # Errors
    ///
    /// The file comes from another RUN, or the RUN compiles as well.
    fn installs_own_file(&self, step: &Step, run: &RunAction) -> Result<bool, Refusal> {
        let compiles = run.units.iter().any(|unit| {
            let effects = &unit.effects;
            effects.builds && !effects.writes.is_empty() && effects.packages.is_empty()
        });
        let stays = |key: &(usize, usize, usize, usize)| {
            !matches!(self.fates.get(key), Some(PackageFate::Dropped | PackageFate::Removed))
        };
        let mut own = false;
        for (u, unit) in run.units.iter().enumerate() {
            let names = unit.effects.packages.iter().enumerate().flat_map(|(c, change)| {
                change.names.iter().enumerate().map(move |(w, (name, _))| ((step.instruction, u, c, w), name))
            });
            for (_, name) in names.filter(|(key, name)| facts::is_file(name) && stays(key)) {
                let path = crate::paths::join(unit.cwd.as_deref().unwrap_or(&step.workdir), name);
                let before = |e: &&crate::image::Entry| e.at.instruction <= step.instruction && e.is_built();
                let mut makers = self.survey.image.all().iter().filter(before).filter(|e| e.reaches(&path));
                match makers.next_back().map(|maker| maker.at.instruction == step.instruction) {
                    // A COPY or ADD brings it to the runtime stage as well.
                    None => {}
                    Some(true) if !compiles => own = true,
                    Some(_) => {
                        let words = format!("`{name}` is installed from a file that a step of the build brings");
                        return Err(rules::SYSTEM_CHANGE.because(words, step.span).into());
                    }
                }
            }
        }
        Ok(own)
    }

    /// True when the author says that the runtime stage repeats the RUN as it is.
    fn is_whole(&self, step: &Step) -> bool {
        self.survey.analysis.pragmas.is_kept_whole(step.instruction)
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
        // What stays under its own name is not named a second time.
        let mut placed: BTreeSet<String> = BTreeSet::new();
        for (c, change) in unit.effects.packages.iter().enumerate() {
            let stays = |w: &usize| {
                let fate = self.fates.get(&(step.instruction, u, c, *w));
                matches!(fate, Some(PackageFate::Kept) | None)
            };
            let names = change.names.iter().enumerate().filter(|(w, _)| stays(w));
            placed.extend(names.map(|(_, (name, _))| plain_name(name).to_owned()));
        }
        for (c, change) in unit.effects.packages.iter().enumerate() {
            for (w, (name, range)) in change.names.iter().enumerate() {
                match self.fates.get(&(step.instruction, u, c, w)) {
                    Some(PackageFate::Kept) | None => {
                        left += 1;
                        seen.insert(plain_name(name));
                    }
                    Some(PackageFate::Dropped | PackageFate::Removed) => {
                        edits.push((range.clone(), String::new()));
                        named.push((name.clone(), range.clone(), String::new()));
                    }
                    Some(PackageFate::Replaced(names)) => {
                        let names: Vec<String> =
                            names.iter().filter(|n| placed.insert((*n).clone())).cloned().collect();
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
        let distribution = self.base.releases.first().map(|r| r.distribution.clone()).unwrap_or_default();
        let same_manager = unit.effects.packages.iter().any(|c| manager_of(&distribution) == c.manager);
        let extra = if same_manager { std::mem::take(extra) } else { Vec::new() };
        let mut seen_ranges = BTreeSet::new();
        let shared =
            unit.effects.packages.iter().flat_map(|c| &c.names).any(|(_, r)| !seen_ranges.insert((r.start, r.end)));
        let ranges: BTreeSet<(usize, usize)> =
            unit.effects.packages.iter().flat_map(|c| &c.names).map(|(_, r)| (r.start, r.end)).collect();
        if let ([change], [(start, end)], false) =
            (unit.effects.packages.as_slice(), ranges.iter().copied().collect::<Vec<_>>().as_slice(), edits.is_empty())
            && shared
        {
            // One variable holds them all: the list takes its place.
            let names = change.names.iter().map(|(name, range)| {
                let edit = named.iter().find(|(edited, r, _)| edited == name && r == range);
                edit.map_or(name.clone(), |(_, _, text)| text.clone())
            });
            let list: Vec<String> = names.filter(|name| !name.is_empty()).collect();
            return Some(edit_words(self.survey, step, run, unit, &[(*start..*end, list.join(" "))], &extra));
        }
        if (unit.effects.packages.len() > 1 || shared) && !edits.is_empty() {
            return Some(rewritten(unit, &named, &extra));
        }
        Some(edit_words(self.survey, step, run, unit, &edits, &extra))
    }
}

/// Package managers by distribution.
fn manager_of(distribution: &str) -> PackageManager {
    match distributions::family(distribution) {
        Some(Family::Debian) => PackageManager::Apt,
        Some(Family::Alpine) => PackageManager::Apk,
        Some(Family::Rpm) | None => PackageManager::Dnf,
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
    let fact = release.and_then(|r| facts::package(r, package));
    // A tool that stands for itself can be asked for by its command.
    fact.is_some_and(|fact| fact.role == PackageRole::Build && !fact.runtime.iter().any(|name| name == package))
}
