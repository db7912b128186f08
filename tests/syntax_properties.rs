//! What holds for every file: nothing is lost, nothing panics, spans lead back to the bytes.
#![allow(clippy::unwrap_used)]

use msb::source::{LineIndex, Span};
use msb::syntax::{self, Dockerfile, Instruction, Kind, LogicalText, apply_edits};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Files that between them use every construct.
const SEEDS: &[&str] = &[
    "FROM alpine:3.20 AS base\nRUN apk add --no-cache curl \\\n    # fetches things\n    && rm -rf /tmp/*\n\nCMD [\"sh\", \"-c\", \"true\"]\n",
    "# syntax=docker/dockerfile:1\n# escape=`\n\nFROM windows\nRUN dir `\n  c:\\\nWORKDIR C:\\\\app\\\n",
    "FROM a\nCOPY --from=b --chown=1:1 <<'EOF' <<-two /d/\n$x \\\nEOF\n\tindented\n\ttwo\nUSER x\n",
    "FROM a\nENV A=1 B=\"2 3\" \\\n\n    C='4' D=e\\ f\nENV old the rest\nLABEL a.b=\"c\" d=e\nARG x y=${A:-z}\n",
    "ARG V=1\nFROM a:${V} AS One\nHEALTHCHECK --interval=5s --retries=3 CMD curl -f x || exit 1\nHEALTHCHECK NONE\nONBUILD COPY . /app\nONBUILD RUN <<EOF\nhi\nEOF\n",
    "FROM a\nSHELL [\"/bin/bash\", \"-c\"]\nVOLUME [\"/a\", \"/b\"]\nVOLUME /c /d\nEXPOSE 80 443/tcp\nSTOPSIGNAL SIGTERM\nMAINTAINER someone\nADD https://example.com/x /x\nENTRYPOINT [\"/x\"]\nUSER 1:1",
];

/// What a mutation puts in.
const PIECES: &[&str] = &[
    "\\\n",
    "\n",
    "\\",
    "`",
    "\"",
    "'",
    "<<EOF",
    "EOF\n",
    "<<-E ",
    "$",
    "${x:-y}",
    "${",
    "}",
    "#",
    "# escape=`\n",
    " ",
    "\t",
    "--",
    "--from=a ",
    "[",
    "]",
    "[\"a\"]",
    "[1]",
    "=",
    "RUN ",
    "COPY ",
    "ENV ",
    "FROM a\n",
    "ONBUILD ",
    "HEALTHCHECK ",
    "\u{a0}",
    "é",
    "\u{feff}",
    "\u{b}",
    "\u{0}",
    "\n# c\n",
];

#[derive(Clone, Debug)]
enum Mutation {
    Insert(Index, &'static str),
    Remove(Index, usize),
    Byte(Index, u8),
    Repeat(Index, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        4 => (any::<Index>(), select(PIECES)).prop_map(|(at, piece)| Mutation::Insert(at, piece)),
        1 => (any::<Index>(), 1..8usize).prop_map(|(at, length)| Mutation::Remove(at, length)),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Byte(at, byte)),
        1 => (any::<Index>(), 1..40usize).prop_map(|(at, length)| Mutation::Repeat(at, length)),
    ]
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    (select(SEEDS), prop::collection::vec(mutation(), 0..5)).prop_map(|(seed, mutations)| {
        mutations.into_iter().fold(seed.as_bytes().to_vec(), |mut source, mutation| {
            mutate(&mut source, mutation);
            source
        })
    })
}

fn mutate(source: &mut Vec<u8>, mutation: Mutation) {
    let length = source.len();
    let place = |at: Index| at.index(length + 1);
    match mutation {
        Mutation::Insert(at, piece) => drop(source.splice(place(at)..place(at), piece.bytes())),
        Mutation::Remove(at, count) => drop(source.drain(place(at)..(place(at) + count).min(length))),
        Mutation::Byte(at, byte) => source.insert(place(at), byte),
        Mutation::Repeat(at, count) => {
            let part = source[place(at)..(place(at) + count).min(length)].to_vec();
            source.splice(place(at)..place(at), part);
        }
    }
}

/// Every instruction, triggers of ONBUILD too.
fn all_instructions(file: &Dockerfile) -> Vec<&Instruction> {
    fn inner(instruction: &Instruction) -> Option<&Instruction> {
        match &instruction.kind {
            Kind::Onbuild(inner) => Some(inner),
            _ => None,
        }
    }
    file.instructions().flat_map(|instruction| [Some(instruction), inner(instruction)]).flatten().collect()
}

