#!/usr/bin/env python3
"""Finds what published packages start and load: the evidence for callers.toml and library-needs.toml.

    scripts/registry-scan.py python INPUT ...       # subprocess, os.system, shutil.which, ctypes, cffi
    scripts/registry-scan.py node   INPUT ...       # child_process, execa, which, ffi; install scripts
    scripts/registry-scan.py go     INPUT ...       # exec.Command, exec.LookPath
    scripts/registry-scan.py rust   INPUT ...       # Command::new
    scripts/registry-scan.py python --new INPUT ... # only what the tables do not say
    scripts/registry-scan.py python --facts INPUT ...   # rows for registry-pypi.txt, of complete scans only
    scripts/registry-scan.py node   --facts INPUT ...   # the same for registry-npm.txt

INPUT is a wheel, a source archive (.tar.gz, .tgz, .crate, .zip), a directory, or a git directory, whose newest commit is read.
A directory may hold one package, the packages of a workspace, or installed ones (site-packages, node_modules, vendor). No
registry is asked and nothing is run: get the inputs with the ordinary clients (`pip download --no-deps`, `npm pack`, a clone).

Each line of the output: package, kind, what, where. Kinds:

    call      a program that is started, by its name in the source; `*` when the name is computed
    which     a program that is looked for on PATH
    library   a shared library that is opened by name
    needed    a shared library that a bundled one is linked against, and which is neither bundled nor part of the C library
    outside   a file that a wheel puts outside the directory of packages
    script    a command of an npm package's installation

Tests, documentation, examples and the build's own scripts are not read. What a line means (does an application get there
in ordinary use? what happens without the program?) is judged by a reader: the tables get nothing by this script. Python 3.11
and, for git directories, git.
"""
import argparse
import ast
import atexit
import configparser
import email
import importlib.util
import json
import pathlib
import re
import shlex
import struct
import subprocess
import sys
import tarfile
import tomllib
import warnings
import zipfile

DATA = pathlib.Path(__file__).resolve().parent.parent / "heuristics" / "data"
UNREAD = {
    "test", "tests", "testing", "__tests__", "spec", "specs", "doc", "docs", "example", "examples", "sample", "samples", "demo",
    "benchmark", "benchmarks", "bench", "ci", ".github", ".circleci", "fixtures", "e2e", "tutorial", "tutorials", "notebooks",
}
# Beside the sources of a project, not in its packages.
BUILD_ONLY = {
    "scripts", "tools", "script", "utils", "hack", "build_tools", "devtools", "contrib", "dev", "packaging", "release", "tasks",
    "website", "perfs", "extras", "deploy", "bin", "util",
}
BUILD_FILES = re.compile(
    r"(^|/)(setup|conftest|noxfile|versioneer|fabfile|tasks|dodo|test_[^/]*|[^/]*_test|build)\.py$"
    r"|(\.|-|_)(test|spec)\.[cm]?[jt]sx?$|\.d\.[cm]?ts$|\.min\.js$"
    r"|(^|/)(Gruntfile|gulpfile|jakefile|rollup\.config|webpack\.config)[^/]*\.[cm]?js$"
    r"|_test\.go$|(^|/)build\.rs$"
)
# Part of the C library, or of what every program is linked against.
ALWAYS_THERE = re.compile(
    r"^(linux-vdso|ld-linux[^.]*|libc|libm|libdl|libpthread|librt|libutil|libresolv|libnsl|libcrypt|libanl|libgcc_s|libmvec)\.so"
)


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


# Inputs: each gives its files as (path, function that reads it).


def files_of(source):
    path = pathlib.Path(source)
    if path.is_dir() and (path / "objects").is_dir() and (path / "HEAD").is_file():
        yield from files_of_git(path)
    elif path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file() and not file.is_symlink() and ".git" not in file.relative_to(path).parts:
                yield file.relative_to(path).as_posix(), file.read_bytes
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if not name.endswith("/"):
                    yield name, lambda name=name: archive.read(name)
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile():
                    yield member.name, lambda member=member: archive.extractfile(member).read()
    else:
        print(f"{source}: neither a directory nor an archive; left out", file=sys.stderr)


