//! What a container does: how it starts, what it prints, which ports listen, what they answer, how it stops. Seen on
//! both images in the same way, then compared.
//!
//! Invariant: what the original does not do twice alike is not held against the conversion.

mod compare;

use super::engine::{Create, Engine, EngineError, Output};
use super::http::{self, Answer, HttpProbe};
use super::tree::Tree;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

pub(super) use compare::{compare, compare_runs};

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
