"""Whether a part of a profile applies to a definition: yes, no, or hidden in an unknown value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskfit.definition import Container, Unknown, complete, escape, objects, read
from taskfit.sizing.match import Match, Patterns, several
from taskfit.sizing.patterns import Hidden, Verdict, all_of, any_of, fits_container, text_fits, words_of

if TYPE_CHECKING:
    from taskfit.sizing.facts import Facts


def holds(match: Match, facts: Facts) -> Verdict:
    """Whether a definition meets all conditions."""
    return all_of(_conditions(match, facts))


def _conditions(match: Match, facts: Facts) -> Iterator[Verdict]:
    if match.family:
        generated = facts.task.family is None and not facts.task.dialect.needs_family
        family = Unknown("the name that AWS gives it") if generated else facts.task.family
        yield text_fits(family, match.family, "/family")
    if match.container or match.image:
        yield _of_containers(facts, lambda each: fits_container(each, match.container, match.image))
    if match.word:
        yield _has_word(match.word, facts)
    for key, patterns in match.tag.items():
        yield _tag_fits(key, patterns, facts)
    for key, patterns in match.label.items():
        yield _of_containers(facts, partial(_label_fits, key, patterns))
    if match.launch_type:
        yield _launch_type_fits(match.launch_type, facts)
    if match.path:
        yield _path_fits(several(match.path), facts)
    yield from _combined(match, facts)


def _combined(match: Match, facts: Facts) -> Iterator[Verdict]:
    if match.any:
        yield any_of(holds(each, facts) for each in match.any)
    yield from (holds(each, facts) for each in match.all)
    if match.not_ is not None:
        verdict = holds(match.not_, facts)
        yield verdict if isinstance(verdict, Hidden) else not verdict


def _of_containers(facts: Facts, fits: Callable[[Container], Verdict]) -> Verdict:
    """Whether one of the containers matches; some may be unknown."""
    verdict = any_of(fits(container) for container in facts.task.containers)
    if verdict is False and not facts.task.containers_are_complete:
        return Hidden("a container out of sight", "/containerDefinitions")
    return verdict


def _has_word(words: Patterns, facts: Facts) -> Verdict:
    wanted = frozenset(word.lower() for word in several(words))
    texts = [(facts.task.family, "/family")]
    for container in facts.task.containers:
        texts += [(container.name, f"{container.pointer}/name"), (_repository(container), f"{container.pointer}/image")]
    return any_of(
        Hidden(text.text, pointer) if isinstance(text, Unknown) else bool(wanted & words_of(text))
        for text, pointer in texts
    )


def _repository(container: Container) -> str | Unknown | None:
    """The image without registry, tag and digest, as far as it is known."""
    path = container.image_path
    if path:
        return "/".join(part for part in path if "." not in part and ":" not in part)
    return container.image if isinstance(container.image, Unknown) else None


def _tag_fits(key: str, patterns: Patterns, facts: Facts) -> Verdict:
    for index, tag in objects(facts.task.data, "tags"):
        if tag.get("key") == key:
            return text_fits(_scalar(tag.get("value")), patterns, f"/tags/{index}/value")
    return False if complete(facts.task.data, "tags") else Hidden("tags out of sight", "/tags")


def _label_fits(key: str, patterns: Patterns, container: Container) -> Verdict:
    labels, pointer = read(container.data, "dockerLabels"), f"{container.pointer}/dockerLabels"
    if isinstance(labels, Unknown):
        return Hidden(labels.text, pointer)
    value = read(labels, key) if isinstance(labels, Mapping) else None
    return text_fits(_scalar(value), patterns, f"{pointer}/{escape(key)}")


def _scalar(value: Any) -> str | Unknown | None:
    return value if value is None or isinstance(value, str | Unknown) else str(value)


def _launch_type_fits(names: Patterns, facts: Facts) -> Verdict:
    wanted = {name.upper().replace("-", "_") for name in several(names)}
    if not facts.launch_types:
        return Hidden("the launch type", "/requiresCompatibilities")
    return bool(wanted & facts.launch_types)


def _path_fits(patterns: tuple[str, ...], facts: Facts) -> Verdict:
    from taskfit.paths import relative_to
    from taskfit.patterns import spec

    if facts.path is None:
        return Hidden("the file", "")
    return spec(patterns).match(relative_to(Path(facts.path), facts.policy.folder))
