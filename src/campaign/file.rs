//! The text of a plan to a [`Campaign`], with errors that say where.

use super::{Answer, Campaign, Options, Row, Status, VERSION};
use crate::diagnostic::{self, Diagnostic};
use crate::planner::RuntimeChoice;
use crate::policy::MAX_GAIN_MB;
use crate::source::Span;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: Spanned<u32>,
    #[serde(default = "here")]
    root: String,
    #[serde(default)]
    search: Vec<String>,
    #[serde(default)]
    options: WrittenOptions,
    #[serde(default)]
    file: Vec<WrittenRow>,
}

fn here() -> String {
    ".".to_owned()
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenOptions {
    runtime: Option<Spanned<String>>,
    #[serde(rename = "unsafe")]
    accept_unsafe: Option<bool>,
    min_gain: Option<Spanned<u32>>,
    build_args: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRow {
    path: Spanned<String>,
    #[serde(default)]
    encoded: bool,
    #[serde(default)]
    status: Status,
    context: Option<String>,
    // The options; `flatten` would lose the place of an error.
    runtime: Option<Spanned<String>>,
    #[serde(rename = "unsafe")]
    accept_unsafe: Option<bool>,
    min_gain: Option<Spanned<u32>>,
    #[serde(default)]
    build_args: BTreeMap<String, String>,
    owners: Option<Vec<String>>,
    group: Option<String>,
    note: Option<String>,
    answer: Option<Answer>,
}

impl Campaign {
    /// Reads the text of a plan.
    ///
    /// # Errors
    ///
    /// Text that is not TOML, or one error for each key and value that is not known or makes no sense.
    pub fn parse(text: &str) -> Result<Campaign, Vec<Diagnostic>> {
        let written: Written =
            toml::from_str(text).map_err(|error| vec![Diagnostic::of_toml(diagnostic::PLAN, text, &error)])?;
        let mut checker = Checker { text, errors: Vec::new() };
        if *written.version.get_ref() != VERSION {
            let message =
                format!("the plan is of version {}, and this msb reads version {VERSION}", written.version.get_ref());
            checker.error(&written.version, message, "make a new plan with this msb".to_owned());
        }
        let mut seen = BTreeSet::new();
        let options = checker.options(written.options);
        let rows = written.file.into_iter().filter_map(|row| checker.row(row, &mut seen)).collect();
        let campaign = Campaign { root: written.root, search: written.search, options, rows };
        if checker.errors.is_empty() { Ok(campaign) } else { Err(checker.errors) }
    }
}

struct Checker<'a> {
    text: &'a str,
    errors: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn error<T>(&mut self, at: &Spanned<T>, message: String, help: String) {
        let span = Span::new(at.span().start, at.span().end);
        self.errors.push(Diagnostic::new(diagnostic::PLAN, self.text.as_bytes(), span, message).help(help));
    }

    fn options(&mut self, written: WrittenOptions) -> Options {
        let runtime = written.runtime.and_then(|runtime| match runtime.get_ref().parse::<RuntimeChoice>() {
            Ok(choice) => Some(choice),
            Err(message) => {
                let words: Vec<String> = RuntimeChoice::WORDS.iter().map(|word| format!("`{word}`")).collect();
                self.error(&runtime, message, format!("{} or an image", words.join(", ")));
                None
            }
        });
        if let Some(gain) = written.min_gain.as_ref().filter(|gain| *gain.get_ref() > MAX_GAIN_MB) {
            self.error(gain, "no image is that large".to_owned(), format!("a whole number of MB up to {MAX_GAIN_MB}"));
        }
        Options {
            runtime,
            accept_unsafe: written.accept_unsafe,
            min_gain: written.min_gain.map(Spanned::into_inner),
            build_args: written.build_args,
        }
    }

    fn row(&mut self, written: WrittenRow, seen: &mut BTreeSet<Vec<u8>>) -> Option<Row> {
        let text = written.path.get_ref();
        let path = if written.encoded { decoded(text) } else { Some(text.clone().into_bytes()) };
        let Some(path) = path.filter(|path| is_below(path)) else {
            let help = "a path below the plan's `root`, with `/` between its parts and without `..`".to_owned();
            self.error(&written.path, format!("`{text}` is no path of a file in the campaign"), help);
            return None;
        };
        if !seen.insert(path.clone()) {
            self.error(&written.path, format!("`{text}` has two rows"), "take one of them out".to_owned());
            return None;
        }
        let options = self.options(WrittenOptions {
            runtime: written.runtime,
            accept_unsafe: written.accept_unsafe,
            min_gain: written.min_gain,
            build_args: written.build_args,
        });
        Some(Row {
            path,
            status: written.status,
            context: written.context,
            options,
            owners: written.owners,
            group: written.group,
            note: written.note,
            answer: written.answer,
        })
    }
}

/// A plan that somebody else wrote must not lead out of its root.
fn is_below(path: &[u8]) -> bool {
    !path.is_empty() && !path.contains(&0) && path.split(|b| *b == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
}

/// The bytes of a path that is written with `%XX`; nothing where that is no path.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = after;
            continue;
        }
        let digits = std::str::from_utf8(after.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &after[2..];
    }
    Some(bytes)
}
