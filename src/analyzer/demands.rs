//! What run time asks of the image: the programs that ENTRYPOINT, CMD and HEALTHCHECK start, and what other files of the
//! project and its policy start in it; the scripts they go through, and the commands and files that these name.

mod arguments;
mod command;
mod lookups;
mod outside;
mod schedules;
mod scripts;
mod services;
mod started;

use super::readers::Target;
use super::{Action, Analysis, Inputs, is_shell_script};
use crate::facts::heuristics::{Arg, Class, Nested};
use crate::paths;
use crate::rules::{self, Reason};
use crate::shell;
use serde::Serialize;
use std::collections::BTreeSet;

/// A program that the container runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Program {
    /// A file that runs by itself, by its absolute path.
    File {
        /// Absolute path.
        path: String,
    },
    /// A command found through PATH that no rule describes.
    Command {
        /// Its name.
        name: String,
    },
    /// An interpreter with the file it runs.
    Interpreted {
        /// The interpreter's name.
        command: String,
        /// The heuristics file that described it.
        language: String,
        /// The program file, absolute, when it is named.
        file: Option<String>,
    },
    /// A server that reads its own configuration, such as nginx.
    Server {
        /// Its name.
        name: String,
    },
    /// A script that was read; what it runs is listed beside it.
    Script {
        /// Absolute path.
        path: String,
    },
}

/// A command that must be found at run time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommandDemand {
    /// Its name, without directory.
    pub name: String,
    /// Who asks, in words.
    pub because: String,
}

/// A file that must be there at run time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathDemand {
    /// Absolute path.
    pub path: String,
    /// Who asks, in words.
    pub because: String,
}

/// What run time asks for.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Demands {
    /// Programs that the container runs.
    pub programs: Vec<Program>,
    /// Commands by name.
    pub commands: Vec<CommandDemand>,
    /// Commands that a script asks for before it calls them: it does without one that is not there.
    #[serde(skip)]
    pub(crate) optional: BTreeSet<String>,
    /// Files by path.
    pub paths: Vec<PathDemand>,
    /// Interpreters of `#!` lines and shells of shell forms, by path or name.
    pub interpreters: Vec<CommandDemand>,
    /// Variables that commands read when the container starts.
    pub variables: BTreeSet<String>,
    /// Words of command lines and scripts: any of them may be the name of an account.
    #[serde(skip)]
    pub words: BTreeSet<String>,
    /// Directories that the servers serve without being told.
    pub served: Vec<String>,
    /// Directories that servers of plain files show; these read nothing else of the project but what is asked for.
    pub shown: Vec<String>,
    /// Data that servers of plain files read beside what they show.
    pub settings: Vec<String>,
    /// What makes a conversion impossible.
    pub refusals: Vec<Reason>,
    /// Scripts that could not be read.
    pub unread: Vec<String>,
    /// A command of a script may read files that it does not name in full: below the working directory, by a variable.
    #[serde(skip)]
    pub(crate) looks_around: bool,
    /// Stages that other files of the project name.
    pub targets: Vec<Target>,
    /// What other files of the project do with the image and a runtime stage may not allow.
    pub assumptions: Vec<Reason>,
    /// What other files of the project do with the image and the user should know.
    pub warnings: Vec<Reason>,
}

/// How deep scripts are followed.
const MAX_DEPTH: usize = 5;

/// Who asks for what HEALTHCHECK calls.
const HEALTH: &str = "HEALTHCHECK";

/// Who asks for the main program.
const MAIN_WORDS: &str = "the container's command";

/// Works out the demands of an image's final configuration.
pub fn demands(inputs: Inputs<'_>, analysis: &Analysis) -> Demands {
    let cwd = analysis.end.config.workdir.clone();
    let mut reader = Reader {
        inputs,
        analysis,
        demands: Demands::default(),
        cwd,
        seen: BTreeSet::new(),
        is_main: false,
        is_outside: false,
    };
    reader.image();
    reader.schedules();
    reader.services();
    reader.project_scripts();
    reader.surroundings();
    let mut demands = reader.demands;
    // An entry script and a service may start what CMD starts.
    let mut programs = Vec::new();
    for program in demands.programs {
        if !programs.contains(&program) {
            programs.push(program);
        }
    }
    demands.programs = programs;
    demands
}

