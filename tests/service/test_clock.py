"""The clock of the service against a wall clock that is set, and elapsed time that is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.service.clock import LASTING, Certainty, Clock, Seen, judged
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND, Duration, Instant

NOW = 1_795_000_000_000


@dataclass
class Machine:
    """A machine whose wall clock can be set."""

    wall: Instant = NOW
    elapsed: Duration = 0

    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.elapsed)

    def passes(self, length: Duration, wall: Duration | None = None) -> None:
        self.elapsed += length
        self.wall += length if wall is None else wall


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_time_passes_with_the_wall_clock(machine: Machine) -> None:
    clock = machine.clock()
    machine.passes(21 * DAY)  # a machine that slept: elapsed time counts it
    assert clock.read() == (NOW + 21 * DAY, NOW + 21 * DAY, Certainty.SURE, 0)


@pytest.mark.parametrize("jump", [400 * DAY, -400 * DAY, MINUTE + 1, -MINUTE - 1])
def test_a_wall_clock_that_is_set_for_a_second_changes_nothing(machine: Machine, jump: Duration) -> None:
    clock = machine.clock()
    machine.passes(SECOND, SECOND + jump)
    reading = clock.read()
    assert (reading.service, reading.certainty) == (NOW + SECOND, Certainty.DEPARTED)
    assert reading.departure == jump
    assert ("behind" if jump < 0 else "ahead of") in reading.sentence
    machine.passes(SECOND, SECOND - jump)
    assert clock.read() == (NOW + 2 * SECOND, NOW + 2 * SECOND, Certainty.SURE, 0)


@pytest.mark.parametrize("jump", [400 * DAY, -400 * DAY])
def test_a_departure_is_followed_when_it_has_lasted_five_minutes(machine: Machine, jump: Duration) -> None:
    clock = machine.clock()
    machine.wall += jump
    for _ in range(LASTING // SECOND):
        assert not clock.read().lasted
        machine.passes(SECOND)
    assert clock.read().lasted
    assert clock.now() == NOW + LASTING
    assert clock.follow(confirmed=False) == jump
    assert clock.read() == (NOW + jump + LASTING, NOW + jump + LASTING, Certainty.SURE, 0)


def test_an_operator_need_not_wait(machine: Machine) -> None:
    clock = machine.clock()
    machine.wall += 2 * HOUR
    assert clock.follow(confirmed=True) == 2 * HOUR
    assert (clock.now(), clock.is_settled) == (NOW + 2 * HOUR, True)
    assert clock.follow(confirmed=True) == 0


def test_a_wall_clock_that_goes_on_changing_has_not_lasted(machine: Machine) -> None:
    clock = machine.clock()
    for _ in range(60):
        machine.passes(MINUTE, HOUR)
        assert not clock.read().lasted
    assert clock.now() == NOW + HOUR


def test_what_cannot_be_undone_waits_a_day_after_a_jump_that_nobody_confirmed(machine: Machine) -> None:
    clock = machine.clock()
    assert clock.is_settled
    machine.wall += 400 * DAY
    assert not clock.is_settled
    clock.follow(confirmed=False)
    assert not clock.is_settled
    machine.passes(DAY)
    assert clock.is_settled


@pytest.mark.parametrize("drift", [SECOND, -SECOND])
def test_a_slow_drift_is_followed(machine: Machine, drift: Duration) -> None:
    clock = machine.clock()
    for _ in range(600):
        machine.passes(MINUTE, MINUTE + drift)
        assert clock.read().is_sure
    assert clock.now() == machine.wall


def test_a_small_step_ahead_is_followed_and_one_back_is_waited_for(machine: Machine) -> None:
    clock = machine.clock()
    machine.wall += 50 * SECOND
    assert clock.now() == NOW + 50 * SECOND
    machine.wall -= 50 * SECOND
    for _ in range(50):
        assert clock.read() == (NOW + 50 * SECOND, machine.wall, Certainty.SURE, 0)
        machine.passes(SECOND)
    machine.passes(SECOND)
    assert clock.now() == machine.wall == NOW + 51 * SECOND


@pytest.mark.parametrize("step", [50 * SECOND, -50 * SECOND])
def test_many_small_steps_are_a_large_one(machine: Machine, step: Duration) -> None:
    clock = machine.clock()
    for _ in range(10):
        machine.passes(SECOND, SECOND + step)
        clock.now()
    assert clock.read().certainty is Certainty.DEPARTED
    assert abs(clock.now() - NOW) < 2 * MINUTE


_STEPS = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 250, SECOND, MINUTE, LASTING, DAY)),
        st.sampled_from((0, 1, -1, SECOND, 40 * SECOND, -40 * SECOND, HOUR, -HOUR, 400 * DAY, -400 * DAY)),
    ),
    max_size=40,
)


@given(_STEPS)
def test_time_never_goes_back_unless_it_is_followed_back(steps: list[tuple[Duration, Duration]]) -> None:
    machine = Machine()
    clock = machine.clock()
    last = clock.now()
    for passes, jump in steps:
        machine.passes(passes, passes + jump)
        reading = clock.read()
        assert reading.service >= last
        if reading.is_sure:
            assert abs(reading.service - reading.machine) <= 2 * MINUTE
        else:
            assert reading.service == last + passes
            assert reading.departure
        last = reading.service


@given(_STEPS)
def test_time_goes_with_elapsed_time_within_what_is_tolerated(steps: list[tuple[Duration, Duration]]) -> None:
    """Whatever the wall clock does, without being followed it moves the time by a minute in five at most."""
    machine = Machine()
    clock = machine.clock()
    for passes, jump in steps:
        machine.passes(passes, passes + jump)
        clock.now()
    strayed = abs(clock.now() - NOW - machine.elapsed)
    assert strayed <= MINUTE * (2 + machine.elapsed // LASTING)


# At start


@pytest.mark.parametrize(
    ("wall", "certainty"),
    [
        (-400 * DAY, Certainty.BEHIND),
        (-MINUTE - 1, Certainty.BEHIND),
        (-MINUTE, Certainty.SURE),
        (21 * DAY, Certainty.SURE),
        (30 * DAY, Certainty.SURE),
        (30 * DAY + 1, Certainty.AHEAD),
    ],
)
@pytest.mark.parametrize("seen", [Seen(NOW, 0), Seen(0, NOW), Seen(NOW, NOW - DAY), Seen(NOW - DAY, NOW)])
def test_at_start_the_clock_is_judged_by_what_was_last_seen(wall: Duration, certainty: Certainty, seen: Seen) -> None:
    assert judged(NOW + wall, seen) is certainty


def test_at_the_first_start_there_is_nothing_to_compare_with() -> None:
    assert judged(0, Seen()) is judged(NOW, Seen()) is Certainty.SURE


@pytest.mark.parametrize("wall", [-400 * DAY, 400 * DAY])
def test_after_a_doubtful_start_time_goes_on_from_what_was_last_seen(wall: Duration) -> None:
    machine = Machine(NOW + wall)
    clock = machine.clock()
    clock.begin(Seen(NOW, NOW + 30 * SECOND))
    machine.passes(HOUR)
    reading = clock.read()
    assert (reading.service, reading.takes_events, reading.lasted) == (NOW + HOUR, False, False)
    assert "--clock-is-right" in reading.sentence


def ntp(machine: Machine, clock: Clock) -> None:
    machine.wall = NOW + 2 * HOUR


def operator(machine: Machine, clock: Clock) -> None:
    machine.wall = NOW + 2 * HOUR
    clock.follow(confirmed=True)


@pytest.mark.parametrize("wall", [-400 * DAY, 400 * DAY])
@pytest.mark.parametrize("mend", [ntp, operator])
def test_a_doubtful_start_ends_when_the_clock_is_set_or_confirmed(
    wall: Duration, mend: Callable[[Machine, Clock], None]
) -> None:
    machine = Machine(NOW + wall)
    clock = machine.clock()
    clock.begin(Seen(NOW))
    assert not clock.read().is_sure
    mend(machine, clock)
    assert clock.read() == (NOW + 2 * HOUR, NOW + 2 * HOUR, Certainty.SURE, 0)
    machine.passes(SECOND, HOUR)
    assert clock.read().certainty is Certainty.DEPARTED


def test_a_second_beginning_in_the_same_process_is_none(machine: Machine) -> None:
    clock = machine.clock()
    clock.begin(Seen(NOW))
    clock.begin(Seen(NOW + DAY))
    assert clock.read().is_sure


def test_a_clock_of_ones_own_is_believed_as_long_as_it_goes_forward() -> None:
    town = [NOW]
    clock = Clock(lambda: town[0])
    for _ in range(10):
        town[0] += 4 * HOUR
        assert clock.read() == (town[0], town[0], Certainty.SURE, 0)
    town[0] -= 2 * HOUR
    assert clock.read() == (NOW + 40 * HOUR, NOW + 38 * HOUR, Certainty.DEPARTED, 0)
