"""Routes of the clock: the time of the service and of its machine, and an operator's confirmation if they disagree."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from cartellino.service import timekeeping
from cartellino.service.clock import Reading, shown
from cartellino.web.guard import allow
from cartellino.web.requests import Asked, moment, service_of
from cartellino.web.work import do


class Confirmed(msgspec.Struct, forbid_unknown_fields=True):
    """The time by another clock than the machine's, as an RFC 3339 instant."""

    time: str


@get("/v1/clock", opt=allow("read-figures"), tags=["health"], summary="What time is it?")
async def read(request: Asked) -> dict[str, Any]:
    """Return the time of the service and of its machine, and whether the machine's clock is believed.

    `certainty` is `sure`, or why it is in doubt: `departed` while the service ran, `behind` or `ahead` of the time last
    seen when it started.
    """
    return _shown(service_of(request).clock.read())


@post(
    "/v1/clock/confirm",
    opt=allow("operators", "json"),
    status_code=200,
    tags=["health"],
    summary="Believe the clock",
)
async def confirm(request: Asked, data: JSONBody[Confirmed]) -> dict[str, Any]:
    """Believe the machine's clock from now on; `time` is the time by another clock, at most five minutes apart.

    It is recorded in the ledger. The answer is `not-now` if the two clocks are further apart.
    """
    clock, at = service_of(request).clock, moment(data.time, "/time")
    await do(request, lambda unit: timekeeping.confirm(unit, clock, at))
    return _shown(clock.read())


def _shown(reading: Reading) -> dict[str, Any]:
    return {
        "now": shown(reading.service),
        "machine": shown(reading.machine),
        "certainty": reading.certainty.value,
        "departure_seconds": reading.departure / 1_000,
        "why": reading.sentence,
    }
