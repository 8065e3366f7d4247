"""A rule's page, made from the rule alone: for the documentation, the terminal and programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taskfit.escaping import inert_line, inert_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskfit.policy.rule import Rule
    from taskfit.policy.rule_file import Example, RuleFile

WIDTH = 88
"""Columns of running text on a terminal."""


WAYS = {
    "": "",
    "safe": "`taskfit check --fix` does so where there is one right way.",
    "unsafe": "`taskfit check --fix --unsafe-fixes` does so where there is one likely way.",
}
"""The sentence on a rule's page for each kind of fix."""


@dataclass(frozen=True)
class _Section:
    heading: str
    words: str = ""
    code: str = ""
    path: str = ""
    """The name of the file, if its format depends on it."""


def markdown(rule: RuleFile) -> str:
    """The page in Markdown."""
    parts = [f"# {title(rule)}", f"**{rule.severity.value}**: {rule.summary}."]
    if rule.opt_in:
        parts.append(f"Runs only where it is selected: `--extend-select {rule.code}`.")
    if rule.audit:
        parts.append("Runs in `taskfit audit`, on [saved answers](../audit.md) as below or on those of AWS.")
    for section in _sections(rule):
        parts += [f"## {section.heading}", section.words]
        if section.code:
            usual = "json" if section.code.lstrip()[:1] in ("{", "[") else "yaml"
            language = "hcl" if section.path.endswith(".tf") else usual
            parts.append(f"```{language}\n{section.code.rstrip()}\n```")
    if rule.sources:
        sources = (
            f"- [{source.title}]({source.url})" if source.url else f"- {source.title}" for source in rule.sources
        )
        parts += ["## Sources", "\n".join(sources)]
    return "\n\n".join(part for part in parts if part) + "\n"


def text(rule: RuleFile) -> str:
    """The page for the terminal."""
    from textwrap import indent

    parts = [title(rule), _wrapped(f"{rule.severity.value}: {rule.summary}.")]
    if rule.opt_in:
        parts.append(_wrapped(f"Runs only where it is selected: --extend-select {rule.code}."))
    if rule.audit:
        parts.append("Runs in `taskfit audit`, on saved answers as below or on those of AWS.")
    for section in _sections(rule):
        body = (indent(_wrapped(section.words), "  "), indent(section.code.rstrip(), "    "))
        parts.append("\n\n".join(part for part in (section.heading, *body) if part))
    if rule.sources:
        sources = (f"  {source.title}\n  {source.url}".rstrip() for source in rule.sources)
        parts.append("\n\n".join(("Sources", *sources)))
    return inert_lines("\n\n".join(parts)) + "\n"


def data(rule: RuleFile) -> dict[str, Any]:
    """The page as plain JSON values."""
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "summary": rule.summary,
        "what": rule.what,
        "why": rule.why,
        "fix": rule.fix,
        "opt_in": rule.opt_in,
        "fixable": rule.fixable or None,
        "audit": rule.audit,
        "sources": [{"title": source.title, "url": source.url} for source in rule.sources],
        "bad": [_example_data(example) for example in rule.bad],
        "good": [_example_data(example) for example in rule.good],
    }


def title(rule: RuleFile) -> str:
    """Code and name."""
    return f"{rule.code} {rule.name}"


def table(rules: Iterable[Rule]) -> str:
    """One line for each rule, for the terminal."""
    rows = [(rule.code, rule.severity.value, rule.name, rule.summary) for rule in rules]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ("  ".join((*map(str.ljust, row, widths), row[3])) for row in rows)
    return "".join(f"{inert_line(line)}\n" for line in lines)


def markdown_table(rules: Iterable[Rule], *, linked: bool = False) -> str:
    """One row for each rule; `linked` codes link to the pages in the table's folder."""
    head = "| code | name | severity | summary |\n|---|---|---|---|\n"
    rows = (
        (f"[{rule.code}]({rule.code}.md)" if linked else rule.code, rule.name, rule.severity.value, rule.summary)
        for rule in rules
    )
    return head + "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows)


def _sections(rule: RuleFile) -> Iterator[_Section]:
    yield _Section("What it reports", rule.what)
    yield _Section("Why", rule.why)
    yield _Section("How to fix it", " ".join(filter(None, (rule.fix, WAYS[rule.fixable]))))
    for heading, examples in (("Wrong", rule.bad), ("Right", rule.good)):
        for example in examples:
            yield _Section(_example_heading(heading, example), _circumstances(example), example.file, example.path)
            if example.repository:
                yield _Section(f"{_example_heading(heading, example)} (the repository)", code=example.repository)
            if example.fixed:
                yield _Section(_example_heading("Fixed", example), code=example.fixed)


def _example_heading(kind: str, example: Example) -> str:
    return f"{kind}: {example.title}" if example.title else kind


def _circumstances(example: Example) -> str:
    sentences = []
    if example.settings:
        settings = ", ".join(f"`{key}: {_setting(value)}`" for key, value in example.settings.items())
        sentences.append(f"With {settings} in `taskfit.yaml`.")
    if example.path:
        sentences.append(f"In `{example.path}`.")
    if example.at:
        places = ", ".join(f"`{pointer}`" if pointer else "the definition itself" for pointer in example.at)
        sentences.append(f"Reported at {places}.")
    return " ".join(sentences)


def _setting(value: Any) -> str:
    from json import dumps

    return value if isinstance(value, str) else dumps(value)


def _example_data(example: Example) -> dict[str, Any]:
    return {
        "title": example.title,
        "file": example.file,
        "path": example.path or None,
        "fixed": example.fixed or None,
        "at": list(example.at),
        "settings": dict(example.settings),
        "repository": example.repository,
    }


def _wrapped(words: str) -> str:
    """Running text in lines; a line break stays one."""
    from textwrap import fill

    return "\n".join(fill(line, WIDTH, break_long_words=False, break_on_hyphens=False) for line in words.splitlines())
