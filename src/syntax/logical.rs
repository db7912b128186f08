//! A logical line: continued lines joined, with the way back to the source.

use super::{LogicalText, Piece};
use crate::source::Span;
use std::ops::Range;

/// Collects the parts of one logical line from the source.
#[derive(Default)]
pub(super) struct LineBuilder {
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
    end: usize,
}

impl LineBuilder {
    /// Starts a new line at a source offset, keeping the buffers.
    pub(super) fn restart(&mut self, at: usize) {
        self.bytes.clear();
        self.pieces.clear();
        self.end = at;
    }

    /// Appends a range of the source.
    pub(super) fn push(&mut self, source: &[u8], range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        self.pieces.push(Piece::new(self.bytes.len(), range.start));
        self.end = range.end;
        self.bytes.extend_from_slice(&source[range]);
    }

    /// The line as text. A byte that is not part of a UTF-8 character becomes U+FFFD.
    ///
    /// Gives the buffers away; [`LineBuilder::recycle`] takes them back.
    pub(super) fn finish(&mut self) -> LogicalText {
        match String::from_utf8(std::mem::take(&mut self.bytes)) {
            Ok(text) => LogicalText { text, pieces: std::mem::take(&mut self.pieces), end: self.end as u32 },
            Err(error) => {
                self.bytes = error.into_bytes();
                self.finish_lossy()
            }
        }
    }

    /// Takes the buffers of a line that is no longer needed.
    pub(super) fn recycle(&mut self, line: LogicalText) {
        self.bytes = line.text.into_bytes();
        self.pieces = line.pieces;
    }

    fn finish_lossy(&self) -> LogicalText {
        let mut text = String::with_capacity(self.bytes.len() + 16);
        let mut pieces = Vec::new();
        let mut offset = 0;
        for chunk in self.bytes.utf8_chunks() {
            self.push_pieces(&mut pieces, offset..offset + chunk.valid().len(), text.len());
            text.push_str(chunk.valid());
            offset += chunk.valid().len();
            for _ in chunk.invalid() {
                pieces.push(Piece { lossy: true, ..Piece::new(text.len(), self.source_offset(offset)) });
                text.push(char::REPLACEMENT_CHARACTER);
                offset += 1;
            }
        }
        LogicalText { text, pieces, end: self.end as u32 }
    }

    /// Copies the pieces that cover `range` of the raw bytes, shifted so that it starts at `logical`.
    fn push_pieces(&self, pieces: &mut Vec<Piece>, range: Range<usize>, logical: usize) {
        if range.is_empty() {
            return;
        }
        pieces.push(Piece::new(logical, self.source_offset(range.start)));
        let first = self.pieces.partition_point(|p| p.logical as usize <= range.start);
        for piece in self.pieces[first..].iter().take_while(|p| (p.logical as usize) < range.end) {
            pieces.push(Piece::new(piece.logical as usize - range.start + logical, piece.source as usize));
        }
    }

    fn source_offset(&self, offset: usize) -> usize {
        let index = self.pieces.partition_point(|p| p.logical as usize <= offset);
        self.pieces[..index].last().map_or(self.end, |p| p.source as usize + offset - p.logical as usize)
    }
}

impl Piece {
    pub(super) fn new(logical: usize, source: usize) -> Self {
        Piece { logical: logical as u32, source: source as u32, lossy: false }
    }

    /// Where the logical byte at `offset` stands in the source: its first byte and the one after it.
    fn source(&self, offset: usize) -> (u32, u32) {
        let start = if self.lossy { self.source } else { self.source + (offset as u32 - self.logical) };
        (start, start + 1)
    }
}

impl LogicalText {
    /// The joined text. Bytes that are not UTF-8 appear as U+FFFD.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Maps a range of the joined text to the smallest span of the source that holds it.
    ///
    /// The span of an empty range is empty and stands where the byte after it begins, or at the end of the text.
    /// Offsets past the end count as the end.
    pub fn span(&self, range: Range<usize>) -> Span {
        let end = range.end.min(self.text.len());
        if range.start >= self.text.len() {
            return Span { start: self.end, end: self.end };
        }
        let (start, _) = self.source_of(range.start);
        let end = if end <= range.start { start } else { self.source_of(end - 1).1 };
        Span { start, end }
    }

    /// The part of this text in `range`, which must lie on character boundaries.
    pub(super) fn slice(&self, range: Range<usize>) -> LogicalText {
        let span = self.span(range.clone());
        let Some(text) = self.text.get(range.clone()).filter(|t| !t.is_empty()) else {
            return LogicalText { end: span.start, ..LogicalText::default() };
        };
        let first = self.pieces.partition_point(|p| p.logical as usize <= range.start).saturating_sub(1);
        let mut pieces: Vec<Piece> = Vec::with_capacity(1);
        for piece in self.pieces[first..].iter().take_while(|p| (p.logical as usize) < range.end) {
            let cut = range.start.saturating_sub(piece.logical as usize);
            let logical = (piece.logical as usize + cut) - range.start;
            pieces.push(Piece { lossy: piece.lossy, ..Piece::new(logical, piece.source as usize + cut) });
        }
        LogicalText { text: text.to_owned(), pieces, end: span.end }
    }

    fn source_of(&self, offset: usize) -> (u32, u32) {
        let index = self.pieces.partition_point(|p| p.logical as usize <= offset);
        self.pieces[..index].last().map_or((self.end, self.end), |piece| piece.source(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(source: &[u8], parts: &[Range<usize>]) -> LogicalText {
        let mut builder = LineBuilder::default();
        builder.restart(0);
        for part in parts {
            builder.push(source, part.clone());
        }
        builder.finish()
    }

    #[test]
    fn ranges_go_back_over_a_continuation() {
        let text = join(b"ab\\\ncd", &[0..2, 4..6]);
        assert_eq!(text.as_str(), "abcd");
        assert_eq!(text.span(0..4), Span::new(0, 6));
        assert_eq!(text.span(0..2), Span::new(0, 2));
        assert_eq!(text.span(2..3), Span::new(4, 5));
        assert_eq!(text.span(1..3), Span::new(1, 5));
        assert_eq!(text.span(2..2), Span::new(4, 4));
        assert_eq!(text.span(4..4), Span::new(6, 6));
        assert_eq!(text.slice(1..4).span(1..3), Span::new(4, 6));
    }

    #[test]
    fn a_character_may_be_split_by_a_continuation() {
        let text = join(b"x\xC3\\\n\xA9y", &[0..2, 4..6]);
        assert_eq!(text.as_str(), "xéy");
        assert_eq!(text.span(1..3), Span::new(1, 5));
    }

    #[test]
    fn bytes_that_are_not_utf8_keep_their_place() {
        let text = join(b"a\xFF\xFEb\\\nc\xFF", &[0..4, 6..8]);
        assert_eq!(text.as_str(), "a\u{FFFD}\u{FFFD}bc\u{FFFD}");
        assert_eq!(text.span(1..4), Span::new(1, 2));
        assert_eq!(text.span(4..7), Span::new(2, 3));
        assert_eq!(text.span(7..8), Span::new(3, 4));
        assert_eq!(text.span(8..9), Span::new(6, 7));
        assert_eq!(text.span(9..12), Span::new(7, 8));
        assert_eq!(text.slice(4..9).span(3..5), Span::new(3, 7));
    }
}
