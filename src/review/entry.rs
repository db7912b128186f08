//! A file as one line of a table, in the forms that list many: what it is, who owns it, how it ended.

use super::escape::visible;
use super::{Answer, File, Verdict, reasons, rules_of, saved_mb};
use crate::campaign::{Row, Status};

/// What is known of a file beside its answer.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Who has to agree to its change.
    pub owners: Vec<String>,
    /// The language that it builds for, by the id of its heuristics.
    pub ecosystem: Option<String>,
    /// Where it stands in a campaign.
    pub status: Option<Status>,
    /// What depends on what in it.
    pub drawing: Option<crate::analyzer::graph::Drawing>,
}

/// A line of a table. All texts are plain, with what nobody sees made visible.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) place: String,
    pub(super) verdict: Verdict,
    /// Empty outside of a campaign.
    pub(super) status: &'static str,
    /// The rule that it is listed under first.
    pub(super) rules: Vec<String>,
    pub(super) owners: Vec<String>,
    /// Empty where nobody knows.
    pub(super) ecosystem: String,
    /// The folder that its megabytes are counted under.
    pub(super) folder: String,
    /// 0 when nothing leaves, or nobody knows how much.
    pub(super) saved_mb: u32,
    pub(super) original_mb: u32,
    /// Sizes of both images, where they were built.
    pub(super) measured_mb: Option<(u64, u64)>,
    pub(super) context: String,
    pub(super) because: String,
    /// The number of its page, from one; 0 where there is none.
    pub(super) page: usize,
}

impl Entry {
    /// The line of a file that was looked at.
    pub(super) fn of_file(file: &File<'_>) -> Entry {
        let about = file.about.cloned().unwrap_or_default();
        let mut entry = Entry {
            place: visible(&String::from_utf8_lossy(file.place)),
            verdict: Verdict::Error,
            status: about.status.map(Status::word).unwrap_or_default(),
            rules: Vec::new(),
            owners: about.owners.iter().map(|owner| visible(owner)).collect(),
            ecosystem: about.ecosystem.unwrap_or_default(),
            folder: String::new(),
            saved_mb: 0,
            original_mb: 0,
            measured_mb: None,
            context: file.context.map(visible).unwrap_or_default(),
            because: String::new(),
            page: 0,
        };
        match &file.answer {
            Answer::Failed { message, .. } => entry.because = first_line(message),
            Answer::Judged(judged) => {
                let outcome = &judged.conversion.outcome;
                entry.verdict = if judged.failure.is_some() { Verdict::Error } else { judged.verdict() };
                entry.rules = rules_of(outcome).iter().map(|rule| rule.id.to_owned()).collect();
                let reason = reasons(outcome).first();
                entry.because = match &judged.failure {
                    Some(failure) => first_line(failure),
                    None => reason
                        .map(|reason| format!("{}: {}", reason.rule.id, first_line(&reason.because)))
                        .unwrap_or_default(),
                };
                if let Some(plan) = judged.plan() {
                    (entry.saved_mb, entry.original_mb) = (saved_mb(plan), plan.original_mb);
                }
                let sizes =
                    judged.verification.and_then(|report| Some((report.original.size?, report.converted.size?)));
                entry.measured_mb = sizes.map(|(before, after)| (before / 1_000_000, after / 1_000_000));
            }
        }
        entry
    }

    /// The line of a row of a campaign whose file was not looked at again.
    pub(super) fn of_row(row: &Row) -> Entry {
        let answer = row.answer.as_ref();
        let words = |text: Option<&String>| text.map(|text| visible(text)).unwrap_or_default();
        let measured = answer.and_then(|answer| answer.measured.as_ref());
        Entry {
            place: visible(&String::from_utf8_lossy(&row.path)),
            verdict: answer.map_or(Verdict::Error, |answer| answer.verdict),
            status: row.status.word(),
            rules: answer.map(|answer| answer.rules.iter().map(|rule| visible(rule)).collect()).unwrap_or_default(),
            owners: row.owners().iter().map(|owner| visible(owner)).collect(),
            ecosystem: words(answer.and_then(|answer| answer.ecosystem.as_ref())),
            folder: String::new(),
            saved_mb: answer.and_then(|answer| answer.saved_mb).unwrap_or_default(),
            original_mb: answer.and_then(|answer| answer.original_mb).unwrap_or_default(),
            measured_mb: measured.and_then(|m| Some((m.original_mb?.into(), m.converted_mb?.into()))),
            context: words(answer.and_then(|answer| answer.context.as_ref())),
            because: words(row.note.as_ref().or(answer.and_then(|answer| answer.because.as_ref()))),
            page: 0,
        }
    }

    /// How it ended, in words: where it stands in a campaign, else the verdict.
    pub(super) fn outcome(&self) -> String {
        let verdict = self.verdict.shown();
        match self.status {
            "" | "needs-a-look" | "stays" => verdict.to_owned(),
            status => format!("{verdict}, {status}"),
        }
    }
}

fn first_line(text: &str) -> String {
    const LONGEST: usize = 240;
    let line = visible(text.lines().next().unwrap_or_default());
    if line.chars().count() <= LONGEST { line } else { line.chars().take(LONGEST - 1).chain(['…']).collect() }
}

/// Every file and every other row, by what they gain and then by name, with the folders that megabytes are counted under.
pub(super) fn entries(files: &[File<'_>], others: &[Row]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = files.iter().map(Entry::of_file).collect();
    for (page, entry) in entries.iter_mut().enumerate() {
        entry.page = page + 1;
    }
    entries.extend(others.iter().map(Entry::of_row));
    // One folder more where all files lie in the same one.
    let parts = |entry: &Entry, depth: usize| {
        let mut parts: Vec<&str> = entry.place.split('/').collect();
        parts.pop();
        parts.truncate(depth);
        if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
    };
    let is_flat = |depth: usize| {
        let mut folders = entries.iter().map(|entry| parts(entry, depth));
        let first = folders.next();
        folders.all(|folder| Some(folder) == first)
    };
    let depth = (1..4).find(|depth| !is_flat(*depth)).unwrap_or(1);
    let folders: Vec<String> = entries.iter().map(|entry| parts(entry, depth)).collect();
    for (entry, folder) in entries.iter_mut().zip(folders) {
        entry.folder = folder;
    }
    entries.sort_by(|a, b| b.saved_mb.cmp(&a.saved_mb).then_with(|| a.place.cmp(&b.place)));
    entries
}
