"""The colours of cards, which are decided here alone.

Of a standing: green means that nothing is limited, yellow a temporary limit, red a ban. Of a notice: red means a ban,
yellow that a limit, a check or the warning of a termination begins or holds again, and green everything else.

>>> CARD_OF_SHAPE["suspended"], CARD_OF_ACTION["warning"], of_standing("banned")
('yellow', 'green', 'red')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from cartellino.notices.facts import OF_ACTION, Facts, Shape

Card = Literal["green", "yellow", "red"]

# `restored`: a milder limit holds again. `terminating`: nothing is limited yet, but the service will end.
_YELLOW: frozenset[Shape] = frozenset(
    {"limited", "challenged", "suspended", "waiting", "restored", "terminating", "ordered"}
)


def _of_shape(shape: Shape) -> Card:
    if shape == "banned":
        return "red"
    return "yellow" if shape in _YELLOW else "green"


CARD_OF_SHAPE: Mapping[Shape, Card] = {shape: _of_shape(shape) for shape in get_args(Shape)}
"""The card of a notice, by its shape."""

CARD_OF_ACTION: Mapping[str, Card] = {action: CARD_OF_SHAPE[shape] for action, shape in OF_ACTION.items()}
"""The card of an action, by its kind. `review` and `diagnosis` have none."""


def of_notice(facts: Facts) -> Card:
    """Return the card of a notice: by the actions in force after it (`holds`, `remains`), else by its shape."""
    own = CARD_OF_ACTION[facts.holds] if facts.holds else CARD_OF_SHAPE[facts.shape]
    return max([own, *(CARD_OF_ACTION[kind] for kind in facts.remains)], key=get_args(Card).index)


def of_standing(standing: str) -> Card:
    """Return the card of a standing, by its name."""
    if standing == "banned":
        return "red"
    return "green" if standing in ("clear", "warned") else "yellow"
