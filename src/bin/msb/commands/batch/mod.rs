//! `msb batch`: every Dockerfile below some folders, on all cores, in the order of their paths.

mod campaign;
mod handout;
mod look;
mod measure;
mod search;
mod store;
mod text;

use super::{Done, Status, Tells, apply};
use crate::args::{Batch, Comparison, Form, Surroundings};
use crate::input::{Ask, Input, Knowledge};
use crate::output::{FileReport, JSON_VERSION, MSB_VERSION, RunReport, json};
use crate::review::{Selection, asks_for, deliver, failed, place_of};
use crate::terminal::{self, Progress};
use crate::workers;
use anyhow::{Result, anyhow, bail};
use msb::campaign::Row;
use msb::policy;
use msb::review::{File, visible};
use search::{Search, Target, dockerfiles};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use text::{Totals, line};

/// What became of files, in the order that they are told in.
type Outcomes = Vec<(PathBuf, Result<Done>)>;

pub(super) fn run(arguments: &Batch) -> Result<Status> {
    let asked = Comparison { quiet: false, ..arguments.comparison.clone() };
    if !arguments.verify && asked != Comparison::default() {
        bail!("options of a comparison are given, and none is asked for; add --verify");
    }
    if let Some(plan) = &arguments.plan {
        return campaign::run(arguments, plan);
    }
    let known = Knowledge::new(asks_for(arguments.format, &arguments.review, Form::Json));
    let selection = Selection::new(&arguments.review)?;
    let here = [PathBuf::from(".")];
    let searched = if arguments.paths.is_empty() { &here[..] } else { &arguments.paths };
    let search = dockerfiles(searched, arguments.all)?;
    search.tell();
    let Search { found, unreadable, .. } = search;
    let (skipped, targets): (Vec<_>, Vec<_>) = found.into_iter().partition(|target| known.skips(&target.path));
    if !skipped.is_empty() {
        terminal::note(&format!("{} Dockerfiles are skipped, as {} says", skipped.len(), policy::FILE));
    } else if targets.is_empty() {
        terminal::note("no Dockerfile found; names that count: Dockerfile, Dockerfile.*, *.Dockerfile, Containerfile");
    }
    let changed: BTreeSet<PathBuf> =
        selection.changed(targets.iter().map(|target| target.path.clone()).collect())?.into_iter().collect();
    let targets: Vec<Target> = targets.into_iter().filter(|target| changed.contains(&target.path)).collect();
    let mut outcomes = convert_all(&targets, arguments, &known, &selection);
    outcomes.sort_by(|(a, _), (b, _)| a.cmp(b));
    selection.tell();
    let could_not =
        !unreadable.is_empty() || outcomes.iter().any(|(_, r)| r.as_ref().map_or(true, |done| done.failure.is_some()));
    let found = arguments.check && outcomes.iter().any(|(_, result)| result.as_ref().is_ok_and(|done| done.given));
    let delivery = Delivery { arguments, selection: &selection, unreadable, others: Vec::new() };
    let (names, results, totals) = delivery.documents(outcomes)?;
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
    Ok(match (could_not, found) {
        (true, _) => Status::CouldNotRun,
        (false, true) => Status::Found.unless_asked(arguments.review.exit_zero),
        (false, false) => Status::Done,
    })
}

/// What documents are made of beside the files.
struct Delivery<'a> {
    arguments: &'a Batch,
    selection: &'a Selection<'a>,
    /// What could not be searched.
    unreadable: Vec<String>,
    /// Rows of a campaign whose files were not looked at again.
    others: Vec<Row>,
}

impl Delivery<'_> {
    /// Writes the documents that are asked for; gives back names, results and totals for whoever prints them.
    fn documents(self, outcomes: Outcomes) -> Result<(Vec<String>, Vec<Result<Done>>, Totals)> {
        let (paths, results): (Vec<_>, Vec<_>) = outcomes.into_iter().unzip();
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        let place = |(path, result): (&PathBuf, &Result<Done>)| {
            if result.is_ok() { Vec::new() } else { place_of(path) }
        };
        let places: Vec<Vec<u8>> = paths.iter().zip(&results).map(place).collect();
        let totals = Totals::of(&results, self.unreadable);
        let is_named = self.arguments.surroundings.context.is_some();
        let files: Vec<File<'_>> = places
            .iter()
            .zip(&results)
            .map(|(place, result)| match result {
                Ok(done) => done.file(is_named),
                Err(error) => failed(place, error),
            })
            .collect();
        self.selection.write_baseline(&files)?;
        deliver(self.arguments.format, &self.arguments.review, &files, &self.others, || {
            let files = names.iter().zip(&results).map(|(name, result)| report(name, result)).collect();
            json(&RunReport { version: JSON_VERSION, msb: MSB_VERSION, files, more: &totals })
        })?;
        drop(files);
        Ok((names, results, totals))
    }
}

/// Every file that counts with its answer, in no order.
fn convert_all(targets: &[Target], arguments: &Batch, known: &Knowledge, selection: &Selection<'_>) -> Outcomes {
    let progress = Progress::over(targets.len(), arguments.comparison.quiet);
    let mut outcomes = Outcomes::new();
    let mut finished = 0;
    let threads = workers::threads(arguments.jobs);
    let work = |target: &Target| one(target, arguments, known, selection);
    workers::each(targets, threads, &AtomicBool::new(false), work, |index, result| {
        let path = targets[index].path.clone();
        // Even a defect of msb on one file does not stop the others.
        let defect = || Err(anyhow!("`{}`: msb failed on this file, which is a defect of msb", path.display()));
        outcomes.extend(result.unwrap_or_else(defect).transpose().map(|result| (path, result)));
        finished += 1;
        progress.show(finished, &targets[index].path);
    });
    progress.clear();
    outcomes
}

/// One file; nothing when it does not count.
fn one(target: &Target, arguments: &Batch, known: &Knowledge, selection: &Selection<'_>) -> Result<Option<Done>> {
    let path = target.path.as_path();
    let said = Surroundings { context: target.context.clone(), context_names: None };
    let is_said = arguments.surroundings.context.is_none() && said.context.is_some();
    let surroundings = if is_said { &said } else { &arguments.surroundings };
    let ask = Ask { surroundings, build_args: &arguments.conversion.build_args };
    let input = Input::read(path, &ask, known)?;
    let mut done = Done::of(input, &arguments.conversion, known, Tells::of(arguments.format, &arguments.review))?;
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
