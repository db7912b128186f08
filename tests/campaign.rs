//! Campaigns by the real binary: a plan that people edit, carried out in parts, interrupted and gone on with.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]
#[path = "support/command.rs"]
mod command;

use command::{Answer, msb, skipped};
use std::fs;
use std::path::PathBuf;
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
    tree.plan(&["--apply"]).ends(0).says("nothing to do");
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

/// A repository with services of several owners; nothing where there is no git, which is said aloud.
fn repository() -> Option<Tree> {
    let tree = Tree::new(&["services/api", "services/web", "tools/x"]);
    if !git(&tree, &["init", "-q", "-b", "main"]) {
        skipped("no git");
        return None;
    }
    tree.write(".github/CODEOWNERS", "* @org/all\n/services/ @org/services\n/tools/\n");
    commit(&tree);
    Some(tree)
}

fn git(tree: &Tree, arguments: &[&str]) -> bool {
    command::git(tree.folder.path(), arguments).is_some()
}

fn commit(tree: &Tree) {
    assert!(git(tree, &["add", "-A"]) && git(tree, &["commit", "-q", "--allow-empty", "-m", "x"]));
}

fn index(tree: &Tree, folder: &str) -> Vec<serde_json::Value> {
    let index: serde_json::Value = serde_json::from_str(&tree.read(&format!("{folder}/index.json"))).unwrap();
    index["groups"].as_array().unwrap().clone()
}

#[test]
fn a_patch_for_each_owner() {
    let Some(tree) = repository() else { return };
    tree.plan(&[]).ends(0);
    assert!(tree.read(PLAN).contains("owners = [\"@org/services\"]"), "{}", tree.read(PLAN));
    tree.plan(&["--patch-dir", "out", "--group-by", "owner"])
        .ends(0)
        .says("org-services.patch: 2 files")
        .prints("3 patched");
    let groups = index(&tree, "out");
    let names: Vec<&str> = groups.iter().map(|group| group["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["org-services", "unowned"]);
    assert_eq!(groups[0]["branch"], "msb/org-services");
    assert_eq!(groups[0]["owners"], serde_json::json!(["@org/services"]));
    assert_eq!(groups[0]["files"], serde_json::json!(["services/api/Dockerfile", "services/web/Dockerfile"]));
    assert_eq!(groups[0]["title"], "Build 2 images in two stages");
    assert!(tree.read("out/org-services.commit.txt").starts_with("Build 2 images in two stages\n\nBy estimate"));
    let body = tree.read("out/org-services.md");
    assert!(body.contains("2 Dockerfiles can be built in two stages") && !body.contains("tools/x"), "{body}");
    assert!(!tree.is_converted("services/api"), "handed out is not written");
    let files = || fs::read_dir(tree.file("out")).unwrap().count();
    let (before, plan) = (files(), tree.read(PLAN));
    tree.plan(&["--patch-dir", "out", "--group-by", "owner"]).ends(0).says("nothing to do");
    tree.plan(&[]).ends(0).prints("3 patched");
    assert_eq!((files(), tree.read(PLAN)), (before, plan), "a second run does nothing");

    // Somebody merges one of them.
    assert!(git(&tree, &["apply", "--check", "out/org-services.patch"]), "git takes the patch");
    assert!(git(&tree, &["apply", "out/org-services.patch"]));
    tree.plan(&[]).ends(0).says("services/api/Dockerfile: it is converted by now").prints("1 patched, 2 done");
    // And somebody wants the other one again.
    tree.edit(PLAN, "status = \"patched\"", "status = \"todo\"");
    fs::remove_dir_all(tree.file("out")).unwrap();
    tree.plan(&["--patch-dir", "out", "--group-by", "owner"]).ends(0).says("unowned.patch");
}

#[test]
fn parts_of_a_group_have_patches_of_their_own() {
    let Some(tree) = repository() else { return };
    tree.plan(&[]).ends(0);
    tree.edit(PLAN, "path = \"tools/x/Dockerfile\"\n", "path = \"tools/x/Dockerfile\"\ngroup = \"services/api\"\n");
    let out = ["--patch-dir", "out", "--group-by", "directory"];
    tree.plan(&[&out[..], &["--limit", "1"]].concat())
        .ends(0)
        .says("services-api.patch: 1 file")
        .prints("2 todo, 1 patched");
    tree.plan(&[&out[..], &["--group", "services/api"]].concat()).ends(0).says("services-api-2.patch: 1 file");
    tree.plan(&out).ends(0).says("services-web.patch: 1 file").prints("3 patched");
    let files: Vec<_> =
        index(&tree, "out").iter().map(|group| group["files"][0].as_str().unwrap().to_owned()).collect();
    assert_eq!(files, ["services/api/Dockerfile", "tools/x/Dockerfile", "services/web/Dockerfile"]);
    // A run that ended before it took down what it had written comes to the same files.
    tree.edit(PLAN, "status = \"patched\"", "status = \"todo\"");
    tree.plan(&out).ends(0).says("services-api.patch: 1 file");
    assert_eq!(index(&tree, "out").len(), 3);
}

#[test]
fn a_group_is_applied_by_its_owner() {
    let Some(tree) = repository() else { return };
    tree.plan(&[]).ends(0);
    let apply = ["--apply", "--group-by", "owner", "--group", "@org/services"];
    tree.plan(&apply).ends(0).prints("1 todo, 2 done");
    assert!(tree.is_converted("services/web") && !tree.is_converted("tools/x"));
    tree.plan(&["--apply", "--group-by", "ecosystem", "--group", "python"]).ends(0).says("nothing to do");
    tree.plan(&["--apply", "--group-by", "ecosystem", "--group", "go"]).ends(0).prints("3 done");
    tree.plan(&["--group", "go"]).ends(2).says("add --apply");
}
