//! A command that nothing describes: a script of the context, a tool of the project, or one that may write anywhere.

use super::shell::ShellState;
use super::{Effects, Evidence, PathWrite, Place, Reader, Unknown};
use crate::facts::heuristics::{Arg, WriteKind};
use crate::paths;

impl Reader<'_> {
    /// The command is described by nothing: perhaps it is a script of the context or a tool of the project.
    pub(super) fn undescribed(
        &self,
        argv: &[Arg],
        shown: &str,
        state: &mut ShellState,
        at: Place,
        effects: &mut Effects,
    ) {
        if argv[0].text.contains('/')
            && !at.is_deep()
            && let Some(inner) = self.script(&argv[0], &argv[1..], state, at)
        {
            effects.merge(inner);
            return;
        }
        effects.evidence.push(Evidence {
            heuristic: None,
            command: shown.to_owned(),
            because: "no heuristic describes this command".to_owned(),
        });
        self.fallback(shown, state, at.unknown, effects);
        if at.unknown != Unknown::Opaque {
            return;
        }
        self.named_places(argv, effects);
        self.shared_files(argv, state, effects);
        if self.heuristics.match_runtime(argv).is_some_and(|rule| rule.language.is_some()) {
            // What a library downloads (models, browsers) lies in the home directory.
            effects.writes.push(PathWrite::perhaps_within(self.files.home.clone(), WriteKind::Unknown, String::new()));
        }
    }

    /// What an unknown command is told by an absolute path that the context does not bring, it may write there.
    fn named_places(&self, argv: &[Arg], effects: &mut Effects) {
        for word in argv.iter().skip(1).filter(|word| word.exact) {
            let path = word.text.split_once('=').map_or(word.text.as_str(), |(_, value)| value);
            let pseudo = ["/dev", "/proc", "/sys"].iter().any(|root| paths::is_within(root, path));
            let told = path.starts_with('/') && path.len() > 1 && !pseudo && !path.contains(char::is_whitespace);
            if told && !paths::is_shared(path) && self.files.entry(path, self.context).is_none() {
                effects.writes.push(PathWrite::perhaps_within(
                    paths::join("/", path),
                    WriteKind::Unknown,
                    String::new(),
                ));
            }
        }
    }

    /// Writes of a command that is not described: below the working directory, or anywhere.
    pub(super) fn fallback(&self, shown: &str, state: &ShellState, unknown: Unknown, effects: &mut Effects) {
        effects.builds = true;
        match &state.cwd {
            Some(cwd) if !paths::is_shared(cwd) => {
                effects.writes.push(PathWrite::perhaps_within(cwd.clone(), WriteKind::Unknown, String::new()));
                if unknown == Unknown::Opaque {
                    effects.unknown.push(shown.to_owned());
                }
            }
            _ => effects.opaque.push(format!("nothing is known about `{shown}`")),
        }
    }
}
