"""What is asked for by a name or an id that nobody has is answered with 404, by every route that looks it up."""

from __future__ import annotations

from tests.api.world import Json, World

from cartellino.vocabulary.times import HOUR, show_instant

WHY = {"reason": "As agreed."}
OUTCOME = {"outcome": "upheld", **WHY}

ROUTES: tuple[tuple[str, str, str, Json], ...] = (
    ("key", "POST", "/v1/notices/n_0/receipt", {"by": "app"}),
    ("admin", "POST", "/v1/sanctions/s_0/lift", WHY),
    ("admin", "POST", "/v1/sanctions/s_0/shorten", {"ends_at": show_instant(HOUR), **WHY}),
    ("key", "POST", "/v1/sanctions/s_0/appeals", {"text": "Please."}),
    ("admin", "POST", "/v1/appeals/c_0/outcome", OUTCOME),
    ("admin", "POST", "/v1/cases/c_0/outcome", OUTCOME),
    ("admin", "POST", "/v1/decisions/d_0/overturn", WHY),
    ("reviewer", "POST", "/v1/audits/d_0", {"right": True}),
    ("policy-admin", "POST", "/v1/held/release", {"rule": "no/rule", **WHY}),
    ("policy-admin", "POST", "/v1/held/discard", {"rule": "no/rule", **WHY}),
    ("key", "POST", "/v1/incidents/i_0/close", WHY),
    ("key", "GET", "/v1/incidents/i_0/excused", None),
    ("policy-admin", "POST", "/v1/incidents/i_0/undo", WHY),
    ("admin", "POST", "/v1/terminations/c_0/withdraw", WHY),
    ("admin", "POST", "/v1/proposals/p_0", {"agree": True, **WHY}),
    ("policy-admin", "POST", "/v1/policies/modes", {"rule": "no/rule", "mode": "shadow", **WHY}),
    ("admin", "DELETE", "/v1/webhooks/w_0", None),
    ("admin", "POST", "/v1/webhooks/w_0/resume", None),
    ("admin", "POST", "/v1/deliveries/999/replay", None),
    ("admin", "DELETE", "/v1/operators/nobody", None),
    ("admin", "DELETE", "/v1/keys/k_0", None),
    ("admin", "DELETE", "/v1/me/tokens/k_0", None),
)


def test_what_nobody_has_is_not_found(small: World) -> None:
    callers = {**small.people, "key": small.key}
    for who, method, path, body in ROUTES:
        answer = callers[who](method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), (path, answer.text)
