//! Real builds: converts and verifies every case of `corpus/` that has `[verify]`, holds naive conversions beside it and
//! the deliberately broken ones of `tests/verify/broken/` to be found out. It needs a container engine and is asked for:
//!
//! `MSB_VERIFY=1 cargo test --test verify [NAME]`
//!
//! | variable | meaning |
//! | --- | --- |
//! | `MSB_VERIFY_MINUTES` | no case starts after this many minutes; what is left is named and skipped |
//! | `MSB_VERIFY_FLAGS` | further flags of `msb verify`, such as `--build-network host` |
//! | `MSB_VERIFY_TABLE` | write the table of sizes, packages and verdicts to this file |
//!
//! Images are never fetched: a case whose base images are not on the engine is skipped, and says so.

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use msb::context::DiskContext;
use msb::syntax::{self, Kind};
use msb::verify::engine::{CommandLine, Engine as _, find};
use msb::{Request, convert};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs};

/// Of a corpus case's `case.toml`, what counts here; `tests/corpus.rs` holds the whole of it.
#[derive(Deserialize)]
struct Case {
    expect: String,
    pending: Option<String>,
    verify: Option<Asked>,
    naive: Option<Naive>,
}

#[derive(Clone, Deserialize)]
struct Asked {
    port: Option<u16>,
    #[serde(default)]
    get: Vec<String>,
    #[serde(default)]
    run: Vec<Vec<String>>,
    #[serde(default)]
    exec: Vec<Vec<String>>,
    expect: String,
    /// An unsafe conversion whose assumption does not hold: it must be found out.
    differs: Option<String>,
}

#[derive(Deserialize)]
struct Naive {
    fails: String,
    /// What is run besides: what other files of the project start in the image, where msb's conversion says so instead.
    #[serde(default)]
    run: Vec<Vec<String>>,
}

/// `case.toml` of a broken conversion.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Broken {
    #[expect(dead_code, reason = "for people")]
    about: String,
    port: Option<u16>,
    #[serde(default)]
    get: Vec<String>,
    #[serde(default)]
    run: Vec<String>,
    /// Fields of the cause that must be named.
    cause: BTreeMap<String, String>,
}

/// One comparison.
struct Job {
    name: String,
    dockerfile: PathBuf,
    context: PathBuf,
    /// The file to compare with; msb's own conversion when absent.
    against: Option<PathBuf>,
    flags: Vec<String>,
    wanted: Wanted,
}

enum Wanted {
    /// The same, smaller, and with a text in the original's answers.
    Same { text: String, pending: Option<String> },
    /// Different, with a cause that has these fields.
    Differs(BTreeMap<String, String>),
}

/// What all comparisons share.
struct Suite {
    engine: Result<CommandLine, String>,
    flags: Vec<String>,
    deadline: Option<Instant>,
    done: Mutex<Done>,
}

/// What came out.
#[derive(Default)]
struct Done {
    rows: BTreeMap<String, Value>,
    found_out: usize,
    skipped: BTreeMap<String, String>,
}

fn main() {
    let mut arguments = Arguments::from_args();
    // One build at a time: they share the engine's disk and the machine.
    arguments.test_threads = Some(1);
    let jobs = jobs().unwrap_or_else(|error| panic!("{error}"));
    if env::var_os("MSB_VERIFY").is_none() {
        if !arguments.list {
            say(&format!(
                "skipped: {} comparisons of real builds; MSB_VERIFY=1 cargo test --test verify runs them",
                jobs.len()
            ));
        }
        let reason = "MSB_VERIFY is not set";
        let ignored = |job: Job| Trial::ignorable_test(job.name, move || Ok(Completion::ignored_with(reason)));
        libtest_mimic::run(&arguments, jobs.into_iter().map(ignored).collect()).exit();
    }
    let suite = Arc::new(Suite::new());
    let trial = |job: Job| {
        let suite = Arc::clone(&suite);
        Trial::ignorable_test(job.name.clone(), move || suite.run(&job))
    };
    let conclusion = libtest_mimic::run(&arguments, jobs.into_iter().map(trial).collect());
    let done = suite.done();
    say(&done.summary());
    if let Some(file) = env::var_os("MSB_VERIFY_TABLE") {
        fs::write(&file, done.table()).unwrap_or_else(|error| panic!("{}: {error}", Path::new(&file).display()));
    }
    conclusion.exit();
}

