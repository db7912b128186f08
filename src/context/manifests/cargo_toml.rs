//! `Cargo.toml` and `Cargo.lock`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::{BuildContext, Entry, Unavailable, clean, glob, join};
use super::fields::{Table, parse_toml, unknown};

const FILE: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";

/// What a `Cargo.toml` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CargoToml {
    /// `package.name`; none for a workspace without a root package.
    pub name: Option<String>,
    /// `package.version`; none when the workspace sets it.
    pub version: Option<String>,
    /// `package.default-run`.
    pub default_run: Option<String>,
    /// `[[bin]]` tables.
    pub bins: Vec<Binary>,
    /// False when `autobins = false` stops Cargo from finding binaries by their place.
    pub autobins: bool,
    /// `workspace`.
    pub workspace: Option<Workspace>,
    /// `dependencies`, also those for some targets only.
    pub dependencies: BTreeMap<String, CargoDependency>,
    /// `build-dependencies`.
    pub build_dependencies: BTreeMap<String, CargoDependency>,
    /// `workspace.dependencies`.
    pub workspace_dependencies: BTreeMap<String, CargoDependency>,
    /// `profile.*`: name to its settings as written.
    pub profiles: BTreeMap<String, Map<String, Value>>,
}

/// A binary of a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binary {
    /// The name of the file it becomes.
    pub name: String,
    /// Its source, relative to the manifest, if the manifest says it.
    pub path: Option<String>,
}

/// `workspace`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workspace {
    /// Patterns of member directories.
    pub members: Vec<String>,
    /// The members that commands without `-p` work on; empty for the root package or all.
    pub default_members: Vec<String>,
    /// Directories that do not belong to it.
    pub exclude: Vec<String>,
}

/// A dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CargoDependency {
    /// The package it is, which may have another name than the key.
    pub package: String,
    /// Features asked for.
    pub features: Vec<String>,
    /// False for `default-features = false`.
    pub default_features: bool,
    /// Built only for a feature of this package.
    pub optional: bool,
    /// The workspace says the rest.
    pub workspace: bool,
    /// A directory, relative to the manifest.
    pub path: Option<String>,
}

/// What a `Cargo.lock` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CargoLock {
    /// All packages, in the file's order.
    pub packages: Vec<LockedPackage>,
}

