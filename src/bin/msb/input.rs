//! Paths as typed to what a conversion needs: bytes, build context, heuristics. Every failure says what to do next.

use anyhow::{Context as _, Result, anyhow, bail};
use msb::analyzer::readers::Project;
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
const USER_HEURISTICS: &str = ".msb/heuristics";

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
    /// Folders whose files may use the Dockerfile, with its path in each: the build context and what lies above.
    projects: Vec<(DiskContext, String)>,
}

impl Input {
    /// Reads the file at `path`, or standard input for `-`.
    pub(crate) fn read(path: &Path, context: Option<&Path>, known: &Knowledge) -> Result<Input> {
        let stdin = path == Path::new("-");
        let source = if stdin { read_stdin()? } else { read_file(path)? };
        let folder = match context {
            Some(folder) => Some(folder.to_owned()),
            None if stdin => None,
            None => Some(folder_of(path)),
        };
        let heuristics = known.heuristics(folder.as_deref())?;
        let context: Box<dyn BuildContext> = match &folder {
            Some(folder) => Box::new(DiskContext::open(folder, (!stdin).then_some(path))?),
            None => Box::new(NoContext),
        };
        let name = if stdin { "standard input".to_owned() } else { path.display().to_string() };
        let start = if stdin { folder.clone() } else { Some(folder_of(path)) };
        let policy = match &start {
            Some(start) => policy_above(start, &heuristics)?.map_or_else(Policy::default, |(_, policy)| policy),
            None => Policy::default(),
        };
        let path = (!stdin).then(|| path.to_owned());
        let projects =
            path.as_ref().zip(folder).map(|(path, folder)| projects_above(path, &folder)).unwrap_or_default();
        Ok(Input { name, path, source, context, heuristics, policy, projects })
    }

    /// Folders whose files may use the Dockerfile.
    pub(crate) fn projects(&self) -> Vec<Project<'_>> {
        self.projects.iter().map(|(files, dockerfile)| Project { files, dockerfile }).collect()
    }

    /// Errors of the file for people, all of them.
    pub(crate) fn refused(&self, errors: &[Diagnostic]) -> anyhow::Error {
        let texts: Vec<String> = errors.iter().map(|e| e.render(&self.name, &self.source)).collect();
        let text = texts.join("\n");
        anyhow!("{}", text.trim_end().strip_prefix("error: ").unwrap_or(&text))
    }
}

/// A folder and those above it, up to the repository's top; outside of a repository up to the working directory.
fn up_to_top(folder: &Path) -> Vec<PathBuf> {
    let Ok(folder) = folder.canonicalize() else { return Vec::new() };
    // A file in work trees and submodules.
    let repository = folder.ancestors().position(|above| above.join(".git").exists());
    let here = || std::env::current_dir().ok().and_then(|here| folder.ancestors().position(|above| above == here));
    let top = repository.or_else(here).unwrap_or(0);
    folder.ancestors().take(top + 1).map(Path::to_owned).collect()
}

/// The build context, the Dockerfile's folder and those above, as far as they can be read.
fn projects_above(dockerfile: &Path, context: &Path) -> Vec<(DiskContext, String)> {
    let mut folders: Vec<PathBuf> = context.canonicalize().into_iter().collect();
    for folder in up_to_top(&folder_of(dockerfile)) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    let project = |folder: &PathBuf| Some((DiskContext::open(folder, None).ok()?, relative(dockerfile, folder)?));
    folders.iter().filter_map(project).collect()
}

/// The policy of a folder or the nearest one above it, up to the repository's top, with the folder that holds it.
pub(crate) fn policy_above(folder: &Path, heuristics: &Heuristics) -> Result<Option<(PathBuf, Policy)>> {
    for above in up_to_top(folder) {
        let path = above.join(policy::FILE);
        if path.is_file() {
            let name = path.display().to_string();
            let text = fs::read_to_string(&path)
                .with_context(|| format!("`{name}` cannot be read; it is TOML in UTF-8, see its permissions"))?;
            let policy = Policy::parse(&text, heuristics).map_err(|errors| {
                let texts: Vec<String> = errors.iter().map(|e| e.render(&name, text.as_bytes())).collect();
                let text = texts.join("\n");
                anyhow!("{}", text.trim_end().strip_prefix("error: ").unwrap_or(&text))
            })?;
            return Ok(Some((above, policy)));
        }
    }
    Ok(None)
}

/// `path` relative to `folder`, with `/` between its parts; nothing when it lies elsewhere.
pub(crate) fn relative(path: &Path, folder: &Path) -> Option<String> {
    let (path, folder) = (path.canonicalize().ok()?, folder.canonicalize().ok()?);
    let parts: Vec<_> = path.strip_prefix(folder).ok()?.iter().map(|part| part.to_string_lossy()).collect();
    Some(parts.join("/"))
}

fn folder_of(path: &Path) -> PathBuf {
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
    if metadata.is_file() && metadata.len() > MAX_FILE_SIZE as u64 {
        let megabytes = metadata.len() / 1_000_000;
        bail!("`{name}` has {megabytes} MB, which is no Dockerfile; the limit is {} MB", MAX_FILE_SIZE >> 20);
    }
    let file = File::open(path).with_context(|| format!("`{name}` cannot be read; check its permissions"))?;
    limited(file).with_context(|| format!("`{name}` cannot be read"))
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

/// Heuristics, read once for each set of folders that hold some.
#[derive(Default)]
pub(crate) struct Knowledge {
    loaded: Mutex<BTreeMap<Vec<PathBuf>, Arc<Heuristics>>>,
}

impl Knowledge {
    /// The built-in heuristics, those of the working directory and those of the build context.
    pub(crate) fn heuristics(&self, context: Option<&Path>) -> Result<Arc<Heuristics>> {
        let mut folders: Vec<PathBuf> = Vec::new();
        for base in [Some(Path::new(".")), context].into_iter().flatten() {
            if let Ok(folder) = base.join(USER_HEURISTICS).canonicalize()
                && !folders.contains(&folder)
            {
                folders.push(folder);
            }
        }
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(heuristics) = loaded.get(&folders) {
            return Ok(Arc::clone(heuristics));
        }
        let heuristics = Arc::new(
            Heuristics::load(&folders)
                .map_err(|error| anyhow!("{error}\nmend the file; `msb heuristics test` checks it"))?,
        );
        loaded.insert(folders, Arc::clone(&heuristics));
        Ok(heuristics)
    }

    /// True when a policy says to leave a Dockerfile alone. A policy that cannot be read skips nothing; who converts the
    /// file says what is wrong with it.
    pub(crate) fn skips(&self, path: &Path) -> bool {
        let policy = self.heuristics(None).ok().and_then(|known| policy_above(&folder_of(path), &known).ok().flatten());
        policy.is_some_and(|(folder, policy)| relative(path, &folder).is_some_and(|path| policy.skips(&path)))
    }
}
