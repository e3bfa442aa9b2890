"""The adapters that there are. A folder of this package is one as soon as it says so; nothing else names it.

>>> sorted(adapters())
['matrix', 'whatsapp_cloud']
>>> adapter("whatsapp_cloud").system
'WhatsApp Cloud API'
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

from cartellino import adapters as package
from cartellino.adapters.actuator import Means
from cartellino.service.service import Service
from cartellino.vocabulary.refusals import NotFound


class Front(Protocol):
    """An application that stands before the pages, and hands on what is not for it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

    def start(self) -> None:
        """Begin what it does by itself; the event loop runs."""

    async def stop(self) -> None:
        """End it, and close what is open."""


class Beside(Protocol):
    """What runs beside a service that people use, in a process of its own, and carries out there what is decided."""

    async def run(self) -> None:
        """Follow the decisions and carry them out, until it is cancelled."""

    async def reconcile(self) -> Mapping[str, int]:
        """Compare all accounts once, and repair; return how many came to which result."""

    async def release(self) -> int:
        """Take back everything that was done and still holds; return how many accounts were released."""

    def holds(self) -> Mapping[str, Any]:
        """Return what of ours holds, and what administrators did by hand."""

    async def stop(self) -> None:
        """Close what is open."""


class Adapter(msgspec.Struct, frozen=True, kw_only=True):
    """How Cartellino meets one messaging system.

    `folder` is its place in this package, `system` the name that its makers gave it, `command` the verb that runs it,
    `guide` the page that says how, below `docs/how-to`. `front` makes what stands before the pages; `beside`, from a
    file of settings, what runs beside the other system and carries out decisions there. An adapter that has one states
    in `means` how it carries out every action, for each kind of account.
    """

    folder: str
    system: str
    command: str
    guide: str
    front: Callable[[ASGIApp, Service], Front] | None = None
    beside: Callable[[Path], Beside] | None = None
    means: Callable[[], Mapping[str, Mapping[str, Means]]] | None = None


@cache
def adapters() -> Mapping[str, Adapter]:
    """Return every adapter by its folder: what each folder's `__init__` calls `ADAPTER`."""
    folders = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg)
    return {folder: import_module(f"{package.__name__}.{folder}").ADAPTER for folder in folders}


def adapter(folder: str) -> Adapter:
    """Return the adapter of a folder.

    Raises `NotFound`, with those that there are.
    """
    if folder not in adapters():
        raise NotFound(f"there is no adapter `{folder}`; there are {', '.join(adapters())}")
    return adapters()[folder]
