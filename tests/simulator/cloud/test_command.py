"""`cartellino simulate-cloud` as a process."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import httpx
import pytest
from tests.api.process import free_port

from cartellino.cli.main import main

pytestmark = pytest.mark.served


def test_it_serves_in_real_time_until_it_is_told_to_end() -> None:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "cartellino.cli.main",
        "simulate-cloud",
        "--listen",
        f"127.0.0.1:{port}",
        "--seed",
        "7",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert f"127.0.0.1:{port}".encode() in process.stderr.readline()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client:
            _until_it_answers(client)
            assert client.get("/_sim").json()["seed"] == 7
            client.post("/_sim/recipients", json={"wa_id": "628110000000", "mood": "answers"})
            body = {"messaging_product": "whatsapp", "to": "628110000000", "type": "template",
                    "template": {"name": "spring_sale", "language": {"code": "en"}}}  # fmt: skip
            client.post("/v21.0/100200300/messages", json=body, params={"access_token": "sim"})
            while not client.get("/_sim/recipients/628110000000").json()["sent"]:
                time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 128 + signal.SIGTERM


def _until_it_answers(client: httpx.Client) -> None:
    for _ in range(400):
        try:
            client.get("/_sim")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError


@pytest.mark.parametrize("arguments", [["--listen", "nowhere"], ["--webhooks", "ftp://x"]])
def test_bad_arguments_are_named(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate-cloud", *arguments]) == 2
    assert arguments[1] in capsys.readouterr().err
