//! One command of a command line or a script, to what it asks: the program, its files, and what it starts in turn.

use super::{Program, Reader, words};
use crate::analyzer::Action;
use crate::analyzer::effects::{Effects, abridge};
use crate::context::Entry as ContextEntry;
use crate::facts::heuristics::{Arg, Class, Nested, Runtime, glob};
use crate::paths;
use crate::programs;
use crate::rules;

/// The heuristics file of the system's own tools.
const SYSTEM: &str = "shell";

/// True for a directory where package managers put commands.
fn is_of_installed(path: &str) -> bool {
    [".bin", "bin"].contains(&paths::name(paths::parent(path)))
}

/// A command that is asked for.
#[derive(Clone, Copy)]
pub(super) struct Call<'c> {
    pub(super) argv: &'c [Arg],
    /// The command as people are shown it.
    pub(super) shown: &'c str,
    /// Who asks, in words.
    pub(super) because: &'c str,
    /// In how many scripts it stands.
    pub(super) depth: usize,
}

impl<'a> Reader<'a> {
    /// One command with its arguments.
    pub(super) fn argv(&mut self, argv: &[Arg], because: &str, depth: usize) {
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
        let path = first.text.contains('/').then(|| paths::join(&self.cwd, &first.text));
        let rule = self.rule_of(argv, depth);
        // A file that can be read says more than a rule about its name, but for the script of a build tool (`./mvnw`).
        let read = path.as_ref().filter(|path| self.text(path).is_some());
        if let Some(path) = read.filter(|_| rule.is_none_or(|rule| rule.class != Class::Compiles)) {
            self.file(path.clone(), &because, depth);
            return;
        }
        if let Some(rule) = rule {
            self.described(rule, Call { argv, shown: &shown, because: &because, depth });
            return;
        }
        if let Some(path) = path {
            self.file(path, &because, depth);
            return;
        }
        self.command_word(&first.text, &because);
        match self.script_on_path(&first.text) {
            Some(path) => self.file(path, &because, depth),
            None => {
                self.given_files(argv, &because);
                self.demands.programs.push(Program::Command { name: first.text.clone() });
            }
        }
    }

