use super::*;

fn facts(text: &str) -> Option<ImageFacts> {
    lookup(&ImageRef::parse(text).unwrap_or_else(|| panic!("{text} parses")))
}

/// Reference, releases (newest first), runtime counterpart.
const IMAGES: &[(&str, &str, &str)] = &[
    ("python:3.11", "trixie bookworm", "python:3.11-slim"),
    ("python:3.11-bookworm", "bookworm", "python:3.11-slim-bookworm"),
    ("python:3.11-bullseye", "bullseye", "python:3.11-slim-bullseye"),
    ("python:3.11.4", "bookworm", "python:3.11.4-slim"),
    ("python:3.11.4-slim-bookworm", "bookworm", ""),
    ("python:3.11.9", "bookworm", "python:3.11.9-slim"),
    ("python:3.11.14", "trixie", "python:3.11.14-slim"),
    ("python:3.8", "bookworm", "python:3.8-slim"),
    ("python:3.8.10", "buster", "python:3.8.10-slim"),
    ("python", "trixie bookworm", "python:slim"),
    ("python:latest", "trixie bookworm", "python:slim"),
    ("python:3", "trixie bookworm", "python:3-slim"),
    ("python:bookworm", "bookworm", "python:slim-bookworm"),
    ("python:3.12-slim", "trixie bookworm", ""),
    ("python:3.12-alpine", "3.24 3.23 3.22 3.21 3.20 3.19 3.18", ""),
    ("python:3.12-alpine3.19", "3.19", ""),
    ("docker.io/library/python:3.11", "trixie bookworm", "docker.io/library/python:3.11-slim"),
    ("public.ecr.aws/docker/library/node:20", "bookworm", "public.ecr.aws/docker/library/node:20-slim"),
    ("node:20", "bookworm", "node:20-slim"),
    ("node:20-bookworm", "bookworm", "node:20-bookworm-slim"),
    ("node:18.12.0", "bullseye", "node:18.12.0-slim"),
    ("node:18.12.0-bullseye", "bullseye", "node:18.12.0-bullseye-slim"),
    ("node:18.20.4", "bookworm", "node:18.20.4-slim"),
    ("node:18.16", "bookworm", "node:18.16-slim"),
    ("node", "trixie bookworm", "node:slim"),
    ("node:lts", "bookworm", "node:lts-slim"),
    ("node:lts-bullseye", "bullseye", "node:lts-bullseye-slim"),
    ("node:iron", "bookworm", "node:iron-slim"),
    ("node:iron-slim", "bookworm", ""),
    ("node:current", "trixie bookworm", "node:current-slim"),
    ("node:14", "buster", "node:14-slim"),
    ("node:14.17.0", "stretch", "node:14.17.0-slim"),
    ("node:20-alpine", "3.23 3.22 3.21 3.20 3.19 3.18", ""),
    ("ruby:3.3", "trixie bookworm", "ruby:3.3-slim"),
    ("ruby:3.2.2", "bookworm", "ruby:3.2.2-slim"),
    ("ruby:3", "trixie bookworm", "ruby:3-slim"),
    ("perl:5.36", "bookworm", "perl:5.36-slim"),
    ("perl:5.38-bookworm", "bookworm", "perl:5.38-slim-bookworm"),
    ("debian:bookworm", "bookworm", "debian:bookworm-slim"),
    ("debian:12", "bookworm", "debian:12-slim"),
    ("debian:12.5", "bookworm", "debian:12.5-slim"),
    ("debian:bookworm-20240211", "bookworm", "debian:bookworm-20240211-slim"),
    ("debian", "trixie bookworm", "debian:stable-slim"),
    ("debian:latest", "trixie bookworm", "debian:stable-slim"),
    ("debian:stable", "trixie bookworm", "debian:stable-slim"),
    ("debian:bookworm-slim", "bookworm", ""),
    ("ubuntu:22.04", "22.04", ""),
    ("ubuntu:noble", "24.04", ""),
    ("ubuntu:jammy-20240111", "22.04", ""),
    ("ubuntu", "26.04 24.04 22.04", ""),
    ("alpine:3.19", "3.19", ""),
    ("alpine:3.19.1", "3.19", ""),
    ("golang:1.22", "bookworm", "debian:bookworm-slim"),
    ("golang:1.21.5", "bookworm", "debian:bookworm-slim"),
    ("golang:1.20.3", "bullseye", "debian:bullseye-slim"),
    ("golang:1.24", "trixie bookworm", "debian:trixie-slim"),
    ("golang:1.24.3", "bookworm", "debian:bookworm-slim"),
    ("golang:1", "trixie bookworm", "debian:stable-slim"),
    ("golang", "trixie bookworm", "debian:stable-slim"),
    ("golang:bullseye", "bullseye", "debian:bullseye-slim"),
    ("golang:1.22-alpine3.19", "3.19", "alpine:3.19"),
    ("golang:alpine3.19", "3.19", "alpine:3.19"),
    ("golang:1.21.5-alpine", "3.20 3.19 3.18", "alpine:3.20"),
    ("golang:1.18", "bullseye", "debian:bullseye-slim"),
    ("rust:1", "trixie bookworm", "debian:stable-slim"),
    ("rust:1.82-bookworm", "bookworm", "debian:bookworm-slim"),
    ("rust:1-slim-bookworm", "bookworm", "debian:bookworm-slim"),
    ("rust:1.82.0", "bookworm", "debian:bookworm-slim"),
    ("rust:slim", "trixie bookworm", "debian:stable-slim"),
    ("gcc:12", "bookworm", "debian:bookworm-slim"),
    ("gcc:12-bullseye", "bullseye", "debian:bullseye-slim"),
    ("buildpack-deps:bookworm", "bookworm", "debian:bookworm-slim"),
    ("buildpack-deps:bookworm-scm", "bookworm", "debian:bookworm-slim"),
    ("buildpack-deps:jammy", "22.04", "ubuntu:22.04"),
    ("haskell:9.4", "buster", "debian:buster-slim"),
    ("swift:5.9", "22.04", "swift:5.9-slim"),
    ("swift:5.9-jammy", "22.04", "swift:5.9-jammy-slim"),
    ("erlang:26", "bookworm bullseye", "erlang:26-slim"),
    ("maven:3.9-eclipse-temurin-17", "24.04 22.04", "eclipse-temurin:17-jre"),
    ("maven:3.9.6-eclipse-temurin-17-alpine", "", "eclipse-temurin:17-jre-alpine"),
    ("maven:3.8-openjdk-11", "bullseye", "eclipse-temurin:11-jre"),
    ("maven:3.8.5-openjdk-17", "8", "eclipse-temurin:17-jre"),
    ("gradle:8-jdk17", "24.04 22.04", "eclipse-temurin:17-jre"),
    ("gradle:8.5.0-jdk17-alpine", "", "eclipse-temurin:17-jre-alpine"),
    ("gradle:jdk17", "", "eclipse-temurin:17-jre"),
    ("eclipse-temurin:17", "26.04 24.04 22.04", "eclipse-temurin:17-jre"),
    ("eclipse-temurin:17-jdk", "26.04 24.04 22.04", "eclipse-temurin:17-jre"),
    ("eclipse-temurin:17-jdk-jammy", "22.04", "eclipse-temurin:17-jre-jammy"),
    ("eclipse-temurin:21-jdk-alpine", "", "eclipse-temurin:21-jre-alpine"),
    ("eclipse-temurin:17.0.9_9-jdk-jammy", "22.04", "eclipse-temurin:17.0.9_9-jre-jammy"),
    ("eclipse-temurin:17-jre", "26.04 24.04 22.04", ""),
    ("openjdk:8", "bullseye", "openjdk:8-jre-slim"),
    ("openjdk:8-jdk", "bullseye", "openjdk:8-jre-slim"),
    ("openjdk:11-jdk-slim", "bullseye", "openjdk:11-jre-slim"),
    ("openjdk:11-jdk-slim-buster", "buster", "openjdk:11-jre-slim-buster"),
    ("openjdk:11-buster", "buster", "openjdk:11-jre-slim-buster"),
    ("openjdk:8-jdk-alpine", "3.9", "openjdk:8-jre-alpine"),
    ("openjdk:8-jre-alpine", "3.9", ""),
    ("openjdk:17", "8", "eclipse-temurin:17-jre"),
    ("openjdk:17-jdk-slim", "bullseye", "eclipse-temurin:17-jre"),
    ("openjdk:17-jdk-alpine", "3.14", "eclipse-temurin:17-jre-alpine"),
    ("ibm-semeru-runtimes:open-17-jdk-jammy", "22.04", "ibm-semeru-runtimes:open-17-jre-jammy"),
    ("tomcat:9.0-jdk17", "", "tomcat:9.0-jre17"),
    ("mcr.microsoft.com/dotnet/sdk:8.0", "bookworm", "mcr.microsoft.com/dotnet/aspnet:8.0"),
    ("mcr.microsoft.com/dotnet/sdk:8.0-alpine", "", "mcr.microsoft.com/dotnet/aspnet:8.0-alpine"),
    ("mcr.microsoft.com/dotnet/sdk:8.0.100", "bookworm", "mcr.microsoft.com/dotnet/aspnet:8.0"),
    ("mcr.microsoft.com/dotnet/sdk:8.0-jammy", "22.04", "mcr.microsoft.com/dotnet/aspnet:8.0-jammy"),
    ("mcr.microsoft.com/dotnet/sdk:8.0-bookworm-slim", "bookworm", "mcr.microsoft.com/dotnet/aspnet:8.0-bookworm-slim"),
    ("mcr.microsoft.com/dotnet/core/sdk:3.1", "buster", "mcr.microsoft.com/dotnet/core/aspnet:3.1"),
    ("mcr.microsoft.com/dotnet/sdk:3.1-buster", "buster", "mcr.microsoft.com/dotnet/aspnet:3.1-buster-slim"),
    ("php:8.2-apache", "trixie bookworm", ""),
    ("php:8.2-fpm-alpine3.18", "3.18", ""),
    ("nginx:1.25", "bookworm", ""),
    ("scratch", "", ""),
    ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", "bookworm", "python:3.12-slim-bookworm"),
    ("oven/bun:1", "", "oven/bun:1-slim"),
    ("centos:7", "7", ""),
];

