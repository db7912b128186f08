//! Builds whose project lies in the root of the image.
//!
//! Where a tool may write anywhere in its project, a working directory tells the project from the system. In `/` nothing does:
//! what the tool may write is then taken to lie in the directories that the context brings there, and in those that something
//! asks for and nothing else makes.

use super::{At, Entry, Extent, Image, Origin};
use crate::context;
use crate::facts::heuristics::WriteKind;
use crate::paths;
use std::collections::BTreeSet;

/// The directory at the top of the image in which a path lies; nothing for those that every system has.
fn top(path: &str) -> Option<&str> {
    let end = path.get(1..)?.find('/').map_or(path.len(), |slash| slash + 1);
    let top = &path[..end];
    (top.len() > 1 && !paths::is_shared(top) && !paths::is_of_distribution(top)).then_some(top)
}

impl Image<'_> {
    /// Confines what tools may have written anywhere in the image to directories of the project that lies in `/`. `asked` are paths
    /// that run time asks for. The parts that are concerned are returned; without a project there, or one that cannot be listed,
    /// nothing changes.
    pub fn confine(&mut self, asked: &BTreeSet<String>) -> Vec<At> {
        let anywhere = |entry: &Entry| {
            let may = !entry.certain && entry.extent == Extent::Within && entry.gone.is_none();
            // What is unpacked has names of its own.
            let builds = matches!(entry.purpose, WriteKind::Artifact | WriteKind::Intermediate);
            may && builds && entry.path == "/" && entry.origin == Origin::Step && !entry.by.is_empty()
        };
        let Some(directories) = self.directories_of_project() else { return Vec::new() };
        let certain = |path: &str| self.entries.iter().any(|e| e.certain && e.gone.is_none() && self.holds(e, path));
        let mut made: BTreeSet<String> =
            asked.iter().filter(|path| !certain(path)).filter_map(|path| top(path)).map(str::to_owned).collect();
        made.retain(|path| !directories.contains(path));
        let mut concerned = Vec::new();
        for entry in std::mem::take(&mut self.entries) {
            if !anywhere(&entry) {
                self.entries.push(entry);
                continue;
            }
            concerned.push(entry.at);
            for path in &directories {
                self.entries.push(Entry { path: path.clone(), ..entry.clone() });
            }
            for path in &made {
                self.entries.push(Entry { path: path.clone(), extent: Extent::Tree, certain: true, ..entry.clone() });
            }
        }
        concerned
    }

    /// Directories at the top of the image that the context brings; nothing where it brings nothing there.
    fn directories_of_project(&self) -> Option<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        let mut brought = false;
        for entry in self.entries.iter().filter(|entry| entry.gone.is_none()) {
            let Origin::Context { source } = &entry.origin else { continue };
            let is_directory = |path: &str| self.context.entry(path) == context::Entry::Directory;
            if entry.path == "/" && entry.extent == Extent::Tree {
                let names = self.context.list(source).ok()?;
                brought = true;
                let directories = names.into_iter().filter(|name| is_directory(&context::join(source, name)));
                found.extend(directories.map(|name| paths::join("/", &name)));
            } else if paths::parent(&entry.path) == "/" {
                brought = true;
                if is_directory(source) {
                    found.insert(entry.path.clone());
                }
            }
        }
        found.retain(|path| top(path).is_some());
        brought.then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use crate::context::MemoryContext;
    use crate::image::Image;
    use crate::image::tests::{analysed, shown};

    #[test]
    fn a_build_in_the_root_writes_into_its_project() {
        let context = MemoryContext::new([("package.json", "{}"), ("src/a.ts", ""), ("etc/hosts", "")]);
        let confined = |steps: &str, asked: &[&str]| {
            analysed(&format!("FROM example.org/base\n{steps}\n"), &context, |analysis, dockerfile| {
                let mut image = Image::of(analysis, dockerfile, &context, None);
                let asked = asked.iter().map(|path| (*path).to_owned()).collect();
                let parts = image.confine(&asked).len();
                (parts, shown(&image))
            })
        };
        let of = |steps: &str, asked: &[&str]| confined(steps, asked).1;
        assert_eq!(
            of("COPY . .\nRUN npx tsc", &["/dist/a.js", "/etc/x", "/usr/bin/y", "/src/b.js"]),
            ["//… context:", "maybe /src/** step", "/dist/… step"].map(str::to_owned).to_vec()
        );
        // What is there for certain is nobody's guess, and what the system has is not the project's.
        let (parts, shown) = confined("COPY . .\nRUN npx tsc", &["/package.json", "/src/a.ts", "/root/x"]);
        assert_eq!((parts, shown.len()), (1, 2), "{shown:?}");
        // Without the project there, and for a command that nobody knows, nothing is told.
        assert_eq!(confined("COPY src/a.ts /srv/\nRUN npx tsc", &["/dist/a.js"]).0, 0);
        assert_eq!(confined("COPY . .\nRUN frobnicate", &["/dist/a.js"]).0, 0);
        assert_eq!(confined("COPY . .\nRUN tar xf package.tar", &["/dist/a.js"]).0, 0);
        assert_eq!(confined("WORKDIR /app\nCOPY . .\nRUN npx tsc", &["/dist/a.js"]).0, 0);
    }
}
