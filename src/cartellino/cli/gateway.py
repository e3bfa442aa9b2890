"""`cartellino gateway`: the service, with a gateway before the Cloud API of a business that sends."""

from __future__ import annotations

import argparse

from cartellino.cli.serve import add_options, run_service
from cartellino.cli.verbs import PLAIN, Verbs

_ABOUT = """\
Run a gateway before the WhatsApp Cloud API. Point your software at it instead of graph.facebook.com, and the platform's
webhooks at /webhooks/whatsapp: it refuses what would cost you the number, in the platform's own error shape, and says
which rule, on which evidence, and when the message may be sent. Everything else passes through.

It begins by observing: everything is forwarded, and the header X-Cartellino-Would-Refuse says what would have been
refused. `--mode enforce` makes the rules refuse, and POST /v1/senders/rules/RULE a single one.

Webhooks are taken with CARTELLINO_WHATSAPP_APP_SECRET and CARTELLINO_WHATSAPP_VERIFY_TOKEN set. In the same process
runs the service, with its console and API (`cartellino serve --help`); see docs/how-to/run-the-gateway.md.
"""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("gateway", help="run a gateway before the WhatsApp Cloud API", description=_ABOUT,
                            formatter_class=PLAIN)  # fmt: skip
    add_options(verb)
    verb.add_argument("--upstream", metavar="URL", help="the platform (default https://graph.facebook.com)")
    verb.add_argument("--forward", metavar="URL", help="where the platform's webhooks are passed on to")
    verb.add_argument("--mode", choices=("observe", "enforce"), help="the mode of all rules (default observe)")
    verb.add_argument("--rules", metavar="DIR", help="changed files of rules: `cartellino senders rules check --help`")
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Serve until a signal to end."""
    from cartellino.adapters.registry import adapter

    return run_service(
        chosen,
        adapter("whatsapp_cloud").front,
        whatsapp_upstream=chosen.upstream,
        whatsapp_forward=chosen.forward,
        whatsapp_mode=chosen.mode,
        sender_rules=chosen.rules,
    )
