//! BuildKit's own parser data, and what its parser and typed layer make of edge cases.
#![allow(clippy::unwrap_used)]

use msb::source::LineIndex;
use msb::syntax::{self, ErrorKind, Instruction};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/buildkit").join(path)
}

fn cases(folder: &str) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(data(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

#[test]
fn dumps_equal_those_of_buildkit() {
    let cases = cases("parser/testfiles");
    assert_eq!(cases.len(), 33);
    for case in cases {
        let source = fs::read(case.join("Dockerfile")).unwrap();
        let expected = fs::read_to_string(case.join("result")).unwrap();
        assert_eq!(syntax::dump(&source).unwrap().trim(), expected.trim(), "{}", case.display());
    }
}

#[test]
fn negatives_are_rejected() {
    let cases = cases("parser/testfiles-negative");
    assert_eq!(cases.len(), 4);
    for case in cases {
        let source = fs::read(case.join("Dockerfile")).unwrap();
        assert!(syntax::dump(&source).is_err(), "{}", case.display());
        assert!(syntax::parse(&source).is_err(), "{}", case.display());
    }
}

/// The accepted inputs that the typed layer rejects, and why.
#[test]
fn typed_layer_rejections_among_the_accepted_inputs() {
    let mut rejected = Vec::new();
    for case in cases("parser/testfiles") {
        if let Err(errors) = syntax::parse(&fs::read(case.join("Dockerfile")).unwrap()) {
            rejected.push((case.file_name().unwrap().to_string_lossy().into_owned(), errors[0].kind));
        }
    }
    let expected = [
        ("flags", ErrorKind::UnknownFlag),
        ("health", ErrorKind::ArgumentCount),
        ("jeztah-invalid-json-json-inside-string", ErrorKind::BeforeFrom),
        ("jeztah-invalid-json-json-inside-string-double", ErrorKind::BeforeFrom),
        ("jeztah-invalid-json-single-quotes", ErrorKind::BeforeFrom),
        ("jeztah-invalid-json-unterminated-bracket", ErrorKind::BeforeFrom),
        ("jeztah-invalid-json-unterminated-string", ErrorKind::BeforeFrom),
        ("json", ErrorKind::BeforeFrom),
    ];
    assert_eq!(rejected, expected.map(|(name, kind)| (name.to_owned(), kind)));
}

#[test]
fn line_numbers() {
    let file = syntax::parse(&fs::read(data("parser/testfile-line/Dockerfile")).unwrap()).unwrap();
    let index = LineIndex::new(&file.source);
    let lines: Vec<_> = file.instructions().map(|instruction| lines(&index, instruction)).collect();
    assert_eq!(lines, [(5, 5), (11, 12), (17, 31)]);
}

/// First and last line of an instruction.
fn lines(index: &LineIndex, instruction: &Instruction) -> (usize, usize) {
    (index.line(instruction.span.start), index.line(instruction.span.end - 1))
}

/// The environment that BuildKit's expansion table assumes.
fn lookup(name: &str) -> Option<String> {
    let value = match name {
        "PWD" => "/home",
        "SHELL" => "bash",
        "KOREAN" => "한국어",
        "NULL" => "",
        _ => return None,
    };
    Some(value.to_owned())
}

#[test]
fn expansion_table() {
    let table = fs::read_to_string(data("shell/envVarTest")).unwrap();
    let mut checked = 0;
    for line in table.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let [platform, input, expected] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        // Names are compared without regard to case on Windows only.
        if platform == "W" {
            continue;
        }
        let result = syntax::expand(input, b'\\', &lookup);
        match expected {
            "error" => assert!(result.is_err(), "{line}: {result:?}"),
            expected => assert_eq!(result.as_deref(), Ok(expected), "{line}"),
        }
        checked += 1;
    }
    assert_eq!(checked, 228);
}

#[test]
fn word_table() {
    let table = fs::read_to_string(data("shell/wordsTest")).unwrap();
    let mut environment = BTreeMap::new();
    let mut checked = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, value)) = line.strip_prefix("ENV ").and_then(|line| line.split_once('=')) {
            environment.insert(name.to_owned(), value.to_owned());
            continue;
        }
        let (input, expected) = line.split_once('|').unwrap();
        let words = syntax::expand_words(input.trim(), b'\\', &|name| environment.get(name).cloned());
        let words = words.unwrap_or_else(|_| vec!["error".to_owned()]);
        let expected: Vec<&str> = expected.trim_start_matches(' ').split(',').collect();
        assert_eq!(words, expected, "{line}");
        checked += 1;
    }
    assert_eq!(checked, 24);
}
