//! A heuristics file that could not be used, with the place in it.

use std::fmt;

/// Why a heuristics file was refused; displayed with file, line, column and the offending line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeuristicsError {
    /// The file, as it was named to the loader.
    pub file: String,
    /// Line and column, both from one, and the text of that line; absent when the file could not be read at all.
    pub place: Option<(usize, usize, String)>,
    /// What is wrong.
    pub message: String,
}

impl HeuristicsError {
    /// A file or directory that could not be read.
    pub(super) fn io(file: &str, error: &std::io::Error) -> Self {
        HeuristicsError { file: file.to_owned(), place: None, message: format!("cannot be read: {error}") }
    }

    /// An error at a byte offset of `text`.
    pub(super) fn at(file: &str, text: &str, offset: usize, message: String) -> Self {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let start = text[..offset].rfind('\n').map_or(0, |i| i + 1);
        let line = text[..start].matches('\n').count() + 1;
        let column = text[start..offset].chars().count() + 1;
        let snippet = text[start..].lines().next().unwrap_or_default().to_owned();
        HeuristicsError { file: file.to_owned(), place: Some((line, column, snippet)), message }
    }
}

impl fmt::Display for HeuristicsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            None => write!(f, "{}: {}", self.file, self.message),
            Some((line, column, snippet)) => {
                writeln!(f, "{}:{line}:{column}: {}", self.file, self.message)?;
                let number = line.to_string();
                let margin = " ".repeat(number.len());
                writeln!(f, " {margin} |")?;
                writeln!(f, " {number} | {snippet}")?;
                write!(f, " {margin} | {}^", " ".repeat(column - 1))
            }
        }
    }
}

impl std::error::Error for HeuristicsError {}
