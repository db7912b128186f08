//! The last instruction that builds, and what of the image comes from before it.

use super::{Survey, is_scratch};
use crate::analyzer::Action;
use crate::analyzer::effects::Effects;
use crate::analyzer::pragmas::Place;
use crate::analyzer::state::Landing;
use crate::context::{self, Entry as ContextEntry};
use crate::image::{Entry, Origin, is_system_change};
use crate::paths;
use crate::planner::matters;

impl Survey<'_> {
    /// The last instruction that the builder needs.
    pub(super) fn last_build(&self) -> Option<usize> {
        let pragmas = &self.analysis.pragmas;
        let mut cut = None;
        for step in self.steps() {
            if pragmas.place(step.instruction) == Some(Place::Build) {
                cut = Some(step.instruction);
            }
            let Action::Run(run) = &step.action else { continue };
            if !pragmas.is_kept_whole(step.instruction) && run.units.iter().any(|unit| builds(&unit.effects)) {
                cut = Some(step.instruction);
            }
        }
        // What carries results of the build on belongs to it.
        for (_, entry) in self.image.entries() {
            if entry.is_built() && matters(entry.purpose) && !pragmas.is_kept_whole(entry.at.instruction) {
                cut = cut.max(Some(entry.at.instruction));
            }
        }
        for operation in self.image.operations() {
            let built = operation.operation.reads.iter().any(|path| self.image.is_built(path));
            // A copy takes the mode along.
            let carried = operation.operation.metadata_only && operation.operation.chown.is_none() && built;
            if carried && operation.portable && !pragmas.is_kept_whole(operation.at.instruction) {
                cut = cut.max(Some(operation.at.instruction));
            }
        }
        // What a later step takes away of the build's results has to be gone before they are copied.
        for entry in self.image.all() {
            let Some(gone) = entry.gone.filter(|_| Some(entry.at.instruction) <= cut) else { continue };
            let results = matters(entry.purpose) && !is_scratch(&entry.path);
            let made = matches!(entry.origin, Origin::Step | Origin::Plain);
            if made && results && !pragmas.is_kept_whole(gone.instruction) {
                cut = cut.max(Some(gone.instruction));
            }
        }
        for (_, entry) in self.image.entries() {
            let of_build = |path: &String| self.brought_by(path).is_some_and(|i| Some(i) <= cut);
            if is_copy(entry) && Some(entry.at.instruction) > cut && entry.sources.iter().all(of_build) {
                cut = Some(entry.at.instruction);
            }
        }
        cut
    }

    /// True when an entry comes from the builder: a step of the build made it, or copied it there, which is plainer than to
    /// bring the source again and repeat the command.
    pub(crate) fn comes_from_builder(&self, entry: &Entry) -> bool {
        let early = Some(entry.at.instruction) <= self.cut;
        early
            && !self.analysis.pragmas.is_kept_whole(entry.at.instruction)
            && (entry.is_built() || is_copy(entry) && !self.comes_later(entry))
    }

    /// True when a COPY after a step brings what an entry was made of, or the entry, once more.
    fn comes_later(&self, entry: &Entry) -> bool {
        entry.sources.iter().chain([&entry.path]).any(|path| self.comes_again(path, entry.at.instruction))
    }

    /// The last COPY or ADD that brings a path.
    pub(crate) fn brought_by(&self, path: &str) -> Option<usize> {
        let brings = |landing: &Landing| match landing.tree {
            true => paths::is_within(&landing.destination, path),
            false => landing.destination == path,
        };
        let all: Vec<_> = self.copies().filter(|(_, copy)| copy.landings.iter().any(brings)).collect();
        all.last().map(|(step, _)| step.instruction)
    }

    /// True when a COPY after an instruction brings the path from the context.
    pub(crate) fn comes_again(&self, path: &str, instruction: usize) -> bool {
        self.copies().filter(|(step, _)| step.instruction > instruction).any(|(_, copy)| {
            copy.landings.iter().any(|l| {
                let source = match (l.tree, paths::below(&l.destination, path)) {
                    (true, Some("")) | (false, Some("")) => l.source.clone(),
                    (true, Some(rest)) => context::join(&l.source, rest),
                    _ => return false,
                };
                !matches!(self.inputs.context.entry(&source), ContextEntry::Absent | ContextEntry::Unknown)
            })
        })
    }
}

/// True when a part of a RUN makes something that only the builder has, or tests it.
fn builds(effects: &Effects) -> bool {
    let writes = effects.writes.iter().any(|w| matters(w.kind)) && !is_system_change(effects);
    let cleans = effects.files.iter().any(|operation| operation.by_tool);
    effects.builds || effects.checks || writes || cleans
}

/// True when a plain operation copied or moved the entry there.
pub(crate) fn is_copy(entry: &Entry) -> bool {
    entry.origin == Origin::Plain && !entry.link && !entry.sources.is_empty() && !entry.sources.contains(&entry.path)
}
