//! `msb explain`: every step with its role, the evidence, where it goes and why, what run time asks for, and the fate of
//! everything that the image has; or one rule.

use super::{Status, convert_input};
use crate::args::{Explain, Format};
use crate::input::{Ask, Input, Knowledge};
use crate::output::{JSON_VERSION, MSB_VERSION, PlacedReason, first_line, json, placed, shortened, summary};
use crate::terminal::{self, BOLD, CYAN, DIM, note, paint, width, wrapped};
use anyhow::Result;
use msb::Conversion;
use msb::analyzer::demands::{Demands, Program};
use msb::analyzer::effects::{Effects, Evidence};
use msb::analyzer::{Action, Analysis};
use msb::facts::heuristics::Heuristics;
use msb::planner::{Element, Extent, Fates, Outcome, Plan};
use msb::review::{Verdict, reasons};
use msb::rules::{self, Rule};
use msb::source::LineIndex;
use serde::Serialize;
use std::path::Path;

pub(super) fn run(arguments: &Explain) -> Result<Status> {
    let known = Knowledge::default();
    let subject = arguments.subject.to_string_lossy();
    if arguments.subject != Path::new("-") && !arguments.subject.exists() {
        if let Some(rule) = rules::find(&subject) {
            return rule_text(rule, arguments.format);
        }
        let heuristics = known.heuristics(None)?;
        if let Some(text) = heuristic_text(&heuristics, &subject) {
            terminal::print(&text)?;
            return Ok(Status::Done);
        }
    }
    let ask = Ask { surroundings: &arguments.surroundings, build_args: &arguments.conversion.build_args };
    let input = Input::read(&arguments.subject, &ask, &known)?;
    let conversion = convert_input(&input, &arguments.conversion).map_err(|errors| input.refused(&errors))?;
    let steps = steps(&input.source, &conversion);
    let fates = conversion.fates(&super::request(&input, &arguments.conversion, &input.projects()));
    match arguments.format {
        Format::Json => {
            let report = Report {
                version: JSON_VERSION,
                msb: MSB_VERSION,
                path: &input.name,
                verdict: Verdict::of(&conversion.outcome),
                reasons: placed(reasons(&conversion.outcome), &input.source),
                steps: &steps,
                demands: &conversion.demands,
                fates: &fates,
            };
            terminal::print(&json(&report)?)?;
        }
        Format::Text => {
            let demands = demands_text(&conversion.demands);
            terminal::print(
                &(steps.iter().map(Step::text).collect::<String>()
                    + &demands
                    + &fates_text(&fates, &input.source, &conversion)),
            )?;
            note(&summary(&input.name, &input.source, &conversion, arguments.conversion.accept_unsafe));
        }
    }
    Ok(Status::Done)
}

/// A rule's page.
pub(super) fn rule_text(rule: Rule, format: Format) -> Result<Status> {
    let text = match format {
        Format::Json => json(&serde_json::json!({
            "version": JSON_VERSION,
            "rule": rule.id,
            "level": rule.level,
            "summary": rule.summary,
            "explanation": rule.explanation,
            "advice": rule.advice,
        }))?,
        Format::Text => {
            let help = rule.advice.map(|words| format!("\nWhat would help: {words}.\n")).unwrap_or_default();
            format!("{}: {}\n\n{}\n{help}", paint(BOLD, rule.id), rule.summary, wrapped(rule.explanation, 0, width()))
        }
    };
    terminal::print(&text)?;
    Ok(Status::Done)
}

