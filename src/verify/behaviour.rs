//! What a container does: how it starts, what it prints, which ports listen, what they answer, how it stops. Seen on
//! both images in the same way, then compared.
//!
//! Invariant: what the original does not do twice alike is not held against the conversion.

use super::engine::{Create, Engine, EngineError, Output};
use super::hints;
use super::http::{self, Answer, HttpProbe};
use super::report::{Aspect, Cause, Finding};
use super::tree::Tree;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Between two looks at a container.
const POLL: Duration = Duration::from_millis(300);
/// Ports that get a request when nobody says which.
const DEFAULT_PROBES: usize = 3;

/// How long is waited for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// One build.
    pub build: Duration,
    /// From the start until the ports listen, or until a program that ends has ended.
    pub start: Duration,
    /// After which a program that listens nowhere counts as still running.
    pub settle: Duration,
    /// One probe, repetitions included.
    pub probe: Duration,
    /// From the stop signal until it is killed.
    pub stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            build: Duration::from_secs(1800),
            start: Duration::from_secs(30),
            settle: Duration::from_secs(5),
            probe: Duration::from_secs(20),
            stop: Duration::from_secs(10),
        }
    }
}

/// One image, and how to look at it.
pub(super) struct Stage<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) id: &'a str,
    pub(super) image: &'a str,
    /// `None` leaves the engine's default network.
    pub(super) network: Option<String>,
    pub(super) limits: Limits,
    /// Image and carrier to look at ports with; the reason when there is none.
    pub(super) observer: Result<(String, &'static [&'static str]), String>,
}

/// What is to be asked of a running container.
#[derive(Clone, Debug, Default)]
pub(super) struct Questions {
    pub(super) ports: Vec<u16>,
    pub(super) http: Vec<HttpProbe>,
    pub(super) exec: Vec<Vec<String>>,
    pub(super) healthcheck: Option<Vec<String>>,
}

/// The outcome of a probe: what was seen, or why nothing could be.
type Reply<T> = Result<T, String>;

/// Everything seen of one container.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The engine's words when it did not start.
    pub(super) start_error: Option<String>,
    /// Exit code of a program that ended by itself.
    pub(super) ended: Option<i64>,
    pub(super) out_of_memory: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) ports: Option<Reply<Vec<(u16, &'static str)>>>,
    pub(super) http: BTreeMap<HttpProbe, Reply<Option<Answer>>>,
    pub(super) exec: Vec<Reply<Output>>,
    pub(super) healthcheck: Option<Reply<i32>>,
    pub(super) user: Option<Reply<String>>,
    /// Seconds and exit code after the stop signal.
    pub(super) stop: Option<(u64, i64)>,
}

impl Seen {
    /// Everything it printed, with the engine's words.
    pub(super) fn printed(&self) -> String {
        format!("{}\n{}\n{}", self.start_error.as_deref().unwrap_or_default(), self.stderr, self.stdout)
    }

    fn running(&self) -> bool {
        self.start_error.is_none() && self.ended.is_none()
    }

    fn summary(&self) -> String {
        match (&self.start_error, self.ended) {
            (Some(error), _) => format!("does not start: {}", short(error)),
            (None, Some(code)) if self.out_of_memory => format!("ends with {code}, out of memory"),
            (None, Some(code)) => format!("ends with {code}"),
            (None, None) => "keeps running".to_owned(),
        }
    }
}

fn short(text: &str) -> String {
    let text = text.trim();
    let line = text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or(text);
    if line.chars().count() <= 200 {
        line.to_owned()
    } else {
        format!("{}…", line.chars().take(200).collect::<String>())
    }
}

/// Chooses what looks at ports: an image with a shell and a program that carries bytes.
pub(super) fn observer(images: &[(&str, &Tree, &str)]) -> Result<(String, &'static [&'static str]), String> {
    for (image, tree, path) in images {
        let has = |name: &str| tree.command(name, path, "/").is_some();
        if !tree.exists("/bin/sh") || !has("cat") || !has("sleep") {
            continue;
        }
        if let Some((_, words)) = http::CARRIERS.iter().find(|(name, _)| has(name)) {
            return Ok(((*image).to_owned(), words));
        }
    }
    Err("neither image has a shell and a program that opens connections, so the container's network cannot be seen"
        .to_owned())
}

