//! System packages: which are needed to build, which at run time, and what a -dev package leaves behind.

mod brought;

use super::distributions;
use super::images::Release;
use super::lines::fields_of;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// When a package is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageRole {
    /// Only while building (compilers, headers).
    Build,
    /// At run time.
    Runtime,
    /// Possibly at run time: leaves only when it is proven that nothing calls it.
    Ambiguous,
    /// In both.
    Both,
}

/// What is known about one package of one release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackageFact {
    /// When it is needed.
    pub role: PackageRole,
    /// What run time needs in its place (for `-dev` packages; may be empty for pure build tools).
    pub runtime: Vec<String>,
    /// True when read from the release's package index.
    pub verified: bool,
}

/// The packages that run time needs in place of one package, on several releases at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum RuntimePackages {
    /// These names can be installed on all the releases; empty when run time needs nothing.
    Names(Vec<String>),
    /// The releases need different libraries, or one lacks the package: no single list fits. Holds every name that some
    /// release would need, sorted.
    Conflict(Vec<String>),
    /// At least one release gives no answer.
    Unknown,
}

static TABLE: &str = include_str!("../../heuristics/data/packages.txt");
static ADDED: &str = include_str!(concat!(env!("OUT_DIR"), "/data/packages.json"));

/// What is known of one family of distributions beyond the table; `#` in a name stands for a number.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Family {
    build: Vec<String>,
    ambiguous: Vec<String>,
    /// Which of the ambiguous ones files install by habit, whether or not a step calls them.
    #[serde(default)]
    fetches: Vec<String>,
    runtime: Vec<String>,
    runtime_families: Vec<String>,
    build_families: Vec<String>,
    replaced: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    /// What comes along with a package, unasked, that run time may use without it.
    brings: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    /// Packages that stand for others, and which.
    groups: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    /// Packages that are a part of another one's program, and whose; the end of a name may be `*`.
    parts: BTreeMap<String, String>,
    #[serde(default)]
    /// What completes a package in images that compile.
    completes: BTreeMap<String, Completion>,
    #[serde(default)]
    /// Commands of which small images have a part, and the package with all of it.
    fuller: BTreeMap<String, String>,
    #[serde(default)]
    /// Releases that lack a package which others have.
    absent: BTreeMap<String, Vec<String>>,
}

/// Libraries behind a package for compiling, by the end of their names.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Completion {
    of: String,
    end: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Added {
    debian: Family,
    alpine: Family,
    rpm: Family,
    /// Answers of single releases.
    release: BTreeMap<String, BTreeMap<String, String>>,
    /// Answers up to and including a release.
    until: BTreeMap<String, BTreeMap<String, String>>,
    commands: BTreeMap<String, BTreeMap<String, String>>,
    /// Commands of packages beside the one that `commands` names for each, by family.
    also: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Patterns of names of packages that bring no commands.
    without_commands: Vec<String>,
    sizes: BTreeMap<String, u32>,
}

fn added() -> &'static Added {
    static DATA: OnceLock<Added> = OnceLock::new();
    DATA.get_or_init(|| serde_json::from_str(ADDED).unwrap_or_default())
}

fn table() -> &'static BTreeMap<&'static str, &'static str> {
    static SECTIONS: OnceLock<BTreeMap<&'static str, &'static str>> = OnceLock::new();
    SECTIONS.get_or_init(|| TABLE.split("\n=").skip(1).filter_map(|s| s.split_once('\n')).collect())
}

/// The family whose package names a distribution shares.
fn family_name(distribution: &str) -> Option<&'static str> {
    Some(match distributions::family(distribution)? {
        distributions::Family::Debian => "debian",
        distributions::Family::Alpine => "alpine",
        distributions::Family::Rpm => "rpm",
    })
}

fn family(name: &str) -> &'static Family {
    match name {
        "alpine" => &added().alpine,
        "rpm" => &added().rpm,
        _ => &added().debian,
    }
}

fn family_of(distribution: &str) -> &'static Family {
    static NONE: OnceLock<Family> = OnceLock::new();
    family_name(distribution).map_or_else(|| NONE.get_or_init(Family::default), family)
}

/// The name of a package as written in an install command, without version, architecture, target release, repository
/// and apt's trailing `+` or `-`. A file is its own name.
pub fn plain_name(written: &str) -> &str {
    if is_file(written) {
        return written;
    }
    let end = written.find(['=', '<', '>', '~', ':', '/', '@']).unwrap_or(written.len());
    let name = &written[..end];
    let name = name.strip_suffix('-').unwrap_or(name);
    // `g++` is a name, `g++` with a plus of apt's is `g+++`.
    match name.strip_suffix('+') {
        Some(plain) if !plain.ends_with('+') || plain.ends_with("++") => plain,
        _ => name,
    }
}

