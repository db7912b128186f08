//! The file system of an image, read once from an exported tar archive: owners, modes and links of everything, hashes
//! where they are asked for, and the few contents that other checks need.

use super::elf::{self, Elf};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

/// Bytes of a file that is read into memory whole.
const WHOLE_FILE: u64 = 512 << 20;
/// Bytes of a text that is kept.
const KEPT_TEXT: u64 = 64 << 20;
/// Bytes of a source that is kept.
const KEPT_SOURCE: u64 = 1 << 20;
/// Links followed before a path counts as a circle, as on Linux.
const LINKS: usize = 40;
/// The search path when the image sets none.
pub(super) const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File { size: u64, hash: Option<[u8; 32]> },
    Directory,
    Link(String),
    Other,
}

/// A path's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) mode: u32,
    pub(super) uid: u64,
    pub(super) gid: u64,
}

/// A file system. All paths are absolute, without `.` and `..`; the root itself is `/`.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: BTreeMap<String, Node>,
    pub(super) elf: BTreeMap<String, Elf>,
    /// Executable files that begin with `#!`: the words after it.
    pub(super) scripts: BTreeMap<String, Vec<String>>,
    /// Files outside the system's directories that contain a TLS client.
    pub(super) tls: BTreeSet<String>,
    /// Second names of a file, which take no room.
    pub(super) hard_links: BTreeSet<String>,
    texts: BTreeMap<String, Vec<u8>>,
}

/// A user or group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) id: u64,
    /// Primary group of a user.
    pub(super) group: Option<u64>,
}

impl Tree {
    /// Reads an archive; files at or below `hashed` get hashes.
    pub(super) fn read(archive: &mut dyn Read, hashed: &[String]) -> io::Result<Tree> {
        let mut tree = Tree::default();
        let mut archive = tar::Archive::new(archive);
        for entry in archive.entries()? {
            tree.add(entry?, hashed)?;
        }
        Ok(tree)
    }

