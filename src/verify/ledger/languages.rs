//! Packages of languages: which of them only building and testing need, read from what lies in the image.

use super::super::tree::{Kind, Tree};
use super::departures::departures;
use crate::facts::development::{Known, development};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Packages of Node and Python in one image.
pub(super) struct Languages<'a> {
    tree: &'a Tree,
    /// For each project, the directories of the packages that its program needs; `None` when that cannot be told.
    projects: BTreeMap<String, Option<BTreeSet<String>>>,
    /// Python: files of distributions that are build tools, or that only these brought in.
    tools: BTreeSet<String>,
    /// Python: files of distributions that are known to be for development, and that nothing that stays asks for.
    development: BTreeSet<String>,
    /// True for names of packages that are build tools.
    is_tool: &'a dyn Fn(&str) -> bool,
    /// Names of packages that kept sources have as a string.
    mentioned: &'a dyn Fn(&str) -> bool,
}

impl<'a> Languages<'a> {
    /// `is_tool` names build tools of a language; `mentioned` tells whether a kept source has a name as a string.
    pub(super) fn read(
        tree: &'a Tree,
        is_gone: &dyn Fn(&str) -> bool,
        is_tool: &'a dyn Fn(&str) -> bool,
        mentioned: &'a dyn Fn(&str) -> bool,
    ) -> Languages<'a> {
        let mut projects = BTreeMap::new();
        for path in tree.nodes.keys().filter(|p| p.ends_with("/node_modules")) {
            let project = path.trim_end_matches("/node_modules");
            if !project.contains("/node_modules") {
                projects.insert(project.to_owned(), needed(tree, project));
            }
        }
        let is_development = |name: &str| {
            let module = name.replace('-', "_");
            let known: Vec<&Known> = development().known(name).collect();
            let named = known.iter().flat_map(|known| &known.names).any(|word| mentioned(word));
            !known.is_empty() && !named && !mentioned(name) && !mentioned(&module)
        };
        let tools = python_gone(tree, is_gone, is_tool, Asked::MayLeave);
        let development = python_gone(tree, is_gone, &is_development, Asked::Stays);
        Languages { tree, projects, tools, development, is_tool, mentioned }
    }

    /// A package that neither the project's program nor anything that it needs depends on.
    pub(super) fn is_development_only(&self, path: &str) -> bool {
        if self.development.contains(path) {
            return true;
        }
        let Some((project, _)) = path.split_once("/node_modules/") else { return false };
        let Some(Some(needed)) = self.projects.get(project) else { return false };
        let Some((package, name)) = package_of(path) else { return false };
        let real = self.tree.real(&package).unwrap_or(package);
        let known = self.tree.text(&format!("{real}/package.json")).is_some();
        known && !needed.contains(&real) && !(self.mentioned)(&name)
    }

    /// A file of a Python distribution that is a build tool, or that only such brought in; a file of a Node package that is
    /// one and was installed for no project.
    pub(super) fn is_build_tool(&self, path: &str) -> bool {
        self.tools.contains(path) || self.is_global_tool(path)
    }

    fn is_global_tool(&self, path: &str) -> bool {
        let Some((folder, rest)) = path.split_once("/node_modules/") else { return false };
        let outermost = rest.split("/node_modules/").next().unwrap_or(rest);
        let Some((_, name)) = package_of(&format!("/node_modules/{outermost}")) else { return false };
        self.projects.contains_key(folder)
            && self.tree.text(&format!("{folder}/package.json")).is_none()
            && (self.is_tool)(&name)
            && !(self.mentioned)(&name)
    }
}

/// True for packages of a language of which no interpreter is left.
pub(super) fn is_without_interpreter(
    path: &str,
    original: &dyn Fn(&str) -> bool,
    converted: &dyn Fn(&str) -> bool,
) -> bool {
    departures().dependencies.iter().any(|rule| {
        let inside = path.split('/').any(|part| part == rule.directory);
        let was = rule.interpreters.iter().any(|i| original(i));
        inside && was && !rule.interpreters.iter().any(|i| converted(i))
    })
}

