#!/usr/bin/env python3
"""Compiles heuristics/data/sizes-pypi.txt from lock files of uv.

    scripts/pypi-sizes.py DATE uv.lock ...

A lock file says how large each file of a release is. A package counts with the ready-made file that pip takes on Linux with
glibc on x86-64, the smallest of those for several versions of Python, and of several releases the smallest; one that is only
there as source counts with that. The mean is taken of all that are smaller than LEAST kB, which are not listed. No registry is
asked. Python 3.11, nothing else.
"""
import pathlib
import sys
import tomllib

DATA = pathlib.Path(__file__).resolve().parent.parent / "heuristics" / "data"
LEAST = 200


def fits(name):
    platform = name.removesuffix(".whl").rsplit("-", 1)[-1]
    return platform == "any" or "manylinux" in platform and "x86_64" in platform


def sizes(package):
    wheels = [wheel for wheel in package.get("wheels", []) if fits(wheel.get("url", "").rsplit("/", 1)[-1])]
    files = wheels or [file for file in [package.get("sdist")] if file and not package.get("wheels")]
    return [file["size"] for file in files if "size" in file]


def main():
    date, *paths = sys.argv[1:]
    found = {}
    for path in paths:
        for package in tomllib.loads(pathlib.Path(path).read_text()).get("package", []):
            if size := sizes(package):
                name = package["name"]
                found[name] = min(found.get(name, min(size)), min(size))
    kilobytes = {name: round(size / 1000) for name, size in found.items()}
    small = [kb for kb in kilobytes.values() if kb < LEAST]
    mean = round(sum(small) / len(small))
    head = f"# pypi, kB downloaded, facts of {date}, made by scripts/pypi-sizes.py; others {mean}\n"
    rows = [f"{name}\t{kb}\n" for name, kb in sorted(kilobytes.items()) if kb >= LEAST]
    (DATA / "sizes-pypi.txt").write_text(head + "".join(rows))
    print(f"{len(kilobytes)} packages, {len(rows)} listed, the others {mean} kB")


if __name__ == "__main__":
    main()
