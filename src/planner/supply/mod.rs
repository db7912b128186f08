//! How each kept entry gets into the runtime stage: copied from the builder, brought again by the same COPY, made again by the
//! same step. The cheapest that is certain is taken; what cannot be supplied declines the file.
//!
//! Entries are grouped by *roots*, directories that belong to the program (`/app`). A root in which the build wrote what is
//! not known path by path is copied as a whole; of any other only what the build made, and the rest is brought again, in the
//! original order.

mod copies;
mod installs;
pub(crate) mod operations;

use super::base::RuntimeBase;
use super::downloads::Kept;
use super::licences::Ledger;
use super::licences::packages::PackageLedger;
use super::survey::{Survey, is_copy};
use super::text::RunText;
use super::{ByInstruction, Refusal, development};
use crate::analyzer::demands::Program;
use crate::analyzer::effects::Effects;
use crate::analyzer::pragmas;
use crate::analyzer::{Analysis, RunAction, Step};
use crate::facts::heuristics::{SystemChange, WriteKind};
use crate::image::{At, Entry, Extent, Origin};
use crate::licence::Licence;
use crate::paths;
use crate::rules::{self, Reason};
use std::collections::BTreeSet;

/// A path that is copied from the builder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuilderCopy {
    pub(crate) path: String,
    pub(crate) chown: Option<String>,
}

/// The result.
#[derive(Debug, Default)]
pub(crate) struct Supply {
    /// Copies from the builder, after the instruction with this index.
    pub(crate) copies_after: ByInstruction<Vec<BuilderCopy>>,
    /// Copies from the builder that a repeated step of this instruction reads.
    pub(crate) copies_before: ByInstruction<Vec<BuilderCopy>>,
    /// Parts of RUN instructions that install again in place of a copy.
    pub(crate) repeated: BTreeSet<At>,
    /// COPY and ADD instructions that the runtime stage repeats.
    pub(crate) restated_copies: BTreeSet<usize>,
    /// RUN instructions of which the runtime stage repeats something.
    pub(crate) replays: ByInstruction<RunText>,
    /// Parts of RUN instructions that are repeated.
    pub(crate) chosen_units: ByInstruction<BTreeSet<usize>>,
    /// Everything that is copied from the builder.
    pub(crate) copied: BTreeSet<String>,
    /// What this rests on.
    pub(crate) assumptions: Vec<Reason>,
    /// Estimated MB of build output that stays behind.
    pub(crate) saved_mb: u32,
    /// Estimated MB that copies repeat of what the runtime image has.
    pub(crate) again_mb: u32,
    /// What development dependencies weigh that a step takes away.
    pub(crate) development: development::Weight,
    /// Caches of downloads that weigh in layers of the original.
    pub(crate) caches: Vec<Kept>,
    /// An instruction that follows the last copy.
    pub(crate) after_copies: Option<String>,
}

/// Finds a supplier for everything that stays.
pub(crate) fn supply(
    survey: &Survey<'_>,
    ledger: &Ledger,
    packages: &PackageLedger,
    base: &RuntimeBase,
) -> Result<Supply, Refusal> {
    let mut supplier = Supplier {
        survey,
        ledger,
        packages,
        base,
        whole: BTreeSet::new(),
        own_copies: BTreeSet::new(),
        again: BTreeSet::new(),
        supply: Supply::default(),
    };
    supplier.understood()?;
    supplier.install_again();
    supplier.whole = survey.roots.iter().filter(|root| supplier.is_rough(root)).cloned().collect();
    supplier.place_entries()?;
    supplier.copies_for_repeated();
    supplier.place_copies();
    supplier.place_operations()?;
    supplier.programs_are_provided()?;
    supplier.no_credentials_come_along()?;
    supplier.linker_cache();
    supplier.own_compiler();
    supplier.estimate();
    Ok(supplier.supply)
}

struct Supplier<'s, 'a> {
    survey: &'s Survey<'a>,
    ledger: &'s Ledger,
    packages: &'s PackageLedger,
    base: &'s RuntimeBase,
    /// Roots that are copied as a whole.
    whole: BTreeSet<String>,
    /// COPY instructions that bring exactly what stays of a licensed directory.
    own_copies: BTreeSet<usize>,
    /// Entries that installing again brings.
    again: BTreeSet<usize>,
    supply: Supply,
}

