//! Makefile text to rules and variables, and a target to the shell lines that make would run for it.
//!
//! Nothing is run: functions such as `$(shell …)` and `$(wildcard …)` stay unknown, and so does what an `include` might
//! define, unless its file is at hand. Both branches of a conditional are read and marked.

mod expand;
mod recipes;

use crate::shell::makefile::expand::Expander;
use crate::shell::makefile::recipes::Automatic;
use recipes::Visit;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// A Makefile's text, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Makefile {
    /// Rules in order of the text.
    pub rules: Vec<Rule>,
    /// Assignments in order of the text.
    pub variables: Vec<Variable>,
    /// What `include`, `-include` and `sinclude` name, not expanded.
    pub includes: Vec<String>,
    /// The prerequisites of `.PHONY`, not expanded.
    pub phony: BTreeSet<String>,
    /// True with `.ONESHELL`: a recipe's lines run in one shell.
    pub one_shell: bool,
}

/// `targets: prerequisites` with its recipe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Targets, not expanded.
    pub targets: Vec<String>,
    /// For `targets: pattern: prerequisites`: the target pattern.
    pub static_pattern: Option<String>,
    /// Prerequisites, not expanded.
    pub prerequisites: Vec<String>,
    /// Prerequisites after `|`, not expanded.
    pub order_only: Vec<String>,
    /// Lines of the recipe, not expanded.
    pub recipe: Vec<RecipeLine>,
    /// True when a target holds `%` and there is no static pattern.
    pub pattern: bool,
    /// True when the rule stands in one branch of a conditional.
    pub conditional: bool,
}

/// One line of a recipe: one run of the shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecipeLine {
    /// The text without its prefix characters, continued lines joined as the shell joins them.
    pub text: String,
    /// True when nothing in the text is unknown. A line that is not expanded is exact when it has no `$`.
    pub exact: bool,
    /// True when more is unknown than what commands print that stand in the text.
    pub unknown: bool,
    /// `@`: not echoed.
    pub silent: bool,
    /// `-`: a failure is passed over.
    pub ignores_errors: bool,
    /// `+`: runs under `make -n` too.
    pub always: bool,
    /// True when the line or its rule stands in one branch of a conditional.
    pub conditional: bool,
}

/// How a variable is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignmentKind {
    /// `=` and `define`: expanded when used.
    Recursive,
    /// `:=`, `::=`, `:::=`: expanded when read.
    Simple,
    /// `?=`: only when not set.
    Default,
    /// `+=`.
    Append,
    /// `!=`: the output of a command.
    Shell,
}

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name, not expanded.
    pub name: String,
    /// How it is assigned.
    pub kind: AssignmentKind,
    /// The value, not expanded.
    pub value: String,
    /// True when it holds only sometimes: in one branch of a conditional, or for one target.
    pub conditional: bool,
}

/// Variables from outside the Makefile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `make NAME=value`: stronger than the file.
    pub command_line: BTreeMap<String, String>,
    /// The environment: weaker than the file's `=`, stronger than its `?=`.
    pub environment: BTreeMap<String, String>,
}

/// Expanded text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The text; what is unknown contributes nothing.
    pub text: String,
    /// True when nothing was unknown.
    pub exact: bool,
    /// True when more is unknown than what commands print that stand in the text (`$(x)` in a recipe).
    pub unknown: bool,
}

impl Expanded {
    fn empty() -> Self {
        Expanded { exact: true, ..Expanded::default() }
    }
}

/// What make defines by itself (GNU make, "Variables Used by Implicit Rules").
const BUILT_IN: &[(&str, &str)] = &[
    ("AR", "ar"),
    ("AS", "as"),
    ("CC", "cc"),
    ("CPP", "cc -E"),
    ("CXX", "g++"),
    ("LD", "ld"),
    ("MAKE", "make"),
    ("RM", "rm -f"),
    ("SHELL", "/bin/sh"),
];

/// Names that the environment of a build has even when nobody sets them.
const FROM_OUTSIDE: &[&str] =
    &["CURDIR", "HOME", "HOSTNAME", "MAKEFILE_LIST", "MAKEFLAGS", "MAKECMDGOALS", "PATH", "PWD", "USER"];

