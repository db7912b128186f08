//! What is known about a language: its grammar's node kinds, its functions and its packages, as data.
//!
//! One file a language in `heuristics/programs/`. The reader knows shapes (a call, a binding, a function), the file says
//! which node kinds have which shape and which functions open files; no function of any language is named in code.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// A language as its file describes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Data {
    /// Extension of a source file, and the grammar that reads it.
    pub(super) extensions: BTreeMap<String, GrammarId>,
    /// Extensions of sources that belong to the program but that no grammar here reads.
    #[serde(default)]
    pub(super) unread_extensions: Vec<String>,
    /// Directories (names, anywhere, or the last parts of a path) that hold no sources of the program's own.
    #[serde(default)]
    pub(super) foreign_directories: Vec<String>,
    /// Parts of names of files that are not the program's: tests, the configuration of build tools.
    #[serde(default)]
    pub(super) foreign_files: Vec<String>,
    /// Extensions of sources that run from another place than they stand at.
    #[serde(default)]
    pub(super) compiled_extensions: Vec<String>,
    /// What separates the parts of a qualified name.
    pub(super) separator: String,
    /// What separates the parts of a package's name: `net/http`, `java.io`, `std::fs`.
    pub(super) package_separator: String,
    /// How the sources of one program are found and what its imports mean.
    pub(super) layout: Layout,
    pub(super) syntax: Syntax,
    /// First parts of the names of packages that come with the language.
    pub(super) standard: BTreeSet<String>,
    /// What a build makes of the sources is one file, which needs nothing else that the build made.
    #[serde(default)]
    pub(super) self_contained: bool,
    /// A module can be handed on as a value, and its functions be called where that is not seen.
    #[serde(default)]
    pub(super) modules_are_values: bool,
    /// Interpreters of scripts whose names have no extension, as `#!` lines name them, and the grammar that reads those.
    #[serde(default)]
    pub(super) interpreters: BTreeMap<String, GrammarId>,
    /// Names that hold the environment: `os.environ`.
    #[serde(default)]
    pub(super) environment: Vec<String>,
    /// Names that hold the command line arguments.
    #[serde(default)]
    pub(super) arguments: Vec<String>,
    /// The first of these arguments is the path that the program was started by.
    #[serde(default)]
    pub(super) arguments_start_with_program: bool,
    /// Methods that change what they are called on, and functions that change their first argument.
    #[serde(default)]
    pub(super) mutators: BTreeSet<String>,
    /// Third-party packages that open no files, start no commands and make no connections, apart from the functions named.
    #[serde(default)]
    pub(super) quiet: BTreeSet<String>,
    #[serde(default, rename = "package")]
    pub(super) packages: Vec<Package>,
    #[serde(default, rename = "function")]
    pub(super) functions: Vec<Function>,
}

/// The grammars that are compiled in.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub(super) enum GrammarId {
    Go,
    Python,
    Javascript,
    Typescript,
    Tsx,
    Rust,
    Java,
    C,
    Cpp,
}

impl GrammarId {
    pub(super) fn language(self) -> tree_sitter::Language {
        match self {
            Self::Go => tree_sitter_go::LANGUAGE.into(),
            Self::Python => tree_sitter_python::LANGUAGE.into(),
            Self::Javascript => tree_sitter_javascript::LANGUAGE.into(),
            Self::Typescript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
            Self::Java => tree_sitter_java::LANGUAGE.into(),
            Self::C => tree_sitter_c::LANGUAGE.into(),
            Self::Cpp => tree_sitter_cpp::LANGUAGE.into(),
        }
    }
}

/// How the files of a program hang together; also the dialect in which imports are written.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Layout {
    /// One directory a package, followed from the main package through the module.
    Go,
    /// Every source below the root.
    Python,
    /// Every source below the root.
    Node,
    /// The package and the workspace members it depends on by path.
    Rust,
    /// Every source below the root.
    Java,
    /// Every source below the root.
    C,
}

