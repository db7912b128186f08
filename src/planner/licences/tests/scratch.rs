//! *scratch*: temporary files and build trees.

use super::*;

fn rust(end: &str) -> String {
    format!("FROM rust:1.80\nWORKDIR /src\nCOPY . .\nRUN cargo build --release\n{end}\n")
}

const CARGO: (&str, &str) = ("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n");
const RUST_MAIN: (&str, &str) = ("src/main.rs", "fn main() { println!(\"hi\"); }\n");

#[test]
fn lets_temporary_files_and_build_trees_go() {
    check(&[
        Case {
            about: "a file in /tmp",
            file: go("RUN echo 1 > /tmp/note\nCMD [\"/app\"]"),
            context: &[GO_MOD, GO_MAIN],
            path: "/tmp/note",
            fate: Goes(Scratch),
        },
        Case {
            about: "a build tree beside the program that runs in it",
            file: rust("CMD [\"/src/target/release/shop\"]"),
            context: &[CARGO, RUST_MAIN],
            path: "/src/target",
            fate: GoesBut(Scratch, &["/src/target/release/shop"]),
        },
        Case {
            about: "a program that was copied to its place",
            file: rust("RUN cp target/release/shop /usr/local/bin/shop\nCMD [\"shop\"]"),
            context: &[CARGO, RUST_MAIN],
            path: "/src/target",
            fate: Goes(Scratch),
        },
    ]);
}

#[test]
fn is_void_when_run_time_reads_it() {
    check(&[
        Case {
            about: "the command of an interpreter names it",
            file: "FROM python:3.12\nRUN pip install flask==3.0.0 && echo 'print(1)' > /tmp/app.py\nCMD [\"python\", \"/tmp/app.py\"]\n"
                .into(),
            context: &[],
            path: "/tmp/app.py",
            fate: Stays,
        },
        Case {
            about: "the working directory is in it",
            file: go("WORKDIR /tmp/job/deep\nRUN mkdir -p /tmp/job/deep\nCMD [\"/app\"]"),
            context: &[GO_MOD, GO_ANY_FILE],
            path: "/tmp/job/deep",
            fate: Stays,
        },
        Case {
            about: "a variable names it",
            file: go("RUN echo 1 > /tmp/app.conf\nENV CONFIG=/tmp/app.conf\nCMD [\"/app\"]"),
            context: &[GO_MOD, GO_MAIN],
            path: "/tmp/app.conf",
            fate: Stays,
        },
    ]);
}

#[test]
fn is_void_when_run_time_is_told_of_it() {
    check(&[Case {
        about: "the command names it",
        file: go("RUN echo 1 > /tmp/app.conf\nCMD [\"/app\", \"--config\", \"/tmp/app.conf\"]"),
        context: &[GO_MOD, GO_ANY_FILE],
        path: "/tmp/app.conf",
        fate: NeedsALook,
    }]);
}

#[test]
fn is_void_when_an_entry_script_reads_it() {
    check(&[Case {
        about: "an entry script reads it",
        file: go("RUN echo 1 > /tmp/app.env\nENTRYPOINT [\"/src/start.sh\"]"),
        context: &[GO_MOD, GO_MAIN, ("start.sh", "#!/bin/sh\n. /tmp/app.env\nexec /app\n")],
        path: "/tmp/app.env",
        fate: NeedsALook,
    }]);
}

#[test]
fn is_void_for_the_working_directory() {
    check(&[Case {
        about: "the program runs there",
        file: go("WORKDIR /tmp/job\nRUN echo 1 > /tmp/job/app.conf\nCMD [\"/app\"]"),
        context: &[GO_MOD, GO_ANY_FILE],
        path: "/tmp/job/app.conf",
        fate: Stays,
    }]);
}

#[test]
fn is_void_when_native_sources_open_it() {
    check(&[Case {
        about: "sources of a native program",
        file: go("RUN echo 1 > /tmp/app.conf\nCMD [\"/app\"]"),
        context: &[
            GO_MOD,
            ("main.go", "package main\n\nimport \"os\"\n\nfunc main() { os.ReadFile(\"/tmp/app.conf\") }\n"),
        ],
        path: "/tmp/app.conf",
        fate: NeedsALook,
    }]);
}

#[test]
fn is_void_when_interpreted_sources_name_it() {
    check(&[Case {
        about: "a program that is interpreted",
        file: "FROM python:3.12\nRUN apt-get update && apt-get install -y gcc\nWORKDIR /app\nCOPY . .\n\
                   RUN pip install flask==3.0.0\nRUN echo 1 > /tmp/app.conf\nCMD [\"python\", \"app.py\"]\n"
            .into(),
        context: &[("app.py", "print(open('/tmp/app.conf').read())\n")],
        path: "/tmp/app.conf",
        fate: NeedsALook,
    }]);
}

#[test]
fn is_void_in_doubt() {
    let make =
        |end: &str| format!("FROM gcc:12\nWORKDIR /src\nCOPY . .\nRUN cmake -B build && cmake --build build\n{end}\n");
    let run = make("CMD [\"/src/build/app\"]");
    check(&[
        Case {
            about: "a build tree in which libraries may lie that the program loads",
            file: run.clone(),
            context: &[C_MAIN, ("CMakeLists.txt", "add_library(x SHARED x.c)\nadd_executable(app main.c)\n")],
            path: "/src/build",
            fate: Stays,
        },
        Case {
            about: "a build tree from which an interpreter may load",
            file: "FROM python:3.12\nWORKDIR /src\nCOPY . .\nRUN python setup.py build\nRUN pip install flask==3.0.0\n\
                   CMD [\"python\", \"app.py\"]\n"
                .into(),
            context: &[("app.py", "print(1)\n"), ("setup.py", "from setuptools import setup\nsetup()\n")],
            path: "/src",
            fate: Stays,
        },
    ]);
    check_without_context(&[
        Case { about: "build files that nobody can read", file: run, context: &[], path: "/src/build", fate: Stays },
        Case {
            about: "a program that nobody can read may read a temporary file",
            file: go("RUN echo 1 > /tmp/note\nCMD [\"/app\"]"),
            context: &[],
            path: "/tmp/note",
            fate: NeedsALook,
        },
    ]);
}

#[test]
fn is_void_where_nobody_knows_what_a_program_reads() {
    check(&[Case {
        about: "what an unknown command may put there, told by its words",
        file: "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install flask==3.0.0\n\
                   RUN frobnicate --out=/tmp/models\nCMD [\"python\", \"app.py\"]\n"
            .into(),
        context: &[("app.py", "import sys\nprint(open(sys.argv[1]).read())\n")],
        path: "/tmp/models",
        fate: NeedsALook,
    }]);
}