/// The innermost package that a path belongs to: its directory and name.
fn package_of(path: &str) -> Option<(String, String)> {
    let at = path.rfind("/node_modules/")?;
    let (folder, rest) = path.split_at(at + "/node_modules/".len());
    let mut parts = rest.split('/');
    let first = parts.next().filter(|f| !f.is_empty() && !f.starts_with('.'))?;
    let name = if first.starts_with('@') { format!("{first}/{}", parts.next()?) } else { first.to_owned() };
    Some((format!("{folder}{name}"), name))
}

/// Directories of the packages that a project's own program needs: its dependencies, and theirs. `None` when a description
/// is missing that would tell.
fn needed(tree: &Tree, project: &str) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut open = vec![(project.to_owned(), description(tree, project)?)];
    while let Some((directory, described)) = open.pop() {
        for kind in ["dependencies", "optionalDependencies", "peerDependencies"] {
            let Some(names) = described.get(kind).and_then(Value::as_object) else { continue };
            for name in names.keys() {
                // What is optional may be absent; what is not would be missing in the original as well.
                let Some(package) = resolve(tree, &directory, name) else { continue };
                if found.insert(package.clone()) {
                    let described = description(tree, &package)?;
                    open.push((package, described));
                }
            }
        }
    }
    Some(found)
}

fn description(tree: &Tree, directory: &str) -> Option<Value> {
    serde_json::from_str(&tree.text(&format!("{directory}/package.json"))?).ok()
}

/// Where Node finds a package that something in `directory` loads.
fn resolve(tree: &Tree, directory: &str, name: &str) -> Option<String> {
    let mut at = directory;
    loop {
        if !at.ends_with("/node_modules") {
            let candidate = format!("{at}/node_modules/{name}");
            if tree.exists(&format!("{candidate}/package.json")) {
                return tree.real(&candidate);
            }
        }
        at = match at.rsplit_once('/') {
            Some((above, _)) if !at.is_empty() => above,
            _ => return None,
        };
    }
}

/// A Python distribution: what it needs, and its files.
struct Distribution {
    metadata: String,
    needs: BTreeSet<String>,
    files: Vec<String>,
}

/// What becomes of a distribution that may leave and that one which stays asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// It may leave all the same: nothing is built at run time.
    MayLeave,
    /// It would be missing.
    Stays,
}

/// Files of the distributions that are gone, and may leave by their names or are needed by nothing but these.
fn python_gone(
    tree: &Tree,
    is_gone: &dyn Fn(&str) -> bool,
    may_leave: &dyn Fn(&str) -> bool,
    asked: Asked,
) -> BTreeSet<String> {
    let mut sites: BTreeMap<String, BTreeMap<String, Distribution>> = BTreeMap::new();
    for (path, text) in tree.texts().filter(|(p, _)| p.ends_with(".dist-info/METADATA")) {
        let Some((site, _)) = path.trim_end_matches("/METADATA").rsplit_once('/') else { continue };
        if let Some((name, distribution)) = distribution(tree, site, path, &String::from_utf8_lossy(text)) {
            sites.entry(site.to_owned()).or_default().insert(name, distribution);
        }
    }
    let mut files = BTreeSet::new();
    for distributions in sites.values() {
        let gone = distributions.iter().filter(|(_, d)| is_gone(&d.metadata));
        let mut tools: BTreeSet<&String> = gone.map(|(name, _)| name).collect();
        // Taken out until nothing changes: what may not leave and nothing asks for, and what something else asks for.
        loop {
            let stays = |name: &&String| {
                let by: Vec<&String> =
                    distributions.iter().filter(|(_, d)| d.needs.contains(*name)).map(|(n, _)| n).collect();
                let is_asked_for = by.iter().any(|by| !tools.contains(by));
                match may_leave(name) {
                    true => asked == Asked::Stays && is_asked_for,
                    false => by.is_empty() || is_asked_for,
                }
            };
            let out: Vec<&String> = tools.iter().copied().filter(stays).collect();
            if out.is_empty() {
                break;
            }
            tools.retain(|t| !out.contains(t));
        }
        files.extend(tools.into_iter().flat_map(|t| distributions[t].files.iter().cloned()));
    }
    files
}

