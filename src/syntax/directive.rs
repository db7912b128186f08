//! Parser directives: `# syntax=`, `# escape=`, `# check=` at the very top of a file.

/// Reads a line, trimmed on the left and without its line end, as a directive: its lower-case key and its value.
///
/// `None` ends the directives of the file: another comment, an unknown key, no value.
pub(super) fn parse(line: &[u8]) -> Option<(&'static str, String)> {
    let comment = String::from_utf8_lossy(line.strip_prefix(b"#")?);
    let text = comment.trim_start();
    let key_end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (key, rest) = text.split_at(key_end);
    let key = ["syntax", "escape", "check"].into_iter().find(|known| key.eq_ignore_ascii_case(known))?;
    let value = rest.trim_start_matches(is_space).strip_prefix('=')?;
    let trimmed = value.trim_matches(is_space);
    // A value of blanks only counts as a value: its last blank. For `escape` that is an error, not an absence.
    let value = if trimmed.is_empty() { &value[value.char_indices().next_back()?.0..] } else { trimmed };
    Some((key, value.to_owned()))
}

fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\x0C' | '\r' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let cases: [(&str, Option<(&str, &str)>); 12] = [
            ("# escape=`", Some(("escape", "`"))),
            ("#escape=\\", Some(("escape", "\\"))),
            ("# ESCAPE = ` ", Some(("escape", "`"))),
            ("#\u{A0}syntax=a/b:1 c", Some(("syntax", "a/b:1 c"))),
            ("# check=skip=all;error=true", Some(("check", "skip=all;error=true"))),
            ("# escape=  ", Some(("escape", " "))),
            ("# escape=", None),
            ("# escape", None),
            ("# escape x=y", None),
            ("# foo=bar", None),
            ("#!/bin/docker", None),
            ("FROM x", None),
        ];
        for (line, expected) in cases {
            let found = parse(line.as_bytes());
            assert_eq!(found.as_ref().map(|(k, v)| (*k, v.as_str())), expected, "{line:?}");
        }
    }
}
