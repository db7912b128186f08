//! What `msb batch` prints for people: a line a file, and totals.

use super::Done;
use crate::output::{shortened, style};
use crate::terminal::{BOLD, DIM, GREEN, RED, YELLOW, paint};
use anyhow::Result;
use msb::campaign::{Row, Status};
use msb::planner::Outcome;
use msb::review::{Verdict, advice, printable, reasons, saved_mb, saving};
use msb::rules;
use serde::Serialize;
use std::collections::BTreeMap;

pub(super) fn line(name: &str, result: &Result<Done>, column: usize) -> String {
    let (verdict, words) = match result {
        Err(error) => (Verdict::Error, first_words(error)),
        Ok(Done { failure: Some(error), .. }) => (Verdict::Error, first_words(error)),
        Ok(done) => {
            let outcome = &done.conversion.outcome;
            let reason = reasons(outcome).first().map(|r| format!("{}: {}", r.rule.id, r.because)).unwrap_or_default();
            let words = match outcome {
                Outcome::Convert(plan) => {
                    let written = if done.written { "written; " } else { "" };
                    let assumed = if reason.is_empty() { String::new() } else { format!("; {reason}") };
                    format!("{written}{}{assumed}", saving(plan))
                }
                // What helps with every file of a rule is said once, in the totals.
                _ => match advice(&done.conversion).filter(|advice| advice.span.is_some()) {
                    Some(advice) => format!("{reason}; what would help: {}", advice.words),
                    None => reason,
                },
            };
            (Verdict::of(outcome), words)
        }
    };
    format!(
        "{name:<column$}  {}  {}\n",
        paint(style(verdict), format!("{:<12}", verdict.shown())),
        shortened(&printable(&words), 200)
    )
}

pub(super) fn first_words(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    match lines.next().and_then(|place| place.trim().strip_prefix("--> ")) {
        Some(place) => format!("{first} ({place})"),
        None => first,
    }
}

/// A row of a plan for people.
pub(super) fn row_line(name: &str, row: &Row, column: usize) -> String {
    let answer = row.answer.as_ref();
    let saved = answer.and_then(|answer| answer.saved_mb).filter(|mb| *mb > 0);
    let saved = saved.map(|mb| format!("about {mb} MB"));
    let because = answer.and_then(|answer| {
        let rule = answer.rules.first().filter(|_| row.status != Status::Failed);
        let rule = rule.map(|rule| format!("{rule}: ")).unwrap_or_default();
        answer.because.as_ref().map(|because| format!("{rule}{because}"))
    });
    let because = because.filter(|_| !matches!(row.status, Status::Done | Status::Gone));
    let words: Vec<String> =
        [saved.filter(|_| row.status != Status::Stays), because, row.note.clone()].into_iter().flatten().collect();
    let style = match row.status {
        Status::Todo | Status::Changed | Status::Done => GREEN,
        Status::NeedsALook | Status::Patched => YELLOW,
        Status::Failed => RED,
        Status::Stays | Status::Skipped | Status::Gone => DIM,
    };
    format!(
        "{name:<column$}  {}  {}\n",
        paint(style, format!("{:<12}", row.status.word())),
        shortened(&printable(&words.join("; ")), 200)
    )
}

/// How a campaign stands.
pub(super) struct Tally {
    rows: usize,
    counts: BTreeMap<Status, usize>,
    open_mb: u64,
    done_mb: u64,
}

impl Tally {
    pub(super) fn of(rows: &[Row]) -> Tally {
        let mut tally = Tally { rows: rows.len(), counts: BTreeMap::new(), open_mb: 0, done_mb: 0 };
        for row in rows {
            *tally.counts.entry(row.status).or_default() += 1;
            let saved = row.answer.as_ref().and_then(|answer| answer.saved_mb).map_or(0, u64::from);
            match row.status {
                Status::Done => tally.done_mb += saved,
                Status::Todo | Status::Changed | Status::NeedsALook | Status::Patched => tally.open_mb += saved,
                Status::Stays | Status::Failed | Status::Skipped | Status::Gone => {}
            }
        }
        tally
    }

    pub(super) fn text(&self) -> String {
        let counts = Status::ALL.iter().filter_map(|status| Some((status, self.counts.get(status)?)));
        let counts: Vec<String> = counts.map(|(status, count)| format!("{count} {}", status.word())).collect();
        let saved = |mb: u64, words: &str| if mb > 0 { format!("; about {mb} MB {words}") } else { String::new() };
        format!(
            "\n{}: {}{}{}\n",
            paint(BOLD, format!("{} files", self.rows)),
            counts.join(", "),
            saved(self.open_mb, "to win"),
            saved(self.done_mb, "won")
        )
    }
}

/// How many files ended how, and why.
#[derive(Debug, Serialize)]
pub(super) struct Totals {
    outcomes: BTreeMap<&'static str, usize>,
    reasons: BTreeMap<&'static str, usize>,
    saved_mb: u64,
    /// What could not be searched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
}

impl Totals {
    pub(super) fn of(results: &[Result<Done>], unreadable: Vec<String>) -> Totals {
        let mut totals = Totals { outcomes: BTreeMap::new(), reasons: BTreeMap::new(), saved_mb: 0, unreadable };
        for result in results {
            let Ok(done) = result else {
                *totals.outcomes.entry(Verdict::Error.word()).or_default() += 1;
                continue;
            };
            let outcome = &done.conversion.outcome;
            *totals.outcomes.entry(Verdict::of(outcome).word()).or_default() += 1;
            if let Some(reason) = reasons(outcome).first() {
                *totals.reasons.entry(reason.rule.id).or_default() += 1;
            }
            if let Outcome::Convert(plan) = outcome {
                totals.saved_mb += u64::from(saved_mb(plan));
            }
        }
        totals
    }

    pub(super) fn text(&self) -> String {
        let files: usize = self.outcomes.values().sum();
        let count = |verdict: Verdict| self.outcomes.get(verdict.word()).copied().unwrap_or(0);
        let verdicts = [Verdict::Safe, Verdict::Unsafe, Verdict::Unchanged, Verdict::Declined, Verdict::Error];
        let parts: Vec<String> = verdicts
            .into_iter()
            .filter(|v| count(*v) > 0)
            .map(|v| {
                format!(
                    "{} {}",
                    count(v),
                    paint(style(v), if v == Verdict::Unsafe && count(v) != 1 { "need a look" } else { v.shown() })
                )
            })
            .collect();
        let saved =
            if self.saved_mb > 0 { format!(", about {} MB less in all images", self.saved_mb) } else { String::new() };
        let mut text = format!("\n{}: {}{saved}\n", paint(BOLD, format!("{files} files")), parts.join(", "));
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(id, count)| (std::cmp::Reverse(**count), **id));
        for (id, count) in reasons {
            let advice = rules::find(id).and_then(|rule| rule.advice);
            let advice = advice.map(|words| format!("; what would help: {words}")).unwrap_or_default();
            text += &format!("{count:>6}  {id}{advice}\n");
        }
        text
    }
}
