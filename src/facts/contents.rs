//! What a base image brings: commands, packages, shells, accounts.
//!
//! The engine asks what is lost when a stage moves to a smaller image. So the answer for a large image need not name
//! everything (`complete` is false), while that for a small one should.

use super::distributions;
use super::images::{self, ImageRef, Release};
use super::packages::{self, RuntimePackages};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/data/base-contents.json"));

/// What is known to be in a base image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BaseContents {
    /// Commands on the image's PATH.
    pub commands: BTreeSet<String>,
    /// Installed system packages; shared libraries by the names of the image's release.
    pub packages: BTreeSet<String>,
    /// Shells, `sh` first; empty in images without one.
    pub shells: Vec<String>,
    /// True when the image has a bundle of certificate authorities.
    pub ca_certificates: bool,
    /// True when the image has the time zone database.
    pub tzdata: bool,
    /// Accounts and their user ids, by name.
    pub users: Vec<(String, u32)>,
    /// Accounts that images of a family add, and how they are made.
    pub accounts: BTreeMap<String, Account>,
    /// Accounts that only some of the releases bring which the image may stand for.
    pub perhaps: BTreeMap<String, u32>,
    /// Groups with an id that the system would have given to the next system account otherwise.
    pub groups: BTreeMap<String, u32>,
    /// True when a command that is not named is not there; false when absence means unknown.
    pub complete: bool,
    /// Directories that steps add to and that the image has filled already, in MB: a copy of one repeats that.
    pub filled: BTreeMap<String, u32>,
}

/// An account with a group of the same name and id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The id of the user and the group.
    pub id: u32,
    /// Its home directory.
    pub home: String,
    /// Its shell.
    pub shell: String,
    /// Directories that belong to it, beside its home.
    #[serde(default)]
    pub owns: Vec<String>,
}

/// An account as the data has it: one of the distribution by its id, one that a family adds as it is made.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Listed {
    Id(u32),
    Made(Account),
}

impl Listed {
    fn id(&self) -> u32 {
        match self {
            Listed::Id(id) => *id,
            Listed::Made(account) => account.id,
        }
    }
}

/// The package of the certificate authorities, on every distribution.
pub const CERTIFICATES: &str = "ca-certificates";

/// The package of the time zone database, on every distribution.
pub const ZONES: &str = "tzdata";

impl BaseContents {
    /// True when the image has a package, or what it brings.
    pub fn has(&self, package: &str) -> bool {
        self.packages.contains(package)
            || package == CERTIFICATES && self.ca_certificates
            || package == ZONES && self.tzdata
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    layers: BTreeMap<String, Layer>,
    images: Vec<Image>,
    filled: Vec<Filled>,
}

/// A directory that an image fills, whatever else is known of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filled {
    names: Vec<String>,
    path: String,
    mb: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Layer {
    /// Another layer that this one extends.
    like: Option<String>,
    shells: Vec<String>,
    ca_certificates: bool,
    tzdata: Option<bool>,
    commands: String,
    packages: String,
    libraries: Vec<String>,
    users: BTreeMap<String, Listed>,
    groups: BTreeMap<String, u32>,
    /// Commands, packages and accounts that the layer takes away.
    without: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Image {
    names: Vec<String>,
    #[serde(default)]
    parts: Vec<String>,
    /// The distribution on which the entry holds.
    on: Option<String>,
    layers: Vec<String>,
    #[serde(default)]
    complete: bool,
}

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    DATA.get_or_init(|| serde_json::from_str(TEXT).unwrap_or_default())
}

/// What an image brings. Nothing is known of an unknown image: the answer is empty and not complete.
///
/// The answer for an image is put together once and shared: it names hundreds of commands and packages, and every
/// conversion asks for it several times.
pub fn provides(image: &ImageRef) -> Arc<BaseContents> {
    static KNOWN: Mutex<BTreeMap<String, Arc<BaseContents>>> = Mutex::new(BTreeMap::new());
    let written = image.to_string();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(known.entry(written).or_insert_with(|| Arc::new(put_together(image))))
}

/// True when what a kind of images brings is written down for it, not only for its distribution.
pub(super) fn describes(image: &ImageRef) -> bool {
    let name = name_of(image);
    data().images.iter().flat_map(|entry| &entry.names).any(|n| n != "*" && is_named(n, &name))
}

fn name_of(image: &ImageRef) -> String {
    image.normalised().name().replacen("/dotnet/core/", "/dotnet/", 1)
}

fn is_named(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |front| name.starts_with(front))
}

