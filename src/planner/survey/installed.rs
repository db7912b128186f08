//! Which programs a step installs into a directory under names that its tool chooses: by its arguments, by the project, by a
//! table of packages.

use super::Survey;
use crate::facts::heuristics::{Arg, Command, ProgramName};
use crate::facts::packages::{PackageRole, commands_of_package, may_bring_commands, package};
use crate::image::{Entry, Extent};
use crate::planner::licences;
use std::collections::BTreeSet;

/// What a step puts into a directory.
#[derive(Debug, Default, PartialEq, Eq)]
struct Installed {
    names: BTreeSet<String>,
    /// It may put others there.
    others: bool,
    /// The others are of a package from elsewhere.
    published: bool,
}

impl Installed {
    fn has(&self, name: &str) -> Option<bool> {
        match self.names.contains(name) {
            true => Some(true),
            false => (!self.others).then_some(false),
        }
    }
}

impl Survey<'_> {
    /// Whether what is installed under names that nobody says puts a command at a path; nothing where that cannot be told.
    pub(crate) fn receives(&self, path: &str, name: &str) -> Option<bool> {
        let into = |e: &Entry| e.is_built() && e.extent == Extent::Into && self.image.holds(e, path);
        let answers: Vec<Option<bool>> =
            self.image.entries().filter(|(_, e)| into(e)).map(|(_, e)| self.installs(e).has(name)).collect();
        match answers.contains(&Some(true)) {
            true => Some(true),
            false => (!answers.is_empty() && answers.iter().all(|answer| *answer == Some(false))).then_some(false),
        }
    }

    /// True when nothing says that a program is made which a copy from the builder names by itself: the directory is one whose
    /// programs have names that follow from what is installed. The container's own command is there, else the original would
    /// not start, and so are programs of a project that does not say their names, unless a package of the system may have them.
    pub(crate) fn is_doubtful(&self, path: &str) -> bool {
        let name = crate::paths::name(path);
        let exact = |e: &Entry| e.is_built() && e.extent != Extent::Into && e.path == path;
        let named = |e: &Entry| {
            let rule = self.inputs.heuristics.command(&e.by);
            e.extent == Extent::Into && self.image.holds(e, path) && rule.is_some_and(|rule| rule.programs.is_some())
        };
        // What a script asks for may be nowhere, whatever installs into a directory of PATH.
        let anywhere =
            |e: &Entry| matches!(e.extent, Extent::Into | Extent::Within) && e.is_built() && self.image.holds(e, path);
        let asked = self.demands.optional.contains(name) && self.image.entries().any(|(_, e)| anywhere(e));
        if asked && self.receives(path, name) != Some(true) && !self.image.is_certain(path) {
            return true;
        }
        let into: Vec<&Entry> = self.image.entries().map(|(_, e)| e).filter(|e| named(e)).collect();
        if into.is_empty() || self.image.entries().any(|(_, e)| exact(e)) {
            return false;
        }
        match self.receives(path, name) {
            Some(made) => !made,
            None => {
                let of_project = into.iter().map(|e| self.installs(e)).any(|i| i.others && !i.published);
                self.may_come_with_package(name) || !of_project && !self.is_started_first(name)
            }
        }
    }

    /// True for what the container's own command names, whatever scripts do later.
    fn is_started_first(&self, name: &str) -> bool {
        let config = &self.analysis.end.config;
        let words = config.entrypoint.iter().chain(&config.cmd).flatten();
        words.flat_map(|word| word.split_whitespace()).any(|word| crate::paths::name(word) == name)
    }

    /// True when a package of the file may have the command, since no table lists what it brings.
    fn may_come_with_package(&self, name: &str) -> bool {
        let distribution = self.distribution();
        let releases = self.analysis.base.facts.as_ref().map(|facts| facts.releases.as_slice()).unwrap_or_default();
        self.image.packages().iter().filter(|p| p.removed.is_none()).any(|installed| {
            let role = releases.first().and_then(|r| package(r, &installed.name)).map(|fact| fact.role);
            let commands = commands_of_package(&distribution, &installed.name);
            let unlisted = commands.is_empty() && may_bring_commands(&installed.name);
            unlisted && role != Some(PackageRole::Build) || commands.contains(&name)
        })
    }

    fn installs(&self, entry: &Entry) -> Installed {
        let rule = self.inputs.heuristics.command(&entry.by);
        match rule.and_then(|rule| Some((rule, rule.programs.as_ref()?))) {
            Some((rule, _)) => self.installs_by(rule, entry),
            None => match licences::own_programs(self, entry) {
                Some(names) => Installed { names, ..Installed::default() },
                None => Installed { others: true, ..Installed::default() },
            },
        }
    }

    fn installs_by(&self, rule: &Command, entry: &Entry) -> Installed {
        let heuristics = self.inputs.heuristics;
        let Some(programs) = &rule.programs else { return Installed::default() };
        let argv: Vec<Arg> = entry
            .step
            .split_whitespace()
            .skip_while(|word| word.contains('='))
            .map(|word| Arg { text: word.trim_matches(['"', '\'']).to_owned(), exact: !word.contains('$') })
            .collect();
        let has = |options: &[String]| {
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            !options.is_empty() && heuristics.has_option(&argv, &options)
        };
        if has(&programs.none_with) {
            return Installed::default();
        }
        let flags: Vec<&str> = programs.flags.iter().map(String::as_str).collect();
        if let Some(value) = heuristics.option(&argv, &flags).filter(|value| value.exact) {
            return Installed { names: [value.text].into(), ..Installed::default() };
        }
        let words: Vec<&Arg> = heuristics.positionals(rule, &argv).into_iter().map(|i| &argv[i]).collect();
        let of_project = |word: &str| word.starts_with('.') || word.starts_with('/');
        let mut found = Installed::default();
        if words.is_empty() || has(&rule.project_flags) || words.iter().any(|word| of_project(&word.text)) {
            match licences::programs_of_project(self, entry) {
                Some(names) => found.names.extend(names),
                None => found.others = true,
            }
        }
        for word in words.iter().filter(|word| !of_project(&word.text)) {
            let named = word.text.split('@').next().unwrap_or_default();
            match (programs.named_by, program_of(named), programs.of.get(named)) {
                (_, _, Some(known)) => found.names.extend(known.iter().cloned()),
                (ProgramName::Path, Some(name), None) => {
                    found.names.insert(name.to_owned());
                }
                (ProgramName::Package, _, None) => {
                    found.names.insert(named.to_owned());
                    (found.others, found.published) = (true, true);
                }
                (ProgramName::Path, None, None) => (found.others, found.published) = (true, true),
            }
        }
        found
    }
}

