//! The real binary and git, called in a folder, for the tests that watch them from outside. Each test binary uses a part of it.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use assert_cmd::Command;
use std::path::Path;
use std::process::Output;

/// How a command ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    pub(crate) fn of(output: Output) -> Answer {
        Answer {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Answer {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Answer {
        assert!(self.err.contains(words), "{words:?} is not in {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, words: &str) -> Answer {
        assert!(self.out.contains(words), "{words:?} is not in {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn prints_nothing(self) -> Answer {
        assert_eq!(self.out, "", "{self:#?}");
        self
    }
}

/// Calls msb in a folder.
pub(crate) fn msb(folder: &Path, arguments: &[&str]) -> Answer {
    Answer::of(Command::cargo_bin("msb").unwrap().args(arguments).current_dir(folder).output().unwrap())
}

/// What git prints in a folder, as somebody; nothing where there is no git or it fails, which the caller says aloud.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
    let run = std::process::Command::new("git").args(identity).args(arguments).current_dir(folder).output().ok()?;
    run.status.success().then(|| String::from_utf8_lossy(&run.stdout).into_owned())
}

/// Tells that a test is skipped, and why.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}
