//! Image references, and what is known of base images: distribution, libc, configuration, runtime counterpart.

mod families;
mod patterns;
mod reference;
mod runtime;
mod table;
mod tag;
mod written;

pub use written::runtime_text;

use super::distributions;
use families::family_of;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use table::{Entry, Found};
use tag::Tag;

/// An image reference, split but not normalised: `registry/repository:tag@digest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageRef {
    /// Registry host, with port, when written.
    pub registry: Option<String>,
    /// Repository path as written (`golang`, `library/golang`, `eclipse-temurin`, `distroless/static`).
    pub repository: String,
    /// The tag when written.
    pub tag: Option<String>,
    /// The digest when written.
    pub digest: Option<String>,
}

/// A distribution release such as Debian bookworm, Ubuntu 22.04, Alpine 3.20.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Release {
    /// `debian`, `ubuntu`, `alpine`, `oraclelinux`, `amazonlinux`, …
    pub distribution: String,
    /// `bookworm`, `22.04`, `3.20`, …
    pub release: String,
}

/// The C library of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Libc {
    /// GNU libc.
    Glibc,
    /// musl.
    Musl,
    /// No C library (scratch, static).
    None,
}

/// What of an image's configuration is not known. What is open must be the same in builder and runtime stage, so that the
/// runtime stage starts from the same image, and nothing is decided by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Open {
    /// There may be more variables.
    pub env: bool,
    /// The working directory.
    pub workdir: bool,
    /// The user.
    pub user: bool,
    /// Entry point and command.
    pub start: bool,
    /// Everything, triggers for builds on it included.
    pub all: bool,
}

impl Open {
    /// Nothing is known.
    pub const ALL: Open = Open { env: true, workdir: true, user: true, start: true, all: true };

    /// True when another image could not say again what this one configures.
    pub fn ties(self) -> bool {
        self.workdir || self.user || self.start || self.all
    }
}

/// The configuration of an image as `docker inspect` shows it, or as much of it as is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImageConfig {
    /// Variables in order; `None` when the name is known and the value changes with each patch release.
    pub env: Vec<(String, Option<String>)>,
    /// Working directory, `/` when none is set.
    pub workdir: String,
    /// User, empty for root.
    pub user: String,
    /// Entrypoint; shell form is stored with the shell prepended, as the image has it.
    pub entrypoint: Option<Vec<String>>,
    /// Command, likewise.
    pub cmd: Option<Vec<String>>,
    /// Ports such as `80/tcp`, sorted.
    pub exposed: Vec<String>,
    /// Volumes, sorted.
    pub volumes: Vec<String>,
    /// Labels, sorted by key. Labels of base images are not tracked.
    pub labels: Vec<(String, String)>,
    /// Stop signal.
    pub stop_signal: Option<String>,
    /// Health check in Docker's form (`CMD-SHELL …`, `CMD …`, `NONE`), with its options appended as written.
    pub healthcheck: Option<Vec<String>>,
    /// The shell for shell forms.
    pub shell: Option<Vec<String>>,
    /// Triggers.
    pub onbuild: Vec<String>,
    /// What is not known of it.
    #[serde(skip)]
    pub open: Open,
}

/// What is known about one image tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageFacts {
    /// The release that the tag means now; `None` for scratch and unknown bases.
    pub release: Option<Release>,
    /// Every release the tag may stand for on a machine that pulled it in the last three years, newest first,
    /// `release` included. One element means that the tag does not move.
    pub releases: Vec<Release>,
    /// The C library.
    pub libc: Option<Libc>,
    /// Configuration.
    pub config: ImageConfig,
    /// False when the configuration may be incomplete (partial sources, a tag known only by pattern).
    pub config_complete: bool,
    /// Runtime counterpart for dynamically linked or interpreted programs: a full reference
    /// (`python:3.11-slim`), moving with the same floating parts; `None` when there is none or it is the image itself.
    pub runtime: Option<String>,
    /// Role in the tables: `builder`, `os-base`, `runtime`, `slim`, ….
    pub role: String,
    /// Size on disk in MB (10^6 bytes) when known or estimated.
    pub size_mb: Option<u32>,
    /// True when its languages lie elsewhere than where the official images and the distribution have them, or when nobody
    /// has read where.
    pub foreign: bool,
    /// True when the tag was found exactly; false when derived from a pattern or a shortened version.
    pub exact: bool,
}

/// The first day, as `yymmdd`, on which a pull still counts: about three years before the tables were made.
const PULLED_SINCE: &str = "230901";

/// What is known of `scratch`: there is nothing in it.
pub fn scratch() -> ImageFacts {
    ImageFacts {
        release: None,
        releases: Vec::new(),
        libc: None,
        config: ImageConfig::default(),
        config_complete: true,
        runtime: None,
        role: "runtime".to_owned(),
        size_mb: Some(0),
        foreign: false,
        exact: true,
    }
}

