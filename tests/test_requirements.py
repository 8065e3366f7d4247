"""Which required sidecars are missing for certain: never one that an unknown container may be."""

from __future__ import annotations

from typing import Any

import pytest
from bad_cases import app
from test_assessment import CPU, OTEL, POLICY, UNKNOWN, profile, service

from taskfit.definition import TaskDefinition, Unknown
from taskfit.sizing.facts import Facts, Policy
from taskfit.sizing.match import Match
from taskfit.sizing.profile import Profile, Role
from taskfit.sizing.required import RequiredSidecar
from taskfit.sizing.requirements import missing, of_profiles, requirements
from taskfit.sizing.role import search, service_container

OTEL_NEEDED = {"otel": RequiredSidecar(cpu=256, memory=512)}
OWN_KIND = RequiredSidecar(title="meter", image="acme/meter")


def absent(
    *containers: Any, needed: dict[str, RequiredSidecar] = OTEL_NEEDED, policy: Policy | None = None
) -> tuple[list[str], bool]:
    """The kinds that are missing, and whether no other may be."""
    used = policy or POLICY._replace(profiles=(profile(sidecars=needed),), profile_is_chosen=True)
    facts = Facts(TaskDefinition({"family": "web", "containerDefinitions": list(containers)}), used)
    own = of_profiles(facts, search(facts).found)
    found, is_certain = missing(facts, own, service_container(facts, used.profile.factors))
    return [each.kind for each in found], is_certain


@pytest.mark.parametrize(
    ("containers", "kinds", "is_certain"),
    [
        ([service()], ["otel"], True),
        ([service(), app("b")], ["otel"], True),
        ([service(), OTEL], [], True),
        # The only container does the work, whatever its image is, and so does the one that declares the capacity.
        ([app(image=UNKNOWN)], ["otel"], True),
        ([service(image=UNKNOWN)], ["otel"], True),
        ([service(image=UNKNOWN), app("b")], ["otel"], True),
        # One of two that nothing tells apart may be the collector, and so may any other than the service.
        ([app(image=UNKNOWN), app("b")], [], False),
        ([service(), app("b", image=UNKNOWN)], [], False),
        ([service(image=UNKNOWN), app("b", image=UNKNOWN)], [], False),
        ([app("a"), app("b"), app("c", image=UNKNOWN)], [], False),
        ([service(), Unknown("${MORE}")], [], False),
        ([service(), OTEL, app("b", image=UNKNOWN)], [], True),
    ],
)
def test_a_sidecar_is_missing_unless_an_unknown_container_may_be_it(
    containers: list[Any], kinds: list[str], *, is_certain: bool
) -> None:
    assert absent(*containers) == (kinds, is_certain)


@pytest.mark.parametrize(
    ("image", "kinds", "is_certain"),
    [
        ("acme/meter:1", [], True),
        ("acme/web:1", ["meter"], True),
        # The repository is known but for its tag, or may be the one that is looked for.
        (Unknown("acme/web:${TAG}"), ["meter"], True),
        (Unknown("acme/${NAME}:1"), [], False),
    ],
)
def test_a_kind_of_one_s_own_may_be_hidden_in_an_image(image: Any, kinds: list[str], *, is_certain: bool) -> None:
    assert absent(service(), app("b", image=image), needed={"meter": OWN_KIND}) == (kinds, is_certain)


def test_a_hidden_kind_leaves_others_missing_but_not_all_is_certain() -> None:
    # The image may be a meter's; the service, whose image it is, is no collector.
    found = absent(service(image=Unknown("acme/${NAME}:1")), app("b"), needed={"meter": OWN_KIND, **OTEL_NEEDED})
    assert found == (["otel"], False)


def test_the_service_of_one_of_several_profiles_is_no_sidecar_of_another() -> None:
    other = Profile(name="q", roles={"batch": Role(unit="jobs", variables=("BATCHES",), cpu=CPU)})
    needing = profile(sidecars=OTEL_NEEDED)
    policy = POLICY._replace(profiles=(needing, other), profile_is_chosen=True)
    assert absent(service(image=UNKNOWN), app("b"), policy=policy) == (["otel"], True)


def test_the_configuration_wins_over_the_profiles() -> None:
    policy = POLICY._replace(
        profiles=(profile(sidecars=OTEL_NEEDED),), profile_is_chosen=True, required_sidecars=("otel", "xray")
    )
    facts = Facts(TaskDefinition({"family": "web", "containerDefinitions": [service()]}), policy)
    own = of_profiles(facts, search(facts).found)
    found = requirements(facts, own)
    assert [(each.kind, each.sidecar, each.profile) for each in found] == [
        ("otel", OTEL_NEEDED["otel"], None),
        ("xray", None, None),
    ]
    assert absent(service(), policy=policy) == (["otel", "xray"], True)
    assert absent(service(), policy=policy._replace(required_sidecars=())) == ([], True)


@pytest.mark.parametrize(
    ("family", "fields", "kinds"),
    [
        ("web", {}, ["otel"]),
        ("web", {"roles": ("api",)}, ["otel"]),
        ("web", {"roles": ("worker",)}, []),
        ("cron", {}, []),  # without a role
        ("cron", {"roles": ("api",)}, []),
        ("cron", {"match": Match(family="cron")}, ["otel"]),
        ("cron", {"match": Match(family="cron"), "roles": ("api",)}, []),
        ("web", {"match": Match(family="cron")}, []),
        (Unknown("${FAMILY}"), {"match": Match(family="cron")}, []),
    ],
)
def test_a_profile_needs_a_sidecar_of_its_roles_or_of_what_it_matches(
    family: Any, fields: dict[str, Any], kinds: list[str]
) -> None:
    under = profile(sidecars={"otel": RequiredSidecar(cpu=256, memory=512, **fields)})
    policy = POLICY._replace(profiles=(under,), profile_is_chosen=True)
    facts = Facts(TaskDefinition({"family": family, "containerDefinitions": [app()]}), policy)
    assert list(of_profiles(facts, search(facts).found)) == kinds


def test_a_sidecar_of_another_role_hides_none_of_this_one() -> None:
    assert absent(service(), needed={"xray": RequiredSidecar(roles=("worker",)), **OTEL_NEEDED}) == (["otel"], True)
