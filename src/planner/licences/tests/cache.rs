//! *cache*: what tools keep for themselves.

use super::*;

const H2: &str = "/root/.m2/repository";

#[test]
fn lets_go_what_tools_kept_for_themselves() {
    let go = "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\nCMD [\"/app\"]\n";
    check(&[
        Case {
            about: "of a compiler",
            file: go.into(),
            context: &[GO_MOD, GO_MAIN],
            path: "/root/.cache/go-build",
            fate: Goes(Cache),
        },
        Case {
            about: "of an installer",
            file: "FROM python:3.12\nRUN apt-get update && apt-get install -y gcc\nWORKDIR /app\nCOPY . .\n\
                   RUN pip install flask\nCMD [\"python\", \"app.py\"]\n"
                .into(),
            context: &[("app.py", "print(1)\n")],
            path: "/root/.cache/pip",
            fate: Goes(Cache),
        },
        Case {
            about: "of modules",
            file: go.into(),
            context: &[GO_MOD, GO_MAIN],
            path: "/go/pkg/mod",
            fate: Goes(Cache),
        },
    ]);
}

fn maven(end: &str) -> String {
    format!("FROM maven:3.9-eclipse-temurin-21\nWORKDIR /app\nCOPY . .\nRUN mvn package\n{end}\n")
}

#[test]
fn is_void_when_run_time_reads_it() {
    const POM: (&str, &str) = ("pom.xml", "<project><artifactId>app</artifactId></project>");
    check(&[
        Case {
            about: "the command names a file in it",
            file: maven("CMD [\"java\", \"-jar\", \"/root/.m2/repository/org/h2/h2.jar\"]"),
            context: &[POM],
            path: H2,
            fate: Stays,
        },
        Case {
            about: "the class path names a file in it",
            file: maven("CMD [\"java\", \"-cp\", \"target/app.jar:/root/.m2/repository/org/h2/h2.jar\", \"Main\"]"),
            context: &[POM],
            path: H2,
            fate: NeedsALook,
        },
        Case {
            about: "an entry script names a file in it",
            file: maven("ENTRYPOINT [\"/app/start.sh\"]"),
            context: &[POM, ("start.sh", "#!/bin/sh\nexec java -jar /root/.m2/repository/org/h2/h2.jar\n")],
            path: H2,
            fate: Stays,
        },
    ]);
}

#[test]
fn is_void_when_a_variable_of_run_time_names_it() {
    check(&[Case {
        about: "CLASSPATH",
        file: maven("ENV CLASSPATH=/root/.m2/repository/org/h2/h2.jar\nCMD [\"java\", \"Main\"]"),
        context: &[("pom.xml", "<project><artifactId>app</artifactId></project>")],
        path: H2,
        fate: NeedsALook,
    }]);
}

#[test]
fn is_void_when_native_sources_open_a_file_in_it() {
    check(&[Case {
        about: "the sources of a native program name the path",
        file: "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\nCMD [\"/app\"]\n".into(),
        context: &[
            GO_MOD,
            ("main.go", "package main\n\nimport \"os\"\n\nfunc main() { os.ReadFile(\"/go/pkg/mod/cache/lock\") }\n"),
        ],
        path: "/go/pkg/mod",
        fate: NeedsALook,
    }]);
}

#[test]
fn is_void_in_doubt_whether_it_is_one() {
    check(&[
        Case {
            about: "a directory of that name which an unknown command may fill",
            file: "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install flask\nRUN mkdir -p /root/.cache/models\n\
                   RUN frobnicate --fetch\nCMD [\"python\", \"app.py\"]\n"
                .into(),
            context: &[("app.py", "print(1)\n")],
            path: "/root/.cache/models",
            fate: Stays,
        },
        Case {
            about: "what a program of the build downloads to its home",
            file: "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install nltk\nRUN python fetch.py\n\
                   CMD [\"python\", \"app.py\"]\n"
                .into(),
            context: &[("app.py", "print(1)\n"), ("fetch.py", "import nltk\nnltk.download('punkt')\n")],
            path: "/root",
            fate: Stays,
        },
    ]);
}
