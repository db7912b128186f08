//! `msb verify`: flags to a [`Request`], the answer to text and exit code. The comparison is the library's.

use super::Done;
use crate::args::{Comparison, ReportFormat, Verify};
use crate::input::{Ask, Input, Knowledge, regular};
use crate::{interrupt, terminal};
use anyhow::{Context as _, Result, anyhow, bail};
use msb::planner::{Options, Outcome};
use msb::syntax::{Instruction, Kind};
use msb::verify::engine::{self, CommandLine, EngineError};
use msb::verify::{Aspect, Intended, Limits, Progress, Report, Request, Verdict, VerifyError, Which, render};
use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The original of a comparison, and how it is built.
#[derive(Clone, Debug)]
pub(crate) struct Original<'a> {
    /// The Dockerfile as typed.
    pub(crate) path: &'a Path,
    /// The build context: as typed, or as it was found.
    pub(crate) context: Option<&'a Path>,
    /// `NAME=VALUE` or `NAME`.
    pub(crate) build_args: Vec<String>,
    /// Its text.
    pub(crate) text: String,
}

/// What an original is compared with.
#[derive(Debug, Default)]
pub(crate) struct Candidate {
    /// The converted Dockerfile.
    pub(crate) text: String,
    /// Paths that run time demands.
    pub(crate) paths: Vec<String>,
    /// Commands that run time demands.
    pub(crate) commands: Vec<String>,
    /// Differences that are meant.
    pub(crate) intended: Vec<Intended>,
}

impl Candidate {
    /// The conversion of a file, with what it must keep; `None` when nothing was converted.
    pub(crate) fn of(conversion: &msb::Conversion) -> Option<Candidate> {
        let text = String::from_utf8_lossy(conversion.output.as_deref()?).into_owned();
        Some(Candidate { text, ..Candidate::demanded(conversion) })
    }

    /// What run time asks of any conversion of a file.
    fn demanded(conversion: &msb::Conversion) -> Candidate {
        let demands = &conversion.demands;
        let mut intended = Vec::new();
        if let Outcome::Convert(plan) = &conversion.outcome {
            intended.extend(plan.dropped_variables.iter().map(|name| Intended {
                aspect: Aspect::Config,
                subject: Some(format!("Env {name}")),
                reason: "only the build reads it".to_owned(),
            }));
            intended.extend(plan.replaced_entrypoint().map(|reason| Intended {
                aspect: Aspect::Config,
                subject: Some("Entrypoint".to_owned()),
                reason: reason.because.clone(),
            }));
            intended.extend(plan.changed_start().and_then(|reason| {
                let at = |i: &&Instruction| reason.span.is_some_and(|span| i.span.start == span.start);
                let instruction = conversion.dockerfile.instructions().find(at)?;
                let subject = if matches!(instruction.kind, Kind::Cmd(_)) { "Cmd" } else { "Entrypoint" };
                let reason = reason.because.clone();
                Some(Intended { aspect: Aspect::Config, subject: Some(subject.to_owned()), reason })
            }));
            if plan.no_tls {
                intended.push(Intended {
                    aspect: Aspect::Certificates,
                    subject: None,
                    reason: "the program's sources open no TLS connection".to_owned(),
                });
            }
        }
        Candidate {
            text: String::new(),
            paths: demands.paths.iter().map(|p| p.path.clone()).collect(),
            commands: demands.commands.iter().chain(&demands.interpreters).map(|c| c.name.clone()).collect(),
            intended,
        }
    }
}

/// Compares, prints the report, and gives back the exit code: 0 same, 1 differs, 2 could not run.
pub(super) fn run(arguments: &Verify) -> Result<u8> {
    let build_args = read_arguments(arguments);
    let ask = Ask { surroundings: &arguments.surroundings, build_args: &build_args };
    let input = Input::read(&arguments.path, &ask, &Knowledge::default());
    let context = input.as_ref().ok().and_then(|input| input.folder.clone());
    let conversion = input.and_then(|input| convert(arguments, &input));
    let candidate = match &arguments.against {
        // A file that msb cannot read may still build; then nothing is known of what run time asks.
        Some(other) => {
            Candidate { text: read(other)?, ..conversion.as_ref().map(Candidate::demanded).unwrap_or_default() }
        }
        None => match Candidate::of(&conversion?) {
            Some(candidate) => candidate,
            None => {
                terminal::note("nothing was converted, so there is nothing to compare; `msb explain` says why");
                return Ok(0);
            }
        },
    };
    let original = Original {
        path: &arguments.path,
        context: context.as_deref().or(arguments.surroundings.context.as_deref()),
        build_args: arguments.build_args.clone(),
        text: read(&arguments.path)?,
    };
    let report = compare(original, candidate, &arguments.comparison)?;
    terminal::print(&match arguments.format {
        ReportFormat::Text => render::terminal(&report, arguments.verbose),
        ReportFormat::Markdown => render::markdown(&report),
        ReportFormat::Json => format!("{}\n", serde_json::to_string_pretty(&report)?),
    })?;
    Ok(report.exit_code())
}

