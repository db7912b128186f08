//! Every folder of `corpus/` is a test of its own name; `corpus/README.md` says what a case holds.
//!
//! `MSB_BLESS=1 cargo test --test corpus [NAME]` rewrites `expected.Dockerfile`; read what it wrote before you keep it.

use libtest_mimic::{Arguments, Failed, Trial};
use msb::context::DiskContext;
use msb::planner::{Applicability, Element, Outcome};
use msb::rules::{self, Reason};
use msb::syntax::{Item, Kind};
use msb::{Conversion, Request, convert};
use serde::Deserialize;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const CLASSES: std::ops::RangeInclusive<u8> = 1..=24;

/// `case.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    expect: Expect,
    rules: Vec<String>,
    breakage: Vec<u8>,
    pending: Option<String>,
    verify: Option<Verify>,
    naive: Option<Naive>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Converted,
    Unsafe,
    Unchanged,
    Declined,
}

/// What to ask of the built image; the test only holds it well formed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verify {
    port: Option<u16>,
    #[serde(default)]
    get: Vec<String>,
    #[serde(default)]
    run: Vec<Vec<String>>,
    #[serde(default)]
    exec: Vec<Vec<String>>,
    expect: String,
    differs: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Naive {
    fails: Fails,
    #[serde(default)]
    run: Vec<Vec<String>>,
    because: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Fails {
    Builds,
    Starts,
    Differs,
    Grows,
}

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for folder in folders() {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        trials.push(Trial::test(name, move || run(&folder).map_err(Failed::from)));
    }
    trials.push(Trial::test("the-corpus-is-balanced", || balanced().map_err(Failed::from)));
    libtest_mimic::run(&arguments, trials).exit();
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(corpus()).expect("corpus/ can be read");
    let mut folders: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    folders
}

fn case(folder: &Path) -> Result<Case, String> {
    let file = folder.join("case.toml");
    let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    toml::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))
}

fn run(folder: &Path) -> Result<(), String> {
    let case = case(folder)?;
    well_formed(folder, &case)?;
    let context = DiskContext::open(&folder.join("context"), None).map_err(|e| e.to_string())?;
    let source = fs::read(folder.join("Dockerfile")).map_err(|e| e.to_string())?;
    let conversion = converted(&source, &context)?;
    invariants(&source, &conversion, &context)?;
    if std::env::var_os("MSB_BLESS").is_some() {
        bless(folder, &case, &conversion)?;
    }
    let answer = expected(folder, &case, &conversion).and_then(|()| accounted(&source, &conversion));
    match (case.pending, answer) {
        (None, answer) => answer,
        (Some(_), Err(_)) => Ok(()),
        (Some(_), Ok(())) => Err("the case passes: remove `pending` from its case.toml".to_owned()),
    }
}

fn converted(source: &[u8], context: &DiskContext) -> Result<Conversion, String> {
    convert(&Request::new(source, context))
        .map_err(|errors| errors.iter().map(|e| format!("syntax error: {e}")).collect::<Vec<_>>().join("\n"))
}

