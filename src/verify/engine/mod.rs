//! Container engines: what a comparison asks of one. [`CommandLine`] drives Docker, Podman, Buildah and nerdctl by
//! their command lines; what differs between them is the table in [`dialect`].
//!
//! Invariant: containers carry a label with the comparison's id and get the engine's default rights; nothing that
//! another program made is touched.

mod command_line;
mod dialect;
mod messages;

pub use super::process::Output;
pub use super::report::Layer;
pub use command_line::{CommandLine, Tuning, find};
pub use dialect::{DIALECTS, Dialect};
pub use messages::{build_step, failing_step};

use serde_json::Value;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Why an engine did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// No engine's program is on PATH.
    #[error("no container engine found: none of {0} is on PATH")]
    NoEngine(String),
    /// The named engine's program is not there.
    #[error("{0} is not on PATH")]
    NotFound(String),
    /// The name is none that msb knows.
    #[error("unknown engine {0}: one of {1} is expected")]
    UnknownEngine(String, String),
    /// The program is there, but its daemon or machine does not answer.
    #[error("{engine} is installed, but its engine is not running: {message}")]
    NotRunning {
        /// The engine.
        engine: String,
        /// Its own words.
        message: String,
    },
    /// The engine runs, and this user may not use it.
    #[error("{engine} refuses permission: {message}")]
    PermissionDenied {
        /// The engine.
        engine: String,
        /// Its own words.
        message: String,
    },
    /// The engine's disk is full.
    #[error("{engine} has no space left on its disk: {message}")]
    DiskFull {
        /// The engine.
        engine: String,
        /// Its own words.
        message: String,
    },
    /// A build failed.
    #[error("the build failed{}: {message}", step.as_ref().map(|s| format!(" at {s}")).unwrap_or_default())]
    BuildFailed {
        /// The step as the engine names it.
        step: Option<String>,
        /// The line that says why.
        message: String,
        /// The log.
        log: Vec<String>,
    },
    /// A time limit passed.
    #[error("{what} took longer than {seconds} s")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// The limit.
        seconds: u64,
    },
    /// It was broken off.
    #[error("interrupted")]
    Cancelled,
    /// This engine cannot do it.
    #[error("{0}")]
    Unsupported(String),
    /// Anything else, in the engine's own words.
    #[error("{what}: {message}")]
    Failed {
        /// The command.
        what: String,
        /// The engine's words.
        message: String,
    },
}

impl EngineError {
    /// True for errors after which nothing else will work either.
    pub fn is_final(&self) -> bool {
        !matches!(
            self,
            EngineError::BuildFailed { .. }
                | EngineError::TimedOut { .. }
                | EngineError::Unsupported(_)
                | EngineError::Failed { .. }
        )
    }
}

/// An image to build.
#[derive(Clone, Debug, Default)]
pub struct Build {
    /// The Dockerfile, outside the context.
    pub dockerfile: PathBuf,
    /// The build context.
    pub context: PathBuf,
    /// The name for the image.
    pub tag: String,
    /// `NAME=VALUE` or `NAME`.
    pub build_args: Vec<String>,
    /// The stage.
    pub target: Option<String>,
    /// `linux/amd64`, ….
    pub platform: Option<String>,
    /// `id=…,src=…` as the engine takes them.
    pub secrets: Vec<String>,
    /// Network of RUN steps; the engine's default when absent.
    pub network: Option<String>,
    /// Do not use cached layers.
    pub no_cache: bool,
    /// Time limit.
    pub timeout: Duration,
}

/// A container to create.
#[derive(Clone, Debug, Default)]
pub struct Create {
    /// Image.
    pub image: String,
    /// Name of the container.
    pub name: String,
    /// Value of the label [`LABEL`].
    pub id: String,
    /// `none`, `container:NAME`, …; the engine's default when absent.
    pub network: Option<String>,
    /// Program in place of the image's entrypoint.
    pub entrypoint: Option<String>,
    /// Arguments in place of the image's command; empty keeps it.
    pub args: Vec<String>,
}

/// Label of every container that a comparison makes; its value is the comparison's id.
pub const LABEL: &str = "msb.verify";

/// An image as its engine describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// The configuration, with Docker's field names.
    pub config: serde_json::Map<String, Value>,
    /// Bytes on disk.
    pub size: Option<u64>,
    /// Number of layers with files.
    pub layers: usize,
    /// `os/architecture`.
    pub platform: String,
}

/// The state of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// It is running.
    pub running: bool,
    /// Exit code, when it has ended.
    pub exit_code: i64,
    /// Process id on the engine's machine, 0 when it has ended.
    pub pid: u32,
    /// Memory ran out.
    pub out_of_memory: bool,
}

/// Reads a stream as it comes.
pub type Consume<'a> = &'a mut dyn FnMut(&mut dyn Read) -> io::Result<()>;

/// A container engine.
pub trait Engine {
    /// Name and version, for the report.
    fn describe(&self) -> String;
    /// Why containers cannot be run and read, for an engine that only builds.
    fn only_builds(&self) -> Option<String>;
    /// True when it was broken off; every other call but the removing ones then fails with [`EngineError::Cancelled`].
    fn cancelled(&self) -> bool;
    /// The flag behind [`Engine::cancelled`], where there is one, for programs beside the engine.
    fn cancel(&self) -> Option<&AtomicBool> {
        None
    }
    /// Builds an image and gives back the log; `on_line` sees each line as it comes.
    fn build(&self, build: &Build, on_line: &mut dyn FnMut(&str)) -> Result<Vec<String>, EngineError>;
    /// Describes an image that is there; never fetches one.
    fn image(&self, image: &str) -> Result<Image, EngineError>;
    /// Layers of an image from the base upwards, steps without files left out.
    fn history(&self, image: &str) -> Result<Vec<Layer>, EngineError>;
    /// Creates a container; never fetches an image.
    fn create(&self, create: &Create) -> Result<(), EngineError>;
    /// Starts a container.
    fn start(&self, container: &str) -> Result<(), EngineError>;
    /// The state of a container.
    fn state(&self, container: &str) -> Result<State, EngineError>;
    /// What a container printed; the code is 0.
    fn logs(&self, container: &str) -> Result<Output, EngineError>;
    /// User and group ids of the container's first process, `uid:gid`, where the engine tells.
    fn process_user(&self, container: &str) -> Result<String, EngineError>;
    /// Runs a command in a running container.
    fn exec(&self, container: &str, argv: &[String], stdin: &[u8], timeout: Duration) -> Result<Output, EngineError>;
    /// Sends the stop signal, waits `grace`, then kills.
    fn stop(&self, container: &str, grace: Duration) -> Result<(), EngineError>;
    /// Gives a container's file system as a tar archive.
    fn export(&self, container: &str, consume: Consume) -> Result<(), EngineError>;
    /// Gives an image as a tar archive of layers.
    fn save(&self, image: &str, consume: Consume) -> Result<(), EngineError>;
    /// Removes a container and its anonymous volumes, running or not; works when cancelled, too.
    fn remove_container(&self, container: &str);
    /// Removes every container that carries the label with this id; works when cancelled, too.
    fn remove_labelled(&self, id: &str);
    /// Removes an image's name, and the image when it has no other; works when cancelled, too.
    fn remove_image(&self, image: &str);
}
