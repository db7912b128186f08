//! The text of a manifest or a lock file to the names of the packages that it asks for.

use super::normal;
use crate::paths;
use serde_json::Value;
use std::collections::BTreeMap;

/// Names and versions of `NAME==VERSION` lines.
pub(super) fn pinned(text: &str) -> BTreeMap<String, String> {
    let pin = |line: &str| {
        let (name, rest) = line.split_once("==")?;
        let version: String = rest.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
        (!version.is_empty()).then(|| (normal(name.trim()), version))
    };
    text.lines().filter_map(pin).collect()
}

/// Names in the lists of `setup.py`; nothing where one is no list or table of texts.
pub(super) fn setup_names(text: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for key in ["install_requires", "extras_require"] {
        for (at, _) in text.match_indices(key) {
            let rest = text[at + key.len()..].trim_start_matches(['"', '\'']).trim_start();
            let Some(value) = rest.strip_prefix(['=', ':']) else { continue };
            names.extend(texts_of(value.trim_start())?.iter().map(|requirement| normal(requirement)));
        }
    }
    Some(names)
}

/// The texts of a literal list, or of the lists in a literal table; nothing for what is computed.
fn texts_of(literal: &str) -> Option<Vec<String>> {
    let mut texts: Vec<String> = Vec::new();
    let mut depth = 0;
    let mut rest = literal;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => depth -= 1,
            '#' => rest = rest.find('\n').map_or("", |end| &rest[end..]),
            '"' | '\'' => {
                let (text, after) = rest.split_once(c)?;
                rest = after;
                // A text before a colon names a list.
                if !after.trim_start().starts_with(':') {
                    texts.push(text.to_owned());
                }
            }
            ',' | ':' | ' ' | '\n' | '\r' | '\t' => {}
            _ => return None,
        }
        if depth == 0 {
            // What is added to it is not told.
            let ends = rest.trim_start_matches([' ', '\t']).chars().next().is_none_or(|c| ",)}#;\r\n".contains(c));
            return (ends && matches!(c, ']' | '}')).then_some(texts);
        }
    }
    None
}

/// Names in the lists of `setup.cfg`.
pub(super) fn setup_cfg_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut section, mut inside) = (String::new(), false);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
            inside = false;
        } else if !line.starts_with([' ', '\t']) {
            let key = line.split('=').next().unwrap_or_default().trim();
            inside = section == "options" && key == "install_requires"
                || section == "options.extras_require" && !key.is_empty() && !key.starts_with('#');
            let value = line.split_once('=').map_or("", |(_, value)| value.trim());
            if inside && !value.is_empty() {
                names.push(normal(value));
            }
        } else if inside && !line.trim().is_empty() && !line.trim().starts_with('#') {
            names.push(normal(line.trim()));
        }
    }
    names
}

/// Lines of a requirements file; `-r FILE` is followed.
pub(super) fn requirement_names(
    text: &str,
    path: &str,
    read: &dyn Fn(&str) -> Option<String>,
    depth: usize,
) -> Vec<String> {
    let mut names = Vec::new();
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or(line).trim();
        if let Some(file) = line.strip_prefix("-r ").or_else(|| line.strip_prefix("--requirement ")) {
            let inner = paths::join(paths::parent(path), file.trim());
            if let Some(text) = read(&inner).filter(|_| depth < 4) {
                names.extend(requirement_names(&text, &inner, read, depth + 1));
            }
        } else if let Some(project) = line.strip_prefix("-e ").or_else(|| line.strip_prefix("--editable ")) {
            // A project beside the list brings its own.
            let directory = paths::join(paths::parent(path), project.split('[').next().unwrap_or(project).trim());
            let manifest = |name: &str| read(&paths::join(&directory, name));
            names.extend(manifest("pyproject.toml").and_then(|text| toml_names(&text)).unwrap_or_default());
            names.extend(manifest("setup.py").and_then(|text| setup_names(&text)).unwrap_or_default());
            names.extend(manifest("setup.cfg").map(|text| setup_cfg_names(&text)).unwrap_or_default());
        } else if !line.is_empty() && !line.starts_with(['#', '-']) {
            names.push(normal(line));
        }
    }
    names
}

