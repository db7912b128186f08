//! The package databases of an image: how many packages there are, and which package owns a file.

use super::tree::{Kind, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// Programs that are there to build, looked for on PATH.
pub(super) const BUILD_TOOLS: &[&str] = &[
    "apk",
    "apt-get",
    "ar",
    "as",
    "autoconf",
    "bundle",
    "cargo",
    "cc",
    "clang",
    "cmake",
    "composer",
    "cpp",
    "dnf",
    "dotnet",
    "g++",
    "gcc",
    "gem",
    "git",
    "go",
    "gradle",
    "javac",
    "ld",
    "make",
    "microdnf",
    "mvn",
    "ninja",
    "npm",
    "patch",
    "pip",
    "pkg-config",
    "pnpm",
    "poetry",
    "rustc",
    "uv",
    "yarn",
    "yum",
];

/// Packages per database but for rpm's, see [`has_rpm`].
pub(super) fn count(tree: &Tree) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let mut set = |name: &str, number: usize| {
        if number > 0 {
            counts.insert(name.to_owned(), number);
        }
    };
    let status = tree.text("/var/lib/dpkg/status").unwrap_or_default();
    let installed = status.lines().filter(|l| l.starts_with("Status:") && l.ends_with(" installed")).count();
    // Distroless images have one file for each package.
    let single = tree.texts_below("/var/lib/dpkg/status.d/").filter(|(p, _)| !p.ends_with(".md5sums")).count();
    set("dpkg", installed + single);
    set("apk", apk(tree).lines().filter(|l| l.starts_with("P:")).count());
    let mut python = BTreeSet::new();
    let mut node = 0;
    for (path, entry) in &tree.nodes {
        if path.ends_with(".dist-info") || path.ends_with(".egg-info") {
            python.insert(path);
        }
        node += usize::from(matches!(entry.kind, Kind::File { .. }) && is_node_package(path));
    }
    set("python", python.len());
    set("node", node);
    counts
}

/// The program that reads rpm's databases, and their name.
pub(super) const RPM: &str = "rpm";

/// True when the image has an rpm database, whose form only `rpm` knows.
pub(super) fn has_rpm(tree: &Tree) -> bool {
    ["/var/lib/rpm", "/usr/lib/sysimage/rpm"].iter().any(|p| tree.exists(p))
}

fn apk(tree: &Tree) -> String {
    ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"].iter().find_map(|p| tree.text(p)).unwrap_or_default()
}

/// `…/node_modules/NAME/package.json` or `…/node_modules/@SCOPE/NAME/package.json`.
fn is_node_package(path: &str) -> bool {
    let Some((before, "package.json")) = path.rsplit_once('/') else { return false };
    let parts: Vec<&str> = before.rsplit('/').collect();
    match parts.as_slice() {
        [name, "node_modules", ..] => !name.starts_with('@'),
        [_, scope, "node_modules", ..] => scope.starts_with('@'),
        _ => false,
    }
}

/// Where a listed path really stands, links in its directories followed, and where it leads to when it is a link itself.
fn places(tree: &Tree, path: &str) -> impl Iterator<Item = String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or_default();
    let itself = tree.real(folder).map(|f| format!("{}/{name}", f.trim_end_matches('/')));
    let target = tree.real(path).filter(|t| Some(t) != itself.as_ref());
    itself.into_iter().chain(target)
}

/// Which package owns which file.
#[derive(Clone, Debug, Default)]
pub(super) struct Owners {
    packages: BTreeMap<String, String>,
}

impl Owners {
    pub(super) fn read(tree: &Tree) -> Self {
        let mut packages = BTreeMap::new();
        for (list, text) in tree.texts_below("/var/lib/dpkg/info/") {
            let name = list.rsplit('/').next().unwrap_or_default().trim_end_matches(".list");
            let name = name.split(':').next().unwrap_or_default();
            for path in String::from_utf8_lossy(text).lines() {
                for real in places(tree, path) {
                    packages.entry(real).or_insert_with(|| name.to_owned());
                }
            }
        }
        let (mut package, mut folder) = (String::new(), String::new());
        for line in apk(tree).lines() {
            match line.split_once(':') {
                Some(("P", name)) => name.clone_into(&mut package),
                Some(("F", path)) => path.clone_into(&mut folder),
                Some(("R", name)) => {
                    for real in places(tree, &format!("/{folder}/{name}")) {
                        packages.entry(real).or_insert_with(|| package.clone());
                    }
                }
                _ => {}
            }
        }
        Owners { packages }
    }

    /// The files of a package, by their real paths.
    pub(super) fn files<'a>(&'a self, package: &'a str) -> impl Iterator<Item = &'a String> + 'a {
        self.packages.iter().filter(move |(_, owner)| *owner == package).map(|(path, _)| path)
    }

    /// The package that owns a path in real directories; it may itself be a link.
    pub(super) fn of_real(&self, path: &str) -> Option<&str> {
        self.packages.get(path).map(String::as_str)
    }

    /// The package that owns what `path` leads to in `tree`.
    pub(super) fn of(&self, tree: &Tree, path: &str) -> Option<String> {
        self.packages.get(&tree.real(path)?).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::build::{Entry::*, tree};
    use super::*;

    #[test]
    fn packages_of_every_database() {
        let t = tree(&[
            File(
                "var/lib/dpkg/status",
                b"Package: a\nStatus: install ok installed\n\nPackage: b\nStatus: deinstall ok config-files\n",
            ),
            File("var/lib/dpkg/status.d/base", b"Package: base\n"),
            File("var/lib/dpkg/status.d/base.md5sums", b"x"),
            File("lib/apk/db/installed", b"P:musl\nF:lib\nR:ld-musl-x86_64.so.1\n\nP:zlib\n"),
            Dir("usr/lib/python3/dist-packages/flask-1.dist-info", 0o755, 0),
            File("app/node_modules/a/package.json", b"{}"),
            File("app/node_modules/@s/b/package.json", b"{}"),
            File("app/node_modules/a/test/package.json", b"{}"),
            File("app/package.json", b"{}"),
        ]);
        let counts: Vec<_> = count(&t).into_iter().collect();
        let expected = [("apk", 2), ("dpkg", 2), ("node", 2), ("python", 1)];
        assert_eq!(counts, expected.map(|(n, c)| (n.to_owned(), c)));
        assert!(!has_rpm(&t));
        assert_eq!(Owners::read(&t).of(&t, "/lib/ld-musl-x86_64.so.1").as_deref(), Some("musl"));
    }

    #[test]
    fn a_merged_usr_has_one_owner_under_both_names() {
        let t = tree(&[
            Link("bin", "usr/bin"),
            File("usr/bin/bash", b"x"),
            File("var/lib/dpkg/info/bash.list", b"/bin/bash\n"),
        ]);
        let owners = Owners::read(&t);
        assert_eq!(owners.of(&t, "/usr/bin/bash").as_deref(), Some("bash"));
        assert_eq!(owners.of(&t, "/bin/bash").as_deref(), Some("bash"));
        assert_eq!(owners.of(&t, "/bin/zsh"), None);
    }

    #[test]
    fn an_rpm_database_is_seen() {
        assert!(has_rpm(&tree(&[Dir("var/lib/rpm", 0o755, 0), File("var/lib/rpm/rpmdb.sqlite", b"x")])));
    }
}
