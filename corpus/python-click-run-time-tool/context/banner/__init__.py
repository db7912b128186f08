import subprocess

import click


@click.command()
@click.option("--font", default="small", show_default=True)
@click.argument("text")
def main(font: str, text: str) -> None:
    """Writes TEXT in big letters."""
    command = ["figlet", "-f", font, text]
    click.echo(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
