//! A command line, read: its tool's name, options with values, and positional arguments.

use super::glob;
use super::schema::{Downloads, InsideKind, Location, Pattern, PatternWord, Place, Reach, Setting, Tool, WriteKind};
use super::template::{Value, absolute};

/// A word of a command after expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    /// The text, as far as it is known.
    pub text: String,
    /// True when the word is exactly `text`; false when a part of it is not known.
    pub exact: bool,
}

impl Arg {
    /// A word that is known.
    pub fn known(text: impl Into<String>) -> Arg {
        Arg { text: text.into(), exact: true }
    }
}

/// One place that a command writes (or reads).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Absolute path; `None` when it could not be computed.
    pub path: Option<String>,
    /// Kind of what is written.
    pub kind: WriteKind,
    /// How far it reaches.
    pub form: Reach,
    /// Base names of what lands in `path` when that is a directory (`cp a b dir`); empty when it cannot be one.
    pub names: Vec<String>,
    /// The command may write there, and does not always.
    pub may: bool,
    /// It is written only where this file is there.
    pub if_file: Option<String>,
    /// It is a cache of what the command downloads.
    pub downloads: Option<Downloads>,
}

/// The command inside a command; numbers are indices into the words that were asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nested {
    /// `make -C directory -f file targets`.
    Make {
        /// The directory as written.
        directory: Option<Arg>,
        /// The file as written.
        file: Option<Arg>,
        /// Targets; empty for the default one.
        targets: Vec<Arg>,
    },
    /// A script of the package.json in `directory` (as written) or the working directory.
    PackageScript {
        /// The script's name.
        name: String,
        /// The directory that an option names.
        directory: Option<Arg>,
    },
    /// A script file at this word; the words after it are its arguments.
    Script(usize),
    /// Shell text at this word.
    ShellText(usize),
    /// A command that starts at this word; words such as `NAME=value` before it are its assignments.
    Command(usize),
}

/// A found pattern: how specific, and which positionals it took.
pub(super) struct Match {
    pub(super) score: usize,
    pub(super) consumed: Vec<usize>,
}

struct Flag {
    name: String,
    value: Option<Arg>,
}

/// A command line that was read.
pub(super) struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) tool: Option<&'a Tool>,
    argv: &'a [Arg],
    flags: Vec<Flag>,
    /// Indices of words that are no options and no values, the command's name left out.
    positionals: Vec<usize>,
}

