//! What the original Dockerfile's own text says of paths: caches, build trees, sources, what the author gives to the build.
//! The text and the context are all that is asked, never a plan.

use crate::analyzer::demands::{Demands, Program, demands};
use crate::analyzer::pragmas::Place;
use crate::analyzer::{Action, Analysis, Inputs, Unit, analyse};
use crate::context::{BuildContext, DiskContext, Entry as Held};
use crate::facts::heuristics::{Heuristics, WriteKind, glob};
use crate::image::{Entry, Image, Origin};
use crate::paths;
use crate::policy::Policy;
use crate::programs::{self, Opens};
use crate::syntax::{Dockerfile, Kind, parse};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A text with its context, read once.
pub(in crate::verify) struct Original {
    dockerfile: Dockerfile,
    context: DiskContext,
    /// The project's own, when it has some.
    heuristics: Option<Heuristics>,
    build_args: BTreeMap<String, String>,
}

impl Original {
    /// Reads a file with one stage; `None` for any other, of which nothing is known then.
    pub(in crate::verify) fn read(
        text: &str,
        context: &Path,
        ignore_file: Option<&str>,
        build_args: &[String],
    ) -> Option<Original> {
        let dockerfile = parse(text.as_bytes()).ok()?;
        if dockerfile.instructions().filter(|i| matches!(i.kind, Kind::From(_))).count() != 1 {
            return None;
        }
        let folder = tempfile::tempdir().ok()?;
        let beside = folder.path().join("Dockerfile");
        if let Some(ignore) = ignore_file {
            std::fs::write(folder.path().join("Dockerfile.dockerignore"), ignore).ok()?;
        }
        let own = context.join("Dockerfile");
        let beside = if ignore_file.is_some() { beside.as_path() } else { own.as_path() };
        let own_rules = context.join(".msb/heuristics");
        let heuristics = if own_rules.is_dir() { Some(Heuristics::load(&[own_rules]).ok()?) } else { None };
        Some(Original {
            dockerfile,
            context: DiskContext::open(context, Some(beside)).ok()?,
            heuristics,
            build_args: build_args
                .iter()
                .filter_map(|a| a.split_once('='))
                .map(|(n, v)| (n.into(), v.into()))
                .collect(),
        })
    }
}

/// A program that a step compiles.
struct Compiled {
    /// The ecosystem of the compiler.
    ecosystem: String,
    /// Where in the image it is compiled.
    directory: String,
    /// Every path that it opens at run time, when its sources prove it; patterns allowed.
    opens: Option<Vec<String>>,
}

/// What the text says.
pub(in crate::verify) struct Said<'a> {
    heuristics: &'a Heuristics,
    image: Image<'a>,
    analysis: Analysis,
    compiled: Vec<Compiled>,
    ecosystems: BTreeSet<String>,
    /// Directories that the container's servers serve without being told, when it runs nothing else.
    served: Option<Vec<String>>,
    /// Commands that steps run, or that these start by themselves.
    pub(super) called: BTreeSet<String>,
    /// Packages of the distribution that steps name.
    pub(super) named: BTreeSet<String>,
}

