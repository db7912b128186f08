//! *compiled-source*: what a program was compiled of.

use super::*;

/// A Go program that is compiled in `/src` and stays there.
fn in_place(end: &str) -> String {
    format!("FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go build -o app .\n{end}\n")
}

#[test]
fn lets_sources_go() {
    check(&[
        Case {
            about: "a program that opens nothing, compiled among its sources",
            file: in_place("CMD [\"/src/app\"]"),
            context: &[GO_MOD, GO_MAIN, PAGE],
            path: "/src",
            fate: Goes(CompiledSource),
        },
        Case {
            about: "a program that opens a file by its name",
            file: in_place("CMD [\"/src/app\"]"),
            context: &[GO_MOD, GO_TEMPLATE, PAGE, ("other.html", "<p>")],
            path: "/src",
            fate: GoesBut(CompiledSource, &["/src/page.html"]),
        },
        Case {
            about: "a program that is put elsewhere",
            file: go("CMD [\"/app\"]"),
            context: &[GO_MOD, GO_MAIN],
            path: "/src",
            fate: Goes(CompiledSource),
        },
    ]);
}

#[test]
fn is_void_when_run_time_asks_for_a_file() {
    check(&[
        Case {
            about: "the command names a file among the sources",
            file: go("CMD [\"/app\", \"--page\", \"/src/page.html\"]"),
            context: &[GO_MOD, GO_ANY_FILE, PAGE],
            path: "/src",
            fate: GoesBut(CompiledSource, &["/src/page.html"]),
        },
        Case {
            about: "the command names one that the sources are not known to open",
            file: in_place("CMD [\"/src/app\", \"/src/page.html\"]"),
            context: &[GO_MOD, GO_ANY_FILE, PAGE],
            path: "/src",
            fate: GoesBut(CompiledSource, &["/src/page.html"]),
        },
        Case {
            about: "the health check is a script among the sources",
            file: in_place("HEALTHCHECK CMD /src/check.sh\nCMD [\"/src/app\"]"),
            context: &[GO_MOD, GO_MAIN, ("check.sh", "#!/bin/sh\nexit 0\n")],
            path: "/src",
            fate: GoesBut(CompiledSource, &["/src/check.sh"]),
        },
    ]);
}

#[test]
fn is_void_when_run_time_is_told_of_a_source() {
    check(&[Case {
        about: "the command names a source itself",
        file: go("CMD [\"/app\", \"/src/main.go\"]"),
        context: &[GO_MOD, GO_ANY_FILE],
        path: "/src",
        fate: GoesBut(CompiledSource, &["/src/main.go"]),
    }]);
}

#[test]
fn is_void_when_an_entry_script_reads_a_source() {
    check(&[Case {
        about: "an entry script copies a source",
        file: go("ENTRYPOINT [\"/src/start.sh\"]"),
        context: &[GO_MOD, GO_MAIN, ("start.sh", "#!/bin/sh\ncp /src/main.go /srv/\nexec /app\n")],
        path: "/src",
        fate: GoesBut(CompiledSource, &["/src/main.go", "/src/start.sh"]),
    }]);
}

#[test]
fn is_void_in_doubt() {
    check(&[
        Case {
            about: "the program opens what it is told: all but sources stays",
            file: go("CMD [\"/app\"]"),
            context: &[GO_MOD, GO_ANY_FILE, PAGE, ("img/a.png", "png")],
            path: "/src",
            fate: GoesBut(CompiledSource, &["/src/img", "/src/page.html"]),
        },
        Case {
            about: "too much lies beside the sources to name it",
            file: go("CMD [\"/app\"]"),
            context: &[
                GO_MOD,
                GO_ANY_FILE,
                ("1.html", ""),
                ("2.html", ""),
                ("3.html", ""),
                ("4.html", ""),
                ("5.html", ""),
                ("6.html", ""),
                ("7.html", ""),
            ],
            path: "/src",
            fate: Stays,
        },
        Case {
            about: "an unknown command may have written among the sources",
            file: "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN frobnicate\nRUN go build -o /app .\nCMD [\"/app\"]\n"
                .into(),
            context: &[GO_MOD, GO_ANY_FILE, PAGE],
            path: "/src",
            fate: Stays,
        },
        Case {
            about: "an interpreted program beside",
            file: go("CMD [\"python3\", \"/src/serve.py\"]"),
            context: &[GO_MOD, GO_MAIN, ("serve.py", "print(1)\n")],
            path: "/src",
            fate: Stays,
        },
    ]);
    check_without_context(&[Case {
        about: "a context that nobody gave",
        file: go("CMD [\"/app\"]"),
        context: &[],
        path: "/src",
        fate: Stays,
    }]);
}

/// A start script of a server gives files to its tools.
#[test]
fn lets_a_directory_go_that_no_start_script_reads() {
    let end = "COPY start.sh /start.sh\nCMD [\"/start.sh\"]\n";
    let case = |about, script: &'static str, fate| Case {
        about,
        file: site(end),
        context: vec![WEB, LOCK, ("start.sh", script), ("conf/env.js", "")].leak(),
        path: "/app",
        fate,
    };
    check(&[
        case(
            "it names files elsewhere",
            "#!/bin/sh\nset -e\nenvsubst < /opt/env.js > /usr/share/nginx/html/env.js\nuntil nc -z db 5432; do sleep 1; done\nexec nginx -g 'daemon off;'\n",
            Goes(CompiledSource),
        ),
        case(
            "a file below the working directory is given to a tool",
            "#!/bin/sh\nenvsubst < conf/env.js > /usr/share/nginx/html/env.js\nexec nginx -g 'daemon off;'\n",
            GoesBut(CompiledSource, &["/app/conf/env.js"]),
        ),
        case("a tool copies", "#!/bin/sh\ncp -r conf /etc/site\nexec nginx -g 'daemon off;'\n", Stays),
        case(
            "a variable names what is read",
            "#!/bin/sh\nenvsubst < $TEMPLATE > /tmp/x\nexec nginx -g 'daemon off;'\n",
            Stays,
        ),
        case("a command that nothing describes", "#!/bin/sh\nfrobnicate\nexec nginx -g 'daemon off;'\n", Stays),
    ]);
}

#[test]
fn is_void_when_a_program_has_the_name_of_a_tool() {
    let file = "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go build -o /usr/local/bin/host .\nCMD [\"host\"]\n";
    converted(file, &memory(&[GO_MOD, GO_TEMPLATE, PAGE]), |_, fates| {
        let source = fates.entries.iter().find(|entry| entry.path == "/src").expect("the sources");
        assert_eq!(source.stays, ["/src/page.html"], "{source:?}");
    });
}

#[test]
fn is_void_for_files_that_a_script_gives_to_a_command() {
    let file = "FROM debian:12\nRUN apt-get update && apt-get install -y gcc libc6-dev pandoc\nWORKDIR /src\nCOPY . .\n\
                RUN gcc -o /usr/local/bin/app main.c\nCMD [\"./start.sh\"]\n";
    let start = ("start.sh", "#!/bin/sh\npandoc -o /tmp/a.html model.h\nexec app\n");
    converted(file, &memory(&[C_MAIN, ("model.h", ""), start]), |_, fates| {
        let source = fates.entries.iter().find(|entry| entry.path == "/src").expect("the sources");
        assert_eq!(source.licence, Some(CompiledSource), "{source:?}");
        assert_eq!(source.stays, ["/src/model.h", "/src/start.sh"], "{source:?}");
    });
}
