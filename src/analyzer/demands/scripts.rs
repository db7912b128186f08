//! Scripts that run time goes through, to the commands in them: files with a `#!` line, texts for a shell, package scripts.

use super::command::{Call, interpreted};
use super::lookups;
use super::{MAX_DEPTH, Program, Reader, exact, words};
use crate::analyzer::effects::abridge;
use crate::analyzer::{interpreter_of, is_shell_script, mentioned_variables};
use crate::context::manifests::package_scripts;
use crate::facts::heuristics::{Arg, Nested, Runtime};
use crate::facts::shells;
use crate::paths;
use crate::rules;
use crate::shell;
use std::collections::BTreeSet;

impl Reader<'_> {
    /// A script of the project's own that a command's name leads to.
    pub(super) fn script_on_path(&self, name: &str) -> Option<String> {
        let search = self.analysis.end.scope.get("PATH")?;
        search.split(':').map(|directory| paths::join(directory, name)).find(|path| {
            let text = self.text(path);
            text.is_some_and(|text| interpreter_of(&text).is_some())
        })
    }

    /// A file that is run by its path: a script that can be read, or a program.
    pub(super) fn file(&mut self, path: String, because: &str, depth: usize) {
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
    pub(super) fn shell_command(&mut self, call: Call<'_>, nested: Option<&Nested>) {
        let Call { argv, shown, because, depth } = call;
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
    pub(super) fn script(&mut self, text: &str, because: &str, depth: usize) {
        self.demands.variables.extend(mentioned_variables(text));
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
        let mut pushed = Vec::new();
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
                word @ ("cd" | "pushd") => {
                    if word == "pushd" {
                        pushed.push(self.cwd.clone());
                    }
                    if let Some(target) = argv.get(1).filter(|a| a.exact) {
                        self.cwd = paths::join(&self.cwd, &target.text);
                    }
                }
                "popd" => self.cwd = pushed.pop().unwrap_or_else(|| self.cwd.clone()),
                _ if lookups::looks_up(&argv) => self.looked_up(&argv, because, depth),
                name if shells::is_builtin(name) || functions.contains(name) => {}
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

    /// A file that the shell opens for a command to read.
    fn redirected(&mut self, from: &Arg, because: &str) {
        let path = paths::join(&self.cwd, &from.text);
        match from.exact && !from.text.contains(['*', '?', '[']) {
            true if paths::is_within("/dev", &path) || paths::is_within("/proc", &path) => {}
            true => self.path(path, because),
            false => self.demands.looks_around = true,
        }
    }

    /// A script of the project's manifest.
    pub(super) fn package_script(&mut self, rule: &Runtime, call: Call<'_>, nested: Option<&Nested>) {
        let Call { argv, shown, because, depth } = call;
        self.demands.programs.push(interpreted(rule, argv, None));
        let Some(Nested::PackageScript { name, directory }) = nested else {
            self.demands.unread.push(format!("`{shown}`"));
            return;
        };
        let directory = directory.as_ref().map_or(self.cwd.clone(), |d| paths::join(&self.cwd, &d.text));
        let manifest = paths::join(&directory, "package.json");
        let Some(scripts) = self.text(&manifest).and_then(|text| package_scripts(&text)) else {
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