/// What becomes of everything that the steps bring, one line each.
fn fates_text(fates: &Fates, source: &[u8], conversion: &Conversion) -> String {
    let lines = LineIndex::new(source);
    let spans: Vec<_> = conversion.dockerfile.instructions().map(|i| i.span).collect();
    let line = |instruction: usize| spans.get(instruction).map_or(0, |span| lines.line(span.start));
    let mut rows: Vec<(String, String, usize)> = Vec::new();
    for entry in &fates.entries {
        let below = match (entry.extent, entry.certain) {
            (Extent::Into, _) => "/*",
            (Extent::Within, _) => "/**",
            (_, true) => "",
            (_, false) => " (may be there)",
        };
        let fate = match entry.licence {
            None => "stays".to_owned(),
            Some(licence) if entry.stays.is_empty() => format!("leaves ({}): {}", licence.id(), entry.because),
            Some(licence) => {
                format!("leaves ({}) but for {}: {}", licence.id(), entry.stays.join(", "), entry.because)
            }
        };
        rows.push((format!("{}{below}", entry.path.trim_end_matches('/')), fate, line(entry.instruction)));
    }
    for package in &fates.packages {
        let fate = match package.licence {
            None => "stays".to_owned(),
            Some(licence) if package.replaced_by.is_empty() => format!("leaves ({})", licence.id()),
            Some(licence) => format!("leaves ({}) for {}", licence.id(), package.replaced_by.join(", ")),
        };
        rows.push((format!("package {}", package.name), fate, line(package.instruction)));
    }
    if rows.is_empty() {
        return String::new();
    }
    let text: String = rows
        .into_iter()
        .map(|(what, fate, line)| format!("  {} {what}\n       {}\n", paint(DIM, format!("{line:>4}")), fate))
        .collect();
    format!("\n{}\n{text}", paint(BOLD, "what the image has at its end"))
}

/// The paragraph of a heuristics file that holds a rule.
fn heuristic_text(heuristics: &Heuristics, id: &str) -> Option<String> {
    let (ecosystem, rule) = id.split_once('/')?;
    let ecosystem = heuristics.ecosystem(ecosystem)?;
    let known = ecosystem.commands.iter().any(|c| c.id == rule) || ecosystem.runtimes.iter().any(|r| r.id == rule);
    let line = format!("id = \"{rule}\"");
    let blocks =
        ecosystem.text.split("\n\n").filter(|block| block.lines().any(|l| l.replace(' ', "") == line.replace(' ', "")));
    let text: Vec<&str> = blocks.collect();
    known.then(|| format!("{} {}\n{}\n", paint(BOLD, id), paint(DIM, &ecosystem.file), text.join("\n\n")))
}

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    msb: &'static str,
    path: &'a str,
    verdict: Verdict,
    reasons: Vec<PlacedReason<'a>>,
    steps: &'a [Step],
    demands: &'a Demands,
    fates: &'a Fates,
}

/// A step for the reader.
#[derive(Debug, Serialize)]
struct Step {
    line: usize,
    text: String,
    /// `builder`, `runtime`, both; empty when nothing is converted.
    stages: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Part>,
    /// Why the plan treats it so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    because: Vec<String>,
}

/// A part of a RUN, or the whole of another instruction.
#[derive(Debug, Serialize)]
struct Part {
    text: String,
    role: &'static str,
    effects: Effects,
}

fn steps(source: &[u8], conversion: &Conversion) -> Vec<Step> {
    let lines = LineIndex::new(source);
    let plan = plan_of(conversion);
    let instructions = conversion.dockerfile.instructions().enumerate();
    instructions
        .map(|(index, instruction)| {
            let changes = plan.map(|p| p.changes.as_slice()).unwrap_or_default();
            let mine = changes.iter().chain(reasons(&conversion.outcome));
            let mine = mine.filter(|r| r.span.is_some_and(|s| instruction.span.range().contains(&(s.start as usize))));
            Step {
                line: lines.line(instruction.keyword_span.start),
                text: first_line(source, instruction.span, 96),
                stages: plan.map(|plan| stages(plan, index)).unwrap_or_default(),
                parts: conversion.analysis.as_ref().map(|a| parts(a, index)).unwrap_or_default(),
                because: mine.map(|r| format!("{}: {}", r.rule.id, r.because)).collect(),
            }
        })
        .collect()
}

/// The plan of a conversion, if there is one.
pub(super) fn plan_of(conversion: &Conversion) -> Option<&Plan> {
    match &conversion.outcome {
        Outcome::Convert(plan) => Some(plan),
        _ => None,
    }
}

/// Where a plan puts an instruction.
pub(super) fn stages(plan: &Plan, index: usize) -> Vec<String> {
    let mut stages = Vec::new();
    if plan.builder_instructions.contains(&index) {
        stages.push(plan.builder.clone());
    }
    let element = plan.elements.iter().find_map(|element| match element {
        Element::Restated { instruction } if *instruction == index => Some("runtime"),
        Element::Moved { instruction } if *instruction == index => Some("runtime"),
        Element::Reduced { instruction, .. } if *instruction == index => Some("runtime (reduced)"),
        _ => None,
    });
    stages.extend(element.map(str::to_owned));
    if stages.is_empty() {
        stages.push("dropped".to_owned());
    }
    stages
}

