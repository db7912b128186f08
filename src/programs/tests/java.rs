use super::{lines, opens, read};
use crate::programs::Reading;

fn program(imports: &str, body: &str) -> Reading {
    let text = format!("package a.b;\n{imports}\nclass App {{ void run() throws Exception {{\n{body}\n}} }}\n");
    read("java", &[("src/main/java/a/b/App.java", &text)], "")
}

#[test]
fn commands_are_found() {
    for (about, imports, body, commands, unknown) in [
        ("a builder", "", "new ProcessBuilder(\"git\", \"log\").start();", vec!["git"], 0),
        (
            "a builder with a list",
            "import java.util.List;",
            "new ProcessBuilder(List.of(\"df\", \"-h\"));",
            vec!["df"],
            0,
        ),
        ("a builder filled later", "", "var b = new ProcessBuilder(); b.command(\"ps\");", vec!["ps"], 0),
        ("an array", "", "String[] c = {\"ffmpeg\", \"-i\"}; new ProcessBuilder(c);", vec!["ffmpeg"], 0),
        ("the run time", "", "Runtime.getRuntime().exec(\"uptime -p\");", vec!["uptime"], 0),
        ("the run time with an array", "", "Runtime.getRuntime().exec(new String[] {\"tar\", \"x\"});", vec!["tar"], 0),
        ("a constant", "", "final String t = \"convert\"; new ProcessBuilder(t, \"x\");", vec!["convert"], 0),
        ("computed", "", "new ProcessBuilder(tool());", vec![], 1),
        ("the compiler by its full name", "", "javax.tools.ToolProvider.getSystemJavaCompiler();", vec!["javac"], 0),
        ("a query", "", "statement.exec(\"select 1\");", vec![], 0),
        ("a comment", "", "// new ProcessBuilder(\"git\")", vec![], 0),
        ("an unknown package", "import org.strange.Thing;", "", vec![], 1),
        ("an own class", "import a.b.App;", "", vec![], 0),
        ("an own class that is not there", "import a.b.Generated;", "", vec![], 1),
        ("a shell's line", "", "new ProcessBuilder(\"sh\", \"-c\", \"git log | head\");", vec!["git", "head", "sh"], 0),
        ("a shell's computed line", "", "new ProcessBuilder(\"bash\", \"-c\", line());", vec!["bash"], 1),
        ("a class by its name", "", "Class.forName(\"org.strange.Thing\");", vec![], 1),
    ] {
        let reading = program(imports, body);
        let found: Vec<&str> = reading.subprocesses.iter().map(|found| found.value.as_str()).collect();
        assert_eq!(found, commands, "{about}");
        assert_eq!(reading.unknown_subprocesses.len(), unknown, "{about}: {:?}", reading.unknown_subprocesses);
        assert!(reading.complete, "{about}");
        assert!(reading.subprocesses.iter().all(|found| found.line == 4), "{about}");
    }
}

#[test]
fn file_opens_are_found() {
    const FILE: &str = "src/main/java/a/b/App.java";
    for (about, imports, body, expected) in [
        ("nothing", "", "System.out.println(1);", "nothing".to_owned()),
        ("a file", "import java.io.File;", "new File(\"a.txt\");", format!("these\n{FILE}:4 a.txt")),
        (
            "a declared name",
            "import java.io.File;",
            "File f = new File(\"a.txt\"); f.exists();",
            format!("these\n{FILE}:4 a.txt"),
        ),
        (
            "a class as a value",
            "import java.io.File;",
            "make(File.class);",
            format!("not proven\n{FILE}:4 File is passed on without being called"),
        ),
        ("every class", "import java.io.*;", "new FileReader(\"a.txt\");", format!("these\n{FILE}:4 a.txt")),
        (
            "a path",
            "import java.nio.file.Path;",
            "Path.of(\"conf\", \"a.yml\");",
            format!("these\n{FILE}:4 a.yml\n{FILE}:4 conf"),
        ),
        (
            "a class written out",
            "",
            "new java.io.File(\"a.txt\");",
            format!("not proven\n{FILE}:4 code that is not understood"),
        ),
        (
            "computed",
            "import java.io.File;",
            "new File(name);",
            format!("not proven\n{FILE}:4 File opens a path that is computed"),
        ),
        (
            "spring",
            "import org.springframework.boot.SpringApplication;",
            "",
            format!(
                "not proven\n{FILE}:2 org.springframework.boot.SpringApplication opens files whose names its callers or its configuration give"
            ),
        ),
    ] {
        assert_eq!(opens(&program(imports, body)), expected, "{about}");
    }
}

#[test]
fn kotlin_is_not_read() {
    let reading = read("java", &[("A.java", "class A {}"), ("src/main/kotlin/B.kt", "fun x() {}")], "");
    assert!(!reading.complete);
    assert_eq!(opens(&reading), "not proven\nsrc/main/kotlin/B.kt:1 is written in a language that is not read");
}

#[test]
fn time_zones_and_tls_are_found() {
    let reading = program("import java.time.ZoneId;\nimport okhttp3.OkHttpClient;", "ZoneId.of(\"Europe/Oslo\");");
    assert_eq!(lines(&reading.time_zones), ["src/main/java/a/b/App.java:5 ZoneId.of"]);
    assert_eq!(lines(&reading.tls), ["src/main/java/a/b/App.java:3 okhttp3.OkHttpClient"]);
}

#[test]
fn native_libraries_are_found() {
    let reading = program("", "System.loadLibrary(\"z\"); System.load(\"/opt/x/libx.so\");");
    let file = "src/main/java/a/b/App.java";
    assert_eq!(lines(&reading.native_code), [format!("{file}:4 z"), format!("{file}:4 /opt/x/libx.so")]);
    assert_eq!(opens(&reading), format!("these\n{file}:4 /opt/x/libx.so"));
    assert!(opens(&program("", "System.loadLibrary(name());")).starts_with("not proven"));
}