/// Node kinds by shape. A kind that the grammar of a file does not have is passed over.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Syntax {
    /// String literals, also those with interpolated parts.
    pub(super) strings: Vec<String>,
    /// Identifiers that stand for a value, and names of members.
    pub(super) names: Vec<String>,
    /// `[kind, object field, member field]`.
    pub(super) members: Vec<[String; 3]>,
    /// `[kind, object field, index field]`; an empty field is the child at that place.
    #[serde(default)]
    pub(super) subscripts: Vec<[String; 3]>,
    pub(super) calls: Vec<CallShape>,
    /// Binary operators that put two texts together: `[kind, operator]`.
    pub(super) concatenations: Vec<[String; 2]>,
    /// Literals written side by side.
    #[serde(default)]
    pub(super) adjacent: Vec<String>,
    /// Binary operators that join two paths: `[kind, operator]`.
    #[serde(default)]
    pub(super) joins: Vec<[String; 2]>,
    /// Expressions that have one of several values: `[kind, operator or "", fields…]`.
    #[serde(default)]
    pub(super) alternatives: Vec<Vec<String>>,
    /// Expressions that have the value of one part: `[kind, field]`; an empty field is the first named child.
    #[serde(default)]
    pub(super) transparent: Vec<[String; 2]>,
    /// Kinds of those that may stand around what is called: `f::<T>(…)`.
    #[serde(default)]
    pub(super) callee_wrappers: Vec<String>,
    /// Blocks that have the value of their last expression.
    #[serde(default)]
    pub(super) blocks: Vec<String>,
    /// Kinds that list values.
    #[serde(default)]
    pub(super) lists: Vec<String>,
    /// Lists that with one value are that value.
    #[serde(default)]
    pub(super) unwrapping_lists: Vec<String>,
    /// Statements that declare names of the file's scope to be written to.
    #[serde(default)]
    pub(super) globals: Vec<String>,
    /// `name = value` inside argument lists and literals: `[kind, name field, value field]`.
    #[serde(default)]
    pub(super) named_arguments: Vec<[String; 3]>,
    /// Arguments that stand for any number of arguments.
    #[serde(default)]
    pub(super) spreads: Vec<String>,
    pub(super) functions: Vec<FunctionShape>,
    pub(super) bindings: Vec<BindingShape>,
    /// Kinds whose every name is bound to something unknown (patterns).
    #[serde(default)]
    pub(super) unknown_bindings: Vec<String>,
    pub(super) returns: Vec<String>,
    /// `[kind, name field]` of macro calls whose arguments the grammar leaves as tokens.
    #[serde(default)]
    pub(super) macros: Vec<[String; 2]>,
    /// Subtrees of tokens that the grammar does not read as code.
    #[serde(default)]
    pub(super) tokens: Vec<String>,
    /// Subtrees that bring in code of another language.
    #[serde(default)]
    pub(super) opaque: Vec<String>,
    /// Attributes, as written, of items that are built for tests only.
    #[serde(default)]
    pub(super) tests: Vec<String>,
    /// Declarations that construct a value: `[kind, type field, declarator field]`.
    #[serde(default)]
    pub(super) declarations: Vec<[String; 3]>,
    /// `[kind, operand field]` of an expression that gives a name away so that it may be written to.
    #[serde(default)]
    pub(super) address_of: Vec<[String; 3]>,
    pub(super) imports: Vec<String>,
    /// Statements that are imports when they have a field: `[kind, field]`.
    #[serde(default)]
    pub(super) imports_with: Vec<[String; 2]>,
    /// Statements that give what they declare to other files.
    #[serde(default)]
    pub(super) exports: Vec<String>,
    /// Patterns that give members of a value to names: `{ a, b: c }`.
    #[serde(default)]
    pub(super) member_patterns: Vec<String>,
    /// Statements that are one expression, whose value goes nowhere.
    #[serde(default)]
    pub(super) statements: Vec<String>,
    /// Fields that hold the name of a type and nothing that runs.
    #[serde(default)]
    pub(super) type_fields: Vec<String>,
    /// Subtrees that are no code: attributes, comments, types.
    #[serde(default)]
    pub(super) skipped: Vec<String>,
}

/// The shape of a call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallShape {
    pub(super) kind: String,
    /// Field with what is called.
    #[serde(default)]
    pub(super) callee: String,
    /// Field with the receiver, where the callee is split in two.
    #[serde(default)]
    pub(super) object: String,
    /// Field with the method's name, where the callee is split in two.
    #[serde(default)]
    pub(super) name: String,
    /// Field with the arguments.
    pub(super) arguments: String,
}

