//! Reading and writing image references.

use super::ImageRef;
use std::fmt;

/// Places that mirror the official images under their own names.
const OFFICIAL_MIRRORS: [&str; 5] = [
    "docker.io/library/",
    "index.docker.io/library/",
    "public.ecr.aws/docker/library/",
    "mirror.gcr.io/library/",
    "registry.hub.docker.com/library/",
];
/// Before the names of official images, those of one architecture (`arm64v8/golang`).
const ARCHITECTURES: [&str; 9] =
    ["amd64/", "arm32v5/", "arm32v6/", "arm32v7/", "arm64v8/", "i386/", "ppc64le/", "riscv64/", "s390x/"];
/// Other names of Docker Hub.
const HUB: [&str; 4] = ["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

impl ImageRef {
    /// Splits a reference such as `docker.io/library/golang:1.22@sha256:…`. `None` when it is empty, or holds white space,
    /// variables or empty parts.
    pub fn parse(text: &str) -> Option<ImageRef> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"./:@_-+".contains(&b);
        if text.is_empty() || !text.bytes().all(plain) {
            return None;
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) if digest.contains(':') => (name, Some(digest)),
            Some(_) => return None,
            None => (text, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (Some(host), path),
            _ => (None, name),
        };
        let (repository, tag) = match path.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (path, None),
        };
        let bad_path = repository.contains(':') || repository.split('/').any(str::is_empty);
        let bad_tag = tag.is_some_and(|t| t.is_empty() || t.contains('/') || t.starts_with(['-', '.']));
        if bad_path || bad_tag || registry.is_some_and(str::is_empty) {
            return None;
        }
        let owned = |part: Option<&str>| part.map(str::to_owned);
        Some(ImageRef {
            registry: owned(registry),
            repository: repository.to_owned(),
            tag: owned(tag),
            digest: owned(digest),
        })
    }

    /// The reference under the name that the tables use: Docker Hub's host and `library/` are left out, and well-known
    /// mirrors of the official images are read as what they mirror.
    pub fn normalised(&self) -> ImageRef {
        let name = self.name();
        let official = OFFICIAL_MIRRORS.iter().find_map(|mirror| name.strip_prefix(mirror));
        let on_hub = self.registry.as_deref().is_none_or(|r| HUB.contains(&r));
        let short = |repository: &'_ str| -> String {
            let prefixes = ["library/"].into_iter().chain(ARCHITECTURES);
            prefixes.filter_map(|p| repository.strip_prefix(p)).next().unwrap_or(repository).to_owned()
        };
        let plain = short(&self.repository);
        let (registry, repository) = match official {
            Some(official) => (None, official),
            None if on_hub => (None, plain.as_str()),
            None => (self.registry.clone(), self.repository.as_str()),
        };
        ImageRef { registry, repository: repository.to_owned(), tag: self.tag.clone(), digest: self.digest.clone() }
    }

    /// The same image with another tag and without a digest.
    pub fn with_tag(&self, tag: &str) -> ImageRef {
        ImageRef { tag: Some(tag.to_owned()), digest: None, ..self.clone() }
    }

    /// Registry and repository, without tag and digest.
    pub fn name(&self) -> String {
        match &self.registry {
            Some(registry) => format!("{registry}/{}", self.repository),
            None => self.repository.clone(),
        }
    }

    /// What is written before the name that the tables use, such as `public.ecr.aws/docker/library/`; mostly empty.
    pub(super) fn mirror_prefix(&self) -> String {
        let name = self.name();
        let known = self.normalised().name();
        name.strip_suffix(known.as_str()).unwrap_or_default().to_owned()
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_split_and_join() {
        let cases = [
            ("golang", None, "golang", None),
            ("golang:1.22", None, "golang", Some("1.22")),
            ("library/golang:1", None, "library/golang", Some("1")),
            ("docker.io/library/python:3", Some("docker.io"), "library/python", Some("3")),
            ("localhost:5000/a/b:c", Some("localhost:5000"), "a/b", Some("c")),
            ("mcr.microsoft.com/dotnet/sdk:8.0", Some("mcr.microsoft.com"), "dotnet/sdk", Some("8.0")),
            ("node@sha256:abc", None, "node", None),
        ];
        for (text, registry, repository, tag) in cases {
            let image = ImageRef::parse(text).unwrap_or_else(|| panic!("{text} parses"));
            assert_eq!(image.registry.as_deref(), registry, "{text}");
            assert_eq!((image.repository.as_str(), image.tag.as_deref()), (repository, tag), "{text}");
            assert_eq!(image.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in ["", "a b", "$IMAGE", "python:${V}", "a//b", "/a", "a:", "a@b", "python:-x"] {
            assert_eq!(ImageRef::parse(text), None, "{text}");
        }
    }

    #[test]
    fn mirrors_of_official_images_are_read_as_these() {
        let cases = [
            ("docker.io/library/golang:1", "golang:1", "docker.io/library/"),
            ("library/golang:1", "golang:1", "library/"),
            ("arm64v8/golang:1.22", "golang:1.22", "arm64v8/"),
            ("docker.io/oven/bun:1", "oven/bun:1", "docker.io/"),
            ("public.ecr.aws/docker/library/node:20", "node:20", "public.ecr.aws/docker/library/"),
            ("mirror.gcr.io/library/node:20", "node:20", "mirror.gcr.io/library/"),
            ("gcr.io/distroless/static", "gcr.io/distroless/static", ""),
        ];
        for (text, normalised, prefix) in cases {
            let image = ImageRef::parse(text).unwrap_or_else(|| panic!("{text} parses"));
            assert_eq!(image.normalised().to_string(), normalised);
            assert_eq!(image.mirror_prefix(), prefix);
        }
    }

    #[test]
    fn another_tag_drops_the_digest() {
        let image = ImageRef::parse("node:20@sha256:abc").unwrap_or_else(|| panic!("parses"));
        assert_eq!(image.with_tag("20-slim").to_string(), "node:20-slim");
    }
}
