"""Says a report and a request for a review in a language.

>>> Speaker(Words({}), "en").listed(["a warning", "a lock"])
'a warning and a lock'
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from cartellino.notices.words import Words
from cartellino.senders import recovery_texts as texts
from cartellino.senders.causes import Cause
from cartellino.senders.dossier import Dossier, days_of
from cartellino.senders.facts import AiReviewed
from cartellino.senders.guide_texts import RULE_NAMES
from cartellino.senders.platform import Step
from cartellino.senders.recovery import Report, Trouble
from cartellino.senders.shares import Share
from cartellino.vocabulary.times import Instant

TICKS = ("campaigns", "list", "template", "stop", "person")
"""Measures that an operator may tick."""


class Speaker:
    """Says things in one language."""

    def __init__(self, words: Words, language: str) -> None:
        """`language` is one that `words` has."""
        self._words, self.language = words, language

    def say(self, text: str, **holes: object) -> str:
        """Translate a text, and fill its placeholders."""
        return self._words.say(self.language, text, **holes)

    def day(self, at: Instant) -> str:
        """Return the day of an instant."""
        return str(format_date(datetime.fromtimestamp(at / 1000, UTC), "d MMMM y", locale=self.language))

    def moment(self, at: Instant) -> str:
        """Return an instant, to the minute."""
        return str(
            format_datetime(datetime.fromtimestamp(at / 1000, UTC), "d MMMM y, HH:mm 'UTC'", locale=self.language)
        )

    def percent(self, share: Share | None) -> str:
        """Return a share in percent."""
        if share is None or not share.of:
            return "–"
        return str(format_percent(share.hits / share.of, "#,##0.#%", locale=self.language))

    def number(self, value: float) -> str:
        """Return a number."""
        return str(format_decimal(value, locale=self.language))

    def listed(self, parts: Sequence[str]) -> str:
        """Join parts as the language does."""
        return str(format_list(list(parts), locale=self.language))

    def country(self, code: str) -> str:
        """Return the name of a country."""
        return str(Locale.parse(self.language, sep="-").territories.get(code, code))

    # A report

    def means(self, trouble: Trouble) -> str:
        """Say what a restriction means."""
        return self.say(texts.MEANS.get(trouble.what, texts.MEANS["business_initiated"]), kind=trouble.remediation,
                        date=trouble.remediation, country=self.country(trouble.country))  # fmt: skip

    def until(self, trouble: Trouble) -> str:
        """Say until when it lasts."""
        if trouble.what in ("violation", "scheduled"):
            return ""
        return (
            self.say(texts.NO_END) if trouble.until is None else self.say(texts.UNTIL, when=self.moment(trouble.until))
        )

    def works(self, report: Report) -> list[str]:
        """Say what still works."""
        return [self.say(texts.WORKS_SAID[work]) for work in report.still_works]

    def cause(self, cause: Cause) -> str:
        """Say what a cause is, with its figures."""
        named = self.number(int(cause.named)) if cause.named.isdigit() else cause.named
        times = "" if cause.times is None else self.number(cause.times)
        return self.say(texts.CAUSES[cause.name], share=self.percent(cause.share), named=named, times=times)

    def grade(self, cause: Cause) -> str:
        """Say how sure a cause is."""
        return self.say(texts.GRADES[cause.grade])

    def stop_now(self, report: Report) -> list[str]:
        """Say what to stop."""
        if report.state == "clear":
            return []
        names = dict.fromkeys(cause.name for cause in report.causes)
        return [self.say(texts.STOP_NOW[name]) for name in (*names, "retries", "other_number")]

    def offence(self, report: Report) -> str:
        """Say whether it is the first time."""
        if report.offence < 2:
            return self.say(texts.FIRST_TIME) if report.offence else ""
        dates = self.listed([self.day(at) for at in report.earlier])
        return self.say(texts.AGAIN, number=report.offence, dates=dates)

    def next_time(self, report: Report) -> str:
        """Say what comes next."""
        steps = [self._step(step) for step in report.next_steps if step.step != "warning"]
        return self.say(texts.NEXT_TIME, steps=", ".join(steps)) if steps else ""

    def _step(self, step: Step) -> str:
        kind = "block_all" if step.step == "block" and step.stops == "everything" else step.step
        days = [str(day) for day in days_of(step.lasting)]
        return self.say(texts.NEXT[kind], days=str(format_list(days, style="or", locale=self.language)) if days else "")

    def prevented(self, report: Report) -> str:
        """Say in one sentence what would have prevented it."""
        return "" if report.main_cause is None else self.say(texts.PREVENTED[report.main_cause.name])

    # A request

    def measures(self, dossier: Dossier, ticked: Sequence[str] = ()) -> list[str]:
        """Say what was changed, as far as it is known."""
        measures = []
        if dossier.enforced:
            rules = self.listed([self.say(RULE_NAMES[name]) for name in dossier.enforced])
            measures.append(self.say(texts.MEASURES["enforced"], rules=rules))
        if dossier.refused:
            measures.append(self.say(texts.MEASURES["refused"], refused=self.number(dossier.refused)))
        return [*measures, *(self.say(texts.MEASURES[name]) for name in TICKS if name in ticked)]

    def request(self, dossier: Dossier, ticked: Sequence[str] = ()) -> str:
        """Write the request for a review: what is known, what was changed, and nothing else."""
        report, said = dossier.report, texts.REQUEST
        date = self.day(report.since if report.since is not None else dossier.made_at)
        opening = self.say(said["opening"], date=date, number=dossier.display, account=dossier.account or "–")
        if report.offence > 1:
            dates = self.listed([self.day(at) for at in report.earlier])
            opening += " " + self.say(said["second"], dates=dates)
        causes = [f"- {self.cause(cause)} ({self.grade(cause)})" for cause in report.causes]
        shares = {name: self.percent(dossier.shares[name]) for name in ("consented", "delivered", "failed", "answered")}
        volumes = self.say(said["volumes"], sent=self.number(dossier.sent), began=self.number(dossier.began),
                           stopped=self.number(dossier.stopped), **shares)  # fmt: skip
        if dossier.consents:
            sources = [f"{source.source} ({self.number(source.people)})" for source in dossier.consents[:5]]
            volumes += " " + self.say(said["sources"], sources=self.listed(sources))
        measures = [f"- {measure}" for measure in self.measures(dossier, ticked)]
        parts = [opening, "\n".join([self.say(said["found"]), *causes]) if causes else self.say(said["none"]), volumes]
        parts += ["\n".join([self.say(said["measures"]), *measures])] if measures else []
        return "\n\n".join([*parts, self.say(said["closing"])])

    # A notice

    def ai_notice(self, decision: AiReviewed, display: str, terms: str) -> str:
        """Write the notice to a sender whose use of AI a person decided on."""
        said = texts.AI_NOTICE
        title = self.say(said["title"], number=display)
        reason = self.say(said["reason"], reason=decision.reason)
        if decision.outcome == "allowed" or decision.blocks_from is None:
            return "\n\n".join([title, self.say(said["allowed"]), reason])
        grace = self.say(said["grace"], date=self.day(decision.blocks_from))
        return "\n\n".join([title, self.say(said["found"], terms=terms), reason, grace, self.say(said["change"])])
