"""A disk turns read-only under a running service, as a file system does at a fault: 503, nothing lost, and it goes on.

This needs root and the right to mount; where that is missing, the tests are skipped.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.api.process import Process
from tests.api.test_crashes import parts
from tests.api.world import POLICY

MEGABYTES = 64


def mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


@contextmanager
def mounted(folder: Path, again: Callable[[], bool]) -> Iterator[None]:
    """Mount a file system while the block lasts, or skip the test."""
    folder.mkdir()
    try:
        there = again()
    except FileNotFoundError:  # no `mount`, no `mkfs.ext4`
        there = False
    if not there:
        pytest.skip("file systems cannot be mounted here; it needs root, and loop devices")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def refused(service: Process, body: bytes) -> None:
    """Nothing is taken, the reason is told, and the process lives."""
    for _ in range(5):
        answer = service.client.post("/v1/events", content=body)
        assert answer.status_code == 503, answer.text
        time.sleep(0.3)
    assert service.client.get("/health/ready").status_code == 503
    assert service.client.get("/health/live").status_code == 200


def taken(service: Process, body: bytes) -> int:
    """Send until it is taken, as a sender would; return how many events were new."""
    until = time.monotonic() + 60
    while True:
        answer = service.client.post("/v1/events", content=body)
        if answer.status_code == 200:
            accepted: int = answer.json()["accepted"]
            return accepted
        assert answer.status_code in (429, 503), answer.text
        assert time.monotonic() < until, answer.text
        time.sleep(0.1)


def policy_in(folder: Path) -> Path:
    file = folder / "policy.yaml"
    file.write_text(POLICY)
    return file


@pytest.mark.slow
def test_a_file_system_that_gave_up_after_a_fault(tmp_path: Path) -> None:
    """ext4 with `remount,abort` does what it does after an I/O error: read-only at once, until it is mounted anew."""
    image, data = tmp_path / "image", tmp_path / "data"

    def again() -> bool:
        return mount("-o", "loop", str(image), str(data))

    with image.open("wb") as file:
        file.truncate(MEGABYTES << 20)
    made = subprocess.run(["mkfs.ext4", "-q", str(image)], capture_output=True, check=False) if _has_mkfs() else None
    with mounted(data, lambda: made is not None and made.returncode == 0 and again()):
        first, second, third = parts(3)
        service = Process(data, policy_in(tmp_path))
        service.start()
        assert taken(service, first) == 20
        assert mount("-o", "remount,abort", str(data))
        refused(service, second)
        service.stop()
        subprocess.run(["umount", str(data)], check=True)
        assert again()
        service = Process(data, policy_in(tmp_path))
        service.start()
        assert [taken(service, body) for body in (first, second, third)] == [0, 20, 20]
        assert service.stop() == 0


def _has_mkfs() -> bool:
    return any((Path(folder) / "mkfs.ext4").exists() for folder in ("/sbin", "/usr/sbin"))


@pytest.mark.slow
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_disk_that_is_read_only_for_a_while(tmp_path: Path, url: str) -> None:
    """The log's disk alone: with the tables in PostgreSQL nothing holds it open, so it can be mounted so and back."""
    data = tmp_path / "data"
    with mounted(data, lambda: mount("-t", "tmpfs", "-o", f"size={MEGABYTES}m", "none", str(data))):
        first, second = parts(2)
        service = Process(data, policy_in(tmp_path), url)
        service.start()
        assert taken(service, first) == 20
        until = time.monotonic() + 30
        while not mount("-o", "remount,ro", str(data)):
            assert time.monotonic() < until, "a file stays open for writing"
            time.sleep(0.05)
        refused(service, second)
        assert mount("-o", "remount,rw", str(data))
        assert [taken(service, body) for body in (second, first)] == [20, 0]
        assert service.client.get("/health/ready").status_code == 200
        assert service.stop() == 0
