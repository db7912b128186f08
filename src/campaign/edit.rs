//! Changes of a plan as changes of its text, in which everything else stays byte for byte.

use super::{Answer, Options, Status, VERSION};
use crate::planner::RuntimeChoice;
use crate::review::uri;
use std::collections::BTreeMap;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value};

/// What a new plan says of itself.
const HEAD: &str = "\
# The plan of a campaign: msb batch --plan FILE. Edit it; docs/batch.md of msb says what each key means.
# msb writes `status` and what stands in `[file.answer]`, and keeps everything else as it is, comments too.
# To leave a file out: status = \"skipped\". To take one that needs a look: unsafe = true.

";

/// A plan whose text cannot be edited, though it can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEditable {
    /// It is no TOML.
    #[error("{0}")]
    Text(String),
    /// Rows are written in one line.
    #[error("its files are written as `file = [...]`; write each as a table of its own under [[file]]")]
    Inline,
}

/// The text of a plan while it is changed.
#[derive(Debug)]
pub struct Editor {
    document: DocumentMut,
    /// Where each path has its row.
    rows: BTreeMap<Vec<u8>, usize>,
}

impl Editor {
    /// A new plan without rows.
    pub fn new(root: &str, search: &[String], options: &Options) -> Editor {
        let mut document = DocumentMut::new();
        let mut version = Value::from(i64::from(VERSION));
        version.decor_mut().set_prefix(" ");
        document.insert("version", Item::Value(version));
        if let Some(mut key) = document.key_mut("version") {
            key.leaf_decor_mut().set_prefix(HEAD);
        }
        document["root"] = toml_edit::value(root);
        document["search"] = toml_edit::value(search.iter().collect::<Array>());
        let mut table = Table::new();
        write_options(&mut table, options);
        if !table.is_empty() {
            document["options"] = Item::Table(table);
        }
        Editor { document, rows: BTreeMap::new() }
    }

    /// The plan in `text`, which [`Campaign::parse`](super::Campaign::parse) takes.
    ///
    /// # Errors
    ///
    /// The text is no TOML, or has rows in a form that cannot be edited.
    pub fn open(text: &str) -> Result<Editor, NotEditable> {
        let document: DocumentMut =
            text.parse().map_err(|error: toml_edit::TomlError| NotEditable::Text(error.to_string()))?;
        let mut rows = BTreeMap::new();
        match document.get("file") {
            None => {}
            Some(Item::ArrayOfTables(tables)) => {
                for (index, table) in tables.iter().enumerate() {
                    let text = table.get("path").and_then(Item::as_str).unwrap_or_default();
                    let is_encoded = table.get("encoded").and_then(Item::as_bool).unwrap_or_default();
                    let path = if is_encoded { super::file::decoded(text) } else { Some(text.as_bytes().to_vec()) };
                    rows.extend(path.map(|path| (path, index)));
                }
            }
            Some(_) => return Err(NotEditable::Inline),
        }
        Ok(Editor { document, rows })
    }

    /// Adds a row for a file at the end, with the build context where msb knows it from elsewhere; nothing happens when there is
    /// one.
    pub fn add(&mut self, path: &[u8], context: Option<&str>) {
        if self.rows.contains_key(path) {
            return;
        }
        self.set(path, Status::Todo, None);
        let row = self.rows.get(path).and_then(|index| self.document["file"].as_array_of_tables_mut()?.get_mut(*index));
        if let Some(row) = row {
            set(row, "context", context.map(Value::from));
        }
    }

    /// Writes where a row stands, and its answer if there is a new one; a path that has no row gets one at the end.
    pub fn set(&mut self, path: &[u8], status: Status, answer: Option<&Answer>) {
        let Some(tables) = self
            .document
            .entry("file")
            .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()))
            .as_array_of_tables_mut()
        else {
            return;
        };
        let index = *self.rows.entry(path.to_vec()).or_insert_with(|| {
            tables.push(new_row(path));
            tables.len() - 1
        });
        let Some(row) = tables.get_mut(index) else { return };
        set(row, "status", Some(status.word().into()));
        if let Some(answer) = answer {
            let table = row.entry("answer").or_insert_with(|| {
                let mut table = Table::new();
                table.decor_mut().set_prefix("\n");
                Item::Table(table)
            });
            match table {
                Item::Table(table) => write_answer(table, answer),
                other => {
                    let mut table = Table::new();
                    write_answer(&mut table, answer);
                    *other = Item::Table(table);
                }
            }
        }
    }

    /// The text.
    pub fn text(&self) -> String {
        self.document.to_string()
    }
}

