//! What a build sees of a tree of files: links resolved inside the tree, ignored files left out.

use super::ignore::Matched;
use super::{Entry, Ignore, Unavailable, clean, join};

/// Links followed on the way to one path before it counts as a loop.
const MAX_LINKS: usize = 40;
/// Entries looked at to tell whether an excluded directory holds anything that an exception takes back.
const MAX_SEARCH: usize = 20_000;

/// The bare tree below a context: no links in the directories of any path it is asked for, nothing ignored.
pub(super) trait Tree {
    /// What stands at `path`, a link not followed.
    fn node(&self, path: &str) -> Entry;
    /// The bytes of a regular file.
    fn bytes(&self, path: &str) -> Result<Vec<u8>, Unavailable>;
    /// The sorted names in a directory.
    fn names(&self, path: &str) -> Result<Vec<String>, Unavailable>;
}

/// A tree through an ignore file.
pub(super) struct View<'a> {
    pub(super) tree: &'a dyn Tree,
    pub(super) ignore: &'a Ignore,
}

impl View<'_> {
    pub(super) fn entry(&self, path: &str) -> Entry {
        match self.resolve(path, false) {
            Ok((_, entry)) => entry,
            Err(Unavailable::Absent) => Entry::Absent,
            Err(Unavailable::Unknown(_)) => Entry::Unknown,
        }
    }

    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        match self.resolve(path, true)? {
            (path, Entry::File { .. }) => self.tree.bytes(&path),
            _ => Err(Unavailable::Absent),
        }
    }

    pub(super) fn list(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        let (directory, Entry::Directory) = self.resolve(directory, true)? else {
            return Err(Unavailable::Absent);
        };
        let names = self.tree.names(&directory)?;
        if self.ignore.is_empty() {
            return Ok(names);
        }
        let matched = self.ignore.matched(&directory);
        let mut visible = Vec::with_capacity(names.len());
        for name in names {
            if self.is_visible(&join(&directory, &name), &matched)? {
                visible.push(name);
            }
        }
        Ok(visible)
    }

    /// Follows `path` through the tree: the path without links, and what stands there. The last component is followed only
    /// when `follow_last`, so that without it a link is an answer.
    fn resolve(&self, path: &str, follow_last: bool) -> Result<(String, Entry), Unavailable> {
        // Components still to go, the next one last. A link's `..` is lexical only after the link itself is resolved, so
        // they are taken one by one.
        let path = clean(path);
        let mut ahead: Vec<String> = components(&path);
        let mut here = String::new();
        let mut entry = Entry::Directory;
        let mut links = 0;
        while let Some(name) = ahead.pop() {
            match name.as_str() {
                "" | "." => continue,
                ".." => {
                    here.truncate(here.rfind('/').unwrap_or(0));
                    entry = Entry::Directory;
                    continue;
                }
                _ => {}
            }
            if entry != Entry::Directory {
                return Err(Unavailable::Absent);
            }
            let next = join(&here, &name);
            entry = self.tree.node(&next);
            match &entry {
                Entry::Absent => return Err(Unavailable::Absent),
                Entry::Unknown => return Err(Unavailable::Unknown(format!("`{next}` cannot be examined"))),
                Entry::Symlink(target) if follow_last || !ahead.is_empty() => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(Unavailable::Unknown(format!("too many symbolic links on the way to `{path}`")));
                    }
                    self.require_visible(&next)?;
                    if target.starts_with('/') {
                        here.clear();
                    }
                    ahead.extend(components(target));
                    entry = Entry::Directory;
                }
                _ => here = next,
            }
        }
        self.require_visible(&here)?;
        Ok((here, entry))
    }

    fn require_visible(&self, path: &str) -> Result<(), Unavailable> {
        if path.is_empty() || self.ignore.is_empty() {
            return Ok(());
        }
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        match self.is_visible(path, &self.ignore.matched(parent))? {
            true => Ok(()),
            false => Err(Unavailable::Absent),
        }
    }

    /// True when `path` is sent: it is not excluded, or it is a directory and something below it is not.
    fn is_visible(&self, path: &str, parent: &Matched) -> Result<bool, Unavailable> {
        let (excluded, matched) = self.ignore.below(parent, path);
        if !excluded {
            return Ok(true);
        }
        match self.ignore.may_restore_below(path) {
            true => self.holds_visible(path, matched),
            false => Ok(false),
        }
    }

    /// True when the excluded `directory` holds something that is not excluded.
    fn holds_visible(&self, directory: &str, matched: Matched) -> Result<bool, Unavailable> {
        let mut pending = vec![(directory.to_owned(), matched)];
        let mut looked_at = 0;
        let mut unknown = None;
        while let Some((path, matched)) = pending.pop() {
            let names = match self.tree.node(&path) {
                Entry::Directory => self.tree.names(&path),
                Entry::Unknown => Err(Unavailable::Unknown(format!("`{path}` cannot be examined"))),
                _ => continue,
            };
            let names = match names {
                Ok(names) => names,
                Err(error) => {
                    unknown = Some(error);
                    continue;
                }
            };
            for name in names {
                looked_at += 1;
                if looked_at > MAX_SEARCH {
                    return Err(Unavailable::Unknown(format!("`{directory}` holds too many files to search")));
                }
                let child = join(&path, &name);
                let (excluded, matched) = self.ignore.below(&matched, &child);
                if !excluded {
                    return Ok(true);
                }
                if self.ignore.may_restore_below(&child) {
                    pending.push((child, matched));
                }
            }
        }
        unknown.map_or(Ok(false), Err)
    }
}

fn components(path: &str) -> Vec<String> {
    path.rsplit('/').map(str::to_owned).collect()
}
