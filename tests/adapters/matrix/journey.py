"""The whole loop on a real, end-to-end encrypted messenger: a story in steps, each of which says what has to be true.

Two honest people talk all the while. Whatever happens beside them, everything that one says is heard by the other.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
from nio import RoomCreateResponse
from tests.adapters.matrix.people import Person, refusal_of, talking
from tests.adapters.matrix.town import Town, entered

T = TypeVar("T")
STRANGERS = 24
"""People whom the spammer does not know; the limit is twenty."""

REASON = "In un'ora hai invitato molte persone che non ti conoscono."


async def until(what: Callable[[], T], seconds: float = 180) -> T:
    """Return the first value that is true; the town goes on living meanwhile."""
    end = time.monotonic() + seconds
    while True:
        value = await asyncio.to_thread(what)
        if value:
            return value
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.25)


def heard(person: Person, text: str) -> bool:
    return any(text in said for said in person.heard)


class Journey:
    """The story."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.town, self._folder = town, folder
        self.people: dict[str, Person] = {}
        self.tokens: dict[str, str] = {}

    async def go(self) -> None:
        """Live through all of it."""
        for number, name in enumerate(["anna", "bruno", "spam", "amico", "scraper", "bully", "vera", "dora"]):
            await self._arrives(name, f"10.1.0.{number}")
        strangers = [f"s{number}" for number in range(STRANGERS)]
        for name in strangers:
            self.tokens[name] = await asyncio.to_thread(self.town.home.sign_up, name)
        anna, bruno = self.people["anna"], self.people["bruno"]
        room = await anna.chat_with(bruno.name)
        await bruno.join(room)
        async with talking(anna, bruno, room) as said:
            friends = await self.spammer_is_limited(strangers)
            await self.service_is_killed(friends)
            await self.spammer_is_suspended(friends, strangers)
            await self.scraper_is_stopped(strangers)
            await self.bully_is_reviewed()
            await self.synapse_is_restarted()
            await self.wrongly_banned_person_is_restored()
        assert await self.unheard(said, bruno) == set()
        assert len(said) > 20, said
        assert (anna.unreadable, bruno.unreadable) == (0, 0)
        for name in ("anna", "bruno", "amico", "vera", "dora"):
            assert self.town.standing(name)["standing"] == "clear", name
            assert self.town.state(name) == (False, False)

    async def unheard(self, said: list[str], listener: Person) -> set[str]:
        """Return what somebody has not heard of what was said to them, after some time for the last of it."""
        end = time.monotonic() + 60
        while (missing := set(said) - set(listener.heard)) and time.monotonic() < end:
            await asyncio.sleep(0.1)
        return missing

    async def spammer_is_limited(self, strangers: list[str]) -> str:
        """Invites strangers, is limited after a stated number, sees why in Italian, keeps talking in existing rooms."""
        town, spam, amico = self.town, self.people["spam"], self.people["amico"]
        path = f"/_matrix/client/v3/user/{spam.name}/account_data/org.cartellino.language"
        await asyncio.to_thread(town.home.as_user, self.tokens["spam"], "PUT", path, {"language": "it"})
        friends = await spam.chat_with(amico.name)
        await amico.join(friends)
        allowed, answer = 1, None  # a friend, who does not know him elsewhere, is the first
        for name in strangers:
            answer = await spam.open_chat(town.home.user(name))
            if not isinstance(answer, RoomCreateResponse):
                break
            allowed += 1
            if allowed >= 21:
                await until(lambda: town.standing("spam")["standing"] == "limited")
                await asyncio.sleep(1)
        assert 21 <= allowed <= 22, f"{allowed} invites were allowed"
        said = await refusal_of(answer)
        assert (said["errcode"], said["org.cartellino.refusal"]["what"]) == ("M_FORBIDDEN", "new_chats")
        assert said["error"].startswith("Non puoi iniziare nuove chat fino al ")
        assert REASON in said["error"]
        assert town.say(self.tokens["dora"], friends).status_code == 403  # Synapse does not take it: she is not there
        await spam.say(friends, "posso ancora scriverti")
        await until(lambda: "posso ancora scriverti" in amico.heard)
        await until(lambda: any(REASON in text and town.door in text for text in spam.heard))
        return friends

    async def spammer_is_suspended(self, friends: str, strangers: list[str]) -> None:
        """Goes on writing to people who do not want it; they ignore him; he is suspended, with a countdown."""
        town, spam = self.town, self.people["spam"]
        for name in strangers[:4]:
            path = f"/_matrix/client/v3/user/{town.home.user(name)}/account_data/m.ignored_user_list"
            answer = await asyncio.to_thread(town.home.as_user, self.tokens[name], "PUT", path,
                                             {"ignored_users": {spam.name: {}}})  # fmt: skip
            assert answer.status_code == 200
        await until(lambda: town.standing("spam")["standing"] == "suspended")
        await until(lambda: town.state("spam") == (True, False))
        said: dict[str, Any] = {}
        for _ in range(100):  # for a moment Synapse alone knows of it, and refuses without words of ours
            said = await refusal_of(await spam.try_to_say(friends, "e adesso?"))
            assert said["errcode"] == "M_USER_SUSPENDED"
            if "org.cartellino.refusal" in said:
                break
            await asyncio.sleep(0.1)
        left = said["org.cartellino.refusal"]["ends_at"] / 1000 - time.time()
        assert 47 * 3600 < left < 48 * 3600
        pages = await asyncio.to_thread(entered, town, "spam", "pw")
        page = (await asyncio.to_thread(pages.get, "/account", headers={"Accept-Language": "it"})).text
        pages.close()
        assert "data-left=" in page, page  # the countdown; the reason follows by chance later, where people reported

    async def scraper_is_stopped(self, strangers: list[str]) -> None:
        """Looks at the profiles of strangers, until searches and profiles are refused."""
        town, token = self.town, self.tokens["scraper"]

        def look(name: str) -> httpx.Response:
            return town.home.as_user(token, "GET", f"/_matrix/client/v3/profile/{town.home.user(name)}")

        names = [*strangers, "anna", "bruno", "spam", "amico", "bully", "vera", "dora"]
        for name in names:
            assert (await asyncio.to_thread(look, name)).status_code == 200
        refused = await until(lambda: answer if (answer := look("anna")).status_code == 403 else None)
        assert refused is not None
        assert refused.json()["org.cartellino.refusal"]["what"] == "lookups"
        assert look("scraper").status_code == 200  # their own
        search = town.home.as_user(token, "POST", "/_matrix/client/v3/user_directory/search", {"search_term": "s"})
        assert search.status_code == 403
        assert town.standing("scraper")["standing"] == "limited"

    async def bully_is_reviewed(self) -> None:
        """Is reported by three people to whom he wrote; a person looks, and suspends him."""
        town, bully = self.town, self.people["bully"]
        reporters = [self.people[name] for name in ("vera", "dora", "amico")]
        for person in reporters:
            room = await bully.chat_with(person.name)
            await person.join(room)
            await bully.say(room, f"ti trovo, {person.name}")
            await until(partial(heard, person, "ti trovo"))
        for name in ("vera", "dora", "amico"):
            path = f"/_matrix/client/v3/users/{bully.name}/report"
            answer = town.home.as_user(self.tokens[name], "POST", path, {"reason": "mi minaccia"})
            assert answer.status_code == 200
        case = await until(lambda: town.case("bully", "review"))
        assert case is not None
        assert town.standing("bully")["standing"] == "clear"  # reports alone do nothing
        done = town.service.client.post(f"/v1/cases/{case['appeal_id']}/outcome", headers=town.reviewers[0], json={
            "reason": "Three people, each with a threat.", "action": {"kind": "suspension", "for": "24h"}})  # fmt: skip
        assert done.status_code == 200
        await until(lambda: town.state("bully") == (True, False))

    async def wrongly_banned_person_is_restored(self) -> None:
        """Is banned for what somebody else did, told before the lock, appeals without signing in, and writes again."""
        town, vera, dora = self.town, self.people["vera"], self.people["dora"]
        room = await vera.chat_with(dora.name)
        await dora.join(room)
        decided = await asyncio.to_thread(town.imposed_by_a_person, "vera", {"kind": "ban"})
        await until(lambda: any(town.door in text for text in vera.heard))
        await until(lambda: town.state("vera") == (True, True))
        locked = town.home.as_user(self.tokens["vera"], "GET", "/_matrix/client/v3/account/whoami")
        assert (locked.status_code, locked.json()["errcode"]) == (401, "M_USER_LOCKED")
        pages = await asyncio.to_thread(entered, town, "vera", "pw")
        await asyncio.to_thread(town.appealed, pages, decided, "Non sono stata io.")
        pages.close()
        await until(lambda: town.state("vera") == (False, False))
        await vera.come_back()
        await vera.say(room, "eccomi di nuovo")
        await until(lambda: "eccomi di nuovo" in dora.heard)

    async def service_is_killed(self, friends: str) -> None:
        """Cartellino is killed; chats go on, limits that are known hold, and what happened meanwhile is told later."""
        town, spam, amico = self.town, self.people["spam"], self.people["amico"]
        await asyncio.to_thread(town.service.kill)
        await spam.say(friends, "mentre dorme")
        await until(lambda: "mentre dorme" in amico.heard)
        assert not isinstance(await spam.open_chat(town.home.user("s0")), RoomCreateResponse)
        await until(lambda: "events" in town.home.degraded(town.admin))
        assert town.home.waiting(town.admin)["bytes"] > 0
        await asyncio.to_thread(town.service.start, 300)
        await until(lambda: not town.home.degraded(town.admin))
        await until(lambda: town.home.waiting(town.admin) == {"events": 0, "bytes": 0})

    async def synapse_is_restarted(self) -> None:
        """Synapse ends and comes back; limits hold at once again, no event is lost, what ended meanwhile has ended."""
        town = self.town
        await asyncio.to_thread(town.home.end, signal.SIGTERM)
        await asyncio.to_thread(town.lift, "bully")
        await asyncio.sleep(2)  # the process beside it tries, and nobody is there
        await asyncio.to_thread(town.home.start)
        await until(lambda: town.chat(self.tokens["spam"], "s0").status_code == 403)
        await until(lambda: town.state("bully") == (False, False))

    async def _arrives(self, name: str, address: str) -> None:
        self.tokens[name] = await asyncio.to_thread(self.town.home.sign_up, name, "pw", address)
        person = Person(self.town.home.url, self.town.home.user(name), self._folder / name)
        await person.arrive()
        self.people[name] = person

    async def leave(self) -> None:
        """Let everybody sign out of their client."""
        for person in self.people.values():
            await person.leave()


async def lived(town: Town, folder: Path) -> dict[str, Any]:
    """Live through the story; return what the homeserver told, by kind."""
    journey = Journey(town, folder)
    try:
        await journey.go()
    finally:
        await journey.leave()
    counted: dict[str, Any] = {}
    for event in town.events():
        counted[event["kind"]] = counted.get(event["kind"], 0) + 1
    return counted
