"""Try it on your homeserver: an account invites strangers until it is limited, and a client's view is printed.

    python examples/matrix/try.py http://127.0.0.1:8008 SHARED_SECRET [LANGUAGE]

It makes the accounts cartellino-try-... with `registration_shared_secret` of homeserver.yaml, and needs nothing but
Python. It runs against the homeserver alone: Cartellino and the module have to be there already.
"""

import hmac
import json
import secrets
import sys
import time
import urllib.error
import urllib.request
from hashlib import sha1
from typing import Any


def ask(method: str, path: str, body: object = None, token: str = "") -> tuple[int, dict[str, Any]]:
    """Ask the homeserver; return the status and what it says."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(
            urllib.request.Request(URL + path, data, headers, method=method), timeout=30
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


def main() -> None:
    """Invite strangers until it is refused."""
    run = secrets.token_hex(3)
    sender, token = register(f"cartellino-try-{run}")
    friend, friends_token = register(f"cartellino-try-{run}-friend")
    ask("PUT", f"/_matrix/client/v3/user/{sender}/account_data/org.cartellino.language", {"language": LANGUAGE}, token)
    create = "/_matrix/client/v3/createRoom"
    chat = {"preset": "trusted_private_chat", "is_direct": True, "invite": [friend]}
    _, made = slowly("POST", create, chat, token)
    ask("POST", f"/_matrix/client/v3/join/{made['room_id']}", {}, friends_token)
    # One room for all strangers: Synapse lets nobody make more than ten rooms in ten minutes.
    _, group = slowly("POST", create, {"preset": "private_chat", "name": "Offers"}, token)
    print(f"{sender} talks with a friend, and invites strangers to a room; Synapse's own limits make it a minute ...")
    for number in range(60):
        stranger, _ = register(f"cartellino-try-{run}-{number}")
        path = f"/_matrix/client/v3/rooms/{group['room_id']}/invite"
        status, said = slowly("POST", path, {"user_id": stranger}, token)
        if status == 403:
            print(f"\nrefused after {number} strangers. A client is shown:\n\n  {said['error']}\n")
            print("and finds as data:\n", json.dumps(said.get("org.cartellino.refusal"), indent=2, ensure_ascii=False))
            break
        if status != 200:
            raise SystemExit(f"the homeserver answered {status}: {said}")
        print(".", end="", flush=True)
        time.sleep(0.3)
    else:
        raise SystemExit("nothing was refused; look at /_synapse/client/cartellino/status")
    path = f"/_matrix/client/v3/rooms/{made['room_id']}/send/m.room.message/{run}"
    status, _ = ask("PUT", path, {"msgtype": "m.text", "body": "I can still write to you."}, token)
    print("The chat with the friend goes on." if status == 200 else f"The chat with the friend fails: {status}")


if len(sys.argv) < 3:
    raise SystemExit(__doc__)
URL, SECRET, LANGUAGE = sys.argv[1].rstrip("/"), sys.argv[2], (sys.argv[3:] or ["en"])[0]
main()
