"""Content: how the platform rates what is sent, what it holds back as unwanted, and what does not arrive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cartellino.senders.accounts import Account, Template
from cartellino.senders.pillars.audience import OVER, Audience
from cartellino.senders.pillars.course import course_of_share, failed, sent
from cartellino.senders.pillars.saying import Saying
from cartellino.senders.pillars.shape import Figure, Lever, Pillar, largest, number, share
from cartellino.senders.wording import GOODS
from cartellino.vocabulary.times import DAY

UNWANTED = ("131048", "131049")
"""Errors that say that people do not want what is sent."""

GONE = "131026"
"""Blocked, or without WhatsApp: the platform does not say which."""


def content(audience: Audience, account: Account | None) -> Pillar:
    """Return the pillar."""
    sender, now = audience.number, audience.now
    days = [day for _, day in sender.days.last(OVER // DAY, now)]
    every = sum(sent(day) for day in days)
    by_template = Counter(
        message.template for person in audience.reached for message in person.sent if message.template
    )
    green = share("template_quality", "template messages whose template is rated green",
                  hits=_rated(by_template, account, "GREEN"), unknown=_rated(by_template, account, "UNKNOWN"),
                  of=by_template.total())  # fmt: skip
    templates = list(account.templates.values()) if account is not None else []
    return Pillar(
        name="content",
        about="What is sent is wanted, filed as what it is, and arrives.",
        figures=(
            green,
            *_of_templates(templates),
            share("unwanted", "messages that the platform held back as unwanted",
                  hits=sum(failed(day, *UNWANTED) for day in days), of=every),
            share("unreached", "messages to people who blocked the number or are gone",
                  hits=sum(failed(day, GONE) for day in days), of=every),
            share("with_links", "messages with a link", hits=sum(day.links for day in days), of=every),
        ),
        series=(
            course_of_share("failed", "messages that failed", sender, now, failed, sent),
            course_of_share("unwanted", "messages held back as unwanted", sender, now,
                            lambda day: failed(day, *UNWANTED), sent),
            course_of_share("unreached", "messages to people who blocked the number or are gone", sender, now,
                            lambda day: failed(day, GONE), sent),
        ),
        levers=largest(
            _rest(green, by_template, account), *_reword(templates, by_template),
            _clean(sum(failed(day, GONE) for day in days)),
        ),
    )  # fmt: skip


def _template(name: str, account: Account | None) -> Template | None:
    return account.template(name, None) if account is not None else None


def _rated(by_template: Counter[str], account: Account | None, quality: str) -> int:
    return sum(many for name, many in by_template.items() if _quality(name, account) == quality)


def _quality(name: str, account: Account | None) -> str:
    template = _template(name, account)
    return template.quality if template is not None else "UNKNOWN"


def _rest(green: Figure, by_template: Counter[str], account: Account | None) -> Lever | None:
    """Return what it would bring to rest the template of low quality that is sent most."""
    low = [(many, name) for name, many in by_template.items() if _quality(name, account) in ("RED", "YELLOW")]
    if not low or green.least is None:
        return None
    many, name = max(low)
    left = green.of - many
    then = green.least * green.of / left if left else None
    said = "rest_template.none" if then is None else "rest_template"
    return Lever(
        name="rest_template", figure="template_quality", many=many, now=green.least, then=then,
        saying=Saying(said, {"name": name, "quality": _quality(name, account), "many": many, "then": then or 0.0}),
    )  # fmt: skip


def _of_templates(templates: list[Template]) -> tuple[Figure, ...]:
    """Return what is said of the templates themselves; unknown where none is known, or nobody has read one."""
    return (
        number("stopped_templates", "templates that are paused or disabled", "templates",
               sum(template.status in ("PAUSED", "DISABLED") for template in templates) if templates else None),
        number("refiled_templates", "templates that the platform files as something else", "templates",
               sum(template.filed_next is not None for template in templates) if templates else None),
        number("faulted_templates", "templates whose words put people off", "templates",
               _faulted(templates, goods=False)),
        number("restricted_goods", "templates that name goods the platform restricts", "templates",
               _faulted(templates, goods=True)),
    )  # fmt: skip


def _faulted(templates: list[Template], *, goods: bool) -> int | None:
    """Return how many templates have a fault of a sort; `None` where nobody has read one."""
    read = [template.faults for template in templates if template.faults is not None]
    return sum(any(fault.startswith(GOODS) == goods for fault in faults) for faults in read) if read else None


def _reword(templates: list[Template], by_template: Counter[str]) -> Iterator[Lever]:
    """Yield what to change in the template with faults that is sent most: its words, and the goods that it names."""
    for goods, figure in ((False, "faulted_templates"), (True, "restricted_goods")):
        faults = [(by_template[template.name], template.name, fault) for template in templates
                  for fault in template.faults or () if fault.startswith(GOODS) == goods]  # fmt: skip
        if not faults:
            continue
        many, name, fault = max(faults)
        now = _faulted(templates, goods=goods) or 0
        yield Lever(
            name="reword", figure=figure, many=max(1, many), now=now, then=max(0, now - 1),
            saying=Saying("reword", {"name": name, "fault": fault.partition(":")[0]}),
        )  # fmt: skip


def _clean(gone: int) -> Lever | None:
    if not gone:
        return None
    return Lever(
        name="clean_list", figure="unreached", many=gone, then=0,
        saying=Saying("clean_list", {"many": gone}),
    )  # fmt: skip
