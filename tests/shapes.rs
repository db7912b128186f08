//! Small files in shapes that people write, each with the lines that its runtime stage must and must not have.
//!
//! Above 600 lines: it is one table, and each row stands for itself.

use msb::Request;
use msb::context::MemoryContext;
use msb::planner::{Applicability, Outcome};

/// A file of the context that only has to be there.
const EMPTY: &str = "";

struct Shape {
    about: &'static str,
    dockerfile: &'static str,
    files: &'static [(&'static str, &'static str)],
    /// Lines of the runtime stage, or several that follow one another.
    has: &'static [&'static str],
    /// Parts of lines that the runtime stage must not have.
    lacks: &'static [&'static str],
}

const GO_MOD: (&str, &str) = ("go.mod", "module example.org/app\n\ngo 1.22\n");
const GO_MAIN: (&str, &str) = ("main.go", "package main\n\nfunc main() {}\n");
const GO_ANY_FILE: (&str, &str) =
    ("main.go", "package main\n\nimport \"os\"\n\nfunc main() { os.ReadFile(os.Args[1]) }\n");
const CARGO: (&str, &str) = ("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n");
const RUST_ANY_FILE: (&str, &str) =
    ("src/main.rs", "fn main() { std::fs::read(std::env::args().nth(1).unwrap()).unwrap(); }\n");

const VITE: (&str, &str) =
    ("package.json", "{\"scripts\": {\"build\": \"vite build\"}, \"devDependencies\": {\"vite\": \"5.2.0\"}}");
const VITE_LOCK: (&str, &str) = (
    "package-lock.json",
    "{\"packages\": {\"node_modules/vite\": {\"version\": \"5.2.0\", \"dev\": true, \"bin\": {\"vite\": \"bin/vite.js\"}}}}",
);

