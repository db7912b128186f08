//! Words from other people's files as plain text in each form.

use std::fmt::Write as _;

/// The same text with what nobody sees made visible: line ends, other control characters, and characters that change the
/// direction of what follows.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_hidden(c) => _ = write!(shown, "\\u{{{:x}}}", u32::from(c)),
            c => shown.push(c),
        }
    }
    shown
}

/// Characters that show nothing and change how others are read.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The same for words that are wrapped: line ends and blanks stay.
pub fn printable(text: &str) -> String {
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let end = word.chars().next_back().filter(|c| c.is_whitespace());
            let (word, end) = end.map_or((word, ""), |end| word.split_at(word.len() - end.len_utf8()));
            visible(word) + end
        })
        .collect()
}

/// Text of several lines in which only line ends and tabs are left of what shows nothing.
pub(super) fn block(text: &str) -> String {
    let shown = |c: char| if is_hidden(c) && c != '\n' && c != '\t' { char::REPLACEMENT_CHARACTER } else { c };
    text.replace("\r\n", "\n").chars().map(shown).collect()
}

/// The longest run of backticks in a text.
pub(super) fn longest_fence(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// A code span of Markdown that holds the text whatever is in it, also within a table.
pub(super) fn code(text: &str) -> String {
    let text = visible(text);
    if text.trim().is_empty() {
        return if text.is_empty() { "(nothing)".to_owned() } else { "(blanks)".to_owned() };
    }
    let fence = "`".repeat(longest_fence(&text) + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    // A table is cut at each bar before spans are looked for.
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

/// Text of msb's that holds words from files, as Markdown: what stands in backticks becomes code, all the rest plain text.
pub(super) fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd number of backticks: nobody knows which are meant.
    if parts.len().is_multiple_of(2) {
        return plain(text);
    }
    let shown = |(i, part): (usize, &&str)| match i % 2 {
        0 => plain(part),
        _ if part.is_empty() => String::new(),
        _ => code(part),
    };
    parts.iter().enumerate().map(shown).collect()
}

/// Plain text in Markdown: nothing in it is markup, HTML, a link or somebody's name.
pub(super) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            // Mentions and short names of issues are looked for after Markdown; a character of no width stops that.
            '@' | '#' => _ = write!(shown, "{c}&#8203;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' => _ = write!(shown, "\\{c}"),
            c => shown.push(c),
        }
    }
    // Addresses become links by themselves.
    shown.replace("://", ":&#8203;//").replace("www.", "www&#8203;.")
}

/// The message of a workflow command.
pub(super) fn workflow_message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
pub(super) fn workflow_property(text: &str) -> String {
    workflow_message(text).replace(':', "%3A").replace(',', "%2C")
}

/// A path as a relative reference of a URI.
pub fn uri(path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len());
    for &byte in path {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => text.push(byte as char),
            _ => _ = write!(text, "%{byte:02X}"),
        }
    }
    text
}

/// Plain text in a message of SARIF, where brackets make links and braces stand for arguments.
pub(super) fn sarif(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '[' | ']' => shown.extend(['\\', c]),
            '{' | '}' => shown.extend([c, c]),
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spans_hold_everything() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("``"), "``` `` ```");
        assert_eq!(code("a|b\nc"), "`a\\|b\\nc`");
        assert_eq!(code("x\u{202e}y\x1b[0m"), "`x\\u{202e}y\\u{1b}[0m`");
        assert_eq!(code(""), "(nothing)");
        assert_eq!(printable("a\x1b[0m b\n c"), "a\\u{1b}[0m b\n c");
    }

    #[test]
    fn prose_keeps_code_and_nothing_else() {
        assert_eq!(prose("`a*b` writes <b> & c_d"), "`a*b` writes &lt;b&gt; &amp; c\\_d");
        assert_eq!(prose("one ` of @them, see https://x"), "one \\` of @&#8203;them, see https:&#8203;//x");
    }

    #[test]
    fn workflow_commands_end_where_they_end() {
        assert_eq!(workflow_message("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(workflow_property("a,b:c\n"), "a%2Cb%3Ac%0A");
    }

    #[test]
    fn paths_are_references_in_any_case() {
        assert_eq!(uri("a b/c:d#?ä%".as_bytes()), "a%20b/c%3Ad%23%3F%C3%A4%25");
        assert_eq!(sarif("see [x](y) {0} \\"), "see \\[x\\](y) {{0}} \\\\");
    }
}
