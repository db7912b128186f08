//! A build context in a folder on disk.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::view::{Tree, View};
use super::{BuildContext, Entry, Ignore, IgnoreError, Unavailable};

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 2 * 1024 * 1024;
/// The most names that are read from one directory.
const MAX_NAMES: usize = 20_000;
/// The name of the ignore file in the context root, and the ending of the one beside a Dockerfile.
const IGNORE_FILE: &str = ".dockerignore";

/// A folder, read only when something asks, and never outside itself: symbolic links are resolved as in a build, where an
/// absolute target starts at the context root.
///
/// A Dockerfile or an ignore file that is itself excluded reaches the builder, but `COPY` does not see it; so it is absent here
/// as well, and [`BuildContext::read_unfiltered`] reads it.
#[derive(Debug)]
pub struct DiskContext {
    tree: DiskTree,
    ignore: Ignore,
    ignore_file: Option<PathBuf>,
}

/// Why a folder cannot serve as a build context.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// Nothing is there.
    #[error("the build context `{}` does not exist; give the folder that `docker build` is run on", .0.display())]
    Missing(PathBuf),
    /// A file is there.
    #[error("the build context `{}` is not a folder; give the folder that `docker build` is run on", .0.display())]
    NotADirectory(PathBuf),
    /// The system refuses.
    #[error("the build context `{}` cannot be read: {error}; check its permissions", .path.display())]
    Unreadable {
        /// The folder, or the ignore file in it.
        path: PathBuf,
        /// What the system said.
        error: String,
    },
    /// The ignore file is a named pipe, a socket or a device, which nobody should wait for.
    #[error("the ignore file `{}` is a pipe, a socket or a device, not a file; replace it by a text file", .0.display())]
    Special(PathBuf),
    /// The ignore file has a line that a build refuses.
    #[error("`{}`, {error}", .path.display())]
    Ignore {
        /// The ignore file.
        path: PathBuf,
        /// The line and the pattern.
        error: IgnoreError,
    },
}

impl DiskContext {
    /// Opens the folder `root`. `<dockerfile>.dockerignore` beside `dockerfile` is used if it is there, else `.dockerignore`
    /// in `root`. Only the ignore file is read now.
    pub fn open(root: &Path, dockerfile: Option<&Path>) -> Result<DiskContext, ContextError> {
        match fs::metadata(root) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(ContextError::NotADirectory(root.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ContextError::Missing(root.to_owned()));
            }
            Err(error) => {
                return Err(ContextError::Unreadable { path: root.to_owned(), error: error.to_string() });
            }
        }
        let mut context = DiskContext { tree: DiskTree::new(root), ignore: Ignore::default(), ignore_file: None };
        let beside = dockerfile.and_then(ignore_file_beside);
        let places = beside.into_iter().chain([(root.to_owned(), IGNORE_FILE.to_owned())]);
        for (folder, name) in places {
            if let Some(text) = read_ignore_file(&folder, &name)? {
                let path = folder.join(name);
                context.ignore =
                    Ignore::parse(&text).map_err(|error| ContextError::Ignore { path: path.clone(), error })?;
                context.ignore_file = Some(path);
                break;
            }
        }
        Ok(context)
    }

    /// The ignore file in force, if there is one.
    pub fn ignore_file(&self) -> Option<&Path> {
        self.ignore_file.as_deref()
    }

    /// The patterns of the ignore file in force.
    pub fn ignore(&self) -> &Ignore {
        &self.ignore
    }

    fn view(&self) -> View<'_> {
        View { tree: &self.tree, ignore: &self.ignore }
    }

    fn whole(&self) -> View<'_> {
        static NOTHING: Ignore = Ignore::none();
        View { tree: &self.tree, ignore: &NOTHING }
    }
}

impl BuildContext for DiskContext {
    fn entry(&self, path: &str) -> Entry {
        self.view().entry(path)
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        self.view().read(path)
    }
    fn list(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        self.view().list(directory)
    }
    fn read_unfiltered(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        self.whole().read(path)
    }
    fn list_unfiltered(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        self.whole().list(directory)
    }
    fn is_known(&self) -> bool {
        true
    }
    fn doubt(&self) -> Option<&str> {
        None
    }
}

/// The folder of `dockerfile` and the name of its own ignore file.
fn ignore_file_beside(dockerfile: &Path) -> Option<(PathBuf, String)> {
    let name = dockerfile.file_name()?.to_str()?;
    let folder = dockerfile.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some((folder.to_owned(), format!("{name}{IGNORE_FILE}")))
}

