//! The runtime base: the smaller sibling of the builder's image, and what has to be said again because it is another
//! image.

use super::Refusal;
use super::survey::Target;
use crate::analyzer::config::{DEFAULT_PATH, StageState};
use crate::analyzer::demands::{Demands, Program};
use crate::analyzer::{Analysis, Inputs};
use crate::facts::ambient::is_locale;
use crate::facts::contents::BaseContents;
use crate::facts::heuristics::Arg;
use crate::facts::images::{self, ImageConfig, ImageFacts, ImageRef, Libc, Release};
use crate::rules;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The runtime image that the user asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuntimeChoice {
    /// msb chooses.
    #[default]
    Auto,
    /// The builder's image again, where no smaller one will do.
    Again,
    /// The slim sibling, also where msb would choose something smaller.
    Slim,
    /// Alpine, for static programs.
    Alpine,
    /// Distroless, for programs that need no shell.
    Distroless,
    /// Nothing at all, for static programs that need no shell.
    Scratch,
    /// An image by name.
    Image(String),
}

impl RuntimeChoice {
    /// The words that are no images.
    pub const WORDS: [&str; 5] = ["auto", "slim", "alpine", "distroless", "scratch"];
}

impl std::str::FromStr for RuntimeChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<RuntimeChoice, String> {
        Ok(match text {
            "auto" => RuntimeChoice::Auto,
            "slim" => RuntimeChoice::Slim,
            "alpine" => RuntimeChoice::Alpine,
            "distroless" => RuntimeChoice::Distroless,
            "scratch" => RuntimeChoice::Scratch,
            image if ImageRef::parse(image).is_some() => RuntimeChoice::Image(image.to_owned()),
            other => return Err(format!("`{other}` is not an image reference")),
        })
    }
}

/// The chosen base and what it changes.
#[derive(Debug)]
pub(crate) struct RuntimeBase {
    /// As written after FROM.
    pub(crate) written: String,
    /// Why this image.
    pub(crate) because: String,
    /// What the builder's image brings.
    pub(crate) before: Arc<BaseContents>,
    /// What the runtime image brings.
    pub(crate) after: Arc<BaseContents>,
    /// The builder's image and the runtime image are the same.
    pub(crate) same_image: bool,
    /// Both images carry the same language runtime below /usr/local.
    pub(crate) same_family: bool,
    /// The image is one of those for programs that are linked statically.
    pub(crate) minimal: Option<RuntimeChoice>,
    /// /usr/local of the builder's image is empty: what is there, the build put there.
    pub(crate) empty_local: bool,
    /// The runtime image has GNU libc.
    pub(crate) glibc: bool,
    /// Releases that the runtime image may stand for.
    pub(crate) releases: Vec<Release>,
    /// What counts of it for licences.
    pub(crate) target: Target,
    /// Estimated difference between the two images, in MB.
    pub(crate) saved_mb: u32,
    /// Estimated size of the builder's image, in MB.
    pub(crate) original_mb: u32,
    /// Variables of the builder's image that the runtime image has not and does not need.
    pub(crate) dropped_variables: BTreeSet<String>,
    /// Instructions to restate what the builder's image had configured.
    pub(crate) closing: Vec<String>,
    /// Entry point of the builder's image that is replaced by another.
    pub(crate) replaces_entrypoint: Option<Replaced>,
    /// Instructions that come right after FROM.
    opening: Vec<String>,
    /// Variables that are restated whether or not an instruction mentions them.
    kept_variables: BTreeSet<String>,
    config_before: ImageConfig,
    config_after: ImageConfig,
}

/// An entry point that the runtime image has not got.
#[derive(Clone, Debug)]
pub(crate) struct Replaced {
    /// As the builder's image has it.
    pub(crate) words: String,
    /// What it does, when the commands that run are known not to need it.
    pub(crate) not_needed: Option<String>,
    /// What it prepares, by names that the program may have in its text.
    pub(crate) prepares: Vec<String>,
}

