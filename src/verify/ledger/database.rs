//! The packages that an image's database says are installed: what each needs, who asked for it, which files it owns.

use super::super::packages::Owners;
use super::super::tree::{Kind, Tree};
use crate::facts::images::Release;
use crate::facts::releases;
use std::collections::{BTreeMap, BTreeSet};

/// One installed package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Package {
    /// What it depends on; of each the names that would do.
    pub(super) needs: Vec<Vec<String>>,
    /// What is installed with it unless somebody says no.
    pub(super) wishes: Vec<Vec<String>>,
    /// Other names that it stands for.
    provides: Vec<String>,
    /// Another package brought it in, as far as the package manager's own notes tell.
    pub(super) automatic: Option<bool>,
}

/// The databases of one image.
#[derive(Clone, Debug, Default)]
pub(super) struct Database {
    pub(super) packages: BTreeMap<String, Package>,
    pub(super) owners: Owners,
}

impl Database {
    pub(super) fn read(tree: &Tree) -> Database {
        let mut packages = BTreeMap::new();
        dpkg(&tree.text("/var/lib/dpkg/status").unwrap_or_default(), &mut packages);
        for (_, text) in tree.texts_below("/var/lib/dpkg/status.d/").filter(|(p, _)| !p.ends_with(".md5sums")) {
            // Distroless images write one file for each package, without a status.
            dpkg(&format!("Status: ok installed\n{}", String::from_utf8_lossy(text)), &mut packages);
        }
        let installed = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"];
        apk(&installed.iter().find_map(|p| tree.text(p)).unwrap_or_default(), &mut packages);
        if let Some(notes) = tree.text("/var/lib/apt/extended_states") {
            automatic(&notes, &mut packages);
        }
        if let Some(world) = tree.text("/etc/apk/world") {
            let named: BTreeSet<String> = world.split_whitespace().map(bare).collect();
            for (name, package) in &mut packages {
                package.automatic = Some(!named.contains(name));
            }
        }
        Database { packages, owners: Owners::read(tree) }
    }

    /// Installed packages that meet one of some names.
    pub(super) fn meeting<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = &'a String> + 'a {
        let meets = |name: &String, package: &Package| {
            names.iter().any(|wanted| wanted == name || package.provides.contains(wanted))
        };
        self.packages.iter().filter(move |(name, package)| meets(name, package)).map(|(name, _)| name)
    }

    /// True when some other package depends on, or wishes for, a package.
    pub(super) fn is_wanted(&self, name: &str) -> bool {
        self.packages.iter().filter(|(other, _)| *other != name).any(|(_, package)| {
            let mut groups = package.needs.iter().chain(&package.wishes);
            groups.any(|group| self.meeting(group).any(|found| found == name))
        })
    }
}

/// A name without version, architecture, and what else follows.
fn bare(word: &str) -> String {
    let word = word.trim().trim_start_matches('!');
    let plain = word.split([' ', '(', '=', '<', '>', '~', '@', '[']).next().unwrap_or_default();
    let kind = plain.split_once(':').filter(|(before, _)| ["so", "cmd", "pc", "py3"].contains(before));
    if kind.is_some() { plain.to_owned() } else { plain.split(':').next().unwrap_or_default().to_owned() }
}

/// A list of dependencies as dpkg has it: `a (>= 1), b | c`.
fn groups(list: &str) -> Vec<Vec<String>> {
    let group = |part: &str| part.split('|').map(bare).filter(|n| !n.is_empty()).collect::<Vec<_>>();
    list.split(',').map(group).filter(|g| !g.is_empty()).collect()
}

fn dpkg(status: &str, packages: &mut BTreeMap<String, Package>) {
    for paragraph in status.split("\n\n") {
        let field = |name: &str| {
            paragraph.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':').map(str::trim)).unwrap_or_default()
        };
        let name = field("Package");
        if name.is_empty() || !field("Status").ends_with(" installed") {
            continue;
        }
        let needs = [field("Pre-Depends"), field("Depends")].iter().flat_map(|list| groups(list)).collect();
        let provides = groups(field("Provides")).into_iter().flatten().collect();
        let package = Package { needs, wishes: groups(field("Recommends")), provides, automatic: None };
        packages.insert(name.to_owned(), package);
    }
}

fn apk(installed: &str, packages: &mut BTreeMap<String, Package>) {
    for paragraph in installed.split("\n\n") {
        let field = |name: &str| paragraph.lines().find_map(|l| l.strip_prefix(name)).unwrap_or_default();
        let name = field("P:");
        if name.is_empty() {
            continue;
        }
        let words = |list: &str| list.split_whitespace().filter(|w| !w.starts_with('!')).map(bare).collect::<Vec<_>>();
        let needs = words(field("D:")).into_iter().map(|word| vec![word]).collect();
        let package = Package { needs, provides: words(field("p:")), ..Package::default() };
        packages.insert(name.to_owned(), package);
    }
}

