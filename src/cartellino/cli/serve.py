"""`cartellino serve`: runs the service, in one process."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, MutableMapping
from contextlib import closing, nullcontext, suppress
from errno import EADDRINUSE
from threading import Thread
from typing import TYPE_CHECKING, Any, TextIO, cast

from cartellino.cli.compiling import compiled_beside
from cartellino.cli.inputs import named_within
from cartellino.cli.loaded import keep_what_was_loaded
from cartellino.cli.terminal import visible
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.vocabulary.actors import COMMAND_LINE
from cartellino.vocabulary.refusals import BadArgument

if TYPE_CHECKING:  # the service takes a second to import, which other verbs should not wait for
    from granian.server.embed import Server

    from cartellino.adapters.registry import Front
    from cartellino.service.service import Service
    from cartellino.web.connections import Connections

    MakeFront = Callable[[Any, Service], Front]

_ABOUT = """\
Run the service: events in, sanctions, notices, appeals, webhooks. Everything is kept in the data folder; with
--database the tables are kept in PostgreSQL. Every setting is also a variable CARTELLINO_NAME, listed in
docs/reference/settings.md.

--policies is used at the first start only; afterwards policies are changed through the service. SIGTERM and SIGINT end
it; SIGHUP, SIGUSR1 and SIGUSR2 are ignored.

