"""The rules there are: those that come along, and those in a team's own files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from taskfit.policy import bundled
from taskfit.policy.selection import matching

if TYPE_CHECKING:
    from taskfit.policy.rule import Rule
    from taskfit.policy.rule_file import RuleFile


def all_rules(files: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The built-in rules and those in a team's own files.

    Raises `validation.InvalidFile`.
    """
    return (*bundled.rules(), *(page.rule() for page in _own_pages(files)))


def rule_pages(selector: str, files: Iterable[str] = ()) -> tuple[RuleFile, ...]:
    """The rules that a selector names, built in or in a team's own files, as their files have them.

    Raises `validation.InvalidFile` and `selection.UnknownSelectorError`.
    """
    codes = [rule.code for rule in matching(all_rules(files), selector)]
    return tuple(pages_of(codes, files).values())


def pages_of(codes: Collection[str], files: Iterable[str] = ()) -> dict[str, RuleFile]:
    """The rules of these codes, built in or in a team's own files, as their files have them; none for an unknown code.

    Raises `validation.InvalidFile`.
    """
    built_in = (page for code in codes for page in bundled.pages(code))
    return {page.code: page for page in (*built_in, *_own_pages(files)) if page.code in codes}


def _own_pages(files: Iterable[str]) -> Iterator[RuleFile]:
    for path in map(Path, files):
        from taskfit.config import validation
        from taskfit.policy.rule_file import RuleFile

        source, trees = validation.parse(path)
        for tree in trees:
            page = validation.validate(RuleFile, tree, source, path)
            for key, message in _faults(page):
                node, _ = tree.find([key])
                raise validation.InvalidFile(str(path), *source.position(node.start), message)
            yield page


def _faults(page: RuleFile) -> Iterator[tuple[str, str]]:
    """What a rule of a team's own must not be: the key that shows it, and what to say."""
    from taskfit.policy import schema

    if page.code.startswith("FIT"):
        yield "code", f"the code {page.code} is taskfit's own; choose another prefix"
    if not page.schema:
        yield "code", f"the rule {page.code} has no `schema`"
    for key in ("schema", "when"):
        if fault := schema.schema_fault(getattr(page, key)):
            yield key, f"the `{key}` of {page.code} is no JSON Schema: {fault}"