/// A package with its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl CargoToml {
    /// Reads `Cargo.toml` in `directory`.
    pub fn read(context: &dyn BuildContext, directory: &str) -> Result<CargoToml, Unavailable> {
        CargoToml::parse(&context.text(&join(directory, FILE))?)
    }

    /// Reads the text of a `Cargo.toml`.
    pub fn parse(text: &str) -> Result<CargoToml, Unavailable> {
        let map = parse_toml(FILE, text)?;
        let root = Table { file: FILE, map: &map };
        let mut file = CargoToml { autobins: true, ..CargoToml::default() };
        if let Some(package) = root.table("package")? {
            file.name = package.text("name");
            file.version = package.text("version");
            file.default_run = package.text("default-run");
            file.autobins = package.get("autobins") != Some(&Value::Bool(false));
        }
        for bin in root.tables("bin")? {
            let name = bin.text("name").ok_or_else(|| unknown(FILE, "a binary without a name"))?;
            file.bins.push(Binary { name, path: bin.text("path") });
        }
        if let Some(workspace) = root.table("workspace")? {
            file.workspace = Some(Workspace {
                members: workspace.texts("members")?,
                default_members: workspace.texts("default-members")?,
                exclude: workspace.texts("exclude")?,
            });
            file.workspace_dependencies = dependencies(workspace, "dependencies")?;
        }
        file.dependencies = dependencies(root, "dependencies")?;
        file.build_dependencies = dependencies(root, "build-dependencies")?;
        if let Some(targets) = root.table("target")? {
            for name in targets.map.keys() {
                let Some(target) = targets.table(name)? else { continue };
                file.dependencies.extend(dependencies(target, "dependencies")?);
                file.build_dependencies.extend(dependencies(target, "build-dependencies")?);
            }
        }
        if let Some(profiles) = root.table("profile")? {
            let tables =
                profiles.map.iter().filter_map(|(name, value)| Some((name.clone(), value.as_object()?.clone())));
            file.profiles = tables.collect();
        }
        Ok(file)
    }

    /// The binaries of the package whose manifest lies in `directory`: the `[[bin]]` tables and those that Cargo finds by
    /// their place (`src/main.rs`, `src/bin/`). Sorted; empty for a library or a workspace without a root package.
    pub fn binaries(&self, context: &dyn BuildContext, directory: &str) -> Result<Vec<Binary>, Unavailable> {
        let mut found = self.bins.clone();
        if let (Some(package), true) = (&self.name, self.autobins) {
            let mut places = Vec::new();
            match context.entry(&join(directory, "src/main.rs")) {
                Entry::Absent => {}
                Entry::Unknown => return Err(Unavailable::Unknown("`src/main.rs` is not known".to_owned())),
                _ => places.push((package.clone(), "src/main.rs".to_owned())),
            }
            let names = match context.list(&join(directory, "src/bin")) {
                Err(Unavailable::Absent) => Vec::new(),
                names => names?,
            };
            for name in names {
                let path = format!("src/bin/{name}");
                if let Some(stem) = name.strip_suffix(".rs") {
                    places.push((stem.to_owned(), path));
                } else if context.entry(&join(directory, &format!("{path}/main.rs"))) != Entry::Absent {
                    places.push((name, format!("{path}/main.rs")));
                }
            }
            for (name, path) in places {
                let declared = |bin: &&Binary| bin.name == name || bin.path.as_deref().map(clean) == Some(path.clone());
                if found.iter().find(declared).is_none() {
                    found.push(Binary { name, path: Some(path) });
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// The directories of the workspace's members, relative to the context root; `directory` holds this manifest. Members
    /// that path dependencies add are not among them.
    pub fn members(&self, context: &dyn BuildContext, directory: &str) -> Result<Vec<String>, Unavailable> {
        let Some(workspace) = &self.workspace else { return Ok(Vec::new()) };
        let excluded: Vec<String> = workspace.exclude.iter().map(|path| clean(&join(directory, path))).collect();
        let mut found = Vec::new();
        for pattern in &workspace.members {
            for path in glob(context, &join(directory, pattern))? {
                let is_excluded = excluded.iter().any(|base| {
                    path.strip_prefix(base.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                });
                match context.entry(&join(&path, FILE)) {
                    Entry::Absent => {}
                    _ if is_excluded => {}
                    _ => found.push(path),
                }
            }
        }
        found.sort();
        found.dedup();
        Ok(found)
    }
}

impl CargoLock {
    /// Reads `Cargo.lock` in `directory`.
    pub fn read(context: &dyn BuildContext, directory: &str) -> Result<CargoLock, Unavailable> {
        CargoLock::parse(&context.text(&join(directory, LOCK))?)
    }

    /// Reads the text of a `Cargo.lock`.
    pub fn parse(text: &str) -> Result<CargoLock, Unavailable> {
        let map = parse_toml(LOCK, text)?;
        let mut packages = Vec::new();
        for package in (Table { file: LOCK, map: &map }).tables("package")? {
            let field = |key| package.text(key).ok_or_else(|| unknown(LOCK, format!("a package without `{key}`")));
            packages.push(LockedPackage { name: field("name")?, version: field("version")? });
        }
        Ok(CargoLock { packages })
    }

    /// The packages that by their name bind a native library: `…-sys`.
    pub fn sys_crates(&self) -> impl Iterator<Item = &LockedPackage> {
        self.packages.iter().filter(|package| package.name.ends_with("-sys") || package.name.ends_with("_sys"))
    }
}

fn dependencies(table: Table, key: &str) -> Result<BTreeMap<String, CargoDependency>, Unavailable> {
    let Some(table) = table.table(key)? else { return Ok(BTreeMap::new()) };
    let mut found = BTreeMap::new();
    for (name, value) in table.map {
        let mut dependency = CargoDependency {
            package: name.clone(),
            features: Vec::new(),
            default_features: true,
            optional: false,
            workspace: false,
            path: None,
        };
        if let Value::Object(map) = value {
            let spec = Table { file: FILE, map };
            dependency.package = spec.text("package").unwrap_or_else(|| name.clone());
            dependency.features = spec.texts("features")?;
            dependency.default_features = spec.get("default-features") != Some(&Value::Bool(false));
            dependency.optional = spec.is_true("optional");
            dependency.workspace = spec.is_true("workspace");
            dependency.path = spec.text("path");
        } else if !value.is_string() {
            return Err(unknown(FILE, format!("the dependency `{name}`")));
        }
        found.insert(name.clone(), dependency);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::super::MemoryContext;
    use super::*;

    #[test]
    fn packages() {
        let file = CargoToml::parse(
            r#"
            [package]
            name = "shop"
            version = "0.3.0"
            default-run = "server"
            [[bin]]
            name = "server"
            path = "./src/main.rs"
            [dependencies]
            serde = "1"
            tls = { package = "native-tls", version = "0.2", features = ["vendored"], optional = true }
            core = { path = "../core", default-features = false }
            log.workspace = true
            [target.'cfg(unix)'.dependencies]
            nix = "0.30"
            [build-dependencies]
            cc = "1"
            [profile.release]
            panic = "abort"
            strip = true
            "#,
        )
        .expect("valid");
        assert_eq!((file.name.as_deref(), file.default_run.as_deref()), (Some("shop"), Some("server")));
        assert_eq!(file.dependencies.keys().collect::<Vec<_>>(), ["core", "log", "nix", "serde", "tls"]);
        let tls = &file.dependencies["tls"];
        assert_eq!((tls.package.as_str(), tls.optional, tls.features[0].as_str()), ("native-tls", true, "vendored"));
        let core = &file.dependencies["core"];
        assert_eq!((core.default_features, core.path.as_deref()), (false, Some("../core")));
        assert!(file.dependencies["log"].workspace);
        assert_eq!(file.build_dependencies.len(), 1);
        assert_eq!(file.profiles["release"]["panic"], "abort");

        let files =
            ["main.rs", "bin/tool.rs", "bin/multi/main.rs", "bin/data/x.txt"].map(|f| (format!("a/src/{f}"), ""));
        let context = MemoryContext::new(files);
        let names = |file: &CargoToml| {
            let found = file.binaries(&context, "a").expect("known");
            found.into_iter().map(|bin| bin.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&file), ["multi", "server", "tool"]);
        assert_eq!(names(&CargoToml { autobins: false, ..file.clone() }), ["server"]);
        assert_eq!(names(&CargoToml { bins: Vec::new(), ..file }), ["multi", "shop", "tool"]);
    }

    #[test]
    fn workspaces_and_faults() {
        let file =
            CargoToml::parse("[workspace]\nmembers = ['crates/*', 'app']\nexclude = ['crates/old']\n").expect("valid");
        let context = MemoryContext::new([
            ("app/Cargo.toml", ""),
            ("crates/a/Cargo.toml", ""),
            ("crates/old/Cargo.toml", ""),
            ("crates/README.md", ""),
        ]);
        assert_eq!(file.members(&context, ""), Ok(vec!["app".to_owned(), "crates/a".to_owned()]));
        assert_eq!(file.binaries(&context, ""), Ok(Vec::new()));
        for text in ["[package", "bin = 1", "[[bin]]\npath = 'x'", "[dependencies]\na = 1"] {
            assert!(matches!(CargoToml::parse(text), Err(Unavailable::Unknown(_))), "{text}");
        }
    }

    #[test]
    fn locked_packages() {
        let lock = CargoLock::parse(
            "version = 4\n[[package]]\nname = \"openssl-sys\"\nversion = \"0.9.1\"\n[[package]]\nname = \"serde\"\nversion = \"1.0.0\"\n",
        )
        .expect("valid");
        assert_eq!(lock.packages.len(), 2);
        assert_eq!(lock.sys_crates().map(|package| package.name.as_str()).collect::<Vec<_>>(), ["openssl-sys"]);
        assert!(matches!(CargoLock::parse("[[package]]\nname = 'a'"), Err(Unavailable::Unknown(_))));
    }
}
