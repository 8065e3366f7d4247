"""The environments of templates in a CDK assembly, from its manifest (`cdk.out/manifest.json`)."""

from __future__ import annotations

import os
import re
from functools import lru_cache

from taskfit.sources.beside import text_at, top_of
from taskfit.sources.cloudformation.template import Option
from taskfit.sources.values import Provenance
from taskfit.syntax import strict_json

_ENVIRONMENT = re.compile(r"aws://(\d{12})/([a-z0-9-]+)")


def environment(path: str) -> dict[str, Option]:
    """The account and region that a template is deployed to, as values of pseudo parameters, if known.

    A nested stack is deployed to the environment of its parent stacks.
    """
    folder, name = os.path.split(path)
    text = text_at(os.path.join(folder, "manifest.json"), top_of(folder)) if name.endswith(".template.json") else None
    if text is None or '"aws:cloudformation:stack"' not in text:
        return {}
    stacks = _stacks(text)
    places = {stacks[name]} if name in stacks else set(stacks.values())
    place = _ENVIRONMENT.fullmatch(next(iter(places))) if len(places) == 1 else None
    if place is None:
        return {}
    origin = Provenance("manifest.json")
    return {
        name: Option(value, origin, is_given=True)
        for name, value in zip(("AWS::AccountId", "AWS::Region"), place.groups(), strict=True)
    }


@lru_cache(16)
def _stacks(text: str) -> dict[str, str]:
    """The environments of an assembly's stacks, by template name."""
    manifest = strict_json.loads(text)
    artifacts = manifest.value.get("artifacts") if manifest and isinstance(manifest.value, dict) else None
    found: dict[str, str] = {}
    for artifact in artifacts.values() if isinstance(artifacts, dict) else ():
        properties = artifact.get("properties") if isinstance(artifact, dict) else None
        if isinstance(properties, dict) and artifact.get("type") == "aws:cloudformation:stack":
            found[str(properties.get("templateFile"))] = str(artifact.get("environment"))
    return found