def files_of_git(path):
    listing = subprocess.run(
        ["git", "-C", path, "ls-tree", "-r", "-z", "HEAD"], check=True, capture_output=True, text=True, errors="replace"
    ).stdout
    reader = subprocess.Popen(["git", "-C", path, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(reader.kill)

    def read(blob):
        reader.stdin.write(blob.encode() + b"\n")
        reader.stdin.flush()
        head = reader.stdout.readline().split()
        if head[-1] == b"missing":
            return b""
        content = reader.stdout.read(int(head[2]))
        reader.stdout.read(1)
        return content

    for entry in listing.split("\0"):
        fields, _, name = entry.partition("\t")
        if fields and fields.split()[1] == "blob" and not fields.startswith("120000"):
            yield name, lambda blob=fields.split()[2]: read(blob)


def unread(path, root, package_directory):
    """True for files that programs do not run: tests, documentation, the build. `root` is where the package begins."""
    below = path[len(root):] if root else path
    parts = below.split("/")[:-1]
    if BUILD_FILES.search(path) or any(p.lower() in UNREAD or p.startswith("test_") for p in parts):
        return True
    return not package_directory and bool(parts) and parts[0].lower() in BUILD_ONLY


# Python.

STARTERS = {
    "subprocess": {"run", "call", "check_call", "check_output", "Popen", "getoutput", "getstatusoutput"},
    "os": {
        "system", "popen", "execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe", "spawnl", "spawnle",
        "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe", "posix_spawn", "posix_spawnp",
    },
    "asyncio": {"create_subprocess_exec", "create_subprocess_shell"},
    "anyio": {"run_process", "open_process"},
    "trio": {"run_process"},
    "pexpect": {"spawn", "run", "spawnu"},
    }
# Names that mean a start whatever stands before them.
STARTS_ANYWHERE = {"Popen", "check_output", "check_call", "create_subprocess_exec", "create_subprocess_shell"}
FINDERS = {("shutil", "which"), ("distutils.spawn", "find_executable"), ("whichcraft", "which")}
# Files without such a word are not parsed.
PYTHON_SIGNS = re.compile(
    r"subprocess|popen|os\.(system|exec|spawn|posix_spawn)|from os import|\bcommands\b|pexpect|run_process|open_process"
    r"|which|find_executable|^(?:import|from) sh\b|find_library|CDLL|PyDLL|LoadLibrary|dlopen", re.I | re.M
)
LOADERS = {"CDLL", "PyDLL", "LoadLibrary", "dlopen"}


# Calls whose value begins with what they are given.
PASSING = {
    "split", "format", "strip", "fspath", "str", "list", "quote", "expanduser", "which", "find_executable", "get", "getenv", "join",
}
COMMAND_KEYWORDS = ("args", "cmd", "command", "program")


class PythonFile:
    def __init__(self, text):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.tree = ast.parse(text)
        self.names, self.values = {}, {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self.names[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    self.names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    key = self.key(target)
                    if key:
                        self.values.setdefault(key, []).append((node.lineno, node.value))
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                arguments = node.args.posonlyargs + node.args.args
                for argument, value in zip(reversed(arguments), reversed(node.args.defaults)):
                    self.values.setdefault(argument.arg, []).append((node.lineno, value))
                for argument, value in zip(node.args.kwonlyargs, node.args.kw_defaults):
                    if value is not None:
                        self.values.setdefault(argument.arg, []).append((node.lineno, value))

    @staticmethod
    def key(node):
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            return f"self.{node.attr}"
        return None

    def dotted(self, node):
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            base = self.dotted(node.value)
            return f"{base}.{node.attr}" if base else f"?.{node.attr}"
        return None

    def words(self, node, line, depth=0):
        """Names of the program that an argument can stand for; `*` where it is computed."""
        if depth > 4 or node is None:
            return {"*"}
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
            text = node.value if isinstance(node.value, str) else node.value.decode(errors="replace")
            return {first_word(text)}
        if isinstance(node, (ast.List, ast.Tuple)) and node.elts:
            first = node.elts[0]
            if isinstance(first, ast.Starred):
                first = first.value
            found = self.words(first, line, depth + 1)
            # A shell, or a command that starts another one.
            if found & {"sh", "bash", "sudo", "env", "nice", "timeout", "nohup", "cmd"} and len(node.elts) > 1:
                last = node.elts[2] if len(node.elts) > 2 and found & {"sh", "bash", "cmd"} else node.elts[1]
                found |= self.words(last, line, depth + 1) - {"*", ""}
            return found
        if isinstance(node, ast.JoinedStr):
            first = node.values[0] if node.values else None
            return self.words(first, line, depth + 1) if isinstance(first, ast.Constant) and first.value.strip() else (
                self.words(first.value, line, depth + 1) if isinstance(first, ast.FormattedValue) else {"*"})
        if isinstance(node, ast.BinOp):
            return self.words(node.left, line, depth + 1)
        if isinstance(node, ast.BoolOp):
            return set().union(*(self.words(v, line, depth + 1) for v in node.values))
        if isinstance(node, ast.IfExp):
            return self.words(node.body, line, depth + 1) | self.words(node.orelse, line, depth + 1)
        if isinstance(node, ast.Call):
            name = self.dotted(node.func) or ""
            last = name.rsplit(".", 1)[-1]
            if last in PASSING:
                if last in ("get", "getenv") and len(node.args) > 1:
                    return self.words(node.args[1], line, depth + 1)
                if last == "join" and node.args and isinstance(node.args[0], (ast.List, ast.Tuple)):
                    return self.words(node.args[0], line, depth + 1)
                if isinstance(node.func, ast.Attribute) and last in ("split", "format", "strip") and not name.startswith("shlex"):
                    return self.words(node.func.value, line, depth + 1)
                if node.args:
                    return self.words(node.args[0], line, depth + 1)
            return {"*"}
        if isinstance(node, ast.Subscript):
            return {"*"}
        if self.dotted(node) == "sys.executable":
            return {"{python}"}
        key = self.key(node)
        if key in self.values:
            before = [v for at, v in self.values[key] if at <= line] or [v for _, v in self.values[key]]
            return set().union(*(self.words(v, line, depth + 1) for v in before[-4:]))
        return {"*"}

    def strings(self, node, line, depth=0):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return {node.value}
        key = self.key(node)
        if depth < 3 and key in self.values:
            return set().union(*(self.strings(v, line, depth + 1) for _, v in self.values[key][:6]))
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return set().union(set(), *(self.strings(v, line, depth + 1) for v in node.elts))
        if isinstance(node, ast.IfExp):
            return self.strings(node.body, line, depth + 1) | self.strings(node.orelse, line, depth + 1)
        return set()

    def found(self):
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.Call):
                continue
            name = self.dotted(node.func)
            if not name:
                continue
            module, _, last = name.rpartition(".")
            named = (k.value for k in node.keywords if k.arg in COMMAND_KEYWORDS)
            argument = node.args[0] if node.args else next(named, None)
            if (last in STARTERS.get(module, ()) or last in STARTS_ANYWHERE) and argument is not None:
                for word in sorted(self.words(argument, node.lineno)):
                    yield "call", word, node.lineno
            elif (module, last) in FINDERS or (last in ("which", "find_executable") and module.endswith(("shutil", "spawn"))):
                for word in sorted(self.words(argument, node.lineno)):
                    yield "which", word, node.lineno
            elif module == "sh":
                yield "call", last, node.lineno
            elif last == "find_library" and argument is not None:
                for word in sorted(self.strings(argument, node.lineno) or {"*"}):
                    yield "library", word, node.lineno
            elif last in LOADERS and argument is not None:
                for word in sorted(w for w in self.strings(argument, node.lineno) or {"*"} if ".so" in w or w == "*"):
                    yield "library", word, node.lineno


def first_word(text):
    try:
        words = shlex.split(text.split("\n")[0] if text.strip() else "", comments=False)
    except ValueError:
        words = text.split()
    while words and (re.fullmatch(r"\w+=.*", words[0]) or words[0] in ("sudo", "exec", "env", "nohup", "&&", "cd")):
        words = words[2:] if words[0] == "cd" else words[1:]
    return words[0] if words else "*"


def python_packages(files):
    """The packages of an input: name, root, whether the root is the packages' own directory, metadata."""
    found, readers = [], dict(files)
    for path, read in files:
        directory, _, name = path.rpartition("/")
        if name == "METADATA" and directory.endswith(".dist-info"):
            fields = email.message_from_bytes(read())
            records = readers.get(f"{directory}/RECORD")
            found.append({"name": normal(fields["Name"]), "installed": directory, "fields": fields, "record": records})
        elif name == "PKG-INFO" and path.count("/") == 1:
            found.append({"name": normal(email.message_from_bytes(read())["Name"]), "root": directory + "/"})
        elif name == "pyproject.toml":
            try:
                project = tomllib.loads(read().decode())
            except (ValueError, UnicodeDecodeError):
                continue
            called = project.get("project", {}).get("name") or project.get("tool", {}).get("poetry", {}).get("name")
            called = called or project.get("tool", {}).get("flit", {}).get("metadata", {}).get("dist-name")
            if called:
                found.append({"name": normal(called), "root": directory + "/" if directory else "", "project": project})
        elif name in ("setup.cfg", "setup.py"):
            text = read().decode(errors="replace")
            pattern = r"^name\s*=\s*([\w.-]+)\s*$" if name == "setup.cfg" else r"""\bname\s*=\s*['"]([\w.-]+)['"]"""
            called = re.search(pattern, text, re.M)
            if called:
                found.append({"name": normal(called[1]), "root": directory + "/" if directory else ""})
    return found


def scan_python(source):
    files = list(files_of(source))
    packages = python_packages(files)
    installed = {p["installed"]: p for p in packages if "installed" in p}
    owner = {}
    for directory, package in installed.items():
        base = directory.rpartition("/")[0]
        if package["record"]:
            for line in package["record"]().decode(errors="replace").splitlines():
                file = line.rsplit(",", 2)[0].strip('"')
                owner[f"{base}/{file}" if base else file] = package["name"]
    roots = sorted(((p["root"], p["name"]) for p in packages if "root" in p and not inside(p["root"])), key=lambda r: -len(r[0]))
    for path, read in files:
        package, root, own = owner.get(path), "", True
        if package is None and "site-packages/" in path and not installed:
            continue
        if package is None:
            root, package = next(((r, n) for r, n in roots if path.startswith(r)), (None, None))
            own = False
        if package is None:
            continue
        if own:
            root = path.rpartition("-packages/")[0] + "-packages/" if "-packages/" in path else ""
            if re.match(r"[^/]+\.data/(data|headers)/", path[len(root):]):
                yield package, "outside", path[len(root):].split("/", 1)[1], path
        if unread(path, root, own):
            continue
        if path.endswith(".py"):
            text = read().decode(errors="replace")
            if not PYTHON_SIGNS.search(text):
                continue
            try:
                scanned = PythonFile(text)
            except (SyntaxError, ValueError, RecursionError):
                yield package, "unread", "syntax", path
                continue
            for kind, what, line in scanned.found():
                yield package, kind, what, f"{path}:{line}"
        elif re.search(r"\.so(\.\d+)*$", path) and own:
            bundled = {p.rpartition("/")[2] for p, _ in files}
            for library in needed(read()):
                if library not in bundled and not ALWAYS_THERE.match(library):
                    yield package, "needed", library, path


def inside(root):
    return any(part.lower() in UNREAD or part in ("site-packages", "node_modules") for part in root.split("/"))


def needed(content):
    """DT_NEEDED of an ELF file of 64 bits, little endian."""
    if content[:6] != b"\x7fELF\x02\x01":
        return []
    offset, = struct.unpack_from("<Q", content, 0x28)
    size, count = struct.unpack_from("<HH", content, 0x3A)
    sections = []
    for at in range(count):
        if offset + (at + 1) * size > len(content):
            return []
        fields = struct.unpack_from("<IIQQQQIIQQ", content, offset + at * size)
        sections.append((fields[1], fields[4], fields[5], fields[6]))
    found = []
    for kind, start, length, link in sections:
        if kind != 6 or link >= len(sections):
            continue
        strings = sections[link][1]
        for at in range(start, start + length, 16):
            tag, value = struct.unpack_from("<qQ", content, at)
            if tag == 1:
                end = content.index(b"\0", strings + value)
                found.append(content[strings + value:end].decode(errors="replace"))
    return found


# Node.

NODE_CALL = re.compile(
    r"""\b(?P<how>exec|execSync|execFile|execFileSync|spawn|spawnSync|fork|execa|execaSync|execaCommand|execaCommandSync"""
    r"""|crossSpawn|\w*[sS]hell\.exec)"""
    r"""(?:\.sync|\.default)?\)?\(\s*(?:(?P<quote>['"`])(?P<text>(?:\\.|(?!(?P=quote)).){0,200})|(?P<computed>[\w.\[]))"""
)
NODE_WHICH = re.compile(
    r"""\b(?P<how>which|whichSync|commandExists|lookpath|hasbin|which_1\.default)(?:\.sync|Sync)?"""
    r"""\)?\(\s*(?P<quote>['"`])(?P<text>[^'"`]{1,60})(?P=quote)"""
)
NODE_LOAD = re.compile(
    r"""\b(?:ffi|koffi|dlopen|Library|load)\w*\.?(?:Library|load|dlopen)?"""
    r"""\(\s*['"`](?P<text>(?:lib)?[\w.+-]{2,40}(?:\.so[\d.]*)?)['"`]"""
)
NODE_STARTS = re.compile(r"child_process|execa|cross-spawn|shelljs|spawn|zx\b|tinyexec|nano-spawn")
NODE_SIGNS = re.compile(NODE_STARTS.pattern + r"|dlopen|ffi|which|command")
# What stands before `exec` where it starts a program; elsewhere it is that of a regular expression.
NODE_MODULE = re.compile(r"(child_process|cp|childProcess|shell|process_1|shelljs|child)[\w.]*\.$")


def nearest(path, roots):
    """The innermost of the roots, which end in `/`, that a path lies in; empty where it lies in none."""
    while path and path not in roots:
        path = path[:-1].rpartition("/")[0]
        path = path + "/" if path else ""
    return path


def scan_node(source):
    packages = {}
    files = list(files_of(source))
    for path, read in files:
        if path == "package.json" or path.endswith("/package.json"):
            try:
                manifest = json.loads(read())
            except ValueError:
                continue
            if isinstance(manifest, dict) and isinstance(manifest.get("name"), str) and manifest.get("version"):
                packages[path[: -len("package.json")]] = manifest
    for root, manifest in packages.items():
        scripts = manifest.get("scripts") or {}
        for hook in ("preinstall", "install", "postinstall"):
            if isinstance(scripts, dict) and isinstance(scripts.get(hook), str):
                yield manifest["name"], "script", scripts[hook][:100], root + "package.json"
    for path, read in files:
        if not re.search(r"\.[cm]?[jt]s$", path):
            continue
        root = nearest(path, packages)
        if root not in packages or unread(path, root, True):
            continue
        text = read().decode(errors="replace")
        if not NODE_SIGNS.search(text):
            continue
        name = packages[root]["name"]
        starts = bool(NODE_STARTS.search(text))
        for found in NODE_CALL.finditer(text) if starts else ():
            before = text[max(0, found.start() - 60):found.start()]
            if found["how"] == "exec" and re.search(r"[\w\])/]\.$", before) and not NODE_MODULE.search(before):
                continue
            if re.search(r"function\s*\*?\s*$", before):
                continue
            yield name, "call", program_of_script(found["text"]) if found["quote"] else "*", place(path, text, found)
        for found in NODE_WHICH.finditer(text):
            yield name, "which", found["text"], place(path, text, found)
        if "ffi" in text or "dlopen" in text:
            for found in NODE_LOAD.finditer(text):
                if found["text"].startswith("lib") or ".so" in found["text"]:
                    yield name, "library", found["text"], place(path, text, found)


def place(path, text, found):
    return f"{path}:{text.count(chr(10), 0, found.start()) + 1}"


def program_of_script(text):
    word = first_word(text.replace("\\n", "\n").strip())
    return "*" if not word or word.startswith("${") else word.split("${")[0] or "*"


# Go and Rust.

GO_CALL = re.compile(
    r"""\bexec\.(?P<how>Command|CommandContext|LookPath)\(\s*(?:[\w.]+(?:\(\))?\s*,\s*(?=["`\w]))?"""
    r"""(?:"(?P<text>[^"]*)"|(?P<computed>\w))"""
)
RUST_CALL = re.compile(r"""\bCommand::new\(\s*(?:"(?P<text>[^"]*)"|(?P<computed>[\w&(]))""")
RUST_WHICH = re.compile(r"""\bwhich(?:::which)?\(\s*"(?P<text>[^"]*)\"""")


def scan_go(source):
    modules, files = {}, list(files_of(source))
    for path, read in files:
        if path == "go.mod" or path.endswith("/go.mod"):
            name = re.search(r"^module\s+(\S+)", read().decode(errors="replace"), re.M)
            if name:
                modules[path[: -len("go.mod")]] = name[1]
        elif path == "vendor/modules.txt" or path.endswith("/vendor/modules.txt"):
            for line in read().decode(errors="replace").splitlines():
                if re.match(r"# \S+ v", line):
                    modules[path[: -len("modules.txt")] + line.split()[1] + "/"] = line.split()[1]
    for path, read in files:
        if not path.endswith(".go") or re.search(r"_(windows|darwin|freebsd|openbsd|netbsd|plan9)\.go$", path):
            continue
        root = path
        while root and root not in modules:
            root = root[:-1].rpartition("/")[0]
            root = root + "/" if root else ""
        if root not in modules or unread(path, root, "/vendor/" in "/" + root):
            continue
        text = read().decode(errors="replace")
        if re.match(r"//go:build\s+(ignore|windows|darwin)\b", text) or '"os/exec"' not in text:
            continue
        for found in GO_CALL.finditer(text):
            kind = "which" if found["how"] == "LookPath" else "call"
            yield modules[root], kind, found["text"] or "*", place(path, text, found)


def scan_rust(source):
    crates, files = {}, list(files_of(source))
    for path, read in files:
        if path == "Cargo.toml" or path.endswith("/Cargo.toml"):
            try:
                name = tomllib.loads(read().decode()).get("package", {}).get("name")
            except (ValueError, UnicodeDecodeError):
                continue
            if name:
                crates[path[: -len("Cargo.toml")]] = name
    for path, read in files:
        if not path.endswith(".rs"):
            continue
        root = nearest(path, crates)
        if root not in crates or unread(path, root, True):
            continue
        # What stands behind the first module of tests is theirs.
        text = re.split(r"#\[cfg\(test\)\]", read().decode(errors="replace"))[0]
        for kind, pattern in (("call", RUST_CALL), ("which", RUST_WHICH)):
            for found in pattern.finditer(text):
                comment = text.rfind("\n", 0, found.start())
                if text[comment + 1:found.start()].lstrip().startswith("//"):
                    continue
                yield crates[root], kind, found["text"] or "*", place(path, text, found)


# Back ends that build what a project's settings say, and compile nothing by themselves.
PLAIN_BACKENDS = re.compile(
    r"^(hatchling|flit_core|flit_scm|poetry\.core|poetry_core|poetry\.masonry|poetry_dynamic_versioning|pdm\.backend|pdm\.pep517"
    r"|uv_build|setuptools\.build_meta|$)"
)
# What a build asks for that compiles nothing and adds no dependency.
PLAIN_SETUP = {"setuptools", "setuptools-scm", "setuptools-git", "wheel", "pytest-runner", "flake8"}
COMPILED = re.compile(r"\.(c|cc|cpp|cxx|pyx|pxd|rs|f90?|cu|go)$")


def facts_python(source):
    """Rows of registry-pypi.txt, for packages whose sources say everything: name, form, dependencies."""
    facts = load("registry-facts")
    files = list(files_of(source))
    packages, readers = python_packages(files), dict(files)
    for package in packages:
        if "installed" in package:
            fields = package["fields"]
            paths = package["record"]().decode(errors="replace").splitlines() if package["record"] else []
            tags = re.findall(r"^Tag: (\S+)", readers.get(package["installed"] + "/WHEEL", bytes)().decode(), re.M)
            requirements = fields.get_all("Requires-Dist", [])
            outside = any(re.match(r"(\.\./)+(share|etc|include)/", p) for p in paths)
            # A compiled one says nothing of the other systems that it was made for.
            if not tags or not all(t.endswith("-none-any") for t in tags):
                continue
            yield package["name"], "p" + ("d" if outside else ""), needs_of(requirements, facts)
        elif "project" not in package and "root" in package and not inside(package["root"]):
            root = package["root"]
            if any("project" in p and p["root"] == root for p in packages):
                continue
            old = old_project(root, readers)
            if old and not any(COMPILED.search(p) and not inside(p) for p in readers if p.startswith(root)):
                yield package["name"], "p" + ("d" if old[1] else ""), needs_of(old[0], facts)
        elif "project" in package and not inside(package["root"]):
            project, root = package["project"], package["root"]
            backend = project.get("build-system", {}).get("build-backend", "")
            nested = [p["root"] for p in packages if "root" in p and p["root"] != root and p["root"].startswith(root)]
            own = [p for p, _ in files if p.startswith(root) and not any(p.startswith(n) for n in nested)]
            below = [p[len(root):] for p in own]
            if not PLAIN_BACKENDS.match(backend) or any(COMPILED.search(p) and not inside(p) for p in below):
                continue
            computed = "setup.py" in below and old_project(root, readers) is None
            listed = project.get("project", {}).get("dependencies", [])
            if "dependencies" in project.get("project", {}).get("dynamic", []):
                listed = lists_of(project.get("tool", {}).get("setuptools", {}).get("dynamic", {}), root, readers)
            computed |= listed is None
            if computed or any(p in ("build.py", "CMakeLists.txt", "hatch_build.py") for p in below):
                continue
            poetry = project.get("tool", {}).get("poetry", {})
            if "name" in project.get("project", {}):
                requirements = listed
            elif poetry.get("name") and "build" not in poetry:
                requirements = [
                    name + (f" ; {how['markers']}" if isinstance(how, dict) and "markers" in how else "")
                    for name, how in poetry.get("dependencies", {}).items()
                    if name != "python" and not (isinstance(how, dict) and how.get("optional"))
                ]
            else:
                continue
            outside = "shared-data" in project.get("tool", {}).get("hatch", {}).get("build", {}).get("targets", {}).get("wheel", {})
            yield package["name"], "p" + ("d" if outside else ""), needs_of(requirements, facts)


def facts_node(source):
    """Rows of registry-npm.txt, for packages that are meant to be published and hold nothing compiled."""
    facts = load("registry-facts")
    files = list(files_of(source))
    manifests = {}
    for path, read in files:
        if path == "package.json" or path.endswith("/package.json"):
            try:
                manifests[path[: -len("package.json")]] = json.loads(read())
            except ValueError:
                continue
    compiled = {nearest(path, manifests) for path, _ in files if path.endswith((".node", ".gyp")) or re.search(r"\.so(\.\d+)*$", path)}
    for root, manifest in manifests.items():
        if not isinstance(manifest, dict) or not manifest.get("version") or manifest.get("private") or inside(root) or root in compiled:
            continue
        lock = {**manifest, "resolved": facts.NPM, "hasInstallScript": bool(
            {"preinstall", "install", "postinstall"} & set(manifest.get("scripts") or {}))}
        lock = {key: value for key, value in lock.items() if value is not None}
        one = facts.Facts()
        try:
            facts.read_npm({"packages": {"node_modules/" + manifest["name"]: lock}}, one)
        except (AttributeError, KeyError, TypeError):
            continue
        for name, package in one.packages.items():
            form = facts.npm_form(name, package["marks"])
            if form:
                yield name, form, package["needs"]


def old_project(root, readers):
    """Requirements that setup.cfg or setup.py lists, and whether it puts files outside; None where they are computed."""
    text = readers[root + "setup.py"]().decode(errors="replace") if root + "setup.py" in readers else "setup()"
    settings = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        tree = ast.parse(text)
        settings.read_string(readers[root + "setup.cfg"]().decode() if root + "setup.cfg" in readers else "")
    except (SyntaxError, ValueError, configparser.Error):
        return None
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", getattr(n.func, "attr", "")) == "setup"]
    if len(calls) != 1 or any(k.arg is None for k in calls[0].keywords):
        return None
    given = {k.arg: k.value for k in calls[0].keywords}
    if given.keys() & {"ext_modules", "cffi_modules", "rust_extensions"} or not plain_setup(given):
        return None
    if "install_requires" not in given:
        listed = settings.get("options", "install_requires", fallback="")
        outside = settings.has_section("options.data_files") or "data_files" in given
        return [line for line in listed.splitlines() if line.strip()], outside
    named = {t.id: n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
    wanted = given["install_requires"]
    wanted = named.get(wanted.id, wanted) if isinstance(wanted, ast.Name) else wanted
    try:
        return list(ast.literal_eval(wanted)), "data_files" in given
    except (ValueError, TypeError):
        return None


def plain_setup(given):
    """False when the arguments of setup() change the build itself: commands other than those of development, helpers that build."""
    commands, helpers = given.get("cmdclass"), given.get("setup_requires")
    if commands is not None and not (isinstance(commands, ast.Dict) and all(
        isinstance(k, ast.Constant) and k.value in ("test", "sdist", "upload", "publish", "lint", "docs") for k in commands.keys
    )):
        return False
    try:
        listed = ast.literal_eval(helpers) if helpers is not None else []
    except (ValueError, TypeError):
        return False
    listed = [listed] if isinstance(listed, str) else listed
    return all(normal(re.match(r"[\w.-]*", item)[0]) in PLAIN_SETUP for item in listed)


def lists_of(dynamic, root, readers):
    """Requirements in the files that setuptools' settings name; None where they are elsewhere or name further files."""
    files = dynamic.get("dependencies", {}).get("file", []) if isinstance(dynamic.get("dependencies"), dict) else []
    found = []
    for file in [files] if isinstance(files, str) else files:
        if root + file not in readers:
            return None
        found += [line.split(" #")[0].strip() for line in readers[root + file]().decode().splitlines()]
    found = [line for line in found if line and not line.startswith("#")]
    return found if files and not any(line.startswith("-") or "://" in line for line in found) else None


def needs_of(requirements, facts):
    needs = set()
    for requirement in requirements:
        text, _, marker = requirement.partition(";")
        if "extra" not in marker and not facts.excluded(marker.strip()):
            named = re.match(r"\s*([\w.-]+)", text)
            needs.update({normal(named[1])} if named else set())
    return needs


def load(name):
    """A script of this directory as a module."""
    spec = importlib.util.spec_from_file_location(name, pathlib.Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCANS = {"python": scan_python, "node": scan_node, "go": scan_go, "rust": scan_rust}


def known(ecosystem):
    """What the tables say: the commands of each package."""
    found = {}
    for table, key in (("callers.toml", "caller"), ("library-needs.toml", "need")):
        for row in tomllib.loads((DATA / table).read_text())[key]:
            if row["ecosystem"] == ecosystem:
                for name in row["packages"]:
                    words = found.setdefault(normal(name), set())
                    for field in ("calls", "may-call", "musl-calls", "commands"):
                        words.update(row.get(field, []))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ecosystem", choices=sorted(SCANS))
    parser.add_argument("--new", action="store_true", help="only programs that the tables do not say of the package")
    parser.add_argument("--facts", action="store_true", help="rows for the table of public packages instead; python and node")
    parser.add_argument("inputs", nargs="+")
    args = parser.parse_args()
    if args.facts:
        for source in args.inputs:
            rows = {"python": facts_python, "node": facts_node}.get(args.ecosystem)
            for name, form, needs in rows(source) if rows else ():
                print("\t".join([name, form, " ".join(sorted(needs - {name}))]).rstrip("\t"))
        return
    tables = known(args.ecosystem) if args.new else {}
    for source in args.inputs:
        seen = set()
        for package, kind, what, where in SCANS[args.ecosystem](source):
            what = what.rsplit("/", 1)[-1] if kind in ("call", "which") and what.startswith("/") else what
            if args.new and (what in tables.get(normal(package), ()) or what in ("*", "{python}")):
                continue
            if (package, kind, what) not in seen:
                seen.add((package, kind, what))
                print(package, kind, what.replace("\n", " ").replace("\t", " "), where, sep="\t")


if __name__ == "__main__":
    main()
