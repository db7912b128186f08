//! *development-dependency*: packages of a language that a finished build leaves behind.

use super::*;

/// A Next.js program.
fn next(end: &str) -> String {
    format!("FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci && npx next build\n{end}\n")
}

const NODE_MODULES: &str = "/app/node_modules";
const NEXT: (&str, &str) = ("package.json", "{\"name\":\"web\",\"dependencies\":{\"next\":\"14.0.0\"}}");
const NEXT_CONFIG: (&str, &str) = ("next.config.js", "module.exports = { output: 'standalone' }\n");

#[test]
fn lets_packages_of_a_finished_build_go() {
    check(&[
        Case {
            about: "a server is told nothing about them",
            file: site(""),
            context: &[WEB, LOCK],
            path: NODE_MODULES,
            fate: Goes(DevelopmentDependency),
        },
        Case {
            about: "the build put what the program loads into a directory of its own",
            file: next("RUN cp -r public .next/standalone/\nCMD [\"node\", \".next/standalone/server.js\"]"),
            context: &[NEXT, LOCK, NEXT_CONFIG, ("public/a.png", "")],
            path: NODE_MODULES,
            fate: Goes(DevelopmentDependency),
        },
    ]);
}

#[test]
fn is_void_when_run_time_reads_the_packages() {
    check(&[
        Case {
            about: "the server's configuration names the directory",
            file: site("COPY site.conf /etc/nginx/conf.d/default.conf\n"),
            context: &[WEB, LOCK, ("site.conf", "server { location /m { alias /app/node_modules; } }\n")],
            path: NODE_MODULES,
            fate: Stays,
        },
        Case {
            about: "a link that stays leads there",
            file: site("RUN ln -s /app/node_modules /usr/share/nginx/html/modules\n"),
            context: &[WEB, LOCK],
            path: NODE_MODULES,
            fate: Stays,
        },
        Case {
            about: "the program is loaded with them",
            file: next("CMD [\"node\", \"server.js\"]"),
            context: &[NEXT, LOCK, NEXT_CONFIG, ("server.js", "require('next')\n")],
            path: NODE_MODULES,
            fate: Stays,
        },
    ]);
}

#[test]
fn is_void_when_run_time_checks_its_health_with_them() {
    check(&[Case {
        about: "a program outside of the directory runs too",
        file: next(
            "RUN cp -r public .next/standalone/\nHEALTHCHECK CMD node /app/health.js\nCMD [\"node\", \".next/standalone/server.js\"]",
        ),
        context: &[NEXT, LOCK, NEXT_CONFIG, ("public/a.png", ""), ("health.js", "require('undici')\n")],
        path: NODE_MODULES,
        fate: Stays,
    }]);
}

#[test]
fn is_void_in_doubt() {
    let unread = MemoryContext::new([WEB, LOCK]).name("site.conf");
    let case = Case {
        about: "the server's configuration is not read",
        file: site("COPY site.conf /etc/nginx/conf.d/default.conf\n"),
        context: &[],
        path: NODE_MODULES,
        fate: Stays,
    };
    judge(&[case], |_| Box::new(unread.clone()));
    check_without_context(&[Case {
        about: "a context that nobody gave",
        file: site("COPY site.conf /etc/nginx/conf.d/default.conf\n"),
        context: &[],
        path: NODE_MODULES,
        fate: Stays,
    }]);
    check(&[
        Case {
            about: "the entry script of the server is not there to be read",
            file: site("ENTRYPOINT [\"/opt/start.sh\"]\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n"),
            context: &[WEB, LOCK],
            path: NODE_MODULES,
            fate: Stays,
        },
        Case {
            about: "a program whose file is not named",
            file: next("CMD [\"npx\", \"frobnicate\"]"),
            context: &[NEXT, LOCK, NEXT_CONFIG],
            path: NODE_MODULES,
            fate: Stays,
        },
    ]);
}

/// A gathered program lies below its project, where Node.js finds packages and the working directory finds files.
#[test]
fn is_void_when_run_time_loads_packages_by_their_names() {
    let standalone = |source: &'static str| -> Vec<(&'static str, &'static str)> {
        let both = "{\"dependencies\":{\"next\":\"14.0.0\",\"pino\":\"9.0.0\",\"pino-pretty\":\"11.0.0\"}}";
        vec![("package.json", both), LOCK, NEXT_CONFIG, ("lib/log.ts", source)]
    };
    let end = "RUN cp -r .next/static .next/standalone/.next/\nCMD [\"node\", \".next/standalone/server.js\"]";
    for (about, source, path, fate) in [
        ("nothing is named", "import pino from 'pino'\n", NODE_MODULES, Goes(DevelopmentDependency)),
        ("a setting names one", "pino({ transport: { target: 'pino-pretty' } })\n", NODE_MODULES, Stays),
        ("a name is computed", "await import(process.env.DRIVER)\n", NODE_MODULES, Stays),
        ("files are opened", "readFileSync('lib/prices.json')\n", "/app", Stays),
    ] {
        check(&[Case { about, file: next(end), context: standalone(source).leak(), path, fate }]);
    }
}
