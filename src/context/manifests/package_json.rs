//! `package.json` and the lock files beside it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::{BuildContext, Entry, Unavailable, join};
use super::fields::{Table, parse_json, unknown};

const FILE: &str = "package.json";

/// The lock files that package managers write beside a `package.json`.
pub const LOCK_FILES: [&str; 6] =
    ["bun.lock", "bun.lockb", "npm-shrinkwrap.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock"];

/// What a `package.json` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageJson {
    /// `name`.
    pub name: Option<String>,
    /// `version`.
    pub version: Option<String>,
    /// `scripts`: name to shell text.
    pub scripts: BTreeMap<String, String>,
    /// `dependencies`: name to version range.
    pub dependencies: BTreeMap<String, String>,
    /// `devDependencies`.
    pub dev_dependencies: BTreeMap<String, String>,
    /// `optionalDependencies`.
    pub optional_dependencies: BTreeMap<String, String>,
    /// `peerDependencies`.
    pub peer_dependencies: BTreeMap<String, String>,
    /// `main`, as written.
    pub main: Option<String>,
    /// `bin`: command to file; a single file has the package's name without its scope.
    pub bin: BTreeMap<String, String>,
    /// `type`: `module` or `commonjs`.
    pub module_type: Option<String>,
    /// `workspaces`: patterns of directories.
    pub workspaces: Vec<String>,
    /// `packageManager`, such as `pnpm@9.1.0`.
    pub package_manager: Option<String>,
    /// `engines`; the old list form counts as none.
    pub engines: BTreeMap<String, String>,
}

impl PackageJson {
    /// Reads `package.json` in `directory`.
    pub fn read(context: &dyn BuildContext, directory: &str) -> Result<PackageJson, Unavailable> {
        PackageJson::parse(&context.text(&join(directory, FILE))?)
    }

    /// Reads the text of a `package.json`.
    pub fn parse(text: &str) -> Result<PackageJson, Unavailable> {
        let map = parse_json(FILE, text)?;
        let table = Table { file: FILE, map: &map };
        Ok(PackageJson {
            name: table.text("name"),
            version: table.text("version"),
            scripts: table.text_map("scripts")?,
            dependencies: table.text_map("dependencies")?,
            dev_dependencies: table.text_map("devDependencies")?,
            optional_dependencies: table.text_map("optionalDependencies")?,
            peer_dependencies: table.text_map("peerDependencies")?,
            main: table.text("main"),
            bin: bin(table)?,
            module_type: table.text("type"),
            workspaces: match table.get("workspaces") {
                Some(Value::Object(map)) => Table { file: FILE, map }.texts("packages")?,
                _ => table.texts("workspaces")?,
            },
            package_manager: table.text("packageManager"),
            engines: table.text_map("engines").unwrap_or_default(),
        })
    }
}

/// The names of [`LOCK_FILES`] in `directory`, sorted.
pub fn lock_files(context: &dyn BuildContext, directory: &str) -> Result<Vec<&'static str>, Unavailable> {
    let mut found = Vec::new();
    for name in LOCK_FILES {
        match context.entry(&join(directory, name)) {
            Entry::Absent => {}
            Entry::Unknown => return Err(Unavailable::Unknown(format!("whether there is a `{name}` is not known"))),
            _ => found.push(name),
        }
    }
    Ok(found)
}

fn bin(table: Table) -> Result<BTreeMap<String, String>, Unavailable> {
    let Some(Value::String(file)) = table.get("bin") else { return table.text_map("bin") };
    let name = table.text("name").ok_or_else(|| unknown(FILE, "`bin` is one file, but there is no `name`"))?;
    let name = name.rsplit_once('/').map_or(name.as_str(), |(_, name)| name);
    Ok(BTreeMap::from([(name.to_owned(), file.clone())]))
}

#[cfg(test)]
mod tests {
    use super::super::super::{MemoryContext, NoContext};
    use super::*;

    #[test]
    fn every_field() {
        let package = PackageJson::parse(
            r#"{
                "name": "@shop/web", "version": "1.2.0", "type": "module", "main": "dist/server.js", "bin": "cli.js",
                "scripts": {"build": "tsc -p .", "start": "node dist/server.js"},
                "dependencies": {"express": "^5"}, "devDependencies": {"typescript": "5"},
                "optionalDependencies": {"fsevents": "2"}, "peerDependencies": {"react": "*"},
                "workspaces": {"packages": ["packages/*"], "nohoist": []},
                "packageManager": "pnpm@9.1.0", "engines": {"node": ">=20"}, "private": true
            }"#,
        )
        .expect("valid");
        assert_eq!(package.name.as_deref(), Some("@shop/web"));
        assert_eq!(package.scripts["build"], "tsc -p .");
        assert_eq!(package.dependencies["express"], "^5");
        assert_eq!(package.dev_dependencies["typescript"], "5");
        assert_eq!(package.optional_dependencies["fsevents"], "2");
        assert_eq!(package.peer_dependencies["react"], "*");
        assert_eq!(package.bin, BTreeMap::from([("web".to_owned(), "cli.js".to_owned())]));
        assert_eq!(package.workspaces, ["packages/*"]);
        assert_eq!(package.module_type.as_deref(), Some("module"));
        assert_eq!(package.main.as_deref(), Some("dist/server.js"));
        assert_eq!(package.package_manager.as_deref(), Some("pnpm@9.1.0"));
        assert_eq!(package.engines["node"], ">=20");
    }

    #[test]
    fn forms_and_faults() {
        assert_eq!(PackageJson::parse("\u{feff}{}"), Ok(PackageJson::default()));
        let listed = PackageJson::parse(r#"{"workspaces": ["a"], "bin": {"x": "x.js"}, "engines": ["node"]}"#);
        let listed = listed.expect("valid");
        assert_eq!((listed.workspaces, listed.bin["x"].as_str()), (vec!["a".to_owned()], "x.js"));
        for text in ["", "[]", "{", r#"{"scripts": "build"}"#, r#"{"dependencies": {"a": 1}}"#, r#"{"bin": "x"}"#] {
            assert!(matches!(PackageJson::parse(text), Err(Unavailable::Unknown(_))), "{text}");
        }
    }

    #[test]
    fn lock_files_are_found_or_unknown() {
        let context =
            MemoryContext::new([("app/yarn.lock", ""), ("app/package-lock.json", ""), ("pnpm-lock.yaml", "")]);
        assert_eq!(lock_files(&context, "app"), Ok(vec!["package-lock.json", "yarn.lock"]));
        assert_eq!(PackageJson::read(&context, "app"), Err(Unavailable::Absent));
        assert!(matches!(lock_files(&NoContext, ""), Err(Unavailable::Unknown(_))));
    }
}