const SHAPES: &[Shape] = &[
    Shape {
        about: "a certificate goes into the store of the Java that runs the program",
        dockerfile: "FROM maven:3.9-eclipse-temurin-17\nWORKDIR /app\nCOPY . .\nRUN mvn -B package && keytool -importcert -noprompt -cacerts \
                     -storepass changeit -alias a -file certs/a.crt\nCMD [\"java\", \"-jar\", \"target/shop-1.jar\"]\n",
        files: &[
            ("pom.xml", "<project><artifactId>shop</artifactId><version>1</version></project>\n"),
            ("certs/a.crt", EMPTY),
            ("src/main/java/Main.java", "class Main {}\n"),
        ],
        has: &[
            "FROM eclipse-temurin:17-jre",
            "RUN keytool -importcert -noprompt -cacerts -storepass changeit -alias a -file certs/a.crt",
        ],
        lacks: &["mvn"],
    },
    Shape {
        about: "what the smaller sibling lacks, the image itself has",
        dockerfile: "FROM buildpack-deps:bookworm\nRUN apt-get update && apt-get install -y golang && rm -rf /var/lib/apt/lists/*\n\
                     WORKDIR /app\nCOPY . .\nRUN go build -o app .\nHEALTHCHECK CMD glib-compile-schemas --version\nCMD [\"./app\"]\n",
        files: &[GO_MOD, GO_MAIN],
        has: &["FROM buildpack-deps:bookworm", "COPY --from=builder /app/app /app/app"],
        lacks: &[],
    },
    Shape {
        about: "the step that builds removes the sources again",
        dockerfile: "FROM golang:1.22\nCOPY . /build\nRUN cd /build && go build -o /usr/sbin/app . && rm -rf /build\nCMD [\"app\"]\n",
        files: &[GO_MOD, GO_MAIN],
        has: &["COPY --from=builder /usr/sbin/app /usr/sbin/app"],
        lacks: &["rm -rf", "/build"],
    },
    Shape {
        about: "a later step removes the sources, and the directory that they were in",
        dockerfile: "FROM golang:1.22\nCOPY . /build\nWORKDIR /build\nRUN go build -o /usr/sbin/app .\nWORKDIR /\nRUN rm -rf /build\n\
                     CMD [\"app\"]\n",
        files: &[GO_MOD, GO_MAIN],
        has: &["COPY --from=builder /usr/sbin/app /usr/sbin/app", "WORKDIR /"],
        lacks: &["rm -rf", "/build"],
    },
    Shape {
        about: "the directory that is removed comes again",
        dockerfile: "FROM golang:1.22\nCOPY . /build\nRUN cd /build && go build -o /usr/sbin/app . && rm -rf /build\nWORKDIR /build\n\
                     COPY data.txt .\nCMD [\"app\"]\n",
        files: &[GO_MOD, GO_ANY_FILE, ("data.txt", EMPTY)],
        has: &["WORKDIR /build", "COPY data.txt ."],
        lacks: &["COPY . /build"],
    },
    Shape {
        about: "an installation puts settings into another directory than its prefix, and the build file lists them",
        dockerfile: "FROM debian:12\nRUN apt-get update && apt-get install -y autoconf automake gcc make libc6-dev && \
                     rm -rf /var/lib/apt/lists/*\nWORKDIR /src\nCOPY . .\nRUN autoreconf -fi && ./configure --prefix=/opt/feed \
                     --sysconfdir=/etc && make && make install\nCMD [\"/opt/feed/bin/feed\"]\n",
        files: &[
            ("configure.ac", "AC_INIT([feed], [1])\n"),
            ("Makefile.am", "bin_PROGRAMS = feed\nfeed_SOURCES = feed.c\ndist_sysconf_DATA = data/feed.conf\n"),
            ("feed.c", "int main() { return 0; }\n"),
            ("data/feed.conf", EMPTY),
        ],
        has: &[
            "COPY --from=builder /etc/feed.conf /etc/feed.conf",
            "COPY --from=builder /opt/feed/bin/feed /opt/feed/bin/feed",
        ],
        lacks: &[],
    },
    Shape {
        about: "a server of plain files is given settings beside what it serves",
        dockerfile: "FROM node:20-alpine\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nRUN npm install -g serve\n\
                     COPY . .\nRUN npm run build\nCMD [\"serve\", \"-s\", \"dist\", \"-c\", \"../serve.json\"]\n",
        files: &[VITE, VITE_LOCK, ("index.html", EMPTY), ("serve.json", "{}")],
        has: &["COPY --from=builder /app/dist /app/dist", "COPY --from=builder /app/serve.json /app/serve.json"],
        lacks: &["COPY --from=builder /app /app", "index.html"],
    },
    Shape {
        about: "nobody names the settings that lie beside what is served",
        dockerfile: "FROM node:20-alpine\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nRUN npm install -g serve\n\
                     COPY . .\nRUN npm run build\nCMD [\"serve\", \"-s\", \"dist\", \"-l\", \"tcp://0.0.0.0:80\"]\n",
        files: &[VITE, VITE_LOCK, ("index.html", EMPTY), ("serve.json", "{}")],
        has: &["COPY --from=builder /app/dist /app/dist"],
        lacks: &["serve.json", "COPY --from=builder /app /app"],
    },
    Shape {
        about: "a server of plain files looks for a certificate by itself",
        dockerfile: "FROM node:20-alpine\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\n\
                     RUN npm install -g http-server\nCOPY . .\nRUN npm run build\nCMD [\"http-server\", \"dist\", \"-S\"]\n",
        files: &[VITE, VITE_LOCK, ("cert.pem", EMPTY), ("key.pem", EMPTY)],
        has: &["COPY --from=builder /app/cert.pem /app/cert.pem", "COPY --from=builder /app/key.pem /app/key.pem"],
        lacks: &["COPY --from=builder /app /app"],
    },
    Shape {
        about: "settings of a server of plain files that are a program, and that may load anything",
        dockerfile: "FROM node:20-alpine\nRUN apk add --no-cache g++\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\n\
                     RUN npm install -g local-web-server\nCOPY . .\nRUN npm run build\nCMD [\"ws\", \"--directory\", \"dist\"]\n",
        files: &[VITE, VITE_LOCK, ("lws.config.js", "module.exports = require('./more')\n"), ("more.js", EMPTY)],
        has: &["COPY --from=builder /app /app"],
        lacks: &[],
    },
    Shape {
        about: "a server of plain files is given a path that nobody knows",
        dockerfile: "FROM node:20\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nRUN npm install -g serve\n\
                     COPY . .\nRUN npm run build\nCMD [\"serve\", \"-s\", \"dist\", \"--ssl-cert\", \"tls/cert.pem\"]\n",
        files: &[VITE, VITE_LOCK, ("index.html", EMPTY)],
        has: &["COPY --from=builder /app /app"],
        lacks: &[],
    },
    Shape {
        about: "a package of the lock file brings a command under another name",
        dockerfile: "FROM node:20\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\nCMD [\"npm\", \"start\"]\n",
        files: &[
            (
                "package.json",
                "{\"scripts\": {\"start\": \"typeorm-ts-node-commonjs migration:run\"}, \
                 \"dependencies\": {\"typeorm\": \"0.3.20\", \"ts-node\": \"10.9.2\"}}",
            ),
            (
                "package-lock.json",
                "{\"packages\": {\"node_modules/typeorm\": {\"version\": \"0.3.20\", \"bin\": \
                 {\"typeorm-ts-node-commonjs\": \"cli-ts-node-commonjs.js\"}}, \"node_modules/ts-node\": {\"version\": \"10.9.2\"}}}",
            ),
        ],
        has: &["COPY --from=builder /app/node_modules /app/node_modules"],
        lacks: &[],
    },
    Shape {
        about: "the program runs as an account that only the larger base has",
        dockerfile: "FROM gradle:8.7-jdk17\nWORKDIR /app\nCOPY . .\nRUN gradle bootJar && chown -R gradle /app\nUSER gradle\n\
                     CMD [\"java\", \"-jar\", \"build/libs/shop.jar\"]\n",
        files: &[("build.gradle", EMPTY)],
        has: &[
            "FROM eclipse-temurin:17-jre",
            " && groupadd --gid 1000 gradle \\",
            " && useradd --uid 1000 --gid gradle --home-dir /home/gradle --create-home --shell /bin/bash gradle \\",
            "USER gradle",
        ],
        lacks: &[],
    },
    Shape {
        about: "a number that is an account's id stands for its home, too",
        dockerfile: "FROM gradle:8.7-jdk17-alpine\nWORKDIR /app\nCOPY . .\nRUN gradle bootJar\nUSER 1000\n\
                     CMD [\"java\", \"-jar\", \"build/libs/shop.jar\"]\n",
        files: &[("build.gradle", EMPTY)],
        has: &["RUN addgroup -g 1000 gradle \\", "USER 1000"],
        lacks: &["userdel"],
    },
    Shape {
        about: "the next free id is counted from the accounts of the larger base",
        dockerfile: "FROM gradle:8.7-jdk17\nWORKDIR /app\nCOPY . .\nRUN gradle bootJar\nRUN useradd app\nUSER app\n\
                     CMD [\"java\", \"-jar\", \"build/libs/shop.jar\"]\n",
        files: &[("build.gradle", EMPTY)],
        has: &[" && groupadd --gid 1000 gradle \\", "RUN useradd app"],
        lacks: &[],
    },
    Shape {
        about: "nothing names the account of the larger base",
        dockerfile: "FROM gradle:8.7-jdk17\nUSER root\nWORKDIR /home/gradle/shop\nCOPY . .\nRUN gradle bootJar\n\
                     RUN useradd --uid 4000 app\nUSER app\nCMD [\"java\", \"-jar\", \"build/libs/shop.jar\"]\n",
        files: &[("build.gradle", EMPTY)],
        has: &["RUN useradd --uid 4000 app"],
        lacks: &["groupadd"],
    },
    Shape {
        about: "a mode is set by a pattern on files that no build step made",
        dockerfile: "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nRUN go build -o app .\nCOPY wait.sh start.sh /usr/local/bin/\n\
                     RUN chmod +x /usr/local/bin/*.sh\nENTRYPOINT [\"start.sh\"]\nCMD [\"./app\"]\n",
        files: &[GO_MOD, GO_MAIN, ("wait.sh", EMPTY), ("start.sh", "#!/bin/sh\nexec \"$@\"\n")],
        has: &["RUN chmod +x /usr/local/bin/*.sh"],
        lacks: &[],
    },
    Shape {
        about: "a mode is set on a file that ADD downloads",
        dockerfile: "FROM golang:1.22\nADD https://example.org/tini /tini\nRUN chmod +x /tini\nWORKDIR /app\nCOPY . .\n\
                     RUN go build -o app .\nENTRYPOINT [\"/tini\", \"--\", \"/app/app\"]\n",
        files: &[GO_MOD, GO_MAIN],
        has: &["ADD https://example.org/tini /tini", "RUN chmod +x /tini"],
        lacks: &[],
    },
    Shape {
        about: "a mode is set on a program after the build: the copy takes it along",
        dockerfile: "FROM gcc:12\nWORKDIR /app\nCOPY priv.c ./\nRUN gcc -o /app/priv priv.c\nRUN chmod 4755 /app/priv\n\
                     CMD [\"/app/priv\"]\n",
        files: &[("priv.c", "int main() { return 0; }\n")],
        has: &["COPY --from=builder /app/priv /app/priv"],
        lacks: &["chmod"],
    },
    Shape {
        about: "one mode for a script and a program",
        dockerfile: "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nRUN go build -o /usr/local/bin/app .\nCOPY entry /entry\n\
                     RUN chmod 755 /entry /usr/local/bin/app\nENTRYPOINT [\"/entry\"]\n",
        files: &[GO_MOD, GO_ANY_FILE, ("entry", "#!/bin/sh\nexec app \"$@\"\n")],
        has: &["RUN chmod 755 /entry /usr/local/bin/app"],
        lacks: &[],
    },
    Shape {
        about: "one mode for a script that stays behind and one that does not",
        dockerfile: "FROM golang:1.22\nWORKDIR /app\nCOPY go.mod main.go build.sh ./\nRUN go build -o /usr/local/bin/app .\n\
                     COPY entry /entry\nRUN chmod +x build.sh /entry\nENTRYPOINT [\"/entry\"]\n",
        files: &[GO_MOD, GO_MAIN, ("build.sh", "#!/bin/sh\ngo build .\n"), ("entry", "#!/bin/sh\nexec app\n")],
        has: &["COPY entry /entry"],
        lacks: &[],
    },
    Shape {
        about: "files of the build's sources are copied on after the build",
        dockerfile: "FROM golang:1.22\nWORKDIR /build\nCOPY . .\nRUN go build -o main .\nWORKDIR /dist\nRUN cp /build/main .\n\
                     RUN cp -r /build/templates ./templates\nCMD [\"/dist/main\"]\n",
        files: &[GO_MOD, GO_ANY_FILE, ("templates/a.html", EMPTY)],
        has: &["COPY --from=builder /dist /dist"],
        lacks: &["RUN cp"],
    },
    Shape {
        about: "a flag names the file that is opened: its default is not all",
        dockerfile: "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nRUN go build -o app .\nENTRYPOINT [\"./app\"]\n",
        files: &[
            GO_MOD,
            (
                "main.go",
                "package main\n\nimport (\n\t\"flag\"\n\t\"os\"\n)\n\nfunc main() {\n\tname := flag.String(\"config\", \
                 \"dev.toml\", \"\")\n\tflag.Parse()\n\tos.ReadFile(*name)\n}\n",
            ),
            ("dev.toml", EMPTY),
            ("prod.toml", EMPTY),
        ],
        has: &["COPY --from=builder /app/prod.toml /app/prod.toml"],
        lacks: &["main.go"],
    },
    Shape {
        about: "the program is moved out of the build tree",
        dockerfile: "FROM rust:1.75\nWORKDIR /app\nCOPY . .\nRUN cargo build --release && mv target/release/shop /usr/local/bin/shop\n\
                     CMD [\"shop\"]\n",
        files: &[CARGO, RUST_ANY_FILE],
        has: &["COPY --from=builder /usr/local/bin/shop /usr/local/bin/shop"],
        lacks: &["target"],
    },
    Shape {
        about: "an empty project is made to compile libraries ahead",
        dockerfile: "FROM rust:1.75\nRUN USER=root cargo new --bin shop\nWORKDIR /shop\nCOPY Cargo.toml ./\nRUN cargo build --release\n\
                     RUN rm src/*.rs\nCOPY src ./src\nCOPY templates ./templates\nRUN rm ./target/release/deps/shop*\n\
                     RUN cargo build --release\nCMD [\"./target/release/shop\"]\n",
        files: &[CARGO, RUST_ANY_FILE, ("templates/a.html", EMPTY)],
        has: &["COPY --from=builder /shop/target/release/shop /shop/target/release/shop", "COPY templates ./templates"],
        lacks: &["COPY --from=builder /shop /shop"],
    },
    Shape {
        about: "the program lies outside the directory that it was made in",
        dockerfile: "FROM golang:1.22\nWORKDIR /usr/src/app\nCOPY go.mod ./\nRUN go mod download\nCOPY . .\n\
                     RUN go build -v -o /usr/local/bin/app ./...\nCMD [\"app\"]\n",
        files: &[GO_MOD, GO_ANY_FILE, ("assets/a.txt", EMPTY)],
        has: &["COPY --from=builder /usr/src/app/assets /usr/src/app/assets", "WORKDIR /usr/src/app"],
        lacks: &["COPY . .", "go.mod"],
    },
    Shape {
        about: "the image that compiles has libraries that nobody asked for: a driver in the lock file links one",
        dockerfile: "FROM rust:1.75\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\nCMD [\"./target/release/shop\"]\n",
        files: &[
            CARGO,
            RUST_ANY_FILE,
            (
                "Cargo.lock",
                "version = 3\n[[package]]\nname = \"pq-sys\"\nversion = \"0.4.8\"\ndependencies = [\"vcpkg\"]\n\n[[package]]\n\
                 name = \"libsqlite3-sys\"\nversion = \"0.26.0\"\ndependencies = [\"cc\", \"pkg-config\"]\n",
            ),
        ],
        has: &[" && apt-get install -y --no-install-recommends ca-certificates libpq5 \\"],
        lacks: &["libsqlite3"],
    },
    Shape {
        about: "without a lock file the features tell which driver is linked",
        dockerfile: "FROM rust:1.75\nWORKDIR /app\nCOPY . .\nRUN cargo install --path .\nCMD [\"shop\"]\n",
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n[dependencies]\ndiesel = { version = \"2\", features = \
                 [\"sqlite\"] }\n",
            ),
            RUST_ANY_FILE,
        ],
        has: &[" && apt-get install -y --no-install-recommends ca-certificates libsqlite3-0 \\"],
        lacks: &["libpq5", "libmariadb3"],
    },
    Shape {
        about: "a configuration file that is opened names a database",
        dockerfile: "FROM rust:1.75\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\nCMD [\"./target/release/shop\"]\n",
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n[dependencies]\nrocket = \"0.5\"\nserde = \"1\"\n",
            ),
            ("src/main.rs", "fn main() { rocket::build(); }\n"),
            (
                "Rocket.toml",
                "[default]\nname = \"src\"\n[global.databases]\na = { url = \"./data/a.sqlite\" }\nb = \"sqlite://later/b.db\"\n",
            ),
            ("data/a.sqlite", EMPTY),
            ("data/other", EMPTY),
            ("later/.keep", EMPTY),
        ],
        has: &[
            "COPY --from=builder /app/Rocket.toml /app/Rocket.toml",
            "COPY --from=builder /app/data/a.sqlite /app/data/a.sqlite",
            "COPY --from=builder /app/later /app/later",
        ],
        lacks: &["src", "other"],
    },
    Shape {
        about: "a program that opens a database by a computed name keeps what lies beside its sources",
        dockerfile: "FROM rust:1.75\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\nCMD [\"./target/release/shop\"]\n",
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n[dependencies]\ndiesel = { version = \"2\", features = \
                 [\"sqlite\"] }\n",
            ),
            (
                "src/main.rs",
                "use diesel::prelude::*;\nfn main() { let pool = ConnectionManager::<SqliteConnection>::new(\"shop.db\"); }\n",
            ),
            ("shop.db", EMPTY),
        ],
        has: &["COPY --from=builder /app/shop.db /app/shop.db"],
        lacks: &["src"],
    },
    Shape {
        about: "the image that compiles has libraries that nobody asked for: a program in C links two",
        dockerfile: "FROM gcc:12\nWORKDIR /app\nCOPY . .\nRUN make\nCMD [\"./server\"]\n",
        files: &[
            ("main.c", "int main(void) { return 0; }\n"),
            ("Makefile", "server: main.c\n\tgcc -o server main.c -lsqlite3 -lpq\n"),
        ],
        has: &[" && apt-get install -y --no-install-recommends libpq5 libsqlite3-0 \\"],
        lacks: &["libcurl"],
    },
    Shape {
        about: "sources in the root directory stay behind, what lies beside them goes along",
        dockerfile: "FROM rust:1.75\nCOPY ./ ./\nRUN cargo build --release\nCMD [\"./target/release/shop\"]\n",
        files: &[CARGO, RUST_ANY_FILE, ("templates/a.html", EMPTY)],
        has: &[
            "COPY --from=builder /templates /templates",
            "COPY --from=builder /target/release/shop /target/release/shop",
        ],
        lacks: &["COPY ./ ./", "src"],
    },
    Shape {
        about: "a directory that the base image has is filled by the COPY alone",
        dockerfile: "FROM rust:1.75\nCOPY . .\nRUN cargo build --release\nCMD [\"./target/release/shop\"]\n",
        files: &[CARGO, RUST_ANY_FILE, ("etc/shop.conf", EMPTY)],
        has: &["COPY . ."],
        lacks: &["COPY --from=builder /etc"],
    },
    Shape {
        about: "the tag of the base moves and names no smaller image: what was downloaded stays behind",
        dockerfile: "FROM maven:latest\nWORKDIR /app\nCOPY . .\nRUN mvn package\nCMD [\"java\", \"-jar\", \"target/a.jar\"]\n",
        files: &[("pom.xml", "<project/>\n"), ("src/main/java/A.java", "class A {}\n")],
        has: &["FROM maven:latest", "COPY --from=builder /app /app"],
        lacks: &[".m2"],
    },
    Shape {
        about: "one jar holds the program: sources and what is packed stay behind, settings beside it go along",
        dockerfile: "FROM maven:3.9-eclipse-temurin-17\nWORKDIR /app\nCOPY . .\nRUN mvn package\n\
                     ENTRYPOINT [\"java\", \"-jar\", \"target/a.jar\"]\n",
        files: &[
            ("pom.xml", "<project><plugin>spring-boot-maven-plugin</plugin></project>\n"),
            ("src/main/java/A.java", "class A {}\n"),
            ("src/main/resources/application.properties", "server.port=80\n"),
            ("config/application.yml", EMPTY),
        ],
        has: &[
            "COPY --from=builder /app/target/a.jar /app/target/a.jar",
            "COPY --from=builder /app/config /app/config",
        ],
        lacks: &["src", "pom.xml", "COPY --from=builder /app /app"],
    },
    Shape {
        about: "a program opens what is packed beside itself, too",
        dockerfile: "FROM maven:3.9-eclipse-temurin-17\nWORKDIR /app\nCOPY . .\nRUN mvn package\n\
                     ENTRYPOINT [\"java\", \"-jar\", \"target/a.jar\"]\n",
        files: &[
            ("pom.xml", "<project><plugin>spring-boot-maven-plugin</plugin></project>\n"),
            (
                "src/main/java/A.java",
                "import java.io.File;\nclass A {\n  static File file() { return new File(\"src/main/resources/data.csv\"); }\n}\n",
            ),
            ("src/main/resources/data.csv", EMPTY),
        ],
        has: &["COPY --from=builder /app/src/main/resources /app/src/main/resources"],
        lacks: &["pom.xml", "COPY --from=builder /app /app"],
    },
    Shape {
        about: "something else is made in the program's directory: all of it goes along",
        dockerfile: "FROM maven:3.9-eclipse-temurin-17\nWORKDIR /app\nCOPY . .\nRUN mvn package\nRUN ./prepare\n\
                     ENTRYPOINT [\"java\", \"-jar\", \"target/a.jar\"]\n",
        files: &[
            ("pom.xml", "<project><plugin>spring-boot-maven-plugin</plugin></project>\n"),
            ("src/main/java/A.java", "class A {}\n"),
            ("prepare", "#!/bin/sh\ndate > state.txt\n"),
        ],
        has: &["COPY --from=builder /app /app"],
        lacks: &[],
    },
    Shape {
        about: "a program of the project has the name of a server",
        dockerfile: "FROM debian:bookworm\nRUN apt-get update && apt-get install -y g++\nWORKDIR /app\nCOPY . .\n\
                     RUN g++ src/main.cpp -o httpd\nCMD ./httpd\n",
        files: &[("src/main.cpp", "int main() { return 0; }\n")],
        has: &["COPY --from=builder /app/httpd /app/httpd"],
        lacks: &["src"],
    },
    Shape {
        about: "what is removed first and installed then is there",
        dockerfile: "FROM debian:bookworm\nRUN apt-get update && apt-get install -y build-essential\nWORKDIR /net\nCOPY . .\n\
                     RUN make --always-make install\nCMD srv --port=1\n",
        files: &[
            ("Makefile", "install:\n\tcd server && $(MAKE) uninstall && $(MAKE) && $(MAKE) install && $(MAKE) clean\n"),
            (
                "server/Makefile",
                "srv: main.c\n\tgcc main.c -o srv\nclean:\n\trm --force *.o srv\ninstall:\n\tinstall srv /usr/local/bin/srv\n\
                 uninstall:\n\trm --force /usr/local/bin/srv\n",
            ),
            ("server/main.c", "int main(void) { return 0; }\n"),
        ],
        has: &["COPY --from=builder /usr/local/bin/srv /usr/local/bin/srv"],
        lacks: &["make"],
    },
    Shape {
        about: "packages that hold nothing but headers stay in the builder",
        dockerfile: "FROM debian:bookworm\nRUN apt-get update && apt-get install -y g++ libasio-dev libcjson-dev\nWORKDIR /app\n\
                     COPY . .\nRUN g++ main.cpp -o srv -lcjson\nCMD [\"./srv\"]\n",
        files: &[("main.cpp", "int main() { return 0; }\n")],
        has: &["RUN apt-get update && apt-get install -y libcjson1 && rm -rf /var/lib/apt/lists/*"],
        lacks: &["libasio"],
    },
    Shape {
        about: "an image without the library compiles the library along",
        dockerfile: "FROM rust:1.75-slim\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\nCMD [\"./target/release/shop\"]\n",
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n[dependencies]\ndiesel = { version = \"2\", features = \
                 [\"sqlite\"] }\n",
            ),
            RUST_ANY_FILE,
        ],
        has: &["COPY --from=builder /app/target/release/shop /app/target/release/shop"],
        lacks: &["libsqlite3-0"],
    },
    Shape {
        about: "files that come after the build are not in the builder",
        dockerfile: "FROM golang:1.22\nWORKDIR /app\nCOPY go.mod main.go ./\nRUN go build -o app .\nCOPY . .\nCMD [\"./app\"]\n",
        files: &[GO_MOD, GO_ANY_FILE, ("assets/a.txt", EMPTY)],
        has: &["COPY . ."],
        lacks: &["/app/assets"],
    },
    Shape {
        about: "the working directory of the old base is not missed",
        dockerfile: "FROM golang:1.22\nRUN apt-get update && apt-get install -y ffmpeg && rm -rf /var/lib/apt/lists/*\nWORKDIR /app\n\
                     COPY . .\nRUN go build -o app .\nCMD [\"./app\"]\n",
        files: &[GO_MOD, GO_ANY_FILE],
        has: &["WORKDIR /app"],
        lacks: &["WORKDIR /go"],
    },
    Shape {
        about: "a copy to the working directory of the old base",
        dockerfile: "FROM golang:1.22\nCOPY conf conf\nWORKDIR /app\nCOPY go.mod main.go ./\nRUN go build -o app .\nCMD [\"./app\"]\n",
        files: &[GO_MOD, GO_ANY_FILE, ("conf/a.conf", EMPTY)],
        has: &["WORKDIR /go", "COPY conf conf"],
        lacks: &[],
    },
    Shape {
        about: "C++ on a distribution whose base image has no library for it",
        dockerfile: "FROM alpine:3.19\nRUN apk add --no-cache build-base\nWORKDIR /srv\nCOPY . .\nRUN g++ -o svc main.cpp\n\
                     CMD [\"/srv/svc\"]\n",
        files: &[("main.cpp", "#include <iostream>\nint main() { std::cout << 1; }\n")],
        has: &["RUN apk add --no-cache libstdc++"],
        lacks: &[],
    },
    Shape {
        about: "C on the same distribution",
        dockerfile: "FROM alpine:3.19\nRUN apk add --no-cache build-base\nWORKDIR /srv\nCOPY . .\nRUN gcc -o svc main.c\n\
                     CMD [\"/srv/svc\"]\n",
        files: &[("main.c", "int main() { return 0; }\n")],
        has: &["COPY --from=builder /srv/svc /srv/svc"],
        lacks: &["apk"],
    },
    Shape {
        about: "OpenMP",
        dockerfile: "FROM gcc:12\nWORKDIR /srv\nCOPY . .\nRUN make\nCMD [\"/srv/svc\"]\n",
        files: &[("Makefile", "svc: main.c\n\tgcc -fopenmp -o svc main.c\n"), ("main.c", "int main() { return 0; }\n")],
        has: &[" && apt-get install -y --no-install-recommends libgomp1 \\"],
        lacks: &[],
    },
    Shape {
        about: "a compiler newer than the distribution",
        dockerfile: "FROM gcc:13\nWORKDIR /srv\nCOPY . .\nRUN g++ -o svc main.cpp\nCMD [\"/srv/svc\"]\n",
        files: &[("main.cpp", "#include <iostream>\nint main() { std::cout << 1; }\n")],
        has: &[
            "COPY --from=builder /usr/local/lib64/libstdc++.so.6 /usr/local/lib64/libstdc++.so.6",
            "RUN echo /usr/local/lib64 > /etc/ld.so.conf.d/local-lib64.conf && ldconfig",
        ],
        lacks: &[],
    },
    Shape {
        about: "a copy names an owner only when a step has made it",
        dockerfile: "FROM rust:1.75\nWORKDIR /app\nCOPY Cargo.toml ./\nRUN cargo build --release\nCOPY . .\nRUN cargo build --release\n\
                     RUN groupadd -r app && useradd -r -g app app && chown -R app:app /app\nUSER app\n\
                     CMD [\"/app/target/release/shop\"]\n",
        files: &[CARGO, RUST_ANY_FILE],
        has: &["COPY --from=builder --chown=app:app /app/target/release/shop /app/target/release/shop"],
        lacks: &["shop\nRUN groupadd"],
    },
    Shape {
        about: "a crate from elsewhere has programs of its own, and what it compiles is not the project's",
        dockerfile: "FROM rust:1.75\nWORKDIR /app\nCOPY . .\nRUN cargo install diesel_cli --no-default-features --features sqlite\n\
                     RUN cargo build --release\nCMD [\"./target/release/shop\"]\n",
        files: &[CARGO, RUST_ANY_FILE],
        has: &["COPY --from=builder /app/target/release/shop /app/target/release/shop"],
        lacks: &["/usr/local/cargo/bin/shop", "/app/target /app/target"],
    },
    Shape {
        about: "a package that a RUN downloads is installed from the file again, and no library is named twice",
        dockerfile: "FROM node:20-alpine\nWORKDIR /app\nRUN apk add --no-cache build-base libpng libpng-dev\n\
                     RUN wget -q https://example.org/tool-1.0.apk && apk add --allow-untrusted tool-1.0.apk\n\
                     COPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n\
                     CMD [\"node\", \"index.js\"]\n",
        files: &[
            ("package.json", "{\"scripts\":{\"build\":\"tsc\"},\"dependencies\":{\"canvas\":\"2.11.2\"}}"),
            (
                "package-lock.json",
                "{\"lockfileVersion\":3,\"packages\":{\"node_modules/canvas\":{\"version\":\"2.11.2\"}}}",
            ),
            ("index.js", "require('canvas')\n"),
        ],
        has: &[
            "RUN apk add --no-cache libpng",
            "RUN wget -q https://example.org/tool-1.0.apk && apk add --allow-untrusted tool-1.0.apk",
        ],
        lacks: &["libpng libpng"],
    },
    Shape {
        about: "a packed program that a step moves out of the build tree is all that stays",
        dockerfile: "FROM maven:3.9-eclipse-temurin-17\nWORKDIR /app\nCOPY . .\nRUN mvn -B package\nRUN mv target/*.jar app.jar\n\
                     ENTRYPOINT [\"java\", \"-jar\", \"app.jar\"]\n",
        files: &[
            (
                "pom.xml",
                "<project><build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build></project>",
            ),
            ("src/main/java/App.java", "class App { public static void main(String[] a) {} }\n"),
        ],
        has: &["COPY --from=builder /app/app.jar /app/app.jar"],
        lacks: &["/app/target", "/app /app", "RUN mv"],
    },
    Shape {
        about: "a package that an instruction brings is there when it is installed, wherever it lies",
        dockerfile: "FROM python:3.11\nADD https://example.org/tool_1.0_amd64.deb /tmp/tool.deb\n\
                     RUN apt-get update && apt-get install -y gcc /tmp/tool.deb && rm -rf /var/lib/apt/lists/*\nWORKDIR /app\n\
                     COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nCMD [\"python\", \"app.py\"]\n",
        files: &[("requirements.txt", "flask==3.0.0\n"), ("app.py", "import flask\n")],
        has: &[
            "ADD https://example.org/tool_1.0_amd64.deb /tmp/tool.deb",
            "RUN apt-get update && apt-get install -y /tmp/tool.deb && rm -rf /var/lib/apt/lists/*",
        ],
        lacks: &[],
    },
    Shape {
        about: "what the build made in one RUN with the packages is not removed where it never was",
        dockerfile: "FROM debian:bookworm\nCOPY main.c /build/\nRUN apt-get update && apt-get install -y git gcc libc6-dev && mkdir /tmp/src && cd /tmp/src \\\n \
                     && git clone https://example.org/lib.git /tmp/src && cd /tmp/src && gcc -I. -o /usr/local/bin/app /build/main.c \\\n \
                     && rm -rf /tmp/src\nCMD [\"app\"]\n",
        files: &[("main.c", "int main() { return 0; }\n")],
        has: &["COPY --from=builder /usr/local/bin/app /usr/local/bin/app"],
        lacks: &["/tmp/src"],
    },
    Shape {
        about: "of two directories that receive programs, each command is in the one that gets it",
        dockerfile: "FROM rust:1.75\nWORKDIR /usr/src/shop\nCOPY . .\nRUN cargo install sqlx-cli\n\
                     RUN cargo install --path . --root /usr/local\nCOPY start.sh /start.sh\nCMD [\"sh\", \"/start.sh\"]\n",
        files: &[CARGO, RUST_ANY_FILE, ("start.sh", "sqlx migrate run\nexec shop\n")],
        has: &[
            "COPY --from=builder /usr/local/bin/shop /usr/local/bin/shop",
            "COPY --from=builder /usr/local/cargo/bin/sqlx /usr/local/cargo/bin/sqlx",
        ],
        lacks: &["/usr/local/cargo/bin/shop", "/usr/local/bin/sqlx"],
    },
    Shape {
        about: "a link to the program stays a link",
        dockerfile: "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nRUN go build -o app .\nRUN ln -s /app/app /usr/local/bin/shop\n\
                     ENTRYPOINT [\"shop\"]\n",
        files: &[GO_MOD, GO_ANY_FILE],
        has: &["RUN ln -s /app/app /usr/local/bin/shop", "COPY --from=builder /app/app /app/app"],
        lacks: &["COPY --from=builder /usr/local/bin/shop"],
    },
    Shape {
        about: "a link into the build tree",
        dockerfile: "FROM rust:1.75\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\n\
                     RUN ln -s /app/target/release/shop /usr/local/bin/shop\nCMD [\"shop\"]\n",
        files: &[CARGO, RUST_ANY_FILE],
        has: &[
            "RUN ln -s /app/target/release/shop /usr/local/bin/shop",
            "COPY --from=builder /app/target/release/shop /app/target/release/shop",
        ],
        lacks: &[],
    },
    Shape {
        about: "sources that the build removes are not brought again",
        dockerfile: "FROM gcc:12\nCOPY src /tmp/build\nRUN cd /tmp/build && gcc -o /usr/bin/mini main.c && rm -rf /tmp/build\n\
                     CMD [\"mini\"]\n",
        files: &[("src/main.c", "int main() { return 0; }\n"), ("src/data.txt", EMPTY)],
        has: &["COPY --from=builder /usr/bin/mini /usr/bin/mini"],
        lacks: &["COPY src"],
    },
    Shape {
        about: "a certificate that is removed after the system has read it",
        dockerfile: "FROM golang:1.22\nCOPY ca.crt /usr/local/share/ca-certificates/ca.crt\nRUN update-ca-certificates\nWORKDIR /app\n\
                     COPY . .\nRUN go build -o app .\nRUN rm -rf /app/notes\nCMD [\"./app\"]\n",
        files: &[GO_MOD, GO_ANY_FILE, ("ca.crt", EMPTY), ("notes/a.txt", EMPTY)],
        has: &["COPY ca.crt /usr/local/share/ca-certificates/ca.crt", "RUN update-ca-certificates"],
        lacks: &[],
    },
    Shape {
        about: "a certificate for a program that is proven to open no TLS connection",
        dockerfile: "FROM golang:1.22\nCOPY ca.crt /usr/local/share/ca-certificates/ca.crt\nRUN update-ca-certificates\nWORKDIR /app\n\
                     COPY go.mod main.go ./\nRUN go build -o app .\nCMD [\"./app\"]\n",
        files: &[GO_MOD, GO_MAIN, ("ca.crt", EMPTY)],
        has: &[" && apt-get install -y --no-install-recommends ca-certificates \\", "RUN update-ca-certificates"],
        lacks: &[],
    },
    Shape {
        about: "a package that msb adds after one with a comment above it",
        dockerfile: "FROM golang:1.22\nRUN apt-get update && apt-get install -y \\\n    # for the jobs\n    jq\nWORKDIR /app\n\
                     COPY . .\nRUN go build -o app .\nCMD [\"./app\"]\n",
        files: &[
            GO_MOD,
            (
                "main.go",
                "package main\n\nimport (\n\t\"net/http\"\n\t\"os/exec\"\n)\n\n\
                 func main() { http.Get(\"https://example.org\"); exec.Command(\"jq\").Run() }\n",
            ),
        ],
        has: &["    # for the jobs", "    jq \\", "    ca-certificates \\"],
        lacks: &[],
    },
    Shape {
        about: "a build argument names the directory of the results",
        dockerfile: "FROM golang:1.22\nARG HOME_DIR=/srv/app\nWORKDIR ${HOME_DIR}\nCOPY . .\nRUN go build -o app .\nCMD [\"./app\"]\n",
        files: &[GO_MOD, GO_MAIN],
        has: &["ARG HOME_DIR=/srv/app", "WORKDIR ${HOME_DIR}", "COPY --from=builder ${HOME_DIR}/app ${HOME_DIR}/app"],
        lacks: &["WORKDIR /go"],
    },
    Shape {
        about: "two build arguments name a result, and neither is declared for the runtime stage otherwise",
        dockerfile: "FROM golang:1.22\nARG BIN=/usr/local/bin\nARG NAME=relay\nWORKDIR /src\nCOPY . .\n\
                     RUN go build -o $BIN/$NAME . && ln -s $BIN/$NAME /usr/bin/start\nENTRYPOINT [\"start\"]\n",
        files: &[GO_MOD, GO_MAIN],
        has: &["ARG BIN=/usr/local/bin", "ARG NAME=relay", "COPY --from=builder ${BIN}/${NAME} ${BIN}/${NAME}"],
        lacks: &[],
    },
    Shape {
        about: "a build argument's default is part of a copied path by chance",
        dockerfile: "FROM golang:1.22\nARG MODE=app\nWORKDIR /app\nCOPY . .\nRUN echo $MODE && go build -o app .\nCMD [\"./app\"]\n",
        files: &[GO_MOD, GO_MAIN],
        has: &["COPY --from=builder /app/app /app/app"],
        lacks: &["MODE"],
    },
    Shape {
        about: "settings of a command that the program starts, and what that command starts itself",
        dockerfile: "FROM golang:1.22\nRUN git config --global user.name bot\nWORKDIR /app\nCOPY . .\nRUN go build -o app .\nCMD [\"./app\"]\n",
        files: &[
            GO_MOD,
            (
                "main.go",
                "package main\n\nimport \"os/exec\"\n\nfunc main() { exec.Command(\"git\", \"fetch\").Run() }\n",
            ),
        ],
        has: &[
            "COPY --from=builder /root/.gitconfig /root/.gitconfig",
            " && apt-get install -y --no-install-recommends ca-certificates git openssh-client \\",
        ],
        lacks: &[],
    },
    Shape {
        about: "an entry script gives its arguments to a program",
        dockerfile: "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nRUN go build -o bin/app .\nENTRYPOINT [\"./start.sh\"]\nCMD [\"serve\"]\n",
        files: &[GO_MOD, GO_MAIN, ("start.sh", "#!/bin/sh\nset -e\nexec ./bin/app \"$@\"\n")],
        has: &["COPY --from=builder /app/bin/app /app/bin/app", "CMD [\"serve\"]"],
        lacks: &[],
    },
    Shape {
        about: "a package is added before the step that needs it",
        dockerfile: "FROM golang:1.22\nCOPY ca.crt /usr/local/share/ca-certificates/ca.crt\nRUN update-ca-certificates\n\
                     RUN apt-get update && apt-get install -y jq\nWORKDIR /app\nCOPY go.mod main.go ./\nRUN go build -o app .\n\
                     CMD [\"./app\"]\n",
        files: &[
            GO_MOD,
            ("ca.crt", EMPTY),
            ("main.go", "package main\n\nimport \"os/exec\"\n\nfunc main() { exec.Command(\"jq\").Run() }\n"),
        ],
        has: &[
            " && apt-get install -y --no-install-recommends ca-certificates \\",
            "RUN update-ca-certificates",
            "RUN apt-get update && apt-get install -y jq",
        ],
        lacks: &[],
    },
    Shape {
        about: "a system account gets the id that it had",
        dockerfile: "FROM golang:1.22\nRUN adduser --system --group app\nWORKDIR /app\nCOPY . .\nRUN go build -o app .\nUSER app\n\
                     CMD [\"./app\"]\n",
        files: &[GO_MOD, GO_MAIN],
        has: &["RUN groupadd --force --system --gid 101 _ssh", "RUN adduser --system --group app"],
        lacks: &[],
    },
    Shape {
        about: "an account whose id the file names, or that no group of the old base moves",
        dockerfile: "FROM golang:1.22\nRUN addgroup --system --gid 500 staff2 && useradd -r -g staff2 app\nWORKDIR /app\nCOPY . .\n\
                     RUN go build -o app .\nUSER app\nCMD [\"./app\"]\n",
        files: &[GO_MOD, GO_MAIN],
        has: &["RUN addgroup --system --gid 500 staff2 && useradd -r -g staff2 app"],
        lacks: &["_ssh"],
    },
    Shape {
        about: "settings of a command that nothing in the container starts",
        dockerfile: "FROM golang:1.22\nRUN git config --global user.name bot\nWORKDIR /app\nCOPY . .\nRUN go build -o app .\nCMD [\"./app\"]\n",
        files: &[GO_MOD, GO_MAIN],
        has: &["COPY --from=builder /app/app /app/app"],
        lacks: &["gitconfig", "apt-get"],
    },
    Shape {
        about: "packages that a user other than root installs are in the home directory",
        dockerfile: "FROM python:3.12\nRUN useradd -m -u 1000 user\nUSER user\nENV PATH=/home/user/.local/bin:$PATH\nWORKDIR /app\n\
                     COPY --chown=user requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY --chown=user . .\n\
                     CMD [\"flask\", \"run\"]\n",
        files: &[("requirements.txt", "flask\n"), ("app.py", "import flask\n")],
        has: &["COPY --from=builder --chown=user /home/user/.local /home/user/.local"],
        lacks: &["site-packages"],
    },
    Shape {
        about: "a directory that the build's user made stays this user's",
        dockerfile: "FROM node:20\nWORKDIR /srv/shop\nRUN chown node:node /srv/shop\nUSER node\nCOPY package.json ./\n\
                     RUN npm install\nCOPY . .\nCMD [\"node\", \"main.js\"]\n",
        files: &[("package.json", "{ \"dependencies\": { \"express\": \"4\" } }"), ("main.js", "require('express')\n")],
        has: &[
            "RUN chown node:node /srv/shop",
            "COPY --from=builder --chown=node /srv/shop/node_modules /srv/shop/node_modules",
        ],
        lacks: &[],
    },
    Shape {
        about: "a program that its own packages compile when it starts",
        dockerfile: "FROM node:20\nWORKDIR /srv/shop\nCOPY package*.json ./\nRUN npm install\nCOPY . .\nCMD [\"npm\", \"start\"]\n",
        files: &[
            (
                "package.json",
                "{ \"scripts\": { \"start\": \"nest start\" }, \"dependencies\": { \"@nestjs/core\": \"10\" }, \
                 \"devDependencies\": { \"@nestjs/cli\": \"10\" } }",
            ),
            ("src/main.ts", "import { NestFactory } from '@nestjs/core';\n"),
        ],
        has: &["COPY . .", "COPY --from=builder /srv/shop/node_modules /srv/shop/node_modules"],
        lacks: &[],
    },
    Shape {
        about: "a package manager that starts the program is made callable again, with what was downloaded",
        dockerfile: "FROM node:20\nRUN corepack enable && corepack prepare pnpm@9 --activate\nWORKDIR /srv/shop\nCOPY . .\n\
                     RUN pnpm install && pnpm build\nCMD [\"pnpm\", \"start\"]\n",
        files: &[
            (
                "package.json",
                "{ \"scripts\": { \"build\": \"tsc\", \"start\": \"node dist/main.js\" }, \"dependencies\": { \"express\": \"4\" } }",
            ),
            ("src/main.ts", "import 'express';\n"),
        ],
        has: &["RUN corepack enable", "COPY --from=builder /root/.cache/node/corepack /root/.cache/node/corepack"],
        lacks: &["/usr/local/bin"],
    },
    Shape {
        about: "a package manager that only builds",
        dockerfile: "FROM node:20\nRUN corepack enable\nWORKDIR /srv/shop\nCOPY . .\nRUN pnpm install && pnpm build\n\
                     CMD [\"node\", \"dist/main.js\"]\n",
        files: &[
            ("package.json", "{ \"scripts\": { \"build\": \"tsc\" }, \"dependencies\": { \"express\": \"4\" } }"),
            ("src/main.ts", "import 'express';\n"),
        ],
        has: &["COPY --from=builder /srv/shop /srv/shop"],
        lacks: &["corepack"],
    },
    Shape {
        about: "a directory that WORKDIR makes, too",
        dockerfile: "FROM node:20\nRUN mkdir -p /srv/shop\nWORKDIR /srv/shop\nCOPY . .\nRUN npm install && npx tsc\n\
                     CMD [\"node\", \"dist/main.js\"]\n",
        files: &[
            ("package.json", "{ \"dependencies\": { \"express\": \"4\" } }"),
            ("src/main.ts", "import 'express';\n"),
        ],
        has: &["WORKDIR /srv/shop", "COPY --from=builder /srv/shop /srv/shop"],
        lacks: &["mkdir"],
    },
    Shape {
        about: "a build tool beside an environment of its own",
        dockerfile: "FROM python:3.12\nENV PIPENV_VENV_IN_PROJECT=1\nRUN pip install pipenv\nWORKDIR /app\nCOPY . .\nRUN pipenv sync\n\
                     ENV PATH=/app/.venv/bin:$PATH\nCMD [\"python\", \"app.py\"]\n",
        files: &[("Pipfile", "[packages]\nflask = \"*\"\n"), ("Pipfile.lock", "{}"), ("app.py", "import flask\n")],
        has: &["COPY --from=builder /app/.venv /app/.venv"],
        lacks: &["/usr/local"],
    },
    Shape {
        about: "a build tool that starts the program",
        dockerfile: "FROM python:3.12\nRUN pip install pipenv\nWORKDIR /app\nCOPY . .\nRUN pipenv sync\n\
                     CMD [\"pipenv\", \"run\", \"python\", \"app.py\"]\n",
        files: &[("Pipfile", "[packages]\nflask = \"*\"\n"), ("Pipfile.lock", "{}"), ("app.py", "import flask\n")],
        has: &["COPY --from=builder /usr/local/bin /usr/local/bin"],
        lacks: &[],
    },
    Shape {
        about: "a build tool that a downloaded script installs",
        dockerfile: "FROM python:3.12\nRUN curl -sSL https://install.python-poetry.org | python3 -\nENV PATH=/root/.local/bin:$PATH\n\
                     WORKDIR /app\nCOPY pyproject.toml ./\nRUN poetry config virtualenvs.create false && poetry install --no-root\n\
                     COPY . .\nCMD [\"python\", \"app.py\"]\n",
        files: &[("pyproject.toml", "[tool.poetry.dependencies]\nflask = \"3\"\n"), ("app.py", "import flask\n")],
        has: &["COPY --from=builder /usr/local/bin /usr/local/bin"],
        lacks: &["pypoetry", "bin/poetry"],
    },
    Shape {
        about: "a tool of another image that only builds",
        dockerfile: "FROM python:3.12\nCOPY --from=example.org/uv:1 /uv /uvx /bin/\nWORKDIR /app\nCOPY pyproject.toml uv.lock ./\n\
                     RUN uv sync --frozen\nCOPY . .\nENV PATH=/app/.venv/bin:$PATH\nCMD [\"python\", \"app.py\"]\n",
        files: &[
            ("pyproject.toml", "[project]\nname = \"app\"\ndependencies = [\"flask\"]\n"),
            ("uv.lock", EMPTY),
            ("app.py", "import flask\n"),
        ],
        has: &["COPY --from=builder /app/.venv /app/.venv"],
        lacks: &["/uv"],
    },
    Shape {
        about: "a tool of another image that starts the program",
        dockerfile: "FROM python:3.12\nCOPY --from=example.org/uv:1 /uv /uvx /bin/\nWORKDIR /app\nCOPY pyproject.toml uv.lock ./\n\
                     RUN uv sync --frozen\nCOPY . .\nCMD [\"uv\", \"run\", \"app.py\"]\n",
        files: &[
            ("pyproject.toml", "[project]\nname = \"app\"\ndependencies = [\"flask\"]\n"),
            ("uv.lock", EMPTY),
            ("app.py", "import flask\n"),
        ],
        has: &["COPY --from=example.org/uv:1 /uv /uvx /bin/", "COPY --from=builder /app/.venv /app/.venv"],
        lacks: &[],
    },
    Shape {
        about: "another image brings the first process",
        dockerfile: "FROM node:20\nCOPY --from=example.org/tini:1 /tini /tini\nWORKDIR /app\nCOPY . .\nRUN npm install\n\
                     ENTRYPOINT [\"/tini\", \"--\"]\nCMD [\"node\", \"main.js\"]\n",
        files: &[("package.json", "{ \"dependencies\": { \"express\": \"4\" } }"), ("main.js", "require('express')\n")],
        has: &["COPY --from=example.org/tini:1 /tini /tini"],
        lacks: &[],
    },
    Shape {
        about: "the directory that the program runs in belongs to its user",
        dockerfile: "FROM python:3.12\nWORKDIR /app\nRUN useradd app && chown -R app:app /app\nCOPY . .\n\
                     RUN pip install -r requirements.txt\nUSER app\nCMD [\"python\", \"app.py\"]\n",
        files: &[("requirements.txt", "flask\n"), ("app.py", "import flask\n")],
        has: &["RUN useradd app && chown -R app:app /app"],
        lacks: &[],
    },
    Shape {
        about: "that directory is made together with one that the build fills",
        dockerfile: "FROM node:20\nRUN mkdir -p /srv/shop/node_modules && chown -R node:node /srv/shop\nWORKDIR /srv/shop\n\
                     COPY package.json ./\nUSER node\nRUN npm install\nCOPY --chown=node:node . .\nCMD [\"node\", \"main.js\"]\n",
        files: &[("package.json", "{ \"dependencies\": { \"express\": \"4\" } }"), ("main.js", "require('express')\n")],
        has: &["RUN mkdir -p /srv/shop/node_modules && chown -R node:node /srv/shop"],
        lacks: &[],
    },
    Shape {
        about: "a directory that is made before it is filled, and nothing else",
        dockerfile: "FROM python:3.12\nRUN mkdir /app\nCOPY . /app\nWORKDIR /app\nRUN pip install -r requirements.txt\n\
                     CMD [\"python\", \"app.py\"]\n",
        files: &[("requirements.txt", "flask\n"), ("app.py", "import flask\n")],
        has: &["COPY . /app"],
        lacks: &["mkdir"],
    },
    Shape {
        about: "an install without package lists: the larger base had the package",
        dockerfile: "FROM python:3.12-bookworm\nWORKDIR /app\nRUN apt-get install -y --no-install-recommends libpq-dev\nCOPY . .\n\
                     RUN pip install -r requirements.txt\nCMD [\"python\", \"app.py\"]\n",
        files: &[("requirements.txt", "psycopg2\n"), ("app.py", "import psycopg2\n")],
        has: &["RUN apt-get update \\", " && apt-get install -y --no-install-recommends libpq5 \\"],
        lacks: &["RUN apt-get install"],
    },
    Shape {
        about: "an interpreter with a place of its own for packages",
        dockerfile: "FROM pypy:3.11-bookworm\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD [\"pypy3\", \"app.py\"]\n",
        files: &[("requirements.txt", "flask\n"), ("app.py", "import flask\n")],
        has: &[
            "COPY --from=builder /opt/pypy/lib/pypy3.11/site-packages /opt/pypy/lib/pypy3.11/site-packages",
            "COPY --from=builder /opt/pypy/bin /opt/pypy/bin",
        ],
        lacks: &["dist-packages"],
    },
    Shape {
        about: "what a locked package could be installed with is not installed",
        dockerfile: "FROM python:3.12-bookworm\nWORKDIR /app\nCOPY . .\n\
                     RUN pip install poetry && poetry config virtualenvs.create false && poetry install\nCMD [\"python\", \"app.py\"]\n",
        files: &[
            ("pyproject.toml", "[tool.poetry.dependencies]\nsqlalchemy = \"2\"\n"),
            (
                "poetry.lock",
                "[[package]]\nname = \"sqlalchemy\"\nversion = \"2.0\"\n\n[package.extras]\naioodbc = [\"aioodbc\"]\n",
            ),
            ("app.py", "import sqlalchemy\n"),
        ],
        has: &["COPY . ."],
        lacks: &["odbc"],
    },
    Shape {
        about: "what a step puts beside the sources is served by a program that says so",
        dockerfile: "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nRUN cp -r public_src public\n\
                     RUN mkdir -p static && curl -fsSL https://example.org/htmx.js -o static/htmx.js\n\
                     RUN cp settings.example.yaml settings.yaml\nRUN go build -o server .\nCMD [\"./server\"]\n",
        files: &[
            GO_MOD,
            (
                "main.go",
                "package main\n\nimport (\n\t\"net/http\"\n\t\"os\"\n)\n\nfunc main() {\n\tos.ReadFile(\"settings.yaml\")\n\t\
                 http.Handle(\"/s/\", http.FileServer(http.Dir(\"./static\")))\n\t\
                 http.ListenAndServe(\":80\", http.FileServer(http.Dir(\"public\")))\n}\n",
            ),
            ("public_src/index.html", "x"),
            ("settings.example.yaml", "a: 1\n"),
        ],
        has: &[
            "COPY --from=builder /app/public /app/public",
            "COPY --from=builder /app/static/htmx.js /app/static/htmx.js",
            "COPY --from=builder /app/settings.yaml /app/settings.yaml",
        ],
        lacks: &["/app /app", "public_src", "example"],
    },
    Shape {
        about: "a description that a generator writes stays where the program opens what it is told",
        dockerfile: "FROM golang:1.22\nWORKDIR /app\nRUN go install github.com/swaggo/swag/cmd/swag@v1.16.3\nCOPY . .\n\
                     RUN swag init -o api\nRUN go build -o /usr/local/bin/server .\nCMD [\"server\"]\n",
        files: &[
            GO_MOD,
            (
                "main.go",
                "package main\n\nimport (\n\t\"net/http\"\n\t\"os\"\n)\n\nfunc main() {\n\t\
                 http.ListenAndServe(\":80\", http.FileServer(http.Dir(os.Getenv(\"DOCS\"))))\n}\n",
            ),
        ],
        has: &["COPY --from=builder /app/api /app/api"],
        lacks: &["/app /app"],
    },
    Shape {
        about: "what generators of unknown trades write stays where the program opens what it is told",
        dockerfile: "FROM golang:1.22\nWORKDIR /app\nCOPY . .\n\
                     RUN go generate ./...\nRUN go build -o /usr/local/bin/server .\nCMD [\"server\"]\n",
        files: &[GO_MOD, GO_ANY_FILE],
        has: &["COPY --from=builder /app /app"],
        lacks: &[],
    },
    Shape {
        about: "what a change of the system reads comes before it",
        dockerfile: "FROM python:3.11\nWORKDIR /app\nCOPY . .\n\
                     RUN cp certs/own.crt /usr/local/share/ca-certificates/ && update-ca-certificates\n\
                     RUN pip install --no-cache-dir flask==3.0.3\nCMD [\"python\", \"app.py\"]\n",
        files: &[("app.py", "import flask\n"), ("certs/own.crt", "x")],
        has: &[
            "COPY --from=builder /usr/local/share/ca-certificates /usr/local/share/ca-certificates\nRUN update-ca-certificates",
        ],
        lacks: &[],
    },
    Shape {
        about: "names of packages that a file holds stay with the step and the file",
        dockerfile: "FROM python:3.11-slim\nARG DEBIAN_FRONTEND=noninteractive\n\
                     RUN apt-get update && apt-get install -y build-essential\nCOPY packages.txt /tmp/\n\
                     RUN apt-get update && xargs apt-get install -y < /tmp/packages.txt\nCOPY more.txt /tmp/\n\
                     RUN apt-get update && apt-get install -y $(cat /tmp/more.txt)\nWORKDIR /app\n\
                     RUN pip install --no-cache-dir flask==3.0.3\nCOPY app.py .\nCMD [\"python\", \"app.py\"]\n",
        files: &[("app.py", "import flask\n"), ("packages.txt", "ffmpeg\n"), ("more.txt", "libpq5\n")],
        has: &[
            "ARG DEBIAN_FRONTEND=noninteractive",
            "COPY packages.txt /tmp/\nRUN apt-get update && xargs apt-get install -y < /tmp/packages.txt",
            "COPY more.txt /tmp/\nRUN apt-get update && apt-get install -y $(cat /tmp/more.txt)",
        ],
        lacks: &["build-essential"],
    },
    Shape {
        about: "a step that is repeated has the tool that it calls",
        dockerfile: "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y build-essential curl\n\
                     RUN curl -fsSLo /tmp/w.deb https://example.org/w.deb && apt-get install -y /tmp/w.deb && rm /tmp/w.deb\n\
                     WORKDIR /app\nRUN pip install --no-cache-dir flask==3.0.3\nCOPY app.py .\n\
                     CMD [\"python\", \"app.py\"]\n",
        files: &[("app.py", "import flask\n")],
        has: &[
            "RUN curl -fsSLo /tmp/w.deb https://example.org/w.deb && apt-get install -y /tmp/w.deb && rm /tmp/w.deb",
        ],
        lacks: &["build-essential"],
    },
    Shape {
        about: "a later release of a package manager, which links packages into their directory",
        dockerfile: "FROM node:20-slim\nRUN corepack enable\nWORKDIR /app\nCOPY package.json yarn.lock .yarnrc.yml ./\n\
                     RUN yarn install --immutable\nCOPY . .\nRUN yarn build\nCMD [\"node\", \"dist/main.js\"]\n",
        files: &[
            (
                "package.json",
                "{\"packageManager\": \"yarn@4.5.0\", \"scripts\": {\"build\": \"tsc\"}, \"dependencies\": {\"express\": \"4\"}, \
                 \"devDependencies\": {\"typescript\": \"5\", \"webpack\": \"5\"}}",
            ),
            (".yarnrc.yml", "nodeLinker: node-modules\n"),
            (
                "yarn.lock",
                "__metadata:\n  version: 8\n\n\"express@npm:4\":\n  version: 4.0.0\n\n\"typescript@npm:5\":\n  version: 5.0.0\n\n\
                 \"webpack@npm:5\":\n  version: 5.0.0\n",
            ),
            ("tsconfig.json", "{\"compilerOptions\": {\"outDir\": \"dist\"}}"),
            ("src/main.ts", "import express from 'express';\nexpress().listen(3000);\n"),
        ],
        has: &["COPY --from=builder /app /app"],
        lacks: &["corepack", "RUN yarn"],
    },
    Shape {
        about: "a cache that the installation leaves is not copied",
        dockerfile: "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y gcc\nWORKDIR /app\nCOPY . .\n\
                     RUN python -m venv /opt/venv && /opt/venv/bin/pip install -r requirements.txt\n\
                     CMD [\"/opt/venv/bin/python\", \"app.py\"]\n",
        files: &[("requirements.txt", "flask==3.0.0\n"), ("app.py", "import flask\n")],
        has: &["COPY --from=builder /opt/venv /opt/venv"],
        lacks: &["/root", "gcc"],
    },
    Shape {
        about: "of what a step clears away the runtime stage clears what it has itself",
        dockerfile: "FROM python:3.11\nWORKDIR /app\nCOPY requirements.txt app.py ./\n\
                     RUN apt-get update && apt-get install -y ffmpeg && pip install -r requirements.txt && rm -rf /root/.cache /var/lib/apt/lists/*\n\
                     CMD [\"python\", \"app.py\"]\n",
        files: &[("requirements.txt", "flask==3.0.3\n"), ("app.py", "import flask\n")],
        has: &["RUN apt-get update && apt-get install -y ffmpeg && rm -rf /var/lib/apt/lists/*"],
        lacks: &[],
    },
    Shape {
        about: "a path of the project that any library is given goes along",
        dockerfile: "FROM rust:1.75\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\nCMD [\"./target/release/shop\"]\n",
        files: &[
            CARGO,
            (
                "src/main.rs",
                "fn main() {\n    let m = include_str!(\"../pages/a.txt\");\n    regex::Regex::new(\"./migrations\").unwrap();\n    println!(\"{m}\");\n}\n",
            ),
            ("migrations/1.sql", "select 1;\n"),
            ("pages/a.txt", "x"),
        ],
        has: &["COPY --from=builder /app/migrations /app/migrations"],
        lacks: &["/app /app", "pages"],
    },
    Shape {
        about: "a directory that the smaller image has elsewhere is found under its old name",
        dockerfile: "FROM maven:3.8-openjdk-11\nWORKDIR /app\nCOPY . .\nRUN mvn -q package\n\
                     ENTRYPOINT exec $JAVA_HOME/bin/java -jar target/app.jar\n",
        files: &[
            (
                "pom.xml",
                "<project><artifactId>app</artifactId><build><finalName>app</finalName><plugins><plugin>spring-boot-maven-plugin</plugin></plugins></build></project>\n",
            ),
            ("mvnw", "#!/bin/sh\nexec mvn \"$@\"\n"),
            ("src/main/java/A.java", "class A { public static void main(String[] a) {} }\n"),
        ],
        has: &["RUN ln -s /opt/java/openjdk /usr/local/openjdk-11\nENV JAVA_HOME=/usr/local/openjdk-11"],
        lacks: &[],
    },
    Shape {
        about: "a program that a build tool starts by a script of its own is read, too",
        dockerfile: "FROM gradle:8.7-jdk17\nWORKDIR /app\nCOPY . .\nRUN gradle installDist\nUSER root\n\
                     CMD [\"build/install/app/bin/app\"]\n",
        files: &[
            ("build.gradle", "plugins { id 'application' }\n"),
            ("settings.gradle", "rootProject.name = 'app'\n"),
            (
                "src/main/java/A.java",
                "class A { public static void main(String[] a) throws Exception { new ProcessBuilder(\"git\", \"log\").start(); } }\n",
            ),
        ],
        has: &[" && apt-get install -y --no-install-recommends git openssh-client \\"],
        lacks: &[],
    },
    Shape {
        about: "a directory that is made for a user stays, and so does the interpreter of what nobody has read",
        dockerfile: "FROM node:20-slim\n\
                     RUN apt-get update && apt-get install -y --no-install-recommends curl ca-certificates python3 make g++\n\
                     RUN curl -fsSL https://example.org/fetch -o /usr/local/bin/fetch && chmod a+rx /usr/local/bin/fetch\n\
                     RUN useradd -u 4000 app && mkdir -p /var/cache/app && chown app /var/cache/app\nWORKDIR /app\n\
                     COPY package.json package-lock.json ./\nRUN npm ci\nCOPY index.js ./\nUSER app\nCMD [\"node\", \"index.js\"]\n",
        files: &[
            ("package.json", "{\"dependencies\":{\"ms\":\"2.1.3\"}}"),
            ("package-lock.json", "{\"lockfileVersion\":3,\"packages\":{\"node_modules/ms\":{\"version\":\"2.1.3\"}}}"),
            ("index.js", "require('ms');\nrequire('child_process').execFile('fetch');\n"),
        ],
        has: &[
            "RUN useradd -u 4000 app && mkdir -p /var/cache/app && chown app /var/cache/app",
            "RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3 && rm -rf /var/lib/apt/lists/*",
        ],
        lacks: &["g++"],
    },
    Shape {
        about: "a directory that a COPY makes for a user is made by the copy from the builder, before WORKDIR enters it",
        dockerfile: "FROM gradle:8.7-jdk17\nCOPY --chown=gradle:gradle . /home/gradle/src\nWORKDIR /home/gradle/src\n\
                     RUN gradle installDist --no-daemon\nUSER gradle\nCMD [\"build/install/app/bin/app\"]\n",
        files: &[
            ("build.gradle", "plugins { id 'application' }\n"),
            ("settings.gradle", "rootProject.name = 'app'\n"),
            ("src/main/java/A.java", "class A { public static void main(String[] a) {} }\n"),
        ],
        has: &["COPY --from=builder --chown=gradle:gradle /home/gradle/src /home/gradle/src\nWORKDIR /home/gradle/src"],
        lacks: &[],
    },
];

