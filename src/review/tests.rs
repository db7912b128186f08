//! Each form is read by something that did not write it: types and schemas, a Markdown reader, and the edits applied.

use super::*;
use crate::context::MemoryContext;
use crate::{Request, convert};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::Value;

const GO: &str = "FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY go.mod main.go ./\nRUN CGO_ENABLED=0 go build -o /app/server .\nCMD [\"/app/server\"]\n";
/// Rests on a guess.
const GUESS: &str = include_str!("../../corpus/c-heredoc/Dockerfile");
const DECLINED: &str = "FROM rust:1\nWORKDIR /app\nCOPY . .\nCMD [\"cargo\", \"run\", \"<b>|`x`[c](d)@all\"]\n";
/// A name that breaks whoever takes names as they are.
const HOSTILE: &str = "a`b/<img src=x onerror=alert(1)>|[c](http://d)\n::error::e,f:g%0A@all/{0}/Dockerfile";

fn conversion(source: &[u8]) -> Conversion {
    let context = MemoryContext::new([
        ("go.mod", "module example.org/x\n\ngo 1.22\n"),
        ("main.go", "package main\n\nfunc main() {\n\tprintln(1)\n}\n"),
    ]);
    convert(&Request::new(source, &context)).unwrap()
}

/// A file at a place, with the converted text when it may be shown.
fn file<'a>(place: &'a str, source: &'a [u8], conversion: &'a Conversion, shown: bool) -> File<'a> {
    let judged = Judged {
        source,
        conversion,
        new: conversion.output.as_deref().filter(|_| shown),
        fates: None,
        written: false,
        verification: None,
        failure: None,
    };
    File {
        place: place.as_bytes(),
        context: None,
        is_context_named: false,
        about: None,
        answer: Answer::Judged(Box::new(judged)),
    }
}

/// Every form of some files, by name.
fn forms(files: &[File<'_>]) -> Vec<(&'static str, String)> {
    vec![
        ("diff", String::from_utf8(patch::document(files)).unwrap()),
        ("sarif", sarif::document(files, "1.2.3").to_string()),
        ("rdjson", rdjson::document(files).to_string()),
        ("gitlab", gitlab::document(files).to_string()),
        ("github", github::document(files)),
        ("markdown", markdown::document(files)),
    ]
}

/// SARIF that fits into the types made of its schema, with nothing left over; and rules, places and ids that agree.
fn checked_sarif(files: &[File<'_>]) -> Value {
    let made = sarif::document(files, "1.2.3");
    let typed: serde_sarif::sarif::Sarif = serde_json::from_value(made.clone()).unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap(), made, "a field is not SARIF's");
    let run = &made["runs"][0];
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)), "{uri}");
    }
    made
}

