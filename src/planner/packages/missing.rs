//! What run time needs and the runtime base has not got, to packages that are added or files that are copied.

use super::Installer;
use super::{PackageFate, Refusal, facts};
use crate::facts::contents::{CERTIFICATES, ZONES};
use crate::facts::heuristics::SystemChange;
use crate::facts::packages::{PackageRole, plain_name};
use crate::facts::releases;
use crate::image::At;
use crate::paths;
use crate::planner::ambient;
use crate::planner::base::RuntimeBase;
use crate::planner::survey::Beside;
use crate::programs;
use crate::rules;

/// A package, and why it is added.
pub(super) type Wanted = (String, String);

impl Installer<'_, '_> {
    /// Packages that make up for what the smaller base lacks.
    pub(super) fn missing(&mut self) -> Result<Vec<String>, Refusal> {
        let base = self.base;
        if base.minimal.is_some() {
            self.missing_in_minimal()?;
            return Ok(Vec::new());
        }
        let mut wanted = self.packages_of_commands()?;
        let unlisted = self.unlisted.iter();
        wanted
            .extend(unlisted.map(|(package, name)| (package.clone(), format!("`{name}` is asked for by the author"))));
        wanted.extend(self.packages.brought.iter().cloned());
        self.libraries_of_languages(&mut wanted);
        match base.same_image {
            true => self.of_leaving_packages(&mut wanted),
            false => self.of_larger_base(&mut wanted),
        }
        self.libraries_of_compiler(&mut wanted);
        self.tell_entrypoint();
        Ok(self.added(wanted))
    }

    /// Packages of commands that run time or a repeated step calls, and that the runtime stage would not have.
    fn packages_of_commands(&mut self) -> Result<Vec<Wanted>, Refusal> {
        let base = self.base;
        // Without a distribution nothing can be put back, and what is lost is refused.
        let distribution = base.releases.first().map(|r| r.distribution.clone()).unwrap_or_default();
        let repeated = self.repeated_commands()?;
        let mut packages = Vec::new();
        for (command, because) in self.called_commands(&repeated) {
            let dropped = self.is_dropped_with_package(&distribution, &command);
            let fuller =
                facts::fuller(&distribution, &command).filter(|_| !self.survey.is_interpreter_of_image(&command));
            let less = |package: &str| base.before.packages.contains(package) && !base.after.packages.contains(package);
            if !base.loses(&command) && !dropped && !fuller.is_some_and(less)
                || self.is_installed(&distribution, &command)
                || !dropped && self.is_copied(&command)
            {
                continue;
            }
            let package = facts::package_of_command(&distribution, &command);
            let Some(package) = package.filter(|package| !is_toolchain(package, base)) else {
                let words =
                    format!("`{command}` is needed at run time ({because}), and the smaller base has not got it");
                return Err(rules::TOOLCHAIN_AT_RUN_TIME.because(words, None).into());
            };
            let needed_at = repeated.iter().find(|(name, _)| *name == command).map(|(_, at)| *at);
            self.needed_at = self.needed_at.into_iter().chain(needed_at).min();
            packages.push((package.to_owned(), format!("`{command}` is needed: {because}")));
            let more = facts::completing(&base.releases, package).into_iter();
            packages.extend(more.map(|name| (name, format!("the larger base has it beside `{package}`"))));
        }
        self.packages_beside(&distribution, &mut packages)?;
        Ok(packages)
    }

