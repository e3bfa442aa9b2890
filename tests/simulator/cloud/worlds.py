"""A small world without a face: what is sent, what came of it, what the platform told."""

from __future__ import annotations

from typing import Any

from cartellino.simulator.cloud import moods
from cartellino.simulator.cloud.beginning import ACCOUNT, NUMBER, PORTFOLIO, begun
from cartellino.simulator.cloud.business import Account, Number, Portfolio
from cartellino.simulator.cloud.errors import GraphError
from cartellino.simulator.cloud.sending import Wish, send
from cartellino.simulator.cloud.thresholds import Mood
from cartellino.simulator.cloud.world import Update, World
from cartellino.vocabulary.times import SECOND, Duration

START = 1_795_000_000_000
ANN = "628110000000"


class Little:
    """A world that begins as the simulator does."""

    def __init__(self, seed: int = 1) -> None:
        self.told: list[Update] = []
        self.world: World = begun(seed, START, self.told.append)
        self.number: Number = self.world.numbers[NUMBER]
        self.account: Account = self.world.accounts[ACCOUNT]
        self.portfolio: Portfolio = self.world.portfolios[PORTFOLIO]

    def people(self, many: int, mood: Mood, *, first: int = 0) -> list[str]:
        made = [f"62811{first + number:07}" for number in range(many)]
        for wa_id in made:
            self.world.make_person(wa_id, mood)
        return made

    def text(self, to: str = ANN, body: str = "Hello") -> str:
        """Send a text; return its id, or the code of the refusal."""
        return self._send(Wish(person=to, kind="text", content={"body": body}))

    def template(self, to: str = ANN, name: str = "spring_sale", *, lite: bool = False) -> str:
        """Send a template; return its id, or the code of the refusal."""
        content = {"name": name, "language": {"code": "en"}}
        return self._send(Wish(person=to, kind="template", content=content, lite=lite))

    def _send(self, wish: Wish) -> str:
        try:
            return send(self.world, self.number, wish).message.id
        except GraphError as error:
            return str(error.code)

    def say(self, wa_id: str = ANN, text: str = "Hi", *, ad: bool = False) -> None:
        person = self.world.somebody(wa_id)
        content = {"type": "text", "text": {"body": text}}
        moods.write(self.world, self.number, person, content, by_advertisement=ad)

    def later(self, by: Duration) -> None:
        self.world.run_to(self.world.now + by)

    def campaign(self, people: list[str], name: str = "spring_sale", every: Duration = SECOND // 20) -> list[str]:
        """Send a template to many, so slowly that the number is never too fast."""
        answers = []
        for wa_id in people:
            self.later(every)
            answers.append(self.template(wa_id, name))
        return answers

    def statuses(self, message_id: str) -> list[str]:
        """What was told of a message; a failure with its code."""
        found = []
        for value in self.values("messages"):
            for status in value.get("statuses", ()):
                if status["id"] == message_id:
                    code = "".join(f" {error['code']}" for error in status.get("errors", ()))
                    found.append(status["status"] + code)
        return found

    def values(self, field: str) -> list[dict[str, Any]]:
        return [update.value for update in self.told if update.field == field]

    def events(self, field: str = "account_update") -> list[str]:
        return [value["event"] for value in self.values(field)]