fn put_together(image: &ImageRef) -> BaseContents {
    let Some(facts) = images::lookup(image) else { return BaseContents::default() };
    let name = name_of(image);
    let tag = image.tag.as_deref().unwrap_or("latest");
    let distribution = facts.release.as_ref().map(|r| r.distribution.as_str()).unwrap_or_default();
    let fits = |entry: &&Image| {
        let has = |part: &String| tag.split('-').any(|t| t.starts_with(part.as_str()));
        let named = entry.names.iter().any(|n| is_named(n, &name));
        named && entry.parts.iter().all(has) && entry.on.as_ref().is_none_or(|on| on == distribution)
    };
    let mut contents = BaseContents::default();
    for filled in data().filled.iter().filter(|filled| filled.names.iter().any(|n| is_named(n, &name))) {
        contents.filled.insert(filled.path.clone(), filled.mb);
    }
    let Some(entry) = data().images.iter().find(fits) else { return contents };
    // A distribution that the data does not describe leaves the answer open.
    let described = !entry.layers.iter().any(|l| l == "{os}") || data().layers.contains_key(distribution);
    contents.complete = entry.complete && described;
    for layer in &entry.layers {
        contents.add(if layer == "{os}" { distribution } else { layer }, &facts.releases);
    }
    // An account that only some of the releases have is not counted on.
    let layers = |release: &Release| -> Vec<&'static str> {
        let found = distributions::find(&release.distribution);
        found.map(|d| d.account_layers(&release.release).collect()).unwrap_or_default()
    };
    if let [first, others @ ..] = facts.releases.as_slice() {
        for layer in layers(first) {
            if others.iter().all(|release| layers(release).contains(&layer)) {
                contents.add(layer, &facts.releases);
            }
        }
    }
    let possible: BTreeSet<&str> = facts.releases.iter().flat_map(layers).collect();
    for layer in possible.iter().filter_map(|name| data().layers.get(*name)) {
        let users = layer.users.iter().map(|(name, listed)| (name.clone(), listed.id()));
        contents.perhaps.extend(users.filter(|user| !contents.users.contains(user)));
    }
    // A family may give another name to an account of the distribution.
    for layer in entry.layers.iter().filter_map(|name| data().layers.get(name)) {
        for word in layer.without.split_whitespace() {
            contents.users.retain(|(name, _)| name != word);
            contents.accounts.remove(word);
            contents.perhaps.remove(word);
        }
    }
    contents.users.sort();
    contents.users.dedup();
    contents
}

