//! `composer.json`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::{BuildContext, Unavailable, join};
use super::fields::{Table, parse_json, unknown};

const FILE: &str = "composer.json";

/// What a `composer.json` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComposerJson {
    /// `require`: package, `php` or `ext-…` to version range.
    pub require: BTreeMap<String, String>,
    /// `require-dev`.
    pub require_dev: BTreeMap<String, String>,
    /// `scripts`: event or name to commands.
    pub scripts: BTreeMap<String, Vec<String>>,
}

impl ComposerJson {
    /// Reads `composer.json` in `directory`.
    pub fn read(context: &dyn BuildContext, directory: &str) -> Result<ComposerJson, Unavailable> {
        ComposerJson::parse(&context.text(&join(directory, FILE))?)
    }

    /// Reads the text of a `composer.json`.
    pub fn parse(text: &str) -> Result<ComposerJson, Unavailable> {
        let map = parse_json(FILE, text)?;
        let root = Table { file: FILE, map: &map };
        let mut scripts = BTreeMap::new();
        if let Some(table) = root.table("scripts")? {
            for (name, value) in table.map {
                let commands = match value {
                    Value::String(command) => vec![command.clone()],
                    Value::Array(_) => table.texts(name)?,
                    _ => return Err(unknown(FILE, format!("the script `{name}`"))),
                };
                scripts.insert(name.clone(), commands);
            }
        }
        Ok(ComposerJson { require: packages(root, "require")?, require_dev: packages(root, "require-dev")?, scripts })
    }

    /// The extensions that `require` names, without `ext-`, sorted.
    pub fn extensions(&self) -> impl Iterator<Item = &str> {
        self.require.keys().filter_map(|name| name.strip_prefix("ext-"))
    }
}

/// An empty list stands for an empty table, since the tool's own language writes both the same.
fn packages(root: Table, key: &str) -> Result<BTreeMap<String, String>, Unavailable> {
    match root.get(key) {
        Some(Value::Array(list)) if list.is_empty() => Ok(BTreeMap::new()),
        _ => root.text_map(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables() {
        let file = ComposerJson::parse(
            r#"{"require": {"php": ">=8.2", "ext-intl": "*", "ext-gd": "*", "monolog/monolog": "^3"}, "require-dev": [],
                "scripts": {"test": "phpunit", "post-install-cmd": ["@php artisan optimize"]}}"#,
        )
        .expect("valid");
        assert_eq!(file.extensions().collect::<Vec<_>>(), ["gd", "intl"]);
        assert_eq!(file.require.len(), 4);
        assert_eq!(file.scripts["post-install-cmd"], ["@php artisan optimize"]);
        for text in ["", "[]", r#"{"require": ["a"]}"#, r#"{"scripts": {"a": 1}}"#] {
            assert!(matches!(ComposerJson::parse(text), Err(Unavailable::Unknown(_))), "{text}");
        }
    }
}