/// The commands that a shell script of the image calls, by its path and text, with those of the scripts that it runs.
pub(crate) fn commands_of_script(
    inputs: Inputs<'_>,
    analysis: &Analysis,
    path: &str,
    text: &str,
) -> Vec<CommandDemand> {
    let cwd = analysis.end.config.workdir.clone();
    let seen = BTreeSet::from([path.to_owned()]);
    let mut reader =
        Reader { inputs, analysis, demands: Demands::default(), cwd, seen, is_main: false, is_outside: false };
    reader.script(text, &format!("`{path}`"), 0);
    reader.demands.commands
}

impl Reader<'_> {
    /// What the image's own configuration asks.
    fn image(&mut self) {
        let config = &self.analysis.end.config;
        let entrypoint = config.entrypoint.clone().unwrap_or_default();
        let cmd = config.cmd.clone().unwrap_or_default();
        let words = [entrypoint.as_slice(), &cmd].concat();
        if words.is_empty() {
            let words = "the image has no CMD and no ENTRYPOINT; what runs in it is not said";
            self.demands.refusals.push(rules::INTERACTIVE_IMAGE.because(words, None));
            return;
        }
        self.started(&exact(&entrypoint), &exact(&cmd), None);
        self.in_variables();
        let Some(check) = &config.healthcheck else { return };
        // Options are stored behind the command; they are no part of it.
        let words: Vec<String> = check.iter().filter(|w| !is_health_option(w)).cloned().collect();
        match words.split_first() {
            Some((kind, rest)) if kind == "CMD-SHELL" => self.shell_check(&rest.join(" "), HEALTH),
            Some((kind, rest)) if kind == "CMD" => self.check(&exact(rest), HEALTH),
            _ => {}
        }
    }

    /// Commands that options in variables start, as those of the command line do.
    fn in_variables(&mut self) {
        let rules = self.inputs.heuristics.ecosystems().iter().flat_map(|ecosystem| &ecosystem.runtimes);
        let signs: BTreeSet<&String> = rules.flat_map(|rule| &rule.starts).collect();
        let set: Vec<(String, String)> = self
            .analysis
            .end
            .config
            .env
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
            .collect();
        for (name, value) in set {
            for sign in &signs {
                let Some((_, rest)) = value.split_once(sign.as_str()) else { continue };
                let quote = rest.chars().next().filter(|c| ['"', '\''].contains(c));
                let command = match quote {
                    Some(quote) => rest[1..].split(quote).next(),
                    None => rest.split_whitespace().next(),
                };
                let command = command.unwrap_or_default().to_owned();
                self.no_program(|reader| reader.script(&command, &format!("`{name}`"), 1));
            }
        }
    }

    /// ENTRYPOINT and CMD, or what a service puts in their place; `service` says in words that it does.
    fn started(&mut self, entrypoint: &[Arg], cmd: &[Arg], service: Option<&str>) {
        self.is_main = true;
        self.argv(&[entrypoint, cmd].concat(), service.unwrap_or(MAIN_WORDS), 0);
        if let Some(first) = self.behind_wrappers(entrypoint).first().filter(|_| !cmd.is_empty()) {
            self.is_main = service.is_some();
            for from in self.passed_on(&first.text, cmd) {
                self.argv(cmd.get(from..).unwrap_or_default(), service.unwrap_or("CMD"), 0);
            }
        }
        self.is_main = false;
    }

    /// Asks for what is no program of the container.
    fn no_program(&mut self, ask: impl FnOnce(&mut Self)) {
        let programs = self.demands.programs.len();
        ask(self);
        self.demands.programs.truncate(programs);
    }

    /// A health check that a shell runs.
    fn shell_check(&mut self, text: &str, because: &str) {
        if let Some(shell) = self.analysis.end.shell().first() {
            self.interpreter(shell, because);
        }
        self.no_program(|reader| reader.script(text, because, 0));
    }

    /// A health check in exec form.
    fn check(&mut self, words: &[Arg], because: &str) {
        self.no_program(|reader| reader.argv(words, because, 0));
    }
}

