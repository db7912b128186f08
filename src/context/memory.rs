//! A build context in memory, for tests and for callers that have no folder.

use std::collections::{BTreeMap, BTreeSet};

use super::view::{Tree, View};
use super::{BuildContext, Entry, Ignore, IgnoreError, Unavailable, clean};

/// Files by path; the directories above them are there too, everything else is absent.
#[derive(Clone, Debug, Default)]
pub struct MemoryContext {
    nodes: BTreeMap<String, Node>,
    ignore: Ignore,
}

#[derive(Clone, Debug)]
enum Node {
    File { bytes: Vec<u8>, executable: bool },
    NameOnly,
    Directory,
    Symlink(String),
}

impl MemoryContext {
    /// A context of plain files: paths and contents.
    pub fn new<P: AsRef<str>, C: AsRef<[u8]>>(files: impl IntoIterator<Item = (P, C)>) -> MemoryContext {
        files
            .into_iter()
            .fold(MemoryContext::default(), |context, (path, content)| context.file(path.as_ref(), content))
    }

    /// Adds a file.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> MemoryContext {
        self.with(path, Node::File { bytes: content.as_ref().to_vec(), executable: false })
    }

    /// Adds a file with the execute bit set.
    pub fn executable(self, path: &str, content: impl AsRef<[u8]>) -> MemoryContext {
        self.with(path, Node::File { bytes: content.as_ref().to_vec(), executable: true })
    }

    /// Adds a file that is known by name only: its size reads as 0, its content is unknown.
    pub fn name(self, path: &str) -> MemoryContext {
        self.with(path, Node::NameOnly)
    }

    /// Adds a directory, which may stay empty.
    pub fn directory(self, path: &str) -> MemoryContext {
        self.with(path, Node::Directory)
    }

    /// Adds a symbolic link with its target as written.
    pub fn symlink(self, path: &str, target: &str) -> MemoryContext {
        self.with(path, Node::Symlink(target.to_owned()))
    }

    /// Puts an ignore file in force; one among the files is only a file.
    pub fn ignoring(mut self, text: &str) -> Result<MemoryContext, IgnoreError> {
        self.ignore = Ignore::parse(text)?;
        Ok(self)
    }

    /// As [`ignoring`](MemoryContext::ignoring), with patterns that have been read already.
    pub(super) fn with_ignore(self, ignore: Ignore) -> MemoryContext {
        MemoryContext { ignore, ..self }
    }

    fn with(mut self, path: &str, node: Node) -> MemoryContext {
        let path = clean(path);
        for (end, _) in path.match_indices('/') {
            self.nodes.entry(path[..end].to_owned()).or_insert(Node::Directory);
        }
        self.nodes.insert(path, node);
        self
    }

    fn view(&self) -> View<'_> {
        View { tree: self, ignore: &self.ignore }
    }

    fn whole(&self) -> View<'_> {
        static NOTHING: Ignore = Ignore::none();
        View { tree: self, ignore: &NOTHING }
    }
}

impl BuildContext for MemoryContext {
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

impl Tree for MemoryContext {
    fn node(&self, path: &str) -> Entry {
        match self.nodes.get(path) {
            Some(Node::File { bytes, executable }) => Entry::File { size: bytes.len() as u64, executable: *executable },
            Some(Node::NameOnly) => Entry::File { size: 0, executable: false },
            Some(Node::Directory) => Entry::Directory,
            Some(Node::Symlink(target)) => Entry::Symlink(target.clone()),
            None => Entry::Absent,
        }
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        match self.nodes.get(path) {
            Some(Node::File { bytes, .. }) => Ok(bytes.clone()),
            Some(Node::NameOnly) => Err(Unavailable::Unknown(format!("only the name of `{path}` is known"))),
            _ => Err(Unavailable::Absent),
        }
    }

    fn names(&self, path: &str) -> Result<Vec<String>, Unavailable> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let below = self.nodes.range(prefix.clone()..).map_while(|(name, _)| name.strip_prefix(prefix.as_str()));
        let names: BTreeSet<&str> = below.filter(|rest| !rest.is_empty() && !rest.contains('/')).collect();
        Ok(names.into_iter().map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_node() {
        let context = MemoryContext::new([("src/main.c", "int main;")])
            .executable("run", "#!/bin/sh")
            .directory("empty")
            .symlink("link", "src")
            .name("data/big.bin");
        assert_eq!(context.entry("src"), Entry::Directory);
        assert_eq!(context.entry("run"), Entry::File { size: 9, executable: true });
        assert_eq!(context.entry("link"), Entry::Symlink("src".to_owned()));
        assert_eq!(context.text("link/main.c"), Ok("int main;".to_owned()));
        assert_eq!(context.list("empty"), Ok(Vec::new()));
        assert_eq!(context.entry("data/big.bin"), Entry::File { size: 0, executable: false });
        assert!(matches!(context.read("data/big.bin"), Err(Unavailable::Unknown(_))));
        assert_eq!(context.entry("none"), Entry::Absent);
        let names = ["data", "empty", "link", "run", "src"].map(str::to_owned).to_vec();
        assert_eq!(context.list(""), Ok(names));
    }

    #[test]
    fn an_ignore_file_hides() {
        let context = MemoryContext::new([("a", ""), ("b", "")]).ignoring("b").expect("valid");
        assert_eq!(context.list(""), Ok(vec!["a".to_owned()]));
        assert_eq!(context.entry("b"), Entry::Absent);
        assert_eq!(context.read_unfiltered("b"), Ok(Vec::new()));
        assert!(MemoryContext::default().ignoring("[").is_err());
    }
}
