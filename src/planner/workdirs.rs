//! WORKDIR lines of a runtime stage to those that something depends on.

use super::{Element, Planner};
use crate::analyzer::Action;
use crate::analyzer::effects::FileOperation;
use crate::paths;
use crate::syntax::Kind;
use std::ops::Range;

impl Planner<'_> {
    /// Takes away what nothing depends on: the working directory of the old base, and directories that only the build entered.
    pub(super) fn drop_needless_workdirs(&self, elements: &mut Vec<Element>) {
        self.drop_workdir_of_base(elements);
        self.drop_overridden_workdirs(elements);
    }

    /// Takes away the working directory of the old base where nothing before the next absolute one depends on it.
    fn drop_workdir_of_base(&self, elements: &mut Vec<Element>) {
        let own = |e: &Element| matches!(e, Element::Added { text } if text.starts_with("WORKDIR "));
        let Some(at) = elements.iter().position(own) else { return };
        for instruction in elements[at + 1..].iter().filter_map(Element::instruction) {
            match &self.instructions[instruction].kind {
                Kind::Workdir(path) if path.starts_with('/') || self.leaves_workdir(instruction) => {
                    elements.remove(at);
                    return;
                }
                Kind::Workdir(_) => return,
                Kind::Run(_) | Kind::Copy(_) | Kind::Add(_) if self.stands_in_workdir(instruction) => return,
                _ => {}
            }
        }
    }

    /// Of several WORKDIR lines without anything between that depends on them, the last absolute one is enough: a
    /// directory that only the build entered is not needed at run time. Directories that were made stay made, because
    /// whatever lies in them is copied; an empty one nobody asked for is dropped with the line.
    fn drop_overridden_workdirs(&self, elements: &mut Vec<Element>) {
        let workdir = |element: &Element| match (element, element.instruction()) {
            (Element::Added { text }, _) => text.strip_prefix("WORKDIR ").map(str::to_owned),
            (_, Some(instruction)) => match &self.instructions[instruction].kind {
                Kind::Workdir(path) => Some(path.clone()),
                _ => None,
            },
            _ => None,
        };
        let mut i = 0;
        while i + 1 < elements.len() {
            let next = workdir(&elements[i + 1]);
            if workdir(&elements[i]).is_some() && next.is_some_and(|path| path.starts_with('/')) {
                elements.remove(i);
            } else {
                i += 1;
            }
        }
    }

    /// True when a WORKDIR with a variable leads out of the directory that it was in.
    fn leaves_workdir(&self, instruction: usize) -> bool {
        let steps = &self.analysis.steps;
        let Some(at) = steps.iter().position(|step| step.instruction == instruction) else { return false };
        let after = steps.get(at + 1).map_or(&self.analysis.end.config.workdir, |step| &step.workdir);
        !paths::is_within(&steps[at].workdir, after)
    }

    /// True when a step may read or write anything below its working directory.
    fn stands_in_workdir(&self, instruction: usize) -> bool {
        let Some(step) = self.analysis.steps.iter().find(|step| step.instruction == instruction) else { return true };
        let below = |path: &String| paths::is_within(&step.workdir, path);
        match &step.action {
            Action::Copy(copy) => below(&copy.destination),
            Action::Run(run) => run.units.iter().any(|unit| {
                let effects = &unit.effects;
                let plain = effects.is_portable() || !effects.packages.is_empty() || !effects.system.is_empty();
                let paths = |o: &FileOperation| o.reads.iter().chain(&o.writes).chain(&o.removes).any(below);
                let local = |(name, _): &(String, Range<usize>)| name.starts_with(['.', '/']);
                !plain
                    || effects.files.iter().any(paths)
                    || effects.writes.iter().any(|w| below(&w.path))
                    || effects.packages.iter().flat_map(|change| &change.names).any(local)
            }),
            Action::Config => false,
        }
    }
}
