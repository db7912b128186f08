//! Runs msb over a folder of real Dockerfiles and prints what became of them, by language and kind.
//!
//! `cargo run --release --example funnel -- FOLDER [--show CASE]`
//!
//! The folder holds `index.json`, an array of rows with `dir` (a folder name), `language` and `kind`; each case has
//! a `Dockerfile`, optionally `context/` and `files.txt` (names of all files, relative to the repository's top, of
//! which `context_dir` in `source.json` is the context's root).

use anyhow::{Context as _, Result};
use msb::context::MemoryContext;
use msb::planner::{Applicability, Outcome};
use msb::{Request, convert};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().context("usage: funnel FOLDER [--show CASE]")?;
    let show = arguments.nth(1);
    let index: serde_json::Value = serde_json::from_slice(&std::fs::read(Path::new(&folder).join("index.json"))?)?;
    let rows = index.as_array().context("index.json is not an array")?;
    let out = &mut std::io::stdout().lock();
    let mut by_language: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    let mut by_kind: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    let mut by_reason: BTreeMap<String, usize> = BTreeMap::new();
    let mut slowest = (0.0, String::new());
    for row in rows {
        let text = |key: &str| row.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        let case = text("dir");
        if show.as_ref().is_some_and(|s| !case.contains(s.as_str())) {
            continue;
        }
        let directory = Path::new(&folder).join(&case);
        let source = std::fs::read(directory.join("Dockerfile"))?;
        let context = context_of(&directory)?;
        let request = Request::new(&source, &context);
        let start = Instant::now();
        let result = convert(&request);
        let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
        if milliseconds > slowest.0 {
            slowest = (milliseconds, case.clone());
        }
        let (outcome, reason) = match &result {
            Err(_) => ("error".to_owned(), "syntax".to_owned()),
            Ok(conversion) => match &conversion.outcome {
                Outcome::Convert(plan) if plan.applicability == Applicability::Safe => {
                    ("safe".to_owned(), String::new())
                }
                Outcome::Convert(plan) => (
                    "unsafe".to_owned(),
                    plan.assumptions.first().map(|r| format!("{}: {}", r.rule.id, r.because)).unwrap_or_default(),
                ),
                Outcome::Unchanged { reason } => {
                    ("unchanged".to_owned(), format!("{}: {}", reason.rule.id, reason.because))
                }
                Outcome::Declined { reasons } => (
                    "declined".to_owned(),
                    reasons.first().map(|r| format!("{}: {}", r.rule.id, r.because)).unwrap_or_default(),
                ),
            },
        };
        writeln!(
            out,
            "{outcome:<10} {milliseconds:6.1} ms  {:<14} {:<28} {case}  {reason}",
            text("language"),
            text("kind")
        )?;
        if let (Some(_), Ok(conversion)) = (&show, &result) {
            out.write_all(&source)?;
            writeln!(out, "\n---------- converted")?;
            out.write_all(conversion.output.as_deref().unwrap_or_default())?;
            writeln!(out, "----------")?;
        }
        *by_language.entry(text("language")).or_default().entry(outcome.clone()).or_default() += 1;
        *by_kind.entry(text("kind")).or_default().entry(outcome.clone()).or_default() += 1;
        let id = reason.split(':').next().unwrap_or_default();
        *by_reason.entry(format!("{outcome:<10} {id}")).or_default() += 1;
    }
    for (title, table) in [("language", &by_language), ("kind", &by_kind)] {
        let columns = ["safe", "unsafe", "unchanged", "declined", "error"];
        writeln!(out, "\n{title:<30}{}", columns.map(|c| format!("{c:>11}")).concat())?;
        for (name, counts) in table {
            let cells = columns.map(|c| format!("{:>11}", counts.get(c).copied().unwrap_or(0))).concat();
            writeln!(out, "{name:<30}{cells}")?;
        }
    }
    writeln!(out)?;
    for (reason, count) in &by_reason {
        writeln!(out, "{count:>5}  {reason}")?;
    }
    writeln!(out, "\nslowest: {:.1} ms ({})", slowest.0, slowest.1)?;
    Ok(())
}

/// The context: manifests with their text, all other files by name.
fn context_of(directory: &Path) -> Result<MemoryContext> {
    let mut context = MemoryContext::default();
    let source: serde_json::Value = std::fs::read(directory.join("source.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let root = source.get("context_dir").and_then(|v| v.as_str()).unwrap_or_default().trim_matches('/').to_owned();
    let prefix = if root.is_empty() { String::new() } else { format!("{root}/") };
    for name in std::fs::read_to_string(directory.join("files.txt")).unwrap_or_default().lines() {
        if let Some(path) = name.strip_prefix(prefix.as_str()).filter(|p| !p.is_empty()) {
            context = context.name(path);
        }
    }
    let held = directory.join("context");
    let mut pending = vec![held.clone()];
    while let Some(next) = pending.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten() {
            let path = entry?.path();
            if path.is_dir() {
                pending.push(path);
            } else if let Ok(relative) = path.strip_prefix(&held) {
                context = context.file(&relative.to_string_lossy(), std::fs::read(&path)?);
            }
        }
    }
    Ok(context)
}
