#!/usr/bin/env python3
"""What packages of Debian and Ubuntu bring along, from the package indexes of their releases.

    scripts/package-brings.py FOLDER > heuristics/data/brings.txt

FOLDER holds one index for each release and component, named RELEASE-COMPONENT.xz as in `bookworm-main.xz` or `22.04-universe.xz`:
the file `main/binary-amd64/Packages.xz` of the release in the distribution's archive. Ubuntu's releases need `main` and `universe`.

Of what a package brings, only packages count that a program can use without the author having named them: those whose commands
packages.toml knows, and NOTABLE. The first line names the releases; behind a package stand those it brings, with `?` where only
recommendations do, and `@` with the places of the releases where that does not hold for each that has the package.
"""

import collections
import lzma
import pathlib
import re
import sys
import tomllib

DATA = pathlib.Path(__file__).resolve().parent.parent / "heuristics/data"
NOTABLE = "ca-certificates libgfortran5 libgomp1 libstdc++6 media-types mime-support shared-mime-info tzdata".split()


def fields(paragraph):
    found = {}
    for line in paragraph.split("\n"):
        name, colon, value = line.partition(": ")
        if colon and not line.startswith(" "):
            found[name] = value
    return found


class Index:
    """The packages of one release."""

    def __init__(self):
        self.depends, self.recommends, self.required, self.base = {}, {}, set(), set()
        self.provides = collections.defaultdict(set)

    def add(self, path):
        first = lambda text: [re.split(r"[ (:]", one.split("|")[0].strip())[0] for one in text.split(",") if one.strip()]
        for paragraph in lzma.open(path, "rt").read().split("\n\n"):
            package = fields(paragraph)
            name = package.get("Package")
            if not name or name in self.depends:
                continue
            self.depends[name] = first(package.get("Depends", "")) + first(package.get("Pre-Depends", ""))
            self.recommends[name] = first(package.get("Recommends", ""))
            if package.get("Essential") == "yes" or package.get("Priority") == "required":
                self.required.add(name)
            for other in first(package.get("Provides", "")):
                self.provides[other].add(name)

    def closure(self, start, recommends):
        """What comes with packages into an image that has the base already."""
        seen, left = set(), list(start)
        while left:
            name = left.pop()
            if name not in self.depends:
                name = min(self.provides.get(name, {name}))
            if name in seen or name not in self.depends or name in self.base:
                continue
            seen.add(name)
            left += self.depends[name] + (self.recommends[name] if recommends else [])
        return seen - set(start)

    def settle(self):
        """Notes what is in every image: nothing more comes of it."""
        required = self.required | {"apt"}
        self.base = self.closure(required, False) | required


def main(folder):
    releases = collections.defaultdict(Index)
    for path in sorted(pathlib.Path(folder).glob("*-*.xz")):
        releases[path.stem.rsplit("-", 1)[0]].add(path)
    for index in releases.values():
        index.settle()
    table = tomllib.load(open(DATA / "packages.toml", "rb"))
    debian = table["debian"]
    notable = set(NOTABLE) | set(table["commands"]["debian"].values()) | {n for names in debian["brings"].values() for n in names}
    rows = (line.split("\t")[0] for line in open(DATA / "packages.txt") if line[0] not in "=%#\n")
    listed = [*debian["build"], *debian["ambiguous"], *debian["runtime"], *debian["replaced"], *rows]
    patterns = [re.compile(re.escape(name).replace(r"\#", r"\d+(\.\d+)*") + "$") for name in listed if "#" in name]
    exact = {name for name in listed if "#" not in name}
    names = exact | {name for index in releases.values() for name in index.depends if any(p.match(name) for p in patterns)}
    order = list(releases)
    print("#", " ".join(order), sep="\t")
    for name in sorted(names):
        brought = collections.defaultdict(dict)
        there = [release for release, index in releases.items() if name in index.depends]
        for release in there:
            index = releases[release]
            needs, with_recommends = index.closure([name], False), index.closure([name], True)
            for other in notable & with_recommends:
                brought[other][release] = other in needs
        words = []
        for other in sorted(brought):
            for needed, mark in ((True, ""), (False, "?")):
                on = [release for release, is_needed in brought[other].items() if is_needed == needed]
                if on:
                    places = "".join(str(order.index(release)) for release in on)
                    words.append(other + mark + ("" if len(on) == len(there) else "@" + places))
        if words:
            print(name, " ".join(words), sep="\t")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
