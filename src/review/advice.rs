//! For a file that stays as it is: the one thing that would help most, where there is one.

use super::{headline, reasons};
use crate::Conversion;
use crate::facts::images::{ImageRef, lookup};
use crate::planner::{Outcome, WORTH_MB};
use crate::rules;
use crate::source::Span;
use crate::syntax::{Dockerfile, From, Kind};
use std::borrow::Cow;

/// What would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What to do, as it goes on after a colon.
    pub words: Cow<'static, str>,
    /// Where, when it is another place than that of the reason.
    pub span: Option<Span>,
    /// The reason's own words say it already.
    pub said: bool,
}

/// What would help most with a file that stays as it is.
pub fn advice(conversion: &Conversion) -> Option<Advice> {
    let outcome = &conversion.outcome;
    if matches!(outcome, Outcome::Convert(_)) {
        return None;
    }
    let rule = headline(outcome);
    if rule == rules::ALREADY_MULTI_STAGE {
        return last_stage(&conversion.dockerfile);
    }
    let words = rule.advice?;
    let mut options = words.split([' ', ',', ':']).filter(|word| word.starts_with("--")).peekable();
    let because = reasons(outcome).first().map_or("", |reason| &reason.because);
    let said = options.peek().is_some() && options.all(|option| because.contains(option));
    Some(Advice { words: Cow::Borrowed(words), span: None, said })
}

/// A last stage that builds nothing and starts from an image with a toolchain.
fn last_stage(file: &Dockerfile) -> Option<Advice> {
    let mut stages: Vec<&From> = Vec::new();
    let mut builds = false;
    for instruction in file.instructions() {
        match &instruction.kind {
            Kind::From(from) => {
                stages.push(from);
                builds = false;
            }
            Kind::Run(_) => builds = true,
            _ => {}
        }
    }
    let (last, before) = stages.split_last()?;
    // A stage by name has what its own steps left in it.
    let is_stage = before.iter().any(|stage| stage.name.as_deref() == Some(last.image.to_lowercase().as_str()));
    if builds || is_stage {
        return None;
    }
    let image = lookup(&ImageRef::parse(&last.image)?)?;
    let smaller = image.runtime?;
    let size = lookup(&ImageRef::parse(&smaller)?)?.size_mb?;
    let less = image.size_mb?.checked_sub(size).filter(|less| *less >= WORTH_MB)?;
    let words = format!(
        "start the last stage, which builds nothing, from `{smaller}` in place of `{}`, about {less} MB less, and compare \
         both with `msb verify --against`",
        last.image
    );
    Some(Advice { words: Cow::Owned(words), span: Some(last.image_span), said: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::MemoryContext;
    use crate::{Request, convert};

    fn words(file: &str) -> Option<String> {
        let conversion = convert(&Request::new(file.as_bytes(), &MemoryContext::default())).unwrap();
        assert_eq!(headline(&conversion.outcome), rules::ALREADY_MULTI_STAGE, "{file}");
        advice(&conversion).map(|advice| advice.words.into_owned())
    }

    #[test]
    fn a_last_stage_with_a_toolchain_that_it_does_not_use() {
        let build = "FROM node:20 AS build\nRUN npm ci\n";
        let found = words(&format!("{build}FROM node:20\nCOPY --from=build /app /app\nCMD [\"node\", \"/app\"]\n"));
        assert!(
            found.as_ref().is_some_and(|words| words.contains("`node:20-slim` in place of `node:20`")),
            "{found:?}"
        );
        for last in [
            "FROM node:20-slim\nCOPY --from=build /app /app\n",
            "FROM node:20\nCOPY --from=build /app /app\nRUN npm rebuild\n",
            "FROM build\nCMD [\"node\", \"/app\"]\n",
            "FROM scratch\nCOPY --from=build /app /app\n",
            "FROM registry.example/own:1\nCOPY --from=build /app /app\n",
        ] {
            assert_eq!(words(&format!("{build}{last}")), None, "{last}");
        }
    }

    #[test]
    fn what_a_reason_says_is_not_said_again() {
        let of =
            |file: &str| advice(&convert(&Request::new(file.as_bytes(), &MemoryContext::default())).unwrap()).unwrap();
        assert!(of("FROM golang:1.22\nCOPY nowhere /x\nRUN go build\n").said);
        assert!(!of("ARG B\nFROM ${B}\nRUN make\n").said);
    }
}
