//! What keeps development dependencies: something that runs names one, or loads one without a word.

use super::lock::Lock;
use super::project::Project;
use super::reading;
use crate::analyzer::demands::Program;
use crate::context::{self, Entry as ContextEntry};
use crate::facts::development::Companions;
use crate::facts::heuristics::glob;
use crate::facts::registry;
use crate::paths;
use crate::planner::dependencies::normal;
use crate::planner::survey::MANY;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

impl Project<'_, '_> {
    /// True when another package may load one of development unasked: as its peer, or because it is there.
    pub(super) fn may_be_loaded(&self, name: &str, kept: &BTreeSet<String>) -> bool {
        let heuristics = self.survey.inputs.heuristics;
        let tools = heuristics.ecosystem(&self.language.ecosystem).map(|e| e.detect.build_packages.as_slice());
        let is_tool = tools.into_iter().flatten().any(|tool| glob(tool, name));
        let companion = |companions: &Companions| {
            companions.loads.iter().any(|g| glob(g, name))
                && companions.hosts.iter().any(|host| kept.contains(host))
                && (companions.files.is_empty() || self.has_any(&companions.files))
        };
        if self.language.loaded_unsaid.iter().any(|n| n == name) || self.language.companions.iter().any(companion) {
            return true;
        }
        let needed_as_peer = |lock: &Lock| kept.iter().any(|k| lock.peers(k).any(|peer| peer == name));
        if is_tool {
            return self.lock.as_ref().is_some_and(needed_as_peer);
        }
        let direct = &self.direct.lasting;
        let known = || registry::closure(&self.language.ecosystem, direct.iter().map(String::as_str)).names;
        let peer = |lock: &Lock| {
            let must = |k: &String| lock.peers(k).any(|peer| peer == name);
            kept.iter().any(|k| lock.optional_peers(k).any(|peer| peer == name) || must(k))
        };
        self.lock.as_ref().is_some_and(peer) || !self.keeps_peers() && known().contains(name)
    }

    /// True when every command that run time calls is there without the development dependencies.
    pub(super) fn commands_last(&self, development: &BTreeSet<String>, kept: &BTreeSet<String>) -> bool {
        let survey = self.survey;
        let asked = survey.demands.commands.iter().map(|c| &c.name);
        // What packages start may come from anywhere, but not from one that goes.
        let started = survey.started.iter().flat_map(|started| &started.commands);
        let goes = |command: &String| {
            let own = self.language.commands.get(command).unwrap_or(command);
            development.contains(own) || development.contains(command)
        };
        if started.into_iter().any(goes) {
            return false;
        }
        let needed = |command: &str| {
            let mut needs = self.language.needs.iter().filter(|need| need.command == command);
            needs.any(|need| development.contains(&need.package) && (need.file.is_empty() || self.has_file(&need.file)))
        };
        asked.map(|command| paths::name(command)).all(|command| {
            if needed(command) {
                return false;
            }
            let own = self.language.commands.get(command).map_or(command, String::as_str);
            let lock = self.lock.as_ref();
            let brings: Vec<&String> = lock.iter().flat_map(|lock| lock.packages_of(command)).collect();
            let dropped = development.contains(own) || development.contains(command);
            let there = survey.before.commands.contains(command)
                || survey.is_installed(command)
                || survey.built_command(command).is_some();
            let lasts = kept.contains(own) || brings.iter().any(|package| kept.contains(*package));
            let global = survey
                .runs()
                .flat_map(|(_, run)| &run.units)
                .any(|unit| unit.effects.installs.iter().any(|(word, _)| normal(word) == own));
            global || !dropped && (there || lasts || brings.is_empty() && lock.is_some() && is_of_shell(command))
        })
    }

    /// The words of everything that starts something in the image, and the values of its variables.
    pub(super) fn words_of_commands(&self) -> String {
        let survey = self.survey;
        let mut words = String::new();
        let config = &survey.analysis.end.config;
        for word in config.cmd.iter().chain(&config.entrypoint).chain(&config.healthcheck).flatten() {
            words.push_str(word);
            words.push(' ');
        }
        for (_, value) in &config.env {
            words.push_str(value.as_deref().unwrap_or_default());
            words.push('\n');
        }
        // What else starts the image gives it commands of its own.
        for demand in &survey.demands.commands {
            words.push_str(&demand.because);
            words.push('\n');
        }
        words
    }

