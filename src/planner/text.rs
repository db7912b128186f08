//! Texts of RUN instructions: parts of the original with the author's layout, words taken out and put in.

use super::survey::Survey;
use crate::analyzer::effects::PackageAction;
use crate::analyzer::{RunAction, Step, Unit};
use crate::syntax::Dockerfile;
use std::collections::BTreeMap;

/// A RUN of the runtime stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RunText {
    /// As the author wrote it.
    Whole,
    /// Reduced; the whole instruction without its line end.
    Reduced(String),
}

/// Several package commands that cannot be separated, as one of each kind.
pub(crate) fn rewritten(unit: &Unit, edits: &[(String, std::ops::Range<usize>, String)], extra: &[String]) -> String {
    let mut names: Vec<String> = Vec::new();
    let installs = unit.effects.packages.iter().filter(|c| c.action == PackageAction::Install);
    let mut edits = edits.iter().peekable();
    for (name, range) in installs.flat_map(|c| &c.names) {
        // Several names may share a range (`$LIST`); the edits are in the order of the names.
        match edits.next_if(|(edited, r, _)| r == range && edited == name) {
            None => names.push(name.clone()),
            Some((_, _, text)) => names.extend(text.split_whitespace().map(str::to_owned)),
        }
    }
    names.extend(extra.iter().cloned());
    let upgrades = unit.effects.packages.iter().any(|c| c.action == PackageAction::Upgrade);
    let manager = unit.effects.packages.first().map(|change| change.manager);
    manager.map(|manager| manager.again(&names, upgrades)).unwrap_or_default()
}

/// The place behind an instruction, before its line end: that belongs to what follows, and so does that of a here-document.
pub(crate) fn end_of(dockerfile: &Dockerfile, instruction: usize) -> Option<usize> {
    let instruction = dockerfile.instructions().nth(instruction)?;
    let text = &dockerfile.source[instruction.span.range()];
    Some(instruction.span.start as usize + text.trim_ascii_end().len())
}

/// A RUN on a line of its own, to be put behind an instruction, in the case in which the file writes its keywords.
pub(crate) fn run_line(dockerfile: &Dockerfile, command: &str) -> String {
    let first = dockerfile.instructions().next();
    let lower =
        first.is_some_and(|from| dockerfile.source[from.keyword_span.range()].iter().all(u8::is_ascii_lowercase));
    format!("{}{} {command}", dockerfile.newline(), if lower { "run" } else { "RUN" })
}

/// The source text behind a range of the shell text.
pub(crate) fn slice(survey: &Survey<'_>, step: &Step, run: &RunAction, range: &std::ops::Range<usize>) -> String {
    if !run.maps_to_source {
        return run.text[range.clone()].trim().to_owned();
    }
    let span = survey.instructions[step.instruction].args.span(range.clone());
    String::from_utf8_lossy(&survey.inputs.dockerfile.source[span.range()]).into_owned()
}

/// Removes, replaces and appends words of one command, keeping the author's layout.
pub(crate) fn edit_words(
    survey: &Survey<'_>,
    step: &Step,
    run: &RunAction,
    unit: &Unit,
    edits: &[(std::ops::Range<usize>, String)],
    extra: &[String],
) -> String {
    // Spans of all words of the command in the source, to know the space before each.
    let source_of = |range: &std::ops::Range<usize>| -> (usize, usize) {
        if run.maps_to_source {
            let span = survey.instructions[step.instruction].args.span(range.clone());
            (span.start as usize, span.end as usize)
        } else {
            (range.start, range.end)
        }
    };
    let whole: Vec<u8> = match run.maps_to_source {
        true => survey.inputs.dockerfile.source.clone(),
        false => run.text.clone().into_bytes(),
    };
    let (start, end) = source_of(&unit.range);
    let mut pieces: Vec<u8> = Vec::new();
    let mut at = start;
    let mut last_gap: Vec<u8> = b" ".to_vec();
    let mut names: Vec<(usize, usize, Option<&String>)> = Vec::new();
    for change in &unit.effects.packages {
        for (_, range) in &change.names {
            let (s, e) = source_of(range);
            names.push((s, e, edits.iter().find(|(r, _)| r == range).map(|(_, text)| text)));
        }
    }
    names.sort_by_key(|n| n.0);
    for (s, e, edit) in names {
        if s < at {
            continue;
        }
        // The space between the word before and this one goes with the word.
        let mut gap = s;
        while gap > at && is_layout(&whole, gap - 1) {
            gap -= 1;
        }
        match edit {
            Some(text) if text.is_empty() => {
                pieces.extend_from_slice(&whole[at..gap]);
            }
            Some(text) => {
                pieces.extend_from_slice(&whole[at..s]);
                last_gap = repeatable(&whole[gap..s]);
                pieces.extend_from_slice(text.replace(' ', &String::from_utf8_lossy(&last_gap)).as_bytes());
            }
            None => {
                pieces.extend_from_slice(&whole[at..e]);
                last_gap = repeatable(&whole[gap..s]);
            }
        }
        at = e;
    }
    for word in extra {
        pieces.extend_from_slice(&last_gap);
        pieces.extend_from_slice(word.as_bytes());
    }
    pieces.extend_from_slice(&whole[at..end.max(at)]);
    String::from_utf8_lossy(&pieces).trim().to_owned()
}

