"""What is being received is bounded in number and in memory, and gives way to what is new."""

from __future__ import annotations

from typing import Any, cast

import pytest
from tests.api.world import World

from cartellino.web.bodies import PLACES, PLACES_EACH, Place, Pool
from cartellino.web.forms import fields
from cartellino.web.problems import Problem


class Waiting(Place):
    """A body whose wait is over when it says so."""

    def give_way(self) -> None:
        self.gave_way = True


def test_one_caller_has_so_many_places() -> None:
    pool = Pool(1_000, gives_way=True)
    mine = [Waiting("ada") for _ in range(PLACES_EACH)]
    for one in mine:
        pool.enter(one)
    with pytest.raises(Problem, match="arriving from you"):
        pool.enter(Waiting("ada"))
    pool.enter(Waiting("bob"))
    pool.arrived(mine[0])
    pool.enter(Waiting("ada"))


@pytest.mark.parametrize("gives_way", [True, False])
def test_a_full_pool_makes_room_or_refuses(gives_way: bool) -> None:
    pool = Pool(1_000, gives_way=gives_way)
    them = [Waiting(f"caller {n}") for n in range(PLACES)]
    for one in them:
        pool.enter(one)
    if gives_way:
        pool.enter(Waiting("new"))
    else:
        with pytest.raises(Problem, match="at once"):
            pool.enter(Waiting("new"))
    assert [one.gave_way for one in them] == [gives_way, *[False] * (PLACES - 1)]


def test_the_memory_of_who_fills_most_of_it_is_given_to_others() -> None:
    pool = Pool(1_000, gives_way=True)
    large = [Waiting(caller) for caller in ("eve", "eve", "mal")]
    for one, size in zip(large, (250, 250, 490), strict=True):
        pool.enter(one)
        pool.grow(one, size)
    small = [Waiting(f"caller {n}") for n in range(8)]
    for one in small:
        pool.enter(one)
        pool.grow(one, 30)
    assert [one.gave_way for one in large] == [True, False, False]
    assert not any(one.gave_way for one in small)
    with pytest.raises(Problem, match="from you"):
        pool.grow(large[2], 11)
    for one in (*large, *small):
        pool.leave(one)
    pool.grow(Waiting("ada"), 500)
    pool.grow(Waiting("bob"), 500)


def test_who_fills_most_of_the_memory_drives_nobody_out() -> None:
    pool = Pool(1_000, gives_way=True)
    bob, eve = Waiting("bob"), Waiting("eve")
    for one, size in ((bob, 400), (eve, 450)):
        pool.enter(one)
        pool.grow(one, size)
    more = Waiting("eve")
    pool.enter(more)
    pool.grow(more, 50)
    new = Waiting("ann")
    pool.enter(new)
    pool.grow(new, 100)
    with pytest.raises(Problem, match="at once"):
        pool.grow(eve, 50)
    assert not bob.gave_way


def test_memory_is_counted_until_the_request_is_over() -> None:
    pool = Pool(1_000, gives_way=False)
    ada, bob = Waiting("ada"), Waiting("bob")
    pool.enter(ada)
    pool.grow(ada, 500)
    pool.arrived(ada)
    with pytest.raises(Problem, match="from you"):
        pool.grow(ada, 1)
    pool.grow(bob, 400)
    with pytest.raises(Problem, match="too much is arriving at once"):
        pool.grow(Waiting("eve"), 200)
    pool.leave(ada)
    pool.grow(Waiting("eve"), 200)


def test_nothing_stays_counted_after_requests_of_every_kind(small: World) -> None:
    for body in (b"{}", b"{", b"x" * 300_000, b'{"id":"1","time":1,"kind":"read","account":"a"}\n'):
        for path in ("/v1/events", "/v1/check", "/v1/proofs", "/v1/nowhere", "/v1/policies"):
            small.key("POST", path, body)
            small.stranger("POST", path, body)
    bodies = cast(Any, small.client.app).state.bodies
    for pool in (bodies._crowd, bodies._known):
        assert (pool._bytes, len(pool._arriving), dict(pool._bytes_of), dict(pool._arriving_of)) == (0, 0, {}, {})


def test_a_form_is_read_as_browsers_write_it() -> None:
    assert fields(b"name=Ada+L&text=%C3%A8+%26&n=1&n=2&empty=&alone", 8) == {
        "name": "Ada L", "text": "è &", "n": "2", "empty": "", "alone": ""
    }  # fmt: skip
    with pytest.raises(Problem, match="at most 8 fields"):
        fields(b"a&" * 8, 8)
    with pytest.raises(Problem, match="U\\+0000"):
        fields(b"a=%00", 8)
