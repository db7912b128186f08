//! What can be typed.

mod shell;
mod stream;

use clap::{Args, Parser, Subcommand, ValueEnum};
use msb::campaign::Grouping;
use msb::planner::{Options, RuntimeChoice};
use msb::policy::{MAX_GAIN_MB, Policy};
use msb::review::Verdict;
use msb::rules::{self, Rule};
use msb::verify::HttpProbe;
use std::path::PathBuf;

pub(crate) use shell::{Completions, Man};
pub(crate) use stream::Stream;

/// Converts single-stage Dockerfiles to multi-stage builds that behave the same.
#[derive(Debug, Parser)]
#[command(
    version = crate::output::BUILD,
    after_help = "Exit codes: 0 done or nothing to do, 1 something to convert (--check) or a difference (verify), 2 could not run."
)]
pub(crate) struct Arguments {
    /// When to use colours
    #[arg(long, value_enum, global = true, default_value_t, value_name = "WHEN", hide_possible_values = false)]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to use colours; `auto` follows the terminal, `NO_COLOR` and `CLICOLOR`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// Makes the choice count for all output.
    pub(crate) fn write_global(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Convert Dockerfiles; without --apply or --output a diff is printed that `git apply` takes
    Convert(Box<Convert>),
    /// Say what each step does, where it goes and why; or explain a rule by its id
    Explain(Explain),
    /// Convert every Dockerfile below some folders: one line each, and totals
    Batch(Box<Batch>),
    /// List the rules that answers name, or show one by its id
    Rules(Rules),
    /// List, show and test what msb knows of commands
    Heuristics(Heuristics),
    /// Draw what depends on what, and what run time needs
    Graph(Graph),
    /// Build the original and its conversion, start both, and compare them; needs a container engine
    Verify(Box<Verify>),
    /// Convert one Dockerfile a line, as JSON from standard input to standard output
    Stream(Stream),
    /// Print a script that completes commands and options in a shell
    Completions(Completions),
    /// Print a manual page, or write all of them
    Man(Man),
}

/// What all conversions share.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Conversion {
    /// Runtime image: slim, alpine, distroless, scratch, or an image by name [default: the best that is proven]
    #[arg(long, value_parser = runtime, value_name = "IMAGE")]
    pub(crate) runtime: Option<RuntimeChoice>,
    /// Leave a file unchanged that would save less than this by estimate [default: 25]
    #[arg(long, value_parser = megabytes, value_name = "MB", allow_negative_numbers = true)]
    pub(crate) min_gain: Option<u32>,
    /// Value of a build argument, as for `docker build`
    #[arg(long = "build-arg", value_parser = pair, value_name = "NAME=VALUE")]
    pub(crate) build_args: Vec<(String, String)>,
    /// Also show and write conversions that need a look, since they rest on an assumption
    #[arg(long = "unsafe")]
    pub(crate) accept_unsafe: bool,
    /// Write to files that have uncommitted changes
    #[arg(long)]
    pub(crate) allow_dirty: bool,
}

impl Conversion {
    /// What is asked of the planner.
    pub(crate) fn options(&self, policy: Policy) -> Options {
        Options { runtime: self.runtime.clone().unwrap_or_default(), policy, min_gain: self.min_gain }
    }
}

/// What the Dockerfile is built with.
#[derive(Debug, Default, Args)]
pub(crate) struct Surroundings {
    /// Build context [default: what compose files, CI, Makefiles and others build with, else the Dockerfile's folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) context: Option<PathBuf>,
    /// Names of further files in the context, one path a line; they are there, and what is in them is not known
    #[arg(long, value_name = "FILE", requires = "context")]
    pub(crate) context_names: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// Dockerfiles; `-` reads standard input
    #[arg(required = true, value_name = "DOCKERFILE")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) surroundings: Surroundings,
    /// Replace the files
    #[arg(long, conflicts_with_all = ["check", "output"])]
    pub(crate) apply: bool,
    /// Print the names of files that would be converted and exit with 1 if there are any
    #[arg(long, conflicts_with = "output")]
    pub(crate) check: bool,
    /// Write the whole converted file here; `-` is standard output, which gets the original when nothing is converted
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Build the original and the conversion, start both, and give back only what is the same; needs a container engine
    #[arg(long, conflicts_with = "check")]
    pub(crate) verify: bool,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) format: Form,
    #[command(flatten)]
    pub(crate) conversion: Conversion,
    #[command(flatten)]
    pub(crate) review: Review,
    #[command(flatten)]
    pub(crate) comparison: Comparison,
}

