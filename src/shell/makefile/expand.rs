//! References to variables and calls of functions in a Makefile, to the text that make would have.

use super::recipes::{Automatic, stem};
use super::{
    AssignmentKind, BUILT_IN, Expanded, FROM_OUTSIDE, MAX_DEPTH, MAX_EXPANSIONS, MAX_TEXT, Makefile, Overrides,
    reference_length, split_outside, words,
};
use std::cell::Cell;

pub(super) struct Expander<'a> {
    pub(super) makefile: &'a Makefile,
    pub(super) overrides: &'a Overrides,
    /// Set while a recipe is expanded.
    pub(super) recipe: Option<&'a Automatic>,
    pub(super) steps: Cell<usize>,
}

impl Expander<'_> {
    pub(super) fn whole(&self, text: &str) -> Expanded {
        let mut out = Expanded::empty();
        self.expand(text, self.makefile.variables.len(), 0, &mut out);
        out
    }

    /// The words of each, expanded.
    pub(super) fn list(&self, raw: &[String]) -> Vec<String> {
        raw.iter().flat_map(|word| words(&self.whole(word).text)).collect()
    }

    /// Appends `text` expanded as at the point where `limit` assignments are read.
    fn expand(&self, text: &str, limit: usize, depth: usize, out: &mut Expanded) {
        self.steps.set(self.steps.get() + 1);
        if depth > MAX_DEPTH || self.steps.get() > MAX_EXPANSIONS || out.text.len() > MAX_TEXT {
            out.exact = false;
            out.unknown = true;
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
            let mut name = Expanded::empty();
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
            let mut out = Expanded::empty();
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
                    let base =
                        value.take().or_else(|| Some(Expanded { text: inherited?.clone(), ..Expanded::empty() }));
                    base.map(|base| Expanded { text: base.text + " ", ..base })
                }
                _ => None,
            };
            let mut next = keep.unwrap_or(Expanded::empty());
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
                out.unknown |= value.unknown;
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
        out.unknown = true;
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
