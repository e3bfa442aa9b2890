"""Calls that are wrong are told why, in the platform's shape; nothing that anybody sends is a fault of ours."""

from __future__ import annotations

import asyncio
import copy
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulator.cloud.worlds import ANN, START

from cartellino.simulator.cloud.beginning import ACCOUNT, NUMBER
from cartellino.simulator.cloud.face.app import LARGEST_JSON, LARGEST_MESSAGE, Face
from cartellino.simulator.cloud.face.courier import Wishes
from cartellino.simulator.cloud.face.hub import Hub
from cartellino.simulator.cloud.face.routes import OPEN
from cartellino.simulator.cloud.face.sim import Change
from cartellino.simulator.cloud.face.sim_people import ACTS

BEARER = {"authorization": "Bearer sim"}
TEXT = {"messaging_product": "whatsapp", "to": ANN, "text": {"body": "Hello"}}


class Faced:
    """The application, called without a server."""

    def __init__(self) -> None:
        self.hub = Hub(1, START, lambda: 0.0)
        self.hub.world.make_person(ANN, "ignores")

    def call(self, method: str, path: str, body: object = None, **more: Any) -> httpx.Response:
        async def made() -> httpx.Response:
            transport = httpx.ASGITransport(Face(self.hub))
            async with httpx.AsyncClient(transport=transport, base_url="http://sim") as client:
                headers = more.pop("headers", BEARER)
                content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
                return await client.request(method, path, content=content, headers=headers, **more)

        return asyncio.run(made())

    def messages(self, body: object, version: str = "v21.0") -> httpx.Response:
        return self.call("POST", f"/{version}/{NUMBER}/messages", body)


@pytest.fixture
def face() -> Faced:
    return Faced()


def refusal_of(answer: httpx.Response) -> tuple[int, int]:
    """Return status and code of an answer that has the platform's shape, and says what is wrong."""
    error = answer.json()["error"]
    assert {"message", "type", "code", "error_data", "fbtrace_id"} <= set(error)
    assert error["message"].startswith(f"(#{error['code']}) ")
    assert error["error_data"]["details"]
    return answer.status_code, error["code"]


@pytest.mark.parametrize(
    ("asked", "used"),
    [("v13.0", "v21.0"), ("v20.0", "v21.0"), ("v21.0", "v21.0"), ("v24.0", "v24.0"), ("v27.0", "v27.0")],
)
def test_an_expired_version_falls_to_the_oldest_usable(face: Faced, asked: str, used: str) -> None:
    answer = face.messages(TEXT, asked)
    assert answer.status_code == 200
    assert answer.headers["facebook-api-version"] == used


@pytest.mark.parametrize("version", ["v12.0", "v28.0", "v0"])
def test_a_version_that_never_was_is_refused(face: Faced, version: str) -> None:
    assert refusal_of(face.messages(TEXT, version)) == (400, 2500)


def test_the_token_is_taken_from_header_or_query(face: Faced) -> None:
    path = f"/v21.0/{NUMBER}/messages"
    assert face.call("POST", path, TEXT, headers={}, params={"access_token": "sim"}).status_code == 200
    assert refusal_of(face.call("POST", path, TEXT, headers={})) == (401, 190)
    assert refusal_of(face.call("POST", path, TEXT, headers={"authorization": "Bearer other"})) == (401, 190)


@pytest.mark.parametrize("type_given", [True, False])
@pytest.mark.parametrize("to", [ANN, f"+{ANN}", "+62 (811) 000-0000"])
def test_a_message_may_lack_type_and_recipient_type(face: Faced, to: str, type_given: bool) -> None:
    told = face.messages(TEXT | {"to": to} | ({"type": "text"} if type_given else {})).json()
    assert told["contacts"][0] | {"user_id": ""} == {"input": to, "wa_id": ANN, "user_id": ""}
    assert told["messages"][0]["id"].startswith("wamid.")


def test_somebody_is_written_to_by_their_id_and_to_wins_over_it(face: Faced) -> None:
    bsuid, other = face.hub.world.people[ANN].bsuid, face.hub.world.make_person("628110000009", "ignores")
    body = {"messaging_product": "whatsapp", "recipient": bsuid, "text": {"body": "Hello"}}
    assert face.messages(body).json()["contacts"] == [{"input": bsuid, "user_id": bsuid}]
    assert face.messages(body | {"to": other.wa_id}).json()["contacts"][0]["wa_id"] == other.wa_id
    code = {"name": "login_code", "language": {"code": "en"}}
    by_id = {"messaging_product": "whatsapp", "recipient": bsuid, "type": "template", "template": code}
    assert refusal_of(face.messages(by_id)) == (400, 131062)


