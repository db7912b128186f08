//! What can be typed for what a shell and a manual reader are given.

use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The command whose page is printed, such as `convert` or `heuristics list` [default: msb itself]
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// Write the pages of msb and of all its commands into this folder, as `msb.1`, `msb-convert.1`, …
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) output_dir: Option<PathBuf>,
}
