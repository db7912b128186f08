//! `.msb.toml`: what a project or an organisation wants of every conversion.
//!
//! ```toml
//! skip = ["vendor/**"]
//! accept = ["assumed-ecosystem"]
//! keep = ["curl", "jq"]
//! context = "."
//! min_gain = 50
//!
//! [runtime]
//! go = "alpine"
//! "node:20" = "registry.example/base/node:20-slim"
//!
//! [allowed]
//! registries = ["registry.example"]
//!
//! [mirrors]
//! "python" = "registry.example/mirror/python"
//! "*" = "registry.example/hub/*"
//!
//! [images]
//! "registry.example/platform/node:18" = { like = "node:18-bookworm" }
//! "registry.example/cache/*" = { like = "*" }
//! ```
//!
//! The library takes the text; which file it comes from is the caller's business (see [`FILE`]).

mod images;

pub use self::images::{Own, OwnImage};

use crate::context::Ignore;
use crate::diagnostic::{self, Diagnostic};
use crate::facts::heuristics::{Heuristics, glob};
use crate::facts::images::{ImageFacts, ImageRef, lookup};
use crate::planner::RuntimeChoice;
use crate::rules::{self, Level, Rule};
use crate::snippet::suggestion;
use crate::source::Span;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// The file's name. It lies in the Dockerfile's folder or one above it, up to the repository's top; the nearest counts.
pub const FILE: &str = ".msb.toml";

/// The most that can be asked of a conversion, in MB: more than any image has.
pub const MAX_GAIN_MB: u32 = 1_000_000;

/// A policy that has been read and checked. The default asks for nothing and allows everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Ids of the assumptions that hold in this project.
    accept: BTreeSet<String>,
    runtime: BTreeMap<String, RuntimeChoice>,
    bases: Vec<String>,
    registries: Vec<String>,
    /// Official names and their mirrors; the longest name first.
    mirrors: Vec<(Name, Name)>,
    /// Images of one's own, exact names first.
    images: Vec<OwnImage>,
    skip: Ignore,
    keep: Vec<String>,
    context: Option<String>,
    min_gain: Option<u32>,
}

/// The name of an image, or the beginning of names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    text: String,
    /// Written with `*` at the end.
    open: bool,
}

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "msb policy", description = "What a project wants of every conversion (.msb.toml)."))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct File {
    /// Dockerfiles that `msb batch` leaves alone: patterns as in .dockerignore, relative to this file.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    skip: Vec<Spanned<String>>,
    /// Assumptions that hold in this project, by the id of their rule (`assumed-…`): a conversion that rests on no other
    /// counts as safe.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    accept: Vec<Spanned<String>>,
    /// Commands that are to stay in the image, though nothing in the project calls them.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    keep: Vec<Spanned<String>>,
    /// The folder that images are built with, relative to this file.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    context: Option<Spanned<String>>,
    /// What a conversion has to save by estimate, in MB (10^6 bytes); one that saves less is not made.
    #[serde(rename = "min_gain")]
    #[cfg_attr(test, schemars(with = "Option<u32>", range(max = 1_000_000)))]
    min_gain: Option<Spanned<toml::Value>>,
    /// The runtime image preferred: by language, by base image (`node`, `node:20`) or by `default`. One of `auto`, `slim`,
    /// `alpine`, `distroless`, `scratch`, or an image. A preference that would break a program is passed over.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, String>"))]
    runtime: BTreeMap<Spanned<String>, Spanned<String>>,
    /// What a runtime stage may start from.
    allowed: Allowed,
    /// Official names of images, and the names under which a registry mirrors them. `*` at the end of both stands for the
    /// rest of the name.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, String>"))]
    mirrors: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Images of one's own by name and tag, and the known images that they are built on. One `*` in the name stands for any
    /// characters.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, images::Written>"))]
    images: BTreeMap<Spanned<String>, images::Written>,
}

/// What a runtime stage may start from; an empty list allows everything.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Allowed {
    /// Images, with or without tag; `*` stands for any characters.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    bases: Vec<Spanned<String>>,
    /// Hosts of registries, `docker.io` for images written without one.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    registries: Vec<Spanned<String>>,
}

