//! Paths as typed to what a conversion needs: bytes, build context, heuristics. Every failure says what to do next.

use crate::args::Surroundings;
use crate::context::Chosen;
use crate::digest::{Log, Recorder};
use anyhow::{Context as _, Result, anyhow, bail};
use msb::analyzer::readers::Project;
use msb::campaign::owners::{self, Owners};
use msb::context::{BuildContext, DiskContext, NoContext};
use msb::diagnostic::Diagnostic;
use msb::facts::heuristics::Heuristics;
use msb::policy::{self, Policy};
use msb::syntax::MAX_FILE_SIZE;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where users keep heuristics of their own, in the working directory or the build context.
pub(crate) const USER_HEURISTICS: &str = ".msb/heuristics";

/// Sets of heuristics that are kept; a run over many folders that all hold some of their own reads them again.
const KEPT: usize = 64;

/// What is asked about the surroundings of a Dockerfile.
pub(crate) struct Ask<'a> {
    /// Its build context, as typed.
    pub(crate) surroundings: &'a Surroundings,
    /// Values of build arguments, which may be parts of what it copies.
    pub(crate) build_args: &'a [(String, String)],
}

/// A Dockerfile with everything that is needed to convert it.
pub(crate) struct Input {
    /// Its name in messages: as typed.
    pub(crate) name: String,
    /// Its path; absent for standard input.
    pub(crate) path: Option<PathBuf>,
    /// Its bytes.
    pub(crate) source: Vec<u8>,
    /// Its build context.
    pub(crate) context: Box<dyn BuildContext>,
    /// Knowledge of commands.
    pub(crate) heuristics: Arc<Heuristics>,
    /// The policy in force where it lies.
    pub(crate) policy: Policy,
    /// The folder of its build context.
    pub(crate) folder: Option<PathBuf>,
    /// What says which folder that is, when it is not the Dockerfile's own.
    pub(crate) said: Option<String>,
    /// Folders whose files may use the Dockerfile, with its path in each: the build context and what lies above.
    pub(crate) projects: Vec<(Box<dyn BuildContext>, String)>,
    /// What was read of folders, when the run keeps account of it.
    pub(crate) log: Option<Arc<Log>>,
}

impl Input {
    /// Reads the file at `path`, or standard input for `-`, with what is known of its surroundings.
    pub(crate) fn read(path: &Path, ask: &Ask<'_>, known: &Knowledge) -> Result<Input> {
        let stdin = path == Path::new("-");
        let source = if stdin { read_stdin()? } else { read_file(path)? };
        let name = if stdin { "standard input".to_owned() } else { path.display().to_string() };
        let given = ask.surroundings.context.clone();
        let start = if stdin { given.clone() } else { Some(folder_of(path)) };
        let heuristics = known.heuristics(given.as_deref().or(start.as_deref()))?;
        let policy = start.as_deref().map(|start| policy_above(start, &heuristics)).transpose()?.flatten();
        let chosen = match (given, stdin) {
            (Some(folder), _) => Some(Chosen::named(folder)),
            (None, true) => None,
            (None, false) => Some(Chosen::find(path, &source, policy.as_ref(), ask.build_args)?),
        };
        let heuristics = known.heuristics(chosen.as_ref().map(|chosen| chosen.folder.as_path()))?;
        let dockerfile = (!stdin).then_some(path);
        let context: Box<dyn BuildContext> = match &chosen {
            Some(chosen) => chosen.open(dockerfile, ask.surroundings.context_names.as_deref())?,
            None => Box::new(NoContext),
        };
        let folder = chosen.as_ref().map(|chosen| chosen.folder.clone());
        let projects = dockerfile.zip(folder.as_deref()).map(|(path, folder)| projects_above(path, folder));
        let input = Input {
            name,
            path: dockerfile.map(Path::to_owned),
            source,
            context,
            heuristics,
            policy: policy.map(|(_, policy)| policy).unwrap_or_default(),
            projects: projects.unwrap_or_default(),
            said: chosen.and_then(|chosen| chosen.said),
            folder,
            log: None,
        };
        Ok(if known.keeps_account { input.recorded() } else { input })
    }

    /// The same, with a log of what is read from now on.
    pub(crate) fn recorded(mut self) -> Input {
        let log = Arc::default();
        self.context = Box::new(Recorder::new(self.context, "context", &log));
        let recorded = |(i, (files, dockerfile)): (usize, (Box<dyn BuildContext>, String))| {
            let files: Box<dyn BuildContext> =
                Box::new(Recorder::new(files, format!("project {i} {dockerfile}"), &log));
            (files, dockerfile)
        };
        self.projects = self.projects.into_iter().enumerate().map(recorded).collect();
        self.log = Some(log);
        self
    }

    /// Folders whose files may use the Dockerfile.
    pub(crate) fn projects(&self) -> Vec<Project<'_>> {
        self.projects.iter().map(|(files, dockerfile)| Project { files: &**files, dockerfile }).collect()
    }

    /// Errors of the file for people, all of them.
    pub(crate) fn refused(&self, errors: &[Diagnostic]) -> anyhow::Error {
        let texts: Vec<String> = errors.iter().map(|e| e.render(&self.name, &self.source)).collect();
        let text = texts.join("\n");
        let text = text.trim_end().strip_prefix("error: ").unwrap_or(&text).to_owned();
        anyhow::Error::new(Refused { text, errors: errors.to_vec() })
    }
}

