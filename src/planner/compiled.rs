//! Which libraries of the compiler itself a compiled program loads: told by its sources, its build files and commands.

use super::survey::Survey;
use crate::analyzer::Action;
use crate::analyzer::effects::Effects;
use crate::analyzer::state::Landing;
use crate::context::{self, Entry};
use crate::facts::compiled::{CompilerLibrary, OwnCompiler, compiled};
use crate::facts::heuristics::{WriteKind, glob};
use crate::facts::images::Release;
use crate::paths;
use std::collections::BTreeSet;

/// The most files of a context that are looked at.
const MANY: usize = 5_000;

/// What is to be seen of a build's sources.
pub(crate) struct Sources {
    /// Names of the files in the context.
    names: Vec<String>,
    /// Build files and commands, in lower case.
    texts: Vec<String>,
    /// Something is compiled whose sources cannot be looked at.
    hidden: bool,
}

impl Sources {
    /// Looks at what is compiled; nothing when no compiler of the table is at work.
    pub(crate) fn look(survey: &Survey<'_>) -> Option<Sources> {
        let table = compiled();
        let context = survey.inputs.context;
        let mut compiles = survey.readings.iter().any(|reading| !reading.native_code.is_empty());
        let mut hidden = !context.is_known();
        let mut texts = Vec::new();
        for step in survey.steps() {
            let Action::Run(run) = &step.action else { continue };
            for unit in &run.units {
                if !is_compiled(&unit.effects, &table.ecosystems) {
                    continue;
                }
                compiles = true;
                let own = unit.cwd.as_deref().is_some_and(|cwd| comes_from_context(survey, cwd));
                hidden |= !own;
            }
            texts.push(run.text.to_lowercase());
        }
        if !compiles {
            return None;
        }
        Some(Sources::gather(survey, texts, hidden))
    }

    /// Looks at all that lies in the build context, whatever compiles it: a package manager compiles extensions.
    pub(crate) fn all(survey: &Survey<'_>) -> Sources {
        let texts = survey.runs().map(|(_, run)| run.text.to_lowercase()).collect();
        Sources::gather(survey, texts, !survey.inputs.context.is_known())
    }

    fn gather(survey: &Survey<'_>, mut texts: Vec<String>, mut hidden: bool) -> Sources {
        let (table, context) = (compiled(), survey.inputs.context);
        let variables = survey.analysis.end.scope.all().into_iter();
        texts.extend(variables.map(|(name, value)| format!("{name}={}", value.unwrap_or_default()).to_lowercase()));
        let mut names = Vec::new();
        match context::walk(context, "", MANY) {
            Ok(found) => {
                for (path, _) in found.iter().filter(|(_, entry)| *entry != Entry::Directory) {
                    let name = paths::name(path);
                    if table.build_files.iter().any(|g| glob(g, name)) {
                        match context.text(path) {
                            Ok(text) => texts.push(text.to_lowercase()),
                            Err(_) => hidden = true,
                        }
                    }
                    names.push(name.to_owned());
                }
            }
            Err(_) => hidden = true,
        }
        Sources { names, texts, hidden }
    }

    /// True when programs load a library of the compiler.
    pub(crate) fn load(&self, library: &CompilerLibrary) -> bool {
        let mentioned = library.mentions.iter().any(|word| self.texts.iter().any(|text| text.contains(word.as_str())));
        library.assumed && self.hidden || mentioned || self.has(&library.sources)
    }

    /// True when something is compiled whose sources cannot be looked at.
    pub(crate) fn are_hidden(&self) -> bool {
        self.hidden
    }

    /// True when programs load the libraries of an image's own compiler.
    pub(crate) fn load_own(&self, compiler: &OwnCompiler) -> bool {
        self.hidden || self.has(&compiler.sources)
    }

    fn has(&self, patterns: &[String]) -> bool {
        self.names.iter().any(|name| patterns.iter().any(|pattern| glob(pattern, name)))
    }
}

/// What run time needs in place of a package that brings the development files of many libraries: those that the project names.
/// Nothing for other packages, and where the project may be more than what lies in the context.
pub(crate) fn replaced(survey: &Survey<'_>, package: &str, releases: &[Release]) -> Option<Vec<String>> {
    let table = compiled();
    let collection = table.collection.iter().find(|collection| collection.package == package)?;
    let known = Sources::look(survey).is_some_and(|sources| !sources.are_hidden());
    let foreign = survey.compiling_ecosystems().iter().any(|id| !table.ecosystems.contains(id));
    if !known || foreign || !survey.declared.found.is_empty() || !survey.declared.unread.is_empty() {
        return None;
    }
    let mut parts = BTreeSet::new();
    let context = survey.inputs.context;
    for (path, entry) in context::walk(context, "", MANY).ok()? {
        if entry == Entry::Directory {
            continue;
        }
        let builds = table.build_files.iter().any(|g| glob(g, paths::name(&path)));
        match context.text(&path) {
            Ok(text) if !collection.parts_in(&text.to_lowercase(), &mut parts) => return None,
            Err(_) if builds => return None,
            _ => {}
        }
    }
    let steps = survey.runs().all(|(_, run)| collection.parts_in(&run.text.to_lowercase(), &mut parts));
    if steps { collection.packages(&parts, releases) } else { None }
}

/// True when a COPY brings files into a directory.
fn comes_from_context(survey: &Survey<'_>, directory: &str) -> bool {
    survey.steps().iter().any(|step| match &step.action {
        Action::Copy(copy) => {
            let brings = |l: &Landing| {
                paths::is_within(directory, &l.destination) || l.tree && paths::is_within(&l.destination, directory)
            };
            copy.landings.iter().any(brings) || copy.heredocs.iter().any(|path| paths::is_within(directory, path))
        }
        _ => false,
    })
}

fn is_compiled(effects: &Effects, ecosystems: &[String]) -> bool {
    effects.writes.iter().any(|write| {
        matches!(write.kind, WriteKind::Artifact | WriteKind::Intermediate)
            && write.by.split('/').next().is_some_and(|by| ecosystems.iter().any(|e| e == by))
    })
}
