from __future__ import annotations

from cartellino.events.columns import COLUMNS
from cartellino.signals.derived import DERIVED
from cartellino.signals.keys import KEYS, LINKS


def test_keys_and_links_are_columns_of_an_event() -> None:
    assert {"account", "content", "device", "address", "group"} <= set(KEYS)
    assert set(LINKS) == {"device", "number", "address"}
    assert set(KEYS) | set(LINKS) <= set(COLUMNS) | set(DERIVED)
    assert all([*KEYS.values(), *LINKS.values()])
