//! Whether packages of development do nothing at run time, of a language whose modules have other names than their packages: each
//! that leaves has to be known by the table, with all names by which it is loaded or started, and nothing that runs has one.

use super::project::Project;
use super::words;
use crate::analyzer::readers::Project as Surroundings;
use crate::context::{self, Entry as ContextEntry, Unavailable};
use crate::facts::development::{Known, Naming, Undoes};
use crate::facts::heuristics::glob;
use crate::paths;
use crate::planner::survey::MANY;
use std::collections::BTreeSet;

/// Folders whose files say what is done with the finished image, beside the root.
const TOOL_FOLDERS: [&str; 7] = ["", ".github/workflows", "scripts", "script", "bin", "ci", "tools"];

impl Project<'_, '_> {
    /// True when nothing that runs loads or starts one of the packages that leave; nothing when what runs cannot all be looked at.
    pub(super) fn are_idle(&self, leaving: &BTreeSet<String>, kept: &BTreeSet<String>) -> Option<bool> {
        let mut names = BTreeSet::new();
        for package in leaving {
            let known: Vec<&Known> = self.language.known(package).collect();
            let host = |g: &String| kept.iter().any(|kept| glob(g, kept));
            if known.is_empty() || known.iter().any(|known| known.hosts.iter().any(host)) {
                return Some(false);
            }
            names.extend([package.clone(), package.replace('-', "_")]);
            names.extend(known.into_iter().flat_map(|known| known.names.iter().cloned()));
        }
        let commands = self.words_of_commands();
        let started = self.survey.started.iter().flat_map(|started| &started.commands);
        if started.into_iter().any(|command| names.contains(command)) || !self.are_free_of(&commands, &names) {
            return Some(false);
        }
        if self.are_used_in_containers(&names)
            || !self.written_texts().iter().all(|text| self.are_free_of(text, &names))
        {
            return Some(false);
        }
        self.files_are_free_of(&names)
    }

    /// True when a text of commands or settings has none of the names, installs nothing again, and runs no script of a manifest.
    fn are_free_of(&self, text: &str, names: &BTreeSet<String>) -> bool {
        let found = words::of_text(text);
        let has = |name: &String| found.contains(name.as_str());
        !names.iter().any(has)
            && !self.language.runners.commands.iter().any(has)
            && !self.manager.undone_by.iter().any(|undoes| self.is_undone(undoes, text))
    }

