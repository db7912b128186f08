//! What steps leave behind is kept, and stands where it has to: tools that write where an option or an argument says, settings
//! in homes, the linker's cache.

use msb::context::MemoryContext;
use msb::differ::proof::{Finding, prove};
use msb::{Conversion, Request, convert};

fn converted(source: &str, context: &MemoryContext) -> Conversion {
    convert(&Request::new(source.as_bytes(), context)).expect("the file is valid")
}

/// Findings after one change of the converted text.
fn proven(source: &str, context: &MemoryContext, change: impl Fn(&str) -> String) -> Vec<Finding> {
    let conversion = converted(source, context);
    let text = String::from_utf8(conversion.output.clone().expect("there is a result")).expect("it is text");
    let request = Request::new(source.as_bytes(), context);
    let analysis = conversion.analysis.as_ref().expect("there is one stage");
    prove(request.inputs(&conversion.dockerfile), analysis, &conversion.demands, change(&text).as_bytes())
}

/// The findings for the converted text with the line of `moved` put before the first line that starts with `before`.
fn moved_up(source: &str, context: &MemoryContext, moved: &str, before: &str) -> Vec<Finding> {
    proven(source, context, |text| {
        let (builder, runtime) = text.split_once("\n\nFROM ").expect("there are two stages");
        let mut lines: Vec<&str> = runtime.lines().collect();
        let from = lines.iter().position(|l| l.contains(moved)).unwrap_or_else(|| panic!("no {moved} in\n{text}"));
        let line = lines.remove(from);
        let to = lines.iter().position(|l| l.starts_with(before)).unwrap_or_else(|| panic!("no {before} in\n{text}"));
        assert!(to < from, "{moved} is before {before} in\n{text}");
        lines.insert(to, line);
        format!("{builder}\n\nFROM {}\n", lines.join("\n"))
    })
}

const GO_MODULE: (&str, &str) = ("go.mod", "module example.org/pull\n\ngo 1.22\n");

#[test]
fn settings_in_a_home_come_after_the_account() {
    let source = "FROM golang:1.22-bookworm\nWORKDIR /src\nCOPY . .\nRUN go build -o /usr/local/bin/pull .\n\
        RUN useradd --create-home --uid 4100 puller\nUSER puller\nRUN git config --global user.name puller\nCMD [\"pull\"]\n";
    let main = "package main\n\nimport \"os/exec\"\n\nfunc main() {\n\texec.Command(\"git\", \"pull\").Run()\n}\n";
    let context = MemoryContext::new([GO_MODULE, ("main.go", main)]);
    let found = moved_up(source, &context, ".gitconfig", "RUN useradd");
    assert!(!found.is_empty(), "the home would be nobody's");
}

#[test]
fn the_linkers_cache_is_made_after_what_it_indexes() {
    let source = "FROM debian:bookworm\nRUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev\n\
        WORKDIR /src\nCOPY tide.c main.c ./\nRUN gcc -shared -fPIC -o /usr/local/lib/libtide.so tide.c\n\
        RUN gcc -o /usr/local/bin/tide main.c -ltide\nRUN echo /usr/local/lib > /etc/ld.so.conf.d/tide.conf\nRUN ldconfig\n\
        CMD [\"tide\"]\n";
    let context = MemoryContext::new([
        ("tide.c", "int tide(void) { return 1; }\n"),
        ("main.c", "int tide(void);\n\nint main(void) { return tide(); }\n"),
    ]);
    let before_setting = moved_up(source, &context, "RUN ldconfig", "RUN echo");
    let unprepared = |path: &str| {
        let path = path.to_owned();
        move |f: &Finding| matches!(f, Finding::Unprepared { path: missed, .. } if *missed == path)
    };
    assert!(before_setting.iter().any(unprepared("/etc/ld.so.conf.d/tide.conf")), "{before_setting:?}");
    let before_library = moved_up(source, &context, "RUN ldconfig", "COPY --from=builder /usr/local/lib");
    assert!(before_library.iter().any(unprepared("/usr/local/lib/libtide.so")), "{before_library:?}");
}

/// The verdict's text for a Python project with one more RUN after its sources.
fn with_last_step(step: &str) -> String {
    let source = format!(
        "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev\nWORKDIR /srv/desk\n\
         COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\nRUN {step}\nCMD [\"python\", \"desk.py\"]\n"
    );
    let context = MemoryContext::new([
        ("requirements.txt", "markupsafe==2.1.5\n"),
        ("desk.py", "print(open('notes.txt').read())\n"),
        ("notes.txt", "b\na\n"),
        ("schema.sql", "create table t (a);\n"),
    ]);
    let output = converted(&source, &context).output.expect("there is a result");
    let text = String::from_utf8(output).expect("it is text");
    text.split_once("\n\nFROM ").expect("there are two stages").1.to_owned()
}

#[test]
fn what_a_step_of_small_tools_writes_is_kept() {
    let writing = [
        "sort -o notes.txt notes.txt",
        "sqlite3 desk.db < schema.sql",
        "find . -name '*.txt' -fprint list",
        "awk '{ print > \"list\" }' notes.txt",
        "chmod --reference=desk.py notes.txt",
        "cut -c1 --output-delimiter=. --output=list notes.txt",
    ];
    for step in writing {
        let text = with_last_step(step);
        let kept = text.contains("COPY --from=builder /srv/desk /srv/desk") || text.contains(&format!("RUN {step}"));
        assert!(kept, "{step}:\n{text}");
    }
    for step in ["sort notes.txt", "find . -name '*.txt'", "awk '{ print $1 }' notes.txt", "wc -l notes.txt"] {
        let text = with_last_step(step);
        assert!(text.contains("COPY . ."), "{step} writes nothing:\n{text}");
        assert!(!text.contains("COPY --from=builder /srv/desk /srv/desk"), "{step} writes nothing:\n{text}");
    }
}

#[test]
fn what_is_made_beside_a_named_file_comes_along() {
    let text = with_last_step("mkdir -p /etc/desk && ssh-keygen -q -t ed25519 -N '' -f /etc/desk/key");
    assert!(text.contains("/etc/desk/key.pub /etc/desk/key.pub") || text.contains("/etc/desk /etc/desk"), "{text}");
    let text = with_last_step("mkdir -p /etc/desk && ssh-keygen -y -f /etc/desk/key > /etc/desk/shown");
    assert!(!text.contains("key.pub"), "nothing is made beside it:\n{text}");
}
