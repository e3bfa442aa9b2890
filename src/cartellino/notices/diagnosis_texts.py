"""The texts of diagnoses in English: the state of the account, what fails, and why. See `texts`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from cartellino.availability.evidence import Grade, Kind
from cartellino.notices.marking import N_

AccountState = Literal["banned", "suspended", "limited", "unofficial_client", "session_lost", "clear"]
"""What keeps an account from using the service; `clear` means nothing does."""

ACCOUNT: Mapping[AccountState, str] = {
    "banned": N_("Your account is banned."),
    "suspended": N_("Your account is suspended."),
    "limited": N_("Some features of your account are limited: {features}."),
    "unofficial_client": N_("Your app seems not to be the official one."),
    "session_lost": N_("You seem to have been signed out."),
    "clear": N_("Your account is in order."),
}

ACCOUNT_UNTIL: Mapping[str, str] = {
    "banned": N_("Your account is banned until {when}."),
    "suspended": N_("Your account is suspended until {when}."),
    "limited": N_("Some features of your account are limited until {when}: {features}."),
}

READ_THE_NOTICE = N_("Read the notice about it: it says why, and how to ask for a review.")

ACCOUNT_STEP: Mapping[str, str] = {
    "banned": READ_THE_NOTICE,
    "suspended": READ_THE_NOTICE,
    "limited": READ_THE_NOTICE,
    "unofficial_client": N_("Install the official app from its official source, and sign in there."),
    "session_lost": N_("Sign in again."),
}

FAILING = N_("Not working at the moment ({place}): {features}.")

FAILED = N_("Did not work ({place}): {features}.")

GRADED: Mapping[Grade, str] = {
    "confirmed": N_("The reason is {cause}."),
    "likely": N_("The reason is probably {cause}."),
    "possible": N_("A possible reason is {cause}."),
    "ruled_out": N_("The reason is not {cause}."),
}

CAUSE: Mapping[Kind, str] = {
    "outage": N_("an outage of the service"),
    "feature_outage": N_("a fault in this part of the service"),
    "regional_outage": N_("an outage that concerns only some countries"),
    "change": N_("a change that we made"),
    "supplier": N_("a failure at one of our suppliers"),
    "network": N_("a fault in one network, not in the service"),
    "restriction": N_("a restriction of these features that does not come from us"),
    "block": N_("a block of the service that does not come from us"),
    "maintenance": N_("planned maintenance"),
    "integration": N_("a fault between services that work together"),
    "client": N_("a fault in one version of the app"),
    "session": N_("a fault that has signed many people out"),
    "enforcement_fault": N_("a mistake of ours that limits accounts wrongly"),
}

ANNOUNCED = N_("{authority} has announced it ({source}).")

WAIT = N_("There is nothing that you have to do. Try again later.")
NOT_YOURS = N_("There is nothing wrong with your account or your phone. We say here when this changes.")

STEP: Mapping[Kind, str] = {
    "outage": WAIT,
    "feature_outage": WAIT,
    "regional_outage": WAIT,
    "change": WAIT,
    "supplier": N_("Try again later. To ask for more codes does not help."),
    "network": N_("Try another network, such as mobile data instead of Wi-Fi."),
    "restriction": NOT_YOURS,
    "block": NOT_YOURS,
    "maintenance": N_("Wait until the maintenance is over."),
    "integration": WAIT,
    "client": N_("Update the app."),
    "session": N_("Sign in again. If that fails, try again later."),
    "enforcement_fault": N_("If your account was limited, ask for a review: a person will look at it."),
}

WORKS = N_("We see no fault of the service ({place}).")
NOT_KNOWN = N_("Whether the service works ({place}), we do not know: too little is reported.")
NO_PLACE = N_("We do not know in which country you are, so we cannot say whether the service works there.")
REPORT = N_("If something fails nevertheless, report the problem: that is how we learn of it.")

MANY = N_("many countries")
SEVERAL = N_("several countries")

FEATURE: Mapping[str, str] = {
    "sending": N_("sending messages"),
    "receiving": N_("receiving messages"),
    "media_up": N_("sending photos and videos"),
    "media_down": N_("loading photos and videos"),
    "voice": N_("voice messages"),
    "calls": N_("making calls"),
    "sign_in": N_("signing in"),
    "registration": N_("making a new account"),
    "status": N_("status updates"),
}

FEATURE_NAME: Mapping[str, str] = {
    "sending": N_("Sending messages"),
    "receiving": N_("Receiving messages"),
    "media_up": N_("Sending photos and videos"),
    "media_down": N_("Loading photos and videos"),
    "voice": N_("Voice messages"),
    "calls": N_("Calls"),
    "sign_in": N_("Signing in"),
    "registration": N_("New accounts"),
    "status": N_("Status updates"),
}
"""A feature as a heading or a choice."""

GRADE_NAME: Mapping[Grade, str] = {
    "confirmed": N_("Confirmed"),
    "likely": N_("Likely"),
    "possible": N_("Possible"),
    "ruled_out": N_("Ruled out"),
}

FACT: Mapping[tuple[str, str], str] = {
    ("telemetry", "failing"): N_("Our own figures show that it fails: {features} ({places})."),
    ("telemetry", "missing"): N_("Much less than usual gets through, without any error."),
    ("telemetry", "newcomers"): N_("We do not know yet whether it fails for people who have been here longer, too."),
    ("probes", "failing"): N_("Our test devices see it fail: {features} ({places})."),
    ("reports", "failing"): N_("More people than usual report it: {features} ({places})."),
    ("reports", "borrowed_rates"): N_("We do not know yet what is usual here, so we compare with other services."),
    ("reports", "reports_alone"): N_("So far only people say so; nothing that we measure confirms it."),
    ("client", "one_client"): N_("It fails with one version of the app, and works with others: {client}."),
    ("control", "fails_everywhere"): N_("It fails in other countries, too, so it is no restriction of one country."),
    ("control", "works_elsewhere"): N_("The same works in other countries: {places}."),
    ("control", "no_control_country"): N_("We have no other country to compare with in which it surely works."),
    ("control", "few_controls"): N_("Too few have tried in other countries to be sure that it works there."),
    ("control", "others_uneasy"): N_("Something is going on in other countries, too."),
    ("supplier", "said"): N_("One of our suppliers reports a problem."),
    ("change", "changed_before"): N_("We had changed something in the hour before."),
    ("change", "maintenance"): N_("Maintenance was planned for this time."),
    ("services", "fail_together"): N_("Services that work together began to fail together."),
    ("probes", "one_port"): N_("Only one way of connecting is refused, which is a fault and no block."),
    ("networks", "only_one_network"): N_("It fails in one network ({network}), and works in others."),
    ("networks", "several_networks"): N_("It fails in several networks: {networks}."),
    ("networks", "fewer_than_two_networks"): N_("We do not see it fail in two networks."),
    ("announcement", "announced"): ANNOUNCED,
    ("failures", "no_interference"): N_("The failures do not look as if somebody interfered on the way."),
    ("time", "too_early"): N_("It has not lasted long enough to say more."),
    ("telemetry", "servers_answered"): N_("Our own servers answered with errors, so what was sent did arrive."),
    ("standing", "no_sanction"): N_("Nothing is limited on your account."),
    ("events", "attestation"): N_("Your app could not show that it is the official one."),
    ("events", "sign_in_failed"): N_("The latest attempt to sign in to your account failed."),
    ("operator", "confirmed"): N_("A person of our team has confirmed it."),
}
"""What a fact says, by its source and code."""
