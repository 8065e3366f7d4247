"""Sidecars are known by whole words of their image and name, and applications are not taken for them."""

from __future__ import annotations

from typing import Any

import pytest

from taskfit.definition import Container, Unknown
from taskfit.policy import bundled
from taskfit.sizing.sidecars import SidecarKind, Sidecars


@pytest.mark.parametrize(
    ("image", "name", "kind"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/my-custom-otel-collector:1", "x", "otel"),
        ("public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0", "x", "otel"),
        ("ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-k8s", "x", "otel"),
        ("quay.io/signalfx/splunk-otel-collector@sha256:ab", "x", "otel"),
        ("grafana/agent", "x", "otel"),
        ("registry.datadoghq.com/agent:7", "x", "datadog"),
        ("public.ecr.aws/datadog/agent:7", "x", "datadog"),
        ("public.ecr.aws/cloudwatch-agent/cloudwatch-agent:latest", "x", "cloudwatch-agent"),
        ("906394416424.dkr.ecr.us-east-1.amazonaws.com/aws-for-fluent-bit:stable", "x", "firelens"),
        ("public.ecr.aws/xray/aws-xray-daemon:3.x", "x", "xray"),
        ("840364872350.dkr.ecr.us-east-1.amazonaws.com/aws-appmesh-envoy:v1", "x", "envoy"),
        ("acme/telemetry:1", "log_router", "firelens"),
        ("aottestbed/aws-otel-collector-sample-app:java-0.1.0", "aws-otel-collector", None),
        ("public.ecr.aws/aws-otel-test/aws-otel-goxray-sample-app", "x", None),
        ("public.ecr.aws/aws-observability/adot-autoinstrumentation-java", "x", None),
        ("acme/otel-collector-ui:1", "x", None),
        ("acme/hotel-collector:1", "hotel-collector", None),
        ("acme/my-hotel-collector:1", "x", None),
        ("acme/datadog-agent-proxy:1", "x", None),
        ("acme/aws-for-fluent-bit-custom-envoy", "x", None),
        ("acme/agent:1", "agent", None),
    ],
)
def test_a_container_is_of_the_kind_that_its_image_and_name_tell(image: str, name: str, kind: str | None) -> None:
    assert bundled.sidecars().recognise(Container({"image": image, "name": name}, 0)) == kind


def test_an_unknown_image_leaves_the_name() -> None:
    image = Unknown("${IMAGE}")
    assert bundled.sidecars().recognise(Container({"image": image, "name": "datadog-agent"}, 0)) == "datadog"
    assert bundled.sidecars().recognise(Container({"image": image, "name": "app"}, 0)) is None


KINDS = Sidecars(
    kinds={
        "first": SidecarKind(title="", repositories=("agent", "team/*", "*-agent"), names=("agent-*",)),
        "second": SidecarKind(
            title="",
            repositories=("shop-agent", "team/one", "acme/agent"),
            variables=(("A", "B"), ("C",)),
            ports=((1, 2),),
        ),
        "logs": SidecarKind(title="", is_firelens=True, ports=((1,),)),
    },
    applications=("*-sample",),
)


@pytest.mark.parametrize(
    ("container", "kind"),
    [
        ({"image": "agent"}, "first"),
        ({"image": "shop-agent"}, "first"),  # of two that fit, the kind that comes first
        ({"image": "shop.agent"}, None),
        ({"image": "agents"}, None),
        ({"image": "shopagent"}, None),
        ({"image": "big-agent"}, "first"),
        ({"image": "acme/agent"}, "first"),
        ({"image": "team/two"}, "first"),
        ({"image": "other/team/two"}, "first"),
        ({"image": "team/one"}, "first"),
        ({"image": "team-agent-sample", "name": "agent-1"}, None),
        ({"image": "web", "name": "agent-1"}, "first"),
        ({"image": "web", "name": "Agent_1"}, "first"),
        ({"image": "web", "name": "agent"}, None),
        # Variables, or ports, that only one kind has together.
        ({"environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]}, "second"),
        ({"environment": [{"name": "A", "value": "1"}]}, None),
        ({"environment": [{"name": "C", "value": "1"}, {"name": "D", "value": "1"}]}, "second"),
        ({"portMappings": [{"containerPort": 1}, {"containerPort": 2}]}, "second"),
        ({"portMappings": [{"containerPort": 1}]}, "logs"),
        ({"portMappings": [{"containerPort": 2}]}, None),
        ({"portMappings": [{"containerPort": 2}, {"containerPort": Unknown("${PORT}")}]}, None),
        ({"firelensConfiguration": {"type": "fluentbit"}}, "logs"),
        ({"firelensConfiguration": {"type": "fluentbit"}, "image": "agent"}, "logs"),
    ],
)
def test_each_sign_tells_its_kind(container: dict[str, Any], kind: str | None) -> None:
    assert KINDS.recognise(Container({"name": "app", "image": "web", **container}, 0)) == kind


def test_a_pattern_begins_or_ends_with_all_of_its_words() -> None:
    early, late = SidecarKind(title="", repositories=("zoo-*",)), SidecarKind(title="", repositories=("*-agent",))
    kinds = Sidecars(kinds={"early": early, "late": late})
    assert kinds.recognise(Container({"name": "app", "image": "zoo-agent"}, 0)) == "early"
    assert kinds.recognise(Container({"name": "app", "image": "zoox-agent"}, 0)) == "late"


def test_a_kind_is_needed_for_the_work_unless_it_says_otherwise() -> None:
    assert not SidecarKind(title="").is_telemetry
    assert bundled.sidecars().kinds["otel"].is_telemetry
    assert not bundled.sidecars().kinds["envoy"].is_telemetry


def test_without_a_kind_for_it_a_log_router_is_no_sidecar() -> None:
    kinds = Sidecars(kinds={"first": SidecarKind(title="", names=("app",))})
    assert kinds.recognise(Container({"name": "app", "firelensConfiguration": {}}, 0)) is None
    assert kinds.recognise(Container({"name": "app"}, 0)) == "first"