WRONG: list[tuple[object, int]] = [
    (b"{", 100), (b"[]", 100), (b"[" * 5_000, 100),
    (b'{"text": ' + b'{"a": ' * 60 + b"1" + b"}" * 61, 100), ({}, 100), (TEXT | {"messaging_product": "sms"}, 100),
    (TEXT | {"to": None}, 100), (TEXT | {"to": "US.123"}, 131009), (TEXT | {"text": {}}, 131008),
    (TEXT | {"text": "Hello"}, 131009), (TEXT | {"text": {"body": "x" * 4_097}}, 100), (TEXT | {"type": "fax"}, 100),
    (TEXT | {"type": 5}, 100), (TEXT | {"type": "image"}, 131008), (TEXT | {"recipient_type": "group"}, 131009),
    (TEXT | {"type": "image", "image": {}}, 100), (TEXT | {"type": "image", "image": {"id": "1"}}, 131009),
    (TEXT | {"type": "image", "image": {"link": "ftp://x"}}, 131009), (TEXT | {"context": "x"}, 131009),
    (TEXT | {"type": "location", "location": {"latitude": 99, "longitude": 0}}, 131009),
    (TEXT | {"type": "contacts", "contacts": []}, 131009), (TEXT | {"type": "template", "template": {}}, 131008),
    (TEXT | {"type": "template", "template": {"name": "no", "language": {"code": "en"}}}, 132001),
    (TEXT | {"type": "template", "template": {"name": "spring_sale", "language": {"code": "it"}}}, 132001),
    (TEXT | {"type": "reaction", "reaction": {"message_id": "wamid.no", "emoji": "x"}}, 131009),
    (TEXT | {"type": "interactive", "interactive": {"type": "dance"}}, 131009),
    (TEXT | {"to": "+1 555-078-3881"}, 131021),
    (TEXT | {"type": "interactive", "interactive": {"type": "button", "body": {"text": "x"}, "action": {}}}, 131009),
    ({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.no"}, 131009),
    ({"messaging_product": "whatsapp", "status": "eaten", "message_id": "x"}, 131009),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code"), WRONG)
def test_a_wrong_message_is_told_what_is_wrong(face: Faced, body: object, code: int) -> None:
    assert refusal_of(face.messages(body))[1] == code
    assert face.hub.world.numbers[NUMBER].messages == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v21.0/999/messages"), ("GET", "/v21.0/999"), ("DELETE", "/v21.0/999"),
     ("GET", f"/v21.0/{NUMBER}/messages"),
     ("GET", f"/v21.0/{ACCOUNT}/nothing"), ("PUT", "/v21.0/me"), ("GET", "/"), ("GET", "/v21.0"), ("GET", "/%00/%ff"),
     ("POST", "/_sim/recipients/12345/dance"), ("GET", "/_sim/nothing"), ("GET", "/_sim/numbers/1")],
)  # fmt: skip
def test_an_unknown_path_is_told_so(face: Faced, method: str, path: str) -> None:
    status, code = refusal_of(face.call(method, path))
    assert (status in (400, 404), code in (100, 2500)) == (True, True)


def test_a_body_that_is_too_large_is_refused(face: Faced) -> None:
    assert refusal_of(face.messages(b"x" * (LARGEST_MESSAGE + 1)))[0] == 413
    assert refusal_of(face.call("POST", "/_sim/recipients", b"x" * (LARGEST_JSON + 1)))[0] == 413


def test_a_form_is_taken_like_json_and_json_that_curl_calls_a_form(face: Faced) -> None:
    form = {"messaging_product": "whatsapp", "to": ANN, "text": '{"body": "Hello"}'}
    headers = BEARER | {"content-type": "application/x-www-form-urlencoded"}
    for content in (str(httpx.QueryParams(form)).encode(), json.dumps(TEXT).encode()):
        assert face.call("POST", f"/v21.0/{NUMBER}/messages", content, headers=headers).status_code == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**12) | st.floats(allow_nan=False) | st.text(max_size=12)
    | st.sampled_from(["text", "template", "image", "interactive", "whatsapp", ANN, "button", "list", "read"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["type", "body", "text", "name", "language", "code", "action", "buttons", "reply", "id", "link",
                         "sections", "rows", "components", "parameters", "message_id", "template", "interactive"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
FIELDS = ("type", "to", "recipient", "recipient_type", "text", "template", "image", "interactive", "contacts",
          "reaction",
          "location", "context", "status", "message_id", "typing_indicator", "biz_opaque_callback_data")  # fmt: skip


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6))
def test_no_message_is_a_fault_of_ours(fields: dict[str, Any]) -> None:
    answer = FACE.messages({"messaging_product": "whatsapp", "to": ANN, **fields})
    assert answer.status_code == 200 or refusal_of(answer)[0] < 500, answer.text


VALID: list[tuple[str, dict[str, Any]]] = [
    (f"/v21.0/{NUMBER}/messages", {"messaging_product": "whatsapp", "to": ANN, **content})
    for content in (
        {"text": {"body": "Hello", "preview_url": True}, "context": {"message_id": "wamid.x"}},
        {"type": "template", "template": {"name": "fresh", "language": {"code": "en"}, "components": [
            {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://x"}}]},
            {"type": "body", "parameters": [{"type": "text", "text": "Ann", "parameter_name": "a"}]},
            {"type": "button", "index": "0", "parameters": [{"type": "payload", "payload": "p"}]}]}},
        {"type": "interactive", "interactive": {"type": "list", "body": {"text": "x"}, "action": {
            "button": "x", "sections": [{"rows": [{"id": "a", "title": "A"}]}]}}},
        {"type": "interactive", "interactive": {"type": "button", "body": {"text": "x"}, "action": {
            "buttons": [{"type": "reply", "reply": {"id": "a", "title": "A"}}]}}},
        {"type": "interactive", "interactive": {"type": "flow", "body": {"text": "x"}, "action": {
            "parameters": {"flow_id": "1", "flow_cta": "x", "flow_token": "t"}}}},
        {"type": "contacts", "contacts": [{"name": {"formatted_name": "Ann"}}]},
        {"type": "location", "location": {"latitude": 1, "longitude": "2"}},
    )
]  # fmt: skip
VALID += [
    (f"/v21.0/{ACCOUNT}/message_templates", {"name": "other", "language": "en", "category": "UTILITY", "components": [
        {"type": "BODY", "text": "Hello {{1}}"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "x"}]}]}),
    ("/_sim/recipients", {"recipients": [{"wa_id": ANN, "mood": "answers", "chance": 1}]}),
    (f"/_sim/recipients/{ANN}/say", {"message": {"type": "text", "text": {"body": "x"}}, "context": "wamid.x"}),
    (f"/v21.0/{NUMBER}/block_users", {"block_users": [{"user": ANN}]}),
]  # fmt: skip
"""Calls that are right."""

