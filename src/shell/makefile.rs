//! Makefile text to rules and variables, and a target to the shell lines that make would run for it.
//!
//! Nothing is run: functions such as `$(shell …)` and `$(wildcard …)` stay unknown, and so does what an `include` might
//! define, unless its file is at hand. Both branches of a conditional are read and marked.

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

/// A walk from a target through its prerequisites.
struct Visit<'a> {
    makefile: &'a Makefile,
    overrides: &'a Overrides,
    /// The rules with their targets expanded.
    rules: Vec<(&'a Rule, Vec<String>)>,
    seen: BTreeSet<String>,
    lines: Vec<RecipeLine>,
}

/// The values of the automatic variables in one recipe.
#[derive(Default)]
struct Automatic {
    target: String,
    prerequisites: Vec<String>,
    stem: Option<String>,
}

impl<'a> Visit<'a> {
    /// Adds what makes `target`; false when no rule does.
    fn target(&mut self, target: &str, depth: usize) -> bool {
        if depth > MAX_CHAIN || !self.seen.insert(target.to_owned()) {
            return true;
        }
        let mut automatic = Automatic { target: target.to_owned(), ..Automatic::default() };
        let mut order_only = Vec::new();
        let mut recipes: Vec<&Rule> = Vec::new();
        let mut found = false;
        for (rule, targets) in self.rules.iter().filter(|(rule, _)| !rule.pattern) {
            if !targets.iter().any(|name| name == target) {
                continue;
            }
            found = true;
            let stem = rule.static_pattern.as_deref().and_then(|pattern| stem(pattern, target));
            self.prerequisites(rule, stem.as_deref(), &mut automatic.prerequisites, &mut order_only);
            automatic.stem = stem.or(automatic.stem);
            if !rule.recipe.is_empty() {
                recipes.push(rule);
            }
        }
        // Of several recipes make takes the last; which of conditional ones there is, is not known.
        if let Some(last) = recipes.iter().rposition(|rule| !rule.conditional) {
            recipes.drain(..last);
        }
        if recipes.is_empty()
            && let Some((rule, stem)) = self.pattern_rule(target)
        {
            found = true;
            self.prerequisites(rule, Some(&stem), &mut automatic.prerequisites, &mut order_only);
            automatic.stem = Some(stem);
            recipes.push(rule);
        }
        for prerequisite in automatic.prerequisites.iter().chain(&order_only) {
            self.target(prerequisite, depth + 1);
        }
        for rule in recipes {
            self.recipe(rule, &automatic);
        }
        found
    }

    fn prerequisites(&self, rule: &Rule, stem: Option<&str>, normal: &mut Vec<String>, order_only: &mut Vec<String>) {
        let fill = |word: String| match stem {
            Some(stem) => word.replacen('%', stem, 1),
            None => word,
        };
        let expander = self.makefile.expander(self.overrides, None);
        normal.extend(expander.list(&rule.prerequisites).into_iter().map(fill));
        order_only.extend(expander.list(&rule.order_only).into_iter().map(fill));
    }

    /// The first pattern rule that matches and what `%` stands for.
    fn pattern_rule(&self, target: &str) -> Option<(&'a Rule, String)> {
        let mut rules = self.rules.iter().filter(|(rule, _)| rule.pattern && !rule.recipe.is_empty());
        rules.find_map(|(rule, targets)| Some((*rule, targets.iter().find_map(|pattern| stem(pattern, target))?)))
    }

    fn recipe(&mut self, rule: &Rule, automatic: &Automatic) {
        let expander = self.makefile.expander(self.overrides, Some(automatic));
        let mut lines: Vec<RecipeLine> = Vec::new();
        for raw in &rule.recipe {
            let expanded = expander.whole(&raw.text);
            // A `define` brings several lines.
            for text in expanded.text.lines().filter(|text| !text.trim().is_empty()) {
                let mut line = RecipeLine { exact: expanded.exact, text: String::new(), ..raw.clone() };
                line.set_text(text);
                lines.push(line);
            }
        }
        if self.makefile.one_shell
            && let Some(mut first) = lines.first().cloned()
        {
            first.text = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
            first.exact = lines.iter().all(|line| line.exact);
            first.conditional = lines.iter().any(|line| line.conditional);
            lines = vec![first];
        }
        self.lines.extend(lines);
    }
}

