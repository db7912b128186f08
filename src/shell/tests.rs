//! The tree as a compact text, compared with what the shell language says.

use proptest::prelude::*;

use super::*;

/// Items as text: `[word word >file]`, quoted text in `'`, `?` for what is dynamic.
fn show(items: &[ListItem]) -> String {
    let mut out = String::new();
    for item in items {
        out.push_str(&show_node(&item.node));
        out.push_str(match item.after {
            Separator::And => " && ",
            Separator::Or => " || ",
            Separator::Semicolon => "; ",
            Separator::Background => " &",
            Separator::End => "",
        });
    }
    out
}

fn show_node(node: &Node) -> String {
    match &node.kind {
        NodeKind::Simple(simple) => {
            let assignments = simple.assignments.iter().map(|it| format!("{}={}", it.name, show_word(&it.value)));
            let words = simple.words.iter().map(show_word);
            let redirects = simple.redirects.iter().map(|it| {
                let fd = it.fd.map(|fd| fd.to_string()).unwrap_or_default();
                let body = it.body.as_ref().map(|body| format!("{{{}}}", show_word(body))).unwrap_or_default();
                format!("{fd}{}{}{body}", it.operator, show_word(&it.target))
            });
            format!("[{}]", assignments.chain(words).chain(redirects).collect::<Vec<_>>().join(" "))
        }
        NodeKind::Pipeline(nodes) => {
            format!("<{}>", nodes.iter().map(show_node).collect::<Vec<_>>().join(" | "))
        }
        NodeKind::Subshell(items) => format!("({})", show(items)),
        NodeKind::Group(items) => format!("{{{}}}", show(items)),
        NodeKind::Compound { keyword, body, .. } => format!("{keyword}:{{{}}}", show(body)),
        NodeKind::Opaque => "OPAQUE".to_owned(),
    }
}

fn show_word(word: &Word) -> String {
    word.parts.iter().map(show_part).collect()
}

