//! A heuristics file that could not be used, with the place in it.

use crate::snippet::Fault;
use crate::source::Span;
use std::fmt;

/// Why a heuristics file was refused; displayed with file, line, column and the offending line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeuristicsError {
    /// The file, as it was named to the loader.
    pub file: String,
    /// Line and column, both from one, the column in bytes, and the text of that line; absent when the file could not be read at all.
    pub place: Option<(usize, usize, String)>,
    /// What is wrong.
    pub message: String,
}

impl HeuristicsError {
    /// A file or directory that could not be read.
    pub(super) fn io(file: &str, error: &std::io::Error) -> Self {
        HeuristicsError::unreadable(file, &error.to_string())
    }

    /// A file or directory that cannot be read, and why.
    pub(super) fn unreadable(file: &str, why: &str) -> Self {
        HeuristicsError { file: file.to_owned(), place: None, message: format!("cannot be read: {why}") }
    }

    /// An error at a byte offset of `text`.
    pub(super) fn at(file: &str, text: &str, offset: usize, message: String) -> Self {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let start = text[..offset].rfind('\n').map_or(0, |i| i + 1);
        let line = text[..start].matches('\n').count() + 1;
        let snippet = text[start..].lines().next().unwrap_or_default().to_owned();
        HeuristicsError { file: file.to_owned(), place: Some((line, offset - start + 1, snippet)), message }
    }
}

impl fmt::Display for HeuristicsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HeuristicsError { file, place, message } = self;
        let Some((line, column, snippet)) = place else { return write!(f, "{file}: {message}") };
        let span = Span::new(column - 1, *column);
        let text =
            Fault { file, message, help: None, span, line: *line, column: *column }.render(Some(snippet.as_bytes()));
        f.write_str(text.trim_start_matches("error: ").trim_end())
    }
}

impl std::error::Error for HeuristicsError {}
