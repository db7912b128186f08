//! What is known of an image before anything is decided: its files and packages, the programs that run in it, what these
//! open and start, and which directories belong to them.
//!
//! Licences, suppliers and the proof all ask the survey; it does not know the plan.

mod credentials;
mod idle;
mod installed;
mod interpreter;
mod programs;
mod signs;

use super::dependencies::{self, Declared};
use crate::analyzer::demands::{Demands, Program};
use crate::analyzer::effects::Effects;
use crate::analyzer::pragmas::Place;
use crate::analyzer::state::Landing;
use crate::analyzer::{Action, Analysis, CopyAction, Inputs, RunAction, Step, Unit};
use crate::context::{self, Entry as ContextEntry};
use crate::facts::contents::BaseContents;
use crate::facts::heuristics::WriteKind;
use crate::facts::images::Release;
use crate::image::{At, Entry, Extent, Image, Operation, Origin};
use crate::paths;
use crate::programs::Reading;
use crate::syntax::Instruction;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most files of a directory that are looked at.
pub(crate) const MANY: usize = 5_000;

/// Directories that hold what the build needs for itself and nobody reads later.
const SCRATCH: &[&str] = &["/tmp", "/var/tmp", "/var/cache", "/var/lib/apt/lists", "/usr/share/doc", "/usr/share/man"];

/// Directories that distributions leave to the administrator (Filesystem Hierarchy Standard 3.0: /srv, /mnt, /media).
const EMPTY: &[&str] = &["/srv", "/mnt", "/media", "/var/www"];

/// Commands that a program starts.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) commands: BTreeSet<String>,
    /// Every source was read, and no package of it is unknown.
    pub(crate) complete: bool,
    /// A source file is known by its name only.
    pub(crate) hidden: bool,
    /// Every source of the program's own was read; packages may be unknown.
    pub(crate) own: bool,
    /// A place in the program's own sources that starts a command whose name is computed.
    pub(crate) unknown: Option<String>,
}

/// What counts of the image that the container is to run on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target {
    /// Below /usr/local the builder has nothing but what steps put there, or the same as the target.
    pub(crate) keeps_local: bool,
    /// Releases that it may stand for.
    pub(crate) releases: Vec<Release>,
}

/// Everything that is known before anything is decided.
pub(crate) struct Survey<'a> {
    pub(crate) inputs: Inputs<'a>,
    pub(crate) analysis: &'a Analysis,
    /// The instructions of the original, by index.
    pub(crate) instructions: Vec<&'a Instruction>,
    pub(crate) demands: &'a Demands,
    /// The files and packages of the original image.
    pub(crate) image: Image<'a>,
    /// What the original base image brings.
    pub(crate) before: Arc<BaseContents>,
    /// The last instruction that builds; `None` when nothing does.
    pub(crate) cut: Option<usize>,
    /// Every program is a file that the build made: nothing is interpreted.
    pub(crate) native: bool,
    /// Every program is a server that reads its own configuration, and where it looks for content is known.
    pub(crate) servers: bool,
    /// What the sources of native programs say.
    pub(crate) readings: Vec<Reading>,
    /// Of some program that the build made it is not known what it does.
    pub(crate) unread: bool,
    /// The paths that the sources of native programs are proven to open, and no others.
    pub(crate) opened: Option<Vec<String>>,
    /// The sources prove that no TLS connection is made.
    pub(crate) tls_excluded: bool,
    /// What is known of the commands that the program starts; nothing when no program of a known language runs.
    pub(crate) started: Option<Started>,
    /// The packages of languages that the file installs.
    pub(crate) declared: Declared,
    /// Directories that belong to the program, not to the system; none lies in another.
    pub(crate) roots: Vec<String>,
    /// The image that the container is to run on.
    pub(crate) target: &'a Target,
    /// The texts of the project's files, once somebody has asked.
    texts: OnceCell<Option<Vec<(String, String)>>>,
}

