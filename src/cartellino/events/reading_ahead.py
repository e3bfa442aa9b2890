"""Reads ahead: what an iterator yields next is made in another thread, while the caller works on what came before.

Most of reading is done without the interpreter's lock, so that it costs hardly any time where there is another core.

>>> list(ahead(iter("abc")))
['a', 'b', 'c']
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Generator[Item]:
    """Yield all items, one ahead; an error of the iterator comes in the place of its item.

    Whoever stops early waits for the item that is being made, so `items` should never wait for somebody else.
    """
    with ThreadPoolExecutor(1, "reading") as reader:
        coming = reader.submit(_next, items)
        while item := coming.result():
            coming = reader.submit(_next, items)
            yield item[0]


def _next(items: Iterator[Item]) -> tuple[Item] | None:
    for item in items:
        return (item,)
    return None
