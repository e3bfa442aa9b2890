"""The README's walk through the service is run as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
from tests.api.process import free_port

ROOT = Path(__file__).parents[2]


def _walks() -> list[str]:
    """The walk through the service, and that through the gateway."""
    return re.findall(r"```bash\n(.*?)```", (ROOT / "README.md").read_text(), re.S)


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
