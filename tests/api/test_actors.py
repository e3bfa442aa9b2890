"""An account named like an operator, or like a part of the service, is never taken for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.api.world import Caller, Time, World, begun, client_of, settings_for

from cartellino.queries.cases import took_part
from cartellino.service import credentials
from cartellino.service.proposals import SetParameter
from cartellino.storage import tables
from cartellino.vocabulary.actors import PARTS, holder, key, kind_of, operator

NAMES = ("admin", "rita", "service", "log", "time", "stranger", "holder", "command line", "operator:rita", "key:k_1")
BY = {
    "acts": "by", "ledger": "by", "cases": "closed_by", "case_rows": "by", "audits": "judged_by", "golden": "made_by",
    "looks": "by", "proposals": "made_by", "policy_versions": "added_by", "holds": "by", "erasures": "by",
}  # fmt: skip
"""Where it stands who did something."""


def rita(world: World, role: str = "reviewer") -> Caller:
    with world.service.database.begin_writing() as rows:
        credentials.make_operator(rows, "rita", role, 0)
        return Caller(world.client, credentials.make_token(rows, "rita", 0))


def all_of(world: World, *called: str) -> dict[str, list[Any]]:
    with world.service.database.begin() as rows:
        return {name: [tuple(one) for one in rows.execute(sa.select(tables.METADATA.tables[name]))] for name in called}


def appealed(world: World, account: str) -> str:
    """Let an account break the policy and appeal with its own token; return the case."""
    world.breaks(account)
    (sanction,) = world.standing(account)["sanctions"]
    filed = world.holder(account)("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Please."})
    assert filed.status_code == 201, filed.text
    return str(filed.json()["appeal_id"])


def test_a_holder_acts_as_the_holder_whatever_the_name(small: World) -> None:
    reviewer = rita(small)
    for name in NAMES:
        case = appealed(small, name)
        (opened,) = reviewer("GET", f"/v1/appeals/{case}").json()["timeline"]
        assert opened["by"].startswith("holder:p_")
        with small.service.database.begin() as rows:
            last = rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number.desc())).first()
        assert last is not None
        assert (last.what, last.by) == ("appeal opened", opened["by"])
        decided = reviewer("POST", f"/v1/appeals/{case}/outcome", {"outcome": "upheld", "reason": "It stands."})
        assert decided.status_code == 200, decided.text


def test_erasing_an_account_named_like_an_operator_changes_nothing_of_the_operator(small: World) -> None:
    reviewer, admin = rita(small), small.people["admin"]
    case = appealed(small, "bob")
    reviewer("POST", f"/v1/appeals/{case}/outcome", {"outcome": "upheld", "reason": "As rita said, it stands."})
    (sanction,) = small.standing("bob")["sanctions"]
    reviewer("POST", f"/v1/sanctions/{sanction['sanction_id']}/lift", {"reason": "Long enough."})
    appealed(small, "rita")
    theirs = ("acts", "cases", "case_rows", "operators", "credentials")
    before = all_of(small, *theirs)
    assert admin("POST", "/v1/accounts/rita/erase", {"reason": "Asked."}).status_code == 200
    after = all_of(small, *theirs)
    assert after["operators"] == before["operators"]
    assert after["credentials"] == before["credentials"]
    for name in ("acts", "cases", "case_rows"):
        of_operator = [one for one in before[name] if operator("rita") in one]
        assert of_operator
        assert [one for one in after[name] if operator("rita") in one] == of_operator


def test_everybody_who_did_something_has_a_kind(small: World) -> None:
    reviewer = rita(small)
    case = appealed(small, "rita")
    reviewer("POST", f"/v1/appeals/{case}/outcome", {"outcome": "reversed", "reason": "A mistake."})
    small.key("POST", "/v1/incidents", {"kinds": ["message_failed"], "reason": "An outage."})
    small.people["admin"]("POST", "/v1/accounts/rita/erase", {"reason": "Asked."})
    for table, column in BY.items():
        with small.service.database.begin() as rows:
            found = set(rows.scalars(sa.select(tables.METADATA.tables[table].c[column]))) - {None}
        assert {kind_of(one) for one in found} <= {"operator", "holder", "key", "rule", "service"}, (table, found)


def test_a_name_cannot_pass_for_somebody_who_took_part(small: World) -> None:
    """Nor hide that somebody did: equal names of other kinds count for nothing."""
    reviewer = rita(small)
    small.breaks("bob")
    (sanction,) = small.standing("bob")["sanctions"]
    reviewer("POST", f"/v1/sanctions/{sanction['sanction_id']}/shorten",
             {"ends_at": "2026-11-18T23:00:00Z", "reason": "Long enough."})  # fmt: skip
    with small.service.database.begin() as rows:
        decision = rows.execute(sa.select(tables.decisions)).first()
        assert decision is not None
        assert took_part(rows, operator("rita"), decision, sanction["sanction_id"])
        for other in ("rita", "holder:rita", "key:rita", *PARTS):
            assert not took_part(rows, other, decision, sanction["sanction_id"])  # type: ignore[arg-type]


def test_whose_proposal_it_is_goes_by_kind(tmp_path: Path, time: Time) -> None:
    service = begun(settings_for(tmp_path / "data", second_person="always"), time)
    with client_of(service) as client:
        world = World(service, client, time)
        maker = rita(world, "policy-admin")
        made = service.proposals.make(SetParameter("strangers", 5), operator("rita"), "Too many.").result(10)
        assert maker("POST", f"/v1/proposals/{made}", {"agree": True, "reason": "Mine."}).status_code == 403
        for other in (holder("rita"), key("rita")):
            assert service.proposals.row(made).made_by != other
    service.stop()
