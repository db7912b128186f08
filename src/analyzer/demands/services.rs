//! What the surroundings of a Dockerfile ask: services of compose files, containers of clusters, the project's policy, and its
//! build context.

use super::{MAIN_WORDS, Reader, exact};
use crate::analyzer::readers::workloads::Workload;
use crate::analyzer::readers::{self, contexts};
use crate::context::manifests::{Command, Healthcheck, Service};
use crate::facts::heuristics::Arg;
use crate::paths;
use crate::policy;
use crate::rules;

/// How another file of the project starts the image.
pub(super) struct Start<'s> {
    /// Who asks for the command, in words.
    pub(super) because: String,
    pub(super) working_dir: Option<&'s str>,
    pub(super) entrypoint: Option<Vec<Arg>>,
    pub(super) cmd: Option<Vec<Arg>>,
}

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

    /// What other files of the project ask.
    pub(super) fn services(&mut self) {
        let asked = readers::read(self.inputs);
        for why in &asked.unread {
            self.demands.assumptions.push(rules::ASSUMED_SERVICE.because(format!("{why}; it may ask for more"), None));
        }
        for place in &asked.workplaces {
            let words = format!("{place} opens the finished image for development; give it the builder with `target`");
            self.demands.assumptions.push(rules::ASSUMED_SERVICE.because(words, None));
        }
        if let Some(target) = asked.targets.iter().find(|t| t.name == "0") {
            let words = format!("{} builds stage `0`, which will be the builder", target.by);
            self.demands.assumptions.push(rules::ASSUMED_SERVICE.because(words, None));
        }
        let said = self.analysis.sets_cmd || self.analysis.sets_entrypoint;
        let own = self.demands.refusals.len();
        let mut commands = false;
        for service in &asked.services {
            commands |= self.service(service);
            self.mounts(service);
        }
        for workload in &asked.workloads {
            commands |= self.workload(workload);
        }
        let nothing_said = own > 0 && self.demands.refusals.iter().all(|r| r.rule == rules::INTERACTIVE_IMAGE);
        if commands && nothing_said && !said {
            self.demands.refusals.clear();
            let words =
                "the image has no command of its own; what compose files and manifests run in it is all that counts";
            self.demands.assumptions.push(rules::ASSUMED_SERVICE.because(words, None));
        }
        self.called(&asked.calls);
        self.demands.targets = asked.targets;
    }

    /// A service of a compose file. True when it starts a command of its own that a runtime stage can run.
    fn service(&mut self, service: &Service) -> bool {
        let place = format!("{}, service `{}`", service.file, service.name);
        let start = Start {
            because: format!("{place}: {MAIN_WORDS}"),
            working_dir: service.working_dir.as_deref(),
            entrypoint: service.entrypoint.as_ref().map(compose_words),
            cmd: service.command.as_ref().map(compose_words),
        };
        let checked = |reader: &mut Self| {
            let because = format!("health check of {place}");
            match &service.healthcheck {
                Some(Healthcheck::Shell(text)) => reader.shell_check(&text.replace("$$", "$"), &because),
                Some(Healthcheck::Exec(words)) => reader.check(&exact(words), &because),
                Some(Healthcheck::Disabled | Healthcheck::Inherited) | None => {}
            }
        };
        self.container(start, checked, |refused| {
            let (name, file) = (&service.name, &service.file);
            format!("{name} of {file} runs {refused}; give it the builder with `build.target`")
        })
    }

    /// A container of a cluster. True when it starts a command of its own that a runtime stage can run.
    fn workload(&mut self, workload: &Workload) -> bool {
        let place = format!("{}, container `{}`", workload.file, workload.name);
        let start = Start {
            because: format!("{place}: {MAIN_WORDS}"),
            working_dir: workload.working_dir.as_deref(),
            entrypoint: workload.command.as_deref().map(cluster_words),
            cmd: workload.args.as_deref().map(cluster_words),
        };
        let (entrypoint, cmd) = self.command_line(&start);
        let is_computed = entrypoint.first().or(cmd.first()).is_some_and(|first| !first.exact);
        let checked = |reader: &mut Self| {
            if is_computed {
                let words = format!("what {place} starts is computed; it may need more than the image's own command");
                reader.demands.assumptions.push(rules::ASSUMED_SERVICE.because(words, None));
            }
            for (key, words) in &workload.execs {
                reader.check(&cluster_words(words), &format!("`{key}` of {place}"));
            }
        };
        self.container(start, checked, |refused| {
            format!("{place} runs {refused}; it needs an image with the tools, as the builder stage is")
        })
    }

    /// What a container asks for that another file starts, and what its `checks` ask. True when it starts a command of its own
    /// that a runtime stage can run; one that it cannot run leaves no demands, only an assumption, which `advice` puts in words.
    fn container(
        &mut self,
        start: Start<'_>,
        checks: impl FnOnce(&mut Self),
        advice: impl FnOnce(&str) -> String,
    ) -> bool {
        let before = (self.demands.clone(), self.seen.clone(), self.cwd.clone());
        if let Some(directory) = start.working_dir {
            self.cwd = paths::join(&self.cwd, directory);
        }
        let starts = start.entrypoint.is_some() || start.cmd.is_some();
        if starts {
            let (entrypoint, cmd) = self.command_line(&start);
            self.started(&entrypoint, &cmd, Some(&start.because));
        }
        checks(self);
        self.cwd = before.2;
        let Some(refusal) = self.demands.refusals.get(before.0.refusals.len()) else { return starts };
        let words = advice(&refusal.because);
        (self.demands, self.seen) = (before.0, before.1);
        self.demands.assumptions.push(rules::ASSUMED_SERVICE.because(words, None));
        false
    }

    /// Entry point and command of a container; what its file leaves out is the image's own.
    pub(super) fn command_line(&self, start: &Start<'_>) -> (Vec<Arg>, Vec<Arg>) {
        let config = &self.analysis.end.config;
        let own = |words: &Option<Vec<String>>| exact(words.as_deref().unwrap_or_default());
        let cmd = match (&start.cmd, &start.entrypoint) {
            (Some(cmd), _) => cmd.clone(),
            // Another entry point takes the image's CMD away.
            (None, Some(_)) => Vec::new(),
            (None, None) => own(&config.cmd),
        };
        (start.entrypoint.clone().unwrap_or_else(|| own(&config.entrypoint)), cmd)
    }

    /// Warns of sources that are laid over what the image holds.
    fn mounts(&mut self, service: &Service) {
        let workdir = &self.analysis.end.config.workdir;
        for mount in &service.volumes {
            let from_host = mount.source.as_ref().is_some_and(|s| s.starts_with(['.', '/', '~', '$']));
            let target = paths::join("/", &mount.target);
            if !from_host
                || !mount.target.starts_with('/')
                || target == "/"
                || !paths::is_within(&target, workdir)
                || workdir == "/"
            {
                continue;
            }
            let source = mount.source.as_deref().unwrap_or_default();
            let words = format!(
                "{} mounts `{source}` over `{target}` in service `{}`: what the image holds there is hidden, and the runtime stage \
                 has not got the tools to make it again; to develop there, give the service the builder with `build.target`",
                service.file, service.name
            );
            self.demands.warnings.push(rules::SOURCE_MOUNTED.because(words, None));
        }
    }
}

/// The words of a service's command. Compose splits a text as a shell does, and `$$` is a dollar sign.
fn compose_words(command: &Command) -> Vec<Arg> {
    let words = match command {
        Command::Words(words) => words.clone(),
        Command::Text(text) => split_words(text),
    };
    let arg = |word: String| {
        let text = word.replace("$$", "\0");
        Arg { exact: !text.contains('$'), text: text.replace('\0', "$") }
    };
    words.into_iter().map(arg).collect()
}

/// Splits at blanks outside quotes and takes the quotes off.
fn split_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            open = false;
            continue;
        }
        if !open {
            words.push(String::new());
            open = true;
        }
        let Some(word) = words.last_mut() else { continue };
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None | Some('"'), '\\') => word.extend(chars.next()),
            (_, c) => word.push(c),
        }
    }
    words
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
