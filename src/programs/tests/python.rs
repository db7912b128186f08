use super::{lines, opens, read};
use crate::programs::Reading;

fn program(text: &str) -> Reading {
    read("python", &[("app.py", text)], "")
}

#[test]
fn commands_are_found_where_they_are() {
    for (about, text, commands, unknown) in [
        ("run with a list", "import subprocess\nsubprocess.run([\"git\", \"log\"])", vec!["app.py:2 git"], 0),
        ("a renamed module", "import subprocess as sp\nsp.check_output([\"df\"])", vec!["app.py:2 df"], 0),
        (
            "a function brought in",
            "from subprocess import Popen\nPopen([\"ffmpeg\", \"-i\", x])",
            vec!["app.py:2 ffmpeg"],
            0,
        ),
        ("every name brought in", "from subprocess import *\nrun([\"ffmpeg\"])", vec!["app.py:2 ffmpeg"], 0),
        (
            "a line with computed words",
            "import os\nos.system(f\"cd {d} && unzip -o {d}/a.zip\")\nos.system(\"tar xf \" + d + \" && file x\")",
            vec!["app.py:2 cd", "app.py:3 file", "app.py:2 sh", "app.py:3 tar", "app.py:2 unzip"],
            0,
        ),
        ("a computed command in a line", "import os\nos.system(f\"cat x | {tool} -\")", vec!["app.py:2 sh"], 1),
        (
            "a line for the shell",
            "import os\nos.system(\"convert a b | tee x\")",
            vec!["app.py:2 convert", "app.py:2 sh", "app.py:2 tee"],
            0,
        ),
        ("an f-string", "import os\nos.system(f\"convert {a} {b}\")", vec!["app.py:2 convert", "app.py:2 sh"], 0),
        (
            "a list in a variable",
            "import subprocess\ncmd = [\"tar\", \"x\"]\ncmd += more\nsubprocess.run(cmd)",
            vec!["app.py:4 tar"],
            1,
        ),
        ("a list and more", "import subprocess\nsubprocess.run([\"tar\"] + more)", vec!["app.py:2 tar"], 0),
        (
            "a line split",
            "import subprocess, shlex\nsubprocess.run(shlex.split(\"pg_dump -U x\"))",
            vec!["app.py:2 pg_dump"],
            0,
        ),
        (
            "the interpreter",
            "import subprocess, sys\nsubprocess.run([sys.executable, \"x.py\"])",
            vec!["app.py:2 python3"],
            0,
        ),
        ("which", "import shutil\nshutil.which(\"wkhtmltopdf\")", vec!["app.py:2 wkhtmltopdf"], 0),
        (
            "asynchronous",
            "import asyncio\nawait asyncio.create_subprocess_exec(\"ls\", \"-l\")",
            vec!["app.py:2 ls"],
            0,
        ),
        ("by keyword", "import subprocess\nsubprocess.run(check=True, args=[\"ps\"])", vec!["app.py:2 ps"], 0),
        ("computed", "import subprocess\nsubprocess.run([tool()])", vec![], 1),
        (
            "a line from the environment, with a default",
            "import os, subprocess\nsubprocess.run(os.environ.get(\"HOOK\", \"date\"), shell=True)",
            vec!["app.py:2 date", "app.py:2 sh"],
            1,
        ),
        (
            "a command from the environment, with a default",
            "import os, subprocess\nsubprocess.run([os.environ.get(\"TOOL\", \"date\")])",
            vec!["app.py:2 date"],
            0,
        ),
        ("given away", "import subprocess\nf(subprocess.run)", vec![], 1),
        (
            "a command in a constant",
            "import subprocess\nTOOL = \"pdftoppm\"\ndef f():\n    subprocess.run([TOOL, \"-r\"])",
            vec!["app.py:4 pdftoppm"],
            0,
        ),
        (
            "a constant that a function changes",
            "import subprocess\nTOOL = \"a\"\ndef f():\n    global TOOL\n    TOOL = g()\nsubprocess.run([TOOL])",
            vec!["app.py:6 a"],
            1,
        ),
        (
            "inside a function, imported there",
            "def f():\n    import subprocess\n    subprocess.call(\"uptime\")",
            vec!["app.py:3 uptime"],
            0,
        ),
        (
            "a comment, a string, a method of something else",
            "# subprocess.run(['git'])\nx = \"subprocess.run(['git'])\"\nself.run(['git'])",
            vec![],
            0,
        ),
        ("none", "print(1)", vec![], 0),
    ] {
        let reading = program(text);
        assert_eq!(lines(&reading.subprocesses), commands, "{about}");
        assert_eq!(reading.unknown_subprocesses.len(), unknown, "{about}: {:?}", reading.unknown_subprocesses);
        assert!(reading.complete, "{about}");
    }
}

