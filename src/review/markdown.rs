//! Files to one comment that a reviewer can judge a pull request by.

use super::escape::{block, code, longest_fence, plain, prose};
use super::{Answer, File, Judged, Verdict, advice, findings, headline, reasons, saved_mb, saving, ways_to_settle};
use crate::differ::diff::unified;
use crate::planner::{Element, Extent, Fates, Leaving, Plan, is_image_configuration};
use crate::rules::{self, Reason};
use crate::source::{LineIndex, Span};
use crate::syntax::Kind;
use crate::verify;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Characters that a comment may have on the platforms that are known to limit it, less some for who adds a line.
const MOST: usize = 60_000;
/// Names in one cell, lines in one list.
const NAMES: usize = 6;
const LISTED: usize = 12;
/// Files that stay as they are and are listed one by one.
const STAYING: usize = 20;

/// A first line that no reader sees, by which a program finds its own comment again.
const MARK: &str = "<!-- msb -->";

/// The comment on these files.
pub fn document(files: &[File<'_>]) -> String {
    let mut converts: Vec<(&File<'_>, &Judged<'_>, &Plan)> = Vec::new();
    let mut stays: Vec<(&File<'_>, &Judged<'_>)> = Vec::new();
    let mut failed: Vec<&File<'_>> = Vec::new();
    for file in files {
        match &file.answer {
            Answer::Failed { .. } => failed.push(file),
            Answer::Judged(judged) => {
                match judged.plan() {
                    Some(plan) => converts.push((file, judged, plan)),
                    None => stays.push((file, judged)),
                }
                if judged.failure.is_some() {
                    failed.push(file);
                }
            }
        }
    }
    let mut text = format!("{MARK}\n## {}\n", title(&converts));
    if files.is_empty() {
        text += "\nNo Dockerfile was looked at.\n";
    }
    for file in failed {
        text += &could_not(file);
    }
    let staying = staying(&stays);
    // Each file gets as much as leaves room for a line on every other one.
    let lines: Vec<String> = converts.iter().map(|(file, judged, plan)| in_a_line(file, judged, plan)).collect();
    let mut rest: usize = lines.iter().map(|line| line.chars().count()).sum();
    let mut used = text.chars().count() + staying.chars().count();
    for ((file, judged, plan), line) in converts.iter().zip(&lines) {
        rest -= line.chars().count();
        let whole = section(file, judged, plan, true);
        let room = MOST.saturating_sub(used + rest);
        let chosen = if whole.chars().count() <= room {
            whole
        } else {
            let short = section(file, judged, plan, false);
            if short.chars().count() <= room { short } else { line.clone() }
        };
        used += chosen.chars().count();
        text += &chosen;
    }
    text + &staying
}

fn title(converts: &[(&File<'_>, &Judged<'_>, &Plan)]) -> String {
    let written = converts.iter().filter(|(_, judged, _)| judged.written).count();
    let open = converts.len() - written;
    let saved: u64 = converts.iter().map(|(_, _, plan)| u64::from(saved_mb(plan))).sum();
    let files = |count: usize| if count == 1 { "1 Dockerfile".to_owned() } else { format!("{count} Dockerfiles") };
    match (open, written) {
        (0, 0) => "msb: nothing to convert".to_owned(),
        (0, _) => format!("msb: {} converted, about {saved} MB less", files(written)),
        (_, 0) => format!("msb: {} can be built in two stages, about {saved} MB less", files(open)),
        _ => {
            format!("msb: {} converted, {} can be built in two stages, about {saved} MB less", files(written), open)
        }
    }
}

fn place(file: &File<'_>) -> String {
    code(&String::from_utf8_lossy(file.place))
}

/// The verdict on a conversion, with what it gains.
fn verdict(judged: &Judged<'_>, plan: &Plan) -> String {
    let word = match (judged.written, judged.verdict()) {
        (true, _) => "converted",
        (false, Verdict::Safe) => "safe to apply",
        (false, verdict) => verdict.shown(),
    };
    format!("{word}; {}", saving(plan))
}

fn in_a_line(file: &File<'_>, judged: &Judged<'_>, plan: &Plan) -> String {
    let more = command(file).map(|c| format!(". All of it: {}", code(&c))).unwrap_or_default();
    format!("\n### {}\n\n{}{more}\n", place(file), plain(&verdict(judged, plan)))
}

fn could_not(file: &File<'_>) -> String {
    let mut text = format!("\n### {}\n\n", place(file));
    for finding in findings(file).iter().filter(|finding| finding.severity == super::Severity::Error).take(LISTED) {
        let line = if finding.rule == super::findings::COULD_NOT_RUN {
            String::new()
        } else {
            format!(" in line {}", finding.lines.start())
        };
        text += &format!("**Error{line}:** {}\n\n", prose(&finding.message));
    }
    text
}

/// Everything about one file; `whole` with every line's reason and the diff.
fn section(file: &File<'_>, judged: &Judged<'_>, plan: &Plan, whole: bool) -> String {
    let lines = LineIndex::new(judged.source);
    let mut text = format!("\n### {}\n\n**{}**\n", place(file), plain(&verdict(judged, plan)));
    text += &before_and_after(judged, plan);
    text += &leaves(judged, plan);
    text += &stays(judged, plan);
    text += &guesses(judged, plan, &lines);
    text += &try_and_undo(file, judged);
    if whole {
        text += &every_line(judged, plan, &lines);
        text += &diff(file, judged);
    } else if let Some(command) = command(file) {
        text += &format!("\nThe reasons and the diff do not fit here: {}\n", code(&command));
    }
    text
}

fn before_and_after(judged: &Judged<'_>, plan: &Plan) -> String {
    let base = judged.conversion.analysis.as_ref().map_or("", |analysis| analysis.base.written.as_str());
    let mut text = String::from("\n| | before | after |\n|---|---|---|\n");
    _ = writeln!(text, "| base image | {} | {} |", code(base), code(&plan.runtime_image));
    let measured = judged.verification.and_then(|report| Some((report.original.size?, report.converted.size?)));
    if let Some((before, after)) = measured {
        let size = verify::render::megabytes;
        _ = writeln!(text, "| size, measured | {} | {} |", size(before), size(after));
    } else if plan.original_mb > plan.saved_mb {
        let after = plan.original_mb - plan.saved_mb;
        _ = writeln!(text, "| size, estimated | {} MB | {after} MB |", plan.original_mb);
    } else {
        _ = writeln!(text, "| size, estimated | not known | {} MB less |", saved_mb(plan));
    }
    if let Some(report) = judged.verification {
        let word = verify::render::word(report.verdict);
        _ = writeln!(text, "| built and started | | {word} |");
    }
    text
}

fn leaves(judged: &Judged<'_>, plan: &Plan) -> String {
    let mut text = String::from("\n**What leaves**\n\n| licence | what | size |\n|---|---|---:|\n");
    let row = |text: &mut String, licence: &str, sentence: &str, names: &[String], size: String| {
        _ = writeln!(text, "| {licence}: {sentence} | {} | {size} |", listed(names, NAMES));
    };
    if let Some(report) = judged.verification.filter(|report| !report.left.is_empty()) {
        for left in &report.left {
            let size = verify::render::megabytes(left.bytes);
            row(&mut text, left.licence.id(), left.licence.sentence(), &left.examples, size);
        }
        return text;
    }
    for Leaving { licence, what, about_mb } in &plan.leaves {
        let size = about_mb.filter(|mb| *mb > 0).map_or_else(|| "small".to_owned(), |mb| format!("about {mb} MB"));
        row(&mut text, licence.id(), licence.sentence(), what, size);
    }
    if plan.leaves.is_empty() { String::new() } else { text }
}

/// Names in one line. What msb says of images holds backticks of its own.
fn listed(names: &[String], most: usize) -> String {
    let one = |name: &String| if name.contains('`') { prose(name) } else { code(name) };
    let mut text = names.iter().take(most).map(one).collect::<Vec<_>>().join(", ");
    if names.len() > most {
        text += &format!(" and {} more", names.len() - most);
    }
    text
}

/// What the new image has, where it comes from, and who asks for it.
fn stays(judged: &Judged<'_>, plan: &Plan) -> String {
    let instructions: Vec<_> = judged.conversion.dockerfile.instructions().collect();
    let lines = LineIndex::new(judged.source);
    let line = |index: usize| instructions.get(index).map_or(0, |i| lines.line(i.span.start));
    let asked = &judged.conversion.demands.paths;
    let mut rows: Vec<String> = Vec::new();
    let mut again: BTreeSet<usize> = BTreeSet::new();
    for element in &plan.elements {
        match element {
            Element::FromBuilder { path, .. } => {
                let asks = asked.iter().find(|demand| crate::paths::is_within(path, &demand.path));
                let why = asks.map_or("no licence lets it leave".to_owned(), |demand| {
                    let what = if demand.path == *path { "it".to_owned() } else { code(&demand.path) };
                    format!("{} asks for {what}", prose(&demand.because))
                });
                rows.push(format!("- {}, copied from the build; {why}\n", code(path)));
            }
            Element::Reduced { instruction, .. } => {
                rows.push(format!("- of line {}, the part that run time needs\n", line(*instruction)));
            }
            Element::Added { text } => {
                rows.push(format!("- new: {}\n", code(text.lines().next().unwrap_or_default())));
            }
            Element::Restated { instruction } | Element::Moved { instruction } => {
                match instructions.get(*instruction).filter(|i| !is_image_configuration(&i.kind)) {
                    Some(i) => rows.push(format!("- {}, as before\n", code(&first_line(judged, i.span)))),
                    None => _ = again.insert(line(*instruction)),
                }
            }
        }
    }
    let packages = judged.fates.as_ref().map(kept_packages).unwrap_or_default();
    if !packages.is_empty() {
        rows.push(format!("- packages that are not known to build only: {}\n", listed(&packages, NAMES)));
    }
    let more = rows.len().saturating_sub(LISTED);
    rows.truncate(LISTED);
    let mut text = format!("\n**What stays**\n\n{}", rows.concat());
    if more > 0 {
        text += &format!("- and {more} more, see the diff\n");
    }
    if !again.is_empty() {
        let lines: Vec<String> = again.iter().map(ToString::to_string).collect();
        let word = if lines.len() == 1 { "line" } else { "lines" };
        text += &format!("- {word} {} as before: settings and the command\n", lines.join(", "));
    }
    let inside: Vec<String> = judged.fates.as_ref().map(kept_inside).unwrap_or_default();
    if !inside.is_empty() {
        text += &format!("- of what leaves, all the same: {}\n", listed(&inside, NAMES));
    }
    text
}

fn kept_packages(fates: &Fates) -> Vec<String> {
    fates.packages.iter().filter(|package| package.licence.is_none()).map(|package| package.name.clone()).collect()
}

fn kept_inside(fates: &Fates) -> Vec<String> {
    let leaving = fates.entries.iter().filter(|entry| entry.licence.is_some() && entry.extent != Extent::One);
    let mut paths: Vec<String> = leaving.flat_map(|entry| entry.stays.iter().cloned()).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

fn guesses(judged: &Judged<'_>, plan: &Plan, lines: &LineIndex) -> String {
    if plan.assumptions.is_empty() {
        return "\n**What is guessed**: nothing; the result passed the proof.\n".to_owned();
    }
    let mut text = String::from("\n**What is guessed**\n\n");
    for reason in &plan.assumptions {
        text += &format!("- {}{}: {}\n", code(reason.rule.id), at(reason, lines), prose(&reason.because));
    }
    if judged.verdict() == Verdict::Safe {
        text += "\nThe project accepts this in `.msb.toml`.\n";
    } else {
        let ways: String = ways_to_settle(&plan.assumptions).iter().map(|way| format!("- {}\n", prose(way))).collect();
        text += &format!("\nTo settle it, one of:\n\n{ways}");
    }
    text
}

fn at(reason: &Reason, lines: &LineIndex) -> String {
    reason.span.map(|span| format!(" (line {})", lines.line(span.start))).unwrap_or_default()
}

/// The file's name as a shell takes it; nothing for names that no command line should hold.
fn quoted(path: &str) -> Option<String> {
    if path.chars().any(char::is_control) || path.contains(char::REPLACEMENT_CHARACTER) {
        return None;
    }
    let path = if path.starts_with('-') { format!("./{path}") } else { path.to_owned() };
    shlex::try_quote(&path).ok().map(|quoted| quoted.into_owned())
}

/// The command that shows all about a file.
fn command(file: &File<'_>) -> Option<String> {
    let path = quoted(std::str::from_utf8(file.place).ok()?)?;
    Some(format!("msb convert {path}{} --unsafe", context_flag(file)?))
}

fn context_flag(file: &File<'_>) -> Option<String> {
    match file.context.filter(|_| file.is_context_named) {
        None => Some(String::new()),
        Some(folder) => Some(format!(" --context {}", quoted(folder)?)),
    }
}

/// The commands that build both, apply the change and build the result, one a line; nothing for names that no command line
/// should hold.
pub(super) fn commands(file: &File<'_>, judged: &Judged<'_>) -> Option<String> {
    let (path, context) = std::str::from_utf8(file.place).ok().and_then(quoted).zip(context_flag(file))?;
    let accept = if judged.verdict() == Verdict::Unsafe { " --unsafe" } else { "" };
    let folder = file.context.and_then(quoted).unwrap_or_else(|| ".".to_owned());
    let mut commands = String::new();
    if !judged.written {
        commands += &format!("# builds both, starts both, compares\nmsb verify {path}{context}\n");
        commands += &format!("# or by hand\nmsb convert {path}{context}{accept} --apply\n");
    }
    Some(commands + &format!("docker build -f {path} {folder}\n"))
}

fn try_and_undo(file: &File<'_>, judged: &Judged<'_>) -> String {
    let Some(commands) = commands(file, judged) else { return String::new() };
    let Some(path) = std::str::from_utf8(file.place).ok().and_then(quoted) else { return String::new() };
    let undo = if judged.written { "" } else { ", before a commit" };
    format!(
        "\n**Try it**, from the top of the repository:\n\n{}\n**Undo it**{undo}: {}; after the merge, revert the commit. \
         Nothing but this file changes.\n",
        fenced("sh", &commands),
        code(&format!("git restore {path}"))
    )
}

/// A block of text that nothing in it can end.
fn fenced(language: &str, text: &str) -> String {
    let text = block(text);
    let fence = "`".repeat(longest_fence(&text).max(2) + 1);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

/// The first line of a place in the original.
fn first_line(judged: &Judged<'_>, span: Span) -> String {
    const SHOWN: usize = 60;
    let text = String::from_utf8_lossy(judged.source.get(span.range()).unwrap_or_default()).into_owned();
    let line = text.trim().lines().next().unwrap_or_default().to_owned();
    if line.chars().count() <= SHOWN {
        return line;
    }
    line.chars().take(SHOWN - 1).chain(['…']).collect()
}

/// What becomes of each line of the original, and where each new line comes from.
fn every_line(judged: &Judged<'_>, plan: &Plan, lines: &LineIndex) -> String {
    let mut rows = String::new();
    let mut row = |line: &str, text: &str, goes: &str, reason: &str| {
        let text = if text.is_empty() { String::new() } else { code(text) };
        rows += &format!("| {line} | {text} | {goes} | {reason} |\n");
    };
    let words = |reason: &Reason| format!("{}: {}", code(reason.rule.id), prose(&reason.because));
    let mut told: BTreeSet<usize> = BTreeSet::new();
    for (index, instruction) in judged.conversion.dockerfile.instructions().enumerate() {
        let in_runtime = plan.elements.iter().any(|element| element.instruction() == Some(index));
        let in_builder = plan.builder_instructions.contains(&index) || matches!(instruction.kind, Kind::From(_));
        let (goes, otherwise) = match (in_builder, in_runtime) {
            (true, true) => ("both", rules::RESTATED.summary),
            (true, false) => ("build", rules::STAYS_IN_BUILDER.summary),
            (false, true) => ("run time", "Only run time needs it."),
            (false, false) => ("neither", rules::STEP_DROPPED.summary),
        };
        let within =
            |reason: &Reason| reason.span.is_some_and(|span| instruction.span.range().contains(&(span.start as usize)));
        let mut reasons: Vec<String> = Vec::new();
        for (i, change) in plan.changes.iter().enumerate().filter(|(_, change)| within(change)) {
            told.insert(i);
            reasons.push(words(change));
        }
        let reason = if reasons.is_empty() { prose(otherwise) } else { reasons.join("; ") };
        let line = lines.line(instruction.span.start).to_string();
        row(&line, &first_line(judged, instruction.span), goes, &reason);
    }
    let base = plan.changes.iter().position(|change| change.rule == rules::RUNTIME_BASE && change.span.is_none());
    told.extend(base);
    let reason = base.map_or_else(|| prose(rules::RUNTIME_BASE.summary), |base| words(&plan.changes[base]));
    row("new", &format!("FROM {}", plan.runtime_image), "run time", &reason);
    for element in &plan.elements {
        match element {
            Element::FromBuilder { path, .. } => {
                let text = format!("COPY --from={} {path}", plan.builder);
                row("new", &text, "run time", &prose(rules::COPIED_FROM_BUILDER.summary));
            }
            Element::Added { text } => {
                let text = text.lines().next().unwrap_or_default();
                row("new", text, "run time", "The runtime image does not bring it by itself.");
            }
            Element::Restated { .. } | Element::Moved { .. } | Element::Reduced { .. } => {}
        }
    }
    for (_, change) in plan.changes.iter().enumerate().filter(|(i, _)| !told.contains(i)) {
        row("", "", "", &words(change));
    }
    format!(
        "\n<details><summary>Every line's reason</summary>\n\n| line | text | goes to | reason |\n|---:|---|---|---|\n\
         {rows}\n</details>\n"
    )
}

fn diff(file: &File<'_>, judged: &Judged<'_>) -> String {
    match judged.new {
        Some(new) => {
            let diff = String::from_utf8_lossy(&unified(file.place, judged.source, new)).into_owned();
            format!("\n{}", fenced("diff", &diff))
        }
        None if judged.verdict() == Verdict::Unsafe => {
            let command = command(file).map(|c| format!(": {}", code(&c))).unwrap_or_default();
            format!("\nThe diff is shown on request{command}\n")
        }
        None => String::new(),
    }
}

/// Files that stay as they are, one line each.
fn staying(files: &[(&File<'_>, &Judged<'_>)]) -> String {
    if files.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n<details><summary>{} as they are</summary>\n\n",
        match files.len() {
            1 => "1 file stays".to_owned(),
            count => format!("{count} files stay"),
        }
    );
    // What can be helped comes first.
    let advised = files.iter().map(|(file, judged)| (file, judged, advice(judged.conversion)));
    let (helped, others): (Vec<_>, Vec<_>) = advised.partition(|(_, _, advice)| advice.is_some());
    for (file, judged, advice) in helped.iter().chain(&others).take(STAYING) {
        let outcome = &judged.conversion.outcome;
        let because = reasons(outcome).first().map(|reason| format!(": {}", prose(&reason.because)));
        let help = advice.as_ref().filter(|advice| !advice.said);
        let help = help.map(|advice| format!(". What would help: {}", prose(&advice.words))).unwrap_or_default();
        text += &format!(
            "- {}, {} ({}){}{help}\n",
            place(file),
            judged.verdict().shown(),
            code(headline(outcome).id),
            because.unwrap_or_default()
        );
    }
    if files.len() > STAYING {
        text += &format!("- and {} more\n", files.len() - STAYING);
    }
    text + "\n</details>\n"
}