/// What a SARIF reader makes of the old text.
fn fixed(old: &str, sarif: &Value) -> String {
    let lines: Vec<&str> = old.split_inclusive('\n').collect();
    let offset = |line: &Value, column: &Value| {
        let (line, column) = (line.as_u64().unwrap() as usize, column.as_u64().unwrap() as usize);
        let before: usize = lines[..line - 1].iter().map(|line| line.len()).sum();
        before + lines.get(line - 1).map_or(0, |line| line.chars().take(column - 1).map(char::len_utf8).sum())
    };
    let mut text = old.to_owned();
    let change = &sarif["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0];
    for replacement in change["replacements"].as_array().unwrap().iter().rev() {
        let region = &replacement["deletedRegion"];
        let start = offset(&region["startLine"], &region["startColumn"]);
        let end = offset(&region["endLine"], &region["endColumn"]);
        text.replace_range(start..end, replacement["insertedContent"]["text"].as_str().unwrap());
    }
    text
}

/// What applying a suggestion of whole lines makes of the old text.
fn suggested(old: &str, rdjson: &Value) -> String {
    let suggestion = &rdjson["diagnostics"][0]["suggestions"][0];
    assert_eq!(suggestion["range"], rdjson["diagnostics"][0]["location"]["range"]);
    let at = |end: &str| suggestion["range"][end]["line"].as_u64().unwrap() as usize;
    let lines: Vec<&str> = old.lines().collect();
    let mut text: Vec<&str> = lines[..at("start") - 1].to_vec();
    text.extend(suggestion["text"].as_str().unwrap().lines());
    text.extend(&lines[at("end")..]);
    text.join("\n")
}

#[test]
fn fixes_and_suggestions_make_the_converted_file() {
    let variants = [
        ("plain", GO.to_owned()),
        ("windows", GO.replace('\n', "\r\n")),
        ("no last line end", GO.trim_end().to_owned()),
        ("a comment above, with wide characters", format!("# 𐐀 größe\n\n{GO}")),
        ("builds last", "FROM golang:1.22-bookworm\nWORKDIR /app\nCMD [\"/app/server\"] \nCOPY go.mod main.go ./\nRUN CGO_ENABLED=0 go build -o /app/server . # 𐐀".to_owned()),
    ];
    for (name, source) in variants {
        let conversion = conversion(source.as_bytes());
        let new =
            String::from_utf8(conversion.output.clone().unwrap_or_else(|| panic!("{name}: {conversion:#?}"))).unwrap();
        let files = [file("Dockerfile", source.as_bytes(), &conversion, true)];
        assert_eq!(fixed(&source, &checked_sarif(&files)), new, "{name}");
        let lines: Vec<&str> = new.lines().collect();
        assert_eq!(suggested(&source, &rdjson::document(&files)), lines.join("\n"), "{name}");
    }
}

#[test]
fn a_text_that_is_no_utf_8_has_a_patch_and_no_fix() {
    let source = [b"# \xff\n", GO.as_bytes()].concat();
    let conversion = conversion(&source);
    assert!(conversion.output.is_some());
    let files = [file("Dockerfile", &source, &conversion, true)];
    assert!(patch::document(&files).windows(2).any(|pair| pair == b"\n+"));
    assert_eq!(checked_sarif(&files)["runs"][0]["results"][0]["fixes"], Value::Null);
    assert!(markdown::document(&files).contains("AS builder"));
}

#[test]
fn what_needs_a_look_is_told_and_not_shown() {
    let conversion = conversion(GUESS.as_bytes());
    assert_eq!(Verdict::of(&conversion.outcome), Verdict::Unsafe);
    for (shown, present) in [(false, false), (true, true)] {
        let files = [file("Dockerfile", GUESS.as_bytes(), &conversion, shown)];
        for (name, text) in forms(&files) {
            if !["github", "gitlab"].contains(&name) {
                assert_eq!(text.contains("AS builder"), present, "{name}: {text}");
            }
            if name != "diff" {
                assert!(text.contains("needs a look"), "{name}: {text}");
                assert!(text.contains("assumed-command") && text.contains(".msb.toml"), "{name}: {text}");
            }
        }
    }
    let files = [file("Dockerfile", GUESS.as_bytes(), &conversion, false)];
    let found = findings(&files[0]);
    assert_eq!(found.iter().map(|f| f.rule).collect::<Vec<_>>(), ["single-stage-build", "assumed-command"]);
    assert!(found.iter().all(|f| f.severity == Severity::Note));
    let guessed: Vec<&str> = GUESS.lines().skip(found[1].lines.start() - 1).take(3).collect();
    assert!(guessed[0] == "RUN <<EOF" && guessed[2].contains("hello"), "told where it is made: {guessed:?}");
}

#[test]
fn what_was_written_is_told_and_not_suggested() {
    let conversion = conversion(GO.as_bytes());
    let mut files = [file("Dockerfile", GO.as_bytes(), &conversion, true)];
    let Answer::Judged(judged) = &mut files[0].answer else { panic!() };
    judged.written = true;
    assert!(patch::document(&files).is_empty());
    let found = findings(&files[0]);
    assert!(found[0].fix.is_none() && found[0].message.starts_with("converted"), "{found:?}");
    let text = markdown::document(&files);
    assert!(text.contains("msb: 1 Dockerfile converted") && !text.contains("--apply"), "{text}");
}

#[test]
fn what_was_measured_takes_the_place_of_estimates() {
    use crate::verify::{ImageSummary, Left, Report, Verdict as Compared};
    let conversion = conversion(GO.as_bytes());
    let image = |size| ImageSummary { size: Some(size), ..ImageSummary::default() };
    let report = Report {
        schema: 1,
        engine: "engine".to_owned(),
        verdict: Compared::Same,
        original: image(812_300_000),
        converted: image(9_100_000),
        left: vec![Left {
            licence: crate::planner::Licence::Toolchain,
            bytes: 803_200_000,
            paths: 9,
            examples: vec!["/usr/local/go".to_owned()],
        }],
        findings: Vec::new(),
        logs: std::collections::BTreeMap::new(),
    };
    let mut files = [file("Dockerfile", GO.as_bytes(), &conversion, true)];
    assert!(markdown::document(&files).contains("| size, estimated | 820 MB |"));
    let Answer::Judged(judged) = &mut files[0].answer else { panic!() };
    judged.verification = Some(&report);
    let text = markdown::document(&files);
    assert!(text.contains("| size, measured | 812.3 MB | 9.1 MB |") && !text.contains("estimated"), "{text}");
    assert!(
        text.contains("| `/usr/local/go` | 803.2 MB |") && text.contains("| built and started | | same |"),
        "{text}"
    );
}

#[test]
fn errors_and_advice_are_told_at_their_line() {
    let errors = convert(&Request::new(b"FROM a\n\nCOPPY a b\n", &MemoryContext::default())).unwrap_err();
    let failed = |errors| File {
        place: b"x/Dockerfile",
        context: None,
        is_context_named: false,
        about: None,
        answer: Answer::Failed { message: "`x/Dockerfile` cannot be read".to_owned(), errors },
    };
    let found = findings(&failed(&errors));
    assert_eq!((found[0].severity, found[0].lines.clone()), (Severity::Error, 3..=3));
    assert_eq!(findings(&failed(&[]))[0].rule, "could-not-run");
    let files = [failed(&errors), failed(&[])];
    assert_eq!(checked_sarif(&files)["runs"][0]["invocations"][0]["executionSuccessful"], false);
    assert_eq!(github::document(&files).matches("::error file=x/Dockerfile,line=").count(), 2);
    assert!(markdown::document(&files).contains("cannot be read"));

    let conversion = conversion(DECLINED.as_bytes());
    let files = [file("Dockerfile", DECLINED.as_bytes(), &conversion, false)];
    let advice = advice(&conversion).unwrap();
    assert!(findings(&files[0])[0].message.contains(&*advice.words));
    assert!(markdown::document(&files).contains("What would help:"));
    let multi = b"FROM a AS b\nFROM c\nCOPY --from=b /x /x\n";
    let conversion = convert(&Request::new(multi, &MemoryContext::default())).unwrap();
    let files = [file("Dockerfile", multi, &conversion, false)];
    assert!(findings(&files[0]).is_empty(), "nothing would help, so nothing is told");
    assert!(markdown::document(&files).contains("already-multi-stage"));
}

/// What a Markdown reader takes for markup that a file must not bring: HTML, links, images.
fn markup(text: &str) -> Vec<String> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let known = ["<!-- msb -->", "<details>", "</details>", "<summary>", "</summary>"];
    let foreign = |event| match event {
        Event::Html(html) | Event::InlineHtml(html) => {
            let mut html = html.to_string();
            known.iter().for_each(|tag| html = html.replace(tag, ""));
            html.contains('<').then_some(html)
        }
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
        _ => None,
    };
    Parser::new_ext(text, options).filter_map(foreign).collect()
}