/// How many expansions one call may take, so that a text that doubles itself ends.
const MAX_EXPANSIONS: usize = 20_000;
/// How deep variables may refer to variables.
const MAX_DEPTH: usize = 60;
/// How long an expansion may get, in bytes.
const MAX_TEXT: usize = 1 << 16;
/// How long a chain of prerequisites may be.
const MAX_CHAIN: usize = 100;

/// How deep files may include others.
const MAX_INCLUDES: usize = 6;

/// Reads a Makefile with the files in it that it includes by a plain name, as far as `read` has them.
pub fn parse_with_includes(text: &str, read: &dyn Fn(&str) -> Option<String>) -> Makefile {
    parse_makefile(&with_includes(text, read, 0))
}

fn with_includes(text: &str, read: &dyn Fn(&str) -> Option<String>, depth: usize) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        // A line of a recipe includes nothing.
        let named = if line.starts_with('\t') { None } else { included(line.trim()) };
        let name = named.and_then(|names| words(names).try_into().ok()).map(|[name]: [String; 1]| name);
        let inner = name.filter(|_| depth < MAX_INCLUDES).and_then(|name| read(&name));
        inner.map_or_else(|| line.to_owned(), |inner| with_includes(&inner, read, depth + 1) + "\n")
    });
    lines.collect()
}

/// What a line names that includes other files.
fn included(line: &str) -> Option<&str> {
    let (first, rest) = line.split_once([' ', '\t'])?;
    let rest = rest.trim();
    (matches!(first, "include" | "-include" | "sinclude") && !rest.starts_with(['=', ':'])).then_some(rest)
}

/// Reads a Makefile. Never fails: a line that is nothing known is passed over.
pub fn parse_makefile(text: &str) -> Makefile {
    let mut reader = Reader::default();
    let mut lines = text.lines().map(|line| line.strip_suffix('\r').unwrap_or(line));
    while let Some(line) = lines.next() {
        if let Some((name, value)) = reader.define.as_mut() {
            if line.split_whitespace().next() == Some("endef") {
                let (name, value) = (std::mem::take(name), std::mem::take(value));
                reader.define = None;
                reader.assign(name, AssignmentKind::Recursive, value.trim_end_matches('\n'), false);
            } else {
                value.push_str(line);
                value.push('\n');
            }
            continue;
        }
        let recipe = line.strip_prefix('\t').filter(|_| reader.in_rule);
        let mut logical = recipe.unwrap_or(line).to_owned();
        while ends_with_odd_backslashes(&logical) {
            logical.pop();
            match (lines.next(), recipe) {
                (None, _) => break,
                (Some(next), Some(_)) => logical.push_str(next.strip_prefix('\t').unwrap_or(next)),
                (Some(next), None) => {
                    logical.truncate(logical.trim_end().len());
                    logical.push(' ');
                    logical.push_str(next.trim_start());
                }
            }
        }
        match recipe {
            Some(_) => reader.recipe_line(&logical),
            None => reader.line(&logical),
        }
    }
    reader.makefile
}

