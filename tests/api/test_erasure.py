"""Erasure reaches everybody whom the log or the tables name, in whichever column, and survives being cut off."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time as clock
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from tests.api.test_privacy import traces
from tests.api.world import Caller, Time, World, begun, client_of, settings_for

from cartellino.api.app import application
from cartellino.appeals.proof import Holder, sign
from cartellino.commands import erased_rows, erasure, pending_acts
from cartellino.commands.mentions import Mentions
from cartellino.enforcement.ledger import Change, is_sealed_reason
from cartellino.events.kinds import DONE_BY_PEER
from cartellino.pipeline.indexed_log import IndexedLog
from cartellino.pipeline.state_folder import StateFolder
from cartellino.queries import ledger
from cartellino.service.erased import ErasedAccounts
from cartellino.service.service import Service
from cartellino.storage import tables
from cartellino.storage.quarantine import Quarantine
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, show_instant

WHY = {"reason": "Asked for it."}
NAME = "carol-the-bystander"


def event(world: World, number: int, kind: str, account: str, **more: object) -> dict[str, object]:
    at = show_instant(world.time.now - MINUTE + number)
    return {"id": f"z{number}", "time": at, "kind": kind, "account": account, **more}


def bystander(world: World, name: str = NAME) -> None:
    """Let somebody be named by others in every way in which an event can name them, and do nothing of their own."""
    world.send([
        event(world, 1, "message_sent", "bob", peer=name, known=True),
        event(world, 2, "reported", "bob", peer=name, reason="spam", text=f"reported by {name}!"),
        event(world, 3, "member_added", "bob", peer=name, group="g"),
        event(world, 4, "profile_changed", "bob", zone="about", text=f"friend of {name}", x_sponsor=name, x_n=1),
        event(world, 5, "message_sent", "bob", peer=name, service="other", known=True),
        event(world, 6, "teleported", "bob", peer=name),
        event(world, 7, "teleported", "bob", x_note=f"with {name}"),
    ])  # fmt: skip


def erase(world: World, name: str) -> str:
    answer = world.people["admin"]("POST", f"/v1/accounts/erase?account={name}", WHY)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["alias"])


def logged(world: World, service: str = "main") -> list[dict[str, Any]]:
    rows = [row for batch in world.service.writer.state.log.read() for row in batch.to_pylist()]
    return [row for row in rows if row["service"] == service]


def left(world: World, name: str) -> set[str]:
    """Return where a name is still to be found, beside the file of the log itself."""
    return {one for one in traces(world.service, name) if not one.endswith(".arrows")}


def holds(service: Service) -> ledger.Chain:
    with service.database.begin() as rows:
        found = ledger.verified(rows)
    assert found.broken is None
    return found


# Who is named by others only


def test_a_bystander_is_erased_wherever_they_are_named(world: World) -> None:
    bystander(world)
    alias = erase(world, NAME)
    of_bob = [row for row in logged(world) if row["account"] == "bob"]
    assert [row["peer"] for row in of_bob] == [alias, alias, alias, None]
    assert (of_bob[1]["text"], of_bob[1]["reason"]) == (None, "spam")  # they wrote it
    assert of_bob[3]["own"] == f'{{"x_n":1,"x_sponsor":"{alias}"}}'
    assert [row["peer"] for row in logged(world, "other")] == [NAME]
    with world.service.database.begin() as rows:
        assert rows.scalars(sa.select(tables.reports.c.reporter)).all() == [alias]
    assert left(world, NAME) == {"log"}  # of the other service, whose account of that name is another
    assert world.people["admin"]("POST", f"/v1/accounts/{NAME}/erase", WHY).status_code == 404
    other = world.people["admin"]("POST", f"/v1/accounts/{NAME}/erase?service=other", WHY)
    assert other.status_code == 200
    assert traces(world.service, NAME) == []
    holds(world.service)


@pytest.mark.parametrize("name", ["nobody-at-all", "bo", "bobby", "carol"])
def test_who_is_named_nowhere_is_not_found(small: World, name: str) -> None:
    bystander(small)
    assert small.people["admin"]("POST", f"/v1/accounts/{name}/erase", WHY).status_code == 404


@pytest.mark.parametrize("name", ["élodie", 'a"b\\c/d', "50%_x", "*.[a-z]"])
def test_names_with_letters_that_are_escaped_are_found_everywhere(small: World, name: str) -> None:
    bystander(small, name)
    small.breaks("bob")
    (sanction,) = small.standing("bob")["sanctions"]
    path = f"/v1/sanctions/{sanction['sanction_id']}/lift"
    small.people["reviewer"]("POST", path, {"reason": f"So said {name} on the phone."})
    answer = small.people["admin"]("POST", "/v1/accounts/erase", WHY, params={"account": name})
    assert answer.status_code == 200, answer.text
    again = small.people["admin"]("POST", "/v1/accounts/erase", WHY, params={"account": name})
    assert again.status_code == 404
    quarantine = Path(small.service.settings.data) / "quarantine"
    assert all(file.read_bytes() == b"" for file in quarantine.iterdir())


def test_a_name_that_is_only_written_about_is_erased_too(small: World) -> None:
    small.breaks("bob")
    (sanction,) = small.standing("bob")["sanctions"]
    path = f"/v1/sanctions/{sanction['sanction_id']}/lift"
    small.people["reviewer"]("POST", path, {"reason": f"The same as {NAME}, {NAME}s say."})
    alias = erase(small, NAME)
    with small.service.database.begin() as rows:
        said = rows.scalars(sa.select(tables.acts.c.why).where(tables.acts.c.kind == "Lift")).one()
        facts = rows.scalars(sa.select(tables.notices.c.facts).where(tables.notices.c.shape == "lifted")).one()
    assert said == facts["said"] == f"The same as {alias}, {NAME}s say."
    holds(small.service)


def test_a_bystander_learns_what_is_theirs_and_never_who_reported_whom(small: World) -> None:
    bystander(small)
    small.send([
        event(small, 10, "profile_viewed", "spy-of-the-tests", peer=NAME),
        event(small, 11, "reported", NAME, peer="reporter-of-the-tests", reason="spam", text="He wrote to me."),
        event(small, 12, "message_sent", "bob", peer=NAME, device="device-of-bob", address="10.0.0.1"),
    ])  # fmt: skip
    for caller in (small.people["admin"], small.holder(NAME)):
        found = caller("GET", f"/v1/accounts/{NAME}/export")
        assert found.status_code == 200
        told = found.json()["named_in"]
        assert [(one["kind"], one.get("account")) for one in told] == [
            ("message_sent", "bob"), ("reported", None), ("member_added", "bob"), ("profile_viewed", None),
            ("message_sent", "bob"),
        ]  # fmt: skip
        for hidden in ("spy-of-the-tests", "reporter-of-the-tests", "device-of-bob", "10.0.0.1"):
            assert hidden not in found.text
    of_holder = small.holder(NAME)("GET", f"/v1/accounts/{NAME}/export").json()["events"]
    assert of_holder == []  # that somebody reported, and when, is the reporter's
    of_bob = small.people["admin"]("GET", "/v1/accounts/bob/export").json()["events"]
    assert [one.get("peer") for one in of_bob if one["kind"] == "reported"] == [None]


@pytest.mark.parametrize("kind", sorted(DONE_BY_PEER))
def test_what_somebody_wrote_goes_with_them_and_what_others_wrote_stays(kind: str, small: World) -> None:
    more = {"reason": "spam"} if kind in ("reported", "report_withdrawn") else {}
    taken = small.send([
        event(small, 1, kind, "bob", peer=NAME, text="My number is +44 20 7946 0001.", image_hash="0f" * 32, **more),
        event(small, 2, kind, "bob", peer="dave", text="My number is +44 20 7946 0002.", **more),
        event(small, 3, "message_sent", "bob", peer=NAME, text="My number is +44 20 7946 0003."),
        event(small, 4, kind, "bob", peer=NAME, text="My number is +44 20 7946 0004.", service="other", **more),
    ])  # fmt: skip
    assert taken["rejected"] == []
    erase(small, NAME)
    assert [(one["text"], one["image_hash"]) for one in logged(small)] == [
        (None, None), ("My number is +44 20 7946 0002.", None), ("My number is +44 20 7946 0003.", None),
    ]  # fmt: skip
    assert [one["text"] for one in logged(small, "other")] == ["My number is +44 20 7946 0004."]
    assert traces(small.service, "7946 0001") == []


WAYS = (
    "bob/{}", "{}/bob", "{}.Then", "{}:5", "{}: no", "({})", "'{}'", "{}'s", "_{}_", "-{}", "{}-", "@{}", "#{}",
    "{}--no", "[{}](x)", "{}...", "{},{}", "https://example.org/{}?x=1", "{}\u2019s", "{}@", "{}.",
)  # fmt: skip
LONGER = ("{}-2", "{}_2", "{}2", "x{}", "x-{}", "x_{}", "{}.smith", "x@{}", "{}@example.org", "@{}:example.org", "{}.5")


@pytest.mark.parametrize("written", [str.lower, str.capitalize, str.upper])
def test_a_name_is_found_however_people_write_it(written: Callable[[str], str]) -> None:
    mentions = Mentions("main", "carolina", "erased_1")
    name = written("carolina")
    for way in WAYS:
        assert mentions.out_of(way.format(name, name)) == way.format("erased_1", "erased_1")
    assert Mentions("main", "carolina", "erased_1").out_of("It lied.Carolina did") == "It lied.erased_1 did"
    for way in LONGER:
        assert mentions.out_of(way.format(name)) == way.format(name)


@pytest.mark.parametrize(
    "way", ["So said bob/{}.", "{}/bob did", "{}.Then it was over", "{}:5 of them", "Ask {} again"]
)
@pytest.mark.parametrize("name", ["carolina", "élodie"])
def test_reasons_notices_and_texts_lose_the_name_however_it_stands_there(way: str, name: str, small: World) -> None:
    said = way.format(name.capitalize())
    small.send([event(small, 1, "profile_changed", "bob", zone="about", text=said, x_note=said)])
    small.breaks("bob")
    (sanction,) = small.standing("bob")["sanctions"]
    small.people["reviewer"]("POST", f"/v1/sanctions/{sanction['sanction_id']}/lift", {"reason": said})
    alias = erase(small, name)
    with small.service.database.begin() as rows:
        why = rows.scalars(sa.select(tables.acts.c.why).where(tables.acts.c.kind == "Lift")).one()
        facts = rows.scalars(sa.select(tables.notices.c.facts).where(tables.notices.c.shape == "lifted")).one()
    (about,) = (one for one in logged(small) if one["kind"] == "profile_changed")
    assert {why, facts["said"], about["text"], json.loads(about["own"])["x_note"]} == {way.format(alias)}
    holds(small.service)


def test_a_token_of_a_holder_ends_with_the_erasure_and_a_later_one_is_good(small: World) -> None:
    small.breaks("bob", NAME)
    holder, other, link = small.holder(NAME), small.holder("bob"), "/account/enter"
    token = small.key("POST", "/v1/holders", {"account": NAME, "link": True}).json()["token"]
    unsaid = sign(Holder("main", NAME, small.time.now + HOUR), small.service.secret)  # as other services sign
    assert holder("GET", f"/v1/accounts/{NAME}/standing").json()["standing"] != "clear"
    small.later(1)
    erase(small, NAME)
    for caller in (holder, Caller(small.client, unsaid)):
        assert caller("GET", f"/v1/accounts/{NAME}/standing").status_code == 401
        assert caller("GET", f"/v1/accounts/{NAME}/notices").status_code == 401
    assert small.service.holder_of(token, "link") is None
    assert small.client.get(link, params={"token": token}).status_code in (401, 403, 404, 410)
    assert other("GET", "/v1/accounts/bob/standing").status_code == 200
    small.later(1)
    assert small.holder(NAME)("GET", f"/v1/accounts/{NAME}/standing").json()["standing"] == "clear"
    again = ErasedAccounts(small.service.database, small.service.live.pseudonym)
    again.load()  # as after a restart
    since = small.time.now
    assert [again.has(Holder("main", NAME, since + HOUR, since=one)) for one in (since - 2, since)] == [True, False]
    assert not again.has(Holder("other", NAME, since + HOUR))


# Reasons


def reasons(service: Service) -> dict[int, str | None]:
    with service.database.begin() as rows:
        return {one.number: one.reason for one in rows.execute(ledger.ledger_rows())}


def lifted(world: World, name: str) -> None:
    world.breaks(name)
    (sanction,) = world.standing(name)["sanctions"]
    path = f"/v1/sanctions/{sanction['sanction_id']}/lift"
    assert world.people["reviewer"]("POST", path, {"reason": "The bank of a cousin called."}).status_code == 200


def test_reasons_are_sealed_by_digest_and_their_words_can_be_destroyed(world: World) -> None:
    lifted(world, "alice")
    lifted(world, "bob")
    with world.service.database.begin() as rows:
        changes = [Change(**one._mapping) for one in rows.execute(sa.select(tables.ledger))]
    assert not any("cousin" in repr(one) for one in changes)
    sealed = [one.to for one in changes if one.what == "lifted"]
    assert all(map(is_sealed_reason, sealed))
    assert len(set(sealed)) == 2  # the same words, and nobody can tell
    erase(world, "alice")
    assert sum("cousin" in (one or "") for one in reasons(world.service).values()) == 1
    with world.service.database.begin() as rows:
        left = rows.execute(sa.select(tables.acts.c.why, tables.acts.c.key).where(tables.acts.c.kind == "Lift")).all()
    assert sorted(one.why for one in left) == ["", "The bank of a cousin called."]
    assert [one.key is None for one in left if not one.why] == [True]
    assert holds(world.service).redacted >= 1
    (shown,) = [one for one in world.people["auditor"]("GET", "/v1/ledger").json()["rows"]
                if one["what"] == "lifted" and one["reason"]]  # fmt: skip
    assert shown["reason"] == "The bank of a cousin called."


def test_a_changed_reason_and_a_false_erasure_are_found(small: World) -> None:
    lifted(small, "alice")
    acts = tables.acts
    mine = acts.c.kind == "Lift"
    with small.service.database.begin() as rows:
        before = rows.execute(sa.select(acts.c.why, acts.c.key).where(mine)).one()
    for values in ({"why": "Another reason."}, {"why": "", "key": None}, {"key": None}, {"sealed": "reason:00"}):
        with small.service.database.begin_writing() as rows:
            sealed = rows.scalar(sa.select(acts.c.sealed).where(mine))
            rows.execute(sa.update(acts).where(mine).values(**values))
            assert ledger.verified(rows).broken is not None
            rows.execute(sa.update(acts).where(mine).values(why=before.why, key=before.key, sealed=sealed))
    holds(small.service)


def test_reasons_from_before_they_were_sealed_by_digest(
    tmp_path: Path, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their rows have the text itself under the seal: the words go, the seal stays, and a row vouches for the rest."""
    settings = settings_for(tmp_path / "data")
    with monkeypatch.context() as old:
        old.setattr("cartellino.commands.unit_of_work.sealed_reason", lambda key, text: "")
        service = begun(settings, time)
        with client_of(service) as client:
            world = World(service, client, time)
            lifted(world, "alice")
            lifted(world, "bob")
        service.stop()
    service = begun(settings, time)
    with client_of(service) as client:
        world = World(service, client, time)
        last = holds(service).seals[-1]
        erase(world, "alice")
        with service.database.begin() as rows:
            changes = [Change(**one._mapping) for one in rows.execute(sa.select(tables.ledger))]
        assert [one.to for one in changes if one.what == "lifted"] == ["", "The bank of a cousin called."]
        assert last in holds(service).seals
        tampered = sa.update(tables.ledger).where(tables.ledger.c.to == "", tables.ledger.c.what == "lifted")
        with service.database.begin_writing() as rows:
            rows.execute(tampered.values(by="operator:somebody"))
            assert ledger.verified(rows).broken is not None
    service.stop()


