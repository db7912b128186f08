//! Fields of JSON, TOML and YAML documents: absent is empty, a type that does not fit makes the file unknown.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::Unavailable;

/// A table of a document, with the file's name for messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    pub(super) file: &'a str,
    pub(super) map: &'a Map<String, Value>,
}

pub(super) fn parse_json(file: &str, text: &str) -> Result<Map<String, Value>, Unavailable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_err(|error| unknown(file, error))
}

pub(super) fn parse_toml(file: &str, text: &str) -> Result<Map<String, Value>, Unavailable> {
    toml::from_str(text).map_err(|error| unknown(file, error.message()))
}

pub(super) fn unknown(file: &str, why: impl std::fmt::Display) -> Unavailable {
    Unavailable::Unknown(format!("`{file}` cannot be understood: {why}"))
}

impl<'a> Table<'a> {
    fn unfit(&self, key: &str, wanted: &str) -> Unavailable {
        unknown(self.file, format!("`{key}` is not {wanted}"))
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// A string; anything else is no string.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.get(key)?.as_str().map(str::to_owned)
    }

    /// `true`; anything else is not.
    pub(super) fn is_true(&self, key: &str) -> bool {
        self.get(key) == Some(&Value::Bool(true))
    }

    pub(super) fn table(&self, key: &str) -> Result<Option<Table<'a>>, Unavailable> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Table { file: self.file, map })),
            Some(_) => Err(self.unfit(key, "a table")),
        }
    }

    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, Unavailable> {
        let unfit = || self.unfit(key, "a list of strings");
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let items = value.as_array().ok_or_else(unfit)?;
        items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(unfit)).collect()
    }

    pub(super) fn text_map(&self, key: &str) -> Result<BTreeMap<String, String>, Unavailable> {
        let Some(table) = self.table(key)? else { return Ok(BTreeMap::new()) };
        let unfit = || self.unfit(key, "a table of strings");
        table.map.iter().map(|(key, value)| Ok((key.clone(), value.as_str().ok_or_else(unfit)?.to_owned()))).collect()
    }

    pub(super) fn tables(&self, key: &str) -> Result<Vec<Table<'a>>, Unavailable> {
        let unfit = || self.unfit(key, "a list of tables");
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let items = value.as_array().ok_or_else(unfit)?;
        items.iter().map(|item| Ok(Table { file: self.file, map: item.as_object().ok_or_else(unfit)? })).collect()
    }
}
