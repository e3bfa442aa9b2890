"""Learns from the platform what webhooks do not tell: templates with their categories, quality, tier, subscriptions.

The token is that of a client that the platform accepted, or the operator's; it is kept in memory only. Calls are few:
at first need, and then every ten minutes for each number: with the operator's token also while nothing is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

import msgspec
import structlog

from cartellino.adapters.whatsapp_cloud.account_updates import category_of
from cartellino.adapters.whatsapp_cloud.connections import Unanswered, Unreached
from cartellino.adapters.whatsapp_cloud.fields import items, text_of
from cartellino.adapters.whatsapp_cloud.upstream import Upstream
from cartellino.senders.facts import (
    Category,
    Fact,
    NumberSeen,
    SignupSeen,
    Subscribed,
    TemplateChanged,
    TemplateRated,
    TemplateRead,
)
from cartellino.senders.wording import faults_of
from cartellino.service.senders import SenderBook
from cartellino.vocabulary.times import MINUTE, Instant

AGAIN, AFTER_FAULT = 10 * MINUTE, MINUTE
"""After which time a number is looked at again, and after a look that failed."""

EVERY = 60.0
"""Seconds between two looks for numbers that are due."""

PATIENCE = 2.0
"""Seconds for which a send waits for the first look."""

_NUMBER = "id,display_phone_number,quality_rating,throughput,status,whatsapp_business_manager_messaging_limit"
_TEMPLATES = "id,name,language,category,correct_category,status,quality_score,components"
_PAGES, _PAGE = 20, 200
"""The words of 200 templates have a megabyte at most: bodies have 1,024 characters."""
_MOST_NUMBERS, _MOST_ACCOUNTS = 1_000, 20
_SPEEDS = {"HIGH": "raised", "STANDARD": "ordinary"}

log = structlog.get_logger()


class Learner:
    """Looks at numbers and accounts of the platform."""

    def __init__(self, upstream: Upstream, book: SenderBook, version: str, token: str, secret: str) -> None:
        """`token` is the operator's, empty: that of a client; `secret` that of the app, to see its subscriptions."""
        self._upstream, self._book, self._version, self._secret = upstream, book, version, secret
        self._token = token
        self._looked: dict[str, Instant] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}

    async def ensure(self, number: str, token: str) -> None:
        """Look at a number unless that was done lately; the very first look is waited for, a little.

        Anybody can name numbers and invent tokens: the operator's token looks at numbers that the platform named.
        """
        now, is_known = self._book.now(), number in self._book.state.numbers
        own = (self._token or token) if is_known else token
        if not own or not number.isascii() or not number.isalnum():
            return
        is_first = number not in self._looked
        if is_first and len(self._looked) >= _MOST_NUMBERS:
            return
        if (is_first or now >= self._looked[number]) and number not in self._looking:
            self._looked[number] = now + AFTER_FAULT
            task = asyncio.create_task(self._look(number, own))
            self._looking[number] = task
            task.add_done_callback(lambda _: self._looking.pop(number, None))
        if is_first and number in self._looking:
            await asyncio.wait({self._looking[number]}, timeout=PATIENCE)

    async def keep_up(self) -> None:
        """Look at every known number again and again, also while nothing is sent; only with the operator's token."""
        while self._token:
            for number in list(self._book.state.numbers):
                await self.ensure(number, self._token)
            await asyncio.sleep(EVERY)

    async def _look(self, number: str, token: str) -> None:
        try:
            seen = await self._get(f"/{number}", token, fields=_NUMBER)
            if "error" in seen and number not in self._book.state.numbers:
                self._looked.pop(number, None)  # it is no number of this token
                return
            account = self._known_account(number) or await self._account_of(number, token)
            known = list(self._number(number, seen, account))
            if account is not None:
                known += [fact async for fact in self._templates(account, token)]
                known += await self._subscriptions(account, token)
                known += await self._signups(account, token)
        except (Unreached, Unanswered, ValueError) as error:
            log.warning("the platform was not read", number=number, error=type(error).__name__)
            return
        self._book.record(*_news(self._book, known))
        self._looked[number] = self._book.now() + AGAIN

    def _known_account(self, number: str) -> str | None:
        known = self._book.state.numbers.get(number)
        return known.account if known is not None else None

    async def _account_of(self, number: str, token: str) -> str | None:
        """Return the account of a number among those that a token is for, as the platform says of the token itself."""
        said = (await self._get("/debug_token", token, input_token=token)).get("data")
        named: list[str] = []
        for scope in items(said, "granular_scopes") if isinstance(said, Mapping) else []:
            targets = scope.get("target_ids")
            if "whatsapp" in (text_of(scope, "scope") or "") and isinstance(targets, list):
                named += [str(target) for target in targets]
        accounts = list(dict.fromkeys(named))[:_MOST_ACCOUNTS]
        if len(accounts) < 2:
            return accounts[0] if accounts else None
        for account in accounts:
            listed = await self._get(f"/{account}/phone_numbers", token, fields="id", limit=str(_PAGE))
            if any(text_of(other, "id") == number for other in items(listed, "data")):
                return account
        return None

    def _number(self, number: str, seen: Mapping[str, Any], account: str | None) -> Iterator[Fact]:
        speed = seen.get("throughput")
        level = text_of(speed, "level") if isinstance(speed, Mapping) else None
        if "error" not in seen:
            yield NumberSeen(
                at=self._book.now(), number=number, account=account, quality=text_of(seen, "quality_rating"),
                tier=text_of(seen, "whatsapp_business_manager_messaging_limit"), status=text_of(seen, "status"),
                throughput=_SPEEDS.get(level or ""), display=text_of(seen, "display_phone_number"),  # type: ignore[arg-type]
            )  # fmt: skip

    async def _templates(self, account: str, token: str) -> AsyncIterator[Fact]:
        after, now = "", self._book.now()
        for _ in range(_PAGES):
            more = {"after": after} if after else {}
            page = await self._get(f"/{account}/message_templates", token, fields=_TEMPLATES, limit=str(_PAGE), **more)
            for template in items(page, "data"):
                for fact in template_facts(template, account, now):
                    yield fact
            paging = page.get("paging")
            cursors = paging.get("cursors") if isinstance(paging, Mapping) else None
            after = (text_of(cursors, "after") or "") if isinstance(paging, Mapping) and "next" in paging else ""
            if not after:
                return

    async def _signups(self, account: str, token: str) -> list[Fact]:
        """Return the links by which people sign up in the app; a version or an account without them lists none."""
        page = await self._get(f"/{account}/signups", token, limit=str(_PAGE))
        return [
            SignupSeen(at=self._book.now(), account=account, signup=identity[:64],
                       wording=(text_of(signup, "signup_message") or "")[:300])
            for signup in items(page, "data")
            if (identity := text_of(signup, "id"))
        ]  # fmt: skip

    async def _subscriptions(self, account: str, token: str) -> list[Fact]:
        """Return which webhooks the app is told, where its secret is known."""
        if not self._secret:
            return []
        about = (await self._get("/debug_token", token, input_token=token)).get("data")
        app = text_of(about, "app_id")
        if app is None:
            return []
        said = await self._get(f"/{app}/subscriptions", f"{app}|{self._secret}")
        if "error" in said or not items(said, "data"):
            return []
        told = [
            field
            for subscription in items(said, "data")
            if text_of(subscription, "object") == "whatsapp_business_account"
            for field in subscription.get("fields", [])
        ]
        names = sorted({text_of(field, "name") or "" if isinstance(field, Mapping) else str(field) for field in told})
        return [Subscribed(at=self._book.now(), account=account, fields=tuple(names))]

    async def _get(self, path: str, token: str, **query: str) -> Mapping[str, Any]:
        target = f"/{self._version}{path}" + _query(query)
        headers = [(b"authorization", f"Bearer {token}".encode()), (b"accept", b"application/json")]
        answer = await self._upstream.call("GET", target, headers, b"")
        said = msgspec.json.decode(answer.body)
        return said if isinstance(said, Mapping) else {}


