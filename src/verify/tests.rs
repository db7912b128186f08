//! Whole comparisons against an engine made of recorded answers.

use super::bases::final_base;
use super::engine::{Build, Create, Image};
use super::engine::{Consume, Layer, Output, State};
use super::session::without_syntax;
use super::tree::build::{Entry, Entry::*, tar};
use super::*;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One image of the recorded engine.
#[derive(Clone, Default)]
struct Recorded {
    config: Value,
    files: Vec<u8>,
    exit_code: i64,
    stdout: &'static str,
    stderr: &'static str,
    start_error: Option<&'static str>,
}

/// An engine that builds nothing and answers what was recorded; it keeps count of what is there.
#[derive(Default)]
struct Fake {
    original: Recorded,
    converted: Recorded,
    build_error: Option<(Which, EngineError)>,
    only_builds: bool,
    cancel_on_start: bool,
    cancelled: Cell<bool>,
    containers: RefCell<BTreeMap<String, String>>,
    images: RefCell<BTreeSet<String>>,
    dockerfiles: RefCell<Vec<String>>,
    networks: RefCell<BTreeSet<Option<String>>>,
}

impl Fake {
    fn recorded(&self, container: &str) -> Recorded {
        let image = self.containers.borrow().get(container).cloned().unwrap_or_default();
        if image.ends_with(":original") { self.original.clone() } else { self.converted.clone() }
    }
}

impl Engine for Fake {
    fn describe(&self) -> String {
        "recorded".to_owned()
    }
    fn only_builds(&self) -> Option<String> {
        self.only_builds.then(|| "it only builds".to_owned())
    }
    fn cancelled(&self) -> bool {
        self.cancelled.get()
    }
    fn build(&self, build: &Build, on_line: &mut dyn FnMut(&str)) -> Result<Vec<String>, EngineError> {
        on_line("#5 [1/2] FROM x");
        self.dockerfiles.borrow_mut().push(std::fs::read_to_string(&build.dockerfile).unwrap());
        if let Some((which, error)) = &self.build_error
            && build.tag.ends_with(which.name())
        {
            return Err(error.clone());
        }
        self.images.borrow_mut().insert(build.tag.clone());
        Ok(vec![])
    }
    fn image(&self, image: &str) -> Result<Image, EngineError> {
        let original = image.ends_with(":original");
        let recorded = if original { &self.original } else { &self.converted };
        let config = recorded.config.as_object().cloned().unwrap_or_default();
        Ok(Image {
            config,
            size: Some(if original { 900 } else { 100 }),
            layers: 2,
            platform: "linux/amd64".to_owned(),
        })
    }
    fn history(&self, _: &str) -> Result<Vec<Layer>, EngineError> {
        Ok(vec![])
    }
    fn create(&self, create: &Create) -> Result<(), EngineError> {
        self.networks.borrow_mut().insert(create.network.clone());
        self.containers.borrow_mut().insert(create.name.clone(), create.image.clone());
        Ok(())
    }
    fn start(&self, container: &str) -> Result<(), EngineError> {
        if self.cancel_on_start {
            self.cancelled.set(true);
            return Err(EngineError::Cancelled);
        }
        match self.recorded(container).start_error {
            Some(message) if !container.ends_with("eye") => {
                Err(EngineError::Failed { what: "start".to_owned(), message: message.to_owned() })
            }
            _ => Ok(()),
        }
    }
    fn state(&self, container: &str) -> Result<State, EngineError> {
        Ok(State { exit_code: self.recorded(container).exit_code, ..State::default() })
    }
    fn logs(&self, container: &str) -> Result<Output, EngineError> {
        let recorded = self.recorded(container);
        Ok(Output { code: 0, stdout: recorded.stdout.into(), stderr: recorded.stderr.into() })
    }
    fn process_user(&self, _: &str) -> Result<String, EngineError> {
        Ok("0:0".to_owned())
    }
    fn exec(&self, _: &str, _: &[String], _: &[u8], _: Duration) -> Result<Output, EngineError> {
        Ok(Output::default())
    }
    fn stop(&self, _: &str, _: Duration) -> Result<(), EngineError> {
        Ok(())
    }
    fn export(&self, container: &str, consume: Consume) -> Result<(), EngineError> {
        consume(&mut self.recorded(container).files.as_slice()).unwrap();
        Ok(())
    }
    fn save(&self, _: &str, _: Consume) -> Result<(), EngineError> {
        Err(EngineError::Unsupported("not recorded".to_owned()))
    }
    fn remove_container(&self, container: &str) {
        self.containers.borrow_mut().remove(container);
    }
    fn remove_labelled(&self, id: &str) {
        self.containers.borrow_mut().retain(|name, _| !name.contains(id));
    }
    fn remove_image(&self, image: &str) {
        self.images.borrow_mut().remove(image);
    }
}

