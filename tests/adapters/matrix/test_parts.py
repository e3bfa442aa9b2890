"""The parts that need no homeserver: states, the journal, signatures, settings, the spool, and how both sides agree."""

from __future__ import annotations

import asyncio
import base64
import errno
import importlib.util
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.matrix.homeserver import PSEUDONYMS, ROOT
from tests.api.process import free_port

from cartellino.adapters.actuator import ACTIONS, Means, Sanction, Standing
from cartellino.adapters.matrix.directory import Directory
from cartellino.adapters.matrix.homeserver import Homeserver
from cartellino.adapters.matrix.journal import Acts, InUse, Mark, Row
from cartellino.adapters.matrix.mapping import ban_in, wish_of
from cartellino.adapters.matrix.policy import PATHS, Book, PolicyServer
from cartellino.adapters.matrix.pseudonyms import Pseudonyms
from cartellino.adapters.matrix.service_api import Service
from cartellino.adapters.matrix.settings import read
from cartellino.adapters.matrix.signing import Key, is_signed, redacted, x_matrix
from cartellino.adapters.registry import adapters
from cartellino.vocabulary.refusals import BadArgument

MODULE = ROOT / "packages" / "synapse-module" / "src" / "cartellino_synapse"
NOW = 1_795_000_000_000
HOUR = 3_600_000


