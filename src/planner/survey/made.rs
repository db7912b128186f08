//! Programs that the build makes, and the commands that they are.

use super::Survey;
use crate::analyzer::demands::Program;
use crate::context::Entry as ContextEntry;
use crate::facts::heuristics::WriteKind;
use crate::facts::packages::commands_of_package;
use crate::image::{Entry, Extent, Origin};
use crate::paths;
use std::collections::BTreeSet;

impl Survey<'_> {
    /// Paths that run time asks for: where a build works in `/`, what it makes is told by them.
    pub(crate) fn asked_in_root(&self) -> BTreeSet<String> {
        let programs = self.demands.programs.iter().filter_map(|program| match program {
            Program::File { path } | Program::Script { path } => Some(path),
            Program::Interpreted { file, .. } => file.as_ref(),
            _ => None,
        });
        programs.chain(self.demands.paths.iter().map(|demand| &demand.path)).cloned().collect()
    }

    /// A directory that holds the program which the container starts is there: else the original would not start either.
    pub(super) fn assure_programs(&mut self) {
        let files = self.demands.programs.iter().filter_map(|program| match program {
            Program::File { path } | Program::Script { path } => Some(path),
            Program::Interpreted { file, .. } => file.as_ref(),
            _ => None,
        });
        let made: Vec<&String> = files.filter(|path| !self.is_from_context(path)).collect();
        self.image.assure(|entry| {
            let holds = |path: &&String| paths::below(&entry.path, path).is_some_and(|rest| !rest.is_empty());
            entry.extent == Extent::Tree && entry.origin == Origin::Step && made.iter().any(holds)
        });
    }

    /// True when `path` is a program that a build step made and that is still there at the end.
    pub(crate) fn is_program(&self, path: &str) -> bool {
        self.made_program(path).is_some()
    }

    /// True when `path` is a program that a build step made and that runs by itself.
    pub(super) fn is_native(&self, path: &str) -> bool {
        self.made_program(path).is_some_and(|entry| !self.is_hosted(entry))
    }

    /// True when a build tool of a language made the entry whose programs load other files beside their own.
    pub(crate) fn is_hosted(&self, entry: &Entry) -> bool {
        let language = entry.by.split('/').next().and_then(|id| self.inputs.heuristics.ecosystem(id));
        language.is_some_and(|language| language.detect.hosted)
    }

    /// What brings a program that a build step made.
    pub(super) fn made_program(&self, path: &str) -> Option<&Entry> {
        let in_context = || matches!(self.image.context_has(path), Some(ContextEntry::File { .. }));
        let mut made = self.image.entries().filter(|(_, e)| e.is_built() && self.image.holds(e, path));
        let found = made.find(|(_, e)| match (e.purpose, e.extent) {
            (WriteKind::Artifact, Extent::One | Extent::Tree) => true,
            (WriteKind::Intermediate, Extent::Tree) => true,
            (WriteKind::Artifact | WriteKind::Intermediate, _) => !in_context(),
            _ => false,
        });
        let found = found.map(|(_, entry)| entry);
        found.or_else(|| {
            // A link runs what it leads to.
            let target = self.leads_to(path).into_iter().next()?;
            if target == path { None } else { self.made_behind(&target, 3) }
        })
    }

    fn made_behind(&self, path: &str, depth: usize) -> Option<&Entry> {
        let made = |e: &Entry| matches!(e.purpose, WriteKind::Artifact | WriteKind::Intermediate) && !e.link;
        let direct = self.image.entries().find(|(_, e)| e.is_built() && made(e) && self.image.holds(e, path));
        match direct {
            Some((_, entry)) => Some(entry),
            None if depth > 0 => self.made_behind(self.leads_to(path).first()?, depth - 1),
            None => None,
        }
    }

    /// The absolute path of a command that the build put on PATH. What is certain to be there comes before what may be.
    pub(crate) fn built_command(&self, name: &str) -> Option<String> {
        let search = self.analysis.end.scope.get("PATH")?;
        let candidates: Vec<String> = search.split(':').map(|directory| paths::join(directory, name)).collect();
        let certain = |path: &&String| {
            let exact = |e: &Entry| e.is_built() && e.certain && e.path == **path;
            self.image.entries().any(|(_, e)| exact(e)) && self.is_program(path)
        };
        if let Some(found) = candidates.iter().find(certain) {
            return Some(found.clone());
        }
        // A directory that receives programs says nothing of a command that the base image or a package has.
        if self.before.commands.contains(name) || self.is_installed(name) || self.is_provided_plainly(&candidates) {
            return None;
        }
        let built: Vec<&String> = candidates.iter().filter(|path| self.is_program(path)).collect();
        // Of several directories that receive programs, one may be known to get this one, others not to.
        let known = |path: &&&String| self.receives(path, name);
        if let Some(found) = built.iter().find(|path| known(path) == Some(true)) {
            return Some((*found).clone());
        }
        let built: Vec<&String> = built.iter().filter(|path| known(path) != Some(false)).copied().collect();
        // What `make install` puts somewhere below its prefix is most likely in `bin` right there.
        let usual = |path: &&&String| {
            self.image.entries().any(|(_, e)| {
                e.extent == Extent::Within
                    && e.purpose == WriteKind::Artifact
                    && paths::join(&e.path, &format!("bin/{name}")) == ***path
            })
        };
        built.iter().find(usual).or(built.first()).map(|path| (*path).clone())
    }

    /// True when the context, a link or another image brings one of these paths.
    fn is_provided_plainly(&self, candidates: &[String]) -> bool {
        let plain = |e: &Entry| !e.is_built() && e.extent == Extent::One;
        candidates.iter().any(|path| {
            self.is_from_context(path)
                || self.is_from_image(path)
                || self.image.entries().any(|(_, e)| plain(e) && e.path == *path && !e.link)
        })
    }

    /// True when a package of the file brings a command.
    pub(crate) fn is_installed(&self, name: &str) -> bool {
        let distribution = self.distribution();
        self.image.packages().iter().filter(|p| p.removed.is_none()).any(|package| {
            let commands = commands_of_package(&distribution, &package.name);
            package.name == name || commands.contains(&name)
        })
    }

    /// What a link leads to; nothing for other paths.
    pub(crate) fn leads_to(&self, path: &str) -> Vec<String> {
        let links = self.image.entries().filter(|(_, e)| e.link && e.path == path);
        links.flat_map(|(_, e)| e.sources.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::context::MemoryContext;

    #[test]
    fn a_named_tool_is_where_its_step_puts_it() {
        let file = "FROM golang:1.22\nCOPY . /tmp/lib\nRUN cd /tmp/lib && ./configure && make && make install\n\
                    RUN go install example.org/acme/consumer@latest\nCMD [\"consumer\"]\n";
        let context = MemoryContext::new([("configure", "#!/bin/sh\n"), ("Makefile.in", "install:\n")]);
        let conversion = crate::convert(&crate::Request::new(file.as_bytes(), &context)).expect("a Dockerfile");
        let text = String::from_utf8(conversion.output.expect("it converts")).expect("text");
        assert!(text.contains("COPY --from=builder /go/bin/consumer /go/bin/consumer\n"), "{text}");
        assert!(!text.contains("/usr/local/bin/consumer"), "{text}");
    }
}
