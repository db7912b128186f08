//! Lines of commands as people write them in scripts, Makefiles and documents, to words. This is no shell: what stands there may
//! be for several of them, with prompts and placeholders.

use crate::facts::heuristics::Arg;

/// The commands of a text, those of substitutions included.
pub(super) fn commands(text: &str) -> Vec<Vec<Arg>> {
    let mut tokens = Tokens { chars: text.chars().collect(), at: 0, done: Vec::new(), words: Vec::new(), cut: false };
    tokens.read(0);
    tokens.done
}

/// How deep substitutions are followed.
const MAX_DEPTH: usize = 4;

struct Tokens {
    chars: Vec<char>,
    at: usize,
    done: Vec<Vec<Arg>>,
    words: Vec<Arg>,
    /// The rest of the command is for the shell outside.
    cut: bool,
}

impl Tokens {
    fn read(&mut self, depth: usize) {
        while let Some(c) = self.chars.get(self.at).copied() {
            match c {
                '\\' if matches!(self.chars.get(self.at + 1), Some('\n' | '\r')) => self.at += 2,
                '\n' | ';' | '|' | '&' | ')' | '(' => {
                    self.at += 1;
                    self.end();
                }
                '>' | '<' if !self.is_placeholder() => {
                    self.at += 1;
                    // `2>&1` and `>| x` go on with the same redirection; a prompt is none.
                    while matches!(self.chars.get(self.at), Some('>' | '<' | '&' | '|')) {
                        self.at += 1;
                    }
                    self.cut |= !self.words.is_empty();
                }
                '#' if self.words.iter().any(|word| word.text.chars().any(char::is_alphanumeric)) => {
                    while self.chars.get(self.at).is_some_and(|c| *c != '\n') {
                        self.at += 1;
                    }
                }
                c if c.is_whitespace() => self.at += 1,
                _ => {
                    let word = self.word(depth);
                    if !self.cut {
                        self.words.push(word);
                    }
                }
            }
        }
        self.end();
    }

    fn end(&mut self) {
        self.cut = false;
        if !self.words.is_empty() {
            self.done.push(std::mem::take(&mut self.words));
        }
    }

    /// `<name>` for a word that the reader fills in.
    fn is_placeholder(&self) -> bool {
        let rest = self.chars.get(self.at + 1..).unwrap_or_default();
        let name: Vec<char> = rest.iter().copied().take_while(|c| c.is_alphanumeric() || "-_ ".contains(*c)).collect();
        self.chars[self.at] == '<'
            && name.first().is_some_and(|c| c.is_alphabetic())
            && rest.get(name.len()) == Some(&'>')
    }

    fn word(&mut self, depth: usize) -> Arg {
        let (mut text, mut exact) = (String::new(), true);
        let mut quote = None;
        while let Some(c) = self.chars.get(self.at).copied() {
            let next = self.chars.get(self.at + 1).copied();
            match (quote, c) {
                (None, c) if c.is_whitespace() || ";|&()>".contains(c) => break,
                (None, '<') if !self.is_placeholder() => break,
                (Some(open), c) if c == open => quote = None,
                (None, '"' | '\'') => quote = Some(c),
                (None | Some('"'), '\\') if next.is_some_and(|c| c != '\n') => {
                    text.extend(next);
                    self.at += 1;
                }
                (None, '<') => {
                    self.until(&['>'], &mut text);
                    exact = false;
                }
                (None | Some('"'), '{') if next == Some('{') => {
                    self.until(&['}', '}'], &mut text);
                    exact = false;
                }
                (None | Some('"'), '$') if matches!(next, Some('(' | '{')) => {
                    let close = if next == Some('(') { ')' } else { '}' };
                    self.nested(close, depth, &mut text);
                    exact = false;
                    continue;
                }
                (None | Some('"'), '$') => {
                    text.push(c);
                    exact &= !next.is_some_and(|c| c.is_alphanumeric() || "_@*?!".contains(c));
                }
                (None | Some('"'), '`') => {
                    let start = self.at + 1;
                    self.at = start;
                    self.until(&['`'], &mut text);
                    self.inner(start, self.at, depth);
                    exact = false;
                }
                (_, c) => text.push(c),
            }
            self.at += 1;
        }
        Arg { text, exact }
    }

