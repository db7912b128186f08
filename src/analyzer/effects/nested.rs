//! What a command runs by itself, where the build context holds it: scripts, recipes of Makefiles, package scripts, hooks of a
//! manifest, a text given as an argument.

use super::super::is_shell_script;
use super::command::Call;
use super::shell::ShellState;
use super::{Effects, PackageAction, Place, Reader, Unknown, abridge};
use crate::facts::heuristics::{Arg, Hooks, Nested, glob};
use crate::paths;
use crate::shell;
use serde_json::Value;
use std::collections::BTreeMap;

/// The most lines of a manifest's scripts that are followed.
const MAX_HOOKS: usize = 200;

impl Reader<'_> {
    /// Reads what a command runs: a script, a Makefile, a package script, a text given as an argument.
    pub(super) fn look_inside(
        &self,
        call: Call<'_>,
        nested: &Nested,
        state: &mut ShellState,
        at: Place,
    ) -> Option<Effects> {
        let Call { rule, argv, ranges, .. } = call;
        match nested {
            Nested::ShellText(i) => {
                let text = argv.get(*i).filter(|a| a.exact)?;
                let script = shell::parse(&text.text);
                script.clean.then(|| self.list(&script.items, &text.text, &mut state.clone(), at.deeper()))
            }
            Nested::Script(i) => self.script(&argv[*i], &argv[i + 1..], state, at),
            Nested::Command(i) => {
                let mut local = state.clone();
                let mut start = *i;
                // `env A=b command`
                while let Some((name, value)) = argv.get(start).and_then(|a| a.text.split_once('=')) {
                    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                        break;
                    }
                    local.variables.insert(name.to_owned(), argv[start].exact.then(|| value.to_owned()));
                    start += 1;
                }
                let rest = argv.get(start..).filter(|rest| !rest.is_empty())?;
                let mut effects = self.command(rest, &ranges[start..], &mut local, at.deeper());
                if rule.more {
                    // Names that nobody knows stay with the command that gets them.
                    for change in effects.packages.iter_mut().filter(|change| change.action == PackageAction::Install) {
                        change.names.push((String::new(), 0..0));
                        change.exact = false;
                    }
                }
                Some(effects)
            }
            Nested::PackageScript { name, directory } => {
                let cwd = self.moved(state, directory.as_ref())?;
                let scripts = self.package_scripts(&cwd)?;
                scripts.contains_key(name).then_some(())?;
                let names = [format!("pre{name}"), name.clone(), format!("post{name}")];
                Some(self.run_scripts(&scripts, &names, &cwd, state, at))
            }
            Nested::Make { directory, file, targets } => {
                let cwd = self.moved(state, directory.as_ref())?;
                // Words that made the rule match (`make install`) are targets too.
                let named = |word: &str| rule.patterns.iter().flat_map(|p| &p.words).any(|w| w.is_word(word));
                let mut all: Vec<Arg> = argv[1..].iter().filter(|a| a.exact && named(&a.text)).cloned().collect();
                all.extend(targets.iter().cloned());
                self.make(&cwd, file.as_ref(), &all, argv, state, at)
            }
        }
    }

    /// The working directory after an option such as `-C DIR`.
    fn moved(&self, state: &ShellState, directory: Option<&Arg>) -> Option<String> {
        let cwd = state.cwd.as_deref()?;
        match directory {
            None => Some(cwd.to_owned()),
            Some(arg) => arg.exact.then(|| paths::join(cwd, &arg.text)),
        }
    }

    fn package_scripts(&self, directory: &str) -> Option<BTreeMap<String, String>> {
        let text = self.files.text(&paths::join(directory, "package.json"), self.context)?;
        crate::context::manifests::package_scripts(&text)
    }

    /// The scripts that installing a project's dependencies runs; `None` when they cannot be read.
    pub(super) fn lifecycle(&self, state: &ShellState, at: Place) -> Option<Effects> {
        let cwd = state.cwd.as_deref()?;
        let scripts = self.package_scripts(cwd)?;
        let names = ["preinstall", "install", "postinstall", "prepublish", "prepare"].map(str::to_owned);
        Some(self.run_scripts(&scripts, &names, cwd, state, at))
    }

    fn run_scripts(
        &self,
        scripts: &BTreeMap<String, String>,
        names: &[String],
        cwd: &str,
        state: &ShellState,
        at: Place,
    ) -> Effects {
        let mut effects = Effects::default();
        for body in names.iter().filter_map(|name| scripts.get(name)) {
            let script = shell::parse(body);
            let mut local = ShellState { cwd: Some(cwd.to_owned()), ..state.clone() };
            if at.is_deep() || !script.clean {
                self.fallback(&abridge(body), &local, Unknown::Within, &mut effects);
                continue;
            }
            effects.merge(self.list(&script.items, body, &mut local, at.within(Unknown::Within)));
        }
        effects
    }

    /// Effects of a shell script that the build context holds.
    pub(super) fn script(&self, path: &Arg, arguments: &[Arg], state: &mut ShellState, at: Place) -> Option<Effects> {
        if !path.exact {
            return None;
        }
        let cwd = state.cwd.as_deref()?;
        let absolute = paths::join(cwd, &path.text);
        let text = self.files.text(&absolute, self.context)?;
        if !is_shell_script(&text, true) {
            return None;
        }
        let script = shell::parse(&text);
        if !script.clean {
            return None;
        }
        let mut local = state.clone();
        for (i, argument) in arguments.iter().enumerate() {
            local.variables.insert((i + 1).to_string(), argument.exact.then(|| argument.text.clone()));
        }
        local.variables.insert("0".to_owned(), Some(absolute));
        Some(self.list(&script.items, &text, &mut local, at.within(Unknown::Opaque)))
    }

    fn make(
        &self,
        cwd: &str,
        file: Option<&Arg>,
        targets: &[Arg],
        argv: &[Arg],
        state: &ShellState,
        at: Place,
    ) -> Option<Effects> {
        let read = |name: &str| self.files.text(&paths::join(cwd, name), self.context);
        let text = match file {
            Some(name) => name.exact.then(|| read(&name.text)).flatten()?,
            None => ["GNUmakefile", "makefile", "Makefile"].into_iter().find_map(read)?,
        };
        let makefile = shell::makefile::parse_with_includes(&text, &read);
        let mut overrides = shell::makefile::Overrides::default();
        for (name, value) in &state.variables {
            overrides.environment.extend(value.as_ref().map(|value| (name.clone(), value.clone())));
        }
        for arg in &argv[1..] {
            if let Some((name, value)) = arg.text.split_once('=').filter(|(name, _)| !name.starts_with('-')) {
                overrides.command_line.insert(name.to_owned(), arg.exact.then(|| value.to_owned())?);
            }
        }
        let targets: Vec<Option<&str>> = match targets {
            [] => vec![None],
            targets => targets.iter().map(|t| t.exact.then_some(Some(t.text.as_str()))).collect::<Option<_>>()?,
        };
        let mut effects = Effects { builds: true, ..Effects::default() };
        for target in targets {
            for line in makefile.recipe_under(target, &overrides)? {
                // A recipe that is computed by make may do more than its text says. What a command prints is read by the shell
                // as it would be in any other line.
                if line.unknown {
                    return None;
                }
                let script = shell::parse(&line.text);
                let mut local = ShellState { cwd: Some(cwd.to_owned()), ..state.clone() };
                effects.merge(self.list(&script.items, &line.text, &mut local, at.within(Unknown::Within)));
            }
        }
        Some(effects)
    }

    /// Adds what scripts of a manifest do that a command runs by itself.
    pub(super) fn hooks(&self, hooks: &Hooks, call: Call<'_>, state: &ShellState, at: Place, effects: &mut Effects) {
        let Call { argv, shown, .. } = call;
        let flags: Vec<&str> = hooks.unless_flag.iter().map(String::as_str).collect();
        if self.heuristics.has_option(argv, &flags) {
            return;
        }
        let guess = |what: &str| (shown.to_owned(), format!("{what} is taken to write only below its directory"));
        let Some(cwd) = &state.cwd else { return };
        let path = paths::join(cwd, &hooks.file);
        let text = self.files.text(&path, self.context);
        let Some(manifest) = text.and_then(|text| serde_json::from_str(text.trim_start_matches('\u{feff}')).ok())
        else {
            effects.assumed.push(guess(&format!("what {} makes it run", hooks.file)));
            return;
        };
        let manifest: Value = manifest;
        let mut pending: Vec<&Value> = Vec::new();
        let script = |name: &str| manifest.get(&hooks.key).and_then(|scripts| scripts.get(name));
        pending.extend(hooks.run.iter().rev().filter_map(|name| script(name)));
        let mut steps = 0;
        while let Some(value) = pending.pop() {
            steps += 1;
            if steps > MAX_HOOKS {
                effects.assumed.push(guess("what its scripts run"));
                return;
            }
            match value {
                Value::Array(lines) => pending.extend(lines.iter().rev()),
                Value::Object(lines) => {
                    let unknown = lines.keys().find(|line| !hooks.known.iter().any(|g| glob(g, line)));
                    effects.assumed.extend(unknown.map(|line| guess(&format!("`{line}`"))));
                }
                Value::String(line) => {
                    let named = line.strip_prefix('@').and_then(&script);
                    if let Some(inner) = named {
                        pending.push(inner);
                        continue;
                    }
                    if hooks.known.iter().any(|g| glob(g, line)) {
                        continue;
                    }
                    match self.hook_line(hooks, line, state, at) {
                        Some(inner) => effects.merge(inner),
                        None => effects.assumed.push(guess(&format!("`{}`", abridge(line)))),
                    }
                }
                _ => {}
            }
        }
    }

    /// Effects of a line of a manifest's scripts; `None` when it cannot be read.
    fn hook_line(&self, hooks: &Hooks, line: &str, state: &ShellState, at: Place) -> Option<Effects> {
        let told = hooks.words.iter().find_map(|(word, meant)| {
            let rest = line.strip_prefix(word.as_str())?;
            rest.starts_with(' ').then(|| format!("{meant}{rest}"))
        });
        let text = told.unwrap_or_else(|| line.to_owned());
        let parsed = shell::parse(&text);
        // `Class::method` is a function of the project, and no command.
        let readable = parsed.clean && !text.starts_with('@') && !text.contains("::");
        (readable && !at.is_deep())
            .then(|| self.list(&parsed.items, &text, &mut state.clone(), at.within(Unknown::Opaque)))
    }
}
