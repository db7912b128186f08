//! Families of images that are known by the patterns of their tags: those outside the official library.

use super::{ImageConfig, ImageFacts, ImageRef, Libc, Open, Release, libc_of, lookup};
use crate::facts::heuristics::glob;
use crate::facts::{contents, distributions, releases};
use regex_lite::{Captures, Regex};

static TEXT: &str = include_str!("../../../heuristics/data/image-families.txt");

/// What is known of an image by its family. The name is the one that the tables use.
pub(super) fn find(image: &ImageRef) -> Option<ImageFacts> {
    let name = image.name();
    let tag = image.tag.as_deref().unwrap_or("latest");
    let row = rows_of(&name).into_iter().find_map(|line| Row::read(line, tag))?;
    Some(row.facts(image, &name))
}

/// The rows for a repository: those of its exact name, then those of patterns, the longest first.
fn rows_of(name: &str) -> Vec<&'static str> {
    let mut found: Vec<(bool, usize, &str)> = Vec::new();
    for section in TEXT.split("\n=").skip(1) {
        let Some((names, lines)) = section.split_once('\n') else { continue };
        let fits = names.split('|').filter(|pattern| glob(pattern, name));
        let best = fits.map(|pattern| (pattern.contains('*'), usize::MAX - pattern.len())).min();
        found.extend(best.map(|(open, length)| (open, length, lines)));
    }
    found.sort_by_key(|(open, length, _)| (*open, *length));
    found.into_iter().flat_map(|(_, _, lines)| lines.lines()).collect()
}

/// A row whose pattern fits a tag.
struct Row<'t> {
    fields: Vec<&'static str>,
    tag: Captures<'t>,
    groups: Vec<String>,
}

impl<'t> Row<'t> {
    fn read(line: &'static str, tag: &'t str) -> Option<Row<'t>> {
        let fields: Vec<&str> = line.split('\t').collect();
        let pattern = Regex::new(fields.first()?).ok()?;
        let groups = pattern.capture_names().flatten().map(str::to_owned).collect();
        Some(Row { fields, tag: pattern.captures(tag)?, groups })
    }

    fn field(&self, number: usize) -> &'static str {
        self.fields.get(number).copied().unwrap_or_default()
    }

    /// A template with the groups of the pattern in their places; `None` when it asks for something else.
    fn filled(&self, template: &str, name: &str) -> Option<String> {
        let mut text = template.replace("{image}", name);
        for group in &self.groups {
            text = text.replace(&format!("{{{group}}}"), self.tag.name(group).map_or("", |m| m.as_str()));
        }
        (!text.contains('{')).then_some(text)
    }

    /// The release that the tag names; one without a name when only the distribution is known.
    fn release(&self, name: &str) -> Option<Release> {
        let text = self.filled(self.field(2), name)?;
        let (distribution, release) = text.split_once(':')?;
        distributions::find(distribution)?;
        let known = super::tag::shortened(release).into_iter().find_map(|short| releases::find(distribution, short));
        let known = known.map(|known| known.release.clone());
        let numbered = release.starts_with(|c: char| c.is_ascii_digit());
        let release = known.or_else(|| numbered.then(|| release.to_owned())).unwrap_or_default();
        Some(Release { distribution: distribution.to_owned(), release })
    }

    fn config(&self, name: &str) -> ImageConfig {
        let marks = self.field(4);
        let open = |mark: char| marks != COMPLETE && marks.contains(mark);
        let argv = |number: usize| serde_json::from_str::<Vec<String>>(self.field(number)).ok();
        let mut env = Vec::new();
        for (variable, value) in self.field(5).split(" | ").filter_map(|pair| pair.split_once('=')) {
            env.push((variable.to_owned(), self.filled(value, name)));
        }
        env.extend(self.field(6).split_whitespace().map(|variable| (variable.to_owned(), None)));
        let workdir = Some(self.field(7)).filter(|w| !w.is_empty()).unwrap_or("/").to_owned();
        ImageConfig {
            env,
            workdir,
            user: self.field(10).to_owned(),
            entrypoint: argv(8),
            cmd: argv(9),
            open: Open { env: true, workdir: open('w'), user: open('u'), start: open('s'), all: false },
            ..ImageConfig::default()
        }
    }

    fn facts(&self, image: &ImageRef, name: &str) -> ImageFacts {
        let release = self.release(name);
        let libc = match self.field(3) {
            "glibc" => Some(Libc::Glibc),
            "musl" => Some(Libc::Musl),
            _ => release.as_ref().map(libc_of),
        };
        let counterpart = self.counterpart(image, name, libc);
        ImageFacts {
            releases: release.iter().cloned().collect(),
            release,
            libc,
            config: self.config(name),
            config_complete: self.field(4) == COMPLETE,
            runtime: counterpart,
            role: self.field(1).to_owned(),
            size_mb: super::families::family_of(name)
                .and_then(|family| family.size_of(image.tag.as_deref().unwrap_or("latest"))),
            foreign: self.field(1) != "os-base" && !super::families::family_of(name).is_some_and(|family| family.plain),
            exact: false,
        }
    }

    /// The smaller sibling. Both images have to be described, or nobody could say what is lost between them.
    fn counterpart(&self, image: &ImageRef, name: &str, libc: Option<Libc>) -> Option<String> {
        let template = Some(self.field(11)).filter(|t| !t.is_empty())?;
        let reference = self.filled(template, name)?;
        let target = ImageRef::parse(&reference)?;
        let whole = |tag: &str| !tag.ends_with('-') && !tag.contains("--");
        if image.digest.is_some() || target.normalised() == *image || !target.tag.as_deref().is_some_and(whole) {
            return None;
        }
        let facts = lookup(&target)?;
        let described = contents::describes(image) && contents::describes(&target);
        // Packages are put back by their names on one release.
        let same_release = self.release(name).is_some_and(|r| !r.release.is_empty() && facts.releases == [r]);
        (described && same_release && facts.libc == libc && !facts.config.open.ties()).then_some(reference)
    }
}

