//! `msb batch`: every Dockerfile below some folders, on all cores, in the order of their paths.

use super::{Done, Status, Tells, apply};
use crate::args::{Batch, Form};
use crate::input::{Ask, Input, Knowledge};
use crate::output::{FileReport, JSON_VERSION, MSB_VERSION, RunReport, json, shortened, style};
use crate::review::{Selection, asks_for, deliver, failed, place_of};
use crate::terminal::{self, BOLD, Progress, paint};
use anyhow::{Result, anyhow, bail};
use ignore::WalkBuilder;
use msb::planner::Outcome;
use msb::review::{File, Verdict, advice, printable, reasons, saved_mb, saving, visible};
use msb::{policy, rules};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Folders that hold other people's files.
const VENDORED: [&str; 6] = ["node_modules", "vendor", "third_party", "third-party", "bower_components", ".git"];

pub(super) fn run(arguments: &Batch) -> Result<Status> {
    let known = Knowledge::new(asks_for(arguments.format, &arguments.review, Form::Json));
    let selection = Selection::new(&arguments.review)?;
    let Search { found, unreadable } = dockerfiles(&arguments.paths, arguments.all)?;
    for message in &unreadable {
        terminal::error(&format!("{message}; what lies below was not searched"));
    }
    let (skipped, paths): (Vec<_>, Vec<_>) = found.into_iter().partition(|path| known.skips(path));
    if !skipped.is_empty() {
        terminal::note(&format!("{} Dockerfiles are skipped, as {} says", skipped.len(), policy::FILE));
    } else if paths.is_empty() {
        terminal::note("no Dockerfile found; names that count: Dockerfile, Dockerfile.*, *.Dockerfile, Containerfile");
    }
    let paths = selection.changed(paths)?;
    let all = convert_all(&paths, arguments, &known, &selection);
    let (paths, results): (Vec<_>, Vec<_>) =
        paths.into_iter().zip(all).filter_map(|(path, result)| Some((path, result.transpose()?))).unzip();
    selection.tell();
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let places: Vec<Vec<u8>> = paths
        .iter()
        .zip(&results)
        .map(|(path, result)| if result.is_ok() { Vec::new() } else { place_of(path) })
        .collect();
    let could_not =
        !unreadable.is_empty() || results.iter().any(|r| r.as_ref().map_or(true, |done| done.failure.is_some()));
    let totals = Totals { unreadable, ..Totals::of(&results) };
    let is_named = arguments.surroundings.context.is_some();
    let files: Vec<File<'_>> = places
        .iter()
        .zip(&results)
        .map(|(place, result)| match result {
            Ok(done) => done.file(is_named),
            Err(error) => failed(place, error),
        })
        .collect();
    selection.write_baseline(&files)?;
    deliver(arguments.format, &arguments.review, &files, || {
        let files = names.iter().zip(&results).map(|(name, result)| report(name, result)).collect();
        json(&RunReport { version: JSON_VERSION, msb: MSB_VERSION, files, more: &totals })
    })?;
    match arguments.format {
        Form::Json => {}
        Form::Text => {
            let shown: Vec<String> = names.iter().map(|name| visible(name)).collect();
            let column = shown.iter().map(|n| n.chars().count()).max().unwrap_or(0).min(60);
            let lines: Vec<String> =
                shown.iter().zip(&results).map(|(name, result)| line(name, result, column)).collect();
            terminal::print(&(lines.concat() + &totals.text()))?;
        }
        _ => terminal::note(totals.text().trim()),
    }
    let found = arguments.check && results.iter().flatten().any(|done| done.given);
    Ok(match (could_not, found) {
        (true, _) => Status::CouldNotRun,
        (false, true) => Status::Found.unless_asked(arguments.review.exit_zero),
        (false, false) => Status::Done,
    })
}

/// Endings of what looks like a Dockerfile by its name and is none: copies that editors, patch and people leave behind, texts from
/// which a tool makes the Dockerfile, notes about it. Whoever means one names it.
const OTHERS: [&str; 27] = [
    ".dockerignore",
    "~",
    ".swp",
    ".swo",
    ".bak",
    ".backup",
    ".old",
    ".orig",
    ".rej",
    ".save",
    ".tmp",
    ".patch",
    ".diff",
    ".tmpl",
    ".gotmpl",
    ".tpl",
    ".template",
    ".j2",
    ".jinja",
    ".jinja2",
    ".erb",
    ".ejs",
    ".hbs",
    ".mustache",
    ".m4",
    ".in",
    ".md",
];

/// True for names that people give to Dockerfiles.
fn is_dockerfile(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let plain = ["dockerfile", "containerfile"];
    !OTHERS.iter().any(|ending| name.ends_with(ending))
        && plain.iter().any(|word| {
            name == *word
                || name.strip_prefix(word).is_some_and(|rest| rest.starts_with(['.', '-']))
                || name.strip_suffix(word).is_some_and(|rest| rest.ends_with('.'))
        })
}

/// What a search found.
#[derive(Default)]
struct Search {
    /// Dockerfiles, sorted; one that several names lead to only once.
    found: Vec<PathBuf>,
    /// What could not be searched, with the reason.
    unreadable: Vec<String>,
}

