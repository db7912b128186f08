//! What the tree's types can answer about themselves: literal text, values with variables put in, a walk.

use std::ops::Range;

use super::{ListItem, Node, NodeKind, Part, Script, Separator, Simple, Word};

/// A word with the variables put in that are known.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Resolved {
    /// The text. What is unknown contributes nothing.
    pub text: String,
    /// True when `text` is all that the word says: no unknown variable, command substitution or brace expansion.
    pub exact: bool,
    /// True when an unquoted `*`, `?` or `[` makes the word a pattern.
    pub glob: bool,
    /// True when an unquoted variable brought blanks, so the shell makes several words of this one.
    pub split: bool,
}

impl Word {
    /// The word's text when no variable, substitution or brace expansion is in it; quotes are removed. An unquoted `*`
    /// or leading `~` stays as text.
    pub fn literal(&self) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal { text: piece, .. } => text.push_str(piece),
                _ => return None,
            }
        }
        (!self.has_braces()).then_some(text)
    }

    /// Puts the values that `lookup` knows in place of the variables.
    ///
    /// A variable that `lookup` does not know makes the result inexact. With a default (`${name:-word}`) an empty value
    /// counts as unset and gives the default; an unknown one gives the default too, but inexactly.
    pub fn resolve(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Resolved {
        let mut resolved = Resolved { exact: !self.has_braces(), ..Resolved::default() };
        resolve_parts(&self.parts, lookup, &mut resolved);
        resolved
    }

    /// True when the word holds bash's `{a,b}` or `{1..3}` outside quotes. A POSIX shell takes them as text, so what
    /// they mean depends on which shell reads them.
    pub fn has_braces(&self) -> bool {
        let mut open = false;
        let mut separated = false;
        for part in &self.parts {
            let Part::Literal { text, quoted: false } = part else { continue };
            for (at, byte) in text.bytes().enumerate() {
                match byte {
                    b'{' => (open, separated) = (true, false),
                    b',' => separated |= open,
                    b'.' => separated |= open && text[at..].starts_with(".."),
                    b'}' if separated => return true,
                    _ => {}
                }
            }
        }
        false
    }

    /// Appends literal text, joining it to literal text of the same kind; an empty piece only marks an empty word.
    pub(super) fn push_literal(&mut self, piece: &str, quoted: bool) {
        push_literal(&mut self.parts, piece, quoted);
    }
}

/// See [`Word::push_literal`].
pub(super) fn push_literal(parts: &mut Vec<Part>, piece: &str, is_quoted: bool) {
    match parts.last_mut() {
        Some(Part::Literal { text, quoted }) if *quoted == is_quoted => text.push_str(piece),
        Some(_) if piece.is_empty() => {}
        _ => parts.push(Part::Literal { text: piece.to_owned(), quoted: is_quoted }),
    }
}

/// The longest word that variables may make, in bytes. Without a limit `A=$A$A` doubles until memory is gone.
const MAX_TEXT: usize = 128 << 10;

fn resolve_parts(parts: &[Part], lookup: &dyn Fn(&str) -> Option<String>, resolved: &mut Resolved) {
    for part in parts {
        match part {
            Part::Literal { text, quoted } => {
                resolved.glob |= !quoted && has_glob(text);
                resolved.text.push_str(text);
            }
            Part::Variable { name, default, quoted } => match (lookup(name), default) {
                // A shell could hold it, and no program could be started with it.
                (Some(value), _) if resolved.text.len() + value.len() > MAX_TEXT => resolved.exact = false,
                (Some(value), default) if default.is_none() || !value.is_empty() => {
                    resolved.glob |= !quoted && has_glob(&value);
                    resolved.split |= !quoted && value.contains([' ', '\t', '\n']);
                    resolved.text.push_str(&value);
                }
                (value, Some(default)) => {
                    resolved.exact &= value.is_some();
                    resolve_parts(default, lookup, resolved);
                }
                (_, None) => resolved.exact = false,
            },
            Part::Substitution(_) | Part::Dynamic => resolved.exact = false,
        }
    }
}

fn has_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

impl Simple {
    /// The command's name when it is written out; absent for assignments alone and for `$cmd`.
    pub fn name(&self) -> Option<String> {
        self.words.first()?.literal()
    }
}

impl Script {
    /// The script for text that cannot be read: one opaque item.
    pub(super) fn opaque(text: &str) -> Script {
        let node = Node { range: trimmed(text), kind: NodeKind::Opaque };
        Script { items: vec![ListItem { node, after: Separator::End }], clean: false }
    }

    /// Visits every simple command with its node, at any depth, in order of the text; commands inside substitutions
    /// come right after the command they are written in.
    pub fn walk(&self, visit: &mut dyn FnMut(&Simple, &Node)) {
        walk_items(&self.items, visit);
    }
}

