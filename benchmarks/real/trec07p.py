"""TREC 2007 public spam corpus, the first 60 %: the metadata of all mail to one server, 2007-04-08 to 2007-04-27.

Cormack, "TREC 2007 spam track overview", 2007. 22,626 mails, 17,001 spam and 5,625 ham; addresses are keyed hashes, and
`simhash64` is a 64-bit simhash of the words. The sender addresses of spam are mostly forged: an account here is an
address that somebody claimed, not a person. No address is known to have the recipient in its contacts.

Kind. A mail is `message_sent` to the envelope's recipient, not `broadcast_sent`: what the server sees is one delivery
to one address, and 89 % of mails name one address in To and Cc, which is what the sender claims, not who got it. Rules
on distinct peers and rules that follow a text across accounts then meet on the same events. In 826 mails the envelope's
recipient is missing, and all 826 are spam: to give those another kind would tell the label, so they are `message_sent`
too, of an unknown peer.

Content. The server's simhash, left out where a mail has no words (674 of 675 such are spam: pictures): all of them
share the simhash of nothing, which is no text in common.

Address. The /24 network of the client, else its address: what stays the same when a sender moves next door.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.real.common import Row, milliseconds, parser, table, write

_COLUMNS = (
    "seq",
    "label",
    "delivered_at",
    "from_addr",
    "envelope_from",
    "rcpt",
    "n_to_cc",
    "is_list_or_bulk_header",
    "client_ip",
    "client_net24",
    "n_words",
    "simhash64",
)


def mails() -> list[dict[str, Any]]:
    """Read the mails by time of delivery; the file's own order is off by up to 22 minutes."""
    rows = table("trec07p/messages_first60.csv.zst", _COLUMNS)
    return sorted(rows, key=lambda mail: (mail["delivered_at"], mail["seq"]))


def account(mail: dict[str, Any]) -> str:
    """Say whose mail it is: the address it claims to be from, or for 8 mails that of the envelope."""
    return str(mail["from_addr"] or mail["envelope_from"])


def events() -> Iterator[Row]:
    """Give each mail as `message_sent`."""
    return map(_sent, mails())


def labels() -> Iterator[Row]:
    """Say of each account whether more than half of its mails are spam, in order of its first mail."""
    spam, all_of_it = Counter[str](), Counter[str]()
    for mail in mails():
        all_of_it[account(mail)] += 1
        spam[account(mail)] += mail["label"] == "spam"
    for name, number in all_of_it.items():
        yield {"account": name, "abusive": 2 * spam[name] > number}


def _sent(mail: dict[str, Any]) -> Row:
    sent: Row = {
        "id": f"trec07p-{mail['seq']}",
        "time": milliseconds(mail["delivered_at"]),
        "kind": "message_sent",
        "account": account(mail),
    }
    return sent | _known_of(mail)


def _known_of(mail: dict[str, Any]) -> Row:
    known: Row = {"peer": mail["rcpt"], "address": mail["client_net24"] or mail["client_ip"]}
    if mail["n_words"]:
        known |= {"content": mail["simhash64"], "content_by": "server"}
    return {column: value for column, value in known.items() if value}


def main() -> None:
    """Write the events, and the labels where asked."""
    command = parser(__doc__)
    command.add_argument("--labels", type=Path, help="the NDJSON file of labels to write")
    given = command.parse_args()
    write(events(), given.out)
    if given.labels:
        write(labels(), given.labels)


if __name__ == "__main__":
    main()
