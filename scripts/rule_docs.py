"""`docs/rules/`: a page for each rule, made from the rule itself, and their index."""

from __future__ import annotations

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
    "FIT9": "Services",
}

INDEX = """\
# Rules

Each page is made from the rule's own file in [`rules/`](../../rules), examples included; the tests run every example.
`taskfit rule CODE` prints the same on a terminal.

An **error** is what AWS rejects or what will break, a **warning** is waste or a declared rule broken, a **note** is
advice.
"""


def files() -> dict[Path, str]:
    """The text of each page, by its path."""
    rules = bundled.pages()
    families = (
        f"\n## {FAMILIES[prefix]}\n\n{rule_page.markdown_table(members, linked=True)}"
        for prefix, members in groupby(rules, key=lambda rule: rule.code[:4])
    )
    pages = {FOLDER / f"{rule.code}.md": rule_page.markdown(rule) for rule in rules}
    return {FOLDER / "README.md": INDEX + "".join(families), **pages}