impl Node {
    /// Visits every simple command in this node; see [`Script::walk`].
    pub fn walk(&self, visit: &mut dyn FnMut(&Simple, &Node)) {
        match &self.kind {
            NodeKind::Simple(simple) => {
                visit(simple, self);
                simple.walk_substitutions(visit);
            }
            NodeKind::Pipeline(nodes) => nodes.iter().for_each(|node| node.walk(visit)),
            NodeKind::Subshell(items) | NodeKind::Group(items) | NodeKind::Compound { body: items, .. } => {
                walk_items(items, visit);
            }
            NodeKind::Opaque => {}
        }
    }
}

impl Node {
    /// Where the last heredoc inside ends, its terminator included; heredocs stand outside a command's own range.
    pub(super) fn heredoc_end(&self) -> Option<usize> {
        let mut end = None;
        self.walk(&mut |simple, _| {
            let bodies = simple.redirects.iter().filter_map(|redirect| redirect.body.as_ref());
            end = bodies.map(|body| body.range.end).max().max(end);
        });
        end
    }
}

impl Simple {
    fn walk_substitutions(&self, visit: &mut dyn FnMut(&Simple, &Node)) {
        let assigned = self.assignments.iter().map(|assignment| &assignment.value);
        let redirected =
            self.redirects.iter().flat_map(|redirect| std::iter::once(&redirect.target).chain(&redirect.body));
        for word in assigned.chain(&self.words).chain(redirected) {
            walk_parts(&word.parts, visit);
        }
    }
}

fn walk_items(items: &[ListItem], visit: &mut dyn FnMut(&Simple, &Node)) {
    items.iter().for_each(|item| item.node.walk(visit));
}

fn walk_parts(parts: &[Part], visit: &mut dyn FnMut(&Simple, &Node)) {
    for part in parts {
        match part {
            Part::Substitution(items) => walk_items(items, visit),
            Part::Variable { default: Some(default), .. } => walk_parts(default, visit),
            _ => {}
        }
    }
}

/// The range of `text` without blanks around it.
fn trimmed(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    start..start.max(text.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn word(text: &str) -> Word {
        let mut words = Vec::new();
        parse(&format!("x {text}")).walk(&mut |simple, _| words.extend(simple.words.get(1).cloned()));
        words.remove(0)
    }

    #[test]
    fn literal_words() {
        let table = [
            ("a", Some("a")),
            ("'a b'\"c\"\\ d", Some("a bc d")),
            ("''", Some("")),
            ("*.go", Some("*.go")),
            ("~/x", Some("~/x")),
            ("{}", Some("{}")),
            ("'{a,b}'", Some("{a,b}")),
            ("{a,b}", None),
            ("x{1..3}", None),
            ("$A", None),
            ("$(a)", None),
        ];
        for (text, expected) in table {
            assert_eq!(word(text).literal().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn resolved_words() {
        let known = |name: &str| match name {
            "A" => Some("/a".to_owned()),
            "EMPTY" => Some(String::new()),
            "MANY" => Some("a b*".to_owned()),
            _ => None,
        };
        // The text, then whether it is exact, a pattern, several words.
        let table = [
            ("b", "b", true, false, false),
            ("$A/b", "/a/b", true, false, false),
            ("\"${A}\"/*", "/a/*", true, true, false),
            ("\"$A/*\"", "/a/*", true, false, false),
            ("'$A'", "$A", true, false, false),
            ("$NONE/b", "/b", false, false, false),
            ("${NONE:-c}/b", "c/b", false, false, false),
            ("${EMPTY:-$A}/b", "/a/b", true, false, false),
            ("${A:-c}", "/a", true, false, false),
            ("$MANY", "a b*", true, true, true),
            ("\"$MANY\"", "a b*", true, false, false),
            ("a$(b)c", "ac", false, false, false),
            ("${A#/}", "", false, false, false),
            ("{a,b}", "{a,b}", false, false, false),
            ("~/x", "~/x", true, false, false),
        ];
        for (text, expected, exact, glob, split) in table {
            let expected = Resolved { text: expected.to_owned(), exact, glob, split };
            assert_eq!(word(text).resolve(&known), expected, "{text}");
        }
    }

    #[test]
    fn names_of_commands() {
        let script = parse("A=1; $x y; \"git\" z");
        let mut names = Vec::new();
        script.walk(&mut |simple, _| names.push(simple.name()));
        assert_eq!(names, [None, None, Some("git".to_owned())]);
    }

    #[test]
    fn a_walk_sees_every_command() {
        let text = "a \"$(b | c `d`)\" ${X:-$(e)} >$(f) && if g; then (h; { i; }); fi <<E\n$(j)\nE\nk() { l; }; m=$(n)";
        let mut names = Vec::new();
        parse(text).walk(&mut |simple, _| names.extend(simple.name()));
        assert_eq!(names.join(""), "abcdefghijln");
    }
}