fn image(config: Value, files: &[Entry], exit_code: i64, stdout: &'static str, stderr: &'static str) -> Recorded {
    Recorded { config, files: tar(files), exit_code, stdout, stderr, start_error: None }
}

fn request() -> Request {
    Request {
        original: "# syntax=docker/dockerfile:1\nFROM x\nENV A=1\n".to_owned(),
        converted: "FROM x AS builder\nFROM y\n".to_owned(),
        context: std::env::temp_dir(),
        ..Request::default()
    }
}

fn clean(fake: &Fake) {
    assert!(fake.containers.borrow().is_empty() && fake.images.borrow().is_empty());
}

#[test]
fn equal_images_are_the_same_and_nothing_is_left() {
    let one = image(json!({"Cmd": ["x"]}), &[Dir("app", 0o755, 0)], 0, "hello\n", "");
    let fake = Fake { original: one.clone(), converted: one, ..Fake::default() };
    let mut seen = Vec::new();
    let report = run(&request(), &fake, &mut |p| seen.push(format!("{p:?}"))).unwrap();
    assert_eq!((report.verdict, report.exit_code()), (Verdict::Same, 0), "{}", render::terminal(&report, true));
    assert!(seen.iter().any(|p| p.contains("[1/2] FROM x")));
    assert_eq!(fake.networks.borrow().iter().collect::<Vec<_>>(), [&Some("none".to_owned())]);
    clean(&fake);
}

#[test]
fn differences_are_explained_with_what_the_original_has() {
    let config = json!({"WorkingDir": "/app", "Env": ["A=1"]});
    let a = image(config, &[File("app/templates/index.html", b"x")], 0, "ok\n", "");
    let lost = "Error: open templates/index.html: no such file or directory\n";
    let b = image(json!({"WorkingDir": "/app"}), &[Dir("app", 0o755, 0)], 1, "", lost);
    let fake = Fake { original: a, converted: b, ..Fake::default() };
    let report = run(&request(), &fake, &mut |_| ()).unwrap();
    assert_eq!(report.exit_code(), 1);
    let causes = report.causes();
    let file = Cause::MissingFile { path: "/app/templates/index.html".into(), step: None, package: None };
    let variable = Cause::ChangedVariable { name: "A".into(), original: Some("1".into()), converted: None };
    assert!(causes.contains(&&file) && causes.contains(&&variable), "{causes:?}");
    assert!(report.logs["output of the converted"].contains(&lost.trim().to_owned()));
    clean(&fake);
}

#[test]
fn what_is_intended_is_the_same_with_its_reason() {
    let a = image(json!({"Env": ["A=1"]}), &[], 0, "", "");
    let b = image(json!({}), &[], 0, "", "");
    let fake = Fake { original: a, converted: b, ..Fake::default() };
    let intended = vec![Intended {
        aspect: Aspect::Config,
        subject: Some("Env A".into()),
        reason: "only the build reads it".into(),
    }];
    let report = run(&Request { intended, ..request() }, &fake, &mut |_| ()).unwrap();
    assert_eq!(report.verdict, Verdict::Same);
    assert!(report.findings.iter().any(|f| f.intended.as_deref() == Some("only the build reads it")));
}

#[test]
fn rpm_is_asked_for_its_packages_where_the_image_has_it() {
    let config = json!({"Env": ["PATH=/usr/bin"]});
    let database = [Dir("var/lib/rpm", 0o755, 0), File("var/lib/rpm/rpmdb.sqlite", b"x")];
    let mut with_rpm = database.to_vec();
    with_rpm.push(Mode("usr/bin/rpm", b"x", 0o755, 0));
    let a = image(config.clone(), &with_rpm, 0, "bash-5.2\nglibc-2.39\n", "");
    let b = image(config, &database, 0, "bash-5.2\nglibc-2.39\n", "");
    let fake = Fake { original: a, converted: b, ..Fake::default() };
    let report = run(&request(), &fake, &mut |_| ()).unwrap();
    assert_eq!(report.original.packages, BTreeMap::from([("rpm".to_owned(), 2)]));
    assert!(report.converted.packages.is_empty());
    assert!(report.with(Verdict::NotCheckable).any(|f| f.aspect == Aspect::Packages && f.subject == "rpm"));
    clean(&fake);
}

