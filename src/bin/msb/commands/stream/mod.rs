//! `msb stream`: a Dockerfile a line in, an answer a line out, in the same order. Memory is bounded, and answers do not wait for
//! further lines, so that whoever writes a line may wait for its answer.

mod lines;
mod request;
mod surroundings;

use super::convert::report;
use super::{Done, Status, Tells};
use crate::args::{Conversion as Flags, Stream};
use crate::input::Knowledge;
use crate::output::FileReport;
use crate::terminal;
use crate::workers::{self, Job, Turn, Window, in_order};
use anyhow::{Error, Result, anyhow, bail};
use lines::{Line, Lines};
use request::{Id, Request, id_of};
use serde::Serialize;
use std::io::{self, BufReader, BufWriter, Write as _};

/// The longest line, in bytes without its end.
const LIMIT: usize = 16 << 20;
/// Bytes of lines that are worked on at the same time.
const HELD: usize = 4 * LIMIT;
/// Lines that are worked on at the same time, for each thread: so many may wait for a slow one before them.
const AHEAD: usize = 16;
/// Bytes that are read at once.
const READ: usize = 1 << 16;
/// What some programs write in front of a text to say that it is UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The name of what could not be read, as `msb convert -` names standard input.
const UNREAD: &str = "-";

pub(super) fn run(arguments: &Stream) -> Result<Status> {
    if arguments.conversion.allow_dirty {
        bail!("--allow-dirty is for files that are written, and a stream writes none; leave it out");
    }
    let known = Knowledge::new(true);
    // What is wrong with the heuristics of the working directory is wrong for every line.
    known.heuristics(None)?;
    let threads = workers::threads(arguments.jobs);
    let window = Window { items: AHEAD * threads, weight: HELD };
    let job = Converter { known, flags: arguments.conversion.clone() };
    let mut lines = Lines::new(BufReader::with_capacity(READ, io::stdin()), LIMIT);
    let mut out = BufWriter::new(io::stdout().lock());
    let mut unread = 0_usize;
    let ended = in_order(
        move || lines.next(),
        job,
        threads,
        window,
        |turn| {
            match turn {
                Turn::Idle => out.flush()?,
                Turn::Result(answer) => {
                    let answer = answer?;
                    unread += usize::from(!answer.is_read);
                    out.write_all(&answer.text)?;
                }
            }
            Ok::<(), Error>(())
        },
    );
    // Where the stream broke off, what was answered is given away.
    let flushed = out.flush();
    ended?;
    flushed?;
    if unread == 0 {
        return Ok(Status::Done);
    }
    terminal::note(&format!("{unread} lines could not be read; their answers say why"));
    Ok(Status::CouldNotRun)
}

/// What is printed for a line.
struct Answer {
    /// JSON, with a line end.
    text: Vec<u8>,
    /// The line was a request.
    is_read: bool,
}

/// An answer for programs.
#[derive(Serialize)]
struct Row<'a> {
    id: Option<&'a Id>,
    #[serde(flatten)]
    file: FileReport<'a>,
    /// The converted Dockerfile, where it may be given away.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
}

impl Row<'_> {
    fn answer(&self, is_read: bool) -> Result<Answer> {
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        Ok(Answer { text, is_read })
    }
}

/// Lines to answers.
struct Converter {
    known: Knowledge,
    flags: Flags,
}

impl Converter {
    fn answer(&self, number: usize, line: &[u8]) -> Result<Answer> {
        let request = match Request::read(line) {
            Ok(request) => request,
            Err(error) => return unread(number, line, &error),
        };
        let result = self.convert(&request);
        let output = result.as_ref().ok().and_then(Done::converted);
        let output = output.map(|text| String::from_utf8_lossy(text).into_owned());
        Row { id: request.id.as_ref(), file: report(&request.path, &result), output }.answer(true)
    }

    fn convert(&self, request: &Request) -> Result<Done> {
        let input = surroundings::input(request, &self.known)?;
        let done = Done::of(input, &self.flags, &self.known, Tells { fates: false, places: false, about: false })?;
        Ok(Done { place: request.path.as_bytes().to_vec(), ..done })
    }
}

/// The answer to a line that is no request.
fn unread(number: usize, line: &[u8], error: &Error) -> Result<Answer> {
    let error = anyhow!("line {number}: {error:#}");
    Row { id: id_of(line).as_ref(), file: FileReport::failed(UNREAD, &error), output: None }.answer(false)
}

fn without_mark(number: usize, bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).filter(|_| number == 1).unwrap_or(bytes)
}

impl Job for Converter {
    type Item = Line;
    type Result = Result<Answer>;

    fn weight(&self, line: &Line) -> usize {
        match line {
            Line::Whole { bytes, .. } => bytes.len(),
            Line::TooLong { .. } | Line::Broken { .. } => 0,
        }
    }

    fn work(&self, line: &Line) -> Result<Answer> {
        match line {
            Line::Whole { number, bytes } => self.answer(*number, without_mark(*number, bytes)),
            Line::TooLong { number, bytes } => {
                let words = "give large files by their paths in `names`, or a folder on disk in `context`";
                unread(*number, b"", &anyhow!("it has {bytes} bytes, and the limit is {} MiB; {words}", LIMIT >> 20))
            }
            Line::Broken { number, error } => Err(anyhow!(
                "standard input cannot be read at line {number}: {error}; the lines before it are answered"
            )),
        }
    }

    fn panicked(&self, line: &Line) -> Result<Answer> {
        match line {
            Line::Whole { number, bytes } => {
                let words = "msb failed on it, which is a defect of msb; please report it with this line";
                unread(*number, without_mark(*number, bytes), &anyhow!("{words}"))
            }
            Line::TooLong { .. } | Line::Broken { .. } => self.work(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converter() -> Converter {
        Converter { known: Knowledge::new(true), flags: Flags::default() }
    }

    #[test]
    fn a_defect_is_told_with_the_line_and_its_id() {
        let line = Line::Whole { number: 7, bytes: b"\xef\xbb\xbf{\"id\": \"a\"}".to_vec() };
        let answer = converter().panicked(&line).unwrap();
        let row: serde_json::Value = serde_json::from_slice(&answer.text).unwrap();
        assert_eq!(
            (row["id"].clone(), answer.is_read),
            (serde_json::Value::Null, false),
            "the mark is that of line 1 only"
        );
        let line = Line::Whole { number: 1, bytes: b"\xef\xbb\xbf{\"id\": \"a\"}".to_vec() };
        let answer = converter().panicked(&line).unwrap();
        let row: serde_json::Value = serde_json::from_slice(&answer.text).unwrap();
        assert_eq!(row["id"], "a");
        assert!(row["error"].as_str().unwrap().contains("line 1: msb failed on it"), "{row:#}");
    }

    #[test]
    fn what_cannot_be_read_ends_with_its_line() {
        let broken = Line::Broken { number: 3, error: io::Error::other("the disk is gone") };
        let words = converter().work(&broken).err().unwrap().to_string();
        assert!(words.contains("line 3") && words.contains("the disk is gone"), "{words}");
        assert!(converter().panicked(&broken).is_err());
        assert_eq!(converter().weight(&broken), 0);
    }
}
