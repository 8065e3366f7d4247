"""Whether a definition is one that a part of a profile is for: each condition, and what is hidden."""

from __future__ import annotations

from typing import Any

import pytest
from bad_cases import app
from test_assessment import POLICY, UNKNOWN, profile

from taskfit.checks.context import Case
from taskfit.definition import GAP, TaskDefinition, Unknown
from taskfit.sizing.match import Match
from taskfit.sizing.matching import holds
from taskfit.sizing.patterns import Hidden, Verdict, all_of, any_of, image_fits, text_fits, words_of
from taskfit.sizing.profile import Profile, Role
from taskfit.sizing.role import search, service_container, stated_role
from taskfit.sizing.source import Factor, Factors
from taskfit.sources.cloudformation.reader import DIALECT as CLOUDFORMATION

MORE = Unknown("${MORE}")
PART = Unknown("acme-${X}")


def facts(*containers: Any, path: str | None = "deploy/web.json", policy: Any = POLICY, **fields: Any) -> Case:
    data = {"family": "web", "containerDefinitions": list(containers)}
    return Case(TaskDefinition(data | fields), policy, path)


HIDDEN = "hidden"


def verdict(match: Match, *containers: Any, **fields: Any) -> Any:
    found = holds(match, facts(*containers, **fields))
    return HIDDEN if isinstance(found, Hidden) else found


