//! Which entries of the original image may leave, and why: asked by the planner and, again, by the proof. What no licence
//! lets go stays.
//!
//! Here are *author*, *cache*, *secret* and most of *scratch*, which need no more than the entry; `tools` has *toolchain*,
//! `sources` has *compiled-source* and *development-dependency*, `packages` has *build-package*.

mod built_in;
pub(crate) mod packages;
mod sources;
#[cfg(test)]
mod tests;
mod tools;
mod traced;

use super::survey::{Survey, is_compiled, is_copy, is_scratch};
use crate::analyzer::pragmas::{self, Place};
use crate::facts::heuristics::{Arg, WriteKind};
use crate::facts::packages::is_file;
use crate::image::{Entry, Extent, Origin};
use crate::licence::Licence;
use crate::paths;
use crate::programs;
use crate::rules::{self, Reason};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) use sources::{lands_in, named_in};
pub(crate) use tools::{called, installs_commands, is_carried_whole, is_unprovided};

/// Why an entry leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Left {
    /// The licence.
    pub(crate) licence: Licence,
    /// What was seen.
    pub because: String,
    /// Paths inside that stay all the same.
    pub stays: Vec<String>,
}

/// The fate of every entry of an image, by its index.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    left: BTreeMap<usize, Left>,
    /// What the licences rest on beyond what is proven.
    pub(crate) assumptions: Vec<Reason>,
    /// What would be lost, and nobody can say by which name.
    pub(crate) refusals: Vec<Reason>,
}

impl Ledger {
    /// Asks every licence about every entry.
    pub(crate) fn of(survey: &Survey<'_>) -> Ledger {
        let mut ledger = Ledger::default();
        for (i, entry) in survey.image.entries() {
            if let Some(left) = plain_licence(survey, entry) {
                ledger.left.insert(i, left);
            }
        }
        ledger.credentials(survey);
        tools::toolchains(survey, &mut ledger);
        ledger.programs(survey);
        sources::compiled_sources(survey, &mut ledger);
        built_in::compiled_paths(survey, &mut ledger);
        ledger
    }

    /// Why an entry leaves; nothing for what stays.
    pub(crate) fn left(&self, entry: usize) -> Option<&Left> {
        self.left.get(&entry)
    }

