//! A whole monorepo by the real binary: found, planned, reported, applied by owner; interrupted and killed; and trees that are
//! hostile.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

#[path = "support/command.rs"]
mod command;
#[path = "support/monorepo.rs"]
mod monorepo;

use command::{Answer, msb, skipped};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const SERVICES: usize = 60;
const PLAN: &str = "plan.toml";

struct Repo {
    folder: TempDir,
    dockerfiles: Vec<PathBuf>,
}

impl Repo {
    /// A committed repository; nothing where there is no git, which is said aloud.
    fn new(services: usize) -> Option<Repo> {
        let folder = tempfile::tempdir().unwrap();
        let dockerfiles = monorepo::write(folder.path(), services);
        let repo = Repo { folder, dockerfiles };
        if repo.git(&["init", "-q", "-b", "main"]).is_none() {
            skipped("no git");
            return None;
        }
        repo.git(&["add", "-A"]).unwrap();
        repo.git(&["commit", "-q", "-m", "x"]).unwrap();
        Some(repo)
    }

    fn at(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, arguments: &[&str]) -> Option<String> {
        command::git(self.at(), arguments)
    }

    /// Names of files that differ from the commit.
    fn changed(&self) -> Vec<String> {
        self.git(&["diff", "--name-only"]).unwrap().lines().map(str::to_owned).collect()
    }

    fn plan(&self, arguments: &[&str]) -> Answer {
        msb(self.at(), &[&["batch", "--plan", PLAN], arguments].concat())
    }

    /// A campaign that goes on by itself.
    fn start(&self, arguments: &[&str]) -> Child {
        std::process::Command::new(env!("CARGO_BIN_EXE_msb"))
            .args(["batch", "--plan", PLAN])
            .args(arguments)
            .current_dir(self.at())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Every Dockerfile's text.
    fn texts(&self) -> BTreeMap<PathBuf, String> {
        self.dockerfiles.iter().map(|path| (path.clone(), fs::read_to_string(self.at().join(path)).unwrap())).collect()
    }

    fn converted(&self) -> usize {
        self.texts().values().filter(|text| text.contains("AS builder")).count()
    }

    /// Takes away what a run that was killed may leave behind, and says how many there were.
    fn clear(&self) -> usize {
        let mut count = 0;
        for folder in self.dockerfiles.iter().filter_map(|path| path.parent()) {
            for entry in fs::read_dir(self.at().join(folder)).unwrap().flatten() {
                if entry.file_name().to_string_lossy().starts_with(".msb-") {
                    fs::remove_file(entry.path()).unwrap();
                    count += 1;
                }
            }
        }
        count
    }
}

/// Paths of the rows of a plan, in its order.
fn rows(plan: &str) -> Vec<PathBuf> {
    let plan: toml::Table = toml::from_str(plan).unwrap();
    let rows = plan["file"].as_array().unwrap();
    rows.iter().map(|row| PathBuf::from(row["path"].as_str().unwrap())).collect()
}

#[test]
fn found_planned_reported_and_applied_by_owner() {
    let Some(repo) = Repo::new(SERVICES) else { return };
    let reports = ["--report", "report.html", "--report", "report.csv", "--report", "report.md"];
    // Some files are broken, which is an end of its own.
    repo.plan(&reports).ends(2).prints(&format!("{} files", repo.dockerfiles.len())).prints("failed");
    let plan = fs::read_to_string(repo.at().join(PLAN)).unwrap();
    assert_eq!(rows(&plan), repo.dockerfiles, "found by name and by use, and nothing else");
    assert!(plan.contains("path = \"shared/images/api.image\"\nstatus = \"todo\"\ncontext = \".\""), "{plan}");
    assert_eq!(plan.matches("owners = [\"@org/").count(), repo.dockerfiles.len() - plan.matches("\"failed\"").count());
    let table = fs::read_to_string(repo.at().join("report.csv")).unwrap();
    assert_eq!(table.lines().count(), repo.dockerfiles.len() + 1);
    let page = fs::read_to_string(repo.at().join("report.html")).unwrap();
    assert_eq!(page.matches("<article ").count(), repo.dockerfiles.len(), "a page for each");

    let mut before = Vec::new();
    for team in ["payments", "search", "web", "platform", "all"] {
        repo.plan(&["--apply", "--group-by", "owner", "--group", &format!("@org/{team}")]);
        let changed = repo.changed();
        let new: Vec<&String> = changed.iter().filter(|name| !before.contains(*name)).collect();
        let folder = if team == "all" { "shared/".to_owned() } else { format!("{team}/") };
        assert!(!new.is_empty() && new.iter().all(|name| name.starts_with(&folder)), "{team}: {new:?}");
        before = changed;
    }
    let answer = repo.plan(&[]).ends(2);
    assert!(!answer.out.contains(" todo") && !answer.out.contains(" changed"), "{answer:#?}");
    let (plan, texts) = (fs::read_to_string(repo.at().join(PLAN)).unwrap(), repo.texts());
    repo.plan(&["--apply"]);
    repo.plan(&[]).ends(2);
    assert_eq!(
        (fs::read_to_string(repo.at().join(PLAN)).unwrap(), repo.texts()),
        (plan, texts),
        "a second run changes nothing"
    );
}

/// Ends a process by a signal's name.
fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "kill {name}");
}

