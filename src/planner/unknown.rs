//! Base images of which something is not known.
//!
//! The same image again has the same configuration, whatever that is. What is left to ask is what the file's own steps
//! depend on: who runs them and where, and what the container starts.

use super::{Outcome, Refusal};
use crate::analyzer::{Action, Analysis};
use crate::facts::images;
use crate::rules::{self, Reason};
use crate::syntax::{Instruction, Kind};

/// What is taken for granted of the base image, as far as the file depends on it.
///
/// # Errors
///
/// When not even the command that the container starts is known.
pub(super) fn assumed(instructions: &[&Instruction], analysis: &Analysis) -> Result<Option<Reason>, Refusal> {
    let base = &analysis.base;
    let Some(facts) = &base.facts else { return Ok(None) };
    let open = facts.config.open;
    let span = instructions[base.instruction].span;
    let written = &base.written;
    if open.start && !analysis.sets_entrypoint && !analysis.sets_cmd {
        let words = format!("what `{written}` starts is not known, and the file sets neither ENTRYPOINT nor CMD");
        return Err(rules::OPAQUE_ENTRYPOINT.because(words, span).into());
    }
    let stage = || instructions.iter().skip(base.instruction + 1);
    let acts = |kind: &Kind| matches!(kind, Kind::Run(_) | Kind::Copy(_) | Kind::Add(_));
    let absolute = |kind: &Kind| matches!(kind, Kind::Workdir(path) if path.starts_with('/'));
    if open.user && calls_sudo(analysis) {
        let words = format!("the steps call `sudo`, so that `{written}` has a user, who is not known");
        return Err(rules::UNKNOWN_BASE.because(words, span).into());
    }
    let mut taken = Vec::new();
    if open.user && stage().take_while(|i| !matches!(i.kind, Kind::User(_))).any(|i| acts(&i.kind)) {
        taken.push("its steps run as root");
    }
    let entered = stage().position(|i| absolute(&i.kind)).map(|at| base.instruction + 1 + at);
    let stands = |step: &crate::analyzer::Step| {
        let kind = &instructions[step.instruction].kind;
        entered.is_none_or(|at| step.instruction < at)
            && (matches!(kind, Kind::Workdir(_)) || !matches!(step.action, Action::Config))
    };
    if open.workdir && (entered.is_none() || analysis.steps.iter().any(stands)) {
        taken.push("its working directory is `/`");
    }
    if open.start && !analysis.sets_entrypoint {
        taken.push("it starts the command as it is written");
    }
    if open.all {
        taken.push("it has no triggers, and no variables that change what the steps do");
    }
    match taken.is_empty() {
        true => Ok(None),
        false => {
            let words = format!("`{written}` is not fully known; it is taken that {}", taken.join(", that "));
            Ok(Some(rules::ASSUMED_BASE.because(words, span)))
        }
    }
}

/// True when a step before the first USER asks for rights that root has.
fn calls_sudo(analysis: &Analysis) -> bool {
    let steps = analysis.steps.iter().take_while(|step| step.user == analysis.steps[0].user);
    steps.into_iter().any(|step| match &step.action {
        Action::Run(run) => {
            run.text.split(|c: char| c.is_whitespace() || ";&|(".contains(c)).any(|word| word == "sudo")
        }
        _ => false,
    })
}

/// Where a file ends unconverted because the base image is not known, or is one exact image, says so in the first place.
pub(super) fn explain(instructions: &[&Instruction], analysis: &Analysis, outcome: &mut Outcome) {
    let base = &analysis.base;
    let (Some(reference), Some(facts)) = (&base.reference, &base.facts) else { return };
    let span = instructions[base.instruction].span;
    let unknown = facts.config.open.all;
    let sibling =
        || images::lookup(&images::ImageRef { digest: None, ..reference.clone() }).is_some_and(|f| f.runtime.is_some());
    let first = match (unknown, &reference.digest) {
        (_, Some(_)) if unknown || sibling() => {
            rules::DIGEST_BASE.because(format!("`{}` names one exact image", base.written), span)
        }
        (true, _) => rules::UNKNOWN_BASE.because(unknown_words(&reference.to_string()), span),
        (false, _) => return,
    };
    let others = match outcome {
        Outcome::Declined { reasons }
            if reference.digest.is_none() && reasons.iter().any(|r| r.rule == rules::UNKNOWN_BASE) =>
        {
            return;
        }
        Outcome::Unchanged { reason } if is_about_gain(reason) => Vec::new(),
        Outcome::Declined { reasons } if unknown && !reasons.iter().any(says_enough) => std::mem::take(reasons),
        _ => return,
    };
    *outcome = Outcome::Declined { reasons: std::iter::once(first).chain(others).collect() };
}

