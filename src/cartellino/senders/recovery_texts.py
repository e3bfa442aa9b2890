"""The English texts of recovery, which are the keys of the catalogues in `locale`."""

from __future__ import annotations

from collections.abc import Mapping

from cartellino.notices.marking import N_

STATES: Mapping[str, str] = {
    "clear": N_("Nothing is restricted"),
    "warned": N_("A warning; nothing is blocked yet"),
    "restricted": N_("Restricted for now"),
    "locked": N_("Locked until a review"),
    "disabled": N_("The account is disabled"),
}
"""What is said of a number's state."""

MEANS: Mapping[str, str] = {
    "business_initiated": N_(
        "You cannot write to people first: no templates, no campaigns. Answers to people who wrote to you"
        " within the last 24 hours still go out."
    ),
    "replies": N_("Even answers to people who write to you are blocked."),
    "everything": N_("Nothing can be sent from this number."),
    "new_numbers": N_("You cannot add phone numbers to this account."),
    "new_utility_templates": N_(
        "You cannot create utility templates, and existing ones may have been moved to marketing."
    ),
    "direct_utility": N_("Utility messages without a template are blocked."),
    "utility": N_("Utility templates are blocked, because some were filed under the wrong category."),
    "marketing": N_("Marketing messages are blocked."),
    "calls_out": N_("You cannot call people."),
    "calls_in": N_("People cannot call you."),
    "country": N_("Messages to people in {country} are blocked."),
    "violation": N_("The platform warns that its policy was violated ({kind}). Nothing is blocked yet."),
    "scheduled": N_("The account will be disabled ({date}) unless the decision is reversed."),
}
"""What each restriction means, by what it stops."""

WORKS_SAID: Mapping[str, str] = {
    "everything": N_("everything"),
    "replies": N_("answers to people who wrote within the last 24 hours"),
    "receiving": N_("receiving messages"),
    "calls": N_("calls"),
    "review": N_("asking for a review"),
    "templates": N_("templates that exist already"),
    "marketing": N_("marketing messages"),
    "orders": N_("order updates"),
    "codes": N_("login codes"),
    "other_countries": N_("messages to people in other countries"),
}
"""What still works."""

GRADES: Mapping[str, str] = {
    "likely": N_("likely"),
    "possible": N_("possible"),
}
"""How sure a cause is."""

CAUSES: Mapping[str, str] = {
    "other_program": N_("Another program sent {share} of the messages: they did not pass through the gateway."),
    "without_consent": N_(
        "{share} of the messages that began a conversation went to people whose agreement is not on record."
    ),
    "stopped": N_("{share} of the people who were written to asked to stop."),
    "silence": N_("{share} of the messages that began a conversation were neither read nor answered."),
    "spam_errors": N_("The platform held back {share} of the messages as unwanted."),
    "undelivered": N_(
        "{share} of the messages could not be delivered, as happens when people block a number or a list is old."
    ),
    "same_to_all": N_("{share} of the messages were all alike."),
    "one_campaign": N_("{share} of the messages belonged to one campaign ({named})."),
    "sudden_volume": N_("Up to {named} conversations a day were begun, {times} times the usual number."),
    "no_history": N_("Up to {named} conversations a day were begun from a number that had hardly written before."),
    "violation": N_("The platform names the reason itself: {named}."),
    "template": N_("The template {named} was rated badly, paused or disabled."),
    "misfiled": N_("The template {named} is filed under the wrong category."),
    "general_ai": N_("The platform charges the number as a general AI, which is not what was declared."),
}
"""What each probable cause is, with its figures."""

STOP_NOW: Mapping[str, str] = {
    "other_program": N_("Find the program that sends past the gateway, and stop it."),
    "without_consent": N_("Stop every campaign to people whose agreement you cannot show."),
    "stopped": N_("Take everybody who asked to stop off all lists, also those of other tools."),
    "silence": N_("Stop writing to people who have not reacted for two months."),
    "spam_errors": N_("Pause marketing, and do not send again what was held back."),
    "undelivered": N_("Remove numbers that cannot be reached, and do not use lists that you bought or inherited."),
    "same_to_all": N_("Do not send the same text to everybody: choose whom it fits."),
    "one_campaign": N_("Stop this campaign, also in its scheduled parts."),
    "sudden_volume": N_("Begin fewer conversations a day, and raise the number in steps."),
    "no_history": N_("Begin with the people who know you, and raise the number in steps."),
    "violation": N_("Take down what the policy does not allow, in messages, catalogue and profile."),
    "template": N_("Do not use this template until you have rewritten it."),
    "misfiled": N_("File offers as marketing; utility is for what somebody ordered or asked for."),
    "general_ai": N_("Let the bot answer only about your own service, and declare what it does."),
    "retries": N_("Do not try again while it is blocked: every attempt counts against you."),
    "other_number": N_("Do not go on from another number: the platform counts numbers of one business together."),
}
"""What to stop at once, by cause."""

