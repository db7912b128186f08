//! Compiles tables of facts about images and packages into the texts below `heuristics/data/`.
//!
//! Usage: `cargo run --example compile_tables -- FOLDER`, where FOLDER holds `images.tsv`, `tag-history.tsv` and
//! `packages.tsv`. The formats that come out are described in `heuristics/data/README.md`.

use msb::facts::releases::{self, KnownRelease};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

/// The state of the world that the tables describe.
const TODAY: &str = "2026-08-21";
/// Histories are kept from here on; older entries are only kept when nothing newer is there.
const HISTORY_START: &str = "2021-01-01";

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).ok_or_else(|| io::Error::other("usage: compile_tables FOLDER"))?;
    let source = Path::new(&folder);
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("heuristics/data");
    let histories = Histories::read(&source.join("tag-history.tsv"), &target.join("patch-moves.tsv"))?;
    fs::write(target.join("images.txt"), images(&source.join("images.tsv"), &target, &histories)?)?;
    fs::write(target.join("packages.txt"), packages(&source.join("packages.tsv"))?)
}

type Row = BTreeMap<String, String>;

fn read_tsv(path: &Path) -> io::Result<Vec<Row>> {
    let text = fs::read_to_string(path)?;
    let mut lines = text.lines().filter(|l| !l.starts_with('#') && !l.is_empty());
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let row = |line: &str| header.iter().zip(line.split('\t')).map(|(h, v)| (h.to_string(), v.to_string())).collect();
    Ok(lines.map(row).collect())
}

/// One release that a tag pointed to from a day on; `patch` is the patch release that was current on that day.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    distribution: String,
    release: String,
    since: String,
    patch: Option<String>,
}

impl Entry {
    fn new(known: &KnownRelease, since: &str) -> Self {
        Entry {
            distribution: known.distribution.clone(),
            release: known.release.clone(),
            since: since.into(),
            patch: None,
        }
    }
}

