//! The command line of msb: flags typed to library calls, and answers to text. Decisions are the library's.

mod args;
mod commands;
mod context;
mod digest;
mod git;
mod input;
mod interrupt;
mod output;
mod review;
mod terminal;
mod workers;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    arguments.color.write_global();
    match commands::run(&arguments.command) {
        Ok(status) => status.into(),
        Err(error) if terminal::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::error(&format!("{error:#}"));
            commands::Status::CouldNotRun.into()
        }
    }
}
