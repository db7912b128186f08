use super::{lines, opens, read};
use crate::programs::{Outside, Reading};

const MOD: (&str, &str) = ("go.mod", "module example.com/app\n\ngo 1.22\n");

/// A main package with these imports and this body of `main`, whose first line is line 10 of the file.
fn main_with(imports: &[&str], body: &str) -> Reading {
    let mut source = "package main\n\nimport (\n".to_owned();
    for at in 0..5 {
        source.push_str(&imports.get(at).map_or("\n".to_owned(), |import| format!("\t{import}\n")));
    }
    source.push_str(")\nfunc main() {\n");
    let source = source + body + "\n}\n";
    read("go", &[MOD, ("main.go", &source)], "")
}

#[test]
fn file_opens_are_found_where_they_are() {
    for (about, imports, body, expected) in [
        ("nothing", vec!["\"fmt\""], "fmt.Println(1)", "nothing"),
        ("a literal", vec!["\"os\""], "os.Open(\"config.yml\")", "these\nmain.go:11 config.yml"),
        (
            "join of literals",
            vec!["\"os\"", "\"path/filepath\""],
            "os.ReadFile(filepath.Join(\"web\", \"index.html\"))",
            "these\nmain.go:11 web/index.html",
        ),
        (
            "glob",
            vec!["\"html/template\""],
            "template.ParseGlob(\"templates/*.html\")",
            "these\nmain.go:11 templates/*.html",
        ),
        (
            "method of a value",
            vec!["\"html/template\""],
            "t := template.New(\"x\").Funcs(nil)\nt.ParseFiles(\"a.html\", \"b.html\")",
            "these\nmain.go:12 a.html\nmain.go:12 b.html",
        ),
        (
            "a list passed on",
            vec!["\"html/template\""],
            "files := []string{\"ui/a.tmpl\", \"ui/b.tmpl\"}\ntemplate.ParseFiles(files...)",
            "these\nmain.go:12 ui/a.tmpl\nmain.go:12 ui/b.tmpl",
        ),
        (
            "a directory that is served",
            vec!["\"net/http\""],
            "http.Handle(\"/\", http.FileServer(http.Dir(\"./static\")))",
            "these\nmain.go:11 static",
        ),
        (
            "an unknown file in a known directory",
            vec!["\"os\""],
            "name := string(os.Args[1])\nos.Open(\"data/\" + name + \".json\")",
            "these\nmain.go:12 data",
        ),
        (
            "a format",
            vec!["\"os\"", "\"fmt\""],
            "os.Open(fmt.Sprintf(\"lang/%s.json\", \"en\"))",
            "these\nmain.go:11 lang",
        ),
        ("a system path", vec!["\"os\""], "os.Stat(\"/proc/self/status\")", "nothing"),
        ("an absolute path", vec!["\"os\""], "os.Stat(\"/app/data/x\")", "these\nmain.go:11 /app/data/x"),
        ("a renamed import", vec!["fs \"os\""], "fs.Open(\"a.txt\")", "these\nmain.go:11 a.txt"),
        (
            "the working directory",
            vec!["\"os\"", "\"path/filepath\""],
            "wd, _ := os.Getwd()\nos.Open(filepath.Join(wd, \"a.txt\"))",
            "these\nmain.go:12 a.txt",
        ),
        (
            "a computed path",
            vec!["\"os\"", "\"strings\""],
            "os.Open(strings.ToLower(\"A\"))",
            "not proven\nmain.go:11 os.Open opens a path that is computed",
        ),
        (
            "beside the executable",
            vec!["\"os\"", "\"path/filepath\""],
            "exe, _ := os.Executable()\nos.Open(filepath.Join(filepath.Dir(exe), \"x\"))",
            "not proven\nmain.go:12 os.Open opens a path that is computed",
        ),
        (
            "passed on as a value",
            vec!["\"os\""],
            "f := os.ReadFile\nf(\"x\")",
            "not proven\nmain.go:11 os.ReadFile is passed on without being called",
        ),
        (
            "written to twice",
            vec!["\"os\""],
            "p := \"a.yml\"\nif len(os.Args) > 3 {\np = \"b.yml\"\n}\nos.Open(p)",
            "these\nmain.go:15 a.yml\nmain.go:15 b.yml",
        ),
        (
            "written to by somebody else",
            vec!["\"os\"", "\"encoding/json\""],
            "p := \"a.yml\"\njson.Unmarshal(nil, &p)\nos.Open(p)",
            "not proven\nmain.go:13 os.Open opens a path that is computed",
        ),
        (
            "written to through a pointer",
            vec!["\"os\""],
            "x := \"a.yml\"\np := &x\n*p = os.Args[1]\nos.Open(x)",
            "not proven\nmain.go:14 os.Open opens a path that is computed",
        ),
        (
            "the working directory put before",
            vec!["\"os\""],
            "wd, _ := os.Getwd()\nos.Open(wd + \"/a.txt\")",
            "these\nmain.go:12 a.txt",
        ),
        (
            "an element written to",
            vec!["\"html/template\""],
            "f := []string{\"a\"}\nf[0] = name()\ntemplate.ParseFiles(f...)",
            "not proven\nmain.go:13 template.ParseFiles opens a path that is computed",
        ),
        (
            "a file that is made needs its directory",
            vec!["\"os\""],
            "os.Create(\"out/report.txt\")",
            "these\nmain.go:11 out\nmain.go:11 out/report.txt",
        ),
        (
            "a comment and a string are no calls",
            vec!["\"fmt\""],
            "// os.Open(\"x\")\nfmt.Println(\"os.Open(x)\")",
            "nothing",
        ),
        (
            "a method of the same name in another program",
            vec!["\"fmt\""],
            "var r struct{}\nfmt.Println(r)\n// no web framework is imported\nsite.Static(\"/\", \"public\")",
            "nothing",
        ),
        (
            "gin",
            vec!["\"github.com/gin-gonic/gin\""],
            "r := gin.Default()\nr.LoadHTMLGlob(\"views/*\")\nr.Static(\"/assets\", \"./public\")\nr.GET(\"/\", nil)",
            "these\nmain.go:13 public\nmain.go:12 views/*",
        ),
        (
            "echo",
            vec!["\"github.com/labstack/echo/v4\""],
            "e := echo.New()\ne.Static(\"/\", \"web\")\ne.File(\"/fav\", \"fav.ico\")",
            "these\nmain.go:13 fav.ico\nmain.go:12 web",
        ),
        (
            "fiber with templates",
            vec!["\"github.com/gofiber/fiber/v2\"", "\"github.com/gofiber/template/html/v2\""],
            "app := fiber.New(fiber.Config{Views: html.New(\"./views\", \".html\")})\napp.Static(\"/\", \"./public\")",
            "these\nmain.go:12 public\nmain.go:11 views",
        ),
        ("dotenv", vec!["\"github.com/joho/godotenv\""], "godotenv.Load()", "these\nmain.go:11 .env"),
        (
            "dotenv with a name",
            vec!["\"github.com/joho/godotenv\""],
            "godotenv.Load(\"conf/prod.env\")",
            "these\nmain.go:11 conf/prod.env",
        ),
        ("dotenv by import", vec!["_ \"github.com/joho/godotenv/autoload\""], "", "these\nmain.go:4 .env"),
        (
            "migrations",
            vec!["\"github.com/golang-migrate/migrate/v4\""],
            "migrate.New(\"file://db/migrations\", \"postgres://x\")",
            "these\nmain.go:11 db/migrations",
        ),
        (
            "an unknown module",
            vec!["\"example.org/strange\""],
            "strange.Do()",
            "not proven\nmain.go:4 example.org/strange: what this package opens or starts is not known",
        ),
        (
            "a module that opens what it likes",
            vec!["\"github.com/spf13/viper\""],
            "viper.ReadInConfig()",
            "not proven\nmain.go:4 github.com/spf13/viper opens files whose names its callers or its configuration give",
        ),
    ] {
        let reading = main_with(&imports, body);

        assert_eq!(opens(&reading), expected, "{about}");
        assert!(reading.complete, "{about}");
    }
}