/// What `%` stands for when `pattern` matches `target`.
fn stem(pattern: &str, target: &str) -> Option<String> {
    let (before, after) = pattern.split_once('%')?;
    let stem = target.strip_prefix(before)?.strip_suffix(after)?;
    (!stem.is_empty()).then(|| stem.to_owned())
}

struct Expander<'a> {
    makefile: &'a Makefile,
    overrides: &'a Overrides,
    /// Set while a recipe is expanded.
    recipe: Option<&'a Automatic>,
    steps: Cell<usize>,
}

impl Expander<'_> {
    fn whole(&self, text: &str) -> Expanded {
        let mut out = Expanded { text: String::new(), exact: true };
        self.expand(text, self.makefile.variables.len(), 0, &mut out);
        out
    }

    /// The words of each, expanded.
    fn list(&self, raw: &[String]) -> Vec<String> {
        raw.iter().flat_map(|word| words(&self.whole(word).text)).collect()
    }

    /// Appends `text` expanded as at the point where `limit` assignments are read.
    fn expand(&self, text: &str, limit: usize, depth: usize, out: &mut Expanded) {
        self.steps.set(self.steps.get() + 1);
        if depth > MAX_DEPTH || self.steps.get() > MAX_EXPANSIONS || out.text.len() > MAX_TEXT {
            out.exact = false;
            return;
        }
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.text.push_str(&rest[..at]);
            let length = reference_length(&rest[at..]);
            let reference = &rest[at + 1..at + length];
            match reference.as_bytes().first() {
                Some(b'$') => out.text.push('$'),
                Some(b'(' | b'{') if reference.len() > 1 && reference.ends_with([')', '}']) => {
                    self.reference(&reference[1..reference.len() - 1], limit, depth, out);
                }
                Some(b'(' | b'{') | None => self.unknown(None, out),
                Some(_) => self.variable(reference, limit, depth, out),
            }
            rest = &rest[at + length..];
        }
        out.text.push_str(rest);
    }

    fn reference(&self, inner: &str, limit: usize, depth: usize, out: &mut Expanded) {
        if let Some((function, arguments)) = inner.split_once([' ', '\t'])
            && function.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        {
            return self.function(function, arguments.trim_start(), limit, depth, out);
        }
        let substitution = split_outside(inner, b':').and_then(|(name, rest)| Some((name, rest.split_once('=')?)));
        let Some((name, (from, to))) = substitution else {
            let mut name = Expanded { text: String::new(), exact: true };
            self.expand(inner, limit, depth + 1, &mut name);
            if !name.exact {
                return self.unknown(None, out);
            }
            return self.variable(&name.text, limit, depth, out);
        };
        let (from, to) = match from.contains('%') {
            true => (from.to_owned(), to.to_owned()),
            false => (format!("%{from}"), format!("%{to}")),
        };
        match self.arguments(&[&from, &to, &format!("$({name})")], limit, depth) {
            Some(arguments) => out.text.push_str(&pattern_substitution(&arguments)),
            None => self.unknown(None, out),
        }
    }

    /// The arguments expanded, when all are known.
    fn arguments(&self, raw: &[&str], limit: usize, depth: usize) -> Option<Vec<String>> {
        let expand = |text: &&str| {
            let mut out = Expanded { text: String::new(), exact: true };
            self.expand(text, limit, depth + 1, &mut out);
            out.exact.then_some(out.text)
        };
        raw.iter().map(expand).collect()
    }

    fn function(&self, name: &str, arguments: &str, limit: usize, depth: usize, out: &mut Expanded) {
        let count = match name {
            "subst" | "patsubst" => 3,
            "addprefix" | "addsuffix" => 2,
            "strip" | "notdir" | "dir" | "basename" => 1,
            _ => 0,
        };
        let raw = split_arguments(arguments, count);
        let known = (count > 0 && raw.len() == count).then(|| self.arguments(&raw, limit, depth)).flatten();
        let Some(known) = known else {
            out.exact = false;
            if name == "shell" && self.recipe.is_some() {
                out.text.push_str("$(");
                self.expand(arguments, limit, depth + 1, out);
                out.text.push(')');
            } else {
                self.unknown(None, out);
            }
            return;
        };
        let each = |list: &str, change: &dyn Fn(&str) -> String| {
            list.split_whitespace().map(change).collect::<Vec<_>>().join(" ")
        };
        let text = match (name, known.as_slice()) {
            ("subst", [from, to, text]) if !from.is_empty() => text.replace(from.as_str(), to),
            ("patsubst", all) => pattern_substitution(all),
            ("addprefix", [prefix, list]) => each(list, &|word| format!("{prefix}{word}")),
            ("addsuffix", [suffix, list]) => each(list, &|word| format!("{word}{suffix}")),
            ("strip", [list]) => each(list, &|word| word.to_owned()),
            ("notdir", [list]) => each(list, &|word| file_part(word).to_owned()),
            ("dir", [list]) => each(list, &|word| match word.rfind('/') {
                Some(at) => word[..=at].to_owned(),
                None => "./".to_owned(),
            }),
            ("basename", [list]) => each(list, &|word| match word.rfind('.').filter(|at| !word[*at..].contains('/')) {
                Some(at) => word[..at].to_owned(),
                None => word.to_owned(),
            }),
            _ => return self.unknown(None, out),
        };
        out.text.push_str(&text);
    }

    fn variable(&self, name: &str, limit: usize, depth: usize, out: &mut Expanded) {
        if let Some(value) = self.recipe.and_then(|recipe| automatic(name, recipe)) {
            out.text.push_str(&value);
            return;
        }
        if let Some(value) = self.overrides.command_line.get(name) {
            out.text.push_str(value);
            return;
        }
        let mut value: Option<Expanded> = None;
        let inherited = self.overrides.environment.get(name);
        for (at, assignment) in self.makefile.variables[..limit].iter().enumerate() {
            if assignment.name != name {
                continue;
            }
            let seen = if assignment.kind == AssignmentKind::Simple { at } else { limit };
            let keep = match assignment.kind {
                AssignmentKind::Default if value.is_some() || inherited.is_some() => continue,
                AssignmentKind::Append => {
                    let base = value.take().or_else(|| Some(Expanded { text: inherited?.clone(), exact: true }));
                    base.map(|base| Expanded { text: base.text + " ", exact: base.exact })
                }
                _ => None,
            };
            let mut next = keep.unwrap_or(Expanded { text: String::new(), exact: true });
            if assignment.conditional || assignment.kind == AssignmentKind::Shell {
                // One branch's value would be a guess.
                next = Expanded::default();
                self.unknown(Some(name), &mut next);
            } else {
                self.expand(&assignment.value, seen, depth + 1, &mut next);
            }
            value = Some(next);
        }
        match (value, inherited, BUILT_IN.iter().find(|(built_in, _)| *built_in == name)) {
            (Some(value), _, _) => {
                out.text.push_str(&value.text);
                out.exact &= value.exact;
            }
            (None, Some(value), _) => out.text.push_str(value),
            (None, None, Some((_, value))) => out.text.push_str(value),
            (None, None, None) if self.may_be_set_elsewhere(name) => self.unknown(Some(name), out),
            (None, None, None) => {}
        }
    }

    /// An undefined variable is empty, unless something that is not seen may define it.
    fn may_be_set_elsewhere(&self, name: &str) -> bool {
        let automatic = name.starts_with(['@', '<', '^', '*', '?', '+', '%', '|']);
        automatic || !self.makefile.includes.is_empty() || FROM_OUTSIDE.contains(&name)
    }

    /// Something unknown; in a recipe a shell variable stands for it.
    fn unknown(&self, name: Option<&str>, out: &mut Expanded) {
        out.exact = false;
        if self.recipe.is_some() {
            let plain = |name: &&str| {
                name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
                    && name.starts_with(|c: char| !c.is_ascii_digit())
            };
            out.text.push_str("${");
            out.text.push_str(name.filter(plain).unwrap_or("UNKNOWN"));
            out.text.push('}');
        }
    }
}