impl<'a> Survey<'a> {
    pub(crate) fn new(
        inputs: Inputs<'a>,
        analysis: &'a Analysis,
        demands: &'a Demands,
        target: &'a Target,
    ) -> Survey<'a> {
        let image = Image::of(analysis, inputs.dockerfile, inputs.context, None);
        let before = match &analysis.base.reference {
            Some(reference) => crate::facts::contents::provides(reference),
            None => Arc::default(),
        };
        let mut survey = Survey {
            inputs,
            analysis,
            instructions: inputs.dockerfile.instructions().collect(),
            demands,
            image,
            before,
            cut: None,
            native: false,
            servers: false,
            readings: Vec::new(),
            unread: false,
            opened: None,
            tls_excluded: false,
            started: None,
            declared: dependencies::declared(inputs, analysis),
            roots: Vec::new(),
            target,
            texts: OnceCell::new(),
        };
        let data = survey.declared.brings_data || !survey.declared.unread.is_empty();
        survey.image.refute(|entry| entry.purpose == WriteKind::PackageData && !data);
        survey.refute_interpreters();
        survey.assure_programs();
        survey.cut = survey.last_build();
        survey.roots = survey.find_roots();
        survey.read_programs();
        survey.started = survey.read_started();
        survey.hear_packages();
        survey
    }

    /// A directory that holds the program which the container starts is there: else the original would not start either.
    fn assure_programs(&mut self) {
        let files = self.demands.programs.iter().filter_map(|program| match program {
            Program::File { path } | Program::Script { path } => Some(path),
            Program::Interpreted { file, .. } => file.as_ref(),
            _ => None,
        });
        let made: Vec<&String> = files.filter(|path| !self.is_from_context(path)).collect();
        self.image.assure(|entry| {
            let holds = |path: &&String| paths::below(&entry.path, path).is_some_and(|rest| !rest.is_empty());
            entry.extent == Extent::Tree && entry.origin == Origin::Step && made.iter().any(holds)
        });
    }

    pub(crate) fn steps(&self) -> &'a [Step] {
        &self.analysis.steps
    }

    /// RUN instructions with their parts.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&'a Step, &'a RunAction)> + use<'a> {
        self.analysis.steps.iter().filter_map(|step| match &step.action {
            Action::Run(run) => Some((step, run)),
            _ => None,
        })
    }

    /// COPY and ADD instructions.
    pub(crate) fn copies(&self) -> impl Iterator<Item = (&'a Step, &'a CopyAction)> + use<'a> {
        self.analysis.steps.iter().filter_map(|step| match &step.action {
            Action::Copy(copy) => Some((step, copy)),
            _ => None,
        })
    }

    /// The part of a RUN at a place.
    pub(crate) fn unit(&self, at: At) -> Option<&'a Unit> {
        let (_, run) = self.runs().find(|(step, _)| step.instruction == at.instruction)?;
        run.units.get(at.unit)
    }

    /// The last instruction that the builder needs.
    fn last_build(&self) -> Option<usize> {
        let pragmas = &self.analysis.pragmas;
        let mut cut = None;
        for step in self.steps() {
            if pragmas.place(step.instruction) == Some(Place::Build) {
                cut = Some(step.instruction);
            }
            let Action::Run(run) = &step.action else { continue };
            if !pragmas.is_kept_whole(step.instruction) && run.units.iter().any(|unit| builds(&unit.effects)) {
                cut = Some(step.instruction);
            }
        }
        // What carries results of the build on belongs to it.
        for (_, entry) in self.image.entries() {
            if entry.is_built() && super::matters(entry.purpose) && !pragmas.is_kept_whole(entry.at.instruction) {
                cut = cut.max(Some(entry.at.instruction));
            }
        }
        for operation in self.image.operations() {
            let built = operation.operation.reads.iter().any(|path| self.image.is_built(path));
            // A copy takes the mode along.
            let carried = operation.operation.metadata_only && operation.operation.chown.is_none() && built;
            if carried && operation.portable && !pragmas.is_kept_whole(operation.at.instruction) {
                cut = cut.max(Some(operation.at.instruction));
            }
        }
        // What a later step takes away of the build's results has to be gone before they are copied.
        for entry in self.image.all() {
            let Some(gone) = entry.gone.filter(|_| Some(entry.at.instruction) <= cut) else { continue };
            let results = super::matters(entry.purpose) && !is_scratch(&entry.path);
            let made = matches!(entry.origin, Origin::Step | Origin::Plain);
            if made && results && !pragmas.is_kept_whole(gone.instruction) {
                cut = cut.max(Some(gone.instruction));
            }
        }
        for (_, entry) in self.image.entries() {
            let of_build = |path: &String| self.brought_by(path).is_some_and(|i| Some(i) <= cut);
            if is_copy(entry) && Some(entry.at.instruction) > cut && entry.sources.iter().all(of_build) {
                cut = Some(entry.at.instruction);
            }
        }
        cut
    }

    /// True when an entry comes from the builder: a step of the build made it, or copied it there, which is plainer than to
    /// bring the source again and repeat the command.
    pub(crate) fn comes_from_builder(&self, entry: &Entry) -> bool {
        let early = Some(entry.at.instruction) <= self.cut;
        early
            && !self.analysis.pragmas.is_kept_whole(entry.at.instruction)
            && (entry.is_built() || is_copy(entry) && !self.comes_later(entry))
    }

    /// True when a COPY after a step brings what an entry was made of, or the entry, once more.
    fn comes_later(&self, entry: &Entry) -> bool {
        entry.sources.iter().chain([&entry.path]).any(|path| self.comes_again(path, entry.at.instruction))
    }

    /// The last COPY or ADD that brings a path.
    pub(crate) fn brought_by(&self, path: &str) -> Option<usize> {
        let brings = |landing: &Landing| match landing.tree {
            true => paths::is_within(&landing.destination, path),
            false => landing.destination == path,
        };
        let all: Vec<_> = self.copies().filter(|(_, copy)| copy.landings.iter().any(brings)).collect();
        all.last().map(|(step, _)| step.instruction)
    }

    /// True when a COPY after an instruction brings the path from the context.
    pub(crate) fn comes_again(&self, path: &str, instruction: usize) -> bool {
        self.copies().filter(|(step, _)| step.instruction > instruction).any(|(_, copy)| {
            copy.landings.iter().any(|l| {
                let source = match (l.tree, paths::below(&l.destination, path)) {
                    (true, Some("")) | (false, Some("")) => l.source.clone(),
                    (true, Some(rest)) => context::join(&l.source, rest),
                    _ => return false,
                };
                !matches!(self.inputs.context.entry(&source), ContextEntry::Absent | ContextEntry::Unknown)
            })
        })
    }

    /// True when the context holds what lies at a path.
    pub(crate) fn is_from_context(&self, path: &str) -> bool {
        let entry = self.analysis.files.entry(path, self.inputs.context);
        entry.is_some_and(|(_, e)| !matches!(e, ContextEntry::Unknown | ContextEntry::Absent))
    }

    /// True when a copy from another image brings the path.
    pub(crate) fn is_from_image(&self, path: &str) -> bool {
        self.copies().any(|(_, copy)| copy.arrivals().iter().any(|arrival| arrival == path))
    }

    /// Directories of the program.
    fn find_roots(&self) -> Vec<String> {
        let mut candidates: BTreeSet<String> = BTreeSet::new();
        for (_, copy) in self.copies() {
            candidates.extend(copy.landings.iter().filter(|l| l.tree).map(|l| l.destination.clone()));
            if copy.into_directory {
                candidates.insert(copy.destination.clone());
            } else if !copy.landings.iter().any(|l| l.tree) {
                candidates.insert(paths::parent(&copy.destination).to_owned());
            }
        }
        for (step, run) in self.runs() {
            if run.units.iter().any(|u| !u.effects.is_portable() || !u.effects.files.is_empty()) {
                candidates.insert(step.workdir.clone());
                candidates.extend(run.units.iter().filter_map(|u| u.cwd.clone()));
            }
        }
        for (_, entry) in self.image.entries() {
            if entry.is_built() && matches!(entry.extent, Extent::Into | Extent::Within) {
                candidates.insert(entry.path.clone());
            }
        }
        candidates.extend(self.analysis.files.prefixes.iter().cloned());
        let workdir = self.analysis.end.config.workdir.as_str();
        let temporary = |path: &str| is_scratch(path) && !paths::is_within(path, workdir);
        candidates.retain(|path| !paths::is_shared(path) && !temporary(path) && !self.is_home(path));
        let mut roots: Vec<String> = Vec::new();
        for path in &candidates {
            // The order of a set of paths puts a directory before what lies in it.
            if !roots.iter().any(|root| paths::is_within(root, path)) {
                roots.push(path.clone());
            }
        }
        roots
    }

    /// True for a directory of the system that images leave empty and that the file makes its working directory.
    pub(crate) fn is_entered_and_empty(&self, path: &str) -> bool {
        EMPTY.contains(&path) && self.steps().iter().any(|step| step.workdir == path)
    }

    /// True for a home directory that is no working directory, and what hides in one.
    fn is_home(&self, path: &str) -> bool {
        let hidden = (path.starts_with("/root/") || path.starts_with("/home/")) && path.contains("/.");
        hidden || path == self.analysis.files.home && self.steps().iter().all(|step| step.workdir != path)
    }

    /// Paths that steps take away from what the base image or packages brought, as far as the runtime image may bring them
    /// again: caches need no mention, and one without the language has nothing of it.
    pub(crate) fn bared(&self) -> Vec<&(String, At)> {
        let local = self.target.keeps_local;
        let counts = |path: &str| !is_cleared(path) && (local || !paths::is_within("/usr/local", path));
        self.image.bared().iter().filter(|(path, _)| counts(path)).collect()
    }

    /// True for a directory that only the build has: a step removes it, nothing in it is left at the end, and after the build
    /// nothing stands in it.
    pub(crate) fn vanishes(&self, directory: &str) -> bool {
        let inside = |path: &str| paths::is_within(directory, path);
        let removals = self.image.operations().iter().flat_map(|o| &o.operation.removes);
        let removed = removals.into_iter().any(|removed| paths::is_within(removed, directory));
        let late = |step: &&Step| Some(step.instruction) > self.cut && !matches!(step.action, Action::Config);
        removed
            && !paths::is_shared(directory)
            && !inside(&self.analysis.end.config.workdir)
            && !self.image.entries().any(|(_, e)| inside(&e.path))
            && !self.steps().iter().filter(late).any(|step| inside(&step.workdir))
    }

    pub(crate) fn root_of(&self, path: &str) -> Option<&String> {
        self.roots.iter().find(|root| paths::is_within(root, path))
    }

    /// Finds out what kind of programs run, and reads the sources of those that the build makes.
    fn read_programs(&mut self) {
        let programs = &self.demands.programs;
        let natives: Vec<String> = programs
            .iter()
            .filter_map(|program| match program {
                Program::File { path } => Some(path.clone()),
                Program::Command { name } => self.built_command(name),
                _ => None,
            })
            .filter(|path| self.is_native(path))
            .collect();
        self.native = !natives.is_empty()
            && programs.iter().all(|program| match program {
                Program::File { path } => self.is_native(path),
                Program::Command { name } => match self.built_command(name) {
                    Some(path) => self.is_native(&path),
                    // What has no rule interprets nothing.
                    None => {
                        let known = self.before.commands.contains(name) || self.is_installed(name);
                        known || self.demands.optional.contains(name)
                    }
                },
                Program::Script { .. } => true,
                Program::Interpreted { .. } | Program::Server { .. } => false,
            });
        let servers = programs.iter().any(|p| matches!(p, Program::Server { .. }));
        let only = |p: &Program| match p {
            Program::Server { .. } => true,
            // A script was read; what it gives its tools may be anything below the working directory.
            Program::Script { .. } => !self.demands.looks_around,
            _ => false,
        };
        self.servers = servers && programs.iter().all(only) && !self.demands.served.is_empty();
        let sources = self.native_sources(&natives);
        self.readings = sources.as_ref().map(|s| self.readings_of(s)).unwrap_or_default();
        let all_read = sources.is_some_and(|sources| sources.len() == self.readings.len());
        self.unread = self.native && !all_read;
        let plain = programs.iter().all(|program| match program {
            Program::File { .. } => true,
            Program::Command { name } => self.built_command(name).is_some() || self.before.commands.contains(name),
            _ => false,
        });
        if self.native && plain && all_read {
            self.opened = self.proven_paths();
        }
    }

    /// True when `path` is a program that a build step made and that is still there at the end.
    pub(crate) fn is_program(&self, path: &str) -> bool {
        self.made_program(path).is_some()
    }

    /// True when `path` is a program that a build step made and that runs by itself.
    fn is_native(&self, path: &str) -> bool {
        self.made_program(path).is_some_and(|entry| !self.is_hosted(entry))
    }

    /// True when a build tool of a language made the entry whose programs load other files beside their own.
    pub(crate) fn is_hosted(&self, entry: &Entry) -> bool {
        let language = entry.by.split('/').next().and_then(|id| self.inputs.heuristics.ecosystem(id));
        language.is_some_and(|language| language.detect.hosted)
    }

    /// What brings a program that a build step made.
    fn made_program(&self, path: &str) -> Option<&Entry> {
        let in_context = || matches!(self.image.context_has(path), Some(ContextEntry::File { .. }));
        let mut made = self.image.entries().filter(|(_, e)| e.is_built() && self.image.holds(e, path));
        let found = made.find(|(_, e)| match (e.purpose, e.extent) {
            (WriteKind::Artifact, Extent::One | Extent::Tree) => true,
            (WriteKind::Intermediate, Extent::Tree) => true,
            (WriteKind::Artifact | WriteKind::Intermediate, _) => !in_context(),
            _ => false,
        });
        let found = found.map(|(_, entry)| entry);
        found.or_else(|| {
            // A link runs what it leads to.
            let target = self.leads_to(path).into_iter().next()?;
            if target == path { None } else { self.made_behind(&target, 3) }
        })
    }

    fn made_behind(&self, path: &str, depth: usize) -> Option<&Entry> {
        let made = |e: &Entry| matches!(e.purpose, WriteKind::Artifact | WriteKind::Intermediate) && !e.link;
        let direct = self.image.entries().find(|(_, e)| e.is_built() && made(e) && self.image.holds(e, path));
        match direct {
            Some((_, entry)) => Some(entry),
            None if depth > 0 => self.made_behind(self.leads_to(path).first()?, depth - 1),
            None => None,
        }
    }

    /// The absolute path of a command that the build put on PATH. What is certain to be there comes before what may be.
    pub(crate) fn built_command(&self, name: &str) -> Option<String> {
        let search = self.analysis.end.scope.get("PATH")?;
        let candidates: Vec<String> = search.split(':').map(|directory| paths::join(directory, name)).collect();
        let certain = |path: &&String| {
            let exact = |e: &Entry| e.is_built() && e.certain && e.path == **path;
            self.image.entries().any(|(_, e)| exact(e)) && self.is_program(path)
        };
        if let Some(found) = candidates.iter().find(certain) {
            return Some(found.clone());
        }
        // A directory that receives programs says nothing of a command that the base image or a package has.
        if self.before.commands.contains(name) || self.is_installed(name) || self.is_provided_plainly(&candidates) {
            return None;
        }
        let built: Vec<&String> = candidates.iter().filter(|path| self.is_program(path)).collect();
        // Of several directories that receive programs, one may be known to get this one, others not to.
        let known = |path: &&&String| self.receives(path, name);
        if let Some(found) = built.iter().find(|path| known(path) == Some(true)) {
            return Some((*found).clone());
        }
        let built: Vec<&String> = built.iter().filter(|path| known(path) != Some(false)).copied().collect();
        // What `make install` puts somewhere below its prefix is most likely in `bin` right there.
        let usual = |path: &&&String| {
            self.image.entries().any(|(_, e)| {
                e.extent == Extent::Within
                    && e.purpose == WriteKind::Artifact
                    && paths::join(&e.path, &format!("bin/{name}")) == ***path
            })
        };
        built.iter().find(usual).or(built.first()).map(|path| (*path).clone())
    }

    /// True when the context, a link or another image brings one of these paths.
    fn is_provided_plainly(&self, candidates: &[String]) -> bool {
        let plain = |e: &Entry| !e.is_built() && e.extent == Extent::One;
        candidates.iter().any(|path| {
            self.is_from_context(path)
                || self.is_from_image(path)
                || self.image.entries().any(|(_, e)| plain(e) && e.path == *path && !e.link)
        })
    }

    /// True when a package of the file brings a command.
    pub(crate) fn is_installed(&self, name: &str) -> bool {
        let distribution = self.distribution();
        self.image.packages().iter().filter(|p| p.removed.is_none()).any(|package| {
            let commands = crate::facts::packages::commands_of_package(&distribution, &package.name);
            package.name == name || commands.contains(&name)
        })
    }

    /// The id of the base image's distribution, empty when it is not known.
    pub(crate) fn distribution(&self) -> String {
        let facts = self.analysis.base.facts.as_ref();
        facts.and_then(|f| f.releases.first()).map(|r| r.distribution.clone()).unwrap_or_default()
    }

    /// What a link leads to; nothing for other paths.
    pub(crate) fn leads_to(&self, path: &str) -> Vec<String> {
        let links = self.image.entries().filter(|(_, e)| e.link && e.path == path);
        links.flat_map(|(_, e)| e.sources.clone()).collect()
    }

    /// Paths that run time asks for: files, commands that the build made, and what links lead to.
    pub(crate) fn wanted(&self) -> BTreeSet<String> {
        let mut wanted: BTreeSet<String> = self.demands.paths.iter().map(|p| p.path.clone()).collect();
        wanted.extend(self.demands.commands.iter().filter_map(|command| self.built_command(&command.name)));
        let started = self.started.iter().flat_map(|started| &started.commands);
        wanted.extend(started.filter_map(|command| match command.contains('/') {
            true => Some(paths::join(&self.analysis.end.config.workdir, command)),
            false => self.built_command(command),
        }));
        let behind: Vec<String> = wanted.iter().flat_map(|link| self.leads_to(link)).collect();
        wanted.extend(behind);
        wanted
    }

    /// Paths that run time asks for and that an entry provides.
    pub(crate) fn wanted_of(&self, entry: &Entry) -> Vec<String> {
        let provides = |path: &String| match entry.extent {
            Extent::One | Extent::Tree => self.image.holds(entry, path),
            Extent::Into | Extent::Within => self.image.holds(entry, path) && self.is_program(path),
        };
        self.wanted().into_iter().filter(provides).collect()
    }

    /// True for a directory on the PATH of the original base image, where its own tools lie.
    pub(crate) fn is_on_base_path(&self, path: &str) -> bool {
        let facts = self.analysis.base.facts.as_ref();
        let value =
            facts.and_then(|f| f.config.env.iter().find(|(name, _)| name == "PATH")).and_then(|(_, v)| v.clone());
        value.is_some_and(|value| value.split(':').any(|directory| directory == path))
    }

    /// True when a command, a script or a variable that the file sets names something in a directory: a class path, say. A
    /// variable that names the directory itself may be for the tool that fills it.
    pub(crate) fn names_inside(&self, directory: &str) -> bool {
        let inside = |word: &str| paths::below(directory, word).is_some_and(|rest| !rest.is_empty());
        let values = self.analysis.end.config.env.iter().filter(|(name, _)| self.analysis.sets_variable(name));
        let mut parts = values.filter_map(|(_, value)| value.as_deref()).flat_map(|value| value.split(':'));
        parts.any(inside) || self.demands.words.iter().any(|word| inside(word))
    }

    /// True when a variable that the file sets names a path, or a directory around it that is not the system's.
    pub(crate) fn is_named_by_variable(&self, path: &str) -> bool {
        let values =
            self.analysis.end.config.env.iter().filter(|(name, _)| name != "PATH" && self.analysis.sets_variable(name));
        let mut named = values.filter_map(|(_, value)| value.as_deref()).filter(|value| value.starts_with('/'));
        named.any(|value| !paths::is_shared(value) && (paths::is_within(value, path) || paths::is_within(path, value)))
    }

    /// Files of the build context that run time asks for by name and that an entry brings last.
    pub(crate) fn asked_of(&self, entry: &Entry) -> Vec<String> {
        if !matches!(entry.origin, Origin::Context { .. }) {
            return Vec::new();
        }
        let asked = self.demands.paths.iter().map(|demand| &demand.path);
        asked.filter(|path| self.image.provider(path) == Some(entry)).cloned().collect()
    }

    /// True when a step takes the names of packages that it installs from a file, and the entry is or holds that.
    pub(crate) fn is_read_by_installs(&self, entry: &Entry) -> bool {
        let unknown = |unit: &Unit| unit.effects.packages.iter().any(|change| !change.exact);
        self.runs().any(|(step, run)| {
            run.units.iter().filter(|unit| unknown(unit)).any(|unit| {
                let cwd = unit.cwd.as_deref().unwrap_or(&step.workdir);
                let words = crate::shell::literals(&run.text[unit.range.clone()]);
                words.iter().any(|word| self.image.holds(entry, &paths::join(cwd, word)))
            })
        })
    }

    /// Ecosystems whose tools made what the build leaves.
    pub(crate) fn compiling_ecosystems(&self) -> BTreeSet<String> {
        let made = self.image.all().iter().filter(|e| is_compiled(e));
        made.filter_map(|e| e.by.split('/').next()).filter(|id| !id.is_empty()).map(str::to_owned).collect()
    }

    /// True when a step writes or changes anything in a path that an instruction brings. What was done before to the
    /// directories around it does not count.
    pub(crate) fn is_touched(&self, path: &str, brought: usize) -> bool {
        let near = |other: &str, instruction: usize| {
            paths::is_within(path, other) || instruction >= brought && paths::is_within(other, path)
        };
        let from_step = |e: &&Entry| matches!(e.origin, Origin::Step | Origin::Plain);
        self.image
            .all()
            .iter()
            .filter(from_step)
            .any(|e| e.purpose != WriteKind::Cache && near(&e.path, e.at.instruction) && e.extent != Extent::Into)
            || self.image.operations().iter().any(|o: &Operation| {
                let paths = o.operation.writes.iter().chain(&o.operation.removes);
                paths.into_iter().any(|path| near(path, o.at.instruction))
            })
    }

    /// True when a file of the image whose path passes `at` mentions `text`, or cannot be read.
    pub(crate) fn files_mention(&self, at: impl Fn(&str) -> bool, text: &str) -> bool {
        self.analysis.files.landings().iter().filter(|landing| at(&landing.destination)).any(|landing| {
            match self.inputs.context.text(&landing.source) {
                Ok(content) => content.contains(text),
                Err(_) => true,
            }
        })
    }
}

