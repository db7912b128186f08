//! What run time asks of the image: the programs that ENTRYPOINT, CMD and HEALTHCHECK start, and what other files of the
//! project and its policy start in it; the scripts they go through, and the commands and files that these name.

mod arguments;
mod lookups;
mod schedules;
mod services;

use super::effects::{Effects, abridge};
use super::readers::{self, Target};
use super::{Action, Analysis, Inputs, interpreter_of, is_shell_script};
use crate::context::Entry as ContextEntry;
use crate::context::manifests::{Command as ServiceCommand, Healthcheck, Service, package_scripts};
use crate::facts::heuristics::{Arg, Class, Nested, Runtime};
use crate::paths;
use crate::rules::{self, Reason};
use crate::shell;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

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
    let mut reader =
        Reader { inputs, analysis, demands: Demands::default(), cwd, seen: BTreeSet::new(), is_main: false };
    reader.image();
    reader.schedules();
    reader.services();
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
        let Some(check) = &config.healthcheck else { return };
        // Options are stored behind the command; they are no part of it.
        let words: Vec<String> = check.iter().filter(|w| !is_health_option(w)).cloned().collect();
        match words.split_first() {
            Some((kind, rest)) if kind == "CMD-SHELL" => self.shell_check(&rest.join(" "), HEALTH),
            Some((kind, rest)) if kind == "CMD" => self.check(rest, HEALTH),
            _ => {}
        }
    }

    /// ENTRYPOINT and CMD, or what a service puts in their place; `service` says in words that it does.
    fn started(&mut self, entrypoint: &[Arg], cmd: &[Arg], service: Option<&str>) {
        self.is_main = true;
        self.argv(&[entrypoint, cmd].concat(), service.unwrap_or(MAIN_WORDS), 0);
        if let Some(first) = entrypoint.first().filter(|_| !cmd.is_empty()) {
            self.is_main = service.is_some();
            for from in self.passed_on(&first.text, cmd) {
                self.argv(cmd.get(from..).unwrap_or_default(), service.unwrap_or("CMD"), 0);
            }
        }
        self.is_main = false;
    }

    /// A health check that a shell runs. It is no program of the container.
    fn shell_check(&mut self, text: &str, because: &str) {
        let shell = self.analysis.end.shell();
        if let Some(shell) = shell.first() {
            self.interpreter(shell, because);
        }
        let programs = self.demands.programs.len();
        self.script(text, because, 0);
        self.demands.programs.truncate(programs);
    }

    /// A health check in exec form.
    fn check(&mut self, words: &[String], because: &str) {
        let programs = self.demands.programs.len();
        self.argv(&exact(words), because, 0);
        self.demands.programs.truncate(programs);
    }

    /// What other files of the project ask.
    fn services(&mut self) {
        let asked = readers::read(self.inputs);
        for why in &asked.unread {
            self.demands.assumptions.push(rules::ASSUMED_SERVICE.because(format!("{why}; it may ask for more"), None));
        }
        for place in &asked.workplaces {
            let words = format!("{place} opens the finished image for development; give it the builder with `target`");
            self.demands.assumptions.push(rules::ASSUMED_SERVICE.because(words, None));
        }
        if let Some(target) = asked.targets.iter().find(|t| t.name == "0") {
            let words = format!("{} builds stage `0`, which will be the builder", target.by);
            self.demands.assumptions.push(rules::ASSUMED_SERVICE.because(words, None));
        }
        let said = self.analysis.sets_cmd || self.analysis.sets_entrypoint;
        let own = self.demands.refusals.len();
        let mut commands = false;
        for service in &asked.services {
            commands |= self.service(service);
            self.mounts(service);
        }
        for workload in &asked.workloads {
            commands |= self.workload(workload);
        }
        let nothing_said = own > 0 && self.demands.refusals.iter().all(|r| r.rule == rules::INTERACTIVE_IMAGE);
        if commands && nothing_said && !said {
            self.demands.refusals.clear();
            let words =
                "the image has no command of its own; what compose files and manifests run in it is all that counts";
            self.demands.assumptions.push(rules::ASSUMED_SERVICE.because(words, None));
        }
        self.demands.targets = asked.targets;
    }

    /// The commands of a service. True when it starts one of its own that a runtime stage can run; one that it cannot run
    /// leaves no demands, only an assumption.
    fn service(&mut self, service: &Service) -> bool {
        let config = &self.analysis.end.config;
        let because = format!("{}, service `{}`: {MAIN_WORDS}", service.file, service.name);
        let before = (self.demands.clone(), self.seen.clone(), self.cwd.clone());
        if let Some(directory) = &service.working_dir {
            self.cwd = paths::join(&self.cwd, directory);
        }
        let starts = service.command.is_some() || service.entrypoint.is_some();
        if starts {
            let kept = |words: &Option<Vec<String>>| exact(&words.clone().unwrap_or_default());
            let entrypoint = service.entrypoint.as_ref().map_or_else(|| kept(&config.entrypoint), words_of);
            let cmd = match (&service.command, &service.entrypoint) {
                (Some(command), _) => words_of(command),
                // Another entry point takes the image's CMD away.
                (None, Some(_)) => Vec::new(),
                (None, None) => kept(&config.cmd),
            };
            self.started(&entrypoint, &cmd, Some(&because));
        }
        let because = format!("health check of {}, service `{}`", service.file, service.name);
        match &service.healthcheck {
            Some(Healthcheck::Shell(text)) => self.shell_check(&text.replace("$$", "$"), &because),
            Some(Healthcheck::Exec(words)) => self.check(words, &because),
            Some(Healthcheck::Disabled | Healthcheck::Inherited) | None => {}
        }
        self.cwd = before.2;
        let Some(refusal) = self.demands.refusals.get(before.0.refusals.len()) else { return starts };
        let words = format!(
            "{} of {} runs {}; give it the builder with `build.target`",
            service.name, service.file, refusal.because
        );
        (self.demands, self.seen) = (before.0, before.1);
        self.demands.assumptions.push(rules::ASSUMED_SERVICE.because(words, None));
        false
    }

    /// Warns of sources that are laid over what the image holds.
    fn mounts(&mut self, service: &Service) {
        let workdir = &self.analysis.end.config.workdir;
        for mount in &service.volumes {
            let from_host = mount.source.as_ref().is_some_and(|s| s.starts_with(['.', '/', '~', '$']));
            let target = paths::join("/", &mount.target);
            if !from_host
                || !mount.target.starts_with('/')
                || target == "/"
                || !paths::is_within(&target, workdir)
                || workdir == "/"
            {
                continue;
            }
            let source = mount.source.as_deref().unwrap_or_default();
            let words = format!(
                "{} mounts `{source}` over `{target}` in service `{}`: what the image holds there is hidden, and the runtime stage \
                 has not got the tools to make it again; to develop there, give the service the builder with `build.target`",
                service.file, service.name
            );
            self.demands.warnings.push(rules::SOURCE_MOUNTED.because(words, None));
        }
    }
}

