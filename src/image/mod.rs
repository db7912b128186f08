//! An analysed stage to the files that its image has at the end: one model for what a text predicts and, later, for what
//! layers show.
//!
//! A file system is kept as *entries*: a path, how far it reaches, whether it is certain to be there, and where it came from.
//! What a COPY brings is one entry, which is looked into when somebody asks; a tree of 100,000 files costs nothing before.
//! Steps are applied in order: what moves takes its origin along, what is removed is marked, what is written over it comes
//! later. Nothing is decided here.

mod confine;
mod packages;
#[cfg(test)]
mod tests;
mod walk;

use crate::analyzer::effects::FileOperation;
use crate::context::{self, BuildContext};
use crate::facts::heuristics::{Reach, WriteKind};
use crate::paths;
use serde::Serialize;

pub use packages::Package;
pub(crate) use walk::is_system_change;

/// A part of the file: an instruction and, of a RUN, the part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct At {
    /// Index among the file's instructions.
    pub instruction: usize,
    /// Index of the part of a RUN; 0 elsewhere.
    pub unit: usize,
}

/// How far an entry reaches from its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// Exactly the path.
    One,
    /// The path, and everything below when it is a directory.
    Tree,
    /// Files of unknown names directly in the directory.
    Into,
    /// Unknown files anywhere below.
    Within,
}

impl From<Reach> for Extent {
    fn from(reach: Reach) -> Self {
        match reach {
            Reach::Path => Extent::Tree,
            Reach::Into => Extent::Into,
            Reach::Within => Extent::Within,
        }
    }
}

/// Where an entry comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum Origin {
    /// A path of the build context.
    Context {
        /// Relative to the context's root.
        source: String,
    },
    /// A text that the Dockerfile holds.
    Text,
    /// A path of another image.
    Image {
        /// The image or stage, as written.
        image: String,
        /// The path in it.
        source: String,
    },
    /// What ADD downloads or unpacks.
    Added,
    /// A step made it: only where the step runs it comes to be.
    Step,
    /// A plain file operation, which any stage with a shell can repeat.
    Plain,
}

/// Something that a stage has at its end, or had on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Absolute path; a `*` in it stands for names that are not known.
    pub path: String,
    /// How far it reaches.
    pub extent: Extent,
    /// It is there whenever the build ends well; otherwise it may be.
    pub certain: bool,
    /// Where it comes from.
    pub origin: Origin,
    /// What it is for, as the heuristics say.
    pub purpose: WriteKind,
    /// The heuristic that says so; empty for plain operations and commands that nothing describes.
    pub by: String,
    /// What wrote it.
    pub at: At,
    /// The text of the part that wrote it, for steps and plain operations.
    pub step: String,
    /// For a copy made by a step the paths it was made of, for a link what it leads to.
    pub sources: Vec<String>,
    /// It is a symbolic link.
    pub link: bool,
    /// The user in force when it was written; empty for root.
    pub user: String,
    /// The owner that a COPY gave it.
    pub chown: Option<String>,
    /// What removed it.
    pub gone: Option<At>,
}

impl Entry {
    /// True when the entry is, or may be, what lies at `path`: it is that path, holds it, or may have written it. Context is
    /// not looked into.
    pub fn reaches(&self, path: &str) -> bool {
        match self.extent {
            Extent::One => fits(&self.path, path),
            Extent::Tree | Extent::Within => within(&self.path, path),
            Extent::Into => fits(&self.path, paths::parent(path)) && path != "/",
        }
    }

    /// True when a step of the build made it, which only the builder has.
    pub fn is_built(&self) -> bool {
        self.origin == Origin::Step
    }

    /// The context path behind an image path that a tree from the context holds.
    pub fn context_path(&self, path: &str) -> Option<String> {
        let Origin::Context { source } = &self.origin else { return None };
        match (self.extent, paths::below(&self.path, path)?) {
            (_, "") => Some(source.clone()),
            (Extent::Tree, rest) => Some(context::join(source, rest)),
            _ => None,
        }
    }
}

/// A plain operation with its place.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What did it.
    pub at: At,
    /// What it does.
    pub operation: FileOperation,
    /// The part of the RUN does nothing but plain operations.
    pub portable: bool,
}

/// The files and packages of a stage at its end.
pub struct Image<'a> {
    context: &'a dyn BuildContext,
    entries: Vec<Entry>,
    operations: Vec<Operation>,
    packages: Vec<Package>,
    /// Paths inside larger entries that were removed.
    holes: Vec<(String, At)>,
    /// Paths that a step takes away although nothing before it made them: the base image or a package brought them.
    bared: Vec<(String, At)>,
    /// Directories that are certain to be there: made by WORKDIR, by a COPY or by a step.
    directories: Vec<(String, At)>,
}

impl<'a> Image<'a> {
    /// Everything that was ever written, in order; what is removed again is marked.
    pub fn all(&self) -> &[Entry] {
        &self.entries
    }

    /// What is there at the end, in the order of writing.
    pub fn entries(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.entries.iter().enumerate().filter(|(_, entry)| entry.gone.is_none())
    }

