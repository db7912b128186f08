//! Packages that are published in a language's public registry: in which form, with which dependencies.
//!
//! A package that is not in the tables may be public all the same; nothing is known of it then.

use super::lines;
use std::collections::BTreeSet;
use std::sync::OnceLock;

static PYPI: &str = include_str!("../../heuristics/data/registry-pypi.txt");
static NPM: &str = include_str!("../../heuristics/data/registry-npm.txt");

static NPM_SIZES: &str = include_str!("../../heuristics/data/sizes-npm.txt");
static PYPI_SIZES: &str = include_str!("../../heuristics/data/sizes-pypi.txt");

/// In which form a package is published for Linux on x86-64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Files of its language, the same for every system.
    Pure,
    /// Compiled for Linux.
    Binary {
        /// It can be had ready-made where the C library is musl, too.
        musl: bool,
    },
    /// Source that the installation compiles or at least builds.
    SourceOnly,
}

/// What is known of one published package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its form.
    pub form: Form,
    /// It puts files outside the directory of packages, such as `share` or `etc` of the prefix. False means not known.
    pub data_files: bool,
    /// Its installation runs a script of its own.
    pub install_script: bool,
    needs: &'static str,
}

impl Published {
    /// The fields of one line; `None` for a form that is no form.
    fn parse(fields: &'static str) -> Option<Self> {
        let (form, needs) = fields.split_once('\t').unwrap_or((fields, ""));
        let marks = form.get(1..)?;
        let form = match form.get(..1)? {
            "p" => Form::Pure,
            "b" => Form::Binary { musl: marks.contains('m') },
            "s" => Form::SourceOnly,
            _ => return None,
        };
        Some(Self { form, data_files: marks.contains('d'), install_script: marks.contains('i'), needs })
    }

    /// Names of the packages that are installed with it on Linux. Extras do not count, unless another package's
    /// requirement asks for them: those stand with that package.
    pub fn needs(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.needs.split(' ').filter(|name| !name.is_empty())
    }
}

/// Packages with everything that is installed with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closure {
    /// All names, those that were asked for among them.
    pub names: BTreeSet<String>,
    /// Those of `names` that the tables do not have: what they are and what they need is not known.
    pub unknown: BTreeSet<String>,
}

/// What is known of a package of an ecosystem (`python`, `node`). The name is in its normal form: for Python lower case,
/// with `-` for `_` and `.`; for Node as it is. `None` when the table does not have it, or there is no table.
pub fn published(ecosystem: &str, name: &str) -> Option<Published> {
    Published::parse(lines::fields_of(table(ecosystem)?, name)?)
}

/// All packages that come with `names`. In an ecosystem without a table every name is unknown.
pub fn closure<'a>(ecosystem: &str, names: impl Iterator<Item = &'a str>) -> Closure {
    let mut found = Closure::default();
    let mut todo: Vec<String> = names.map(str::to_owned).collect();
    while let Some(name) = todo.pop() {
        if found.names.contains(&name) {
            continue;
        }
        match published(ecosystem, &name) {
            Some(package) => todo.extend(package.needs().map(str::to_owned)),
            None => {
                found.unknown.insert(name.clone());
            }
        }
        found.names.insert(name);
    }
    found
}

/// What a package takes, in kB (10^3 bytes): for Node when it is installed, for Python when it is downloaded; the mean of those
/// that are not listed, and nothing for an ecosystem without a table.
pub fn size_kb(ecosystem: &str, name: &str) -> u32 {
    let (head, listed) = match ecosystem {
        "node" => NPM_SIZES.split_once('\n').unwrap_or_default(),
        "python" => PYPI_SIZES.split_once('\n').unwrap_or_default(),
        _ => return 0,
    };
    let known = lines::fields_of(listed, name).and_then(|kb| kb.parse().ok());
    known.or_else(|| head.rsplit(' ').next()?.parse().ok()).unwrap_or_default()
}

/// The date of the facts of an ecosystem, `YYYY-MM-DD`.
pub fn facts_of(ecosystem: &str) -> Option<&'static str> {
    let head = text(ecosystem)?.lines().next()?;
    head.split_once("facts of ")?.1.get(..10)
}

fn text(ecosystem: &str) -> Option<&'static str> {
    match ecosystem {
        "python" => Some(PYPI),
        "node" => Some(NPM),
        _ => None,
    }
}

