"""`POST /v1/mail`: a mail that came in, as a mail server's hook hands it over: in fields, or as it is."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from typing import Annotated, Any

import anyio.to_thread
import msgspec
from litestar import Response, post
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema

from cartellino.appeals.letters import LARGEST, LONGEST, Letter, read
from cartellino.commands.mail_appeals import Said, said, take
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked
from cartellino.web.work import do

RAW = "message/rfc822"


class Mail(msgspec.Struct):
    """A mail in fields. `headers` are what tells machines from people; any others are passed over."""

    sender: Annotated[str, msgspec.Meta(max_length=2_000)]
    subject: Annotated[str, msgspec.Meta(max_length=2_000)]
    text: str
    headers: Annotated[dict[str, str | list[str]], msgspec.Meta(max_length=500)] = {}
    auto_submitted: str = ""
    precedence: str = ""
    list_id: str = ""
    return_path: str | None = None

    def letter(self) -> Letter:
        """Return it as one that was read."""
        headers = {name.lower(): [value] if isinstance(value, str) else value for name, value in self.headers.items()}
        named = {"auto-submitted": self.auto_submitted, "precedence": self.precedence, "list-id": self.list_id}
        headers |= {name: [value] for name, value in named.items() if value}
        headers |= {"return-path": [self.return_path or "<>"]} if self.return_path is not None else {}
        kind = " ".join(headers.get("content-type", ["text/plain"])).partition(";")[0].strip()
        return Letter(self.sender, self.subject, self.text, headers=headers, media_type=kind)


class _Described(Operation):
    """Says in the description of the interface in which two forms a mail may come."""

    def __post_init__(self) -> None:
        texts = Schema(type="string")  # type: ignore[arg-type]
        fields = {name: texts for name in Mail.__struct_fields__ if name != "headers"}
        shape = Schema(type="object", properties=fields, required=["sender", "subject", "text"])  # type: ignore[arg-type]
        content = {"application/json": OpenAPIMediaType(shape), RAW: OpenAPIMediaType(texts)}
        self.request_body = RequestBody(content, required=True)


@post(
    "/v1/mail", opt=allow("receive-mail", "mail"), tags=["appeals"], status_code=201, summary="An appeal by mail",
    operation_class=_Described,
)  # fmt: skip
async def mail(request: Asked) -> Response[dict[str, Any]]:
    """Make a mail (fields, or raw as `message/rfc822`) a case by the code of a notice; machines' mails file nothing.

    Only the holder has the code. What a machine sent gets 200 with `why`; what came before does not count again, and
    gets 200 with `repeated` once it was decided. Of more than 4,000 letters the middle is left out (`cut`: how many).
    """
    body, is_raw = await request.body(), request.headers.get("content-type", "").lower().startswith(RAW)
    letter = await anyio.to_thread.run_sync(_read, body, is_raw)
    if letter.machine:
        return Response({"appeal_id": None, "added": False, "why": letter.machine}, status_code=200)
    done = await do(request, lambda unit: take(unit, letter))
    return Response(done, status_code=200 if "repeated" in done or "why" in done else 201)


def _read(body: bytes, is_raw: bool) -> Said:
    if is_raw:
        return said(_raw(body))
    try:
        letter = msgspec.json.decode(body.removeprefix(BOM_UTF8), type=Mail).letter()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        place = re.search(r"`\$([^`]*)`", str(error))
        pointer = place[1].replace(".", "/") if place else ""
        raise Problem("bad-request", str(error)[:500], pointer) from None
    if len(letter.text) > LONGEST:
        raise Problem("too-much", f"a mail has at most {LONGEST:,} letters; this one has {len(letter.text):,}", "/text")
    return said(letter)


def _raw(body: bytes) -> Letter:
    if not body.strip():
        raise Problem("bad-request", "there is no mail in the body")
    if len(body) > LARGEST:
        raise Problem("too-much", f"a mail has at most {LARGEST:,} bytes; this one has {len(body):,}")
    return read(body)
