//! A look at one row of a campaign: what its file is by now, whether people have seen its change, and what is done with it.

use super::campaign::Run;
use super::measure;
use super::text::first_words;
use super::{Done, Tells, apply};
use crate::args::{Comparison, Conversion as Flags, Surroundings};
use crate::input::{Ask, Input, relative};
use crate::output::shortened;
use crate::{context, workers};
use anyhow::{Error, Result, anyhow};
use msb::campaign::{Answer, DIFFERS, Found, Row, SAME, Settled, Status, fingerprint, settle};
use msb::planner::Outcome;
use msb::review::{Verdict, reasons, saved_mb, visible};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::Ordering;

/// Words of a reason that a plan holds, in characters.
const WORDS: usize = 240;

/// A row whose file was looked at.
pub(super) struct Looked {
    pub(super) settled: Settled,
    /// Its conversion is the one in the plan, and may be written.
    pub(super) agreed: bool,
    /// The conversion, or what went wrong.
    pub(super) result: Option<Result<Done>>,
}

impl Run<'_> {
    /// Looks at a row's file.
    pub(super) fn look(&self, row: &Row) -> Looked {
        match self.judge(row) {
            Err(error) => failed(row, error),
            Ok((found, done)) => Looked { settled: settle(row, found), agreed: false, result: done.map(Ok) },
        }
    }

    /// Looks at a row's file, and says whether its conversion is the one that people have seen in the plan.
    pub(super) fn propose(&self, row: &Row) -> Looked {
        let mut looked = self.look(row);
        if !looked.settled.status.is_open() {
            return looked;
        }
        let is_planned = row.answer.as_ref().is_some_and(|answer| answer.after.is_some());
        if !is_planned {
            looked.settled.news = Some("planned for the first time; the next run takes it".to_owned());
        }
        looked.agreed = looked.settled.news.is_none();
        looked
    }

    /// The same, and does with it what is asked for.
    pub(super) fn convert(&self, row: &Row) -> Looked {
        let mut looked = self.propose(row);
        let Some(Ok(done)) = looked.result.as_mut().filter(|_| looked.agreed) else { return looked };
        if !done.given || !self.selection.takes(&done.file(false)) {
            return looked;
        }
        let outcome = match self.arguments.verify {
            true => self.verify(row, done, &mut looked.settled),
            false => Ok(true),
        };
        let outcome = outcome.and_then(|is_same| {
            if let Some(new) = done.converted().filter(|_| is_same && self.arguments.apply) {
                apply(&self.typed(row), &done.source, new, &self.flags(row))?;
                done.written = true;
                looked.settled.status = Status::Done;
            }
            Ok(())
        });
        // A build that was interrupted says nothing of the file.
        let is_stopped = self.arguments.verify && self.stop.load(Ordering::Relaxed);
        if let Some(error) = outcome.err().filter(|_| !is_stopped) {
            looked.settled = settle(row, Found::Failed(words(&error)));
            done.failure = Some(error);
        }
        looked
    }

    /// Builds, starts and compares, unless the plan knows how that ended; true when both are the same.
    fn verify(&self, row: &Row, done: &mut Done, settled: &mut Settled) -> Result<bool> {
        let known = settled.answer.as_ref().and_then(|answer| answer.measured.as_ref());
        if let Some(known) = known.filter(|known| [SAME, DIFFERS].contains(&known.verdict.as_str())) {
            return Ok(known.verdict == SAME);
        }
        let name = self.name(row);
        // The words of several builds at once would be a muddle.
        let how = Comparison {
            quiet: self.arguments.comparison.quiet || self.threads() > 1,
            ..self.arguments.comparison.clone()
        };
        let report = measure::compare(done, &self.typed(row), &name, &self.flags(row).build_args, &how)?;
        let Some(report) = report else { return Ok(false) };
        let measured = measure::measured(&report);
        let is_same = measured.verdict == SAME;
        if measured.verdict == DIFFERS {
            settled.status = Status::NeedsALook;
        }
        settled.news = Some(measure::in_words(&report));
        if let Some(answer) = &mut settled.answer {
            answer.measured = Some(measured);
        }
        done.verification = Some(report);
        Ok(is_same)
    }

    /// How many threads work: builds go one by one, unless somebody asks for more.
    pub(super) fn threads(&self) -> usize {
        let asked = self.arguments.jobs;
        workers::threads(if self.arguments.verify { asked.or(Some(1)) } else { asked })
    }

    fn judge(&self, row: &Row) -> Result<(Found, Option<Done>)> {
        let path = self.typed(row);
        if fs::symlink_metadata(&path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return Ok((Found::Gone, None));
        }
        let flags = self.flags(row);
        let context = row.context.as_ref().map(|folder| context::typed(&self.root.join(folder)));
        let surroundings = Surroundings { context, context_names: None };
        let ask = Ask { surroundings: &surroundings, build_args: &flags.build_args };
        let input = Input::read(&path, &ask, &self.known)?;
        let before = fingerprint(&input.source);
        let known = row.answer.as_ref();
        if known.is_some_and(|answer| answer.after.as_ref() == Some(&before)) {
            return Ok((Found::Converted, None));
        }
        let tells = match self.arguments.patch_dir {
            Some(_) => Tells { fates: true, places: true, about: false },
            None => Tells::of(self.arguments.format, &self.arguments.review),
        };
        let mut done = Done::of(input, &flags, &self.known, tells)?;
        done.about.owners = row.owners.clone().unwrap_or_else(|| self.known.owners(&path));
        let answer = Answer {
            context: done.folder.as_deref().and_then(|folder| self.inside(folder)),
            ecosystem: done.about.ecosystem.clone(),
            owners: self.known.owners(&path),
            before: Some(before),
            ..answer(&done)
        };
        let accept_unsafe = flags.accept_unsafe;
        Ok((Found::Judged { answer: Box::new(answer), accept_unsafe }, Some(done)))
    }

    /// A folder relative to the root.
    pub(super) fn inside(&self, folder: &Path) -> Option<String> {
        let inside = relative(folder, &self.root)?;
        Some(if inside.is_empty() { ".".to_owned() } else { inside })
    }

    /// How a row is converted.
    fn flags(&self, row: &Row) -> Flags {
        let options = row.options.over(&self.options);
        Flags {
            runtime: options.runtime,
            min_gain: options.min_gain,
            build_args: options.build_args.into_iter().collect(),
            accept_unsafe: options.accept_unsafe.unwrap_or_default(),
            allow_dirty: self.arguments.conversion.allow_dirty,
        }
    }
}

