//! The heuristics: TOML files, one per ecosystem, that say what a command reads, writes and is needed for.
//!
//! Built-in files (`heuristics/*.toml` of this repository) and a user's own (`.msb/heuristics/*.toml`) go through one
//! loader: a file with the id of an earlier one replaces it whole, a new id adds. Matching is on words, never on text:
//! see [`call`] for how a command line is read and [`schema`] for what a file may say.

#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod call;
mod check;
mod error;
pub mod schema;
#[allow(unreachable_pub, reason = "for other rooms")]
pub(crate) mod template;

pub use call::{Arg, Nested, Write};
pub use check::{ExampleFailure, check_examples};
pub use error::HeuristicsError;
pub use schema::{
    Ahead, Bundle, CallsFor, Class, Command, CommandRole, CompiledPlace, Detect, Downloads, Ecosystem, Example, Hooks,
    InsideKind, InstallSigns, Installer, Interpreter, Listed, Location, PackageManager, ProgramName, Programs,
    ProjectSetting, Reach, Runtime, Setting, Sign, SystemChange, Tool, Variable, WriteKind,
};

use call::Call;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

/// The built-in files: path in the repository, text, and the compact form that `build.rs` made of the text.
static BUILTIN_FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/heuristics.rs"));

/// All heuristics that hold for one run, indexed by the first word of a command.
#[derive(Clone, Debug, Default)]
pub struct Heuristics {
    ecosystems: Vec<Ecosystem>,
    tools: BTreeMap<String, (usize, usize)>,
    /// Other names of tools: first word (may hold `*`), the words after it, the tool's name.
    aliases: BTreeMap<String, Vec<Alias>>,
    glob_aliases: Vec<Alias>,
    commands: BTreeMap<String, Vec<RuleIndex>>,
    runtimes: BTreeMap<String, Vec<RuleIndex>>,
}

#[derive(Clone, Debug)]
struct Alias {
    words: Vec<String>,
    tool: String,
}

/// Where a rule stands: ecosystem, rule, pattern.
type RuleIndex = (usize, usize, usize);

