//! `msb verify` and `convert --verify`, driven as users drive them, on an engine that is a shell script: it keeps images
//! and containers as files, so that what is left behind can be counted.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use assert_cmd::cargo::CommandCargoExt as _;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const ENGINE: &str = include_str!("verify/engine.sh");

const DOCKERFILE: &str = "FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY go.mod main.go ./\nRUN CGO_ENABLED=0 go build -o /app/server .\nCMD [\"/app/server\"]\n";

/// A project, an engine, and a temporary folder of their own.
struct Place {
    folder: TempDir,
    behaviour: &'static str,
}

impl Place {
    fn new(behaviour: &'static str) -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap(), behaviour };
        for folder in ["project", "bin", "state", "tmp", "empty"] {
            fs::create_dir(place.at(folder)).unwrap();
        }
        fs::write(place.at("project/Dockerfile"), DOCKERFILE).unwrap();
        fs::write(place.at("project/go.mod"), "module example.org/server\n\ngo 1.22\n").unwrap();
        let program = "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"hello\")\n}\n";
        fs::write(place.at("project/main.go"), program).unwrap();
        fs::write(place.at("bin/docker"), ENGINE).unwrap();
        fs::set_permissions(place.at("bin/docker"), fs::Permissions::from_mode(0o755)).unwrap();
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("msb").unwrap();
        command
            .args(arguments)
            .current_dir(self.at("project"))
            .env("PATH", format!("{}:/usr/bin:/bin", self.at("bin").display()))
            .env("TMPDIR", self.at("tmp"))
            .env("FAKE", self.behaviour)
            .env("FAKE_STATE", self.at("state"))
            .env_remove("MSB_ENGINE")
            .env_remove("DOCKER_BUILDKIT");
        command
    }

