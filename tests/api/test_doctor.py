"""`cartellino doctor` and `/health/ready` tell the truth: what is well is well, and what is wrong is named."""

from __future__ import annotations

import os
import shutil
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.api.test_installation import Place, changed, emptied
from tests.api.world import Time, World

from cartellino.cli.main import main
from cartellino.service import watch
from cartellino.storage import tables
from cartellino.storage.database import Database
from cartellino.storage.segment import name_of

SALT, SECRET = "salt" * 8, "secret of the tests, which is long enough"


@pytest.fixture
def place(tmp_path: Path, time: Time, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("CARTELLINO_SALT", SALT)
    monkeypatch.setenv("CARTELLINO_SECRET", SECRET)
    data = tmp_path / "data"
    found = Place(data, f"sqlite:///{data / 'cartellino.db'}", time)

    def use(world: World) -> None:
        world.breaks("a")
        world.breaks("b", first=100)

    found.run(use)
    return found


def doctor(place: Place, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    """Return the exit code, and the lines that say what is wrong."""
    capsys.readouterr()
    code = main(["doctor", "--data", str(place.folder), *more])
    return code, " ".join(capsys.readouterr().out.split())


def test_what_is_well_is_well_and_stays_as_it_is(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    before = place.contents()
    code, said = doctor(place, capsys)
    assert (code, "WRONG" in said) == (0, False), said
    assert ("runs as root" in said) == (os.geteuid() == 0)
    assert place.contents() == before


def test_it_says_so_of_postgresql_and_of_a_running_service(
    tmp_path: Path, time: Time, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTELLINO_SALT", SALT)
    monkeypatch.setenv("CARTELLINO_SECRET", SECRET)
    place = Place(tmp_path / "data", url, time)
    said: list[tuple[int, str]] = []

    def use(world: World) -> None:
        done = threading.Event()

        def load() -> None:
            number = 0
            while not done.is_set():
                world.breaks(f"a{number}", first=20 * number)
                number += 1

        sender = threading.Thread(target=load)
        sender.start()
        said.extend(doctor(place, capsys, "--database", url) for _ in range(3))
        done.set()
        sender.join(20)

    place.run(use)
    assert [code for code, _ in said] == [0, 0, 0], said


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(bytes(content))


def tear_pages(place: Place) -> None:
    """Overwrite pages in the middle of the database."""
    database = Database(place.url)
    with database.begin() as rows:
        rows.exec_driver_sql("SELECT 1")
    database.close()
    file = place.folder / "cartellino.db"
    content = bytearray(file.read_bytes())
    for page in range(20, 60):
        content[page * 4096 + 8 : page * 4096 + 200] = os.urandom(192)
    file.write_bytes(bytes(content))


def change_ledger(place: Place) -> None:
    database = Database(place.url)
    with database.begin_writing() as rows:
        rows.execute(sa.update(tables.ledger).where(tables.ledger.c.number == 2).values(what="nothing"))
    database.close()


def cut_ledger(place: Place) -> None:
    database = Database(place.url)
    with database.begin_writing() as rows:
        last = sa.select(sa.func.max(tables.ledger.c.number)).scalar_subquery()
        rows.execute(sa.delete(tables.ledger).where(tables.ledger.c.number == last))
    database.close()


def log_of(place: Place) -> Path:
    return place.log / name_of(1)


def forget(place: Place) -> None:
    place.run(lambda world: world.service.writer.forget({"message_sent": 1}).result(10))
    shutil.rmtree(place.folder / "state" / "snapshots")


WRONG: dict[str, tuple[Callable[[Place], object], str]] = {
    "a damaged log": (lambda place: flip(log_of(place), log_of(place).stat().st_size // 2), "is damaged at byte"),
    "a damaged end of the log": (lambda place: flip(log_of(place), -200), "was removed or cut off"),
    "a missing log": (lambda place: shutil.rmtree(place.log), "the log"),
    "a damaged journal": (lambda place: flip(place.folder / "state" / "found.journal", 20), "found.journal is damaged"),
    "damaged pages": (tear_pages, "damaged"),
    "a table that was removed": (lambda place: changed(place.url, "DROP TABLE sanctions"), "lacks `sanctions`"),
    "acts that were removed": (lambda place: changed(place.url, "DELETE FROM acts WHERE number = 1"), "were removed"),
    "a changed ledger": (change_ledger, "somebody changed row 2"),
    "a ledger that was cut off": (cut_ledger, "older copy"),
    "no database": (lambda place: emptied(place.url), "there is no database"),
    "a snapshot that is needed": (forget, "the time before is unknown"),
    "a damaged snapshot": (
        lambda place: flip(next((place.folder / "state" / "snapshots").iterdir()), 100), "snapshots are damaged",
    ),
    "a file that others read": (lambda place: (place.folder / "state" / "names.bits").chmod(0o644), "names.bits (644)"),
    "a folder that others enter": (lambda place: place.folder.chmod(0o755), "(755)"),
    "policies that are lost": (lambda place: (place.folder / "state" / "policies.json").unlink(), "no policies.json"),
    "a damaged card": (lambda place: (place.log / "installation.json").write_bytes(b"{"), "installation.json is"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named(place: Place, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    break_it, said = WRONG[what]
    break_it(place)
    code, output = doctor(place, capsys)
    assert (code, said in output) == (1, True), output


def test_a_journal_ahead_of_the_log_is_named(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    older = log_of(place).read_bytes()
    place.run(lambda world: world.breaks("c"))
    log_of(place).write_bytes(older)
    code, said = doctor(place, capsys)
    assert (code, "and the log ends with 20" in said) == (1, True), said


def test_a_short_salt_and_a_damaged_secret_are_named(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CARTELLINO_SECRET")
    (place.folder / "secret").write_bytes(b"")
    (place.folder / "secret").chmod(0o600)
    code, said = doctor(place, capsys)
    assert (code, "secret is damaged" in said) == (1, True)
    monkeypatch.setenv("CARTELLINO_SALT", "another salt, of thirty-two letters")
    assert "another salt" in doctor(place, capsys)[1]


def test_a_torn_tail_is_no_fault(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with log_of(place).open("ab") as log:
        log.write(b"\xff\xff\xff\xff a batch that was never acknowledged")
    before = log_of(place).read_bytes()
    code, said = doctor(place, capsys)
    assert (code, "were never acknowledged" in said) == (0, True), said
    assert log_of(place).read_bytes() == before


def test_a_row_that_postgresql_cannot_read_is_named(
    tmp_path: Path, postgres: str, time: Time, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTELLINO_SALT", SALT)
    monkeypatch.setenv("CARTELLINO_SECRET", SECRET)
    emptied(postgres)
    place = Place(tmp_path / "data", postgres, time)
    place.run(lambda world: world.breaks("a"))
    assert doctor(place, capsys, "--database", postgres)[0] == 0
    database = Database(postgres)
    with database.begin_writing() as rows:
        rows.execute(sa.text("CREATE EXTENSION amcheck"))
    assert doctor(place, capsys, "--database", postgres)[0] == 0
    with database.begin_writing() as rows:
        rows.execute(sa.text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'pk_acts'::regclass"))
    code, said = doctor(place, capsys, "--database", postgres)
    assert (code, "pk_acts is not valid" in said) == (1, True), said
    with database.begin_writing() as rows:
        rows.execute(sa.text("DROP EXTENSION amcheck"))
    database.close()


# While it runs


def test_everything_an_installation_writes_is_its_owners_alone(place: Place) -> None:
    def use(world: World) -> None:
        world.breaks("c")
        world.key("POST", "/v1/events", b'{"id": "1", "time": 1795000000000, "kind": "unheard_of", "account": "a"}')

    old = os.umask(0)
    try:
        place.run(use)
    finally:
        os.umask(old)
    loose = [path for path in (place.folder, *place.folder.rglob("*")) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert loose == []
    assert list((place.folder / "quarantine").iterdir()) != []


def test_an_installation_that_was_open_is_closed_at_the_start(place: Place) -> None:
    for path in place.folder.rglob("*"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    place.run()
    assert [path for path in place.folder.rglob("*") if path.stat().st_mode & 0o077] == []


def test_ready_and_metrics_tell_what_doctor_would(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small.service.settings.folder

    def degraded() -> list[str]:
        small.service.watch.look()
        return [one["condition"] for one in small.client.get("/health/ready").json()["degraded"]]

    assert degraded() == []
    (folder / "state" / "policies.json").chmod(0o644)
    assert degraded() == ["files"]
    (folder / "state" / "policies.json").chmod(0o600)
    monkeypatch.setattr(watch, "LEAST_FREE", 1 << 60)
    assert degraded() == ["disk"]
    assert 'cartellino_degraded{condition="disk"} 1.0' in small.key("GET", "/metrics").text
    monkeypatch.undo()
    assert degraded() == []
