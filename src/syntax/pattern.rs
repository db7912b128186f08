//! Patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/replacement}`: `*`, `?` and characters.

use super::expand::{ExpandError, MAX_EXPANSION};

enum Token {
    /// This character.
    Character(char),
    /// Any one character except a line end.
    One,
    /// Any characters except line ends, or none.
    Many,
}

/// A pattern ready to match.
pub(super) struct Pattern {
    tokens: Vec<Token>,
}

impl Pattern {
    /// Reads a pattern. `\` makes `*`, `?` and `\` ordinary and disappears before `}` and `/`; elsewhere it is an error.
    pub(super) fn parse(text: &str) -> Result<Pattern, ExpandError> {
        let mut tokens = Vec::new();
        let mut characters = text.chars();
        while let Some(c) = characters.next() {
            tokens.push(match c {
                '*' => Token::Many,
                '?' => Token::One,
                '\\' => match characters.next() {
                    Some(escaped @ ('}' | '/' | '*' | '?' | '\\')) => Token::Character(escaped),
                    _ => return Err(ExpandError::InvalidPattern(text.to_owned())),
                },
                c => Token::Character(c),
            });
        }
        Ok(Pattern { tokens })
    }

    /// `value` without its shortest or longest matching beginning.
    pub(super) fn trim_prefix(&self, value: &str, longest: bool) -> Result<String, ExpandError> {
        let characters = self.characters(value)?;
        let length = matched(self.tokens.iter(), &characters, longest).unwrap_or(0);
        Ok(characters[length..].iter().collect())
    }

    /// `value` without its shortest or longest matching end.
    pub(super) fn trim_suffix(&self, value: &str, longest: bool) -> Result<String, ExpandError> {
        let mut characters = self.characters(value)?;
        characters.reverse();
        let length = matched(self.tokens.iter().rev(), &characters, longest).unwrap_or(0);
        Ok(characters[length..].iter().rev().collect())
    }

    /// `value` with the first match, or all matches, replaced. The leftmost match counts, and there the longest.
    pub(super) fn replace(&self, value: &str, replacement: &str, all: bool) -> Result<String, ExpandError> {
        let characters = self.characters(value)?;
        let mut result = String::new();
        let mut copied = 0;
        let mut search = 0;
        while let Some((start, end)) = self.find(&characters, search) {
            result.extend(&characters[copied..start]);
            // An empty match directly after another match does not count.
            if end > copied || start == 0 {
                result.push_str(replacement);
            }
            if result.len() > MAX_EXPANSION {
                return Err(ExpandError::TooLarge);
            }
            copied = end;
            if !all {
                break;
            }
            search = end.max(search + 1);
        }
        result.extend(&characters[copied..]);
        Ok(result)
    }

    fn find(&self, characters: &[char], from: usize) -> Option<(usize, usize)> {
        (from..=characters.len())
            .find_map(|start| matched(self.tokens.iter(), &characters[start..], true).map(|n| (start, start + n)))
    }

    /// The characters to match; refuses what would take long.
    fn characters(&self, value: &str) -> Result<Vec<char>, ExpandError> {
        let characters: Vec<char> = value.chars().collect();
        let too_long = characters.len() > MAX_LENGTH || characters.len() * self.tokens.len() > MAX_WORK;
        if too_long { Err(ExpandError::TooLong) } else { Ok(characters) }
    }
}

/// The longest value, in characters, that patterns are matched against. Matching is quadratic, and nobody needs more.
const MAX_LENGTH: usize = 4096;

/// The greatest product of a value's and a pattern's length.
const MAX_WORK: usize = 1 << 16;

/// The shortest or longest number of leading characters that the tokens match.
fn matched<'a>(tokens: impl Iterator<Item = &'a Token>, characters: &[char], longest: bool) -> Option<usize> {
    let mut ends = vec![0];
    for token in tokens {
        ends = match token {
            Token::Character(wanted) => step(&ends, characters, |c| c == *wanted),
            Token::One => step(&ends, characters, |c| c != '\n'),
            Token::Many => spread(&ends, characters),
        };
    }
    if longest { ends.last().copied() } else { ends.first().copied() }
}

/// The positions after one accepted character.
fn step(ends: &[usize], characters: &[char], accept: impl Fn(char) -> bool) -> Vec<usize> {
    ends.iter().filter(|&&at| characters.get(at).is_some_and(|&c| accept(c))).map(|at| at + 1).collect()
}

/// The positions after any characters of the same line, in order.
fn spread(ends: &[usize], characters: &[char]) -> Vec<usize> {
    let mut reached: Vec<usize> = Vec::new();
    for &end in ends {
        if reached.last().is_some_and(|&last| end <= last) {
            continue;
        }
        let rest = characters[end..].iter().take_while(|&&c| c != '\n').count();
        reached.extend(end..=end + rest);
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_suffixes() {
        let cases = [
            ("a.tar.gz", "*.", "tar.gz", "gz", "a.tar.gz", "a.tar.gz"),
            ("a.tar.gz", ".*", "a.tar.gz", "a.tar.gz", "a.tar", "a"),
            ("xaax", "x*a", "ax", "x", "xaax", "xaax"),
            ("abc", "", "abc", "abc", "abc", "abc"),
            ("abc", "*", "abc", "", "abc", ""),
            ("abc", "?", "bc", "bc", "ab", "ab"),
            ("a*c", "a\\*", "c", "c", "a*c", "a*c"),
            ("c*a", "\\*a", "c*a", "c*a", "c", "c"),
            ("héé", "?é", "é", "é", "h", "h"),
        ];
        for (value, pattern, short, long, short_end, long_end) in cases {
            let parsed = Pattern::parse(pattern).unwrap();
            let results = [
                parsed.trim_prefix(value, false),
                parsed.trim_prefix(value, true),
                parsed.trim_suffix(value, false),
                parsed.trim_suffix(value, true),
            ];
            let expected = [short, long, short_end, long_end].map(|s| Ok(s.to_owned()));
            assert_eq!(results, expected, "{value} {pattern}");
        }
    }

    #[test]
    fn replacements() {
        let cases = [
            ("a-b-c", "-", "_", "a_b-c", "a_b_c"),
            ("aaa", "a", "", "aa", ""),
            ("abc", "", "-", "-abc", "-a-b-c-"),
            ("v1.2", "v*", "x", "x", "x"),
            ("a/b", "\\/", ".", "a.b", "a.b"),
            ("abab", "a?", "é", "éab", "éé"),
            ("abc", "z", "y", "abc", "abc"),
        ];
        for (value, pattern, replacement, first, all) in cases {
            let parsed = Pattern::parse(pattern).unwrap();
            assert_eq!(parsed.replace(value, replacement, false).unwrap(), first, "{value} {pattern}");
            assert_eq!(parsed.replace(value, replacement, true).unwrap(), all, "{value} {pattern}");
        }
    }

    #[test]
    fn refusals() {
        assert!(matches!(Pattern::parse("a\\b"), Err(ExpandError::InvalidPattern(_))));
        assert!(matches!(Pattern::parse("a\\"), Err(ExpandError::InvalidPattern(_))));
        let pattern = Pattern::parse("*a*b").unwrap();
        assert_eq!(pattern.replace(&"a".repeat(100_000), "", true), Err(ExpandError::TooLong));
    }
}