/// The words of a service's command. Compose splits a text as a shell does, and `$$` is a dollar sign.
fn words_of(command: &ServiceCommand) -> Vec<Arg> {
    let words = match command {
        ServiceCommand::Words(words) => words.clone(),
        ServiceCommand::Text(text) => split_words(text),
    };
    let arg = |word: String| {
        let text = word.replace("$$", "\0");
        Arg { exact: !text.contains('$'), text: text.replace('\0', "$") }
    };
    words.into_iter().map(arg).collect()
}

/// Splits at blanks outside quotes and takes the quotes off.
fn split_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            open = false;
            continue;
        }
        if !open {
            words.push(String::new());
            open = true;
        }
        let Some(word) = words.last_mut() else { continue };
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None | Some('"'), '\\') => word.extend(chars.next()),
            (_, c) => word.push(c),
        }
    }
    words
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

    /// One command with its arguments.
    fn argv(&mut self, argv: &[Arg], because: &str, depth: usize) {
        self.demands.words.extend(argv.iter().flat_map(|arg| words(&arg.text)));
        let Some(first) = argv.first() else { return };
        if !first.exact || first.text.is_empty() {
            return;
        }
        let shown = abridge(&argv.iter().map(|a| a.text.as_str()).collect::<Vec<_>>().join(" "));
        let because = match because.starts_with('`') {
            true => because.to_owned(),
            false => format!("`{shown}` ({because})"),
        };
        self.named_paths(argv, &because);
        // A file that can be read says more than a rule about its name.
        if first.text.contains('/') {
            let path = paths::join(&self.cwd, &first.text);
            if self.text(&path).is_some() {
                self.file(path, &because, depth);
                return;
            }
        }
        // A program beside the sources may have the name of a server.
        let own = paths::join(&self.cwd, &first.text);
        let is_own = first.text.contains('/') && !paths::is_shared(&self.cwd) && paths::is_within(&self.cwd, &own)
            || first.text.starts_with("./");
        let rule = self.inputs.heuristics.match_runtime(argv);
        let counts = |rule: &&Runtime| match rule.class {
            Class::Server => !is_own,
            Class::Tool => (depth > 0 || !self.is_main) && !is_own && !self.is_made(&first.text),
            _ => true,
        };
        if let Some(rule) = rule.filter(counts) {
            let why = rule.because.clone().unwrap_or_default();
            let language = rule.language.clone().unwrap_or_else(|| rule.ecosystem.clone());
            let nested = self.inputs.heuristics.nested_runtime(rule, argv);
            for word in argv {
                let started = rule.starts.iter().find_map(|start| word.text.strip_prefix(start.as_str()));
                if let Some(command) = started.map(|command| command.trim_matches(['"', '\''])) {
                    let programs = self.demands.programs.len();
                    self.script(command, &because, depth + 1);
                    self.demands.programs.truncate(programs);
                }
            }
            match rule.class {
                Class::DevServer => {
                    self.demands.refusals.push(rules::DEV_SERVER.because(format!("`{shown}`: {why}"), None));
                }
                // In a script or a health check a tool is just a command that must be there.
                Class::Toolchain if depth > 0 || !self.is_main => {
                    self.command_word(&first.text, &because);
                    self.files_of(rule, argv, &because);
                }
                Class::Compiles | Class::Toolchain => {
                    let words = format!("`{shown}`: {why}");
                    self.demands.refusals.push(rules::TOOLCHAIN_AT_RUN_TIME.because(words, None));
                }
                Class::Shell => self.shell_command(argv, nested.as_ref(), &shown, &because, depth),
                Class::Wrapper => {
                    self.command_word(&first.text, &because);
                    match nested {
                        Some(Nested::Command(i)) => self.argv(&argv[i..], &because, depth),
                        Some(Nested::ShellText(i)) => self.script(&argv[i].text.clone(), &because, depth),
                        _ => {}
                    }
                }
                Class::PackageScript => {
                    self.command_word(&first.text, &because);
                    self.package_script(argv, nested.as_ref(), &shown, &because, &language, depth);
                }
                Class::Interpreter | Class::Static | Class::Launcher => {
                    let cwd = self.cwd.clone();
                    let file = self.inputs.heuristics.program_of(rule, argv, &|name| match name {
                        "PWD" => Some(cwd.clone()),
                        name => self.analysis.end.scope.get(name),
                    });
                    let module = self.inputs.heuristics.module_of(rule, argv);
                    let says_what = file.is_some() || module.is_some() || rule.class != Class::Interpreter;
                    if !says_what
                        && argv.iter().skip(1).all(|a| a.exact && a.text.starts_with('-') && a.text.len() == 2)
                    {
                        let words = format!("`{shown}` starts the interpreter's prompt");
                        self.demands.refusals.push(rules::INTERACTIVE_IMAGE.because(words, None));
                        return;
                    }
                    if let Some(file) = file.as_ref().filter(|f| !f.contains('*')) {
                        self.path(file.clone(), &because);
                    }
                    let (file, shown) = match rule.class {
                        Class::Static => {
                            let lookup = |name: &str| match name {
                                "PWD" => Some(cwd.clone()),
                                name => self.analysis.end.scope.get(name),
                            };
                            let reads = self.inputs.heuristics.runtime_reads_of(rule, argv, &lookup);
                            let shown = reads.into_iter().find_map(|read| read.path);
                            let all =
                                shown.as_ref().is_some_and(|shown| self.reads_beside(rule, argv, shown, &because));
                            (file.or_else(|| shown.clone()), shown.filter(|_| all))
                        }
                        _ => (file, None),
                    };
                    self.demands.shown.extend(shown);
                    self.command_word(&first.text, &because);
                    self.demands.programs.push(Program::Interpreted {
                        command: paths::name(&first.text).to_owned(),
                        language,
                        file,
                    });
                }
                Class::Server => {
                    self.command_word(&first.text, &because);
                    self.demands.programs.push(Program::Server { name: paths::name(&first.text).to_owned() });
                    self.demands.served.extend(rule.serves.iter().cloned());
                }
                Class::Plain | Class::Tool => {
                    self.command_word(&first.text, &because);
                    self.files_of(rule, argv, &because);
                }
            }
            return;
        }
        if first.text.contains('/') {
            let path = paths::join(&self.cwd, &first.text);
            self.file(path, &because, depth);
        } else {
            self.command_word(&first.text, &because);
            match self.script_on_path(&first.text) {
                Some(path) => self.file(path, &because, depth),
                None => {
                    self.given_files(argv, &because);
                    self.demands.programs.push(Program::Command { name: first.text.clone() });
                }
            }
        }
    }

    /// True when the file makes or brings a program of a name.
    fn is_made(&self, command: &str) -> bool {
        let name = paths::name(command);
        let landed = self.analysis.files.landings().iter().any(|landing| paths::name(&landing.destination) == name);
        let writes = |effects: &Effects| {
            let files = effects.files.iter().flat_map(|operation| &operation.writes);
            effects.writes.iter().map(|write| &write.path).chain(files).any(|path| paths::name(path) == name)
        };
        landed
            || self.analysis.steps.iter().any(|step| match &step.action {
                Action::Run(run) => run.units.iter().any(|unit| writes(&unit.effects)),
                _ => false,
            })
    }

    /// Files that a tool reads besides those of absolute paths: what its rule says, else any word of it.
    fn files_of(&mut self, rule: &Runtime, argv: &[Arg], because: &str) {
        if rule.reads.is_empty() {
            let known = |word: &Arg| word.exact && (word.text.starts_with(['/', '-']) || word.text.contains("://"));
            self.demands.looks_around |= rule.class == Class::Toolchain && !argv.iter().skip(1).all(known);
            return;
        }
        let cwd = self.cwd.clone();
        let lookup = |name: &str| match name {
            "PWD" => Some(cwd.clone()),
            name => self.analysis.end.scope.get(name),
        };
        for read in self.inputs.heuristics.runtime_reads_of(rule, argv, &lookup) {
            match read.path {
                Some(path) if !path.contains(['*', '?', '[']) => {
                    let known = self.analysis.files.entry(&path, self.inputs.context);
                    match known.is_some() || paths::is_within(&self.cwd, &path) {
                        true if !paths::is_shared(&path) => self.path(path, because),
                        _ => {}
                    }
                }
                _ => self.demands.looks_around = true,
            }
        }
    }

    /// Files of the project that a command of the system is given by their names.
    fn given_files(&mut self, argv: &[Arg], because: &str) {
        if self.is_made(&argv[0].text) {
            return;
        }
        for word in argv.iter().skip(1).filter(|word| word.exact && !word.text.starts_with('-')) {
            let path = paths::join(&self.cwd, &word.text);
            let entry = self.analysis.files.entry(&path, self.inputs.context);
            if entry.is_some_and(|(_, entry)| matches!(entry, ContextEntry::File { .. })) {
                self.path(path, because);
            }
        }
    }

    /// A file that the shell opens for a command to read.
    fn redirected(&mut self, from: &Arg, because: &str) {
        let path = paths::join(&self.cwd, &from.text);
        match from.exact && !from.text.contains(['*', '?', '[']) {
            true if paths::is_within("/dev", &path) || paths::is_within("/proc", &path) => {}
            true => self.path(path, because),
            false => self.demands.looks_around = true,
        }
    }

    /// What a server of plain files reads beside the directory that it shows: its own settings, and whatever its words name,
    /// seen from the working directory or from the directory that it shows. False when one of them is not found.
    fn reads_beside(&mut self, rule: &Runtime, argv: &[Arg], shown: &str, because: &str) -> bool {
        let cwd = self.cwd.clone();
        let beside = |path: &String| !paths::is_within(shown, path) && !paths::is_within(path, shown);
        let mut read: Vec<String> = rule.settings.iter().map(|name| paths::join(&cwd, name)).collect();
        let mut all = true;
        // Words by which the rule is known (`-m MODULE`) are no files.
        let named = |word: &str| {
            rule.patterns.iter().any(|p| p.first == word || p.words.iter().any(|pattern| pattern.is_word(word)))
        };
        for (i, word) in argv.iter().enumerate().skip(1).filter(|(_, word)| !named(&word.text)) {
            let option = word.text.split('=').next().unwrap_or_default();
            if rule.of_shown.iter().any(|flag| flag == option || *flag == argv[i - 1].text) {
                continue;
            }
            let value = match (word.text.starts_with('-'), word.text.split_once('=')) {
                (true, Some((_, value))) => value,
                (true, None) => continue,
                (false, _) => word.text.as_str(),
            };
            let places = [paths::join(&cwd, value), paths::join(shown, value)];
            if value.is_empty() || places.iter().any(|place| place == shown) {
                continue;
            }
            let found: Vec<String> = places.iter().filter(|place| self.is_in_context(place)).cloned().collect();
            all &= word.exact && (!found.is_empty() || !looks_like_path(value));
            read.extend(found);
        }
        for path in read.into_iter().filter(beside) {
            if !self.is_in_context(&path) {
                continue;
            }
            let name = paths::name(&path);
            if rule.data.iter().any(|data| crate::facts::heuristics::glob(data, name)) {
                self.demands.settings.push(path.clone());
            } else {
                let language = rule.language.clone().unwrap_or_else(|| rule.ecosystem.clone());
                let command = paths::name(&argv[0].text).to_owned();
                self.demands.programs.push(Program::Interpreted { command, language, file: Some(path.clone()) });
            }
            self.path(path, because);
        }
        all
    }

    fn is_in_context(&self, path: &str) -> bool {
        let entry = self.analysis.files.entry(path, self.inputs.context);
        entry.is_some_and(|(_, entry)| !matches!(entry, ContextEntry::Unknown | ContextEntry::Absent))
    }

    /// Files that a command is given by an absolute path are read, whatever it does with them.
    fn named_paths(&mut self, argv: &[Arg], because: &str) {
        for word in argv.iter().skip(1).filter(|word| word.exact) {
            let path = word.text.split_once('=').map_or(word.text.as_str(), |(_, value)| value);
            let plain = path.len() > 1 && !path.contains(['*', '?', '[', ' ', '$', ':']);
            if path.starts_with('/') && plain && !paths::is_shared(path) {
                self.path(paths::join("/", path), because);
            }
        }
    }

    /// A script of the project's own that a command's name leads to.
    fn script_on_path(&self, name: &str) -> Option<String> {
        let search = self.analysis.end.scope.get("PATH")?;
        search.split(':').map(|directory| paths::join(directory, name)).find(|path| {
            let text = self.text(path);
            text.is_some_and(|text| interpreter_of(&text).is_some())
        })
    }

    /// A file that is run by its path: a script that can be read, or a program.
    fn file(&mut self, path: String, because: &str, depth: usize) {
        self.path(path.clone(), because);
        let Some(text) = self.text(&path) else {
            self.demands.programs.push(Program::File { path });
            return;
        };
        if let Some(interpreter) = interpreter_of(&text) {
            self.interpreter(&interpreter, &format!("`{path}` (its first line)"));
        }
        if !is_shell_script(&text, true) {
            let interpreter = interpreter_of(&text).unwrap_or_default();
            let argv = exact(&[interpreter, path]);
            self.argv(&argv, because, depth + 1);
            return;
        }
        if depth >= MAX_DEPTH || !self.seen.insert(path.clone()) {
            return;
        }
        self.demands.programs.push(Program::Script { path: path.clone() });
        self.script(&text, &format!("`{path}`"), depth + 1);
    }

    /// `sh -c TEXT`, `bash FILE`, or a bare shell.
    fn shell_command(&mut self, argv: &[Arg], nested: Option<&Nested>, shown: &str, because: &str, depth: usize) {
        self.interpreter(&argv[0].text, because);
        match nested {
            Some(Nested::ShellText(i)) => self.script(&argv[*i].text.clone(), because, depth),
            Some(Nested::Script(i)) if argv[*i].exact => {
                self.file(paths::join(&self.cwd, &argv[*i].text), because, depth);
            }
            Some(Nested::Command(i)) => self.argv(&argv[*i..], because, depth),
            _ => {
                // `bash SCRIPT` and `sh -c TEXT` without a rule that says so.
                let flag = argv.iter().skip(1).position(|a| a.text.starts_with('-') && a.text.ends_with('c'));
                if let Some(text) = flag.and_then(|i| argv.get(i + 2)) {
                    self.script(&text.text.clone(), because, depth);
                } else if let Some(file) = argv.iter().skip(1).find(|a| !a.text.starts_with('-')) {
                    self.file(paths::join(&self.cwd, &file.text), because, depth);
                } else {
                    let words = format!("`{shown}` starts a shell");
                    self.demands.refusals.push(rules::INTERACTIVE_IMAGE.because(words, None));
                }
            }
        }
    }

    /// Every command of a shell text, wherever it stands in it.
    fn script(&mut self, text: &str, because: &str, depth: usize) {
        self.demands.variables.extend(super::mentioned_variables(text));
        self.demands.words.extend(words(text));
        let script = shell::parse(text);
        if !script.clean || depth > MAX_DEPTH {
            self.demands.unread.push(because.to_owned());
            return;
        }
        let functions = functions_of(text);
        let mut commands = Vec::new();
        let mut variables = self.analysis.end.scope.all();
        script.walk(&mut |simple, node| {
            for assignment in &simple.assignments {
                // A script's own variable may be set from outside: it is known only if set to plain text once.
                let value = assignment.value.literal();
                let known = value.filter(|_| !variables.contains_key(&assignment.name));
                variables.insert(assignment.name.clone(), known);
            }
            if !simple.words.is_empty() || !simple.redirects.is_empty() {
                commands.push((simple.clone(), node.range.clone()));
            }
        });
        let outer = self.cwd.clone();
        // What stands beside other commands is no more than a part of a script.
        let depth =
            if commands.iter().filter(|(simple, _)| !simple.words.is_empty()).count() > 1 { depth + 1 } else { depth };
        for (simple, _) in commands {
            let arg = |word: &shell::Word| {
                let resolved = word.resolve(&|name| variables.get(name).cloned().flatten());
                Arg { text: resolved.text, exact: resolved.exact }
            };
            for redirect in simple.redirects.iter().filter(|redirect| redirect.operator == "<") {
                self.redirected(&arg(&redirect.target), because);
            }
            let argv: Vec<Arg> = simple.words.iter().map(arg).collect();
            if argv.is_empty() {
                continue;
            }
            match argv[0].text.as_str() {
                "cd" => {
                    if let Some(target) = argv.get(1).filter(|a| a.exact) {
                        self.cwd = paths::join(&self.cwd, &target.text);
                    }
                }
                _ if lookups::looks_up(&argv) => self.looked_up(&argv, because, depth),
                name if SHELL_WORDS.contains(&name) || functions.contains(name) => {}
                "exec" | "command" | "builtin" | "time" => self.argv(lookups::behind(&argv), because, depth),
                "." | "source" => {
                    if let Some(file) = argv.get(1).filter(|a| a.exact) {
                        let path = paths::join(&self.cwd, &file.text);
                        if let Some(text) = self.text(&path)
                            && self.seen.insert(path.clone())
                        {
                            self.path(path.clone(), because);
                            self.script(&text, &format!("`{path}`"), depth + 1);
                        }
                    }
                }
                _ => self.argv(&argv, because, depth),
            }
        }
        self.cwd = outer;
    }

    fn package_script(
        &mut self,
        argv: &[Arg],
        nested: Option<&Nested>,
        shown: &str,
        because: &str,
        language: &str,
        depth: usize,
    ) {
        self.demands.programs.push(Program::Interpreted {
            command: paths::name(&argv[0].text).to_owned(),
            language: language.to_owned(),
            file: None,
        });
        let Some(Nested::PackageScript { name, directory }) = nested else {
            self.demands.unread.push(format!("`{shown}`"));
            return;
        };
        let directory = directory.as_ref().map_or(self.cwd.clone(), |d| paths::join(&self.cwd, &d.text));
        let manifest = paths::join(&directory, "package.json");
        let scripts: Option<BTreeMap<String, String>> = self.text(&manifest).and_then(|text| package_scripts(&text));
        let Some(scripts) = scripts else {
            self.demands.unread.push(format!("`{shown}`"));
            return;
        };
        if depth >= MAX_DEPTH {
            return;
        }
        let outer = std::mem::replace(&mut self.cwd, directory);
        for name in [format!("pre{name}"), name.to_owned(), format!("post{name}")] {
            if let Some(body) = scripts.get(&name) {
                self.script(body, &format!("`{shown}` runs `{}`", abridge(body)), depth + 1);
            }
        }
        if name == "start" && !scripts.contains_key("start") {
            self.path(paths::join(&self.cwd.clone(), "server.js"), because);
        }
        self.cwd = outer;
    }
}

