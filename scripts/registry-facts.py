#!/usr/bin/env python3
"""Compiles heuristics/data/registry-pypi.txt and registry-npm.txt from lock files and wheels.

    scripts/registry-facts.py pypi DATE [--names FILE] uv.lock poetry.lock *.whl ...
    scripts/registry-facts.py npm  DATE [--names FILE] package-lock.json ...
    scripts/registry-facts.py npm  DATE --add --names FILE package-lock.json ...

No registry is asked: lock files of public projects already say which files a release has, what it depends on and whether
it has an install script. Only packages from the public registry count. FILE has a name a line; by default the names are
those that the table has now. What these depend on is added, so that the table is closed where the inputs allow it. Of a
package that several inputs lock, the newest release counts. With --add the rows that the table has stay as they are. DATE is that of the newest lock file. Python 3.11, nothing else.
"""
import argparse
import email
import json
import pathlib
import re
import sys
import tomllib
import zipfile

DATA = pathlib.Path(__file__).resolve().parent.parent / "heuristics" / "data"
PYPI = ("https://pypi.org/simple", "https://pypi.org/simple/")
NPM = "https://registry.npmjs.org/"
# What markers compare with, on Linux with CPython. Others (versions, machines) are left open, and keep the dependency.
MARKERS = {
    "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix",
    "platform_python_implementation": "CPython", "implementation_name": "cpython",
}
COMPARISON = re.compile(r"""\s*(?:(\w+)\s*(==|!=|>=|<=|<|>|~=|===|not\s+in|in)\s*(['"])(.*?)\3"""
                        r"""|(['"])(.*?)\5\s*(==|!=|>=|<=|<|>|not\s+in|in)\s*(\w+))""")


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


