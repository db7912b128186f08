//! Languages of which nothing runs: what was installed for them only built.

use super::Survey;
use crate::analyzer::demands::Program;
use crate::facts::heuristics::{Arg, Detect, Runtime, WriteKind, glob};
use crate::image::{Entry, Extent, Origin};
use crate::paths;
use crate::planner::licences::{called, is_unprovided};

impl Survey<'_> {
    /// True when all that runs is known, and none of it is a program of a language or calls one.
    pub(crate) fn is_idle(&self, language: &str) -> bool {
        let Some(detect) = self.inputs.heuristics.ecosystem(language).map(|e| &e.detect) else { return false };
        if detect.interpreters.is_empty() || !self.is_all_known(Some(language)) {
            return false;
        }
        let demands = self.demands;
        let own_server = |name: &str| {
            let mut shown = demands.programs.iter().filter(|program| self.shows_only(program));
            shown.any(|program| matches!(program, Program::Interpreted { command, .. } if command == name))
        };
        let calls = called(self);
        let mut runs = calls.iter().filter(|name| !own_server(name));
        let mut packages = self.image.packages().iter().filter(|package| package.removed.is_none());
        let brings = |entry: &Entry| self.is_of(entry, language) && self.brings_commands(entry);
        let unprovided = || calls.iter().any(|name| is_unprovided(self, name));
        // An image of the language that brings its own server runs the language's programs inside.
        let of_image = |name: &str| self.languages_of_image().contains(&language) && !self.is_installed(name);
        let mut servers = demands.programs.iter().filter_map(|program| match program {
            Program::Server { name } => Some(name),
            _ => None,
        });
        let tool = |name: &String| interprets(detect, name) || detect.commands.iter().any(|g| glob(g, name));
        let embedded = |name: &str| detect.embedded.iter().any(|g| glob(g, name));
        let used = runs.any(tool)
            || packages.any(|package| embedded(&package.name))
            || self.declared.found.iter().any(|dependency| embedded(&dependency.name))
            || servers.any(|name| of_image(name))
            || self.configuration_names(detect)
            || self.image.entries().any(|(_, entry)| brings(entry)) && unprovided();
        !used
    }

    /// Ids of the languages that the base image is of.
    fn languages_of_image(&self) -> Vec<&str> {
        let repository = self.analysis.base.reference.as_ref().map(|image| image.normalised().repository);
        let found = repository.map(|name| self.inputs.heuristics.detect_image(&name)).unwrap_or_default();
        found.into_iter().map(|ecosystem| ecosystem.id.as_str()).collect()
    }

    /// True when an entry holds packages that steps installed for a language.
    fn is_of(&self, entry: &Entry, language: &str) -> bool {
        let kind = matches!(entry.purpose, WriteKind::Dependency | WriteKind::PackageData);
        kind && entry.is_built() && entry.by.split('/').next() == Some(language)
    }

    /// True when the part of a step that made an entry put commands into a directory of PATH.
    pub(crate) fn brings_commands(&self, entry: &Entry) -> bool {
        let search = self.analysis.end.scope.get("PATH").unwrap_or_default();
        let mut made = self.image.entries().filter(|(_, e)| e.at == entry.at && e.by == entry.by);
        made.any(|(_, e)| {
            search.split(':').any(|directory| match e.extent {
                Extent::One => paths::parent(&e.path) == directory,
                Extent::Into => e.path == directory,
                Extent::Tree | Extent::Within => paths::is_within(&e.path, directory),
            })
        })
    }

    /// True for a server of plain files that is part of its interpreter, and loads no package.
    pub(crate) fn shows_only(&self, program: &Program) -> bool {
        let Program::Interpreted { command, language, file: Some(file) } = program else { return false };
        let detect = self.inputs.heuristics.ecosystem(language).map(|e| &e.detect);
        self.demands.shown.contains(file) && detect.is_some_and(|detect| interprets(detect, command))
    }

    /// True when everything that runs is read, or is a server of which its configuration says all; `but` names the language of
    /// which no program may run.
    pub(crate) fn is_all_known(&self, but: Option<&str>) -> bool {
        let demands = self.demands;
        let heard = self.started.as_ref().is_some_and(|started| started.complete && !started.hidden);
        let known = |program: &Program| match program {
            Program::Script { .. } => true,
            Program::Server { name } => {
                let argv = [Arg { text: name.clone(), exact: true }];
                let rule = self.inputs.heuristics.match_runtime(&argv);
                // What the image's own server runs inside is known where its sources are.
                let inside = !self.languages_of_image().is_empty() && !self.is_installed(name);
                let read = || self.started.as_ref().is_some_and(|started| started.own && !started.hidden);
                (!inside || read())
                    && rule.is_some_and(|rule| {
                        let told = !rule.serves.is_empty()
                            || !rule.reads.is_empty() && self.is_configuration_read(rule, &argv);
                        rule.language.is_none() && told
                    })
            }
            program if self.shows_only(program) => true,
            Program::Interpreted { language, .. } => heard && but != Some(language),
            Program::File { .. } => heard && self.native,
            Program::Command { .. } => heard,
        };
        self.inputs.context.is_known()
            && demands.unread.is_empty()
            && !demands.programs.is_empty()
            && demands.programs.iter().all(known)
    }

    /// True when all that a server which starts other programs is told lies in files of the context: some is there, and no step
    /// writes any.
    fn is_configuration_read(&self, rule: &Runtime, argv: &[Arg]) -> bool {
        let lookup = |name: &str| self.analysis.end.scope.get(name);
        let reads: Vec<String> = self
            .inputs
            .heuristics
            .runtime_reads_of(rule, argv, &lookup)
            .into_iter()
            .filter_map(|read| read.path)
            .filter(|path| !paths::is_shared(path))
            .collect();
        let of_server = |e: &Entry| reads.iter().any(|read| paths::is_within(read, &e.path));
        let known = |e: &Entry| matches!(e.origin, Origin::Context { .. } | Origin::Text);
        let named = self.demands.paths.iter().any(|demand| self.is_from_context(&demand.path));
        let mut told = self.image.entries().filter(|(_, e)| of_server(e)).peekable();
        (told.peek().is_some() || named) && told.all(|(_, e)| known(e))
    }

    /// True when configuration of the system, or a script that stays, names a language's interpreter.
    fn configuration_names(&self, detect: &Detect) -> bool {
        let names = |text: &str| {
            let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "_-.+".contains(c)));
            words.any(|word| interprets(detect, word))
        };
        let starts = |text: &str| text.starts_with("#!") && names(text.lines().next().unwrap_or_default());
        let landed = self.analysis.files.landings().iter().filter(|landing| !landing.tree);
        let in_files = landed
            .filter(|l| paths::is_within("/etc", &l.destination))
            .any(|landing| self.inputs.context.text(&landing.source).map_or(true, |text| names(&text)));
        let trees = self.analysis.files.landings().iter().filter(|landing| landing.tree);
        let unseen = trees.into_iter().any(|landing| paths::is_within("/etc", &landing.destination));
        let written = |e: &Entry| matches!(e.origin, Origin::Plain | Origin::Text) && e.sources.is_empty();
        let in_steps =
            self.image.entries().any(|(_, e)| written(e) && paths::is_within("/etc", &e.path) && names(&e.step));
        let in_scripts = || self.texts().is_none_or(|texts| texts.iter().any(|(_, text)| starts(text)));
        in_files || unseen || in_steps || in_scripts()
    }
}

/// True for the name of a language's interpreter, with or without a version.
fn interprets(detect: &Detect, name: &str) -> bool {
    let name = paths::name(name);
    detect.interpreters.iter().any(|interpreter| {
        let rest = name.strip_prefix(interpreter.as_str());
        rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
    })
}
