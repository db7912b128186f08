//! What a comparison found: plain data, the same for people (see [`super::render`]) and for JSON.
//!
//! Invariant: a finding is `differs` only when something that the original has or does was seen to be different in the
//! conversion; what could not be looked at is `not-checkable` with the reason, never `same`.

use crate::licence::Licence;
use serde::Serialize;
use std::collections::BTreeMap;

/// Version of the JSON form of [`Report`]; it grows when a field changes its meaning.
pub const SCHEMA: u32 = 1;

/// The answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The conversion has or does what the original has or does.
    Same,
    /// It could not be looked at; the finding says why.
    NotCheckable,
    /// Something is different, and nobody said that it should be.
    Differs,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// Both files build.
    Build,
    /// One field of the image's configuration.
    Config,
    /// Start-up: exit code and output, or still running.
    StartUp,
    /// A run to its end with given arguments.
    Run,
    /// The ports that listen.
    Ports,
    /// The answer to an HTTP request.
    Http,
    /// A command run beside the running program.
    Exec,
    /// The health check's command.
    Healthcheck,
    /// The ids of the running process.
    ProcessUser,
    /// What happens at the stop signal.
    Stop,
    /// Interpreters, shared libraries and symbol versions of ELF files.
    Libraries,
    /// Files under the work directory and demanded paths.
    Files,
    /// What the original has and the conversion has not, or has with other content, without a licence to leave.
    Ledger,
    /// Commands that must be found on PATH.
    Commands,
    /// Users and groups.
    Users,
    /// Certificates of authorities.
    Certificates,
    /// The time zone database.
    TimeZones,
    /// Size on disk and layers.
    Size,
    /// Build tools left in the image, or gone from it.
    BuildTools,
    /// Numbers of packages.
    Packages,
    /// Known vulnerabilities.
    Vulnerabilities,
}

impl Aspect {
    /// The aspect's name for people.
    pub fn title(self) -> &'static str {
        match self {
            Aspect::Build => "build",
            Aspect::Config => "config",
            Aspect::StartUp => "start-up",
            Aspect::Run => "run",
            Aspect::Ports => "ports",
            Aspect::Http => "http",
            Aspect::Exec => "exec",
            Aspect::Healthcheck => "health check",
            Aspect::ProcessUser => "process user",
            Aspect::Stop => "stop",
            Aspect::Libraries => "libraries",
            Aspect::Files => "files",
            Aspect::Ledger => "left without a reason",
            Aspect::Commands => "commands",
            Aspect::Users => "users",
            Aspect::Certificates => "certificates",
            Aspect::TimeZones => "time zones",
            Aspect::Size => "size",
            Aspect::BuildTools => "build tools",
            Aspect::Packages => "packages",
            Aspect::Vulnerabilities => "vulnerabilities",
        }
    }
}

