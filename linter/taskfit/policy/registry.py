"""Loads the built-in rules and those in user-defined files."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from taskfit.paths import repository_root
from taskfit.policy import bundled
from taskfit.policy.selection import matching
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from taskfit.config.invalid import Fault
    from taskfit.policy.rule import Rule
    from taskfit.policy.rule_file import RuleFile
    from taskfit.syntax.text import SourceText
    from taskfit.syntax.tree import Node

SUFFIXES = (".yaml", ".yml")
"""Extensions of the rule files in a folder."""


class Rules(NamedTuple):
    """Rules, and the faults of broken ones: a broken rule does not affect the findings of others."""

    rules: tuple[Rule, ...]
    faults: tuple[Fault, ...] = ()


class OwnRule(NamedTuple):
    """A user-defined rule and its location."""

    page: RuleFile
    path: Path
    source: SourceText
    tree: Node


def all_rules(entries: Iterable[str] = ()) -> Rules:
    """The built-in rules and the user-defined ones that the setting `rules` names."""
    named = tuple(entries)
    if not named:
        return Rules(bundled.rules())
    own, faults = own_rules(named)
    return Rules((*bundled.rules(), *(each.page.rule() for each in own)), faults)


def rule_pages(selector: str, entries: Iterable[str] = ()) -> tuple[RuleFile, ...]:
    """The contents of the files of the rules that a selector names, built-in or user-defined.

    Raises `selection.UnknownSelectorError`, or `validation.InvalidFile` if a broken file may be the reason.
    """
    named = tuple(entries)
    rules, faults = all_rules(named)
    try:
        codes = [rule.code for rule in matching(rules, selector)]
    except ValueError:
        if not faults:
            raise
        from taskfit.config.invalid import InvalidFile

        raise InvalidFile.of(faults) from None
    return tuple(pages_of(codes, named).values())


def pages_of(codes: Collection[str], entries: Iterable[str] = ()) -> dict[str, RuleFile]:
    """The contents of the files of the rules with these codes, built-in or user-defined; unknown codes are ignored."""
    named = tuple(entries)
    built_in = (page for code in codes for page in bundled.pages(code))
    own = own_rules(named)[0] if named else ()
    return {page.code: page for page in (*built_in, *(each.page for each in own)) if page.code in codes}


def own_rules(entries: tuple[str, ...]) -> tuple[tuple[OwnRule, ...], tuple[Fault, ...]]:
    """The rules in files, folders, globs and packages, and all faults of broken ones."""
    from taskfit.config import validation

    paths, faults = files(entries)
    found: list[OwnRule] = []
    for path in paths:
        rules, wrong = _in_file(path, _stamp(path))
        found += rules
        faults += wrong
    unique, repeated = _without_repeated(found)
    return tuple(unique), (*faults, *validation.first(repeated))


def files(entries: Iterable[str]) -> tuple[list[Path], list[Fault]]:
    """The rule files that entries of the setting `rules` name, each once, and the faults of entries that name none."""
    named = tuple(entries)
    if not named:
        return [], []
    from taskfit.config.invalid import Fault

    paths: dict[Path, None] = {}
    faults: list[Fault] = []
    for entry in named:
        try:
            found = _expanded(entry)
        except ValueError as error:
            faults.append(Fault(entry, 1, 1, str(error)))
            continue
        top = _top(entry)
        for path in found:
            if top is not None and not _is_within(path, top):
                faults.append(Fault(str(path), 1, 1, "is a link to a file outside of the repository"))
            else:
                paths[path] = None
    return list(paths), faults


def _expanded(entry: str) -> list[Path]:
    import glob

    from taskfit import packages

    if entry.startswith(packages.PREFIX):
        name = entry.removeprefix(packages.PREFIX)
        found = _in_folder(packages.folder(name) / "rules")
        if not found:
            raise ValueError(f"the package {name!r} has no rule files in its folder `rules`")
        return found
    path = Path(entry)
    if os.path.isdir(path):
        if found := _in_folder(path):
            return found
        raise ValueError(f"no rule file ({', '.join(SUFFIXES)}) in this folder")
    if os.path.exists(path) or not glob.has_magic(entry):
        return [path]
    if found := [Path(name) for name in sorted(glob.glob(entry, recursive=True)) if os.path.isfile(name)]:
        return found
    raise ValueError("no file matches this pattern")


def _top(entry: str) -> Path | None:
    """The folder that files of a folder or pattern must be in: its repository or itself; `None` for a named file.

    A named file may be anywhere, since it was checked where it is named; found files may be links, which anybody can commit.
    """
    import glob

    from taskfit import packages

    if entry.startswith(packages.PREFIX):
        return None
    if os.path.isdir(entry):
        folder = Path(os.path.realpath(entry))
    elif not os.path.lexists(entry) and glob.has_magic(entry):
        steps = Path(entry).parts
        plain = next(number for number, step in enumerate(steps) if glob.has_magic(step))
        folder = Path(os.path.realpath(Path(*steps[:plain])))
    else:
        return None
    return repository_root(folder) or folder


def _is_within(path: Path, top: Path) -> bool:
    real = Path(os.path.realpath(path))
    return real.is_relative_to(top) and ".git" not in real.relative_to(top).parts


def _in_folder(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and os.path.isfile(path))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


@cache
def _in_file(path: Path, stamp: tuple[int, int] | None) -> tuple[tuple[OwnRule, ...], tuple[Fault, ...]]:
    """The rules of a file, and the faults of broken ones; the stamp makes the cache notice changes."""
    from taskfit.config import validation

    try:
        source, trees = validation.parse(path)
    except validation.InvalidFile as error:
        return (), error.faults
    rules: list[OwnRule] = []
    faults: list[Fault] = []
    documents = (document for document in trees if not document.is_empty)
    for tree in [item for each in documents for item in (each.items if each.items is not None else [each])]:
        page, found = _read(tree, source)
        faults += validation.placed(found, source, path)
        if page is not None and not found:
            rules.append(OwnRule(page, path, source, tree))
    if not rules and not faults:
        faults.append(validation.Fault(str(path), 1, 1, "there is no rule in this file"))
    return tuple(rules), tuple(validation.first(faults))


def _read(tree: Node, source: SourceText) -> tuple[RuleFile | None, list[tuple[int, str]]]:
    """The rule, if it is valid, and its faults: offsets and messages."""
    from taskfit.config import validation
    from taskfit.policy import rule_checks
    from taskfit.policy.rule_file import RuleFile

    page, found = validation.examine(RuleFile, tree)
    reported = {offset for offset, _ in found}
    for fault in islice(rule_checks.faults(tree.plain()), validation.MOST_WORDED):
        node, key = tree.find([str(step) for step in fault.steps])
        offset = (
            key.start
            if key is not None and fault.on_key
            else source.within(node.start, node.end, node.value, fault.character)
        )
        if offset not in reported or fault.steps:
            found.append((offset, fault.message))
    return page, found


def _without_repeated(rules: Iterable[OwnRule]) -> tuple[list[OwnRule], list[Fault]]:
    """The rules whose code and name are not used by an earlier rule, and the faults of the others."""
    from taskfit.config.invalid import Fault

    seen = {name: "taskfit" for rule in bundled.rules() for name in (rule.code, rule.name)}
    unique, faults = [], []
    for rule in rules:
        for key, name in (("code", rule.page.code), ("name", rule.page.name)):
            if name in seen:
                node, _ = rule.tree.find([key])
                line, column = rule.source.position(node.start)
                faults.append(
                    Fault(str(rule.path), line, column, f"the {key} {name} is already used by a rule in {seen[name]}")
                )
                break
        else:
            unique.append(rule)
            place = f"{rule.path}:{rule.source.position(rule.tree.start)[0]}"
            seen |= {rule.page.code: place, rule.page.name: place}
    return unique, faults
