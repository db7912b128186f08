//! Archives of packages that steps add to a system, and what comes from them.

use super::heuristics::glob;
use serde::Deserialize;
use std::sync::OnceLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Archives {
    archive: Vec<Archive>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Archive {
    /// Words of a step that adds it.
    words: Vec<String>,
    /// Patterns of the names of all its packages.
    packages: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// True when a package may come from the archive that a step adds, by the step's text: from one that is not known, each may.
pub fn may_supply(step: &str, package: &str) -> bool {
    static DATA: OnceLock<Archives> = OnceLock::new();
    let text = include_str!(concat!(env!("OUT_DIR"), "/data/archives.json"));
    let archives = DATA.get_or_init(|| serde_json::from_str(text).unwrap_or_default());
    let known = archives.archive.iter().filter(|archive| archive.words.iter().any(|word| step.contains(word.as_str())));
    let mut known = known.peekable();
    known.peek().is_none() || known.any(|archive| archive.packages.iter().any(|pattern| glob(pattern, package)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_archives_supply_their_packages_only() {
        let node = "curl -fsSL https://deb.nodesource.com/setup_20.x | bash -";
        assert!(may_supply(node, "nodejs"));
        assert!(!may_supply(node, "libpq5"));
        let docker =
            "echo 'deb https://download.docker.com/linux/debian bookworm stable' > /etc/apt/sources.list.d/docker.list";
        assert!(may_supply(docker, "docker-ce-cli"));
        assert!(!may_supply(docker, "docker.io"));
        assert!(may_supply("add-apt-repository -y ppa:somebody/else", "libpq5"), "nobody knows what is in it");
    }
}
