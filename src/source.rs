//! Positions in a source text.
//!
//! Every part of a parsed file is a [`Span`] of bytes; lines and columns are computed only for people to read.

use serde::Serialize;
use std::ops::Range;

/// A half-open range of byte offsets into one source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Span { start: start as u32, end: end as u32 }
    }

    /// The span as a range that indexes bytes.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Number of bytes covered.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// True for a span of no bytes.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// Translates byte offsets to lines and columns, both counted from one; columns count bytes.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Indexes the lines of `source`; a line ends after each `\n`.
    pub fn new(source: &[u8]) -> Self {
        let newlines = source.iter().enumerate().filter(|&(_, &b)| b == b'\n');
        LineIndex { starts: std::iter::once(0).chain(newlines.map(|(i, _)| i as u32 + 1)).collect() }
    }

    /// Line and column of a byte offset.
    pub fn line_column(&self, offset: u32) -> (usize, usize) {
        let line = self.starts.partition_point(|&s| s <= offset);
        (line, (offset - self.starts[line - 1]) as usize + 1)
    }

    /// Line of a byte offset, counted from one.
    pub fn line(&self, offset: u32) -> usize {
        self.line_column(offset).0
    }
}
