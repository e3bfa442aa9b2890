"""The command itself. Until everything is imported, Ctrl-C simply ends it, as it ends any other program."""

from __future__ import annotations

import signal


def main() -> int:
    """Run a verb; a process that is interrupted says nothing of where it was."""
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
    from cartellino.cli.main import main as run  # takes a while

    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return run()
