//! What a line says of a Dockerfile's surroundings to what a conversion needs. The same files in a folder, in a checkout of their own,
//! have the same answer.

use super::request::{Given, Request, heuristics_file};
use crate::input::{Input, Knowledge, folder_of, policy_above, policy_of, projects_above};
use anyhow::{Context as _, Result, anyhow};
use msb::context::{
    BuildContext, DiskContext, Entry, Ignore, MemoryContext, NamedContext, NoContext, SubContext, Unavailable, clean,
    join,
};
use msb::policy::{self, Policy};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A Dockerfile with everything that is needed to convert it.
pub(super) fn input(request: &Request, known: &Knowledge) -> Result<Input> {
    let input = match &request.context {
        Given::Nothing => bare(request, Box::new(NoContext), known)?,
        Given::Files { files, names } => in_memory(request, files, names, known)?,
        Given::Folder { folder, names } => on_disk(request, Path::new(folder), names, known)?,
    };
    Ok(input.recorded())
}

/// A Dockerfile in a context, without a policy or a project.
fn bare(request: &Request, context: Box<dyn BuildContext>, known: &Knowledge) -> Result<Input> {
    Ok(Input {
        name: request.path.clone(),
        path: None,
        source: request.dockerfile.clone().into_bytes(),
        context,
        heuristics: known.heuristics(None)?,
        policy: Policy::default(),
        folder: None,
        said: None,
        projects: Vec::new(),
        log: None,
    })
}

fn in_memory(
    request: &Request,
    files: &BTreeMap<String, String>,
    names: &[String],
    known: &Knowledge,
) -> Result<Input> {
    let own = files.iter().filter(|(path, _)| heuristics_file(path).is_some());
    let heuristics = known.heuristics_in(own.map(|(path, text)| (path.clone(), text.clone())).collect())?;
    let mut policy = Policy::default();
    for path in request.folders().into_iter().map(|folder| join(folder, policy::FILE)) {
        if let Some(text) = files.get(&path) {
            policy = policy_of(&path, text, &heuristics)?;
            break;
        }
    }
    let ignore_file =
        [request.ignore_beside(), ".dockerignore".to_owned()].into_iter().find(|path| files.contains_key(path));
    let ignored = ignore_file.as_ref().and_then(|path| files.get(path)).map_or("", String::as_str);
    let ignore = Ignore::parse(ignored);
    let ignore = ignore.map_err(|error| anyhow!("`{}`, {error}", ignore_file.as_deref().unwrap_or_default()))?;
    let context: Box<dyn BuildContext> = Box::new(MemoryContext::new(files).ignoring(ignored)?);
    let context: Arc<dyn BuildContext> = Arc::from(with_names(context, &ignore, names)?);
    let shared = |folder: &str| -> Box<dyn BuildContext> {
        Box::new(Below { whole: Arc::clone(&context), folder: folder.to_owned() })
    };
    // The root first, as it is on disk.
    let mut folders = request.folders();
    folders.pop();
    let projects = std::iter::once("").chain(folders).map(|folder| {
        let inside = request.path.strip_prefix(folder).unwrap_or(&request.path).trim_start_matches('/');
        (shared(folder), inside.to_owned())
    });
    let projects = projects.collect();
    Ok(Input { heuristics, policy, projects, ..bare(request, shared(""), known)? })
}

fn on_disk(request: &Request, folder: &Path, names: &[String], known: &Knowledge) -> Result<Input> {
    let dockerfile = folder.join(&request.path);
    let heuristics = known.heuristics(Some(folder))?;
    let policy = policy_above(&folder_of(&dockerfile), &heuristics)?;
    let disk = DiskContext::open(folder, Some(&dockerfile))?;
    let ignore = disk.ignore().clone();
    let context = with_names(Box::new(disk), &ignore, names)?;
    Ok(Input {
        heuristics,
        policy: policy.map(|(_, policy)| policy).unwrap_or_default(),
        projects: projects_above(&dockerfile, folder),
        folder: Some(folder.to_owned()),
        ..bare(request, context, known)?
    })
}

/// A context with names of what else is in it.
fn with_names(context: Box<dyn BuildContext>, ignore: &Ignore, names: &[String]) -> Result<Box<dyn BuildContext>> {
    if names.is_empty() {
        return Ok(context);
    }
    let named = NamedContext::new(context, ignore, &names.join("\n"));
    Ok(Box::new(named.context("`names` is no list of names in the context")?))
}

/// A folder of a context that several look at.
struct Below {
    whole: Arc<dyn BuildContext>,
    folder: String,
}

impl Below {
    fn part(&self) -> SubContext<'_> {
        SubContext { whole: &*self.whole, folder: &self.folder }
    }
}

/// What climbs out of the folder stays in it, as on disk.
impl BuildContext for Below {
    fn entry(&self, path: &str) -> Entry {
        self.part().entry(&clean(path))
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        self.part().read(&clean(path))
    }
    fn list(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        self.part().list(&clean(directory))
    }
    fn read_unfiltered(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        self.part().read_unfiltered(&clean(path))
    }
    fn list_unfiltered(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        self.part().list_unfiltered(&clean(directory))
    }
    fn is_known(&self) -> bool {
        self.whole.is_known()
    }
    fn doubt(&self) -> Option<&str> {
        self.whole.doubt()
    }
}
