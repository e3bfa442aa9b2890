"""Statements of reasons for the DSA Transparency Database, schema v2 (in force since 1 July 2025).

Article 24(5) of Regulation (EU) 2022/2065; the fields and limits are those of the database's own request validation
(digital-services-act/transparency-database, read 2026-06-24). A statement contains no personal data: it states the
clause, the reason and the kind of action, never the account. `puid` is the id of the decision.

>>> stated = statement("d_1", "suspension", 0, 86_400_000, "Terms 4.2", "Bulk messages.", automatic=True)
>>> faults(stated), stated["decision_account"], stated["end_date_account_restriction"]
([], 'DECISION_ACCOUNT_SUSPENDED', '1970-01-02')
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from cartellino.vocabulary.times import Instant, show_instant

BATCH = 100
"""Most statements in one request."""

_LIMITS = {
    "decision_facts": 5_000,
    "incompatible_content_ground": 500,
    "incompatible_content_explanation": 2_000,
    "illegal_content_legal_ground": 500,
    "illegal_content_explanation": 2_000,
    "decision_ground_reference_url": 500,
    "source_identity": 500,
    "content_type_other": 500,
    "decision_visibility_other": 500,
    "puid": 500,
}
_ALWAYS = (
    "decision_ground", "content_type", "category", "content_date", "application_date", "decision_facts", "source_type",
    "automated_detection", "automated_decision", "puid",
)  # fmt: skip
_ONE_OF = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
_CHOICES = {
    "decision_ground": {"DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"},
    "automated_detection": {"Yes", "No"},
    "automated_decision": {
        "AUTOMATED_DECISION_FULLY", "AUTOMATED_DECISION_PARTIALLY", "AUTOMATED_DECISION_NOT_AUTOMATED",
    },
    "source_type": {
        "SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_TYPE_OTHER_NOTIFICATION", "SOURCE_VOLUNTARY",
    },
    "decision_account": {"DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"},
    "decision_provision": {
        "DECISION_PROVISION_PARTIAL_SUSPENSION", "DECISION_PROVISION_TOTAL_SUSPENSION",
        "DECISION_PROVISION_PARTIAL_TERMINATION", "DECISION_PROVISION_TOTAL_TERMINATION",
    },
    "category": {
        f"STATEMENT_CATEGORY_{name}" for name in (
            "ANIMAL_WELFARE", "CONSUMER_INFORMATION", "CYBER_VIOLENCE", "CYBER_VIOLENCE_AGAINST_WOMEN",
            "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "ILLEGAL_OR_HARMFUL_SPEECH",
            "INTELLECTUAL_PROPERTY_INFRINGEMENTS", "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
            "NOT_SPECIFIED_NOTICE", "OTHER_VIOLATION_TC", "PROTECTION_OF_MINORS", "RISK_FOR_PUBLIC_SECURITY",
            "SCAMS_AND_FRAUD", "SELF_HARM", "UNSAFE_AND_PROHIBITED_PRODUCTS", "VIOLENCE",
        )
    },
}  # fmt: skip
_KINDS = {
    "restriction": {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"},
    "suspension": {"decision_account": "DECISION_ACCOUNT_SUSPENDED"},
    "ban": {"decision_account": "DECISION_ACCOUNT_TERMINATED"},
}
_ENDS = {"restriction": "end_date_service_restriction", "suspension": "end_date_account_restriction"}


CATEGORY_OF: Mapping[str, str] = {
    "threat_to_life": "VIOLENCE", "child_safety": "PROTECTION_OF_MINORS", "terrorism": "RISK_FOR_PUBLIC_SECURITY",
    "intimate_imagery": "CYBER_VIOLENCE", "impersonation": "SCAMS_AND_FRAUD", "scam": "SCAMS_AND_FRAUD",
    "hate": "ILLEGAL_OR_HARMFUL_SPEECH", "harassment": "CYBER_VIOLENCE",
    "illegal_goods": "UNSAFE_AND_PROHIBITED_PRODUCTS", "personal_data": "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
    "intellectual_property": "INTELLECTUAL_PROPERTY_INFRINGEMENTS", "spam": "OTHER_VIOLATION_TC",
    "other_illegal": "NOT_SPECIFIED_NOTICE", "terms": "OTHER_VIOLATION_TC",
}  # fmt: skip
"""The category of the database for what a complaint is about."""

Source = Literal["notice", "trusted_flagger"]
_SOURCES = {"notice": "SOURCE_ARTICLE_16", "trusted_flagger": "SOURCE_TRUSTED_FLAGGER"}
_NOTICED = {"notice": "Somebody complained.", "trusted_flagger": "A trusted flagger told us of it."}
_OF_TERMS = ("spam", "terms")
"""What is against the terms and not, as far as the complaint says, against the law."""


def of_people(stated: dict[str, Any], category: str, source: Source) -> dict[str, Any]:
    """Return a statement as it is for what a person decided about a complaint of a category.

    >>> plain = statement("d_1", "ban", 0, None, "Law 1", "Fraud.", automatic=False)
    >>> made = of_people(plain, "scam", "trusted_flagger")
    >>> faults(made), made["source_type"], made["category"], made["illegal_content_legal_ground"]
    ([], 'SOURCE_TRUSTED_FLAGGER', 'STATEMENT_CATEGORY_SCAMS_AND_FRAUD', 'Law 1')
    """
    reason = stated["incompatible_content_explanation"]
    fields = {
        **stated, "source_type": _SOURCES[source], "decision_facts": f"{reason} {_NOTICED[source]}"[:5_000],
        "category": f"STATEMENT_CATEGORY_{CATEGORY_OF.get(category, 'NOT_SPECIFIED_NOTICE')}",
    }  # fmt: skip
    if category in _OF_TERMS:
        return fields
    ground = fields.pop("incompatible_content_ground")
    del fields["incompatible_content_explanation"]
    return {**fields, "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT", "illegal_content_legal_ground": ground,
            "illegal_content_explanation": reason}  # fmt: skip


def is_due(kind: str) -> bool:
    """Return whether a kind of action needs a statement: restrictions do, warnings do not."""
    return kind in _KINDS


def statement(
    puid: str, kind: str, at: Instant, ends_at: Instant | None, clause: str, reason: str, *, automatic: bool,
    reported: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Return the statement of reasons for a decision on the conduct of an account, which concerns no content."""
    how = "reports of other people" if reported else "our own observation of metadata, without reading messages"
    fields: dict[str, Any] = {
        **_KINDS[kind],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": clause[:500] or "Terms of service",
        "incompatible_content_explanation": reason[:2_000],
        "content_type": ["CONTENT_TYPE_OTHER"],
        "content_type_other": "conduct of an account (metadata), no content",
        "category": "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
        "content_date": show_instant(at)[:10],
        "application_date": show_instant(at)[:10],
        "decision_facts": f"{reason} Noticed by {how}."[:5_000],
        "source_type": "SOURCE_TYPE_OTHER_NOTIFICATION" if reported else "SOURCE_VOLUNTARY",
        "automated_detection": "Yes" if automatic else "No",
        "automated_decision": "AUTOMATED_DECISION_FULLY" if automatic else "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": puid,
    }
    if ends_at is not None and kind in _ENDS:
        fields[_ENDS[kind]] = show_instant(ends_at)[:10]
    return fields


