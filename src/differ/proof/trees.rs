//! Tree against tree: everything that the original image has at its end is in the converted one, from the same origin and
//! with the same owner, or a licence that is found again here lets it go.

mod prepared;

use super::{Finding, Stage};
use crate::analyzer::demands::Demands;
use crate::analyzer::{Action, Analysis, CopyAction, Inputs};
use crate::facts::contents::{CERTIFICATES, ZONES};
use crate::facts::heuristics::{SystemChange, WriteKind};
use crate::facts::images::Libc;
use crate::facts::packages::is_file;
use crate::facts::releases;
use crate::image::{At, Entry, Extent, Image, Operation, Origin, is_system_change};
use crate::paths;
use crate::planner::accounts::{self, Named};
use crate::planner::downloads;
use crate::planner::licences::Ledger;
use crate::planner::licences::packages::{PackageFate, PackageLedger};
use crate::planner::supply::operations::given_files;
use crate::planner::survey::{Survey, Target, is_scratch, made_by_copies};
use std::collections::BTreeSet;

/// Holds the original's tree against the one that a rendered file makes.
pub(super) fn compare(
    inputs: Inputs<'_>,
    analysis: &Analysis,
    demands: &Demands,
    builder: &Stage,
    runtime: &Stage,
    target: &Target,
    findings: &mut Vec<Finding>,
) {
    let survey = Survey::new(inputs, analysis, demands, target);
    let ledger = Ledger::of(&survey);
    let packages = PackageLedger::of(&survey, &ledger);
    let made = Image::of(&builder.analysis, &builder.file, inputs.context, None);
    let name = builder.name.as_deref().unwrap_or_default();
    let image = Image::of(&runtime.analysis, &runtime.file, inputs.context, Some((name, &made)));
    let trees = Trees { survey: &survey, ledger: &ledger, made: &made, image: &image, builder: name, runtime };
    trees.entries(findings);
    trees.removed(findings);
    trees.sources(findings);
    trees.packages(&packages, findings);
    trees.commands(&packages, findings);
    trees.properties(&packages, findings);
    trees.system(&packages, findings);
    trees.accounts(findings);
    trees.owners(findings);
    trees.made_by_copies(findings);
    trees.credentials(findings);
    trees.readable(findings);
    trees.prepared(findings);
    trees.gain(&packages, findings);
    if survey.cut.is_some_and(|cut| !holds_steps(analysis, builder, cut)) {
        findings.push(Finding::LostStep { step: "a step that builds".to_owned() });
    }
}

/// True when the builder has as many RUN instructions as the original has up to the last one that builds.
fn holds_steps(analysis: &Analysis, builder: &Stage, cut: usize) -> bool {
    let runs = |analysis: &Analysis, last: usize| {
        let steps = analysis.steps.iter().filter(|step| step.instruction <= last);
        steps.filter(|step| matches!(step.action, Action::Run(_))).count()
    };
    let moved = analysis.steps.iter().filter(|step| {
        let runs = matches!(step.action, Action::Run(_)) && step.instruction <= cut;
        runs && analysis.pragmas.place(step.instruction) == Some(crate::analyzer::pragmas::Place::Runtime)
    });
    runs(&builder.analysis, usize::MAX) + moved.count() >= runs(analysis, cut)
}

struct Trees<'t, 'a> {
    survey: &'t Survey<'a>,
    ledger: &'t Ledger,
    /// The builder's image.
    made: &'t Image<'a>,
    /// The converted image.
    image: &'t Image<'a>,
    builder: &'t str,
    runtime: &'t Stage,
}

