//! Image references, and what is known of base images: distribution, libc, configuration, runtime counterpart.

use serde::Serialize;

/// An image reference, split but not normalised: `registry/repository:tag@digest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageRef {
    /// Registry host, with port, when written.
    pub registry: Option<String>,
    /// Repository path as written (`golang`, `library/golang`, `eclipse-temurin`, `distroless/static`).
    pub repository: String,
    /// The tag when written.
    pub tag: Option<String>,
    /// The digest when written.
    pub digest: Option<String>,
}

/// A distribution release such as Debian bookworm, Ubuntu 22.04, Alpine 3.20.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Release {
    /// `debian`, `ubuntu`, `alpine`, `oraclelinux`, `amazonlinux`, …
    pub distribution: String,
    /// `bookworm`, `22.04`, `3.20`, …
    pub release: String,
}

/// The C library of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Libc {
    /// GNU libc.
    Glibc,
    /// musl.
    Musl,
    /// No C library (scratch, static).
    None,
}

/// The configuration of an image as `docker inspect` shows it, or as much of it as is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImageConfig {
    /// Variables in order; `None` when the name is known and the value changes with each patch release.
    pub env: Vec<(String, Option<String>)>,
    /// Working directory, `/` when none is set.
    pub workdir: String,
    /// User, empty for root.
    pub user: String,
    /// Entrypoint; shell form is stored with the shell prepended, as the image has it.
    pub entrypoint: Option<Vec<String>>,
    /// Command, likewise.
    pub cmd: Option<Vec<String>>,
    /// Ports such as `80/tcp`, sorted.
    pub exposed: Vec<String>,
    /// Volumes, sorted.
    pub volumes: Vec<String>,
    /// Labels, sorted by key. Labels of base images are not tracked.
    pub labels: Vec<(String, String)>,
    /// Stop signal.
    pub stop_signal: Option<String>,
    /// Health check in Docker's form (`CMD-SHELL …`, `CMD …`, `NONE`), with its options appended as written.
    pub healthcheck: Option<Vec<String>>,
    /// The shell for shell forms.
    pub shell: Option<Vec<String>>,
    /// Triggers.
    pub onbuild: Vec<String>,
}

/// What is known about one image tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageFacts {
    /// The release that the tag means now; `None` for scratch and unknown bases.
    pub release: Option<Release>,
    /// Every release the tag may stand for on a machine that pulled it in the last three years, newest first,
    /// `release` included. One element means that the tag does not move.
    pub releases: Vec<Release>,
    /// The C library.
    pub libc: Option<Libc>,
    /// Configuration.
    pub config: ImageConfig,
    /// False when the configuration may be incomplete (partial sources, a tag known only by pattern).
    pub config_complete: bool,
    /// Runtime counterpart for dynamically linked or interpreted programs: a full reference
    /// (`python:3.11-slim`), moving with the same floating parts; `None` when there is none or it is the image itself.
    pub runtime: Option<String>,
    /// Role in the tables: `builder`, `os-base`, `runtime`, `slim`, ….
    pub role: String,
    /// Size on disk in MB (10^6 bytes) when known or estimated.
    pub size_mb: Option<u32>,
    /// True when the tag was found exactly; false when derived from a pattern or a shortened version.
    pub exact: bool,
}