fn parts(analysis: &Analysis, index: usize) -> Vec<Part> {
    let Some(step) = analysis.steps.iter().find(|s| s.instruction == index) else { return Vec::new() };
    match &step.action {
        Action::Run(run) => run
            .units
            .iter()
            .map(|unit| Part {
                text: shortened(run.text.get(unit.range.clone()).unwrap_or_default(), 88),
                role: if unit.state_only { "shell state" } else { role(&unit.effects) },
                effects: unit.effects.clone(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The role of a part, in words.
fn role(effects: &Effects) -> &'static str {
    match effects {
        e if !e.opaque.is_empty() => "opaque",
        e if !e.unknown.is_empty() => "unknown",
        e if e.builds => "build",
        e if e.checks => "check",
        e if !e.packages.is_empty() => "packages",
        e if !e.system.is_empty() => "system",
        e if e.files.iter().any(|f| !f.removes.is_empty() && f.writes.is_empty()) => "clean-up",
        e if !e.files.is_empty() => "files",
        _ => "neutral",
    }
}

impl Step {
    fn text(&self) -> String {
        let stages = if self.stages.is_empty() { String::new() } else { format!("  → {}", self.stages.join(" + ")) };
        let mut text = format!("{:>4}  {}{}\n", self.line, paint(BOLD, &self.text), paint(CYAN, stages));
        for part in &self.parts {
            if self.parts.len() > 1 {
                text += &format!("      {} {}\n", paint(DIM, "·"), part.text);
            }
            text += &part.lines();
        }
        for because in &self.because {
            text += &format!("        {}\n", paint(DIM, wrapped(because, 8, width())));
        }
        text
    }
}

impl Part {
    fn lines(&self) -> String {
        let mut text = String::new();
        let mut add = |label: &str, words: String| {
            let line = format!("        {label:<10} {}", wrapped(&words, 19, width()));
            text += &format!("{}\n", line.trim_end());
        };
        let mut seen: Vec<&Evidence> = Vec::new();
        for evidence in &self.effects.evidence {
            if !seen.iter().any(|e| e.heuristic == evidence.heuristic) {
                let id = evidence.heuristic.as_deref().unwrap_or("nothing known");
                add(if seen.is_empty() { self.role } else { "" }, format!("{} ({id})", evidence.because));
                seen.push(evidence);
            }
        }
        if seen.is_empty() {
            add(self.role, String::new());
        }
        for write in &self.effects.writes {
            let kind = format!("{:?}", write.kind).to_lowercase();
            add("writes", format!("{} ({kind})", write.path));
        }
        for change in &self.effects.packages {
            let names: Vec<&str> = change.names.iter().map(|(name, _)| name.as_str()).collect();
            if !names.is_empty() {
                add("packages", names.join(" "));
            }
        }
        for words in &self.effects.opaque {
            add("opaque", words.clone());
        }
        if !self.effects.unknown.is_empty() {
            add("unknown", self.effects.unknown.join(", "));
        }
        text
    }
}

fn demands_text(demands: &Demands) -> String {
    let mut text = format!("\n{}\n", paint(BOLD, "Run time asks for"));
    let mut add = |label: &str, words: &str| text += &format!("  {label:<12} {}\n", wrapped(words, 15, width()));
    for program in &demands.programs {
        match program {
            Program::File { path } => add("program", path),
            Program::Command { name } => add("command", name),
            Program::Interpreted { command, file, .. } => {
                add("program", &format!("{command} {}", file.as_deref().unwrap_or_default()));
            }
            Program::Server { name } => add("server", name),
            Program::Script { path } => add("script", path),
        }
    }
    for command in demands.commands.iter().chain(&demands.interpreters) {
        add("command", &format!("{} ({})", command.name, command.because));
    }
    for path in &demands.paths {
        add("path", &format!("{} ({})", path.path, path.because));
    }
    for script in &demands.unread {
        add("unread", script);
    }
    text
}
