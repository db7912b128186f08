//! *author*: what a comment gives to the build.

use super::*;

#[test]
fn lets_go_what_a_comment_gives_to_the_build() {
    check(&[
        Case {
            about: "a COPY",
            file: "FROM golang:1.22\n# msb: build\nCOPY fixtures /fixtures\nWORKDIR /src\nCOPY go.mod main.go ./\n\
                   RUN go build -o /app .\nCMD [\"/app\"]\n"
                .into(),
            context: &[GO_MOD, GO_MAIN, ("fixtures/a", "a")],
            path: "/fixtures",
            fate: Goes(Author),
        },
        Case {
            about: "a COPY among others that stay",
            file: "FROM golang:1.22\n# msb: build -- for tests only\nCOPY a /data/a\nCOPY b /data/b\nWORKDIR /src\n\
                   COPY go.mod main.go ./\nRUN go build -o /app .\nCMD [\"/app\"]\n"
                .into(),
            context: &[GO_MOD, GO_MAIN, ("a", "a"), ("b", "b")],
            path: "/data/b",
            fate: Stays,
        },
    ]);
}

#[test]
fn is_void_when_run_time_asks_for_it() {
    check(&[
        Case {
            about: "the entry script is what the comment gives away",
            file: "FROM golang:1.22\n# msb: build\nCOPY start.sh /start.sh\nWORKDIR /src\nCOPY go.mod main.go ./\n\
                   RUN go build -o /app .\nENTRYPOINT [\"/start.sh\"]\n"
                .into(),
            context: &[GO_MOD, GO_MAIN, ("start.sh", "#!/bin/sh\nexec /app\n")],
            path: "/start.sh",
            fate: NeedsALook,
        },
        Case {
            about: "a result that the comment names stays",
            file: "FROM golang:1.22\nWORKDIR /src\nCOPY . .\n# msb: build artifact=/src/out\nRUN ./frobnicate\n\
                   RUN go build -o /app .\nCMD [\"/app\"]\n"
                .into(),
            context: &[GO_MOD, GO_MAIN],
            path: "/src/out",
            fate: Stays,
        },
    ]);
}

#[test]
fn is_void_when_run_time_is_told_of_it() {
    check(&[Case {
        about: "the command names what the comment gives away",
        file: "FROM golang:1.22\n# msb: build\nCOPY app.conf /etc/app.conf\nWORKDIR /src\nCOPY go.mod main.go ./\n\
                   RUN go build -o /app .\nCMD [\"/app\", \"/etc/app.conf\"]\n"
            .into(),
        context: &[GO_MOD, GO_ANY_FILE, ("app.conf", "x")],
        path: "/etc/app.conf",
        fate: NeedsALook,
    }]);
}

#[test]
fn is_void_in_doubt_about_the_comment() {
    let file = |comment: &str| {
        format!(
            "FROM golang:1.22\n{comment}\nCOPY a /data/a\nWORKDIR /src\nCOPY go.mod main.go ./\nRUN go build -o /app .\nCMD [\"/app\"]\n"
        )
    };
    let context = MemoryContext::new([GO_MOD, GO_MAIN, ("a", "a")]);
    // A word that msb does not know is an error, not a licence.
    for comment in ["# msb: biuld", "# msb: build keep"] {
        let text = file(comment);
        assert!(convert(&Request::new(text.as_bytes(), &context)).is_err(), "{comment}");
    }
    // A comment for people is none.
    for comment in ["# build", "# the build needs it"] {
        converted(&file(comment), &context, |_, fates| {
            let entry = fates.entries.iter().find(|entry| entry.path == "/data/a").expect("the copy");
            assert_eq!(entry.licence, None, "{comment}");
        });
    }
}
