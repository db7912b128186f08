//! Packages of the distribution: what steps install by name, and what of it is there at the end.

use super::{At, Image};
use crate::analyzer::effects::PackageAction;
use crate::analyzer::{Action, Analysis};
use crate::facts::heuristics::PackageManager;
use crate::facts::packages::plain_name;
use serde::Serialize;

/// A package that a step installs by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Its name, without version and architecture.
    pub name: String,
    /// Which package manager installs it.
    pub manager: PackageManager,
    /// The part of the file that does.
    pub at: At,
    /// Index of the package command in that part, and of the word in it.
    pub word: (usize, usize),
    /// What removes it again, by name or with its group.
    pub removed: Option<At>,
}

impl Image<'_> {
    pub(super) fn install(&mut self, analysis: &Analysis) {
        let runs = analysis.steps.iter().filter_map(|step| match &step.action {
            Action::Run(run) => Some((step.instruction, run)),
            _ => None,
        });
        let mut groups: Vec<(usize, String)> = Vec::new();
        for (instruction, run) in runs {
            for (u, unit) in run.units.iter().enumerate() {
                for (c, change) in unit.effects.packages.iter().enumerate() {
                    let names = change.names.iter().map(|(name, _)| plain_name(name).to_owned());
                    match change.action {
                        PackageAction::Install => {
                            for (w, name) in names.enumerate() {
                                groups.extend(change.group.clone().map(|group| (self.packages.len(), group)));
                                self.packages.push(Package {
                                    name,
                                    manager: change.manager,
                                    at: At { instruction, unit: u },
                                    word: (c, w),
                                    removed: None,
                                });
                            }
                        }
                        PackageAction::Remove => {
                            for name in names {
                                self.remove_package(&name, &groups, At { instruction, unit: u });
                            }
                        }
                        PackageAction::Update | PackageAction::Upgrade | PackageAction::Clean => {}
                    }
                }
            }
        }
    }

    fn remove_package(&mut self, name: &str, groups: &[(usize, String)], at: At) {
        for (i, package) in self.packages.iter_mut().enumerate() {
            let grouped = groups.iter().any(|(member, group)| *member == i && group == name);
            if package.removed.is_none() && (package.name == name || grouped) {
                package.removed = Some(at);
            }
        }
    }
}
