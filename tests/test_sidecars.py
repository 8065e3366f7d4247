"""Sidecars are known by whole words of their image and name, and applications are not taken for them."""

from __future__ import annotations

import pytest

from taskfit.definition import Container, Unknown
from taskfit.policy import bundled


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