/// True when a part of a RUN makes something that only the builder has, or tests it.
fn builds(effects: &Effects) -> bool {
    let writes = effects.writes.iter().any(|w| super::matters(w.kind)) && !crate::image::is_system_change(effects);
    let cleans = effects.files.iter().any(|operation| operation.by_tool);
    effects.builds || effects.checks || writes || cleans
}

/// True when a plain operation copied or moved the entry there.
pub(crate) fn is_copy(entry: &Entry) -> bool {
    entry.origin == Origin::Plain && !entry.link && !entry.sources.is_empty() && !entry.sources.contains(&entry.path)
}

/// True for what compilers make.
pub(crate) fn is_compiled(entry: &Entry) -> bool {
    matches!(entry.purpose, WriteKind::Artifact | WriteKind::Intermediate)
        && !matches!(entry.origin, Origin::Context { .. })
}

/// True for what distributions clear or leave out of small images without harm: caches, logs, documentation.
pub(crate) fn is_cleared(path: &str) -> bool {
    const CLEARED: &[&str] =
        &["/var/lib/apt", "/var/cache", "/tmp", "/var/tmp", "/usr/share/doc", "/usr/share/man", "/var/log", "/etc/apt"];
    CLEARED.iter().any(|root| paths::is_within(root, path))
}

