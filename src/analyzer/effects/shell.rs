//! A shell text, command by command, with the state that a shell has: working directory and variables.

use super::{Effects, Evidence, FileOperation, PathWrite, Place, Reader, Unknown, abridge};
use crate::facts::heuristics::{Arg, CommandRole, WriteKind};
use crate::paths;
use crate::programs::runs_its_input;
use crate::shell::{self, ListItem, Node, NodeKind, Part, Simple, Word};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

/// Variables and working directory while a shell text runs.
#[derive(Clone, Debug)]
pub struct ShellState {
    /// Working directory; `None` once it is not known.
    pub cwd: Option<String>,
    /// Variables; `None` marks one whose value is not known.
    pub variables: BTreeMap<String, Option<String>>,
    /// Settings that earlier commands made, for templates of the heuristics only.
    pub settings: BTreeMap<String, Option<String>>,
    /// How many bytes variables gave to words so far, in this shell and in those that it started.
    pub given: Rc<Cell<usize>>,
}

/// The most bytes that variables may give to the words of one text; what comes after is not known.
const MAX_GIVEN: usize = 64 << 20;

impl ShellState {
    /// The value of a variable in a word.
    fn give(&self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        self.given.set(self.given.get().saturating_add(value.len()));
        (self.given.get() <= MAX_GIVEN).then_some(value)
    }

    fn get(&self, name: &str) -> Option<String> {
        match name {
            "PWD" => self.cwd.clone(),
            _ => self.variables.get(name).cloned().flatten(),
        }
    }
}

