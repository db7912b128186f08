//! Words of the parser to words of msb: literals, parameters, substitutions.

use super::compound::is_substitution;
use super::{Converter, is_line_join, only, opaque, ordered};
use crate::shell::words::push_literal;
use crate::shell::{Part, Word};
use shuck_ast::{
    BourneParameterExpansion, CommandSubstitutionSyntax, ParameterExpansion, ParameterOp, Span, StmtSeq, VarRef,
    Word as AstWord, WordPart, WordPartNode,
};
use std::ops::Range;

impl Converter<'_> {
    pub(super) fn word(&self, word: &AstWord) -> Word {
        let range = self.range(word.span);
        let mut parts = Vec::new();
        if !self.parts(&word.parts, range.clone(), false, &mut parts) {
            if let Some(plain) = super::super::fast::word(self.text, range.clone()) {
                return plain;
            }
            let mut substitutions: Vec<Part> = parts.into_iter().filter(is_substitution).collect();
            substitutions.push(Part::Dynamic);
            parts = substitutions;
        }
        Word { range, parts }
    }

    /// Converts parts and says whether they tile `range`, which is what makes them worth believing.
    fn parts(&self, nodes: &[WordPartNode], range: Range<usize>, quoted: bool, out: &mut Vec<Part>) -> bool {
        let mut at = range.start;
        let mut tiled = true;
        for node in nodes {
            let span = self.range(node.span);
            tiled &= at <= span.start && is_line_join(self.slice(at..span.start));
            at = span.end;
            tiled &= self.part(node, span, quoted, out);
        }
        tiled && at <= range.end && is_line_join(self.slice(at..range.end))
    }

    fn part(&self, node: &WordPartNode, range: Range<usize>, quoted: bool, out: &mut Vec<Part>) -> bool {
        let source = self.slice(range.clone());
        if source.starts_with("${") && !source.ends_with('}') {
            self.broken.set(true);
        }
        match &node.kind {
            WordPart::Literal(_) if quoted => decode_double_quoted(self.slice(range), out),
            WordPart::Literal(_) => decode_unquoted(self.slice(range), out),
            WordPart::SingleQuoted { value, dollar } => {
                let open = if *dollar { 2 } else { 1 };
                let inner = self.slice(range.start + open..range.end.saturating_sub(1));
                match *dollar && inner.contains('\\') {
                    true if value.is_source_backed() => out.push(Part::Dynamic),
                    true => push_literal(out, value.slice(self.text), true),
                    false => push_literal(out, inner, true),
                }
            }
            WordPart::DoubleQuoted { parts, dollar } => {
                let open = if *dollar { 2 } else { 1 };
                if parts.is_empty() {
                    push_literal(out, "", true);
                }
                return self.parts(parts, range.start + open..range.end.saturating_sub(1), true, out);
            }
            WordPart::Variable(name) => out.push(self.variable(name.as_str(), None, quoted)),
            WordPart::CommandSubstitution { body, syntax } => out.push(self.substitution(body, *syntax, node.span)),
            WordPart::ProcessSubstitution { body, .. } => {
                out.push(Part::Substitution(self.sequence(body)));
                out.push(Part::Dynamic);
            }
            WordPart::ArithmeticExpansion { expression_word_ast, .. } => {
                self.nested(expression_word_ast, out);
                out.push(Part::Dynamic);
            }
            WordPart::Parameter(parameter) => self.parameter(parameter, quoted, out),
            WordPart::ParameterExpansion { reference, operator, operand_word_ast, .. } => {
                self.operation(reference, operator, operand_word_ast.as_deref(), quoted, out);
            }
            WordPart::Substring { offset_word_ast, length_word_ast, .. }
            | WordPart::ArraySlice { offset_word_ast, length_word_ast, .. } => {
                self.nested(offset_word_ast, out);
                length_word_ast.iter().for_each(|word| self.nested(word, out));
                out.push(Part::Dynamic);
            }
            WordPart::IndirectExpansion { operand_word_ast, .. } => {
                operand_word_ast.iter().for_each(|word| self.nested(word, out));
                out.push(Part::Dynamic);
            }
            WordPart::ZshQualifiedGlob(_)
            | WordPart::Length(_)
            | WordPart::ArrayAccess(_)
            | WordPart::ArrayLength(_)
            | WordPart::ArrayIndices(_)
            | WordPart::PrefixMatch { .. }
            | WordPart::Transformation { .. } => out.push(Part::Dynamic),
        }
        true
    }

    /// Inside backquotes a backslash takes one more round of reading, so what the parser gives is not the text's own.
    pub(super) fn substitution(&self, body: &StmtSeq, syntax: CommandSubstitutionSyntax, span: Span) -> Part {
        let range = self.range(span);
        if syntax == CommandSubstitutionSyntax::Backtick && self.slice(range.clone()).contains('\\') {
            return Part::Substitution(vec![only(opaque(range))]);
        }
        let items = self.sequence(body);
        if ordered(&items, &range) { Part::Substitution(items) } else { Part::Substitution(vec![only(opaque(range))]) }
    }

    pub(super) fn parameter(&self, parameter: &ParameterExpansion, quoted: bool, out: &mut Vec<Part>) {
        match parameter.bourne() {
            Some(BourneParameterExpansion::Access { reference }) if reference.subscript.is_none() => {
                out.push(self.variable(reference.name.as_str(), None, quoted));
            }
            Some(BourneParameterExpansion::Operation { reference, operator, operand_word_ast, .. }) => {
                self.operation(reference, operator, operand_word_ast.as_deref(), quoted, out);
            }
            Some(other) => {
                let words = [other.operand_word_ast(), other.offset_word_ast(), other.length_word_ast()];
                words.into_iter().flatten().for_each(|word| self.nested(word, out));
                out.push(Part::Dynamic);
            }
            None => out.push(Part::Dynamic),
        }
    }

    fn operation(
        &self,
        reference: &VarRef,
        operator: &ParameterOp,
        operand: Option<&AstWord>,
        quoted: bool,
        out: &mut Vec<Part>,
    ) {
        if matches!(operator, ParameterOp::UseDefault) && reference.subscript.is_none() {
            let mut default = Vec::new();
            let tiled = match operand {
                Some(word) => self.parts(&word.parts, self.range(word.span), quoted, &mut default),
                None => true,
            };
            if !tiled {
                default.retain(is_substitution);
                default.push(Part::Dynamic);
            }
            out.push(self.variable(reference.name.as_str(), Some(default), quoted));
            return;
        }
        operand.iter().for_each(|word| self.nested(word, out));
        match operator {
            ParameterOp::RemovePrefixShort { pattern }
            | ParameterOp::RemovePrefixLong { pattern }
            | ParameterOp::RemoveSuffixShort { pattern }
            | ParameterOp::RemoveSuffixLong { pattern } => self.pattern_parts(pattern, out),
            ParameterOp::ReplaceFirst { pattern, replacement_word_ast, .. }
            | ParameterOp::ReplaceAll { pattern, replacement_word_ast, .. } => {
                self.pattern_parts(pattern, out);
                self.nested(replacement_word_ast, out);
            }
            _ => {}
        }
        out.push(Part::Dynamic);
    }

    pub(super) fn variable(&self, name: &str, default: Option<Vec<Part>>, quoted: bool) -> Part {
        // The parser takes an unclosed `${` for a variable without a name.
        if name.is_empty() {
            self.broken.set(true);
        }
        Part::Variable { name: name.to_owned(), default, quoted }
    }

    /// A word of a simple command. The parser takes a comment right after `(` for a command.
    pub(super) fn argument(&self, word: &AstWord) -> Word {
        let word = self.word(word);
        if self.slice(word.range.clone()).starts_with('#') {
            self.broken.set(true);
        }
        word
    }

    /// Only the command substitutions in a word, at any depth of its expansions.
    pub(super) fn nested(&self, word: &AstWord, out: &mut Vec<Part>) {
        let mut parts = Vec::new();
        self.parts(&word.parts, self.range(word.span), false, &mut parts);
        keep_substitutions(parts, out);
    }
}

