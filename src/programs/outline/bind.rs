//! What names are bound to: declarations, assignments, parameters of functions.

use super::text::literal_of;
use super::visit::contains;
use super::{Argument, Bound, Builder, Call, Expr, FunctionInfo, Scope, children_by_name, children_of, named_children};
use crate::programs::shapes::Field;
use std::rc::Rc;
use tree_sitter::Node;

impl Builder<'_> {
    /// A declaration whose type is of interest is a call of its constructor; the type's node, when it is.
    pub(super) fn declaration(
        &mut self,
        node: Node<'_>,
        shape: (Field, Field),
        scope: usize,
        depth: usize,
    ) -> Option<usize> {
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

    pub(super) fn function(
        &mut self,
        node: Node<'_>,
        shape: &super::super::shapes::Function,
        outer: usize,
        depth: usize,
    ) {
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
    fn signature<'t>(
        &self,
        node: Node<'t>,
        shape: &super::super::shapes::Function,
    ) -> (Option<Node<'t>>, Option<Node<'t>>) {
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

    pub(super) fn binding(
        &mut self,
        node: Node<'_>,
        shape: &super::super::shapes::Binding,
        scope: usize,
        depth: usize,
    ) {
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

    pub(super) fn bind_unknown(&mut self, node: Node<'_>, scope: usize) {
        let mut names = Vec::new();
        self.names_below(node, &mut names, 0);
        for name in names {
            self.out.scopes[scope].bound.entry(name).or_default().push(Bound::Unknown);
        }
    }

    pub(super) fn names_below(&self, node: Node<'_>, names: &mut Vec<String>, depth: usize) {
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

    /// From here on a name may have any value.
    pub(super) fn taint(&mut self, expr: &Expr, scope: usize) {
        if let Expr::Name(name) = expr {
            self.assigned.push((scope, name.clone(), Bound::Unknown));
        }
    }
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

fn element(value: &Expr, place: usize) -> Expr {
    match value {
        Expr::List(items) => items.get(place).cloned().unwrap_or(Expr::Unknown),
        Expr::Unknown => Expr::Unknown,
        other => Expr::Element(Rc::new(other.clone()), place),
    }
}
