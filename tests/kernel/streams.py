"""Streams of events for properties, small policies to judge them by, and a kernel whose readings can be asked."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from functools import lru_cache

from hypothesis import strategies as st

from cartellino.events.event import Event
from cartellino.expressions.nodes import Node
from cartellino.expressions.parse import parse_text
from cartellino.kernel.account import WRITES
from cartellino.kernel.finding import Finding
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.leaves import Moment
from cartellino.kernel.reference import Kernel
from cartellino.kernel.sightings import Bounded, Memory
from cartellino.policies.policyset import PolicySet
from cartellino.policies.resolve import resolve
from cartellino.policies.rule import Rule, longest_window
from cartellino.signals.derived import column_types
from cartellino.vocabulary.diagnostics import Faults
from cartellino.vocabulary.ids import RuleId
from cartellino.vocabulary.times import HOUR
from cartellino.vocabulary.truth import Interval

BEGINS = 1_767_225_600_123
"""2026-01-01, off every round instant."""

KINDS = ("message_sent", "message_sent", "reply_received", "blocked", "connected", "broadcast_sent", "unblocked")
ACCOUNTS = ("a", "a", "b")
PEERS = ("p", "q", "r", "s", "b", "a", None)
STEPS = (0, 1, 400, 1_000, 2_600, 9_000, 31_000, 60_000, 600_000, 3_600_000, 21_600_000, 86_400_000, 700_000_000)
LATE = (0, 0, 0, 0, 700, 4_000, 20_000, 60_000)

_STEP = st.tuples(
    st.sampled_from(STEPS),
    st.sampled_from(LATE),
    st.sampled_from(KINDS),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(PEERS),
    st.integers(0, 2**24 - 1),
)
"""How long after the latest event, how late, what, who, to whom, and bits for everything else."""

Step = tuple[int, int, str, str, str | None, int]


def streams(most: int = 40, *, disorder: bool = True) -> st.SearchStrategy[list[Event]]:
    """Streams of one service with values missing here and there, and up to 60 s of disorder."""
    return st.lists(_STEP, min_size=1, max_size=most).map(lambda steps: made(steps, disorder=disorder))


def made(steps: Iterable[Step], *, disorder: bool = True) -> list[Event]:
    """Make events of steps; an account may begin with `registered`, unless it was heard of, or say when it was made."""
    now, log, seen, named = BEGINS, list[Event](), set[str](), set[str | None]()
    for number, (step, late, kind, account, peer, bits) in enumerate(steps):
        now += step
        first = account not in seen
        seen.add(account)
        is_new = first and account not in named and peer != account
        named.add(peer)
        log.append(
            Event(
                id=f"e{number}",
                time=max(BEGINS, now - late) if disorder else now,
                kind="registered" if is_new and bits % 3 == 0 else kind,
                account=account,
                account_since=BEGINS - 1_000_000_000 if first and bits % 3 == 1 else None,
                peer=peer,
                group=(None, None, None, "g")[bits >> 2 & 3],
                device=(None, "d", "d", "e")[bits >> 4 & 3],
                address=(None, "x", "y", "y")[bits >> 6 & 3],
                known=(None, True, False, False)[bits >> 8 & 3],
                media=(None, "text", "image", "video")[bits >> 10 & 3],
                content=(None, "c", "c", "f")[bits >> 12 & 3],
                recipients=(None, 0, 3, 11)[bits >> 14 & 3],
                credit=(None, 0, 50, 90)[bits >> 21 & 3],
                own={} if bits >> 16 & 3 == 0 else {"x_n": (bits >> 16 & 31) - 12},
            )
        )
    return log


def filled(event: Event, choose: random.Random, *, keys: bool = False) -> Event:
    """The same event with everything known, apart from the keys it is counted by, unless they are asked for."""
    columns = {name: getattr(event, name) for name in event.__struct_fields__}
    if keys:
        columns |= _filled_keys(event, choose)
    if columns["group"] is None:
        columns["peer"] = event.peer or choose.choice([one for one in PEERS if one])
    columns["known"] = choose.random() < 0.5 if event.known is None else event.known
    columns["media"] = event.media or choose.choice(("text", "image", "video"))
    columns["credit"] = choose.randrange(101) if event.credit is None else event.credit
    columns["recipients"] = choose.randrange(20) if event.recipients is None else event.recipients
    columns["own"] = event.own or {"x_n": choose.randrange(-20, 20)}
    return Event(**columns)


def _filled_keys(event: Event, choose: random.Random) -> dict[str, str | None]:
    """Keys for an event that lacks them; a message to a peer is in no group, and a text has no fingerprint."""
    is_message = event.kind == "message_sent"
    is_letter = event.kind in WRITES and event.peer is not None
    may_be_in_group = event.group is None and not is_letter
    may_have_content = event.content is None and not (is_message and event.media == "text")
    return {
        "device": event.device or choose.choice("de"),
        "address": event.address or choose.choice("xy"),
        "group": choose.choice((None, "g")) if may_be_in_group else event.group,
        "content": choose.choice("cf") if may_have_content else event.content,
    }


WINDOWS = ("10s", "30s", "1m", "10m", "1h", "24h", "7d")
FILTERS = (
    *("", "", ", where=known", ", where=not known", ", where=not known and not solicited", ", where=gap < 2"),
    *(", where=not (has(peer_age) and peer_age < 2)", ", where=not (has(peer_only) and peer_only)"),
    *(', where=known or media == "image"', ", where=hour >= 12", ", where=has(device) and recipients > 2"),
    ', where=media in ("image", "video")',
)
KEYS = ("", "", "", ", by=device", ", by=address", ", by=content", ", by=group")
KEYED = (
    *("count(message_sent", "count(connected", "sum(broadcast_sent.recipients", "sum(connected.x_n"),
    *("distinct(message_sent.peer", "distinct(connected.address", "distinct(message_sent.account"),
    *("distinct(blocked.peer", "count(blocked", "sum(blocked.credit", "repeat(blocked.device", "sum(blocked.x_n"),
    *("repeat(message_sent.content", "repeat(message_sent.peer"),
)

_KEYED = st.builds(
    lambda head, where, over, by: f'{head}{where}, over="{over}"{by})',
    st.sampled_from(KEYED),
    st.sampled_from(FILTERS),
    st.sampled_from(WINDOWS),
    st.sampled_from(KEYS),
)
_UNANSWERED = st.builds(
    lambda kind, where, over: f'unanswered({kind}{where}, over="{over}")',
    st.sampled_from(("message_sent", "message_sent", "blocked")),
    st.sampled_from(FILTERS),
    st.sampled_from(WINDOWS),
)
_SHARES = st.builds(
    lambda over, least: (
        f"share(distinct(reply_received.peer), of=distinct(message_sent.peer), at_least={least}, over={over})"
    ),
    st.sampled_from([f'"{over}"' for over in WINDOWS]),
    st.sampled_from((1, 2, 4)),
)
_TIMES = st.sampled_from(("age(account)", "since(message_sent)", "since(blocked)", "since(registered)"))

aggregates = st.one_of(_KEYED, _KEYED, _UNANSWERED)
signals = st.one_of(_KEYED, _KEYED, _KEYED, _UNANSWERED, _UNANSWERED, _SHARES, _TIMES)
"""Any signal that the oracle can work out, as text."""


@lru_cache(maxsize=4_096)
def node(text: str) -> Node:
    """Parse an expression and look its names up."""
    faults = Faults()
    found = resolve(parse_text(text), {}, {}, faults)
    assert not faults, faults
    return found


def rule(name: str, when: str, *, on: Iterable[str] = (*KINDS, "registered"), cooldown: int | None = None) -> Rule:
    """A rule that asks for a review."""
    found = node(when)
    rests = longest_window(found) or HOUR if cooldown is None else cooldown
    return Rule(RuleId(f"t/{name}"), "t", name, found, 1, frozenset(on), {"en": name}, action="review", cooldown=rests)


def policy(*rules: Rule, observes: Iterable[str] = (), complete: bool = False) -> PolicySet:
    """A policy set of these rules; `complete` declares that the log holds everybody's past."""
    columns = {**column_types(), "x_n": "number"}
    return PolicySet(rules, {}, {}, frozenset(observes), columns, complete_history=complete)


