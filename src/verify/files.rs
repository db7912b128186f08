//! Files of two images: what is gone, who may use what, what has other content; and the things in a file system that
//! programs miss without naming them: users, certificates, time zones, commands.

use super::config::{environment, text, words, workdir};
use super::packages::Owners;
use super::report::{Aspect, Cause, Finding};
use super::tree::{DEFAULT_PATH, Kind, Node, Tree, within};
use crate::facts::shells::is_shell;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Causes listed in one finding; the number of all is in its words.
const LISTED: usize = 10;

/// One image's configuration and files.
pub(super) struct Side<'a> {
    pub(super) tree: &'a Tree,
    pub(super) config: &'a Map<String, Value>,
}

impl Side<'_> {
    /// The search path.
    pub(super) fn path(&self) -> String {
        environment(self.config).remove("PATH").unwrap_or_else(|| DEFAULT_PATH.to_owned())
    }
}

/// The directories whose trees are compared: the work directory, unless that is the root, and what was asked for.
pub(super) fn roots(config: &Map<String, Value>, demanded: &[String]) -> Vec<String> {
    let dir = workdir(config);
    let mut roots: Vec<String> = demanded.to_vec();
    if dir != "/" {
        roots.push(dir);
    }
    roots
}

/// Topmost paths below `roots` that the original has and the conversion lacks; what lies below one is not listed.
pub(super) fn gone(original: &Tree, converted: &Tree, roots: &[String]) -> Vec<String> {
    let mut top: Vec<String> = Vec::new();
    for path in original.nodes.keys().filter(|p| within(p, roots)) {
        let below = top.last().is_some_and(|t| within(path, std::slice::from_ref(t)));
        if !below && !converted.exists(path) {
            top.push(path.clone());
        }
    }
    top
}

/// Those of the wanted content hashes that files of the build context have.
pub(super) type InContext<'a> = &'a mut dyn FnMut(&BTreeSet<[u8; 32]>) -> BTreeSet<[u8; 32]>;

/// Compares files; `source` tells whether a content is one of the build context's files.
pub(super) fn compare(
    original: &Side,
    converted: &Side,
    demanded: &[String],
    owners: &Owners,
    source: InContext,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let missing: Vec<&String> =
        demanded.iter().filter(|p| original.tree.exists(p) && !converted.tree.exists(p)).collect();
    for path in &missing {
        let cause = Cause::MissingFile { path: (*path).clone(), step: None, package: owners.of(original.tree, path) };
        findings.push(Finding::differs(Aspect::Files, path.as_str(), "demanded and not there").because([cause]));
    }
    let roots = roots(original.config, demanded);
    let gone: Vec<String> =
        gone(original.tree, converted.tree, &roots).into_iter().filter(|g| !missing.contains(&g)).collect();
    if !gone.is_empty() {
        let words = format!("{} paths of the work directory stay behind: {}", gone.len(), list(&gone));
        findings.push(Finding::same(Aspect::Files, "left behind", words));
    }
    findings.extend(access(original, converted, &roots, demanded));
    findings.extend(contents(original.tree, converted.tree, &roots, source));
    if findings.is_empty() && !roots.is_empty() {
        findings.push(Finding::same(Aspect::Files, "", format!("{} as in the original", roots.join(", "))));
    }
    findings
}

