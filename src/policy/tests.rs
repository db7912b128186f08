use super::*;
use crate::context::MemoryContext;
use crate::planner::{Applicability, Options, Outcome};
use crate::{Conversion, Request, convert};

const ALL: &str = r#"
skip = ["vendor/**", "**/*.test.Dockerfile"]
accept = ["assumed-service"]

[runtime]
python = "slim"
"node:20" = "registry.example/base/node:20-slim"
default = "auto"

[allowed]
bases = ["python", "node:*", "debian"]
registries = ["docker.io", "registry.example"]

[mirrors]
python = "registry.example/mirror/python"
"library/node" = "registry.example/mirror/node"
"gcr.io/distroless/*" = "registry.example/distroless/*"
"#;

fn policy(text: &str) -> Policy {
    match Policy::parse(text, Heuristics::builtin()) {
        Ok(policy) => policy,
        Err(errors) => panic!("{}", errors.iter().map(|e| e.render(FILE, text.as_bytes())).collect::<String>()),
    }
}

fn image(text: &str) -> ImageRef {
    ImageRef::parse(text).expect("an image")
}

#[test]
fn everything_is_read() {
    let policy = policy(ALL);
    assert!(policy.accepts(&rules::ASSUMED_SERVICE) && !policy.accepts(&rules::ASSUMED_CONTEXT));
    for (path, skipped) in [("vendor/a/Dockerfile", true), ("api/x.test.Dockerfile", true), ("api/Dockerfile", false)] {
        assert_eq!(policy.skips(path), skipped, "{path}");
    }
    let preference = |base: &str, language: &str| policy.preference(&image(base), &[language.to_owned()]).cloned();
    let node = RuntimeChoice::Image("registry.example/base/node:20-slim".to_owned());
    assert_eq!(preference("docker.io/library/node:20", "node"), Some(node));
    assert_eq!(preference("python:3.12", "python"), Some(RuntimeChoice::Slim));
    assert_eq!(preference("golang:1.22", "go"), Some(RuntimeChoice::Auto));
    assert_eq!(Policy::default(), super::Policy::parse("", Heuristics::builtin()).expect("an empty file is fine"));
}

#[test]
fn mirrors_lead_both_ways() {
    let policy = policy(ALL);
    let cases = [
        ("python:3.12-slim", "registry.example/mirror/python:3.12-slim"),
        ("node@sha256:ab", "registry.example/mirror/node@sha256:ab"),
        ("gcr.io/distroless/static:nonroot", "registry.example/distroless/static:nonroot"),
    ];
    for (official, mirror) in cases {
        assert_eq!(policy.mirrored(&image(official)), Some(image(mirror)));
        assert_eq!(policy.official(&image(mirror)), Some(image(official)));
    }
    for other in ["ruby:3", "registry.example/mirror/ruby:3", "python2:1", "registry.example/mirror/python/x"] {
        assert_eq!((policy.mirrored(&image(other)), policy.official(&image(other))), (None, None), "{other}");
    }
}

#[test]
fn only_what_is_allowed_is_used() {
    let policy = policy(ALL);
    for good in [
        "python:3.12-slim",
        "docker.io/library/python",
        "node:20-slim",
        "registry.example/mirror/python:3",
        "debian:12",
    ] {
        assert_eq!(policy.allows(&image(good)), Ok(()), "{good}");
    }
    for (bad, words) in [
        ("ruby:3", "none of the allowed bases"),
        ("quay.io/python:3", "comes from `quay.io`"),
        ("registry.example/other/python:3", "none of the allowed bases"),
    ] {
        assert!(policy.allows(&image(bad)).is_err_and(|e| e.contains(words)), "{bad}");
    }
    assert_eq!(Policy::default().allows(&image("x.example/y")), Ok(()));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    // Text, line, column, message, help.
    let cases = [
        ("skp = []\n", 1, 1, "unknown field `skp`", "did you mean `skip`?"),
        ("x = 1\n", 1, 1, "unknown field `x`", "known here are `skip`, `accept`"),
        ("[allowed]\nbase = []\n", 2, 1, "unknown field `base`", "did you mean `bases`?"),
        (
            "accept = [\"assumed-servise\"]\n",
            1,
            11,
            "`assumed-servise` is no assumption",
            "did you mean `assumed-service`?",
        ),
        ("skip = 1\n", 1, 8, "invalid type: integer `1`", ""),
        ("skip = [\n", 1, 9, "unclosed array", ""),
        ("skip = [\"[\"]\n", 1, 9, "`[` is not a valid pattern", ".dockerignore"),
        ("[runtime]\npyton = \"slim\"\n", 2, 1, "`pyton` is neither a language nor an image", "did you mean `python`?"),
        ("[runtime]\npython = \"slmi\"\n", 2, 10, "`slmi` is no runtime image", "did you mean `slim`?"),
        ("[runtime]\npython = \"a b\"\n", 2, 10, "`a b` is not an image", "`slim`"),
        ("[allowed]\nbases = [\"a b\"]\n", 2, 10, "`a b` is no image", "`golang:1.*`"),
        (
            "[allowed]\nregistries = [\"https://a.example/x\"]\n",
            2,
            15,
            "`https://a.example/x` is not the host",
            "`a.example`",
        ),
        ("[mirrors]\npython = \"r.example/python:3\"\n", 2, 10, "`r.example/python:3` is not the name", "without tag"),
        ("[mirrors]\n\"*\" = \"r.example/python\"\n", 2, 7, "`*` stands on one side only", "both"),
        ("[mirrors]\na = \"r.example/x\"\nb = \"r.example/x\"\n", 3, 5, "`r.example/x` mirrors another", "clear"),
    ];
    for (text, line, column, message, help) in cases {
        let errors = Policy::parse(text, Heuristics::builtin()).expect_err(text);
        assert_eq!(errors.len(), 1, "{text}{errors:?}");
        let error = &errors[0];
        assert!(error.message.starts_with(message), "{text}{}", error.message);
        assert_eq!((error.line, error.column), (line, column), "{text}{}", error.message);
        assert!(error.help.as_deref().unwrap_or_default().contains(help), "{text}{:?}", error.help);
        assert!(error.render(FILE, text.as_bytes()).contains(&format!("--> .msb.toml:{line}:{column}")));
    }
}

