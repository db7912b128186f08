//! `[images]`: images of one's own, and the known ones that they are built on.

use super::Checker;
use crate::facts::images::{self, ImageFacts, ImageRef};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// An image of one's own, as the file has it.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Written {
    /// The image that it is built on, with its tag. A `*` stands for what the `*` of the name stands for.
    #[cfg_attr(test, schemars(with = "String"))]
    like: Spanned<String>,
    /// The smaller image for runtime stages, which is itself known or listed here. The image itself when not given.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    #[serde(default)]
    runtime: Option<Spanned<String>>,
    /// Variables that it sets beyond those of the image it is built on.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// Commands that it brings beyond those.
    #[serde(default)]
    commands: Vec<String>,
}

/// An image of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnImage {
    name: String,
    like: String,
    runtime: Option<String>,
    env: BTreeMap<String, String>,
    commands: Vec<String>,
}

/// What an image of one's own stands for.
#[derive(Clone, Debug)]
pub struct Own {
    /// The image that it is built on.
    pub like: ImageRef,
    /// The smaller image for runtime stages.
    pub runtime: Option<String>,
    /// Commands that it brings beyond those of the image it is built on.
    pub commands: Vec<String>,
    env: BTreeMap<String, String>,
}

impl OwnImage {
    /// What the image stands for, when this entry is about it.
    pub(super) fn stands_for(&self, image: &ImageRef) -> Option<Own> {
        let tag = image.tag.as_deref().unwrap_or("latest");
        let fill = |held: &str, text: &str| ImageRef::parse(&text.replace('*', held));
        let names = [format!("{}:{tag}", image.name()), format!("{}:{tag}", image.normalised().name())];
        let held = names.iter().find_map(|name| held(&self.name, name))?;
        let runtime = self.runtime.as_ref().map(|runtime| runtime.replace('*', held));
        let like = fill(held, &self.like)?;
        Some(Own { like, runtime, env: self.env.clone(), commands: self.commands.clone() })
    }
}

impl Own {
    /// The facts of the image that it is built on, as far as they hold for it: it may set more variables, and has no smaller
    /// sibling unless the policy names one.
    pub fn facts(&self) -> Option<ImageFacts> {
        let mut facts = images::lookup(&self.like)?;
        facts.config.open.env = true;
        facts.config_complete = false;
        facts.exact = false;
        facts.runtime.clone_from(&self.runtime);
        for (name, value) in &self.env {
            facts.config.env.retain(|(known, _)| known != name);
            facts.config.env.push((name.clone(), Some(value.clone())));
        }
        Some(facts)
    }
}

/// What the `*` of a name stands for in an image's name and tag; empty for a name without one. A name without tag is
/// that of `latest`, and of no other.
fn held<'a>(name: &str, image: &'a str) -> Option<&'a str> {
    let last = name.rsplit('/').next().unwrap_or(name);
    let tagged = if last.contains([':', '*']) { name.to_owned() } else { format!("{name}:latest") };
    match tagged.split_once('*') {
        None => (tagged == image).then_some(""),
        Some((front, back)) => image.strip_prefix(front)?.strip_suffix(back),
    }
}

