//! What holds for every file: no panic, converting twice changes nothing more, line ends do not matter, two runs agree.

use msb::context::MemoryContext;
use msb::syntax;
use msb::{Request, convert};
use proptest::prelude::*;

const SEEDS: &[&str] = &[
    "FROM golang:1.22\nWORKDIR /src\nCOPY go.mod ./\nRUN go mod download\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /usr/local/bin/tool .\nUSER 1000\nCMD [\"tool\"]\n",
    "# syntax=docker/dockerfile:1\nARG V=3.11\nFROM python:${V}-slim\nENV A=1 B=$A\nRUN apt-get update && apt-get install -y gcc libpq-dev \\\n    # a comment\n    curl \\\n && rm -rf /var/lib/apt/lists/*\nCOPY . /app\nWORKDIR /app\nRUN pip install -r requirements.txt\nHEALTHCHECK CMD curl -f localhost\nCMD exec python app.py\n",
    "FROM node:20\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build && cp -r dist/. /srv/www/\nENTRYPOINT [\"./run.sh\"]\nCMD [\"node\", \"dist/main.js\"]\n",
    "FROM debian:bookworm\nRUN <<EOF\nset -e\napt-get update\napt-get install -y make gcc\nEOF\nCOPY <<\"END\" /etc/motd\nhello $USER\nEND\nRUN make -C /src install PREFIX=/opt/x; ldconfig\nVOLUME /data\nONBUILD RUN true\nSTOPSIGNAL SIGTERM\n",
    "FROM rust:1-slim\nSHELL [\"/bin/bash\", \"-c\"]\nADD . /w\nWORKDIR /w\nRUN cd sub && export X=$(date) && cargo build --release || exit 1\nRUN if [ -f a ]; then for f in *; do echo \"$f\" > /tmp/$f; done; fi\nEXPOSE 80/tcp 90\nLABEL a=\"b c\" d=e\nCMD [\"/w/target/release/x\", \"--flag\"]\n",
    "FROM alpine:3.19\nRUN apk add --no-cache --virtual .deps gcc musl-dev && cc -o /bin/x x.c && apk del .deps\nUSER nobody\nENTRYPOINT [\"/bin/x\"]\n",
];

fn context() -> MemoryContext {
    MemoryContext::new([
        ("go.mod", "module example.org/tool\n"),
        ("main.go", "package main\n\nfunc main() {}\n"),
        ("requirements.txt", "flask\npsycopg2\n"),
        ("app.py", "print('x')\n"),
        (
            "package.json",
            "{\"scripts\": {\"build\": \"tsc\", \"start\": \"node dist/main.js\"}, \"dependencies\": {\"a\": \"1\"}}",
        ),
        ("run.sh", "#!/bin/sh\nexec \"$@\"\n"),
        ("Makefile", "install:\n\tinstall -m 755 x $(PREFIX)/bin/x\n"),
    ])
}

fn converted(source: &[u8]) -> Option<Option<Vec<u8>>> {
    convert(&Request::new(source, &context())).ok().map(|conversion| conversion.output)
}

/// A seed with some lines dropped, doubled or moved, and some bytes changed.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<u16>(), any::<u8>(), 0u8..6), 0..6);
    (0..SEEDS.len(), edits).prop_map(|(seed, edits)| {
        let mut text = SEEDS[seed].as_bytes().to_vec();
        for (place, byte, how) in edits {
            let mut lines: Vec<Vec<u8>> = text.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            if text.is_empty() || lines.is_empty() {
                break;
            }
            let line = usize::from(place) % lines.len();
            match how {
                0 => drop(lines.remove(line)),
                1 => lines.insert(line, lines[line].clone()),
                2 => lines.rotate_left(line.min(2)),
                _ => {
                    let at = usize::from(place) % text.len();
                    match how {
                        3 => text[at] = byte,
                        4 => text.insert(at, byte),
                        _ => drop(text.remove(at)),
                    }
                    continue;
                }
            }
            text = lines.concat();
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_file_is_answered_and_answers_agree(source in mutated()) {
        let first = converted(&source);
        prop_assert_eq!(&first, &converted(&source));
        if let Some(Some(output)) = first {
            prop_assert!(syntax::parse(&output).is_ok());
            prop_assert_eq!(converted(&output), Some(None), "converting the result changes it again");
        }
    }
}

#[test]
fn line_ends_do_not_change_the_result() {
    let mut compared = 0;
    for seed in SEEDS {
        let crlf = seed.replace('\n', "\r\n");
        let (Some(Some(unix)), Some(Some(dos))) = (converted(seed.as_bytes()), converted(crlf.as_bytes())) else {
            continue;
        };
        let unix = String::from_utf8(unix).expect("text").replace('\n', "\r\n");
        assert_eq!(String::from_utf8(dos).expect("text"), unix);
        compared += 1;
    }
    assert!(compared >= 3, "only {compared} seeds are converted");
}
