"""What the arguments of each function become; what is wrong with them is in `test_parse.py` and in the goldens."""

from __future__ import annotations

import pytest

from cartellino.expressions import nodes
from cartellino.expressions.nodes import Name, Node
from cartellino.expressions.parse import parse_text
from cartellino.vocabulary.times import DAY, HOUR

KNOWN = nodes.Not(Name("known"))


@pytest.mark.parametrize(
    ("written", "node"),
    [
        ("count(read)", nodes.Count("read")),
        ("count(read, where=not known, over='24h', by=device)", nodes.Count("read", None, KNOWN, DAY, "device")),
        ("count(read, by=device, over='24h')", nodes.Count("read", None, None, DAY, "device")),
        ("sum(broadcast_sent.recipients)", nodes.Sum("broadcast_sent", "recipients")),
        ("distinct(message_sent.peer, over='1h')", nodes.Distinct("message_sent", "peer", None, HOUR)),
        ("repeat(message_sent.content)", nodes.Repeat("message_sent", "content")),
        ("unanswered(message_sent, where=not known)", nodes.Unanswered("message_sent", None, KNOWN)),
        ("age(account)", nodes.Age()),
        ("since(registered)", nodes.Since("registered")),
        ("first(registered.client)", nodes.First("registered", "client")),
        ("last(connected.region)", nodes.Last("connected", "region")),
        ("has(peer)", nodes.Has("peer")),
        ("in_list(text, 'terms')", nodes.InList("text", "terms")),
        ("near(image_hash, 'bad')", nodes.Near("image_hash", "bad", 31)),
        ("near(image_hash, 'bad', bits=0)", nodes.Near("image_hash", "bad", 0)),
        ("near(image_hash, 'bad', bits=128)", nodes.Near("image_hash", "bad", 128)),
        ("param('strangers', 100)", nodes.Param("strangers", 100)),
        ("strikes()", nodes.Strikes()),
        ("strikes('spam')", nodes.Strikes("spam")),
        ("strikes(over='90d')", nodes.Strikes(None, 90 * DAY)),
        ("sanctions('ban', over='7d')", nodes.Sanctions("ban", 7 * DAY)),
        ("linked(device, 'ban')", nodes.Linked("device", "ban")),
        ("linked(device, 'ban', grave=true)", nodes.Linked("device", "ban", True)),
        ("linked(device, 'ban', grave=False)", nodes.Linked("device", "ban", False)),
    ],
)
def test_a_call_becomes_a_node(written: str, node: Node) -> None:
    assert parse_text(written) == node


def test_a_share_hands_its_window_and_key_to_sides_that_state_none() -> None:
    share = parse_text(
        "share(count(read), of=count(delivered, over='24h', by=group), at_least=20, over='1h', by=device)"
    )
    assert share == nodes.Share(
        nodes.Count("read", over=HOUR, by="device"), nodes.Count("delivered", over=DAY, by="group"), 20
    )
    plain = parse_text("share(signal, of=count(delivered), at_least=20, over='1h')")
    assert plain == nodes.Share(Name("signal"), nodes.Count("delivered", over=HOUR), 20)