/// Cuts at commas outside references into at most `count` arguments.
fn split_arguments(text: &str, count: usize) -> Vec<&str> {
    let mut arguments = Vec::new();
    let mut rest = text;
    while arguments.len() + 1 < count
        && let Some((argument, tail)) = split_outside(rest, b',')
    {
        arguments.push(argument);
        rest = tail;
    }
    arguments.push(rest);
    arguments
}

/// `$(patsubst from,to,list)`.
fn pattern_substitution(arguments: &[String]) -> String {
    let [from, to, list] = arguments else { return String::new() };
    let change = |word: &str| match stem(from, word) {
        Some(stem) => to.replacen('%', &stem, 1),
        None if from == word => to.clone(),
        None => word.to_owned(),
    };
    list.split_whitespace().map(change).collect::<Vec<_>>().join(" ")
}

fn file_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `$@` and its kin, with `D` and `F` for the folder and the file.
fn automatic(name: &str, recipe: &Automatic) -> Option<String> {
    let (name, part) = match name.as_bytes() {
        [_, part @ (b'D' | b'F')] => (&name[..1], Some(*part)),
        [_] => (name, None),
        _ => return None,
    };
    let values: Vec<&str> = match name {
        "@" => vec![&recipe.target],
        "<" => recipe.prerequisites.first().map(String::as_str).into_iter().collect(),
        "^" | "+" | "?" => recipe.prerequisites.iter().map(String::as_str).collect(),
        "*" => vec![recipe.stem.as_deref().unwrap_or_default()],
        _ => return None,
    };
    let change = |value: &&str| match part {
        Some(b'D') => value.rfind('/').map_or(".", |at| &value[..at]).to_owned(),
        Some(_) => file_part(value).to_owned(),
        None => (*value).to_owned(),
    };
    Some(values.iter().map(change).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overrides(command_line: &[(&str, &str)], environment: &[(&str, &str)]) -> Overrides {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Overrides { command_line: map(command_line), environment: map(environment) }
    }

    /// A target's lines; `?` marks one that is not exact, `c` one in a conditional.
    fn lines(text: &str, target: Option<&str>, given: &Overrides) -> Option<Vec<String>> {
        let lines = parse_makefile(text).recipe_under(target, given)?;
        let mark = |line: &RecipeLine| {
            format!("{}{}{}", if line.exact { "" } else { "?" }, if line.conditional { "c" } else { "" }, line.text)
        };
        Some(lines.iter().map(mark).collect())
    }

    const TOOL: &str = "\
# A tool in C
PREFIX ?= /usr/local
DESTDIR =
BIN := hello
SRC = main.c util.c
OBJ = $(SRC:.c=.o)
CFLAGS += -O2 \\
          -Wall   # warnings

.PHONY: all install clean
all: $(BIN)

$(BIN): $(OBJ)
\t$(CC) $(CFLAGS) -o $@ $^

%.o: %.c
\t@$(CC) -c $< -o $@

install: all
\tinstall -d $(DESTDIR)$(PREFIX)/bin
\tinstall -m 755 $(BIN) \\
\t\t$(DESTDIR)$(PREFIX)/bin/$(BIN)
\t-rm -f /tmp/x-$$USER

clean:
\t$(RM) $(BIN) *.o
";

    #[test]
    fn a_tool_is_built_before_it_is_installed() {
        let built = ["cc -c main.c -o main.o", "cc -c util.c -o util.o", "cc -O2 -Wall -o hello main.o util.o"];
        assert_eq!(lines(TOOL, None, &Overrides::default()).expect("a rule"), built);
        let given = overrides(&[("DESTDIR", "/out"), ("CC", "clang")], &[("PREFIX", "/usr"), ("CC", "gcc")]);
        let installed = [
            "clang -c main.c -o main.o",
            "clang -c util.c -o util.o",
            "clang -O2 -Wall -o hello main.o util.o",
            "install -d /out/usr/bin",
            "install -m 755 hello \t/out/usr/bin/hello",
            "rm -f /tmp/x-$USER",
        ];
        assert_eq!(lines(TOOL, Some("install"), &given).expect("a rule"), installed);
        assert_eq!(lines(TOOL, Some("clean"), &Overrides::default()).expect("a rule"), ["rm -f hello *.o"]);
        assert_eq!(lines(TOOL, Some("nothing"), &Overrides::default()), None);
    }

    #[test]
    fn prefixes_are_noted() {
        let makefile = parse_makefile("a:\n\t@-echo x\n\t+ make\n\techo $y\n");
        let flags: Vec<_> =
            makefile.rules[0].recipe.iter().map(|it| (it.silent, it.ignores_errors, it.always)).collect();
        assert_eq!(flags, [(true, true, false), (false, false, true), (false, false, false)]);
        let texts: Vec<_> = makefile.rules[0].recipe.iter().map(|it| (it.text.as_str(), it.exact)).collect();
        assert_eq!(texts, [("echo x", true), ("make", true), ("echo $y", false)]);
        assert_eq!(makefile.phony, BTreeSet::new());
        assert!(parse_makefile(TOOL).phony.contains("install"));
    }

    #[test]
    fn what_only_a_run_would_tell_stays_visible_to_the_shell() {
        let text = "\
VERSION := $(shell git describe)
export CGO_ENABLED = 0
GOFILES = $(wildcard *.go)
build:
\tgo build -ldflags \"-X main.v=$(VERSION)\" -o bin/$(NAME) ./cmd/$(word 1,a)
\tls $(GOFILES); tar $(shell ls a)
\tcd web && $(MAKE) -C assets all
";
        let given = overrides(&[("NAME", "app")], &[]);
        let expected = [
            "?go build -ldflags \"-X main.v=$(git describe)\" -o bin/app ./cmd/${UNKNOWN}",
            "?ls ${UNKNOWN}; tar $(ls a)",
            "cd web && make -C assets all",
        ];
        assert_eq!(lines(text, Some("build"), &given).expect("a rule"), expected);
    }

    #[test]
    fn conditionals_keep_both_branches() {
        let text = "\
MODE = debug
ifeq ($(MODE),release)
FLAGS = --release
else ifdef X
FLAGS = --x
endif
a: b
\tcargo build $(FLAGS)
ifneq (,$(STRIP))
\tstrip x
else
\techo plain
endif
\techo done
b: ; echo b
ifdef Y
c:
\techo c
endif
";
        let got = lines(text, None, &Overrides::default()).expect("a rule");
        assert_eq!(got[0], "echo b");
        assert_eq!(got[1], "?cargo build ${FLAGS}", "neither branch's value is taken for granted");
        assert_eq!(got[2..], ["cstrip x", "cecho plain", "echo done"]);
        assert_eq!(lines(text, Some("c"), &Overrides::default()).expect("a rule"), ["cecho c"]);
        let chosen = overrides(&[("FLAGS", "--locked")], &[]);
        assert_eq!(lines(text, None, &chosen).expect("a rule")[1], "cargo build --locked");
    }

    #[test]
    fn expansion() {
        let text = "\
A = $(B)/x
B := 1
B := $(B)2
C ?= c
C += d
E += e
define F
one
two
endef
LIST = src/a.c b.tar.gz
G != date
LOOP = $(LOOP)
T$(B) = computed
";
        let makefile = parse_makefile(text);
        let given = overrides(&[], &[("ENVIRONMENT", "env"), ("B", "weak")]);
        let table = [
            ("$(A)", "12/x", true),
            ("${C} $E", "c d e", true),
            ("$(F)", "one\ntwo", true),
            ("$$HOME $(HOME)", "$HOME ", false),
            ("$(ENVIRONMENT)$(NOTHING)", "env", true),
            ("$(G)", "", false),
            ("$(LOOP)", "", false),
            ("$(notdir $(LIST)) $(dir $(LIST)) $(basename $(LIST))", "a.c b.tar.gz src/ ./ src/a b.tar", true),
            ("$(patsubst %.c,%.o,$(LIST)) $(LIST:.c=.o)", "src/a.o b.tar.gz src/a.o b.tar.gz", true),
            (
                "$(subst a,b,$(A)a) $(addprefix x/,a b) $(addsuffix .o,a b) $(strip  a  b )",
                "12/xb x/a x/b a.o b.o a b",
                true,
            ),
            ("a $(shell date)b", "a b", false),
            ("$(foreach x,a b,$(x))", "", false),
            ("$@ $<", " ", false),
            ("$(unclosed", "", false),
            ("$", "", false),
        ];
        for (text, expected, exact) in table {
            let expanded = makefile.expand(text, &given);
            assert_eq!((expanded.text.as_str(), expanded.exact), (expected, exact), "{text}");
        }
        let with_include = parse_makefile("include config.mk\n-include $(wildcard *.d)\n");
        assert_eq!(with_include.includes, ["config.mk", "$(wildcard *.d)"]);
        assert!(!with_include.expand("$(X)", &given).exact, "the included file may define it");
        let read = |name: &str| match name {
            "config.mk" => Some("include more.mk".to_owned()),
            "more.mk" => Some("X = /etc\n".to_owned()),
            _ => None,
        };
        let whole = parse_with_includes("include config.mk\n", &read);
        assert_eq!((whole.includes.len(), whole.expand("$(X)", &given).text.as_str()), (0, "/etc"));
        assert!(whole.expand("$(X)", &given).exact);
        let circle = |_: &str| Some("include self.mk\n".to_owned());
        assert_eq!(parse_with_includes("include self.mk\n", &circle).includes, ["self.mk"], "it ends");
        assert_eq!(parse_with_includes("x:\n\tinclude config.mk\n", &read).includes.len(), 0);
    }

    #[test]
    fn rules_of_all_kinds() {
        let text = "\
.DEFAULT_GOAL := two
.ONESHELL:
.SHELLFLAGS = -ec
one two: dep | order
\tcd x
\techo $@ $(@F)
objs/a.o objs/b.o: objs/%.o: %.c
\tcc $< $* $(@D)
dep: FLAG = 1
dep::
\techo dep
order:
late: two
two: objs/a.o
";
        let given = Overrides::default();
        let makefile = parse_makefile(text);
        assert!(makefile.one_shell);
        assert_eq!(makefile.expand("$(.SHELLFLAGS)", &given).text, "-ec");
        assert_eq!(lines(text, None, &given).expect("a rule"), ["echo dep", "cc a.c a objs", "cd x\necho two two"]);
        assert_eq!(lines(text, Some("late"), &given).expect("a rule").len(), 3);
        assert_eq!(lines(text, Some("order"), &given).expect("a rule"), Vec::<String>::new());
        assert_eq!(lines("a: b\nb: a\n\techo b\n", None, &given).expect("a rule"), ["echo b"], "a cycle ends");
    }

    #[test]
    fn nothing_overflows_or_grows_without_end() {
        let given = Overrides::default();
        let doubling: String = (0..64).map(|n| format!("V{n} = $(V{})$(V{})\n", n + 1, n + 1)).collect();
        assert!(!parse_makefile(&doubling).expand("$(V0)", &given).exact);
        let chain: String = (0..5000).map(|n| format!("t{n}: t{}\n", n + 1)).collect();
        assert!(lines(&chain, Some("t0"), &given).is_some());
        for text in [
            "$(",
            "a: $(",
            "define",
            "ifeq",
            "endif\nendif",
            "=",
            ":",
            "\t",
            "a:\n\t",
            "\\",
            "é: ü\n\t\\",
            "a\n\tb",
            "export",
        ] {
            let makefile = parse_makefile(text);
            makefile.recipe_under(None, &given);
            makefile.expand(text, &given);
        }
        makefile_of(&"$(".repeat(5000));
        makefile_of(&"$(a:".repeat(5000));
    }

    fn makefile_of(value: &str) -> String {
        parse_makefile(&format!("A = {value}\n")).expand("$(A)x", &Overrides::default()).text
    }
}
