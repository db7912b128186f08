//! `msb completions` and `msb man`: what clap knows of the command line, for shells and for readers of manuals.

use super::Status;
use crate::args::{Arguments, Completions, Man};
use crate::output::BUILD;
use crate::terminal;
use anyhow::{Context as _, Result, anyhow};
use clap::CommandFactory as _;
use msb::differ::apply;
use std::fs;

const NAME: &str = "msb";

pub(super) fn completions(arguments: &Completions) -> Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), NAME, &mut script);
    terminal::print_bytes(&script)?;
    Ok(Status::Done)
}

pub(super) fn man(arguments: &Man) -> Result<Status> {
    let all = built(Arguments::command());
    let Some(folder) = &arguments.output_dir else {
        terminal::print_bytes(&page(named(&all, &arguments.command)?)?)?;
        return Ok(Status::Done);
    };
    fs::create_dir_all(folder)
        .with_context(|| format!("`{}` cannot be made; name a folder that may be written", folder.display()))?;
    let mut pending = vec![&all];
    while let Some(command) = pending.pop() {
        apply::write(&folder.join(format!("{}.1", name_of(command))), &page(command)?)?;
        pending.extend(command.get_subcommands());
    }
    Ok(Status::Done)
}

/// The command with everything that clap works out of it. Pages of `help` would say what the others say.
fn built(command: clap::Command) -> clap::Command {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    command
}

/// The name of a command's page.
fn name_of(command: &clap::Command) -> &str {
    command.get_display_name().unwrap_or(NAME)
}

/// The command that some words name.
fn named<'a>(all: &'a clap::Command, words: &[String]) -> Result<&'a clap::Command> {
    words.iter().try_fold(all, |command, word| {
        command.find_subcommand(word).ok_or_else(|| {
            let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
            match names.as_slice() {
                [] => anyhow!("`{}` has no commands of its own; leave `{word}` out", name_of(command)),
                names => anyhow!("there is no command `{word}`; there are {}", names.join(", ")),
            }
        })
    })
}

fn page(command: &clap::Command) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    // The date of a build would make equal sources give different pages.
    clap_mangen::Man::new(command.clone()).source(format!("{NAME} {BUILD}")).render(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_named_by_its_command() {
        let all = built(Arguments::command());
        let name = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            named(&all, &words).map(|command| name_of(command).to_owned()).map_err(|error| error.to_string())
        };
        assert_eq!(name(&[]).as_deref(), Ok("msb"));
        assert_eq!(name(&["convert"]).as_deref(), Ok("msb-convert"));
        assert_eq!(name(&["heuristics", "list"]).as_deref(), Ok("msb-heuristics-list"));
        assert!(name(&["covnert"]).is_err_and(|words| words.contains("covnert") && words.contains("convert, ")));
        assert!(name(&["convert", "x"]).is_err_and(|words| words.contains("leave `x` out")));
    }
}
