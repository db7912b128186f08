//! Edge cases of Dockerfile syntax, each with what BuildKit makes of it.
#![allow(clippy::unwrap_used)]

use msb::source::LineIndex;
use msb::syntax::{self, Instruction, Kind};

/// The instructions of a file with their lines, `J` for exec form and one `h` for each here-document; or the first
/// error with its line.
fn summary(source: &[u8]) -> String {
    match syntax::parse(source) {
        Ok(file) => {
            let index = LineIndex::new(&file.source);
            file.instructions().map(|i| describe(&index, i)).collect::<Vec<_>>().join(" ")
        }
        Err(errors) => format!("error: {} {}", errors[0].kind.code(), errors[0].line),
    }
}

fn describe(index: &LineIndex, instruction: &Instruction) -> String {
    let first = index.line(instruction.span.start);
    let last = index.line(instruction.span.end - 1);
    let lines = if first == last { first.to_string() } else { format!("{first}-{last}") };
    let json = if is_exec_form(instruction) { "J" } else { "" };
    format!("{}{lines}{json}{}", instruction.keyword(), "h".repeat(instruction.heredocs.len()))
}

fn is_exec_form(instruction: &Instruction) -> bool {
    match &instruction.kind {
        Kind::Copy(_) | Kind::Add(_) | Kind::Volume(_) => instruction.args.as_str().starts_with('['),
        Kind::Shell(_) => true,
        Kind::Run(_) | Kind::Cmd(_) | Kind::Entrypoint(_) | Kind::Healthcheck(Some(_)) => {
            instruction.shell_text().is_none()
        }
        _ => false,
    }
}

#[test]
fn edge_cases() {
    for (name, source, expected) in CASES {
        assert_eq!(summary(source.as_bytes()), *expected, "{name}: {source:?}");
    }
}

#[test]
fn long_lines() {
    let line = |length: usize| format!("FROM alpine\nRUN {}\n", "a".repeat(length - 4));
    assert_eq!(summary(line(65_535).as_bytes()), "FROM1 RUN2");
    assert_eq!(summary(line(65_536).as_bytes()), "error: line-too-long 2");
    assert_eq!(summary(line(65_536).trim_end().as_bytes()), "error: line-too-long 2");
    let comment = format!("FROM alpine\n# {}\n", "a".repeat(70_000));
    assert_eq!(summary(comment.as_bytes()), "error: line-too-long 2");
    let continued = format!("FROM alpine\nRUN {}\n", "a \\\n".repeat(30_000));
    assert_eq!(summary(continued.as_bytes()), "FROM1 RUN2-30002");
}

#[test]
fn bytes_that_are_not_utf8() {
    let source = b"FROM alpine\nRUN echo '\xff\xfe'\nUSER x\n";
    assert_eq!(summary(source), "FROM1 RUN2 USER3");
    let file = syntax::parse(source).unwrap();
    let run = file.instructions().nth(1).unwrap();
    assert_eq!(run.args.as_str(), "echo '\u{FFFD}\u{FFFD}'");
    assert_eq!(file.bytes(run.args.span(5..13)), b"'\xff\xfe'");
}

