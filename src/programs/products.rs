//! Names of the programs that one build command makes of a project, where its tool chooses them.

use super::language::{Language, Layout};
use super::sources::go::go_mains;
use crate::context::{BuildContext, Entry, clean, join};
use std::collections::BTreeSet;

/// The programs that a command with these words makes of the project in `root` of the context; nothing where that cannot be
/// said.
pub(super) fn products(
    language: &Language,
    context: &dyn BuildContext,
    root: &str,
    words: &[&str],
) -> Option<BTreeSet<String>> {
    match language.data.layout {
        Layout::Go => go(context, root, words),
        Layout::Rust => rust(context, root, words),
        Layout::Java | Layout::Node | Layout::Python | Layout::C => None,
    }
}

/// The last part of each main package's path, as `go build -o DIR/` and `go install` name programs.
fn go(context: &dyn BuildContext, root: &str, words: &[&str]) -> Option<BTreeSet<String>> {
    let is_package = |word: &&&str| **word == "." || word.starts_with("./");
    let mut named: Vec<&str> = words.iter().filter(is_package).copied().collect();
    if named.is_empty() {
        named.push(".");
    }
    let mains = go_mains(context, root)?;
    let mut found = BTreeSet::new();
    for word in named {
        let (start, below) = match word.strip_suffix("...") {
            Some(start) => (start.trim_end_matches('/'), true),
            None => (word, false),
        };
        let directory = clean(&join(root, start));
        for main in &mains {
            let inside = directory.is_empty() || *main == directory || main.starts_with(&format!("{directory}/"));
            if *main == directory || below && inside {
                found.insert(go_name(context, main)?);
            }
        }
    }
    (!found.is_empty()).then_some(found)
}

/// A directory's name, or for the root of a module the last part of the module's path; a version is no name.
fn go_name(context: &dyn BuildContext, directory: &str) -> Option<String> {
    let manifest = context.text(&join(directory, "go.mod")).ok();
    let module = manifest.iter().flat_map(|text| text.lines()).find_map(|line| line.trim().strip_prefix("module "));
    let path = module.map_or(directory, |module| module.trim().trim_matches('"'));
    let is_version = |part: &&str| part.strip_prefix('v').is_some_and(|n| n.parse::<u32>().is_ok());
    path.rsplit('/').find(|part| !is_version(part)).filter(|part| !part.is_empty()).map(str::to_owned)
}