FRESH = [
    {"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Hello {{1}}"},
    {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "x"}]},
]  # fmt: skip


def with_template() -> Faced:
    """The application, Ann answers, her window is open, and there is a template with everything."""
    faced = Faced()
    faced.call("POST", f"/_sim/recipients/{ANN}/say", {"text": "Hi"})
    faced.hub.world.make_person(ANN, "answers")
    made = {"name": "fresh", "language": "en", "category": "UTILITY", "components": FRESH}
    assert faced.call("POST", f"/v21.0/{ACCOUNT}/message_templates", made).status_code == 200
    faced.hub.advance(60_000)
    return faced


def places_of(held: object) -> list[tuple[Any, Any]]:
    """Every place inside something where a value could be replaced."""
    keys: Any = held.keys() if isinstance(held, dict) else range(len(held)) if isinstance(held, list) else ()
    return [place for key in keys for place in [(held, key), *places_of(held[key])]]  # type: ignore[index]


@pytest.mark.parametrize(("path", "body"), VALID)
def test_what_is_right_is_taken(path: str, body: dict[str, Any]) -> None:
    answer = with_template().call("POST", path, body)
    assert answer.status_code == 200, answer.text


@settings(max_examples=400)
@given(st.sampled_from(VALID), st.data())
def test_no_wrong_value_anywhere_is_a_fault_of_ours(valid: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    path, body = valid[0], copy.deepcopy(valid[1])
    holder, key = data.draw(st.sampled_from(places_of(body)))
    holder[key] = data.draw(JSON)
    faced = with_template()
    answer = faced.call("POST", path, body)
    assert answer.status_code == 200 or refusal_of(answer)[0] < 500, answer.text
    faced.hub.advance(60_000)  # what follows raises nothing either


PATHS = ("/_sim/clock", "/_sim/recipients", f"/_sim/recipients/{ANN}/say", f"/_sim/recipients/{ANN}/signup",
         "/_sim/fail",
         f"/_sim/recipients/{ANN}/change_number", f"/_sim/numbers/{NUMBER}", f"/_sim/numbers/{NUMBER}/restrict",
         "/_sim/numbers", "/_sim/thresholds", "/_sim/webhooks", "/_sim/templates/spring_sale",
         f"/v21.0/{ACCOUNT}/message_templates", f"/v21.0/{ACCOUNT}/signups", f"/v21.0/{ACCOUNT}/flows",
         f"/v21.0/{NUMBER}",
         f"/v21.0/{NUMBER}/block_users", f"/v21.0/{NUMBER}/register", f"/v21.0/{NUMBER}/media",
         f"/v21.0/{NUMBER}/whatsapp_business_profile", "/oauth/access_token", "/v21.0/500600701")  # fmt: skip
OTHERS = ("advance", "wa_id", "mood", "chance", "recipients", "text", "message", "number", "signup_id", "code", "times",
          "to",
          "for", "kinds", "tier", "payment", "name", "language", "category", "components", "block_users",
          "pin", "batch",
          "id", "display_phone_number", "red_share", "annoyance", "status", "about", "outcome", "url")  # fmt: skip


@settings(max_examples=500)
@given(st.sampled_from(PATHS), st.dictionaries(st.sampled_from(OTHERS), JSON, max_size=4))
def test_no_other_call_is_a_fault_of_ours(path: str, fields: dict[str, Any]) -> None:
    answer = Faced().call("POST", path, fields)
    assert answer.status_code < 300 or refusal_of(answer)[0] < 500, answer.text


@given(
    st.binary(max_size=200), st.sampled_from(["multipart/form-data; boundary=x", "multipart/form-data", "text/plain"])
)
def test_no_upload_is_a_fault_of_ours(body: bytes, kind: str) -> None:
    answer = FACE.call("POST", f"/v21.0/{NUMBER}/media", body, headers=BEARER | {"content-type": kind})
    assert refusal_of(answer)[0] < 500


FACE = Faced()


# What is told about a number


def test_health_says_what_still_works(face: Faced) -> None:
    def health() -> str:
        path = f"/v24.0/{NUMBER}?fields=health_status,status"
        told: str = face.call("GET", path).json()["health_status"]["can_send_message"]
        return told

    assert health() == "AVAILABLE"
    face.call("POST", f"/_sim/numbers/{NUMBER}/restrict", {"for": "1d"})
    assert health() == "LIMITED"
    face.call(
        "POST", f"/_sim/numbers/{NUMBER}/restrict", {"for": "1d", "kinds": ["RESTRICTED_CUSTOMER_INITIATED_MESSAGING"]}
    )
    assert health() == "BLOCKED"
    face.call("POST", "/_sim/clock", {"advance": "25h"})
    assert health() == "AVAILABLE"


def test_lists_come_in_pages(face: Faced) -> None:
    first = face.call("GET", f"/v21.0/{ACCOUNT}/message_templates?limit=2&fields=name").json()
    assert [set(one) for one in first["data"]] == [{"name", "id"}] * 2
    second = face.call("GET", first["paging"]["next"]).json()
    assert len(second["data"]) == 1
    assert "next" not in second["paging"]


def test_thresholds_can_be_changed_and_are_checked(face: Faced) -> None:
    shown = face.call("POST", "/_sim/thresholds", {"red_share": 0.5, "paced_for": "10m"}).json()
    assert (shown["red_share"], shown["paced_for"]) == (0.5, "10m")
    for wrong in ({"red_shore": 0.5}, {"red_share": 2}, {"quality_every": "1s"}, {"paced_for": 5}):
        assert refusal_of(face.call("POST", "/_sim/thresholds", wrong)) == (400, 100)
    assert face.call("GET", "/_sim/thresholds").json() == shown


def test_another_business_has_its_own_token_templates_and_limit(face: Faced) -> None:
    made = {
        "id": "77",
        "display_phone_number": "+39 06 5550 1234",
        "account": "88",
        "portfolio": "99",
        "token": "other",
    }
    assert face.call("POST", "/_sim/numbers", made).status_code == 200
    path = "/v21.0/77/messages"
    assert refusal_of(face.call("POST", path, TEXT)) == (403, 10)
    body = {"messaging_product": "whatsapp", "to": ANN, "type": "template",
            "template": {"name": "order_update", "language": {"code": "en"}}}  # fmt: skip
    assert face.call("POST", path, body, headers={"authorization": "Bearer other"}).status_code == 200
    assert face.hub.world.portfolios["99"].used(START) == 1
    assert face.hub.world.portfolios["300400500"].used(START) == 0


def test_every_call_of_the_simulator_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "simulate-the-cloud-api.md").read_text("utf-8")
    for _, path, _ in OPEN:
        shown = path.split("{}")[0].rstrip("/")
        assert f"/{shown}" in page, path
    for name in (*Change.__struct_fields__, *Wishes.__struct_fields__, *ACTS):
        assert f'"{name}"' in page or f"`{name}" in page, name


def test_a_locked_account_says_so(face: Faced) -> None:
    for _ in range(7):
        face.call("POST", f"/_sim/numbers/{NUMBER}/violate")
    told = face.call("GET", f"/_sim/numbers/{NUMBER}").json()
    assert "ACCOUNT_LOCKED" in [one["restriction_type"] for one in told["restrictions"]]
    assert refusal_of(face.messages(TEXT)) == (403, 131031)
