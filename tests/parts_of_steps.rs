//! Parts of a RUN that the runtime stage repeats: they do there what they did in the original, or they are not repeated. For each
//! the proof is shown the conversion that gets it wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use msb::context::MemoryContext;
use msb::differ::proof::{Finding, prove};
use msb::planner::{Applicability, Outcome};
use msb::{Conversion, Request, convert};

const GO: &str = "package main\n\nimport \"os\"\n\nfunc main() { os.WriteFile(\"state\", nil, 0o644) }\n";
const FILES: &[(&str, &str)] = &[
    ("go.mod", "module example.org/app\n\ngo 1.22\n"),
    ("main.go", GO),
    ("requirements.txt", "flask==3.0.0\n"),
    ("main.py", "import flask\n"),
];

fn converted(dockerfile: &str) -> (Conversion, MemoryContext) {
    let context = MemoryContext::new(FILES.iter().copied());
    let conversion = convert(&Request::new(dockerfile.as_bytes(), &context)).unwrap();
    (conversion, context)
}

/// The runtime stage of a safe conversion.
#[track_caller]
fn runtime(dockerfile: &str) -> String {
    let (conversion, _) = converted(dockerfile);
    let Outcome::Convert(plan) = &conversion.outcome else { panic!("{:?}", conversion.outcome) };
    assert_eq!(plan.applicability, Applicability::Safe, "{:?}", plan.assumptions);
    let text = String::from_utf8(conversion.output.unwrap()).unwrap();
    text.split_once("\n\nFROM ").unwrap().1.to_owned()
}

/// What the proof finds in a text in place of the conversion.
fn findings(dockerfile: &str, text: &str) -> Vec<Finding> {
    let (conversion, context) = converted(dockerfile);
    let request = Request::new(b"", &context);
    let inputs = request.inputs(&conversion.dockerfile);
    prove(inputs, conversion.analysis.as_ref().unwrap(), &conversion.demands, text.as_bytes())
}

/// What the proof finds after one change of the conversion.
#[track_caller]
fn changed(dockerfile: &str, from: &str, to: &str) -> Vec<Finding> {
    let text = String::from_utf8(converted(dockerfile).0.output.unwrap()).unwrap();
    let (builder, stage) = text.split_once("\n\nFROM ").unwrap();
    let other = format!("{builder}\n\nFROM {}", stage.replace(from, to));
    assert_ne!(text, other, "`{from}` is not in\n{text}");
    findings(dockerfile, &other)
}

fn unprepared(findings: &[Finding], what: &str) -> bool {
    findings.iter().any(|f| matches!(f, Finding::Unprepared { path, .. } if path == what))
}

fn python(step: &str) -> String {
    format!(
        "FROM python:3.11\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nRUN {step}\n\
         CMD [\"python\", \"main.py\"]\n"
    )
}

fn go(steps: &str) -> String {
    format!(
        "FROM golang:1.22\nRUN useradd app\nWORKDIR /srv/app\nCOPY . .\n{steps}\nUSER app\nCMD [\"/srv/app/bin/app\"]\n"
    )
}

#[test]
fn what_an_earlier_part_finds_out_is_copied() {
    for step in [
        "V=$(git describe --tags) && echo $V > /etc/revision",
        "export V=$(git describe --tags); echo \"is $V\" > /etc/revision",
        "git describe > /tmp/v && read V < /tmp/v && echo ${V} > /etc/revision",
        "if true; then V=1; fi; echo $V > /etc/revision",
        ". ./build.env && echo $V > /etc/revision",
        "name() { date; } && echo $(name x) > /etc/revision",
        "ls /app/*.py > /tmp/l && echo \"$(ls /app)\" > /etc/revision",
        "echo /app/*.py > /etc/revision",
    ] {
        let stage = runtime(&python(step));
        assert!(stage.contains("COPY --from=builder /etc/revision /etc/revision"), "{step}:\n{stage}");
        assert!(!stage.contains("RUN"), "{step}:\n{stage}");
    }
    // What the text says by itself is repeated, with what only sets a variable.
    for step in ["echo 7 > /etc/revision", "V=7; echo $V > /etc/revision", "echo \"* * * * * root x\" > /etc/revision"]
    {
        let stage = runtime(&python(step));
        assert!(stage.contains(&format!("RUN {step}")), "{step}:\n{stage}");
    }
}