impl Policy {
    /// Reads and checks the text of a policy. `heuristics` knows the languages.
    ///
    /// # Errors
    ///
    /// Text that is not TOML, or one error for each key and value that is not known or makes no sense.
    pub fn parse(text: &str, heuristics: &Heuristics) -> Result<Policy, Vec<Diagnostic>> {
        let file: File =
            toml::from_str(text).map_err(|error| vec![Diagnostic::of_toml(diagnostic::POLICY, text, &error)])?;
        let mut checker = Checker { text, heuristics, errors: Vec::new() };
        let policy = Policy {
            accept: checker.accept(&file.accept),
            runtime: checker.runtime(&file.runtime),
            bases: checker.bases(&file.allowed.bases),
            registries: checker.registries(&file.allowed.registries),
            mirrors: checker.mirrors(&file.mirrors),
            images: checker.images(&file.images),
            skip: checker.skip(&file.skip),
            keep: checker.keep(&file.keep),
            context: checker.context(file.context.as_ref()),
            min_gain: checker.min_gain(file.min_gain.as_ref()),
        };
        if checker.errors.is_empty() { Ok(policy) } else { Err(checker.errors) }
    }

    /// True when `msb batch` leaves a Dockerfile alone; its path is relative to the policy's folder.
    pub fn skips(&self, path: &str) -> bool {
        self.skip.excludes(path)
    }

    /// Commands that are to stay in the image.
    pub fn keep(&self) -> &[String] {
        &self.keep
    }

    /// The build context of the project's images, relative to the policy's folder.
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// What a conversion has to save, in MB, where the project says it.
    pub fn min_gain(&self) -> Option<u32> {
        self.min_gain
    }

    /// True when the project says that an assumption holds.
    pub fn accepts(&self, assumption: &Rule) -> bool {
        self.accept.contains(assumption.id)
    }

    /// The runtime image preferred for a base image, by its official name, and the languages of what it builds.
    pub fn preference(&self, base: &ImageRef, languages: &[String]) -> Option<&RuntimeChoice> {
        let base = base.normalised();
        let keys =
            [base.to_string(), base.name()].into_iter().chain(languages.iter().cloned()).chain(["default".to_owned()]);
        keys.into_iter().find_map(|key| self.runtime.get(&key))
    }

    /// The official image behind one that is written through a mirror; `None` when no mirror of the policy has it.
    pub fn official(&self, image: &ImageRef) -> Option<ImageRef> {
        let name = image.name();
        self.mirrors.iter().find_map(|(official, mirror)| renamed(image, &official.replacing(mirror, &name)?))
    }

    /// What an image of one's own stands for.
    pub fn own(&self, image: &ImageRef) -> Option<Own> {
        self.images.iter().find_map(|own| own.stands_for(image))
    }

    /// The image that facts are asked for when one is written, and what is known of it.
    pub fn known(&self, image: &ImageRef) -> (ImageRef, Option<ImageFacts>) {
        match self.own(image) {
            Some(own) => (own.like.clone(), own.facts()),
            None => {
                let official = self.official(image).unwrap_or_else(|| image.clone());
                let facts = lookup(&official);
                (official, facts)
            }
        }
    }

    /// The image as the policy's mirrors have it; `None` when none has it.
    pub fn mirrored(&self, image: &ImageRef) -> Option<ImageRef> {
        let name = image.normalised().name();
        self.mirrors.iter().find_map(|(official, mirror)| renamed(image, &mirror.replacing(official, &name)?))
    }

    /// Whether a runtime stage may start from an image.
    ///
    /// # Errors
    ///
    /// Says in words what does not allow it.
    pub fn allows(&self, image: &ImageRef) -> Result<(), String> {
        let normalised = image.normalised();
        let registry = normalised.registry.as_deref().unwrap_or("docker.io");
        if !self.registries.is_empty() && !self.registries.iter().any(|r| r == registry) {
            return Err(format!("`{image}` comes from `{registry}`, which is none of the allowed registries"));
        }
        let official = self.official(image).map(|i| i.normalised());
        let fits = |pattern: &String| {
            std::iter::once(&normalised)
                .chain(&official)
                .any(|i| glob(pattern, &i.name()) || glob(pattern, &i.to_string()))
        };
        if !self.bases.is_empty() && !self.bases.iter().any(fits) {
            return Err(format!("`{image}` is none of the allowed bases"));
        }
        Ok(())
    }
}

