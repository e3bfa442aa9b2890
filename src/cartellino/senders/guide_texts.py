"""The English texts of the guide for senders, which are the keys of the catalogues in `locale`."""

from __future__ import annotations

from collections.abc import Mapping

from cartellino.notices.marking import N_

RULE_NAMES: Mapping[str, str] = {
    "restricted": N_("restrictions of the platform"),
    "quality": N_("rating of the number"),
    "ai-provider": N_("use of AI"),
    "opted-out": N_("opt-outs"),
    "window": N_("24-hour window"),
    "consent": N_("agreement to marketing"),
    "country": N_("countries without marketing"),
    "template": N_("state of the template"),
    "template-quality": N_("rating of the template"),
    "undeliverable": N_("people who cannot be reached"),
    "marketing-hold": N_("marketing held back"),
    "frequency": N_("messages per person"),
    "unanswered": N_("offers without reaction"),
    "duplicate": N_("repeated messages"),
    "quiet-hours": N_("quiet hours"),
    "pair-rate": N_("messages in a row"),
    "throughput": N_("messages per second"),
    "tier": N_("new conversations per day"),
    "reserve": N_("room for codes and orders"),
    "reciprocity": N_("share of strangers who react"),
}
"""Each rule in a few words."""

GUIDE: Mapping[str, str] = {
    "restricted": N_(
        "When the platform restricts you, stop at once and read what still works. Trying again makes it worse."
    ),
    "quality": N_("If people rate you badly, pause offers for some days. The rating looks at the last {days} days."),
    "ai-provider": N_(
        "A bot may serve your customers. It may not be a general assistant that answers anything, and there"
        " must be a way to a person."
    ),
    "opted-out": N_("Whoever asks you to stop gets nothing more of that kind: at once, and in every tool."),
    "window": N_(
        "After somebody writes to you, you can answer freely for {hours} hours. Later only an approved"
        " template is allowed."
    ),
    "consent": N_("Send offers only to people who agreed. Keep who, when, where and to which words."),
    "country": N_("To people in these countries the platform delivers no marketing: {countries}."),
    "template": N_("Do not use a template that is paused or rejected: every attempt counts against you."),
    "template-quality": N_(
        "A template with a red rating should rest and be rewritten. The platform pauses it for {first}, then"
        " {second} hours, then for good."
    ),
    "undeliverable": N_("If messages to somebody keep failing, leave them alone: they have left or blocked you."),
    "marketing-hold": N_(
        "If the platform holds back an offer, wait at least {hours} hours. Trying again makes the hold longer."
    ),
    "frequency": N_("No more than {most} offers in a week to somebody who does not answer."),
    "unanswered": N_("After {most} offers in a row without any reaction, stop for two months."),
    "duplicate": N_("Do not send the same message to the same person twice within {hours} hour."),
    "quiet-hours": N_("No offers between {begin}:00 and {end}:00 where the person lives."),
    "pair-rate": N_(
        "One message to the same person every {seconds} seconds; short bursts are allowed and paid back with a pause."
    ),
    "throughput": N_("A number sends at most {most} messages a second."),
    "tier": N_(
        "A new business may begin conversations with {first} people a day. It grows if you use half of it and"
        " people are content."
    ),
    "reserve": N_(
        "Do not use up the day's limit with offers: leave room for codes and orders, which people are waiting for."
    ),
    "reciprocity": N_(
        "If fewer than {least} % of new people react to you, stop writing to strangers and change the list or"
        " the message."
    ),
}
"""Each rule in a sentence for ordinary people; numbers are those of the data files."""

CHAPTERS: Mapping[str, str] = {
    "consent": N_("Do they want to hear from you?"),
    "frequency": N_("How often is enough?"),
    "content": N_("What do you send?"),
    "reciprocity": N_("Does anybody answer?"),
    "pace": N_("How fast and how many?"),
    "platform": N_("What the platform decides"),
}
"""The chapters of the guide."""

PRIVATE: Mapping[str, str] = {
    "app": N_(
        "Use the official app. Modified apps and tools that send for you are the most frequent reason for a ban."
    ),
    "strangers": N_("Write to people who know you, or who wrote first. Let new contacts save your number."),
    "groups": N_("Ask before you add somebody to a group."),
    "forwards": N_("Do not forward the same thing to everybody."),
    "no": N_("If somebody asks you to stop, stop."),
    "business": N_("If you sell, use a business account and the official interface instead of your private number."),
}
"""The same for people with an ordinary account."""

GUIDE_TITLE = N_("How a business keeps its number")
POLICY_TITLE = N_("AI on the platform: what is allowed")
