//! Two Dockerfiles and a build context to a [`Report`]: both are built, started and asked the same questions, and their
//! images are read file by file.
//!
//! ```text
//!  original ─┐           ┌─ config ── files ── libraries ── packages ─┐
//!            ├─▶ build ──┼─ ledger: tree against tree, by licences ───┼─▶ findings, each with a verdict and causes
//!  converted ┘           └─ start ── ports ── probes ── stop ── runs ─┘
//! ```
//!
//! Invariants: containers get the engine's default rights and, unless asked, no network; everything made here carries
//! one id and is removed on every way out; nothing that was there before is touched.

mod bases;
mod behaviour;
mod config;
mod elf;
pub mod engine;
mod files;
mod hints;
mod http;
mod ledger;
mod libraries;
mod packages;
mod process;
pub mod render;
pub mod report;
mod session;
mod steps;
mod tree;
mod vulnerabilities;

pub use behaviour::Limits;
pub use engine::{CommandLine, Engine, EngineError, find};
pub use http::HttpProbe;
pub use report::{Aspect, Cause, Finding, ImageSummary, Left, Report, Verdict};

use crate::verify::session::Made;
use crate::verify::session::Session;
use behaviour::Questions;
use std::io;
use std::path::PathBuf;

/// What is compared, and how.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The original Dockerfile's text.
    pub original: String,
    /// The converted Dockerfile's text.
    pub converted: String,
    /// The text of `NAME.dockerignore` beside the Dockerfile, which counts in place of the context's own.
    pub ignore_file: Option<String>,
    /// The build context.
    pub context: PathBuf,
    /// `NAME=VALUE` or `NAME`, for both builds.
    pub build_args: Vec<String>,
    /// The stage to build, in both files.
    pub target: Option<String>,
    /// `linux/amd64`, …; the engine's own when absent.
    pub platform: Option<String>,
    /// Build secrets as the engine takes them, `id=…,src=…`.
    pub secrets: Vec<String>,
    /// Network of RUN steps; the engine's default when absent.
    pub build_network: Option<String>,
    /// Do not use cached layers.
    pub no_cache: bool,
    /// Take `# syntax=` lines out before building, for engines that cannot fetch frontend images.
    pub ignore_syntax: bool,
    /// Runs to the end with these arguments in place of CMD.
    pub runs: Vec<Vec<String>>,
    /// Requests to the running program; when empty, `GET /` on the ports that listen.
    pub http: Vec<HttpProbe>,
    /// Commands to run beside the program.
    pub exec: Vec<Vec<String>>,
    /// Time limits.
    pub limits: Limits,
    /// Give the containers the engine's default network; without it they have loopback only.
    pub allow_network: bool,
    /// Absolute paths that the image must have.
    pub demanded_paths: Vec<String>,
    /// Commands that must be found on PATH.
    pub demanded_commands: Vec<String>,
    /// Differences that are meant.
    pub intended: Vec<Intended>,
    /// A conversion that is not smaller differs.
    pub require_smaller: bool,
}

/// A difference that is meant: findings that match it are `same`, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intended {
    /// The aspect.
    pub aspect: Aspect,
    /// The subject; `None` for all of the aspect. Variables are `Env NAME`.
    pub subject: Option<String>,
    /// Why.
    pub reason: String,
}

/// One of the two images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// The original.
    Original,
    /// The conversion.
    Converted,
}

impl Which {
    /// The image's name for people.
    pub fn name(self) -> &'static str {
        match self {
            Which::Original => "original",
            Which::Converted => "converted",
        }
    }
}

/// What is being done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// A build has come to this step.
    BuildStep {
        /// Which image.
        image: Which,
        /// The step as the engine names it.
        step: &'a str,
    },
    /// A line of a build's log.
    BuildLine {
        /// Which image.
        image: Which,
        /// The line.
        line: &'a str,
    },
    /// Something else.
    Doing {
        /// Which image.
        image: Which,
        /// What.
        what: &'a str,
    },
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The engine cannot be used.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The Dockerfiles could not be written for the engine.
    #[error("the Dockerfiles could not be written to a temporary folder: {0}")]
    Io(#[from] io::Error),
    /// The build context is not there.
    #[error("the build context {} is no directory", .0.display())]
    NoContext(PathBuf),
}

/// Builds both, starts both, compares. Everything made on the engine is removed before it returns, whatever happens.
///
/// # Errors
///
/// Only when the engine cannot be used at all or was interrupted. A build that fails is an answer: a report.
pub fn run(request: &Request, engine: &dyn Engine, progress: &mut dyn FnMut(Progress)) -> Result<Report, VerifyError> {
    if !request.context.is_dir() {
        return Err(VerifyError::NoContext(request.context.clone()));
    }
    let id = unique_id();
    let session = Session { request, engine, made: Made { engine, id: id.clone(), images: Vec::new() }, id };
    session.run(progress)
}

fn unique_id() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", std::process::id(), now.as_nanos())
}

#[cfg(test)]
mod tests;
