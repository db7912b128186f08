//! The real binary: what it prints, what it writes, what it refuses, and how it ends.
//!
//! Above 600 lines: each test stands for itself, and all share one way to call the binary.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]
#[path = "support/command.rs"]
mod command;

use assert_cmd::Command;
use command::{Answer, skipped};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const GO: &str = "FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY go.mod main.go ./\nRUN CGO_ENABLED=0 go build -o /app/server .\nCMD [\"/app/server\"]\n";
const MULTI: &str = "FROM golang:1.22 AS build\nRUN go version\nFROM scratch\nCOPY --from=build /x /x\n";

/// A folder with a Go program that is safe to convert, and the name of its Dockerfile.
struct Project {
    folder: TempDir,
}

impl Project {
    fn new(dockerfile: impl AsRef<[u8]>) -> Project {
        let project = Project { folder: tempfile::tempdir().unwrap() };
        project.write("Dockerfile", dockerfile);
        project.write("go.mod", "module example.org/server\n\ngo 1.22\n");
        project.write("main.go", "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"hello\")\n}\n");
        project
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::create_dir_all(self.file(name).parent().unwrap()).unwrap();
        fs::write(self.file(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.file(name)).unwrap()
    }

    fn msb(&self, arguments: &[&str]) -> Answer {
        self.msb_with(arguments, b"")
    }

    fn msb_with(&self, arguments: &[&str], stdin: &[u8]) -> Answer {
        let output = Command::cargo_bin("msb")
            .unwrap()
            .args(arguments)
            .current_dir(self.path())
            .env_remove("NO_COLOR")
            .env("GIT_CEILING_DIRECTORIES", self.path().parent().unwrap())
            .write_stdin(stdin)
            .output()
            .unwrap();
        Answer::of(output)
    }

    /// False when there is no git, which the caller says aloud.
    fn git(&self, arguments: &[&str]) -> bool {
        command::git(self.path(), arguments).is_some()
    }
}

/// True for root, who may read and write everything.
fn may_do_everything(project: &Project) -> bool {
    let probe = project.file("probe");
    fs::write(&probe, "x").unwrap();
    let mut permissions = fs::metadata(&probe).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&probe, permissions).unwrap();
    let may = fs::OpenOptions::new().write(true).open(&probe).is_ok();
    fs::remove_file(&probe).unwrap();
    may
}

#[test]
fn a_diff_that_applies() {
    let project = Project::new(GO);
    let answer =
        project.msb(&["convert", "Dockerfile"]).ends(0).prints("--- a/Dockerfile\n+++ b/Dockerfile\n").says("safe");
    assert!(!answer.out.contains('\x1b'), "no colour when piped");
    assert_eq!(project.read("Dockerfile"), GO.as_bytes(), "a diff writes nothing");
    project.write("x.patch", &answer.out);
    if !project.git(&["apply", "x.patch"]) {
        return skipped("no git");
    }
    let converted = String::from_utf8(project.read("Dockerfile")).unwrap();
    assert_eq!(converted.matches("FROM ").count(), 2, "{converted}");
    project.msb(&["convert", "Dockerfile"]).ends(0).prints_nothing().says("already-multi-stage");
}

#[test]
fn names_in_a_diff_count_from_the_repository() {
    let project = Project::new(GO);
    if !project.git(&["init", "-q"]) {
        return skipped("no git");
    }
    for name in ["go.mod", "main.go"] {
        project.write(&format!("sub/{name}"), project.read(name));
    }
    project.write("sub/Dockerfile", GO);
    project.msb(&["convert", "sub/Dockerfile"]).ends(0).prints("--- a/sub/Dockerfile\n");
}

#[test]
fn colour_only_where_it_is_wanted() {
    let project = Project::new(GO);
    project.msb(&["--color", "always", "convert", "Dockerfile"]).ends(0).prints("\x1b[");
    let plain = project.msb(&["--color", "never", "convert", "Dockerfile"]).ends(0);
    assert!(!plain.out.contains('\x1b') && !plain.err.contains('\x1b'));
}

