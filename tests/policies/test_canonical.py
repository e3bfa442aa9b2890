"""Digests that were given stay: they are kept with decisions, whatever becomes of the program's classes."""

from __future__ import annotations

from cartellino.expressions import nodes
from cartellino.policies.canonical import NAMES, canonical
from cartellino.policies.load import Text, load

POLICY = """
policy: kept
observes: [message_sent, reply_received, reported]
lists: {bad: {match: words, entries: [casino]}}
signals:
  strangers: distinct(message_sent.peer, where=not known and not (media in ("call", "text")), over="24h")
  answered: share(distinct(reply_received.peer), of=distinct(message_sent.peer), at_least=20, over="24h")
rules:
  many:
    when: strangers > param("most", 100) and (answered < 0.2 or count(message_sent, over="1h") / 2 > 3)
    code: 1
    ladder: steps
    reason: {en: "Many.", it: "Molti.", id: "Banyak."}
  odd:
    when: repeat(message_sent.peer, over="1h") > 9 or unanswered(message_sent, over="1h") > -1 and age(account) < "7d"
    given: strikes("steps") > 0 or sanctions("ban") > 0 or linked(device, "ban") > 0
    code: 2
    action: review
    reason: {en: "Odd.", it: "Strano.", id: "Aneh."}
ladders: {steps: [warning, {restriction: [new_chats], for: 24h}, ban]}
"""


def test_versions_stay_the_same_from_one_program_to_the_next() -> None:
    """These were given by commit 698ddaa; if they change, decisions that are kept name versions that nobody has."""
    policies = load([Text("kept.yaml", POLICY)])
    assert policies.version == "sha256:adbd2a3e23fdab5731e6457ef49b0a2726c2643a3a34ddc7800f457b1770985f"
    assert [policies.rule_version(rule)[7:19] for rule in policies.rules] == ["4637d79fa58c", "b78811c686b8"]


def test_everything_of_which_policies_are_made_has_a_name_of_its_own() -> None:
    concrete = {one for one in _below(nodes.Node) if one is not nodes.Aggregate}
    assert concrete <= set(NAMES)
    assert len(set(NAMES.values())) == len(NAMES)


def _below(kind: type) -> set[type]:
    found: set[type] = set(kind.__subclasses__())
    return found.union(*map(_below, found))


def test_what_is_said_is_told_apart() -> None:
    one, other = nodes.Count("message_sent"), nodes.Sum("message_sent", "recipients")
    assert canonical((one,)) == "(" + canonical(one) + ",)"
    assert canonical([one, other]) == f"[{canonical(one)}, {canonical(other)}]"
    assert canonical(other) == "Sum(kind='message_sent', column='recipients', where=None, over=None, by='account')"
