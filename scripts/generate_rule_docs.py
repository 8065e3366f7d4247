"""Generates `docs/rules/`: a page for each rule, made from the rule itself, and their index."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from taskfit.policy import bundled
from taskfit.reports import rule_page

FOLDER = Path(__file__).parents[1] / "docs" / "rules"

FAMILIES = {
    "FIT0": "Reading and structure",
    "FIT1": "Fargate",
    "FIT2": "Size",
    "FIT3": "Sidecars",
    "FIT4": "Containers together",
    "FIT5": "Runtimes",
    "FIT6": "Placement and cost",
    "FIT7": "Security and operations",
    "FIT8": "Observed use",
}

INDEX = """\
# Rules

Each page is made from the rule's own file in [`rules/`](../../rules), examples included; the tests run every example.
`taskfit rule CODE` prints the same on a terminal.

An **error** is what AWS rejects or what will break, a **warning** is waste or a declared rule broken, a **note** is
advice.
"""


def pages() -> dict[str, str]:
    """The text of each file, by its name."""
    rules = bundled.pages()
    families = (
        f"\n## {FAMILIES[prefix]}\n\n{rule_page.markdown_table(members, linked=True)}"
        for prefix, members in groupby(rules, key=lambda rule: rule.code[:4])
    )
    return {"README.md": INDEX + "".join(families), **{f"{rule.code}.md": rule_page.markdown(rule) for rule in rules}}


def main() -> None:
    """Write every page anew, and remove those of rules that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    sys.stdout.write(f"{FOLDER}: {len(wanted)} pages\n")


if __name__ == "__main__":
    main()
