//! An expression of a syntax tree to the one shape that all languages share.

use super::{ADDRESS, Argument, Bound, Builder, Call, DEEPEST, Expr, named_children};
use std::rc::Rc;
use tree_sitter::Node;

impl Builder<'_> {
    pub(super) fn call(&mut self, node: Node<'_>, scope: usize, depth: usize) -> Rc<Call> {
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

    pub(super) fn lower_child(&mut self, node: Node<'_>, scope: usize, depth: usize) -> Expr {
        node.named_child(0).map_or(Expr::Unknown, |child| self.lower(child, scope, depth + 1))
    }

    pub(super) fn lower(&mut self, node: Node<'_>, scope: usize, depth: usize) -> Expr {
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
    pub(super) fn address_of<'t>(&self, node: Node<'t>, shape: &super::super::shapes::Kind) -> Option<Node<'t>> {
        let (sign, operand) = shape.address_of.as_ref()?;
        let operator = node.child_by_field_name("operator").map(|o| self.source(o)).unwrap_or_default();
        let mutable = sign == "mut" && named_children(node).iter().any(|child| child.kind() == "mutable_specifier");
        (*sign == operator || mutable).then(|| operand.of(node)).flatten()
    }

    /// A function without parameters stands for what it returns, where one of several values is asked for.
    fn lower_closure(
        &mut self,
        node: Node<'_>,
        shape: &super::super::shapes::Function,
        scope: usize,
        depth: usize,
    ) -> Expr {
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
}
