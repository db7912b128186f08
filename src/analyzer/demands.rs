//! What run time asks of the image: the programs that ENTRYPOINT, CMD and HEALTHCHECK start, the scripts they go
//! through, and the commands and files that these name.

use super::effects::abridge;
use super::{Analysis, Inputs, interpreter_of, is_shell_script, manifests};
use crate::facts::heuristics::{Arg, Class, Nested};
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
    /// Files by path.
    pub paths: Vec<PathDemand>,
    /// Interpreters of `#!` lines and shells of shell forms, by path or name.
    pub interpreters: Vec<CommandDemand>,
    /// Variables that commands read when the container starts.
    pub variables: BTreeSet<String>,
    /// What makes a conversion impossible.
    pub refusals: Vec<Reason>,
    /// Scripts that could not be read.
    pub unread: Vec<String>,
}

/// How deep scripts are followed.
const MAX_DEPTH: usize = 5;

/// Who asks for the main program.
const MAIN_WORDS: &str = "the container's command";
const MAIN: &str = "(the container's command)";

/// Works out the demands of an image's final configuration.
pub fn demands(inputs: Inputs<'_>, analysis: &Analysis) -> Demands {
    let config = &analysis.end.config;
    let mut reader =
        Reader { inputs, analysis, demands: Demands::default(), cwd: config.workdir.clone(), seen: BTreeSet::new() };
    let entrypoint = config.entrypoint.clone().unwrap_or_default();
    let cmd = config.cmd.clone().unwrap_or_default();
    let whole: Vec<String> = entrypoint.iter().chain(&cmd).cloned().collect();
    if whole.is_empty() {
        reader.demands.refusals.push(
            rules::INTERACTIVE_IMAGE
                .because("the image has no CMD and no ENTRYPOINT; what runs in it is not said", None),
        );
        return reader.demands;
    }
    reader.argv(&exact(&whole), MAIN_WORDS, 0);
    if !entrypoint.is_empty() && !cmd.is_empty() && reader.passes_arguments_on(&entrypoint[0]) {
        reader.argv(&exact(&cmd), "CMD", 0);
    }
    if let Some(check) = &config.healthcheck {
        let because = "HEALTHCHECK";
        // Options are stored behind the command; they are no part of it.
        let words: Vec<String> = check.iter().filter(|w| !is_health_option(w)).cloned().collect();
        match words.first().map(String::as_str) {
            Some("CMD-SHELL") => {
                let shell = analysis.end.shell();
                reader.interpreter(&shell[0], because);
                let programs = reader.demands.programs.len();
                reader.script(&words[1..].join(" "), because, 0);
                reader.demands.programs.truncate(programs);
            }
            Some("CMD") => {
                let programs = reader.demands.programs.len();
                reader.argv(&exact(&words[1..]), because, 0);
                reader.demands.programs.truncate(programs);
            }
            _ => {}
        }
    }
    reader.demands
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
}

impl Reader<'_> {
    /// True when an entry point runs its arguments: a script or a wrapper.
    fn passes_arguments_on(&self, entrypoint: &str) -> bool {
        let path = paths::join(&self.cwd, entrypoint);
        let is_script = self.text(&path).is_some();
        let rule = self.inputs.heuristics.match_runtime(&[Arg { text: entrypoint.to_owned(), exact: true }]);
        is_script || rule.is_some_and(|rule| rule.class == Class::Wrapper)
    }

    fn text(&self, path: &str) -> Option<String> {
        self.analysis.files.text(path, self.inputs.context)
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
        let Some(first) = argv.first() else { return };
        if !first.exact || first.text.is_empty() {
            return;
        }
        let shown = abridge(&argv.iter().map(|a| a.text.as_str()).collect::<Vec<_>>().join(" "));
        let because = match because.starts_with('`') {
            true => because.to_owned(),
            false => format!("`{shown}` ({because})"),
        };
        // A file that can be read says more than a rule about its name.
        if first.text.contains('/') {
            let path = paths::join(&self.cwd, &first.text);
            if self.text(&path).is_some() {
                self.file(path, &because, depth);
                return;
            }
        }
        if let Some(rule) = self.inputs.heuristics.match_runtime(argv) {
            let why = rule.because.clone().unwrap_or_default();
            let language = rule.language.clone().unwrap_or_else(|| rule.ecosystem.clone());
            let nested = self.inputs.heuristics.nested_runtime(rule, argv);
            match rule.class {
                Class::DevServer => {
                    self.demands.refusals.push(rules::DEV_SERVER.because(format!("`{shown}`: {why}"), None));
                }
                // In a script or a health check a tool is just a command that must be there.
                Class::Toolchain if depth > 0 || !because.ends_with(MAIN) => self.command_word(&first.text, &because),
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
                }
                Class::Plain => self.command_word(&first.text, &because),
            }
            return;
        }
        if first.text.contains('/') {
            let path = paths::join(&self.cwd, &first.text);
            self.file(path, &because, depth);
        } else {
            self.command_word(&first.text, &because);
            self.demands.programs.push(Program::Command { name: first.text.clone() });
        }
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
            if !simple.words.is_empty() {
                commands.push((simple.clone(), node.range.clone()));
            }
        });
        let outer = self.cwd.clone();
        for (simple, _) in commands {
            let argv: Vec<Arg> = simple
                .words
                .iter()
                .map(|word| {
                    let resolved = word.resolve(&|name| variables.get(name).cloned().flatten());
                    Arg { text: resolved.text, exact: resolved.exact }
                })
                .collect();
            match argv[0].text.as_str() {
                "cd" => {
                    if let Some(target) = argv.get(1).filter(|a| a.exact) {
                        self.cwd = paths::join(&self.cwd, &target.text);
                    }
                }
                name if SHELL_WORDS.contains(&name) || functions.contains(name) => {}
                "exec" | "command" | "builtin" | "time" => self.argv(&argv[1..], because, depth),
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
        let scripts: Option<BTreeMap<String, String>> =
            self.text(&manifest).and_then(|text| manifests::package_scripts(&text));
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