def never(signal: str) -> str:
    """An expression that reads the signal at every event and is never true."""
    return f'{signal} > "9999999d"' if signal.startswith(("age", "since")) else f"{signal} > 9000000000"


def table(lines: int, salt: str = "") -> Bounded:
    """A memory of so many lines."""
    return Bounded(Geometry(shards=1, lines=lines), salt)


class Probe(Kernel):
    """A kernel that can be asked what a signal is after the event that it took last."""

    moment: Moment

    def __init__(self, policies: PolicySet, memory: Memory | None = None) -> None:
        super().__init__(policies, memory)
        self.findings: list[Finding] = []

    def _count(self, moment: Moment) -> None:
        self.moment = moment
        super()._count(moment)

    def take(self, event: Event, sequence: int) -> None:
        self.findings += self.judge(event, sequence)

    def reading(self, signal: Node) -> Interval:
        found = self._leaves.meaning(signal)(self.moment)
        assert isinstance(found, Interval)
        return found

    def truth(self, when: Node) -> bool | None:
        found = self._leaves.meaning(when)(self.moment)
        assert found is None or isinstance(found, bool)
        return found


def probe(
    chosen: Sequence[str], memory: Memory | None = None, observes: Iterable[str] = (), *, complete: bool = False
) -> Probe:
    """A kernel that feeds these signals."""
    rules = [rule(f"r{number}", never(signal)) for number, signal in enumerate(chosen)]
    return Probe(policy(*rules, observes=observes, complete=complete), memory)


def readings(
    chosen: Sequence[str], log: Sequence[Event], memory: Memory | None = None, observes: Iterable[str] = ()
) -> list[dict[str, Interval]]:
    """Return the readings of these signals after every event of a log."""
    kernel = probe(chosen, memory, observes)
    found = []
    for sequence, event in enumerate(log):
        kernel.take(event, sequence)
        found.append({signal: kernel.reading(node(signal)) for signal in chosen})
    return found


def within(inner: Interval, outer: Interval) -> bool:
    """Whether all that `inner` holds possible `outer` does, too."""
    return outer.least <= inner.least and inner.most <= outer.most
