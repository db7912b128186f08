//! Any shell text, read by `shuck-parser`. The only room that names the parser's types: here a text and its commands; `compound`
//! loops and branches, `words` what commands are given.
//!
//! The parser's nesting is kept, its cooked texts are not: literals are decoded again from the source, and a word whose
//! parts do not tile its bytes is read again as a plain word or is dynamic. Ranges of commands are taken from what they
//! hold, since the parser's own include a separator that follows.

mod compound;
mod words;

use crate::shell::full::words::push_part;
use std::cell::Cell;
use std::ops::Range;

use shuck_ast::{
    ArrayExpr, Assignment as AstAssignment, AssignmentValue, BinaryCommand, BinaryOp, BuiltinCommand, Command,
    DeclClause, DeclOperand, Heredoc, HeredocBodyPart, Redirect as AstRedirect, RedirectKind, RedirectTarget, Span,
    Stmt, StmtSeq, StmtTerminator, Word as AstWord, WordPart, WordPartNode,
};
use shuck_parser::parser::{ParseStatus, Parser};
use shuck_parser::{ShellDialect, ShellProfile};

use super::{Assignment, ListItem, Node, NodeKind, Part, Redirect, Script, Separator, Simple, Word};

/// Longer texts are opaque: no hand writes them, and the time to read one must stay small.
const MAX_BYTES: usize = 1 << 18;

/// How deep commands may nest. The parser allows 100 levels, for which a thread's usual stack is too small once the tree
/// is walked too; people nest fewer than ten.
const MAX_DEPTH: usize = 32;

/// Steps that the parser may take at least; its own default.
const STEPS: usize = 100_000;

/// More brackets open at once than any real text has.
const MAX_OPEN: usize = 100;

/// Reads `text` in the bash dialect, which takes what `sh` takes too.
pub(super) fn parse(text: &str) -> Script {
    if text.len() > MAX_BYTES || text.contains('\0') || nests_deeply(text) {
        return Script::opaque(text);
    }
    let profile = ShellProfile::native(ShellDialect::Bash);
    let result = Parser::with_limits_and_profile(text, MAX_DEPTH, STEPS.max(text.len()), profile).parse();
    if result.status != ParseStatus::Clean {
        return Script::opaque(text);
    }
    let converter = Converter { text, broken: Cell::new(false) };
    let items = converter.sequence(&result.file.body);
    if converter.broken.get() || !ordered(&items, &(0..text.len())) {
        return Script::opaque(text);
    }
    Script { items, clean: true }
}

/// True when the items follow one another inside `within`.
fn ordered(items: &[ListItem], within: &Range<usize>) -> bool {
    let mut at = within.start;
    items.iter().all(|item| {
        let range = &item.node.range;
        let fits = at <= range.start && range.start <= range.end && range.end <= within.end;
        at = range.end;
        fits
    })
}

struct Converter<'a> {
    text: &'a str,
    /// Set when a range cannot be trusted; the whole text is then opaque.
    broken: Cell<bool>,
}

