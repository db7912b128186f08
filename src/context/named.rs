//! Contexts of which less is known than of a folder: files by name only, and folders that are taken for the context.

use super::{BuildContext, Entry, Ignore, MemoryContext, Unavailable, clean_inside, join};
use std::collections::BTreeSet;

/// A context and the names of what else is in it. What is known by name only is there, and its contents are unknown: never
/// empty, never absent.
pub struct NamedContext {
    files: Box<dyn BuildContext>,
    names: MemoryContext,
    /// Directories of which nothing but the name is known.
    closed: BTreeSet<String>,
}

/// A way to list a directory: with the ignore file, or without.
type Lister<'a> = dyn Fn(&dyn BuildContext) -> Result<Vec<String>, Unavailable> + 'a;

/// A line of a list of names that names nothing in the context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamesError {
    /// A path from the root of the machine, or one that climbs out.
    #[error(
        "line {line}: `{path}` is not a path below the context's root; write it relative to the root, such as `src/main.c`"
    )]
    Outside {
        /// Counted from 1.
        line: usize,
        /// As written.
        path: String,
    },
    /// The ignore file decides what a build sees, so its name alone is not enough.
    #[error(
        "line {line}: `.dockerignore` is known by name only, and it decides what a build sees; put the file into the context"
    )]
    IgnoreFile {
        /// Counted from 1.
        line: usize,
    },
}

impl NamedContext {
    /// `files`, and beside them what `names` lists: a path a line, relative to the context's root. A path that ends in `/`
    /// is a directory with unknown contents, everything else a file. What `ignore` excludes is not seen.
    ///
    /// # Errors
    ///
    /// A path that is not below the root, or an ignore file that is known by name only.
    pub fn new(files: Box<dyn BuildContext>, ignore: &Ignore, names: &str) -> Result<NamedContext, NamesError> {
        let mut memory = MemoryContext::default().with_ignore(ignore.clone());
        let mut closed = BTreeSet::new();
        for (index, written) in names.lines().enumerate() {
            let path = written.trim_end_matches('\r');
            if path.trim().is_empty() {
                continue;
            }
            let inside = clean_inside(path).filter(|inside| !inside.is_empty() && !path.starts_with('/'));
            let Some(inside) = inside else {
                return Err(NamesError::Outside { line: index + 1, path: path.to_owned() });
            };
            if inside == ".dockerignore" && files.read_unfiltered(&inside).is_err() {
                return Err(NamesError::IgnoreFile { line: index + 1 });
            }
            if path.ends_with('/') {
                memory = memory.directory(&inside);
                closed.insert(inside);
            } else {
                memory = memory.name(&inside);
            }
        }
        Ok(NamedContext { files, names: memory, closed })
    }

    /// True when `path` is or lies in a directory of which only the name is known, or a link to somewhere that is not on disk.
    fn may_hold(&self, path: &str) -> bool {
        path.match_indices('/')
            .map(|(end, _)| &path[..end])
            .chain([path])
            .any(|above| self.closed.contains(above) || matches!(self.files.entry(above), Entry::Symlink(_)))
    }

    fn merged(&self, directory: &str, list: &Lister<'_>) -> Result<Vec<String>, Unavailable> {
        if self.closed.contains(directory) || self.may_hold(directory) && list(&*self.files).is_err() {
            return Err(only_name(directory));
        }
        match (list(&*self.files), list(&self.names)) {
            (Err(Unavailable::Absent), found) | (found, Err(Unavailable::Absent)) => found,
            (found, more) => {
                let all: BTreeSet<String> = found?.into_iter().chain(more?).collect();
                Ok(all.into_iter().collect())
            }
        }
    }
}

fn only_name(path: &str) -> Unavailable {
    Unavailable::Unknown(format!("only the name of `{path}` is known"))
}

impl BuildContext for NamedContext {
    fn entry(&self, path: &str) -> Entry {
        match self.files.entry(path) {
            Entry::Absent => match self.names.entry(path) {
                Entry::Absent if self.may_hold(path) => Entry::Unknown,
                entry => entry,
            },
            entry => entry,
        }
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        match self.files.read(path) {
            Err(Unavailable::Absent) if self.may_hold(path) => Err(only_name(path)),
            Err(Unavailable::Absent) => self.names.read(path),
            found => found,
        }
    }
    fn list(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        self.merged(directory, &|context| context.list(directory))
    }
    fn read_unfiltered(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        match self.files.read_unfiltered(path) {
            Err(Unavailable::Absent) if self.may_hold(path) => Err(only_name(path)),
            Err(Unavailable::Absent) => self.names.read_unfiltered(path),
            found => found,
        }
    }
    fn list_unfiltered(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        self.merged(directory, &|context| context.list_unfiltered(directory))
    }
    fn is_known(&self) -> bool {
        true
    }
    fn doubt(&self) -> Option<&str> {
        self.files.doubt()
    }
}

/// A context that nobody named: it is taken for the one that builds use, for a reason that is said in words.
pub struct AssumedContext {
    context: Box<dyn BuildContext>,
    because: String,
}

