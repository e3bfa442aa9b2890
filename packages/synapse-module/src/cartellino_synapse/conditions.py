"""What is degraded, and what each callback does when it fails; `/_synapse/client/cartellino/status` shows it."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Way:
    """What a callback does when it cannot know: `open` lets pass, `closed` refuses; and why."""

    fails: str
    why: str


WAYS: dict[str, Way] = {
    "check_event_for_spam": Way(
        "open", "chats go on when Cartellino does not; it asks nobody, and only reads the local copy"
    ),
    "check_login_for_spam": Way("open", "nobody may be kept out of their account by a fault of ours"),
    "check_registration": Way("open", "a new account has no standing yet; it is only told of"),
    "check_password": Way("open", "it only counts tries; Synapse itself judges the password"),
    "user_may_invite": Way("open", "a limit that is known holds from the local copy; only what is unknown passes"),
    "user_may_create_room": Way("open", "as for invites"),
    "user_may_join_room": Way("open", "joining is never limited; it is only told of"),
    "federated_user_may_invite": Way("open", "as for invites; another server would repeat it anyway"),
    "check_username_for_spam": Way("open", "a directory that shows nobody would harm everybody"),
    "is_user_expired": Way("open", "it stands before every request; a fault there would stop the homeserver"),
    "media": Way("open", "a limit that is known holds from the local copy"),
    "on_account_data_updated": Way("open", "it is only told of"),
    "on_profile_update": Way("open", "it is only told of"),
    "access_log": Way("open", "it is only told of"),
    "account_door": Way("closed", "it lets somebody into the page of an account, so doubt refuses"),
    "status": Way("closed", "it is for administrators alone"),
}
"""Each callback, and what it does when it fails."""


class Conditions:
    """What is wrong now, and what was counted."""

    def __init__(self, closed: tuple[str, ...] = ()) -> None:
        """`closed` are checks that the administrator set to refuse in doubt."""
        self._closed = frozenset(closed)
        self._wrong: dict[str, tuple[float, str]] = {}
        self.counts: Counter[str] = Counter()

    def fails_closed(self, callback: str) -> bool:
        """Say whether a callback refuses in doubt."""
        return callback in self._closed or WAYS[callback].fails == "closed"

    def set(self, name: str, why: str) -> None:
        """Say that something is degraded; the first time it is logged."""
        if name not in self._wrong:
            log.warning("degraded: %s: %s", name, why)
        self._wrong[name] = (self._wrong.get(name, (time.time(), ""))[0], why)

    def clear(self, name: str) -> None:
        """Say that something works again."""
        if self._wrong.pop(name, None) is not None:
            log.info("works again: %s", name)

    def failed(self, callback: str, error: BaseException) -> None:
        """Count a fault of a callback; it counts as degraded for ten minutes."""
        self.counts[f"faults of {callback}"] += 1
        log.error("%s failed; it fails %s", callback, self._way(callback), exc_info=error)
        self._wrong[f"callback {callback}"] = (time.time(), type(error).__name__)

    def shown(self) -> dict[str, Any]:
        """Return everything for the status page."""
        past = time.time() - 600
        for name, (since, _) in list(self._wrong.items()):
            if name.startswith("callback ") and since < past:
                del self._wrong[name]
        degraded = {name: {"since": int(since), "why": why} for name, (since, why) in sorted(self._wrong.items())}
        ways = {name: {"fails": self._way(name), "why": way.why} for name, way in WAYS.items()}
        return {"degraded": degraded, "callbacks": ways, "counts": dict(sorted(self.counts.items()))}

    def _way(self, callback: str) -> str:
        return "closed" if self.fails_closed(callback) else "open"
