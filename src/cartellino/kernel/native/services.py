"""The state of a service at each event: the start of its log, the kinds it sends, the number of active accounts."""

from __future__ import annotations

from cartellino.kernel.native.types import Bytes, Int, Ints, Longs

START, NEWEST, TOTAL, UNNAMED = 0, 1, 2, 3
HOURS = 4
"""The fields of a service; from `HOURS` on, the number of accounts that were last active in each hour."""


def serve(
    services: Ints, times: Longs, kinds: Bytes, moved: Longs, hour: Int, hours: Int, state: Longs, sends: Bytes,
    asked_kinds: Ints, facts: Bytes, out: Longs,
) -> None:  # fmt: skip
    """Process the events of all services in the order of the log.

    `state` has a row for each service: the first instant and the newest hour, both counted from 1 (0 means none), the
    number of active accounts, the latest message or reply whose peer has no name (see `correspondence`), and how many
    accounts were last active in each hour. `sends` is 1 for the kinds that a service was seen to send. `asked_kinds`
    are pairs of a kind and the row of `facts` that tells whether it is sent. `out` gets the start, and the number of
    active accounts.
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
    """Move the window of a service to `pane`."""
    passed = min(pane - state[service, NEWEST], hours)
    for hour in range(pane - passed + 1, pane + 1):
        state[service, TOTAL] -= state[service, HOURS + hour % hours]
        state[service, HOURS + hour % hours] = 0
    state[service, NEWEST] = pane
