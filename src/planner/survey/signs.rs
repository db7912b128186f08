//! Languages of which no reader is known: their sources are searched, line by line, for what starts another program. That
//! finds no name for certain, but it finds the place, and where there is none nothing of the project starts anything.

use super::{MANY, Started, Survey};
use crate::context::{self, Entry as ContextEntry};
use crate::facts::heuristics::{Detect, glob};
use crate::paths;
use regex_lite::Regex;
use std::collections::BTreeSet;

impl Survey<'_> {
    /// Ids of the languages that steps of the file build or install for, and that the base image is of, where their sources
    /// are searched by signs.
    pub(crate) fn languages_by_signs(&self) -> BTreeSet<String> {
        let heuristics = self.inputs.heuristics;
        let units = self.runs().flat_map(|(_, run)| &run.units);
        let of_steps = units.flat_map(|unit| &unit.effects.evidence).filter_map(|e| e.heuristic.as_deref());
        let mut ids: BTreeSet<String> = of_steps.filter_map(|id| id.split('/').next()).map(str::to_owned).collect();
        let repository = self.analysis.base.reference.as_ref().map(|image| image.normalised().repository);
        let of_image = repository.map(|name| heuristics.detect_image(&name)).unwrap_or_default();
        ids.extend(of_image.iter().map(|ecosystem| ecosystem.id.clone()));
        ids.retain(|id| heuristics.ecosystem(id).is_some_and(|e| !e.detect.starts.is_empty()));
        ids
    }

    /// Adds what the sources of a language show. `runs` says that the container certainly runs a program of the language.
    pub(super) fn hear_signs(&self, language: &str, runs: bool, started: &mut Started) {
        let Some(detect) = self.inputs.heuristics.ecosystem(language).map(|e| &e.detect) else { return };
        let Some(sources) = self.sources_by_name(detect) else {
            started.complete = false;
            started.own = false;
            started.hidden = true;
            return;
        };
        // The absence of a sign says nothing about packages.
        started.complete &= sources.is_empty() && !runs;
        if sources.is_empty() && runs {
            // The program comes from elsewhere.
            started.own = false;
            started.hidden = true;
        }
        self.hear_lines(&sources, &detect.starts, &detect.comments, started);
    }

    /// Adds what sources of a language show which its reader does not read: those of other languages for the same machine,
    /// documents with code in them.
    pub(super) fn hear_others(&self, language: &str, started: &mut Started) {
        let Some(detect) = self.inputs.heuristics.ecosystem(language).map(|e| &e.detect) else { return };
        if detect.other_starts.is_empty() {
            return;
        }
        match self.named_sources(&detect.other_sources) {
            Some(sources) => self.hear_lines(&sources, &detect.other_starts, &detect.comments, started),
            None => {
                started.own = false;
                started.hidden = true;
            }
        }
    }

    /// Looks for signs in the lines of files.
    fn hear_lines(&self, sources: &[String], starts: &[String], comments: &[String], started: &mut Started) {
        let signs: Vec<Regex> = starts.iter().filter_map(|sign| Regex::new(sign).ok()).collect();
        for path in sources {
            let Ok(text) = self.inputs.context.text(path) else {
                started.own = false;
                started.hidden = true;
                continue;
            };
            let is_comment = |line: &str| comments.iter().any(|c| line.trim_start().starts_with(c.as_str()));
            let mut lines = text.lines().enumerate().filter(|(_, line)| !is_comment(line));
            let Some((number, line)) = lines.find(|(_, line)| signs.iter().any(|sign| sign.is_match(line))) else {
                continue;
            };
            started.own = false;
            let shown: String = line.trim().chars().take(60).collect();
            started.unknown.get_or_insert_with(|| format!("{path}:{}: {shown}", number + 1));
            // A command that the file names is probably the one.
            let words: BTreeSet<&str> =
                text.split(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c))).collect();
            let there = |word: &&str| self.before.commands.contains(*word) || self.is_installed(word);
            started.commands.extend(words.into_iter().filter(there).map(str::to_owned));
        }
    }

    /// Paths in the context of the files that programs of a language are made of; nothing when they cannot be listed.
    fn sources_by_name(&self, detect: &Detect) -> Option<Vec<String>> {
        self.named_sources(&detect.sources)
    }

    fn named_sources(&self, globs: &[String]) -> Option<Vec<String>> {
        let found = context::walk_where(self.inputs.context, "", MANY, &|path| self.may_be_read(path)).ok()?;
        let is_source = |path: &str| globs.iter().any(|g| glob(g, paths::name(path)));
        let files = found.into_iter().filter(|(path, entry)| {
            matches!(entry, ContextEntry::File { .. } | ContextEntry::Unknown) && is_source(path)
        });
        Some(files.map(|(path, _)| path).collect())
    }

    /// True when a file that programs of one of the file's languages are made of names a directory or a file below it by its
    /// path, or when that cannot be said.
    pub(crate) fn sources_name(&self, directory: &str) -> bool {
        self.languages_by_signs().iter().filter_map(|id| self.inputs.heuristics.ecosystem(id)).any(|ecosystem| {
            let Some(sources) = self.sources_by_name(&ecosystem.detect) else { return true };
            sources.iter().any(|path| match self.inputs.context.text(path) {
                Ok(text) => names_path(&text, directory) || text.contains(&format!("../{}", paths::name(directory))),
                Err(_) => true,
            })
        })
    }
}

/// True when a text has a path in it that is a directory or lies below it.
fn names_path(text: &str, directory: &str) -> bool {
    text.match_indices(directory).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        let part = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        !before.is_some_and(|c| part(c) || "/}".contains(c)) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::names_path;

    #[test]
    fn paths_in_a_text() {
        for (text, expected) in [
            ("open(\"/src/seed.json\")", true),
            ("open('/src')", true),
            ("open('./src/x')", false),
            ("open('/srcs/x')", false),
            ("https://example.org/src/x", false),
        ] {
            assert_eq!(names_path(text, "/src"), expected, "{text}");
        }
    }
}
