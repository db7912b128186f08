//! Flags of a review to the files that count and the documents that are written.

use crate::args::{Form, Review, Subject};
use crate::git::{changed_since, place};
use crate::input::{Refused, regular};
use crate::output::MSB_VERSION;
use crate::terminal::{self, note};
use anyhow::{Context as _, Result, anyhow, bail};
use msb::campaign::Row;
use msb::differ;
use msb::review::baseline::Baseline;
use msb::review::{Answer, File, csv, github, gitlab, html, markdown, patch, rdjson, rules_of, sarif};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What of a run counts.
pub(crate) struct Selection<'a> {
    flags: &'a Review,
    known: Option<Baseline>,
    /// Files that were left out since their findings are known, and by `--only` and `--ignore`.
    left_out: [AtomicUsize; 2],
}

impl<'a> Selection<'a> {
    /// The selection that flags ask for.
    pub(crate) fn new(flags: &'a Review) -> Result<Selection<'a>> {
        if let Some(subject) = flags.only.iter().find(|subject| flags.ignore.contains(subject)) {
            bail!("`{0}` is given to --only and to --ignore; leave one of them out", subject.word());
        }
        let known = flags.baseline.as_deref().map(read_baseline).transpose()?;
        Ok(Selection { flags, known, left_out: Default::default() })
    }

    /// The files that `--since` leaves.
    pub(crate) fn changed(&self, paths: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
        let Some(rev) = &self.flags.since else { return Ok(paths) };
        let before = paths.len();
        let kept = changed_since(rev, paths)?;
        if kept.is_empty() && before > 0 {
            note(&format!("none of {before} Dockerfiles changed since {rev}"));
        }
        Ok(kept)
    }

    /// True when a file counts by its rules and its findings are not known.
    pub(crate) fn takes(&self, file: &File<'_>) -> bool {
        let [known, unasked] = &self.left_out;
        if let Answer::Judged(judged) = &file.answer {
            let rules = rules_of(&judged.conversion.outcome);
            let is_of = |subject: &Subject| match subject {
                Subject::Verdict(verdict) => *verdict == judged.verdict(),
                Subject::Rule(rule) => rules.contains(rule),
            };
            let is_only = self.flags.only.is_empty() || self.flags.only.iter().any(is_of);
            if !is_only || self.flags.ignore.iter().any(is_of) {
                unasked.fetch_add(1, Ordering::Relaxed);
                return false;
            }
        }
        let is_known = self.known.as_ref().is_some_and(|baseline| baseline.knows(file));
        if is_known {
            known.fetch_add(1, Ordering::Relaxed);
        }
        !is_known
    }

    /// Says what was left out.
    pub(crate) fn tell(&self) {
        let [known, unasked] = &self.left_out;
        let files = |count: usize| if count == 1 { "1 file is".to_owned() } else { format!("{count} files are") };
        let known = known.load(Ordering::Relaxed);
        if let Some(path) = self.flags.baseline.as_ref().filter(|_| known > 0) {
            note(&format!("{} left out, whose findings {} knows", files(known), path.display()));
        }
        let unasked = unasked.load(Ordering::Relaxed);
        if unasked > 0 {
            note(&format!("{} left out by --only or --ignore", files(unasked)));
        }
    }

    /// Writes the baseline that is asked for.
    pub(crate) fn write_baseline(&self, files: &[File<'_>]) -> Result<()> {
        let Some(path) = &self.flags.write_baseline else { return Ok(()) };
        let baseline = Baseline::of(files);
        write(path, baseline.text().as_bytes())?;
        note(&format!("{}: {} findings written", path.display(), baseline.len()));
        Ok(())
    }
}

fn read_baseline(path: &Path) -> Result<Baseline> {
    let name = path.display();
    if !path.exists() {
        bail!("the baseline `{name}` does not exist; write one with --write-baseline {name}");
    }
    regular(path, "a baseline is JSON in a file")?;
    let text = fs::read(path).with_context(|| format!("`{name}` cannot be read; check its permissions"))?;
    Baseline::parse(&text).map_err(|words| anyhow!("`{name}`: {words}; write it anew with --write-baseline {name}"))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    Ok(differ::apply::write(path, bytes)?)
}

/// A file that could not be read, parsed or written.
pub(crate) fn failed<'a>(place: &'a [u8], error: &'a anyhow::Error) -> File<'a> {
    let errors = error.downcast_ref::<Refused>().map(|refused| refused.errors.as_slice()).unwrap_or_default();
    File {
        place,
        context: None,
        is_context_named: false,
        about: None,
        answer: Answer::Failed { message: format!("{error:#}"), errors },
    }
}

/// The name of a path in documents; standard input has that of an ordinary file.
pub(crate) fn place_of(path: &Path) -> Vec<u8> {
    if path == Path::new("-") { b"Dockerfile".to_vec() } else { place(path) }
}

/// True when one of the forms that are asked for tells what `wanted` says.
pub(crate) fn asks_for(form: Form, flags: &Review, wanted: Form) -> bool {
    form == wanted || flags.reports.iter().any(|further| further.form == wanted)
}

/// Prints a run in its form, and writes the further ones. `json` makes the form for programs, which commands add to; text is
/// printed by who calls. `others` are rows of a campaign whose files were not looked at again.
pub(crate) fn deliver(
    form: Form,
    flags: &Review,
    files: &[File<'_>],
    others: &[Row],
    json: impl Fn() -> Result<String>,
) -> Result<()> {
    let document = |form: Form| -> Result<Vec<u8>> {
        Ok(match form {
            Form::Text => Vec::new(),
            Form::Json => json()?.into_bytes(),
            Form::Diff => patch::document(files),
            Form::Sarif => pretty(&sarif::document(files, MSB_VERSION))?,
            Form::Rdjson => pretty(&rdjson::document(files))?,
            Form::Gitlab => pretty(&gitlab::document(files))?,
            Form::Github => github::document(files).into_bytes(),
            Form::Markdown => markdown::document(files).into_bytes(),
            Form::Html => html::document(files, others, MSB_VERSION)?.into_bytes(),
            Form::Csv => csv::document(files, others),
        })
    };
    for further in &flags.reports {
        write(&further.path, &document(further.form)?)
            .with_context(|| format!("the report `{}` cannot be written", further.path.display()))?;
    }
    if form != Form::Text {
        terminal::print_bytes(&document(form)?)?;
    }
    Ok(())
}

fn pretty(value: &serde_json::Value) -> Result<Vec<u8>> {
    Ok(crate::output::json(value)?.into_bytes())
}