/// Apt's notes: a package that they do not mark was asked for by name.
fn automatic(notes: &str, packages: &mut BTreeMap<String, Package>) {
    let mut marked = BTreeSet::new();
    for paragraph in notes.split("\n\n").filter(|p| p.contains("Auto-Installed: 1")) {
        marked.extend(paragraph.lines().find_map(|l| l.strip_prefix("Package:")).map(|name| name.trim().to_owned()));
    }
    for (name, package) in packages {
        package.automatic = Some(marked.contains(name));
    }
}

/// The commands that a package brings.
pub(super) fn commands<'a>(tree: &'a Tree, owners: &'a Owners, package: &'a str) -> impl Iterator<Item = &'a str> + 'a {
    let command = |path: &'a String| {
        let (folder, name) = path.rsplit_once('/')?;
        (folder.ends_with("/bin") || folder.ends_with("/sbin")).then_some(name)
    };
    owners
        .files(package)
        .filter(|path| tree.nodes.get(*path).is_some_and(|n| n.kind != Kind::Directory))
        .filter_map(command)
}

/// The distribution's release, as the image itself says.
pub(super) fn release(tree: &Tree) -> Option<Release> {
    let text = ["/etc/os-release", "/usr/lib/os-release"].iter().find_map(|p| tree.text(p))?;
    let field = |name: &str| {
        let value = text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix('='))?;
        Some(value.trim().trim_matches('"').to_owned())
    };
    let distribution = field("ID")?;
    let number = field("VERSION_ID").unwrap_or_default();
    let name = field("VERSION_CODENAME").unwrap_or_default();
    let short: Vec<&str> = number.splitn(3, '.').take(2).collect();
    let found = [name.as_str(), number.as_str(), &short.join(".")]
        .into_iter()
        .filter(|n| !n.is_empty())
        .find_map(|n| releases::find(&distribution, n));
    Some(found.map_or_else(|| Release { distribution, release: short.join(".") }, releases::KnownRelease::to_release))
}

#[cfg(test)]
mod tests {
    use super::super::super::tree::build::{Entry::*, tree};
    use super::*;

    #[test]
    fn debian_and_its_notes() {
        let t = tree(&[
            File(
                "var/lib/dpkg/status",
                b"Package: gcc\nStatus: install ok installed\nDepends: cpp (>= 1), gcc-12 | gcc-11:any\nRecommends: libc-dev\n\n\
                  Package: gcc-12\nStatus: install ok installed\n\nPackage: libc6-dev\nStatus: install ok installed\nProvides: libc-dev (= 2)\n\n\
                  Package: old\nStatus: deinstall ok config-files\n",
            ),
            File("var/lib/apt/extended_states", b"Package: gcc-12\nArchitecture: amd64\nAuto-Installed: 1\n"),
            File("etc/os-release", b"ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n"),
            File("var/lib/dpkg/info/gcc.list", b"/usr/bin/gcc\n/usr/share/doc/gcc\n"),
            File("usr/bin/gcc", b"x"),
        ]);
        let database = Database::read(&t);
        assert_eq!(database.packages.keys().collect::<Vec<_>>(), ["gcc", "gcc-12", "libc6-dev"]);
        assert_eq!(
            database.packages["gcc"].needs,
            [vec!["cpp".to_owned()], vec!["gcc-12".to_owned(), "gcc-11".to_owned()]]
        );
        assert_eq!(database.packages["gcc"].automatic, Some(false));
        assert_eq!(database.packages["gcc-12"].automatic, Some(true));
        assert!(database.is_wanted("gcc-12") && database.is_wanted("libc6-dev") && !database.is_wanted("gcc"));
        assert_eq!(commands(&t, &database.owners, "gcc").collect::<Vec<_>>(), ["gcc"]);
        let release = release(&t).unwrap();
        assert_eq!((release.distribution.as_str(), release.release.as_str()), ("debian", "bookworm"));
    }

    #[test]
    fn alpine_and_its_world() {
        let t = tree(&[
            File(
                "lib/apk/db/installed",
                b"P:gcc\nD:so:libmpc.so.3 binutils>=1 !old\n\nP:mpc1\np:so:libmpc.so.3=3.2\n\nP:binutils\n",
            ),
            File("etc/apk/world", b"gcc~=12\n"),
            File("etc/os-release", b"ID=alpine\nVERSION_ID=3.20.3\n"),
        ]);
        let database = Database::read(&t);
        assert_eq!(database.packages["gcc"].needs, [vec!["so:libmpc.so.3".to_owned()], vec!["binutils".to_owned()]]);
        assert_eq!(database.packages["gcc"].automatic, Some(false));
        assert!(database.is_wanted("mpc1") && database.packages["mpc1"].automatic == Some(true));
        assert_eq!(release(&t).unwrap().release, "3.20");
    }
}
