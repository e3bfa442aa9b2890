"""The laws of a rule one by one: beside what each refuses (see the goldens) stands what it lets through."""

from __future__ import annotations

import pytest
from tests.policies.files import faults

from cartellino.policies.check import EXPRESSION_LAWS, RULE_LAWS, in_order
from cartellino.vocabulary.diagnostics import Diagnostic, Span, Text

FINGERPRINT = "0f" * 32
FILE = f"""\
policy: p
columns: {{x_score: number, x_shop: text}}
ladders: {{soft: [warning, ban]}}
lists:
  terms: {{match: words, entries: [casino]}}
  marks: {{match: pdq, entries: ['{FINGERPRINT}']}}
signals:
  many: count(message_sent, over="24h")
  few: count(delivered, over="24h")
rules:
  r:
    when: >-
      WHEN
    on: [message_sent]
    code: 1
    ladder: soft
    EXTRA
    reason: {{en: x}}
"""


def codes(when: str = "known", extra: str = "title: t") -> list[str]:
    return [fault.code for fault in faults(FILE.replace("WHEN", when).replace("EXTRA", extra))]


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        ('count(read, over="1h") > 1', 'count(raed, over="1h") > 1', "unknown-kind"),
        ('since(read) > "1h"', 'since(raed) > "1h"', "unknown-kind"),
        ('first(read.peer) == "a"', 'first(raed.peer) == "a"', "unknown-kind"),
        ('kind == "read"', 'kind == "raed"', "unknown-kind"),
        ('"read" != kind', '"raed" != kind', "unknown-kind"),
        ('kind in ("read", "blocked")', 'kind in ("read", "blokced")', "unknown-kind"),
        ("has(peer)", "has(pear)", "unknown-column"),
        ('first(read.peer) == "a"', 'first(read.pear) == "a"', "unknown-column"),
        ("x_score > 1", "x_scoer > 1", "unknown-column"),
        ("has(x_shop)", "has(x_other)", "unknown-column"),
        ('media == "image"', 'media == "picture"', "unknown-value"),
        ('"image" != media', '"picture" != media', "unknown-value"),
        ('x_shop == "anything"', 'attestation == "anything"', "unknown-value"),
        ('zone in ("name",)', 'zone in ("nickname",)', "unknown-value"),
        ('count(read, over="1h", by=device) > 1', 'count(read, over="1h", by=region) > 1', "unknown-key"),
        ('count(read, over="60s") > 1', 'count(read, over="9s") > 1', "wrong-window"),
        ('count(read, over="60d") > 1', 'count(read, over="61d") > 1', "wrong-window"),
        ('unanswered(message_sent, over="24h") > 1', "unanswered(message_sent) > 1", "no-window"),
        ("share(many, of=few, at_least=1) > 0.5", "share(many, of=few, at_least=0) > 0.5", "share-without-at-least"),
        ('count(read, where=known, over="1h") > 1', 'count(read, where=many > 1, over="1h") > 1', "signal-in-where"),
        (
            'count(read, where=in_list(text, "terms"), over="1h") > 1',
            'count(read, where=strikes() > 1, over="1h") > 1',
            "standing-in-when",
        ),
        ('sum(message_sent.forwards, over="1h") > 1', 'sum(message_sent.peer, over="1h") > 1', "type"),
        ('sum(message_sent.x_score, over="1h") > 1', 'sum(message_sent.x_shop, over="1h") > 1', "type"),
        ('in_list(text, "terms")', 'in_list(text, "therms")', "unknown-list"),
        ('in_list(text, "terms")', 'in_list(image_hash, "marks")', "wrong-list"),
        ('near(image_hash, "marks")', 'near(image_hash, "terms")', "wrong-list"),
        ('near(image_hash, "marks", bits=0)', 'near(text, "marks", bits=0)', "wrong-list"),
        ('age(account) < "7d"', "age(account) < 7", "type"),
        ("forwards * 2 > 5", "known * 2 > 5", "type"),
        ("known", "forwards", "type"),
    ],
)
def test_a_law_refuses_one_thing_and_lets_its_neighbour_through(good: str, bad: str, code: str) -> None:
    assert codes(good) == []
    assert code in codes(bad)


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        ('given: strikes("soft") > 1', 'given: strikes("sotf") > 1', "unknown-ladder"),
        ("given: strikes() > 1", "given: forwards > 1", "events-in-given"),
        ('given: sanctions("ban", over="7d") < 1', 'given: sanctions("bann", over="7d") < 1', "unknown-sanction"),
        ('given: linked(device, "ban") > 1', 'given: linked(account, "ban") > 1', "unknown-key"),
        ('given: linked(device, "ban") > 1', 'given: linked(device, "review") > 1', "unknown-sanction"),
        ("given: strikes() > 1", "given: many > 1", "events-in-given"),
        ('given: strikes() > param("n", 1)', 'given: strikes() + param("n", 1)', "type"),
        ("unless: has(peer)", "unless: strikes() > 1", "standing-in-when"),
        ("unless: has(peer)", "unless: forwards", "type"),
        ("rung: 2", "rung: 3", "wrong-rung"),
        ("rung: 1", "rung: 0", "wrong-rung"),
        ("cooldown: 0s", "cooldown: -1h", "wrong-duration"),
        ("from: 2026-01-01", "from: 9999-12-31T23:59:59.999Z", "wrong-dates"),
        ("until: 2026-01-01", "until: 1970-01-01", "wrong-dates"),
        ("regions: [IT]", "{regions: [IT], except_regions: [IT]}", "yaml"),
        ("regions: [IT, DE]", "regions: IT", "wrong-field"),
    ],
)
def test_a_law_of_a_rule_refuses_one_thing_and_lets_its_neighbour_through(good: str, bad: str, code: str) -> None:
    assert codes(extra=good) == []
    assert code in codes(extra=bad)


def test_a_rule_that_counts_rests_at_least_as_long() -> None:
    assert codes('count(read, over="24h") > 1', "cooldown: 24h") == []
    assert codes('count(read, over="24h") > 1', "cooldown: 23h") == ["short-cooldown"]
    assert codes('count(read, over="24h") > 1', 'unless: count(read, over="7d") > 1') == []
    assert codes("known", "cooldown: 1h") == []


def test_a_typing_error_is_one_fault_and_not_three() -> None:
    assert codes("strangrs > 5") == ["unknown-name"]
    assert codes("strangrs") == ["unknown-name"]
    assert codes("x_other > 5") == ["unknown-column"]
    assert codes("strangrs > 5 and known + 1 > 2") == ["unknown-name", "type"]


def test_each_law_says_what_it_demands() -> None:
    for law in (*EXPRESSION_LAWS, *RULE_LAWS):
        assert law.__doc__
        assert law.__doc__.endswith(".")


def test_faults_are_told_in_the_order_of_the_text_and_once() -> None:
    def fault(name: str, at: int, code: str = "c") -> Diagnostic:
        return Diagnostic(code, "p", Span(Text(name, "x" * 9), at, at + 1))

    assert in_order([fault("b", 1), fault("a", 5), fault("a", 2, "d"), fault("a", 2), fault("a", 5)]) == [
        fault("a", 2),
        fault("a", 2, "d"),
        fault("a", 5),
        fault("b", 1),
    ]
