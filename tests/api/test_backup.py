"""Copies of an installation: whole or refused, and started beside their own database only."""

from __future__ import annotations

import json
import shutil
import stat
import threading
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from tests.api.test_installation import Place, emptied, reverse
from tests.api.world import Time, World

from cartellino.cli.main import main
from cartellino.service import backup
from cartellino.service.agreement import Disagrees
from cartellino.storage import tables
from cartellino.storage.copying import copy_to_file
from cartellino.storage.database import Database
from cartellino.storage.faults import WriteFailed
from cartellino.storage.files import Disk
from cartellino.vocabulary.actors import operator
from cartellino.vocabulary.refusals import BadArgument, BadFile


@pytest.fixture
def place(tmp_path: Path, url: str, time: Time) -> Place:
    return Place(tmp_path / "data", url, time)


@pytest.fixture
def copy(tmp_path: Path, time: Time) -> Path:
    """A copy of a small installation over SQLite."""
    found = Place(tmp_path / "first", f"sqlite:///{tmp_path / 'first.db'}", time)
    found.run(lambda world: world.breaks("a"))
    return save(found, tmp_path / "copy")


def save(place: Place, to: Path) -> Path:
    database = Database(place.url)
    backup.save(place.folder, database, to)
    database.close()
    return to


def test_a_copy_that_is_put_back_goes_on(place: Place, tmp_path: Path) -> None:
    def use(world: World) -> None:
        world.breaks("a")
        save(place, tmp_path / "copy")
        reverse(world, "a")
        world.breaks("b")

    place.run(use)
    rows = place.count(tables.ledger)
    shutil.rmtree(place.folder)
    emptied(place.url)
    database = Database(place.url)
    backup.restore(tmp_path / "copy", place.folder, database)
    database.close()

    def go_on(world: World) -> None:
        assert world.standing("a")["standing"] == "limited"
        world.breaks("c")
        reverse(world, "c")

    place.run(go_on)
    assert place.count(tables.ledger) < rows + 3
    assert place.count(tables.decisions) == 2


def test_a_copy_beside_a_newer_database_does_not_start(place: Place, tmp_path: Path) -> None:
    place.run(lambda world: world.breaks("a"))
    save(place, tmp_path / "copy")
    place.run(lambda world: reverse(world, "a"))
    shutil.rmtree(place.folder)
    database = Database(place.url)
    with pytest.raises(BadArgument, match="not empty"):
        backup.restore(tmp_path / "copy", place.folder, database)
    database.close()
    assert not place.folder.exists()
    backup.restore(tmp_path / "copy", place.folder, None)
    with pytest.raises(Disagrees, match="the database has gone on since"):
        place.run()


def test_a_copy_is_its_owners_alone_and_says_what_it_holds(copy: Path) -> None:
    assert all(not stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (copy, *copy.rglob("*")))
    manifest = json.loads((copy / "manifest.json").read_text())
    assert (manifest["events"], manifest["acts"]) == (10, 2)
    assert {"cartellino.db", "state/log/installation.json"} < {one["path"] for one in manifest["files"]}


def test_every_damaged_or_missing_file_is_refused(copy: Path, tmp_path: Path) -> None:
    for path in sorted(one for one in copy.rglob("*") if one.is_file()):
        whole = path.read_bytes()
        for damaged in (whole[: len(whole) // 2], whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:], None):
            path.unlink()
            if damaged is not None:
                path.write_bytes(damaged)
            with pytest.raises(BadFile, match=r"damaged|missing|whole"):
                backup.restore(copy, tmp_path / "back", None)
            assert sorted(one.name for one in tmp_path.iterdir() if "back" in one.name) == []
        path.write_bytes(whole)
    backup.restore(copy, tmp_path / "back", None)


@pytest.mark.parametrize("name", ["../outside", "/etc/hosts", "state/../../outside"])
def test_a_manifest_does_not_reach_outside(copy: Path, tmp_path: Path, name: str) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"].append({"path": name, "size": 0, "sha256": ""})
    sealed = msgspec.convert(manifest, backup.Manifest).sealed()
    (copy / "manifest.json").write_bytes(msgspec.json.encode(sealed))
    with pytest.raises(BadFile, match="outside"):
        backup.restore(copy, tmp_path / "back", None)


def test_a_full_folder_is_not_written_into(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").touch()
    with pytest.raises(BadArgument, match="not empty"):
        backup.restore(copy, tmp_path / "full", None)
    (tmp_path / "empty").mkdir()
    backup.restore(copy, tmp_path / "empty", None)


def test_what_breaks_off_leaves_nothing(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def sync_folder(_: Disk, folder: Path) -> None:
        calls.append(folder)
        if len(calls) > 3:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Disk, "sync_folder", sync_folder)
        with pytest.raises((OSError, WriteFailed)):
            backup.restore(copy, tmp_path / "back", None)
    assert [one.name for one in tmp_path.iterdir() if "back" in one.name] == []
    backup.restore(copy, tmp_path / "back", None)


def test_a_copy_taken_under_load_starts(place: Place, tmp_path: Path) -> None:
    def use(world: World) -> None:
        done = threading.Event()

        def load() -> None:
            for number in range(200):
                if done.is_set():
                    return
                world.breaks(f"a{number}", first=20 * number)

        sender = threading.Thread(target=load)
        sender.start()
        for number in range(3):
            save(place, tmp_path / f"copy{number}")
        done.set()
        sender.join(20)

    place.run(use)
    for number in range(3):
        url = f"sqlite:///{tmp_path / f'back{number}' / 'cartellino.db'}"
        back = Place(tmp_path / f"back{number}", url, place.time)
        backup.restore(tmp_path / f"copy{number}", back.folder, None)
        back.run(lambda world: world.breaks("later"))


def test_a_copy_during_which_events_were_forgotten_is_begun_again(
    tmp_path: Path, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path / "data", f"sqlite:///{tmp_path / 'test.db'}", time)
    real, tries = copy_to_file, []

    def use(world: World) -> None:
        world.breaks("a", "b")

        def erasing(database: Database, file: Path) -> None:
            real(database, file)
            tries.append(file)
            if len(tries) == 1:
                world.service.writer.erase("main", "a", operator("x"), "y").result(10)

        monkeypatch.setattr(backup, "copy_to_file", erasing)
        save(place, tmp_path / "copy")

    place.run(use)
    assert len(tries) == 2
    database = Database(f"sqlite:///{tmp_path / 'copy' / 'cartellino.db'}")
    with database.begin() as rows:
        assert "a" not in rows.scalars(sa.select(tables.decisions.c.account)).all()
    database.close()


def test_the_command(tmp_path: Path, time: Time, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    Place(data, f"sqlite:///{data / 'cartellino.db'}", time).run(lambda world: world.breaks("a"))
    assert main(["backup", "save", str(tmp_path / "copy"), "--data", str(data)]) == 0
    assert "10 events, 2 acts" in capsys.readouterr().out
    assert main(["backup", "restore", str(tmp_path / "copy"), "--data", str(tmp_path / "back")]) == 0
    assert main(["backup", "restore", str(tmp_path / "data"), "--data", str(tmp_path / "other")]) == 2
    assert main(["backup", "save", str(tmp_path / "copy"), "--data", str(data)]) == 2
    assert main(["backup", "save", str(tmp_path / "new"), "--data", str(tmp_path / "nowhere")]) == 2
