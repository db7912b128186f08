//! What becomes of a row when its file was looked at again.

use super::{Answer, DIFFERS, Row, Status};
use crate::review::Verdict;

/// What a look at a row's file showed.
#[derive(Clone, Debug)]
pub enum Found {
    /// The file is not there.
    Gone,
    /// The file is the conversion that the row knows.
    Converted,
    /// It was judged.
    Judged {
        /// The answer.
        answer: Box<Answer>,
        /// The row's options accept a conversion that needs a look.
        accept_unsafe: bool,
    },
    /// It could not be read or judged; words for people.
    Failed(String),
}

/// A row after its file was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Where it stands now.
    pub status: Status,
    /// The answer that the plan is to hold; nothing where it keeps the one that it has.
    pub answer: Option<Answer>,
    /// What somebody who knows the plan has to hear: one sentence without its end.
    pub news: Option<String>,
}

/// What becomes of a row. A row that people skipped is not to be looked at.
pub fn settle(row: &Row, found: Found) -> Settled {
    match found {
        Found::Gone => Settled {
            status: Status::Gone,
            answer: None,
            news: (row.status != Status::Gone).then(|| "the file is no longer there".to_owned()),
        },
        Found::Converted => {
            let news = (row.status != Status::Done).then(|| "it is converted by now".to_owned());
            Settled { status: Status::Done, answer: None, news }
        }
        Found::Failed(words) => {
            let mut answer = row.answer.clone().unwrap_or_else(|| Answer::new(Verdict::Error));
            answer.because = Some(words);
            Settled { status: Status::Failed, answer: Some(answer), news: None }
        }
        Found::Judged { answer, accept_unsafe } => judged(row, *answer, accept_unsafe),
    }
}

fn judged(row: &Row, mut answer: Answer, accept_unsafe: bool) -> Settled {
    let fresh = match (answer.verdict, accept_unsafe) {
        (Verdict::Safe, _) | (Verdict::Unsafe, true) => Status::Todo,
        (Verdict::Unsafe, false) => Status::NeedsALook,
        (Verdict::Unchanged | Verdict::Declined, _) => Status::Stays,
        (Verdict::Error, _) => Status::Failed,
    };
    // Somebody went on with a file that was converted: there is nothing left to do with it.
    if row.status == Status::Done && fresh == Status::Stays {
        return Settled { status: Status::Done, answer: None, news: None };
    }
    let Some(old) = row.answer.as_ref().filter(|old| old.verdict != Verdict::Error) else {
        return Settled { status: fresh, answer: Some(answer), news: None };
    };
    if old.is_same_change(&answer) {
        // A proof that real builds contradict is no reason to write anything.
        let differs = old.measured.as_ref().is_some_and(|measured| measured.verdict == DIFFERS);
        let fresh = if differs && fresh == Status::Todo && !accept_unsafe { Status::NeedsALook } else { fresh };
        let status = match row.status {
            Status::Changed if fresh == Status::Todo => Status::Changed,
            Status::Patched if fresh == Status::Todo => Status::Patched,
            _ => fresh,
        };
        if status == Status::Patched {
            answer.patch = old.patch.clone();
        }
        // What was read besides may be another thing by now; the change was planned from what the plan names.
        answer.inputs = old.inputs.clone();
        answer.measured = old.measured.clone();
        let news = (row.status == Status::Done).then(|| "the file was put back as it was".to_owned());
        return Settled { status, answer: Some(answer), news };
    }
    let news = if old.verdict == answer.verdict {
        format!("changed since the plan, planned again: {}", answer.verdict.shown())
    } else {
        format!("changed since the plan, planned again: {}, was {}", answer.verdict.shown(), old.verdict.shown())
    };
    let status = if fresh == Status::Todo { Status::Changed } else { fresh };
    Settled { status, answer: Some(answer), news: Some(news) }
}
