//! The words of a package manager's call, to what it is asked to do and for which packages.

use super::{PackageAction, PackageChange};
use crate::facts::heuristics::{Arg, PackageManager};
use std::ops::Range;

/// Reads a package manager's arguments; `words` are the indices of its verb's arguments.
pub(super) fn change(manager: PackageManager, words: &[usize], argv: &[Arg], ranges: &[Range<usize>]) -> PackageChange {
    let verb = argv.iter().skip(1).map(|a| a.text.as_str()).find_map(|word| Some((word, manager.action(word)?)));
    let (verb, action) = verb.unwrap_or(("", PackageAction::Clean));
    let groups = manager.groups();
    let group = argv.iter().enumerate().find_map(|(i, a)| match a.text.split_once('=') {
        Some((option, name)) => groups.iter().any(|group| group == option).then(|| name.to_owned()),
        None => argv.get(i + 1).filter(|_| groups.contains(&a.text)).map(|name| name.text.clone()),
    });
    let names = words
        .iter()
        .filter(|&&i| argv[i].text != verb && Some(&argv[i].text) != group.as_ref())
        .map(|&i| (argv[i].text.clone(), ranges.get(i).cloned().unwrap_or_default()))
        .collect();
    let options = argv.iter().filter(|a| a.text.starts_with('-')).map(|a| a.text.clone()).collect();
    PackageChange { manager, action, names, options, group, exact: argv.iter().all(|a| a.exact) }
}
