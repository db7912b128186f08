//! What is started in the image's containers from outside: on command lines of scripts and documents, in jobs, by services.

use super::services::Start;
use super::{CommandDemand, MAIN_WORDS, Reader};
use crate::analyzer::readers::inside::{Call, What};
use crate::facts::heuristics::Arg;
use crate::paths;
use crate::rules;
use std::collections::BTreeSet;

impl Reader<'_> {
    /// What the calls of other files need in the image. A command that the image has not got is missed by nobody.
    pub(super) fn called(&mut self, calls: &[Call]) {
        let mut seen: Vec<&What> = Vec::new();
        for call in calls {
            for what in &call.what {
                if !seen.contains(&what) {
                    seen.push(what);
                    self.started_inside(call, what);
                }
            }
        }
    }

    fn started_inside(&mut self, call: &Call, what: &What) {
        let before = (self.demands.clone(), self.seen.clone(), self.cwd.clone());
        if let Some(directory) = call.directory.as_ref().filter(|directory| !directory.contains('$')) {
            self.cwd = paths::join(&self.cwd, directory);
        }
        let because = format!("in a container, by {}", call.by);
        self.is_outside = true;
        let first = match what {
            What::Command(words) => {
                let words = self.by_name(words);
                self.is_main = true;
                self.no_program(|reader| reader.argv(&words, &because, 0));
                self.is_main = false;
                words.first().cloned()
            }
            What::Shell(text) => {
                self.is_main = true;
                self.shell_check(text, &because);
                self.is_main = false;
                None
            }
            What::Start(entrypoint, cmd) => self.begun(entrypoint.as_deref(), cmd.as_deref(), call),
        };
        (self.is_outside, self.cwd) = (false, before.2);
        // What a document shows need not be a script.
        self.demands.unread.truncate(before.0.unread.len());
        let news = self.demands.refusals.split_off(before.0.refusals.len());
        if let Some(refusal) = news.iter().find(|reason| reason.rule != rules::INTERACTIVE_IMAGE) {
            let words = format!(
                "{} runs {} in a container; that needs an image with the tools, as the builder stage is",
                call.by, refusal.because
            );
            (self.demands, self.seen) = (before.0, before.1);
            let reason = rules::ASSUMED_SERVICE.because(words, None);
            if !self.demands.assumptions.iter().any(|known| known.because == reason.because) {
                self.demands.assumptions.push(reason);
            }
            return;
        }
        if let Some(first) = first.filter(|first| !news.is_empty() && first.exact) {
            self.command_word(&first.text, &because);
        }
        self.settle(&before.0.commands, before.0.paths.len(), before.0.interpreters.len());
    }

    /// A new container's own command. The first word is given back.
    fn begun(&mut self, entrypoint: Option<&[Arg]>, cmd: Option<&[Arg]>, call: &Call) -> Option<Arg> {
        let start = Start {
            because: format!("{}: {MAIN_WORDS}", call.by),
            working_dir: None,
            entrypoint: entrypoint.map(|words| self.by_name(words)),
            cmd: cmd.map(|words| self.by_name(words)),
        };
        let (entrypoint, cmd) = self.command_line(&start);
        self.no_program(|reader| reader.started(&entrypoint, &cmd, Some(&start.because)));
        entrypoint.first().or(cmd.first()).cloned()
    }

    /// A command of the system by its name, wherever the file says that it lies.
    fn by_name(&self, words: &[Arg]) -> Vec<Arg> {
        let mut words = words.to_vec();
        let search = self.analysis.end.scope.get("PATH").unwrap_or_default();
        let on_path = |path: &str| search.split(':').any(|directory| directory == paths::parent(path));
        if let Some(first) = words.first_mut().filter(|first| first.text.starts_with('/') && on_path(&first.text)) {
            first.text = paths::name(&first.text).to_owned();
        }
        words
    }

    /// What such calls ask counts as far as the image has it.
    fn settle(&mut self, known: &[CommandDemand], paths: usize, interpreters: usize) {
        let new: Vec<String> = self.demands.commands[known.len()..].iter().map(|demand| demand.name.clone()).collect();
        self.demands.optional.extend(new);
        let shells = self.demands.interpreters.split_off(interpreters.min(self.demands.interpreters.len()));
        for shell in shells {
            if !self.demands.optional.contains(&shell.name)
                && !self.demands.commands.iter().any(|c| c.name == shell.name)
            {
                self.demands.optional.insert(paths::name(&shell.name).to_owned());
                self.demands.commands.push(CommandDemand { name: paths::name(&shell.name).to_owned(), ..shell });
            }
        }
        let named = self.demands.paths.split_off(paths.min(self.demands.paths.len()));
        let there: BTreeSet<String> = named
            .iter()
            .filter(|demand| self.analysis.files.entry(&demand.path, self.inputs.context).is_some())
            .map(|demand| demand.path.clone())
            .collect();
        self.demands.paths.extend(named.into_iter().filter(|demand| there.contains(&demand.path)));
    }
}