/// Files below the given paths; what git ignores, hides or vendors is left out unless `all`.
fn dockerfiles(roots: &[PathBuf], all: bool) -> Result<Search> {
    let mut found = BTreeSet::new();
    let mut unreadable = Vec::new();
    for root in roots {
        if !root.exists() {
            bail!("`{}` does not exist; name folders to search, or Dockerfiles", root.display());
        }
        if !root.is_dir() {
            found.insert(root.clone());
            continue;
        }
        let walk = WalkBuilder::new(root)
            .standard_filters(!all)
            .require_git(false)
            .filter_entry(move |entry| {
                let name = entry.file_name().to_string_lossy();
                let skipped = if all { name == ".git" } else { VENDORED.contains(&name.as_ref()) };
                entry.depth() == 0 || !(skipped && entry.file_type().is_some_and(|t| t.is_dir()))
            })
            .build();
        for entry in walk {
            match entry {
                Err(error) => unreadable.push(error.to_string()),
                Ok(entry) => {
                    let is_file = entry.file_type().is_some_and(|t| !t.is_dir()) && entry.path().is_file();
                    if is_file && is_dockerfile(&entry.file_name().to_string_lossy()) {
                        let path = entry.path();
                        found.insert(path.strip_prefix("./").unwrap_or(path).to_owned());
                    }
                }
            }
        }
    }
    Ok(Search { found: once(found), unreadable })
}

/// Each file once, whatever number of names lead to it: the name that is no link, else the first.
fn once(paths: BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let (links, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_symlink());
    let mut seen = BTreeSet::new();
    let mut kept: Vec<PathBuf> = files
        .into_iter()
        .chain(links)
        .filter(|path| path.canonicalize().map_or(true, |target| seen.insert(target)))
        .collect();
    kept.sort();
    kept
}

fn convert_all(
    paths: &[PathBuf],
    arguments: &Batch,
    known: &Knowledge,
    selection: &Selection<'_>,
) -> Vec<Result<Option<Done>>> {
    let next = AtomicUsize::new(0);
    let finished = AtomicUsize::new(0);
    let results: Mutex<BTreeMap<usize, Result<Option<Done>>>> = Mutex::default();
    let progress = Progress::over(paths.len());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = arguments.jobs.map_or(cores, usize::from).clamp(1, paths.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, path)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, paths.get(i)?)))
                {
                    let result = guarded(path, arguments, known, selection);
                    results.lock().unwrap_or_else(PoisonError::into_inner).insert(index, result);
                    progress.show(finished.fetch_add(1, Ordering::Relaxed) + 1);
                }
            });
        }
    });
    progress.clear();
    results.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

/// One file; even a defect of msb on it does not stop the others.
fn guarded(path: &Path, arguments: &Batch, known: &Knowledge, selection: &Selection<'_>) -> Result<Option<Done>> {
    catch_unwind(AssertUnwindSafe(|| one(path, arguments, known, selection)))
        .unwrap_or_else(|_| Err(anyhow!("`{}`: msb failed on this file, which is a defect of msb", path.display())))
}

/// One file; nothing when it does not count.
fn one(path: &Path, arguments: &Batch, known: &Knowledge, selection: &Selection<'_>) -> Result<Option<Done>> {
    let ask = Ask { surroundings: &arguments.surroundings, build_args: &arguments.conversion.build_args };
    let input = Input::read(path, &ask, known)?;
    let mut done = Done::of(input, &arguments.conversion, Tells::of(arguments.format, &arguments.review))?;
    if !selection.takes(&done.file(false)) {
        return Ok(None);
    }
    if let Some(new) = done.converted().filter(|_| arguments.apply) {
        match apply(path, &done.source, new, &arguments.conversion) {
            Ok(()) => done.written = true,
            Err(error) => done.failure = Some(error),
        }
    }
    Ok(Some(done))
}

fn line(name: &str, result: &Result<Done>, column: usize) -> String {
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

fn first_words(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    match lines.next().and_then(|place| place.trim().strip_prefix("--> ")) {
        Some(place) => format!("{first} ({place})"),
        None => first,
    }
}

fn report<'a>(name: &'a str, result: &'a Result<Done>) -> FileReport<'a> {
    match result {
        Err(error) => FileReport::failed(name, error),
        Ok(done) => FileReport {
            inputs: done.inputs.clone(),
            written: done.written,
            error: done.failure.as_ref().map(|e| format!("{e:#}")),
            ..FileReport::of(name, &done.source, &done.conversion)
        },
    }
}

/// How many files ended how, and why.
#[derive(Debug, Serialize)]
struct Totals {
    outcomes: BTreeMap<&'static str, usize>,
    reasons: BTreeMap<&'static str, usize>,
    saved_mb: u64,
    /// What could not be searched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
}

impl Totals {
    fn of(results: &[Result<Done>]) -> Totals {
        let mut totals =
            Totals { outcomes: BTreeMap::new(), reasons: BTreeMap::new(), saved_mb: 0, unreadable: Vec::new() };
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

    fn text(&self) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_count() {
        for (name, counts) in [
            ("Dockerfile", true),
            ("dockerfile", true),
            ("Dockerfile.prod", true),
            ("Dockerfile-dev", true),
            ("api.Dockerfile", true),
            ("api.dockerfile", true),
            ("Containerfile", true),
            ("Dockerfile.dockerignore", false),
            (".dockerignore", false),
            ("Dockerfile~", false),
            ("MyDockerfile", false),
            ("Dockerfiles", false),
            ("Dockerfile.bak", false),
            ("Dockerfile.prod.orig", false),
            ("Dockerfile.tmpl", false),
            ("api.Dockerfile.j2", false),
            ("Dockerfile.J2", false),
            ("Containerfile.in", false),
            ("Dockerfile.md", false),
            ("Dockerfile.linux", true),
            ("Dockerfile.bookworm", true),
        ] {
            assert_eq!(is_dockerfile(name), counts, "{name}");
        }
    }
}
