//! Names of Dockerfiles, and where none of the project lie.

/// Folders that hold other people's files.
pub const VENDORED: [&str; 6] = ["node_modules", "vendor", "third_party", "third-party", "bower_components", ".git"];

/// Endings of what looks like a Dockerfile by its name and is none: copies that editors, patch and people leave behind, texts from
/// which a tool makes the Dockerfile, notes about it. Whoever means one names it.
const OTHERS: [&str; 27] = [
    ".dockerignore",
    "~",
    ".swp",
    ".swo",
    ".bak",
    ".backup",
    ".old",
    ".orig",
    ".rej",
    ".save",
    ".tmp",
    ".patch",
    ".diff",
    ".tmpl",
    ".gotmpl",
    ".tpl",
    ".template",
    ".j2",
    ".jinja",
    ".jinja2",
    ".erb",
    ".ejs",
    ".hbs",
    ".mustache",
    ".m4",
    ".in",
    ".md",
];

/// True for names that people give to Dockerfiles.
pub fn is_dockerfile(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let plain = ["dockerfile", "containerfile"];
    !OTHERS.iter().any(|ending| name.ends_with(ending))
        && plain.iter().any(|word| {
            name == *word
                || name.strip_prefix(word).is_some_and(|rest| rest.starts_with(['.', '-']))
                || name.strip_suffix(word).is_some_and(|rest| rest.ends_with('.'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_count() {
        for (name, counts) in [
            ("Dockerfile", true),
            ("dockerfile", true),
            ("Dockerfile.prod", true),
            ("Dockerfile-dev", true),
            ("api.Dockerfile", true),
            ("api.dockerfile", true),
            ("Containerfile", true),
            ("Dockerfile.dockerignore", false),
            (".dockerignore", false),
            ("Dockerfile~", false),
            ("MyDockerfile", false),
            ("Dockerfiles", false),
            ("Dockerfile.bak", false),
            ("Dockerfile.prod.orig", false),
            ("Dockerfile.tmpl", false),
            ("api.Dockerfile.j2", false),
            ("Dockerfile.J2", false),
            ("Containerfile.in", false),
            ("Dockerfile.md", false),
            ("Dockerfile.linux", true),
            ("Dockerfile.bookworm", true),
        ] {
            assert_eq!(is_dockerfile(name), counts, "{name}");
        }
    }
}