/// A file that is no Dockerfile, or no complete one.
#[derive(Debug)]
pub(crate) struct Refused {
    text: String,
    /// What is wrong with it.
    pub(crate) errors: Vec<Diagnostic>,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Refused {}

/// A folder and those above it, up to the repository's top; outside of a repository up to the working directory.
pub(crate) fn up_to_top(folder: &Path) -> Vec<PathBuf> {
    let Ok(folder) = folder.canonicalize() else { return Vec::new() };
    // A file in work trees and submodules.
    let repository = folder.ancestors().position(|above| above.join(".git").exists());
    let here = || std::env::current_dir().ok().and_then(|here| folder.ancestors().position(|above| above == here));
    let top = repository.or_else(here).unwrap_or(0);
    folder.ancestors().take(top + 1).map(Path::to_owned).collect()
}

/// The build context, the Dockerfile's folder and those above, as far as they can be read.
pub(crate) fn projects_above(dockerfile: &Path, context: &Path) -> Vec<(Box<dyn BuildContext>, String)> {
    let mut folders: Vec<PathBuf> = context.canonicalize().into_iter().collect();
    for folder in up_to_top(&folder_of(dockerfile)) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    // The Dockerfile may not be written yet, where its text came another way.
    let to_be = |folder: &Path| {
        let name = dockerfile.file_name().filter(|_| !dockerfile.exists())?.to_str()?;
        Some(msb::context::join(&relative(&folder_of(dockerfile), folder)?, name))
    };
    let project = |folder: &PathBuf| {
        let files: Box<dyn BuildContext> = Box::new(DiskContext::open(folder, None).ok()?);
        Some((files, relative(dockerfile, folder).or_else(|| to_be(folder))?))
    };
    folders.iter().filter_map(project).collect()
}

/// The policy of a folder or the nearest one above it, up to the repository's top, with the folder that holds it.
pub(crate) fn policy_above(folder: &Path, heuristics: &Heuristics) -> Result<Option<(PathBuf, Policy)>> {
    for above in up_to_top(folder) {
        let path = above.join(policy::FILE);
        if path.exists() {
            let name = path.display().to_string();
            regular(&path, "a policy is TOML in a file")?;
            let text = fs::read_to_string(&path)
                .with_context(|| format!("`{name}` cannot be read; it is TOML in UTF-8, see its permissions"))?;
            return Ok(Some((above, policy_of(&name, &text, heuristics)?)));
        }
    }
    Ok(None)
}

/// The policy in a text, with a name for messages.
pub(crate) fn policy_of(name: &str, text: &str, heuristics: &Heuristics) -> Result<Policy> {
    Policy::parse(text, heuristics).map_err(|errors| {
        let texts: Vec<String> = errors.iter().map(|e| e.render(name, text.as_bytes())).collect();
        let text = texts.join("\n");
        anyhow!("{}", text.trim_end().strip_prefix("error: ").unwrap_or(&text))
    })
}

/// `path` relative to `folder`, with `/` between its parts; nothing when it lies elsewhere.
pub(crate) fn relative(path: &Path, folder: &Path) -> Option<String> {
    let (path, folder) = (path.canonicalize().ok()?, folder.canonicalize().ok()?);
    let parts: Vec<_> = path.strip_prefix(folder).ok()?.iter().map(|part| part.to_string_lossy()).collect();
    Some(parts.join("/"))
}

pub(crate) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let name = path.display();
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if fs::symlink_metadata(path).is_ok() {
                bail!("`{name}` is a symbolic link to nothing; mend the link or name the file itself");
            }
            bail!("`{name}` does not exist; name a Dockerfile, or search a folder with `msb batch DIR`");
        }
        Err(error) => return Err(anyhow!(error)).context(format!("`{name}` cannot be read; check its permissions")),
    };
    if metadata.is_dir() {
        let inside = path.join("Dockerfile");
        if inside.is_file() {
            bail!("`{name}` is a folder; name the file in it: {}", inside.display());
        }
        bail!("`{name}` is a folder; name a Dockerfile, or search the folder: msb batch {name}");
    }
    regular(path, "pass what a program writes on standard input: msb convert - --context DIR")?;
    if metadata.len() > MAX_FILE_SIZE as u64 {
        let megabytes = metadata.len() / 1_000_000;
        bail!("`{name}` has {megabytes} MB, which is no Dockerfile; the limit is {} MB", MAX_FILE_SIZE >> 20);
    }
    let file = File::open(path).with_context(|| format!("`{name}` cannot be read; check its permissions"))?;
    limited(file).with_context(|| format!("`{name}` cannot be read"))
}

