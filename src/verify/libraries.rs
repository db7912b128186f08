//! Can every program of an image be loaded? Interpreters, needed libraries and symbol versions are looked up as the
//! loader does, in the exported file system.
//!
//! glibc searches RPATH (when there is no RUNPATH), LD_LIBRARY_PATH, RUNPATH, `ld.so.cache`, then the default
//! directories; `ld.so.conf` counts only as far as `ldconfig` has put it into the cache. musl searches LD_LIBRARY_PATH,
//! RPATH or RUNPATH, then the directories of `/etc/ld-musl-ARCH.path` or its default.

use super::elf::Elf;
use super::packages::Owners;
use super::report::Cause;
use super::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};

const MULTIARCH: &[&str] = &[
    "x86_64-linux-gnu",
    "aarch64-linux-gnu",
    "arm-linux-gnueabihf",
    "i386-linux-gnu",
    "powerpc64le-linux-gnu",
    "s390x-linux-gnu",
    "riscv64-linux-gnu",
];

/// Something that a file needs and that is not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    Loader(String),
    Library(String),
    Version { library: String, version: String },
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Need::Loader(path) => write!(f, "loader {path}"),
            Need::Library(name) => f.write_str(name),
            Need::Version { library, version } => write!(f, "{library} with {version}"),
        }
    }
}

/// The loaders' view of one image.
pub(super) struct Loader<'a> {
    tree: &'a Tree,
    environment: Vec<String>,
    cached: BTreeMap<String, Vec<String>>,
    glibc: Vec<String>,
    musl: Vec<String>,
    sonames: BTreeMap<&'a str, &'a str>,
}

impl<'a> Loader<'a> {
    /// `ld_library_path` is the image's variable.
    pub(super) fn new(tree: &'a Tree, ld_library_path: &str) -> Self {
        let mut cached: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for chunk in tree.bytes("/etc/ld.so.cache").unwrap_or_default().split(|b| *b == 0) {
            let Some(start) = chunk.iter().position(|b| *b == b'/') else { continue };
            let path = String::from_utf8_lossy(&chunk[start..]).into_owned();
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            cached.entry(name).or_default().push(path);
        }
        let mut glibc: Vec<String> =
            MULTIARCH.iter().flat_map(|m| [format!("/lib/{m}"), format!("/usr/lib/{m}")]).collect();
        glibc.extend(["/lib64", "/usr/lib64", "/lib", "/usr/lib"].map(str::to_owned));
        let listed: Vec<String> = tree
            .texts_below("/etc/ld-musl-")
            .flat_map(|(_, text)| {
                let text = String::from_utf8_lossy(text).into_owned();
                text.split([':', '\n']).map(|d| d.trim().to_owned()).collect::<Vec<_>>()
            })
            .filter(|d| !d.is_empty())
            .collect();
        let default = || ["/lib", "/usr/local/lib", "/usr/lib"].map(str::to_owned).to_vec();
        let mut sonames = BTreeMap::new();
        for (path, elf) in &tree.elf {
            let name = elf.soname.as_deref().or_else(|| path.rsplit('/').next()).unwrap_or_default();
            sonames.entry(name).or_insert(path.as_str());
        }
        Loader {
            tree,
            environment: ld_library_path.split(':').filter(|d| !d.is_empty()).map(str::to_owned).collect(),
            cached,
            glibc,
            musl: if listed.is_empty() { default() } else { listed },
            sonames,
        }
    }

    /// Everything that some file needs and does not find: (file, need).
    pub(super) fn missing(&self) -> BTreeSet<(String, Need)> {
        let mut missing = BTreeSet::new();
        for (path, elf) in &self.tree.elf {
            if let Some(interpreter) = elf.interpreter.as_ref().filter(|i| !self.tree.exists(i)) {
                missing.insert((path.clone(), Need::Loader(interpreter.clone())));
            }
            for name in &elf.needed {
                if self.find(name, path, elf).is_none() {
                    missing.insert((path.clone(), Need::Library(name.clone())));
                }
            }
            for (library, version) in &elf.versions_needed {
                let Some(found) = self.find(library, path, elf).and_then(|p| self.tree.elf.get(&p)) else { continue };
                if !found.versions.is_empty() && !found.versions.contains(version) {
                    let need = Need::Version { library: library.clone(), version: version.clone() };
                    missing.insert((path.clone(), need));
                }
            }
        }
        missing
    }

