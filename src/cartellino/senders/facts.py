"""What a gateway learns about a sender: facts, in the order in which they became known. A state is the fold of them.

A person is named by pseudonyms of their phone number (`p:...`) and of their business-scoped user id (`u:...`), as far
as they are known; texts of messages are in no fact. Instants are the platform's where it says one, else our own.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from cartellino.senders.message import CATEGORIES as CATEGORIES
from cartellino.senders.message import Category as Category
from cartellino.senders.message import Message as Message
from cartellino.senders.message import Names as Names
from cartellino.vocabulary.times import Instant


class _Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="fact"):
    at: Instant


# Of sending


class Asked(_Fact, frozen=True, kw_only=True, tag="asked"):
    """A message is about to be forwarded; `would_refuse` names the rules that were only observed."""

    attempt: str
    message: Message
    would_refuse: tuple[str, ...] = ()


class Refused(_Fact, frozen=True, kw_only=True, tag="refused"):
    """A message was refused by us."""

    message: Message
    rule: str
    next_allowed_at: Instant | None = None


class Accepted(_Fact, frozen=True, kw_only=True, tag="accepted"):
    """The platform took a message and named it; `held` while it looks at the quality of the template."""

    attempt: str
    message_id: str
    person: Names = ()
    held: bool = False


class Rejected(_Fact, frozen=True, kw_only=True, tag="rejected"):
    """The platform answered with an error."""

    attempt: str
    code: int
    details: str = ""


class Lost(_Fact, frozen=True, kw_only=True, tag="lost"):
    """Nobody knows whether the platform took a message: the answer was lost, or the process ended before it came."""

    attempt: str


class Status(_Fact, frozen=True, kw_only=True, tag="status"):
    """What became of a message: `sent`, `delivered`, `read`, `played` or `failed`."""

    message_id: str
    number: str
    status: str
    person: Names = ()
    code: int | None = None
    details: str = ""
    pricing: str | None = None


# Of people


class Wrote(_Fact, frozen=True, kw_only=True, tag="wrote"):
    """A person wrote or called. `word` says that it was nothing but a word that stops or resumes.

    `handler` is who was to answer: `standby` while another program of the platform does. `entry` opens the long window.
    """

    number: str
    person: Names
    message_id: str
    kind: str = "text"
    word: Literal["stop", "stop_everything", "resume"] | None = None
    answers: str | None = None
    entry: bool = False
    handler: Literal["us", "standby"] = "us"
    country: str | None = None


class Echoed(_Fact, frozen=True, kw_only=True, tag="echoed"):
    """Somebody of the business wrote to a person with its own app, past every program."""

    number: str
    person: Names
    message_id: str


class Preferred(_Fact, frozen=True, kw_only=True, tag="preferred"):
    """A person told the platform what they want: `stop`, `resume` or `signup`; another value is kept and reported."""

    number: str
    person: Names
    value: str
    category: str = "marketing_messages"
    signup: str | None = None


class Renamed(_Fact, frozen=True, kw_only=True, tag="renamed"):
    """A person has another number or user id: everything known of them follows."""

    number: str
    was: Names
    now: Names


class Consented(_Fact, frozen=True, kw_only=True, tag="consented"):
    """A person agreed: who, where, to which words, when, to which kind of message, and what proves it."""

    person: Names
    category: Category | Literal["any"]
    source: str
    wording: str = ""
    proof: str = ""
    given_at: Instant | None = None
    actor: str = ""


class Withdrew(_Fact, frozen=True, kw_only=True, tag="withdrew"):
    """A person took their agreement back."""

    person: Names
    category: Category | Literal["any"]
    source: str
    actor: str = ""


class Forgotten(_Fact, frozen=True, kw_only=True, tag="forgotten"):
    """A person is erased, as data protection law lets them ask: what they asked us not to send stays, nothing else."""

    person: Names
    actor: str


class HandedOver(_Fact, frozen=True, kw_only=True, tag="handed_over"):
    """A conversation went from a program to a person, or back."""

    number: str
    person: Names
    to: Literal["person", "program"]


# Of the account


class Restriction(msgspec.Struct, frozen=True, omit_defaults=True):
    """One restriction; `until` is `None` where the platform names no end."""

    kind: str
    until: Instant | None = None
    remediation: str = ""


class Restricted(_Fact, frozen=True, kw_only=True, tag="restricted"):
    """The platform restricts an account, which may be what all its numbers do."""

    account: str
    restrictions: tuple[Restriction, ...]
    number: str | None = None


class Violated(_Fact, frozen=True, kw_only=True, tag="violated"):
    """The platform says that its policy was violated."""

    account: str
    violation: str
    number: str | None = None


class Disabled(_Fact, frozen=True, kw_only=True, tag="disabled"):
    """The account is disabled, will be, or is reinstated: `DISABLE`, `SCHEDULE_FOR_DISABLE`, `REINSTATE`."""

    account: str
    state: str
    date: str = ""


class AccountChanged(_Fact, frozen=True, kw_only=True, tag="account_changed"):
    """Anything else that an account was told: a review, an alert, a partner, a tier of prices."""

    account: str
    event: str
    severity: str = ""
    said: str = ""


class TemplateChanged(_Fact, frozen=True, kw_only=True, tag="template_changed"):
    """A template is approved, paused, disabled, rejected ...; as `status` or as the event of a webhook says it."""

    account: str
    template: str
    language: str
    status: str
    category: Category | None = None
    reason: str = ""
    pause: str = ""
    template_id: str = ""


class TemplateRated(_Fact, frozen=True, kw_only=True, tag="template_rated"):
    """The quality of a template: `GREEN`, `YELLOW`, `RED`, `UNKNOWN`."""

    account: str
    template: str
    language: str
    quality: str
    template_id: str = ""


class TemplateRead(_Fact, frozen=True, kw_only=True, tag="template_read"):
    """The words of a template were looked at: what they may be faulted for (`wording`). The text itself is not kept."""

    account: str
    template: str
    language: str
    faults: tuple[str, ...]


class TemplateFiled(_Fact, frozen=True, kw_only=True, tag="template_filed"):
    """The platform files a template under another category, at once or from an instant on."""

    account: str
    template: str
    language: str
    category: Category
    filed_at: Instant | None = None
    template_id: str = ""


class SignupSeen(_Fact, frozen=True, kw_only=True, tag="signup_seen"):
    """A link by which people sign up in the app (In-App Signup), and the words to which they agree there."""

    account: str
    signup: str
    wording: str


class NumberSeen(_Fact, frozen=True, kw_only=True, tag="number_seen"):
    """What the platform says of a number; what is `None` was not said."""

    number: str
    account: str | None = None
    quality: str | None = None
    tier: str | None = None
    throughput: Literal["ordinary", "raised", "coexistence"] | None = None
    status: str | None = None
    display: str | None = None
    since: Instant | None = None


class Subscribed(_Fact, frozen=True, kw_only=True, tag="subscribed"):
    """Which fields of webhooks the app of an account is told."""

    account: str
    fields: tuple[str, ...]


class TierSet(_Fact, frozen=True, kw_only=True, tag="tier_set"):
    """How many people a portfolio may begin to write to in a day."""

    account: str
    tier: str


class Unfamiliar(_Fact, frozen=True, kw_only=True, tag="unfamiliar"):
    """Something that this version does not know: kept as a name and reported, never dropped."""

    field: str
    what: str
    number: str | None = None


# Of the operator


class ModeSet(_Fact, frozen=True, kw_only=True, tag="mode_set"):
    """A rule refuses (`enforce`), only says so (`observe`), or is silent (`off`)."""

    rule: str
    mode: Literal["enforce", "observe", "off"]
    actor: str


class BypassSet(_Fact, frozen=True, kw_only=True, tag="bypass_set"):
    """All rules are passed over, or not any more."""

    on: bool
    actor: str


class Declared(_Fact, frozen=True, kw_only=True, tag="declared"):
    """What a number uses AI for: not at all, incidentally to its own service, or as what it offers.

    `escalation` is how a person is reached; `mail` is where notices go, in `language`.
    """

    number: str
    ai: Literal["none", "incidental", "primary"]
    actor: str
    escalation: str = ""
    mail: str = ""
    language: str = ""


class AiReviewed(_Fact, frozen=True, kw_only=True, tag="ai_reviewed"):
    """A person looked at what a number uses AI for, and decided; what is not allowed is refused from `blocks_from` on.

    Between the two lies the grace, in which the sender is told and may answer or change it.
    """

    number: str
    outcome: Literal["allowed", "not_allowed"]
    reason: str
    actor: str
    blocks_from: Instant | None = None


class AiAnswered(_Fact, frozen=True, kw_only=True, tag="ai_answered"):
    """The sender answered to a notice about its use of AI: the review is open again, and the grace goes on."""

    number: str
    text: str
    actor: str


class Placed(_Fact, frozen=True, kw_only=True, tag="placed"):
    """An operator says to which portfolio a number belongs."""

    number: str
    portfolio: str
    actor: str


class Cleared(_Fact, frozen=True, kw_only=True, tag="cleared"):
    """An operator says that a stop is over, such as after the payment was mended."""

    number: str
    stop: str
    actor: str


Fact: TypeAlias = (
    Asked | Refused | Accepted | Rejected | Lost | Status | Wrote | Echoed | Preferred | Renamed | Consented | Withdrew
    | Forgotten | HandedOver | Restricted | Violated | Disabled | AccountChanged | TemplateChanged | TemplateRated
    | TemplateRead | TemplateFiled | SignupSeen | NumberSeen | TierSet | Subscribed | Unfamiliar | ModeSet | BypassSet
    | Declared | AiReviewed | AiAnswered | Placed | Cleared
)  # fmt: skip
"""Any fact."""

_DECODER: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)


def written(fact: Fact) -> bytes:
    """Return a fact as JSON, as it is stored."""
    return msgspec.json.encode(fact)


def read(line: bytes | str) -> Fact:
    """Read a stored fact.

    Raises `msgspec.ValidationError` for anything else.
    """
    return _DECODER.decode(line)
