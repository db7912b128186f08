//! Where each written path goes: copied from the builder, brought again from the build context, made again by a plain
//! file operation, or left behind.
//!
//! Paths are grouped into *roots*: directories that belong to the program (`/app`), not to the system. A root whose
//! contents after the build are not known path by path is copied as a whole; otherwise only what the build added is
//! copied, and the rest comes from the context again, in the original order.

mod copies;
mod installs;
mod operations;
mod roots;

use super::packages::RunText;
use super::{ByInstruction, Planner, Refusal, matters};
use crate::analyzer::demands::Program;
use crate::analyzer::effects::{FileOperation, PathWrite};
use crate::analyzer::pragmas::{Place, Pragmas};
use crate::analyzer::state::Landing;
use crate::analyzer::{Action, CopyAction, RunAction, Step, Unit};
use crate::context::Entry;
use crate::facts::heuristics::{Reach, SystemChange, WriteKind};
use crate::paths;
use crate::programs::Reading;
use crate::rules::{self, Reason};
use std::collections::{BTreeMap, BTreeSet};

/// A path that is copied from the builder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuilderCopy {
    pub(crate) path: String,
    pub(crate) chown: Option<String>,
}

/// The result.
#[derive(Debug, Default)]
pub(crate) struct Placement {
    /// Index of the last instruction that the builder needs; `None` when nothing builds.
    pub(crate) cut: Option<usize>,
    /// Copies from the builder, after the instruction with this index.
    pub(crate) copies_after: ByInstruction<Vec<BuilderCopy>>,
    /// Copies from the builder that a repeated step of this instruction reads.
    pub(crate) copies_before: ByInstruction<Vec<BuilderCopy>>,
    /// Parts of RUN instructions (by index) that install dependencies again in place of a copy.
    pub(crate) repeated: BTreeSet<(usize, usize)>,
    /// COPY and ADD instructions that the runtime stage repeats.
    pub(crate) restated_copies: BTreeSet<usize>,
    /// RUN instructions of which the runtime stage repeats something.
    pub(crate) replays: ByInstruction<RunText>,
    /// Paths that run time needs.
    pub(crate) needed_paths: BTreeSet<String>,
    /// Users that steps make.
    pub(crate) users: BTreeSet<String>,
    /// What this rests on.
    pub(crate) assumptions: Vec<Reason>,
    /// Estimated MB of build output that stays behind.
    pub(crate) saved_mb: u32,
    /// An instruction that follows the last copy.
    pub(crate) after_copies: Option<String>,
    /// What the sources of native programs say.
    pub(crate) readings: Vec<Reading>,
    /// The sources prove that no TLS connection is made.
    pub(crate) tls_excluded: bool,
    /// Parts of RUN instructions that are repeated.
    pub(crate) chosen_units: ByInstruction<BTreeSet<usize>>,
    /// Every program is a file that the build made: nothing is interpreted.
    pub(crate) native: bool,
    /// Of some program that the build made it is not known what it does.
    pub(crate) unread: bool,
}

/// How a root gets to the runtime stage.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mode {
    /// As a whole from the builder.
    Tree,
    /// What the build added, path by path; the rest again from the context.
    Precise,
    /// Only these paths: the program is proven to need nothing else.
    Proven(Vec<String>),
    /// Not at all.
    Dropped,
}

#[derive(Debug)]
struct Root {
    path: String,
    mode: Mode,
}

struct Write<'a> {
    instruction: usize,
    unit: &'a Unit,
    write: PathWrite,
    /// Exactly this path is written, and nothing beside it.
    exact: bool,
}

struct Operation<'a> {
    instruction: usize,
    operation: &'a FileOperation,
}

/// Directories that hold what the build needs for itself and nobody reads later.
const SCRATCH: &[&str] = &["/tmp", "/var/tmp", "/var/cache", "/var/lib/apt/lists", "/usr/share/doc", "/usr/share/man"];

/// What a build tool of an interpreted language takes with its dependencies, roughly, in MB.
const TOOLS_MB: u32 = 50;

/// The most paths that take the place of one COPY.
const FEW: usize = 6;

/// The most files of a directory that are looked at.
const MANY: usize = 5_000;