impl<'a> Call<'a> {
    /// Reads the words from `start` on as options and arguments of `tool`.
    pub(super) fn read(name: &'a str, tool: Option<&'a Tool>, argv: &'a [Arg], start: usize) -> Call<'a> {
        let mut call = Call { name, tool, argv, flags: Vec::new(), positionals: Vec::new() };
        let leading = tool.is_some_and(|t| t.leading);
        let mut at = start;
        while at < argv.len() {
            let word = &argv[at];
            at += 1;
            if word.exact && word.text == "--" {
                call.positionals.extend(at..argv.len());
                break;
            }
            if word.text.len() > 1 && word.text.starts_with('-') {
                at = call.option(word, at);
                continue;
            }
            // Options in a variable (`java $JAVA_OPTS -jar app.jar`): what follows is an option of the same tool.
            let in_variable = !word.exact && (word.text.is_empty() || word.text.starts_with('$'));
            let option_follows = argv.get(at).is_some_and(|next| tool.is_some_and(|t| t.takes_value(&next.text)));
            if leading && in_variable && option_follows {
                continue;
            }
            call.positionals.push(at - 1);
            if leading {
                call.positionals.extend(at..argv.len());
                break;
            }
        }
        call
    }

    /// Reads one option; gives the index of the next word.
    fn option(&mut self, word: &Arg, next: usize) -> usize {
        let long = word.text.starts_with("--") || self.tool.is_some_and(|t| t.long);
        if long || !word.exact {
            return self.long_option(word, next);
        }
        let takes_value = |name: &str| self.tool.is_some_and(|t| t.takes_value(name));
        // A tool may have a few options of this form among its short ones (`tar -xf`, `wget -nv`).
        if takes_value(&word.text) {
            let value = self.argv.get(next).cloned();
            self.flags.push(Flag { name: word.text.clone(), value });
            return next + 1;
        }
        let letters: Vec<char> = word.text.chars().skip(1).collect();
        for (i, letter) in letters.iter().enumerate() {
            let name = format!("-{letter}");
            let rest: String = letters[i + 1..].iter().collect();
            let valued = takes_value(&name);
            if valued && rest.is_empty() {
                self.flags.push(Flag { name, value: self.argv.get(next).cloned() });
                return next + 1;
            }
            if valued || rest.starts_with('=') {
                let text = rest.strip_prefix('=').unwrap_or(&rest).to_owned();
                self.flags.push(Flag { name, value: Some(Arg { text, exact: word.exact }) });
                break;
            }
            self.flags.push(Flag { name, value: None });
        }
        if letters.len() > 1 {
            self.flags.push(Flag { name: word.text.clone(), value: None });
        }
        next
    }

    fn long_option(&mut self, word: &Arg, next: usize) -> usize {
        if let Some((name, value)) = word.text.split_once('=') {
            let value = Some(Arg { text: value.to_owned(), exact: word.exact });
            self.flags.push(Flag { name: name.to_owned(), value });
            return next;
        }
        let valued = self.tool.is_some_and(|t| t.takes_value(&word.text));
        let value = if valued { self.argv.get(next).cloned() } else { None };
        self.flags.push(Flag { name: word.text.clone(), value });
        next + usize::from(valued)
    }

    /// How the pattern fits, if it does.
    pub(super) fn matches(&self, pattern: &Pattern) -> Option<Match> {
        if pattern.first != self.name {
            return None;
        }
        let mut score = 2;
        let mut consumed = Vec::new();
        let mut at = 0;
        let mut skipping = false;
        for word in &pattern.words {
            match word {
                PatternWord::Any => skipping = true,
                PatternWord::Argument(text) => {
                    let arg = &self.argv[*self.positionals.get(at)?];
                    if text != "*" && !(arg.exact && glob(text, &arg.text)) {
                        return None;
                    }
                    at += 1;
                    score += 1;
                }
                PatternWord::End => {
                    if self.positionals[at..].iter().any(|&i| !is_assignment(&self.argv[i])) {
                        return None;
                    }
                    score += 1;
                }
                PatternWord::Flag(flag) => {
                    if !self.has_flag(flag) {
                        return None;
                    }
                    score += if flag.contains('=') { 4 } else { 2 };
                }
                PatternWord::Word(text) => {
                    let fits = |&i: &usize| self.argv[i].exact && glob(text, &self.argv[i].text);
                    let found = if skipping {
                        (at..self.positionals.len()).find(|&p| fits(&self.positionals[p]))?
                    } else {
                        self.positionals.get(at).filter(|i| fits(i)).map(|_| at)?
                    };
                    consumed.push(found);
                    at = found + 1;
                    skipping = false;
                    score += if text.contains('*') { 1 } else { 2 };
                }
            }
        }
        Some(Match { score, consumed })
    }

    /// Takes the words of a pattern out of the positionals.
    pub(super) fn consume(&mut self, consumed: &[usize]) {
        let mut at = 0;
        self.positionals.retain(|_| {
            at += 1;
            !consumed.contains(&(at - 1))
        });
    }

    pub(super) fn positional_indices(&self) -> Vec<usize> {
        self.positionals.clone()
    }

    /// True when the option or, for a name without `-`, the word is present.
    pub(super) fn has_word(&self, word: &str) -> bool {
        if word.starts_with('-') {
            return self.has_flag(word);
        }
        self.positionals.iter().any(|&i| self.argv[i].exact && glob(word, &self.argv[i].text))
    }

    pub(super) fn has_flag(&self, flag: &str) -> bool {
        let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
        self.flags.iter().any(|f| {
            // `-*x*` is about short options; `--exclude` is none.
            glob(name, &f.name)
                && f.name.starts_with("--") == name.starts_with("--")
                && value.is_none_or(|v| f.value.as_ref().is_some_and(|a| a.exact && glob(v, &a.text)))
        })
    }

    /// True when the last option that has a value holds a program text made of such statements only.
    pub(super) fn says_only(&self, statements: &[String]) -> bool {
        let Some(text) = self.flags.iter().rev().find_map(|f| f.value.as_ref()).filter(|value| value.exact) else {
            return false;
        };
        let mut parts = text.text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty());
        parts.all(|part| statements.iter().any(|glob_of| glob(glob_of, part)))
    }