impl Converter<'_> {
    fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    fn range(&self, span: Span) -> Range<usize> {
        let range = span.start.offset()..span.end.offset();
        if self.text.get(range.clone()).is_none() {
            self.broken.set(true);
            return 0..0;
        }
        range
    }

    fn sequence(&self, sequence: &StmtSeq) -> Vec<ListItem> {
        let mut items = Vec::new();
        for statement in sequence.iter() {
            self.chain(statement, &mut items);
            if let Some(last) = items.last_mut() {
                last.after = match statement.terminator {
                    Some(StmtTerminator::Background(_)) => Separator::Background,
                    _ => Separator::Semicolon,
                };
            }
        }
        if let Some(last) = items.last_mut().filter(|last| last.after == Separator::Semicolon) {
            last.after = Separator::End;
        }
        items
    }

    /// One statement as the flat list of its `&&` and `||` operands. The operators associate to the left.
    fn chain(&self, statement: &Stmt, items: &mut Vec<ListItem>) {
        let mut operands = Vec::new();
        let mut first = statement;
        while let Some((binary, separator)) = and_or(first) {
            operands.push((separator, &*binary.right));
            first = &*binary.left;
        }
        items.push(ListItem { node: self.node(first), after: Separator::End });
        for (separator, operand) in operands.into_iter().rev() {
            if let Some(previous) = items.last_mut() {
                previous.after = separator;
            }
            if and_or(operand).is_some() {
                self.chain(operand, items);
            } else {
                items.push(ListItem { node: self.node(operand), after: Separator::End });
            }
        }
    }

    fn node(&self, statement: &Stmt) -> Node {
        let redirects: Vec<(Range<usize>, Redirect)> =
            statement.redirects.iter().map(|redirect| (self.range(redirect.span), self.redirect(redirect))).collect();
        let node = match &statement.command {
            Command::Simple(command) => {
                let words = std::iter::once(&command.name).filter(|name| !is_absent(name)).chain(&command.args);
                self.simple(&command.assignments, words.map(|word| self.argument(word)).collect(), redirects)
            }
            Command::Builtin(command) => self.builtin(command, redirects),
            Command::Decl(command) => self.simple(&command.assignments, self.declaration_words(command), redirects),
            Command::Binary(command) => self.with_redirects(self.binary(command), redirects),
            Command::Compound(command) => self.with_redirects(self.compound(command), redirects),
            Command::Function(function) => {
                let body = self.node(&function.body);
                let range = self.range(function.span).start..body.range.end;
                self.with_redirects(compound(range, "function", vec![only(body)]), redirects)
            }
            Command::AnonymousFunction(function) => opaque(self.range(function.span)),
        };
        if !statement.negated {
            return node;
        }
        let range = self.range(statement.span).start..node.range.end;
        let nodes = match node.kind {
            NodeKind::Pipeline(nodes) => nodes,
            _ => vec![node],
        };
        Node { range, kind: NodeKind::Pipeline(nodes) }
    }

    fn binary(&self, command: &BinaryCommand) -> Node {
        let mut nodes = vec![self.node(&command.right)];
        let mut left = &*command.left;
        while let Some(binary) = pipe(left) {
            nodes.push(self.node(&binary.right));
            left = &*binary.left;
        }
        nodes.push(self.node(left));
        nodes.reverse();
        let range = cover(nodes.iter().map(|node| node.range.clone()));
        match command.op {
            BinaryOp::Pipe | BinaryOp::PipeAll => Node { range, kind: NodeKind::Pipeline(nodes) },
            // A list is never an operand in shell grammar; if the parser says so, it is not understood.
            BinaryOp::And | BinaryOp::Or => opaque(range),
        }
    }

    fn simple(
        &self,
        assignments: &[AstAssignment],
        words: Vec<Word>,
        redirects: Vec<(Range<usize>, Redirect)>,
    ) -> Node {
        let words = self.joined(words);
        let pieces = (assignments.iter().map(|assignment| self.range(assignment.span)))
            .chain(words.iter().map(|word| word.range.clone()))
            .chain(redirects.iter().map(|(range, _)| range.clone()));
        let range = cover(pieces);
        let assignments = assignments.iter().map(|assignment| self.assignment(assignment)).collect();
        let redirects = redirects.into_iter().map(|(_, redirect)| redirect).collect();
        Node { range, kind: NodeKind::Simple(Simple { assignments, words, redirects }) }
    }

    /// Words that touch are one word: the parser splits `]x`.
    fn joined(&self, words: Vec<Word>) -> Vec<Word> {
        let mut joined: Vec<Word> = Vec::with_capacity(words.len());
        for word in words {
            match joined.last_mut() {
                Some(last) if last.range.end == word.range.start => {
                    match super::fast::word(self.text, last.range.start..word.range.end) {
                        Some(whole) => *last = whole,
                        None => self.broken.set(true),
                    }
                }
                _ => joined.push(word),
            }
        }
        joined
    }

    fn builtin(&self, command: &BuiltinCommand, redirects: Vec<(Range<usize>, Redirect)>) -> Node {
        let (name, operand, rest, assignments, span) = match command {
            BuiltinCommand::Break(it) => ("break", &it.depth, &it.extra_args, &it.assignments, it.span),
            BuiltinCommand::Continue(it) => ("continue", &it.depth, &it.extra_args, &it.assignments, it.span),
            BuiltinCommand::Return(it) => ("return", &it.code, &it.extra_args, &it.assignments, it.span),
            BuiltinCommand::Exit(it) => ("exit", &it.code, &it.extra_args, &it.assignments, it.span),
        };
        let whole = self.range(span);
        let after = assignments.iter().map(|assignment| self.range(assignment.span).end).max();
        let from = after.unwrap_or(whole.start);
        let Some(offset) = self.slice(from..whole.end).find(name) else {
            return opaque(whole);
        };
        let mut word = Word { range: from + offset..from + offset + name.len(), parts: Vec::new() };
        word.push_literal(name, false);
        let words = std::iter::once(word).chain(operand.iter().chain(rest).map(|word| self.word(word)));
        self.simple(assignments, words.collect(), redirects)
    }

    fn declaration_words(&self, clause: &DeclClause) -> Vec<Word> {
        let mut name = Word { range: self.range(clause.variant_span), parts: Vec::new() };
        name.push_literal(clause.variant.as_str(), false);
        let operands = clause.operands.iter().map(|operand| match operand {
            DeclOperand::Flag(word) | DeclOperand::Dynamic(word) => self.word(word),
            DeclOperand::Name(reference) => {
                let mut word = Word { range: self.range(reference.span), parts: Vec::new() };
                word.push_literal(self.slice(word.range.clone()), false);
                word
            }
            DeclOperand::Assignment(assignment) => {
                let value = self.value(assignment);
                let range = self.range(assignment.span);
                let mut word = Word { range: range.start..range.end.max(value.range.end), parts: Vec::new() };
                let equals = self.slice(range.clone()).find('=').map_or(range.end, |offset| range.start + offset + 1);
                word.push_literal(self.slice(range.start..equals), false);
                for part in value.parts {
                    push_part(&mut word.parts, part);
                }
                word
            }
        });
        std::iter::once(name).chain(operands).collect()
    }

    fn assignment(&self, assignment: &AstAssignment) -> Assignment {
        let mut value = self.value(assignment);
        let name = assignment.target.name.as_str().to_owned();
        if assignment.target.subscript.is_some() {
            value.parts = vec![Part::Dynamic];
        } else if assignment.append {
            value.parts.insert(0, Part::Variable { name: name.clone(), default: None, quoted: true });
        }
        Assignment { name, value }
    }

    fn value(&self, assignment: &AstAssignment) -> Word {
        match &assignment.value {
            AssignmentValue::Scalar(word) if is_absent(word) => {
                let end = self.range(assignment.span).end;
                Word { range: end..end, parts: Vec::new() }
            }
            AssignmentValue::Scalar(word) => self.word(word),
            AssignmentValue::Compound(array) => self.array(array),
        }
    }

    fn array(&self, array: &ArrayExpr) -> Word {
        let mut parts = Vec::new();
        for element in &array.elements {
            self.nested(element.value(), &mut parts);
        }
        parts.push(Part::Dynamic);
        Word { range: self.range(array.span), parts }
    }

    fn redirect(&self, redirect: &AstRedirect) -> Redirect {
        let operator = operator(redirect.kind).to_owned();
        let whole = self.range(redirect.span);
        let fd = self.slice(whole.clone()).split(|c: char| !c.is_ascii_digit()).next().and_then(|fd| fd.parse().ok());
        match &redirect.target {
            RedirectTarget::Word(word) => {
                let inside = whole.start <= word.span.start.offset() && word.span.end.offset() <= whole.end;
                let target = if inside { self.word(word) } else { self.implied_target(word, whole) };
                Redirect { operator, fd, target, body: None }
            }
            RedirectTarget::Heredoc(heredoc) => {
                let target = self.word(&heredoc.delimiter.raw);
                Redirect { operator, fd, target, body: Some(self.heredoc_body(heredoc)) }
            }
        }
    }

    /// The target of `2>&1`, which the parser gives as text without a place.
    fn implied_target(&self, word: &AstWord, whole: Range<usize>) -> Word {
        let text = match word.parts.as_slice() {
            [WordPartNode { kind: WordPart::Literal(text), span }] => text.as_str(self.text, *span).to_owned(),
            _ => return Word { range: whole, parts: vec![Part::Dynamic] },
        };
        let start = if self.slice(whole.clone()).ends_with(&text) { whole.end - text.len() } else { whole.start };
        let mut target = Word { range: start..whole.end, parts: Vec::new() };
        target.push_literal(&text, false);
        target
    }

    fn heredoc_body(&self, heredoc: &Heredoc) -> Word {
        let range = self.range(heredoc.body.span);
        let terminator = self.slice(range.end..self.text.len()).split('\n').next().unwrap_or_default();
        let mut word = Word { range: range.start..range.end + terminator.len(), parts: Vec::new() };
        if !heredoc.delimiter.expands_body {
            let body = self.slice(range);
            if heredoc.delimiter.strip_tabs {
                let stripped: String = body.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect();
                word.push_literal(&stripped, true);
            } else {
                word.push_literal(body, true);
            }
            return word;
        }
        for part in &heredoc.body.parts {
            match &part.kind {
                HeredocBodyPart::Literal(text) => word.push_literal(text.as_str(self.text, part.span), true),
                HeredocBodyPart::Variable(name) => word.parts.push(self.variable(name.as_str(), None, true)),
                HeredocBodyPart::CommandSubstitution { body, syntax } => {
                    word.parts.push(self.substitution(body, *syntax, part.span));
                }
                HeredocBodyPart::ArithmeticExpansion { expression_word_ast, .. } => {
                    self.nested(expression_word_ast, &mut word.parts);
                    word.parts.push(Part::Dynamic);
                }
                HeredocBodyPart::Parameter(parameter) => self.parameter(parameter, true, &mut word.parts),
            }
        }
        word
    }

    /// A subshell, group or compound command takes its redirections as a last command without words.
    fn with_redirects(&self, mut node: Node, redirects: Vec<(Range<usize>, Redirect)>) -> Node {
        if redirects.is_empty() {
            return node;
        }
        let carrier = self.simple(&[], Vec::new(), redirects);
        node.range = cover([node.range.clone(), carrier.range.clone()].into_iter());
        match &mut node.kind {
            NodeKind::Subshell(items) | NodeKind::Group(items) | NodeKind::Compound { body: items, .. } => {
                if let Some(last) = items.last_mut().filter(|last| last.after == Separator::End) {
                    last.after = Separator::Semicolon;
                }
                items.push(only(carrier));
            }
            _ => node.kind = NodeKind::Opaque,
        }
        node
    }
}

