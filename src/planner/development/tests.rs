//! Where development dependencies go, and every doubt that keeps them.

mod python;

use crate::context::MemoryContext;
use crate::planner::{Applicability, Outcome};
use crate::{Conversion, Request, convert};
use std::collections::BTreeMap;

const FILE: &str = "FROM node:20-alpine\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\nCMD [\"node\", \"dist/main.js\"]\n";
const MANIFEST: &str = r#"{"scripts": {"build": "tsc", "start": "node dist/main.js", "old": "ts-node src/main.ts"},
    "dependencies": {"express": "4"}, "devDependencies": {"typescript": "5", "jest": "29", "webpack": "5", "left-pad": "1"}}"#;
const LOCK: &str = r#"{"lockfileVersion": 3, "packages": {"": {}, "node_modules/express": {"dependencies": {"qs": "1"}, "peerDependencies": {"tedious": "1"}, "peerDependenciesMeta": {"tedious": {"optional": true}}},
    "node_modules/qs": {}, "node_modules/typescript": {"dev": true, "bin": {"tsc": "x"}}, "node_modules/jest": {"dev": true, "dependencies": {"only-dev": "1"}},
    "node_modules/only-dev": {"dev": true}, "node_modules/webpack": {"dev": true}, "node_modules/left-pad": {"dev": true}, "node_modules/tedious": {"dev": true}}}"#;
const MAIN: &str = "import express from 'express';\nimport { join } from 'path';\nexpress().listen(3000);\n";

/// A project whose development dependencies go, with some files changed; an empty text takes a file away.
fn with(file: &str, changed: &[(&str, &str)]) -> Conversion {
    let mut files: BTreeMap<&str, &str> = [
        ("package.json", MANIFEST),
        ("package-lock.json", LOCK),
        ("src/main.ts", MAIN),
        ("src/main.spec.ts", "import 'jest'"),
    ]
    .into();
    files.extend(changed.iter().copied());
    files.retain(|_, text| !text.is_empty());
    let context = MemoryContext::new(files);
    convert(&Request::new(file.as_bytes(), &context)).expect("a Dockerfile")
}

/// The command that takes them away, in a safe plan.
fn command(conversion: &Conversion) -> Option<String> {
    let Outcome::Convert(plan) = &conversion.outcome else { return None };
    assert_eq!(plan.applicability, Applicability::Safe, "{:?}", plan.assumptions);
    let text = String::from_utf8(conversion.output.clone().expect("a text")).expect("UTF-8");
    let builder = text.split("\nFROM").next().unwrap_or_default();
    let last = builder.trim_end().lines().last().and_then(|line| line.strip_prefix("RUN "))?;
    last.contains("prun").then(|| last.to_owned()).or_else(|| last.contains("--production").then(|| last.to_owned()))
}

#[test]
fn the_build_ends_without_development_dependencies() {
    let conversion = with(FILE, &[]);
    assert_eq!(command(&conversion).as_deref(), Some("npm prune --omit=dev"));
    let Outcome::Convert(plan) = &conversion.outcome else { panic!("a plan") };
    let reason = plan.changes.iter().find(|r| r.rule == crate::rules::DEVELOPMENT_PRUNED).expect("a reason");
    let span = reason.span.expect("a place");
    assert_eq!(&FILE[span.range()].trim_end(), &"RUN npm ci");
    // Places and numbers are those of the file as it is.
    let last = conversion.dockerfile.instructions().count() - 1;
    let moved = plan
        .elements
        .iter()
        .any(|e| matches!(e, crate::planner::Element::Moved { instruction } if *instruction == last));
    assert!(moved, "{:?}", plan.elements);
    assert_eq!(plan.builder_instructions.iter().max(), Some(&(last - 1)));
}