WEB = app("web", image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme/shop-api:1.2")


@pytest.mark.parametrize(
    ("match", "fields", "found"),
    [
        (Match(family="web"), {}, True),
        (Match(family=("x", "w*")), {}, True),
        (Match(family="we"), {}, False),
        (Match(family="acme-*"), {"family": PART}, HIDDEN),
        (Match(family="other-*"), {"family": PART}, False),
        (Match(family="web"), {"family": None}, False),
        (Match(word="web"), {}, True),
        (Match(word="we"), {}, False),
        (Match(word="API"), {"family": "shop-api"}, True),
        (Match(word="web"), {"family": UNKNOWN}, HIDDEN),
        (Match(tag={"team": "a*"}), {"tags": [{"key": "team", "value": "acme"}]}, True),
        (Match(tag={"team": "b"}), {"tags": [{"key": "team", "value": "acme"}]}, False),
        (Match(tag={"team": "1"}), {"tags": [{"key": "team", "value": 1}]}, True),
        (Match(tag={"team": "a"}), {"tags": [{"key": "x", "value": "a"}]}, False),
        (Match(tag={"team": "a"}), {}, False),
        (Match(tag={"team": "a"}), {"tags": [{"key": "team", "value": UNKNOWN}]}, HIDDEN),
        (Match(tag={"team": "a"}), {"tags": [MORE]}, HIDDEN),
        (Match(tag={"team": "a"}), {"tags": MORE}, HIDDEN),
        (Match(launch_type="fargate"), {"requiresCompatibilities": ["FARGATE", "EC2"]}, True),
        (Match(launch_type=("external", "ec2")), {"requiresCompatibilities": ["EC2"]}, True),
        (Match(launch_type="fargate"), {"requiresCompatibilities": ["EC2"]}, False),
        (Match(launch_type="managed-instances"), {"requiresCompatibilities": ["MANAGED_INSTANCES"]}, True),
        (Match(launch_type="fargate"), {}, HIDDEN),
        (Match(path="deploy/*.json"), {}, True),
        (Match(path=("x", "deploy/")), {}, True),
        (Match(path="src/"), {}, False),
        (Match(path="src/"), {"path": None}, HIDDEN),
        # All of several, one of `any`, none of `not`.
        (Match(family="web", path="deploy/"), {}, True),
        (Match(family="web", path="src/"), {}, False),
        (Match(family="x", path="deploy/"), {}, False),
        (Match(any=(Match(family="x"), Match(family="web"))), {}, True),
        (Match(any=(Match(family="x"), Match(family="y"))), {}, False),
        (Match(any=(Match(launch_type="ec2"), Match(family="web"))), {}, True),
        (Match(any=(Match(launch_type="ec2"), Match(family="x"))), {}, HIDDEN),
        (Match(all=(Match(family="web"), Match(path="deploy/"))), {}, True),
        (Match(all=(Match(family="web"), Match(path="src/"))), {}, False),
        (Match(all=(Match(launch_type="ec2"), Match(family="x"))), {}, False),
        (Match(not_=Match(family="x")), {}, True),
        (Match(not_=Match(family="web")), {}, False),
        (Match(not_=Match(launch_type="ec2")), {}, HIDDEN),
    ],
    ids=str,
)
def test_a_condition_on_the_task(match: Match, fields: dict[str, Any], found: Any) -> None:
    assert verdict(match, app(), **fields) == found


@pytest.mark.parametrize(
    ("match", "containers", "found"),
    [
        (Match(container="web"), [app(), WEB], True),
        (Match(container="x"), [app(), WEB], False),
        (Match(container="x"), [app(), MORE], HIDDEN),
        (Match(container="web"), [WEB, MORE], True),
        (Match(image="shop-api"), [WEB], True),
        (Match(image="acme/shop-*"), [WEB], True),
        (Match(image="shop-api:1.2"), [WEB], True),
        (Match(image="shop-api:2"), [WEB], False),
        (Match(image="acme"), [WEB], False),
        (Match(image="shop-api"), [app(image=Unknown("${REPO}:1"))], HIDDEN),
        (Match(image="shop-api"), [app(image=Unknown("${REGISTRY}/shop-api:${TAG}"))], True),
        (Match(image="shop-api"), [app(image=Unknown("${REGISTRY}/other:${TAG}"))], False),
        (Match(image="shop-api"), [app(image=Unknown("x(var.t)", "reference", f"acme/shop-api:{GAP}"))], True),
        (Match(image="shop-api"), [app(image=Unknown("x(var.t)", "reference", f"acme/worker:{GAP}"))], False),
        (Match(image="shop-api"), [app(image=Unknown("x(var.t)", "reference", f"acme/{GAP}-api:1"))], HIDDEN),
        (Match(word="shop"), [app(image=Unknown("x(var.t)", "reference", f"acme/shop-api:{GAP}"))], True),
        (Match(word="shop"), [app(image=Unknown("x(var.t)", "reference", f"acme/shop-{GAP}:1"))], HIDDEN),
        # One container has to fulfil both.
        (Match(container="web", image="shop-api"), [WEB], True),
        (Match(container="app", image="shop-api"), [app(), WEB], False),
        (Match(label={"team": "a"}), [app(), app("b", dockerLabels={"team": "a"})], True),
        (Match(label={"team": "a"}), [app(dockerLabels={"team": "b"})], False),
        (Match(label={"team": "a"}), [app(dockerLabels={})], False),
        (Match(label={"team": "a"}), [app()], False),
        (Match(label={"team": "a"}), [app(dockerLabels=MORE)], HIDDEN),
        (Match(label={"team": "a"}), [app(dockerLabels={"team": UNKNOWN})], HIDDEN),
        (Match(label={"team": "a"}), [app(), MORE], HIDDEN),
        (Match(word="shop"), [WEB], True),
        (Match(word="acme"), [WEB], True),
        (Match(word="amazonaws"), [WEB], False),  # the registry names nothing
        (Match(word="ecr"), [WEB], False),
        (Match(word="app"), [app()], True),
        (Match(word="x"), [app(image=UNKNOWN)], HIDDEN),
        (Match(word="x"), [{"name": UNKNOWN, "image": "y"}], HIDDEN),
    ],
    ids=str,
)
def test_a_condition_on_containers(match: Match, containers: list[Any], found: Any) -> None:
    assert verdict(match, *containers) == found


ONE, TWO = Hidden("one", "/1"), Hidden("two", "/2")


@pytest.mark.parametrize(
    ("verdicts", "of_all", "of_any"),
    [
        ([], True, False),
        ([True, ONE, TWO], ONE, True),
        ([False, ONE, TWO], False, ONE),
        ([ONE, False], False, ONE),
        ([ONE, True], ONE, True),
        ([True, True], True, True),
        ([False, False], False, False),
    ],
)
def test_all_and_any_of_some_verdicts(verdicts: list[Verdict], of_all: Verdict, of_any: Verdict) -> None:
    assert (all_of(verdicts), any_of(verdicts)) == (of_all, of_any)


def test_what_is_hidden_is_shown_as_it_is_written() -> None:
    assert text_fits(PART, "acme-web", "/family") == Hidden("acme-${X}", "/family")
    assert text_fits(None, "*", "/family") is False
    image = facts(app(image=Unknown("acme/${X}"))).task.containers[0]
    assert image_fits(image, "acme/web") == Hidden("acme/${X}", "/containerDefinitions/0/image")
    assert image_fits(facts({"name": "a"}).task.containers[0], "*") is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("shop-api", {"shop", "api"}),
        ("ShopAPI", {"shopapi"}),
        ("a_b.c/d", {"a", "b", "c", "d"}),
        ("", {""}),
        (None, {""}),
    ],
)
def test_the_words_of_a_name(text: str | None, words: set[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "patterns", "is_hidden"),
    [
        ("acme-${X}", "a*", True),
        ("acme-${X}", "acme-", True),  # what is unknown may be nothing
        ("acme-${X}", "acme", False),
        ("acme-${X}", ("other", "acme-web"), True),
        ("${X}-web", "*b", True),
        ("${X}-web", "*-api", False),
        ("aa${X}aa", "aaaa", True),
        ("aa${X}aa", "aaa", False),
        ("aa${X}aa", "a*a", True),
    ],
)
def test_a_text_with_a_gap_may_fit(text: str, patterns: Any, is_hidden: bool) -> None:
    assert isinstance(text_fits(Unknown(text), patterns, ""), Hidden) is is_hidden


