"""pywa and heyoo, unmodified, use the simulator; pywa understands what it tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pywa import errors as pywa_errors
from pywa import types
from pywa.types.templates import BodyText, Template, TemplateCategory, TemplateLanguage
from tests.simulator.cloud.clients import Heard, heyoo_at, pywa_at
from tests.simulator.cloud.running import Simulator, running

from cartellino.simulator.cloud.beginning import NUMBER

ANN = "628110000000"
NOT_FOR_PYWA = ("business_capability_update", "phone_number_quality_update")
"""Fields for which pywa has no handler but the raw one."""


@pytest.fixture
def ann(simulator: Simulator) -> str:
    simulator.post("/_sim/recipients", wa_id=ANN, mood="answers")
    return ANN


def received(simulator: Simulator, wa_id: str = ANN) -> list[dict[str, Any]]:
    simulator.settle()
    found: list[dict[str, Any]] = simulator.get(f"/_sim/recipients/{wa_id}")["received"]
    return found


def test_pywa_sends_every_kind_of_message(simulator: Simulator, ann: str) -> None:
    client = pywa_at(simulator)
    simulator.post(f"/_sim/recipients/{ann}/say", text="Hi")
    picture = client.upload_media(b"\x89PNG\r\n\x1a\n--x\r\n", mime_type="image/png", filename="a.png")
    sent = client.send_message(ann, "Hello", preview_url=True, tracker="order-7")
    client.send_message(ann, "Choose", buttons=[types.Button("Yes", "y"), types.Button("No", "n")])
    rows = [types.SectionRow(title="Red", callback_data="r"), types.SectionRow(title="Blue", callback_data="b")]
    client.send_message(ann, "Choose", buttons=types.SectionList("Colours", [types.Section("All", rows)]))
    client.send_message(ann, "See", buttons=types.URLButton("Open", "https://shop.example"))
    client.send_image(ann, picture, caption="Look")
    client.send_document(ann, "https://shop.example/a.pdf", filename="a.pdf")
    client.send_location(ann, -6.2, 106.8, "Shop", "Jakarta")
    client.request_location(ann, "Where are you?")
    client.send_contact(ann, types.Contact(name=types.Contact.Name(formatted_name="Budi", first_name="Budi")))
    client.send_reaction(ann, "👍", sent.id)
    client.send_template(ann, "order_update", TemplateLanguage.ENGLISH)
    assert {one["type"] for one in received(simulator)} == {
        "text", "interactive", "image", "document", "location", "contacts", "reaction", "template"
    }  # fmt: skip
    statuses = [value["statuses"][0] for value in simulator.told() if "statuses" in value]
    tracked = {one["status"] for one in statuses if one.get("biz_opaque_callback_data") == "order-7"}
    assert tracked == {"sent", "delivered", "read"}
    assert simulator.signed()


def test_pywa_reads_and_keeps_what_belongs_to_a_number(simulator: Simulator, ann: str) -> None:
    client = pywa_at(simulator)
    number = client.get_business_phone_number()
    assert (number.id, number.quality_rating) == (NUMBER, "GREEN")
    assert number.whatsapp_business_manager_messaging_limit == "TIER_250"
    assert [one.id for one in client.get_business_phone_numbers()] == [NUMBER]
    assert client.get_business_account().name
    client.update_business_profile(about="Shoes")
    assert client.get_business_profile().about == "Shoes"
    message = simulator.post(f"/_sim/recipients/{ann}/say", text="Hi")["id"]
    assert client.mark_message_as_read(message)
    assert client.indicate_typing(message)
    assert client.block_users([ann]).added_users
    assert [one.wa_id for one in client.get_blocked_users()] == [ann]
    with pytest.raises(pywa_errors.WhatsAppError) as refused:
        client.send_message(ann, "Hello")
    assert refused.value.code == 130403
    assert client.unblock_users([ann]).removed_users


def test_pywa_uploads_downloads_and_deletes_media(simulator: Simulator) -> None:
    client, content = pywa_at(simulator), bytes(range(256)) * 40
    media = client.upload_media(content, mime_type="application/pdf", filename="a.pdf")
    url = client.get_media_url(media.id)
    assert (url.file_size, url.mime_type) == (len(content), "application/pdf")
    assert client.get_media_bytes(url.url) == content
    assert client.delete_media(media.id)
    with pytest.raises(pywa_errors.WhatsAppError):
        client.get_media_url(media.id)


def test_pywa_makes_lists_and_deletes_templates(simulator: Simulator) -> None:
    client = pywa_at(simulator)
    assert {one.name for one in client.get_templates()} == {"spring_sale", "order_update", "login_code"}
    made = client.create_template(
        Template(name="fresh", language=TemplateLanguage.ENGLISH, category=TemplateCategory.MARKETING,
                 components=[BodyText("New shoes have arrived")])
    )  # fmt: skip
    simulator.settle()
    assert client.get_template(made.id).status == "APPROVED"
    assert client.delete_template("fresh")
    assert len(list(client.get_templates())) == 3


def test_pywa_makes_a_signup_and_hears_of_who_signed_up(simulator: Simulator, ann: str) -> None:
    client = pywa_at(simulator)
    heard = Heard(client)
    made = client.create_signup("News of our shop", "Welcome", "https://shop.example/p", accept_policy=True)
    signup_id = getattr(made, "id", made)
    simulator.post(f"/_sim/recipients/{ann}/signup", signup_id=signup_id)
    simulator.settle()
    (update,) = filter(None, map(heard.hear, simulator.receiver.bodies))
    assert isinstance(update, types.UserMarketingPreferences)
    assert (update.value, update.signup_id) == ("signup", signup_id)


def test_pywa_gets_the_exception_of_each_refusal(simulator: Simulator, ann: str) -> None:
    client = pywa_at(simulator)
    for code, kind in (
        (131056, pywa_errors.TooManyMessages), (368, pywa_errors.TemporarilyBlocked),
        (132015, pywa_errors.TemplatePaused), (130429, pywa_errors.RateLimitHit),
        (131030, pywa_errors.RecipientNotInAllowedList),
    ):  # fmt: skip
        simulator.post("/_sim/fail", code=code)
        with pytest.raises(kind):
            client.send_message(ann, "Hello")
    with pytest.raises(pywa_errors.TemplateNotExists):
        client.send_template(ann, "spring_sale", TemplateLanguage.ITALIAN)


def test_pywa_understands_everything_that_is_told() -> None:
    with running() as simulator:
        heard = Heard(pywa_at(simulator))
        _eventful_day(simulator)
        kinds = set()
        for body in simulator.receiver.bodies:
            (change,) = json.loads(body)["entry"][0]["changes"]
            update = heard.hear(body)
            assert (update is None) == (change["field"] in NOT_FOR_PYWA), body
            kinds.add(type(update).__name__)
    assert kinds >= {
        "Message", "MessageStatus", "CallbackButton", "CallbackSelection", "UserMarketingPreferences", "AccountUpdate",
        "TemplateStatusUpdate", "TemplateQualityUpdate", "TemplateCategoryUpdate", "PhoneNumberChange", "NoneType",
    }  # fmt: skip


def _eventful_day(simulator: Simulator) -> None:
    for number, mood in enumerate(("answers", "opts_out", *["blocks"] * 30)):
        simulator.post("/_sim/recipients", wa_id=f"62811000{number:04}", mood=mood)
    client = pywa_at(simulator)
    for number in range(32):
        client.send_template(f"62811000{number:04}", "spring_sale", TemplateLanguage.ENGLISH)
    simulator.settle()
    client.send_message(ANN, "Choose", buttons=[types.Button("Yes", "y")])
    rows = [types.SectionRow(title="Red", callback_data="r")]
    client.send_message(ANN, "Choose", buttons=types.SectionList("Colours", [types.Section("All", rows)]))
    simulator.settle()
    body = [{"type": "BODY", "text": "Big sale today"}]
    simulator.post("/v23.0/200300400/message_templates", name="x", language="en", category="UTILITY", components=body)
    for what in ("violate", "violate", "reinstate"):
        simulator.post(f"/_sim/numbers/{NUMBER}/{what}")
        simulator.settle("2s")  # pywa takes two of the same second for one
    simulator.post(f"/_sim/recipients/{ANN}/change_number", to="628119999999")
    simulator.post(f"/_sim/numbers/{NUMBER}", tier="TIER_10K")
    simulator.settle("4h")


@pytest.mark.data
def test_whatever_people_write_in_the_fixtures_can_be_said_and_understood(simulator: Simulator, data: Path) -> None:
    heard, folder = Heard(pywa_at(simulator)), data / "whatsapp_fixtures" / "pywa_webhooks"
    said = 0
    for name in ("message", "callback_button", "callback_selection", "flow_completion"):
        for case in json.loads((folder / f"{name}.json").read_text("utf-8")).values():
            message = case["entry"][0]["changes"][0]["value"]["messages"][0]
            simulator.post(f"/_sim/recipients/{ANN}/say", message=message)
            said += 1
    simulator.settle()
    assert said > 20
    assert [body for body in simulator.receiver.bodies if heard.hear(body) is None] == []
    assert len(simulator.receiver.bodies) == said


@pytest.mark.data
def test_a_status_has_the_keys_of_the_fixtures(simulator: Simulator, ann: str, data: Path) -> None:
    """But for `conversation`, which newer versions leave out, and the parent's id, for who has none."""
    cases = json.loads((data / "whatsapp_fixtures" / "pywa_webhooks" / "message_status.json").read_text("utf-8"))
    pywa_at(simulator).send_template(ann, "spring_sale", TemplateLanguage.ENGLISH)
    pywa_at(simulator).send_template("628990000001", "spring_sale", TemplateLanguage.ENGLISH)
    simulator.settle()
    ours = {value["statuses"][0]["status"]: value for value in simulator.told() if "statuses" in value}
    for kind in ("sent", "delivered", "failed"):
        value = cases[kind]["entry"][0]["changes"][0]["value"]
        assert set(value) <= set(ours[kind])
        assert set(value["statuses"][0]) - {"conversation"} <= set(ours[kind]["statuses"][0])


