//! Loops, branches and groups of the parser, with the conditions that they ask.

use super::{Converter, compound, cover, only, opaque};
use crate::shell::{Assignment, Branch, Choice, ListItem, Node, NodeKind, Part, Separator, Simple, Word};
use shuck_ast::{
    ArithmeticExpr, ArithmeticExprNode, ArithmeticLvalue, CaseCommand, CaseTerminator, CompoundCommand,
    ConditionalExpr, ForSyntax, IfCommand, IfSyntax, Pattern, PatternPart, Span, StmtSeq, Word as AstWord,
};
use std::ops::Range;

impl Converter<'_> {
    pub(super) fn compound(&self, command: &CompoundCommand) -> Node {
        match command {
            CompoundCommand::Subshell(body) => self.bracketed(body, '(', ')', NodeKind::Subshell),
            CompoundCommand::BraceGroup(body) => self.bracketed(body, '{', '}', NodeKind::Group),
            CompoundCommand::If(it) => {
                let end = match it.syntax {
                    IfSyntax::ThenFi { fi_span, .. } => fi_span,
                    IfSyntax::Brace { right_brace_span, .. } => right_brace_span,
                };
                let (items, choice) = self.branches(it);
                chosen(self.between(it.span, end), "if", items, choice)
            }
            CompoundCommand::For(it) => {
                let mut items = Vec::new();
                for target in &it.targets {
                    let words = it.words.as_deref().unwrap_or_default();
                    let name = self.slice(self.range(target.span)).to_owned();
                    items.push(self.loop_variable(name, target.span, words));
                }
                append(&mut items, self.sequence(&it.body));
                match for_end(it.syntax) {
                    Some(end) => compound(self.between(it.span, end), "for", items),
                    None => opaque(self.range(it.span)),
                }
            }
            CompoundCommand::ArithmeticFor(it) => {
                let mut items = Vec::new();
                for expression in [&it.init_ast, &it.condition_ast, &it.step_ast].into_iter().flatten() {
                    append(&mut items, self.arithmetic_items(expression));
                }
                append(&mut items, self.sequence(&it.body));
                match it.done_span {
                    Some(end) => compound(self.between(it.span, end), "for", items),
                    None => opaque(self.range(it.span)),
                }
            }
            CompoundCommand::While(it) => {
                self.conditional_loop("while", it.span, it.done_span, &it.condition, &it.body)
            }
            CompoundCommand::Until(it) => {
                self.conditional_loop("until", it.span, it.done_span, &it.condition, &it.body)
            }
            CompoundCommand::Case(it) => self.case(it),
            CompoundCommand::Select(it) => {
                let name = it.variable.as_str().to_owned();
                let mut items = vec![self.loop_variable(name, it.variable_span, &it.words)];
                append(&mut items, self.sequence(&it.body));
                compound(self.between(it.span, it.done_span), "select", items)
            }
            CompoundCommand::Arithmetic(it) => {
                let items = it.expr_ast.as_ref().map(|expression| self.arithmetic_items(expression));
                compound(self.between(it.left_paren_span, it.right_paren_span), "((", items.unwrap_or_default())
            }
            CompoundCommand::Conditional(it) => {
                let mut parts = Vec::new();
                self.condition_parts(&it.expression, &mut parts);
                let range = self.between(it.left_bracket_span, it.right_bracket_span);
                compound(range, "[[", substituted_items(parts))
            }
            CompoundCommand::Time(it) => {
                let start = self.range(it.span).start;
                let mut items = Vec::new();
                if let Some(statement) = &it.command {
                    self.chain(statement, &mut items);
                }
                let end = items.last().map_or(start + "time".len(), |item| item.node.range.end);
                compound(start..end, "time", items)
            }
            CompoundCommand::Coproc(it) => {
                let body = self.node(&it.body);
                compound(self.range(it.span).start..body.range.end, "coproc", vec![only(body)])
            }
            CompoundCommand::Repeat(it) => opaque(self.range(it.span)),
            CompoundCommand::Foreach(it) => opaque(self.range(it.span)),
            CompoundCommand::Always(it) => opaque(self.range(it.span)),
        }
    }

    fn case(&self, it: &CaseCommand) -> Node {
        let mut items = self.word_items(&it.word);
        let mut choice = Choice { subject: Some(self.word(&it.word)), branches: Vec::new() };
        for case in &it.cases {
            for pattern in &case.patterns {
                append(&mut items, self.pattern_items(pattern));
            }
            let start = items.len();
            append(&mut items, self.sequence(&case.body));
            choice.branches.push(Branch {
                condition: start..start,
                patterns: case.patterns.iter().map(|p| self.slice(self.range(p.span)).to_owned()).collect(),
                body: start..items.len(),
                falls_through: case.terminator != CaseTerminator::Break,
            });
        }
        chosen(self.between(it.span, it.esac_span), "case", items, choice)
    }

    fn between(&self, start: Span, end: Span) -> Range<usize> {
        self.range(start).start..self.range(end).end
    }

    /// A subshell or group. The parser's span starts inside the opening bracket, perhaps after comments, and its end is
    /// now before and now after the closing one, so both are looked for in the text.
    fn bracketed(&self, body: &StmtSeq, open: char, close: char, kind: fn(Vec<ListItem>) -> NodeKind) -> Node {
        let inner = self.range(body.span).start;
        let items = self.sequence(body);
        let heredocs = items.iter().filter_map(|item| item.node.heredoc_end());
        let last = items.iter().map(|item| item.node.range.end).chain(heredocs).fold(inner, usize::max);
        let end = skip_to_bracket(self.slice(last..self.text.len()), close).map(|skipped| last + skipped);
        let (Some(start), Some(end)) = (bracket_before(self.slice(0..inner), open), end) else {
            self.broken.set(true);
            return opaque(0..0);
        };
        Node { range: start..end, kind: kind(items) }
    }

    fn conditional_loop(
        &self,
        keyword: &'static str,
        start: Span,
        end: Option<Span>,
        condition: &StmtSeq,
        body: &StmtSeq,
    ) -> Node {
        match end {
            Some(end) => {
                let mut items = self.sequence(condition);
                append(&mut items, self.sequence(body));
                compound(self.between(start, end), keyword, items)
            }
            None => opaque(self.range(start)),
        }
    }

    /// The commands of an `if`, and which of them are conditions and which branches.
    fn branches(&self, it: &IfCommand) -> (Vec<ListItem>, Choice) {
        let mut items = Vec::new();
        let mut choice = Choice::default();
        let first = (Some(&it.condition), &it.then_branch);
        let more = it.elif_branches.iter().map(|(condition, branch)| (Some(condition), branch));
        let last = it.else_branch.iter().map(|branch| (None, branch));
        for (condition, branch) in std::iter::once(first).chain(more).chain(last) {
            let start = items.len();
            append(&mut items, condition.map(|condition| self.sequence(condition)).unwrap_or_default());
            let middle = items.len();
            append(&mut items, self.sequence(branch));
            let body = middle..items.len();
            choice.branches.push(Branch { condition: start..middle, body, ..Branch::default() });
        }
        (items, choice)
    }

    fn loop_variable(&self, name: String, span: Span, words: &[AstWord]) -> ListItem {
        let start = self.range(span);
        let range = cover(std::iter::once(start.clone()).chain(words.iter().map(|word| self.range(word.span))));
        let value = match words {
            [word] => self.word(word),
            _ => {
                let mut parts = Vec::new();
                words.iter().for_each(|word| self.nested(word, &mut parts));
                parts.push(Part::Dynamic);
                Word { range: start.end..range.end, parts }
            }
        };
        let simple = Simple { assignments: vec![Assignment { name, value }], ..Simple::default() };
        only(Node { range, kind: NodeKind::Simple(simple) })
    }

    fn word_items(&self, word: &AstWord) -> Vec<ListItem> {
        let mut parts = Vec::new();
        self.nested(word, &mut parts);
        substituted_items(parts)
    }

    fn pattern_items(&self, pattern: &Pattern) -> Vec<ListItem> {
        let mut parts = Vec::new();
        self.pattern_parts(pattern, &mut parts);
        substituted_items(parts)
    }

    pub(super) fn pattern_parts(&self, pattern: &Pattern, parts: &mut Vec<Part>) {
        for part in &pattern.parts {
            match &part.kind {
                PatternPart::Word(word) => self.nested(word, parts),
                PatternPart::Group { patterns, .. } => {
                    patterns.iter().for_each(|pattern| self.pattern_parts(pattern, parts));
                }
                _ => {}
            }
        }
    }

    fn condition_parts(&self, expression: &ConditionalExpr, parts: &mut Vec<Part>) {
        match expression {
            ConditionalExpr::Binary(it) => {
                self.condition_parts(&it.left, parts);
                self.condition_parts(&it.right, parts);
            }
            ConditionalExpr::Unary(it) => self.condition_parts(&it.expr, parts),
            ConditionalExpr::Parenthesized(it) => self.condition_parts(&it.expr, parts),
            ConditionalExpr::Word(word) | ConditionalExpr::Regex(word) => self.nested(word, parts),
            ConditionalExpr::Pattern(pattern) => self.pattern_parts(pattern, parts),
            ConditionalExpr::VarRef(_) => {}
        }
    }

    fn arithmetic_items(&self, expression: &ArithmeticExprNode) -> Vec<ListItem> {
        let mut parts = Vec::new();
        self.arithmetic_parts(expression, &mut parts);
        substituted_items(parts)
    }

    fn arithmetic_parts(&self, expression: &ArithmeticExprNode, parts: &mut Vec<Part>) {
        match &expression.kind {
            ArithmeticExpr::Number(_) | ArithmeticExpr::Variable(_) => {}
            ArithmeticExpr::ShellWord(word) => self.nested(word, parts),
            ArithmeticExpr::Indexed { index: inner, .. }
            | ArithmeticExpr::Parenthesized { expression: inner }
            | ArithmeticExpr::Unary { expr: inner, .. }
            | ArithmeticExpr::Postfix { expr: inner, .. } => self.arithmetic_parts(inner, parts),
            ArithmeticExpr::Binary { left, right, .. } => {
                self.arithmetic_parts(left, parts);
                self.arithmetic_parts(right, parts);
            }
            ArithmeticExpr::Conditional { condition, then_expr, else_expr } => {
                self.arithmetic_parts(condition, parts);
                self.arithmetic_parts(then_expr, parts);
                self.arithmetic_parts(else_expr, parts);
            }
            ArithmeticExpr::Assignment { target, value, .. } => {
                if let ArithmeticLvalue::Indexed { index, .. } = target {
                    self.arithmetic_parts(index, parts);
                }
                self.arithmetic_parts(value, parts);
            }
        }
    }
}

