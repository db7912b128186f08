//! What packages of a language do when their program runs: which commands they start, and whether they compile.
//!
//! The facts stand in `heuristics/data/callers.toml`, whose head describes the fields, and in `library-needs.toml`.

use super::libraries::{self, library_needs};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/data/callers.json"));

/// How often a package compiles at run time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compiles {
    /// It does not.
    #[default]
    Never,
    /// Some of its functions do.
    Sometimes,
    /// It does, however it is used.
    Always,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Caller {
    ecosystem: String,
    packages: Vec<String>,
    #[serde(default)]
    calls: Vec<String>,
    #[serde(default)]
    may_call: Vec<String>,
    #[serde(default)]
    musl_calls: Vec<String>,
    #[serde(default)]
    musl_by: Vec<String>,
    #[serde(default)]
    compiles: Compiles,
    #[serde(default)]
    signs: Vec<String>,
    #[serde(default)]
    beside: Vec<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quiet {
    ecosystem: String,
    packages: Vec<String>,
    source: String,
}

/// How manifests of a language name packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestForm {
    /// `require MODULE VERSION`.
    Modules,
    /// TOML with a table of dependencies.
    Tables,
    /// TOML that lists every package, what only comes along as well.
    Lock,
    /// XML with `<dependency>` elements.
    Elements,
    /// `group:artifact` and its other spellings.
    Coordinates,
}

/// Files that name the packages of a compiled language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Id of the heuristics file whose tables know the packages.
    pub ecosystem: String,
    /// Names of files, as patterns.
    pub files: Vec<String>,
    /// How they name packages.
    pub form: ManifestForm,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    same: BTreeMap<String, String>,
    manifest: Vec<Manifest>,
    caller: Vec<Caller>,
    quiet: Vec<Quiet>,
}

/// What is known of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// A table says what it does at run time.
    Known(Behaviour),
    /// No table has it: what it calls, and whether it needs a compiler, is an assumption.
    Unknown,
}

impl Knowledge {
    /// What the package does, when that is known.
    pub fn behaviour(&self) -> Option<&Behaviour> {
        match self {
            Knowledge::Known(behaviour) => Some(behaviour),
            Knowledge::Unknown => None,
        }
    }
}

/// What a package does. The default is a package that starts nothing and compiles nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behaviour {
    /// Commands that it starts however it is used, sorted. Only those that the image has can be meant.
    pub calls: Vec<&'static str>,
    /// Commands that only some of its functions start, sorted.
    pub may_call: Vec<&'static str>,
    /// Commands that it starts where the signs stand and the C library is musl.
    pub musl_calls: &'static [String],
    /// Packages that make it do so, whatever the program's own sources say.
    pub musl_by: &'static [String],
    /// Whether it compiles at run time, with the commands above.
    pub compiles: Compiles,
    /// Words in a program's own sources that show that `may_call` and `compiles: Sometimes` happen. Empty: it cannot be seen.
    pub signs: &'static [String],
    /// Names one of which must lie in the image for `may_call` to happen; empty: it may always.
    pub beside: &'static [String],
    /// It is published as source only, so that its installation compiles.
    pub built: bool,
    /// Where that is said; empty when only the table of libraries knows the package.
    pub source: &'static str,
}

impl Behaviour {
    /// Commands that it starts in a program, sorted.
    ///
    /// `mentions` tells whether a word stands in the program's own sources, `None` when these could not be read; `lies`
    /// tells whether a file or directory of a name lies in the image. Without signs what may happen counts as happening.
    pub fn calls_in(&self, mentions: &dyn Fn(&str) -> Option<bool>, lies: &dyn Fn(&str) -> bool) -> Vec<&'static str> {
        let shown = self.signs.is_empty() || self.signs.iter().any(|sign| mentions(sign).unwrap_or(true));
        let possible = self.beside.is_empty() || self.beside.iter().any(|name| lies(name));
        let mut calls = self.calls.clone();
        calls.extend(self.may_call.iter().filter(|_| shown && possible));
        calls.sort_unstable();
        calls.dedup();
        calls
    }

    /// True when it compiles in a program; `mentions` as for [`Behaviour::calls_in`].
    pub fn compiles_in(&self, mentions: &dyn Fn(&str) -> Option<bool>) -> bool {
        match self.compiles {
            Compiles::Never => false,
            Compiles::Always => true,
            Compiles::Sometimes => {
                self.signs.is_empty() || self.signs.iter().any(|sign| mentions(sign).unwrap_or(true))
            }
        }
    }
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(TEXT).unwrap_or_default())
}