# heyoo


# heyoo leaves the file open that it uploads.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_heyoo_sends_every_kind_of_message(simulator: Simulator, ann: str, tmp_path: Path) -> None:
    client = heyoo_at(simulator)
    simulator.post(f"/_sim/recipients/{ann}/say", text="Hi")
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG")
    uploaded = client.upload_media(str(picture))
    sent = [
        client.send_message("Hello", ann),
        client.send_template("order_update", ann, [], lang="en"),
        client.send_image(uploaded["id"], ann, link=False),
        client.send_image("https://shop.example/a.png", ann),
        client.send_document("https://shop.example/a.pdf", ann),
        client.send_location("-6.2", "106.8", "Shop", "Jakarta", ann),
        client.send_reply_button({"type": "button", "body": {"text": "Choose"}, "action": {"buttons": [
            {"type": "reply", "reply": {"id": "y", "title": "Yes"}}]}}, ann),
    ]  # fmt: skip
    assert [one for one in sent if "messages" not in one] == []
    message = sent[0]["messages"][0]["id"]
    assert "messages" in client.reply_to_message(message, ann, "And more")
    assert len(received(simulator)) == 8
    url = client.query_media_url(uploaded["id"])
    assert Path(client.download_media(url, "image/png", str(tmp_path / "b"))).read_bytes() == b"\x89PNG"


def test_heyoo_reads_what_is_told(simulator: Simulator, ann: str) -> None:
    client = heyoo_at(simulator)
    message = simulator.post(f"/_sim/recipients/{ann}/say", text="How much?")["id"]
    simulator.settle()
    (body,) = map(json.loads, simulator.receiver.bodies)
    assert (client.get_mobile(body), client.get_message(body), client.get_message_id(body)) == (
        ann, "How much?", message
    )  # fmt: skip
    assert client.mark_as_read(message) == {"success": True}


def test_heyoo_gets_the_platforms_error(simulator: Simulator, ann: str) -> None:
    told = heyoo_at(simulator).send_template("spring_sale", ann, [])
    assert (told["error"]["code"], told["error"]["message"]) == (132001, "(#132001) Template does not exist")