#[test]
fn apply_keeps_mode_line_ends_and_bytes() {
    let text = [b"# caf\xe9\r\n", GO.replace('\n', "\r\n").as_bytes()].concat();
    let project = Project::new(&text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(project.file("Dockerfile"), fs::Permissions::from_mode(0o640)).unwrap();
    }
    project.msb(&["convert", "Dockerfile", "--apply"]).ends(0).prints_nothing().says("written");
    let converted = project.read("Dockerfile");
    assert!(converted.starts_with(b"# caf\xe9\r\n"));
    let bare = converted.iter().enumerate().filter(|(i, b)| **b == b'\n' && converted[i - 1] != b'\r').count();
    assert_eq!(bare, 0, "every line end is CRLF");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(project.file("Dockerfile")).unwrap().permissions().mode() & 0o777, 0o640);
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let project = Project::new("");
    project.write("real/Dockerfile", GO);
    fs::remove_file(project.file("Dockerfile")).unwrap();
    std::os::unix::fs::symlink("real/Dockerfile", project.file("Dockerfile")).unwrap();
    project.msb(&["convert", "Dockerfile", "--apply"]).ends(0).says("written");
    assert!(fs::symlink_metadata(project.file("Dockerfile")).unwrap().is_symlink());
    assert_ne!(project.read("real/Dockerfile"), GO.as_bytes());
    std::os::unix::fs::symlink("nowhere", project.file("dangling")).unwrap();
    project.msb(&["convert", "dangling"]).ends(2).says("symbolic link to nothing");
}

#[test]
fn apply_respects_git() {
    let project = Project::new(GO);
    if !project.git(&["init", "-q"]) {
        return skipped("no git");
    }
    project.msb(&["convert", "Dockerfile", "--apply"]).ends(2).says("uncommitted changes").says("--allow-dirty");
    assert_eq!(project.read("Dockerfile"), GO.as_bytes());
    assert!(project.git(&["add", "-A"]) && project.git(&["commit", "-qm", "x"]));
    project.write("main.go", "package main\n\nfunc main() {}\n");
    project.msb(&["convert", "Dockerfile", "--apply"]).ends(0).says("written");
    project.write("Dockerfile", GO.replace("/app/server", "/app/other"));
    project.msb(&["convert", "Dockerfile", "--apply"]).ends(2).says("uncommitted changes");
    project.msb(&["convert", "Dockerfile", "--apply", "--allow-dirty"]).ends(0).says("written");
}

#[test]
fn check_tells_by_its_exit_code() {
    let project = Project::new(GO);
    project.msb(&["convert", "Dockerfile", "--check"]).ends(1).prints("Dockerfile\n");
    assert_eq!(project.read("Dockerfile"), GO.as_bytes());
    project.write("Multi", MULTI);
    project.msb(&["convert", "Multi", "--check"]).ends(0).prints_nothing();
    project.msb(&["convert", "Multi", "Dockerfile", "--check"]).ends(1).prints("Dockerfile\n");
}

#[test]
fn standard_input_and_output() {
    let project = Project::new(GO);
    project.msb_with(&["convert", "-", "--context", "."], GO.as_bytes()).ends(0).prints("--- a/Dockerfile");
    let whole = project.msb_with(&["convert", "-", "--context", ".", "--output", "-"], GO.as_bytes()).ends(0);
    assert_eq!(whole.out.matches("FROM ").count(), 2, "{}", whole.out);
    let same = project.msb_with(&["convert", "-", "--output", "-"], MULTI.as_bytes()).ends(0);
    assert_eq!(same.out, MULTI, "a filter passes on what it does not convert");
    project.msb(&["convert", "Dockerfile", "--output", "New"]).ends(0).says("written");
    assert_eq!(String::from_utf8(project.read("New")).unwrap(), whole.out);
    project.msb(&["convert", "-", "--apply"]).ends(2).says("--output");
    project.msb(&["convert", "Dockerfile", "New", "--output", "x"]).ends(2).says("one Dockerfile");
}

#[test]
fn json_for_programs() {
    let project = Project::new(GO);
    project.write("Bad", "FORM x\n");
    let answer = project.msb(&["convert", "Dockerfile", "Bad", "--format", "json"]).ends(2);
    let json: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["files"][0]["verdict"], "safe");
    assert_eq!(json["files"][0]["plan"]["applicability"], "safe");
    assert!(json["files"][0]["diff"].as_str().unwrap().starts_with("--- a/Dockerfile"));
    assert_eq!(json["files"][1]["verdict"], "error");
    assert!(json["files"][1]["error"].as_str().unwrap().contains("Bad:1:1"));
}

