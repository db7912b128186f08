//! What files of the project say that a command writes: its settings, build files, generators, and the texts of its programs.

use super::super::{installs, settings};
use super::command::Call;
use super::shell::ShellState;
use super::{Effects, PathWrite, Reader};
use crate::context;
use crate::facts::heuristics::{Arg, Command as Rule, Reach, WriteKind};
use crate::paths;

/// The most files of the context that are looked at for a name.
const MANY_FILES: usize = 2_000;

/// Absolute paths of files that a text has in quotation marks: a name with an ending in a directory that no distribution
/// fills. An address of a server looks like that at most in its first part.
pub(crate) fn quoted_files(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut parts = line.split(['"', '\'']);
        parts.next();
        // Every other part stands between two marks.
        for path in parts.step_by(2) {
            let plain = |c: char| c.is_ascii_alphanumeric() || "/_-.".contains(c);
            let ending = paths::name(path).rsplit_once('.').is_some_and(|(name, e)| !name.is_empty() && !e.is_empty());
            let elsewhere = !paths::is_of_distribution(path)
                && !["/tmp", "/dev", "/proc", "/sys", "/run"].iter().any(|root| paths::is_within(root, path));
            let deep = path.starts_with('/') && path[1..].contains('/') && paths::join("/", path) == path;
            if deep && ending && elsewhere && path.chars().all(plain) && !found.contains(&path.to_owned()) {
                found.push(path.to_owned());
            }
        }
    }
    found
}

impl Reader<'_> {
    /// Adds the directories that the project's own settings name.
    pub(super) fn setting_writes(&self, call: Call<'_>, state: &ShellState, effects: &mut Effects) {
        let Call { rule, shown, .. } = call;
        let Some(cwd) = &state.cwd else { return };
        for setting in &rule.project_settings {
            let lookup = |name: &str| self.variable(name, state);
            match settings::find(setting, cwd, self.files, self.context, &lookup) {
                settings::Found::Absent => {}
                settings::Found::Paths(paths) => {
                    let writes = paths.into_iter().filter(|path| !paths::is_within(cwd, path) || paths::is_shared(cwd));
                    effects.writes.extend(writes.map(|path| PathWrite::certain(path, setting.kind, rule.full_id())));
                }
                settings::Found::Unknown => {
                    effects.builds = true;
                    effects
                        .opaque
                        .push(format!("`{shown}` writes where {} says, and its value is computed", setting.name));
                }
            }
        }
    }

    /// Adds the directories of the system that the project's build files name.
    pub(super) fn installed_places(&self, rule: &Rule, state: &ShellState, effects: &mut Effects) {
        let Some(cwd) = state.cwd.as_deref().filter(|_| rule.install_places) else { return };
        let Some(ecosystem) = self.heuristics.ecosystem(&rule.ecosystem) else { return };
        let places = installs::places(&ecosystem.detect.installs, cwd, self.files, self.context);
        effects.writes.extend(
            places.into_iter().map(|path| PathWrite::perhaps_within(path, WriteKind::Artifact, rule.full_id())),
        );
    }

    /// Says by their names which files an installation puts into a directory, where the project's build files list them.
    pub(super) fn listed(&self, rule: &Rule, state: &ShellState, effects: &mut Effects) {
        let Some(cwd) = state.cwd.as_deref() else { return };
        let Some(ecosystem) = self.heuristics.ecosystem(&rule.ecosystem) else { return };
        for listed in &ecosystem.detect.listed {
            let Some(directory) = self.variable(&listed.setting, state) else { continue };
            let unnamed = |w: &PathWrite| w.path == directory && w.form == Reach::Within && w.by == rule.full_id();
            if !effects.writes.iter().any(unnamed) {
                continue;
            }
            let text = |path: &str| self.files.text(path, self.context);
            let Some(names) = installs::listed(listed, cwd, &text) else { continue };
            effects.writes.retain(|w| !unnamed(w));
            effects.writes.extend(
                names
                    .into_iter()
                    .map(|name| PathWrite::certain(paths::join(&directory, &name), WriteKind::Data, rule.full_id())),
            );
        }
    }

    /// Adds what programs of the project write while the command runs them. One that cannot be read may write.
    pub(super) fn generated(&self, rule: &Rule, state: &ShellState, effects: &mut Effects) {
        let Some(cwd) = state.cwd.as_deref() else { return };
        let writes = rule.generators.iter().any(|generator| {
            let path = paths::join(cwd, &generator.file);
            match self.files.text(&path, self.context) {
                Some(text) => generator.holds(&text),
                None => self.files.entry(&path, self.context).is_some(),
            }
        });
        if writes {
            effects.writes.push(PathWrite::perhaps_within(cwd.to_owned(), WriteKind::Data, rule.full_id()));
        }
    }

    /// Files that a program of the project names by an absolute path, and that another file of the project names as well: what
    /// nothing brings, the program makes for the other. Files of directories that distributions fill may be anybody's.
    pub(super) fn shared_files(&self, argv: &[Arg], state: &ShellState, effects: &mut Effects) {
        let Some(cwd) = state.cwd.as_deref() else { return };
        for word in argv.iter().skip(1).filter(|word| word.exact) {
            let program = paths::join(cwd, &word.text);
            let Some(text) = self.files.text(&program, self.context) else { continue };
            let own = self.files.context_path(&program);
            let mut named = quoted_files(&text);
            named.retain(|path| self.files.entry(path, self.context).is_none());
            if named.is_empty() {
                continue;
            }
            let Ok(found) = context::walk(self.context, "", MANY_FILES) else { continue };
            let others: Vec<String> = found
                .iter()
                .filter(|(path, _)| Some(path) != own.as_ref())
                .filter_map(|(path, _)| self.context.text(path).ok())
                .collect();
            named.retain(|path| others.iter().any(|text| text.contains(path.as_str())));
            effects
                .writes
                .extend(named.into_iter().map(|path| PathWrite::certain(path, WriteKind::Data, String::new())));
        }
    }
}