/// What a directory of dependencies or a build tree takes, roughly, in MB.
const LEFT_MB: u32 = 100;

/// Extensions of files that name other files as settings.
const CONFIGURATION: &[&str] = &["toml", "yaml", "yml", "json", "ini", "conf", "cfg", "env", "properties", "xml"];

/// Length from which on a text is data rather than settings.
const LONG_CONFIGURATION: usize = 64 * 1024;

pub(crate) fn place(planner: &Planner<'_>) -> Result<Placement, Refusal> {
    let mut placer = Placer::new(planner)?;
    placer.choose_modes();
    placer.global_tools();
    placer.lone_tools();
    placer.repeat_installs();
    placer.place_writes()?;
    placer.copies_for_repeated();
    placer.place_copies();
    placer.place_operations()?;
    placer.programs_are_provided()?;
    placer.linker_cache();
    placer.own_compiler();
    placer.estimate();
    Ok(placer.placement)
}

struct Placer<'p, 'a> {
    planner: &'p Planner<'a>,
    writes: Vec<Write<'p>>,
    operations: Vec<Operation<'p>>,
    roots: Vec<Root>,
    /// Paths inside roots or outside that are copied from the builder.
    copied: BTreeSet<String>,
    /// COPY instructions that the runtime stage repeats although their root is not copied as a whole.
    plain_copies: BTreeSet<usize>,
    /// COPY instructions into a directory of the system, and what the program may need of what they bring.
    narrowed: BTreeMap<usize, Vec<String>>,
    placement: Placement,
}

impl<'p, 'a> Placer<'p, 'a> {
    fn new(planner: &'p Planner<'a>) -> Result<Self, Refusal> {
        let mut placer = Placer {
            planner,
            writes: Vec::new(),
            operations: Vec::new(),
            roots: Vec::new(),
            copied: BTreeSet::new(),
            plain_copies: BTreeSet::new(),
            narrowed: BTreeMap::new(),
            placement: Placement::default(),
        };
        placer.collect()?;
        placer.find_roots();
        Ok(placer)
    }