impl AssumedContext {
    /// `context`, of which `because` says what is assumed and how to settle it.
    pub fn new(context: Box<dyn BuildContext>, because: String) -> AssumedContext {
        AssumedContext { context, because }
    }
}

impl BuildContext for AssumedContext {
    fn entry(&self, path: &str) -> Entry {
        self.context.entry(path)
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        self.context.read(path)
    }
    fn list(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        self.context.list(directory)
    }
    fn read_unfiltered(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        self.context.read_unfiltered(path)
    }
    fn list_unfiltered(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        self.context.list_unfiltered(directory)
    }
    fn is_known(&self) -> bool {
        self.context.is_known()
    }
    fn doubt(&self) -> Option<&str> {
        Some(&self.because)
    }
}

/// A folder of a context, seen as a context of its own. Ignore files are those of the whole.
#[derive(Clone, Copy)]
pub struct SubContext<'a> {
    /// The whole.
    pub whole: &'a dyn BuildContext,
    /// The folder's path in it.
    pub folder: &'a str,
}

impl BuildContext for SubContext<'_> {
    fn entry(&self, path: &str) -> Entry {
        self.whole.entry(&self.inner(path))
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        self.whole.read(&self.inner(path))
    }
    fn list(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        self.whole.list(&self.inner(directory))
    }
    fn read_unfiltered(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        self.whole.read_unfiltered(&self.inner(path))
    }
    fn list_unfiltered(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        self.whole.list_unfiltered(&self.inner(directory))
    }
    fn is_known(&self) -> bool {
        self.whole.is_known()
    }
    fn doubt(&self) -> Option<&str> {
        self.whole.doubt()
    }
}

impl SubContext<'_> {
    fn inner(&self, path: &str) -> String {
        match path {
            "" => self.folder.to_owned(),
            path => join(self.folder, path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &str) -> NamedContext {
        let files = MemoryContext::new([("app.py", "import web"), ("lib/a.py", "")])
            .symlink("link", "far")
            .ignoring("hidden\n")
            .expect("valid");
        let ignore = Ignore::parse("hidden\n").expect("valid");
        NamedContext::new(Box::new(files), &ignore, names).expect("valid names")
    }

    #[test]
    fn names_are_there_and_their_contents_are_unknown() {
        let context = named("web/index.html\r\n\nlib/b.py\nhidden/x\napp.py\nfar/a\nmodels/\n");
        assert!(matches!(context.entry("web/index.html"), Entry::File { .. }));
        assert_eq!(context.entry("web"), Entry::Directory);
        assert!(matches!(context.read("web/index.html"), Err(Unavailable::Unknown(_))));
        assert!(matches!(context.read_unfiltered("web/index.html"), Err(Unavailable::Unknown(_))));
        assert_eq!(context.text("app.py").as_deref(), Ok("import web"), "what is at hand is read");
        assert_eq!(context.list("lib"), Ok(vec!["a.py".to_owned(), "b.py".to_owned()]));
        assert_eq!(context.list(""), Ok(["app.py", "far", "lib", "link", "models", "web"].map(str::to_owned).to_vec()));
        assert_eq!(context.entry("none"), Entry::Absent, "the list is complete");
        assert_eq!(context.read("none"), Err(Unavailable::Absent));
        assert_eq!(context.entry("hidden/x"), Entry::Absent, "the ignore file counts for names, too");
    }

    #[test]
    fn a_directory_by_name_is_not_empty() {
        let context = named("models/\n");
        assert_eq!(context.entry("models"), Entry::Directory);
        assert!(matches!(context.list("models"), Err(Unavailable::Unknown(_))));
        assert_eq!(context.entry("models/a.bin"), Entry::Unknown);
        assert!(matches!(context.read("models/a.bin"), Err(Unavailable::Unknown(_))));
        assert!(matches!(context.list("models/deep"), Err(Unavailable::Unknown(_))));
        assert_eq!(context.entry("link/a"), Entry::Unknown, "where a link leads is not on disk");
    }

    #[test]
    fn names_outside_are_refused_with_their_line() {
        let names = |text: &str| {
            let files = Box::new(MemoryContext::default());
            NamedContext::new(files, &Ignore::default(), text).map(|_| ()).map_err(|e| e.to_string())
        };
        for path in ["/etc/passwd", "../x", "a/../..", "."] {
            let words = names(&format!("a\n{path}\n")).expect_err(path);
            assert!(words.contains("line 2") && words.contains(path), "{words}");
        }
        assert!(names("a\n\n.dockerignore\n").expect_err("by name only").contains("line 3"));
        assert_eq!(names("a\n"), Ok(()));
    }

    #[test]
    fn a_doubt_is_carried_along() {
        assert_eq!(named("").doubt(), None);
        let assumed = AssumedContext::new(Box::new(named("x\n")), "taken for it".to_owned());
        assert_eq!(assumed.doubt(), Some("taken for it"));
        assert!(matches!(assumed.entry("x"), Entry::File { .. }));
        let part = SubContext { whole: &assumed, folder: "lib" };
        assert_eq!((part.list(""), part.doubt()), (Ok(vec!["a.py".to_owned()]), Some("taken for it")));
    }
}