/// A day and the release that a tag stood on from then; `None` for a base that could not be read.
type Base = (String, Option<&'static KnownRelease>);

struct Histories {
    /// By repository and tag, oldest first.
    bases: BTreeMap<(String, String), Vec<Base>>,
    moves: Vec<Row>,
}

impl Histories {
    fn read(history: &Path, moves: &Path) -> io::Result<Self> {
        let mut bases = BTreeMap::new();
        for row in read_tsv(history)? {
            let entries = row
                .iter()
                .find(|(name, _)| name.starts_with("base_os_over_time"))
                .map(|(_, v)| v.split(' ').filter_map(|e| e.split_once('=')).collect::<Vec<_>>())
                .unwrap_or_default();
            let entries = entries.into_iter().map(|(date, base)| (date.to_string(), release_of(base, date))).collect();
            bases.insert((row["image"].clone(), row["tag"].clone()), entries);
        }
        Ok(Histories { bases, moves: read_tsv(moves)? })
    }

    /// The releases of a tag, newest first.
    fn of(&self, image: &str, tag: &str, row: &Row) -> Vec<Entry> {
        let column = release_of(&row["distro"], TODAY);
        let until = if row["published_to"] == "current" { TODAY } else { row["published_to"].as_str() };
        let recorded = self.bases.get(&(image.to_string(), tag.to_string()));
        let mut entries: Vec<Entry> = match recorded {
            Some(recorded) if recorded.last().is_some_and(|(_, known)| known.is_some()) => {
                let after_gap = recorded.iter().rposition(|(_, known)| known.is_none()).map_or(0, |i| i + 1);
                recorded[after_gap..].iter().filter_map(|(day, known)| Some(Entry::new((*known)?, day))).collect()
            }
            // The column alone is known: the tag may have stood on each release since it was first published.
            Some(_) => column.map_or(Vec::new(), |known| through(known, &row["published_from"])),
            None => floating(image, tag)
                .unwrap_or_else(|| column.map_or(Vec::new(), |known| vec![Entry::new(known, "2000-01-01")])),
        };
        // A tag whose own base tag moves on is rebuilt upon the newer release without a change of its own.
        if let (Some(column), Some(last)) = (column, entries.last().cloned()) {
            let newest = releases::find(&last.distribution, &last.release);
            let newer = newest.is_some_and(|n| n.distribution == column.distribution && n.since < column.since);
            if newer && column.since.as_str() < until {
                entries.push(Entry::new(column, &column.since));
            }
        }
        entries.dedup_by(|b, a| a.distribution == b.distribution && a.release == b.release);
        self.add_patches(image, tag, &mut entries);
        let mut kept: Vec<Entry> = Vec::new();
        for entry in entries.into_iter().rev() {
            let ended = kept.last().map_or(TODAY.to_string(), |newer: &Entry| newer.since.clone());
            if kept.is_empty() || ended.as_str() > HISTORY_START {
                kept.push(entry);
            }
        }
        kept
    }

    fn add_patches(&self, image: &str, tag: &str, entries: &mut [Entry]) {
        let version = tag.split('-').next().unwrap_or_default();
        for entry in entries {
            let of_this = |m: &&Row| m["image"] == image && m["version"] == version && m["release"] == entry.release;
            if let Some(row) = self.moves.iter().find(of_this) {
                entry.patch = Some(row["patch"].clone());
            }
        }
    }
}

/// Every release of `last`'s distribution that was current on or after `from`, up to `last`.
fn through(last: &'static KnownRelease, from: &str) -> Vec<Entry> {
    let same = releases::known_releases().iter().filter(|r| r.distribution == last.distribution);
    let upto: Vec<&KnownRelease> = same.filter(|r| r.since <= last.since).collect();
    let first = upto.iter().rposition(|r| r.since.as_str() <= from).unwrap_or(0);
    upto[first..].iter().map(|r| Entry::new(r, &r.since)).collect()
}

/// Histories of the tags of distributions themselves, which follow the releases.
fn floating(image: &str, tag: &str) -> Option<Vec<Entry>> {
    let tag = tag.strip_suffix("-slim").unwrap_or(tag);
    let debian = ["stretch", "buster", "bullseye", "bookworm", "trixie", "forky"];
    let behind = match (image, tag) {
        ("debian" | "buildpack-deps", "latest" | "stable" | "curl" | "scm") | ("denoland/deno", _) => 0,
        ("debian" | "buildpack-deps", "oldstable") => 1,
        ("debian" | "buildpack-deps", "oldoldstable") => 2,
        ("debian" | "buildpack-deps", "testing") | ("r-base", "latest") => {
            return Some(vec![entry("debian", "trixie", "2023-06-10")?, entry("debian", "forky", "2025-08-09")?]);
        }
        ("debian" | "buildpack-deps", "sid" | "unstable") => return Some(vec![entry("debian", "sid", "2000-01-01")?]),
        ("ubuntu", "latest") => return ubuntu(|number| number.ends_with(".04") && even(number)),
        ("ubuntu", "rolling") => return ubuntu(|_| true),
        ("alpine", "latest" | "3") => return alpine_until("3.24"),
        _ => return None,
    };
    let shifts = debian.iter().zip(debian.iter().skip(behind)).filter_map(|(old, current)| {
        let since = &releases::find("debian", current)?.since;
        if since.as_str() < "2099" { entry("debian", old, since) } else { None }
    });
    Some(shifts.collect())
}

fn entry(distribution: &str, name: &str, since: &str) -> Option<Entry> {
    Some(Entry::new(releases::find(distribution, name)?, since))
}

fn even(number: &str) -> bool {
    number.split('.').next().and_then(|y| y.parse::<u32>().ok()).is_some_and(|y| y % 2 == 0)
}

fn ubuntu(wanted: impl Fn(&str) -> bool) -> Option<Vec<Entry>> {
    let all = releases::known_releases().iter().filter(|r| r.distribution == "ubuntu" && r.since.as_str() < TODAY);
    Some(all.filter(|r| wanted(&r.release)).map(|r| Entry::new(r, &r.since)).collect())
}

fn alpine_until(last: &str) -> Option<Vec<Entry>> {
    let last = &releases::find("alpine", last)?.since;
    let all = releases::known_releases().iter().filter(|r| r.distribution == "alpine" && r.since <= *last);
    Some(all.map(|r| Entry::new(r, &r.since)).collect())
}

/// Reads `debian:bookworm-slim`, `noble`, `alpine3.20`, `debian 12 (distroless)`, ….
fn release_of(text: &str, date: &str) -> Option<&'static KnownRelease> {
    let text = text.strip_prefix("azurelinux/mariner ").unwrap_or(text);
    let text = text.trim_end_matches("-slim");
    if let Some((distribution, rest)) = text.split_once([':', ' ']) {
        let name = rest.split([' ', '-']).next().unwrap_or_default();
        if distribution == "alpine" && name == "latest" {
            return alpine_on(date);
        }
        return releases::find(distribution, name);
    }
    for (prefix, distribution) in [("alpine", "alpine"), ("azurelinux", "azurelinux"), ("cbl-mariner", "mariner")] {
        if let Some(number) = text.strip_prefix(prefix) {
            let number = number.split('-').next().unwrap_or_default();
            return if number.is_empty() { alpine_on(date) } else { releases::find(distribution, number) };
        }
    }
    releases::by_codename(text)
}