# What stays, and what comes


def test_who_comes_back_is_somebody_new(small: World) -> None:
    small.breaks("alice", others=9)  # one less than breaks the policy
    alias = erase(small, "alice")
    small.breaks("alice", first=100, others=9)
    assert small.standing("alice")["standing"] == "clear"
    assert {row["account"] for row in logged(small)} == {"alice"}
    small.breaks("alice", first=200, others=2)
    assert small.standing("alice")["standing"] == "limited"
    assert small.standing(alias)["standing"] == "clear"


def test_no_byte_of_a_name_is_left_on_the_disk(small: World) -> None:
    """Neither in an older snapshot, nor where SQLite had what was deleted, nor in its journal."""
    small.breaks(NAME)
    small.service.writer.state.snapshot(small.service.writer._route)
    lifted(small, "bob")
    erase(small, NAME)
    for file in Path(small.service.settings.data).rglob("*"):
        assert not file.is_file() or NAME.encode() not in file.read_bytes(), file


def test_the_snapshot_knows_device_and_address_no_more(small: World) -> None:
    small.breaks("alice", "bob", others=5)
    names = small.service.writer._route.kernel.state.names
    assert "device of alice" in names.all()[1].to_pylist()
    erase(small, "alice")
    names = small.service.writer._route.kernel.state.names
    assert names.all()[1].to_pylist() == ["device of bob"]