    fn steps(&self) -> &'p [Step] {
        &self.planner.analysis.steps
    }

    fn pragmas(&self) -> &'p Pragmas {
        &self.planner.analysis.pragmas
    }

    /// The RUN of a step, unless the author says that the runtime stage repeats it whole.
    fn placed_run(&self, step: &'p Step) -> Option<&'p RunAction> {
        match &step.action {
            Action::Run(run) if !self.pragmas().is_kept_whole(step.instruction) => Some(run),
            _ => None,
        }
    }

    /// Gathers what the steps write, and finds the last one that builds.
    fn collect(&mut self) -> Result<(), Refusal> {
        for step in self.steps() {
            if self.pragmas().place(step.instruction) == Some(Place::Build) {
                self.placement.cut = Some(step.instruction);
            }
            let Some(run) = self.placed_run(step) else { continue };
            for unit in &run.units {
                let effects = &unit.effects;
                if let Some(words) = effects.opaque.first() {
                    return Err(rules::OPAQUE_STEP.because(words.clone(), step.span).into());
                }
                if effects.system.contains(&SystemChange::Started) {
                    let words = "a service is started while building, and what it writes is not known";
                    return Err(rules::STARTED_SERVICE.because(words, step.span).into());
                }
                for ecosystem in self.unproven_ecosystems(effects) {
                    let words = format!("steps of {ecosystem} have not been proven on real projects");
                    let reason = rules::ASSUMED_ECOSYSTEM.because(words, None);
                    if !self.placement.assumptions.contains(&reason) {
                        self.placement.assumptions.push(reason);
                    }
                }
                for command in &effects.unknown {
                    let words = format!("`{command}` is taken to write only below its working directory");
                    self.placement.assumptions.push(rules::ASSUMED_COMMAND.because(words, step.span));
                }
                let writes = effects.writes.iter().any(|w| matters(w.kind)) && !is_system_change(effects);
                let cleans = effects.files.iter().any(|operation| operation.by_tool);
                if effects.builds || effects.checks || writes || cleans {
                    self.placement.cut = Some(step.instruction);
                }
                if is_system_change(effects) {
                    // It is repeated as a whole; what it writes is not copied.
                    continue;
                }
                for write in effects.writes.iter().filter(|w| matters(w.kind)) {
                    let write = write.clone();
                    self.writes.push(Write { instruction: step.instruction, unit, write, exact: false });
                }
                for operation in &effects.files {
                    self.operations.push(Operation { instruction: step.instruction, operation });
                }
            }
        }
        self.results_that_are_moved_on();
        self.copies_within_the_build();
        Ok(())
    }

    /// `cp banner.txt /srv/run/` before the last build step: its target is copied from the builder, which is plainer than
    /// to bring the source again and repeat the command. Where a source is moved away, the command is repeated.
    fn copies_within_the_build(&mut self) {
        for step in self.steps() {
            let Some(run) = self.placed_run(step) else { continue };
            for unit in run.units.iter().filter(|unit| !is_system_change(&unit.effects)) {
                for operation in &unit.effects.files {
                    let plain = !operation.is_link && !operation.metadata_only && operation.removes.is_empty();
                    let edits = operation.reads.iter().any(|read| operation.writes.contains(read));
                    if !plain || edits || operation.reads.is_empty() || self.comes_later(operation, step.instruction) {
                        continue;
                    }
                    if Some(step.instruction) > self.placement.cut {
                        // After the build, but of what came for the build: its sources need not be in the runtime stage.
                        let of_build =
                            |read: &String| self.brought_by(read).is_some_and(|i| Some(i) <= self.placement.cut);
                        if !operation.reads.iter().all(of_build) {
                            continue;
                        }
                        self.placement.cut = Some(step.instruction);
                    }
                    for path in &operation.writes {
                        for path in self.targets(path, &operation.reads) {
                            let write = PathWrite {
                                path,
                                kind: WriteKind::Data,
                                form: Reach::Path,
                                may: false,
                                by: String::new(),
                            };
                            self.writes.push(Write { instruction: step.instruction, unit, write, exact: true });
                        }
                    }
                }
            }
        }
    }

    /// The last COPY or ADD that brings a path.
    fn brought_by(&self, path: &str) -> Option<usize> {
        let brings = |landing: &Landing| match landing.tree {
            true => paths::is_within(&landing.destination, path),
            false => landing.destination == path,
        };
        self.steps().iter().rev().find_map(|step| match &step.action {
            Action::Copy(copy) if copy.landings.iter().any(brings) => Some(step.instruction),
            _ => None,
        })
    }

    /// True when a COPY after an instruction brings what an operation reads or writes once more.
    fn comes_later(&self, operation: &FileOperation, instruction: usize) -> bool {
        operation.reads.iter().chain(&operation.writes).any(|path| self.comes_again(path, instruction))
    }

    /// Names of ecosystems whose rules describe a build and are not proven.
    fn unproven_ecosystems(&self, effects: &crate::analyzer::effects::Effects) -> BTreeSet<String> {
        let ids = effects.evidence.iter().filter_map(|e| e.heuristic.as_deref()?.split('/').next());
        ids.filter_map(|id| self.planner.inputs.heuristics.ecosystem(id))
            .filter(|ecosystem| ecosystem.detect.unproven)
            .map(|ecosystem| ecosystem.name.clone())
            .collect()
    }

    /// `cp -r dist /usr/share/nginx/html` carries on what the build made: its target is a result of the build too.
    fn results_that_are_moved_on(&mut self) {
        for step in self.steps() {
            let Some(run) = self.placed_run(step) else { continue };
            for unit in &run.units {
                for operation in &unit.effects.files {
                    if operation.is_link && unit.effects.is_portable() {
                        // A copy of a link is a second file: it is made again instead.
                        continue;
                    }
                    // A link may lead anywhere; what is copied or moved has to be there.
                    let carried: Vec<&String> = operation
                        .reads
                        .iter()
                        .filter(|p| self.is_built(p) || !operation.is_link && !self.is_from_context(p))
                        .collect();
                    if carried.is_empty() && unit.effects.is_portable() {
                        continue;
                    }
                    let built = || operation.reads.iter().any(|p| self.is_built(p));
                    if operation.metadata_only && operation.chown.is_none() && built() {
                        // A copy takes the mode along.
                        self.placement.cut = self.placement.cut.max(Some(step.instruction));
                    }
                    if operation.metadata_only
                        || unit.effects.is_portable() && carried.is_empty()
                        || self.prepares_system(operation, step.instruction)
                    {
                        continue;
                    }
                    // Inside a compound command a plain operation cannot be told from the build around it.
                    for path in &operation.writes {
                        self.placement.cut = self.placement.cut.max(Some(step.instruction));
                        let native = carried.iter().any(|p| self.is_artifact(p, 0, true));
                        let kind = if native { WriteKind::Artifact } else { WriteKind::Data };
                        for path in self.targets(path, &operation.reads) {
                            let write = PathWrite { path, kind, form: Reach::Path, may: false, by: String::new() };
                            self.writes.push(Write { instruction: step.instruction, unit, write, exact: false });
                        }
                    }
                }
            }
        }
    }

    /// `sed -i … /etc/locale.gen` before `locale-gen`: a repeated change of the system wants its settings repeated too.
    fn prepares_system(&self, operation: &FileOperation, instruction: usize) -> bool {
        let in_place = !operation.writes.is_empty() && operation.writes.iter().all(|w| operation.reads.contains(w));
        let of_system = operation.writes.iter().all(|w| paths::is_within("/etc", w) && !self.is_from_context(w));
        in_place
            && of_system
            && self.steps().iter().filter(|s| s.instruction >= instruction).any(|step| {
                let Action::Run(run) = &step.action else { return false };
                run.units.iter().any(|u| is_system_change(&u.effects) && u.effects.system.iter().any(reads_settings))
            })
    }

    /// Where `cp SOURCES TARGET` really writes: below the target when that is a directory.
    fn targets(&self, target: &str, sources: &[String]) -> Vec<String> {
        let is_directory = sources.len() > 1
            || paths::is_shared(target)
            || self.writes.iter().any(|w| w.write.path == target && w.write.form == Reach::Into);
        match is_directory && sources.iter().all(|s| paths::name(s) != paths::name(target)) {
            true => sources.iter().map(|source| paths::join(target, paths::name(source))).collect(),
            false => vec![target.to_owned()],
        }
    }

    /// True when a build step made the path.
    fn is_built(&self, path: &str) -> bool {
        let in_context = self.planner.analysis.files.entry(path, self.planner.inputs.context);
        let from_context = match in_context {
            Some((_, Entry::File { .. } | Entry::Symlink(_))) => true,
            // A directory of the context may hold what a step has put there.
            Some((_, Entry::Directory)) => !self.writes.iter().any(|w| {
                paths::is_within(path, &w.write.path)
                    || w.write.form == Reach::Within && paths::is_within(&w.write.path, path)
            }),
            _ => false,
        };
        !from_context
            && self.writes.iter().any(|w| match w.write.form {
                Reach::Path => {
                    paths::is_within(&w.write.path, path)
                        || paths::is_within(path, &w.write.path) && !paths::is_shared(path)
                }
                Reach::Into => paths::parent(path) == w.write.path,
                Reach::Within => paths::is_within(&w.write.path, path),
            })
    }

    /// True when `path` is a program that a build step made and that is still there at the end.
    fn artifact_at(&self, path: &str, depth: usize) -> bool {
        self.is_artifact(path, depth, false)
    }

    /// True when a build step made a program at `path`; with `moved`, whether or not a later step took it away.
    fn is_artifact(&self, path: &str, depth: usize, moved: bool) -> bool {
        let in_context = || {
            let entry = self.planner.analysis.files.entry(path, self.planner.inputs.context);
            matches!(entry, Some((_, Entry::File { .. })))
        };
        let made = self.writes.iter().any(|w| {
            let within = paths::is_within(&w.write.path, path);
            if !moved && self.is_removed(path, w.instruction) {
                return false;
            }
            match (w.write.kind, w.write.form) {
                (WriteKind::Artifact | WriteKind::Intermediate, Reach::Path) => within,
                (WriteKind::Artifact, Reach::Into) => paths::parent(path) == w.write.path && !in_context(),
                (WriteKind::Artifact | WriteKind::Intermediate, Reach::Within) => within && !in_context(),
                _ => false,
            }
        });
        made || depth < 3
            && self.operations.iter().any(|o| {
                o.operation.writes.iter().any(|w| {
                    o.operation.reads.iter().any(|read| {
                        let lands = w == path || paths::join(w, paths::name(read)) == path;
                        lands && read != path && self.is_artifact(read, depth + 1, true)
                    })
                })
            })
    }

    /// The absolute path of a command that the build put on PATH.
    fn built_command(&self, name: &str) -> Option<String> {
        let path = self.planner.analysis.end.scope.get("PATH")?;
        let candidates: Vec<String> = path.split(':').map(|directory| paths::join(directory, name)).collect();
        // A directory that receives programs says nothing of a command that the base image or a package has.
        let named = |path: &String| self.writes.iter().any(|w| w.write.form == Reach::Path && w.write.path == *path);
        let elsewhere = self.planner.base.before.commands.contains(name) || self.is_installed(name);
        let built: Vec<&String> = candidates
            .iter()
            .filter(|candidate| self.artifact_at(candidate, 0) && (!elsewhere || named(candidate)))
            .collect();
        // What `make install` puts somewhere below its prefix is most likely in `bin` right there.
        let prefixes =
            self.writes.iter().filter(|w| w.write.form == Reach::Within && w.write.kind == WriteKind::Artifact);
        let usual: Vec<String> = prefixes.map(|w| paths::join(&w.write.path, &format!("bin/{name}"))).collect();
        built.iter().find(|candidate| usual.contains(candidate)).or(built.first()).map(|path| (*path).clone())
    }

    /// True when an installed environment may hold the command: pip and npm put the commands of packages into `bin`.
    fn in_copied_bin(&self, name: &str) -> bool {
        let path = self.planner.analysis.end.scope.get("PATH").unwrap_or_default();
        let on_path = |directory: &str| path.split(':').any(|d| d == directory);
        !self.planner.base.before.commands.contains(name)
            && (!self.placement.repeated.is_empty()
                || self.placement.needed_paths.iter().any(|p| {
                    on_path(p) || on_path(&format!("{p}/bin")) || path.split(':').any(|d| paths::is_within(p, d))
                }))
    }

    /// True when a package of the file brings a command.
    fn is_installed(&self, name: &str) -> bool {
        let distribution = self.planner.base.releases.first().map(|r| r.distribution.as_str()).unwrap_or_default();
        let changes = self.steps().iter().filter_map(|s| match &s.action {
            Action::Run(run) => Some(run.units.iter().flat_map(|u| &u.effects.packages)),
            _ => None,
        });
        changes.flatten().flat_map(|c| &c.names).any(|(package, _)| {
            let package = super::plain_name(package);
            package == name || crate::facts::packages::commands_of_package(distribution, package).contains(&name)
        })
    }

    /// Every program that the container runs has a provider; a container that cannot start would be worse than a large
    /// one.
    fn programs_are_provided(&self) -> Result<(), Refusal> {
        let base = &self.planner.base;
        let installed = |name: &str| self.is_installed(name);
        for program in self.planner.programs() {
            let (words, provided) = match program {
                Program::File { path } => {
                    let name = paths::name(path);
                    let copied = self.copied.iter().any(|c| paths::is_within(c, path));
                    let system = ["/bin", "/sbin", "/usr/bin", "/usr/sbin"].contains(&paths::parent(path));
                    let there = system
                        && (base.provides(name)
                            || installed(name)
                            || base.same_image && base.before.commands.contains(name));
                    let brought = self.is_from_context(path) || self.is_from_image(path);
                    (path.clone(), copied || brought || there || self.made_by_operation(path))
                }
                Program::Command { name } | Program::Server { name } => {
                    let there = |p: &String| self.copied.iter().any(|c| paths::is_within(c, p));
                    let built = self.built_command(name).is_some_and(|p| there(&p) || self.leads_to(&p).any(there));
                    let path = self.planner.analysis.end.scope.get("PATH").unwrap_or_default();
                    let brought = path.split(':').any(|directory| {
                        let path = paths::join(directory, name);
                        self.is_from_context(&path) || self.is_from_image(&path)
                    });
                    let known = base.provides(name) || installed(name) || self.in_copied_bin(name);
                    let inherited = self
                        .planner
                        .analysis
                        .base
                        .facts
                        .as_ref()
                        .is_some_and(|f| f.config.entrypoint.iter().flatten().any(|w| paths::name(w) == name));
                    (name.clone(), built || brought || known || inherited)
                }
                Program::Interpreted { command, .. } => {
                    let known = base.provides(command) || installed(command) || self.in_copied_bin(command);
                    let built = self.built_command(command).is_some();
                    // A package script finds the tools of its project beside the dependencies.
                    let beside = self.writes.iter().any(|w| {
                        let carried = self.copied.iter().any(|c| paths::is_within(c, &w.write.path));
                        w.write.kind == WriteKind::Dependency && carried
                    });
                    (command.clone(), known || built || beside || base.same_image)
                }
                Program::Script { .. } => continue,
            };
            if !provided {
                let words = format!("nothing that msb can name brings `{words}` into the runtime stage");
                return Err(rules::OPAQUE_ENTRYPOINT.because(words, None).into());
            }
        }
        Ok(())
    }

    /// What a link of the build leads to; nothing for other paths.
    fn leads_to(&self, path: &str) -> impl Iterator<Item = &'p String> {
        let links = self.operations.iter().map(|o| o.operation).filter(|o| o.is_link);
        links.filter(move |o| o.writes.iter().any(|w| w == path)).flat_map(|o| &o.reads)
    }

    fn made_by_operation(&self, path: &str) -> bool {
        self.operations.iter().any(|o| o.operation.writes.iter().any(|w| w == path))
    }
}

