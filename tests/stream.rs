//! `msb stream`: a line in, a line out. The answers are those of `msb convert`, in order, and nothing that a line holds stops the others.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]
#[path = "support/command.rs"]
mod command;

use assert_cmd::Command;
use command::{Answer, msb};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const GO: &str = "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app/x .\nCMD [\"/app/x\"]\n";

/// A program that is safe to convert.
fn go(id: impl Into<Value>) -> Value {
    let files = json!({"go.mod": "module x\n", "main.go": "package main\n\nfunc main() {}\n"});
    json!({"id": id.into(), "dockerfile": GO, "files": files})
}

fn streamed(arguments: &[&str], text: impl Into<Vec<u8>>) -> (Vec<Value>, Answer) {
    streamed_in(tempfile::tempdir().unwrap().path(), arguments, text)
}

fn streamed_in(folder: &Path, arguments: &[&str], text: impl Into<Vec<u8>>) -> (Vec<Value>, Answer) {
    let arguments: Vec<&str> = std::iter::once("stream").chain(arguments.iter().copied()).collect();
    let mut command = Command::cargo_bin("msb").unwrap();
    let answer = Answer::of(command.args(arguments).current_dir(folder).write_stdin(text).output().unwrap());
    let rows = answer.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")));
    (rows.collect(), answer)
}

fn lines(all: &[Value]) -> String {
    all.iter().map(|line| format!("{line}\n")).collect()
}

/// The only answer to one line.
fn answer(arguments: &[&str], line: &Value) -> Value {
    let (mut rows, answer) = streamed(arguments, lines(std::slice::from_ref(line)));
    assert_eq!(rows.len(), 1, "{answer:#?}");
    rows.remove(0)
}

#[track_caller]
fn refused(line: &Value, words: &[&str]) {
    let row = answer(&[], line);
    let error = row["error"].as_str().unwrap_or_else(|| panic!("{row:#}"));
    assert_eq!((&row["verdict"], &row["path"], &row["id"]), (&json!("error"), &json!("-"), &line["id"]), "{row:#}");
    assert!(words.iter().chain(&["line 1: "]).all(|words| error.contains(words)), "{words:?}: {error}");
}

/// The files below a folder by their paths; nothing when one of them is no text.
fn texts(folder: &Path) -> Option<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            found.insert(name, fs::read_to_string(&path).ok()?);
        }
    }
    Some(found)
}

fn written(folder: &Path, files: &BTreeMap<String, String>) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// What `msb convert` says of a Dockerfile in its context, and the converted text.
fn converted(files: &BTreeMap<String, String>, path: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let (context, out) = (folder.path().join("context"), folder.path().join("out"));
    written(&context, files);
    let answer = msb(&context, &["convert", path, "--context", ".", "--format", "json", "-o", out.to_str().unwrap()]);
    let run: Value = serde_json::from_str(&answer.out).unwrap_or_else(|error| panic!("{error}: {answer:#?}"));
    let mut file = run["files"][0].clone();
    file["written"] = json!(false);
    if let Ok(text) = fs::read_to_string(&out) {
        file["output"] = json!(text);
    }
    file
}

fn without_id(row: &Value) -> Value {
    let mut row: Map<String, Value> = row.as_object().unwrap().clone();
    row.remove("id").unwrap();
    Value::Object(row)
}

