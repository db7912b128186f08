//! *toolchain*: tools that steps install, and those of the base image.

use super::*;

const MODULES: &str = "/usr/local/lib/node_modules";
const NODE_MAIN: (&str, &str) = ("src/main.ts", "console.log(1)\n");
const NODE_STARTS_TSC: (&str, &str) =
    ("src/main.ts", "import { execSync } from 'child_process'\nexecSync('tsc --version')\n");
const NODE_STARTS_ANY: (&str, &str) =
    ("src/main.ts", "import { execSync } from 'child_process'\nexecSync(process.argv[2])\n");

/// A program in TypeScript whose tools are installed beside the interpreter.
fn typescript(tools: &str, end: &str) -> String {
    format!(
        "FROM node:20\nRUN npm install -g {tools}\nWORKDIR /app\nCOPY . .\nRUN npm ci && tsc --outDir dist\n{end}\n"
    )
}

const NODE_END: &str = "CMD [\"node\", \"dist/main.js\"]";

/// A Python program whose packages are installed by a tool that another image brings.
fn uv(path: &str, command: &str) -> String {
    format!(
        "FROM python:3.12\nCOPY --from=ghcr.io/astral-sh/uv:0.5 /uv {path}\nWORKDIR /app\nCOPY . .\n\
         RUN uv pip install --system flask\n{command}\n"
    )
}

#[test]
fn lets_tools_go_that_nothing_calls() {
    check(&[
        Case {
            about: "all that runs was read, and nothing names what was installed",
            file: typescript("typescript http-server", NODE_END),
            context: &[PACKAGE, LOCK, NODE_MAIN],
            path: MODULES,
            fate: Goes(Toolchain),
        },
        Case {
            about: "a compiler installed beside the interpreter",
            file: typescript("typescript", NODE_END),
            context: &[PACKAGE, LOCK, NODE_MAIN],
            path: MODULES,
            fate: Goes(Toolchain),
        },
        Case {
            about: "a tool of another image",
            file: uv("/bin/uv", "CMD [\"python\", \"app.py\"]"),
            context: &[("app.py", "print(1)\n")],
            path: "/bin/uv",
            fate: Goes(Toolchain),
        },
        Case {
            about: "a tool of another image among commands that are copied, which takes it along",
            file: uv("/usr/local/bin/uv", "CMD [\"python\", \"app.py\"]"),
            context: &[("app.py", "print(1)\n")],
            path: "/usr/local/bin/uv",
            fate: Stays,
        },
    ]);
}

#[test]
fn is_void_when_run_time_calls_the_tool() {
    check(&[
        Case {
            about: "the command calls it",
            file: typescript("typescript", "CMD tsc --version && node dist/main.js"),
            context: &[PACKAGE, LOCK, NODE_MAIN],
            path: MODULES,
            fate: NeedsALook,
        },
        Case {
            about: "the program starts it",
            file: typescript("typescript", NODE_END),
            context: &[PACKAGE, LOCK, NODE_STARTS_TSC],
            path: MODULES,
            fate: Stays,
        },
        Case {
            about: "an entry script calls it",
            file: typescript("typescript", "ENTRYPOINT [\"/app/start.sh\"]"),
            context: &[PACKAGE, LOCK, NODE_MAIN, ("start.sh", "#!/bin/sh\ntsc --version\nexec node dist/main.js\n")],
            path: MODULES,
            fate: NeedsALook,
        },
        Case {
            about: "a tool of another image is the command",
            file: uv("/usr/local/bin/uv", "CMD [\"uv\", \"run\", \"app.py\"]"),
            context: &[("app.py", "print(1)\n")],
            path: "/usr/local/bin/uv",
            fate: Stays,
        },
    ]);
}

#[test]
fn is_void_in_doubt() {
    check(&[
        Case {
            about: "among what is installed is something that is no known tool, and the program may start it",
            file: typescript("typescript http-server", NODE_END),
            context: &[PACKAGE, LOCK, NODE_STARTS_ANY],
            path: MODULES,
            fate: Stays,
        },
        Case {
            about: "among what is installed is something that is no known tool, and a source names it",
            file: typescript("typescript http-server", NODE_END),
            context: &[PACKAGE, LOCK, ("src/main.ts", "console.log('http-server')\n")],
            path: MODULES,
            fate: Stays,
        },
        Case {
            about: "run time calls a command that nobody is known to bring",
            file: typescript("typescript", "CMD frobnicate && node dist/main.js"),
            context: &[PACKAGE, LOCK, NODE_MAIN],
            path: MODULES,
            fate: Stays,
        },
        Case {
            about: "the program starts a command whose name is computed",
            file: typescript("typescript", NODE_END),
            context: &[PACKAGE, LOCK, NODE_STARTS_ANY],
            path: MODULES,
            fate: NeedsALook,
        },
    ]);
    let unread = Case {
        about: "the entry script is known by its name only",
        file: typescript("typescript", "ENTRYPOINT [\"/app/start.sh\"]"),
        context: &[],
        path: MODULES,
        fate: NeedsALook,
    };
    judge(&[unread], |_| Box::new(MemoryContext::new([PACKAGE, LOCK, NODE_MAIN]).name("start.sh")));
    check_without_context(&[Case {
        about: "the program cannot be read",
        file: typescript("typescript", NODE_END),
        context: &[],
        path: MODULES,
        fate: NeedsALook,
    }]);
}

/// What leaves by *toolchain* with the base image; `None` when the plan is not safe or there is none.
fn base_leaves(file: &str, context: &dyn BuildContext) -> Option<Vec<String>> {
    converted(file, context, |conversion, _| {
        let Outcome::Convert(plan) = &conversion.outcome else { return None };
        let left = plan.leaves.iter().filter(|leaving| leaving.licence == Toolchain);
        is_safe(conversion).then(|| left.flat_map(|leaving| leaving.what.clone()).collect())
    })
}

#[test]
fn of_the_base_image() {
    let file = |image: &str, command: &str| {
        format!(
            "FROM {image}\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /usr/local/bin/app .\nCMD {command}\n"
        )
    };
    let app = "[\"/usr/local/bin/app\"]";
    let read = |main| MemoryContext::new([GO_MOD, main]);
    let left = base_leaves(&file("golang:1.22", app), &read(GO_MAIN)).expect("a safe plan");
    assert!(left.iter().any(|what| what.contains("golang:1.22")), "{left:?}");
    // A demand: the program starts the compiler, or the command is the tool.
    assert_eq!(base_leaves(&file("golang:1.22", app), &read(GO_STARTS_GCC)), None);
    assert_eq!(base_leaves(&file("golang:1.22", "go run ."), &read(GO_MAIN)), None);
    // A doubt: an image that no table knows, a program whose commands are computed, or one that cannot be read.
    assert_eq!(
        base_leaves(&file("registry.example.org/team/golang:1", app), &read(GO_MAIN)).unwrap_or_default(),
        [""; 0]
    );
    assert_eq!(base_leaves(&file("golang:1.22", app), &read(GO_STARTS_ANY)), None);
    assert_eq!(base_leaves(&file("golang:1.22", app), &NoContext), None);
}
