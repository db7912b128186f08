//! How an error in a text is shown: message, place, the line with carets below the fault, help. One form for Dockerfiles,
//! policies and heuristics.

use crate::source::Span;

/// The longest part of a source line that is shown, in characters.
const WIDTH: usize = 120;

/// What is wrong with a text, and where.
pub(crate) struct Fault<'a> {
    /// The name of the text.
    pub(crate) file: &'a str,
    /// What is wrong.
    pub(crate) message: &'a str,
    /// What to do instead.
    pub(crate) help: Option<&'a str>,
    /// The bytes at fault.
    pub(crate) span: Span,
    /// Line of the first byte at fault, from one.
    pub(crate) line: usize,
    /// Its column, in bytes from one.
    pub(crate) column: usize,
}

impl Fault<'_> {
    /// The fault for people; ends with a line end. Without a source, or with an empty one, no line is shown.
    pub(crate) fn render(&self, source: Option<&[u8]>) -> String {
        let Fault { file, message, line, column, .. } = self;
        let gutter = " ".repeat(line.to_string().len());
        let mut text = format!("error: {message}\n{gutter}--> {file}:{line}:{column}\n");
        if let Some(source) = source.filter(|source| !source.is_empty()) {
            let (shown, mark) = self.marked(source);
            text += &format!("{gutter} |\n{line} | {shown}\n{gutter} | {mark}\n");
        }
        if let Some(help) = self.help {
            text += &format!("{gutter} = help: {help}\n");
        }
        text
    }

    /// The line, and the carets to put below it.
    fn marked(&self, source: &[u8]) -> (String, String) {
        let start = (self.span.start as usize).min(source.len());
        let line_start = source[..start].iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
        let line_end = source[start..].iter().position(|&b| b == b'\n').map_or(source.len(), |i| start + i);
        let marked_end = (self.span.end as usize).clamp(start, line_end);
        let before = visible(&source[line_start..start]);
        let skipped = before.chars().count().saturating_sub(WIDTH / 2);
        let lead: String = before.chars().skip(skipped).collect();
        let marked = visible(&source[start..marked_end]);
        let rest = visible(&source[marked_end..line_end]);
        let line: String = format!("{lead}{marked}{rest}").trim_end().chars().take(WIDTH).collect();
        let pad: String = lead.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let carets = "^".repeat(marked.trim_end().chars().count().clamp(1, WIDTH - lead.chars().count()));
        (line, pad + &carets)
    }
}

/// Text without control characters, which would disturb a terminal.
fn visible(bytes: &[u8]) -> String {
    let shown = |c: char| match c {
        '\t' => c,
        '\r' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    String::from_utf8_lossy(bytes).chars().map(shown).collect()
}

/// The candidate that a mistyped word probably means, without regard to case.
pub(crate) fn suggestion<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are no slips of the keyboard, and the distance takes time.
    if word.len() > 40 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let near = candidates.into_iter().map(|c| (strsim::levenshtein(&word, &c.to_ascii_lowercase()), c));
    let (distance, candidate) = near.min_by_key(|&(distance, _)| distance)?;
    (distance <= 2 && distance < word.chars().count()).then_some(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_span_renders() {
        let long = "x".repeat(500);
        for source in ["", "a", "é\n", "\u{1b}[31m\r\n", long.as_str()] {
            for start in 0..source.len() + 2 {
                let span = Span::new(start, start + 3);
                let text = Fault { file: "f", message: "m", help: None, span, line: 1, column: 1 }
                    .render(Some(source.as_bytes()));
                assert!(text.lines().all(|l| l.chars().count() <= WIDTH + 10), "{text}");
                assert!(!text.contains('\u{1b}'));
            }
        }
    }

    #[test]
    fn slips_are_recognised() {
        let words = ["keep", "build", "runtime"];
        assert_eq!(suggestion("kep", words), Some("keep"));
        assert_eq!(suggestion("Runtime", words), Some("runtime"));
        assert_eq!(suggestion("remove", words), None);
        assert_eq!(suggestion("", words), None);
        assert_eq!(suggestion(&"keep".repeat(20), words), None);
    }
}
