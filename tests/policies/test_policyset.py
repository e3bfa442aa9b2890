from __future__ import annotations

import re

import pytest
from tests.policies.files import GOOD, changed, loaded

VERSION = loaded().version
FEW, NONE = "{name: few, events: [{kind: message_sent}]}", "{name: none, events: []}"


def test_the_version_is_a_digest_that_stays_the_same() -> None:
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", VERSION)
    assert loaded().version == VERSION


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("strangers_24h > param", "strangers_24h >= param"),
        ('over="24h"', 'over="12h"'),
        ("where=not known", "where=known"),
        ("parameters: {strangers: 50}", "parameters: {strangers: 51}"),
        ('param("most", 3)', 'param("most", 4)'),
        ('strikes("soft") <', 'strikes("soft") <='),
        ('"90d"', '"91d"'),
        ("on: [message_sent]", "on: [message_sent, read]"),
        ("code: 101", "code: 102"),
        ("mode: {canary: 5%, hold_out: 1%}", "mode: {canary: 6%, hold_out: 1%}"),
        ("mode: {canary: 5%, hold_out: 1%}", "mode: {canary: 5%}"),
        ("cooldown: 2d", "cooldown: 3d"),
        ("from: 2026-01-15", "from: 2026-01-16"),
        ("until: 2027-01-15T12:00:00Z", "until: 2027-01-15"),
        ("regions: [IT]", "regions: [FR]"),
        ("except_regions: [DE]", "except_regions: [FR]"),
        ("discloses: full", "discloses: sealed"),
        ("too many strangers", "so many strangers"),
        ("troppi sconosciuti", "sconosciuti"),
        ('clause: "Terms 4.2"', 'clause: "Terms 4.3"'),
        ('clause: "Terms 4.2"', 'clause: {en: "Terms 4.2", it: "Termini 4.2"}'),
        ("  bulk:", "  bulky:"),
        ("policy: spam", "policy: scam"),
        ("ladder: soft", "ladder: soft\n    rung: 2"),
        ("ladder: soft", "ladder: soft\n    grave: true"),
        ("{suspension: 48h}", "{suspension: 24h}"),
        ("soft: [warning, ", "soft: ["),
        ("[casino, crypto]", "[casino]"),
        ("match: words", "match: exact"),
        ("observes: [reply_received]", "observes: []"),
        ("observes: [reply_received]", "observes: [reply_received]\nhistory: complete"),
        ("x_score: number", "x_score: truth"),
    ],
)
def test_what_decides_changes_the_version(old: str, new: str) -> None:
    assert loaded(changed((old, new))).version != VERSION


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("policy: spam", "# a comment\npolicy: spam  # another"),
        ("title: Spam", "title: Bulk mail"),
        ("title: Spam", "title: Spam\nlanguages: [en]"),
        ('clause: "Terms 4.2"', 'clause: {en: "Terms 4.2"}'),
        ("    title: Bulk\n", "    title: Something else\n"),
        ("false_friends: [a wedding]", "false_friends: [a club, a wedding]"),
        (FEW + ", " + NONE, NONE + ", " + FEW),
        ("    code: 101\n    ladder: soft", "    ladder: soft\n    code: 101"),
        ("strangers_24h > param", "strangers_24h  >  param"),
        ("{en: too many strangers, it: troppi sconosciuti}", "{it: troppi sconosciuti, en: too many strangers}"),
        ("cooldown: 2d", "cooldown: 48h"),
        ("entries: [casino, crypto]", "entries: [casino, crypto], note: from the abuse unit"),
    ],
)  # fmt: skip
def test_what_decides_nothing_leaves_the_version_alone(old: str, new: str) -> None:
    assert loaded(changed((old, new))).version == VERSION


def test_a_signal_that_given_asks_is_a_part_of_the_version() -> None:
    content = changed(
        ("signals:\n", 'signals:\n  often: strikes("soft") > 1\n'), ('strikes("soft") < param("most", 3)', "often")
    )
    assert loaded(content).version != loaded(changed(("> 1\n", "> 2\n"), content=content)).version


def test_a_parameter_of_the_caller_gives_the_version_of_the_same_number_in_the_file() -> None:
    assert loaded(GOOD, strangers=51).version == loaded(changed(("strangers: 50", "strangers: 51"))).version
    assert loaded(GOOD, strangers=50).version == VERSION
    assert loaded(GOOD, most=4).version != VERSION