def test_erasing_while_an_appeal_is_open_and_twice(small: World) -> None:
    small.breaks("alice", "bob")
    small.people["admin"]("POST", "/v1/links", {"accounts": [{"account": "alice"}, {"account": "bob"}],
                                                "why": "alice and bob share a phone"})  # fmt: skip
    sanction = small.service.writer.live.standing("main", "alice").sanctions[0].id
    path = f"/v1/sanctions/{sanction}/appeals"
    case = small.holder("alice")("POST", path, {"text": "I am alice."}).json()["appeal_id"]
    alias = erase(small, "alice")
    assert traces(small.service, "alice") == []
    register = small.service.writer.live.standings
    assert register.linked(AccountRef("main", "bob")) == (("main", alias),)
    assert small.people["admin"]("POST", "/v1/accounts/alice/erase", WHY).status_code == 404
    decided = {"outcome": "reversed", "reason": "It was wrong."}
    assert small.people["reviewer"]("POST", f"/v1/appeals/{case}/outcome", decided).status_code == 200
    assert small.service.writer.live.standing("main", alias).name(small.time.now) == "clear"
    again = erase(small, alias)
    assert again != alias
    assert register is not small.service.writer.live.standings
    assert small.service.writer.live.standings.linked(AccountRef("main", "bob")) == (("main", again),)
    holds(small.service)