def test_of_a_reference_nothing_is_known() -> None:
    assert text_fits(Unknown("acme-x", "reference"), "other", "/x") == Hidden("acme-x", "/x")


def test_an_image_may_fit_one_of_several_patterns() -> None:
    image = facts(app(image=Unknown("acme/${X}"))).task.containers[0]
    assert isinstance(image_fits(image, ("other/x", "acme/web")), Hidden)


def test_a_family_that_aws_generates_may_be_any() -> None:
    task = TaskDefinition({"containerDefinitions": [app()]}, CLOUDFORMATION)
    assert isinstance(holds(Match(family="web"), Case(task, POLICY, "x")), Hidden)


def under(*profiles: Profile, **options: Any) -> Any:
    return POLICY._replace(profiles=profiles, **{"profile_is_chosen": True, **options})


def role(**fields: Any) -> Role:
    terms = {"unit": "jobs", "variables": ("JOBS",), "memory": profile().roles["api"].memory}
    return Role(**{**terms, **fields})


API, WORKER = role(words=("api",)), role(words=("worker",), implied_by=("QUEUE",))
P = Profile(name="p", roles={"api": API, "worker": WORKER})
Q = Profile(name="q", roles={"web": role(match=Match(family="web")), "api": role(match=Match(family="other"))})


def found(*containers: Any, policy: Any = None, **fields: Any) -> Any:
    result = search(facts(*containers, policy=policy or under(P), **fields)).found
    return result and (result.profile.name, result.name, result.is_assumed)