/// Why something differs, so that a program can act on it. Paths are absolute paths of the image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Cause {
    /// A shared library that a kept program loads is not there.
    MissingLibrary {
        /// Name of the library as the program asks for it.
        library: String,
        /// The file that needs it, when known.
        needed_by: Option<String>,
        /// The package that owned it in the original.
        package: Option<String>,
    },
    /// A program for one C library in an image that has the other, or none.
    LibcMismatch {
        /// The program.
        file: String,
        /// The loader it asks for.
        needs: String,
        /// The loader that is there.
        has: Option<String>,
    },
    /// A library is there, but older than the program was built against.
    LibraryTooOld {
        /// The library.
        library: String,
        /// The symbol version that it lacks.
        version: String,
        /// The file that needs it, when known.
        needed_by: Option<String>,
    },
    /// The interpreter of a program or script is not there.
    MissingInterpreter {
        /// The interpreter.
        interpreter: String,
        /// The program or script.
        file: String,
        /// The package that owned the interpreter in the original.
        package: Option<String>,
    },
    /// A shell form or a script needs a shell that is not there.
    MissingShell {
        /// The shell.
        shell: String,
    },
    /// A command is not on PATH.
    MissingCommand {
        /// Its name or path.
        command: String,
        /// The package that owned it in the original.
        package: Option<String>,
    },
    /// A file or directory is not there.
    MissingFile {
        /// The path; for a directory, everything below it is missing.
        path: String,
        /// The original's build step that wrote it.
        step: Option<String>,
        /// The package that owned it in the original.
        package: Option<String>,
    },
    /// A module or package of a language is not there.
    MissingModule {
        /// The module's name.
        module: String,
        /// `node`, `python`, ….
        runtime: String,
        /// The original's build step that wrote it.
        step: Option<String>,
    },
    /// A user or group is not there.
    MissingUser {
        /// Its name or id.
        user: String,
        /// Its user id in the original.
        uid: Option<u64>,
    },
    /// A user has another id.
    ChangedUser {
        /// Its name.
        user: String,
        /// `uid:gid` in the original.
        original: String,
        /// `uid:gid` in the conversion.
        converted: String,
    },
    /// No authorities' certificates.
    MissingCertificates {
        /// The bundle in the original.
        path: String,
        /// The package that owned it in the original.
        package: Option<String>,
    },
    /// No time zone database.
    MissingTimeZones {
        /// Its place in the original.
        path: String,
        /// The package that owned it in the original.
        package: Option<String>,
    },
    /// A variable is lost, new or different.
    ChangedVariable {
        /// Its name.
        name: String,
        /// Value in the original.
        original: Option<String>,
        /// Value in the conversion.
        converted: Option<String>,
    },
    /// A field of the image's configuration is different.
    ChangedConfig {
        /// The field as the engine names it.
        field: String,
        /// JSON text in the original.
        original: String,
        /// JSON text in the conversion.
        converted: String,
    },
    /// A path belongs to somebody else.
    WrongOwner {
        /// The path.
        path: String,
        /// `uid:gid` in the original.
        original: String,
        /// `uid:gid` in the conversion.
        converted: String,
    },
    /// A path has other permissions.
    WrongMode {
        /// The path.
        path: String,
        /// Octal in the original.
        original: String,
        /// Octal in the conversion.
        converted: String,
    },
    /// A file has other content.
    ChangedContent {
        /// The path.
        path: String,
    },
    /// A program was refused access to a path.
    PermissionDenied {
        /// The path, when the message names it.
        path: String,
    },
    /// A server's certificate could not be verified.
    UntrustedCertificate {
        /// The message.
        message: String,
    },
    /// A time zone is not known.
    UnknownTimeZone {
        /// The zone.
        zone: String,
    },
    /// A build step failed.
    BuildFailed {
        /// `original` or `converted`.
        image: String,
        /// The step as the engine names it, when it does.
        step: Option<String>,
        /// The last line that says why.
        message: String,
    },
    /// It took longer than the limit.
    TimedOut {
        /// What was waited for.
        what: String,
        /// The limit in seconds.
        seconds: u64,
    },
    /// The engine's disk is full.
    DiskFull,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub aspect: Aspect,
    /// Which part of it: a config field, `GET /health`, a path; empty when there is only one.
    pub subject: String,
    /// The answer.
    pub verdict: Verdict,
    /// One sentence: what was seen, or why it could not be.
    pub detail: String,
    /// What the original has or does, in short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// What the conversion has or does, in short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted: Option<String>,
    /// Why, most likely first; empty when it is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// The reason, when the difference was announced as intended (the verdict is then `same`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intended: Option<String>,
}

impl Finding {
    /// A finding without values or causes.
    pub fn new(aspect: Aspect, subject: impl Into<String>, verdict: Verdict, detail: impl Into<String>) -> Self {
        let (subject, detail) = (subject.into(), detail.into());
        Finding {
            aspect,
            subject,
            verdict,
            detail,
            original: None,
            converted: None,
            causes: Vec::new(),
            intended: None,
        }
    }