/// Files whose command decides whether msb converts, each with the rule that says why it does not.
const DECLINED: &[(&str, &str, &str)] = &[
    (
        "a store of certificates by its path, which may be another in the smaller image",
        "FROM maven:3.8-eclipse-temurin-8\nWORKDIR /app\nCOPY . .\nRUN mvn -B package\nRUN keytool -importcert -noprompt -keystore \
         $JAVA_HOME/jre/lib/security/cacerts -file main.js\nCMD [\"java\", \"-jar\", \"target/a.jar\"]\n",
        "system-change",
    ),
    (
        "an installation puts files into another directory than its prefix, and nothing lists them",
        "FROM debian:12\nRUN apt-get update && apt-get install -y gcc make libc6-dev && rm -rf /var/lib/apt/lists/*\nWORKDIR /src\n\
         COPY . .\nRUN ./configure --prefix=/opt/feed --sysconfdir=/etc && make && make install\nCMD [\"/opt/feed/bin/feed\"]\n",
        "opaque-step",
    ),
    (
        "a step that installs system packages without naming them",
        "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci && npx playwright install-deps && npm run build\nCMD [\"node\", \"main.js\"]\n",
        "opaque-step",
    ),
    (
        "packages that go or stay by what the step finds out",
        "FROM debian:bookworm\nRUN saved=\"$(apt-mark showmanual)\" && apt-get update && apt-get install -y gcc && gcc -o /usr/local/bin/a a.c \\\n\
         && apt-mark auto '.*' && apt-mark manual $saved && apt-get purge -y --auto-remove\nCMD [\"a\"]\n",
        "opaque-step",
    ),
    (
        "an entry script that may run its arguments",
        "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nRUN go build -o app .\nENTRYPOINT [\"./start.sh\"]\nCMD [\"relay\"]\n",
        "opaque-entrypoint",
    ),
    (
        "a line of Python that may do anything",
        "FROM python:3.12\nRUN python -c 'import setup; setup.run()'\nCMD [\"python\", \"-m\", \"http.server\"]\n",
        "opaque-step",
    ),
];

