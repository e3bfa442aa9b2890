"""NUS SMS Corpus, release of 2015-03-09: real text messages given by volunteers, mostly of Singapore, India and China.

Chen and Kan, "Creating a live, public short message service corpus: the NUS SMS corpus", Language Resources and
Evaluation 47, 2013. Of 87,300 messages the 56,636 with a time are used (en 43,815, zh 12,821), of 83 people, nine of
whom wrote in both languages. Times are local, here taken as UTC; a third only to the minute. Outgoing messages only:
answers are absent, so nothing may be said of who answered. 2,352 zh messages name no recipient; their peer is unknown.
One row of 1970 is dropped; ten of 2018, later than the release, stay.
The text is not used: short private texts are never fingerprinted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from benchmarks.real.common import Acquaintances, Row, milliseconds, parser, table, tell, write

EARLIEST = datetime(2003, 1, 1)
"""Before this, the donor's clock was wrong: the collection did not exist."""

_COLUMNS = ("id", "sender", "recipient", "local_time")


class Message(NamedTuple):
    """A message with a time: an id over both languages, both people (recipient "" if not given), the donor's clock."""

    id: str
    sender: str
    recipient: str
    time: datetime


def timed() -> list[Message]:
    """Read the messages that have a time, both languages, in the order of time."""
    return sorted([*_timed("en"), *_timed("zh")], key=lambda message: message.time)


def plausible(messages: Iterable[Message]) -> list[Message]:
    """Drop messages from clocks that were never set."""
    return [message for message in messages if message.time >= EARLIEST]


def events(messages: Iterable[Message], harsh: bool = False) -> Iterator[Row]:
    """Give each message as `message_sent`.

    `known` is left out, as the file does not say. `harsh` presumes the worst: false for the first message to a
    recipient.
    """
    met = Acquaintances()
    for message in messages:
        sent = _sent(message)
        if harsh and message.recipient:
            sent["known"] = met.meet(message.sender, message.recipient)
        yield sent


def _timed(language: str) -> Iterator[Message]:
    for row in table(f"nus_sms/nus_sms_{language}.csv.zst", _COLUMNS):
        if row["local_time"]:
            yield Message(f"nus-{language}-{row['id']}", row["sender"], row["recipient"], row["local_time"])


def _sent(message: Message) -> Row:
    sent: Row = {
        "id": message.id,
        "time": milliseconds(message.time),
        "kind": "message_sent",
        "account": message.sender,
    }
    return sent | {"peer": message.recipient} if message.recipient else sent


def main() -> None:
    """Write the events and say how many rows were dropped."""
    command = parser(__doc__)
    command.add_argument("--harsh", action="store_true", help="`known` is false for the first message to a recipient")
    given = command.parse_args()
    everything = timed()
    kept = plausible(everything)
    write(events(kept, given.harsh), given.out)
    tell(f"{len(kept)} messages; {len(everything) - len(kept)} dropped: clock before {EARLIEST.year}")


if __name__ == "__main__":
    main()
