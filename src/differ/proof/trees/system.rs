//! Whether the system around the files is the same: packages, commands, properties, accounts, owners.

use super::{Trees, squeezed};
use crate::analyzer::config::is_root;
use crate::analyzer::{Action, Analysis};
use crate::differ::proof::Finding;
use crate::facts::contents::{CERTIFICATES, ZONES};
use crate::facts::heuristics::SystemChange;
use crate::facts::images::Libc;
use crate::facts::packages::is_file;
use crate::image::{At, Entry, Extent, Operation, is_system_change};
use crate::paths;
use crate::planner::accounts;
use crate::planner::accounts::Named;
use crate::planner::licences::packages::{PackageFate, PackageLedger};
use crate::planner::supply::operations::given_files;
use crate::planner::survey::made_by_copies;

impl Trees<'_, '_> {
    /// Every package that stays is installed, and what takes the place of one that leaves.
    pub(super) fn packages(&self, ledger: &PackageLedger, findings: &mut Vec<Finding>) {
        let there = |name: &str| {
            self.runtime.base.packages.contains(name)
                || self.has_files_of(name)
                || self.image.packages().iter().any(|p| p.name == name && p.removed.is_none())
                || self.runtime.same_image
                    && !self.survey.image.packages().iter().any(|p| p.name == name)
                    && self.survey.before.packages.contains(name)
        };
        let had = |name: &String| !self.runtime.same_image || !self.survey.before.packages.contains(name);
        let mut wanted: Vec<String> = Vec::new();
        for (package, fate) in self.survey.image.packages().iter().zip(&ledger.fates) {
            match fate {
                PackageFate::Kept => wanted.push(package.name.clone()),
                PackageFate::Replaced(names) => wanted.extend(names.iter().cloned()),
                PackageFate::Dropped | PackageFate::Removed => {}
            }
        }
        wanted.extend(ledger.brought.iter().map(|(name, _)| name.clone()));
        if !self.runtime.same_image {
            let needed = crate::planner::ambient::needed(self.survey, &self.runtime.base, &self.runtime.facts.releases);
            wanted.extend(needed.packages.into_iter().map(|(name, _)| name));
        }
        for package in wanted.into_iter().filter(had).filter(|name| !there(name)) {
            let finding = Finding::MissingPackage { package };
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }

    /// Commands that run time asks for, and that the original's base had, are there.
    pub(super) fn commands(&self, packages: &PackageLedger, findings: &mut Vec<Finding>) {
        if self.runtime.same_image {
            return;
        }
        let distribution = self.runtime.facts.releases.first().map(|r| r.distribution.as_str()).unwrap_or_default();
        let brings = |package: &str, command: &str| {
            package == command || crate::facts::packages::commands_of_package(distribution, package).contains(&command)
        };
        let installed =
            |command: &str| self.image.packages().iter().any(|p| p.removed.is_none() && brings(&p.name, command));
        let lies = |command: &str| self.image.entries().any(|(_, e)| paths::name(&e.path) == command);
        let demands = self.survey.demands;
        let asked = demands.commands.iter().chain(&demands.interpreters);
        let mut asked: Vec<(&str, String)> =
            asked.map(|demand| (paths::name(&demand.name), demand.because.clone())).collect();
        let started = self.survey.started.iter().flat_map(|started| &started.commands);
        asked.extend(started.map(|command| (paths::name(command), "the program".to_owned())));
        let beside = packages.beside.iter().filter(|call| call.package.is_some());
        asked.extend(beside.map(|call| (call.command.as_str(), format!("`{}`", call.script))));
        for (command, because) in asked {
            let had = self.survey.before.commands.contains(command);
            let has = self.runtime.base.commands.contains(command) || installed(command) || lies(command);
            if had && !has {
                findings.push(Finding::MissingCommand { command: command.to_owned(), because });
            }
        }
    }

    /// What the old base had beyond files with names: certificate authorities, time zones, a way to find commands.
    pub(super) fn properties(&self, packages: &PackageLedger, findings: &mut Vec<Finding>) {
        let copied = |path: &str| self.image.entries().any(|(_, e)| paths::is_within(&e.path, path));
        let installed = |name: &str| self.image.packages().iter().any(|p| p.name == name && p.removed.is_none());
        let base = &self.runtime.base;
        let kept = |name: &str| {
            let mut named = self.survey.image.packages().iter().zip(&packages.fates);
            named.any(|(package, fate)| package.name == name && *fate == PackageFate::Kept)
        };
        let lacks = self.survey.needs_certificates(packages.loses_certificates, base, &kept);
        if lacks
            && !installed(CERTIFICATES)
            && !self.has_files_of(CERTIFICATES)
            && !copied("/etc/ssl/certs/ca-certificates.crt")
        {
            findings.push(Finding::MissingPackage { package: CERTIFICATES.to_owned() });
        }
        let zones = self.survey.needs_zones(base) && !self.runtime.same_image;
        if zones && !installed(ZONES) && !self.has_files_of(ZONES) && !copied("/usr/share/zoneinfo") {
            findings.push(Finding::MissingPackage { package: ZONES.to_owned() });
        }
        let search = self.runtime.analysis.end.scope.get("PATH").unwrap_or_default();
        for demand in &self.survey.demands.commands {
            let Some(path) = self.survey.built_command(&demand.name) else { continue };
            if !search.split(':').any(|directory| directory == paths::parent(&path)) {
                let because = format!("{} (its directory is not on PATH)", demand.because);
                findings.push(Finding::MissingCommand { command: demand.name.clone(), because });
            }
        }
        // A directory that the original finds commands in, and that comes along, is one here, too.
        let found_in = self.survey.analysis.end.scope.get("PATH").unwrap_or_default();
        for directory in found_in.split(':').filter(|d| !search.split(':').any(|other| other == *d)) {
            let comes_along =
                |e: &Entry| self.is_taken(e) && paths::is_within(directory, &e.path) && !e.path.is_empty();
            if self.image.entries().any(|(_, e)| comes_along(e)) {
                let (field, original) = ("Env PATH".to_owned(), directory.to_owned());
                findings.push(Finding::Config { field, original, converted: search.clone() });
            }
        }
        let links = |analysis: &Analysis| {
            analysis.steps.iter().any(|step| match &step.action {
                Action::Run(run) => run.units.iter().any(|u| u.effects.system.contains(&SystemChange::Ldconfig)),
                Action::Copy(_) | Action::Config => false,
            })
        };
        let libraries = self.copied().any(|path| paths::is_within("/usr/local/lib", &path) && path.contains(".so"));
        let wanted = links(self.survey.analysis) && self.copied().next().is_some() || libraries;
        if wanted && self.runtime.facts.libc == Some(Libc::Glibc) && !links(&self.runtime.analysis) {
            findings.push(Finding::LostStep { step: "ldconfig".to_owned() });
        }
    }

    /// Users and other changes of the system are made again.
    pub(super) fn system(&self, packages: &PackageLedger, findings: &mut Vec<Finding>) {
        let repeated = || {
            let runs = self.runtime.analysis.steps.iter().filter_map(|step| match &step.action {
                Action::Run(run) => Some(run),
                _ => None,
            });
            runs.flat_map(|run| run.units.iter().map(move |unit| (run, unit)))
        };
        let pragmas = &self.survey.analysis.pragmas;
        for (step, run) in self.survey.runs() {
            if pragmas.place(step.instruction) == Some(crate::analyzer::pragmas::Place::Build) {
                continue;
            }
            for (index, unit) in run.units.iter().enumerate() {
                let at = At { instruction: step.instruction, unit: index };
                let idle = only_repositories(&unit.effects.system) && !packages.archives.contains(&at);
                if !unit.effects.packages.is_empty() || idle {
                    continue;
                }
                let text = squeezed(&run.text[unit.range.clone()]);
                let again = repeated().any(|(run, unit)| squeezed(&run.text[unit.range.clone()]) == text);
                if again {
                    continue;
                }
                match unit.effects.users.first() {
                    Some(user) => findings.push(Finding::MissingUser { user: user.clone() }),
                    None => findings.push(Finding::LostStep { step: text }),
                }
            }
        }
    }

    /// Accounts of the old base that the runtime stage names are there, with their ids and homes.
    pub(super) fn accounts(&self, findings: &mut Vec<Finding>) {
        if self.runtime.same_image {
            return;
        }
        let mut named = Named::new(&self.runtime.analysis, self.survey.demands);
        for instruction in self.runtime.file.instructions() {
            named.hear(&accounts::naming(instruction));
        }
        self.runtime.analysis.steps.iter().for_each(|step| named.see(&step.action));
        let lacking = accounts::lacking(&named, &self.survey.before, &self.runtime.base, &self.runtime.analysis);
        findings.extend(lacking.into_iter().map(|user| Finding::MissingUser { user }));
    }

    /// Owners and modes that a step gave to what stays are given again, or come along from the builder.
    pub(super) fn owners(&self, findings: &mut Vec<Finding>) {
        for operation in self.survey.image.operations().iter().filter(|o| o.operation.metadata_only) {
            for path in &operation.operation.writes {
                if !self.is_given(operation, path) {
                    let owner = operation.operation.chown.as_ref().map(|c| c.owner.clone()).unwrap_or_default();
                    let finding = Finding::Owner { path: path.clone(), owner };
                    if !findings.contains(&finding) {
                        findings.push(finding);
                    }
                }
            }
        }
    }

    /// A directory that a COPY makes belongs to whom the COPY gives its files, and a program that is not root may write there.
    pub(super) fn made_by_copies(&self, findings: &mut Vec<Finding>) {
        if is_root(&self.survey.analysis.end.config.user) {
            return;
        }
        for (_, directory, owner) in made_by_copies(self.survey.analysis, &self.survey.image) {
            let stays = self.image.entries().any(|(_, e)| paths::is_within(&directory, &e.path));
            let made = made_by_copies(&self.runtime.analysis, self.image);
            let given = self.image.operations().iter().any(|o| {
                let chown = o.operation.chown.as_ref().is_some_and(|chown| chown.owner == owner);
                chown && o.operation.writes.iter().any(|path| paths::is_within(path, &directory))
            });
            // What lies in a directory that is copied comes as it is.
            let inside = self.copied().any(|source| source != directory && paths::is_within(&source, &directory));
            if stays
                && !given
                && !inside
                && !is_root(&owner)
                && !made.iter().any(|(_, path, by)| *path == directory && *by == owner)
            {
                findings.push(Finding::Owner { path: directory, owner });
            }
        }
    }

    /// No file with credentials is in the runtime stage, not even in a layer below.
    pub(super) fn credentials(&self, findings: &mut Vec<Finding>) {
        for entry in self.image.all() {
            let taken = self.is_taken(entry);
            let kept = |path: &str| {
                let pragmas = &self.survey.analysis.pragmas;
                let bring = self.survey.image.all().iter().filter(|e| self.survey.image.holds(e, path));
                bring.into_iter().any(|e| pragmas.is_kept_whole(e.at.instruction))
            };
            for credential in self.survey.credentials_of(entry).into_iter().filter(|c| c.seen) {
                let there = !taken || self.image.holds(entry, &credential.path);
                if there && !kept(&credential.path) {
                    findings.push(Finding::Secret { path: credential.path });
                }
            }
        }
    }

    /// What repeated steps change is there when they run, if it was in the original, and so are the directories that they enter.
    pub(super) fn readable(&self, findings: &mut Vec<Finding>) {
        for step in &self.runtime.analysis.steps {
            let Action::Run(run) = &step.action else { continue };
            for directory in run.units.iter().filter_map(|unit| unit.cwd.as_deref()).filter(|cwd| *cwd != step.workdir)
            {
                let near = |e: &Entry| paths::is_within(directory, &e.path) || e.reaches(directory);
                let lies = self.image.entries().any(|(_, e)| near(e));
                // No step of the original made it either: the base image or a package has it.
                let brought = paths::is_of_distribution(directory) && !self.survey.image.all().iter().any(near);
                if !lies && !brought && !self.image.is_certain(directory) {
                    findings.push(Finding::MissingPath { path: directory.to_owned() });
                }
            }
        }
        let all = self.image.all();
        for step in &self.runtime.analysis.steps {
            let Action::Run(run) = &step.action else { continue };
            for unit in run.units.iter().filter(|unit| is_system_change(&unit.effects)) {
                // Files that a change of the system is given are there by then.
                let given = given_files(run, unit, unit.cwd.as_deref().unwrap_or(&step.workdir));
                for path in given.into_iter().filter(|path| self.survey.is_from_context(path)) {
                    let there = |e: &Entry| e.at.instruction < step.instruction && self.image.holds(e, &path);
                    if !all.iter().any(there) {
                        findings.push(Finding::MissingPath { path });
                    }
                }
            }
            for unit in &run.units {
                let names = unit.effects.packages.iter().flat_map(|change| &change.names);
                for (name, _) in names.filter(|(name, _)| is_file(name)) {
                    let path = paths::join(unit.cwd.as_deref().unwrap_or(&step.workdir), name);
                    let there = |e: &Entry| e.at.instruction <= step.instruction && e.reaches(&path);
                    if !all.iter().any(there) {
                        findings.push(Finding::MissingPath { path });
                    }
                }
            }
        }
        for operation in self.image.operations().iter().filter(|o| o.operation.metadata_only && !o.operation.is_touch) {
            for path in operation.operation.writes.iter().filter(|path| !path.contains(['*', '?', '['])) {
                let near = |e: &Entry| e.path == *path || e.reaches(path) || paths::is_within(path, &e.path);
                let original = self.survey.image.all().iter().any(|e| e.path != "/" && near(e));
                let there = all.iter().any(|e| e.at <= operation.at && near(e)) || self.is_made_by_base(path);
                if original && !there {
                    findings.push(Finding::MissingPath { path: path.clone() });
                }
            }
        }
    }

    /// True when a path of the converted image has the owner or the mode that an operation gives it in the original.
    fn is_given(&self, operation: &Operation, path: &str) -> bool {
        let one = &operation.operation;
        let recursive = one.chown.as_ref().is_some_and(|c| c.recursive);
        let concerns = |e: &Entry| match recursive {
            true => paths::is_within(path, &e.path) || e.extent != Extent::One && paths::is_within(&e.path, path),
            false => e.path == path,
        };
        // What came after the operation was never changed by it, and what leaves needs no owner.
        let mut stays = self
            .survey
            .image
            .entries()
            .filter(|(i, e)| concerns(e) && e.at <= operation.at && self.ledger.left(*i).is_none())
            .filter(|(i, e)| recursive || !self.is_written_over(*i, e));
        let gives_again = |whole: bool| {
            self.image.operations().iter().any(|o| {
                let owners = o.operation.chown.as_ref().zip(one.chown.as_ref());
                let same_owner = owners.is_none_or(|(a, b)| a.owner == b.owner && (a.recursive || !whole));
                let kind = o.operation.metadata_only && o.operation.chown.is_some() == one.chown.is_some();
                kind && same_owner && o.operation.writes.iter().any(|w| paths::is_within(w, path))
            })
        };
        let again = gives_again(recursive);
        // The container's own directory stays whatever of its files leaves: a program that is not root may make some there.
        let config = &self.survey.analysis.end.config;
        let own = paths::is_within(path, &config.workdir) && !paths::is_shared(path) && !is_root(&config.user);
        if own && !one.is_touch && !gives_again(false) && !self.copied().any(|source| paths::is_within(&source, path)) {
            return false;
        }
        if path.contains(['*', '?', '[']) || one.is_touch || again || stays.next().is_none() {
            return true;
        }
        // A directory that WORKDIR makes is root's, and keeps its owner when files are copied into it.
        let taken = self.image.entries().filter(|(_, e)| paths::is_within(path, &e.path) && self.is_taken(e));
        let first = taken.map(|(_, e)| e.at.instruction).min().unwrap_or(usize::MAX);
        let mut before = self.runtime.analysis.steps.iter().filter(|step| step.instruction <= first);
        let entered = before.any(|step| paths::is_within(path, &step.workdir));
        if one.chown.is_some() && entered && !gives_again(false) {
            return false;
        }
        let by_copy = |e: &Entry| match &one.chown {
            // A directory itself is made anew by a copy of it, and what it holds comes as it is.
            Some(chown) => {
                let inside = e.path != path || !self.copied().any(|source| source == path);
                e.chown.as_ref() == Some(&chown.owner) || self.is_taken(e) && inside
            }
            None => self.is_taken(e),
        };
        let later = |e: &Entry| {
            self.survey.image.entries().any(|(_, original)| {
                original.path == e.path && original.at > operation.at && original.origin == e.origin
            })
        };
        let mut converted = self.image.entries().map(|(_, e)| e).filter(|e| concerns(e)).peekable();
        converted.peek().is_some() && converted.all(|e| by_copy(e) || later(e))
    }
}

/// True for changes that are repeated with the packages which need them, if at all.
fn only_repositories(changes: &[crate::facts::heuristics::SystemChange]) -> bool {
    use crate::facts::heuristics::SystemChange;
    changes.iter().all(|change| matches!(change, SystemChange::Repositories | SystemChange::Ldconfig))
}
