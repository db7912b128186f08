//! What a build refuses although every line is well formed: images that come out empty and stages that need each other.

use super::error::{ErrorKind, SyntaxError};
use super::{Dockerfile, From, Instruction, Kind, expand};
use crate::source::{LineIndex, Span};
use std::collections::BTreeMap;

/// Arguments that BuildKit sets for FROM by itself.
const PLATFORM_ARGUMENTS: [&str; 8] = [
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
];

/// Checks how stages name images and each other. The result is sorted by place.
pub fn check_stages(file: &Dockerfile) -> Vec<SyntaxError> {
    let mut errors: Vec<SyntaxError> = blank_images(file);
    let stages = stages(file);
    errors.extend(missing_stages(&stages));
    errors.extend(circular_stages(&stages));
    errors.sort_by_key(|error| error.span);
    let index = LineIndex::new(&file.source);
    errors.iter_mut().for_each(|error| error.locate(&index));
    errors
}

/// Finds images that are nothing, or nothing after a `:`, because nobody declares what they are made of.
fn blank_images(file: &Dockerfile) -> Vec<SyntaxError> {
    let mut declared: BTreeMap<&str, Option<&str>> = PLATFORM_ARGUMENTS.iter().map(|name| (*name, None)).collect();
    for instruction in file.instructions().take_while(|i| !matches!(i.kind, Kind::From(_))) {
        if let Kind::Arg(declarations) = &instruction.kind {
            declared.extend(declarations.iter().map(|d| (d.name.as_str(), d.default.as_deref())));
        }
    }
    let froms = file.instructions().filter_map(|i| match &i.kind {
        Kind::From(from) => Some(from),
        _ => None,
    });
    froms.filter_map(|from| blank_image(from, &declared, file.escape)).collect()
}

fn blank_image(from: &From, declared: &BTreeMap<&str, Option<&str>>, escape: u8) -> Option<SyntaxError> {
    let undeclared = std::cell::RefCell::new(None);
    let image = expand(&from.image, escape, &|name| match declared.get(name) {
        // A value that is not known here is something; only its absence matters.
        Some(default) => Some(default.unwrap_or("known").to_owned()),
        None => {
            undeclared.borrow_mut().get_or_insert_with(|| name.to_owned());
            None
        }
    })
    .ok()?;
    let cut_off = image.trim().is_empty() || image.ends_with([':', '@', '/']);
    let name = undeclared.into_inner().filter(|_| cut_off)?;
    let message = format!("the image of FROM is `{image}`: the argument `{name}` is not declared");
    let help = format!("declare it above FROM with a value: ARG {name}=…");
    Some(SyntaxError::new(ErrorKind::BlankImage, from.image_span, message).help(help))
}

struct Stage {
    name: Option<String>,
    /// What it takes from: a name or number as written, and where it is written.
    needs: Vec<(String, Span)>,
    /// The image or stage that it starts from.
    base: (String, Span),
}

fn stages(file: &Dockerfile) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in file.instructions() {
        if let Kind::From(from) = &instruction.kind {
            let base = (from.image.to_lowercase(), from.image_span);
            stages.push(Stage { name: from.name.clone(), needs: Vec::new(), base });
        } else if let Some(stage) = stages.last_mut() {
            stage.needs.extend(needs(instruction));
        }
    }
    stages
}

/// `COPY --from=x` and `RUN --mount=from=x`.
fn needs(instruction: &Instruction) -> Vec<(String, Span)> {
    let takes_from = matches!(instruction.kind, Kind::Copy(_) | Kind::Add(_));
    let mut found = Vec::new();
    for flag in &instruction.flags {
        let Some(value) = &flag.value else { continue };
        match flag.name.as_str() {
            "from" if takes_from => found.push((value.to_lowercase(), flag.span)),
            "mount" => {
                let options = value.split(',').filter_map(|option| option.split_once('='));
                found.extend(options.filter(|(key, _)| *key == "from").map(|(_, v)| (v.to_lowercase(), flag.span)));
            }
            _ => {}
        }
    }
    found
}

