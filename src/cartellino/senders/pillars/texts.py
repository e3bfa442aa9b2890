"""What would raise a figure, and what would have prevented refusals: one sentence each, with holes for numbers."""

from __future__ import annotations

from collections.abc import Mapping

from cartellino.notices.marking import N_

LEVERS: Mapping[str, str] = {
    "leave_out_unknown": N_(
        "If the {people} without agreement on record were asked or left out, consent would be {then}."
    ),
    "leave_out_unknown.none": N_(
        "If the {people} without agreement on record were asked or left out, nobody would be left to write to."
    ),
    "record_proof": N_("If the {many} agreements without a proof had one, {then} would be proven."),
    "obey_stops": N_("{many} offers went to people who had asked for none: let the rule `opted-out` refuse them."),
    "leave_out_silent": N_(
        "If the {people} who reacted to none of {least} or more offers were left out, {then} instead of {now}"
        " would react."
    ),
    "leave_out_silent.none": N_(
        "If the {people} who reacted to none of {least} or more offers were left out, nobody would be left."
    ),
    "divide": N_("{many} of {people} got every campaign: choose for each campaign whom it fits."),
    "keep_to_cap": N_(
        "If the {people} who got most had got as many offers as a careful business sends, {surplus} fewer"
        " would have gone out."
    ),
    "wait_for_morning": N_("{many} offers came between {begin} and {end} o'clock: let them wait until the morning."),
    "rest_template": N_(
        "If `{name}`, rated {quality} and sent {many} times, rested, {then} of what is sent would be rated green."
    ),
    "rest_template.none": N_("If `{name}`, rated {quality} and sent {many} times, rested, nothing else was sent."),
    "reword": N_("Write `{name}` anew: {fault}."),
    "clean_list": N_("{many} messages went to people who blocked the number or are gone: take them off the list."),
    "answer": N_("{people} still without an answer: answer them first."),
    "answer.late": N_("{people} still without an answer, {left} of them for more than a day: answer them first."),
    "not_again": N_(
        "If the {people} who had never written and did not answer the first message had got no further ones,"
        " {then} instead of {now} would be answered."
    ),
}
"""By lever; `.none` and `.late` where a part is missing or added."""

PREVENTED: Mapping[str, str] = {
    "opted-out": N_("Taking people who stopped off the list at once would have prevented {refusals}."),
    "consent": N_("Recording agreements first, or leaving people without one out, would have prevented {refusals}."),
    "window": N_("Answering within 24 hours, or sending a template, would have prevented {refusals}."),
    "country": N_("Leaving out countries to which no marketing is delivered would have prevented {refusals}."),
    "tier": N_("Spreading the campaign over more days, as a pre-flight plans it, would have prevented {refusals}."),
    "reserve": N_("Spreading the campaign over more days, as a pre-flight plans it, would have prevented {refusals}."),
    "throughput": N_("Sending more slowly would have prevented {refusals}."),
    "pair-rate": N_("Leaving six seconds between messages to one person would have prevented {refusals}."),
    "reciprocity": N_("Writing first only to people who expect it would have prevented {refusals}."),
    "restricted": N_("Waiting until the restriction is over would have prevented {refusals}."),
    "quality": N_("Pausing offers when the rating fell would have prevented {refusals}."),
    "template": N_("Using a template that is approved would have prevented {refusals}."),
    "template-quality": N_("Changing the template when its rating fell would have prevented {refusals}."),
    "undeliverable": N_("Taking people who are gone off the list would have prevented {refusals}."),
    "marketing-hold": N_("Leaving out people whom the platform spares offers would have prevented {refusals}."),
    "frequency": N_("Fewer offers to the same people would have prevented {refusals}."),
    "unanswered": N_("Leaving out people who react to nothing would have prevented {refusals}."),
    "duplicate": N_("Sending each message once would have prevented {refusals}."),
    "quiet-hours": N_("Sending by day, by the person's own clock, would have prevented {refusals}."),
    "ai-provider": N_("Declaring the bot, and keeping it to your own service, would have prevented {refusals}."),
}
"""By rule, what would have prevented its refusals."""

PREVENTED_ELSE = N_("Asking the pre-flight before sending would have prevented {refusals}.")

ONE = {"people": N_("1 person"), "refusals": N_("1 refusal")}
MANY = {"people": N_("{many} people"), "refusals": N_("{many} refusals")}
"""How the holes of these names are filled."""

QUALITIES = {"RED": N_("red"), "YELLOW": N_("yellow")}