impl Checker<'_> {
    pub(super) fn images(&mut self, written: &BTreeMap<Spanned<String>, Written>) -> Vec<OwnImage> {
        let mut own: Vec<OwnImage> = Vec::new();
        for (key, image) in written {
            let (name, like) = (key.get_ref(), image.like.get_ref());
            let open = name.matches('*').count();
            let is_name = |text: &str| ImageRef::parse(&text.replace('*', "x")).is_some_and(|i| i.digest.is_none());
            if !is_name(name) || open > 1 {
                let help =
                    "write a name with its tag, such as `registry.example/team/node:18`; one `*` may stand in it";
                self.error(key, format!("`{name}` is not the name of an image"), help.to_owned());
                continue;
            }
            let values = std::iter::once(&image.like).chain(&image.runtime);
            let wrong = values.filter(|value| !is_name(value.get_ref()) || value.get_ref().matches('*').count() > open);
            if let Some(value) = wrong.into_iter().next() {
                let help =
                    "write a known image with its tag, such as `node:18-bookworm`; `*` only where the name has one";
                self.error(value, format!("`{}` is not the name of an image", value.get_ref()), help.to_owned());
                continue;
            }
            let known = like.contains('*') || ImageRef::parse(like).is_some_and(|i| images::lookup(&i).is_some());
            if !known {
                let help = "name an image that msb knows, such as `debian:bookworm` or `node:18-bookworm`".to_owned();
                self.error(&image.like, format!("`{like}` is not in msb's tables either"), help);
            }
            own.push(OwnImage {
                name: name.clone(),
                like: like.clone(),
                runtime: image.runtime.as_ref().map(|runtime| runtime.get_ref().clone()),
                env: image.env.clone(),
                commands: image.commands.clone(),
            });
        }
        // Exact names before those with `*`, longer ones before shorter ones.
        own.sort_by_key(|image| (image.name.contains('*'), std::cmp::Reverse(image.name.len())));
        for image in written.values() {
            let Some(runtime) = image.runtime.as_ref().filter(|runtime| !runtime.get_ref().contains('*')) else {
                continue;
            };
            let Some(target) = ImageRef::parse(runtime.get_ref()) else { continue };
            if images::lookup(&target).is_none() && !own.iter().any(|image| image.stands_for(&target).is_some()) {
                let help = format!("list it below [images], too: \"{target}\" = {{ like = \"IMAGE:TAG\" }}");
                self.error(runtime, format!("nothing is known of `{target}`"), help);
            }
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::*;
    use crate::context::MemoryContext;
    use crate::facts::heuristics::Heuristics;
    use crate::planner::{Options, Outcome, Plan};
    use crate::{Request, convert};

    const PLATFORM: &str = r#"
[images]
"registry.example/platform/node:18" = { like = "node:18-bookworm", env = { TEAM = "x" }, commands = ["trace"] }
"registry.example/platform/python:*" = { like = "python:*", runtime = "registry.example/platform/python:*-small" }
"registry.example/platform/python:3.12-small" = { like = "python:3.12-slim" }
"registry.example/plain" = { like = "debian:bookworm" }
"#;

    fn policy(text: &str) -> Policy {
        Policy::parse(text, Heuristics::builtin()).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    fn image(text: &str) -> ImageRef {
        ImageRef::parse(text).unwrap_or_else(|| panic!("{text} parses"))
    }

    fn plan(dockerfile: &str, policy: Policy) -> Result<Plan, String> {
        let context = MemoryContext::new([("requirements.txt", "flask\n"), ("app.py", "import flask\n")]);
        let options = Options { policy, ..Options::default() };
        let request = Request { options, ..Request::new(dockerfile.as_bytes(), &context) };
        match convert(&request).unwrap_or_else(|e| panic!("{e:?}")).outcome {
            Outcome::Convert(plan) => Ok(*plan),
            Outcome::Declined { reasons } => Err(reasons[0].because.clone()),
            Outcome::Unchanged { reason } => Err(reason.because),
        }
    }

    #[test]
    fn an_image_of_ones_own_stands_for_what_it_is_built_on() {
        let policy = policy(PLATFORM);
        let cases = [
            ("registry.example/platform/node:18", Some("node:18-bookworm")),
            ("registry.example/platform/node:18@sha256:ab", Some("node:18-bookworm")),
            ("registry.example/platform/node:20", None),
            ("registry.example/platform/python:3.11", Some("python:3.11")),
            ("registry.example/platform/python:3.12-small", Some("python:3.12-slim")),
            ("registry.example/plain", Some("debian:bookworm")),
            ("registry.example/plain:latest", Some("debian:bookworm")),
            ("registry.example/plain:2", None),
        ];
        for (name, like) in cases {
            let found = policy.own(&image(name)).map(|own| own.like.to_string());
            assert_eq!(found.as_deref(), like, "{name}");
        }
        let facts = policy.known(&image("registry.example/platform/node:18")).1.unwrap_or_else(|| panic!("known"));
        assert!(facts.config.env.contains(&("TEAM".to_owned(), Some("x".to_owned()))));
        assert!(facts.config.open.env && facts.runtime.is_none() && !facts.config_complete);
    }

    #[test]
    fn the_runtime_stage_is_on_the_image_itself_or_on_the_one_that_is_named() {
        let text = "FROM IMAGE\nWORKDIR /app\nCOPY . .\nRUN apt-get update && apt-get install -y gcc libpq-dev \\\n \
                    && pip install -r requirements.txt\nCMD [\"python\", \"app.py\"]\n";
        let own = "[images]\n\"registry.example/python:3.12\" = { like = \"python:3.12-slim-bookworm\" }\n";
        let text = |image: &str| text.replace("IMAGE", image);
        let same = plan(&text("registry.example/python:3.12"), policy(own)).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(same.runtime_image, "registry.example/python:3.12");
        let named = plan(&text("registry.example/platform/python:3.12"), policy(PLATFORM));
        let named = named.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(named.runtime_image, "registry.example/platform/python:3.12-small");
        let nowhere = plan(&text("registry.example/platform/ruby:3"), policy(PLATFORM));
        let words = nowhere.map_or_else(|words| words, |plan| plan.assumptions[0].because.clone());
        assert!(words.contains("registry.example/platform/ruby:3"), "{words}");
    }

    #[test]
    fn an_unknown_image_is_declined_with_the_line_that_tells() {
        let text = "FROM registry.example/team/app:1\nCOPY app.py /\nCMD [\"python\", \"/app.py\"]\n";
        let words = plan(text, Policy::default()).expect_err("nothing is known of it");
        assert!(words.contains("\"registry.example/team/app:1\" = { like = \"IMAGE:TAG\" }"), "{words}");
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        let cases = [
            ("\"r.example/a b\" = { like = \"node:18\" }", "`r.example/a b` is not the name of an image"),
            ("\"r.example/*/*\" = { like = \"node:18\" }", "`r.example/*/*` is not the name of an image"),
            ("\"r.example/a:1\" = { like = \"r.example/b:1\" }", "`r.example/b:1` is not in msb's tables either"),
            ("\"r.example/a:1\" = { like = \"*\" }", "`*` is not the name of an image"),
            (
                "\"r.example/a:1\" = { like = \"node:18\", runtime = \"r.example/b:1\" }",
                "nothing is known of `r.example/b:1`",
            ),
            ("\"r.example/a:1\" = { likes = \"node:18\" }", "unknown field `likes`"),
        ];
        for (line, message) in cases {
            let text = format!("[images]\n{line}\n");
            let errors = Policy::parse(&text, Heuristics::builtin()).expect_err(line);
            assert!(errors[0].message.starts_with(message), "{line}: {}", errors[0].message);
            assert!(errors[0].help.is_some(), "{line}");
        }
    }
}