impl Replaced {
    /// A wrapper that prepares for the build tool alone does nothing for a program that does not call it.
    fn of(inputs: Inputs<'_>, entrypoint: &[String], demands: &Demands) -> Self {
        let argv: Vec<_> = entrypoint.iter().map(|word| Arg { text: word.clone(), exact: true }).collect();
        let is_called = |tool: &String| demands.commands.iter().any(|c| crate::paths::name(&c.name) == tool);
        let rule = inputs.heuristics.match_runtime(&argv);
        let rule = rule.filter(|rule| !rule.prepares_for.is_empty() && !rule.prepares_for.iter().any(is_called));
        Self {
            words: entrypoint.join(" "),
            not_needed: rule.and_then(|rule| rule.because.clone()),
            prepares: rule.map(|rule| rule.prepares.clone()).unwrap_or_default(),
        }
    }
}

/// Chooses the runtime base: what the user asks for, what the policy prefers as far as it holds, or what msb finds.
pub(crate) fn choose(
    inputs: Inputs<'_>,
    analysis: &Analysis,
    demands: &Demands,
    options: &super::Options,
) -> Result<RuntimeBase, Refusal> {
    let chosen = |choice: &RuntimeChoice| choose_as(inputs, analysis, demands, choice);
    let preference = match options.runtime {
        RuntimeChoice::Auto => preference(inputs, analysis, demands),
        _ => None,
    };
    let base = match preference {
        None => chosen(&options.runtime)?,
        Some(preferred) => match chosen(preferred) {
            Ok(base) => base,
            Err(_) => {
                let mut base = chosen(&RuntimeChoice::Auto)?;
                base.because.push_str("; what the policy prefers cannot be proven to run it");
                base
            }
        },
    };
    if !base.same_image
        && let Some(image) =
            analysis.global.expand(&base.written, inputs.dockerfile.escape).and_then(|t| ImageRef::parse(&t))
    {
        inputs.policy.allows(&image).map_err(|words| rules::BASE_NOT_ALLOWED.because(words, None))?;
    }
    Ok(base)
}

/// What the policy prefers for this base image and the languages that it and the program are of.
pub(super) fn preference<'a>(inputs: Inputs<'a>, analysis: &Analysis, demands: &Demands) -> Option<&'a RuntimeChoice> {
    let reference = analysis.base.reference.as_ref()?;
    let of_image = inputs.heuristics.detect_image(&reference.normalised().repository);
    let mut languages: Vec<String> = of_image.iter().map(|ecosystem| ecosystem.id.clone()).collect();
    languages.extend(demands.programs.iter().filter_map(|program| match program {
        Program::Interpreted { language, .. } => Some(language.clone()),
        _ => None,
    }));
    inputs.policy.preference(reference, &languages)
}