/// True for reasons that hold whatever the base image is like.
fn says_enough(reason: &Reason) -> bool {
    [rules::WINDOWS_BASE, rules::ONBUILD_BASE].contains(&reason.rule)
}

/// True for the reasons that a smaller base could change.
fn is_about_gain(reason: &Reason) -> bool {
    reason.rule == rules::NO_GAIN || reason.rule == rules::NO_BUILD_STEP
}

/// Says what is not known, and the line that would tell.
pub(super) fn unknown_words(image: &str) -> String {
    format!(
        "`{image}` is not in msb's tables; if it is built on a known image, say so in .msb.toml below [images]: \
         \"{image}\" = {{ like = \"IMAGE:TAG\" }}"
    )
}

#[cfg(test)]
mod tests {
    use crate::context::MemoryContext;
    use crate::planner::{Applicability, Element, Outcome, Plan};
    use crate::rules::{self, Reason};
    use crate::{Request, convert};

    fn outcome(dockerfile: &str) -> Outcome {
        let context = MemoryContext::new([
            ("requirements.txt", "psycopg2==2.9.9\n"),
            ("app.py", "import psycopg2\nprint(1)\n"),
            ("main.go", "package main\n\nfunc main() {}\n"),
            ("run.c", "int main(void) { return 0; }\n"),
            ("go.mod", "module example.com/m\n\ngo 1.10\n"),
        ]);
        convert(&Request::new(dockerfile.as_bytes(), &context)).unwrap_or_else(|e| panic!("{e:?}")).outcome
    }

    fn plan(dockerfile: &str) -> Plan {
        match outcome(dockerfile) {
            Outcome::Convert(plan) => *plan,
            other => panic!("not converted: {other:?}"),
        }
    }

    fn reasons(dockerfile: &str) -> Vec<Reason> {
        match outcome(dockerfile) {
            Outcome::Declined { reasons } => reasons,
            other => panic!("not declined: {other:?}"),
        }
    }

    const STEPS: &str = "WORKDIR /app\nCOPY . .\nRUN apt-get update && apt-get install -y gcc libpq-dev \\\n \
                         && pip install -r requirements.txt\n";

    fn assumed(plan: &Plan) -> String {
        let found = plan.assumptions.iter().find(|reason| reason.rule == rules::ASSUMED_BASE);
        found.map(|reason| reason.because.clone()).unwrap_or_default()
    }

    const C_STEPS: &str = "WORKDIR /app\nCOPY run.c .\nRUN apt-get update && apt-get install -y gcc libc6-dev\n\
                           RUN gcc -O2 -o /usr/local/bin/run run.c\n";

    #[test]
    fn an_unknown_image_is_the_runtime_base_again_and_what_is_taken_for_granted_is_said() {
        let plan_of = |steps: &str| plan(&format!("FROM registry.example/team/base:3\n{steps}CMD [\"run\"]\n"));
        let plan = plan_of(C_STEPS);
        assert_eq!(plan.runtime_image, "registry.example/team/base:3");
        assert_eq!(plan.applicability, Applicability::Unsafe);
        let words = assumed(&plan);
        assert!(words.contains("run as root") && words.contains("starts the command") && words.contains("no triggers"));
        assert!(!words.contains("working directory"), "the file enters one before it acts: {words}");
        let words = assumed(&plan_of(&format!("USER 0\n{C_STEPS}")));
        assert!(!words.contains("root"), "{words}");
        let words = assumed(&plan_of(&format!("RUN mkdir -p /var/run/app\n{C_STEPS}")));
        assert!(words.contains("its working directory is `/`"), "{words}");
    }

