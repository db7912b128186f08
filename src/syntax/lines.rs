//! Physical lines, and what white space means to BuildKit.

use std::ops::Range;

/// The bytes of the line that starts at `start`, its `\n` included.
pub(super) fn line_at(source: &[u8], start: usize) -> Range<usize> {
    match source[start..].iter().position(|&b| b == b'\n') {
        Some(length) => start..start + length + 1,
        None => start..source.len(),
    }
}

/// The line without its line end: all trailing `\r` and `\n`, as BuildKit strips them.
pub(super) fn without_newline(source: &[u8], line: Range<usize>) -> Range<usize> {
    let kept = source[line.clone()].iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |i| i + 1);
    line.start..line.start + kept
}

/// The text after its leading Unicode white space.
pub(super) fn trim_start(source: &[u8], range: Range<usize>) -> Range<usize> {
    let mut start = range.start;
    while start < range.end {
        match space_length(&source[start..range.end]) {
            0 => break,
            length => start += length,
        }
    }
    start..range.end
}

/// Length in bytes of the white space character that `bytes` starts with; 0 when it starts with anything else.
fn space_length(bytes: &[u8]) -> usize {
    match *bytes {
        [b'\t'..=b'\r' | b' ', ..] => 1,
        [0xC2, 0x85 | 0xA0, ..] => 2,
        [0xE1, 0x9A, 0x80, ..] | [0xE2, 0x81, 0x9F, ..] | [0xE3, 0x80, 0x80, ..] => 3,
        [0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF, ..] => 3,
        _ => 0,
    }
}

/// The content that goes into the logical line, and whether the next line continues it.
///
/// A doubled escape before the line end does not continue, and neither does a tripled one.
pub(super) fn continuation(source: &[u8], content: Range<usize>, escape: u8) -> (Range<usize>, bool) {
    let bytes = &source[content.clone()];
    let Some(last) = bytes.iter().rposition(|b| !matches!(b, b' ' | b'\t')) else {
        return (content, false);
    };
    let escaped = last > 0 && bytes[last - 1] == escape;
    if bytes[last] == escape && !escaped { (content.start..content.start + last, true) } else { (content, false) }
}

/// True for the bytes that separate a keyword and plain words from each other.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x0B | 0x0C | b'\r' | b' ')
}

/// Narrows `range` of `text` by the Unicode white space at both ends.
pub(super) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let slice = &text[range.clone()];
    let start = range.start + (slice.len() - slice.trim_start().len());
    let end = start + slice.trim().len();
    start..end
}

/// Splits a trimmed range on runs of blanks; quotes and escapes mean nothing here.
pub(super) fn blank_separated(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let end = bytes[start..range.end].iter().position(|&b| is_blank(b)).map_or(range.end, |i| start + i);
        words.push(start..end);
        start = bytes[end..range.end].iter().position(|&b| !is_blank(b)).map_or(range.end, |i| end + i);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_unicode() {
        let spaces = (0..=0x10FFFFu32).filter_map(char::from_u32).filter(|c| {
            let mut buffer = [0; 4];
            space_length(c.encode_utf8(&mut buffer).as_bytes()) > 0
        });
        let expected = (0..=0x10FFFFu32).filter_map(char::from_u32).filter(|c| c.is_whitespace());
        assert!(spaces.eq(expected));
    }

    #[test]
    fn continuation_table() {
        let cases: [(&str, &str, bool); 9] = [
            ("a", "a", false),
            ("a \\", "a ", true),
            ("a \\ \t", "a ", true),
            ("a\\\\", "a\\\\", false),
            ("a\\\\\\", "a\\\\\\", false),
            ("\\", "", true),
            ("\\ \t", "", true),
            ("\\\\", "\\\\", false),
            ("   ", "   ", false),
        ];
        for (input, kept, continues) in cases {
            let (range, result) = continuation(input.as_bytes(), 0..input.len(), b'\\');
            assert_eq!((&input[range], result), (kept, continues), "{input:?}");
        }
    }
}
