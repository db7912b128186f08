//! Which packages the files of a project name: as imports, as words of text, as commands of scripts.

use crate::facts::development::Runners;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Words after which the name of a module stands in quotes.
const BEFORE: [&str; 3] = ["from", "import", "require"];

/// The packages that a text imports: the first part of every module that is no path (`@scope/name/file` is `@scope/name`).
/// What only types need is not loaded, and left out.
pub(super) fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in BEFORE {
        for (at, _) in text.match_indices(word) {
            let rest = text[at + word.len()..].trim_start_matches([' ', '(', '\n', '\t', '\r']);
            let rest = rest.strip_prefix(".resolve(").unwrap_or(rest);
            let Some(quote) = rest.chars().next().filter(|c| "'\"`".contains(*c)) else { continue };
            let module = rest[1..].split(quote).next().unwrap_or_default();
            let is_name = !module.is_empty() && !module.contains(char::is_whitespace) && module.len() < 200;
            if is_name && !module.starts_with(['.', '/']) && !(word == "from" && is_of_types(&text[..at])) {
                found.insert(package_of(module).to_owned());
            }
        }
    }
    found
}

/// True when the statement that ends with `from` imports or exports types alone.
fn is_of_types(before: &str) -> bool {
    let start = before.rfind("import").max(before.rfind("export"));
    start.is_some_and(|start| {
        let statement = &before[start + "import".len()..];
        statement.trim_start().starts_with("type ") && !statement.contains([';', '\'', '"'])
    })
}

/// The package of a module's name.
pub(super) fn package_of(module: &str) -> &str {
    let parts = if module.starts_with('@') { 2 } else { 1 };
    let end = module.match_indices('/').nth(parts - 1).map_or(module.len(), |(at, _)| at);
    &module[..end]
}

/// True when a text loads a module whose name it computes, other than a file beside it.
pub(crate) fn computes_a_module(text: &str) -> bool {
    ["require(", "import("].iter().flat_map(|call| text.match_indices(call).map(|(at, call)| at + call.len())).any(
        |at| {
            let rest = text[at..].trim_start();
            let own = ["./", "../", "/", "file:"];
            match rest.chars().next() {
                Some(quote @ ('\'' | '"')) => {
                    // What is joined to a name is another name.
                    let (module, after) = rest[1..].split_once(quote).unwrap_or((&rest[1..], ""));
                    after.trim_start().starts_with('+') && !own.iter().any(|start| module.starts_with(start))
                }
                Some('`') => {
                    let module = rest[1..].split('`').next().unwrap_or_default();
                    module.contains("${") && !own.iter().any(|start| module.starts_with(start))
                }
                Some(c) if c.is_ascii_alphabetic() || c == '_' || c == '$' => {
                    let beside =
                        ["path.", "join(", "resolve(", "__dirname", "new URL(", "pathToFileURL(", "require.resolve("];
                    !beside.iter().any(|word| rest.starts_with(word))
                }
                _ => false,
            }
        },
    )
}

/// True when a name stands in quotes in a text, alone or with a path behind it, other than where types are imported.
pub(super) fn quotes(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        let quoted = before.is_some_and(|c| "'\"`".contains(c)) && after.is_some_and(|c| "'\"`/".contains(c));
        let head = text[..at].trim_end_matches(['\'', '"', '`']).trim_end();
        quoted && !head.strip_suffix("from").is_some_and(is_of_types)
    })
}

/// True when a name stands in quotes other than where it is imported: another package may load it by that name.
pub(crate) fn names(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let quote = text[..at].chars().next_back().filter(|c| "'\"`".contains(*c));
        let ends = |quote: char| text[at + name.len()..].starts_with([quote, '/']);
        let head = text[..at].trim_end_matches(['\'', '"', '`']).trim_end_matches([' ', '(']);
        quote.is_some_and(ends) && !BEFORE.iter().any(|word| head.ends_with(word))
    })
}

/// True when a name stands in a text as a word of its own, whatever is around it.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        before.is_none_or(|c| !is_part(c)) && after.is_none_or(|c| !is_part(c) || c == '@')
    })
}

/// The bodies of the scripts of a manifest; nothing when it cannot be read.
pub(super) fn script_bodies(manifest: &str) -> Option<Vec<String>> {
    let manifest: Value = serde_json::from_str(manifest.trim_start_matches('\u{feff}')).ok()?;
    let scripts = manifest.get("scripts").and_then(Value::as_object);
    Some(scripts.into_iter().flatten().filter_map(|(_, body)| body.as_str().map(str::to_owned)).collect())
}

