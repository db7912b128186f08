//! Engines by their command lines: one implementation, [`Dialect`]s for the differences.

use super::messages::{classify, failing_step};
use super::{Build, Consume, Create, DIALECTS, Dialect, Engine, EngineError, Image, LABEL, Layer, State};
use crate::verify::process::{self, Failure, Invocation, Output};
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Time limits of the calls that have none of their own.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// Questions and small changes.
    pub short: Duration,
    /// Exporting a file system or an image.
    pub long: Duration,
}

impl Default for Tuning {
    fn default() -> Self {
        Tuning { short: Duration::from_secs(120), long: Duration::from_secs(900) }
    }
}

/// An engine driven by its command line.
#[derive(Clone, Debug)]
pub struct CommandLine {
    dialect: &'static Dialect,
    program: PathBuf,
    version: String,
    cancel: Arc<AtomicBool>,
    tuning: Tuning,
}

/// Finds an engine: the one named, or the first on PATH that answers. Setting `cancel` breaks off whatever it does.
/// The engine's own variables (`DOCKER_HOST`, `CONTAINER_HOST`, …) are passed on to it as they are.
pub fn find(name: Option<&str>, cancel: &Arc<AtomicBool>) -> Result<CommandLine, EngineError> {
    let names = || DIALECTS.iter().map(|d| d.name).collect::<Vec<_>>().join(", ");
    if let Some(name) = name {
        let dialect = DIALECTS.iter().find(|d| d.name == name);
        let dialect = dialect.ok_or_else(|| EngineError::UnknownEngine(name.to_owned(), names()))?;
        let program = on_path(dialect.program).ok_or_else(|| EngineError::NotFound(dialect.program.to_owned()))?;
        return CommandLine::connect(dialect, program, cancel);
    }
    let classic = std::env::var("DOCKER_BUILDKIT").is_ok_and(|v| v == "0");
    let mut first_error = None;
    for dialect in DIALECTS.iter().filter(|d| !(classic && d.name == "docker")) {
        let Some(program) = on_path(dialect.program) else { continue };
        let engine = CommandLine::new(dialect, program.clone(), cancel);
        if engine.call("--version", words(dialect.present)).is_err() {
            continue;
        }
        match CommandLine::connect(dialect, program, cancel) {
            Ok(engine) => return Ok(engine),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or_else(|| EngineError::NoEngine(names())))
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|d| d.join(program)).find(|p| p.is_file())
}

impl CommandLine {
    fn new(dialect: &'static Dialect, program: PathBuf, cancel: &Arc<AtomicBool>) -> Self {
        CommandLine { dialect, program, version: String::new(), cancel: Arc::clone(cancel), tuning: Tuning::default() }
    }

    /// Uses `program` and asks its engine for the version, which shows whether it runs.
    pub fn connect(dialect: &'static Dialect, program: PathBuf, cancel: &Arc<AtomicBool>) -> Result<Self, EngineError> {
        let mut engine = CommandLine::new(dialect, program, cancel);
        let output = engine.call("version", words(dialect.version))?;
        let version = output.text().trim().to_owned();
        // Some answer with a whole description.
        engine.version = if version.lines().count() == 1 { version } else { String::new() };
        Ok(engine)
    }

    /// Changes the time limits.
    pub fn tuned(mut self, tuning: Tuning) -> Self {
        self.tuning = tuning;
        self
    }

    fn invocation(&self, args: Vec<OsString>, timeout: Duration) -> Invocation {
        Invocation { program: self.program.clone(), args, env: Vec::new(), stdin: Vec::new(), timeout }
    }

    fn failure(&self, what: &str, failure: Failure, timeout: Duration) -> EngineError {
        match failure {
            Failure::NotFound => EngineError::NotFound(self.dialect.program.to_owned()),
            Failure::Io(error) => classify(self.dialect.program, what, &error.to_string()),
            Failure::TimedOut => {
                EngineError::TimedOut { what: format!("{} {what}", self.dialect.program), seconds: timeout.as_secs() }
            }
            Failure::Cancelled => EngineError::Cancelled,
        }
    }