#[expect(clippy::print_stderr, reason = "a suite says what it skipped")]
fn say(text: &str) {
    eprintln!("{text}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn folders(of: &str) -> Result<Vec<(String, PathBuf)>, String> {
    let entries = fs::read_dir(root().join(of)).map_err(|e| format!("{of}: {e}"))?;
    let mut folders: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_dir()).collect();
    folders.sort();
    let named = |folder: PathBuf| (folder.file_name().unwrap_or_default().to_string_lossy().into_owned(), folder);
    Ok(folders.into_iter().map(named).collect())
}

fn read<T: for<'a> Deserialize<'a>>(folder: &Path) -> Result<T, String> {
    let file = folder.join("case.toml");
    let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    toml::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))
}

/// Every comparison, the quick ones first.
fn jobs() -> Result<Vec<Job>, String> {
    let mut jobs = Vec::new();
    for (name, folder) in folders("tests/verify/broken")? {
        let broken: Broken = read(&folder)?;
        let mut flags = probes(broken.port, &broken.get);
        flags.extend(broken.run.into_iter().flat_map(|words| ["--run".to_owned(), words]));
        jobs.push(Job {
            name: format!("broken/{name}"),
            dockerfile: folder.join("Dockerfile"),
            context: folder.join("context"),
            against: Some(folder.join("broken.Dockerfile")),
            flags,
            wanted: Wanted::Differs(broken.cause),
        });
    }
    for (name, folder) in folders("corpus")? {
        let case: Case = read(&folder)?;
        let Some(asked) = case.verify else { continue };
        let job = |kind: &str, against: Option<PathBuf>, flags, wanted| Job {
            name: format!("{kind}/{name}"),
            dockerfile: folder.join("Dockerfile"),
            context: folder.join("context"),
            against,
            flags,
            wanted,
        };
        let flags = asked.flags()?;
        if case.pending.is_some() || ["converted", "unsafe"].contains(&case.expect.as_str()) {
            let wanted = match &asked.differs {
                Some(_) => Wanted::Differs(BTreeMap::new()),
                None => Wanted::Same { text: asked.expect.clone(), pending: case.pending },
            };
            jobs.push(job("corpus", None, flags.clone(), wanted));
        }
        if let Some(naive) = case.naive {
            let mut flags = Asked { run: [asked.run, naive.run].concat(), ..asked }.flags()?;
            flags.extend((naive.fails == "grows").then(|| "--smaller".to_owned()));
            jobs.push(job("naive", Some(folder.join("naive.Dockerfile")), flags, Wanted::Differs(BTreeMap::new())));
        }
    }
    Ok(jobs)
}

fn probes(port: Option<u16>, paths: &[String]) -> Vec<String> {
    let port = port.map(|p| format!(":{p}")).unwrap_or_default();
    paths.iter().flat_map(|path| ["--probe".to_owned(), format!("GET {port}{path}")]).collect()
}

impl Asked {
    fn flags(&self) -> Result<Vec<String>, String> {
        let mut flags = probes(self.port, &self.get);
        for (flag, commands) in [("--run", &self.run), ("--exec", &self.exec)] {
            // An image is always run as it is.
            for words in commands.iter().filter(|words| !words.is_empty()) {
                let words = shlex::try_join(words.iter().map(String::as_str)).map_err(|e| e.to_string())?;
                flags.extend([flag.to_owned(), words]);
            }
        }
        Ok(flags)
    }
}

