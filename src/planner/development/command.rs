//! The command by which a package manager takes development dependencies away, with the options of the installation.

use super::project::Project;
use crate::facts::development::Releases;
use crate::planner::dependencies::normal;
use crate::syntax::Kind;

impl Project<'_, '_> {
    /// The manager's command; nothing where its release is not known, or a group has a name that is no plain word.
    pub(super) fn command(&self) -> Option<String> {
        let reference = self.survey.analysis.base.reference.as_ref();
        let repository = reference.map(|r| r.normalised().repository).unwrap_or_default();
        let tag = reference.and_then(|r| r.tag.clone()).unwrap_or_default();
        let mut command = match &self.manager.releases {
            Some(releases) => self.of_release(releases)?.to_owned(),
            None => self.manager.command(&repository, &tag).to_owned(),
        };
        for word in self.groups_left_out()?.into_iter().chain(self.carried()) {
            command.push(' ');
            command.push_str(&word);
        }
        Some(command)
    }

    /// The options that leave the groups out.
    fn groups_left_out(&self) -> Option<Vec<String>> {
        let how = &self.manager.leave_out;
        let groups = &self.direct.groups;
        let is_plain = |group: &String| group.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !groups.iter().all(is_plain) || how.option.is_empty() != groups.is_empty() {
            return None;
        }
        if how.list {
            return Some(vec![how.option.clone(), groups.join(",")]);
        }
        let option = |group: &String| how.own.get(group).cloned().unwrap_or_else(|| format!("{} {group}", how.option));
        Some(groups.iter().map(option).collect())
    }

    /// The options of the installation that the command needs as well.
    fn carried(&self) -> Vec<String> {
        let words = self.words();
        let mut found = Vec::new();
        for (i, word) in words.iter().enumerate() {
            let option = word.split('=').next().unwrap_or(word);
            if self.manager.carries.iter().any(|known| known == option) {
                found.push((*word).to_owned());
                let value = words.get(i + 1).filter(|_| !word.contains('=') && self.is_valued(option));
                found.extend(value.map(|value| (*value).to_owned()));
            }
        }
        found
    }

    /// True when the installation has no option that is not known, of a manager all of whose options are.
    pub(super) fn options_are_known(&self) -> bool {
        if self.manager.passes.is_empty() {
            return true;
        }
        let words = self.words();
        let is_known = |option: &str| {
            let mut all = self.manager.carries.iter().chain(&self.manager.passes);
            all.any(|known| known == option)
        };
        // What stands before the command sets variables for it alone; what stands behind its own words belongs to options.
        let own = words.iter().position(|word| word.starts_with('-')).unwrap_or(words.len());
        let plain = |word: &&str| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
        let mut after_value = true;
        let mut fits = words[..own].iter().all(plain);
        for word in &words[own..] {
            let option = word.split('=').next().unwrap_or(word);
            fits &= if word.starts_with('-') { is_known(option) } else { after_value };
            // A value is written into the command as it is.
            fits &= word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:@,".contains(c));
            after_value = word.starts_with('-') && !word.contains('=') && self.is_valued(option);
        }
        fits
    }

    fn is_valued(&self, option: &str) -> bool {
        self.manager.valued.iter().any(|known| known == option)
    }

    pub(super) fn words(&self) -> Vec<&str> {
        self.run.text[self.unit.range.clone()].split_whitespace().filter(|word| *word != "\\").collect()
    }

    /// The command of the release that the file installs.
    fn of_release<'t>(&self, releases: &'t Releases) -> Option<&'t str> {
        let units = || self.survey.runs().flat_map(|(_, run)| run.units.iter().map(move |unit| (run, unit)));
        let mut asked = units().flat_map(|(_, unit)| &unit.effects.installs).map(|(word, _)| word.as_str());
        let version = match asked.find(|word| normal(word) == releases.package) {
            Some(word) => {
                let exact = word.trim_matches(['"', '\'']).strip_prefix(releases.package.as_str())?;
                match exact.strip_prefix("==") {
                    Some(version) => Some(self.value_of(version)?),
                    None => exact.is_empty().then_some(None)?,
                }
            }
            None => {
                let by_installer = |(_, unit): &(_, &crate::analyzer::Unit)| {
                    unit.effects.evidence.iter().any(|e| e.heuristic.as_deref() == Some(&releases.installer))
                };
                let (run, _) = units().find(by_installer)?;
                let told = [format!("{}=", releases.variable), "--version ".to_owned()];
                let told = told.iter().find_map(|word| run.text.split_once(word.as_str()).map(|(_, rest)| rest));
                match told.and_then(|rest| rest.split_whitespace().next()) {
                    Some(version) => Some(self.value_of(version)?),
                    None if self.variable(&releases.variable).is_some() => {
                        Some(self.value_of(&format!("${}", releases.variable))?)
                    }
                    None => None,
                }
            }
        };
        let commands = &releases.commands;
        let Some(version) = version else { return commands.last().map(|command| command.run.as_str()) };
        let mut numbers = version.split('.').map(|part| part.parse::<u32>());
        let release = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        commands.iter().rev().find(|command| command.from <= release).map(|command| command.run.as_str())
    }

    /// The value of a word that may be a variable.
    fn value_of(&self, word: &str) -> Option<String> {
        let word = word.trim_matches(['"', '\'']);
        match word.strip_prefix('$') {
            Some(name) => self.variable(name.trim_matches(['{', '}'])),
            None => Some(word.to_owned()),
        }
    }

    /// The value of a variable that the file sets once, the default of an argument among them.
    fn variable(&self, name: &str) -> Option<String> {
        let values = self.survey.instructions.iter().flat_map(|instruction| match &instruction.kind {
            Kind::Env(pairs) => pairs.iter().filter(|p| p.name == name).map(|p| Some(p.value.clone())).collect(),
            Kind::Arg(declared) => declared.iter().filter(|d| d.name == name).map(|d| d.default.clone()).collect(),
            _ => Vec::new(),
        });
        let values: Vec<Option<String>> = values.collect();
        let [Some(value)] = values.as_slice() else { return None };
        Some(value.trim_matches(['"', '\'']).to_owned()).filter(|value| !value.contains('$'))
    }
}