/// The lines below the comment at the head.
fn table(ecosystem: &str) -> Option<&'static str> {
    static TABLES: OnceLock<[&str; 2]> = OnceLock::new();
    let [pypi, npm] = TABLES.get_or_init(|| [PYPI, NPM].map(|text| text.split_once('\n').map_or("", |(_, rest)| rest)));
    match ecosystem {
        "python" => Some(pypi),
        "node" => Some(npm),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_measured_or_a_mean() {
        let listed = NPM_SIZES.split_once('\n').unwrap().1;
        assert!(lines::is_sorted(listed));
        assert!(
            listed.lines().all(|line| line.split_once('\t').is_some_and(|(_, kb)| kb.parse::<u32>().unwrap() >= 200))
        );
        assert!(size_kb("node", "typescript") > 20_000);
        assert!((1..200).contains(&size_kb("node", "no-such-package")));
        assert!(size_kb("python", "numpy") > 10_000 && (1..200).contains(&size_kb("python", "no-such-package")));
        assert_eq!(size_kb("go", "typescript"), 0);
    }

    #[test]
    fn the_tables_are_sound() {
        for (ecosystem, least) in [("python", 2000), ("node", 3000)] {
            let table = table(ecosystem).unwrap();
            assert!(lines::is_sorted(table), "{ecosystem}");
            assert!(table.lines().count() >= least, "{ecosystem}: {}", table.lines().count());
            for line in table.lines() {
                let (name, fields) = line.split_once('\t').unwrap_or_else(|| panic!("{line:?} has no form"));
                let package = Published::parse(fields).unwrap_or_else(|| panic!("{line:?} has another form"));
                let form = fields.split('\t').next().unwrap();
                assert!(form[1..].chars().all(|c| "mdi".contains(c)), "{line:?}");
                assert!(package.needs().all(|need| need != name), "{name} needs itself");
                if ecosystem == "python" {
                    let normal = |name: &str| !name.contains(['_', '.', ' ']) && name == name.to_lowercase();
                    assert!(normal(name) && package.needs().all(normal), "{line:?}");
                }
            }
            assert!(facts_of(ecosystem).is_some_and(|date| date.starts_with("20")));
        }
        assert!(PYPI.len() + NPM.len() <= 400 * 1024, "{} bytes are too many", PYPI.len() + NPM.len());
        assert_eq!(facts_of("cobol"), None);
    }

    #[test]
    fn forms_of_well_known_packages() {
        let form = |ecosystem, name| published(ecosystem, name).map(|package| package.form);
        assert_eq!(form("python", "requests"), Some(Form::Pure));
        assert_eq!(form("python", "numpy"), Some(Form::Binary { musl: true }));
        assert_eq!(form("python", "torch"), Some(Form::Binary { musl: false }));
        assert_eq!(form("python", "mysqlclient"), Some(Form::SourceOnly));
        assert_eq!(form("node", "express"), Some(Form::Pure));
        assert_eq!(form("python", "a-private-package"), None);
        assert_eq!(form("node", "requests-of-nobody"), None);
        assert_eq!(form("cobol", "requests"), None);
    }

    #[test]
    fn install_scripts_and_data_files_are_told() {
        assert!(published("node", "esbuild").unwrap().install_script);
        assert!(!published("node", "express").unwrap().install_script);
        let package = Published::parse("bmd\ta b").unwrap();
        assert!(package.data_files && !package.install_script && package.form == Form::Binary { musl: true });
        assert_eq!(package.needs().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(Published::parse("p").unwrap().needs().count(), 0);
        assert!(Published::parse("x").is_none() && Published::parse("").is_none());
    }

    #[test]
    fn a_closure_has_what_dependencies_need() {
        let found = closure("python", ["flask", "a-private-package"].into_iter());
        for name in ["flask", "werkzeug", "jinja2", "markupsafe", "a-private-package"] {
            assert!(found.names.contains(name), "{name} of {found:?}");
        }
        assert_eq!(found.unknown.iter().collect::<Vec<_>>(), ["a-private-package"]);
        let found = closure("node", ["express"].into_iter());
        assert!(found.names.contains("body-parser") && found.names.contains("bytes") && found.unknown.is_empty());
        let found = closure("cobol", ["a"].into_iter());
        assert_eq!((found.names.len(), found.unknown.len()), (1, 1));
        assert_eq!(closure("python", std::iter::empty()), Closure::default());
    }
}