fn ends_with_odd_backslashes(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

#[derive(Default)]
struct Reader {
    makefile: Makefile,
    /// True after a rule's first line, when a tab begins a recipe line.
    in_rule: bool,
    /// Open conditionals.
    depth: usize,
    /// Name and text of a `define` that is open.
    define: Option<(String, String)>,
}

impl Reader {
    fn recipe_line(&mut self, text: &str) {
        let conditional = self.depth > 0;
        if let Some(rule) = self.makefile.rules.last_mut().filter(|_| !text.trim().is_empty()) {
            rule.recipe.push(recipe_line(text, conditional || rule.conditional));
        }
    }

    fn line(&mut self, raw: &str) {
        let line = without_comment(raw);
        let line = line.trim();
        let (first, rest) = line.split_once([' ', '\t', '(']).unwrap_or((line, ""));
        let rest = rest.trim();
        match first {
            "" => return,
            "ifeq" | "ifneq" | "ifdef" | "ifndef" => {
                self.depth += 1;
                return;
            }
            "else" => return,
            "endif" => {
                self.depth = self.depth.saturating_sub(1);
                return;
            }
            _ => {}
        }
        if let Some(names) = included(line) {
            self.makefile.includes.extend(words(names));
            return;
        }
        match first {
            "define" => {
                let name = rest.trim_end_matches(['=', ':', '?', '+']).trim_end();
                self.define = Some((name.to_owned(), String::new()));
            }
            "export" | "override" | "private" | "unexport" if !rest.starts_with('=') => self.assignment(rest, false),
            "vpath" => {}
            _ => self.assignment_or_rule(line),
        }
    }

    fn assignment_or_rule(&mut self, line: &str) {
        match first_operator(line) {
            Some((at, Operator::Assign(..))) if at > 0 => {
                self.in_rule = false;
                self.assignment(line, false);
            }
            Some((at, Operator::Colon)) => self.rule(&line[..at], &line[at + 1..]),
            _ => {}
        }
    }

    fn assignment(&mut self, line: &str, conditional: bool) {
        if let Some((at, Operator::Assign(kind, length))) = first_operator(line) {
            let name = line[..at].trim().to_owned();
            self.assign(name, kind, line[at + length..].trim_start(), conditional);
        }
    }

    fn assign(&mut self, name: String, kind: AssignmentKind, value: &str, conditional: bool) {
        let conditional = conditional || self.depth > 0;
        self.makefile.variables.push(Variable { name, kind, value: value.to_owned(), conditional });
    }

    fn rule(&mut self, targets: &str, rest: &str) {
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        let (head, inline) = split_outside(rest, b';').map_or((rest, None), |(head, tail)| (head, Some(tail)));
        if let Some((_, Operator::Assign(..))) = first_operator(head) {
            // A variable of one target. It may hold anything else than the file says for all.
            let line = rest.trim().trim_start_matches("export ").trim_start_matches("private ");
            return self.assignment(line, true);
        }
        self.in_rule = true;
        let (static_pattern, prerequisites) = match split_outside(head, b':') {
            Some((pattern, rest)) => (Some(pattern.trim().to_owned()), rest),
            None => (None, head),
        };
        let (normal, order_only) = split_outside(prerequisites, b'|').unwrap_or((prerequisites, ""));
        let targets = words(targets);
        match targets.as_slice() {
            [special] if special == ".PHONY" => self.makefile.phony.extend(words(normal)),
            [special] if special == ".ONESHELL" => self.makefile.one_shell = true,
            _ => {}
        }
        let conditional = self.depth > 0;
        let recipe = inline.filter(|line| !line.trim().is_empty()).map(|line| recipe_line(line, conditional));
        self.makefile.rules.push(Rule {
            pattern: static_pattern.is_none() && targets.iter().any(|target| target.contains('%')),
            targets,
            static_pattern,
            prerequisites: words(normal),
            order_only: words(order_only),
            recipe: recipe.into_iter().collect(),
            conditional,
        });
    }
}

fn recipe_line(text: &str, conditional: bool) -> RecipeLine {
    let mut line = RecipeLine { exact: !text.contains('$'), conditional, ..RecipeLine::default() };
    line.set_text(text);
    line
}

impl RecipeLine {
    /// Takes the prefix characters off `text`.
    fn set_text(&mut self, text: &str) {
        let mut rest = text.trim_start();
        while let Some(prefix @ ('@' | '-' | '+')) = rest.chars().next() {
            match prefix {
                '@' => self.silent = true,
                '-' => self.ignores_errors = true,
                _ => self.always = true,
            }
            rest = rest[1..].trim_start();
        }
        self.text = rest.trim_end().to_owned();
    }
}

enum Operator {
    /// With the operator's length.
    Assign(AssignmentKind, usize),
    Colon,
}

/// The first assignment operator or rule colon outside references.
fn first_operator(line: &str) -> Option<(usize, Operator)> {
    let bytes = line.as_bytes();
    for at in outside_references(line) {
        let next = bytes.get(at + 1);
        match bytes[at] {
            b'=' => return Some((at, Operator::Assign(AssignmentKind::Recursive, 1))),
            b'?' if next == Some(&b'=') => return Some((at, Operator::Assign(AssignmentKind::Default, 2))),
            b'+' if next == Some(&b'=') => return Some((at, Operator::Assign(AssignmentKind::Append, 2))),
            b'!' if next == Some(&b'=') => return Some((at, Operator::Assign(AssignmentKind::Shell, 2))),
            b':' => {
                let colons = bytes[at..].iter().take_while(|byte| **byte == b':').count();
                return match bytes.get(at + colons) {
                    Some(b'=') => Some((at, Operator::Assign(AssignmentKind::Simple, colons + 1))),
                    _ => Some((at, Operator::Colon)),
                };
            }
            _ => {}
        }
    }
    None
}

/// The byte positions of `text` that are not inside `$(…)` or `${…}`.
fn outside_references(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(byte) = bytes.get(at) {
            let here = at;
            if *byte != b'$' {
                at += 1;
                return Some(here);
            }
            at += reference_length(&text[at..]);
        }
        None
    })
}