def _query(query: Mapping[str, str]) -> str:
    return f"?{urlencode(query)}" if query else ""


def template_facts(template: Mapping[str, Any], account: str, now: Instant) -> Iterator[Fact]:
    """Yield the facts of a template as the platform lists it."""
    name, language = text_of(template, "name"), text_of(template, "language")
    if name is None or language is None:
        return
    identity = text_of(template, "id") or ""
    yield TemplateChanged(at=now, account=account, template=name, language=language, template_id=identity,
                          status=text_of(template, "status") or "UNKNOWN",
                          category=category_of(text_of(template, "category")))  # fmt: skip
    components = template.get("components")
    if isinstance(components, list):
        category = category_of(text_of(template, "category"))
        yield TemplateRead(at=now, account=account, template=name, language=language,
                           faults=_faults(components, category))  # fmt: skip
    score = template.get("quality_score")
    quality = text_of(score, "score") if isinstance(score, Mapping) else text_of(template, "quality_score")
    if quality is not None:
        yield TemplateRated(at=now, account=account, template=name, language=language, quality=quality,
                            template_id=identity)  # fmt: skip


_SEEN: dict[bytes, tuple[str, ...]] = {}
_MOST_SEEN = 10_000


def _faults(components: list[Any], category: Category | None) -> tuple[str, ...]:
    """Return the faults of a template, from memory where its words were seen before: an account has thousands."""
    digest = blake2b(msgspec.json.encode([category, components]), digest_size=16).digest()
    if digest not in _SEEN:
        if len(_SEEN) >= _MOST_SEEN:
            _SEEN.clear()
        _SEEN[digest] = faults_of(components, category)
    return _SEEN[digest]


def _news(book: SenderBook, known: list[Fact]) -> list[Fact]:
    """Return the facts that say something new, so that looking again writes nothing."""
    with book.lock:
        return [fact for fact in known if not _is_known(book, fact)]


def _is_known(book: SenderBook, fact: Fact) -> bool:
    state = book.state
    if isinstance(fact, TemplateChanged | TemplateRated | TemplateRead):
        account = state.accounts.get(fact.account)
        template = account.template(fact.template, fact.language) if account is not None else None
        if template is None:
            return False
        if isinstance(fact, TemplateRead):
            return template.faults == fact.faults
        if isinstance(fact, TemplateRated):
            return template.quality == fact.quality
        return template.status == fact.status and template.category == fact.category
    if isinstance(fact, NumberSeen):
        number = state.numbers.get(fact.number)
        tier = state.portfolio_of(fact.number).tier if number is not None else None
        return number is not None and (fact.tier in (None, tier)) and all(
            getattr(fact, name) in (None, getattr(number, name)) for name in ("account", "quality", "status", "display")
        ) and fact.throughput in (None, number.speed)  # fmt: skip
    if isinstance(fact, SignupSeen):
        account = state.accounts.get(fact.account)
        return account is not None and fact.signup in account.signups
    if isinstance(fact, Subscribed):
        account = state.accounts.get(fact.account)
        return account is not None and account.subscribed == fact.fields
    return False
