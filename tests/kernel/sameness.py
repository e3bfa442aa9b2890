"""Policies at random, and the question whether the kernel says of a stream what the reference says."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.kernel.streams import BEGINS, KINDS, node

from cartellino.events.event import Event
from cartellino.events.kinds import KINDS as ALL_KINDS
from cartellino.events.kinds import TAKES_BACK
from cartellino.events.logged import to_logged
from cartellino.expressions.types import Type
from cartellino.kernel.engine import Engine
from cartellino.kernel.finding import Finding
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.reference import Kernel
from cartellino.kernel.sightings import Bounded
from cartellino.policies.lists import TermList
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule, longest_window
from cartellino.signals.derived import column_types
from cartellino.vocabulary.ids import RuleId
from cartellino.vocabulary.times import HOUR, LATEST

COLUMNS: dict[str, Type] = {**column_types(), "x_n": "number", "x_t": "text", "x_b": "truth"}
LISTS = {
    "apps": TermList("apps", "exact", ("mod", "other/2")),
    "terms": TermList("terms", "words", ("casino", "free gold")),
    "photos": TermList("photos", "pdq", ("0f" * 32,)),
}
OVER = ("10s", "30s", "1m", "10m", "1h", "24h", "7d")
BY = ("account",) * 5 + ("device", "address", "content", "group", "app")
WHERE = (
    *("known", "not known", "not known and not solicited", "solicited or known", "gap < 2", "gap >= 3 and known"),
    *("hour >= 12", "has(device) and recipients > 2", 'media in ("image", "video")', 'media != "text"'),
    *('in_list(client, "apps")', 'not in_list(text, "terms")', 'near(image_hash, "photos", bits=20)', "x_b", "not x_b"),
    *('x_t == "v"', "x_n > 1 and x_n - recipients < 4", "known == solicited", 'attestation in ("failed", "absent")'),
    *("peer_age < 30", "has(peer_age) and peer_age > 2", "not peer_only", "has(peer_only)", "peer_only and known"),
    *("has(attestation)", "-x_n > 2", "recipients / x_n > 1", "true", 'device != address or app == "mod"'),
)
COUNTED = (
    *(
        "peer",
        "peer",
        "peer",
        "account",
        "hour",
        "gap",
        "device",
        "content",
        "known",
        "x_n",
        "x_t",
        "solicited",
        "kind",
    ),
)
SUMMED = ("recipients", "x_n", "gap", "credit")
TRUTHS = (
    *("known", "solicited", "x_b", "has(gap)", "has(known)", 'in_list(client, "apps")', "first(connected.known)"),
    *("first(connected.device) != last(message_sent.device)", 'last(message_sent.x_t) == "v"', 'app == "mod"'),
    *('in_list(text, "terms")', 'near(image_hash, "photos", bits=20)', "known == automated", 'kind == "connected"'),
    *("first(reported.known)", 'last(blocked.device) == "d"', "last(opted_out.x_b)"),
    *("last(message_sent.known) or known", 'region == "IT"', 'attestation != "passed"', "true", "last(connected.x_b)"),
)
NUMBERS = (
    *(
        "since(blocked)",
        "age(account)",
        "since(message_sent)",
        "since(reported)",
        "since(registered)",
        "since(device_linked)",
    ),
    *("recipients", "x_n", "gap", "hour", "first(broadcast_sent.recipients)", "last(message_sent.x_n)"),
)


TAKEN_BACK = (*TAKES_BACK, *TAKES_BACK.values())
"""What takes back, and what can be taken back."""


class Author:
    """Writes policies and streams at random."""

    def __init__(self, seed: int, largest: int = 2**53 - 1) -> None:
        self.choose = random.Random(seed)
        self.largest = largest

    def aggregate(self) -> str:
        """Write a signal that adds events up."""
        kind, over = self.choose.choice((*KINDS, *TAKES_BACK.values())), self.choose.choice(OVER)
        where = f", where={self.choose.choice(WHERE)}" if self.choose.random() < 0.6 else ""
        by = f", by={self.choose.choice(BY)}"
        match self.choose.randrange(9):
            case 0 | 1:
                return f'count({kind}{where}, over="{over}"{by})'
            case 2:
                return f'sum({kind}.{self.choose.choice(SUMMED)}{where}, over="{over}"{by})'
            case 3:
                return f'repeat({kind}.{self.choose.choice(COUNTED)}{where}, over="{over}"{by})'
            case 4 | 5:
                return f'unanswered({kind}{where}, over="{over}")'
            case _:
                return f'distinct({kind}.{self.choose.choice(COUNTED)}{where}, over="{over}"{by})'

    def number(self) -> str:
        """Write a number."""
        match self.choose.randrange(9):
            case 0:
                return f"share({self.aggregate()}, of={self.aggregate()}, at_least={self.choose.randrange(1, 4)})"
            case 1:
                return f"({self.number()} {self.choose.choice('+-*/')} {self.number()})"
            case 2:
                return self.choose.choice(("recipients", "x_n", "gap", "hour", "last(message_sent.x_n)"))
            case _:
                return self.aggregate()

    def truth(self, depth: int = 2) -> str:
        """Write a condition."""
        match self.choose.randrange(8) if depth else 7:
            case 0:
                return f"({self.truth(depth - 1)} and {self.truth(depth - 1)})"
            case 1:
                return f"({self.truth(depth - 1)} or {self.truth(depth - 1)})"
            case 2:
                return f"not ({self.truth(depth - 1)})"
            case 3:
                return self.choose.choice(TRUTHS)
            case 4:
                return f'{self.choose.choice(NUMBERS[:5])} {self.choose.choice("<>")} "{self.choose.choice(OVER)}"'
            case _:
                sign = self.choose.choice((">", ">", ">=", "<", "<=", "==", "!="))
                return f"{self.number()} {sign} {self.choose.choice((0, 1, 1, 2, 3, 0.5, 5))}"

    def policies(self, rules: int = 4) -> PolicySet:
        """Write a policy set."""
        return PolicySet(
            tuple(self.rule(f"r{number}") for number in range(rules)),
            {},
            LISTS,
            frozenset(self.choose.choice(((), (), ("message_sent", "reply_received", "blocked"), ALL_KINDS))),
            COLUMNS,
            complete_history=self.choose.random() < 0.25,
        )

    def rule(self, name: str) -> Rule:
        """Write a rule."""
        when = node(self.truth())
        regions = frozenset(self.choose.choice(((), (), (), ("IT",), ("IT", "FR"))))
        except_regions = frozenset(self.choose.choice(((), (), (), ("US",)))) - regions
        rests = self.choose.choice((longest_window(when) or HOUR, longest_window(when), 0))
        starts = self.choose.choice((0, 0, 0, BEGINS + HOUR))
        ends = self.choose.choice((LATEST, LATEST, BEGINS + 24 * HOUR))
        on = frozenset(self.choose.sample((*KINDS, "registered", "device_linked"), self.choose.randrange(2, 8)))
        return Rule(
            RuleId(f"t/{name}"), "t", name, when, 1, on, {"en": name}, action="review", cooldown=rests, starts=starts,
            ends=ends, regions=regions, except_regions=except_regions,
        )  # fmt: skip

    def stream(self, size: int, people: int = 3) -> list[Event]:
        """Write a stream."""
        now, log, some = BEGINS, list[Event](), self.choose.choice
        steps = some(((0, 1, 400, 1_000, 2_600), (0, 9_000, 60_000, 600_000), (0, 1_000, 3_600_000, 86_400_000)))
        for number in range(size):
            now += some(steps)
            late = some((0, 0, 0, 0, 700, 4_000, 60_000))
            log.append(self.event(number, max(BEGINS, now - late), people))
        return log

    def event(self, number: int, time: int, people: int) -> Event:
        """Write an event; what is not known is left out."""
        some = self.choose.choice
        own: dict[str, str | int | float | bool] = {}
        if self.choose.random() < 0.5:
            own["x_n"] = some((0, 1, 1.0, -2, 2.5, True, "1", 7, -0.0, 1e9))
        if self.choose.random() < 0.5:
            own["x_t"] = some(("v", "w", 1, "mod"))
        if self.choose.random() < 0.5:
            own["x_b"] = some((True, False, "true", 1))
        return Event(
            id=f"e{number}",
            time=time,
            kind=some((*KINDS, *KINDS, *TAKEN_BACK, "registered", "device_linked", "number_released", "read")),
            account=f"a{self.choose.randrange(people)}",
            service=some(("main", "main", "main", "other")),
            account_since=some((None, None, None, BEGINS - 1_000_000, BEGINS + 5)),
            peer=some(("p", "q", "r", "s", "a0", "a1", "ü", None, "p" * 9, "p" * 8)),
            group=some((None, None, None, "g", "h")),
            device=some((None, "d", "d", "e", "x")),
            address=some((None, "x", "y")),
            number=some((None, None, "n1", "n2")),
            client=some((None, "mod/1", "mod/2", "other/2", "/1", "plain")),
            region=some((None, None, "IT", "US", "FR")),
            attestation=some((None, "passed", "failed", "absent", "unavailable")),
            known=some((None, True, False, False)),
            automated=some((None, None, True, False)),
            media=some((None, "text", "image", "video")),
            content=some((None, "c", "c", "f")),
            recipients=some((None, 0, 3, 11, self.largest)),
            credit=some((None, 0, 50)),
            text=some((None, None, "The CASINO is open", "nothing")),
            image_hash=some((None, None, "0f" * 32, "0f" * 31 + "00", "ff" * 32)),
            own=own,
        )

    def geometry(self) -> Geometry:
        """Choose sizes; small ones make forgetting and full panes common."""
        return Geometry(
            shards=self.choose.choice((1, 2, 5)),
            lines=self.choose.choice((1, 2, 16)),
            cap=self.choose.choice((1, 3, 32767)),
            cap_of_keys=self.choose.choice((1, 7, 262143)),
            cap_of_sums=self.choose.choice((7, (1 << 20) - 1, (1 << 50) - 1)),
            values=self.choose.choice((1, 2, 3, 64)),
        )


def by_reference(
    policies: PolicySet, log: Sequence[Event], geometry: Geometry, salt: str
) -> tuple[Kernel, list[Finding]]:
    """Judge a stream event by event, in bounded memory."""
    kernel = Kernel(policies, Bounded(geometry, salt))
    return kernel, [found for at, event in enumerate(log, start=1) for found in kernel.judge(event, at)]


def by_engine(engine: Engine, log: Sequence[Event], sizes: Sequence[int], begins: int = 0) -> list[Finding]:
    """Judge a stream in batches of these sizes, in turn; `begins` events came before it."""
    found, at, turn = list[Finding](), 0, 0
    while at < len(log):
        size = sizes[turn % len(sizes)]
        found += engine.judge(to_logged(log[at : at + size]), begins + at + 1)
        at, turn = at + size, turn + 1
    return found


def figures(engine: Engine) -> tuple[dict[str, int], dict[str, int], dict[str, int], int, int, int]:
    """Return how often rules were judged, unknown, and so in too young a log, and what was looked up and undecided."""
    stats = dict(zip((str(rule.id) for rule in engine.plan.rules), engine.state.stats.tolist(), strict=False))
    judged, unknown, young = ({name: one[at] for name, one in stats.items() if one[at]} for at in range(3))
    return judged, unknown, young, engine.state.accounts, *engine.state.looked


def expected_figures(kernel: Kernel) -> tuple[dict[str, int], dict[str, int], dict[str, int], int, int, int]:
    """Return the same of the reference."""
    counted = kernel.judged, kernel.unknown, kernel.too_young
    judged, unknown, young = ({name: count for name, count in one.items() if count} for one in counted)
    return judged, unknown, young, kernel.accounts, kernel.memory.lookups, kernel.memory.undecided