    fn raw(&self, what: &str, invocation: &Invocation) -> Result<Output, EngineError> {
        process::run(invocation, Some(&self.cancel), &mut |_| ()).map_err(|f| self.failure(what, f, invocation.timeout))
    }

    fn call(&self, what: &str, args: Vec<OsString>) -> Result<Output, EngineError> {
        let output = self.raw(what, &self.invocation(args, self.tuning.short))?;
        self.checked(what, output)
    }

    fn checked(&self, what: &str, output: Output) -> Result<Output, EngineError> {
        if output.code == 0 {
            return Ok(output);
        }
        let message = output.error_text();
        let message = if message.trim().is_empty() { output.text() } else { message };
        Err(classify(self.dialect.program, what, &message))
    }

    fn read(&self, what: &str, args: Vec<OsString>, consume: Consume) -> Result<(), EngineError> {
        let invocation = self.invocation(args, self.tuning.long);
        let output = process::stream(&invocation, &self.cancel, consume)
            .map_err(|f| self.failure(what, f, invocation.timeout))?;
        self.checked(what, output).map(drop)
    }

    /// Runs without looking at the cancel flag; a failure has nobody to be told.
    fn tidy(&self, args: Vec<OsString>) -> Option<Output> {
        process::run(&self.invocation(args, self.tuning.short), None, &mut |_| ()).ok()
    }
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

/// The arguments of a build.
pub(super) fn build_args(dialect: &Dialect, build: &Build) -> Vec<OsString> {
    let mut args = words(dialect.build);
    args.extend(words(&["-t", &build.tag, "-f"]));
    args.push(build.dockerfile.clone().into());
    for pair in &build.build_args {
        args.extend(words(&["--build-arg", pair]));
    }
    for (flag, value) in [("--target", &build.target), ("--platform", &build.platform), ("--network", &build.network)] {
        if let Some(value) = value {
            args.extend(words(&[flag, value]));
        }
    }
    for secret in &build.secrets {
        args.extend(words(&["--secret", secret]));
    }
    if build.no_cache {
        args.extend(words(&["--no-cache"]));
    }
    args.push(Path::new(&build.context).into());
    args
}

/// The arguments that create a container. Never a flag that adds rights.
pub(super) fn create_args(create: &Create) -> Vec<OsString> {
    let label = format!("{LABEL}={}", create.id);
    let mut args = words(&["create", "--pull=never", "--name", &create.name, "--label", &label]);
    if let Some(network) = create.network.as_deref() {
        args.extend(words(&["--network", network]));
        // Without a network the container's own name resolves nowhere; this one does, and is the same every time.
        if network == "none" {
            args.extend(words(&["--hostname", "localhost"]));
        }
    }
    if let Some(entrypoint) = &create.entrypoint {
        args.extend(words(&["--entrypoint", entrypoint]));
    }
    args.push(OsString::from(&create.image));
    args.extend(create.args.iter().map(OsString::from));
    args
}

/// The arguments that run a command in a container.
pub(super) fn exec_args(container: &str, argv: &[String], with_input: bool) -> Vec<OsString> {
    let mut args = words(if with_input { &["exec", "-i"] } else { &["exec"] });
    args.push(container.into());
    args.extend(argv.iter().map(OsString::from));
    args
}

/// An image from the engine's description of it.
pub(super) fn parse_image(json: &[u8]) -> Option<Image> {
    let value: Value = serde_json::from_slice(json).ok()?;
    let image = value.as_array().map_or(Some(&value), |a| a.first())?;
    // Buildah keeps Docker's form beside the OCI one.
    let image = image.get("Docker").unwrap_or(image);
    let config = ["Config", "config"].iter().find_map(|k| image.get(k)).and_then(Value::as_object).cloned();
    let mut config = config.unwrap_or_default();
    // Podman puts it beside the configuration.
    if let Some(check) = image.get("HealthCheck").filter(|v| !v.is_null()) {
        config.entry("Healthcheck").or_insert_with(|| check.clone());
    }
    let layers = ["RootFS", "rootfs"].iter().find_map(|k| image.get(k));
    let layers = layers.and_then(|r| r.get("Layers").or_else(|| r.get("diff_ids"))).and_then(Value::as_array);
    let word = |keys: [&str; 2]| keys.iter().find_map(|k| image.get(k)).and_then(Value::as_str).unwrap_or("unknown");
    Some(Image {
        config,
        size: image.get("Size").and_then(Value::as_u64),
        layers: layers.map_or(0, Vec::len),
        platform: format!("{}/{}", word(["Os", "os"]), word(["Architecture", "architecture"])),
    })
}

/// Layers from `history`, one JSON object a line or one array, newest first as engines print them.
pub(super) fn parse_history(text: &str) -> Vec<Layer> {
    let entries: Vec<Value> = match serde_json::from_str(text) {
        Ok(Value::Array(entries)) => entries,
        Ok(one) => vec![one],
        Err(_) => text.lines().filter_map(|l| serde_json::from_str(l).ok()).collect(),
    };
    let layer = |entry: &Value| {
        let get = |keys: [&str; 2]| keys.iter().find_map(|k| entry.get(k)).cloned();
        let size = match get(["Size", "size"])? {
            Value::Number(n) => n.as_u64()?,
            Value::String(s) => s.parse().ok()?,
            _ => return None,
        };
        let by = get(["CreatedBy", "createdBy"])?.as_str()?.to_owned();
        Some(Layer { created_by: by, size })
    };
    entries.iter().rev().filter_map(layer).filter(|l| l.size > 0).collect()
}

/// `uid:gid` of the first process of `top`'s table.
pub(super) fn parse_top(text: &str) -> Option<String> {
    let mut lines = text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>());
    let header = lines.next()?;
    let at = |name: &str| header.iter().position(|h| h.eq_ignore_ascii_case(name));
    let (uid, gid) = (at("uid")?, at("gid")?);
    let row = lines.next()?;
    Some(format!("{}:{}", row.get(uid)?, row.get(gid)?))
}