#[test]
fn a_default_counts_and_the_value_may_come_from_outside() {
    let reading = main_with(
        &["\"flag\"", "\"html/template\""],
        "dir := flag.String(\"templates\", \"web/templates\", \"where\")\ntemplate.ParseGlob(*dir + \"/*.html\")",
    );
    assert_eq!(opens(&reading), "these\nmain.go:12 web/templates\nmain.go:12 web/templates/*.html");
    assert_eq!(reading.user_given[0].value, Outside::Flag("templates".to_owned()));

    let reading =
        main_with(&["\"os\""], "p := os.Getenv(\"CONFIG\")\nif p == \"\" {\np = \"config.json\"\n}\nos.ReadFile(p)");
    assert_eq!(opens(&reading), "these\nmain.go:15 config.json");
    assert_eq!(reading.user_given[0].value, Outside::Environment("CONFIG".to_owned()));
}

#[test]
fn without_a_default_it_is_not_proven() {
    let reading = main_with(&["\"os\""], "os.ReadFile(os.Getenv(\"CONFIG\"))");
    assert_eq!(opens(&reading), "not proven\nmain.go:11 os.ReadFile opens a path from the environment variable CONFIG");
    let reading = main_with(&["\"os\""], "os.ReadFile(os.Args[1])");
    assert_eq!(opens(&reading), "not proven\nmain.go:11 os.ReadFile opens a path from the command line");
    let reading = main_with(&["\"flag\"", "\"os\""], "var p string\nflag.StringVar(&p, \"c\", \"\", \"\")\nos.Open(p)");
    assert_eq!(opens(&reading), "not proven\nmain.go:13 os.Open opens a path from the flag c");
}

