"""CollegeMsg: private messages on a student network, the University of California at Irvine, 2004.

Panzarasa, Opsahl and Carley, "Patterns and dynamics of users' behavior and interaction: network analysis of an online
community", JASIST 60(5), 2009; file from SNAP. 59,835 rows `sender recipient seconds`, 1,899 people of whom 1,350 ever
send, 193.7 days, in order of time. Presumed honest, labelled by nobody. The set starts when the service starts, so it
also shows how honest newcomers write to strangers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.real.common import DAY, Acquaintances, Row, data, parser, write


class Message(NamedTuple):
    """A row of the file: its line from 0, both people, and the time in milliseconds since 1970."""

    line: int
    sender: str
    recipient: str
    time: int


class Answers:
    """Tells answers from first words: a message to somebody who wrote before; one per pair and 24 h is told."""

    def __init__(self) -> None:
        self._wrote: set[tuple[str, str]] = set()
        self._told: dict[tuple[str, str], int] = {}

    def told(self, message: Message) -> bool:
        """Note the message; say whether it is an answer of which none was told for the pair in the last 24 h."""
        self._wrote.add((message.sender, message.recipient))
        pair = (message.recipient, message.sender)
        last = self._told.get(pair)
        fresh = pair in self._wrote and (last is None or message.time - last >= DAY)
        if fresh:
            self._told[pair] = message.time
        return fresh


def messages() -> Iterator[Message]:
    """Read the file's rows in its order, which is that of time."""
    with data("collegemsg/CollegeMsg.txt").open() as file:
        for line, row in enumerate(file):
            sender, recipient, seconds = row.split()
            yield Message(line, sender, recipient, int(seconds) * 1_000)


def events(harsh: bool = False) -> Iterator[Row]:
    """Give each row as `message_sent`, followed by `reply_received` of the recipient where it answers an earlier one.

    `known` is left out, as the file does not say. `harsh` presumes the worst: false until a pair has exchanged
    something.
    """
    met, answers = Acquaintances(), Answers()
    for message in messages():
        known = met.meet(message.sender, message.recipient)
        yield _sent(message) | ({"known": known} if harsh else {})
        if answers.told(message):
            yield _answered(message)


def _sent(message: Message) -> Row:
    return {
        "id": f"collegemsg-{message.line}",
        "time": message.time,
        "kind": "message_sent",
        "account": message.sender,
        "peer": message.recipient,
    }


def _answered(message: Message) -> Row:
    return {
        "id": f"collegemsg-{message.line}-answer",
        "time": message.time,
        "kind": "reply_received",
        "account": message.recipient,
        "peer": message.sender,
    }


def main() -> None:
    """Write the events."""
    command = parser(__doc__)
    command.add_argument("--harsh", action="store_true", help="`known` is false until a pair has exchanged something")
    given = command.parse_args()
    write(events(given.harsh), given.out)


if __name__ == "__main__":
    main()