/// What is known about a package of a release. Version pins in `name` do not matter. A release that the table lacks gets
/// an answer when all releases that it has agree. `None` for what is unknown.
pub fn package(release: &Release, name: &str) -> Option<PackageFact> {
    let fact = described(release, name)?;
    if fact.role == PackageRole::Build {
        let shares = distributions::find(&release.distribution).is_none_or(|d| d.shares_names(&release.release));
        // What it brought besides could not be asked for on a release that nobody can name.
        let brought = || brings(release, name, false).iter().any(|other| may_lack(&release.distribution, other));
        if !shares && !fact.runtime.is_empty() || release.release.is_empty() && brought() {
            return None;
        }
    }
    Some(fact)
}

fn described(release: &Release, name: &str) -> Option<PackageFact> {
    let name = plain_name(name);
    let shared = family_name(&release.distribution)?;
    let family = family(shared);
    let general = number_free(name);
    if let Some(runtime) = exception(release, name) {
        return Some(PackageFact { role: PackageRole::Build, runtime: words(runtime), verified: false });
    }
    if let Some(runtime) = family.replaced.get(name).or_else(|| family.replaced.get(&general)) {
        let runtime = runtime.iter().map(|r| with_number_of(r, name)).collect();
        return Some(PackageFact { role: PackageRole::Build, runtime, verified: false });
    }
    let listed = |list: &[String]| list.iter().any(|n| n == name || *n == general);
    let in_family = |list: &[String]| list.iter().filter_map(|p| p.strip_suffix('*')).any(|p| name_begins(name, p));
    let itself = |role| Some(PackageFact { role, runtime: vec![name.to_owned()], verified: false });
    let build = || Some(PackageFact { role: PackageRole::Build, runtime: Vec::new(), verified: false });
    // What hands wrote down of a tool that programs may call comes before a table that knows it from builds.
    let tool = listed(&family.ambiguous);
    if let Some(fact) = from_table(release, shared, name)
        && !(tool && fact.role == PackageRole::Build && fact.runtime.is_empty())
    {
        return Some(fact);
    }
    if listed(&family.build) || in_family(&family.build_families) {
        return build();
    }
    if tool {
        return itself(PackageRole::Ambiguous);
    }
    let is_development = name.ends_with("-dev") || name.ends_with("-devel") || name.ends_with("-dbg");
    let is_library = name.starts_with("lib") && name.bytes().any(|b| b.is_ascii_digit());
    if listed(&family.runtime) || !is_development && (in_family(&family.runtime_families) || is_library) {
        return itself(PackageRole::Runtime);
    }
    None
}

fn exception(release: &Release, name: &str) -> Option<&'static str> {
    let this = format!("{}:{}", release.distribution, release.release);
    let single = added().release.get(&this).and_then(|names| names.get(name));
    let until = || {
        let covers = |key: &String| {
            key.split_once(':').is_some_and(|(distribution, last)| {
                distribution == release.distribution && numbers(&release.release) <= numbers(last)
            })
        };
        added().until.iter().filter(|(key, _)| covers(key)).find_map(|(_, names)| names.get(name))
    };
    single.or_else(until).map(String::as_str)
}

/// Numbers of a release for comparison; one that has none comes after all.
fn numbers(release: &str) -> Vec<u32> {
    release.split('.').map(|n| n.parse().unwrap_or(u32::MAX)).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Replaces each run of digits and dots by `#`, so that `openjdk-17-jdk` is found as `openjdk-#-jdk`.
fn number_free(name: &str) -> String {
    let mut out = String::new();
    let mut in_number = false;
    for (at, c) in name.char_indices() {
        let dot_inside = c == '.' && in_number && name[at + 1..].starts_with(|c: char| c.is_ascii_digit());
        let number = c.is_ascii_digit() || dot_inside;
        match (number, in_number) {
            (true, false) => out.push('#'),
            (true, true) => {}
            (false, _) => out.push(c),
        }
        in_number = number;
    }
    out
}

/// Puts the number of `name` in the place of `#`.
fn with_number_of(pattern: &str, name: &str) -> String {
    let start = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
    let rest = &name[start..];
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    pattern.replace('#', rest[..end].trim_end_matches('.'))
}

/// True when `name` begins with `front`, in which `#` stands for a number.
fn name_begins(name: &str, front: &str) -> bool {
    name.starts_with(front) || front.contains('#') && number_free(name).starts_with(front)
}

/// One answer of the table: the releases it holds for (none means all), and the names; `None` for an absent package.
struct Answer {
    releases: Vec<&'static str>,
    names: Option<&'static str>,
    verified: bool,
}

fn answers(text: &'static str) -> Vec<Answer> {
    let answer = |part: &'static str| {
        let part = part.trim();
        let (releases, names) = part.split_once('=').unwrap_or(("", part));
        let plain = names.strip_prefix('!');
        Answer {
            releases: releases.split(',').filter(|r| !r.is_empty()).collect(),
            names: Some(plain.unwrap_or(names)).filter(|n| *n != "-"),
            verified: plain.is_some(),
        }
    };
    text.split("; ").map(answer).collect()
}