/// Form of a comparison's report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    #[default]
    Text,
    Markdown,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The original Dockerfile
    #[arg(value_name = "DOCKERFILE")]
    pub(crate) path: PathBuf,
    /// Compare with this Dockerfile in place of the conversion
    #[arg(long, value_name = "DOCKERFILE", conflicts_with = "runtime")]
    pub(crate) against: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) surroundings: Surroundings,
    /// Runtime image of the conversion, as for `msb convert`
    #[arg(long, value_parser = runtime, value_name = "IMAGE")]
    pub(crate) runtime: Option<RuntimeChoice>,
    /// Value of a build argument for both builds
    #[arg(long = "build-arg", value_name = "NAME=VALUE")]
    pub(crate) build_args: Vec<String>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) format: ReportFormat,
    /// List what is the same, too
    #[arg(long, short)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) comparison: Comparison,
}

/// How two images are built and what they are asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Comparison")]
pub(crate) struct Comparison {
    /// docker, docker-classic, podman, nerdctl or buildah [default: MSB_ENGINE, or the first that answers]
    #[arg(long, value_name = "ENGINE")]
    pub(crate) engine: Option<String>,
    /// Stage to build in both files
    #[arg(long, value_name = "STAGE")]
    pub(crate) target: Option<String>,
    /// Platform to build for
    #[arg(long, value_name = "OS/ARCH")]
    pub(crate) platform: Option<String>,
    /// Build secret, as for `docker build`
    #[arg(long = "secret", value_name = "id=ID,src=FILE")]
    pub(crate) secrets: Vec<String>,
    /// Network of RUN steps, as for `docker build --network`
    #[arg(long, value_name = "NETWORK")]
    pub(crate) build_network: Option<String>,
    /// Build without cached layers
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Leave `# syntax=` lines out, for engines that cannot fetch frontend images
    #[arg(long)]
    pub(crate) ignore_syntax_directive: bool,
    /// Request to the running program, such as "GET /health" or "GET :8080/" [default: GET / on ports that listen]
    #[arg(long = "probe", value_name = "REQUEST")]
    pub(crate) probes: Vec<HttpProbe>,
    /// Command to run beside the running program
    #[arg(long = "exec", value_name = "COMMAND")]
    pub(crate) exec: Vec<String>,
    /// Run the image to its end with these arguments, too
    #[arg(long = "run", value_name = "ARGS", allow_hyphen_values = true)]
    pub(crate) runs: Vec<String>,
    /// Give the containers the engine's default network, not loopback only
    #[arg(long)]
    pub(crate) network: bool,
    /// Path that the image must have
    #[arg(long = "demand-path", value_name = "PATH")]
    pub(crate) demand_paths: Vec<String>,
    /// Command that must be found on PATH
    #[arg(long = "demand-command", value_name = "NAME")]
    pub(crate) demand_commands: Vec<String>,
    /// Call it a difference when the conversion is not smaller
    #[arg(long)]
    pub(crate) smaller: bool,
    /// Seconds that one build may take [default: 1800]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<u64>,
    /// Seconds to wait for ports to listen, or for a program to end [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) wait: Option<u64>,
    /// Write the builds' logs to this folder [default: a temporary one, kept when a build fails]
    #[arg(long, value_name = "DIR")]
    pub(crate) logs: Option<PathBuf>,
    /// No progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A Dockerfile (`-` is standard input), the id of a rule (`no-gain`) or of a heuristic (`go/go-build`)
    #[arg(value_name = "DOCKERFILE|ID")]
    pub(crate) subject: PathBuf,
    #[command(flatten)]
    pub(crate) surroundings: Surroundings,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) conversion: Conversion,
}