/// The shape of a function.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FunctionShape {
    pub(super) kind: String,
    /// Field with its name; empty for a function without one.
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) parameters: String,
    /// It can be called by code that is not seen, such as a framework.
    #[serde(default)]
    pub(super) method: bool,
    /// The value of its body is what it returns.
    #[serde(default)]
    pub(super) value_body: bool,
}

/// The shape of something that gives a name a value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BindingShape {
    pub(super) kind: String,
    pub(super) left: String,
    /// Field with the value; empty when the value is not known.
    #[serde(default)]
    pub(super) right: String,
    /// It writes to a name that was declared elsewhere.
    #[serde(default)]
    pub(super) assigns: bool,
    /// Without a value the name stands for an empty text.
    #[serde(default)]
    pub(super) empty: bool,
    /// The operator that must be there for the value to be the whole value.
    #[serde(default)]
    pub(super) operator: String,
}

/// What is known about packages, beyond being quiet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Package {
    pub(super) names: Vec<String>,
    /// Files that it opens as soon as it is there.
    #[serde(default)]
    pub(super) opens: Vec<String>,
    /// Commands that it starts.
    #[serde(default)]
    pub(super) starts: Vec<String>,
    /// It opens files that its sources cannot tell: why.
    #[serde(default)]
    pub(super) not_proven: Option<String>,
    /// It starts commands that its sources cannot tell: why.
    #[serde(default)]
    pub(super) command_not_proven: Option<String>,
    /// It links C code.
    #[serde(default)]
    pub(super) native: bool,
    #[serde(default)]
    pub(super) tls: bool,
    #[serde(default)]
    pub(super) time_zones: bool,
}

/// What functions do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Function {
    /// Qualified names; a leading dot means a method of any receiver.
    pub(super) names: Vec<String>,
    /// Only in a program in whose sources one of these words stands.
    #[serde(default)]
    pub(super) when_mentioned: Vec<String>,
    /// Only in a program that imports one of these packages.
    #[serde(default)]
    pub(super) when_imported: Vec<String>,
    /// Arguments (positions from zero, or names) that are paths of files it opens.
    #[serde(default)]
    pub(super) opens: Vec<Selector>,
    /// Every argument from this position on is a path.
    #[serde(default)]
    pub(super) opens_from: Option<usize>,
    /// What it opens when no argument names a path.
    #[serde(default)]
    pub(super) opens_default: Vec<String>,
    /// What an empty text stands for.
    #[serde(default)]
    pub(super) empty: Option<String>,
    /// It writes: the directory that holds the path has to be there too.
    #[serde(default)]
    pub(super) creates: bool,
    /// Arguments that name a native library: a path, or a name that the loader looks for.
    #[serde(default)]
    pub(super) loads: Vec<Selector>,
    /// The argument that holds the command's name or its argument list.
    #[serde(default)]
    pub(super) starts: Vec<Selector>,
    /// The argument that holds a line for the shell.
    #[serde(default)]
    pub(super) shell: Vec<Selector>,
    /// Names of arguments with which what it starts is a line for the shell.
    #[serde(default)]
    pub(super) shell_if: Vec<String>,
    /// Command that it starts whatever its arguments are.
    #[serde(default)]
    pub(super) starts_command: Option<String>,
    /// It opens files that the call does not tell: why.
    #[serde(default)]
    pub(super) not_proven: Option<String>,
    /// It starts a command that the call does not tell: why.
    #[serde(default)]
    pub(super) command_not_proven: Option<String>,
    #[serde(default)]
    pub(super) tls: bool,
    #[serde(default)]
    pub(super) time_zones: bool,
    /// What its result is, when that can be a path.
    #[serde(default)]
    pub(super) value: Option<Meaning>,
    /// The argument that a value is made from, where it is not the first.
    #[serde(default)]
    pub(super) of: Option<Selector>,
    /// The text of a constant.
    #[serde(default)]
    pub(super) text: Option<String>,
    /// The argument that holds the default of an environment variable or flag.
    #[serde(default)]
    pub(super) default: Option<Selector>,
}

