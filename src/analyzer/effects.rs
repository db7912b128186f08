//! What a shell text does to the image: the paths it writes, the system changes it makes, and what nobody can tell.
//!
//! The reader walks commands in order with the state that a shell has (working directory, variables) and asks the
//! heuristics about each. It looks inside scripts, Makefiles and package scripts that the build context holds.

mod command;
mod nested;
mod operations;
mod packages;
mod project;
mod shell;
mod unknown;

use super::state::Files;
use crate::context::BuildContext;
use crate::facts::heuristics::{Downloads, Heuristics, PackageManager, Reach, SystemChange, WriteKind};
use serde::Serialize;

pub use crate::facts::package_managers::PackageAction;
pub(crate) use project::quoted_files;
pub use shell::ShellState;

/// A path that a step writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathWrite {
    /// Absolute path.
    pub path: String,
    /// What is written there.
    pub kind: WriteKind,
    /// How much of it.
    pub form: Reach,
    /// It may be written, and is not always: nothing may be copied from there by this name.
    pub may: bool,
    /// It is written only where this file is there.
    pub if_file: Option<String>,
    /// What is there already is changed in its place.
    #[serde(skip)]
    pub in_place: bool,
    /// The heuristic that says so; empty when nothing describes the command.
    pub by: String,
}

impl PathWrite {
    /// A file or directory that is there whenever the step ends well.
    fn certain(path: String, kind: WriteKind, by: String) -> Self {
        PathWrite { path, kind, form: Reach::Path, may: false, if_file: None, in_place: false, by }
    }

    /// Anything that may be written below a directory.
    fn perhaps_within(path: String, kind: WriteKind, by: String) -> Self {
        PathWrite { path, kind, form: Reach::Within, may: true, if_file: None, in_place: false, by }
    }
}

/// A plain file operation that any stage with a shell can repeat: mkdir, chmod, cp, `echo >`, ….
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileOperation {
    /// Paths created or changed.
    pub writes: Vec<String>,
    /// Paths removed.
    pub removes: Vec<String>,
    /// Paths read: the sources of cp, mv, ln and install.
    pub reads: Vec<String>,
    /// True when only owner, mode or time change.
    pub metadata_only: bool,
    /// True when only the time changes.
    pub is_touch: bool,
    /// True for links, whose target need not exist.
    pub is_link: bool,
    /// True when a build tool does it (`cargo clean`), which only the builder has.
    pub by_tool: bool,
    /// The owner given by chown.
    pub chown: Option<Chown>,
    /// Arguments that name the written paths, with their ranges in the text.
    pub targets: Vec<(String, std::ops::Range<usize>)>,
}

/// A change of owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chown {
    /// As written: a name or number, with or without a group.
    pub owner: String,
    /// Everything below too.
    pub recursive: bool,
}

impl FileOperation {
    /// True when it fails where the directory that it writes into is not there: a redirection, a link, `touch`.
    pub fn enters_directory(&self) -> bool {
        let redirected = self.targets.is_empty() && self.reads.is_empty() && !self.writes.is_empty();
        !self.by_tool && (redirected && !self.metadata_only || self.is_touch || self.is_link)
    }

    /// A file written by a redirection.
    fn written(path: String) -> Self {
        FileOperation { writes: vec![path], ..FileOperation::default() }
    }
}

/// System packages that a step installs or removes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackageChange {
    /// Which package manager.
    pub manager: PackageManager,
    /// What happens.
    pub action: PackageAction,
    /// Package names as written, each with its range in the text.
    pub names: Vec<(String, std::ops::Range<usize>)>,
    /// Options as written.
    pub options: Vec<String>,
    /// The name of a virtual group of `apk add --virtual`.
    pub group: Option<String>,
    /// True when every word of the command is known.
    pub exact: bool,
}

/// Something seen in a command, for `msb explain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The heuristic, such as `go/go-build`; absent when nothing matched.
    pub heuristic: Option<String>,
    /// The command as the heuristics saw it.
    pub command: String,
    /// The heuristic's sentence.
    pub because: String,
}