fn missing_stages(stages: &[Stage]) -> Vec<SyntaxError> {
    let mut errors = Vec::new();
    for (name, span) in stages.iter().flat_map(|stage| &stage.needs) {
        let number: Option<usize> = name.parse().ok();
        if let Some(number) = number.filter(|&n| n >= stages.len()) {
            let message = format!("there is no stage number {number}; the last one is {}", stages.len() - 1);
            errors.push(
                SyntaxError::new(ErrorKind::NoSuchStage, *span, message)
                    .help("stages are counted from 0; a name (FROM … AS name) is safer than a number"),
            );
        }
    }
    errors
}

fn circular_stages(stages: &[Stage]) -> Vec<SyntaxError> {
    let find = |name: &str| match name.parse::<usize>() {
        Ok(number) => (number < stages.len()).then_some(number),
        // The last stage of a name counts.
        Err(_) => stages.iter().rposition(|stage| stage.name.as_deref() == Some(name)),
    };
    let mut edges: Vec<Vec<(usize, Span)>> = Vec::new();
    for (index, stage) in stages.iter().enumerate() {
        // FROM sees only the stages above it.
        let base = stages[..index].iter().rposition(|s| s.name.as_deref() == Some(stage.base.0.as_str()));
        let needs = stage.needs.iter().filter_map(|(name, span)| Some((find(name)?, *span)));
        edges.push(base.map(|b| (b, stage.base.1)).into_iter().chain(needs).collect());
    }
    for (start, needed) in edges.iter().enumerate() {
        for &(next, span) in needed {
            if reaches(&edges, next, start) {
                let message = match next == start {
                    true => "a stage cannot copy from itself".to_owned(),
                    false => format!("stage {start} and stage {next} need each other"),
                };
                let error = SyntaxError::new(ErrorKind::CircularStages, span, message);
                return vec![error.help("copy from a stage above, or from an image")];
            }
        }
    }
    Vec::new()
}

fn reaches(edges: &[Vec<(usize, Span)>], from: usize, goal: usize) -> bool {
    let mut seen = vec![false; edges.len()];
    let mut pending = vec![from];
    while let Some(stage) = pending.pop() {
        if stage == goal {
            return true;
        }
        if !std::mem::replace(&mut seen[stage], true) {
            pending.extend(edges[stage].iter().map(|&(next, _)| next));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        let file = crate::syntax::parse(text.as_bytes()).unwrap();
        check_stages(&file).iter().map(|e| format!("{}:{} {}", e.line, e.column, e.kind.code())).collect()
    }

    #[test]
    fn finds_what_a_build_refuses() {
        for (text, expected) in [
            ("FROM ${BASE}\n", &["1:6 blank-image"][..]),
            ("FROM golang:$V\n", &["1:6 blank-image"]),
            ("ARG V\nFROM golang:$V\n", &[]),
            ("ARG V=1\nFROM golang:${V}\n", &[]),
            ("FROM golang:${V:-1.22}\n", &[]),
            ("FROM golang:1.22${SUFFIX}\n", &[]),
            ("FROM --platform=$BUILDPLATFORM a\n", &[]),
            ("FROM a\nCOPY --from=0 x y\n", &["2:6 circular-stages"]),
            ("FROM a AS x\nCOPY --from=X p q\n", &["2:6 circular-stages"]),
            ("FROM a AS x\nCOPY --from=y p q\nFROM b AS y\nCOPY --from=x p q\n", &["2:6 circular-stages"]),
            ("FROM a AS x\nFROM x AS y\nRUN --mount=type=bind,from=y,target=/t true\n", &["3:5 circular-stages"]),
            ("FROM a AS x\nFROM b\nCOPY --from=2 p q\n", &["3:6 no-such-stage"]),
            ("FROM a AS x\nFROM b\nCOPY --from=0 p q\nCOPY --from=nginx:1 p q\n", &[]),
            ("FROM golang AS golang\nRUN x\n", &[]),
        ] {
            assert_eq!(codes(text), expected, "{text}");
        }
    }
}
