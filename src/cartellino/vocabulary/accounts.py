"""Which account: its name, and the service on which it is.

>>> AccountRef("main", "ada") == ("main", "ada"), AccountRef("main", "ada").account
(True, 'ada')
"""

from __future__ import annotations

from typing import NamedTuple


class AccountRef(NamedTuple):
    """Names one account of one service. It is a pair, so that it can be unpacked where both go on apart."""

    service: str
    account: str
