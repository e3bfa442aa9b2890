"""The README's walk through the service is run as it stands there."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from tests.api.process import free_port

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def _walks() -> list[str]:
    """The walk through the service, and that through the gateway."""
    return re.findall(r"```bash\n(.*?)```", README, re.S)


def _run(folder: Path, script: str, seconds: float) -> str:
    """Run what the README shows in a folder with the examples, and return what it says."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    (folder / ".venv").symlink_to(ROOT / ".venv")
    shell = subprocess.Popen(
        ["bash", "-c", f"{script}\nkill %1 %2\nwait\n"], cwd=folder, start_new_session=True,
        env={**os.environ, "CARTELLINO_NATIVE": "never"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        said, wrong = shell.communicate(timeout=seconds)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
    return said + wrong[-2_000:]


@pytest.mark.slow
def test_the_walk_through_the_gateway(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl; ./test installs it when it is root")
    _, walk = _walks()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "cartellino").symlink_to(ROOT / ".venv" / "bin" / "cartellino")
    platform, gateway = free_port(), free_port()
    script = walk.replace("127.0.0.1:8001", f"127.0.0.1:{platform}").replace("localhost:8002", f"127.0.0.1:{gateway}")
    script = script.replace("127.0.0.1:8002", f"127.0.0.1:{gateway}") + "\nkill %1 %2\nwait\n"
    ran = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env={**os.environ, "CARTELLINO_NATIVE": "never"}, capture_output=True,
        timeout=120, check=False,
    )  # fmt: skip
    said = ran.stdout.decode()
    assert '"rule":"consent"' in said, (said, ran.stderr.decode()[-2_000:])
    assert '"written":1' in said
    assert '"messages":[{"id":"wamid.' in said or '"rule":"quiet-hours"' in said
    assert '"tier":"TIER_250"' in said


@pytest.mark.slow
def test_the_days_of_the_shop_and_the_reckless_campaign(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl; ./test installs it when it is root")
    start = _walks()[1].partition("OFFER=")[0]
    (days,) = re.findall(r"```sh\n(.*?examples/whatsapp.*?)```", README, re.S)
    ports = {port: str(free_port()) for port in ("8001", "8002", "9000")}
    days = re.sub(r"(python \S+\.py.*?)(?= *#|\n)", r"\1 --simulator http://127.0.0.1:8001 --gateway http://127.0.0.1:8002",
                  days).replace("shop.py", "shop.py --listen 9000")  # fmt: skip
    said = _run(tmp_path, re.sub(r"\b(8001|8002|9000)\b", lambda port: ports[port[1]], start + days), 300)
    shop, through, past = re.split(r"(?=^Day 1\n)", said, flags=re.M)
    for line in (
        "offer to Anna: sent",
        "offer to Bruno: refused by `consent`",
        "Anna writes: Do you have it in blue?",
        "our answer: sent",
        "a few words to Anna: refused by `window`",
        "Bruno's order has left: sent",
        "has left, again: refused by `duplicate`",
        "+393331235000: refused by `frequency`",
        "offer to Carla: refused by `opted-out`",
        "Carla's order has left: sent",
    ):
        assert line in shop, (line, said)
    assert shop.count("refused by `consent`") == 4
    assert "offers to the list: 200 tried, 0 taken" in through
    assert "600 refused by consent:" in through
    assert "0 blocks, 0 reports, quality GREEN, 0 restrictions." in through
    assert "RESTRICTED_BIZ_INITIATED_MESSAGING" in past
    dossier, _ = json.JSONDecoder().raw_decode(past[past.index('{"number"') :])
    assert {one["stopped"] for one in dossier["restrictions"]} >= {"business_initiated"}
    assert dossier["causes"][0]["grade"] == "likely"
    assert dossier["still_works"]


@pytest.mark.slow
def test_the_walk_of_the_readme(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl; ./test installs it when it is root")
    walk, _ = _walks()
    port = free_port()
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "cartellino").symlink_to(ROOT / ".venv" / "bin" / "cartellino")
    script = walk.replace("localhost:8000", f"127.0.0.1:{port}") + "\nkill %1\nwait\n"
    environment = {**os.environ, "CARTELLINO_LISTEN": f"127.0.0.1:{port}", "CARTELLINO_NATIVE": "never"}
    ran = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, timeout=120, check=False
    )
    said = ran.stdout.decode()
    assert '"standing":"limited"' in said, (said, ran.stderr.decode()[-2_000:])
    assert '"genuine":true' in said
    assert {"en", "it", "id"} <= set(re.findall(r'"language":"(\w\w)"', said))
    assert '"outcome":"reversed"' in said
    after = said[said.index('"outcome":"reversed"') :]
    assert '"standing":"clear"' in after
    month = msgspec.json.decode(after[after.index('{"month"') :].encode().split(b"\n")[0])
    assert month["appeals"]["reversed"] == "<5"