With CARTELLINO_BOOTSTRAP_KEY set at the first start, that API key exists with every machine scope. Operators are made
with `cartellino operators create`.
"""


CONNECTIONS = 8_192
"""Maximum number of open connections, if the machine allows so many files."""

OTHER_FILES = 256
"""Open files reserved for other purposes than connections."""

HEADERS = 10_000
"""Milliseconds within which the head of a request must arrive, and after which an idle connection is closed."""

LAST_ANSWERS = 5
"""Seconds for which pending requests are still answered after a signal to end."""

BUFFER = 64 * 1_024
"""Maximum bytes of a connection's buffer and of a request's head."""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("serve", help="run the service", description=_ABOUT, formatter_class=PLAIN)
    add_options(verb)
    verb.set_defaults(run=run)


def add_options(verb: argparse.ArgumentParser) -> None:
    """Add the options of every verb that runs the service."""
    verb.add_argument("--data", metavar="DIR", help="data folder (default cartellino-data)")
    verb.add_argument("--listen", metavar="ADDRESS:PORT", help="default 127.0.0.1:8000")
    verb.add_argument("--database", metavar="URL", help="postgresql://USER:PASSWORD@HOST/NAME; default: SQLite")
    verb.add_argument("--policies", metavar="PACK_OR_DIR", help="what decides at the first start (default messenger)")
    verb.add_argument(
        "--clock-is-right", action="store_true",
        help="believe this machine's clock although it does not fit what was last seen in the data folder",
    )  # fmt: skip


def run(chosen: argparse.Namespace) -> int:
    """Serve until a signal to end."""
    return run_service(chosen)


def run_service(chosen: argparse.Namespace, front: MakeFront | None = None, **more: object) -> int:
    """Serve until a signal to end, with what `front` makes before the pages, and `more` settings."""
    import structlog

    from cartellino.queries.policy_versions import first
    from cartellino.service.modes import keep_to_owner
    from cartellino.service.service import Service
    from cartellino.service.settings import Settings

    keep_to_owner()
    ignore_signals()
    given = {name: getattr(chosen, name) for name in ("data", "listen", "database", "policies")}
    settings = Settings.of(os.environ, **given, **more)
    log_to_stderr()
    address, port = listening(settings.listen)
    must_be_free(address, port)
    if os.geteuid() == 0:
        structlog.get_logger().warning("runs as root; give it a user of its own, who owns the data folder")
    service = Service(settings)
    wait_for_database(service)
    given_policies = first(named_within(settings.policies), {})
    service.start(given_policies)
    if chosen.clock_is_right:
        service.confirm_clock(COMMAND_LINE)
    if chosen.policies is not None or "CARTELLINO_POLICIES" in os.environ:
        say_what_decides(service, settings.policies, given_policies.policies().version)
    try:
        with compiled_beside() if settings.native == "auto" else nullcontext():
            Thread(target=tell_of_compiling, args=(service,), name="compiling", daemon=True).start()
            asyncio.run(serve(service, address, port, front))
    finally:
        service.stop()
    return 0


def ignore_signals() -> None:
    """Ignore the signals of a closed terminal (SIGHUP) and of log rotation, as there is nothing to reload."""
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)


def say_what_decides(service: Service, named: str, version: str) -> None:
    """Say so if the policies in force are not those of the command line, which are used at the first start only."""
    import structlog

    current = service.live.policies.version
    if version != current:
        structlog.get_logger().warning(
            "--policies is not what decides: it counts at the first start only, and the policies were changed since or "
            "are others. Change them in the console or with POST /v1/policies",
            named=named, version=version, decides=current,
        )  # fmt: skip


def listening(text: str) -> tuple[str, int]:
    """Parse ADDRESS:PORT.

    Raises `BadArgument` for another form.
    """
    address, _, port = text.rpartition(":")
    if not address or not port.isdigit() or not 0 < int(port) < 65_536:
        raise BadArgument(f"`{text}` is not of the form ADDRESS:PORT, such as 127.0.0.1:8000")
    return address.strip("[]"), int(port)


def must_be_free(address: str, port: int) -> None:
    """Raises `BadArgument` when something listens there, with which the server would silently share the port."""
    with closing(socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)) as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
        except OSError as error:
            hint = "; end what listens there, or name another with --listen" if error.errno == EADDRINUSE else ""
            raise BadArgument(f"cannot listen on {address}:{port}: {error.strerror}{hint}") from None


def wait_for_database(service: Service, seconds: float = 60) -> None:
    """Wait for a database that starts at the same time.

    Raises `BadArgument` when it does not answer in time.
    """
    import structlog

    from cartellino.storage.database import is_away

    if service.database.is_sqlite:
        return  # a database file exists or is created
    until = time.monotonic() + seconds
    while True:
        try:
            service.database.engine.connect().close()
        except Exception as error:
            if not is_away(error):
                raise
            if time.monotonic() > until:
                raise BadArgument(f"the database does not answer: {str(getattr(error, 'orig', error))[:200]}") from None
            structlog.get_logger().warning("waiting for the database")
            time.sleep(1)
        else:
            return


def tell_of_compiling(service: Service, every: float = 1) -> None:
    """Log that the rules are not compiled on this machine yet, and when the service runs what is compiled."""
    import structlog

    log, began = structlog.get_logger(), time.monotonic()
    if service.settings.native == "never" or _is_compiled(service):
        return
    log.info("the rules are being compiled for this machine, once; Python runs them meanwhile")
    while not _is_compiled(service):
        time.sleep(every)
    log.info("the rules are compiled", seconds=round(time.monotonic() - began))


def _is_compiled(service: Service) -> bool:
    return service.live.kernel.is_compiled


def places_of_machine() -> int:
    """Return how many connections may be open: so many that idle or slow ones keep nobody out.

    The limit on open files is raised as far as the machine allows; some are reserved for the log and the database.
    """
    import resource

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wished = CONNECTIONS + OTHER_FILES
    if allowed != resource.RLIM_INFINITY and allowed < wished:
        allowed = wished if most == resource.RLIM_INFINITY else min(wished, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return CONNECTIONS if allowed == resource.RLIM_INFINITY else max(16, min(CONNECTIONS, allowed - OTHER_FILES))


async def serve(service: Service, address: str, port: int, front: MakeFront | None = None) -> None:
    """Answer requests until SIGINT or SIGTERM; what `front` makes stands before the pages and may close itself."""
    import structlog
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.server.embed import Server

    from cartellino.api.app import application
    from cartellino.console.pages import PAGES as CONSOLE
    from cartellino.holder.pages import PAGES
    from cartellino.service.settings import networks
    from cartellino.status.app import PAGES as STATUS
    from cartellino.web.connections import Connections
    from cartellino.web.pages import static

    pages, places = application(service, static, *PAGES, *CONSOLE, *STATUS), places_of_machine()
    before = front(pages, service) if front is not None else None
    keep_what_was_loaded()
    server = Server(
        before or pages, address=address, port=port, interface=Interfaces.ASGI, http=HTTPModes.http1,
        log_enabled=False, backlog=1_024, backpressure=places,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS, max_buffer_size=BUFFER),
    )  # fmt: skip
    server.workers_kill_timeout = LAST_ANSWERS
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, service, server)
    structlog.get_logger().info("serving", address=address, port=port, policies=service.live.policies.version)
    Thread(target=watch, args=(Connections(port, places, networks(service.settings.proxies)),), daemon=True).start()
    try:
        if before is not None:
            before.start()
        with suppress(TimeoutError):  # some clients did not read their answers in time
            await server.serve()
    finally:
        if before is not None:
            await before.stop()


def end(service: Service, server: Server) -> None:
    """Accept no more requests, answer the pending ones, and end the streams."""
    service.stopping = True
    server.stop()  # type: ignore[no-untyped-call]


def watch(connections: Connections) -> None:
    """Watch the connections as long as the process lives, if the machine supports it.

    It runs in a thread of its own, since the event loop may be overloaded.
    """
    import structlog

    from cartellino.web.connections import EVERY, are_watched

    while are_watched():
        closed = connections.look(time.monotonic())
        if closed:
            structlog.get_logger().warning(
                "closed connections whose answers were not read, or of addresses that had too many", connections=closed
            )
        time.sleep(EVERY)


def _visible(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape the texts of a log line, so that a terminal does not obey control characters in them."""
    texts = {name: visible(value) for name, value in event.items() if isinstance(value, str) and name != "exception"}
    return {**event, **texts}


class _Enduring:
    """A stream for the log that may be closed before the process ends; then only log lines are lost."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):  # the terminal or the pipe is closed
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def log_to_stderr(least: str = "info") -> None:
    """Write the log from a level on as JSON lines, or in colour on a terminal."""
    import structlog

    # Tracebacks have no values of variables, which may contain texts of people.
    traces = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    machines = [structlog.processors.ExceptionRenderer(traces), structlog.processors.JSONRenderer()]
    people: list[Any] = [_visible, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(people if sys.stderr.isatty() else machines),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Enduring(sys.stderr))),
        cache_logger_on_first_use=False,
    )
