//! Reviews by the real binary: forms, which files count, and the files that carry msb into other tools.
//!
//! Above 600 lines: each test stands for itself, and all share one folder of projects.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]
#[path = "support/command.rs"]
mod command;

use command::{Answer, git, msb, skipped};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const GO: &str = "FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY go.mod main.go ./\nRUN CGO_ENABLED=0 go build -o /app/server .\nCMD [\"/app/server\"]\n";
const MULTI: &str = "FROM golang:1.22 AS build\nRUN go version\nFROM scratch\nCOPY --from=build /x /x\n";
/// Rests on a guess.
const GUESS: &str = include_str!("../corpus/c-heredoc/Dockerfile");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A repository with Go programs in some folders.
struct Repository {
    folder: TempDir,
}

impl Repository {
    /// Nothing where there is no git, which is said aloud.
    fn new(folders: &[&str]) -> Option<Repository> {
        let repository = Repository { folder: tempfile::tempdir().unwrap() };
        if !repository.git(&["init", "-q", "-b", "main"]) {
            skipped("no git");
            return None;
        }
        for folder in folders {
            repository.write(&format!("{folder}/Dockerfile"), GO);
            repository.write(&format!("{folder}/go.mod"), "module example.org/server\n\ngo 1.22\n");
            repository.write(&format!("{folder}/main.go"), "package main\n\nfunc main() {\n\tprintln(1)\n}\n");
        }
        repository.commit();
        Some(repository)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.file(name).parent().unwrap()).unwrap();
        fs::write(self.file(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    fn commit(&self) {
        assert!(self.git(&["add", "-A"]));
        assert!(self.git(&["commit", "-q", "--allow-empty", "-m", "x"]));
    }

    fn git(&self, arguments: &[&str]) -> bool {
        git(self.folder.path(), arguments).is_some()
    }

    fn msb(&self, arguments: &[&str]) -> Answer {
        msb(self.folder.path(), arguments)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let answer = self.msb(arguments);
        serde_json::from_str(&answer.out).unwrap_or_else(|error| panic!("{error}: {answer:#?}"))
    }
}

fn schema(name: &str) -> Value {
    serde_json::from_slice(&fs::read(Path::new(ROOT).join(name)).unwrap()).unwrap()
}

#[test]
fn one_patch_for_all_files_applies_anywhere() {
    let Some(repository) = Repository::new(&["a", "b b/\"c\"", "ü"]) else { return };
    let answer = repository.msb(&["batch", ".", "--format", "diff"]).ends(0).says("3 files: 3 safe");
    repository.write("x.patch", &answer.out);
    let below = repository.file("b b");
    // In a folder below, git takes what lies in it.
    assert!(git(&below, &["apply", "../x.patch"]).is_some(), "{answer:#?}");
    assert_ne!(repository.read("b b/\"c\"/Dockerfile"), GO);
    assert!(git(&below, &["apply", "-R", "../x.patch"]).is_some());
    assert_eq!(repository.read("a/Dockerfile"), GO);
    assert!(repository.git(&["apply", "x.patch"]));
    for folder in ["a", "b b/\"c\"", "ü"] {
        assert_eq!(repository.read(&format!("{folder}/Dockerfile")).matches("FROM ").count(), 2);
    }
    repository.msb(&["batch", ".", "--check"]).ends(0).prints("3 unchanged");
    let convert = repository.msb(&["convert", "a/Dockerfile", "--format", "diff"]).ends(0);
    assert_eq!(convert.out, "", "nothing is left to convert");
}

#[test]
#[cfg(unix)]
fn a_name_that_is_no_utf_8_is_patched_and_told() {
    use std::os::unix::ffi::OsStrExt as _;
    let Some(repository) = Repository::new(&["a"]) else { return };
    let odd = repository.folder.path().join(std::ffi::OsStr::from_bytes(b"\xff\n"));
    if fs::rename(repository.file("a"), &odd).is_err() {
        return skipped("the file system takes no such name");
    }
    repository.msb(&["batch", "."]).ends(0).prints("\u{fffd}\\n/Dockerfile  safe");
    let answer = repository.msb(&["batch", ".", "--format", "diff"]).ends(0).prints("\"a/\\377\\n/Dockerfile\"");
    repository.write("x.patch", &answer.out);
    assert!(repository.git(&["apply", "x.patch"]), "{answer:#?}");
    assert_eq!(fs::read_to_string(odd.join("Dockerfile")).unwrap().matches("FROM ").count(), 2);
}

#[test]
fn every_form_comes_from_one_run() {
    let Some(repository) = Repository::new(&["a"]) else { return };
    repository.write("guess/Dockerfile", GUESS);
    repository.write("bad/Dockerfile", "FROM x\nCOPPY a b\n");
    let forms = ["json", "diff", "sarif", "rdjson", "github", "gitlab", "markdown"];
    let reports: Vec<String> = forms.iter().map(|form| format!("--report={form}=out/{form}")).collect();
    fs::create_dir(repository.file("out")).unwrap();
    let mut arguments = vec!["batch", "."];
    arguments.extend(reports.iter().map(String::as_str));
    repository.msb(&arguments).ends(2).prints("3 files: 1 safe, 1 needs a look, 1 error");
    for form in forms {
        let printed = repository.msb(&["batch", ".", "--format", form]).ends(2);
        assert_eq!(printed.out, repository.read(&format!("out/{form}")), "{form}");
        assert!(printed.out.contains("a/Dockerfile"), "{form}: {printed:#?}");
        assert!(form == "diff" || printed.out.contains("bad/Dockerfile"), "{form}: {printed:#?}");
        assert!(!printed.out.contains('\x1b'), "{form}");
        assert!(
            !printed.out.contains(repository.folder.path().to_str().unwrap()),
            "{form} names no folder of a machine"
        );
        let accepted = repository.msb(&["batch", ".", "--format", form, "--unsafe"]).out;
        if ["diff", "sarif", "rdjson", "markdown"].contains(&form) {
            assert_eq!(printed.out.matches("FROM debian:bookworm AS builder").count(), 0, "{form}");
            assert_ne!(accepted.matches("FROM debian:bookworm AS builder").count(), 0, "{form}");
        }
    }
    let sarif = repository.json(&["batch", ".", "--format", "sarif"]);
    let typed: serde_sarif::sarif::Sarif = serde_json::from_value(sarif.clone()).unwrap();
    assert_eq!(serde_json::to_value(typed).unwrap(), sarif);
    let quality = repository.json(&["batch", ".", "--format", "gitlab"]);
    assert!(jsonschema::is_valid(&schema("tests/schemas/gitlab.json"), &quality), "{quality:#}");
    let rdjson = repository.json(&["batch", ".", "--format", "rdjson"]);
    assert!(jsonschema::is_valid(&schema("tests/schemas/rdjson.json"), &rdjson), "{rdjson:#}");
    repository.msb(&["batch", ".", "--report", "text=x"]).ends(2).says("FORM=FILE");
    repository.msb(&["batch", ".", "--report", "sarif=no/such/folder/x"]).ends(2).says("no/such/folder/x");
    repository.msb(&["convert", "a/Dockerfile", "-o", "-", "--format", "sarif"]).ends(2).says("standard output");
}

#[test]
fn a_comment_tells_how_to_try_and_to_undo_it() {
    let Some(repository) = Repository::new(&["services/the api"]) else { return };
    let answer = repository.msb(&["convert", "services/the api/Dockerfile", "--format", "markdown"]).ends(0);
    let answer = answer.prints("msb convert 'services/the api/Dockerfile' --apply\n");
    let answer = answer.prints("docker build -f 'services/the api/Dockerfile' 'services/the api'\n");
    let answer = answer.prints("git restore 'services/the api/Dockerfile'");
    answer.prints("| base image | `golang:1.22-bookworm` |").prints("**What is guessed**: nothing");
    // What the comment says works.
    repository.msb(&["convert", "services/the api/Dockerfile", "--apply"]).ends(0);
    assert!(!repository.git(&["diff", "--quiet"]));
    assert!(repository.git(&["restore", "services/the api/Dockerfile"]));
    assert_eq!(repository.read("services/the api/Dockerfile"), GO);
}

#[test]
fn only_what_changed() {
    let Some(repository) = Repository::new(&["old", "changed", "staged"]) else { return };
    assert!(repository.git(&["switch", "-q", "-c", "topic"]));
    repository.write("changed/Dockerfile", &format!("# new\n{GO}"));
    repository.commit();
    // What comes to the other branch afterwards is none of this one's changes.
    assert!(repository.git(&["switch", "-q", "main"]));
    repository.write("old/Dockerfile", &format!("# main\n{GO}"));
    repository.commit();
    assert!(repository.git(&["switch", "-q", "topic"]));
    repository.write("staged/Dockerfile", &format!("# staged\n{GO}"));
    assert!(repository.git(&["add", "-A"]));
    repository.write("new ü/Dockerfile", MULTI);
    let names = |arguments: &[&str]| -> Vec<String> {
        let json = repository.json(arguments);
        json["files"].as_array().unwrap().iter().map(|f| f["path"].as_str().unwrap().to_owned()).collect()
    };
    let since = ["batch", ".", "--since", "main", "--format", "json"];
    assert_eq!(names(&since), ["changed/Dockerfile", "new ü/Dockerfile", "staged/Dockerfile"]);
    let convert = ["convert", "old/Dockerfile", "changed/Dockerfile", "--since", "main", "--format", "json"];
    assert_eq!(names(&convert), ["changed/Dockerfile"]);
    repository.commit();
    repository.msb(&["batch", ".", "--since", "HEAD"]).ends(0).says("none of 4 Dockerfiles changed since HEAD");
    repository.msb(&["batch", ".", "--since", "no-such-branch"]).ends(2).says("knows no commit `no-such-branch`");
    repository.msb(&["batch", ".", "--since=--output=x"]).ends(2).says("knows no commit");
    repository.msb(&["batch", ".", "--since="]).ends(2).says("knows no commit");
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("Dockerfile"), GO).unwrap();
    msb(outside.path(), &["batch", ".", "--since", "main"]).ends(2).says("no git repository");
}

#[test]
fn known_findings_are_left_out() {
    let Some(repository) = Repository::new(&["a", "b"]) else { return };
    repository.msb(&["batch", ".", "--check"]).ends(1);
    repository.msb(&["batch", ".", "--baseline", "known.json"]).ends(2).says("--write-baseline known.json");
    repository.msb(&["batch", ".", "--write-baseline", "known.json"]).ends(0).says("2 findings written");
    let check = ["batch", ".", "--check", "--baseline", "known.json"];
    repository.msb(&check).ends(0).says("2 files are left out, whose findings known.json knows");
    repository.write("a/Dockerfile", &format!("# an edit\n{GO}"));
    repository.msb(&check).ends(0);
    repository.write("c/Dockerfile", GUESS);
    fs::create_dir(repository.file("d")).unwrap();
    fs::rename(repository.file("b/Dockerfile"), repository.file("b/Other.Dockerfile")).unwrap();
    repository.msb(&check).ends(1).prints("b/Other.Dockerfile").prints("2 files: 1 safe, 1 needs a look");
    // A known file is not written either.
    repository.msb(&["batch", "a", "--apply", "--allow-dirty", "--baseline", "known.json"]).ends(0);
    assert_eq!(repository.read("a/Dockerfile").matches("FROM").count(), 1);
    // From below, the same file is known by the same path.
    let below = msb(&repository.file("a"), &["convert", "Dockerfile", "--check", "--baseline", "../known.json"]);
    assert_eq!(below.ends(0).out, "");
    repository.write("known.json", "[]");
    repository.msb(&check).ends(2).says("no baseline");
}

#[test]
fn rules_choose_files_and_checks_may_pass() {
    let Some(repository) = Repository::new(&["a"]) else { return };
    repository.write("guess/Dockerfile", GUESS);
    repository.write("multi/Dockerfile", MULTI);
    let batch = |arguments: &[&str]| repository.msb(&[&["batch", "."], arguments].concat());
    batch(&["--only", "single-stage-build"]).ends(0).prints("2 files: 1 safe, 1 needs a look");
    batch(&["--only", "assumed-command"]).ends(0).prints("1 files: 1 needs a look").says("2 files are left out");
    batch(&["--ignore", "assumed-command", "--ignore", "already-multi-stage"]).ends(0).prints("1 files: 1 safe");
    batch(&["--check", "--ignore", "single-stage-build"]).ends(0).prints("1 files: 1 unchanged");
    batch(&["--only", "no-gian"]).ends(2).says("did you mean `no-gain`?");
    batch(&["--only", "no-gain", "--ignore", "no-gain"]).ends(2).says("leave one of them out");
    batch(&["--check"]).ends(1);
    batch(&["--check", "--exit-zero"]).ends(0).prints("safe");
    repository.msb(&["convert", "a/Dockerfile", "--check", "--exit-zero"]).ends(0).prints("a/Dockerfile");
    repository.write("bad/Dockerfile", "FORM x\n");
    batch(&["--check", "--exit-zero"]).ends(2);
    batch(&["--only", "assumed-command"]).ends(2).prints("bad/Dockerfile");
}

#[test]
fn what_would_help_is_said_in_a_line() {
    let Some(repository) = Repository::new(&[]) else { return };
    repository.write("Dockerfile", "ARG BASE\nFROM ${BASE}\nRUN make\nCMD [\"x\"]\n");
    let help = "What would help: give the ARG before FROM a default value.";
    repository.msb(&["convert", "Dockerfile"]).ends(0).says(help);
    repository.msb(&["batch", "."]).ends(0).prints("base-from-argument; what would help: give the ARG");
    let comment = repository.msb(&["batch", ".", "--format", "markdown"]).ends(0);
    comment.prints("What would help: give the ARG before FROM a default value");
    // A file with several stages that could start its last one from less.
    repository.write("Dockerfile", "FROM node:20 AS b\nRUN npm ci\nFROM node:20\nCOPY --from=b /app /app\n");
    let help = "start the last stage, which builds nothing, from `node:20-slim`";
    repository.msb(&["batch", "."]).ends(0).prints(help);
    repository.msb(&["batch", ".", "--format", "markdown"]).ends(0).prints(help);
    repository.msb(&["batch", ".", "--format", "github"]).ends(0).prints("::notice file=Dockerfile,line=3,");
}

#[test]
fn rules_are_listed_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let list = msb(folder.path(), &["rules"]).ends(0).out;
    for rule in msb::rules::ALL {
        assert!(list.contains(rule.id) && list.contains(rule.summary), "{}", rule.id);
    }
    msb(folder.path(), &["rules", "opaque-step"]).ends(0).prints("may write anywhere").prints("What would help:");
    msb(folder.path(), &["rules", "opaque-stop"]).ends(2).says("did you mean `opaque-step`?");
    let json: Value = serde_json::from_str(&msb(folder.path(), &["rules", "--format", "json"]).out).unwrap();
    assert_eq!(json["rules"].as_array().unwrap().len(), msb::rules::ALL.len());
}