    /// The value of the option: `None` when it is absent, `Some(None)` when it has no value.
    pub(super) fn value(&self, name: &str) -> Option<Option<Arg>> {
        self.flags.iter().rev().find(|f| f.name == name).map(|f| f.value.clone())
    }

    fn lookup(&self, name: &str, env: &dyn Fn(&str) -> Option<String>, directory: Option<&str>) -> Value {
        // A shell puts the home directory in the place of `~/`; whose home another `~` means is not known.
        let of = |arg: &Arg| match arg.text.strip_prefix('~') {
            _ if !arg.exact => Value::Unknown,
            None => Value::Known(arg.text.clone()),
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                env("HOME").map_or(Value::Unknown, |home| Value::Known(format!("{home}{rest}")))
            }
            Some(_) => Value::Unknown,
        };
        if name.starts_with('-') {
            return match self.value(name) {
                None => Value::Unset,
                Some(None) => Value::Unknown,
                Some(Some(arg)) => of(&arg),
            };
        }
        if let Ok(number) = name.parse::<usize>() {
            let index = self.positionals.get(number.wrapping_sub(1));
            return index.map_or(Value::Unset, |&i| of(&self.argv[i]));
        }
        if name == "PWD" {
            return directory.map_or(Value::Unknown, |d| Value::Known(d.to_owned()));
        }
        let assigned = self.positionals.iter().rev().find_map(|&i| {
            let arg = &self.argv[i];
            let value = arg.text.strip_prefix(name)?.strip_prefix('=')?;
            Some(if arg.exact { Value::Known(value.to_owned()) } else { Value::Unknown })
        });
        assigned.or_else(|| env(name).map(Value::Known)).unwrap_or(Value::Unset)
    }

    /// The working directory, moved by an option such as `make -C`.
    fn directory(&self, env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let mut directory = env("PWD");
        let Some(tool) = self.tool else { return directory };
        for flag in &self.flags {
            let file = tool.chfile.contains(&flag.name);
            if !file && !tool.chdir.contains(&flag.name) {
                continue;
            }
            let value = flag.value.as_ref().filter(|v| v.exact)?.text.as_str();
            let (parent, last) = value.rsplit_once('/').unwrap_or((".", value));
            let named = if file && last.contains('.') && last != "." && last != ".." { parent } else { value };
            directory = absolute(if named.is_empty() { "/" } else { named }, directory.as_deref());
        }
        directory
    }

    /// The words that a location names, as written.
    pub(super) fn words_at(&self, location: &Location) -> Vec<Arg> {
        if !self.applies(location) {
            return Vec::new();
        }
        let arg = |i: &usize| self.argv[*i].clone();
        match &location.place {
            Place::Path(_) => Vec::new(),
            Place::Flag(names) => {
                let given = self.flags.iter().filter(|f| names.contains(&f.name));
                given.filter_map(|f| f.value.clone().or_else(|| self.word_after(&f.name))).collect()
            }
            Place::Arg(index) => {
                let index = if *index < 0 { *index + self.positionals.len() as i32 } else { *index };
                usize::try_from(index).ok().and_then(|i| self.positionals.get(i)).map(arg).into_iter().collect()
            }
            Place::Args => self.positionals.iter().map(arg).collect(),
            Place::ArgsButFirst => self.positionals.iter().skip(1).map(arg).collect(),
            Place::ArgsButLast => {
                self.positionals.split_last().map(|(_, rest)| rest.iter().map(arg).collect()).unwrap_or_default()
            }
        }
    }

    /// The word behind an option that nothing says takes a value: where a rule asks for its value, it does.
    fn word_after(&self, option: &str) -> Option<Arg> {
        let at = self.argv.iter().position(|arg| arg.exact && arg.text == option)?;
        self.argv.get(at + 1).filter(|arg| !arg.text.starts_with('-')).cloned()
    }

    fn applies(&self, location: &Location) -> bool {
        (location.if_flag.is_empty() || location.if_flag.iter().any(|f| self.has_word(f)))
            && !location.unless_flag.iter().any(|f| self.has_word(f))
    }

    /// The variables that a command sets, each with its value if that is known.
    pub(super) fn settings(
        &self,
        settings: &[Setting],
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Vec<(String, Option<String>)> {
        let directory = self.directory(env);
        let lookup = |name: &str| self.lookup(name, env, directory.as_deref());
        settings.iter().map(|s| (s.name.clone(), s.value.expand(&lookup))).collect()
    }

    /// Evaluates locations to absolute paths; `mentions` tells which signs are there.
    pub(super) fn locate(
        &self,
        locations: &[Location],
        env: &dyn Fn(&str) -> Option<String>,
        mentions: &dyn Fn(&str) -> bool,
    ) -> Vec<Write> {
        let directory = self.directory(env);
        let lookup = |name: &str| self.lookup(name, env, directory.as_deref());
        let mut found = Vec::new();
        let holds = |condition: &String| {
            let (name, value) = condition.split_once('=').unwrap_or((condition, "*"));
            env(name).is_some_and(|v| glob(value, &v))
        };
        let applies = |l: &&Location| {
            self.applies(l)
                && (l.if_env.is_empty() || l.if_env.iter().any(holds))
                && !l.unless_env.iter().any(holds)
                && (l.signs.is_empty() || l.signs.iter().any(|sign| mentions(sign)))
                && !l.unless_signs.iter().any(|sign| mentions(sign))
        };
        for location in locations.iter().filter(applies) {
            let write = |path: Option<String>, form: Reach| Write {
                path,
                kind: location.kind,
                form,
                names: if location.names { self.base_names(location) } else { Vec::new() },
                // Options, settings and mounts keep a cache away, so none is certain.
                may: location.may || form != Reach::Path || location.kind == WriteKind::Cache,
                if_file: location
                    .if_file
                    .as_ref()
                    .and_then(|t| t.expand(&lookup))
                    .and_then(|p| absolute(&p, directory.as_deref())),
                downloads: location.downloads.clone(),
            };
            if let Place::Path(template) = &location.place {
                let path = template.expand(&lookup).and_then(|p| absolute(&p, directory.as_deref()));
                found.push(write(path, location.reach));
                continue;
            }
            let mut words = self.words_at(location);
            let given = words.len();
            // A dash stands for standard output or input.
            words.retain(|word| word.text != "-");
            if given > words.len() && words.is_empty() {
                continue;
            }
            if let (true, Some(default)) = (words.is_empty(), &location.default) {
                let path = default.expand(&lookup).and_then(|p| absolute(&p, directory.as_deref()));
                found.push(write(path, location.reach));
            }
            let base = match &location.directory {
                Some(template) => template.expand(&lookup).and_then(|p| absolute(&p, directory.as_deref())),
                None => directory.clone(),
            };
            for word in words.iter().flat_map(|word| split(word, location.split)) {
                let (path, form) = place_of(location, &word, base.as_deref(), env);
                found.push(write(path, form));
            }
        }
        found
    }

    /// Base names of all arguments that `location` does not name itself.
    fn base_names(&self, location: &Location) -> Vec<String> {
        let last = self.positionals.len().saturating_sub(1);
        let skip_last = matches!(location.place, Place::Arg(-1));
        let words = self.positionals.iter().enumerate().filter(|(i, _)| !(skip_last && *i == last));
        words
            .map(|(_, &i)| &self.argv[i])
            .filter(|a| a.exact)
            .filter_map(|a| a.text.trim_end_matches('/').rsplit('/').next().map(str::to_owned))
            .collect()
    }

    /// The command inside.
    pub(super) fn nested(&self, kind: InsideKind, skip: usize, script: Option<&str>) -> Option<Nested> {
        let chdir = || {
            let names = &self.tool?.chdir;
            self.flags.iter().rev().find(|f| names.contains(&f.name)).and_then(|f| f.value.clone())
        };
        match kind {
            InsideKind::Make => Some(Nested::Make {
                directory: chdir(),
                file: ["-f", "--file", "--makefile"].iter().find_map(|n| self.value(n).flatten()),
                targets: self
                    .positionals
                    .iter()
                    .map(|&i| self.argv[i].clone())
                    .filter(|a| !(a.exact && a.text.contains('=')))
                    .collect(),
            }),
            InsideKind::PackageScript => {
                let name = match script {
                    Some(name) => name.to_owned(),
                    None => self.positionals.first().map(|&i| &self.argv[i]).filter(|a| a.exact)?.text.clone(),
                };
                Some(Nested::PackageScript { name, directory: chdir() })
            }
            InsideKind::Script => self.positionals.first().map(|&i| Nested::Script(i)),
            InsideKind::ShellArgument => self.shell_text().map(Nested::ShellText),
            InsideKind::CommandArgument => {
                let mut words = self.positionals.iter().skip_while(|&&i| is_assignment(&self.argv[i])).skip(skip);
                words.find(|&&i| !is_assignment(&self.argv[i])).map(|&i| Nested::Command(i))
            }
        }
    }

    /// The word after the option that ends in `c` (`-c`, `-lc`, `--command`).
    fn shell_text(&self) -> Option<usize> {
        let option = self.argv.iter().position(|a| {
            let text = a.text.as_str();
            a.exact
                && (text == "--command" || (text.starts_with('-') && !text.starts_with("--") && text.ends_with('c')))
        })?;
        (option + 1 < self.argv.len()).then_some(option + 1)
    }
}

