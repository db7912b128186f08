//! What the surroundings of a Dockerfile ask: containers of clusters, the project's policy, and its build context.

use super::{MAIN_WORDS, Reader, exact};
use crate::analyzer::readers::contexts;
use crate::analyzer::readers::workloads::Workload;
use crate::facts::heuristics::Arg;
use crate::paths;
use crate::policy;
use crate::rules;

impl Reader<'_> {
    /// Commands that the policy keeps, and what is wrong or doubtful about the build context.
    pub(super) fn surroundings(&mut self) {
        for command in self.inputs.policy.keep() {
            self.command_word(command, &format!("`keep` in {}", policy::FILE));
        }
        if let Some(doubt) = self.inputs.context.doubt() {
            self.demands.assumptions.insert(0, rules::ASSUMED_CONTEXT.because(doubt, None));
        }
        // Whatever else is refused may come of sources that are not there.
        self.demands.refusals.splice(0..0, contexts::missing(self.inputs));
    }

    /// The commands of a container. True when it starts one of its own that a runtime stage can run; one that it cannot run
    /// leaves no demands, only an assumption.
    pub(super) fn workload(&mut self, workload: &Workload) -> bool {
        let config = &self.analysis.end.config;
        let place = format!("{}, container `{}`", workload.file, workload.name);
        let before = (self.demands.clone(), self.seen.clone(), self.cwd.clone());
        if let Some(directory) = &workload.working_dir {
            self.cwd = paths::join(&self.cwd, directory);
        }
        let starts = workload.command.is_some() || workload.args.is_some();
        if starts {
            let kept = |words: &Option<Vec<String>>| exact(&words.clone().unwrap_or_default());
            let entrypoint =
                workload.command.as_ref().map_or_else(|| kept(&config.entrypoint), |words| cluster_words(words));
            let cmd = match (&workload.args, &workload.command) {
                (Some(words), _) => cluster_words(words),
                // Another entry point takes the image's CMD away.
                (None, Some(_)) => Vec::new(),
                (None, None) => kept(&config.cmd),
            };
            if [&entrypoint, &cmd].into_iter().find_map(|words| words.first()).is_some_and(|first| !first.exact) {
                let words = format!("what {place} starts is computed; it may need more than the image's own command");
                self.demands.assumptions.push(rules::ASSUMED_SERVICE.because(words, None));
            }
            self.started(&entrypoint, &cmd, Some(&format!("{place}: {MAIN_WORDS}")));
        }
        for (key, words) in &workload.execs {
            // A probe is no program of the container.
            let programs = self.demands.programs.len();
            self.argv(&cluster_words(words), &format!("`{key}` of {place}"), 0);
            self.demands.programs.truncate(programs);
        }
        self.cwd = before.2;
        let Some(refusal) = self.demands.refusals.get(before.0.refusals.len()) else { return starts };
        let words =
            format!("{place} runs {}; it needs an image with the tools, as the builder stage is", refusal.because);
        (self.demands, self.seen) = (before.0, before.1);
        self.demands.assumptions.push(rules::ASSUMED_SERVICE.because(words, None));
        false
    }
}

/// Words as a cluster reads them: `$(NAME)` is a variable, and no shell is run.
fn cluster_words(words: &[String]) -> Vec<Arg> {
    words.iter().map(|word| Arg { text: word.clone(), exact: !is_computed(word) }).collect()
}

