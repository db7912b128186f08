//! *build-package*: what becomes of packages of the distribution.

use super::*;

const APT: &str = "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends ";
const C_STEPS: &str = "\nWORKDIR /src\nCOPY . .\nRUN gcc -o /usr/local/bin/app main.c\n";
const C_END: &str = "CMD [\"/usr/local/bin/app\"]\n";

/// A C program on Debian with packages and a command.
fn c_program(packages: &str, end: &str) -> String {
    format!("{APT}{packages}{C_STEPS}{end}")
}

/// A Python program on Debian with packages; the build downloads with git.
fn python_program(packages: &str, end: &str) -> String {
    format!(
        "FROM python:3.12\nRUN apt-get update && apt-get install -y {packages}\nWORKDIR /app\nCOPY . .\n\
         RUN git clone https://example.org/x /app/x\nRUN pip install flask==3.0.0\n{end}"
    )
}

fn app(text: &str) -> MemoryContext {
    MemoryContext::new([("app.py", text)])
}

const PYTHON_END: &str = "CMD [\"python\", \"app.py\"]\n";

#[test]
fn lets_compilers_and_headers_go() {
    let context = memory(&[C_MAIN]);
    let file = c_program("gcc libc6-dev make libpq-dev", C_END);
    for (name, replaced) in [("gcc", "".to_owned()), ("make", "".to_owned()), ("libpq-dev", "libpq5".to_owned())] {
        let fate = package(&file, &context, name).map(|names| names.join(" "));
        assert_eq!(fate, Some(replaced), "{name}");
    }
    // What may be called leaves when a step wants it, and all that runs is read and calls it not.
    let git = package(&python_program("git", PYTHON_END), &app("import flask\nprint(flask)\n"), "git");
    assert_eq!(git, Some(Vec::new()));
}

#[test]
fn lets_tools_go_that_files_install_by_habit() {
    let file = |packages: &str, end: &str| {
        format!(
            "FROM debian:12\nRUN apt-get update && apt-get install -y python3 python3-pip {packages}\nWORKDIR /app\nCOPY . .\n\
             RUN pip3 install --break-system-packages flask==3.0.0\n{end}"
        )
    };
    let end = "CMD [\"python3\", \"app.py\"]\n";
    let plain = app("import flask\nprint(flask)\n");
    assert_eq!(package(&file("git", end), &plain, "git"), Some(Vec::new()));
    // People use it in the container, or scripts.
    for name in ["vim", "jq"] {
        assert_eq!(package(&file(name, end), &plain, name), None, "{name}");
    }
    let starts_git = "import subprocess\nsubprocess.run(['git', 'pull'])\n";
    let starts_any = "import subprocess, sys\nsubprocess.run(sys.argv[1:])\n";
    let check = "HEALTHCHECK CMD git ls-remote\nCMD [\"python3\", \"app.py\"]\n";
    assert_eq!(package(&file("git", end), &app(starts_git), "git"), None);
    assert_eq!(package(&file("git", end), &app(starts_any), "git"), None);
    assert_eq!(package(&file("git", end), &NoContext, "git"), None);
    assert_eq!(package(&file("git", check), &plain, "git"), None);
}