#[test]
fn the_proof_misses_a_variable_and_a_directory() {
    let step = "V=$(git describe --tags) && echo $V > /etc/revision";
    let copy = "COPY --from=builder /etc/revision /etc/revision";
    assert!(unprepared(&changed(&python(step), copy, "RUN echo $V > /etc/revision"), "$V"));
    assert!(!unprepared(&changed(&python(step), copy, "RUN V=7 && echo $V > /etc/revision"), "$V"));

    let steps = go("RUN go build -o bin/app . && echo 7 > bin/VERSION");
    let copy = "COPY --from=builder /srv/app/bin/app /srv/app/bin/app\n";
    let stage = runtime(&steps);
    assert!(stage.find(copy).unwrap() < stage.find("RUN echo 7 > bin/VERSION").unwrap(), "{stage}");
    let late = format!("RUN echo 7 > bin/VERSION\n{copy}");
    let found = changed(&steps, &format!("{copy}RUN echo 7 > bin/VERSION\n"), &late);
    assert!(unprepared(&found, "/srv/app/bin"), "{found:?}");
}

#[test]
fn what_a_link_leads_to_stays_with_it() {
    let source = "package main\n\nimport \"os\"\n\nfunc main() { os.ReadFile(\"current.conf\") }\n";
    let dockerfile = "FROM golang:1.22\nWORKDIR /build\nCOPY . .\n\
        RUN P=$(go version) && go build -o /app/server . && echo \"$P\" > /app/server.conf\n\
        WORKDIR /app\nRUN ln -s server.conf current.conf\nCMD [\"./server\"]\n";
    let context = MemoryContext::new([("go.mod", "module x\n\ngo 1.22\n"), ("main.go", source)]);
    let conversion = convert(&Request::new(dockerfile.as_bytes(), &context)).unwrap();
    let text = String::from_utf8(conversion.output.unwrap()).unwrap();
    assert!(text.contains("COPY --from=builder /app/server.conf /app/server.conf"), "{text}");
}

#[test]
fn a_computed_name_in_another_directory_is_not_taken_to_be_in_this_one() {
    let file = |step: &str| {
        format!(
            "FROM golang:1.22\nWORKDIR /srv/app\nCOPY . .\nRUN go build -o bin/app . && {step}\nCMD [\"/opt/run\"]\n"
        )
    };
    for step in ["cp bin/app /opt/$(basename run)", "for f in bin/*; do mv $f /opt/run$x; done"] {
        let (conversion, _) = converted(&file(step));
        assert!(matches!(conversion.outcome, Outcome::Declined { .. }), "{step}: {:?}", conversion.outcome);
    }
    assert!(runtime(&file("cp bin/app /opt/run")).contains("COPY --from=builder /opt/run /opt/run"));
}

#[test]
fn a_user_keeps_the_directory_that_it_works_in() {
    for (steps, given) in [
        ("RUN go build -o bin/app . && chown -R app /srv/app", "RUN chown -R app /srv/app"),
        ("RUN go build -o bin/app . && chmod -R 777 .", "RUN chmod -R 777 ."),
        ("RUN go build -o bin/app .\nRUN chgrp -R 0 . && chmod -R g=u .", "RUN chgrp -R 0 . && chmod -R g=u ."),
    ] {
        let dockerfile = go(steps);
        let stage = runtime(&dockerfile);
        assert!(stage.contains(given), "{steps}:\n{stage}");
        let found = changed(&dockerfile, &format!("{given}\n"), "");
        assert!(found.iter().any(|f| matches!(f, Finding::Owner { path, .. } if path == "/srv/app")), "{found:?}");
    }
    let before = go("RUN go build -o bin/app .")
        .replace("useradd app", "useradd app && mkdir -p /srv/app && chown app /srv/app");
    assert!(runtime(&before).contains("RUN useradd app && mkdir -p /srv/app && chown app /srv/app\nWORKDIR"));
    // Root needs nobody's leave, but may start the program as somebody else.
    let root = |steps: &str| runtime(&go(steps).replace("USER app\n", ""));
    assert!(root("RUN go build -o bin/app . && chown -R app /srv/app").contains("RUN chown -R app /srv/app"));
    assert!(!root("RUN go build -o bin/app . && chmod -R 777 .").contains("RUN chmod"));
}

#[test]
fn a_token_in_the_settings_of_a_tool_is_no_part_of_the_image() {
    let file = |url: &str| {
        format!(
            "FROM golang:1.22\nARG GITHUB_TOKEN\nRUN git config --global url.\"{url}\".insteadOf x\nWORKDIR /src\nCOPY . .\n\
             RUN go build -o /usr/local/bin/app .\nHEALTHCHECK CMD git ls-remote\nCMD [\"app\"]\n"
        )
    };
    for url in
        ["https://x:${GITHUB_TOKEN}@example.org/", "https://$GITHUB_TOKEN@example.org/", "https://x:abc@example.org/"]
    {
        let (conversion, _) = converted(&file(url));
        assert!(matches!(conversion.outcome, Outcome::Declined { .. }), "{url}: {:?}", conversion.outcome);
    }
    assert!(runtime(&file("https://example.org/")).contains("/root/.gitconfig"));
}