/// The length of the reference that `text` starts with, its `$` included. One that does not end takes all.
fn reference_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    let close = match chars.next() {
        Some((_, '(')) => ')',
        Some((_, '{')) => '}',
        Some((at, c)) => return at + c.len_utf8(),
        None => return text.len(),
    };
    let open = if close == ')' { '(' } else { '{' };
    let mut depth = 1_usize;
    for (at, c) in chars {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    text.len()
}

/// Cuts at the first ASCII `separator` outside references.
fn split_outside(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = outside_references(text).find(|at| text.as_bytes()[*at] == separator)?;
    Some((&text[..at], &text[at + 1..]))
}

/// Cuts at blanks outside references.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = outside_references(rest).find(|at| rest.as_bytes()[*at].is_ascii_whitespace()).unwrap_or(rest.len());
        words.push(rest[..end].to_owned());
        rest = rest[end..].trim_start();
    }
    words
}

fn without_comment(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('#') {
        if !rest[..at].ends_with('\\') {
            text.push_str(&rest[..at]);
            return text;
        }
        text.push_str(&rest[..at - 1]);
        text.push('#');
        rest = &rest[at + 1..];
    }
    text.push_str(rest);
    text
}

impl Makefile {
    /// Replaces the references in `text`, as recipes have it done. Automatic variables such as `$@` are unknown here.
    #[cfg(test)]
    fn expand(&self, text: &str, overrides: &Overrides) -> Expanded {
        self.expander(overrides, None).whole(text)
    }

    /// The target that `make` builds when none is named: `.DEFAULT_GOAL` or the first target that is no pattern.
    pub fn default_target(&self, overrides: &Overrides) -> Option<String> {
        let expander = self.expander(overrides, None);
        if self.variables.iter().any(|variable| variable.name == ".DEFAULT_GOAL") {
            return Some(expander.whole("$(.DEFAULT_GOAL)")).filter(|goal| goal.exact).map(|goal| goal.text);
        }
        let targets = self.rules.iter().filter(|rule| !rule.pattern).flat_map(|rule| &rule.targets);
        let mut expanded = targets.flat_map(|target| words(&expander.whole(target).text));
        expanded.find(|target| !target.starts_with('.') || target.contains('/'))
    }

    /// The shell lines that `make target` runs when nothing is built yet: those of the prerequisites first, in order,
    /// each target once. `None` for the target means the default target.
    ///
    /// References are replaced in the lines. What is unknown there stays visible to a reader of shell text: `$(shell x)`
    /// becomes `$(x)`, an unknown variable becomes `${NAME}`, and [`RecipeLine::exact`] is false. None when the file has
    /// no rule for the target.
    pub fn recipe_under(&self, target: Option<&str>, overrides: &Overrides) -> Option<Vec<RecipeLine>> {
        let target = match target {
            Some(target) => target.to_owned(),
            None => self.default_target(overrides)?,
        };
        let expander = self.expander(overrides, None);
        let rules = self.rules.iter().map(|rule| (rule, expander.list(&rule.targets))).collect();
        let mut visit = Visit { makefile: self, overrides, rules, seen: BTreeSet::new(), lines: Vec::new() };
        visit.target(&target, 0).then_some(visit.lines)
    }

    fn expander<'a>(&'a self, overrides: &'a Overrides, recipe: Option<&'a Automatic>) -> Expander<'a> {
        Expander { makefile: self, overrides, recipe, steps: Cell::new(0) }
    }
}

#[cfg(test)]
mod tests;