PREVENTED: Mapping[str, str] = {
    "other_program": N_("Sending everything through the gateway would have prevented it."),
    "without_consent": N_("Writing only to people whose agreement you can show would have prevented it."),
    "stopped": N_("Asking fewer people, and stopping at the first STOP, would have prevented it."),
    "silence": N_("Leaving out people who never react would have prevented it."),
    "spam_errors": N_("Pausing when the first messages were held back would have prevented it."),
    "undelivered": N_("Cleaning the list before the campaign would have prevented it."),
    "same_to_all": N_("Writing only to those whom the offer fits would have prevented it."),
    "one_campaign": N_("Trying the campaign on a small part first would have prevented it."),
    "sudden_volume": N_("Raising the number of conversations in steps would have prevented it."),
    "no_history": N_("Warming the number up over some weeks would have prevented it."),
    "violation": N_("Checking messages and catalogue against the policy beforehand would have prevented it."),
    "template": N_("Resting the template when its rating fell would have prevented it."),
    "misfiled": N_("Filing the template as marketing would have prevented it."),
    "general_ai": N_("Declaring what the bot does, and keeping it to your own service, would have prevented it."),
}
"""What would have prevented it, in one sentence, by cause."""

NEXT: Mapping[str, str] = {
    "warning": N_("a warning"),
    "block": N_("{days} days without writing to anybody first"),
    "block_all": N_("{days} days without sending anything"),
    "misuse": N_("{days} days without new utility templates"),
    "lock": N_("a lock that only a successful review ends"),
    "disabled": N_("the account disabled for good"),
}
"""The rungs of the platform's ladder."""

REQUEST: Mapping[str, str] = {
    "opening": N_("We ask for a review of the restriction of {date} on our number {number} (account {account})."),
    "second": N_("It is not the first one. Earlier ones: {dates}."),
    "found": N_("We looked for the cause in our records. What we found:"),
    "none": N_("We looked for a cause in our records and found none. Please tell us which messages it is about."),
    "volumes": N_(
        "In the 30 days before it we sent {sent} messages and began {began} conversations. Agreement on"
        " record: {consented}. Delivered: {delivered}. Failed: {failed}. Answered: {answered}. {stopped}"
        " people asked to stop."
    ),
    "sources": N_("Agreements were given here: {sources}."),
    "measures": N_("What we have changed:"),
    "closing": N_(
        "The attached record has the figures day by day, the agreements and the history of the templates."
        " Please lift the restriction, or tell us what is still missing."
    ),
}
"""The parts of a request for a review."""

MEASURES: Mapping[str, str] = {
    "enforced": N_("Our gateway refuses messages against these rules before they are sent: {rules}."),
    "refused": N_("In the last 30 days it refused {refused} messages."),
    "campaigns": N_("We have stopped the campaign."),
    "list": N_("We have removed everybody whose agreement we cannot show."),
    "template": N_("We have rewritten or deleted the template."),
    "stop": N_("Everybody who asks to stop is taken off at once."),
    "person": N_("One person is responsible for every campaign and approves it beforehand."),
}
"""What was changed, as far as the gateway knows it or the operator ticks it."""

AI_NOTICE: Mapping[str, str] = {
    "title": N_("Your number {number}: use of AI"),
    "found": N_(
        "A person reviewed how your number is used and found that a general AI is what it offers. The"
        " platform does not allow that ({terms})."
    ),
    "reason": N_("The reason: {reason}"),
    "grace": N_(
        "Nothing is blocked before {date}. From then on, what a program writes freely is refused where the"
        " policy holds; orders, codes and what your people write go on."
    ),
    "change": N_(
        "Bots that serve your own customers stay allowed: let the bot answer about your service only, offer a"
        " way to a person, and tell us. A person will look again."
    ),
    "allowed": N_("A person reviewed how your number is used and found nothing against it."),
}
"""The notice to a sender whose use of AI a person found not allowed."""

FIRST_TIME = N_("This is the first time.")
AGAIN = N_("This is offence number {number}. Earlier ones: {dates}. Repetitions are answered more severely.")
NEXT_TIME = N_("If it happens again: {steps}.")
UNTIL = N_("Until {when}.")
NO_END = N_("The platform names no end: only a review can lift it.")
NO_CAUSE = N_("Nothing in our records explains it. That is worth saying in the request for a review.")