/// Credentials in what is copied: read, they decline the file; known by name only, they are a guess; without any, the name alone
/// does not count.
#[test]
fn credentials_do_not_come_along() {
    let dockerfile = "FROM node:20\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n\
                      CMD [\"node\", \"index.js\"]\n";
    let outcome = |npmrc: &'static str| {
        let context = MemoryContext::new([
            ("package.json", "{\"dependencies\": {\"express\": \"4.19.2\"}}"),
            ("package-lock.json", "{\"packages\": {\"node_modules/express\": {\"version\": \"4.19.2\"}}}"),
            ("index.js", "require('express')\n"),
            (".npmrc", npmrc),
        ]);
        msb::convert(&Request::new(dockerfile.as_bytes(), &context)).expect("it parses").outcome
    };
    match outcome("//npm.example/:_authToken=npm_0123456789abcdef\n") {
        Outcome::Declined { reasons } => assert_eq!(reasons[0].rule.id, "secret-in-image", "{reasons:?}"),
        other => panic!("{other:?}"),
    }
    match outcome("engine-strict=true\n") {
        Outcome::Convert(plan) => assert_eq!(plan.applicability, Applicability::Safe, "{:?}", plan.assumptions),
        other => panic!("{other:?}"),
    }
}

/// What a step writes that nobody knows is brought where two files of the project name it; where one does, that is said.
#[test]
fn files_that_two_programs_name_are_made_by_the_first() {
    let dockerfile = "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y gcc && rm -rf /var/lib/apt/lists/*\nWORKDIR /app\n\
         COPY . .\nRUN python train.py\nCMD [\"python\", \"score.py\"]\n";
    let convert = |train: &'static str| {
        let score = "model = load(\"/models/model.bin\")\n";
        let context = MemoryContext::new([("train.py", train), ("score.py", score)]);
        let conversion = msb::convert(&Request::new(dockerfile.as_bytes(), &context)).expect("it parses");
        let Outcome::Convert(plan) = conversion.outcome else { panic!("{:?}", conversion.outcome) };
        let text = String::from_utf8(conversion.output.expect("it converts")).expect("text");
        (text, format!("{:?}", plan.assumptions))
    };
    let copy = "COPY --from=builder /models/model.bin /models/model.bin";
    let (text, assumed) = convert("dump(m, '/models/model.bin')\n");
    assert!(text.contains(copy) && !assumed.contains("nothing else brings"), "{text}\n{assumed}");
    let (text, assumed) = convert("dump(m, environ['MODEL'])\n");
    assert!(!text.contains(copy) && assumed.contains("nothing else brings"), "{text}\n{assumed}");
}

