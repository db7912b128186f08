//! Writing the result: whole or not at all, and never over a change that was not seen.
//!
//! The new text goes to a temporary file in the same folder, which then takes the old one's name. A reader sees the old
//! file or the new one. A symbolic link stays; the file behind it is replaced.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What the names of temporary files begin with. One is left behind only when the process is killed while it writes.
pub const PREFIX: &str = ".msb-";

/// Why a file was not written. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Its bytes are no longer those that were converted.
    #[error("`{}` was changed by somebody else meanwhile; run msb again", .0.display())]
    Changed(PathBuf),
    /// Its mode forbids writing, which replacing it would go around.
    #[error("`{}` is read-only; make it writable first: chmod u+w {}", .0.display(), .0.display())]
    ReadOnly(PathBuf),
    /// The folder does not take new files.
    #[error("`{}` cannot be replaced: its folder `{}` takes no new file ({error}); check the folder's permissions", .path.display(), .folder.display())]
    Folder {
        /// The file.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Anything else.
    #[error("`{}` cannot be written: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// Replaces the file at `path` by `new`, if it still holds `old`. Its mode is kept.
pub fn apply(path: &Path, old: &[u8], new: &[u8]) -> Result<(), ApplyError> {
    let io = |error| at(path, error);
    let target = fs::canonicalize(path).map_err(io)?;
    let metadata = fs::metadata(&target).map_err(io)?;
    if metadata.permissions().readonly() {
        return Err(ApplyError::ReadOnly(path.to_owned()));
    }
    let unchanged = || Ok(fs::read(&target).map_err(io)? == old);
    if !unchanged()? {
        return Err(ApplyError::Changed(path.to_owned()));
    }
    let temporary = written_beside(&target, new)?;
    temporary.as_file().set_permissions(metadata.permissions()).map_err(io)?;
    keep_owner(temporary.path(), &metadata);
    if !unchanged()? {
        return Err(ApplyError::Changed(path.to_owned()));
    }
    temporary.persist(&target).map_err(|e| io(e.error))?;
    Ok(())
}

/// Writes a new file, or replaces one, at `path`. What is no plain file, such as `/dev/null` or a pipe, is written to.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), ApplyError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&target).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        let mut file = fs::OpenOptions::new().write(true).open(&target).map_err(|error| at(path, error))?;
        return file.write_all(bytes).map_err(|error| at(path, error));
    }
    let temporary = written_beside(&target, bytes)?;
    let permissions = fs::metadata(&target).map(|m| m.permissions()).or_else(|_| plain_permissions(&target));
    let io = |error| at(path, error);
    temporary.as_file().set_permissions(permissions.map_err(io)?).map_err(io)?;
    temporary.persist(&target).map_err(|e| io(e.error))?;
    Ok(())
}

fn at(path: &Path, error: io::Error) -> ApplyError {
    ApplyError::Io { path: path.to_owned(), error }
}

/// A temporary file beside `target` that holds `bytes`; it is removed when dropped.
fn written_beside(target: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile, ApplyError> {
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let at_folder = |error| ApplyError::Folder { path: target.to_owned(), folder: folder.to_owned(), error };
    let mut file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder).map_err(at_folder)?;
    let io = |error| at(target, error);
    file.write_all(bytes).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    Ok(file)
}

/// The permissions of a new file that nobody asked anything special of: made, looked at and removed.
fn plain_permissions(target: &Path) -> io::Result<fs::Permissions> {
    let file = fs::OpenOptions::new().write(true).create_new(true).open(target)?;
    let permissions = file.metadata()?.permissions();
    drop(file);
    fs::remove_file(target)?;
    Ok(permissions)
}

/// Root editing another user's file must not take it from them. Others cannot give files away, so failure is no error.
#[cfg(unix)]
fn keep_owner(path: &Path, of: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let _ = chown(path, Some(of.uid()), Some(of.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &fs::Metadata) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(text: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Dockerfile");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn replaces_and_leaves_nothing_else() {
        let (folder, path) = folder_with(b"old");
        apply(&path, b"old", b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["Dockerfile"]);
    }

    #[test]
    fn refuses_a_file_that_changed() {
        let (folder, path) = folder_with(b"other");
        assert!(matches!(apply(&path, b"old", b"new"), Err(ApplyError::Changed(_))));
        assert_eq!(fs::read(&path).unwrap(), b"other");
        assert_eq!(names(folder.path()), ["Dockerfile"]);
    }

    #[cfg(unix)]
    #[test]
    fn keeps_mode_and_link() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let (folder, path) = folder_with(b"old");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let link = folder.path().join("link");
        symlink("Dockerfile", &link).unwrap();
        apply(&link, b"old", b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn refuses_a_read_only_file() {
        let (_folder, path) = folder_with(b"old");
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        assert!(matches!(apply(&path, b"old", b"new"), Err(ApplyError::ReadOnly(_))));
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[cfg(unix)]
    #[test]
    fn writes_to_a_pipe_and_leaves_it_one() {
        use std::os::unix::fs::FileTypeExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let reader = std::thread::spawn({
            let path = path.clone();
            move || fs::read(path).unwrap()
        });
        write(&path, b"text").unwrap();
        assert_eq!(reader.join().unwrap(), b"text");
        assert!(fs::metadata(&path).unwrap().file_type().is_fifo());
        assert_eq!(names(folder.path()), ["pipe"]);
    }

    #[test]
    fn writes_a_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write(&path, b"text").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"text");
        assert_eq!(names(folder.path()), ["out"]);
        let missing = folder.path().join("no/such/out");
        assert!(matches!(write(&missing, b"x"), Err(ApplyError::Folder { .. })));
    }
}
