"""The pillars of a number that really sends, over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.adapters.cloud import ANNA, BRUNO, NUMBER, running, template, wrote


def test_what_was_sent_and_agreed_is_measured_at_once(tmp_path: Path) -> None:
    with running(tmp_path / "data") as (gateway, _):
        gateway.set_mode("consent", "observe")
        gateway.set_mode("quiet-hours", "off")
        gateway.agree(ANNA, wording="Offers?", proof="form 7")
        for person in (ANNA, BRUNO):
            assert gateway.send(template("spring_sale", person)).status_code == 200
        gateway.tell(wrote("tell me more"))
        brief = gateway.sender()["pillars"]
        assert list(brief) == ["consent", "segmentation", "frequency", "content", "reciprocity"]
        on_record = brief["consent"]["figures"]["on_record"]
        assert (on_record["least"], on_record["most"], on_record["of"]) == (0.5, 1.0, 2)
        assert on_record["shown"] == "50 to 100 %"
        assert "1 person without agreement on record" in brief["consent"]["raise"]

        answer = gateway.client.get(f"/v1/senders/{NUMBER}/pillars").json()
        series = answer["pillars"][0]["series"][0]["points"]
        assert len(series) == 60
        assert (series[-1]["least"], series[-1]["most"]) == (0.5, 1.0)
        assert (series[0]["least"], series[0]["most"]) == (None, None)
        assert answer["prevention"] is None
        assert gateway.client.get("/v1/senders/999").status_code == 404
        assert gateway.client.get("/v1/senders/999/pillars").status_code == 404
