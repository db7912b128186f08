//! System packages of the runtime stage: the author's list without what only builds, libraries in place of headers, and
//! what a smaller base lacks.

mod libraries;
mod lines;
mod missing;

use super::base::RuntimeBase;
use super::licences::packages::{PackageFate, PackageLedger};
use super::supply::Supply;
use super::survey::{Started, Survey};
use super::text::RunText;
use super::{ByInstruction, Refusal};
use crate::analyzer::effects::{PackageAction, PackageChange};
use crate::analyzer::{RunAction, Step};
use crate::facts::packages::{self as facts, plain_name};
use crate::facts::releases;
use crate::image::{At, Entry};
use crate::paths;
use crate::rules::{self, Reason};
use std::collections::{BTreeMap, BTreeSet};

/// Which packages the runtime stage installs, and how.
#[derive(Debug, Default)]
pub(crate) struct InstallPlan {
    /// A RUN of msb's own, before everything else.
    pub(crate) first: Option<String>,
    /// RUN instructions of the original that are kept or reduced.
    pub(crate) runs: ByInstruction<RunText>,
    /// Paths of the system that are copied from the builder.
    pub(crate) copies: Vec<String>,
    /// Settings of commands that run in the container, copied from the builder once their owners are made.
    pub(crate) settings: Vec<Setting>,
    /// Estimated MB of packages that stay behind.
    pub(crate) saved_mb: u32,
    /// Estimated MB of all packages that the file installs by name.
    pub(crate) listed_mb: u32,
    pub(crate) assumptions: Vec<Reason>,
    pub(crate) changes: Vec<Reason>,
}

/// A file with settings that a step of the original made.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) path: String,
    /// The instruction that made it.
    pub(crate) instruction: usize,
    /// The user as whom it was made, where that was not root.
    pub(crate) owner: Option<String>,
}

pub(crate) fn plan(
    survey: &Survey<'_>,
    base: &RuntimeBase,
    packages: &PackageLedger,
    supply: &Supply,
) -> Result<InstallPlan, Refusal> {
    let mut fates = BTreeMap::new();
    for (package, fate) in survey.image.packages().iter().zip(&packages.fates) {
        let (change, word) = package.word;
        fates.insert((package.at.instruction, package.at.unit, change, word), fate.clone());
    }
    let mut installer = Installer {
        survey,
        base,
        packages,
        supply,
        plan: InstallPlan::default(),
        fates,
        asked: BTreeSet::new(),
        needed_at: None,
        unlisted: Vec::new(),
    };
    installer.decide_listed();
    installer.removed_in_later_layers();
    let extra = installer.missing()?;
    installer.write(extra)?;
    installer.keep_settings();
    Ok(installer.plan)
}

struct Installer<'p, 'a> {
    survey: &'p Survey<'a>,
    base: &'p RuntimeBase,
    packages: &'p PackageLedger,
    supply: &'p Supply,
    plan: InstallPlan,
    /// By instruction, unit, package change and word.
    fates: BTreeMap<(usize, usize, usize, usize), PackageFate>,
    /// Names that the runtime stage will install.
    asked: BTreeSet<String>,
    /// The first part of a repeated RUN that calls a command of a package that msb adds.
    needed_at: Option<At>,
    /// Packages that run time needs of an install without package lists, and the names that the author wrote.
    unlisted: Vec<(String, String)>,
}