/// A change of the system by its own tools, with no build around it.
fn is_system_change(effects: &crate::analyzer::effects::Effects) -> bool {
    effects.system.iter().any(|s| !matches!(s, SystemChange::Ldconfig)) && !effects.builds && effects.unknown.is_empty()
}

/// True for changes that read settings below `/etc` and are repeated in the runtime stage.
fn reads_settings(change: &SystemChange) -> bool {
    matches!(
        change,
        SystemChange::Locale | SystemChange::Timezone | SystemChange::Certificates | SystemChange::Services
    )
}

/// Parts of a RUN that say something but change nothing (`echo done`, `java -version`).
fn is_silent(effects: &crate::analyzer::effects::Effects) -> bool {
    effects.is_portable() && effects.files.is_empty()
}

fn is_scratch(path: &str) -> bool {
    SCRATCH.iter().any(|s| paths::is_within(s, path))
}

fn is_home_cache(path: &str) -> bool {
    (path.starts_with("/root/") || path.starts_with("/home/")) && path.contains("/.")
}

fn lands_in(copy: &CopyAction, root: &str) -> bool {
    copy.landings
        .iter()
        .any(|l| paths::is_within(root, &l.destination) || l.tree && paths::is_within(&l.destination, root))
        || copy.heredocs.iter().any(|p| paths::is_within(root, p))
        || paths::is_within(root, &copy.destination)
}

/// True when everything that `one` brings is also brought by `other`.
fn covers(other: &crate::analyzer::state::Landing, one: &crate::analyzer::state::Landing) -> bool {
    if other == one {
        return true;
    }
    if !other.tree {
        return false;
    }
    let Some(rest) = paths::below(&other.destination, &one.destination) else { return false };
    let expected = match (other.source.as_str(), rest) {
        (source, "") => source.to_owned(),
        ("", rest) => rest.to_owned(),
        (source, rest) => format!("{source}/{rest}"),
    };
    expected == one.source
}

/// The chosen parts of a RUN as one RUN, in the style of the original.
pub(crate) fn join_units(
    instruction: &crate::syntax::Instruction,
    run: &RunAction,
    chosen: &[usize],
    edited: &BTreeMap<usize, String>,
) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (i, unit) in run.units.iter().enumerate() {
        let state = unit.state_only && chosen.iter().any(|&c| c > i);
        if chosen.contains(&i) || state {
            let text = edited.get(&i).cloned().unwrap_or_else(|| run.text[unit.range.clone()].trim().to_owned());
            parts.push(text);
        }
    }
    let _ = instruction;
    format!("RUN {}", parts.join(" \\\n && "))
}
