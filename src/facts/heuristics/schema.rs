//! What a heuristics file may say. Everything unknown is an error, so that a typing mistake cannot pass as a fact.

mod command;
mod detect;
mod location;
mod runtime;

use super::error::HeuristicsError;
use serde::Deserialize;
use std::borrow::Cow;

pub use command::*;
pub use detect::*;
pub use location::*;
pub use runtime::*;

/// One file: what is known about a language or a group of tools.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ecosystem {
    /// Stable name, the first half of every rule id (`go`).
    pub id: String,
    /// Name for people (`Go`).
    pub name: String,
    /// What is evidence that a file belongs here.
    #[serde(default)]
    pub detect: Detect,
    /// How the command lines of tools are read.
    #[serde(default, rename = "tool")]
    pub tools: Vec<Tool>,
    /// Names that path templates may use, with values that follow from the base image.
    #[serde(default, rename = "variable")]
    pub variables: Vec<Variable>,
    /// Scripts that people download and run, known by their address.
    #[serde(default, rename = "installer")]
    pub installers: Vec<Installer>,
    /// Commands as they stand in `RUN`.
    #[serde(default, rename = "command")]
    pub commands: Vec<Command>,
    /// Commands as they stand in `CMD` and `ENTRYPOINT`.
    #[serde(default, rename = "runtime")]
    pub runtimes: Vec<Runtime>,
    /// Examples; the compact form of the built-in files has none, [`Ecosystem::examples`] reads them from the text.
    #[serde(default, rename = "example")]
    examples: Vec<Example>,
    /// The file it was read from.
    #[serde(skip)]
    pub file: String,
    /// The file's text.
    #[serde(skip)]
    pub text: Cow<'static, str>,
}

impl Ecosystem {
    /// The examples of the file, which are its tests.
    pub fn examples(&self) -> Vec<Example> {
        parse(&self.file, self.text.clone()).map(|e| e.examples).unwrap_or_default()
    }
}

/// A name for path templates whose value follows from the base image.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The name, used as `${NAME}`.
    pub name: String,
    /// Globs on the repository of the base image; the variable has `value` there.
    #[serde(default)]
    pub images: Vec<String>,
    /// How many leading numbers of the tag make up `${VERSION}` in `value`; a tag with fewer gives `fallback`.
    #[serde(default)]
    pub version_parts: usize,
    /// The value on those images.
    pub value: String,
    /// The value on those images when the tag does not say the version.
    pub fallback: Option<String>,
    /// Values by release of other base images (`"debian:bookworm"`).
    #[serde(default)]
    pub releases: std::collections::BTreeMap<String, String>,
    /// The value on all other images.
    pub otherwise: Option<String>,
    /// True when an environment at the front of PATH (made by a rule with `prefix`) replaces the value.
    #[serde(default)]
    pub inside_prefix: bool,
    /// The value, below `${HOME}`, for steps of users who may not write to the system's directories.
    pub unprivileged: Option<String>,
}

impl Variable {
    /// The value for a base image: its repository without registry, its tag (`""` when it is not fixed) and, when the
    /// image stands for one release only, that release (`debian:bookworm`).
    pub fn value_for(&self, repository: &str, tag: &str, release: Option<&str>) -> Option<String> {
        if self.images.iter().any(|image| super::glob(image, repository)) {
            let numbers: Vec<&str> =
                tag.split(['-', '.']).take_while(|p| p.bytes().all(|b| b.is_ascii_digit())).collect();
            if numbers.len() < self.version_parts || numbers.first().is_some_and(|n| n.is_empty()) {
                return self.fallback.clone();
            }
            return Some(self.value.replace("${VERSION}", &numbers[..self.version_parts].join(".")));
        }
        release.and_then(|r| self.releases.get(r)).or(self.otherwise.as_ref()).cloned()
    }
}

/// A script that is downloaded and run, and what it leaves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Installer {
    /// Name within the file.
    pub id: String,
    /// Parts of the command's text that identify it, any of them.
    pub contains: Vec<String>,
    /// When its result is needed.
    pub role: CommandRole,
    /// What it writes.
    #[serde(default)]
    pub writes: Vec<Location>,
    /// System changes that it makes.
    #[serde(default)]
    pub system: Vec<SystemChange>,
    /// Commands that it is run for: when none is called at run time, what it did stays with the build.
    #[serde(default)]
    pub brings: Vec<String>,
    /// The sentence that the user reads.
    pub because: String,
}

