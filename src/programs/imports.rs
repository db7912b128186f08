//! Import statements of each dialect, as pairs of what is brought in and the name it gets.

use super::language::Layout;
use super::outline::{Import, named_children};
use tree_sitter::Node;

/// Reads one import statement.
pub(super) fn imports(layout: Layout, node: Node<'_>, text: &str, out: &mut Vec<Import>) {
    let reader = Reader { text, line: node.start_position().row + 1 };
    match layout {
        Layout::Go => reader.go(node, out),
        Layout::Python => reader.python(node, out),
        Layout::Node => reader.node(node, out),
        Layout::Rust => reader.rust(node, out),
        Layout::Java => reader.java(node, out),
        Layout::C => reader.c(node, out),
    }
}

struct Reader<'a> {
    text: &'a str,
    line: usize,
}

impl Reader<'_> {
    fn source(&self, node: Node<'_>) -> &str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn field(&self, node: Node<'_>, name: &str) -> Option<&str> {
        node.child_by_field_name(name).map(|n| self.source(n))
    }

    fn import(&self, target: impl Into<String>, name: Option<&str>) -> Import {
        Import { target: target.into(), name: name.map(str::to_owned), line: self.line }
    }

    fn go(&self, node: Node<'_>, out: &mut Vec<Import>) {
        let Some(path) = self.field(node, "path") else { return };
        let path = unquoted(path);
        match self.field(node, "name") {
            Some("_") => out.push(self.import(path, None)),
            Some(".") => out.push(self.import(path, Some("*"))),
            Some(name) => out.push(self.import(path, Some(name))),
            None => out.extend(go_names(path).into_iter().map(|name| self.import(path, Some(name)))),
        }
    }

    fn python(&self, node: Node<'_>, out: &mut Vec<Import>) {
        let module = node.child_by_field_name("module_name");
        let module_text = module.map(|m| self.source(m).replace(char::is_whitespace, ""));
        for child in named_children(node) {
            if Some(child.id()) == module.map(|m| m.id()) {
                continue;
            }
            let (name, alias) = match child.kind() {
                "aliased_import" => (self.field(child, "name").unwrap_or_default(), self.field(child, "alias")),
                "wildcard_import" => ("*", None),
                _ => (self.source(child), None),
            };
            match (&module_text, alias) {
                (Some(module), _) if name == "*" => out.push(self.import(module.clone(), Some("*"))),
                (Some(module), alias) => {
                    let target =
                        if module.ends_with('.') { format!("{module}{name}") } else { format!("{module}.{name}") };
                    out.push(self.import(target, Some(alias.unwrap_or(name))));
                }
                (None, Some(alias)) => out.push(self.import(name, Some(alias))),
                (None, None) => {
                    let first = name.split('.').next().unwrap_or(name);
                    out.push(self.import(first, Some(first)));
                    if first != name {
                        out.push(self.import(name, None));
                    }
                }
            }
        }
    }

    fn node(&self, node: Node<'_>, out: &mut Vec<Import>) {
        let children = named_children(node);
        let required = children.iter().find(|child| child.kind() == "import_require_clause");
        let source = node.child_by_field_name("source").or_else(|| required?.child_by_field_name("source"));
        let Some(source) = source else { return };
        let module = unquoted(self.source(source)).trim_start_matches("node:").to_owned();
        out.push(self.import(module.clone(), None));
        if let Some(clause) = required {
            let name = clause.named_child(0).map(|n| self.source(n));
            out.push(self.import(module.clone(), name));
        }
        for clause in children.iter().filter(|child| child.kind() == "import_clause") {
            for part in named_children(*clause) {
                match part.kind() {
                    "identifier" => out.push(self.import(module.clone(), Some(self.source(part)))),
                    "namespace_import" => {
                        let name = part.named_child(0).map(|n| self.source(n));
                        out.push(self.import(module.clone(), name));
                    }
                    _ => {
                        for specifier in named_children(part) {
                            let Some(name) = self.field(specifier, "name") else { continue };
                            let alias = self.field(specifier, "alias").unwrap_or(name);
                            let target = if name == "default" { module.clone() } else { format!("{module}.{name}") };
                            out.push(self.import(target, Some(alias)));
                        }
                    }
                }
            }
        }
    }

    fn rust(&self, node: Node<'_>, out: &mut Vec<Import>) {
        if node.kind() == "extern_crate_declaration" {
            if let Some(name) = self.field(node, "name") {
                out.push(self.import(name, Some(self.field(node, "alias").unwrap_or(name))));
            }
        } else if let Some(tree) = node.child_by_field_name("argument") {
            self.use_tree(tree, "", out, 0);
        }
    }

    fn use_tree(&self, node: Node<'_>, prefix: &str, out: &mut Vec<Import>, depth: usize) {
        if depth > 16 {
            return;
        }
        let join = |path: &str| match (prefix, path) {
            ("", path) => path.to_owned(),
            (prefix, "self") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}::{path}"),
        };
        match node.kind() {
            "use_as_clause" => {
                let target = join(self.field(node, "path").unwrap_or_default());
                out.push(self.import(target, self.field(node, "alias")));
            }
            "use_list" => named_children(node).into_iter().for_each(|n| self.use_tree(n, prefix, out, depth + 1)),
            "scoped_use_list" => {
                let prefix = join(self.field(node, "path").unwrap_or_default());
                if let Some(list) = node.child_by_field_name("list") {
                    self.use_tree(list, &prefix, out, depth + 1);
                }
            }
            "use_wildcard" => {
                let path = named_children(node).first().map(|n| self.source(*n)).unwrap_or_default();
                out.push(self.import(join(path), Some("*")));
            }
            _ => {
                let target = join(self.source(node));
                let name = target.rsplit("::").next().unwrap_or_default().to_owned();
                out.push(self.import(target, Some(&name)));
            }
        }
    }

    fn java(&self, node: Node<'_>, out: &mut Vec<Import>) {
        let children = named_children(node);
        let Some(path) = children.first().map(|n| self.source(*n)) else { return };
        let all = children.iter().any(|child| child.kind() == "asterisk");
        let name = if all { "*" } else { path.rsplit('.').next().unwrap_or(path) };
        out.push(self.import(path, Some(name)));
    }

    fn c(&self, node: Node<'_>, out: &mut Vec<Import>) {
        let Some(path) = self.field(node, "path") else { return };
        let target = path.trim_matches(['<', '>']).to_owned();
        out.push(self.import(target, None));
    }
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '\'', '`'])
}

