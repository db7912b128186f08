//! Answers as text for people and as JSON for programs.

use crate::terminal::{BOLD, CYAN, DIM, GREEN, RED, YELLOW, paint, width, wrapped};
use anstyle::Style;
use msb::Conversion;
use msb::planner::{Leaving, Outcome, Plan};
use msb::review::{Verdict, advice, printable, reasons, saved_mb, saving, visible, ways_to_settle};
use msb::rules::Reason;
use msb::source::{LineIndex, Span};
use serde::Serialize;

/// Version of the JSON that msb prints; it grows when a field changes its meaning or goes away.
pub(crate) const JSON_VERSION: u32 = 1;

/// The version of msb that gave an answer.
pub(crate) const MSB_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The same with the commit that it was built from, where it was built in a checkout, and the day of its newest facts.
pub(crate) const BUILD: &str = concat!(env!("CARGO_PKG_VERSION"), env!("MSB_BUILD"));

/// The colour of a verdict.
pub(crate) fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Safe => GREEN,
        Verdict::Unsafe => YELLOW,
        Verdict::Unchanged => Style::new(),
        Verdict::Declined => CYAN,
        Verdict::Error => RED,
    }
}

/// A plan for programs. A size that is not known is null, not 0.
fn plan_value(plan: &Plan) -> serde_json::Value {
    let mut value = serde_json::to_value(plan).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("saved_mb".to_owned(), saved_mb(plan).into());
        fields.insert("original_mb".to_owned(), (plan.original_mb > 0).then_some(plan.original_mb).into());
    }
    value
}

/// A conversion for people: the verdict, and why. `diff_follows`: a conversion that needs a look is shown all the same.
pub(crate) fn summary(name: &str, source: &[u8], conversion: &Conversion, diff_follows: bool) -> String {
    let lines = LineIndex::new(source);
    let outcome = &conversion.outcome;
    let verdict = Verdict::of(outcome);
    let word = paint(style(verdict).bold(), verdict.shown());
    let name = paint(BOLD, visible(name));
    let mut text = match outcome {
        Outcome::Convert(plan) if verdict == Verdict::Unsafe => format!("{name}: {word}; {}", saving(plan)),
        Outcome::Convert(plan) => format!("{name}: {word} to apply; {}", saving(plan)),
        Outcome::Unchanged { .. } | Outcome::Declined { .. } => format!("{name}: {word}"),
    };
    for reason in reasons(outcome) {
        text += &entry(reason, &lines);
    }
    if verdict == Verdict::Unsafe {
        text += &format!("\n  {}", wrapped(&settling(reasons(outcome), diff_follows), 2, width()));
    }
    if let Outcome::Convert(plan) = outcome {
        for leaving in &plan.leaves {
            text += &leaving_text(leaving);
        }
        for change in &plan.changes {
            text += &entry(change, &lines);
        }
    }
    if let Some(advice) = advice(conversion).filter(|advice| !advice.said) {
        text += &format!("\n  {}", wrapped(&format!("What would help: {}.", printable(&advice.words)), 2, width()));
    }
    if let (Verdict::Declined, Some(first)) = (verdict, reasons(outcome).first()) {
        text += &format!("\n  {}", paint(DIM, format!("`msb explain {}` says more", first.rule.id)));
    }
    text
}

/// What leaves by one licence: its sentence, the first few names, and a size where one is known.
fn leaving_text(leaving: &Leaving) -> String {
    const SHOWN: usize = 6;
    const ID: usize = 32;
    let mut names = leaving.what.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if leaving.what.len() > SHOWN {
        names += &format!(" and {} more", leaving.what.len() - SHOWN);
    }
    let size = leaving.about_mb.filter(|mb| *mb > 0).map(|mb| format!("; about {mb} MB")).unwrap_or_default();
    let licence = paint(CYAN, format!("{:<width$}", format!("leaves ({})", leaving.licence.id()), width = ID));
    format!("\n  {licence}{}", wrapped(&printable(&format!("{names}{size}")), ID + 2, width()))
}

/// How to settle what a conversion assumes.
fn settling(assumptions: &[Reason], diff_follows: bool) -> String {
    let mut text = format!("To settle it: {}.", ways_to_settle(assumptions).join("; "));
    if !diff_follows {
        text += " The diff is shown with --unsafe.";
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
    format!("\n  {rule}{line:<LINE$}{}", wrapped(&printable(&reason.because), RULE + LINE + 2, width()))
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
    /// Hash of all that the answer depends on: the Dockerfile, the options, and what was read of folders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inputs: Option<String>,
    /// Why nothing is converted, or what the conversion assumes.
    pub(crate) reasons: Vec<PlacedReason<'a>>,
    /// For a file that stays as it is: the one thing that would help most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<String>,
    /// Why lines are added, moved, reduced or dropped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) changes: Vec<PlacedReason<'a>>,
    /// The plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<serde_json::Value>,
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
            inputs: None,
            reasons: placed(reasons(&conversion.outcome), source),
            advice: advice(conversion).map(|advice| advice.words.into_owned()),
            changes: plan.map(|p| placed(&p.changes, source)).unwrap_or_default(),
            plan: plan.map(plan_value),
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
            inputs: None,
            reasons: Vec::new(),
            advice: None,
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
    /// [`MSB_VERSION`].
    pub(crate) msb: &'static str,
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

#[cfg(test)]
mod tests {
    use super::*;
    use msb::context::MemoryContext;

    #[test]
    fn no_more_is_saved_than_there_is() {
        let file =
            "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app/x .\nCMD [\"/app/x\"]\n";
        let context = MemoryContext::new([("go.mod", "module x\n"), ("main.go", "package main\n\nfunc main() {}\n")]);
        let mut conversion = msb::convert(&msb::Request::new(file.as_bytes(), &context)).unwrap();
        let sizes = |conversion: &Conversion| {
            let report = FileReport::of("Dockerfile", file.as_bytes(), conversion);
            let plan = report.plan.unwrap();
            (plan["saved_mb"].clone(), plan["original_mb"].clone())
        };
        let (saved, original) = sizes(&conversion);
        assert!(saved.as_u64() > Some(0) && saved.as_u64() < original.as_u64(), "{saved} of {original}");
        let Outcome::Convert(plan) = &mut conversion.outcome else { panic!("it is converted") };
        plan.saved_mb = plan.original_mb + 100;
        assert_eq!(sizes(&conversion), (original.clone(), original));
        let Outcome::Convert(plan) = &mut conversion.outcome else { panic!("it is converted") };
        plan.original_mb = 0;
        assert_eq!(sizes(&conversion).1, serde_json::Value::Null);
    }
}
