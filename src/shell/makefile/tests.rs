use super::*;

fn overrides(command_line: &[(&str, &str)], environment: &[(&str, &str)]) -> Overrides {
    let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Overrides { command_line: map(command_line), environment: map(environment) }
}

/// A target's lines; `?` marks one that is not exact, `c` one in a conditional.
fn lines(text: &str, target: Option<&str>, given: &Overrides) -> Option<Vec<String>> {
    let lines = parse_makefile(text).recipe_under(target, given)?;
    let mark = |line: &RecipeLine| {
        format!("{}{}{}", if line.exact { "" } else { "?" }, if line.conditional { "c" } else { "" }, line.text)
    };
    Some(lines.iter().map(mark).collect())
}

const TOOL: &str = "\
# A tool in C
PREFIX ?= /usr/local
DESTDIR =
BIN := hello
SRC = main.c util.c
OBJ = $(SRC:.c=.o)
CFLAGS += -O2 \\
      -Wall   # warnings

.PHONY: all install clean
all: $(BIN)

$(BIN): $(OBJ)
\t$(CC) $(CFLAGS) -o $@ $^

%.o: %.c
\t@$(CC) -c $< -o $@

install: all
\tinstall -d $(DESTDIR)$(PREFIX)/bin
\tinstall -m 755 $(BIN) \\
\t\t$(DESTDIR)$(PREFIX)/bin/$(BIN)
\t-rm -f /tmp/x-$$USER

clean:
\t$(RM) $(BIN) *.o
";

#[test]
fn a_tool_is_built_before_it_is_installed() {
    let built = ["cc -c main.c -o main.o", "cc -c util.c -o util.o", "cc -O2 -Wall -o hello main.o util.o"];
    assert_eq!(lines(TOOL, None, &Overrides::default()).expect("a rule"), built);
    let given = overrides(&[("DESTDIR", "/out"), ("CC", "clang")], &[("PREFIX", "/usr"), ("CC", "gcc")]);
    let installed = [
        "clang -c main.c -o main.o",
        "clang -c util.c -o util.o",
        "clang -O2 -Wall -o hello main.o util.o",
        "install -d /out/usr/bin",
        "install -m 755 hello \t/out/usr/bin/hello",
        "rm -f /tmp/x-$USER",
    ];
    assert_eq!(lines(TOOL, Some("install"), &given).expect("a rule"), installed);
    assert_eq!(lines(TOOL, Some("clean"), &Overrides::default()).expect("a rule"), ["rm -f hello *.o"]);
    assert_eq!(lines(TOOL, Some("nothing"), &Overrides::default()), None);
}

#[test]
fn prefixes_are_noted() {
    let makefile = parse_makefile("a:\n\t@-echo x\n\t+ make\n\techo $y\n");
    let flags: Vec<_> = makefile.rules[0].recipe.iter().map(|it| (it.silent, it.ignores_errors, it.always)).collect();
    assert_eq!(flags, [(true, true, false), (false, false, true), (false, false, false)]);
    let texts: Vec<_> = makefile.rules[0].recipe.iter().map(|it| (it.text.as_str(), it.exact)).collect();
    assert_eq!(texts, [("echo x", true), ("make", true), ("echo $y", false)]);
    assert_eq!(makefile.phony, BTreeSet::new());
    assert!(parse_makefile(TOOL).phony.contains("install"));
}

#[test]
fn what_only_a_run_would_tell_stays_visible_to_the_shell() {
    let text = "\
VERSION := $(shell git describe)
export CGO_ENABLED = 0
GOFILES = $(wildcard *.go)
build:
\tgo build -ldflags \"-X main.v=$(VERSION)\" -o bin/$(NAME) ./cmd/$(word 1,a)
\tls $(GOFILES); tar $(shell ls a)
\tcd web && $(MAKE) -C assets all
";
    let given = overrides(&[("NAME", "app")], &[]);
    let expected = [
        "?go build -ldflags \"-X main.v=$(git describe)\" -o bin/app ./cmd/${UNKNOWN}",
        "?ls ${UNKNOWN}; tar $(ls a)",
        "cd web && make -C assets all",
    ];
    assert_eq!(lines(text, Some("build"), &given).expect("a rule"), expected);
}

#[test]
fn what_commands_print_is_not_unknown_to_the_shell() {
    let unknown = |recipe: &str| {
        let makefile =
            parse_makefile(&format!("VERSION := $(shell git describe)\nFILES = $(wildcard *.go)\nall:\n\t{recipe}\n"));
        let lines = makefile.recipe_under(Some("all"), &overrides(&[], &[])).expect("a rule");
        lines.iter().map(|line| (line.exact, line.unknown)).collect::<Vec<_>>()
    };
    assert_eq!(unknown("go build -ldflags \"-X v=$(VERSION)\" -o app ."), [(false, false)]);
    assert_eq!(unknown("go build -o app $(FILES)"), [(false, true)]);
    assert_eq!(unknown("go build -o $(subst a,b,$(VERSION)) ."), [(false, true)]);
}