#[test]
fn a_comment_holds_names_as_text() {
    let (go, guess, declined) =
        (conversion(GO.as_bytes()), conversion(GUESS.as_bytes()), conversion(DECLINED.as_bytes()));
    let files = [
        file(HOSTILE, GO.as_bytes(), &go, true),
        file(HOSTILE, GUESS.as_bytes(), &guess, true),
        file(HOSTILE, DECLINED.as_bytes(), &declined, true),
    ];
    let text = markdown::document(&files);
    assert_eq!(markup(&text), [""; 0], "{text}");
    assert!(markup("[a](b) <b>").len() == 2, "the reader sees what is looked for");
    let (mut code, mut words) = (String::new(), String::new());
    let mut in_block = false;
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_block = true,
            Event::End(TagEnd::CodeBlock) => in_block = false,
            Event::Code(text) => code += &text,
            Event::Text(text) if !in_block => words += &text,
            _ => {}
        }
    }
    assert!(code.contains("<img src=x onerror=alert(1)>"), "{code}");
    assert!(code.contains("@all") && !words.contains("@all"), "nobody is called but in code: {words}");
}

#[test]
fn every_cell_of_a_comment_stays_in_its_row() {
    let source = "FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY go.mod main.go ./\nRUN CGO_ENABLED=0 go build -o /app/server . && echo '|' | cat && echo '```</details>'\nCMD [\"/app/server\"]\n";
    let conversion = conversion(source.as_bytes());
    assert!(conversion.output.is_some(), "{:?}", conversion.outcome);
    let files = [file("Dockerfile", source.as_bytes(), &conversion, true)];
    let text = markdown::document(&files);
    assert!(markup(&text).is_empty(), "{text}");
    let mut columns = 0;
    let mut in_row = 0;
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Table(aligned)) => columns = aligned.len(),
            Event::Start(Tag::TableRow) => in_row = 0,
            Event::Start(Tag::TableCell) => in_row += 1,
            Event::End(TagEnd::TableRow) => assert_eq!(in_row, columns, "{text}"),
            _ => {}
        }
    }
    assert_eq!(columns, 4, "the table of every line's reason was there");
}