fn choose_as(
    inputs: Inputs<'_>,
    analysis: &Analysis,
    demands: &Demands,
    choice: &RuntimeChoice,
) -> Result<RuntimeBase, Refusal> {
    let (Some(reference), Some(facts)) = (&analysis.base.reference, &analysis.base.facts) else {
        return Err(rules::UNKNOWN_BASE.because("the base image is not known", None).into());
    };
    let (written, target) = match choice {
        RuntimeChoice::Again => (analysis.base.written.clone(), reference.clone()),
        RuntimeChoice::Auto | RuntimeChoice::Slim => counterpart(inputs, analysis, reference, facts)?,
        RuntimeChoice::Image(name) => {
            let Some(target) = ImageRef::parse(name) else {
                return Err(rules::RUNTIME_REFUSED.because(format!("`{name}` is not an image reference"), None).into());
            };
            (name.clone(), inputs.policy.known(&target).0)
        }
        choice => minimal(choice, analysis, demands)?,
    };
    let is_minimal = matches!(choice, RuntimeChoice::Alpine | RuntimeChoice::Distroless | RuntimeChoice::Scratch);
    // An image of one's own is more than the one that it is built on.
    let same_image = target == *reference && (analysis.base.own.is_none() || written == analysis.base.written);
    let after_facts = match choice {
        _ if same_image => Some(facts.clone()),
        RuntimeChoice::Scratch => Some(images::scratch()),
        _ => ImageRef::parse(&written)
            .and_then(|image| inputs.policy.known(&image).1)
            .or_else(|| images::lookup(&target)),
    };
    let Some(after_facts) = after_facts else {
        return Err(rules::RUNTIME_REFUSED.because(format!("`{target}` is not in msb's tables"), None).into());
    };
    if facts.libc != after_facts.libc && !is_minimal {
        let words = format!("`{target}` has another C library than `{reference}`");
        return Err(rules::RUNTIME_REFUSED.because(words, None).into());
    }
    if !same_image && facts.config.open.ties() {
        let words = format!("the configuration of `{reference}` is not known, so `{target}` could not repeat it");
        return Err(rules::RUNTIME_REFUSED.because(words, None).into());
    }
    let builder_repository = reference.normalised().repository;
    let runtime_repository = target.normalised().repository;
    let same_family = builder_repository == runtime_repository;
    if matches!(choice, RuntimeChoice::Image(_)) && !shares_release(facts, &after_facts) {
        let words = format!("`{target}` is not the distribution release of `{reference}`");
        return Err(rules::RUNTIME_REFUSED.because(words, None).into());
    }
    let mut base = RuntimeBase {
        because: match same_image {
            true if *choice == RuntimeChoice::Again => {
                format!("`{written}` again: its smaller sibling lacks what run time needs")
            }
            true => {
                format!("`{written}` again: it has no smaller sibling, and what was installed to build stays behind")
            }
            false if is_minimal => format!("`{written}` is enough: the program is linked statically"),
            false => format!("`{written}` is `{reference}` without what is only needed to build"),
        },
        written: written.clone(),
        before: contents_of(inputs, &analysis.base.written, reference),
        after: contents_of(inputs, &written, &target),
        same_image,
        same_family,
        minimal: is_minimal.then(|| choice.clone()),
        empty_local: is_local_empty(facts, &builder_repository),
        glibc: after_facts.libc == Some(Libc::Glibc),
        releases: after_facts.releases.clone(),
        target: target_of(reference, facts, &target, &after_facts),
        saved_mb: match same_image {
            true => 0,
            false => facts.size_mb.unwrap_or(0).saturating_sub(after_facts.size_mb.unwrap_or(0)),
        },
        original_mb: facts.size_mb.unwrap_or(0),
        dropped_variables: BTreeSet::new(),
        closing: Vec::new(),
        replaces_entrypoint: None,
        config_before: facts.config.clone(),
        config_after: after_facts.config.clone(),
        opening: Vec::new(),
        kept_variables: BTreeSet::new(),
    };
    if !same_image {
        base.restate_configuration(inputs, analysis, demands);
    }
    Ok(base)
}

/// What an image brings: that of the tables, and what the policy says of one of one's own.
fn contents_of(inputs: Inputs<'_>, written: &str, reference: &ImageRef) -> Arc<BaseContents> {
    let contents = crate::facts::contents::provides(reference);
    match ImageRef::parse(written).and_then(|image| inputs.policy.own(&image)) {
        Some(own) if !own.commands.is_empty() => {
            let mut more = (*contents).clone();
            more.commands.extend(own.commands);
            Arc::new(more)
        }
        _ => contents,
    }
}

/// The image that the tables name as the smaller sibling, or the same image again.
fn counterpart(
    inputs: Inputs<'_>,
    analysis: &Analysis,
    reference: &ImageRef,
    facts: &ImageFacts,
) -> Result<(String, ImageRef), Refusal> {
    let Some(runtime) = &facts.runtime else {
        return Ok((analysis.base.written.clone(), reference.clone()));
    };
    if analysis.base.own.is_some() {
        // A name without variables stands for one image; written with them, it may be another one tomorrow.
        return Ok(match ImageRef::parse(runtime).filter(|_| !analysis.base.has_variables) {
            Some(target) => (runtime.clone(), inputs.policy.known(&target).0),
            None => (analysis.base.written.clone(), reference.clone()),
        });
    }
    let Some(target) = ImageRef::parse(runtime) else {
        return Ok((analysis.base.written.clone(), reference.clone()));
    };
    if !analysis.base.has_variables {
        let mirrored = inputs.policy.mirrored(&target).filter(|_| analysis.base.mirrored);
        return Ok((mirrored.map_or_else(|| runtime.clone(), |image| image.to_string()), target));
    }
    let text = match analysis.base.mirrored {
        true => mirrored_text(inputs, analysis, reference, facts),
        false => images::runtime_text(&analysis.base.written, reference, facts),
    };
    match text {
        Some(text) => Ok((text, target)),
        None => Ok((analysis.base.written.clone(), reference.clone())),
    }
}

