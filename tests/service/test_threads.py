"""One thread writes and others read meanwhile: what they read may be a moment old, and is never refused to them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import pytest

from cartellino.enforcement.action import Action
from cartellino.enforcement.register import Register
from cartellino.enforcement.standing import Sanction, Standing
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault
from cartellino.pipeline.route import Route
from cartellino.policies.load import Text, load
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.actors import rule
from cartellino.vocabulary.ids import DecisionId, RuleId, SanctionId
from cartellino.vocabulary.refusals import NotFound

MANY = 8_000
POLICY = "policy: p\nladders: {soft: [warning]}"


@pytest.fixture(autouse=True)
def hurried() -> Iterator[None]:
    """Threads change as often as possible."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def while_it_is_written(write: Callable[[int], object], read: Callable[[], object]) -> None:
    """Read in one thread until another has written many times; whatever goes wrong in either is raised."""
    failed: list[BaseException] = []
    is_over = threading.Event()

    def go(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)
        finally:
            is_over.set()

    def write_all() -> None:
        for number in range(MANY):
            if is_over.is_set():
                return
            write(number)

    def read_on() -> None:
        while not is_over.is_set():
            read()

    threads = [threading.Thread(target=go, args=(work,)) for work in (write_all, read_on)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failed


def impose(register: Register, number: int) -> None:
    """Let one more account be banned."""
    identity, decision = SanctionId(f"s{number}"), DecisionId(f"d{number}")
    sanction = Sanction(identity, decision, RuleId("p/r"), None, Action("ban"), 0, 0)
    register.impose(AccountRef("main", f"a{number}"), Standing().sanctioned(sanction), sanction, rule("p/r"), "decided")


def test_who_is_sanctioned_may_be_asked_while_sanctions_are_imposed() -> None:
    register = Register("salt")
    while_it_is_written(partial(impose, register), lambda: register.sanctioned(1))
    assert len(register.sanctioned(1)) == MANY


def test_a_sanction_whose_owner_is_known_is_there() -> None:
    register, latest = Register("salt"), [0]

    def write(number: int) -> None:
        latest[0] = number
        impose(register, number)

    def read() -> None:
        with suppress(NotFound):  # it is not imposed yet
            register.sanction(SanctionId(f"s{latest[0]}"))

    while_it_is_written(write, read)


def test_the_figures_may_be_asked_while_events_are_counted() -> None:
    route = Route(load([Text("p.yaml", POLICY)]), native=False)

    def write(number: int) -> None:
        route.statistics.refuse([Rejection("s", number, (Fault(f"code-{number}", "", "", ""),))], 0)

    while_it_is_written(write, route.statistics.counted)
    assert sum(route.statistics.rejected.values()) == MANY
