//! Words and colours on the terminal. Colours vanish by themselves where nobody sees them.

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default();
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default();

/// Text in a style.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes a line to standard error; there is nobody to tell when that fails.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Writes an error to standard error.
pub(crate) fn error(text: &str) {
    note(&format!("{} {text}", paint(RED.bold(), "error:")));
}

/// True when the reader of standard output went away (`msb … | head`), which is no failure.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}

/// Writes text to standard output.
pub(crate) fn print(text: &str) -> io::Result<()> {
    anstream::stdout().lock().write_all(text.as_bytes())
}

/// Writes bytes to standard output as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Writes a diff to standard output; in colour when a terminal shows it.
pub(crate) fn print_diff(diff: &[u8]) -> io::Result<()> {
    let coloured = match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => false,
        anstream::ColorChoice::Auto => io::stdout().is_terminal(),
        anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
    };
    if !coloured {
        return print_bytes(diff);
    }
    let mut text = Vec::new();
    for line in diff.split_inclusive(|&b| b == b'\n') {
        let style = match line.first() {
            _ if line.starts_with(b"--- ") || line.starts_with(b"+++ ") => BOLD,
            Some(b'@') => CYAN,
            Some(b'+') => GREEN,
            Some(b'-') => RED,
            _ => Style::new(),
        };
        let (body, end) = line.split_at(line.len() - usize::from(line.ends_with(b"\n")));
        write!(text, "{style}")?;
        text.extend_from_slice(body);
        write!(text, "{style:#}")?;
        text.extend_from_slice(end);
    }
    print_bytes(&text)
}

/// The width of the terminal behind standard error or output, as the shell tells it; 100 where it does not.
pub(crate) fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).filter(|&c| (40..=400).contains(&c)).unwrap_or(100)
}

/// Breaks text into lines of at most `width` characters, all but the first indented.
pub(crate) fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let room = width.saturating_sub(indent).max(20);
    let mut result = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > room {
            result.push('\n');
            result.push_str(&" ".repeat(indent));
            used = 0;
        } else if used > 0 {
            result.push(' ');
            used += 1;
        }
        result.push_str(word);
        used += length;
    }
    result
}

/// Progress over many files: a bar with the file and the time that is left where somebody watches, a line for every tenth part
/// elsewhere.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    total: usize,
    /// So many files a line; 0 for none.
    step: usize,
}

/// From so many files on, whoever reads a log may wait long enough to ask.
const MANY: usize = 100;

impl Progress {
    /// Progress over `total` files.
    pub(crate) fn over(total: usize, quiet: bool) -> Progress {
        let watched = io::stderr().is_terminal() && total > 1 && !quiet;
        let bar = watched.then(|| {
            let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:24} {pos}/{len}  {eta} left  {wide_msg}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        let is_logged = !watched && !quiet && total >= MANY;
        Progress { bar, total, step: if is_logged { total.div_ceil(10) } else { 0 } }
    }

    /// Says how many are done, and which was the last.
    pub(crate) fn show(&self, done: usize, file: &Path) {
        if let Some(bar) = &self.bar {
            bar.set_message(msb::review::visible(&file.to_string_lossy()));
            bar.set_position(done as u64);
        } else if self.step > 0 && done.is_multiple_of(self.step) && done < self.total {
            note(&format!("{done} of {} files", self.total));
        }
    }

    /// Says something above the bar.
    pub(crate) fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| note(text)),
            None => note(text),
        }
    }

    /// Removes the bar.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_at_words() {
        assert_eq!(wrapped("aaaa bbbb cccc dddd eeee", 2, 24), "aaaa bbbb cccc dddd\n  eeee");
        assert_eq!(wrapped("", 2, 24), "");
        assert_eq!(wrapped("averyveryverylongwordthatdoesnotfit x", 0, 20), "averyveryverylongwordthatdoesnotfit\nx");
    }
}