fn new_row(path: &[u8]) -> Table {
    let mut row = Table::new();
    row.decor_mut().set_prefix("\n");
    match std::str::from_utf8(path) {
        Ok(text) => row["path"] = toml_edit::value(text),
        Err(_) => {
            row["path"] = toml_edit::value(uri(path));
            row["encoded"] = toml_edit::value(true);
        }
    }
    row
}

fn write_options(table: &mut Table, options: &Options) {
    set(table, "runtime", options.runtime.as_ref().map(|runtime| runtime_word(runtime).into()));
    set(table, "unsafe", options.accept_unsafe.map(Value::from));
    set(table, "min_gain", options.min_gain.map(|mb| i64::from(mb).into()));
    if !options.build_args.is_empty() {
        let arguments = options.build_args.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        table["build_args"] = toml_edit::value(arguments.collect::<toml_edit::InlineTable>());
    }
}

/// A choice as it is typed.
fn runtime_word(choice: &RuntimeChoice) -> &str {
    match choice {
        // Nobody can type the base image again but by its name.
        RuntimeChoice::Auto | RuntimeChoice::Again => "auto",
        RuntimeChoice::Slim => "slim",
        RuntimeChoice::Alpine => "alpine",
        RuntimeChoice::Distroless => "distroless",
        RuntimeChoice::Scratch => "scratch",
        RuntimeChoice::Image(name) => name,
    }
}

fn write_answer(table: &mut Table, answer: &Answer) {
    let Answer {
        verdict,
        rules,
        because,
        context,
        ecosystem,
        owners,
        saved_mb,
        original_mb,
        patch,
        inputs,
        before,
        after,
        measured,
    } = answer;
    let text = |value: &Option<String>| value.as_deref().map(Value::from);
    let list = |words: &[String]| (!words.is_empty()).then(|| Value::from(words.iter().collect::<Array>()));
    let number = |value: Option<u32>| value.map(|mb| Value::from(i64::from(mb)));
    set(table, "verdict", Some(verdict.word().into()));
    set(table, "rules", list(rules));
    set(table, "because", text(because));
    set(table, "context", text(context));
    set(table, "ecosystem", text(ecosystem));
    set(table, "owners", list(owners));
    set(table, "saved_mb", number(*saved_mb));
    set(table, "original_mb", number(*original_mb));
    set(table, "patch", text(patch));
    set(table, "inputs", text(inputs));
    set(table, "before", text(before));
    set(table, "after", text(after));
    let measured = measured.as_ref().map(|measured| {
        let mut inline = toml_edit::InlineTable::new();
        inline.insert("verdict", measured.verdict.as_str().into());
        for (key, value) in [("original_mb", measured.original_mb), ("converted_mb", measured.converted_mb)] {
            if let Some(mb) = value {
                inline.insert(key, i64::from(mb).into());
            }
        }
        Value::from(inline)
    });
    set(table, "measured", measured);
}

/// Gives a key a value, or takes it away. What stands around the old value, such as a comment, stays.
fn set(table: &mut Table, key: &str, value: Option<Value>) {
    let Some(mut value) = value else {
        table.remove(key);
        return;
    };
    match table.get_mut(key) {
        Some(Item::Value(old)) if plain(old) == plain(&value) => {}
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        _ => table[key] = Item::Value(value),
    }
}

/// A value as text without what stands around it and its parts.
fn plain(value: &Value) -> String {
    let mut value = value.clone();
    value.decor_mut().clear();
    match &mut value {
        Value::Array(array) => {
            array.fmt();
            array.set_trailing("");
        }
        Value::InlineTable(table) => table.fmt(),
        // The same text may be quoted in several ways.
        Value::String(text) => return text.value().clone(),
        _ => {}
    }
    value.to_string()
}
