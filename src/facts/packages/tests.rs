use super::*;

fn on(text: &str) -> Release {
    let (distribution, release) = text.split_once(':').unwrap_or((text, ""));
    Release { distribution: distribution.into(), release: release.into() }
}

#[test]
fn the_data_parses() {
    assert!(table().len() >= 4);
    for (name, lines) in table() {
        assert!(crate::facts::lines::is_sorted(lines), "{name}");
    }
    assert!(added().sizes.len() > 100);
    for (key, names) in added().release.iter().chain(&added().until) {
        assert!(key.contains(':') && !names.is_empty(), "{key}");
    }
}

#[test]
fn build_packages_leave_their_libraries() {
    let cases = [
        ("debian:bookworm", "libpq-dev", "libpq5"),
        ("debian:bullseye", "libssl-dev", "libssl1.1"),
        ("debian:bookworm", "libssl-dev", "libssl3"),
        ("debian:trixie", "libssl-dev", "libssl3t64"),
        ("debian:bookworm", "libicu-dev", "libicu72"),
        ("debian:bookworm", "libpq-dev=15.3-0", "libpq5"),
        ("debian:bookworm", "libpq-dev:arm64", "libpq5"),
        ("debian:bookworm", "build-essential", ""),
        ("debian:bookworm", "g++", ""),
        ("debian:bookworm", "g++-12", ""),
        ("debian:bookworm", "python3-dev", ""),
        ("debian:bookworm", "python3.11-dev", ""),
        ("debian:bookworm", "openjdk-17-jdk", "openjdk-17-jre"),
        ("debian:bookworm", "default-jdk-headless", "default-jre-headless"),
        ("ubuntu:22.04", "libicu-dev", "libicu70"),
        ("ubuntu:24.04", "libssl-dev", "libssl3t64"),
        ("ubuntu:20.04", "libssl-dev", "libssl1.1"),
        ("ubuntu:20.04", "libpq-dev", "libpq5"),
        ("debian:sid", "libpq-dev", "libpq5"),
        ("alpine:3.19", "postgresql-dev", "libpq"),
        ("alpine:3.19", "openssl-dev", "libssl3 libcrypto3"),
        ("alpine:3.16", "openssl-dev", "libssl1.1 libcrypto1.1"),
        ("alpine:3.9", "openssl-dev", "libssl1.1 libcrypto1.1"),
        ("alpine:3.19", "build-base", ""),
        ("alpine:3.19", "openjdk17", "openjdk17-jre"),
        ("rockylinux:9", "gcc-c++", ""),
    ];
    for (release, name, runtime) in cases {
        let fact = package(&on(release), name).unwrap_or_else(|| panic!("{name} on {release} is known"));
        assert_eq!((fact.role, fact.runtime.join(" ")), (PackageRole::Build, runtime.into()), "{name} on {release}");
    }
}

#[test]
fn roles_of_tools() {
    let cases = [
        ("debian:bookworm", "git", Some(PackageRole::Ambiguous)),
        // Known from builds in the compiled table, and called by programs.
        ("debian:bookworm", "gnupg", Some(PackageRole::Ambiguous)),
        ("debian:bookworm", "subversion", Some(PackageRole::Ambiguous)),
        ("debian:bookworm", "curl", Some(PackageRole::Ambiguous)),
        ("debian:bookworm", "ca-certificates", Some(PackageRole::Runtime)),
        ("ubuntu:22.04", "ffmpeg", Some(PackageRole::Runtime)),
        ("debian:bookworm", "libpq5", Some(PackageRole::Runtime)),
        ("debian:bookworm", "fonts-noto-cjk", Some(PackageRole::Runtime)),
        ("debian:bookworm", "python3-numpy", Some(PackageRole::Runtime)),
        ("debian:bookworm", "python3-venv", Some(PackageRole::Build)),
        ("debian:bookworm", "cmake", Some(PackageRole::Build)),
        ("debian:bookworm", "libsomething-dev", None),
        ("debian:bookworm", "python3-unheard-dev", None),
        ("debian:bookworm", "unheard-of", None),
        ("alpine:3.19", "bash", Some(PackageRole::Ambiguous)),
        ("alpine:3.19", "tini", Some(PackageRole::Runtime)),
        ("alpine:3.19", "unheard-dev", None),
        ("alpine:3.19", "php82-opcache", Some(PackageRole::Runtime)),
        ("plan9:1", "gcc", None),
    ];
    for (release, name, role) in cases {
        assert_eq!(package(&on(release), name).map(|f| f.role), role, "{name} on {release}");
    }
}

#[test]
fn only_index_rows_are_verified() {
    assert!(package(&on("debian:bookworm"), "libpq-dev").is_some_and(|f| f.verified));
    assert!(package(&on("debian:sid"), "libpq-dev").is_some_and(|f| !f.verified));
    assert!(package(&on("debian:sid"), "libssl-dev").is_none(), "releases disagree");
}