/// How a tool's command line is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The name that rules use.
    pub name: String,
    /// Other leading words that mean the same (`python3 -m pip`, `pip3.*`).
    #[serde(default)]
    pub alias: Vec<String>,
    /// Options whose value is the next word when it is not attached.
    #[serde(default)]
    pub values: Vec<String>,
    /// Options whose value is the working directory for the rest.
    #[serde(default)]
    pub chdir: Vec<String>,
    /// Options whose value is a file, the directory of which is the working directory for the rest (`mvn -f pom.xml`).
    #[serde(default)]
    pub chfile: Vec<String>,
    /// True when `-name` is one option, not four (`go`, `java`, `find`).
    #[serde(default)]
    pub long: bool,
    /// True when options end at the first word that is none (`env`, `node`): the rest belongs to another program.
    #[serde(default)]
    pub leading: bool,
    /// True when it fetches an interpreter where there is none, and links to it (`uv`).
    #[serde(default)]
    pub fetches: bool,
}

impl Tool {
    /// True when the option's value is the next word unless it is attached.
    pub fn takes_value(&self, option: &str) -> bool {
        self.values.iter().chain(&self.chdir).chain(&self.chfile).any(|v| v == option)
    }
}

/// An example of a rule, and a test of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// A simple command as in `RUN`, with assignments before it.
    pub run: Option<String>,
    /// A simple command as in `CMD`.
    pub cmd: Option<String>,
    /// Id of the rule of this file that must win, or `none`.
    pub rule: String,
    /// The rule's role.
    pub role: Option<CommandRole>,
    /// Every path that is written, caches left out. `PWD` is `/src`, `HOME` is `/root`.
    pub writes: Option<Vec<String>>,
    /// The program that is loaded at run time.
    pub program: Option<String>,
}

/// Parses one file and checks what the types cannot say.
pub(super) fn parse(file: &str, text: Cow<'static, str>) -> Result<Ecosystem, HeuristicsError> {
    let ecosystem: Ecosystem = toml::from_str(&text).map_err(|e| {
        let offset = e.span().map_or(0, |s| s.start);
        HeuristicsError::at(file, &text, offset, e.message().to_owned())
    })?;
    complete(ecosystem, file, text)
}

/// Reads the compact form of a built-in file, which `build.rs` made of `text`.
pub(super) fn parse_builtin(
    file: &str,
    text: &'static str,
    compact: &'static str,
) -> Result<Ecosystem, HeuristicsError> {
    let ecosystem: Ecosystem =
        serde_json::from_str(compact).map_err(|e| HeuristicsError::at(file, text, 0, e.to_string()))?;
    complete(ecosystem, file, Cow::Borrowed(text))
}

fn complete(mut ecosystem: Ecosystem, file: &str, text: Cow<'static, str>) -> Result<Ecosystem, HeuristicsError> {
    let wrong = |needle: &str, message: String| {
        let offset = text.find(&format!("{needle:?}")).unwrap_or(0);
        Err(HeuristicsError::at(file, &text, offset, message))
    };
    let ids = ecosystem.commands.iter().map(|c| &c.id).chain(ecosystem.runtimes.iter().map(|r| &r.id));
    let mut seen = std::collections::BTreeSet::new();
    for id in ids.chain(std::iter::once(&ecosystem.id)) {
        let valid = !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !valid || id == "none" {
            return wrong(id, format!("`{id}` is not an id: lower-case letters, digits and `-`, and not `none`"));
        }
    }
    for id in ecosystem.commands.iter().map(|c| &c.id).chain(ecosystem.runtimes.iter().map(|r| &r.id)) {
        if !seen.insert(id) {
            return wrong(id, format!("the id `{id}` is used twice in this file"));
        }
    }
    for command in &ecosystem.commands {
        if command.patterns.is_empty() {
            return wrong(&command.id, format!("`{}` matches nothing: `match` is empty", command.id));
        }
        if command.calls_for.iter().any(|with| with.signs.is_empty() || with.calls.is_empty()) {
            return wrong(&command.id, format!("`calls_for` of `{}` needs `signs` and `calls`", command.id));
        }
        if command.because.trim().is_empty() {
            return wrong(&command.id, format!("`{}` does not say why: `because` is empty", command.id));
        }
    }
    for example in &ecosystem.examples {
        if example.run.is_some() == example.cmd.is_some() {
            return wrong(&example.rule, "an example has either `run` or `cmd`".to_owned());
        }
    }
    for command in &mut ecosystem.commands {
        command.ecosystem.clone_from(&ecosystem.id);
    }
    for runtime in &mut ecosystem.runtimes {
        runtime.ecosystem.clone_from(&ecosystem.id);
    }
    ecosystem.file = file.to_owned();
    ecosystem.text = text;
    Ok(ecosystem)
}
