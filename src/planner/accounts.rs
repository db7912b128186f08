//! Accounts of the old base that the new one has not got: who asks for them, and how they are made again.

use crate::analyzer::Action;
use crate::analyzer::Analysis;
use crate::analyzer::demands::Demands;
use crate::analyzer::effects::Effects;
use crate::facts::contents::{Account, BaseContents};
use crate::facts::distributions;
use crate::facts::images::Release;
use crate::syntax::{Instruction, Kind};
use std::collections::BTreeSet;

/// Ids that are given out in turn to ordinary accounts (`UID_MIN`, `UID_MAX` of shadow's login.defs).
const ORDINARY: std::ops::Range<u32> = 1000..60_000;

/// What a stage says about accounts.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// Words of the stage's instructions that may be names of accounts.
    words: BTreeSet<String>,
    /// Words of what runs in it.
    heard: BTreeSet<String>,
    /// What the container runs as, and its group, by name or by id.
    user: Vec<String>,
    /// An account is made with the next free id.
    counts: bool,
}

impl Named {
    /// What a stage's configuration and the programs and scripts that run in it say.
    pub(crate) fn new(analysis: &Analysis, demands: &Demands) -> Named {
        let user = analysis.end.config.user.split(':').map(str::to_owned).collect();
        Named { words: BTreeSet::new(), heard: demands.words.clone(), user, counts: false }
    }

    /// A text of the stage: a RUN, the value of `--chown`, a USER.
    pub(crate) fn hear(&mut self, text: &str) {
        self.words.extend(crate::analyzer::demands::words(text));
    }

    /// What a step of the stage does.
    pub(crate) fn see(&mut self, action: &Action) {
        let Action::Run(run) = action else { return };
        self.counts |= run.units.iter().any(|unit| unit.effects.counts_ids);
    }

    /// True when the stage needs an account. Those of the distribution have names that are words of every day, and homes
    /// that nobody uses.
    fn asks_for(&self, name: &str, id: u32, described: bool) -> bool {
        let id_text = id.to_string();
        self.words.contains(name)
            || described && self.heard.contains(name)
            || self.user.iter().any(|user| user == name || described && *user == id_text)
            || self.counts && ORDINARY.contains(&id)
    }
}

