//! What engines print, understood: build steps, failing steps, and the errors that have a name.

use super::EngineError;

/// Names the error in an engine's message.
pub(super) fn classify(engine: &str, what: &str, message: &str) -> EngineError {
    let engine = engine.to_owned();
    let lower = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let short = first_line(message);
    if has(&["no space left on device", "disk quota exceeded"]) {
        return EngineError::DiskFull { engine, message: line_with(message, &["no space left", "disk quota"]) };
    }
    // Only of the socket: a program in a container may be refused permission, too.
    if has(&["permission denied while trying to connect", "dial unix"]) && lower.contains("permission denied") {
        return EngineError::PermissionDenied { engine, message: short };
    }
    if has(&[
        "cannot connect to the docker daemon",
        "is the docker daemon running",
        "error during connect",
        "unable to connect to podman",
        "cannot connect to podman",
        "cannot access containerd socket",
        "dial unix",
        "connection refused",
    ]) && !what.starts_with("exec")
    {
        return EngineError::NotRunning { engine, message: short };
    }
    if has(&["must be run as root", "rootless containerd not running"]) {
        return EngineError::PermissionDenied { engine, message: short };
    }
    EngineError::Failed { what: what.to_owned(), message: message.trim().to_owned() }
}

fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or("no message").to_owned()
}

fn line_with(text: &str, words: &[&str]) -> String {
    let hit = text.lines().find(|l| words.iter().any(|w| l.to_lowercase().contains(w)));
    hit.map_or_else(|| first_line(text), |l| l.trim().to_owned())
}

/// The build step that a line of a build's log announces: `[builder 2/5] RUN make` from BuildKit, `2/5 RUN make` from
/// Docker's classic builder and from Podman and Buildah.
pub fn build_step(line: &str) -> Option<String> {
    if let Some(rest) = line.strip_prefix('#') {
        let (number, rest) = rest.split_once(' ')?;
        let numbered = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let step = numbered && rest.starts_with('[') && !rest.starts_with("[internal]");
        return step.then(|| rest.trim_end().to_owned());
    }
    // Podman numbers the stages of a multi-stage build in front.
    let rest = match line.strip_prefix('[').and_then(|l| l.split_once("] ")) {
        Some((stage, rest)) if stage.bytes().all(|b| b.is_ascii_digit() || b == b'/') => rest,
        _ => line,
    };
    let rest = rest.strip_prefix("Step ").or_else(|| rest.strip_prefix("STEP "))?;
    let (counter, rest) = rest.split_once(':')?;
    let counted = counter.trim().split('/').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    counted.then(|| format!("{} {}", counter.trim(), rest.trim()))
}

/// The step at which a build failed, and the line that says why, from its log.
pub fn failing_step(log: &[String]) -> (Option<String>, String) {
    let blamed = log.iter().rev().find_map(|line| {
        let step = line.trim_start().strip_prefix("> [")?;
        Some(format!("[{}", step.trim_end().trim_end_matches(':')))
    });
    let buildkit = log.iter().any(|l| l.starts_with('#'));
    let step = blamed.or_else(|| if buildkit { None } else { log.iter().rev().find_map(|l| build_step(l)) });
    let words = ["error:", "failed to solve", "returned a non-zero code", "no such", "not found"];
    let says_why = |l: &&String| words.iter().any(|w| l.to_lowercase().contains(w));
    let message = log.iter().rev().find(says_why).or_else(|| log.iter().rev().find(|l| !l.trim().is_empty()));
    (step, message.map_or_else(|| "the engine said nothing".to_owned(), |l| l.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_every_builder() {
        let cases = [
            ("#7 [builder 3/5] RUN go build ./...", Some("[builder 3/5] RUN go build ./...")),
            ("#7 [2/2] COPY . .", Some("[2/2] COPY . .")),
            ("#1 [internal] load build definition from Dockerfile", None),
            ("#7 0.123 [1/4] Resolving packages", None),
            ("Step 3/5 : RUN make", Some("3/5 RUN make")),
            ("STEP 3/5: RUN make", Some("3/5 RUN make")),
            ("[1/2] STEP 3/5: RUN make", Some("3/5 RUN make")),
            ("Step by step: a guide", None),
            ("make: Step 3/5 : of something that a program prints", None),
        ];
        for (line, expected) in cases {
            assert_eq!(build_step(line).as_deref(), expected, "{line}");
        }
    }

    fn log(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_failing_step_of_buildkit() {
        let text = "#5 [1/2] FROM debian\n#6 [2/2] RUN false\n#6 ERROR: process \"/bin/sh -c false\" did not complete \
                    successfully: exit code: 1\n------\n > [2/2] RUN false:\n0.1 words\n------\nDockerfile:2\n\
                    ERROR: failed to solve: process \"/bin/sh -c false\" did not complete successfully: exit code: 1\n";
        let (step, message) = failing_step(&log(text));
        assert_eq!(step.as_deref(), Some("[2/2] RUN false"));
        assert!(message.starts_with("ERROR: failed to solve: process"), "{message}");
    }

    #[test]
    fn the_failing_step_of_the_classic_builder_and_podman() {
        let docker = "Step 1/2 : FROM debian\nStep 2/2 : RUN false\nThe command '/bin/sh -c false' returned a non-zero code: 1\n";
        assert_eq!(
            failing_step(&log(docker)),
            (Some("2/2 RUN false".into()), "The command '/bin/sh -c false' returned a non-zero code: 1".into())
        );
        let podman =
            "STEP 1/2: FROM debian\nSTEP 2/2: RUN false\nError: building at STEP \"RUN false\": exit status 1\n";
        assert_eq!(failing_step(&log(podman)).0.as_deref(), Some("2/2 RUN false"));
    }

    #[test]
    fn a_file_that_does_not_parse_has_no_step() {
        let text = "#1 [internal] load build definition\nDockerfile:1\nERROR: failed to solve: dockerfile parse error on line 1: unknown instruction: FORM\n";
        let (step, message) = failing_step(&log(text));
        assert_eq!(step, None);
        assert!(message.contains("unknown instruction: FORM"));
    }

    #[test]
    fn errors_with_a_name() {
        let docker = |m: &str| classify("docker", "image inspect", m);
        assert!(matches!(
            docker("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"),
            EngineError::NotRunning { .. }
        ));
        assert!(matches!(
            docker(
                "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get \"http://x\": dial unix /var/run/docker.sock: connect: permission denied"
            ),
            EngineError::PermissionDenied { .. }
        ));
        assert!(matches!(docker("write /var/lib/docker/tmp/x: no space left on device"), EngineError::DiskFull { .. }));
        assert!(matches!(
            docker("Cannot connect to Podman. Please verify your connection to the Linux system"),
            EngineError::NotRunning { .. }
        ));
        assert!(matches!(docker("Error: No such image: x"), EngineError::Failed { .. }));
        assert!(matches!(classify("docker", "exec", "curl: connection refused"), EngineError::Failed { .. }));
    }
}
