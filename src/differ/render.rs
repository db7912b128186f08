//! A [`Plan`] to the text of a Dockerfile: kept source bytes and added lines.
//!
//! The author's layout stays: comments go with the instruction that they stand before, blank lines stay where they were,
//! and added lines follow the file's line ends, escape character and keyword case.

use crate::planner::{Element, Plan};
use crate::source::Span;
use crate::syntax::{Dockerfile, Instruction, Item, Kind};

/// Renders the plan for the file that it was made from.
pub fn render(dockerfile: &Dockerfile, plan: &Plan) -> Vec<u8> {
    let layout = Layout::of(dockerfile);
    let mut out = Vec::new();
    layout.builder(plan, &mut out);
    trim_blank_lines(&mut out);
    out.extend_from_slice(layout.newline.as_bytes());
    out.extend_from_slice(layout.newline.as_bytes());
    let platform = layout.platform();
    let name = plan.runtime_name.as_ref().map(|name| format!("{}{name}", layout.cased(" AS "))).unwrap_or_default();
    layout.line(&format!("FROM {platform}{}{name}", plan.runtime_image), &mut out);
    layout.runtime(plan, &mut out);
    layout.tail(&mut out);
    out
}

struct Layout<'a> {
    source: &'a [u8],
    newline: &'static str,
    escape: u8,
    instructions: Vec<&'a Instruction>,
    /// For each instruction the comments and blank lines before it.
    before: Vec<Vec<&'a Item>>,
    /// Comments and blank lines after the last instruction.
    after: Vec<&'a Item>,
    lower_case: bool,
    airy: bool,
}

impl<'a> Layout<'a> {
    fn of(dockerfile: &'a Dockerfile) -> Self {
        let mut instructions: Vec<&Instruction> = Vec::new();
        let mut before = Vec::new();
        let mut pending = Vec::new();
        for item in &dockerfile.items {
            match item {
                Item::Instruction(instruction) => {
                    instructions.push(instruction);
                    before.push(std::mem::take(&mut pending));
                }
                other => pending.push(other),
            }
        }
        let from = instructions.iter().find(|i| matches!(i.kind, Kind::From(_)));
        let lower_case =
            from.is_some_and(|i| dockerfile.source[i.keyword_span.range()].iter().all(u8::is_ascii_lowercase));
        let separated = before.iter().filter(|items| items.iter().any(|i| matches!(i, Item::Blank(_)))).count();
        Layout {
            source: &dockerfile.source,
            newline: dockerfile.newline(),
            escape: dockerfile.escape,
            airy: separated * 3 >= instructions.len(),
            instructions,
            before,
            after: pending,
            lower_case,
        }
    }

