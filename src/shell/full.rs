//! Any shell text, read by `shuck-parser`. The only module that names the parser's types.
//!
//! The parser's nesting is kept, its cooked texts are not: literals are decoded again from the source, and a word whose
//! parts do not tile its bytes is read again as a plain word or is dynamic. Ranges of commands are taken from what they
//! hold, since the parser's own include a separator that follows.

use std::cell::Cell;
use std::ops::Range;

use shuck_ast::{
    ArithmeticExpr, ArithmeticExprNode, ArithmeticLvalue, ArrayExpr, Assignment as AstAssignment, AssignmentValue,
    BinaryCommand, BinaryOp, BourneParameterExpansion, BuiltinCommand, CaseTerminator, Command,
    CommandSubstitutionSyntax, CompoundCommand, ConditionalExpr, DeclClause, DeclOperand, ForSyntax, Heredoc,
    HeredocBodyPart, IfCommand, IfSyntax, ParameterExpansion, ParameterOp, Pattern, PatternPart,
    Redirect as AstRedirect, RedirectKind, RedirectTarget, Span, Stmt, StmtSeq, StmtTerminator, VarRef,
    Word as AstWord, WordPart, WordPartNode,
};
use shuck_parser::parser::{ParseStatus, Parser};
use shuck_parser::{ShellDialect, ShellProfile};

use super::words::push_literal;
use super::{Assignment, Branch, Choice, ListItem, Node, NodeKind, Part, Redirect, Script, Separator, Simple, Word};

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

    fn compound(&self, command: &CompoundCommand) -> Node {
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
            CompoundCommand::Case(it) => {
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

    fn pattern_parts(&self, pattern: &Pattern, parts: &mut Vec<Part>) {
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

    fn word(&self, word: &AstWord) -> Word {
        let range = self.range(word.span);
        let mut parts = Vec::new();
        if !self.parts(&word.parts, range.clone(), false, &mut parts) {
            if let Some(plain) = super::fast::word(self.text, range.clone()) {
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
    fn substitution(&self, body: &StmtSeq, syntax: CommandSubstitutionSyntax, span: Span) -> Part {
        let range = self.range(span);
        if syntax == CommandSubstitutionSyntax::Backtick && self.slice(range.clone()).contains('\\') {
            return Part::Substitution(vec![only(opaque(range))]);
        }
        let items = self.sequence(body);
        if ordered(&items, &range) { Part::Substitution(items) } else { Part::Substitution(vec![only(opaque(range))]) }
    }

    fn parameter(&self, parameter: &ParameterExpansion, quoted: bool, out: &mut Vec<Part>) {
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

    fn variable(&self, name: &str, default: Option<Vec<Part>>, quoted: bool) -> Part {
        // The parser takes an unclosed `${` for a variable without a name.
        if name.is_empty() {
            self.broken.set(true);
        }
        Part::Variable { name: name.to_owned(), default, quoted }
    }

    /// A word of a simple command. The parser takes a comment right after `(` for a command.
    fn argument(&self, word: &AstWord) -> Word {
        let word = self.word(word);
        if self.slice(word.range.clone()).starts_with('#') {
            self.broken.set(true);
        }
        word
    }

    /// Only the command substitutions in a word, at any depth of its expansions.
    fn nested(&self, word: &AstWord, out: &mut Vec<Part>) {
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

fn is_substitution(part: &Part) -> bool {
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

fn for_end(syntax: ForSyntax) -> Option<Span> {
    match syntax {
        ForSyntax::InDoDone { done_span, .. } | ForSyntax::ParenDoDone { done_span, .. } => Some(done_span),
        ForSyntax::InBrace { right_brace_span, .. } | ForSyntax::ParenBrace { right_brace_span, .. } => {
            Some(right_brace_span)
        }
        ForSyntax::InDirect { .. } | ForSyntax::ParenDirect { .. } => None,
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

fn push_part(parts: &mut Vec<Part>, part: Part) {
    match part {
        Part::Literal { text, quoted } => push_literal(parts, &text, quoted),
        other => parts.push(other),
    }
}

fn opaque(range: Range<usize>) -> Node {
    Node { range, kind: NodeKind::Opaque }
}

fn compound(range: Range<usize>, keyword: &'static str, body: Vec<ListItem>) -> Node {
    Node { range, kind: NodeKind::Compound { keyword, body, choice: None } }
}

fn chosen(range: Range<usize>, keyword: &'static str, body: Vec<ListItem>, choice: Choice) -> Node {
    Node { range, kind: NodeKind::Compound { keyword, body, choice: Some(Box::new(choice)) } }
}

fn only(node: Node) -> ListItem {
    ListItem { node, after: Separator::End }
}

/// The smallest range that holds all of them.
fn cover(ranges: impl Iterator<Item = Range<usize>>) -> Range<usize> {
    ranges.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or_default()
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
