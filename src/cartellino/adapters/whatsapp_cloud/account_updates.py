"""Reads what the platform tells an account: restrictions, violations, templates, quality, tiers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from cartellino.adapters.whatsapp_cloud.fields import Update, items, read_instant, text_of
from cartellino.senders.facts import (
    AccountChanged,
    Category,
    Disabled,
    Fact,
    NumberSeen,
    Restricted,
    Restriction,
    TemplateChanged,
    TemplateFiled,
    TemplateRated,
    TierSet,
    Unfamiliar,
    Violated,
)

EVENTS = frozenset({
    "ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED", "ACCOUNT_RECONNECTED", "ACCOUNT_RESTRICTION", "ACCOUNT_VIOLATION",
    "AD_ACCOUNT_LINKED", "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE", "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE",
    "DISABLED_UPDATE", "MM_LITE_TERMS_SIGNED", "PARTNER_ADDED", "PARTNER_APP_INSTALLED", "PARTNER_APP_UNINSTALLED",
    "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE", "PARTNER_REMOVED", "VOLUME_BASED_PRICING_TIER_UPDATE",
    "ONBOARDING", "THROUGHPUT_UPGRADE", "UPGRADE", "DOWNGRADE", "FLAGGED", "UNFLAGGED",
})  # fmt: skip
"""Events of accounts and numbers that are known; others are kept and reported."""

_TIERS = {
    250: "TIER_250",
    1_000: "TIER_250",
    2_000: "TIER_2K",
    10_000: "TIER_10K",
    100_000: "TIER_100K",
    -1: "TIER_UNLIMITED",
}
_QUALITIES = frozenset({"GREEN", "YELLOW", "RED", "UNKNOWN"})


def read(update: Update) -> Iterator[Fact]:
    """Yield the facts of an update about an account, by the keys that its value has."""
    value = update.value
    if "message_template_name" in value or "message_template_id" in value:
        yield from _template(update, value)
        return
    yield from _restrictions(update, value)
    violation = value.get("violation_info")
    if isinstance(violation, Mapping):
        yield Violated(at=update.at, account=update.account, number=update.number,
                       violation=text_of(violation, "violation_type") or "UNKNOWN")  # fmt: skip
    ban = value.get("ban_info")
    if isinstance(ban, Mapping):
        yield Disabled(at=update.at, account=update.account, state=_ban_state(ban),
                       date=text_of(ban, "waba_ban_date") or "")  # fmt: skip
    yield from _capability(update, value)
    yield from _told(update, value)


def _restrictions(update: Update, value: Mapping[str, Any]) -> Iterator[Fact]:
    listed = items(value, "restriction_info")
    if listed:
        restrictions = tuple(
            Restriction(
                text_of(restriction, "restriction_type") or "UNKNOWN",
                read_instant(restriction.get("expiration")),
                (text_of(restriction, "remediation") or "")[:300],
            )
            for restriction in listed
        )
        yield Restricted(at=update.at, account=update.account, restrictions=restrictions, number=update.number)


def _ban_state(ban: Mapping[str, Any]) -> str:
    said = text_of(ban, "waba_ban_state")
    listed = ban.get("waba_ban_state")
    if said is None and isinstance(listed, list) and listed:
        said = str(listed[0])
    return (said or "UNKNOWN").upper()


def _capability(update: Update, value: Mapping[str, Any]) -> Iterator[Fact]:
    for key in ("max_daily_conversations_per_business", "max_daily_conversation_per_phone", "current_limit"):
        said = value.get(key)
        if said is None:
            continue
        tier = said if isinstance(said, str) and not said.lstrip("-").isdigit() else _TIERS.get(_whole(said), f"{said}")
        if tier == "TIER_1K":
            tier = "TIER_250"  # replaced by other tiers in October 2025
        yield TierSet(at=update.at, account=update.account, tier=tier)
        return


def _whole(said: object) -> int:
    try:
        return int(said)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        return 0


def _told(update: Update, value: Mapping[str, Any]) -> Iterator[Fact]:
    event = text_of(value, "event")
    if event is not None:
        if event not in EVENTS:
            yield Unfamiliar(at=update.at, field=f"{update.field}.event", what=event, number=update.number)
        disconnection = value.get("disconnection_info")
        said = text_of(disconnection, "reason") if isinstance(disconnection, Mapping) else None
        yield AccountChanged(at=update.at, account=update.account, event=event, said=said or "")
        if event == "THROUGHPUT_UPGRADE" and update.number is not None:
            yield NumberSeen(at=update.at, number=update.number, throughput="raised")
    decision = text_of(value, "decision")
    if decision is not None:
        yield AccountChanged(at=update.at, account=update.account, event=f"REVIEW_{decision}")
    alert = value.get("alert_info")
    if isinstance(alert, Mapping) or "alert_type" in value:
        inside = alert if isinstance(alert, Mapping) else value
        yield AccountChanged(
            at=update.at, account=update.account, event=text_of(inside, "alert_type") or "ALERT",
            severity=text_of(inside, "alert_severity") or "", said=(text_of(inside, "alert_description") or "")[:300],
        )  # fmt: skip


# Templates


def _template(update: Update, value: Mapping[str, Any]) -> Iterator[Fact]:
    name, language = text_of(value, "message_template_name"), text_of(value, "message_template_language")
    identity = text_of(value, "message_template_id") or ""
    given: dict[str, Any] = {"at": update.at, "account": update.account, "template": name or identity,
                             "language": language or "", "template_id": identity}  # fmt: skip
    quality = text_of(value, "new_quality_score")
    if quality is not None:
        if quality not in _QUALITIES:
            yield Unfamiliar(at=update.at, field="new_quality_score", what=quality)
        yield TemplateRated(quality=quality, **given)
    yield from _filed(update, value, given)
    event = text_of(value, "event")
    if event is not None:
        yield _status(update, value, event, given)
    elif quality is None and "message_template_element" in value:
        yield AccountChanged(at=update.at, account=update.account, event="TEMPLATE_EDITED", said=given["template"])


def _status(update: Update, value: Mapping[str, Any], event: str, given: dict[str, Any]) -> TemplateChanged:
    other = value.get("other_info")
    return TemplateChanged(
        status=event, category=category_of(text_of(value, "message_template_category")),
        reason=text_of(value, "reason") or "", pause=(text_of(other, "title") or "") if other else "", **given,
    )  # fmt: skip


def _filed(update: Update, value: Mapping[str, Any], given: dict[str, Any]) -> Iterator[Fact]:
    correct, new = category_of(text_of(value, "correct_category")), category_of(text_of(value, "new_category"))
    if correct is not None:
        yield TemplateFiled(category=correct, filed_at=read_instant(value.get("category_update_timestamp")), **given)
    elif new is not None:
        yield TemplateFiled(category=new, **given)


def category_of(said: str | None) -> Category | None:
    """Return a category as the platform writes it; `None` for one that is not known."""
    plain = (said or "").casefold()
    return cast("Category", plain) if plain in ("marketing", "utility", "authentication") else None