/// True for images that are known to add steps to every build on them.
pub fn has_triggers(image: &ImageRef) -> bool {
    let known = image.normalised();
    let tag = known.tag.as_deref().unwrap_or_default();
    tag.split('-').any(|part| part == "onbuild") || family_of(&known.name()).is_some_and(|family| family.triggers)
}

/// What may be said of an image that is not known: nothing but the distribution whose package manager its file calls.
pub fn unknown(manager: Option<&str>) -> ImageFacts {
    let distribution = manager.and_then(distributions::of_manager);
    let release = distribution.map(|d| Release { distribution: d.id.clone(), release: String::new() });
    ImageFacts {
        releases: release.iter().cloned().collect(),
        release,
        libc: distribution.map(|d| d.libc),
        config: ImageConfig { workdir: "/".to_owned(), open: Open::ALL, ..ImageConfig::default() },
        config_complete: false,
        runtime: None,
        role: "unknown".to_owned(),
        size_mb: None,
        foreign: true,
        exact: false,
    }
}

/// The image that `alpine`, `distroless` or `scratch` stands for when a user asks for it by that word.
pub fn minimal(word: &str) -> Option<String> {
    static NAMES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let text = include_str!(concat!(env!("OUT_DIR"), "/data/minimal-images.json"));
    NAMES.get_or_init(|| serde_json::from_str(text).unwrap_or_default()).get(word).cloned()
}

/// What is known about an image: its own row, or that of the tag without patch level or release name. No tag means
/// `latest`. `None` when nothing is known, and for a digest without a tag.
pub fn lookup(image: &ImageRef) -> Option<ImageFacts> {
    if image.tag.is_none() && image.digest.is_some() {
        return None;
    }
    let normalised = image.normalised();
    official(image).or_else(|| {
        let mut facts = patterns::find(&normalised)?;
        facts.runtime = facts.runtime.map(|runtime| in_the_same_place(image, &normalised, &runtime));
        Some(facts)
    })
}

/// What the table of tags tells.
fn official(image: &ImageRef) -> Option<ImageFacts> {
    let known = legacy_name(image.normalised());
    if let Some(facts) = wrapped(&known) {
        return Some(facts);
    }
    let family = family_of(&known.name());
    let none = BTreeMap::new();
    let aliases = family.map_or(&none, |f| &f.aliases);
    let tag = known.tag.as_deref().unwrap_or("latest");
    let found = table::find(&known.name(), tag, aliases)?;
    let releases = releases_of(&known, tag, &found, aliases);
    let mut config = found.row.config();
    if found.aged {
        config.open = Open { env: true, workdir: true, start: true, ..config.open };
    }
    let counterpart =
        runtime::counterpart(&known, &found.row, &releases).filter(|_| image.digest.is_none() && !config.open.ties());
    let size_mb = found.row.size_mb.filter(|_| found.exact).or_else(|| family.and_then(|f| f.size_of(tag)));
    Some(ImageFacts {
        release: releases.first().cloned(),
        libc: found.row.libc().or_else(|| releases.first().map(libc_of)),
        config,
        config_complete: found.row.is_complete() && found.close && stands_where_it_should(&found),
        runtime: counterpart.map(|c| in_the_same_place(image, &known, &c.reference)),
        role: found.row.role().to_owned(),
        size_mb,
        foreign: family.is_some_and(|family| family.foreign),
        exact: found.exact,
        releases,
    })
}

/// The repositories of .NET before version 5 hold the same images as their successors.
fn legacy_name(mut image: ImageRef) -> ImageRef {
    if let Some(rest) = image.repository.strip_prefix("dotnet/core/") {
        image.repository = format!("dotnet/{rest}");
    }
    image
}

/// Writes a counterpart under the mirror that the original was written under.
fn in_the_same_place(image: &ImageRef, known: &ImageRef, reference: &str) -> String {
    let legacy = image.repository.starts_with("dotnet/core/") && !known.repository.starts_with("dotnet/core/");
    if legacy {
        reference.replacen("/dotnet/", "/dotnet/core/", 1)
    } else {
        format!("{}{reference}", image.mirror_prefix())
    }
}

/// Images of a tool that are an official image with the tool added.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrappedImages {
    image: Vec<WrappedImage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrappedImage {
    name: String,
    /// Name of the official image, which tags have, too.
    wraps: String,
    variables: BTreeMap<String, String>,
    cmd: Vec<String>,
}