#[cfg(unix)]
#[test]
fn interrupted_and_gone_on_with_at_five_points() {
    let Some(whole) = Repo::new(SERVICES) else { return };
    whole.plan(&[]);
    whole.plan(&["--apply"]);
    let (expected, most) = (whole.texts(), whole.converted());
    let Some(repo) = Repo::new(SERVICES) else { return };
    for (point, name) in
        [(1, "-INT"), (most / 4, "-KILL"), (most / 2, "-TERM"), (most * 3 / 4, "-KILL"), (most - 1, "-INT")]
    {
        repo.git(&["checkout", "-q", "."]).unwrap();
        _ = fs::remove_file(repo.at().join(PLAN));
        repo.plan(&[]);
        let mut child = repo.start(&["--apply", "--jobs", "1"]);
        while repo.converted() < point && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        if child.try_wait().unwrap().is_none() {
            signal(&child, name);
        }
        let ended = child.wait_with_output().unwrap();
        let reached = repo.converted();
        assert!(reached >= point, "{name} at {point}: {reached}");
        // What was on its way when the signal came is finished, and nothing is begun after it.
        if name != "-KILL" && reached < most {
            let words = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert!(words.contains("interrupted; what was done is in the plan"), "{words}");
            let plan = fs::read_to_string(repo.at().join(PLAN)).unwrap();
            assert_eq!(plan.matches("status = \"done\"").count(), reached, "the plan knows how far it came");
        }
        repo.clear();
        repo.plan(&["--apply"]);
        assert_eq!(repo.texts(), expected, "{name} at {point}");
        let plan = fs::read_to_string(repo.at().join(PLAN)).unwrap();
        assert_eq!(plan.matches("status = \"done\"").count(), most);
        repo.plan(&["--apply"]);
        assert_eq!(fs::read_to_string(repo.at().join(PLAN)).unwrap(), plan, "and then there is nothing to do");
        assert!(!repo.at().join("plan.toml.lock").exists());
    }
}

/// Kills a campaign so many times, at moments that are spread over it, and looks at every file each time.
#[cfg(unix)]
fn killed(times: u64) {
    let Some(repo) = Repo::new(16) else { return };
    let before = repo.texts();
    repo.plan(&[]);
    let planned = fs::read_to_string(repo.at().join(PLAN)).unwrap();
    repo.plan(&["--apply"]);
    let after = repo.texts();
    let mut left_behind = 0;
    for time in 0..times {
        for (path, text) in &before {
            // Some are converted already when the next run begins.
            if !(time + path.as_os_str().len() as u64).is_multiple_of(3) {
                fs::write(repo.at().join(path), text).unwrap();
            }
        }
        fs::write(repo.at().join(PLAN), &planned).unwrap();
        let mut child = repo.start(&["--apply", "--allow-dirty"]);
        // Steps of a golden cut spread over the time that a run takes.
        std::thread::sleep(Duration::from_micros((time * 618_034) % 400_000));
        _ = child.kill();
        child.wait().unwrap();
        for (path, text) in repo.texts() {
            assert!(text == before[&path] || text == after[&path], "{} is neither: {text}", path.display());
        }
        let plan = fs::read_to_string(repo.at().join(PLAN)).unwrap();
        assert_eq!(rows(&plan), repo.dockerfiles, "the plan is whole");
        left_behind += repo.clear();
    }
    fs::write(repo.at().join(PLAN), &planned).unwrap();
    repo.plan(&["--apply", "--allow-dirty"]);
    assert_eq!(repo.texts(), after, "none is lost");
    assert!(left_behind <= times as usize * 4, "at most one for each thread");
}

#[cfg(unix)]
#[test]
fn killed_fifty_times() {
    killed(50);
}

#[cfg(unix)]
#[test]
#[ignore = "takes some minutes: cargo test --test monorepo -- --ignored killed"]
fn killed_a_thousand_times() {
    killed(1000);
}

#[test]
fn files_that_change_during_the_run_are_never_mixed() {
    let Some(repo) = Repo::new(SERVICES) else { return };
    repo.plan(&[]);
    let before = repo.texts();
    let stop = std::sync::atomic::AtomicBool::new(false);
    let after = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            // Somebody saves every file again and again, as editors do: whole.
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for (path, text) in &before {
                    let path = repo.at().join(path);
                    let draft = path.with_extension("draft");
                    fs::write(&draft, format!("{text}# mine\n")).unwrap();
                    fs::rename(&draft, &path).unwrap();
                }
            }
        });
        repo.plan(&["--apply", "--allow-dirty"]);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        writer.join().unwrap();
        repo.texts()
    });
    for (path, text) in &after {
        let mine = format!("{}# mine\n", before[path]);
        assert!(*text == mine || text.contains("AS builder"), "{}: {text}", path.display());
    }
    let plan = fs::read_to_string(repo.at().join(PLAN)).unwrap();
    assert_eq!(rows(&plan), repo.dockerfiles);
}

