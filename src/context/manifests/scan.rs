//! Text in pieces: quoted strings, comments of `//` and `/* */`, and the characters between them.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A string with its quotes; one that never ends goes to the end of the text.
    Quoted(&'a str),
    Comment,
    Char(char),
}

/// Cuts `text` into pieces; a string starts and ends with the same character of `quotes`, and `\` escapes inside.
pub(super) fn pieces<'a>(text: &'a str, quotes: &[char]) -> Vec<Piece<'a>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (piece, length) = if quotes.contains(&c) {
            let end = string_end(rest, c);
            (Piece::Quoted(&rest[..end]), end)
        } else if rest.starts_with("//") {
            (Piece::Comment, rest.find('\n').unwrap_or(rest.len()))
        } else if let Some(inside) = rest.strip_prefix("/*") {
            (Piece::Comment, inside.find("*/").map_or(rest.len(), |at| at + 4))
        } else {
            (Piece::Char(c), c.len_utf8())
        };
        found.push(piece);
        rest = &rest[length..];
    }
    found
}

/// Where the string that `text` starts with ends.
fn string_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}
