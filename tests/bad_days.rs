//! What goes wrong around a conversion: files that are none, folders that cannot be read, values without end.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]
use assert_cmd::Command;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const GO: &str = "FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY go.mod main.go ./\nRUN go build -o /app/server .\nCMD [\"/app/server\"]\n";

fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "Dockerfile", GO);
    write(folder.path(), "go.mod", "module example.org/server\n\ngo 1.22\n");
    write(folder.path(), "main.go", "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"hello\")\n}\n");
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Exit code, standard output and standard error; a run that waits for somebody fails.
fn msb(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("msb")
        .unwrap()
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap())
        .timeout(Duration::from_secs(60))
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().expect("it ended by itself"), text(output.stdout), text(output.stderr))
}

fn shell(folder: &Path, script: &str) {
    assert!(std::process::Command::new("sh").args(["-c", script]).current_dir(folder).status().unwrap().success());
}

#[test]
fn pipes_and_devices_are_refused_at_once() {
    let folder = project();
    let at = folder.path();
    shell(at, "mkfifo Pipe");
    for command in ["convert", "explain", "graph", "batch", "verify"] {
        let (code, out, err) = msb(at, &[command, "Pipe"]);
        assert_eq!(code, 2, "{command}: {out}{err}");
        assert!((out + &err).contains("`Pipe` is a named pipe, not a file"), "{command}: {err}");
    }
    let (code, _, err) = msb(at, &["convert", "/dev/zero"]);
    assert_eq!(code, 2);
    assert!(err.contains("is a device") && err.contains("msb convert -"), "{err}");
    let (code, _, err) = msb(at, &["heuristics", "test", "Pipe"]);
    assert_eq!(code, 2);
    assert!(err.contains("named pipe"), "{err}");
}

#[test]
fn pipes_beside_the_dockerfile_are_refused_at_once() {
    let cases = [
        (".dockerignore", ".dockerignore` is a pipe"),
        ("Dockerfile.dockerignore", "Dockerfile.dockerignore` is a pipe"),
        (".msb.toml", ".msb.toml` is a named pipe"),
        (".msb/heuristics/x.toml", "x.toml: cannot be read: it is no regular file"),
    ];
    for (name, words) in cases {
        let folder = project();
        write(folder.path(), ".msb/heuristics/README", "");
        shell(folder.path(), &format!("mkfifo {name}"));
        let (code, out, err) = msb(folder.path(), &["convert", "Dockerfile"]);
        assert_eq!((code, out.as_str()), (2, ""), "{name}: {err}");
        assert!(err.contains(words), "{name}: {err}");
    }
}

#[test]
fn pipes_in_the_context_are_not_waited_for() {
    for name in ["main.go", "go.mod", "compose.yaml", "Makefile", "package.json"] {
        let folder = project();
        shell(folder.path(), &format!("rm -f {name} && mkfifo {name}"));
        let (code, _, err) = msb(folder.path(), &["convert", "Dockerfile"]);
        assert_eq!(code, 0, "{name}: {err}");
        assert!(err.starts_with("Dockerfile: "), "{name}: {err}");
    }
}

#[test]
fn values_without_end_are_an_error_with_its_line() {
    let folder = project();
    let text = format!("FROM golang:1.22\nENV B=x\n{}CMD [\"/x\"]\n", "ENV A=${B}${B}\nENV B=${A}${A}\n".repeat(20));
    write(folder.path(), "Dockerfile", &text);
    for command in ["convert", "explain", "graph", "batch"] {
        let (code, out, err) = msb(folder.path(), &[command, "Dockerfile"]);
        assert_eq!(code, 2, "{command}: {out}{err}");
        let all = out + &err;
        assert!(all.contains("Dockerfile:20:5") && all.contains("128 KiB"), "{command}: {all}");
    }
}

