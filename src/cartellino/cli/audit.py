"""`cartellino audit verify`: verifies the hash-chained ledger."""

from __future__ import annotations

import argparse

from cartellino.cli.installation import add_arguments, database_of, settings_of
from cartellino.cli.terminal import complain, say
from cartellino.cli.verbs import PLAIN, Verbs

_ABOUT = """\
Every row of the ledger seals the one before it. `verify` works the seals out anew, and says at which row the chain is
broken: a row was changed, removed or moved. Reasons are sealed by a digest, and are held against it; where words were
erased with an account, a later row vouches for what is left. Keep the last seal elsewhere, and `--seal` also finds a
tail that was cut off.

  cartellino audit verify --data cartellino-data
"""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("audit", help="check the ledger", description=_ABOUT, formatter_class=PLAIN)
    verb.add_argument("what", choices=["verify"], metavar="verify")
    verb.add_argument("--seal", help="a seal from an earlier run that has to be in the chain")
    add_arguments(verb)
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Verify the chain; return 0 if it is intact, 1 if it is broken."""
    from cartellino.queries.ledger import verified_or_refused

    with database_of(settings_of(chosen)).begin() as rows:
        chain = verified_or_refused(rows)
    if chain.broken is not None:
        complain(f"the ledger is broken at row {chain.broken} of {chain.rows}: it was changed, removed or moved")
        return 1
    if chosen.seal is not None and chosen.seal not in chain.seals:
        complain(f"the chain holds, but the seal {chosen.seal} is not in it: rows at its end are missing")
        return 1
    erased = f"; words of {chain.redacted:,} were erased, and a row vouches for each" if chain.redacted else ""
    say(f"{chain.rows:,} rows, all sealed{erased}; the last seal is {chain.seals[-1] if chain.seals else 'none'}")
    return 0