    fn text(&self, span: Span) -> &'a [u8] {
        &self.source[span.range()]
    }

    fn platform(&self) -> String {
        let from = self.instructions.iter().find_map(|i| match &i.kind {
            Kind::From(_) => i.flags.iter().find(|f| f.name == "platform"),
            _ => None,
        });
        from.map(|f| format!("{} ", String::from_utf8_lossy(self.text(f.span)))).unwrap_or_default()
    }

    fn builder(&self, plan: &Plan, out: &mut Vec<u8>) {
        for (i, instruction) in self.instructions.iter().enumerate() {
            if !plan.builder_instructions.contains(&i) {
                continue;
            }
            for item in &self.before[i] {
                out.extend_from_slice(self.text(span_of(item)));
            }
            match &instruction.kind {
                Kind::From(from) if from.name.as_ref() != Some(&plan.builder) => {
                    let image = from.image_span.range();
                    out.extend_from_slice(&self.source[instruction.span.start as usize..image.end]);
                    out.extend_from_slice(self.cased(" AS ").as_bytes());
                    out.extend_from_slice(plan.builder.as_bytes());
                    if from.name.is_none() {
                        out.extend_from_slice(&self.source[image.end..instruction.span.end as usize]);
                    }
                }
                _ => out.extend_from_slice(self.text(instruction.span)),
            }
            self.end_line(out);
        }
    }

    fn runtime(&self, plan: &Plan, out: &mut Vec<u8>) {
        let mut previous: Option<&Element> = None;
        for element in &plan.elements {
            match element {
                Element::Moved { instruction } => {
                    self.leading(*instruction, out);
                    out.extend_from_slice(self.text(self.instructions[*instruction].span));
                    self.end_line(out);
                }
                Element::Restated { instruction } => {
                    self.blank_as_before(*instruction, previous, out);
                    out.extend_from_slice(self.text(self.instructions[*instruction].span));
                    self.end_line(out);
                }
                Element::Reduced { instruction, text, moved } => {
                    match moved {
                        true => self.leading(*instruction, out),
                        false => self.blank_as_before(*instruction, previous, out),
                    }
                    out.extend_from_slice(self.native(text).as_bytes());
                    self.end_line(out);
                }
                Element::FromBuilder { path, chown } => {
                    self.blank_before_own(element, previous, out);
                    let owner = chown.as_ref().map(|o| format!(" --chown={o}")).unwrap_or_default();
                    let arguments = match path.contains(' ') {
                        true => crate::planner::exec_form(&[path.clone(), path.clone()]),
                        false => format!("{path} {path}"),
                    };
                    self.line(&format!("COPY --from={}{owner} {arguments}", plan.builder), out);
                }
                Element::Added { text } => {
                    self.blank_before_own(element, previous, out);
                    self.line(text, out);
                }
            }
            previous = Some(element);
        }
    }

    /// Comments and blank lines that stand before an instruction, without doubling a blank line.
    fn leading(&self, instruction: usize, out: &mut Vec<u8>) {
        for item in &self.before[instruction] {
            if matches!(item, Item::Blank(_)) && ends_with_blank_line(out) {
                continue;
            }
            out.extend_from_slice(self.text(span_of(item)));
            self.end_line(out);
        }
    }

    /// A blank line where the author had one before the instruction.
    fn blank_as_before(&self, instruction: usize, previous: Option<&Element>, out: &mut Vec<u8>) {
        let had = self.before[instruction].iter().any(|i| matches!(i, Item::Blank(_)));
        let same_group =
            matches!(previous, Some(Element::Restated { instruction: p }) if *p + 1 == instruction) && !had;
        if had && !same_group && !ends_with_blank_line(out) {
            out.extend_from_slice(self.newline.as_bytes());
        }
    }

    /// A blank line before a group of added lines, in files that have such groups.
    fn blank_before_own(&self, element: &Element, previous: Option<&Element>, out: &mut Vec<u8>) {
        let continues = match (element, previous) {
            (_, None) => !self.airy,
            (Element::FromBuilder { .. }, Some(Element::FromBuilder { .. })) => true,
            (_, Some(Element::Restated { instruction })) => {
                matches!(self.instructions[*instruction].kind, Kind::Workdir(_) | Kind::Copy(_) | Kind::Add(_))
            }
            _ => false,
        };
        if self.airy && !continues && !ends_with_blank_line(out) {
            out.extend_from_slice(self.newline.as_bytes());
        }
    }

    /// Comments at the end of the file stay there.
    fn tail(&self, out: &mut Vec<u8>) {
        if self.after.iter().any(|i| matches!(i, Item::Comment(_))) {
            for item in &self.after {
                out.extend_from_slice(self.text(span_of(item)));
            }
        }
        trim_blank_lines(out);
        self.end_line(out);
    }

    fn line(&self, text: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(self.native(&self.cased_keyword(text)).as_bytes());
        self.end_line(out);
    }

    fn end_line(&self, out: &mut Vec<u8>) {
        if !out.ends_with(b"\n") {
            out.extend_from_slice(self.newline.as_bytes());
        }
    }

    /// Text of ours with the file's line ends and escape character.
    fn native(&self, text: &str) -> String {
        let text = text.replace("\r\n", "\n");
        let text = match self.escape {
            b'`' => text.replace("\\\n", "`\n"),
            _ => text,
        };
        text.replace('\n', self.newline)
    }

    fn cased(&self, text: &str) -> String {
        if self.lower_case { text.to_lowercase() } else { text.to_owned() }
    }

    fn cased_keyword(&self, text: &str) -> String {
        match (self.lower_case, text.split_once(' ')) {
            (true, Some((keyword, rest))) => format!("{} {rest}", keyword.to_lowercase()),
            _ => text.to_owned(),
        }
    }
}

fn span_of(item: &Item) -> Span {
    match item {
        Item::Blank(span) | Item::Comment(span) => *span,
        Item::Directive(directive) => directive.span,
        Item::Instruction(instruction) => instruction.span,
    }
}

fn ends_with_blank_line(out: &[u8]) -> bool {
    let text: Vec<u8> = out.iter().rev().take(4).copied().filter(|b| *b != b'\r').collect();
    text.starts_with(b"\n\n") || out.is_empty()
}

fn trim_blank_lines(out: &mut Vec<u8>) {
    while out.last().is_some_and(u8::is_ascii_whitespace) {
        out.pop();
    }
}