impl Reader<'_> {
    /// Effects of one top-level part of a RUN; `state` is carried on to the next part.
    pub fn items(&self, items: &[ListItem], text: &str, state: &mut ShellState) -> Effects {
        self.list(items, text, state, Place::TOP)
    }

    /// Effects of an exec-form command.
    pub fn words(&self, words: &[String], state: &mut ShellState) -> Effects {
        let argv: Vec<Arg> = words.iter().map(|w| Arg { text: w.clone(), exact: true }).collect();
        let ranges = vec![0..0; argv.len()];
        self.command(&argv, &ranges, state, Place::TOP)
    }

    pub(super) fn list(&self, items: &[ListItem], text: &str, state: &mut ShellState, at: Place) -> Effects {
        let mut effects = Effects::default();
        for item in items {
            effects.merge(self.node(&item.node, text, state, at));
        }
        effects
    }

    fn node(&self, node: &Node, text: &str, state: &mut ShellState, at: Place) -> Effects {
        match &node.kind {
            NodeKind::Simple(simple) => self.simple(simple, text, state, at),
            NodeKind::Pipeline(nodes) => {
                let mut effects = Effects::default();
                let installer = self.piped_installer(nodes, text, state, &mut effects);
                let read = if installer { nodes.len() - 1 } else { nodes.len() };
                for part in &nodes[..read] {
                    effects.merge(self.node(part, text, &mut state.clone(), at));
                }
                effects
            }
            NodeKind::Subshell(items) => self.list(items, text, &mut state.clone(), at),
            NodeKind::Group(items) => self.list(items, text, state, at),
            NodeKind::Compound { keyword, body, .. } => {
                let mut inner = state.clone();
                if matches!(*keyword, "for" | "select" | "while" | "until" | "case" | "function") {
                    self.forget_loop_variables(&text[node.range.clone()], &mut inner);
                }
                if *keyword == "function" {
                    return self.list(body, text, &mut inner, at);
                }
                let turns = (*keyword == "for").then(|| loop_words(&text[node.range.clone()])).flatten();
                let effects = match (turns, body.split_first()) {
                    // Every turn happens; the first item sets the variable.
                    (Some((name, words)), Some((_, rest))) => {
                        let mut effects = Effects::default();
                        for word in words {
                            inner.variables.insert(name.to_owned(), Some(word.to_owned()));
                            effects.merge(self.list(rest, text, &mut inner, at));
                        }
                        // What is told by the word that names it has one value only.
                        match effects.packages.is_empty() && effects.files.is_empty() && effects.system.is_empty() {
                            true => effects,
                            false => {
                                inner = state.clone();
                                self.forget_loop_variables(&text[node.range.clone()], &mut inner);
                                self.list(body, text, &mut inner, at)
                            }
                        }
                    }
                    _ => self.list(body, text, &mut inner, at),
                };
                // A branch may or may not have run: what it set is not known afterwards.
                for (name, value) in inner.variables {
                    if state.variables.get(&name) != Some(&value) {
                        state.variables.insert(name, None);
                    }
                }
                if inner.cwd != state.cwd {
                    state.cwd = None;
                }
                effects
            }
            NodeKind::Opaque => Effects {
                opaque: vec![format!("the shell text `{}` is not understood", abridge(&text[node.range.clone()]))],
                ..Effects::default()
            },
        }
    }

    /// `for d in …` sets `d`; its value inside the loop is not one value.
    fn forget_loop_variables(&self, text: &str, state: &mut ShellState) {
        let mut words = text.split_whitespace();
        if matches!(words.next(), Some("for" | "select"))
            && let Some(name) = words.next()
        {
            state.variables.insert(name.to_owned(), None);
        }
    }

    /// `curl … | sh` runs a script that nobody can read; installers that are known say what they write. True when the
    /// last command is such a shell.
    fn piped_installer(&self, nodes: &[Node], text: &str, state: &ShellState, effects: &mut Effects) -> bool {
        let Some(last) = nodes.last() else { return false };
        let NodeKind::Simple(simple) = &last.kind else { return false };
        let (argv, _) = self.resolve_all(&simple.words, state);
        let is_before = |a: &Arg| matches!(a.text.as_str(), "sudo" | "-E" | "env") || a.text.contains('=');
        let Some(first) = argv.iter().find(|a| !is_before(a)) else { return false };
        if !runs_its_input(paths::name(&first.text)) {
            return false;
        }
        let source = &text[nodes[0].range.start..last.range.end];
        // `… | NAME=value sh` and `… | env NAME=value sh` tell the installer where to.
        let mut told = state.clone();
        for assignment in &simple.assignments {
            let value = assignment.value.resolve(&|name| state.give(name));
            told.variables.insert(assignment.name.clone(), value.exact.then_some(value.text));
        }
        for word in argv.iter().take_while(|word| !runs_its_input(paths::name(&word.text))) {
            if let Some((name, value)) = word.text.split_once('=') {
                told.variables.insert(name.to_owned(), word.exact.then(|| value.to_owned()));
            }
        }
        let state = &told;
        match self.heuristics.installer(source) {
            Some((id, installer)) => {
                effects.builds |= installer.role == CommandRole::Build;
                effects.system.extend(installer.system.iter().copied());
                for write in self.heuristics.installer_writes(installer, &|name| self.variable(name, state)) {
                    if let Some(path) = write.path {
                        let (kind, form, may, if_file) = (write.kind, write.form, write.may, write.if_file);
                        effects.writes.push(PathWrite {
                            path,
                            kind,
                            form,
                            may,
                            if_file,
                            in_place: false,
                            by: id.clone(),
                        });
                    }
                }
                effects.evidence.push(Evidence {
                    heuristic: Some(id),
                    command: abridge(source),
                    because: installer.because.clone(),
                });
            }
            None => effects.opaque.push(format!("`{}` runs a script that is downloaded", abridge(source))),
        }
        true
    }

    /// Words after expansion, each with the range of the word that it came from; `$LIST` gives as many as it holds.
    fn resolve_all(&self, words: &[Word], state: &ShellState) -> (Vec<Arg>, Vec<Range<usize>>) {
        let mut argv = Vec::new();
        let mut ranges = Vec::new();
        for word in words {
            let resolved = word.resolve(&|name| state.give(name));
            if resolved.split && resolved.exact {
                for part in resolved.text.split_whitespace() {
                    argv.push(Arg { text: part.to_owned(), exact: true });
                    ranges.push(word.range.clone());
                }
            } else {
                argv.push(Arg { text: resolved.text, exact: resolved.exact });
                ranges.push(word.range.clone());
            }
        }
        (argv, ranges)
    }

    fn simple(&self, simple: &Simple, text: &str, state: &mut ShellState, at: Place) -> Effects {
        let mut effects = Effects::default();
        for word in simple.words.iter().chain(simple.assignments.iter().map(|a| &a.value)) {
            for part in &word.parts {
                if let Part::Substitution(items) = part {
                    let inner = self.list(items, text, &mut state.clone(), at.within(Unknown::Within));
                    effects.merge(inner);
                }
            }
        }
        if simple.words.is_empty() {
            for assignment in &simple.assignments {
                let value = assignment.value.resolve(&|name| state.give(name));
                state.variables.insert(assignment.name.clone(), value.exact.then_some(value.text));
            }
            self.redirects(simple, state, &mut effects);
            return effects;
        }
        let mut local = state.clone();
        for assignment in &simple.assignments {
            let value = assignment.value.resolve(&|name| state.give(name));
            local.variables.insert(assignment.name.clone(), value.exact.then_some(value.text));
        }
        let (argv, ranges) = self.resolve_all(&simple.words, &local);
        if argv.is_empty() {
            return effects;
        }
        if matches!(argv[0].text.as_str(), "." | "source") {
            effects.merge(self.sourced(&argv, state, at));
            return effects;
        }
        if self.changes_state(&argv, &simple.words, state) {
            self.redirects(simple, state, &mut effects);
            return effects;
        }
        effects.merge(self.command(&argv, &ranges, &mut local, at));
        state.settings = local.settings;
        let before = effects.files.len();
        self.redirects(simple, state, &mut effects);
        if !matches!(argv[0].text.as_str(), "echo" | "printf" | "cat" | "true" | ":") {
            // What another tool prints is a result of that tool; it cannot be made again without it.
            for file in effects.files.split_off(before) {
                let write = |path| PathWrite::certain(path, WriteKind::Data, String::new());
                effects.writes.extend(file.writes.into_iter().map(write));
            }
        }
        effects
    }

    /// `. FILE`: a file of the context is read as part of the text; any other is taken to set variables.
    fn sourced(&self, argv: &[Arg], state: &mut ShellState, at: Place) -> Effects {
        let file = argv.get(1).filter(|arg| arg.exact).zip(state.cwd.as_deref());
        let text = file.and_then(|(arg, cwd)| self.files.text(&paths::join(cwd, &arg.text), self.context));
        match text.map(|text| (shell::parse(&text), text)) {
            Some((script, text)) if script.clean && !at.is_deep() => {
                self.list(&script.items, &text, state, at.deeper())
            }
            Some(_) => {
                Effects { opaque: vec!["a file that is sourced is not understood".to_owned()], ..Effects::default() }
            }
            None => Effects::default(),
        }
    }

    /// Commands that change only the state of the shell. Returns true when the command was one.
    fn changes_state(&self, argv: &[Arg], words: &[Word], state: &mut ShellState) -> bool {
        match argv[0].text.as_str() {
            "cd" | "pushd" => {
                let target = argv.iter().skip(1).find(|a| !a.text.starts_with('-') || a.text == "-");
                state.cwd = match (target, &state.cwd) {
                    (Some(arg), Some(cwd)) if arg.exact && arg.text != "-" => {
                        let path = match arg.text.strip_prefix('~') {
                            Some(rest) => format!("{}{rest}", self.variable("HOME", state).unwrap_or_default()),
                            None => arg.text.clone(),
                        };
                        Some(paths::join(cwd, &path))
                    }
                    (Some(arg), None) if arg.exact && arg.text.starts_with('/') => Some(paths::join("/", &arg.text)),
                    (None, _) => self.variable("HOME", state),
                    _ => None,
                };
                true
            }
            "popd" => {
                state.cwd = None;
                true
            }
            "export" | "readonly" | "declare" | "local" | "typeset" => {
                for (arg, word) in argv.iter().zip(words).skip(1) {
                    if let Some((name, value)) = arg.text.split_once('=') {
                        let dynamic = word.parts.iter().any(|p| matches!(p, Part::Substitution(_) | Part::Dynamic));
                        let value = (arg.exact && !dynamic).then(|| value.to_owned());
                        state.variables.insert(name.to_owned(), value);
                    }
                }
                true
            }
            "unset" => {
                for arg in &argv[1..] {
                    state.variables.remove(&arg.text);
                }
                true
            }
            "set" | "shopt" | "umask" | "trap" | ":" | "true" | "false" | "exit" | "return" | "wait" | "shift"
            | "break" | "continue" | "[" | "test" | "ulimit" | "hash" | "type" => true,
            _ => false,
        }
    }

    fn redirects(&self, simple: &Simple, state: &ShellState, effects: &mut Effects) {
        for redirect in &simple.redirects {
            if !matches!(redirect.operator.as_str(), ">" | ">>" | ">|" | "&>" | "&>>") {
                continue;
            }
            let target = redirect.target.resolve(&|name| state.give(name));
            if target.text.starts_with("/dev/") || target.text.bytes().all(|b| b.is_ascii_digit()) && target.exact {
                continue;
            }
            let home = target.text.strip_prefix("~/").map(|rest| paths::join(&self.files.home, rest));
            if let Some(path) = home.filter(|_| target.exact) {
                effects.files.push(FileOperation::written(path));
                continue;
            }
            match (&state.cwd, target.exact && !target.text.starts_with('~')) {
                (Some(cwd), true) => effects.files.push(FileOperation::written(paths::join(cwd, &target.text))),
                (None, true) if target.text.starts_with('/') => {
                    effects.files.push(FileOperation::written(paths::join("/", &target.text)));
                }
                _ => effects.opaque.push("output is redirected to a path that is not known".to_owned()),
            }
        }
    }

    /// A variable as a template of the heuristics sees it.
    pub(super) fn variable(&self, name: &str, state: &ShellState) -> Option<String> {
        let setting = || state.settings.get(name).cloned().flatten();
        state.get(name).or_else(setting).or_else(|| self.files.pseudo_variable(name, &|n| state.get(n), None))
    }

    /// The same for a command: one that is called by its path in an environment works on that one.
    pub(super) fn variable_of(&self, command: &Arg, name: &str, state: &ShellState) -> Option<String> {
        let path = match &state.cwd {
            Some(cwd) if command.exact && command.text.contains('/') => Some(paths::join(cwd, &command.text)),
            _ => Some(command.text.clone()).filter(|path| command.exact && path.starts_with('/')),
        };
        let environment = path.as_deref().and_then(|path| paths::parent(path).strip_suffix("/bin"));
        let own = environment.filter(|prefix| !prefix.is_empty() && !paths::is_shared(prefix));
        let setting = || state.settings.get(name).cloned().flatten();
        let pseudo = || self.files.pseudo_variable(name, &|n| state.get(n), own);
        state.get(name).or_else(setting).or_else(pseudo)
    }
}

