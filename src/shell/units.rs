//! Where a shell text may be cut so that its pieces can run apart, and what each piece leaves to the next.
//!
//! A build stops when a `RUN` fails, so a cut is right where the shell itself would stop:
//!
//! - at `&&` of the text's last chain, whose status is the status of the `RUN`. In `a && b; c` a failing `a` lets `c` run,
//!   with `set -e` too, so an earlier chain stays whole;
//! - at `;` and line ends. Without `set -e` a failure before the cut is passed over: [`Unit::tolerates_failure`];
//! - never inside what `||` covers. In `a && b || c && d` that is `a && b || c`, since the operators have equal rank and
//!   group from the left;
//! - never after a background command: `wait` and the end of the shell belong to it;
//! - never between a heredoc's line and its body.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{ListItem, Node, NodeKind, Part, Script, Separator, Simple, Word};

/// A piece of a text's top level that may run apart from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Bytes of the text, with heredoc bodies and without the separator that follows.
    pub range: Range<usize>,
    /// Which of [`Script::items`].
    pub items: Range<usize>,
    /// True when the text goes on after this unit fails; false for `set`, `umask` and assignments, which do not fail.
    pub tolerates_failure: bool,
    /// When the unit does nothing but change the shell's own state: what it changes. Such a unit may be repeated before
    /// any later unit that needs it.
    pub state: Option<StateChange>,
    /// Variables of this shell that the unit may set, sorted; its own work included (`X=$(curl …)`).
    pub sets: Vec<String>,
    /// True when the unit changes the shell in another way than [`Unit::sets`] says and is not a pure [`Unit::state`]:
    /// it defines a function, or a group or `if` changes the directory, or it runs `eval`.
    pub leaks: bool,
}

/// A change of the shell's own state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateChange {
    /// `cd` and its kin, with the directory when it is written out.
    Directory {
        /// The directory; none for `cd`, `cd -`, `cd "$X"`.
        to: Option<String>,
    },
    /// Assignments, `export`, `unset`, `readonly`: the names, sorted.
    Variables {
        /// The names, sorted.
        names: Vec<String>,
    },
    /// `set`, `shopt`.
    Options,
    /// `umask`.
    Umask,
    /// `.` or `source`, with the file when it is written out. The file may do anything.
    Source {
        /// The file.
        file: Option<String>,
    },
    /// `trap`.
    Trap,
}

/// Cuts a script that starts without `set -e`; see [`units_under`].
pub fn units(script: &Script) -> Vec<Unit> {
    units_under(script, false)
}

/// Cuts the top level of `script` into units that may be separated.
///
/// `errexit` says whether the shell starts with `-e` (`SHELL ["/bin/sh", "-ec"]`, `#!/bin/sh -e`). The units cover all
/// items in order. A text that is not read is one unit.
pub fn units_under(script: &Script, errexit: bool) -> Vec<Unit> {
    let items = &script.items;
    let mut units = Vec::new();
    let mut errexit = errexit;
    let mut start = 0;
    while start < items.len() {
        let chain = start..chain_end(items, start);
        let last = chain.end == items.len();
        if items[chain.clone()].iter().any(|item| item.after == Separator::Background) {
            units.push(unit(items, start..items.len(), false));
            break;
        }
        if last {
            for part in and_parts(items, chain.clone()) {
                units.push(unit(items, part, false));
            }
        } else {
            let stops = errexit && chain.len() == 1 && !is_negated(&items[start].node);
            units.push(unit(items, chain.clone(), !stops));
        }
        errexit =
            items[chain.clone()].iter().filter_map(|item| errexit_change(&item.node)).next_back().unwrap_or(errexit);
        start = chain.end;
    }
    join_over_heredocs(items, units)
}

/// The end of the run of items joined by `&&` and `||` that starts at `start`.
fn chain_end(items: &[ListItem], start: usize) -> usize {
    let joined = |item: &ListItem| matches!(item.after, Separator::And | Separator::Or);
    items[start..].iter().position(|item| !joined(item)).map_or(items.len(), |offset| start + offset + 1)
}

