"""Carries out standings on a homeserver: compares what should be with what is, and remembers what of it is ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import structlog

from cartellino.adapters.actuator import Done, Means, Standing
from cartellino.adapters.matrix.directory import Directory
from cartellino.adapters.matrix.homeserver import Homeserver, State
from cartellino.adapters.matrix.http import Refused
from cartellino.adapters.matrix.journal import FLAGS, Acts, Flag, Row
from cartellino.adapters.matrix.mapping import MEANS, Wish, ban_in, wish_of
from cartellino.adapters.matrix.service_api import Service
from cartellino.adapters.matrix.words import with_link
from cartellino.vocabulary.times import Duration, Instant

UNAUTHORISED = 401

log = structlog.get_logger()


class _Case(NamedTuple):
    """An account that is being compared."""

    account: str
    user_id: str
    now: Instant


class MatrixActuator:
    """The actuator of a Synapse homeserver."""

    def __init__(
        self, homeserver: Homeserver, service: Service, directory: Directory, acts: Acts, *, wait: Duration,
        account_url: str, language: str,
    ) -> None:  # fmt: skip
        """`wait` is how long after its notice a ban locks; `account_url` goes into notices."""
        self._homeserver, self._service, self._directory, self._acts = homeserver, service, directory, acts
        self._wait, self._url, self._language = wait, account_url, language

    def means(self) -> Mapping[str, Means]:
        """Return the means for accounts of the homeserver."""
        return MEANS

    async def carry_out(self, standing: Standing, now: Instant) -> Done:
        """Bring an account into the state that its standing asks for; an administrator's act by hand wins.

        Raises `Unreached` and `Refused`.
        """
        account = standing.account
        entry = await self._directory.entry(account)
        if entry is None:
            return "unknown account"
        state = await self._homeserver.state(entry.user_id)
        if state is None:
            return "unknown account"
        ban = ban_in(standing, now)
        wish = wish_of(standing, now, self._acts.told_at(ban) if ban else None, self._wait)
        if entry.exempt:
            wish = Wish(suspended=False, locked=False, cause="")
        elif state.is_deactivated:  # what is set stays for as long as it holds, since it can be activated again
            wish = Wish(wish.suspended and state.suspended, wish.locked and state.locked, wish.cause)
        done = [await self._one(_Case(account, entry.user_id, now), flag, state, wish) for flag in FLAGS]
        if "left to the administrator" in done:
            return "left to the administrator"
        if "changed" in done:
            return "changed"
        return "exempt" if entry.exempt else "nothing to do"

    async def tell(self, account: str, notice_id: str, now: Instant) -> bool:
        """Bring a notice to the account as a server notice, with the way to its page; say whether it is there.

        Raises `Unreached`, `WriteFailed`, and `Refused` where a token is wrong: it is brought once that is set right.
        """
        if self._acts.has_told(notice_id):
            return True
        entry = await self._directory.entry(account)
        if entry is None or entry.exempt:
            return False
        language = await self._homeserver.language(entry.user_id) or self._language
        try:
            notice = await self._service.notice(notice_id, language)
            await self._homeserver.notify(entry.user_id, notice_id, with_link(notice.text, language, self._url))
        except Refused as refused:
            if refused.status == UNAUTHORISED:
                raise
            log.warning("a notice could not be brought", notice=notice_id, why=str(refused))
            return False
        self._acts.add(Row(at=now, what="told", account=account, cause=notice.sanction_id or "", notice=notice_id))
        try:
            await self._service.delivered(notice_id)
        except Refused as refused:
            log.warning("the receipt of a notice was refused", notice=notice_id, why=str(refused))
        return True

    async def release(self, now: Instant) -> int:
        """Take back everything that is ours; return how many accounts were released.

        Raises `Unreached` and `Refused`.
        """
        released = set()
        for account, flag in self._acts.ours():
            entry = await self._directory.entry(account)
            state = await self._homeserver.state(entry.user_id) if entry is not None else None
            if entry is None or state is None:
                self._acts.add(Row(at=now, what="cleared", account=account, flag=flag))
                continue
            await self._one(
                _Case(account, entry.user_id, now), flag, state, Wish(suspended=False, locked=False, cause="")
            )
            released.add(account)
        return len(released)

    async def _one(self, case: _Case, flag: Flag, state: State, wish: Wish) -> Done:
        """Compare one flag."""
        mark, is_set, wished = self._acts.mark(case.account, flag), getattr(state, flag), getattr(wish, flag)
        row = Row(at=case.now, what="set", account=case.account, flag=flag, cause=wish.cause)
        if mark.pending is not None:  # the answer was lost, or this process was: what is set now was set by us
            self._acts.add(_like(row, "set" if is_set else "cleared"))
            mark = self._acts.mark(case.account, flag)
        if mark.ours and not is_set:
            return self._manual(_like(row, "manual"))
        if mark.left_to and mark.left_to == wish.cause:
            return "left to the administrator"
        if is_set == wished:
            if wished and not mark.ours and mark.seen != wish.cause:
                self._acts.add(_like(row, "there already"))
            return "nothing to do"
        if not wished and not mark.ours:
            return "nothing to do"  # an administrator set it, and nothing of ours asks for it
        if wished and mark.seen == wish.cause:
            return self._manual(_like(row, "manual"))
        self._acts.add(
            Row(at=case.now, what="intends", account=case.account, flag=flag, value=wished, cause=wish.cause)
        )
        await self._set(case.user_id, flag, value=wished)
        self._acts.add(_like(row, "set" if wished else "cleared"))
        log.info("the state of an account was changed", flag=flag, value=wished, account=case.account)
        return "changed"

    def _manual(self, row: Row) -> Done:
        """Record that an administrator changed a flag by hand; it stays as it is while the same sanctions hold."""
        self._acts.add(row)
        log.warning("an administrator changed an account by hand, and it stays so", flag=row.flag, account=row.account)
        return "left to the administrator"

    async def _set(self, user_id: str, flag: Flag, *, value: bool) -> None:
        if flag == "suspended":
            await self._homeserver.suspend(user_id, suspended=value)
        else:
            await self._homeserver.lock(user_id, locked=value)


def _like(row: Row, what: str) -> Row:
    return Row(at=row.at, what=what, account=row.account, flag=row.flag, value=what == "set", cause=row.cause)  # type: ignore[arg-type]
