//! Packages that programs are compiled with, or packed with, as manifests and the imports of sources name them.

use super::Survey;
use crate::context;
use crate::facts::callers::{self, ManifestForm};
use crate::facts::heuristics::glob;
use crate::paths;
use crate::planner::dependencies;
use std::collections::BTreeSet;

/// The most files that are looked at for manifests.
const MANY: usize = 20_000;

/// A package of a compiled language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Linked {
    /// Id of the heuristics file whose tables know it.
    pub(super) ecosystem: String,
    /// Its name, as its registry has it.
    pub(super) name: String,
    /// The project itself asks for it; else it comes with something, and only what it always does counts.
    pub(super) direct: bool,
}

impl Survey<'_> {
    /// Packages of the languages that compile what the image holds.
    pub(super) fn linked(&self) -> BTreeSet<Linked> {
        let ecosystems: BTreeSet<String> =
            self.compiling_ecosystems().iter().map(|id| callers::table_of(id).to_owned()).collect();
        let mut found = BTreeSet::new();
        let imports = self.readings.iter().flat_map(|reading| &reading.unknown_packages);
        for import in imports {
            found.extend(ecosystems.iter().map(|ecosystem| Linked {
                ecosystem: ecosystem.clone(),
                name: import.value.clone(),
                direct: true,
            }));
        }
        let forms: Vec<_> = callers::manifests().iter().filter(|form| ecosystems.contains(&form.ecosystem)).collect();
        if forms.is_empty() || !self.inputs.context.is_known() {
            return found;
        }
        let files = context::walk_where(self.inputs.context, "", MANY, &|path| self.may_be_read(path));
        for (path, _) in files.unwrap_or_default() {
            let named = |form: &&&callers::Manifest| form.files.iter().any(|file| glob(file, paths::name(&path)));
            for manifest in forms.iter().filter(named) {
                let text = self.inputs.context.text(&path).unwrap_or_default();
                let names = names_in(manifest.form, &text).into_iter();
                found.extend(names.map(|(name, direct)| Linked {
                    ecosystem: manifest.ecosystem.clone(),
                    name,
                    direct,
                }));
            }
        }
        found
    }
}

/// Names of packages in a manifest, and whether the project asks for them itself.
fn names_in(form: ManifestForm, text: &str) -> Vec<(String, bool)> {
    match form {
        ManifestForm::Modules => modules(text),
        ManifestForm::Tables => dependencies::names_of_tables(text).into_iter().map(|name| (name, true)).collect(),
        ManifestForm::Lock => dependencies::names_of_tables(text).into_iter().map(|name| (name, false)).collect(),
        ManifestForm::Elements => elements(text).into_iter().map(|name| (name, true)).collect(),
        ManifestForm::Coordinates => coordinates(text).into_iter().map(|name| (name, true)).collect(),
    }
}

/// `require MODULE VERSION`, alone or in parentheses, with `// indirect` behind what only comes along.
/// <https://go.dev/ref/mod#go-mod-file-require>
fn modules(text: &str) -> Vec<(String, bool)> {
    let mut block = false;
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        let rest = match line.strip_prefix("require") {
            Some(rest) if rest.trim_start().starts_with('(') => {
                block = true;
                continue;
            }
            Some(rest) if rest.starts_with([' ', '\t']) => rest,
            _ if block => line,
            _ => continue,
        };
        if rest.starts_with(')') {
            block = false;
            continue;
        }
        let name = rest.split_whitespace().next().filter(|name| !name.starts_with("//"));
        found.extend(name.map(|name| (name.trim_matches('"').to_owned(), !line.contains("// indirect"))));
    }
    found
}

/// `<dependency>` elements that are not for tests, as `group:artifact`. <https://maven.apache.org/pom.html#Dependencies>
fn elements(text: &str) -> Vec<String> {
    let of = |block: &str, element: &str| {
        let (_, rest) = block.split_once(&format!("<{element}>"))?;
        Some(rest.split('<').next()?.trim().to_owned())
    };
    let blocks = text.split("<dependency>").skip(1).filter_map(|rest| rest.split("</dependency>").next());
    let used = blocks.filter(|block| of(block, "scope").is_none_or(|scope| scope != "test"));
    used.filter_map(|block| Some(format!("{}:{}", of(block, "groupId")?, of(block, "artifactId")?))).collect()
}

/// Coordinates of packages in build files for the same registry, as `group:artifact`: `"g:a:1"`, `group = "g", name = "a"`,
/// `"g" %% "a"`, `[g/a "1"]`, `g/a {`. Lines that name tests are left out.
fn coordinates(text: &str) -> Vec<String> {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.to_ascii_lowercase().contains("test")) {
        let quoted: Vec<&str> = line.split(['"', '\'']).collect();
        for (i, word) in quoted.iter().enumerate().skip(1).step_by(2) {
            let mut parts = word.split(':');
            if let (Some(group), Some(artifact)) = (parts.next(), parts.next())
                && is_word(group)
                && is_word(artifact)
            {
                found.push(format!("{group}:{artifact}"));
            }
            let between = quoted.get(i + 1).map(|between| between.trim()).unwrap_or_default();
            let pair = between.chars().all(|c| c == '%') && !between.is_empty()
                || quoted[i - 1].contains("group") && between.contains("name");
            if let Some(artifact) = quoted.get(i + 2).filter(|artifact| pair && is_word(artifact) && is_word(word)) {
                found.push(format!("{word}:{artifact}"));
            }
        }
        for word in line.split(|c: char| c.is_whitespace() || "[]{}()\"".contains(c)) {
            let pair = word.split_once('/').filter(|(group, artifact)| is_word(group) && is_word(artifact));
            found.extend(pair.map(|(group, artifact)| format!("{group}:{artifact}")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_manifests() {
        let module = "module m\n\nrequire a.b/c v1.0.0\nrequire (\n\tx.y/z/v2 v2.1.0 // indirect\n\t// a comment\n)\nreplace q => r v1\n";
        assert_eq!(modules(module), [("a.b/c".to_owned(), true), ("x.y/z/v2".to_owned(), false)]);
        let pom = "<project><groupId>own</groupId><dependencies><dependency><groupId>g.h</groupId>\n<artifactId>a</artifactId></dependency><dependency><groupId>g</groupId><artifactId>t</artifactId><scope>test</scope></dependency></dependencies></project>";
        assert_eq!(elements(pom), ["g.h:a"]);
        for (line, name) in [
            ("implementation(\"g.h:a:1.0\")", "g.h:a"),
            ("implementation group: 'g.h', name: 'a', version: '1'", "g.h:a"),
            ("x = { group = \"g.h\", name = \"a\" }", "g.h:a"),
            ("libraryDependencies += \"g.h\" %% \"a\" % \"1.0\"", "g.h:a"),
            ("  [g.h/a \"1.0\"]", "g.h:a"),
            ("g.h/a {:mvn/version \"1.0\"}", "g.h:a"),
        ] {
            assert!(coordinates(line).contains(&name.to_owned()), "{line}: {:?}", coordinates(line));
        }
        assert_eq!(coordinates("testImplementation(\"g.h:a:1.0\")"), [""; 0]);
        assert_eq!(names_in(ManifestForm::Lock, "[[package]]\nname = \"a\"\n"), [("a".to_owned(), false)]);
        assert_eq!(names_in(ManifestForm::Tables, "[dependencies]\nb = \"1\"\n"), [("b".to_owned(), true)]);
    }
}
