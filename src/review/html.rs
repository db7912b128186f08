//! Files to one page that stands alone: totals, where the megabytes are, a table that is searched and filtered, and a page for
//! each file. It loads nothing, and reads without scripts; they search, filter, sort and draw.

mod page;

use super::entry::{Entry, entries};
use super::{Answer, File, Judged, Verdict};
use crate::campaign::Row;
use askama::Template;
use page::Page;
use std::collections::BTreeMap;

/// Bars of a chart.
const BARS: usize = 10;

/// The page.
#[derive(Template)]
#[template(path = "report.html")]
struct Report {
    title: String,
    version: &'static str,
    cards: Vec<Card>,
    charts: Vec<Chart>,
    selects: Vec<Select>,
    rows: Vec<Entry>,
    /// Columns that are left out.
    table_class: &'static str,
    pages: Vec<Page>,
    style: &'static str,
    dagre: &'static str,
    script: &'static str,
}

/// A figure.
struct Card {
    label: &'static str,
    value: String,
    more: String,
    class: &'static str,
}

/// Where the megabytes are, in one view.
struct Chart {
    title: &'static str,
    /// The filter that a bar sets; empty for none.
    filter: &'static str,
    bars: Vec<Bar>,
    left_out: usize,
}

struct Bar {
    name: String,
    shown: String,
    percent: u64,
    size: String,
}

/// A filter.
struct Select {
    name: &'static str,
    label: &'static str,
    /// Values and what people read.
    options: Vec<(String, String)>,
}

