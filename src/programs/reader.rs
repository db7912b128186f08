//! Sources in, a [`Reading`] out: every call and every name of interest is weighed once.

use super::evaluate::{Evaluator, Named, Place, argument, plain};
use super::language::{Function, Known, Language, Layout, Meaning, Selector, launchers};
use super::outline::{Call, Expr, Import, Use};
use super::sources::{Source, Sources, sources};
use super::value::{Outside, Value, parent_of, path_of, shell_commands};
use super::{Found, Opens, Reading};
use crate::context::BuildContext;
use std::collections::BTreeMap;

/// Reads a program in one language.
pub(super) fn read(language: &Language, context: &dyn BuildContext, root: &str) -> Reading {
    let sources = sources(language, context, root);
    let mut evaluator = Evaluator::new(language, &sources);
    let called = called_imports(&evaluator, &sources);
    for (_, import) in &called {
        evaluator.import(&import.target);
    }
    let mut reader = Reader { language, sources: &sources, evaluator, found: Findings::default() };
    for missing in &sources.missing {
        reader.found.not_proven(missing.clone());
    }
    for required in &sources.required {
        reader.package(&required.value, &required.file, required.line);
    }
    for (index, file) in sources.files.iter().enumerate() {
        for import in &file.outline.imports {
            reader.import(file, import);
        }
        for (_, import) in called.iter().filter(|(at, _)| *at == index) {
            reader.import(file, import);
        }
        for call in &file.outline.calls {
            reader.call(index, file, call);
        }
        for mention in &file.outline.mentions {
            reader.mention(index, file, mention);
        }
        for used in &file.outline.uses {
            reader.module_use(index, file, used);
        }
    }
    let self_contained = language.data.self_contained;
    Reading {
        self_contained,
        hidden: sources.hidden,
        ..reader.found.into_reading(sources.missing.is_empty(), sources.files.len())
    }
}

/// Packages that are imported by calling a function (`require`).
fn called_imports(evaluator: &Evaluator<'_>, sources: &Sources) -> Vec<(usize, Import)> {
    let mut imports = Vec::new();
    for (index, file) in sources.files.iter().enumerate() {
        for call in &file.outline.calls {
            let place = Place { file: index, scope: call.scope };
            let known = evaluator.known(&call.callee, place);
            if known.iter().any(|function| function.value == Some(Meaning::Import)) {
                let target = match call.arguments.first().map(|a| evaluator.value(&a.value, place)) {
                    Some(value) if !value.unknown && value.outside.is_empty() => value.texts.into_iter().collect(),
                    _ => Vec::new(),
                };
                for text in target.into_iter().filter(|text| !text.more) {
                    let target = text.text.trim_start_matches("node:").to_owned();
                    imports.push((index, Import { target, name: None, line: call.line }));
                }
            }
        }
    }
    imports
}

#[derive(Default)]
struct Findings {
    opens: BTreeMap<String, Found<String>>,
    not_proven: Vec<Found<String>>,
    user_given: Vec<Found<Outside>>,
    subprocesses: BTreeMap<String, Found<String>>,
    unknown_subprocesses: Vec<Found<String>>,
    unknown_packages: Vec<Found<String>>,
    native_code: Vec<Found<String>>,
    time_zones: Vec<Found<String>>,
    tls: Vec<Found<String>>,
}

fn note<T: PartialEq>(list: &mut Vec<Found<T>>, found: Found<T>) {
    if !list.contains(&found) {
        list.push(found);
    }
}

impl Findings {
    fn not_proven(&mut self, found: Found<String>) {
        note(&mut self.not_proven, found);
    }

    fn into_reading(self, complete: bool, files: usize) -> Reading {
        let opens = if !self.not_proven.is_empty() || !complete {
            Opens::NotProven(self.not_proven)
        } else if self.opens.is_empty() {
            Opens::Nothing
        } else {
            Opens::These(self.opens.into_values().collect())
        };
        Reading {
            opens,
            user_given: self.user_given,
            subprocesses: self.subprocesses.into_values().collect(),
            unknown_subprocesses: self.unknown_subprocesses,
            unknown_packages: self.unknown_packages,
            native_code: self.native_code,
            time_zones: self.time_zones,
            tls: self.tls,
            self_contained: false,
            hidden: false,
            complete,
            files,
        }
    }
}

struct Reader<'a> {
    language: &'a Language,
    sources: &'a Sources,
    evaluator: Evaluator<'a>,
    found: Findings,
}

