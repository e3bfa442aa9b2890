"""The form of complaints as a browser sends it: with files, without JavaScript, and what it says about those."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.status.app import PAGES
from cartellino.storage import tables

PNG = b"\x89PNG\r\n\x1a\n\x00\x01\r\n--\r\n\xff"
TYPED = {"category": "scam", "kind-0": "account", "subject-0": "undian", "country": "ID", "mail": "sari@example.org",
         "good_faith": "yes", "text": "Akun ini menawarkan undian palsu dan meminta uang muka."}  # fmt: skip
File = tuple[str, bytes, str]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    service = begun(settings_for(tmp_path / "data"), Time())
    service.outgoing.postman.stop()
    try:
        with client_of(service, *PAGES) as client:
            yield World(service, client, Time())
    finally:
        service.stop()


def sent(world: World, *files: File, language: str = "id", **more: str) -> httpx.Response:
    """Send the form as a browser does; where no file was chosen, that has an empty part."""
    given = [("files", file) for file in files or (("", b"", "application/octet-stream"),)]
    headers = {"accept-language": language}
    return world.client.post(
        "/complaints", data={**TYPED, **more}, files=given, headers=headers, follow_redirects=False
    )


def kept(world: World) -> list[tuple[str, str, bytes]]:
    with world.service.database.begin() as rows:
        files = tables.attachments.c
        query = sa.select(files.name, files.media_type, files.content).order_by(files.name)
        return [(row.name, row.media_type, row.content) for row in rows.execute(query)]


def test_three_files_of_a_form_are_kept_byte_for_byte(world: World) -> None:
    answer = sent(world,
                  ("bukti \u202egnp.png", PNG, "image/png"), ("C:\\catatan.txt", "perché".encode(), "text/plain"),
                  ("surat.pdf", b"%PDF-1.7 \x00", "application/pdf"))  # fmt: skip
    assert answer.status_code == 303, answer.text
    assert kept(world) == [("bukti gnp.png", "image/png", PNG), ("catatan.txt", "text/plain", "perché".encode()),
                           ("surat.pdf", "application/pdf", b"%PDF-1.7 \x00")]  # fmt: skip


def test_no_file_is_no_file(world: World) -> None:
    assert sent(world).status_code == 303
    assert kept(world) == []


@pytest.mark.parametrize(
    "files",
    [
        [("a.png", b"MZ\x90\x00", "image/png")],
        [("a.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")],
        [("a.zip", b"PK\x03\x04", "application/zip")],
        [("a.txt", b"a\x00b", "text/plain")],
        [("a.png", PNG + b"\x00" * (1 << 20), "image/png")],
        [(f"{number}.png", PNG, "image/png") for number in range(4)],
    ],
)
def test_a_file_that_is_not_taken_is_told_and_the_text_stays(world: World, files: list[File]) -> None:
    answer = sent(world, *files)
    assert answer.status_code in (400, 413, 415), answer.text
    assert "Ada berkas yang tidak diterima: paling banyak tiga" in answer.text
    assert "Pilih kembali berkasnya." in answer.text
    assert TYPED["text"] in answer.text
    assert kept(world) == []


@pytest.mark.parametrize("language", ["en", "it", "id"])
def test_no_picture_of_the_abuse_of_a_child_is_ever_kept(world: World, language: str) -> None:
    answer = sent(world, ("a.txt", b"words only", "text/plain"), language=language, category="child_safety")
    assert answer.status_code == 415
    assert {"en": "send no picture", "it": "non inviare immagini", "id": "jangan kirim gambar"}[language] in answer.text
    assert kept(world) == []


def test_the_list_of_countries_goes_by_letters_in_every_language(world: World) -> None:
    for language, first, then in (("en", "Åland", "Albania"), ("en", "Côte d", "Croatia"),
                                  ("it", "São Tomé", "Senegal"), ("id", "Réunion", "Rumania")):  # fmt: skip
        page = world.client.get("/complaints", headers={"accept-language": language}).text
        assert page.index(f">{first}") < page.index(f">{then}"), (language, first)