impl Heuristics {
    /// The built-in heuristics, parsed at the first call.
    ///
    /// A built-in file that does not load would be a defect of the build; `cargo test` proves that each does, and here
    /// it would count as absent.
    pub fn builtin() -> &'static Heuristics {
        static BUILTIN: OnceLock<Heuristics> = OnceLock::new();
        BUILTIN.get_or_init(|| Heuristics::from_files(std::iter::empty()).unwrap_or_default())
    }

    /// The built-in heuristics and every `*.toml` directly in the given directories, in order of directory and name.
    /// A directory that does not exist holds no files; one that cannot be read is an error.
    pub fn load<P: AsRef<Path>>(user_directories: &[P]) -> Result<Heuristics, HeuristicsError> {
        Heuristics::load_with(user_directories, Vec::new())
    }

    /// The same, and behind them further files, each a name for messages and its text.
    pub fn load_with<P: AsRef<Path>>(
        user_directories: &[P],
        further: Vec<(String, String)>,
    ) -> Result<Heuristics, HeuristicsError> {
        let mut files = Vec::new();
        for directory in user_directories {
            for path in toml_files(directory.as_ref())? {
                let name = path.display().to_string();
                if !path.is_file() {
                    return Err(HeuristicsError::unreadable(&name, "it is no regular file; remove or rename it"));
                }
                let text = std::fs::read_to_string(&path).map_err(|e| HeuristicsError::io(&name, &e))?;
                files.push((name, text));
            }
        }
        files.extend(further);
        Heuristics::from_files(files)
    }

    /// The built-in heuristics and the given files, each a name for messages and its text.
    pub fn from_files<I>(user_files: I) -> Result<Heuristics, HeuristicsError>
    where
        I: IntoIterator<Item = (String, String)>,
    {
        let mut ecosystems: Vec<Ecosystem> = Vec::new();
        for (name, text, compact) in BUILTIN_FILES {
            ecosystems.push(schema::parse_builtin(name, text, compact)?);
        }
        for (name, text) in user_files {
            let ecosystem = schema::parse(&name, Cow::Owned(text))?;
            match ecosystems.iter_mut().find(|e| e.id == ecosystem.id) {
                Some(existing) => *existing = ecosystem,
                None => ecosystems.push(ecosystem),
            }
        }
        Ok(Heuristics::index(ecosystems))
    }

    fn index(ecosystems: Vec<Ecosystem>) -> Heuristics {
        let mut all = Heuristics { ecosystems, ..Heuristics::default() };
        for (e, ecosystem) in all.ecosystems.iter().enumerate() {
            for (t, tool) in ecosystem.tools.iter().enumerate() {
                all.tools.insert(tool.name.clone(), (e, t));
                for text in &tool.alias {
                    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
                    let alias = Alias { tool: tool.name.clone(), words };
                    match alias.words.first() {
                        Some(first) if !first.contains('*') => {
                            all.aliases.entry(first.clone()).or_default().push(alias);
                        }
                        Some(_) => all.glob_aliases.push(alias),
                        None => {}
                    }
                }
            }
            for (c, command) in ecosystem.commands.iter().enumerate() {
                for (p, pattern) in command.patterns.iter().enumerate() {
                    all.commands.entry(pattern.first.clone()).or_default().push((e, c, p));
                }
            }
            for (r, runtime) in ecosystem.runtimes.iter().enumerate() {
                for (p, pattern) in runtime.patterns.iter().enumerate() {
                    all.runtimes.entry(pattern.first.clone()).or_default().push((e, r, p));
                }
            }
        }
        all
    }

    /// All ecosystems, built-in ones by file name, then those of the user.
    pub fn ecosystems(&self) -> &[Ecosystem] {
        &self.ecosystems
    }

    /// The ecosystem with this id.
    pub fn ecosystem(&self, id: &str) -> Option<&Ecosystem> {
        self.ecosystems.iter().find(|e| e.id == id)
    }

    /// A command rule by its full id (`go/go-build`).
    pub fn command(&self, id: &str) -> Option<&Command> {
        let (ecosystem, rule) = id.split_once('/')?;
        self.ecosystem(ecosystem)?.commands.iter().find(|c| c.id == rule)
    }

    /// Ecosystems whose `detect.images` hold this repository, written as in `FROM` without registry, tag and digest
    /// (`golang`, `library/golang`, `eclipse-temurin`).
    pub fn detect_image(&self, repository: &str) -> Vec<&Ecosystem> {
        let repository = repository.strip_prefix("library/").unwrap_or(repository);
        self.ecosystems.iter().filter(|e| e.detect.images.iter().any(|g| glob(g, repository))).collect()
    }

    /// Ecosystems that a file of this name (no directory) is evidence for.
    pub fn detect_file(&self, name: &str) -> Vec<&Ecosystem> {
        self.ecosystems.iter().filter(|e| e.detect.files.iter().any(|g| glob(g, name))).collect()
    }

    /// Ecosystems whose toolchain a command of this name belongs to.
    pub fn detect_command(&self, name: &str) -> Vec<&Ecosystem> {
        self.ecosystems.iter().filter(|e| e.detect.commands.iter().any(|g| glob(g, name))).collect()
    }

    /// The most specific command rule for a simple command; `None` when no rule knows it.
    pub fn match_command(&self, argv: &[Arg]) -> Option<&Command> {
        let call = self.call(argv)?;
        let (e, c, _) = self.best(&self.commands, &call, |(e, c, _)| {
            let command = &self.ecosystems[e].commands[c];
            let fits = command.statements.is_empty() || call.says_only(&command.statements);
            fits.then_some((&command.patterns, &command.unless, &command.id))
        })?;
        Some(&self.ecosystems[e].commands[c])
    }

    /// The most specific rule for a command that is started at run time (`CMD`, `ENTRYPOINT`, a script's last line).
    pub fn match_runtime(&self, argv: &[Arg]) -> Option<&Runtime> {
        let call = self.call(argv)?;
        let (e, r, _) = self.best(&self.runtimes, &call, |(e, r, _)| {
            let runtime = &self.ecosystems[e].runtimes[r];
            Some((&runtime.patterns, &runtime.unless, &runtime.id))
        })?;
        Some(&self.ecosystems[e].runtimes[r])
    }

    /// What a matched command writes. Paths are absolute and without `.` and `..`; `None` stands for a path that could
    /// not be computed. `env` gives the step's variables, and `PWD`, `HOME` and the names that the analyzer adds.
    pub fn writes_of(&self, command: &Command, argv: &[Arg], env: &dyn Fn(&str) -> Option<String>) -> Vec<Write> {
        self.located(command, &command.writes, argv, env)
    }

    /// What a command writes, as [`Heuristics::writes_of`], with what depends on texts: `mentions` tells which signs stand in a
    /// word of the command or in a file that it reads.
    pub fn shown_writes_of(
        &self,
        command: &Command,
        argv: &[Arg],
        env: &dyn Fn(&str) -> Option<String>,
        mentions: &dyn Fn(&str) -> bool,
    ) -> Vec<Write> {
        self.matched(&command.patterns, argv)
            .map(|call| call.locate(&command.writes, env, mentions))
            .unwrap_or_default()
    }

    /// What a matched command reads, in the form of [`Heuristics::writes_of`]; the kind has no meaning.
    pub fn reads_of(&self, command: &Command, argv: &[Arg], env: &dyn Fn(&str) -> Option<String>) -> Vec<Write> {
        self.located(command, &command.reads, argv, env)
    }

    /// What a matched command removes, in the form of [`Heuristics::writes_of`]; the kind has no meaning.
    pub fn removes_of(&self, command: &Command, argv: &[Arg], env: &dyn Fn(&str) -> Option<String>) -> Vec<Write> {
        self.located(command, &command.removes, argv, env)
    }

    /// The places of a rule for one command line. Most rules have none of a kind; then the line is not read again.
    fn located(
        &self,
        command: &Command,
        locations: &[schema::Location],
        argv: &[Arg],
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Vec<Write> {
        if locations.is_empty() {
            return Vec::new();
        }
        self.matched(&command.patterns, argv).map(|call| call.locate(locations, env, &|_| false)).unwrap_or_default()
    }

    /// The known installer script that a text downloads and runs, with the full id.
    pub fn installer(&self, text: &str) -> Option<(String, &Installer)> {
        let mut all = self.ecosystems.iter().flat_map(|e| e.installers.iter().map(move |i| (e, i)));
        let (ecosystem, installer) = all.find(|(_, i)| i.contains.iter().any(|part| text.contains(part.as_str())))?;
        Some((format!("{}/{}", ecosystem.id, installer.id), installer))
    }

    /// A known installer script by its full id.
    pub fn installer_named(&self, id: &str) -> Option<&Installer> {
        let (ecosystem, id) = id.split_once('/')?;
        self.ecosystem(ecosystem)?.installers.iter().find(|installer| installer.id == id)
    }

    /// What a known installer script writes.
    pub fn installer_writes(&self, installer: &Installer, env: &dyn Fn(&str) -> Option<String>) -> Vec<Write> {
        Call::read("", None, &[], 0).locate(&installer.writes, env, &|_| false)
    }

    /// Every `[[variable]]` of every ecosystem.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.ecosystems.iter().flat_map(|e| &e.variables)
    }

    /// True for names of files that only compilers and their package managers read.
    pub fn is_build_input(&self, name: &str) -> bool {
        self.ecosystems.iter().any(|e| e.detect.build_inputs.iter().any(|g| glob(g, name)))
    }

    /// True for names of files that say how to build, and are no sources: known by more than the ending of their name.
    pub fn is_build_setting(&self, name: &str) -> bool {
        let globs = self.ecosystems.iter().flat_map(|e| &e.detect.build_inputs);
        globs.filter(|g| !g.starts_with("*.")).any(|g| glob(g, name))
    }

    /// True for names of files and directories that neither the program nor anybody else at run time reads: inputs of the
    /// named ecosystems' builds, and files about the project.
    pub fn is_source(&self, ecosystems: &BTreeSet<String>, name: &str) -> bool {
        self.ecosystems.iter().any(|e| {
            let inputs = ecosystems.contains(&e.id).then_some(&e.detect.build_inputs);
            inputs.into_iter().flatten().chain(&e.detect.project_files).any(|g| glob(g, name))
        })
    }

    /// Directories of an ecosystem's projects that hold a program with everything it needs.
    pub fn self_contained(&self, ecosystem: &str) -> &[String] {
        self.ecosystem(ecosystem).map_or(&[], |e| e.detect.self_contained.as_slice())
    }

    /// Directories of an ecosystem's projects that a build packs as a whole into one file.
    pub fn packed_directories(&self, ecosystem: &str) -> &[String] {
        self.ecosystem(ecosystem).map_or(&[], |e| e.detect.packed_directories.as_slice())
    }

    /// True for variables of base images that describe a toolchain.
    pub fn is_toolchain_variable(&self, name: &str) -> bool {
        self.ecosystems.iter().any(|e| e.detect.toolchain_variables.iter().any(|g| glob(g, name)))
    }

    /// Variables that a matched command sets for later commands of the build (`./configure --prefix`), with `None` for
    /// a value that is not known. They are no environment variables: only templates of heuristics read them.
    pub fn sets_of(
        &self,
        command: &Command,
        argv: &[Arg],
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Vec<(String, Option<String>)> {
        if command.sets.is_empty() {
            return Vec::new();
        }
        self.matched(&command.patterns, argv).map(|call| call.settings(&command.sets, env)).unwrap_or_default()
    }

    /// The command inside a matched command (`env X=1 cmd`, `sh -c '…'`, `make target`, `npm run build`).
    pub fn nested(&self, command: &Command, argv: &[Arg]) -> Option<Nested> {
        self.matched(&command.patterns, argv)?.nested(command.inside?, command.skip, command.script.as_deref())
    }

    /// The command inside a command started at run time (`npm start`, `sh -c '…'`, `tini -- node x.js`).
    pub fn nested_runtime(&self, runtime: &Runtime, argv: &[Arg]) -> Option<Nested> {
        self.matched(&runtime.patterns, argv)?.nested(runtime.inside?, runtime.skip, runtime.script.as_deref())
    }

    /// The program file that a command started at run time loads (`node server.js`, `java -jar app.jar`); absolute.
    pub fn program_of(&self, runtime: &Runtime, argv: &[Arg], env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let call = self.matched(&runtime.patterns, argv)?;
        call.locate(&runtime.program, env, &|_| false).into_iter().find_map(|w| w.path)
    }

    /// The module that a command started at run time imports (`python -m app`, `gunicorn app:server`), as written.
    pub fn module_of(&self, runtime: &Runtime, argv: &[Arg]) -> Option<String> {
        let call = self.matched(&runtime.patterns, argv)?;
        runtime.module.iter().find_map(|location| call.words_at(location).into_iter().find(|a| a.exact)).map(|a| a.text)
    }

    /// Files and directories that a command started at run time reads besides its program.
    pub fn runtime_reads_of(
        &self,
        runtime: &Runtime,
        argv: &[Arg],
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Vec<Write> {
        self.matched(&runtime.patterns, argv)
            .map(|call| call.locate(&runtime.reads, env, &|_| false))
            .unwrap_or_default()
    }

    /// Indices into `argv` of the words that are neither the command's name and subcommands, nor options, nor values of
    /// options: file names, package names, targets.
    pub fn positionals(&self, command: &Command, argv: &[Arg]) -> Vec<usize> {
        self.matched(&command.patterns, argv).map(|call| call.positional_indices()).unwrap_or_default()
    }

    /// True when a command whose rule names no output has an option that does, by convention.
    pub fn names_output(&self, argv: &[Arg]) -> bool {
        let Some(call) = self.call(argv) else { return false };
        self.ecosystems.iter().flat_map(|e| &e.detect.output_options).any(|option| call.has_flag(option))
    }

    /// True for a tool that fetches an interpreter where there is none.
    pub fn fetches_interpreter(&self, argv: &[Arg]) -> bool {
        self.call(argv).and_then(|call| call.tool).is_some_and(|tool| tool.fetches)
    }

    /// The value of an option of a simple command, by any of its names; an option that is there twice counts as the last.
    pub fn option(&self, argv: &[Arg], names: &[&str]) -> Option<Arg> {
        let call = self.call(argv)?;
        names.iter().find_map(|name| call.value(name).flatten())
    }

    /// True when a simple command has the option, with or without a value.
    pub fn has_option(&self, argv: &[Arg], names: &[&str]) -> bool {
        self.call(argv).is_some_and(|call| names.iter().any(|name| call.has_flag(name)))
    }

    /// The name under which rules know a command: `pip` for `python3 -m pip`, `go` for `/usr/local/go/bin/go`.
    pub fn command_name(&self, argv: &[Arg]) -> Option<String> {
        self.call(argv).map(|call| call.name.to_owned())
    }

    fn matched<'a>(&'a self, patterns: &[schema::Pattern], argv: &'a [Arg]) -> Option<Call<'a>> {
        let mut call = self.call(argv)?;
        let consumed = patterns.iter().filter_map(|p| call.matches(p)).max_by_key(|m| m.score)?.consumed;
        call.consume(&consumed);
        Some(call)
    }

    /// Reads the command line: basename, aliases, options.
    fn call<'a>(&'a self, argv: &'a [Arg]) -> Option<Call<'a>> {
        let first = argv.first()?;
        let base = first.text.rsplit('/').next().unwrap_or(&first.text);
        // `$HOME/bin/pip` is known by its name, even where the directory is not.
        if base.is_empty() || !first.exact && (base.len() == first.text.len() || base.contains(['$', '`', '*', '?'])) {
            return None;
        }
        let alias = self.alias(base, argv);
        let (name, start) = match alias {
            Some((tool, words)) => (tool, words),
            None => (base, 1),
        };
        let tool = self.tools.get(name).map(|&(e, t)| &self.ecosystems[e].tools[t]);
        Some(Call::read(name, tool, argv, start))
    }

    /// The tool that the leading words are another name of, with the number of words that the name takes.
    fn alias<'a>(&'a self, base: &str, argv: &[Arg]) -> Option<(&'a str, usize)> {
        let exact = self.aliases.get(base).into_iter().flatten();
        let globs = self.glob_aliases.iter().filter(|a| glob(&a.words[0], base));
        exact
            .chain(globs)
            .filter_map(|alias| Some((alias.words.len(), alias.tool.as_str(), words_taken(&alias.words, argv)?)))
            .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(a.1)))
            .map(|(_, tool, taken)| (tool, taken))
    }

    fn best<'a>(
        &'a self,
        index: &BTreeMap<String, Vec<RuleIndex>>,
        call: &Call<'_>,
        rule: impl Fn(RuleIndex) -> Option<(&'a Vec<schema::Pattern>, &'a Vec<String>, &'a String)>,
    ) -> Option<RuleIndex> {
        let candidates = index.get(call.name)?;
        candidates
            .iter()
            .filter_map(|&at| {
                let (patterns, unless, id) = rule(at)?;
                let found = call.matches(&patterns[at.2])?;
                let cancelled = unless.iter().any(|word| call.has_word(word));
                (!cancelled).then_some((found.score, at, id))
            })
            // The most words win; between equals the user's file, then the smaller id, so that file order cannot matter.
            .max_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.0.cmp(&b.1.0)).then_with(|| b.2.cmp(a.2)))
            .map(|(_, at, _)| at)
    }
}