pub(super) fn json_names(text: &str) -> Option<Vec<String>> {
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let mut names = Vec::new();
    for key in ["dependencies", "devDependencies", "optionalDependencies"] {
        if let Some(Value::Object(map)) = value.get(key) {
            // What lies in the project is no package of a registry.
            let own = |spec: &Value| {
                let local = ["file:", "link:", "workspace:", "portal:", "./", "../"];
                spec.as_str().is_some_and(|spec| local.iter().any(|start| spec.starts_with(start)))
            };
            names.extend(map.iter().filter(|(_, spec)| !own(spec)).map(|(name, _)| name.clone()));
        }
    }
    Some(names)
}

/// Groups and extras that are for development, by custom.
const DEVELOPMENT_GROUPS: [&str; 9] =
    ["dev", "develop", "development", "test", "tests", "testing", "lint", "docs", "typing"];

pub(super) fn toml_names(text: &str) -> Option<Vec<String>> {
    let value: toml::Value = toml::from_str(text).ok()?;
    let mut names = Vec::new();
    if let Some(list) = value.get("project").and_then(|p| p.get("dependencies")).and_then(|d| d.as_array()) {
        names.extend(list.iter().filter_map(|v| v.as_str()).map(normal));
    }
    // What is asked for by an extra or a group is there where a step asks for it; what only development wants does no harm.
    let lists = |table: Option<&toml::Value>| -> Vec<String> {
        let lists = table.and_then(|t| t.as_table()).into_iter().flatten();
        let lists = lists.filter(|(name, _)| !DEVELOPMENT_GROUPS.contains(&name.as_str()));
        lists.filter_map(|(_, list)| list.as_array()).flatten().filter_map(|v| v.as_str()).map(normal).collect()
    };
    names.extend(lists(value.get("project").and_then(|p| p.get("optional-dependencies"))));
    names.extend(lists(value.get("dependency-groups")));
    let groups =
        value.get("tool").and_then(|t| t.get("poetry")).and_then(|p| p.get("group")).and_then(|g| g.as_table());
    for (_, group) in groups.into_iter().flatten().filter(|(name, _)| !DEVELOPMENT_GROUPS.contains(&name.as_str())) {
        let table = group.get("dependencies").and_then(|d| d.as_table());
        names.extend(table.into_iter().flat_map(|table| table.keys()).map(|name| normal(name)));
    }
    // Pipenv's own file.
    if let Some(table) = value.get("packages").and_then(|packages| packages.as_table()) {
        names.extend(table.keys().map(|name| normal(name)));
    }
    let poetry = value.get("tool").and_then(|t| t.get("poetry")).and_then(|p| p.get("dependencies"));
    if let Some(table) = poetry.and_then(|d| d.as_table()) {
        names.extend(table.keys().map(|k| normal(k)));
    }
    Some(names)
}

/// The packages that a lock file lists, those for development left out where it tells; one in another form says nothing.
pub(super) fn lock_names(text: &str) -> Option<Vec<String>> {
    if text.contains("\nDEPENDENCIES\n") {
        // Bundler: `    name (version)` below the sources.
        let spec = |line: &str| {
            let name = line.strip_prefix("    ").filter(|rest| !rest.starts_with(' '))?;
            name.split_once(" (").map(|(name, _)| name.to_owned())
        };
        return Some(text.lines().filter_map(spec).collect());
    }
    if text.trim_start().starts_with("%{") {
        // Mix: `  "name": {:hex, :name, "1.0", …},`
        let name = |line: &str| {
            let (name, rest) = line.trim_start().strip_prefix('"')?.split_once('"')?;
            rest.starts_with(": {").then(|| normal(name))
        };
        return Some(text.lines().filter_map(name).collect());
    }
    if let Ok(value) = toml::from_str::<toml::Value>(text) {
        let packages = value.get("package")?.as_array()?;
        return Some(packages.iter().filter_map(|p| p.get("name")?.as_str()).map(normal).collect());
    }
    let value: Value = serde_json::from_str(text).ok()?;
    if let Some(packages) = value.get("packages").and_then(|packages| packages.as_array()) {
        return Some(packages.iter().filter_map(|p| p.get("name")?.as_str()).map(str::to_owned).collect());
    }
    Some(value.get("default")?.as_object()?.keys().map(|name| normal(name)).collect())
}