#[test]
fn every_manager_has_its_command() {
    let yarn = "# yarn lockfile v1\n\nexpress@4:\n  version \"4\"\n\ntypescript@5:\n  version \"5\"\n\njest@29:\n  version \"29\"\n\nwebpack@5:\n  version \"5\"\n";
    let pnpm = "lockfileVersion: '9.0'\npackages:\n  express@4.0.0: {}\n  typescript@5.0.0: {}\nsnapshots:\n  express@4.0.0: {}\n  typescript@5.0.0: {}\n";
    let of_yarn =
        FILE.replace("package*.json", "package.json yarn.lock").replace("npm ci", "yarn install --frozen-lockfile");
    let of_pnpm = FILE
        .replace("RUN npm ci", "RUN pnpm install --frozen-lockfile")
        .replace("COPY package*.json", "RUN corepack enable\nCOPY package.json pnpm-lock.yaml");
    for (about, file, changed, expected) in [
        (
            "yarn",
            of_yarn.as_str(),
            &[("yarn.lock", yarn)][..],
            "yarn install --production --ignore-scripts --prefer-offline --frozen-lockfile",
        ),
        ("pnpm", of_pnpm.as_str(), &[("pnpm-lock.yaml", pnpm)], "CI=true pnpm prune --prod --ignore-scripts"),
        ("an old npm", &FILE.replace("20", "12"), &[], "npm prune --production"),
        (
            "options",
            &FILE.replace("npm ci", "npm install --legacy-peer-deps"),
            &[],
            "npm prune --omit=dev --legacy-peer-deps",
        ),
        (
            "without a lock file",
            &FILE.replace("npm ci", "npm install"),
            &[("package-lock.json", "")],
            "npm prune --omit=dev",
        ),
        (
            "another directory",
            &FILE
                .replace("RUN npm run build", "WORKDIR /app/src\nRUN npm run build --prefix /app")
                .replace("dist/main", "/app/dist/main"),
            &[],
            "cd /app && npm prune --omit=dev",
        ),
    ] {
        let found = command(&with(file, changed));
        assert_eq!(found.as_deref(), Some(expected), "{about}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_is_needed_or_may_be_keeps_them() {
    let manifest = |from: &str, to: &str| MANIFEST.replace(from, to);
    for (about, file, changed) in [
        ("imported", FILE, &[("src/main.ts", "import pad from 'left-pad';")][..]),
        ("imported by another file", FILE, &[("src/other.js", "const w = require('webpack/lib/x')")]),
        ("imported only by what only development brings", FILE, &[("src/main.ts", "import x from 'only-dev';")]),
        ("named by a setting", FILE, &[("config/default.json", "{\"store\": \"left-pad\"}")]),
        ("named by YAML", FILE, &[("config/default.yaml", "store: left-pad\n")]),
        ("named by a variable", &FILE.replace("CMD", "ENV NODE_OPTIONS=\"-r left-pad\"\nCMD"), &[]),
        ("named by a file of variables", FILE, &[(".env", "STORE=left-pad\n")]),
        ("named by the command", &FILE.replace("\"node\",", "\"node\", \"-r\", \"left-pad/register\","), &[]),
        ("named by a script that runs", &FILE.replace("\"node\", \"dist/main.js\"", "\"npm\", \"run\", \"old\""), &[]),
        ("a command of one", &FILE.replace("CMD", "HEALTHCHECK CMD tsc --version\nCMD"), &[]),
        ("a peer that is loaded where it is", FILE, &[("package.json", &manifest("left-pad", "tedious"))]),
        ("loaded unasked", FILE, &[("package.json", &manifest("left-pad", "reflect-metadata"))]),
        (
            "of a workspace",
            FILE,
            &[("package.json", &manifest("{\"scripts\"", "{\"workspaces\": [\"a\"], \"scripts\""))],
        ),
        ("left out already", &FILE.replace("npm ci", "npm ci --omit=dev"), &[]),
        ("left out by the environment", &FILE.replace("COPY pack", "ENV NODE_ENV=production\nCOPY pack"), &[]),
        ("left out by an argument, perhaps", &FILE.replace("COPY pack", "ARG NODE_ENV\nCOPY pack"), &[]),
        ("left out by a setting", FILE, &[(".npmrc", "omit=dev\n")]),
        ("installed elsewhere", FILE, &[(".npmrc", "install-strategy=linked\n")]),
        ("brought by the context", FILE, &[("node_modules/left-pad/index.js", "1")]),
        ("another user", &FILE.replace("RUN npm run", "USER node\nRUN npm run"), &[]),
        (
            "a second project",
            &FILE.replace("CMD", "RUN cd web && npm ci\nCMD"),
            &[("web/package.json", "{\"dependencies\": {\"a\": \"1\"}}")],
        ),
        ("kept by the author", &FILE.replace("RUN npm ci", "# msb: keep\nRUN npm ci"), &[]),
        (
            "unknown alias without a lock file",
            &FILE.replace("npm ci", "npm i"),
            &[("package-lock.json", ""), ("src/main.ts", "import x from 'unheard-of'")],
        ),
        ("installed besides", &FILE.replace("COPY . .", "RUN npm install compression@1\nCOPY . ."), &[]),
        (
            "installed besides in the same step",
            &FILE.replace("npm ci", "npm ci && npm install --no-save compression"),
            &[],
        ),
        (
            "copied among the packages",
            &FILE.replace("RUN npm run", "COPY vendor ./node_modules/@acme/sdk\nRUN npm run"),
            &[("vendor/a.js", "1")],
        ),
        (
            "linked among the packages",
            FILE,
            &[("package.json", &manifest("\"tsc\"", "\"tsc && ln -sfn ../dist node_modules/@app\""))],
        ),
        (
            "changed among the packages",
            &FILE.replace("RUN npm run", "RUN sed -i s/a/b/ node_modules/express/index.js\nRUN npm run"),
            &[],
        ),
        (
            "written by a script of the project",
            FILE,
            &[("tools/gen.js", "fs.writeFileSync('node_modules/x/y.js', '')")],
        ),
        (
            "compiled into the packages",
            FILE,
            &[("lib/tsconfig.json", "{\"compilerOptions\": {\n\"outDir\": \"../node_modules/@app\"}}")],
        ),
        (
            "a peer without peers",
            &FILE.replace("npm ci", "npm ci --legacy-peer-deps"),
            &[(
                "package-lock.json",
                &LOCK.replace(
                    "\"qs\": \"1\"}, \"peerDependencies\": {",
                    "\"qs\": \"1\"}, \"peerDependencies\": {\"left-pad\": \"1\", ",
                ),
            )],
        ),
        (
            "loaded by the ending of a file",
            FILE,
            &[(
                "package.json",
                &manifest("left-pad", "js-yaml").replace("\"express\": \"4\"", "\"express\": \"4\", \"config\": \"3\""),
            )],
        ),
        (
            "loaded by a computed name",
            FILE,
            &[("src/main.ts", "const kind = process.env.KIND;\nrequire(`x-${kind}`);")],
        ),
        (
            "a lock file that comes later",
            &FILE.replace("package*.json", "package.json").replace("npm ci", "npm install"),
            &[],
        ),
        (
            "a service that shares the image",
            FILE,
            &[(
                "compose.yaml",
                "services:\n  web:\n    build: .\n    image: acme/shop\n  worker:\n    image: acme/shop\n    command: node -r left-pad dist/worker.js\n",
            )],
        ),
    ] {
        let conversion = with(file, changed);
        let text = String::from_utf8(conversion.output.unwrap_or_default()).expect("UTF-8");
        assert!(!text.contains("prune"), "{about}:\n{text}");
    }
}

#[test]
fn what_is_no_doubt_does_not_keep_them() {
    for (about, changed) in [
        ("types alone", &[("src/main.ts", "import type { T } from 'left-pad';\nimport express from 'express';")][..]),
        ("tests", &[("test/a.ts", "import 'jest'"), ("src/b.test.ts", "import 'left-pad'")]),
        ("settings of tools", &[("jest.config.js", "module.exports = { preset: 'ts-jest', x: 'left-pad' }")]),
        ("another name", &[("src/main.ts", "import 'left-pad-fast'; const jest = 1")]),
        ("what is not in the lock file is no package", &[("src/main.ts", "import x from '@app/own';")]),
        ("another script", &[("run.sh", "node tools/x.js\n")]),
    ] {
        assert_eq!(command(&with(FILE, changed)).as_deref(), Some("npm prune --omit=dev"), "{about}");
    }
}

/// A manager that fetches again needs what the installation had, and undoes what was changed.
#[test]
fn what_is_fetched_again_has_to_be_found() {
    let lock = "# yarn lockfile v1\n\nexpress@4:\n  version \"4\"\n\ntypescript@5:\n  version \"5\"\n";
    let file = FILE.replace("package*.json", "package.json yarn.lock").replace("npm ci", "yarn install");
    let pruned = |file: &str, more: &[(&str, &str)]| {
        let mut changed = vec![("yarn.lock", lock)];
        changed.extend(more);
        String::from_utf8(with(file, &changed).output.unwrap_or_default()).expect("UTF-8").contains("--production")
    };
    assert!(pruned(&file, &[]));
    for (about, file, more) in [
        ("a secret", file.replace("RUN yarn", "RUN --mount=type=secret,id=npmrc,target=/root/.npmrc yarn"), &[][..]),
        ("a cache", file.replace("RUN yarn", "RUN --mount=type=cache,target=/root/.yarn yarn"), &[]),
        ("a token", file.replace("yarn install", "echo x > .npmrc && yarn install && rm .npmrc"), &[]),
        ("no cache", file.replace("yarn install", "yarn install && yarn cache clean"), &[]),
        ("a registry of one's own", file.clone(), &[(".npmrc", "registry=https://npm.example.com\n")]),
        ("patches", file.clone(), &[("patches/express+4.0.0.patch", "x")]),
    ] {
        assert!(!pruned(&file, more), "{about}");
    }
}

/// Yarn of release 4 has a command of its own, where it links packages into their directory.
#[test]
fn a_later_release_of_a_manager_has_another_command() {
    const BERRY: &str = "__metadata:\n  version: 8\n  cacheKey: 10c0\n\n\"express@npm:4\":\n  version: 4.0.0\n  dependencies:\n    qs: \"npm:1\"\n  \
        peerDependencies:\n    kerberos: 1\n  linkType: hard\n\n\"qs@npm:1\":\n  version: 1.0.0\n\n\"typescript@npm:5\":\n  version: 5.0.0\n  \
        bin:\n    tsc: x\n\n\"jest@npm:29\":\n  version: 29.0.0\n\n\"shop@workspace:.\":\n  version: 0.0.0-use.local\n  linkType: soft\n";
    const SETTINGS: &str = "nodeLinker: node-modules\nenableTelemetry: false\n";
    const COMMAND: &str = "yarn workspaces focus --production";
    let manifest = MANIFEST.replacen('{', "{\"packageManager\": \"yarn@4.1.0\", ", 1);
    let file = FILE
        .replace("COPY package*.json", "RUN corepack enable\nCOPY package.json yarn.lock .yarnrc.yml")
        .replace("npm ci", "yarn install --immutable");
    let answer = |file: &str, more: &[(&str, &str)]| {
        let mut changed = vec![
            ("package.json", manifest.as_str()),
            ("yarn.lock", BERRY),
            (".yarnrc.yml", SETTINGS),
            ("package-lock.json", ""),
        ];
        changed.extend(more);
        let conversion = with(file, &changed);
        command(&conversion)
    };
    assert_eq!(answer(&file, &[]).as_deref(), Some(COMMAND));
    let with_manifest = |from: &str, to: &str| manifest.replace(from, to);
    for (about, file, more) in [
        ("no directory of packages", file.clone(), &[(".yarnrc.yml", "enableTelemetry: false\n")][..]),
        ("another form of it", file.clone(), &[(".yarnrc.yml", "nodeLinker: pnpm\n")]),
        ("settings that come later", file.replace(" .yarnrc.yml", ""), &[]),
        ("a release without the command", file.clone(), &[("package.json", &with_manifest("yarn@4", "yarn@3"))]),
        ("a lock file of that", file.clone(), &[("yarn.lock", &BERRY.replace("version: 8", "version: 6"))]),
        (
            "a script that would run again",
            file.clone(),
            &[("package.json", &with_manifest("\"start\"", "\"postinstall\""))],
        ),
        (
            "several packages",
            file.clone(),
            &[("package.json", &with_manifest("\"scripts\"", "\"workspaces\": [\"a\"], \"scripts\""))],
        ),
        ("what it downloaded is gone", file.replace("--immutable", "--immutable && yarn cache clean"), &[]),
        (
            "a registry of one's own",
            file.clone(),
            &[(".yarnrc.yml", "nodeLinker: node-modules\nnpmRegistryServer: x\n")],
        ),
        ("a peer", file.clone(), &[("yarn.lock", &BERRY.replace("kerberos", "left-pad"))]),
        ("imported", file.clone(), &[("src/main.ts", "import 'left-pad'")]),
    ] {
        let more: Vec<(&str, &str)> = more.to_vec();
        assert_ne!(answer(&file, &more).as_deref(), Some(COMMAND), "{about}");
    }
}

/// By layers, what a step of the file itself takes away weighs as well.
#[test]
fn a_file_that_prunes_too_late_is_worth_a_second_stage() {
    let late = FILE.replace("CMD", "RUN npm prune --production\nCMD");
    let conversion = with(&late, &[]);
    let Outcome::Convert(plan) = &conversion.outcome else { panic!("{:?}", conversion.outcome) };
    let text = String::from_utf8(conversion.output.expect("a text")).expect("UTF-8");
    assert_eq!(text.matches("prune").count(), 1, "{text}");
    assert!(plan.saved_mb >= 25, "{}", plan.saved_mb);
}

/// What is only tidied up leaves nothing, and a rebuild is no pruning.
#[test]
fn other_commands_of_a_manager_take_nothing_away() {
    for late in ["npm prune", "npm rebuild", "npm dedupe"] {
        let conversion = with(&FILE.replace("CMD", &format!("RUN {late}\nCMD")), &[]);
        assert!(matches!(conversion.outcome, Outcome::Unchanged { .. }), "{late}: {:?}", conversion.outcome);
    }
    // With the environment of production it does.
    let production = with(&FILE.replace("CMD", "ENV NODE_ENV=production\nRUN npm prune\nCMD"), &[]);
    let Outcome::Convert(plan) = &production.outcome else { panic!("{:?}", production.outcome) };
    let told = |leaving: &crate::planner::Leaving| leaving.licence == crate::licence::Licence::DevelopmentDependency;
    assert!(plan.leaves.iter().any(told), "{:?}", plan.leaves);
}

/// What only a development dependency starts is needed where one is installed.
#[test]
fn tools_of_what_was_left_out() {
    let tools = "{\"dependencies\":{\"ms\":\"2.1.3\"},\"devDependencies\":{\"ps-tree\":\"1.1.0\"}}";
    let file = |before: &str, install: &str| {
        format!(
            "FROM node:20\nWORKDIR /app\nCOPY package.json ./\n{before}RUN {install}\nCOPY . .\nCMD [\"node\", \"index.js\"]\n"
        )
    };
    for (before, install, needed) in [
        ("", "npm install", true),
        ("ENV NODE_ENV=production\n", "npm install", false),
        ("ARG NODE_ENV=production\nENV NODE_ENV=${NODE_ENV}\n", "npm install", false),
        ("ARG NODE_ENV\nENV NODE_ENV=$NODE_ENV\n", "npm install", true),
        ("", "npm install --omit=dev", false),
        ("", "npm install --production", false),
        ("ENV NODE_ENV=production\n", "npm install --include=dev", true),
        ("ENV NODE_ENV=production\n", "NODE_ENV=development npm install", true),
    ] {
        let context = MemoryContext::new([("package.json", tools), ("index.js", "require('ms')\n")]);
        let text = file(before, install);
        let conversion = convert(&Request::new(text.as_bytes(), &context)).expect("valid");
        let output = String::from_utf8(conversion.output.unwrap_or_default()).expect("UTF-8");
        assert_eq!(output.contains("procps"), needed, "{before}{install}\n{output}");
    }
}