    /// True when a text has a command that installs again what was taken away.
    fn is_undone(&self, undoes: &Undoes, text: &str) -> bool {
        let set = |setting: &String| self.is_set_at(setting, usize::MAX, "") == Some(true);
        if undoes.unless_set.iter().any(set) {
            return false;
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_./=".contains(c);
        let words: Vec<&str> = text.split(|c: char| !is_part(c)).filter(|word| !word.is_empty()).collect();
        let own: Vec<&str> = undoes.command.split(' ').collect();
        let calls = words
            .windows(own.len())
            .enumerate()
            .filter(|(_, part)| paths::name(part.first().unwrap_or(&"")) == own[0] && part[1..] == own[1..]);
        calls.into_iter().any(|(at, _)| {
            let options = words[at + own.len()..].iter().take_while(|word| word.starts_with('-'));
            !options.into_iter().any(|option| undoes.unless.iter().any(|known| known == option))
        })
    }

    /// True when no file that run time may read has one of the names; nothing when one of them cannot be read.
    fn files_are_free_of(&self, names: &BTreeSet<String>) -> Option<bool> {
        let language = self.language;
        let context = self.survey.inputs.context;
        let found = context::walk(context, "", MANY).ok()?;
        let is_own = |module: &str| {
            let file = |path: &str| language.sources.iter().any(|ending| path == format!("{module}.{ending}"));
            found.iter().any(|(path, _)| paths::name(path) == module || file(paths::name(path)))
        };
        let unread = |path: &str| language.unread.iter().any(|g| glob(g, paths::name(path)));
        for (path, entry) in &found {
            if *entry == ContextEntry::Directory || !self.is_read(path) || unread(path) && !self.starts_script(path) {
                continue;
            }
            let ending = paths::name(path).rsplit_once('.').map_or("", |(_, ending)| ending);
            let is = |endings: &[String]| endings.iter().any(|e| e == ending);
            let source = is(&language.sources);
            let text = match context.text(path) {
                Ok(text) => text,
                // What is too large to be read is data.
                Err(Unavailable::Unknown(_)) if !(source || is(&language.scripts) || is(&language.configuration)) => {
                    continue;
                }
                Err(_) => return None,
            };
            if text.contains('\0') || text.as_bytes() == self.survey.inputs.dockerfile.source {
                continue;
            }
            let is_free = match language.naming {
                Naming::Statements if source => self.source_is_free_of(&text, names, &is_own),
                _ => self.are_free_of_settings(&text, is(&language.scripts) || text.starts_with("#!"), names),
            };
            if !is_free {
                return Some(false);
            }
        }
        Some(true)
    }

    /// True when a file of settings, or a script, has none of the names.
    fn are_free_of_settings(&self, text: &str, is_script: bool, names: &BTreeSet<String>) -> bool {
        if is_script {
            return self.are_free_of(text, names);
        }
        let found = words::of_text(text);
        !names.iter().any(|name| found.contains(name.as_str()))
            && !self.manager.undone_by.iter().any(|undoes| self.is_undone(undoes, text))
    }

    /// True when a source imports none of the names, has none in quotes, loads no module whose name it computes, and does not
    /// reach into the tests.
    fn source_is_free_of(&self, text: &str, names: &BTreeSet<String>, is_own: &dyn Fn(&str) -> bool) -> bool {
        let language = self.language;
        let named = words::of_python(text);
        let is_test = |part: &str| {
            let stem = |g: &String| glob(g, &format!("{part}.{}", language.sources.first().map_or("", String::as_str)));
            language.test_directories.iter().any(|d| d == part) || language.test_files.iter().any(stem)
        };
        let needs = |module: &String| {
            let (first, rest) = module.split_once('.').unwrap_or((module, ""));
            let own = first.is_empty() || is_own(first);
            names.contains(first) || own && (is_test(first) || rest.split('.').any(is_test))
        };
        let quoted = words::of_texts(&named.texts);
        let joined = named.texts.join(" ");
        !named.modules.iter().any(needs)
            && !names.iter().any(|name| quoted.contains(name.as_str()))
            && !words::computes_a_module(text, &language.loaders)
            && !self.manager.undone_by.iter().any(|undoes| self.is_undone(undoes, &joined))
    }

    /// True when a file beside the Dockerfile calls one of the names in a container, as `docker compose run web pytest` does,
    /// or in a job that runs in the image.
    fn are_used_in_containers(&self, names: &BTreeSet<String>) -> bool {
        let root = [Surroundings { files: self.survey.inputs.context, dockerfile: "" }];
        let projects = self.survey.inputs.projects;
        let projects = if projects.is_empty() { &root[..] } else { projects };
        let texts = projects.iter().flat_map(|project| {
            let folders = TOOL_FOLDERS.iter().flat_map(|folder| {
                let names = project.files.list_unfiltered(folder).unwrap_or_default();
                names.into_iter().map(|name| context::join(folder, &name))
            });
            let named = |path: &String| !self.language.unread.iter().any(|g| glob(g, paths::name(path)));
            let read = |path: String| Some((project.files.read_unfiltered(&path).ok()?, path));
            let texts = folders.filter(named).filter_map(read);
            texts.map(|(bytes, path)| (String::from_utf8_lossy(&bytes).into_owned(), path))
        });
        let gives = |path: &str| self.language.container_files.iter().any(|g| glob(g, paths::name(path)));
        let has_name = |text: &str| {
            let found = words::of_text(text);
            names.iter().any(|name| found.contains(name.as_str()))
        };
        texts.into_iter().any(|(text, path)| self.uses_in_container(&text, names) || gives(&path) && has_name(&text))
    }

    /// True when a line of a text runs a container with one of the names, or a job runs in an image of the project.
    fn uses_in_container(&self, text: &str, names: &BTreeSet<String>) -> bool {
        let joined = text.replace("\\\n", " ");
        let has_name = |words: &BTreeSet<&str>| names.iter().any(|name| words.contains(name.as_str()));
        let runs = |line: &str| {
            let words = words::of_text(line);
            let container = self.language.container_words.iter().any(|word| words.contains(word.as_str()));
            container && (words.contains("run") || words.contains("exec")) && has_name(&words)
        };
        let job = |line: &str| {
            let line = line.trim_start_matches([' ', '-']);
            ["image:", "container:"].iter().any(|key| line.starts_with(key)) && line.contains('$')
        };
        joined.lines().any(runs) || joined.lines().any(job) && has_name(&words::of_text(&joined))
    }
}
