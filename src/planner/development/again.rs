//! Whether a manager that is called again at the end of the build finds what it found when it installed: the same lock file and
//! settings, the same variables, the same project. And whether all that runs lies in the build context, where it can be read.

use super::direct;
use super::project::Project;
use crate::facts::heuristics::WriteKind;
use crate::image::{Entry, Origin};
use crate::paths;
use crate::syntax::Kind;

/// Directories of commands.
const OF_COMMANDS: [&str; 3] = ["bin", "sbin", "libexec"];

impl Project<'_, '_> {
    /// True when nothing that the manager reads changes between the installation and the end of the build.
    pub(super) fn finds_the_same(&self) -> bool {
        let manager = self.manager;
        if !manager.last_counts {
            return true;
        }
        let settings = manager.reads.iter().all(|name| self.has_none_later(name));
        // A lock file that is not followed as it is may have been written anew.
        let words = self.words();
        let followed = manager.follows.is_empty()
            || manager.follows.iter().any(|option| words.contains(&option.as_str()))
            || manager
                .follows_set
                .iter()
                .any(|setting| self.is_set_at(setting, self.step.instruction, "") == Some(true));
        let locks = || manager.locks.iter().all(|name| self.has_none_later(name));
        // A project that is installed as well would be made of what has come since.
        let is_left_out = manager.without_project.iter().any(|option| words.contains(&option.as_str()));
        let is_virtual = self.lock.as_ref().and_then(|lock| lock.own.as_ref()).is_some_and(|own| own.is_virtual);
        let told = direct::at(&self.manifest, &manager.packaged).and_then(serde_json::Value::as_bool) == Some(false);
        let is_none = is_virtual || told;
        let comes_later = |e: &Entry| {
            self.is_later(e) && matches!(e.origin, Origin::Context { .. }) && paths::is_within(self.directory, &e.path)
        };
        let project = || !self.survey.image.all().iter().any(comes_later);
        settings && (followed || locks()) && (is_left_out || is_none || project()) && !self.variables_change()
    }

    fn is_later(&self, entry: &Entry) -> bool {
        entry.at.instruction > self.step.instruction && entry.gone.is_none()
    }

    /// True when no later step brings a file beside the manifest.
    fn has_none_later(&self, name: &str) -> bool {
        let path = paths::join(self.directory, name);
        let image = &self.survey.image;
        !self.has_file(name) || !image.all().iter().any(|e| self.is_later(e) && image.holds(e, &path))
    }

    /// True when a variable that the manager follows is set between the installation and the end of the build.
    fn variables_change(&self) -> bool {
        let follows = |name: &String| self.manager.variables.iter().any(|start| name.starts_with(start.as_str()));
        let later = self.survey.instructions.iter().skip(self.step.instruction + 1);
        later.into_iter().any(|instruction| match &instruction.kind {
            Kind::Env(pairs) => pairs.iter().any(|pair| follows(&pair.name)),
            Kind::Arg(declared) => declared.iter().any(|declared| follows(&declared.name)),
            _ => false,
        })
    }

    /// True when no program of the image comes from elsewhere than the build context and the packages: fetched by a step, or
    /// copied from another image, where nobody reads it.
    pub(super) fn has_all_sources(&self) -> bool {
        let is_command = |path: &str| {
            OF_COMMANDS.contains(&paths::name(paths::parent(path))) || OF_COMMANDS.contains(&paths::name(path))
        };
        let unread = |e: &Entry| match e.origin {
            Origin::Image { .. } | Origin::Added => !is_command(&e.path),
            Origin::Step => e.purpose == WriteKind::Source && e.by.split('/').next() != Some(&self.language.ecosystem),
            _ => false,
        };
        !self.survey.image.all().iter().any(|e| e.gone.is_none() && unread(e))
    }

    /// The texts of the Dockerfile itself that end in files of the image.
    pub(super) fn written_texts(&self) -> Vec<String> {
        let survey = self.survey;
        let written = survey.image.all().iter().filter(|e| matches!(e.origin, Origin::Text | Origin::Plain));
        let instructions = written.filter_map(|e| match e.origin {
            Origin::Text => {
                let span = survey.instructions.get(e.at.instruction)?.span;
                Some(String::from_utf8_lossy(&survey.inputs.dockerfile.source[span.range()]).into_owned())
            }
            _ => Some(e.step.clone()),
        });
        instructions.collect()
    }
}
