//! Answers as text for people and as JSON for programs.

use crate::terminal::{BOLD, CYAN, DIM, GREEN, RED, YELLOW, paint, width, wrapped};
use anstyle::Style;
use msb::Conversion;
use msb::planner::{Applicability, Outcome, Plan};
use msb::rules::Reason;
use msb::source::{LineIndex, Span};
use serde::Serialize;

/// Version of the JSON that msb prints; it grows when a field changes its meaning or goes away.
pub(crate) const JSON_VERSION: u32 = 1;

/// What a conversion ended as, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Safe,
    Unsafe,
    Unchanged,
    Declined,
    Error,
}

impl Verdict {
    /// The verdict on an outcome.
    pub(crate) fn of(outcome: &Outcome) -> Verdict {
        match outcome {
            Outcome::Convert(plan) if plan.applicability == Applicability::Safe => Verdict::Safe,
            Outcome::Convert(_) => Verdict::Unsafe,
            Outcome::Unchanged { .. } => Verdict::Unchanged,
            Outcome::Declined { .. } => Verdict::Declined,
        }
    }

    /// The word for people.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Verdict::Safe => "safe",
            Verdict::Unsafe => "unsafe",
            Verdict::Unchanged => "unchanged",
            Verdict::Declined => "declined",
            Verdict::Error => "error",
        }
    }

    /// Its colour.
    pub(crate) fn style(self) -> Style {
        match self {
            Verdict::Safe => GREEN,
            Verdict::Unsafe => YELLOW,
            Verdict::Unchanged => Style::new(),
            Verdict::Declined => CYAN,
            Verdict::Error => RED,
        }
    }
}

/// The reasons that an outcome is given for, the main one first.
pub(crate) fn reasons(outcome: &Outcome) -> &[Reason] {
    match outcome {
        Outcome::Convert(plan) => &plan.assumptions,
        Outcome::Unchanged { reason } => std::slice::from_ref(reason),
        Outcome::Declined { reasons } => reasons,
    }
}

/// How much leaves the image, in words.
pub(crate) fn saving(plan: &Plan) -> String {
    if plan.original_mb > plan.saved_mb {
        format!("about {} of {} MB leave the image", plan.saved_mb, plan.original_mb)
    } else {
        format!("about {} MB leave the image", plan.saved_mb)
    }
}

/// A conversion for people: the verdict, and why.
pub(crate) fn summary(name: &str, source: &[u8], conversion: &Conversion) -> String {
    let lines = LineIndex::new(source);
    let outcome = &conversion.outcome;
    let verdict = Verdict::of(outcome);
    let word = paint(verdict.style().bold(), verdict.word());
    let name = paint(BOLD, name);
    let mut text = match outcome {
        Outcome::Convert(plan) => format!("{name}: {word} to apply; {}", saving(plan)),
        Outcome::Unchanged { .. } | Outcome::Declined { .. } => format!("{name}: {word}"),
    };
    for reason in reasons(outcome) {
        text += &entry(reason, &lines);
    }
    if let Outcome::Convert(plan) = outcome {
        for change in &plan.changes {
            text += &entry(change, &lines);
        }
    }
    if let (Verdict::Declined, Some(first)) = (verdict, reasons(outcome).first()) {
        text += &format!("\n  {}", paint(DIM, format!("`msb explain {}` says more", first.rule.id)));
    }
    text
}

/// Columns of a reason: rule, line, words.
fn entry(reason: &Reason, lines: &LineIndex) -> String {
    const RULE: usize = 22;
    const LINE: usize = 9;
    let line = reason.span.map(|span| format!("line {}", lines.line(span.start))).unwrap_or_default();
    let style = match reason.rule.level {
        msb::rules::Level::Assumption => YELLOW,
        _ => DIM,
    };
    let rule = paint(style, format!("{:<RULE$}", reason.rule.id));
    format!("\n  {rule}{line:<LINE$}{}", wrapped(&reason.because, RULE + LINE + 2, width()))
}

/// The first line of a source range, cut at `limit` characters.
pub(crate) fn first_line(source: &[u8], span: Span, limit: usize) -> String {
    let text = String::from_utf8_lossy(source.get(span.range()).unwrap_or_default()).into_owned();
    shortened(text.trim().lines().next().unwrap_or_default().trim_end_matches('\\').trim_end(), limit)
}

/// Text cut at `limit` characters.
pub(crate) fn shortened(text: &str, limit: usize) -> String {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= limit {
        return text;
    }
    let cut: String = text.chars().take(limit.saturating_sub(1)).collect();
    format!("{cut}…")
}

/// What happened to a file, for programs.
#[derive(Debug, Serialize)]
pub(crate) struct FileReport<'a> {
    /// The file as it was named.
    pub(crate) path: &'a str,
    /// One word.
    pub(crate) verdict: Verdict,
    /// Why nothing is converted, or what the conversion assumes.
    pub(crate) reasons: Vec<PlacedReason<'a>>,
    /// Why lines are added, moved, reduced or dropped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) changes: Vec<PlacedReason<'a>>,
    /// The plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<&'a Plan>,
    /// The unified diff; bytes that are no UTF-8 are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) diff: Option<String>,
    /// The file was written.
    pub(crate) written: bool,
    /// What building and starting both showed, when that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verification: Option<&'a msb::verify::Report>,
    /// Why it could not be read, converted or written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// A reason with its line.
#[derive(Debug, Serialize)]
pub(crate) struct PlacedReason<'a> {
    #[serde(flatten)]
    reason: &'a Reason,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

/// Reasons with their lines.
pub(crate) fn placed<'a>(reasons: &'a [Reason], source: &[u8]) -> Vec<PlacedReason<'a>> {
    let lines = LineIndex::new(source);
    reasons.iter().map(|reason| PlacedReason { reason, line: reason.span.map(|s| lines.line(s.start)) }).collect()
}

impl<'a> FileReport<'a> {
    /// The report on a conversion.
    pub(crate) fn of(path: &'a str, source: &[u8], conversion: &'a Conversion) -> FileReport<'a> {
        let plan = match &conversion.outcome {
            Outcome::Convert(plan) => Some(&**plan),
            _ => None,
        };
        FileReport {
            path,
            verdict: Verdict::of(&conversion.outcome),
            reasons: placed(reasons(&conversion.outcome), source),
            changes: plan.map(|p| placed(&p.changes, source)).unwrap_or_default(),
            plan,
            diff: None,
            written: false,
            verification: None,
            error: None,
        }
    }

    /// The report on a file that could not be read, converted or written.
    pub(crate) fn failed(path: &'a str, error: &anyhow::Error) -> FileReport<'a> {
        FileReport {
            path,
            verdict: Verdict::Error,
            reasons: Vec::new(),
            changes: Vec::new(),
            plan: None,
            diff: None,
            written: false,
            verification: None,
            error: Some(format!("{error:#}")),
        }
    }
}

/// A whole run, for programs.
#[derive(Debug, Serialize)]
pub(crate) struct RunReport<'a, T: Serialize> {
    /// [`JSON_VERSION`].
    pub(crate) version: u32,
    /// The files, in the order that they were named or, for folders, of their paths.
    pub(crate) files: Vec<FileReport<'a>>,
    /// Further fields of the command.
    #[serde(flatten)]
    pub(crate) more: T,
}

/// A value as indented JSON with a line end.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