fn list(paths: &[String]) -> String {
    let shown: Vec<&str> = paths.iter().take(LISTED).map(String::as_str).collect();
    let more = if paths.len() > LISTED { format!(" and {} more", paths.len() - LISTED) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// What a user may do with a path: read 4, write 2, execute 1.
fn allowed(node: &Node, (uid, gid): (u64, u64)) -> u32 {
    if uid == 0 {
        let execute = node.kind == Kind::Directory || node.mode & 0o111 != 0;
        return 6 | u32::from(execute);
    }
    let shift = if node.uid == uid {
        6
    } else if node.gid == gid {
        3
    } else {
        0
    };
    node.mode >> shift & 7
}

/// Owner and mode count where the image's own user can do less than before, and for demanded paths always.
fn access(original: &Side, converted: &Side, roots: &[String], demanded: &[String]) -> Vec<Finding> {
    let user = text(original.config, "User");
    let (Some(was_user), Some(is_user)) =
        (original.tree.ids(&user), converted.tree.ids(&text(converted.config, "User")))
    else {
        return Vec::new();
    };
    let (mut causes, mut changed): (Vec<Cause>, usize) = (Vec::new(), 0);
    let mut refused = 0;
    for (path, was) in original.tree.nodes.iter().filter(|(p, _)| within(p, roots)) {
        let Some(is) = converted.tree.nodes.get(path) else { continue };
        if matches!(was.kind, Kind::Link(_)) || matches!(is.kind, Kind::Link(_)) {
            continue;
        }
        let (owner, mode) = ((was.uid, was.gid) != (is.uid, is.gid), was.mode != is.mode);
        if !owner && !mode {
            continue;
        }
        changed += 1;
        let lost = allowed(was, was_user) & !allowed(is, is_user) != 0 || (was.mode & 0o6000) & !is.mode != 0;
        if !lost && !demanded.contains(path) {
            continue;
        }
        refused += 1;
        if causes.len() >= LISTED {
            continue;
        }
        if owner {
            causes.push(Cause::WrongOwner {
                path: path.clone(),
                original: format!("{}:{}", was.uid, was.gid),
                converted: format!("{}:{}", is.uid, is.gid),
            });
        }
        if mode {
            causes.push(Cause::WrongMode {
                path: path.clone(),
                original: format!("{:04o}", was.mode),
                converted: format!("{:04o}", is.mode),
            });
        }
    }
    if refused > 0 {
        let words =
            format!("the image's user can do less with {refused} paths, or a demanded one changed owner or mode");
        return vec![Finding::differs(Aspect::Files, "owner and mode", words).because(causes)];
    }
    if changed > 0 {
        let words = format!("{changed} paths changed owner or mode; the image's user can do the same with them");
        return vec![Finding::same(Aspect::Files, "owner and mode", words)];
    }
    Vec::new()
}

fn hash(node: &Node) -> Option<[u8; 32]> {
    match node.kind {
        Kind::File { hash, .. } => hash,
        _ => None,
    }
}

/// A file of the build context does not change from build to build, so a difference there counts. What a build step
/// made may differ from one build of the same file to the next.
fn contents(original: &Tree, converted: &Tree, roots: &[String], source: InContext) -> Vec<Finding> {
    let different: Vec<(&String, [u8; 32], [u8; 32])> = original
        .nodes
        .iter()
        .filter(|(path, _)| within(path, roots))
        .filter_map(|(path, was)| Some((path, hash(was)?, hash(converted.nodes.get(path)?)?)))
        .filter(|(_, was, is)| was != is)
        .collect();
    if different.is_empty() {
        return Vec::new();
    }
    let known = source(&different.iter().flat_map(|(_, was, is)| [*was, *is]).collect());
    let (certain, built): (Vec<_>, Vec<_>) =
        different.into_iter().partition(|(_, was, is)| known.contains(was) != known.contains(is));
    let mut findings = Vec::new();
    if !certain.is_empty() {
        let words = format!("{} files have other content, and one side has the build context's", certain.len());
        let causes = certain.iter().take(LISTED).map(|(p, ..)| Cause::ChangedContent { path: (*p).clone() });
        findings.push(Finding::differs(Aspect::Files, "content", words).because(causes));
    }
    if !built.is_empty() {
        let paths: Vec<String> = built.iter().map(|(p, ..)| (*p).clone()).collect();
        let words =
            format!("{} built files are not equal byte for byte, as builds seldom are: {}", paths.len(), list(&paths));
        findings.push(Finding::same(Aspect::Files, "built files", words));
    }
    findings
}

/// Commands that must be found.
pub(super) fn commands(original: &Side, converted: &Side, demanded: &[String], owners: &Owners) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = 0;
    let mut asked = BTreeSet::new();
    for name in demanded.iter().filter(|name| asked.insert(*name)) {
        let Some(was) = original.tree.command(name, &original.path(), &workdir(original.config)) else { continue };
        if converted.tree.command(name, &converted.path(), &workdir(converted.config)).is_some() {
            found += 1;
            continue;
        }
        let cause = lost_command(name, &was, original, converted, owners);
        findings.push(
            Finding::differs(Aspect::Commands, name.as_str(), format!("was {was}, is not found")).because([cause]),
        );
    }
    if found > 0 {
        findings.push(Finding::same(Aspect::Commands, "", format!("{found} demanded commands are found")));
    }
    findings
}

/// Why a command that was at `was` is not found: it is gone, or may not be executed any more.
fn lost_command(command: &str, was: &str, original: &Side, converted: &Side, owners: &Owners) -> Cause {
    let mode = |side: &Side| side.tree.node(was).map(|n| n.mode & 0o7777);
    match (mode(original), mode(converted)) {
        (Some(before), Some(now)) if now & 0o111 == 0 => {
            Cause::WrongMode { path: was.to_owned(), original: format!("{before:o}"), converted: format!("{now:o}") }
        }
        _ => Cause::MissingCommand { command: command.to_owned(), package: owners.of(original.tree, was) },
    }
}

/// The image's user, and users that own what is kept.
pub(super) fn users(original: &Side, converted: &Side) -> Vec<Finding> {
    let user = text(original.config, "User");
    let mut findings = Vec::new();
    let name = user.split(':').next().unwrap_or_default().to_owned();
    match (original.tree.ids(&user), converted.tree.ids(&user)) {
        (Some((uid, _)), None) => {
            let cause = Cause::MissingUser { user: name.clone(), uid: Some(uid) };
            findings.push(Finding::differs(Aspect::Users, name, "the image's user does not exist").because([cause]));
        }
        (Some(was), Some(is)) if was != is => {
            let (original, converted) = (format!("{}:{}", was.0, was.1), format!("{}:{}", is.0, is.1));
            let words = format!("the image's user is {converted}, was {original}");
            let cause = Cause::ChangedUser { user: name.clone(), original, converted };
            findings.push(Finding::differs(Aspect::Users, name, words).because([cause]));
        }
        (Some((uid, _)), Some(_)) => {
            let named = |side: &Side| side.tree.users().into_iter().find(|a| a.id == uid).map(|a| a.name);
            if let (Some(was), None) = (named(original), named(converted)) {
                let cause = Cause::MissingUser { user: was.clone(), uid: Some(uid) };
                let words = format!("user id {uid} has no name and no home directory");
                findings.push(Finding::differs(Aspect::Users, was, words).because([cause]));
            }
        }
        (None, _) => {}
    }
    // Below 1000 are the system's own, 65534 is nobody.
    let people = |side: &Side| -> BTreeMap<String, u64> {
        side.tree.users().into_iter().filter(|a| (1000..65534).contains(&a.id)).map(|a| (a.name, a.id)).collect()
    };
    let (was, is) = (people(original), people(converted));
    let gone: Vec<String> = was.keys().filter(|n| !is.contains_key(*n) && **n != user).cloned().collect();
    if findings.is_empty() {
        let words = if gone.is_empty() {
            "as in the original".to_owned()
        } else {
            format!("gone and not the image's user: {}", list(&gone))
        };
        findings.push(Finding::same(Aspect::Users, "", words));
    }
    findings
}

const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// Interpreters and clients that read the system's certificates. Node and Java bring their own.
const TLS_PROGRAMS: &[&str] = &["python3", "python", "ruby", "php", "perl", "curl", "wget", "git"];

/// A file that a package manager for libraries brought. A bundler or a code generator there carries a TLS client that
/// nothing may ever call.
fn is_dependency(path: &str) -> bool {
    ["/node_modules/", "/site-packages/", "/gems/"].iter().any(|folder| path.contains(folder))
}

/// Certificates matter when something in the conversion can speak TLS.
pub(super) fn certificates(original: &Side, converted: &Side, owners: &Owners) -> Option<Finding> {
    let has = |side: &Side| BUNDLES.iter().find(|b| side.tree.exists(b)).copied();
    let was = has(original)?;
    if has(converted).is_some() {
        return Some(Finding::same(Aspect::Certificates, "", "present"));
    }
    let path = converted.path();
    let program = TLS_PROGRAMS.iter().find_map(|p| converted.tree.command(p, &path, "/").filter(|_| *p != "perl"));
    let linked = || {
        let tls = |needed: &String| needed.starts_with("libssl") || needed.starts_with("libgnutls");
        let own = converted.tree.elf.iter().filter(|(p, _)| !super::tree::is_system(p));
        own.into_iter().find(|(_, e)| e.needed.iter().any(tls)).map(|(p, _)| p.clone())
    };
    let (helpers, own): (Vec<&String>, Vec<&String>) = converted.tree.tls.iter().partition(|p| is_dependency(p));
    let Some(user) = program.or_else(|| own.first().map(|p| (*p).clone())).or_else(linked) else {
        let Some(helper) = helpers.first() else {
            return Some(Finding::same(Aspect::Certificates, "", "gone; no program that speaks TLS was found"));
        };
        let words = format!("{was} is gone; whether anything has {helper} of a dependency speak TLS cannot be seen");
        return Some(Finding::not_checkable(Aspect::Certificates, "", words));
    };
    // The bundle is made by a program; what made it has an owner where the bundle itself has none.
    let package = ["/usr/sbin/update-ca-certificates", was].iter().find_map(|p| owners.of(original.tree, p));
    let cause = Cause::MissingCertificates { path: was.to_owned(), package };
    let words = format!("{was} is gone, and {user} can speak TLS");
    Some(Finding::differs(Aspect::Certificates, "", words).because([cause]))
}

/// Time zones matter when the image sets one; otherwise their absence is told.
pub(super) fn time_zones(original: &Side, converted: &Side, owners: &Owners) -> Option<Finding> {
    const ZONES: &str = "/usr/share/zoneinfo";
    let has = |side: &Side| side.tree.exists(&format!("{ZONES}/Europe"));
    if !has(original) {
        return None;
    }
    if has(converted) {
        return Some(Finding::same(Aspect::TimeZones, "", "present"));
    }
    let zone = environment(original.config).remove("TZ").filter(|z| !["", "UTC", "Etc/UTC"].contains(&z.as_str()));
    Some(match zone {
        Some(zone) => {
            let path = format!("{ZONES}/{zone}");
            let package = owners.of(original.tree, &path);
            Finding::differs(Aspect::TimeZones, "", format!("{ZONES} is gone, and TZ is {zone}"))
                .because([Cause::MissingTimeZones { path, package }])
        }
        None => Finding::same(Aspect::TimeZones, "", format!("{ZONES} is gone; no time zone is set")),
    })
}

/// Completes causes that were read from messages with what the original's files tell: absolute paths, packages, and
/// what a missing file really is.
pub(super) fn complete(cause: Cause, original: &Side, converted: &Side, owners: &Owners) -> Cause {
    let dir = workdir(original.config);
    match cause {
        Cause::MissingFile { path, step, package: None } => {
            let full =
                if path.starts_with('/') { path.clone() } else { format!("{}/{path}", dir.trim_end_matches('/')) };
            if converted.tree.exists(&full) {
                return blamed(&full, converted, original, owners).unwrap_or(Cause::MissingFile {
                    path: full,
                    step,
                    package: None,
                });
            }
            // Some runtimes call a program that they cannot find a file.
            if !path.contains('/')
                && !original.tree.exists(&full)
                && converted.tree.command(&path, &converted.path(), &dir).is_none()
                && let Some(was) = original.tree.command(&path, &original.path(), &dir)
            {
                return lost_command(&path, &was, original, converted, owners);
            }
            // A template or class is named without its directory.
            let suffix = format!("/{path}");
            let found = original.tree.exists(&full).then(|| full.clone()).or_else(|| {
                let inside =
                    |p: &&String| p.ends_with(&suffix) && !converted.tree.exists(p) && !super::tree::is_system(p);
                original.tree.nodes.keys().find(inside).cloned()
            });
            let path = found.unwrap_or(full);
            let package = owners.of(original.tree, &path);
            Cause::MissingFile { path, step, package }
        }
        Cause::MissingCommand { command, package: None } => {
            if let Some(there) = converted.tree.command(&command, &converted.path(), &dir)
                && let Some(cause) = blamed(&there, converted, original, owners)
            {
                return cause;
            }
            match original.tree.command(&command, &original.path(), &dir) {
                Some(was) => lost_command(&command, &was, original, converted, owners),
                None => Cause::MissingCommand { command, package: None },
            }
        }
        Cause::MissingLibrary { library, needed_by, package: None } => {
            let suffix = format!("/{library}");
            let was = original.tree.nodes.keys().find(|p| p.ends_with(&suffix));
            Cause::MissingLibrary { library, needed_by, package: was.and_then(|p| owners.of(original.tree, p)) }
        }
        other => other,
    }
}

/// A program that is there and still "not found": what its first line or its loader lacks.
fn blamed(path: &str, converted: &Side, original: &Side, owners: &Owners) -> Option<Cause> {
    if let Some(interpreter) = converted.tree.dead_interpreter(path, &converted.path()) {
        return Some(if is_shell(&interpreter) {
            Cause::MissingShell { shell: interpreter }
        } else {
            let package = owners.of(original.tree, &interpreter);
            Cause::MissingInterpreter { interpreter, file: path.to_owned(), package }
        });
    }
    let elf = converted.tree.elf.get(&converted.tree.real(path)?)?;
    let needs = elf.interpreter.clone().filter(|i| !converted.tree.exists(i))?;
    Some(Cause::LibcMismatch { file: path.to_owned(), needs, has: None })
}

/// The commands that the image names itself: first words of Entrypoint or Cmd.
pub(super) fn own_commands(config: &Map<String, Value>) -> Vec<String> {
    let entry = words(config, "Entrypoint");
    let first = if entry.is_empty() { words(config, "Cmd") } else { entry };
    first.into_iter().take(1).collect()
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::super::tree::build::{Entry, Entry::*, tree};
    use super::*;
    use serde_json::json;

    fn config(v: Value) -> Map<String, Value> {
        v.as_object().cloned().unwrap()
    }

    fn run(
        config: &Map<String, Value>,
        a: &[Entry],
        b: &[Entry],
        demanded: &[&str],
        context: &[&[u8]],
    ) -> Vec<Finding> {
        use sha2::{Digest, Sha256};
        let (a, b) = (tree(a), tree(b));
        let demanded: Vec<String> = demanded.iter().map(|d| (*d).to_owned()).collect();
        let known: BTreeSet<[u8; 32]> = context.iter().map(|c| Sha256::digest(c).into()).collect();
        let owners = Owners::read(&a);
        let (a, b) = (Side { tree: &a, config }, Side { tree: &b, config });
        compare(&a, &b, &demanded, &owners, &mut |wanted| wanted.intersection(&known).copied().collect())
    }

    fn differing(findings: &[Finding]) -> Vec<&Cause> {
        findings.iter().filter(|f| f.verdict == Verdict::Differs).flat_map(|f| &f.causes).collect()
    }

    #[test]
    fn what_is_demanded_must_be_there_and_the_rest_is_told() {
        let c = config(json!({"WorkingDir": "/app"}));
        let a = [
            Dir("app", 0o755, 0),
            Dir("app/src", 0o755, 0),
            File("app/src/main.go", b"x"),
            Dir("app/templates", 0o755, 0),
        ];
        let b = [Dir("app", 0o755, 0)];
        let findings = run(&c, &a, &b, &[], &[]);
        assert!(differing(&findings).is_empty());
        assert_eq!(findings[0].detail, "2 paths of the work directory stay behind: /app/src, /app/templates");
        let findings = run(&c, &a, &b, &["/app/templates"], &[]);
        assert_eq!(
            differing(&findings),
            [&Cause::MissingFile { path: "/app/templates".into(), step: None, package: None }]
        );
    }

    #[test]
    fn owners_count_where_the_user_loses_something() {
        let passwd: &[u8] = b"app:x:1000:1000::/:/bin/sh\n";
        let a = [File("etc/passwd", passwd), Dir("app/data", 0o755, 1000), Dir("app/ro", 0o755, 1000)];
        let b = [File("etc/passwd", passwd), Dir("app/data", 0o755, 0), Dir("app/ro", 0o755, 1000)];
        let as_user = config(json!({"WorkingDir": "/app", "User": "app"}));
        let findings = run(&as_user, &a, &b, &[], &[]);
        assert_eq!(
            differing(&findings),
            [&Cause::WrongOwner { path: "/app/data".into(), original: "1000:1000".into(), converted: "0:0".into() }]
        );
        let as_root = config(json!({"WorkingDir": "/app"}));
        assert!(differing(&run(&as_root, &a, &b, &[], &[])).is_empty());
        assert_eq!(differing(&run(&as_root, &a, &b, &["/app/data"], &[])).len(), 1);
    }

    #[test]
    fn a_lost_execute_bit_counts_for_root_too() {
        let c = config(json!({"WorkingDir": "/app"}));
        let findings = run(&c, &[Mode("app/run", b"x", 0o755, 0)], &[Mode("app/run", b"x", 0o644, 0)], &[], &[]);
        assert_eq!(
            differing(&findings),
            [&Cause::WrongMode { path: "/app/run".into(), original: "0755".into(), converted: "0644".into() }]
        );
    }

    #[test]
    fn content_counts_where_the_context_is_on_one_side() {
        let c = config(json!({"WorkingDir": "/app"}));
        let (a, b) = ([File("app/x", b"context")], [File("app/x", b"changed")]);
        assert_eq!(differing(&run(&c, &a, &b, &[], &[b"context"])), [&Cause::ChangedContent { path: "/app/x".into() }]);
        assert_eq!(differing(&run(&c, &a, &b, &[], &[b"changed"])).len(), 1);
        assert!(differing(&run(&c, &a, &b, &[], &[])).is_empty());
    }

    #[test]
    fn users_certificates_commands_and_zones() {
        let c = config(json!({"User": "app", "Env": ["PATH=/bin", "TZ=Europe/Berlin"]}));
        let a = tree(&[
            File("etc/passwd", b"app:x:1000:1000::/:/bin/sh\n"),
            File("etc/ssl/certs/ca-certificates.crt", b"x"),
            Mode("bin/curl", b"x", 0o755, 0),
            Mode("bin/python3", b"x", 0o755, 0),
            Dir("usr/share/zoneinfo/Europe", 0o755, 0),
            File("usr/share/zoneinfo/Europe/Berlin", b"x"),
            File("var/lib/dpkg/info/ca-certificates.list", b"/etc/ssl/certs/ca-certificates.crt\n"),
            File("var/lib/dpkg/info/tzdata.list", b"/usr/share/zoneinfo/Europe/Berlin\n"),
            File("var/lib/dpkg/info/curl.list", b"/bin/curl\n"),
        ]);
        let b = tree(&[Mode("bin/python3", b"x", 0o755, 0)]);
        let owners = Owners::read(&a);
        let (a, b) = (Side { tree: &a, config: &c }, Side { tree: &b, config: &c });
        assert_eq!(users(&a, &b)[0].causes, [Cause::MissingUser { user: "app".into(), uid: Some(1000) }]);
        assert_eq!(
            certificates(&a, &b, &owners).unwrap().causes,
            [Cause::MissingCertificates {
                path: "/etc/ssl/certs/ca-certificates.crt".into(),
                package: Some("ca-certificates".into())
            }]
        );
        assert_eq!(
            time_zones(&a, &b, &owners).unwrap().causes,
            [Cause::MissingTimeZones {
                path: "/usr/share/zoneinfo/Europe/Berlin".into(),
                package: Some("tzdata".into())
            }]
        );
        let demanded = ["curl".to_owned(), "python3".to_owned(), "never-there".to_owned()];
        let found = commands(&a, &b, &demanded, &owners);
        assert_eq!(found[0].causes, [Cause::MissingCommand { command: "curl".into(), package: Some("curl".into()) }]);
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn certificates_nobody_reads_may_go() {
        let c = config(json!({}));
        let a = tree(&[File("etc/ssl/certs/ca-certificates.crt", b"x")]);
        let b = tree(&[Mode("app/server", b"\x7fELF static", 0o755, 0)]);
        let finding = certificates(&Side { tree: &a, config: &c }, &Side { tree: &b, config: &c }, &Owners::default());
        assert_eq!(finding.unwrap().verdict, Verdict::Same);
        let b = tree(&[Mode("app/server", b"\x7fELF go crypto/tls.(*Conn)", 0o755, 0)]);
        let finding = certificates(&Side { tree: &a, config: &c }, &Side { tree: &b, config: &c }, &Owners::default());
        assert_eq!(finding.unwrap().verdict, Verdict::Differs);
        let b = tree(&[Mode("app/node_modules/x/bin/x", b"\x7fELF go crypto/tls.(*Conn)", 0o755, 0)]);
        let finding = certificates(&Side { tree: &a, config: &c }, &Side { tree: &b, config: &c }, &Owners::default());
        assert_eq!(finding.unwrap().verdict, Verdict::NotCheckable);
    }

    #[test]
    fn messages_become_paths_of_the_original() {
        let c = config(json!({"WorkingDir": "/app", "Env": ["PATH=/bin"]}));
        let a = tree(&[File("app/templates/index.html", b"x"), Mode("bin/bash", b"x", 0o755, 0)]);
        let b = tree(&[Mode("app/run.sh", b"#!/bin/bash\n", 0o755, 0)]);
        let (a, b) = (Side { tree: &a, config: &c }, Side { tree: &b, config: &c });
        let file = |path: &str| Cause::MissingFile { path: path.into(), step: None, package: None };
        let done = |cause| complete(cause, &a, &b, &Owners::default());
        assert_eq!(done(file("index.html")), file("/app/templates/index.html"));
        assert_eq!(done(file("templates/index.html")), file("/app/templates/index.html"));
        assert_eq!(done(file("/app/run.sh")), Cause::MissingShell { shell: "/bin/bash".into() });
        let command = Cause::MissingCommand { command: "./run.sh".into(), package: None };
        assert_eq!(done(command), Cause::MissingShell { shell: "/bin/bash".into() });
        assert_eq!(done(file("bash")), Cause::MissingCommand { command: "bash".into(), package: None });
    }

    #[test]
    fn a_command_that_lost_its_execute_bit_is_no_missing_command() {
        let c = config(json!({"Env": ["PATH=/bin"]}));
        let (a, b) = (tree(&[Mode("bin/run", b"x", 0o755, 0)]), tree(&[Mode("bin/run", b"x", 0o644, 0)]));
        let sides = (Side { tree: &a, config: &c }, Side { tree: &b, config: &c });
        let asked = ["run".to_owned(), "run".to_owned()];
        let findings = commands(&sides.0, &sides.1, &asked, &Owners::default());
        let mode = Cause::WrongMode { path: "/bin/run".into(), original: "755".into(), converted: "644".into() };
        assert_eq!(findings.iter().map(|f| f.causes.clone()).collect::<Vec<_>>(), [vec![mode]]);
    }
}
