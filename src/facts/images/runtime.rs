//! The runtime counterpart of an image: the smaller tag of the same family that runs what the image builds.

use super::families::{Family, family_of};
use super::table::{self, Row};
use super::tag::Tag;
use super::{ImageRef, Release};
use crate::facts::releases;
use std::collections::BTreeMap;

/// A counterpart, and whether it follows from what the tag says alone.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counterpart {
    pub(super) reference: String,
    /// True when the reference rests on a fact that the tag does not spell (the release behind `golang:1.22`), so that it
    /// may change with the tag.
    pub(super) derived: bool,
}

/// The counterpart of a normalised reference; `None` when there is none or it is the image itself.
pub(super) fn counterpart(image: &ImageRef, row: &Row, releases: &[Release]) -> Option<Counterpart> {
    let name = image.name();
    let family = family_of(&name)?;
    let written = image.tag.as_deref().unwrap_or("latest");
    let tag = Tag::parse(written, &family.aliases)?;
    if is_small(&tag, family) {
        return None;
    }
    if written == "latest"
        && let Some(latest) = &family.latest
    {
        return Some(Counterpart { reference: latest.clone(), derived: false });
    }
    let found = family.runtime.iter().find_map(|t| from_template(t, &name, &tag, family, row, releases))?;
    let itself = ImageRef::parse(&found.reference).is_some_and(|r| r.name() == name && r.tag == image.tag);
    if itself { None } else { Some(found) }
}

fn is_small(tag: &Tag, family: &Family) -> bool {
    let small = |part: &str| family.small.iter().any(|s| part.starts_with(s.as_str()));
    tag.rest.iter().copied().chain(tag.os).any(small)
}

fn from_template(
    template: &str,
    name: &str,
    tag: &Tag,
    family: &Family,
    row: &Row,
    releases: &[Release],
) -> Option<Counterpart> {
    if template == "os" {
        let reference = os_base(releases, row.moving).filter(|reference| exists(reference, ""))?;
        return Some(Counterpart { reference, derived: tag.named_release().is_none() });
    }
    let (java, derived) = if template.contains("{java}") { java_version(tag, family, row)? } else { ("", false) };
    if family.below.is_some_and(|below| row.java.and_then(|j| j.parse::<u32>().ok()).is_none_or(|j| j >= below)) {
        return newer_java(tag, row);
    }
    let version = if tag.version == "latest" { "" } else { tag.version };
    let is_java = |part: &&str| part.starts_with("jdk") || part.starts_with("jre");
    let rest: Vec<&str> = tag.rest.iter().copied().filter(|p| !is_java(p)).collect();
    let otp = tag.otp.map(|n| format!("otp-{n}"));
    let values = BTreeMap::from([
        ("{version}", version.to_owned()),
        ("{major.minor}", major_minor(version)),
        ("{os}", tag.os.unwrap_or_default().to_owned()),
        ("{date}", tag.date.unwrap_or_default().to_owned()),
        ("{java}", java.to_owned()),
        ("{rest}", otp.into_iter().chain(rest.into_iter().map(str::to_owned)).collect::<Vec<_>>().join("-")),
    ]);
    let template = template.replace("{image}", name);
    let (target, pattern) = template.split_once(':')?;
    let fill = |part: &str| values.iter().fold(part.to_owned(), |text, (name, value)| text.replace(name, value));
    let parts: Vec<String> = pattern.split('-').map(fill).filter(|p| !p.is_empty()).collect();
    let reference = format!("{target}:{}", parts.join("-"));
    if family.assumed || exists(&reference, name) { Some(Counterpart { reference, derived }) } else { None }
}

/// Newer versions of a family without runtime images continue in the family that took its place.
fn newer_java(tag: &Tag, row: &Row) -> Option<Counterpart> {
    let suffix = if tag.os.is_some_and(|os| os.starts_with("alpine")) { "-alpine" } else { "" };
    let reference = format!("eclipse-temurin:{}-jre{suffix}", row.java?);
    let derived = tag.table_version.split('.').next() != row.java;
    if exists(&reference, "") { Some(Counterpart { reference, derived }) } else { None }
}

/// Java's major version, and whether it was read from the row. A tag that moves between Java versions has no
/// counterpart: the next move would build for a newer Java than the pinned one.
fn java_version<'a>(tag: &Tag<'a>, family: &Family, row: &Row) -> Option<(&'a str, bool)> {
    let number = |part: &&&'a str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let after_jdk = tag.rest.iter().find_map(|p| p.strip_prefix("jdk").or_else(|| p.strip_prefix("jre")));
    let after_jdk = after_jdk.filter(|n| !n.is_empty());
    let vendor = tag.rest.windows(2).find(|w| matches!(w[0], "temurin" | "openjdk" | "jdk" | "open"));
    let from_tag = after_jdk.or_else(|| vendor.and_then(|w| w.get(1..)?.iter().find(number).copied()));
    if let Some(java) = from_tag {
        return Some((java, false));
    }
    if family.java.as_deref() == Some("version") {
        return None;
    }
    if row.moving { None } else { row.java.map(|java| (java, true)) }
}

fn major_minor(version: &str) -> String {
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// The plain image of the distribution on which the tag stands. A tag that still moves between releases gets the tag
/// that moves likewise.
fn os_base(releases: &[Release], moving: bool) -> Option<String> {
    let newest = releases.first()?;
    let floats = moving && releases.len() > 1;
    match newest.distribution.as_str() {
        "debian" if floats && releases::debian_stable().is_some_and(|s| s.release == newest.release) => {
            Some("debian:stable-slim".into())
        }
        "debian" => Some(format!("debian:{}-slim", newest.release)),
        "alpine" if floats => Some("alpine:latest".into()),
        "alpine" | "ubuntu" => Some(format!("{}:{}", newest.distribution, newest.release)),
        _ => None,
    }
}

/// True when the reference is in the tables, by itself or through a shorter version. A counterpart in another repository
/// must also have stood on the release that it names.
fn exists(reference: &str, from: &str) -> bool {
    let Some(image) = ImageRef::parse(reference) else { return false };
    let name = image.name();
    let none = BTreeMap::new();
    let aliases = family_of(&name).map_or(&none, |f| &f.aliases);
    let tag = image.tag.as_deref().unwrap_or("latest");
    let Some(found) = table::find(&name, tag, aliases) else { return false };
    let stood_on = |named: &Release| found.row.history.iter().any(|e| e.release == *named);
    name == from || found.named.as_ref().is_none_or(stood_on)
}