#[test]
fn tags_mean_what_the_tables_say() {
    let mut wrong = Vec::new();
    for (text, releases, runtime) in IMAGES {
        let Some(facts) = facts(text) else {
            wrong.push(format!("{text}: unknown"));
            continue;
        };
        let names: Vec<&str> = facts.releases.iter().map(|r| r.release.as_str()).collect();
        if !releases.is_empty() && names.join(" ") != *releases {
            wrong.push(format!("{text}: releases {names:?}, expected {releases}"));
        }
        let found = facts.runtime.as_deref().unwrap_or_default();
        if found != *runtime {
            wrong.push(format!("{text}: runtime {found:?}, expected {runtime:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_newest_version_is_what_no_version_stands_for() {
    let newest = facts("ruby:4.0.5-alpine").expect("the table has `4.0` and `alpine`");
    assert!(newest.config_complete && !newest.config.open.ties());
    assert_eq!(newest.config.env, facts("ruby:alpine").expect("listed").config.env);

    let newer = facts("golang:1.99-alpine").expect("golang:alpine, some time later");
    assert!(!newer.config_complete, "nobody has seen it");
    assert_eq!(newer.libc, Some(Libc::Musl));
    assert!(facts("golang:0.99-alpine").is_none(), "an older version is not the newest");
    assert!(facts("golang:1.99-none").is_none(), "words that no tag has stay unknown");
}

#[test]
fn counterparts_are_known_images() {
    let mut wrong = Vec::new();
    let all: Vec<String> = table::all_tags().iter().map(|(name, tag)| format!("{name}:{tag}")).collect();
    let listed = IMAGES.iter().map(|(text, ..)| text.to_string());
    for text in all.into_iter().filter(|t| !t.contains('#')).chain(listed) {
        let Some(runtime) = facts(&text).and_then(|f| f.runtime) else { continue };
        let builder = facts(&text).and_then(|f| f.libc);
        match facts(&runtime) {
            None => wrong.push(format!("{text} -> {runtime}: unknown")),
            Some(target) if target.libc != builder => wrong.push(format!("{text} -> {runtime}: other libc")),
            Some(target) if target.runtime.is_some() => wrong.push(format!("{text} -> {runtime}: not the smallest")),
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_reads() {
    for (name, lines) in table::all_sections() {
        assert!(crate::facts::lines::is_sorted(lines), "{name}");
    }
    for (name, tag) in table::all_tags() {
        let none = BTreeMap::new();
        assert!(table::find(name, tag, &none).is_some(), "{name}:{tag}");
    }
    assert!(!families::families().is_empty());
}

#[test]
fn tags_of_old_are_known_by_their_history() {
    let cases = [
        ("golang:1.10", "stretch", Some("debian:stretch-slim")),
        ("golang:1.9.6-alpine", "3.8 3.6", Some("alpine:3.8")),
        ("amd64/golang:1.10", "stretch", Some("amd64/debian:stretch-slim")),
        ("rust:1.23", "stretch", Some("debian:stretch-slim")),
        ("node:6", "stretch", None),
        ("node:6.9.2", "stretch jessie", None),
        ("maven:3.5.2-jdk-8", "stretch jessie", None),
    ];
    for (text, releases, runtime) in cases {
        let facts = facts(text).unwrap_or_else(|| panic!("{text} is known"));
        let names: Vec<&str> = facts.releases.iter().map(|r| r.release.as_str()).collect();
        assert_eq!((names.join(" ").as_str(), facts.runtime.as_deref()), (releases, runtime), "{text}");
        assert!(!facts.config_complete && facts.config.open.env, "{text}");
    }
}

#[test]
fn what_was_inferred_for_an_old_tag_is_open() {
    let node = facts("node:6").map(|f| f.config.open).unwrap_or_default();
    assert!(node.start && !node.user && node.ties());
    let golang = facts("golang:1.10").unwrap_or_else(|| panic!("known"));
    assert!(!golang.config.open.ties());
    assert_eq!(golang.config.workdir, "/go");
    assert!(facts("gradle:4.7-jdk8").is_some_and(|f| f.config.open.user && f.config.open.start));
    // The newest image of the same words is of another time.
    let lein = facts("clojure:lein-2.8.1").unwrap_or_else(|| panic!("known"));
    assert!(lein.config.open.start && lein.config.open.workdir && lein.releases.len() > 2);
    assert_eq!(lein.runtime, None);
}

#[test]
fn a_variant_alone_is_the_newest_version() {
    let (bare, newest) = (facts("php:apache"), facts("php:8-apache"));
    assert!(bare.is_some());
    assert_eq!(bare.map(|f| f.releases), newest.map(|f| f.releases));
}

#[test]
fn what_is_unknown_stays_unknown() {
    for text in [
        "python:2.6",
        "python:nonsense",
        "golang:1.1",
        "example.com/golang:1.22",
        "somebody/golang:1.22",
        "node@sha256:0123",
        "mcr.microsoft.com/dotnet/sdk:8.0-nanoserver-ltsc2022",
    ] {
        assert_eq!(facts(text), None, "{text}");
    }
}

#[test]
fn a_digest_has_no_counterpart() {
    let pinned = facts("python:3.11@sha256:0123").unwrap_or_else(|| panic!("known by its tag"));
    assert_eq!(pinned.runtime, None);
    // The digest may be one of long ago.
    let floating = facts("python:3.11").unwrap_or_else(|| panic!("known"));
    assert!(pinned.releases.len() >= floating.releases.len());
    let old = facts("golang:1@sha256:0123").unwrap_or_else(|| panic!("known by its tag"));
    assert_eq!(old.releases.last().map(|r| r.release.as_str()), Some("buster"));
}

#[test]
fn configurations_come_along() {
    let config = |text: &str| facts(text).unwrap_or_else(|| panic!("{text} is known")).config;
    let words = |words: &[&str]| Some(words.iter().map(|w| w.to_string()).collect::<Vec<_>>());
    assert_eq!(config("golang:1.22").workdir, "/go");
    assert_eq!(config("debian:12").workdir, "/");
    assert_eq!(config("node:20-bookworm").entrypoint, words(&["docker-entrypoint.sh"]));
    assert_eq!(config("node:20").cmd, words(&["node"]));
    assert_eq!(config("maven:3.9-eclipse-temurin-17").entrypoint, words(&["/usr/local/bin/mvn-entrypoint.sh"]));
    assert_eq!(config("nginx:alpine").exposed, ["80/tcp"]);
    assert_eq!(config("nginx:alpine").stop_signal.as_deref(), Some("SIGQUIT"));
    assert_eq!(config("gradle:8-jdk17").volumes, ["/home/gradle/.gradle"]);
    assert_eq!(config("gradle:8-jdk17").user, "");
    let lang = |text: &str| config(text).env.iter().any(|(n, v)| n == "LANG" && v.as_deref() == Some("C.UTF-8"));
    assert!(lang("python:3.11.4-slim-bookworm") && !lang("python:3.14"));
    assert!(config("python:3.11").env.iter().any(|(n, v)| n == "PYTHON_VERSION" && v.is_none()));
    let java = |text: &str| config(text).env.into_iter().find(|(n, _)| n == "JAVA_HOME").and_then(|(_, v)| v);
    assert_eq!(java("openjdk:17-jdk").as_deref(), Some("/usr/java/openjdk-17"));
    assert_eq!(java("openjdk:17-jdk-bullseye").as_deref(), Some("/usr/local/openjdk-17"));
}

#[test]
fn exactness_and_libc_are_told() {
    let known = |text: &str| facts(text).unwrap_or_else(|| panic!("{text} is known"));
    assert!(known("golang:1.22").exact && known("golang:1.22").config_complete);
    assert!(!known("golang:1.22.3").exact && known("golang:1.22.3").config_complete);
    assert!(!known("golang:1.9-stretch").config_complete);
    assert_eq!(known("golang:1.22-alpine").libc, Some(Libc::Musl));
    assert_eq!(known("golang:1.22").libc, Some(Libc::Glibc));
    assert_eq!(known("scratch").libc, Some(Libc::None));
    assert_eq!(known("gcr.io/distroless/static-debian12").libc, Some(Libc::None));
}

#[test]
fn sizes_are_plausible() {
    let size = |text: &str| facts(text).and_then(|f| f.size_mb);
    assert_eq!(size("python:3.12-slim"), Some(119));
    assert_eq!(size("debian:bookworm-slim"), Some(75));
    for (full, small) in [("node:20", "node:20-slim"), ("ruby:3.3", "ruby:3.3-slim"), ("python:3.9", "python:3.9-slim")]
    {
        assert!(size(full).unwrap_or(0) > 2 * size(small).unwrap_or(u32::MAX / 2), "{full}");
    }
}

#[test]
fn variables_stay_variables() {
    let cases = [
        ("python:${V}-bullseye", "python:3.11-bullseye", Some("python:${V}-slim-bullseye")),
        ("python:$V", "python:3.11", Some("python:$V-slim")),
        ("node:${V}", "node:20", Some("node:${V}-slim")),
        ("node:${V:-20}-bookworm", "node:20-bookworm", Some("node:${V:-20}-bookworm-slim")),
        ("python:3.${MINOR}", "python:3.11", Some("python:3.${MINOR}-slim")),
        ("python:${V}-${OS}", "python:3.11-bookworm", Some("python:${V}-slim-${OS}")),
        ("golang:${V}-bookworm", "golang:1.22-bookworm", Some("debian:bookworm-slim")),
        ("golang:${V}-${OS}", "golang:1.22-bookworm", Some("debian:${OS}-slim")),
        ("golang:${V}-alpine${A}", "golang:1.22-alpine3.19", Some("alpine:${A}")),
        ("golang:${V}", "golang:1.22", None),
        ("golang:${V}", "golang:1.22-bookworm", None),
        ("golang:${V}-alpine", "golang:1.22-alpine", None),
        ("maven:${M}-eclipse-temurin-${J}", "maven:3.9-eclipse-temurin-17", Some("eclipse-temurin:${J}-jre")),
        ("eclipse-temurin:${J}-jdk", "eclipse-temurin:17-jdk", Some("eclipse-temurin:${J}-jre")),
        ("openjdk:${J}-jdk-slim", "openjdk:17-jdk-slim", Some("eclipse-temurin:${J}-jre")),
        ("${REGISTRY}python:3.11", "python:3.11", Some("${REGISTRY}python:3.11-slim")),
        ("${IMAGE}", "python:3.11", None),
        (
            "mcr.microsoft.com/dotnet/sdk:${V}",
            "mcr.microsoft.com/dotnet/sdk:8.0",
            Some("mcr.microsoft.com/dotnet/aspnet:${V}"),
        ),
        ("mcr.microsoft.com/dotnet/sdk:${V}", "mcr.microsoft.com/dotnet/sdk:8.0.100", None),
        ("python:3.11", "python:3.11", Some("python:3.11-slim")),
    ];
    for (written, expanded, expected) in cases {
        let image = ImageRef::parse(expanded).unwrap_or_else(|| panic!("{expanded} parses"));
        let facts = lookup(&image).unwrap_or_else(|| panic!("{expanded} is known"));
        assert_eq!(runtime_text(written, &image, &facts).as_deref(), expected, "{written} as {expanded}");
    }
}

/// `${…}` may name a whole image or stand beside a mirror; neither loses what the author wrote.
#[test]
fn mirrors_are_kept_beside_variables() {
    let image = ImageRef::parse("public.ecr.aws/docker/library/node:20").unwrap_or_else(|| panic!("parses"));
    let facts = lookup(&image).unwrap_or_else(|| panic!("is known"));
    let written = "public.ecr.aws/docker/library/node:${V}";
    let expected = "public.ecr.aws/docker/library/node:${V}-slim";
    assert_eq!(runtime_text(written, &image, &facts).as_deref(), Some(expected));
}

mod any_text {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn never_panics(name in "(python|node|golang|debian|elixir|maven|eclipse-temurin|openjdk)", tag in "[a-z0-9._-]{1,20}", written in "\\PC{0,30}") {
            if let Some(image) = ImageRef::parse(&format!("{name}:{tag}")) {
                prop_assert_eq!(ImageRef::parse(&image.to_string()), Some(image.clone()));
                if let Some(facts) = lookup(&image) {
                    let _ = runtime_text(&written, &image, &facts);
                    let _ = runtime_text(&format!("{name}:${{V}}"), &image, &facts);
                }
            }
            let _ = ImageRef::parse(&written);
            let release = Release { distribution: "debian".into(), release: tag };
            let _ = crate::facts::packages::package(&release, &written);
        }
    }
}
