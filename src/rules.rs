//! The one table of rule ids: what each means, and what a user can do about it.

use crate::source::Span;
use serde::Serialize;

/// How an answer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The file stays as it is, and nothing would be gained by changing it.
    Unchanged,
    /// The file stays as it is because a conversion could not be proven.
    Declined,
    /// The conversion rests on an assumption, which is said in words.
    Assumption,
    /// Why a line was added, moved, reduced or dropped.
    Change,
    /// The file can be converted.
    Finding,
}

impl Level {
    /// Every level, in the order in which lists show them.
    pub const ALL: [Level; 5] = [Level::Finding, Level::Assumption, Level::Unchanged, Level::Declined, Level::Change];

    /// The word for it, as JSON has it.
    pub fn word(self) -> &'static str {
        match self {
            Level::Unchanged => "unchanged",
            Level::Declined => "declined",
            Level::Assumption => "assumption",
            Level::Change => "change",
            Level::Finding => "finding",
        }
    }

    /// What it means for a file, in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Level::Unchanged => "The file stays as it is, and nothing would be gained by changing it.",
            Level::Declined => "The file stays as it is because a conversion could not be proven.",
            Level::Assumption => "The conversion rests on a guess, and needs a look until somebody settles it.",
            Level::Change => "Why a line of the conversion was added, moved, reduced or dropped.",
            Level::Finding => "The file can be converted.",
        }
    }
}

/// A rule of msb. Its id is stable: reports, policies and other programs may depend on it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The stable id.
    pub id: &'static str,
    /// How it counts.
    pub level: Level,
    /// One line for lists.
    pub summary: &'static str,
    /// A paragraph for `msb explain RULE`: why, and what to do.
    pub explanation: &'static str,
    /// For files that stay as they are: the one thing that would help most, where there is one. It goes on after a colon.
    pub advice: Option<&'static str>,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}

/// Something decided, with the words for the user and the place in the source that led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The rule.
    pub rule: Rule,
    /// What was seen and what follows from it.
    pub because: String,
    /// Where it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

impl Rule {
    /// A reason under this rule.
    pub fn because(self, words: impl Into<String>, span: impl Into<Option<Span>>) -> Reason {
        Reason { rule: self, because: words.into(), span: span.into() }
    }
}

macro_rules! advice {
    () => {
        None
    };
    ($words:literal) => {
        Some($words)
    };
}

macro_rules! rules {
    ($($name:ident = $id:literal, $level:ident, $summary:literal, $explanation:literal $(, help: $advice:literal)?;)*) => {
        $(#[doc = $summary] pub const $name: Rule = Rule {
            id: $id,
            level: Level::$level,
            summary: $summary,
            explanation: $explanation,
            advice: advice!($($advice)?),
        };)*
        /// Every rule, in the order of this file.
        pub const ALL: &[Rule] = &[$($name),*];
    };
}

