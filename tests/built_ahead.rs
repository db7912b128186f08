//! Commands that compile when the container starts: the build makes the program, and the container starts it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use msb::context::MemoryContext;
use msb::planner::{Applicability, Outcome};
use msb::{Conversion, Request, convert};

const GO_MOD: (&str, &str) = ("go.mod", "module example.org/shop\n\ngo 1.22\n");
const GO_MAIN: &str = "package main\n\nfunc main() {}\n";
const CARGO: (&str, &str) = ("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n");
const RUST_MAIN: (&str, &str) = ("src/main.rs", "fn main() {}\n");
const APPLICATION: (&str, &str) =
    ("src/main/java/App.java", "class App { public static void main(String[] words) { } }\n");

fn converted(dockerfile: &str, files: &[(&str, &str)]) -> Conversion {
    let context = MemoryContext::new(files.iter().copied().chain([("Dockerfile", dockerfile)]));
    convert(&Request::new(dockerfile.as_bytes(), &context)).unwrap()
}

/// The lines that build and start, of a conversion that needs a look; nothing where there is none.
fn lines(dockerfile: &str, files: &[(&str, &str)]) -> Option<(String, String)> {
    let conversion = converted(dockerfile, files);
    let Outcome::Convert(plan) = &conversion.outcome else { return None };
    assert_eq!(plan.applicability, Applicability::Unsafe, "another command is not the author's:\n{dockerfile}");
    assert!(plan.changed_start().is_some());
    let text = String::from_utf8(conversion.output.unwrap()).unwrap();
    let (builder, runtime) = text.split_once("\n\nFROM ").unwrap();
    let starts = runtime.lines().filter(|line| line.starts_with("CMD") || line.starts_with("ENTRYPOINT"));
    Some((builder.lines().last().unwrap().to_owned(), starts.collect()))
}

#[track_caller]
fn becomes(base: &str, start: &str, files: &[(&str, &str)], build: &str, starts: &str) {
    let dockerfile = format!("FROM {base}\nWORKDIR /app\nCOPY . .\n{start}\n");
    assert_eq!(lines(&dockerfile, files), Some((build.to_owned(), starts.to_owned())), "{dockerfile}");
}

#[track_caller]
fn stays(base: &str, start: &str, files: &[(&str, &str)]) {
    let dockerfile = format!("FROM {base}\nWORKDIR /app\nCOPY . .\n{start}\n");
    let conversion = converted(&dockerfile, files);
    assert!(matches!(conversion.outcome, Outcome::Declined { .. }), "{dockerfile}{:?}", conversion.outcome);
}

#[test]
fn a_program_of_go() {
    let files = [GO_MOD, ("main.go", GO_MAIN), ("cmd/web/main.go", GO_MAIN)];
    for (start, build, starts) in [
        ("CMD [\"go\", \"run\", \".\"]", "RUN go build -o /usr/local/bin/shop .", "CMD [\"/usr/local/bin/shop\"]"),
        (
            "CMD go run -tags prod ./cmd/web -v ./data",
            "RUN go build -tags prod -o /usr/local/bin/web ./cmd/web",
            "CMD /usr/local/bin/web -v ./data",
        ),
        (
            "ENTRYPOINT [\"go\", \"run\", \"main.go\", \"serve\"]",
            "RUN go build -o /usr/local/bin/shop main.go",
            "ENTRYPOINT [\"/usr/local/bin/shop\", \"serve\"]",
        ),
        ("CMD go run cmd/web/main.go", "RUN go build -o /usr/local/bin/web cmd/web/main.go", "CMD /usr/local/bin/web"),
    ] {
        becomes("golang:1.22", start, &files, build, starts);
    }
    for start in [
        "CMD go run ./...",
        "CMD go run",
        "CMD go run -exec xprog .",
        "CMD go run . && date",
        "CMD go run . $PORT",
        "CMD [\"go\", \"run\", \".\", \"two words\"]",
        "ENTRYPOINT [\"go\", \"run\", \".\"]\nCMD [\"serve\"]",
        "CMD go run example.org/tool@latest",
    ] {
        stays("golang:1.22", start, &files);
    }
    stays("golang:1.22", "CMD go run .", &[("main.go", GO_MAIN)]);
}

#[test]
fn a_program_of_cargo() {
    let files = [CARGO, RUST_MAIN];
    for (start, build, starts) in [
        ("CMD [\"cargo\", \"run\"]", "RUN cargo build", "CMD [\"./target/debug/shop\"]"),
        ("CMD cargo run --release -- -p 80", "RUN cargo build --release", "CMD ./target/release/shop -p 80"),
        (
            "CMD cargo r -r --features=x --bin shop",
            "RUN cargo build -r --features=x --bin shop",
            "CMD ./target/release/shop",
        ),
    ] {
        becomes("rust:1.80", start, &files, build, starts);
    }
    stays("rust:1.80", "CMD cargo run --target x86_64-unknown-linux-musl", &files);
    stays("rust:1.80", "CMD cargo run --release 80", &files);
    stays("rust:1.80", "CMD cargo run", &[CARGO, RUST_MAIN, (".cargo/config.toml", "[build]\ntarget-dir = \"/x\"\n")]);
    stays("rust:1.80", "CMD cargo run", &[CARGO, RUST_MAIN, ("src/bin/other.rs", "fn main() {}\n")]);
    stays("rust:1.80", "ENV CARGO_TARGET_DIR=/build\nCMD cargo run", &files);
}

