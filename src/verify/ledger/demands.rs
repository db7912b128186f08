//! What the conversion asks of paths that it has not: commands and paths that run time names, links that lead nowhere,
//! scripts without their interpreter, programs without their libraries.

use super::super::config::{environment, workdir};
use super::super::files::Side;
use super::super::libraries::{Loader, Need};
use super::super::tree::{Kind, Tree, is_system};
use super::departures::departures;
use crate::paths;
use std::collections::{BTreeMap, BTreeSet};

/// Paths of the original that are asked for, with who asks; and the words by which kept sources may ask.
#[derive(Debug, Default)]
pub(super) struct Demands {
    paths: BTreeMap<String, String>,
    /// Strings in kept sources.
    quoted: BTreeSet<String>,
    /// First words of commands in kept shell scripts.
    commands: BTreeSet<String>,
}

impl Demands {
    pub(super) fn read(
        original: &Side,
        converted: &Side,
        runtime_base: &Tree,
        is_packaged: &dyn Fn(&str) -> bool,
        (named_paths, named_commands): (&[String], &[String]),
        is_build_input: &dyn Fn(&str) -> bool,
    ) -> Demands {
        let mut demands = Demands::default();
        for path in named_paths {
            demands.ask(original.tree, path, "run time asks for it");
        }
        let (search, dir) = (original.path(), workdir(original.config));
        for command in named_commands {
            // A shell that is found under its name is there, whichever package brings it.
            let shell = paths::name(command) == "sh"
                && converted.tree.command(command, &converted.path(), &workdir(converted.config)).is_some();
            if let Some(path) = original.tree.command(command, &search, &dir).filter(|_| !shell) {
                demands.ask(original.tree, &path, "run time calls it");
            }
        }
        demands.loose_ends(original, converted, runtime_base, is_packaged);
        let own = |path: &str| runtime_base.nodes.get(path) != converted.tree.nodes.get(path) && !is_system(path);
        for (path, text) in converted.tree.texts().filter(|(p, _)| own(p) && !is_build_input(paths::name(p))) {
            let described = path.ends_with(".json") || path.contains(".dist-info/");
            if !described {
                demands.source(path, text);
            }
        }
        demands
    }

    fn ask(&mut self, original: &Tree, path: &str, why: &str) {
        for path in original.real(path).into_iter().chain([path.to_owned()]) {
            self.paths.entry(path).or_insert_with(|| why.to_owned());
        }
    }

    /// What is kept and leads to something that is not.
    fn loose_ends(
        &mut self,
        original: &Side,
        converted: &Side,
        runtime_base: &Tree,
        is_packaged: &dyn Fn(&str) -> bool,
    ) {
        let (a, b) = (original.tree, converted.tree);
        for (path, node) in b.nodes.iter().filter(|(p, n)| runtime_base.nodes.get(*p) != Some(n)) {
            // A link among what every base may leave out is as little missed as what it leads to.
            let exists = |other: &str| b.exists(other);
            let matters = !departures().rules(path, &exists).any(|r| r.packaged && is_packaged(path));
            if matches!(node.kind, Kind::Link(_)) && matters && !b.exists(path) && a.exists(path) {
                self.ask(a, path, &format!("{path}, which is kept, leads there"));
            }
        }
        // What the runtime stage's base image brings may lack there what it lacks here, and a package only suggests what
        // its lesser scripts are run by.
        let own = |path: &String| runtime_base.nodes.get(path) != b.nodes.get(path);
        let search = original.path();
        for script in b.scripts.keys().filter(|s| a.scripts.contains_key(*s) && own(s) && !is_packaged(s)) {
            let Some(interpreter) = b.dead_interpreter(script, &converted.path()) else { continue };
            if a.dead_interpreter(script, &search).is_none()
                && let Some(was) = a.command(&interpreter, &search, "/")
            {
                self.ask(a, &was, &format!("{script}, which is kept, is run by it"));
            }
        }
        let variable = |side: &Side| environment(side.config).remove("LD_LIBRARY_PATH").unwrap_or_default();
        let (was, is) = (Loader::new(a, &variable(original)), Loader::new(b, &variable(converted)));
        let before = was.missing();
        for (file, need) in is.missing().into_iter().filter(|m| !before.contains(m) && own(&m.0)) {
            let found = match &need {
                Need::Loader(path) => Some(path.clone()),
                Need::Library(name) => a.elf.get(&file).and_then(|elf| was.find(name, &file, elf)),
                Need::Version { .. } => None,
            };
            if let Some(found) = found {
                self.ask(a, &found, &format!("{file}, which is kept, loads it"));
            }
        }
    }

    fn source(&mut self, path: &str, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        let first = text.lines().next().unwrap_or_default();
        if path.ends_with(".sh") || first.starts_with("#!") && first.trim_end().ends_with("sh") {
            for line in text.lines().filter(|l| !l.trim_start().starts_with('#')) {
                let parts = line.split([';', '|', '&', '(', '`']);
                let words = parts.filter_map(|p| p.split_whitespace().find(|w| !is_between(w)));
                self.commands.extend(words.map(str::to_owned));
            }
            return;
        }
        for (at, _) in text.match_indices(['"', '\'', '`']) {
            let rest = &text[at + 1..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"@/._-+".contains(c)).unwrap_or(rest.len());
            if end == 0 || end > 120 || !rest[end..].starts_with(['"', '\'', '`']) {
                continue;
            }
            let word = &rest[..end];
            self.quoted.insert(word.to_owned());
            // `lodash/fp` loads a part of a package, `@scope/name/part` as well.
            let parts = if word.starts_with('@') { 2 } else { 1 };
            self.quoted.insert(word.split('/').take(parts).collect::<Vec<_>>().join("/"));
        }
    }

    /// Who asks for a path.
    pub(super) fn of(&self, path: &str) -> Option<&String> {
        self.paths.get(path)
    }

    /// Every path that is asked for.
    pub(super) fn asked(&self) -> impl Iterator<Item = (&String, &String)> {
        self.paths.iter()
    }

    /// True when a kept source has a word as a string.
    pub(super) fn is_quoted(&self, word: &str) -> bool {
        self.quoted.contains(word)
    }

    /// True when a kept shell script begins a command with a word.
    pub(super) fn is_called(&self, command: &str) -> bool {
        self.commands.contains(command)
    }
}

/// Words of the shell's language, and assignments, before a command's own.
fn is_between(word: &str) -> bool {
    const WORDS: &[&str] = &["then", "do", "else", "elif", "if", "while", "until", "exec", "!", "{", "time", "$"];
    WORDS.contains(&word) || word.contains('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_name_what_they_call() {
        let mut demands = Demands::default();
        demands.source("/app/run.sh", b"#!/bin/sh\n# curl is no call\nif git pull; then exec A=1 jq .x | less\nfi\n");
        demands.source("/app/x.js", b"const a = require('lodash/fp'), b = `@s/n/x`; it's \"convert\" \"two words\"");
        for command in ["git", "jq", "less"] {
            assert!(demands.is_called(command), "{command}");
        }
        assert!(!demands.is_called("curl") && !demands.is_called("pull"));
        for word in ["lodash", "lodash/fp", "@s/n", "convert"] {
            assert!(demands.is_quoted(word), "{word}");
        }
        assert!(!demands.is_quoted("two") && !demands.is_quoted("words"));
    }
}