/// The space before a word as it can stand before another one: after a comment it begins with a line end that nothing
/// escapes.
fn repeatable(gap: &[u8]) -> Vec<u8> {
    let line_start = gap.iter().rposition(|b| *b == b'\n').map(|at| at + 1);
    match line_start {
        Some(indent) if !gap.contains(&b'\\') && !gap.contains(&b'`') => [b" \\\n", &gap[indent..]].concat(),
        _ => gap.to_vec(),
    }
}

/// White space and the escape character before a line end.
fn is_layout(text: &[u8], at: usize) -> bool {
    match text[at] {
        b' ' | b'\t' | b'\n' | b'\r' => true,
        b'\\' | b'`' => text[at + 1..].iter().find(|b| !matches!(b, b' ' | b'\t' | b'\r')) == Some(&b'\n'),
        _ => false,
    }
}

/// True when a part of a RUN changes the working directory.
fn moves(run: &RunAction, unit: usize) -> bool {
    run.text.get(run.units[unit].range.clone()).is_some_and(|text| text.trim_start().starts_with("cd "))
}

/// True when a part does the same in whatever directory: package managers do.
fn is_anywhere(unit: &Unit) -> bool {
    !unit.effects.packages.is_empty() && unit.effects.writes.is_empty() && unit.effects.files.is_empty()
}

/// The chosen parts of a RUN with the author's separators between them.
pub(crate) fn join_source(
    survey: &Survey<'_>,
    step: &Step,
    run: &RunAction,
    chosen: &[usize],
    edited: &BTreeMap<usize, String>,
) -> String {
    if !run.maps_to_source {
        return join_units(run, chosen, edited);
    }
    let instruction = survey.instructions[step.instruction];
    let source = &survey.inputs.dockerfile.source;
    let args = instruction.args.span(0..instruction.args.as_str().len());
    let mut text =
        String::from_utf8_lossy(&source[instruction.keyword_span.start as usize..args.start as usize]).into_owned();
    let mut first = true;
    for (u, unit) in run.units.iter().enumerate() {
        let state = unit.state_only && chosen.iter().any(|&c| c > u && !(moves(run, u) && is_anywhere(&run.units[c])));
        if !chosen.contains(&u) && !state {
            continue;
        }
        if !first {
            let before = &run.units[u - 1];
            let gap = instruction.args.span(before.range.end..unit.range.start);
            let gap = String::from_utf8_lossy(&source[gap.range()]).into_owned();
            let plain = !gap.contains('#') && (gap.contains("&&") || gap.contains(';') || gap.contains('\n'));
            text.push_str(if plain { &gap } else { " \\\n && " });
        }
        first = false;
        match edited.get(&u) {
            Some(edit) => text.push_str(edit),
            None => text.push_str(slice(survey, step, run, &unit.range).trim()),
        }
    }
    text.trim_end().to_owned()
}

/// The chosen parts of a RUN as one RUN, in the style of the original.
pub(crate) fn join_units(run: &RunAction, chosen: &[usize], edited: &BTreeMap<usize, String>) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (i, unit) in run.units.iter().enumerate() {
        let state = unit.state_only && chosen.iter().any(|&c| c > i);
        if chosen.contains(&i) || state {
            let text = edited.get(&i).cloned().unwrap_or_else(|| run.text[unit.range.clone()].trim().to_owned());
            parts.push(text);
        }
    }
    format!("RUN {}", parts.join(" \\\n && "))
}
