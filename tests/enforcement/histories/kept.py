"""Histories that once told the sequencer and the oracle apart, as short as can be; each name says what is right."""

from __future__ import annotations

from collections.abc import Mapping

from tests.enforcement.histories.steps import (
    Adopted,
    Discarded,
    Ended,
    Found,
    History,
    Imposed,
    Linked,
    NumberReleased,
    Overturned,
    Released,
    Restarted,
    SetBack,
    Upgraded,
)

from cartellino.vocabulary.times import DAY, HOUR

KEPT: Mapping[str, History] = {
    # Strikes and their numbers
    "a released wish strikes at its place, so it comes down with what was struck meanwhile": History(
        "r mid",
        (Found("r", 1), Found("r"), Found("mid", later=HOUR), Released("r", later=3 * DAY), Overturned(2)),
        fewest=1,
    ),
    "the latest strike is the one that was released last, also when somebody is linked": History(
        "spam+shared r mid",
        (Linked(0, 1), Found("r", 3), Found("r"), Found("mid", 1), Released("r", later=3 * DAY), Found("r", 1)),
        fewest=1,
    ),
    "the number of an upgrade counts the strike itself, also when its ladder has forgotten it": History(
        "short+shared s s2", (Found("s", 1), Found("s", late=57 * HOUR), Linked(0, 1), Found("s2", later=3 * HOUR))
    ),
    # What still works
    "what was upgraded forbids nothing any more": History("o5+soft o7+soft", (Found("o5"), Found("o7", later=1))),
    "what was released forbids no new chats any more": History("s", (Found("s"), Released("s")), fewest=0),
    # Taking back
    "what was taken back is not back when what had replaced it is": History(
        "mid top", (Found("mid"), Found("top"), Overturned(0), Overturned(1))
    ),
    "a strike that comes down leaves a row, also where its sanction stays": History(
        "o", (Found("o"), Found("o", later=HOUR), Overturned(0))
    ),
    "what somebody else's upgrade had replaced is replaced by what replaced that": History(
        "spam+shared high mid r",
        (Linked(0, 1), Found("r"), Found("mid", 1), Found("high"), Overturned(1)),
    ),
    "what a linked account's upgrade had replaced is back, also when the ladder is shared no more": History(
        "spam+shared mid high", (Linked(0, 1), Found("mid"), Found("high", 1), Adopted("mid high"), Overturned(1))
    ),
    "what was replaced later than it ended is told to have ended": History(
        "mid high top",
        (Found("mid"), Found("high", later=12 * HOUR), Found("top", later=18 * HOUR), Overturned(1), Ended()),
    ),
    "a released upgrade that was upgraded in turn is taken out of the chain": History(
        "mid high top",
        (Found("high", 1), Found("mid"), Found("high"), Released("high"), Found("top"), Overturned(2)),
        fewest=1,
    ),
    # Brakes
    "that a warning is held is a row": History("r", (Found("r"),), fewest=0),
    "that a warning is released is a row": History("r", (Found("r"), Released("r")), fewest=0),
    "a wish that came late counts for a day from its own time": History(
        "r", (Found("r"), Found("r", 1, late=HOUR), Found("r", 3, later=DAY - HOUR)), fewest=2
    ),
    # Numbers that went back
    "a number that went back is not marked by a release": History(
        "high", (Found("high", uses="n1 a1"), NumberReleased("n1"), Released("high")), fewest=0
    ),
    "a number that went back is not marked by a person who looked": History(
        "look", (Found("look", uses="n1 a1"), NumberReleased("n1", logged=True), Imposed())
    ),
    "an account's own number is also what waits of it": History(
        "look", (Found("look", 2, uses="n1 a1"), NumberReleased(who=2), Imposed())
    ),
    # What is gone from the policies
    "a shared ladder that is gone goes on as the person's": History(
        "short+shared s", (Linked(0, 1), Found("s"), Adopted("r"))
    ),
    "a rule that is gone asks for what is given before it is released": History(
        "is high", (Found("high"), Found("is"), Adopted("r", later=HOUR), Released("is")), fewest=0
    ),
    "a rule that is gone upgrades nothing beyond the top": History(
        "o5 o7",
        (
            Found("o5", 1), Found("o7", 1), Found("o5"), Found("o7"),
            Adopted("odd+low r"), Released("o5"), Released("o7"),
        ),
        fewest=1,
    ),
    # A clock that was ahead
    "what was replaced by the wrong time is moved back with what replaced it": History(
        "mid high", (Found("mid"), Found("high"), SetBack(span=HOUR))
    ),
    # An upgrade of the meaning
    "an upgrade leaves the brakes of others off": History("o", (Found("o"), Upgraded()), fewest=0),
    "an upgrade leaves a brake on of which all wishes were taken back": History(
        "r", (Found("r"), Overturned(0), Upgraded(), Found("r", 1)), fewest=0
    ),
    "an upgrade counts no wishes of before a person looked": History(
        "r", (Found("r"), Found("r", 1), Discarded("r"), Upgraded(), Found("r", 2)), fewest=1
    ),
    "an upgrade keeps the marks of what a person imposed": History(
        "look", (Found("look", uses="d1"), Imposed(), Upgraded())
    ),
    "an upgrade keeps what an account used when a person was asked": History(
        "look", (Found("look", uses="n1 d1"), NumberReleased("n1"), Upgraded(), Imposed())
    ),
    "a brake that was on at an upgrade was on when it is taken up again after a release": History(
        "r",
        (
            Found("r", 3), Found("r"), Upgraded(),
            Found("r", 1, later=2 * DAY), Released("r"), Restarted(),
        ),
        fewest=1,
    ),
    "what is released after an upgrade marks what the account used": History(
        "mid", (Found("mid", uses="d1"), Upgraded(), Released("mid")), fewest=0
    ),
    "what is released after an upgrade was held when it is taken up again": History(
        "mid", (Found("mid", uses="d1"), Upgraded(), Released("mid"), Restarted()), fewest=0
    ),
}  # fmt: skip