pub(super) fn is_substitution(part: &Part) -> bool {
    matches!(part, Part::Substitution(_))
}

fn substituted_items(parts: Vec<Part>) -> Vec<ListItem> {
    let mut items = Vec::new();
    for part in parts {
        if let Part::Substitution(inner) = part {
            append(&mut items, inner);
        }
    }
    items
}

/// Joins lists that stand one after the other, so that only the last item ends the list.
fn append(items: &mut Vec<ListItem>, more: Vec<ListItem>) {
    if more.is_empty() {
        return;
    }
    if let Some(last) = items.last_mut().filter(|last| last.after == Separator::End) {
        last.after = Separator::Semicolon;
    }
    items.extend(more);
}

fn for_end(syntax: ForSyntax) -> Option<Span> {
    match syntax {
        ForSyntax::InDoDone { done_span, .. } | ForSyntax::ParenDoDone { done_span, .. } => Some(done_span),
        ForSyntax::InBrace { right_brace_span, .. } | ForSyntax::ParenBrace { right_brace_span, .. } => {
            Some(right_brace_span)
        }
        ForSyntax::InDirect { .. } | ForSyntax::ParenDirect { .. } => None,
    }
}

/// Where the last `open` stands, when only blanks and comments follow it.
fn bracket_before(text: &str, open: char) -> Option<usize> {
    let mut before = text.trim_end_matches([' ', '\t', '\\']);
    while !before.ends_with(open) {
        let lines = before.strip_suffix('\n')?;
        let line_start = lines.rfind('\n').map_or(0, |at| at + 1);
        let comments = lines[line_start..].match_indices('#').map(|(at, _)| &lines[..line_start + at]);
        let candidates = comments.chain([lines]).map(|cut| cut.trim_end_matches([' ', '\t', '\\', '\r']));
        before = candidates.into_iter().find(|cut| cut.ends_with(open) || cut.len() <= line_start)?;
    }
    Some(before.len() - open.len_utf8())
}

/// The length of the separators, blanks and comments before `close`, and of `close` itself.
fn skip_to_bracket(text: &str, close: char) -> Option<usize> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, ';' | '&' | '\\'));
        match rest.strip_prefix('#') {
            Some(comment) => rest = &comment[comment.find('\n')?..],
            None => return rest.strip_prefix(close).map(|after| text.len() - after.len()),
        }
    }
}

fn chosen(range: Range<usize>, keyword: &'static str, body: Vec<ListItem>, choice: Choice) -> Node {
    Node { range, kind: NodeKind::Compound { keyword, body, choice: Some(Box::new(choice)) } }
}
