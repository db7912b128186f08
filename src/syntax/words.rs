//! The keyword, the flags, and words that keep their quotes.

use super::lines::{is_blank, trim};
use super::{Flag, LogicalText};
use std::ops::Range;

/// A logical line taken apart into keyword, flags and the rest.
pub(super) struct Split {
    pub(super) keyword: Range<usize>,
    pub(super) flags: Vec<Flag>,
    pub(super) args: Range<usize>,
}

/// Splits the part of a logical line that holds one instruction.
pub(super) fn split(line: &LogicalText, range: Range<usize>, escape: u8) -> Split {
    let text = line.as_str();
    let range = trim(text, range);
    let bytes = text.as_bytes();
    let Some(length) = bytes[range.clone()].iter().position(|&b| is_blank(b)) else {
        return Split { keyword: range.clone(), flags: Vec::new(), args: range.end..range.end };
    };
    let keyword = range.start..range.start + length;
    let blanks = bytes[keyword.end..range.end].iter().take_while(|&&b| is_blank(b)).count();
    let (flags, rest) = flags(line, keyword.end + blanks..range.end, escape);
    Split { keyword, flags, args: trim(text, rest..range.end) }
}

/// Takes the leading words that start with `--`; returns them and where the rest begins.
///
/// BuildKit reads flags byte by byte as Latin-1, so 0x85 and 0xA0 separate words and a value beyond ASCII is
/// changed. The values here are those that BuildKit works with.
fn flags(line: &LogicalText, range: Range<usize>, escape: u8) -> (Vec<Flag>, usize) {
    let bytes = line.as_str().as_bytes();
    let mut flags = Vec::new();
    let mut at = range.start;
    loop {
        at += bytes[at..range.end].iter().take_while(|&&b| is_latin1_space(b)).count();
        if !bytes[at..range.end].starts_with(b"--") {
            return (flags, char_boundary(line.as_str(), at));
        }
        let (word, end) = flag_word(&bytes[..range.end], at, escape);
        if word == "--" {
            return (flags, char_boundary(line.as_str(), end));
        }
        let (name, value) = match word[2..].split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (&word[2..], None),
        };
        flags.push(Flag { name: name.to_owned(), value: value.map(str::to_owned), span: line.span(at..end) });
        at = end;
    }
}

/// One flag word from `start`: its text without quotes and escapes, and where it ends.
fn flag_word(bytes: &[u8], start: usize, escape: u8) -> (String, usize) {
    let mut word = String::new();
    let mut quote = None;
    let mut at = start;
    while at < bytes.len() {
        let byte = bytes[at];
        match quote {
            None if is_latin1_space(byte) => break,
            None if matches!(byte, b'\'' | b'"') => quote = Some(byte),
            Some(open) if byte == open => quote = None,
            _ if byte == escape => {
                at += 1;
                word.extend(bytes.get(at).map(|&b| char::from(b)));
            }
            _ => word.push(char::from(byte)),
        }
        at += 1;
    }
    (word, at.min(bytes.len()))
}

fn is_latin1_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ' | 0x85 | 0xA0)
}

/// The next character boundary: a word that ends inside a character would otherwise cut it.
fn char_boundary(text: &str, at: usize) -> usize {
    (at..text.len()).find(|&i| text.is_char_boundary(i)).unwrap_or(text.len())
}

/// The words of ENV, LABEL and ARG. Quotes group, the escape character protects the next one, and both are kept.
pub(super) fn quoted_words(text: &str, range: Range<usize>, escape: u8) -> Vec<Range<usize>> {
    let escape = char::from(escape);
    let mut words = Vec::new();
    let mut characters = text[range.clone()].char_indices().map(|(i, c)| (range.start + i, c));
    while let Some((start, first)) = characters.find(|(_, c)| !c.is_whitespace()) {
        let mut end = range.end;
        let mut quote = None;
        let mut current = Some((start, first));
        while let Some((at, c)) = current {
            match quote {
                None if c.is_whitespace() => {
                    end = at;
                    break;
                }
                None if matches!(c, '\'' | '"') => quote = Some(c),
                Some(open) if c == open => quote = None,
                Some('\'') => {}
                // An escape character at the very end disappears.
                _ if c == escape && characters.next().is_none() => end = at,
                _ => {}
            }
            current = characters.next();
        }
        if end > start {
            words.push(start..end);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Piece;

    fn line(text: &str) -> LogicalText {
        LogicalText { text: text.to_owned(), pieces: vec![Piece::new(0, 0)], end: text.len() as u32 }
    }

    #[test]
    fn flags_stop_at_the_first_other_word() {
        type Case<'a> = (&'a str, &'a [(&'a str, Option<&'a str>)], &'a str);
        let cases: [Case<'_>; 10] = [
            ("RUN --a --b=c d --e", &[("a", None), ("b", Some("c"))], "d --e"),
            ("RUN -- --foo", &[], "--foo"),
            ("RUN --", &[], ""),
            ("RUN --a --", &[("a", None)], ""),
            ("RUN --m=\"a b\" x", &[("m", Some("a b"))], "x"),
            ("RUN --m='a\"b'c x", &[("m", Some("a\"bc"))], "x"),
            ("RUN --m=a\\ b x", &[("m", Some("a b"))], "x"),
            ("RUN --m=a\\", &[("m", Some("a"))], ""),
            ("RUN -a", &[], "-a"),
            ("RUN --m=é x", &[("m", Some("Ã©"))], "x"),
        ];
        for (text, expected, rest) in cases {
            let line = line(text);
            let split = split(&line, 0..text.len(), b'\\');
            let found: Vec<_> = split.flags.iter().map(|f| (f.name.as_str(), f.value.as_deref())).collect();
            assert_eq!((&found[..], &text[split.args]), (expected, rest), "{text}");
        }
    }

    #[test]
    fn words_keep_their_quotes() {
        let cases: [(&str, &[&str]); 10] = [
            ("a=1 b=2", &["a=1", "b=2"]),
            ("a=\"b c\" d='e f'", &["a=\"b c\"", "d='e f'"]),
            ("a=b\\ c d", &["a=b\\ c", "d"]),
            ("a='b\\' c", &["a='b\\'", "c"]),
            ("a=\"b\\\" c\" d", &["a=\"b\\\" c\"", "d"]),
            ("a=\"b c", &["a=\"b c"]),
            ("a=b\\", &["a=b"]),
            ("a=\"b\\", &["a=\"b"]),
            ("\\", &[]),
            ("a\u{A0}b", &["a", "b"]),
        ];
        for (text, expected) in cases {
            let found: Vec<_> = quoted_words(text, 0..text.len(), b'\\').into_iter().map(|r| &text[r]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