pub(super) fn defect() -> Error {
    anyhow!("msb failed on this file, which is a defect of msb")
}

pub(super) fn failed(row: &Row, error: Error) -> Looked {
    Looked { settled: settle(row, Found::Failed(words(&error))), agreed: false, result: Some(Err(error)) }
}

fn words(error: &Error) -> String {
    shortened(&visible(&first_words(error)), WORDS)
}

/// What a conversion says of itself.
fn answer(done: &Done) -> Answer {
    let outcome = &done.conversion.outcome;
    let mut rules: Vec<String> = Vec::new();
    for reason in reasons(outcome) {
        if !rules.iter().any(|id| id == reason.rule.id) {
            rules.push(reason.rule.id.to_owned());
        }
    }
    let because = reasons(outcome).first();
    let because = because.map(|reason| shortened(&visible(&reason.because), WORDS));
    let plan = match outcome {
        Outcome::Convert(plan) => Some(plan),
        _ => None,
    };
    Answer {
        rules,
        because,
        saved_mb: plan.map(|plan| saved_mb(plan)),
        original_mb: plan.map(|plan| plan.original_mb).filter(|mb| *mb > 0),
        inputs: done.inputs.clone(),
        after: done.conversion.output.as_deref().map(fingerprint),
        ..Answer::new(Verdict::of(outcome))
    }
}