    /// Something is as it was.
    pub fn same(aspect: Aspect, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(aspect, subject, Verdict::Same, detail)
    }

    /// Something differs.
    pub fn differs(aspect: Aspect, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(aspect, subject, Verdict::Differs, detail)
    }

    /// Something could not be looked at; `detail` says why.
    pub fn not_checkable(aspect: Aspect, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(aspect, subject, Verdict::NotCheckable, detail)
    }

    /// Adds what both sides have or do.
    pub fn values(mut self, original: impl Into<String>, converted: impl Into<String>) -> Self {
        self.original = Some(original.into());
        self.converted = Some(converted.into());
        self
    }

    /// Adds causes.
    pub fn because(mut self, causes: impl IntoIterator<Item = Cause>) -> Self {
        self.causes.extend(causes);
        self
    }
}

/// One layer of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Layer {
    /// The instruction that made it, as the engine remembers it.
    pub created_by: String,
    /// Bytes on disk.
    pub size: u64,
}

/// Numbers of one image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImageSummary {
    /// Bytes on disk, base image included; `None` when it was not built.
    pub size: Option<u64>,
    /// Bytes as they travel from a registry, where the engine tells.
    pub compressed: Option<u64>,
    /// Number of layers that hold files.
    pub layers: usize,
    /// Layers from the base upwards, with their sizes, where the engine tells.
    pub history: Vec<Layer>,
    /// Seconds that the build took; cached steps take none.
    pub build_seconds: u64,
    /// Number of packages per package database (`dpkg`, `apk`, `python`, `node`).
    pub packages: BTreeMap<String, usize>,
    /// Build tools on PATH, sorted.
    pub build_tools: Vec<String>,
}

/// What left the image by one licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Why it may leave.
    pub licence: Licence,
    /// Bytes; MB of 10^6 bytes in JSON.
    #[serde(rename = "mb", serialize_with = "as_megabytes")]
    pub bytes: u64,
    /// Number of paths, directories included.
    pub paths: usize,
    /// The largest of it: packages by name, else directories or files.
    pub examples: Vec<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn as_megabytes<S: serde::Serializer>(bytes: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((*bytes as f64 / 1e5).round() / 10.0)
}

/// Everything that was found about one pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The engine's name and version.
    pub engine: String,
    /// `differs` when any finding differs; `not-checkable` when the behaviour could not be compared at all.
    pub verdict: Verdict,
    /// The original image.
    pub original: ImageSummary,
    /// The converted image.
    pub converted: ImageSummary,
    /// What the original has and the conversion has not, by the licence that lets it go.
    pub left: Vec<Left>,
    /// All findings, in the order of [`Aspect`] within differs, not-checkable, same.
    pub findings: Vec<Finding>,
    /// Last lines of the log of a failed build, or of a program that behaved differently; by what printed them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub logs: BTreeMap<String, Vec<String>>,
}

impl Report {
    /// The process's exit code: 0 same, 1 differs, 2 could not be compared.
    pub fn exit_code(&self) -> u8 {
        match self.verdict {
            Verdict::Same => 0,
            Verdict::Differs => 1,
            Verdict::NotCheckable => 2,
        }
    }

    /// Findings with one verdict, in order.
    pub fn with(&self, verdict: Verdict) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |f| f.verdict == verdict)
    }

    /// All causes of findings that differ, without repetition, sorted.
    pub fn causes(&self) -> Vec<&Cause> {
        let mut causes: Vec<&Cause> = self.with(Verdict::Differs).flat_map(|f| &f.causes).collect();
        causes.sort();
        causes.dedup();
        causes
    }

    /// Percent of the original's size that is gone; negative when the conversion is bigger.
    pub fn saved_percent(&self) -> Option<f64> {
        let (a, b) = (self.original.size?, self.converted.size?);
        (a > 0).then(|| 100.0 * (1.0 - b as f64 / a as f64))
    }
}