/// True for a word that may be the path of a file: no address, number or host with a port.
fn looks_like_path(word: &str) -> bool {
    let ending = word.rsplit_once('.').map(|(_, ending)| ending);
    let named = ending.is_some_and(|e| !e.is_empty() && e.chars().all(|c| c.is_ascii_alphanumeric()))
        && word.chars().any(|c| c.is_ascii_alphabetic());
    !word.contains("://") && !word.contains(':') && (word.contains('/') || named)
}

/// Words that a POSIX shell or bash handles itself.
const SHELL_WORDS: &[&str] = &[
    ":", "[", "[[", "alias", "bg", "break", "case", "continue", "declare", "disown", "echo", "eval", "exit", "export",
    "false", "fg", "getopts", "hash", "if", "jobs", "kill", "let", "local", "printf", "pwd", "read", "readonly",
    "return", "set", "shift", "shopt", "test", "times", "trap", "true", "type", "typeset", "ulimit", "umask",
    "unalias", "unset", "wait",
];

/// Names of functions that a script defines: `name() {` and `function name`.
fn functions_of(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in text.lines() {
        let line = line.trim_start();
        let name = match line.strip_prefix("function ") {
            Some(rest) => rest.split(['(', ' ', '{']).next(),
            None => line.split_once("()").map(|(name, _)| name.trim_end()),
        };
        if let Some(name) = name.filter(|n| !n.is_empty() && !n.contains([' ', '$', '"', '\'', '='])) {
            names.insert(name.to_owned());
        }
    }
    names
}