@pytest.mark.parametrize(
    ("fields", "containers", "name"),
    [
        ({"family": "shop-api"}, [app()], ("p", "api", False)),
        ({"family": "shop"}, [app("api")], ("p", "api", False)),
        ({"family": "shop"}, [app(image="acme/api:1")], ("p", "api", False)),
        ({"family": "shop"}, [app(image="api.example.com/acme/x:1")], None),
        ({"family": "shop"}, [app(image="api/x:1")], ("p", "api", False)),
        ({"family": "shop-api"}, [app("worker")], ("p", "api", False)),  # the family before the container
        ({"family": "api-worker"}, [app()], None),  # two at once
        ({"family": "api-worker"}, [app("worker")], ("p", "worker", False)),
        ({"family": "shop"}, [app(environment=[{"name": "QUEUE", "value": "x"}])], ("p", "worker", True)),
        ({"family": UNKNOWN}, [app(environment=[{"name": "QUEUE", "value": "x"}])], None),  # it may name another
        ({"family": "shop-api"}, [app(environment=[{"name": "QUEUE", "value": "x"}])], ("p", "api", False)),
        ({"family": "shop"}, [app()], None),
        # What is stated outright comes first.
        ({"family": "shop-api", "tags": [{"key": "taskfit:role", "value": "worker"}]}, [app()], ("p", "worker", False)),
        ({"family": "shop-api"}, [app(dockerLabels={"taskfit:role": "worker"})], ("p", "worker", False)),
        ({"family": "shop-api", "tags": [{"key": "taskfit:role", "value": "none"}]}, [app()], None),
        ({"family": "shop-api", "tags": [{"key": "taskfit:role", "value": UNKNOWN}]}, [app()], None),
        ({"family": "shop-api", "tags": [{"key": "x", "value": "worker"}]}, [app()], ("p", "api", False)),
    ],
)
def test_the_role_of_a_definition(fields: dict[str, Any], containers: list[Any], name: Any) -> None:
    assert found(*containers, **fields) == name


def test_the_role_among_several_profiles() -> None:
    assert found(app(), policy=under(P, Q)) == ("q", "web", False)
    assert found(app("api"), policy=under(P, Q)) == ("q", "web", False)  # a condition counts more than a word
    assert found(app(), policy=under(P, Q, role="worker")) == ("p", "worker", False)
    assert found(app(), policy=under(P, Q, role="api")) == ("q", "api", False)  # both have one, and `web` matches
    assert found(app(), family="x", policy=under(P, Q, role="api")) is None
    assert found(app("api"), family="x", policy=under(P, Q, role="api")) == ("p", "api", False)
    assert found(app(), policy=under(P, Q, role="none")) is None
    assert found(app("api"), family=UNKNOWN, policy=under(P, Q)) is None  # it may be that of the other
    assert found(app("api"), family="x", policy=under(P, Q)) == ("p", "api", False)


QUEUE = [{"name": "QUEUE", "value": "x"}]


def test_several_names_of_roles_leave_it_to_a_variable() -> None:
    assert found(app(environment=QUEUE), family="api-worker") == ("p", "worker", True)
    both = search(facts(app("x-worker-api"), policy=under(P), family="api-worker"))
    assert [each.name for each in both.candidates] == ["api", "worker"]
    two = Profile(name="p", roles={"a": role(implied_by=("QUEUE",)), "b": role(implied_by=("QUEUE",))})
    candidates = search(facts(app(environment=QUEUE), policy=under(two))).candidates
    assert [each.name for each in candidates] == ["a", "b"]


def test_a_variable_means_less_than_a_word_and_a_word_less_than_a_condition() -> None:
    other = Profile(name="o", roles={"batch": role(implied_by=("QUEUE",))})
    named = Profile(name="n", roles={"web": role(words=("web",))})
    assert found(app(environment=QUEUE), policy=under(other, named)) == ("n", "web", False)
    assert found(app(environment=QUEUE), policy=under(other, Q)) == ("q", "web", False)


def test_what_may_match_as_well_leaves_it_open() -> None:
    tagged = Profile(name="t", roles={"x": role(match=Match(tag={"a": "b"}))})
    tags = [{"key": "a", "value": "b"}]
    assert found(app(), family=UNKNOWN, tags=tags, policy=under(tagged)) == ("t", "x", False)
    assert found(app(), family=UNKNOWN, tags=tags, policy=under(tagged, Q)) is None
    assert search(facts(app(environment=QUEUE), policy=under(P), family=UNKNOWN)).doubt is not None


@pytest.mark.parametrize(
    ("image", "name"),
    [(UNKNOWN, None), (Unknown("acme/x:${TAG}"), ("p", "worker", True)), ("acme/x:1", ("p", "worker", True))],
)
def test_an_image_that_is_unknown_may_name_a_role(image: Any, name: Any) -> None:
    assert found(app(image=image, environment=QUEUE), family="shop") == name


