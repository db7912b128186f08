//! Converts single-stage Dockerfiles to multi-stage builds, with proof.
//!
//! ```text
//!  source ──▶ syntax ──▶ Dockerfile ──▶ analyzer ──▶ Analysis + Demands ──▶ planner ──▶ Outcome::Convert(Plan)
//!                                        ▲    ▲        (survey, licences, supply)      Outcome::Unchanged(reason)
//!                              BuildContext  facts (heuristics, images, packages)      Outcome::Declined(reasons)
//!                                                                                              │
//!  file ◀── apply ◀── diff ◀── proof (on the text, read again) ◀── render ◀────────────────────┘
//! ```
//!
//! The **analyzer** says what each step does and what run time asks for. The **planner** holds everything that the original
//! image has at its end: it stays, unless a licence lets it leave, and what stays gets a supplier. The **differ** renders,
//! proves and presents it; the proof holds tree against tree and asks no plan. [`convert`] is that picture in code.
//!
//! Texts, facts and a [`context::BuildContext`] go in, values come out. IO do only [`context::DiskContext`],
//! [`differ::apply`] and [`verify`].

// What `convert` takes and gives, and what is asked of it afterwards.
pub mod analyzer;
pub mod campaign;
pub mod context;
pub mod diagnostic;
pub mod differ;
pub mod facts;
pub mod planner;
pub mod policy;
pub mod review;
pub mod rules;
pub mod source;
pub mod syntax;
pub mod verify;

// Open for benches only.
#[doc(hidden)]
pub mod shell;

// Rooms that only the others enter; what is `pub` in them is so for those.
#[allow(unreachable_pub, reason = "nothing outside enters")]
mod image;
#[allow(unreachable_pub, reason = "nothing outside enters")]
mod licence;
#[allow(unreachable_pub, reason = "nothing outside enters")]
mod paths;
#[allow(unreachable_pub, reason = "nothing outside enters")]
mod programs;
#[allow(unreachable_pub, reason = "nothing outside enters")]
mod secrets;
mod snippet;

use analyzer::demands::{Demands, demands};
use analyzer::readers::Project;
use analyzer::{Analysis, Inputs, analyse, check_size, pragmas};
use context::BuildContext;
use diagnostic::Diagnostic;
use facts::heuristics::Heuristics;
use planner::{Applicability, Options, Outcome, RuntimeChoice};
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
    /// What becomes of everything that the image has at its end; empty where there is no analysis.
    pub fn fates(&self, request: &Request<'_>) -> planner::Fates {
        let inputs = request.inputs(&self.dockerfile);
        let told = |analysis| planner::fates(inputs, analysis, &self.demands, &request.options);
        self.analysis.as_ref().map(told).unwrap_or_default()
    }

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
    check_size(inputs).map_err(|error| vec![error])?;
    let analysis = analyse(inputs);
    let demands = demands(inputs, &analysis);
    let plain = || {
        let ahead = || built_ahead(request, inputs, &analysis, &demands);
        ahead().unwrap_or_else(|| answer(request, inputs, &analysis, &demands))
    };
    let answer = match without_development(request, inputs, &analysis, &demands) {
        // What does not save enough without them says how much that is.
        Some(pruned) if pruned.saves_too_little() => {
            let plain = plain();
            if plain.saves_too_little() { pruned } else { plain }
        }
        Some(pruned) => pruned,
        None => plain(),
    };
    let Answer { outcome, output, findings } = answer;
    Ok(Conversion { outcome, output, dockerfile, analysis: Some(analysis), demands, findings })
}

/// What becomes of an analysed file.
struct Answer {
    outcome: Outcome,
    output: Option<Vec<u8>>,
    findings: Vec<differ::proof::Finding>,
}

impl Answer {
    /// True when a conversion would not save what it has to.
    fn saves_too_little(&self) -> bool {
        matches!(&self.outcome, Outcome::Unchanged { reason } if reason.rule == rules::NO_GAIN)
    }
}