/// Says what is wrong when there is no engine to compare with.
pub(crate) fn check_engine(how: &Comparison) -> Result<()> {
    find_engine(how).map(|_| ())
}

fn find_engine(how: &Comparison) -> Result<CommandLine> {
    let named = how.engine.clone().or_else(|| std::env::var("MSB_ENGINE").ok().filter(|e| !e.is_empty()));
    engine::find(named.as_deref(), interrupt::flag()?).map_err(|error| explained(error.into()))
}

/// Compares a file that was judged with its conversion; nothing when there is none.
pub(crate) fn of_done(
    done: &Done,
    path: &Path,
    build_args: &[(String, String)],
    how: &Comparison,
) -> Result<Option<Report>> {
    let Some(candidate) = Candidate::of(&done.conversion) else { return Ok(None) };
    let original = Original {
        path,
        context: done.folder.as_deref(),
        build_args: build_args.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        text: String::from_utf8_lossy(&done.source).into_owned(),
    };
    compare(original, candidate, how).map(Some)
}

/// Compares and gives back the report.
pub(crate) fn compare(original: Original, candidate: Candidate, how: &Comparison) -> Result<Report> {
    let request = request(original, candidate, how)?;
    let engine = find_engine(how)?;
    let mut logs = Logs::open(how.logs.as_deref())?;
    let mut teller = Teller::new(how.quiet);
    let result = msb::verify::run(&request, &engine, &mut |progress| {
        logs.keep(&progress);
        teller.tell(&progress);
    });
    teller.clear();
    let report = result.map_err(explained)?;
    if report.findings.iter().any(|f| f.aspect == Aspect::Build && f.verdict != Verdict::Same)
        && let Some(folder) = logs.stay()
    {
        terminal::note(&format!("the builds' whole logs are in `{}`", folder.display()));
    }
    Ok(report)
}

/// An error with the next thing to do.
fn explained(error: VerifyError) -> anyhow::Error {
    let next = match &error {
        VerifyError::Engine(EngineError::NoEngine(_) | EngineError::NotFound(_)) => {
            "install one, or name one that is there with --engine"
        }
        VerifyError::Engine(EngineError::NotRunning { .. }) => "start it, or name another with --engine",
        VerifyError::Engine(EngineError::PermissionDenied { .. }) => {
            "ask for access to its socket, or name an engine that needs none, such as podman, with --engine"
        }
        VerifyError::Engine(EngineError::DiskFull { .. }) => {
            "make room where the engine keeps its images, then try again"
        }
        VerifyError::Engine(EngineError::Cancelled) => "what the comparison made is removed",
        _ => return error.into(),
    };
    anyhow!("{error}\n{next}")
}