def faults(statement: dict[str, Any]) -> list[str]:
    """Return what the database would refuse in a statement, empty if nothing."""
    problems = [f"{name} is missing" for name in _ALWAYS if not statement.get(name)]
    if not any(statement.get(name) for name in _ONE_OF):
        problems.append(f"one of {', '.join(_ONE_OF)} is needed")
    problems += [
        f"{name} is longer than {most}" for name, most in _LIMITS.items() if len(statement.get(name) or "") > most
    ]
    problems += [
        f"{name} is {statement[name]}"
        for name, known in _CHOICES.items()
        if name in statement and statement[name] not in known
    ]
    if not re.fullmatch(r"[a-zA-Z0-9-_]+", str(statement.get("puid", ""))):
        problems.append("puid has letters, digits, hyphens and underscores only")
    if statement.get("decision_ground") == "DECISION_GROUND_INCOMPATIBLE_CONTENT":
        needed = ("incompatible_content_ground", "incompatible_content_explanation")
        problems += [f"{name} is missing" for name in needed if not statement.get(name)]
    if statement.get("decision_ground") == "DECISION_GROUND_ILLEGAL_CONTENT":
        needed = ("illegal_content_legal_ground", "illegal_content_explanation")
        problems += [f"{name} is missing" for name in needed if not statement.get(name)]
    if "CONTENT_TYPE_OTHER" in statement.get("content_type", ()) and not statement.get("content_type_other"):
        problems.append("content_type_other is missing")
    return problems
