//! Variables, quotes and escapes in instruction text, as BuildKit's shell lexer sees them.
//!
//! The lexer is not a shell: it knows `$name`, a few forms in braces, two kinds of quotes and one escape character.

use super::pattern::Pattern;
use std::collections::BTreeSet;

/// Why a text cannot be expanded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// A quote or a brace is never closed; names what is missing.
    #[error("nothing closes the text: expected {0}")]
    Unterminated(&'static str),
    /// Braces around something that names no variable, such as `${}` or `${:x}`.
    #[error("bad substitution in `${{…}}`")]
    BadSubstitution,
    /// A form in braces that Dockerfiles do not have.
    #[error("unsupported modifier `{0}` in `${{…}}`")]
    UnsupportedModifier(String),
    /// `${name?message}` and the variable is unset, or empty for `${name:?message}`.
    #[error("{name}: {message}")]
    Required {
        /// The variable.
        name: String,
        /// What the author wrote after the question mark, or a standard sentence.
        message: String,
    },
    /// The pattern of `${name#pattern}` and its kin has an escape before an ordinary character.
    #[error("invalid escape in the pattern `{0}`")]
    InvalidPattern(String),
    /// A pattern and a value that together are too long to match.
    #[error("the value is too long for a pattern substitution")]
    TooLong,
    /// Values put in for variables are longer than [`MAX_EXPANSION`] together.
    #[error("its variables expand to more than {} KiB", MAX_EXPANSION >> 10)]
    TooLarge,
    /// Substitutions are nested beyond [`MAX_NESTING`].
    #[error("substitutions are nested more than {MAX_NESTING} deep")]
    TooDeep,
}

/// How deep substitutions may be nested in each other.
pub const MAX_NESTING: usize = 200;

/// How many bytes the values of variables may add to one text. Linux starts no program with a longer variable or argument,
/// and without a limit lines such as `ENV A=$B$B` double the text until memory is gone.
pub const MAX_EXPANSION: usize = 128 << 10;