    /// Takes away what is proven not to be there: entries that only might have been.
    pub fn refute(&mut self, is_absent: impl Fn(&Entry) -> bool) {
        self.entries.retain(|entry| entry.certain || !is_absent(entry));
    }

    /// Marks what is proven to be there among the entries that only might have been.
    pub fn assure(&mut self, is_there: impl Fn(&Entry) -> bool) {
        self.entries.iter_mut().filter(|entry| !entry.certain).for_each(|entry| entry.certain = is_there(entry));
    }

    /// Plain operations, in order.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Paths that steps take away from what the base image or packages of the distribution brought, each with its step.
    pub fn bared(&self) -> &[(String, At)] {
        &self.bared
    }

    /// Packages of the distribution that steps install.
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// The last entry that is, holds or may have written a path. A tree of the context counts where the context has the path.
    pub fn provider(&self, path: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.gone.is_none() && self.holds(entry, path))
    }

    /// True when an entry is, holds or may have written a path, as far as the context tells.
    pub fn holds(&self, entry: &Entry, path: &str) -> bool {
        entry.reaches(path)
            && match entry.context_path(path) {
                Some(source) if entry.path != path => {
                    !matches!(self.context.entry(&source), context::Entry::Absent | context::Entry::Unknown)
                        || !self.context.is_known()
                }
                _ => true,
            }
            && !self.holes.iter().any(|(hole, at)| *at >= entry.at && within(hole, path))
    }

    /// True when a COPY or ADD of a path from this image finds it, whatever the build's tools choose to write.
    pub fn is_certain(&self, path: &str) -> bool {
        let at_or_around = |entry: &Entry| {
            if !entry.certain || path.contains('*') {
                return false;
            }
            // What lies in a tree of a step is known by its own entry only.
            let inside = matches!(entry.origin, Origin::Context { .. } | Origin::Image { .. });
            entry.path == path || within(path, &entry.path) || inside && self.holds(entry, path)
        };
        paths::is_shared(path)
            || path == "/root"
            || self.directories.iter().any(|(directory, _)| paths::is_within(path, directory) && !self.is_removed(path))
            || self.entries.iter().any(|entry| entry.gone.is_none() && at_or_around(entry))
    }

    /// True when something before a part of the file makes a directory: WORKDIR, a COPY or a step, there or below it.
    pub fn is_made_before(&self, directory: &str, at: At) -> bool {
        self.directories.iter().any(|(made, when)| *when < at && paths::is_within(directory, made))
            || self.entries.iter().any(|e| e.certain && e.at < at && paths::is_within(directory, &e.path))
    }

    /// True when the last thing that happened to a directory was that a step took it away.
    fn is_removed(&self, path: &str) -> bool {
        let hole = self.holes.iter().filter(|(hole, _)| within(hole, path)).map(|(_, at)| *at).max();
        let made = self.directories.iter().filter(|(made, _)| paths::is_within(path, made)).map(|(_, at)| *at).max();
        hole > made
    }

    /// The nearest directory at or above a path that is certain to be there.
    pub fn certain_above<'p>(&self, path: &'p str) -> &'p str {
        let mut at = path;
        while at != "/" && !self.is_certain(at) {
            at = paths::parent(at);
        }
        at
    }

    /// True when something that a step of the build made is, or may be, at or below a path.
    pub fn is_built(&self, path: &str) -> bool {
        match self.provider(path) {
            Some(entry)
                if entry.is_built() && self.context_has(path).is_none_or(|e| e != context::Entry::Directory) =>
            {
                true
            }
            Some(entry) if !entry.is_built() && entry.extent == Extent::One => false,
            _ => self.entries().any(|(_, e)| e.is_built() && e.path != path && paths::is_within(path, &e.path)),
        }
    }

    /// True when a step or a COPY brings a path, may have written it, or puts something below it.
    pub fn has(&self, path: &str) -> bool {
        self.provider(path).is_some() || self.entries().any(|(_, e)| within(path, &e.path))
    }

    /// What the context holds behind a path, as the last COPY that brings it says.
    pub fn context_has(&self, path: &str) -> Option<context::Entry> {
        self.entries.iter().rev().filter(|e| e.gone.is_none()).find_map(|entry| {
            let found = self.context.entry(&entry.context_path(path)?);
            (found != context::Entry::Absent).then_some(found)
        })
    }
}

/// True when `path` is, or lies below, a path in which `*` stands for a part of one name.
fn within(root: &str, path: &str) -> bool {
    if !root.contains('*') {
        return paths::is_within(root, path);
    }
    let (root, path): (Vec<&str>, Vec<&str>) = (root.split('/').collect(), path.split('/').collect());
    root.len() <= path.len() && root.iter().zip(&path).all(|(r, p)| crate::facts::heuristics::glob(r, p))
}

/// True when `path` is a path in which `*` stands for a part of one name.
fn fits(pattern: &str, path: &str) -> bool {
    within(pattern, path) && pattern.split('/').count() == path.split('/').count()
}
