"""Law 5: every change of state is a row of the ledger. All routes and all commands are walked by name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from tests.api.world import NOW, POLICY, Json, Time, World, begun, client_of, settings_for

import cartellino.commands
import cartellino.service
from cartellino.api.app import ROUTES
from cartellino.cli.main import main
from cartellino.console.pages import PAGES as CONSOLE
from cartellino.enforcement.ledger import Change
from cartellino.holder.pages import PAGES as HOLDER
from cartellino.queries import ledger
from cartellino.service.scheduler import Scheduler
from cartellino.status.app import PAGES as STATUS
from cartellino.storage import tables
from cartellino.vocabulary.actors import kind_of
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, show_instant

Step = Callable[[World, dict[str, str]], Any]


def rows(world: World) -> list[Change]:
    world.service.writer.do(lambda unit: None).result(20)
    with world.service.database.begin() as found:
        asked = sa.select(tables.ledger).order_by(tables.ledger.c.number)
        return [Change(**one._mapping) for one in found.execute(asked)]


def ask(who: str, method: str, path: str, body: object = None) -> Step:
    """Return the step of asking a route; `{...}` in path and body is what earlier steps kept."""

    def filled(held: Json, kept: dict[str, str]) -> Json:
        if isinstance(held, dict):
            return {key: filled(value, kept) for key, value in held.items()}
        if isinstance(held, list):
            return [filled(one, kept) for one in held]
        return held.format(**kept) if isinstance(held, str) and held.startswith(("{", "/")) else held

    def step(world: World, kept: dict[str, str]) -> Json:
        caller = world.key if who == "key" else world.people[who]
        answer = caller(method, filled(path, kept), filled(body, kept))
        assert answer.status_code < 300, answer.text
        return answer.json()

    return step


WHY = {"reason": "For the test."}
DECIDED = {"outcome": "upheld", **WHY}
COMPLAINT = {"text": "They say that they will kill my brother tonight.", "good_faith": True,
             "subjects": [{"kind": "account", "value": "c"}]}  # fmt: skip
TEXTS = [{"name": "p.yaml", "text": POLICY.replace("code: 101", "code: 102")}]
MODE = {"rule": "spam/bulk", "mode": "shadow", **WHY}

# What each route leaves: the step that asks it, and what the new rows of the ledger say.
LEAVES: dict[str, tuple[Step, set[str]]] = {
    "POST /v1/links": (
        ask("admin", "POST", "/v1/links", {"accounts": [{"account": "a"}, {"account": "b"}]}), {"linked"}),
    "POST /v1/sanctions/{sanction:str}/shorten": (
        ask("reviewer", "POST", "/v1/sanctions/{sanction}/shorten", {"ends_at": show_instant(NOW + HOUR), **WHY}),
        {"shortened"}),
    "POST /v1/sanctions/{sanction:str}/appeals": (
        ask("key", "POST", "/v1/sanctions/{sanction}/appeals", {"text": "Please."}), {"appeal opened"}),
    "POST /v1/mail": (
        ask("key", "POST", "/v1/mail", {"sender": "a@b", "subject": "more", "text": "{code}"}), {"appeal added to"}),
    "POST /v1/appeals/{appeal:str}/outcome": (
        ask("admin", "POST", "/v1/appeals/{appeal}/outcome", DECIDED), {"decision upheld"}),
    "POST /v1/sanctions/{sanction:str}/lift": (
        ask("reviewer", "POST", "/v1/sanctions/{sanction}/lift", WHY), {"lifted"}),
    "POST /v1/cases/{case:str}/outcome": (
        ask("reviewer", "POST", "/v1/cases/{review}/outcome", WHY), {"review dismissed"}),
    "POST /v1/audits/{decision:str}": (
        ask("reviewer", "POST", "/v1/audits/{decision}", {"right": True}), {"looked at"}),
    "POST /v1/held/release": (
        ask("policy-admin", "POST", "/v1/held/release", {"rule": "spam/bulk", **WHY}), {"decided", "released"}),
    "POST /v1/held/discard": (
        ask("policy-admin", "POST", "/v1/held/discard", {"rule": "spam/bulk", **WHY}), {"discarded"}),
    "POST /v1/incidents": (
        ask("key", "POST", "/v1/incidents", {"kinds": ["message_failed"], **WHY}),
        {"OpenIncident", "incident opened"}),
    "POST /v1/incidents/{incident:str}/entries": (
        ask("key", "POST", "/v1/incidents/{incident}/entries", {"state": "identified"}), {"incident identified"}),
    "POST /v1/incidents/{incident:str}/close": (
        ask("key", "POST", "/v1/incidents/{incident}/close", WHY), {"CloseIncident", "incident resolved"}),
    "POST /v1/announcements": (
        ask("admin", "POST", "/v1/announcements", {"id": "1", "time": show_instant(NOW), "country": "ID",
            "features": ["sending"], "authority": "a ministry", "source": "its page"}), {"announced"}),
    "POST /v1/orders": (
        ask("admin", "POST", "/v1/orders", {"country": "ID", "features": ["calls"], "authority": "a ministry",
            "legal_basis": "a law", "from": show_instant(NOW), **WHY}), {"order received"}),
    "POST /v1/orders/{order:str}/state": (
        ask("admin", "POST", "/v1/orders/{order}/state", {"state": "in_force", **WHY}),
        {"order in force", "announced"}),
    "POST /v1/authorities": (
        ask("admin", "POST", "/v1/authorities", {"name": "Safer Net", "kind": "trusted_flagger", "country": "IT",
            "key": True}), {"authority registered", "key made"}),
    "DELETE /v1/authorities/{authority:str}": (
        ask("admin", "DELETE", "/v1/authorities/{authority}"), {"authority ended"}),
    "POST /v1/complaints": (
        ask("key", "POST", "/v1/complaints", {**COMPLAINT, "category": "threat_to_life"}),
        {"complaint received", "complaint opened", "legal hold"}),
    "POST /v1/cases/{case:str}/texts": (
        ask("reviewer", "POST", "/v1/cases/{complaint}/texts", WHY), {"complaint read"}),
    "POST /v1/cases/{case:str}/verification": (
        ask("reviewer", "POST", "/v1/cases/{complaint}/verification", WHY), {"complaint verified"}),
    "POST /v1/cases/{case:str}/category": (
        ask("reviewer", "POST", "/v1/cases/{complaint}/category", {"category": "harassment", **WHY}),
        {"complaint sorted", "legal hold ended"}),
    "POST /v1/cases/{case:str}/referrals": (
        ask("reviewer", "POST", "/v1/cases/{complaint}/referrals", {"recipient": "police", "country": "IT",
            "law": "a law", **WHY}), {"complaint referred"}),
    "POST /v1/referrals/{referral:str}/receipt": (
        ask("reviewer", "POST", "/v1/referrals/{referral}/receipt", {"receipt": "1"}), {"referral receipt"}),
    "POST /v1/cases/{case:str}/decision": (
        ask("reviewer", "POST", "/v1/cases/{complaint}/decision", {"outcome": "acted", **WHY,
            "action": {"kind": "warning"}, "to_account": {"en": "A threat."}}),
        {"complaint decided", "complaint acted", "imposed"}),
    "POST /v1/terminations": (
        ask("reviewer", "POST", "/v1/terminations", {"account": "shop", "clause": "Terms 3.1", **WHY}),
        {"termination opened"}),
    "POST /v1/terminations/{case:str}/withdraw": (
        ask("reviewer", "POST", "/v1/terminations/{termination}/withdraw", WHY), {"termination withdrawn"}),
    "POST /v1/policies": (
        ask("policy-admin", "POST", "/v1/policies", {"texts": TEXTS, **WHY}), {"proposed: other policy files: p.yaml"}),
    "POST /v1/proposals/{proposal:str}": (
        ask("admin", "POST", "/v1/proposals/{proposal}", {"agree": True, **WHY}),
        {"agreed: other policy files: p.yaml", "adopted"}),
    "POST /v1/policies/rollback": (ask("policy-admin", "POST", "/v1/policies/rollback", WHY), {"adopted"}),
    "POST /v1/policies/modes": (ask("policy-admin", "POST", "/v1/policies/modes", MODE), {"adopted"}),
    "POST /v1/policies/undo": (
        ask("policy-admin", "POST", "/v1/policies/undo", {"rule_version": "{version}", **WHY}),
        {"overturned", "undone"}),
    "POST /v1/webhooks": (ask("admin", "POST", "/v1/webhooks", {"url": "http://127.0.0.1:9/"}), {"webhook made"}),
    "POST /v1/deliveries/{delivery:int}/replay": (
        ask("admin", "POST", "/v1/deliveries/{delivery}/replay"), {"delivery tried again"}),
    "DELETE /v1/webhooks/{webhook:str}": (ask("admin", "DELETE", "/v1/webhooks/{webhook}"), {"webhook ended"}),
    "POST /v1/operators": (
        ask("admin", "POST", "/v1/operators", {"name": "new", "role": "analyst"}), {"operator is analyst"}),
    "DELETE /v1/operators/{name:str}": (ask("admin", "DELETE", "/v1/operators/new"), {"operator ended"}),
    "POST /v1/me/tokens": (ask("admin", "POST", "/v1/me/tokens", {}), {"token made"}),
    "POST /v1/keys": (ask("admin", "POST", "/v1/keys", {"holder": "x", "scopes": ["events"]}), {"key made"}),
    "DELETE /v1/keys/{key:str}": (ask("admin", "DELETE", "/v1/keys/{made_key}"), {"key ended"}),
    "POST /v1/accounts/{account:str}/hold": (ask("admin", "POST", "/v1/accounts/a/hold", WHY), {"legal hold"}),
    "DELETE /v1/accounts/{account:str}/hold": (ask("admin", "DELETE", "/v1/accounts/a/hold"), {"legal hold ended"}),
    "POST /v1/accounts/{account:str}/erase": (
        ask("admin", "POST", "/v1/accounts/a/erase", WHY), {"erased", "redacted"}),
    "POST /v1/accounts/hold": (ask("admin", "POST", "/v1/accounts/hold?account=b", WHY), {"legal hold"}),
    "DELETE /v1/accounts/hold": (ask("admin", "DELETE", "/v1/accounts/hold?account=b"), {"legal hold ended"}),
    "POST /v1/accounts/erase": (ask("admin", "POST", "/v1/accounts/erase?account=b", WHY), {"erased", "redacted"}),
    "POST /v1/senders/rules/{rule:str}": (
        ask("key", "POST", "/v1/senders/rules/consent", {"mode": "observe"}), {"sender rule is observe"}),
    "POST /v1/senders/bypass": (
        ask("policy-admin", "POST", "/v1/senders/bypass", {"on": True}), {"sender rules bypassed"}),
    "POST /v1/senders/consents": (
        ask("key", "POST", "/v1/senders/consents", {"consents": [{"to": "+39 333 123 4567", "source": "web"}]}),
        {"consents entered"}),
    "POST /v1/senders/consents/erase": (
        ask("key", "POST", "/v1/senders/consents/erase", {"to": "+39 333 123 4567"}), {"person erased"}),
    "POST /v1/senders/{number:str}/declaration": (
        ask("key", "POST", "/v1/senders/1/declaration", {"ai": "incidental"}), {"AI declared incidental"}),
    "POST /v1/senders/{number:str}/portfolio": (
        ask("key", "POST", "/v1/senders/1/portfolio", {"portfolio": "shop"}), {"sender placed"}),
    "POST /v1/senders/{number:str}/ai/decision": (
        ask("reviewer", "POST", "/v1/senders/1/ai/decision", {"outcome": "not_allowed", "reason": "It answers all."}),
        {"use of AI not allowed"}),
    "POST /v1/senders/{number:str}/ai/answer": (
        ask("key", "POST", "/v1/senders/1/ai/answer", {"text": "It is our shop's."}), {"sender answered on AI"}),
    "POST /v1/senders/{number:str}/clear": (
        ask("key", "POST", "/v1/senders/1/clear", {"stops": "everything"}), {"sender cleared"}),
}  # fmt: skip

NOTHING = {
    "POST /v1/events": "what is decided on events is its own row, by rule",
    "POST /v1/notices/{notice:str}/receipt": "the delivery of a notice is kept with the notice",
    "POST /v1/check": "nothing is recorded",
    "POST /v1/senders/{number:str}/preflight": "nothing is recorded",
    "POST /v1/senders/{number:str}/queue": "a message, which is no change of what may be sent",
    "DELETE /v1/senders/{number:str}/queue/{item:str}": "a message, which is no change of what may be sent",
    "POST /v1/problems": "what people report is evidence, as events are",
    "POST /status/subscribe": "who wants to be written to decides nothing",
    "POST /status/subscriptions/{subscription:str}/confirm": "who wants to be written to decides nothing",
    "POST /status/subscriptions/{subscription:str}/end": "who wants to be written to decides nothing",
    "POST /account/problem": "what people report is evidence, as events are",
    "POST /v1/probes": "what is measured is evidence, as events are",
    "POST /v1/changes": "what was changed elsewhere is evidence, as events are",
    "POST /v1/holders": "a token is signed, nothing is kept",
    "POST /v1/proofs": "a one-time code changes nothing of an account",
    "POST /v1/proofs/{proof:str}": "a one-time code changes nothing of an account",
    "POST /v1/session": "who is signed in decides nothing",
    "DELETE /v1/session": "who is signed in decides nothing",
    "POST /console/sign-in": "who is signed in decides nothing",
    "POST /console/leave": "who is signed in decides nothing",
    "POST /console/edit/check": "nothing is recorded",
    "POST /account/code": "a one-time code changes nothing of an account",
    "POST /account/code/{proof:str}": "a one-time code changes nothing of an account",
    "POST /account/leave": "who has entered decides nothing",
    "POST /account/recover": "nothing is recorded",
    "POST /account/recover/file": "nothing is recorded",
    "POST /console/senders/consents": "nothing is recorded",
    "POST /console/senders/{number:str}/campaign": "nothing is recorded",
}

PAGES = {
    "POST /console/cases/{case:str}": "cases.decide_appeal, cases.decide_review",
    "POST /complaints": "complaints.file",
    "POST /complaints/{ticket:str}/confirm": "complaints.confirm",
    "POST /console/cases/{case:str}/read": "complaint_cases.open_texts",
    "POST /console/cases/{case:str}/verify": "complaint_cases.verify",
    "POST /console/cases/{case:str}/category": "complaint_cases.sort_into",
    "POST /console/cases/{case:str}/complaints": "complaint_cases.decide",
    "POST /console/cases/{case:str}/refer": "complaint_cases.refer",
    "POST /console/referrals/{referral:str}/receipt": "complaint_cases.enter_receipt",
    "POST /console/filers/{filer:str}": "filers.warn, filers.suspend, filers.restore",
    "POST /console/orders": "orders.receive",
    "POST /console/orders/{order:str}": "orders.advance",
    "POST /console/looks/{decision:str}": "blind_review.judge",
    "POST /console/decisions/{decision:str}/golden": "blind_review.make_golden",
    "POST /console/decisions/{decision:str}/overturn": "cases.take_back",
    "POST /console/account/sanctions/{sanction:str}": "sanctions.lift, sanctions.shorten",
    "POST /console/policies/undo": "cases.undo_rule_version",
    "POST /console/policies/rollback": "POST /v1/policies/rollback",
    "POST /console/policies/{policy:str}/{name:str}/parameter": "POST /v1/policies",
    "POST /console/policies/{policy:str}/{name:str}/mode": "POST /v1/policies",
    "POST /console/edit": "POST /v1/policies",
    "POST /console/proposals/{proposal:str}": "POST /v1/proposals/{proposal:str}",
    "POST /console/held": "held_decisions.release, held_decisions.discard",
    "POST /console/incidents/{incident:str}": "incidents.enter",
    "POST /console/incidents/{incident:str}/undo": "incidents.undo",
    "POST /console/operators": "POST /v1/operators",
    "POST /console/operators/{name:str}/end": "DELETE /v1/operators/{name:str}",
    "POST /console/keys": "POST /v1/keys",
    "POST /console/keys/{key:str}/end": "DELETE /v1/keys/{key:str}",
    "POST /account/appeal": "cases.file_appeal",
    "POST /console/senders/{number:str}/rules": "POST /v1/senders/rules/{rule:str}",
    "POST /console/senders/bypass": "POST /v1/senders/bypass",
    "POST /console/senders/{number:str}/declaration": "POST /v1/senders/{number:str}/declaration",
    "POST /console/senders/ai/{number:str}": "sender_settings.enter",
    "POST /console/senders/ai/{number:str}/answer": "sender_settings.enter",
    "POST /console/senders/ai/{number:str}/end": "terminations.announce",
}
"""Pages do by a form what a route or a command does."""

ELSEWHERE = {
    "POST /v1/complaints/{ticket:str}/confirmation": "complaint opened: test_complaints.py",
    "POST /v1/filers/{filer:str}/warning": "complaints warned: test_complaints.py",
    "POST /v1/filers/{filer:str}/suspension": "complaints suspended: test_complaints.py",
    "DELETE /v1/filers/{filer:str}/suspension": "complaints restored: test_complaints.py",
    "POST /v1/decisions/{decision:str}/overturn": "overturned: test_reversal.py",
    "POST /v1/incidents/{incident:str}/undo": "overturned, excused: test_reversal.py",
    "POST /v1/me/password": "password changed: test_people.py",
    "DELETE /v1/me/tokens/{token:str}": "token ended: test_people.py",
    "POST /v1/webhooks/{webhook:str}/resume": "webhook resumed: test_outgoing.py",
    "POST /v1/clock/confirm": "clock followed: test_clock.py",
    "POST /account/enter": "who has entered decides nothing",
}
"""Routes whose rows another test looks at, because they need more than this one prepares."""

COMMANDS = {
    "cases.file_appeal": "appeal opened", "cases.decide_appeal": "its outcome", "reversal.overturn": "overturned",
    "cases.take_back": "overturned", "incidents.begin": "OpenIncident", "incidents.end": "CloseIncident",
    "incidents.undo": "overturned, excused", "incidents.enter": "incident identified",
    "incidents.follow": "incident opened: test_incidents.py", "orders.receive": "order received",
    "orders.advance": "order in force",
    "cases.decide_review": "its outcome", "cases.close": "case_log.close", "cases.undo_rule_version": "undone",
    "case_log.enter": "its opening", "case_log.add": "added to", "case_log.close": "its outcome",
    "held_decisions.release": "released", "held_decisions.discard": "discarded", "blind_review.judge": "looked at",
    "blind_review.make_golden": "golden", "sanctions.end_due": "expired",
    "sanctions.lift": "lifted", "sanctions.shorten": "shortened",
    "terminations.announce": "termination opened", "terminations.withdraw": "termination withdrawn",
    "terminations.terminate": "imposed, termination terminated", "outgoing.messages.replay": "delivery tried again",
    "webhooks.end": "webhook ended", "webhooks.pause": "webhook paused", "webhooks.resume": "webhook resumed",
    "mail_appeals.receive": "appeal opened, added to", "mail_orders.receive": "order received: test_orders.py",
    "authorities.register": "authority registered", "authorities.end": "authority ended",
    "complaints.file": "complaint received", "complaints.confirm": "complaint opened",
    "legal_holds.preserve": "legal hold",
    "legal_holds.release": "legal hold ended", "complaint_cases.sort_into": "complaint sorted",
    "complaints.urgent": "legal hold", "complaint_cases.open_texts": "complaint read",
    "complaint_cases.verify": "complaint verified", "complaint_cases.refer": "complaint referred",
    "complaint_cases.enter_receipt": "referral receipt", "complaint_cases.decide": "its outcome",
    "complaint_cases.close_old": "complaint closed: test_complaints.py", "case_log.move": "its state",
    "filers.warn": "complaints warned: test_complaints.py",
    "filers.suspend": "complaints suspended: test_complaints.py",
    "filers.restore": "complaints restored: test_complaints.py", "people_decisions.impose": "imposed",
    "order_effects.follow": "imposed, lifted, legal hold: test_orders.py",
    "timekeeping.follow": "clock followed", "timekeeping.confirm": "clock followed",
    "pending_acts.carry_out": "whatever waited", "links.link": "linked",
    "webhooks.make": "webhook made", "health.store": "announced", "sender_settings.enter": "sender rule is observe",
}  # fmt: skip
"""What commands leave in the ledger."""

QUIET = {
    "complaints.filer_of": "reads", "complaints.suspended_until": "reads", "case_log.announce": "a case is due or late",
    "complaints.forget": "what is long over", "mails.send": "a mail leaves", "mails.send_all": "mails leave",
    "mails.note": "mails on their way", "sender_notices.post": "a mail leaves, beside the row of what it is about",
    "cases.decision_of": "reads", "cases.case_of": "reads", "case_log.note": "a step of a case, beside its row",
    "scheduler.announce_due": "a notice leaves", "scheduler.remind": "a case is due",
    "notices.store_notice": "a notice is written", "notices.remaining": "reads",
    "notices.notify_bearers": "a notice is written", "notices.send_sanction_event": "a message leaves",
    "notices.send_notice_event": "a notice leaves", "notices.record_receipt": "the delivery of a notice",
    "would_be_events.judge": "reads", "incidents.excused": "reads",
    "orders.announced": "what a change of an order announces, which has its row",
    "one_time_codes.ask": "a one-time code", "one_time_codes.use": "a one-time code",
    "report_outcomes.learn_outcome": "what reports were worth follows from outcomes",
    "outgoing.messages.fan_out": "messages on their way", "one_time_codes.send": "a one-time code",
    "one_time_codes.forget": "one-time codes that are over",
    **dict.fromkeys(("subscriptions.ask", "subscriptions.confirm", "subscriptions.end", "subscriptions.follow",
                     "subscriptions.forget", "subscriptions.note"), "who is written to, and of what"),
    "health.fresh": "reads", "health.forget": "rows of health that are over",
    "webhooks.note": "how a webhook fares", "webhooks.count_codes": "how a webhook fares",
    "webhooks.active": "reads",
    "reversal.rows_of": "reads", "timekeeping.begin": "the time", "timekeeping.mark": "the time",
    "consequences.record_decisions": "what follows from decisions that have their rows",
}  # fmt: skip


def test_every_route_and_page_that_changes_something_is_listed() -> None:
    found = {
        f"{method} {path}"
        for route in [*ROUTES, *HOLDER, *CONSOLE, *STATUS]
        for path in route.paths
        for method in route.http_methods - {"GET", "HEAD", "OPTIONS"}
    }
    assert found == {*LEAVES, *NOTHING, *PAGES, *ELSEWHERE}


def test_every_command_is_listed() -> None:
    found = set()
    rooms = [*_modules(cartellino.commands), *_modules(cartellino.service)]
    for module, short in rooms:
        for name, function in vars(module).items():
            if inspect.isfunction(function) and function.__module__ == module.__name__ and name[0] != "_":
                first = next(iter(inspect.signature(function).parameters.values()), None)
                found |= {f"{short}.{name}"} if first is not None and first.annotation == "UnitOfWork" else set()
    assert found == {*COMMANDS, *QUIET}


def _modules(package: ModuleType) -> Iterator[tuple[ModuleType, str]]:
    """Yield the modules of a package, with their names in it."""
    for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(one.name), one.name.removeprefix(f"{package.__name__}.")


def test_every_route_leaves_its_rows(tmp_path: Path, time: Time) -> None:
    service = begun(settings_for(tmp_path / "data", second_person="always"), time)
    try:
        with client_of(service) as client:
            world = World(service, client, time)
            kept = prepared(world)
            for name, (step, expected) in LEAVES.items():
                before = len(rows(world))
                answer = step(world, kept)
                fresh = rows(world)[before:]
                assert {one.what for one in fresh} >= expected, name
                assert all(kind_of(one.by) != "unknown" for one in fresh), name
                keep(name, answer, kept, world)
            with service.database.begin() as found:
                assert ledger.verified(found).broken is None
    finally:
        service.stop()


def prepared(world: World) -> dict[str, str]:
    """Bring about what the routes are about: sanctions, a review, a look, what brakes hold, a dead delivery."""
    world.breaks("a", "b")
    world.send([
        {"id": f"r{n}", "time": show_instant(world.time.now - MINUTE), "kind": "reported", "account": "b",
         "peer": f"reporter{n}", "reason": "spam"} for n in range(3)
    ])  # fmt: skip
    (sanction,) = world.standing("a")["sanctions"]
    (found,) = world.key("GET", "/v1/decisions?account=a").json()["decisions"]
    cases = world.people["reviewer"]("GET", "/v1/cases?kind=review").json()["cases"]
    drawn = {"decision_id": found["decision_id"], "rule_version": "v", "rule": "spam/bulk", "cluster": "c",
             "drawn_at": NOW, "right": None, "judged_at": None, "judged_by": None}  # fmt: skip
    dead = {"number": 999, "message": 1, "webhook_id": "w", "state": "dead", "tries": 1, "next_at": 0}
    with world.service.database.begin_writing() as written:
        written.execute(sa.insert(tables.audits).values(**drawn))
        written.execute(sa.insert(tables.deliveries).values(**dead))
        hook = {"webhook_id": "w", "url": "http://127.0.0.1:9/", "secret": "whsec_", "kinds": ["code"], "made_at": 0}
        written.execute(sa.insert(tables.webhooks).values(**hook))
        told = tables.notices.c
        code = written.scalar(sa.select(told.code).where(told.account == "a", told.sanction_id != ""))
    held(world, "x")
    version = world.key("GET", f"/v1/decisions/{found['decision_id']}").json()["rule_version"]
    return {"sanction": sanction["sanction_id"], "decision": found["decision_id"], "review": cases[0]["appeal_id"],
            "code": str(code), "delivery": "999", "version": version}  # fmt: skip


def held(world: World, name: str) -> None:
    """Let so many break the policy that its brake holds the last of them."""
    world.breaks(*[f"{name}{n}" for n in range(24)], first=1_000)


def keep(name: str, answer: dict[str, Any], kept: dict[str, str], world: World) -> None:
    """Keep what later steps need of an answer."""
    for field, called in (("appeal_id", "appeal"), ("incident", "incident"), ("order", "order"),
                          ("webhook_id", "webhook"), ("authority_id", "authority"), ("referral_id", "referral"),
                          ("proposal_id", "proposal")):  # fmt: skip
        if field in answer:
            kept[called] = answer[field]
    if name == "POST /v1/complaints":
        listed = world.people["reviewer"]("GET", "/v1/cases?kind=complaint").json()["cases"]
        kept["complaint"] = listed[0]["appeal_id"]
    elif name == "POST /v1/terminations":
        kept["termination"] = answer["case_id"]
    elif name == "POST /v1/held/release":
        world.time.now += DAY
        held(world, "y")
    elif name == "POST /v1/keys":
        listed = world.people["admin"]("GET", "/v1/keys").json()["keys"]
        kept["made_key"] = next(one["key_id"] for one in listed if one["holder"] == "x")


def test_what_time_does_leaves_its_rows(small: World) -> None:
    body = {"account": "shop", "clause": "Business terms 3.1", "reason": "Campaigns without consent."}
    assert small.people["reviewer"]("POST", "/v1/terminations", body).status_code == 201
    small.breaks("a")
    small.later(31 * DAY)
    assert {"expired", "imposed", "termination terminated"} <= {one.what for one in rows(small)}
    Scheduler(small.service.writer, 0.6, {"message_sent": DAY}).do()
    assert rows(small)[-1].what == "events forgotten"


def test_what_is_done_at_the_command_line_leaves_its_rows(
    tmp_path: Path, time: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path / "data")]
    assert main(["operators", "create", "rita", "--role", "reviewer", "--token", *data]) == 0
    assert main(["operators", "key", "synapse", "--scopes", "events", *data]) == 0
    assert main(["operators", "end", "rita", *data]) == 0
    service = begun(settings_for(tmp_path / "data"), time)
    with service.database.begin() as found:
        asked = sa.select(tables.ledger.c.what, tables.ledger.c.by, tables.ledger.c.subject)
        written = [tuple(one) for one in found.execute(asked.order_by(tables.ledger.c.number))][1:]
        assert found.scalar(sa.select(sa.func.count()).select_from(tables.pending_acts)) == 0
    service.stop()
    capsys.readouterr()
    assert [(what, by) for what, by, _ in written] == [
        (what, "command line") for what in ("operator is reviewer", "token made", "key made: events", "operator ended")
    ]
    assert written[0][2] == written[3][2] == "operator:rita"
    assert written[1][2].startswith("key:k_")
