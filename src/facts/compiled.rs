//! Libraries of the compiler itself that compiled programs load.

use super::distributions::{self, Family};
use super::images::Release;
use super::packages::{self, RuntimePackages};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/data/compiled-needs.json"));

/// What is known of compilers' libraries. The fields are described in the data file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compiled {
    /// Ecosystems whose compilers link these libraries.
    pub ecosystems: Vec<String>,
    /// Names of the files that steer them.
    pub build_files: Vec<String>,
    /// Libraries, by what shows that they are loaded.
    pub need: Vec<CompilerLibrary>,
    /// Images with a compiler of their own.
    pub compiler: Vec<OwnCompiler>,
    /// Packages that bring the development files of many libraries.
    #[serde(default)]
    pub collection: Vec<Collection>,
}

/// A package that brings the development files of many libraries at once. The fields are described in the data file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    /// The package.
    pub package: String,
    word: String,
    listed: Vec<String>,
    elsewhere: Vec<String>,
    library: String,
    parts: Vec<String>,
    spelled: BTreeMap<String, String>,
    plain: Vec<String>,
    with: BTreeMap<String, Vec<String>>,
    versions: BTreeMap<String, String>,
    renamed: BTreeMap<String, String>,
}

impl Collection {
    /// Adds the parts that a text, in lower case, names; false when it names one that nobody knows, or fetches more sources.
    pub fn parts_in<'c>(&'c self, text: &str, parts: &mut BTreeSet<&'c str>) -> bool {
        if self.elsewhere.iter().any(|word| text.contains(word.as_str())) {
            return false;
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for (at, word) in text.match_indices(&self.word) {
            let rest = &text[at + word.len()..];
            let Some(rest) = ["::", "_", "/", "-"].iter().find_map(|joint| rest.strip_prefix(joint)) else { continue };
            let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
            parts.extend(self.part(name));
        }
        let lists = self.listed.iter().flat_map(|call| text.match_indices(call.as_str()));
        for (at, call) in lists {
            let list = text[at + call.len()..].split(')').next().unwrap_or_default();
            if list.contains('$') {
                return false;
            }
            for name in list.split(|c| !is_name(c)) {
                let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
                if !begins || self.plain.iter().any(|plain| plain == name) {
                    continue;
                }
                match self.part(name) {
                    Some(part) => parts.insert(part),
                    None => return false,
                };
            }
        }
        true
    }

    /// The part that a name, or the beginning of one, means.
    fn part(&self, name: &str) -> Option<&str> {
        let means = |known: &str| {
            let rest = name.strip_prefix(known);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c == '_' || c.is_ascii_digit()))
        };
        let spelled = self.spelled.iter().filter(|(known, _)| means(known)).max_by_key(|(known, _)| known.len());
        let own = self.parts.iter().filter(|known| means(known)).max_by_key(|known| known.len());
        own.map(String::as_str).or_else(|| spelled.map(|(_, part)| part.as_str()))
    }

    /// The packages of parts' libraries and of what comes with them, on releases that all have the same; nothing for others.
    pub fn packages(&self, parts: &BTreeSet<&str>, releases: &[Release]) -> Option<Vec<String>> {
        let with = |part: &&str| self.with.get(*part).into_iter().flatten().map(String::as_str);
        let all: BTreeSet<&str> = parts.iter().copied().chain(parts.iter().flat_map(with)).collect();
        let of = |release: &Release| {
            let version = self.versions.get(&format!("{}:{}", release.distribution, release.release))?;
            let name = |part: &&str| {
                let name = self.library.replace("{part}", &part.replace('_', "-")).replace("{version}", version);
                self.renamed.get(&name).cloned().unwrap_or(name)
            };
            Some(all.iter().map(name).collect::<Vec<String>>())
        };
        let mut lists = releases.iter().map(of);
        let first = lists.next()??;
        lists.all(|list| list.as_ref() == Some(&first)).then_some(first)
    }
}

/// A library of the compiler.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompilerLibrary {
    /// Names of sources of programs that load it.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Words in build files and commands.
    #[serde(default)]
    pub mentions: Vec<String>,
    /// Needed too when nobody can look at the sources.
    #[serde(default)]
    pub assumed: bool,
    /// Build packages that images for compiling bring unasked; a program then links their libraries. Without one of these
    /// the compiler brings the library.
    #[serde(default)]
    pub build: Vec<String>,
    /// Packages that a file asks for to compile extensions of a language; a program that embeds the language links the
    /// library as well. The names of `build` tell it by release.
    #[serde(default)]
    pub asked: Vec<String>,
    /// Languages whose programs alone load it; without any, those that the table's compilers make.
    #[serde(default)]
    pub ecosystems: Vec<String>,
    #[serde(default)]
    debian: Vec<String>,
    #[serde(default)]
    alpine: Vec<String>,
    /// Packages by release, where their names differ.
    #[serde(default)]
    releases: BTreeMap<String, Vec<String>>,
    /// A sentence for the user.
    pub because: String,
}

impl CompilerLibrary {
    /// Its packages on all releases, which are of one distribution; none where that is not described. Where the releases
    /// need different names, the build package stands in.
    pub fn packages(&self, releases: &[Release]) -> Vec<String> {
        let mut by_release = releases.iter().map(|r| self.releases.get(&format!("{}:{}", r.distribution, r.release)));
        if let Some(first) = by_release.next().flatten()
            && by_release.all(|other| other == Some(first))
        {
            return first.clone();
        }
        let named = match releases.first().and_then(|release| distributions::family(&release.distribution)) {
            Some(Family::Debian) => &self.debian,
            Some(Family::Alpine) => &self.alpine,
            _ => return Vec::new(),
        };
        let of_build =
            self.build.iter().filter(|_| named.is_empty()).flat_map(|build| {
                match packages::runtime_packages(releases, build) {
                    RuntimePackages::Names(names) => names,
                    RuntimePackages::Conflict(_) | RuntimePackages::Unknown => vec![build.clone()],
                }
            });
        named.iter().cloned().chain(of_build).collect()
    }
}

