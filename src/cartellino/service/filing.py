"""What every door does with a complaint: it is read, checked and filed, and answered with its ticket number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from cartellino.appeals.complaints import Complaint, File, lacks, plain
from cartellino.commands import complaints
from cartellino.service.shown_complaints import status
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.times import show_instant

if TYPE_CHECKING:
    from concurrent.futures import Future

    from cartellino.commands.unit_of_work import UnitOfWork
    from cartellino.service.service import Service
    from cartellino.storage.database import Rows


def filing(
    service: Service, complaint: Complaint, files: Sequence[File], door: str, by: Actor, authority: str | None = None
) -> Future[complaints.Filed]:
    """Queue a complaint.

    Raises a `Refusal` for one that lacks something; the future raises those of `commands.complaints.file`.
    """
    tidy = plain(complaint)
    if refusal := lacks(tidy, files):
        raise refusal
    can_mail = "mail" in service.outgoing.postman.kinds

    def work(unit: UnitOfWork) -> complaints.Filed:
        return complaints.file(unit, tidy, files, door, authority=authority, can_mail=can_mail)

    return service.writer.do(work, by)


def answer(service: Service, filed: complaints.Filed, language: str) -> Any:  # noqa: ANN401 - a query
    """Return the query for the answer to whoever filed a complaint."""
    return partial(_answer, filed=filed, language=language, now=service.clock.now())


def _answer(rows: Rows, filed: complaints.Filed, language: str, now: int) -> dict[str, Any]:
    shown = status(rows, filed.code, language) or {}
    confirm_by = show_instant(now + complaints.TO_CONFIRM) if filed.waits else None
    return {**shown, "confirm_by": confirm_by, "path": f"/complaints/{filed.code}"}
