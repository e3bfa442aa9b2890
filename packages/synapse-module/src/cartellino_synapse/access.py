"""What has no callback: read from Synapse's access log, inside the process. Nothing but the request line is read."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import unquote, urlsplit

from synapse.module_api import ModuleApi

from cartellino_synapse.accounts import Accounts
from cartellino_synapse.conditions import Conditions
from cartellino_synapse.context import described, request
from cartellino_synapse.people import Memory, People
from cartellino_synapse.pseudonyms import Pseudonyms
from cartellino_synapse.signals import Columns, Signals

LOGGER = "synapse.access"
_REQUESTER, _CODE, _METHOD, _URI, _LENGTH = 2, 11, 12, 13, 17
"""Places of the arguments of the log line in Synapse (docs/usage/administration/request_log.md)."""

_CLIENT = r"/_matrix/client/(?:r0|v1|v3|unstable(?:/[^/]+)?)"
_PROFILE = re.compile(_CLIENT + r"/profile/(?P<target>[^/]+)(?:/displayname|/avatar_url)?$")
_SEARCH = re.compile(_CLIENT + r"/user_directory/search$")
_SEND = re.compile(_CLIENT + r"/rooms/[^/]+/send/")
_LOGIN = re.compile(_CLIENT + r"/login$")
_EVENT_REPORT = re.compile(_CLIENT + r"/rooms/(?P<room>[^/]+)/report/(?P<target>[^/]+)$")
_USER_REPORT = re.compile(_CLIENT + r"/users/(?P<target>[^/]+)/report$")
_LEAVE = re.compile(_CLIENT + r"/rooms/(?P<room>[^/]+)/leave$")
_IGNORE = re.compile(_CLIENT + r"/user/[^/]+/account_data/m\.ignored_user_list$")

Work = Coroutine[Any, Any, None]


class Line:
    """A line of the access log."""

    __slots__ = ("identity", "method", "path", "status", "user", "where")

    def __init__(self, identity: str, user: str, method: str, path: str, status: int, where: Columns) -> None:
        """`user` is who asked, empty where nobody signed in; `where` describes from where."""
        self.identity, self.user, self.method, self.path, self.status = identity, user, method, path, status
        self.where = where


class AccessLog(logging.Handler):
    """Listens to the access log, and remembers of a request what its end alone would not say."""

    def __init__(
        self, api: ModuleApi, conditions: Conditions, names: Pseudonyms, people: People, signals: Signals,
        accounts: Accounts,
    ) -> None:  # fmt: skip
        """`accounts` and `signals` tell of what is heard."""
        super().__init__(logging.INFO)
        self._api, self._conditions, self._names, self._people = api, conditions, names, people
        self._signals, self._accounts = signals, accounts
        self.tries: Memory[str, str] = Memory(10_000, 120)
        """Whose password was tried, by request."""
        self.hits: Memory[str, int] = Memory(10_000, 120)
        """How many a search found, by request."""
        self.ignored: Memory[str, frozenset[str]] = Memory(10_000, 120)
        """Whom somebody ignored before a request that changes it."""
        self._memberships: Memory[str, str] = Memory(10_000, 120)
        self._heard = (
            ("GET", _PROFILE, self._profile), ("POST", _SEARCH, self._search), ("PUT", _SEND, self._send),
            ("POST", _LOGIN, self._login), ("POST", _EVENT_REPORT, self._event_report),
            ("POST", _USER_REPORT, self._user_report), ("POST", _LEAVE, self._leave), ("PUT", _IGNORE, self._ignore),
        )  # fmt: skip

    def listen(self) -> None:
        """Begin to listen. Where the access log is turned off, that is said: these signals are missing then."""
        logging.getLogger(LOGGER).addHandler(self)
        if not logging.getLogger(f"{LOGGER}.http").isEnabledFor(logging.INFO):
            self._conditions.set("access log", "off in log_config: look-ups, reports and failures are not seen")

    async def before(self, user_id: str, identity: str, method: str, path: str) -> None:
        """Note what a request is about to change."""
        if method == "PUT" and _IGNORE.match(path):
            self.ignored.put(identity, await self._people.ignored(user_id))
        leave = _LEAVE.match(path) if method == "POST" else None
        if leave is not None:
            self._memberships.put(identity, await self._people.membership(user_id, unquote(leave["room"])))

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line."""
        try:
            line = _line(record, self._names)
            work = self._work(line) if line is not None else None
            if work is not None:
                self._api.run_as_background_process("cartellino_access", self._guarded, work)
        except Exception as error:  # a fault here must not end a request
            self._conditions.failed("access_log", error)

    async def _guarded(self, work: Callable[[], Work]) -> None:
        try:
            await work()
        except Exception as error:  # as above
            self._conditions.failed("access_log", error)

    def _work(self, line: Line) -> Callable[[], Work] | None:
        for method, path, then in self._heard:
            match = path.match(line.path) if line.method == method else None
            if match is not None:
                return then(line, {name: unquote(value) for name, value in match.groupdict().items()})
        return None

    def _profile(self, line: Line, named: dict[str, str]) -> Callable[[], Work] | None:
        if not line.user or line.status not in (200, 404):
            return None
        return lambda: self._accounts.looked_up(line.user, named["target"], line.where, is_there=line.status == 200)

    def _search(self, line: Line, _: dict[str, str]) -> Callable[[], Work] | None:
        if not line.user or line.status != 200:
            return None
        hits = self.hits.pop(line.identity) or 0
        return lambda: self._accounts.searched(line.user, hits, line.where)

    def _send(self, line: Line, _: dict[str, str]) -> Callable[[], Work] | None:
        if not line.user or line.status < 400:
            return None
        return lambda: self._accounts.failed_to_send(line.user, line.status, line.where)

    def _login(self, line: Line, _: dict[str, str]) -> Callable[[], Work] | None:
        tried = self.tries.pop(line.identity)
        if tried is None or line.status != 403:
            return None
        return lambda: self._accounts.failed_to_sign_in(tried, line.where)

    def _event_report(self, line: Line, named: dict[str, str]) -> Callable[[], Work] | None:
        async def tell() -> None:
            sender = await self._people.sender_of(named["target"])
            if sender is not None:
                reason = await self._people.report_of("event_reports", line.user, named["target"])
                await self._accounts.reported(line.user, sender, reason, had_contact=True)

        return tell if line.user and line.status == 200 else None

    def _user_report(self, line: Line, named: dict[str, str]) -> Callable[[], Work] | None:
        async def tell() -> None:
            reason = await self._people.report_of("user_reports", line.user, named["target"])
            met = await self._people.have_met(line.user, named["target"])
            await self._accounts.reported(line.user, named["target"], reason, had_contact=met)

        return tell if line.user and line.status == 200 else None

    def _ignore(self, line: Line, _: dict[str, str]) -> Callable[[], Work] | None:
        """Compare whom somebody ignores with before; here, since with workers another process writes the list."""
        before = self.ignored.pop(line.identity)
        if before is None or not line.user or line.status != 200:
            return None

        async def tell() -> None:
            await self._accounts.ignores(line.user, before, await self._people.ignored(line.user))

        return tell

    def _leave(self, line: Line, named: dict[str, str]) -> Callable[[], Work] | None:
        was = self._memberships.pop(line.identity)
        if not line.user or line.status != 200 or was not in ("invite", "join"):
            return None
        return lambda: self._signals.left(line.user, named["room"], was)


def _line(record: logging.LogRecord, names: Pseudonyms) -> Line | None:
    arguments = record.args
    if not isinstance(arguments, tuple) or len(arguments) != _LENGTH:
        raise ValueError("a line of the access log has another form than in the versions of Synapse that are known")
    asked = request()
    if asked is None:
        return None
    user = str(arguments[_REQUESTER] or "")
    if "|" in user or not user.startswith("@"):
        user = ""  # an administrator acts for somebody, or nobody signed in
    status = str(arguments[_CODE]).rstrip("!")
    path = urlsplit(str(arguments[_URI])).path
    code = int(status) if status.isdigit() else 0
    return Line(asked.identity, user, str(arguments[_METHOD]), path, code, described(names))
