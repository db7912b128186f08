//! Shell text to a small syntax tree with byte ranges.
//!
//! The text is the logical text of an instruction, a script, a Makefile recipe or a package script. What cannot be
//! read becomes [`NodeKind::Opaque`]; nothing is an error, because BuildKit does not parse shell text either.
//!
//! Two readers give the same tree: `fast` takes the plain subset that most `RUN` lines are written in, `full` takes
//! everything and is the only module that knows the parser library. A property test holds them equal.

mod fast;
mod full;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod makefile;
mod run;
#[cfg(test)]
mod tests;
mod units;
mod words;

use std::collections::BTreeSet;
use std::ops::Range;

pub use run::{RunText, Shebang, script_of_run};
pub use units::{StateChange, Unit, units, units_under};
pub use words::Resolved;

/// Reads `text` as shell. Never fails: what cannot be read is one opaque item with [`Script::clean`] false.
pub fn parse(text: &str) -> Script {
    fast::parse(text).unwrap_or_else(|| full::parse(text))
}

/// Reads `text` with the full parser only, to compare it with [`parse`] in tests and benchmarks.
#[doc(hidden)]
pub fn parse_full(text: &str) -> Script {
    full::parse(text)
}

/// True when the fast reader takes `text`, for the benchmark.
#[doc(hidden)]
pub fn is_plain(text: &str) -> bool {
    fast::parse(text).is_some()
}

/// The words of a text whose value is known, at any depth: arguments, targets of redirections, values of options.
/// Names of commands are left out, and what here-documents hold.
pub fn literals(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    parse(text).walk(&mut |simple, _| {
        let targets = simple.redirects.iter().filter(|r| r.body.is_none()).map(|r| &r.target);
        let values = simple.assignments.iter().map(|assignment| &assignment.value);
        for word in simple.words.iter().skip(1).chain(targets).chain(values).filter_map(Word::literal) {
            if let Some((_, value)) = word.split_once('=').filter(|(name, _)| name.starts_with('-')) {
                found.push(value.to_owned());
            }
            found.push(word);
        }
    });
    found
}

/// Names of variables that a text mentions, quoted or not, in here-documents too.
pub fn variables(text: &str) -> BTreeSet<String> {
    let named = |rest: &str| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let starts_a_name = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        starts_a_name.then(|| rest[..end].to_owned())
    };
    text.split('$').skip(1).filter_map(named).collect()
}

/// The bytes of `node` in the text it was read from; empty when the node is of another text.
pub fn source<'a>(text: &'a str, node: &Node) -> &'a str {
    text.get(node.range.clone()).unwrap_or_default()
}

/// A parsed shell text.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// Top-level commands with what separates each from the next.
    pub items: Vec<ListItem>,
    /// False when the parser was not sure of the text as a whole; then the only item is opaque.
    pub clean: bool,
}

/// One command of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListItem {
    /// The command.
    pub node: Node,
    /// What stands between this command and the next.
    pub after: Separator,
}

/// What follows a command in a list. `a && b || c ; d` is a flat list of four items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `;` or a line end.
    Semicolon,
    /// `&`
    Background,
    /// Nothing follows.
    End,
}

/// A command with its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Bytes of the text, redirections included, separators excluded.
    pub range: Range<usize>,
    /// What kind of command.
    pub kind: NodeKind,
}

/// The kinds of command.
///
/// A subshell, group or compound command that is redirected as a whole (`{ …; } >file`) ends with a simple command
/// without words that carries the redirections, so who visits simple commands sees them.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// `NAME=value word word >file`
    Simple(Simple),
    /// Commands joined by `|`; `! a | b` too. `! a` is a pipeline of one.
    Pipeline(Vec<Node>),
    /// `( … )`
    Subshell(Vec<ListItem>),
    /// `{ …; }`
    Group(Vec<ListItem>),
    /// `if`, `for`, `while`, `case`, a function, `[[ … ]]`, `(( … ))`: all commands inside, in order of the text.
    Compound {
        /// The keyword: `if`, `for`, `while`, `until`, `case`, `function`, `[[`, `((`, `select`, `time`, `coproc`.
        keyword: &'static str,
        /// Commands found anywhere inside, conditions included. `for` and `select` start with an assignment of their
        /// variable: its value is the word when there is one word, else dynamic.
        body: Vec<ListItem>,
        /// For `if` and `case`: which of them belong together.
        choice: Option<Box<Choice>>,
    },
    /// Not understood.
    Opaque,
}

/// The branches of an `if` or a `case`, of which one is taken at most.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// What `case` compares; `None` for `if`.
    pub subject: Option<Word>,
    /// The branches in the order in which they are tried. An `else` has no condition.
    pub branches: Vec<Branch>,
}

/// A branch of an `if` or a `case`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Branch {
    /// The condition of an `if`: commands, as a part of the compound's body.
    pub condition: Range<usize>,
    /// The patterns of a `case`, as they are written.
    pub patterns: Vec<String>,
    /// What is done: commands, as a part of the compound's body.
    pub body: Range<usize>,
    /// The next branch follows (`;&`), or is tried (`;;&`), when this one has ended.
    pub falls_through: bool,
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Simple {
    /// Assignments before the first word.
    pub assignments: Vec<Assignment>,
    /// The command name and its arguments.
    pub words: Vec<Word>,
    /// Redirections, anywhere in the command.
    pub redirects: Vec<Redirect>,
}

/// `NAME=value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The variable's name, without an array subscript.
    pub name: String,
    /// The value. `NAME+=x` reads as `NAME=$NAMEx`; an array or an array element is dynamic.
    pub value: Word,
}

/// A redirection.
#[derive(Clone, Debug, PartialEq)]
pub struct Redirect {
    /// The operator without a file descriptor: `>`, `>>`, `<`, `<<` (for `<<-` too), `<<<`, `>&`, `<&`, `>|`, `<>`,
    /// `&>`. bash's `&>>x` reads as `>>x` and `2>&1`.
    pub operator: String,
    /// The file descriptor when one is written before the operator.
    pub fd: Option<u32>,
    /// The file, or for `<<` the delimiter.
    pub target: Word,
    /// For `<<`: the body, which stands outside the command's own range. Its range takes the terminator line in.
    pub body: Option<Word>,
}

/// A word before expansion.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Word {
    /// Bytes of the text, quotes included.
    pub range: Range<usize>,
    /// Its parts, quotes removed.
    pub parts: Vec<Part>,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text that stands for itself (quotes and escapes removed). `quoted` text has no active `*`, `?`, `[`, `~`.
    Literal {
        /// The text.
        text: String,
        /// True when it came from quotes or an escape.
        quoted: bool,
    },
    /// `$name` or `${name}`, `${name:-word}`, `${name-word}`; other operators are [`Part::Dynamic`].
    Variable {
        /// The name, also `1`, `@`, `?`, ….
        name: String,
        /// The word after `:-` or `-`.
        default: Option<Vec<Part>>,
        /// True inside double quotes (no splitting).
        quoted: bool,
    },
    /// `$( … )` or backquotes: the commands inside.
    Substitution(Vec<ListItem>),
    /// Arithmetic, other expansions, process substitution.
    Dynamic,
}