    /// The file that the loader takes for a library that `path` needs.
    pub(super) fn find(&self, name: &str, path: &str, elf: &Elf) -> Option<String> {
        let fits = |at: &str| {
            let real = self.tree.real(at)?;
            let found = self.tree.elf.get(&real)?;
            (found.kind == elf.kind).then_some(real)
        };
        if name.contains('/') {
            return fits(name);
        }
        let real = self.tree.real(path).unwrap_or_else(|| path.to_owned());
        let origin = real.rsplit_once('/').map_or("", |(d, _)| d);
        let expand = |dirs: &[String]| -> Vec<String> {
            dirs.iter().map(|d| d.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)).collect()
        };
        let (rpath, runpath) = (expand(&elf.rpath), expand(&elf.runpath));
        let musl = elf.interpreter.as_ref().is_some_and(|i| i.contains("ld-musl"));
        let glibc = elf.interpreter.as_ref().is_some_and(|i| !i.contains("ld-musl"));
        let mut dirs = Vec::new();
        if runpath.is_empty() {
            dirs.extend(rpath);
        }
        dirs.extend(self.environment.iter().cloned());
        dirs.extend(runpath);
        let in_dirs = |dirs: &[String]| dirs.iter().find_map(|d| fits(&format!("{}/{name}", d.trim_end_matches('/'))));
        let from_cache = || if musl { None } else { self.cached.get(name)?.iter().find_map(|p| fits(p)) };
        in_dirs(&dirs)
            .or_else(from_cache)
            .or_else(|| if musl { None } else { in_dirs(&self.glibc) })
            .or_else(|| if glibc { None } else { in_dirs(&self.musl) })
            .or_else(|| self.beside(name, origin, elf).and_then(|p| fits(&p)))
    }

    /// A library has no loader of its own: what it needs may be found along the paths of the program that loads it, or
    /// be loaded already. So a library that lies beside it, or anywhere outside the system's directories, counts.
    fn beside(&self, name: &str, origin: &str, elf: &Elf) -> Option<String> {
        if elf.interpreter.is_some() {
            return None;
        }
        let here = format!("{origin}/{name}");
        if self.tree.exists(&here) {
            return Some(here);
        }
        let system = |p: &str| p.starts_with("/usr/lib/") || p.starts_with("/lib/");
        let loader = ["ld-linux", "ld-musl", "libc.musl"].iter().any(|l| name.starts_with(l));
        if loader {
            return self
                .tree
                .elf
                .keys()
                .find(|p| p.rsplit('/').next().is_some_and(|n| n.starts_with(&name[..7])))
                .cloned();
        }
        self.sonames.get(name).filter(|p| !system(p)).map(|p| (*p).to_owned())
    }

    /// The C library's loader that is there: its path.
    pub(super) fn libc(&self) -> Option<String> {
        let loader = |p: &&String| {
            let name = p.rsplit('/').next().unwrap_or_default();
            name.starts_with("ld-linux") || name.starts_with("ld-musl") || name.starts_with("ld64.so")
        };
        self.tree.nodes.keys().find(loader).cloned()
    }
}

