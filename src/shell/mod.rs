//! Shell text to a small syntax tree with byte ranges.
//!
//! The text is the logical text of an instruction, a script, a Makefile recipe or a package script. What cannot be
//! read becomes [`NodeKind::Opaque`]; nothing is an error, because BuildKit does not parse shell text either.

use std::ops::Range;

/// A parsed shell text.
#[derive(Clone, Debug)]
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
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// `NAME=value word word >file`
    Simple(Simple),
    /// Commands joined by `|`; `! a | b` too.
    Pipeline(Vec<Node>),
    /// `( … )`
    Subshell(Vec<ListItem>),
    /// `{ …; }`
    Group(Vec<ListItem>),
    /// `if`, `for`, `while`, `case`, a function, `[[ … ]]`, `(( … ))`: all commands inside, in order of the text.
    Compound {
        /// The keyword: `if`, `for`, `while`, `until`, `case`, `function`, `[[`, `((`, `select`.
        keyword: &'static str,
        /// Commands found anywhere inside, conditions included.
        body: Vec<ListItem>,
    },
    /// Not understood.
    Opaque,
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
    /// The variable's name.
    pub name: String,
    /// The value.
    pub value: Word,
}

/// A redirection.
#[derive(Clone, Debug, PartialEq)]
pub struct Redirect {
    /// The operator without a file descriptor: `>`, `>>`, `<`, `<<`, `<<<`, `>&`, `<&`, `>|`, `<>`, `&>`.
    pub operator: String,
    /// The file, or for `<<` the delimiter.
    pub target: Word,
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