#[test]
fn the_answers_are_those_of_convert() {
    let mut cases: Vec<PathBuf> =
        fs::read_dir(Path::new(ROOT).join("tests/ordinary")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    let chosen = cases.iter().step_by(9).filter_map(|case| Some((case, texts(&case.join("context"))?)));
    let chosen: Vec<(&PathBuf, BTreeMap<String, String>)> = chosen.collect();
    assert!(chosen.len() >= 30, "{}", chosen.len());
    let line = |(case, files): &(&PathBuf, BTreeMap<String, String>)| {
        let mut files = files.clone();
        let dockerfile = files.remove("Dockerfile").unwrap();
        json!({"id": case.file_name().unwrap().to_str(), "dockerfile": dockerfile, "files": files})
    };
    let (rows, _) = streamed(&[], lines(&chosen.iter().map(line).collect::<Vec<_>>()));
    assert_eq!(rows.len(), chosen.len());
    let mut outputs = 0;
    for (row, (case, files)) in rows.iter().zip(&chosen) {
        assert_eq!(row["id"], *case.file_name().unwrap().to_str().unwrap());
        assert_eq!(without_id(row), converted(files, "Dockerfile"), "{}", case.display());
        outputs += usize::from(row["output"].is_string());
    }
    assert!(outputs >= 15 && outputs < rows.len(), "{outputs} of {} are converted", rows.len());
}

/// A project whose other files decide over the answer: an ignore file, a policy, heuristics, a compose file.
fn decided() -> BTreeMap<String, String> {
    let files = [
        (
            "build/docker/Dockerfile",
            "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nRUN mkthing && go build -o /app/x .\nCMD [\"/app/x\"]\n",
        ),
        ("build/docker/Dockerfile.dockerignore", "secret.txt\n"),
        (".dockerignore", "main.go\n"),
        ("secret.txt", "x\n"),
        ("go.mod", "module x\n"),
        ("main.go", "package main\n\nfunc main() {}\n"),
        (
            "docker-compose.yml",
            "services:\n  x:\n    build: {context: ., dockerfile: build/docker/Dockerfile}\n    command: /app/x --port 1\n",
        ),
        ("build/.msb.toml", "min_gain = 10\n\n[runtime]\ngo = \"debian:bookworm-slim\"\n"),
        (".msb/heuristics/mine.toml", MINE),
    ];
    files.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

const MINE: &str = "id = \"mine\"\nname = \"Mine\"\n\n[[command]]\nid = \"mkthing\"\nmatch = [\"mkthing\"]\nrole = \"build\"\n\
                    writes = [{ path = \"${PWD}/thing\", kind = \"artifact\" }]\nbecause = \"makes a thing\"\n";

#[test]
fn what_decides_over_an_answer_is_read_of_the_files() {
    let files = decided();
    let path = "build/docker/Dockerfile";
    let expected = converted(&files, path);
    let line =
        |files: &BTreeMap<String, String>| json!({"id": 1, "dockerfile": files[path], "path": path, "files": files});
    assert_eq!(without_id(&answer(&[], &line(&files))), expected);
    assert_eq!(
        (&expected["verdict"], &expected["plan"]["runtime_image"]),
        (&json!("safe"), &json!("debian:bookworm-slim"))
    );
    for name in [".msb/heuristics/mine.toml", "build/.msb.toml", "build/docker/Dockerfile.dockerignore"] {
        let mut fewer = files.clone();
        fewer.remove(name).unwrap();
        assert_ne!(without_id(&answer(&[], &line(&fewer))), expected, "{name} is not read");
        let mut by_name = line(&fewer);
        by_name["names"] = json!([name]);
        refused(&by_name, &[name, "known by name only", "put it into `files`"]);
    }
}

#[test]
fn a_folder_on_disk_is_the_context() {
    let folder = tempfile::tempdir().unwrap();
    let files = decided();
    written(folder.path(), &files);
    let path = "build/docker/Dockerfile";
    let expected = converted(&files, path);
    // Outside of a repository, how far up other files count depends on the working directory, as it does for `convert`.
    let mut line = json!({"id": null, "dockerfile": files[path], "path": path, "context": "."});
    let (rows, _) = streamed_in(folder.path(), &[], lines(std::slice::from_ref(&line)));
    assert_eq!(without_id(&rows[0]), expected);
    line["context"] = json!(folder.path());
    // The text counts, and the file may not be there yet.
    fs::remove_file(folder.path().join(path)).unwrap();
    let row = answer(&[], &line);
    assert_eq!((&row["verdict"], &row["output"]), (&json!("safe"), &expected["output"]), "{row:#}");
    line["files"] = json!({});
    refused(&line, &["`context` and `files` both say"]);
    line["files"] = Value::Null;
    line["context"] = json!(folder.path().join("none"));
    let (rows, ended) = streamed(&[], lines(&[line]));
    assert!(rows[0]["error"].as_str().unwrap().contains("none` does not exist"), "{rows:#?}");
    assert_eq!(ended.code, 0, "the line could be read: {ended:#?}");
}

#[test]
fn names_are_there_and_their_contents_are_unknown() {
    let dockerfile = "FROM python:3.11\nWORKDIR /app\nCOPY requirements.txt data.bin ./\nRUN pip install -r requirements.txt\nCOPY app.py .\nCMD [\"python\", \"app.py\"]\n";
    let files = json!({"requirements.txt": "flask\n", "app.py": "import flask\n"});
    let mut line = json!({"dockerfile": dockerfile, "files": files});
    let rule = |row: &Value| row["reasons"][0]["rule"].clone();
    assert_eq!(rule(&answer(&[], &line)), "source-missing");
    line["names"] = json!(["data.bin", "models/", "./app.py"]);
    let row = answer(&[], &line);
    assert_ne!(rule(&row), "source-missing", "{row:#}");
    assert!(row["plan"].is_object(), "{row:#}");
    // Without any file nothing is known of the context, which is less than that it is empty.
    assert_ne!(rule(&answer(&[], &json!({"dockerfile": dockerfile}))), "source-missing");
    assert_eq!(rule(&answer(&[], &json!({"dockerfile": dockerfile, "files": {}}))), "source-missing");
    let row = answer(&[], &json!({"dockerfile": dockerfile, "names": ["data.bin", "requirements.txt", "app.py"]}));
    assert_ne!(rule(&row), "source-missing", "{row:#}");
}

#[test]
fn paths_that_leave_the_context_are_refused() {
    for path in ["../x", "/etc/passwd", "a/../../x", "", "."] {
        let mut line = go("a");
        line["names"] = json!(["ok", path]);
        refused(&line, &["entry 2 of `names`", "not below the root"]);
        let mut line = go("a");
        line["files"][path] = json!("");
        refused(&line, &["a path in `files`", "not below the root"]);
        let mut line = go("a");
        line["path"] = json!(path);
        refused(&line, &["`path` is", "not below the root"]);
    }
    let with = |key: &str, value: Value| {
        let mut line = go("a");
        line[key] = value;
        line
    };
    refused(&with("names", json!([" "])), &["entry 1 of `names`"]);
    refused(&with("names", json!(["a\nb"])), &["a\\nb", "line end"]);
    refused(&with("path", json!("docker/")), &["`path` is `docker/`, a folder"]);
    refused(&with("names", json!([".dockerignore"])), &["`.dockerignore` is known by name only"]);
}

#[test]
fn files_that_decide_and_are_wrong_are_said() {
    let said = |line: &Value, words: &[&str]| {
        let (rows, ended) = streamed(&[], lines(std::slice::from_ref(line)));
        assert_eq!((ended.code, &rows[0]["verdict"], &rows[0]["id"]), (0, &json!("error"), &json!("a")), "{ended:#?}");
        let error = rows[0]["error"].as_str().unwrap();
        assert!(words.iter().all(|words| error.contains(words)), "{words:?}: {error}");
    };
    let with = |name: &str, text: &str| {
        let mut line = go("a");
        line["files"][name] = json!(text);
        line
    };
    said(&with(".dockerignore", "a\n[\n"), &["`.dockerignore`, line 2", "not a valid pattern"]);
    said(&with("Dockerfile.dockerignore", "["), &["`Dockerfile.dockerignore`, line 1"]);
    said(&with(".msb.toml", "keeep = []\n"), &[".msb.toml:1:1", "keeep"]);
    said(&with(".msb/heuristics/x.toml", "["), &[".msb/heuristics/x.toml:1", "mend the file"]);
    let folder = tempfile::tempdir().unwrap();
    let line = json!({"id": "a", "dockerfile": GO, "context": folder.path(), "names": ["x", ".dockerignore"]});
    said(&line, &["`names`", "line 2", "`.dockerignore` is known by name only"]);
}

#[test]
fn the_page_shows_a_line_that_is_read_and_describes_every_key() {
    let page = fs::read_to_string(Path::new(ROOT).join("docs/stream.md")).unwrap();
    let shown = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let row = answer(&[], &serde_json::from_str(shown).unwrap());
    assert_eq!((&row["id"], &row["verdict"]), (&json!("svc/a"), &json!("safe")), "{row:#}");
    assert!(row["output"].as_str().unwrap().starts_with("FROM golang:1.22 AS builder\n"), "{row:#}");
    for (side, name) in [("# A line in", "stream-request"), ("# A line out", "stream-answer")] {
        let part = page.split(side).nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
        let known = schema(&format!("{name}.schema.json"));
        for key in known["properties"].as_object().unwrap().keys() {
            assert!(part.contains(&format!("`{key}`")), "{side} says nothing of `{key}`");
        }
    }
}

#[test]
fn files_that_contradict_each_other_are_refused() {
    let with = |files: Value| json!({"id": "a", "dockerfile": GO, "files": files});
    refused(&with(json!({"a/b": "", "a//b": ""})), &["`a//b` is twice"]);
    refused(&with(json!({"a": "", "a/b/c": ""})), &["`a` is a file and the folder of `a/b/c`"]);
    refused(&with(json!({"a/": ""})), &["`a/`, a folder"]);
    refused(&with(json!({"Dockerfile": "FROM x\n"})), &["another text for `Dockerfile`"]);
    refused(&with(json!({"a": null})), &["no text for `a`", "`names`"]);
    let twice = "{\"id\": \"a\", \"dockerfile\": \"FROM x\", \"files\": {\"b\": \"1\", \"b\": \"2\"}}\n";
    let (rows, _) = streamed(&[], twice);
    assert!(rows[0]["error"].as_str().unwrap().contains("`b` is twice"), "{rows:#?}");
    assert_eq!(answer(&[], &with(json!({"Dockerfile": GO})))["verdict"], "safe", "the same text is no contradiction");
}

#[test]
fn many_lines_are_answered_in_order() {
    let slow = go(0);
    let all: Vec<Value> = (0..400)
        .map(|id| match id % 50 {
            0 => json!({"id": id, "dockerfile": slow["dockerfile"], "files": slow["files"]}),
            _ => json!({"id": id, "dockerfile": format!("FROM alpine:3.{id}\n")}),
        })
        .collect();
    let (rows, answer) = streamed(&["--jobs", "4"], lines(&all));
    answer.ends(0);
    let ids: Vec<i64> = rows.iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, (0..400).collect::<Vec<i64>>());
    assert!(rows.iter().all(|row| (row["verdict"] == "safe") == (row["id"].as_i64().unwrap() % 50 == 0)));
    let (again, _) = streamed(&["--jobs", "1"], lines(&all));
    assert_eq!(again, rows, "the number of threads changes nothing");
}

#[test]
fn what_is_no_request_is_an_answer_with_an_error() {
    let text = format!(
        "{}not JSON\n{{\"id\": \"cut\", \"docker\n{{\"id\": 7, \"files\": {{}}}}\n[\"a\", \"FROM x\"]\n\n\
         {{\"id\": \"b\", \"dockerfile\": \"FROM x\", \"file\": {{}}}}\n{{\"dockerfile\": 3, \"id\": {{}}}}\n{}",
        lines(&[go("first")]),
        lines(&[go("last")]),
    );
    let (rows, answer) = streamed(&[], text);
    answer.ends(2).says("7 lines could not be read");
    assert_eq!(rows.len(), 9);
    assert_eq!((&rows[0]["verdict"], &rows[8]["verdict"]), (&json!("safe"), &json!("safe")));
    let expected = [
        (Value::Null, "line 2: it is no JSON object"),
        (Value::Null, "line 3: it is no JSON: EOF while parsing a string at byte 21"),
        (json!(7), "line 4: missing field `dockerfile`"),
        (Value::Null, "line 5: it is no JSON object"),
        (Value::Null, "line 6: it is empty"),
        (json!("b"), "line 7: unknown field `file`, expected one of"),
        (Value::Null, "line 8: "),
    ];
    for (row, (id, words)) in rows[1..8].iter().zip(&expected) {
        let error = row["error"].as_str().unwrap();
        assert!(error.starts_with(words) && error.contains("{\"id\": \"a\""), "{words}: {error}");
        assert_eq!((&row["id"], &row["verdict"]), (id, &json!("error")), "{row:#}");
    }
}

#[test]
fn a_dockerfile_that_is_refused_is_an_answer() {
    let (rows, answer) = streamed(&[], lines(&[json!({"id": "a", "dockerfile": "FORM x\n", "path": "d/Dockerfile"})]));
    answer.ends(0);
    assert_eq!((&rows[0]["verdict"], &rows[0]["path"]), (&json!("error"), &json!("d/Dockerfile")));
    assert!(rows[0]["error"].as_str().unwrap().contains("d/Dockerfile:1:1"), "{rows:#?}");
    let (rows, answer) = streamed(&[], "");
    answer.ends(0);
    assert!(rows.is_empty());
}

#[test]
fn a_line_above_the_limit_is_skipped_and_said() {
    let mut text = lines(&[go(1)]);
    let limit = 16 << 20;
    let full = |length: usize| {
        let frame = "{\"id\": 2, \"dockerfile\": \"FROM x\", \"names\": [\"\"]}".len();
        format!("{{\"id\": 2, \"dockerfile\": \"FROM x\", \"names\": [\"{}\"]}}\n", "n".repeat(length - frame))
    };
    text += &full(limit + 1);
    text += &full(limit);
    text += &lines(&[go(3)]);
    let (rows, answer) = streamed(&[], text);
    answer.ends(2).says("1 lines could not be read");
    let error = rows[1]["error"].as_str().unwrap();
    assert!(error.starts_with("line 2: it has 16777217 bytes, and the limit is 16 MiB"), "{error}");
    assert_eq!((&rows[1]["id"], &rows[1]["verdict"]), (&Value::Null, &json!("error")));
    assert_ne!(rows[2]["verdict"], "error", "what is as long as the limit is read");
    assert_eq!((&rows[0]["verdict"], &rows[3]["id"], &rows[3]["verdict"]), (&json!("safe"), &json!(3), &json!("safe")));
}

#[test]
fn lines_end_as_they_do_elsewhere() {
    let line = go("same").to_string();
    let (plain, _) = streamed(&[], format!("{line}\n"));
    for text in [line.clone(), format!("{line}\r\n"), format!("\u{feff}{line}\n"), format!("  {line} \t\n")] {
        let (rows, answer) = streamed(&[], text.clone());
        assert_eq!(rows, plain, "{text:?}: {answer:#?}");
    }
    let (rows, answer) = streamed(&[], format!("{line}\n{line}\r\n{line}"));
    answer.ends(0);
    assert_eq!(rows, [&plain[0], &plain[0], &plain[0]].map(Clone::clone), "equal ids are answered each");
    let (rows, answer) = streamed(&[], format!("{line}\n\n"));
    answer.ends(2);
    assert_eq!(rows.len(), 2, "an empty line is answered, so that the lines of both sides belong together");
}

#[test]
fn what_needs_a_look_is_given_away_only_when_asked_for() {
    let case = Path::new(ROOT).join("corpus/c-heredoc");
    let mut files = texts(&case.join("context")).unwrap();
    files.remove("Dockerfile");
    let dockerfile = fs::read_to_string(case.join("Dockerfile")).unwrap();
    let line = json!({"id": 1, "dockerfile": dockerfile, "files": files});
    let row = answer(&[], &line);
    assert_eq!(row["verdict"], "unsafe", "{row:#}");
    assert!(row["plan"].is_object() && row.get("output").is_none() && row.get("diff").is_none(), "{row:#}");
    let row = answer(&["--unsafe"], &line);
    assert!(row["output"].as_str().unwrap().contains("AS builder") && row["diff"].is_string(), "{row:#}");
    let (_, ended) = streamed(&["--allow-dirty"], "");
    ended.ends(2).says("a stream writes none");
    let row = answer(&["--min-gain", "5000", "--unsafe"], &line);
    assert_eq!(row["verdict"], "unchanged", "options count for every line: {row:#}");
}

/// `msb stream` with pipes to both ends.
fn started() -> Child {
    let program = assert_cmd::cargo::cargo_bin("msb");
    let mut command = std::process::Command::new(program);
    command.arg("stream").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits for a process to end by itself.
fn ended(mut child: Child) -> Answer {
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Answer::of(child.wait_with_output().unwrap())
}

#[test]
fn who_waits_for_an_answer_gets_it() {
    let mut child = started();
    let mut stdin = child.stdin.take().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let (send, answers) = mpsc::channel();
    let reader = std::thread::spawn(move || stdout.lines().try_for_each(|line| send.send(line.unwrap())));
    for id in 0..3 {
        // Once in two pieces.
        let line = lines(&[go(id)]);
        let (head, tail) = line.split_at(if id == 1 { 40 } else { 0 });
        stdin.write_all(head.as_bytes()).unwrap();
        stdin.flush().unwrap();
        stdin.write_all(tail.as_bytes()).unwrap();
        stdin.flush().unwrap();
        let line = answers.recv_timeout(PATIENCE).expect("the answer comes while the input is open");
        let row: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&row["id"], &row["verdict"]), (&json!(id), &json!("safe")));
    }
    drop(stdin);
    ended(child).ends(0);
    assert!(reader.join().unwrap().is_ok());
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = started();
    let mut stdin = child.stdin.take().unwrap();
    drop(child.stdout.take());
    stdin.write_all(lines(&[go(1)]).as_bytes()).unwrap();
    stdin.flush().unwrap();
    // The input stays open.
    let answer = ended(child).ends(0);
    assert_eq!(answer.err, "");
    drop(stdin);
}

