//! `tsconfig.json`: JSON with comments, and what it extends.

use serde_json::Value;

use super::super::{BuildContext, Unavailable, clean, clean_inside, join};
use super::fields::{Table, parse_json, unknown};
use super::scan::{Piece, pieces};

/// Files read for one configuration before it counts as a loop.
const MAX_FILES: usize = 40;

/// Where a compiler writes, after `extends` is followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TsConfig {
    /// `outDir`, relative to the context root. None: output lies beside each source, unless [`unread`](TsConfig::unread).
    pub out_dir: Option<String>,
    /// `rootDir`, relative to the context root.
    pub root_dir: Option<String>,
    /// `noEmit`: nothing is written at all.
    pub no_emit: Option<bool>,
    /// Extended configurations that the context does not hold, such as those of packages. What is `None` may be set there.
    pub unread: Vec<String>,
}

impl TsConfig {
    /// Reads the file at `path` and what it extends.
    pub fn read(context: &dyn BuildContext, path: &str) -> Result<TsConfig, Unavailable> {
        let path = clean(path);
        let mut budget = MAX_FILES;
        read(context, &path, parent(&path), &mut budget)
    }
}

fn read(context: &dyn BuildContext, path: &str, leaf: &str, budget: &mut usize) -> Result<TsConfig, Unavailable> {
    *budget = budget.checked_sub(1).ok_or_else(|| unknown(path, "`extends` goes in circles"))?;
    let map = parse_json(path, &strip_comments(&context.text(path)?))?;
    let table = Table { file: path, map: &map };
    let mut config = TsConfig::default();
    let extends = match table.get("extends") {
        Some(Value::String(one)) => vec![one.clone()],
        _ => table.texts("extends")?,
    };
    for base in extends {
        match read_base(context, parent(path), &base, leaf, budget)? {
            Some(base) => config.overlay(base),
            None => config.unread.push(base),
        }
    }
    if let Some(options) = table.table("compilerOptions")? {
        let place = |key| options.text(key).map(|written| resolve(&written, parent(path), leaf));
        config.overlay(TsConfig {
            out_dir: place("outDir"),
            root_dir: place("rootDir"),
            no_emit: options.get("noEmit").and_then(Value::as_bool),
            unread: Vec::new(),
        });
    }
    Ok(config)
}

/// An extended configuration; none when it is not in the context.
fn read_base(
    context: &dyn BuildContext,
    directory: &str,
    base: &str,
    leaf: &str,
    budget: &mut usize,
) -> Result<Option<TsConfig>, Unavailable> {
    // Other spellings are looked for among the packages, or start at the root of the machine.
    let Some(written) = clean_inside(&join(directory, base)).filter(|_| base.starts_with('.')) else { return Ok(None) };
    for path in [written.clone(), format!("{written}.json")] {
        match read(context, &path, leaf, budget) {
            Err(Unavailable::Absent) => {}
            found => return found.map(Some),
        }
    }
    Ok(None)
}

impl TsConfig {
    fn overlay(&mut self, over: TsConfig) {
        self.out_dir = over.out_dir.or(self.out_dir.take());
        self.root_dir = over.root_dir.or(self.root_dir.take());
        self.no_emit = over.no_emit.or(self.no_emit);
        self.unread.extend(over.unread);
    }
}

/// A path of a configuration is relative to the file that holds it, or to the one that extends it all when it says so.
fn resolve(written: &str, directory: &str, leaf: &str) -> String {
    match written.strip_prefix("${configDir}") {
        Some(rest) => clean(&format!("{leaf}/{rest}")),
        None => clean(&join(directory, written)),
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Removes comments, and commas before a closing bracket, from JSON.
fn strip_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for piece in pieces(text.strip_prefix('\u{feff}').unwrap_or(text), &['"']) {
        match piece {
            Piece::Comment => {}
            Piece::Quoted(quoted) => plain.push_str(quoted),
            Piece::Char(c) => {
                if let (']' | '}', Some(kept)) = (c, plain.trim_end().strip_suffix(',')) {
                    plain.truncate(kept.len());
                }
                plain.push(c);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::super::super::MemoryContext;
    use super::*;

    #[test]
    fn comments_go() {
        let cases = [
            (
                r#"{"a": 1, // one
                "b": "// not /* one", /* two
                */ "c": [1, 2, ], }"#,
                r#"{"a":1,"b":"// not /* one","c":[1,2]}"#,
            ),
            (r#"{"q": "\"//", "u": "ü,}"}"#, r#"{"q":"\"//","u":"ü,}"}"#),
        ];
        for (text, expected) in cases {
            let value: Value = serde_json::from_str(&strip_comments(text)).expect(text);
            assert_eq!(value.to_string(), expected);
        }
        assert_eq!(strip_comments("/* open"), "");
        assert_eq!(strip_comments("\"open"), "\"open");
    }

    #[test]
    fn extends_is_followed() {
        let context = MemoryContext::new([
            (
                "tsconfig.base.json",
                r#"{"compilerOptions": {"outDir": "out", "rootDir": "${configDir}/src", "noEmit": true}}"#,
            ),
            (
                "api/tsconfig.json",
                r#"{"extends": "../tsconfig.base", "compilerOptions": {"noEmit": false /* build */}}"#,
            ),
            (
                "web/tsconfig.json",
                r#"{"extends": ["@tsconfig/node22/tsconfig.json"], "compilerOptions": {"outDir": "./dist"}}"#,
            ),
            ("up.json", r#"{"extends": "../up.json"}"#),
            ("loop.json", r#"{"extends": "./loop.json"}"#),
            ("broken.json", r#"{"compilerOptions": []}"#),
        ]);
        let api = TsConfig::read(&context, "api/tsconfig.json").expect("reads");
        assert_eq!(api.out_dir.as_deref(), Some("out"), "relative to the file that says it");
        assert_eq!(api.root_dir.as_deref(), Some("api/src"));
        assert_eq!((api.no_emit, api.unread.is_empty()), (Some(false), true));
        let web = TsConfig::read(&context, "./web/tsconfig.json").expect("reads");
        assert_eq!(web.out_dir.as_deref(), Some("web/dist"));
        assert_eq!(web.unread, ["@tsconfig/node22/tsconfig.json"]);
        assert_eq!(TsConfig::read(&context, "up.json").expect("reads").unread, ["../up.json"]);
        assert!(matches!(TsConfig::read(&context, "loop.json"), Err(Unavailable::Unknown(_))));
        assert!(matches!(TsConfig::read(&context, "broken.json"), Err(Unavailable::Unknown(_))));
        assert_eq!(TsConfig::read(&context, "tsconfig.json"), Err(Unavailable::Absent));
    }
}