/// Cuts a chain at each `&&` that follows its last `||`.
fn and_parts(items: &[ListItem], chain: Range<usize>) -> Vec<Range<usize>> {
    let last_or = items[chain.clone()].iter().rposition(|item| item.after == Separator::Or);
    let first_end = last_or.map_or(chain.start + 1, |offset| chain.start + offset + 2).min(chain.end);
    let rest = (first_end..chain.end).map(|at| at..at + 1);
    std::iter::once(chain.start..first_end).chain(rest).collect()
}

fn is_negated(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Pipeline(nodes) if nodes.first().is_none_or(|first| first.range.start > node.range.start))
}

/// Whether the command switches `errexit` on or off.
fn errexit_change(node: &Node) -> Option<bool> {
    let NodeKind::Simple(simple) = &node.kind else { return None };
    if simple.name()? != "set" {
        return None;
    }
    let arguments: Vec<String> = simple.words[1..].iter().map_while(Word::literal).collect();
    let mut change = None;
    for (at, argument) in arguments.iter().enumerate() {
        let on = match argument.chars().next() {
            Some('-') if argument != "--" => true,
            Some('+') => false,
            _ => continue,
        };
        let long = argument[1..].contains('o') && arguments.get(at + 1).is_some_and(|option| option == "errexit");
        if long || argument[1..].contains('e') {
            change = Some(on);
        }
    }
    change
}

fn unit(items: &[ListItem], range: Range<usize>, tolerates_failure: bool) -> Unit {
    let members = &items[range.clone()];
    let start = members.first().map_or(0, |item| item.node.range.start);
    let end = members.last().map_or(start, |item| item.node.range.end);
    let mut effect = Effect::default();
    members.iter().for_each(|item| effect.node(&item.node));
    let state = match members {
        [ListItem { node: Node { kind: NodeKind::Simple(simple), .. }, .. }] => pure_state(simple),
        _ => None,
    };
    let never_fails = matches!(state, Some(StateChange::Options | StateChange::Variables { .. } | StateChange::Umask));
    let tolerates_failure = tolerates_failure && !never_fails;
    let sets = effect.sets.into_iter().collect();
    Unit { range: start..end, items: range, tolerates_failure, leaks: effect.leaks && state.is_none(), state, sets }
}

/// A heredoc's body stands behind the whole line: the units up to it become one.
fn join_over_heredocs(items: &[ListItem], units: Vec<Unit>) -> Vec<Unit> {
    let mut joined: Vec<Unit> = Vec::with_capacity(units.len());
    for mut next in units {
        let bodies = items[next.items.clone()].iter().filter_map(|item| item.node.heredoc_end()).max();
        next.range.end = next.range.end.max(bodies.unwrap_or(0));
        match joined.last() {
            Some(previous) if next.range.start < previous.range.end => {
                let range = previous.items.start..next.items.end;
                let end = previous.range.end.max(next.range.end);
                let mut whole = unit(items, range, next.tolerates_failure);
                whole.range.end = end;
                joined.pop();
                joined.push(whole);
            }
            _ => joined.push(next),
        }
    }
    joined
}

/// What commands leave behind in the shell that runs them.
#[derive(Default)]
struct Effect {
    sets: BTreeSet<String>,
    leaks: bool,
}

impl Effect {
    fn node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Simple(simple) => self.simple(simple),
            NodeKind::Pipeline(nodes) => {
                if let [only] = nodes.as_slice() {
                    self.node(only);
                }
            }
            NodeKind::Subshell(_) => {}
            NodeKind::Compound { keyword: "function" | "coproc", .. } | NodeKind::Opaque => self.leaks = true,
            NodeKind::Group(items) | NodeKind::Compound { body: items, .. } => {
                items.iter().for_each(|item| self.node(&item.node));
            }
        }
    }

    fn simple(&mut self, simple: &Simple) {
        let Some(first) = simple.words.first() else {
            self.sets.extend(simple.assignments.iter().map(|assignment| assignment.name.clone()));
            return;
        };
        let Some(name) = first.literal() else {
            self.leaks = true;
            return;
        };
        match name.as_str() {
            "export" | "readonly" | "declare" | "typeset" | "local" | "unset" | "read" | "getopts" | "mapfile"
            | "readarray" => match names(&simple.words[1..]) {
                Some(names) => self.sets.extend(names),
                None => self.leaks = true,
            },
            "cd" | "pushd" | "popd" | "set" | "shopt" | "umask" | "." | "source" | "trap" | "eval" | "exec"
            | "alias" | "unalias" | "ulimit" | "hash" | "enable" | "builtin" | "command" | "shift" => {
                self.leaks |= name != "command" || simple.words.get(1).is_none_or(is_shell_change);
            }
            _ => {}
        }
    }
}