fn parse_state(json: &[u8]) -> Option<State> {
    let value: Value = serde_json::from_slice(json).ok()?;
    let state = value.get(0)?.get("State")?;
    let flag = |key: &str| state.get(key).and_then(Value::as_bool).unwrap_or(false);
    let number = |key: &str| state.get(key).and_then(Value::as_i64).unwrap_or(0);
    Some(State {
        running: flag("Running"),
        exit_code: number("ExitCode"),
        pid: u32::try_from(number("Pid")).unwrap_or(0),
        out_of_memory: flag("OOMKilled"),
    })
}

impl Engine for CommandLine {
    fn describe(&self) -> String {
        format!("{} {}", self.dialect.name, self.version).trim_end().to_owned()
    }

    fn only_builds(&self) -> Option<String> {
        let name = self.dialect.name;
        (!self.dialect.containers)
            .then(|| format!("{name} builds images, but starts no containers that can be watched"))
    }

    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    fn cancel(&self) -> Option<&AtomicBool> {
        Some(&self.cancel)
    }

    fn build(&self, build: &Build, on_line: &mut dyn FnMut(&str)) -> Result<Vec<String>, EngineError> {
        if !build.secrets.is_empty() && !self.dialect.secrets {
            return Err(EngineError::Unsupported(format!("{} knows no build secrets", self.dialect.name)));
        }
        let mut invocation = self.invocation(build_args(self.dialect, build), build.timeout);
        invocation.env = self.dialect.build_env.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        let mut log = Vec::new();
        let result = process::run(&invocation, Some(&self.cancel), &mut |line| {
            on_line(line);
            log.push(line.to_owned());
        });
        let output = result.map_err(|f| self.failure("build", f, build.timeout))?;
        if output.code == 0 {
            return Ok(log);
        }
        match classify(self.dialect.program, "build", &log.join("\n")) {
            EngineError::Failed { .. } => {}
            // A step that talks to some server may print the same words.
            EngineError::NotRunning { .. } | EngineError::PermissionDenied { .. } if log.len() > 5 => {}
            named => return Err(named),
        }
        let (step, message) = failing_step(&log);
        Err(EngineError::BuildFailed { step, message, log })
    }

