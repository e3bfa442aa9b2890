"""What the card says agrees with what holds: until when, whether a review can be asked for, what works, whose fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.api.world import POLICY, Time, World, begun, client_of, settings_for
from tests.holder.test_pages import enter, hidden

from cartellino.holder.pages import PAGES
from cartellino.vocabulary.times import DAY, HOUR, show_instant

OFFERS = re.compile(r"ask for a review|You can ask|name=\"sanction\"", re.I)


def banned(world: World, account: str = "a") -> str:
    """Let an account be banned, and return the sanction."""
    for number in range(3):
        world.breaks(account, first=100 * number)
        world.later(3 * DAY)
    return str(world.standing(account)["sanctions"][-1]["sanction_id"])


def appeal(world: World, sanction: str, outcome: str = "") -> None:
    filed = world.key("POST", f"/v1/sanctions/{sanction}/appeals", {"text": "They know me."}).json()
    if outcome:
        body = {"outcome": outcome, "reason": "So it is."}
        answer = world.people["reviewer"]("POST", f"/v1/appeals/{filed['appeal_id']}/outcome", body)
        assert answer.status_code == 200, answer.text


def notice_of(world: World, sanction: str) -> dict[str, object]:
    told = world.key("GET", "/v1/accounts/a/notices?language=en").json()["notices"]
    return next(one for one in told if one["sanction_id"] == sanction and one["shape"] in ("banned", "limited"))


def test_no_review_is_offered_while_one_is_open(world: World) -> None:
    sanction = banned(world)
    page = enter(world, "a")
    assert 'class="card red"' in page
    assert hidden(page, "sanction") == sanction
    assert "decide within 3 days" in str(notice_of(world, sanction)["appeal"])
    appeal(world, sanction)
    page = world.client.get("/account").text
    assert "Your request for a review is open." in page
    assert not OFFERS.search(page)
    told = notice_of(world, sanction)
    assert (
        told["appeal"] == "Your request for a review is open. A person will decide, and we will tell you the outcome."
    )
    assert not OFFERS.search(str(told["text"]))


def test_a_review_is_offered_again_after_an_outcome_and_no_more_after_the_third(world: World) -> None:
    sanction = banned(world)
    enter(world, "a")
    for number in range(3):
        assert hidden(world.client.get("/account").text, "sanction") == sanction, number
        appeal(world, sanction, "upheld")
    assert not OFFERS.search(world.client.get("/account").text)
    assert notice_of(world, sanction)["appeal"] == ""
    refused = world.key("POST", f"/v1/sanctions/{sanction}/appeals", {"text": "Again."})
    assert refused.status_code == 409


def test_no_review_is_offered_once_its_time_is_over(world: World) -> None:
    sanction = banned(world)
    world.later(200 * DAY)
    assert not OFFERS.search(enter(world, "a"))
    assert notice_of(world, sanction)["appeal"] == ""


@pytest.mark.parametrize("language", ["en", "it", "id"])
def test_the_page_says_that_a_review_is_late(world: World, language: str) -> None:
    sanction = banned(world)
    appeal(world, sanction)
    said = {"en": "The deadline has passed.", "it": "Il termine è scaduto.", "id": "Batas waktu telah lewat."}
    for _ in range(5):
        world.later(DAY)
    enter(world, "a")
    page = world.client.get(f"/account?language={language}")
    assert page.status_code == 200
    assert said[language] in page.text


def test_the_assistant_says_that_a_review_is_open(world: World) -> None:
    appeal(world, banned(world))
    page = enter(world, "a")
    form = {"screen": "banned", "cause": "messages", "happened": "no", "csrf": hidden(page, "csrf")}
    draft = world.client.post("/account/recover", data=form).text
    assert "You have asked for a review of this already" in draft
    assert ">Send</button>" not in draft


def test_the_card_stays_about_what_holds_whatever_was_told_since(world: World) -> None:
    world.breaks("a")
    (sanction,) = world.standing("a")["sanctions"]
    appeal(world, sanction["sanction_id"], "upheld")
    page = enter(world, "a")
    assert 'class="card yellow"' in page
    assert "<h1>Some features are limited</h1>" in page
    assert "good standing" not in page


def test_the_end_on_the_card_is_the_one_that_holds(world: World) -> None:
    world.breaks("a")
    (sanction,) = world.standing("a")["sanctions"]
    before = re.findall(r"until [^<]+ left\)", enter(world, "a"))
    body = {"ends_at": show_instant(world.service.clock.now() + 2 * HOUR), "reason": "Enough."}
    made = world.people["reviewer"]("POST", f"/v1/sanctions/{sanction['sanction_id']}/shorten", body)
    assert made.status_code == 200, made.text
    (after,) = set(re.findall(r"until [^<]+ left\)", world.client.get("/account").text))
    assert before
    assert after not in before
    assert "(2 hours left)" in after


def test_what_a_brake_holds_is_told_and_no_review_of_it_is_offered(world: World) -> None:
    names = [f"a{n}" for n in range(23)]
    world.breaks(*names)
    waiting = [one for one in names if "h" in world.standing(one)["sanctions"][0]["sanction_id"][2:]]
    page = enter(world, waiting[0])
    assert "<h1>We are reviewing your account</h1>" in page
    assert not OFFERS.search(page)


def test_help_to_recover_an_account_is_offered_to_whom_something_was_taken(world: World) -> None:
    world.breaks("a")
    assert "Recover your account" in world.client.get("/account").text
    assert "Recover your account" in enter(world, "a")
    page = enter(world, "nobody-in-particular")
    assert "Your account is in good standing" in page
    assert "Recover your account" not in page
    assert "Recover your account" not in world.client.get("/account/guide").text


def test_what_one_can_do_is_a_list_and_no_box_that_does_nothing(world: World) -> None:
    world.breaks("a")
    page = enter(world, "a")
    assert "<li>Stop messaging people who do not know you.</li>" in page
    assert 'type="checkbox"' not in page


def test_a_copy_of_ones_data_can_be_had_where_the_page_says_so(world: World) -> None:
    world.breaks("a", "b")
    page = enter(world, "a")
    assert "getting a copy of your data" in page
    (path,) = re.findall(r'href="([^"]+)" download', page)
    answer = world.client.get(path)
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    found = answer.json()
    assert found["account"] == "a"
    assert len(found["events"]) == 10
    assert "b-" not in answer.text
    world.client.cookies.clear()
    assert world.client.get(path).status_code == 403


BLOCKED = POLICY.replace("rules:\n", """rules:
  blocked:
    when: distinct(blocked.peer, over="24h") > 2
    code: 102
    ladder: spam
    reason: {en: "Many people blocked you.", it: "Molti ti hanno bloccato.", id: "Banyak orang memblokir Anda."}