def part(name: str) -> Any:  # noqa: ANN401 - a module of the package
    """Load a file of the module that needs no Synapse, without the package around it."""
    spec = importlib.util.spec_from_file_location(f"alone_{name}", MODULE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def stated() -> list[tuple[str, str, Mapping[str, Means]]]:
    return [(known.folder, kind, means) for known in adapters().values() if known.means is not None
            for kind, means in known.means().items()]  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "kind", "means"), stated(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_adapter_that_acts_states_its_means_for_every_action(
    folder: str, kind: str, means: Mapping[str, Means]
) -> None:
    assert set(means) == set(ACTIONS)
    assert all(by for _, by in means.values())


def test_an_adapter_that_carries_out_decisions_has_means() -> None:
    assert [known.folder for known in adapters().values() if known.beside is not None and known.means is None] == []


def test_both_sides_make_the_same_pseudonyms() -> None:
    secret = PSEUDONYMS.encode()
    theirs, ours = part("pseudonyms").Pseudonyms(secret), Pseudonyms(secret)
    for name in ("@anna:example.org", "@ünïcode:example.org", "", "@a:b" * 50):
        assert theirs.account(name) == ours.account(name)
    assert theirs.room("!r:example.org") == ours.room("!r:example.org")
    assert ours.account("@a:x") != Pseudonyms(b"another secret, as long as needed").account("@a:x")
    with pytest.raises(BadArgument, match="32 bytes"):
        Pseudonyms(b"short")


def sanction(kind: str, ends: int | None = None, starts: int = NOW - HOUR, name: str = "s1") -> Sanction:
    return Sanction(name, kind, (), starts, ends)


@pytest.mark.parametrize(
    ("sanctions", "told", "suspended", "locked"),
    [
        ([], None, False, False),
        ([sanction("warning")], None, False, False),
        ([sanction("restriction", NOW + HOUR)], None, False, False),
        ([sanction("suspension", NOW + HOUR)], None, True, False),
        ([sanction("suspension", NOW)], None, False, False),  # its end is not part of it
        ([sanction("suspension", NOW + HOUR, NOW + 1)], None, False, False),  # it has not begun
        ([sanction("challenge", NOW + HOUR)], None, True, False),
        ([sanction("ban")], None, True, False),  # nobody is locked who was not told
        ([sanction("ban")], NOW - HOUR + 1, True, False),
        ([sanction("ban")], NOW - HOUR, True, True),
        ([sanction("suspension", NOW + HOUR), sanction("ban", name="s2")], NOW - HOUR, True, True),
    ],
)
def test_a_standing_asks_for_a_state(
    sanctions: list[Sanction], told: int | None, suspended: bool, locked: bool
) -> None:
    standing = Standing("m_1", tuple(sanctions))
    wish = wish_of(standing, NOW, told, HOUR)
    assert (wish.suspended, wish.locked) == (suspended, locked)
    assert bool(wish.cause) is suspended
    assert bool(ban_in(standing, NOW)) is any(one.kind == "ban" for one in sanctions)


def test_the_journal_knows_after_a_restart_what_is_ours(tmp_path: Path) -> None:
    acts = Acts(tmp_path)
    row: dict[str, Any] = {"at": NOW, "account": "m_1", "flag": "suspended", "cause": "s1"}
    acts.add(Row(what="intends", value=True, **row))
    assert Acts(tmp_path).mark("m_1", "suspended") == Mark(pending=True)
    acts.add(Row(what="set", **row), Row(what="told", at=NOW, account="m_1", cause="s1", notice="n1"))
    acts.add(Row(what="set", at=NOW, account="m_2", flag="locked", cause="s9"))
    acts.add(Row(what="manual", at=NOW, account="m_2", flag="locked", cause="s9"))
    again = Acts(tmp_path)
    assert again.ours() == [("m_1", "suspended")]
    assert again.mark("m_2", "locked").left_to == "s9"
    assert (again.told_at("s1"), again.told_at("s2"), again.has_told("n1")) == (NOW, None, True)
    again.add(Row(what="cleared", **row))
    assert Acts(tmp_path).ours() == []


def test_the_journal_drops_what_only_says_how_far_was_read(tmp_path: Path) -> None:
    acts = Acts(tmp_path)
    acts.add(*(Row(at=NOW, what="read to", number=str(number)) for number in range(1_200)))
    acts.add(Row(at=NOW, what="set", account="m_1", flag="suspended", cause="s"))
    again = Acts(tmp_path)
    again.own()
    assert again.read_to == "1199"
    assert len(Acts(tmp_path).rows()) == 2
    assert Acts(tmp_path).ours() == [("m_1", "suspended")]


def test_looking_at_a_journal_changes_nothing_under_the_process_that_works_with_it(tmp_path: Path) -> None:
    acts = Acts(tmp_path)
    acts.own()
    acts.add(*(Row(at=NOW, what="read to", number=str(number)) for number in range(1_200)))
    assert Acts(tmp_path).read_to == "1199"  # as `cartellino matrix status` looks
    acts.add(Row(at=NOW, what="set", account="m_1", flag="suspended", cause="s"))
    assert Acts(tmp_path).ours() == [("m_1", "suspended")]


def test_one_process_works_with_a_journal(tmp_path: Path) -> None:
    first, other = Acts(tmp_path), Acts(tmp_path)
    first.own()
    with pytest.raises(InUse, match="end it first"):
        other.own()


SEED = b"YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1"
"""The key of the test vectors in the Matrix specification (appendices, "Cryptographic Test Vectors")."""


def test_signatures_are_those_of_the_specification() -> None:
    event = {"event_id": "$0:domain", "origin": "domain", "origin_server_ts": 1000000, "type": "X",
             "hashes": {"sha256": "6tJjLpXtggfke8UxFhAKg82QVkJzvKOVOOSjUDK4ZSI"}, "signatures": {},
             "unsigned": {"age_ts": 1000000}}  # fmt: skip
    due = "2Wptgo4CwmLo/Y8B8qinxApKaCkBG2fjTWB7AbP5Uy+aIbygsSdLOFzvdDjww8zUVKCmI02eP9xtyJxc/cLiBA"
    assert Key(SEED).sign_event(event, "1") == due
    signed = "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw"
    public = Key(SEED).public
    assert is_signed({"two": "Two", "one": 1}, signed, public)
    assert not is_signed({"two": "Two", "one": 2}, signed, public)
    assert not is_signed({"two": "Two", "one": 1}, "no Base64 at all!", public)


@pytest.mark.parametrize("wrong", [b"", b"abc", b"\xff\xfe", b"!" * 43, SEED * 2])
def test_what_is_no_key_is_refused(wrong: bytes) -> None:
    with pytest.raises(BadArgument, match="Ed25519"):
        Key(wrong)


def test_redaction_goes_by_the_version_of_the_room() -> None:
    created = {
        "type": "m.room.create",
        "content": {"creator": "@a:x", "m.federate": False},
        "origin": "x",
        "state_key": "",
    }
    assert redacted(created, "11") == {"type": "m.room.create", "content": created["content"], "state_key": ""}
    assert redacted(created, "9") == {
        "type": "m.room.create",
        "content": {"creator": "@a:x"},
        "state_key": "",
        "origin": "x",
    }
    message = {"type": "m.room.message", "content": {"body": "private"}, "sender": "@a:x"}
    assert redacted(message, "12") == {"type": "m.room.message", "content": {}, "sender": "@a:x"}


def test_a_header_that_is_none_of_matrix_has_no_fields() -> None:
    assert x_matrix("Bearer abc") == {}
    assert x_matrix("X-Matrix " + "a" * 3_000) == {}
    assert x_matrix("x-matrix origin=a.example, key=ed25519:1 ,sig=YQ")["origin"] == "a.example"


def test_settings_that_cannot_be_used_say_why(tmp_path: Path) -> None:
    good = dict.fromkeys(("admin_token_file", "key_file", "pseudonyms_file", "state"), "x")
    good |= dict.fromkeys(("homeserver", "cartellino", "account_url"), "http://127.0.0.1:8008")
    file = tmp_path / "matrix.yaml"
    for change, why in (
        ({}, ""), ({"homeserver": "example.org"}, "no address"), ({"lock_after": "soon"}, "lock_after"),
        ({"language": "tlh"}, "language"), ({"surprise": 1}, "surprise"), ({"exempt": "@a"}, "exempt"),
        ({"policy_server": {"listen": ":1", "name": "x", "key_file": "k", "fail": "maybe"}}, "open or closed"),
    ):  # fmt: skip
        file.write_text(json.dumps(good | change))
        if not why:
            assert read(file).wait == HOUR
            continue
        with pytest.raises(BadArgument, match=why):
            read(file)
    with pytest.raises(BadArgument, match="cannot be read"):
        read(tmp_path / "none.yaml")


def test_the_spool_sends_everything_once_and_in_order_whatever_happens(tmp_path: Path) -> None:
    spool = part("spool").Spool
    first = spool(tmp_path, "main", 1_000)
    lines = [b'{"id":"%d"}' % number for number in range(20)]
    assert first.append(lines) == 20
    head, end = first.head(5, 1_000)
    first.sent(end)
    again = spool(tmp_path, "main", 1_000)  # after a restart
    rest, end = again.head(100, 1_000)
    assert head + rest == lines
    again.sent(end)
    assert again.is_empty
    assert sorted(tmp_path.iterdir()) == []
    assert again.append([b"x" * 400] * 3) == 2  # a bound is a bound
    (tmp_path / "main.ndjson").write_bytes(b'{"id":"1"}\n{"id":"torn')
    torn = spool(tmp_path, "main", 1_000)
    torn.append([b'{"id":"2"}'])
    assert torn.head(10, 1_000)[0] == [b'{"id":"1"}', b'{"id":"torn', b'{"id":"2"}']


def test_the_spool_takes_all_or_nothing_from_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = part("spool")
    spool = module.Spool(tmp_path, "main", 1_000)
    assert spool.append([b'{"id":"1"}']) == 1
    write, room = os.write, [15]

    def nearly_full(file: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "no space left")
        taken = write(file, data[: room[0]])
        room[0] -= taken
        return taken

    with monkeypatch.context() as disk:
        disk.setattr(module.os, "write", nearly_full)
        with pytest.raises(OSError, match="no space left"):
            spool.append([b'{"id":"2"}', b'{"id":"3"}'])
    assert spool.append([b'{"id":"2"}', b'{"id":"3"}']) == 2
    assert spool.head(10, 1_000)[0] == [b'{"id":"1"}', b'{"id":"2"}', b'{"id":"3"}']
    long = module.Spool(tmp_path, "other", 10_000)
    long.append([b"x" * 500, b"y"])
    lines, end = long.head(10, 100)  # a line that is longer than a request goes alone, and does not stand in the way
    assert lines == [b"x" * 500]
    long.sent(end)
    assert long.head(10, 100)[0] == [b"y"]


ORIGIN = b'X-Matrix origin="a.example",key="ed25519:1",sig="AAAA"'
FORGED = {
    "no JSON": (b"<p/>", ORIGIN, 400),
    "no object": (b"[1]", ORIGIN, 400),
    "too deep": (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, ORIGIN, 400),
    "half a character": (b'{"sender":"\\ud800"}', ORIGIN, 400),
    "no UTF-8": (b'{"sender":"\xff"}', ORIGIN, 400),
    "too large": (b"x" * 200_000, ORIGIN, 413),
    "unsigned": (b'{"sender":"@a:a.example"}', b"", 401),
    "signed by nobody who can be asked": (b'{"sender":"@a:a.example"}', ORIGIN, 401),
    "a number that is none": (b'{"depth":1e999}', ORIGIN, 400),
    "a path for a name": (b"{}", b'X-Matrix origin="../../_synapse/admin",key="ed25519:1",sig="AAAA"', 401),
    "a header of nonsense": (b"{}", b"X-Matrix " + b"\xff=" * 5_000, 401),
    "for another server": (b"{}", ORIGIN + b',destination="b.example"', 401),
}


@pytest.mark.parametrize("name", FORGED)
def test_the_policy_server_signs_nothing_that_is_forged(name: str) -> None:
    body, header, status = FORGED[name]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def asked() -> None:
        nobody = f"http://127.0.0.1:{free_port()}"
        homeserver, service = Homeserver(nobody, "token"), Service(nobody, "key", "main")
        names = Pseudonyms(PSEUDONYMS.encode())
        server = PolicyServer("b.test", Key(base64.b64encode(b"k" * 32)), homeserver, Directory(homeserver, names, ()),
                              names, Book(service), lambda: NOW, fails_closed=False)  # fmt: skip
        scope: Any = {"type": "http", "method": "POST", "path": PATHS[0], "headers": [(b"authorization", header)]}
        await server(scope, receive, send)  # type: ignore[arg-type]
        assert server.signed == 0
        await homeserver.stop()
        await service.stop()

    asyncio.run(asked())
    assert sent[0]["status"] == status, sent