#[test]
fn bad_input_is_named_and_left_alone() {
    let cases: [(&str, &[u8], &[&str]); 13] = [
        ("Empty", b"", &["no instructions"]),
        ("Comments", b"# nothing\n", &["no instructions"]),
        ("Binary", b"\x7fELF\x00\x01\x02", &["binary"]),
        ("Utf16", b"\xff\xfeF\x00R\x00", &["UTF-16", "UTF-8"]),
        ("Unknown", b"FROM a\nRUNN x\n", &["Unknown:2:1", "RUN"]),
        ("NoFrom", b"RUN x\n", &["NoFrom:1:1", "FROM"]),
        ("Heredoc", b"FROM a\nRUN <<EOF\necho\n", &["Heredoc:2:", "EOF"]),
        ("Blank", b"FROM ${BASE}\nRUN x\n", &["Blank:1:6", "`BASE` is not declared", "ARG BASE="]),
        ("CutOff", b"FROM golang:${V}\nRUN x\n", &["CutOff:1:6", "`V` is not declared"]),
        ("Itself", b"FROM a\nCOPY --from=0 /x /y\n", &["Itself:2:6", "from itself"]),
        (
            "Circle",
            b"FROM a AS x\nCOPY --from=y /x /y\nFROM b AS y\nCOPY --from=x /x /y\n",
            &["Circle:2:6", "need each other"],
        ),
        ("Stage", b"FROM a AS x\nFROM b\nCOPY --from=7 /x /y\n", &["Stage:3:6", "no stage number 7"]),
        ("Flag", b"FROM a\nCOPY --form=x a b\n", &["Flag:2:", "--from"]),
    ];
    let project = Project::new(GO);
    for (name, bytes, words) in cases {
        project.write(name, bytes);
        for arguments in [&["convert", name][..], &["convert", name, "--apply"], &["explain", name]] {
            let mut answer = project.msb(arguments).ends(2).prints_nothing();
            for word in words {
                answer = answer.says(word);
            }
        }
        assert_eq!(project.read(name), bytes, "{name} is untouched");
    }
}

#[test]
fn paths_that_cannot_be_read() {
    let project = Project::new(GO);
    project.msb(&["convert", "nowhere"]).ends(2).says("does not exist").says("msb batch");
    project.msb(&["convert", "."]).ends(2).says("is a folder").says("./Dockerfile");
    fs::create_dir(project.file("empty")).unwrap();
    project.msb(&["convert", "empty"]).ends(2).says("is a folder").says("msb batch empty");
    project.msb(&["convert", "Dockerfile", "--context", "nowhere"]).ends(2).says("does not exist");
    project.msb(&["convert", "Dockerfile", "--context", "main.go"]).ends(2).says("not a folder");
    project.msb(&["batch", "nowhere"]).ends(2).says("does not exist");
    fs::File::create(project.file("Huge")).unwrap().set_len(100 << 20).unwrap();
    project.msb(&["convert", "Huge"]).ends(2).says("104 MB").says("limit");
    project.msb(&["convert", "Dockerfile", "--runtime", "No Image"]).ends(2).says("slim, alpine, distroless");
    // The good file among bad ones is still done.
    project.msb(&["convert", "nowhere", "Dockerfile"]).ends(2).prints("--- a/Dockerfile");
}

#[cfg(unix)]
#[test]
fn permissions_are_respected() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::new(GO);
    if may_do_everything(&project) {
        return skipped("root may read and write everything");
    }
    let set = |name: &str, mode| fs::set_permissions(project.file(name), fs::Permissions::from_mode(mode)).unwrap();
    project.write("Secret", GO);
    set("Secret", 0o000);
    project.msb(&["convert", "Secret"]).ends(2).says("cannot be read").says("permissions");
    set("", 0o555);
    let answer = project.msb(&["convert", "Dockerfile", "--apply"]);
    set("", 0o755);
    answer.ends(2).says("takes no new file");
    assert_eq!(project.read("Dockerfile"), GO.as_bytes());
}