impl Trees<'_, '_> {
    /// Everything that stays is there.
    fn entries(&self, findings: &mut Vec<Finding>) {
        let mut missed: BTreeSet<String> = BTreeSet::new();
        for (i, entry) in self.survey.image.entries() {
            if self.is_written_over(i, entry) {
                continue;
            }
            match self.ledger.left(i) {
                None if !self.has(entry) => {
                    missed.insert(entry.path.clone());
                }
                Some(left) => missed.extend(left.stays.iter().filter(|path| !self.has_part(path)).cloned()),
                None => {}
            }
        }
        let asked = self.survey.demands.paths.iter().map(|demand| &demand.path);
        missed.extend(asked.filter(|path| !self.has_part(path)).cloned());
        findings.extend(missed.into_iter().map(|path| Finding::MissingPath { path }));
    }

    /// What the original takes away again is not there.
    fn removed(&self, findings: &mut Vec<Finding>) {
        let mut remains: BTreeSet<String> = BTreeSet::new();
        let original = &self.survey.image;
        let counts = |e: &Entry| e.gone.is_some() && e.certain && e.purpose != WriteKind::Cache;
        for entry in original.all().iter().filter(|e| counts(e) && !is_scratch(&e.path)) {
            let there = |e: &Entry| e.path == entry.path && self.is_same_origin(entry, e);
            let again = original.entries().any(|(_, e)| original.holds(e, &entry.path));
            if !again && self.image.entries().any(|(_, e)| there(e) && self.image.holds(e, &entry.path)) {
                remains.insert(entry.path.clone());
            }
        }
        // What the base image or a package brought is there again unless a step takes it away again.
        for (path, at) in self.survey.bared() {
            // One part of a step may remove and install in any order.
            let again = original.entries().any(|(_, e)| original.holds(e, path) || e.at == *at && e.reaches(path));
            let mut taken = self.image.operations().iter().flat_map(|o| &o.operation.removes);
            if !again && !taken.any(|removed| paths::is_within(removed, path)) {
                remains.insert(path.clone());
            }
        }
        findings.extend(remains.into_iter().map(|path| Finding::Remains { path }));
    }

    /// True when something later stands in the entry's place.
    fn is_written_over(&self, index: usize, entry: &Entry) -> bool {
        let empty = entry.origin == Origin::Plain && entry.sources.is_empty() && entry.extent == Extent::One;
        self.survey.image.entries().filter(|(i, _)| *i > index).any(|(_, later)| {
            let whole = later.certain && matches!(later.extent, Extent::One | Extent::Tree);
            let same = later.path == entry.path && (entry.extent == Extent::One || later.origin == entry.origin);
            let inside = match (entry.context_path(&entry.path), later.context_path(&entry.path)) {
                (Some(one), Some(other)) => one == other && entry.extent != Extent::Into,
                _ => false,
            };
            // A tree of the context that has a file of that path puts it there again.
            let again = entry.extent != Extent::Into
                && later.context_path(&entry.path).is_some_and(|source| {
                    matches!(self.survey.inputs.context.entry(&source), crate::context::Entry::File { .. })
                });
            whole && (same && !empty || inside || again) || empty && later.path == entry.path
        })
    }

    /// True when the converted image has what an entry stands for, from where the original has it.
    fn has(&self, entry: &Entry) -> bool {
        if entry.origin == Origin::Plain && entry.step.is_empty() {
            return true;
        }
        self.image.entries().any(|(_, other)| self.is_same(entry, other)) || self.is_empty_directory(entry)
    }

    /// An entry of the converted image is the same as one of the original.
    fn is_same(&self, entry: &Entry, other: &Entry) -> bool {
        let reaches = match entry.extent {
            Extent::One => other.path == entry.path || other.extent != Extent::One && other.reaches(&entry.path),
            Extent::Tree => {
                other.extent == Extent::Tree && paths::is_within(&other.path, &entry.path)
                    || !entry.certain && other.path == entry.path
            }
            extent => {
                other.path == entry.path && other.extent == extent
                    || other.extent == Extent::Tree && paths::is_within(&other.path, &entry.path)
            }
        };
        reaches && self.is_same_origin(entry, other)
    }