    fn msb(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).output().unwrap())
    }

    /// Images and containers that are still there.
    fn left(&self) -> Vec<String> {
        let mut names: Vec<String> = names(&self.at("state"));
        names.retain(|name| name.starts_with("image.") || name.starts_with("container."));
        names
    }

    fn calls(&self) -> Vec<String> {
        fs::read_to_string(self.at("state/calls")).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

#[derive(Debug)]
struct Answer {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Answer {
    fn of(output: Output) -> Answer {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Answer { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Holds the exit code and words of standard error.
    fn ends(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for word in words {
            assert!(self.stderr.contains(word), "no `{word}` in {self:?}");
        }
    }
}

#[test]
fn no_engine() {
    let place = Place::new("");
    let mut command = place.command(&["verify", "Dockerfile"]);
    let answer = Answer::of(command.env("PATH", place.at("empty")).output().unwrap());
    answer.ends(2, &["no container engine found", "docker", "podman", "--engine"]);
    let answer = Answer::of(command.arg("--engine=nerdctl").output().unwrap());
    answer.ends(2, &["nerdctl is not on PATH"]);
    place.msb(&["verify", "Dockerfile", "--engine", "lxc"]).ends(2, &["unknown engine lxc", "docker, docker-classic"]);
}

#[test]
fn an_engine_that_is_stopped_or_refuses() {
    let place = Place::new("stopped");
    place.msb(&["verify", "Dockerfile", "--engine=docker"]).ends(2, &["its engine is not running", "start it"]);
    let place = Place::new("refused");
    place.msb(&["verify", "Dockerfile", "--engine=docker"]).ends(2, &["refuses permission", "socket"]);
}

#[test]
fn the_original_does_not_build() {
    let place = Place::new("build-fails");
    let answer = place.msb(&["verify", "Dockerfile"]);
    answer.ends(2, &["building the original: [1/2] FROM debian", "whole logs are in"]);
    assert!(answer.stdout.contains("not checkable"), "{answer:?}");
    assert!(answer.stdout.contains("the original does not build, at [2/2] RUN false"), "{answer:?}");
    assert_eq!(place.left(), Vec::<String>::new());
    let folder = place.at("tmp").join(&names(&place.at("tmp"))[0]);
    assert!(fs::read_to_string(folder.join("original.log")).unwrap().contains("> [2/2] RUN false"));
}

#[test]
fn a_full_disk() {
    let place = Place::new("full");
    place.msb(&["verify", "Dockerfile"]).ends(2, &["no space left on its disk", "make room"]);
    assert_eq!(place.left(), Vec::<String>::new());
}

#[test]
fn a_build_that_takes_too_long() {
    let place = Place::new("hangs");
    let answer = place.msb(&["verify", "Dockerfile", "--timeout", "0"]);
    answer.ends(2, &[]);
    assert!(answer.stdout.contains("took longer than 0 s"), "{answer:?}");
    assert_eq!(place.left(), Vec::<String>::new());
}

#[test]
fn a_container_that_never_stops() {
    let place = Place::new("never-stops");
    let answer = place.msb(&["verify", "Dockerfile", "--wait", "0", "--run", "--forever", "-v"]);
    answer.ends(0, &[]);
    assert!(answer.stdout.contains("stop: the container did not stop in time"), "{answer:?}");
    assert!(answer.stdout.contains("run --forever: keeps running, as the original does"), "{answer:?}");
    assert_eq!(place.left(), Vec::<String>::new());
}

#[test]
fn an_interruption_leaves_nothing_behind() {
    let place = Place::new("hangs");
    let mut command = place.command(&["convert", "Dockerfile", "--apply", "--allow-dirty", "--verify"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !place.at("state/building").exists() {
        std::thread::yield_now();
    }
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let answer = Answer::of(child.wait_with_output().unwrap());
    answer.ends(2, &["interrupted", "is removed"]);
    assert_eq!(place.left(), Vec::<String>::new());
    assert_eq!(names(&place.at("tmp")), Vec::<String>::new());
    assert_eq!(fs::read_to_string(place.at("project/Dockerfile")).unwrap(), DOCKERFILE);
}

#[test]
fn what_is_the_same_leaves_nothing_and_ran_with_no_network_and_no_rights() {
    let place = Place::new("");
    let answer = place.msb(&["verify", "Dockerfile", "--quiet"]);
    answer.ends(0, &[]);
    assert!(answer.stderr.is_empty() && answer.stdout.ends_with("0 % smaller\n"), "{answer:?}");
    assert_eq!(place.left(), Vec::<String>::new());
    assert_eq!(names(&place.at("tmp")), Vec::<String>::new());
    let calls = place.calls();
    let created: Vec<&String> = calls.iter().filter(|c| c.starts_with("create ")).collect();
    assert!(created.len() >= 4 && created.iter().all(|c| c.contains("--network none")), "{created:?}");
    for call in &calls {
        assert!(!["--privileged", "--cap-add", "--security-opt", "pull "].iter().any(|w| call.contains(w)), "{call}");
    }
    // What is removed was made here.
    let made_here = |call: &&String| call.starts_with("rm ") || call.starts_with("rmi ");
    assert!(calls.iter().filter(made_here).all(|c| c.contains("msb-verify-")), "{calls:?}");

    let open = Place::new("");
    open.msb(&["verify", "Dockerfile", "--network"]).ends(0, &[]);
    assert!(open.calls().iter().any(|c| c.starts_with("create ") && c.contains("-main") && !c.contains("--network")));
}

#[test]
fn what_differs_ends_with_one_and_says_why() {
    let place = Place::new("differs");
    let answer = place.msb(&["verify", "Dockerfile", "--format", "json"]);
    answer.ends(1, &[]);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!((&report["verdict"], &report["schema"]), (&"differs".into(), &1.into()));
    let finding = report["findings"].as_array().unwrap().iter().find(|f| !f["causes"].is_null()).unwrap();
    assert_eq!(finding["causes"][0]["kind"], "missing-command");
    assert_eq!(finding["causes"][0]["command"], "git");
    let answer = place.msb(&["verify", "Dockerfile", "--format", "markdown"]);
    assert!(answer.stdout.starts_with("## msb verify: differs\n"), "{answer:?}");
    assert_eq!(place.left(), Vec::<String>::new());
}

#[test]
fn another_file_to_compare_with() {
    let place = Place::new("");
    fs::write(place.at("project/Other"), "FROM scratch\nCMD [\"/x\"]\n").unwrap();
    place.msb(&["verify", "Dockerfile", "--against", "Other", "--logs", "logs"]).ends(0, &[]);
    assert_eq!(names(&place.at("project/logs")).len(), 2);
    place.msb(&["verify", "Dockerfile", "--against", "none"]).ends(2, &["`none` cannot be read"]);
    fs::write(place.at("project/Dockerfile"), "FROM scratch\n").unwrap();
    place.msb(&["verify", "Dockerfile"]).ends(0, &["nothing to compare"]);
}

#[test]
fn flags_reach_both_builds() {
    let place = Place::new("");
    let flags = "--build-arg A=1 --build-arg B --target app --platform linux/arm64 --network host --secret id=key,src=/k --no-cache";
    let mut arguments = vec!["verify", "Dockerfile"];
    let typed = flags.replace("--network", "--build-network");
    arguments.extend(typed.split(' '));
    place.msb(&arguments).ends(0, &[]);
    let calls = place.calls();
    // The base images beside them are read as they are.
    let of_base = |call: &&String| call.contains("-base ");
    let builds: Vec<&String> = calls.iter().filter(|c| c.starts_with("buildx build")).filter(|c| !of_base(c)).collect();
    assert!(builds.len() == 2 && builds.iter().all(|b| b.contains(flags)), "{builds:?}");
}

#[test]
fn a_campaign_is_measured_and_only_what_is_the_same_is_written() {
    let verify = ["batch", "--plan", "plan.toml", "--verify", "--engine=docker"];
    let apply = ["batch", "--plan", "plan.toml", "--apply", "--allow-dirty", "--verify", "--engine=docker"];
    let plan = |place: &Place| fs::read_to_string(place.at("project/plan.toml")).unwrap();
    let builds = |place: &Place| place.calls().iter().filter(|call| call.starts_with("buildx build")).count();

    let place = Place::new("");
    place.msb(&["batch", ".", "--plan", "plan.toml"]).ends(0, &[]);
    place.msb(&verify).ends(0, &["Dockerfile: built and compared: same"]);
    assert!(plan(&place).contains("measured = { verdict = \"same\""), "{}", plan(&place));
    assert!(plan(&place).contains("status = \"todo\""), "nothing is written yet");
    let built = builds(&place);
    let report = place.msb(&["batch", "--plan", "plan.toml", "--report", "report.csv"]);
    report.ends(0, &[]);
    place.msb(&verify).ends(0, &[]);
    assert_eq!(builds(&place), built, "what is known is not built again");
    place.msb(&apply).ends(0, &[]);
    assert_eq!(builds(&place), built);
    assert_ne!(fs::read_to_string(place.at("project/Dockerfile")).unwrap(), DOCKERFILE);
    assert!(plan(&place).contains("status = \"done\"") && plan(&place).contains("verdict = \"same\""));

    let place = Place::new("differs");
    place.msb(&["batch", ".", "--plan", "plan.toml"]).ends(0, &[]);
    place.msb(&apply).ends(0, &["built and compared: differs", "says more"]);
    assert_eq!(fs::read_to_string(place.at("project/Dockerfile")).unwrap(), DOCKERFILE);
    assert!(plan(&place).contains("status = \"needs-a-look\"") && plan(&place).contains("verdict = \"differs\""));
    place.msb(&["batch", "--plan", "plan.toml"]).ends(0, &[]);
    assert!(plan(&place).contains("status = \"needs-a-look\""), "and goes on doing so");
    assert_eq!(place.left(), Vec::<String>::new());

    let place = Place::new("stopped");
    place.msb(&["batch", ".", "--plan", "plan.toml"]).ends(0, &[]);
    place.msb(&verify).ends(2, &["its engine is not running"]);
    place.msb(&["batch", "--plan", "plan.toml", "--probe", "GET /"]).ends(2, &["add --verify"]);
}

#[test]
fn only_what_was_verified_is_written() {
    let arguments = ["convert", "Dockerfile", "--apply", "--allow-dirty", "--verify"];
    for (behaviour, code) in [("", 0), ("differs", 1), ("build-fails", 2), ("stopped", 2), ("full", 2)] {
        let place = Place::new(behaviour);
        let mut arguments = arguments.to_vec();
        arguments.push("--engine=docker");
        let answer = place.msb(&arguments);
        answer.ends(code, &[]);
        let written = fs::read_to_string(place.at("project/Dockerfile")).unwrap() != DOCKERFILE;
        assert_eq!(written, code == 0, "{behaviour}: {answer:?}");
        assert_eq!(place.left(), Vec::<String>::new());
    }
    let place = Place::new("differs");
    let answer = place.msb(&["convert", "Dockerfile", "--verify"]);
    answer.ends(1, &["missing command git", "left as it is"]);
    assert!(answer.stdout.is_empty(), "{answer:?}");
    let answer = place.msb(&["convert", "Dockerfile", "--verify", "--format", "json"]);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(report["files"][0]["verification"]["verdict"], "differs");
    place.msb(&["convert", "Dockerfile", "--probe", "GET /"]).ends(2, &["add --verify"]);
}