/// Files that name the packages of compiled languages.
pub fn manifests() -> &'static [Manifest] {
    &table().manifest
}

/// The ecosystem in whose tables the packages of another one stand.
pub fn table_of(ecosystem: &str) -> &str {
    table().same.get(ecosystem).map_or(ecosystem, String::as_str)
}

/// What a package of an ecosystem (`python`, `node`, `go`) does at run time, by the name that its manifest or command line
/// gives: `torch==2.1`, `@scope/name`, `group:artifact`, `github.com/x/y/v5`. Case, `_`, `.` and `-` make no difference,
/// `[extras]` do not count.
pub fn behaviour(ecosystem: &str, package: &str) -> Knowledge {
    static BY_NAME: OnceLock<BTreeMap<(&str, String), &Caller>> = OnceLock::new();
    static QUIET: OnceLock<BTreeMap<(&str, String), &str>> = OnceLock::new();
    let by_name = BY_NAME.get_or_init(|| {
        let named = |c: &'static Caller| c.packages.iter().map(move |p| ((c.ecosystem.as_str(), one_name(p)), c));
        table().caller.iter().flat_map(named).collect()
    });
    let quiet = QUIET.get_or_init(|| {
        let named = |q: &'static Quiet| {
            q.packages.iter().map(move |p| ((q.ecosystem.as_str(), one_name(p)), q.source.as_str()))
        };
        table().quiet.iter().flat_map(named).collect()
    });
    let ecosystem = table_of(ecosystem);
    let name = one_name(package);
    let caller = by_name.get(&(ecosystem, name.clone())).copied();
    let need = library_needs(ecosystem, &name).filter(|need| !need.is_linked());
    let linked = libraries::linked_needs(ecosystem, &name).next().is_some();
    let silent = quiet.get(&(ecosystem, name)).copied();
    if caller.is_none() && need.is_none() && !linked && silent.is_none() {
        return Knowledge::Unknown;
    }
    let mut found = Behaviour {
        built: need.is_some_and(|n| n.usually_from_source()),
        source: silent.unwrap_or_default(),
        ..Behaviour::default()
    };
    if let Some(caller) = caller {
        found.calls = caller.calls.iter().map(String::as_str).collect();
        found.may_call = caller.may_call.iter().map(String::as_str).collect();
        found.musl_calls = &caller.musl_calls;
        found.musl_by = &caller.musl_by;
        found.compiles = caller.compiles;
        found.signs = &caller.signs;
        found.beside = &caller.beside;
        found.source = &caller.source;
    }
    // An entry of its own knows more than that of the libraries: when, and what else.
    let others = need.iter().flat_map(|need| &need.commands).map(String::as_str);
    found.calls.extend(others.filter(|command| !caller.is_some_and(|c| c.may_call.iter().any(|may| may == command))));
    found.calls.sort_unstable();
    found.calls.dedup();
    found.may_call.sort_unstable();
    Knowledge::Known(found)
}

/// What the nearest package above an import's path does: `github.com/x/y` for `github.com/x/y/v5/part`.
pub fn nearest_behaviour(ecosystem: &str, import: &str) -> Knowledge {
    let levels = std::iter::successors(Some(import), |at| at.rsplit_once('/').map(|(above, _)| above));
    let mut levels = levels.map(|at| behaviour(ecosystem, at));
    levels.find(|known| known.behaviour().is_some()).unwrap_or(Knowledge::Unknown)
}

