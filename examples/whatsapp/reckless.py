"""A reckless campaign: what the gateway keeps from happening, and what happens without it.

    python examples/whatsapp/reckless.py                       through the gateway: refused, with reasons
    python examples/whatsapp/reckless.py --past-the-gateway    straight to the platform: the number is restricted

Simulator and gateway run already, as the README says. After the second way, read the dossier.
"""

from collections import Counter
from collections.abc import Callable

from pywa.errors import WhatsAppError
from pywa.types.templates import TemplateLanguage
from through import Ledger, World, arguments, must_answer, pywa_at, why

BOUGHT = [f"62811200{number:04}" for number in range(200)]
"""Nobody of them agreed to anything; four of ten block whoever writes to them, one of ten reports it."""
CUSTOMERS = [f"39333124{number}" for number in range(5000, 5020)]
"""They agreed to offers, and get three a day."""
MOODS = ("blocks", "blocks", "blocks", "blocks", "reports", "ignores", "ignores", "ignores", "ignores", "ignores")

chosen = arguments(__doc__.partition("\n")[0])
chosen.add_argument("--past-the-gateway", action="store_true", help="send to the platform itself")
given = chosen.parse_args()
must_answer(given.gateway, given.simulator)
client = pywa_at(given.simulator if given.past_the_gateway else given.gateway)
world, outcomes, reasons = World(given.simulator), Counter[str](), dict[str, str]()


def offer(person: str) -> None:
    """Send somebody an offer."""
    client.send_template(person, "spring_sale", TemplateLanguage.ENGLISH)


def words(person: str) -> None:
    """Send somebody free text, although they never wrote."""
    client.send_message(person, "Didn't you see our offer?")


def send_to_all(what: str, send: Callable[[str], None], people: list[str]) -> None:
    """Send to everybody, whatever comes back."""
    sent = 0
    for person in people:
        try:
            send(person)
            sent += 1
        except WhatsAppError as error:
            refused = why(error)
            outcomes[refused["rule"]] += 1
            reasons.setdefault(refused["rule"], refused["says"])
    print(f"  {what}: {len(people)} tried, {sent} taken")


for place, mood in enumerate(MOODS):
    world.meets(*BOUGHT[place :: len(MOODS)], mood=mood)
world.meets(*CUSTOMERS, mood="ignores")
Ledger(given.gateway).agreed(*CUSTOMERS, source="at the till", wording="Yes, offers.", proof="receipt of")
world.until_ten()
for day in (1, 2, 3):
    print(f"Day {day}")
    send_to_all("offers to the list", offer, BOUGHT)
    send_to_all("the first offer to customers", offer, CUSTOMERS)
    world.passes("4h")
    send_to_all("free text to the list", words, BOUGHT[:50])
    send_to_all("the second offer to customers", offer, CUSTOMERS)
    world.passes("8h")
    send_to_all("the third, at ten in the evening", offer, CUSTOMERS)
    world.passes("12h")

for rule, reason in reasons.items():
    print(f"{outcomes[rule]} refused by {rule}:\n    {reason}")
number = world.number()
print(f"What became of the number: {number['blocks']} blocks, {number['reports']} reports, quality {number['quality']},"
      f" {len(number['restrictions'])} restrictions.")  # fmt: skip
for restriction in number["restrictions"]:
    print(f"    {restriction}")
