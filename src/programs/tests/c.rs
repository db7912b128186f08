use super::{lines, opens, read};

#[test]
fn c_programs_are_read() {
    for (about, text, expected) in [
        ("nothing", "#include <stdio.h>\nint main(void) { printf(\"hi\"); return 0; }", "nothing"),
        (
            "fopen",
            "#include <stdio.h>\nint main(void) {\n  FILE *f = fopen(\"a.conf\", \"r\");\n}",
            "these\nmain.c:3 a.conf",
        ),
        (
            "a macro's name",
            "#include <stdio.h>\n#define CONF \"etc/a.conf\"\nint main(void) { fopen(CONF, \"r\"); }",
            "these\nmain.c:3 etc/a.conf",
        ),
        (
            "literals side by side",
            "#include <stdio.h>\nint main(void) { fopen(\"etc/\" \"a.conf\", \"r\"); }",
            "these\nmain.c:2 etc/a.conf",
        ),
        (
            "a name given at build time",
            "#include <stdio.h>\nint main(void) { fopen(DATADIR \"/a\", \"r\"); }",
            "not proven\nmain.c:2 fopen opens a path that is computed",
        ),
        (
            "a constant",
            "#include <fcntl.h>\nstatic const char *path = \"data.bin\";\nint main(void) { open(path, 0); }",
            "these\nmain.c:3 data.bin",
        ),
        (
            "a buffer",
            "#include <stdio.h>\nint main(void) { char p[64]; snprintf(p, 64, \"x\"); fopen(p, \"r\"); }",
            "not proven\nmain.c:2 fopen opens a path that is computed",
        ),
        (
            "a buffer of the same name as a constant",
            "#include <stdio.h>\nconst char *p = \"x\";\nint main(void) { char p[64]; fill(p); fopen(p, \"r\"); }",
            "not proven\nmain.c:3 fopen opens a path that is computed",
        ),
        (
            "an argument",
            "#include <stdio.h>\nint main(int c, char **v) { fopen(v[1], \"r\"); }",
            "not proven\nmain.c:2 fopen opens a path that is computed",
        ),
        (
            "by a function",
            "#include <stdio.h>\nstatic void load(const char *p) { fopen(p, \"r\"); }\nint main(void) { load(\"a\"); load(\"b\"); }",
            "these\nmain.c:2 a\nmain.c:2 b",
        ),
        (
            "given away",
            "#include <stdio.h>\nint main(void) { use(fopen); }",
            "not proven\nmain.c:2 fopen is passed on without being called",
        ),
        (
            "in a macro's body",
            "#include <stdio.h>\n#define LOAD(p) fopen(p, \"r\")\nint main(void) { LOAD(\"x\"); }",
            "not proven\nmain.c:2 code that is not understood",
        ),
        ("a library by its name", "#include <dlfcn.h>\nint main(void) { dlopen(\"libz.so.1\", RTLD_NOW); }", "nothing"),
        (
            "a library by its path",
            "#include <dlfcn.h>\nint main(void) { dlopen(\"./plugins/a.so\", RTLD_NOW); }",
            "these\nmain.c:2 plugins/a.so",
        ),
        (
            "a computed library",
            "#include <dlfcn.h>\nint main(int c, char **v) { dlopen(v[1], RTLD_NOW); }",
            "not proven\nmain.c:2 dlopen loads a library whose name is computed",
        ),
        ("a system file", "#include <stdio.h>\nint main(void) { fopen(\"/proc/meminfo\", \"r\"); }", "nothing"),
        (
            "an unknown library",
            "#include <strange/x.h>\nint main(void) {}",
            "not proven\nmain.c:1 strange/x.h: what this package opens or starts is not known",
        ),
        ("a comment", "/* fopen(\"x\") */\nint main(void) { const char *s = \"fopen(x)\"; }", "nothing"),
    ] {
        let reading = read("c", &[("main.c", text)], "");
        assert_eq!(opens(&reading), expected, "{about}");
        assert!(reading.complete, "{about}");
    }
}

#[test]
fn cpp_programs_are_read() {
    for (about, text, expected) in [
        ("a stream", "#include <fstream>\nint main() {\n  std::ifstream in(\"a.txt\");\n}", "these\nmain.cpp:3 a.txt"),
        (
            "a stream in braces",
            "#include <fstream>\nint main() { std::ifstream in{\"a.txt\"}; }",
            "these\nmain.cpp:2 a.txt",
        ),
        (
            "without std",
            "#include <fstream>\nusing namespace std;\nint main() { ifstream in(\"a.txt\"); }",
            "these\nmain.cpp:3 a.txt",
        ),
        (
            "opened later",
            "#include <fstream>\nint main() { std::ifstream in; in.open(\"a.txt\"); }",
            "these\nmain.cpp:2 a.txt",
        ),
        (
            "of a name",
            "#include <fstream>\nint main() { std::string p = \"a.txt\"; std::ifstream in(p); }",
            "not proven\nmain.cpp:2 std.ifstream opens a path that is computed",
        ),
        (
            "of a member",
            "#include <fstream>\nclass A { std::ifstream in; };\nint main() {}",
            "not proven\nmain.cpp:2 std.ifstream is passed on without being called",
        ),
        (
            "written",
            "#include <fstream>\nint main() { std::ofstream out(\"log/x.log\"); }",
            "these\nmain.cpp:2 log\nmain.cpp:2 log/x.log",
        ),
        (
            "walked",
            "#include <filesystem>\nnamespace fs = std::filesystem;\nint main() { for (auto &e : fs::directory_iterator(\"plugins\")) {} }",
            "these\nmain.cpp:3 plugins",
        ),
        ("text only", "#include <sstream>\nint main() { std::stringstream s(\"a\"); }", "nothing"),
    ] {
        let reading = read("c-cpp", &[("main.cpp", text)], "");
        assert_eq!(opens(&reading), expected, "{about}");
    }
}

#[test]
fn commands_tls_and_own_headers_are_found() {
    let files = [
        (
            "src/main.c",
            "#include \"util.h\"\n#include <stdlib.h>\n#include <openssl/ssl.h>\nint main(void) {\n  system(\"git log\");\n  execlp(\"ls\", \"ls\", NULL);\n  popen(cmd(), \"r\");\n}",
        ),
        ("src/util.h", "int cmd(void);"),
    ];
    let reading = read("c", &files, "");
    assert_eq!(lines(&reading.subprocesses), ["src/main.c:5 git", "src/main.c:6 ls", "src/main.c:5 sh"]);
    assert_eq!(lines(&reading.unknown_subprocesses), ["src/main.c:7 popen starts a command whose name is computed"]);
    assert_eq!(lines(&reading.tls), ["src/main.c:3 openssl/ssl.h"]);
    assert!(reading.unknown_packages.is_empty());
}
