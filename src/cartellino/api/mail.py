"""`POST /v1/mail`: accepts a mail from a mail server's hook, in fields or as raw text."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from typing import Annotated, Any

import anyio.to_thread
import msgspec
from litestar import Response, post
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema

from cartellino.appeals.complaints import LARGEST_FILE, MOST_FILES, File, is_what_it_says
from cartellino.appeals.hearing import MEDIA_TYPES
from cartellino.appeals.letters import LARGEST, LONGEST, Letter, files_of, read
from cartellino.commands import mail_orders
from cartellino.commands.mail_appeals import receive, said
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, service_of
from cartellino.web.work import do

RAW = "message/rfc822"


class Mail(msgspec.Struct):
    """A mail in fields. Those `headers` count that distinguish machines from people; others are ignored."""

    sender: Annotated[str, msgspec.Meta(max_length=2_000)]
    subject: Annotated[str, msgspec.Meta(max_length=2_000)]
    text: str
    headers: Annotated[dict[str, str | list[str]], msgspec.Meta(max_length=500)] = {}
    auto_submitted: str = ""
    precedence: str = ""
    list_id: str = ""
    return_path: str | None = None

    def letter(self) -> Letter:
        """Return it in the form of a parsed mail."""
        headers = {name.lower(): [value] if isinstance(value, str) else value for name, value in self.headers.items()}
        named = {"auto-submitted": self.auto_submitted, "precedence": self.precedence, "list-id": self.list_id}
        headers |= {name: [value] for name, value in named.items() if value}
        headers |= {"return-path": [self.return_path or "<>"]} if self.return_path is not None else {}
        kind = " ".join(headers.get("content-type", ["text/plain"])).partition(";")[0].strip()
        return Letter(self.sender, self.subject, self.text, headers=headers, media_type=kind)


class _Described(Operation):
    """Documents the two forms of a mail in the OpenAPI description."""

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
    """File an appeal by a mail (in fields, or raw as `message/rfc822`) that contains the code of a notice.

    A mail from the domain of a registered authority is an order, and one of a trusted flagger a notice; whether it is
    genuine is for `Authentication-Results` of your own server (`mail_server`) to say, and then for a person.

    Only the holder has the code. A mail from a machine files nothing and is answered 200 with `why`. A mail
    whose words came before does not count again, whether its appeal is open or decided, and is answered 200 with
    `repeated`. Of a text longer than 4,000 characters the middle is left out; `cut` says how many.
    """
    body, is_raw = await request.body(), request.headers.get("content-type", "").lower().startswith(RAW)
    letter, files = await anyio.to_thread.run_sync(_read, body, is_raw)
    words, server = said(letter), service_of(request).settings.mail_server
    if words.machine:
        return Response({"appeal_id": None, "added": False, "why": words.machine}, status_code=200)

    def work(unit: UnitOfWork) -> dict[str, Any]:
        taken = mail_orders.receive(unit, letter, files, server)
        return taken if taken is not None else receive(unit, words)

    done = await do(request, work)
    return Response(done, status_code=200 if "repeated" in done or "why" in done else 201)


def _read(body: bytes, is_raw: bool) -> tuple[Letter, list[File]]:
    if is_raw:
        attached = files_of(body, MOST_FILES, LARGEST_FILE, MEDIA_TYPES)
        files = [file for file in (File(*one) for one in attached) if is_what_it_says(file)]
        return _raw(body), files
    try:
        letter = msgspec.json.decode(body.removeprefix(BOM_UTF8), type=Mail).letter()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        place = re.search(r"`\$([^`]*)`", str(error))
        pointer = place[1].replace(".", "/") if place else ""
        raise Problem("bad-request", str(error)[:500], pointer) from None
    if len(letter.text) > LONGEST:
        raise Problem("too-much", f"a mail has at most {LONGEST:,} letters; this one has {len(letter.text):,}", "/text")
    return letter, []


def _raw(body: bytes) -> Letter:
    if not body.strip():
        raise Problem("bad-request", "there is no mail in the body")
    if len(body) > LARGEST:
        raise Problem("too-much", f"a mail has at most {LARGEST:,} bytes; this one has {len(body):,}")
    return read(body)
