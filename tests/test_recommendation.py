"""One recommendation: whatever is declared and used, findings, rows and totals say the same, and applying it settles it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from test_audit import arn, audit, described, file, measured, only, service

from taskfit.auditing.inventory import Inventory, Service, totals
from taskfit.config.settings import PricingSettings
from taskfit.dimensions import Size
from taskfit.policy import bundled

FARGATE = bundled.fargate()
SIZES = [Size(cpu, memory) for cpu in FARGATE.cpus() for memory in FARGATE.memories(cpu)]
ABOUT_SIZE = frozenset(
    {"FIT201", "FIT202", "FIT203", "FIT204", "FIT205", "FIT208", "FIT801", "FIT802", "FIT803", "FIT804"}
)
"""FIT806 is about the declared capacity: no other size makes it agree with the use."""
PER_CENT = st.integers(0, 100)


@dataclass(frozen=True)
class Task:
    """A task of a service, and what it uses, in CPU units and MiB."""

    size: Size
    role: str = "none"
    capacity: int = 0
    collector: tuple[int, int] | None = (256, 512)
    desired: int = 2
    cpu: tuple[float, float] | None = None
    """On average, and at most."""
    memory: tuple[float, float] | None = None
    statistics: str = "both"
    """`both`, `average`, `maximum`, or `brief` where both were measured for hours only."""
    is_own: bool = False
    """On EC2, with the size at the service container."""

    @property
    def beside(self) -> Size:
        """What is part of the task beside its size."""
        return Size(*self.collector) if self.is_own and self.collector else Size()

    @property
    def container(self) -> dict[str, Any]:
        variable = {"gateway": "MAX_CONNECTIONS"}.get(self.role, "MAX_AGENTS")
        environment = [{"name": variable, "value": str(self.capacity)}] if self.capacity else []
        own = self.size.as_dict() if self.is_own else {}
        return {"name": "app", "image": "mistersmith/app:1", "essential": True, "environment": environment, **own}

    def audited(self) -> Inventory:
        containers = [self.container]
        if self.collector:
            cpu, memory = self.collector
            collector = {"name": "otel", "image": "amazon/aws-otel-collector:v0.49.0", "essential": False}
            containers.append({**collector, "cpu": cpu, "memory": memory})
        tags = [{"key": "taskfit:role", "value": self.role}]
        where: dict[str, Any] = {"cpu": str(self.size.cpu), "memory": str(self.size.memory)}
        if self.is_own:
            where = {"cpu": None, "memory": None, "requiresCompatibilities": ["EC2"], "networkMode": "bridge"}
        answer = {**described("task", containerDefinitions=containers, **where), "tags": tags}
        launch = {"launchType": "EC2"} if self.is_own else {}
        running = service(taskDefinition=arn("task"), desiredCount=self.desired, **launch)
        return audit(file("a.json", answer, {"services": [running]}, *self._answers()))

    def _answers(self) -> list[dict[str, Any]]:
        metrics: dict[str, float] = {}
        whole = Size.total((self.size, self.beside))
        for name, have, used in (("cpu", whole.cpu, self.cpu), ("memory", whole.memory, self.memory)):
            if used and self.statistics != "maximum":
                metrics[name] = 100 * used[0] / have
            if used and self.statistics != "average":
                metrics[f"{name}_maximum"] = 100 * used[1] / have
        answer = measured(**metrics)
        for series in answer["MetricDataResults"] if self.statistics == "brief" else ():
            series |= {"Timestamps": [f"2026-10-01T0{hour}:00:00+00:00" for hour in (1, 2, 3)]}
        return [answer] if metrics else []

    def followed(self, row: Service) -> Task:
        """The task as the row recommends it."""
        assert row.recommended
        assert row.advice
        share = row.advice.tasks

        def used(amounts: tuple[float, float] | None) -> tuple[float, float] | None:
            return amounts and (amounts[0] / share, amounts[1] / share)

        return replace(
            self,
            size=Size(*row.recommended),
            capacity=row.advice.capacity or self.capacity,
            desired=self.desired * share,
            cpu=used(self.cpu),
            memory=used(self.memory),
        )


@st.composite
def tasks(draw: st.DrawFn, *, is_measured: bool) -> Task:
    role = draw(st.sampled_from(("none", "worker", "supervisor", "gateway")))
    most = {"worker": 120, "supervisor": 1200, "gateway": 25_000}.get(role, 0)
    size = draw(st.sampled_from(SIZES))
    task = Task(
        size=size,
        role=role,
        capacity=draw(st.integers(1, most)) if most else 0,
        collector=draw(st.sampled_from(((256, 512), None, (64, 128), (700, 1900)))),
        desired=draw(st.integers(1, 5)),
        is_own=draw(st.integers(0, 3)) == 0,
    )
    if not is_measured:
        return task

    def used(have: int) -> tuple[float, float] | None:
        average, more = draw(PER_CENT), draw(PER_CENT)
        return (have * average / 100, have * min(100, average + more) / 100) if draw(st.integers(0, 7)) else None

    whole = Size.total((size, task.beside))
    return replace(
        task,
        cpu=used(whole.cpu),
        memory=used(whole.memory),
        statistics=draw(st.sampled_from(("both", "both", "both", "average", "maximum", "brief"))),
    )


def about_size(inventory: Inventory) -> set[str]:
    return {finding.code for finding in inventory.report.findings} & ABOUT_SIZE


@given(tasks(is_measured=True))
def test_who_follows_a_recommendation_finds_nothing_more_about_size(task: Task) -> None:
    row = only(task.audited())
    assume(row.recommended is not None and (task.cpu or task.memory))
    after = task.followed(row).audited()
    # Where the use is not judged, the size that a tier is published with may leave less than the buffer, as below.
    assert about_size(after) <= ({"FIT205"} if task.statistics == "brief" else set())
    settled = only(after)
    assert settled.recommended == settled.declared
    assert settled.advice
    assert settled.advice.tasks == 1


@given(tasks(is_measured=False))
def test_without_use_the_profile_s_own_size_settles_it(task: Task) -> None:
    row = only(task.audited())
    assume(row.recommended is not None)
    # The size that a tier is published with may itself leave less than the buffer: a note, and no fault of the task.
    assert about_size(task.followed(row).audited()) <= {"FIT205"}


@given(tasks(is_measured=True))
def test_no_recommendation_is_below_the_observed_peak_or_the_floor(task: Task) -> None:
    row = only(task.audited())
    assume(row.recommended is not None)
    assert row.recommended
    assert row.advice
    tasks, beside = row.advice.tasks, task.beside
    seen = {"average": 0}.get(task.statistics, 1)
    if task.memory and not (task.statistics == "brief" and row.recommended.memory >= task.size.memory):
        assert (row.recommended.memory + beside.memory) * tasks >= task.memory[seen] / 0.9 - 0.01
    if task.cpu:
        assert (row.recommended.cpu + beside.cpu) * tasks >= task.cpu[seen] - 0.01
    if row.needed and tasks == 1:
        assert row.recommended.cpu >= row.needed.cpu
        assert row.recommended.memory >= row.needed.memory


@given(tasks(is_measured=True))
# AWS refuses containers of 700 in a task of 256; its cpu was not measured.
@example(Task(Size(256, 512), collector=(700, 1900), memory=(0, 0)))
@example(Task(Size(256, 512), collector=(700, 1900), cpu=(0, 0)))
def test_containers_go_into_the_size_that_is_recommended(task: Task) -> None:
    row = only(task.audited())
    assume(row.recommended is not None)
    assert row.recommended
    assert row.advice
    for name in ("cpu", "memory"):
        declared = [getattr(each, name) or 0 for each in row.advice.containers]
        assert sum(declared) <= getattr(row.recommended, name) + getattr(task.beside, name)
    if task.is_own and row.advice.containers:
        app, *others = row.advice.containers
        assert (app.cpu, app.memory) == tuple(row.recommended)
        assert [(each.cpu, each.memory) for each in others] == ([task.collector] if task.collector else [])


@given(tasks(is_measured=True))
def test_every_finding_names_the_size_of_its_row(task: Task) -> None:
    row = only(task.audited())
    for finding in row.findings:
        if finding.code in ABOUT_SIZE:
            assert finding.data
            named, size = finding.data["recommended"], row.recommended
            assert named == (size and {"cpu": size.cpu, "memory": size.memory}), finding.code


@given(st.lists(tasks(is_measured=True), min_size=1, max_size=6))
def test_every_total_is_the_sum_of_its_rows(some: list[Task]) -> None:
    rows = [only(task.audited()) for task in some]
    sums = totals(rows)
    both = [row for row in rows if row.monthly_usd is not None and row.recommended_monthly_usd is not None]
    assert sums.declared == round(sum(row.monthly_usd or 0 for row in both), 2)
    assert sums.recommended == round(sum(row.recommended_monthly_usd or 0 for row in both), 2)
    assert round(sums.more - sums.less, 2) == sums.difference
    assert sums.priced + sums.unpriced == len(rows)
    for row in both:
        if row.recommended == row.declared and (row.advice is None or row.advice.tasks == 1):
            assert row.recommended_monthly_usd == row.monthly_usd


def test_beyond_the_last_tier_the_split_is_recommended_and_priced() -> None:
    task = Task(Size(16384, 32768), "worker", 101, desired=3)
    row = only(task.audited())
    assert row.advice
    assert (row.advice.tasks, row.advice.capacity, row.recommended) == (3, 34, (8192, 28672))
    assert row.advice.reasons == ("BeyondLargestTier", "CPUUnderprovisioned", "MemoryUnderprovisioned")
    # 3 x 3 tasks, each 8 x 0.04048 + 28 x 0.004445 an hour
    assert row.recommended_monthly_usd == 9 * 327.26
    (finding,) = (each for each in row.findings if each.code == "FIT208")
    assert finding.data
    assert finding.data["split"] == {"tasks": 3, "capacity": 34, "cpu": 8192, "memory": 28672}
    assert finding.help.startswith("Run 3 tasks of 34 each, with 8192 CPU units and 28672 MiB, in place of one: $")


def test_memory_that_is_nearly_full_is_not_sized_below_the_floor() -> None:
    # It goes neither below what `check` demands, nor below what it uses.
    task = Task(Size(2048, 4096), "supervisor", 100, cpu=(200, 300), memory=(3900, 3900))
    row = only(task.audited())
    assert row.needed
    assert row.recommended
    assert row.recommended.cpu >= row.needed.cpu == 1792
    assert row.recommended == (2048, 6144)
    assert row.advice
    assert row.advice.reasons == ("CPUKeptForDeclaredLoad", "MemoryUnderprovisioned")
    assert (row.advice.cpu_decided_by, row.advice.memory_decided_by) == ("floor", "observed-average")


def test_what_is_kept_for_the_declared_load_says_so() -> None:
    task = Task(Size(8192, 16384), "worker", 9, cpu=(200, 300), memory=(4000, 4200))
    row = only(task.audited())
    assert row.recommended == (2048, 6144)
    (finding,) = (each for each in row.findings if each.code == "FIT801")
    assert finding.help.endswith(" The use alone asks for 512 CPU units, but the declared capacity needs 2048.")


def test_a_use_beyond_every_size_is_in_no_total() -> None:
    task = Task(Size(32768, 249856), cpu=(32000, 32768), memory=(230000, 240000))
    inventory = task.audited()
    row = only(inventory)
    assert row.recommended is None
    assert row.advice
    assert row.advice.reasons == ("NoSizeLargeEnough",)
    assert (inventory.totals.priced, inventory.totals.unpriced) == (0, 1)


def test_services_of_one_definition_are_distinguished_where_it_matters() -> None:
    answers = (
        described("task", memory="8192", containerDefinitions=[Task(Size(1, 1), "worker", 4).container])
        | {"tags": [{"key": "taskfit:role", "value": "worker"}]},
        {"services": [service("busy", taskDefinition=arn("task")), service("lazy", taskDefinition=arn("task"))]},
        measured("prod/busy", cpu=65, memory=70, memory_maximum=75),
        measured("prod/lazy", cpu=65, memory=20, memory_maximum=25),
    )
    rows = {row.name: row for row in audit(file("a.json", *answers)).services}
    codes = {name: {each.code for each in row.findings} & ABOUT_SIZE for name, row in rows.items()}
    assert codes == {"busy": set(), "lazy": {"FIT204", "FIT802"}}
    assert (rows["busy"].recommended, rows["lazy"].recommended) == ((1024, 8192), (1024, 3072))


def test_containers_share_what_their_sidecars_leave() -> None:
    app = {"name": "app", "image": "nginx:1", "essential": True, "cpu": 3840, "memory": 7680, "memoryReservation": 4000}
    otel = {"name": "otel", "image": "amazon/aws-otel-collector:v0.49.0", "cpu": 256, "memory": 512, "essential": False}
    answers = (
        described(cpu="4096", memory="8192", containerDefinitions=[app, otel]),
        {"services": [service()]},
        measured(cpu=10, cpu_maximum=12, memory=20, memory_maximum=25),
    )
    row = only(audit(file("a.json", *answers)))
    assert row.recommended == (1024, 3072)
    assert row.advice
    assert [tuple(each) for each in row.advice.containers] == [("app", 768, 2560, 1333), ("otel", 256, 512, None)]


def test_the_outlook_is_today_s_load_on_the_recommended_size() -> None:
    row = only(Task(Size(4096, 8192), cpu=(409.6, 614.4), memory=(1638.4, 2048)).audited())
    assert row.recommended == (1024, 3072)
    assert row.advice
    assert row.advice.outlook
    outlook = row.advice.outlook
    assert (outlook.cpu_average, outlook.cpu_maximum) == (0.4, 0.6)
    assert (outlook.memory_average, outlook.memory_maximum) == (0.5333, 0.6667)
    assert (outlook.risk_now, outlook.risk_then) == ("very-low", "very-low")


@pytest.mark.parametrize(("memory", "risk"), [(2048, "very-low"), (3400, "low"), (3800, "medium"), (4096, "high")])
def test_risk_grows_with_the_maximum_of_memory(memory: float, risk: str) -> None:
    row = only(Task(Size(1024, 4096), cpu=(600, 600), memory=(2000, memory)).audited())
    assert row.advice
    assert row.advice.outlook
    assert row.advice.outlook.risk_now == risk


@pytest.mark.parametrize("is_on_spot", [False, True])
def test_a_discount_of_one_s_own_lessens_the_saving(*, is_on_spot: bool) -> None:
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    where: dict[str, Any] = {"launchType": None, "capacityProviderStrategy": strategy} if is_on_spot else {}
    use = measured(cpu=10, memory=20)

    def row(pricing: PricingSettings, **where: Any) -> Service:
        running = service(desiredCount=999, **where)
        return only(
            audit(file("a.json", described(cpu="4096", memory="8192"), {"services": [running]}, use), pricing=pricing)
        )

    listed, own = row(PricingSettings()), row(PricingSettings(discount_percent=23, spot_discount_percent=61), **where)
    for each in (listed, own):
        assert each.monthly_usd is not None
        assert each.recommended_monthly_usd is not None
    saved, less = (round(each.monthly_usd - each.recommended_monthly_usd, 2) for each in (listed, own))  # type: ignore[operator]
    assert listed.saving_on_demand_usd == own.saving_on_demand_usd == saved
    assert less == pytest.approx(saved * (0.39 if is_on_spot else 0.77), rel=0.001)


HEAP = """
name: heaps
roles:
  cache:
    unit: MiB of heap
    variables: [HEAP]
    memory: [{label: heap, amount: 333, per: 2}]