    /// Packages of commands that scripts beside the program call; of one that no package brings, the script's purpose decides.
    fn packages_beside(&self, distribution: &str, packages: &mut Vec<Wanted>) -> Result<(), Refusal> {
        let base = self.base;
        for Beside { command, script, is_command, package } in &self.packages.beside {
            let dropped = self.is_dropped_with_package(distribution, command);
            let lost = base.loses(command) || dropped;
            if !lost || self.is_installed(distribution, command) || !dropped && self.is_copied(command) {
                continue;
            }
            match package {
                Some(package) => {
                    let because = format!("`{command}` is needed: `{script}` calls it");
                    if programs::tls_tools().contains(command) && base.before.ca_certificates {
                        packages.push((CERTIFICATES.to_owned(), because.clone()));
                    }
                    packages.push(((*package).to_owned(), because));
                }
                None if *is_command => {
                    let words = format!("`{script}` calls `{command}`, which the smaller base has not got");
                    return Err(rules::TOOLCHAIN_AT_RUN_TIME.because(words, None).into());
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Commands of the steps that are repeated, and where they stand, in the order of the file.
    fn repeated_commands(&self) -> Result<Vec<(String, At)>, Refusal> {
        let mut repeated = Vec::new();
        for (step, run) in self.runs() {
            let chosen = self.supply.chosen_units.get(&step.instruction).into_iter().flatten().copied();
            let whole = self.is_whole(step) || self.installs_own_file(step, run)?;
            let all = (0..run.units.len()).filter(|_| whole);
            for unit in chosen.chain(all) {
                let at = At { instruction: step.instruction, unit };
                let Some(effects) = run.units.get(unit).map(|unit| &unit.effects) else { continue };
                let calls = effects.calls.iter().filter(|_| effects.system.contains(&SystemChange::Repositories));
                let commands = effects.commands.iter().chain(calls);
                repeated.extend(commands.map(|c| (paths::name(c).to_owned(), at)));
            }
        }
        Ok(repeated)
    }

    /// Every command that is called in the runtime stage or its container, and who calls it.
    pub(super) fn called_commands(&self, repeated: &[(String, At)]) -> Vec<(String, String)> {
        let demands = self.survey.demands;
        let asked = demands.commands.iter().chain(&demands.interpreters);
        let mut called: Vec<(String, String)> =
            asked.map(|c| (paths::name(&c.name).to_owned(), c.because.clone())).collect();
        let started = self.started().into_iter().flat_map(|started| &started.commands);
        called.extend(started.map(|c| (c.clone(), "the program's sources start it".to_owned())));
        called.extend(repeated.iter().map(|(command, _)| (command.clone(), "a step is repeated".to_owned())));
        let starts = called.iter().flat_map(|(command, _)| {
            let others = self.survey.started_with(command).into_iter();
            let had = others.filter(|other| self.base.before.commands.contains(other));
            had.map(move |other| (other, format!("`{command}` may start it")))
        });
        let others: Vec<_> = starts.collect();
        called.extend(others);
        called
    }

    /// What programs may use of packages that leave: the certificate authorities, a command of a computed name.
    fn of_leaving_packages(&mut self, wanted: &mut Vec<Wanted>) {
        if self.needs_certificates() {
            let words = "TLS connections need the certificate authorities, which a package that leaves had brought";
            wanted.push((CERTIFICATES.to_owned(), words.to_owned()));
        }
        let computed = self.started().and_then(|started| started.unknown.clone());
        let foreign = || {
            let name = *self.survey.foreign_programs().first()?;
            Some(format!("`{name}` is made of sources that are not here"))
        };
        let Some(place) = computed.or_else(foreign) else { return };
        let (Some(release), distribution) = (self.base.releases.first(), self.survey.distribution()) else { return };
        let has_commands = |name: &str| !facts::commands_of_package(&distribution, name).is_empty();
        let leaving = self.survey.image.packages().iter().zip(&self.packages.fates).filter(|(package, fate)| {
            let brings = || facts::brings(release, &package.name, true).into_iter().any(has_commands);
            !matches!(fate, PackageFate::Kept | PackageFate::Removed) && (has_commands(&package.name) || brings())
        });
        let names: Vec<String> = leaving.map(|(package, _)| format!("`{}`", package.name)).collect();
        if !names.is_empty() {
            let words = format!("{place}; what that starts is not known, and may have come with {}", names.join(", "));
            self.plan.assumptions.push(rules::ASSUMED_SUBPROCESS.because(words, None));
        }
    }

    /// What programs may use of a larger base without being seen to call it.
    fn of_larger_base(&mut self, wanted: &mut Vec<Wanted>) {
        let (survey, base) = (self.survey, self.base);
        let mut assumed = Vec::new();
        // Packages that start commands are listed with what they need; one that is not listed is taken to start none.
        if let Some(place) = self.started().and_then(|started| started.unknown.as_ref()) {
            assumed.push((rules::ASSUMED_SUBPROCESS, format!("{place}; what that starts is not known")));
        }
        if self.started().is_some_and(|started| started.hidden) {
            let words = "sources of the program are known by name only: it may start tools of the larger base";
            assumed.push((rules::ASSUMED_SUBPROCESS, words.to_owned()));
        }
        for program in survey.foreign_programs() {
            let words =
                format!("`{program}` is made of sources that are not here: it may start tools of the larger base");
            assumed.push((rules::ASSUMED_SUBPROCESS, words));
        }
        for program in survey.opaque_programs() {
            let words = format!("nobody can look into `{program}`, which may need more of the larger base");
            assumed.push((rules::ASSUMED_LIBRARIES, words));
        }
        self.plan.assumptions.extend(assumed.into_iter().map(|(rule, words)| rule.because(words, None)));
        self.libraries_of_dependencies(wanted);
        let ambient = ambient::needed(survey, &base.after, &base.releases);
        wanted.extend(ambient.packages);
        if let Some(words) = ambient.unknown {
            self.plan.assumptions.push(rules::ASSUMED_LIBRARIES.because(words, None));
        }
        if self.needs_certificates() {
            wanted.push((CERTIFICATES.to_owned(), "TLS connections need the certificate authorities".to_owned()));
        }
        if survey.needs_zones(&base.after) {
            wanted.push((ZONES.to_owned(), "the larger base had the time zone database".to_owned()));
        }
    }

    /// Says what the entry point of the old base did, where the runtime base has not got it.
    fn tell_entrypoint(&mut self) {
        let (survey, Some(entrypoint)) = (self.survey, &self.base.replaces_entrypoint) else { return };
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

    /// The names of those that are to be installed; files that stand for a package are copied.
    fn added(&mut self, wanted: Vec<Wanted>) -> Vec<String> {
        let mut names = Vec::new();
        for (package, because) in wanted {
            let there = self.asked.contains(&package) || self.base.after.packages.contains(&package);
            if there || names.contains(&package) {
                continue;
            }
            let Some(paths) = self.files_instead(&package) else {
                self.plan.changes.push(rules::PACKAGE_ADDED.because(format!("`{package}`: {because}"), None));
                names.push(package);
                continue;
            };
            for path in paths.iter().filter(|path| !self.plan.copies.contains(path)).cloned().collect::<Vec<_>>() {
                let words = format!("`{path}`: {because}, and the archive of the release no longer answers");
                self.plan.changes.push(rules::COPIED_FROM_BUILDER.because(words, None));
                self.plan.copies.push(path);
            }
        }
        names.sort();
        names
    }

    /// What an image without packages gets by copy from the builder; what cannot be copied is refused.
    fn missing_in_minimal(&mut self) -> Result<(), Refusal> {
        let base = self.base;
        let started = self.started().into_iter().flat_map(|started| &started.commands);
        let demanded = self.survey.demands.commands.iter().map(|c| paths::name(&c.name));
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

    fn needs_certificates(&self) -> bool {
        let loses = self.packages.loses_certificates;
        self.survey.needs_certificates(loses, &self.base.after, &|tool| self.asked.contains(tool))
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
            paths::name(path) == command || path.ends_with("/bin") && !self.base.before.commands.contains(command)
        })
    }

    fn listed(&self, instruction: usize, unit: usize, change: usize, word: usize) -> Option<&str> {
        let (_, run) = self.runs().find(|(step, _)| step.instruction == instruction)?;
        let change = run.units.get(unit)?.effects.packages.get(change)?;
        change.names.get(word).map(|(name, _)| plain_name(name))
    }
}

/// Packages of the toolchain itself: needing one means that the toolchain is needed.
fn is_toolchain(package: &str, base: &RuntimeBase) -> bool {
    let release = base.releases.first();
    let fact = release.and_then(|r| facts::package(r, package));
    // A tool that stands for itself can be asked for by its command.
    fact.is_some_and(|fact| fact.role == PackageRole::Build && !fact.runtime.iter().any(|name| name == package))
}
