//! A request, carried out: both images are built, read and started, and everything that was made is taken away again.

use super::bases::Bases;
use super::behaviour::{self, Questions, Seen, Stage};
use super::config::{self, Written};
use super::engine::{self, Build, Create, Engine, EngineError, Image};
use super::files::{self, Side};
use super::libraries::{self, Loader};
use super::packages::{self, Owners};
use super::report::{self, Aspect, Cause, Finding, ImageSummary, Report, Verdict};
use super::tree::Tree;
use super::{Intended, Progress, Request, VerifyError, Which, render, steps, vulnerabilities};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Instant;

/// Lines of a log that the report keeps.
const LOG_TAIL: usize = 40;

/// What was made on the engine; removed when dropped.
pub(super) struct Made<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) id: String,
    pub(super) images: Vec<String>,
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        if self.images.is_empty() {
            return;
        }
        self.engine.remove_labelled(&self.id);
        for image in &self.images {
            self.engine.remove_image(image);
        }
    }
}

pub(super) struct Session<'a> {
    pub(super) request: &'a Request,
    pub(super) engine: &'a dyn Engine,
    pub(super) made: Made<'a>,
    pub(super) id: String,
}

/// A built image.
pub(super) struct Built {
    pub(super) tag: String,
    pub(super) image: Image,
    pub(super) summary: ImageSummary,
}

/// An image with its files.
pub(super) struct Examined {
    pub(super) built: Built,
    pub(super) tree: Tree,
}