/// Everything that a shell text does.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Effects {
    /// Paths written by build tools, downloads and the like.
    pub writes: Vec<PathWrite>,
    /// Plain file operations.
    pub files: Vec<FileOperation>,
    /// Package manager calls.
    pub packages: Vec<PackageChange>,
    /// Other system changes.
    pub system: Vec<SystemChange>,
    /// Commands that nothing describes.
    pub unknown: Vec<String>,
    /// Commands of which something is guessed, and what.
    pub assumed: Vec<(String, String)>,
    /// Why the text may write anywhere.
    pub opaque: Vec<String>,
    /// Roles of the commands that matched, joined.
    pub builds: bool,
    /// A test or linter: it must keep failing the build.
    pub checks: bool,
    /// What matched.
    pub evidence: Vec<Evidence>,
    /// Command names that ran, by the last path component.
    pub commands: Vec<String>,
    /// Commands that these start by themselves, as far as the heuristics know.
    pub calls: Vec<String>,
    /// Files read by commands that install dependencies, with the heuristics file that says so.
    pub manifests: Vec<(String, String)>,
    /// Dependencies named on the command line, with the heuristics file that says so.
    pub installs: Vec<(String, String)>,
    /// Files and directories that changes of the system read, whether the text names them or not.
    pub reads: Vec<String>,
    /// Files and directories read by commands that compile, with the heuristics file that says so.
    pub compiled: Vec<(String, String)>,
    /// Dependencies are compiled here even when a ready-made package exists.
    pub from_source: bool,
    /// Settings that later commands of the build follow (`./configure --prefix`); no variables of the environment.
    pub sets: Vec<(String, Option<String>)>,
    /// Names of users and groups that are made.
    pub users: Vec<String>,
    /// Home directories of users, as the step says.
    pub homes: Vec<(String, String)>,
    /// Ids of users and groups, as the step says.
    pub ids: Vec<(String, String)>,
    /// Directories that were made before may be filled: with what, the project says.
    pub fills: bool,
    /// An account is made with the next free id of ordinary ones.
    pub counts_ids: bool,
    /// Caches of what is downloaded: their path, the heuristic that says so, and how they are used.
    #[serde(skip)]
    pub downloads: Vec<(String, String, Downloads)>,
    /// Whether everything compiled here is linked statically; `None` when nothing is compiled.
    pub is_static: Option<bool>,
}

impl Effects {
    /// True when nothing but plain file operations (or nothing at all) happens.
    pub fn is_portable(&self) -> bool {
        self.writes.is_empty()
            && self.packages.is_empty()
            && self.system.is_empty()
            && self.unknown.is_empty()
            && self.opaque.is_empty()
            && !self.builds
            && !self.checks
    }

    /// Every path that is written or removed by name, as often as that happens.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        let files = self.files.iter().flat_map(|file| file.writes.iter().chain(&file.removes));
        self.writes.iter().map(|write| &write.path).chain(files).map(String::as_str)
    }

    fn merge(&mut self, other: Effects) {
        self.writes.extend(other.writes);
        self.files.extend(other.files);
        self.packages.extend(other.packages);
        self.system.extend(other.system);
        self.unknown.extend(other.unknown);
        self.assumed.extend(other.assumed);
        self.opaque.extend(other.opaque);
        self.builds |= other.builds;
        self.checks |= other.checks;
        self.evidence.extend(other.evidence);
        self.commands.extend(other.commands);
        self.calls.extend(other.calls);
        self.manifests.extend(other.manifests);
        self.reads.extend(other.reads);
        self.compiled.extend(other.compiled);
        self.users.extend(other.users);
        self.homes.extend(other.homes);
        self.ids.extend(other.ids);
        self.fills |= other.fills;
        self.counts_ids |= other.counts_ids;
        self.sets.extend(other.sets);
        self.installs.extend(other.installs);
        self.downloads.extend(other.downloads);
        self.from_source |= other.from_source;
        self.is_static = match (self.is_static, other.is_static) {
            (Some(one), Some(another)) => Some(one && another),
            (one, another) => one.or(another),
        };
    }
}

/// Reads shell text for its effects.
pub struct Reader<'a> {
    /// What is known of commands.
    pub heuristics: &'a Heuristics,
    /// The build context.
    pub context: &'a dyn BuildContext,
    /// Which image paths came from which context paths so far.
    pub files: &'a Files,
}

/// How deep scripts, Makefiles and package scripts are followed into each other.
const MAX_DEPTH: usize = 6;

/// What a command that nothing describes is taken to mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    /// It may write anywhere.
    Opaque,
    /// It is a tool of the project (a package script, a recipe), which writes below its working directory.
    Within,
}

/// Where a command stands.
#[derive(Clone, Copy)]
struct Place {
    /// In how many texts that others start.
    depth: usize,
    unknown: Unknown,
}

impl Place {
    const TOP: Place = Place { depth: 0, unknown: Unknown::Opaque };

    /// One text further in.
    fn deeper(self) -> Self {
        Place { depth: self.depth + 1, ..self }
    }

    /// One text further in, which is of another kind.
    fn within(self, unknown: Unknown) -> Self {
        Place { unknown, ..self.deeper() }
    }

    /// True when no further text is followed.
    fn is_deep(self) -> bool {
        self.depth >= MAX_DEPTH
    }
}

/// At most 60 characters of a text, on one line.
pub fn abridge(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
