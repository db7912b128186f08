//! Tree against tree: everything that the original image has at its end is in the converted one, from the same origin and
//! with the same owner, or a licence that is found again here lets it go.

mod prepared;
mod system;

use super::{Finding, Stage};
use crate::analyzer::demands::Demands;
use crate::analyzer::{Action, Analysis, CopyAction, Inputs};
use crate::facts::heuristics::WriteKind;
use crate::facts::releases;
use crate::image::{Entry, Extent, Image, Origin};
use crate::paths;
use crate::planner::downloads;
use crate::planner::licences::Ledger;
use crate::planner::licences::packages::{PackageFate, PackageLedger};
use crate::planner::survey::{Survey, Target, is_scratch};
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
    let mut made = Image::of(&builder.analysis, &builder.file, inputs.context, None);
    made.confine(&survey.asked_in_root());
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
    trees.homes(findings);
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

/// A shell text with its white space and line continuations squeezed.
fn squeezed(text: &str) -> String {
    text.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}
