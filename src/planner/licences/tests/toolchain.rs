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

/// Pages that gems make, below the document root of a server.
fn pages(packages: &str, end: &str) -> String {
    format!(
        "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y ruby-full build-essential {packages}\n\
         WORKDIR /usr/src/site\nCOPY Gemfile Gemfile.lock ./\nRUN bundle install\nCOPY . .\n\
         RUN bundle exec jekyll build --destination /var/www/site\n{end}\n"
    )
}

const GEMS: &str = "/var/lib/gems/3.0.0";
const GEMFILE: (&str, &str) = ("Gemfile", "source 'https://rubygems.org'\ngem 'jekyll'\n");
const GEM_LOCK: (&str, &str) = ("Gemfile.lock", "GEM\n  remote: https://rubygems.org/\n  specs:\n    jekyll (4.3.3)\n");
const NGINX: &str = "CMD [\"nginx\", \"-g\", \"daemon off;\"]";

#[test]
fn lets_a_language_go_of_which_nothing_runs() {
    let documents = |command: &str| {
        format!(
            "FROM python:3.11-slim\nWORKDIR /docs\nCOPY . .\nRUN pip install mkdocs && mkdocs build\nCMD {command}\n"
        )
    };
    let site_packages = "/usr/local/lib/python3.11/site-packages";
    check(&[
        Case {
            about: "a server reads its configuration and shows files",
            file: pages("nginx", NGINX),
            context: &[GEMFILE, GEM_LOCK],
            path: GEMS,
            fate: Goes(Toolchain),
        },
        Case {
            about: "a server that is part of the interpreter imports no package",
            file: documents("python -m http.server 8000 --directory /docs/site"),
            context: &[("docs/index.md", "")],
            path: site_packages,
            fate: Goes(Toolchain),
        },
        Case {
            about: "a module of a package",
            file: documents("python -m mkdocs serve"),
            context: &[("docs/index.md", "")],
            path: site_packages,
            fate: Stays,
        },
        Case {
            about: "the server runs programs of the language inside",
            file: pages("nginx libnginx-mod-http-passenger", NGINX),
            context: &[GEMFILE, GEM_LOCK],
            path: GEMS,
            fate: Stays,
        },
        Case {
            about: "the health check calls the interpreter",
            file: pages("nginx", &format!("HEALTHCHECK CMD ruby -rjekyll -e 1\n{NGINX}")),
            context: &[GEMFILE, GEM_LOCK],
            path: GEMS,
            fate: Stays,
        },
        Case {
            about: "a program of the project begins with the interpreter's name",
            file: pages("apache2", "CMD [\"apache2ctl\", \"-D\", \"FOREGROUND\"]"),
            context: &[GEMFILE, GEM_LOCK, ("cgi/form", "#!/usr/bin/env ruby\nrequire 'jekyll'\n")],
            path: GEMS,
            fate: Stays,
        },
        Case {
            about: "the configuration names the interpreter",
            file: pages("nginx", &format!("COPY site.conf /etc/nginx/conf.d/site.conf\n{NGINX}")),
            context: &[GEMFILE, GEM_LOCK, ("site.conf", "passenger_ruby /usr/bin/ruby3.0;\n")],
            path: GEMS,
            fate: Stays,
        },
        Case {
            about: "a command that nothing else brings",
            file: pages("nginx", "CMD [\"frobnicate\"]"),
            context: &[GEMFILE, GEM_LOCK],
            path: GEMS,
            fate: Stays,
        },
    ]);
    check_without_context(&[Case {
        about: "a context that nobody gave",
        file: pages("nginx", NGINX),
        context: &[],
        path: GEMS,
        fate: Stays,
    }]);
}

#[test]
fn lets_fetched_programs_of_the_build_go() {
    let file = |end: &str| {
        format!(
            "FROM debian:bookworm-slim\nRUN apt-get update && apt-get install -y curl nginx\n\
             RUN curl -L https://example.org/frob.tar.gz | tar -xz -C /usr/local/bin frob\nWORKDIR /site\nCOPY . .\n\
             RUN frob -d /var/www/html && mkdir -p /var/www/html\n{end}\n"
        )
    };
    let case = |about, end: &str, fate| Case {
        about,
        file: file(end),
        context: &[("frob.toml", "")],
        path: "/usr/local/bin",
        fate,
    };
    check(&[
        case("a step of the build calls it", NGINX, Goes(Toolchain)),
        case("the health check calls it", &format!("HEALTHCHECK CMD frob check\n{NGINX}"), Stays),
        case("what runs is not known", "CMD [\"frobnicate\"]", Stays),
    ]);
    let uncalled = Case { file: file(NGINX).replace("RUN frob", "RUN echo"), ..case("no step calls it", NGINX, Stays) };
    check(&[uncalled]);
}
