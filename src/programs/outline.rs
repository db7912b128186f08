//! A syntax tree in, an outline out: calls, bindings, functions and the names that are passed around, in one shape for
//! every language.
//!
//! Invariant: what has no known shape becomes [`Expr::Unknown`], and a file that does not parse is marked `broken`;
//! nothing is left out silently.

use super::imports;
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

    fn visit(&mut self, node: Node<'_>, scope: usize, depth: usize, argument_of: Option<&Rc<Call>>) {
        if depth > DEEPEST {
            let line = self.line(node);
            self.out.broken.get_or_insert(line);
            return;
        }
        let shapes = self.shapes;
        let shape = shapes.kind(node.kind_id());
        if shape.skipped {
            return;
        }
        if shape.opaque {
            let line = self.line(node);
            self.out.mentions.push(Mention { what: Expr::Unknown, line, scope, argument_of: None });
        }
        if shape.tokens {
            self.tokens(node, scope);
            return;
        }
        if shape.import || shape.import_if.is_some_and(|field| field.filled(node).is_some()) {
            let text = self.text.clone();
            let before = self.out.imports.len();
            imports::imports(self.language.data.layout, node, &text, &mut self.out.imports);
            if shape.exports {
                self.exported_again(before, node, scope);
            }
            return;
        }
        if argument_of.is_none()
            && let Some(operand) = self.address_of(node, shape)
        {
            let given = self.lower(operand, scope, depth + 1);
            self.taint(&given, scope);
        }
        if let Some(function) = &shape.function {
            self.function(node, function, scope, depth);
            return;
        }
        if shape.globals {
            let mut names = Vec::new();
            self.names_below(node, &mut names, 0);
            self.out.scopes[scope].globals.extend(names);
            return;
        }
        if let Some(call) = &shape.call {
            let lowered = self.call(node, scope, depth);
            self.out.calls.push(lowered.clone());
            if lowered.escapes {
                self.note_use(Expr::Call(lowered.clone()), node, scope, argument_of);
            }
            if call.callee.is_some() {
                if let Some(callee) = call.callee.of(node) {
                    self.visit_callee(callee, scope, depth + 1);
                }
            } else if let Some(object) = call.object.of(node) {
                self.visit(object, scope, depth + 1, None);
            }
            if let Some(arguments) = call.arguments.of(node) {
                self.visit_arguments(arguments, scope, depth + 1, &lowered);
            }
            return;
        }
        if let Some(name) = shape.mac {
            self.macro_call(node, name, scope, depth);
            return;
        }
        if let Some((object, member)) = shape.member {
            let lowered = self.lower(node, scope, depth);
            let last = member.of(node).map(|m| self.source(m)).unwrap_or_default();
            self.mention(lowered, last, node, scope, argument_of);
            if let Some(object) = object.of(node) {
                self.visit_callee(object, scope, depth + 1);
            }
            return;
        }
        if shape.name {
            let name = self.source(node);
            self.note_use(Expr::Name(name.clone()), node, scope, argument_of);
            self.mention(Expr::Name(name.clone()), name, node, scope, argument_of);
            return;
        }
        for binding in &shape.bindings {
            self.binding(node, binding, scope, depth);
        }
        if shape.unknown_binding {
            self.bind_unknown(node, scope);
        }
        if shape.returns {
            let value = match node.named_child_count() {
                0 => Expr::Unknown,
                1 => self.lower_child(node, scope, depth),
                _ => {
                    let children = named_children(node);
                    Expr::List(children.into_iter().map(|child| self.lower(child, scope, depth + 1)).collect())
                }
            };
            self.out.scopes[scope].returns.push(value);
        }
        let left: Vec<usize> = shape
            .bindings
            .iter()
            .flat_map(|binding| children_of(node, binding.left))
            .filter(|child| self.shapes.kind(child.kind_id()).name)
            .map(|child| child.id())
            .collect();
        let patterns: Vec<usize> = shape
            .bindings
            .iter()
            .flat_map(|binding| children_of(node, binding.left))
            .filter(|child| self.shapes.kind(child.kind_id()).taken_apart)
            .map(|child| child.id())
            .collect();
        let name = shape.named_argument.and_then(|(name, _)| name.of(node)).map(|n| n.id());
        let made = shape.declaration.and_then(|shape| self.declaration(node, shape, scope, depth));
        let mut for_tests = false;
        for child in named_children(node) {
            if self.shapes.kind(child.kind_id()).skipped {
                for_tests |= self.language.data.syntax.tests.contains(&self.source(child));
                continue;
            }
            let skip = std::mem::take(&mut for_tests);
            if skip
                || self.shapes.is_type(node, child)
                || left.contains(&child.id())
                || Some(child.id()) == name
                || Some(child.id()) == made
            {
                continue;
            }
            if patterns.contains(&child.id()) {
                self.visit_pattern(child, scope, depth + 1);
            } else {
                self.visit(child, scope, depth + 1, None);
            }
        }
        if shape.exports {
            self.exported(node, scope);
        }
    }

    /// A pattern names what it binds; only its defaults and the places it writes to are code.
    fn visit_pattern(&mut self, node: Node<'_>, scope: usize, depth: usize) {
        let shape = self.shapes.kind(node.kind_id());
        if shape.name || depth > DEEPEST {
            return;
        }
        if shape.member.is_some() || shape.subscript.is_some() || shape.call.is_some() || shape.function.is_some() {
            self.visit(node, scope, depth, None);
            return;
        }
        if let Some(default) = node.child_by_field_name("right") {
            self.visit(default, scope, depth + 1, None);
        }
        let parts = match node.child_by_field_name("value").or_else(|| node.child_by_field_name("left")) {
            Some(inner) => vec![inner],
            None => named_children(node),
        };
        for part in parts {
            self.visit_pattern(part, scope, depth + 1);
        }
    }

    /// Names that a declaration gives to other files: what they stand for may be used there.
    fn exported(&mut self, node: Node<'_>, scope: usize) {
        let Some(declaration) = node.child_by_field_name("declaration") else { return };
        for declarator in named_children(declaration) {
            let shape = self.shapes.kind(declarator.kind_id());
            let mut names = Vec::new();
            for left in shape.bindings.iter().flat_map(|binding| children_of(declarator, binding.left)) {
                self.names_below(left, &mut names, 0);
            }
            for name in names {
                let line = self.line(declarator);
                let what = Expr::Name(name);
                self.out.mentions.push(Mention { what: what.clone(), line, scope, argument_of: None });
                self.note_use(what, declarator, scope, None);
            }
        }
    }

    /// Modules that are imported only to be given on get names that no source can write.
    fn exported_again(&mut self, first: usize, node: Node<'_>, scope: usize) {
        let given: Vec<Import> = self.out.imports.get(first..).unwrap_or_default().to_vec();
        for import in given {
            let name = format!("export {}", import.target);
            self.out.imports.push(Import { name: Some(name.clone()), ..import });
            self.note_use(Expr::Name(name), node, scope, None);
        }
    }

    fn note_use(&mut self, what: Expr, node: Node<'_>, scope: usize, argument_of: Option<&Rc<Call>>) {
        if self.language.data.modules_are_values {
            let line = self.line(node);
            self.out.uses.push(Use { what, line, scope, argument_of: argument_of.cloned() });
        }
    }

    /// True when the value of a node goes neither to one name, nor to a member of it, nor to a call of it, nor away.
    fn escapes(&self, node: Node<'_>) -> bool {
        let mut node = node;
        while let Some(parent) = node.parent() {
            let shape = self.shapes.kind(parent.kind_id());
            if shape.transparent.is_some() && shape.member.is_none() && shape.call.is_none() {
                node = parent;
                continue;
            }
            let is = |field: Field| field.filled(parent).is_some_and(|child| child.id() == node.id());
            return match shape {
                shape if shape.member.is_some_and(|(object, _)| is(object)) => false,
                shape if shape.call.as_ref().is_some_and(|call| is(call.callee) || is(call.object)) => false,
                shape if !shape.bindings.is_empty() => !shape.bindings.iter().any(|binding| {
                    let followed = |left: Node<'_>| {
                        let kind = self.shapes.kind(left.kind_id());
                        kind.name || kind.taken_apart
                    };
                    !binding.assigns && is(binding.right) && children_of(parent, binding.left).into_iter().all(followed)
                }),
                shape => !shape.statement,
            };
        }
        false
    }

    /// A declaration whose type is of interest is a call of its constructor; the type's node, when it is.
    fn declaration(&mut self, node: Node<'_>, shape: (Field, Field), scope: usize, depth: usize) -> Option<usize> {
        let made = shape.0.filled(node)?;
        let callee = self.lower(made, scope, depth + 1);
        let (Expr::Name(last) | Expr::Member(_, last)) = &callee else { return None };
        if !self.language.is_interesting(last) {
            return None;
        }
        for declarator in children_of(node, shape.1) {
            let value = declarator.child_by_field_name("value");
            let arguments = match (declarator.kind(), value) {
                (_, Some(value)) if matches!(value.kind(), "argument_list" | "initializer_list") => {
                    named_children(value).into_iter().map(|v| self.lower(v, scope, depth + 1)).collect()
                }
                (_, Some(value)) => match self.lower(value, scope, depth + 1) {
                    Expr::Call(call) if call.callee == callee => Vec::new(),
                    _ => vec![Expr::Unknown],
                },
                // `std::ifstream in(path);` reads like the declaration of a function.
                ("function_declarator", None) => vec![Expr::Unknown],
                _ => Vec::new(),
            };
            let arguments = arguments.into_iter().map(|value| Argument { name: None, spread: false, value }).collect();
            let line = self.line(declarator);
            self.out.calls.push(Rc::new(Call { callee: callee.clone(), arguments, line, scope, escapes: false }));
        }
        Some(made.id())
    }

    /// Tokens that are not read as code: every name in them may be used in any way.
    fn tokens(&mut self, node: Node<'_>, scope: usize) {
        let text = self.source(node);
        if self.language.is_suspicious(&text) || self.language.is_suspicious(&text.replace("::", ".")) {
            let line = self.line(node);
            self.out.mentions.push(Mention { what: Expr::Unknown, line, scope, argument_of: None });
        }
        self.out.values.extend(identifiers(&text).map(str::to_owned));
    }

    fn visit_callee(&mut self, callee: Node<'_>, scope: usize, depth: usize) {
        let shape = self.shapes.kind(callee.kind_id());
        if shape.name || shape.skipped {
            return;
        }
        if let Some((object, _)) = shape.member {
            if let Some(object) = object.of(callee) {
                self.visit_callee(object, scope, depth + 1);
            }
            return;
        }
        if shape.callee_wrapper
            && let Some(inner) = shape.transparent.and_then(|field| field.of(callee))
        {
            self.visit_callee(inner, scope, depth + 1);
            return;
        }
        self.visit(callee, scope, depth, None);
    }

    fn visit_arguments(&mut self, arguments: Node<'_>, scope: usize, depth: usize, call: &Rc<Call>) {
        for argument in named_children(arguments) {
            self.visit(argument, scope, depth + 1, Some(call));
        }
    }

    fn mention(&mut self, what: Expr, last: String, node: Node<'_>, scope: usize, argument_of: Option<&Rc<Call>>) {
        if self.language.is_interesting(&last) {
            let line = self.line(node);
            self.out.mentions.push(Mention { what, line, scope, argument_of: argument_of.cloned() });
        }
        self.out.values.insert(last);
    }

    fn function(&mut self, node: Node<'_>, shape: &super::shapes::Function, outer: usize, depth: usize) {
        let scope = self.out.scopes.len();
        let index = self.out.functions.len();
        self.out.scopes.push(Scope { parent: Some(outer), function: Some(index), ..Scope::default() });
        let (name_node, parameters_node) = self.signature(node, shape);
        let name = name_node.map(|n| self.source(n)).unwrap_or_default();
        let open = shape.method || name.is_empty() || is_called_from_outside(node, &name);
        self.out.functions.push(FunctionInfo { name, scope, parameters: Vec::new(), open });
        if let Some(parameters) = parameters_node {
            self.parameters(parameters, index, scope, depth);
        }
        let skip = [name_node.map(|n| n.id()), parameters_node.map(|n| n.id())];
        for child in named_children(node) {
            if self.shapes.is_type(node, child) {
                continue;
            }
            if skip.contains(&Some(child.id())) || parameters_node.is_some_and(|p| contains(child, p)) {
                continue;
            }
            self.visit(child, scope, depth + 1, None);
        }
        if shape.value_body
            && let Some(body) = node.child_by_field_name("body")
            && body.kind() != "statement_block"
        {
            let value = self.lower(body, scope, depth + 1);
            self.out.scopes[scope].returns.push(value);
        }
    }

    /// The nodes of a function's name and parameters, looked for inside declarators (C).
    fn signature<'t>(&self, node: Node<'t>, shape: &super::shapes::Function) -> (Option<Node<'t>>, Option<Node<'t>>) {
        let mut name = shape.name.filled(node);
        let mut parameters = shape.parameters.filled(node);
        for _ in 0..8 {
            let Some(current) = name else { break };
            if self.shapes.kind(current.kind_id()).name {
                break;
            }
            parameters = parameters.or_else(|| current.child_by_field_name("parameters"));
            match current.child_by_field_name("declarator").or_else(|| current.child_by_field_name("name")) {
                Some(inner) => name = Some(inner),
                None => break,
            }
        }
        (name, parameters)
    }

    fn parameters(&mut self, node: Node<'_>, function: usize, scope: usize, depth: usize) {
        if self.shapes.kind(node.kind_id()).name {
            let name = self.source(node);
            self.parameter(function, scope, name, None);
            return;
        }
        for child in named_children(node) {
            let kind = child.kind();
            if kind == "self_parameter" {
                if let Some(info) = self.out.functions.get_mut(function) {
                    info.open = true;
                }
                continue;
            }
            if self.shapes.kind(child.kind_id()).name {
                let name = self.source(child);
                self.parameter(function, scope, name, None);
                continue;
            }
            let default = child.child_by_field_name("value").or_else(|| child.child_by_field_name("right"));
            let default = default.map(|value| {
                self.visit(value, 0, depth + 1, None);
                self.lower(value, 0, depth + 1)
            });
            let variadic = ["variadic", "splat", "rest", "spread"].iter().any(|word| kind.contains(word));
            let names: Vec<Node<'_>> = ["name", "pattern", "declarator", "left"]
                .iter()
                .map(|field| children_by_name(child, field))
                .find(|nodes| !nodes.is_empty())
                .unwrap_or_default();
            let simple = !variadic && !names.is_empty() && names.iter().all(|n| self.shapes.kind(n.kind_id()).name);
            if simple {
                for name in names {
                    let name = self.source(name);
                    self.parameter(function, scope, name, default.clone());
                }
            } else if kind == "typed_parameter"
                && let Some(first) = child.named_child(0)
                && self.shapes.kind(first.kind_id()).name
            {
                let name = self.source(first);
                self.parameter(function, scope, name, default);
            } else if let [pointer] = names.as_slice()
                && !variadic
                && let Some(name) = self.declared(*pointer)
            {
                self.parameter(function, scope, name, default);
            } else {
                self.parameter(function, scope, String::new(), None);
                self.bind_unknown(child, scope);
            }
        }
    }

    /// The name inside C declarators.
    fn declared(&self, node: Node<'_>) -> Option<String> {
        let mut node = node;
        for _ in 0..8 {
            if self.shapes.kind(node.kind_id()).name {
                return Some(self.source(node));
            }
            let inner = node.child_by_field_name("declarator");
            node = inner.or_else(|| (node.kind() == "reference_declarator").then(|| node.named_child(0)).flatten())?;
        }
        None
    }

    fn parameter(&mut self, function: usize, scope: usize, name: String, default: Option<Expr>) {
        let Some(info) = self.out.functions.get_mut(function) else { return };
        let place = info.parameters.len();
        info.parameters.push((name.clone(), default));
        if !name.is_empty() {
            self.out.scopes[scope].bound.entry(name).or_default().push(Bound::Parameter(place));
        }
    }

    fn binding(&mut self, node: Node<'_>, shape: &super::shapes::Binding, scope: usize, depth: usize) {
        let left = children_of(node, shape.left);
        let whole = shape.operator.is_empty()
            || node.child_by_field_name("operator").is_some_and(|o| self.source(o) == shape.operator);
        let right = match shape.right.filled(node) {
            Some(right) if whole => self.lower_binding_value(right, scope, depth),
            None if shape.empty => {
                for name in left {
                    let name = self.source(name);
                    self.out.scopes[scope].bound.entry(name).or_default().push(Bound::Empty);
                }
                return;
            }
            _ => Expr::Unknown,
        };
        match left.as_slice() {
            [one] => self.bind(*one, right, scope, shape.assigns, 0),
            many => {
                for (place, name) in many.iter().enumerate() {
                    let value = element(&right, place);
                    self.bind(*name, value, scope, shape.assigns, 0);
                }
            }
        }
    }

    fn lower_binding_value(&mut self, right: Node<'_>, scope: usize, depth: usize) -> Expr {
        if right.kind() == "preproc_arg" {
            return literal_of(self.source(right).trim());
        }
        self.lower(right, scope, depth + 1)
    }

    fn bind(&mut self, left: Node<'_>, right: Expr, scope: usize, assigns: bool, depth: usize) {
        let shape = self.shapes.kind(left.kind_id());
        if shape.name {
            let name = self.source(left);
            let bound = match right {
                _ if !assigns && self.can_change(left) => Bound::Unknown,
                Expr::Unknown => Bound::Unknown,
                value => Bound::Value(value, scope),
            };
            if assigns {
                self.assigned.push((scope, name, bound));
            } else {
                self.out.scopes[scope].bound.entry(name).or_default().push(bound);
            }
            return;
        }
        if let Some((object, _)) = shape.subscript
            && let Some(object) = object.of(left)
        {
            let changed = self.lower(object, scope, depth + 1);
            self.taint(&changed, scope);
        }
        // A member is no name; what binds by itself is visited by itself; a prototype binds nothing.
        if shape.member.is_some()
            || shape.subscript.is_some()
            || !shape.bindings.is_empty()
            || left.kind() == "function_declarator"
        {
            return;
        }
        let children = named_children(left);
        match left.kind() {
            _ if depth > 8 => self.bind_unknown(left, scope),
            "expression_list" | "pattern_list" | "tuple_pattern" | "left_assignment_list" => {
                if let [one] = children.as_slice()
                    && left.kind() != "tuple_pattern"
                {
                    self.bind(*one, right, scope, assigns, depth + 1);
                } else {
                    for (place, child) in children.into_iter().enumerate() {
                        self.bind(child, element(&right, place), scope, assigns, depth + 1);
                    }
                }
            }
            "object_pattern" => {
                for child in children {
                    let source = self.source(child);
                    let (key, target) = match child.kind() {
                        "pair_pattern" => (
                            child.child_by_field_name("key").map(|k| self.source(k)),
                            child.child_by_field_name("value"),
                        ),
                        "shorthand_property_identifier_pattern" => (Some(source), Some(child)),
                        _ => (None, None),
                    };
                    match (key, target) {
                        (Some(key), Some(target)) => {
                            let value = Expr::Member(Rc::new(right.clone()), key);
                            self.bind(target, value, scope, assigns, depth + 1);
                        }
                        _ => self.bind_unknown(child, scope),
                    }
                }
            }
            "tuple_struct_pattern" if children.len() == 2 => {
                self.bind(children[1], right, scope, assigns, depth + 1);
            }
            "mut_pattern"
            | "ref_pattern"
            | "reference_pattern"
            | "as_pattern_target"
            | "pointer_declarator"
            | "array_declarator"
            | "reference_declarator"
            | "parenthesized_declarator" => {
                match left.child_by_field_name("declarator").or_else(|| children.last().copied()) {
                    Some(inner) => self.bind(inner, right, scope, assigns, depth + 1),
                    None => self.bind_unknown(left, scope),
                }
            }
            _ => self.bind_unknown(left, scope),
        }
    }

    /// A buffer or an object of C that is not constant is written to through calls.
    fn can_change(&self, name: Node<'_>) -> bool {
        let mut above = name.parent();
        while let Some(node) = above {
            match node.kind() {
                "pointer_declarator" => return false,
                "declaration" => {
                    let mut cursor = node.walk();
                    let mut children = node.children(&mut cursor);
                    return !children.any(|c| c.kind() == "type_qualifier" && self.source(c).starts_with("const"));
                }
                "init_declarator" | "array_declarator" | "parenthesized_declarator" | "reference_declarator" => {
                    above = node.parent();
                }
                _ => return false,
            }
        }
        false
    }

    fn bind_unknown(&mut self, node: Node<'_>, scope: usize) {
        let mut names = Vec::new();
        self.names_below(node, &mut names, 0);
        for name in names {
            self.out.scopes[scope].bound.entry(name).or_default().push(Bound::Unknown);
        }
    }

    fn names_below(&self, node: Node<'_>, names: &mut Vec<String>, depth: usize) {
        let shape = self.shapes.kind(node.kind_id());
        if shape.name {
            names.push(self.source(node));
        }
        if depth < 12 && !shape.name && shape.member.is_none() && !shape.string {
            for child in named_children(node) {
                self.names_below(child, names, depth + 1);
            }
        }
    }

    fn call(&mut self, node: Node<'_>, scope: usize, depth: usize) -> Rc<Call> {
        if let Some(known) = self.lowered.get(&node.id()) {
            return known.clone();
        }
        let shapes = self.shapes;
        let is_macro = std::mem::take(&mut self.in_macro);
        let mut arguments = Vec::new();
        let mut callee = Expr::Unknown;
        if let Some(shape) = &shapes.kind(node.kind_id()).call {
            callee = if shape.callee.is_some() {
                shape.callee.of(node).map_or(Expr::Unknown, |n| self.lower(n, scope, depth + 1))
            } else {
                let name = shape.name.of(node).map(|n| self.source(n)).unwrap_or_default();
                match shape.object.of(node) {
                    Some(object) => Expr::Member(Rc::new(self.lower(object, scope, depth + 1)), name),
                    None => Expr::Name(name),
                }
            };
            if is_macro && let Expr::Name(name) | Expr::Member(_, name) = &mut callee {
                name.push('!');
            }
            let given = match shape.arguments.of(node) {
                // A template behind a name is its argument.
                Some(text) if shapes.kind(text.kind_id()).string => vec![text],
                Some(list) => named_children(list),
                None => Vec::new(),
            };
            for argument in given {
                if let Some(argument) = self.argument(argument, scope, depth + 1) {
                    arguments.push(argument);
                }
            }
        }
        let escapes = self.escapes(node);
        let call = Rc::new(Call { callee, arguments, line: self.line(node), scope, escapes });
        for argument in &call.arguments {
            if let Expr::Element(given, ADDRESS) = &argument.value
                && let Expr::Name(name) = given.as_ref()
            {
                self.assigned.push((scope, name.clone(), Bound::Value(Expr::Call(call.clone()), scope)));
            }
        }
        let mutators = &self.language.data.mutators;
        let changed = match &call.callee {
            Expr::Member(object, name) if mutators.contains(name) => Some(object.as_ref().clone()),
            Expr::Name(name) if mutators.contains(name) => call.arguments.first().map(|first| first.value.clone()),
            _ => None,
        };
        if let Some(changed) = changed {
            self.taint(&changed, scope);
        }
        self.lowered.insert(node.id(), call.clone());
        call
    }

    fn argument(&mut self, node: Node<'_>, scope: usize, depth: usize) -> Option<Argument> {
        let shape = self.shapes.kind(node.kind_id());
        if shape.skipped {
            return None;
        }
        if let Some((name, value)) = shape.named_argument {
            let name = name.of(node).map(|n| self.source(n));
            let value = value.of(node).map_or(Expr::Unknown, |v| self.lower(v, scope, depth + 1));
            return Some(Argument { name, spread: false, value });
        }
        if shape.spread {
            let value = self.lower_child(node, scope, depth);
            return Some(Argument { name: None, spread: true, value });
        }
        Some(Argument { name: None, spread: false, value: self.lower(node, scope, depth) })
    }

    fn lower_child(&mut self, node: Node<'_>, scope: usize, depth: usize) -> Expr {
        node.named_child(0).map_or(Expr::Unknown, |child| self.lower(child, scope, depth + 1))
    }

    fn lower(&mut self, node: Node<'_>, scope: usize, depth: usize) -> Expr {
        if depth > DEEPEST {
            return Expr::Unknown;
        }
        let shapes = self.shapes;
        let shape = shapes.kind(node.kind_id());
        if shape.string {
            return self.string(node, scope, depth);
        }
        if shape.call.is_some() {
            let call = self.call(node, scope, depth);
            if call.callee == Expr::Unknown && shape.list {
                return Expr::List(call.arguments.iter().map(|argument| argument.value.clone()).collect());
            }
            return Expr::Call(call);
        }
        if let Some((object, member)) = shape.member {
            let name = member.of(node).map(|m| self.source(m)).unwrap_or_default();
            return match object.of(node) {
                Some(object) => Expr::Member(Rc::new(self.lower(object, scope, depth + 1)), name),
                None => Expr::Name(name),
            };
        }
        if shape.name {
            return Expr::Name(self.source(node));
        }
        if let Some((object, index)) = shape.subscript {
            let object = object.of(node).map_or(Expr::Unknown, |n| self.lower(n, scope, depth + 1));
            let index = match index.is_some() {
                true => index.of(node),
                false => node.named_child(1),
            };
            let index = index.map_or(Expr::Unknown, |n| self.lower_index(n, scope, depth + 1));
            return Expr::Index(Rc::new(object), Rc::new(index));
        }
        let operator = node.child_by_field_name("operator").map(|o| self.source(o)).unwrap_or_default();
        if let Some(operand) = self.address_of(node, shape) {
            let operand = self.lower(operand, scope, depth + 1);
            return match operand {
                Expr::Name(_) => Expr::Element(Rc::new(operand), ADDRESS),
                other => other,
            };
        }
        if shape.concatenation.as_ref().is_some_and(|sign| *sign == operator) || shape.adjacent {
            return Expr::Concat(self.lower_all(node, scope, depth));
        }
        if shape.join.as_ref().is_some_and(|sign| *sign == operator) {
            return Expr::Joined(self.lower_all(node, scope, depth));
        }
        for (sign, fields) in &shape.alternatives {
            if !sign.is_empty() && *sign != operator {
                continue;
            }
            if fields.is_empty() {
                return Expr::Either(self.lower_all(node, scope, depth));
            }
            let parts: Vec<Node<'_>> = fields.iter().filter_map(|field| field.of(node)).collect();
            return Expr::Either(parts.into_iter().map(|part| self.lower(part, scope, depth + 1)).collect());
        }
        if let Some(name) = shape.mac {
            return self.lower_macro(node, name, scope, depth);
        }
        if shape.list {
            return match self.lower_all(node, scope, depth) {
                mut one if one.len() == 1 && shape.unwraps => one.pop().unwrap_or(Expr::Unknown),
                many => Expr::List(many),
            };
        }
        if let Some(function) = &shape.function {
            return self.lower_closure(node, function, scope, depth);
        }
        if shape.last_child {
            let last = named_children(node).into_iter().rev().find(|child| !child.is_extra());
            return last.map_or(Expr::Unknown, |child| self.lower(child, scope, depth + 1));
        }
        if let Some(field) = shape.transparent {
            return field.of(node).map_or(Expr::Unknown, |inner| self.lower(inner, scope, depth + 1));
        }
        Expr::Unknown
    }

    /// What an expression gives away to be written to.
    fn address_of<'t>(&self, node: Node<'t>, shape: &super::shapes::Kind) -> Option<Node<'t>> {
        let (sign, operand) = shape.address_of.as_ref()?;
        let operator = node.child_by_field_name("operator").map(|o| self.source(o)).unwrap_or_default();
        let mutable = sign == "mut" && named_children(node).iter().any(|child| child.kind() == "mutable_specifier");
        (*sign == operator || mutable).then(|| operand.of(node)).flatten()
    }

    /// From here on a name may have any value.
    fn taint(&mut self, expr: &Expr, scope: usize) {
        if let Expr::Name(name) = expr {
            self.assigned.push((scope, name.clone(), Bound::Unknown));
        }
    }

    /// A function without parameters stands for what it returns, where one of several values is asked for.
    fn lower_closure(&mut self, node: Node<'_>, shape: &super::shapes::Function, scope: usize, depth: usize) -> Expr {
        let mut names = Vec::new();
        if let Some(parameters) = shape.parameters.filled(node) {
            self.names_below(parameters, &mut names, 0);
        }
        match node.child_by_field_name("body") {
            Some(body) if names.is_empty() && shape.value_body => self.lower(body, scope, depth + 1),
            _ => Expr::Unknown,
        }
    }

    /// What stands between brackets: a plain number is kept as it is written.
    fn lower_index(&mut self, node: Node<'_>, scope: usize, depth: usize) -> Expr {
        let source = self.source(node);
        let is_number = !source.is_empty() && source.bytes().all(|b| b.is_ascii_digit());
        if is_number { Expr::Text(source) } else { self.lower(node, scope, depth) }
    }

    fn lower_all(&mut self, node: Node<'_>, scope: usize, depth: usize) -> Vec<Expr> {
        let children = named_children(node);
        children
            .into_iter()
            .filter(|child| !child.is_extra())
            .map(|child| self.lower(child, scope, depth + 1))
            .collect()
    }

    fn string(&mut self, node: Node<'_>, scope: usize, depth: usize) -> Expr {
        let children = named_children(node);
        if children.is_empty() {
            return literal_of(&self.source(node));
        }
        let mut parts: Vec<Expr> = Vec::new();
        for child in children {
            let kind = child.kind();
            let part = if kind.ends_with("content") || kind.ends_with("fragment") {
                // Escapes nested inside the content (Python) are children of it.
                if child.named_child_count() == 0 { Expr::Text(self.source(child)) } else { self.content(child) }
            } else if kind == "escape_sequence" {
                unescape(&self.source(child)).map_or(Expr::Unknown, Expr::Text)
            } else if kind == "interpolation" || kind == "template_substitution" || kind == "string_interpolation" {
                self.lower_child(child, scope, depth)
            } else {
                continue;
            };
            match (parts.last_mut(), part) {
                (Some(Expr::Text(before)), Expr::Text(text)) => before.push_str(&text),
                (_, part) => parts.push(part),
            }
        }
        match parts.len() {
            0 => Expr::Text(String::new()),
            1 => parts.pop().unwrap_or(Expr::Unknown),
            _ => Expr::Concat(parts),
        }
    }

    fn content(&self, node: Node<'_>) -> Expr {
        let whole = self.source(node);
        let mut text = String::new();
        let mut at = 0;
        for child in named_children(node) {
            let start = child.start_byte() - node.start_byte();
            let end = child.end_byte() - node.start_byte();
            let decoded = match child.kind() {
                "escape_sequence" => unescape(&self.source(child)),
                "escape_interpolation" => self.source(child).get(..1).map(str::to_owned),
                _ => None,
            };
            let (Some(before), Some(decoded)) = (whole.get(at..start), decoded) else { return Expr::Unknown };
            text.push_str(before);
            text.push_str(&decoded);
            at = end;
        }
        text.push_str(whole.get(at..).unwrap_or_default());
        Expr::Text(text)
    }

    /// Arguments of a macro are tokens for the grammar: they are read again as the arguments of a call.
    fn macro_call(&mut self, node: Node<'_>, name: Field, scope: usize, depth: usize) {
        let Some(tokens) = macro_tokens(node) else { return };
        let inner = self.inner_tokens(tokens);
        let name = name.of(node).map(|n| self.source(n)).unwrap_or_default();
        let interesting = self.language.is_interesting(&format!("{name}!"));
        let line = self.line(tokens);
        if !interesting && !inner.contains('(') && !inner.contains('!') {
            self.tokens(tokens, scope);
            return;
        }
        let understood = self.with_tokens(&name, &inner, line, |builder, call| {
            let lowered = builder.call(call, scope, depth + 1);
            builder.out.calls.push(lowered.clone());
            if let Some(arguments) = call.child_by_field_name("arguments") {
                builder.visit_arguments(arguments, scope, depth + 1, &lowered);
            }
        });
        if understood.is_none() {
            self.tokens(tokens, scope);
        }
    }

    fn lower_macro(&mut self, node: Node<'_>, name: Field, scope: usize, depth: usize) -> Expr {
        let Some(tokens) = macro_tokens(node) else { return Expr::Unknown };
        let inner = self.inner_tokens(tokens);
        let name = name.of(node).map(|n| self.source(n)).unwrap_or_default();
        let line = self.line(tokens);
        self.with_tokens(&name, &inner, line, |builder, call| Expr::Call(builder.call(call, scope, depth + 1)))
            .unwrap_or(Expr::Unknown)
    }

    fn inner_tokens(&self, tokens: Node<'_>) -> String {
        let text = self.source(tokens);
        text.get(1..text.len().saturating_sub(1)).unwrap_or_default().to_owned()
    }

    fn with_tokens<T>(
        &mut self,
        name: &str,
        inner: &str,
        line: usize,
        read: impl FnOnce(&mut Self, Node<'_>) -> T,
    ) -> Option<T> {
        let source = format!("fn m() {{ {name}({inner}\n); }}");
        let tree = self.parser.parse(&source, None)?;
        let root = tree.root_node();
        if root.has_error() {
            return None;
        }
        let mut node = root;
        while node.kind() != "call_expression" {
            node = match node.kind() {
                "function_item" => node.child_by_field_name("body")?,
                _ => node.named_child(0)?,
            };
        }
        let text = std::mem::replace(&mut self.text, Rc::from(source.as_str()));
        let first_line = std::mem::replace(&mut self.first_line, line);
        let lowered = std::mem::take(&mut self.lowered);
        self.in_macro = true;
        let result = read(self, node);
        self.text = text;
        self.first_line = first_line;
        self.lowered = lowered;
        Some(result)
    }
}