/// An entry point that only fills the build tool's repository is not missed, unless a source names what it fills.
#[test]
fn an_entry_point_for_the_build_tool_is_needless() {
    let dockerfile = "FROM maven:3.9-eclipse-temurin-17\nWORKDIR /app\nCOPY . .\nRUN mvn -B package\n\
                      CMD [\"java\", \"-jar\", \"target/shop-1.jar\"]\n";
    let convert = |source: &'static str| {
        let pom = "<project><artifactId>shop</artifactId><version>1</version></project>\n";
        let context = MemoryContext::new([("pom.xml", pom), ("src/main/java/Main.java", source)]);
        let conversion = msb::convert(&Request::new(dockerfile.as_bytes(), &context)).expect("it parses");
        let Outcome::Convert(plan) = conversion.outcome else { panic!("{:?}", conversion.outcome) };
        plan
    };
    let plan = convert("class Main { public static void main(String[] a) {} }\n");
    assert!(plan.assumptions.iter().all(|a| a.rule.id != "assumed-entrypoint"), "{:?}", plan.assumptions);
    assert!(plan.changes.iter().any(|c| c.rule.id == "entrypoint-needless") && plan.replaced_entrypoint().is_some());
    let plan = convert("class Main { String home = System.getenv(\"HOME\") + \"/.m2/settings.xml\"; }\n");
    assert!(plan.assumptions.iter().any(|a| a.rule.id == "assumed-entrypoint"), "{:?}", plan.assumptions);
}