#[test]
fn deep_nesting_overflows_no_stack() {
    let folder = project();
    let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
    write(folder.path(), "main.go", &format!("package main\n\nvar x = {}\n\nfunc main() {{}}\n", nested("(", ")")));
    write(folder.path(), "run.sh", &format!("#!/bin/sh\n{}\nexec /app/server\n", nested("(", ")")));
    write(folder.path(), "package.json", &nested("{\"a\":", "}"));
    write(folder.path(), "compose.yaml", &nested("[", "]"));
    write(folder.path(), "Makefile", &format!("A = {}\nall:\n\techo $(A)\n", nested("$(", ")")));
    for name in ["main.py", "main.js", "main.rs", "Main.java", "main.c"] {
        write(folder.path(), name, &format!("x = f{};\n", nested("(", ")")));
    }
    let file = GO.replace("COPY go.mod main.go ./", "COPY . .").replace("CMD [", "ENTRYPOINT [\"./run.sh\"]\nCMD [");
    write(folder.path(), "Dockerfile", &file);
    // `batch` works in threads, whose stacks are small.
    let (code, out, err) = msb(folder.path(), &["batch", "."]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("1 files"), "{out}");
}

#[test]
fn batch_takes_a_linked_file_once() {
    let folder = project();
    let at = folder.path();
    write(at, "a/README", "");
    symlink("../Dockerfile", at.join("a/Dockerfile")).unwrap();
    symlink("Dockerfile", at.join("Containerfile")).unwrap();
    write(at, "elsewhere/real", GO);
    symlink("real", at.join("elsewhere/Dockerfile.one")).unwrap();
    symlink("real", at.join("elsewhere/Dockerfile.two")).unwrap();
    let (code, out, err) = msb(at, &["batch", ".", "a", "Dockerfile"]);
    assert_eq!(code, 0, "{err}");
    let names: Vec<&str> =
        out.lines().take_while(|l| !l.is_empty()).filter_map(|l| l.split_whitespace().next()).collect();
    assert_eq!(names, ["Dockerfile", "elsewhere/Dockerfile.one"], "{out}");
}

#[test]
fn batch_names_what_it_cannot_search() {
    let folder = project();
    let at = folder.path();
    // Longer than a path may be, which holds back root as well.
    let long = "x".repeat(250);
    shell(at, &format!("for i in $(seq 17); do mkdir {long} && cd -P {long} || exit 1; done"));
    let (code, out, err) = msb(at, &["batch", "."]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains(&long) && err.contains("was not searched"), "{err}");
    assert!(out.contains("1 files: 1 safe"), "what can be read is done: {out}");
    let (code, out, _) = msb(at, &["batch", ".", "--format", "json", "--check"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 2);
    assert!(json["unreadable"][0].as_str().unwrap().contains(&long));
}

#[test]
fn batch_leaves_copies_and_templates_alone_unless_they_are_named() {
    let folder = project();
    let at = folder.path();
    for name in ["Dockerfile.bak", "Dockerfile.orig", "Dockerfile.tmpl", "Dockerfile.j2", "Dockerfile~"] {
        write(at, name, GO);
    }
    assert!(msb(at, &["batch"]).1.contains("1 files: 1 safe"));
    assert!(msb(at, &["batch", "Dockerfile.bak", "Dockerfile.j2"]).1.contains("2 files: 2 safe"));
}

#[test]
fn json_says_which_msb_read_what() {
    let folder = project();
    let at = folder.path();
    let hash = |arguments: &[&str]| {
        let (code, out, err) = msb(at, &[arguments, &["--format", "json"]].concat());
        assert_eq!(code, 0, "{err}");
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["msb"], env!("CARGO_PKG_VERSION"));
        json["files"][0]["inputs"].as_str().unwrap().to_owned()
    };
    let convert = ["convert", "Dockerfile"];
    let first = hash(&convert);
    assert!(first.starts_with("sha256:"), "{first}");
    assert_eq!(first, hash(&convert));
    assert_eq!(first, hash(&["batch", "."]), "the same question has the same hash");
    assert_ne!(first, hash(&["convert", "Dockerfile", "--build-arg", "A=1"]));
    write(at, "main.go", "package main\n\nfunc main() {}\n");
    assert_ne!(first, hash(&convert), "a source that is read counts");
}
