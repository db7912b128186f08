//! The proof fires: a correct conversion with one thing taken away is rejected, and the finding names that thing.

use msb::context::MemoryContext;
use msb::differ::proof::{Finding, prove};
use msb::planner::{Outcome, Plan};
use msb::{Conversion, Request, convert};

const DOCKERFILE: &str = r#"FROM python:3.11-slim

LABEL team=orders
ENV MODE=production
RUN apt-get update && apt-get install -y --no-install-recommends \
        gcc \
        libpq-dev \
        curl \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /srv/shop
COPY requirements.txt .
RUN pip install --no-cache-dir --no-binary psycopg2 -r requirements.txt

COPY . .
RUN useradd --create-home --uid 4000 shop
USER shop
EXPOSE 8000
STOPSIGNAL SIGINT
HEALTHCHECK CMD curl -fsS http://127.0.0.1:8000/ || exit 1
ENTRYPOINT ["gunicorn"]
CMD ["shop:app"]
"#;

fn context() -> MemoryContext {
    MemoryContext::new([("requirements.txt", "gunicorn\npsycopg2\n"), ("shop.py", "app = None\n")])
}

fn converted(source: &str, context: &MemoryContext) -> Conversion {
    convert(&Request::new(source.as_bytes(), context)).expect("the file is valid")
}

fn plan(conversion: &Conversion) -> &Plan {
    match &conversion.outcome {
        Outcome::Convert(plan) => plan,
        other => panic!("not converted: {other:?}"),
    }
}

/// Findings after one change of the converted text; the change must change something.
fn findings(change: impl Fn(&str) -> String) -> Vec<Finding> {
    let context = context();
    let conversion = converted(DOCKERFILE, &context);
    let text = String::from_utf8(conversion.output.clone().expect("there is a result")).expect("it is text");
    let changed = change(&text);
    assert_ne!(changed, text, "the change does not apply to:\n{text}");
    let request = Request::new(b"", &context);
    let inputs = request.inputs(&conversion.dockerfile);
    let analysis = conversion.analysis.as_ref().expect("there is one stage");
    prove(inputs, analysis, &conversion.demands, plan(&conversion), changed.as_bytes())
}

/// The runtime stage without its lines that start with one of the given texts.
fn without(line: &str) -> impl Fn(&str) -> String + '_ {
    move |text| {
        let (builder, runtime) = text.split_once("\n\nFROM ").expect("there are two stages");
        let kept: Vec<&str> = runtime.lines().filter(|l| !l.starts_with(line)).collect();
        format!("{builder}\n\nFROM {}\n", kept.join("\n"))
    }
}

fn config(field: &str) -> impl Fn(&Finding) -> bool + '_ {
    move |finding| matches!(finding, Finding::Config { field: f, .. } if f == field)
}

#[test]
fn the_conversion_itself_is_proven() {
    let context = context();
    let conversion = converted(DOCKERFILE, &context);
    assert!(conversion.findings.is_empty(), "{:?}", conversion.findings);
    let text = String::from_utf8(conversion.output.expect("there is a result")).expect("it is text");
    assert!(text.contains("libpq5") && text.contains("COPY --from=builder"), "{text}");
}

#[test]
fn a_copy_is_missed() {
    let found = findings(without("COPY --from=builder /usr/local/bin"));
    assert!(found.contains(&Finding::MissingPath { path: "/usr/local/bin".into() }), "{found:?}");
}

#[test]
fn a_copy_to_another_path_is_missed() {
    let found = findings(|text| text.replace(" /usr/local/bin /usr/local/bin", " /usr/local/bin /opt/bin"));
    assert!(found.contains(&Finding::MissingPath { path: "/usr/local/bin".into() }), "{found:?}");
}

#[test]
fn a_package_is_missed() {
    let found = findings(|text| text.replace("        libpq5 \\\n", ""));
    assert!(found.contains(&Finding::MissingPackage { package: "libpq5".into() }), "{found:?}");
}

#[test]
fn a_user_is_missed() {
    let found = findings(without("RUN useradd"));
    assert!(found.contains(&Finding::MissingUser { user: "shop".into() }), "{found:?}");
}

#[test]
fn configuration_is_missed() {
    for (line, field) in [
        ("ENV", "Env MODE"),
        ("LABEL", "Labels"),
        ("WORKDIR", "WorkingDir"),
        ("USER", "User"),
        ("EXPOSE", "ExposedPorts"),
        ("STOPSIGNAL", "StopSignal"),
        ("HEALTHCHECK", "Healthcheck"),
        ("ENTRYPOINT", "Entrypoint"),
        ("CMD", "Cmd"),
    ] {
        let found = findings(without(line));
        assert!(found.iter().any(config(field)), "{line}: {found:?}");
    }
}

#[test]
fn another_c_library_is_rejected() {
    let found = findings(|text| text.replace("\n\nFROM python:3.11-slim\n", "\n\nFROM python:3.11-alpine\n"));
    assert!(found.iter().any(|f| matches!(f, Finding::Libc { .. })), "{found:?}");
}

#[test]
fn a_stage_that_does_not_exist_is_rejected() {
    let found = findings(|text| text.replace("--from=builder", "--from=elsewhere"));
    assert!(found.iter().any(|f| matches!(f, Finding::Stages { .. })), "{found:?}");
}

#[test]
fn a_changed_build_step_is_rejected() {
    let found = findings(|text| text.replacen("--no-binary psycopg2 ", "", 1));
    assert!(found.iter().any(|f| matches!(f, Finding::LostStep { .. })), "{found:?}");
}

#[test]
fn text_that_does_not_parse_is_rejected() {
    let found = findings(|text| text.replace("EXPOSE 8000", "EXPSE 8000"));
    assert!(matches!(found.as_slice(), [Finding::Syntax { .. }]), "{found:?}");
}

#[test]
fn a_missing_shell_is_rejected() {
    let source =
        "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /bin/tool .\nCMD exec /bin/tool\n";
    let context = MemoryContext::new([("go.mod", "module tool\n"), ("main.go", "package main\n\nfunc main() {}\n")]);
    let conversion = converted(source, &context);
    let text = String::from_utf8(conversion.output.clone().expect("there is a result")).expect("it is text");
    let changed = text.replace("\n\nFROM debian:bookworm-slim", "\n\nFROM gcr.io/distroless/static-debian12");
    assert_ne!(changed, text);
    let request = Request::new(b"", &context);
    let inputs = request.inputs(&conversion.dockerfile);
    let analysis = conversion.analysis.as_ref().expect("there is one stage");
    let found = prove(inputs, analysis, &conversion.demands, plan(&conversion), changed.as_bytes());
    let shell = |f: &Finding| matches!(f, Finding::MissingCommand { command, .. } if command == "sh");
    assert!(found.iter().any(shell), "{found:?}");
}