def test_an_announced_end_takes_effect_after_an_erasure(small: World) -> None:
    body = {"account": "shop-of-the-tests", "clause": "Terms 3.1", "reason": "shop-of-the-tests sent without consent."}
    small.people["reviewer"]("POST", "/v1/terminations", body)
    alias = erase(small, "shop-of-the-tests")
    small.later(31 * DAY)
    assert small.standing(alias)["standing"] == "banned"
    assert traces(small.service, "shop-of-the-tests") == []


def test_a_short_name_is_gone_from_what_is_about_it(small: World) -> None:
    """It cannot be told from a word, so what is about the account loses all its words, and other texts keep theirs."""
    lifted(small, "al")
    lifted(small, "bob")
    alias = small.people["admin"]("POST", "/v1/accounts/al/erase", {"reason": "al asked."}).json()["alias"]
    left_of = [one for one in reasons(small.service).values() if one]
    assert left_of.count("The bank of a cousin called.") == 1
    assert "al asked." not in left_of
    with small.service.database.begin() as rows:
        assert rows.scalars(sa.select(tables.erasures.c.why).where(tables.erasures.c.alias == alias)).one() == ""
    holds(small.service)


def _is_waiting(world: World, account: str) -> bool:
    """Whether a message about an account is on its way to a webhook."""
    with world.service.database.begin() as rows:
        asked = sa.select(tables.outbox.c.account).join(
            tables.deliveries, tables.outbox.c.number == tables.deliveries.c.message
        )
        return account in rows.scalars(asked).all()


