//! What is known of an image before anything is decided: its files and packages, the programs that run in it, what these
//! open and start, and which directories belong to them.
//!
//! Licences, suppliers and the proof all ask the survey; it does not know the plan.

mod asked;
mod beside;
mod credentials;
mod cut;
mod idle;
mod installed;
mod interpreter;
mod linked;
mod made;
mod programs;
mod roots;
mod signs;

use super::dependencies::{self, Declared};
use crate::analyzer::demands::{Demands, Program};
use crate::analyzer::{Action, Analysis, CopyAction, Inputs, RunAction, Step, Unit};
use crate::context::Entry as ContextEntry;
use crate::facts::contents::BaseContents;
use crate::facts::heuristics::WriteKind;
use crate::facts::images::Release;
use crate::image::{At, Entry, Extent, Image, Operation, Origin};
use crate::paths;
use crate::programs::Reading;
use crate::syntax::Instruction;
pub(crate) use beside::Beside;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) use cut::is_copy;

/// The most files of a directory that are looked at.
pub(crate) const MANY: usize = 5_000;

/// Directories that hold what the build needs for itself and nobody reads later.
const SCRATCH: &[&str] = &["/tmp", "/var/tmp", "/var/cache", "/var/lib/apt/lists", "/usr/share/doc", "/usr/share/man"];

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
    /// Parts that may write anywhere in a project which lies in `/`.
    pub(crate) confined: Vec<At>,
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
            confined: Vec::new(),
            target,
            texts: OnceCell::new(),
        };
        let data = survey.declared.brings_data || !survey.declared.unread.is_empty();
        survey.image.refute(|entry| entry.purpose == WriteKind::PackageData && !data);
        survey.refute_interpreters();
        let asked = survey.asked_in_root();
        survey.confined = survey.image.confine(&asked);
        survey.assure_programs();
        survey.cut = survey.last_build();
        survey.roots = survey.find_roots();
        survey.read_programs();
        survey.started = survey.read_started();
        survey.hear_packages();
        survey
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

    /// True when the context holds what lies at a path.
    pub(crate) fn is_from_context(&self, path: &str) -> bool {
        let entry = self.analysis.files.entry(path, self.inputs.context);
        entry.is_some_and(|(_, e)| !matches!(e, ContextEntry::Unknown | ContextEntry::Absent))
    }

    /// True when a copy from another image brings the path.
    pub(crate) fn is_from_image(&self, path: &str) -> bool {
        self.copies().any(|(_, copy)| copy.arrivals().iter().any(|arrival| arrival == path))
    }

    /// Paths that steps take away from what the base image or packages brought, as far as the runtime image may bring them
    /// again: caches need no mention, and one without the language has nothing of it.
    pub(crate) fn bared(&self) -> Vec<&(String, At)> {
        let local = self.target.keeps_local;
        let counts = |path: &str| !is_cleared(path) && (local || !paths::is_within("/usr/local", path));
        self.image.bared().iter().filter(|(path, _)| counts(path)).collect()
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

    /// The id of the base image's distribution, empty when it is not known.
    pub(crate) fn distribution(&self) -> String {
        let facts = self.analysis.base.facts.as_ref();
        facts.and_then(|f| f.releases.first()).map(|r| r.distribution.clone()).unwrap_or_default()
    }

    /// True for a directory on the PATH of the original base image, where its own tools lie.
    pub(crate) fn is_on_base_path(&self, path: &str) -> bool {
        let facts = self.analysis.base.facts.as_ref();
        let value =
            facts.and_then(|f| f.config.env.iter().find(|(name, _)| name == "PATH")).and_then(|(_, v)| v.clone());
        value.is_some_and(|value| value.split(':').any(|directory| directory == path))
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