/// Names that a Go package may have when the import gives none: the last part of its path, without version and the
/// prefixes and suffixes that repositories put around a package's name.
fn go_names(path: &str) -> Vec<&str> {
    let is_version =
        |part: &str| part.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let mut parts = path.rsplit('/').filter(|part| !is_version(part));
    let last = parts.next().unwrap_or(path);
    let last = last.rsplit_once(".v").map_or(last, |(name, _)| name);
    let mut names = vec![last];
    let trimmed = last.strip_prefix("go-").unwrap_or(last);
    let trimmed = trimmed.strip_suffix("-go").or_else(|| trimmed.strip_suffix(".go")).unwrap_or(trimmed);
    if trimmed != last {
        names.push(trimmed);
    }
    if let Some((_, tail)) = last.rsplit_once('-') {
        names.push(tail);
    }
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::go_names;

    #[test]
    fn go_packages_are_named_without_version_and_decoration() {
        for (path, name) in [
            ("net/http", "http"),
            ("github.com/labstack/echo/v4", "echo"),
            ("gopkg.in/yaml.v3", "yaml"),
            ("github.com/mattn/go-sqlite3", "sqlite3"),
            ("github.com/nats-io/nats.go", "nats"),
        ] {
            assert!(go_names(path).contains(&name), "{path}");
        }
    }
}