fn and_or(statement: &Stmt) -> Option<(&BinaryCommand, Separator)> {
    match &statement.command {
        Command::Binary(binary) if !statement.negated && statement.redirects.is_empty() => match binary.op {
            BinaryOp::And => Some((binary, Separator::And)),
            BinaryOp::Or => Some((binary, Separator::Or)),
            BinaryOp::Pipe | BinaryOp::PipeAll => None,
        },
        _ => None,
    }
}

fn pipe(statement: &Stmt) -> Option<&BinaryCommand> {
    match &statement.command {
        Command::Binary(binary) if !statement.negated && statement.redirects.is_empty() => {
            matches!(binary.op, BinaryOp::Pipe | BinaryOp::PipeAll).then_some(binary)
        }
        _ => None,
    }
}

fn operator(kind: RedirectKind) -> &'static str {
    match kind {
        RedirectKind::Output => ">",
        RedirectKind::Clobber => ">|",
        RedirectKind::Append => ">>",
        RedirectKind::Input => "<",
        RedirectKind::ReadWrite => "<>",
        RedirectKind::HereDoc | RedirectKind::HereDocStrip => "<<",
        RedirectKind::HereString => "<<<",
        RedirectKind::DupOutput => ">&",
        RedirectKind::DupInput => "<&",
        RedirectKind::OutputBoth => "&>",
    }
}

/// True when nothing but joined lines stands in `gap`.
fn is_line_join(gap: &str) -> bool {
    gap.split("\\\n").all(str::is_empty)
}

/// Unclosed braces make the parser look ahead again and again, to quadratic time; nested `$((` make it recurse unchecked.
fn nests_deeply(text: &str) -> bool {
    let mut depth = 0_usize;
    text.bytes().any(|byte| {
        match byte {
            b'{' | b'(' => depth += 1,
            b'}' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_OPEN
    })
}

/// True for the empty word that stands for "no name" or "no value".
fn is_absent(word: &AstWord) -> bool {
    word.span.start.offset() == word.span.end.offset()
}

fn opaque(range: Range<usize>) -> Node {
    Node { range, kind: NodeKind::Opaque }
}

fn compound(range: Range<usize>, keyword: &'static str, body: Vec<ListItem>) -> Node {
    Node { range, kind: NodeKind::Compound { keyword, body, choice: None } }
}

fn only(node: Node) -> ListItem {
    ListItem { node, after: Separator::End }
}

/// The smallest range that holds all of them.
fn cover(ranges: impl Iterator<Item = Range<usize>>) -> Range<usize> {
    ranges.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or_default()
}
