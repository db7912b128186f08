//! What git knows of a file, asked by its command line.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Why a file is not written without being asked for.
#[derive(Debug)]
pub(crate) enum Guard {
    /// It holds changes, or is new, so that there would be no way back.
    Uncommitted,
    /// Git refuses to answer.
    Unanswered(String),
}

/// Asks whether a file's present state is committed. A file outside any repository, and a machine without git, have
/// nothing to guard.
pub(crate) fn guard(path: &Path) -> Option<Guard> {
    let target = path.canonicalize().ok()?;
    let (folder, name) = (target.parent()?, target.file_name()?);
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["status", "--porcelain", "--untracked-files=all", "--"])
        .arg(name)
        .env("LC_ALL", "C")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_LITERAL_PATHSPECS", "1")
        .output();
    match output {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => Some(Guard::Unanswered(error.to_string())),
        Ok(output) if output.status.success() => (!output.stdout.is_empty()).then_some(Guard::Uncommitted),
        Ok(output) => {
            let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            (!words.contains("not a git repository")).then_some(Guard::Unanswered(words))
        }
    }
}

/// The name of a file in a diff: relative to the top of its repository, where `git apply` counts from, or else to the
/// working directory, or else from the root without its `/`.
pub(crate) fn name_in_diff(path: &Path) -> String {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let top = target.ancestors().skip(1).find(|folder| folder.join(".git").exists()).map(Path::to_owned);
    let base = top.or_else(|| std::env::current_dir().and_then(|d| d.canonicalize()).ok());
    let relative: PathBuf = match base.and_then(|base| target.strip_prefix(base).map(Path::to_owned).ok()) {
        Some(relative) => relative,
        None => target.components().filter(|c| matches!(c, std::path::Component::Normal(_))).collect(),
    };
    relative.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}
