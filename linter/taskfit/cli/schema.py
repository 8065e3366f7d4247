"""`taskfit schema`: prints one of the published JSON Schemas."""

from __future__ import annotations

import click

from taskfit.paths import data_folder

NAMES = ("config", "profile", "rules", "report", "task-definition")


@click.command("schema", short_help="Print a JSON Schema.")
@click.argument("name", type=click.Choice(NAMES))
def command(name: str) -> None:
    """Print the JSON Schema of a kind of file, for editors and validators."""
    path = data_folder("schemas") / f"{name}.schema.json"
    click.echo(path.read_text(encoding="utf-8"), nl=False)
