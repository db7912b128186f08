//! Where a command reads or writes, as a heuristics file says it.

use crate::facts::heuristics::template::Template;
use serde::{Deserialize, Serialize};

/// What kind of thing is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WriteKind {
    /// Sources, brought from elsewhere.
    Source,
    /// What an interpreter loads: `node_modules`, site-packages.
    Dependency,
    /// Files that packages bring beside themselves; none where no package is known to bring any.
    PackageData,
    /// A self-contained result.
    Artifact,
    /// A build tree that may hold artifacts: `target/`.
    Intermediate,
    /// A cache; it leaves unless run time asks for something in it.
    Cache,
    /// Downloads and generated files; needed.
    Data,
    /// Not known.
    #[default]
    Unknown,
}

/// How far a write reaches from its path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// The path itself, and everything below when it is a directory.
    #[default]
    Path,
    /// Files of unknown names directly in the directory.
    Into,
    /// Unknown writes anywhere below.
    Within,
}

/// One place that a command reads or writes: exactly one of `path`, `into`, `within`, `flag`, `arg`, `args`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawLocation")]
pub struct Location {
    /// Where.
    pub place: Place,
    /// How far it reaches.
    pub reach: Reach,
    /// Kind of what is written.
    pub kind: WriteKind,
    /// Only when one of these options or words is present.
    pub if_flag: Vec<String>,
    /// Not when one of these is present.
    pub unless_flag: Vec<String>,
    /// Only when one of these variables has this value: `NAME=glob`.
    pub if_env: Vec<String>,
    /// Not when one of these variables has this value.
    pub unless_env: Vec<String>,
    /// The words are lists of paths with this separator (`java -cp a:b`).
    pub split: Option<char>,
    /// Where when the option or argument is absent.
    pub default: Option<Template>,
    /// Only the last component of the word counts (`git clone URL`, `curl -O URL`).
    pub basename: bool,
    /// An ending that is cut off (`.git`).
    pub strip: Option<String>,
    /// The ending that takes the place of the word's own: a second file beside the one that is named (`tls.pem`, `tls.key`).
    pub ending: Option<String>,
    /// What is added to the word: a second file beside the one that is named (`key`, `key.pub`).
    pub suffix: Option<String>,
    /// The directory that relative words start from; the working directory when absent.
    pub directory: Option<Template>,
    /// The place may be a directory; the words that name files in it are the other arguments (`cp a b dir`).
    pub names: bool,
    /// The command may write there, and does not always.
    pub may: bool,
    /// Only when one of these stands in a word of the command or in a file that it reads. Then it may write there.
    pub signs: Vec<String>,
    /// Not when one of these stands in a word of the command or in a file that it reads.
    pub unless_signs: Vec<String>,
    /// Only where this file is there already.
    pub if_file: Option<Template>,
    /// What lies in the cache is what the command downloads.
    pub downloads: Option<Downloads>,
}

/// A cache of downloads: they weigh what the table of sizes says of the packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Downloads {
    /// The option that does without it, where one is enough.
    pub without: Option<String>,
    /// Texts in the command, or in a file that it reads, with which packages come from elsewhere: then nothing is known of
    /// their size.
    #[serde(default)]
    pub elsewhere: Vec<String>,
}

/// Where a [`Location`] is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A path template.
    Path(Template),
    /// The value of one of these options.
    Flag(Vec<String>),
    /// The positional argument of this index; negative ones count from the end.
    Arg(i32),
    /// All positional arguments.
    Args,
    /// All positional arguments but the first.
    ArgsButFirst,
    /// All positional arguments but the last.
    ArgsButLast,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLocation {
    path: Option<Template>,
    into: Option<Template>,
    within: Option<Template>,
    flag: Option<Vec<String>>,
    arg: Option<i32>,
    args: Option<ArgsForm>,
    reach: Option<Reach>,
    #[serde(default)]
    kind: WriteKind,
    #[serde(default)]
    if_flag: Vec<String>,
    #[serde(default)]
    unless_flag: Vec<String>,
    #[serde(default)]
    if_env: Vec<String>,
    #[serde(default)]
    unless_env: Vec<String>,
    split: Option<char>,
    default: Option<Template>,
    #[serde(default)]
    basename: bool,
    strip: Option<String>,
    ending: Option<String>,
    suffix: Option<String>,
    directory: Option<Template>,
    #[serde(default)]
    names: bool,
    #[serde(default)]
    may: bool,
    #[serde(default)]
    signs: Vec<String>,
    #[serde(default)]
    unless_signs: Vec<String>,
    if_file: Option<Template>,
    downloads: Option<Downloads>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ArgsForm {
    All(bool),
    Some(String),
}

impl TryFrom<RawLocation> for Location {
    type Error = String;

    fn try_from(raw: RawLocation) -> Result<Self, String> {
        let mut places = Vec::new();
        let mut reach = raw.reach.unwrap_or_default();
        if let Some(template) = raw.path {
            places.push(Place::Path(template));
        }
        if let Some(template) = raw.into {
            reach = Reach::Into;
            places.push(Place::Path(template));
        }
        if let Some(template) = raw.within {
            reach = Reach::Within;
            places.push(Place::Path(template));
        }
        if let Some(names) = raw.flag {
            places.push(Place::Flag(names));
        }
        if let Some(index) = raw.arg {
            places.push(Place::Arg(index));
        }
        match raw.args {
            Some(ArgsForm::All(true)) => places.push(Place::Args),
            Some(ArgsForm::Some(which)) if which == "but-last" => places.push(Place::ArgsButLast),
            Some(ArgsForm::Some(which)) if which == "but-first" => places.push(Place::ArgsButFirst),
            Some(_) => return Err("`args` is true, \"but-first\" or \"but-last\"".to_owned()),
            None => {}
        }
        let (Some(place), true) = (places.pop(), places.is_empty()) else {
            return Err("exactly one of `path`, `into`, `within`, `flag`, `arg`, `args` says where".to_owned());
        };
        Ok(Location {
            place,
            reach,
            kind: raw.kind,
            if_flag: raw.if_flag,
            unless_flag: raw.unless_flag,
            if_env: raw.if_env,
            unless_env: raw.unless_env,
            split: raw.split,
            default: raw.default,
            basename: raw.basename,
            strip: raw.strip,
            ending: raw.ending,
            suffix: raw.suffix,
            directory: raw.directory,
            names: raw.names,
            may: raw.may || !raw.signs.is_empty(),
            signs: raw.signs,
            unless_signs: raw.unless_signs,
            if_file: raw.if_file,
            downloads: raw.downloads,
        })
    }
}
