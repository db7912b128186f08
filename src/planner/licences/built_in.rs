//! Paths of the build that a program has compiled in: what it opens at them when it runs has to lie there still.

use super::Ledger;
use crate::context::{self, Entry as ContextEntry};
use crate::facts::heuristics::CompiledPlace;
use crate::image::Origin;
use crate::licence::Licence;
use crate::paths;
use crate::planner::survey::Survey;
use crate::rules;

/// Keeps what such paths lead through, and says which of them lead into a build tree.
pub(super) fn compiled_paths(survey: &Survey<'_>, ledger: &mut Ledger) {
    let heuristics = survey.inputs.heuristics;
    let ecosystems = survey.compiling_ecosystems();
    for language in ecosystems.iter().filter_map(|id| heuristics.ecosystem(id)) {
        for known in &language.detect.compiled_paths {
            for (file, text) in survey.texts().unwrap_or_default() {
                if !heuristics.is_source(&[language.id.clone()].into(), paths::name(file)) {
                    continue;
                }
                let end = known.tests.iter().filter_map(|word| text.find(word.as_str())).min().unwrap_or(text.len());
                for statement in statements(&text[..end], &known.sign) {
                    let (before, after) = statement;
                    if known.read_by.iter().any(|word| before.contains(word.as_str())) {
                        continue;
                    }
                    match known.to {
                        CompiledPlace::BuildTree => into_build_tree(ledger, file, &known.sign),
                        CompiledPlace::Package if climbs(after) => {
                            through_package(survey, ledger, file, &known.manifest);
                        }
                        CompiledPlace::Package => {}
                    }
                }
            }
        }
    }
}

/// What stands around each place of a text that has the sign, from the end of the statement before up to its own end.
fn statements<'t>(text: &'t str, sign: &str) -> Vec<(&'t str, &'t str)> {
    let around = |(at, found): (usize, &str)| {
        let start = text[..at].rfind([';', '{', '}']).map_or(0, |end| end + 1);
        let rest = &text[at + found.len()..];
        let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let comment = text[line..at].trim_start().starts_with("//");
        (!comment).then(|| (&text[start..at], &rest[..rest.find(';').unwrap_or(rest.len())]))
    };
    text.match_indices(sign).filter_map(around).collect()
}

/// True when what is joined to a directory leaves it again.
fn climbs(after: &str) -> bool {
    after.contains("\"/../") || after.contains("\"../") || after.contains("\"/..\"") || after.contains("\"..\"")
}

fn into_build_tree(ledger: &mut Ledger, file: &str, sign: &str) {
    let words = format!("`{file}` has the path `{sign}` compiled in, and may open files of the build tree there");
    let reason = rules::ASSUMED_COMMAND.because(words, None);
    if !ledger.assumptions.iter().any(|told| told.because == reason.because) {
        ledger.assumptions.push(reason);
    }
}

/// A path through a directory and out of it again is found only while the directory is there: its manifest stays.
fn through_package(survey: &Survey<'_>, ledger: &mut Ledger, file: &str, manifest: &str) {
    let context = survey.inputs.context;
    let mut directory = paths::parent(file);
    let found = loop {
        let path = context::join(directory, manifest);
        match (context.entry(&path), directory) {
            (ContextEntry::File { .. }, _) => break path,
            (_, "" | "/" | ".") => return,
            _ => directory = directory.rsplit_once('/').map_or("", |(above, _)| above),
        }
    };
    let Some((i, path)) = survey.image.entries().filter_map(|(i, e)| Some((i, arrival(e, &found)?))).last() else {
        return;
    };
    let around = paths::parent(&path).to_owned();
    let Some(left) = ledger.left.get_mut(&i).filter(|left| left.licence == Licence::CompiledSource) else { return };
    if !left.stays.iter().any(|stays| paths::is_within(&around, stays) || paths::is_within(stays, &around)) {
        left.stays.push(path);
    }
}

/// Where a file of the context lies in the image, as an entry brings it.
fn arrival(entry: &crate::image::Entry, file: &str) -> Option<String> {
    let Origin::Context { .. } = entry.origin else { return None };
    let source = entry.context_path(&entry.path)?;
    match paths::below(&source, file).or_else(|| source.is_empty().then_some(file))? {
        "" => Some(entry.path.clone()),
        rest => Some(paths::join(&entry.path, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::MemoryContext;
    use crate::planner::{Applicability, Outcome};

    #[test]
    fn what_leaves_a_directory_again() {
        assert!(climbs(", \"/../dist\")"));
        assert!(climbs(").join(\"../dist\")"));
        assert!(!climbs(", \"/templates\")"));
        assert!(!climbs(", \"/a..b\")"));
    }

    /// Whether the answer is safe, and the runtime stage.
    fn converted(main: &str) -> (bool, String) {
        let file = "FROM rust:1.76\nWORKDIR /src\nCOPY . .\nRUN cargo install --path server\nCMD [\"board\"]\n";
        let context = MemoryContext::new([
            ("server/Cargo.toml", "[package]\nname = \"board\"\nversion = \"0.1.0\"\n"),
            ("server/src/main.rs", main),
            ("dist/index.html", "<html>"),
            ("Cargo.toml", "[workspace]\nmembers = [\"server\"]\n"),
            ("Cargo.lock", "version = 3\n[[package]]\nname = \"board\"\nversion = \"0.1.0\"\n"),
        ]);
        let conversion = crate::convert(&crate::Request::new(file.as_bytes(), &context)).expect("a Dockerfile");
        let safe = matches!(&conversion.outcome, Outcome::Convert(plan) if plan.applicability == Applicability::Safe);
        let text = String::from_utf8(conversion.output.expect("it converts")).expect("text");
        (safe, text.rsplit("\nFROM ").next().unwrap_or_default().to_owned())
    }

    #[test]
    fn a_path_through_the_package_keeps_it() {
        let climbing = "const DIST: &str = concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../dist\");\n\
                        fn main() { std::fs::read_dir(DIST); }\n";
        let (safe, stage) = converted(climbing);
        assert!(safe && stage.contains("/src/dist") && stage.contains("/src/server"), "{stage}");
        let plain = climbing.replace("/../dist", "/dist");
        assert!(!converted(&plain).1.contains("/src/server"));
        let compiled = "const A: &[u8] = include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../dist/index.html\"));\n\
                        fn main() { println!(\"{}\", A.len()); }\n";
        let stage = converted(compiled).1;
        assert!(!stage.contains("/src/server/Cargo.toml"), "{stage}");
    }

    #[test]
    fn a_path_into_the_build_tree_needs_a_look() {
        let opened = "fn main() { std::fs::read(concat!(env!(\"OUT_DIR\"), \"/words.txt\")); }\n";
        assert!(!converted(opened).0);
        let compiled = "include!(concat!(env!(\"OUT_DIR\"), \"/words.rs\"));\nfn main() {}\n";
        assert!(converted(compiled).0);
        let in_tests = "fn main() {}\n#[cfg(test)]\nmod tests { fn x() { std::fs::read(env!(\"OUT_DIR\")); } }\n";
        assert!(converted(in_tests).0);
    }
}
