//! Converts single-stage Dockerfiles to multi-stage builds, with proof.
//!
//! ```text
//!  source ──▶ syntax ──▶ Dockerfile ──▶ analyzer ──▶ Analysis + Demands ──▶ planner ──▶ Outcome::Convert(Plan)
//!                                        ▲    ▲                                        Outcome::Unchanged(reason)
//!                              BuildContext  facts (heuristics, images, packages)      Outcome::Declined(reasons)
//!                                                                                              │
//!  file ◀── apply ◀── diff ◀── proof (on the text, read again) ◀── render ◀────────────────────┘
//! ```
//!
//! The **analyzer** says what each step does and what run time asks for; the **planner** decides what goes where; the
//! **differ** renders, proves and presents it. [`convert`] is that picture in code. The library does no IO: texts, facts
//! and a [`context::BuildContext`] go in, values come out.

pub mod analyzer;
pub mod context;
pub mod diagnostic;
pub mod differ;
pub mod facts;
pub mod licence;
pub mod paths;
pub mod planner;
pub mod policy;
pub mod programs;
pub mod rules;
pub mod shell;
pub mod source;
pub mod syntax;
pub mod verify;

use analyzer::demands::{Demands, demands};
use analyzer::readers::Project;
use analyzer::{Analysis, Inputs, analyse, pragmas};
use context::BuildContext;
use diagnostic::Diagnostic;
use facts::heuristics::Heuristics;
use planner::{Options, Outcome};
use rules::Reason;
use std::collections::BTreeMap;
use syntax::{Dockerfile, Kind};

/// What is to be converted, and with which knowledge.
pub struct Request<'a> {
    /// The Dockerfile's bytes.
    pub source: &'a [u8],
    /// Its build context.
    pub context: &'a dyn BuildContext,
    /// Knowledge of commands.
    pub heuristics: &'a Heuristics,
    /// What the user asked for.
    pub options: Options,
    /// Values of `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// Folders whose other files may use the Dockerfile, nearest first. None means: the root of the context, where the file
    /// is `Dockerfile`.
    pub projects: &'a [Project<'a>],
}

impl<'a> Request<'a> {
    /// A request with the embedded knowledge, and nothing special asked for.
    pub fn new(source: &'a [u8], context: &'a dyn BuildContext) -> Request<'a> {
        Request {
            source,
            context,
            heuristics: Heuristics::builtin(),
            options: Options::default(),
            build_args: BTreeMap::new(),
            projects: &[],
        }
    }

    /// What an analysis of the parsed file needs.
    pub fn inputs<'b>(&'b self, dockerfile: &'b Dockerfile) -> Inputs<'b> {
        Inputs {
            dockerfile,
            context: self.context,
            heuristics: self.heuristics,
            build_args: &self.build_args,
            projects: self.projects,
            policy: &self.options.policy,
        }
    }
}

/// The answer.
#[derive(Debug)]
pub struct Conversion {
    /// What becomes of the file, and why.
    pub outcome: Outcome,
    /// The converted file, when there is one. It has passed the proof.
    pub output: Option<Vec<u8>>,
    /// The parsed file.
    pub dockerfile: Dockerfile,
    /// What each step does; absent when the file has more than one stage.
    pub analysis: Option<Analysis>,
    /// What run time asks for.
    pub demands: Demands,
    /// What the proof found, when it rejected the plan.
    pub findings: Vec<differ::proof::Finding>,
}

impl Conversion {
    /// A file that is left alone before anything is analysed.
    fn unchanged(dockerfile: Dockerfile, reason: Reason) -> Conversion {
        Conversion {
            outcome: Outcome::Unchanged { reason },
            output: None,
            dockerfile,
            analysis: None,
            demands: Demands::default(),
            findings: Vec::new(),
        }
    }
}

/// Converts a Dockerfile.
///
/// # Errors
///
/// The file is not one that BuildKit accepts, or a pragma in it is wrong; each error says where and what to type
/// instead.
pub fn convert(request: &Request<'_>) -> Result<Conversion, Vec<Diagnostic>> {
    let dockerfile =
        syntax::parse(request.source).map_err(|e| e.into_iter().map(Diagnostic::from).collect::<Vec<_>>())?;
    let errors = syntax::check_stages(&dockerfile);
    if !errors.is_empty() {
        return Err(errors.into_iter().map(Diagnostic::from).collect());
    }
    let pragmas = pragmas::read(&dockerfile)?;
    if let Some(span) = pragmas.ignore {
        let reason = rules::IGNORED_BY_PRAGMA.because("a comment above FROM says so", span);
        return Ok(Conversion::unchanged(dockerfile, reason));
    }
    let stages = dockerfile.instructions().filter(|i| matches!(i.kind, Kind::From(_))).count();
    if stages != 1 {
        let words = format!("the file has {stages} stages already");
        return Ok(Conversion::unchanged(dockerfile, rules::ALREADY_MULTI_STAGE.because(words, None)));
    }
    let inputs = request.inputs(&dockerfile);
    let analysis = analyse(inputs);
    let demands = demands(inputs, &analysis);
    let mut outcome = planner::plan(inputs, &analysis, &demands, &request.options);
    let mut output = None;
    let mut findings = Vec::new();
    if let Outcome::Convert(plan) = &outcome {
        let text = differ::render::render(&dockerfile, plan);
        findings = differ::proof::prove(inputs, &analysis, &demands, plan, &text);
        if findings.is_empty() {
            output = Some(text);
        } else {
            let reasons: Vec<Reason> =
                findings.iter().map(|f| rules::PROOF_FAILED.because(f.to_string(), None)).collect();
            outcome = Outcome::Declined { reasons };
        }
    }
    Ok(Conversion { outcome, output, dockerfile, analysis: Some(analysis), demands, findings })
}
