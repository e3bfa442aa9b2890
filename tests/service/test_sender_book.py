"""The book of business senders: budgets are taken once, and what was known is known after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path

import pytest
from tests.senders.test_judging import NOON, agreed, offer, sent, wrote

from cartellino.commands import sender_facts
from cartellino.queries import senders as stored
from cartellino.senders import facts
from cartellino.service import senders
from cartellino.service.condition import Conditions
from cartellino.service.sender_copy import SLICE
from cartellino.service.senders import LAYOUT, SenderBook, read_state
from cartellino.storage.database import Database
from cartellino.vocabulary.times import DAY


class Books:
    """Opens the book of one database, as often as it is asked."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.database.migrate()
        self.now = NOON
        self._open: list[SenderBook] = []

    def open(self) -> SenderBook:
        book = SenderBook(self.database, lambda: self.now, Conditions(), default_mode="enforce")
        book.start()
        self._open.append(book)
        return book

    def close(self) -> None:
        for book in self._open:
            book.stop()
        self.database.close()


@pytest.fixture
def books(url: str, tmp_path: Path) -> Iterator[Books]:
    books = Books(url)
    yield books
    books.close()


def test_two_sends_at_once_do_not_take_the_same_last_place(books: Books) -> None:
    book = books.open()
    order = {"account": "w", "template": "order_update", "language": "en", "status": "APPROVED"}
    approved = facts.TemplateChanged(at=NOON, category="utility", **order)
    book.record(facts.NumberSeen(at=NOON, number="1", account="w"), approved).result(10)
    with ThreadPoolExecutor(16) as crowd:
        asked = [crowd.submit(book.ask, offer((f"p:{number}",), template="order_update"), f"a{number}")
                 for number in range(320)]  # fmt: skip
        let_through = [one.result() for one in asked if not one.result().refusing]
    assert len(let_through) <= 250
    assert book.state.portfolio_of("1").used(NOON) == len(let_through)
    assert {one.result().refusing[0].rule for one in asked if one.result().refusing} <= {"tier", "throughput"}


def test_what_was_known_is_known_after_a_restart(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "SNAPSHOT_EVERY", 3)
    book = books.open()
    known: list[facts.Fact] = [agreed(), *sent(offer(), NOON), wrote(NOON + 5, "stop"),
                               facts.Renamed(at=NOON + 6, number="1", was=("p:anna",), now=("p:anna2",))]  # fmt: skip
    for fact in known:
        book.record(fact).result(10)
    book.keep_up()
    book.record(facts.BypassSet(at=NOON + 7, on=True, actor="rita")).result(10)
    before = deepcopy(book.state)
    book.stop()
    with books.database.begin() as rows:
        held = stored.snapshot(rows, LAYOUT)
    assert held is not None
    assert held[0] == len(known), "a snapshot was kept, and one fact came after it"
    assert books.open().state == before
    assert read_state(books.database) == before


def test_old_messages_are_forgotten_and_consent_is_not(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "SNAPSHOT_EVERY", 1)
    book = books.open()
    for fact in (agreed(), *sent(offer(), NOON)):
        book.record(fact).result(10)
    books.now = NOON + sender_facts.KEPT + DAY
    book.keep_up()
    with books.database.begin() as rows:
        left = [type(fact).__name__ for _, fact in stored.facts_after(rows, 0)]
    assert left == ["Consented"]
    assert books.open().state.people.find(("p:anna",)) is not None


def test_a_snapshot_of_another_version_is_folded_anew(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "SNAPSHOT_EVERY", 1)
    book = books.open()
    for fact in (agreed(), *sent(offer(), NOON)):
        book.record(fact).result(10)
    book.keep_up()
    before = deepcopy(book.state)
    monkeypatch.setattr(senders, "LAYOUT", "another")
    assert read_state(books.database) == before


def test_what_nobody_knows_the_outcome_of_counts_as_sent(books: Books) -> None:
    book = books.open()
    book.record(agreed(), facts.Asked(at=NOON, attempt="a", message=offer())).result(10)
    book.stop()
    again = books.open()
    again.record().result(10)
    assert again.state.pending == {}
    assert again.state.portfolio_of("1").used(NOON) == 1
    person = again.state.people.find(offer().person)
    assert person is not None
    assert person.sent[0].status == "lost"


def test_a_copy_for_long_computations_has_everybody_whole_and_is_apart(books: Books) -> None:
    book = books.open()
    crowd = [agreed((f"u:{number}", f"p:{number}")) for number in range(2 * SLICE + 1)]
    book.record(*crowd, *sent(offer(), NOON)).result(10)
    copy = book.copied()
    assert (copy.people.people, copy.people.by_name) == (book.state.people.people, book.state.people.by_name)
    assert copy.numbers == book.state.numbers
    book.record(facts.Withdrew(at=NOON, person=("p:7",), category="any", source="web")).result(10)
    assert copy.people.people[8].withdrew == {}