/// An argument of a call.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub(super) enum Selector {
    /// By place, from zero.
    Place(usize),
    /// By name; `@receiver` is what the method is called on, `@last` the last argument.
    Name(String),
}

/// What the result of a function is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Meaning {
    /// Any of its arguments.
    Either,
    /// One of its arguments, unchanged as far as paths go.
    Same,
    /// Its arguments (its receiver first) joined as a path.
    Join,
    /// The directory part of its argument.
    Directory,
    /// Its arguments put together.
    Concat,
    /// Its first argument is a format for the others.
    Format,
    /// The working directory.
    Here,
    /// The directory that holds the source file.
    SourceDirectory,
    /// The source file.
    SourceFile,
    /// The text that the data gives.
    Constant,
    /// A command line argument.
    Argument,
    /// The path of the program itself.
    Program,
    /// The value of an environment variable.
    Environment,
    /// The value of a command line flag.
    Flag,
    /// The function given to it.
    Function,
    /// The package whose name is its argument.
    Import,
}

impl Function {
    /// Calling it can open files.
    pub(super) fn opens_files(&self) -> bool {
        !self.opens.is_empty()
            || self.opens_from.is_some()
            || self.not_proven.is_some()
            || !self.loads.is_empty()
            || !self.opens_default.is_empty()
    }

    /// Calling it can start commands.
    pub(super) fn starts_commands(&self) -> bool {
        !self.starts.is_empty()
            || !self.shell.is_empty()
            || self.starts_command.is_some()
            || self.command_not_proven.is_some()
    }
}

impl Selector {
    pub(super) const RECEIVER: &'static str = "@receiver";
    pub(super) const LAST: &'static str = "@last";
}

/// A language's data, ready to be asked.
#[derive(Debug)]
pub(super) struct Language {
    pub(super) data: Data,
    by_name: BTreeMap<String, Vec<usize>>,
    by_last: BTreeMap<String, Vec<String>>,
    packages: BTreeMap<String, usize>,
    /// Texts that stand where a function that opens files or starts commands is called.
    suspicious: Vec<String>,
}

impl Language {
    fn new(data: Data) -> Self {
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut by_last: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (index, function) in data.functions.iter().enumerate() {
            for name in &function.names {
                by_name.entry(name.clone()).or_default().push(index);
                let last = last_part(name, &data.separator);
                let names = by_last.entry(last.to_owned()).or_default();
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        let mut packages = BTreeMap::new();
        for (index, package) in data.packages.iter().enumerate() {
            for name in &package.names {
                packages.insert(name.clone(), index);
            }
        }
        let mut suspicious = Vec::new();
        for function in data.functions.iter().filter(|f| f.opens_files() || f.starts_commands()) {
            for name in &function.names {
                let mut parts: Vec<&str> = name.rsplitn(3, data.separator.as_str()).take(2).collect();
                parts.reverse();
                suspicious.push(parts.join(&data.separator));
            }
        }
        suspicious.sort();
        suspicious.dedup();
        Self { data, by_name, by_last, packages, suspicious }
    }

    /// The functions of exactly this name.
    pub(super) fn functions<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Function> {
        self.by_name.get(name).into_iter().flatten().filter_map(|index| self.data.functions.get(*index))
    }

    /// True when a function of the data ends in this name.
    pub(super) fn is_interesting(&self, last: &str) -> bool {
        self.by_last.contains_key(last)
    }

    /// True when a text that is not read as code may hold a call that opens files or starts commands.
    pub(super) fn is_suspicious(&self, text: &str) -> bool {
        self.suspicious.iter().any(|needle| text.contains(needle.as_str()))
    }

    /// Whether a package has functions that open files, and whether it has some that start commands.
    pub(super) fn powers(&self, package: &str) -> (bool, bool) {
        let inside = |name: &String| {
            name.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with(&self.data.separator))
        };
        let (mut opens, mut starts) = (false, false);
        for function in self.data.functions.iter().filter(|function| function.names.iter().any(inside)) {
            opens |= function.opens_files();
            starts |= function.starts_commands();
        }
        (opens, starts)
    }

    /// Full names of functions that end in `last`.
    pub(super) fn names_ending(&self, last: &str) -> &[String] {
        self.by_last.get(last).map_or(&[], Vec::as_slice)
    }

    /// What is known of a package: the longest name that covers it.
    pub(super) fn package(&self, name: &str) -> Known<'_> {
        let separator = &self.data.package_separator;
        let mut rest = Some(name);
        while let Some(candidate) = rest {
            if let Some(package) = self.packages.get(candidate).and_then(|index| self.data.packages.get(*index)) {
                return Known::Package(package);
            }
            if self.data.quiet.contains(candidate) {
                return Known::Quiet;
            }
            rest = candidate.rfind(separator.as_str()).and_then(|at| candidate.get(..at));
        }
        let first = name.split(separator.as_str()).next().unwrap_or(name);
        if self.data.standard.contains(first) || self.data.standard.contains(name) { Known::Quiet } else { Known::No }
    }
}