/// The words of a text, paths as one.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    let of_word = |c: char| c.is_alphanumeric() || "_-./".contains(c);
    text.split(move |c: char| !of_word(c)).filter(|word| !word.is_empty()).map(str::to_owned)
}

fn is_health_option(word: &str) -> bool {
    ["--interval=", "--timeout=", "--retries=", "--start-period=", "--start-interval="]
        .iter()
        .any(|o| word.starts_with(o))
}

fn exact(words: &[String]) -> Vec<Arg> {
    words.iter().map(|w| Arg { text: w.clone(), exact: true }).collect()
}

struct Reader<'a> {
    inputs: Inputs<'a>,
    analysis: &'a Analysis,
    demands: Demands,
    cwd: String,
    seen: BTreeSet<String>,
    /// What is read is the container's own command, and not a health check or what a script starts.
    is_main: bool,
    /// What is read is started in the container from outside.
    is_outside: bool,
}

impl Reader<'_> {
    /// Places of the command's words from which an entry point, a script or a wrapper, may run them as a command.
    fn passed_on(&self, entrypoint: &str, cmd: &[Arg]) -> BTreeSet<usize> {
        let path = paths::join(&self.cwd, entrypoint);
        let Some(script) = self.text(&path) else {
            return if self.is_wrapper(entrypoint) { BTreeSet::from([0]) } else { BTreeSet::new() };
        };
        match cmd.first().filter(|first| first.exact && is_shell_script(&script, true)) {
            Some(first) => arguments::run_as_command(&script, &first.text, &|words| self.takes_arguments(words)),
            None => BTreeSet::from([0]),
        }
    }

    /// The entry point without what only starts it: `tini -- /entrypoint.sh`. A wrapper with nothing behind it starts CMD.
    fn behind_wrappers<'w>(&self, entrypoint: &'w [Arg]) -> &'w [Arg] {
        let heuristics = self.inputs.heuristics;
        let mut rest = entrypoint;
        while let Some(rule) = heuristics.match_runtime(rest).filter(|rule| rule.class == Class::Wrapper) {
            match heuristics.nested_runtime(rule, rest) {
                Some(Nested::Command(i)) if i > 0 && i < rest.len() => rest = &rest[i..],
                _ => break,
            }
        }
        rest
    }

    fn is_wrapper(&self, name: &str) -> bool {
        let rule = self.inputs.heuristics.match_runtime(&[Arg { text: name.to_owned(), exact: true }]);
        rule.is_some_and(|rule| rule.class == Class::Wrapper)
    }

    /// True for a command that takes what follows as its own arguments: a program by its path, or an interpreter with one.
    fn takes_arguments(&self, words: &[shell::Word]) -> bool {
        let Some(name) = words.first().and_then(shell::Word::literal) else { return false };
        if name.contains('/') {
            return !self.is_wrapper(&name) && words.len() == 1;
        }
        let argv: Vec<Arg> = words
            .iter()
            .map(|word| Arg { text: word.literal().unwrap_or_default(), exact: word.literal().is_some() })
            .collect();
        let rule = self.inputs.heuristics.match_runtime(&argv).filter(|rule| rule.class == Class::Interpreter);
        rule.is_some_and(|rule| self.inputs.heuristics.program_of(rule, &argv, &|_| None).is_some())
    }

    fn text(&self, path: &str) -> Option<String> {
        self.text_behind(path, 0)
    }

    /// The text of a file, also where a step has copied, moved or linked it.
    fn text_behind(&self, path: &str, depth: usize) -> Option<String> {
        if let Some(text) = self.analysis.files.text(path, self.inputs.context) {
            return Some(text);
        }
        let runs = self.analysis.steps.iter().rev().filter_map(|step| match &step.action {
            Action::Run(run) => Some(run),
            _ => None,
        });
        let mut operations =
            runs.flat_map(|run| run.units.iter().rev()).flat_map(|unit| unit.effects.files.iter().rev());
        let carried = operations.find_map(|operation| {
            let at = operation.writes.iter().position(|written| written == path && !operation.metadata_only)?;
            let pairs = operation.reads.len() == operation.writes.len();
            let source = if pairs { operation.reads.get(at) } else { operation.reads.first() }?;
            (source != path && (pairs || operation.reads.len() == 1)).then_some(source)
        })?;
        if depth < MAX_DEPTH { self.text_behind(carried, depth + 1) } else { None }
    }

    fn interpreter(&mut self, name: &str, because: &str) {
        let demand = CommandDemand { name: name.to_owned(), because: because.to_owned() };
        if !self.demands.interpreters.contains(&demand) {
            self.demands.interpreters.push(demand);
        }
    }

    fn command_word(&mut self, name: &str, because: &str) {
        if name.contains('/') {
            let path = paths::join(&self.cwd, name);
            self.path(path, because);
        }
        let name = paths::name(name).to_owned();
        if !self.demands.commands.iter().any(|c| c.name == name) {
            self.demands.commands.push(CommandDemand { name, because: because.to_owned() });
        }
    }

    fn path(&mut self, path: String, because: &str) {
        if !self.demands.paths.iter().any(|p| p.path == path) {
            self.demands.paths.push(PathDemand { path, because: because.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzer::analyse;
    use crate::context::MemoryContext;
    use crate::facts::heuristics::Heuristics;
    use crate::policy::Policy;
    use std::collections::BTreeMap;

    /// Names of the programs that the image starts.
    fn programs(tail: &str, script: &str) -> Vec<String> {
        let text = format!("FROM debian:bookworm\nCOPY entry.sh /\n{tail}\n");
        let dockerfile = crate::syntax::parse(text.as_bytes()).expect("a Dockerfile");
        let context = MemoryContext::new([("entry.sh", script)]);
        let (build_args, policy) = (BTreeMap::new(), Policy::default());
        let (heuristics, projects) = (Heuristics::builtin(), &[]);
        let inputs = Inputs {
            dockerfile: &dockerfile,
            context: &context,
            heuristics,
            build_args: &build_args,
            projects,
            policy: &policy,
        };
        let demands = demands(inputs, &analyse(inputs));
        let name = |program: &Program| match program {
            Program::Command { name } => Some(name.clone()),
            _ => None,
        };
        demands.programs.iter().filter_map(name).collect()
    }

    #[test]
    fn a_mode_of_a_script_behind_a_wrapper_is_no_program() {
        let script = "#!/bin/sh\nif [ \"$1\" = web ]; then exec /app/server; fi\nexec \"$@\"\n";
        for wrapper in ["", "\"tini\", \"--\", ", "\"/usr/bin/dumb-init\", \"-v\", ", "\"env\", \"A=b\", "] {
            let tail = |cmd: &str| format!("ENTRYPOINT [{wrapper}\"/entry.sh\"]\nCMD [\"{cmd}\"]");
            assert_eq!(programs(&tail("web"), script), [""; 0], "{wrapper}");
            // A word that the script does not know is what it runs.
            assert_eq!(programs(&tail("worker"), script), ["worker"], "{wrapper}");
        }
        // A wrapper with nothing behind it runs CMD.
        assert_eq!(programs("ENTRYPOINT [\"tini\", \"--\"]\nCMD [\"web\"]", script), ["web"]);
    }

    #[test]
    fn the_shell_keeps_a_stack_of_directories_by_itself() {
        let script = "#!/bin/bash\npushd /srv\n./start\npopd\nmapfile lines < /etc/hosts\nworker\n";
        assert_eq!(programs("ENTRYPOINT [\"/entry.sh\"]", script), ["worker"]);
    }
}
