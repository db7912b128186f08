//! The compiled table of image tags: finding the row that a tag means.
//!
//! The text is searched, not parsed: a look-up reads one repository's lines and one configuration.

use super::super::lines::fields_of;
use super::tag::{Tag, is_version, shortened};
use super::{ImageConfig, Libc, Open, Release};
use std::collections::BTreeMap;
use std::sync::OnceLock;

static TEXT: &str = include_str!("../../../heuristics/data/images.txt");

struct Index {
    /// Configurations by their number.
    configs: Vec<&'static str>,
    /// The lines of each repository.
    sections: BTreeMap<&'static str, &'static str>,
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut parts = TEXT.split("\n=");
        let head = parts.next().unwrap_or_default();
        let configs = head.lines().filter_map(|l| l.strip_prefix('%')?.split_once('\t').map(|(_, c)| c)).collect();
        Index { configs, sections: parts.filter_map(|part| part.split_once('\n')).collect() }
    })
}

/// One release in a tag's history.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) release: Release,
    /// First day as `yymmdd`, empty when the history has one entry only.
    pub(super) since: String,
    /// The patch level that was current on that day: numbers after the version in the row's tag.
    pub(super) patch: Option<Vec<u32>>,
}

/// One row of the table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    config: &'static str,
    /// Newest first; empty when the base is unknown.
    pub(super) history: Vec<Entry>,
    /// True while the tag is still published and may move.
    pub(super) moving: bool,
    pub(super) size_mb: Option<u32>,
    /// Java's major version in the image.
    pub(super) java: Option<&'static str>,
}

impl Row {
    fn read(fields: &'static str) -> Option<Row> {
        let mut fields = fields.split('\t');
        let config = fields.next()?.parse::<usize>().ok()?;
        let config = index().configs.get(config)?;
        let history = history(fields.next().unwrap_or_default());
        let moving = fields.next() == Some("*");
        let size_mb = fields.next().and_then(|s| s.parse().ok());
        Some(Row { config, history, moving, size_mb, java: fields.next().filter(|j| !j.is_empty()) })
    }

    fn field(&self, number: usize) -> &'static str {
        self.config.split('\t').nth(number).unwrap_or_default()
    }

    pub(super) fn role(&self) -> &'static str {
        self.field(0)
    }

    pub(super) fn libc(&self) -> Option<Libc> {
        match self.field(1) {
            "glibc" => Some(Libc::Glibc),
            "musl" => Some(Libc::Musl),
            "none" => Some(Libc::None),
            _ => None,
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.field(2) == "complete"
    }

    /// What is open in a configuration that was inferred from a sibling's.
    fn open(&self) -> Open {
        let mut marks = self.field(2).split(' ');
        let inferred = marks.next() == Some("inferred");
        let marks: Vec<&str> = marks.filter(|_| inferred).collect();
        let has = |mark: &str| marks.contains(&mark);
        Open { env: inferred, start: has("start"), user: has("user"), ..Open::default() }
    }

    pub(super) fn config(&self) -> ImageConfig {
        let words = |number: usize| -> Vec<String> {
            let mut words: Vec<String> = self.field(number).split_whitespace().map(str::to_owned).collect();
            words.sort();
            words
        };
        let pairs = self.field(3).split(" | ").filter_map(|pair| pair.split_once('='));
        let fixed = pairs.map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
        let moving = self.field(4).split_whitespace().map(|name| (name.to_owned(), None));
        ImageConfig {
            env: fixed.chain(moving).collect(),
            workdir: Some(self.field(5)).filter(|w| !w.is_empty()).unwrap_or("/").to_owned(),
            entrypoint: argv(self.field(6)),
            cmd: argv(self.field(7)),
            user: Some(self.field(8)).filter(|u| !matches!(*u, "root" | "0")).unwrap_or_default().to_owned(),
            exposed: words(9),
            stop_signal: Some(self.field(10)).filter(|s| !s.is_empty()).map(str::to_owned),
            volumes: words(11),
            shell: argv(self.field(12)),
            open: self.open(),
            ..ImageConfig::default()
        }
    }
}

