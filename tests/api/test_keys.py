"""The salt and the secret of an installation: whole or refused, long or refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from tests.api.world import Time, World, begun, settings_for

from cartellino.appeals.proof import Holder, sign, verify
from cartellino.service.keys import kept, salt_of, secret_of
from cartellino.service.service import Service
from cartellino.storage.faults import WriteFailed
from cartellino.storage.files import Disk
from cartellino.vocabulary.refusals import BadArgument, BadFile

LEFT_BEHIND = [b"", b"\n", b"\x00" * 43, b"short", b"a" * 31, b"\xff" * 43, b"a" * 20 + b"\x1b[0m" + b"a" * 20]
"""What a full disk, a crash or an editor may leave of a file."""


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        first = kept(tmp_path / "secret")
    finally:
        os.umask(old)
    assert (len(first) >= 32, kept(tmp_path / "secret")) == (True, first)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("left", LEFT_BEHIND)
@pytest.mark.parametrize("name", ["salt", "secret"])
def test_a_damaged_file_refuses_to_start(tmp_path: Path, name: str, left: bytes) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / name).write_bytes(left)
    with pytest.raises(BadFile, match=r"(?s)Restore it from a backup"):
        Service(settings_for(data, **{name: ""}))
    assert (data / name).read_bytes() == left


def test_a_full_disk_leaves_no_secret_behind(tmp_path: Path) -> None:
    class Full(Disk):
        def sync_folder(self, folder: Path) -> None:
            raise OSError(28, "No space left on device")

        def rename(self, old: Path, new: Path) -> None:
            raise OSError(28, "No space left on device")

    with pytest.raises(WriteFailed):
        kept(tmp_path / "secret", Full())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", ["0123456789abcdef0123456789abcde", "a" * 40, " " * 40])
@pytest.mark.parametrize("name", ["salt", "secret"])
def test_one_that_can_be_guessed_is_not_taken_from_the_settings(tmp_path: Path, name: str, given: str) -> None:
    with pytest.raises(BadArgument, match="at least 32"):
        Service(settings_for(tmp_path / "data", **{name: given}))


def test_a_folder_that_a_short_salt_decided_keeps_it(tmp_path: Path) -> None:
    assert salt_of("short", tmp_path, lambda salt: salt == "short") == "short"
    (tmp_path / "salt").write_text("short")
    assert salt_of("", tmp_path, lambda salt: salt == "short") == "short"
    with pytest.raises(BadArgument, match="another salt"):
        salt_of("other" * 10, tmp_path, lambda salt: salt == "short")


def test_a_folder_that_was_decided_gets_no_new_salt(tmp_path: Path, time: Time) -> None:
    begun(settings_for(tmp_path / "data", salt=""), time).stop()
    salt = (tmp_path / "data" / "salt").read_text()
    for left in (None, b"", b"\x00" * 43, b"another salt, which is long enough too"):
        (tmp_path / "data" / "salt").unlink()
        if left is not None:
            (tmp_path / "data" / "salt").write_bytes(left)
        with pytest.raises(BadFile, match="Restore it"):
            Service(settings_for(tmp_path / "data", salt=""))
        assert (tmp_path / "data" / "salt").exists() == (left is not None)
        (tmp_path / "data" / "salt").write_text(salt)
    begun(settings_for(tmp_path / "data", salt=""), time).stop()


@pytest.mark.parametrize("secret", [b"", b"x", b"x" * 31])
def test_nothing_signs_or_proves_with_a_short_secret(secret: bytes) -> None:
    holder = Holder("main", "a", 10_000)
    with pytest.raises(BadArgument):
        sign(holder, secret)
    token = sign(holder, b"x" * 32)
    with pytest.raises(BadArgument):
        verify(token, secret, 0)


def test_a_token_that_an_empty_key_signed_opens_nothing(small: World) -> None:
    import hmac
    from base64 import urlsafe_b64encode

    signed = sign(Holder("main", "a", small.time.now + 10_000), b"x" * 32).rpartition(".")[0].encode()
    forged = signed + b"." + urlsafe_b64encode(hmac.digest(b"", signed, "sha256")).rstrip(b"=")
    answer = small.client.get("/v1/accounts/a/standing", headers={"Authorization": f"Bearer {forged.decode()}"})
    assert answer.status_code == 401


def test_the_secret_is_taken_from_the_settings_or_the_file(tmp_path: Path) -> None:
    given = "0123456789abcdef" * 2
    assert secret_of(given, tmp_path) == given.encode()
    assert list(tmp_path.iterdir()) == []
    assert secret_of("", tmp_path) == (tmp_path / "secret").read_bytes()