def test_what_waits_for_a_webhook_is_not_told_any_more(small: World) -> None:
    small.people["admin"]("POST", "/v1/webhooks", {"url": "http://127.0.0.1:9/", "kinds": ["sanction.imposed"]})
    small.breaks("alice", "bob")
    until = clock.monotonic() + 20
    while not _is_waiting(small, "alice"):
        assert clock.monotonic() < until
        clock.sleep(0.02)
    erase(small, "alice")
    with small.service.database.begin() as rows:
        joined = sa.select(tables.deliveries.c.state, tables.outbox.c.account, tables.outbox.c.data).join(
            tables.outbox, tables.outbox.c.number == tables.deliveries.c.message
        )
        found = {one.account: one for one in rows.execute(joined)}
    assert found.pop("bob").state == "waiting"
    ((_, gone),) = found.items()
    assert (gone.state, gone.data) == ("dead", {})


def test_every_column_of_every_table_has_its_treatment() -> None:
    """A new column that can hold a text has to say how an account is erased from it."""
    listed: dict[str, set[str]] = {}
    for treatment in (erased_rows.ACCOUNTS, erased_rows.WORDS, erased_rows.DATA, erased_rows.KEPT):
        for table, columns in treatment.items():
            listed.setdefault(table, set()).update(columns)
    texts = {
        table.name: {column.name for column in table.columns if _can_hold_a_text(column.type)}
        for table in tables.METADATA.sorted_tables
    }
    assert {name: columns for name, columns in listed.items() if columns} == {n: c for n, c in texts.items() if c}


def _can_hold_a_text(kind: sa.types.TypeEngine[Any]) -> bool:
    stored = kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind
    return isinstance(stored, sa.String | sa.Text | sa.JSON)


