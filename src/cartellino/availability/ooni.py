"""A measurement of OONI's WhatsApp test (ts-018) as rows of probes, one a port and one a server.

The test's own sentence "blocked" is not taken over: it says so when web *or* registration fails, also in an outage
of everything (2021-10-04), and of the chat endpoints when one port is refused everywhere (January 2026). It looks
neither at media nor at calls, so it says nothing of those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cartellino.availability.rows import Probe, Refused, country_of
from cartellino.events.columns import Column
from cartellino.events.validation import Fault, read_value, shown

_TIME = Column("measurement_start_time", "instant", "")
_PORTS = (443, 5222)


_MARKS = frozenset({"test_name", "probe_cc", "probe_asn", "measurement_uid", "measurement_start_time", "report_id",
                    "software_name"})  # fmt: skip
"""Columns of a measurement that no other row has."""


def is_measurement(held: Mapping[str, object]) -> bool:
    """Say whether a line was meant to be a measurement, be it a broken one."""
    return "test_keys" in held or len(_MARKS & held.keys()) >= 2


def read_measurement(held: Mapping[str, object]) -> tuple[Probe, ...] | Refused:
    """Read one measurement; it is refused whole where it is not one of the test, or says nothing."""
    name, keys = held.get("test_name", "whatsapp"), held.get("test_keys")
    if name != "whatsapp":
        return Refused((Fault("wrong-type", "test_name", "`whatsapp`: no other test of OONI is read", shown(name)),))
    country = country_of(held.get("probe_cc"))
    time = read_value(_TIME, held.get("measurement_start_time", held.get("time")))
    results = None
    if not isinstance(keys, Mapping):
        code, got = ("missing", "nothing") if keys is None else ("wrong-type", shown(keys))
        results = Fault(code, "test_keys", "an object with what the test has measured", got)
    if faults := tuple(one for one in (country, time, results) if isinstance(one, Fault)):
        return Refused(tuple(_absent(held, one) for one in faults))
    assert isinstance(keys, Mapping)
    network = held.get("probe_asn")
    name = held.get("measurement_uid") or held.get("id") or f"{held.get('report_id')}/{time}/{country}/{network}"
    found = tuple(
        Probe(id=f"{name}/{target}"[:512], time=int(str(time)), country=str(country), feature=feature, target=target,
              ok=ok, network=network if isinstance(network, str) else None, failure=failure)
        for feature, target, ok, failure in _results(keys)
    )  # fmt: skip
    return found or Refused((Fault("missing", "test_keys", _WANTED, f"none; it has {_named(keys)}"),))


_WANTED = ("`ok` or `blocked` in `whatsapp_endpoints_status`, `registration_server_status` or `whatsapp_web_status`, "
           "or connections to port 443 or 5222 in `tcp_connect`")  # fmt: skip
_COLUMNS = {"country": "probe_cc", "time": "measurement_start_time"}


def _absent(held: Mapping[str, object], fault: Fault) -> Fault:
    """Return a fault under the name that the column has in a measurement, as missing where it is."""
    name = _COLUMNS.get(fault.column, fault.column)
    code, got = ("missing", "nothing") if held.get(name) is None else (fault.code, fault.got)
    return Fault(code, name, fault.expected, got)


def _named(keys: Mapping[str, object]) -> str:
    return shown(", ".join(sorted(map(str, keys)))) if keys else "nothing"


_Result = tuple[str, str, bool, str | None]
"""Feature, target, whether it worked, and the failure."""


def _results(keys: Mapping[str, object]) -> Iterator[_Result]:
    ports = list(_ports(keys.get("tcp_connect")))
    status = keys.get("whatsapp_endpoints_status")
    if ports:
        yield from ports
    elif status in ("ok", "blocked"):
        yield "sending", "endpoints", status == "ok", None if status == "ok" else "blocked"
    yield from _server(keys, "registration", "registration_server", "v.whatsapp.net:443")
    yield from _server(keys, "sign_in", "whatsapp_web", "web.whatsapp.com:443")


def _server(keys: Mapping[str, object], feature: str, name: str, target: str) -> Iterator[_Result]:
    status, failure = keys.get(f"{name}_status"), keys.get(f"{name}_failure")
    if status in ("ok", "blocked"):
        yield feature, target, status == "ok", failure if isinstance(failure, str) and status != "ok" else None


def _ports(connects: object) -> Iterator[_Result]:
    """Yield a result for each port of the chat endpoints: it works where any endpoint takes a connection on it."""
    tried: dict[int, dict[str, str | None]] = {port: {} for port in _PORTS}
    for one in connects if isinstance(connects, list) else []:
        if not isinstance(one, Mapping) or one.get("port") not in _PORTS:
            continue
        status = one.get("status")
        works = isinstance(status, Mapping) and status.get("success") is True
        failure = status.get("failure") if isinstance(status, Mapping) else None
        tried[one["port"]][str(one.get("ip"))] = None if works else str(failure or "failed")
    chat = tried[5222].keys()  # other servers of the test answer on 443, too
    for port in _PORTS:
        found = [failure for address, failure in tried[port].items() if address in chat]
        if found:
            works = None in found
            yield "sending", f"endpoints:{port}", works, None if works else found[0]