/// What a reader of the case relies on.
fn well_formed(folder: &Path, case: &Case) -> Result<(), String> {
    let has = |name: &str| folder.join(name).exists();
    let converts = matches!(case.expect, Expect::Converted | Expect::Unsafe);
    let checks = [
        (case.about.is_empty() || !case.about.ends_with('.'), "`about` is a sentence"),
        (case.rules.is_empty(), "`rules` names at least one reason"),
        (!has("context"), "the folder `context` is there, empty if need be"),
        (has("naive.Dockerfile") != case.naive.is_some(), "`naive.Dockerfile` and `[naive]` come together"),
        (has("expected.Dockerfile") && !converts, "`expected.Dockerfile` is there only when the file is converted"),
        (case.breakage.iter().any(|class| !CLASSES.contains(class)), "`breakage` holds classes from 1 to 24"),
        (case.naive.is_some() && case.breakage.is_empty(), "a naive conversion belongs to a class of breakage"),
        (case.naive.as_ref().is_some_and(|n| n.because.is_empty()), "`because` of `[naive]` says what breaks"),
        (case.naive.as_ref().is_some_and(|n| n.fails == Fails::Grows) && case.breakage != [22], "`grows` is class 22"),
        (case.pending.as_ref().is_some_and(String::is_empty), "`pending` says what is missing"),
        (case.verify.as_ref().is_some_and(|v| v.expect.is_empty()), "`expect` of `[verify]` is some text"),
        (case.verify.as_ref().is_some_and(|v| v.port.is_some() == v.get.is_empty()), "`port` and `get` come together"),
        (
            case.verify.is_none() && case.naive.as_ref().is_some_and(|n| !n.run.is_empty()),
            "`[naive]` runs nothing without `[verify]`",
        ),
        (
            case.verify.as_ref().is_some_and(|v| v.differs.is_some()) && case.expect != Expect::Unsafe,
            "what is safe never `differs`",
        ),
        (case.verify.as_ref().is_some_and(|v| v.get.is_empty() && v.run.is_empty()), "`[verify]` asks something"),
        (case.verify.as_ref().is_some_and(|v| v.get.is_empty() && !v.exec.is_empty()), "`exec` runs beside a server"),
    ];
    if let Some(id) = case.rules.iter().find(|id| rules::find(id).is_none()) {
        return Err(format!("there is no rule `{id}`"));
    }
    match checks.iter().find(|(broken, _)| *broken) {
        Some((_, rule)) => Err(format!("case.toml: {rule}")),
        None => Ok(()),
    }
}

/// The outcome, the reasons and the text that the case asks for.
fn expected(folder: &Path, case: &Case, conversion: &Conversion) -> Result<(), String> {
    let (outcome, reasons) = summary(&conversion.outcome);
    let told = || reasons.iter().map(|r| format!("\n  {}: {}", r.rule.id, r.because)).collect::<String>();
    if outcome != case.expect {
        return Err(format!("expected {:?}, the answer is {outcome:?}:{}", case.expect, told()));
    }
    if let Some(missing) = case.rules.iter().find(|id| reasons.iter().all(|r| r.rule.id != **id)) {
        return Err(format!("no reason is `{missing}`; there are:{}", told()));
    }
    if let Some(output) = &conversion.output {
        let file = folder.join("expected.Dockerfile");
        let expected = fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        if expected != *output {
            return Err(difference(&expected, output));
        }
    }
    Ok(())
}

fn summary(outcome: &Outcome) -> (Expect, Vec<&Reason>) {
    match outcome {
        Outcome::Convert(plan) => {
            let expect = match plan.applicability {
                Applicability::Safe => Expect::Converted,
                Applicability::Unsafe => Expect::Unsafe,
            };
            (expect, plan.assumptions.iter().chain(&plan.changes).collect())
        }
        Outcome::Unchanged { reason } => (Expect::Unchanged, vec![reason]),
        Outcome::Declined { reasons } => (Expect::Declined, reasons.iter().collect()),
    }
}

fn bless(folder: &Path, case: &Case, conversion: &Conversion) -> Result<(), String> {
    match &conversion.output {
        Some(output) if case.pending.is_none() && matches!(case.expect, Expect::Converted | Expect::Unsafe) => {
            fs::write(folder.join("expected.Dockerfile"), output).map_err(|e| e.to_string())
        }
        _ => Ok(()),
    }
}

fn difference(expected: &[u8], output: &[u8]) -> String {
    let (expected, output) = (String::from_utf8_lossy(expected), String::from_utf8_lossy(output));
    let diff = TextDiff::from_lines(&expected, &output);
    let lines = diff.iter_all_changes().map(|change| {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => ' ',
        };
        format!("{sign}{}\n", change.value().trim_end_matches('\n').replace('\r', "\\r"))
    });
    format!("the result differs (- expected, + answer):\n{}", lines.collect::<String>())
}

