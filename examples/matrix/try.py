"""Try it on your homeserver: an account invites strangers until it is limited, and a client's view is printed.

    python3 examples/matrix/try.py http://127.0.0.1:8008 SHARED_SECRET [LANGUAGE]
    python3 examples/matrix/try.py http://127.0.0.1:8008 SHARED_SECRET it --lift http://127.0.0.1:8000 TOKEN_FILE

It makes the accounts cartellino-try-... with `registration_shared_secret` of homeserver.yaml, and needs nothing but
Python. Cartellino and the module have to be there already. With --lift it then ends the limit, as a reviewer does, at
Cartellino's address and with the token of a reviewer, and goes on inviting.
"""

import argparse
import hmac
import json
import secrets
import time
import urllib.error
import urllib.request
from hashlib import sha1
from pathlib import Path
from typing import Any


def ask(method: str, path: str, body: object = None, token: str = "", url: str = "") -> tuple[int, dict[str, Any]]:
    """Ask the homeserver, or somebody else; return the status and what they say."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(
            urllib.request.Request((url or URL) + path, data, headers, method=method), timeout=30
        ) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def register(name: str) -> tuple[str, str]:
    """Make an account; return its id and an access token."""
    _, said = ask("GET", "/_synapse/admin/v1/register")
    password = secrets.token_urlsafe()
    mac = hmac.new(SECRET.encode(), "\0".join([said["nonce"], name, password, "notadmin"]).encode(), sha1).hexdigest()
    made = {"nonce": said["nonce"], "username": name, "password": password, "admin": False, "mac": mac}
    status, account = ask("POST", "/_synapse/admin/v1/register", made)
    if status != 200:
        raise SystemExit(f"the account could not be made: {account}")
    return account["user_id"], account["access_token"]


def slowly(method: str, path: str, body: object, token: str) -> tuple[int, dict[str, Any]]:
    """Ask as slowly as the homeserver's own limits want it."""
    while True:
        status, said = ask(method, path, body, token)
        if said.get("errcode") != "M_LIMIT_EXCEEDED":
            return status, said
        time.sleep(said.get("retry_after_ms", 1_000) / 1_000)


def limited(room: str, token: str, run: str) -> str:
    """Invite strangers until it is refused; return the id of the sanction."""
    for number in range(60):
        stranger, _ = register(f"cartellino-try-{run}-{number}")
        path = f"/_matrix/client/v3/rooms/{room}/invite"
        status, said = slowly("POST", path, {"user_id": stranger}, token)
        if status == 403:
            about = said.get("org.cartellino.refusal", {})
            print(f"\nrefused after {number} strangers. A client is shown:\n\n  {said['error']}\n")
            print("and finds as data:\n", json.dumps(about, indent=2, ensure_ascii=False))
            return str(about.get("sanction_id", ""))
        if status != 200:
            raise SystemExit(f"the homeserver answered {status}: {said}")
        print(".", end="", flush=True)
        time.sleep(0.3)
    raise SystemExit("nothing was refused; look at /_synapse/client/cartellino/status")


def notice(sender: str, token: str) -> str:
    """Return the server notice that the account has, as soon as it is there."""
    begun = time.monotonic()
    while time.monotonic() - begun < 60:
        _, synced = ask("GET", "/_matrix/client/v3/sync", token=token)
        for room in synced.get("rooms", {}).get("join", {}).values():
            for event in room["timeline"]["events"]:
                if event["type"] == "m.room.message" and event["sender"] != sender:
                    return f"A notice of the server is there as well:\n\n  {event['content'].get('body')}\n"
        time.sleep(1)
    return "There is no notice of the server: look at the log of `cartellino matrix run`, and at server_notices."


def lift(sanction: str, room: str, token: str, run: str) -> None:
    """End the limit as a reviewer does, and invite somebody again."""
    url, file = CHOSEN.lift
    reviewer = Path(file).read_text().strip()
    asked = {"reason": "It was only tried."}
    status, said = ask("POST", f"/v1/sanctions/{sanction}/lift", asked, reviewer, url.rstrip("/"))
    if status not in (200, 201):
        raise SystemExit(f"Cartellino answered {status}: {said}")
    begun = time.monotonic()
    stranger, _ = register(f"cartellino-try-{run}-last")
    while time.monotonic() - begun < 60:
        path = f"/_matrix/client/v3/rooms/{room}/invite"
        status, _ = slowly("POST", path, {"user_id": stranger}, token)
        if status == 200:
            print(f"The limit was lifted, and after {time.monotonic() - begun:.1f} s inviting works again.")
            return
        time.sleep(0.2)
    raise SystemExit("the limit was lifted, but inviting is still refused after a minute")


def main() -> None:
    """Go through it once."""
    run = secrets.token_hex(3)
    sender, token = register(f"cartellino-try-{run}")
    friend, friends_token = register(f"cartellino-try-{run}-friend")
    language = {"language": CHOSEN.language}
    ask("PUT", f"/_matrix/client/v3/user/{sender}/account_data/org.cartellino.language", language, token)
    create = "/_matrix/client/v3/createRoom"
    chat = {"preset": "trusted_private_chat", "is_direct": True, "invite": [friend]}
    _, made = slowly("POST", create, chat, token)
    ask("POST", f"/_matrix/client/v3/join/{made['room_id']}", {}, friends_token)
    # One room for all strangers: Synapse lets nobody make more than ten rooms in ten minutes.
    _, group = slowly("POST", create, {"preset": "private_chat", "name": "Offers"}, token)
    print(f"{sender} talks with a friend, and invites strangers to a room; Synapse's own limits make it a minute ...")
    sanction = limited(group["room_id"], token, run)
    path = f"/_matrix/client/v3/rooms/{made['room_id']}/send/m.room.message/{run}"
    status, _ = slowly("PUT", path, {"msgtype": "m.text", "body": "I can still write to you."}, token)
    print("The chat with the friend goes on." if status == 200 else f"The chat with the friend fails: {status}")
    print(notice(sender, token))
    if CHOSEN.lift:
        lift(sanction, group["room_id"], token, run)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("homeserver", help="its address")
parser.add_argument("secret", help="registration_shared_secret")
parser.add_argument("language", nargs="?", default="en", help="en, it or id")
parser.add_argument("--lift", nargs=2, metavar=("CARTELLINO", "TOKEN_FILE"), help="end the limit afterwards")
CHOSEN = parser.parse_args()
URL, SECRET = CHOSEN.homeserver.rstrip("/"), CHOSEN.secret
main()
