use super::*;
use crate::context::MemoryContext;
use crate::planner::{Applicability, Outcome};
use crate::{Conversion, Request, convert};

fn read_text(text: &str) -> Result<Pragmas, Vec<Diagnostic>> {
    read(&crate::syntax::parse(text.as_bytes()).expect("the file is valid"))
}

fn node() -> MemoryContext {
    MemoryContext::new([
        ("package.json", r#"{"name": "shop", "dependencies": {"express": "4"}}"#),
        ("package-lock.json", r#"{"lockfileVersion": 3, "packages": {"": {}}}"#),
        ("index.js", "require('express')().listen(80)\n"),
    ])
}

fn try_convert(text: &str) -> Result<Conversion, Vec<Diagnostic>> {
    convert(&Request::new(text.as_bytes(), &node()))
}

/// Builder and runtime stage of a conversion that must be safe.
fn stages(text: &str) -> (String, String) {
    let conversion = try_convert(text).expect("the file is valid");
    match &conversion.outcome {
        Outcome::Convert(plan) => assert_eq!(plan.applicability, Applicability::Safe, "{:?}", plan.assumptions),
        other => panic!("not converted: {other:?}\n{:?}", conversion.findings),
    }
    let output = String::from_utf8(conversion.output.expect("there is a result")).expect("it is text");
    let (builder, runtime) = output.split_once("\n\nFROM").expect("there are two stages");
    (builder.to_owned(), format!("FROM{runtime}"))
}

fn refused(text: &str) -> &'static str {
    match try_convert(text).expect("the file is valid").outcome {
        Outcome::Declined { reasons } => reasons[0].rule.id,
        Outcome::Unchanged { reason } => reason.rule.id,
        Outcome::Convert(plan) => panic!("converted: {plan:?}"),
    }
}

#[test]
fn marks_belong_to_the_next_instruction() {
    let text = "# syntax=docker/dockerfile:1\nFROM a\n# a comment\n# msb: build, artifact=/app/dist/ -- artifact=no\n\
                # another\n# MSB: artifact=/x/../y\nRUN x\n  # msb: keep\nCOPY a b\n#msb:runtime\nENV A=1\n# msbuild: no\nRUN y\n";
    let pragmas = read_text(text).expect("the pragmas are valid");
    let expected = Marks { place: Some(Place::Build), artifacts: vec!["/app/dist".to_owned(), "/y".to_owned()] };
    assert_eq!(pragmas.marks.get(&1), Some(&expected));
    assert_eq!(pragmas.place(2), Some(Place::Keep));
    assert_eq!(pragmas.place(3), Some(Place::Runtime));
    assert_eq!((pragmas.place(4), pragmas.ignore), (None, None));
}

#[test]
fn ignore_stands_anywhere_above_from() {
    for text in ["# msb: ignore\nFROM a\n", "# msb: ignore -- ours\n\nARG A\nFROM a\n", "ARG A\n#msb: ignore\nFROM a\n"]
    {
        assert!(read_text(text).expect("the pragma is valid").ignore.is_some(), "{text}");
    }
    assert_eq!(refused("# msb: ignore\nFROM node:20\nRUN npm ci\nCMD [\"node\", \"index.js\"]\n"), "ignored-by-pragma");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    // Text, line, column, message, help.
    let cases = [
        ("FROM a\n# msb: kepe\nRUN x\n", 2, 8, "`kepe` is no pragma", "did you mean `keep`?"),
        ("FROM a\n# msb: remove\nRUN x\n", 2, 8, "`remove` is no pragma", "one of `keep`"),
        ("FROM a\n# msb: artefact=/x\nRUN x\n", 2, 8, "`artefact` is no pragma", "did you mean `artifact=/path`?"),
        ("FROM a\n# msb:\nRUN x\n", 2, 6, "`# msb:` says nothing", "one of"),
        ("FROM a\n# msb: artifact\nRUN x\n", 2, 8, "`artifact` names no path", "artifact=/path"),
        ("FROM a\n# msb: artifact=dist\nRUN x\n", 2, 17, "`dist` is not an absolute path", "`artifact=/app/dist`"),
        ("FROM a\n# msb: artifact=/a/*.jar\nRUN x\n", 2, 17, "`/a/*.jar` is not one path", "name the file"),
        ("FROM a\n# msb: artifact=/a/..\nRUN x\n", 2, 17, "the whole image cannot be copied", "name the directory"),
        (
            "FROM a\n# msb: artifact=/a\nCOPY a b\n",
            2,
            8,
            "`artifact` says nothing about this instruction",
            "only a RUN",
        ),
        ("FROM a\n# msb: keep=1\nRUN x\n", 2, 8, "`keep` takes no value", "write `# msb: keep`"),
        ("FROM a\n# msb: keep build\nRUN x\n", 2, 13, "`build` contradicts the pragma before it", "keep one"),
        ("FROM a\n# msb: artifact=/a keep\nRUN x\n", 2, 8, "`artifact` contradicts `keep`", "makes its files"),
        ("FROM a\n# msb: build\nCMD x\n", 2, 8, "`build` says nothing about this instruction", "before RUN"),
        ("FROM a\n# msb: ignore\nRUN x\n", 2, 8, "`ignore` stands behind FROM", "above FROM"),
        ("FROM a\n# msb: keep\n\nRUN x\n", 2, 8, "no instruction follows `keep`", "without a blank line"),
        ("FROM a\nRUN x\n# msb: keep\n", 3, 8, "no instruction follows `keep`", "directly before"),
        (
            "FROM a\nRUN x && \\\n  # msb: keep\n  y\n",
            3,
            1,
            "a pragma stands inside an instruction",
            "before the instruction",
        ),
    ];
    for (text, line, column, message, help) in cases {
        let errors = read_text(text).expect_err(text);
        assert_eq!(errors.len(), 1, "{text}{errors:?}");
        let error = &errors[0];
        assert_eq!((error.line, error.column), (line, column), "{text}");
        assert!(error.message.starts_with(message), "{text}{}", error.message);
        assert!(error.help.as_ref().is_some_and(|h| h.contains(help)), "{text}{:?}", error.help);
        assert_eq!(try_convert(text).expect_err("conversion stops"), errors);
    }
}

#[test]
fn text_in_here_documents_is_no_pragma() {
    let text = "FROM a\nRUN <<EOF\n# msb: keep\nx\nEOF\n";
    assert_eq!(read_text(text), Ok(Pragmas::default()));
}

const START: &str = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci --omit=dev\n";
const END: &str = "CMD [\"node\", \"index.js\"]\n";

#[test]
fn an_opaque_step_needs_a_word_of_the_author() {
    let step = "RUN curl -fsSL https://example.com/setup | sh\n";
    assert_eq!(refused(&format!("{START}{step}{END}")), "opaque-step");

    let (builder, runtime) = stages(&format!("{START}# msb: artifact=/opt/tool\n{step}{END}"));
    assert!(builder.contains(step.trim_end()), "{builder}");
    assert!(runtime.contains("COPY --from=builder /opt/tool /opt/tool"), "{runtime}");
    assert!(!runtime.contains("curl"), "{runtime}");

    let (builder, runtime) = stages(&format!("{START}# msb: build\n{step}{END}"));
    assert!(builder.contains(step.trim_end()), "{builder}");
    assert!(!runtime.contains("curl") && !runtime.contains("/opt"), "{runtime}");

    let (_, runtime) = stages(&format!("{START}# msb: keep\n{step}{END}"));
    assert!(runtime.contains(step.trim_end()), "{runtime}");

    let (builder, runtime) = stages(&format!("{START}# msb: runtime\n{step}{END}"));
    assert!(!builder.contains("curl"), "{builder}");
    assert!(runtime.contains(&format!("# msb: runtime\n{step}")), "{runtime}");
}

#[test]
fn several_artifacts_are_all_copied() {
    let text = format!("{START}# msb: artifact=/opt/a\n# msb: artifact=/opt/b/c\nRUN ./unknown\n{END}");
    let (_, runtime) = stages(&text);
    for path in ["/opt/a", "/opt/b/c"] {
        assert!(runtime.contains(&format!("COPY --from=builder {path} {path}")), "{runtime}");
    }
}

#[test]
fn an_artifact_takes_the_place_of_the_whole_directory() {
    let files = MemoryContext::new([("main.c", "int main(void) { return 0; }\n"), ("Makefile", "")]);
    let text = |pragma: &str| {
        format!("FROM gcc:13\nWORKDIR /app\nCOPY . .\n{pragma}RUN ./compile main.c -o server\nCMD [\"/app/server\"]\n")
    };
    let output = |text: &str| {
        let conversion = convert(&Request::new(text.as_bytes(), &files)).expect("the file is valid");
        conversion.output.map(|text| String::from_utf8(text).expect("it is text")).ok_or(conversion.outcome)
    };
    let with = output(&text("# msb: artifact=/app/server\n")).expect("converted");
    assert!(with.contains("COPY --from=builder /app/server /app/server"), "{with}");
}

#[test]
fn kept_packages_are_not_reduced() {
    let install = "RUN apt-get update && apt-get install -y build-essential\n";
    let (_, runtime) = stages(&format!("FROM node:20\nWORKDIR /app\n{install}COPY . .\nRUN npm ci --omit=dev\n{END}"));
    assert!(!runtime.contains("build-essential"), "{runtime}");
    let (builder, runtime) =
        stages(&format!("FROM node:20\nWORKDIR /app\n# msb: keep\n{install}COPY . .\nRUN npm ci --omit=dev\n{END}"));
    assert!(builder.contains(install.trim_end()) && runtime.contains(install.trim_end()), "{runtime}");
}

#[test]
fn copies_and_variables_go_where_the_author_says() {
    let text = format!(
        "{START}# msb: build\nENV BUILD_FLAGS=-O2\n# msb: runtime\nENV MODE=production\n# msb: build\nCOPY index.js /srv/only-build.js\n\
         # msb: keep\nCOPY index.js /app/extra.js\nRUN npm run build --if-present\n{END}"
    );
    let (builder, runtime) = stages(&text);
    assert!(builder.contains("BUILD_FLAGS") && !runtime.contains("BUILD_FLAGS"), "{runtime}");
    assert!(!builder.contains("MODE=") && runtime.contains("ENV MODE=production"), "{builder}");
    assert!(builder.contains("only-build") && !runtime.contains("only-build"), "{runtime}");
    assert!(builder.contains("extra.js") && runtime.contains("COPY index.js /app/extra.js"), "{runtime}");
}