fn alpine_on(date: &str) -> Option<&'static KnownRelease> {
    releases::known_releases().iter().rfind(|r| r.distribution == "alpine" && r.since.as_str() <= date)
}

/// Tags written as alternatives: `8.0-noble (= :8.0)`, `latest | debian | <ver>`.
fn tags_of(text: &str) -> Vec<String> {
    if text.is_empty() {
        return vec!["latest".into()];
    }
    let text = text.replace(" (= :", " | ").replace(')', "");
    text.split(" | ").map(|t| t.trim().replace("<ver>", "#")).collect()
}

fn images(path: &Path, data: &Path, histories: &Histories) -> io::Result<String> {
    let mut configs: Vec<String> = Vec::new();
    let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut rows = read_tsv(path)?;
    rows.extend(read_tsv(&data.join("images-extra.tsv"))?);
    for row in &rows {
        let config = config_line(row);
        let number = configs.iter().position(|c| *c == config).unwrap_or_else(|| {
            configs.push(config);
            configs.len() - 1
        });
        for image in row["image"].trim_end_matches(':').split(" | ") {
            for tag in tags_of(&row["tag"]) {
                if tag.contains(['<', '(', ' ', 'X']) {
                    continue;
                }
                let history = histories.of(image, &tag, row);
                let section = sections.entry(image.to_string()).or_default();
                section.insert(tag, format!("{number}\t{}", row_fields(row, &history)));
            }
        }
    }
    add_dotnet_alpine(&mut sections);
    let old = old_tags(&sections, &mut configs, histories);
    sections.extend(old);
    let mut out =
        String::from("# Made by `cargo run --example compile_tables`; do not edit. Format and sources: README.md.\n");
    for (number, config) in configs.iter().enumerate() {
        let _ = writeln!(out, "%{number}\t{config}");
    }
    for (image, tags) in &sections {
        let _ = writeln!(out, "={image}");
        for (tag, line) in tags {
            let _ = writeln!(out, "{tag}\t{line}");
        }
    }
    Ok(out)
}

/// Tags that only the history lists, in sections of their own: their releases are known, and their configuration is taken
/// from the nearest version of the same variant, as far as it does not speak of a version.
fn old_tags(
    sections: &BTreeMap<String, BTreeMap<String, String>>,
    configs: &mut Vec<String>,
    histories: &Histories,
) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut old: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for ((image, tag), bases) in &histories.bases {
        let Some(section) = sections.get(image).filter(|section| !section.contains_key(tag)) else { continue };
        let Some(entries) =
            bases.iter().map(|(day, known)| Some(Entry::new((*known)?, day))).collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        let Some(sibling) = nearest(section, tag) else { continue };
        let number = |line: &str| line.split('\t').next().and_then(|n| n.parse::<usize>().ok());
        let Some(config) = number(sibling).and_then(|n| configs.get(n)).map(|config| inferred(image, config)) else {
            continue;
        };
        let starts = section
            .values()
            .filter_map(|line| configs.get(number(line)?))
            .any(|c| c.split('\t').nth(6).is_some_and(|e| !e.is_empty()));
        let config = if starts { config.replacen("inferred", "inferred start", 1) } else { config };
        let number = configs.iter().position(|c| *c == config).unwrap_or_else(|| {
            configs.push(config);
            configs.len() - 1
        });
        let mut entries = entries;
        entries.dedup_by(|b, a| a.distribution == b.distribution && a.release == b.release);
        entries.reverse();
        let line = format!("{number}\t{}\t\t\t{}", history_text(&entries), java_of_tag(tag));
        old.entry(format!("~{image}")).or_default().insert(tag.clone(), line.trim_end_matches('\t').to_string());
    }
    old
}

