"""Turns are fair between callers, and nobody who hangs up keeps one."""

from __future__ import annotations

import asyncio

from cartellino.web.turns import Turns


async def _take(turns: Turns, caller: str, done: list[str]) -> None:
    async with turns.turn(caller):
        await asyncio.sleep(0)
        done.append(caller)


def test_who_asks_for_much_waits_behind_themselves() -> None:
    async def run() -> list[str]:
        turns, done = Turns(2), list[str]()
        callers = ["eve"] * 6 + ["ada", "bob", "ada"]
        await asyncio.gather(*(_take(turns, caller, done) for caller in callers))
        return done

    assert asyncio.run(run()) == ["eve", "eve", "eve", "ada", "bob", "eve", "ada", "eve", "eve"]


def test_who_hangs_up_keeps_no_turn() -> None:
    async def run() -> list[str]:
        turns, done = Turns(1), list[str]()
        async with turns.turn("ada"):
            waiting = [asyncio.create_task(_take(turns, caller, done)) for caller in ("eve", "eve", "bob")]
            await asyncio.sleep(0)
            waiting[0].cancel()
            await asyncio.sleep(0)
        waiting[1].cancel()  # it has the turn, and has not noticed yet
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.wait_for(_take(turns, "mal", done), 5)
        return done

    assert asyncio.run(run()) == ["bob", "mal"]
