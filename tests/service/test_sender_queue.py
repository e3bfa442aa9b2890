"""Messages that wait: one under each key, and none that left comes back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cartellino.queries import sender_queue as queries
from cartellino.queries.sender_queue import Item
from cartellino.service import sender_queue
from cartellino.service.sender_queue import Full, SenderQueue, Taken, Wanted
from cartellino.storage.database import Database
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

NOON = 1_795_003_200_000


@pytest.fixture
def queue(url: str) -> Iterator[SenderQueue]:
    database = Database(url)
    database.migrate()
    yield SenderQueue(database)
    database.close()


def put(queue: SenderQueue, text: str = "hi", key: str = "", now: int = NOON, wait: int = 0) -> Item:
    return queue.put("1", Wanted({"text": text}), key, now, now + wait, now + HOUR)


def test_many_at_once_under_one_key_are_one(queue: SenderQueue) -> None:
    with ThreadPoolExecutor(8) as crowd:
        made = list(crowd.map(lambda _: put(queue, key="order 7").item_id, range(24)))
    assert len(set(made)) == 1
    assert len(queue.due(NOON, 100)) == 1
    with pytest.raises(Taken):
        put(queue, "something else", key="order 7")
    assert put(queue, key="order 8").item_id not in made
    assert queue.put("2", Wanted({"text": "hi"}), "order 7", NOON, NOON, NOON + HOUR).item_id not in made
    assert len({put(queue).item_id for _ in range(3)}) == 3, "without a key each is another"


def test_what_left_is_not_due_put_off_or_cancelled(queue: SenderQueue) -> None:
    item = put(queue)
    assert queue.leave(item)
    assert not queue.leave(item)
    assert queue.due(NOON + DAY, 100) == []
    with pytest.raises(Taken):
        queue.cancel("1", item.item_id, NOON)
    queue.end(item, queries.SENT, NOON, message_id="wamid.1")
    queue.put_off([(item, NOON, "")])
    queue.end(item, queries.LOST, NOON)
    assert queue.due(NOON + DAY, 100) == []
    assert put(queue, key="").state == queries.WAITING


def test_what_was_leaving_at_the_end_of_a_process_is_lost_and_what_waited_waits(queue: SenderQueue) -> None:
    leaving, waiting = put(queue, "a", "a"), put(queue, "b", "b", wait=MINUTE)
    queue.leave(leaving)
    queue.recover(NOON)
    again = put(queue, "a", "a")
    assert (again.state, again.body, again.item_id) == (queries.LOST, b"", leaving.item_id)
    assert queue.due(NOON, 100) == []
    assert [item.item_id for item in queue.due(NOON + MINUTE, 100)] == [waiting.item_id]


def test_what_ended_long_ago_is_forgotten_with_its_key(queue: SenderQueue) -> None:
    first = put(queue, key="order 7")
    queue.end(first, queries.EXPIRED, NOON)
    later = NOON + 8 * DAY
    put(queue, "another", now=later)
    assert put(queue, "something else", key="order 7", now=later).state == queries.WAITING
    with pytest.raises(NotFound):
        queue.cancel("2", first.item_id, later)


def test_there_is_an_end_to_what_waits(queue: SenderQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_queue, "MOST_WAITING", 2)
    put(queue, key="a"), put(queue)
    with pytest.raises(Full):
        put(queue)
    assert put(queue, key="a").state == queries.WAITING, "it waits already"
