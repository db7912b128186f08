//! Literals of a syntax tree to the texts that they stand for.

use super::{Builder, Expr, named_children};
use tree_sitter::Node;

impl Builder<'_> {
    pub(super) fn string(&mut self, node: Node<'_>, scope: usize, depth: usize) -> Expr {
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
}

/// A literal without inner structure: what stands between its quotes.
pub(super) fn literal_of(source: &str) -> Expr {
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
