//! The proof fires: a correct conversion with one thing taken away is rejected, and the finding names that thing.

use msb::context::{DiskContext, MemoryContext};
use msb::differ::proof::{Finding, prove};
use msb::planner::{Applicability, Outcome};
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
    prove(inputs, analysis, &conversion.demands, changed.as_bytes())
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
fn a_copy_of_what_may_not_be_there_is_rejected() {
    let found = findings(|text| text.replace(" /usr/local/bin /usr/local/bin", " /srv/shop/gone.db /srv/shop/gone.db"));
    assert!(found.contains(&Finding::UncertainCopy { path: "/srv/shop/gone.db".into() }), "{found:?}");
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
    let changed = text.replace("\n\nFROM alpine:3", "\n\nFROM gcr.io/distroless/static-debian12");
    assert_ne!(changed, text);
    let request = Request::new(b"", &context);
    let inputs = request.inputs(&conversion.dockerfile);
    let analysis = conversion.analysis.as_ref().expect("there is one stage");
    let found = prove(inputs, analysis, &conversion.demands, changed.as_bytes());
    let shell = |f: &Finding| matches!(f, Finding::MissingCommand { command, .. } if command == "sh");
    assert!(found.iter().any(shell), "{found:?}");
}

/// What the proof says of a change to a conversion of its own.
fn proven(source: &str, context: &MemoryContext, change: impl Fn(&str) -> String) -> Vec<Finding> {
    let conversion = converted(source, context);
    let text = String::from_utf8(conversion.output.clone().expect("there is a result")).expect("it is text");
    let changed = change(&text);
    assert_ne!(changed, text, "the change does not apply to:\n{text}");
    let request = Request::new(source.as_bytes(), context);
    let analysis = conversion.analysis.as_ref().expect("there is one stage");
    prove(request.inputs(&conversion.dockerfile), analysis, &conversion.demands, changed.as_bytes())
}

#[test]
fn a_credential_in_a_layer_is_rejected() {
    let source = "FROM node:20\nWORKDIR /app\nCOPY .npmrc package.json package-lock.json ./\n\
                  RUN npm ci && rm -f .npmrc\nCOPY src src\nCMD [\"node\", \"src/index.js\"]\n";
    let context = MemoryContext::new([
        (".npmrc", "//npm.example/:_authToken=npm_0123456789abcdef\n"),
        ("package.json", "{\"dependencies\": {\"express\": \"4.19.2\"}}"),
        ("package-lock.json", "{\"packages\": {\"node_modules/express\": {\"version\": \"4.19.2\"}}}"),
        ("src/index.js", "require('express')\n"),
    ]);
    let found = proven(source, &context, |text| {
        text.replace("COPY src src\nCMD", "COPY .npmrc ./\nRUN rm -f .npmrc\nCOPY src src\nCMD")
    });
    assert!(found.contains(&Finding::Secret { path: "/app/.npmrc".into() }), "{found:?}");
}