fn argv(json: &str) -> Option<Vec<String>> {
    let words: Vec<String> = serde_json::from_str(json).ok()?;
    if words.is_empty() { None } else { Some(words) }
}

/// Reads `debian:trixie@250811/13 bookworm@230613/4 bullseye@221024`.
fn history(text: &str) -> Vec<Entry> {
    let mut distribution = "";
    let mut entries = Vec::new();
    for word in text.split_whitespace() {
        let (known, rest) = word.split_once(':').unwrap_or((distribution, word));
        distribution = known;
        let (rest, patch) = rest.split_once('/').map_or((rest, None), |(rest, patch)| (rest, Some(patch)));
        let (release, since) = rest.split_once('@').unwrap_or((rest, ""));
        entries.push(Entry {
            release: Release { distribution: distribution.to_owned(), release: release.to_owned() },
            since: since.to_owned(),
            patch: patch.map(|p| p.split('.').filter_map(|n| n.parse().ok()).collect()),
        });
    }
    entries
}

/// How a row was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) row: Row,
    /// The release that the tag itself names.
    pub(super) named: Option<Release>,
    /// Numbers that were cut from the version to find the row (`[4]` for `3.11.4` found as `3.11`).
    pub(super) cut: Vec<u32>,
    /// False when anything was cut.
    pub(super) exact: bool,
    /// False when the row is only a relative of the tag.
    pub(super) close: bool,
    /// The row is that of the newest image that the tag's words fit, and the tag is of an older one, or of one that is newer
    /// than the table.
    pub(super) aged: bool,
}

/// All repositories and tags of the table.
#[cfg(test)]
pub(super) fn all_tags() -> Vec<(&'static str, &'static str)> {
    let of = |(name, lines): (&&'static str, &&'static str)| {
        let name = name.trim_start_matches(HISTORY);
        lines.lines().filter_map(move |l| Some((name, l.split_once('\t')?.0))).collect::<Vec<_>>()
    };
    index().sections.iter().flat_map(of).collect()
}

/// The lines of every repository.
#[cfg(test)]
pub(super) fn all_sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    index().sections.iter().map(|(name, lines)| (*name, *lines))
}

/// The row that `tag` of `repository` means: its own, or that of a shorter version, or of the tag without the name of
/// the release. Tags that are only known by their history come last.
pub(super) fn find(repository: &str, tag: &str, aliases: &BTreeMap<String, String>) -> Option<Found> {
    let history = format!("{HISTORY}{repository}");
    let sections = [repository, history.as_str()].into_iter().filter_map(|name| index().sections.get(name));
    let sections: Vec<Section> = sections.map(|lines| Section { lines }).collect();
    let all = |tag: &str| sections.iter().find_map(|section| section.find(tag, aliases));
    let without_tool = || {
        let (front, _) = tag.rsplit_once('-').filter(|(_, version)| is_version(version))?;
        BUILD_TOOLS.iter().any(|tool| front.ends_with(tool)).then_some(front)
    };
    all(tag)
        .or_else(|| Some(Found { exact: false, close: false, aged: true, cut: vec![0], ..all(without_tool()?)? }))
        .or_else(|| sections.first()?.newest(&Tag::parse(tag, aliases)?))
        .or_else(|| sections.first()?.newest_major(tag))
}

/// Before a repository's name, the section of tags that are known by their history alone.
const HISTORY: char = '~';

/// Tools whose version ends a tag, behind the version of the language.
const BUILD_TOOLS: [&str; 3] = ["lein", "boot", "tools-deps"];

/// The numbers of a version; `None` for what is none.
fn numbers(version: &str) -> Option<Vec<u32>> {
    if is_version(version) { version.split('.').map(|n| n.parse().ok()).collect() } else { None }
}

struct Section {
    lines: &'static str,
}

impl Section {
    fn find(&self, tag: &str, aliases: &BTreeMap<String, String>) -> Option<Found> {
        if let Some(row) = self.row(tag) {
            return Some(Found { row, named: None, cut: Vec::new(), exact: true, close: true, aged: false });
        }
        let parsed = Tag::parse(tag, aliases)?;
        self.find_for(&parsed).or_else(|| self.newest_finer(&parsed)).or_else(|| self.find_numbered(tag))
    }