fn line_of(section: &str, name: &str) -> Option<(&'static str, Vec<Answer>)> {
    let lines = table().get(section)?;
    let fields = fields_of(lines, name)?;
    let (role, text) = fields.split_once('\t').unwrap_or((fields, ""));
    Some((role, answers(text)))
}

fn from_table(release: &Release, shared: &str, name: &str) -> Option<PackageFact> {
    let own = if release.distribution == "ubuntu" { "ubuntu" } else { shared };
    let other = if own == "ubuntu" { "debian" } else { "ubuntu" };
    let (role, own_answers) = line_of(own, name).or_else(|| line_of(other, name).filter(|_| shared == "debian"))?;
    let role = match role {
        "runtime" => PackageRole::Runtime,
        "ambiguous" => PackageRole::Ambiguous,
        "both" => PackageRole::Both,
        _ => PackageRole::Build,
    };
    if role != PackageRole::Build {
        return Some(PackageFact { role, runtime: vec![name.to_owned()], verified: false });
    }
    let exact = own_answers.iter().find(|a| a.releases.is_empty() || a.releases.contains(&release.release.as_str()));
    if let Some(answer) = exact {
        return Some(PackageFact { role, runtime: words(answer.names?), verified: answer.verified });
    }
    let mut all: Vec<Option<&str>> = own_answers.iter().map(|a| a.names).collect();
    if shared == "debian" {
        all.extend(line_of(other, name).map(|(_, answers)| answers).unwrap_or_default().iter().map(|a| a.names));
    }
    let first = *all.first()?;
    let agreed = first.filter(|_| all.iter().all(|a| *a == first))?;
    Some(PackageFact { role, runtime: words(agreed), verified: false })
}

/// The runtime packages of `name` that can be installed on all `releases`. Names that differ only by the `t64` of
/// Debian's 64-bit time transition are one library: the older name is given, since the newer package provides it.
pub fn runtime_packages(releases: &[Release], name: &str) -> RuntimePackages {
    let mut lists: Vec<Vec<String>> = Vec::new();
    let mut absent = false;
    for release in releases {
        match package(release, name) {
            Some(fact) => lists.push(fact.runtime),
            None if is_absent(release, name) => absent = true,
            None => return RuntimePackages::Unknown,
        }
    }
    let Some(first) = lists.first() else {
        return if absent { RuntimePackages::Conflict(Vec::new()) } else { RuntimePackages::Unknown };
    };
    if !absent && lists.iter().all(|l| l == first) {
        return RuntimePackages::Names(first.clone());
    }
    if !absent && let Some(names) = one_library_each(&lists) {
        return RuntimePackages::Names(names);
    }
    let all: std::collections::BTreeSet<String> = lists.into_iter().flatten().collect();
    RuntimePackages::Conflict(all.into_iter().collect())
}

/// The common names of lists that differ only by the marks of ABI changes: each library by its older name.
fn one_library_each(lists: &[Vec<String>]) -> Option<Vec<String>> {
    let bare = |name: &String| name.replace("t64", "").trim_end_matches("v5").to_owned();
    let mut names: BTreeMap<String, &String> = BTreeMap::new();
    for name in lists.iter().flatten() {
        let known = names.entry(bare(name)).or_insert(name);
        if known.contains("t64") {
            *known = name;
        }
    }
    let all_have = |bare_name: &String| lists.iter().all(|list| list.iter().any(|n| bare(n) == *bare_name));
    let common = names.keys().all(all_have);
    if common { Some(names.into_values().cloned().collect()) } else { None }
}

/// True when the table says that the release lacks the package.
fn is_absent(release: &Release, name: &str) -> bool {
    let absent = |a: &Answer| a.names.is_none() && a.releases.contains(&release.release.as_str());
    line_of(&release.distribution, plain_name(name)).is_some_and(|(_, answers)| answers.iter().any(absent))
}

/// True for a package that is a file rather than a name of the archive.
pub fn is_file(name: &str) -> bool {
    ["/", "./", "../"].iter().any(|start| name.starts_with(start))
        || [".deb", ".apk", ".rpm"].iter().any(|ending| name.ends_with(ending))
}

