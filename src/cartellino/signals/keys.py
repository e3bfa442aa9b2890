"""The keys that signals can be counted by, and those by which accounts are linked.

>>> KEYS["device"]
'all accounts on one device or installation'
"""

from __future__ import annotations

from types import MappingProxyType

KEYS = MappingProxyType(
    {
        "account": "one account",
        "content": "one content fingerprint, whoever sent it",
        "device": "all accounts on one device or installation",
        "address": "all accounts behind one network address",
        "group": "one group, whoever acts in it",
        "app": "all accounts that use one client, whatever its version",
    }
)

LINKS = MappingProxyType(
    {
        "device": "the same device or installation",
        "number": "the same number, until it is released",
        "address": "the same network address",
    }
)
"""What linked accounts have in common, for each key that `linked` accepts."""