/// The same name for all ways to write it: without version, extras, or the major version at the end of a Go module.
fn one_name(package: &str) -> String {
    let scoped = package.strip_prefix('@').map(|rest| rest.split('@').next().unwrap_or(rest));
    let bare = match scoped {
        Some(rest) => &package[..rest.len() + 1],
        None => package.split(['[', '=', '<', '>', '~', '!', ';', '@', ' ']).next().unwrap_or(package),
    };
    let major =
        |last: &str| last.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let bare = bare.rsplit_once('/').filter(|(_, last)| major(last)).map_or(bare, |(module, _)| module);
    bare.to_ascii_lowercase().replace(['_', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn known(ecosystem: &str, package: &str) -> Behaviour {
        behaviour(ecosystem, package).behaviour().cloned().unwrap_or_else(|| panic!("{package} is known"))
    }

    #[test]
    fn the_data_is_sound() {
        let table: Table = serde_json::from_str(TEXT).expect("the data has the form that its head describes");
        let mut seen = BTreeSet::new();
        let callers = table.caller.iter().map(|c| (&c.ecosystem, &c.packages, &c.source));
        for (ecosystem, packages, source) in
            callers.chain(table.quiet.iter().map(|q| (&q.ecosystem, &q.packages, &q.source)))
        {
            assert!(source.starts_with("https://"), "{packages:?} has no source");
            assert!(!packages.is_empty(), "{source} names no package");
            assert!(crate::facts::heuristics::Heuristics::builtin().ecosystem(ecosystem).is_some(), "{ecosystem}");
            for package in packages {
                assert!(seen.insert((ecosystem.clone(), one_name(package))), "{package} of {ecosystem} stands twice");
            }
        }
        for caller in &table.caller {
            let lists = [&caller.calls, &caller.may_call, &caller.musl_calls];
            assert!(lists.iter().any(|list| !list.is_empty()), "{:?} call nothing", caller.packages);
            assert!(caller.compiles != Compiles::Always || !caller.calls.is_empty(), "{:?}", caller.packages);
        }
        for quiet in table.quiet.iter().flat_map(|q| q.packages.iter().map(|p| (&q.ecosystem, p))) {
            let need = library_needs(quiet.0, quiet.1);
            assert!(need.is_none_or(|need| need.commands.is_empty()), "{quiet:?} calls something");
        }
    }

    #[test]
    fn packages_that_compile_at_run_time() {
        for (ecosystem, package, command) in [
            ("python", "PyTensor>=2.1", "g++"),
            ("python", "pymc", "g++"),
            ("python", "cmdstanpy", "make"),
            ("python", "vllm[audio]==0.5", "gcc"),
            ("node", "node-gyp", "python3"),
            ("bun", "node-gyp", "g++"),
            ("ruby", "RubyInline", "gcc"),
            ("java", "net.openhft:compiler", "javac"),
            ("perl", "Inline::C", "gcc"),
            ("r", "brms", "g++"),
        ] {
            let found = known(ecosystem, package);
            assert_eq!(found.compiles, Compiles::Always, "{package}");
            assert!(found.calls.contains(&command), "{package}: {found:?}");
        }
    }

    #[test]
    fn what_sometimes_happens_shows_in_the_sources() {
        let nothing = |_: &str| Some(false);
        let unread = |_: &str| None;
        let here = |_: &str| true;
        for (package, sign) in
            [("torch", "torch.compile"), ("triton", "triton"), ("cffi", "ffi.verify("), ("cython", "pyximport")]
        {
            let found = known("python", package);
            assert!(found.compiles_in(&|word| Some(word == sign)) && found.compiles_in(&unread), "{package}");
            assert!(!found.compiles_in(&nothing), "{package}");
            assert!(found.calls_in(&|word| Some(word == sign), &here).contains(&"gcc"), "{package}");
            assert!(found.calls_in(&nothing, &here).is_empty(), "{package}");
        }
        for (ecosystem, package, sign, command) in [
            ("python", "moviepy", "TextClip", "convert"),
            ("python", "matplotlib", "imagemagick", "convert"),
            ("python", "matplotlib", "usetex", "latex"),
            ("python", "pillow", "ImageGrab", "xclip"),
            ("python", "pillow", ".eps", "gs"),
            ("python", "pandas", "to_clipboard", "xclip"),
            ("python", "joblib", "joblib.Parallel", "pgrep"),
            ("python", "gitpython", "kill_after_timeout", "ps"),
            ("python", "sorl-thumbnail", "convert_engine", "convert"),
            ("php", "inertiajs/inertia-laravel", "inertia:start-ssr", "node"),
            ("php", "laravel/octane", "--watch", "node"),
            ("node", "@kubernetes/client-node", "loadFromDefault", "aws"),
        ] {
            let found = known(ecosystem, package);
            assert!(found.calls_in(&|word| Some(word == sign), &here).contains(&command), "{package}");
            assert!(!found.calls_in(&nothing, &here).contains(&command), "{package}");
        }
        let django = known("python", "django");
        assert!(django.calls_in(&|word| Some(word == "compilemessages"), &here).contains(&"msgfmt"));
        assert!(!known("python", "flask").compiles_in(&unread));
    }

    #[test]
    fn some_calls_need_a_directory() {
        let sentry = known("python", "sentry-sdk");
        assert!(sentry.calls_in(&|_| None, &|_| false).is_empty());
        assert_eq!(sentry.calls_in(&|_| None, &|name| name == ".git"), ["git"]);
    }

    #[test]
    fn packages_that_call_programs() {
        for (ecosystem, package, command) in [
            ("python", "GitPython", "git"),
            ("python", "pre_commit", "git"),
            ("python", "invoke", "bash"),
            ("python", "pydub", "ffmpeg"),
            ("python", "pdf2image", "pdftoppm"),
            ("python", "ansible", "ssh"),
            ("python", "django-dbbackup", "pg_dump"),
            ("python", "patool", "unzip"),
            ("python", "python-hglib", "hg"),
            ("python", "django-mjml", "node"),
            ("python", "prisma", "openssl"),
            ("node", "pm2-sysmonit", "ps"),
            ("ruby", "mjml-rails", "node"),
            ("php", "spatie/ssh", "ssh"),
            ("node", "svn-spawn", "svn"),
            ("node", "simple-git@3.1.0", "git"),
            ("node", "fluent-ffmpeg", "ffmpeg"),
            ("node", "gm", "convert"),
            ("node", "@prisma/client", "openssl"),
            ("node", "@mermaid-js/mermaid-cli@10", "chromium"),
            ("ruby", "execjs", "node"),
            ("ruby", "mini_magick", "convert"),
            ("php", "knplabs/knp-snappy", "wkhtmltopdf"),
            ("java", "org.jodconverter:jodconverter-local", "soffice"),
            ("go", "github.com/Ullaakut/nmap/v3", "nmap"),
            ("go", "github.com/hashicorp/go-getter", "git"),
            ("rust", "cargo_metadata", "cargo"),
        ] {
            assert!(known(ecosystem, package).calls.contains(&command), "{package}");
        }
    }

    #[test]
    fn the_libraries_table_counts_too() {
        assert!(known("python", "psycopg2").built, "published as source");
        assert!(!known("python", "psycopg2-binary").built);
        assert!(known("rust", "pq-sys").calls.is_empty());
        assert_eq!(known("python", "pypandoc").calls, [""; 0], "it only may call what the other table says it calls");
    }

    #[test]
    fn quiet_packages_and_unknown_ones() {
        for (ecosystem, package) in [
            ("python", "Flask==2"),
            ("node", "express"),
            ("ruby", "sinatra"),
            ("php", "guzzlehttp/guzzle"),
            ("go", "github.com/gofiber/fiber/v2"),
            ("rust", "serde"),
            ("java", "com.google.guava:guava"),
        ] {
            let found = known(ecosystem, package);
            assert!(found.source.starts_with("https://"), "{package}");
            assert_eq!(found, Behaviour { source: found.source, ..Behaviour::default() }, "{package}");
        }
        for (ecosystem, package) in
            [("python", "my-own-thing"), ("node", "flask"), ("cobol", "express"), ("python", "")]
        {
            assert_eq!(behaviour(ecosystem, package), Knowledge::Unknown, "{package}");
            assert!(behaviour(ecosystem, package).behaviour().is_none());
        }
    }
}