    fn is_same_origin(&self, entry: &Entry, other: &Entry) -> bool {
        match (&entry.origin, &other.origin) {
            (Origin::Context { .. }, Origin::Context { .. }) => {
                entry.context_path(&entry.path) == other.context_path(&entry.path)
            }
            (Origin::Step | Origin::Plain, Origin::Step | Origin::Plain) => {
                let same_step = squeezed(&entry.step) == squeezed(&other.step);
                // An installation that runs again says the same in other words.
                same_step || entry.by == other.by && !entry.by.is_empty() && entry.path == other.path
            }
            (one, another) => one == another,
        }
    }

    /// True for a directory that a step made and that the converted image has, whoever makes it there.
    fn is_empty_directory(&self, entry: &Entry) -> bool {
        let made = entry.origin == Origin::Plain && entry.sources.is_empty() || entry.link;
        let copied = || {
            self.copied().any(|source| paths::is_within(&source, &entry.path))
                || self.image.entries().any(|(_, e)| paths::is_within(&entry.path, &e.path))
        };
        made && (copied() || self.is_made_by_base(&entry.path) || self.holds_only_licensed(entry))
    }

    /// True when nothing of what lay in a directory stays, and nothing else uses it.
    fn holds_only_licensed(&self, entry: &Entry) -> bool {
        let mut inside = self
            .survey
            .image
            .entries()
            .filter(|(_, e)| e.path != entry.path && paths::is_within(&entry.path, &e.path))
            .peekable();
        inside.peek().is_some() && inside.all(|(i, _)| self.ledger.left(i).is_some_and(|left| left.stays.is_empty()))
    }

    fn is_made_by_base(&self, path: &str) -> bool {
        paths::is_shared(path) || self.runtime.analysis.steps.iter().any(|step| paths::is_within(path, &step.workdir))
    }

    /// True when the converted image has a path, made by the step or from the context file that the original's is made by.
    fn has_part(&self, path: &str) -> bool {
        let Some(original) = self.survey.image.provider(path) else { return true };
        self.image.entries().any(|(_, other)| {
            let there = other.path == *path || other.extent != Extent::One && self.image.holds(other, path);
            let same_context =
                original.context_path(path).is_some_and(|p| other.context_path(path).as_ref() == Some(&p));
            there && (same_context || original.context_path(path).is_none() && self.is_same_origin(original, other))
        })
    }

    /// True when all files of a package that the builder's image has are copied to where they were.
    fn has_files_of(&self, package: &str) -> bool {
        let from_builder =
            |copy: &&CopyAction| copy.from.as_deref().is_some_and(|from| from.eq_ignore_ascii_case(self.builder));
        let lands = |path: &String| {
            let copies = self.runtime.analysis.steps.iter().filter_map(|step| match &step.action {
                Action::Copy(copy) => Some(copy),
                _ => None,
            });
            copies.filter(from_builder).any(|copy| {
                let mut pairs = copy.from_stage.iter().zip(copy.arrivals());
                pairs.any(|(source, arrival)| paths::join("/", source) == *path && arrival == *path)
            })
        };
        self.survey.before.has(package) && releases::files_of(package).is_some_and(|files| files.iter().all(lands))
    }

    /// Source paths of the copies from the builder.
    fn copied(&self) -> impl Iterator<Item = String> {
        self.runtime.analysis.steps.iter().flat_map(|step| match &step.action {
            Action::Copy(copy) if copy.from.as_deref().is_some_and(|f| f.eq_ignore_ascii_case(self.builder)) => {
                copy.from_stage.iter().map(|source| paths::join("/", source)).collect()
            }
            _ => Vec::new(),
        })
    }