#[test]
fn own_functions_are_followed() {
    let source = "package main\n\nimport \"os\"\n\nfunc getenv(key, otherwise string) string {\n\tif v := os.Getenv(key); v != \"\" {\n\t\treturn v\n\t}\n\treturn otherwise\n}\n\nfunc load(path string) {\n\tos.Open(path)\n}\n\nfunc main() {\n\tload(getenv(\"APP_CONFIG\", \"conf/app.yml\"))\n\tload(\"second.yml\")\n}\n";
    let reading = read("go", &[MOD, ("main.go", source)], "");
    assert_eq!(opens(&reading), "these\nmain.go:13 conf\nmain.go:13 conf/app.yml\nmain.go:13 second.yml");
    assert_eq!(reading.user_given[0].value, Outside::Environment("APP_CONFIG".to_owned()));

    // The same function given away may be called with anything.
    let leaked = source.replace("load(\"second.yml\")", "each(load)");
    let reading = read("go", &[MOD, ("main.go", &leaked)], "");
    assert_eq!(opens(&reading), "not proven\nmain.go:13 os.Open opens a path that is computed");
}

#[test]
fn packages_of_the_module_are_followed_from_the_main_package_only() {
    let files = [
        MOD,
        (
            "cmd/api/main.go",
            "package main\n\nimport \"example.com/app/internal/store\"\n\nfunc main() { store.Open() }\n",
        ),
        ("cmd/worker/main.go", "package main\n\nimport \"os\"\n\nfunc main() { os.Open(\"jobs.txt\") }\n"),
        ("internal/store/store.go", "package store\n\nimport \"os\"\n\nfunc Open() { os.ReadFile(schema) }\n"),
        ("internal/store/names.go", "package store\n\nconst schema = \"sql/\" + \"schema.sql\"\n"),
        ("internal/store/store_test.go", "package store\n\nimport \"os\"\n\nfunc x() { os.Open(\"testdata/a\") }\n"),
        ("internal/store/store_windows.go", "package store\n\nimport \"os\"\n\nfunc y() { os.Open(\"win\") }\n"),
        (
            "internal/store/gen.go",
            "//go:build ignore\n\npackage main\n\nimport \"os\"\n\nfunc z() { os.Open(\"gen\") }\n",
        ),
        ("internal/other/other.go", "package other\n\nimport \"os\"\n\nfunc O() { os.Open(\"other\") }\n"),
    ];
    let reading = read("go", &files, "cmd/api");
    assert_eq!(opens(&reading), "these\ninternal/store/store.go:5 sql/schema.sql");
    assert_eq!(reading.files, 3);
    let reading = read("go", &files, "./cmd/worker");
    assert_eq!(opens(&reading), "these\ncmd/worker/main.go:5 jobs.txt");
    let both = read("go", &files, "");
    assert_eq!(opens(&both), "these\ncmd/worker/main.go:5 jobs.txt\ninternal/store/store.go:5 sql/schema.sql");
}

