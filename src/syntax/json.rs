//! Exec form: a JSON array of strings, by the rules of Go's `encoding/json`.

use std::ops::Range;

/// A string of an exec form and where it stands, quotes included.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct JsonString {
    pub(super) value: String,
    pub(super) range: Range<usize>,
}

/// What a text is when tried as an exec form.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Json {
    /// No JSON array: the text is shell form or plain words.
    No,
    /// A JSON array of strings only.
    Strings(Vec<JsonString>),
    /// A JSON array with the first element, at the range, that is no string: an error.
    Other(Range<usize>),
}

/// Nesting that Go accepts.
const MAX_DEPTH: usize = 10_000;

/// Tries `range` of `text` as an exec form.
pub(super) fn parse(text: &str, range: Range<usize>) -> Json {
    let start = range.end - text[range.clone()].trim_start().len();
    if text.as_bytes().get(start) != Some(&b'[') || start >= range.end {
        return Json::No;
    }
    let mut reader = Reader { text: &text[..range.end], at: start + 1 };
    reader.array().unwrap_or(Json::No)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// The outer array, from after its bracket to the end of the text; `None` for invalid JSON.
    fn array(&mut self) -> Option<Json> {
        let mut strings = Vec::new();
        let mut other = None;
        self.space();
        if !self.take(b']') {
            loop {
                self.space();
                let start = self.at;
                if self.take(b'"') {
                    let value = self.string()?;
                    strings.push(JsonString { value, range: start..self.at });
                } else {
                    self.skip_value()?;
                    other = other.or(Some(start..self.at));
                }
                self.space();
                if self.take(b']') {
                    break;
                }
                self.expect(b',')?;
            }
        }
        self.space();
        if self.at < self.text.len() {
            return None;
        }
        Some(other.map_or(Json::Strings(strings), Json::Other))
    }

    /// Passes over one value of any kind, without recursion so that nesting cannot exhaust the stack.
    fn skip_value(&mut self) -> Option<()> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            self.space();
            match self.next()? {
                b'"' => drop(self.string()?),
                b'[' => {
                    self.space();
                    if !self.take(b']') {
                        open.push(b'[');
                        if open.len() >= MAX_DEPTH {
                            return None;
                        }
                        continue;
                    }
                }
                b'{' => {
                    self.space();
                    if !self.take(b'}') {
                        open.push(b'{');
                        if open.len() >= MAX_DEPTH {
                            return None;
                        }
                        self.key()?;
                        continue;
                    }
                }
                b't' => self.literal("rue")?,
                b'f' => self.literal("alse")?,
                b'n' => self.literal("ull")?,
                b'-' | b'0'..=b'9' => self.number()?,
                _ => return None,
            }
            if !self.close(&mut open)? {
                return Some(());
            }
        }
    }

    /// After a value: closes finished containers. True when another value follows.
    fn close(&mut self, open: &mut Vec<u8>) -> Option<bool> {
        while let Some(&container) = open.last() {
            self.space();
            match (container, self.next()?) {
                (b'[', b',') => return Some(true),
                (b'{', b',') => return self.key().map(|()| true),
                (b'[', b']') | (b'{', b'}') => drop(open.pop()),
                _ => return None,
            }
        }
        Some(false)
    }

    fn key(&mut self) -> Option<()> {
        self.space();
        self.expect(b'"')?;
        self.string()?;
        self.space();
        self.expect(b':')
    }

    fn literal(&mut self, rest: &str) -> Option<()> {
        self.text[self.at..].starts_with(rest).then(|| self.at += rest.len())
    }

    /// A number whose first byte has been read. One beyond the range of a double is invalid, as in Go.
    fn number(&mut self) -> Option<()> {
        let start = self.at - 1;
        if self.text.as_bytes()[start] == b'-' && !self.next()?.is_ascii_digit() {
            return None;
        }
        if self.text.as_bytes()[self.at - 1] != b'0' {
            self.digits();
        }
        if self.take(b'.') && self.digits() == 0 {
            return None;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            if self.digits() == 0 {
                return None;
            }
        }
        let value: f64 = self.text[start..self.at].parse().ok()?;
        value.is_finite().then_some(())
    }

    fn digits(&mut self) -> usize {
        let count = self.text.as_bytes()[self.at..].iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += count;
        count
    }

    /// A string after its opening quote; a lone surrogate becomes U+FFFD.
    fn string(&mut self) -> Option<String> {
        let mut value = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.bytes().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1F))?;
            value.push_str(&rest[..plain]);
            self.at += plain;
            match self.next()? {
                b'"' => return Some(value),
                b'\\' => value.push(self.escape()?),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            c @ (b'"' | b'\\' | b'/') => char::from(c),
            b'u' => self.unicode()?,
            _ => return None,
        })
    }

    fn unicode(&mut self) -> Option<char> {
        let high = self.hex()?;
        if let Some(c) = char::from_u32(high) {
            return Some(c);
        }
        let back = self.at;
        if self.take(b'\\') && self.take(b'u') {
            let low = self.hex()?;
            if (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low) {
                return char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
            }
        }
        self.at = back;
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    fn space(&mut self) {
        let count = self.text.as_bytes()[self.at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
        self.at += count.count();
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.text.as_bytes().get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.text.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(text: &str) -> Option<Vec<String>> {
        match parse(text, 0..text.len()) {
            Json::Strings(strings) => Some(strings.into_iter().map(|s| s.value).collect()),
            _ => None,
        }
    }

    #[test]
    fn arrays_of_strings() {
        let cases: [(&str, &[&str]); 9] = [
            ("[]", &[]),
            (" [ ] ", &[]),
            (r#"["a", "b c"]"#, &["a", "b c"]),
            (r#"["d\"e","\u0041\n\/\\"]"#, &["d\"e", "A\n/\\"]),
            (r#"["\ud83d\ude00"]"#, &["😀"]),
            (r#"["\ud83dx"]"#, &["\u{FFFD}x"]),
            (r#"["\ud83d\u0041"]"#, &["\u{FFFD}A"]),
            (r#"["\udc00\ud83d\ude00"]"#, &["\u{FFFD}😀"]),
            ("\u{A0}[\"é\"]", &["é"]),
        ];
        for (text, expected) in cases {
            assert_eq!(
                strings(text).as_deref(),
                Some(&expected.iter().map(|s| s.to_string()).collect::<Vec<_>>()[..]),
                "{text}"
            );
        }
    }

    #[test]
    fn invalid_json_is_no_exec_form() {
        let cases = [
            "",
            "a",
            "[",
            "[ \"a\"",
            "['a']",
            "[\"a\",]",
            "[,]",
            "[\"a\"] b",
            "[\"a\" \"b\"]",
            "[\"\t\"]",
            "[\"\\x\"]",
            "[\"\\u12\"]",
            "[01]",
            "[1.]",
            "[-]",
            "[1e]",
            "[1e999]",
            "[nul]",
            "[{]",
            "[{\"a\"}]",
            "[[}]",
            "[\"\\u00é\"]",
        ];
        for text in cases {
            assert_eq!(parse(text, 0..text.len()), Json::No, "{text}");
        }
    }

    #[test]
    fn other_elements_are_found() {
        for text in
            ["[\"a\",1]", "[null]", "[[\"b\"]]", "[{\"a\":[1,{\"b\":true}]},\"x\"]", "[-0.5e+3]", "[{},[],false]"]
        {
            assert!(matches!(parse(text, 0..text.len()), Json::Other(_)), "{text}");
        }
        assert_eq!(parse("[\"a\", 1]", 0..8), Json::Other(6..7));
    }

    #[test]
    fn deep_nesting_is_refused_without_recursion() {
        let text = "[".repeat(200_000) + &"]".repeat(200_000);
        assert_eq!(parse(&text, 0..text.len()), Json::No);
        let text = "[".repeat(9_999) + &"]".repeat(9_999);
        assert!(matches!(parse(&text, 0..text.len()), Json::Other(_)));
    }
}
