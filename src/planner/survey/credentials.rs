//! Files with credentials: what an entry is or brings, less what the container itself reads by name.

use super::{MANY, Survey};
use crate::context::{self, Entry as ContextEntry};
use crate::image::{Entry, Extent, Origin};
use crate::paths;
use crate::secrets::{is_private_key, is_secret_file, is_secret_name};
use crate::shell;

/// A file of the image that holds credentials, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credential {
    /// Its path in the image.
    pub(crate) path: String,
    /// Its text was read and shows them; otherwise the name is all that is known.
    pub(crate) seen: bool,
}

impl Survey<'_> {
    /// The files with credentials that an entry is or brings, whether or not a later step removes them.
    pub(crate) fn credentials_of(&self, entry: &Entry) -> Vec<Credential> {
        let found = match (&entry.origin, entry.extent) {
            (Origin::Context { source }, Extent::Tree) => self.credentials_below(source, &entry.path),
            (Origin::Context { source }, Extent::One) => self.credential(source, &entry.path).into_iter().collect(),
            (Origin::Text, Extent::One) => {
                let text = self.analysis.files.text(&entry.path, self.inputs.context);
                seen_in(&entry.path, text.as_deref())
            }
            (Origin::Plain | Origin::Step, Extent::One) if !entry.link && entry.sources.is_empty() => {
                seen_in(&entry.path, Some(&written_text(&entry.step)))
            }
            // What a tool is told by a command stands in its settings as it was given, the value of a variable in place of its name.
            (Origin::Step, Extent::Tree) if self.is_of_settings(entry) && names_secret(&entry.step) => {
                vec![Credential { path: entry.path.clone(), seen: true }]
            }
            _ => Vec::new(),
        };
        found.into_iter().filter(|credential| !self.is_read_by_name(&credential.path)).collect()
    }

    /// Names are asked before texts: of a tree of 100,000 files only those that could hold a credential are read.
    fn credentials_below(&self, source: &str, destination: &str) -> Vec<Credential> {
        let found = context::walk(self.inputs.context, source, MANY).unwrap_or_default();
        let files = found.iter().filter(|(_, entry)| *entry != ContextEntry::Directory);
        let named = files.filter(|(path, _)| is_secret_file(path, None));
        let landed = |path: &str| match paths::below(source, path).unwrap_or(path) {
            "" => destination.to_owned(),
            rest => paths::join(destination, rest),
        };
        named.filter_map(|(path, _)| self.credential(path, &landed(path))).collect()
    }

    fn credential(&self, source: &str, path: &str) -> Option<Credential> {
        match self.inputs.context.text(source) {
            Ok(text) => is_secret_file(path, Some(&text)).then(|| Credential { path: path.to_owned(), seen: true }),
            Err(_) => is_secret_file(path, None).then(|| Credential { path: path.to_owned(), seen: false }),
        }
    }

    /// True when a command that changes a tool's settings wrote the entry.
    fn is_of_settings(&self, entry: &Entry) -> bool {
        self.inputs.heuristics.command(&entry.by).is_some_and(|rule| rule.settings_of.is_some())
    }

    /// True for a credential that is a part of what the container does: a command or a variable that the file sets names it,
    /// the program is proven to open it, or its sources name the key.
    fn is_read_by_name(&self, path: &str) -> bool {
        let asked = self.demands.paths.iter().any(|demand| demand.path == path);
        let opened = self.opened.iter().flatten().any(|opened| opened == path);
        let named = || self.is_named_by_variable(path);
        asked || opened || named() || is_private_key(path) && self.sources_mention(path).unwrap_or(true)
    }
}

/// True when a step names a variable that looks like a secret, or an address with a password in it.
fn names_secret(step: &str) -> bool {
    let mut addresses = step.split("://").skip(1).filter_map(|rest| {
        let host = rest.split(['/', '"', '\'', ' ']).next()?;
        host.rsplit_once('@')?.0.split_once(':')
    });
    addresses.any(|(_, password)| !password.is_empty())
        || shell::variables(step).iter().any(|name| is_secret_name(name))
}

fn seen_in(path: &str, text: Option<&str>) -> Vec<Credential> {
    let seen = is_secret_file(path, text);
    if seen { vec![Credential { path: path.to_owned(), seen: true }] } else { Vec::new() }
}

/// What `echo` or `printf` writes: the quoted parts of a step, in which the shell has put the values of variables.
fn written_text(step: &str) -> String {
    let expanded = step.replace("${", "$").replace('$', "value-of-");
    let quoted = expanded.split(['"', '\'']).skip(1).step_by(2).collect::<Vec<_>>().join("\n");
    let words = expanded.split_once(' ').map_or("", |(_, rest)| rest);
    format!("{quoted}\n{words}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_step_writes_is_read_as_the_file_would_be() {
        for (step, secret) in [
            ("echo \"//npm.example/:_authToken=${NPM_TOKEN}\" > .npmrc", true),
            ("echo '//npm.example/:_authToken=abcdef' >> .npmrc", true),
            ("echo //npm.example/:_authToken=$TOKEN > .npmrc", true),
            ("echo 'engine-strict=true' > .npmrc", false),
        ] {
            assert_eq!(!seen_in("/app/.npmrc", Some(&written_text(step))).is_empty(), secret, "{step}");
        }
    }
}