/// The line of the tag with the same words and the nearest version.
fn nearest<'a>(section: &'a BTreeMap<String, String>, tag: &str) -> Option<&'a String> {
    let split = |tag: &str| -> Option<(Vec<u32>, String)> {
        let (version, rest) = tag.split_once('-').unwrap_or((tag, ""));
        let numbers = version.split('.').map(|n| n.parse().ok()).collect::<Option<Vec<u32>>>()?;
        Some((numbers, rest.to_string()))
    };
    let (wanted, variant) = split(tag)?;
    let mut all: Vec<(Vec<u32>, &String)> = section
        .iter()
        .filter_map(|(tag, line)| split(tag).filter(|(_, rest)| *rest == variant).map(|(version, _)| (version, line)))
        .collect();
    all.sort();
    let newer = all.iter().find(|(version, _)| *version > wanted);
    newer.or(all.last()).map(|(_, line)| *line)
}

/// A sibling's configuration as far as it may hold for another version: values with a number in them are names only.
fn inferred(image: &str, config: &str) -> String {
    let mut fields: Vec<String> = config.split('\t').map(String::from).collect();
    fields.resize(13, String::new());
    // Its images changed between root and an account of their own.
    fields[2] = if image == "gradle" { "inferred user".into() } else { "inferred".into() };
    let numbered = |pair: &&str| pair.replace("UTF-8", "").contains(|c: char| c.is_ascii_digit());
    let (moving, fixed): (Vec<&str>, Vec<&str>) = fields[3].split(" | ").filter(|p| !p.is_empty()).partition(numbered);
    let moving: Vec<&str> = moving.iter().filter_map(|pair| pair.split('=').next()).filter(|n| *n != "PATH").collect();
    let names = format!("{} {}", fields[4], moving.join(" "));
    (fields[3], fields[4]) = (fixed.join(" | "), names.trim().to_string());
    fields.join("\t").trim_end_matches('\t').to_string()
}

/// Java's version in `3.5-jdk-8-slim`, `openjdk-11-lein`, `4.7-jdk10`.
fn java_of_tag(tag: &str) -> String {
    let after = tag.split("jdk").nth(1).unwrap_or_default().trim_start_matches('-');
    after.chars().take_while(char::is_ascii_digit).collect()
}

