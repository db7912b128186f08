//! The words of a package manager's call, to what it is asked to do and for which packages.

use super::{PackageAction, PackageChange};
use crate::facts::heuristics::{Arg, PackageManager};
use std::ops::Range;

/// Reads a package manager's arguments; `words` are the indices of its verb's arguments.
pub(super) fn change(manager: PackageManager, words: &[usize], argv: &[Arg], ranges: &[Range<usize>]) -> PackageChange {
    let verb =
        argv.iter().skip(1).map(|a| a.text.as_str()).find(|w| VERBS.iter().any(|(v, _)| v == w)).unwrap_or_default();
    let mut action = VERBS.iter().find(|(v, _)| *v == verb).map_or(PackageAction::Clean, |(_, action)| *action);
    // yum's `update` upgrades, with or without names.
    if manager == PackageManager::Dnf && verb == "update" {
        action = PackageAction::Upgrade;
    }
    let group = argv.iter().enumerate().find_map(|(i, a)| match a.text.as_str() {
        "-t" | "--virtual" if manager == PackageManager::Apk => argv.get(i + 1).map(|g| g.text.clone()),
        text => text.strip_prefix("--virtual=").map(str::to_owned),
    });
    let names = words
        .iter()
        .filter(|&&i| argv[i].text != verb && Some(&argv[i].text) != group.as_ref())
        .map(|&i| (argv[i].text.clone(), ranges.get(i).cloned().unwrap_or_default()))
        .collect();
    let options = argv.iter().filter(|a| a.text.starts_with('-')).map(|a| a.text.clone()).collect();
    PackageChange { manager, action, names, options, group, exact: argv.iter().all(|a| a.exact) }
}

/// The verbs of package managers.
const VERBS: &[(&str, PackageAction)] = &[
    ("update", PackageAction::Update),
    ("makecache", PackageAction::Update),
    ("install", PackageAction::Install),
    ("add", PackageAction::Install),
    ("localinstall", PackageAction::Install),
    ("groupinstall", PackageAction::Install),
    ("reinstall", PackageAction::Install),
    ("build-dep", PackageAction::Install),
    ("remove", PackageAction::Remove),
    ("purge", PackageAction::Remove),
    ("del", PackageAction::Remove),
    ("erase", PackageAction::Remove),
    ("autoremove", PackageAction::Remove),
    ("auto-remove", PackageAction::Remove),
    ("upgrade", PackageAction::Upgrade),
    ("dist-upgrade", PackageAction::Upgrade),
    ("full-upgrade", PackageAction::Upgrade),
];