/// The part of an instruction that may name an account.
pub(crate) fn naming(instruction: &Instruction) -> String {
    match &instruction.kind {
        Kind::Run(_) => {
            let heredocs = instruction.heredocs.iter().map(|heredoc| heredoc.text.as_str());
            std::iter::once(instruction.args.as_str()).chain(heredocs).collect::<Vec<_>>().join("\n")
        }
        Kind::User(_) => instruction.args.as_str().to_owned(),
        Kind::Copy(_) | Kind::Add(_) => {
            let owners = instruction.flags.iter().filter(|flag| flag.name == "chown");
            owners.filter_map(|flag| flag.value.clone()).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

/// Accounts that have to be made again, by name and id.
pub(crate) fn missing(named: &Named, before: &BaseContents, after: &BaseContents) -> Vec<(String, u32)> {
    let home = |contents: &BaseContents, name: &str| contents.accounts.get(name).map(|a| a.home.clone());
    let there =
        |name: &String, id: u32| after.users.contains(&(name.clone(), id)) && home(before, name) == home(after, name);
    let asked = |name: &str, id: u32| named.asks_for(name, id, before.accounts.contains_key(name));
    before.users.iter().filter(|(name, id)| !there(name, *id) && asked(name, *id)).cloned().collect()
}

/// Accounts of the new base that the old one has not got and that have an id which another account is to have.
pub(crate) fn in_the_way(named: &Named, before: &BaseContents, after: &BaseContents) -> Vec<String> {
    let wanted: BTreeSet<u32> = missing(named, before, after).into_iter().map(|(_, id)| id).collect();
    let known = |name: &str, id: u32| {
        before.users.iter().any(|(n, i)| n == name && *i == id) || before.perhaps.get(name) == Some(&id)
    };
    let all = after.users.iter().map(|(name, id)| (name, *id)).chain(after.perhaps.iter().map(|(n, id)| (n, *id)));
    let blocks = |id: u32| wanted.contains(&id) || named.counts && ORDINARY.contains(&id);
    all.filter(|(name, id)| blocks(*id) && !known(name, *id)).map(|(name, _)| name.clone()).collect()
}

/// The RUN that makes the new base's accounts those of the old one; nothing where they are. An error says in words what
/// cannot be made.
pub(crate) fn line(
    named: &Named,
    before: &BaseContents,
    after: &BaseContents,
    releases: &[Release],
) -> Result<Option<(String, Vec<String>)>, String> {
    let missing = missing(named, before, after);
    let in_the_way = in_the_way(named, before, after);
    if missing.is_empty() && in_the_way.is_empty() {
        return Ok(None);
    }
    let first = missing.first().map(|(name, _)| name).or(in_the_way.first()).cloned().unwrap_or_default();
    let unknown = || format!("accounts differ (`{first}`), and how to make them the same is not known");
    let distribution = releases.first().map(|release| release.distribution.as_str()).unwrap_or_default();
    let distribution = distributions::find(distribution)
        .filter(|d| !d.account.is_empty() && releases.iter().all(|release| release.distribution == d.id));
    let distribution = distribution.ok_or_else(unknown)?;
    let mut commands = Vec::new();
    for name in &in_the_way {
        let away = distribution.no_account.as_ref().ok_or_else(unknown)?;
        commands.push(away.replace("{name}", name));
    }
    for (name, _) in &missing {
        let account = before.accounts.get(name).ok_or_else(unknown)?;
        commands.extend(distribution.account.iter().map(|command| filled(command, name, account)));
        if let (false, Some(owned)) = (account.owns.is_empty(), &distribution.owned) {
            commands.push(filled(owned, name, account).replace("{directory}", &account.owns.join(" ")));
        }
    }
    let known = |command: &String| {
        let name = command.split(' ').next().unwrap_or_default();
        name == "if" || after.commands.contains(name)
    };
    if !commands.iter().all(known) {
        return Err(unknown());
    }
    let mut names: Vec<String> = missing.into_iter().map(|(name, _)| name).collect();
    names.extend(in_the_way);
    Ok(Some((format!("RUN {}", commands.join(" \\\n && ")), names)))
}

fn filled(command: &str, name: &str, account: &Account) -> String {
    command
        .replace("{id}", &account.id.to_string())
        .replace("{name}", name)
        .replace("{home}", &account.home)
        .replace("{shell}", &account.shell)
}

/// Accounts that a stage still lacks: the proof's question.
pub(crate) fn lacking(named: &Named, before: &BaseContents, after: &BaseContents, stage: &Analysis) -> Vec<String> {
    let units = || {
        let runs = stage.steps.iter().filter_map(|step| match &step.action {
            Action::Run(run) => Some(run),
            Action::Copy(_) | Action::Config => None,
        });
        runs.flat_map(|run| &run.units).map(|unit| &unit.effects)
    };
    let mut lacking: Vec<String> = Vec::new();
    for (name, id) in missing(named, before, after) {
        let home = before.accounts.get(&name).map(|account| account.home.clone());
        let has = |effects: &Effects| {
            let at_home = home.as_ref().is_none_or(|home| effects.homes.iter().any(|(n, h)| *n == name && h == home));
            effects.ids.iter().any(|(n, i)| *n == name && *i == id.to_string()) && at_home
        };
        if !units().any(has) {
            lacking.push(name);
        }
    }
    for name in in_the_way(named, before, after) {
        if !units().any(|effects| effects.users.contains(&name)) {
            lacking.push(name);
        }
    }
    lacking
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::contents::provides;
    use crate::facts::images::{ImageRef, lookup};

    fn image(text: &str) -> ImageRef {
        ImageRef::parse(text).unwrap_or_else(|| panic!("{text} parses"))
    }

    fn line_for(named: &Named, before: &str, after: &str) -> Result<Option<String>, String> {
        let releases = lookup(&image(after)).map(|facts| facts.releases).unwrap_or_default();
        let made = line(named, &provides(&image(before)), &provides(&image(after)), &releases)?;
        Ok(made.map(|(text, _)| text))
    }

    #[test]
    fn who_is_asked_for_is_made() {
        let mut named = Named::default();
        named.hear("chown -R gradle:gradle /app");
        let text =
            line_for(&named, "gradle:8-jdk17-jammy", "eclipse-temurin:17-jre-jammy").expect("known").expect("made");
        assert!(text.contains("useradd --uid 1000") && !text.contains("userdel"), "{text}");
        let text =
            line_for(&named, "gradle:8-jdk17-noble", "eclipse-temurin:17-jre-noble").expect("known").expect("made");
        assert!(text.contains("userdel --remove ubuntu"), "{text}");
        assert_eq!(line_for(&named, "gradle:8-jdk17", "gradle:8-jdk17"), Ok(None));
    }

    #[test]
    fn what_cannot_be_made_is_said() {
        let by_name = Named { user: vec!["www-data".to_owned()], ..Named::default() };
        assert!(line_for(&by_name, "golang:1.22-bookworm", "alpine:3.20").is_err());
        assert_eq!(line_for(&by_name, "golang:1.22-bookworm", "debian:bookworm-slim"), Ok(None));
        // Nobody uses the home of a distribution's account.
        let by_number = Named { user: vec!["33".to_owned()], ..Named::default() };
        assert_eq!(line_for(&by_number, "golang:1.22-bookworm", "alpine:3.20"), Ok(None));
    }

    #[test]
    fn words_that_are_no_accounts() {
        let mut named = Named::default();
        named.hear("COPY /home/gradle/shop");
        assert_eq!(line_for(&named, "gradle:8-jdk17", "eclipse-temurin:17-jre"), Ok(None));
        named.heard.insert("list".to_owned());
        assert_eq!(line_for(&named, "golang:1.22-bookworm", "alpine:3.20"), Ok(None));
    }
}