/// The variable and the words of a `for` loop over a few plain words; nothing for other loops.
fn loop_words(text: &str) -> Option<(&str, Vec<&str>)> {
    const MOST: usize = 16;
    let rest = text.strip_prefix("for")?.trim_start();
    let (name, rest) = rest.split_once(char::is_whitespace)?;
    let rest = rest.trim_start().strip_prefix("in")?;
    let words: Vec<&str> = rest[..rest.find([';', '\n'])?].split_whitespace().collect();
    let plain = |word: &&str| word.chars().all(|c| c.is_ascii_alphanumeric() || "._/+-:=@,".contains(c));
    (!words.is_empty() && words.len() <= MOST && words.iter().all(plain)).then_some((name, words))
}

#[cfg(test)]
mod tests {
    use super::loop_words;

    #[test]
    fn loops_over_plain_words() {
        for (text, expected) in [
            ("for p in web importer; do go build ./cmd/$p; done", Some(("p", vec!["web", "importer"]))),
            ("for p in a\ndo x $p; done", Some(("p", vec!["a"]))),
            ("for p in $LIST; do x; done", None),
            ("for p in *.c; do x; done", None),
            ("for p; do x; done", None),
            ("while true; do x; done", None),
        ] {
            assert_eq!(loop_words(text), expected, "{text}");
        }
    }
}
