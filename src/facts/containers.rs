//! How commands are started in containers from outside: options of engines, and the keys of deployment manifests.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// The table of `heuristics/data/containers.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Containers {
    /// Programs that run containers.
    pub engines: BTreeSet<String>,
    /// Programs that run those of compose files.
    pub composers: BTreeSet<String>,
    /// Programs that reach into those of clusters.
    pub clusters: BTreeSet<String>,
    /// Names of variables that stand for an engine.
    pub engine_variables: BTreeSet<String>,
    /// Words in names of variables that stand for a composer; the short ones are whole names.
    pub composer_variables: BTreeSet<String>,
    /// Names of variables that stand for what reaches into a cluster.
    pub cluster_variables: BTreeSet<String>,
    /// Words without one of which a text starts nothing in a container.
    pub hints: Vec<String>,
    /// Options before the subcommand that take the next word.
    pub global_values: BTreeSet<String>,
    /// The same of `exec`.
    pub exec_values: BTreeSet<String>,
    /// The same of `run` in a compose project.
    pub service_values: BTreeSet<String>,
    /// Options of an engine's `run` that take none.
    pub run_switches: BTreeSet<String>,
    /// Endings of documents.
    pub documents: Vec<String>,
    /// Folders with documents, units and manifests.
    pub folders: Vec<String>,
    /// Endings of files of commands.
    pub lines: Vec<String>,
    /// Globs on names of a manifest's scripts that build, check or publish: nobody runs them in a finished image.
    pub build_scripts: Vec<String>,
    /// Files that say what is started in the image.
    pub manifest: Vec<Manifest>,
}

/// A kind of file that says what a service starts in the image.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Manifest {
    /// Whose it is, for people.
    pub about: String,
    /// Globs on names of files.
    pub files: Vec<String>,
    /// Texts of which a file must hold one.
    pub words: Vec<String>,
    /// The way to the table of one container.
    pub at: String,
    /// Key of the image.
    pub image: Option<String>,
    /// Key of the container's own name.
    pub name: Option<String>,
    /// Key of the name of a container that runs already.
    pub container: Option<String>,
    /// Key of what takes the place of ENTRYPOINT.
    pub entrypoint: Option<String>,
    /// Key of what takes the place of CMD.
    pub command: Option<String>,
    /// Key of further words of the command.
    pub arguments: Option<String>,
    /// Key of the working directory.
    pub directory: Option<String>,
    /// Keys of health checks.
    pub checks: Vec<String>,
    /// Keys of commands that are started beside the main one.
    pub runs: Vec<String>,
    /// The command is started beside the main one.
    pub beside: bool,
    /// `KEY=VALUE`, of which one must hold.
    pub when: Vec<String>,
}

/// The compiled table.
pub fn containers() -> &'static Containers {
    static DATA: OnceLock<Containers> = OnceLock::new();
    let text = include_str!(concat!(env!("OUT_DIR"), "/data/containers.json"));
    DATA.get_or_init(|| serde_json::from_str(text).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        let data = containers();
        assert!(data.engines.contains("docker") && data.clusters.contains("kubectl"));
        assert!(data.manifest.iter().all(|manifest| !manifest.files.is_empty() && !manifest.about.is_empty()));
    }
}