fn is_computed(word: &str) -> bool {
    let name = word.split_once("$(").and_then(|(_, rest)| rest.split_once(')')).map(|(name, _)| name);
    name.is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{AssumedContext, MemoryContext};
    use crate::facts::heuristics::Heuristics;
    use crate::planner::{Applicability, Outcome};
    use crate::policy::Policy;
    use crate::{Conversion, Request, convert};

    const PYTHON: &str = "FROM python:3.11\nWORKDIR /app\nCOPY requirements.txt app.py ./\nRUN pip install -r requirements.txt\nCMD [\"python\", \"app.py\"]\n";

    fn project() -> MemoryContext {
        MemoryContext::new([("requirements.txt", "flask==3.0.0\n"), ("app.py", "import flask\n")])
    }

    fn commands(conversion: &Conversion) -> Vec<&str> {
        conversion.demands.commands.iter().map(|c| c.name.as_str()).collect()
    }

    fn deployed(manifest: &str) -> Conversion {
        let context = project().file("k8s/app.yaml", manifest);
        convert(&Request::new(PYTHON.as_bytes(), &context)).expect("valid")
    }

    fn container(fields: &str) -> String {
        format!(
            "kind: Deployment\nspec: {{template: {{spec: {{containers: [{{name: app, image: r.example/acme/app, {fields}}}]}}}}}}\n"
        )
    }

    #[test]
    fn probes_and_hooks_are_demands() {
        for (fields, command) in [
            ("livenessProbe: {exec: {command: [curl, -f, localhost]}}", "curl"),
            ("readinessProbe: {exec: {command: [sh, -c, 'wget -qO- $HOST']}}", "wget"),
            ("startupProbe: {exec: {command: [nc, -z, localhost, '80']}}", "nc"),
            ("lifecycle: {preStop: {exec: {command: [/bin/sh, -c, 'sleep 5; jq . /x']}}}", "jq"),
            ("command: [tini, --], args: [python, app.py]", "tini"),
        ] {
            let conversion = deployed(&container(fields));
            assert!(commands(&conversion).contains(&command), "{fields}: {:?}", conversion.demands.commands);
        }
        let asked_by_the_node = deployed(&container("livenessProbe: {httpGet: {path: /, port: 80}}"));
        assert_eq!(commands(&asked_by_the_node), ["python"]);
    }

    #[test]
    fn a_container_that_needs_the_tools_is_an_assumption() {
        let conversion = deployed(&container("command: [gcc, x.c]"));
        let words: Vec<_> = conversion.demands.assumptions.iter().map(|r| (r.rule, r.because.as_str())).collect();
        assert!(
            matches!(words.as_slice(), [(rule, text)] if *rule == rules::ASSUMED_SERVICE && text.contains("gcc")),
            "{words:?}"
        );
        assert!(!commands(&conversion).contains(&"gcc"));
        let computed = deployed(&container("command: ['$(TOOL)']"));
        assert!(computed.demands.assumptions.iter().any(|r| r.because.contains("is computed")));
    }

    #[test]
    fn the_policy_keeps_commands() {
        let policy = Policy::parse("keep = [\"curl\"]\n", Heuristics::builtin()).expect("valid");
        let context = project();
        let mut request = Request::new(PYTHON.as_bytes(), &context);
        request.options.policy = policy;
        let conversion = convert(&request).expect("valid");
        assert!(commands(&conversion).contains(&"curl"));
        let text = String::from_utf8(conversion.output.expect("converted")).expect("text");
        assert!(text.contains("install") && text.contains("curl"), "{text}");
    }

    #[test]
    fn a_source_that_is_not_there_declines() {
        let context = MemoryContext::new([("requirements.txt", "flask\n")]);
        let conversion = convert(&Request::new(PYTHON.as_bytes(), &context)).expect("valid");
        let Outcome::Declined { reasons } = conversion.outcome else { panic!("{:?}", conversion.outcome) };
        assert_eq!(reasons[0].rule, rules::SOURCE_MISSING);
        assert!(reasons[0].because.contains("`app.py`") && reasons[0].because.contains("--context"), "{reasons:?}");
    }

    #[test]
    fn an_assumed_context_is_never_safe() {
        let safe = convert(&Request::new(PYTHON.as_bytes(), &project())).expect("valid");
        let assumed = AssumedContext::new(Box::new(project()), "`.` is taken for it".to_owned());
        let conversion = convert(&Request::new(PYTHON.as_bytes(), &assumed)).expect("valid");
        let applicability = |conversion: &Conversion| match &conversion.outcome {
            Outcome::Convert(plan) => Some((plan.applicability, plan.assumptions.first().map(|r| r.rule))),
            _ => None,
        };
        assert_eq!(applicability(&safe), Some((Applicability::Safe, None)));
        assert_eq!(applicability(&conversion), Some((Applicability::Unsafe, Some(rules::ASSUMED_CONTEXT))));
    }
}
