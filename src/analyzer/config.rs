//! The configuration of a finished image, as BuildKit computes it from a stage and the configuration of its base.

use crate::facts::images::ImageConfig;
use crate::syntax::{ArgDeclaration, Command, ExpandError, Flag, Instruction, Kind, Pair, expand};
use std::collections::BTreeMap;

/// The PATH that BuildKit gives an image whose base has none.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// True for USER's word of root, with or without a group; none at all is root, too.
pub fn is_root(user: &str) -> bool {
    matches!(user.split(':').next().unwrap_or_default(), "" | "root" | "0")
}

/// Values of variables while a stage is walked. `None` marks a name whose value is not known.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    values: BTreeMap<String, Option<String>>,
    /// Names that nothing declares may be set by the base image.
    open: bool,
}

impl Scope {
    /// The value of a variable; `None` when it is unset or not known.
    pub fn get(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned().flatten()
    }

    /// True when the name is declared but its value is not known.
    pub fn is_unknown(&self, name: &str) -> bool {
        self.values.get(name).map_or(self.open, Option::is_none)
    }

    /// Every declared name with its value.
    pub fn all(&self) -> BTreeMap<String, Option<String>> {
        self.values.clone()
    }

    /// Sets a variable; `None` declares it without a known value.
    pub fn set(&mut self, name: &str, value: Option<String>) {
        self.values.insert(name.to_owned(), value);
    }

    /// Expands text as BuildKit does; `None` when it cannot be expanded or depends on a value that is not known.
    pub fn expand(&self, text: &str, escape: u8) -> Option<String> {
        self.try_expand(text, escape).ok().flatten()
    }

    /// As [`Scope::expand`], with the reason why text cannot be expanded.
    pub fn try_expand(&self, text: &str, escape: u8) -> Result<Option<String>, ExpandError> {
        let unknown = std::cell::Cell::new(false);
        let expanded = expand(text, escape, &|name| {
            unknown.set(unknown.get() || self.is_unknown(name));
            self.get(name)
        })?;
        Ok((!unknown.get()).then_some(expanded))
    }

    /// How many bytes names and values take.
    pub(super) fn size(&self) -> usize {
        self.values.iter().map(|(name, value)| name.len() + value.as_ref().map_or(0, String::len)).sum()
    }

    /// True for a name that is declared, with a known value or without.
    fn declares(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }
}

/// Arguments declared before the first FROM, with the values that FROM lines and stages see. Platform arguments are
/// those of linux/amd64, the platform that the tables describe.
pub fn global_arguments<'a>(
    instructions: impl Iterator<Item = &'a Instruction>,
    escape: u8,
    build_args: &BTreeMap<String, String>,
) -> Scope {
    let mut scope = platform_arguments();
    for instruction in instructions.take_while(|i| !matches!(i.kind, Kind::From(_))) {
        if let Kind::Arg(declarations) = &instruction.kind {
            declare(&mut scope, declarations, escape, build_args);
        }
    }
    scope
}

/// What BuildKit declares before a file's first line.
pub(super) fn platform_arguments() -> Scope {
    const PLATFORM: &[(&str, &str)] = &[
        ("TARGETPLATFORM", "linux/amd64"),
        ("TARGETOS", "linux"),
        ("TARGETARCH", "amd64"),
        ("TARGETVARIANT", ""),
        ("BUILDPLATFORM", "linux/amd64"),
        ("BUILDOS", "linux"),
        ("BUILDARCH", "amd64"),
        ("BUILDVARIANT", ""),
    ];
    let mut scope = Scope::default();
    for (name, value) in PLATFORM {
        scope.set(name, Some((*value).to_owned()));
    }
    scope
}

/// An ARG before the first FROM.
pub(super) fn declare(
    scope: &mut Scope,
    declarations: &[ArgDeclaration],
    escape: u8,
    build_args: &BTreeMap<String, String>,
) {
    for declaration in declarations {
        let value = match (build_args.get(&declaration.name), &declaration.default) {
            (Some(value), _) => Some(value.clone()),
            (None, Some(default)) => scope.expand(default, escape),
            (None, None) => scope.get(&declaration.name),
        };
        scope.set(&declaration.name, value);
    }
}

/// Walks the instructions of one stage, keeping the configuration and the variables in step.
#[derive(Clone, Debug)]
pub struct StageState {
    /// The configuration so far.
    pub config: ImageConfig,
    /// ENV and ARG as a RUN would see them.
    pub scope: Scope,
    /// True once this stage has set CMD.
    cmd_set: bool,
    escape: u8,
}

impl StageState {
    /// The state right after FROM. `base` is `None` when nothing is known of the base image.
    pub fn new(base: Option<&ImageConfig>, escape: u8) -> Self {
        let mut config = base.cloned().unwrap_or_default();
        if config.workdir.is_empty() {
            config.workdir = "/".to_owned();
        }
        if !config.env.iter().any(|(name, _)| name == "PATH") {
            config.env.push(("PATH".to_owned(), Some(DEFAULT_PATH.to_owned())));
        }
        let mut scope = Scope { open: config.open.env, ..Scope::default() };
        for (name, value) in &config.env {
            scope.set(name, value.clone());
        }
        StageState { config, scope, cmd_set: false, escape }
    }