    fn add<R: Read>(&mut self, mut entry: tar::Entry<R>, hashed: &[String]) -> io::Result<()> {
        let header = entry.header();
        let (mode, uid, gid) = (header.mode()? & 0o7777, header.uid()?, header.gid()?);
        let path = absolute(&String::from_utf8_lossy(&entry.path_bytes()));
        let target = entry.link_name_bytes().map(|t| String::from_utf8_lossy(&t).into_owned());
        use tar::EntryType;
        let kind = match header.entry_type() {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let size = entry.size();
                let hash = self.contents(&mut entry, &path, mode, size, within(&path, hashed))?;
                Kind::File { size, hash }
            }
            EntryType::Link => {
                self.hard_link(path, &absolute(&target.unwrap_or_default()));
                return Ok(());
            }
            EntryType::Symlink => Kind::Link(target.unwrap_or_default()),
            EntryType::Directory => Kind::Directory,
            EntryType::XGlobalHeader => return Ok(()),
            _ => Kind::Other,
        };
        self.nodes.insert(path, Node { kind, mode, uid, gid });
        Ok(())
    }

    fn hard_link(&mut self, path: String, target: &str) {
        if let Some(elf) = self.elf.get(target).cloned() {
            self.elf.insert(path.clone(), elf);
        }
        if let Some(words) = self.scripts.get(target).cloned() {
            self.scripts.insert(path.clone(), words);
        }
        if let Some(node) = self.nodes.get(target).cloned() {
            self.hard_links.insert(path.clone());
            self.nodes.insert(path, node);
        }
    }

    fn contents(
        &mut self,
        entry: &mut dyn Read,
        path: &str,
        mode: u32,
        size: u64,
        hash: bool,
    ) -> io::Result<Option<[u8; 32]>> {
        let mut head = Vec::new();
        (&mut *entry).take(4).read_to_end(&mut head)?;
        let is_elf = head == *b"\x7fELF" && size <= WHOLE_FILE;
        let own_script = head.starts_with(b"#!") && !is_system(path) && size <= KEPT_SOURCE;
        let read = is_own_source(path) || is_configuration(path);
        let keep = is_kept(path) && size <= KEPT_TEXT || own_script || read && size <= KEPT_SOURCE;
        if is_elf || keep {
            entry.read_to_end(&mut head)?;
            if is_elf {
                if !is_system(path) && speaks_tls(&head) {
                    self.tls.insert(path.to_owned());
                }
                self.elf.extend(elf::parse(&head).map(|e| (path.to_owned(), e)));
            }
            let digest = hash.then(|| Sha256::digest(&head).into());
            self.script(path, mode, &head);
            if keep {
                self.texts.insert(path.to_owned(), head);
            }
            return Ok(digest);
        }
        if head.starts_with(b"#!") && mode & 0o111 != 0 {
            (&mut *entry).take(252).read_to_end(&mut head)?;
            self.script(path, mode, &head);
        }
        if !hash {
            return Ok(None);
        }
        let mut hasher = Sha256::new();
        hasher.update(&head);
        let mut buffer = vec![0; 1 << 16];
        loop {
            match entry.read(&mut buffer)? {
                0 => return Ok(Some(hasher.finalize().into())),
                n => hasher.update(&buffer[..n]),
            }
        }
    }

    /// Notes the first line of an executable file that begins with `#!`.
    fn script(&mut self, path: &str, mode: u32, head: &[u8]) {
        let Some(rest) = head.strip_prefix(b"#!").filter(|_| mode & 0o111 != 0) else { return };
        let line = rest.split(|b| *b == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(&line[..line.len().min(254)]);
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        if !words.is_empty() {
            self.scripts.insert(path.to_owned(), words);
        }
    }

    /// Bytes that a path alone takes.
    pub(super) fn size(&self, path: &str) -> u64 {
        match self.nodes.get(path).map(|n| &n.kind) {
            Some(Kind::File { size, .. }) if !self.hard_links.contains(path) => *size,
            _ => 0,
        }
    }

    /// Every kept text.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.texts.iter().map(|(p, t)| (p.as_str(), t.as_slice()))
    }

    /// A kept text; see [`is_kept`].
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let real = self.real(path)?;
        self.texts.get(&real).map(|t| String::from_utf8_lossy(t).into_owned())
    }

    /// A kept file's bytes.
    pub(super) fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.texts.get(&self.real(path)?).map(Vec::as_slice)
    }

    /// Kept texts whose path begins with `prefix`.
    pub(super) fn texts_below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> + 'a {
        let from = self.texts.range(prefix.to_owned()..);
        from.take_while(move |(p, _)| p.starts_with(prefix)).map(|(p, t)| (p.as_str(), t.as_slice()))
    }

    /// The path with every link followed, or `None` for a circle. The path need not exist.
    pub(super) fn real(&self, path: &str) -> Option<String> {
        let mut done: Vec<String> = Vec::new();
        let mut rest: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    done.pop();
                    continue;
                }
                _ => done.push(part),
            }
            let at = format!("/{}", done.join("/"));
            if let Some(Node { kind: Kind::Link(target), .. }) = self.nodes.get(&at) {
                links += 1;
                if links > LINKS {
                    return None;
                }
                done.pop();
                if target.starts_with('/') {
                    done.clear();
                }
                rest.extend(target.split('/').rev().map(str::to_owned));
            }
        }
        Some(format!("/{}", done.join("/")))
    }

    /// What stands at a path, links followed.
    pub(super) fn node(&self, path: &str) -> Option<&Node> {
        self.nodes.get(&self.real(path)?)
    }

    /// True when the path leads to something.
    pub(super) fn exists(&self, path: &str) -> bool {
        self.real(path).is_some_and(|r| r == "/" || self.nodes.contains_key(&r))
    }

    /// Where a command is found: a path as it is, a name along `path`.
    pub(super) fn command(&self, command: &str, path: &str, workdir: &str) -> Option<String> {
        let executable =
            |at: &str| self.node(at).is_some_and(|n| matches!(n.kind, Kind::File { .. }) && n.mode & 0o111 != 0);
        let candidates: Vec<String> = if command.starts_with('/') {
            vec![command.to_owned()]
        } else if command.contains('/') {
            vec![format!("{workdir}/{command}")]
        } else {
            path.split(':').filter(|d| !d.is_empty()).map(|d| format!("{d}/{command}")).collect()
        };
        candidates.into_iter().find(|c| executable(c))
    }

    /// The interpreter that a script needs and that is not there.
    pub(super) fn dead_interpreter(&self, script: &str, path: &str) -> Option<String> {
        let words = self.scripts.get(&self.real(script)?)?;
        let interpreter = words.first()?;
        if interpreter.ends_with("/env") {
            let program = words[1..].iter().find(|w| !w.starts_with('-') && !w.contains('='))?;
            if self.exists(interpreter) {
                return self.command(program, path, "/").is_none().then(|| program.clone());
            }
        }
        (!self.exists(interpreter)).then(|| interpreter.clone())
    }

    /// Users of `/etc/passwd`.
    pub(super) fn users(&self) -> Vec<Account> {
        self.accounts("/etc/passwd", true)
    }

    /// Groups of `/etc/group`.
    pub(super) fn groups(&self) -> Vec<Account> {
        self.accounts("/etc/group", false)
    }

    fn accounts(&self, file: &str, primary: bool) -> Vec<Account> {
        let account = |line: &str| {
            let fields: Vec<&str> = line.split(':').collect();
            let group = primary.then(|| fields.get(3)?.parse().ok()).flatten();
            Some(Account { name: fields.first()?.to_string(), id: fields.get(2)?.parse().ok()?, group })
        };
        self.text(file).unwrap_or_default().lines().filter_map(account).collect()
    }

    /// User and group id that a `USER` value means here; `None` when a name is not known.
    pub(super) fn ids(&self, user: &str) -> Option<(u64, u64)> {
        let (user, group) = user.split_once(':').map_or((user, None), |(u, g)| (u, Some(g)));
        if user.is_empty() {
            return Some((0, 0));
        }
        let users = self.users();
        let account = users.iter().find(|a| a.name == user || user.parse() == Ok(a.id));
        let uid = account.map(|a| a.id).or_else(|| user.parse().ok())?;
        let gid = match group {
            Some(g) => g.parse().ok().or_else(|| self.groups().iter().find(|a| a.name == g).map(|a| a.id))?,
            None => account.and_then(|a| a.group).unwrap_or(0),
        };
        Some((uid, gid))
    }
}