#[test]
fn broken_heuristics_of_the_working_directory_are_said_once() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), &BTreeMap::from([(".msb/heuristics/x.toml".to_owned(), "[".to_owned())]));
    let (_, answer) = streamed_in(folder.path(), &[], lines(&[go(1), go(2)]));
    let answer = answer.ends(2).prints_nothing();
    assert_eq!(answer.err.matches("x.toml").count(), 1, "{answer:#?}");
}

fn schema(name: &str) -> Value {
    serde_json::from_slice(&fs::read(Path::new(ROOT).join("schemas").join(name)).unwrap()).unwrap()
}

/// The schema of an answer: a file of a run, with two fields more.
fn answer_schema() -> Value {
    let mut run = schema("run.schema.json");
    let mut definitions = run["$defs"].take();
    let mut file = definitions.as_object_mut().unwrap().remove("file").unwrap();
    let mut made = json!({
        "$schema": run["$schema"],
        "title": "An answer of msb stream",
        "description": "A line that `msb stream` prints: the answer to one line of its input, in the form of `files[]` of `msb convert --format json`.",
    });
    file["required"].as_array_mut().unwrap().insert(0, json!("id"));
    let properties = file["properties"].as_object_mut().unwrap();
    properties.shift_remove("verification").unwrap();
    let id = json!({
        "description": "What the line has as `id`; null where it has none, or could not be read.",
        "type": ["string", "integer", "null"],
    });
    let output = json!({"description": "The converted Dockerfile, where it may be given away.", "type": "string"});
    properties.insert("id".to_owned(), id);
    properties.insert("output".to_owned(), output);
    properties["path"]["description"] =
        json!("Where the Dockerfile lies, from the root of the context; `-` where the line could not be read.");
    properties["error"]["description"] = json!("What is wrong with the line or its Dockerfile, where, and what to do.");
    let has_output = json!({
        "if": {"required": ["output"]},
        "then": {"required": ["diff"], "properties": {"verdict": {"enum": ["safe", "unsafe"]}}},
    });
    file["allOf"].as_array_mut().unwrap().push(has_output);
    made.as_object_mut().unwrap().extend(file.as_object().unwrap().clone());
    made["$defs"] = definitions;
    made
}

