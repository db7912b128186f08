//! `msb verify`: flags to a [`Request`], the answer to text and exit code. The comparison is the library's.

use crate::terminal;
use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use msb::planner::{Options, Outcome};
use msb::verify::{Aspect, HttpProbe, Intended, Limits, Progress, Report, Request, VerifyError, Which, engine, render};
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Form of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    #[default]
    Text,
    Markdown,
    Json,
}

/// What `msb verify` understands.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The original Dockerfile
    #[arg(value_name = "DOCKERFILE")]
    pub(crate) path: PathBuf,
    /// Compare with this Dockerfile in place of the conversion
    #[arg(long, value_name = "DOCKERFILE")]
    pub(crate) against: Option<PathBuf>,
    /// Build context [default: the folder of the Dockerfile]
    #[arg(long, value_name = "DIR")]
    pub(crate) context: Option<PathBuf>,
    /// docker, docker-classic, podman, nerdctl or buildah [default: MSB_ENGINE, or the first that answers]
    #[arg(long, value_name = "ENGINE")]
    pub(crate) engine: Option<String>,
    /// Value of a build argument for both builds
    #[arg(long = "build-arg", value_name = "NAME=VALUE")]
    pub(crate) build_args: Vec<String>,
    /// Stage to build in both files
    #[arg(long, value_name = "STAGE")]
    pub(crate) target: Option<String>,
    /// Platform to build for
    #[arg(long, value_name = "OS/ARCH")]
    pub(crate) platform: Option<String>,
    /// Build secret, as for `docker build`
    #[arg(long = "secret", value_name = "id=ID,src=FILE")]
    pub(crate) secrets: Vec<String>,
    /// Network of RUN steps, as for `docker build --network`
    #[arg(long, value_name = "NETWORK")]
    pub(crate) build_network: Option<String>,
    /// Build without cached layers
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Leave `# syntax=` lines out, for engines that cannot fetch frontend images
    #[arg(long)]
    pub(crate) ignore_syntax_directive: bool,
    /// Request to the running program, such as "GET /health" or "GET :8080/" [default: GET / on ports that listen]
    #[arg(long = "probe", value_name = "REQUEST")]
    pub(crate) probes: Vec<HttpProbe>,
    /// Command to run beside the running program
    #[arg(long = "exec", value_name = "COMMAND")]
    pub(crate) exec: Vec<String>,
    /// Run the image to its end with these arguments, too
    #[arg(long = "run", value_name = "ARGS", allow_hyphen_values = true)]
    pub(crate) runs: Vec<String>,
    /// Give the containers the engine's default network
    #[arg(long)]
    pub(crate) network: bool,
    /// Path that the image must have
    #[arg(long = "demand-path", value_name = "PATH")]
    pub(crate) demand_paths: Vec<String>,
    /// Command that must be found on PATH
    #[arg(long = "demand-command", value_name = "NAME")]
    pub(crate) demand_commands: Vec<String>,
    /// Call it a difference when the conversion is not smaller
    #[arg(long)]
    pub(crate) smaller: bool,
    /// Seconds that one build may take
    #[arg(long, value_name = "SECONDS", default_value_t = 1800)]
    pub(crate) timeout: u64,
    /// Seconds to wait for ports to listen, or for a program to end
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) wait: u64,
    /// Write the builds' logs to this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) logs: Option<PathBuf>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) format: ReportFormat,
    /// List what is the same, too
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// No progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// What a conversion is compared for.
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

/// Compares, prints the report, and gives back the exit code: 0 same, 1 differs, 2 could not run. `convert` gives the
/// conversion of the file when `--against` names none; `None` when there is nothing to convert.
pub(crate) fn run(arguments: &VerifyArgs, convert: &dyn Fn() -> Result<Option<Candidate>>) -> Result<u8> {
    let original = read(&arguments.path)?;
    let candidate = match &arguments.against {
        Some(other) => Some(Candidate { text: read(other)?, ..Candidate::default() }),
        None => convert()?,
    };
    let Some(candidate) = candidate else {
        terminal::note("nothing was converted, so there is nothing to compare");
        return Ok(0);
    };
    let report = compare(arguments, original, candidate)?;
    terminal::print(&match arguments.format {
        ReportFormat::Text => render::terminal(&report, arguments.verbose),
        ReportFormat::Markdown => render::markdown(&report),
        ReportFormat::Json => format!("{}\n", serde_json::to_string_pretty(&report)?),
    })?;
    Ok(report.exit_code())
}