/// The sibling of an image that is written with variables and through a mirror: `${REGISTRY}/python:${V}` is a place and
/// `python:${V}`, and the sibling is written in the same place when the mirror has it there.
fn mirrored_text(inputs: Inputs<'_>, analysis: &Analysis, reference: &ImageRef, facts: &ImageFacts) -> Option<String> {
    let written = &analysis.base.written;
    let official = reference.name();
    let at = written.rfind(&format!("/{official}")).map(|slash| slash + 1)?;
    let place = analysis.global.expand(&written[..at], inputs.dockerfile.escape)?;
    let text = images::runtime_text(&written[at..], reference, facts)?;
    let end = text.find([':', '@']).unwrap_or(text.len());
    let (name, tag) = text.split_at(end);
    let mirror = inputs.policy.mirrored(&ImageRef::parse(name)?)?.name();
    match mirror == format!("{place}{name}") {
        true => Some(format!("{}{text}", &written[..at])),
        false => Some(format!("{mirror}{tag}")),
    }
}

/// The image behind `--runtime alpine|distroless|scratch`. These run programs that are linked statically, and only alpine
/// has a shell.
fn minimal(choice: &RuntimeChoice, analysis: &Analysis, demands: &Demands) -> Result<(String, ImageRef), Refusal> {
    let refused = |words: String| Refusal::from(rules::RUNTIME_REFUSED.because(words, None));
    let written = images::minimal(match choice {
        RuntimeChoice::Alpine => "alpine",
        RuntimeChoice::Distroless => "distroless",
        _ => "scratch",
    });
    let target = written.as_deref().and_then(ImageRef::parse);
    let (Some(written), Some(target)) = (written, target) else {
        return Err(refused("msb's tables do not name that image".to_owned()));
    };
    for program in &demands.programs {
        let words = match program {
            Program::File { .. } | Program::Command { .. } => continue,
            Program::Interpreted { command, .. } => format!("`{command}` runs the program"),
            Program::Server { name } => format!("`{name}` comes from a package"),
            Program::Script { path } if *choice == RuntimeChoice::Alpine => {
                format!("`{path}` is a script that was written for another shell")
            }
            Program::Script { path } => format!("`{path}` is a script, and there is no shell"),
        };
        return Err(refused(format!("{words}; `{written}` is for programs that are linked statically")));
    }
    if !analysis.links_statically() {
        let words = format!("the program is not proven to be linked statically, which `{written}` asks for");
        return Err(refused(words));
    }
    if *choice != RuntimeChoice::Alpine
        && let Some(shell) = demands.interpreters.first()
    {
        return Err(refused(format!("`{}` is needed ({}), and `{written}` has no shell", shell.name, shell.because)));
    }
    Ok((written, target))
}

/// What counts of a runtime image for licences, beside the builder's image.
pub(crate) fn target_of(builder: &ImageRef, before: &ImageFacts, runtime: &ImageRef, after: &ImageFacts) -> Target {
    let builder_repository = builder.normalised().repository;
    let same_family = builder_repository == runtime.normalised().repository;
    Target { keeps_local: same_family || is_local_empty(before, &builder_repository), releases: after.releases.clone() }
}

/// True when /usr/local of an image is empty.
fn is_local_empty(facts: &ImageFacts, repository: &str) -> bool {
    matches!(facts.role.as_str(), "os-base") || is_system_image(repository)
}

fn shares_release(one: &ImageFacts, other: &ImageFacts) -> bool {
    one.releases.iter().any(|r| other.releases.contains(r)) || one.release.is_none()
}

/// Images of a distribution with compilers, whose /usr/local the distribution leaves empty.
fn is_system_image(repository: &str) -> bool {
    matches!(repository, "debian" | "ubuntu" | "alpine" | "buildpack-deps" | "fedora" | "rockylinux" | "almalinux")
}

impl RuntimeBase {
    /// True when the runtime image has a command without anything being installed.
    pub(crate) fn provides(&self, command: &str) -> bool {
        self.after.commands.contains(command)
    }

    /// True when a command of the builder's image is missing in the runtime image.
    pub(crate) fn loses(&self, command: &str) -> bool {
        !self.same_image && self.before.commands.contains(command) && !self.after.commands.contains(command)
    }

    /// True when steps on the runtime image do not run as root before it is said.
    pub(crate) fn starts_unprivileged(&self) -> bool {
        !matches!(self.config_after.user.split(':').next().unwrap_or_default(), "" | "root" | "0")
    }