    #[test]
    fn what_an_unknown_image_decides_is_not_decided() {
        let from = "FROM registry.example/team/python:3\n";
        let cases = [
            (format!("{from}{STEPS}"), rules::OPAQUE_ENTRYPOINT),
            (
                format!("{from}{}CMD [\"python\", \"app.py\"]\n", STEPS.replace("/app", "$PLACE/app")),
                rules::UNKNOWN_WORKDIR,
            ),
            (format!("{from}RUN sudo apt-get update\n{STEPS}CMD [\"python\", \"app.py\"]\n"), rules::UNKNOWN_BASE),
        ];
        for (text, rule) in cases {
            let reasons = reasons(&text);
            assert_eq!(reasons[0].rule, rules::UNKNOWN_BASE, "{text}");
            assert!(reasons.iter().any(|reason| reason.rule == rule), "{text}: {reasons:?}");
        }
    }

    #[test]
    fn where_an_image_has_its_languages_is_not_guessed() {
        let steps = STEPS.replace("gcc libpq-dev", "gcc");
        for image in
            ["continuumio/miniconda3", "bitnami/python:3.11", "cimg/python:3.11", "registry.example/team/python:3"]
        {
            let text = format!("FROM {image}\n{steps}CMD [\"python\", \"app.py\"]\n");
            let reasons = reasons(&text);
            assert!(reasons.iter().any(|reason| reason.rule == rules::OPAQUE_STEP), "{image}: {reasons:?}");
        }
        // An environment that the file makes itself is where it is.
        let venv = "FROM registry.example/team/python:3\nWORKDIR /app\nENV PATH=/venv/bin:$PATH\n\
                    RUN apt-get update && apt-get install -y gcc\nCOPY . .\n\
                    RUN python3 -m venv /venv\nRUN pip install -r requirements.txt\nCMD [\"python\", \"app.py\"]\n";
        let plan = plan(venv);
        let copied =
            |path: &str| plan.elements.iter().any(|e| matches!(e, Element::FromBuilder { path: p, .. } if p == path));
        assert!(copied("/venv"), "{:?}", plan.elements);
        let uv = "FROM ghcr.io/astral-sh/uv:bookworm-slim\nWORKDIR /app\nCOPY . .\n\
                  RUN uv venv && uv pip install -r requirements.txt\nCMD [\".venv/bin/python\", \"app.py\"]\n";
        assert!(reasons(uv).iter().any(|reason| reason.rule == rules::OPAQUE_STEP));
    }

    #[test]
    fn images_with_triggers_are_left_alone() {
        for image in ["maven:3-jdk-8-onbuild", "rails:4.1", "registry.example/team/base:1-onbuild"] {
            let reasons = reasons(&format!("FROM {image}\n{STEPS}CMD [\"python\", \"app.py\"]\n"));
            assert_eq!(reasons[0].rule, rules::ONBUILD_BASE, "{image}");
        }
    }

    #[test]
    fn a_digest_keeps_its_image_and_the_facts_of_its_tag() {
        let with = |image: &str| format!("FROM {image}\n{STEPS}CMD [\"python\", \"app.py\"]\n");
        let plan = plan(&with("python:3.12-slim-bookworm@sha256:0123"));
        assert_eq!(plan.runtime_image, "python:3.12-slim-bookworm@sha256:0123");
        assert_eq!(assumed(&plan), "");
        // The sibling cannot be pinned, and the image itself gains nothing.
        let text = "FROM python:3.12@sha256:0123\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n\
                    CMD [\"python\", \"app.py\"]\n";
        assert_eq!(reasons(text)[0].rule, rules::DIGEST_BASE);
        let alone = with("python@sha256:0123")
            .replace("gcc libpq-dev", "tree")
            .replace(" \\\n && pip install -r requirements.txt", "");
        assert_eq!(reasons(&alone)[0].rule, rules::DIGEST_BASE);
    }

    #[test]
    fn go_images_of_old_stand_on_their_own_release() {
        let text = "FROM golang:1.10\nWORKDIR /go/src/m\nCOPY . .\nRUN go build -o /usr/local/bin/m .\nCMD [\"m\"]\n";
        let plan = plan(text);
        assert_eq!(plan.runtime_image, "debian:stretch-slim");
        assert!(
            reasons(&text.replace("CMD [\"m\"]", "CMD [\"go-wrapper\", \"run\"]"))
                .iter()
                .any(|reason| reason.rule == rules::TOOLCHAIN_AT_RUN_TIME || reason.rule == rules::OPAQUE_ENTRYPOINT)
        );
    }
}