#[test]
fn the_schema_for_editors_is_that_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/msb.schema.json");
    let mut made = serde_json::to_string_pretty(&schemars::schema_for!(File)).expect("it is JSON");
    made.push('\n');
    if std::env::var_os("MSB_WRITE_SCHEMA").is_some() {
        std::fs::write(path, &made).expect("it can be written");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == made, "run `MSB_WRITE_SCHEMA=1 cargo test schema` and look at the difference");
}

fn conversion(dockerfile: &str, policy: Policy) -> Conversion {
    let context = MemoryContext::new([("requirements.txt", "flask\n"), ("app.py", "import flask\n")]);
    let options = Options { policy, ..Options::default() };
    let request = Request { options, ..Request::new(dockerfile.as_bytes(), &context) };
    convert(&request).expect("the file is valid")
}

const DOCKERFILE: &str =
    "FROM IMAGE\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD [\"python\", \"app.py\"]\n";

fn runtime_image(dockerfile: &str, policy: Policy) -> Result<String, String> {
    let conversion = conversion(dockerfile, policy);
    match conversion.outcome {
        Outcome::Convert(plan) => Ok(plan.runtime_image),
        Outcome::Declined { reasons } => Err(reasons[0].rule.id.to_owned()),
        Outcome::Unchanged { reason } => Err(reason.rule.id.to_owned()),
    }
}

#[test]
fn the_runtime_stage_goes_through_the_mirror_of_the_builder() {
    let mirrors = "[mirrors]\npython = \"registry.example/mirror/python\"\n";
    let cases = [
        ("registry.example/mirror/python:3.12", "registry.example/mirror/python:3.12-slim"),
        ("python:3.12", "python:3.12-slim"),
    ];
    for (builder, runtime) in cases {
        assert_eq!(runtime_image(&DOCKERFILE.replace("IMAGE", builder), policy(mirrors)).as_deref(), Ok(runtime));
    }
    let unknown = DOCKERFILE.replace("IMAGE", "registry.example/mirror/python:3.12");
    assert_eq!(runtime_image(&unknown, Policy::default()), Err("unknown-base".to_owned()));

    let text =
        DOCKERFILE.replace("FROM IMAGE", "ARG PLACE=registry.example/mirror\nARG V=3.12\nFROM ${PLACE}/python:${V}");
    assert_eq!(runtime_image(&text, policy(mirrors)).as_deref(), Ok("${PLACE}/python:${V}-slim"));
    let text = DOCKERFILE.replace("FROM IMAGE", "ARG V=3.12\nFROM registry.example/mirror/python:${V}");
    assert_eq!(runtime_image(&text, policy(mirrors)).as_deref(), Ok("registry.example/mirror/python:${V}-slim"));
}

#[test]
fn a_runtime_image_that_is_not_allowed_is_not_written() {
    let text = DOCKERFILE.replace("IMAGE", "python:3.12");
    for allowed in ["registries = [\"registry.example\"]", "bases = [\"debian\"]"] {
        let policy = policy(&format!("[allowed]\n{allowed}\n"));
        assert_eq!(runtime_image(&text, policy), Err("base-not-allowed".to_owned()), "{allowed}");
    }
    assert!(runtime_image(&text, policy("[allowed]\nbases = [\"python:*-slim\"]\n")).is_ok());
}

#[test]
fn a_preference_holds_where_it_can() {
    let text = DOCKERFILE.replace("IMAGE", "python:3.12-bookworm");
    let with = |line: &str| runtime_image(&text, policy(&format!("[runtime]\n{line}\n")));
    let image = Ok("python:3.12-slim-bookworm".to_owned());
    assert_eq!(with("\"python\" = \"python:3.12-slim-bookworm\""), image);
    assert_eq!(with("\"python:3.12-bookworm\" = \"python:3.12-slim-bookworm\""), image);
    // Neither is proven to run the program, so msb chooses.
    assert_eq!(with("python = \"scratch\""), image);
    assert_eq!(with("python = \"python:3.12-alpine\""), image);
}

