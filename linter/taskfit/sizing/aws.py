"""What AWS documents about task definitions, from `rules/`: fields that a platform lacks, limits, retired parts."""

from __future__ import annotations

from collections.abc import Mapping

from taskfit.model import Model
from taskfit.record import cached_property

FIELDS_WITH_LIMITED_VALUES = frozenset(
    {
        *("pidMode", "operatingSystemFamily", "capabilities", "resourceRequirements", "config-file-type"),
        *("startTimeout", "stopTimeout"),
    }
)
"""Fields that Fargate supports, but not with every value."""


class Unsupported(Model):
    """A field that must not be set."""

    field: str
    """Keys from the task, container or volume down, with `/` between them."""
    instead: str
    """What to do, as a sentence."""
    answer: str = ""
    """AWS's own words at registration, where they are known."""
    is_empty: bool = False
    """Whether it can be removed without loss, because it has no meaning on this platform."""

    @cached_property
    def name(self) -> str:
        """The last key."""
        return self.field.rpartition("/")[2]


class Platform(Model):
    """The fields that a platform does not support."""

    source: str
    """The page that documents it."""
    task: tuple[Unsupported, ...] = ()
    container: tuple[Unsupported, ...] = ()
    volume: tuple[Unsupported, ...] = ()


class Platforms(Model):
    """`rules/unsupported-fields.yaml`."""

    as_of: str
    """The day the table was last compared with AWS's documentation, YYYY-MM-DD."""
    platforms: Mapping[str, Platform]


class Range(Model):
    """The numbers that a field accepts."""

    source: str
    minimum: int = 0
    maximum: int = 0
    """0 if there is none."""
    unit: str = ""


class Choice(Model):
    """The values that a field accepts or rejects."""

    source: str
    values: tuple[str, ...]


class Limits(Model):
    """`rules/limits.yaml`."""

    as_of: str
    """The day the numbers were last compared with AWS's documentation, YYYY-MM-DD."""
    health_check: Mapping[str, Range]
    """By field of `healthCheck`."""
    ephemeral_storage: Range
    """GiB."""
    fargate_timeout: Range
    """Seconds that Fargate waits for a container to start or to stop."""
    container_memory: Range
    """MiB."""
    definition_size: Range
    """Bytes, as RegisterTaskDefinition counts them."""
    awslogs_options: Choice
    managed_instances_log_drivers: Choice
    managed_instances_network_modes: Choice
    fargate_capabilities: Choice
    """Linux capabilities that a container may add."""
    windows_on_ec2_only: Choice
    """Values of `operatingSystemFamily`."""
    images_without_shell: Choice
    """The last two parts of a repository."""


class RetiredPart(Model):
    """Something that AWS has ended, or no longer develops."""

    message: str
    instead: str
    source: str
    image: str = ""
    """The last part of the image repository that reveals its use."""


class RetiredParts(Model):
    """`rules/retired.yaml`."""

    as_of: str
    """The day the table was last compared with AWS's announcements, YYYY-MM-DD."""
    parts: Mapping[str, RetiredPart]


class PlatformFeature(Model):
    """A feature that Fargate supports from a platform version on."""

    title: str
    """The name with its article: an EFS volume."""
    field: str
    """The field that uses it: of the task, or of one of its volumes (`volumes/efsVolumeConfiguration`)."""
    since: str
    """The first Linux platform version that supports it."""
    source: str


class ServiceFacts(Model):
    """`rules/services.yaml`."""

    as_of: str
    """The day the table was last compared with AWS's documentation, YYYY-MM-DD."""
    hottest_target: Mapping[str, int]
    """By dimension (`cpu`, `memory`): the highest target of target tracking that leaves room for a burst, in percent."""
    platform_features: tuple[PlatformFeature, ...]


class AwsTables(Model):
    """All tables."""

    platforms: Mapping[str, Platform]
    limits: Limits
    retired: Mapping[str, RetiredPart]
    services: ServiceFacts

    @cached_property
    def fields_in_question(self) -> frozenset[str]:
        """The names of all fields that any platform lacks, in whole or in part."""
        fields = (field for each in self.platforms.values() for field in (*each.task, *each.container, *each.volume))
        return FIELDS_WITH_LIMITED_VALUES.union(field.name for field in fields)