/// The programs of a Cargo package: by its name, by `[[bin]]`, and by the files in `src/bin`.
fn rust(context: &dyn BuildContext, root: &str, words: &[&str]) -> Option<BTreeSet<String>> {
    let value = |flag: &str| {
        let at = words.iter().position(|w| *w == flag || w.starts_with(&format!("{flag}=")))?;
        words[at].split_once('=').map(|(_, value)| value).or(words.get(at + 1).copied())
    };
    if let Some(name) = value("--bin") {
        return Some([name.to_owned()].into());
    }
    let path = value("--path").unwrap_or(".");
    let root = match path.starts_with('/') {
        // An absolute path is one of the image: whoever asks gives the project's own directory.
        true => root.to_owned(),
        false => clean(&join(root, path)),
    };
    let manifest: toml::Table = context.text(&join(&root, "Cargo.toml")).ok()?.parse().ok()?;
    let package = manifest.get("package")?.get("name")?.as_str()?.to_owned();
    let mut found = BTreeSet::new();
    let has_file = |path: &str| matches!(context.entry(&join(&root, path)), Entry::File { .. });
    let listed = manifest.get("bin").and_then(|bins| bins.as_array());
    for bin in listed.into_iter().flatten() {
        found.insert(bin.get("name")?.as_str()?.to_owned());
    }
    let main_is_listed =
        listed.into_iter().flatten().any(|bin| bin.get("path").is_some_and(|p| p.as_str() == Some("src/main.rs")));
    if has_file("src/main.rs") && !main_is_listed {
        found.insert(package);
    }
    for name in context.list(&join(&root, "src/bin")).unwrap_or_default() {
        let stem = name.strip_suffix(".rs").unwrap_or(&name);
        if name.ends_with(".rs") || has_file(&format!("src/bin/{name}/main.rs")) {
            found.insert(stem.to_owned());
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The archive that Maven makes of a project of one module, without `.jar`: `finalName`, else name and version.
/// <https://maven.apache.org/pom.html#The_BaseBuild_Element_Set>
pub(super) fn archive(context: &dyn BuildContext, root: &str) -> Option<String> {
    let text = context.text(&join(root, "pom.xml")).ok()?;
    // Of the project itself: parents, dependencies and plugins have names and versions, too.
    let mut own = text.clone();
    for part in [
        "parent",
        "dependencies",
        "dependencyManagement",
        "profiles",
        "modules",
        "plugins",
        "pluginManagement",
        "properties",
    ] {
        own = without(&own, part);
    }
    let of = |text: &str, element: &str| {
        let (_, rest) = text.split_once(&format!("<{element}>"))?;
        Some(rest.split('<').next()?.trim().to_owned())
    };
    let name = match of(&own, "finalName") {
        Some(name) => name,
        None => {
            let parent = text.split_once("<parent>").and_then(|(_, rest)| rest.split("</parent>").next());
            let version = of(&own, "version").or_else(|| of(parent?, "version"))?;
            format!("{}-{version}", of(&own, "artifactId")?)
        }
    };
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    plain.then_some(name)
}

/// A text of XML without the elements of a name, which do not lie in each other.
fn without(text: &str, element: &str) -> String {
    let (start, end) = (format!("<{element}>"), format!("</{element}>"));
    let mut parts = text.split(start.as_str());
    let mut rest = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        rest.push_str(part.split_once(end.as_str()).map_or("", |(_, behind)| behind));
    }
    rest
}

#[cfg(test)]
mod tests {
    use crate::context::MemoryContext;

    fn names(language: &str, files: &[(&str, &str)], root: &str, command: &str) -> String {
        let context = MemoryContext::new(files.iter().copied());
        let words: Vec<&str> = command.split(' ').collect();
        let found = crate::programs::products(language, &context, root, &words);
        found.map_or("?".to_owned(), |names| names.into_iter().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn programs_of_go() {
        let main = "package main\n";
        let files = [
            ("go.mod", "module example.com/shop/v2\n"),
            ("main.go", main),
            ("cmd/web/main.go", main),
            ("cmd/importer/main.go", main),
            ("internal/x/x.go", "package x\n"),
        ];
        for (command, expected) in [
            ("go build -o /usr/local/bin/ ./cmd/...", "importer web"),
            ("go build -o /usr/local/bin/ ./cmd/web", "web"),
            ("go build -o /usr/local/bin/ ./cmd/web ./cmd/importer", "importer web"),
            ("go build -o /usr/local/bin/ .", "shop"),
            ("go install ./...", "importer shop web"),
            ("go build ./internal/x", "?"),
        ] {
            assert_eq!(names("go", &files, "", command), expected, "{command}");
        }
        assert_eq!(names("go", &[("a/go.mod", "module x/tool\n"), ("a/main.go", main)], "a", "go build"), "tool");
        assert_eq!(names("go", &[("main.go", main)], "", "go build"), "?");
    }

    #[test]
    fn archives_of_maven() {
        let name = |pom: &str| {
            let context = MemoryContext::new([("pom.xml", pom)]);
            crate::programs::archive(&context, "").unwrap_or("?".to_owned())
        };
        let parent = "<parent><artifactId>starter</artifactId><version>3.1</version></parent>";
        let plugin =
            "<build><plugins><plugin><artifactId>p</artifactId><version>9</version></plugin></plugins></build>";
        assert_eq!(
            name(&format!("<project>{parent}<artifactId>shop</artifactId><version>1.0</version>{plugin}</project>")),
            "shop-1.0"
        );
        assert_eq!(name(&format!("<project>{parent}<artifactId>shop</artifactId></project>")), "shop-3.1");
        assert_eq!(
            name(
                "<project><artifactId>a</artifactId><version>1</version><build><finalName>app</finalName></build></project>"
            ),
            "app"
        );
        assert_eq!(name("<project><artifactId>a</artifactId><version>${revision}</version></project>"), "?");
        assert_eq!(name("<project><artifactId>a</artifactId></project>"), "?");
    }

    #[test]
    fn programs_of_rust() {
        let manifest = "[package]\nname = \"shop\"\n";
        let main = "fn main() {}";
        for (about, files, command, expected) in [
            ("one", vec![("Cargo.toml", manifest), ("src/main.rs", main)], "cargo install --path .", "shop"),
            (
                "more",
                vec![
                    ("Cargo.toml", manifest),
                    ("src/main.rs", main),
                    ("src/bin/importer.rs", main),
                    ("src/bin/sync/main.rs", main),
                    ("src/bin/notes.txt", ""),
                ],
                "cargo install --path .",
                "importer shop sync",
            ),
            (
                "listed",
                vec![
                    ("cli/Cargo.toml", "[package]\nname = \"shop\"\n[[bin]]\nname = \"web\"\npath = \"src/main.rs\"\n"),
                    ("cli/src/main.rs", main),
                ],
                "cargo install --path=cli",
                "web",
            ),
            ("chosen", vec![("Cargo.toml", manifest)], "cargo install --path . --bin web", "web"),
            ("a workspace", vec![("Cargo.toml", "[workspace]\n")], "cargo install --path .", "?"),
            ("nothing", vec![], "cargo install --path .", "?"),
        ] {
            assert_eq!(names("rust", &files, "", command), expected, "{about}");
        }
        assert_eq!(names("python", &[], "", "pip install ."), "?");
    }
}
