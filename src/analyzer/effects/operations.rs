//! The paths of a plain file operation: what it creates, changes, removes and reads, and the words that say so.

use super::command::{Call, Paths};
use super::shell::ShellState;
use super::{Chown, FileOperation, Reader};
use crate::facts::heuristics::{Reach, Write};
use crate::paths;

impl Reader<'_> {
    pub(super) fn operation(&self, call: Call<'_>, paths: Paths, state: &ShellState) -> FileOperation {
        let Call { rule, argv, ranges, .. } = call;
        let cwd = state.cwd.as_deref().unwrap_or("/");
        let positionals = self.heuristics.positionals(rule, argv);
        let paths_of = |list: Vec<Write>| list.into_iter().filter_map(|w| w.path).collect::<Vec<_>>();
        let writes = self.landing_places(paths.writes);
        let targets = positionals
            .iter()
            .filter_map(|&i| {
                let path = paths::join(cwd, &argv[i].text);
                let range = ranges.get(i).filter(|r| !r.is_empty())?;
                (argv[i].exact && writes.contains(&path)).then(|| (path, range.clone()))
            })
            .collect();
        let name = paths::name(&argv[0].text);
        let chown = (name == "chown").then(|| Chown {
            owner: positionals.first().map(|&i| owner_of(&argv[i].text)).unwrap_or_default(),
            recursive: self.heuristics.has_option(argv, &["-R", "--recursive"]),
        });
        FileOperation {
            writes,
            removes: paths_of(paths.removes),
            reads: paths_of(paths.reads),
            metadata_only: rule.metadata,
            is_touch: name == "touch",
            is_link: name == "ln",
            by_tool: false,
            chown,
            targets,
        }
    }

    /// The paths behind targets that may be directories: `cp a /usr/local/bin` writes `/usr/local/bin/a`.
    fn landing_places(&self, writes: Vec<Write>) -> Vec<String> {
        let mut places = Vec::new();
        for write in writes {
            let Some(path) = write.path else { continue };
            let directory = write.form == Reach::Into
                || paths::is_shared(&path)
                || write.names.len() > 1
                || self.files.is_directory(&path, self.context);
            match directory && !write.names.is_empty() && !write.names.iter().any(|n| n == "." || n.contains('*')) {
                true => places.extend(write.names.iter().map(|name| paths::join(&path, name))),
                false => places.push(path),
            }
        }
        places
    }
}

/// An owner as COPY takes it: chown's old form has a dot before the group, and an empty group is the user's own.
fn owner_of(written: &str) -> String {
    let owner = if written.contains(':') { written.to_owned() } else { written.replacen('.', ":", 1) };
    owner.trim_end_matches(':').to_owned()
}
