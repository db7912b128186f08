//! Arguments of macros, which are tokens for the grammar, read again as the arguments of a call.

use super::{Builder, Expr, named_children};
use crate::programs::shapes::Field;
use std::rc::Rc;
use tree_sitter::Node;

impl Builder<'_> {
    /// Arguments of a macro are tokens for the grammar: they are read again as the arguments of a call.
    pub(super) fn macro_call(&mut self, node: Node<'_>, name: Field, scope: usize, depth: usize) {
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

    pub(super) fn lower_macro(&mut self, node: Node<'_>, name: Field, scope: usize, depth: usize) -> Expr {
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

fn macro_tokens(node: Node<'_>) -> Option<Node<'_>> {
    named_children(node).into_iter().find(|child| child.kind() == "token_tree")
}