/// `command cd x` changes this shell; `command -v x` and `command ls` do not.
fn is_shell_change(word: &Word) -> bool {
    match word.literal() {
        Some(name) => matches!(name.as_str(), "cd" | "eval" | "." | "source" | "exec" | "set" | "umask" | "trap"),
        None => true,
    }
}

/// The names that operands such as `A=b` and `C` give; none when one is computed.
fn names(words: &[Word]) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for word in words {
        let Some(Part::Literal { text, .. }) = word.parts.first() else { return None };
        if text.starts_with('-') {
            continue;
        }
        match text.split_once(['=', '+']) {
            Some((name, _)) => names.insert(name.to_owned()),
            None if word.parts.len() == 1 => names.insert(text.clone()),
            None => return None,
        };
    }
    Some(names)
}

fn pure_state(simple: &Simple) -> Option<StateChange> {
    let words = simple.assignments.iter().map(|assignment| &assignment.value).chain(&simple.words);
    if !simple.redirects.is_empty() || words.into_iter().any(|word| runs_commands(&word.parts)) {
        return None;
    }
    let Some(name) = simple.words.first() else {
        let names: BTreeSet<String> = simple.assignments.iter().map(|assignment| assignment.name.clone()).collect();
        return Some(StateChange::Variables { names: names.into_iter().collect() });
    };
    let arguments = &simple.words[1..];
    match name.literal()?.as_str() {
        "cd" => Some(StateChange::Directory { to: directory(arguments) }),
        "pushd" | "popd" => Some(StateChange::Directory { to: None }),
        "export" | "unset" | "readonly" | "declare" | "typeset" => {
            Some(StateChange::Variables { names: names(arguments)?.into_iter().collect() })
        }
        "set" | "shopt" => Some(StateChange::Options),
        "umask" => Some(StateChange::Umask),
        "." | "source" => Some(StateChange::Source { file: arguments.first().and_then(Word::literal) }),
        "trap" => Some(StateChange::Trap),
        _ => None,
    }
}

fn directory(arguments: &[Word]) -> Option<String> {
    let operand =
        arguments.iter().find(|word| !matches!(word.literal().as_deref(), Some("--" | "-P" | "-L" | "-e")))?;
    operand.literal().filter(|to| to != "-" && !to.starts_with('~'))
}

