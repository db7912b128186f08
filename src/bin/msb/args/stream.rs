//! What can be typed for `msb stream`.

use super::Conversion;
use clap::Args;

/// What stands below the options.
const NOTES: &str = "Each line of standard input is a JSON object: `dockerfile`, and beside it `id`, `path`, `files`, `names`, `context`. \
                     Each is answered by one line of standard output, in the same order; docs/stream.md describes both.\n\nExit codes: \
                     0 every line was a request, 2 a line was none (its answer says why), or the input could not be read.";

// No file is written, so --allow-dirty is of no use; who gives it is told.
#[derive(Clone, Debug, Args)]
#[command(after_help = NOTES, mut_arg("allow_dirty", |argument| argument.hide(true)))]
pub(crate) struct Stream {
    /// Threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) conversion: Conversion,
}