#[derive(Debug, Args)]
pub(crate) struct Batch {
    /// Folders to search, or Dockerfiles [default: `.`, or what the plan searches]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The plan of a campaign, which people edit: written, or brought up to date; with --apply carried out
    #[arg(long, value_name = "FILE", help_heading = "Campaign")]
    pub(crate) plan: Option<PathBuf>,
    /// Write a patch for each group of the plan into this folder, with a commit message and the text of a pull request
    #[arg(long, value_name = "DIR", requires = "plan", conflicts_with_all = ["apply", "check"], help_heading = "Campaign")]
    pub(crate) patch_dir: Option<PathBuf>,
    /// Build, start and compare the files of the plan and their conversions; with --apply write only what is the same. Needs a
    /// container engine
    #[arg(long, requires = "plan", conflicts_with_all = ["patch_dir", "check"], help_heading = "Campaign")]
    pub(crate) verify: bool,
    /// What makes a group [default: all files are one, but for rows that name a group]
    #[arg(long, value_enum, value_name = "WHAT", requires = "plan", help_heading = "Campaign")]
    pub(crate) group_by: Option<GroupBy>,
    /// Only this group; may be given several times
    #[arg(long, value_name = "NAME", requires = "plan", help_heading = "Campaign")]
    pub(crate) group: Vec<String>,
    /// Take at most this many files of the plan
    #[arg(long, value_name = "N", requires = "plan", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Campaign")]
    pub(crate) limit: Option<u32>,
    /// Replace the files
    #[arg(long, conflicts_with = "check")]
    pub(crate) apply: bool,
    /// Exit with 1 if any file would be converted
    #[arg(long)]
    pub(crate) check: bool,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) format: Form,
    /// Search ignored and vendored folders and submodules too
    #[arg(long, visible_alias = "include-vendored")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) surroundings: Surroundings,
    /// Threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) conversion: Conversion,
    #[command(flatten)]
    pub(crate) review: Review,
    #[command(flatten)]
    pub(crate) comparison: Comparison,
}

/// What makes a group of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GroupBy {
    /// The Dockerfile's folder
    Directory,
    /// Owners, by the plan or CODEOWNERS
    Owner,
    /// The language
    Ecosystem,
}

impl From<GroupBy> for Grouping {
    fn from(by: GroupBy) -> Grouping {
        match by {
            GroupBy::Directory => Grouping::Directory,
            GroupBy::Owner => Grouping::Owner,
            GroupBy::Ecosystem => Grouping::Ecosystem,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// Id of a rule
    #[arg(value_parser = rule, value_name = "ID")]
    pub(crate) id: Option<Rule>,
    /// All rules with their pages, as Markdown
    #[arg(long, conflicts_with_all = ["id", "format"])]
    pub(crate) markdown: bool,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Heuristics {
    #[command(subcommand)]
    pub(crate) action: HeuristicsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HeuristicsAction {
    /// List ecosystems, or the rules of one
    List {
        /// Id of an ecosystem
        ecosystem: Option<String>,
    },
    /// Print a heuristics file as it stands
    Show {
        /// Id of an ecosystem
        ecosystem: String,
    },
    /// Check the examples of all heuristics, those in .msb/heuristics included
    Test {
        /// Further heuristics files
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// A Dockerfile; `-` reads standard input
    #[arg(value_name = "DOCKERFILE")]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) surroundings: Surroundings,
    /// Language of the drawing
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) format: GraphFormat,
}

/// Form of a finished run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people
    #[default]
    Text,
    /// Everything, versioned; schemas/run.schema.json
    Json,
    /// One patch for `git apply`
    Diff,
    /// SARIF 2.1.0, with fixes
    Sarif,
    /// Reviewdog Diagnostic Format, with suggestions
    Rdjson,
    /// Annotations of GitHub Actions
    Github,
    /// Code quality report of GitLab
    Gitlab,
    /// A comment on a pull request
    Markdown,
    /// One page with totals, a table and a page for each file
    Html,
    /// A table for spreadsheets
    Csv,
}

/// A document that is written beside what is printed.
#[derive(Clone, Debug)]
pub(crate) struct Further {
    pub(crate) form: Form,
    pub(crate) path: PathBuf,
}

/// What files are chosen by. No rule has the id of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// How they ended.
    Verdict(Verdict),
    /// What their answer names.
    Rule(Rule),
}

impl Subject {
    /// What can be typed for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Subject::Verdict(verdict) => verdict.word(),
            Subject::Rule(rule) => rule.id,
        }
    }
}

/// Verdicts that files can be chosen by. A file that could not be judged is never left out.
const VERDICTS: [Verdict; 4] = [Verdict::Safe, Verdict::Unsafe, Verdict::Unchanged, Verdict::Declined];

