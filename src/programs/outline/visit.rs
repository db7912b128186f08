//! A walk over a syntax tree that notes its calls, names and uses.

use super::{Builder, Call, DEEPEST, Expr, Import, Mention, Use, children_of, identifiers, named_children};
use crate::programs::shapes::Field;
use crate::programs::shapes::Kind;
use crate::programs::{imports, shapes};
use std::rc::Rc;
use tree_sitter::Node;

impl Builder<'_> {
    pub(super) fn visit(&mut self, node: Node<'_>, scope: usize, depth: usize, argument_of: Option<&Rc<Call>>) {
        if depth > DEEPEST {
            let line = self.line(node);
            self.out.broken.get_or_insert(line);
            return;
        }
        let shape = self.shapes.kind(node.kind_id());
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
            self.visit_import(node, shape, scope);
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
            self.visit_call(node, call, scope, depth, argument_of);
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
            let value = self.returned(node, scope, depth);
            self.out.scopes[scope].returns.push(value);
        }
        self.visit_children(node, shape, scope, depth);
        if shape.exports {
            self.exported(node, scope);
        }
    }

    /// What a node holds, but for names that are not used there: those that it binds, types, names of arguments.
    fn visit_children(&mut self, node: Node<'_>, shape: &Kind, scope: usize, depth: usize) {
        let bound: Vec<usize> =
            shape.bindings.iter().flat_map(|binding| children_of(node, binding.left)).map(|child| child.id()).collect();
        let name = shape.named_argument.and_then(|(name, _)| name.of(node)).map(|n| n.id());
        let made = shape.declaration.and_then(|shape| self.declaration(node, shape, scope, depth));
        let mut for_tests = false;
        for child in named_children(node) {
            if self.shapes.kind(child.kind_id()).skipped {
                for_tests |= self.language.data.syntax.tests.contains(&self.source(child));
                continue;
            }
            let skip = std::mem::take(&mut for_tests);
            let kind = self.shapes.kind(child.kind_id());
            let is_bound = bound.contains(&child.id());
            if skip
                || self.shapes.is_type(node, child)
                || is_bound && kind.name
                || Some(child.id()) == name
                || Some(child.id()) == made
            {
                continue;
            }
            if is_bound && kind.taken_apart {
                self.visit_pattern(child, scope, depth + 1);
            } else {
                self.visit(child, scope, depth + 1, None);
            }
        }
    }

    fn returned(&mut self, node: Node<'_>, scope: usize, depth: usize) -> Expr {
        match node.named_child_count() {
            0 => Expr::Unknown,
            1 => self.lower_child(node, scope, depth),
            _ => {
                let children = named_children(node);
                Expr::List(children.into_iter().map(|child| self.lower(child, scope, depth + 1)).collect())
            }
        }
    }

    fn visit_import(&mut self, node: Node<'_>, shape: &Kind, scope: usize) {
        let text = self.text.clone();
        let before = self.out.imports.len();
        imports::imports(self.language.data.layout, node, &text, &mut self.out.imports);
        if shape.exports {
            self.exported_again(before, node, scope);
        }
    }

    fn visit_call(
        &mut self,
        node: Node<'_>,
        shape: &shapes::Call,
        scope: usize,
        depth: usize,
        argument_of: Option<&Rc<Call>>,
    ) {
        let lowered = self.call(node, scope, depth);
        self.out.calls.push(lowered.clone());
        if lowered.escapes {
            self.note_use(Expr::Call(lowered.clone()), node, scope, argument_of);
        }
        if shape.callee.is_some() {
            if let Some(callee) = shape.callee.of(node) {
                self.visit_callee(callee, scope, depth + 1);
            }
        } else if let Some(object) = shape.object.of(node) {
            self.visit(object, scope, depth + 1, None);
        }
        if let Some(arguments) = shape.arguments.of(node) {
            self.visit_arguments(arguments, scope, depth + 1, &lowered);
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
    pub(super) fn escapes(&self, node: Node<'_>) -> bool {
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

    /// Tokens that are not read as code: every name in them may be used in any way.
    pub(super) fn tokens(&mut self, node: Node<'_>, scope: usize) {
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

    pub(super) fn visit_arguments(&mut self, arguments: Node<'_>, scope: usize, depth: usize, call: &Rc<Call>) {
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
}

pub(super) fn contains(outer: Node<'_>, inner: Node<'_>) -> bool {
    outer.start_byte() <= inner.start_byte() && inner.end_byte() <= outer.end_byte()
}