/// Packages that complete another one where an image compiles, and that are only recommended to it.
pub fn completing(releases: &[Release], name: &str) -> Vec<String> {
    let Some(release) = releases.first() else { return Vec::new() };
    let Some(completion) = family_of(&release.distribution).completes.get(name) else { return Vec::new() };
    match runtime_packages(releases, &completion.of) {
        RuntimePackages::Names(names) => names.into_iter().filter(|n| n.ends_with(&completion.end)).collect(),
        RuntimePackages::Conflict(_) | RuntimePackages::Unknown => Vec::new(),
    }
}

/// The package with all that belongs to a command, where small images of the distribution have only a part of it.
pub fn fuller(distribution: &str, command: &str) -> Option<&'static str> {
    family_of(distribution).fuller.get(command).map(String::as_str)
}

/// True when a release is known not to have a package.
pub fn lacks(release: &Release, name: &str) -> bool {
    let absent = family_of(&release.distribution).absent.get(name);
    absent.is_some_and(|releases| releases.contains(&release.release)) || is_absent(release, name)
}

/// True when some release of a distribution is known not to have a package.
fn may_lack(distribution: &str, name: &str) -> bool {
    let absent = |own: &str| line_of(own, plain_name(name)).is_some_and(|(_, a)| a.iter().any(|a| a.names.is_none()));
    family_of(distribution).absent.contains_key(name) || absent(distribution)
}

/// What comes along with a package unasked, by its dependencies and, where they are installed, its recommendations, as far as it
/// can be used without the package. A release that the indexes lack is taken for the one before it.
pub fn brings(release: &Release, name: &str, recommends: bool) -> Vec<&'static str> {
    let by_hand = &family_of(&release.distribution).brings;
    let by_hand = by_hand.get(name).or_else(|| by_hand.get(&number_free(name)));
    let mut found: Vec<&str> = by_hand.into_iter().flatten().map(String::as_str).collect();
    let indexed = brought::of(release, name).filter(|other| recommends || !other.recommended).map(|other| other.name);
    found.extend(indexed);
    found.sort_unstable();
    found.dedup();
    found
}

/// True when it is known what comes along with a package.
pub fn knows_brings(distribution: &str, name: &str) -> bool {
    family_of(distribution).brings.contains_key(name)
}

/// True for a tool that fetches and unpacks what builds are made of, and that files install by habit.
pub fn fetches(distribution: &str, name: &str) -> bool {
    family_of(distribution).fetches.iter().any(|tool| tool == plain_name(name))
}

/// The package whose program another one is a part of (`python3-distutils` of `python3`).
pub fn belongs_to(distribution: &str, name: &str) -> Option<&'static str> {
    let parts = &family_of(distribution).parts;
    let families = || parts.iter().find(|(front, _)| front.strip_suffix('*').is_some_and(|f| name.starts_with(f)));
    parts.get(name).or_else(|| families().map(|(_, owner)| owner)).map(String::as_str)
}

/// Rough installed size of a package in MB (10^6 bytes), with what it usually pulls in; for estimates only.
pub fn package_size_mb(name: &str) -> Option<u32> {
    let name = plain_name(name);
    let sizes = &added().sizes;
    sizes.get(name).or_else(|| sizes.get(&number_free(name))).copied()
}

/// The package of a distribution (`debian`, `ubuntu`, `alpine`) that brings a command.
pub fn package_of_command(distribution: &str, command: &str) -> Option<&'static str> {
    added().commands.get(family_name(distribution)?)?.get(command).map(String::as_str)
}

/// The commands that a package is known to bring, sorted. An empty answer means nothing is known.
pub fn commands_of_package(distribution: &str, package: &str) -> Vec<&'static str> {
    let commands = family_name(distribution).and_then(|family| added().commands.get(family));
    let members = family_of(distribution).groups.get(package).map_or(&[][..], Vec::as_slice);
    let brings = |(command, brought_by): (&'static String, &'static String)| {
        let of_package = brought_by == package || members.contains(brought_by);
        if of_package { Some(command.as_str()) } else { None }
    };
    let mut found: Vec<&str> = commands.into_iter().flatten().filter_map(brings).collect();
    let also = family_name(distribution).and_then(|family| added().also.get(family)?.get(package));
    found.extend(also.into_iter().flatten().map(String::as_str));
    found.sort_unstable();
    found.dedup();
    found
}

/// False for packages that bring no command by the rules of their names: libraries, headers, fonts, data.
pub fn may_bring_commands(package: &str) -> bool {
    let rules = &added().without_commands;
    !rules.iter().any(|pattern| super::heuristics::glob(pattern, package))
}

#[cfg(test)]
mod tests;