impl Session<'_> {
    pub(super) fn run(mut self, progress: &mut dyn FnMut(Progress)) -> Result<Report, VerifyError> {
        let mut report = Report {
            schema: report::SCHEMA,
            engine: self.engine.describe(),
            verdict: Verdict::NotCheckable,
            original: ImageSummary::default(),
            converted: ImageSummary::default(),
            left: Vec::new(),
            findings: Vec::new(),
            logs: BTreeMap::new(),
        };
        let Some(original) = self.build(Which::Original, progress, &mut report)? else { return Ok(report) };
        let Some(converted) = self.build(Which::Converted, progress, &mut report)? else {
            report.original = original.summary;
            report.verdict = Verdict::Differs;
            return Ok(report);
        };
        report.findings.push(Finding::same(Aspect::Build, "", "both build"));
        let written = Written::read(&self.request.original);
        report.findings.extend(config::compare(&original.image, &converted.image, &written));
        let behaviour = match self.engine.only_builds() {
            Some(reason) => {
                for aspect in [Aspect::StartUp, Aspect::Libraries, Aspect::Files] {
                    report.findings.push(Finding::not_checkable(aspect, "", reason.clone()));
                }
                (report.original, report.converted) = (original.summary, converted.summary);
                false
            }
            None => {
                let original = self.examine(Which::Original, original, progress)?;
                let converted = self.examine(Which::Converted, converted, progress)?;
                let known = self.behaviour(&original, &converted, progress, &mut report)?;
                let bases = self.bases(progress)?;
                self.files(&original, &converted, &bases, &mut report)?;
                self.ledger(&original, &converted, &bases, &mut report)?;
                self.explain(&original, &converted, &mut report);
                (report.original, report.converted) = (original.built.summary, converted.built.summary);
                known
            }
        };
        report.findings.push(sizes(&report, self.request.require_smaller));
        finish(&mut report, &self.request.intended, behaviour);
        Ok(report)
    }

    /// Builds one image; `None` when it does not build, which the report then says.
    fn build(
        &mut self,
        which: Which,
        progress: &mut dyn FnMut(Progress),
        report: &mut Report,
    ) -> Result<Option<Built>, VerifyError> {
        let request = self.request;
        let text = match which {
            Which::Original => &request.original,
            Which::Converted => &request.converted,
        };
        let folder = tempfile::Builder::new().prefix("msb-verify-").tempdir()?;
        let dockerfile = folder.path().join("Dockerfile");
        let text = if request.ignore_syntax { without_syntax(text) } else { text.clone() };
        std::fs::write(&dockerfile, &text)?;
        if let Some(ignore) = &request.ignore_file {
            std::fs::write(folder.path().join("Dockerfile.dockerignore"), ignore)?;
        }
        let tag = format!("localhost/msb-verify-{}:{}", self.id, which.name());
        // Named before it exists: a build that is broken off may have made it.
        self.made.images.push(tag.clone());
        let build = Build {
            dockerfile,
            context: request.context.clone(),
            tag: tag.clone(),
            build_args: request.build_args.clone(),
            target: request.target.clone(),
            platform: request.platform.clone(),
            secrets: request.secrets.clone(),
            network: request.build_network.clone(),
            no_cache: request.no_cache,
            timeout: request.limits.build,
        };
        let started = Instant::now();
        let result = self.engine.build(&build, &mut |line| {
            progress(Progress::BuildLine { image: which, line });
            if let Some(step) = engine::build_step(line) {
                progress(Progress::BuildStep { image: which, step: &step });
            }
        });
        let build_seconds = started.elapsed().as_secs();
        let (step, message, log) = match result {
            Ok(_) => {
                let image = self.engine.image(&tag)?;
                let summary = ImageSummary {
                    size: image.size,
                    layers: image.layers,
                    history: self.engine.history(&tag).unwrap_or_default(),
                    build_seconds,
                    ..ImageSummary::default()
                };
                return Ok(Some(Built { tag, image, summary }));
            }
            Err(EngineError::BuildFailed { step, message, log }) => (step, message, log),
            Err(error @ EngineError::TimedOut { .. }) => (None, error.to_string(), Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut detail = format!("the {} does not build: {message}", which.name());
        if let Some(step) = &step {
            detail = format!("the {} does not build, at {step}: {message}", which.name());
        }
        if log.iter().any(|l| l.contains("docker/dockerfile")) && without_syntax(&text) != text {
            detail.push_str("; the engine could not fetch the frontend that the `# syntax=` line names");
        }
        let verdict = if which == Which::Original { Verdict::NotCheckable } else { Verdict::Differs };
        let cause = Cause::BuildFailed { image: which.name().to_owned(), step, message };
        report.findings.push(Finding::new(Aspect::Build, which.name(), verdict, detail).because([cause]));
        let tail = log[log.len().saturating_sub(LOG_TAIL)..].to_vec();
        report.logs.insert(format!("build of the {}", which.name()), tail);
        Ok(None)
    }

    /// Reads an image's files.
    fn examine(
        &self,
        which: Which,
        mut built: Built,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Examined, VerifyError> {
        progress(Progress::Doing { image: which, what: "reading its files" });
        let tree = self.tree(&built.tag, &["/".to_owned()])?;
        let side = Side { tree: &tree, config: &built.image.config };
        let path = side.path();
        built.summary.packages = packages::count(&tree);
        if packages::has_rpm(&tree)
            && let Some(number) = self.rpm_packages(&built.tag, &tree, &path)?
        {
            built.summary.packages.insert(packages::RPM.to_owned(), number);
        }
        let tools = packages::BUILD_TOOLS.iter().filter(|t| tree.command(t, &path, "/").is_some());
        built.summary.build_tools = tools.map(|t| (*t).to_owned()).collect();
        Ok(Examined { built, tree })
    }

    /// Asks the image's own `rpm`, whose databases no other program reads; `None` when it has none that answers.
    fn rpm_packages(&self, image: &str, tree: &Tree, path: &str) -> Result<Option<usize>, EngineError> {
        let Some(rpm) = tree.command(packages::RPM, path, "/") else { return Ok(None) };
        let stage = Stage {
            engine: self.engine,
            id: &self.id,
            image,
            network: Some("none".to_owned()),
            limits: self.request.limits,
            observer: Err(String::new()),
        };
        let seen = stage.run_program(Some(&rpm), &["-qa".to_owned()])?;
        Ok((seen.ended == Some(0)).then(|| seen.stdout.lines().filter(|l| !l.trim().is_empty()).count()))
    }

    pub(super) fn tree(&self, image: &str, hashed: &[String]) -> Result<Tree, EngineError> {
        let name = format!("msb-verify-{}-files", self.id);
        let create = Create {
            image: image.to_owned(),
            name: name.clone(),
            id: self.id.clone(),
            network: Some("none".to_owned()),
            entrypoint: None,
            // Never started; an image without a command needs a word here.
            args: vec!["none".to_owned()],
        };
        let mut tree = Tree::default();
        let read = self.engine.create(&create).and_then(|()| {
            self.engine.export(&name, &mut |stream| {
                tree = Tree::read(stream, hashed)?;
                // The engine writes padding after the archive's end, and takes a closed pipe for a failure.
                io::copy(stream, &mut io::sink()).map(drop)
            })
        });
        self.engine.remove_container(&name);
        read.map(|()| tree)
    }

    /// Starts both and asks them; true when the behaviour could be seen.
    fn behaviour(
        &self,
        original: &Examined,
        converted: &Examined,
        progress: &mut dyn FnMut(Progress),
        report: &mut Report,
    ) -> Result<bool, VerifyError> {
        let request = self.request;
        let paths = [original, converted].map(|e| Side { tree: &e.tree, config: &e.built.image.config }.path());
        let observer = behaviour::observer(&[
            (&original.built.tag, &original.tree, &paths[0]),
            (&converted.built.tag, &converted.tree, &paths[1]),
        ]);
        let stage = |image| Stage {
            engine: self.engine,
            id: &self.id,
            image,
            network: (!request.allow_network).then(|| "none".to_owned()),
            limits: request.limits,
            observer: observer.clone(),
        };
        let (first, second) = (stage(original.built.tag.as_str()), stage(converted.built.tag.as_str()));
        let config = &original.built.image.config;
        let mut ports: BTreeSet<u16> = request.http.iter().filter_map(|p| p.port).collect();
        ports.extend(config::exposed(config));
        let questions = Questions {
            ports: ports.into_iter().collect(),
            http: request.http.clone(),
            exec: request.exec.clone(),
            healthcheck: config::healthcheck(config),
        };
        progress(Progress::Doing { image: Which::Original, what: "starting it" });
        let was = first.observe(&questions, None)?;
        progress(Progress::Doing { image: Which::Converted, what: "starting it" });
        let is = second.observe(&questions, Some(&was))?;
        let mut failed = None;
        let mut again = || {
            progress(Progress::Doing { image: Which::Original, what: "starting it once more" });
            first.observe(&questions, Some(&was)).map_err(|e| failed = Some(e)).ok()
        };
        let findings = behaviour::compare(&was, &is, &questions, &mut again);
        if let Some(error @ EngineError::Cancelled) = failed {
            return Err(error.into());
        }
        keep_logs(report, &findings, &was, &is);
        report.findings.extend(findings);
        for args in &request.runs {
            let subject = args.join(" ");
            progress(Progress::Doing { image: Which::Original, what: &format!("running it with {subject}") });
            let was = first.run(args)?;
            progress(Progress::Doing { image: Which::Converted, what: &format!("running it with {subject}") });
            let is = second.run(args)?;
            let findings = behaviour::compare_runs(Aspect::Run, &subject, &was, &is, &mut || first.run(args).ok());
            keep_logs(report, &findings, &was, &is);
            report.findings.extend(findings);
        }
        Ok(true)
    }

    /// Everything that is read from the file systems.
    fn files(
        &self,
        original: &Examined,
        converted: &Examined,
        bases: &Bases,
        report: &mut Report,
    ) -> Result<(), VerifyError> {
        let (a, b) = (original.side(), converted.side());
        let owners = Owners::read(a.tree);
        let context = &self.request.context;
        let findings = &mut report.findings;
        findings.push(self.libraries(&a, &b, &owners, bases.runtime.as_ref().ok())?);
        findings.extend(files::compare(&a, &b, &self.request.demanded_paths, &owners, &mut |wanted| {
            hashes_below(context, wanted)
        }));
        let mut commands = self.request.demanded_commands.clone();
        commands.extend(files::own_commands(a.config));
        findings.extend(files::commands(&a, &b, &commands, &owners));
        findings.extend(files::users(&a, &b));
        findings.extend(files::certificates(&a, &b, &owners));
        findings.extend(files::time_zones(&a, &b, &owners));
        let (was, is) = (&original.built.summary, &converted.built.summary);
        findings.push(tools(was, is));
        findings.push(package_numbers(was, is));
        let unread = |side: &Side, summary: &ImageSummary| {
            packages::has_rpm(side.tree) && !summary.packages.contains_key(packages::RPM)
        };
        if unread(&a, was) || unread(&b, is) {
            let words = "the image has no rpm program to ask for its packages";
            findings.push(Finding::not_checkable(Aspect::Packages, packages::RPM, words));
        }
        findings.push(vulnerabilities::compare(&original.built.tag, &converted.built.tag, self.engine.cancel()));
        Ok(())
    }

    fn libraries(&self, a: &Side, b: &Side, owners: &Owners, base: Option<&Tree>) -> Result<Finding, VerifyError> {
        let search = |side: &Side| config::environment(side.config).remove("LD_LIBRARY_PATH").unwrap_or_default();
        let (was, is) = (Loader::new(a.tree, &search(a)), Loader::new(b.tree, &search(b)));
        let before = was.missing();
        let mut new: Vec<_> = is.missing().into_iter().filter(|m| !before.contains(m)).collect();
        // A file of the runtime base may lack there what it lacks here.
        let mut of_the_base = Vec::new();
        if let (false, Some(tree)) = (new.is_empty(), base) {
            let own = Loader::new(tree, "").missing();
            (of_the_base, new) = new.into_iter().partition(|m| own.contains(m));
        }
        if self.engine.cancelled() {
            return Err(EngineError::Cancelled.into());
        }
        if new.is_empty() {
            let mut words = match before.len() {
                0 => format!("{} ELF files, everything they need is there", b.tree.elf.len()),
                n => format!(
                    "{} ELF files, nothing newly missing; {n} needs are not met in the original either",
                    b.tree.elf.len()
                ),
            };
            if let Some((path, need)) = of_the_base.first() {
                words = format!(
                    "{} ELF files, nothing missing but what the runtime's base image lacks by itself ({}, as {path} needs {need})",
                    b.tree.elf.len(),
                    of_the_base.len()
                );
            }
            return Ok(Finding::same(Aspect::Libraries, "", words));
        }
        let shown: Vec<String> = new.iter().take(10).map(|(path, need)| format!("{path} needs {need}")).collect();
        let more =
            if new.len() > shown.len() { format!(" and {} more", new.len() - shown.len()) } else { String::new() };
        let mut causes: Vec<Cause> =
            new.iter().map(|(path, need)| libraries::cause(path, need, &was, owners, &is)).collect();
        causes.sort();
        causes.dedup();
        Ok(Finding::differs(Aspect::Libraries, "", format!("{}{more}", shown.join("; "))).because(causes))
    }

    /// Completes causes, and looks for one where a difference in behaviour has none.
    fn explain(&self, original: &Examined, converted: &Examined, report: &mut Report) {
        let (a, b) = (original.side(), converted.side());
        let owners = Owners::read(a.tree);
        let behaves =
            |f: &Finding| f.verdict == Verdict::Differs && f.aspect >= Aspect::StartUp && f.aspect <= Aspect::Stop;
        for finding in report.findings.iter_mut().filter(|f| behaves(f)) {
            let mut seen = BTreeSet::new();
            let causes = std::mem::take(&mut finding.causes).into_iter();
            finding.causes =
                causes.map(|c| files::complete(c, &a, &b, &owners)).filter(|c| seen.insert(c.clone())).collect();
        }
        let roots = files::roots(a.config, &self.request.demanded_paths);
        let told = report.with(Verdict::Differs).filter(|f| f.aspect != Aspect::Ledger);
        let elsewhere = told.flat_map(|f| &f.causes).any(|c| !matches!(c, Cause::ChangedUser { .. }));
        if !elsewhere {
            // Nothing else explains it: what stayed behind in the work directory is the likeliest reason.
            let gone: Vec<Cause> = files::gone(a.tree, b.tree, &roots)
                .into_iter()
                .take(10)
                .map(|path| Cause::MissingFile { path, step: None, package: None })
                .collect();
            for finding in report.findings.iter_mut().filter(|f| behaves(f) && f.causes.is_empty()) {
                finding.causes = gone.clone();
            }
        }
        let wanted: BTreeSet<String> = report.causes().into_iter().filter_map(|c| lost_path(c, a.tree)).collect();
        let steps = steps::writers(self.engine, &original.built.tag, &wanted);
        for cause in report.findings.iter_mut().flat_map(|f| &mut f.causes) {
            let writer = lost_path(cause, a.tree).and_then(|p| steps.get(&p).cloned());
            if let Cause::MissingFile { step, .. } | Cause::MissingModule { step, .. } = cause {
                *step = writer;
            }
        }
    }
}

/// The path of the original whose writer explains a cause.
fn lost_path(cause: &Cause, original: &Tree) -> Option<String> {
    match cause {
        Cause::MissingFile { path, .. } => original.real(path).filter(|p| original.nodes.contains_key(p)),
        Cause::MissingModule { module, runtime, .. } => {
            let names = match runtime.as_str() {
                "node" => vec![format!("/node_modules/{module}")],
                "python" => {
                    let top = module.split('.').next().unwrap_or(module);
                    vec![format!("/site-packages/{top}"), format!("/site-packages/{top}.py")]
                }
                _ => return None,
            };
            original.nodes.keys().find(|p| names.iter().any(|n| p.ends_with(n.as_str()))).cloned()
        }
        _ => None,
    }
}

impl Examined {
    pub(super) fn side(&self) -> Side<'_> {
        Side { tree: &self.tree, config: &self.built.image.config }
    }
}

fn keep_logs(report: &mut Report, findings: &[Finding], was: &Seen, is: &Seen) {
    if !findings.iter().any(|f| f.verdict == Verdict::Differs) {
        return;
    }
    for (which, seen) in [(Which::Original, was), (Which::Converted, is)] {
        let lines: Vec<String> = seen.printed().lines().filter(|l| !l.trim().is_empty()).map(str::to_owned).collect();
        if !lines.is_empty() {
            let tail = lines[lines.len().saturating_sub(LOG_TAIL)..].to_vec();
            report.logs.entry(format!("output of the {}", which.name())).or_insert(tail);
        }
    }
}

fn sizes(report: &Report, require_smaller: bool) -> Finding {
    let (Some(a), Some(b)) = (report.original.size, report.converted.size) else {
        return Finding::not_checkable(Aspect::Size, "", "the engine does not tell sizes");
    };
    let words = format!(
        "{} was {}, layers {} was {}; compressed sizes are not told by the engine",
        render::megabytes(b),
        render::megabytes(a),
        report.converted.layers,
        report.original.layers
    );
    let finding = if require_smaller && b >= a {
        Finding::differs(Aspect::Size, "", format!("not smaller: {words}"))
    } else {
        Finding::same(Aspect::Size, "", words)
    };
    finding.values(render::megabytes(a), render::megabytes(b))
}

fn tools(was: &ImageSummary, is: &ImageSummary) -> Finding {
    let gone: Vec<&str> = was.build_tools.iter().filter(|t| !is.build_tools.contains(t)).map(String::as_str).collect();
    let or_none = |l: String| if l.is_empty() { "none".to_owned() } else { l };
    let words = format!("gone: {}; left: {}", or_none(gone.join(" ")), or_none(is.build_tools.join(" ")));
    Finding::same(Aspect::BuildTools, "", words).values(was.build_tools.join(" "), is.build_tools.join(" "))
}

fn package_numbers(was: &ImageSummary, is: &ImageSummary) -> Finding {
    let names: BTreeSet<&String> = was.packages.keys().chain(is.packages.keys()).collect();
    let number = |s: &ImageSummary, n: &String| s.packages.get(n).copied().unwrap_or(0);
    let parts: Vec<String> = names.iter().map(|n| format!("{n} {} was {}", number(is, n), number(was, n))).collect();
    let words = if parts.is_empty() { "no package database in either".to_owned() } else { parts.join(", ") };
    Finding::same(Aspect::Packages, "", words)
}

/// Applies what is intended, sorts, and decides.
fn finish(report: &mut Report, intended: &[Intended], behaviour: bool) {
    for finding in report.findings.iter_mut().filter(|f| f.verdict == Verdict::Differs) {
        let subject =
            |i: &&Intended| i.aspect == finding.aspect && i.subject.as_ref().is_none_or(|s| *s == finding.subject);
        if let Some(meant) = intended.iter().find(subject) {
            finding.verdict = Verdict::Same;
            finding.intended = Some(meant.reason.clone());
        }
    }
    report.findings.sort_by(|a, b| (b.verdict, a.aspect).cmp(&(a.verdict, b.aspect)));
    report.verdict = if report.with(Verdict::Differs).next().is_some() {
        Verdict::Differs
    } else if behaviour {
        Verdict::Same
    } else {
        Verdict::NotCheckable
    };
}

/// A Dockerfile with its `# syntax=` line made an empty comment; line numbers stay.
pub(super) fn without_syntax(text: &str) -> String {
    let mut head = true;
    let line = |line: &str| {
        let trimmed = line.trim_start_matches('\u{feff}').trim();
        head &= trimmed.is_empty() || trimmed.starts_with('#');
        let words = trimmed.strip_prefix('#').map(|w| w.trim_start().to_ascii_lowercase()).unwrap_or_default();
        let directive = head && words.strip_prefix("syntax").is_some_and(|r| r.trim_start().starts_with('='));
        if directive { format!("#{}", &line[line.trim_end_matches(['\n', '\r']).len()..]) } else { line.to_owned() }
    };
    text.split_inclusive('\n').map(line).collect()
}

/// Those of `wanted` that are contents of files below `folder`. Links are not followed; what cannot be read is left out.
pub(super) fn hashes_below(folder: &std::path::Path, wanted: &BTreeSet<[u8; 32]>) -> BTreeSet<[u8; 32]> {
    use sha2::{Digest, Sha256};
    const FILES: usize = 50_000;
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let Ok(kind) = entry.file_type() else { continue };
            files += 1;
            if files > FILES {
                return found;
            }
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file()
                && let Ok(bytes) = std::fs::read(entry.path())
            {
                let hash: [u8; 32] = Sha256::digest(&bytes).into();
                if wanted.contains(&hash) {
                    found.insert(hash);
                }
            }
        }
    }
    found
}
