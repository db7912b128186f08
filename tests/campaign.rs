//! Campaigns by the real binary: a plan that people edit, carried out in parts, interrupted and gone on with.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]
use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const GO: &str = "FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY go.mod main.go ./\nRUN CGO_ENABLED=0 go build -o /app/server .\nCMD [\"/app/server\"]\n";
const MULTI: &str = "FROM golang:1.22 AS build\nRUN go version\nFROM scratch\nCOPY --from=build /x /x\n";
/// Rests on a guess.
const GUESS: &str = include_str!("../corpus/c-heredoc/Dockerfile");
const PLAN: &str = "plan.toml";

/// A folder with services, outside of any repository.
struct Tree {
    folder: TempDir,
}

impl Tree {
    fn new(services: &[&str]) -> Tree {
        let tree = Tree { folder: tempfile::tempdir().unwrap() };
        for service in services {
            tree.service(service);
        }
        tree
    }

    /// A Go program whose Dockerfile is safe to convert.
    fn service(&self, name: &str) {
        self.write(&format!("{name}/Dockerfile"), GO);
        self.write(&format!("{name}/go.mod"), "module example.org/server\n\ngo 1.22\n");
        self.write(&format!("{name}/main.go"), "package main\n\nfunc main() {\n\tprintln(1)\n}\n");
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

    /// Changes a text in a file, which has to be there.
    fn edit(&self, name: &str, old: &str, new: &str) {
        let text = self.read(name);
        assert!(text.contains(old), "{old:?} is not in {text}");
        self.write(name, &text.replacen(old, new, 1));
    }

    fn is_converted(&self, service: &str) -> bool {
        self.read(&format!("{service}/Dockerfile")).contains("AS builder")
    }

    fn msb(&self, arguments: &[&str]) -> Answer {
        msb(self.folder.path(), arguments)
    }

    /// `msb batch --plan`, with more.
    fn plan(&self, arguments: &[&str]) -> Answer {
        self.msb(&[&["batch", "--plan", PLAN], arguments].concat())
    }
}

#[derive(Debug)]
struct Answer {
    code: i32,
    out: String,
    err: String,
}

impl Answer {
    #[track_caller]
    fn ends(self, code: i32) -> Answer {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    fn says(self, words: &str) -> Answer {
        assert!(self.err.contains(words), "{words:?} is not in {self:#?}");
        self
    }

    #[track_caller]
    fn prints(self, words: &str) -> Answer {
        assert!(self.out.contains(words), "{words:?} is not in {self:#?}");
        self
    }
}

fn msb(folder: &Path, arguments: &[&str]) -> Answer {
    let output = Command::cargo_bin("msb").unwrap().args(arguments).current_dir(folder).output().unwrap();
    Answer {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
fn a_plan_is_written_edited_and_carried_out() {
    let tree = Tree::new(&["a", "b", "c"]);
    tree.write("d/Dockerfile", MULTI);
    tree.plan(&[]).ends(0).prints("4 files: 3 todo, 1 stays");
    let first = tree.read(PLAN);
    assert!(!tree.is_converted("a"), "a plan writes no Dockerfile");
    tree.plan(&[]).ends(0);
    assert_eq!(tree.read(PLAN), first, "a second run finds the same");

    tree.edit(PLAN, "status = \"todo\"", "status = \"skipped\"   # a waits\nnote = \"frozen\"");
    let edited = tree.read(PLAN);
    tree.plan(&["--check"]).ends(1).prints("2 todo, 1 stays, 1 skipped");
    assert_eq!(tree.read(PLAN), edited, "what people wrote stays");

    tree.plan(&["--apply"]).ends(0).prints("2 done, 1 stays, 1 skipped");
    assert!(!tree.is_converted("a") && tree.is_converted("b") && tree.is_converted("c"));
    assert!(tree.read(PLAN).contains("status = \"skipped\"   # a waits\nnote = \"frozen\""));
    let applied = (tree.read(PLAN), tree.read("b/Dockerfile"));
    tree.plan(&["--apply"]).ends(0).says("nothing to apply");
    tree.plan(&["--check"]).ends(0).prints("2 done");
    assert_eq!((tree.read(PLAN), tree.read("b/Dockerfile")), applied, "a second run does nothing");
}

#[test]
fn what_changed_since_the_plan_waits_for_a_look() {
    let tree = Tree::new(&["a", "b", "c"]);
    tree.plan(&[]).ends(0);
    tree.edit("a/Dockerfile", "CMD", "ENV LEVEL=1\nCMD");
    tree.write("b/go.sum", "");
    tree.plan(&["--apply"])
        .ends(0)
        .says("a/Dockerfile: changed since the plan, planned again: safe")
        .prints("1 changed, 2 done");
    assert!(!tree.is_converted("a"), "nobody has seen this change");
    assert!(tree.is_converted("b"), "the change itself is the one that was planned");
    tree.plan(&["--apply"]).ends(0).prints("3 done");
    assert!(tree.is_converted("a"));

    tree.write("a/Dockerfile", GO);
    fs::remove_file(tree.file("b/Dockerfile")).unwrap();
    tree.edit("c/Dockerfile", "WORKDIR", "# ours\nWORKDIR");
    tree.service("new");
    let again = tree.plan(&[]).ends(0).says("a/Dockerfile: changed").says("b/Dockerfile: the file is no longer there");
    again.says("1 new Dockerfiles since the plan").prints("1 todo, 1 changed, 1 done, 1 gone");
    tree.plan(&["--apply"]).ends(0).prints("3 done, 1 gone");
}

#[test]
fn what_is_converted_by_other_means_is_done() {
    let tree = Tree::new(&["a", "b"]);
    tree.plan(&[]).ends(0);
    tree.msb(&["convert", "a/Dockerfile", "--apply"]).ends(0);
    tree.plan(&[]).ends(0).says("a/Dockerfile: it is converted by now").prints("1 todo, 1 done");
}

#[test]
fn rows_say_how_their_file_is_converted() {
    let tree = Tree::new(&["a", "b"]);
    tree.write("c/Dockerfile", GUESS);
    tree.plan(&["--min-gain", "30"]).ends(0).prints("2 todo, 1 needs-a-look");
    assert!(tree.read(PLAN).contains("[options]\nmin_gain = 30\n"));
    tree.plan(&["--unsafe"]).ends(2).says("[options]");
    tree.edit(PLAN, "path = \"a/Dockerfile\"\n", "path = \"a/Dockerfile\"\nruntime = \"distroless\"\n");
    tree.edit(PLAN, "path = \"b/Dockerfile\"\n", "path = \"b/Dockerfile\"\nmin_gain = 900\n");
    tree.plan(&[])
        .ends(0)
        .says("a/Dockerfile: changed")
        .says("b/Dockerfile: changed since the plan, planned again: unchanged");
    tree.plan(&["--apply"]).ends(0).prints("1 needs-a-look, 1 done, 1 stays");
    assert!(tree.read("a/Dockerfile").contains("distroless"));
    tree.edit(PLAN, "status = \"needs-a-look\"", "status = \"needs-a-look\"\nunsafe = true");
    tree.plan(&["--apply"]).ends(0).prints("2 done, 1 stays");
    assert!(tree.is_converted("c"));
}

#[test]
fn a_part_is_taken_in_the_order_of_the_plan() {
    let tree = Tree::new(&["a", "b", "c", "d"]);
    tree.write("e/Dockerfile", GUESS);
    tree.plan(&["--unsafe"]).ends(0).prints("5 todo");
    tree.plan(&["--apply", "--only", "unsafe", "--limit", "3"]).ends(0).prints("4 todo, 1 done");
    assert!(tree.is_converted("e"));
    let text = tree.read(PLAN);
    let (before, last) = text.split_at(text.find("[[file]]\npath = \"d/").unwrap());
    let (head, rows) = before.split_at(before.find("[[file]]").unwrap());
    tree.write(PLAN, &format!("{head}{last}\n{rows}"));
    tree.plan(&["--apply", "--limit", "2", "--jobs", "4"]).ends(0).prints("2 todo, 3 done");
    assert!(tree.is_converted("d") && tree.is_converted("a") && !tree.is_converted("b"), "d was moved to the top");
    tree.plan(&["--apply", "--only", "declined"]).ends(0).prints("2 todo, 3 done");
    tree.plan(&["--apply", "--only", "single-stage-build"]).ends(0).prints("5 done");
}

#[test]
fn a_file_that_fails_is_a_row_of_its_own_and_tried_again() {
    let tree = Tree::new(&["a", "c"]);
    tree.write("b/Dockerfile", "FRM x\n");
    tree.plan(&[]).ends(2).prints("b/Dockerfile  failed").prints("2 todo, 1 failed");
    tree.plan(&["--apply"]).ends(2).prints("2 done, 1 failed");
    tree.service("b");
    tree.plan(&["--apply"]).ends(0).says("b/Dockerfile: planned for the first time").prints("1 todo, 2 done");
    assert!(!tree.is_converted("b"), "nobody has seen it yet");
    tree.plan(&["--apply"]).ends(0).prints("3 done");
    assert!(tree.is_converted("b"));
}

#[test]
fn a_plan_that_is_wrong_is_refused_and_kept() {
    let tree = Tree::new(&["a"]);
    tree.plan(&["--apply"]).ends(2).says("does not exist; make it first: msb batch DIR --plan plan.toml");
    tree.write(PLAN, "version = 1\n\n[[file]]\npath = \"a/Dockerfile\"\nstatus = \"skip\"\n");
    tree.plan(&[]).ends(2).says("plan.toml:5:10").says("`skipped`");
    tree.write(PLAN, "version = 1\nfile = [{path = \"a/Dockerfile\"}]\n");
    tree.plan(&[]).ends(2).says("[[file]]");
    assert!(tree.read(PLAN).ends_with("file = [{path = \"a/Dockerfile\"}]\n"));
    tree.write(PLAN, "version = 1\nroot = \"no/such\"\n");
    tree.plan(&[]).ends(2).says("mend `root`");
    fs::remove_file(tree.file(PLAN)).unwrap();
    tree.msb(&["batch", "--limit", "1"]).ends(2).says("--plan");
    tree.plan(&["--since", "main"]).ends(2).says("--since and --plan");
    tree.plan(&["--context", "a"]).ends(2).says("write `context` into the rows");
    tree.msb(&["batch", "--plan", "no/such/plan.toml"]).ends(2).says("make it first");
    assert!(!tree.file(PLAN).exists());
}

#[test]
fn paths_count_from_the_plan_and_may_lie_anywhere() {
    let tree = Tree::new(&["app/a"]);
    fs::create_dir_all(tree.file("app/.git")).unwrap();
    fs::create_dir_all(tree.file("plans")).unwrap();
    msb(&tree.file("app/a"), &["batch", ".", "--plan", "../../plans/one.toml"]).ends(0).prints("1 todo");
    let plan = tree.read("plans/one.toml");
    assert!(plan.contains("search = [\"a\"]") && plan.contains("path = \"a/Dockerfile\""), "{plan}");
    tree.msb(&["batch", "--plan", "plans/one.toml"]).ends(0).prints("1 todo");
    tree.msb(&["batch", "plans", ".", "--plan", "plans/one.toml"]).ends(0).prints("1 todo");
    tree.service("other");
    tree.msb(&["batch", ".", "--plan", "plans/one.toml"]).ends(2).says("outside of");
    tree.msb(&["batch", "--plan", "plans/one.toml", "--apply", "--allow-dirty"]).ends(0).prints("1 done");
    assert!(tree.is_converted("app/a"));
}

#[test]
fn two_runs_do_not_meet() {
    let tree = Tree::new(&["a"]);
    tree.plan(&[]).ends(0);
    let lock = fs::File::create(tree.file("plan.toml.lock")).unwrap();
    lock.lock().unwrap();
    tree.plan(&["--apply"]).ends(2).says("another run of msb").says("wait until it has ended");
    assert!(!tree.is_converted("a"));
    drop(lock);
    tree.plan(&["--apply"]).ends(0).prints("1 done");
    assert!(!tree.file("plan.toml.lock").exists());
}
