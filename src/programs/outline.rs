//! A syntax tree in, an outline out: calls, bindings, functions and the names that are passed around, in one shape for
//! every language.
//!
//! Invariant: what has no known shape becomes [`Expr::Unknown`], and a file that does not parse is marked `broken`;
//! nothing is left out silently.

mod bind;
mod lower;
mod macros;
mod text;
mod visit;

use super::language::{GrammarId, Language};
use super::shapes::{Field, Shapes};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use tree_sitter::{Node, Parser};

/// Nesting of code beyond which a file counts as not understood; keeps recursion within a thread's stack.
const DEEPEST: usize = 300;

/// An expression, as far as it can matter for a path or a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Text(String),
    Name(String),
    Member(Rc<Expr>, String),
    Index(Rc<Expr>, Rc<Expr>),
    Call(Rc<Call>),
    Concat(Vec<Expr>),
    Joined(Vec<Expr>),
    Either(Vec<Expr>),
    List(Vec<Expr>),
    Element(Rc<Expr>, usize),
    Unknown,
}

/// A call with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) callee: Expr,
    pub(super) arguments: Vec<Argument>,
    pub(super) line: usize,
    pub(super) scope: usize,
    /// Its result goes where it is not followed: neither to one name, nor to a member of it, nor to a call of it.
    pub(super) escapes: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Argument {
    pub(super) name: Option<String>,
    /// It stands for any number of arguments.
    pub(super) spread: bool,
    pub(super) value: Expr,
}

/// What a name is bound to.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    /// The value of an expression in this scope.
    Value(Expr, usize),
    /// Nothing yet: declared without a value.
    Empty,
    /// The parameter of the scope's function at this place.
    Parameter(usize),
    Unknown,
}

/// A function body, or the file itself.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) parent: Option<usize>,
    pub(super) function: Option<usize>,
    pub(super) bound: HashMap<String, Vec<Bound>>,
    pub(super) returns: Vec<Expr>,
    globals: HashSet<String>,
}

#[derive(Debug)]
pub(super) struct FunctionInfo {
    pub(super) name: String,
    pub(super) scope: usize,
    pub(super) parameters: Vec<(String, Option<Expr>)>,
    /// Its calls may not all be seen.
    pub(super) open: bool,
}

/// A name of interest that is used without being called.
#[derive(Debug)]
pub(super) struct Mention {
    pub(super) what: Expr,
    pub(super) line: usize,
    pub(super) scope: usize,
    /// The call that it is an argument of.
    pub(super) argument_of: Option<Rc<Call>>,
}

/// A name or a call that is used as a value where it is not followed.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) what: Expr,
    pub(super) line: usize,
    pub(super) scope: usize,
    /// The call that it is an argument of.
    pub(super) argument_of: Option<Rc<Call>>,
}

/// A package that a file uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// The package, or the qualified name that is brought in.
    pub(super) target: String,
    /// The name it has in the file; `None` when it brings no name; `*` brings every name of the target.
    pub(super) name: Option<String>,
    pub(super) line: usize,
}

/// What was read from one file.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) imports: Vec<Import>,
    pub(super) calls: Vec<Rc<Call>>,
    pub(super) mentions: Vec<Mention>,
    /// Where whole modules may be handed on; only in languages whose modules are values.
    pub(super) uses: Vec<Use>,
    pub(super) scopes: Vec<Scope>,
    pub(super) functions: Vec<FunctionInfo>,
    /// Names that are used as values.
    pub(super) values: HashSet<String>,
    /// Line of the first place that was not understood.
    pub(super) broken: Option<usize>,
}

/// Reads one file.
pub(super) fn outline(language: &Language, grammar: GrammarId, text: &str) -> Outline {
    let Some(shapes) = Shapes::of(language, grammar) else {
        return Outline { broken: Some(1), ..Outline::default() };
    };
    let mut parser = Parser::new();
    let tree = parser.set_language(&grammar.language()).ok().and_then(|()| parser.parse(text, None));
    let Some(tree) = tree else {
        return Outline { broken: Some(1), ..Outline::default() };
    };
    let root = tree.root_node();
    let mut builder = Builder {
        language,
        shapes,
        parser,
        text: Rc::from(text),
        first_line: 1,
        lowered: HashMap::new(),
        assigned: Vec::new(),
        in_macro: false,
        out: Outline { scopes: vec![Scope::default()], ..Outline::default() },
    };
    if root.has_error() {
        builder.out.broken = Some(first_error(root));
    }
    builder.visit(root, 0, 0, None);
    builder.finish()
}

fn first_error(root: Node<'_>) -> usize {
    let mut node = root;
    loop {
        if node.is_error() || node.is_missing() {
            break;
        }
        let mut cursor = node.walk();
        match node.children(&mut cursor).find(|child| child.has_error() || child.is_missing()) {
            Some(child) => node = child,
            None => break,
        }
    }
    node.start_position().row + 1
}

struct Builder<'a> {
    language: &'a Language,
    shapes: &'a Shapes,
    parser: Parser,
    text: Rc<str>,
    first_line: usize,
    lowered: HashMap<usize, Rc<Call>>,
    assigned: Vec<(usize, String, Bound)>,
    /// The next call that is lowered is a macro's: its name ends in `!`.
    in_macro: bool,
    out: Outline,
}

impl Builder<'_> {
    fn finish(mut self) -> Outline {
        for scope in 1..self.out.scopes.len() {
            let globals = std::mem::take(&mut self.out.scopes[scope].globals);
            for name in globals {
                let bounds = self.out.scopes[scope].bound.remove(&name).unwrap_or_default();
                self.assigned.extend(bounds.into_iter().map(|bound| (0, name.clone(), bound)));
            }
        }
        for (scope, name, bound) in std::mem::take(&mut self.assigned) {
            let mut target = scope;
            while !self.out.scopes[target].bound.contains_key(&name) {
                match self.out.scopes[target].parent {
                    Some(parent) => target = parent,
                    None => break,
                }
            }
            self.out.scopes[target].bound.entry(name).or_default().push(bound);
        }
        self.out
    }

    fn line(&self, node: Node<'_>) -> usize {
        self.first_line + node.start_position().row
    }

    fn source(&self, node: Node<'_>) -> String {
        self.text.get(node.byte_range()).unwrap_or_default().to_owned()
    }
}

/// Marks an argument that is the address of a name.
pub(super) const ADDRESS: usize = usize::MAX;

pub(super) fn named_children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !child.is_extra()).collect()
}

fn children_of<'t>(node: Node<'t>, field: Field) -> Vec<Node<'t>> {
    let Some(id) = field.id() else { return node.named_child(0).into_iter().collect() };
    let mut cursor = node.walk();
    node.children_by_field_id(id, &mut cursor).filter(Node::is_named).collect()
}

fn children_by_name<'t>(node: Node<'t>, field: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children_by_field_name(field, &mut cursor).filter(Node::is_named).collect()
}

/// The identifiers of a text, read as bytes.
pub(super) fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).filter(|word| !word.is_empty())
}
