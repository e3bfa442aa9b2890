"""`cartellino simulate-cloud`: a local WhatsApp Cloud API with computed enforcement."""

from __future__ import annotations

import argparse
import asyncio

from cartellino.cli.ending import run_until_told
from cartellino.cli.serve import listening, must_be_free
from cartellino.cli.terminal import complain
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.vocabulary.refusals import BadArgument

_ABOUT = """\
A local Graph API for WhatsApp that computes what the platform would do: windows, pair rate, tiers, quality, pauses of
templates, holds, restrictions, with all webhooks and error codes. It begins with the number 100200300 (token sim, app
secret sim-secret, verify token sim-verify) and the templates spring_sale, order_update and login_code in en. Time moves
by itself and by POST /_sim/clock; people are made with POST /_sim/recipients. Nothing is kept.

  cartellino simulate-cloud --webhooks http://127.0.0.1:9000/webhooks/whatsapp
  curl -X POST 127.0.0.1:8400/_sim/recipients -d '{"wa_id": "628112345678", "mood": "answers"}'
  curl -X POST 127.0.0.1:8400/_sim/clock -d '{"advance": "6h"}'
"""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("simulate-cloud", help="a local WhatsApp Cloud API that enforces", description=_ABOUT,
                            formatter_class=PLAIN)  # fmt: skip
    verb.add_argument("--listen", default="127.0.0.1:8400", metavar="ADDRESS:PORT", help="default 127.0.0.1:8400")
    verb.add_argument("--webhooks", metavar="URL", help="whom webhooks are told")
    verb.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed, the same people (default 1)")
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Serve until a signal to end."""
    from cartellino.simulator.cloud.face.server import hub_now, server_of

    address, port = listening(chosen.listen)
    if chosen.webhooks is not None and not chosen.webhooks.startswith(("http://", "https://")):
        raise BadArgument(f"`--webhooks {chosen.webhooks}` does not begin with http:// or https://")
    must_be_free(address, port)
    hub = hub_now(chosen.seed, chosen.webhooks)
    complain(f"the simulated Cloud API is at http://{chosen.listen}; GET /_sim says what there is")

    async def serving() -> int:
        from cartellino.simulator.cloud.face.server import serve

        server = server_of(hub, address, port)
        try:
            await serve(hub, server)
        except asyncio.CancelledError:
            server.stop()  # type: ignore[no-untyped-call]
            raise
        return 0

    return run_until_told(serving())