#[test]
fn packages_that_start_commands_are_known() {
    for (import, commands) in [
        ("import git", vec!["app.py:1 git"]),
        ("from pydub import AudioSegment", vec!["app.py:1 ffmpeg", "app.py:1 ffprobe"]),
        ("import pytesseract", vec!["app.py:1 tesseract"]),
        (
            "from pdf2image import convert_from_path",
            vec!["app.py:1 pdfinfo", "app.py:1 pdftocairo", "app.py:1 pdftoppm"],
        ),
        ("import graphviz as g", vec!["app.py:1 dot"]),
        ("import weasyprint", vec![]),
        ("import psutil", vec![]),
    ] {
        let reading = program(import);
        assert_eq!(lines(&reading.subprocesses), commands, "{import}");
        assert_eq!(lines(&reading.unknown_subprocesses), [""; 0], "{import}");
    }
}

#[test]
fn unknown_packages_are_evidence() {
    let reading = program("import os\nimport strange_thing.part");
    assert_eq!(lines(&reading.unknown_packages), ["app.py:2 strange_thing", "app.py:2 strange_thing.part"]);
    assert_eq!(reading.unknown_subprocesses.len(), 2);
    assert_eq!(reading.unknown_subprocesses[0].line, 2);
}

#[test]
fn own_modules_are_not_unknown() {
    let files = [
        ("manage.py", "import shop.models\nfrom shop import views\nimport util"),
        ("shop/models.py", "from . import views\nfrom .views import x\nimport helpers"),
        ("shop/views.py", "x = 1"),
        ("shop/helpers.py", ""),
        ("src/util.py", ""),
    ];
    assert_eq!(lines(&read("python", &files, "").unknown_packages), [""; 0]);
    // A directory elsewhere does not hide a package.
    let files = [("app.py", "import redshift"), ("deep/redshift/client.py", "")];
    assert_eq!(lines(&read("python", &files, "").unknown_packages), ["app.py:1 redshift"]);
}

#[test]
fn file_opens_are_found() {
    for (about, text, expected) in [
        ("open", "open(\"a.txt\")", "these\napp.py:1 a.txt"),
        (
            "beside the source",
            "import os\nHERE = os.path.dirname(os.path.abspath(__file__))\nopen(os.path.join(HERE, \"data\", \"x.json\"))",
            "these\napp.py:3 data/x.json",
        ),
        (
            "pathlib",
            "from pathlib import Path\nBASE = Path(__file__).resolve().parent\n(BASE / \"sql\" / \"q.sql\").read_text()",
            "these\napp.py:3 sql/q.sql",
        ),
        (
            "an environment variable with a default",
            "import os\nopen(os.environ.get(\"CONF\", \"conf/a.ini\"))",
            "these\napp.py:2 conf\napp.py:2 conf/a.ini",
        ),
        (
            "an environment variable",
            "import os\nopen(os.environ[\"CONF\"])",
            "not proven\napp.py:2 open opens a path from the environment variable CONF",
        ),
        ("computed", "open(name())", "not proven\napp.py:1 open opens a path that is computed"),
        ("given away", "map(open, names)", "not proven\napp.py:1 open is passed on without being called"),
        ("flask", "from flask import Flask", "these\napp.py:1 static\napp.py:1 templates"),
        (
            "fastapi",
            "from fastapi.staticfiles import StaticFiles\nStaticFiles(directory=\"public\")",
            "these\napp.py:2 public",
        ),
        ("a method of the same name", "zip.open(\"inner.txt\")", "nothing"),
        (
            "a default of a parameter",
            "def load(path=\"a.yml\"):\n    open(path)\nload()\nload(\"b.yml\")",
            "these\napp.py:2 a.yml\napp.py:2 b.yml",
        ),
    ] {
        assert_eq!(opens(&program(text)), expected, "{about}");
    }
}

#[test]
fn time_zones_and_tls_are_found() {
    let reading = program("from zoneinfo import ZoneInfo\nimport requests\nimport urllib.request");
    assert_eq!(lines(&reading.time_zones), ["app.py:1 zoneinfo.ZoneInfo"]);
    assert_eq!(lines(&reading.tls), ["app.py:2 requests", "app.py:3 urllib.request"]);
    let reading = program("import datetime\nimport urllib.parse");
    assert!(reading.time_zones.is_empty() && reading.tls.is_empty());
}

#[test]
fn foreign_directories_are_not_read() {
    let files = [
        ("app.py", "print(1)"),
        ("venv/lib/x.py", "import os\nos.system('git')"),
        (".venv/y.py", "import os\nos.system('git')"),
        ("node_modules/z.py", "import os\nos.system('git')"),
    ];
    let reading = read("python", &files, "");
    assert_eq!((reading.files, reading.subprocesses.len()), (1, 0));
}

#[test]
fn a_file_that_does_not_parse_leaves_the_reading_open() {
    let reading = read("python", &[("app.py", "print 'old'\nexec(\n"), ("b.py", "x = 1")], "");
    assert!(!reading.complete);
    assert!(opens(&reading).starts_with("not proven\napp.py:"));
}
