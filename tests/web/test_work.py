"""Waiting for the writer cancels nothing; what takes long is bounded for each person and for all."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

import pytest

from cartellino.vocabulary.refusals import BadArgument
from cartellino.web.problems import Problem
from cartellino.web.work import Workshop, written


def test_a_wait_that_is_too_long_leaves_the_work_as_it_is() -> None:
    async def wait(done: Future[int]) -> None:
        with pytest.raises(Problem, match="longer than usual"):
            await written(done, 0.01)

    done: Future[int] = Future()
    asyncio.run(wait(done))
    assert not done.cancelled()
    done.set_result(1)


def test_a_caller_who_hangs_up_leaves_the_work_as_it_is() -> None:
    done: Future[int] = Future()

    async def hang_up() -> None:
        waiting = asyncio.create_task(written(done))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not done.cancelled()
        done.set_exception(BadArgument("nobody hears it, and nothing complains"))
        await asyncio.sleep(0.01)

    asyncio.run(hang_up())


def test_what_the_work_answers_is_passed_on() -> None:
    async def both() -> int:
        right: Future[int] = Future()
        wrong: Future[int] = Future()
        asyncio.get_running_loop().call_later(0.01, right.set_result, 7)
        wrong.set_exception(BadArgument("no"))
        with pytest.raises(BadArgument):
            await written(wrong)
        return await written(right)

    assert asyncio.run(both()) == 7


def test_one_person_has_one_piece_of_work_in_hand_and_few_waiting() -> None:
    at_once: list[int] = []
    going, lock = [0], threading.Lock()
    release = threading.Event()

    def work() -> str:
        with lock:
            going[0] += 1
            at_once.append(going[0])
        release.wait(5)
        with lock:
            going[0] -= 1
        return "done"

    async def crowd() -> list[object]:
        workshop = Workshop(threads=2, waiting=16)
        mine = [asyncio.create_task(workshop.do("ada", work)) for _ in range(45)]
        await asyncio.sleep(0.05)
        release.set()
        answers: list[object] = await asyncio.gather(*mine, return_exceptions=True)
        assert await workshop.do("ada", work) == "done"
        return answers

    answers = asyncio.run(crowd())
    assert answers.count("done") == Workshop.EACH
    assert all(isinstance(one, Problem) and one.code == "busy" for one in answers if one != "done")
    assert max(at_once) == 1


def test_all_together_have_a_bounded_amount_of_work() -> None:
    release = threading.Event()

    async def crowd() -> list[object]:
        workshop = Workshop(threads=2, waiting=4)
        them = [asyncio.create_task(workshop.do(f"person {n}", lambda: release.wait(5))) for n in range(20)]
        await asyncio.sleep(0.05)
        release.set()
        return list(await asyncio.gather(*them, return_exceptions=True))

    answers = asyncio.run(crowd())
    assert answers.count(True) == 4
