"""GitHub-flavoured Markdown for a pull request's comment or a job's summary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from taskfit.escaping import inert
from taskfit.phrases import counted
from taskfit.reports.terminal import Painter, summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskfit.finding import Finding, Report
    from taskfit.reports import View

LIMIT = 60_000
"""The most bytes of all findings. GitHub accepts comments of 65,536 characters, and summaries of 1 MiB."""

LONGEST_NAME = 255
"""AWS accepts no longer family; a longer one in a file would leave no room for other findings."""

UNITS = {"cpu": "CPU units", "memory": "MiB", "memoryReservation": "MiB", "sizeInGiB": "GiB"}

COLUMNS = ("", "where", "definition", "rule", "declared", "needed", "recommended", "a month")

# What ends a table's cell or a code span is written as other invisible characters are: \x7c.
_UNSAFE_IN_CODE = re.compile(r"[|`]")
_MARKUP = re.compile(r"[\\`*_\[\]{}<>&|~$!]")
# What GitHub makes links and pictures of even where Markdown does not: mentions, issues, addresses, emoji.
# Those become code, as does what stands between backticks already.
_CODE = re.compile(r"`[^`]+`|(?:@|#|://|www\.|:(?=[\w+-]+:)|(?<![A-Za-z0-9])GH-(?=\d))+", re.IGNORECASE)


def render(report: Report, view: View) -> str:
    """A table of the findings, the most severe first, what they cost, and what to do about each."""
    parts = ["### taskfit", summary(report, Painter(color=False))]
    findings = sorted(report.findings, key=lambda finding: -finding.severity.rank)
    shown = list(_shown(findings, view))
    if shown:
        head = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
        parts.append("\n".join([*head, *(row for row, _ in shown)]))
    if len(shown) < len(findings):
        parts.append(
            f"{counted(len(findings) - len(shown), 'more finding')} left out, for GitHub takes no longer text."
        )
    cost = _cost(findings)
    if cost:
        parts.append(cost)
    if shown:
        advice = "\n".join(each for _, each in shown)
        parts.append(f"<details><summary>What is wrong, and what to do</summary>\n\n{advice}\n\n</details>")
    parts += [f"**The run is not complete:** {prose(failure)}" for failure in report.failures]
    return "\n\n".join(parts) + "\n"


def _shown(findings: Iterable[Finding], view: View) -> Iterator[tuple[str, str]]:
    """A row and a list item for each finding, up to the limit."""
    room = LIMIT
    for finding in findings:
        place = code(f"{view.in_repository(finding.path)}:{finding.span.line}")
        texts = _row(finding, place), f"- {place} **{finding.code}** {prose(f'{finding.message} {finding.help}')}"
        room -= sum(len(text.encode("utf-8")) for text in texts)
        if room < 0:
            return
        yield texts


def _row(finding: Finding, place: str) -> str:
    data, usd = finding.data or {}, _monthly_usd(finding)
    unit = data.get("unit") or UNITS.get(finding.pointer.rpartition("/")[2], "")
    cells = (
        finding.severity.value,
        place,
        code((finding.definition or "")[:LONGEST_NAME]),
        f"{finding.code} {prose(finding.name)}",
        _amount(data.get("have"), unit),
        _amount(data.get("need"), unit),
        _amount(data.get("recommended") or data.get("nearest"), unit),
        "" if usd is None else dollars(usd),
    )
    return f"| {' | '.join(cells)} |"


def _amount(value: Any, unit: str) -> str:
    """A number or size from a finding's data; alternative sizes and pairs of numbers are joined."""
    if isinstance(value, dict):
        parts = ((value.get(key), UNITS[key]) for key in ("cpu", "memory"))
        return ", ".join(_amount(number, unit) for number, unit in parts if number is not None)
    if isinstance(value, list | tuple):
        between = " or " if any(isinstance(item, dict) for item in value) else " and "
        return between.join(_amount(item, unit) for item in value)
    if isinstance(value, int | float):
        return f"{value} {unit}".rstrip()
    return code(value) if isinstance(value, str) else ""


def _monthly_usd(finding: Finding) -> float | None:
    """Recommended minus declared cost, USD/month."""
    usd = (finding.data or {}).get("monthly_usd")
    return usd if isinstance(usd, int | float) else None


def dollars(usd: float) -> str:
    """A difference in USD, with its sign."""
    return f"{'-' if usd < 0 else '+'}${abs(usd):.2f}"


def _cost(findings: Iterable[Finding]) -> str:
    """The cost of following every recommendation, counting each service and definition once."""
    known = [(finding, usd) for finding in findings if (usd := _monthly_usd(finding)) is not None]
    # All findings on the size of one task speak of the same change; those on what a service uses, of all its tasks.
    services, tasks = (
        {
            (finding.path, finding.definition, finding.subject, usd)
            for finding, usd in known
            if _is_of_service(finding) == is_of
        }
        for is_of in (True, False)
    )
    measured = {(path, definition) for path, definition, *_ in services}
    single = {(path, definition, usd) for path, definition, _, usd in tasks if (path, definition) not in measured}
    parts = [
        f"{what} {_change(sum(usd for *_, usd in some))}"
        for what, some in (
            ("one task of each definition costs", single),
            ("all tasks of the measured services cost", services),
        )
        if some
    ]
    return f"With what is recommended, {', and '.join(parts)} a month." if parts else ""


def _is_of_service(finding: Finding) -> bool:
    """Whether its costs are those of all tasks of a service."""
    return "service" in (finding.data or {})


def _change(usd: float) -> str:
    return f"**${abs(usd):.2f} {'less' if usd < 0 else 'more'}**"


def code(text: str) -> str:
    """A code span: nothing in it is Markdown, HTML or a link."""
    safe = _UNSAFE_IN_CODE.sub(lambda match: f"\\x{ord(match[0]):02x}", inert(text))
    return f"`{safe}`" if safe.strip() else ""


def prose(text: str) -> str:
    """Running text in which nothing is Markdown, HTML or a link."""
    line = inert(text).strip()
    pieces, end = [], 0
    for match in _CODE.finditer(line):
        pieces += [_escaped(line[end : match.start()]), code(match[0].strip("`"))]
        end = match.end()
    return "".join((*pieces, _escaped(line[end:])))


def _escaped(text: str) -> str:
    """Markup as character references, which never are markup themselves."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", text)