/// What holds for every file, whatever becomes of it.
fn invariants(source: &[u8], conversion: &Conversion, context: &DiskContext) -> Result<(), String> {
    tiles(source, conversion)?;
    let again = converted(source, context)?;
    if again.output != conversion.output {
        return Err("two runs gave different bytes".to_owned());
    }
    // A carriage return in a here-document is part of the file or script that it holds.
    if conversion.dockerfile.instructions().all(|instruction| instruction.heredocs.is_empty()) {
        line_ends(source, context)?;
    }
    let Some(output) = &conversion.output else { return Ok(()) };
    let twice = converted(output, context)?;
    match &twice.outcome {
        Outcome::Unchanged { reason } if reason.rule == rules::ALREADY_MULTI_STAGE => {}
        other => return Err(format!("the result would be changed again: {other:?}")),
    }
    tiles(output, &twice)
}

/// The items of the parsed file give back the file.
fn tiles(source: &[u8], conversion: &Conversion) -> Result<(), String> {
    let mut next = 0;
    for item in &conversion.dockerfile.items {
        let span = match item {
            Item::Blank(span) | Item::Comment(span) => *span,
            Item::Directive(directive) => directive.span,
            Item::Instruction(instruction) => instruction.span,
        };
        if span.start as usize != next {
            return Err(format!("the items leave a gap or overlap at byte {next}"));
        }
        next = span.end as usize;
    }
    if next != source.len() || conversion.dockerfile.source != source {
        return Err(format!("the items end at byte {next} of {}", source.len()));
    }
    Ok(())
}

/// The same file with other line ends gives the same result with other line ends.
fn line_ends(source: &[u8], context: &DiskContext) -> Result<(), String> {
    let lf: Vec<u8> = source.iter().copied().filter(|byte| *byte != b'\r').collect();
    let from_lf = converted(&lf, context)?.output.map(|output| with_crlf(&output));
    let from_crlf = converted(&with_crlf(&lf), context)?.output;
    match (from_lf, from_crlf) {
        (Some(lf), Some(crlf)) if lf != crlf => Err(format!("CR LF changes the answer: {}", difference(&lf, &crlf))),
        (lf, crlf) if lf.is_some() != crlf.is_some() => Err("CR LF decides whether the file is converted".to_owned()),
        _ => Ok(()),
    }
}

fn with_crlf(text: &[u8]) -> Vec<u8> {
    text.iter()
        .flat_map(|byte| if *byte == b'\n' { &b"\r\n"[..] } else { std::slice::from_ref(byte) })
        .copied()
        .collect()
}

/// Every RUN of the original stands in the result, was reduced, or has a reason for being gone.
fn accounted(source: &[u8], conversion: &Conversion) -> Result<(), String> {
    let (Outcome::Convert(plan), Some(output)) = (&conversion.outcome, &conversion.output) else { return Ok(()) };
    for (index, instruction) in conversion.dockerfile.instructions().enumerate() {
        let text = source[instruction.span.range()].trim_ascii();
        let stays = output.windows(text.len()).any(|window| window == text);
        let reduced =
            plan.elements.iter().any(|e| matches!(e, Element::Reduced { instruction, .. } if *instruction == index));
        let inside = |reason: &Reason| {
            reason.span.is_some_and(|s| instruction.span.start <= s.start && s.end <= instruction.span.end)
        };
        if matches!(instruction.kind, Kind::Run(_)) && !stays && !reduced && !plan.changes.iter().any(inside) {
            return Err(format!("nothing tells what became of `{}`", String::from_utf8_lossy(text)));
        }
    }
    Ok(())
}

/// Every class of breakage has a case, and enough cases say that nothing is to be done.
fn balanced() -> Result<(), String> {
    let cases: Vec<Case> = folders().iter().map(|folder| case(folder)).collect::<Result<_, _>>()?;
    let quiet = cases.iter().filter(|case| matches!(case.expect, Expect::Unchanged | Expect::Declined)).count();
    if quiet * 4 < cases.len() {
        return Err(format!("{quiet} of {} cases expect no change; a quarter should", cases.len()));
    }
    let covered: BTreeSet<u8> = cases.iter().flat_map(|case| case.breakage.iter().copied()).collect();
    let missing: Vec<u8> = CLASSES.filter(|class| !covered.contains(class)).collect();
    if !missing.is_empty() {
        return Err(format!("no case for the classes of breakage {missing:?}"));
    }
    Ok(())
}