#[test]
fn a_read_only_file_stays() {
    let project = Project::new(GO);
    let mut permissions = fs::metadata(project.file("Dockerfile")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(project.file("Dockerfile"), permissions).unwrap();
    project.msb(&["convert", "Dockerfile", "--apply"]).ends(2).says("read-only").says("chmod");
    assert_eq!(project.read("Dockerfile"), GO.as_bytes());
}

#[test]
fn files_that_stay_as_they_are() {
    let project = Project::new(MULTI);
    project.msb(&["convert", "Dockerfile", "--apply"]).ends(0).prints_nothing().says("unchanged").says("2 stages");
    assert_eq!(project.read("Dockerfile"), MULTI.as_bytes());
    let windows = "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN dir\nCMD [\"cmd\"]\n";
    project.write("Windows", windows);
    project.msb(&["convert", "Windows"]).ends(0).prints_nothing().says("declined").says("windows-base");
}

#[test]
fn broken_heuristics_of_the_user() {
    let project = Project::new(GO);
    project.write(".msb/heuristics/mine.toml", "id = 'mine'\nname = 'Mine'\n[[command]]\nid = 'x'\nmach = ['x']\n");
    for arguments in [&["convert", "Dockerfile"][..], &["heuristics", "list"], &["heuristics", "test"]] {
        project.msb(arguments).ends(2).says("mine.toml:5:1").says("unknown field `mach`").says("mach = ['x']");
    }
    assert_eq!(project.read("Dockerfile"), GO.as_bytes());
}

#[test]
fn heuristics_of_the_user() {
    let project = Project::new(GO);
    let rule = "id = 'mine'\nname = 'Mine'\n[[command]]\nid = 'frob'\nmatch = ['frob']\nrole = 'build'\nbecause = 'it frobs'\n";
    let examples = "[[example]]\nrun = 'frob x'\nrule = 'frob'\n[[example]]\nrun = 'fob'\nrule = 'none'\n";
    project.write(".msb/heuristics/mine.toml", [rule, examples].concat());
    project.msb(&["heuristics", "list"]).ends(0).prints("mine ").prints("go ");
    project.msb(&["heuristics", "list", "mine"]).ends(0).prints("it frobs");
    project.msb(&["heuristics", "show", "mine"]).ends(0).prints(rule);
    project.msb(&["heuristics", "test"]).ends(0).prints("all hold");
    project.msb(&["heuristics", "show", "nothing"]).ends(2).says("msb heuristics list");
    project.write(".msb/heuristics/mine.toml", [rule, &examples.replace("'frob x'", "'fob x'")].concat());
    project.msb(&["heuristics", "test"]).ends(1).says("expected rule `frob`").prints("1 fail");
}

#[test]
fn explain_files_and_rules() {
    let project = Project::new(GO);
    let answer = project.msb(&["explain", "Dockerfile"]).ends(0);
    answer.prints("RUN CGO_ENABLED=0 go build").prints("go/go-build").prints("→ builder").prints("/app/server");
    let json = project.msb(&["explain", "Dockerfile", "--format", "json"]).ends(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["steps"][3]["line"], 4);
    assert_eq!(json["steps"][3]["stages"][0], "builder");
    assert_eq!(json["steps"][3]["parts"][0]["effects"]["evidence"][0]["heuristic"], "go/go-build");
    project.msb(&["explain", "no-gain"]).ends(0).prints("The image would hardly get smaller.");
    project.msb(&["explain", "go/go-build"]).ends(0).prints("match = [\"go build\"");
    project.msb(&["explain", "no-such-rule"]).ends(2).says("does not exist");
}

#[test]
fn batch_goes_over_everything_in_order() {
    let project = Project::new(GO);
    project.write("b/Containerfile", MULTI);
    project.write("a/web.Dockerfile", "FORM x\n");
    project.write("node_modules/x/Dockerfile", GO);
    project.write(".hidden/Dockerfile", GO);
    project.write("ignored/Dockerfile", GO);
    project.write(".gitignore", "ignored/\n");
    let answer = project.msb(&["batch", "."]).ends(2).prints("3 files: 1 safe, 1 unchanged, 1 error");
    let names: Vec<&str> = answer.out.lines().take(3).filter_map(|l| l.split_whitespace().next()).collect();
    assert_eq!(names, ["Dockerfile", "a/web.Dockerfile", "b/Containerfile"]);
    assert!(answer.out.contains("a/web.Dockerfile:1:1"), "{answer:#?}");
    project.msb(&["batch"]).ends(2).prints("3 files");
    let json = project.msb(&["batch", "--format", "json", "--jobs", "2"]).ends(2).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["outcomes"]["safe"], 1);
    assert_eq!(json["files"][1]["verdict"], "error");
    fs::remove_file(project.file("a/web.Dockerfile")).unwrap();
    project.msb(&["batch", "--check"]).ends(1);
    assert_eq!(project.read("Dockerfile"), GO.as_bytes());
    project.msb(&["batch", "--apply"]).ends(0).prints("written");
    assert_ne!(project.read("Dockerfile"), GO.as_bytes());
    project.msb(&["batch", "--check"]).ends(0).prints("2 unchanged");
    project.msb(&["batch", "b/Containerfile"]).ends(0).prints("1 files");
    project.msb(&["batch", "node_modules", "--all"]).ends(0).prints("node_modules/x/Dockerfile");
}

