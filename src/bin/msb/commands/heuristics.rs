//! `msb heuristics`: what msb knows of commands, and whether it holds.

use super::Status;
use crate::args::HeuristicsAction;
use crate::input::{Knowledge, regular};
use crate::terminal::{self, BOLD, DIM, note, paint};
use anyhow::{Context as _, Result, anyhow};
use msb::facts::heuristics::{Ecosystem, Heuristics, check_examples};
use std::path::{Path, PathBuf};

pub(super) fn run(action: &HeuristicsAction) -> Result<Status> {
    match action {
        HeuristicsAction::List { ecosystem } => list(ecosystem.as_deref()),
        HeuristicsAction::Show { ecosystem } => show(ecosystem),
        HeuristicsAction::Test { files } => test(files),
    }
}

fn find<'a>(heuristics: &'a Heuristics, id: &str) -> Result<&'a Ecosystem> {
    heuristics.ecosystem(id).with_context(|| format!("no heuristics have the id `{id}`; see: msb heuristics list"))
}

fn list(ecosystem: Option<&str>) -> Result<Status> {
    let heuristics = Knowledge::default().heuristics(None)?;
    let mut text = String::new();
    if let Some(id) = ecosystem {
        for command in &find(&heuristics, id)?.commands {
            text += &format!("{:<32} {}\n", command.full_id(), command.because);
        }
        for runtime in &find(&heuristics, id)?.runtimes {
            let because = runtime.because.as_deref().unwrap_or("what it is at run time");
            text += &format!("{:<32} {because}\n", runtime.full_id());
        }
    } else {
        for ecosystem in heuristics.ecosystems() {
            let rules = ecosystem.commands.len() + ecosystem.runtimes.len();
            let file = paint(DIM, &ecosystem.file);
            text += &format!("{:<12} {:<26} {rules:>3} rules  {file}\n", ecosystem.id, ecosystem.name);
        }
    }
    terminal::print(&text)?;
    Ok(Status::Done)
}

fn show(id: &str) -> Result<Status> {
    let heuristics = Knowledge::default().heuristics(None)?;
    let ecosystem = find(&heuristics, id)?;
    note(&paint(BOLD, &ecosystem.file));
    terminal::print(&ecosystem.text)?;
    Ok(Status::Done)
}

fn test(files: &[PathBuf]) -> Result<Status> {
    let heuristics =
        if files.is_empty() { Knowledge::default().heuristics(None)?.as_ref().clone() } else { load(files)? };
    let failures = check_examples(&heuristics);
    for failure in &failures {
        terminal::error(&failure.to_string());
    }
    let examples: usize = heuristics.ecosystems().iter().map(|e| e.examples().len()).sum();
    let status = if failures.is_empty() { "all hold".to_owned() } else { format!("{} fail", failures.len()) };
    terminal::print(&format!("{} files, {examples} examples: {status}\n", heuristics.ecosystems().len()))?;
    Ok(if failures.is_empty() { Status::Done } else { Status::Found })
}

fn load(files: &[PathBuf]) -> Result<Heuristics> {
    let read = |path: &PathBuf| {
        regular(path, "heuristics are TOML in a file")?;
        let text = std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        Ok((Path::display(path).to_string(), text))
    };
    let texts = files.iter().map(read).collect::<Result<Vec<_>>>()?;
    Heuristics::from_files(texts).map_err(|error| anyhow!("{error}"))
}