/// Of a smaller image whose release is not known, the commands of its distribution are.
#[test]
fn a_step_is_repeated_on_a_release_that_is_not_known() {
    let dockerfile = "FROM oven/bun:1\nWORKDIR /app\nCOPY . .\nRUN bun build ./index.ts --target=bun --outdir=./dist\n\
                      RUN mkdir -p /data && chown bun:bun /data\nUSER bun\nCMD [\"bun\", \"run\", \"dist/index.js\"]\n";
    let context = MemoryContext::new([("index.ts", "console.log(1)\n"), ("package.json", "{}"), ("bun.lock", "{}")]);
    let conversion = msb::convert(&Request::new(dockerfile.as_bytes(), &context)).expect("it parses");
    let text = String::from_utf8(conversion.output.expect("it converts")).expect("text");
    let (_, stage) = text.rsplit_once("FROM ").expect("there are stages");
    assert!(stage.starts_with("oven/bun:1-slim\n") && stage.contains("RUN mkdir -p /data"), "{text}");
}

#[test]
fn what_cannot_be_named_is_declined() {
    for (about, dockerfile, rule) in DECLINED {
        let context = MemoryContext::new([
            ("package.json", "{}"),
            ("main.js", ""),
            ("start.sh", "#!/bin/sh\n[ \"$1\" = app ] && exec ./app\nexec \"$@\"\n"),
        ]);
        let conversion = msb::convert(&Request::new(dockerfile.as_bytes(), &context)).expect(about);
        match &conversion.outcome {
            Outcome::Declined { reasons } => {
                assert!(reasons.iter().any(|r| r.rule.id == *rule), "{about}: {reasons:?}");
            }
            other => panic!("{about}: {other:?}"),
        }
    }
}