rules! {
    SINGLE_STAGE = "single-stage-build", Finding, "What only builds is part of the image.",
        "The file can be written as two stages: one that builds, and one that has what run time needs. The conversion passed msb's proof; where it rests on an assumption, the assumptions are listed as findings of their own.";

    ALREADY_MULTI_STAGE = "already-multi-stage", Unchanged, "The file has more than one stage.",
        "msb converts files with one FROM. A file that already copies between stages was split by somebody who knows it; msb leaves it alone.";
    NO_BUILD_STEP = "no-build-step", Unchanged, "Nothing in the file builds anything.",
        "Every step is needed at run time, so there is nothing that a builder stage could keep out of the image.";
    NO_GAIN = "no-gain", Unchanged, "The image would hardly get smaller.",
        "By estimate the conversion saves too little to be worth a longer file. Cleaning caches in the same RUN may be all that is needed. How much it has to save is said with --min-gain MB, or with min_gain in .msb.toml.";
    IGNORED_BY_PRAGMA = "ignored-by-pragma", Unchanged, "A comment says that msb leaves the file alone.",
        "`# msb: ignore` stands above FROM. Remove the comment to have the file converted.";
    MINIMAL_BASE = "minimal-base", Unchanged, "The base image holds nothing to leave behind.",
        "scratch and distroless images have no toolchain; there is nothing to split off.";
    UNKNOWN_BASE = "unknown-base", Declined, "Nothing is known about the base image.",
        "msb needs the base image's distribution, C library and configuration to choose a runtime image that behaves the same. Private images are not in its tables: name the known image that one is built on below [images] in .msb.toml. The same image again is right without that, where what the file itself installs or builds is worth a second stage.",
        help: "name the known image that it is built on below [images] in .msb.toml";
    BASE_FROM_ARGUMENT = "base-from-argument", Declined, "The base image is given by an argument without default.",
        "Which image is meant is known only at build time. Give the ARG before FROM a default value.",
        help: "give the ARG before FROM a default value";
    DIGEST_BASE = "digest-base", Declined, "The base image is pinned by digest.",
        "A digest names one image; its smaller sibling has another digest that cannot be looked up offline. The same image again would be certain, and too little would be gained by it. Use --runtime IMAGE to name the sibling.",
        help: "name the runtime image with --runtime IMAGE";
    WINDOWS_BASE = "windows-base", Declined, "Windows images are not supported.",
        "Windows containers have other shells, paths and base images; msb knows Linux images only.";
    ONBUILD_BASE = "onbuild-base", Declined, "The base image runs ONBUILD triggers.",
        "Triggers add steps that are not in the file and that a runtime stage on another base would lose.",
        help: "start from the image without triggers, and write their steps into the file";
    ONBUILD_PRODUCT = "onbuild-product", Declined, "The image is a base for other images.",
        "Its ONBUILD triggers run in other people's builds and may need the toolchain.";
    TOOLCHAIN_AT_RUN_TIME = "toolchain-at-run-time", Declined, "The container runs a build tool.",
        "CMD or ENTRYPOINT calls a compiler, a package manager or a build tool, so the toolchain has to stay. Build the program in a RUN and start the result.",
        help: "build the program in a RUN, and let CMD start the result";
    DEV_SERVER = "dev-server", Declined, "The container runs a development server.",
        "A development server rebuilds when sources change; the toolchain is part of what it does.",
        help: "let CMD start the production server; development can mount the sources over it";
    INTERACTIVE_IMAGE = "interactive-image", Declined, "The container starts a shell or an interpreter's prompt.",
        "Somebody works inside this image and may need everything in it.",
        help: "let CMD name the program that the image is for";
    OPAQUE_STEP = "opaque-step", Declined, "A step may write anywhere.",
        "Nothing describes what the command writes, so msb cannot say which files the runtime stage needs. Describe it in .msb/heuristics/*.toml (see `msb heuristics`).",
        help: "say with `# msb: keep` or `# msb: artifact=/path` above the step what it leaves";
    OPAQUE_ENTRYPOINT = "opaque-entrypoint", Declined, "What the container runs cannot be read.",
        "The program or script that the container starts is neither in the build context nor written by a step that msb understands.",
        help: "let CMD name the program itself, or COPY its script from the build context";
    SYSTEM_CHANGE = "system-change", Declined, "A step changes the system in a way that cannot be repeated in another stage.",
        "The change lies in system directories and is neither a package, a user nor a plain file operation.",
        help: "say with `# msb: keep` above the step that it belongs to run time";
    COMMAND_LOST = "command-lost", Declined, "A command needed at run time would be gone.",
        "The runtime base lacks the command and no package is known that brings it.",
        help: "name a runtime image that has the command with --runtime IMAGE";
    LIBRARY_UNKNOWN = "library-unknown", Declined, "The runtime libraries of a -dev package are not known.",
        "A package of headers was installed and msb does not know under which name its shared library comes in this release.",
        help: "say with `# msb: keep` above the step that run time needs its packages";
    RELEASE_NOT_SERVED = "release-not-served", Declined, "The base image's package archive is gone.",
        "The runtime stage would need a package, but the distribution release is no longer served, so installing would fail.",
        help: "start from an image of a release that is still served";
    NO_RUNTIME_BASE = "no-runtime-base", Declined, "No runtime image fits.",
        "No smaller image with the same C library, distribution release and interpreter is known for this base.",
        help: "name a runtime image with --runtime IMAGE";
    RUNTIME_REFUSED = "runtime-refused", Declined, "The requested runtime image cannot run the result.",
        "The image asked for with --runtime breaks a hard rule: same C library and release for what is dynamically linked, a shell where one is needed, the same interpreter.",
        help: "leave the choice of the runtime image to msb, or name one of the same release";
    UNKNOWN_WORKDIR = "unknown-path", Declined, "A path depends on a value that is not known.",
        "A WORKDIR, COPY destination or output path contains a variable without a known value.",
        help: "give the variable a value with ARG NAME=VALUE or --build-arg NAME=VALUE";
    SHELL_UNKNOWN = "shell-unknown", Declined, "The SHELL is not a POSIX shell.",
        "RUN lines are read as sh, ash, dash or bash only.",
        help: "run the build's steps in a POSIX shell";
    STARTED_SERVICE = "started-service", Declined, "A build step starts a service and fills it with data.",
        "What the service writes, with which owner and where, cannot be told from the file.",
        help: "fill the service with data when the container starts";
    BASE_NOT_ALLOWED = "base-not-allowed", Declined, "The policy does not allow the runtime image.",
        "`allowed` in .msb.toml names the images and registries that may be used, and the runtime image that fits is none of them. Allow it, or name its mirror.",
        help: "allow the runtime image below [allowed] in .msb.toml, or name its mirror below [mirrors]";
    PROOF_FAILED = "proof-failed", Declined, "The converted file did not pass msb's own proof.",
        "msb reads its result again from nothing and compares. Something that the original has would be missing; the finding says what.";
    SOURCE_MISSING = "source-missing", Declined, "A file that the Dockerfile copies is not in the build context.",
        "COPY, ADD or a bind mount names what the context does not hold, or what .dockerignore leaves out, so the build fails on it or is run on another folder. Name that folder with --context DIR, or with `context` in .msb.toml; what is there only when it is built is named with --context-names FILE.",
        help: "name the folder that the image is built with: --context DIR, or `context` in .msb.toml";
    SECRET_IN_IMAGE = "secret-in-image", Declined, "A file with credentials would be in the runtime stage.",
        "The image holds it, together with what run time needs: a clean-up in a later step leaves it in a layer. Keep it out of the build context with .dockerignore, or give it to the one step that reads it with RUN --mount=type=secret.",
        help: "give the file to the step that reads it with RUN --mount=type=secret";
    COPY_FROM_IMAGE = "copies-from-image", Unchanged, "A step works with files of another image.",
        "A RUN with a mount from another image, or a COPY --from the file's own stage, is left as it is.";

    ASSUMED_BASE = "assumed-base", Assumption, "Something is taken for granted of a base image that is not known.",
        "The runtime stage starts from the same image, so that its configuration is the same. What the file's own steps do depends on it all the same: on the user and the directory they start with, and on what the entry point does. Name the known image that it is built on below [images] in .msb.toml.";
    ASSUMED_COMMAND = "assumed-command", Assumption, "A command that nothing describes is taken to write only below its working directory.",
        "The command is not in the heuristics. Its results below the working directory are kept; anything it wrote elsewhere would be lost.";
    ASSUMED_CREDENTIALS = "assumed-credentials", Assumption, "A file that is known by its name only may hold credentials.",
        "Its name is one under which tools keep credentials, and nobody could read it. Look into it, or keep it out of the build context with .dockerignore.";
    ASSUMED_SUBPROCESS = "assumed-subprocess", Assumption, "The program starts commands that msb cannot name.",
        "The sources start a subprocess whose name is computed. If it is a tool that only the larger base image has, it would be missing.";
    ASSUMED_ECOSYSTEM = "assumed-ecosystem", Assumption, "The rules for this ecosystem have not been proven on real projects.",
        "Conversions of this language have not been built and compared often enough to be called safe. Build and try the result before you rely on it.";
    ASSUMED_CONTEXT = "assumed-context", Assumption, "The build context is not known, or a folder is taken for it.",
        "Without the context msb cannot look into scripts and manifests. It is found from what builds the file: compose, bake and Skaffold files, CI, Makefiles and scripts, or `context` in .msb.toml. Where nothing says it and a COPY source is not beside the Dockerfile, the nearest folder above that holds all sources is tried; confirm it with --context DIR.";
    ASSUMED_LIBRARIES = "assumed-libraries", Assumption, "A dependency may load a system library that is not known.",
        "The dependency list could not be read, so a library that only the larger base image has may be missing.";
    ASSUMED_ENTRYPOINT = "assumed-entrypoint", Assumption, "The base image's entry point is replaced.",
        "The original ran through the entry point of its base image, which the runtime base does not have.";

    ASSUMED_START = "assumed-start", Assumption, "The container starts a program that the build made, and no longer compiles it.",
        "CMD compiled the program at every start. The build makes it now, with the options that the command had, and CMD starts the result in the same directory. What the build tool gives a program that it starts itself (variables, another exit code, a changed source that is mounted over the image's) is gone.";
    ASSUMED_ARGUMENT = "assumed-argument", Assumption, "What is copied depends on the default of a build argument.",
        "The file was planned again with another value of the argument, and the runtime stage came out different. It holds for the default only; where the argument is never set, accept this assumption in .msb.toml.";
    ASSUMED_SERVICE = "assumed-service", Assumption, "Another file of the project uses the image in a way that may need the toolchain.",
        "A compose file, a dev container or a build by stage number starts something else than the image's own command. Give it the builder stage with `target` where it builds or develops; other commands are kept working.";

    SOURCE_MOUNTED = "source-mounted", Change, "A compose file mounts the sources over the program's directory.",
        "What the image holds there is not seen by that service, built files and dependencies included. The runtime stage has no tools to make them again; the builder stage has: set `build.target` for the service.";
    STAGE_NAMED = "stage-named", Change, "The runtime stage takes the name that other files ask for.",
        "`--target` and `build.target` still give the finished image, under the same name.";
    DEVELOPMENT_PRUNED = "development-pruned", Change, "The build ends by taking away packages that only development needs.",
        "The manifest declares them for development, and nothing that runs names one of them: no import, no setting, no script, no command. The package manager's own command removes them from the builder before the rest is copied. `# msb: keep` above the step that installs leaves them where they are.";
    BUILDER_STAGE = "builder-stage", Change, "The build goes to a stage of its own.",
        "The builder keeps the original base and steps, so the build itself does not change.";
    RUNTIME_BASE = "runtime-base", Change, "The runtime stage starts from a smaller image.",
        "Same distribution release, C library and interpreter as the builder, without the toolchain.";
    COPIED_FROM_BUILDER = "copied-from-builder", Change, "Built files are copied to the same path.",
        "Paths stay the same, so commands, working directory and variables need no change.";
    RESTATED = "restated", Change, "The instruction is needed in both stages.",
        "Configuration is not inherited from a stage that is only copied from.";
    PACKAGES_REDUCED = "packages-reduced", Change, "Only run-time packages are installed.",
        "Compilers and headers stay in the builder; libraries they link to are installed by their own packages.";
    ENTRYPOINT_NEEDLESS = "entrypoint-needless", Change, "The entry point of the larger base is gone, and nothing that runs needs it.",
        "It prepares something for the build tool and then runs its arguments. The container calls none of the tools that read what it prepares, and no file of the project names that.";
    IDS_KEPT = "ids-kept", Change, "Accounts or groups of the larger base are made, so that what runs finds them with the ids that they had.",
        "A user that the runtime stage names, and whose home it has, may come from the larger base alone. Debian gives system accounts the next free id. The larger base had a group that takes one of these ids; without it, the program would run with another id, and files in volumes would belong to somebody else.";
    PACKAGE_ADDED = "package-added", Change, "A package replaces what the larger base image had.",
        "Moving to a smaller base takes things away that nobody wrote down; what run time needs is put back.";
    REPLAYED = "replayed", Change, "A system change is repeated in the runtime stage.",
        "Users, directories and modes are part of the image, not of a path that can be copied.";
    STAYS_IN_BUILDER = "stays-in-builder", Change, "The step is needed only to build.",
        "Its results that run time needs are copied; the rest does not reach the image.";
    STEP_DROPPED = "step-dropped", Change, "A step after the build has nothing left to do.",
        "It cleans up after build steps, or only says something. The runtime stage starts from a clean image, so neither stage needs it.";
    ENV_DROPPED = "env-dropped", Change, "A variable of the old base image is gone.",
        "It described the toolchain, which is gone too.";
    SECRET_ARGUMENT = "secret-argument", Change, "A build argument looks like a secret.",
        "Build arguments are visible in an image's history; in the builder stage they are not shipped. Use RUN --mount=type=secret.";
}

/// Finds a rule by its id.
pub fn find(id: &str) -> Option<Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_for_files_that_stay_as_they_are() {
        for rule in ALL.iter().filter(|rule| rule.advice.is_some()) {
            assert!(matches!(rule.level, Level::Unchanged | Level::Declined), "{}", rule.id);
        }
        for level in Level::ALL {
            assert_eq!(serde_json::to_value(level).unwrap(), level.word());
            assert!(ALL.iter().any(|rule| rule.level == level), "no rule is of level {}", level.word());
        }
    }

    #[test]
    fn ids_are_unique_and_kebab_case() {
        let mut ids: Vec<_> = ALL.iter().map(|r| r.id).collect();
        ids.sort_unstable();
        let before = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), before);
        assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
    }
}