/// Compares and gives back the report.
pub(crate) fn compare(arguments: &VerifyArgs, original: String, candidate: Candidate) -> Result<Report> {
    let request = request(arguments, original, candidate)?;
    let cancel = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&cancel))?;
    }
    let named = arguments.engine.clone().or_else(|| std::env::var("MSB_ENGINE").ok().filter(|e| !e.is_empty()));
    let engine = engine::find(named.as_deref(), &cancel)?;
    let mut logs = Logs::open(arguments.logs.as_deref())?;
    let mut teller = Teller::new(arguments.quiet);
    let result = msb::verify::run(&request, &engine, &mut |progress| {
        logs.keep(&progress);
        teller.tell(&progress);
    });
    teller.clear();
    result.map_err(|error| match error {
        VerifyError::Engine(engine::EngineError::NotRunning { .. }) => {
            anyhow!("{error}\nstart it, or name another with --engine")
        }
        other => anyhow!(other),
    })
}

/// The conversion of the file, with what it must keep.
pub(crate) fn candidate(arguments: &VerifyArgs) -> Result<Option<Candidate>> {
    use crate::input::{Input, Knowledge};
    let input = Input::read(&arguments.path, arguments.context.as_deref(), &Knowledge::default())?;
    let build_args = arguments.build_args.iter().filter_map(|a| a.split_once('='));
    let projects = input.projects();
    let conversion = msb::convert(&msb::Request {
        heuristics: &input.heuristics,
        options: Options { policy: input.policy.clone(), ..Options::default() },
        build_args: build_args.map(|(n, v)| (n.to_owned(), v.to_owned())).collect(),
        projects: &projects,
        ..msb::Request::new(&input.source, &*input.context)
    })
    .map_err(|errors| input.refused(&errors))?;
    let (Outcome::Convert(plan), Some(output)) = (&conversion.outcome, &conversion.output) else { return Ok(None) };
    let dropped = plan.dropped_variables.iter().map(|name| Intended {
        aspect: Aspect::Config,
        subject: Some(format!("Env {name}")),
        reason: "only the build reads it".to_owned(),
    });
    Ok(Some(Candidate {
        text: String::from_utf8_lossy(output).into_owned(),
        paths: conversion.demands.paths.iter().map(|p| p.path.clone()).collect(),
        commands: conversion.demands.commands.iter().map(|c| c.name.clone()).collect(),
        intended: dropped.collect(),
    }))
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

fn words(text: &str) -> Result<Vec<String>> {
    shlex::split(text).ok_or_else(|| anyhow!("`{text}` has a quote without end"))
}

fn request(arguments: &VerifyArgs, original: String, candidate: Candidate) -> Result<Request> {
    let folder = arguments.path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut ignore = arguments.path.clone().into_os_string();
    ignore.push(".dockerignore");
    let exec = arguments.exec.iter().map(|e| words(e)).collect::<Result<Vec<_>>>()?;
    if exec.iter().any(Vec::is_empty) {
        bail!("--exec needs a command");
    }
    let mut demanded_paths = candidate.paths;
    demanded_paths.extend(arguments.demand_paths.iter().cloned());
    let mut demanded_commands = candidate.commands;
    demanded_commands.extend(arguments.demand_commands.iter().cloned());
    Ok(Request {
        original,
        converted: candidate.text,
        ignore_file: std::fs::read_to_string(ignore).ok(),
        context: arguments.context.clone().unwrap_or_else(|| folder.to_owned()),
        build_args: arguments.build_args.clone(),
        target: arguments.target.clone(),
        platform: arguments.platform.clone(),
        secrets: arguments.secrets.clone(),
        build_network: arguments.build_network.clone(),
        no_cache: arguments.no_cache,
        ignore_syntax: arguments.ignore_syntax_directive,
        runs: arguments.runs.iter().map(|r| words(r)).collect::<Result<_>>()?,
        http: arguments.probes.clone(),
        exec,
        limits: Limits {
            build: Duration::from_secs(arguments.timeout),
            start: Duration::from_secs(arguments.wait),
            ..Limits::default()
        },
        allow_network: arguments.network,
        demanded_paths,
        demanded_commands,
        intended: candidate.intended,
        require_smaller: arguments.smaller,
    })
}

/// The builds' logs as files.
struct Logs(Option<[std::fs::File; 2]>);

impl Logs {
    fn open(folder: Option<&Path>) -> Result<Logs> {
        let Some(folder) = folder else { return Ok(Logs(None)) };
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        let file = |which: Which| {
            let path = folder.join(format!("{}.log", which.name()));
            std::fs::File::create(&path).with_context(|| format!("cannot write `{}`", path.display()))
        };
        Ok(Logs(Some([file(Which::Original)?, file(Which::Converted)?])))
    }

    fn keep(&mut self, progress: &Progress) {
        if let (Some(files), Progress::BuildLine { image, line }) = (&mut self.0, progress) {
            let file = &mut files[usize::from(*image == Which::Converted)];
            // A full disk must not end the comparison.
            let _ = writeln!(file, "{line}");
        }
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
