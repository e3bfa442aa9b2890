"""The shortest history that still fails: steps are left out, and what is left is made plainer, as long as it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from tests.enforcement.histories.steps import History, Step

from cartellino.vocabulary.times import DAY, HOUR

Fails = Callable[[History], bool]


def shrunk(history: History, fails: Fails) -> History:
    """Return the plainest history that is found from one that fails."""
    while plainer := next((one for one in _plainer(history) if fails(one)), None):
        history = plainer
    return history


def _plainer(history: History) -> Iterator[History]:
    steps = history.steps
    size = len(steps) // 2
    while size:
        for at in range(0, len(steps), size):
            yield replace(history, steps=steps[:at] + steps[at + size :])
        size //= 2
    for labels in _fewer(history.policies):
        yield replace(history, policies=labels)
    if history.promised is not None:
        yield replace(history, promised=None)
    if history.fewest < 20:
        yield replace(history, fewest=20)
    for at, step in enumerate(steps):
        for plain in _plainer_steps(step):
            yield replace(history, steps=(*steps[:at], plain, *steps[at + 1 :]))


def _plainer_steps(step: Step) -> Iterator[Step]:
    for one in fields(step):
        held = getattr(step, one.name)
        for plain in _plainer_values(one.name, held):
            if plain != held:
                changed: dict[str, Any] = {one.name: plain}
                yield replace(step, **changed)


def _plainer_values(name: str, held: object) -> Iterator[object]:
    if isinstance(held, bool):
        yield False
    elif isinstance(held, int) and name in ("of", "one", "other", "who", "accounts"):
        yield from range(held) if held > 0 else ()
    elif isinstance(held, int):
        yield from (one for one in (0, 1, HOUR, DAY) if abs(one) < abs(held))
    elif isinstance(held, float):
        yield None
    elif isinstance(held, str) and name in ("rules", "policies", "uses", "kinds"):
        yield from _fewer(held)
    if name in ("age", "lasts"):
        yield None


def _fewer(labels: str) -> Iterator[str]:
    """Return fewer words, and words with fewer flags."""
    words = labels.split()
    for at, word in enumerate(words):
        yield " ".join(words[:at] + words[at + 1 :])
        name, *flags = word.split("+")
        for flag in flags:
            left = "+".join([name, *(one for one in flags if one != flag)])
            yield " ".join([*words[:at], left, *words[at + 1 :]])
