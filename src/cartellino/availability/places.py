"""The countries of ISO 3166-1, with Kosovo (XK), and the region and continent of each after the UN's M49.

>>> region_of("ID"), continent_of("ID"), is_country("UK")
('South-eastern Asia', 'Asia', False)
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

WORLD = "world"

_REGIONS = {
    "Africa": {
        "Northern Africa": "DZ EG EH LY MA SD TN",
        "Eastern Africa": "BI DJ ER ET IO KE KM MG MU MW MZ RE RW SC SO SS TF TZ UG YT ZM ZW",
        "Middle Africa": "AO CD CF CG CM GA GQ ST TD",
        "Southern Africa": "BW LS NA SZ ZA",
        "Western Africa": "BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG",
    },
    "Americas": {
        "Caribbean": "AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI",
        "Central America": "BZ CR GT HN MX NI PA SV",
        "South America": "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE",
        "Northern America": "BM CA GL PM US",
    },
    "Asia": {
        "Central Asia": "KG KZ TJ TM UZ",
        "Eastern Asia": "CN HK JP KP KR MN MO TW",
        "South-eastern Asia": "BN ID KH LA MM MY PH SG TH TL VN",
        "Southern Asia": "AF BD BT IN IR LK MV NP PK",
        "Western Asia": "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE",
    },
    "Europe": {
        "Eastern Europe": "BG BY CZ HU MD PL RO RU SK UA",
        "Northern Europe": "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ",
        "Southern Europe": "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA XK",
        "Western Europe": "AT BE CH DE FR LI LU MC NL",
    },
    "Oceania": {
        "Oceania": "AS AU CC CK CX FJ FM GU HM KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS",
        "Antarctica": "AQ",
    },
}

_REGION = {
    code: (region, continent)
    for continent, regions in _REGIONS.items()
    for region, codes in regions.items()
    for code in codes.split()
}
COUNTRIES = MappingProxyType({code: region for code, (region, _) in sorted(_REGION.items())})
"""Every country and its region."""


def is_country(code: str) -> bool:
    """Say whether a text is the code of a country."""
    return code in COUNTRIES


def region_of(country: str) -> str:
    """Return the region of a country."""
    return _REGION[country][0]


def continent_of(country: str) -> str:
    """Return the continent of a country."""
    return _REGION[country][1]


def continents(countries: Iterable[str]) -> set[str]:
    """Return the continents in which countries lie."""
    return {continent_of(country) for country in countries}


def place_name(countries: Iterable[str]) -> str:
    """Write some countries as one place.

    >>> place_name({"SG", "ID"})
    'ID,SG'
    """
    return ",".join(sorted(countries))
