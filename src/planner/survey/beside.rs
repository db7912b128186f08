//! Scripts that lie in the image beside what it starts: people, schedules and other scripts run them, so what they call is asked
//! for as far as the original image has it.

use super::Survey;
use crate::analyzer::demands;
use crate::analyzer::{interpreter_of, is_shell_script};
use crate::facts::development::development;
use crate::facts::packages::{self, PackageFact, PackageRole};
use crate::image::{Entry, Extent};
use crate::paths;
use crate::programs;
use crate::shell;
use std::collections::BTreeSet;

/// A command that a script in the image calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Beside {
    /// The command's name.
    pub(crate) command: String,
    /// Absolute path of the script.
    pub(crate) script: String,
    /// The script was put where commands are looked for, or a COPY brings scripts and nothing else: it is there to be run.
    pub(crate) is_command: bool,
    /// The package that brings it on the runtime base, unless that is a tool for building.
    pub(crate) package: Option<&'static str>,
}

impl Survey<'_> {
    /// What shell scripts call that came with a COPY and that nothing is seen to run. A script that handles containers or machines
    /// with tools that the original image has not got is for another place, and counts for nothing.
    pub(crate) fn beside(&self) -> Vec<Beside> {
        let read = |path: &str| {
            self.demands
                .programs
                .iter()
                .any(|program| matches!(program, demands::Program::Script { path: known } if known == path))
        };
        let mut found = Vec::new();
        for (context_path, text) in self.texts().unwrap_or_default() {
            let interpreter = interpreter_of(text);
            if interpreter.is_none() && !is_script_name(context_path) || self.is_for_build(context_path) {
                continue;
            }
            for script in self.image_paths(context_path).into_iter().filter(|path| !read(path)) {
                let is_command = self.is_there_to_be_run(&script);
                let beside = |command: String, is_command: bool| {
                    let package = self.tool_package(&command);
                    // What looks into the running program is of no use anywhere else.
                    let is_command = is_command || programs::inspects(&command);
                    Beside { command, script: script.clone(), is_command, package }
                };
                if is_shell_script(text, true) {
                    let calls = demands::commands_of_script(self.inputs, self.analysis, &script, text);
                    let foreign = |name: &str| programs::is_for_hosts(name) && !self.had_command(name);
                    let ours = is_command || !calls.iter().any(|call| foreign(&call.name));
                    let calls: Vec<String> = calls.into_iter().filter(|_| ours).map(|call| call.name).collect();
                    // An address by which what it calls goes over another one.
                    let starts =
                        calls.iter().flat_map(|name| programs::started_by(name)).filter(|_| names_account(text));
                    let started =
                        starts.filter(|name| self.had_command(name)).map(|name| beside(name.clone(), is_command));
                    found.extend(started);
                    found.extend(calls.into_iter().map(|name| beside(name, is_command)));
                } else if is_command {
                    // Of another language: its interpreter, and what its texts name.
                    found.extend(interpreter.iter().map(|name| beside(paths::name(name).to_owned(), true)));
                    let named = quoted_commands(text).filter(|name| self.had_command(name));
                    found.extend(named.map(|name| beside(name.to_owned(), false)));
                }
            }
        }
        found
    }

    /// True for a script where commands are looked for, by itself or by a link, or that a COPY brings with nothing but scripts.
    fn is_there_to_be_run(&self, script: &str) -> bool {
        let links =
            || self.image.entries().filter(|(_, entry)| entry.link && entry.sources.iter().any(|s| s == script));
        self.is_on_path(paths::parent(script))
            || links().any(|(_, link)| self.is_on_path(paths::parent(&link.path)))
            || self.is_brought_alone(script)
    }

    /// The package that brings a command to the runtime base; none for tools that only build.
    fn tool_package(&self, command: &str) -> Option<&'static str> {
        let release = self.target.releases.first()?;
        let package = packages::package_of_command(&release.distribution, command)?;
        let fact = packages::package(release, package);
        // A tool that stands for itself can be asked for by its command.
        let builds =
            |fact: &PackageFact| fact.role == PackageRole::Build && !fact.runtime.iter().any(|name| name == package);
        (!fact.as_ref().is_some_and(builds) || programs::inspects(command)).then_some(package)
    }

    /// True for a script that a step of the build names, or that lies where only development looks.
    fn is_for_build(&self, context_path: &str) -> bool {
        let name = paths::name(context_path);
        let mut units = self.runs().flat_map(|(_, run)| run.units.iter().map(move |unit| (run, unit)));
        // Giving it a mode, a link or a place is no call.
        let is_it = |path: &String| paths::name(path) == name;
        let named = units.any(|(run, unit)| {
            let mut handled = unit.effects.files.iter().flat_map(|o| o.writes.iter().chain(&o.reads).chain(&o.removes));
            let calls = unit.effects.system.is_empty() && !handled.any(is_it);
            calls && shell::literals(&run.text[unit.range.clone()]).iter().any(|word| paths::name(word) == name)
        });
        let hidden = context_path.split('/').any(|part| part.starts_with('.'));
        let mut tests = development().test_directories();
        named || hidden || tests.any(|directory| context_path.split('/').any(|part| part == directory))
    }

    /// Where the file of the context lies in the image at its end, by a COPY and where steps copied it from there.
    fn image_paths(&self, context_path: &str) -> BTreeSet<String> {
        let landings = self.analysis.files.landings().iter();
        let landed = landings.filter_map(|landing| match landing.tree {
            true if landing.source.is_empty() => Some(paths::join(&landing.destination, context_path)),
            true => Some(paths::join(&landing.destination, paths::below(&landing.source, context_path)?)),
            false => (landing.source == context_path).then(|| landing.destination.clone()),
        });
        // A step that writes somewhere around it has not made another file of it.
        let mut found: BTreeSet<String> = landed.filter(|path| self.is_from_context(path)).collect();
        let copies: Vec<&Entry> = self.image.entries().map(|(_, entry)| entry).filter(|entry| !entry.link).collect();
        let copied = found.iter().flat_map(|path| {
            let of_it = copies.iter().filter(move |copy| copy.sources.contains(path));
            of_it.map(move |copy| match copy.extent {
                Extent::Into => paths::join(&copy.path, paths::name(path)),
                _ => copy.path.clone(),
            })
        });
        let copied: Vec<String> = copied.collect();
        found.extend(copied);
        found.retain(|path| self.image.has(path));
        found
    }

    /// True when the COPY that brings a script brings scripts and nothing else.
    fn is_brought_alone(&self, script: &str) -> bool {
        let scripts = |directory: &str| {
            let names = self.inputs.context.list(directory);
            !directory.is_empty() && names.is_ok_and(|names| names.iter().all(|name| is_script_name(name)))
        };
        self.copies().any(|(_, copy)| {
            copy.landings.iter().any(|landing| paths::is_within(&landing.destination, script))
                && copy.landings.iter().all(|landing| match landing.tree {
                    true => scripts(&landing.source),
                    false => is_script_name(&landing.source),
                })
        })
    }

    fn is_on_path(&self, directory: &str) -> bool {
        let search = self.analysis.end.scope.get("PATH").unwrap_or_default();
        search.split(':').any(|known| known == directory)
    }

    /// True when the original image has a command: from its base, a package, an installation, or as a file of its own.
    fn had_command(&self, name: &str) -> bool {
        let distribution = self.distribution();
        let brings =
            |package: &str| package == name || packages::commands_of_package(&distribution, package).contains(&name);
        let by_package = || self.image.packages().iter().any(|p| p.removed.is_none() && brings(&p.name));
        let by_file = || self.image.entries().any(|(_, entry)| paths::name(&entry.path) == name);
        self.before.commands.contains(name) || by_package() || by_file() || self.declared.brings(name)
    }
}

/// True for a text with an account on another machine: `git@example.org:x`, `ssh://`, `deploy@$HOST`.
fn names_account(text: &str) -> bool {
    let at = |at: usize| {
        let before = text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '}');
        before && text[at + 1..].chars().next().is_some_and(|c| c.is_alphanumeric() || c == '$')
    };
    text.contains("ssh://") || text.match_indices('@').any(|(place, _)| at(place))
}

/// The first word of each text in quotation marks.
fn quoted_commands(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.lines().flat_map(|line| line.split(['"', '\'', '`']).skip(1).step_by(2));
    quoted.filter_map(|text| text.split_whitespace().next())
}

fn is_script_name(path: &str) -> bool {
    [".sh", ".bash"].iter().any(|ending| path.ends_with(ending))
}
