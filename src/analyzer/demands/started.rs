//! What files of the project say is started beside the container's own command: scripts of its manifest that people run in the
//! image, and programs that a process manager is told to run with an interpreter.

use super::Reader;
use crate::analyzer::readers::inside::{Call, What, Where};
use crate::context::Entry;
use crate::context::manifests::package_scripts;
use crate::facts::containers::containers;
use crate::facts::heuristics::{Arg, Class, Runtime, glob};
use crate::paths;
use crate::shell::{self, Word};

/// The manifest of which this is about.
const MANIFEST: &str = "package.json";

impl Reader<'_> {
    /// Scripts of the project's manifest that start an interpreter which is not the project's own with a file of the image. What
    /// builds and checks has been started by then, or is for others.
    pub(super) fn project_scripts(&mut self) {
        let Some(text) = self.text(&paths::join(&self.cwd, MANIFEST)) else { return };
        let build = |name: &str| containers().build_scripts.iter().any(|pattern| glob(pattern, name));
        let mut calls: Vec<Call> = Vec::new();
        for (name, body) in package_scripts(&text).unwrap_or_default().iter().filter(|(name, _)| !build(name)) {
            let by = format!("script `{name}` of {MANIFEST}");
            let what: Vec<What> = self.other_programs(body).into_iter().map(What::Command).collect();
            calls.push(Call { by, place: Where::Own, named: None, directory: None, what });
        }
        self.called(&calls);
    }

    /// The commands of a line that run a file of the image in another language than the manifest's.
    fn other_programs(&self, line: &str) -> Vec<Vec<Arg>> {
        let heuristics = self.inputs.heuristics;
        let own: Vec<&str> = heuristics.detect_file(MANIFEST).iter().map(|e| e.id.as_str()).collect();
        let mut found = Vec::new();
        shell::parse(line).walk(&mut |simple, _| {
            let words: Option<Vec<String>> = simple.words.iter().map(Word::literal).collect();
            let Some(argv) = words.map(|words| super::exact(&words)).filter(|argv| !argv.is_empty()) else { return };
            let other = |rule: &&Runtime| rule.class == Class::Interpreter && !own.contains(&rule.ecosystem.as_str());
            let given = argv.iter().skip(1).filter(|word| !word.text.starts_with('-'));
            let mut files = given.map(|word| paths::join(&self.cwd, &word.text));
            let there = |path: String| {
                matches!(self.analysis.files.entry(&path, self.inputs.context), Some((_, Entry::File { .. })))
            };
            if heuristics.match_runtime(&argv).filter(other).is_some() && files.any(there) {
                found.push(argv);
            }
        });
        found
    }

    /// Commands that a launcher's program, which is a file of settings to it, names by a key (`interpreter: 'python3'`).
    pub(super) fn named_by_keys(&mut self, rule: &Runtime, file: &str, because: &str) {
        let Some(text) = self.text(file).filter(|_| !rule.command_keys.is_empty()) else { return };
        for line in text.lines() {
            for key in &rule.command_keys {
                let value = line.split_once(key.as_str()).and_then(|(_, rest)| value_of(rest));
                if let Some(command) = value.filter(|command| *command != "none") {
                    let words = format!("{because}, as `{}` says", paths::name(file));
                    self.command_word(command, &words);
                }
            }
        }
    }
}

/// The text after a key: `': "python3",`.
fn value_of(rest: &str) -> Option<&str> {
    let rest = rest.trim_start_matches(['"', '\'', ' ']).strip_prefix([':', '='])?.trim_start();
    let quote = rest.chars().next().filter(|c| ['"', '\'', '`'].contains(c))?;
    rest[1..].split(quote).next().filter(|value| !value.is_empty() && !value.contains(['$', ' ']))
}
