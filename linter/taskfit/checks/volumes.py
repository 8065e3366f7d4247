"""Whether volumes are configured as AWS accepts them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from taskfit.definition import known, objects, read, read_as
from taskfit.finding import Problem
from taskfit.phrases import listed

if TYPE_CHECKING:
    from taskfit.checks.context import Case


def efs_volume(case: Case) -> Iterator[Problem]:
    """FIT415: EFS volumes whose settings exclude each other."""
    for index, volume in objects(case.task.data, "volumes"):
        efs = read(volume, "efsVolumeConfiguration")
        if isinstance(efs, dict):
            yield from _unencrypted(efs, f"/volumes/{index}/efsVolumeConfiguration")
            yield from _below_access_point(efs, f"/volumes/{index}/efsVolumeConfiguration")


def _unencrypted(efs: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    encryption = read(efs, "transitEncryption")
    needs = list(_encryption_needs(efs))
    if needs and encryption in (None, "", "DISABLED"):
        yield Problem(
            pointer if encryption is None else f"{pointer}/transitEncryption",
            f"This EFS volume has {listed(needs, 'and')}, which AWS accepts with encryption in transit only.",
            help='Set "transitEncryption" to "ENABLED".',
        )


def _encryption_needs(efs: Mapping[str, Any]) -> Iterator[str]:
    if _authorization(efs, "accessPointId"):
        yield "an access point"
    if _authorization(efs, "iam") == "ENABLED":
        yield "IAM authorization"
    if known(read_as(efs, "transitEncryptionPort", int)):
        yield "a port for encrypted traffic"


def _below_access_point(efs: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    folder = known(read_as(efs, "rootDirectory", str))
    if _authorization(efs, "accessPointId") and folder not in (None, "", "/"):
        yield Problem(
            f"{pointer}/rootDirectory",
            f'rootDirectory is "{folder}", but this EFS volume has an access point, which has a root directory of its own. '
            'AWS accepts "/" or nothing here.',
            help="Remove rootDirectory.",
        )


def _authorization(efs: Mapping[str, Any], key: str) -> Any:
    """A setting of the volume's authorization; a placeholder also counts as set."""
    settings = read(efs, "authorizationConfig")
    return settings.get(key) if isinstance(settings, dict) else None