/// Which files count, and what a check makes of them.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Review")]
pub(crate) struct Review {
    /// A further form of the same run, into a file, whose ending tells the form (html, md, csv, json, sarif, diff) where none is
    /// said; may be given several times
    #[arg(long = "report", value_parser = further, value_name = "[FORM=]FILE")]
    pub(crate) reports: Vec<Further>,
    /// Only Dockerfiles that changed since this commit or branch parted from HEAD, uncommitted changes included
    #[arg(long, value_name = "REV")]
    pub(crate) since: Option<String>,
    /// Leave out findings that this file knows
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the findings of this run into a file for --baseline
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "since", "apply", "check"])]
    pub(crate) write_baseline: Option<PathBuf>,
    /// Only files with this verdict (safe, unsafe, unchanged, declined), or whose answer names this rule; several: one of them
    #[arg(long, value_parser = subject, value_name = "VERDICT|RULE")]
    pub(crate) only: Vec<Subject>,
    /// No files with this verdict, or whose answer names this rule; may be given several times
    #[arg(long, value_parser = subject, value_name = "VERDICT|RULE")]
    pub(crate) ignore: Vec<Subject>,
    /// Exit with 0 even when --check finds something
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

/// Form of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

/// Language of a drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    #[default]
    Dot,
    Mermaid,
}

fn runtime(text: &str) -> Result<RuntimeChoice, String> {
    let words = |_| "type slim, alpine, distroless, scratch, or an image such as debian:bookworm-slim".to_owned();
    text.parse().map_err(words)
}

fn rule(text: &str) -> Result<Rule, String> {
    rules::find(text).ok_or_else(|| {
        let near = rules::ALL.iter().map(|rule| (strsim::jaro_winkler(rule.id, text), rule.id));
        let near = near.max_by(|(a, _), (b, _)| a.total_cmp(b)).filter(|(like, _)| *like > 0.85);
        let meant = near.map(|(_, id)| format!("did you mean `{id}`? ")).unwrap_or_default();
        format!("no rule has this id; {meant}`msb rules` lists them")
    })
}

fn subject(text: &str) -> Result<Subject, String> {
    match VERDICTS.into_iter().find(|verdict| verdict.word() == text) {
        Some(verdict) => Ok(Subject::Verdict(verdict)),
        None => rule(text).map(Subject::Rule),
    }
}

fn further(text: &str) -> Result<Further, String> {
    let words = "type FILE with an ending such as .html, .md, .csv, .json, .sarif or .diff; or FORM=FILE, such as \
                 github=notes.txt; forms are json, diff, sarif, rdjson, github, gitlab, markdown, html, csv";
    let (form, path) = match text.split_once('=') {
        Some((form, path)) => (Form::from_str(form, false).ok(), path),
        None => (form_of_ending(text), text),
    };
    let form = form.filter(|form| *form != Form::Text && !path.is_empty()).ok_or(words)?;
    Ok(Further { form, path: PathBuf::from(path) })
}

/// The form that a file's name ends with.
fn form_of_ending(path: &str) -> Option<Form> {
    Some(match path.rsplit_once('.')?.1 {
        "html" | "htm" => Form::Html,
        "md" => Form::Markdown,
        "csv" => Form::Csv,
        "json" => Form::Json,
        "sarif" => Form::Sarif,
        "diff" | "patch" => Form::Diff,
        _ => return None,
    })
}

fn megabytes(text: &str) -> Result<u32, String> {
    let size = text.parse().ok().filter(|mb| *mb <= MAX_GAIN_MB);
    size.ok_or_else(|| format!("type a whole number of MB from 0 to {MAX_GAIN_MB}, such as 50"))
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("type NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn a_report_is_named_by_its_form_or_its_ending() {
        let form = |text: &str| super::further(text).map(|further| (further.form, further.path.display().to_string()));
        assert_eq!(form("a/report.html"), Ok((super::Form::Html, "a/report.html".to_owned())));
        assert_eq!(form("csv=x.html"), Ok((super::Form::Csv, "x.html".to_owned())));
        assert_eq!(form("html=a=b.csv"), Ok((super::Form::Html, "a=b.csv".to_owned())));
        for wrong in ["report", "x.txt", "text=x", "srif=x.json", "html=", "a=b.html"] {
            assert!(form(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_rule_is_named_like_a_verdict() {
        let words: Vec<&str> = super::VERDICTS.iter().map(|verdict| verdict.word()).collect();
        assert!(msb::rules::ALL.iter().all(|rule| !words.contains(&rule.id)));
        assert_eq!(super::subject("safe").map(super::Subject::word), Ok("safe"));
        assert_eq!(super::subject("no-gain").map(super::Subject::word), Ok("no-gain"));
        assert!(super::subject("saef").is_err());
    }

    #[test]
    fn the_definition_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