fn keep_substitutions(parts: Vec<Part>, out: &mut Vec<Part>) {
    for part in parts {
        match part {
            Part::Substitution(_) => out.push(part),
            Part::Variable { default: Some(default), .. } => keep_substitutions(default, out),
            _ => {}
        }
    }
}

pub(super) fn push_part(parts: &mut Vec<Part>, part: Part) {
    match part {
        Part::Literal { text, quoted } => push_literal(parts, &text, quoted),
        other => parts.push(other),
    }
}

fn decode_unquoted(raw: &str, out: &mut Vec<Part>) {
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        if at > 0 {
            push_literal(out, &rest[..at], false);
        }
        let mut after = rest[at + 1..].chars();
        match after.next() {
            Some('\n') => {}
            Some(escaped) => push_literal(out, escaped.encode_utf8(&mut [0; 4]), true),
            None => push_literal(out, "\\", false),
        }
        rest = after.as_str();
    }
    if !rest.is_empty() {
        push_literal(out, rest, false);
    }
}

fn decode_double_quoted(raw: &str, out: &mut Vec<Part>) {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('\n') => {}
            Some(escaped @ ('$' | '`' | '"' | '\\')) => text.push(escaped),
            Some(other) => text.extend(['\\', other]),
            None => text.push('\\'),
        }
    }
    push_literal(out, &text, true);
}