/// The text of an ignore file, or nothing when there is none. One that cannot be read leaves open what a build sees, so it is
/// an error.
fn read_ignore_file(folder: &Path, name: &str) -> Result<Option<String>, ContextError> {
    let tree = DiskTree::new(folder);
    match (View { tree: &tree, ignore: &Ignore::none() }).read(name) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(Unavailable::Absent) => Ok(None),
        Err(Unavailable::Unknown(error)) => {
            let path = folder.join(name);
            // Only what is no file, folder or link has no answer but can be asked.
            Err(match fs::metadata(&path) {
                Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => ContextError::Special(path),
                _ => ContextError::Unreadable { path, error },
            })
        }
    }
}

/// The bare files of a folder. What stands at a path, and in a directory, is remembered, so that one run sees one state.
#[derive(Debug)]
struct DiskTree {
    root: PathBuf,
    seen: Mutex<BTreeMap<String, Entry>>,
    listed: Mutex<BTreeMap<String, Result<Vec<String>, Unavailable>>>,
}

impl DiskTree {
    fn new(root: &Path) -> DiskTree {
        DiskTree { root: root.to_owned(), seen: Mutex::default(), listed: Mutex::default() }
    }

    fn read_names(&self, path: &str) -> Result<Vec<String>, Unavailable> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.root.join(path)).map_err(|error| unavailable(path, &error))? {
            if names.len() == MAX_NAMES {
                return Err(Unavailable::Unknown(format!("`{path}` holds more than {MAX_NAMES} names")));
            }
            let name = entry.map_err(|error| unavailable(path, &error))?.file_name();
            names.push(name.into_string().map_err(|name| not_text(path, &name))?);
        }
        names.sort();
        Ok(names)
    }

    fn look(&self, path: &str) -> Entry {
        let path = self.root.join(path);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => match fs::read_link(&path).map(PathBuf::into_os_string) {
                Ok(target) => target.into_string().map_or(Entry::Unknown, Entry::Symlink),
                Err(_) => Entry::Unknown,
            },
            Ok(metadata) if metadata.is_dir() => Entry::Directory,
            Ok(metadata) if metadata.is_file() => {
                Entry::File { size: metadata.len(), executable: is_executable(&metadata) }
            }
            Ok(_) => Entry::Unknown,
            Err(error) if is_absence(&error) => Entry::Absent,
            Err(_) => Entry::Unknown,
        }
    }
}

impl Tree for DiskTree {
    fn node(&self, path: &str) -> Entry {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.get(path) {
            Some(entry) => entry.clone(),
            None => {
                let entry = self.look(path);
                seen.insert(path.to_owned(), entry.clone());
                entry
            }
        }
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        let file = fs::File::open(self.root.join(path)).map_err(|error| unavailable(path, &error))?;
        let mut bytes = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| unavailable(path, &error))?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(Unavailable::Unknown(format!("`{path}` is larger than {} MiB", MAX_FILE >> 20)));
        }
        Ok(bytes)
    }

    fn names(&self, path: &str) -> Result<Vec<String>, Unavailable> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        listed.entry(path.to_owned()).or_insert_with(|| self.read_names(path)).clone()
    }
}