#[test]
fn an_accepted_assumption_does_not_make_a_conversion_unsafe() {
    let context = MemoryContext::new([
        ("requirements.txt", "flask\n"),
        ("app.py", "import flask\n"),
        (".devcontainer.json", "{\"build\": {\"dockerfile\": \"Dockerfile\"}}"),
    ]);
    let dockerfile =
        "FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD [\"python\", \"app.py\"]\n";
    for (text, expected) in [("", Applicability::Unsafe), ("accept = [\"assumed-service\"]\n", Applicability::Safe)] {
        let options = Options { policy: policy(text), ..Options::default() };
        let request = Request { options, ..Request::new(dockerfile.as_bytes(), &context) };
        let conversion = convert(&request).expect("the file is valid");
        let Outcome::Convert(plan) = conversion.outcome else { panic!("not converted: {:?}", conversion.outcome) };
        assert_eq!(plan.applicability, expected);
        assert_eq!(plan.assumptions.len(), 1, "it is said either way: {:?}", plan.assumptions);
    }
}

#[test]
fn what_a_conversion_has_to_save_is_read_and_checked() {
    assert_eq!((policy("min_gain = 0\n").min_gain(), Policy::default().min_gain()), (Some(0), None));
    for (value, shown) in
        [("-1", "`-1`"), ("\"50 MB\"", "`\"50 MB\"`"), ("2.5", "`2.5`"), ("5000000", "`5000000`"), ("[1]", "`[1]`")]
    {
        let text = format!("min_gain = {value}\n");
        let errors = Policy::parse(&text, Heuristics::builtin()).expect_err(value);
        let shown = format!("{shown} is no size");
        assert_eq!((errors[0].message.as_str(), errors[0].column), (shown.as_str(), 12), "{errors:?}");
        assert!(errors[0].help.as_deref().unwrap_or_default().contains("a whole number of MB"), "{errors:?}");
    }
    let errors = Policy::parse("min-gain = 1\n", Heuristics::builtin()).expect_err("another name");
    assert_eq!(errors[0].help.as_deref(), Some("did you mean `min_gain`?"));
}

#[test]
fn a_conversion_that_saves_too_little_is_not_made() {
    let text = DOCKERFILE.replace("IMAGE", "python:3.12");
    let reason = |asked: Option<u32>, policy: Policy| {
        let context = MemoryContext::new([("requirements.txt", "flask\n"), ("app.py", "import flask\n")]);
        let options = Options { policy, min_gain: asked, ..Options::default() };
        let request = Request { options, ..Request::new(text.as_bytes(), &context) };
        match convert(&request).expect("the file is valid").outcome {
            Outcome::Convert(plan) => Err(plan.saved_mb),
            Outcome::Unchanged { reason } => Ok(reason),
            Outcome::Declined { reasons } => panic!("declined: {reasons:?}"),
        }
    };
    let saved = reason(None, Policy::default()).expect_err("it is worth it");
    // The exact figure is enough, and one more is not.
    assert_eq!(reason(Some(saved), Policy::default()), Err(saved));
    let more = saved + 1;
    let told = reason(Some(more), Policy::default()).expect("it is not worth it");
    assert_eq!(told.rule, rules::NO_GAIN);
    for figure in [format!("about {saved} MB"), format!("less than {more} MB")] {
        assert!(told.because.contains(&figure), "{}", told.because);
    }
    let of_project = || policy(&format!("min_gain = {more}\n"));
    assert_eq!(reason(None, of_project()).expect("the policy counts").because, told.because);
    // What is typed counts more than the policy.
    assert_eq!(reason(Some(1), of_project()), Err(saved));
}

#[test]
fn commands_to_keep_and_the_context_are_read_and_checked() {
    let policy = policy("keep = [\"curl\", \"/usr/bin/jq\"]\ncontext = \"services/..\"\n");
    assert_eq!(
        (policy.keep(), policy.context()),
        (&["curl", "/usr/bin/jq"].map(str::to_owned)[..], Some("services/.."))
    );
    assert_eq!((Policy::default().keep().len(), Policy::default().context()), (0, None));
    for (text, message) in [
        ("keep = [\"curl -f\"]", "`curl -f` is no command"),
        ("keep = [\"\"]", "`` is no command"),
        ("keep = [\"$TOOL\"]", "`$TOOL` is no command"),
        ("context = \"/srv\"", "`/srv` is not a folder beside this file"),
        ("context = \"https://example.org/x.git\"", "is not a folder beside this file"),
    ] {
        let errors = Policy::parse(text, Heuristics::builtin()).expect_err(text);
        assert!(errors[0].render(FILE, text.as_bytes()).contains(message), "{text}: {errors:?}");
    }
}
