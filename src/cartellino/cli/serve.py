"""`cartellino serve`: the service, in one process."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

from cartellino.cli.inputs import named_within
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.vocabulary.refusals import BadArgument

if TYPE_CHECKING:  # what the service needs takes a second to import, which other verbs need not wait for
    from cartellino.service.service import Service

_ABOUT = """\
Run the service: events in, sanctions, notices, appeals, webhooks. Everything is kept in the data folder; with
--database the tables are kept in PostgreSQL. Every setting is also a variable CARTELLINO_NAME, listed in
docs/reference/settings.md.

With CARTELLINO_BOOTSTRAP_KEY set at the first start, that API key exists with every machine scope. Operators are made
with `cartellino operators create`.
"""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("serve", help="run the service", description=_ABOUT, formatter_class=PLAIN)
    verb.add_argument("--data", metavar="DIR", help="data folder (default cartellino-data)")
    verb.add_argument("--listen", metavar="ADDRESS:PORT", help="default 127.0.0.1:8000")
    verb.add_argument("--database", metavar="URL", help="postgresql://USER:PASSWORD@HOST/NAME; default: SQLite")
    verb.add_argument("--policies", metavar="PACK_OR_DIR", help="what decides at the first start (default messenger)")
    verb.add_argument(
        "--clock-is-right", action="store_true",
        help="believe this machine's clock although it does not fit what was last seen in the data folder",
    )  # fmt: skip
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from cartellino.service.service import Service
    from cartellino.service.settings import Settings
    from cartellino.service.versions import first

    given = {name: getattr(chosen, name) for name in ("data", "listen", "database", "policies")}
    settings = Settings.of(os.environ, **given)
    log_to_stderr()
    address, port = listening(settings.listen)
    must_be_free(address, port)
    service = Service(settings)
    wait_for_database(service)
    service.start(first(named_within(settings.policies), {}))
    if chosen.clock_is_right:
        service.confirm_clock("command line")
    try:
        asyncio.run(serve(service, address, port))
    finally:
        service.stop()
    return 0


def listening(text: str) -> tuple[str, int]:
    """Read ADDRESS:PORT.

    Raises `BadArgument` for another form.
    """
    address, _, port = text.rpartition(":")
    if not address or not port.isdigit() or not 0 < int(port) < 65_536:
        raise BadArgument(f"`{text}` is not of the form ADDRESS:PORT, such as 127.0.0.1:8000")
    return address.strip("[]"), int(port)


def must_be_free(address: str, port: int) -> None:
    """Raises `BadArgument` when something listens there: the server would share the port with it, silently."""
    with closing(socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)) as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
        except OSError as error:
            raise BadArgument(f"cannot listen on {address}:{port}: {error.strerror}") from None


def wait_for_database(service: Service, seconds: float = 60) -> None:
    """Wait for a database that starts together with this.

    Raises `BadArgument` when it does not answer in time.
    """
    import sqlalchemy as sa
    import structlog

    until = time.monotonic() + seconds
    while True:
        try:
            service.database.engine.connect().close()
        except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
            if time.monotonic() > until:
                raise BadArgument(f"the database does not answer: {str(error.orig)[:200]}") from None
            structlog.get_logger().warning("waiting for the database")
            time.sleep(1)
        else:
            return


async def serve(service: Service, address: str, port: int) -> None:
    """Answer requests until SIGINT or SIGTERM."""
    import structlog
    from granian.constants import HTTPModes, Interfaces
    from granian.server.embed import Server

    from cartellino.api.app import application
    from cartellino.console.pages import PAGES as CONSOLE
    from cartellino.holder.pages import PAGES
    from cartellino.web.pages import static

    pages = application(service, static, *PAGES, *CONSOLE)
    server = Server(
        pages, address=address, port=port, interface=Interfaces.ASGI, http=HTTPModes.http1,
        log_enabled=False, backlog=1_024,
    )  # fmt: skip
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, server.stop)
    structlog.get_logger().info("serving", address=address, port=port, policies=service.writer.route.policies.version)
    await server.serve()


def log_to_stderr(least: str = "info") -> None:
    """Write the log from a level on as JSON lines, or in colour on a terminal."""
    import structlog

    # Traces come without the values of variables: they may hold what people wrote.
    traces = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    machines = [structlog.processors.ExceptionRenderer(traces), structlog.processors.JSONRenderer()]
    people = [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(people if sys.stderr.isatty() else machines),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