impl BaseContents {
    fn add(&mut self, name: &str, releases: &[Release]) {
        let Some(layer) = data().layers.get(name) else { return };
        if let Some(like) = &layer.like {
            self.add(like, releases);
        }
        self.commands.extend(layer.commands.split_whitespace().map(str::to_owned));
        self.packages.extend(layer.packages.split_whitespace().map(str::to_owned));
        for word in layer.without.split_whitespace() {
            self.commands.remove(word);
            self.packages.remove(word);
        }
        for library in &layer.libraries {
            if let RuntimePackages::Names(names) = packages::runtime_packages(releases, library) {
                self.packages.extend(names);
            }
        }
        self.shells.extend(layer.shells.iter().cloned());
        self.ca_certificates |= layer.ca_certificates;
        self.tzdata = layer.tzdata.unwrap_or(self.tzdata);
        self.users.extend(layer.users.iter().map(|(name, listed)| (name.clone(), listed.id())));
        self.accounts.extend(layer.users.iter().filter_map(|(name, listed)| match listed {
            Listed::Made(account) => Some((name.clone(), account.clone())),
            Listed::Id(_) => None,
        }));
        self.groups.extend(layer.groups.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Arc<BaseContents> {
        provides(&ImageRef::parse(text).unwrap_or_else(|| panic!("{text} parses")))
    }

    #[test]
    fn the_data_parses_and_its_layers_exist() {
        assert!(!data().images.is_empty());
        for entry in &data().images {
            for layer in entry.layers.iter().filter(|l| *l != "{os}") {
                assert!(data().layers.contains_key(layer), "{layer}");
            }
        }
    }

    #[test]
    fn commands_by_image() {
        let cases = [
            ("python:3.11", "curl git gcc convert python pip ps make unzip ssh python3", "psql"),
            ("python:3.11-slim", "python pip sh bash openssl tar", "curl git gcc ps wget make"),
            ("python:3.11-alpine", "python sh wget unzip ps", "bash curl git"),
            ("node:20", "node npm yarn curl git python3", ""),
            ("node:20-bookworm-slim", "node npx yarn bash", "curl git openssl ps python3 wget"),
            ("golang:1.22", "go git curl gcc make", "convert"),
            ("golang:1.22-alpine", "go sh wget", "git gcc bash"),
            ("debian:bookworm-slim", "bash perl tar gzip sed awk find apt-get useradd", "curl wget ps ip vim less"),
            ("debian:stable-slim", "bash", "curl"),
            ("ubuntu:22.04", "bash perl", "curl ps"),
            ("alpine:3.19", "sh nc vi wget tar", "bash curl"),
            ("ruby:3.3-slim", "ruby bundle", "git curl gcc ps"),
            ("rust:1.82", "cargo rustc gcc curl", ""),
            ("rust:1.82-slim", "cargo gcc", "curl git make"),
            ("maven:3.9-eclipse-temurin-17", "mvn java javac curl git", ""),
            ("eclipse-temurin:17-jre", "java keytool curl", "javac mvn"),
            ("openjdk:11-jre-slim", "java", "javac curl wget git"),
            ("mcr.microsoft.com/dotnet/sdk:8.0", "dotnet curl git", ""),
            ("mcr.microsoft.com/dotnet/aspnet:8.0", "dotnet", "curl git"),
            ("nginx:1.25", "nginx curl envsubst", ""),
            ("scratch", "", "sh ls"),
            ("gcr.io/distroless/static-debian12", "", "sh ls bash"),
        ];
        for (image, present, absent) in cases {
            let contents = of(image);
            for command in present.split_whitespace() {
                assert!(contents.commands.contains(command), "{image} has {command}");
            }
            for command in absent.split_whitespace() {
                assert!(!contents.commands.contains(command), "{image} has no {command}");
            }
        }
    }

    #[test]
    fn completeness_certificates_and_zones() {
        let cases = [
            ("debian:bookworm-slim", true, false, true),
            ("python:3.11-slim", true, true, true),
            ("python:3.11", false, true, true),
            ("node:20-slim", true, false, true),
            ("node:20", false, true, true),
            ("alpine:3.19", true, true, false),
            ("ubuntu:22.04", true, false, false),
            ("scratch", true, false, false),
            ("gcr.io/distroless/static-debian12", true, true, true),
            ("somebody/something", false, false, false),
        ];
        for (image, complete, certificates, zones) in cases {
            let contents = of(image);
            assert_eq!(
                (contents.complete, contents.ca_certificates, contents.tzdata),
                (complete, certificates, zones),
                "{image}"
            );
        }
    }

    #[test]
    fn libraries_follow_the_release() {
        assert!(of("python:3.11-bookworm").packages.contains("libpq5"));
        assert!(of("python:3.11-bookworm").packages.contains("libssl3"));
        assert!(of("python:3.11-bullseye").packages.contains("libssl1.1"));
        assert!(!of("python:3.11-slim-bookworm").packages.contains("libpq5"));
        assert!(of("python:3.11-slim-bookworm").packages.contains("libsqlite3-0"));
    }

    #[test]
    fn accounts_and_shells() {
        let has = |image: &str, name: &str, id: u32| of(image).users.contains(&(name.to_owned(), id));
        assert!(has("node:20-slim", "node", 1000) && has("node:20-slim", "www-data", 33));
        assert!(has("nginx:alpine", "nginx", 101) && has("php:8.2-fpm-alpine", "www-data", 82));
        assert!(has("ubuntu:24.04", "ubuntu", 1000) && !has("ubuntu:22.04", "ubuntu", 1000));
        assert!(has("gcr.io/distroless/static-debian12", "nonroot", 65532));
        assert_eq!(of("alpine:3.19").shells, ["sh", "ash"]);
        assert!(of("scratch").shells.is_empty());
        assert!(of("debian:12").shells.contains(&"bash".to_owned()));
    }

    #[test]
    fn what_a_slim_counterpart_names_the_full_image_has() {
        for (full, slim) in [
            ("python:3.11-bookworm", "python:3.11-slim-bookworm"),
            ("node:20", "node:20-slim"),
            ("perl:5.38-bookworm", "perl:5.38-slim-bookworm"),
        ] {
            let (full, slim) = (of(full), of(slim));
            let missing: Vec<_> = slim.commands.difference(&full.commands).collect();
            assert!(missing.is_empty(), "{missing:?}");
        }
    }
}
