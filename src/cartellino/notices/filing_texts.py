"""The sentences of mails to people who complained and to authorities, in English; and the words that pages share with
them. See `texts`."""

from __future__ import annotations

from collections.abc import Mapping

from cartellino.notices.marking import N_

CATEGORY: Mapping[str, str] = {
    "threat_to_life": N_("Somebody's life is in danger"),
    "child_safety": N_("Sexual abuse or endangering of children"),
    "terrorism": N_("Terrorism"),
    "intimate_imagery": N_("Intimate pictures without consent"),
    "impersonation": N_("Somebody pretends to be me or another person"),
    "scam": N_("Fraud"),
    "hate": N_("Hate and incitement"),
    "harassment": N_("Harassment and threats"),
    "illegal_goods": N_("Illegal goods and services"),
    "personal_data": N_("Personal data made public"),
    "intellectual_property": N_("Copyright and trade marks"),
    "spam": N_("Spam"),
    "other_illegal": N_("Something else that is against the law"),
    "terms": N_("A breach of the rules of the service"),
}
"""What a complaint is about."""

STATE: Mapping[str, str] = {
    "received": N_("Received"),
    "verified": N_("A person has looked at it"),
    "referred": N_("Sent on to an authority"),
    "decided": N_("Decided"),
    "closed": N_("Closed"),
}
"""How far a complaint is."""

OUTCOME: Mapping[str, str] = {
    "acted": N_("We have acted on it."),
    "dismissed": N_("We found no breach of the law or of our rules."),
    "unfounded": N_("We found it manifestly unfounded."),
    "referred": N_("We have sent it on, as the law asks."),
}
"""How a complaint was decided."""

ORDER_STATE: Mapping[str, str] = {
    "received": N_("Received"),
    "verified": N_("Verified"),
    "referred": N_("Sent on to an authority"),
    "in_force": N_("In force"),
    "complied": N_("Complied with"),
    "partly_refused": N_("Complied with in part"),
    "refused": N_("Refused"),
    "stayed": N_("Stayed"),
    "forged": N_("Forged"),
    "withdrawn": N_("Withdrawn"),
    "ended": N_("Ended"),
    "closed": N_("Closed"),
}
"""Where an order is."""

ORDER_KIND: Mapping[str, str] = {
    "restriction": N_("limit features"),
    "removal": N_("remove content or limit accounts"),
    "information": N_("give information"),
    "preservation": N_("preserve data"),
    "other": N_("not read yet"),
}
"""What an order asks for."""

TO_CONFIRM = N_("Confirm your complaint {ticket}")
SOMEBODY = N_("Somebody, probably you, has filed a complaint with this address. Its ticket number is {ticket}.")
TO_COUNT = N_("So that it counts, open this page and press the button:")
NOT_YOU = N_("If it was not you, do nothing: after seven days it is deleted.")

RECEIVED = N_("We have received your complaint {ticket}")
WILL_DECIDE = N_("A person will look at it and decide by {when} ({basis}).")
TOGETHER = N_("Others have complained about the same. We look at all of it together and decide by {when} ({basis}).")
FOLLOW = N_("You can follow it here:")
URGENT = N_("If somebody is in danger now, call the emergency number of your country at once.")
TURN_TO = N_("You can also turn to:")

DECIDED = N_("Your complaint {ticket} has been decided")
REASON = N_("The reason: {reason}")
BY_PERSON = N_("A person has decided it.")
DISAGREE = N_(
    "If you do not agree, you can object by answering this mail, turn to an out-of-court dispute settlement body, or go"
    " to court."
)
OFTEN_UNFOUNDED = N_(
    "Whoever keeps filing manifestly unfounded complaints is warned first; then their complaints are not handled for a"
    " time."
)

REFERRED = N_("Your complaint {ticket} has been sent on")
SENT_TO = N_("We have sent it to {recipient}, as the law asks ({law}).")
YOURSELF = N_("You can report it there yourself as well:")

NOT_HANDLED = N_("We do not handle your complaint {ticket}")
UNTIL = N_("Until {when} we do not handle your complaints, because too many of them were manifestly unfounded.")
STILL_TAKEN = N_(
    "Complaints about a danger to life or to children are handled all the same. Your own account is not affected."
)

WARNED = N_("A warning about your complaints")
FACED = N_(
    "Several of your complaints were manifestly unfounded. If more follow, we will not handle your complaints for a"
    " time."
)
SUSPENDED = N_("Your complaints are not handled for now")
RESTORED = N_("Your complaints are handled again")
AGAIN = N_("We have looked at it again: your complaints are handled as before.")
OBJECT = N_("To object, answer this mail; somebody who did not decide it will look at it.")

ORDER_RECEIVED = N_("We have received your order {order}")
ORDER_DUE = N_("A person will verify and decide it by {when} ({basis}).")
ORDER_DECIDED = N_("Your order {order}: {state}")
NOT_FOR = N_("Not complied with for: {refused}.")
REDRESS = N_("Against this you have the remedies of the law of your country; you can also answer this mail.")