/// The packages of npm's lock file that are not for development only.
pub(super) fn npm_lock_names(text: &str) -> Option<Vec<String>> {
    let value: Value = serde_json::from_str(text).ok()?;
    let packages = value.get("packages")?.as_object()?;
    let lasting = packages.iter().filter(|(_, package)| package.get("dev") != Some(&Value::Bool(true)));
    let name = |path: &String| path.rsplit_once("node_modules/").map(|(_, name)| name.to_owned());
    Some(lasting.filter_map(|(path, _)| name(path)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirement_lines() {
        let text = "# c\nDjango==4.2 # x\npsycopg2[binary]>=2 ; python_version > '3'\n-r more.txt\n--hash=x\nfoo_bar\n";
        let read = |path: &str| (path == "/app/more.txt").then(|| "lxml\n".to_owned());
        assert_eq!(requirement_names(text, "/app/r.txt", &read, 0), ["django", "psycopg2", "lxml", "foo-bar"]);
    }

    #[test]
    fn lock_files_list_packages_and_what_these_could_have() {
        let poetry =
            "[[package]]\nname = \"SQLAlchemy\"\nversion = \"2.0.1\"\n\n[package.extras]\naioodbc = [\"aioodbc\"]\n";
        assert_eq!(lock_names(poetry).unwrap(), ["sqlalchemy"]);
        assert_eq!(lock_names("{\"default\": {\"Lxml\": {}}, \"develop\": {\"x\": {}}}").unwrap(), ["lxml"]);
        let mix = "%{\n  \"plug_crypto\": {:hex, :plug_crypto, \"1.0\", \"x\", [:mix], [], \"hexpm\", \"y\"},\n}\n";
        assert_eq!(lock_names(mix).unwrap(), ["plug-crypto"]);
        assert_eq!(lock_names("# yarn lockfile v1\na@1:\n  b"), None);
    }

    #[test]
    fn projects_of_setuptools() {
        assert_eq!(
            setup_names("setup(install_requires=['psycopg2>=2', \"Django\"],\n extras_require={'x': ['lxml']})")
                .unwrap()
                .join(" "),
            "psycopg2 django lxml"
        );
        assert_eq!(setup_names("setup(name='x')").unwrap(), [""; 0]);
        assert_eq!(setup_names("setup(install_requires=read('requirements.txt'))"), None);
        // Brackets inside of texts end nothing, and comments are none.
        let extras = "setup(install_requires=[\n 'uvicorn[standard]>=0.20',  # 'x'\n 'psycopg2>=2.9',\n])";
        assert_eq!(setup_names(extras).unwrap(), ["uvicorn", "psycopg2"]);
        for computed in ["['a'] + more", "[a]", "['a' if x else 'b']", "['a'"] {
            let text = format!("setup(install_requires={computed})");
            assert_eq!(setup_names(&text), None, "{computed}");
        }
        let cfg = "[metadata]\nname = x\n[options]\npackages = find:\ninstall_requires =\n    psycopg2>=2\n    # c\n    Django\nzip_safe = no\n[options.extras_require]\nmagic =\n    python-magic\n";
        assert_eq!(setup_cfg_names(cfg), ["psycopg2", "django", "python-magic"]);
        let toml = "[project]\nname = \"x\"\ndependencies = [\"a\"]\n[project.optional-dependencies]\nprod = [\"b\"]\ndev = [\"c\"]\n[tool.poetry.group.web.dependencies]\nd = \"1\"\n";
        assert_eq!(toml_names(toml).unwrap(), ["a", "b", "d"]);
        let read =
            |path: &str| (path == "/app/libs/common/setup.py").then(|| "setup(install_requires=['lxml'])".to_owned());
        assert_eq!(requirement_names("-e libs/common\nflask", "/app/requirements.txt", &read, 0), ["lxml", "flask"]);
    }

    #[test]
    fn exact_versions() {
        let found = pinned("Django==4.2 # x\nlxml>=4\npsycopg2-binary==2.8.3 \\\n  --hash=sha256:0\n");
        assert_eq!(found["django"], "4.2");
        assert_eq!(found["psycopg2-binary"], "2.8.3");
        assert_eq!(found.len(), 2);
    }
}
