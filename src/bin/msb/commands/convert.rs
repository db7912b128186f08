//! `msb convert`: a diff, a written file, or a check.

use super::{Status, apply, convert_input, digest, verify, writable};
use crate::args::{Comparison, Convert, Format};
use crate::git::name_in_diff;
use crate::input::{Ask, Input, Knowledge};
use crate::output::{FileReport, JSON_VERSION, MSB_VERSION, RunReport, Verdict, json, summary};
use crate::terminal::{self, note};
use anyhow::{Result, bail};
use msb::verify::render;
use msb::{Conversion, differ};
use std::path::{Path, PathBuf};

/// The name of standard input in a diff.
const STDIN_NAME: &str = "Dockerfile";

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
    let known = Knowledge::new(arguments.format == Format::Json);
    let mut status = Status::Done;
    let mut done = Vec::new();
    for path in &arguments.paths {
        let name = path.display().to_string();
        let result = one(path, arguments, &known);
        match &result {
            Ok(one) => status = status.max(one.status),
            Err(error) if terminal::is_closed_pipe(error) => return result.map(|_| status),
            Err(error) => {
                terminal::error(&format!("{error:#}"));
                status = Status::CouldNotRun;
            }
        }
        done.push((name, result));
    }
    if arguments.format == Format::Json {
        let files = done.iter().map(|(name, result)| report(name, result)).collect();
        let none = serde_json::Map::new();
        terminal::print(&json(&RunReport { version: JSON_VERSION, msb: MSB_VERSION, files, more: none })?)?;
    }
    Ok(status)
}

/// A file that was converted, or left alone for a reason.
struct Done {
    source: Vec<u8>,
    /// The build context.
    folder: Option<PathBuf>,
    conversion: Conversion,
    /// Hash of what the conversion depends on, for programs.
    inputs: Option<String>,
    diff: Vec<u8>,
    /// What building and starting both showed, when that was asked for.
    verification: Option<msb::verify::Report>,
    written: bool,
    status: Status,
    /// What could not be done with a good conversion.
    failure: Option<anyhow::Error>,
}

fn report<'a>(name: &'a str, result: &'a Result<Done>) -> FileReport<'a> {
    match result {
        Err(error) => FileReport::failed(name, error),
        Ok(done) => {
            let diff = String::from_utf8_lossy(&done.diff).into_owned();
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

fn one(path: &Path, arguments: &Convert, known: &Knowledge) -> Result<Done> {
    let ask = Ask { surroundings: &arguments.surroundings, build_args: &arguments.conversion.build_args };
    let input = Input::read(path, &ask, known)?;
    let conversion = convert_input(&input, &arguments.conversion).map_err(|errors| input.refused(&errors))?;
    if let (Some(by), Some(folder)) = (&input.said, &input.folder) {
        note(&format!("{}: the build context is `{}`, as {by} says", input.name, folder.display()));
    }
    note(&summary(&input.name, &input.source, &conversion, arguments.conversion.accept_unsafe));
    let name = input.path.as_deref().map_or_else(|| STDIN_NAME.to_owned(), name_in_diff);
    // What rests on an assumption stays out of pipes, so that nobody applies it unread.
    let diff = match writable(&conversion, &arguments.conversion) {
        Some(output) => differ::diff::unified(&name, &input.source, output),
        None => Vec::new(),
    };
    let mut done = Done {
        inputs: digest(&input, &arguments.conversion),
        source: input.source,
        folder: input.folder,
        conversion,
        diff,
        verification: None,
        written: false,
        status: Status::Done,
        failure: None,
    };
    let outcome = deliver(&mut done, path, &input.name, arguments);
    if let Err(error) = outcome {
        if terminal::is_closed_pipe(&error) {
            return Err(error);
        }
        terminal::error(&format!("{error:#}"));
        done.status = Status::CouldNotRun;
        done.failure = Some(error);
    }
    Ok(done)
}

/// Does with a conversion what was asked for.
fn deliver(done: &mut Done, path: &Path, name: &str, arguments: &Convert) -> Result<()> {
    if arguments.verify && !verified(done, path, name, arguments)? {
        return Ok(());
    }
    let text = arguments.format == Format::Text;
    let new = writable(&done.conversion, &arguments.conversion);
    if arguments.check {
        if new.is_some() {
            done.status = Status::Found;
            if text {
                terminal::print(&format!("{name}\n"))?;
            }
        }
    } else if arguments.apply {
        if let Some(new) = new {
            apply(path, &done.source, new, &arguments.conversion)?;
            done.written = true;
            note(&format!("{name}: written"));
        }
        withheld(&done.conversion, new);
    } else if let Some(output) = &arguments.output {
        match (output == Path::new("-"), new) {
            (true, new) => terminal::print_bytes(new.unwrap_or(&done.source))?,
            (false, Some(new)) => {
                differ::apply::write(output, new)?;
                done.written = true;
                note(&format!("{}: written", output.display()));
            }
            (false, None) => note(&format!("{}: not written, since nothing is converted", output.display())),
        }
        withheld(&done.conversion, new);
    } else if text {
        terminal::print_diff(&done.diff)?;
    }
    Ok(())
}

/// Builds, starts and compares what would be given back; true when it is the same, or when there is nothing to compare.
fn verified(done: &mut Done, path: &Path, name: &str, arguments: &Convert) -> Result<bool> {
    let shown = arguments.output.is_none() && !arguments.apply;
    if !shown && writable(&done.conversion, &arguments.conversion).is_none() {
        return Ok(true);
    }
    let Some(candidate) = verify::Candidate::of(&done.conversion) else { return Ok(true) };
    let original = verify::Original {
        path,
        context: done.folder.as_deref(),
        build_args: arguments.conversion.build_args.iter().map(|(n, v)| format!("{n}={v}")).collect(),
        text: String::from_utf8_lossy(&done.source).into_owned(),
    };
    let report = verify::compare(original, candidate, &arguments.comparison)?;
    note(render::terminal(&report, false).trim_end());
    let same = report.verdict == msb::verify::Verdict::Same;
    if !same {
        done.status = Status::from_code(report.exit_code());
        note(&format!("{name}: left as it is, since the conversion was not found to be the same"));
    }
    done.verification = Some(report);
    Ok(same)
}

/// Says that a conversion was not written because of what it assumes.
fn withheld(conversion: &Conversion, new: Option<&[u8]>) {
    if new.is_none() && Verdict::of(&conversion.outcome) == Verdict::Unsafe {
        note("not written, since it needs a look; read the diff with --unsafe");
    }
}