#[test]
fn a_conversion_has_to_save_what_is_asked_for() {
    let project = Project::new(GO);
    let saved = |answer: Answer| -> u64 {
        let json: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
        json["files"][0]["plan"]["saved_mb"].as_u64().unwrap()
    };
    let saved = saved(project.msb(&["convert", "Dockerfile", "--format", "json"]).ends(0));
    let (enough, more) = (saved.to_string(), (saved + 1).to_string());
    project.msb(&["convert", "Dockerfile", "--min-gain", &enough]).ends(0).prints("+FROM");
    let words = format!("about {saved} MB would leave the image, and less than {more} MB is not");
    project.msb(&["convert", "Dockerfile", "--min-gain", &more]).ends(0).prints_nothing().says(&words);
    project.msb(&["convert", "Dockerfile", "--check", "--min-gain", &more]).ends(0);
    project.msb(&["batch", "--min-gain", &more]).ends(0).prints("1 unchanged");
    project.msb(&["explain", "Dockerfile", "--min-gain", &more]).ends(0).says(&words);
    project.write(".msb.toml", format!("min_gain = {more}\n"));
    project.msb(&["batch"]).ends(0).prints("1 unchanged");
    project.msb(&["convert", "Dockerfile"]).ends(0).prints_nothing().says(&words);
    // What is typed counts more than the file.
    project.msb(&["batch", "--min-gain", "0"]).ends(0).prints("1 safe");
    // Another answer has another hash of what it was made from.
    let hash = |arguments: &[&str]| -> String {
        let json: serde_json::Value = serde_json::from_str(&project.msb(arguments).ends(0).out).unwrap();
        json["files"][0]["inputs"].to_string()
    };
    let plain = ["convert", "Dockerfile", "--format", "json"];
    assert_ne!(hash(&plain), hash(&[&plain[..], &["--min-gain", "0"]].concat()));
    for wrong in ["-5", "50MB", "2.5", "", "9999999999"] {
        let answer = project.msb(&["convert", "Dockerfile", "--min-gain", wrong]).ends(2);
        answer.says("--min-gain").says("type a whole number of MB from 0 to 1000000");
    }
    project.write(".msb.toml", "min_gain = \"50 MB\"\n");
    project.msb(&["convert", "Dockerfile"]).ends(2).says("`\"50 MB\"` is no size").says(".msb.toml:1:12");
}

#[test]
fn graphs() {
    let project = Project::new(GO);
    let dot = project.msb(&["graph", "Dockerfile"]).ends(0).prints("digraph msb {");
    dot.prints("go build -o /app/server").prints("label=\"/app/server\"");
    project.msb(&["graph", "Dockerfile", "--format", "mermaid"]).ends(0).prints("flowchart LR");
    project.write("Multi", MULTI);
    project.msb(&["graph", "Multi"]).ends(2).says("msb explain Multi");
}

#[test]
fn a_policy_is_heard_and_its_errors_are_shown() {
    let project = Project::new(GO);
    project.write("vendored/Dockerfile", GO);
    project.write(".msb.toml", "skip = [\"vendored/**\"]\n");
    project.msb(&["batch"]).ends(0).prints("1 files: 1 safe").says("1 Dockerfiles are skipped, as .msb.toml says");
    project.write(".msb.toml", "[allowed]\nbases = [\"alpine\"]\n");
    project.msb(&["convert", "Dockerfile"]).ends(0).prints("+FROM alpine:3");
    project.msb(&["convert", "Dockerfile", "--runtime", "slim"]).ends(0).says("base-not-allowed");
    project.write(".msb.toml", "[allowed]\nbases = [\"debian\"]\n");
    project.msb(&["convert", "Dockerfile"]).ends(0).prints("+FROM debian:bookworm-slim");
    project.write(".msb.toml", "[allowed]\nbase = []\n");
    project.msb(&["convert", "Dockerfile"]).ends(2).says(".msb.toml:2:1").says("did you mean `bases`?");
    assert_eq!(project.read("Dockerfile"), GO.as_bytes());
}