#[test]
fn pins_fall_away() {
    let cases = [
        ("curl", "curl"),
        ("curl=7.88.1-10", "curl"),
        ("libc6:i386", "libc6"),
        ("nano-", "nano"),
        ("vim+", "vim"),
        ("jq-", "jq"),
        ("g+++", "g++"),
        ("g++-", "g++"),
        ("libc6:i386=2.36-9", "libc6"),
        ("nodejs~18", "nodejs"),
        ("g++", "g++"),
        ("libstdc++", "libstdc++"),
        ("nginx/bookworm-backports", "nginx"),
        ("chromium@edge", "chromium"),
        ("nodejs>18", "nodejs"),
        ("python3~=3.11", "python3"),
        ("/tmp/tool_1.0~rc1.deb", "/tmp/tool_1.0~rc1.deb"),
        ("./tool", "./tool"),
    ];
    for (written, name) in cases {
        assert_eq!(plain_name(written), name);
    }
}

#[test]
fn several_releases_need_one_answer() {
    let both = [on("debian:trixie"), on("debian:bookworm")];
    let names = |names: &[&str]| RuntimePackages::Names(names.iter().map(|n| n.to_string()).collect());
    assert_eq!(runtime_packages(&both, "libpq-dev"), names(&["libpq5"]));
    assert_eq!(runtime_packages(&both, "libssl-dev"), names(&["libssl3"]));
    assert_eq!(runtime_packages(&both, "libcurl4-gnutls-dev"), names(&["libcurl3-gnutls"]));
    assert_eq!(runtime_packages(&both, "build-essential"), names(&[]));
    assert_eq!(runtime_packages(&both, "curl"), names(&["curl"]));
    let conflict = RuntimePackages::Conflict(vec!["libicu72".into(), "libicu76".into()]);
    assert_eq!(runtime_packages(&both, "libicu-dev"), conflict);
    assert_eq!(runtime_packages(&both, "libunheard-dev"), RuntimePackages::Unknown);
    assert_eq!(runtime_packages(&[], "curl"), RuntimePackages::Unknown);
}

#[test]
fn commands_lead_to_packages_and_back() {
    let cases = [
        ("debian", "ps", Some("procps")),
        ("ubuntu", "nc", Some("netcat-openbsd")),
        ("debian", "convert", Some("imagemagick")),
        ("debian", "mysql", Some("default-mysql-client")),
        ("debian", "envsubst", Some("gettext-base")),
        ("alpine", "redis-cli", Some("redis")),
        ("debian", "unheard-of", None),
        ("plan9", "curl", None),
    ];
    for (distribution, command, package) in cases {
        assert_eq!(package_of_command(distribution, command), package, "{command} on {distribution}");
    }
    let commands = commands_of_package("debian", "postgresql-client");
    assert!(
        ["pg_dump", "pg_isready", "psql", "createdb"].iter().all(|command| commands.contains(command)),
        "{commands:?}"
    );
    assert_eq!(commands_of_package("debian", "netcat-traditional"), ["nc", "nc.traditional", "netcat"]);
    assert!(may_bring_commands("frobnicator") && !may_bring_commands("libpq5") && !may_bring_commands("libpq-dev"));
    assert!(commands_of_package("debian", "unheard-of").is_empty());
}

#[test]
fn sizes_follow_numbered_names() {
    assert_eq!(package_size_mb("openjdk-17-jdk"), package_size_mb("openjdk-21-jdk"));
    assert!(package_size_mb("build-essential=12.9") > package_size_mb("make"));
    assert_eq!(package_size_mb("unheard-of"), None);
}

#[test]
fn what_depends_on_a_release_that_is_not_known_is_not_answered() {
    let of = |release: &str, name: &str| package(&on(release), name).map(|fact| fact.runtime);
    assert_eq!(of("debian:", "gcc"), of("debian:bookworm", "gcc"));
    assert_eq!(of("debian:", "libpq-dev"), Some(vec!["libpq5".to_owned()]));
    // What brings distutils along, some releases only have.
    assert_eq!(of("debian:", "python3-dev"), None);
    assert!(of("debian:bookworm", "python3-dev").is_some());
}

#[test]
fn old_relatives_of_fedora_have_names_of_their_own() {
    let of = |release: &str, name: &str| package(&on(release), name).map(|fact| fact.runtime);
    assert_eq!(of("rockylinux:9", "postgresql-devel"), Some(vec!["libpq".to_owned()]));
    for release in ["amazonlinux:2", "centos:7", "rhel:7", "oraclelinux:7"] {
        assert_eq!(of(release, "postgresql-devel"), None, "{release}");
        assert_eq!(of(release, "gcc"), Some(Vec::new()), "{release}");
    }
}
