#!/usr/bin/env python3
"""Compiles heuristics/data/sizes-npm.txt from installed trees.

    scripts/npm-sizes.py DATE DIR...

Each DIR holds a node_modules that npm has installed. A package counts with the files that its own directory holds, those of
packages nested in it left out; of several versions the largest. Only packages of at least LEAST kB are listed, so that the
table stays short; the mean of all others is in its head. Python 3.11, nothing else.
"""
import os
import pathlib
import sys

DATA = pathlib.Path(__file__).resolve().parent.parent / "heuristics" / "data"
LEAST = 200


def packages(directory):
    for entry in os.scandir(directory):
        if not entry.is_dir(follow_symlinks=False) or entry.name.startswith("."):
            continue
        if entry.name.startswith("@"):
            for inner in os.scandir(entry.path):
                if inner.is_dir(follow_symlinks=False):
                    yield f"{entry.name}/{inner.name}", inner.path
        else:
            yield entry.name, entry.path


def measure(directory, found):
    for name, path in packages(directory):
        size = 0
        for root, folders, files in os.walk(path):
            if "node_modules" in folders:
                folders.remove("node_modules")
                measure(os.path.join(root, "node_modules"), found)
            size += sum(os.lstat(os.path.join(root, file)).st_size for file in files)
        found[name] = max(found.get(name, 0), size)


def main():
    date, directories = sys.argv[1], sys.argv[2:]
    found = {}
    for directory in directories:
        measure(os.path.join(directory, "node_modules"), found)
    small = [size for size in found.values() if size < LEAST * 1000]
    mean = round(sum(small) / len(small) / 1000)
    lines = [f"# npm, kB installed, facts of {date}, made by scripts/npm-sizes.py; others {mean}"]
    lines += [f"{name}\t{round(size / 1000)}" for name, size in sorted(found.items()) if size >= LEAST * 1000]
    (DATA / "sizes-npm.txt").write_text("\n".join(lines) + "\n")
    print(f"{len(found)} packages, {len(lines) - 1} listed, the others have {mean} kB on average")


main()