#[test]
fn an_application_of_spring() {
    let parent = "<parent><artifactId>spring-boot-starter-parent</artifactId><version>3.2.0</version></parent>";
    let plugin = "<build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build>";
    let project = |more: &str| {
        format!("<project>{parent}<artifactId>shop</artifactId><version>1.0</version>{more}{plugin}</project>")
    };
    let base = "maven:3.9-eclipse-temurin-17";
    let pom = project("");
    let files = [("pom.xml", pom.as_str()), APPLICATION];
    let starts = "CMD [\"java\", \"-jar\", \"target/shop-1.0.jar\"]";
    becomes(base, "CMD [\"mvn\", \"spring-boot:run\"]", &files, "RUN mvn package -DskipTests", starts);
    becomes(base, "CMD [\"mvn\", \"-q\", \"spring-boot:run\"]", &files, "RUN mvn -q package -DskipTests", starts);
    stays(base, "CMD mvn spring-boot:run -Dspring-boot.run.profiles=dev", &files);
    stays(base, "CMD mvn clean spring-boot:run", &files);
    stays(base, "CMD mvn spring-boot:run", &[files[0], APPLICATION, ("src/main/webapp/WEB-INF/web.xml", "<web-app/>")]);
    for more in ["<packaging>war</packaging>", "<profiles><profile><activation><activeByDefault>true"] {
        let pom = project(more);
        stays(base, "CMD mvn spring-boot:run", &[("pom.xml", pom.as_str()), APPLICATION]);
    }
}

#[test]
fn what_the_file_builds_already_is_built_once() {
    let dockerfile =
        "FROM rust:1.80\nWORKDIR /app\nCOPY . .\nRUN cargo  build --release\nEXPOSE 80\nCMD cargo run --release\n";
    let (build, starts) = lines(dockerfile, &[CARGO, RUST_MAIN]).unwrap();
    assert_eq!((build.as_str(), starts.as_str()), ("RUN cargo  build --release", "CMD ./target/release/shop"));
    // What is copied afterwards may change the program.
    let dockerfile = dockerfile.replace("EXPOSE 80", "COPY src src");
    let (build, _) = lines(&dockerfile, &[CARGO, RUST_MAIN]).unwrap();
    assert_eq!(build, "RUN cargo build --release");
}

#[test]
fn places_are_those_of_the_file_as_it_is() {
    let dockerfile = "FROM golang:1.22\nRUN apt-get update && apt-get install -y libpq-dev\nWORKDIR /app\nCOPY . .\nEXPOSE 80\n\
                      # starts\nCMD [\"go\", \"run\", \".\"]\nHEALTHCHECK CMD curl -f localhost\n";
    let conversion = converted(dockerfile, &[GO_MOD, ("main.go", GO_MAIN)]);
    let Outcome::Convert(plan) = &conversion.outcome else { panic!("{:?}", conversion.outcome) };
    let text = |reason: &msb::rules::Reason| reason.span.map(|span| &dockerfile[span.range()]);
    assert_eq!(plan.changed_start().and_then(text), Some("CMD [\"go\", \"run\", \".\"]"));
    let mut places = 0;
    for reason in plan.changes.iter().chain(&plan.assumptions) {
        let Some(text) = text(reason) else { continue };
        assert!(["FROM", "RUN", "CMD", "HEALTHCHECK"].iter().any(|word| text.starts_with(word)), "{text:?}");
        places += 1;
    }
    assert!(places > 2, "{:?}", plan.changes);
    let last = conversion.dockerfile.instructions().count() - 1;
    let numbers = plan.elements.iter().filter_map(|element| match element {
        msb::planner::Element::Moved { instruction } | msb::planner::Element::Restated { instruction } => {
            Some(*instruction)
        }
        _ => None,
    });
    assert_eq!(numbers.max(), Some(last));
    assert!(!plan.builder_instructions.contains(&last));
}

#[test]
fn a_project_may_accept_it() {
    let policy =
        msb::policy::Policy::parse("accept = [\"assumed-start\"]\n", msb::facts::heuristics::Heuristics::builtin())
            .unwrap();
    let dockerfile = "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nCMD go run .\n";
    let context = MemoryContext::new([GO_MOD, ("main.go", GO_MAIN), ("Dockerfile", dockerfile)]);
    let mut request = Request::new(dockerfile.as_bytes(), &context);
    request.options.policy = policy;
    let Outcome::Convert(plan) = convert(&request).unwrap().outcome else { panic!() };
    assert_eq!(plan.applicability, Applicability::Safe);
}
