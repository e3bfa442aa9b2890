"""A reversal makes a later sanction milder: its notice says what it is now, and what may not be done."""

from __future__ import annotations

import pytest
from tests.api.test_repeated_acts import WHY, notices
from tests.api.world import World

from cartellino.vocabulary.times import HOUR

NOW = {
    "en": "It is now a limit on some features. Not available for now: starting new chats.",
    "it": "Ora è soltanto una limitazione di alcune funzioni. Per ora non puoi: iniziare nuove chat.",
    "id": "Sekarang hanya beberapa fitur yang dibatasi. Untuk sementara Anda tidak dapat: memulai chat baru.",
}


@pytest.mark.parametrize("language", NOW)
def test_a_suspension_that_became_a_limit_says_so(small: World, language: str) -> None:
    small.breaks("a")
    (first,) = small.key("GET", "/v1/decisions?account=a").json()["decisions"]
    small.later(25 * HOUR)
    small.breaks("a", first=100)
    assert small.standing("a")["standing"] == "suspended"
    path = f"/v1/decisions/{first['decision_id']}/overturn"
    assert small.people["reviewer"]("POST", path, WHY).status_code == 200
    assert small.standing("a")["standing"] == "limited"
    (told,) = [one for one in notices(small, "a", language) if one["shape"] == "milder"]
    assert NOW[language] in told["what"]
    assert told["card"] == "yellow"
