//! Replacing parts of a source while every other byte stays as it is.

use crate::source::Span;

/// One replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What to replace; an empty span inserts.
    pub span: Span,
    /// What to put there.
    pub text: String,
}

/// Edits that cannot be applied together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Two edits change the same bytes.
    #[error("two edits overlap at byte {0}")]
    Overlap(u32),
    /// An edit reaches past the end of the source.
    #[error("an edit at byte {0} reaches past the end")]
    OutOfRange(u32),
}

/// The source with all edits applied. Their order does not matter, except that insertions at one place keep theirs.
pub fn apply_edits(source: &[u8], edits: &[Edit]) -> Result<Vec<u8>, EditError> {
    let mut ordered: Vec<&Edit> = edits.iter().collect();
    ordered.sort_by_key(|edit| edit.span);
    let mut result = Vec::with_capacity(source.len());
    let mut copied = 0;
    for edit in ordered {
        let range = edit.span.range();
        if range.start < copied {
            return Err(EditError::Overlap(edit.span.start));
        }
        if range.start > range.end || range.end > source.len() {
            return Err(EditError::OutOfRange(edit.span.start));
        }
        result.extend_from_slice(&source[copied..range.start]);
        result.extend_from_slice(edit.text.as_bytes());
        copied = range.end;
    }
    result.extend_from_slice(&source[copied..]);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit { span: Span::new(start, end), text: text.to_owned() }
    }

    #[test]
    fn edits_apply_in_any_order() {
        let edits = [edit(4, 5, "X"), edit(0, 1, ""), edit(2, 2, "1"), edit(2, 2, "2")];
        assert_eq!(apply_edits(b"abcdef", &edits).unwrap(), b"b12cdXf");
        assert_eq!(apply_edits(b"abc", &[]).unwrap(), b"abc");
    }

    #[test]
    fn conflicts_are_refused() {
        assert_eq!(apply_edits(b"abc", &[edit(0, 2, ""), edit(1, 3, "")]), Err(EditError::Overlap(1)));
        assert_eq!(apply_edits(b"abc", &[edit(2, 4, "")]), Err(EditError::OutOfRange(2)));
    }
}
