//! Ordinary projects, one per framework that people use, each judged before msb was asked: what a right answer has, what it
//! must not have, and what would be needless in it.
//!
//! `tests/ordinary/CASE/context` is the project, with its Dockerfile; `case.toml` says what is right:
//!
//! | key | meaning |
//! |---|---|
//! | `about`, `why` | the situation, and what a careful engineer does |
//! | `verdict` | the answers that are right: `safe`, `unsafe`, `unchanged`, `declined` |
//! | `has` | patterns of the runtime stage; any of a row will do |
//! | `lacks` | patterns that the runtime stage must not have: the answer is wrong |
//! | `fat` | patterns of what works and is needless |
//! | `builder_has` | patterns of what the builder has to have, or something needless comes along |
//! | `builder_lacks` | patterns that the builder must not have: the answer is wrong |
//!
//! No answer may be wrong. Those that are right but for something needless, or that leave a file alone which could be
//! converted, are listed in `known.toml`; the list has no others, so that neither gets worse unseen.

use fancy_regex::Regex;
use msb::context::DiskContext;
use msb::planner::{Applicability, Outcome};
use msb::{Request, convert};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "about")]
    _about: String,
    #[serde(rename = "why")]
    _why: String,
    verdict: Vec<String>,
    #[serde(default)]
    has: Vec<Vec<String>>,
    #[serde(default)]
    lacks: Vec<Vec<String>>,
    #[serde(default)]
    fat: Vec<Vec<String>>,
    #[serde(default)]
    builder_has: Vec<Vec<String>>,
    #[serde(default)]
    builder_lacks: Vec<Vec<String>>,
}

/// Cases that are right, but not as good as they could be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    fat: BTreeSet<String>,
    missed: BTreeSet<String>,
}

#[derive(Debug, PartialEq)]
enum Judgement {
    Right,
    /// Converted, and something needless is in it.
    Fat(String),
    /// Left alone, or only unsafe, where a conversion can be proven.
    Missed(String),
    Wrong(String),
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ordinary")
}

/// The builder and the runtime stage with their comments gone, continued lines joined and blanks squeezed.
fn stages(text: &str) -> (String, String) {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = joined.lines().map(squeezed).filter(|line| !line.is_empty()).collect();
    let last = lines.iter().rposition(|line| line.to_ascii_uppercase().starts_with("FROM ")).unwrap_or_default();
    (lines[..last].join("\n"), lines[last..].join("\n"))
}

fn found(pattern: &str, text: &str) -> bool {
    let regex = Regex::new(&format!("(?m){pattern}")).unwrap_or_else(|e| panic!("{pattern}: {e}"));
    regex.is_match(text).unwrap_or_else(|e| panic!("{pattern}: {e}"))
}

fn first_of<'r>(rows: &'r [Vec<String>], text: &str) -> Option<&'r str> {
    rows.iter().flatten().map(String::as_str).find(|pattern| found(pattern, text))
}

fn judge(folder: &Path) -> Judgement {
    let text = std::fs::read_to_string(folder.join("case.toml")).expect("the case is there");
    let case: Case = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let allowed = |verdict: &str| case.verdict.iter().any(|right| right == verdict);
    let dockerfile = std::fs::read(folder.join("context/Dockerfile")).expect("the Dockerfile is there");
    let context = DiskContext::open(&folder.join("context"), None).expect("the context opens");
    let conversion = match convert(&Request::new(&dockerfile, &context)) {
        Ok(conversion) => conversion,
        Err(error) => return Judgement::Wrong(format!("{error:?}")),
    };
    let verdict = match &conversion.outcome {
        Outcome::Convert(plan) if plan.applicability == Applicability::Safe => "safe",
        Outcome::Convert(_) => "unsafe",
        Outcome::Unchanged { .. } => "unchanged",
        Outcome::Declined { .. } => "declined",
    };
    let Some(output) = conversion.output.filter(|_| matches!(verdict, "safe" | "unsafe")) else {
        // Left alone is left alone, whatever the reason.
        return match allowed("unchanged") || allowed("declined") {
            true => Judgement::Right,
            false => Judgement::Missed(format!("answered {verdict}")),
        };
    };
    let (builder, stage) = stages(&String::from_utf8(output).expect("it is text"));
    if let Some(pattern) = first_of(&case.builder_lacks, &builder) {
        return Judgement::Wrong(format!("{verdict}, and the builder has `{pattern}`:\n{builder}"));
    }
    if let Some(pattern) = first_of(&case.lacks, &stage) {
        return Judgement::Wrong(format!("{verdict}, and has `{pattern}`:\n{stage}"));
    }
    if let Some(row) = case.has.iter().find(|row| !row.iter().any(|pattern| found(pattern, &stage))) {
        return Judgement::Wrong(format!("{verdict}, and lacks `{}`:\n{stage}", row.join("` or `")));
    }
    match (allowed(verdict), verdict) {
        (false, "unsafe") if allowed("safe") => Judgement::Missed("only unsafe".to_owned()),
        (false, _) => Judgement::Wrong(format!("converted ({verdict}), where that cannot be right:\n{stage}")),
        (true, _) => {
            let needed = |row: &&Vec<String>| !row.iter().any(|pattern| found(pattern, &builder));
            match (first_of(&case.fat, &stage), case.builder_has.iter().find(needed)) {
                (Some(pattern), _) => Judgement::Fat(format!("has `{pattern}`")),
                (None, Some(row)) => Judgement::Fat(format!("the builder lacks `{}`", row.join("` or `"))),
                (None, None) => Judgement::Right,
            }
        }
    }
}

#[test]
fn no_answer_is_wrong_and_none_gets_worse_unseen() {
    let known = std::fs::read_to_string(folder().join("known.toml")).expect("the list is there");
    let known: Known = toml::from_str(&known).expect("the list is TOML");
    let mut cases = 0;
    let mut complaints = Vec::new();
    for entry in std::fs::read_dir(folder()).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if !path.is_dir() {
            continue;
        }
        cases += 1;
        let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
        let (fat, missed) = (known.fat.contains(&name), known.missed.contains(&name));
        match judge(&path) {
            Judgement::Right if fat || missed => {
                complaints.push(format!("{name} is right now: take it off known.toml"))
            }
            Judgement::Fat(why) if !fat => complaints.push(format!("{name} is fat: {why}")),
            Judgement::Missed(why) if !missed => complaints.push(format!("{name} is missed: {why}")),
            Judgement::Wrong(why) => complaints.push(format!("{name} is WRONG: {why}")),
            Judgement::Right | Judgement::Fat(_) | Judgement::Missed(_) => {}
        }
    }
    assert!(cases >= 250, "{cases} cases were found");
    complaints.sort();
    assert!(complaints.is_empty(), "{} of {cases}:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn judges_find_what_is_wrong() {
    let (builder, stage) =
        stages("FROM a AS builder\nRUN x\n\n# why\nFROM b\nRUN apt-get  install \\\n    curl\nCMD [\"x\"]\n");
    assert_eq!(builder, "FROM a AS builder\nRUN x");
    assert_eq!(stage, "FROM b\nRUN apt-get install curl\nCMD [\"x\"]");
    assert!(found("^RUN .*(?<![-\\w])curl$", &stage) && !found("^COPY", &stage));
    assert_eq!(first_of(&[vec!["^ADD".to_owned(), "^CMD".to_owned()]], &stage), Some("^CMD"));
    assert_eq!(first_of(&[vec!["^ADD".to_owned()]], &stage), None);
}