/// Directories that a COPY with an owner makes: nothing was there before. Each with the instruction and the owner.
pub(crate) fn made_by_copies(analysis: &Analysis, image: &Image<'_>) -> Vec<(usize, String, String)> {
    let mut made = Vec::new();
    for (i, step) in analysis.steps.iter().enumerate() {
        let Action::Copy(copy) = &step.action else { continue };
        let Some(owner) = &copy.chown else { continue };
        let directories = copy.landings.iter().filter(|l| l.tree).map(|l| l.destination.clone());
        let from_stage = copy.from.iter().flat_map(|_| copy.arrivals());
        for directory in directories.chain(from_stage).filter(|path| !paths::is_shared(path)) {
            let entered = analysis.steps[..=i].iter().any(|earlier| paths::is_within(&directory, &earlier.workdir));
            let before = |e: &Entry| e.at.instruction < step.instruction && paths::is_within(&directory, &e.path);
            if !entered && !image.all().iter().any(before) {
                made.push((step.instruction, directory, owner.clone()));
            }
        }
    }
    made
}

pub(crate) fn is_scratch(path: &str) -> bool {
    SCRATCH.iter().any(|s| paths::is_within(s, path))
}

#[cfg(test)]
mod tests {
    use crate::context::MemoryContext;

    #[test]
    fn a_named_tool_is_where_its_step_puts_it() {
        let file = "FROM golang:1.22\nCOPY . /tmp/lib\nRUN cd /tmp/lib && ./configure && make && make install\n\
                    RUN go install example.org/acme/consumer@latest\nCMD [\"consumer\"]\n";
        let context = MemoryContext::new([("configure", "#!/bin/sh\n"), ("Makefile.in", "install:\n")]);
        let conversion = crate::convert(&crate::Request::new(file.as_bytes(), &context)).expect("a Dockerfile");
        let text = String::from_utf8(conversion.output.expect("it converts")).expect("text");
        assert!(text.contains("COPY --from=builder /go/bin/consumer /go/bin/consumer\n"), "{text}");
        assert!(!text.contains("/usr/local/bin/consumer"), "{text}");
    }
}