#[test]
fn a_container_that_does_not_start_names_the_user() {
    let a = image(json!({}), &[], 0, "", "");
    let b = Recorded { start_error: Some("unable to find user app: no matching entries in passwd file"), ..a.clone() };
    let fake = Fake { original: a, converted: b, ..Fake::default() };
    let report = run(&request(), &fake, &mut |_| ()).unwrap();
    assert!(report.causes().contains(&&Cause::MissingUser { user: "app".into(), uid: None }), "{:?}", report.findings);
    clean(&fake);
}

fn failing(which: Which, error: EngineError) -> (Fake, Result<Report, VerifyError>) {
    let fake = Fake { build_error: Some((which, error)), ..Fake::default() };
    let report = run(&request(), &fake, &mut |_| ());
    clean(&fake);
    (fake, report)
}

#[test]
fn builds_that_fail() {
    let error = |log: &[&str]| EngineError::BuildFailed {
        step: Some("[2/2] RUN make".to_owned()),
        message: "exit code: 2".to_owned(),
        log: log.iter().map(|l| (*l).to_owned()).collect(),
    };
    let report = failing(Which::Original, error(&["words"])).1.unwrap();
    assert_eq!((report.verdict, report.exit_code()), (Verdict::NotCheckable, 2));
    assert_eq!(report.findings[0].detail, "the original does not build, at [2/2] RUN make: exit code: 2");
    assert_eq!(report.logs["build of the original"], ["words"]);

    let report = failing(Which::Converted, error(&[])).1.unwrap();
    assert_eq!((report.verdict, report.exit_code()), (Verdict::Differs, 1));
    assert!(matches!(report.causes()[0], Cause::BuildFailed { image, .. } if image == "converted"));

    let report =
        failing(Which::Original, error(&["ERROR: failed to resolve docker.io/docker/dockerfile:1"])).1.unwrap();
    assert!(report.findings[0].detail.contains("`# syntax=`"), "{}", report.findings[0].detail);

    let full = EngineError::DiskFull { engine: "docker".to_owned(), message: "no space left on device".to_owned() };
    let failed = failing(Which::Converted, full).1.unwrap_err();
    assert!(failed.to_string().contains("no space left"), "{failed}");
}

#[test]
fn an_interruption_leaves_nothing_behind() {
    let fake = Fake { cancel_on_start: true, ..Fake::default() };
    assert!(matches!(run(&request(), &fake, &mut |_| ()), Err(VerifyError::Engine(EngineError::Cancelled))));
    clean(&fake);
}

#[test]
fn an_engine_that_only_builds_says_so() {
    let fake = Fake { only_builds: true, ..Fake::default() };
    let report = run(&request(), &fake, &mut |_| ()).unwrap();
    assert_eq!(report.verdict, Verdict::NotCheckable);
    assert!(report.with(Verdict::NotCheckable).any(|f| f.aspect == Aspect::StartUp && f.detail == "it only builds"));
    clean(&fake);
}

#[test]
fn syntax_lines_are_taken_out_on_request_only() {
    let fake = Fake::default();
    run(&request(), &fake, &mut |_| ()).unwrap();
    assert!(fake.dockerfiles.borrow()[0].starts_with("# syntax=docker"));
    let fake = Fake::default();
    run(&Request { ignore_syntax: true, ..request() }, &fake, &mut |_| ()).unwrap();
    assert_eq!(fake.dockerfiles.borrow()[0], "#\nFROM x\nENV A=1\n");
    assert_eq!(
        without_syntax("# escape=`\r\n#syntax = x\r\nFROM y\n# syntax=z\n"),
        "# escape=`\r\n#\r\nFROM y\n# syntax=z\n"
    );
}

#[test]
fn a_context_that_is_no_directory() {
    let request = Request { context: "/no/such/folder".into(), ..request() };
    assert!(matches!(run(&request, &Fake::default(), &mut |_| ()), Err(VerifyError::NoContext(_))));
}

#[test]
fn the_last_stage_leads_to_its_base() {
    let args = ["V=2".to_owned()];
    let none: &[String] = &[];
    let cases = [
        ("FROM a:1 AS base\nFROM base AS x\nFROM X\n", None, none, Some("a:1")),
        ("FROM scratch\n", None, none, Some("scratch")),
        ("ARG V\nFROM a:$V\n", None, none, None),
        ("ARG V\nFROM a:$V\n", None, &args, Some("a:2")),
        ("ARG V=1\nARG W=${V}-slim\nFROM x AS b\nARG V=9\nFROM a:$W\n", None, none, Some("a:1-slim")),
        ("FROM a AS one\nFROM b AS two\n", Some("one"), none, Some("a")),
    ];
    for (file, target, args, expected) in cases {
        assert_eq!(final_base(file, target, args).as_deref(), expected, "{file}");
    }
}