#[test]
fn what_a_step_removes_must_not_come_back() {
    let source = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci && echo 1 > build.log\nRUN npm run build\n\
                  RUN rm build.log\nCMD [\"node\", \"dist/index.js\"]\n";
    let context = MemoryContext::new([
        ("package.json", "{\"scripts\": {\"build\": \"tsc\"}, \"devDependencies\": {\"typescript\": \"5.4.5\"}}"),
        ("package-lock.json", "{\"packages\": {\"node_modules/typescript\": {\"version\": \"5.4.5\", \"dev\": true}}}"),
        ("tsconfig.json", "{}"),
        ("index.ts", "console.log(1)\n"),
    ]);
    let found = proven(source, &context, |text| text.replacen("RUN rm build.log\n", "", 1));
    assert!(found.contains(&Finding::Remains { path: "/app/build.log".into() }), "{found:?}");
}

/// Every instruction of the runtime stages of the corpus, in turn, is taken away, every word of a package list and every
/// source of a copy is misspelt: the proof has to refuse each, whatever was planned.
#[test]
fn no_line_of_a_proven_file_is_needless() {
    let mut accepted = Vec::new();
    let mut refused = 0;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut cases: Vec<_> =
        std::fs::read_dir(folder).expect("the corpus is there").map(|e| e.expect("it lists").path()).collect();
    cases.sort();
    for case in cases.iter().filter(|case| case.join("expected.Dockerfile").exists()) {
        let file = case.join("Dockerfile");
        let source = std::fs::read(&file).expect("it is there");
        let context = DiskContext::open(&case.join("context"), None).expect("it opens");
        let Ok(conversion) = convert(&Request::new(&source, &context)) else { continue };
        let Some(output) = conversion.output.clone().filter(|_| is_safe(&conversion)) else { continue };
        let text = String::from_utf8(output).expect("it is text");
        let request = Request::new(&source, &context);
        let inputs = request.inputs(&conversion.dockerfile);
        let analysis = conversion.analysis.as_ref().expect("there is one stage");
        for (what, changed) in mutations(&text) {
            match prove(inputs, analysis, &conversion.demands, changed.as_bytes()).is_empty() {
                true => accepted.push(format!("{}: {what}", case.file_name().expect("a name").to_string_lossy())),
                false => refused += 1,
            }
        }
    }
    assert!(refused > 150, "only {refused} mutations were made");
    assert!(accepted.is_empty(), "{refused} refused, accepted:\n{}", accepted.join("\n"));
}

fn is_safe(conversion: &Conversion) -> bool {
    matches!(&conversion.outcome, Outcome::Convert(plan) if plan.applicability == Applicability::Safe)
}

/// Texts with one thing of the last stage changed, and what it is.
fn mutations(text: &str) -> Vec<(String, String)> {
    let at = text.to_lowercase().rfind("\nfrom ").expect("there are two stages") + 1;
    let (before, stage) = text.split_at(at);
    let lines: Vec<&str> = stage.lines().collect();
    let mut found = Vec::new();
    let mut start = 1;
    while start < lines.len() {
        let mut end = start;
        while lines[end].ends_with('\\') && end + 1 < lines.len() {
            end += 1;
        }
        let keyword = lines[start].to_uppercase();
        let keyword = keyword.split(' ').next().unwrap_or_default();
        let whole = lines[start..=end].join("\n");
        // A directory that a later COPY makes as well, or that nothing of what stays lies in, need not be made.
        let directory = whole.starts_with("RUN mkdir -p") && !whole.contains("&&")
            || keyword == "WORKDIR" && lines[end + 1..].iter().any(|l| l.to_uppercase().starts_with("WORKDIR /"));
        if !directory
            && ["COPY", "ADD", "RUN", "ENV", "USER", "WORKDIR", "CMD", "ENTRYPOINT", "VOLUME", "LABEL"]
                .contains(&keyword)
        {
            let rest = [&lines[..start], &lines[end + 1..]].concat().join("\n");
            found.push((format!("without `{whole}`"), format!("{before}{rest}\n")));
        }
        if whole.starts_with("COPY --from=builder") {
            let changed = whole.replace(" /", " /misspelt/");
            found.push((format!("misspelt `{whole}`"), text.replacen(&whole, &changed, 1)));
        }
        start = end + 1;
    }
    found
}

/// Where the archive of a release no longer answers, both directories of the authorities have to come along, each to its
/// own place.
#[test]
fn authorities_of_a_release_that_is_gone_are_copied_whole() {
    let source = "FROM golang:1.10\nWORKDIR /go/src/app\nCOPY main.go .\nRUN go build -o app\nCMD [\"./app\"]\n";
    let program = "package main\nimport \"net/http\"\nfunc main() { http.Get(\"https://example.com\") }\n";
    let context = MemoryContext::new([("main.go", program)]);
    let conversion = converted(source, &context);
    let text = String::from_utf8(conversion.output.clone().expect("there is a result")).expect("it is text");
    let request = Request::new(b"", &context);
    let inputs = request.inputs(&conversion.dockerfile);
    let analysis = conversion.analysis.as_ref().expect("there is one stage");
    let found = |text: &str| prove(inputs, analysis, &conversion.demands, text.as_bytes());
    assert_eq!(found(&text), []);
    let lines = [
        "COPY --from=builder /etc/ssl/certs /etc/ssl/certs\n",
        "COPY --from=builder /usr/share/ca-certificates /usr/share/ca-certificates\n",
    ];
    for line in lines {
        assert!(text.contains(line), "{text}");
        let missing = Finding::MissingPackage { package: "ca-certificates".to_owned() };
        assert!(found(&text.replace(line, "")).contains(&missing));
        assert!(found(&text.replace(line, &line.replace("s\n", "\n"))).contains(&missing), "another place");
        assert!(found(&text.replace(line, &line.replacen("s ", " ", 1))).contains(&missing), "another source");
    }
}

/// What a whole directory is given to is the owner of everything in it, whatever comes by which copy.
#[test]
fn an_owner_of_a_directory_owns_what_is_in_it() {
    let source = "FROM python:3.12\nWORKDIR /app\nCOPY setup.py ./\nCOPY shop ./shop\nRUN pip install --no-cache-dir -e .\n\
                  COPY . .\nRUN useradd -m app && chown -R app /app\nUSER app\nCMD [\"python\", \"-m\", \"shop\"]\n";
    let context = MemoryContext::new([
        ("setup.py", "from setuptools import setup\nsetup(name='shop', packages=['shop'])\n"),
        ("shop/__init__.py", ""),
        ("shop/__main__.py", "print('open')\n"),
    ]);
    let conversion = converted(source, &context);
    let text = String::from_utf8(conversion.output.clone().expect("there is a result")).expect("it is text");
    assert!(
        text.contains("COPY --from=builder /app /app\nCOPY . .\nRUN useradd -m app && chown -R app /app\n"),
        "{text}"
    );
    let request = Request::new(b"", &context);
    let inputs = request.inputs(&conversion.dockerfile);
    let analysis = conversion.analysis.as_ref().expect("there is one stage");
    let (builder, runtime) = text.split_once("\n\nFROM ").expect("there are two stages");
    let weaker = format!("{builder}\n\nFROM {}", runtime.replace("chown -R app", "chown app"));
    let found = prove(inputs, analysis, &conversion.demands, weaker.as_bytes());
    assert!(found.contains(&Finding::Owner { path: "/app".to_owned(), owner: "app".to_owned() }), "{found:?}");
}

/// What the base image or a package brings and a step takes away is there again in a stage that starts from it.
#[test]
fn what_the_base_brings_and_a_step_takes_away_stays_away() {
    for removal in [
        "RUN rm /etc/nginx/conf.d/default.conf\n",
        "RUN cd /etc/nginx/conf.d && rm -f default.conf\n",
        "RUN mv /etc/nginx/conf.d/default.conf /etc/nginx/default.off\n",
    ] {
        let source = format!(
            "FROM nginx:1.25\nRUN apt-get update && apt-get install -y nodejs npm && rm -rf /var/lib/apt/lists/*\n{removal}\
             COPY app.conf /etc/nginx/conf.d/\nWORKDIR /src\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n\
             RUN npm run build && cp -r dist/* /usr/share/nginx/html/\n"
        );
        let context = MemoryContext::new([
            ("app.conf", "server { listen 80; root /usr/share/nginx/html; }\n"),
            ("package.json", "{\"scripts\": {\"build\": \"vite build\"}, \"devDependencies\": {\"vite\": \"5\"}}"),
            ("package-lock.json", "{\"lockfileVersion\": 3, \"packages\": {}}"),
            ("index.html", "<html></html>"),
        ]);
        let conversion = converted(&source, &context);
        let text = String::from_utf8(conversion.output.clone().expect("there is a result")).expect("it is text");
        let (builder, runtime) = text.split_once("\n\nFROM ").expect("there are two stages");
        assert!(runtime.contains(removal), "{text}");
        let request = Request::new(b"", &context);
        let inputs = request.inputs(&conversion.dockerfile);
        let analysis = conversion.analysis.as_ref().expect("there is one stage");
        let lost = format!("{builder}\n\nFROM {}", runtime.replace(removal, ""));
        let found = prove(inputs, analysis, &conversion.demands, lost.as_bytes());
        let remains = Finding::Remains { path: "/etc/nginx/conf.d/default.conf".to_owned() };
        assert!(found.contains(&remains), "{removal}: {found:?}");
    }
}

/// A package that is installed from a file needs the file.
#[test]
fn a_package_that_is_a_file_needs_it() {
    let source = "FROM python:3.11\nADD https://example.org/tool_1.0_amd64.deb /tmp/tool.deb\n\
                  RUN apt-get update && apt-get install -y gcc /tmp/tool.deb && rm -rf /var/lib/apt/lists/*\nWORKDIR /app\n\
                  COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nCMD [\"python\", \"app.py\"]\n";
    let context = MemoryContext::new([("requirements.txt", "flask==3.0.0\n"), ("app.py", "import flask\n")]);
    let conversion = converted(source, &context);
    let text = String::from_utf8(conversion.output.clone().expect("there is a result")).expect("it is text");
    let request = Request::new(b"", &context);
    let inputs = request.inputs(&conversion.dockerfile);
    let analysis = conversion.analysis.as_ref().expect("there is one stage");
    let (builder, runtime) = text.split_once("\n\nFROM ").expect("there are two stages");
    let add = "ADD https://example.org/tool_1.0_amd64.deb /tmp/tool.deb\n";
    assert!(runtime.contains(add), "{text}");
    let lost = format!("{builder}\n\nFROM {}", runtime.replace(add, ""));
    let found = prove(inputs, analysis, &conversion.demands, lost.as_bytes());
    assert!(found.contains(&Finding::MissingPath { path: "/tmp/tool.deb".to_owned() }), "{found:?}");
}

/// A file whose repeated steps read what comes before them.
const READERS: &str = r#"FROM python:3.11
WORKDIR /app
COPY . .
RUN cp certs/own.crt /usr/local/share/ca-certificates/ && update-ca-certificates
COPY jobs /etc/jobs
RUN crontab /etc/jobs
RUN pip install --no-cache-dir flask==3.0.3
CMD ["python", "app.py"]
"#;

#[test]
fn a_repeated_step_needs_what_it_reads_before_it() {
    let files = [("app.py", "import flask\n"), ("certs/own.crt", "x"), ("jobs", "* * * * * true\n")];
    let context = MemoryContext::new(files);
    assert_eq!(converted(READERS, &context).findings, []);
    let unprepared = |path: &str, found: &[Finding]| {
        found.iter().any(|f| matches!(f, Finding::Unprepared { path: p, .. } if p.starts_with(path)))
    };
    let later = |line: &'static str, step: &'static str| {
        move |text: &str| text.replacen(&format!("{line}\n{step}\n"), &format!("{step}\n{line}\n"), 1)
    };
    let authority = "COPY --from=builder /usr/local/share/ca-certificates /usr/local/share/ca-certificates";
    let found = proven(READERS, &context, later(authority, "RUN update-ca-certificates"));
    assert!(unprepared("/usr/local/share/ca-certificates", &found), "{found:?}");
    let swapped = |text: &str| {
        let (builder, runtime) = text.split_once("\n\nFROM ").expect("there are two stages");
        format!("{builder}\n\nFROM {}", later("COPY jobs /etc/jobs", "RUN crontab /etc/jobs")(runtime))
    };
    let found = proven(READERS, &context, swapped);
    assert!(unprepared("/etc/jobs", &found), "{found:?}");
}

#[test]
fn a_repeated_step_needs_the_commands_that_it_calls() {
    let source = "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y build-essential curl\n\
                  RUN curl -fsSLo /tmp/w.deb https://example.org/w.deb && apt-get install -y /tmp/w.deb && rm /tmp/w.deb\n\
                  WORKDIR /app\nRUN pip install --no-cache-dir flask==3.0.3\nCOPY app.py .\nCMD [\"python\", \"app.py\"]\n";
    let context = MemoryContext::new([("app.py", "import flask\n")]);
    let conversion = converted(source, &context);
    assert!(conversion.output.is_some() && conversion.findings.is_empty(), "{:?}", conversion.outcome);
    let found = proven(source, &context, |text| {
        let (builder, runtime) = text.split_once("\n\nFROM ").expect("there are two stages");
        format!("{builder}\n\nFROM {}", runtime.replace(" curl\n", " file\n").replace(" curl \\", " file \\"))
    });
    assert!(
        found.iter().any(|f| matches!(f, Finding::MissingCommand { command, .. } if command == "curl")),
        "{found:?}"
    );
}

#[test]
fn a_repeated_step_needs_the_tool_that_an_install_brought() {
    let source = "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3-pip && pip3 install pipenv\n\
        WORKDIR /notes\nCOPY Pipfile Pipfile.lock ./\n\
        RUN bash -c \"pip3 install -r <(pipenv requirements)\"\nCOPY . .\n\
        CMD [\"gunicorn\", \"notes:app\"]\n";
    let lock = "{\"default\": {\"gunicorn\": {\"version\": \"==21.2.0\"}}, \"develop\": {}}\n";
    let context = MemoryContext::new([
        ("Pipfile", "[packages]\ngunicorn = \"*\"\n"),
        ("Pipfile.lock", lock),
        ("notes.py", "app = None\n"),
    ]);
    let conversion = converted(source, &context);
    assert!(conversion.output.is_some() && conversion.findings.is_empty(), "{:?}", conversion.outcome);
    // The packages installed again instead of copied: pipenv has stayed in the builder.
    let again = |text: &str| {
        let (builder, runtime) = text.split_once("\n\nFROM ").expect("there are two stages");
        let mut lines: Vec<String> = Vec::new();
        for line in runtime.lines().filter(|line| !line.contains("--from=builder")) {
            lines.push(line.replace("-y --no-install-recommends ", "-y --no-install-recommends python3-pip "));
            if line.starts_with("WORKDIR") {
                lines.push("COPY Pipfile Pipfile.lock ./".to_owned());
                lines.push("RUN bash -c \"pip3 install -r <(pipenv requirements)\"".to_owned());
            }
        }
        format!("{builder}\n\nFROM {}\n", lines.join("\n"))
    };
    let found = proven(source, &context, again);
    let missed = |f: &Finding| matches!(f, Finding::MissingCommand { command, .. } if command == "pipenv");
    assert!(found.iter().any(missed), "{found:?}");
}

#[test]
fn a_directory_belongs_to_whom_the_copy_gave_it() {
    let source = "FROM python:3.11\nRUN useradd -u 4000 app\nCOPY --chown=app:app . /srv/app\nWORKDIR /srv/app\n\
                  RUN pip install --no-cache-dir flask==3.0.3\nUSER app\nCMD [\"python\", \"app.py\"]\n";
    let context = MemoryContext::new([("app.py", "import flask\n")]);
    let conversion = converted(source, &context);
    assert!(conversion.output.is_some() && conversion.findings.is_empty(), "{:?}", conversion.outcome);
    let found = proven(source, &context, |text| {
        let (builder, runtime) = text.split_once("\n\nFROM ").expect("there are two stages");
        let copy = "COPY --chown=app:app . /srv/app\nWORKDIR /srv/app\n";
        format!("{builder}\n\nFROM {}", runtime.replace(copy, "WORKDIR /srv/app\nCOPY --chown=app:app . /srv/app\n"))
    });
    let owner = Finding::Owner { path: "/srv/app".to_owned(), owner: "app:app".to_owned() };
    assert!(found.contains(&owner), "{found:?}");
}

/// A package that stays comes from an archive which a step adds; of another one nothing stays.
const ARCHIVES: &str = r#"FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends curl ca-certificates gnupg2 build-essential
RUN curl -fsSL https://example.org/key.asc | apt-key add - && echo "deb https://example.org/debian stable main" > /etc/apt/sources.list.d/own.list
RUN curl -fsSL https://deb.nodesource.com/setup_18.x | bash -
RUN apt-get update && apt-get install -y --no-install-recommends libown1 nodejs
WORKDIR /app
COPY package.json .
RUN npm install && npm run build
COPY main.c .
RUN gcc -O2 -o /usr/local/bin/main main.c -lown
CMD ["main"]
"#;

#[test]
fn the_archive_behind_a_package_is_added_again_and_no_other() {
    let context = MemoryContext::new([
        ("package.json", "{\"name\": \"page\", \"scripts\": {\"build\": \"node build.js\"}}\n"),
        ("main.c", "int main(void) { return 0; }\n"),
    ]);
    let conversion = converted(ARCHIVES, &context);
    let text = String::from_utf8(conversion.output.clone().expect("there is a result")).expect("it is text");
    let runtime = text.split("\n\nFROM ").nth(1).expect("there are two stages");
    assert!(runtime.contains("apt-key add") && runtime.contains("gnupg"), "{text}");
    assert!(runtime.contains("libown1"), "{text}");
    assert!(!runtime.contains("deb.nodesource.com") && !runtime.contains("nodejs"), "{text}");

    let request = Request::new(b"", &context);
    let inputs = request.inputs(&conversion.dockerfile);
    let analysis = conversion.analysis.as_ref().expect("there is one stage");
    let key = "curl -fsSL https://example.org/key.asc | apt-key add - && ";
    let (builder, runtime) = text.split_once("\n\nFROM ").expect("there are two stages");
    let without = format!("{builder}\n\nFROM {}", runtime.replacen(key, "", 1));
    assert_ne!(without, text);
    let found = prove(inputs, analysis, &conversion.demands, without.as_bytes());
    assert!(found.iter().any(|f| matches!(f, Finding::LostStep { .. })), "{found:?}");
}

#[test]
fn a_locale_that_only_the_new_base_sets_is_rejected() {
    let source = "FROM maven:3.8-openjdk-17\nWORKDIR /app\nCOPY . .\nRUN mvn package\n\
                  CMD [\"java\", \"-jar\", \"/app/target/app.jar\"]\n";
    let context = MemoryContext::new([
        ("pom.xml", "<project><packaging>jar</packaging><build><finalName>app</finalName></build></project>"),
        ("src/main/java/App.java", "class App { public static void main(String[] a) {} }"),
    ]);
    assert!(proven(source, &context, |text| format!("{text}\n")).is_empty());
    let found = proven(source, &context, without("ENV LANGUAGE="));
    assert!(found.iter().any(config("Env LC_ALL")), "{found:?}");
    let found = proven(source, &context, without("ENV LANG="));
    assert!(found.iter().any(config("Env LANG")), "{found:?}");
}

#[test]
fn a_file_of_a_directory_for_installed_programs_has_to_be_made() {
    let source = "FROM golang:1.19-bullseye\nRUN go install example.org/acme/goose@v3.7.0\nCMD [\"goose\", \"up\"]\n";
    let context = MemoryContext::new([("README.md", "")]);
    let found = proven(source, &context, |text| format!("{text}COPY --from=builder /go/bin/nc /go/bin/nc\n"));
    assert!(found.contains(&Finding::UncertainCopy { path: "/go/bin/nc".into() }), "{found:?}");
    let found = proven(source, &context, |text| format!("{text}COPY --from=builder /go/bin/goose /bin/goose\n"));
    assert!(!found.iter().any(|f| matches!(f, Finding::UncertainCopy { .. })), "{found:?}");
}

#[test]
fn a_file_of_the_larger_base_that_a_step_edits_is_missed() {
    let file = |edited: &str| {
        format!(
            "FROM node:18-bullseye\nRUN sed -i 's/SECLEVEL=2/SECLEVEL=1/' {edited}\nWORKDIR /app\nCOPY package.json .\n\
             RUN npm install\nCOPY server.js .\nCMD [\"node\", \"server.js\"]\n"
        )
    };
    let context = MemoryContext::new([
        ("package.json", "{\"name\": \"x\", \"dependencies\": {\"express\": \"4.18.2\"}}\n"),
        ("server.js", "require('express')().listen(80)\n"),
    ]);
    let found = |edited: &str| {
        let source = file(edited);
        let request = Request::new(source.as_bytes(), &context);
        let conversion = convert(&request).expect("the file is valid");
        let slim = source.replacen("FROM node:18-bullseye\n", "FROM node:18-bullseye-slim\n", 1);
        let slim = slim.replacen("RUN npm install\n", "COPY --from=builder /app/node_modules /app/node_modules\n", 1);
        let builder = source.replacen("FROM node:18-bullseye\n", "FROM node:18-bullseye AS builder\n", 1);
        let text = format!("{builder}\n{slim}");
        let inputs = request.inputs(&conversion.dockerfile);
        prove(inputs, conversion.analysis.as_ref().expect("one stage"), &conversion.demands, text.as_bytes())
    };
    let unprepared = |findings: &[Finding]| findings.iter().any(|f| matches!(f, Finding::Unprepared { .. }));
    assert!(unprepared(&found("/etc/ssl/openssl.cnf")), "slim has no package of that name");
    assert!(!unprepared(&found("/etc/apt/sources.list")), "{:?}", found("/etc/apt/sources.list"));
}

#[test]
fn the_key_of_an_archive_is_there_before_the_install() {
    let source = "FROM golang:1.22-bookworm\n\
        RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl \\\n \
        && install -m 0755 -d /etc/apt/keyrings \\\n \
        && curl -fsSL https://example.org/gpg -o /etc/apt/keyrings/own.asc \\\n \
        && echo \"deb [signed-by=/etc/apt/keyrings/own.asc] https://example.org/debian stable main\" > /etc/apt/sources.list.d/own.list \\\n \
        && apt-get update && apt-get install -y --no-install-recommends own-tool\n\
        WORKDIR /src\nCOPY go.mod main.go ./\nRUN CGO_ENABLED=0 go build -o /usr/local/bin/app .\nCMD [\"app\"]\n";
    let context = MemoryContext::new([
        ("go.mod", "module example.org/app\n\ngo 1.22\n"),
        ("main.go", "package main\n\nfunc main() {\n\tprintln(1)\n}\n"),
    ]);
    let conversion = converted(source, &context);
    let text = String::from_utf8(conversion.output.clone().expect("there is a result")).expect("it is text");
    let copy = "COPY --from=builder /etc/apt/keyrings/own.asc /etc/apt/keyrings/own.asc\n";
    let (before, after) = text.split_once(copy).unwrap_or_else(|| panic!("no key in\n{text}"));
    let install = after.find("own-tool").unwrap_or_else(|| panic!("the key comes late in\n{text}"));

    let lines = after[install..].split_inclusive('\n');
    let mut step: Vec<&str> = lines.clone().take_while(|line| line.ends_with("\\\n")).collect();
    step.extend(lines.clone().nth(step.len()));
    let end = install + step.concat().len();
    let late = format!("{before}{}{copy}{}", &after[..end], &after[end..]);
    let request = Request::new(b"", &context);
    let inputs = request.inputs(&conversion.dockerfile);
    let analysis = conversion.analysis.as_ref().expect("there is one stage");
    let found = prove(inputs, analysis, &conversion.demands, late.as_bytes());
    let missed = |f: &Finding| matches!(f, Finding::Unprepared { path, .. } if path == "/etc/apt/keyrings/own.asc");
    assert!(found.iter().any(missed), "{found:?}");
}