fn is_assignment(arg: &Arg) -> bool {
    let name = arg.text.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn split(word: &Arg, separator: Option<char>) -> Vec<Arg> {
    let Some(separator) = separator else { return vec![word.clone()] };
    word.text.split(separator).map(|text| Arg { text: text.to_owned(), exact: word.exact }).collect()
}

/// The path that a word names, and how far it reaches.
fn place_of(
    location: &Location,
    word: &Arg,
    base: Option<&str>,
    env: &dyn Fn(&str) -> Option<String>,
) -> (Option<String>, Reach) {
    let mut text = word.text.as_str();
    if !word.exact {
        return (None, location.reach);
    }
    // A target that ends in `/` is a directory, so the names in it are not said.
    let directory = text.ends_with('/') && !location.basename;
    let form = if directory && location.reach == Reach::Path && !location.names { Reach::Into } else { location.reach };
    if location.basename {
        text = text.split(['?', '#']).next().unwrap_or(text).trim_end_matches('/');
        text = text.rsplit(['/', ':']).next().unwrap_or(text);
    }
    if let Some(ending) = &location.strip {
        text = text.strip_suffix(ending.as_str()).unwrap_or(text);
    }
    let home = text.strip_prefix("~/").and_then(|rest| Some(format!("{}/{rest}", env("HOME")?)));
    if text.starts_with('~') && home.is_none() {
        return (None, form);
    }
    (absolute(&beside(location, home.as_deref().unwrap_or(text)), base), form)
}

/// The name of the second file beside the one that a word names, where the location is about that.
fn beside(location: &Location, text: &str) -> String {
    let name = text.rfind('/').map_or(0, |slash| slash + 1);
    let stem = match &location.ending {
        Some(ending) => {
            let dot = text[name..].rfind('.').filter(|&dot| dot > 0).map_or(text.len(), |dot| name + dot);
            format!("{}{ending}", &text[..dot])
        }
        None => text.to_owned(),
    };
    stem + location.suffix.as_deref().unwrap_or_default()
}