/// Why `need` of `file` is not met in the conversion; `original` knows where it came from.
pub(super) fn cause(file: &str, need: &Need, original: &Loader, owners: &Owners, converted: &Loader) -> Cause {
    let has = converted.libc();
    let is_musl = |path: &str| path.contains("ld-musl");
    match need {
        Need::Loader(interpreter) => {
            let name = interpreter.rsplit('/').next().unwrap_or_default();
            if name.starts_with("ld") {
                return Cause::LibcMismatch { file: file.to_owned(), needs: interpreter.clone(), has };
            }
            let package = owners.of(original.tree, interpreter);
            Cause::MissingInterpreter { interpreter: interpreter.clone(), file: file.to_owned(), package }
        }
        Need::Library(name) => {
            let other_libc = match name.as_str() {
                "libc.so.6" => has.as_deref().is_none_or(is_musl),
                n if n.starts_with("libc.musl") => has.as_deref().is_none_or(|h| !is_musl(h)),
                _ => false,
            };
            if other_libc {
                return Cause::LibcMismatch { file: file.to_owned(), needs: name.clone(), has };
            }
            let elf = original.tree.elf.get(file).or_else(|| converted.tree.elf.get(file));
            let was = elf.and_then(|e| original.find(name, file, e));
            Cause::MissingLibrary {
                library: name.clone(),
                needed_by: Some(file.to_owned()),
                package: was.and_then(|p| owners.of(original.tree, &p)),
            }
        }
        Need::Version { library, version } => Cause::LibraryTooOld {
            library: library.clone(),
            version: version.clone(),
            needed_by: Some(file.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::elf::build::{Spec, elf};
    use super::super::tree::build::{Entry::*, tree};
    use super::*;

    const LD: &str = "/lib64/ld-linux-x86-64.so.2";

    fn names(tree: &Tree, ld_library_path: &str) -> Vec<String> {
        Loader::new(tree, ld_library_path).missing().into_iter().map(|(f, n)| format!("{f}: {n}")).collect()
    }

    fn library(soname: &str) -> Vec<u8> {
        elf(&Spec { soname: Some(soname), ..Spec::default() })
    }

    #[test]
    fn every_place_where_glibc_looks() {
        let app = |rpath, runpath| {
            elf(&Spec { interpreter: Some(LD), needed: &["liba.so.1"], rpath, runpath, ..Spec::default() })
        };
        let loader = elf(&Spec { soname: Some("ld-linux-x86-64.so.2"), ..Spec::default() });
        let a = library("liba.so.1");
        // program's rpath, runpath, place of the library, LD_LIBRARY_PATH, cache, found
        let cases = [
            (None, None, "usr/lib/x86_64-linux-gnu/liba.so.1", "", b"".as_slice(), true),
            (None, None, "opt/lib/liba.so.1", "", b"", false),
            (Some("/opt/lib"), None, "opt/lib/liba.so.1", "", b"", true),
            (None, Some("$ORIGIN/../lib"), "opt/lib/liba.so.1", "", b"", true),
            (Some("/opt/lib"), Some("/else"), "opt/lib/liba.so.1", "", b"", false),
            (None, None, "opt/lib/liba.so.1", "/x:/opt/lib", b"", true),
            (None, None, "opt/lib/liba.so.1", "", b"head\0liba.so.1\0/opt/lib/liba.so.1\0", true),
            (None, None, "usr/local/lib/liba.so.1", "", b"", false),
        ];
        for (rpath, runpath, place, env, cache, found) in cases {
            let app = app(rpath, runpath);
            let t = tree(&[
                File("opt/bin/app", &app),
                File("lib64/ld-linux-x86-64.so.2", &loader),
                File(place, &a),
                File("etc/ld.so.cache", cache),
                File("etc/ld.so.conf", b"/usr/local/lib\n/opt/lib\n"),
            ]);
            let expected: &[&str] = if found { &[] } else { &["/opt/bin/app: liba.so.1"] };
            assert_eq!(names(&t, env), expected, "{rpath:?} {runpath:?} {place}");
        }
    }

    #[test]
    fn a_program_for_glibc_on_musl() {
        let app = elf(&Spec { interpreter: Some(LD), needed: &["libc.so.6"], ..Spec::default() });
        let musl = elf(&Spec { soname: Some("libc.musl-x86_64.so.1"), ..Spec::default() });
        let converted = tree(&[File("app/server", &app), File("lib/ld-musl-x86_64.so.1", &musl)]);
        let found = Loader::new(&converted, "");
        let missing: Vec<_> = found.missing().into_iter().collect();
        assert_eq!(missing.len(), 2);
        let original = tree(&[File("app/server", &app)]);
        let original = Loader::new(&original, "");
        for (file, need) in &missing {
            let cause = cause(file, need, &original, &Owners::default(), &found);
            assert!(
                matches!(&cause, Cause::LibcMismatch { has: Some(h), .. } if h == "/lib/ld-musl-x86_64.so.1"),
                "{cause:?}"
            );
        }
    }

    #[test]
    fn musl_searches_its_own_path() {
        let loader = "/lib/ld-musl-x86_64.so.1";
        let app = elf(&Spec { interpreter: Some(loader), needed: &["liba.so.1"], ..Spec::default() });
        let (a, ld) = (library("liba.so.1"), library("libc.musl-x86_64.so.1"));
        let base = |place, path: &[u8]| {
            let mut entries = vec![File("bin/app", &app), File("lib/ld-musl-x86_64.so.1", &ld), File(place, &a)];
            if !path.is_empty() {
                entries.push(File("etc/ld-musl-x86_64.path", path));
            }
            names(&tree(&entries), "")
        };
        assert!(base("usr/local/lib/liba.so.1", b"").is_empty());
        assert_eq!(base("usr/local/lib/liba.so.1", b"/lib:/usr/lib\n"), ["/bin/app: liba.so.1"]);
        assert_eq!(base("usr/lib/x86_64-linux-gnu/liba.so.1", b""), ["/bin/app: liba.so.1"]);
    }

    #[test]
    fn an_older_libc_lacks_a_version() {
        let needs = [("libc.so.6", "GLIBC_2.38")];
        let app =
            elf(&Spec { interpreter: Some(LD), needed: &["libc.so.6"], versions_needed: &needs, ..Spec::default() });
        let libc = elf(&Spec { soname: Some("libc.so.6"), versions: &["GLIBC_2.36"], ..Spec::default() });
        let ld = library("ld-linux-x86-64.so.2");
        let t = tree(&[File("app", &app), File("lib64/libc.so.6", &libc), File("lib64/ld-linux-x86-64.so.2", &ld)]);
        assert_eq!(names(&t, ""), ["/app: libc.so.6 with GLIBC_2.38"]);
    }

    #[test]
    fn a_plugin_may_lean_on_its_neighbours() {
        let plugin = elf(&Spec { needed: &["libbeside.so", "libjvm.so", "libgone.so"], ..Spec::default() });
        let (beside, jvm) = (library("libbeside.so"), library("libjvm.so"));
        let t = tree(&[
            File("opt/jdk/lib/libplugin.so", &plugin),
            File("opt/jdk/lib/libbeside.so", &beside),
            File("opt/jdk/lib/server/libjvm.so", &jvm),
        ]);
        assert_eq!(names(&t, ""), ["/opt/jdk/lib/libplugin.so: libgone.so"]);
    }

    #[test]
    fn the_package_of_a_library_is_named() {
        let app = elf(&Spec { needed: &["libpq.so.5"], ..Spec::default() });
        let pq = library("libpq.so.5");
        let original = tree(&[
            File("app/x.so", &app),
            Link("lib", "usr/lib"),
            File("usr/lib/x86_64-linux-gnu/libpq.so.5.15", &pq),
            Link("usr/lib/x86_64-linux-gnu/libpq.so.5", "libpq.so.5.15"),
            File("var/lib/dpkg/info/libpq5:amd64.list", b"/.\n/usr/lib/x86_64-linux-gnu/libpq.so.5.15\n"),
        ]);
        let converted = tree(&[File("app/x.so", &app)]);
        let (was, is) = (Loader::new(&original, ""), Loader::new(&converted, ""));
        let missing: Vec<_> = is.missing().into_iter().collect();
        let cause = cause(&missing[0].0, &missing[0].1, &was, &Owners::read(&original), &is);
        assert_eq!(
            cause,
            Cause::MissingLibrary {
                library: "libpq.so.5".to_owned(),
                needed_by: Some("/app/x.so".to_owned()),
                package: Some("libpq5".to_owned()),
            }
        );
    }
}
