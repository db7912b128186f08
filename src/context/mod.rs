//! The build context as a build sees it: `.dockerignore` applied, symbolic links kept, everything else unknown.
//!
//! Invariant: what cannot be read is *unknown*, never *empty* and never *absent*.

mod disk;
pub mod dockerfiles;
mod ignore;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod manifests;
mod memory;
mod named;
mod pattern;
mod view;
mod walk;

pub use disk::{ContextError, DiskContext};
pub use ignore::{Ignore, IgnoreError};
pub use memory::MemoryContext;
pub use named::{AssumedContext, NamedContext, NamesError, SubContext};
pub use walk::{glob, walk, walk_where};

/// What stands at a path of the build context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A regular file.
    File {
        /// Size in bytes.
        size: u64,
        /// An execute bit is set.
        executable: bool,
    },
    /// A directory.
    Directory,
    /// A symbolic link with its target as written.
    Symlink(String),
    /// Nothing is there (or `.dockerignore` excludes it).
    Absent,
    /// Not known: no context, no permission, over a limit.
    Unknown,
}

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// It is known not to exist in the context.
    #[error("not in the build context")]
    Absent,
    /// It may exist; the words say why it is not known.
    #[error("{0}")]
    Unknown(String),
}

/// Read access to a build context. Paths are relative to its root, `/` separated, without `.` and `..`; the root is `""`.
pub trait BuildContext: Send + Sync {
    /// What stands at `path`; a symbolic link in a parent directory is followed, the last component is not.
    fn entry(&self, path: &str) -> Entry;
    /// The bytes of a file, links followed. Files over the size limit are [`Unavailable::Unknown`].
    fn read(&self, path: &str) -> Result<Vec<u8>, Unavailable>;
    /// Names in a directory, sorted, excluded ones left out.
    fn list(&self, directory: &str) -> Result<Vec<String>, Unavailable>;
    /// As [`read`](BuildContext::read), but without `.dockerignore`: for files that speak about the build, such as a compose
    /// file. Never evidence of what the image receives.
    fn read_unfiltered(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        self.read(path)
    }
    /// As [`list`](BuildContext::list), but without `.dockerignore`.
    fn list_unfiltered(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        self.list(directory)
    }
    /// True when anything at all is known (a context was given and can be read).
    fn is_known(&self) -> bool;
    /// Why a build may be given another context than this one; nothing when it was named by somebody. A context that stands
    /// before another one passes its doubt on.
    fn doubt(&self) -> Option<&str>;

    /// The text of a file, invalid UTF-8 replaced.
    fn text(&self, path: &str) -> Result<String, Unavailable> {
        self.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The spelling of `path` that [`BuildContext`] takes: relative to the context root, without `.`, `..` and doubled `/`. What
/// climbs above the root stays in it, as in `COPY`.
pub fn clean(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// As [`clean`], but none for a path that climbs above the context root: manifests name files of the project by such paths, and
/// what lies outside the context is not known.
pub fn clean_inside(path: &str) -> Option<String> {
    let mut depth = 0usize;
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        depth = if part == ".." { depth.checked_sub(1)? } else { depth + 1 };
    }
    Some(clean(path))
}

/// `name` in `directory`, which may be the root.
pub fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// No build context is known (a Dockerfile on standard input).
#[derive(Clone, Copy, Debug, Default)]
pub struct NoContext;

impl BuildContext for NoContext {
    fn entry(&self, _: &str) -> Entry {
        Entry::Unknown
    }
    fn read(&self, _: &str) -> Result<Vec<u8>, Unavailable> {
        Err(Unavailable::Unknown("no build context was given".to_owned()))
    }
    fn list(&self, _: &str) -> Result<Vec<String>, Unavailable> {
        Err(Unavailable::Unknown("no build context was given".to_owned()))
    }
    fn is_known(&self) -> bool {
        false
    }
    fn doubt(&self) -> Option<&str> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        let cases = [
            ("./a//b/", "a/b", Some("a/b")),
            ("/a/../b", "b", Some("b")),
            ("a/../../b", "b", None),
            ("..", "", None),
            (".", "", Some("")),
        ];
        for (path, cleaned, inside) in cases {
            assert_eq!(clean(path), cleaned, "{path}");
            assert_eq!(clean_inside(path).as_deref(), inside, "{path}");
        }
        assert_eq!((join("", "a"), join("a", "b")), ("a".to_owned(), "a/b".to_owned()));
    }
}
