"""The entry point of the command. Until everything is imported, Ctrl-C ends it without a traceback."""

from __future__ import annotations

import signal


def main() -> int:
    """Run a verb; an interruption prints no traceback."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return _run()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        return _run()
    except KeyboardInterrupt:
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _run() -> int:
    from cartellino.cli.main import main as run  # the import takes a while

    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return run()
