//! What there is to tell of a file, for forms that list findings.

use super::{Answer, File, Judged, Verdict, advice, headline, reasons, saving, severity, ways_to_settle};
use crate::differ::diff::{Edit, edits};
use crate::rules::Reason;
use crate::source::LineIndex;
use std::ops::RangeInclusive;

/// How much a finding asks of a reviewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// To know.
    Note,
    /// To act on.
    Warning,
    /// The file could not be judged.
    Error,
}

/// One thing to tell of a file.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Id of a rule of [`crate::rules`], or code of an error in the file's text.
    pub rule: &'static str,
    /// How much it asks of a reviewer.
    pub severity: Severity,
    /// What was seen and what to do; plain text of one line.
    pub message: String,
    /// The lines, from one.
    pub lines: RangeInclusive<usize>,
    /// What would settle it, where it may be shown.
    pub fix: Option<Fix>,
}

/// The change of a file that settles a finding. It is one: none of its edits makes sense without the others.
#[derive(Clone, Debug)]
pub struct Fix {
    /// The old file's lines, with their ends.
    pub old: Vec<String>,
    /// The new file's lines, with their ends.
    pub new: Vec<String>,
    /// Which lines replace which.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// The change from `old` to `new`; nothing where texts are not UTF-8, which these forms cannot hold.
    fn between(old: &[u8], new: &[u8]) -> Option<Fix> {
        let lines = |bytes| Some(std::str::from_utf8(bytes).ok()?.split_inclusive('\n').map(str::to_owned).collect());
        let edits = edits(old, new);
        if edits.is_empty() {
            return None;
        }
        Some(Fix { old: lines(old)?, new: lines(new)?, edits })
    }

    /// New text of an edit.
    pub(super) fn text(&self, edit: &Edit) -> String {
        self.new[edit.new.clone()].concat()
    }

    /// The least run of lines that holds every edit, as one edit with lines on both sides.
    pub(super) fn whole(&self) -> Edit {
        let (mut old, mut new) = match (self.edits.first(), self.edits.last()) {
            (Some(first), Some(last)) => (first.old.start..last.old.end, first.new.start..last.new.end),
            _ => (0..0, 0..0),
        };
        if old.is_empty() || new.is_empty() {
            // The equal line before or after comes along, since a suggestion replaces lines by lines.
            if old.start > 0 {
                old.start -= 1;
                new.start -= 1;
            } else if old.end < self.old.len() {
                old.end += 1;
                new.end += 1;
            }
        }
        Edit { old, new }
    }
}

/// The code of a file that could not be read or written.
pub(super) const COULD_NOT_RUN: &str = "could-not-run";

/// What there is to tell of a file. A file that stays as it is has something to tell only where something would help.
pub fn findings(file: &File<'_>) -> Vec<Finding> {
    match &file.answer {
        Answer::Failed { message, errors: [] } => vec![failure(message)],
        Answer::Failed { errors, .. } => {
            let one = |error: &crate::diagnostic::Diagnostic| {
                let help = error.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
                Finding {
                    rule: error.code,
                    severity: Severity::Error,
                    message: format!("{}{help}", error.message),
                    lines: error.line..=error.line,
                    fix: None,
                }
            };
            errors.iter().map(one).collect()
        }
        Answer::Judged(judged) => {
            let mut found = of_judged(judged);
            found.extend(judged.failure.iter().map(|message| failure(message)));
            found
        }
    }
}

fn failure(message: &str) -> Finding {
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    Finding { rule: COULD_NOT_RUN, severity: Severity::Error, message, lines: 1..=1, fix: None }
}

fn of_judged(judged: &Judged<'_>) -> Vec<Finding> {
    let lines = LineIndex::new(judged.source);
    let line = |reason: &Reason| reason.span.map_or(1, |span| lines.line(span.start));
    let outcome = &judged.conversion.outcome;
    let headline = headline(outcome);
    let Some(plan) = judged.plan() else {
        let (Some(reason), Some(advice)) = (reasons(outcome).first(), advice(judged.conversion)) else {
            return Vec::new();
        };
        let at = advice.span.map_or_else(|| line(reason), |span| lines.line(span.start));
        let help = if advice.said { String::new() } else { format!("; what would help: {}", advice.words) };
        let message = format!("{}{help}", reason.because);
        return vec![Finding {
            rule: headline.id,
            severity: severity(headline.level),
            message,
            lines: at..=at,
            fix: None,
        }];
    };
    let from = judged.conversion.analysis.as_ref().map(|analysis| analysis.base.instruction);
    let from = from.and_then(|index| judged.conversion.dockerfile.instructions().nth(index));
    let at = from.map_or(1, |from| lines.line(from.span.start));
    let needs_a_look = judged.verdict() == Verdict::Unsafe;
    let licences: Vec<&str> = plan.leaves.iter().map(|leaving| leaving.licence.id()).collect();
    let licences = if licences.is_empty() { String::new() } else { format!(" ({})", licences.join(", ")) };
    let message = match (judged.written, needs_a_look) {
        (true, _) => format!("converted to two stages; {}{licences}", saving(plan)),
        (false, false) => format!("can be built in two stages: {}{licences}; safe to apply", saving(plan)),
        (false, true) => {
            let count = plan.assumptions.len();
            let guesses = if count == 1 { "one guess".to_owned() } else { format!("{count} guesses") };
            let settle = ways_to_settle(&plan.assumptions).join("; ");
            format!(
                "can be built in two stages, and needs a look: {}{licences}; it rests on {guesses}. To settle it: {settle}",
                saving(plan)
            )
        }
    };
    let calm = needs_a_look || judged.written;
    let mut found = vec![Finding {
        rule: headline.id,
        severity: if calm { Severity::Note } else { severity(headline.level) },
        message,
        lines: at..=at,
        fix: judged.new.filter(|_| !judged.written).and_then(|new| Fix::between(judged.source, new)),
    }];
    if needs_a_look {
        found.extend(plan.assumptions.iter().map(|reason| Finding {
            rule: reason.rule.id,
            severity: Severity::Note,
            message: format!("guessed: {}", reason.because),
            lines: line(reason)..=line(reason),
            fix: None,
        }));
    }
    found
}