    /// What a COPY from the builder names is there, whatever the build's tools choose to write.
    fn sources(&self, findings: &mut Vec<Finding>) {
        let wanted = self.survey.wanted();
        // Of a path of the system that no step writes, the base image has to know.
        let brought_by_base = |path: &str| {
            let written = self.made.entries().any(|(_, e)| paths::is_within(&e.path, path) && e.path != "/");
            !written && ["/usr", "/etc", "/lib", "/opt"].iter().any(|root| paths::is_within(root, path))
        };
        for source in self.copied() {
            let by_author = self
                .made
                .entries()
                .any(|(_, e)| crate::analyzer::pragmas::is_artifact(&e.by) && paths::is_within(&e.path, &source));
            let settings = self.made.entries().any(|(_, e)| {
                let rule = self.survey.inputs.heuristics.command(&e.by);
                e.path == source && rule.is_some_and(|rule| rule.settings_of.is_some())
            });
            // The project's own build files say under which names its programs are installed.
            let named = self.survey.image.entries().any(|(i, e)| {
                e.extent == Extent::Into && self.ledger.left(i).is_some_and(|left| left.stays.contains(&source))
            });
            let asked = named || wanted.iter().any(|path| paths::is_within(&source, path));
            let sure = settings
                || self.made.is_certain(&source)
                || asked && !self.survey.is_doubtful(&source) && self.made.provider(&source).is_some()
                || by_author
                || brought_by_base(&source);
            if !sure {
                findings.push(Finding::UncertainCopy { path: source });
            }
        }
    }

    /// Every package that stays is installed, and what takes the place of one that leaves.
    fn packages(&self, ledger: &PackageLedger, findings: &mut Vec<Finding>) {
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
    fn commands(&self, packages: &PackageLedger, findings: &mut Vec<Finding>) {
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
    fn properties(&self, packages: &PackageLedger, findings: &mut Vec<Finding>) {
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
    fn system(&self, packages: &PackageLedger, findings: &mut Vec<Finding>) {
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
    fn accounts(&self, findings: &mut Vec<Finding>) {
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
    fn owners(&self, findings: &mut Vec<Finding>) {
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
    fn made_by_copies(&self, findings: &mut Vec<Finding>) {
        let is_root = |user: &str| matches!(user.split(':').next().unwrap_or_default(), "" | "root" | "0");
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
    fn credentials(&self, findings: &mut Vec<Finding>) {
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
    fn readable(&self, findings: &mut Vec<Finding>) {
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

    /// True when an entry of the converted image comes from the builder.
    fn is_taken(&self, entry: &Entry) -> bool {
        self.runtime.analysis.steps.iter().any(|step| match &step.action {
            Action::Copy(copy) => {
                step.instruction == entry.at.instruction
                    && copy.from.as_deref().is_some_and(|from| from.eq_ignore_ascii_case(self.builder))
            }
            _ => false,
        })
    }

    /// A result that takes nothing from the builder, or leaves nothing behind, is no conversion.
    fn gain(&self, packages: &PackageLedger, findings: &mut Vec<Finding>) {
        let leaves = !self.runtime.same_image
            || self.ledger.all().next().is_some()
            || packages.fates.iter().any(|fate| *fate != PackageFate::Kept)
            || !downloads::kept(self.survey).is_empty();
        if !leaves {
            findings.push(Finding::Stages { message: "nothing is left behind in the builder".to_owned() });
        }
        let installs = self.image.entries().any(|(_, e)| e.purpose == WriteKind::Dependency && e.is_built());
        if self.copied().next().is_none() && !installs {
            findings.push(Finding::Stages { message: "nothing is taken from the builder".to_owned() });
        }
    }
}

/// True for changes that are repeated with the packages which need them, if at all.
fn only_repositories(changes: &[crate::facts::heuristics::SystemChange]) -> bool {
    use crate::facts::heuristics::SystemChange;
    changes.iter().all(|change| matches!(change, SystemChange::Repositories | SystemChange::Ldconfig))
}

/// A shell text with its white space and line continuations squeezed.
fn squeezed(text: &str) -> String {
    text.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}
