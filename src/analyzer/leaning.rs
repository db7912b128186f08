//! Parts of a RUN whose text alone does not say what they do.

use super::effects::{Effects, FileOperation};
use crate::paths;
use crate::shell::{self, ListItem, Part, StateChange, Unit, Word};

/// True when a part uses what earlier ones gave the shell by their work: a variable, or whatever a function or a file of the
/// project sets. What only sets it is repeated together with the part.
pub(super) fn on_shell(earlier: &[Unit], text: &str) -> bool {
    let used = shell::variables(text);
    earlier.iter().any(|unit| match &unit.state {
        Some(StateChange::Source { file }) => {
            let of_system = file.as_deref().is_some_and(paths::is_of_distribution);
            !of_system && !used.is_empty()
        }
        Some(_) => false,
        None => unit.leaks || unit.sets.iter().any(|name| used.contains(name)),
    })
}

/// True when a part writes a text in which a pattern stands for names of files, or which a command that is given something
/// finds out.
pub(super) fn on_files(effects: &Effects, text: &str) -> bool {
    let writes_text = |o: &FileOperation| o.reads.is_empty() && !o.writes.is_empty() && !o.metadata_only && !o.is_touch;
    if !effects.system.is_empty() || !effects.files.iter().any(writes_text) {
        return false;
    }
    let mut leans = false;
    shell::parse(text).walk(&mut |simple, _| {
        let bodies = simple.redirects.iter().filter_map(|redirect| redirect.body.as_ref());
        let words = simple.words.iter().skip(1).chain(simple.assignments.iter().map(|assignment| &assignment.value));
        leans |= words.chain(bodies).flat_map(|word| &word.parts).any(looks_around);
    });
    leans
}

fn looks_around(part: &Part) -> bool {
    match part {
        Part::Literal { text, quoted: false } => text.contains(['*', '?']) || text.contains('[') && text.contains(']'),
        Part::Substitution(items) => items.iter().any(is_given),
        _ => false,
    }
}

/// True when a command has an argument that is no option: it is asked about something.
fn is_given(item: &ListItem) -> bool {
    let mut given = false;
    item.node.walk(&mut |simple, _| {
        let argument = |word: &Word| word.literal().is_none_or(|text| !text.starts_with('-'));
        given |= simple.words.iter().skip(1).any(argument);
    });
    given
}