/// What is known about a package.
#[derive(Debug)]
pub(super) enum Known<'a> {
    /// Nothing happens but through the functions named.
    Quiet,
    /// See there.
    Package(&'a Package),
    /// Nothing is known.
    No,
}

/// The part of a qualified name behind the last separator (or dot).
pub(super) fn last_part<'a>(name: &'a str, separator: &str) -> &'a str {
    let name = name.rsplit_once(separator).map_or(name, |(_, last)| last);
    name.rsplit_once('.').map_or(name, |(_, last)| last)
}

/// Commands that start other commands.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Launchers {
    /// Each runs what its arguments name.
    pub(super) launchers: BTreeSet<String>,
    /// Each runs what it reads from its standard input; shells do, too.
    pub(super) interpreters: BTreeSet<String>,
    /// Commands that builds call to compile.
    pub(super) compile: Vec<String>,
    /// Commands that open TLS connections with the system's certificate authorities.
    pub(super) tls: Vec<String>,
    /// Commands that handle containers, clusters or machines from outside.
    pub(super) hosts: BTreeSet<String>,
    /// Commands that look into programs that run.
    pub(super) inspects: BTreeSet<String>,
    /// Commands that start others by themselves.
    pub(super) starts: BTreeMap<String, Vec<String>>,
    /// Commands that start others where a text has one of the words.
    pub(super) starts_for: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Installers, and the commands with which they compile.
    pub(super) compilers: BTreeMap<String, Vec<String>>,
}

/// The commands that start other commands.
pub(super) fn launchers() -> &'static Launchers {
    static LAUNCHERS: OnceLock<Launchers> = OnceLock::new();
    let text = include_str!(concat!(env!("OUT_DIR"), "/data/launchers.json"));
    LAUNCHERS.get_or_init(|| serde_json::from_str(text).unwrap_or_default())
}

/// The language that answers to an id of `heuristics/`.
pub(super) fn language(id: &str) -> Option<&'static Language> {
    static GO: OnceLock<Option<Language>> = OnceLock::new();
    static PYTHON: OnceLock<Option<Language>> = OnceLock::new();
    static RUST: OnceLock<Option<Language>> = OnceLock::new();
    static NODE: OnceLock<Option<Language>> = OnceLock::new();
    static JAVA: OnceLock<Option<Language>> = OnceLock::new();
    static C: OnceLock<Option<Language>> = OnceLock::new();
    let (cell, text) = match id {
        "go" => (&GO, include_str!(concat!(env!("OUT_DIR"), "/programs/go.json"))),
        "python" => (&PYTHON, include_str!(concat!(env!("OUT_DIR"), "/programs/python.json"))),
        "rust" => (&RUST, include_str!(concat!(env!("OUT_DIR"), "/programs/rust.json"))),
        "node" => (&NODE, include_str!(concat!(env!("OUT_DIR"), "/programs/node.json"))),
        "java" => (&JAVA, include_str!(concat!(env!("OUT_DIR"), "/programs/java.json"))),
        "c" | "cpp" | "c-cpp" => (&C, include_str!(concat!(env!("OUT_DIR"), "/programs/c.json"))),
        _ => return None,
    };
    cell.get_or_init(|| serde_json::from_str(text).map(Language::new).ok()).as_ref()
}