    /// Steps that make the groups of the old base which the new one has not got, and what they are for: accounts made
    /// after them get the ids that they had. A package may have made a group again.
    pub(crate) fn lost_groups(&self) -> Vec<(String, String)> {
        let lost = self.before.groups.iter().filter(|(name, _)| !self.after.groups.contains_key(*name));
        lost.map(|(name, id)| {
            let words =
                format!("the larger base has a group `{name}` with id {id}; accounts made later count from there");
            (format!("RUN groupadd --force --system --gid {id} {name}"), words)
        })
        .collect()
    }

    /// Instructions that come first in the runtime stage. `mentioned` are the variables that the stage's own
    /// instructions use, so that they expand as they did on the old base.
    pub(crate) fn restored(&self, mentioned: &BTreeSet<String>) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, value) in &self.config_before.env {
            let after = self.config_after.env.iter().find(|(n, _)| n == name).map(|(_, v)| v);
            let needed = mentioned.contains(name) || self.kept_variables.contains(name);
            if let Some(text) = value.as_ref().filter(|_| needed && after != Some(value)) {
                // A directory that the new image has elsewhere is found under its old name as well.
                let moved = after.and_then(Option::as_ref).filter(|now| is_directory(now) && is_directory(text));
                if let Some(now) = moved.filter(|_| self.minimal.is_none()) {
                    let parent = crate::paths::parent(text);
                    let make =
                        if crate::paths::is_shared(parent) { String::new() } else { format!("mkdir -p {parent} && ") };
                    lines.push(format!("RUN {make}ln -s {now} {text}"));
                }
                lines.push(format!("ENV {name}={}", quote(text)));
            }
        }
        lines.extend(self.opening.iter().cloned());
        lines
    }

    /// Finds what the builder's image had configured and the runtime image has not.
    fn restate_configuration(&mut self, inputs: Inputs<'_>, analysis: &Analysis, demands: &Demands) {
        let original = &analysis.end.config;
        if self.config_before.workdir != self.config_after.workdir && self.workdir_matters(inputs, analysis) {
            self.opening.push(format!("WORKDIR {}", self.config_before.workdir));
        }
        if self.config_before.user != self.config_after.user && original.user == self.config_before.user {
            let user = if original.user.is_empty() { "0" } else { &original.user };
            self.opening.push(format!("USER {user}"));
        }
        for (name, value) in &self.config_before.env {
            let after = self.config_after.env.iter().find(|(n, _)| n == name);
            if after.map(|(_, v)| v) == Some(value) || name == "PATH" {
                continue;
            }
            if analysis.sets_variable(name) {
                continue;
            }
            if let Some((_, now)) = after {
                // Two fixed values that differ: the program would be told something else than it was.
                if value.is_some() && now.is_some() && !inputs.heuristics.is_toolchain_variable(name) {
                    self.kept_variables.insert(name.clone());
                }
                continue;
            }
            let wanted = demands.variables.contains(name) || !inputs.heuristics.is_toolchain_variable(name);
            match value {
                Some(_) if wanted => self.kept_variables.insert(name.clone()),
                _ => self.dropped_variables.insert(name.clone()),
            };
        }
        let told = self.locale_of_its_own(analysis).map(|name| format!("{name}=")).collect::<Vec<_>>();
        if !told.is_empty() {
            self.opening.push(format!("ENV {}", told.join(" ")));
        }
        if original.entrypoint == self.config_before.entrypoint && !analysis.sets_entrypoint {
            match (&self.config_before.entrypoint, &self.config_after.entrypoint) {
                (before, after) if before == after => {}
                (None, Some(_)) => self.closing.push("ENTRYPOINT []".to_owned()),
                (Some(before), _) => self.replaces_entrypoint = Some(Replaced::of(inputs, before, demands)),
                (None, None) => {}
            }
        }
        if !analysis.sets_cmd
            && original.cmd.is_some()
            && (self.config_before.cmd != self.config_after.cmd || !self.closing.is_empty())
        {
            let words = original.cmd.clone().unwrap_or_default();
            self.closing.push(format!("CMD {}", json(&words)));
        }
        for port in self.config_before.exposed.iter().filter(|p| !self.config_after.exposed.contains(p)) {
            self.closing.push(format!("EXPOSE {}", port.trim_end_matches("/tcp")));
        }
        for volume in self.config_before.volumes.iter().filter(|v| !self.config_after.volumes.contains(v)) {
            self.closing.push(format!("VOLUME {}", json(std::slice::from_ref(volume))));
        }
        if let (Some(before), true) =
            (&self.config_before.stop_signal, original.stop_signal == self.config_before.stop_signal)
            && self.config_after.stop_signal.as_ref() != Some(before)
        {
            self.closing.push(format!("STOPSIGNAL {before}"));
        }
    }

    /// Variables by which the runtime image gives programs a locale that they did not have.
    fn locale_of_its_own<'a>(&'a self, analysis: &'a Analysis) -> impl Iterator<Item = &'a String> {
        let unset = |name: &String| self.config_before.env.iter().all(|(before, _)| before != name);
        let names = self.config_after.env.iter().map(|(name, _)| name);
        names.filter(move |name| is_locale(name) && unset(name) && !analysis.sets_variable(name))
    }

    /// True when the runtime stage would resolve a path differently or end in another directory without the old base's
    /// working directory.
    fn workdir_matters(&self, inputs: Inputs<'_>, analysis: &Analysis) -> bool {
        let instructions: Vec<_> = inputs.dockerfile.instructions().collect();
        let mut state = StageState::new(Some(&self.config_after), inputs.dockerfile.escape);
        for step in &analysis.steps {
            let acts = !matches!(step.action, crate::analyzer::Action::Config);
            if acts && state.config.workdir != step.workdir {
                return true;
            }
            state.apply(instructions[step.instruction], &analysis.global, inputs.build_args);
        }
        state.config.workdir != analysis.end.config.workdir
    }

    /// True when a file in this directory was found through the old base's PATH and is not through the new one's.
    pub(crate) fn leaves_path(&self, directory: &str) -> bool {
        let has = |config: &ImageConfig| {
            let path = config.env.iter().find(|(n, _)| n == "PATH").and_then(|(_, v)| v.clone());
            path.unwrap_or_else(|| DEFAULT_PATH.to_owned()).split(':').any(|d| d == directory)
        };
        has(&self.config_before) && !has(&self.config_after)
    }
}

