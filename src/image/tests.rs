//! The model of an image, asked after small stages.

use super::*;
use crate::analyzer::{Analysis, Inputs, analyse};
use crate::context::{Entry as ContextEntry, MemoryContext, Unavailable};
use crate::facts::heuristics::Heuristics;
use crate::policy::Policy;
use crate::syntax::{self, Dockerfile};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Files of the context that most stages copy from.
fn project() -> MemoryContext {
    MemoryContext::new([
        ("a.txt", "a"),
        ("b.txt", "b"),
        ("main.c", "int main() { return 0; }"),
        ("d/inner.txt", "inner"),
        ("d/deep/leaf", "leaf"),
    ])
}

pub(super) fn analysed<T>(text: &str, context: &dyn BuildContext, ask: impl FnOnce(&Analysis, &Dockerfile) -> T) -> T {
    let dockerfile = syntax::parse(text.as_bytes()).expect("a Dockerfile");
    let (build_args, policy) = (BTreeMap::new(), Policy::default());
    let analysis = analyse(Inputs {
        dockerfile: &dockerfile,
        context,
        heuristics: Heuristics::builtin(),
        build_args: &build_args,
        projects: &[],
        policy: &policy,
    });
    ask(&analysis, &dockerfile)
}

/// Asks the image of a stage on an image that holds nothing of its own.
fn of_steps<T>(steps: &str, ask: impl FnOnce(&Image<'_>) -> T) -> T {
    on(&format!("FROM example.org/base\n{steps}\n"), &project(), ask)
}

fn on<T>(text: &str, context: &dyn BuildContext, ask: impl FnOnce(&Image<'_>) -> T) -> T {
    analysed(text, context, |analysis, dockerfile| ask(&Image::of(analysis, dockerfile, context, None)))
}

/// An entry in one line: `maybe` for what is not certain; `/…` for trees, `/*` for files in, `/**` for files below a
/// directory; the origin; and `<-` with what it was made of.
fn show(entry: &Entry) -> String {
    let presence = if entry.certain { "" } else { "maybe " };
    let extent = match entry.extent {
        Extent::One => "",
        Extent::Tree => "/…",
        Extent::Into => "/*",
        Extent::Within => "/**",
    };
    let origin = match &entry.origin {
        Origin::Context { source } => format!("context:{source}"),
        Origin::Text => "text".to_owned(),
        Origin::Image { image, source } => format!("{image}:{source}"),
        Origin::Added => "added".to_owned(),
        Origin::Step => "step".to_owned(),
        Origin::Plain => "plain".to_owned(),
    };
    let sources = match entry.sources.as_slice() {
        [] => String::new(),
        sources => format!(" <- {}", sources.join(" ")),
    };
    format!("{presence}{}{extent} {origin}{sources}", entry.path)
}

pub(super) fn shown(image: &Image<'_>) -> Vec<String> {
    // Caches are left to the tests of the heuristics.
    image.entries().filter(|(_, e)| e.purpose != WriteKind::Cache).map(|(_, e)| show(e)).collect()
}

/// What is there at the end of stages.
fn check(cases: &[(&str, &str, &[&str])]) {
    for (about, steps, expected) in cases {
        of_steps(steps, |image| assert_eq!(shown(image), *expected, "{about}: {steps}"));
    }
}

#[test]
fn copies_bring_what_the_context_has() {
    check(&[
        ("the whole context", "COPY . /app", &["/app/… context:"]),
        ("a directory", "COPY d /data", &["/data/… context:d"]),
        ("a file under another name", "COPY a.txt /x", &["/x context:a.txt"]),
        ("a file into a directory", "COPY a.txt /app/", &["/app/a.txt context:a.txt"]),
        ("below WORKDIR", "WORKDIR /srv/app\nCOPY a.txt .", &["/srv/app/a.txt context:a.txt"]),
        ("a pattern", "COPY *.txt /t/", &["/t/a.txt context:a.txt", "/t/b.txt context:b.txt"]),
        ("files and a directory", "COPY a.txt d /t/", &["/t/a.txt context:a.txt", "/t/… context:d"]),
        ("a plain file by ADD", "ADD a.txt /x", &["/x context:a.txt"]),
    ]);
}

#[test]
fn other_sources_than_the_context() {
    check(&[
        ("here-documents", "COPY <<one <<two /d/\n1\none\n2\ntwo", &["/d/one text", "/d/two text"]),
        ("a here-document under a name", "COPY <<EOF /etc/app.conf\nx\nEOF", &["/etc/app.conf text"]),
        ("a download", "ADD https://example.org/x /x", &["maybe /x/… added"]),
        ("an archive", "ADD src.tar.gz /usr/src/app", &["maybe /usr/src/app/… added"]),
        (
            "another image",
            "COPY --from=example.org/tools:1 /bin/tool /usr/bin/",
            &["/usr/bin/tool/… example.org/tools:1:/bin/tool"],
        ),
    ]);
}

#[test]
fn steps_write_as_the_heuristics_say() {
    check(&[
        ("a directory", "RUN mkdir -p /data", &["/data plain"]),
        ("a directory of the system was there before", "RUN mkdir -p /usr/local/bin", &[]),
        ("a text", "RUN echo hi > /etc/motd", &["/etc/motd plain"]),
        ("what a tool prints only the tool makes", "RUN openssl rand 8 > /etc/seed", &["/etc/seed/… step"]),
        ("a program", "COPY main.c /\nRUN gcc -o /app /main.c", &["/main.c context:main.c", "/app/… step"]),
        ("programs of unknown names", "RUN GOBIN=/go go install example.org/x@v1", &["maybe /go/* step"]),
        ("a build tree", "WORKDIR /w\nRUN make", &["maybe /w/** step"]),
        ("a link", "RUN ln -s /opt/x/x /usr/bin/x", &["/usr/bin/x plain <- /opt/x/x"]),
    ]);
}

#[test]
fn touch_makes_a_file_and_leaves_one_that_is_there() {
    check(&[
        ("a new file", "RUN touch /a", &["/a plain"]),
        ("a file of the context", "COPY a.txt /a\nRUN touch /a", &["/a context:a.txt"]),
        ("a file in a tree of the context", "COPY . /app\nRUN touch /app/a.txt", &["/app/… context:"]),
        (
            "a file that a build may have made",
            "WORKDIR /w\nRUN make\nRUN touch /w/log",
            &["maybe /w/** step", "/w/log plain"],
        ),
    ]);
}

#[test]
fn copies_and_moves_carry_origins() {
    check(&[
        ("a file of the context stays plain", "COPY a.txt /a\nRUN cp /a /b", &["/a context:a.txt", "/b plain <- /a"]),
        ("a tree", "COPY d /d\nRUN cp -r /d /e", &["/d/… context:d", "/e/… plain <- /d"]),
        ("a part of a tree", "COPY . /app\nRUN cp /app/a.txt /b", &["/app/… context:", "/b/… plain <- /app/a.txt"]),
        ("a moved program", "RUN gcc -o /out/x x.c\nRUN mv /out/x /usr/bin/x", &["/usr/bin/x/… step <- /out/x"]),
        (
            "a tree with a program in it",
            "COPY . /app\nRUN gcc -o /app/x main.c\nRUN cp -r /app /b",
            &["/app/… context:", "/app/x/… step", "/b/… step <- /app", "/b/x/… step <- /app/x"],
        ),
        ("what nobody knows", "RUN cp /etc/os-release /x", &["/x/… plain <- /etc/os-release"]),
        (
            "into a directory of the system, by its name",
            "RUN gcc -o /out/x x.c\nRUN cp /out/x /usr/local/bin",
            &["/out/x/… step", "/usr/local/bin/x/… step <- /out/x"],
        ),
        (
            "the contents of a directory that is there",
            "COPY a.txt /site/\nCOPY d /d\nRUN cp -r /d/* /site",
            &["/site/a.txt context:a.txt", "/d/… context:d", "maybe /site/** plain <- /d"],
        ),
        (
            "a copy in the part of a RUN that builds is the step's",
            "RUN gcc -o /x x.c; cp /x /y",
            &["/x/… step", "/y/… step <- /x"],
        ),
    ]);
}

#[test]
fn links_know_what_they_lead_to() {
    of_steps("RUN gcc -o /opt/x x.c\nRUN ln -s /opt/x /usr/bin/x", |image| {
        let link = image.provider("/usr/bin/x").expect("the link");
        assert!(link.link && !link.is_built(), "{}", show(link));
        assert_eq!(link.sources, ["/opt/x"]);
    });
}

#[test]
fn removal_marks_entries_and_makes_holes() {
    let steps = "COPY . /app\nRUN gcc -o /app/x /app/main.c\nRUN rm -rf /app/x /app/d";
    of_steps(steps, |image| {
        assert_eq!(shown(image), ["/app/… context:"]);
        let x = image.all().iter().find(|entry| entry.path == "/app/x").expect("what was there");
        assert_eq!(x.gone, Some(At { instruction: 3, unit: 0 }));
        // The tree of the context is there but for what was removed inside it.
        let provided =
            ["/app/a.txt", "/app/d", "/app/d/inner.txt", "/app/x"].map(|path| image.provider(path).is_some());
        assert_eq!(provided, [true, false, false, false]);
        let certain = ["/app", "/app/a.txt", "/app/d/inner.txt", "/app/x"].map(|path| image.is_certain(path));
        assert_eq!(certain, [true, true, false, false]);
    });
}

#[test]
fn removal_by_a_pattern() {
    of_steps("COPY *.txt /t/\nCOPY main.c /t/\nRUN rm /t/*.txt", |image| {
        assert_eq!(shown(image), ["/t/main.c context:main.c"]);
        assert!(!image.is_certain("/t/a.txt"));
        assert!(image.is_certain("/t"));
    });
}

#[test]
fn what_may_lie_in_a_directory_for_temporary_files_is_cleared() {
    of_steps("RUN curl -L https://example.org/a.tar.gz | tar -xz -C /tmp && rm -rf /tmp/*", |image| {
        assert_eq!(shown(image), Vec::<String>::new());
    });
    // Anywhere else a file may stay whose name begins with a dot.
    of_steps(
        "RUN mkdir /opt/a && curl -L https://example.org/a.tar.gz | tar -xz -C /opt/a && rm -rf /opt/a/*",
        |image| {
            assert!(shown(image).iter().any(|entry| entry.starts_with("maybe /opt/a/**")), "{:?}", shown(image));
        },
    );
}

#[test]
fn a_file_that_is_only_edited_is_not_made() {
    let edited = |steps: &str| of_steps(steps, |image| image.all().iter().any(|e| e.path.ends_with("/go.mod")));
    assert!(!edited("RUN go get example.org/tool"));
    assert!(!edited("COPY d /src\nWORKDIR /src\nRUN go get example.org/tool"));
    // What a clone brings may have one.
    assert!(edited("RUN git clone https://example.org/tool /src\nWORKDIR /src\nRUN go get ./..."));
    assert!(edited("WORKDIR /src\nRUN go mod init example.org/x && go get example.org/tool"));
}

#[test]
fn what_is_made_again_after_a_removal_is_there() {
    of_steps("RUN mkdir /data\nRUN rm -r /data\nCOPY d /data", |image| {
        assert_eq!(shown(image), ["/data/… context:d"]);
        assert!(image.is_certain("/data/inner.txt"));
    });
    of_steps("WORKDIR /data\nWORKDIR /\nRUN rm -r /data", |image| assert!(!image.is_certain("/data")));
    of_steps("RUN rm -rf /data\nWORKDIR /data", |image| assert!(image.is_certain("/data")));
}

#[test]
fn the_last_writer_provides() {
    let cases = [
        ("COPY a.txt /x\nCOPY b.txt /x", "/x", "/x context:b.txt"),
        ("COPY a.txt /x\nRUN echo 1 > /x", "/x", "/x plain"),
        ("COPY . /app\nRUN gcc -o /app/x main.c", "/app/x", "/app/x/… step"),
        // A tree of the context is no writer of what the context has not.
        ("RUN gcc -o /app/x main.c\nCOPY . /app", "/app/x", "/app/x/… step"),
        ("RUN echo 1 > /app/a.txt\nCOPY . /app", "/app/a.txt", "/app/… context:"),
        // A build may have written over it.
        ("COPY . /app\nWORKDIR /app\nRUN make", "/app/a.txt", "maybe /app/** step"),
    ];
    for (steps, path, expected) in cases {
        of_steps(steps, |image| {
            assert_eq!(image.provider(path).map(show).as_deref(), Some(expected), "{steps}");
        });
    }
    of_steps("COPY . /app", |image| assert_eq!(image.provider("/app/none"), None));
}

#[test]
fn entries_reach_by_their_extent() {
    let entry = |path: &str, extent| {
        of_steps("RUN mkdir /made", |image| Entry { path: path.to_owned(), extent, ..image.all()[0].clone() })
    };
    let cases = [
        ("/d", Extent::One, ["/d"].as_slice(), ["/d/x", "/dd", "/"].as_slice()),
        ("/d", Extent::Tree, &["/d", "/d/x", "/d/x/y"], &["/dd", "/"]),
        ("/d", Extent::Into, &["/d/x"], &["/d", "/d/x/y", "/e/x"]),
        ("/d", Extent::Within, &["/d", "/d/x", "/d/x/y"], &["/e"]),
        ("/d/*.jar", Extent::One, &["/d/x.jar"], &["/d/x.war", "/d/x/y.jar"]),
        ("/d/*/bin", Extent::Tree, &["/d/v1/bin/x"], &["/d/bin", "/d/v1/lib"]),
    ];
    for (path, extent, reached, beyond) in cases {
        let entry = entry(path, extent);
        assert!(reached.iter().all(|path| entry.reaches(path)), "{path} {extent:?}");
        assert!(!beyond.iter().any(|path| entry.reaches(path)), "{path} {extent:?}");
    }
}

#[test]
fn an_unknown_command_may_fill_directories_that_were_made_before() {
    let unknown = "RUN frobnicate --all";
    check(&[
        ("its working directory", "WORKDIR /w\nRUN frobnicate", &["maybe /w/** step"]),
        (
            "a directory made for it",
            "WORKDIR /w\nRUN mkdir /data\nRUN frobnicate",
            &["/data plain", "maybe /w/** step", "maybe /data/** step"],
        ),
        (
            "a path that it is told",
            "WORKDIR /w\nRUN frobnicate --out=/models",
            &["maybe /w/** step", "maybe /models/** step"],
        ),
        (
            "not a directory that is made later",
            "WORKDIR /w\nRUN frobnicate\nRUN mkdir /data",
            &["maybe /w/** step", "/data plain"],
        ),
        (
            "not what was removed",
            "WORKDIR /w\nRUN mkdir /data\nRUN rmdir /data || rm -r /data\nRUN frobnicate",
            &["maybe /w/** step"],
        ),
    ]);
    // A known command does not.
    check(&[("a compiler", "RUN mkdir /data\nRUN gcc -o /x x.c", &["/data plain", "/x/… step"])]);
    of_steps(&format!("RUN mkdir /data\nWORKDIR /w\n{unknown}"), |image| {
        assert_eq!(image.provider("/data/x").map(|e| e.step.as_str()), Some("frobnicate --all"));
        assert!(image.is_certain("/data") && !image.is_certain("/data/x"));
    });
}

#[test]
fn owners_and_users_are_known() {
    let steps = "COPY --chown=app:app a.txt /a\nUSER web\nCOPY b.txt /b\nRUN mkdir /tmp/d";
    of_steps(steps, |image| {
        let told: Vec<_> =
            image.entries().map(|(_, e)| (e.path.as_str(), e.chown.as_deref(), e.user.as_str())).collect();
        assert_eq!(told, [("/a", Some("app:app"), ""), ("/b", None, "web"), ("/tmp/d", None, "web")]);
    });
}

#[test]
fn entries_know_the_part_that_wrote_them() {
    of_steps("RUN mkdir /a && mkdir /b", |image| {
        let told: Vec<_> = image.entries().map(|(_, e)| (e.at.instruction, e.at.unit, e.step.as_str())).collect();
        assert_eq!(told, [(1, 0, "mkdir /a"), (1, 1, "mkdir /b")]);
    });
}

#[test]
fn what_is_certain() {
    let cases = [
        // Made, brought, or around what was.
        ("RUN mkdir -p /data/in", ["/data/in", "/data"].as_slice(), ["/data/in/x", "/dat"].as_slice()),
        ("WORKDIR /srv/app", &["/srv/app", "/srv"], &["/srv/app/x"]),
        ("COPY . /app", &["/app", "/app/d/inner.txt"], &["/app/none"]),
        ("COPY a.txt /etc/app/", &["/etc/app/a.txt", "/etc/app"], &["/etc/app/b.txt"]),
        ("COPY <<EOF /c/x\n1\nEOF", &["/c/x", "/c"], &["/c/y"]),
        ("COPY --from=example.org/tools /opt/t /opt/t", &["/opt/t", "/opt/t/anything"], &["/opt/u"]),
        // Programs by their names, not what else lies beside them.
        ("RUN gcc -o /out/x x.c", &["/out/x", "/out"], &["/out/x.o"]),
        // An installation fills the directory that it is told, under names that nobody knows.
        ("RUN GOBIN=/gobin go install example.org/x@v1", &["/gobin"], &["/gobin/x"]),
        // A tool may write, or not.
        ("ADD https://example.org/x /dl/x", &[], &["/dl/x"]),
        ("WORKDIR /w\nRUN frobnicate --out=/models", &["/w"], &["/models", "/w/x"]),
        // A mode is only set on what is there.
        ("RUN chmod +x /usr/bin/thing", &["/usr/bin/thing"], &["/usr/bin/other"]),
        // Directories of every system, and no names that are not known.
        ("COPY . /app", &["/usr/local/bin", "/etc", "/root"], &["/app/*.txt"]),
    ];
    for (steps, certain, uncertain) in cases {
        of_steps(steps, |image| {
            let not: Vec<_> = certain.iter().filter(|path| !image.is_certain(path)).collect();
            assert!(not.is_empty(), "{steps}: {not:?} are certain");
            let taken: Vec<_> = uncertain.iter().filter(|path| image.is_certain(path)).collect();
            assert!(taken.is_empty(), "{steps}: {taken:?} are not certain");
        });
    }
}

#[test]
fn the_nearest_certain_directory() {
    let cases = [
        ("WORKDIR /w\nRUN frobnicate", "/w/dist/x/y", "/w"),
        ("COPY . /app", "/app/none/x", "/app"),
        ("COPY . /app", "/app/d/inner.txt", "/app/d/inner.txt"),
        ("COPY . /app", "/opt/none/x", "/opt"),
        ("COPY . /app", "/none/x", "/"),
        ("COPY . /app\nRUN rm -r /app/d", "/app/d/inner.txt", "/app"),
    ];
    for (steps, path, expected) in cases {
        of_steps(steps, |image| assert_eq!(image.certain_above(path), expected, "{steps}: {path}"));
    }
}

#[test]
fn what_the_build_made() {
    let steps = "COPY . /app\nRUN gcc -o /app/bin/x /app/main.c\nRUN echo 1 > /app/note";
    of_steps(steps, |image| {
        let built = ["/app/bin/x", "/app/bin", "/app", "/app/note", "/app/a.txt", "/none"].map(|p| image.is_built(p));
        assert_eq!(built, [true, true, true, false, false, false]);
    });
}

#[test]
fn what_the_context_holds_behind_a_path() {
    let file = Some(ContextEntry::File { size: 1, executable: false });
    of_steps("COPY d /app\nCOPY a.txt /app/x\nCOPY d /gone\nRUN rm -r /gone", |image| {
        assert_eq!(image.context_has("/app/x"), file);
        assert_eq!(image.context_has("/app/deep"), Some(ContextEntry::Directory));
        assert_eq!(image.context_has("/app/none"), None);
        assert_eq!(image.context_has("/gone/inner.txt"), None);
        assert_eq!(image.context_has("/elsewhere"), None);
    });
    // A tree that is laid over another hides only what it has itself.
    of_steps("COPY . /app\nCOPY d /app", |image| {
        assert_eq!(image.context_has("/app/a.txt"), file);
        assert_eq!(image.provider("/app/a.txt").map(show).as_deref(), Some("/app/… context:"));
        assert_eq!(image.provider("/app/inner.txt").map(show).as_deref(), Some("/app/… context:d"));
    });
}

#[test]
fn an_unknown_context_may_hold_anything() {
    on("FROM example.org/base\nCOPY . /app\n", &crate::context::NoContext, |image| {
        assert_eq!(shown(image), ["/app/… context:"]);
        assert!(image.provider("/app/any/thing").is_some());
        assert_eq!(image.context_has("/app/any"), Some(ContextEntry::Unknown));
    });
}

#[test]
fn only_possible_entries_are_refuted() {
    let steps = "WORKDIR /w\nRUN gcc -o /x x.c\nRUN frobnicate";
    on(&format!("FROM example.org/base\n{steps}\n"), &project(), |image| {
        assert_eq!(shown(image), ["/x/… step", "maybe /w/** step"]);
    });
    let context = project();
    analysed(&format!("FROM example.org/base\n{steps}\n"), &context, |analysis, dockerfile| {
        let mut image = Image::of(analysis, dockerfile, &context, None);
        image.refute(|entry| entry.path == "/none");
        assert_eq!(shown(&image), ["/x/… step", "maybe /w/** step"]);
        image.refute(|_| true);
        assert_eq!(shown(&image), ["/x/… step"]);
    });
}

/// Asks the image of a stage that takes from a builder named `builder`.
fn taken<T>(builder: &str, runtime: &str, ask: impl FnOnce(&Image<'_>) -> T) -> T {
    let context = project();
    let from = |steps: &str| format!("FROM example.org/base\n{steps}\n");
    analysed(&from(builder), &context, |of_builder, builder_file| {
        let builder = Image::of(of_builder, builder_file, &context, None);
        analysed(&from(runtime), &context, |analysis, dockerfile| {
            ask(&Image::of(analysis, dockerfile, &context, Some(("builder", &builder))))
        })
    })
}

#[test]
fn a_copy_from_the_builder_takes_entries_with_their_origins() {
    let cases: &[(&str, &str, &str, &[&str])] = &[
        ("a program", "RUN gcc -o /out/x x.c", "COPY --from=builder /out/x /usr/bin/x", &["/usr/bin/x/… step"]),
        (
            "a directory with all that it holds",
            "COPY . /app\nRUN gcc -o /app/x main.c\nRUN echo 1 > /app/note",
            "COPY --from=builder /app /app",
            &["/app/… context:", "/app/x/… step", "/app/note plain"],
        ),
        (
            "a file of a tree of the context",
            "COPY . /app",
            "COPY --from=builder /app/d/inner.txt /etc/inner",
            &["/etc/inner/… context:d/inner.txt"],
        ),
        (
            "a part of what a build may have written",
            "WORKDIR /w\nRUN make",
            "COPY --from=builder /w/dist /srv/dist",
            &["maybe /srv/dist/… step"],
        ),
        ("what the builder has not", "COPY a.txt /a", "COPY --from=builder /none /none", &[]),
        (
            "what the builder has not any more",
            "RUN gcc -o /out/x x.c\nRUN rm /out/x",
            "COPY --from=builder /out/x /x",
            &[],
        ),
        ("the stage's name in other letters", "RUN gcc -o /x x.c", "COPY --from=BUILDER /x /x", &["/x/… step"]),
        (
            "another image beside",
            "RUN gcc -o /x x.c",
            "COPY --from=example.org/tools /x /x",
            &["/x/… example.org/tools:/x"],
        ),
    ];
    for (about, builder, runtime, expected) in cases {
        taken(builder, runtime, |image| assert_eq!(shown(image), *expected, "{about}"));
    }
}

#[test]
fn a_copy_from_the_builder_takes_holes_and_owners() {
    taken("COPY . /app\nRUN rm -r /app/d", "COPY --from=builder --chown=web /app /srv/app", |image| {
        assert!(image.provider("/srv/app/a.txt").is_some() && image.is_certain("/srv/app/a.txt"));
        assert!(image.provider("/srv/app/d/inner.txt").is_none() && !image.is_certain("/srv/app/d"));
        assert_eq!(image.provider("/srv/app/a.txt").and_then(|e| e.chown.as_deref()), Some("web"));
    });
    taken("COPY --chown=app a.txt /a", "COPY --from=builder /a /a", |image| {
        assert_eq!(image.provider("/a").and_then(|e| e.chown.as_deref()), Some("app"));
        assert_eq!(image.provider("/a").map(|e| e.at.instruction), Some(1));
    });
    taken("RUN mkdir -p /app/logs", "COPY --from=builder /app /app", |image| {
        assert!(image.is_certain("/app/logs"));
    });
}

/// Packages with what became of them: `name` or `name (removed)`.
fn packages(steps: &str) -> Vec<String> {
    of_steps(steps, |image| {
        let told = |package: &Package| match package.removed {
            Some(_) => format!("{} (removed)", package.name),
            None => package.name.clone(),
        };
        image.packages().iter().map(told).collect()
    })
}

#[test]
fn packages_are_installed_and_removed() {
    let cases: &[(&str, &[&str])] = &[
        ("RUN apt-get update && apt-get install -y gcc=4:12.2 libpq-dev:amd64", &["gcc", "libpq-dev"]),
        ("RUN apt-get install -y gcc jq\nRUN apt-get purge -y --auto-remove gcc", &["gcc (removed)", "jq"]),
        ("RUN apt-get install -y gcc && apt-get remove -y gcc\nRUN apt-get install -y gcc", &["gcc (removed)", "gcc"]),
        ("RUN apt-get install -y gcc && apt-get upgrade -y && apt-get clean", &["gcc"]),
        ("RUN apk add --no-cache -t .build gcc musl-dev\nRUN apk del .build", &["gcc (removed)", "musl-dev (removed)"]),
        (
            "RUN apk add --virtual .build gcc && apk add --virtual=.more make jq && apk del .more",
            &["gcc", "make (removed)", "jq (removed)"],
        ),
        ("RUN apk add --virtual .build gcc && apk del gcc", &["gcc (removed)"]),
        ("RUN apk add gcc && apk del .none", &["gcc"]),
    ];
    for (steps, expected) in cases {
        assert_eq!(packages(steps), *expected, "{steps}");
    }
}

#[test]
fn packages_know_the_words_that_name_them() {
    of_steps("RUN apt-get update && apt-get install -y gcc make", |image| {
        let told: Vec<_> = image.packages().iter().map(|p| (p.name.as_str(), p.at, p.word)).collect();
        let at = At { instruction: 1, unit: 1 };
        assert_eq!(told, [("gcc", at, (0, 0)), ("make", at, (0, 1))]);
    });
}

/// A context of very many files, which must not be listed.
#[derive(Default)]
struct Huge {
    asked: AtomicUsize,
}

impl BuildContext for Huge {
    fn entry(&self, path: &str) -> ContextEntry {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match path.rsplit('/').next().unwrap_or_default() {
            "" | "files" => ContextEntry::Directory,
            name => match name.parse::<u32>() {
                Ok(number) if number < 100_000 => ContextEntry::File { size: 1, executable: false },
                _ => ContextEntry::Absent,
            },
        }
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        panic!("`{path}` is read")
    }
    fn list(&self, directory: &str) -> Result<Vec<String>, Unavailable> {
        panic!("`{directory}` is listed")
    }
    fn is_known(&self) -> bool {
        true
    }
    fn doubt(&self) -> Option<&str> {
        None
    }
}

#[test]
fn a_context_of_many_files_is_not_listed() {
    let context = Huge::default();
    let text = "FROM example.org/base\nCOPY . /app\nCOPY files /files\nRUN gcc -o /app/x x.c\n\
                RUN cp -r /files /copy && rm -r /files/1\nRUN chown -R 1000 /app\n";
    on(text, &context, |image| {
        assert_eq!(
            shown(image),
            ["/app/… context:", "/files/… context:files", "/app/x/… step", "/copy/… plain <- /files"]
        );
        assert!(image.is_certain("/app/files/99999") && !image.is_certain("/app/files/100000"));
        assert!(!image.is_certain("/files/1") && image.is_certain("/files/2"));
        assert_eq!(image.certain_above("/app/none/x"), "/app");
        assert_eq!(image.provider("/app/files/5").map(show).as_deref(), Some("/app/… context:"));
        assert!(image.context_has("/files/7").is_some() && image.is_built("/app"));
    });
    let asked = context.asked.load(Ordering::Relaxed);
    assert!(asked < 100, "the context was asked {asked} times");
}