fn distribution(tree: &Tree, site: &str, path: &str, metadata: &str) -> Option<(String, Distribution)> {
    let head = metadata.split("\n\n").next().unwrap_or_default();
    let field = |name: &str| head.lines().filter_map(move |l| l.strip_prefix(name)).map(str::trim).collect::<Vec<_>>();
    let name = normal(field("Name:").first()?);
    let needs = field("Requires-Dist:")
        .into_iter()
        .filter(|n| !n.contains("extra =="))
        .map(|n| normal(n.split([' ', '(', '[', ';', '<', '>', '=', '!', '~']).next().unwrap_or_default()))
        .collect();
    let record = tree.text(&path.replace("/METADATA", "/RECORD")).unwrap_or_default();
    let listed =
        record.lines().filter_map(|l| l.split(',').next()).map(|f| crate::paths::join(site, f.trim_matches('"')));
    let files = listed.filter(|f| tree.nodes.get(f).is_some_and(|n| n.kind != Kind::Directory)).collect();
    Some((name, Distribution { metadata: path.to_owned(), needs, files }))
}

/// A distribution's name as PEP 503 compares it.
fn normal(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace(['_', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::super::super::tree::build::{Entry::*, tree};
    use super::*;

    #[test]
    fn development_only_is_what_nothing_needs() {
        let t = tree(&[
            File("app/package.json", br#"{"dependencies":{"a":"1"},"devDependencies":{"dev":"1","said":"1"}}"#),
            Dir("app/node_modules", 0o755, 0),
            File("app/node_modules/a/package.json", br#"{"dependencies":{"@s/b":"1","gone":"1"}}"#),
            File("app/node_modules/a/node_modules/@s/b/package.json", b"{}"),
            File("app/node_modules/@s/b/package.json", b"{}"),
            File("app/node_modules/dev/package.json", br#"{"dependencies":{"x":"1"}}"#),
            File("app/node_modules/dev/index.js", b""),
            File("app/node_modules/x/package.json", b"{}"),
            File("app/node_modules/said/package.json", b"{}"),
            File("app/node_modules/bare/index.js", b""),
        ]);
        let mentioned = |name: &str| name == "said";
        let languages = Languages::read(&t, &|_| true, &|_| false, &mentioned);
        for (path, expected) in [
            ("a/package.json", false),
            ("a/node_modules/@s/b/package.json", false),
            ("@s/b/package.json", true),
            ("dev/index.js", true),
            ("x/package.json", true),
            ("said/package.json", false),
            ("bare/index.js", false),
        ] {
            assert_eq!(languages.is_development_only(&format!("/app/node_modules/{path}")), expected, "{path}");
        }
    }

    #[test]
    fn a_project_without_a_description_proves_nothing() {
        let t = tree(&[Dir("app/node_modules", 0o755, 0), File("app/node_modules/dev/package.json", b"{}")]);
        let languages = Languages::read(&t, &|_| true, &|_| false, &|_| false);
        assert!(!languages.is_development_only("/app/node_modules/dev/package.json"));
    }

    #[test]
    fn a_global_build_tool_of_node_takes_along_its_own_packages() {
        let t = tree(&[
            Dir("usr/local/lib/node_modules", 0o755, 0),
            File("usr/local/lib/node_modules/pnpm/package.json", b"{}"),
            File("app/package.json", b"{}"),
            Dir("app/node_modules", 0o755, 0),
        ]);
        let is_tool = |name: &str| ["pnpm", "@vue/cli", "said"].contains(&name);
        let languages = Languages::read(&t, &|_| true, &is_tool, &|name| name == "said");
        for (path, expected) in [
            ("/usr/local/lib/node_modules/pnpm/bin/pnpm.cjs", true),
            ("/usr/local/lib/node_modules/pnpm/node_modules/x/index.js", true),
            ("/usr/local/lib/node_modules/@vue/cli/index.js", true),
            ("/usr/local/lib/node_modules/pm2/node_modules/pnpm/index.js", false),
            ("/usr/local/lib/node_modules/pm2/bin/pm2", false),
            ("/usr/local/lib/node_modules/said/index.js", false),
            // Of a project: what that needs is told by its description.
            ("/app/node_modules/pnpm/index.js", false),
        ] {
            assert_eq!(languages.is_build_tool(path), expected, "{path}");
        }
    }

    #[test]
    fn a_build_tool_takes_along_what_only_it_brought() {
        let (tool, own, shared, lonely) = (
            b"Name: poetry\nRequires-Dist: Only_It (>=1)\nRequires-Dist: requests\n\nRequires-Dist: no\n".as_slice(),
            b"Name: only-it\n".as_slice(),
            b"Name: requests\n".as_slice(),
            b"Name: lonely\n".as_slice(),
        );
        let site = "usr/lib/python3/site-packages";
        let names = ["poetry", "only_it", "requests", "flask", "lonely"].map(|n| format!("{site}/{n}.dist-info"));
        let paths: Vec<(String, String)> =
            names.iter().map(|n| (format!("{n}/METADATA"), format!("{n}/RECORD"))).collect();
        let texts = [tool, own, shared, b"Name: flask\nRequires-Dist: requests\n".as_slice(), lonely];
        let records = ["poetry", "only_it", "requests", "flask", "lonely"].map(|n| format!("{n}.py,sha256=x,1\n"));
        let modules = ["poetry", "only_it", "requests", "flask", "lonely"].map(|n| format!("{site}/{n}.py"));
        let mut entries = Vec::new();
        for i in 0..5 {
            entries.push(File(&paths[i].0, texts[i]));
            entries.push(File(&paths[i].1, records[i].as_bytes()));
            entries.push(File(&modules[i], b"x"));
        }
        let t = tree(&entries);
        let gone = |path: &str| !path.contains("flask");
        let languages = Languages::read(&t, &gone, &|n| n == "poetry", &|_| false);
        let tool = |name: &str| languages.is_build_tool(&format!("/{site}/{name}.py"));
        assert!(tool("poetry") && tool("only_it"));
        assert!(!tool("requests") && !tool("flask") && !tool("lonely"));
    }

    #[test]
    fn a_tool_of_development_leaves_when_nothing_that_stays_asks_for_it() {
        let site = "app/.venv/lib/python3.12/site-packages";
        let described = [
            ("pytest", "Name: pytest\nRequires-Dist: pluggy\nRequires-Dist: packaging\n"),
            ("pluggy", "Name: pluggy\n"),
            ("packaging", "Name: packaging\n"),
            ("gunicorn", "Name: gunicorn\nRequires-Dist: packaging\n"),
            ("unheard_of", "Name: unheard-of\n"),
        ];
        let paths = described.map(|(name, text)| {
            let folder = format!("{site}/{name}.dist-info");
            (
                format!("{folder}/METADATA"),
                text,
                format!("{folder}/RECORD"),
                format!("{name}.py,,\n"),
                format!("{site}/{name}.py"),
            )
        });
        let entries = paths.iter().flat_map(|(metadata, text, record, listed, module)| {
            [File(metadata, text.as_bytes()), File(record, listed.as_bytes()), File(module, b"x")]
        });
        let t = tree(&entries.collect::<Vec<_>>());
        let gone = |path: &str| !path.contains("gunicorn");
        let leaves = |mentioned: &str, name: &str| {
            let mentioned = |word: &str| word == mentioned;
            let languages = Languages::read(&t, &gone, &|_| false, &mentioned);
            languages.is_development_only(&format!("/{site}/{name}.py"))
        };
        assert!(leaves("", "pytest") && leaves("", "pluggy"));
        assert!(!leaves("", "unheard_of") && !leaves("", "gunicorn"));
        assert!(!leaves("pytest", "pytest") && !leaves("_pytest", "pytest"));
        // What stays asks for it, so it would be missing there.
        assert!(!leaves("", "packaging"));
    }

    #[test]
    fn packages_without_an_interpreter_are_of_no_use() {
        let node = |name: &str| name == "node";
        assert!(is_without_interpreter("/app/node_modules/a/x.js", &node, &|_| false));
        assert!(!is_without_interpreter("/app/node_modules/a/x.js", &node, &node));
        assert!(!is_without_interpreter("/app/node_modules/a/x.js", &|_| false, &|_| false));
        assert!(!is_without_interpreter("/app/x.js", &node, &|_| false));
    }
}
