//! BuildKit's dump notation of a parsed file, for conformance tests and bug reports.

use super::error::SyntaxError;
use super::node::{Arguments, Node};
use super::parser::{self, Parser, Piece};

/// What the syntax layer makes of a file, in the notation of BuildKit's parser: a group in parentheses for each
/// instruction, with the keyword in lower case, flags in brackets and arguments as quoted strings.
///
/// Errors are those of the syntax layer only.
pub fn dump(source: &[u8]) -> Result<String, Vec<SyntaxError>> {
    let mut parser = Parser::new(source);
    let mut lines = Vec::new();
    while let Some(piece) = parser.next_piece() {
        match piece.map_err(|error| parser::finish_errors(source, vec![error]))? {
            Piece::Instruction(raw) => lines.push(format!("({})", node(&raw.node, raw.line.as_str()))),
            Piece::Item(_) => {}
        }
    }
    if lines.is_empty() {
        return Err(parser::finish_errors(source, vec![parser::no_instructions()]));
    }
    Ok(lines.join("\n"))
}

fn node(node: &Node, text: &str) -> String {
    let mut dump = text[node.keyword_range.clone()].to_lowercase();
    if !node.flags.is_empty() {
        let flags = node.flags.iter().map(|flag| match &flag.value {
            Some(value) => quote(&format!("--{}={value}", flag.name)),
            None => quote(&format!("--{}", flag.name)),
        });
        dump += &format!(" [{}]", flags.collect::<Vec<_>>().join(" "));
    }
    if node.keyword.is_none() {
        return dump + " \"\"";
    }
    dump + &arguments(&node.arguments, text)
}

fn arguments(arguments_: &Arguments, text: &str) -> String {
    let quoted = |range: &std::ops::Range<usize>| format!(" {}", quote(&text[range.clone()]));
    match arguments_ {
        Arguments::Exec(strings) => strings.iter().map(|s| format!(" {}", quote(&s.value))).collect(),
        Arguments::Text(range) if range.is_empty() => String::new(),
        Arguments::Text(range) => quoted(range),
        Arguments::Words(words) => words.iter().map(quoted).collect(),
        Arguments::Pairs(pairs) => pairs
            .iter()
            .map(|pair| quoted(&pair.name) + &quoted(&pair.value) + if pair.equals { " \"=\"" } else { " \"\"" })
            .collect(),
        Arguments::Health(word, command) => quoted(word) + &arguments(command, text),
        Arguments::Trigger(trigger) => format!(" ({})", node(trigger, text)),
    }
}

/// A string as Go writes it in source code.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\t' => quoted += "\\t",
            '\n' => quoted += "\\n",
            '\r' => quoted += "\\r",
            '\x07' => quoted += "\\a",
            '\x08' => quoted += "\\b",
            '\x0B' => quoted += "\\v",
            '\x0C' => quoted += "\\f",
            c if c.is_ascii_control() => quoted += &format!("\\x{:02x}", u32::from(c)),
            c if c.is_control() => quoted += &format!("\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}
