//! How the engines' command lines differ.

/// One engine's command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The name for `--engine`.
    pub name: &'static str,
    /// The program.
    pub program: &'static str,
    /// Words that start a build.
    pub build: &'static [&'static str],
    /// Variables for a build.
    pub build_env: &'static [(&'static str, &'static str)],
    /// `build --secret` is understood.
    pub secrets: bool,
    /// Words that describe an image as JSON.
    pub inspect_image: &'static [&'static str],
    /// It runs containers, so that everything can be compared; otherwise it only builds.
    pub containers: bool,
    /// Words after `top CONTAINER` that list process and user ids; empty when there are none to rely on.
    pub top: &'static [&'static str],
    /// Words that write an image to standard output as an archive of layers.
    pub save: &'static [&'static str],
    /// Words that must succeed for this dialect to be chosen unasked.
    pub present: &'static [&'static str],
    /// Words that ask the engine itself, not only its client, for its version.
    pub version: &'static [&'static str],
}

/// Every engine, in the order in which they are looked for.
pub const DIALECTS: &[Dialect] = &[
    Dialect {
        name: "docker",
        program: "docker",
        // `--load`: a builder in a container of its own keeps its result otherwise.
        build: &["buildx", "build", "--load", "--progress", "plain"],
        // Attestations would count as part of the image where the image store keeps them.
        build_env: &[("BUILDX_NO_DEFAULT_ATTESTATIONS", "1"), ("DOCKER_BUILDKIT", "1")],
        secrets: true,
        inspect_image: &["image", "inspect"],
        containers: true,
        top: &["-o", "pid,uid,gid"],
        save: &["save"],
        present: &["buildx", "version"],
        version: &["version", "--format", "{{.Server.Version}}"],
    },
    Dialect {
        name: "docker-classic",
        program: "docker",
        build: &["build"],
        build_env: &[("DOCKER_BUILDKIT", "0")],
        secrets: false,
        inspect_image: &["image", "inspect"],
        containers: true,
        top: &["-o", "pid,uid,gid"],
        save: &["save"],
        present: &["--version"],
        version: &["version", "--format", "{{.Server.Version}}"],
    },
    Dialect {
        name: "podman",
        program: "podman",
        // The OCI format has no HEALTHCHECK.
        build: &["build", "--format", "docker"],
        build_env: &[],
        secrets: true,
        inspect_image: &["image", "inspect"],
        containers: true,
        // Ids there are those of the container's user namespace or the host's, depending on the set-up.
        top: &[],
        save: &["save", "--format", "docker-archive"],
        present: &["--version"],
        version: &["info", "--format", "{{.Version.Version}}"],
    },
    Dialect {
        name: "nerdctl",
        program: "nerdctl",
        build: &["build", "--progress", "plain"],
        build_env: &[],
        secrets: true,
        inspect_image: &["image", "inspect"],
        containers: true,
        top: &[],
        save: &["save"],
        present: &["--version"],
        version: &["info", "--format", "{{.ServerVersion}}"],
    },
    Dialect {
        name: "buildah",
        program: "buildah",
        build: &["build", "--format", "docker"],
        build_env: &[],
        secrets: true,
        inspect_image: &["inspect", "--type", "image"],
        containers: false,
        top: &[],
        save: &[],
        present: &["--version"],
        version: &["info"],
    },
];