impl<'a> Supplier<'_, 'a> {
    fn analysis(&self) -> &'a Analysis {
        self.survey.analysis
    }

    fn steps(&self) -> &'a [Step] {
        self.survey.steps()
    }

    fn cut(&self) -> usize {
        self.survey.cut.unwrap_or_default()
    }

    /// The RUN of a step, unless the author says that the runtime stage repeats it whole.
    fn placed_runs(&self) -> impl Iterator<Item = (&'a Step, &'a RunAction)> + use<'a> {
        let pragmas = &self.survey.analysis.pragmas;
        self.survey.runs().filter(|(step, _)| !pragmas.is_kept_whole(step.instruction))
    }

    /// Refuses what nobody understands, and says what is taken for granted.
    fn understood(&mut self) -> Result<(), Refusal> {
        for (step, run) in self.placed_runs() {
            for effects in run.units.iter().map(|unit| &unit.effects) {
                if let Some(words) = effects.opaque.first() {
                    return Err(rules::OPAQUE_STEP.because(words.clone(), step.span).into());
                }
                if effects.system.contains(&SystemChange::Started) {
                    let words = "a service is started while building, and what it writes is not known";
                    return Err(rules::STARTED_SERVICE.because(words, step.span).into());
                }
                for ecosystem in self.unproven_ecosystems(effects) {
                    let words = format!("steps of {ecosystem} have not been proven on real projects");
                    self.assume(rules::ASSUMED_ECOSYSTEM.because(words, None));
                }
                for (command, guess) in &effects.assumed {
                    let words = format!("`{command}`: {guess}");
                    self.assume(rules::ASSUMED_COMMAND.because(words, step.span));
                }
                for command in &effects.unknown {
                    let mut words =
                        format!("`{command}` is taken to write only below its working directory and its user's home");
                    if let Some((file, path)) = self.unbrought() {
                        words.push_str(&format!("; `{file}` names `{path}`, which nothing else brings"));
                    }
                    self.assume(rules::ASSUMED_COMMAND.because(words, step.span));
                }
            }
        }
        self.supply.assumptions.extend(self.ledger.assumptions.iter().cloned());
        // On another image the packages say so.
        let hidden = self.survey.started.as_ref().is_some_and(|started| started.hidden);
        let tools = self.ledger.all().any(|(_, left)| left.licence == Licence::Toolchain);
        if hidden && tools && self.base.same_image && !self.survey.is_all_known(None) {
            let words = "sources of the program are known by name only: it may start tools that leave";
            self.assume(rules::ASSUMED_SUBPROCESS.because(words, None));
        }
        Ok(())
    }

    /// A file of the project that names another by an absolute path which nothing is known to bring, and that one.
    fn unbrought(&self) -> Option<(String, String)> {
        let missing = |path: &String| self.survey.image.provider(path).is_none();
        self.survey.texts()?.iter().find_map(|(file, text)| {
            let path = crate::analyzer::effects::quoted_files(text).into_iter().find(missing)?;
            Some((file.clone(), path))
        })
    }

    fn assume(&mut self, reason: Reason) {
        if !self.supply.assumptions.contains(&reason) {
            self.supply.assumptions.push(reason);
        }
    }

    /// Names of ecosystems whose rules describe a build and are not proven.
    fn unproven_ecosystems(&self, effects: &Effects) -> BTreeSet<String> {
        let ids = effects.evidence.iter().filter_map(|e| e.heuristic.as_deref()?.split('/').next());
        ids.filter_map(|id| self.survey.inputs.heuristics.ecosystem(id))
            .filter(|ecosystem| ecosystem.detect.unproven)
            .map(|ecosystem| ecosystem.name.clone())
            .collect()
    }

    /// Entries that the builder has to give, with their indices.
    fn entries_of_builder(&self) -> Vec<(usize, &Entry)> {
        let image = &self.survey.image;
        image.entries().filter(|(i, e)| self.survey.comes_from_builder(e) && !self.again.contains(i)).collect()
    }

    /// True when a directory has to come from the builder as a whole: a step wrote there what is not known path by path.
    fn is_rough(&self, root: &str) -> bool {
        let native = self.survey.native;
        let rough = |(i, e): &(usize, &Entry)| {
            if self.ledger.left(*i).is_some() || pragmas::is_artifact(&e.by) || !paths::is_within(root, &e.path) {
                return false;
            }
            if is_copy(e) || !e.sources.is_empty() {
                return !e.certain;
            }
            let by_kind = match e.purpose {
                // A compiled program's directory is told path by path, as far as the paths are known.
                WriteKind::Data if native && e.certain && e.extent == Extent::Tree => false,
                WriteKind::Data | WriteKind::Unknown => !e.by.is_empty() || e.extent != Extent::One,
                WriteKind::Source | WriteKind::Artifact => !native && !self.is_all_that_stays(root, e),
                WriteKind::Dependency | WriteKind::PackageData | WriteKind::Intermediate | WriteKind::Cache => false,
            };
            let all = e.path == root && e.extent == Extent::Tree && !(native && e.purpose == WriteKind::Source);
            let unnamed = e.extent == Extent::Within || e.extent == Extent::Into && !native;
            let unsure = !e.certain && e.extent == Extent::Tree;
            (by_kind || all || unnamed || unsure) && !self.is_inside_build_tree(&e.path)
        };
        self.entries_of_builder().iter().any(rough) || self.may_have_no_dependencies(root)
    }

    /// True when everything else in a directory leaves, so that what a step certainly made there can be copied by itself.
    fn is_all_that_stays(&self, root: &str, entry: &Entry) -> bool {
        let exact = entry.certain && entry.extent == Extent::Tree && entry.path != root;
        let mut inside = self.survey.image.entries().filter(|(_, e)| paths::is_within(root, &e.path));
        exact && inside.all(|(i, e)| self.ledger.left(i).is_some() || paths::is_within(&entry.path, &e.path))
    }

    /// True when a path lies in a larger build tree.
    fn is_inside_build_tree(&self, path: &str) -> bool {
        self.survey.image.entries().any(|(_, e)| {
            let tree = e.is_built() && e.purpose == WriteKind::Intermediate && e.extent == Extent::Tree;
            tree && e.path != path && paths::is_within(&e.path, path)
        })
    }

    /// True when a step installs dependencies into a root and nothing says that there are any: the directory may not exist
    /// then.
    fn may_have_no_dependencies(&self, root: &str) -> bool {
        let installs = |e: &Entry| e.purpose == WriteKind::Dependency && paths::is_within(root, &e.path);
        let stays = self.entries_of_builder().iter().any(|(i, e)| installs(e) && self.ledger.left(*i).is_none());
        stays && self.survey.declared.found.is_empty()
    }

    /// True when the root around a path is copied as a whole.
    fn is_in_whole(&self, path: &str) -> bool {
        self.survey.root_of(path).is_some_and(|root| self.whole.contains(root))
    }

    /// True when a copy from the builder brings a path.
    fn is_copied(&self, path: &str) -> bool {
        self.supply.copied.iter().any(|c| paths::is_within(c, path))
    }

    /// True when an installed environment may hold the command: pip and npm put the commands of packages into `bin`.
    fn in_copied_bin(&self, name: &str) -> bool {
        let path = self.analysis().end.scope.get("PATH").unwrap_or_default();
        let on_path = |directory: &str| path.split(':').any(|d| d == directory);
        !self.base.before.commands.contains(name)
            && (!self.supply.repeated.is_empty()
                || self.supply.copied.iter().any(|p| {
                    on_path(p) || on_path(&format!("{p}/bin")) || path.split(':').any(|d| paths::is_within(p, d))
                }))
    }

    /// Refuses what would bring credentials: a directory that holds them, a COPY of more than them, a step that writes them.
    fn no_credentials_come_along(&mut self) -> Result<(), Refusal> {
        let image = &self.survey.image;
        let mut guesses = Vec::new();
        for entry in image.all() {
            let at = entry.at.instruction;
            if self.analysis().pragmas.is_kept_whole(at) {
                continue;
            }
            let again = match entry.origin {
                Origin::Context { .. } | Origin::Text => self.supply.restated_copies.contains(&at),
                _ => self.supply.chosen_units.get(&at).is_some_and(|units| units.contains(&entry.at.unit)),
            };
            for credential in self.survey.credentials_of(entry) {
                let there = entry.gone.is_none() && image.holds(entry, &credential.path);
                let copied = there && self.is_copied(&credential.path) && Some(at) <= self.survey.cut;
                if !again && !copied {
                    continue;
                }
                let path = &credential.path;
                if credential.seen {
                    let words = format!("`{path}` holds credentials, and comes along with what run time needs");
                    return Err(rules::SECRET_IN_IMAGE.because(words, self.span(at)).into());
                }
                let words = format!("`{path}` is known by its name only, and may hold credentials");
                guesses.push(rules::ASSUMED_CREDENTIALS.because(words, self.span(at)));
            }
        }
        guesses.into_iter().for_each(|reason| self.assume(reason));
        Ok(())
    }

    /// Every program that the container runs has a provider; a container that cannot start would be worse than a large one.
    fn programs_are_provided(&self) -> Result<(), Refusal> {
        let (base, survey) = (self.base, self.survey);
        let installed = |name: &str| survey.is_installed(name);
        for program in &survey.demands.programs {
            let (words, provided) = match program {
                Program::File { path } => {
                    let name = paths::name(path);
                    let system = ["/bin", "/sbin", "/usr/bin", "/usr/sbin"].contains(&paths::parent(path));
                    let there = system
                        && (base.provides(name)
                            || installed(name)
                            || base.same_image && base.before.commands.contains(name));
                    let brought = survey.is_from_context(path) || survey.is_from_image(path);
                    let inherited = base.same_image && self.starts(path);
                    (path.clone(), self.is_copied(path) || brought || there || inherited || self.is_made_plainly(path))
                }
                Program::Command { name } | Program::Server { name } => {
                    let there = |p: &String| self.is_copied(p);
                    let built =
                        survey.built_command(name).is_some_and(|p| there(&p) || survey.leads_to(&p).iter().any(there));
                    let known = base.provides(name) || installed(name) || self.in_copied_bin(name);
                    // A package's own command lies beside the dependencies, where package scripts find it.
                    let of_package = survey.declared.brings(name) && self.has_dependencies();
                    // A script that asks for it first does without, as it did before.
                    let asked = survey.demands.optional.contains(name) && survey.built_command(name).is_none();
                    let inherited = self.starts(name) || of_package || asked;
                    (name.clone(), built || self.is_brought_on_path(name) || known || inherited)
                }
                Program::Interpreted { command, .. } => {
                    let known = base.provides(command) || installed(command) || self.in_copied_bin(command);
                    let built = survey.built_command(command).is_some();
                    // A package script finds the tools of its project beside the dependencies.
                    (command.clone(), known || built || self.has_dependencies() || base.same_image)
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

    /// True when a copy from the builder brings packages of a language.
    fn has_dependencies(&self) -> bool {
        let mut entries = self.survey.image.entries();
        entries.any(|(_, e)| e.purpose == WriteKind::Dependency && self.is_copied(&e.path))
    }

    /// True when the entry point of the original base image starts a command.
    fn starts(&self, command: &str) -> bool {
        let facts = self.survey.analysis.base.facts.as_ref();
        let words = facts.and_then(|facts| facts.config.entrypoint.as_ref()).into_iter().flatten();
        words.into_iter().any(|word| paths::name(word) == paths::name(command))
    }

    /// True when the context, another image or a plain operation puts a command on PATH.
    fn is_brought_on_path(&self, name: &str) -> bool {
        let search = self.analysis().end.scope.get("PATH").unwrap_or_default();
        search.split(':').any(|directory| {
            let path = paths::join(directory, name);
            let made = || self.is_copied(&path) && self.survey.image.is_certain(&path);
            self.survey.is_from_context(&path)
                || self.survey.is_from_image(&path)
                || made()
                || self.is_made_plainly(&path)
        })
    }

    fn is_made_plainly(&self, path: &str) -> bool {
        self.survey.image.operations().iter().any(|o| o.operation.writes.iter().any(|w| w == path))
    }

    fn span(&self, instruction: usize) -> Option<crate::source::Span> {
        self.survey.instructions.get(instruction).map(|i| i.span)
    }
}