    /// Every entry that leaves.
    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, &Left)> {
        self.left.iter().map(|(i, left)| (*i, left))
    }

    fn let_go(&mut self, entry: usize, licence: Licence, because: impl Into<String>, stays: Vec<String>) {
        self.left.entry(entry).or_insert(Left { licence, because: because.into(), stays });
    }

    /// Files of their own with credentials, those included that a later step removes: they would lie in a layer.
    fn credentials(&mut self, survey: &Survey<'_>) {
        for (i, entry) in survey.image.all().iter().enumerate() {
            let kept = survey.analysis.pragmas.is_kept_whole(entry.at.instruction) || pragmas::is_artifact(&entry.by);
            let holds = entry.extent == Extent::One && survey.credentials_of(entry).iter().any(|c| c.seen);
            if holds && !kept {
                self.let_go(i, Licence::Secret, "it holds credentials that only the build reads", Vec::new());
            }
        }
    }

    /// Build trees, results on the way to their place, and programs that only the build calls.
    fn programs(&mut self, survey: &Survey<'_>) {
        for (i, entry) in survey.image.entries() {
            if self.left.contains_key(&i) || !entry.is_built() || pragmas::is_artifact(&entry.by) {
                continue;
            }
            let wanted = survey.wanted_of(entry);
            match entry.purpose {
                WriteKind::Intermediate if survey.native && holds_libraries(survey, entry, &wanted) => {}
                WriteKind::Intermediate if survey.native || bundles(survey, entry) => {
                    self.let_go(i, Licence::Scratch, "the build's own tree; what runs in it is copied out", wanted);
                }
                WriteKind::Artifact if wanted.is_empty() && is_moved_on(survey, entry, 0) => {
                    self.let_go(i, Licence::Scratch, "a later step puts it where it is needed", wanted);
                }
                WriteKind::Artifact
                    if matches!(entry.extent, Extent::Into | Extent::Within) && !survey.is_hosted(entry) =>
                {
                    self.unnamed_programs(survey, i, entry, wanted);
                }
                _ => {}
            }
        }
    }

    /// Programs that were installed under names which nobody says. When all that runs is read, what it does not call is a
    /// tool; where it is not read, they stay, as far as the directory holds nothing else.
    fn unnamed_programs(&mut self, survey: &Survey<'_>, i: usize, entry: &Entry, wanted: Vec<String>) {
        let alike = |e: &Entry| e.purpose == entry.purpose && e.extent == entry.extent && e.path == entry.path;
        let opened = survey.opened.iter().flatten().filter(|path| paths::is_within(&entry.path, path));
        let mut wanted: Vec<String> = wanted.into_iter().chain(opened.cloned()).collect();
        // Programs of the project itself are what the build is for, whoever starts them. Tools come from elsewhere.
        let own = project_programs(survey, entry);
        let counted = !matches!(own, Programs::OfUnknownNames);
        let from_elsewhere = matches!(own, Programs::NotOfProject);
        if let Programs::Named(names) = own {
            wanted.extend(
                names
                    .into_iter()
                    .map(|name| paths::join(&entry.path, &name))
                    .filter(|p| !wanted.contains(p))
                    .collect::<Vec<_>>(),
            );
        }
        let beside = survey.image.entries().filter(|(_, e)| alike(e)).count();
        let all_wanted = entry.extent == Extent::Into && wanted.len() >= beside && counted;
        let heard = survey.started.as_ref().is_some_and(|started| started.complete) && survey.native;
        let language = entry.by.split('/').next().unwrap_or_default();
        // Below a directory there may also be files that the program opens, and libraries that it loads.
        let known = heard
            && match entry.extent {
                Extent::Into => counted,
                _ => survey.opened.is_some() && !survey.makes_libraries(language),
            };
        if all_wanted || known && (!wanted.is_empty() || from_elsewhere && entry.extent == Extent::Into) {
            self.let_go(i, Licence::Toolchain, "nothing that runs calls what else is installed there", wanted);
            return;
        }
        let own = survey.inputs.heuristics.command(&entry.by).is_some_and(|rule| rule.own_directory);
        let carried = tools::is_carried_whole(survey, &entry.path)
            || !paths::is_shared(&entry.path) && !survey.is_on_base_path(&entry.path);
        if own && entry.extent == Extent::Into || carried || wanted.is_empty() && survey.is_on_base_path(&entry.path) {
            return;
        }
        let span = survey.instructions.get(entry.at.instruction).map(|i| i.span);
        let reason = match entry.extent {
            Extent::Into => {
                let asked = wanted.iter().map(|path| format!("`{}`", paths::name(path))).collect::<Vec<_>>().join(", ");
                let asked = if asked.is_empty() { "none of them".to_owned() } else { asked };
                let words = format!(
                    "several commands may install programs into `{}`, and run time is only known to start {asked}",
                    entry.path
                );
                rules::ASSUMED_SUBPROCESS.because(words, span)
            }
            // The author has named it for what programs read.
            _ if is_for_run_time(survey, entry) => {
                let words = format!("what is installed below `{}` has names that nobody says", entry.path);
                self.refusals.push(rules::OPAQUE_STEP.because(words, span));
                return;
            }
            _ => {
                let words =
                    format!("what is installed below `{}` beside the program is taken to be for builds", entry.path);
                rules::ASSUMED_COMMAND.because(words, span)
            }
        };
        if !self.assumptions.iter().any(|told| told.rule == reason.rule) {
            self.assumptions.push(reason);
        }
        self.let_go(i, Licence::Toolchain, "taken to be tools of the build", wanted);
    }
}

/// True for a directory of the system where installations put what programs read, and no tools, when a step names it.
fn is_for_run_time(survey: &Survey<'_>, entry: &Entry) -> bool {
    let is_end = |c: char| c.is_whitespace() || "='\"".contains(c);
    if !survey.runs().any(|(_, run)| run.text.split(is_end).any(|word| word.trim_end_matches('/') == entry.path)) {
        return false;
    }
    let language = entry.by.split('/').next().unwrap_or_default();
    let roots = survey.inputs.heuristics.ecosystem(language).map(|language| &language.detect.installs.roots);
    roots.into_iter().flatten().any(|root| paths::is_within(root, &entry.path))
}