impl Suite {
    fn new() -> Suite {
        let minutes = env::var("MSB_VERIFY_MINUTES").ok().and_then(|m| m.parse::<u64>().ok());
        let flags = env::var("MSB_VERIFY_FLAGS").unwrap_or_default();
        let named = env::var("MSB_ENGINE").ok();
        Suite {
            engine: find(named.as_deref(), &Arc::default()).map_err(|e| e.to_string()),
            flags: flags.split_whitespace().map(str::to_owned).collect(),
            deadline: minutes.map(|m| Instant::now() + Duration::from_secs(60 * m)),
            done: Mutex::default(),
        }
    }

    fn done(&self) -> MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn skip(&self, job: &Job, reason: String) -> Result<Completion, Failed> {
        self.done().skipped.insert(job.name.clone(), reason.clone());
        Ok(Completion::ignored_with(reason))
    }

    fn run(&self, job: &Job) -> Result<Completion, Failed> {
        let engine = match &self.engine {
            Ok(engine) => engine,
            Err(reason) => return self.skip(job, reason.clone()),
        };
        if self.deadline.is_some_and(|at| Instant::now() > at) {
            return self.skip(job, "the time for real builds is over".to_owned());
        }
        let Some(texts) = job.texts()? else {
            return self.skip(job, "msb converts nothing here".to_owned());
        };
        let images = texts.iter().flat_map(|text| images(text));
        if let Some(absent) = images.into_iter().find(|image| engine.image(image).is_err()) {
            return self.skip(job, format!("{absent} is not on the engine"));
        }
        let report = self.report(job)?;
        let findings = || report["findings"].as_array().into_iter().flatten();
        let unbuilt = |f: &&Value| f["aspect"] == "build" && f["verdict"] == "not-checkable";
        if let Some(unbuilt) = findings().find(unbuilt) {
            return self.skip(job, text(&unbuilt["detail"]));
        }
        match &job.wanted {
            Wanted::Differs(cause) => {
                found_out(&report, cause)?;
                self.done().found_out += 1;
            }
            Wanted::Same { text, pending } => {
                let answer = same(&report, text);
                self.done().rows.insert(job.name.trim_start_matches("corpus/").to_owned(), report.clone());
                if let (Err(why), Some(pending)) = (&answer, pending) {
                    return self.skip(job, format!("pending: {pending} ({})", why.lines().next().unwrap_or_default()));
                }
                answer?;
            }
        }
        Ok(Completion::Completed)
    }

    /// Runs the program itself.
    fn report(&self, job: &Job) -> Result<Value, Failed> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_msb"));
        command.arg("verify").arg(&job.dockerfile).arg("--context").arg(&job.context);
        command.args(["--format", "json", "--quiet"]).args(&self.flags).args(&job.flags);
        if let Some(against) = &job.against {
            command.arg("--against").arg(against);
        }
        let output = command.output()?;
        let failed = || Failed::from(String::from_utf8_lossy(&output.stderr).into_owned());
        let report: Value = serde_json::from_slice(&output.stdout).map_err(|_| failed())?;
        let code = match report["verdict"].as_str() {
            Some("same") => 0,
            Some("differs") => 1,
            _ => 2,
        };
        if output.status.code() != Some(code) {
            return Err(format!("verdict {} and exit code {:?}", report["verdict"], output.status.code()).into());
        }
        Ok(report)
    }
}

impl Job {
    /// The files that are built; `None` when msb leaves the original as it is.
    fn texts(&self) -> Result<Option<[Vec<u8>; 2]>, Failed> {
        let original = fs::read(&self.dockerfile)?;
        let other = match &self.against {
            Some(against) => Some(fs::read(against)?),
            None => {
                let context = DiskContext::open(&self.context, None).map_err(|e| e.to_string())?;
                convert(&Request::new(&original, &context)).map_err(|e| format!("{e:?}"))?.output
            }
        };
        Ok(other.map(|other| [original, other]))
    }
}