/// An archive's name as an absolute path.
fn absolute(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    format!("/{}", parts.join("/"))
}

/// True when `path` is one of `roots` or below one.
pub(super) fn within(path: &str, roots: &[String]) -> bool {
    roots.iter().any(|r| path.strip_prefix(r.trim_end_matches('/')).is_some_and(|t| t.is_empty() || t.starts_with('/')))
}

/// Files whose content other checks read: accounts, the loader's tables, package databases, and what packages of a
/// language say of themselves.
fn is_kept(path: &str) -> bool {
    matches!(
        path,
        "/etc/passwd"
            | "/etc/group"
            | "/etc/ld.so.cache"
            | "/etc/os-release"
            | "/usr/lib/os-release"
            | "/etc/apk/world"
            | "/var/lib/apt/extended_states"
            | "/var/lib/dpkg/status"
            | "/lib/apk/db/installed"
            | "/usr/lib/apk/db/installed"
    ) || path.starts_with("/etc/ld-musl-")
        || path.starts_with("/var/lib/dpkg/status.d/")
        || (path.starts_with("/var/lib/dpkg/info/") && path.ends_with(".list"))
        || path.ends_with("/package.json")
        || path.ends_with(".dist-info/METADATA")
        || path.ends_with(".dist-info/RECORD")
}

/// Sources of the image's own programs, which may name what they call; not those of packages of a language.
fn is_own_source(path: &str) -> bool {
    const SOURCES: &[&str] = &["js", "mjs", "cjs", "ts", "py", "rb", "sh", "php", "pl"];
    let packaged = ["/node_modules/", "/site-packages/", "/dist-packages/", "/gems/", "/lib/python", "/lib/ruby"];
    let extension = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, e)| e);
    !is_system(path) && extension.is_some_and(|e| SOURCES.contains(&e)) && !packaged.iter().any(|p| path.contains(p))
}

/// What servers are told: they serve what it names.
fn is_configuration(path: &str) -> bool {
    path.contains("/etc/") || path.ends_with(".conf")
}

/// Directories that packages own.
pub(super) fn is_system(path: &str) -> bool {
    const SYSTEM: &[&str] =
        &["bin", "sbin", "lib", "lib32", "lib64", "boot", "dev", "etc", "proc", "run", "sys", "var"];
    let mut parts = path.split('/').skip(1);
    match parts.next() {
        Some("usr") => parts.next() != Some("local"),
        Some(top) => SYSTEM.contains(&top),
        None => false,
    }
}

/// A program that carries the TLS client of Go or Rust, by the names that stay in a stripped binary.
fn speaks_tls(data: &[u8]) -> bool {
    [&b"crypto/tls."[..], b"rustls"].iter().any(|needle| memchr::memmem::find(data, needle).is_some())
}

#[cfg(test)]
pub(super) mod build {
    //! File systems for tests.

    use tar::{Builder, EntryType, Header};

    /// One entry: path, content or link, mode, owner.
    #[derive(Clone)]
    pub(in crate::verify) enum Entry<'a> {
        File(&'a str, &'a [u8]),
        Mode(&'a str, &'a [u8], u32, u64),
        Dir(&'a str, u32, u64),
        Link(&'a str, &'a str),
        Hard(&'a str, &'a str),
    }

