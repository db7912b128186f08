//! Here-documents: which words open one, and where each ends.

use super::Heredoc;
use super::expand::{self, ExpandError};
use super::lines;
use crate::source::Span;
use std::ops::Range;

/// A word that opens a here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opener {
    pub(super) delimiter: String,
    pub(super) expand: bool,
    pub(super) chomp: bool,
}

/// The here-documents that a logical line, keyword included, opens.
///
/// The words are always read with `\` as escape. A line that cannot be read as words opens none.
pub(super) fn openers(line: &str) -> Result<Vec<Opener>, ExpandError> {
    let words = match expand::raw_words(line) {
        Ok(words) => words,
        Err(ExpandError::TooDeep) => return Err(ExpandError::TooDeep),
        Err(_) => return Ok(Vec::new()),
    };
    words.iter().filter_map(|word| opener(word).transpose()).collect()
}

/// Reads one word as digits, `<<`, maybe `-`, blanks and a delimiter of exactly one word.
pub(super) fn opener(word: &str) -> Result<Option<Opener>, ExpandError> {
    let Some(rest) = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<") else {
        return Ok(None);
    };
    let (chomp, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    let unquoted = expand::delimiter_words(rest, false)?;
    let [delimiter] = &unquoted[..] else {
        return Ok(None);
    };
    let quoted = expand::delimiter_words(rest, true)?;
    let [raw] = &quoted[..] else {
        return Err(ExpandError::BadSubstitution);
    };
    // A quote that disappeared means that the delimiter was quoted. A backslash does not count.
    let expand = quotes(delimiter) == quotes(raw);
    Ok(Some(Opener { delimiter: delimiter.clone(), expand, chomp }))
}

fn quotes(word: &str) -> usize {
    word.bytes().filter(|b| matches!(b, b'\'' | b'"')).count()
}

/// Reads the body that starts at `start`: the here-document and the offset after its terminator line.
///
/// `None` when the file ends first.
pub(super) fn body(source: &[u8], start: usize, opener: &Opener) -> Option<(Heredoc, usize)> {
    let mut at = start;
    while at < source.len() {
        let line = lines::line_at(source, at);
        if is_terminator(source, line.clone(), opener) {
            let raw = String::from_utf8_lossy(&source[start..line.start]);
            let text = if opener.chomp { without_leading_tabs(&raw) } else { raw.into_owned() };
            let heredoc = Heredoc {
                delimiter: opener.delimiter.clone(),
                expand: opener.expand,
                chomp: opener.chomp,
                body: Span::new(start, line.start),
                text,
            };
            return Some((heredoc, line.end));
        }
        at = line.end;
    }
    None
}

fn is_terminator(source: &[u8], line: Range<usize>, opener: &Opener) -> bool {
    let mut content = &source[lines::without_newline(source, line)];
    while opener.chomp && content.first() == Some(&b'\t') {
        content = &content[1..];
    }
    content == opener.delimiter.as_bytes()
}

fn without_leading_tabs(text: &str) -> String {
    text.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiters(line: &str) -> Vec<(String, bool, bool)> {
        openers(line).unwrap().into_iter().map(|o| (o.delimiter, o.expand, o.chomp)).collect()
    }

    #[test]
    fn words_that_open() {
        let cases = [
            ("RUN <<EOF", "EOF", true, false),
            ("RUN cat 3<<EOF", "EOF", true, false),
            ("RUN <<-EOF", "EOF", true, true),
            ("RUN << EOF", "EOF", true, false),
            ("RUN <<'EOF' python3", "EOF", false, false),
            ("RUN <<\"E\"OF", "EOF", false, false),
            ("RUN <<E\\OF", "EOF", true, false),
            ("RUN <<$EOF", "$EOF", true, false),
            ("RUN <<EOF;x", "EOF;x", true, false),
            ("RUN cat <<EOF>/o", "EOF>/o", true, false),
            ("RUN echo $((1 << 2))", "2))", true, false),
            ("RUN <<'a b'", "a b", false, false),
            ("RUN ${x:<y} <<EOF", "EOF", true, false),
        ];
        for (line, delimiter, expand, chomp) in cases {
            assert_eq!(delimiters(line), [(delimiter.to_owned(), expand, chomp)], "{line}");
        }
    }

    #[test]
    fn words_that_do_not_open() {
        let lines = [
            "RUN cat<<EOF",
            "RUN <<- EOF",
            "RUN \"<<EOF\"",
            "RUN '<<EOF'",
            "RUN cat <<<x",
            "RUN echo $((1<<2))",
            "RUN echo don't <<EOF",
            "RUN echo ${x^^} <<EOF",
            "RUN echo ${ <<EOF",
            "RUN <<",
            "RUN \\<<EOF",
            "RUN <<''",
        ];
        for line in lines {
            assert_eq!(delimiters(line), [], "{line}");
        }
    }

    #[test]
    fn a_substitution_discards_what_its_word_had_before() {
        assert_eq!(delimiters("RUN <<EOF${x:-y}"), []);
        assert_eq!(delimiters("RUN ab${x:-<<EOF}"), []);
        assert_eq!(delimiters("RUN ab${x:-y}<<EOF <<B"), [("B".to_owned(), true, false)]);
    }

    #[test]
    fn bodies_end_at_the_delimiter_alone() {
        let source = b"a\nEOF \n\tEOF\nEOF\nrest";
        let plain = Opener { delimiter: "EOF".into(), expand: true, chomp: false };
        let (heredoc, after) = body(source, 0, &plain).unwrap();
        assert_eq!((heredoc.text.as_str(), &source[after..]), ("a\nEOF \n\tEOF\n", &b"rest"[..]));
        let (heredoc, after) = body(source, 0, &Opener { chomp: true, ..plain.clone() }).unwrap();
        assert_eq!((heredoc.text.as_str(), &source[after..]), ("a\nEOF \n", &b"EOF\nrest"[..]));
        assert!(body(b"a\nEOF x\n", 0, &plain).is_none());
    }
}