    /// A version that is as new as the newest of the table, or newer, is what the tag without a version stands for:
    /// `4.0-alpine` is `alpine` where `4.0` is the newest that is listed. Of one that is newer than the table, variables and
    /// start may be others by then.
    fn newest(&self, tag: &Tag) -> Option<Found> {
        let asked = numbers(&tag.table_version)?;
        let versions = self.lines.lines().filter_map(|line| numbers(line.split(['\t', '-']).next()?));
        let newest = versions.max()?;
        let is_listed = asked.starts_with(&newest);
        if !is_listed && asked <= newest {
            return None;
        }
        let row = tag.keys("", false).iter().find_map(|key| self.row(key))?;
        let cut = if is_listed { Vec::new() } else { asked };
        Some(Found { row, named: tag.named_release(), cut, exact: false, close: is_listed, aged: !is_listed })
    }

    /// `apache` stands for the newest version that is published with it (`8-apache`).
    fn newest_major(&self, tag: &str) -> Option<Found> {
        let is_word = tag.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        let row = (0..100).rev().filter(|_| is_word).find_map(|major| self.row(&format!("{major}-{tag}")))?;
        Some(Found { row, named: None, cut: Vec::new(), exact: false, close: true, aged: false })
    }

    fn row(&self, tag: &str) -> Option<Row> {
        Row::read(fields_of(self.lines, tag)?)
    }

    fn find_for(&self, tag: &Tag) -> Option<Found> {
        let named = tag.named_release();
        for with_os in [true, false] {
            for version in shortened(&tag.table_version) {
                for key in tag.keys(version, with_os) {
                    let Some(row) = self.row(&key) else { continue };
                    let cut = tag.table_version.get(version.len()..).unwrap_or_default();
                    let cut: Vec<u32> = cut.split('.').filter_map(|n| n.parse().ok()).collect();
                    let guessed = !cut.is_empty() && self.has_finer(&key, version);
                    if guessed && named.is_none() {
                        return None;
                    }
                    let row = named.as_ref().and_then(|n| self.same_distribution(&row, &key, n)).unwrap_or(row);
                    return Some(Found { row, named, cut, exact: false, close: !guessed, aged: false });
                }
            }
        }
        None
    }

    /// `3-slim` is published where `3.4-slim` is, and means the newest of these; the table lists some short tags only.
    fn newest_finer(&self, tag: &Tag) -> Option<Found> {
        if !is_version(&tag.table_version) {
            return None;
        }
        let key = |minor: u32| tag.keys(&format!("{}.{minor}", tag.table_version), false);
        let row = (0..100).rev().flat_map(key).find_map(|key| self.row(&key))?;
        Some(Found { row, named: tag.named_release(), cut: Vec::new(), exact: false, close: true, aged: false })
    }

    /// True when the table lists tags with one more number than `version` in place of it: then the tag that was asked for
    /// is one that the table lacks, not a patch level of `version`.
    fn has_finer(&self, key: &str, version: &str) -> bool {
        let rest = key.strip_prefix(version).unwrap_or_default();
        let finer = |tag: &str| {
            let Some(middle) = tag.strip_prefix(version).and_then(|t| t.strip_suffix(rest)) else { return false };
            middle.strip_prefix('.').is_some_and(is_version)
        };
        self.lines.lines().filter_map(|l| l.split('\t').next()).any(finer)
    }

    /// The plain and the slim tags of an image may stand on different distributions; the named release says which.
    fn same_distribution(&self, row: &Row, key: &str, named: &Release) -> Option<Row> {
        let on = |row: &Row| row.history.first().is_some_and(|e| e.release.distribution == named.distribution);
        if on(row) { None } else { self.row(&format!("{key}-slim")).filter(on) }
    }

    /// Rows whose tag stands for any version (`alpine-#`).
    fn find_numbered(&self, tag: &str) -> Option<Found> {
        let is_number = |s: &str| s.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
        let segments: Vec<&str> = tag.split('-').map(|s| if is_number(s) { "#" } else { s }).collect();
        let row = self.row(&segments.join("-"))?;
        Some(Found { row, named: None, cut: Vec::new(), exact: false, close: true, aged: false })
    }
}