/// How many leading words an alias takes, options between its words included; `None` when it does not fit.
fn words_taken(alias: &[String], argv: &[Arg]) -> Option<usize> {
    let mut at = 1;
    for word in &alias[1..] {
        while argv.get(at).is_some_and(|a| a.text.starts_with('-') && !(a.exact && glob(word, &a.text))) {
            at += 1;
        }
        argv.get(at).filter(|a| a.exact && glob(word, &a.text))?;
        at += 1;
    }
    Some(at)
}

fn toml_files(directory: &Path) -> Result<Vec<std::path::PathBuf>, HeuristicsError> {
    let name = directory.display().to_string();
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(HeuristicsError::io(&name, &e)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| HeuristicsError::io(&name, &e))?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// True when `text` fits `pattern`, in which `*` stands for any number of characters and all else for itself.
pub fn glob(pattern: &str, text: &str) -> bool {
    // By bytes, since this is asked of every alias for every command, and patterns are short.
    let Some(star) = pattern.bytes().position(|byte| byte == b'*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(&pattern[..star]) else { return false };
    let mut parts = pattern[star + 1..].split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compact_form_says_what_the_text_says() {
        for (name, text, compact) in BUILTIN_FILES {
            let rules = text.find("\n[[example]]").map_or(*text, |end| &text[..end]);
            let mut read = schema::parse(name, Cow::Borrowed(rules)).unwrap();
            read.text = Cow::Borrowed(text);
            let built = schema::parse_builtin(name, text, compact).unwrap();
            assert_eq!(format!("{read:?}"), format!("{built:?}"), "{name}");
        }
    }

    #[test]
    fn globs() {
        for (pattern, text, fits) in [
            ("golang", "golang", true),
            ("golang", "golangx", false),
            ("*/golang", "bitnami/golang", true),
            ("*/golang", "golang", false),
            ("pip3.*", "pip3.11", true),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "acb", false),
            ("*x*", "xzf", true),
            ("*", "", true),
            ("ab*b", "ab", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }
}