/// Programs of the project itself that a command puts into a directory under names that its tool chooses.
enum Programs {
    /// It installs something from elsewhere.
    NotOfProject,
    Named(BTreeSet<String>),
    OfUnknownNames,
}

/// The names of the project's own programs that an entry puts into its directory, where that is all and they are known.
pub(crate) fn own_programs(survey: &Survey<'_>, entry: &Entry) -> Option<BTreeSet<String>> {
    match project_programs(survey, entry) {
        Programs::Named(names) => Some(names),
        Programs::NotOfProject | Programs::OfUnknownNames => None,
    }
}

fn project_programs(survey: &Survey<'_>, entry: &Entry) -> Programs {
    let own_directory = survey.inputs.heuristics.command(&entry.by).is_some_and(|rule| rule.own_directory);
    let words: Vec<&str> = entry.step.split_whitespace().collect();
    // `name@version`; a value of an option has `=` in it.
    let from_elsewhere = words.iter().any(|word| word.contains('@') && !word.contains('=') && !word.starts_with('-'));
    if entry.extent != Extent::Into || own_directory || from_elsewhere || names_a_package(survey, entry, &words) {
        return Programs::NotOfProject;
    }
    match project_of(survey, entry, &words) {
        None => Programs::NotOfProject,
        Some((language, root)) => {
            let names = programs::products(language, survey.inputs.context, &root, &words);
            names.map_or(Programs::OfUnknownNames, Programs::Named)
        }
    }
}

/// The names of the programs that a step makes of the project in its directory, where they are known.
pub(crate) fn programs_of_project(survey: &Survey<'_>, entry: &Entry) -> Option<BTreeSet<String>> {
    let words: Vec<&str> = entry.step.split_whitespace().collect();
    // Files may have been copied into the directory one by one.
    let piecewise = || {
        let directory = survey.unit(entry.at).and_then(|unit| unit.cwd.as_deref())?;
        Some((entry.by.split('/').next().unwrap_or_default(), survey.context_of(directory)?))
    };
    let (language, root) = project_of(survey, entry, &words).or_else(piecewise)?;
    programs::products(language, survey.inputs.context, &root, &words)
}

/// The language of a step that builds the project, and the project's directory in the build context.
fn project_of<'e>(survey: &Survey<'_>, entry: &'e Entry, words: &[&str]) -> Option<(&'e str, String)> {
    let unit = survey.unit(entry.at);
    let absolute = words.iter().find(|word| word.starts_with('/') && survey.root_of(word).is_some());
    let directory = absolute.copied().or(unit.and_then(|unit| unit.cwd.as_deref()));
    let source = directory.and_then(|directory| survey.analysis.files.entry(directory, survey.inputs.context));
    let (root, _) = source?;
    Some((entry.by.split('/').next().unwrap_or_default(), root))
}

/// True when a command is given the name of a package from elsewhere rather than the project.
fn names_a_package(survey: &Survey<'_>, entry: &Entry, words: &[&str]) -> bool {
    let heuristics = survey.inputs.heuristics;
    let Some(rule) = heuristics.command(&entry.by).filter(|rule| !rule.project_flags.is_empty()) else { return false };
    let command = words.iter().skip_while(|word| word.contains('='));
    let argv: Vec<Arg> = command.map(|word| Arg { text: (*word).to_owned(), exact: true }).collect();
    let flags: Vec<&str> = rule.project_flags.iter().map(String::as_str).collect();
    !heuristics.has_option(&argv, &flags) && !heuristics.positionals(rule, &argv).is_empty()
}