    fn image(&self, image: &str) -> Result<Image, EngineError> {
        let mut args = words(self.dialect.inspect_image);
        args.push(image.into());
        let output = self.call("image inspect", args)?;
        parse_image(&output.stdout).ok_or_else(|| EngineError::Failed {
            what: "image inspect".to_owned(),
            message: "the engine's answer is not understood".to_owned(),
        })
    }

    fn history(&self, image: &str) -> Result<Vec<Layer>, EngineError> {
        if let Some(reason) = self.only_builds() {
            return Err(EngineError::Unsupported(reason));
        }
        let args = words(&["history", "--no-trunc", "--human=false", "--format", "{{json .}}", image]);
        Ok(parse_history(&self.call("history", args)?.text()))
    }

    fn create(&self, create: &Create) -> Result<(), EngineError> {
        self.call("create", create_args(create)).map(drop)
    }

    fn start(&self, container: &str) -> Result<(), EngineError> {
        self.call("start", words(&["start", container])).map(drop)
    }

    fn state(&self, container: &str) -> Result<State, EngineError> {
        let output = self.call("container inspect", words(&["container", "inspect", container]))?;
        parse_state(&output.stdout).ok_or_else(|| EngineError::Failed {
            what: "container inspect".to_owned(),
            message: "the engine's answer is not understood".to_owned(),
        })
    }

    fn logs(&self, container: &str) -> Result<Output, EngineError> {
        self.call("logs", words(&["logs", container]))
    }

    fn process_user(&self, container: &str) -> Result<String, EngineError> {
        if self.dialect.top.is_empty() {
            return Err(EngineError::Unsupported(format!("{} does not tell the ids of a process", self.dialect.name)));
        }
        let mut args = words(&["top", container]);
        args.extend(words(self.dialect.top));
        let output = self.call("top", args)?;
        parse_top(&output.text())
            .ok_or_else(|| EngineError::Unsupported("the process list is not understood".to_owned()))
    }

    fn exec(&self, container: &str, argv: &[String], stdin: &[u8], timeout: Duration) -> Result<Output, EngineError> {
        let mut invocation = self.invocation(exec_args(container, argv, !stdin.is_empty()), timeout);
        invocation.stdin = stdin.to_vec();
        self.raw("exec", &invocation)
    }

    fn stop(&self, container: &str, grace: Duration) -> Result<(), EngineError> {
        let seconds = grace.as_secs().to_string();
        let invocation = self.invocation(words(&["stop", "-t", &seconds, container]), grace + self.tuning.short);
        self.checked("stop", self.raw("stop", &invocation)?).map(drop)
    }

    fn export(&self, container: &str, consume: Consume) -> Result<(), EngineError> {
        self.read("export", words(&["export", container]), consume)
    }

    fn save(&self, image: &str, consume: Consume) -> Result<(), EngineError> {
        let mut args = words(self.dialect.save);
        args.push(image.into());
        self.read("save", args, consume)
    }

    fn remove_container(&self, container: &str) {
        self.tidy(words(&["rm", "-f", "-v", container]));
    }

    fn remove_labelled(&self, id: &str) {
        if !self.dialect.containers {
            return;
        }
        let filter = format!("label={LABEL}={id}");
        let listed = self.tidy(words(&["ps", "-a", "-q", "--filter", &filter]));
        for container in listed.map(|o| o.text()).unwrap_or_default().split_whitespace() {
            self.remove_container(container);
        }
    }

