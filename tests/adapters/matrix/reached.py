"""A town that other homeservers reach, with a policy server."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import yaml
from tests.adapters.matrix.front import NO_CHECKS, Front
from tests.adapters.matrix.town import Town
from tests.api.process import free_port

BRIDGE = "token-of-the-bridge"
"""The token of the application service, whose accounts are called _irc_..."""


def bridge(folder: Path) -> dict[str, Any]:
    """Return settings of Synapse for an application service, and for guests."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bridge.yaml").write_text(
        yaml.safe_dump({
            "id": "irc", "url": None, "as_token": BRIDGE, "hs_token": "other", "sender_localpart": "_irc",
            "namespaces": {"users": [{"regex": "@_irc_.*", "exclusive": True}], "rooms": [], "aliases": []},
        })
    )  # fmt: skip
    return {"app_service_config_files": [str(folder / "bridge.yaml")], "allow_guest_access": True}


class ReachedTown(Town):
    """A homeserver under Cartellino behind a reverse proxy with TLS."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.front = Front(folder / "front")
        self.policy_url = f"http://127.0.0.1:{free_port()}"
        key = folder / "policy.key"
        key.write_bytes(b64encode(os.urandom(32)))
        policy = {"listen": self.policy_url.removeprefix("http://"), "name": self.front.name, "key_file": str(key)}
        super().__init__(folder, self.front.name, {"policy_server": policy}, **NO_CHECKS, **bridge(folder))
        self.front.lead("/", self.home.url)
        self.front.lead("/_matrix/policy/", self.policy_url)

    def stop(self) -> None:
        super().stop()
        self.front.stop()

    def public_key(self) -> str:
        """Return the public key of the policy server, empty while nobody answers."""
        try:
            answer = httpx.get(f"{self.policy_url}/.well-known/matrix/policy_server")
        except httpx.TransportError:
            return ""
        return str(answer.json()["public_keys"]["ed25519"])