#[test]
fn lets_interpreters_go_that_only_built() {
    let file = |end: &str| {
        format!(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y nginx supervisor python3 python3-pip nodejs npm\n\
             WORKDIR /build\nCOPY web/ ./\nRUN npm ci && npm run build && cp -r dist /usr/share/nginx/site\n\
             WORKDIR /srv/app\nCOPY app/ ./\nRUN pip3 install flask==3.0.0 gunicorn==21.2.0\n\
             COPY supervisord.conf /etc/supervisor/conf.d/app.conf\n{end}CMD [\"supervisord\", \"-n\"]\n"
        )
    };
    let context = |services: &str| {
        memory(&[
            ("web/package.json", "{\"scripts\":{\"build\":\"vite build\"},\"devDependencies\":{\"vite\":\"5.0.0\"}}"),
            ("web/package-lock.json", "{\"lockfileVersion\":3,\"packages\":{\"\":{}}}"),
            ("app/app.py", "import flask\napp = flask.Flask(__name__)\n"),
            ("supervisord.conf", services),
        ])
    };
    let servers = "[program:a]\ncommand=gunicorn app:app\ndirectory=/srv/app\n[program:n]\ncommand=nginx\n";
    assert_eq!(package(&file(""), &context(servers), "nodejs"), Some(Vec::new()));
    assert_eq!(package(&file(""), &context(servers), "python3"), None);
    let renders = format!("{servers}[program:r]\ncommand=node /build/server.js\n");
    assert_eq!(package(&file(""), &context(&renders), "nodejs"), None);
    assert_eq!(package(&file("ENV PATH=/build/node_modules/.bin:$PATH\n"), &context(servers), "nodejs"), None);
}

#[test]
fn is_void_when_run_time_calls_it() {
    let starts_make = ("main.c", "#include <stdlib.h>\nint main() { return system(\"make\"); }\n");
    let starts_git = "import subprocess\nsubprocess.run(['git', 'pull'])\n";
    let check = "HEALTHCHECK CMD make check\nCMD app\n";
    let script = ("start.sh", "#!/bin/sh\nmake prepare\nexec app\n");
    let cases = [
        (
            "an entry script",
            c_program("gcc make", "ENTRYPOINT [\"/src/start.sh\"]\n"),
            memory(&[C_MAIN, script]),
            "make",
        ),
        ("the health check", c_program("gcc make", check), memory(&[C_MAIN]), "make"),
        ("the program", c_program("gcc make", C_END), memory(&[starts_make]), "make"),
        ("a program in Python", python_program("git", PYTHON_END), app(starts_git), "git"),
    ];
    for (about, file, context, name) in cases {
        assert_eq!(package(&file, &context, name), None, "{about}");
    }
    // Where the command itself is the tool, nothing is converted.
    converted(&c_program("gcc make", "CMD make run\n"), &memory(&[C_MAIN]), |conversion, _| {
        assert!(matches!(conversion.outcome, Outcome::Declined { .. }), "{:?}", conversion.outcome);
    });
}

#[test]
fn keeps_what_a_compiler_at_run_time_needs() {
    let file = c_program("gcc libc6-dev libpq-dev", "CMD gcc -o /tmp/x /src/main.c && /tmp/x\n");
    let context = memory(&[C_MAIN]);
    for name in ["gcc", "libc6-dev", "libpq-dev"] {
        assert_eq!(package(&file, &context, name), None, "{name}");
    }
}

#[test]
fn is_void_in_doubt() {
    let starts_any = "import subprocess, sys\nsubprocess.run(sys.argv[1:])\n";
    let cases: [(&str, String, &dyn BuildContext, &str); 5] = [
        (
            "a package that no table knows",
            c_program("gcc frobnicate-tools", C_END),
            &memory(&[C_MAIN]),
            "frobnicate-tools",
        ),
        (
            "headers of a library that no table knows",
            c_program("gcc libfrob-dev", C_END),
            &memory(&[C_MAIN]),
            "libfrob-dev",
        ),
        ("a program that starts what it is told", python_program("git", PYTHON_END), &app(starts_any), "git"),
        ("a context that nobody gave", python_program("git", PYTHON_END), &NoContext, "git"),
        ("a tool that no step wants", python_program("git jq", PYTHON_END), &app("print(1)\n"), "jq"),
    ];
    for (about, file, context, name) in cases {
        assert_eq!(package(&file, context, name), None, "{about}");
    }
    // An image of which no table knows the distribution, and whose file calls the package managers of two.
    let file = c_program("gcc make", C_END)
        .replace("debian:12", "registry.example.org/base:1")
        .replace("COPY . .", "RUN command -v apk && apk add jq\nCOPY . .");
    assert_eq!(package(&file, &memory(&[C_MAIN]), "make"), None);
}

#[test]
fn is_void_or_a_guess_when_a_script_is_not_read() {
    let file = c_program("gcc make", "ENTRYPOINT [\"/opt/start.sh\"]\n")
        .replace("COPY . .", "COPY . .\nADD https://example.org/start.sh /opt/start.sh");
    converted(&file, &memory(&[C_MAIN]), |conversion, fates| {
        let make = fates.packages.iter().find(|package| package.name == "make").expect("make");
        assert!(make.licence.is_none() || !is_safe(conversion), "{make:?} {:#?}", conversion.outcome);
    });
}

#[test]
fn lets_modules_of_an_interpreter_go_that_nothing_starts() {
    let file = |image: &str, more: &str, end: &str| {
        format!(
            "FROM {image}\nRUN apt-get update && apt-get install -y python3-lxml {more}\nWORKDIR /app\nCOPY . .\n\
             RUN pip install flask==3.0.0\n{end}CMD [\"python\", \"app.py\"]\n"
        )
    };
    let plain = app("import flask\n");
    let lxml = |file: &str, context: &dyn BuildContext| package(file, context, "python3-lxml");
    assert_eq!(lxml(&file("python:3.11", "gcc libpq-dev", ""), &plain), Some(Vec::new()));
    let path = "ENV PYTHONPATH=/usr/lib/python3/dist-packages\n";
    let starts = app("import subprocess\nsubprocess.run(['/usr/bin/python3', 'x.py'])\n");
    for (about, file, context) in [
        ("the distribution's own", file("debian:12", "python3-pip", ""), &plain),
        ("a variable names its modules", file("python:3.11", "", path), &plain),
        ("another package may be written for it", file("python:3.11", "certbot", ""), &plain),
        ("the program starts it", file("python:3.11", "", ""), &starts),
        ("the health check starts it", file("python:3.11", "", "HEALTHCHECK CMD /usr/bin/python3 /app/x.py\n"), &plain),
    ] {
        assert_eq!(lxml(&file, context), None, "{about}");
    }
    assert_eq!(lxml(&file("python:3.11", "", ""), &NoContext), None);
    // Its libraries are what it was installed for, perhaps.
    let file = file("python:3.11", "", "").replace("python3-lxml", "python3-opencv");
    assert_eq!(package(&file, &plain, "python3-opencv"), None);
}

#[test]
fn lets_development_files_of_many_libraries_go_for_those_that_are_named() {
    let file = |end: &str| {
        format!(
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y g++ cmake libboost-all-dev\nWORKDIR /src\nCOPY . .\n\
             {end}RUN cmake -B build && cmake --build build && cp build/app /usr/local/bin/app\nCMD [\"app\"]\n"
        )
    };
    let with = |lists: &'static str, main: &'static str| memory(&[("CMakeLists.txt", lists), ("main.cpp", main)]);
    let all = |file: &str, context: &dyn BuildContext| {
        package(file, context, "libboost-all-dev").map(|names| names.join(" "))
    };
    let named = with("find_package(Boost REQUIRED COMPONENTS program_options)\n", "int main() {}\n");
    assert_eq!(all(&file(""), &named).as_deref(), Some("libboost-program-options1.74.0"));
    let headers = with("project(app CXX)\n", "#include <boost/asio.hpp>\nint main() {}\n");
    assert_eq!(all(&file(""), &headers).as_deref(), Some(""));
    let computed = with("find_package(Boost COMPONENTS ${PARTS})\n", "int main() {}\n");
    assert_eq!(all(&file(""), &computed), None);
    let elsewhere =
        "RUN git clone https://example.org/lib /lib2 && cd /lib2 && cmake -B build && make -C build install\n";
    assert_eq!(all(&file(elsewhere), &headers), None);
    assert_eq!(all(&file(""), &NoContext), None);
}

#[test]
fn what_only_they_brought_stays_where_something_asks_for_it() {
    let runtime = |file: &str, context: &MemoryContext| {
        let conversion = crate::convert(&crate::Request::new(file.as_bytes(), context)).expect("the file is valid");
        let output = String::from_utf8(conversion.output.expect("there is a result")).expect("it is text");
        output.split("\n\nFROM ").nth(1).expect("there are two stages").to_owned()
    };
    // libtool depends on `file` in Debian 12.
    let end = "HEALTHCHECK CMD file /usr/local/bin/app\nCMD [\"/usr/local/bin/app\"]\n";
    let context = memory(&[C_MAIN]);
    assert!(runtime(&c_program("gcc libc6-dev libtool", end), &context).contains("recommends file"));
    assert!(!runtime(&c_program("gcc libc6-dev libtool", C_END), &context).contains("recommends file"));

    // cmake brings the time zones in Ubuntu 20.04, and not in 22.04.
    let ubuntu = |release: &str, zone: &str| {
        let apt = "apt-get update && apt-get install -y --no-install-recommends g++ cmake make";
        let file = format!("FROM ubuntu:{release}\n{zone}RUN {apt}{C_STEPS}{C_END}");
        runtime(&file, &context).contains("tzdata")
    };
    assert!(ubuntu("20.04", "ENV TZ=Europe/Rome\n"));
    assert!(!ubuntu("20.04", ""));
    assert!(!ubuntu("22.04", "ENV TZ=Europe/Rome\n"));
}

#[test]
fn scripts_beside_the_program_keep_what_they_call() {
    let file = |end: &str| {
        format!(
            "FROM python:3.12\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n{end}\
             CMD [\"python\", \"app.py\"]\n"
        )
    };
    let runtime = |file: &str, script: &str| {
        let context = MemoryContext::new([
            ("requirements.txt", "flask==3.0.0\n"),
            ("app.py", "import flask\nprint(flask)\n"),
            ("scripts/backup.sh", script),
        ]);
        let conversion = crate::convert(&crate::Request::new(file.as_bytes(), &context)).expect("the file is valid");
        // What is left alone is its own runtime stage.
        let output = conversion.output.unwrap_or_else(|| file.as_bytes().to_vec());
        let output = String::from_utf8(output).expect("it is text");
        output.rsplit("FROM ").next().expect("there is a stage").to_owned()
    };
    let calls_curl = "#!/bin/sh\ncd /data && curl -fsS -T x.db \"$TARGET\"\n";
    let whole = file("COPY . .\n");
    assert!(runtime(&whole, calls_curl).contains(" curl"));
    assert!(!runtime(&whole, "#!/bin/sh\necho done\n").contains(" curl"));
    // It calls what the image never had: it is for another place.
    assert!(!runtime(&whole, "#!/bin/sh\ndocker compose pull\ncurl -fsS localhost\n").contains(" curl"));
    // The build runs it.
    let built = file("COPY . .\nRUN sh scripts/backup.sh\n");
    assert!(!runtime(&built, "#!/bin/sh\ncurl -fsS example.org\n").contains(" curl"));
    // Of another language: its interpreter, and what its texts name.
    let python = "#!/usr/bin/env python3\nimport subprocess\nsubprocess.run(['git', 'log'])\n";
    let on_path = file("COPY app.py .\nCOPY scripts/backup.sh /usr/local/bin/backup\n");
    assert!(runtime(&on_path, python).contains(" git"));
    let linked = file("COPY . .\nRUN ln -s /app/scripts/backup.sh /usr/local/bin/backup\n");
    assert!(runtime(&linked, python).contains(" git"));
    assert!(!runtime(&whole, python).contains(" git"), "nothing says that it is there to be run");
    // What is put there to be run, and calls what no package brings back, keeps the larger base.
    let command = file("COPY app.py .\nCOPY scripts/backup.sh /usr/local/bin/backup\n");
    assert!(runtime(&command, calls_curl).starts_with("python:3.12-slim"));
    assert!(!runtime(&command, "#!/bin/sh\nmake -C /data\n").starts_with("python:3.12-slim"));
}
