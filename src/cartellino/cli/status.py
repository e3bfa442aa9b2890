"""`cartellino status export`: writes the public status as files that any web server shows when the service does not."""

from __future__ import annotations

import argparse
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from cartellino.cli.terminal import console, escape, progress
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.vocabulary.refusals import BadArgument

_ABOUT = """\
Fetch the public status from a running service, and write it as files: pages in every language (English at the root,
others below /it/ and the like), feeds, the JSON of Statuspage, the stylesheet. Served by any web server on another
machine they stay up when the service does not; every page says when it was last looked at.

Everything is fetched before anything is written. Where the service does not answer, the exit code is 1 and the files
stay as they are. A key without any scope in CARTELLINO_KEY lifts the limit of requests.

  cartellino status export /srv/status --from https://chat.example.org --live https://chat.example.org
"""

JSON = (
    "/api/v2/summary.json", "/api/v2/status.json", "/api/v2/components.json", "/api/v2/incidents.json",
    "/api/v2/incidents/unresolved.json", "/api/v2/scheduled-maintenances.json", "/status/levels.json",
    "/status/feed.atom", "/status/feed.json",
)  # fmt: skip
STATIC = ("/static/style.css", "/static/icon.svg")
_TRIES = 50
_CELL = re.compile(r'"/status/countries/([A-Z]{2})/(\w+)"')


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("status", help="write the public status as files", description=_ABOUT,
                            formatter_class=PLAIN)  # fmt: skip
    verb.add_argument("what", choices=["export"], metavar="export")
    verb.add_argument("folder", type=Path, metavar="DIR", help="where to write")
    verb.add_argument("--from", dest="source", default="http://127.0.0.1:8000", metavar="URL",
                      help="the service (default http://127.0.0.1:8000)")  # fmt: skip
    verb.add_argument("--live", default="", metavar="URL", help="where account pages are (default: that of --from)")
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Fetch everything, then write everything."""
    key = os.environ.get("CARTELLINO_KEY", "")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx.Client(base_url=chosen.source, timeout=30, headers=headers) as client:
            files = fetched(client, (chosen.live or chosen.source).rstrip("/"))
    except httpx.InvalidURL as error:
        raise BadArgument(f"`{chosen.source}` is no address: {error}") from None
    except (httpx.HTTPError, ValueError) as error:
        console().print(f"[red]the service does not answer[/] ({escape(str(error))}); what was exported stays")
        return 1
    written(chosen.folder, files)
    console().print(f"{len(files):,} files in {escape(str(chosen.folder))}")
    return 0


def fetched(client: httpx.Client, live: str) -> dict[str, bytes]:
    """Return every file by its path."""
    front = _get(client, "/status").text
    languages = re.findall(r'hreflang="([\w-]+)"', front)
    levels: dict[str, Any] = _get(client, "/status/levels.json").json()
    known = sorted({cell["country"] for cell in levels["cells"]})
    paths = list(_pages(front, known, list(levels["countries"])))
    files = {path: _get(client, path).content for path in (*JSON, *STATIC)}
    with progress("fetching", len(paths) * len(languages)) as advance:
        for number, (language, path) in enumerate((one, path) for one in languages for path in paths):
            advance(number, path)
            text = _get(client, path, {"language": language}).text
            root = "" if language == "en" else f"/{language}"
            files[f"{root}{path}/index.html"] = _still(text, root, live, set(known)).encode()
    return files


def _pages(front: str, known: list[str], countries: list[str]) -> Iterator[str]:
    features = list(dict.fromkeys(re.findall(r'"/status/features/(\w+)"', front)))
    yield from ("/status", "/status/incidents", "/status/orders")
    yield from sorted(set(re.findall(r'"(/status/incidents/\w+)"', front)))
    yield from (f"/status/features/{feature}" for feature in features)
    yield from (f"/status/countries/{country}" for country in countries)
    yield from (f"/status/countries/{country}/{feature}" for country in known for feature in features)


def _still(text: str, root: str, live: str, known: set[str]) -> str:
    """Return a page whose links lead to files, or to the service where they need it."""

    def cell(found: re.Match[str]) -> str:
        return found[0] if found[1] in known else f'"/status/features/{found[2]}"'

    text = re.sub(r'href="([^"?]*)\?language=([\w-]+)"',
                  lambda found: f'href="{"" if found[2] == "en" else "/" + found[2]}{found[1]}/"', text)  # fmt: skip
    text = _CELL.sub(cell, text)
    text = re.sub(r'href="/status(/(?:countries|features|incidents|orders)[^".?]*)?"',
                  lambda found: f'href="{root}/status{found[1] or ""}/"', text)  # fmt: skip
    text = re.sub(r'href="(/status/feed\.\w+)\?[^"]*"', r'href="\1"', text)
    return re.sub(r'href="(/account|/transparency|/senders|/status/subscribe)', rf'href="{live}\1', text)


def _get(client: httpx.Client, path: str, query: dict[str, str] | None = None,
         sleep: Callable[[float], None] = time.sleep) -> httpx.Response:  # fmt: skip
    """Fetch a page; wait if the service answers that there were too many requests."""
    for _ in range(_TRIES):
        answer = client.get(path, params=query or {})
        if answer.status_code != 429:
            return answer.raise_for_status()
        sleep(min(float(answer.headers.get("retry-after", "1")), 10.0))
    raise ValueError(f"{path} is refused again and again")


def written(folder: Path, files: dict[str, bytes]) -> None:
    """Write files, each whole or not at all, and remove those that are no longer among them."""
    wanted = set()
    for path, content in files.items():
        file = folder / path.lstrip("/")
        wanted.add(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f".{file.name}.new")
        beside.write_bytes(content)
        beside.replace(file)
    for file in sorted(folder.rglob("index.html")):
        if file not in wanted and "status" in file.relative_to(folder).parts:
            file.unlink()
