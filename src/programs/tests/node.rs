use super::{lines, opens, read};
use crate::programs::Reading;

fn program(text: &str) -> Reading {
    read("node", &[("server.js", text)], "")
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn commands_are_found_where_they_are() {
    for (about, text, commands, unknown) in [
        (
            "exec",
            "const cp = require('child_process');\ncp.exec('git log | head');",
            vec!["server.js:2 git", "server.js:2 head", "server.js:2 sh"],
            0,
        ),
        (
            "taken apart",
            "const { spawn } = require('node:child_process');\nspawn('ffmpeg', args);",
            vec!["server.js:2 ffmpeg"],
            0,
        ),
        (
            "under another name",
            "const { exec: run } = require('child_process');\nrun('uptime');",
            vec!["server.js:2 sh", "server.js:2 uptime"],
            0,
        ),
        (
            "imported",
            "import { execFileSync as run } from 'node:child_process';\nrun('ps', ['aux']);",
            vec!["server.js:2 ps"],
            0,
        ),
        ("the whole module", "import * as cp from 'child_process';\ncp.spawnSync(\"df\");", vec!["server.js:2 df"], 0),
        (
            "promisified",
            "const util = require('util');\nconst exec = util.promisify(require('child_process').exec);\nexec(`convert ${a} ${b}`);",
            vec!["server.js:3 convert", "server.js:3 sh"],
            0,
        ),
        ("execa", "import { execa } from 'execa';\nawait execa('pandoc', ['x']);", vec!["server.js:2 pandoc"], 0),
        ("at once", "require('child_process').execSync('tar x');", vec!["server.js:1 sh", "server.js:1 tar"], 0),
        (
            "a constant",
            "const cp = require('child_process');\nconst TOOL = 'pdftoppm';\nfunction f() { cp.spawn(TOOL); }",
            vec!["server.js:3 pdftoppm"],
            0,
        ),
        (
            "a default",
            "const cp = require('child_process');\ncp.spawn(process.env.FFMPEG || 'ffmpeg');",
            vec!["server.js:2 ffmpeg"],
            0,
        ),
        ("computed", "const cp = require('child_process');\ncp.spawn(tool());", vec![], 1),
        ("given away", "const cp = require('child_process');\nuse(cp.exec);", vec![], 1),
        ("a computed module", "require(name);", vec![], 1),
        ("a module that is computed and loaded later", "const load = (n) => import(n);", vec![], 1),
        (
            "loaded later",
            "const cp = await import('child_process');\ncp.exec('git log');",
            vec!["server.js:2 git", "server.js:2 sh"],
            0,
        ),
        ("a member of an object", "this.cp = require('child_process');\nthis.cp.exec('git');", vec![], 1),
        ("given on whole", "module.exports = require('child_process');", vec![], 1),
        ("a name given on", "const cp = require('child_process');\nmodule.exports = { cp };", vec![], 1),
        ("taken by key", "const cp = require('child_process');\nconst f = cp[name];", vec![], 1),
        ("exported again", "export { exec } from 'child_process';", vec![], 1),
        ("exported whole", "export * from 'child_process';", vec![], 1),
        (
            "exported under a name",
            "import { promisify } from 'util';\nimport cp from 'child_process';\nexport const run = promisify(cp.exec);",
            vec![],
            2,
        ),
        (
            "promisified away",
            "const util = require('util');\nthis.run = util.promisify(require('child_process').exec);",
            vec![],
            2,
        ),
        (
            "declared twice",
            "var cp = require('child_process');\nvar cp = require('child_process');\ncp.spawn('df');",
            vec!["server.js:3 df"],
            0,
        ),
        (
            "a shell's line",
            "const { spawn } = require('child_process');\nspawn('sh', ['-c', 'du -s | sort']);",
            vec!["server.js:2 du", "server.js:2 sh", "server.js:2 sort"],
            0,
        ),
        (
            "a shell's script",
            "const { spawn } = require('child_process');\nspawn('bash', ['run.sh']);",
            vec!["server.js:2 bash"],
            1,
        ),
        (
            "what starts others",
            "const { spawn } = require('child_process');\nspawn('sudo', ['git']);",
            vec!["server.js:2 sudo"],
            1,
        ),
        (
            "the project's own program",
            "const { spawn } = require('child_process');\nspawn('./tool', []);",
            vec!["server.js:2 ./tool"],
            1,
        ),
        ("a regular expression", "const m = /x/.exec('git log');\nconst n = re.exec('git');", vec![], 0),
        ("a comment", "// require('child_process').exec('git')\nconst s = \"exec('git')\";", vec![], 0),
    ] {
        let reading = program(text);
        assert_eq!(lines(&reading.subprocesses), commands, "{about}");
        assert_eq!(reading.unknown_subprocesses.len(), unknown, "{about}: {:?}", reading.unknown_subprocesses);
        assert!(reading.complete, "{about}");
    }
}

#[test]
fn packages_that_start_commands_are_known() {
    for (text, commands, unknown) in [
        ("const git = require('simple-git');", vec!["server.js:1 git"], 0),
        ("import ffmpeg from 'fluent-ffmpeg';", vec!["server.js:1 ffmpeg", "server.js:1 ffprobe"], 0),
        ("import pidusage from 'pidusage';", vec!["server.js:1 ps"], 0),
        ("import express, { Router } from 'express';\nimport x from './own.js';\nimport y from '@/lib/y';", vec![], 0),
        ("import puppeteer from 'puppeteer';", vec![], 1),
        ("import strange from '@strange/thing';", vec![], 1),
    ] {
        let reading = program(text);
        assert_eq!(lines(&reading.subprocesses), commands, "{text}");
        assert_eq!(reading.unknown_subprocesses.len(), unknown, "{text}: {:?}", reading.unknown_subprocesses);
    }
}

#[test]
fn file_opens_are_found() {
    for (about, text, expected) in [
        ("a literal", "const fs = require('fs');\nfs.readFileSync('a.json');", "these\nserver.js:2 a.json"),
        (
            "beside the source",
            "const path = require('path'), express = require('express');\nconst app = express();\napp.use(express.static(path.join(__dirname, 'assets')));",
            "these\nserver.js:3 assets",
        ),
        (
            "a member of a promise",
            "import fs from 'fs';\nawait fs.promises.readFile(`data/${id}.json`);",
            "these\nserver.js:2 data",
        ),
        ("promises", "import { readFile } from 'fs/promises';\nreadFile('x');", "these\nserver.js:2 x"),
        (
            "from the environment",
            "const fs = require('fs');\nfs.readFileSync(process.env.CONF ?? 'conf/a.json');",
            "these\nserver.js:2 conf\nserver.js:2 conf/a.json",
        ),
        (
            "views",
            "const app = require('express')();\napp.get('/', (q, s) => s.render('index'));",
            "these\nserver.js:2 views",
        ),
        ("sent", "const express = require('express');\nres.sendFile('index.html');", "these\nserver.js:2 index.html"),
        (
            "computed",
            "const fs = require('fs');\nfs.readFile(name(), cb);",
            "not proven\nserver.js:2 fs.readFile opens a path that is computed",
        ),
        ("configuration", "require('dotenv').config();", "these\nserver.js:1 .env"),
        ("nothing", "console.log(1);", "nothing"),
    ] {
        assert_eq!(opens(&program(text)), expected, "{about}");
    }
}

#[test]
fn typescript_is_read_and_runs_elsewhere() {
    let text = "import { exec } from 'child_process';\nimport * as fs from 'fs';\nconst n: string = 'git';\nexport function f(): void { exec(`${n} log` as string); }\n";
    let reading = read("node", &[("src/a.ts", text)], "");
    assert_eq!(lines(&reading.subprocesses), ["src/a.ts:4 git", "src/a.ts:4 sh"]);
    let text = "import * as fs from 'fs';\nfs.readFileSync(__dirname + '/x');\n";
    assert_eq!(
        opens(&read("node", &[("src/a.ts", text)], "")),
        "not proven\nsrc/a.ts:2 fs.readFileSync opens a path that is computed"
    );
    let text = "export const A = () => <p>{x}</p>;\n";
    assert!(read("node", &[("a.tsx", text), ("b.jsx", text)], "").complete);
}

#[test]
fn files_of_tools_are_not_the_programs() {
    let command = "require('child_process').execSync('git log');";
    let files = [
        ("server.js", "1;"),
        ("jest.config.js", command),
        ("a.test.js", command),
        ("node_modules/x/index.js", command),
        ("dist/a.js", command),
    ];
    let reading = read("node", &files, "");
    assert_eq!((reading.files, reading.subprocesses.len()), (1, 0));
}

#[test]
fn sources_are_found_wherever_they_are() {
    let command = "require('child_process').execSync('git log');";
    let script = format!("#!/usr/bin/env node\n{command}");
    for (about, files, expected) in [
        ("a script without extension", vec![("bin/www", script.as_str())], vec!["bin/www:2 git", "bin/www:2 sh"]),
        (
            "what is passed over is imported",
            vec![("server.js", "require('./build/run');"), ("build/run.js", command)],
            vec!["build/run.js:1 git", "build/run.js:1 sh"],
        ),
        (
            "a directory is imported",
            vec![("server.mjs", "import x from './dist';"), ("dist/index.js", command)],
            vec!["dist/index.js:1 git", "dist/index.js:1 sh"],
        ),
    ] {
        let reading = read("node", &files, "");
        assert_eq!(lines(&reading.subprocesses), expected, "{about}");
        assert!(reading.complete, "{about}");
    }
}

#[test]
fn what_the_build_makes_is_not_known() {
    let missing = read("node", &[("server.js", "1;\nimport './generated/client';")], "");
    assert!(!missing.complete);
    assert_eq!(opens(&missing), "not proven\nserver.js:2 imports ./generated/client, which is not there");
    let only_built = read("node", &[("dist/server.js", "1;")], "");
    assert!(!only_built.complete, "a committed result is not the program's source");
    let data = [
        ("server.js", "import a from './a.json';\nimport b from './types';"),
        ("a.json", "{}"),
        ("types.d.ts", "export type A = 1;"),
    ];
    assert!(read("node", &data, "").complete);
}

#[test]
fn packages_of_the_manifest_count_without_an_import() {
    let manifest = "{ \"dependencies\": {\n \"express\": \"4\",\n \"strange\": \"1\" },\n \"devDependencies\": { \"other\": \"1\" } }";
    let reading = read("node", &[("server.js", "1;"), ("package.json", manifest)], "");
    assert_eq!(lines(&reading.unknown_packages), ["package.json:3 strange"]);
    assert_eq!(reading.unknown_subprocesses.len(), 1);
    assert!(opens(&reading).starts_with("not proven"));
    assert!(!read("node", &[("server.js", "1;"), ("package.json", "{")], "").complete);
}

#[test]
fn a_file_with_a_packages_name_does_not_hide_it() {
    let files = [("server.js", "const p = require('puppeteer');"), ("puppeteer.js", "1;")];
    assert_eq!(read("node", &files, "").unknown_subprocesses.len(), 1);
}

#[test]
fn native_libraries_are_found() {
    let reading = program("const lib = require('koffi').load('./libx.so');\nrequire('bindings')(name());");
    assert_eq!(
        lines(&reading.native_code),
        ["server.js:1 koffi", "server.js:1 ./libx.so", "server.js:2 a call loads a library whose name is computed"]
    );
    assert!(opens(&reading).starts_with("not proven"));
}

#[test]
fn tls_is_found() {
    assert_eq!(
        lines(&program("const axios = require('axios');\nrequire('https');").tls),
        ["server.js:1 axios", "server.js:2 https"]
    );
    assert!(program("require('http');").tls.is_empty());
}

#[test]
fn other_languages_of_the_program_leave_it_open() {
    let reading = read("node", &[("server.js", "1;"), ("src/App.vue", "<script></script>")], "");
    assert!(!reading.complete);
    assert_eq!(opens(&reading), "not proven\nsrc/App.vue:1 is written in a language that is not read");
}
