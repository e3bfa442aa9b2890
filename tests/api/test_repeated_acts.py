"""What is over is not ended again, and nobody is told so; and a notice says what still holds."""

from __future__ import annotations

from typing import Any

from tests.api.world import World

from cartellino.vocabulary.times import DAY, HOUR, SECOND, show_instant

WHY = {"reason": "It was a mistake."}


def sanction(world: World, account: str = "a") -> str:
    world.breaks(account)
    return str(world.standing(account)["sanctions"][0]["sanction_id"])


def notices(world: World, account: str = "a", language: str = "en") -> list[dict[str, Any]]:
    found = world.key("GET", f"/v1/accounts/{account}/notices?language={language}").json()["notices"]
    return [*reversed(found)]


def shapes(world: World) -> list[str]:
    return [one["shape"] for one in notices(world)]


def lift(world: World, identity: str) -> Any:  # noqa: ANN401 - what an answer holds is for each test to say
    world.time.now += SECOND
    return world.people["reviewer"]("POST", f"/v1/sanctions/{identity}/lift", WHY)


def shorten(world: World, identity: str) -> Any:  # noqa: ANN401
    world.time.now += SECOND
    body = {"ends_at": show_instant(world.time.now + HOUR), **WHY}
    return world.people["reviewer"]("POST", f"/v1/sanctions/{identity}/shorten", body)


def is_refused(answer: Any) -> bool:  # noqa: ANN401
    return (answer.status_code, answer.json()["code"]) == (409, "not-now")


def imposed(world: World, kind: str, **more: Any) -> str:
    """Let a reviewer impose a sanction after reports; return its id."""
    world.send([
        {"id": f"r{n}", "time": show_instant(world.time.now), "kind": "reported", "account": "a", "peer": f"r{n}"}
        for n in range(3)
    ])  # fmt: skip
    (case,) = world.people["reviewer"]("GET", "/v1/cases?kind=review").json()["cases"]
    body = {"action": {"kind": kind, **more}, **WHY}
    assert world.people["reviewer"]("POST", f"/v1/cases/{case['appeal_id']}/outcome", body).status_code == 200
    return f"s_{case['decision_id'][2:]}"


def test_the_same_lift_again_is_refused_and_told_once(small: World) -> None:
    identity = sanction(small)
    assert lift(small, identity).status_code == 200
    for _ in range(3):
        assert is_refused(lift(small, identity))
        assert is_refused(shorten(small, identity))
    assert shapes(small) == ["limited", "lifted"]


def test_what_has_ended_is_neither_lifted_nor_shortened(small: World) -> None:
    identity = sanction(small)
    small.time.now += 25 * HOUR
    small.settle()
    assert is_refused(lift(small, identity))
    assert is_refused(shorten(small, identity))
    assert shapes(small) == ["limited"]


def test_what_was_taken_back_is_neither_lifted_nor_shortened(small: World) -> None:
    identity = sanction(small)
    filed = small.key("POST", f"/v1/sanctions/{identity}/appeals", {"text": "It was not me."}).json()["appeal_id"]
    decided = {"outcome": "reversed", **WHY}
    assert small.people["reviewer"]("POST", f"/v1/appeals/{filed}/outcome", decided).status_code == 200
    told = shapes(small)
    assert is_refused(lift(small, identity))
    assert is_refused(shorten(small, identity))
    assert shapes(small) == told


def test_an_appeal_cannot_shorten_what_is_over(small: World) -> None:
    identity = sanction(small)
    filed = small.key("POST", f"/v1/sanctions/{identity}/appeals", {"text": "It was not me."}).json()["appeal_id"]
    assert lift(small, identity).status_code == 200
    body = {"outcome": "shortened", "ends_at": show_instant(small.time.now + HOUR), **WHY}
    assert is_refused(small.people["admin"]("POST", f"/v1/appeals/{filed}/outcome", body))
    assert "shortened" not in shapes(small)
    assert (
        small.people["admin"]("POST", f"/v1/appeals/{filed}/outcome", {"outcome": "upheld", **WHY}).status_code == 200
    )


def test_a_notice_says_what_still_holds(small: World) -> None:
    first, second = sanction(small), imposed(small, "suspension", **{"for": "3d"})
    assert shorten(small, first).status_code == 200
    assert lift(small, first).json()["standing"] == "suspended"
    for language, title, remains in (
        ("en", "One of the limits on your account has been lifted", "Another decision still holds: a suspension."),
        ("it", "Una delle limitazioni", "Resta in vigore un'altra decisione: una sospensione."),
        ("id", "Salah satu pembatasan", "Keputusan lain masih berlaku: penangguhan."),
    ):
        shortened, lifted = notices(small, language=language)[-2:]
        assert lifted["title"].startswith(title)
        assert lifted["what"].endswith(remains)
        assert shortened["what"].endswith(remains)
    assert lift(small, second).json()["standing"] == "clear"
    assert notices(small)[-1]["title"] == "Your account is active again"
    assert "still holds" not in notices(small)[-1]["what"]


def test_a_reversal_says_what_still_holds(small: World) -> None:
    identity = sanction(small)
    imposed(small, "ban")
    filed = small.key("POST", f"/v1/sanctions/{identity}/appeals", {"text": "It was not me."}).json()["appeal_id"]
    small.people["admin"]("POST", f"/v1/appeals/{filed}/outcome", {"outcome": "reversed", **WHY})
    (reversal,) = [one for one in notices(small) if one["shape"] == "reversed"]
    assert reversal["what"].endswith("Another decision still holds: a ban.")


def test_a_warning_is_lifted_once_and_has_no_end(small: World) -> None:
    identity = imposed(small, "warning")
    assert small.standing("a")["standing"] == "warned"
    assert is_refused(shorten(small, identity))
    assert lift(small, identity).json()["standing"] == "clear"
    assert notices(small)[-1]["title"] == "The warning on your account has been lifted"
    assert is_refused(lift(small, identity))


def test_a_warning_that_does_not_show_any_more_is_over(small: World) -> None:
    identity = imposed(small, "warning")
    small.time.now += 30 * DAY
    assert is_refused(lift(small, identity))


def test_what_a_rule_did_is_undone_once(small: World) -> None:
    small.breaks("a", "b")
    decision = small.people["analyst"]("GET", "/v1/decisions?account=a").json()["decisions"][0]["decision_id"]
    version = small.people["analyst"]("GET", f"/v1/decisions/{decision}").json()["rule_version"]
    body = {"rule_version": version, **WHY}
    first = small.people["policy-admin"]("POST", "/v1/policies/undo", body).json()
    told = shapes(small)
    again = small.people["policy-admin"]("POST", "/v1/policies/undo", body).json()
    assert (len(first["sanctions"]), again["sanctions"]) == (2, [])
    assert shapes(small) == told


def test_an_incident_is_closed_once(small: World) -> None:
    body = {"kinds": ["message_failed"], **WHY}
    incident = small.key("POST", "/v1/incidents", body).json()["incident"]
    assert small.key("POST", f"/v1/incidents/{incident}/close", WHY).status_code == 200
    assert is_refused(small.key("POST", f"/v1/incidents/{incident}/close", WHY))
