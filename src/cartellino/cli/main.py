"""`cartellino VERB ...`: chooses the verb, and turns refusals into sentences and exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from cartellino import __version__
from cartellino.cli import (
    accept,
    audit,
    availability,
    backtest,
    backup,
    decide,
    demo,
    doctor,
    explain,
    gateway,
    jurisdictions,
    log,
    matrix,
    operators,
    policies,
    privacy,
    probe,
    senders,
    serve,
    simulate,
    simulate_cloud,
    status,
)
from cartellino.cli.inputs import name_of
from cartellino.cli.terminal import complain
from cartellino.cli.verbs import PLAIN
from cartellino.vocabulary.refusals import BadPolicy, Refusal

_ABOUT = """\
Cartellino watches what accounts of a messaging service do (metadata, never private text), decides who earns a warning,
a limit, a suspension or a ban, and says why.

  cartellino demo                                  see it at work on a simulated town
  cartellino decide events.ndjson --out out        decide on your own events
  cartellino policies show                         read the policies in words
"""


VERBS = (
    demo, serve, gateway, matrix, operators, decide, policies, explain, backtest, simulate, simulate_cloud,
    availability, probe, senders, status, jurisdictions, log, audit, privacy, backup, accept, doctor,
)  # fmt: skip


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs."""
    parser = argparse.ArgumentParser("cartellino", description=_ABOUT, formatter_class=PLAIN)
    parser.add_argument("--version", action="version", version=f"cartellino {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb in VERBS:
        verb.register(verbs)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code: 0, 1 (checks failed), 2 (bad arguments or policy), 3 (strict)."""
    parser = make_parser()
    if not (sys.argv[1:] if arguments is None else arguments):
        parser.print_help()
        return 2
    chosen = parser.parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
    except BadPolicy as refusal:
        complain(str(refusal))
        faults = len(refusal.faults)
        complain(f"\n{faults} fault{'s' * (faults != 1)} in the policies; nothing was decided.")
        return 2
    except Refusal as refusal:
        complain(f"error[{refusal.code}]: {refusal}")
        return 2
    except MemoryError as error:
        complain(f"error[memory]: {error}; use a smaller --memory")
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        complain(f"error[io]: {_said(error)}")
        return 2
    except KeyboardInterrupt:
        complain("stopped")
        return 130
    return code


def _said(error: OSError) -> str:
    """Return an error of the operating system as a sentence, with the file that it is about."""
    why = error.strerror or str(error) or type(error).__name__
    return f"`{name_of(os.fsencode(error.filename))}`: {why}" if isinstance(error.filename, str | bytes) else why


if __name__ == "__main__":
    sys.exit(main())