"""


@pytest.mark.parametrize("cpu", [4, 12, 30])
def test_a_role_of_memory_alone_settles_at_once_whatever_its_cpu(cpu: float, tmp_path: Path) -> None:
    (tmp_path / "heaps.yaml").write_text(HEAP, encoding="utf-8")
    container = {"name": "app", "image": "a:1", "environment": [{"name": "HEAP", "value": "20"}]}
    used = 16384 * cpu / 100

    def audited(size: Size) -> Inventory:
        sizes: dict[str, Any] = {"cpu": str(size.cpu), "memory": str(size.memory)}
        answer = described("task", containerDefinitions=[container], **sizes)
        metrics = measured(cpu=100 * used / size.cpu, cpu_maximum=100 * used / size.cpu)
        answers = ({**answer, "tags": [{"key": "taskfit:role", "value": "cache"}]}, metrics)
        running = {"services": [service(taskDefinition=arn("task"))]}
        return audit(file("a.json", *answers, running), profile=(str(tmp_path / "heaps.yaml"),))

    recommended = only(audited(Size(16384, 57344))).recommended
    assert recommended
    after = audited(recommended)
    assert (only(after).recommended, about_size(after)) == (recommended, set())


def test_a_tier_that_is_less_than_its_sidecars_reserve_is_not_recommended() -> None:
    # supervisor-dev is published with 512 CPU units, which AWS refuses for a container of 700.
    row = only(Task(Size(2048, 14336), "supervisor", 3, collector=(700, 1900)).audited())
    assert row.recommended == (1024, 3072)
    assert row.advice
    assert row.advice.cpu_decided_by == "containers"


def test_what_is_needed_beyond_the_last_tier_is_what_the_tasks_in_its_place_need() -> None:
    row = only(Task(Size(8192, 24576), "gateway", 24_901, collector=None).audited())
    assert row.advice
    assert row.recommended
    assert row.needed
    assert (row.advice.tasks, row.recommended.cpu) == (3, 8192)
    assert row.needed.cpu == 3 * 8192


def test_a_container_beside_the_service_keeps_what_it_has() -> None:
    container = {**Task(Size(1, 1), "worker", 20).container, "memory": 900}
    helper = {"name": "helper", "image": "busybox:1", "essential": False, "memory": 256}
    answers = (
        described("task", cpu="1024", memory="2048", containerDefinitions=[container, helper])
        | {"tags": [{"key": "taskfit:role", "value": "worker"}]},
        {"services": [service(taskDefinition=arn("task"))]},
        measured(cpu=60, memory=70),
    )
    row = only(audit(file("a.json", *answers)))
    assert row.advice
    app, beside = row.advice.containers
    assert app.memory is not None
    assert app.memory >= 10_240
    assert beside.memory == 256
