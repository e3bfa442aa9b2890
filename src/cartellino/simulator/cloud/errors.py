"""What the platform refuses, in its own shape. Codes, titles and details are those of `senders/data/errors.yaml`.

>>> error_of(131056).body("trace")["error"]["message"]
'(#131056) (Business Account, Consumer Account) pair rate limit hit'
"""

from __future__ import annotations

from typing import Any

from cartellino.senders.errors import rule_of

_TITLES = {
    0: "AuthException",
    3: "API Method",
    10: "Permission Denied",
    100: "Invalid parameter",
    190: "Invalid OAuth access token - Cannot parse access token",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131016: "Service unavailable",
    131021: "Recipient cannot be sender",
    131051: "Unsupported message type",
    131052: "Media download error",
    131053: "Media upload error",
    132000: "Number of parameters does not match the expected number of params",
    132005: "Translated text too long",
    132007: "Template format character policy violated",
    132012: "Parameter format does not match format in the created template",
    132068: "Flow is in blocked state",
    132069: "Flow is in throttled state",
    134100: "Only marketing messages supported",
}
"""The platform's titles of codes that share one rule of ours."""

_HREF = "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"


class GraphError(Exception):
    """A call is refused."""

    def __init__(
        self, code: int, title: str, details: str, http: int = 400, *, subcode: int | None = None,
        kind: str = "OAuthException",
    ) -> None:  # fmt: skip
        super().__init__(f"(#{code}) {title}: {details}")
        self.code, self.title, self.details, self.http = code, title, details, http
        self.subcode, self.kind = subcode, kind

    def body(self, trace: str) -> dict[str, Any]:
        """Return it as the answer to a call."""
        held: dict[str, Any] = {
            "message": f"(#{self.code}) {self.title}",
            "type": self.kind,
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
            "fbtrace_id": trace,
        }
        if self.subcode is not None:
            held["error_subcode"] = self.subcode
        return {"error": held}

    def told(self) -> dict[str, Any]:
        """Return it as it stands in the status of a message that failed afterwards."""
        return {
            "code": self.code, "title": self.title, "message": self.title,
            "error_data": {"details": self.details}, "href": _HREF,
        }  # fmt: skip


def error_of(code: int, details: str = "", *, http: int | None = None) -> GraphError:
    """Return the error of a code; where the platform's details say little, `details` say what is wrong."""
    rule = rule_of(code)
    title = _TITLES.get(code) or (rule.title if rule else "") or "An unknown error has occurred."
    said = details or (rule.details if rule else "") or title
    return GraphError(code, title, said, http or (rule.http if rule else 400))


def missing(name: str) -> GraphError:
    """Return the error of a parameter that is not there."""
    return error_of(131008, f"Parameter {name} is required.")


def wrong(name: str, why: str) -> GraphError:
    """Return the error of a parameter that is not as it has to be."""
    return error_of(131009, f"Parameter {name}: {why}")


def unknown_node(method: str, node: str) -> GraphError:
    """Return the error of an id that stands for nothing here."""
    return GraphError(
        100, f"Unsupported {method.lower()} request. Object with ID '{node[:100]}' does not exist, cannot be loaded "
        "due to missing permissions, or does not support this operation",
        "The simulator knows the ids that GET /_sim lists.", subcode=33, kind="GraphMethodException",
    )  # fmt: skip
