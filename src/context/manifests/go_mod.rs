//! `go.mod`.

use super::super::{BuildContext, Unavailable, join};
use super::fields::unknown;

const FILE: &str = "go.mod";
/// Import paths, one on a line; `#` starts a comment.
const CGO_MODULES: &str = include_str!("../../../heuristics/data/cgo-modules.txt");

/// What a `go.mod` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoMod {
    /// The module path.
    pub module: String,
    /// The `go` line: the language version.
    pub go: Option<String>,
    /// The `toolchain` line.
    pub toolchain: Option<String>,
    /// The `require` lines, in order.
    pub requires: Vec<GoRequire>,
    /// Modules replaced by a directory: module path and directory as written.
    pub local_replaces: Vec<(String, String)>,
}

/// One required module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoRequire {
    /// The module path.
    pub module: String,
    /// Its version, as written.
    pub version: String,
    /// Marked `// indirect`.
    pub indirect: bool,
}

impl GoMod {
    /// Reads `go.mod` in `directory`.
    pub fn read(context: &dyn BuildContext, directory: &str) -> Result<GoMod, Unavailable> {
        GoMod::parse(&context.text(&join(directory, FILE))?)
    }

    /// Reads the text of a `go.mod`.
    pub fn parse(text: &str) -> Result<GoMod, Unavailable> {
        let mut file = GoMod::default();
        let mut block: Option<String> = None;
        for line in text.lines() {
            let (code, comment) = line.split_once("//").unwrap_or((line, ""));
            let words: Vec<&str> = code.split_whitespace().map(|word| word.trim_matches(['"', '`'])).collect();
            match (&block, words.as_slice()) {
                (_, []) => {}
                (Some(_), [")"]) => block = None,
                (Some(verb), words) => file.add(verb, words, comment),
                (None, [verb, "("]) => block = Some((*verb).to_owned()),
                (None, [verb, words @ ..]) => file.add(verb.trim_end_matches('('), words, comment),
            }
        }
        if file.module.is_empty() {
            return Err(unknown(FILE, "there is no `module` line"));
        }
        Ok(file)
    }

    fn add(&mut self, verb: &str, words: &[&str], comment: &str) {
        match (verb, words) {
            ("module", [path, ..]) => self.module = (*path).to_owned(),
            ("go", [version, ..]) => self.go = Some((*version).to_owned()),
            ("toolchain", [name, ..]) => self.toolchain = Some((*name).to_owned()),
            ("require", [module, version, ..]) => self.requires.push(GoRequire {
                module: (*module).to_owned(),
                version: (*version).to_owned(),
                indirect: comment.trim_start().starts_with("indirect"),
            }),
            ("replace", [module, .., "=>", target]) if target.starts_with(['.', '/']) => {
                self.local_replaces.push(((*module).to_owned(), (*target).to_owned()));
            }
            _ => {}
        }
    }
}

/// True when the module or package at `import_path` is known to need cgo. False is no proof of the contrary.
pub fn forces_cgo(import_path: &str) -> bool {
    let path = without_major_version(import_path);
    let listed = CGO_MODULES.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    listed
        .into_iter()
        .any(|entry| path.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// An import path without `/v2` elements and a `.v2` ending of one.
fn without_major_version(path: &str) -> String {
    let is_version =
        |text: &str| text.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let elements = path.split('/').filter(|element| !is_version(element));
    let bare = elements.map(|element| match element.rsplit_once('.') {
        Some((name, version)) if is_version(version) => name,
        _ => element,
    });
    bare.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_and_blocks() {
        let file = GoMod::parse(
            "module example.com/shop // the shop\n\ngo 1.24.0\ntoolchain go1.24.3\n\nrequire github.com/a/b v1.0.0\n\
             require (\n\t\"github.com/c/d\" v0.1.0\n\tgithub.com/e/f/v2 v2.3.4 // indirect\n)\n\n\
             replace github.com/c/d => ../d\nreplace (\n\tgithub.com/a/b v1.0.0 => github.com/x/b v1.0.1\n)\n",
        )
        .expect("valid");
        assert_eq!(file.module, "example.com/shop");
        assert_eq!((file.go.as_deref(), file.toolchain.as_deref()), (Some("1.24.0"), Some("go1.24.3")));
        let requires: Vec<_> = file.requires.iter().map(|r| (r.module.as_str(), r.indirect)).collect();
        assert_eq!(requires, [("github.com/a/b", false), ("github.com/c/d", false), ("github.com/e/f/v2", true)]);
        assert_eq!(file.local_replaces, [("github.com/c/d".to_owned(), "../d".to_owned())]);
        assert!(matches!(GoMod::parse("go 1.20\n"), Err(Unavailable::Unknown(_))));
    }

    #[test]
    fn cgo_modules() {
        for (path, expected) in [
            ("github.com/mattn/go-sqlite3", true),
            ("github.com/mattn/go-sqlite3x", false),
            ("github.com/confluentinc/confluent-kafka-go/v2/kafka", true),
            ("gopkg.in/goracle.v2", true),
            ("github.com/coreos/go-systemd/v22", false),
            ("github.com/coreos/go-systemd/v22/sdjournal", true),
            ("modernc.org/sqlite", false),
            ("", false),
        ] {
            assert_eq!(forces_cgo(path), expected, "{path}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_bare() {
        let entries: Vec<&str> = CGO_MODULES.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(entries.is_sorted());
        assert!(entries.iter().all(|entry| without_major_version(entry) == *entry && !entry.is_empty()));
    }
}