#[cfg(unix)]
#[test]
fn hostile_trees() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let text = "FROM golang:1.22-bookworm\n# <script>alert(1)</script> --> </script>\nLABEL x=\"<img src=x onerror=alert(2)>\"\nWORKDIR /app\nCOPY go.mod main.go ./\nRUN CGO_ENABLED=0 go build -o /app/server .\nCMD [\"/app/server\"]\n";
    let names: [&[u8]; 5] =
        [b"plain", b"new\nline", b"\xff\xfe", b"<img src=x onerror=alert(3)>", b"' \" ` {{x}} & \\ =1+1"];
    for name in names {
        let service = at.join(OsStr::from_bytes(name));
        fs::create_dir(&service).unwrap();
        fs::write(service.join("Dockerfile"), text).unwrap();
        fs::write(service.join("go.mod"), "module x\n\ngo 1.22\n").unwrap();
        fs::write(service.join("main.go"), "package main\n\nfunc main() {}\n").unwrap();
    }
    symlink("..", at.join("plain/loop")).unwrap();
    symlink("self", at.join("self")).unwrap();
    symlink("nowhere", at.join("plain/Dockerfile.gone")).unwrap();
    fs::create_dir(at.join("pipes")).unwrap();
    for name in ["Dockerfile", "Makefile"] {
        assert!(std::process::Command::new("mkfifo").arg(at.join("pipes").join(name)).status().unwrap().success());
    }
    fs::create_dir_all(at.join("closed/in")).unwrap();
    fs::set_permissions(at.join("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    let is_closed = fs::read_dir(at.join("closed")).is_err();

    let run = |arguments: &[&str]| msb(at, &[&["batch", "--plan", PLAN], arguments].concat());
    let code = if is_closed { 2 } else { 0 };
    let answer = run(&["--report", "report.html", "--report", "report.csv"]).ends(code).prints("5 files: 5 todo");
    if is_closed {
        answer.says("what lies below was not searched");
    } else {
        skipped("root may read every folder");
    }
    let page = fs::read_to_string(at.join("report.html")).unwrap();
    for wrong in ["<img", "<script>alert", "onerror=alert(1)\""] {
        assert!(!page.contains(wrong), "{wrong} is markup");
    }
    assert_eq!(page.matches("<script>").count(), 2, "those of the report");
    assert!(page.contains("&#60;img src=x onerror=alert(3)&#62;/Dockerfile"), "and it is there as text");
    assert!(fs::read_to_string(at.join("report.csv")).unwrap().contains("<img src=x onerror=alert(3)>/Dockerfile"));
    run(&["--apply"]).prints("5 done");
    for name in names {
        let text = fs::read_to_string(at.join(OsStr::from_bytes(name)).join("Dockerfile")).unwrap();
        assert!(text.contains("AS builder"), "{name:?}");
    }
    run(&["--apply"]).says("nothing to do");
    fs::write(at.join("plain/.msb-a1B2c3"), "half").unwrap();
    run(&[]).says("`plain/.msb-a1B2c3` was left behind by a run that was killed");
    fs::set_permissions(at.join("closed"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn submodules_are_left_alone_unless_asked() {
    let folder = tempfile::tempdir().unwrap();
    monorepo::write(folder.path(), 1);
    let at = folder.path();
    fs::create_dir_all(at.join("sub")).unwrap();
    fs::write(at.join("sub/.git"), "gitdir: ../.git/modules/sub\n").unwrap();
    fs::write(at.join("sub/Dockerfile"), "FROM debian:12\n").unwrap();
    msb(at, &["batch", "."]).ends(0).prints("3 files").says("1 submodule is left alone");
    msb(at, &["batch", ".", "--include-vendored"]).ends(0).prints("sub/Dockerfile").prints("ignored/Dockerfile");
}

#[test]
fn progress_is_a_line_for_each_tenth_when_nobody_watches() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..120 {
        let service = folder.path().join(format!("s{number}"));
        fs::create_dir(&service).unwrap();
        fs::write(service.join("Dockerfile"), "FROM debian:12 AS a\nFROM a\n").unwrap();
    }
    let answer = msb(folder.path(), &["batch"]).ends(0).says("12 of 120 files\n").says("108 of 120 files\n");
    assert!(!answer.err.contains('\r') && !answer.err.contains("120 of 120"), "{answer:#?}");
    let quiet = msb(folder.path(), &["batch", "--quiet"]).ends(0);
    assert_eq!(quiet.err, "", "{quiet:#?}");
}

#[test]
#[ignore = "needs node and Chromium: cargo test --test monorepo -- --ignored browser"]
fn the_report_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    monorepo::write(folder.path(), 1000);
    msb(folder.path(), &["batch", ".", "--plan", PLAN, "--report", "report.html"]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/report-browser.mjs");
    let run = std::process::Command::new("node").arg(script).arg("report.html").current_dir(folder.path()).output();
    let Ok(output) = run else { return skipped("no node") };
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    if words.contains("Chromium does not start") {
        return skipped(&words);
    }
    assert!(output.status.success(), "{words}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("1002 files: searched"));
}
