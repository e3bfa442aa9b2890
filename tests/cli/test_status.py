"""The exported status stays up: files in every language whose links lead on, and old ones where nobody answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.test_availability import outage
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.cli import status
from cartellino.cli.main import main
from cartellino.status.app import PAGES
from cartellino.web.pages import static

LIVE = "https://chat.example.org"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    try:
        with client_of(service, static, *PAGES) as client:
            outage(World(service, client, time))
            yield client
    finally:
        service.stop()


def test_every_link_of_the_files_leads_to_a_file_or_to_the_service(
    client: Any, tmp_path: Path, monkeypatch: Any  # noqa: ANN401
) -> None:  # fmt: skip
    wide = status._pages
    monkeypatch.setattr(status, "_pages", lambda front, known, codes: wide(front, known, [*known, "FR"]))
    files = status.fetched(client, LIVE)
    folder = tmp_path / "out"
    status.written(folder, files)
    assert {"en", "it", "id"} == {
        re.search(r'<html lang="(\w+)"', (folder / f"{root}status/index.html").read_text())[1]  # type: ignore[index]
        for root in ("", "it/", "id/")
    }
    lost = set()
    for file in folder.rglob("*.html"):
        for link in re.findall(r'href="([^"#]+)"', file.read_text("utf-8")):
            if link.startswith((LIVE, "/complaints", "/v1/orders/")) or re.search(
                r"/countries/(?!ID|BR|FR|MY|IT)", link
            ):
                continue
            found = folder / link.strip("/")
            if not (found / "index.html").is_file() and not found.is_file():
                lost.add((str(file.relative_to(folder)), link))
    assert lost == set()
    assert "Something fails in one country." in (folder / "status/index.html").read_text("utf-8")
    assert b"partial_outage" in (folder / "api/v2/summary.json").read_bytes()


def test_what_was_exported_stays_when_nobody_answers(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    status.written(folder, {"/status/index.html": b"before"})
    assert main(["status", "export", str(folder), "--from", "http://127.0.0.1:9"]) == 1
    assert (folder / "status/index.html").read_bytes() == b"before"


def test_a_page_that_is_gone_goes_and_others_files_stay(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "index.html").write_text("mine")
    status.written(tmp_path, {"/status/index.html": b"1", "/status/incidents/i_1/index.html": b"1"})
    status.written(tmp_path, {"/status/index.html": b"2"})
    assert sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.*")) == [
        "own/index.html", "status/index.html",
    ]  # fmt: skip


def test_whoever_is_asked_to_wait_waits_and_goes_on() -> None:
    answers = iter([429, 429, 200])
    transport = httpx.MockTransport(lambda _: httpx.Response(next(answers), headers={"retry-after": "3"}))
    waited: list[float] = []
    with httpx.Client(base_url="http://service", transport=transport) as client:
        assert status._get(client, "/status", sleep=waited.append).status_code == 200
    assert waited == [3.0, 3.0]


def test_no_address_is_a_bad_argument(tmp_path: Path) -> None:
    assert main(["status", "export", str(tmp_path), "--from", "http://[::1"]) == 2
