"""What is known of a service at each event: since when its log runs, which kinds it sends, how many are active."""

from __future__ import annotations

from cartellino.kernel.native.types import Bytes, Int, Ints, Longs

START, NEWEST, TOTAL, UNNAMED = 0, 1, 2, 3
HOURS = 4


def serve(
    services: Ints, times: Longs, kinds: Bytes, moved: Longs, hour: Int, hours: Int, state: Longs, sends: Bytes,
    asked_kinds: Ints, facts: Bytes, out: Longs,
) -> None:  # fmt: skip
    """Go through the events of all services in the order of the log.

    `state` has a row for each service: the first instant and the newest hour, each from 1 on, how many accounts are
    active, when somebody last wrote to or was answered by a peer whose name is missing (`engine` sees to it), and how
    many accounts were active in which hour last. `sends` says which kinds a service was seen to send, and
    `asked` of which kinds that is written in which row of `facts`. `out` gets rows for the start and the active ones.
    """
    for row in range(times.shape[0]):
        service, time, kind = services[row], times[row], kinds[row]
        if state[service, START] == 0 or time + 1 < state[service, START]:
            state[service, START] = time + 1
        sends[service, kind] = 1
        for index in range(asked_kinds.shape[0]):
            facts[asked_kinds[index, 1], row] = 2 if sends[service, asked_kinds[index, 0]] != 0 else 0
        pane = time // hour + 1
        if pane > state[service, NEWEST]:
            pass_hours(state, service, pane, hours)
        if moved[row] != -2:
            before = moved[row] + 1
            if before > 0 and before > state[service, NEWEST] - hours:
                state[service, HOURS + before % hours] -= 1
                state[service, TOTAL] -= 1
            if pane > state[service, NEWEST] - hours:
                state[service, HOURS + pane % hours] += 1
                state[service, TOTAL] += 1
        out[0, row] = state[service, START] - 1
        out[1, row] = state[service, TOTAL]


def pass_hours(state: Longs, service: Int, pane: Int, hours: Int) -> None:
    """Move the window of a service on."""
    passed = min(pane - state[service, NEWEST], hours)
    for hour in range(pane - passed + 1, pane + 1):
        state[service, TOTAL] -= state[service, HOURS + hour % hours]
        state[service, HOURS + hour % hours] = 0
    state[service, NEWEST] = pane