    fn remove_image(&self, image: &str) {
        self.tidy(words(&["rmi", image]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(name: &str) -> &'static Dialect {
        DIALECTS.iter().find(|d| d.name == name).unwrap()
    }

    fn text(args: &[OsString]) -> String {
        args.iter().map(|a| a.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_build_on_every_engine() {
        let build = Build {
            dockerfile: "/d/Dockerfile".into(),
            context: "/src".into(),
            tag: "t".to_owned(),
            build_args: vec!["A=1".to_owned(), "B".to_owned()],
            target: Some("app".to_owned()),
            platform: Some("linux/arm64".to_owned()),
            secrets: vec!["id=key,src=/k".to_owned()],
            network: Some("host".to_owned()),
            no_cache: true,
            timeout: Duration::from_secs(1),
        };
        let rest = "-t t -f /d/Dockerfile --build-arg A=1 --build-arg B --target app --platform linux/arm64 --network host \
                    --secret id=key,src=/k --no-cache /src";
        let cases = [
            ("docker", "buildx build --load --progress plain"),
            ("docker-classic", "build"),
            ("podman", "build --format docker"),
            ("nerdctl", "build --progress plain"),
            ("buildah", "build --format docker"),
        ];
        assert_eq!(cases.map(|c| c.0).to_vec(), DIALECTS.iter().map(|d| d.name).collect::<Vec<_>>());
        for (name, start) in cases {
            assert_eq!(text(&build_args(dialect(name), &build)), format!("{start} {rest}"), "{name}");
        }
        let plain = Build { dockerfile: "D".into(), context: "C".into(), tag: "t".to_owned(), ..Build::default() };
        assert_eq!(text(&build_args(dialect("podman"), &plain)), "build --format docker -t t -f D C");
    }

    #[test]
    fn containers_have_a_name_a_label_no_network_and_no_rights() {
        let create = Create {
            image: "i".to_owned(),
            name: "n".to_owned(),
            id: "x1".to_owned(),
            network: Some("none".to_owned()),
            entrypoint: None,
            args: vec!["--flag".to_owned()],
        };
        assert_eq!(
            text(&create_args(&create)),
            "create --pull=never --name n --label msb.verify=x1 --network none --hostname localhost i --flag"
        );
        let open = Create { network: None, entrypoint: Some("/bin/sh".to_owned()), ..create.clone() };
        assert_eq!(
            text(&create_args(&open)),
            "create --pull=never --name n --label msb.verify=x1 --entrypoint /bin/sh i --flag"
        );
        for forbidden in ["--privileged", "--cap-add", "--security-opt", "-v", "--volume", "--mount", "--pid", "-p"] {
            assert!(!create_args(&create).iter().any(|a| a == forbidden));
        }
    }

    #[test]
    fn commands_beside_a_program() {
        let argv = ["sh".to_owned(), "-c".to_owned(), "a b".to_owned()];
        assert_eq!(exec_args("c", &argv, true), ["exec", "-i", "c", "sh", "-c", "a b"]);
        assert_eq!(exec_args("c", &argv, false), ["exec", "c", "sh", "-c", "a b"]);
    }

    #[test]
    fn images_of_docker_podman_and_buildah() {
        let docker =
            br#"[{"Config":{"User":"u"},"Size":12,"Os":"linux","Architecture":"amd64","RootFS":{"Layers":["a","b"]}}]"#;
        let image = parse_image(docker).unwrap();
        assert_eq!((image.size, image.layers, image.platform.as_str()), (Some(12), 2, "linux/amd64"));
        assert_eq!(image.config["User"], "u");
        let podman = br#"[{"Config":{},"HealthCheck":{"Test":["CMD","x"]},"Size":1,"RootFS":{"Layers":["a"]}}]"#;
        assert_eq!(parse_image(podman).unwrap().config["Healthcheck"]["Test"][1], "x");
        let buildah = br#"{"Docker":{"config":{"User":"b"},"os":"linux","architecture":"arm64","rootfs":{"diff_ids":["a"]}},"OCIv1":{}}"#;
        let image = parse_image(buildah).unwrap();
        assert_eq!((image.config["User"].as_str(), image.layers, image.size), (Some("b"), 1, None));
        assert_eq!(parse_image(b"no json"), None);
        assert_eq!(parse_image(b"[]"), None);
    }

    #[test]
    fn layers_from_the_base_upwards() {
        let lines = "{\"CreatedBy\":\"CMD x\",\"Size\":\"0\"}\n{\"CreatedBy\":\"COPY . .\",\"Size\":\"7\"}\n{\"CreatedBy\":\"\",\"Size\":\"90\"}\n";
        let layers = parse_history(lines);
        assert_eq!(
            layers.iter().map(|l| (l.created_by.as_str(), l.size)).collect::<Vec<_>>(),
            [("", 90), ("COPY . .", 7)]
        );
        assert_eq!(parse_history("[{\"createdBy\":\"RUN x\",\"size\":3}]")[0].size, 3);
        assert!(parse_history("nothing").is_empty());
    }

    #[test]
    fn ids_of_the_first_process() {
        assert_eq!(parse_top("PID   UID   GID\n4711  1000  1001\n4800 0 0\n").as_deref(), Some("1000:1001"));
        assert_eq!(parse_top("USER PID\nroot 1\n"), None);
    }

    #[test]
    fn an_unknown_engine_is_named_with_the_known_ones() {
        let error = find(Some("lxc"), &Arc::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown engine lxc: one of docker, docker-classic, podman, nerdctl, buildah is expected"
        );
    }

    /// A program in place of an engine that prints `stderr` and ends with `code`.
    #[cfg(unix)]
    fn fake(dir: &Path, script: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = dir.join("docker");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[cfg(unix)]
    #[test]
    fn an_engine_that_does_not_run_or_refuses() {
        let dir = tempfile::tempdir().unwrap();
        let program = fake(
            dir.path(),
            "echo 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' >&2; exit 1",
        );
        let error = CommandLine::connect(dialect("docker"), program, &Arc::default()).unwrap_err();
        assert!(matches!(error, EngineError::NotRunning { .. }) && error.is_final(), "{error}");
        let program = fake(
            dir.path(),
            "echo 'permission denied while trying to connect to the Docker daemon socket: dial unix /x: connect: permission denied' >&2; exit 1",
        );
        let error = CommandLine::connect(dialect("docker"), program, &Arc::default()).unwrap_err();
        assert!(matches!(error, EngineError::PermissionDenied { .. }), "{error}");
        let error = CommandLine::connect(dialect("docker"), dir.path().join("none"), &Arc::default()).unwrap_err();
        assert_eq!(error, EngineError::NotFound("docker".to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn a_build_that_fails_keeps_its_log_and_a_full_disk_is_recognised() {
        let dir = tempfile::tempdir().unwrap();
        let script = "case \"$1\" in version) echo 1.2;; *) echo '#5 [1/2] FROM x'; echo ' > [2/2] RUN false:'; echo 'ERROR: failed to solve: no'; exit 1;; esac";
        let engine = CommandLine::connect(dialect("docker"), fake(dir.path(), script), &Arc::default()).unwrap();
        assert_eq!(engine.describe(), "docker 1.2");
        let build = Build { timeout: Duration::from_secs(60), ..Build::default() };
        let mut seen = 0;
        let error = engine.build(&build, &mut |_| seen += 1).unwrap_err();
        assert_eq!(seen, 3);
        let EngineError::BuildFailed { step, message, log } = error else { panic!("{error}") };
        assert_eq!(
            (step.as_deref(), message.as_str(), log.len()),
            (Some("[2/2] RUN false"), "ERROR: failed to solve: no", 3)
        );

        let script = "case \"$1\" in version) echo 1.2;; *) echo 'failed to copy: write /x: no space left on device'; exit 1;; esac";
        let engine = CommandLine::connect(dialect("docker"), fake(dir.path(), script), &Arc::default()).unwrap();
        assert!(matches!(engine.build(&build, &mut |_| ()).unwrap_err(), EngineError::DiskFull { .. }));
    }

    #[test]
    fn secrets_need_a_builder_that_knows_them() {
        let engine = CommandLine::new(dialect("docker-classic"), "docker".into(), &Arc::default());
        let build = Build { secrets: vec!["id=x".to_owned()], ..Build::default() };
        assert!(matches!(engine.build(&build, &mut |_| ()), Err(EngineError::Unsupported(_))));
    }
}