/// Refuses what is no regular file. Opening a named pipe waits for a writer that may never come, and a device may give bytes for
/// ever. `hint` says what to do.
pub(crate) fn regular(path: &Path, hint: &str) -> Result<()> {
    let name = path.display();
    let metadata = fs::metadata(path).with_context(|| format!("`{name}` cannot be read; check its permissions"))?;
    match kind_of(&metadata) {
        None => Ok(()),
        Some(kind) => bail!("`{name}` is {kind}, not a file; {hint}"),
    }
}

/// What is no regular file, in words.
fn kind_of(metadata: &fs::Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    if kind.is_file() {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some("a named pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
    }
    Some(if kind.is_dir() { "a folder" } else { "something else" })
}

fn read_stdin() -> Result<Vec<u8>> {
    limited(io::stdin().lock()).context("standard input cannot be read")
}

/// Reads one byte more than a Dockerfile may have, so that the parser can say that it is too much.
fn limited(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_FILE_SIZE as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is read once for many files: heuristics for each set of folders that hold some, owners for each repository.
#[derive(Default)]
pub(crate) struct Knowledge {
    /// Inputs note what is read of folders, for the hash in the JSON.
    keeps_account: bool,
    loaded: Mutex<BTreeMap<Vec<PathBuf>, Arc<Heuristics>>>,
    /// CODEOWNERS by the top of its repository.
    owners: Mutex<BTreeMap<PathBuf, Arc<Owners>>>,
}

impl Knowledge {
    /// No knowledge yet; inputs keep account of what is read when `keeps_account`.
    pub(crate) fn new(keeps_account: bool) -> Knowledge {
        Knowledge { keeps_account, ..Knowledge::default() }
    }

    /// The built-in heuristics, those of the working directory and those of the build context.
    pub(crate) fn heuristics(&self, context: Option<&Path>) -> Result<Arc<Heuristics>> {
        let folders = heuristics_folders(context);
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(heuristics) = loaded.get(&folders) {
            return Ok(Arc::clone(heuristics));
        }
        let heuristics = load(&folders, Vec::new())?;
        if loaded.len() >= KEPT {
            loaded.clear();
        }
        loaded.insert(folders, Arc::clone(&heuristics));
        Ok(heuristics)
    }

    /// The built-in heuristics, those of the working directory, and those in texts, each with a name for messages.
    pub(crate) fn heuristics_in(&self, texts: Vec<(String, String)>) -> Result<Arc<Heuristics>> {
        if texts.is_empty() { self.heuristics(None) } else { load(&heuristics_folders(None), texts) }
    }

    /// Who owns a file by the CODEOWNERS of its repository.
    pub(crate) fn owners(&self, path: &Path) -> Vec<String> {
        let Some(top) = up_to_top(&folder_of(path)).pop() else { return Vec::new() };
        let Some(inside) = relative(path, &top) else { return Vec::new() };
        let owners = {
            let mut known = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(top).or_insert_with_key(|top| Arc::new(read_owners(top))))
        };
        owners.of(&inside)
    }

    /// True when a policy says to leave a Dockerfile alone. A policy that cannot be read skips nothing; who converts the
    /// file says what is wrong with it.
    pub(crate) fn skips(&self, path: &Path) -> bool {
        let policy = self.heuristics(None).ok().and_then(|known| policy_above(&folder_of(path), &known).ok().flatten());
        policy.is_some_and(|(folder, policy)| relative(path, &folder).is_some_and(|path| policy.skips(&path)))
    }
}

/// Folders of users' heuristics: in the working directory, and in the build context.
fn heuristics_folders(context: Option<&Path>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for base in [Some(Path::new(".")), context].into_iter().flatten() {
        if let Ok(folder) = base.join(USER_HEURISTICS).canonicalize()
            && !folders.contains(&folder)
        {
            folders.push(folder);
        }
    }
    folders
}

fn load(folders: &[PathBuf], texts: Vec<(String, String)>) -> Result<Arc<Heuristics>> {
    let loaded = Heuristics::load_with(folders, texts);
    Ok(Arc::new(loaded.map_err(|error| anyhow!("{error}\nmend the file; `msb heuristics test` checks it"))?))
}

/// The CODEOWNERS of a repository; none where there is no such file, or one that cannot be read.
fn read_owners(top: &Path) -> Owners {
    let read = |place: &&str| {
        let path = top.join(place);
        regular(&path, "").ok()?;
        Some(Owners::parse(place, &String::from_utf8_lossy(&fs::read(path).ok()?)))
    };
    owners::PLACES.iter().find_map(read).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heuristics_of_many_folders_are_not_all_kept() {
        let known = Knowledge::default();
        let top = tempfile::tempdir().unwrap();
        for number in 0..=KEPT {
            let folder = top.path().join(number.to_string());
            fs::create_dir_all(folder.join(USER_HEURISTICS)).unwrap();
            let first = known.heuristics(Some(&folder)).unwrap();
            assert!(Arc::ptr_eq(&first, &known.heuristics(Some(&folder)).unwrap()), "they are read once");
            assert!(known.loaded.lock().unwrap().len() <= KEPT);
        }
        assert_eq!(known.loaded.lock().unwrap().len(), 1, "the others were let go");
    }
}
