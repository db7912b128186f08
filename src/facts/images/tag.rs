//! The parts of a tag: version, release of the distribution, date, and what else it says.

use super::Release;
use crate::facts::{distributions, releases};
use std::collections::BTreeMap;

/// Words that stand in the place of a version.
const VERSION_WORDS: [&str; 10] =
    ["latest", "stable", "oldstable", "oldoldstable", "testing", "lts", "current", "mainline", "rolling", "devel"];
/// Parts that select a default, or a build of the same thing, so that the row without them holds.
const DEFAULTS: [&str; 5] = ["temurin", "headless", "jdk", "oracle", "threaded"];

/// A tag in its parts, as written.
#[derive(Clone, Debug, Default)]
pub(super) struct Tag<'a> {
    /// The version or a word in its place; empty when there is none.
    pub(super) version: &'a str,
    /// The version as the table spells it: aliases resolved, build numbers cut.
    pub(super) table_version: String,
    /// The part that names the distribution (`bookworm`, `alpine3.19`, `alpine`, `al2023`).
    pub(super) os: Option<&'a str>,
    /// Eight digits that pin a day.
    pub(super) date: Option<&'a str>,
    /// All other parts, in order.
    pub(super) rest: Vec<&'a str>,
    /// The number after `otp`, which selects the base image.
    pub(super) otp: Option<&'a str>,
    order: Vec<Part>,
}

/// Where a part stood, so that keys of the table are built in the same order.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Version,
    Os,
    Rest(usize),
}

impl<'a> Tag<'a> {
    /// Splits a tag at its hyphens; `None` for tags of images for Windows.
    pub(super) fn parse(tag: &'a str, aliases: &BTreeMap<String, String>) -> Option<Tag<'a>> {
        let mut out = Tag::default();
        let mut parts = tag.split('-').peekable();
        let mut first = true;
        while let Some(part) = parts.next() {
            if part.starts_with("nanoserver") || part.starts_with("windowsservercore") {
                return None;
            }
            let is_word = VERSION_WORDS.contains(&part) || aliases.contains_key(part);
            if part.len() == 8 && part.bytes().all(|b| b.is_ascii_digit()) {
                out.date = Some(part);
            } else if first && (part.starts_with(|c: char| c.is_ascii_digit()) || is_word) {
                out.version = part;
                out.table_version = aliases.get(part).cloned().unwrap_or_else(|| table_version(part));
                out.order.push(Part::Version);
            } else if part == "otp" {
                out.otp = parts.next();
            } else if out.os.is_none() && names_a_distribution(part) {
                let number = parts.peek().copied().filter(|n| part == "alpine" && is_version(n));
                out.os = Some(match number {
                    // `alpine-3.22` is one part of two words.
                    Some(number) => tag_slice(tag, part, number),
                    None => part,
                });
                if number.is_some() {
                    parts.next();
                }
                out.order.push(Part::Os);
            } else {
                out.order.push(Part::Rest(out.rest.len()));
                out.rest.push(part);
            }
            first = false;
        }
        Some(out)
    }

    /// The release that the tag names.
    pub(super) fn named_release(&self) -> Option<Release> {
        let os = self.os?;
        if let Some(known) = releases::by_codename(os) {
            return Some(known.to_release());
        }
        let (distribution, number) = numbered(os)?;
        Some(Release { distribution: distribution.to_owned(), release: number.to_owned() })
    }

    /// Keys of the table that the tag may mean with this version, best first.
    pub(super) fn keys(&self, version: &str, with_os: bool) -> Vec<String> {
        let os = self.os.filter(|os| with_os || os.starts_with("alpine"));
        let os = os.map(|os| if with_os { os } else { "alpine" });
        let key = |skipped: &[&str]| {
            let parts = self.order.iter().filter_map(|part| match part {
                Part::Version => Some(version).filter(|v| !v.is_empty()),
                Part::Os => os,
                Part::Rest(i) => self.rest.get(*i).copied().filter(|r| !skipped.contains(r)),
            });
            let key = parts.collect::<Vec<_>>().join("-");
            if key.is_empty() { "latest".to_owned() } else { key }
        };
        let mut keys = vec![key(&[])];
        for default in DEFAULTS {
            if self.rest.contains(&default) {
                keys.push(key(&[default]));
            }
        }
        keys
    }
}

fn tag_slice<'a>(tag: &'a str, from: &'a str, to: &'a str) -> &'a str {
    let joined = tag.match_indices(from).find_map(|(start, _)| {
        let end = start + from.len() + 1 + to.len();
        tag.get(start..end).filter(|text| text.ends_with(to) && text.as_bytes().get(from.len()) == Some(&b'-'))
    });
    joined.unwrap_or(from)
}

fn names_a_distribution(part: &str) -> bool {
    part == "alpine" || releases::by_codename(part).is_some() || numbered(part).is_some()
}

/// Splits `alpine3.19`, `alpine-3.22`, `ubi9`, `al2023`.
fn numbered(part: &str) -> Option<(&'static str, &str)> {
    distributions::tag_words().find_map(|(written, distribution)| {
        let number = part.strip_prefix(written)?.trim_start_matches('-');
        if is_version(number) { Some((distribution, number)) } else { None }
    })
}

/// True for digits and dots that begin with a digit.
pub(super) fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// Cuts what marks a build of a version: `17.0.9_9` and `8u342`.
fn table_version(part: &str) -> String {
    let number = part.split('_').next().unwrap_or(part);
    match number.split_once('u') {
        Some((major, update)) if is_version(major) && update.starts_with(|c: char| c.is_ascii_digit()) => major.into(),
        _ if part == "latest" => String::new(),
        _ => number.into(),
    }
}

/// The version and its shorter forms: `3.11.4`, `3.11`, `3`. Words have no shorter form.
pub(super) fn shortened(version: &str) -> Vec<&str> {
    let mut forms = vec![version];
    if is_version(version) {
        forms.extend(version.match_indices('.').map(|(at, _)| &version[..at]).rev());
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_fall_into_their_parts() {
        let none = BTreeMap::new();
        let cases = [
            ("3.11-slim-bookworm", "3.11", Some("bookworm"), vec!["slim"]),
            ("bookworm", "", Some("bookworm"), vec![]),
            ("1.22-alpine3.19", "1.22", Some("alpine3.19"), vec![]),
            ("21-jre-alpine-3.22", "21", Some("alpine-3.22"), vec!["jre"]),
            ("3.9-eclipse-temurin-17", "3.9", None, vec!["eclipse", "temurin", "17"]),
            ("17-al2023-headless", "17", Some("al2023"), vec!["headless"]),
            ("fpm-alpine", "", Some("alpine"), vec!["fpm"]),
        ];
        for (tag, version, os, rest) in cases {
            let parsed = Tag::parse(tag, &none).unwrap_or_else(|| panic!("{tag} parses"));
            assert_eq!((parsed.version, parsed.os, parsed.rest), (version, os, rest), "{tag}");
        }
        assert!(Tag::parse("8.0-nanoserver-ltsc2022", &none).is_none());
    }

    #[test]
    fn versions_shorten_number_by_number() {
        assert_eq!(shortened("3.11.4"), ["3.11.4", "3.11", "3"]);
        assert_eq!(shortened("lts"), ["lts"]);
        assert_eq!(table_version("17.0.9_9"), "17.0.9");
        assert_eq!(table_version("8u342"), "8");
    }
}