/// The build arguments that have a value.
fn read_arguments(arguments: &Verify) -> Vec<(String, String)> {
    let pairs = arguments.build_args.iter().filter_map(|argument| argument.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The conversion of the file to verify.
fn convert(arguments: &Verify, input: &Input) -> Result<msb::Conversion> {
    let projects = input.projects();
    msb::convert(&msb::Request {
        heuristics: &input.heuristics,
        options: Options {
            runtime: arguments.runtime.clone().unwrap_or_default(),
            policy: input.policy.clone(),
            min_gain: None,
        },
        build_args: read_arguments(arguments).into_iter().collect(),
        projects: &projects,
        ..msb::Request::new(&input.source, &*input.context)
    })
    .map_err(|errors| input.refused(&errors))
}

fn read(path: &Path) -> Result<String> {
    regular(path, "name a Dockerfile")?;
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

fn words(text: &str) -> Result<Vec<String>> {
    shlex::split(text).ok_or_else(|| anyhow!("`{text}` has a quote without end"))
}

fn request(original: Original, candidate: Candidate, how: &Comparison) -> Result<Request> {
    let folder = original.path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut ignore = original.path.to_owned().into_os_string();
    ignore.push(".dockerignore");
    let exec = how.exec.iter().map(|e| words(e)).collect::<Result<Vec<_>>>()?;
    if exec.iter().any(Vec::is_empty) {
        bail!("--exec needs a command");
    }
    let mut demanded_paths = candidate.paths;
    demanded_paths.extend(how.demand_paths.iter().cloned());
    let mut demanded_commands = candidate.commands;
    demanded_commands.extend(how.demand_commands.iter().cloned());
    let mut limits = Limits::default();
    limits.build = how.timeout.map_or(limits.build, Duration::from_secs);
    limits.start = how.wait.map_or(limits.start, Duration::from_secs);
    Ok(Request {
        original: original.text,
        converted: candidate.text,
        ignore_file: std::fs::read_to_string(ignore).ok(),
        context: original.context.unwrap_or(folder).to_owned(),
        build_args: original.build_args,
        target: how.target.clone(),
        platform: how.platform.clone(),
        secrets: how.secrets.clone(),
        build_network: how.build_network.clone(),
        no_cache: how.no_cache,
        ignore_syntax: how.ignore_syntax_directive,
        runs: how.runs.iter().map(|r| words(r)).collect::<Result<_>>()?,
        http: how.probes.clone(),
        exec,
        limits,
        allow_network: how.network,
        demanded_paths,
        demanded_commands,
        intended: candidate.intended,
        require_smaller: how.smaller,
    })
}

/// The builds' logs as files, in a folder of the user's or a temporary one.
struct Logs {
    files: Option<[File; 2]>,
    temporary: Option<TempDir>,
}

impl Logs {
    fn open(folder: Option<&Path>) -> Result<Logs> {
        match folder {
            Some(folder) => {
                std::fs::create_dir_all(folder)
                    .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
                Ok(Logs { files: Some(Self::files(folder)?), temporary: None })
            }
            // Without a temporary folder there are still the last lines in the report.
            None => {
                let temporary = tempfile::Builder::new().prefix("msb-verify-logs-").tempdir().ok();
                let files = temporary.as_ref().and_then(|t| Self::files(t.path()).ok());
                Ok(Logs { files, temporary })
            }
        }
    }

    fn files(folder: &Path) -> Result<[File; 2]> {
        let file = |which: Which| {
            let path = folder.join(format!("{}.log", which.name()));
            File::create(&path).with_context(|| format!("cannot write `{}`", path.display()))
        };
        Ok([file(Which::Original)?, file(Which::Converted)?])
    }

    fn keep(&mut self, progress: &Progress) {
        if let (Some(files), Progress::BuildLine { image, line }) = (&mut self.files, progress) {
            let file = &mut files[usize::from(*image == Which::Converted)];
            // A full disk must not end the comparison.
            let _ = writeln!(file, "{line}");
        }
    }

    /// Lets a temporary folder stay and gives back its path.
    fn stay(self) -> Option<PathBuf> {
        self.files.as_ref()?;
        self.temporary.map(TempDir::keep)
    }
}

/// Progress on standard error: one line that changes on a terminal, one line for each part elsewhere.
struct Teller {
    quiet: bool,
    live: bool,
    started: Instant,
    last: String,
}

impl Teller {
    fn new(quiet: bool) -> Self {
        Teller { quiet, live: std::io::stderr().is_terminal(), started: Instant::now(), last: String::new() }
    }

    fn tell(&mut self, progress: &Progress) {
        let text = match progress {
            Progress::BuildStep { image, step } => format!("building the {}: {step}", image.name()),
            Progress::Doing { image, what } => format!("{}: {what}", image.name()),
            Progress::BuildLine { .. } => return,
        };
        if self.quiet || text == self.last {
            return;
        }
        self.last = text;
        let short: String = self.last.chars().take(terminal::width().saturating_sub(8).max(20)).collect();
        let mut stderr = anstream::stderr().lock();
        // Progress that nobody can see is no error.
        let _ = if self.live {
            write!(stderr, "\r\x1b[K{:>4} s {short}", self.started.elapsed().as_secs()).and_then(|()| stderr.flush())
        } else {
            writeln!(stderr, "{short}")
        };
    }

    fn clear(&self) {
        if self.live && !self.quiet {
            let _ = write!(anstream::stderr().lock(), "\r\x1b[K");
        }
    }
}
