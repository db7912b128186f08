//! Words of texts that may stand for a package: in settings and commands, and in sources of a language whose modules have other
//! names than their packages.

use std::collections::BTreeSet;

/// The words of a text that may name a module, a command or a package. What stands behind a dot is a part of another name, or
/// the ending of a file.
pub(super) fn of_text(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut before = ' ';
    for piece in text.split_inclusive(|c: char| !is_part(c)) {
        let end = piece.trim_end_matches(|c: char| !is_part(c));
        let word = end.trim_matches('-');
        if before != '.' && !word.is_empty() {
            found.insert(word);
            // `python -mpytest`
            if let Some(module) = end.strip_prefix("-m").filter(|_| !end.starts_with("--")) {
                found.insert(module);
            }
        }
        before = piece.chars().next_back().unwrap_or(' ');
    }
    found
}

/// What a source of Python names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// Modules that it imports, with dots; those of the own package begin with one.
    pub(super) modules: BTreeSet<String>,
    /// Texts in quotes.
    pub(super) texts: Vec<String>,
}

/// What stands in import statements and in quotes of a source of Python.
pub(super) fn of_python(source: &str) -> Named {
    let (code, texts) = code_and_texts(source);
    let mut modules = BTreeSet::new();
    for statement in code.replace("\\\n", " ").split(['\n', ';']) {
        let statement = statement.trim();
        // `try: import x` on one line.
        let statement = statement.rsplit_once(": ").map_or(statement, |(_, rest)| rest).trim();
        if let Some(rest) = statement.strip_prefix("import ") {
            let names = rest.split(',').filter_map(|name| name.split_whitespace().next());
            modules.extend(names.map(str::to_owned));
        } else if let Some((module, names)) = statement.strip_prefix("from ").and_then(|rest| rest.split_once("import"))
        {
            let module = module.trim();
            modules.insert(module.to_owned());
            // A module of a package may be what is imported.
            let names = names.split([',', '(', ')']).filter_map(|name| name.split_whitespace().next());
            let dot = if module.ends_with('.') { "" } else { "." };
            modules.extend(names.map(|name| format!("{module}{dot}{name}")));
        }
    }
    Named { modules, texts }
}

/// The words in the texts of a source that may be a module, a path or a command: of a single word all, of a sentence those with
/// which a command begins.
pub(super) fn of_texts(texts: &[String]) -> BTreeSet<&str> {
    /// Words of a command that may come before the name of a tool (`python -m`, `poetry run`, `exec`).
    const FIRST: usize = 4;
    let mut found = BTreeSet::new();
    for text in texts {
        if !text.trim().contains(char::is_whitespace) {
            found.extend(of_text(text));
            continue;
        }
        for command in text.split(['\n', ';', '&', '|', '(', '`']) {
            found.extend(command.split_whitespace().take(FIRST).flat_map(of_text));
        }
    }
    found
}

/// A source of Python without comments and texts, and its texts.
fn code_and_texts(source: &str) -> (String, Vec<String>) {
    let (mut code, mut texts) = (String::new(), Vec::new());
    let mut rest = source;
    while let Some(at) = rest.find(['#', '"', '\'']) {
        code.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('#') {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
            continue;
        }
        let quote = &rest[..1];
        let long = rest.starts_with(&quote.repeat(3));
        let mark = if long { quote.repeat(3) } else { quote.to_owned() };
        let inside = &rest[mark.len()..];
        let (text, after) = until(inside, &mark, long);
        texts.push(text.to_owned());
        code.push_str("\"\"");
        rest = after;
    }
    code.push_str(rest);
    (code, texts)
}

/// A text up to the mark that ends it, and what follows; one in single quotes ends with its line at the latest.
fn until<'t>(text: &'t str, mark: &str, long: bool) -> (&'t str, &'t str) {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if !long => return (&text[..at], &text[at..]),
            _ if text[at..].starts_with(mark) => return (&text[..at], &text[at + mark.len()..]),
            _ => {}
        }
    }
    (text, "")
}

