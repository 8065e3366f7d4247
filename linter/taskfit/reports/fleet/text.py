"""A fleet as text: the tasks, and the result for each load."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from taskfit.escaping import inert_line
from taskfit.phrases import counted
from taskfit.sizing.prices import HOURS_PER_MONTH

if TYPE_CHECKING:
    from taskfit.engine.fleet import Fleet
    from taskfit.sizing.fleet import Batch, Member, Outcome, RoleOutcome

NAMES_SHOWN = 3
ANSWERS = {"carried": "carried", "missing": "not carried", "unknown": "not known to be carried"}


def render(fleet: Fleet) -> str:
    """The fleet as text; the packing of a load into tiers only if a single load was requested."""
    return "".join(f"{inert_line(line)}\n" for line in _lines(fleet))


def _lines(fleet: Fleet) -> Iterator[str]:
    yield from _members(fleet)
    if not fleet.members and len(fleet.outcomes) > 1:
        return  # no load was requested
    yield from _ways(fleet)
    for outcome in fleet.outcomes:
        yield ""
        yield from _outcome(outcome)
        yield from _remarks(outcome, fleet.hours.get(outcome.scenario))
        if len(fleet.outcomes) == 1:
            yield from _packings(outcome)
    yield ""
    yield from _terms(fleet)
    discount = f", {fleet.discount:.0%} off" if fleet.discount else ""
    yield f"Sizes by the {fleet.profile} profile; prices on Fargate in {fleet.region} of {fleet.prices_as_of}{discount}."


def _ways(fleet: Fleet) -> Iterator[str]:
    """The cost of all tasks for each pricing option."""
    if not fleet.ways:
        return
    rows: list[tuple[str, ...]] = [("all tasks, $ a month", "x86_64", "ARM64", "")]
    for way in fleet.ways:
        where = "Spot, if interruptible" if way.name == "Spot" else way.name
        rows.append((where, money(way.x86), money(way.arm), way.basis))
    yield ""
    yield from _table(rows, left=1, last_left=True)


def _terms(fleet: Fleet) -> Iterator[str]:
    """The conditions under which the load must be carried."""
    if fleet.terms.headroom:
        yield "With headroom: what is needed is raised, so that no task is used beyond the profile's target for CPU."
    if fleet.terms.spare:
        yield f"Without the {counted(fleet.terms.spare, 'largest task')} of each role."


def _members(fleet: Fleet) -> Iterator[str]:
    if fleet.members:
        yield from _member_table(fleet)
    elif not fleet.without_role:
        yield "No task definition found."
    else:
        advice = "" if fleet.profile_is_chosen else " A profile of your own goes with --profile."
        yield f"No definition here has a role in the {fleet.profile} profile.{advice}"
    if any(member.count_source == "default" and member.tasks is not None for member in fleet.members):
        yield "* No service in these files sets the number of tasks; one is assumed. Set it with --count DEFINITION=N."
    yield from dict.fromkeys(f"{member.name}: {remark}." for member in fleet.members for remark in member.remarks)
    if fleet.without_role:
        number, names = len(fleet.without_role), list(dict.fromkeys(fleet.without_role))
        shown = ", ".join(names[:NAMES_SHOWN]) + (" ..." if len(names) > NAMES_SHOWN else "")
        yield f"{number} {'definitions have' if number > 1 else 'definition has'} no role: {shown}"


def _member_table(fleet: Fleet) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [("definition", "role", "tasks", "carry", "$ a month")]
    rows += [_member(member) for member in fleet.members]
    if len(fleet.members) > 1:
        tasks = sum(member.tasks or 0 for member in fleet.members)
        rows.append(("together", "", str(tasks), "", money(fleet.monthly_usd)))
    yield from _table(rows, left=2)


def _member(member: Member) -> tuple[str, ...]:
    tasks = "?" if member.tasks is None else f"{member.tasks}{'*' if member.count_source == 'default' else ''}"
    if member.least is not None:
        tasks = f"{member.least}-{tasks}"
    carries = f"{'?' if member.carries is None else member.carries} {member.unit or ''}".rstrip()
    return member.name, member.role or "?", tasks, carries, money(member.total_usd)


def _outcome(outcome: Outcome) -> Iterator[str]:
    load = ", ".join(f"{amount} {unit}" for unit, amount in outcome.load.items())
    yield f"{outcome.scenario} ({load}): {ANSWERS[outcome.answer]}"
    rows: list[tuple[str, ...]] = [("role", "needed", "there", "missing", "spare", "tasks", "$ a month", "to add")]
    rows += [_role_outcome(role_outcome) for role_outcome in outcome.roles]
    yield from _table(rows, left=1, indent="  ", last_left=True)


def _remarks(outcome: Outcome, hours: float | None) -> Iterator[str]:
    """Remarks below the table: alternatives, the minimum of the scaling, and all costs."""
    for role in outcome.roles:
        if role.raised is not None:
            way = role.raised
            cost = f" for ${way.monthly_usd:.2f}" if way.monthly_usd is not None else ""
            instead = "or raise" if role.addition else "raise"
            yield f"  {role.role}: {instead} {way.definition} from {way.tasks} to {way.wanted} tasks{cost}"
        if role.have_least < role.need <= role.have:
            few, many = role.least_tasks, role.tasks
            yield f"  {role.role}: carried at max {many} tasks, not at min {few} ({role.have_least} {role.unit})"
    after = [role.after_usd for role in outcome.roles]
    known = [cost for cost in after if cost is not None]
    if known and len(known) == len(after):
        monthly = sum(known)
        lasting = f"; ${monthly / HOURS_PER_MONTH * hours:.2f} for its {hours:g} h" if hours else ""
        words = "these roles with what is added" if any(role.missing for role in outcome.roles) else "these roles"
        yield f"  {words}: ${monthly:.2f} a month{lasting}"


def _role_outcome(role_outcome: RoleOutcome) -> tuple[str, ...]:
    there = f"{role_outcome.have}{'' if role_outcome.is_exact else ' + ?'}"
    return (
        role_outcome.role,
        f"{role_outcome.need} {role_outcome.unit}",
        there,
        f"{'' if role_outcome.is_exact else 'up to '}{role_outcome.missing}" if role_outcome.missing else "-",
        str(role_outcome.spare or "-"),
        str(role_outcome.tasks),
        money(role_outcome.monthly_usd),
        _addition(role_outcome.addition),
    )


def _addition(batch: Batch | None) -> str:
    if batch is None:
        return ""
    cost = f" for ${batch.monthly_usd:.2f}" if batch.monthly_usd is not None else ""
    return f"{batch.packing.containers} x {batch.packing.tier}{cost}"


def _packings(outcome: Outcome) -> Iterator[str]:
    for role_outcome in outcome.roles:
        if not role_outcome.batches:
            continue
        yield ""
        yield f"  {role_outcome.need} {role_outcome.unit} in containers of one tier ({role_outcome.role}):"
        rows: list[tuple[str, ...]] = [
            ("tier", "containers", "CPU units", "MiB", "efficiency", "$ a month", "of the Fargate size")
        ]
        rows += [_batch(batch) for batch in role_outcome.batches]
        yield from _table(rows, left=1, indent="    ")


def _batch(batch: Batch) -> tuple[str, ...]:
    packing, size = batch.packing, batch.size
    return (
        packing.tier,
        str(packing.containers),
        str(packing.cpu),
        str(packing.memory),
        f"{packing.efficiency:g}%",
        money(batch.monthly_usd),
        f"{size.cpu} / {size.memory}" if size else "none",
    )


def money(amount: float | None) -> str:
    """An amount in USD, without its sign."""
    return "?" if amount is None else f"{amount:.2f}"


def _table(rows: Sequence[tuple[str, ...]], *, left: int, indent: str = "", last_left: bool = False) -> Iterable[str]:
    """The rows in columns, the first ones (and optionally the last) left-aligned, the others right-aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if index < left or (last_left and index == len(row) - 1) else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield (indent + "  ".join(cells)).rstrip()
