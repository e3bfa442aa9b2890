"""The gateway on a full disk: replies, codes and orders go out, offers are to be sent again, and nothing is lost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.adapters.cloud import ANNA, BRUNO, rule_of, running, template, text, wrote
from tests.api.test_read_only import MEGABYTES, mount, mounted


@pytest.mark.slow
def test_a_full_disk_stops_offers_and_nothing_that_somebody_waits_for(tmp_path: Path) -> None:
    data, ballast = tmp_path / "data", tmp_path / "data" / "ballast"
    with (
        mounted(data, lambda: mount("-t", "tmpfs", "-o", f"size={MEGABYTES}m", "none", str(data))),
        running(data) as (gateway, platform),
    ):
        gateway.tell(wrote("hi"))
        gateway.agree(BRUNO)
        gateway.set_mode("quiet-hours", "off")
        assert gateway.send(text()).status_code == 200
        _fill(ballast)
        until, refused = time.monotonic() + 60, gateway.send(template("spring_sale", "393331119100"))
        number = 0
        while not (refused.status_code == 503 and rule_of(refused) == "store"):
            assert time.monotonic() < until, refused.text  # what is written over needs no room
            number += 1
            gateway.agree(f"39333112{number:04d}", wording="x" * 1_000)
            refused = gateway.send(template("spring_sale", BRUNO))
        sent = len(platform.sent)
        for message in (text(), template("login_code", "393331119101"), template("order_update", "393331119102")):
            assert gateway.send(message).status_code == 200
        assert len(platform.sent) == sent + 3
        assert gateway.tell(wrote("again", ANNA, "wamid.in9")).status_code == 503, "the platform tells it again"
        assert gateway.client.get("/health/live").status_code == 200
        ballast.unlink()
        until = time.monotonic() + 60
        while gateway.tell(wrote("again", ANNA, "wamid.in9")).status_code != 200:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert gateway.sender()["limits"]["people_in_24h"]["used"] >= 2, "what passed meanwhile is known"


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as out:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    out.write(bytes(size))
            except OSError:
                continue