#[test]
fn workflow_commands_are_one_line_each() {
    let (go, declined) = (conversion(GO.as_bytes()), conversion(DECLINED.as_bytes()));
    let files = [file(HOSTILE, GO.as_bytes(), &go, true), file(HOSTILE, DECLINED.as_bytes(), &declined, true)];
    let text = github::document(&files);
    assert_eq!(text.lines().count(), 2, "{text}");
    for line in text.lines() {
        let (properties, _) = line.trim_start_matches(':').split_once("::").unwrap();
        let (command, properties) = properties.split_once(' ').unwrap();
        assert!(["warning", "notice"].contains(&command));
        let decoded = |text: &str| {
            text.replace("%3A", ":").replace("%2C", ",").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
        };
        let file = properties.split(',').find_map(|property| property.strip_prefix("file=")).unwrap();
        assert_eq!(decoded(file), HOSTILE);
        assert_eq!(properties.split(',').count(), 4);
    }
}

#[test]
fn reports_fit_their_schemas() {
    let schema = |name: &str| -> Value {
        let path = format!("{}/tests/schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    let (rd, quality) = (schema("rdjson"), schema("gitlab"));
    let (go, guess, declined) =
        (conversion(GO.as_bytes()), conversion(GUESS.as_bytes()), conversion(DECLINED.as_bytes()));
    let errors = convert(&Request::new(b"FORM a\n", &MemoryContext::default())).unwrap_err();
    let failed = Answer::Failed { message: String::new(), errors: &errors };
    let files = [
        file(HOSTILE, GO.as_bytes(), &go, true),
        file("b", GUESS.as_bytes(), &guess, true),
        file("b", DECLINED.as_bytes(), &declined, true),
        File { place: b"c", context: None, is_context_named: false, about: None, answer: failed },
    ];
    checked_sarif(&files);
    let all = gitlab::document(&files);
    for (schema, made) in [(&rd, rdjson::document(&files)), (&quality, all.clone())] {
        let errors: Vec<String> =
            jsonschema::validator_for(schema).unwrap().iter_errors(&made).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} in {made:#}");
        assert!(!jsonschema::is_valid(schema, &serde_json::json!({ "diagnostics": [{}] })), "a schema that refuses");
    }
    let mut ids: Vec<&str> = all.as_array().unwrap().iter().map(|one| one["fingerprint"].as_str().unwrap()).collect();
    let before = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), before, "one fingerprint for each finding");
}

#[test]
fn a_comment_is_never_longer_than_platforms_take() {
    let go = conversion(GO.as_bytes());
    let names: Vec<String> = (0..300).map(|i| format!("services/number-{i}/Dockerfile")).collect();
    let files: Vec<File<'_>> = names.iter().map(|name| file(name, GO.as_bytes(), &go, true)).collect();
    let text = markdown::document(&files);
    assert!(text.chars().count() <= 65_536, "{}", text.chars().count());
    assert!(names.iter().all(|name| text.contains(name.as_str())), "each file is named");
    assert!(text.contains("Every line's reason"), "the first ones are told whole");
}

#[test]
fn a_patch_names_a_file_once() {
    let go = conversion(GO.as_bytes());
    let files = [file("Dockerfile", GO.as_bytes(), &go, true), file("Dockerfile", GO.as_bytes(), &go, true)];
    assert_eq!(String::from_utf8(patch::document(&files)).unwrap().matches("--- a/Dockerfile").count(), 1);
}

#[test]
fn baselines_know_files_by_path_and_rule() {
    let (go, guess) = (conversion(GO.as_bytes()), conversion(GUESS.as_bytes()));
    let files = [file("a", GO.as_bytes(), &go, true)];
    let baseline = baseline::Baseline::of(&files);
    let again = baseline::Baseline::parse(baseline.text().as_bytes()).unwrap();
    assert_eq!(again, baseline);
    assert!(again.knows(&files[0]) && again.len() == 1);
    assert!(again.knows(&file("a", GUESS.as_bytes(), &guess, false)), "the same finding, by another text");
    assert!(!again.knows(&file("b", GO.as_bytes(), &go, true)));
    for (text, words) in [
        ("", "no baseline"),
        ("{\"version\":1}", "known"),
        ("{\"version\":9,\"known\":[]}", "version 9"),
        ("{\"version\":1,\"known\":[],\"more\":1}", "more"),
    ] {
        let error = baseline::Baseline::parse(text.as_bytes()).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn the_page_of_rules_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md");
    let made = pages::markdown();
    assert!(markup(&made).is_empty());
    assert!(rules::ALL.iter().all(|rule| made.contains(&format!("### `{}`", rule.id))));
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == made, "write it anew: cargo run -- rules --markdown > docs/rules.md");
}