/// Plans, renders and proves: on the smallest base that is certain to do, where the user leaves the choice to msb.
fn answer(request: &Request<'_>, inputs: Inputs<'_>, analysis: &Analysis, demands: &Demands) -> Answer {
    let options = &request.options;
    if options.runtime == RuntimeChoice::Auto && planner::suits_minimal(inputs, analysis, demands) {
        // Whether it saves enough is asked afterwards: on a larger base it would save less.
        let minimal = Options { runtime: RuntimeChoice::Alpine, min_gain: Some(0), ..options.clone() };
        let answer = answer_with(&minimal, inputs, analysis, demands);
        if let Outcome::Convert(plan) = &answer.outcome
            && plan.applicability == Applicability::Safe
        {
            return match options.too_little(plan.saved_mb) {
                Some(reason) => Answer { outcome: Outcome::Unchanged { reason }, output: None, findings: Vec::new() },
                None => answer,
            };
        }
    }
    let answer = answer_with(options, inputs, analysis, demands);
    // What the smaller sibling lacks, the image itself has.
    if options.runtime == RuntimeChoice::Auto && matches!(answer.outcome, Outcome::Declined { .. }) {
        let again = Options { runtime: RuntimeChoice::Again, ..options.clone() };
        let other = answer_with(&again, inputs, analysis, demands);
        if matches!(other.outcome, Outcome::Convert(_)) {
            return other;
        }
    }
    answer
}

fn answer_with(options: &Options, inputs: Inputs<'_>, analysis: &Analysis, demands: &Demands) -> Answer {
    let mut outcome = planner::plan(inputs, analysis, demands, options);
    let mut output = None;
    let mut findings = Vec::new();
    if let Outcome::Convert(plan) = &outcome {
        let text = differ::render::render(inputs.dockerfile, plan);
        findings = differ::proof::prove(inputs, analysis, demands, &text);
        if findings.is_empty() {
            output = Some(text);
        } else {
            let reasons: Vec<Reason> =
                findings.iter().map(|f| rules::PROOF_FAILED.because(f.to_string(), None)).collect();
            outcome = Outcome::Declined { reasons };
        }
    }
    Answer { outcome, output, findings }
}

/// The answer for the file whose build ends by taking development dependencies away; nothing where they stay.
fn without_development(
    request: &Request<'_>,
    inputs: Inputs<'_>,
    analysis: &Analysis,
    demands: &Demands,
) -> Option<Answer> {
    let (pruning, file) = planner::development::pruned(inputs, analysis, demands)?;
    let within = Inputs { dockerfile: &file, ..inputs };
    let analysis = analyse(within);
    let demands = analyzer::demands::demands(within, &analysis);
    let mut answer = answer(request, within, &analysis, &demands);
    let Outcome::Convert(plan) = &mut answer.outcome else { return answer.saves_too_little().then_some(answer) };
    plan.changes.push(pruning.reason());
    plan.refer_to_original(|i| pruning.index_before(i), |span| pruning.place_before(inputs.dockerfile, span));
    Some(answer)
}

/// The answer for the file whose build makes what its container compiles at every start; nothing where that cannot be converted.
fn built_ahead(request: &Request<'_>, inputs: Inputs<'_>, analysis: &Analysis, demands: &Demands) -> Option<Answer> {
    let (change, file) = planner::ahead::built_ahead(inputs, analysis, demands)?;
    let within = Inputs { dockerfile: &file, ..inputs };
    let analysis = analyse(within);
    let demands = analyzer::demands::demands(within, &analysis);
    let mut answer = answer(request, within, &analysis, &demands);
    let Outcome::Convert(plan) = &mut answer.outcome else { return None };
    plan.refer_to_original(|i| change.index_before(i), |span| change.place_before(span));
    plan.assume(change.reason(), inputs.policy);
    Some(answer)
}
