//! Where the files of the image come from while its steps are walked.

use crate::context::{BuildContext, Entry};
use crate::paths;
use std::collections::BTreeMap;

/// One source of a COPY and where it lands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landing {
    /// Path in the build context.
    pub source: String,
    /// Absolute path in the image.
    pub destination: String,
    /// True when `source` is a directory whose contents land below `destination`.
    pub tree: bool,
}

/// A pseudo variable that templates of the heuristics may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PseudoVariable {
    /// Its value; `None` on an image that may have the language elsewhere than others.
    pub value: Option<String>,
    /// True when an active environment (a directory whose `bin` leads PATH) replaces the value.
    pub inside_prefix: bool,
    /// The value for users other than root; `${HOME}` stands for their home directory.
    pub unprivileged: Option<String>,
}

/// Which image paths came from the build context or from a here-document, and the directories that tools ask for.
#[derive(Clone, Debug, Default)]
pub struct Files {
    landings: Vec<Landing>,
    texts: BTreeMap<String, String>,
    /// Directories made as environments (`python -m venv DIR`), in order.
    pub prefixes: Vec<String>,
    /// Home directory of the user in force.
    pub home: String,
    /// True when the user in force is not root.
    pub unprivileged: bool,
    /// The base image may have its languages anywhere.
    pub foreign: bool,
    /// Pseudo variables by name.
    pub variables: BTreeMap<String, PseudoVariable>,
}

impl Files {
    /// No files yet; root's home directory and the given pseudo variables. `foreign` marks a base image that may have its
    /// languages anywhere.
    pub fn new(variables: BTreeMap<String, PseudoVariable>, foreign: bool) -> Self {
        Files { home: "/root".to_owned(), variables, foreign, ..Files::default() }
    }

    /// Notes that a COPY put a part of the context into the image.
    pub fn land(&mut self, landing: Landing) {
        self.texts.retain(|path, _| !paths::is_within(&landing.destination, path));
        self.landings.push(landing);
    }

    /// Notes a file whose text is known (a here-document).
    pub fn write_text(&mut self, path: String, text: String) {
        self.texts.insert(path, text);
    }

    /// All that was copied from the context, in order.
    pub fn landings(&self) -> &[Landing] {
        &self.landings
    }

    /// The context path that was copied to an image path last, without asking whether it exists.
    fn candidates<'a>(&'a self, path: &'a str) -> impl Iterator<Item = String> + 'a {
        self.landings.iter().rev().filter_map(move |landing| {
            if landing.tree {
                let rest = paths::below(&landing.destination, path)?;
                Some(match (landing.source.as_str(), rest) {
                    (source, "") => source.to_owned(),
                    ("", rest) => rest.to_owned(),
                    (source, rest) => format!("{source}/{rest}"),
                })
            } else {
                (landing.destination == path).then(|| landing.source.clone())
            }
        })
    }

    /// The context path behind an image path, as the last COPY that may have written it says.
    pub fn context_path(&self, path: &str) -> Option<String> {
        self.candidates(path).next()
    }

    /// What the context holds for an image path: the newest COPY whose source exists.
    pub fn entry(&self, path: &str, context: &dyn BuildContext) -> Option<(String, Entry)> {
        self.candidates(path).find_map(|candidate| match context.entry(&candidate) {
            Entry::Absent => None,
            entry => Some((candidate, entry)),
        })
    }

    /// The text of an image file that came from the context or a here-document.
    pub fn text(&self, path: &str, context: &dyn BuildContext) -> Option<String> {
        if let Some(text) = self.texts.get(path) {
            return Some(text.clone());
        }
        self.candidates(path).find_map(|candidate| context.text(&candidate).ok())
    }

    /// True when an image path is a directory that a COPY brought.
    pub fn is_directory(&self, path: &str, context: &dyn BuildContext) -> bool {
        matches!(self.entry(path, context), Some((_, Entry::Directory)))
    }

    /// The environment whose `bin` directory comes first on PATH, when a step made one.
    pub fn active_prefix(&self, path_variable: &str) -> Option<&str> {
        path_variable.split(':').find_map(|directory| {
            let parent = directory.strip_suffix("/bin")?;
            self.prefixes.iter().map(String::as_str).find(|prefix| *prefix == parent)
        })
    }

    /// The value of a pseudo variable for a step with the variables that `get` gives. `own` is the environment that a command is
    /// called in by its path; it comes before the active one.
    pub fn pseudo_variable(
        &self,
        name: &str,
        get: &dyn Fn(&str) -> Option<String>,
        own: Option<&str>,
    ) -> Option<String> {
        if name == "HOME" {
            return Some(self.home.clone());
        }
        let variable = self.variables.get(name)?;
        let active = || get("PATH").and_then(|path| self.active_prefix(&path).map(str::to_owned));
        let prefix = own.map(str::to_owned).or_else(active);
        match prefix {
            Some(prefix) if variable.inside_prefix => Some(prefix),
            _ if variable.value.is_none() => None,
            _ if self.unprivileged && variable.unprivileged.is_some() => {
                variable.unprivileged.as_ref().map(|value| value.replace("${HOME}", &self.home))
            }
            _ => variable.value.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let mut files = Files::default();
        files.land(Landing { source: "package.json".into(), destination: "/app/package.json".into(), tree: false });
        files.land(Landing { source: "src".into(), destination: "/app/lib".into(), tree: true });
        files.land(Landing { source: String::new(), destination: "/all".into(), tree: true });
        files
    }

    #[test]
    fn image_paths_lead_back_to_the_context() {
        let files = files();
        assert_eq!(files.context_path("/app/package.json").as_deref(), Some("package.json"));
        assert_eq!(files.context_path("/app/lib/a/b.py").as_deref(), Some("src/a/b.py"));
        assert_eq!(files.context_path("/all/x").as_deref(), Some("x"));
        assert_eq!(files.context_path("/other"), None);
    }

    #[test]
    fn an_environment_on_path_replaces_the_prefix() {
        let mut files = files();
        let site = PseudoVariable {
            value: Some("/usr/local/lib".into()),
            inside_prefix: true,
            unprivileged: Some("${HOME}/.local".into()),
        };
        files.variables.insert("SITE".into(), site);
        files.prefixes.push("/app/.venv".into());
        let plain = |_: &str| Some("/usr/local/bin:/bin".to_owned());
        let active = |_: &str| Some("/app/.venv/bin:/usr/local/bin:/bin".to_owned());
        assert_eq!(files.pseudo_variable("SITE", &plain, None).as_deref(), Some("/usr/local/lib"));
        assert_eq!(files.pseudo_variable("SITE", &plain, Some("/opt/venv")).as_deref(), Some("/opt/venv"));
        assert_eq!(files.pseudo_variable("SITE", &active, None).as_deref(), Some("/app/.venv"));
        if let Some(site) = files.variables.get_mut("SITE") {
            site.value = None;
        }
        assert_eq!(files.pseudo_variable("SITE", &plain, None), None);
        assert_eq!(files.pseudo_variable("SITE", &active, None).as_deref(), Some("/app/.venv"));
        if let Some(site) = files.variables.get_mut("SITE") {
            site.value = Some("/usr/local/lib".into());
        }
        files.home = "/home/app".into();
        files.unprivileged = true;
        assert_eq!(files.pseudo_variable("SITE", &plain, None).as_deref(), Some("/home/app/.local"));
        assert_eq!(files.pseudo_variable("SITE", &active, None).as_deref(), Some("/app/.venv"));
    }
}