/// A value for ENV, quoted when it needs to be.
fn quote(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/:._-+,=@%".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$"))
    }
}

/// Words as an exec form.
pub(crate) fn json(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| serde_json::Value::String(w.clone()).to_string()).collect();
    format!("[{}]", quoted.join(", "))
}
/// True for a value that is the path of a directory in the image, and of nothing else.
fn is_directory(value: &str) -> bool {
    value.starts_with('/') && value.len() > 1 && !value.contains([':', ' ', '$', ','])
}

#[cfg(test)]
mod tests {
    use crate::context::MemoryContext;

    fn stage(base: &str, settings: &str) -> String {
        let file = format!(
            "FROM {base}\nWORKDIR /app\nCOPY . .\nRUN mvn package\n{settings}CMD [\"java\", \"-jar\", \"/app/target/app.jar\"]\n"
        );
        let context = MemoryContext::new([
            ("pom.xml", "<project><packaging>jar</packaging><build><finalName>app</finalName></build></project>"),
            ("src/main/java/App.java", "class App { public static void main(String[] a) {} }"),
        ]);
        let conversion = crate::convert(&crate::Request::new(file.as_bytes(), &context)).expect("a Dockerfile");
        let text = String::from_utf8(conversion.output.expect("it converts")).expect("text");
        text.rsplit("\nFROM ").next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_locale_of_the_runtime_image_alone_is_taken_back() {
        let stage_of = |base| stage(base, "");
        let other = stage_of("maven:3.8-openjdk-17");
        assert!(other.contains("ENV LANG=C.UTF-8\n") && other.contains("ENV LANGUAGE= LC_ALL=\n"), "{other}");
        let same = stage_of("maven:3.9-eclipse-temurin-17");
        assert!(!same.contains("LC_ALL"), "{same}");
        let own = stage("maven:3.8-openjdk-17", "ENV LC_ALL=de_DE.UTF-8\n");
        assert!(own.contains("ENV LANGUAGE=\n") && !own.contains("LC_ALL=\n"), "{own}");
    }
}
