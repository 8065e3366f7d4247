"""The ends of every range of the core, and what it refuses: one less, the end itself, and one more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from taskfit.config.validation import InvalidFile
from taskfit.dimensions import Size
from taskfit.engine import baseline, fixing
from taskfit.finding import Change, Edit, Finding, Fix, Report, Severity, Span
from taskfit.policy import bundled
from taskfit.policy.profiles import load_profile
from taskfit.sizing.demand import Limits, Scale, Term
from taskfit.sizing.expectation import expect, in_steps, pack, right_size
from taskfit.sizing.fargate import FargateTable, MemoryRange
from taskfit.sizing.observed import Load, ServiceUse, Use, loads, observe
from taskfit.sizing.prices import Pricing
from taskfit.sizing.profile import Profile, RightSizing, Role, Tier, Utilisation
from taskfit.sizing.required import RequiredSidecar

PROFILE = load_profile("mistersmith")
FARGATE = bundled.fargate()
UTILISATION = {"target": 0.7, "scale_up": 0.8, "scale_down": 0.5}


@pytest.mark.parametrize(
    ("make", "wrong", "right"),
    [
        (lambda value: Tier(name="t", capacity=value, cpu=1, memory=1), 0, 1),
        (lambda value: Tier(name="t", capacity=1, cpu=value, memory=1), 0, 1),
        (lambda value: Tier(name="t", capacity=1, cpu=1, memory=value), 0, 1),
        (lambda value: Utilisation(**{**UTILISATION, "scale_down": value}), 0, 0.01),
        (lambda value: Utilisation(**{**UTILISATION, "scale_down": value}), 0.71, 0.7),
        (lambda value: Utilisation(**{**UTILISATION, "target": value}), 0.81, 0.8),
        (lambda value: Utilisation(**{**UTILISATION, "scale_up": value}), 1.01, 1),
        (lambda value: RightSizing(peak_factor=value), 0.99, 1),
        (lambda value: RightSizing(cpu_step=value), 0, 1),
        (lambda value: RightSizing(memory_step=value), 0, 1),
        (lambda value: Profile(name="p", oom_buffer=value), -0.01, 0),
        (lambda value: Profile(name="p", oom_buffer=value), 1, 0.99),
        (lambda value: Profile(name="p", burst=value), -0.01, 0),
        (lambda value: Profile(name="p", burst=value), 1, 0.99),
        (lambda value: Profile(name="p", scenarios={"peak": {"agents": value}}), -1, 0),
        (lambda value: Profile(name="p", scenarios={"peak": {}}, scenario_hours={"peak": value}), 0, 1),
        (lambda value: Profile(name="p", scenarios={"peak": {}}, scenario_hours={"peak": value}), 731, 730),
        (lambda value: Term(label="t", amount=value), -0.01, 0),
        (lambda value: Term(label="t", amount=1, per=value), -1, 0),
        (lambda value: Term(label="t", amount=2, up_to=value), 1.99, 2),
        (lambda value: Term(label="t", share=value), 0, 0.01),
        (lambda value: Term(label="t", share=value), 1.01, 1),
        (lambda value: Scale(cpu=value), 0, 0.01),
        (lambda value: Scale(cpu=value), 100.01, 100),
        (lambda value: Scale(memory=value), 0, 0.01),
        (lambda value: Scale(memory=value), 100.01, 100),
        (lambda value: RequiredSidecar(cpu=value, memory=0), -1, 0),
        (lambda value: RequiredSidecar(cpu=0, memory=value), -1, 0),
        (lambda value: MemoryRange(first=value, last=2, step=1), 0, 1),
        (lambda value: MemoryRange(first=2, last=value, step=1), 1, 2),
    ],
)
def test_a_number_of_a_profile_is_taken_to_its_end_and_no_further(
    make: Callable[[Any], object], wrong: float, right: float
) -> None:
    make(right)
    with pytest.raises(ValueError, match=r"\w"):
        make(wrong)


@pytest.mark.parametrize(
    ("term", "need"),
    [
        (Term(label="fixed", amount=100), (100, 100)),
        (Term(label="each", amount=100, up_to=200, per=1), (600, 1200)),
        (Term(label="per four", amount=100, up_to=200, per=4), (150, 300)),
        (Term(label="per five", amount=1, per=5), (Fraction(6, 5), Fraction(6, 5))),
        (Term(label="of one factor", amount=100, of=("threads",)), (300, 300)),
        (Term(label="three quarters", share=0.75), (8, 8)),
        (Term(label="three quarters of five each", amount=5, share=0.75), (40, 40)),
    ],
)
def test_a_term_needs_its_amount_for_its_units_of_capacity(term: Term, need: tuple[Any, Any]) -> None:
    assert term.need({"workers": 2, "threads": 3}) == need


@pytest.mark.parametrize(
    ("given", "words"),
    [({}, 'the key "amount" is missing'), ({"amount": 1, "by": "protocol"}, "there are none")],
)
def test_a_term_without_an_amount_or_cases_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Term(label="t", **given)


def test_an_architecture_that_says_nothing_takes_what_others_do() -> None:
    assert (Scale().cpu, Scale().memory) == (1, 1)


@pytest.mark.parametrize("given", [{}, {"first": 1, "last": 2, "step": 1, "values": (1,)}])
def test_memory_is_a_range_or_values(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either"):
        MemoryRange(**given)


def test_a_range_of_memory_has_both_of_its_ends() -> None:
    assert MemoryRange(first=1024, last=3072, step=1024).memories() == (1024, 2048, 3072)
    assert MemoryRange(values=(512, 1024)).memories() == (512, 1024)


def used(dimension: str, have: int, average: float, maximum: float = 0) -> Any:
    return observe(PROFILE, dimension, have, Load(Fraction(str(average)) * have, Fraction(str(maximum)) * have))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("dimension", "average", "maximum", "state", "line"),
    [  # the document's thresholds: 50 and 80 % of cpu, 60 and 90 % of memory, and a buffer of 10 %
        ("cpu", 0.499, 0, "idle", 0.5),
        ("cpu", 0.5, 0, "fine", None),
        ("cpu", 0.8, 0, "fine", None),
        ("cpu", 0.801, 0, "hot", 0.8),
        ("cpu", 0.6, 1, "fine", None),
        ("memory", 0.599, 0, "idle", 0.6),
        ("memory", 0.6, 0, "fine", None),
        ("memory", 0.9, 0, "fine", None),
        ("memory", 0.901, 0, "hot", 0.9),
        ("memory", 0.7, 0.9, "fine", None),
        ("memory", 0.7, 0.901, "hot", 0.9),
        ("memory", 0.1, 0.901, "hot", 0.9),
    ],
)
def test_use_is_idle_below_a_threshold_and_hot_above_one_not_at_it(
    dimension: str, average: float, maximum: float, state: str, line: float | None
) -> None:
    found = used(dimension, 1000, average, maximum)
    assert (found.state, found.line, found.average) == (state, line, average)
    assert found.maximum == (maximum or None)


@pytest.mark.parametrize(
    ("dimension", "average", "maximum", "need", "is_peak"),
    [
        ("cpu", 0.01, 0, 256, False),  # no less than one step
        ("cpu", 0.5, 0, 768, False),  # 512 x 1.5
        ("cpu", 0.5, 0.725, 768, False),  # 230 above the average: just within 30 % of 768
        ("cpu", 0.5, 0.726, 768, False),  # 231: a burst, and 744 goes into 768
        ("cpu", 0.5, 1, 1024, True),
        ("memory", 0.01, 0, 512, False),
        ("memory", 0.5, 0, 1024, False),  # 512 x 1.5 = 768
        ("memory", 0.5, 0.9, 1024, False),  # 922 / 0.9 = 1024
        ("memory", 0.5, 0.91, 1536, True),  # 932 / 0.9 = 1035
    ],
)
def test_the_need_is_the_average_with_its_factor_or_the_maximum_with_its_buffer(
    dimension: str, average: float, maximum: float, need: int, is_peak: bool
) -> None:
    found = used(dimension, 1024, average, maximum)
    assert (found.need, found.is_peak, found.is_bound) == (need, is_peak, False)


def test_a_maximum_alone_that_seems_hot_only_bounds_cpu() -> None:
    (load,) = loads(Size(1024, 0), Use(None, 0.9, None, None, 14, "CloudWatch")).values()
    found = observe(PROFILE, "cpu", 1024, load)
    assert (found.state, found.line, found.need, found.is_bound) == ("fine", None, 1024, True)
    (load,) = loads(Size(0, 1024), Use(None, None, None, 0.95, 14, "CloudWatch")).values()
    found = observe(PROFILE, "memory", 1024, load)
    assert (found.state, found.need, found.is_bound) == ("hot", 1536, False)


def test_a_brief_measurement_only_bounds() -> None:
    found = observe(PROFILE, "memory", 1024, Load(Fraction(100), Fraction(500), is_brief=True))
    assert (found.state, found.need, found.is_bound) == ("fine", 1024, True)  # 500 / 0.9 = 556
    found = observe(PROFILE, "memory", 1024, Load(Fraction(700), Fraction(500), is_brief=True))
    assert found.need == 1024  # 700 / 0.9 = 778


def test_a_load_is_what_was_used_of_what_there_is() -> None:
    use = Use(0.5, 1.5, 0.25, 0.75, 14, "CloudWatch")
    assert loads(Size(512, 2048), use) == {
        "cpu": Load(Fraction(256), Fraction(512)),  # bursts above the share are no reason to give more
        "memory": Load(Fraction(512), Fraction(1536)),
    }
    assert loads(Size(512, 0), use).keys() == {"cpu"}
    assert loads(Size(512, 512), Use(None, None, None, None, 14, "CloudWatch")) == {}
    assert loads(Size(100, 0), Use(None, 0.5, None, None, 14, "x"))["cpu"].is_maximum_alone


@pytest.mark.parametrize(
    ("averages", "size"),
    [((170, 341), (256, 512)), ((171, 342), (512, 1024)), ((0, 0), (0, 0)), ((682.5, 1365), (1024, 2048))],
)
def test_right_sizing_rounds_up_to_whole_steps(averages: tuple[float, float], size: tuple[int, int]) -> None:
    assert right_size(*averages, PROFILE) == size


@pytest.mark.parametrize(("need", "size"), [((256, 512), (256, 512)), ((257, 513), (512, 1024))])
def test_steps_are_not_exceeded_where_they_are_met(need: tuple[int, int], size: tuple[int, int]) -> None:
    assert in_steps(PROFILE, *need) == size


@pytest.mark.parametrize(("capacity", "containers", "efficiency"), [(20, 1, 100), (21, 2, 52.5), (1000, 50, 100)])
def test_a_container_is_full_before_another_is_begun(capacity: int, containers: int, efficiency: float) -> None:
    packing = pack(capacity, Tier(name="large", capacity=20, cpu=4096, memory=10240))
    assert packing == ("large", containers, containers * 4096, containers * 10240, efficiency)


def fitted(capacity: int, role: Role, *, reserved: Size = Size(), assumed: Size = Size()) -> Any:  # noqa: B008
    load = role.any_load(capacity)
    return expect("role", role, PROFILE, load, FARGATE.smallest, reserved=reserved, assumed=assumed)


@pytest.mark.parametrize(
    ("capacity", "tier", "tasks"),
    [
        (4, "worker-small", 0),
        (5, "worker-medium", 0),
        (50, "worker-xlarge", 0),
        (51, None, 2),
        (100, None, 2),
        (101, None, 3),
    ],
)
def test_a_tier_holds_its_capacity_and_a_task_the_largest_tier(capacity: int, tier: str | None, tasks: int) -> None:
    found = fitted(capacity, PROFILE.roles["worker"])
    assert (found.tier and found.tier.name, found.split.tasks if found.split else 0) == (tier, tasks)
    if found.split:
        assert found.split.capacity == -(-capacity // tasks)
        assert (found.recommended, found.ceiling) == (None, None)


def test_sidecars_raise_the_floor_by_what_they_declare_and_the_rest_by_what_is_assumed() -> None:
    worker = PROFILE.roles["worker"]
    bare, found = fitted(4, worker), fitted(4, worker, reserved=Size(100, 200), assumed=Size(256, 512))
    assert bare.floor == (1024, 2048)
    assert found.floor == (1024, 2248)  # cpu: the tier is less than the formula with sidecars
    assert found.recommended == (1024, 3072)  # 2048 + 512, in steps of 1024
    assert found.ceiling == (4608, 4267)  # (2048 + 256) / 0.5 and (2048 + 512) / 0.6
    assert found.demand == ((1024, 2048), (2048, 2048))


def test_a_role_without_tiers_aims_at_the_target_use() -> None:
    terms = {"cpu": (Term(label="c", amount=100, per=1),), "memory": (Term(label="m", amount=100, up_to=200, per=1),)}
    found = fitted(10, Role(unit="jobs", variables=("N",), **terms), assumed=Size(50, 60))  # type: ignore[arg-type]
    assert found.floor == (1000, 1000)
    assert found.recommended == (2048, 4096)  # 1050 / 0.7 and 2060 / 0.8
    assert found.ceiling == (2100, 4096)  # 1050 / 0.5; 2060 / 0.6 is below what is recommended
    assert found.split is None


def test_limits_hold_both_ends_of_a_need() -> None:
    terms = {"cpu": (Term(label="c", amount=100, up_to=300),), "memory": (Term(label="m", amount=512),)}
    role = Role(at_least=Limits(cpu=200, memory=600), at_most=Limits(cpu=250, memory=None), **terms)  # type: ignore[arg-type]
    found = expect("role", role, PROFILE, {}, FARGATE.smallest, reserved=Size(), assumed=Size())
    assert found.demand == ((200, 250), (600, 600))
    assert found.floor == (200, 600)


def test_a_scale_widens_a_need_to_what_each_architecture_takes() -> None:
    role = Role(cpu=(Term(label="c", amount=100),), memory=(Term(label="m", amount=1000),))
    scales = (Scale(cpu=1, memory=1), Scale(cpu=0.8, memory=1.1))
    found = expect("role", role, PROFILE, {}, FARGATE.smallest, reserved=Size(), assumed=Size(), scales=scales)
    assert found.demand == ((80, 100), (1000, 1100))


@pytest.mark.parametrize("capacity", [0, -1])
def test_no_load_is_below_1(capacity: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        fitted(capacity, PROFILE.roles["worker"])


@pytest.mark.parametrize(("capacity", "least"), [(50, (8192, 25600)), (51, (13056, 26112)), (100, (16384, 51200))])
def test_several_tasks_take_no_more_than_each_of_them(capacity: int, least: tuple[int, int]) -> None:
    assert fitted(capacity, PROFILE.roles["worker"]).least == least


def test_an_expectation_says_all_it_knows_to_programs() -> None:
    assert fitted(4, PROFILE.roles["worker"]).as_dict() == {
        "role": "role",
        "capacity": 4,
        "tier": {"name": "worker-small", "cpu": 1024, "memory": 2048},
        "demand": {"cpu": [1024, 2048], "memory": [2048, 2048]},
        "floor": {"cpu": 1024, "memory": 2048},
        "recommended": {"cpu": 1024, "memory": 2048},
        "ceiling": {"cpu": 4096, "memory": 3414},
        "split": None,
    }
    beyond = fitted(100, PROFILE.roles["worker"]).as_dict()
    assert (beyond["tier"], beyond["recommended"], beyond["ceiling"]) == (None, None, None)
    assert beyond["split"] == {"tasks": 2, "capacity": 50, "cpu": 8192, "memory": 28672}


def test_a_need_is_rounded_up() -> None:
    role = Role(cpu=(Term(label="c", amount=100.5),), memory=(Term(label="m", amount=100.5),))
    found = expect("role", role, PROFILE, {}, FARGATE.smallest, reserved=Size(), assumed=Size())
    assert (found.demand, found.floor) == (((101, 101), (101, 101)), (101, 101))


@pytest.mark.parametrize("dimension", ["cpu", "memory"])
def test_a_role_has_no_floor_for_what_it_says_nothing_of(dimension: str) -> None:
    role = Role(**{dimension: (Term(label="t", amount=1),)})  # type: ignore[arg-type]
    found = expect("role", role, PROFILE, {}, FARGATE.smallest, reserved=Size(5, 5), assumed=Size(5, 5))
    assert found.floor == ((6, 0) if dimension == "cpu" else (0, 6))


@pytest.mark.parametrize(
    ("cpu", "memory", "assumed", "size"),
    [(100, 1, Size(50, 0), (4096, 8192)), (10, 200, Size(50, 700), (1024, 5120))],
)
def test_sidecars_count_in_the_size_of_a_role_without_tiers(
    cpu: int, memory: int, assumed: Size, size: tuple[int, int]
) -> None:
    terms = {"cpu": (Term(label="c", amount=cpu, per=1),), "memory": (Term(label="m", amount=memory, per=1),)}
    found = fitted(14, Role(unit="jobs", variables=("N",), **terms), assumed=assumed)  # type: ignore[arg-type]
    assert found.recommended == size  # (1400 + 50) / 0.7 = 2072, and (2800 + 700) / 0.8 = 4375


@pytest.mark.parametrize(("days", "is_measured"), [(0.99, False), (1.0, True), (14.0, True)])
def test_a_day_of_measurements_is_enough(days: float, is_measured: bool) -> None:
    service = ServiceUse("prod/web", 1, Use(0.5, None, None, None, days, "CloudWatch"), on_spot=False, on_fargate=True)
    assert (service.is_measured, service.on_spot) == (is_measured, False)
    assert not service._replace(use=None).is_measured


@pytest.mark.parametrize(
    ("profile", "dimension", "load", "need"),
    [
        (PROFILE, "cpu", (171, 0), 512),  # 256.5 with the peak factor, 244 at the target
        (PROFILE, "memory", (342, 0), 1024),  # 513 and 428
        (replace(PROFILE, right_sizing=RightSizing(peak_factor=1)), "cpu", (180, 0), 512),  # 257 at the target
        (replace(PROFILE, right_sizing=RightSizing(peak_factor=1)), "memory", (410, 0), 1024),  # 512.5
        (replace(PROFILE, burst=0.9), "cpu", (256, 700), 512),  # 444 above the average, 460 are for bursts
        (replace(PROFILE, burst=0.8), "cpu", (256, 700), 768),  # 409 are
    ],
)
def test_the_larger_need_counts(profile: Profile, dimension: Any, load: tuple[int, int], need: int) -> None:
    assert observe(profile, dimension, 1024, Load(Fraction(load[0]), Fraction(load[1]))).need == need


def test_a_share_of_a_unit_takes_the_next_size() -> None:
    assert FARGATE.smallest(Fraction(2561, 10), 512) == (512, 1024)
    assert FARGATE.smallest(256, Fraction(10241, 10)) == (256, 2048)


TABLE = FargateTable(
    as_of="",
    source="",
    sizes={
        "256": MemoryRange(values=(512, 1024, 2048)),
        "512": MemoryRange(first=1024, last=4096, step=1024, windows=True),
    },
)


@pytest.mark.parametrize(
    ("cpu", "memory", "smallest", "nearest"),
    [
        (256, 512, (256, 512), [(256, 512)]),
        (256, 600, (256, 1024), [(256, 512), (256, 1024)]),
        (256, 2049, (512, 3072), [(256, 2048), (512, 3072)]),
        (257, 1, (512, 1024), [(512, 1024)]),
        (512, 100, (512, 1024), [(512, 1024)]),
        (512, 4097, None, [(512, 4096)]),
        (513, 1, None, [(512, 4096)]),
    ],
)
def test_the_sizes_around_another(
    cpu: int, memory: int, smallest: tuple[int, int] | None, nearest: list[tuple[int, int]]
) -> None:
    assert TABLE.smallest(cpu, memory) == smallest
    assert list(TABLE.nearest(cpu, memory)) == nearest


def test_windows_has_a_table_of_its_own() -> None:
    assert (TABLE.cpus(), TABLE.cpus(windows=True)) == ((256, 512), (512,))
    assert TABLE.memories(256, windows=True) == ()
    assert TABLE.smallest(1, 1, windows=True) == (512, 1024)
    assert TABLE.fits(256, 512)
    assert not TABLE.fits(256, 512, windows=True)
    assert not TABLE.fits(256, 513)


def entry(gap: float = 1, severity: Severity = Severity.WARNING, have: str = "") -> baseline.Entry:
    return baseline.Entry("a.json", "FIT203", "web", "/cpu", "", severity, gap, have)


@pytest.mark.parametrize(
    ("known", "found", "is_covered"),
    [
        (entry(), entry(), True),
        (entry(2), entry(1), True),
        (entry(1), entry(2), False),
        (entry(severity=Severity.ERROR), entry(severity=Severity.WARNING), True),
        (entry(severity=Severity.NOTE), entry(severity=Severity.WARNING), False),
        (entry(have='"a"'), entry(have='"b"'), False),
    ],
)
def test_an_entry_covers_what_is_no_worse(known: baseline.Entry, found: baseline.Entry, is_covered: bool) -> None:
    assert known.covers(found) is is_covered


@pytest.mark.parametrize(
    ("have", "need", "gap", "words"),
    [
        (512, 1024, 512, ""),
        (1024, 512, 512, ""),
        (10**400, 1, 2.0**53, ""),
        (None, 512, 0, ""),
        ("x", 512, 0, '"x"'),
        (512, None, 0, "512"),
        ({"b": 1, "a": 2}, None, 0, '{"a": 2, "b": 1}'),
    ],
)
def test_the_gap_of_a_finding_is_how_far_it_is_from_right(have: object, need: object, gap: float, words: str) -> None:
    finding = Finding("FIT203", "x", Severity.NOTE, "m", "a.json", Span(1, 1, 1, 2), data={"have": have, "need": need})
    made = baseline.entry_of(finding, Path())
    assert (made.gap, made.have, made.path, made.severity) == (gap, words, "a.json", Severity.NOTE)


def scope(**files: set[str]) -> baseline.Scope:
    return baseline.Scope({name.replace("_", "."): frozenset(codes) for name, codes in files.items()}, Path("/nowhere"))


@pytest.mark.parametrize(
    ("seen", "is_known"),
    [
        (scope(a_json={"FIT203"}), True),
        (scope(a_json={"FIT204"}), False),
        (scope(b_json={"FIT203"}), True),  # a.json is gone
        (scope(b_json={"FIT204"}), False),
        (scope(), False),
    ],
)
def test_a_run_speaks_of_the_files_and_rules_that_it_had(seen: baseline.Scope, is_known: bool) -> None:
    assert seen.has(entry()) is is_known


def test_of_a_file_that_is_there_and_was_not_checked_a_run_does_not_speak(tmp_path: Path) -> None:
    (tmp_path / "a.json").touch()
    assert not baseline.Scope({"b.json": frozenset({"FIT203"})}, tmp_path).has(entry())


def found(code: str, have: int, name: str = "a.json") -> Finding:
    data = {"have": have, "need": 0}
    return Finding(code, "x", Severity.NOTE, "é", name, Span(1, 1, 1, 2), data=data, anchor="/cpu", definition="wéb")


def test_what_is_new_worse_or_gone_between_two_runs() -> None:
    before = [found("FIT203", 5), found("FIT204", 5), found("FIT204", 7), found("FIT205", 5)]
    after = [found("FIT203", 6), found("FIT204", 5), found("FIT206", 1)]
    here = Path()
    assert baseline.new_or_worse(after, before, here) == (found("FIT203", 6), found("FIT206", 1))
    assert baseline.gone(before, after, here) == (found("FIT204", 7), found("FIT205", 5))
    assert baseline.gone(before, before, here) == ()


def test_a_baseline_is_written_for_people_and_says_how_many_entries_it_has(tmp_path: Path) -> None:
    path, report = tmp_path / "baseline.json", Report(findings=(found("FIT203", 5), found("FIT101", 5)))
    seen = baseline.Scope({"a.json": frozenset({"FIT203", "FIT101"})}, tmp_path)
    assert baseline.write(path, report, seen) == 2
    assert [(entry.code, entry.definition) for entry in baseline.load(path)] == [("FIT101", "wéb"), ("FIT203", "wéb")]
    text = path.read_text(encoding="utf-8")
    assert text.startswith('{"version": 1,\n')
    assert "wéb" in text
    assert baseline.write(path, Report(), seen) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"version": 2, "findings": []}', "is a baseline of version 2; this taskfit supports 1"),
        (None, "can't be read: No such file or directory"),
        ("[]", "not a baseline (the JSON that"),
    ],
)
def test_what_is_no_baseline_is_refused_at_its_start(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "baseline.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFile) as refused:
        baseline.load(path)
    assert str(refused.value).startswith(f"{path}:1:1: {words}")


def test_what_a_baseline_covers_is_suppressed_and_what_covers_nothing_is_stale() -> None:
    seen = baseline.Scope({"a.json": frozenset({"FIT203", "FIT204"})}, Path())
    entries = [baseline.entry_of(found(code, 5), Path()) for code in ("FIT203", "FIT204")]
    report = baseline.apply(Report(findings=(found("FIT203", 5),)), entries, seen)
    assert report.findings == ()
    assert [(each.finding, each.reason) for each in report.suppressed] == [(found("FIT203", 5), "in the baseline")]
    assert report.remarks == ("1 entry of the baseline matches nothing any more; run --write-baseline to prune",)


def fix(*edits: tuple[int, int, str]) -> Fix:
    return Fix("safe", tuple(Edit(Span(1, start, 1, end), text) for start, end, text in edits), (), 0)


@pytest.mark.parametrize(
    ("one", "other", "go_together"),
    [
        (fix((1, 3, "x")), fix((4, 5, "y")), True),
        (fix((1, 3, "x")), fix((3, 5, "y")), False),  # they touch
        (fix((3, 5, "x")), fix((1, 3, "y")), False),
        (fix((1, 5, "x")), fix((2, 3, "y")), False),
        (fix((2, 3, "x")), fix((1, 5, "y")), False),
        (fix((1, 3, "x")), fix((1, 3, "x")), True),  # the same is made once
        (fix((1, 3, "x")), fix((1, 3, "y")), False),
        (fix((1, 3, "x"), (7, 8, "z")), fix((4, 5, "y")), True),
        (fix((1, 3, "x"), (7, 8, "z")), fix((8, 9, "y")), False),
    ],
)
def test_fixes_go_together_if_their_edits_do_not_touch(one: Fix, other: Fix, go_together: bool) -> None:
    chosen = fixing._compatible(b"0123456789", [one, other])
    assert chosen == ([one, other] if go_together else [one])


def test_edits_are_made_from_the_end_and_a_byte_order_mark_stays() -> None:
    fixes = [fix((1, 2, "long"), (4, 5, "")), fix((1, 2, "long"))]
    assert fixing._applied("\ufeffabcdef".encode(), fixes) == "\ufefflongbcef".encode()
    assert fixing._applied(b"abcdef", fixes) == b"longbcef"


DATA = {"a": 1, "list": [{"b": 2}, {"b": 3}]}


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (Change("replace", "/a", 2), {**DATA, "a": 2}),
        (Change("replace", "/list/1/b", 4), {"a": 1, "list": [{"b": 2}, {"b": 4}]}),
        (Change("replace", "/list/0", 4), {"a": 1, "list": [4, {"b": 3}]}),
        (Change("add", "/c", 2), {**DATA, "c": 2}),
        (Change("add", "/list/-", 2), {"a": 1, "list": [{"b": 2}, {"b": 3}, 2]}),
        (Change("add", "/list/0/c", 2), {"a": 1, "list": [{"b": 2, "c": 2}, {"b": 3}]}),
        (Change("rename", "/a", "c"), {"c": 1, "list": [{"b": 2}, {"b": 3}]}),
        (Change("remove", "/a"), {"list": [{"b": 2}, {"b": 3}]}),
        (Change("remove", "/list/0"), {"a": 1, "list": [{"b": 3}]}),
    ],
)
def test_a_change_of_data(change: Change, after: Any) -> None:
    before = {"a": 1, "list": [{"b": 2}, {"b": 3}]}
    assert fixing.changed(before, [change]) == after
    assert before == DATA


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        (1, "1", True),
        ("1", 1, True),
        (1, "2", False),
        (True, 1, True),
        (True, "True", False),
        ({"a": [1, {"b": "2"}]}, {"a": ["1", {"b": 2}]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, False),
        ([1], [1, 2], False),
        ([1, 2], [1, 3], False),
        (None, None, True),
        (None, 0, False),
        (1.5, 1.5, True),
    ],
)
def test_data_is_alike_where_a_number_and_its_text_are(one: object, other: object, is_alike: bool) -> None:
    assert fixing._alike(one, other) is is_alike


PRICES = bundled.prices()


@pytest.mark.parametrize(
    ("given", "usd"),
    # 730 hours of 0.04048 a vCPU and 0.004445 a GB; Windows 0.09148 with 0.046 and 0.01005; 0.000111 a GB of storage.
    [
        ({}, 36.04),
        ({"ephemeral_gib": 20}, 36.04),
        ({"ephemeral_gib": 120}, 44.14),
        ({"ephemeral_gib": 10}, 36.04),
        ({"arm": True}, 28.84),
    ],
)
def test_a_month_of_a_task_by_what_it_runs_on(given: dict[str, Any], usd: float) -> None:
    assert Pricing(PRICES).monthly_usd(1024, 2048, **given) == usd


def test_a_region_without_prices_has_no_cost_and_says_so() -> None:
    pricing = Pricing(PRICES, PRICES.unpriced[0])
    assert pricing.monthly_usd(1024, 2048) is None
    assert pricing.remark == f"no Fargate prices are known for {pricing.region}: costs are left out"
    assert Pricing(PRICES).remark == ""
    with pytest.raises(ValueError, match="AWS has no region 'us-east-9'"):
        Pricing(PRICES, "us-east-9")


@pytest.mark.parametrize("name", ["discount", "spot_discount", "savings_plan_discount"])
def test_a_discount_is_a_share_below_1(name: str) -> None:
    Pricing(PRICES, **{name: 0.99})  # type: ignore[arg-type]
    Pricing(PRICES, **{name: 0.0})  # type: ignore[arg-type]
    for wrong in (1.0, -0.01):
        with pytest.raises(ValueError, match="from 0 to below 1"):
            Pricing(PRICES, **{name: wrong})  # type: ignore[arg-type]


def test_a_discount_of_the_team_and_one_of_spot_do_not_add_up() -> None:
    said = Pricing(PRICES, discount=0.1, spot_discount=0.6)
    assert said.monthly_usd(1024, 2048) == 32.44
    assert said.monthly_usd(1024, 2048, spot=True) == 14.42