/// Every property that a schema names, by the name of its definition.
fn properties(schema: &Value) -> BTreeSet<String> {
    let of = |schema: &Value| -> Vec<String> {
        schema["properties"].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
    };
    let mut names: BTreeSet<String> = of(schema).into_iter().collect();
    for definition in schema["$defs"].as_object().unwrap().values() {
        names.extend(of(definition));
        names.extend(definition["oneOf"].as_array().into_iter().flatten().flat_map(of));
    }
    names
}

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            found.insert(name.clone());
            keys(value, found);
        }),
        Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn the_schema_is_that_of_what_is_printed() {
    let mut schema = schema("schemas/run.schema.json");
    let ids: Vec<&str> = msb::rules::ALL.iter().map(|rule| rule.id).collect();
    let kept = std::mem::replace(&mut schema["$defs"]["rule"]["enum"], serde_json::json!(ids));
    if std::env::var_os("MSB_WRITE_SCHEMA").is_some() {
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        fs::write(Path::new(ROOT).join("schemas/run.schema.json"), text).unwrap();
    } else {
        let words = "src/rules.rs has other rules: run `MSB_WRITE_SCHEMA=1 cargo test schema`";
        assert_eq!(kept, serde_json::json!(ids), "{words}");
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut found = BTreeSet::new();
    let mut check = |folder: &Path, arguments: &[&str]| -> Value {
        let answer = msb(folder, arguments);
        let made: Value = serde_json::from_str(&answer.out).unwrap_or_else(|error| panic!("{error}: {answer:#?}"));
        let errors: Vec<String> =
            validator.iter_errors(&made).map(|e| format!("{}: {e}", e.instance_path())).take(5).collect();
        assert!(errors.is_empty(), "{arguments:?}: {errors:#?}");
        keys(&made, &mut found);
        made
    };
    let root = Path::new(ROOT);
    let all = check(root, &["batch", "corpus", "--format", "json", "--unsafe"]);
    assert!(all["files"].as_array().unwrap().len() > 100);
    for case in ["go-html-templates", "python-libpq-headers"] {
        let (file, context) = (format!("corpus/{case}/Dockerfile"), format!("corpus/{case}/context"));
        let made = check(root, &["convert", &file, "--context", &context, "--format", "json"]);
        assert!(made["files"][0]["plan"].is_object() && made["files"][0]["diff"].is_string(), "{made:#}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), "FORM x\n").unwrap();
    let bad = check(folder.path(), &["batch", ".", "--format", "json"]);
    assert_eq!(bad["files"][0]["verdict"], "error");
    // What needs an engine, or a folder that nobody may read.
    let elsewhere = ["verification", "unreadable"];
    let unseen: Vec<String> =
        properties(&schema).into_iter().filter(|n| !found.contains(n) && !elsewhere.contains(&n.as_str())).collect();
    assert_eq!(unseen, [""; 0], "the schema names what is never printed");
    let mut broken = bad;
    broken["files"][0]["more"] = Value::Null;
    assert!(!validator.is_valid(&broken), "a field that nobody described is refused");
}

fn yaml(name: &str) -> Value {
    let text = fs::read_to_string(Path::new(ROOT).join(name)).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Options that a text gives to msb, each of which has to be one of the command.
fn options_exist(text: &str, command: &str) {
    let help = msb(Path::new(ROOT), &[command, "--help"]).ends(0).out;
    let known = regex_lite::Regex::new(r"--[a-z][a-z-]+").unwrap();
    let mut checked = 0;
    for option in known.find_iter(text) {
        let is_option = help.lines().any(|line| {
            let words = line.split([' ', ',']).filter(|word| word.starts_with("--"));
            words.into_iter().any(|word| word == option.as_str())
        });
        assert!(is_option, "msb {command} has no {}", option.as_str());
        checked += 1;
    }
    assert!(checked > 0, "no option in {text:?}");
}

#[test]
fn the_action_uses_what_it_declares() {
    let action = yaml("action.yml");
    let text = fs::read_to_string(Path::new(ROOT).join("action.yml")).unwrap();
    let script = fs::read_to_string(Path::new(ROOT).join("scripts/review.sh")).unwrap();
    assert_eq!(action["runs"]["using"], "composite");
    let inputs: BTreeSet<&str> = action["inputs"].as_object().unwrap().keys().map(String::as_str).collect();
    let used = regex_lite::Regex::new(r"\binputs\.([a-z_-]+)").unwrap();
    let used: BTreeSet<&str> = used.captures_iter(&text).map(|found| found.get(1).unwrap().as_str()).collect();
    assert_eq!(used, inputs);
    let outputs = action["outputs"].as_object().unwrap();
    for (name, output) in outputs {
        assert_eq!(output["value"], format!("${{{{ steps.run.outputs.{name} }}}}"));
        assert!(script.contains(&format!("echo \"{name}=")), "{name} is set by the script");
    }
    let given = regex_lite::Regex::new(r"steps\.run\.outputs\.([a-z]+)").unwrap();
    assert!(given.captures_iter(&text).all(|found| outputs.contains_key(found.get(1).unwrap().as_str())));
    for step in action["runs"]["steps"].as_array().unwrap() {
        assert!(step["uses"].is_string() || (step["run"].is_string() && step["shell"] == "bash"), "{step:#}");
        // Words of other people come in as variables, never as text of a script.
        assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{step:#}");
    }
    options_exist(&script, "batch");
}

/// Runs a script of the action with what a runner gives it.
#[cfg(unix)]
fn script(repository: &Repository, name: &str, variables: &[(&str, &str)]) -> Answer {
    let mut command = std::process::Command::new(Path::new(ROOT).join("scripts").join(name));
    command.current_dir(repository.folder.path()).envs(variables.iter().copied());
    let output = command.output().unwrap();
    Answer {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
#[cfg(unix)]
fn a_pull_request_from_its_annotations_to_the_green_check() {
    let Some(repository) = Repository::new(&["a", "b"]) else { return };
    assert!(repository.git(&["switch", "-q", "-c", "topic"]));
    repository.write("a/Dockerfile", &format!("# new\n{GO}"));
    repository.write("c/Dockerfile", GUESS);
    repository.commit();
    let (runner, binary) = (tempfile::tempdir().unwrap(), assert_cmd::cargo::cargo_bin("msb"));
    let at = |name: &str| runner.path().join(name).to_str().unwrap().to_owned();
    let (output, summary) = (at("output"), at("summary"));
    let variables = [
        ("RUNNER_TEMP", runner.path().to_str().unwrap()),
        ("GITHUB_OUTPUT", &output),
        ("GITHUB_STEP_SUMMARY", &summary),
        ("MSB", binary.to_str().unwrap()),
        ("SINCE", "main"),
        ("CHECK", "true"),
        ("ARGUMENTS", "--only=single-stage-build\n"),
        ("PATHS", ".\n"),
    ];
    let answer = script(&repository, "review.sh", &variables).ends(1);
    let answer = answer.prints("::warning file=a/Dockerfile,line=2,").prints("::notice file=c/Dockerfile,");
    assert!(!answer.out.contains("b/Dockerfile"), "{answer:#?}");
    let set = fs::read_to_string(&output).unwrap();
    let value = |name: &str| set.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).unwrap().to_owned();
    assert_eq!(value("found"), "true");
    let comment = fs::read_to_string(value("comment")).unwrap();
    assert!(comment.contains("`a/Dockerfile`") && comment.contains("needs a look"), "{comment}");
    assert_eq!(fs::read_to_string(&summary).unwrap(), comment);
    assert!(fs::read_to_string(value("sarif")).unwrap().contains("\"2.1.0\""));
    assert!(repository.git(&["apply", &value("patch")]));
    repository.commit();
    fs::remove_file(&output).unwrap();
    script(&repository, "review.sh", &variables).ends(0);
    let set = fs::read_to_string(&output).unwrap();
    assert!(set.lines().any(|line| line == "patch="), "{set}");
    // A run that could not start gives no reports to later steps.
    fs::remove_file(&output).unwrap();
    let mut wrong = variables;
    wrong[4] = ("SINCE", "no-such-branch");
    script(&repository, "review.sh", &wrong).ends(2).says("no-such-branch");
    assert!(!Path::new(&output).exists());
}

#[test]
#[cfg(unix)]
fn a_comment_is_written_once_and_kept_up_to_date() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(repository) = Repository::new(&[]) else { return };
    // A stand-in that notes what it is called with, and knows the comments that OLD names.
    repository.write("bin/gh", "#!/bin/sh\nprintf '%s\\n' \"$*\" >> \"$CALLS\"\n[ -z \"$REFUSE\" ] || exit 1\ncase $* in *--paginate*) [ -z \"$OLD\" ] || printf '%s\\n' $OLD;; esac\n");
    fs::set_permissions(repository.file("bin/gh"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", repository.file("bin").display(), std::env::var("PATH").unwrap());
    let calls = repository.file("calls");
    let run = |old: &str, found: &str, refuse: &str| {
        _ = fs::remove_file(&calls);
        let variables = [
            ("PATH", path.as_str()),
            ("CALLS", calls.to_str().unwrap()),
            ("OLD", old),
            ("REFUSE", refuse),
            ("FOUND", found),
            ("COMMENT", "c.md"),
            ("NUMBER", "7"),
            ("GITHUB_REPOSITORY", "o/r"),
        ];
        (script(&repository, "comment.sh", &variables).ends(0), fs::read_to_string(&calls).unwrap_or_default())
    };
    assert!(run("", "true", "").1.contains("--method POST repos/o/r/issues/7/comments --field body=@c.md"));
    let again = run("41 42", "false", "").1;
    assert!(again.contains("--method PATCH repos/o/r/issues/comments/41 ") && !again.contains("POST"), "{again}");
    assert_eq!(run("", "false", "").1.lines().count(), 1, "nothing found and nothing to mend: nothing is written");
    run("", "true", "1").0.prints("::warning title=msb::");
}

#[test]
fn the_template_for_gitlab_runs_what_exists() {
    let template = yaml("templates/msb.gitlab-ci.yml");
    let job = &template["msb"];
    let script = job["script"][0].as_str().unwrap();
    assert!(script.starts_with("msb batch ") && !script.contains('\n'), "{script:?}");
    options_exist(script, "batch");
    let report = job["artifacts"]["reports"]["codequality"].as_str().unwrap();
    assert!(script.ends_with(&format!("> {report}")), "{script}");
    for path in job["artifacts"]["paths"].as_array().unwrap() {
        assert!(script.contains(&format!("={}", path.as_str().unwrap())), "{path} is written");
    }
    let install = job["before_script"][1].as_str().unwrap();
    assert!(install.starts_with("cargo install --locked"), "{install}");
}

#[test]
fn hooks_take_the_files_that_batch_takes() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hooks = hooks.as_array().unwrap();
    assert_eq!(hooks.iter().map(|hook| hook["id"].as_str().unwrap()).collect::<Vec<_>>(), ["msb", "msb-apply"]);
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "Dockerfile",
        "dockerfile",
        "Dockerfile.prod",
        "Dockerfile-dev",
        "api.Dockerfile",
        "Containerfile",
        "a b/API.CONTAINERFILE",
        "Dockerfile~",
        "Dockerfile.dockerignore",
        ".dockerignore",
        "MyDockerfile",
        "Dockerfiles",
        "Dockerfile.bak",
        "Dockerfile.md",
        "Dockerfile.J2",
        "x.dockerfile.orig",
        "Dockerfile.inner",
    ];
    for name in names {
        fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
        fs::write(folder.path().join(name), MULTI).unwrap();
    }
    let found = msb(folder.path(), &["batch", ".", "--format", "json"]).ends(0).out;
    let found: Value = serde_json::from_str(&found).unwrap();
    let found: BTreeSet<&str> =
        found["files"].as_array().unwrap().iter().map(|f| f["path"].as_str().unwrap()).collect();
    for hook in hooks {
        let pattern = |field: &str| regex_lite::Regex::new(hook[field].as_str().unwrap()).unwrap();
        let (files, exclude) = (pattern("files"), pattern("exclude"));
        let taken: BTreeSet<&str> =
            names.into_iter().filter(|name| files.is_match(name) && !exclude.is_match(name)).collect();
        assert_eq!(taken, found);
        let entry = hook["entry"].as_str().unwrap();
        options_exist(entry.strip_prefix("msb convert").unwrap(), "convert");
        assert_eq!(hook["language"], "rust");
    }
    assert!(!found.is_empty());
}

#[test]
fn what_the_page_shows_is_there() {
    let page = fs::read_to_string(Path::new(ROOT).join("docs/review.md")).unwrap();
    let mut blocks = 0;
    for block in page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        let shown: Value = serde_saphyr::from_str(block).unwrap();
        assert!(block.lines().count() <= 12, "{block}");
        if let Some(steps) = shown["jobs"]["msb"]["steps"].as_array() {
            let declared = yaml("action.yml");
            let with = steps[1]["with"].as_object().unwrap();
            assert!(with.keys().all(|input| declared["inputs"][input].is_object()), "{with:?}");
        }
        blocks += 1;
    }
    assert_eq!(blocks, 3);
    let help = msb(Path::new(ROOT), &["batch", "--help"]).ends(0).out;
    for form in ["text", "json", "diff", "markdown", "sarif", "rdjson", "github", "gitlab"] {
        assert!(page.contains(&format!("| `{form}` |")) && help.contains(form), "{form}");
    }
    options_exist(page.split("## Which files").nth(1).unwrap().split("## GitHub").next().unwrap(), "batch");
}