/// A copy of a directory that the image has filled already is stored a second time.
#[test]
fn what_a_copy_repeats_of_the_image_is_no_gain() {
    let convert = |base: &str| {
        let dockerfile = format!(
            "FROM {base}\nRUN apt-get update && apt-get install -y build-essential && rm -rf /var/lib/apt/lists/*\nWORKDIR /app\n\
             COPY environment.yml .\nRUN conda env create -f environment.yml\nENV PATH=/opt/conda/envs/x/bin:$PATH\nCOPY . .\n\
             CMD [\"python\", \"app.py\"]\n"
        );
        let context = MemoryContext::new([
            ("environment.yml", "name: x\ndependencies:\n  - python=3.11\n"),
            ("app.py", "print(1)\n"),
        ]);
        msb::convert(&Request::new(dockerfile.as_bytes(), &context)).expect("it parses").outcome
    };
    match convert("continuumio/miniconda3:23.10.0-1") {
        Outcome::Unchanged { reason } => assert_eq!(reason.rule.id, "no-gain"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn paths_hold_for_other_values_than_those_of_the_conversion() {
    let dockerfile =
        b"FROM golang:1.22\nARG DIR=/srv\nWORKDIR ${DIR}\nCOPY . .\nRUN go build -o app .\nCMD [\"./app\"]\n";
    let context = MemoryContext::new([GO_MOD, GO_MAIN]);
    let mut request = Request::new(dockerfile, &context);
    let plain = msb::convert(&request).expect("it parses").output;
    request.build_args.insert("DIR".to_owned(), "/opt/other".to_owned());
    assert_eq!(msb::convert(&request).expect("it parses").output, plain);
    assert!(
        String::from_utf8(plain.expect("it converts"))
            .expect("text")
            .contains("COPY --from=builder ${DIR}/app ${DIR}/app")
    );
}

#[test]
fn programs_beside_one_whose_sources_are_not_here_are_not_left_behind_silently() {
    let assumed = |steps: &str| {
        let program = steps.rsplit(' ').next().expect(steps);
        let dockerfile = format!("FROM rust:1\n{steps}\nENTRYPOINT [\"{program}\"]\n");
        let conversion = msb::convert(&Request::new(dockerfile.as_bytes(), &MemoryContext::default())).expect(steps);
        let Outcome::Convert(plan) = conversion.outcome else { panic!("{steps}: {:?}", conversion.outcome) };
        plan.assumptions.iter().any(|a| a.rule.id == "assumed-subprocess")
    };
    assert!(assumed("RUN cargo install archiver\nRUN cargo install relay"));
    // Nobody knows what it starts either, unless a table does.
    assert!(assumed("RUN cargo install relay"));
    assert!(!assumed("RUN cargo install miniserve"));
    assert!(!assumed("RUN cargo install cargo-auditable\nRUN cargo install miniserve"));
}

#[test]
fn results_that_hold_for_a_default_only_are_unsafe() {
    let dockerfile =
        "FROM golang:1.22\nARG NAME=relay\nWORKDIR /app\nCOPY . .\nRUN go build -o $NAME .\nCMD [\"./relay\"]\n";
    let context = MemoryContext::new([GO_MOD, GO_MAIN]);
    let conversion = msb::convert(&Request::new(dockerfile.as_bytes(), &context)).expect("it parses");
    let Outcome::Convert(plan) = &conversion.outcome else { panic!("{:?}", conversion.outcome) };
    assert_eq!(plan.applicability, Applicability::Unsafe);
    assert!(plan.assumptions.iter().any(|a| a.rule.id == "assumed-argument"), "{:?}", plan.assumptions);
}

/// The runtime stage of a safe conversion.
fn runtime_stage(shape: &Shape) -> Result<String, String> {
    let context = MemoryContext::new(shape.files.iter().copied());
    let conversion = msb::convert(&Request::new(shape.dockerfile.as_bytes(), &context)).expect(shape.about);
    match &conversion.outcome {
        Outcome::Convert(plan) if plan.applicability == Applicability::Safe => {}
        Outcome::Convert(plan) => return Err(format!("unsafe: {:?}", plan.assumptions)),
        other => return Err(format!("{other:?}")),
    }
    let text = String::from_utf8(conversion.output.expect(shape.about)).expect(shape.about);
    let at = text.rfind("\nFROM ").expect(shape.about);
    Ok(text[at + 1..].to_owned())
}

#[test]
fn runtime_stages_have_what_they_must() {
    let mut wrong = Vec::new();
    for shape in SHAPES {
        let stage = match runtime_stage(shape) {
            Ok(stage) => stage,
            Err(answer) => {
                wrong.push(format!("{}: {answer}", shape.about));
                continue;
            }
        };
        for line in shape.has.iter().filter(|line| !format!("\n{stage}\n").contains(&format!("\n{line}\n"))) {
            wrong.push(format!("{}: no line `{line}` in\n{stage}", shape.about));
        }
        for part in shape.lacks.iter().filter(|part| stage.contains(*part)) {
            wrong.push(format!("{}: `{part}` in\n{stage}", shape.about));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