/// The page on these files. `others` are rows of a campaign whose files were not looked at again.
///
/// # Errors
///
/// A template that cannot be filled, which is a defect.
pub fn document(files: &[File<'_>], others: &[Row], version: &'static str) -> Result<String, askama::Error> {
    let rows = entries(files, others);
    let pages = rows.iter().filter_map(|row| Some(Page::of(row, files.get(row.page.checked_sub(1)?)?))).collect();
    let report = Report {
        title: match rows.len() {
            1 => "msb: 1 Dockerfile".to_owned(),
            count => format!("msb: {count} Dockerfiles"),
        },
        version,
        cards: cards(&rows),
        charts: charts(&rows, files),
        selects: selects(&rows),
        table_class: if rows.iter().all(|row| row.owners.is_empty()) { "no-owner" } else { "" },
        rows,
        pages,
        style: include_str!("html/report.css"),
        dagre: include_str!("html/dagre.min.js"),
        script: include_str!("html/report.js"),
    };
    report.render()
}

/// Megabytes for people.
fn size(mb: u64) -> String {
    if mb < 10_000 { format!("{mb} MB") } else { format!("{}.{} GB", mb / 1000, mb % 1000 / 100) }
}

fn cards(rows: &[Entry]) -> Vec<Card> {
    let saved = |rows: &[&Entry]| rows.iter().map(|row| u64::from(row.saved_mb)).sum::<u64>();
    let all: Vec<&Entry> = rows.iter().collect();
    let mut cards = vec![Card {
        label: "Less, by estimate",
        value: size(saved(&all)),
        more: {
            let known: u64 = rows.iter().filter(|row| row.saved_mb > 0).map(|row| u64::from(row.original_mb)).sum();
            if known > 0 { format!("of {}", size(known)) } else { String::new() }
        },
        class: "",
    }];
    let measured: Vec<(u64, u64)> = rows.iter().filter_map(|row| row.measured_mb).collect();
    if !measured.is_empty() {
        let less: u64 = measured.iter().map(|(before, after)| before.saturating_sub(*after)).sum();
        cards.push(Card {
            label: "Less, measured",
            value: size(less),
            more: format!("{} images built", measured.len()),
            class: "",
        });
    }
    let done: Vec<&Entry> = rows.iter().filter(|row| row.status == "done").collect();
    if !done.is_empty() {
        let more = format!("{} less", size(saved(&done)));
        cards.push(Card { label: "Done", value: done.len().to_string(), more, class: "safe" });
    }
    for (verdict, label) in [
        (Verdict::Safe, "Safe to apply"),
        (Verdict::Unsafe, "Need a look"),
        (Verdict::Unchanged, "Unchanged"),
        (Verdict::Declined, "Declined"),
        (Verdict::Error, "Errors"),
    ] {
        let of: Vec<&Entry> = rows.iter().filter(|row| row.verdict == verdict && row.status != "done").collect();
        if !of.is_empty() {
            let saved = saved(&of);
            let more = if saved > 0 { format!("{} less", size(saved)) } else { String::new() };
            cards.push(Card { label, value: of.len().to_string(), more, class: verdict.word() });
        }
    }
    cards
}

fn charts(rows: &[Entry], files: &[File<'_>]) -> Vec<Chart> {
    let sums = |names: &dyn Fn(&Entry) -> Vec<String>| {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.saved_mb > 0) {
            for name in names(row) {
                *sums.entry(name).or_default() += u64::from(row.saved_mb);
            }
        }
        sums
    };
    let known = |text: &str| if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
    let mut left: BTreeMap<String, u64> = BTreeMap::new();
    for plan in files.iter().filter_map(|file| judged(file)?.plan()) {
        for leaving in &plan.leaves {
            *left.entry(leaving.licence.id().to_owned()).or_default() +=
                u64::from(leaving.about_mb.unwrap_or_default());
        }
    }
    // What all folders begin with is left out; the whole name is there when somebody asks for it.
    let last = |folder: &str| folder.rsplit('/').next().unwrap_or(folder).to_owned();
    let charts = [
        chart("By folder", "folder", sums(&|row| known(&row.folder)), last),
        chart("By owner", "owner", sums(&|row| row.owners.clone()), str::to_owned),
        chart("By language", "ecosystem", sums(&|row| known(&row.ecosystem)), str::to_owned),
        chart("By licence to leave", "", left, str::to_owned),
    ];
    charts.into_iter().filter(|chart| !chart.bars.is_empty()).collect()
}

fn chart(
    title: &'static str,
    filter: &'static str,
    sums: BTreeMap<String, u64>,
    shown: impl Fn(&str) -> String,
) -> Chart {
    let mut sums: Vec<(String, u64)> = sums.into_iter().filter(|(_, mb)| *mb > 0).collect();
    sums.sort_by_key(|(_, mb)| std::cmp::Reverse(*mb));
    let left_out = sums.len().saturating_sub(BARS);
    sums.truncate(BARS);
    let most = sums.first().map_or(1, |(_, mb)| (*mb).max(1));
    let bars = sums
        .into_iter()
        .map(|(name, mb)| Bar { shown: shown(&name), percent: mb * 100 / most, size: size(mb), name })
        .collect();
    Chart { title, filter, bars, left_out }
}

fn selects(rows: &[Entry]) -> Vec<Select> {
    let count = |names: &dyn Fn(&Entry) -> Vec<String>| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for name in rows.iter().flat_map(names).filter(|name| !name.is_empty()) {
            *counts.entry(name).or_default() += 1;
        }
        counts.into_iter().map(|(name, count)| (name.clone(), format!("{name} ({count})"))).collect::<Vec<_>>()
    };
    let mut verdicts = count(&|row| vec![row.verdict.word().to_owned()]);
    for (value, shown) in &mut verdicts {
        *shown = shown.replace(Verdict::Unsafe.word(), Verdict::Unsafe.shown());
        debug_assert!(!value.is_empty(), "a verdict has a word");
    }
    let selects = [
        Select { name: "verdict", label: "Outcome", options: verdicts },
        Select { name: "status", label: "Status", options: count(&|row| vec![row.status.to_owned()]) },
        Select { name: "rule", label: "Rule", options: count(&|row| row.rules.clone()) },
        Select { name: "owner", label: "Owner", options: count(&|row| row.owners.clone()) },
        Select { name: "ecosystem", label: "Language", options: count(&|row| vec![row.ecosystem.clone()]) },
        Select { name: "folder", label: "Folder", options: count(&|row| vec![row.folder.clone()]) },
    ];
    selects.into_iter().filter(|select| !select.options.is_empty()).collect()
}

fn judged<'a, 'f>(file: &'a File<'f>) -> Option<&'a Judged<'f>> {
    match &file.answer {
        Answer::Judged(judged) => Some(judged),
        Answer::Failed { .. } => None,
    }
}
