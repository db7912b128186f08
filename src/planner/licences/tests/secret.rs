//! *secret*: credentials that only the build reads.

use super::*;

fn with_npmrc(steps: &str) -> String {
    format!("FROM node:20\nWORKDIR /app\nCOPY . .\n{steps}\n")
}

const TOKEN: &str = "//registry.example.org/:_authToken=0123456789abcdef\n";
const NPMRC_STEPS: &str = "FROM node:20\nWORKDIR /app\nCOPY package.json package-lock.json .npmrc ./\nRUN npm ci\n\
                           COPY main.js ./\nCMD [\"node\", \"main.js\"]\n";
const MAIN_JS: (&str, &str) = ("main.js", "console.log(1)\n");

#[test]
fn lets_credentials_of_the_build_go() {
    check(&[
        Case {
            about: "a token that the context has",
            file: NPMRC_STEPS.into(),
            context: &[PACKAGE, LOCK, MAIN_JS, (".npmrc", TOKEN)],
            path: "/app/.npmrc",
            fate: Goes(Secret),
        },
        Case {
            about: "a token in a here-document",
            file: with_npmrc(
                "COPY <<EOF /app/.npmrc\n//registry.example.org/:_authToken=0123456789abcdef\nEOF\nRUN npm ci\n\
                 CMD [\"node\", \"main.js\"]",
            ),
            context: &[PACKAGE, LOCK, MAIN_JS],
            path: "/app/.npmrc",
            fate: Goes(Secret),
        },
        Case {
            about: "a key that no extension names",
            file: "FROM node:20\nWORKDIR /app\nCOPY id_rsa /root/.ssh/id_rsa\nCOPY . .\nRUN npm ci\nCMD [\"node\", \"main.js\"]\n".into(),
            context: &[PACKAGE, LOCK, MAIN_JS, ("id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n")],
            path: "/root/.ssh/id_rsa",
            fate: Goes(Secret),
        },
    ]);
}

const KEY: (&str, &str) = ("server.key", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n");

#[test]
fn lets_credentials_go_that_a_step_writes() {
    check(&[
        Case {
            about: "a token that a step writes",
            file: with_npmrc(
                "ARG NPM_TOKEN\nRUN echo \"//registry.example.org/:_authToken=0123456789abcdef\" > /app/.npmrc\nRUN npm ci\n\
                 CMD [\"node\", \"main.js\"]",
            ),
            context: &[PACKAGE, LOCK, MAIN_JS],
            path: "/app/.npmrc",
            fate: Goes(Secret),
        },
        Case {
            about: "a token that a build argument gives",
            file: with_npmrc(
                "ARG NPM_TOKEN\nRUN echo \"//registry.example.org/:_authToken=${NPM_TOKEN}\" > /app/.npmrc\nRUN npm ci\n\
                 CMD [\"node\", \"main.js\"]",
            ),
            context: &[PACKAGE, LOCK, MAIN_JS],
            path: "/app/.npmrc",
            fate: Goes(Secret),
        },
    ]);
}

#[test]
fn is_void_when_run_time_is_told_of_it() {
    check(&[Case {
            about: "the command names it",
            file: "FROM golang:1.22\nCOPY server.key /etc/app/server.key\nWORKDIR /src\nCOPY main.go go.mod ./\nRUN go build -o /app .\n\
                   CMD [\"/app\", \"--key\", \"/etc/app/server.key\"]\n".into(),
            context: &[GO_MOD, GO_ANY_FILE, KEY],
            path: "/etc/app/server.key",
            fate: NeedsALook,
        }]);
}

#[test]
fn is_void_when_an_entry_script_gives_it_on() {
    check(&[Case {
            about: "an entry script reads it",
            file: "FROM golang:1.22\nCOPY server.key /etc/app/server.key\nCOPY start.sh /start.sh\nWORKDIR /src\nCOPY main.go go.mod ./\n\
                   RUN go build -o /app .\nENTRYPOINT [\"/start.sh\"]\n".into(),
            context: &[GO_MOD, GO_ANY_FILE, KEY, ("start.sh", "#!/bin/sh\nexec /app --key /etc/app/server.key\n")],
            path: "/etc/app/server.key",
            fate: NeedsALook,
        }]);
}

#[test]
fn is_void_when_a_variable_names_it() {
    check(&[Case {
        about: "a variable names it",
        file: "FROM golang:1.22\nCOPY server.key /etc/app/server.key\nENV TLS_FILE=/etc/app/server.key\nWORKDIR /src\n\
                   COPY main.go go.mod ./\nRUN go build -o /app .\nCMD [\"/app\"]\n"
            .into(),
        context: &[GO_MOD, GO_ANY_FILE, KEY],
        path: "/etc/app/server.key",
        fate: NeedsALook,
    }]);
}

#[test]
fn is_void_when_a_configuration_names_it() {
    check(&[Case {
        about: "the server's configuration names it",
        file: site("COPY server.key /etc/nginx/server.key\nCOPY site.conf /etc/nginx/conf.d/default.conf\n"),
        context: &[WEB, LOCK, KEY, ("site.conf", "server { ssl_certificate_key /etc/nginx/server.key; }\n")],
        path: "/etc/nginx/server.key",
        fate: NeedsALook,
    }]);
}

#[test]
fn is_void_when_native_sources_open_it() {
    check(&[Case {
            about: "the program opens it",
            file: "FROM golang:1.22\nCOPY server.key /etc/app/server.key\nWORKDIR /src\nCOPY main.go go.mod ./\nRUN go build -o /app .\n\
                   CMD [\"/app\"]\n".into(),
            context: &[
                GO_MOD,
                ("main.go", "package main\n\nimport \"os\"\n\nfunc main() { os.ReadFile(\"/etc/app/server.key\") }\n"),
                KEY,
            ],
            path: "/etc/app/server.key",
            fate: NeedsALook,
        }]);
}

#[test]
fn is_void_in_doubt_whether_it_is_one() {
    check(&[
        Case {
            about: "settings without a credential",
            file: NPMRC_STEPS.into(),
            context: &[PACKAGE, LOCK, MAIN_JS, (".npmrc", "engine-strict=true\n")],
            path: "/app/.npmrc",
            fate: Stays,
        },
        Case {
            about: "a public certificate",
            file: "FROM node:20\nWORKDIR /app\nCOPY server.pem /etc/app/server.pem\nCOPY . .\nRUN npm ci\nCMD [\"node\", \"main.js\"]\n".into(),
            context: &[PACKAGE, LOCK, MAIN_JS, ("server.pem", "-----BEGIN CERTIFICATE-----\nx\n")],
            path: "/etc/app/server.pem",
            fate: Stays,
        },
    ]);
    let case = Case {
        about: "a file that mostly holds nothing secret and cannot be read",
        file: "FROM node:20\nWORKDIR /app\nCOPY package.json package-lock.json bunfig.toml ./\nRUN npm ci\nCOPY main.js ./\n\
               CMD [\"node\", \"main.js\"]\n".into(),
        context: &[],
        path: "/app/bunfig.toml",
        fate: Stays,
    };
    judge(&[case], |_| Box::new(MemoryContext::new([PACKAGE, LOCK, MAIN_JS]).name("bunfig.toml")));
}