impl<'a> Installer<'_, 'a> {
    fn runs(&self) -> impl Iterator<Item = (&'a Step, &'a RunAction)> + use<'a> {
        self.survey.runs()
    }

    fn started(&self) -> Option<&Started> {
        self.survey.started.as_ref()
    }

    /// Takes the fate of each listed package, and notes what leaves.
    fn decide_listed(&mut self) {
        let mut listed = false;
        for (step, run) in self.runs() {
            let whole = self.is_whole(step);
            for (u, unit) in run.units.iter().enumerate() {
                for (c, change) in unit.effects.packages.iter().enumerate() {
                    listed |= change.action == PackageAction::Update;
                    if change.action != PackageAction::Install {
                        continue;
                    }
                    let changes_nothing = !listed && self.is_in_old_base(change);
                    for (w, (name, _)) in change.names.iter().enumerate() {
                        let at = (step.instruction, u, c, w);
                        let fate = self.fates.get(&at).cloned().unwrap_or(PackageFate::Kept);
                        let fate = match changes_nothing && !whole {
                            true => self.left_to_own_line(name, fate),
                            false => fate,
                        };
                        self.note(plain_name(name), &fate);
                        self.fates.insert(at, fate);
                    }
                }
            }
        }
    }

    /// What a later layer removes still weighs.
    fn removed_in_later_layers(&mut self) {
        for package in self.survey.image.packages() {
            if package.removed.is_some_and(|at| at.instruction > package.at.instruction) {
                self.plan.saved_mb += facts::package_size_mb(&package.name).unwrap_or(2);
            }
        }
    }

    fn note(&mut self, name: &str, fate: &PackageFate) {
        self.plan.listed_mb += facts::package_size_mb(name).unwrap_or(5);
        match fate {
            PackageFate::Kept => {
                self.asked.insert(name.to_owned());
            }
            PackageFate::Replaced(names) => {
                self.asked.extend(names.iter().cloned());
                self.plan.saved_mb += facts::package_size_mb(name).unwrap_or(5);
            }
            PackageFate::Dropped => self.plan.saved_mb += facts::package_size_mb(name).unwrap_or(2),
            PackageFate::Removed => {}
        }
    }

    /// True when an install had nothing to do: the larger base has the packages, so it never asked for package lists.
    fn is_in_old_base(&self, change: &PackageChange) -> bool {
        change.manager.needs_lists()
            && !self.base.same_image
            && change.names.iter().all(|(name, _)| self.base.before.packages.contains(plain_name(name)))
    }

    /// Leaves a package of such an install to the line that msb writes: there are no lists to repeat the command with.
    fn left_to_own_line(&mut self, name: &str, fate: PackageFate) -> PackageFate {
        let needed = match fate {
            PackageFate::Kept => vec![plain_name(name).to_owned()],
            PackageFate::Replaced(names) => names,
            PackageFate::Dropped | PackageFate::Removed => Vec::new(),
        };
        self.unlisted.extend(needed.into_iter().map(|package| (package, plain_name(name).to_owned())));
        PackageFate::Dropped
    }

    /// True when something that runs in the container names the command.
    fn is_called(&self, command: &str) -> bool {
        let demands = self.survey.demands;
        demands.commands.iter().chain(&demands.interpreters).any(|c| paths::name(&c.name) == command)
            || self.started().is_some_and(|started| started.commands.contains(command))
    }

    /// Keeps what build steps have set up for a command that runs in the container.
    fn keep_settings(&mut self) {
        let heuristics = self.survey.inputs.heuristics;
        for (step, run) in self.runs() {
            for write in run.units.iter().flat_map(|unit| &unit.effects.writes) {
                let of = heuristics.command(&write.by).and_then(|rule| rule.settings_of.as_ref());
                if let Some(command) = of.filter(|command| self.is_called(command))
                    && !self.plan.settings.iter().any(|known| known.path == write.path)
                {
                    let words = format!("`{}` holds settings of `{command}`, which runs in the container", write.path);
                    self.plan.changes.push(rules::COPIED_FROM_BUILDER.because(words, None));
                    self.plan.settings.push(Setting {
                        path: write.path.clone(),
                        instruction: step.instruction,
                        owner: Some(step.user.clone()).filter(|user| !matches!(user.as_str(), "" | "root" | "0")),
                    });
                }
            }
        }
    }

    /// True when packages can be added to the runtime image.
    fn is_served(&self) -> bool {
        self.base.releases.iter().all(releases::is_served)
    }

    /// True when a RUN installs a package that stays from a file which it makes itself, so that it is repeated as it is.
    ///
    /// # Errors
    ///
    /// The file comes from another RUN, or the RUN compiles as well.
    fn installs_own_file(&self, step: &Step, run: &RunAction) -> Result<bool, Refusal> {
        let compiles = run.units.iter().any(|unit| {
            let effects = &unit.effects;
            effects.builds && !effects.writes.is_empty() && effects.packages.is_empty()
        });
        let stays = |key: &(usize, usize, usize, usize)| {
            !matches!(self.fates.get(key), Some(PackageFate::Dropped | PackageFate::Removed))
        };
        let mut own = false;
        for (u, unit) in run.units.iter().enumerate() {
            let names = unit.effects.packages.iter().enumerate().flat_map(|(c, change)| {
                change.names.iter().enumerate().map(move |(w, (name, _))| ((step.instruction, u, c, w), name))
            });
            for (_, name) in names.filter(|(key, name)| facts::is_file(name) && stays(key)) {
                let path = paths::join(unit.cwd.as_deref().unwrap_or(&step.workdir), name);
                let before = |e: &&Entry| e.at.instruction <= step.instruction && e.is_built();
                let mut makers = self.survey.image.all().iter().filter(before).filter(|e| e.reaches(&path));
                match makers.next_back().map(|maker| maker.at.instruction == step.instruction) {
                    // A COPY or ADD brings it to the runtime stage as well.
                    None => {}
                    Some(true) if !compiles => own = true,
                    Some(_) => {
                        let words = format!("`{name}` is installed from a file that a step of the build brings");
                        return Err(rules::SYSTEM_CHANGE.because(words, step.span).into());
                    }
                }
            }
        }
        Ok(own)
    }

    /// True when the author says that the runtime stage repeats the RUN as it is.
    fn is_whole(&self, step: &Step) -> bool {
        self.survey.analysis.pragmas.is_kept_whole(step.instruction)
    }
}
