//! What git knows of a file, asked by its command line.

use anyhow::{Context as _, Result, anyhow, bail};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
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

/// The top of the repository that a file lies in.
pub(crate) fn top(target: &Path) -> Option<PathBuf> {
    target.ancestors().skip(1).find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}

/// The name of a file in documents, in bytes: relative to the top of its repository, where `git apply` counts from, or else to
/// the working directory, or else from the root without its `/`.
pub(crate) fn place(path: &Path) -> Vec<u8> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let base = top(&target).or_else(|| std::env::current_dir().and_then(|d| d.canonicalize()).ok());
    let relative: PathBuf = match base.and_then(|base| target.strip_prefix(base).map(Path::to_owned).ok()) {
        Some(relative) => relative,
        None => target.components().filter(|c| matches!(c, std::path::Component::Normal(_))).collect(),
    };
    bytes(&relative)
}

/// A path as git writes it.
pub(crate) fn bytes(path: &Path) -> Vec<u8> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        path.as_os_str().as_bytes().to_vec()
    }
    #[cfg(not(unix))]
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/").into_bytes()
}

/// A folder as it is written beside [`place`]: `.` for the top itself; nothing when it lies elsewhere or is no UTF-8.
pub(crate) fn folder_from_top(path: &Path, folder: &Path) -> Option<String> {
    let target = path.canonicalize().ok()?;
    let base = top(&target).or_else(|| std::env::current_dir().and_then(|d| d.canonicalize()).ok())?;
    let folder = folder.canonicalize().ok()?;
    let relative = String::from_utf8(bytes(folder.strip_prefix(base).ok()?)).ok()?;
    Some(if relative.is_empty() { ".".to_owned() } else { relative })
}

/// Those of the files that changed since HEAD and a revision parted: committed, staged, not staged or new.
pub(crate) fn changed_since(rev: &str, paths: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut known: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    let mut kept = Vec::new();
    for path in paths {
        // The link counts as well as what it leads to.
        let target = path.canonicalize().unwrap_or_else(|_| path.clone());
        let link = crate::input::folder_of(&path).canonicalize().ok().zip(path.file_name()).map(|(f, n)| f.join(n));
        let Some(top) = top(&target) else {
            bail!(
                "`{}` lies in no git repository, so nothing is known of its changes; leave --since out",
                path.display()
            );
        };
        let names = match known.entry(top) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(new) => {
                let names = changed_names(new.key(), rev)?;
                new.insert(names)
            }
        };
        if names.contains(&target) || link.is_some_and(|link| names.contains(&link)) {
            kept.push(path);
        }
    }
    Ok(kept)
}

fn changed_names(top: &Path, rev: &str) -> Result<BTreeSet<PathBuf>> {
    let commit = format!("{rev}^{{commit}}");
    let found = git(top, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])?;
    let commit = match found {
        Ok(out) => String::from_utf8_lossy(&out).trim().to_owned(),
        Err(words) if words.is_empty() => {
            bail!("--since: git knows no commit `{rev}` in `{}`; fetch it first, or name another one", top.display())
        }
        Err(words) => bail!("--since: git cannot read `{}`: {words}", top.display()),
    };
    let diff = ["diff", "--name-only", "--no-relative", "-z", "--diff-filter=d", "--merge-base", &commit];
    let committed = git(top, &diff)?.map_err(|words| {
        anyhow!("--since: git cannot compare with `{rev}`: {words}\nwhere history was cut off, fetch all of it first")
    })?;
    let new = git(top, &["ls-files", "-z", "--others", "--exclude-standard", "--full-name"])?
        .map_err(|words| anyhow!("--since: git cannot list new files: {words}"))?;
    let names = committed.split(|b| *b == 0).chain(new.split(|b| *b == 0)).filter(|name| !name.is_empty());
    Ok(names.map(|name| top.join(path_of(name))).collect())
}

/// A path of such bytes.
pub(crate) fn path_of(name: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        PathBuf::from(std::ffi::OsStr::from_bytes(name))
    }
    #[cfg(not(unix))]
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}

/// What git prints, or else what it complains of.
fn git(folder: &Path, arguments: &[&str]) -> Result<Result<Vec<u8>, String>> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments).env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
    let output = command.output().context("git cannot be started, and --since asks it; install it")?;
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Ok(if output.status.success() { Ok(output.stdout) } else { Err(words) })
}