fn unavailable(path: &str, error: &io::Error) -> Unavailable {
    match is_absence(error) {
        true => Unavailable::Absent,
        false => Unavailable::Unknown(format!("`{path}` cannot be read: {error}")),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn not_text(directory: &str, name: &OsString) -> Unavailable {
    Unavailable::Unknown(format!("`{directory}` holds a name that is not UTF-8: {}", name.to_string_lossy()))
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

/// Where files carry no execute bit, a build gives it to all of them.
#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::context::{glob, walk};

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("temporary folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("has a parent")).expect("create folder");
            fs::write(path, text).expect("write file");
        }
        folder
    }

    fn open(folder: &tempfile::TempDir) -> DiskContext {
        DiskContext::open(folder.path(), None).expect("opens")
    }

    #[test]
    fn files_and_directories() {
        let folder = folder(&[("a.txt", "hello"), ("src/main.c", "x"), ("run.sh", "#!/bin/sh\n")]);
        fs::set_permissions(folder.path().join("run.sh"), fs::Permissions::from_mode(0o755)).expect("chmod");
        let context = open(&folder);
        assert!(context.is_known());
        assert_eq!(context.entry("a.txt"), Entry::File { size: 5, executable: false });
        assert_eq!(context.entry("run.sh"), Entry::File { size: 10, executable: true });
        assert_eq!(context.entry("src"), Entry::Directory);
        assert_eq!(context.entry(""), Entry::Directory);
        assert_eq!(context.entry("src/none"), Entry::Absent);
        assert_eq!(context.entry("a.txt/below"), Entry::Absent);
        assert_eq!(context.text("./src//main.c"), Ok("x".to_owned()));
        assert_eq!(context.read("src"), Err(Unavailable::Absent));
        assert_eq!(context.list(""), Ok(vec!["a.txt".to_owned(), "run.sh".to_owned(), "src".to_owned()]));
        assert_eq!(context.list("a.txt"), Err(Unavailable::Absent));
    }

    #[test]
    fn links_stay_inside() {
        let outside = folder(&[("secret", "secret")]);
        let folder = folder(&[("real/file", "inside"), ("etc/passwd", "ours")]);
        let link = |target: &str, name: &str| symlink(target, folder.path().join(name)).expect("link");
        link("real", "dir");
        link("dir/file", "file");
        link("/etc/passwd", "absolute");
        link("../../../../../../../../etc/passwd", "climbing");
        link(outside.path().join("secret").to_str().expect("text"), "out");
        link("loop", "loop");
        link("nowhere", "dangling");
        let context = open(&folder);
        assert_eq!(context.entry("dir"), Entry::Symlink("real".to_owned()));
        assert_eq!(context.entry("dir/file"), Entry::File { size: 6, executable: false });
        assert_eq!(context.text("file"), Ok("inside".to_owned()));
        assert_eq!(context.list("dir"), Ok(vec!["file".to_owned()]));
        assert_eq!(context.text("absolute"), Ok("ours".to_owned()));
        assert_eq!(context.text("climbing"), Ok("ours".to_owned()));
        assert_eq!(context.text("../etc/passwd"), Ok("ours".to_owned()));
        assert_eq!(context.read("out"), Err(Unavailable::Absent));
        assert_eq!(context.read("dangling"), Err(Unavailable::Absent));
        assert!(matches!(context.read("loop"), Err(Unavailable::Unknown(_))));
    }

    #[test]
    fn ignored_files_are_absent() {
        let folder = folder(&[
            (".dockerignore", "*\n!src\n!docs/keep.md\nsrc/*.log\n"),
            ("src/a.c", ""),
            ("src/a.log", ""),
            ("docs/keep.md", "kept"),
            ("docs/drop.md", ""),
            ("compose.yaml", "services: {}"),
            ("secret", ""),
        ]);
        symlink("../secret", folder.path().join("src/link")).expect("link");
        let context = open(&folder);
        assert_eq!(context.list(""), Ok(vec!["docs".to_owned(), "src".to_owned()]));
        assert_eq!(context.list("src"), Ok(vec!["a.c".to_owned(), "link".to_owned()]));
        assert_eq!(context.list("docs"), Ok(vec!["keep.md".to_owned()]));
        assert_eq!(context.entry("docs"), Entry::Directory);
        assert_eq!(context.entry("docs/drop.md"), Entry::Absent);
        assert_eq!(context.read("secret"), Err(Unavailable::Absent));
        assert_eq!(context.read("src/link"), Err(Unavailable::Absent), "the link is sent, its target is not");
        assert_eq!(context.read("compose.yaml"), Err(Unavailable::Absent));
        assert_eq!(context.entry(".dockerignore"), Entry::Absent);
        assert_eq!(context.read_unfiltered("compose.yaml"), Ok(b"services: {}".to_vec()));
        assert_eq!(context.list_unfiltered("docs"), Ok(vec!["drop.md".to_owned(), "keep.md".to_owned()]));
        assert_eq!(context.ignore_file(), Some(folder.path().join(".dockerignore").as_path()));
    }

    #[test]
    fn a_directory_without_survivors_is_absent() {
        let folder = folder(&[(".dockerignore", "lib\n!lib/**/*.so\n"), ("lib/a/b.c", ""), ("lib/c/d.so", "")]);
        let context = open(&folder);
        assert_eq!(context.list("lib"), Ok(vec!["c".to_owned()]));
        assert_eq!(context.entry("lib/a"), Entry::Absent);
    }

    #[test]
    fn the_ignore_file_beside_the_dockerfile_wins() {
        let folder = folder(&[
            (".dockerignore", "a\n"),
            ("docker/web.Dockerfile", ""),
            ("docker/web.Dockerfile.dockerignore", "b\n"),
            ("a", ""),
            ("b", ""),
        ]);
        let own = DiskContext::open(folder.path(), Some(&folder.path().join("docker/web.Dockerfile"))).expect("opens");
        assert_eq!((own.entry("a") == Entry::Absent, own.entry("b") == Entry::Absent), (false, true));
        let other = DiskContext::open(folder.path(), Some(&folder.path().join("Dockerfile"))).expect("opens");
        assert_eq!((other.entry("a") == Entry::Absent, other.entry("b") == Entry::Absent), (true, false));
    }

    #[test]
    fn limits() {
        let folder = folder(&[("many/0", "")]);
        let big = fs::File::create(folder.path().join("big")).expect("create");
        big.set_len(MAX_FILE + 1).expect("grow");
        let largest = fs::File::create(folder.path().join("largest")).expect("create");
        largest.set_len(MAX_FILE).expect("grow");
        for i in 1..=MAX_NAMES {
            fs::hard_link(folder.path().join("many/0"), folder.path().join(format!("many/{i}"))).expect("link");
        }
        let context = open(&folder);
        assert_eq!(context.entry("big"), Entry::File { size: MAX_FILE + 1, executable: false });
        assert!(matches!(context.read("big"), Err(Unavailable::Unknown(_))));
        assert_eq!(context.read("largest").map(|bytes| bytes.len() as u64), Ok(MAX_FILE));
        assert!(matches!(context.list("many"), Err(Unavailable::Unknown(_))));
        assert!(matches!(walk(&context, "", 50_000), Err(Unavailable::Unknown(_))));
    }

    #[test]
    fn special_files_and_odd_names_are_unknown() {
        use std::os::unix::ffi::OsStringExt;
        let folder = folder(&[("ok", "")]);
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).expect("socket");
        let context = open(&folder);
        assert_eq!(context.entry("socket"), Entry::Unknown);
        assert!(matches!(context.read("socket"), Err(Unavailable::Unknown(_))));
        assert!(matches!(glob(&context, "*/*.txt"), Err(Unavailable::Unknown(_))), "it could be a directory");
        fs::create_dir(folder.path().join("odd")).expect("create");
        if fs::write(folder.path().join("odd").join(OsString::from_vec(vec![0xff])), "").is_ok() {
            assert!(matches!(context.list("odd"), Err(Unavailable::Unknown(_))));
        }
    }

    #[test]
    fn an_ignore_file_that_is_none_is_refused() {
        let folder = folder(&[("ok", "")]);
        let path = folder.path().join(IGNORE_FILE);
        let _socket = std::os::unix::net::UnixListener::bind(&path).expect("socket");
        let error = DiskContext::open(folder.path(), None).expect_err("it cannot be read");
        assert!(matches!(&error, ContextError::Special(special) if *special == path), "{error}");
        assert!(error.to_string().contains("not a file"), "{error}");
    }

    #[test]
    fn no_permission_is_unknown() {
        let folder = folder(&[("closed/file", "x")]);
        let closed = folder.path().join("closed");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("chmod");
        // Permissions do not bind the superuser.
        if fs::read_dir(&closed).is_err() {
            let context = open(&folder);
            assert_eq!(context.entry("closed/file"), Entry::Unknown);
            assert!(matches!(context.read("closed/file"), Err(Unavailable::Unknown(_))));
            assert!(matches!(context.list("closed"), Err(Unavailable::Unknown(_))));
        }
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).expect("chmod");
    }

    #[test]
    fn a_root_that_cannot_serve_says_why() {
        let folder = folder(&[("file", ""), ("bad/.dockerignore", "ok\n[\n")]);
        let error = |path: &str| DiskContext::open(&folder.path().join(path), None).expect_err(path);
        assert!(matches!(error("none"), ContextError::Missing(_)));
        assert!(error("none").to_string().contains("does not exist"));
        assert!(matches!(error("file"), ContextError::NotADirectory(_)));
        assert!(error("bad").to_string().contains("line 2"), "{}", error("bad"));
    }

    #[test]
    fn walking_and_globbing_see_the_same() {
        let folder = folder(&[(".dockerignore", "b\n"), ("a/x.json", ""), ("a/y.json", ""), ("b/z.json", "")]);
        let context = open(&folder);
        let paths: Vec<_> = walk(&context, "", 10).expect("walks").into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, [".dockerignore", "a", "a/x.json", "a/y.json"]);
        assert_eq!(glob(&context, "*/*.json"), Ok(vec!["a/x.json".to_owned(), "a/y.json".to_owned()]));
    }
}