#[test]
fn what_uses_the_image_is_read_up_to_the_repositorys_top() {
    let project = Project::new(GO);
    project.write(".git/HEAD", "ref: refs/heads/main\n");
    project.write("api/go.mod", "module example.org/server\n");
    project.write("api/main.go", "package main\n\nfunc main() {\n}\n");
    project.write("api/Dockerfile", GO.replace("bookworm\n", "bookworm AS app\n"));
    project.write("compose.yaml", "services:\n  api:\n    build:\n      context: api\n      target: app\n");
    project.msb(&["convert", "api/Dockerfile"]).ends(0).prints(" AS app").prints("AS builder").says("compose.yaml");
}

#[test]
fn a_runtime_image_that_is_asked_for_must_be_able_to_run_the_program() {
    let project = Project::new(GO);
    let convert = |runtime: &str| project.msb(&["convert", "Dockerfile", "--runtime", runtime]);
    convert("scratch").ends(0).prints("+FROM scratch").says("safe to apply");
    convert("distroless").ends(0).prints("+FROM gcr.io/distroless/static-debian12");
    convert("alpine").ends(0).prints("+FROM alpine:3");
    convert("slim").ends(0).prints("+FROM debian:bookworm-slim");
    convert("debian:trixie-slim").ends(0).says("runtime-refused");
    // What is changed in the file, the image asked for, and the words of the refusal.
    let cases = [
        ("CGO_ENABLED=0 ", "", "alpine", "not proven to be linked statically"),
        ("CMD [\"/app/server\"]", "CMD /app/server", "scratch", "has no shell"),
        ("CMD", "USER nobody\nCMD", "scratch", "no account `nobody`"),
        ("CMD", "RUN useradd -u 4000 web\nCMD", "distroless", "cannot run it"),
        ("CMD", "HEALTHCHECK CMD [\"curl\", \"localhost\"]\nCMD", "distroless", "`curl` is needed"),
        ("\"/app/server\"", "\"perl\", \"x.pl\"", "alpine", "`perl` runs the program"),
    ];
    for (from, to, runtime, words) in cases {
        project.write("Dockerfile", GO.replace(from, to));
        project.msb(&["convert", "Dockerfile", "--runtime", runtime]).ends(0).says("declined").says(words);
    }
    project.write("Dockerfile", GO);
    project.write("main.go", "package main\n\nimport \"os\"\n\nfunc main() {\n\tos.ReadFile(os.Args[1])\n}\n");
    project.msb(&["convert", "Dockerfile", "--runtime", "scratch"]).ends(0).says("not even a /tmp");
}

/// The Go program with its Dockerfile in a folder of its own, so that the context is another one.
fn dockerfile_apart() -> Project {
    let project = Project::new("");
    fs::remove_file(project.file("Dockerfile")).unwrap();
    project.write("docker/Dockerfile", GO);
    project
}

#[test]
fn what_builds_the_file_names_its_context() {
    let project = dockerfile_apart();
    project.write("Makefile", "image:\n\tdocker build -f docker/Dockerfile .\n");
    let convert = || project.msb(&["convert", "docker/Dockerfile"]).ends(0);
    convert()
        .prints("--- a/docker/Dockerfile")
        .says("the build context is `.`, as Makefile says")
        .says("safe to apply");
    project.msb(&["batch"]).ends(0).prints("1 files: 1 safe");
    fs::remove_file(project.file("Makefile")).unwrap();
    project.write(".msb.toml", "context = \".\"\n");
    convert().prints("--- a/docker/Dockerfile").says("as .msb.toml says");
    project.write(".msb.toml", "context = \"none\"\n");
    project.msb(&["convert", "docker/Dockerfile"]).ends(2).says("which is not a folder");
    project.write(".msb.toml", "accept = [\"assumed-context\"]\n");
    convert().prints("--- a/docker/Dockerfile").says("safe to apply").says("assumed-context");
}