const CASES: &[(&str, &str, &str)] = &[
    ("apostrophe-run", "FROM alpine\nRUN echo don't <<EOF\nx\nEOF\nUSER x\n", "error: unknown-instruction 3"),
    ("arg-before-from", "ARG V=1\nFROM alpine:$V\nARG V\nRUN echo $V\n", "ARG1 FROM2 ARG3 RUN4"),
    ("arg-dash", "FROM alpine\nARG a-b=1\n", "FROM1 ARG2"),
    ("arg-multi", "FROM alpine\nARG A B=2 C=\"x y\" D\n", "FROM1 ARG2"),
    ("bom", "\u{feff}FROM alpine\nRUN echo hi\n", "FROM1 RUN2"),
    ("bom-directive", "\u{feff}# escape=`\nFROM windows\nRUN a `\n b\n", "FROM2 RUN3-4"),
    ("comment-after-cont-heredoc", "FROM alpine\nRUN cat \\\n# c\n <<EOF\nx\nEOF\n", "FROM1 RUN2-6h"),
    ("comment-with-backslash", "FROM alpine\n# comment \\\nRUN a\n", "FROM1 RUN3"),
    ("cont-comment-last", "FROM alpine\nRUN a \\\n# only comment\n\nUSER x\n", "FROM1 RUN2-5"),
    ("cont-empty", "FROM alpine\nRUN a && \\\n\n\n  b\n", "FROM1 RUN2-5"),
    ("cont-env-multi", "FROM alpine\nENV A=1 \\\n    B=\"2 3\" \\\n# c\n    C='4'\n", "FROM1 ENV2-5"),
    ("cont-eof", "FROM alpine\nRUN a \\\n", "FROM1 RUN2"),
    ("cont-eof-nonl", "FROM alpine\nRUN a \\", "FROM1 RUN2"),
    (
        "cont-in-flag",
        "FROM alpine\nRUN --mount=type=cache,\\\ntarget=/x \\\n  --network=none \\\n  echo hi\n",
        "FROM1 RUN2-5",
    ),
    ("cont-label-multi", "FROM alpine\nLABEL a=\"x\" \\\n      b=\"y z\" \\\n\n      c=z\n", "FROM1 LABEL2-5"),
    ("cont-mid-word", "FROM alpine\nRUN ec\\\nho hi\nENV A=b\\\nc\n", "FROM1 RUN2-3 ENV4-5"),
    ("cont-trailing-ws", "FROM alpine\nRUN a \\  \t\n  && b\n", "FROM1 RUN2-3"),
    ("copy-escaped-space", "FROM alpine\nCOPY a\\ b /c\n", "FROM1 COPY2"),
    ("copy-one-arg", "FROM alpine\nCOPY a\n", "error: argument-count 2"),
    ("copy-quoted", "FROM alpine\nCOPY \"a b\" /c\nCOPY 'a' b\n", "FROM1 COPY2 COPY3"),
    ("cr-only", "FROM alpine\rRUN x\r", "error: argument-count 1"),
    ("crlf-basic", "FROM alpine\r\nRUN echo hi \\\r\n    && echo there\r\nCMD [\"sh\"]\r\n", "FROM1 RUN2-3 CMD4J"),
    ("crlf-comment-cont", "FROM alpine\r\nRUN a \\\r\n# c\r\n  b\r\n", "FROM1 RUN2-4"),
    (
        "crlf-directive",
        "# syntax=docker/dockerfile:1\r\n# escape=`\r\nFROM windows\r\nRUN dir `\r\n  c:\\\r\n",
        "FROM3 RUN4-5",
    ),
    ("crlf-empty-cont", "FROM alpine\r\nRUN a \\\r\n\r\n  b\r\nUSER x\r\n", "FROM1 RUN2-4 USER5"),
    ("crlf-heredoc", "FROM alpine\r\nRUN <<EOF\r\necho hi\r\nEOF\r\nCMD sh\r\n", "FROM1 RUN2-4h CMD5"),
    ("cross-build", "CROSS_BUILD x\nFROM a\n", "error: unknown-instruction 1"),
    ("dir-after-blank", "\n# escape=`\nFROM alpine\nRUN a `\nUSER b\n", "FROM3 RUN4 USER5"),
    ("dir-after-comment", "# hello\n# escape=`\nFROM alpine\nRUN a `\nUSER b\n", "FROM3 RUN4 USER5"),
    ("dir-bad-escape", "# escape=x\nFROM alpine\n", "error: invalid-escape 1"),
    ("dir-dup", "# escape=`\n# escape=\\\nFROM alpine\n", "error: duplicate-directive 2"),
    ("dir-escape", "# escape=`\nFROM windows\nRUN a `\n && b\nCOPY c:\\a d:\\\nUSER x\n", "FROM2 RUN3-4 COPY5 USER6"),
    ("dir-escape-upper", "# ESCAPE = `\nFROM windows\nRUN a `\n && b\n", "FROM2 RUN3-4"),
    ("dir-indented", "  # escape=`\nFROM alpine\nRUN a `\n b\n", "FROM2 RUN3-4"),
    ("dir-unknown-first", "# foo=bar\n# escape=`\nFROM alpine\nRUN a `\nUSER x\n", "FROM3 RUN4 USER5"),
    ("dockerfile-include", "FROM a\nINCLUDE x\n", "error: unknown-instruction 2"),
    ("double-backslash", "FROM alpine\nRUN echo a\\\\\nRUN b\n", "FROM1 RUN2 RUN3"),
    ("empty-file", "", "error: no-instructions 1"),
    ("env-bad", "FROM alpine\nENV A=b C\n", "error: missing-equals 2"),
    ("env-dot", "FROM alpine\nENV a.b-c=1\n", "FROM1 ENV2"),
    ("env-empty", "FROM alpine\nENV A= B=\"\"\n", "FROM1 ENV2"),
    ("env-noval", "FROM alpine\nENV A\n", "error: missing-value 2"),
    ("env-old", "FROM alpine\nENV A b c d\nENV B \"x y\"\n", "FROM1 ENV2 ENV3"),
    ("env-quoted-key", "FROM alpine\nENV A=\"b c\" D='e f' G=h\\ i\n", "FROM1 ENV2"),
    ("ex-cmd-empty", "FROM alpine\nCMD\n", "FROM1 CMD2"),
    ("ex-empty", "FROM alpine\nCMD []\nENTRYPOINT []\n", "FROM1 CMD2J ENTRYPOINT3J"),
    ("ex-empty-run", "FROM alpine\nRUN []\n", "FROM1 RUN2J"),
    ("ex-multiline", "FROM alpine\nCMD [ \\\n  \"a\", \\\n  \"b\" \\\n]\n", "FROM1 CMD2-5J"),
    ("ex-multiline-comment", "FROM alpine\nCMD [\"a\", \\\n# c\n  \"b\"]\n", "FROM1 CMD2-4J"),
    ("ex-nested", "FROM alpine\nCMD [\"a\",[\"b\"]]\n", "error: not-strings 2"),
    ("ex-number", "FROM alpine\nCMD [\"a\",1]\n", "error: not-strings 2"),
    (
        "ex-ok",
        "FROM alpine\nCMD [\"a\", \"b c\", \"d\\\"e\", \"\\u0041\"]\nENTRYPOINT [ \"x\" ]\nSHELL [\"/bin/sh\",\"-c\"]\nVOLUME [\"/a\",\"/b c\"]\nCOPY [\"a b\",\"c\"]\nRUN [\"a\"]\n",
        "FROM1 CMD2J ENTRYPOINT3J SHELL4J VOLUME5J COPY6J RUN7J",
    ),
    ("ex-run-empty", "FROM alpine\nRUN\n", "FROM1 RUN2"),
    ("ex-shell-nonjson", "FROM alpine\nSHELL /bin/bash -c\n", "error: not-exec-form 2"),
    ("ex-single-quotes", "FROM alpine\nCMD ['a','b']\n", "FROM1 CMD2"),
    (
        "ex-test-cmd",
        "FROM alpine\nRUN [ -f /x ] && echo y\nRUN [[ -f /x ]] && echo y\nRUN [ \"$A\" = \"b\" ] && c\n",
        "FROM1 RUN2 RUN3 RUN4",
    ),
    ("ex-trailing-comma", "FROM alpine\nCMD [\"a\",]\n", "FROM1 CMD2"),
    ("ex-trailing-text", "FROM alpine\nCMD [\"a\"] foo\n", "FROM1 CMD2"),
    ("ex-unterminated", "FROM alpine\nCMD [\"a\", \"b\"\n", "FROM1 CMD2"),
    ("ex-ws-array", "FROM alpine\nCMD [ ]\n", "FROM1 CMD2J"),
    (
        "expose-forms",
        "FROM alpine\nEXPOSE 80 443/tcp 1000-2000/udp $P\nEXPOSE 127.0.0.1:80:8080\n",
        "FROM1 EXPOSE2 EXPOSE3",
    ),
    (
        "fl-copy",
        "FROM alpine\nCOPY --from=base --chown=1000:1000 --chmod=0755 --link --parents --exclude=*.md --exclude=*.txt a b c/\n",
        "FROM1 COPY2",
    ),
    ("fl-dashdash", "FROM alpine\nRUN -- --foo\nCOPY -- --x /y\n", "FROM1 RUN2 COPY3"),
    (
        "fl-hc",
        "FROM alpine\nHEALTHCHECK --interval=5m --timeout=3s --start-period=5s --start-interval=1s --retries=3 CMD curl -f http://localhost/ || exit 1\n",
        "FROM1 HEALTHCHECK2",
    ),
    ("fl-hc-exec", "FROM alpine\nHEALTHCHECK CMD [\"curl\",\"-f\",\"x\"]\n", "FROM1 HEALTHCHECK2J"),
    ("fl-hc-none", "FROM alpine\nHEALTHCHECK NONE\n", "FROM1 HEALTHCHECK2"),
    ("fl-mount-json", "FROM alpine\nRUN --mount=type=cache,target=/x [\"echo\",\"hi\"]\n", "FROM1 RUN2J"),
    ("fl-not-flag", "FROM alpine\nCMD --foo bar\nENTRYPOINT --x\n", "error: unknown-flag 2"),
    (
        "fl-quoted",
        "FROM alpine\nRUN --mount=\"type=cache,target=/a b\" echo\nCOPY --chown=\"a:b\" a b\n",
        "FROM1 RUN2 COPY3",
    ),
    ("fl-unknown", "FROM alpine\nCOPY --bogus=1 a b\n", "error: unknown-flag 2"),
    ("formfeed", "FROM alpine\n\u{c}RUN\techo\u{b}hi\n", "FROM1 RUN2"),
    ("from-as-dot", "FROM alpine AS a.b-c_d\n", "FROM1"),
    ("from-bad-as", "FROM alpine foo bar\n", "error: argument-count 1"),
    ("from-bad-name", "FROM alpine AS 1abc\n", "error: invalid-stage-name 1"),
    ("from-dup-name", "FROM alpine AS a\nFROM alpine AS a\n", "FROM1 FROM2"),
    ("from-quoted", "FROM \"alpine\"\n", "FROM1"),
    ("from-two", "FROM alpine bar\n", "error: argument-count 1"),
    ("glued", "FROMalpine\n", "error: unknown-instruction 1"),
    ("hc-bad", "FROM alpine\nHEALTHCHECK FOO\n", "error: invalid-healthcheck 2"),
    ("hc-cmd-empty", "FROM alpine\nHEALTHCHECK CMD\n", "error: invalid-healthcheck 2"),
    ("hc-lower", "FROM alpine\nhealthcheck cmd true\n", "FROM1 HEALTHCHECK2"),
    ("hd-add", "FROM alpine\nADD <<EOF /x\nhi\nEOF\nUSER x\n", "FROM1 ADD2-4h USER5"),
    ("hd-backtick-escape", "# escape=`\nFROM windows\nRUN <<EOF\ndir c:\\\nEOF\nUSER x\n", "FROM2 RUN3-5h USER6"),
    ("hd-body-comment", "FROM alpine\nRUN <<EOF\n# comment\n\n  \\\nEOF\nUSER x\n", "FROM1 RUN2-6h USER7"),
    ("hd-cont-like-body", "FROM alpine\nCOPY <<EOF /x\na \\\nb\nEOF\nUSER x\n", "FROM1 COPY2-5h USER6"),
    ("hd-copy", "FROM alpine\nCOPY <<EOF /x\nhello $FOO\nEOF\nUSER x\n", "FROM1 COPY2-4h USER5"),
    (
        "hd-copy-flags",
        "FROM alpine\nCOPY --chown=1:1 --chmod=755 <<'EOF' /x\n#!/bin/sh\nRUN not an instruction\nEOF\nUSER x\n",
        "FROM1 COPY2-5h USER6",
    ),
    ("hd-copy-mixed", "FROM alpine\nCOPY src <<EOF /d/\nA\nEOF\nUSER x\n", "FROM1 COPY2-4h USER5"),
    ("hd-copy-two", "FROM alpine\nCOPY <<a.txt <<b.txt /d/\nA\na.txt\nB\nb.txt\nUSER x\n", "FROM1 COPY2-6hh USER7"),
    ("hd-dash", "FROM alpine\nRUN <<-EOF\n\techo a\n\t\techo b\n\tEOF\nUSER x\n", "FROM1 RUN2-5h USER6"),
    ("hd-delim-escape", "FROM alpine\nRUN <<E\\OF\nx\nEOF\nUSER x\n", "FROM1 RUN2-4h USER5"),
    ("hd-delim-var", "FROM alpine\nRUN <<$EOF\nx\n$EOF\nUSER x\n", "FROM1 RUN2-4h USER5"),
    ("hd-dquoted", "FROM alpine\nRUN <<\"EOF\"\necho $A\nEOF\nUSER x\n", "FROM1 RUN2-4h USER5"),
    ("hd-empty", "FROM alpine\nRUN <<EOF\nEOF\nUSER x\n", "FROM1 RUN2-3h USER4"),
    ("hd-eof-noeol", "FROM alpine\nRUN <<EOF\nx\nEOF", "FROM1 RUN2-4h"),
    ("hd-fd", "FROM alpine\nRUN cat 3<<EOF\nx\nEOF\nUSER x\n", "FROM1 RUN2-4h USER5"),
    ("hd-glued-gt", "FROM alpine\nRUN cat <<EOF>/out\nx\nEOF>/out\nUSER y\n", "FROM1 RUN2-4h USER5"),
    ("hd-glued-pre", "FROM alpine\nRUN cat<<EOF\nUSER y\n", "FROM1 RUN2 USER3"),
    ("hd-glued-semi", "FROM alpine\nRUN cat <<EOF;echo hi\nx\nEOF;echo\nUSER y\n", "FROM1 RUN2-4h USER5"),
    ("hd-herestring", "FROM alpine\nRUN cat <<<foo\nUSER x\n", "FROM1 RUN2 USER3"),
    ("hd-in-cmd", "FROM alpine\nCMD <<EOF\nUSER x\n", "FROM1 CMD2 USER3"),
    ("hd-json", "FROM alpine\nRUN [\"cat\", \"<<EOF\"]\nUSER x\n", "FROM1 RUN2J USER3"),
    ("hd-mount", "FROM alpine\nRUN --mount=type=cache,target=/r <<EOF\necho hi\nEOF\nUSER x\n", "FROM1 RUN2-4h USER5"),
    ("hd-nested-sh", "FROM alpine\nRUN bash -c 'cat <<EOF\nUSER y\n", "FROM1 RUN2 USER3"),
    ("hd-onbuild", "FROM alpine\nONBUILD RUN <<EOF\necho hi\nEOF\nUSER x\n", "FROM1 ONBUILD2-4h USER5"),
    ("hd-quoted", "FROM alpine\nRUN <<'EOF' python3\nprint(\"$A\")\nEOF\nUSER x\n", "FROM1 RUN2-4h USER5"),
    ("hd-quoted-notheredoc", "FROM alpine\nRUN echo \"<<EOF\"\nUSER x\n", "FROM1 RUN2 USER3"),
    ("hd-run", "FROM alpine\nRUN <<EOF\necho hi\necho there\nEOF\nUSER x\n", "FROM1 RUN2-5h USER6"),
    ("hd-run-midline", "FROM alpine\nRUN cat <<EOF > /etc/x && echo done\nhello\nEOF\nUSER x\n", "FROM1 RUN2-4h USER5"),
    (
        "hd-run-midline-cont",
        "FROM alpine\nRUN set -e; \\\n  cat <<EOF > /x\nfoo \\\nbar\nEOF\nUSER x\n",
        "FROM1 RUN2-6h USER7",
    ),
    ("hd-shift", "FROM alpine\nRUN echo $((1<<2))\nUSER x\n", "FROM1 RUN2 USER3"),
    ("hd-shift-space", "FROM alpine\nRUN echo $((1 << 2))\nUSER x\n", "error: unterminated-heredoc 2"),
    ("hd-space", "FROM alpine\nRUN << EOF\nx\nEOF\nUSER x\n", "FROM1 RUN2-4h USER5"),
    ("hd-squoted-notheredoc", "FROM alpine\nRUN echo '<<EOF'\nUSER x\n", "FROM1 RUN2 USER3"),
    ("hd-subshell", "FROM alpine\nRUN (cat <<EOF\nx\nEOF\nUSER x\n", "FROM1 RUN2-4h USER5"),
    ("hd-term-trailing-ws", "FROM alpine\nRUN <<EOF\nx\nEOF \nEOF\nUSER x\n", "FROM1 RUN2-5h USER6"),
    ("hd-two", "FROM alpine\nRUN <<A cat && <<B cat\na\nA\nb\nB\nUSER x\n", "FROM1 RUN2-6hh USER7"),
    ("hd-two-spaced", "FROM alpine\nRUN cat <<A - <<B\na\nA\nb\nB\nUSER x\n", "FROM1 RUN2-6hh USER7"),
    ("hd-unterminated", "FROM alpine\nRUN <<EOF\necho hi\n", "error: unterminated-heredoc 2"),
    ("keyword-split", "FR\\\nOM alpine\nRU\\\nN echo hi\n", "FROM1-2 RUN3-4"),
    ("label-multi", "FROM alpine\nLABEL \"com.example\"=\"a b\" c.d='e' f=g\\ h\n", "FROM1 LABEL2"),
    ("label-multiline-quote", "FROM alpine\nLABEL a=\"b \\\n  c\"\n", "FROM1 LABEL2-3"),
    ("label-old", "FROM alpine\nLABEL a b c\n", "FROM1 LABEL2"),
    ("lone-backslash-line", "FROM alpine\nRUN a \\\n\\\n b\n", "FROM1 RUN2-4"),
    ("lone-backslash-top", "FROM alpine\n\\\nRUN a\n", "FROM1 RUN2-3"),
    ("lowercase", "from alpine as base\nrun echo hi\ncopy --from=base /a /b\ncmd [\"sh\"]\n", "FROM1 RUN2 COPY3 CMD4J"),
    ("maintainer", "FROM alpine\nMAINTAINER Foo Bar <a@b.c>\n", "FROM1 MAINTAINER2"),
    (
        "mixedcase",
        "From alpine\nRuN echo hi\nEntryPoint [\"a\"]\nHealthCheck none\n",
        "FROM1 RUN2 ENTRYPOINT3J HEALTHCHECK4",
    ),
    ("nbsp-indent", "FROM alpine\n\u{a0}RUN echo hi\n", "FROM1 RUN2"),
    ("no-final-newline", "FROM alpine\nRUN echo hi", "FROM1 RUN2"),
    ("no-from", "RUN echo hi\n", "error: before-from 1"),
    ("nul", "FROM alpine\nRUN echo \0 hi\n", "FROM1 RUN2"),
    (
        "onbuild",
        "FROM alpine\nONBUILD COPY --chown=a:b . /app\nONBUILD RUN echo hi \\\n  && echo b\nonbuild env A=b\n",
        "FROM1 ONBUILD2 ONBUILD3-4 ONBUILD5",
    ),
    ("onbuild-from", "FROM alpine\nONBUILD FROM x\n", "error: invalid-trigger 2"),
    ("onbuild-onbuild", "FROM alpine\nONBUILD ONBUILD RUN x\n", "error: invalid-trigger 2"),
    ("only-arg", "ARG A=1\n", "ARG1"),
    ("only-comment", "# hi\n", "error: no-instructions 1"),
    ("only-ws", "\n\n  \n", "error: no-instructions 1"),
    ("quote-unbalanced-env", "FROM alpine\nENV A=\"abc\nUSER x\n", "FROM1 ENV2 USER3"),
    ("quote-unbalanced-run", "FROM alpine\nRUN echo \"abc\nUSER x\n", "FROM1 RUN2 USER3"),
    ("shebang", "#!/usr/bin/env docker\n# escape=`\nFROM alpine\nRUN a `\nUSER b\n", "FROM3 RUN4 USER5"),
    (
        "shell-ps",
        "# escape=`\nFROM windows\nSHELL [\"powershell\", \"-Command\", \"$ErrorActionPreference = 'Stop';\"]\nRUN Get-ChildItem `\n  -Path C:\\\n",
        "FROM2 SHELL3J RUN4-5",
    ),
    (
        "stopsignal",
        "FROM alpine\nSTOPSIGNAL SIGTERM\nSTOPSIGNAL 9\nSTOPSIGNAL SIGRTMIN+3\n",
        "FROM1 STOPSIGNAL2 STOPSIGNAL3 STOPSIGNAL4",
    ),
    ("trailing-space", "FROM alpine   \nWORKDIR /a  \nUSER x \t\nCMD [\"a\"]  \n", "FROM1 WORKDIR2 USER3 CMD4J"),
    ("triple-backslash", "FROM alpine\nRUN echo a\\\\\\\nRUN b\n", "FROM1 RUN2 RUN3"),
    ("unicode", "FROM alpine\nLABEL name=\"héllo ☃\" \nRUN echo '😀' \\\n && echo é\n", "FROM1 LABEL2 RUN3-4"),
    ("unknown-instr", "FROM alpine\nFOO bar\n", "error: unknown-instruction 2"),
    (
        "user-forms",
        "FROM alpine\nUSER 1000:1000\nUSER app\nUSER \"app\"\nUSER DOMAIN\\user\nUSER 65532:nonroot+x\nUSER root@\n",
        "FROM1 USER2 USER3 USER4 USER5 USER6 USER7",
    ),
    (
        "var-forms",
        "FROM alpine\nARG A=1\nENV B=${A:-x} C=${A:+y} D=\"${A}\" E='$A' F=\\$A G=${A%1} H=$A\nWORKDIR /${A}\nUSER $A\nEXPOSE ${A}\nVOLUME /$A\nSTOPSIGNAL ${A}\nCOPY ${A} $B\n",
        "FROM1 ARG2 ENV3 WORKDIR4 USER5 EXPOSE6 VOLUME7 STOPSIGNAL8 COPY9",
    ),
    ("var-nested", "ARG A\nFROM alpine:${A:-${B:-3}}\nENV X=${A:-${B:-c}}\n", "ARG1 FROM2 ENV3"),
    ("workdir-spaces", "FROM alpine\nWORKDIR /a b c\nWORKDIR \"/x y\"\n", "FROM1 WORKDIR2 WORKDIR3"),
    ("workdir-win", "# escape=`\nFROM windows\nWORKDIR C:\\\\a\\\nUSER x\n", "FROM2 WORKDIR3 USER4"),
];