/// True when a text calls one of `loaders` with a name that it computes, other than one below a module of its own.
pub(super) fn computes_a_module(source: &str, loaders: &[String]) -> bool {
    let calls = loaders.iter().flat_map(|loader| {
        let whole = move |at: &usize| !source[..*at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let ends = source.match_indices(loader.as_str()).map(|(at, _)| at).filter(whole);
        ends.map(move |at| (at, &source[at + loader.len()..]))
    });
    calls.filter_map(|(at, rest)| Some((at, rest.trim_start().strip_prefix('(')?.trim_start()))).any(
        |(at, argument)| {
            if source[..at].trim_end().ends_with("def") || argument.starts_with(')') {
                return false;
            }
            let own = ["__name__", "__package__", "__spec__"];
            let literal = argument.trim_start_matches(['f', 'r', 'b', 'F', 'R', 'B']);
            let Some(quote) = literal.chars().next().filter(|c| "'\"".contains(*c)) else {
                return !own.iter().any(|name| argument.starts_with(name));
            };
            let (text, after) = literal[1..].split_once(quote).unwrap_or((&literal[1..], ""));
            let computed = text.contains('{') || text.contains('%') || after.trim_start().starts_with(['+', '%', '.']);
            let fixed = text.split(['{', '%']).next().unwrap_or_default();
            computed && !fixed.contains('.') && !own.iter().any(|name| text.starts_with(&format!("{{{name}")))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_settings_and_commands() {
        for (text, has, not) in [
            ("python -m pytest tests", "pytest", "x"),
            ("python -mpytest", "pytest", "x"),
            ("[\"debug_toolbar.middleware.M\"]", "debug_toolbar", "middleware"),
            ("main.py", "main", "py"),
            ("app: /srv/.venv/bin/ipython", "ipython", "venv"),
            ("- pytest-cov", "pytest-cov", "pytest"),
            ("a.b.black", "a", "black"),
        ] {
            let found = of_text(text);
            assert!(found.contains(has) && !found.contains(not), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_a_source_of_python_names() {
        let source = "import os, a.b as c\nfrom d.e import f\nfrom . import tests\nfrom .x import (y,\n  z)\ntry: import g\nexcept ImportError: pass\n\
            # import h\nx = 'import i'; import j\ny = \"\"\"import k\nfrom l import m\n\"\"\"\nfrom n \\\n  import o\nimportant = 1\nz = 'it\\'s'\n";
        let found = of_python(source);
        let modules: Vec<&str> = found.modules.iter().map(String::as_str).collect();
        assert_eq!(modules, [".", ".tests", ".x", ".x.y", "a.b", "d.e", "d.e.f", "g", "j", "n", "n.o", "os"]);
        assert_eq!(found.texts, ["import i", "import k\nfrom l import m\n", "it\\'s"]);
        assert_eq!(of_python("x = 'open\nimport a\n").modules.len(), 1);
        assert_eq!(of_python("'''open"), Named { texts: vec!["open".to_owned()], ..Named::default() });
    }

    #[test]
    fn words_in_quotes() {
        let texts = ["debug_toolbar.x", "python -m pytest -q", "The result of the coverage", "cd /app && black ."];
        let texts = texts.map(str::to_owned);
        let found = of_texts(&texts);
        for word in ["debug_toolbar", "pytest", "black"] {
            assert!(found.contains(word), "{word}");
        }
        assert!(!found.contains("coverage"));
    }

    #[test]
    fn modules_of_computed_names_in_python() {
        let loaders = ["import_module".to_owned(), "__import__".to_owned()];
        for (text, computed) in [
            ("import_module(name)", true),
            ("importlib.import_module(f'{kind}_plugin')", true),
            ("__import__(settings.X)", true),
            ("import_module('x_' + kind)", true),
            ("import_module('%s.models' % app)", true),
            ("import_module('app.models')", false),
            ("import_module(f'app.plugins.{name}')", false),
            ("import_module(f\"{__name__}.{x}\")", false),
            ("import_module(__package__ + '.x')", false),
            ("def import_module(name):", false),
            ("from importlib import import_module\n", false),
            ("my_import_module(name)", false),
        ] {
            assert_eq!(computes_a_module(text, &loaders), computed, "{text}");
        }
    }
}
