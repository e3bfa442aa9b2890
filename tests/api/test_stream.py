"""The stream of changes: where it begins, and what is said when it cannot begin where it was asked to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import anyio.to_thread
import msgspec
import pytest
import sqlalchemy as sa
from litestar.response import ServerSentEventMessage
from tests.api.world import World

from cartellino.api import decisions
from cartellino.api.decisions import _changes
from cartellino.storage import tables


async def listening() -> bool:
    """Nobody ends the key."""
    return True


def first(world: World, asked: str, many: int) -> list[ServerSentEventMessage]:
    """The first messages that come at once."""
    found: list[ServerSentEventMessage] = []

    async def read() -> None:
        changes = _changes(world.service, asked, listening)
        with anyio.move_on_after(5):
            async for one in changes:
                found.append(one)
                if len(found) == many:
                    break
        await changes.aclose()  # type: ignore[attr-defined]

    anyio.run(read)
    return found


def test_the_stream_goes_on_after_the_change_that_was_seen_last(small: World) -> None:
    small.breaks("a")
    assert [one.event for one in first(small, "0", 3)] == ["decision", "notice", "sanction.imposed"]
    assert [one.event for one in first(small, "2", 1)] == ["sanction.imposed"]


def test_one_time_codes_of_earlier_versions_stay_where_they_are(small: World) -> None:
    with small.service.database.begin_writing() as rows:
        code = {"at": 0, "kind": "code", "service": "main", "account": "a", "data": {"code": "0000-0000-0000"}}
        rows.execute(sa.insert(tables.outbox).values(**code))
    small.breaks("a")
    assert [one.event for one in first(small, "0", 1)] == ["decision"]


@pytest.mark.parametrize("asked", ["4", "999999", "9" * 18, "9" * 400, "abc", "-1", "1.5", "\u0663", "2, 3"])
def test_who_asks_for_what_is_not_there_is_told_to_read_anew(asked: str, small: World) -> None:
    small.breaks("a")
    (reset,) = first(small, asked, 1)
    assert (reset.event, reset.id) == ("reset", "3")
    told = msgspec.json.decode(str(reset.data))
    assert told == {"asked": asked[:100], "last": 3}


@pytest.mark.parametrize("asked", ["abc", "-1", "2"])
def test_whatever_is_asked_for_in_the_address_is_taken_like_the_header(
    asked: str, small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    came: list[str] = []

    async def changes(_: object, cursor: str, __: object) -> AsyncIterator[ServerSentEventMessage]:
        came.append(cursor)
        yield ServerSentEventMessage(data="x")

    monkeypatch.setattr(decisions, "_changes", changes)
    assert small.key("GET", f"/v1/stream?after={asked}").status_code == 200
    assert small.key("GET", "/v1/stream", headers={"Last-Event-ID": asked}).status_code == 200
    assert came == [asked, asked]


def test_changes_come_after_a_reset(small: World) -> None:
    small.breaks("a")
    found: list[str | None] = []

    async def read() -> None:
        changes = _changes(small.service, "77", listening)
        with anyio.move_on_after(30):
            async for one in changes:
                found.append(one.event)
                if len(found) == 1:
                    await anyio.to_thread.run_sync(small.breaks, "b")
                if len(found) == 4:
                    break
        await changes.aclose()  # type: ignore[attr-defined]

    anyio.run(read)
    assert found == ["reset", "decision", "notice", "sanction.imposed"]
