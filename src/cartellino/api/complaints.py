"""Routes of complaints: anybody files one and follows it by its ticket number; what a country's law asks of us."""

from __future__ import annotations

from base64 import b64decode
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from cartellino.api.accounts import Name
from cartellino.api.appeals import File as Sent
from cartellino.appeals.categories import Category
from cartellino.appeals.complaints import Complaint, File, Subject, SubjectKind
from cartellino.availability.places import is_country
from cartellino.commands import complaints
from cartellino.notices.codes import read_code
from cartellino.queries import authorities
from cartellino.service.filing import answer, filing
from cartellino.service.shown_complaints import country_shown, status
from cartellino.vocabulary.refusals import NotFound
from cartellino.web.guard import allow
from cartellino.web.identity import address_of
from cartellino.web.limits import Limits
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, actor_of, language_of, principal_of, service_of
from cartellino.web.work import do, fetched, looked, written

AN_HOUR = 20
"""Complaints of one network address that are taken in an hour, unless a trusted flagger files them."""

_Country = Annotated[str, msgspec.Meta(pattern="^([A-Z]{2})?$")]


class About(msgspec.Struct):
    """What a complaint is about: an `account`, a `group`, a `link` to content, or something `other`."""

    kind: SubjectKind
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=4_096)]
    service: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] = "main"


class Complained(msgspec.Struct):
    """A complaint (DSA, article 16): what happened and why it is against the law or the rules, about whom or what.

    `country` is where you are: its law sets the deadline. `files` are at most three, of 1 MiB each.
    """

    category: Category
    text: Annotated[str, msgspec.Meta(max_length=20_000)]
    subjects: Annotated[list[About], msgspec.Meta(min_length=1, max_length=100)]
    good_faith: bool
    mail: Annotated[str, msgspec.Meta(max_length=512)] = ""
    country: _Country = ""
    law: Annotated[str, msgspec.Meta(max_length=512)] = ""
    files: Annotated[list[Sent], msgspec.Meta(max_length=10)] = []


@post("/v1/complaints", opt=allow("public", "complaint"), tags=["complaints"], status_code=201,
      summary="File a complaint")  # fmt: skip
async def complain(request: Asked, data: JSONBody[Complained]) -> dict[str, Any]:
    """File a complaint about accounts, groups or content; no account is needed. The answer has its ticket number.

    It counts once the link in the mail was opened, where the service can send mail. A complaint about a threat to life
    or the safety of a child counts at once. With a key of the scope `flags` it is the notice of a trusted flagger.
    """
    service, authority = service_of(request), await _flagger(request)
    if authority is None:
        limit_of_address(request)
    files = [File(file.name, file.media_type, _unpacked(file, at)) for at, file in enumerate(data.files)]
    subjects = tuple(Subject(one.kind, one.value, one.service) for one in data.subjects)
    complaint = Complaint(
        category=data.category, text=data.text, subjects=subjects, mail=data.mail, country=data.country,
        language=language_of(request), good_faith=data.good_faith, law=data.law,
    )  # fmt: skip
    door = "service" if authority is None else "flagger"
    actor = actor_of(request)  # in a thread, since so many subjects take a while to be tidied
    queued = await looked(request, lambda service: filing(service, complaint, files, door, actor, authority))
    filed = await written(queued)
    shown: dict[str, Any] = await fetched(request, answer(service, filed, language_of(request)))
    return shown


async def _flagger(request: Asked) -> str | None:
    """Return the trusted flagger whose key this is; `None` for anybody else."""
    principal = principal_of(request)
    if principal.kind != "key" or not principal.may("flag-complaints"):
        return None
    row = await fetched(request, partial(authorities.by_key, credential=principal.name))
    return str(row.authority_id) if row is not None and row.kind == "trusted_flagger" else None


def limit_of_address(request: Asked) -> None:
    """Raises `Problem` for too many complaints from one network address."""
    limits: Limits = request.app.state.limits
    wait = limits.wait(f"complaints from {address_of(request, service_of(request))}", AN_HOUR, minutes=60)
    if wait:
        raise Problem("too-often", "too many complaints from this network; try again later", retry=wait)


def _unpacked(file: Sent, at: int) -> bytes:
    try:
        return b64decode(file.content, validate=True)
    except ValueError:
        raise Problem("bad-request", "this is no Base64", f"/files/{at}/content") from None


@get("/v1/complaints/{ticket:str}", opt=allow("public"), tags=["complaints"], summary="How far a complaint is")
async def followed(request: Asked, ticket: Name) -> dict[str, Any]:
    """Return how far a complaint is, what was decided and why, and where else one can turn to.

    States: `received`, `verified`, `referred`, `decided`, `closed`; a complaint is as far as the least of its subjects.
    """
    code = read_code(ticket) or ""
    shown = await fetched(request, partial(status, code=code, language=language_of(request)))
    if shown is None:
        raise NotFound("there is no complaint with this ticket number")
    return shown


class Confirmed(msgspec.Struct):
    """The secret from the mail."""

    secret: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


@post("/v1/complaints/{ticket:str}/confirmation", opt=allow("public", "public"), tags=["complaints"], status_code=200,
      summary="Confirm a complaint")  # fmt: skip
async def confirm(request: Asked, data: JSONBody[Confirmed], ticket: Name) -> dict[str, Any]:
    """Confirm the address with which a complaint was filed, as the link in the mail does."""
    code = read_code(ticket) or ""
    await do(request, partial(complaints.confirm, code=code, token=data.secret))
    shown = await fetched(request, partial(status, code=code, language=language_of(request)))
    return shown or {}


@get("/v1/jurisdictions", opt=allow("public"), tags=["complaints"], summary="What a country's law asks")
async def jurisdiction(
    request: Asked, country: Annotated[str, QueryParameter(min_length=2, max_length=2)]
) -> dict[str, Any]:
    """Return the deadlines that hold in a country, each with its source, and the offices to which people can turn."""
    if not is_country(country):
        raise Problem("bad-argument", "`country` is a code of ISO 3166-1 alpha-2, such as ID", "country")
    return country_shown(country, service_of(request).clock.now())