# Cut off


STAGES: dict[str, tuple[object, str]] = {
    "before anything": (StateFolder, "will_forget"),
    "before it is written down": (erasure, "_begin"),
    "before the quarantine": (Quarantine, "remove"),
    "before the log": (erasure, "_from_log"),
    "before what was found": (erasure, "_from_journal"),
    "before what was told": (StateFolder, "rewrite_earlier_decisions"),
    "before the index": (IndexedLog, "rebuild_index"),
    "before the tables": (erased_rows, "erase"),
    "before the rows of the ledger": (pending_acts, "carry_out"),
}


@pytest.fixture
def story(tmp_path: Path, time: Time) -> Iterator[Callable[[], World]]:
    """Open the service of one folder again and again, whatever became of it."""
    opened: list[tuple[Service, TestClient[Any]]] = []

    def close() -> None:
        while opened:
            service, client = opened.pop()
            client.__exit__(None, None, None)
            service.writer._stopping.set()
            service.stop()

    def again() -> World:
        close()
        service = begun(settings_for(tmp_path / "data"), time)
        client = TestClient(application(service)).__enter__()
        opened.append((service, client))
        return World(service, client, time)

    yield again
    close()


def cut_off(*_: object, **__: object) -> None:
    raise OSError("cut off")


OFTEN = ("before it is written down", "before the log", "before the tables")


@pytest.mark.parametrize(
    "stage", [one if one in OFTEN else pytest.param(one, marks=pytest.mark.slow) for one in STAGES]
)
def test_an_erasure_that_is_cut_off_is_finished_or_never_began(
    story: Callable[[], World], monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    world = story()
    world.breaks("alice")
    bystander(world, "alice")
    assert world.standing("alice")["standing"] == "limited"
    owner, called = STAGES[stage]
    with monkeypatch.context() as broken:
        broken.setattr(owner, called, cut_off)
        assert world.people["admin"]("POST", "/v1/accounts/alice/erase", WHY).status_code == 500
        world.service.writer._stopping.set()
    world = story()
    with world.service.database.begin() as rows:
        begun_once = rows.execute(sa.select(tables.erasures.c.alias, tables.erasures.c.done_at)).all()
    if stage in ("before anything", "before it is written down"):
        assert begun_once == []
        assert world.standing("alice")["standing"] == "limited"
        alias = erase(world, "alice")
    else:
        ((alias, done),) = begun_once
        assert done is not None
    world.service.carry_out_pending()
    assert world.standing(alias)["standing"] == "limited"
    assert world.standing("alice")["standing"] == "clear"
    assert left(world, "alice") == {"log"}
    assert "alice" not in repr(logged(world))
    with world.service.database.begin() as rows:
        said = rows.scalars(sa.select(tables.ledger.c.subject).where(tables.ledger.c.what == "erased")).all()
    assert said == [alias]
    holds(world.service)


_KILLED = """
import os, signal, sys
from cartellino.commands import erasure
from cartellino.cli.main import main
erasure._from_journal = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
main(["privacy", "erase", "alice", "--data", sys.argv[1], "--why", "alice asked"])
"""


def test_killed_in_the_middle_of_an_erasure(tmp_path: Path, time: Time) -> None:
    """The log is written anew and the tables are not: `kill -9`, and the next start finishes under the same alias."""
    settings = settings_for(tmp_path / "data")
    service = begun(settings, time)
    with client_of(service) as client:
        World(service, client, time).breaks("alice")
    service.stop()
    environment = {**os.environ, "CARTELLINO_SALT": settings.salt, "CARTELLINO_NATIVE": "never",
                   "CARTELLINO_WORKERS": "1",
                   "CARTELLINO_MEMORY": "65536"}  # fmt: skip
    command = [sys.executable, "-c", _KILLED, str(tmp_path / "data")]
    ended = subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    with service.database.begin() as rows:
        (alias,) = rows.scalars(sa.select(tables.erasures.c.alias)).all()
        assert rows.scalars(sa.select(tables.decisions.c.account)).all() == ["alice"]
    time.now += HOUR
    service = begun(settings, time)
    with client_of(service) as client:
        World(service, client, time)
        # The command goes by the machine's clock, so the limit may have come to its end; it is not lost.
        (sanction,) = service.writer.live.standing("main", alias).sanctions
        assert (sanction.action.kind, sanction.lifted_at) == ("restriction", None)
        assert traces(service, "alice") == []
        holds(service)
    service.stop()