    /// Applies one instruction. RUN, COPY, ADD and FROM change nothing here. Returns false when a value that
    /// matters for the configuration is not known.
    pub fn apply(&mut self, instruction: &Instruction, global: &Scope, build_args: &BTreeMap<String, String>) -> bool {
        let escape = self.escape;
        match &instruction.kind {
            Kind::Arg(declarations) => {
                self.arguments(declarations, global, build_args);
                true
            }
            Kind::Env(pairs) => self.env(pairs),
            Kind::Label(pairs) => self.labels(pairs),
            Kind::Workdir(path) => match self.scope.expand(path, escape) {
                Some(path) => {
                    self.config.workdir = crate::paths::join(&self.config.workdir, &path);
                    true
                }
                None => false,
            },
            Kind::User(user) => {
                let mut known = true;
                self.config.user = self.expanded(user, &mut known);
                known
            }
            Kind::Shell(words) => {
                self.config.shell = Some(words.clone());
                true
            }
            Kind::Cmd(command) => {
                self.config.cmd = self.words(command);
                self.cmd_set = true;
                true
            }
            Kind::Entrypoint(command) => {
                self.config.entrypoint = self.words(command);
                if !self.cmd_set {
                    self.config.cmd = None;
                }
                true
            }
            Kind::Expose(words) => self.exposed(words),
            Kind::Volume(paths) => {
                let mut known = true;
                for path in paths {
                    let path = self.expanded(path, &mut known);
                    self.config.volumes.push(path);
                }
                self.config.volumes.sort();
                self.config.volumes.dedup();
                known
            }
            Kind::Stopsignal(signal) => {
                let mut known = true;
                self.config.stop_signal = Some(self.expanded(signal, &mut known));
                known
            }
            Kind::Healthcheck(command) => {
                self.config.healthcheck = Some(health_words(command.as_ref(), &instruction.flags));
                true
            }
            Kind::Onbuild(_) => {
                self.config.onbuild.push(instruction.args.as_str().to_owned());
                true
            }
            Kind::From(_) | Kind::Run(_) | Kind::Copy(_) | Kind::Add(_) | Kind::Maintainer(_) => true,
        }
    }

    /// ARG.
    fn arguments(&mut self, declarations: &[ArgDeclaration], global: &Scope, build_args: &BTreeMap<String, String>) {
        for declaration in declarations {
            let value = match (build_args.get(&declaration.name), &declaration.default) {
                (Some(value), _) => Some(value.clone()),
                (None, Some(default)) => self.scope.expand(default, self.escape),
                (None, None) => global.get(&declaration.name),
            };
            self.scope.set(&declaration.name, value);
        }
    }

    /// LABEL: false when a value is not known.
    fn labels(&mut self, pairs: &[Pair]) -> bool {
        let mut known = true;
        for pair in pairs {
            let name = self.scope.expand(&pair.name, self.escape).unwrap_or_else(|| pair.name.clone());
            let value = self.expanded(&pair.value, &mut known);
            self.config.labels.retain(|(n, _)| *n != name);
            self.config.labels.push((name, value));
            self.config.labels.sort();
        }
        known
    }

    /// EXPOSE: false when a value is not known.
    fn exposed(&mut self, words: &[String]) -> bool {
        let mut known = true;
        for word in words {
            let text = self.expanded(word, &mut known);
            for port in text.split_ascii_whitespace() {
                let port = if port.contains('/') { port.to_lowercase() } else { format!("{port}/tcp") };
                self.config.exposed.push(port);
            }
        }
        self.config.exposed.sort();
        self.config.exposed.dedup();
        known
    }

    /// ENV: false when a value is not known.
    fn env(&mut self, pairs: &[Pair]) -> bool {
        let escape = self.escape;
        // The whole instruction is expanded before it acts, so `ENV a=1 b=$a` gives b the old a.
        let expanded: Vec<_> = pairs
            .iter()
            .map(|pair| {
                let name = self.scope.expand(&pair.name, escape).unwrap_or_else(|| pair.name.clone());
                (name, self.scope.expand(&pair.value, escape))
            })
            .collect();
        let mut known = true;
        for (name, value) in expanded {
            known &= value.is_some();
            // A name that nothing declares is not searched for, so that thousands of ENV lines stay quick.
            let declared = self.scope.declares(&name);
            let slot = declared.then(|| self.config.env.iter_mut().find(|(n, _)| *n == name)).flatten();
            match slot {
                Some(slot) => slot.1 = value.clone(),
                None => self.config.env.push((name.clone(), value.clone())),
            }
            self.scope.set(&name, value);
        }
        known
    }

    /// The shell that wraps shell forms here.
    pub fn shell(&self) -> Vec<String> {
        self.config.shell.clone().unwrap_or_else(|| vec!["/bin/sh".to_owned(), "-c".to_owned()])
    }

    /// Expands `text`; an unknown value keeps the text as written, so that two files that say the same compare equal.
    fn expanded(&self, text: &str, known: &mut bool) -> String {
        self.scope.expand(text, self.escape).unwrap_or_else(|| {
            *known = false;
            text.to_owned()
        })
    }

    /// A command as the image stores it: shell form with the shell in front, an empty exec form as nothing.
    fn words(&self, command: &Command) -> Option<Vec<String>> {
        match command {
            Command::Exec(words) if words.is_empty() => None,
            Command::Exec(words) => Some(words.clone()),
            Command::Shell(text) => {
                let mut words = self.shell();
                words.push(text.clone());
                Some(words)
            }
        }
    }
}

/// A health check as the image stores it, its options behind the command.
fn health_words(command: Option<&Command>, options: &[Flag]) -> Vec<String> {
    let mut words = match command {
        None => vec!["NONE".to_owned()],
        Some(Command::Exec(words)) => std::iter::once("CMD".to_owned()).chain(words.iter().cloned()).collect(),
        Some(Command::Shell(text)) => vec!["CMD-SHELL".to_owned(), text.clone()],
    };
    words.extend(options.iter().map(|f| format!("--{}={}", f.name, f.value.as_deref().unwrap_or_default())));
    words
}