class Marker:
    """An environment marker; `holds` is True, False, or None where it depends on more than the system."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def holds(self):
        return self.any_of()

    def word(self, word):
        found = re.compile(r"\s*" + word).match(self.text, self.at)
        if found:
            self.at = found.end()
        return bool(found)

    def any_of(self):
        value = self.all_of()
        while self.word(r"or\b"):
            other = self.all_of()
            value = True if True in (value, other) else None if None in (value, other) else False
        return value

    def all_of(self):
        value = self.one()
        while self.word(r"and\b"):
            other = self.one()
            value = False if False in (value, other) else None if None in (value, other) else True
        return value

    def one(self):
        if self.word(r"\("):
            value = self.any_of()
            self.word(r"\)")
            return value
        found = COMPARISON.match(self.text, self.at)
        if not found:
            self.at = len(self.text)
            return None
        self.at = found.end()
        name, how, _, value, _, first, reverse, last = found.groups()
        if name == "extra" or last == "extra":
            return None
        known = MARKERS.get(name or last)
        how = re.sub(r"\s+", " ", how or reverse)
        if known is None or how not in ("==", "!=", "in", "not in"):
            return None
        value = value if name else first
        equal = known == value if how in ("==", "!=") else (known in value if name else value in known)
        return equal if how in ("==", "in") else not equal


def excluded(marker):
    """True when a dependency with this marker is never installed on Linux."""
    return bool(marker) and Marker(marker).holds() is False


def release(version):
    """A key that orders versions; pre-releases come before all others. None for what is no version."""
    found = re.match(r"(?:\d+!)?v?(\d+(?:\.\d+)*)(.*)", version)
    if not found:
        return None
    final = re.fullmatch(r"(\.post\d+|\+.*)?", found[2]) is not None
    return final, tuple(int(part) for part in found[1].split("."))


class Facts:
    """The newest release of each package, with the union of what all inputs say of it."""

    def __init__(self):
        self.packages = {}

    def add(self, name, version, files=(), needs=(), marks=()):
        key = release(version)
        if key is None:
            return
        old = self.packages.get(name)
        if old is None or key > old["key"]:
            old = self.packages[name] = {"key": key, "files": set(), "needs": set(), "marks": set()}
        if key == old["key"]:
            old["files"].update(files)
            old["needs"].update(needs)
            old["marks"].update(marks)

    def closed(self, names):
        """`names` with everything they depend on, as far as there are facts."""
        found, todo = set(), list(names)
        while todo:
            name = todo.pop()
            if name not in found and name in self.packages:
                found.add(name)
                todo.extend(self.packages[name]["needs"])
        return found


def read_uv(lock, facts):
    extras = {normal(p["name"]): p.get("optional-dependencies", {}) for p in lock["package"]}

    def needed(edges, depth=0):
        for edge in edges:
            if excluded(edge.get("marker")):
                continue
            name = normal(edge["name"])
            yield name
            for extra in edge.get("extra", []):
                if depth < 3:
                    yield from needed(extras.get(name, {}).get(extra, []), depth + 1)

    for package in lock["package"]:
        if package.get("source", {}).get("registry") not in PYPI:
            continue
        files = [w["url"].rsplit("/", 1)[1] for w in package.get("wheels", []) if "url" in w]
        sdist = [package["sdist"]["url"].rsplit("/", 1)[1]] if "url" in package.get("sdist", {}) else []
        # A package that other systems alone need is locked with their wheels only.
        if files and not any(re.search(r"linux|-any\.whl", f) for f in files):
            continue
        facts.add(normal(package["name"]), package["version"], files + sdist, needed(package.get("dependencies", [])))


def read_poetry(lock, facts):
    extras = {normal(p["name"]): p.get("extras", {}) for p in lock["package"]}
    old_files = lock.get("metadata", {}).get("files", {})

    def needed(package):
        for name, how in package.get("dependencies", {}).items():
            for one in how if isinstance(how, list) else [how]:
                one = one if isinstance(one, dict) else {}
                if one.get("optional") or excluded(one.get("markers")):
                    continue
                yield normal(name)
                for extra in one.get("extras", []):
                    for requirement in extras.get(normal(name), {}).get(extra, []):
                        yield normal(re.match(r"[\w.-]+", requirement)[0])

    for package in lock["package"]:
        if "source" in package:
            continue
        files = [f["file"] for f in package.get("files", old_files.get(package["name"], []))]
        facts.add(normal(package["name"]), package["version"], files, needed(package))


def read_wheel(path, facts):
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        metadata = next(n for n in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
        fields = email.message_from_bytes(wheel.read(metadata))
    needs = []
    for requirement in fields.get_all("Requires-Dist", []):
        text, _, marker = requirement.partition(";")
        if "extra" not in marker and not excluded(marker.strip()):
            needs.append(normal(re.match(r"\s*([\w.-]+)", text)[1]))
    marks = {"d" if any(re.match(r"[^/]+\.data/data/", n) for n in names) else "D"}
    name = normal(fields["Name"])
    # One file of several does not tell for which systems there are others.
    if path.name.endswith("-none-any.whl"):
        facts.add(name, fields["Version"], [path.name], needs, marks)
    elif name in facts.packages:
        facts.packages[name]["marks"].update(marks)


def pypi_form(files):
    """`p` pure, `b` binary (`bm` also where libc is musl), `s` source; None when the files do not tell."""
    if any(re.search(r"-(manylinux|linux)[^-]*x86_64[^-]*\.whl$", f) for f in files):
        musl = any(re.search(r"musllinux[^-]*x86_64|-none-any\.whl$", f) for f in files)
        return "bm" if musl else "b"
    if any(re.search(r"-none-any\.whl$", f) for f in files):
        return "p"
    return "s" if files and not any(f.endswith(".whl") for f in files) else None


def read_npm(lock, facts):
    packages = lock.get("packages", {})
    for path, package in packages.items():
        if not package.get("resolved", "").startswith(NPM) or "version" not in package:
            continue
        name = package.get("name", path.rsplit("node_modules/", 1)[-1])
        optional_peers = {n for n, m in package.get("peerDependenciesMeta", {}).items() if m.get("optional")}
        needs = {**package.get("dependencies", {}), **package.get("optionalDependencies", {})}
        # npm installs peers too, since version 7.
        needs.update({n: v for n, v in package.get("peerDependencies", {}).items() if n not in optional_peers})
        names = {real_name(n, v) for n, v in needs.items()}
        marks = {"i"} if package.get("hasInstallScript") else set()
        for field in ("os", "cpu", "libc"):
            marks.update(f"{field}={value}" for value in package.get(field, []))
        facts.add(name, package["version"], needs=names, marks=marks)


def real_name(name, wanted):
    return wanted[4:].rpartition("@")[0] or wanted[4:] if wanted.startswith("npm:") else name


def npm_form(name, marks):
    """`p` plain, `b` for one system (`bm` where libc is musl), with `i` for an install script; None when not for Linux."""
    fits = all(
        not [v for v in values if not v.startswith("!")] or wanted in values
        for wanted, values in (("linux", of(marks, "os")), ("x64", of(marks, "cpu")))
    ) and "!linux" not in of(marks, "os")
    if not fits or re.search(r"-(wasm32|android|freebsd)", name):
        return None
    form = "p"
    if of(marks, "cpu"):
        form = "bm" if "musl" in of(marks, "libc") or "musl" in name else "b"
    return form + ("i" if "i" in marks else "")


def of(marks, field):
    return {mark.split("=", 1)[1] for mark in marks if mark.startswith(field + "=")}


def lines(kind, facts, names, old):
    found = facts.closed(names)
    dropped = set()
    rows = {}
    for name in found:
        package = facts.packages[name]
        if kind == "pypi":
            form = pypi_form(package["files"])
            outside = "d" in package["marks"] or ("d" in old.get(name, "").split("\t")[0] and "D" not in package["marks"])
            form = form and form + ("d" if outside else "")
        else:
            form = npm_form(name, package["marks"])
        if form is None:
            dropped.add(name)
        else:
            rows[name] = (form, package["needs"] - {name})
    for name, (form, needs) in rows.items():
        # What is for other systems is not installed.
        if kind == "npm":
            other = re.compile(r"win32|darwin|android|freebsd|openbsd|netbsd|sunos|wasm32")
            needs = {n for n in needs - dropped if n in rows or not other.search(n)}
        yield "\t".join([name, form, " ".join(sorted(needs))]).rstrip("\t")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["pypi", "npm"])
    parser.add_argument("date")
    parser.add_argument("--names", type=pathlib.Path)
    parser.add_argument("--add", action="store_true")
    parser.add_argument("inputs", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    target = DATA / f"registry-{args.kind}.txt"
    text = target.read_text() if target.exists() else ""
    old = dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line and not line.startswith("#"))
    facts = Facts()
    # Wheels come last: they add to what lock files say.
    for path in sorted(args.inputs, key=lambda path: path.suffix == ".whl"):
        try:
            if path.suffix == ".whl":
                read_wheel(path, facts)
            elif path.suffix == ".json":
                read_npm(json.loads(path.read_text()), facts)
            elif path.name.endswith("poetry.lock"):
                read_poetry(tomllib.loads(path.read_text()), facts)
            else:
                read_uv(tomllib.loads(path.read_text()), facts)
        except (ValueError, KeyError, StopIteration, zipfile.BadZipFile) as error:
            sys.exit(f"{path}: cannot be read as a lock file or wheel: {error!r}; leave it out or mend it")
    names = args.names.read_text().split() if args.names else list(old)
    names = [normal(n) for n in names] if args.kind == "pypi" else names
    found = {row.split("\t")[0]: row for row in lines(args.kind, facts, names, old)}
    if args.add:
        found |= {name: f"{name}\t{rest}" for name, rest in old.items()}
    rows = [found[name] for name in sorted(found, key=str.encode)]
    header = f"# {args.kind}, facts of {args.date}, made by scripts/registry-facts.py; the format: README.md"
    target.write_text("\n".join([header, *rows]) + "\n")
    missing = sorted(set(names) - {row.split("\t")[0] for row in rows})
    print(f"{len(rows)} packages, {target.stat().st_size} bytes; no facts on {len(missing)} names: {' '.join(missing[:40])}")


if __name__ == "__main__":
    main()