impl Stage<'_> {
    fn name(&self, role: &str) -> String {
        format!("msb-verify-{}-{role}", self.id)
    }

    fn cancelled(&self) -> Result<(), EngineError> {
        if self.engine.cancelled() { Err(EngineError::Cancelled) } else { Ok(()) }
    }

    /// Runs the image with `args` to its end; a program that does not end in time is killed.
    pub(super) fn run(&self, args: &[String]) -> Result<Seen, EngineError> {
        self.run_program(None, args)
    }

    /// The same with a program in place of the image's entrypoint.
    pub(super) fn run_program(&self, program: Option<&str>, args: &[String]) -> Result<Seen, EngineError> {
        let name = self.name("run");
        let result = self.run_as(&name, program, args);
        self.engine.remove_container(&name);
        result
    }

    fn run_as(&self, name: &str, program: Option<&str>, args: &[String]) -> Result<Seen, EngineError> {
        let mut seen = Seen::default();
        if !self.begin(name, program, args, &mut seen)? {
            return Ok(seen);
        }
        let deadline = Instant::now() + self.limits.start;
        loop {
            let state = self.engine.state(name)?;
            if !state.running {
                seen.ended = Some(state.exit_code);
                seen.out_of_memory = state.out_of_memory;
                break;
            }
            self.cancelled()?;
            if Instant::now() > deadline {
                break;
            }
            std::thread::sleep(POLL);
        }
        self.read_logs(name, &mut seen)?;
        Ok(seen)
    }

    /// Creates and starts; false when it does not start.
    fn begin(&self, name: &str, program: Option<&str>, args: &[String], seen: &mut Seen) -> Result<bool, EngineError> {
        let create = Create {
            image: self.image.to_owned(),
            name: name.to_owned(),
            id: self.id.to_owned(),
            network: self.network.clone(),
            entrypoint: program.map(str::to_owned),
            args: args.to_vec(),
        };
        match self.engine.create(&create).and_then(|()| self.engine.start(name)) {
            Ok(()) => Ok(true),
            Err(EngineError::Failed { message, .. }) => {
                // Docker's last line repeats only that it failed.
                let lines = message.lines().filter(|l| !l.starts_with("Error: failed to start containers"));
                seen.start_error = Some(lines.collect::<Vec<_>>().join("\n").replace(name, "NAME"));
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn read_logs(&self, name: &str, seen: &mut Seen) -> Result<(), EngineError> {
        let logs = self.engine.logs(name)?;
        (seen.stdout, seen.stderr) = (logs.text(), logs.error_text());
        Ok(())
    }

    /// Starts the image as it is, watches, asks, stops. `like` is what the original did, which is waited for.
    pub(super) fn observe(&self, questions: &Questions, like: Option<&Seen>) -> Result<Seen, EngineError> {
        let (name, eye) = (self.name("main"), self.name("eye"));
        let result = self.observe_as(&name, &eye, questions, like);
        self.engine.remove_container(&eye);
        self.engine.remove_container(&name);
        result
    }

    fn observe_as(
        &self,
        name: &str,
        eye: &str,
        questions: &Questions,
        like: Option<&Seen>,
    ) -> Result<Seen, EngineError> {
        let mut seen = Seen::default();
        if !self.begin(name, None, &[], &mut seen)? {
            return Ok(seen);
        }
        let opened = self.open_eye(name, eye);
        self.watch(name, eye, &opened, questions, like, &mut seen)?;
        if seen.running() {
            self.ask(name, eye, questions, like, &mut seen)?;
            seen.user = Some(self.engine.process_user(name).map_err(|e| e.to_string()));
            self.stop(name, &mut seen)?;
        }
        self.read_logs(name, &mut seen)?;
        Ok(seen)
    }

    /// Starts the observer beside a container.
    fn open_eye(&self, name: &str, eye: &str) -> Reply<()> {
        let (image, _) = self.observer.clone()?;
        let create = Create {
            image,
            name: eye.to_owned(),
            id: self.id.to_owned(),
            network: Some(format!("container:{name}")),
            entrypoint: Some("/bin/sh".to_owned()),
            args: vec!["-c".to_owned(), "while :; do sleep 1000; done".to_owned()],
        };
        let opened = self.engine.create(&create).and_then(|()| self.engine.start(eye));
        opened.map_err(|e| format!("the container's network could not be looked at: {e}"))
    }

    fn watch(
        &self,
        name: &str,
        eye: &str,
        opened: &Reply<()>,
        questions: &Questions,
        like: Option<&Seen>,
        seen: &mut Seen,
    ) -> Result<(), EngineError> {
        let started = Instant::now();
        let goal: Option<Vec<u16>> =
            like.and_then(|l| Some(l.ports.as_ref()?.as_ref().ok()?.iter().map(|p| p.0).collect()));
        let mut before: Option<Vec<(u16, &'static str)>> = None;
        loop {
            let state = self.engine.state(name)?;
            if !state.running {
                seen.ended = Some(state.exit_code);
                seen.out_of_memory = state.out_of_memory;
                seen.ports = None;
                return Ok(());
            }
            self.cancelled()?;
            let waited = started.elapsed();
            let ports = opened.clone().and_then(|()| self.ports(eye));
            let now = ports.clone().unwrap_or_default();
            seen.ports = Some(ports);
            let has = |wanted: &[u16]| wanted.iter().all(|w| now.iter().any(|(p, _)| p == w));
            let steady = before.as_ref() == Some(&now);
            let quiet = waited > self.limits.settle && steady;
            let ready = match (like, &goal) {
                // The original ended by itself: the conversion may take its time to do so, too.
                (Some(l), _) if !l.running() => false,
                (_, Some(goal)) if !goal.is_empty() => has(goal) && (steady || questions.ports.is_empty()),
                (_, Some(_)) => quiet,
                (_, None) if !questions.ports.is_empty() => has(&questions.ports) && steady,
                (_, None) => quiet,
            };
            if ready || waited > self.limits.start {
                return Ok(());
            }
            before = Some(now);
            std::thread::sleep(POLL);
        }
    }

    fn ports(&self, eye: &str) -> Reply<Vec<(u16, &'static str)>> {
        let argv = ["cat", "/proc/net/tcp", "/proc/net/tcp6"].map(str::to_owned);
        let output = self.engine.exec(eye, &argv, &[], self.limits.probe).map_err(|e| e.to_string())?;
        // Without IPv6 the second file is missing, and the first is all there is.
        if output.stdout.is_empty() {
            return Err(format!("the list of ports could not be read: {}", short(&output.error_text())));
        }
        Ok(http::listening(&output.text()))
    }

    fn ask(
        &self,
        name: &str,
        eye: &str,
        questions: &Questions,
        like: Option<&Seen>,
        seen: &mut Seen,
    ) -> Result<(), EngineError> {
        let listening = match &seen.ports {
            Some(Ok(ports)) => ports.clone(),
            _ => Vec::new(),
        };
        let probes: Vec<HttpProbe> = match like {
            Some(like) => like.http.keys().cloned().collect(),
            None if !questions.http.is_empty() => questions.http.clone(),
            None => listening
                .iter()
                .take(DEFAULT_PROBES)
                .map(|(port, _)| HttpProbe { method: "GET".to_owned(), port: Some(*port), path: "/".to_owned() })
                .collect(),
        };
        for probe in probes {
            let wanted = like.and_then(|l| l.http.get(&probe)?.as_ref().ok().cloned());
            let reply = self.http(eye, &probe, &listening, questions, wanted.as_ref())?;
            seen.http.insert(probe, reply);
        }
        for argv in &questions.exec {
            seen.exec.push(self.engine.exec(name, argv, &[], self.limits.probe).map_err(|e| e.to_string()));
            self.cancelled()?;
        }
        if let Some(argv) = &questions.healthcheck {
            let deadline = Instant::now() + self.limits.probe;
            loop {
                let code =
                    self.engine.exec(name, argv, &[], self.limits.probe).map(|o| o.code).map_err(|e| e.to_string());
                self.cancelled()?;
                if code == Ok(0) || Instant::now() > deadline {
                    seen.healthcheck = Some(code);
                    break;
                }
                std::thread::sleep(POLL);
            }
        }
        Ok(())
    }

    /// Repeats a request until the answer is good enough or time is over.
    fn http(
        &self,
        eye: &str,
        probe: &HttpProbe,
        listening: &[(u16, &'static str)],
        questions: &Questions,
        wanted: Option<&Option<Answer>>,
    ) -> Result<Reply<Option<Answer>>, EngineError> {
        let (_, words) = match &self.observer {
            Ok(observer) => observer,
            Err(reason) => return Ok(Err(reason.clone())),
        };
        let exposed = || questions.ports.iter().find(|p| listening.iter().any(|(l, _)| l == *p)).copied();
        let port = probe
            .port
            .or_else(exposed)
            .or_else(|| listening.first().map(|(p, _)| *p))
            .or(questions.ports.first().copied());
        let Some(port) = port else { return Ok(Ok(None)) };
        let host = listening.iter().find(|(p, _)| *p == port).map_or("127.0.0.1", |(_, h)| h);
        let argv = http::carrier(words, host, port);
        let deadline = Instant::now() + self.limits.probe;
        loop {
            let output = self.engine.exec(eye, &argv, &http::request(probe), self.limits.probe);
            self.cancelled()?;
            let answer = match output {
                Ok(output) => Ok(http::answer(&output.stdout)),
                Err(EngineError::TimedOut { .. }) => Ok(None),
                Err(error) => Err(error.to_string()),
            };
            let enough = match (&answer, wanted) {
                (Ok(a), Some(wanted)) => a == wanted,
                (Ok(Some(a)), None) => a.status < 500,
                _ => false,
            };
            // A server that starts slowly gets the whole time; one that answers differently gets some.
            let patience =
                if answer.as_ref().is_ok_and(Option::is_some) { self.limits.probe / 2 } else { Duration::ZERO };
            if enough || Instant::now() + patience > deadline {
                return Ok(answer);
            }
            std::thread::sleep(POLL);
        }
    }

    fn stop(&self, name: &str, seen: &mut Seen) -> Result<(), EngineError> {
        let started = Instant::now();
        self.engine.stop(name, self.limits.stop)?;
        let seconds = started.elapsed().as_secs();
        let state = self.engine.state(name)?;
        if !state.running {
            seen.stop = Some((seconds, state.exit_code));
        }
        Ok(())
    }
}

/// How texts of two runs relate.
enum Alike {
    Yes,
    /// Equal but for what changes from run to run.
    ButForNoise,
    Unstable,
    No,
}

/// Compares what was printed. `again` is what the original printed another time, looked at only when needed.
fn alike(original: &str, converted: &str, again: &mut dyn FnMut() -> Option<String>) -> Alike {
    if original == converted {
        return Alike::Yes;
    }
    let Some(again) = again() else { return Alike::No };
    if again == converted {
        return Alike::ButForNoise;
    }
    if again == original {
        return Alike::No;
    }
    let (a, b, c) = (steady_parts(original), steady_parts(converted), steady_parts(&again));
    match (a == b, a == c) {
        (true, _) => Alike::ButForNoise,
        (false, true) => Alike::No,
        (false, false) => Alike::Unstable,
    }
}

/// A text with everything replaced that looks like a time, a process id, an address or a random name.
fn steady_parts(text: &str) -> String {
    let steady = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let hex = word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit());
        if hex || digits * 2 > word.len() {
            return "#".to_owned();
        }
        word.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect()
    };
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let mut out = String::new();
    for word in words {
        let (body, end) = match word.char_indices().next_back() {
            Some((at, c)) if !c.is_ascii_alphanumeric() => word.split_at(at),
            _ => (word, ""),
        };
        out.push_str(&steady(body));
        out.push_str(end);
    }
    while out.contains("##") {
        out = out.replace("##", "#");
    }
    out
}

fn text_finding(
    aspect: Aspect,
    subject: &str,
    (a, b): (&str, &str),
    again: &mut dyn FnMut() -> Option<String>,
) -> Option<Finding> {
    match alike(a, b, again) {
        Alike::Yes => None,
        Alike::ButForNoise => {
            Some(Finding::same(aspect, subject, "equal but for what changes in the original from run to run"))
        }
        Alike::Unstable => Some(
            Finding::not_checkable(aspect, subject, "the original prints something else each time")
                .values(excerpt(a), excerpt(b)),
        ),
        Alike::No => Some(Finding::differs(aspect, subject, "the output is different").values(excerpt(a), excerpt(b))),
    }
}

fn excerpt(text: &str) -> String {
    const KEPT: usize = 600;
    let count = text.chars().count();
    if count <= KEPT {
        return text.to_owned();
    }
    format!("…{}", text.chars().skip(count - KEPT).collect::<String>())
}

/// Compares two runs to the end with the same arguments.
pub(super) fn compare_runs(
    aspect: Aspect,
    subject: &str,
    a: &Seen,
    b: &Seen,
    again: &mut dyn FnMut() -> Option<Seen>,
) -> Vec<Finding> {
    let causes = || hints::causes(&b.printed(), &a.printed());
    let mut repeated: Option<Option<Seen>> = None;
    let mut once_more = || repeated.get_or_insert_with(&mut *again).clone();
    if (a.start_error.is_some(), a.ended) != (b.start_error.is_some(), b.ended) {
        let same_again =
            once_more().is_some_and(|s| (s.start_error.is_some(), s.ended) == (b.start_error.is_some(), b.ended));
        let finding = if same_again {
            Finding::not_checkable(aspect, subject, "the original does one or the other, from one run to the next")
        } else {
            Finding::differs(aspect, subject, format!("{}; the original {}", b.summary(), a.summary()))
                .because(causes())
        };
        return vec![finding.values(a.summary(), b.summary())];
    }
    if a.running() {
        return vec![Finding::same(aspect, subject, "keeps running, as the original does")];
    }
    let mut findings = Vec::new();
    findings.extend(text_finding(aspect, &join(subject, "stdout"), (&a.stdout, &b.stdout), &mut || {
        once_more().map(|s| s.stdout)
    }));
    findings.extend(text_finding(aspect, &join(subject, "stderr"), (&a.stderr, &b.stderr), &mut || {
        once_more().map(|s| s.stderr)
    }));
    for finding in &mut findings {
        if finding.verdict == super::report::Verdict::Differs {
            finding.causes = causes();
        }
    }
    if findings.is_empty() {
        let words = match a.ended {
            Some(0) => "ends with 0 and the same output".to_owned(),
            Some(code) => format!("ends with {code} and the same output, as the original does"),
            None => "does not start, as the original does not".to_owned(),
        };
        let printed = [a.stdout.trim(), a.stderr.trim()].join("\n");
        findings.push(Finding::same(aspect, subject, words).values(excerpt(printed.trim()), excerpt(printed.trim())));
    }
    findings
}

fn join(subject: &str, part: &str) -> String {
    if subject.is_empty() { part.to_owned() } else { format!("{subject}: {part}") }
}

/// Compares what two containers did, asked the same questions. `again` observes the original once more.
pub(super) fn compare(
    a: &Seen,
    b: &Seen,
    questions: &Questions,
    again: &mut dyn FnMut() -> Option<Seen>,
) -> Vec<Finding> {
    let mut repeated: Option<Option<Seen>> = None;
    let mut once_more = || repeated.get_or_insert_with(&mut *again).clone();
    let mut findings = compare_runs(Aspect::StartUp, "", a, b, &mut once_more);
    if !a.running() || !b.running() {
        return findings;
    }
    let causes = || hints::causes(&b.printed(), &a.printed());
    findings.push(compare_ports(a, b, &causes));
    for (probe, was) in &a.http {
        let is = b.http.get(probe);
        findings.push(compare_http(&probe.to_string(), was, is, &causes, &mut || {
            once_more().and_then(|s| s.http.get(probe)?.clone().ok()?)
        }));
    }
    for (i, argv) in questions.exec.iter().enumerate() {
        let subject = argv.join(" ");
        let finding = match (a.exec.get(i), b.exec.get(i)) {
            (Some(Ok(was)), Some(Ok(is))) if was.code != is.code => {
                let words = format!("ends with {}, was {}", is.code, was.code);
                Finding::differs(Aspect::Exec, subject, words)
                    .because(hints::causes(&is.error_text(), &was.error_text()))
                    .because(hints::causes(&is.text(), &was.text()))
            }
            (Some(Ok(was)), Some(Ok(is))) => {
                let again = &mut || once_more().and_then(|s| Some(s.exec.get(i)?.as_ref().ok()?.text()));
                text_finding(Aspect::Exec, &subject, (&was.text(), &is.text()), again).unwrap_or_else(|| {
                    Finding::same(Aspect::Exec, subject, format!("ends with {} and the same output", was.code))
                        .values(excerpt(&was.text()), excerpt(&is.text()))
                })
            }
            (Some(Err(reason)), _) | (_, Some(Err(reason))) => {
                Finding::not_checkable(Aspect::Exec, subject, reason.clone())
            }
            _ => Finding::not_checkable(Aspect::Exec, subject, "it was not run"),
        };
        findings.push(finding);
    }
    if let (Some(was), Some(is)) = (&a.healthcheck, &b.healthcheck) {
        findings.push(match (was, is) {
            (Ok(was), Ok(is)) if was == is && *was == 0 => Finding::same(Aspect::Healthcheck, "", "healthy"),
            (Ok(was), Ok(is)) if was == is => {
                Finding::same(Aspect::Healthcheck, "", format!("fails with {was} in both"))
            }
            (Ok(was), Ok(is)) => {
                let program = questions.healthcheck.as_ref().and_then(|h| h.first()).cloned().unwrap_or_default();
                // 126 and 127 are what engines and shells say of a program that they cannot run or find.
                let absent =
                    (*is == 127 || *is == 126).then_some(Cause::MissingCommand { command: program, package: None });
                Finding::differs(Aspect::Healthcheck, "", format!("the command ends with {is}, was {was}"))
                    .because(absent)
                    .because(causes())
            }
            (Err(reason), _) | (_, Err(reason)) => Finding::not_checkable(Aspect::Healthcheck, "", reason.clone()),
        });
    }
    if let (Some(was), Some(is)) = (&a.user, &b.user) {
        findings.push(match (was, is) {
            (Ok(was), Ok(is)) if was == is => Finding::same(Aspect::ProcessUser, "", format!("runs as {was}")),
            (Ok(was), Ok(is)) => Finding::differs(Aspect::ProcessUser, "", format!("runs as {is}, was {was}"))
                .because([Cause::ChangedUser { user: String::new(), original: was.clone(), converted: is.clone() }]),
            (Err(reason), _) | (_, Err(reason)) => Finding::not_checkable(Aspect::ProcessUser, "", reason.clone()),
        });
    }
    findings.push(match (a.stop, b.stop) {
        (Some((_, was)), Some((seconds, is))) if was == is => {
            Finding::same(Aspect::Stop, "", format!("ends with {is} {seconds} s after the stop signal"))
        }
        (Some((_, was)), Some((_, is))) => {
            if (0..2).any(|_| once_more().and_then(|s| s.stop).is_some_and(|(_, code)| code == is)) {
                Finding::same(
                    Aspect::Stop,
                    "",
                    format!("ends with {was} or {is} in the original, from one run to the next"),
                )
            } else {
                Finding::differs(Aspect::Stop, "", format!("ends with {is} after the stop signal, was {was}"))
            }
        }
        _ => Finding::not_checkable(Aspect::Stop, "", "the container did not stop in time"),
    });
    findings
}

fn compare_ports(a: &Seen, b: &Seen, causes: &dyn Fn() -> Vec<Cause>) -> Finding {
    let list = |ports: &[(u16, &str)]| ports.iter().map(|(p, _)| p.to_string()).collect::<Vec<_>>().join(", ");
    match (&a.ports, &b.ports) {
        (Some(Ok(was)), Some(Ok(is))) => {
            let (was, is) = (list(was), list(is));
            if was == is {
                let words = if was.is_empty() { "none listens in either".to_owned() } else { format!("{was} listen") };
                Finding::same(Aspect::Ports, "", words)
            } else {
                let none = |l: &str| if l.is_empty() { "none".to_owned() } else { l.to_owned() };
                Finding::differs(Aspect::Ports, "", format!("{} listen, was {}", none(&is), none(&was)))
                    .values(none(&was), none(&is))
                    .because(causes())
            }
        }
        (Some(Err(reason)), _) | (_, Some(Err(reason))) => Finding::not_checkable(Aspect::Ports, "", reason.clone()),
        _ => Finding::not_checkable(Aspect::Ports, "", "the ports were not looked at"),
    }
}

fn compare_http(
    subject: &str,
    was: &Reply<Option<Answer>>,
    is: Option<&Reply<Option<Answer>>>,
    causes: &dyn Fn() -> Vec<Cause>,
    again: &mut dyn FnMut() -> Option<Answer>,
) -> Finding {
    let aspect = Aspect::Http;
    let (was, is) = match (was, is) {
        (Ok(was), Some(Ok(is))) => (was, is),
        (Err(reason), _) | (_, Some(Err(reason))) => return Finding::not_checkable(aspect, subject, reason.clone()),
        (_, None) => return Finding::not_checkable(aspect, subject, "the conversion was not asked"),
    };
    let show = |a: &Answer| format!("{} {} {} bytes", a.status, a.content_type, a.body.len());
    match (was, is) {
        (None, None) => Finding::not_checkable(aspect, subject, "the original gives no HTTP answer"),
        (None, Some(is)) => {
            Finding::not_checkable(aspect, subject, "the original gives no HTTP answer, the conversion does")
                .values("no answer", show(is))
        }
        (Some(was), None) => {
            Finding::differs(aspect, subject, "no answer").values(show(was), "no answer").because(causes())
        }
        (Some(was), Some(is)) => {
            let head = |a: &Answer| (a.status, a.content_type.clone(), a.location.clone());
            let (a, b) = (String::from_utf8_lossy(&was.body), String::from_utf8_lossy(&is.body));
            if head(was) != head(is) {
                return Finding::differs(aspect, subject, format!("answers {}, was {}", is.status, was.status))
                    .values(format!("{}: {}", show(was), short(&a)), format!("{}: {}", show(is), short(&b)))
                    .because(hints::causes(&b, &a))
                    .because(causes());
            }
            let again = &mut || again().map(|s| String::from_utf8_lossy(&s.body).into_owned());
            match text_finding(aspect, subject, (&a, &b), again) {
                None => Finding::same(aspect, subject, show(was)).values(excerpt(&a), excerpt(&b)),
                Some(finding) if finding.verdict == super::report::Verdict::Differs => finding.because(causes()),
                Some(finding) => finding,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::super::tree::build::{Entry::*, tree};
    use super::*;

    fn ended(code: i64, stdout: &str, stderr: &str) -> Seen {
        Seen { ended: Some(code), stdout: stdout.to_owned(), stderr: stderr.to_owned(), ..Seen::default() }
    }

    fn verdicts(a: &Seen, b: &Seen, again: Option<Seen>) -> Vec<Verdict> {
        compare(a, b, &Questions::default(), &mut || again.clone()).iter().map(|f| f.verdict).collect()
    }

    #[test]
    fn programs_that_end() {
        use Verdict::*;
        let a = ended(0, "one\n", "");
        let cases = [
            (ended(0, "one\n", ""), Some(a.clone()), vec![Same]),
            (ended(0, "two\n", ""), Some(a.clone()), vec![Differs]),
            (ended(1, "one\n", ""), Some(a.clone()), vec![Differs]),
            (ended(1, "one\n", ""), Some(ended(1, "", "")), vec![NotCheckable]),
            (ended(0, "two\n", ""), Some(ended(0, "two\n", "")), vec![Same]),
            (ended(0, "two\n", ""), Some(ended(0, "three\n", "")), vec![NotCheckable]),
            (Seen::default(), Some(a.clone()), vec![Differs]),
        ];
        for (b, again, expected) in cases {
            assert_eq!(verdicts(&a, &b, again), expected, "{b:?}");
        }
        let noisy = |n: &str| ended(0, &format!("started at {n}, pid {n}\n"), "");
        assert_eq!(verdicts(&noisy("12:01"), &noisy("12:09"), Some(noisy("12:05"))), [Same]);
    }

    #[test]
    fn a_crash_names_its_cause() {
        let a = ended(1, "", "could not reach the database\n");
        let b = ended(1, "", "ModuleNotFoundError: No module named 'flask'\n");
        let findings = compare(&a, &b, &Questions::default(), &mut || Some(a.clone()));
        assert_eq!(findings[0].verdict, Verdict::Differs);
        assert_eq!(
            findings[0].causes,
            [Cause::MissingModule { module: "flask".into(), runtime: "python".into(), step: None }]
        );
    }

    fn server(port: u16, status: u16, body: &str) -> Seen {
        let probe: HttpProbe = "GET /".parse().unwrap();
        let answer = Answer { status, body: body.as_bytes().to_vec(), ..Answer::default() };
        Seen {
            ports: Some(Ok(vec![(port, "127.0.0.1")])),
            http: BTreeMap::from([(probe, Ok(Some(answer)))]),
            stop: Some((0, 0)),
            user: Some(Ok("0:0".to_owned())),
            ..Seen::default()
        }
    }

    fn differing(a: &Seen, b: &Seen, again: &Seen) -> Vec<Aspect> {
        let findings = compare(a, b, &Questions::default(), &mut || Some(again.clone()));
        findings.iter().filter(|f| f.verdict == Verdict::Differs).map(|f| f.aspect).collect()
    }

    #[test]
    fn servers() {
        let a = server(80, 200, "hello");
        assert!(differing(&a, &a, &a).is_empty());
        assert_eq!(differing(&a, &server(81, 200, "hello"), &a), [Aspect::Ports]);
        assert_eq!(differing(&a, &server(80, 500, "hello"), &a), [Aspect::Http]);
        assert_eq!(differing(&a, &server(80, 200, "bye"), &a), [Aspect::Http]);
        let random = server(80, 200, "something else");
        assert!(differing(&a, &server(80, 200, "bye"), &random).is_empty());
        let killed = Seen { stop: Some((10, 137)), ..a.clone() };
        assert_eq!(differing(&a, &killed, &a), [Aspect::Stop]);
        assert!(differing(&a, &killed, &killed).is_empty());
        let other = Seen { user: Some(Ok("1000:1000".to_owned())), ..a.clone() };
        assert_eq!(differing(&a, &other, &a), [Aspect::ProcessUser]);
        assert_eq!(differing(&a, &ended(1, "", ""), &a), [Aspect::StartUp]);
    }

    #[test]
    fn an_observer_needs_a_shell_and_a_carrier() {
        let full = tree(&[
            Mode("bin/sh", b"x", 0o755, 0),
            Mode("bin/cat", b"x", 0o755, 0),
            Mode("bin/sleep", b"x", 0o755, 0),
            Mode("bin/perl", b"x", 0o755, 0),
        ]);
        let bare = tree(&[Mode("app", b"x", 0o755, 0)]);
        let (image, words) = observer(&[("bare", &bare, "/bin"), ("full", &full, "/bin")]).unwrap();
        assert_eq!((image.as_str(), words[0]), ("full", "perl"));
        assert!(observer(&[("bare", &bare, "/bin")]).unwrap_err().contains("neither image"));
    }
}
