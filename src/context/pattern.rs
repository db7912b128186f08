//! Path patterns: Go's `filepath.Match` for `COPY`, and the dialect of `.dockerignore`, which adds `**`.
//!
//! Both are matched by stepping a set of positions through the text, so no pattern can take exponential time.

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// The text is this.
    Exact(String),
    /// The text starts with this (`dir/**`).
    Prefix(String),
    /// The text ends with this, or is this without its leading `/` (`**/name`).
    Suffix(String),
    /// Everything else.
    Tokens(Vec<Token>),
}

/// One operator of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// This character.
    Char(char),
    /// `?`: any character but `/`.
    One,
    /// `*`: any run of characters but `/`.
    Run,
    /// `**` in the middle: nothing, or anything that ends in `/`.
    Directories,
    /// `**` at the end: anything.
    Rest,
    /// `[a-z]`, `[^a-z]`.
    Class { negated: bool, ranges: Vec<(char, char)> },
    /// Nothing, at the start of the text only.
    Start,
    /// An escape that can match no path.
    Never,
}

impl Token {
    fn is_star(&self) -> bool {
        matches!(self, Token::Run | Token::Directories)
    }
}

impl Pattern {
    /// Compiles one component of a `COPY` source by the rules of Go's `filepath.Match`; `None` when it is malformed, which
    /// matches nothing.
    pub(super) fn component(pattern: &str) -> Option<Pattern> {
        let mut chars = pattern.chars().peekable();
        let mut tokens = Vec::new();
        while let Some(c) = chars.next() {
            tokens.push(match c {
                '*' => Token::Run,
                '?' => Token::One,
                '[' => class(&mut chars)?,
                '\\' => Token::Char(chars.next()?),
                c => Token::Char(c),
            });
        }
        Some(Pattern::Tokens(tokens))
    }

    /// Compiles a cleaned `.dockerignore` pattern; `None` when it is malformed.
    ///
    /// The reference implementation picks a cheaper comparison where it can. `**name` shows the difference: compared as a
    /// suffix it matches `xname`, as a pattern it would not. So the choice of comparison is part of the rules.
    pub(super) fn ignore(pattern: &str) -> Option<Pattern> {
        let mut chars = pattern.chars().peekable();
        let mut tokens = Vec::new();
        let mut kind = Kind::Exact;
        let mut first = true;
        while let Some(c) = chars.next() {
            if c == '*' && chars.next_if_eq(&'*').is_some() {
                chars.next_if_eq(&'/');
                kind = match chars.peek() {
                    _ if first => Kind::Suffix,
                    None if kind == Kind::Exact => Kind::Prefix,
                    _ => Kind::Tokens,
                };
                tokens.push(if chars.peek().is_some() { Token::Directories } else { Token::Rest });
            } else {
                if matches!(c, '*' | '?' | '[' | ']' | '\\') {
                    kind = Kind::Tokens;
                }
                tokens.push(match c {
                    '*' => Token::Run,
                    '?' => Token::One,
                    '[' => class(&mut chars)?,
                    '\\' => match chars.next() {
                        Some(escaped) => escape(escaped),
                        // The check that refuses this does not look behind a `*`, unless the pattern starts with it.
                        None if tokens.iter().skip_while(|token| token.is_star()).any(Token::is_star) => Token::Never,
                        None => return None,
                    },
                    // An oversight of the reference implementation that decides what a build sees: it stays an anchor.
                    '^' => Token::Start,
                    c => Token::Char(c),
                });
            }
            first = false;
        }
        Some(match kind {
            Kind::Exact => Pattern::Exact(pattern.to_owned()),
            Kind::Prefix => Pattern::Prefix(pattern.strip_suffix("**").unwrap_or(pattern).to_owned()),
            Kind::Suffix => Pattern::Suffix(pattern.strip_prefix("**").unwrap_or(pattern).to_owned()),
            Kind::Tokens => Pattern::Tokens(tokens),
        })
    }

    /// True when the whole of `text` matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Exact(exact) => text == exact,
            Pattern::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Pattern::Suffix(suffix) => text.ends_with(suffix.as_str()) || suffix.strip_prefix('/') == Some(text),
            Pattern::Tokens(tokens) => matches_tokens(tokens, text),
        }
    }
}

/// True when `text` holds a wildcard that no backslash escapes, which decides whether `COPY` treats it as a pattern.
pub(super) fn has_wildcard(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => _ = chars.next(),
            '*' | '?' | '[' => return true,
            _ => {}
        }
    }
    false
}

#[derive(PartialEq, Eq)]
enum Kind {
    Exact,
    Prefix,
    Suffix,
    Tokens,
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// What a backslash and this character mean in `.dockerignore`, where the reference implementation hands both to a regular
/// expression: punctuation stands for itself, a few letters are classes, and the rest matches no path.
fn escape(c: char) -> Token {
    let word = [('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
    let (negated, ranges) = match c {
        'd' | 'D' => (c == 'D', vec![('0', '9')]),
        'w' | 'W' => (c == 'W', word.to_vec()),
        's' | 'S' => (c == 'S', vec![('\t', '\n'), ('\u{c}', '\r'), (' ', ' ')]),
        c if c.is_ascii_alphanumeric() => return Token::Never,
        c => return Token::Char(c),
    };
    Token::Class { negated, ranges }
}

/// Reads a character class after its `[`.
fn class(chars: &mut Chars) -> Option<Token> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while ranges.is_empty() || chars.next_if_eq(&']').is_none() {
        let low = class_char(chars)?;
        let high = if chars.next_if_eq(&'-').is_some() { class_char(chars)? } else { low };
        ranges.push((low, high));
    }
    Some(Token::Class { negated, ranges })
}

fn class_char(chars: &mut Chars) -> Option<char> {
    match chars.next()? {
        '-' | ']' => None,
        '\\' => chars.next(),
        c => Some(c),
    }
}

fn matches_tokens(tokens: &[Token], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for token in tokens {
        reached = step(token, &text, &reached);
        if !reached.contains(&true) {
            return false;
        }
    }
    reached.last() == Some(&true)
}

/// The positions that can be reached after `token` from those reached before it.
fn step(token: &Token, text: &[char], reached: &[bool]) -> Vec<bool> {
    let one = |accepts: &dyn Fn(char) -> bool| -> Vec<bool> {
        std::iter::once(false).chain(text.iter().zip(reached).map(|(c, r)| *r && accepts(*c))).collect()
    };
    match token {
        Token::Char(wanted) => one(&|c| c == *wanted),
        Token::One => one(&|c| c != '/'),
        Token::Class { negated, ranges } => {
            one(&|c| ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated)
        }
        Token::Start => reached.iter().enumerate().map(|(i, r)| *r && i == 0).collect(),
        Token::Never => one(&|_| false),
        Token::Run => spread(text, reached, |before, here, previous| here || (before && previous != '/')),
        Token::Rest => spread(text, reached, |before, here, _| here || before),
        Token::Directories => {
            let mut any = false;
            (0..reached.len())
                .map(|i| {
                    let next = reached[i] || (any && i > 0 && text[i - 1] == '/');
                    any |= reached[i];
                    next
                })
                .collect()
        }
    }
}

/// Carries a position forward over the characters that `keeps` lets it pass.
fn spread(text: &[char], reached: &[bool], keeps: impl Fn(bool, bool, char) -> bool) -> Vec<bool> {
    let mut before = false;
    let mut next = Vec::with_capacity(reached.len());
    for (i, here) in reached.iter().enumerate() {
        let previous = if i == 0 { '/' } else { text[i - 1] };
        before = keeps(before, *here, previous);
        next.push(before);
    }
    next
}