/// Expands variables in `text` and removes quotes and escapes, without splitting into words.
///
/// `escape` is [`super::Dockerfile::escape`]; `lookup` gives the value of a variable, `None` when it is unset.
/// Values are put in as they are; their quotes, dollars and blanks mean nothing further.
pub fn expand(text: &str, escape: u8, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, ExpandError> {
    let mut lexer = Lexer::new(text, escape, lookup);
    Ok(lexer.until(None, false)?.0)
}

/// Like [`expand`], then splits into words at blanks that are not quoted; also at blanks from values.
///
/// This is how `EXPOSE $PORTS` may hold several ports.
pub fn expand_words(
    text: &str,
    escape: u8,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<String>, ExpandError> {
    let mut lexer = Lexer::new(text, escape, lookup);
    Ok(lexer.until(None, false)?.1)
}

/// Expands the body of a COPY or ADD heredoc: quotes are kept and the escape character is always `\`.
pub fn expand_heredoc(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, ExpandError> {
    let mut lexer = Lexer::new(text, b'\\', lookup);
    lexer.quotes = Quotes::Ordinary;
    Ok(lexer.until(None, false)?.0)
}

/// The names of the variables that expanding `text` asks for, those of nested substitutions included.
pub fn variables(text: &str, escape: u8) -> Result<BTreeSet<String>, ExpandError> {
    let names = std::cell::RefCell::new(BTreeSet::new());
    let record = |name: &str| {
        names.borrow_mut().insert(name.to_owned());
        None
    };
    let mut lexer = Lexer::new(text, escape, &record);
    lexer.keep_unset = true;
    lexer.until(None, false)?;
    Ok(names.into_inner())
}

/// The words of a line as heredoc detection sees them: quotes and escapes kept, variables left alone.
pub(super) fn raw_words(line: &str) -> Result<Vec<String>, ExpandError> {
    let mut lexer = Lexer::new(line, b'\\', &|_| None);
    lexer.quotes = Quotes::Kept;
    lexer.raw_escapes = true;
    lexer.keep_unset = true;
    Ok(lexer.until(None, true)?.1)
}

/// The words of a heredoc's delimiter, with quotes removed or kept.
pub(super) fn delimiter_words(text: &str, keep_quotes: bool) -> Result<Vec<String>, ExpandError> {
    let mut lexer = Lexer::new(text, b'\\', &|_| None);
    lexer.quotes = if keep_quotes { Quotes::Kept } else { Quotes::Removed };
    lexer.keep_unset = true;
    Ok(lexer.until(None, false)?.1)
}

/// What becomes of quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// They group and disappear.
    Removed,
    /// They group and stay.
    Kept,
    /// They are characters like any other.
    Ordinary,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    quotes: Quotes,
    /// Escape characters stay in the result.
    raw_escapes: bool,
    /// A reference to an unset variable stays as it is written.
    keep_unset: bool,
    /// The word being collected. One buffer for all nesting levels, as upstream: a nested substitution empties it,
    /// which loses what the outer word had. Heredoc detection depends on that.
    word: String,
    depth: usize,
    /// Bytes that values and substitutions gave so far, those that were thrown away included.
    spent: usize,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str, escape: u8, lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        Lexer {
            text,
            at: 0,
            escape: char::from(escape),
            lookup,
            quotes: Quotes::Removed,
            raw_escapes: false,
            keep_unset: false,
            word: String::new(),
            depth: 0,
            spent: 0,
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Reads up to and over `stop`, or to the end of the text: the expanded text, and its words.
    fn until(&mut self, stop: Option<char>, raw_escapes: bool) -> Result<(String, Vec<String>), ExpandError> {
        if self.depth > MAX_NESTING {
            return Err(ExpandError::TooDeep);
        }
        self.depth += 1;
        let outer = std::mem::replace(&mut self.raw_escapes, raw_escapes);
        let result = self.until_inner(stop);
        self.raw_escapes = outer;
        self.depth -= 1;
        result
    }

    fn until_inner(&mut self, stop: Option<char>) -> Result<(String, Vec<String>), ExpandError> {
        let mut result = String::new();
        self.word.clear();
        let mut words = Words::default();
        while let Some(c) = self.peek() {
            if Some(c) == stop {
                self.next();
                return Ok((result, words.finish(&mut self.word)));
            }
            match c {
                '$' => {
                    let value = self.dollar()?;
                    value.chars().for_each(|c| words.push(&mut self.word, c));
                    result.push_str(&value);
                }
                '\'' | '"' if self.quotes != Quotes::Ordinary => {
                    let quoted = if c == '"' { self.double_quoted()? } else { self.single_quoted()? };
                    words.push_raw(&mut self.word, &quoted);
                    result.push_str(&quoted);
                }
                '<' => {
                    let start = self.at;
                    self.heredoc_operator();
                    words.push_raw(&mut self.word, &self.text[start..self.at]);
                    result.push_str(&self.text[start..self.at]);
                }
                _ if c == self.escape => {
                    self.next();
                    let start = if self.raw_escapes { self.at - c.len_utf8() } else { self.at };
                    let end = self.next();
                    let kept = &self.text[start..self.at];
                    if !kept.is_empty() {
                        words.push_raw(&mut self.word, kept);
                        result.push_str(kept);
                    }
                    if end.is_none() {
                        break;
                    }
                }
                _ => {
                    self.next();
                    words.push(&mut self.word, c);
                    result.push(c);
                }
            }
        }
        match stop {
            None => Ok((result, words.finish(&mut self.word))),
            Some('}') => Err(ExpandError::Unterminated("`}`")),
            Some(_) => Err(ExpandError::Unterminated("`/`")),
        }
    }

    /// Passes over `<`, or `<<` and the blanks after it, so that a heredoc's delimiter stays in the same word.
    fn heredoc_operator(&mut self) {
        self.next();
        if self.peek() == Some('<') {
            self.next();
            while matches!(self.peek(), Some('\t' | '\r' | ' ')) {
                self.next();
            }
        }
    }

    fn single_quoted(&mut self) -> Result<String, ExpandError> {
        self.next();
        let rest = &self.text[self.at..];
        let length = rest.find('\'').ok_or(ExpandError::Unterminated("a single quote"))?;
        self.at += length + 1;
        let inner = &rest[..length];
        Ok(if self.quotes == Quotes::Kept { format!("'{inner}'") } else { inner.to_owned() })
    }

    fn double_quoted(&mut self) -> Result<String, ExpandError> {
        let mut result = String::new();
        let keep = self.quotes == Quotes::Kept;
        self.next();
        if keep {
            result.push('"');
        }
        loop {
            match self.peek().ok_or(ExpandError::Unterminated("a double quote"))? {
                '"' => {
                    self.next();
                    if keep {
                        result.push('"');
                    }
                    return Ok(result);
                }
                '$' => result.push_str(&self.dollar()?),
                c if c == self.escape => {
                    self.next();
                    if self.raw_escapes {
                        result.push(c);
                    }
                    match self.peek() {
                        Some(next) if matches!(next, '"' | '$') || next == self.escape => {
                            self.next();
                            result.push(next);
                        }
                        Some(_) => result.push(c),
                        None => {}
                    }
                }
                c => {
                    self.next();
                    result.push(c);
                }
            }
        }
    }

    /// What a `$` stands for.
    fn dollar(&mut self) -> Result<String, ExpandError> {
        self.next();
        if self.peek() != Some('{') {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".to_owned());
            }
            return self.value_or(name, || format!("${name}"));
        }
        self.next();
        match self.peek() {
            None => return Err(ExpandError::Unterminated("`}`")),
            Some('{' | '}' | ':') => return Err(ExpandError::BadSubstitution),
            Some(_) => {}
        }
        let name = self.name();
        match self.next() {
            Some('}') => self.value_or(name, || format!("${{{name}}}")),
            Some(':') => match self.next() {
                Some(operator @ ('#' | '%')) => Err(ExpandError::UnsupportedModifier(format!(":{operator}"))),
                Some(operator) => self.conditional(name, operator, true),
                None => Err(ExpandError::Unterminated("`}`")),
            },
            Some(operator @ ('-' | '+' | '?')) => self.conditional(name, operator, false),
            Some(operator @ ('#' | '%')) => self.trimmed(name, operator),
            Some('/') => self.replaced(name),
            Some(other) => Err(ExpandError::UnsupportedModifier(other.to_string())),
            None => Err(ExpandError::Unterminated("`}`")),
        }
    }

    /// The value of a variable, as long as the text does not grow beyond its limit.
    fn value(&mut self, name: &str) -> Result<Option<String>, ExpandError> {
        let value = (self.lookup)(name);
        self.spend(value.as_ref().map_or(0, String::len))?;
        Ok(value)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), ExpandError> {
        self.spent = self.spent.saturating_add(bytes);
        if self.spent > MAX_EXPANSION { Err(ExpandError::TooLarge) } else { Ok(()) }
    }

    fn value_or(&mut self, name: &str, as_written: impl Fn() -> String) -> Result<String, ExpandError> {
        Ok(match self.value(name)? {
            Some(value) => value,
            None if self.keep_unset => as_written(),
            None => String::new(),
        })
    }

    /// `${name-word}`, `${name+word}`, `${name?word}`; with a colon an empty value counts as unset.
    fn conditional(&mut self, name: &str, operator: char, colon: bool) -> Result<String, ExpandError> {
        let (word, _) = self.until(Some('}'), false)?;
        let value = self.value(name)?;
        if value.is_none() && self.keep_unset {
            return Ok(format!("${{{name}{}{operator}{word}}}", if colon { ":" } else { "" }));
        }
        // Only now, for an unknown form of an unset variable that is to stay as written is no error.
        if !matches!(operator, '-' | '+' | '?') {
            return Err(ExpandError::UnsupportedModifier(format!(":{operator}")));
        }
        let missing = if value.is_none() { "is not allowed to be unset" } else { "is not allowed to be empty" };
        let value = value.filter(|v| !(colon && v.is_empty()));
        match (operator, value) {
            ('+', value) => Ok(value.map_or(String::new(), |_| word)),
            (_, Some(value)) => Ok(value),
            ('-', None) => Ok(word),
            (_, None) => {
                let message = if word.is_empty() { missing.to_owned() } else { word };
                Err(ExpandError::Required { name: name.to_owned(), message })
            }
        }
    }

    /// `${name#pattern}`, `${name##pattern}`, `${name%pattern}`, `${name%%pattern}`.
    fn trimmed(&mut self, name: &str, operator: char) -> Result<String, ExpandError> {
        let (word, _) = self.until(Some('}'), true)?;
        let value = self.value(name)?;
        if value.is_none() && self.keep_unset {
            return Ok(format!("${{{name}{operator}{word}}}"));
        }
        let value = value.unwrap_or_default();
        let longest = word.starts_with(operator);
        let text = if longest { &word[1..] } else { &word[..] };
        let pattern = Pattern::parse(text)?;
        match operator {
            '#' => pattern.trim_prefix(&value, longest),
            _ => pattern.trim_suffix(&value, longest),
        }
    }

    /// `${name/pattern/replacement}` for the first match, `${name//pattern/replacement}` for all.
    fn replaced(&mut self, name: &str) -> Result<String, ExpandError> {
        let all = self.peek() == Some('/');
        if all {
            self.next();
        }
        let (pattern, _) = self.until(Some('/'), true)?;
        let (replacement, _) = self.until(Some('}'), true)?;
        let value = self.value(name)?;
        if value.is_none() && self.keep_unset {
            return Ok(format!("${{{name}/{pattern}/{replacement}}}"));
        }
        // Upstream reads `$` in the replacement of all matches as a regular expression's group; nobody means that.
        if all && replacement.contains('$') {
            return Err(ExpandError::UnsupportedModifier(format!("//{pattern}/{replacement}")));
        }
        let result = Pattern::parse(&pattern)?.replace(&value.unwrap_or_default(), &replacement, all)?;
        self.spend(result.len())?;
        Ok(result)
    }

    /// A variable's name: digits only, or one special character, or letters, digits and underscores.
    ///
    /// Upstream asks for the categories Letter and Nd. The standard library's classes are a little wider, for
    /// combining marks and number forms.
    fn name(&mut self) -> &'a str {
        let text = self.text;
        let rest = &text[self.at..];
        let length = match rest.chars().next() {
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => 1,
            Some(c) if c.is_numeric() => rest.find(|c: char| !c.is_numeric()).unwrap_or(rest.len()),
            _ => rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()),
        };
        self.at += length;
        &rest[..length]
    }
}