fn show_part(part: &Part) -> String {
    match part {
        Part::Literal { text, quoted: false } => text.clone(),
        Part::Literal { text, quoted: true } => format!("'{text}'"),
        Part::Variable { name, default, quoted } => {
            let mark = if *quoted { "'" } else { "" };
            match default {
                Some(default) => {
                    format!("{mark}${{{name}:-{}}}{mark}", default.iter().map(show_part).collect::<String>())
                }
                None => format!("{mark}${{{name}}}{mark}"),
            }
        }
        Part::Substitution(items) => format!("$({})", show(items)),
        Part::Dynamic => "?".to_owned(),
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let full = parse_full(text);
    assert_eq!(show(&full.items), expected, "full reader on {text:?}");
    assert_eq!(parse(text), full, "fast and full readers on {text:?}");
}

#[test]
fn lists_are_flat() {
    check("a && b || c; d", "[a] && [b] || [c]; [d]");
    check("a\nb\n\n\nc\n", "[a]; [b]; [c]");
    check("a & b", "[a] &[b]");
    check("a &", "[a] &");
    check("a;", "[a]");
    check("", "");
    check("  \n ", "");
    check("a &&\n  b ||\n\n c", "[a] && [b] || [c]");
    check("a -x --y=z", "[a -x --y=z]");
}

#[test]
fn comments_are_no_commands() {
    check("# one\na # two\n# three\nb#c #d", "[a]; [b#c]");
    check("a && # why\n b", "[a] && [b]");
    check("#!/bin/sh\nset -e\n", "[set -e]");
    check("# only", "");
}

#[test]
fn words_keep_what_quotes_did() {
    check(r#"a 'b c' "d e" f\ g 'h'"i"j"#, "[a 'b c' 'd e' f' 'g 'hi'j]");
    check(r#"a '' "" x"" ''y"#, "[a '' '' x ''y]");
    check(r#"a "\$x \" \\ \n" \$x '\n'"#, r#"[a '$x " \ \n' '$'x '\n']"#);
    check("a *.go [ab]? '*' \\*", "[a *.go [ab]? '*' '*']");
    check("a ~/x ~", "[a ~/x ~]");
    check("a {b,c} {} x{1..3}", "[a {b,c} {} x{1..3}]");
    check("a é'ü'\\ö", "[a é'üö']");
    check("a $'b' $'c\\nd'", "[a 'b' 'c\nd']");
    check("a=b\\\nc d\\\ne \\\n f", "[a=bc de f]");
}

#[test]
fn variables() {
    check("a $B ${C} \"$D-${E}\" '$F'", "[a ${B} ${C} '${D}''-''${E}' '$F']");
    check("a ${B:-c} ${B-c} \"${B:-c d}\" ${B:-}", "[a ${B:-c} ${B:-c} '${B:-'c d'}' ${B:-}]");
    check("a ${B:-$C/d} ${B:-'e f'} ${B:-${C:-g}}", "[a ${B:-${C}/d} ${B:-'e f'} ${B:-${C:-g}}]");
    check("a ${B:+c} ${B#c} ${B%%c*} ${B/c/d} ${#B} ${B:1:2} ${!B} ${B[0]} ${B^^} ${B:?c}", "[a ? ? ? ? ? ? ? ? ? ?]");
    check("a $1 $10 $@ $? $$ \"$#\" $! $*", "[a ${1} ${1}0 ${@} ${?} ${$} '${#}' ${!} ${*}]");
    check("a $ b$ \"c$\" $/ \"$ d\"", "[a $ b$ 'c$' $/ '$ d']");
    check("a $((1 + $(b))) $((2))", "[a $([b])? ?]");
}

#[test]
fn substitutions_hold_commands() {
    check("a $(b && c) \"$(d | e)\" x$(f)y", "[a $([b] && [c]) $(<[d] | [e]>) x$([f])y]");
    check("a `b c`", "[a $([b c])]");
    check("a `b \\`c\\``", "[a $(OPAQUE)]");
    check("a <(b) >(c)", "[a $([b])? $([c])?]");
    check("a ${B:-$(c)} ${B:+$(d)} ${B%$(e)}", "[a ${B:-$([c])} $([d])? $([e])?]");
    check("A=$(b) c=\"$(d)\"", "[A=$([b]) c=$([d])]");
}

#[test]
fn assignments() {
    check("A=b", "[A=b]");
    check("A= B='' C=\"$D\" e f=g", "[A= B='' C='${D}' e f=g]");
    check("A=(b $(c) d) x", "[A=$([c])? x]");
    check("A[1]=b", "[A=?]");
    check("PATH+=:/x", "[PATH='${PATH}':/x]");
    check("export A=b C D=\"e f\" && readonly G=h", "[export A=b C D='e f'] && [readonly G=h]");
    check("declare -x A=$(b)", "[declare -x A=$([b])]");
    check("local a b=c", "[local a b=c]");
    check("export A=(b)", "[export A=?]");
    check("env A=b c", "[env A=b c]");
}

#[test]
fn redirections() {
    check("a >b 2>>c <d", "[a >b 2>>c <d]");
    check("a > b 2>&1 x", "[a x >b 2>&1]");
    check(">b", "[>b]");
    check("a >&2 &>b <<<c >|d <>e <&-", "[a >&2 &>b <<<c >|d <>e <&-]");
    check("a &>>b", "[a >>b >&1]");
    check("a >\"$B/c\"", "[a >'${B}''/c']");
    check("{ a; } >b", "{[a]; [>b]}");
    check("(a) 2>/dev/null && c", "([a]; [2>/dev/null]) && [c]");
    check("while read x; do a; done <b", "while:{[read x]; [a]; [<b]}");
}

#[test]
fn heredocs() {
    check("cat <<EOF >x && b\nhi $A $(c)\nEOF\nd", "[cat <<EOF{'hi ''${A}'' '$([c])'\n'} >x] && [b]; [d]");
    check("cat <<'E'\n$A\nE\n", "[cat <<'E'{'$A\n'}]");
    check("cat <<-E\n\ta\n\tE\nb", "[cat <<E{'a\n'}]; [b]");
    check("cat <<E\nE", "[cat <<E{''}]");
}

#[test]
fn compound_commands() {
    check("if a; then b; elif c; then d; else e; fi && f", "if:{[a]; [b]; [c]; [d]; [e]} && [f]");
    check("for i in $(a); do b $i; done", "for:{[i=$([a])]; [b ${i}]}");
    check("for i in a b; do c; done", "for:{[i=?]; [c]}");
    check("while a && b; do c & done", "while:{[a] && [b]; [c] &}");
    check("until a; do b; done; c", "until:{[a]; [b]}; [c]");
    check("case $(a) in x|y) b ;; *) c; d ;; esac", "case:{[a]; [b]; [c]; [d]}");
    check("f() { a; b; }; f x", "function:{{[a]; [b]}}; [f x]");
    check("function g { a; }", "function:{{[a]}}");
    check("select i in a b; do c; done", "select:{[i=?]; [c]}");
    check("[[ -f $(a) && b == c* ]] && d", "[[:{[a]} && [d]");
    check("(( x = $(a) + 1 ))", "((:{[a]}");
    check("for ((i=0; i<3; i++)); do a; done", "for:{[a]}");
    check("time a b", "time:{[a b]}");
    check("coproc a", "coproc:{[a]}");
    check("( a; b ) && { c; }", "([a]; [b]) && {[c]}");
    check("( # x\n a # y)\n)", "([a])");
    check("{ # x (\n\n  # y {\n a; \\\n b; # z\n}", "{[a]; [b]}");
    check("( \\\n a )", "([a])");
    check("( (a); b )", "(([a]); [b])");
    check("{ { a; }; } && b", "{{[a]}} && [b]");
}

#[test]
fn pipelines() {
    check("a | b | c && d", "<[a] | [b] | [c]> && [d]");
    check("! a", "<[a]>");
    check("! a | b || c", "<[a] | [b]> || [c]");
    check("a |& b", "<[a] | [b]>");
    check("a |\n b", "<[a] | [b]>");
    check("a | (b; c) | { d; }", "<[a] | ([b]; [c]) | {[d]}>");
    check("a | while read l; do b; done", "<[a] | while:{[read l]; [b]}>");
}

#[test]
fn builtins_are_simple_commands() {
    check("a || exit 1", "[a] || [exit 1]");
    check("X=1 exit", "[X=1 exit]");
    check("return; break 2 >x", "[return]; [break 2 >x]");
}

#[test]
fn ranges_name_the_commands() {
    let text = "A=1 a  b >c  && ( x ) ; { y; } >z\nif p; then q; fi | r &  exit 3 ; ! s";
    let slices: Vec<&str> = parse(text).items.iter().map(|item| source(text, &item.node)).collect::<Vec<_>>();
    assert_eq!(slices, ["A=1 a  b >c", "( x )", "{ y; } >z", "if p; then q; fi | r", "exit 3", "! s"]);
    let mut names = Vec::new();
    parse("a \"$(b 'c')\" `d` && for i in x; do e; done")
        .walk(&mut |simple, node| names.push((simple.name(), node.range.clone())));
    let names: Vec<_> = names.into_iter().filter_map(|(name, range)| Some((name?, range))).collect();
    let expected = [("a", 0..16), ("b", 5..10), ("d", 14..15), ("e", 35..36)];
    assert_eq!(names, expected.map(|(name, range)| (name.to_owned(), range)));
}

#[test]
fn what_cannot_be_read_is_opaque() {
    for text in
        ["a 'b", "if a", "a &&", "( a", "fi", "a \"b", "${", "$(", "a )", "\0", "case x in", "`", "${a", "(# x\n a\n)"]
    {
        let script = parse(text);
        assert!(!script.clean, "{text:?} gave {}", show(&script.items));
        assert!(matches!(script.items.as_slice(), [ListItem { node: Node { kind: NodeKind::Opaque, .. }, .. }]));
    }
}

#[test]
fn deep_nesting_ends_without_overflow() {
    for opening in
        ["(", "{ ", "{a", "$(", "\"$(", "`", "${a:-", "$((", "if a; then ", "! ", "a=(", "[[ ( ", "<(", "a && ", "a | "]
    {
        for count in [30, 500, 5_000] {
            let script = parse(&opening.repeat(count));
            assert!(!script.items.is_empty(), "{opening:?}");
        }
    }
    for (open, close) in [
        ("$(", ")"),
        ("\"$(", ")\""),
        ("( ", " )"),
        ("${a:-", "}"),
        ("{ ", "; }"),
        ("if a; then ", "; fi"),
        ("$((", "))"),
    ] {
        for count in [10, 40, 80, 99, 5000] {
            let script = parse(&format!("x {}a{}", open.repeat(count), close.repeat(count)));
            assert!(!script.items.is_empty(), "{open}");
        }
        for count in [10, 40, 80, 99, 5000] {
            let script = parse(&format!("{}a{}", open.repeat(count), close.repeat(count)));
            assert!(!script.items.is_empty(), "{open}");
            assert!(script.clean || count > 10, "{open}");
        }
    }
    let frames = [("a $((", "1))"), ("(( ", "1 ))"), ("[[ ", "a ]]"), ("a[", "]=1"), ("a ", "")];
    for (before, after) in frames {
        for piece in [
            "-", "- ", "!", "! ", "~", "a=", "a?1:", "1+", "a[", "$[", "a,", "-f a -a ", "a && ", "2**", "${a#", "'\"",
            "x{a,",
        ] {
            for count in [50, 1000] {
                let script = parse(&format!("{before}{}{after}", piece.repeat(count)));
                assert!(!script.items.is_empty(), "{piece}");
            }
        }
    }
    let chain = format!("{}a", "a && ".repeat(20_000));
    assert!(!parse(&chain).items.is_empty());
    assert!(!parse(&"a ".repeat(1 << 20)).items.is_empty());
}

/// Texts as people write them in a `RUN`, for the comparison of the two readers.
const PLAIN: &[&str] = &[
    "apt-get update && apt-get install -y --no-install-recommends git curl=7.* && rm -rf /var/lib/apt/lists/*",
    "set -eux; cd /src; ./configure --prefix=\"$PREFIX\" CFLAGS=\"-O2 -g\"; make -j4 2>&1 | tee build.log",
    "CGO_ENABLED=0 GOOS=${GOOS:-linux} go build -ldflags '-s -w -X main.v='\"$V\" -o /out/app ./cmd/app",
    "echo \"deb http://example.org/ $(lsb_release -cs) main\" > /etc/apt/sources.list.d/x.list",
    "mkdir -p /a/b \\\n  && chown -R user:user /a && # why\n chmod 0755 /a/*",
    "export PATH=\"$HOME/.cargo/bin:$PATH\" A B=c\numask 022\n. ./env.sh",
    "[ -f /etc/x ] || exit 1; test -n \"$A\" && echo $? >&2",
    "find . -name '*.pyc' -exec rm {} \\; >/dev/null",
    "sed -i -e 's/#a/b/' -e \"s|^c\\$|d|\" file # done",
    "npm ci --only=production;\n\n# next\nnpm run build",
    "a= b='' c=d\\ e; f=$g; h >i",
    "printf '%s\\n' \"a\\tb\" é ü~ ~/x x~",
];

#[test]
fn the_fast_reader_takes_what_people_write() {
    let taken: Vec<bool> = PLAIN.iter().map(|text| is_plain(text)).collect();
    assert_eq!(taken.iter().filter(|taken| !**taken).count(), 1, "only the one with a substitution is left: {taken:?}");
    for text in PLAIN {
        let full = parse_full(text);
        assert!(full.clean, "{text}");
        assert_eq!(parse(text), full, "{text}");
    }
}

#[test]
fn the_fast_reader_leaves_the_rest() {
    for text in [
        "a &",
        "a | & b",
        "(a)",
        "{ a; }",
        "! a",
        "a $(b)",
        "a `b`",
        "a <<E\nE",
        "a <<<b",
        "if a; then b; fi",
        "a &&",
        "a ||",
        "a 'b",
        "a \"b",
        "a ;; b",
        "a $'b'",
        "a ${b:+c}",
        "a ${b",
        "x[1]=2",
        "x+=2",
        "a\r\n",
        "[[ a ]]",
        "f() { a; }",
        "time a",
        "a >&b",
        "a &>b",
        "a {b}>c",
        "| a",
        "&& a",
        "a | | b",
        "a 12>b",
    ] {
        assert!(!is_plain(text), "{text:?}");
    }
}

/// A word of the plain subset, sometimes with more than that.
fn word_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[a-zA-Z0-9_./:@%+,=-]{1,6}",
        2 => "[a-zA-Z0-9~*?^!#{}\\[\\].,=+-]{1,4}",
        2 => "'[ -&(-~]{0,6}'".prop_map(|text| text.replace('\n', "")),
        2 => "\"[a-z #;&|(){}'=.$-]{0,6}\"",
        2 => "\"(\\\\[a-z$`\"\\\\]|[a-z ]){0,4}\"",
        2 => "\\$(\\{[A-Z]{1,3}(:?-[a-z/$]{0,4})?\\}|[A-Za-z0-9@?#*]{1,3})",
        1 => "\\\\[ -~]",
        1 => "[é ü\u{a0}→$]",
        1 => "[a-zA-Z_]{1,3}\\+?=",
    ];
    prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

fn command_text() -> impl Strategy<Value = String> {
    let redirect = "[0-9]{0,2}(>|>>|<|>&|>\\|)[ ]?[a-z0-9/]{0,3}";
    let words = prop::collection::vec(prop_oneof![8 => word_text(), 1 => redirect], 1..5);
    let first = prop_oneof![4 => "[a-z]{1,4}", 1 => "export", 1 => "[A-Z]{1,2}=", 1 => "if|exit|return|\\[|set|local|done", 1 => word_text()];
    let gap = prop_oneof![6 => " ", 1 => "  ", 1 => "\t", 1 => " \\\\\n"];
    (first, words, gap).prop_map(|(first, words, gap)| format!("{first} {}", words.join(&gap)))
}

fn list_text() -> impl Strategy<Value = String> {
    let separator = prop_oneof![
        6 => " && ", 2 => " || ", 3 => "; ", 3 => "\n", 2 => " | ", 1 => " # note\n", 1 => "&&\n", 1 => ";", 1 => "|\n#c\n"
    ];
    prop::collection::vec((command_text(), separator), 1..4).prop_map(|parts| {
        parts.iter().map(|(command, separator)| format!("{command}{separator}")).collect::<String>() + "z"
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_readers_agree(text in list_text()) {
        if let Some(fast) = fast::parse(&text) {
            let full = parse_full(&text);
            prop_assert_eq!(fast, full, "{:?}", text);
        }
    }

    #[test]
    fn any_text_is_read(text in "[ -~\n\té]{0,40}") {
        let script = parse(&text);
        let mut at = 0;
        for item in &script.items {
            prop_assert!(at <= item.node.range.start && text.get(item.node.range.clone()).is_some());
            at = item.node.range.end;
        }
        script.walk(&mut |_, node| assert!(text.get(node.range.clone()).is_some()));
        prop_assert!(units(&script).iter().all(|unit| text.get(unit.range.clone()).is_some()));
    }
}

#[test]
fn variables_are_found_wherever_a_text_mentions_them() {
    let found = |text: &str| super::variables(text).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(found("echo $A \"${B:-x}\" '$C' ${D%.*} $1 $? $$ $(e) > $_f"), "A B C D _f");
    assert_eq!(found("cat <<E\n$IN\nE"), "IN");
    assert_eq!(found("echo 5$"), "");
}