/// The bodies of all scripts that some words run, those included that scripts run.
pub(super) fn reached<'s>(words: &str, scripts: &'s BTreeMap<String, String>, runners: &Runners) -> Vec<&'s str> {
    let is = |list: &[String], word: &str| list.iter().any(|known| known == word);
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut pending: Vec<&str> = vec![words];
    let mut bodies = Vec::new();
    while let Some(text) = pending.pop() {
        let tokens: Vec<&str> =
            text.split(|c: char| c.is_whitespace() || "\"'`;|&()[],".contains(c)).filter(|t| !t.is_empty()).collect();
        for (i, _) in tokens.iter().enumerate().filter(|(_, t)| is(&runners.commands, crate::paths::name(t))) {
            let name = tokens[i + 1..].iter().find(|t| !t.starts_with('-') && !is(&runners.between, t));
            let Some(name) = name else { continue };
            for (script, body) in scripts {
                let around = ["pre", "post"].iter().any(|start| script.strip_prefix(start) == Some(name));
                if (script == name || around) && names.insert(script) {
                    bodies.push(body.as_str());
                    pending.push(body);
                }
            }
        }
    }
    bodies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_of_every_form() {
        let text = "import a from 'a';\nimport {\n  b,\n} from \"@s/b/file\"\nimport 'c/register'\nconst d = require('d')\n\
            const e = await import(`e`)\nrequire.resolve('f/x')\nexport * from 'g'\nimport x from './own'\n\
            import type { T } from 'types'\nimport type {\n  U,\n} from 'more-types'\nimport h = require('h')\nimport i from 'node:fs'\n";
        let found: Vec<String> = imports(text).into_iter().collect();
        assert_eq!(found, ["@s/b", "a", "c", "d", "e", "f", "g", "h", "node:fs"]);
        assert!(imports("type A = 1\nimport a from 'a'").contains("a"));
        assert!(imports("import type { A } from 'a'\nimport b from 'b'").contains("b"));
    }

    #[test]
    fn names_that_are_no_imports() {
        for (text, named) in [
            ("pino({ transport: { target: 'pino-pretty' } })", true),
            ("import pretty from 'pino-pretty'", false),
            ("const pretty = require(\"pino-pretty\")", false),
            ("await import('pino-pretty/file')", false),
            ("target: `pino-pretty`", true),
            ("// see pino-pretty", false),
        ] {
            assert_eq!(names(text, "pino-pretty"), named, "{text}");
        }
    }

    #[test]
    fn modules_of_computed_names() {
        for (text, computed) in [
            ("require(`i18next-${kind}-backend`)", true),
            ("require(name)", true),
            ("import('x-' + kind)", true),
            ("require('./routes/' + name)", false),
            ("import(`./${name}.js`)", false),
            ("require(path.join(__dirname, name))", false),
            ("require('express')", false),
            ("require( )", false),
        ] {
            assert_eq!(computes_a_module(text), computed, "{text}");
        }
    }

    #[test]
    fn names_in_quotes_and_names_as_words() {
        for (text, quoted, word) in [
            ("transport: { target: 'pino-pretty' }", true, true),
            ("require(\"pino-pretty/x\")", true, true),
            ("node -r pino-pretty/register", false, true),
            ("npx pino-pretty@1", false, true),
            ("'pino-pretty-print'", false, false),
            ("my-pino-pretty", false, false),
            ("import type { A } from 'pino-pretty'", false, true),
        ] {
            assert_eq!(quotes(text, "pino-pretty"), quoted, "{text}");
            assert_eq!(mentions(text, "pino-pretty"), word, "{text}");
        }
    }

    #[test]
    fn scripts_that_scripts_run() {
        let scripts: BTreeMap<String, String> = [
            ("start", "npm run -s migrate && node dist/main"),
            ("prestart", "echo hello"),
            ("migrate", "prisma migrate deploy"),
            ("build", "tsc"),
            ("start:prod", "node build/main"),
        ]
        .map(|(name, body)| (name.to_owned(), body.to_owned()))
        .into();
        let runners = &crate::facts::development::development().language("node").expect("the table").runners;
        let mut found = reached("npm start", &scripts, runners);
        found.sort_unstable();
        assert_eq!(found, ["echo hello", "npm run -s migrate && node dist/main", "prisma migrate deploy"]);
        assert_eq!(reached("[\"npm\", \"run\", \"start:prod\"]", &scripts, runners), ["node build/main"]);
        assert_eq!(reached("node dist/build.js start", &scripts, runners), [""; 0]);
    }
}