impl Name {
    fn parse(text: &str) -> Name {
        match text.strip_suffix('*') {
            Some(start) => Name { text: start.to_owned(), open: true },
            None => Name { text: text.to_owned(), open: false },
        }
    }

    /// This name for `name`, which `pattern` describes.
    fn replacing(&self, pattern: &Name, name: &str) -> Option<String> {
        let rest = name.strip_prefix(pattern.text.as_str())?;
        (pattern.open != rest.is_empty()).then(|| format!("{}{rest}", self.text))
    }
}

/// The image under another name, tag and digest kept.
fn renamed(image: &ImageRef, name: &str) -> Option<ImageRef> {
    let name = ImageRef::parse(name)?;
    Some(ImageRef { tag: image.tag.clone(), digest: image.digest.clone(), ..name })
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

struct Checker<'a> {
    text: &'a str,
    heuristics: &'a Heuristics,
    errors: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn error<T>(&mut self, at: &Spanned<T>, message: String, help: impl Into<Option<String>>) {
        let span = Span::new(at.span().start, at.span().end);
        self.errors.push(Diagnostic::new(diagnostic::POLICY, self.text.as_bytes(), span, message).help(help));
    }

    fn runtime(&mut self, written: &BTreeMap<Spanned<String>, Spanned<String>>) -> BTreeMap<String, RuntimeChoice> {
        let mut preferences = BTreeMap::new();
        for (key, value) in written {
            let name = key.get_ref();
            let languages: Vec<&str> = self.heuristics.ecosystems().iter().map(|e| e.id.as_str()).collect();
            let image = ImageRef::parse(name);
            // A name with a path or a tag is an image that msb need not know.
            let is_image = image.as_ref().is_some_and(|i| name.contains(['/', ':']) || lookup(i).is_some());
            if name != "default" && !languages.contains(&name.as_str()) && !is_image {
                let known = suggestion(name, languages.iter().copied().chain(["default"]));
                let help = known
                    .map_or_else(|| format!("languages are {}", list(&languages)), |k| format!("did you mean `{k}`?"));
                self.error(key, format!("`{name}` is neither a language nor an image"), help);
                continue;
            }
            let choice = value.get_ref();
            match choice.parse::<RuntimeChoice>() {
                Ok(RuntimeChoice::Image(image))
                    if !image.contains(['/', ':']) && ImageRef::parse(&image).and_then(|i| lookup(&i)).is_none() =>
                {
                    let known = suggestion(choice, RuntimeChoice::WORDS);
                    let help = known.map_or_else(
                        || format!("{} or an image such as `debian:bookworm-slim`", list(&RuntimeChoice::WORDS)),
                        |k| format!("did you mean `{k}`?"),
                    );
                    self.error(value, format!("`{choice}` is no runtime image"), help);
                }
                Ok(choice) => {
                    // Under the same name that a base image is looked up by.
                    let key = image.filter(|_| is_image).map_or_else(|| name.clone(), |i| i.normalised().to_string());
                    preferences.insert(key, choice);
                }
                Err(message) => self.error(value, message, format!("{} or an image", list(&RuntimeChoice::WORDS))),
            }
        }
        preferences
    }

    fn accept(&mut self, written: &[Spanned<String>]) -> BTreeSet<String> {
        let known: Vec<&str> = rules::ALL.iter().filter(|r| r.level == Level::Assumption).map(|r| r.id).collect();
        for id in written {
            let name = id.get_ref().as_str();
            if !known.contains(&name) {
                let help = suggestion(name, known.iter().copied())
                    .map_or_else(|| format!("assumptions are {}", list(&known)), |k| format!("did you mean `{k}`?"));
                self.error(id, format!("`{name}` is no assumption of msb"), help);
            }
        }
        written.iter().map(|id| id.get_ref().clone()).collect()
    }

    fn keep(&mut self, written: &[Spanned<String>]) -> Vec<String> {
        for command in written {
            let name = command.get_ref();
            if name.is_empty()
                || name.starts_with('-')
                || name.contains(|c: char| c.is_whitespace() || "$*?;&|".contains(c))
            {
                let help = "write one name, such as `curl`, or one path, such as `/usr/bin/curl`".to_owned();
                self.error(command, format!("`{name}` is no command"), help);
            }
        }
        written.iter().map(|command| command.get_ref().clone()).collect()
    }

    fn context(&mut self, written: Option<&Spanned<String>>) -> Option<String> {
        let written = written?;
        let folder = written.get_ref();
        if folder.trim().is_empty() || folder.starts_with('/') || folder.contains(['$', '\n']) || folder.contains("://")
        {
            let help = "write a folder relative to this file, such as `.` or `services/api`".to_owned();
            self.error(written, format!("`{folder}` is not a folder beside this file"), help);
        }
        Some(folder.clone())
    }

    fn min_gain(&mut self, written: Option<&Spanned<toml::Value>>) -> Option<u32> {
        let written = written?;
        let number = written.get_ref().as_integer().and_then(|mb| u32::try_from(mb).ok());
        let size = number.filter(|mb| *mb <= MAX_GAIN_MB);
        if size.is_none() {
            let shown = &self.text[written.span()];
            let help = format!("write a whole number of MB from 0 to {MAX_GAIN_MB}, such as `50`");
            self.error(written, format!("`{shown}` is no size"), help);
        }
        size
    }

    fn bases(&mut self, written: &[Spanned<String>]) -> Vec<String> {
        for base in written {
            let name = base.get_ref();
            if ImageRef::parse(&name.replace('*', "x")).is_none() {
                self.error(
                    base,
                    format!("`{name}` is no image"),
                    "write a name such as `python`, `golang:1.*`".to_owned(),
                );
            }
        }
        written.iter().map(|base| base.get_ref().clone()).collect()
    }

    fn registries(&mut self, written: &[Spanned<String>]) -> Vec<String> {
        for registry in written {
            let host = registry.get_ref();
            let bare = host.rsplit("://").next().unwrap_or_default().split('/').next().unwrap_or_default();
            let plain = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
            if host.is_empty() || !host.chars().all(plain) || host.contains("//") {
                let help = (!bare.is_empty()).then(|| format!("write only the host, such as `{bare}`"));
                self.error(registry, format!("`{host}` is not the host of a registry"), help);
            }
        }
        written.iter().map(|registry| registry.get_ref().clone()).collect()
    }

    fn mirrors(&mut self, written: &BTreeMap<Spanned<String>, Spanned<String>>) -> Vec<(Name, Name)> {
        let mut mirrors: Vec<(Name, Name)> = Vec::new();
        for (key, value) in written {
            let mut good = true;
            for text in [key, value] {
                let name = text.get_ref();
                let image =
                    ImageRef::parse(&name.strip_suffix('*').map_or_else(|| name.clone(), |start| format!("{start}x")));
                if image.is_none_or(|i| i.tag.is_some() || i.digest.is_some()) {
                    good = false;
                    let help = "write names without tag and digest; `*` may stand at the end of both".to_owned();
                    self.error(text, format!("`{name}` is not the name of an image"), help);
                }
            }
            if !good {
                continue;
            }
            let (official, mirror) = (Name::parse(key.get_ref()), Name::parse(value.get_ref()));
            if official.open != mirror.open {
                let help = "one name for one name, or `*` at the end of both".to_owned();
                self.error(value, "`*` stands on one side only".to_owned(), help);
            } else if mirrors.iter().any(|(_, other)| *other == mirror) {
                let help = "which of the images it stands for would not be clear".to_owned();
                self.error(value, format!("`{}` mirrors another image already", value.get_ref()), help);
            } else {
                let official = match official.open {
                    true => official,
                    // Official images are compared by the name that the tables use.
                    false => ImageRef::parse(&official.text).map_or(official, |i| Name::parse(&i.normalised().name())),
                };
                mirrors.push((official, mirror));
            }
        }
        mirrors.sort_by_key(|(official, _)| (official.open, std::cmp::Reverse(official.text.len())));
        mirrors
    }

    fn skip(&mut self, written: &[Spanned<String>]) -> Ignore {
        for pattern in written {
            let text = pattern.get_ref();
            if text.trim().is_empty() || text.starts_with('#') || text.contains('\n') || Ignore::parse(text).is_err() {
                self.error(
                    pattern,
                    format!("`{text}` is not a valid pattern"),
                    "patterns are those of .dockerignore".to_owned(),
                );
            }
        }
        let lines: Vec<&str> = written.iter().map(|pattern| pattern.get_ref().as_str()).collect();
        Ignore::parse(&lines.join("\n")).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