#[test]
fn a_constant_of_another_package_is_known() {
    let files = [
        MOD,
        (
            "main.go",
            "package main\n\nimport (\n\t\"os\"\n\t\"example.com/app/conf\"\n)\n\nfunc main() { os.Open(conf.File) }\n",
        ),
        ("conf/conf.go", "package conf\n\nconst File = \"app.toml\"\n"),
    ];
    assert_eq!(opens(&read("go", &files, "")), "these\nmain.go:8 app.toml");
    let changed = [files[0], files[1], ("conf/conf.go", "package conf\n\nvar File = load()\n")];
    assert_eq!(opens(&read("go", &changed, "")), "not proven\nmain.go:8 os.Open opens a path that is computed");
}

#[test]
fn embedded_files_are_not_opened() {
    let source = "package main\n\nimport (\n\t\"embed\"\n\t\"html/template\"\n)\n\n//go:embed templates/*\nvar files embed.FS\n\nfunc main() {\n\ttemplate.ParseFS(files, \"templates/*.html\")\n\tfiles.Open(\"templates/a.html\")\n}\n";
    assert_eq!(opens(&read("go", &[MOD, ("main.go", source)], "")), "nothing");
}

#[test]
fn commands_are_found() {
    for (body, commands, unknown) in [
        ("exec.Command(\"git\", \"log\")", vec!["main.go:11 git"], vec![]),
        ("exec.CommandContext(nil, \"ffmpeg\", args...)", vec!["main.go:11 ffmpeg"], vec![]),
        (
            "p, _ := exec.LookPath(\"convert\")\nexec.Command(p)",
            vec!["main.go:11 convert"],
            vec!["main.go:12 exec.Command starts a command whose name is computed"],
        ),
        ("exec.Command(os.Args[0], \"-child\")", vec![], vec![]),
        ("self, _ := os.Executable()\nexec.Command(self, os.Args[1:]...)", vec![], vec![]),
        (
            "all := make([]*exec.Cmd, 2)\nall[0] = exec.Command(\"git\")\nby := map[string]*exec.Cmd{}\nby[\"a\"] = all[0]",
            vec!["main.go:12 git"],
            vec![],
        ),
        (
            "c := exec.Cmd{Path: tool()}\nc.Run()",
            vec![],
            vec![
                "main.go:11 exec.Cmd is filled in by hand",
                "main.go:11 exec.Cmd starts a command whose name is computed",
            ],
        ),
        ("exec.Command(os.Args[1])", vec![], vec!["main.go:11 exec.Command starts a command whose name is computed"]),
        (
            "exec.Command(filepath.Dir(os.Args[0]) + \"/helper\")",
            vec![],
            vec!["main.go:11 exec.Command starts a command whose name is computed"],
        ),
        ("exec.Command(tool())", vec![], vec!["main.go:11 exec.Command starts a command whose name is computed"]),
        (
            "run := exec.Command\nrun(\"git\")",
            vec!["main.go:12 git"],
            vec!["main.go:11 exec.Command is passed on without being called"],
        ),
        ("// exec.Command(\"git\")", vec![], vec![]),
    ] {
        let reading = main_with(&["\"os\"", "\"os/exec\"", "\"path/filepath\""], body);
        assert_eq!(lines(&reading.subprocesses), commands, "{body}");
        assert_eq!(lines(&reading.unknown_subprocesses), unknown, "{body}");
    }
    let script = main_with(&["\"os/exec\""], "exec.Command(\"./scripts/run.sh\")");
    assert_eq!(opens(&script), "these\nmain.go:11 scripts/run.sh");
}