fn at<T>(file: &str, line: usize, value: T) -> Found<T> {
    Found { value, file: file.to_owned(), line }
}

impl Reader<'_> {
    fn import(&mut self, file: &Source, import: &Import) {
        // A module is imported once, its members by their names besides.
        if self.language.data.layout == Layout::Node && import.name.is_some() {
            return;
        }
        if !self.is_own(file, &import.target) {
            self.package(&import.target, &file.path, import.line);
        }
    }

    /// True for a package whose sources are among those that are read.
    fn is_own(&self, file: &Source, target: &str) -> bool {
        match self.language.data.layout {
            Layout::Go => self.sources.own.iter().any(|(known, _)| known == target),
            Layout::Python => target.starts_with('.') || self.is_own_module(file, target),
            Layout::Node => {
                target.starts_with(['.', '/', '#', '~'])
                    || target.starts_with("@/")
                    || matches!(self.language.package(target), Known::No)
                        && !self.sources.required.iter().any(|required| covers_package(&required.value, target))
                        && self.sources.own.iter().any(|(path, _)| {
                            path.strip_prefix(target).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                        })
            }
            Layout::Rust => true,
            Layout::Java => self.is_own_class(target),
            Layout::C => {
                let name = target.trim_matches('"').trim_start_matches("./").trim_start_matches("../");
                self.sources.files.iter().any(|known| {
                    known.path.strip_suffix(name).is_some_and(|head| head.is_empty() || head.ends_with('/'))
                })
            }
        }
    }

    /// True when the class that an import names is declared in a file that was read, or its whole package is.
    fn is_own_class(&self, target: &str) -> bool {
        self.sources.own.iter().any(|(package, unit)| {
            let Some(rest) = target.strip_prefix(package.as_str()) else { return false };
            let class = unit.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
            match rest.strip_prefix('.') {
                Some(rest) => rest.split('.').next() == Some(class),
                None => rest.is_empty(),
            }
        })
    }

    /// True when a module of this name lies where the interpreter looks from a file: its directory, one above, `src`.
    fn is_own_module(&self, file: &Source, target: &str) -> bool {
        let first = target.split('.').next().unwrap_or(target);
        let directories: Vec<&str> = file.path.match_indices('/').filter_map(|(at, _)| file.path.get(..at)).collect();
        ["", "src"].iter().chain(&directories).any(|directory| {
            let module = if directory.is_empty() { first.to_owned() } else { format!("{directory}/{first}") };
            self.sources.own.iter().any(|(path, _)| {
                path.strip_prefix(&module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        })
    }

    fn package(&mut self, target: &str, file: &str, line: usize) {
        let name = plain(self.language, target.trim_matches('"'));
        match self.language.package(&name) {
            Known::Quiet => {}
            Known::No => {
                let why = format!("{target}: what this package opens or starts is not known");
                note(&mut self.found.unknown_packages, at(file, line, target.to_owned()));
                note(&mut self.found.unknown_subprocesses, at(file, line, why.clone()));
                self.found.not_proven(at(file, line, why));
            }
            Known::Package(package) => {
                if let Some(why) = &package.not_proven {
                    self.found.not_proven(at(file, line, format!("{target} {why}")));
                }
                for path in &package.opens {
                    self.open(path.clone(), file, line);
                }
                for command in &package.starts {
                    self.start(command.clone(), file, line);
                }
                if let Some(why) = &package.command_not_proven {
                    note(&mut self.found.unknown_subprocesses, at(file, line, format!("{target} {why}")));
                }
                if package.native {
                    note(&mut self.found.native_code, at(file, line, native_name(self.language, target)));
                }
                if package.tls {
                    note(&mut self.found.tls, at(file, line, target.to_owned()));
                }
                if package.time_zones {
                    note(&mut self.found.time_zones, at(file, line, target.to_owned()));
                }
            }
        }
    }

    fn call(&mut self, index: usize, file: &Source, call: &Call) {
        let place = Place { file: index, scope: call.scope };
        for function in self.evaluator.known(&call.callee, place) {
            self.apply(function, call, place, &file.path);
        }
    }

    /// A function of interest that is not called here may be called anywhere.
    fn mention(&mut self, index: usize, file: &Source, mention: &super::outline::Mention) {
        let place = Place { file: index, scope: mention.scope };
        if mention.what == Expr::Unknown {
            self.found.not_proven(at(&file.path, mention.line, "code that is not understood".to_owned()));
            note(
                &mut self.found.unknown_subprocesses,
                at(&file.path, mention.line, "code that is not understood".to_owned()),
            );
            return;
        }
        if mention.argument_of.as_ref().is_some_and(|call| self.is_followed(call, index)) {
            return;
        }
        for function in self.evaluator.known(&mention.what, place) {
            let name = words(&mention.what);
            if function.opens_files() {
                self.found.not_proven(at(
                    &file.path,
                    mention.line,
                    format!("{name} is passed on without being called"),
                ));
            }
            if function.starts_commands() {
                let why = format!("{name} is passed on without being called");
                note(&mut self.found.unknown_subprocesses, at(&file.path, mention.line, why));
            }
            self.traits(function, &mention.what, &file.path, mention.line);
        }
    }

    /// True for a call whose result is the function given to it, and is followed.
    fn is_followed(&self, call: &Call, file: usize) -> bool {
        let known = self.evaluator.known(&call.callee, Place { file, scope: call.scope });
        !call.escapes && known.iter().any(|function| function.value == Some(Meaning::Function))
    }

    /// A module that is handed on whole: its functions may be called where that is not seen.
    fn module_use(&mut self, index: usize, file: &Source, used: &Use) {
        let place = Place { file: index, scope: used.scope };
        let Named::Qualified(name) = self.evaluator.name(&used.what, place, 0) else { return };
        if used.argument_of.as_ref().is_some_and(|call| self.is_followed(call, index)) {
            return;
        }
        let (opens, starts) = self.language.powers(&name);
        let why = format!("{name} is passed on");
        if starts {
            note(&mut self.found.unknown_subprocesses, at(&file.path, used.line, why.clone()));
        }
        if opens {
            self.found.not_proven(at(&file.path, used.line, why));
        }
    }

    fn traits(&mut self, function: &Function, what: &Expr, file: &str, line: usize) {
        if function.tls {
            note(&mut self.found.tls, at(file, line, words(what)));
        }
        if function.time_zones {
            note(&mut self.found.time_zones, at(file, line, words(what)));
        }
    }

    fn apply(&mut self, function: &Function, call: &Call, place: Place, file: &str) {
        self.traits(function, &call.callee, file, call.line);
        if let Some(why) = &function.not_proven {
            self.found.not_proven(at(file, call.line, format!("{} {why}", words(&call.callee))));
        }
        if let Some(why) = &function.command_not_proven {
            let why = format!("{} {why}", words(&call.callee));
            note(&mut self.found.unknown_subprocesses, at(file, call.line, why));
        }
        if let Some(command) = &function.starts_command {
            self.start(command.clone(), file, call.line);
        }
        if function.value == Some(Meaning::Import) {
            self.called_import(call, place, file);
        }
        let mut paths: Vec<Value> = Vec::new();
        for selector in &function.opens {
            if let Some(given) = argument(call, selector) {
                match given.spread {
                    true => paths.push(Value::unknown()),
                    false => paths.push(self.evaluator.value(given.value, place)),
                }
            }
        }
        if let Some(from) = function.opens_from {
            for argument in call.arguments.iter().filter(|a| a.name.is_none()).skip(from) {
                match (&argument.value, argument.spread) {
                    (Expr::List(_), _) | (_, true) => paths.extend(self.evaluator.values(&argument.value, place)),
                    (value, false) => paths.push(self.evaluator.value(value, place)),
                }
            }
        }
        if paths.is_empty() {
            for path in &function.opens_default {
                self.open(path.clone(), file, call.line);
            }
        }
        for value in paths {
            self.open_value(&value, function, call, file);
        }
        for given in function.loads.iter().filter_map(|selector| argument(call, selector)) {
            let value = if given.spread { Value::unknown() } else { self.evaluator.value(given.value, place) };
            self.load_value(&value, call, file);
        }
        for selector in &function.starts {
            if let Some(given) = argument(call, selector) {
                // The image that holds the program can start it once more.
                if !given.spread && self.evaluator.is_program(given.value, place, 0) {
                    continue;
                }
                let value = match given.spread {
                    true => Value::unknown(),
                    false => self.evaluator.first(given.value, place),
                };
                let named = |name: &String| call.arguments.iter().any(|argument| argument.name.as_ref() == Some(name));
                self.start_value(&value, function.shell_if.iter().any(named), call, file);
                if value.texts.iter().any(|text| is_shell(&text.text)) {
                    self.shell_arguments(selector, given.value, call, place, file);
                }
                self.module_argument(given.value, place, call, file);
            }
        }
        for selector in &function.shell {
            if let Some(given) = argument(call, selector) {
                let value = self.evaluator.value(given.value, place);
                self.start_value(&value, true, call, file);
            }
        }
    }

    fn called_import(&mut self, call: &Call, place: Place, file: &str) {
        let value = call.arguments.first().map_or_else(Value::unknown, |a| self.evaluator.value(&a.value, place));
        if value.is_open() || !value.outside.is_empty() || value.texts.iter().any(|text| text.more) {
            let why = format!("{} loads a module whose name is computed", words(&call.callee));
            note(&mut self.found.unknown_subprocesses, at(file, call.line, why.clone()));
            self.found.not_proven(at(file, call.line, why));
        }
    }

    fn open_value(&mut self, value: &Value, function: &Function, call: &Call, file: &str) {
        let name = words(&call.callee);
        for outside in &value.outside {
            note(&mut self.found.user_given, at(file, call.line, outside.clone()));
        }
        let mut paths = Vec::new();
        let mut unknown = value.unknown;
        for text in &value.texts {
            // An empty default means that the value has to come from outside.
            if text.text.is_empty() && !text.more && !value.outside.is_empty() {
                continue;
            }
            let path = match &function.empty {
                Some(empty) if text.text.is_empty() && !text.more => Some(empty.clone()),
                _ => path_of(text),
            };
            match path {
                Some(path) => paths.push(path),
                None => unknown = true,
            }
        }
        if unknown || paths.is_empty() {
            let why = match value.outside.iter().next() {
                Some(Outside::Environment(variable)) => {
                    format!("{name} opens a path from the environment variable {variable}")
                }
                Some(Outside::Flag(flag)) => format!("{name} opens a path from the flag {flag}"),
                Some(Outside::Argument) => format!("{name} opens a path from the command line"),
                None => format!("{name} opens a path that is computed"),
            };
            self.found.not_proven(at(file, call.line, why));
        }
        for path in paths {
            // Another value from outside is likely to name a neighbour of the default.
            if (function.creates || !value.outside.is_empty())
                && let Some(parent) = parent_of(&path)
            {
                self.open(parent.to_owned(), file, call.line);
            }
            self.open(path, file, call.line);
        }
    }

    /// A library by its path is a file; a library by its name is the system's.
    fn load_value(&mut self, value: &Value, call: &Call, file: &str) {
        let computed = value.is_open() || !value.outside.is_empty() || value.texts.iter().any(|text| text.more);
        if computed || value.texts.is_empty() {
            let why = format!("{} loads a library whose name is computed", words(&call.callee));
            note(&mut self.found.native_code, at(file, call.line, why.clone()));
            self.found.not_proven(at(file, call.line, why));
        }
        for text in value.texts.iter().filter(|text| !text.more && !text.text.is_empty()) {
            note(&mut self.found.native_code, at(file, call.line, text.text.clone()));
            if text.text.contains('/') {
                self.open(super::value::normal(&text.text), file, call.line);
            }
        }
    }

    fn open(&mut self, path: String, file: &str, line: usize) {
        if !is_of_the_system(&path) {
            self.found.opens.entry(path.clone()).or_insert_with(|| at(file, line, path));
        }
    }

    fn start_value(&mut self, value: &Value, shell: bool, call: &Call, file: &str) {
        for outside in &value.outside {
            note(&mut self.found.user_given, at(file, call.line, outside.clone()));
        }
        let mut commands = Vec::new();
        // Who gives a shell another text than the default may have it run anything.
        let mut unknown = value.is_open() || shell && !value.outside.is_empty();
        for text in &value.texts {
            if shell || text.text.contains(char::is_whitespace) {
                match shell_commands(text) {
                    Some(names) => {
                        unknown |= names.iter().any(|name| is_shell(name));
                        commands.extend(names);
                    }
                    None => unknown = true,
                }
                if shell {
                    commands.push("sh".to_owned());
                }
            } else if text.more || text.text.is_empty() {
                unknown = true;
            } else {
                commands.push(text.text.clone());
            }
        }
        for command in commands {
            self.launch(&command, file, call.line);
            self.start(command, file, call.line);
        }
        if unknown {
            let why = format!("{} starts a command whose name is computed", words(&call.callee));
            note(&mut self.found.unknown_subprocesses, at(file, call.line, why));
        }
    }

    /// A shell that is started by name runs the line behind its `-c`.
    fn shell_arguments(&mut self, selector: &Selector, given: &Expr, call: &Call, place: Place, file: &str) {
        let mut rest: Vec<Value> = match given {
            Expr::List(_) | Expr::Name(_) => self.evaluator.values(given, place).into_iter().skip(1).collect(),
            // A list that a function makes of its arguments.
            Expr::Call(list) => {
                list.arguments.iter().skip(1).map(|argument| self.evaluator.value(&argument.value, place)).collect()
            }
            _ => Vec::new(),
        };
        if let Selector::Place(at) = selector {
            for argument in call.arguments.iter().filter(|argument| argument.name.is_none()).skip(at + 1) {
                match self.evaluator.value(&argument.value, place) {
                    value if value.only_text().is_some() => rest.push(value),
                    value => match self.evaluator.values(&argument.value, place) {
                        many if many.iter().all(|one| one.unknown) => rest.push(value),
                        many => rest.extend(many),
                    },
                }
            }
        }
        let mut rest = rest.into_iter();
        while let Some(option) = rest.next().and_then(|value| value.only_text()) {
            if option.starts_with('-') && option.ends_with('c') {
                let line = rest.next().unwrap_or_else(Value::unknown);
                self.start_value(&line, true, call, file);
                return;
            }
            // The name again, as `argv[0]`, or another option.
            if !is_shell(&option) && !option.starts_with('-') {
                break;
            }
        }
        let why = format!("{} starts a shell whose commands are not known", words(&call.callee));
        note(&mut self.found.unknown_subprocesses, at(file, call.line, why));
    }

    /// An interpreter with `-m NAME` runs that module, which is a command by the same name.
    fn module_argument(&mut self, given: &Expr, place: Place, call: &Call, file: &str) {
        if !matches!(given, Expr::List(_) | Expr::Name(_)) {
            return;
        }
        let texts: Vec<Option<String>> =
            self.evaluator.values(given, place).iter().map(super::value::Value::only_text).collect();
        let [Some(command), Some(option), Some(module), ..] = texts.as_slice() else { return };
        let name = command.rsplit('/').next().unwrap_or(command);
        if option == "-m" && launchers().interpreters.contains(name) {
            self.start(module.clone(), file, call.line);
        }
    }

    /// What is started may itself start what its name does not tell.
    fn launch(&mut self, command: &str, file: &str, line: usize) {
        const SYSTEM: &[&str] = &["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];
        let (directory, name) = command.rsplit_once('/').unwrap_or(("", command));
        let own = command.contains('/') && !SYSTEM.contains(&directory);
        let runs_others = launchers().launchers.contains(name) && !self.language.data.interpreters.contains_key(name);
        if own || runs_others {
            let why = format!("{command} starts commands of its own");
            note(&mut self.found.unknown_subprocesses, at(file, line, why));
        }
    }

    fn start(&mut self, command: String, file: &str, line: usize) {
        if command.contains('/') {
            self.open(super::value::normal(&command), file, line);
        }
        self.found.subprocesses.entry(command.clone()).or_insert_with(|| at(file, line, command));
    }
}

/// `net` and `os/user` use C only where the build allows it; they are told apart from packages that need it.
fn native_name(language: &Language, target: &str) -> String {
    let first = target.split(language.data.package_separator.as_str()).next().unwrap_or(target);
    if language.data.standard.contains(first) { format!("{target} (standard library)") } else { target.to_owned() }
}

/// Paths that an image's base has, or that the kernel makes.
fn is_of_the_system(path: &str) -> bool {
    const TREES: &[&str] = &["/proc", "/sys", "/dev", "/tmp", "/run", "/var/run", "/var/tmp", "/etc/ssl", "/etc/pki"];
    const FILES: &[&str] = &[
        "/etc/passwd",
        "/etc/group",
        "/etc/hosts",
        "/etc/hostname",
        "/etc/resolv.conf",
        "/etc/nsswitch.conf",
        "/etc/localtime",
        "/etc/timezone",
        "/etc/os-release",
        "/etc/machine-id",
        "/etc/mime.types",
        "/.dockerenv",
    ];
    FILES.contains(&path)
        || TREES.iter().any(|tree| path.strip_prefix(tree).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

fn is_shell(command: &str) -> bool {
    crate::facts::shells::is_shell(command)
}

/// True when an import names a package or something inside it.
fn covers_package(package: &str, target: &str) -> bool {
    target.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An expression in short words, for evidence.
fn words(expr: &Expr) -> String {
    match expr {
        Expr::Name(name) => name.clone(),
        Expr::Member(object, member) => match object.as_ref() {
            Expr::Name(_) | Expr::Member(..) => format!("{}.{member}", words(object)),
            _ => format!(".{member}"),
        },
        _ => "a call".to_owned(),
    }
}