/// Images that a file's stages start from, as far as they are written out.
fn images(dockerfile: &[u8]) -> BTreeSet<String> {
    let Ok(file) = syntax::parse(dockerfile) else { return BTreeSet::new() };
    let (mut stages, mut images) = (BTreeSet::new(), BTreeSet::new());
    for instruction in file.instructions() {
        if let Kind::From(from) = &instruction.kind {
            if from.image != "scratch" && !from.image.contains('$') && !stages.contains(&from.image.to_lowercase()) {
                images.insert(from.image.clone());
            }
            stages.extend(from.name.clone());
        }
    }
    images
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn with<'a>(report: &'a Value, verdict: &'a str) -> impl Iterator<Item = &'a Value> {
    report["findings"].as_array().into_iter().flatten().filter(move |f| f["verdict"] == verdict)
}

/// Every difference with its causes, a line each.
fn differences(report: &Value) -> String {
    let mut words = String::new();
    for finding in with(report, "differs") {
        let _ =
            writeln!(words, "{} {}: {}", text(&finding["aspect"]), text(&finding["subject"]), text(&finding["detail"]));
        for cause in finding["causes"].as_array().into_iter().flatten() {
            let _ = writeln!(words, "    {cause}");
        }
    }
    words
}

fn same(report: &Value, expected: &str) -> Result<(), String> {
    if report["verdict"] != "same" {
        return Err(differences(report));
    }
    let answers: Vec<&str> = with(report, "same").filter_map(|f| f["original"].as_str()).collect();
    if !answers.iter().any(|answer| answer.contains(expected)) {
        return Err(format!("{expected:?} is in no answer of the original: {:?}", answers));
    }
    let size = |which: &str| report[which]["size"].as_u64();
    if size("converted") >= size("original") {
        return Err("the conversion is not smaller".to_owned());
    }
    Ok(())
}

fn found_out(report: &Value, cause: &BTreeMap<String, String>) -> Result<(), String> {
    if report["verdict"] != "differs" {
        return Err(format!("the verdict is {}", report["verdict"]));
    }
    let named = |c: &Value| cause.iter().all(|(key, value)| c[key] == value.as_str());
    let mut causes = with(report, "differs").flat_map(|f| f["causes"].as_array().into_iter().flatten());
    if !cause.is_empty() && !causes.any(named) {
        return Err(format!("no cause has {cause:?}:\n{}", differences(report)));
    }
    Ok(())
}

impl Done {
    fn summary(&self) -> String {
        let same = self.rows.values().filter(|r| r["verdict"] == "same").count();
        let mut words = format!(
            "conversions: {} verified, {same} the same; broken and naive conversions found out: {}; skipped: {}\n",
            self.rows.len(),
            self.found_out,
            self.skipped.len()
        );
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, reason) in &self.skipped {
            reasons.entry(reason).or_default().push(name);
        }
        for (reason, names) in reasons {
            let _ = writeln!(words, "  {}, {reason}: {}", names.len(), names.join(", "));
        }
        words
    }

    /// Sizes, packages and verdicts as Markdown.
    fn table(&self) -> String {
        let mut table = String::from(
            "| case | size before | after | saved | packages before | after | verdict |\n| --- | ---: | ---: | ---: | ---: | ---: | --- |\n",
        );
        for (name, report) in &self.rows {
            let size = |which: &str| report[which]["size"].as_u64().unwrap_or_default() as f64 / 1e6;
            let packages = |which: &str| {
                let counts = report[which]["packages"].as_object();
                counts.map_or(0, |c| c.values().filter_map(Value::as_u64).sum())
            };
            let (before, after) = (size("original"), size("converted"));
            let saved = if before > 0.0 { 100.0 * (1.0 - after / before) } else { 0.0 };
            let _ = writeln!(
                table,
                "| {name} | {before:.1} MB | {after:.1} MB | {saved:.0} % | {} | {} | {} |",
                packages("original"),
                packages("converted"),
                text(&report["verdict"])
            );
        }
        table
    }
}
