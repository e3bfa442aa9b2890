"""References to accounts: a service, and the name of an account on it.

>>> AccountRef("main", "ada") == ("main", "ada"), AccountRef("main", "ada").account
(True, 'ada')
"""

from __future__ import annotations

from typing import NamedTuple


class AccountRef(NamedTuple):
    """Identifies an account of a service. As a named tuple it can be unpacked."""

    service: str
    account: str
