"""The colours of the cards: green limits nothing, yellow is for now, red is a ban. Nothing else decides a colour.

>>> CARD_OF_SHAPE["suspended"], CARD_OF_ACTION["warning"], of_standing("banned")
('yellow', 'green', 'red')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from cartellino.notices.facts import OF_ACTION, Facts, Shape

Card = Literal["green", "yellow", "red"]

_YELLOW: frozenset[Shape] = frozenset({"limited", "challenged", "suspended", "waiting", "restored", "terminating"})


def _of_shape(shape: Shape) -> Card:
    if shape == "banned":
        return "red"
    return "yellow" if shape in _YELLOW else "green"


CARD_OF_SHAPE: Mapping[Shape, Card] = {shape: _of_shape(shape) for shape in get_args(Shape)}
"""By what a notice tells."""

CARD_OF_ACTION: Mapping[str, Card] = {action: CARD_OF_SHAPE[shape] for action, shape in OF_ACTION.items()}
"""By what was done."""


def of_notice(facts: Facts) -> Card:
    """Return the card of a notice: by what holds after it where it says so, else by its shape."""
    own = CARD_OF_ACTION[facts.holds] if facts.holds else CARD_OF_SHAPE[facts.shape]
    return max([own, *(CARD_OF_ACTION[kind] for kind in facts.remains)], key=get_args(Card).index)


def of_standing(standing: str) -> Card:
    """Return the card of an account by the name of its standing."""
    if standing == "banned":
        return "red"
    return "green" if standing in ("clear", "warned") else "yellow"