/// The licences that need no more than the entry: the author's word, caches, scratch, credentials.
fn plain_licence(survey: &Survey<'_>, entry: &Entry) -> Option<Left> {
    let left = |licence, because: &str| Some(Left { licence, because: because.to_owned(), stays: Vec::new() });
    if pragmas::is_artifact(&entry.by) {
        return None;
    }
    if survey.analysis.pragmas.place(entry.at.instruction) == Some(Place::Build) {
        return left(Licence::Author, "a comment gives the step to the build");
    }
    let opened = survey.opened.iter().flatten().any(|path| paths::is_within(&entry.path, path));
    // What a later step writes there is that one's.
    let provides = |path: &str| survey.image.provider(path).is_none_or(|last| last.at <= entry.at);
    let asked = |path: &str| paths::is_within(&entry.path, path) && provides(path);
    let wanted = opened || survey.demands.paths.iter().any(|demand| asked(&demand.path));
    let wanted = wanted || survey.names_inside(&entry.path);
    if entry.purpose == WriteKind::Cache && !wanted {
        return left(Licence::Cache, "a cache of the tool that wrote it");
    }
    let workdir = &survey.analysis.end.config.workdir;
    // What a rule calls data is needed wherever it lies; but a download into /tmp is for the build.
    let data = entry.purpose == WriteKind::Data && !entry.by.is_empty() && !paths::is_within("/tmp", &entry.path);
    let wanted = wanted || data || survey.is_named_by_variable(&entry.path);
    let entered = paths::is_within(&entry.path, workdir) || paths::is_within(workdir, &entry.path);
    let wanted = wanted || is_scratch(workdir) && entered;
    // A package is installed from it again.
    let is_it = |name: &str| is_file(name) && paths::name(name) == paths::name(&entry.path);
    let wanted = wanted || survey.image.packages().iter().any(|p| p.removed.is_none() && is_it(&p.name));
    let wanted = wanted || survey.is_read_by_installs(entry);
    let read = || entry.certain && survey.sources_mention(&entry.path) == Some(true);
    // A directory that is made for somebody is for run time, whatever lies in it by then.
    let made = entry.origin == Origin::Plain && entry.sources.is_empty() && entry.extent == Extent::One && !entry.link;
    let given = || {
        survey.image.operations().iter().any(|o| {
            let metadata = o.operation.metadata_only && !o.operation.is_touch;
            metadata && o.operation.writes.iter().any(|path| paths::is_within(path, &entry.path) && *path != "/")
        })
    };
    let temporary = paths::is_within("/tmp", &entry.path) || paths::is_within("/var/tmp", &entry.path);
    let for_somebody = made && (!temporary || given());
    if is_scratch(&entry.path) && !wanted && !for_somebody && !read() {
        return left(Licence::Scratch, "a directory for temporary files");
    }
    None
}

/// True when a build tree may hold libraries that a program loads from there. An installation puts them elsewhere.
fn holds_libraries(survey: &Survey<'_>, entry: &Entry, wanted: &[String]) -> bool {
    let language = entry.by.split('/').next().unwrap_or_default();
    let installed = survey.image.entries().any(|(_, e)| {
        let places = matches!(e.extent, Extent::Into | Extent::Within) && e.purpose == WriteKind::Artifact;
        places && !paths::is_within(&entry.path, &e.path) && e.at > entry.at
    });
    survey.makes_libraries(language) && (!wanted.is_empty() || !installed)
}

/// True when a result of the build was only a step on the way: a later step puts it somewhere else.
fn is_moved_on(survey: &Survey<'_>, entry: &Entry, depth: usize) -> bool {
    depth < 3
        && survey.image.entries().any(|(_, other)| {
            let from_here = other.sources.contains(&entry.path) && other.path != entry.path;
            if other.link {
                return false;
            }
            from_here && is_compiled(other) && paths::parent(&other.path) != paths::parent(&entry.path)
                || from_here && is_copy(other)
        })
        || entry.link && depth < 3 && {
            let leads = |source: &String| survey.image.provider(source);
            entry.sources.iter().filter_map(leads).all(|e| e != entry && is_moved_on(survey, e, depth + 1))
                && !entry.sources.is_empty()
        }
}

/// True when the build packs everything that a demanded file needs into it.
pub(crate) fn bundles(survey: &Survey<'_>, entry: &Entry) -> bool {
    let Some(rule) = survey.inputs.heuristics.command(&entry.by) else { return false };
    let directory = paths::parent(&entry.path);
    rule.bundles.iter().any(|condition| {
        let path = paths::join(directory, &condition.file);
        let text = survey.analysis.files.text(&path, survey.inputs.context);
        text.is_some_and(|text| condition.any.iter().any(|word| text.contains(word.as_str())))
    })
}