/// An image with a compiler newer than that of its distribution release.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnCompiler {
    /// The repository.
    pub image: String,
    own: BTreeMap<String, u32>,
    /// Names of sources of programs that load its libraries.
    pub sources: Vec<String>,
    /// Absolute paths of its libraries.
    pub libraries: Vec<String>,
    /// The directory that the dynamic linker has to be told.
    pub directory: String,
}

impl OwnCompiler {
    /// True when a tag (`13`, `14.2-bookworm`, `latest`) has a compiler newer than that of a release, or may have.
    pub fn is_newer(&self, tag: &str, release: &str) -> bool {
        let digits = tag.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        match (digits.parse::<u32>(), self.own.get(release)) {
            (Ok(major), Some(own)) => major > *own,
            _ => true,
        }
    }
}

/// The table.
pub fn compiled() -> &'static Compiled {
    static TABLE: OnceLock<Compiled> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(TEXT).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let on = |distribution: &str, release: &str| {
            vec![Release { distribution: distribution.to_owned(), release: release.to_owned() }]
        };
        for need in &compiled().need {
            let own = !need.ecosystems.is_empty();
            assert!(own || !need.packages(&on("debian", "bookworm")).is_empty(), "{need:?}");
            // Alpine's compiler has no sanitizers.
            let elsewhere = !need.build.is_empty() || !need.releases.is_empty();
            assert!(elsewhere || !need.packages(&on("alpine", "3.19")).is_empty(), "{need:?}");
            assert!(need.packages(&on("solaris", "11")).is_empty());
            for build in &need.build {
                let known = packages::package(&on("debian", "bookworm")[0], build);
                assert!(known.is_some(), "{build} is not in the tables");
            }
        }
    }

    #[test]
    fn names_that_differ_by_release() {
        let on = |release: &str| Release { distribution: "debian".to_owned(), release: release.to_owned() };
        let table = compiled();
        let mut sanitizers = table.need.iter().filter(|n| n.mentions.iter().any(|word| word == "sanitize=address"));
        let library = sanitizers.next().expect("the address sanitizer is there");
        assert_eq!(library.packages(&[on("bullseye")]), ["libasan6"]);
        assert_eq!(library.packages(&[on("bookworm"), on("trixie")]), ["libasan8"]);
        // Where no name holds, the compiler comes along.
        assert_eq!(library.packages(&[on("bullseye"), on("bookworm")]), ["gcc"]);
        assert_eq!(library.packages(&[on("forky")]), ["gcc"]);
    }

    #[test]
    fn parts_of_a_collection() {
        let boost = &compiled().collection[0];
        for (text, expected) in [
            (
                "find_package(boost 1.70 required components program_options filesystem)",
                Some("filesystem program_options"),
            ),
            ("find_package(boost required)\ntarget_link_libraries(a boost::thread)", Some("thread")),
            ("find_package(boost required components ${parts})", None),
            ("find_package(boost components frobnicate)", None),
            ("fetchcontent_declare(other url x)", None),
            ("dependency('boost', version : '>=1.60', modules : ['regex', 'log_setup'])", Some("log regex")),
            ("libs = -lboost_date_time -lboost_unit_test_framework", Some("date_time test")),
            ("#include <boost/asio.hpp>\nboost::algorithm::trim(s);", Some("")),
            ("#include <boost/filesystem/path.hpp>", Some("filesystem")),
            ("ax_boost_base([1.60])\nax_boost_program_options", Some("program_options")),
            ("${boost_filesystem_library} ${boost_include_dirs} boost_python311", Some("filesystem python")),
        ] {
            let mut parts = BTreeSet::new();
            let known = boost.parts_in(text, &mut parts);
            let found = parts.into_iter().collect::<Vec<_>>().join(" ");
            assert_eq!(known.then_some(found.as_str()), expected, "{text}");
        }
        let releases = |names: &[(&str, &str)]| -> Vec<Release> {
            let release = |(distribution, release): &(&str, &str)| Release {
                distribution: (*distribution).to_owned(),
                release: (*release).to_owned(),
            };
            names.iter().map(release).collect()
        };
        let packages = |names: &[(&str, &str)]| boost.packages(&BTreeSet::from(["timer"]), &releases(names));
        let noble = ["libboost-chrono1.83.0t64", "libboost-system1.83.0", "libboost-timer1.83.0"];
        assert_eq!(packages(&[("ubuntu", "24.04")]).unwrap(), noble);
        assert_eq!(packages(&[("debian", "bookworm"), ("debian", "trixie")]), None);
        assert_eq!(packages(&[("debian", "sid")]), None);
    }

    #[test]
    fn newer_compilers_are_told_by_the_tag() {
        let gcc = &compiled().compiler[0];
        for (tag, release, newer) in [
            ("12", "bookworm", false),
            ("12.5.0-bookworm", "bookworm", false),
            ("13", "bookworm", true),
            ("14.2", "bookworm", true),
            ("14", "trixie", false),
            ("latest", "trixie", true),
            ("9", "sid", true),
        ] {
            assert_eq!(gcc.is_newer(tag, release), newer, "{tag} on {release}");
        }
    }
}