    /// True when no file of the project that run time may read names a package that goes; nothing when they cannot all be
    /// looked at.
    pub(super) fn texts_name_none(&self, development: &BTreeSet<String>, kept: &BTreeSet<String>) -> Option<bool> {
        let survey = self.survey;
        let context = survey.inputs.context;
        let packs = self.language.packing.iter().any(|name| development.contains(name));
        let mut words = self.words_of_commands();
        let found = context::walk(context, "", MANY).ok()?;
        for (path, entry) in &found {
            if !self.is_read(path) || *entry == ContextEntry::Directory {
                continue;
            }
            let ending = paths::name(path).rsplit_once('.').map_or("", |(_, ending)| ending);
            let is = |endings: &[String]| endings.iter().any(|e| e == ending);
            let (source, settings) = (is(&self.language.sources), is(&self.language.configuration));
            let hidden_settings = paths::name(path).starts_with(".env");
            let script = is(&self.language.scripts) || self.starts_script(path);
            if !(source || settings || hidden_settings || script) {
                continue;
            }
            let text = context.text(path).ok()?;
            if script || hidden_settings {
                words.push_str(&text);
                words.push('\n');
                continue;
            }
            let named = |name: &String| match settings && ending != "json" {
                true => reading::mentions(&text, name),
                false => reading::quotes(&text, name),
            };
            if !packs && (development.iter().any(named) || source && reading::computes_a_module(&text)) {
                return Some(false);
            }
            if source && !packs && !reading::imports(&text).iter().all(|import| self.lasts(import, development, kept)) {
                return Some(false);
            }
        }
        let scripts: BTreeMap<String, String> = self
            .manifest
            .get("scripts")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(name, body)| Some((name.clone(), body.as_str()?.to_owned())))
            .collect();
        let mut texts = reading::reached(&words, &scripts, &self.language.runners);
        texts.push(&words);
        Some(!development.iter().any(|name| texts.iter().any(|text| reading::mentions(text, name))))
    }

    /// True for a file of the context that the container starts as a script.
    pub(super) fn starts_script(&self, path: &str) -> bool {
        let survey = self.survey;
        survey.demands.programs.iter().any(|program| match program {
            Program::Script { path: image } => survey.analysis.files.context_path(image).as_deref() == Some(path),
            _ => false,
        })
    }

    /// True for a file that lands in the image and is neither a test nor read by tools of development only.
    pub(super) fn is_read(&self, path: &str) -> bool {
        let language = self.language;
        let name = paths::name(path);
        let any = |globs: &[String]| globs.iter().any(|g| glob(g, name));
        let lands = self.survey.analysis.files.landings().iter().any(|landing| {
            landing.source == path
                || landing.tree && (landing.source.is_empty() || path.starts_with(&format!("{}/", landing.source)))
        });
        let runs = self
            .survey
            .demands
            .paths
            .iter()
            .any(|demand| self.survey.analysis.files.context_path(&demand.path).as_deref() == Some(path));
        let beside = path
            .split('/')
            .rev()
            .skip(1)
            .any(|part| language.test_directories.iter().any(|d| d == part) || part == language.installed);
        lands && (runs || !(any(&language.build_files) || any(&language.test_files) || beside))
    }

    /// True when what an import loads is there without the development dependencies.
    fn lasts(&self, import: &str, development: &BTreeSet<String>, kept: &BTreeSet<String>) -> bool {
        let language = self.language;
        let own = || {
            language.own_imports.iter().any(|start| import.starts_with(start.as_str())) || {
                let first = import.trim_start_matches('@');
                let alias = |text: String| {
                    [format!("\"{import}\""), format!("\"{import}/*\"")].iter().any(|a| text.contains(a))
                };
                let folder = ["", "src/"].iter().flat_map(|below| {
                    let files = language.sources.iter().map(move |ending| format!("{below}{first}.{ending}"));
                    std::iter::once(format!("{below}{first}")).chain(files)
                });
                folder.into_iter().any(|name| self.has_file(&name))
                    || language.aliases.iter().any(|name| self.text(name).is_some_and(alias))
            }
        };
        if development.contains(import) {
            return false;
        }
        let plain = import.split(':').next().unwrap_or(import);
        language.builtins.iter().any(|b| b == import)
            || language.schemes.iter().any(|scheme| scheme == plain) && plain != import
            || kept.contains(import)
            || match &self.lock {
                // What no lock file lists is no package.
                Some(lock) => !lock.has(import),
                None => own(),
            }
    }
}

/// True for words of a shell that are commands everywhere.
fn is_of_shell(command: &str) -> bool {
    crate::facts::shells::is_shell(command) || ["exec", "cd", "echo", "env", "test", "["].contains(&command)
}