    /// Takes what stands before the last character of `end`, with it, and leaves the place on it.
    fn until(&mut self, end: &[char], text: &mut String) {
        while let Some(c) = self.chars.get(self.at).copied() {
            text.push(c);
            if self.chars[self.at..].starts_with(end) {
                text.extend(end.iter().skip(1));
                self.at += end.len() - 1;
                return;
            }
            self.at += 1;
        }
    }

    /// `$(…)` or `${…}`, whose commands count by themselves.
    fn nested(&mut self, close: char, depth: usize, text: &mut String) {
        let open = self.chars[self.at + 1];
        let start = self.at + 2;
        let mut level = 0usize;
        while let Some(c) = self.chars.get(self.at).copied() {
            text.push(c);
            self.at += 1;
            if c == open {
                level += 1;
            } else if c == close {
                level = level.saturating_sub(1);
                if level == 0 {
                    break;
                }
            }
        }
        if open == '(' {
            self.inner(start, self.at.saturating_sub(1), depth);
        }
    }

    fn inner(&mut self, start: usize, end: usize, depth: usize) {
        let inner: String = self.chars.get(start..end).unwrap_or_default().iter().collect();
        if depth < MAX_DEPTH && inner.contains(' ') {
            let mut tokens =
                Tokens { chars: inner.chars().collect(), at: 0, done: Vec::new(), words: Vec::new(), cut: false };
            tokens.read(depth + 1);
            self.done.extend(tokens.done);
        }
    }
}

/// What a document shows as code: blocks, and words between backticks, one a line.
pub(super) fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        let mark = ["```", "~~~", "----"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, Some(mark)) if mark != "----" || trimmed.trim_end() == mark => fence = Some(mark),
            (Some(_), _) => {
                code.push_str(line);
                code.push('\n');
            }
            (None, _) => {
                if line.starts_with("    ") || line.starts_with('\t') {
                    code.push_str(line.trim_start_matches(['-', '*', ' ', '\t']));
                    code.push('\n');
                }
                for inline in line.split('`').skip(1).step_by(2).filter(|inline| inline.contains(' ')) {
                    code.push_str(inline);
                    code.push('\n');
                }
            }
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let word = |word: &Arg| if word.exact { word.text.clone() } else { format!("?{}", word.text) };
        commands(text).iter().map(|words| words.iter().map(word).collect::<Vec<_>>().join("|")).collect()
    }

    #[test]
    fn words_of_commands() {
        for (text, expected) in [
            ("a 'b c' \"d e\" f\\ g", &["a|b c|d e|f g"][..]),
            ("a b && c; d | e", &["a|b", "c", "d", "e"]),
            ("a b > x.txt 2>&1\nc", &["a|b", "c"]),
            ("$ a b # why", &["$|a|b"]),
            ("# a b", &["#|a|b"]),
            ("a <name> b < in.sql", &["a|?<name>|b"]),
            ("x=$(a b $(c d)) e", &["c|d", "a|b|?$(c d)", "?x=$(a b $(c d))|e"]),
            ("$(DOCKER) exec {{ name }} x", &["?$(DOCKER)|exec|?{{ name }}|x"]),
            ("a \"$X y\" '$X'", &["a|?$X y|$X"]),
            ("a \\\n  b", &["a|b"]),
            ("a `b c` d", &["b|c", "a|?b c`|d"]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn code_in_documents() {
        let text = "Run a b c.\n\n```sh\na b\n```\nthen `c d`, or `e`:\n\n    f g\n";
        assert_eq!(code_of(text), "a b\nc d\nf g\n");
    }
}