""", 1)  # fmt: skip


def test_a_card_whose_notice_is_not_due_yet_says_what_holds_and_not_why(tmp_path: Path) -> None:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time, BLOCKED)
    try:
        with client_of(service, *PAGES) as client:
            world = World(service, client, time)
            world.send([
                {"id": f"b{n}", "time": time.now - 60_000 + n, "kind": "blocked", "account": "a", "peer": f"p{n}"}
                for n in range(3)
            ])  # fmt: skip
            page = enter(world, "a")
            assert "<h1>Some features are limited</h1>" in page
            assert "blocked you" not in page
            world.later(3 * HOUR)
            assert "Many people blocked you." in enter(world, "a")
    finally:
        service.stop()


@pytest.mark.parametrize(
    ("language", "month"), [("en", "November 2026"), ("it", "novembre 2026"), ("id", "November 2026")]
)
def test_months_are_written_in_words(world: World, language: str, month: str) -> None:
    page = world.client.get(f"/transparency/2026-11?language={language}").text
    assert month in page
    assert ">2026-11<" not in page


def test_the_report_adds_up(world: World) -> None:
    asked = {f"{outcome}{number}": outcome for outcome in ("", "upheld", "reversed") for number in range(5)}
    world.breaks(*asked)
    for account, outcome in asked.items():
        appeal(world, world.standing(account)["sanctions"][0]["sanction_id"], outcome)
    page = world.client.get("/transparency").text
    appeals = page[page.index("<h2>Requests for a review") : page.index("<h2>Complaints")]
    shown = dict(
        re.findall(r'<tr><th scope="row">(?:<svg.*?</svg> )?([^<]+)</th><td class="number">(\d+)</td></tr>', appeals)
    )
    parts = ("We were right", "We were wrong and reversed it", "Shortened", "Still open")
    assert int(shown["Filed"]) == 15 == sum(int(shown[one]) for one in parts)