impl<'a> Said<'a> {
    pub(in crate::verify) fn of(original: &'a Original) -> Said<'a> {
        let (policy, context) = (Policy::default(), &original.context);
        let heuristics = original.heuristics.as_ref().unwrap_or_else(|| Heuristics::builtin());
        let inputs = Inputs {
            dockerfile: &original.dockerfile,
            context,
            heuristics,
            build_args: &original.build_args,
            projects: &[],
            policy: &policy,
        };
        let analysis = analyse(inputs);
        let image = Image::of(&analysis, &original.dockerfile, context, None);
        let named = image.packages().iter().map(|p| p.name.clone()).collect();
        let mut called = BTreeSet::new();
        let mut compiled = Vec::new();
        for unit in units(&analysis) {
            called.extend(unit.effects.commands.iter().chain(&unit.effects.calls).cloned());
            compiled.extend(compiles(unit, &analysis, context));
        }
        let ecosystems = compiled.iter().map(|c: &Compiled| c.ecosystem.clone()).collect();
        let served = served(demands(inputs, &analysis));
        Said { heuristics, image, analysis, compiled, ecosystems, served, called, named }
    }

    /// The tool that wrote a path calls it a cache, and no other has results there.
    pub(super) fn is_cache(&self, path: &str) -> bool {
        let cache = |e: &&Entry| e.purpose == WriteKind::Cache && !paths::is_shared(&e.path) && e.reaches(path);
        let Some(cache) = self.image.all().iter().filter(cache).max_by_key(|e| e.path.len()) else { return false };
        let result = |e: &Entry| {
            matches!(e.purpose, WriteKind::Artifact | WriteKind::Dependency)
                && e.path.len() >= cache.path.len()
                && e.reaches(path)
        };
        !self.image.all().iter().any(result)
    }

    /// A build tree, and nothing else was written there.
    pub(super) fn is_build_tree(&self, path: &str) -> bool {
        let tree = |e: &&Entry| {
            e.purpose == WriteKind::Intermediate
                && !paths::is_shared(&e.path)
                && *e.path != self.analysis.end.config.workdir
        };
        let Some(tree) = self.image.all().iter().filter(tree).find(|e| e.reaches(path)) else { return false };
        let other = |e: &Entry| {
            !matches!(e.purpose, WriteKind::Intermediate | WriteKind::Cache)
                && e.path.len() > tree.path.len()
                && e.reaches(path)
        };
        !self.image.all().iter().any(other) && self.image.context_has(path).is_none()
    }

    /// The author gives the step that wrote a path to the build.
    pub(super) fn is_authors(&self, path: &str) -> bool {
        let build = |e: &&Entry| self.analysis.pragmas.place(e.at.instruction) == Some(Place::Build);
        self.image.all().iter().rev().find(|e| self.image.holds(e, path)).is_some_and(|e| build(&e))
    }

    /// Directories where steps build, when the container only runs servers and these serve none of it by default.
    pub(super) fn unserved(&self) -> impl Iterator<Item = &String> {
        let apart = |directory: &&String, served: &[String]| {
            !paths::is_shared(directory)
                && !served.iter().any(|s| paths::is_within(directory, s) || paths::is_within(s, directory))
        };
        let directories = self.compiled.iter().map(|c| &c.directory);
        directories.filter(move |d| self.served.as_ref().is_some_and(|served| apart(d, served)))
    }

    /// True when a path lies where a program is compiled.
    pub(super) fn is_compiled_here(&self, path: &str) -> bool {
        self.compiled.iter().any(|c| paths::is_within(&c.directory, path))
    }

    /// A source of a program that a step compiles: an input of the compiler, what the build packs into the program, or, where
    /// the sources prove what the program opens, any other file of the context.
    pub(super) fn is_compiled_source(&self, path: &str) -> bool {
        let from_context = matches!(self.image.context_has(path), Some(Held::File { .. } | Held::Symlink { .. }));
        let fetched = |e: &Entry| {
            let by = e.by.split('/').next().unwrap_or_default();
            e.origin == Origin::Step
                && e.purpose == WriteKind::Source
                && self.ecosystems.contains(by)
                && e.reaches(path)
        };
        if self.compiled.is_empty() || !from_context && !self.image.all().iter().any(fetched) {
            return false;
        }
        if self.heuristics.is_source(&self.ecosystems, paths::name(path)) {
            return true;
        }
        self.compiled.iter().any(|c| {
            let Some(below) = paths::below(&c.directory, path) else { return false };
            let mut folders = self.heuristics.packed_directories(&c.ecosystem).iter();
            let about = below.split('/').any(|part| self.heuristics.is_source(&BTreeSet::new(), part));
            let packed = folders.any(|folder| paths::is_within(folder, below));
            let unopened = |opens: &Vec<String>| !opens.iter().any(|opened| is_opened(opened, path));
            about || packed || c.opens.as_ref().is_some_and(unopened)
        })
    }

    /// Packages of a language that are build tools.
    pub(super) fn is_build_package(&self, name: &str) -> bool {
        self.heuristics.ecosystems().iter().any(|e| e.detect.build_packages.iter().any(|p| p == name))
    }

    /// True for names of files that only compilers and package managers read.
    pub(super) fn is_build_input(&self, name: &str) -> bool {
        self.heuristics.is_build_input(name)
    }

    /// Directories, relative to a project's, that hold a Node program with everything it needs.
    pub(super) fn self_contained(&self) -> impl Iterator<Item = &String> {
        self.heuristics.ecosystems().iter().flat_map(|e| &e.detect.self_contained)
    }
}

/// What servers serve without being told; nothing when anything else runs, or a script could not be read.
fn served(demands: Demands) -> Option<Vec<String>> {
    let only = !demands.programs.is_empty() && demands.programs.iter().all(|p| matches!(p, Program::Server { .. }));
    (only && demands.unread.is_empty()).then_some(demands.served)
}

fn units(analysis: &Analysis) -> impl Iterator<Item = &Unit> {
    analysis.steps.iter().flat_map(|step| match &step.action {
        Action::Run(run) => run.units.as_slice(),
        _ => &[],
    })
}

/// What a part of a RUN compiles, by what it writes.
fn compiles(unit: &Unit, analysis: &Analysis, context: &dyn BuildContext) -> Vec<Compiled> {
    let mut found: BTreeMap<String, Compiled> = BTreeMap::new();
    let Some(directory) = unit.cwd.as_deref() else { return Vec::new() };
    for write in &unit.effects.writes {
        let ecosystem = write.by.split('/').next().unwrap_or_default();
        if ecosystem.is_empty() || !matches!(write.kind, WriteKind::Artifact | WriteKind::Intermediate) {
            continue;
        }
        found.entry(ecosystem.to_owned()).or_insert_with(|| Compiled {
            ecosystem: ecosystem.to_owned(),
            directory: directory.to_owned(),
            opens: source_of(directory, analysis, context)
                .and_then(|source| opens(ecosystem, context, &source, &analysis.end.config.workdir)),
        });
    }
    found.into_values().collect()
}

/// The folder of the context that lies at a directory of the image, copied whole or piece by piece.
fn source_of(directory: &str, analysis: &Analysis, context: &dyn BuildContext) -> Option<String> {
    if let Some((source, Held::Directory)) = analysis.files.entry(directory, context) {
        return Some(source);
    }
    let mut found: Option<String> = None;
    for landing in analysis.files.landings() {
        let Some(below) = paths::below(directory, &landing.destination) else { continue };
        let source = landing.source.strip_suffix(below).map(|s| s.trim_end_matches('/'))?;
        if found.get_or_insert_with(|| source.to_owned()) != source {
            return None;
        }
    }
    found
}

/// Absolute paths that a program opens; `None` when its sources do not prove it.
fn opens(ecosystem: &str, context: &dyn BuildContext, source: &str, workdir: &str) -> Option<Vec<String>> {
    let reading = programs::read_program(ecosystem, context, source)?;
    if !reading.self_contained
        || !reading.complete
        || !reading.user_given.is_empty()
        || !reading.subprocesses.is_empty()
        || !reading.unknown_subprocesses.is_empty()
    {
        return None;
    }
    match reading.opens {
        Opens::Nothing => Some(Vec::new()),
        Opens::These(found) => Some(found.into_iter().map(|f| paths::join(workdir, &f.value)).collect()),
        Opens::NotProven(_) => None,
    }
}

/// True when a program that opens `opened` may read `path`.
fn is_opened(opened: &str, path: &str) -> bool {
    let fixed: Vec<&str> = opened.split('/').take_while(|part| !part.contains(['*', '?', '[', '{'])).collect();
    let fixed = fixed.join("/");
    paths::is_within(if fixed.is_empty() { "/" } else { &fixed }, path) || glob(opened, path)
}