    /// A tar archive as `export` gives it.
    pub(in crate::verify) fn tar(entries: &[Entry]) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        for entry in entries {
            let mut header = Header::new_gnu();
            let (path, data, kind, mode, owner, target): (&str, &[u8], _, _, _, &str) = match *entry {
                Entry::File(p, d) => (p, d, EntryType::Regular, 0o644, 0, ""),
                Entry::Mode(p, d, m, o) => (p, d, EntryType::Regular, m, o, ""),
                Entry::Dir(p, m, o) => (p, &[], EntryType::Directory, m, o, ""),
                Entry::Link(p, t) => (p, &[], EntryType::Symlink, 0o777, 0, t),
                Entry::Hard(p, t) => (p, &[], EntryType::Link, 0o644, 0, t),
            };
            header.set_entry_type(kind);
            header.set_mode(mode);
            header.set_uid(owner);
            header.set_gid(owner);
            header.set_size(data.len() as u64);
            let path = path.trim_start_matches('/');
            if target.is_empty() {
                builder.append_data(&mut header, path, data).unwrap();
            } else {
                builder.append_link(&mut header, path, target).unwrap();
            }
        }
        builder.into_inner().unwrap()
    }

    /// The same, read, with everything hashed.
    pub(in crate::verify) fn tree(entries: &[Entry]) -> super::Tree {
        super::Tree::read(&mut tar(entries).as_slice(), &["/".to_owned()]).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::build::{Entry::*, tar, tree};
    use super::*;

    #[test]
    fn owners_modes_hashes_and_links() {
        let archive = tar(&[
            Dir("app/", 0o750, 10),
            Mode("app/a", b"one", 0o600, 11),
            Hard("app/b", "app/a"),
            Link("lib", "usr/lib"),
            File("usr/lib/x", b"two"),
        ]);
        let t = Tree::read(&mut archive.as_slice(), &["/app".to_owned()]).unwrap();
        assert_eq!((t.nodes["/app"].mode, t.nodes["/app"].uid), (0o750, 10));
        let Kind::File { size, hash } = &t.nodes["/app/a"].kind else { panic!() };
        assert_eq!((*size, hash.is_some()), (3, true));
        assert_eq!(t.nodes["/app/b"], t.nodes["/app/a"]);
        assert!(t.exists("/lib/x") && !t.exists("/lib/y"));
        assert_eq!(t.nodes["/usr/lib/x"].kind, Kind::File { size: 3, hash: None });
    }

    #[test]
    fn links_lead_anywhere_and_circles_nowhere() {
        let t = tree(&[
            Link("a", "b"),
            Link("b", "a"),
            Link("etc/alternatives/java", "/opt/jdk/bin/java"),
            Link("usr/bin/java", "../../etc/alternatives/java"),
            Mode("opt/jdk/bin/java", b"x", 0o755, 0),
        ]);
        assert_eq!(t.real("/a"), None);
        assert!(!t.exists("/a/x"));
        assert_eq!(t.real("/usr/bin/java").as_deref(), Some("/opt/jdk/bin/java"));
        assert_eq!(t.command("java", "/bin:/usr/bin", "/").as_deref(), Some("/usr/bin/java"));
        assert_eq!(t.command("./java", "", "/opt/jdk/bin").as_deref(), Some("/opt/jdk/bin/./java"));
        assert_eq!(t.command("javac", "/usr/bin", "/"), None);
    }

    #[test]
    fn scripts_without_their_interpreter() {
        let t = tree(&[
            Mode("app/run", b"#!/bin/bash -e\n", 0o755, 0),
            Mode("app/env", b"#!/usr/bin/env -S python3 -u\n", 0o755, 0),
            Mode("app/plain", b"#!/bin/bash\n", 0o644, 0),
            Mode("usr/bin/env", b"x", 0o755, 0),
        ]);
        assert_eq!(t.dead_interpreter("/app/run", "/bin").as_deref(), Some("/bin/bash"));
        assert_eq!(t.dead_interpreter("/app/env", "/bin").as_deref(), Some("python3"));
        assert_eq!(t.dead_interpreter("/app/plain", "/bin"), None);
    }

    #[test]
    fn users_by_name_and_number() {
        let t = tree(&[
            File("etc/passwd", b"root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n"),
            File("etc/group", b"root:x:0:\nstaff:x:50:\n"),
        ]);
        let cases = [
            ("", Some((0, 0))),
            ("app", Some((1000, 1001))),
            ("1000", Some((1000, 1001))),
            ("app:staff", Some((1000, 50))),
            ("77", Some((77, 0))),
            ("77:88", Some((77, 88))),
            ("nobody", None),
            ("app:none", None),
        ];
        for (user, ids) in cases {
            assert_eq!(t.ids(user), ids, "{user}");
        }
    }

    #[test]
    fn paths_below_roots() {
        let roots = ["/app".to_owned(), "/srv/".to_owned()];
        assert!(within("/app", &roots) && within("/app/x", &roots) && within("/srv/x", &roots));
        assert!(!within("/apple", &roots));
        assert!(within("/x", &["/".to_owned()]));
        assert!(
            is_system("/usr/lib/x") && !is_system("/usr/local/bin/x") && !is_system("/app/x") && is_system("/lib/x")
        );
    }
}