#[test]
fn a_context_that_nobody_names_needs_a_look() {
    let project = dockerfile_apart();
    let name = "docker/Dockerfile";
    let guessed = project.msb(&["convert", name]).ends(0).prints_nothing().says("needs a look");
    let words = guessed.says("assumed-context").says("--context .").says("msb verify").says("with --unsafe");
    assert!(!words.err.contains("unsafe to apply"), "{words:#?}");
    let shown =
        project.msb(&["convert", name, "--unsafe"]).ends(0).prints("--- a/docker/Dockerfile").says("needs a look");
    assert!(!shown.err.contains("is shown with"), "{shown:#?}");
    let json = |more: &[&str]| {
        let answer = project.msb(&[&["convert", name, "--format", "json"], more].concat()).ends(0);
        serde_json::from_str::<serde_json::Value>(&answer.out).unwrap()["files"][0].clone()
    };
    assert_eq!((&json(&[])["verdict"], &json(&[])["diff"]), (&"unsafe".into(), &serde_json::Value::Null));
    assert!(json(&["--unsafe"])["diff"].as_str().unwrap().contains("+FROM"));
    assert_eq!(project.msb(&["convert", name, "--output", "-"]).ends(0).says("needs a look").out, GO);
    project.msb(&["convert", name, "--unsafe", "--output", "-"]).ends(0).prints("COPY --from=builder");
    project.msb(&["convert", name, "--apply"]).ends(0).says("not written");
    assert_eq!(project.read(name), GO.as_bytes());
    project.msb(&["convert", name, "--context", "."]).ends(0).prints("--- a/docker/Dockerfile").says("safe to apply");
    project.msb(&["batch"]).ends(0).prints("needs a look").prints("assumed-context");
    let totals = project.msb(&["batch", "--format", "json"]).ends(0).prints("\"unsafe\": 1");
    assert!(!totals.out.contains("needs a look"), "{totals:#?}");
    project.msb(&["batch", "--context", "."]).ends(0).prints("1 files: 1 safe");
}

#[test]
fn a_source_in_no_folder_asks_for_the_context() {
    let project = dockerfile_apart();
    fs::remove_file(project.file("main.go")).unwrap();
    for arguments in [&["convert", "docker/Dockerfile"][..], &["explain", "docker/Dockerfile"]] {
        project.msb(arguments).ends(0).says("source-missing").says("`main.go`").says("--context");
    }
    project.msb(&["batch"]).ends(0).prints("source-missing");
    project.msb(&["convert", "docker/Dockerfile", "--context", "."]).ends(0).says("source-missing");
}

#[test]
fn a_context_by_names() {
    let project = Project::new(GO.replace("main.go", "main.go data.bin"));
    project.msb(&["convert", "Dockerfile"]).ends(0).says("source-missing");
    project.write("names.txt", "go.mod\nmain.go\ndata.bin\nmodels/\n");
    let with = |names: &str| project.msb(&["convert", "Dockerfile", "--context", ".", "--context-names", names]);
    with("names.txt").ends(0).prints("--- a/Dockerfile");
    project.msb(&["batch", "--context", ".", "--context-names", "names.txt"]).ends(0).prints("1 files: 1 safe");
    // What a directory holds that nobody has listed matters where it is copied.
    project.write("Dockerfile", GO.replace("main.go", "main.go models"));
    with("names.txt").ends(0).says("assumed-libraries").says("not every file of the project");
    project.write("Dockerfile", GO.replace("main.go", "main.go data.bin"));
    // A program that nobody has read may start anything that the original has.
    fs::remove_file(project.path().join("main.go")).expect("removable");
    with("names.txt").ends(0).says("assumed-subprocess");
    project.write("main.go", "package main\n\nfunc main() {}\n");
    project.write("names.txt", "go.mod\n../main.go\n");
    with("names.txt").ends(2).says("names.txt").says("line 2: `../main.go`");
    with("none.txt").ends(2).says("`none.txt` cannot be read");
    // A name under which tools keep credentials, and nobody can look.
    project.write("Dockerfile", "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD [\"node\", \"index.js\"]\n");
    project.write("package.json", "{}");
    project.write("index.js", "");
    project.write("names.txt", ".npmrc\n");
    with("names.txt").ends(0).says("assumed-credentials").says("`/app/.npmrc` is known by its name only");
    project.msb(&["convert", "Dockerfile", "--context-names", "names.txt"]).ends(2).says("--context <DIR>");
}
