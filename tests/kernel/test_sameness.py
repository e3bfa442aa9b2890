"""The kernel is the reference with bounded memory, event for event: whatever the policies, the stream and the batches.

Most policies are run by Python itself, with every index checked; a few are compiled. Tables of one line make forgetting
common, caps of one make full panes common.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.kernel.sameness import Author, by_engine, by_reference, expected_figures, figures
from tests.kernel.streams import BEGINS, made, policy, rule, streams

from cartellino.events.event import Event
from cartellino.events.logged import to_logged
from cartellino.kernel.codes import siphash
from cartellino.kernel.engine import Engine
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.reference import Kernel
from cartellino.kernel.sightings import Exact
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.policies.policyset import PolicySet
from cartellino.simulator.run import simulate

LARGE = Geometry(shards=3, lines=1 << 12)
"""Sizes at which a short stream makes nothing be forgotten and no pane be full."""


def _assert_same(
    policies: PolicySet, log: list[Event], geometry: Geometry, sizes: list[int], **options: object
) -> None:
    kernel, expected = by_reference(policies, log, geometry, "salt")
    engine = Engine(policies, "salt", geometry=geometry, **options)  # type: ignore[arg-type]
    found = by_engine(engine, log, sizes)
    assert found == expected
    assert figures(engine) == expected_figures(kernel)


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 50), min_size=1, max_size=4))
@example(284, [80])  # replies that the filter of `unanswered(reply_received)` refuses answer nevertheless
@example(376, [80])
def test_the_kernel_finds_what_the_reference_finds(seed: int, sizes: list[int]) -> None:
    author = Author(seed)
    _assert_same(author.policies(), author.stream(80), author.geometry(), sizes, native=False)


def test_a_reply_that_the_filter_refuses_is_remembered_of_its_own_peer() -> None:
    """Eight who replied overfill a line; the kernel took them all for one, whose pair it had worked out last."""
    whens = 'unanswered(reply_received, where=known, over="1h") > 1', 'distinct(connected.peer, over="1h") > 1'
    policies = policy(*(rule(f"r{number}", when) for number, when in enumerate(whens)))
    peers = [("reply_received", f"p{number}") for number in range(8)] + [("connected", "q")]
    log = [
        Event(id=peer, time=BEGINS + at * 1_000, kind=kind, account="a", peer=peer, known=False)
        for at, (kind, peer) in enumerate(peers)
    ]
    _assert_same(policies, log, Geometry(shards=1, lines=1), [4], native=False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10_000, 10_020))
def test_the_kernel_finds_what_the_reference_finds_in_breadth(seed: int) -> None:
    author = Author(seed)
    _assert_same(author.policies(6), author.stream(150, people=5), author.geometry(), [1, 13, 90], native=False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 11))
def test_compiled_it_finds_the_same(seed: int) -> None:
    author = Author(seed)
    policies = author.policies(5)
    for geometry in (author.geometry(), LARGE):
        log = author.stream(2_000, people=20)
        for workers in (1, 2, 3):
            _assert_same(policies, log, geometry, [1, 500, 3], workers=workers)


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_bounded_is_exact_when_nothing_was_forgotten_or_full(seed: int) -> None:
    author = Author(seed, largest=1_000)
    policies, log = author.policies(), author.stream(60)
    exact = Kernel(policies, Exact())
    expected = [found for at, event in enumerate(log, start=1) for found in exact.judge(event, at)]
    engine = Engine(policies, geometry=LARGE, native=False)
    assert by_engine(engine, log, [25]) == expected
    assert engine.state.looked[1] == 0


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 30), min_size=1), st.sampled_from((1, 2, 4)))
@example(49968701, [1], 1)  # a reply that is refused by the filter
def test_batches_and_workers_change_nothing(seed: int, sizes: list[int], workers: int) -> None:
    author = Author(seed)
    policies, log, geometry = author.policies(), author.stream(60), author.geometry()
    once = Engine(policies, "s", geometry=geometry, native=False)
    cut = Engine(policies, "s", workers=workers, geometry=geometry, native=False)
    assert by_engine(once, log, [len(log)]) == by_engine(cut, log, sizes)
    assert once.state.digest() == cut.state.digest()


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.data())
def test_a_snapshot_at_any_point_changes_nothing(seed: int, data: st.DataObject) -> None:
    author = Author(seed)
    policies, log, geometry = author.policies(), author.stream(60), author.geometry()
    cut = data.draw(st.integers(0, len(log)))
    whole, first, second = (Engine(policies, "s", geometry=geometry, native=False) for _ in range(3))
    expected = by_engine(whole, log, [20])
    found = by_engine(first, log[:cut], [20])
    second.state.restore(first.state.snapshot())
    found += by_engine(second, log[cut:], [20], begins=cut)
    assert found == expected
    assert second.state.digest() == whole.state.digest()


@settings(max_examples=20)
@given(streams(30), st.integers(0, 5))
def test_sliced_and_read_only_buffers_are_read_where_they_lie(log: list[Event], before: int) -> None:
    author = Author(1)
    policies = author.policies()
    filler = Event(id="f" * 40, time=0, kind="read", account="filler", peer="x", device="y", known=True, own={"x_n": 1})
    whole = to_logged([*[filler] * before, *log, filler])
    sliced = whole.slice(before, len(log))
    plain, cut = (Engine(policies, geometry=LARGE, native=False) for _ in range(2))
    assert cut.judge(sliced, 1) == plain.judge(to_logged(log), 1)


def test_ids_that_an_adversary_chose_make_no_difference() -> None:
    """Names that agree in all but a byte, that are prefixes of one another, and that collide under another key."""
    choose = random.Random(5)
    names = ["a" * size for size in range(1, 40)]
    names += [f"{'a' * 20}{chr(code)}" for code in range(0x20, 0x7F)]
    names += ["\u0000", "\u0000\u0000", "é", "e\u0301", "\U0001f600"]
    low = [name for number in range(60_000) if siphash((name := f"p{number}").encode(), 0, 0) >> 52 == 0]
    assert len(low) > 5
    author = Author(7)
    log = [replaced(event, choose.choice(names), choose.choice(names + low)) for event in author.stream(400)]
    _assert_same(author.policies(6), log, Geometry(shards=2, lines=2), [64], native=False)


def replaced(event: Event, account: str, peer: str) -> Event:
    """The same event of other people."""
    columns = {name: getattr(event, name) for name in event.__struct_fields__}
    return Event(**{**columns, "account": account, "peer": peer})


@pytest.fixture(scope="module")
def town() -> list[Event]:
    """A small town, with all its attacks."""
    return list(simulate(150, 3, seed=11, abusive=0.2)[0])


@pytest.mark.slow
def test_the_shipped_pack_finds_the_same_in_a_town(town: list[Event]) -> None:
    policies = load(pack("messenger"))
    _assert_same(policies, town[:12_000], Geometry(shards=4, lines=256), [997], workers=2)


_SCRIPT = """
import sys
from tests.kernel.sameness import Author, by_engine
from cartellino.kernel.engine import Engine
author = Author(4)
policies = author.policies(3)
log = author.stream(3000, people=30)
engine = Engine(policies, "s", workers=2, geometry=author.geometry())
found = by_engine(engine, log, [700])
print(len(found), engine.state.digest(), [(one.event, one.rule) for one in found])
"""


@pytest.mark.slow
@pytest.mark.thorough
def test_a_plainer_processor_without_huge_pages_finds_the_same(tmp_path: Path) -> None:
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMPY_MADVISE_HUGEPAGE": "0"}
    found = [_run({}), _run({**plain, "CARTELLINO_CACHE": str(tmp_path)})]
    assert found[0] == found[1]
    assert int(found[0].split()[0]) > 100


def _run(changed: dict[str, str]) -> str:
    env = {**os.environ, **changed, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], env=env, capture_output=True, text=True, timeout=300, check=True
    )
    return done.stdout


def test_pythons_own_siphash_says_the_same() -> None:
    """CPython hashes bytes with SipHash-1-3; under seed 0 its key is nought."""
    env = {**os.environ, "PYTHONHASHSEED": "0"}
    script = "print([hash(b'x' * n + bytes([n])) for n in range(1, 40)])"
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, timeout=60, check=True
    )
    own = [siphash(b"x" * size + bytes([size]), 0, 0) for size in range(1, 40)]
    assert done.stdout.strip() == str([one - (1 << 64) if one >> 63 else one for one in own])


def test_a_changed_seed_is_another_stream() -> None:
    """The author would test nothing if every seed wrote the same."""
    assert len({repr(Author(seed).stream(5)) for seed in range(5)}) == 5
    assert made([]) == []
    assert replace(LARGE, lines=1).bytes == 3 * 64
