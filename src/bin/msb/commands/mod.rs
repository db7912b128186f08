//! One module a command.

mod batch;
mod convert;
mod explain;
mod graph;
mod heuristics;
mod rules;
mod shell;
mod stream;
mod verify;

use crate::args::{Command, Conversion as Flags, Form, Review};
use crate::digest;
use crate::git::{Guard, folder_from_top, guard, place};
use crate::input::{Input, Knowledge};
use crate::review::asks_for;
use anyhow::{Result, bail};
use msb::analyzer::graph::Dataflow;
use msb::analyzer::readers::Project;
use msb::diagnostic::Diagnostic;
use msb::planner::{Fates, Outcome};
use msb::review::{About, Answer, File, Judged, Verdict, ecosystem};
use msb::{Conversion, Request, differ};
use std::path::{Path, PathBuf};
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
    /// The same; what was found does not count when nobody wants it to.
    fn unless_asked(self, exit_zero: bool) -> Status {
        if exit_zero && self == Status::Found { Status::Done } else { self }
    }

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
        Command::Rules(arguments) => rules::run(arguments),
        Command::Graph(arguments) => graph::run(arguments),
        Command::Verify(arguments) => verify::run(arguments).map(Status::from_code),
        Command::Stream(arguments) => stream::run(arguments),
        Command::Completions(arguments) => shell::completions(arguments),
        Command::Man(arguments) => shell::man(arguments),
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

/// A file that was read and judged.
struct Done {
    /// Its name in documents.
    place: Vec<u8>,
    source: Vec<u8>,
    /// The build context.
    folder: Option<PathBuf>,
    /// The same from the top of the repository.
    context: Option<String>,
    conversion: Conversion,
    /// What becomes of everything in the image, where a document tells it.
    fates: Option<Fates>,
    /// What else is known of it.
    about: About,
    /// Hash of what the conversion depends on, for programs.
    inputs: Option<String>,
    /// The flags, and what was found by building it, allow to give the converted file away.
    given: bool,
    written: bool,
    /// What building and starting both showed, when that was asked for.
    verification: Option<msb::verify::Report>,
    status: Status,
    /// What could not be done with a good conversion.
    failure: Option<anyhow::Error>,
}

/// What documents tell beside the answer, which takes time to find.
#[derive(Clone, Copy, Debug)]
struct Tells {
    /// What becomes of everything in the image.
    fates: bool,
    /// Where the file lies in its repository.
    places: bool,
    /// Who owns it, and what depends on what in it.
    about: bool,
}

impl Tells {
    /// What a run's documents tell.
    fn of(form: Form, review: &Review) -> Tells {
        let listed = review.baseline.is_some() || review.write_baseline.is_some() || !review.reports.is_empty();
        let about = asks_for(form, review, Form::Html) || asks_for(form, review, Form::Csv);
        Tells { fates: asks_for(form, review, Form::Markdown), places: listed || form != Form::Text, about }
    }
}

/// Nodes of a graph that somebody can still read.
const MOST_NODES: usize = 90;

/// The name of standard input in documents.
const STDIN_NAME: &str = "Dockerfile";

impl Done {
    /// Converts what was read, with what documents tell beside.
    fn of(input: Input, flags: &Flags, known: &Knowledge, tells: Tells) -> Result<Done> {
        let conversion = convert_input(&input, flags).map_err(|errors| input.refused(&errors))?;
        let fates = (tells.fates && matches!(conversion.outcome, Outcome::Convert(_)))
            .then(|| conversion.fates(&request(&input, flags, &input.projects())));
        let inputs = digest(&input, flags);
        let about = About {
            ecosystem: ecosystem(&conversion, &input.heuristics).map(str::to_owned),
            owners: input.path.as_deref().filter(|_| tells.about).map(|path| known.owners(path)).unwrap_or_default(),
            drawing: conversion.analysis.as_ref().filter(|_| tells.about).and_then(|analysis| {
                let request = request(&input, flags, &[]);
                Dataflow::new(request.inputs(&conversion.dockerfile), analysis, &conversion.demands).drawing(MOST_NODES)
            }),
            status: None,
        };
        let path = input.path.as_deref().filter(|_| tells.places);
        Ok(Done {
            place: path.map_or_else(|| STDIN_NAME.as_bytes().to_vec(), place),
            context: path.zip(input.folder.as_deref()).and_then(|(path, folder)| folder_from_top(path, folder)),
            given: writable(&conversion, flags).is_some(),
            source: input.source,
            folder: input.folder,
            conversion,
            fates,
            inputs,
            about,
            written: false,
            verification: None,
            status: Status::Done,
            failure: None,
        })
    }

    /// The converted file, when it may be given away.
    fn converted(&self) -> Option<&[u8]> {
        self.conversion.output.as_deref().filter(|_| self.given)
    }

    /// The file for documents.
    fn file(&self, is_context_named: bool) -> File<'_> {
        File {
            place: &self.place,
            context: self.context.as_deref(),
            is_context_named,
            about: Some(&self.about),
            answer: Answer::Judged(Box::new(Judged {
                source: &self.source,
                conversion: &self.conversion,
                new: self.converted(),
                fates: self.fates.clone(),
                written: self.written,
                verification: self.verification.as_ref(),
                failure: self.failure.as_ref().map(|error| format!("{error:#}")),
            })),
        }
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