/// `8.0-alpine` and the like move with Alpine; the table lists the numbered ones alone.
fn add_dotnet_alpine(sections: &mut BTreeMap<String, BTreeMap<String, String>>) {
    for (_, tags) in sections.iter_mut().filter(|(image, _)| image.starts_with("mcr.microsoft.com/dotnet/")) {
        let mut newest: BTreeMap<String, (&'static KnownRelease, String)> = BTreeMap::new();
        for (tag, line) in tags.iter() {
            let Some((version, number)) = tag.split_once("-alpine") else { continue };
            let Some(known) = releases::find("alpine", number) else { continue };
            let newer = newest.get(version).is_none_or(|(other, _)| other.since < known.since);
            if newer {
                newest.insert(version.into(), (known, line.clone()));
            }
        }
        for (version, (known, line)) in newest {
            let started: f32 = version.parse().unwrap_or_default();
            // The releases of .NET appear in November, one major version a year; 5.0 came in 2020.
            let from = format!("{}-11-01", 2015 + started as u32);
            let mut fields: Vec<String> = line.split('\t').map(String::from).collect();
            if let Some(history) = fields.get_mut(1) {
                let mut entries = through(known, &from);
                entries.reverse();
                *history = history_text(&entries);
            }
            tags.insert(format!("{version}-alpine"), fields.join("\t"));
        }
    }
}

fn history_text(entries: &[Entry]) -> String {
    let mut distribution = "";
    let mut words = Vec::new();
    for entry in entries {
        let mut word = String::new();
        if entry.distribution != distribution {
            word = format!("{}:", entry.distribution);
            distribution = &entry.distribution;
        }
        word.push_str(&entry.release);
        if entries.len() > 1 {
            let _ = write!(word, "@{}", entry.since.get(2..).unwrap_or_default().replace('-', ""));
            if let Some(patch) = &entry.patch {
                let _ = write!(word, "/{patch}");
            }
        }
        words.push(word);
    }
    words.join(" ")
}

/// History, `*` when the tag still moves, size on disk, Java version.
fn row_fields(row: &Row, history: &[Entry]) -> String {
    let current = if row["published_to"] == "current" { "*" } else { "" };
    let size = row["ondisk_mb"].trim_start_matches('~').split(['-', '.']).next().unwrap_or_default();
    let java = row["env_versioned"].split(" | ").find_map(|v| v.strip_prefix("JAVA_VERSION=")).map(java_major);
    let line = format!("{}\t{current}\t{size}\t{}", history_text(history), java.unwrap_or_default());
    line.trim_end_matches('\t').to_string()
}

/// The major version in `jdk-21.0.12+8`, `8u342`, `11.0.16`, `1.8.0`.
fn java_major(text: &str) -> String {
    let text = text.trim_start_matches("jdk-").trim_start_matches("jdk").trim_start_matches("1.");
    text.chars().take_while(char::is_ascii_digit).collect()
}

fn config_line(row: &Row) -> String {
    let complete = matches!(row["source"].as_str(), "dockerfile" | "bazel-source" | "spec");
    let unresolved = row["env"].contains("(unresolved") || row["env"].contains("unverified");
    let env: Vec<&str> = row["env"].split(" | ").filter(|v| v.contains('=') && !v.contains('(')).collect();
    let names: Vec<&str> = row["env_versioned"].split(" | ").filter_map(|v| v.split('=').next()).collect();
    let libc = match row["libc"].split(' ').next().unwrap_or_default() {
        known @ ("glibc" | "musl" | "none") => known,
        _ => "",
    };
    let plain = |name: &str| if row[name].contains('(') { String::new() } else { row[name].clone() };
    let json = |name: &str| if row[name].starts_with('[') { row[name].clone() } else { String::new() };
    let fields = [
        row["role"].clone(),
        libc.into(),
        if complete && !unresolved { "complete".into() } else { String::new() },
        env.join(" | "),
        names.join(" "),
        plain("workdir"),
        json("entrypoint"),
        json("cmd"),
        plain("user"),
        plain("expose"),
        plain("stopsignal"),
        plain("volume"),
        json("shell"),
    ];
    fields.join("\t").trim_end_matches('\t').to_string()
}

/// Groups the rows by distribution; equal answers of all releases are written once.
fn packages(path: &Path) -> io::Result<String> {
    let mut groups: BTreeMap<String, BTreeMap<String, Vec<(String, Row)>>> = BTreeMap::new();
    for row in read_tsv(path)? {
        for distro in row["distro"].split('|') {
            let (distribution, release) = distro.split_once(':').unwrap_or((distro, ""));
            let distribution = match distribution {
                "fedora" => "rpm",
                "rhel" | "ubi" | "amazonlinux" => continue,
                other => other,
            };
            let group = groups.entry(distribution.to_string()).or_default();
            group.entry(row["build_package"].clone()).or_default().push((release.to_string(), row.clone()));
        }
    }
    let mut out =
        String::from("# Made by `cargo run --example compile_tables`; do not edit. Format and sources: README.md.\n");
    for (distribution, names) in &groups {
        let _ = writeln!(out, "={distribution}");
        for (name, rows) in names {
            let _ = writeln!(out, "{name}\t{}", package_line(rows));
        }
    }
    Ok(out)
}

fn package_line(rows: &[(String, Row)]) -> String {
    let role = match rows[0].1["role"].as_str() {
        "build-only" => "build",
        other => other,
    };
    let answer = |row: &Row| {
        let absent = row["notes"].contains("does not exist");
        let verified = if row["verified"] == "yes" { "!" } else { "" };
        if absent { "-".to_string() } else { format!("{verified}{}", row["runtime_packages"]) }
    };
    let mut answers: Vec<(String, String)> = Vec::new();
    for (release, row) in rows {
        let answer = answer(row);
        match answers.iter_mut().find(|(_, a)| *a == answer) {
            Some((releases, _)) => *releases = format!("{releases},{release}"),
            None => answers.push((release.clone(), answer)),
        }
    }
    // A general row beside the rows of releases only repeats the role.
    if answers.len() > 1 {
        answers.retain(|(releases, _)| !releases.is_empty());
    }
    let spelled: Vec<String> = answers
        .iter()
        .map(|(releases, answer)| if releases.is_empty() { answer.clone() } else { format!("{releases}={answer}") })
        .collect();
    format!("{role}\t{}", spelled.join("; "))
}
