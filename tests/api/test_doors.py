"""Other doors: appeals by mail, the announced end of a business's account, events in every form, reminders."""

from __future__ import annotations

import gzip

import msgspec
import pyarrow as pa
import pytest
import sqlalchemy as sa
from tests.api.world import World

from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.events.arrow import to_batch
from cartellino.events.event import Event
from cartellino.service.scheduler import Scheduler
from cartellino.storage import tables
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, show_instant


def test_a_mail_with_the_code_of_a_notice_becomes_a_case(small: World) -> None:
    small.breaks("a")
    code = small.holder("a")("GET", "/v1/accounts/a/notices").json()["notices"][0]["code_to_check"]
    body = {"sender": "a@example.org", "subject": f"Re: your notice {code.lower()}", "text": "I only told my friends."}
    made = small.key("POST", "/v1/mail", body)
    assert made.status_code == 201, made.text
    shown = small.holder("a")("GET", f"/v1/appeals/{made.json()['appeal_id']}").json()
    assert (shown["text"], shown["status"]) == ("I only told my friends.", "open")
    again = small.key("POST", "/v1/mail", body)
    assert again.json() == {"appeal_id": made.json()["appeal_id"], "added": False, "repeated": True}
    nothing = small.key("POST", "/v1/mail", {**body, "subject": "Hello"})
    assert nothing.status_code == 404


def test_a_byte_order_mark_before_json_is_passed_over(small: World) -> None:
    marked = {"headers": {"Content-Type": "application/json"}}
    made = small.key("POST", "/v1/holders", b"\xef\xbb\xbf" + b'{"account": "a"}', **marked)
    assert made.status_code == 201, made.text
    mail = b"\xef\xbb\xbf" + b'{"sender": "a@example.org", "subject": "Hello", "text": "..."}'
    assert small.key("POST", "/v1/mail", mail, **marked).status_code == 404


def test_a_business_hears_thirty_days_before_its_account_ends(small: World) -> None:
    body = {
        "account": "shop",
        "clause": "Business terms 3.1",
        "reason": "Three campaigns without consent.",
        "region": "IT",
    }
    made = small.people["reviewer"]("POST", "/v1/terminations", body)
    assert made.status_code == 201, made.text
    assert "2019/1150" in made.json()["legal_basis"]
    (notice,) = small.holder("shop")("GET", "/v1/accounts/shop/notices?language=it").json()["notices"]
    assert notice["title"] == "Motivazione prima della cessazione del nostro servizio"
    assert notice["until"] == "Ha effetto il 18 dicembre 2026 alle 11:06 UTC."
    assert notice["clause"] == "Business terms 3.1"
    small.later(29 * DAY)
    assert small.standing("shop")["standing"] == "clear"
    small.later(DAY + HOUR)
    assert small.standing("shop")["standing"] == "banned"


def test_an_announcement_can_be_taken_back(small: World) -> None:
    body = {"account": "shop", "clause": "Business terms 3.1", "reason": "Campaigns without consent."}
    case = small.people["reviewer"]("POST", "/v1/terminations", body).json()["case_id"]
    small.people["reviewer"]("POST", f"/v1/terminations/{case}/withdraw", {"reason": "They showed consent."})
    small.later(40 * DAY)
    assert small.standing("shop")["standing"] == "clear"


def events(count: int, at: int) -> list[Event]:
    return [Event(id=f"e{n}", time=at + n, kind="connected", account=f"a{n}") for n in range(count)]


