//! `msb convert`: a diff, a written file, or a check.

use super::{Done, Status, Tells, apply, verify};
use crate::args::{Comparison, Convert, Form};
use crate::input::{Ask, Input, Knowledge};
use crate::output::{FileReport, JSON_VERSION, MSB_VERSION, RunReport, json, summary};
use crate::review::{Selection, asks_for, deliver as deliver_documents, failed, place_of};
use crate::terminal::{self, note};
use anyhow::{Result, bail};
use msb::differ;
use msb::review::{File, Verdict};
use msb::verify::render;
use std::collections::BTreeSet;
use std::path::Path;

pub(super) fn run(arguments: &Convert) -> Result<Status> {
    let stdin = |path: &Path| path == Path::new("-");
    if arguments.output.is_some() && arguments.paths.len() > 1 {
        bail!("--output takes one Dockerfile; {} are given", arguments.paths.len());
    }
    if arguments.apply && arguments.paths.iter().any(|p| stdin(p)) {
        bail!("--apply cannot write to standard input; take --output FILE, or --output - for standard output");
    }
    if arguments.paths.iter().filter(|p| stdin(p)).count() > 1 {
        bail!("standard input can be read once only");
    }
    if !arguments.verify && arguments.comparison != Comparison::default() {
        bail!("options of a comparison are given, and none is asked for; add --verify");
    }
    if arguments.output.as_deref() == Some(Path::new("-")) && arguments.format != Form::Text {
        bail!("--output - and --format both print to standard output; write one of them to a file");
    }
    let known = Knowledge::new(asks_for(arguments.format, &arguments.review, Form::Json));
    let selection = Selection::new(&arguments.review)?;
    let paths: Vec<_> = arguments.paths.iter().filter(|path| !stdin(path)).cloned().collect();
    let changed: BTreeSet<_> = selection.changed(paths)?.into_iter().collect();
    let mut status = Status::Done;
    let mut done = Vec::new();
    for path in arguments.paths.iter().filter(|path| stdin(path) || changed.contains(*path)) {
        let name = path.display().to_string();
        let result = one(path, arguments, &known, &selection).transpose();
        match &result {
            None => continue,
            Some(Ok(one)) => status = status.max(one.status),
            Some(Err(error)) if terminal::is_closed_pipe(error) => return Ok(status),
            Some(Err(error)) => {
                terminal::error(&format!("{error:#}"));
                status = Status::CouldNotRun;
            }
        }
        done.extend(result.map(|result| (name, place_of(path), result)));
    }
    selection.tell();
    let is_named = arguments.surroundings.context.is_some();
    let files: Vec<File<'_>> = done
        .iter()
        .map(|(_, place, result)| match result {
            Ok(done) => done.file(is_named),
            Err(error) => failed(place, error),
        })
        .collect();
    selection.write_baseline(&files)?;
    deliver_documents(arguments.format, &arguments.review, &files, &[], || {
        let files = done.iter().map(|(name, _, result)| report(name, result)).collect();
        let none = serde_json::Map::new();
        json(&RunReport { version: JSON_VERSION, msb: MSB_VERSION, files, more: none })
    })?;
    Ok(status.unless_asked(arguments.review.exit_zero))
}

/// The diff of what may be given away.
fn diff(done: &Done) -> Vec<u8> {
    done.converted().map(|new| differ::diff::unified(&done.place, &done.source, new)).unwrap_or_default()
}

/// The answer for programs.
pub(super) fn report<'a>(name: &'a str, result: &'a Result<Done>) -> FileReport<'a> {
    match result {
        Err(error) => FileReport::failed(name, error),
        Ok(done) => {
            let diff = String::from_utf8_lossy(&diff(done)).into_owned();
            FileReport {
                inputs: done.inputs.clone(),
                diff: (!diff.is_empty()).then_some(diff),
                written: done.written,
                verification: done.verification.as_ref(),
                error: done.failure.as_ref().map(|e| format!("{e:#}")),
                ..FileReport::of(name, &done.source, &done.conversion)
            }
        }
    }
}

/// One file; nothing when it does not count.
fn one(path: &Path, arguments: &Convert, known: &Knowledge, selection: &Selection<'_>) -> Result<Option<Done>> {
    let ask = Ask { surroundings: &arguments.surroundings, build_args: &arguments.conversion.build_args };
    let input = Input::read(path, &ask, known)?;
    let (name, said) = (input.name.clone(), input.said.clone());
    // The diff, which is the text form, names the place.
    let tells = Tells { places: true, ..Tells::of(arguments.format, &arguments.review) };
    let mut done = Done::of(input, &arguments.conversion, known, tells)?;
    if !selection.takes(&done.file(false)) {
        return Ok(None);
    }
    if let (Some(by), Some(folder)) = (&said, &done.folder) {
        note(&format!("{name}: the build context is `{}`, as {by} says", folder.display()));
    }
    note(&summary(&name, &done.source, &done.conversion, arguments.conversion.accept_unsafe));
    let outcome = deliver(&mut done, path, &name, arguments);
    if let Err(error) = outcome {
        if terminal::is_closed_pipe(&error) {
            return Err(error);
        }
        terminal::error(&format!("{error:#}"));
        done.status = Status::CouldNotRun;
        done.failure = Some(error);
    }
    Ok(Some(done))
}

/// Does with a conversion what was asked for.
fn deliver(done: &mut Done, path: &Path, name: &str, arguments: &Convert) -> Result<()> {
    if arguments.verify && !verified(done, path, name, arguments)? {
        return Ok(());
    }
    let text = arguments.format == Form::Text;
    if arguments.check {
        if done.given {
            done.status = Status::Found;
            if text {
                terminal::print(&format!("{name}\n"))?;
            }
        }
    } else if arguments.apply {
        if let Some(new) = done.converted() {
            apply(path, &done.source, new, &arguments.conversion)?;
            done.written = true;
            note(&format!("{name}: written"));
        }
        withheld(done);
    } else if let Some(output) = &arguments.output {
        match (output == Path::new("-"), done.converted()) {
            (true, new) => terminal::print_bytes(new.unwrap_or(&done.source))?,
            (false, Some(new)) => {
                differ::apply::write(output, new)?;
                done.written = true;
                note(&format!("{}: written", output.display()));
            }
            (false, None) => note(&format!("{}: not written, since nothing is converted", output.display())),
        }
        withheld(done);
    } else if text && arguments.review.write_baseline.is_none() {
        terminal::print_diff(&diff(done))?;
    }
    Ok(())
}

/// Builds, starts and compares what would be given back; true when it is the same, or when there is nothing to compare.
fn verified(done: &mut Done, path: &Path, name: &str, arguments: &Convert) -> Result<bool> {
    let shown = arguments.output.is_none() && !arguments.apply;
    if !shown && !done.given {
        return Ok(true);
    }
    let compared = verify::of_done(done, path, &arguments.conversion.build_args, &arguments.comparison)?;
    let Some(report) = compared else { return Ok(true) };
    note(render::terminal(&report, false).trim_end());
    let same = report.verdict == msb::verify::Verdict::Same;
    if !same {
        done.given = false;
        done.status = Status::from_code(report.exit_code());
        note(&format!("{name}: left as it is, since the conversion was not found to be the same"));
    }
    done.verification = Some(report);
    Ok(same)
}

/// Says that a conversion was not written because of what it assumes.
fn withheld(done: &Done) {
    if !done.given && Verdict::of(&done.conversion.outcome) == Verdict::Unsafe {
        note("not written, since it needs a look; read the diff with --unsafe");
    }
}