fn runs_commands(parts: &[Part]) -> bool {
    parts.iter().any(|part| match part {
        Part::Substitution(_) => true,
        Part::Variable { default: Some(default), .. } => runs_commands(default),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    /// Units as text; `~` marks a failure that is passed over.
    fn cut(text: &str, errexit: bool) -> Vec<String> {
        let script = parse(text);
        let units = units_under(&script, errexit);
        let covered: Vec<usize> = units.iter().flat_map(|unit| unit.items.clone()).collect();
        assert_eq!(covered, (0..script.items.len()).collect::<Vec<_>>(), "every item once, in order: {text}");
        units
            .iter()
            .map(|it| format!("{}{}", if it.tolerates_failure { "~" } else { "" }, &text[it.range.clone()]))
            .collect()
    }

    #[test]
    fn a_text_is_cut_only_where_the_shell_would_stop() {
        let table: &[(&str, &[&str])] = &[
            ("a && b && c", &["a", "b", "c"]),
            ("a || b && c", &["a || b", "c"]),
            ("a && b || c", &["a && b || c"]),
            ("a && b || c && d && e", &["a && b || c", "d", "e"]),
            ("a; b", &["~a", "b"]),
            ("a && b; c && d", &["~a && b", "c", "d"]),
            ("set -e; a; b && c", &["set -e", "a", "b", "c"]),
            ("set -ex && a && b", &["set -ex", "a", "b"]),
            ("set -eux; a && b; c", &["set -eux", "~a && b", "c"]),
            ("set -o errexit\na\nb", &["set -o errexit", "a", "b"]),
            ("set -e; a; set +e; b; c", &["set -e", "a", "set +e", "~b", "c"]),
            ("set -x; a; b", &["set -x", "~a", "b"]),
            ("set -e; ! a; b", &["set -e", "~! a", "b"]),
            ("set -e; a | b; c", &["set -e", "a | b", "c"]),
            ("a && b & c; d", &["~a && b & c; d".trim_start_matches('~')]),
            ("a; b & wait", &["~a", "b & wait"]),
            ("( a; b ) && { c; }", &["( a; b )", "{ c; }"]),
            ("if a; then b; fi; c", &["~if a; then b; fi", "c"]),
            ("a 'b", &["a 'b"]),
            ("", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(cut(text, false), *expected, "{text}");
        }
        assert_eq!(cut("a; b", true), ["a", "b"], "a shell started with -e stops by itself");
        assert_eq!(cut("a && b; c", true), ["~a && b", "c"], "-e does not see a failure before the last `&&`");
    }

    #[test]
    fn a_heredoc_stays_with_its_line() {
        assert_eq!(cut("cat >x <<E\n1\nE\na", false), ["~cat >x <<E\n1\nE", "a"]);
        assert_eq!(cut("a && cat <<E && b\n1\nE\n", false), ["a", "cat <<E && b\n1\nE"]);
        assert_eq!(cut("a <<-A; b <<B\n\t1\n\tA\n2\nB\nc", false), ["~a <<-A; b <<B\n\t1\n\tA\n2\nB", "c"]);
    }

    #[test]
    fn shell_state_is_known() {
        let state = |text: &str| units(&parse(text)).remove(0).state;
        let names = |names: &[&str]| {
            Some(StateChange::Variables { names: names.iter().map(|name| (*name).to_owned()).collect() })
        };
        let directory = |to: Option<&str>| Some(StateChange::Directory { to: to.map(str::to_owned) });
        assert_eq!(state("cd /x/y"), directory(Some("/x/y")));
        assert_eq!(state("cd -P 'a b'"), directory(Some("a b")));
        assert_eq!(state("cd \"$D\""), directory(None));
        assert_eq!(state("cd"), directory(None));
        assert_eq!(state("cd -"), directory(None));
        assert_eq!(state("export B=1 A=\"$C\" D"), names(&["A", "B", "D"]));
        assert_eq!(state("X=1 Y="), names(&["X", "Y"]));
        assert_eq!(state("unset X"), names(&["X"]));
        assert_eq!(state("set -eux"), Some(StateChange::Options));
        assert_eq!(state("umask 022"), Some(StateChange::Umask));
        assert_eq!(state(". /etc/profile"), Some(StateChange::Source { file: Some("/etc/profile".to_owned()) }));
        assert_eq!(state("source \"$F\""), Some(StateChange::Source { file: None }));
        assert_eq!(state("trap 'rm x' EXIT"), Some(StateChange::Trap));
        for text in
            ["X=$(a)", "export X=`a`", "cd $(a)", "X=1 a", "make", "cd /x >y", "(cd /x)", "cd /x || exit 1", "$X"]
        {
            assert_eq!(state(text), None, "{text}");
        }
    }

    #[test]
    fn what_mixed_units_leave_behind() {
        let left = |text: &str| {
            let unit = units(&parse(text)).remove(0);
            (unit.sets.join(" "), unit.leaks)
        };
        let table = [
            ("X=$(a)", "X", false),
            ("X=1 a", "", false),
            ("cd /x", "", false),
            ("cd /x || exit 1", "", true),
            ("( cd /x; Y=1 )", "", false),
            ("{ cd /x; Y=1; }", "Y", true),
            ("if a; then export Y=1 Z; fi", "Y Z", false),
            ("for i in a b; do c $i; done", "i", false),
            ("f() { a; }", "", true),
            ("eval \"$X\"", "", true),
            ("$X a", "", true),
            ("a | while read l; do b; done", "", false),
            ("while read l; do b; done <c", "l", false),
            ("read -r A B", "A B", false),
            ("export \"$X\"", "", true),
            ("command -v git", "", false),
            ("command cd /x", "", true),
            ("! export A=1", "A", false),
            ("a 'b", "", true),
        ];
        for (text, sets, leaks) in table {
            assert_eq!(left(text), (sets.to_owned(), leaks), "{text}");
        }
    }
}