@pytest.mark.parametrize(
    ("fields", "containers", "takes_part"),
    [
        ({"family": "Acme-api"}, [app()], True),
        ({"family": Unknown("acme-${X}-api")}, [app("api")], True),
        ({"family": "api"}, [app(image="acme/x:1")], True),
        ({"family": "api"}, [app(image=Unknown("acme/${X}"))], True),
        ({"family": "api", "tags": [{"key": "acme", "value": 1}]}, [app()], True),
        ({"family": "api", "tags": [{"key": "team", "value": "acme"}]}, [app()], True),
        ({"family": "api", "tags": [{"key": 1, "value": None}]}, [app()], False),
        ({"family": "api"}, [app(), app("b", environment=[{"name": "JOBS", "value": "1"}])], True),
        ({"family": "api"}, [app()], False),
        ({"family": None}, [app("api", image=None)], False),
    ],
)
def test_a_profile_speaks_of_what_bears_its_mark_or_declares_its_capacity(
    fields: dict[str, Any], containers: list[Any], takes_part: bool
) -> None:
    marked = Profile(name="p", marks=("acme",), roles={"api": API})
    assert bool(found(*containers, policy=under(marked, profile_is_chosen=False), **fields)) is takes_part


def test_a_profile_that_nobody_chose_speaks_of_what_it_matches() -> None:
    for container, name in (
        (app("api"), None),
        (app("api", environment=[{"name": "JOBS", "value": "1"}]), ("p", "api", False)),
    ):
        assert found(container, family="x", policy=under(P, profile_is_chosen=False)) == name


def test_where_a_role_is_stated() -> None:
    tag: dict[str, Any] = {"tags": [{"key": "a", "value": "b"}, {"key": "taskfit:role", "value": "x"}]}
    assert stated_role(facts(app(), **tag)) == ("x", "/tags/1/value")
    label = app("b", dockerLabels={"taskfit:role": "x"})
    assert stated_role(facts(app(), label)) == ("x", "/containerDefinitions/1/dockerLabels/taskfit:role")
    assert stated_role(facts(app(), label, **tag)) == ("x", "/tags/1/value")
    assert stated_role(facts(app(), policy=under(P, role="y"), **tag)) == ("y", "")
    assert stated_role(facts(app())) is None


JOBS = Factors((Factor(variable="JOBS"),))
DECLARING = app("d", environment=[{"name": "JOBS", "value": "1"}], essential=False)
HIDING = app("h", environmentFiles=[{"value": "arn:x"}], essential=False)
ESSENTIAL = app("e", essential=True)
OTHER = app("o", essential=False)


@pytest.mark.parametrize(
    ("containers", "name"),
    [
        ([OTHER, ESSENTIAL, DECLARING], "d"),
        ([OTHER, ESSENTIAL, HIDING], "h"),
        ([HIDING, DECLARING], "d"),
        ([OTHER, ESSENTIAL], "e"),
        ([OTHER], None),
        ([ESSENTIAL, app("f", essential=True)], "e"),
        ([ESSENTIAL, MORE], None),
        ([DECLARING, MORE], "d"),
        ([HIDING, {**HIDING, "name": "i", "essential": True}], "i"),
    ],
)
def test_the_container_that_does_the_work(containers: list[Any], name: str | None) -> None:
    service = service_container(facts(*containers), JOBS)
    assert (service and service.name) == name


def test_a_role_that_names_its_container_means_that_one() -> None:
    given = facts(DECLARING, ESSENTIAL, OTHER)
    for match, name in (
        (Match(container="e"), "e"),
        (Match(container="o"), None),  # which neither declares a capacity nor is essential
        (Match(container="x"), "d"),
        (Match(image="nginx"), "d"),
        (Match(family="web"), "d"),
    ):
        service = service_container(given, JOBS, role(match=match))
        assert (service and service.name) == name, match