/// The last part of a package's path that is no major version; nothing where a pattern or a variable stands.
fn program_of(path: &str) -> Option<&str> {
    let is_version = |part: &&str| part.strip_prefix('v').is_some_and(|n| n.parse::<u32>().is_ok_and(|n| n > 1));
    let mut parts = path.rsplit('/');
    let last = parts.next()?;
    let name = if is_version(&last) { parts.next().unwrap_or(last) } else { last };
    (!name.is_empty() && !path.contains("...") && !name.contains(['$', '*'])).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::MemoryContext;

    #[test]
    fn the_program_of_a_path() {
        for (path, name) in [
            ("example.org/acme/consumer", Some("consumer")),
            ("example.org/acme/consumer/v2", Some("consumer")),
            ("example.org/acme/consumer/v3/cmd/frob", Some("frob")),
            ("example.org/acme/v1", Some("v1")),
            ("example.org/acme/...", None),
            ("example.org/acme/$TOOL", None),
        ] {
            assert_eq!(program_of(path), name, "{path}");
        }
    }

    /// The runtime stage, or the rule that declines.
    fn answer(base: &str, steps: &str, script: &str) -> String {
        let file = format!("FROM {base}\n{steps}\nCOPY . /app\nCMD [\"sh\", \"/app/start.sh\"]\n");
        let context = MemoryContext::new([("start.sh", script)]);
        let conversion = crate::convert(&crate::Request::new(file.as_bytes(), &context)).expect("a Dockerfile");
        match conversion.output {
            Some(output) => {
                let text = String::from_utf8(output).expect("text");
                text.rsplit("\nFROM ").next().unwrap_or_default().to_owned()
            }
            None => format!("{:?}", conversion.outcome),
        }
    }

    #[test]
    fn a_copy_names_what_the_arguments_name() {
        let go = "RUN apt-get update && apt-get install -y netcat && go install example.org/acme/goose@v3.7.0";
        let stage = answer("golang:1.19-bullseye", go, "#!/bin/sh\nnc -z db 1\ngoose up\n");
        assert!(stage.contains("/go/bin/goose /go/bin/goose"), "{stage}");
        assert!(!stage.contains("/go/bin/nc"), "{stage}");
        let rust = "RUN cargo install diesel_cli --version 2.1.0";
        let stage = answer("rust:1.70-bullseye", rust, "#!/bin/sh\ndiesel migration run\n");
        assert!(stage.contains("/usr/local/cargo/bin/diesel"), "{stage}");
    }

    #[test]
    fn what_nothing_is_known_to_make_is_not_copied() {
        // A package that no table lists may have it; the path of what is installed says that it does not.
        let go = "RUN apt-get update && apt-get install -y frobnicator && go install example.org/acme/goose@v3.7.0";
        let stage = answer("golang:1.19-bullseye", go, "#!/bin/sh\nfrob\ngoose up\n");
        assert!(stage.contains("nothing that msb can name brings `frob`"), "{stage}");
        let crates = "RUN cargo install acme-tools";
        let stage = answer("rust:1.70-bullseye", crates, "#!/bin/sh\nfrob\n");
        assert!(stage.contains("`/usr/local/cargo/bin/frob` may not be in the builder"), "{stage}");
        let stage = answer("rust:1.70-bullseye", crates, "#!/bin/sh\nacme-tools\n");
        assert!(stage.contains("/usr/local/cargo/bin/acme-tools"), "{stage}");
    }
}
