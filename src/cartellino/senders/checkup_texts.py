"""The English texts of the check-up, which are the keys of the catalogues in `locale`."""

from __future__ import annotations

from collections.abc import Mapping

from cartellino.notices.marking import N_

QUESTIONS: Mapping[str, str] = {
    "state": N_("How is your number today?"),
    "tool": N_("What do you send with?"),
    "consent": N_("How did people agree to hear from you?"),
    "stop": N_("Somebody writes STOP. What happens?"),
    "audience": N_("Who gets an offer?"),
    "often": N_("How many offers does one person get in a week?"),
    "content": N_("What do your messages look like?"),
    "answers": N_("Of 100 people you write to first, how many answer?"),
    "reply": N_("And when people write to you, how soon do they get an answer?"),
    "bot": N_("Does a bot answer?"),
}
"""What the check-up asks."""

CHOICES: Mapping[str, str] = {
    "state.fine": N_("All is well"),
    "state.new": N_("It is new"),
    "state.warned": N_("I got a warning"),
    "state.blocked": N_("It is restricted or blocked"),
    "tool.api": N_("The official interface (Cloud API), or a provider that uses it"),
    "tool.app": N_("The business app on a phone"),
    "tool.unofficial": N_("A tool that I linked by scanning a code"),
    "consent.proof": N_("They said yes, and I can show when and where"),
    "consent.wrote": N_("They wrote to me first"),
    "consent.customers": N_("They are customers; I did not ask"),
    "consent.bought": N_("I got the list from somebody else"),
    "stop.auto": N_("They are taken off automatically"),
    "stop.hand": N_("Somebody takes them off by hand"),
    "stop.nothing": N_("Nothing, or I don't know"),
    "audience.fit": N_("Only those whom it fits"),
    "audience.some": N_("A few groups"),
    "audience.all": N_("Everybody gets the same"),
    "often.one": N_("One at most"),
    "often.few": N_("Two or three"),
    "often.many": N_("Four or more"),
    "content.clear": N_("Offers are offers, order updates are order updates"),
    "content.mixed": N_("Order updates with an offer inside"),
    "content.links": N_("Short links, capitals, many emoji"),
    "answers.many": N_("Ten or more"),
    "answers.some": N_("Two to nine"),
    "answers.few": N_("Fewer than two"),
    "reply.soon": N_("Within an hour"),
    "reply.day": N_("Within a day"),
    "reply.never": N_("Later, or never"),
    "bot.no": N_("No"),
    "bot.own": N_("Yes, about our service, and people can reach a person"),
    "bot.alone": N_("Yes, about our service, without a way to a person"),
    "bot.general": N_("Yes, it answers anything"),
}
"""The answers, by question and choice."""

SAID: Mapping[str, str] = {
    "state.fine": N_("Nothing is restricted: a good moment to keep it so."),
    "state.new": N_("A new number is watched closely: begin slowly."),
    "state.warned": N_("A warning is the first rung; the next one blocks."),
    "state.blocked": N_("Repetitions are answered more severely: find the cause before you go on."),
    "tool.api": N_("The official interface is the safe way."),
    "tool.app": N_("The app is fine for conversations, not for campaigns."),
    "tool.unofficial": N_("Linked tools are not allowed: numbers are lost by this alone."),
    "consent.proof": N_("Agreement that you can show is the best protection."),
    "consent.wrote": N_("Whoever writes first wants an answer, not yet your offers."),
    "consent.customers": N_("A purchase is no agreement to offers."),
    "consent.bought": N_("People who do not know you block and report you."),
    "stop.auto": N_("Who wants to leave can leave."),
    "stop.hand": N_("By hand it is forgotten sooner or later."),
    "stop.nothing": N_("Who cannot leave blocks you, and blocks count."),
    "audience.fit": N_("What fits gets read."),
    "audience.some": N_("Groups help; looking at who reads helps more."),
    "audience.all": N_("The same for everybody is what spam looks like."),
    "often.one": N_("People bear that well."),
    "often.few": N_("That is the most that people bear."),
    "often.many": N_("That is too much: people mute or block."),
    "content.clear": N_("Clear messages keep their category and their rating."),
    "content.mixed": N_("An offer inside an order update is a violation of its own."),
    "content.links": N_("That is what fraud looks like, also to the platform."),
    "answers.many": N_("People answer: the strongest sign that you are welcome."),
    "answers.some": N_("Some answer; better lists bring more."),
    "answers.few": N_("Hardly anybody answers: the platform sees that, too."),
    "reply.soon": N_("Nobody waits."),
    "reply.day": N_("After 24 hours you cannot answer freely any more."),
    "reply.never": N_("Whoever gets no answer complains or blocks."),
    "bot.no": N_("People answer people."),
    "bot.own": N_("That is how the platform wants bots to be."),
    "bot.alone": N_("A way to a person is required."),
    "bot.general": N_("A general assistant is not allowed since 15 January 2026, but in a few countries."),
}
"""What an answer means for the number."""

STEPS: Mapping[str, str] = {
    "state.new": N_("Write to your most loyal people first, and double the number only when they react."),
    "state.warned": N_("Read which policy the warning names, and stop exactly that."),
    "state.blocked": N_("Stop all campaigns, gather your agreements and ask for a review."),
    "tool.app": N_("For campaigns, move to the official interface."),
    "tool.unofficial": N_("Unlink the tool and move to the official interface."),
    "consent.wrote": N_("Ask in the conversation whether they want offers, and keep the yes."),
    "consent.customers": N_("Ask your customers, for instance at the checkout, and write only to those who say yes."),
    "consent.bought": N_("Delete the list. Nothing else you do weighs more."),
    "stop.hand": N_("Let STOP and its kin take people off automatically."),
    "stop.nothing": N_("Offer a way out in every offer, and obey it at once."),
    "audience.some": N_("Leave out those who have not reacted for two months."),
    "audience.all": N_("Choose: who bought, who asked, who reads. Leave out the rest."),
    "often.few": N_("Go down to one a week for those who do not react."),
    "often.many": N_("Send at most three a week to those who do not answer, and none at night."),
    "content.mixed": N_("Split the templates: utility without offers, offers as marketing."),
    "content.links": N_("Write as you would to one person, and link to your own domain."),
    "answers.some": N_("Ask something that is worth an answer."),
    "answers.few": N_("Stop writing to strangers until you know why nobody answers."),
    "reply.day": N_("Answer within a few hours, at least with when you will."),
    "reply.never": N_("Name somebody who answers every day."),
    "bot.alone": N_("Let people reach a person: by a word, a phone number or a form."),
    "bot.general": N_("Limit the bot to your own service, and declare it."),
    "keep": N_("Go on like this, and come back before your next campaign."),
}
"""What to do about an answer, the next step."""

RISKS: Mapping[str, str] = {
    "unknown": N_("Too little is known to say how great the risk is."),
    "low": N_("The risk is low."),
    "some": N_("There is some risk."),
    "raised": N_("The risk is raised."),
    "high": N_("The risk is high."),
}
"""How great the risk is."""

PILLARS: Mapping[str, str] = {
    "consent": N_("Consent"),
    "audience": N_("The right people"),
    "frequency": N_("Frequency"),
    "content": N_("Content"),
    "reciprocity": N_("Answers"),
}
"""The five pillars."""

LEVELS: Mapping[str, str] = {
    "good": N_("good"),
    "watch": N_("keep an eye on it"),
    "risk": N_("a risk"),
    "grave": N_("a grave risk"),
    "unknown": N_("not asked yet"),
}
"""How it stands with a pillar."""

CHECKUP_TITLE = N_("Is your business number safe?")
