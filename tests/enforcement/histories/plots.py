"""What a history is about. Acts and rules that belong together meet in few steps; at random they hardly would."""

from __future__ import annotations

from dataclasses import dataclass

from tests.enforcement.histories.menu import RULES

from cartellino.vocabulary.times import DAY, HOUR, MINUTE

NORMALLY = (0, 0, 1, MINUTE, HOUR // 2, HOUR - 1, HOUR, 6 * HOUR, DAY, DAY, 2 * DAY, 2 * DAY, 5 * DAY, 40 * DAY)
SOON = (0, 0, 1, MINUTE, 10 * MINUTE, HOUR // 2, HOUR // 2, 6 * HOUR)
SLOWLY = (HOUR, DAY, 2 * DAY, 3 * DAY, 3 * DAY, 10 * DAY, 10 * DAY, 40 * DAY)
"""How long after one another things happen."""

FEW = (0, 0, 0, 0, 0, 1, 1, 2)
MANY = (0, 0, 0, 1, 1, 2, 3, 4)
"""Who is in it, the more often the more often it stands there."""


@dataclass(frozen=True)
class Plot:
    """Rules and acts of which a history takes some; how fast it goes, and who is in it.

    `tight` is how often brakes have small budgets, `uses` whether accounts are known to use anything.
    """

    rules: str
    acts: str
    times: tuple[int, ...] = NORMALLY
    tight: float = 0.1
    who: tuple[int, ...] = FEW
    uses: bool = False


PLOTS = (
    Plot("r mid high", "overturn overturn overturn lift shorten end adopt", SLOWLY),
    Plot("r mid high", "overturn overturn overturn link end shorten", SLOWLY),
    Plot("r mid high top", "overturn overturn overturn lift link end", SOON),
    Plot("r mid high", "overturn overturn link lift adopt", SOON),
    Plot("o o3 o5 o7 was is", "overturn overturn shorten lift end adopt"),
    Plot("o3 o5", "overturn overturn overturn shorten link", SLOWLY),
    Plot("s s2 r again often mid", "overturn link end lift adopt", who=MANY),
    Plot("r mid high o s proof", "release release release discard overturn link adopt end lift", SOON, 1.0),
    Plot("r mid high o", "release release overturn overturn link", NORMALLY, 1.0),
    Plot("high top o5 o7 s2", "release release adopt adopt overturn", SLOWLY, 1.0),
    Plot("r mid high o look", "open open close release release overturn", NORMALLY, 0.7),
    Plot("r mid high o look s top", "open open open close release discard overturn", NORMALLY, 0.2, MANY, True),
    Plot("r mid high top look", "set_back set_back overturn lift end shorten impose"),
    Plot("r mid high", "set_back set_back link overturn", SOON),
    Plot("is was again mid high o3", "end end lift adopt", who=MANY),
    Plot("r mid high s o again was", "adopt adopt adopt overturn release end link", NORMALLY, 0.5),
    Plot("evader heir near apart look mid top", "impose impose number overturn lift link", NORMALLY, 0.1, MANY, True),
    Plot("evader heir near look mid high top", "number number impose release overturn", NORMALLY, 0.6, MANY, True),
    Plot("heir near again was is mid high", "release release adopt adopt number overturn", NORMALLY, 1.0, FEW, True),
    Plot(
        " ".join(RULES), "overturn lift shorten end impose link number open close release discard adopt set_back",
        NORMALLY, 0.4, MANY, True,
    ),
)  # fmt: skip
