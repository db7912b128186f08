import json
import os
import time
from importlib.resources import files
from pathlib import Path

import click
import httpx
from PIL import Image
from pyzbar.pyzbar import ZBarSymbol, decode

GATES = json.loads((files("ticketscan") / "gates.json").read_text())


def read(path: Path) -> list[str]:
    return [c.data.decode() for c in decode(Image.open(path), symbols=[ZBarSymbol.QRCODE])]


@click.group()
def main():
    """Read ticket codes from camera pictures."""


@main.command()
@click.argument("picture", type=click.Path(exists=True, path_type=Path))
def scan(picture):
    for code in read(picture):
        click.echo(code)


@main.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("--gate", default=lambda: os.environ.get("GATE", "north"))
def watch(folder, gate):
    seen: set[Path] = set()
    api = os.environ.get("TICKET_API", "https://tickets.example.com/api/admit")
    while True:
        for p in sorted(set(folder.glob("*.jpg")) - seen):
            for code in read(p):
                ok = httpx.post(api, json={"code": code, "areas": GATES[gate]}).is_success
                click.echo(f"{p.name} {code} {'ok' if ok else 'REFUSED'}")
            seen.add(p)
        time.sleep(0.5)
