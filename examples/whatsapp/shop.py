"""A shop's days with pywa: agreement, offer, answer, campaign, STOP.

    pip install pywa
    python examples/whatsapp/shop.py

Simulator and gateway run already, as the README says, and the gateway passes webhooks on to this script
(`--forward http://127.0.0.1:9000/`). The shop's part is ordinary pywa; of the gateway it knows the address alone, and
the ledger into which agreements are written.
"""

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pywa import WhatsApp, filters
from pywa.types import Message
from pywa.types.templates import TemplateLanguage
from through import Ledger, World, arguments, must_answer, pywa_at, told

ANNA, BRUNO, CARLA = "393331236001", "393331236002", "393331236003"
READERS = [f"39333123{number}" for number in range(5000, 5012)]
"""Twelve people of the newsletter; nine have agreed to get it by WhatsApp."""
EN = TemplateLanguage.ENGLISH

chosen = arguments(__doc__.partition("\n")[0])
chosen.add_argument("--listen", type=int, default=9000, metavar="PORT", help="where webhooks are heard")
given = chosen.parse_args()
must_answer(given.gateway, given.simulator)
shop, ledger, world = pywa_at(given.gateway), Ledger(given.gateway), World(given.simulator)
heard = threading.Event()


@shop.on_message(filters.text)
def answer(_: WhatsApp, message: Message) -> None:
    """Answer whoever writes: within 24 hours a shop may."""
    print(f"  {message.from_user.name} writes: {message.text}")
    if message.text.strip(" .!").lower() != "stop":
        told("our answer", lambda: message.reply_text("We are here from nine to one."))
    heard.set()


class Webhooks(BaseHTTPRequestHandler):
    """Hands to pywa what the gateway passes on, if it is signed rightly."""

    def do_POST(self) -> None:
        """Take one."""
        body = self.rfile.read(int(self.headers["content-length"]))
        wrong = shop.webhook_update_validator(body, self.headers["x-hub-signature-256"])
        said, status = wrong or shop.webhook_update_handler(body)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def until_heard() -> None:
    """Wait for what a customer wrote."""
    if not heard.wait(120):
        sys.exit(f"No webhook came. Was the gateway started with --forward http://127.0.0.1:{given.listen}/ ?")
    heard.clear()
    time.sleep(0.5)


threading.Thread(target=ThreadingHTTPServer(("127.0.0.1", given.listen), Webhooks).serve_forever, daemon=True).start()
for name, person in {"Anna": ANNA, "Bruno": BRUNO, "Carla": CARLA}.items():
    world.meets(person, mood="ignores", name=name)
world.meets(*READERS, mood="ignores")
world.until_ten()

print("Anna and Carla tick a box on the shop's website, and that is written down.")
ledger.agreed(ANNA, CARLA, source="web form", wording="Yes, send me offers by WhatsApp.", proof="form entry of")

print("An offer goes to Anna, and to Bruno, whom nobody asked.")
told("offer to Anna", lambda: shop.send_template(ANNA, "spring_sale", EN))
told("offer to Bruno", lambda: shop.send_template(BRUNO, "spring_sale", EN))

print("An hour later she asks.")
world.passes("1h")
world.says(ANNA, "Do you have it in blue?")
until_heard()

print("The day after, the 24 hours since Anna wrote are over.")
world.passes("24h")
told("a few words to Anna", lambda: shop.send_message(ANNA, "Are you still looking for one?"))
told("Bruno's order has left", lambda: shop.send_template(BRUNO, "order_update", EN))

print("A campaign goes to the twelve people of the newsletter; nine agreed to get it by WhatsApp.")
ledger.agreed(*READERS[:9], source="newsletter form", wording="By WhatsApp, too", proof="double opt-in of")
for person in READERS:
    told(f"offer to +{person}", lambda to=person: shop.send_template(to, "spring_sale", EN))
print("Somebody presses the button a second time.")
told(f"offer to +{READERS[0]}", lambda: shop.send_template(READERS[0], "spring_sale", EN))
told("Bruno's order has left, again", lambda: shop.send_template(BRUNO, "order_update", EN))

print("Carla has enough.")
world.says(CARLA, "Stop.")
until_heard()
told("offer to Carla", lambda: shop.send_template(CARLA, "spring_sale", EN))
told("Carla's order has left", lambda: shop.send_template(CARLA, "order_update", EN))

number = world.number()
print(f"The platform took {number['messages']} messages; blocks {number['blocks']}, reports {number['reports']},"
      f" quality {number['quality']}.")  # fmt: skip