    /// The rule that describes a command, unless a program of the project only has the same name.
    fn rule_of(&self, argv: &[Arg], depth: usize) -> Option<&'a Runtime> {
        let first = &argv[0].text;
        // A program beside the sources may have the name of a server.
        let own = paths::join(&self.cwd, first);
        let is_own = first.contains('/') && !paths::is_shared(&self.cwd) && paths::is_within(&self.cwd, &own)
            || first.starts_with("./");
        self.inputs.heuristics.match_runtime(argv).filter(|rule| match rule.class {
            Class::Server => !is_own,
            // A build may call its program as such a command is called; what is installed below the project keeps its name.
            Class::Wrapper => !is_own || !self.is_made(first) && is_of_installed(&own),
            Class::Plain => !is_own,
            Class::Tool => (depth > 0 || !self.is_main || self.is_outside) && !is_own && !self.is_made(first),
            _ => true,
        })
    }

    /// A command that a rule describes.
    fn described(&mut self, rule: &Runtime, call: Call<'_>) {
        let Call { argv, shown, because, depth } = call;
        let first = &argv[0].text;
        let nested = self.inputs.heuristics.nested_runtime(rule, argv);
        for word in argv {
            let started = rule.starts.iter().find_map(|start| word.text.strip_prefix(start.as_str()));
            if let Some(command) = started.map(|command| command.trim_matches(['"', '\''])) {
                self.no_program(|reader| reader.script(command, because, depth + 1));
            }
        }
        for (at, _) in argv.iter().enumerate().filter(|(_, word)| rule.commands_after.contains(&word.text)) {
            let rest = &argv[at + 1..];
            let end = rest.iter().position(|word| matches!(word.text.as_str(), ";" | "+")).unwrap_or(rest.len());
            self.no_program(|reader| reader.argv(&rest[..end], because, depth + 1));
        }
        let refusal = || format!("`{shown}`: {}", rule.because.as_deref().unwrap_or_default());
        match rule.class {
            Class::DevServer => self.demands.refusals.push(rules::DEV_SERVER.because(refusal(), None)),
            // In a script or a health check a tool is just a command that must be there.
            Class::Toolchain if self.is_no_work(rule, first, depth) => {
                self.command_word(first, because);
                self.files_of(rule, argv, because);
            }
            Class::Compiles | Class::Toolchain => {
                self.demands.refusals.push(rules::TOOLCHAIN_AT_RUN_TIME.because(refusal(), None));
            }
            Class::Shell => self.shell_command(call, nested.as_ref()),
            Class::Wrapper => {
                self.command_word(first, because);
                match nested {
                    Some(Nested::Command(i)) if rule.uses && depth > 0 => {
                        self.no_program(|reader| reader.argv(&argv[i..], because, depth));
                    }
                    Some(Nested::Command(i)) => self.argv(&argv[i..], because, depth),
                    Some(Nested::ShellText(i)) => self.script(&argv[i].text, because, depth),
                    _ => {}
                }
            }
            Class::PackageScript => {
                self.command_word(first, because);
                self.package_script(rule, call, nested.as_ref());
            }
            Class::Interpreter | Class::Static | Class::Launcher => self.interpreted(rule, call),
            Class::Server => {
                self.command_word(first, because);
                self.demands.programs.push(Program::Server { name: paths::name(first).to_owned() });
                self.demands.served.extend(rule.serves.iter().cloned());
            }
            Class::Plain | Class::Tool => {
                self.command_word(first, because);
                self.files_of(rule, argv, because);
            }
        }
    }

    /// An interpreter with the program that it runs, or a server of plain files with what it shows.
    fn interpreted(&mut self, rule: &Runtime, Call { argv, shown, because, .. }: Call<'_>) {
        let heuristics = self.inputs.heuristics;
        let mut file = heuristics.program_of(rule, argv, &|name| self.value(name));
        let says_what =
            file.is_some() || heuristics.module_of(rule, argv).is_some() || rule.class != Class::Interpreter;
        if !says_what && argv.iter().skip(1).all(|a| a.exact && a.text.starts_with('-') && a.text.len() == 2) {
            let words = format!("`{shown}` starts the interpreter's prompt");
            self.demands.refusals.push(rules::INTERACTIVE_IMAGE.because(words, None));
            return;
        }
        if let Some(file) = file.as_ref().filter(|f| !f.contains('*')) {
            self.path(file.clone(), because);
        }
        if let Some(file) = file.as_ref().filter(|_| rule.class == Class::Launcher) {
            self.named_by_keys(rule, file, because);
        }
        if rule.class == Class::Static {
            let reads = heuristics.runtime_reads_of(rule, argv, &|name| self.value(name));
            let directory = reads.into_iter().find_map(|read| read.path);
            let all = directory.as_ref().is_some_and(|shown| self.reads_beside(rule, argv, shown, because));
            file = file.or_else(|| directory.clone());
            self.demands.shown.extend(directory.filter(|_| all));
        }
        self.command_word(&argv[0].text, because);
        self.demands.programs.push(interpreted(rule, argv, file));
    }

    /// True for a tool of a toolchain that need not have sources to work on: any in a script or a check; of what is started from
    /// outside, one of the system, or one that looks into running programs.
    fn is_no_work(&self, rule: &Runtime, name: &str, depth: usize) -> bool {
        match self.is_outside {
            true => rule.ecosystem == SYSTEM || programs::inspects(paths::name(name)),
            false => depth > 0 || !self.is_main,
        }
    }

    /// The value of a variable in a rule's templates.
    fn value(&self, name: &str) -> Option<String> {
        match name {
            "PWD" => Some(self.cwd.clone()),
            name => self.analysis.end.scope.get(name),
        }
    }
}

/// The program of a command that a rule describes.
pub(super) fn interpreted(rule: &Runtime, argv: &[Arg], file: Option<String>) -> Program {
    let language = rule.language.clone().unwrap_or_else(|| rule.ecosystem.clone());
    Program::Interpreted { command: paths::name(&argv[0].text).to_owned(), language, file }
}

impl Reader<'_> {
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
        for read in self.inputs.heuristics.runtime_reads_of(rule, argv, &|name| self.value(name)) {
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
            if rule.data.iter().any(|data| glob(data, name)) {
                self.demands.settings.push(path.clone());
            } else {
                self.demands.programs.push(interpreted(rule, argv, Some(path.clone())));
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
}

/// True for a word that may be the path of a file: no address, number or host with a port.
fn looks_like_path(word: &str) -> bool {
    let ending = word.rsplit_once('.').map(|(_, ending)| ending);
    let named = ending.is_some_and(|e| !e.is_empty() && e.chars().all(|c| c.is_ascii_alphanumeric()))
        && word.chars().any(|c| c.is_ascii_alphabetic());
    !word.contains("://") && !word.contains(':') && (word.contains('/') || named)
}