#[test]
fn c_code_time_zones_and_tls_are_found() {
    let native = main_with(&["\"C\""], "");
    assert_eq!(lines(&native.native_code), ["main.go:4 C"]);
    let sqlite = main_with(&["_ \"github.com/mattn/go-sqlite3\""], "");
    assert_eq!(lines(&sqlite.native_code), ["main.go:4 github.com/mattn/go-sqlite3"]);
    let user = main_with(&["\"os/user\""], "user.Current()");
    assert_eq!(lines(&user.native_code), ["main.go:4 os/user (standard library)"]);
    let net = main_with(&["\"net\""], "net.Listen(\"tcp\", \":80\")");
    assert_eq!(lines(&net.native_code), ["main.go:4 net (standard library)"]);

    let zones = main_with(&["\"time\""], "time.LoadLocation(\"Europe/Berlin\")");
    assert_eq!(lines(&zones.time_zones), ["main.go:11 time.LoadLocation"]);
    let clock = main_with(&["\"time\""], "time.Now()");
    assert_eq!(lines(&clock.time_zones), [""; 0]);

    let client = main_with(&["\"net/http\""], "http.Get(\"https://example.org\")");
    assert_eq!(lines(&client.tls), ["main.go:11 http.Get"]);
    let default = main_with(&["\"net/http\""], "c := http.DefaultClient\nc.Do(nil)");
    assert_eq!(lines(&default.tls), ["main.go:11 http.DefaultClient"]);
    let server = main_with(&["\"net/http\""], "http.ListenAndServe(\":80\", nil)");
    assert_eq!(lines(&server.tls), [""; 0]);
}

#[test]
fn what_cannot_be_read_is_not_proven() {
    let reading = read("go", &[MOD, ("main.go", "package main\n\nfunc main() {\n\tx := = 3\n}\n")], "");
    assert!(!reading.complete);
    assert!(opens(&reading).starts_with("not proven\nmain.go:4 is not understood"), "{}", opens(&reading));

    let files = [MOD, ("main.go", "package main\n\nfunc main() {}\n"), ("big.go", "unreadable")];
    let reading = read("go", &files, "");
    assert!(!reading.complete);
    assert_eq!(opens(&reading), "not proven\nbig.go:1 cannot be read: over the size limit");

    // It may be the program, and start anything.
    let reading = read("go", &[MOD, ("main.go", "unreadable")], "");
    assert!(!reading.complete);
    assert!(reading.hidden);

    let reading =
        read("go", &[MOD, ("main.go", "package main\n\nimport \"example.com/app/gone\"\n\nfunc main() {}\n")], "");
    assert!(!reading.complete);
    assert_eq!(
        read("go", &[("README.md", "x")], "").opens,
        crate::programs::Opens::NotProven(vec![crate::programs::Found {
            value: "no main package".to_owned(),
            file: String::new(),
            line: 1
        },])
    );
}

#[test]
fn assembly_is_not_read() {
    let files = [MOD, ("main.go", "package main\n\nfunc main() {}\n"), ("fast.s", "TEXT")];
    assert_eq!(opens(&read("go", &files, "")), "not proven\nfast.s:1 is assembly");
}

#[test]
fn local_replacements_are_the_programs_own() {
    let files = [
        ("go.mod", "module example.com/app\n\nreplace example.org/lib => ./lib\n"),
        ("main.go", "package main\n\nimport \"example.org/lib\"\n\nfunc main() { lib.Do() }\n"),
        ("lib/lib.go", "package lib\n\nimport \"os\"\n\nfunc Do() { os.Open(\"lib.dat\") }\n"),
        ("lib/go.mod", "module example.org/lib\n"),
    ];
    assert_eq!(opens(&read("go", &files, "")), "these\nlib/lib.go:5 lib.dat");
}