#[test]
fn the_schema_of_answers_is_that_of_what_is_printed() {
    let made = answer_schema();
    let path = Path::new(ROOT).join("schemas/stream-answer.schema.json");
    if std::env::var_os("MSB_WRITE_SCHEMA").is_some() {
        fs::write(&path, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    let words = "run `MSB_WRITE_SCHEMA=1 cargo test schema` and look at the difference";
    assert!(
        fs::read_to_string(&path).is_ok_and(|kept| serde_json::from_str::<Value>(&kept).unwrap() == made),
        "{words}"
    );
    let requests = jsonschema::validator_for(&schema("stream-request.schema.json")).unwrap();
    let answers = jsonschema::validator_for(&made).unwrap();
    let good = [
        go("a"),
        json!({"dockerfile": "FORM x\n"}),
        json!({"id": -3, "dockerfile": "FROM a\n", "path": "b/Dockerfile", "names": ["c"], "files": null}),
        json!({"id": null, "dockerfile": "FROM a\n", "context": "none"}),
    ];
    let bad = [
        json!({"id": 1}),
        json!({"id": 1.5, "dockerfile": ""}),
        json!({"dockerfile": "", "files": ["a"]}),
        json!({"dockerfile": "", "names": "a"}),
        json!({"dockerfile": "", "more": 1}),
        json!([]),
    ];
    let (rows, _) = streamed(&[], lines(&good) + &lines(&bad));
    assert_eq!(rows.len(), good.len() + bad.len());
    for (line, row) in good.iter().chain(&bad).zip(&rows) {
        let errors: Vec<String> = answers.iter_errors(row).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}: {row:#}");
        assert_eq!(requests.is_valid(line), row["path"] != "-", "{line} {row:#}");
    }
    let mut broken = rows[0].clone();
    broken["verdict"] = json!("declined");
    assert!(!answers.is_valid(&broken), "only what is converted has an output");
}
