//! Runs a command line with a time limit and a way to break it off. A child gets a process group of its own, so that
//! Ctrl-C reaches msb alone, which then ends the child with everything that the child started.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Bytes kept of each output stream; what comes later is read and dropped.
const KEPT: usize = 16 << 20;
/// How often time limits and the cancel flag are looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long a child may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(5);

/// A command line to run.
#[derive(Clone, Debug)]
pub(super) struct Invocation {
    pub(super) program: PathBuf,
    pub(super) args: Vec<OsString>,
    pub(super) env: Vec<(&'static str, String)>,
    pub(super) stdin: Vec<u8>,
    pub(super) timeout: Duration,
}

/// What a command line gave back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output, at most 16 MiB.
    pub stdout: Vec<u8>,
    /// Standard error, at most 16 MiB.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn error_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// Why a command line gave nothing back.
#[derive(Debug)]
pub(super) enum Failure {
    NotFound,
    Io(io::Error),
    TimedOut,
    Cancelled,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Failure::NotFound } else { Failure::Io(error) }
    }
}

enum Piece {
    Out(Vec<u8>),
    Err(Vec<u8>),
}

/// Runs to the end. `on_line` sees each line of both streams as it comes, without its end.
pub(super) fn run(
    invocation: &Invocation,
    cancel: Option<&AtomicBool>,
    on_line: &mut dyn FnMut(&str),
) -> Result<Output, Failure> {
    let mut child = spawn(invocation)?;
    feed(&mut child, &invocation.stdin);
    let (sender, pieces) = mpsc::channel();
    if let Some(stream) = child.stdout.take() {
        forward(stream, sender.clone(), Piece::Out);
    }
    if let Some(stream) = child.stderr.take() {
        forward(stream, sender.clone(), Piece::Err);
    }
    drop(sender);
    let mut output = Output::default();
    let (mut out_line, mut err_line) = (Vec::new(), Vec::new());
    let deadline = Instant::now() + invocation.timeout;
    let mut ended: Option<Instant> = None;
    loop {
        match pieces.recv_timeout(TICK) {
            Ok(Piece::Out(bytes)) => {
                keep(&mut output.stdout, &bytes);
                lines(&mut out_line, &bytes, on_line);
            }
            Ok(Piece::Err(bytes)) => {
                keep(&mut output.stderr, &bytes);
                lines(&mut err_line, &bytes, on_line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if cancel.is_some_and(|c| c.load(Ordering::Relaxed)) {
            end(&mut child);
            return Err(Failure::Cancelled);
        }
        if Instant::now() > deadline {
            end(&mut child);
            return Err(Failure::TimedOut);
        }
        // A grandchild that keeps the pipes open must not keep msb waiting.
        if ended.is_none() && child.try_wait()?.is_some() {
            ended = Some(Instant::now());
        }
        if ended.is_some_and(|at| at.elapsed() > GRACE) {
            break;
        }
    }
    for rest in [out_line, err_line] {
        if !rest.is_empty() {
            on_line(&String::from_utf8_lossy(&rest));
        }
    }
    output.code = wait(&mut child, deadline)?;
    Ok(output)
}

/// Runs to the end while `consume` reads standard output; the output's `stdout` stays empty.
pub(super) fn stream(
    invocation: &Invocation,
    cancel: &AtomicBool,
    consume: &mut dyn FnMut(&mut dyn Read) -> io::Result<()>,
) -> Result<Output, Failure> {
    let mut child = spawn(invocation)?;
    let Some(mut stdout) = child.stdout.take() else { return Err(Failure::Io(io::Error::other("no standard output"))) };
    let mut stderr = child.stderr.take();
    let deadline = Instant::now() + invocation.timeout;
    let done = AtomicBool::new(false);
    let (consumed, output, stopped) = std::thread::scope(|scope| {
        let errors = scope.spawn(|| {
            let mut text = Vec::new();
            if let Some(stream) = stderr.as_mut() {
                // Whatever could be read of it is enough for a message.
                let _ = stream.take(KEPT as u64).read_to_end(&mut text);
            }
            text
        });
        let watch = scope.spawn(|| {
            loop {
                if cancel.load(Ordering::Relaxed) {
                    end(&mut child);
                    return (child, Some(Failure::Cancelled));
                }
                if Instant::now() > deadline {
                    end(&mut child);
                    return (child, Some(Failure::TimedOut));
                }
                if done.load(Ordering::Relaxed) {
                    return (child, None);
                }
                std::thread::sleep(TICK);
            }
        });
        let consumed = consume(&mut stdout);
        drop(stdout);
        done.store(true, Ordering::Relaxed);
        let stopped = watch.join();
        (consumed, Output { stderr: errors.join().unwrap_or_default(), ..Output::default() }, stopped)
    });
    let (mut child, failure) = stopped.map_err(|_| Failure::Io(io::Error::other("the watching thread ended")))?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let code = wait(&mut child, deadline)?;
    // The engine's own words explain a broken stream better than the stream does.
    if code == 0 {
        consumed?;
    }
    Ok(Output { code, ..output })
}

fn spawn(invocation: &Invocation) -> io::Result<Child> {
    let mut command = Command::new(&invocation.program);
    command.args(&invocation.args).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.stdin(if invocation.stdin.is_empty() { Stdio::null() } else { Stdio::piped() });
    for (name, value) in &invocation.env {
        command.env(name, value);
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn()
}

fn feed(child: &mut Child, input: &[u8]) {
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_vec();
        // A child that does not read to the end is no error.
        std::thread::spawn(move || drop(stdin.write_all(&input)));
    }
}

fn forward(mut stream: impl Read + Send + 'static, sender: mpsc::Sender<Piece>, wrap: fn(Vec<u8>) -> Piece) {
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(n @ 1..) = stream.read(&mut buffer) {
            if sender.send(wrap(buffer[..n].to_vec())).is_err() {
                break;
            }
        }
    });
}

fn keep(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = KEPT.saturating_sub(kept.len()).min(bytes.len());
    kept.extend_from_slice(&bytes[..room]);
}

fn lines(rest: &mut Vec<u8>, bytes: &[u8], on_line: &mut dyn FnMut(&str)) {
    for &byte in bytes {
        if byte == b'\n' {
            on_line(String::from_utf8_lossy(rest).trim_end_matches('\r'));
            rest.clear();
        } else if rest.len() < 1 << 16 {
            rest.push(byte);
        }
    }
}

fn wait(child: &mut Child, deadline: Instant) -> Result<i32, Failure> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code().unwrap_or(-1));
        }
        if Instant::now() > deadline {
            end(child);
            return Err(Failure::TimedOut);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Asks the child and its children to end, then makes them.
fn end(child: &mut Child) {
    signal(child, false);
    let asked = Instant::now();
    while asked.elapsed() < GRACE {
        if !matches!(child.try_wait(), Ok(None)) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    signal(child, true);
    // It is gone already, or cannot be helped.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(unix)]
fn signal(child: &Child, hard: bool) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // The group may be empty by now.
        let _ = kill_process_group(pid, if hard { Signal::KILL } else { Signal::TERM });
    }
}

#[cfg(not(unix))]
fn signal(_: &Child, _: bool) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str, timeout: u64) -> Invocation {
        Invocation {
            program: "sh".into(),
            args: vec!["-c".into(), script.into()],
            env: vec![("WORD", "from outside".to_owned())],
            stdin: b"given".to_vec(),
            timeout: Duration::from_secs(timeout),
        }
    }

    #[test]
    fn both_streams_stdin_environment_and_exit_code() {
        let mut seen = Vec::new();
        let output = run(&sh("cat; echo; echo $WORD >&2; exit 3", 60), None, &mut |l| seen.push(l.to_owned())).unwrap();
        assert_eq!((output.code, output.text(), output.error_text()), (3, "given\n".into(), "from outside\n".into()));
        seen.sort();
        assert_eq!(seen, ["from outside", "given"]);
    }

    #[test]
    fn a_time_limit_ends_the_child_and_its_children() {
        let started = Instant::now();
        let failure = run(&sh("echo before; sleep 1000 & sleep 1000", 0), None, &mut |_| ()).unwrap_err();
        assert!(matches!(failure, Failure::TimedOut), "{failure:?}");
        assert!(started.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn a_set_flag_breaks_it_off() {
        let cancel = AtomicBool::new(true);
        assert!(matches!(run(&sh("sleep 1000", 100), Some(&cancel), &mut |_| ()), Err(Failure::Cancelled)));
        let streamed = stream(&sh("sleep 1000", 100), &cancel, &mut |r| r.read_to_end(&mut Vec::new()).map(drop));
        assert!(matches!(streamed, Err(Failure::Cancelled)));
    }

    #[test]
    fn a_program_that_is_not_there() {
        let missing = Invocation { program: "/no/such/program".into(), ..sh("", 1) };
        assert!(matches!(run(&missing, None, &mut |_| ()), Err(Failure::NotFound)));
    }

    #[test]
    fn a_stream_is_read_as_it_comes() {
        let mut text = String::new();
        let cancel = AtomicBool::new(false);
        let output = stream(&sh("echo words; echo why >&2; exit 4", 60), &cancel, &mut |r| {
            r.read_to_string(&mut text).map(drop)
        });
        let output = output.unwrap();
        assert_eq!((text.as_str(), output.code, output.error_text()), ("words\n", 4, "why\n".into()));
    }
}
