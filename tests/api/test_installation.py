"""Folder, log and database know which installation they belong to and up to where: what disagrees does not start."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import alembic.command
import msgspec
import pytest
import sqlalchemy as sa
from alembic.config import Config
from tests.api.test_reliability import eventually, line
from tests.api.world import KEY, Time, World, begun, client_of, settings_for
from tests.storage.test_away import answered

from cartellino.enforcement.acts import Record
from cartellino.pipeline.state_folder import StateFolder
from cartellino.service import installation
from cartellino.service.agreement import Disagrees
from cartellino.service.installation import Installation
from cartellino.service.service import Service
from cartellino.service.write_queue import Unavailable
from cartellino.storage import tables
from cartellino.storage.card import Card, read_card, write_card
from cartellino.storage.copying import copy_from_file, copy_to_file
from cartellino.storage.database import Database, Rows
from cartellino.storage.faults import WriteFailed
from cartellino.storage.holding import Held
from cartellino.storage.journal import Journal
from cartellino.vocabulary.actors import operator
from cartellino.vocabulary.refusals import BadArgument, BadFile, Refusal

Use = Callable[[World], object]


class Place:
    """A folder and a database on which services are started one after the other."""

    def __init__(self, folder: Path, url: str, time: Time) -> None:
        self.folder, self.url, self.time = folder, url, time
        self.log = folder / "state" / "log"

    def run(self, use: Use = lambda world: None, url: str = "") -> None:
        service = begun(settings_for(self.folder, database=url or self.url), self.time)
        try:
            with client_of(service) as client:
                use(World(service, client, self.time))
        finally:
            service.stop()

    def refuses(self, said: str, kind: type[Refusal] = Disagrees) -> Refusal:
        """Start, and see that it is refused and changes nothing."""
        before = self.contents()
        with pytest.raises(kind, match=said) as refused:
            self.run()
        assert self.contents() == before
        return refused.value

    def contents(self) -> dict[str, Any]:
        database = Database(self.url)
        with database.begin() as rows:
            names = sorted(sa.inspect(rows).get_table_names())
            found: dict[str, Any] = {n: sorted(map(repr, rows.execute(sa.text(f'SELECT * FROM "{n}"')))) for n in names}
        database.close()
        files = {
            path: path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and "db" not in path.name and path.name != "lock"
        }
        return found | {str(path): content for path, content in files.items()}

    def count(self, table: sa.Table) -> int:
        database = Database(self.url)
        with database.begin() as rows:
            number = rows.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        database.close()
        return number


@pytest.fixture
def place(tmp_path: Path, url: str, time: Time) -> Place:
    return Place(tmp_path / "data", url, time)


@pytest.fixture
def light(tmp_path: Path, time: Time) -> Place:
    """The same over SQLite alone."""
    return Place(tmp_path / "data", f"sqlite:///{tmp_path / 'test.db'}", time)


def emptied(url: str) -> None:
    database = Database(url)
    if database.file is not None:
        for path in database.file.parent.glob(f"{database.file.name}*"):
            path.unlink()
        return
    with database.begin_writing() as rows:
        rows.execute(sa.text("DROP SCHEMA public CASCADE"))
        rows.execute(sa.text("CREATE SCHEMA public"))
    database.close()


def changed(url: str, how: str) -> None:
    database = Database(url)
    with database.begin_writing() as rows:
        rows.execute(sa.text(how))
    database.close()


def saved(url: str, file: Path) -> Path:
    database = Database(url)
    copy_to_file(database, file)
    database.close()
    return file


def put_back(url: str, file: Path) -> None:
    emptied(url)
    database = Database(url)
    copy_from_file(file, database)
    database.close()


def reverse(world: World, account: str) -> None:
    """Let the latest sanction of an account be reversed."""
    sanction = world.standing(account)["sanctions"][0]["sanction_id"]
    appeal = world.key("POST", f"/v1/sanctions/{sanction}/appeals", {"text": "Please."}).json()["appeal_id"]
    outcome = {"outcome": "reversed", "reason": "They knew each other."}
    assert world.people["reviewer"]("POST", f"/v1/appeals/{appeal}/outcome", outcome).status_code == 200


def test_an_installation_goes_on(light: Place) -> None:
    light.run(lambda world: world.breaks("a"))
    card = read_card(light.log)
    light.run(lambda world: world.breaks("b"))
    again = read_card(light.log)
    assert card is not None and again is not None
    assert (card.id, card.id.startswith("i_"), again.written > card.written) == (again.id, True, True)


@pytest.mark.parametrize("how", ["removed", "emptied"])
def test_a_database_that_was_removed_is_refused(place: Place, how: str) -> None:
    def use(world: World) -> None:
        world.breaks("a")
        reverse(world, "a")

    place.run(use)
    emptied(place.url)
    if how == "emptied":
        database = Database(place.url)
        database.migrate()
        database.close()
    refused = place.refuses("the database is empty or was removed")
    assert "cartellino accept" in str(refused)
    assert KEY not in str(refused)


def test_an_older_database_is_refused(place: Place, tmp_path: Path) -> None:
    place.run(lambda world: world.breaks("a"))
    older = saved(place.url, tmp_path / "older.db")
    place.run(lambda world: reverse(world, "a"))
    newer = saved(place.url, tmp_path / "newer.db")
    put_back(place.url, older)
    place.refuses("the database is an older copy")
    put_back(place.url, newer)
    place.run(lambda world: world.breaks("b"))


def test_a_database_that_lost_only_a_filing_is_refused(light: Place, tmp_path: Path) -> None:
    """No act and no row of the ledger tells of an appeal that was filed; the count of what was written does."""
    light.run(lambda world: world.breaks("a"))
    older = saved(light.url, tmp_path / "older.db")

    def file(world: World) -> None:
        sanction = world.standing("a")["sanctions"][0]["sanction_id"]
        assert world.key("POST", f"/v1/sanctions/{sanction}/appeals", {"text": "Please."}).status_code == 201

    light.run(file)
    put_back(light.url, older)
    light.refuses("the database is an older copy")


@pytest.mark.parametrize("removed", ["DELETE FROM acts WHERE kind = 'Overturn'", "DELETE FROM ledger WHERE number = 2"])
def test_rows_that_were_removed_from_the_middle_are_refused(place: Place, removed: str) -> None:
    def use(world: World) -> None:
        world.breaks("a")
        reverse(world, "a")
        world.breaks("b")

    place.run(use)
    changed(place.url, removed)
    refused = cast("Disagrees", place.refuses("were removed from the database, although later ones are there"))
    accepted(place, refused.token)
    place.run(lambda world: world.breaks("c"))


@pytest.mark.parametrize(
    ("removed", "lacks"),
    [("DROP TABLE sanctions", "sanctions"), ("ALTER TABLE decisions DROP COLUMN record", "decisions.record")],
)
def test_tables_that_were_removed_are_refused(place: Place, removed: str, lacks: str) -> None:
    place.run(lambda world: world.breaks("a"))
    changed(place.url, removed)
    with pytest.raises(BadFile, match=f"the database lacks `{lacks}`"):
        place.run()


def test_an_older_log_is_refused(light: Place, tmp_path: Path) -> None:
    light.run(lambda world: world.breaks("a", others=3))
    shutil.copytree(light.folder / "state", tmp_path / "older")
    light.run(lambda world: world.breaks("a", first=3, others=3))  # nothing is decided on them
    shutil.rmtree(light.folder / "state")
    shutil.copytree(tmp_path / "older", light.folder / "state")
    refused = light.refuses("the log was removed or cut off, or is an older copy")
    assert "cartellino accept" not in str(refused)


@pytest.mark.parametrize("lost", ["state/log", "state", "state/policies.json", "state/log/installation.json"])
def test_a_folder_that_lost_a_part_is_refused(light: Place, lost: str) -> None:
    light.run(lambda world: world.breaks("a"))
    path = light.folder / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(Disagrees):
        light.run()


def test_another_database_is_refused(light: Place, tmp_path: Path, time: Time) -> None:
    light.run(lambda world: world.breaks("a"))
    other = Place(tmp_path / "other", f"sqlite:///{tmp_path / 'other.db'}", time)
    other.run(lambda world: world.breaks("b"))
    put_back(light.url, saved(other.url, tmp_path / "copy.db"))
    refused = light.refuses("the database belongs to the installation i_")
    assert "cartellino accept" not in str(refused)


def test_a_new_folder_is_no_door_to_a_database(place: Place, tmp_path: Path, time: Time) -> None:
    place.run(lambda world: world.breaks("a"))
    Place(tmp_path / "new", place.url, time).refuses(
        "it is not the folder of this database|belongs to the installation"
    )


def test_two_copies_that_went_apart_are_told(light: Place, tmp_path: Path, time: Time) -> None:
    light.run(lambda world: world.breaks("a"))
    common = saved(light.url, tmp_path / "common.db")
    twin = Place(tmp_path / "twin", f"sqlite:///{tmp_path / 'twin.db'}", time)
    shutil.copytree(light.folder, twin.folder)
    put_back(twin.url, common)
    light.run(lambda world: reverse(world, "a"))

    def elsewhere(world: World) -> None:
        for number in range(4):
            world.service.record(operator("x"), f"x{number}", "y", "z")

    twin.run(elsewhere)
    put_back(light.url, saved(twin.url, tmp_path / "theirs.db"))
    card = read_card(light.log)
    assert card is not None
    write_card(light.log, msgspec.structs.replace(card, acts=1, written=1))
    light.refuses("is not the one that this folder has seen")


def test_one_database_has_one_service(place: Place, tmp_path: Path, time: Time) -> None:
    place.run()
    shutil.copytree(place.folder, tmp_path / "copy")

    def use(world: World) -> None:
        with pytest.raises(Held, match="another process is using this database"):
            Place(tmp_path / "copy", place.url, time).run()
        world.breaks("a")
        assert world.standing("a")["standing"] == "limited"

    place.run(use)


# The driver leaves the sockets that the server closed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.usefixtures("drivers_leavings")
def test_whoever_lost_the_database_to_another_writes_no_more(
    tmp_path: Path, postgres: str, time: Time, request: pytest.FixtureRequest
) -> None:
    emptied(postgres)
    place = Place(tmp_path / "data", postgres, time)
    place.run()
    shutil.copytree(place.folder, tmp_path / "copy")

    def use(world: World) -> None:
        end_holds(world.service.database)
        Place(tmp_path / "copy", postgres, time).run(lambda other: other.breaks("b"))
        with suppress(Unavailable):  # what the service does by itself may have found it out before
            world.service.writer.do(lambda unit: unit.act(Record, "z", what="done", subject="y"))
        eventually(lambda: "another process has taken over" in world.service.writer.status.reason)
        answer = world.key("POST", "/v1/events", line("c", "c1", time.now))
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")

    place.run(use)
    assert (place.count(tables.decisions), place.count(tables.acts)) == (1, 2)


def holders(database: Database) -> set[int]:
    """Return the sessions that hold a database."""
    with database.begin() as rows:
        return set(rows.scalars(sa.text("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted")))


def end_holds(database: Database) -> None:
    """Let the server end the sessions that hold a database, as a restart does."""
    end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    with database.begin() as rows:
        rows.execute(sa.text(end))


# The driver leaves the sockets that the server closed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.usefixtures("drivers_leavings")
def test_the_hold_is_taken_again_when_its_session_was_ended(tmp_path: Path, postgres: str, time: Time) -> None:
    emptied(postgres)
    place = Place(tmp_path / "data", postgres, time)
    place.run()
    shutil.copytree(place.folder, tmp_path / "copy")

    def use(world: World) -> None:
        before = holders(world.service.database)
        end_holds(world.service.database)

        def held_again() -> bool:
            world.service.watch.look()
            return len(holders(world.service.database) - before) == 1

        eventually(held_again)
        assert world.service.conditions.stated == {}
        with pytest.raises(Held):
            Place(tmp_path / "copy", postgres, time).run()

    place.run(use)


# Crashes: between any two steps nothing disagrees


class Crash(BaseException):
    """The process ends here."""


def crashing(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, after: int, *, before: bool) -> None:
    """Let a function end the process when it is called for the `after`-th time, before or after its work."""
    real, calls = getattr(owner, name), [0]

    def function(*arguments: object, **named: object) -> object:
        calls[0] += 1
        if before and calls[0] >= after:
            raise Crash
        result = real(*arguments, **named)
        if calls[0] >= after:
            raise Crash
        return result

    monkeypatch.setattr(owner, name, function)


@pytest.mark.parametrize(
    ("owner", "name", "after", "before"),
    [
        (installation, "write_card", 1, True), (installation, "write_card", 1, False), (Database, "migrate", 1, False),
        (Service, "_make_bootstrap_key", 1, True), (StateFolder, "follow", 1, True), (StateFolder, "follow", 1, False),
        (Installation, "starts_writing", 1, False), (Installation, "has_written", 1, True),
        (StateFolder, "follow", 2, True),
    ],
)  # fmt: skip
def test_a_first_start_that_crashes_is_begun_again(
    light: Place, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, after: int, before: bool
) -> None:
    with monkeypatch.context() as patched:
        crashing(patched, owner, name, after, before=before)
        with pytest.raises(Crash):
            light.run()
    light.run(lambda world: world.breaks("a"))
    assert (light.count(tables.installation), light.count(tables.decisions)) == (1, 1)


def test_a_card_that_was_not_written_is_behind_and_that_is_fine(light: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    light.run()

    def full(*_: object) -> None:
        raise WriteFailed(light.log, "the new installation.json", OSError(28, "No space left on device"))

    def use(world: World) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(installation, "write_card", full)
            world.breaks("a")
            assert world.client.get("/health/ready").json()["degraded"][0]["condition"] == "installation"
        world.breaks("b")
        assert world.client.get("/health/ready").json()["degraded"] == []

    light.run(use)
    before = read_card(light.log)
    assert before is not None
    write_card(light.log, msgspec.structs.replace(before, acts=1, ledger=0, seal="", written=2))
    light.run(lambda world: world.breaks("c"))


# Installations from before


def as_before(place: Place) -> None:
    """Make an installation as it was before it had a name."""
    database = Database(place.url)
    with database.engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", "cartellino.storage:migrations")
        config.attributes["connection"] = connection
        alembic.command.downgrade(config, "0001")
        connection.commit()
    database.close()
    (place.log / "installation.json").unlink()
    shutil.rmtree(place.folder / "state" / "snapshots")
    journal = place.folder / "state" / "found.journal"
    found = [msgspec.structs.replace(one, installation="") for one in StateFolder(place.folder / "state").noted()]
    journal.unlink()
    Journal(journal).append([msgspec.msgpack.encode(one) for one in found])


def test_an_installation_from_before_gets_a_name(place: Place) -> None:
    place.run(lambda world: world.breaks("a"))
    as_before(place)
    place.run(lambda world: world.breaks("b"))
    card = read_card(place.log)
    assert card is not None and card.acts == 2 and place.count(tables.decisions) == 2


def test_an_upgrade_that_crashes_is_begun_again(light: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    light.run(lambda world: world.breaks("a"))
    as_before(light)
    with monkeypatch.context() as patched:
        crashing(patched, Database, "migrate", 1, before=True)
        with pytest.raises(Crash):
            light.run()
    light.run(lambda world: world.breaks("b"))


@pytest.mark.parametrize("what", ["database", "log"])
def test_an_installation_from_before_that_disagrees_gets_none(light: Place, what: str) -> None:
    light.run(lambda world: world.breaks("a"))
    as_before(light)
    emptied(light.url) if what == "database" else shutil.rmtree(light.log)
    with pytest.raises(Disagrees):
        light.run()


# What is written


def test_a_number_that_is_taken_is_not_written_over(light: Place) -> None:
    def use(world: World) -> None:
        foreign = {"number": 3, "after": 0, "at": 1, "by": "somebody", "why": "", "kind": "Record"}
        with world.service.database.begin_writing() as rows:
            rows.execute(sa.insert(tables.acts).values(**foreign, data={"what": "x", "subject": "y"}))
        world.service.writer.do(lambda unit: unit.act(Record, "why", what="mine", subject="z"))
        eventually(lambda: bool(world.service.writer.status.reason))

    light.run(use)
    database = Database(light.url)
    with database.begin() as rows:
        assert rows.scalar(sa.select(tables.acts.c.by).where(tables.acts.c.number == 3)) == "somebody"
    database.close()


def test_a_commit_that_was_not_heard_of_is_not_written_twice(light: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def use(world: World) -> None:
        real, deaf = world.service.database.begin_writing, [True]

        @contextmanager
        def begin_writing() -> Iterator[Rows]:
            with real() as rows:
                yield rows
            if deaf.pop() if deaf else False:
                raise answered("57P01")

        monkeypatch.setattr(world.service.database, "begin_writing", begin_writing)
        world.breaks("a")
        assert deaf == []

    light.run(use)
    database = Database(light.url)
    with database.begin() as rows:
        kinds = rows.scalars(sa.select(tables.outbox.c.kind).order_by(tables.outbox.c.number)).all()
    database.close()
    assert kinds == ["decision", "notice", "sanction.imposed"]


# What belongs to another installation


def test_what_another_found_is_refused_and_its_snapshots_are_passed_over(
    light: Place, tmp_path: Path, time: Time
) -> None:
    other = Place(tmp_path / "other", f"sqlite:///{tmp_path / 'other.db'}", time)
    other.run(lambda world: world.breaks("x", "y"))
    light.run(lambda world: world.breaks("a", "b", "c"))
    own = (light.folder / "state" / "found.journal").read_bytes()
    shutil.copy(other.folder / "state" / "found.journal", light.folder / "state" / "found.journal")
    with pytest.raises(BadFile, match="belongs to the installation"):
        light.run()
    (light.folder / "state" / "found.journal").write_bytes(own)
    shutil.rmtree(light.folder / "state" / "snapshots")
    shutil.copytree(other.folder / "state" / "snapshots", light.folder / "state" / "snapshots")
    light.run(lambda world: same(world.standing("x")["standing"], "clear"))


def same(one: object, other: object) -> None:
    assert one == other


# The way out


def accepted(place: Place, token: str, why: str = "the disk died") -> None:
    database = Database(place.url)
    found = Installation(StateFolder(place.folder / "state"), database)
    try:
        found.accept(token, why, place.time.now)
    finally:
        found.close()
        database.close()


def test_an_older_database_can_be_accepted_knowingly(light: Place, tmp_path: Path) -> None:
    light.run(lambda world: world.breaks("a"))
    older = saved(light.url, tmp_path / "older.db")
    light.run(lambda world: reverse(world, "a"))
    put_back(light.url, older)
    refused = light.refuses("older copy")
    assert isinstance(refused, Disagrees)
    for wrong in ("", "0" * 12, refused.token.upper() + "x"):
        with pytest.raises(BadArgument):
            accepted(light, wrong)
    light.refuses("older copy")
    accepted(light, refused.token)
    light.run(lambda world: same(world.standing("a")["standing"], "limited"))
    database = Database(light.url)
    with database.begin() as rows:
        said = rows.execute(sa.select(tables.acts).where(tables.acts.c.kind == "Record")).all()
    database.close()
    assert [(one.by, one.why, one.data["what"]) for one in said if one.data["what"] != "key made"] == [
        ("command line", "the disk died", "database accepted")
    ]
    light.run(lambda world: world.breaks("b"))
    with pytest.raises(BadArgument, match="nothing to accept"):
        accepted(light, refused.token)


def test_a_lost_database_can_be_accepted_knowingly(light: Place) -> None:
    light.run(lambda world: world.breaks("a"))
    emptied(light.url)
    refused = light.refuses("empty or was removed")
    assert isinstance(refused, Disagrees)
    accepted(light, refused.token)
    light.run(lambda world: same(world.standing("a")["standing"], "limited"))
    assert light.count(tables.decisions) == 1


def test_what_cannot_be_accepted_is_not(light: Place) -> None:
    light.run(lambda world: world.breaks("a"))
    shutil.rmtree(light.log)
    with pytest.raises(Disagrees) as refused:
        light.run()
    assert refused.value.token == ""
    with pytest.raises(Disagrees):
        accepted(light, "0" * 12)


def test_a_damaged_card_is_refused(light: Place) -> None:
    light.run()
    for content in (b"", b"{", b'{"id": 7}', b"\x00" * 100):
        (light.log / "installation.json").write_bytes(content)
        with pytest.raises(BadFile, match="restore it from a backup"):
            light.run()
    write_card(light.log, Card(id="i_1", format=99))
    with pytest.raises(BadFile, match="newer version"):
        light.run()


def test_a_card_that_is_exchanged_while_the_service_runs_is_told(small: World) -> None:
    log = small.service.settings.folder / "state" / "log"
    small.service.watch.look()
    assert small.client.get("/health/ready").json()["degraded"] == []
    kept = (log / "installation.json").read_bytes()
    write_card(log, Card(id="i_other"))
    small.service.watch.look()
    assert [one["condition"] for one in small.client.get("/health/ready").json()["degraded"]] == ["installation"]
    (log / "installation.json").write_bytes(kept)
    small.service.watch.look()
    assert small.client.get("/health/ready").json()["degraded"] == []
