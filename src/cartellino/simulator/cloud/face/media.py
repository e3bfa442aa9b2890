"""Media: upload, look up, delete, download."""

from __future__ import annotations

import re

from cartellino.simulator.cloud.errors import error_of, missing, unknown_node
from cartellino.simulator.cloud.face.calls import Answer, Call
from cartellino.simulator.cloud.face.files import File, parts_of
from cartellino.simulator.cloud.face.hub import Hub

_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,80}(; ?[ -~]{1,80})?", re.ASCII)


def upload(hub: Hub, call: Call, number_id: str) -> Answer:
    """Take a file."""
    number = hub.number(call, number_id)
    parts = parts_of(call.body, call.headers.get("content-type", ""))
    product, part = parts.get("messaging_product"), parts.get("file")
    if product is None or product.content != b"whatsapp":
        raise error_of(100, "The parameter messaging_product is required, and has to be `whatsapp`.")
    if part is None:
        raise missing("file")
    kind = parts["type"].content.decode("latin-1") if "type" in parts else ""
    mime_type = part.media_type or kind
    if not _TYPE.fullmatch(mime_type):
        raise missing("type")
    return Answer({"id": hub.files.keep(number.id, mime_type, part.content, part.file_name or "").id})


def show(call: Call, held: File) -> Answer:
    """Return where a file can be downloaded."""
    asked = call.query.get("phone_number_id")
    if asked is not None and asked != held.number:
        raise unknown_node(call.method, held.id)
    url = f"http://{call.host}/{call.version}/_media/{held.id}?ext=1&hash={held.digest[:16]}"
    return Answer({
        "url": url, "mime_type": held.mime_type,
        "sha256": held.digest, "file_size": len(held.content), "id": held.id, "messaging_product": "whatsapp",
    })  # fmt: skip


def download(hub: Hub, call: Call, file_id: str) -> Answer:
    """Return the bytes of a file."""
    held = hub.files.find(file_id)
    if held is None:
        raise error_of(131052, "There is no such file; it may have been deleted.", http=404)
    headers = {"content-disposition": f'attachment; filename="{held.id}"', "x-content-type-options": "nosniff"}
    return Answer(held.content, media_type=held.mime_type, headers=headers)
