//! Where Dockerfiles are.

use crate::context::typed;
use crate::input::up_to_top;
use crate::terminal;
use anyhow::{Result, bail};
use ignore::WalkBuilder;
use msb::analyzer::readers::uses::{may_build, may_hold_builds, uses};
use msb::context::DiskContext;
use msb::context::dockerfiles::{VENDORED, is_dockerfile};
use msb::differ::apply;
use msb::review::visible;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a search found.
#[derive(Default)]
pub(super) struct Search {
    /// Dockerfiles, sorted; one that several names lead to only once.
    pub(super) found: Vec<Target>,
    /// What could not be searched, with the reason.
    pub(super) unreadable: Vec<String>,
    /// Folders of other repositories below, which were left alone.
    pub(super) submodules: usize,
    /// Files that a run which was killed left beside what it was about to replace.
    pub(super) left_behind: Vec<PathBuf>,
}

impl Search {
    /// Says what a reader has to know of the search besides what was found.
    pub(super) fn tell(&self) {
        for message in &self.unreadable {
            terminal::error(&format!("{message}; what lies below was not searched"));
        }
        if self.submodules > 0 {
            let are = if self.submodules == 1 { "submodule is" } else { "submodules are" };
            let count = self.submodules;
            terminal::note(&format!("{count} {are} left alone; --all searches them, and vendored folders"));
        }
        for path in &self.left_behind {
            let name = visible(&path.display().to_string());
            terminal::note(&format!("`{name}` was left behind by a run that was killed; remove it"));
        }
    }
}

/// A Dockerfile that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    /// Its path, as somebody would type it.
    pub(super) path: PathBuf,
    /// Where only another file says that it is a Dockerfile: the build context that this file names.
    pub(super) context: Option<PathBuf>,
}

/// Dockerfiles below the given paths, by their names and by what builds them. What git ignores, hides or vendors is left out
/// unless `all`, and so are submodules.
pub(super) fn dockerfiles(roots: &[PathBuf], all: bool) -> Result<Search> {
    let mut search = Search::default();
    let mut found: BTreeMap<PathBuf, Option<PathBuf>> = BTreeMap::new();
    for root in roots {
        if !root.exists() {
            bail!("`{}` does not exist; name folders to search, or Dockerfiles", root.display());
        }
        if !root.is_dir() {
            found.insert(root.clone(), None);
            continue;
        }
        let mut walk = Walk::of(root);
        walk.go(root, all, &mut search, &mut found);
        for (path, context) in walk.used() {
            found.entry(path).or_insert(context);
        }
    }
    search.found = once(found);
    Ok(search)
}

/// One walk over a folder.
struct Walk {
    /// The top of its repository, absolute: paths of builds count from there.
    top: PathBuf,
    /// Hashes of all files that were seen: a build of one that was not is a build of what is to be left alone.
    seen: HashSet<u64>,
    /// Files that may build something, relative to the top.
    builders: Vec<String>,
}

impl Walk {
    fn of(root: &Path) -> Walk {
        let top = up_to_top(root).pop().unwrap_or_else(|| root.to_owned());
        Walk { top, seen: HashSet::new(), builders: Vec::new() }
    }

    fn go(&mut self, root: &Path, all: bool, search: &mut Search, found: &mut BTreeMap<PathBuf, Option<PathBuf>>) {
        let at = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let submodules = Arc::new(AtomicUsize::new(0));
        for entry in walker(root, all, &submodules) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    search.unreadable.push(error.to_string());
                    continue;
                }
            };
            let path = entry.path();
            if entry.file_type().is_none_or(|kind| kind.is_dir()) || !path.is_file() {
                continue;
            }
            if is_left_behind(&entry.file_name().to_string_lossy()) {
                search.left_behind.push(path.strip_prefix("./").unwrap_or(path).to_owned());
            }
            let below = path.strip_prefix(root).unwrap_or(path);
            let whole = at.join(below);
            if let Ok(inside) = whole.strip_prefix(&self.top) {
                self.seen.insert(hash(inside));
                self.builders.extend(inside.to_str().filter(|inside| may_build(inside)).map(str::to_owned));
            }
            let is_hidden = || below.iter().any(|part| part.to_string_lossy().starts_with('.'));
            if is_dockerfile(&entry.file_name().to_string_lossy()) && (all || !is_hidden()) {
                found.insert(path.strip_prefix("./").unwrap_or(path).to_owned(), None);
            }
        }
        search.submodules += submodules.load(Ordering::Relaxed);
    }

    /// Files that others build, with the context that they name.
    fn used(self) -> Vec<(PathBuf, Option<PathBuf>)> {
        let Ok(project) = DiskContext::open(&self.top, None) else { return Vec::new() };
        let mut used = Vec::new();
        for found in self.builders.iter().flat_map(|builder| uses(&project, builder)) {
            let name = found.dockerfile.rsplit('/').next().unwrap_or_default();
            if is_dockerfile(name) || !self.seen.contains(&hash(Path::new(&found.dockerfile))) {
                continue;
            }
            let context = found.context.map(|folder| self.top.join(folder)).filter(|folder| folder.is_dir());
            used.push((typed(&self.top.join(&found.dockerfile)), context.map(|folder| typed(&folder))));
        }
        used
    }
}

/// A walk over what is to be searched, which counts the submodules that it leaves alone.
fn walker(root: &Path, all: bool, submodules: &Arc<AtomicUsize>) -> ignore::Walk {
    let submodules = Arc::clone(submodules);
    let enters = move |entry: &ignore::DirEntry| {
        if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
            return true;
        }
        let name = entry.file_name().to_string_lossy();
        if all {
            return name != ".git";
        }
        let is_left = VENDORED.contains(&name.as_ref()) || name.starts_with('.') && !may_hold_builds(&name);
        let is_submodule = !is_left && entry.path().join(".git").is_file();
        submodules.fetch_add(usize::from(is_submodule), Ordering::Relaxed);
        !is_left && !is_submodule
    };
    // Hidden folders are looked into for what builds images, as far as some are known to hold that.
    WalkBuilder::new(root).standard_filters(!all).hidden(false).require_git(false).filter_entry(enters).build()
}

/// True for names of temporary files of [`msb::differ::apply`].
fn is_left_behind(name: &str) -> bool {
    name.strip_prefix(apply::PREFIX)
        .is_some_and(|rest| rest.len() == 6 && rest.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// The same for the same path in every run; a set of paths themselves would grow with the tree.
fn hash(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}

/// Each file once, whatever number of names lead to it: the name that is no link, else the first.
fn once(paths: BTreeMap<PathBuf, Option<PathBuf>>) -> Vec<Target> {
    let targets = paths.into_iter().map(|(path, context)| Target { path, context });
    let (links, files): (Vec<_>, Vec<_>) = targets.partition(|target| target.path.is_symlink());
    let mut seen = BTreeSet::new();
    let mut kept: Vec<Target> = files
        .into_iter()
        .chain(links)
        .filter(|target| target.path.canonicalize().map_or(true, |path| seen.insert(path)))
        .collect();
    kept.sort();
    kept
}
