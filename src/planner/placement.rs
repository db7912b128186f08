//! Where each written path goes: copied from the builder, brought again from the build context, made again by a plain
//! file operation, or left behind.
//!
//! Paths are grouped into *roots*: directories that belong to the program (`/app`), not to the system. A root whose
//! contents after the build are not known path by path is copied as a whole; otherwise only what the build added is
//! copied, and the rest comes from the context again, in the original order.

use super::compiled::Sources;
use super::packages::{RunText, join_source};
use super::{ByInstruction, Planner, Refusal, matters};
use crate::analyzer::demands::Program;
use crate::analyzer::effects::{FileOperation, PathWrite};
use crate::analyzer::pragmas::{self, Place, Pragmas};
use crate::analyzer::state::Landing;
use crate::analyzer::{Action, CopyAction, RunAction, Step, Unit};
use crate::context::Entry;
use crate::facts::compiled::{OwnCompiler, compiled};
use crate::facts::heuristics::{Reach, SystemChange, WriteKind, glob};
use crate::paths;
use crate::programs::{self, Opens, Reading};
use crate::rules::{self, Reason};
use crate::syntax::Kind;
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
                            let write = PathWrite { path, kind: WriteKind::Data, form: Reach::Path, by: String::new() };
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
                            let write = PathWrite { path, kind, form: Reach::Path, by: String::new() };
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

    fn find_roots(&mut self) {
        let mut candidates: BTreeSet<String> = BTreeSet::new();
        for step in self.steps() {
            match &step.action {
                Action::Copy(copy) => {
                    candidates.extend(copy.landings.iter().filter(|l| l.tree).map(|l| l.destination.clone()));
                    if copy.into_directory {
                        candidates.insert(copy.destination.clone());
                    } else if !copy.landings.iter().any(|l| l.tree) {
                        candidates.insert(paths::parent(&copy.destination).to_owned());
                    }
                }
                Action::Run(run) => {
                    if run.units.iter().any(|u| !u.effects.is_portable() || !u.effects.files.is_empty()) {
                        candidates.insert(step.workdir.clone());
                        candidates.extend(run.units.iter().filter_map(|u| u.cwd.clone()));
                    }
                }
                Action::Config => {}
            }
        }
        for write in &self.writes {
            if write.write.form != Reach::Path {
                candidates.insert(write.write.path.clone());
            }
        }
        candidates.extend(self.planner.analysis.files.prefixes.iter().cloned());
        candidates.retain(|path| !paths::is_shared(path) && !is_scratch(path) && !is_home_cache(path));
        for path in &candidates {
            // The order of a set of paths puts a directory before what lies in it.
            if !self.roots.iter().any(|root| paths::is_within(&root.path, path)) {
                self.roots.push(Root { path: path.clone(), mode: Mode::Precise });
            }
        }
    }

    fn root_of(&self, path: &str) -> Option<&Root> {
        self.roots.iter().find(|root| paths::is_within(&root.path, path))
    }

    fn choose_modes(&mut self) {
        let programs = self.planner.programs();
        let runtime_commands = &self.planner.base;
        // A system command such as `tail` does not read the program's directory by itself.
        let natives: Vec<String> = programs
            .iter()
            .filter_map(|program| match program {
                Program::File { path } => Some(path.clone()),
                Program::Command { name } => self.built_command(name),
                _ => None,
            })
            .filter(|path| self.artifact_at(path, 0))
            .collect();
        let native = !natives.is_empty()
            && programs.iter().all(|program| match program {
                Program::File { path } => self.artifact_at(path, 0),
                Program::Command { name } => self.built_command(name).is_some() || runtime_commands.provides(name),
                Program::Script { .. } => true,
                Program::Interpreted { .. } | Program::Server { .. } => false,
            });
        self.placement.native = native;
        let servers = !programs.is_empty() && programs.iter().all(|p| matches!(p, Program::Server { .. }));
        let sources = self.native_sources(&natives);
        self.placement.readings = sources.as_ref().map(|s| self.readings(s)).unwrap_or_default();
        let all_read = sources.is_some_and(|sources| sources.len() == self.placement.readings.len());
        self.placement.unread = native && !all_read;
        let proven = (native && programs.iter().all(|p| matches!(p, Program::File { .. } | Program::Command { .. })))
            .then(|| all_read.then(|| self.proven_paths()).flatten())
            .flatten();
        let bundles = self.self_contained_directories();
        for i in 0..self.roots.len() {
            let root = self.roots[i].path.clone();
            let built = self.writes.iter().any(|w| paths::is_within(&root, &w.write.path));
            let unknown = self.writes.iter().any(|w| {
                // Where data lands is known roughly; a COPY of a path that the build did not make would fail.
                let named = pragmas::is_artifact(&w.write) || w.exact;
                let rough = w.write.form == Reach::Within
                    || w.write.path == root
                        && w.write.form == Reach::Path
                        && !(native && w.write.kind == WriteKind::Source)
                    || matches!(w.write.kind, WriteKind::Data | WriteKind::Unknown)
                    || w.write.kind == WriteKind::Source && !native
                    || w.write.kind == WriteKind::Artifact && !native;
                paths::is_within(&root, &w.write.path) && rough && !named && !self.inside_intermediate(&w.write.path)
            }) || self.may_have_no_dependencies(&root);
            self.roots[i].mode = match &proven {
                Some(paths) if built => {
                    let inside: Vec<String> = paths.iter().filter(|p| paths::is_within(&root, p)).cloned().collect();
                    let (again, copied) = inside.into_iter().partition::<Vec<_>, _>(|p| self.own_copy(p).is_some());
                    self.plain_copies.extend(again.iter().filter_map(|p| self.own_copy(p)).collect::<Vec<_>>());
                    Mode::Proven(copied)
                }
                _ if bundles.iter().any(|b| b != &root && paths::is_within(&root, b)) => {
                    Mode::Proven(bundles.iter().filter(|b| paths::is_within(&root, b)).cloned().collect())
                }
                _ if servers && built && !self.is_mentioned(&root) => Mode::Dropped,
                _ if unknown => match self.packed(&root) {
                    Some((paths, plain)) => {
                        self.plain_copies.extend(plain);
                        Mode::Proven(paths)
                    }
                    None => Mode::Tree,
                },
                _ if native && (built || self.is_compiled_in(&root)) => match self.without_sources(&root) {
                    Some((paths, plain)) => {
                        self.plain_copies.extend(plain);
                        Mode::Proven(paths)
                    }
                    None => Mode::Precise,
                },
                _ => Mode::Precise,
            };
        }
        if native {
            self.narrow_copies(proven.as_deref());
        }
    }

    /// `COPY . .` into `/`: a program that is compiled there needs what lies beside its sources, or what it is proven to
    /// open. Directories that the base image has, too, are left to the COPY.
    fn narrow_copies(&mut self, proven: Option<&[String]>) {
        let ecosystems = self.compiling_ecosystems();
        for step in self.steps() {
            let Action::Copy(copy) = &step.action else { continue };
            let trees =
                !copy.landings.is_empty() && copy.landings.iter().all(|l| l.tree && paths::is_shared(&l.destination));
            let compiles_there = || {
                copy.landings.iter().all(|landing| {
                    let here = |w: &Write| w.unit.cwd.as_deref() == Some(landing.destination.as_str());
                    let made = |w: &Write| matches!(w.write.kind, WriteKind::Artifact | WriteKind::Intermediate);
                    self.writes.iter().any(|w| made(w) && here(w) && w.instruction > step.instruction)
                })
            };
            let in_builder = Some(step.instruction) <= self.placement.cut;
            if !trees || !in_builder || !copy.heredocs.is_empty() || copy.unpacks || !compiles_there() {
                continue;
            }
            let mut beside = Vec::new();
            let known = copy.landings.iter().all(|l| self.beside_sources(l, &ecosystems, &mut beside).is_some());
            let whole = copy.landings.iter().any(|l| beside.contains(&l.destination));
            if !known || whole || beside.iter().any(|path| paths::is_shared(path)) {
                continue;
            }
            let brought = |path: &&String| self.brought_by(path) == Some(step.instruction);
            let demanded = self.planner.demands.paths.iter().map(|p| &p.path).filter(|path| self.is_from_context(path));
            let mut paths: Vec<String> = match proven {
                Some(opened) => opened.to_vec(),
                None => beside,
            };
            paths.extend(demanded.cloned());
            paths.retain(|path| brought(&path));
            paths.sort();
            paths.dedup();
            if paths.len() <= FEW {
                self.narrowed.insert(step.instruction, paths);
            }
        }
    }

    /// Programs that a build packed with everything they need into one file each, and what else the build context brings
    /// into their root besides sources; nothing when anything else was made there. Directories that are packed as a whole
    /// stay behind unless something in them names them: it would open them beside the program.
    fn packed(&self, root: &str) -> Option<(Vec<String>, Vec<usize>)> {
        let mut files = Vec::new();
        let mut rules = BTreeSet::new();
        for program in self.planner.programs() {
            let Program::Interpreted { file: Some(file), .. } = program else { return None };
            if !paths::is_within(root, file) || file.contains(['*', '?', '[']) {
                return None;
            }
            let packs = |w: &&Write| {
                let made = w.write.kind == WriteKind::Intermediate && w.write.form == Reach::Path;
                made && paths::is_within(&w.write.path, file) && self.bundles(&w.write, w.instruction)
            };
            let write = self.writes.iter().find(packs)?;
            rules.insert(write.write.by.as_str());
            files.push((file.clone(), write.unit.cwd.clone()?));
        }
        let others =
            self.writes.iter().any(|w| paths::is_within(root, &w.write.path) && !rules.contains(w.write.by.as_str()));
        if files.is_empty() || others {
            return None;
        }
        let (mut paths, plain) = self.without_sources(root)?;
        let heuristics = self.planner.inputs.heuristics;
        for (_, project) in &files {
            for directory in self.compiling_ecosystems().iter().flat_map(|id| heuristics.packed_directories(id)) {
                if !self.names_itself(directory)? {
                    paths.retain(|path| !paths::is_within(&paths::join(project, directory), path));
                }
            }
        }
        paths.extend(files.into_iter().map(|(file, _)| file));
        Some((paths, plain))
    }

    /// True when a file in a directory of the build context has the directory's name in its text; nothing when there is too
    /// much to look at.
    fn names_itself(&self, directory: &str) -> Option<bool> {
        let context = self.planner.inputs.context;
        let found = crate::context::walk(context, "", MANY).ok()?;
        let below = format!("{directory}/");
        let inside = found.iter().filter(|(path, entry)| {
            matches!(entry, Entry::File { .. }) && (path.starts_with(&below) || path.contains(&format!("/{below}")))
        });
        Some(inside.into_iter().any(|(path, _)| context.text(path).is_ok_and(|text| text.contains(directory))))
    }

    /// True when what the build leaves elsewhere was made of what lies in a root.
    fn is_compiled_in(&self, root: &str) -> bool {
        self.writes.iter().any(|w| {
            matches!(w.write.kind, WriteKind::Artifact | WriteKind::Intermediate)
                && w.unit.cwd.as_deref().is_some_and(|cwd| paths::is_within(root, cwd))
        })
    }

    /// Ecosystems whose tools made what the build leaves.
    fn compiling_ecosystems(&self) -> BTreeSet<String> {
        let made = self.writes.iter().filter(|w| matches!(w.write.kind, WriteKind::Artifact | WriteKind::Intermediate));
        made.filter_map(|w| w.write.by.split('/').next()).filter(|id| !id.is_empty()).map(str::to_owned).collect()
    }

    /// What the build context brings into a root besides sources, in a few paths, and the instructions that bring no
    /// sources at all; nothing when that cannot be said. A compiled program may read any file, but not the sources it was
    /// made of.
    fn without_sources(&self, root: &str) -> Option<(Vec<String>, Vec<usize>)> {
        let ecosystems = self.compiling_ecosystems();
        let mut paths = Vec::new();
        let mut plain = Vec::new();
        for step in self.steps() {
            let Action::Copy(copy) = &step.action else { continue };
            if !lands_in(copy, root) || Some(step.instruction) > self.placement.cut {
                // What comes after the build comes again.
                continue;
            }
            if !copy.heredocs.is_empty() || copy.unpacks || copy.landings.is_empty() {
                return None;
            }
            let mut own = Vec::new();
            for landing in &copy.landings {
                self.beside_sources(landing, &ecosystems, &mut own)?;
            }
            let all = own.len() == copy.landings.len() && copy.landings.iter().all(|l| own.contains(&l.destination));
            if all && !own.iter().any(|path| self.is_touched(path, step.instruction)) {
                plain.push(step.instruction);
            } else {
                paths.extend(own);
            }
        }
        let demanded = self.planner.demands.paths.iter().map(|p| p.path.clone());
        let of_build = |p: &String| self.brought_by(p).is_none_or(|i| Some(i) <= self.placement.cut);
        paths.extend(demanded.filter(|p| paths::is_within(root, p) && self.is_from_context(p) && of_build(p)));
        paths.sort();
        paths.dedup();
        (paths.len() <= FEW).then_some((paths, plain))
    }

    /// The instruction that brings exactly one path from the context, which no step touches.
    fn own_copy(&self, path: &str) -> Option<usize> {
        let brings = |step: &&Step| match &step.action {
            Action::Copy(copy) => matches!(copy.landings.as_slice(), [landing] if landing.destination == path),
            _ => false,
        };
        let found = self.steps().iter().rev().find(brings).map(|step| step.instruction);
        found.filter(|&instruction| !self.is_touched(path, instruction))
    }

    /// True when a step writes or changes anything in a path that an instruction brings. What was done before to the
    /// directories around it does not count.
    fn is_touched(&self, path: &str, brought: usize) -> bool {
        let near = |other: &String, instruction: usize| {
            paths::is_within(path, other) || instruction >= brought && paths::is_within(other, path)
        };
        self.writes.iter().any(|w| near(&w.write.path, w.instruction) && w.write.form != Reach::Into)
            || self.operations.iter().any(|o| {
                let paths = o.operation.writes.iter().chain(&o.operation.removes);
                paths.into_iter().any(|path| near(path, o.instruction))
            })
    }

    /// Adds the shortest paths that hold all files of a landing but sources.
    fn beside_sources(&self, landing: &Landing, ecosystems: &BTreeSet<String>, paths: &mut Vec<String>) -> Option<()> {
        let inputs = self.planner.inputs;
        let is_source = |name: &str| inputs.heuristics.is_source(ecosystems, name);
        if !landing.tree {
            if !is_source(paths::name(&landing.source)) {
                paths.push(landing.destination.clone());
            }
            return Some(());
        }
        let inner = crate::context::walk(inputs.context, &landing.source, MANY).ok()?;
        if !inner.iter().any(|(path, _)| is_source(paths::name(path))) {
            paths.push(landing.destination.clone());
            return Some(());
        }
        let mut pending = vec![landing.source.clone()];
        while let Some(directory) = pending.pop() {
            let below = |path: &str| match paths::below(&landing.source, path).unwrap_or(path) {
                "" => landing.destination.clone(),
                rest => paths::join(&landing.destination, rest),
            };
            for name in inputs.context.list(&directory).ok()? {
                let path = crate::context::join(&directory, &name);
                if is_source(&name) {
                    continue;
                }
                let mixed = match inputs.context.entry(&path) {
                    Entry::Directory => {
                        let inner = crate::context::walk(inputs.context, &path, MANY).ok()?;
                        let sources = inner.iter().filter(|(p, e)| *e != Entry::Directory && is_source(paths::name(p)));
                        (sources.count(), inner.iter().filter(|(_, e)| *e != Entry::Directory).count())
                    }
                    Entry::Unknown => return None,
                    _ => (0, 1),
                };
                match mixed {
                    (sources, all) if sources == all => {}
                    (0, _) => paths.push(below(&path)),
                    _ => pending.push(path),
                }
                if paths.len() > FEW {
                    return None;
                }
            }
        }
        Some(())
    }

    /// Directories that hold every program with all it needs; empty when one program lies elsewhere.
    fn self_contained_directories(&self) -> Vec<String> {
        let mut directories = Vec::new();
        for program in self.planner.programs() {
            let Program::Interpreted { language, file: Some(file), .. } = program else { return Vec::new() };
            let names = self.planner.inputs.heuristics.self_contained(language);
            let found = names.iter().find_map(|name| {
                let marker = format!("/{name}/");
                let at = file.find(&marker)?;
                Some(file[..at + marker.len() - 1].to_owned())
            });
            match found {
                Some(directory) => directories.push(directory),
                None => return Vec::new(),
            }
        }
        directories
    }

    /// True when a step installs dependencies into a root and nothing says that there are any: the directory may not
    /// exist then.
    fn may_have_no_dependencies(&self, root: &str) -> bool {
        let installs =
            self.writes.iter().any(|w| w.write.kind == WriteKind::Dependency && paths::is_within(root, &w.write.path));
        installs && super::dependencies::declared(self.planner.inputs, self.planner.analysis).found.is_empty()
    }

    fn inside_intermediate(&self, path: &str) -> bool {
        self.writes.iter().any(|w| {
            let tree = w.write.kind == WriteKind::Intermediate && w.write.form == Reach::Path;
            tree && w.write.path != path && paths::is_within(&w.write.path, path)
        })
    }

    /// True when configuration that run time reads mentions a directory: a file copied elsewhere, a variable, the
    /// working directory's own relative paths in CMD.
    fn is_mentioned(&self, root: &str) -> bool {
        let analysis = self.planner.analysis;
        let config = &analysis.end.config;
        let in_words = config.cmd.iter().chain(&config.entrypoint).flatten().any(|w| w.contains(root));
        let in_variables = config.env.iter().any(|(name, value)| match value {
            Some(value) => value.contains(root),
            None => analysis.sets_variable(name),
        });
        let in_files = self.planner.files_mention(|path| !paths::is_within(root, path), root);
        in_words || in_variables || in_files || !self.planner.demands.unread.is_empty()
    }

    /// Language and directory in the context of what native programs are built from; nothing when some are not known.
    fn native_sources(&self, natives: &[String]) -> Option<BTreeSet<(String, String)>> {
        let analysis = self.planner.analysis;
        let context = self.planner.inputs.context;
        if natives.is_empty() || !context.is_known() {
            return None;
        }
        let mut sources: BTreeSet<(String, String)> = BTreeSet::new();
        for write in
            self.writes.iter().filter(|w| matches!(w.write.kind, WriteKind::Artifact | WriteKind::Intermediate))
        {
            let language = write.write.by.split('/').next().unwrap_or_default().to_owned();
            if language.is_empty() {
                continue;
            }
            let directory = write.unit.cwd.as_deref()?;
            let source = match analysis.files.entry(directory, context) {
                Some((source, Entry::Directory)) => source,
                _ => self.copied_piecewise(directory)?,
            };
            sources.insert((language, source));
        }
        (!sources.is_empty()).then_some(sources)
    }

    /// The directory of the context whose files and directories were copied one by one into a directory of the image,
    /// each under its own name.
    fn copied_piecewise(&self, directory: &str) -> Option<String> {
        let mut found: Option<String> = None;
        for landing in self.planner.analysis.files.landings() {
            let Some(below) = paths::below(directory, &landing.destination) else { continue };
            let source = landing.source.strip_suffix(below).map(|s| s.trim_end_matches('/'))?;
            if found.get_or_insert_with(|| source.to_owned()) != source {
                return None;
            }
        }
        found
    }

    fn readings(&self, sources: &BTreeSet<(String, String)>) -> Vec<Reading> {
        let context = self.planner.inputs.context;
        sources.iter().filter_map(|(language, source)| programs::read_program(language, context, source)).collect()
    }

    /// What a self-contained program opens, when its sources prove it.
    fn proven_paths(&mut self) -> Option<Vec<String>> {
        let analysis = self.planner.analysis;
        let context = self.planner.inputs.context;
        let mut opened = Vec::new();
        let mut tls = false;
        for reading in &self.placement.readings {
            if !reading.self_contained {
                return None;
            }
            tls |= !reading.tls.is_empty() || !reading.complete;
            if !reading.complete || !reading.subprocesses.is_empty() || !reading.unknown_subprocesses.is_empty() {
                return None;
            }
            match &reading.opens {
                Opens::Nothing => {}
                Opens::These(found) => opened.extend(found.iter().map(|f| f.value.clone())),
                Opens::NotProven(_) => return None,
            }
        }
        self.placement.tls_excluded = !tls;
        // Who starts the container may name another file than the default.
        if self.placement.readings.iter().any(|reading| !reading.user_given.is_empty()) {
            return None;
        }
        let workdir = &analysis.end.config.workdir;
        let mut needed = BTreeSet::new();
        for pattern in opened {
            let fixed: Vec<&str> = pattern.split('/').take_while(|part| !part.contains(['*', '?', '[', '{'])).collect();
            let fixed = if pattern.starts_with('/') { format!("/{}", fixed.join("/")) } else { fixed.join("/") };
            let path = paths::join(workdir, &fixed);
            let landed = analysis.files.entry(&path, context).is_some_and(|(_, e)| !matches!(e, Entry::Unknown));
            if landed || self.is_built(&path) {
                needed.insert(path);
            }
        }
        let named: Vec<String> = needed.iter().flat_map(|path| self.named_in(path)).collect();
        needed.extend(named);
        let cut = self.placement.cut;
        needed.retain(|path| self.brought_by(path).is_none_or(|instruction| Some(instruction) <= cut));
        Some(needed.into_iter().collect())
    }

    /// True when a directory from the build context holds sources, or too much to look at.
    fn holds_sources(&self, directory: &str, ecosystems: &BTreeSet<String>) -> bool {
        let inputs = self.planner.inputs;
        let Some((origin, _)) = self.planner.analysis.files.entry(directory, inputs.context) else { return false };
        let is_source = |path: &String| inputs.heuristics.is_source(ecosystems, paths::name(path));
        match crate::context::walk(inputs.context, &origin, MANY) {
            Ok(found) => found.iter().any(|(path, _)| is_source(path)),
            Err(_) => true,
        }
    }

    /// Paths from the build context that a configuration file names, such as a database or a directory of templates. Of a
    /// file that is not there yet, the directory that is to hold it.
    fn named_in(&self, file: &str) -> Vec<String> {
        let analysis = self.planner.analysis;
        let context = self.planner.inputs.context;
        let name = paths::name(file);
        let is_configuration = name.starts_with('.')
            || name.rsplit_once('.').is_some_and(|(_, extension)| CONFIGURATION.contains(&extension));
        let text =
            analysis.files.text(file, context).filter(|text| is_configuration && text.len() < LONG_CONFIGURATION);
        let ecosystems = self.compiling_ecosystems();
        let is_source = |path: &str| self.planner.inputs.heuristics.is_source(&ecosystems, paths::name(path));
        let mut found = Vec::new();
        for word in
            text.iter().flat_map(|text| text.split(|c: char| c.is_whitespace() || "\"'`=,:;<>()[]{}?#".contains(c)))
        {
            let word = word.trim_start_matches("//");
            if word.trim_matches(['.', '/']).is_empty() {
                continue;
            }
            let path = paths::join(&analysis.end.config.workdir, word);
            let entry = |path: &str| analysis.files.entry(path, context).map(|(_, entry)| entry);
            let is_directory = |path: &str| matches!(entry(path), Some(Entry::Directory));
            match entry(&path) {
                Some(Entry::Unknown) => {}
                Some(_) if is_source(&path) => {}
                Some(Entry::Directory) if self.holds_sources(&path, &ecosystems) => {}
                Some(_) => found.push(path),
                None => {
                    let parent = paths::parent(&path);
                    if word.contains('/') && is_directory(parent) && *parent != analysis.end.config.workdir {
                        found.push(parent.to_owned());
                    }
                }
            }
        }
        found
    }

    /// `npm install -g`: commands that lie beside the interpreter, so that a copy would take a second interpreter along.
    /// Those that only build stay behind; others are installed again.
    fn global_tools(&mut self) {
        let planner = self.planner;
        let heuristics = planner.inputs.heuristics;
        let mut demanded: Vec<&str> = planner.demands.commands.iter().map(|c| paths::name(&c.name)).collect();
        let unprovided = |name: &&str| !planner.base.provides(name) && self.built_command(name).is_none();
        let unprovided = demanded.iter().any(unprovided);
        let rules = |unit: &Unit| unit.effects.writes.iter().find_map(|w| heuristics.command(&w.by));
        let bringing = self.steps().iter().filter_map(|step| self.placed_run(step)).flat_map(|run| &run.units);
        let brought: Vec<&'_ crate::facts::heuristics::Command> = bringing
            .filter_map(rules)
            .filter(|rule| rule.brings.iter().any(|name| demanded.contains(&name.as_str())))
            .collect();
        // A tool that brings what is called is called itself.
        demanded.extend(brought.iter().map(|rule| rule.patterns[0].first.as_str()));
        let mut done: Vec<*const Unit> = Vec::new();
        let mut again: Vec<*const Unit> = Vec::new();
        for step in self.steps() {
            let Some(run) = self.placed_run(step) else { continue };
            for (u, unit) in run.units.iter().enumerate() {
                let installs = |w: &&PathWrite| w.kind == WriteKind::Dependency;
                let rule = unit.effects.writes.iter().find(installs).and_then(|w| heuristics.command(&w.by));
                let Some(rule) = rule.filter(|rule| rule.global) else { continue };
                if !rule.brings.is_empty() {
                    if !rule.brings.iter().any(|name| demanded.contains(&name.as_str())) {
                        done.push(unit);
                    } else if unit.effects.writes.iter().any(|w| w.form == Reach::Into) {
                        self.placement.repeated.insert((step.instruction, u));
                        again.push(unit);
                    }
                    continue;
                }
                let tools = heuristics.ecosystem(&rule.ecosystem).map_or(&[][..], |e| &e.detect.build_packages);
                let names: Vec<String> =
                    unit.effects.installs.iter().map(|(n, _)| super::dependencies::normal(n)).collect();
                let called = |name: &String| demanded.contains(&paths::name(name));
                let builds = !names.is_empty() && names.iter().all(|name| tools.contains(name) && !called(name));
                if builds && !unprovided {
                    done.push(unit);
                } else if !names.is_empty() && planner.base.provides(&rule.patterns[0].first) && !self.has_compilers() {
                    self.placement.repeated.insert((step.instruction, u));
                    done.push(unit);
                }
            }
        }
        self.writes.retain(|w| w.write.kind != WriteKind::Dependency || !done.contains(&std::ptr::from_ref(w.unit)));
        // What such a tool downloads goes along; its commands are made again.
        self.writes.retain(|w| w.write.form != Reach::Into || !again.contains(&std::ptr::from_ref(w.unit)));
    }

    /// Build tools that lie where nothing else is installed stay behind when run time calls none of them: the program's
    /// packages are in an environment of their own.
    fn lone_tools(&mut self) {
        let planner = self.planner;
        let heuristics = planner.inputs.heuristics;
        let demands = planner.demands.commands.iter().chain(&planner.demands.interpreters);
        let called: BTreeSet<&str> = demands.map(|c| paths::name(&c.name)).collect();
        let unprovided = |name: &&str| !planner.base.provides(name) && self.built_command(name).is_none();
        let unprovided = called.iter().any(unprovided);
        let installs_tools = |w: &Write<'_>| {
            if let Some(installer) = heuristics.installer_named(&w.write.by) {
                return !installer.brings.is_empty() && !installer.brings.iter().any(|c| called.contains(c.as_str()));
            }
            let effects = &w.unit.effects;
            let rule = heuristics.command(&w.write.by).filter(|rule| !rule.global);
            let ecosystem = rule.and_then(|rule| heuristics.ecosystem(&rule.ecosystem));
            let tools = ecosystem.map_or(&[][..], |e| &e.detect.build_packages);
            let names: Vec<String> = effects.installs.iter().map(|(n, _)| super::dependencies::normal(n)).collect();
            let is_tool = |name: &String| tools.contains(name) && !called.contains(name.as_str());
            effects.manifests.is_empty() && !names.is_empty() && names.iter().all(is_tool)
        };
        let lasting = self.writes.iter().filter(|w| w.write.kind == WriteKind::Dependency && !installs_tools(w));
        let others: BTreeSet<String> = lasting.map(|w| w.write.path.clone()).collect();
        if unprovided && others.is_empty() {
            // A tool's package may bring a command of another name.
            return;
        }
        self.writes
            .retain(|w| w.write.kind != WriteKind::Dependency || others.contains(&w.write.path) || !installs_tools(w));
    }

    /// Where build tools were installed beside the program's dependencies (poetry beside what it exports), a copy of the
    /// whole would take them along. When everything else is installed from declared names and files, those installs are
    /// repeated in the runtime stage instead.
    fn repeat_installs(&mut self) {
        let mut repeated = BTreeSet::new();
        let mut places: BTreeSet<String> = BTreeSet::new();
        let mut tools = false;
        for step in self.steps() {
            let Action::Run(run) = &step.action else { continue };
            for (u, unit) in run.units.iter().enumerate() {
                let effects = &unit.effects;
                let installs: Vec<&PathWrite> =
                    effects.writes.iter().filter(|w| w.kind == WriteKind::Dependency).collect();
                let Some(first) = installs.first() else { continue };
                let heuristics = self.planner.inputs.heuristics;
                let Some(rule) = heuristics.command(&first.by) else { return };
                let outside = installs.iter().all(|w| self.root_of(&w.path).is_none());
                if !rule.repeatable || !outside || effects.from_source || !effects.unknown.is_empty() {
                    return;
                }
                places.extend(installs.iter().map(|w| w.path.clone()));
                let detect = heuristics.ecosystem(&rule.ecosystem).map(|e| &e.detect);
                let is_tool = |name: &String| detect.is_some_and(|d| d.build_packages.contains(name));
                let installs_others = |name: &String| detect.is_some_and(|d| d.installer_packages.contains(name));
                let named: Vec<String> = effects.installs.iter().map(|(n, _)| super::dependencies::normal(n)).collect();
                if effects.manifests.is_empty() && !named.is_empty() && named.iter().any(is_tool) {
                    if !named.iter().all(|n| is_tool(n) || installs_others(n)) {
                        return;
                    }
                    tools = true;
                    continue;
                }
                repeated.insert((step.instruction, u));
            }
        }
        let command_there = self.planner.base.same_family && self.planner.base.after.complete;
        if !tools || repeated.is_empty() || !command_there || self.has_compilers() || !self.planner.base.same_image {
            return;
        }
        self.writes.retain(|w| w.write.kind != WriteKind::Dependency || !places.contains(&w.write.path));
        self.placement.repeated.extend(repeated);
    }

    /// True when the file installs packages that only build: what it installs with other tools may need them.
    fn has_compilers(&self) -> bool {
        let release = self.planner.base.releases.first();
        let changes = self.steps().iter().filter_map(|s| match &s.action {
            Action::Run(run) => Some(run.units.iter().flat_map(|u| &u.effects.packages)),
            _ => None,
        });
        changes.flatten().flat_map(|c| &c.names).any(|(name, _)| {
            let fact = release.and_then(|r| crate::facts::packages::package(r, super::plain_name(name)));
            fact.is_some_and(|f| f.role == crate::facts::packages::PackageRole::Build)
        })
    }

    /// What repeated installs read of the build's results is copied before they run.
    fn copies_for_repeated(&mut self) {
        let repeated: BTreeSet<usize> = self.placement.repeated.iter().map(|(i, _)| *i).collect();
        for instruction in repeated {
            let Some(copies) = self.placement.copies_after.remove(&instruction) else { continue };
            self.placement.copies_before.entry(instruction).or_default().extend(copies);
        }
    }

    /// Marks a path to be copied from the builder after an instruction.
    fn copy(&mut self, path: &str, after: usize) {
        if self.copied.iter().any(|copied| paths::is_within(copied, path)) {
            // Later writes move the copy behind them.
            let holder = self.copied.iter().find(|copied| paths::is_within(copied, path)).cloned();
            if let Some(holder) = holder {
                let after = self.owner_is_made(&holder, after);
                self.move_copy(&holder, after);
            }
            return;
        }
        let inner: Vec<String> = self.copied.iter().filter(|copied| paths::is_within(path, copied)).cloned().collect();
        let mut after = after;
        for path in inner {
            self.copied.remove(&path);
            for (index, copies) in &mut self.placement.copies_after {
                if copies.iter().any(|c| c.path == path) {
                    after = after.max(*index);
                }
                copies.retain(|c| c.path != path);
            }
        }
        self.copied.insert(path.to_owned());
        let chown = self.owner(path).or_else(|| self.writer(path));
        let after = self.owner_is_made(path, after);
        self.placement.copies_after.entry(after).or_default().push(BuilderCopy { path: path.to_owned(), chown });
        self.placement.needed_paths.insert(path.to_owned());
    }

    /// The instruction after which a path can be copied: its owner is made then. As it was when files come in between that
    /// the copy would cover.
    fn owner_is_made(&self, path: &str, after: usize) -> usize {
        let Some(owner) = self.owner(path).or_else(|| self.writer(path)) else { return after };
        let name = owner.split([':', '.']).next().unwrap_or_default();
        let makes = |step: &&Step| match &step.action {
            Action::Run(run) => run.units.iter().any(|unit| unit.effects.users.iter().any(|user| user == name)),
            _ => false,
        };
        let Some(made) = self.steps().iter().find(makes).map(|step| step.instruction) else { return after };
        let covered =
            self.steps().iter().filter(|s| after < s.instruction && s.instruction < made).any(|s| match &s.action {
                Action::Copy(copy) => lands_in(copy, path),
                _ => false,
            });
        if covered { after } else { after.max(made) }
    }

    fn move_copy(&mut self, path: &str, after: usize) {
        let mut found = None;
        for (index, copies) in &mut self.placement.copies_after {
            if *index < after
                && let Some(at) = copies.iter().position(|c| c.path == path)
            {
                found = Some(copies.remove(at));
            }
        }
        if let Some(copy) = found {
            self.placement.copies_after.entry(after).or_default().push(copy);
        }
    }

    /// The owner that a later `chown -R` gives to everything in `path`.
    fn owner(&self, path: &str) -> Option<String> {
        let last = self.operations.iter().rev().find(|o| {
            o.operation.chown.as_ref().is_some_and(|c| c.recursive)
                && o.operation.writes.iter().any(|w| paths::is_within(w, path))
        })?;
        let owner = &last.operation.chown.as_ref()?.owner;
        let name = |owner: &str| owner.split([':', '.']).next().unwrap_or_default().to_owned();
        let another = |instruction: usize, by: &str| instruction > last.instruction && name(by) != name(owner);
        let written = |instruction| {
            let step = self.steps().iter().find(|s| s.instruction == instruction);
            step.is_some_and(|s| another(instruction, &s.user))
        };
        let written_later = self.writes.iter().any(|w| written(w.instruction) && paths::is_within(path, &w.write.path));
        let copied_later = self.steps().iter().any(|s| match &s.action {
            Action::Copy(c) => {
                another(s.instruction, c.chown.as_deref().unwrap_or("root"))
                    && c.landings.iter().any(|l| paths::is_within(path, &l.destination))
            }
            _ => false,
        });
        (!written_later && !copied_later).then(|| owner.clone())
    }

    /// The user, not root, who wrote a directory and everything in it: a copy keeps the owners of what the directory holds,
    /// not its own.
    fn writer(&self, path: &str) -> Option<String> {
        let user = |instruction| self.steps().iter().find(|s| s.instruction == instruction).map(|s| s.user.as_str());
        let mut users =
            self.writes.iter().filter(|w| paths::is_within(path, &w.write.path)).map(|w| user(w.instruction));
        let writer = users.next()??;
        let inside = self.steps().iter().any(|s| match &s.action {
            Action::Copy(copy) => copy.landings.iter().any(|l| paths::is_within(path, &l.destination)),
            _ => false,
        });
        let landed = inside || self.comes_again(path, 0);
        let whole = self.writes.iter().any(|w| w.write.path == path);
        let is_root = matches!(writer.split(':').next().unwrap_or_default(), "" | "root" | "0");
        (whole && !landed && !is_root && users.all(|user| user == Some(writer))).then(|| writer.to_owned())
    }

    /// Copies what build steps wrote and run time needs.
    fn place_writes(&mut self) -> Result<(), Refusal> {
        let cut = self.placement.cut.unwrap_or_default();
        for i in 0..self.writes.len() {
            let instruction = self.writes[i].instruction;
            let write = self.writes[i].write.clone();
            let span = self.span(instruction);
            if pragmas::is_artifact(&write) {
                let last = self.last_touch(&write.path, cut).max(instruction);
                self.copy(&write.path, last);
                continue;
            }
            if is_scratch(&write.path) || self.is_removed(&write.path, instruction) {
                continue;
            }
            match self.root_of(&write.path).map(|r| (r.path.clone(), r.mode.clone())) {
                Some((root, Mode::Tree)) => {
                    let last = self.last_touch(&root, cut);
                    self.copy(&root, last);
                }
                Some((_, Mode::Dropped)) => {}
                Some((_, Mode::Proven(paths))) => {
                    for path in paths {
                        let last = self.last_touch(&path, cut).max(instruction);
                        self.copy(&path, last);
                    }
                    if self.placement.native {
                        self.place_artifact(&write, instruction);
                    }
                }
                Some((_, Mode::Precise)) => self.place_artifact(&write, instruction),
                None if write.form == Reach::Within => self.place_shared(&write, instruction, span)?,
                None => self.place_artifact(&write, instruction),
            }
        }
        for root in 0..self.roots.len() {
            let Mode::Proven(paths) = self.roots[root].mode.clone() else { continue };
            for path in paths {
                let last = self.last_touch(&path, cut);
                self.copy(&path, last);
            }
        }
        for path in self.narrowed.values().flatten().cloned().collect::<Vec<_>>() {
            let last = self.last_touch(&path, cut);
            self.copy(&path, last);
        }
        Ok(())
    }

    fn span(&self, instruction: usize) -> crate::source::Span {
        self.planner.instructions[instruction].span
    }

    /// Estimates what build output stays behind although the base may be the same: dependencies that the result
    /// contains already.
    fn estimate(&mut self) {
        let left: BTreeSet<&str> = self
            .writes
            .iter()
            .filter(|w| matches!(w.write.kind, WriteKind::Dependency | WriteKind::Intermediate))
            .map(|w| w.write.path.as_str())
            .filter(|path| !self.copied.iter().any(|c| paths::is_within(c, path) || paths::is_within(path, c)))
            .collect();
        let tools = if self.placement.repeated.is_empty() { 0 } else { TOOLS_MB };
        let downloads = if self.planner.base.same_image && self.downloads_to_compile() { LEFT_MB } else { 0 };
        self.placement.saved_mb = left.len() as u32 * LEFT_MB + tools + downloads;
    }

    /// True when a command that compiles keeps what it downloaded in a cache outside the program's directories.
    fn downloads_to_compile(&self) -> bool {
        let runs = self.steps().iter().filter_map(|step| self.placed_run(step));
        runs.flat_map(|run| &run.units).any(|unit| {
            let writes = &unit.effects.writes;
            let kept = |w: &PathWrite| {
                let scratch = SCRATCH.iter().any(|directory| paths::is_within(directory, &w.path));
                w.kind == WriteKind::Cache && !scratch && self.root_of(&w.path).is_none()
            };
            writes.iter().any(|w| w.kind == WriteKind::Intermediate) && writes.iter().any(kept)
        })
    }

    /// One write whose extent is known.
    fn place_artifact(&mut self, write: &PathWrite, instruction: usize) {
        let proven = matches!(self.root_of(&write.path).map(|r| &r.mode), Some(Mode::Proven(_)));
        let demanded = self.demanded_below(&write.path, write.form);
        match (write.kind, write.form) {
            (WriteKind::Artifact, Reach::Path)
                if demanded.is_empty() && self.is_installed_elsewhere(&write.path, 0) => {}
            (WriteKind::Artifact, Reach::Path) => self.copy(&write.path, instruction),
            (WriteKind::Artifact, _) => {
                self.tell_left_behind(write, &demanded, instruction);
                for path in demanded {
                    self.copy(&path, instruction);
                }
            }
            (WriteKind::Intermediate, _) => {
                if demanded.is_empty() && !self.placement.native && !proven {
                    // Something interpreted may read it by a path that is computed.
                    self.copy(&write.path, instruction);
                } else {
                    let whole = !self.placement.native && !self.bundles(write, instruction);
                    if whole {
                        self.copy(&write.path, instruction);
                    } else {
                        for path in demanded {
                            self.copy(&path, instruction);
                        }
                    }
                }
            }
            // What the compiler of a program downloaded is in the program.
            (WriteKind::Source, _) if self.placement.native => {}
            (WriteKind::Dependency | WriteKind::Data | WriteKind::Unknown | WriteKind::Source, _) if !proven => {
                self.copy(&write.path, instruction);
            }
            _ => {}
        }
    }

    /// A program whose sources are not here may start any of the programs that were installed beside it.
    fn tell_left_behind(&mut self, write: &PathWrite, demanded: &[String], instruction: usize) {
        let beside = self.writes.iter().filter(|w| {
            let w = &w.write;
            w.kind == WriteKind::Artifact && w.form == write.form && w.path == write.path
        });
        let span = self.span(instruction);
        let told = |reason: &Reason| reason.rule == rules::ASSUMED_SUBPROCESS;
        if self.placement.unread && beside.count() > demanded.len() && !self.placement.assumptions.iter().any(told) {
            let asked = demanded.iter().map(|path| format!("`{}`", paths::name(path))).collect::<Vec<_>>().join(", ");
            let words = format!(
                "several commands install programs into `{}`, and run time is only known to start {asked}, whose sources are not here",
                write.path
            );
            self.placement.assumptions.push(rules::ASSUMED_SUBPROCESS.because(words, span));
        }
    }

    /// True when a result of the build was only a step on the way: a later command installs it somewhere else.
    fn is_installed_elsewhere(&self, path: &str, depth: usize) -> bool {
        depth < 3
            && self.operations.iter().any(|o| {
                let operation = o.operation;
                let moved = operation.reads.iter().any(|r| r == path)
                    && !operation.is_link
                    && operation.writes.iter().any(|w| paths::parent(w) != paths::parent(path));
                let links = operation.is_link
                    && operation.writes.iter().any(|w| w == path)
                    && operation.reads.iter().all(|r| self.is_installed_elsewhere(r, depth + 1));
                moved || links
            })
    }

    /// True when the build packs everything that a demanded file needs into it.
    fn bundles(&self, write: &PathWrite, _instruction: usize) -> bool {
        let Some(rule) = self.planner.inputs.heuristics.command(&write.by) else { return false };
        let directory = paths::parent(&write.path);
        rule.bundles.iter().any(|condition| {
            let path = paths::join(directory, &condition.file);
            let text = self.planner.analysis.files.text(&path, self.planner.inputs.context);
            text.is_some_and(|text| condition.any.iter().any(|word| text.contains(word.as_str())))
        })
    }

    /// Paths that run time asks for and that a write provides.
    fn demanded_below(&self, path: &str, form: Reach) -> Vec<String> {
        let mut wanted: Vec<String> = self.planner.demands.paths.iter().map(|p| p.path.clone()).collect();
        for command in &self.planner.demands.commands {
            wanted.extend(self.built_command(&command.name));
        }
        let behind: Vec<String> = wanted.iter().flat_map(|link| self.leads_to(link).cloned()).collect();
        wanted.extend(behind);
        // A file that is copied on by a plain operation is asked for where it comes from, and lands by that operation.
        wanted.retain(|p| match form {
            Reach::Into => paths::parent(p) == path && self.artifact_at(p, 0),
            Reach::Within => paths::is_within(path, p) && self.artifact_at(p, 0),
            Reach::Path => paths::is_within(path, p),
        });
        wanted.sort();
        wanted.dedup();
        wanted
    }

    /// Unknown files below a directory of the system.
    fn place_shared(
        &mut self,
        write: &PathWrite,
        instruction: usize,
        span: crate::source::Span,
    ) -> Result<(), Refusal> {
        let local = matches!(
            write.path.as_str(),
            "/usr/local" | "/usr/local/bin" | "/usr/local/lib" | "/usr/local/share" | "/opt"
        );
        if local && (self.planner.base.empty_local || self.planner.base.same_family) {
            self.copy(&write.path, instruction);
            return Ok(());
        }
        if write.kind == WriteKind::Artifact {
            for path in self.demanded_below(&write.path, Reach::Within) {
                self.copy(&path, instruction);
            }
            let words =
                format!("what is installed below `{}` beside the program is taken to be for builds", write.path);
            self.placement.assumptions.push(rules::ASSUMED_COMMAND.because(words, span));
            return Ok(());
        }
        let words = format!("the step may write anywhere below `{}`", write.path);
        Err(rules::SYSTEM_CHANGE.because(words, span).into())
    }

    /// True when a later step removes the path again.
    fn is_removed(&self, path: &str, instruction: usize) -> bool {
        self.operations.iter().enumerate().any(|(at, o)| {
            let put_back = |later: &Operation| later.operation.writes.iter().any(|w| w == path);
            o.instruction >= instruction
                && o.operation.removes.iter().any(|r| paths::is_within(r, path))
                && !self.written_after_removal(path, o.instruction)
                && !self.operations.iter().skip(at + 1).any(put_back)
        })
    }

    fn written_after_removal(&self, path: &str, instruction: usize) -> bool {
        self.writes.iter().any(|w| w.instruction > instruction && w.write.path == path)
    }

    /// The last instruction up to the cut that puts anything into a directory.
    fn last_touch(&self, root: &str, cut: usize) -> usize {
        let copies = self.steps().iter().filter_map(|s| match &s.action {
            Action::Copy(copy) if lands_in(copy, root) => Some(s.instruction),
            _ => None,
        });
        let writes = self.writes.iter().filter(|w| paths::is_within(root, &w.write.path)).map(|w| w.instruction);
        let operations = self
            .operations
            .iter()
            .filter(|o| o.operation.writes.iter().chain(&o.operation.removes).any(|p| paths::is_within(root, p)))
            .map(|o| o.instruction);
        copies.chain(writes).chain(operations).filter(|&i| i <= cut).max().unwrap_or(cut)
    }

    /// Decides which COPY and ADD instructions the runtime stage repeats.
    fn place_copies(&mut self) {
        let cut = self.placement.cut.unwrap_or_default();
        let mut kept: Vec<&Step> = Vec::new();
        for step in self.steps().iter().rev() {
            let Action::Copy(copy) = &step.action else { continue };
            let root = self.root_of(&copy.destination).map(|r| r.mode.clone());
            let carried = step.instruction <= cut
                && match root {
                    _ if self.narrowed.contains_key(&step.instruction) => true,
                    Some(Mode::Tree) => true,
                    Some(Mode::Proven(_)) => !self.plain_copies.contains(&step.instruction),
                    Some(Mode::Dropped) => true,
                    Some(Mode::Precise) | None => false,
                };
            let place = self.pragmas().place(step.instruction);
            if self.pragmas().is_kept_whole(step.instruction) {
                kept.push(step);
                continue;
            }
            if place == Some(Place::Build)
                || carried
                || step.instruction <= cut && self.is_taken_away(copy, step.instruction)
                || self.is_superseded(copy, &kept)
                || (self.is_build_input(copy) || self.is_build_tool(copy)) && step.instruction <= cut
            {
                continue;
            }
            kept.push(step);
        }
        self.placement.restated_copies = kept.iter().map(|s| s.instruction).collect();
    }

    /// True when a later step removes everything that a COPY brings, and no change of the system reads it before.
    fn is_taken_away(&self, copy: &CopyAction, instruction: usize) -> bool {
        let read_by_system = |path: &str| {
            self.steps().iter().any(|step| match &step.action {
                Action::Run(run) => run.units.iter().any(|unit| {
                    let changes = !unit.effects.packages.is_empty() || !unit.effects.system.is_empty();
                    let inside = unit.cwd.as_deref().is_some_and(|cwd| paths::is_within(path, cwd));
                    changes && (inside || run.text.get(unit.range.clone()).is_none_or(|text| text.contains(path)))
                }),
                _ => false,
            })
        };
        copy.heredocs.is_empty()
            && !copy.landings.is_empty()
            && copy.landings.iter().all(|landing| {
                self.is_removed(&landing.destination, instruction) && !read_by_system(&landing.destination)
            })
    }

    /// True when a later COPY of the runtime stage brings the same files to the same places.
    fn is_superseded(&self, copy: &CopyAction, later: &[&Step]) -> bool {
        !copy.landings.is_empty()
            && copy.heredocs.is_empty()
            && !copy.unpacks
            && self.planner.inputs.context.is_known()
            && copy.landings.iter().all(|landing| {
                later.iter().any(|step| match &step.action {
                    Action::Copy(other) => other.landings.iter().any(|l| covers(l, landing)),
                    _ => false,
                })
            })
    }

    /// True when a native program's sources or manifests are all that a COPY brings.
    fn is_build_input(&self, copy: &CopyAction) -> bool {
        let ecosystems = self.compiling_ecosystems();
        let is_input = |landing: &Landing| match landing.tree {
            true => {
                let mut rest = Vec::new();
                self.beside_sources(landing, &ecosystems, &mut rest).is_some() && rest.is_empty()
            }
            false => self.planner.inputs.heuristics.is_build_input(paths::name(&landing.source)),
        };
        self.placement.native && !copy.landings.is_empty() && copy.landings.iter().all(is_input)
    }

    /// True when a copy from another image brings nothing but tools that only build, and run time calls none of them.
    fn is_build_tool(&self, copy: &CopyAction) -> bool {
        let demands = self.planner.demands;
        let called = |path: &String| {
            demands.commands.iter().chain(&demands.interpreters).any(|c| paths::name(&c.name) == paths::name(path))
        };
        let arrivals = copy.arrivals();
        let ecosystems = self.planner.inputs.heuristics.ecosystems();
        let is_tool = |path: &String| {
            let name = paths::name(path);
            ecosystems.iter().any(|e| e.detect.build_packages.iter().any(|tool| tool == name))
        };
        !arrivals.is_empty() && arrivals.iter().all(|path| is_tool(path) && !called(path))
    }

    /// True when a copy from another image brings the path.
    fn is_from_image(&self, path: &str) -> bool {
        self.steps().iter().any(|step| match &step.action {
            Action::Copy(copy) => copy.arrivals().iter().any(|arrival| arrival == path),
            _ => false,
        })
    }

    /// Repeats users, directories, modes and other plain changes that no copy carries.
    fn place_operations(&mut self) -> Result<(), Refusal> {
        let cut = self.placement.cut.unwrap_or_default();
        for step in self.steps() {
            let Action::Run(run) = &step.action else { continue };
            if self.pragmas().is_kept_whole(step.instruction) {
                self.placement.replays.insert(step.instruction, RunText::Whole);
                continue;
            }
            for unit in &run.units {
                if unit.effects.system.contains(&SystemChange::Users) {
                    self.placement.users.extend(unit.effects.users.iter().cloned());
                }
            }
            let in_builder = step.instruction <= cut;
            let mut chosen = Vec::new();
            for (i, unit) in run.units.iter().enumerate() {
                if self.is_replayed(step, i, unit, in_builder)? {
                    chosen.push(i);
                }
            }
            if chosen.is_empty() {
                continue;
            }
            let text = self.replay_text(step, run, &chosen, in_builder);
            self.placement.chosen_units.insert(step.instruction, chosen.iter().copied().collect());
            self.placement.replays.insert(step.instruction, text);
        }
        Ok(())
    }

    fn is_replayed(&self, step: &Step, index: usize, unit: &Unit, in_builder: bool) -> Result<bool, Refusal> {
        if self.placement.repeated.contains(&(step.instruction, index)) {
            return Ok(true);
        }
        let effects = &unit.effects;
        let system: Vec<SystemChange> =
            effects.system.iter().copied().filter(|s| !matches!(s, SystemChange::Ldconfig)).collect();
        if !effects.packages.is_empty() {
            // Package lists are the business of the package plan.
            return Ok(false);
        }
        if !system.is_empty() {
            if system.contains(&SystemChange::Repositories) {
                return Ok(false);
            }
            if !is_system_change(effects) {
                let words = "users or other system settings are changed together with a build in one command";
                return Err(rules::SYSTEM_CHANGE.because(words, step.span).into());
            }
            return Ok(true);
        }
        if !effects.is_portable() {
            return Ok(false);
        }
        if effects.files.is_empty() {
            return Ok(!in_builder
                && !unit.state_only
                && !effects.commands.is_empty()
                && effects.writes.is_empty()
                && !is_silent(effects));
        }
        Ok(effects.files.iter().any(|operation| {
            self.prepares_system(operation, step.instruction)
                || self.operation_matters(operation, step.instruction, in_builder)
        }))
    }

    /// True when the runtime stage lacks what a plain file operation does.
    fn operation_matters(&self, operation: &FileOperation, instruction: usize, in_builder: bool) -> bool {
        if operation.by_tool {
            return false;
        }
        let owns = operation.chown.as_ref().is_some_and(|c| c.recursive)
            && operation.writes.iter().any(|w| self.copied.contains(w) && self.is_made_before_copy(w));
        if owns {
            return true;
        }
        let carries = |p: &String| match operation.is_link {
            true => self.is_built(p) && !self.copied.iter().any(|c| paths::is_within(c, p)),
            false => self.is_built(p) || !self.is_from_context(p),
        };
        if !operation.metadata_only && operation.reads.iter().any(carries) {
            return false;
        }
        if self
            .writes
            .iter()
            .any(|w| w.exact && w.instruction == instruction && operation.writes.contains(&w.write.path))
        {
            return false;
        }
        let made = operation.writes.iter().any(|path| {
            if is_scratch(path) || self.is_removed(path, instruction) {
                return false;
            }
            if operation.metadata_only && !self.is_there(path) {
                return false;
            }
            let copied = self.copied.iter().find(|c| *c != path && paths::is_within(c, path));
            if let Some(root) = copied.filter(|_| in_builder) {
                return self.prepares_owned(operation, root, instruction);
            }
            // Its owner is set by the copy itself.
            if operation.chown.as_ref().is_some_and(|c| c.recursive) && self.copied.iter().any(|c| c == path) {
                return false;
            }
            match self.root_of(path).map(|r| (&r.path, &r.mode)) {
                Some((root, Mode::Tree)) => !in_builder || root == path && !self.is_made_by_copy(operation, path),
                Some((_, Mode::Dropped)) => !in_builder,
                Some((_, Mode::Proven(_))) => !in_builder || !self.is_from_context(path) && !self.copied.contains(path),
                Some((_, Mode::Precise)) => {
                    let touched = operation.is_touch && self.is_from_context(path);
                    let carried = self.copied.iter().any(|c| paths::is_within(c, path));
                    let left = self.inside_intermediate(path) || carried || touched;
                    let set = match operation.metadata_only {
                        true => self.keeps_metadata(path, instruction),
                        false => self.prepares_metadata(operation, instruction),
                    };
                    set || !left && !self.comes_again(path, instruction)
                }
                None => !in_builder || !self.copied.iter().any(|c| paths::is_within(c, path)),
            }
        });
        let removed = operation.removes.iter().any(|path| {
            !is_scratch(path)
                && !self.writes.iter().any(|w| paths::is_within(path, &w.write.path))
                && match self.root_of(path).map(|r| &r.mode) {
                    Some(Mode::Precise) => self.is_from_context(path) && !self.comes_again(path, instruction),
                    Some(_) => !in_builder,
                    None => !is_home_cache(path),
                }
        });
        made || removed
    }

    /// True when the runtime stage has a path, or something that a pattern fits, before a repeated operation.
    fn is_there(&self, path: &str) -> bool {
        if let Some(at) = path.find(['*', '?', '[']) {
            let directory = paths::parent(&path[..=at]);
            let context = self.planner.inputs.context;
            let Some((source, Entry::Directory)) = self.planner.analysis.files.entry(directory, context) else {
                return true;
            };
            let pattern = path[directory.len()..].trim_start_matches('/');
            let names = context.list(&source).unwrap_or_default();
            return match pattern.contains(['/', '?', '[']) {
                true => self.is_there(directory),
                false => names.iter().any(|n| glob(pattern, n) && self.is_there(&paths::join(directory, n))),
            };
        }
        let restated = || {
            self.steps().iter().filter(|s| self.placement.restated_copies.contains(&s.instruction)).any(|s| {
                let Action::Copy(copy) = &s.action else { return false };
                copy.landings
                    .iter()
                    .any(|l| paths::is_within(path, &l.destination) || l.tree && paths::is_within(&l.destination, path))
            })
        };
        self.copied.iter().any(|c| paths::is_within(c, path) || paths::is_within(path, c))
            || restated()
            || !self.is_built(path) && !self.is_from_context(path)
    }

    /// True when WORKDIR makes a directory as root before its files are copied: a copy leaves the owner of what is there.
    fn is_made_before_copy(&self, path: &str) -> bool {
        let after = self.placement.copies_after.iter().find(|(_, copies)| copies.iter().any(|c| c.path == path));
        after.is_some_and(|(&after, _)| self.workdir_makes(path, after))
    }

    /// True when a WORKDIR up to an instruction makes a directory as root.
    fn workdir_makes(&self, path: &str, last: usize) -> bool {
        let steps = self.steps();
        let entered = |i: usize| {
            let next = steps.get(i + 1).map(|s| s.workdir.as_str());
            next.unwrap_or(&self.planner.analysis.end.config.workdir)
        };
        let is_root = |user: &str| matches!(user.split(':').next().unwrap_or_default(), "" | "root" | "0");
        steps.iter().enumerate().any(|(i, step)| {
            let workdir = matches!(self.planner.instructions[step.instruction].kind, Kind::Workdir(_));
            workdir && step.instruction <= last && is_root(&step.user) && paths::is_within(path, entered(i))
        })
    }

    /// True when an operation makes what a repeated `chown -R` of the whole directory needs to be there.
    fn prepares_owned(&self, operation: &FileOperation, root: &str, instruction: usize) -> bool {
        !operation.metadata_only
            && operation.reads.is_empty()
            && self.operations.iter().any(|o| {
                o.instruction >= instruction
                    && o.operation.chown.as_ref().is_some_and(|c| c.recursive)
                    && o.operation.writes.iter().any(|w| w == root)
                    && self.is_made_before_copy(root)
                    && !self.workdir_makes(root, o.instruction)
            })
    }

    /// True when an operation makes no more of a directory than its copy from the builder does.
    fn is_made_by_copy(&self, operation: &FileOperation, path: &str) -> bool {
        let set = self.operations.iter().any(|o| {
            let all = o.operation.chown.as_ref().is_some_and(|c| c.recursive);
            o.operation.metadata_only && !all && o.operation.writes.iter().any(|written| written == path)
        });
        let plain = !operation.metadata_only && !operation.is_link && operation.reads.is_empty();
        plain && !set && self.copied.contains(path) && self.workdir_makes(path, usize::MAX)
    }

    /// True when later copies put files into a directory: they leave the owner and the mode that it was given.
    fn keeps_metadata(&self, path: &str, instruction: usize) -> bool {
        !self.copied.iter().any(|c| paths::is_within(c, path))
            && self.steps().iter().filter(|s| s.instruction > instruction).any(|step| match &step.action {
                Action::Copy(copy) => copy.landings.iter().any(|l| l.tree && l.destination == path),
                _ => false,
            })
    }

    /// True when an operation makes a directory whose owner or mode a repeated operation sets.
    fn prepares_metadata(&self, operation: &FileOperation, instruction: usize) -> bool {
        let makes = |path: &str| operation.writes.iter().any(|made| paths::is_within(path, made));
        operation.reads.is_empty()
            && self.operations.iter().filter(|o| o.operation.metadata_only && o.instruction >= instruction).any(|o| {
                o.operation.writes.iter().any(|path| {
                    makes(path) && self.keeps_metadata(path, o.instruction) && !self.workdir_makes(path, o.instruction)
                })
            })
    }

    fn is_from_context(&self, path: &str) -> bool {
        let entry = self.planner.analysis.files.entry(path, self.planner.inputs.context);
        entry.is_some_and(|(_, e)| !matches!(e, Entry::Unknown | Entry::Absent))
    }

    /// True when a later COPY brings the path from the context.
    fn comes_again(&self, path: &str, instruction: usize) -> bool {
        self.steps().iter().filter(|s| s.instruction > instruction).any(|step| match &step.action {
            Action::Copy(copy) => copy.landings.iter().any(|l| {
                let source = match (l.tree, paths::below(&l.destination, path)) {
                    (true, Some("")) | (false, Some("")) => l.source.clone(),
                    (true, Some(rest)) if l.source.is_empty() => rest.to_owned(),
                    (true, Some(rest)) => format!("{}/{rest}", l.source),
                    _ => return false,
                };
                !matches!(self.planner.inputs.context.entry(&source), Entry::Absent | Entry::Unknown)
            }),
            _ => false,
        })
    }

    /// The RUN that repeats the chosen parts. Where packages are installed too, the package plan writes it instead.
    fn replay_text(&self, step: &Step, run: &RunAction, chosen: &[usize], in_builder: bool) -> RunText {
        let has_packages = run.units.iter().any(|u| !u.effects.packages.is_empty());
        let trimmed: BTreeMap<usize, String> = chosen
            .iter()
            .filter_map(|&i| Some((i, self.without_copied_targets(run, &run.units[i], in_builder)?)))
            .collect();
        let all = (0..run.units.len())
            .all(|i| chosen.contains(&i) || run.units[i].state_only || is_silent(&run.units[i].effects) && !in_builder);
        if !has_packages && trimmed.is_empty() && (all || !in_builder) {
            return RunText::Whole;
        }
        RunText::Reduced(join_source(self.planner, step, run, chosen, &trimmed))
    }

    /// The unit's text without arguments that a copy with `--chown` has dealt with, and without those that are not in the
    /// runtime stage; `None` when nothing is to be left out.
    fn without_copied_targets(&self, run: &RunAction, unit: &Unit, in_builder: bool) -> Option<String> {
        let [operation] = unit.effects.files.as_slice() else { return None };
        if !operation.chown.as_ref().is_some_and(|c| c.recursive) {
            let absent = |path: &String| operation.metadata_only && !self.is_there(path);
            let gone: Vec<_> = operation.targets.iter().filter(|(path, _)| absent(path)).collect();
            return (gone.len() < operation.targets.len()).then(|| without_arguments(run, unit, &gone)).flatten();
        }
        let done: Vec<_> = operation.targets.iter().filter(|(path, _)| self.copied.contains(path)).collect();
        let (there, gone): (Vec<_>, Vec<_>) = done.into_iter().partition(|(path, _)| self.is_made_before_copy(path));
        if gone.is_empty() && there.is_empty() {
            return None;
        }
        if in_builder && gone.is_empty() {
            // Before the copy the directories are empty.
            return None;
        }
        if !there.is_empty() {
            let owner = &operation.chown.as_ref()?.owner;
            let list = |paths: Vec<&String>| paths.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            let rest: Vec<&String> =
                operation.targets.iter().map(|(path, _)| path).filter(|path| !self.copied.contains(*path)).collect();
            let own = format!("chown {owner} {}", list(there.iter().map(|(path, _)| path).collect()));
            return Some(if rest.is_empty() { own } else { format!("{own} && chown -R {owner} {}", list(rest)) });
        }
        let done = gone;
        if done.len() == operation.targets.len() {
            return None;
        }
        without_arguments(run, unit, &done)
    }

    /// What an image's own compiler links is not in the distribution: its libraries go along.
    fn own_compiler(&mut self) {
        let Some(reference) = &self.planner.analysis.base.reference else { return };
        let repository = reference.normalised().repository;
        let tag = reference.tag.clone().unwrap_or_else(|| "latest".to_owned());
        let release = self.planner.base.releases.first().map(|r| r.release.clone()).unwrap_or_default();
        let newer = |c: &&OwnCompiler| c.image == repository && c.is_newer(&tag, &release);
        let Some(compiler) = compiled().compiler.iter().find(newer) else { return };
        if self.planner.base.same_image
            || !Sources::look(self.planner, &self.placement).is_some_and(|s| s.load_own(compiler))
        {
            return;
        }
        let cut = self.placement.cut.unwrap_or_default();
        for library in &compiler.libraries {
            self.copy(library, cut);
        }
        let name = paths::name(&compiler.directory);
        let text = format!("RUN echo {} > /etc/ld.so.conf.d/local-{name}.conf && ldconfig", compiler.directory);
        self.placement.after_copies = Some(text);
    }

    /// Libraries that arrive by copy are found only after `ldconfig`.
    fn linker_cache(&mut self) {
        let ran = self.steps().iter().any(|s| match &s.action {
            Action::Run(run) => run.units.iter().any(|u| u.effects.system.contains(&SystemChange::Ldconfig)),
            _ => false,
        });
        let libraries = self.copied.iter().any(|path| {
            let whole = path == "/usr/local" || path == "/usr/local/lib";
            whole && self.planner.base.empty_local || paths::is_within("/usr/local/lib", path) && path.contains(".so")
        });
        if (ran || libraries) && self.planner.base.glibc && !self.copied.is_empty() {
            self.placement.after_copies = Some("RUN ldconfig".to_owned());
        }
    }
}

/// The text of a unit without some of its arguments; `None` when there are none to leave out.
fn without_arguments(run: &RunAction, unit: &Unit, gone: &[&(String, std::ops::Range<usize>)]) -> Option<String> {
    if gone.is_empty() {
        return None;
    }
    let mut text = run.text[unit.range.clone()].to_owned();
    for (_, range) in gone.iter().rev() {
        let (start, end) = (range.start.checked_sub(unit.range.start)?, range.end.checked_sub(unit.range.start)?);
        let before = text.get(..start)?.trim_end().len();
        text.replace_range(before..end, "");
    }
    Some(text)
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
