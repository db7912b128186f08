//! One module a command.

mod batch;
mod convert;
mod explain;
mod graph;
mod heuristics;
mod verify;

use crate::args::{Command, Conversion as Flags};
use crate::digest;
use crate::git::{Guard, guard};
use crate::input::Input;
use crate::output::Verdict;
use anyhow::{Result, bail};
use msb::analyzer::readers::Project;
use msb::diagnostic::Diagnostic;
use msb::{Conversion, Request, differ};
use std::path::Path;
use std::process::ExitCode;

/// How a run ends; the worst of several counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// Done, or nothing to do.
    #[default]
    Done,
    /// There is something to convert, or a check failed.
    Found,
    /// Something could not be read, parsed or written.
    CouldNotRun,
}

impl Status {
    /// The status behind an exit code of the library's.
    fn from_code(code: u8) -> Status {
        match code {
            0 => Status::Done,
            1 => Status::Found,
            _ => Status::CouldNotRun,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(status as u8)
    }
}

/// Runs a command.
pub(crate) fn run(command: &Command) -> Result<Status> {
    match command {
        Command::Convert(arguments) => convert::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Batch(arguments) => batch::run(arguments),
        Command::Heuristics(arguments) => heuristics::run(&arguments.action),
        Command::Graph(arguments) => graph::run(arguments),
        Command::Verify(arguments) => verify::run(arguments).map(Status::from_code),
    }
}

/// What to ask of the library.
fn request<'a>(input: &'a Input, flags: &Flags, projects: &'a [Project<'a>]) -> Request<'a> {
    // Every field by itself: what `Request::new` fills in would load the built-in heuristics a second time.
    Request {
        source: &input.source,
        context: &*input.context,
        heuristics: &input.heuristics,
        options: flags.options(input.policy.clone()),
        build_args: flags.build_args.iter().cloned().collect(),
        projects,
    }
}

/// Converts what was read.
fn convert_input(input: &Input, flags: &Flags) -> Result<Conversion, Vec<Diagnostic>> {
    msb::convert(&request(input, flags, &input.projects()))
}

/// The hash over everything that an answer depends on, when the run keeps account of it.
fn digest(input: &Input, flags: &Flags) -> Option<String> {
    let log = input.log.as_ref()?;
    let options = flags.options(input.policy.clone());
    Some(digest::of(&input.source, &options, &flags.build_args, &input.heuristics, log))
}

/// The text to write, when the flags allow to write it.
fn writable<'a>(conversion: &'a Conversion, flags: &Flags) -> Option<&'a [u8]> {
    match Verdict::of(&conversion.outcome) {
        Verdict::Safe => conversion.output.as_deref(),
        Verdict::Unsafe if flags.accept_unsafe => conversion.output.as_deref(),
        _ => None,
    }
}

/// Replaces a file by its conversion, if git knows its present state.
fn apply(path: &Path, old: &[u8], new: &[u8], flags: &Flags) -> Result<()> {
    if !flags.allow_dirty {
        match guard(path) {
            None => {}
            Some(Guard::Uncommitted) => {
                bail!("`{}` has uncommitted changes; commit them first, or pass --allow-dirty", path.display())
            }
            Some(Guard::Unanswered(words)) => {
                bail!(
                    "git cannot say whether `{}` has uncommitted changes: {words}\npass --allow-dirty to write anyway",
                    path.display()
                )
            }
        }
    }
    Ok(differ::apply::apply(path, old, new)?)
}