/// What an image is that is an official image with a tool added, and the official image.
fn wrapper_of(image: &ImageRef) -> Option<(&'static WrappedImage, ImageRef)> {
    static DATA: OnceLock<WrappedImages> = OnceLock::new();
    let text = include_str!(concat!(env!("OUT_DIR"), "/data/wrapped-images.json"));
    let known = DATA.get_or_init(|| serde_json::from_str(text).unwrap_or_default());
    let name = image.name();
    let wrapper = known.image.iter().find(|known| known.name == name)?;
    let tag = image.tag.as_deref()?;
    let tag = match tag.split_once(&format!("-{}", wrapper.wraps)) {
        Some((_, rest)) => rest,
        None => tag.strip_prefix(wrapper.wraps.as_str())?,
    };
    let (version, rest) = tag.split_once('-')?;
    let (os, slim) = rest.split_once("-slim").map_or((rest, ""), |(os, _)| (os, "slim-"));
    Some((wrapper, ImageRef::parse(&format!("{}:{version}-{slim}{os}", wrapper.wraps))?))
}

/// The official image that an image adds a tool to.
pub fn wrapped_in(image: &ImageRef) -> Option<ImageRef> {
    wrapper_of(&image.normalised()).map(|(_, official)| official)
}

/// The facts of what an image wraps, with what it adds.
fn wrapped(image: &ImageRef) -> Option<ImageFacts> {
    let (wrapper, official) = wrapper_of(image)?;
    let mut facts = lookup(&official)?;
    let variables = wrapper.variables.iter().map(|(name, value)| (name.clone(), Some(value.clone())));
    facts.config.env.extend(variables);
    facts.config.cmd = Some(wrapper.cmd.clone());
    facts.config_complete = false;
    facts.runtime = facts.runtime.or_else(|| Some(official.to_string()));
    facts.role = "builder".into();
    facts.exact = false;
    Some(facts)
}

fn libc_of(release: &Release) -> Libc {
    distributions::find(&release.distribution).map_or(Libc::Glibc, |distribution| distribution.libc)
}

/// False when the tag names a distribution that the row does not stand on: then the row's paths may differ.
fn stands_where_it_should(found: &Found) -> bool {
    let on = |named: &Release| found.row.history.first().is_none_or(|e| e.release.distribution == named.distribution);
    found.named.as_ref().is_none_or(on)
}

/// Every release that the tag may stand for, newest first.
fn releases_of(image: &ImageRef, tag: &str, found: &Found, aliases: &BTreeMap<String, String>) -> Vec<Release> {
    if let Some(named) = &found.named {
        return vec![named.clone()];
    }
    let history = &found.row.history;
    let kept: Vec<&Entry> = if let Some(base) = base_of_otp(image, tag, aliases) {
        return base;
    } else if image.digest.is_some() {
        // One exact image may be of any age.
        history.iter().collect()
    } else if found.cut.is_empty() {
        pulled_lately(history.iter().collect())
    } else if history.iter().any(|e| e.patch.is_some()) {
        pulled_lately(lived_on(history, &found.cut))
    } else {
        history.iter().collect()
    };
    let mut releases = Vec::new();
    for entry in kept {
        if !releases.contains(&entry.release) {
            releases.push(entry.release.clone());
        }
    }
    releases
}

/// Of entries, newest first, those that did not end before the years that count; the newest stays always.
fn pulled_lately(entries: Vec<&Entry>) -> Vec<&Entry> {
    let ended_before = entries.iter().position(|e| e.since.as_str() <= PULLED_SINCE);
    let count = ended_before.map_or(entries.len(), |i| i + 1);
    entries.into_iter().take(count).collect()
}

/// The entries on which a patch level was ever published: it came out no later than the entry's end, and was not yet
/// superseded when the entry began.
fn lived_on<'a>(history: &'a [Entry], cut: &[u32]) -> Vec<&'a Entry> {
    let reaches = |patch: &[u32]| {
        let common = cut.len().min(patch.len());
        cut[..common] >= patch[..common]
    };
    let within = |patch: &[u32]| {
        let common = cut.len().min(patch.len());
        cut[..common] <= patch[..common]
    };
    let mut newer: Option<&Entry> = None;
    let mut lived = Vec::new();
    for entry in history {
        let began = entry.patch.as_deref().is_none_or(reaches);
        let not_later = newer.and_then(|n| n.patch.as_deref()).is_none_or(within);
        if began && not_later {
            lived.push(entry);
        }
        newer = Some(entry);
    }
    lived
}

/// `elixir:1.15-otp-26` stands on the Erlang image of that OTP version.
fn base_of_otp(image: &ImageRef, tag: &str, aliases: &BTreeMap<String, String>) -> Option<Vec<Release>> {
    let otp = Tag::parse(tag, aliases)?.otp.filter(|_| image.repository == "elixir")?;
    let suffix =
        tag.rsplit('-').next().filter(|s| matches!(*s, "slim" | "alpine")).map_or(String::new(), |s| format!("-{s}"));
    let base =
        ImageRef { registry: None, repository: "erlang".into(), tag: Some(format!("{otp}{suffix}")), digest: None };
    lookup(&base).map(|facts| facts.releases)
}

#[cfg(test)]
mod tests;