/// The text is what its bytes in the source say: piece by piece, for characters that are not continued.
fn leads_back(file: &Dockerfile, text: &LogicalText) {
    let mut last = 0;
    for (at, c) in text.as_str().char_indices() {
        let span = text.span(at..at + c.len_utf8());
        assert!(span.start >= last, "spans are in order");
        last = span.end;
        let bytes = file.bytes(span);
        match std::str::from_utf8(bytes) {
            Ok(found) if found.chars().count() == 1 => assert_eq!(found.chars().next(), Some(c)),
            // One byte that is not UTF-8, or a character split by a continuation.
            _ => assert!(c == char::REPLACEMENT_CHARACTER || bytes.contains(&b'\n'), "{bytes:?} is not {c:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn items_tile_the_file(source in mutated()) {
        if let Ok(file) = syntax::parse(&source) {
            let mut at = 0;
            for item in &file.items {
                prop_assert_eq!(item.span().start, at);
                prop_assert!(!item.span().is_empty());
                at = item.span().end;
            }
            prop_assert_eq!(at as usize, source.len());
            let joined: Vec<u8> = file.items.iter().flat_map(|item| file.bytes(item.span())).copied().collect();
            prop_assert_eq!(joined, source);
        }
    }

    #[test]
    fn spans_lead_back_to_the_bytes(source in mutated()) {
        if let Ok(file) = syntax::parse(&source) {
            for instruction in all_instructions(&file) {
                leads_back(&file, &instruction.args);
                let inside = |span: Span| span.start >= instruction.span.start && span.end <= instruction.span.end;
                prop_assert!(inside(instruction.keyword_span));
                prop_assert!(instruction.flags.iter().all(|flag| inside(flag.span)));
                prop_assert!(instruction.heredocs.iter().all(|heredoc| inside(heredoc.body)));
                prop_assert!(instruction.argument_spans().into_iter().all(inside));
                if let Some(text) = instruction.shell_text() {
                    leads_back(&file, &text);
                }
            }
        }
    }

    #[test]
    fn errors_have_a_place_and_can_be_shown(source in mutated()) {
        if let Err(errors) = syntax::parse(&source) {
            prop_assert!(!errors.is_empty());
            let lines = LineIndex::new(&source);
            for error in errors {
                prop_assert!(error.span.end as usize <= source.len());
                prop_assert_eq!((error.line, error.column), lines.line_column(error.span.start));
                let text = error.render("Dockerfile", &source);
                prop_assert!(text.contains(&error.message));
                let places = text.matches("Dockerfile:").count();
                prop_assert!(places >= 1);
            }
        }
    }

    #[test]
    fn anything_is_answered(source in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = syntax::dump(&source);
        let _ = syntax::parse(&source);
    }

    #[test]
    fn anything_expands_or_says_why(text in "[a$x{}:+?#%/*'\"\\\\`<é -]{0,40}", value in "[a-c/*]{0,6}") {
        for escape in [b'\\', b'`'] {
            let lookup = |name: &str| (name != "x").then(|| value.clone());
            let _ = syntax::expand_words(&text, escape, &lookup);
            let _ = syntax::variables(&text, escape);
            let _ = syntax::expand_heredoc(&text, &lookup);
            let _ = syntax::expand(&text, escape, &lookup);
        }
    }

    /// A file with Windows line ends says the same.
    #[test]
    fn line_ends_do_not_matter(source in mutated()) {
        let source: Vec<u8> = source.into_iter().filter(|&b| b != b'\r').collect();
        let windows: Vec<u8> = source.iter().flat_map(|&b| if b == b'\n' { vec![b'\r', b'\n'] } else { vec![b] }).collect();
        match (syntax::parse(&source), syntax::parse(&windows)) {
            (Ok(unix), Ok(windows)) => {
                let kinds = |file: &Dockerfile| -> Vec<String> {
                    file.instructions().map(|i| format!("{} {:?}", i.keyword(), i.args.as_str())).collect()
                };
                prop_assert_eq!(kinds(&unix), kinds(&windows));
                let ends = source.iter().filter(|&&b| b == b'\n').count();
                prop_assert_eq!(unix.newline(), "\n");
                prop_assert_eq!(windows.newline(), if ends > 0 { "\r\n" } else { "\n" });
            }
            (Err(unix), Err(windows)) => {
                let kinds = |errors: Vec<syntax::SyntaxError>| errors.into_iter().map(|e| (e.kind, e.line)).collect::<Vec<_>>();
                prop_assert_eq!(kinds(unix), kinds(windows));
            }
            (unix, windows) => prop_assert!(false, "{unix:?}\n{windows:?}"),
        }
    }

    /// Replacing any item by itself changes nothing.
    #[test]
    fn untouched_bytes_stay(source in mutated(), which in any::<Index>()) {
        if let Ok(file) = syntax::parse(&source) {
            let item = which.get(&file.items).span();
            if let Ok(text) = String::from_utf8(file.bytes(item).to_vec()) {
                let edits = [syntax::Edit { span: item, text }];
                prop_assert_eq!(apply_edits(&source, &edits).unwrap(), source);
            }
        }
    }
}

/// Inputs on which a careless parser takes quadratic time or exhausts the stack.
#[test]
fn hostile_inputs_are_answered() {
    let many = 100_000;
    let inputs = [
        format!("FROM a\nRUN {}\n", "<<A ".repeat(10_000)),
        format!("FROM a\nRUN x \\\n{}", "y \\\n".repeat(many)),
        format!("FROM a\nRUN {} <<EOF\nEOF\n", "${x:-\\\n".repeat(many)),
        format!("FROM a\nCMD {}\n", "[\\\n".repeat(many)),
        format!("FROM a\n{}", "# c\n".repeat(many)),
        format!("FROM a\n{}", "ONBUILD \\\n".repeat(many)),
        format!("FROM a\nENV {}\n", "a=b \\\n".repeat(many)),
        format!("FROM a\nCOPY {} /x\n", "--a \\\n".repeat(many)),
        "x\n".repeat(many),
    ];
    for input in inputs {
        if let Ok(file) = syntax::parse(input.as_bytes()) {
            assert_eq!(file.items.last().unwrap().span().end as usize, input.len());
        }
    }
}