#[test]
fn conditionals_keep_both_branches() {
    let text = "\
MODE = debug
ifeq ($(MODE),release)
FLAGS = --release
else ifdef X
FLAGS = --x
endif
a: b
\tcargo build $(FLAGS)
ifneq (,$(STRIP))
\tstrip x
else
\techo plain
endif
\techo done
b: ; echo b
ifdef Y
c:
\techo c
endif
";
    let got = lines(text, None, &Overrides::default()).expect("a rule");
    assert_eq!(got[0], "echo b");
    assert_eq!(got[1], "?cargo build ${FLAGS}", "neither branch's value is taken for granted");
    assert_eq!(got[2..], ["cstrip x", "cecho plain", "echo done"]);
    assert_eq!(lines(text, Some("c"), &Overrides::default()).expect("a rule"), ["cecho c"]);
    let chosen = overrides(&[("FLAGS", "--locked")], &[]);
    assert_eq!(lines(text, None, &chosen).expect("a rule")[1], "cargo build --locked");
}

#[test]
fn expansion() {
    let text = "\
A = $(B)/x
B := 1
B := $(B)2
C ?= c
C += d
E += e
define F
one
two
endef
LIST = src/a.c b.tar.gz
G != date
LOOP = $(LOOP)
T$(B) = computed
";
    let makefile = parse_makefile(text);
    let given = overrides(&[], &[("ENVIRONMENT", "env"), ("B", "weak")]);
    let table = [
        ("$(A)", "12/x", true),
        ("${C} $E", "c d e", true),
        ("$(F)", "one\ntwo", true),
        ("$$HOME $(HOME)", "$HOME ", false),
        ("$(ENVIRONMENT)$(NOTHING)", "env", true),
        ("$(G)", "", false),
        ("$(LOOP)", "", false),
        ("$(notdir $(LIST)) $(dir $(LIST)) $(basename $(LIST))", "a.c b.tar.gz src/ ./ src/a b.tar", true),
        ("$(patsubst %.c,%.o,$(LIST)) $(LIST:.c=.o)", "src/a.o b.tar.gz src/a.o b.tar.gz", true),
        (
            "$(subst a,b,$(A)a) $(addprefix x/,a b) $(addsuffix .o,a b) $(strip  a  b )",
            "12/xb x/a x/b a.o b.o a b",
            true,
        ),
        ("a $(shell date)b", "a b", false),
        ("$(foreach x,a b,$(x))", "", false),
        ("$@ $<", " ", false),
        ("$(unclosed", "", false),
        ("$", "", false),
    ];
    for (text, expected, exact) in table {
        let expanded = makefile.expand(text, &given);
        assert_eq!((expanded.text.as_str(), expanded.exact), (expected, exact), "{text}");
    }
    let with_include = parse_makefile("include config.mk\n-include $(wildcard *.d)\n");
    assert_eq!(with_include.includes, ["config.mk", "$(wildcard *.d)"]);
    assert!(!with_include.expand("$(X)", &given).exact, "the included file may define it");
    let read = |name: &str| match name {
        "config.mk" => Some("include more.mk".to_owned()),
        "more.mk" => Some("X = /etc\n".to_owned()),
        _ => None,
    };
    let whole = parse_with_includes("include config.mk\n", &read);
    assert_eq!((whole.includes.len(), whole.expand("$(X)", &given).text.as_str()), (0, "/etc"));
    assert!(whole.expand("$(X)", &given).exact);
    let circle = |_: &str| Some("include self.mk\n".to_owned());
    assert_eq!(parse_with_includes("include self.mk\n", &circle).includes, ["self.mk"], "it ends");
    assert_eq!(parse_with_includes("x:\n\tinclude config.mk\n", &read).includes.len(), 0);
}

#[test]
fn rules_of_all_kinds() {
    let text = "\
.DEFAULT_GOAL := two
.ONESHELL:
.SHELLFLAGS = -ec
one two: dep | order
\tcd x
\techo $@ $(@F)
objs/a.o objs/b.o: objs/%.o: %.c
\tcc $< $* $(@D)
dep: FLAG = 1
dep::
\techo dep
order:
late: two
two: objs/a.o
";
    let given = Overrides::default();
    let makefile = parse_makefile(text);
    assert!(makefile.one_shell);
    assert_eq!(makefile.expand("$(.SHELLFLAGS)", &given).text, "-ec");
    assert_eq!(lines(text, None, &given).expect("a rule"), ["echo dep", "cc a.c a objs", "cd x\necho two two"]);
    assert_eq!(lines(text, Some("late"), &given).expect("a rule").len(), 3);
    assert_eq!(lines(text, Some("order"), &given).expect("a rule"), Vec::<String>::new());
    assert_eq!(lines("a: b\nb: a\n\techo b\n", None, &given).expect("a rule"), ["echo b"], "a cycle ends");
}

#[test]
fn nothing_overflows_or_grows_without_end() {
    let given = Overrides::default();
    let doubling: String = (0..64).map(|n| format!("V{n} = $(V{})$(V{})\n", n + 1, n + 1)).collect();
    assert!(!parse_makefile(&doubling).expand("$(V0)", &given).exact);
    let chain: String = (0..5000).map(|n| format!("t{n}: t{}\n", n + 1)).collect();
    assert!(lines(&chain, Some("t0"), &given).is_some());
    for text in [
        "$(",
        "a: $(",
        "define",
        "ifeq",
        "endif\nendif",
        "=",
        ":",
        "\t",
        "a:\n\t",
        "\\",
        "é: ü\n\t\\",
        "a\n\tb",
        "export",
    ] {
        let makefile = parse_makefile(text);
        makefile.recipe_under(None, &given);
        makefile.expand(text, &given);
    }
    makefile_of(&"$(".repeat(5000));
    makefile_of(&"$(a:".repeat(5000));
}

fn makefile_of(value: &str) -> String {
    parse_makefile(&format!("A = {value}\n")).expand("$(A)x", &Overrides::default()).text
}
