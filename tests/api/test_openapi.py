"""The description of the interface: it is complete, and whatever fits it is answered without a fault of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.api.app import ROUTES


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with something in it, for all examples."""
    time = Time()
    service = begun(settings_for(tmp_path_factory.mktemp("api") / "data", key_rate=10_000_000), time)
    try:
        with client_of(service) as client:
            world = World(service, client, time)
            world.breaks("a")
            yield world
    finally:
        service.stop()


PARTS = 4
"""The routes are tried in so many parts, so that all workers of the tests have some."""


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_that_is_sent_is_a_fault_of_ours(many: World, part: int) -> None:
    described = many.client.get("/openapi.json").json()
    del described["paths"]["/v1/stream"]  # it does not end
    found = list(schemathesis.openapi.from_dict(described).get_all_operations())
    for operation in found[part::PARTS]:
        assert isinstance(operation, Ok), operation
        _try(many, operation.ok())


def _try(many: World, operation: Any) -> None:  # noqa: ANN401
    @given(operation.as_strategy())
    @settings(
        max_examples=5, deadline=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck), derandomize=True, database=None,
    )  # fmt: skip
    def every(case: Any) -> None:  # noqa: ANN401
        for caller in (many.people["admin"], many.key, many.holder("a")):
            _answered(many, case, caller.headers)

    every()


def _answered(many: World, case: Any, headers: dict[str, str]) -> None:  # noqa: ANN401
    arguments = case.as_transport_kwargs(base_url="http://testserver.local")
    arguments["headers"] = {**dict(arguments.get("headers") or {}), **headers}
    arguments.pop("cookies", None)
    if arguments["method"] == "DELETE" and arguments["url"].endswith("/v1/session"):
        return
    answer = many.client.request(**arguments)
    assert answer.status_code < 500, (arguments, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        assert answer.json()["code"]
        assert answer.json()["detail"]


def test_every_route_is_described(many: World) -> None:
    paths = many.client.get("/openapi.json").json()["paths"]
    hidden = {"/openapi.json"}
    expected = {path.replace(":str}", "}").replace(":int}", "}") for one in ROUTES for path in one.paths} - hidden
    assert expected == set(paths)