const COMPLETE: &str = "complete";

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> ImageFacts {
        let image = ImageRef::parse(text).unwrap_or_else(|| panic!("{text} parses"));
        lookup(&image).unwrap_or_else(|| panic!("{text} is known"))
    }

    fn release_of(text: &str) -> String {
        of(text).release.map(|r| format!("{}:{}", r.distribution, r.release)).unwrap_or_default()
    }

    #[test]
    fn every_pattern_reads() {
        let lines: Vec<&str> = TEXT.lines().filter(|l| !l.starts_with(['#', '='])).collect();
        assert!(lines.len() > 250);
        for line in lines {
            let pattern = line.split('\t').next().unwrap_or_default();
            assert!(Regex::new(pattern).is_ok(), "{pattern}");
        }
    }

    #[test]
    fn releases_follow_the_tag_or_stay_open() {
        let cases = [
            ("nvidia/cuda:12.4.1-devel-ubuntu22.04", "ubuntu:22.04"),
            ("nvcr.io/nvidia/cuda:12.5.1-cudnn-runtime-ubuntu22.04", "ubuntu:22.04"),
            ("hexpm/elixir:1.17.2-erlang-27.0.1-debian-bookworm-20240701-slim", "debian:bookworm"),
            ("hexpm/elixir:1.17.2-erlang-27.0.1-alpine-3.20.1", "alpine:3.20"),
            ("registry.access.redhat.com/ubi8/ubi:8.10", "rhel:8"),
            ("google/cloud-sdk:502.0.0", "debian:"),
            ("rockylinux/rockylinux:10.1", "rockylinux:10"),
            ("jupyter/base-notebook:latest", "ubuntu:"),
            ("public.ecr.aws/lambda/python:3.12", "amazonlinux:2023"),
            ("mcr.microsoft.com/playwright:v1.48.0-jammy", "ubuntu:"),
        ];
        for (image, release) in cases {
            assert_eq!(release_of(image), release, "{image}");
        }
    }

    #[test]
    fn what_is_only_remembered_is_open_and_keeps_its_base() {
        let memory = of("registry.access.redhat.com/ubi9/ubi-minimal:9.4-1227");
        assert!(memory.config.open.start && memory.config.open.user && !memory.config_complete);
        assert_eq!(memory.runtime, None);
        let prose = of("quay.io/jupyter/scipy-notebook:2024-10-07");
        assert_eq!(prose.config.user, "1000");
        assert_eq!(prose.runtime, None);
    }

    #[test]
    fn configuration_is_that_of_the_row() {
        let lambda = of("public.ecr.aws/lambda/python:3.12");
        assert_eq!(lambda.config.workdir, "/var/task");
        assert_eq!(lambda.config.entrypoint, Some(vec!["/lambda-entrypoint.sh".to_owned()]));
        assert!(lambda.config.open.start && lambda.config.open.env);
        let cuda = of("nvidia/cuda:12.4.1-base-ubuntu22.04");
        assert_eq!(cuda.config.cmd, Some(vec!["/bin/bash".to_owned()]));
        let path = cuda.config.env.iter().find(|(name, _)| name == "PATH").and_then(|(_, value)| value.as_deref());
        assert!(path.is_some_and(|path| path.ends_with("/usr/bin:/sbin:/bin")), "{path:?}");
        assert!(cuda.config_complete && !cuda.config.open.ties());
    }

    #[test]
    fn a_smaller_sibling_is_named_where_both_are_described() {
        assert_eq!(
            of("nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04").runtime.as_deref(),
            Some("nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04")
        );
        assert_eq!(of("nvidia/cuda:12.4.1-runtime-ubuntu22.04").runtime, None);
        assert_eq!(of("maven:3.9-azulzulu-17").runtime, None, "nobody says which release it stands on");
        assert_eq!(of("pytorch/pytorch:2.4.0-cuda12.4-cudnn9-devel").runtime, None);
    }
}