/// Marks an argument that is the address of a name.
pub(super) const ADDRESS: usize = usize::MAX;

fn macro_tokens(node: Node<'_>) -> Option<Node<'_>> {
    named_children(node).into_iter().find(|child| child.kind() == "token_tree")
}

/// Whether code that is not seen may call a function: a method that implements a trait, an exported Go method, anything
/// in a class, anything with a decorator.
fn is_called_from_outside(node: Node<'_>, name: &str) -> bool {
    if node.kind() == "method_declaration" && node.child_by_field_name("receiver").is_some() {
        return name.starts_with(|c: char| c.is_uppercase());
    }
    let mut above = node.parent();
    while let Some(parent) = above {
        match parent.kind() {
            "export_statement" => {
                let mut cursor = parent.walk();
                return parent.children(&mut cursor).any(|child| child.kind() == "default");
            }
            "decorated_definition" | "class_definition" | "class_body" | "trait_item" => return true,
            "class_specifier" | "struct_specifier" => {
                return named_children(parent).iter().any(|child| child.kind() == "base_class_clause");
            }
            "impl_item" => return parent.child_by_field_name("trait").is_some(),
            "declaration_list" | "block" | "field_declaration_list" => above = parent.parent(),
            _ => return false,
        }
    }
    false
}

fn contains(outer: Node<'_>, inner: Node<'_>) -> bool {
    outer.start_byte() <= inner.start_byte() && inner.end_byte() <= outer.end_byte()
}

fn element(value: &Expr, place: usize) -> Expr {
    match value {
        Expr::List(items) => items.get(place).cloned().unwrap_or(Expr::Unknown),
        Expr::Unknown => Expr::Unknown,
        other => Expr::Element(Rc::new(other.clone()), place),
    }
}

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

/// A literal without inner structure: what stands between its quotes.
fn literal_of(source: &str) -> Expr {
    let Some(open) = source.find(['"', '\'', '`']) else { return Expr::Unknown };
    let body = source.get(open..).unwrap_or_default();
    let mut characters = body.chars();
    let (first, last) = (characters.next(), characters.next_back());
    let inner = characters.as_str();
    if first != last || inner.contains('\\') || first.is_some_and(|quote| inner.contains(quote)) {
        return Expr::Unknown;
    }
    Expr::Text(inner.to_owned())
}

fn unescape(sequence: &str) -> Option<String> {
    let escaped = sequence.strip_prefix('\\')?;
    let text = match escaped {
        "n" => "\n",
        "t" => "\t",
        "r" => "\r",
        "0" => "\0",
        "\\" | "\"" | "'" | "/" | "`" | "$" => escaped,
        _ => return None,
    };
    Some(text.to_owned())
}

/// The identifiers of a text, read as bytes.
pub(super) fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).filter(|word| !word.is_empty())
}