/// Collects words beside the result.
#[derive(Default)]
struct Words {
    words: Vec<String>,
    in_word: bool,
}

impl Words {
    fn push(&mut self, word: &mut String, c: char) {
        if !c.is_whitespace() {
            word.push(c);
            self.in_word = true;
        } else if self.in_word && !word.is_empty() {
            self.words.push(std::mem::take(word));
            self.in_word = false;
        }
    }

    fn push_raw(&mut self, word: &mut String, text: &str) {
        word.push_str(text);
        self.in_word = true;
    }

    fn finish(mut self, word: &mut String) -> Vec<String> {
        if !word.is_empty() {
            self.words.push(std::mem::take(word));
        }
        self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_variables_add_is_limited() {
        let half = "x".repeat(MAX_EXPANSION / 2);
        let lookup = |name: &str| (name == "A").then(|| half.clone());
        assert_eq!(expand("$A-$A", b'\\', &lookup).map(|text| text.len()), Ok(MAX_EXPANSION + 1));
        let too_large = ["$A$A$A", "${A}${A}${A:-x}", "${A:+}${A:+}${A:+}", "\"$A$A$A\"", "${B:-$A$A$A}"];
        for text in too_large {
            assert_eq!(expand(text, b'\\', &lookup), Err(ExpandError::TooLarge), "{text}");
            assert_eq!(expand_words(text, b'\\', &lookup), Err(ExpandError::TooLarge), "{text}");
            assert_eq!(expand_heredoc(text, &lookup), Err(ExpandError::TooLarge), "{text}");
        }
    }

    #[test]
    fn a_replacement_cannot_multiply_a_value_without_limit() {
        let value = "a".repeat(1000);
        let lookup = |name: &str| (name == "A").then(|| value.clone());
        let text = format!("${{A//a/{}}}", "b".repeat(1000));
        assert_eq!(expand(&text, b'\\', &lookup), Err(ExpandError::TooLarge));
        assert_eq!(expand("${A//a/bb}", b'\\', &lookup), Ok("b".repeat(2000)));
    }

    #[test]
    fn a_long_text_without_variables_has_no_limit() {
        let text = "x".repeat(MAX_EXPANSION * 2);
        assert_eq!(expand(&text, b'\\', &|_| None).as_deref(), Ok(text.as_str()));
    }
}