@pytest.mark.parametrize("packed", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize("form", ["ndjson", "arrow"])
def test_events_come_in_every_form(small: World, form: str, packed: str) -> None:
    log = events(50, small.time.now - MINUTE)
    if form == "ndjson":
        body = b"".join(
            msgspec.json.encode({"id": e.id, "time": e.time, "kind": e.kind, "account": e.account}) + b"\n" for e in log
        )
    else:
        sink = pa.BufferOutputStream()
        batch = to_batch(log)
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        body = sink.getvalue().to_pybytes()
    if packed == "gzip":
        body = gzip.compress(body)
    elif packed == "zstd":
        body = pa.compress(body, "zstd", asbytes=True)
    answer = small.key("POST", "/v1/events", body).json()
    assert answer == {"accepted": 50, "duplicates": 0, "rejected_count": 0, "rejected": []}
    assert small.key("POST", "/v1/events", body).json()["duplicates"] == 50


def test_what_cannot_be_taken_is_named_row_by_row(small: World) -> None:
    rows = [
        b'{"id":"1","time":1000000000000,"kind":"read","account":"a"}',
        b"{oops",
        b'{"id":"3","time":1000000000003,"kind":"dance","account":"a"}',
    ]
    answer = small.key("POST", "/v1/events", b"\n".join(rows)).json()
    assert answer["accepted"] == 1
    assert [(one["row"], one["code"]) for one in answer["rejected"]] == [(2, "invalid-json"), (3, "unknown-kind")]
    aside = list((small.service.settings.folder / "quarantine").glob("*.ndjson"))
    assert b"dance" in aside[0].read_bytes()


def test_checking_records_nothing(small: World) -> None:
    small.breaks("a", others=9)
    before = small.service.writer._route.kernel.state.digest()
    event = {"kind": "message_sent", "account": "a", "peer": "another", "known": False, "time": small.time.now}
    answer = small.key("POST", "/v1/check", event).json()
    assert answer["would_be"] == "restriction"
    assert not answer["allowed"]
    assert "9" not in str(answer)
    assert small.service.writer._route.kernel.state.digest() == before
    assert small.key("POST", "/v1/check", {**event, "known": True}).json()["allowed"]
    assert small.key("POST", "/v1/check", {**event, "kind": "dance"}).json()["code"] == "bad-request"


def test_a_rule_in_shadow_would_do_nothing(small: World) -> None:
    small.breaks("a", others=9)
    body = {"rule": "spam/bulk", "mode": "shadow", "reason": "Looks too strict."}
    assert small.people["policy-admin"]("POST", "/v1/policies/modes", body).json()["in_force"]
    event = {"kind": "message_sent", "account": "a", "peer": "another", "known": False, "time": small.time.now}
    answer = small.key("POST", "/v1/check", event).json()
    assert (answer["allowed"], answer["would_be"], answer["clauses"]) == (True, None, [])


def test_standing_has_an_etag(small: World) -> None:
    first = small.key("GET", "/v1/accounts/a/standing")
    tag = first.headers["etag"]
    assert small.key("GET", "/v1/accounts/a/standing", headers={"if-none-match": tag}).status_code == 304
    small.breaks("a")
    changed = small.key("GET", "/v1/accounts/a/standing", headers={"if-none-match": tag})
    assert changed.status_code == 200
    italian = small.standing("a", **{"accept-language": "it"})
    assert italian["sanctions"][0]["reason"].startswith("Hai scritto")


def test_reminders_come_once_before_a_deadline(small: World) -> None:
    small.breaks("a")
    (sanction,) = small.standing("a")["sanctions"]
    small.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Please."})
    for span in (DAY, 2 * DAY - HOUR, HOUR, HOUR):
        small.later(span)
    with small.service.database.begin() as rows:
        kinds = rows.scalars(sa.select(tables.outbox.c.kind)).all()
    assert kinds.count("case.due") == 1


def test_old_events_are_forgotten_and_decisions_stay(small: World) -> None:
    small.breaks("a")
    small.time.now += 10 * DAY
    small.breaks("b", first=100)
    scheduler = Scheduler(small.service.writer, 0.6, {"message_sent": 5 * DAY})
    scheduler.do()
    log = small.service.writer.state.log
    assert {one for batch in log.read() for one in batch.column("account").to_pylist()} == {"b"}
    assert len(small.key("GET", "/v1/decisions").json()["decisions"]) == 2
    small.breaks("c", first=200)
    assert small.standing("c")["standing"] == "limited"


def test_the_character_nought_is_refused_everywhere(world: World) -> None:
    bad = {"id": "1", "time": world.time.now, "kind": "connected", "account": "a\x00b"}
    own = {"id": "2", "time": world.time.now, "kind": "connected", "account": "c", "x_note": "n\x00"}
    fine = {"id": "3", "time": world.time.now, "kind": "connected", "account": "d"}
    rows = b"".join(msgspec.json.encode(one) + b"\n" for one in (bad, own, fine))
    answer = world.key("POST", "/v1/events", rows).json()
    assert (answer["accepted"], [one["row"] for one in answer["rejected"]]) == (1, [1, 2])
    assert world.stranger("POST", "/v1/proofs", {"account": "a\x00b"}).status_code == 400
    assert world.key("GET", "/v1/accounts/a%00b/standing").status_code in (400, 404)
    assert world.client.get("/health/ready").json()["ready"]


def test_a_piece_of_work_that_fails_does_not_halt_the_service(small: World) -> None:
    def broken(unit: object) -> None:
        raise OverflowError("too large")

    with pytest.raises(OverflowError):
        small.service.writer.do(broken).result(10)
    assert small.client.get("/health/ready").json()["ready"]
    assert small.people["admin"]("POST", "/v1/deliveries/99999999999999999999999/replay").status_code == 400


def test_who_changed_a_sanction_does_not_hear_its_appeal(small: World) -> None:
    small.breaks("a")
    (sanction,) = small.standing("a")["sanctions"]
    path = f"/v1/sanctions/{sanction['sanction_id']}"
    body = {"ends_at": show_instant(small.time.now + HOUR), "reason": "A day is too long."}
    assert small.people["reviewer"]("POST", f"{path}/shorten", body).status_code == 200
    appeal = small.key("POST", f"{path}/appeals", {"text": "Please."}).json()["appeal_id"]
    outcome = {"outcome": "upheld", "reason": "It stands."}
    assert small.people["reviewer"]("POST", f"/v1/appeals/{appeal}/outcome", outcome).json()["code"] == "not-yours"
    assert small.people["admin"]("POST", f"/v1/appeals/{appeal}/outcome", outcome).status_code == 200


def test_a_reviewer_reads_what_came_with_an_appeal(small: World) -> None:
    small.breaks("a")
    (sanction,) = small.standing("a")["sanctions"]
    files = [{"name": "proof.txt", "media_type": "text/plain", "content": "aGVsbG8="}]
    body = {"text": "See the file.", "files": files}
    appeal = small.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", body).json()["appeal_id"]
    (named,) = small.people["reviewer"]("GET", f"/v1/appeals/{appeal}").json()["attachments"]
    assert small.people["reviewer"]("GET", f"/v1/attachments/{named}").json()["content"] == "aGVsbG8="
    assert small.holder("a")("GET", f"/v1/attachments/{named}").status_code == 403


def test_what_operators_do_is_in_the_ledger(small: World) -> None:
    admin = small.people["admin"]
    admin("POST", "/v1/operators", {"name": "new", "role": "analyst"})
    made = admin("POST", "/v1/keys", {"holder": "x", "scopes": ["standing"]})
    assert made.status_code == 201
    admin("POST", "/v1/accounts/a/hold", {"reason": "Court order."})
    rows = small.people["auditor"]("GET", "/v1/ledger").json()["rows"]
    assert [one["what"] for one in rows][-3:] == ["operator is analyst", "key made", "legal hold"]
    assert {one["by"] for one in rows[-3:]} == {"operator:the-admin"}


def test_retention_passes_over_a_legal_hold(small: World) -> None:
    small.breaks("a", "b")
    small.people["admin"]("POST", "/v1/accounts/a/hold", {"reason": "Court order."})
    small.time.now += 10 * DAY
    Scheduler(small.service.writer, 0.6, {"message_sent": DAY}).do()
    log = small.service.writer.state.log
    assert {one for batch in log.read() for one in batch.column("account").to_pylist()} == {"a"}


def test_a_ban_has_no_end(small: World) -> None:
    body = {"reason": "Bad.", "action": {"kind": "ban", "for": "24h"}}
    assert small.people["reviewer"]("POST", "/v1/cases/c_1/outcome", body).json()["pointer"] == "/action/for"


@pytest.mark.parametrize(
    "path", ["/v1/transparency/9999-12", "/v1/statements?after=%C2%B2", "/v1/statements?after=" + "9" * 26]
)
def test_odd_numbers_are_refused(small: World, path: str) -> None:
    assert small.people["admin"]("GET", path).status_code == 400


def test_what_is_nested_too_deeply_is_refused(small: World) -> None:
    headers = {"content-type": "application/json"}
    assert small.key("POST", "/v1/check", b"[" * 60_000, headers=headers).status_code == 400
    assert small.key("POST", "/v1/check", b"[" * 200_000, headers=headers).status_code == 413


def test_a_holder_is_exported_what_the_rule_discloses(small: World) -> None:
    small.breaks("a")
    theirs = small.holder("a")("GET", "/v1/accounts/a/export").json()
    ours = small.people["admin"]("GET", "/v1/accounts/a/export").json()
    assert theirs["decisions"][0]["record"]["evidence"] == []
    assert ours["decisions"][0]["record"]["evidence"] != []


def test_a_decision_shows_whether_its_notice_was_delivered(small: World) -> None:
    small.breaks("a")
    (decision,) = small.key("GET", "/v1/decisions").json()["decisions"]
    path = f"/v1/decisions/{decision['decision_id']}"
    (notice,) = small.key("GET", path).json()["notices"]
    assert (notice["shape"], notice["announced"], notice["delivered_at"]) == ("limited", True, None)
    receipt = f"/v1/notices/{notice['notice_id']}/receipt"
    assert small.key("POST", receipt, {"by": "app", "seen": True}).json()["new"]
    assert not small.key("POST", receipt, {"by": "mail"}).json()["new"]
    delivered_at = small.time.now
    small.later(HOUR)
    assert not small.key("POST", receipt, {"by": "mail", "seen": True}).json()["new"]
    (notice,) = small.key("GET", path).json()["notices"]
    assert notice["delivered_at"] == notice["seen_at"] == delivered_at


def test_a_lifted_sanction_can_be_appealed_while_its_strike_counts(small: World) -> None:
    small.breaks("a")
    (sanction,) = small.standing("a")["sanctions"]
    path = f"/v1/sanctions/{sanction['sanction_id']}"
    small.people["reviewer"]("POST", f"{path}/lift", {"reason": "Enough."})
    assert small.standing("a")["next_step"] is not None
    appeal = small.key("POST", f"{path}/appeals", {"text": "It should not count."}).json()["appeal_id"]
    body = {"outcome": "reversed", "reason": "It was a mistake."}
    assert small.people["admin"]("POST", f"/v1/appeals/{appeal}/outcome", body).status_code == 200
    assert small.standing("a")["next_step"] is None
    again = small.key("POST", f"{path}/appeals", {"text": "Once more."})
    assert (again.status_code, again.json()["code"]) == (409, "not-now")


def test_undoing_a_version_drops_what_its_brake_holds(small: World) -> None:
    names = [f"a{n}" for n in range(23)]
    small.breaks(*names)
    version = small.people["analyst"]("GET", "/v1/policies").json()["rules"][0]["rule_version"]
    body = {"rule_version": version, "reason": "Too strict."}
    assert small.people["policy-admin"]("POST", "/v1/policies/undo", body).json()["undone"] == 23
    assert small.people["analyst"]("GET", "/v1/held").json()["held"] == []
    assert {small.standing(name)["standing"] for name in names} == {"clear"}


def test_work_that_is_refused_halfway_leaves_nothing(small: World) -> None:
    def halfway(unit: UnitOfWork) -> None:
        unit.send("notice", "main", "a", {})
        raise BadArgument("no")

    with pytest.raises(BadArgument):
        small.service.writer.do(halfway).result(10)
    small.settle()
    with small.service.database.begin() as rows:
        assert rows.scalars(sa.select(tables.outbox.c.kind)).all() == []
