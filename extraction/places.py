"""Places a contract may name, with their time zone and the code of their public holidays.

A table of countries, states and cities of commerce; a place missing here leaves the zone or the region
unknown, which the reader then says. Codes are ISO 3166-1 or 3166-2, zones are IANA names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from extraction import patterns


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    zone: str
    region: str
    start: int = 0
    end: int = 0


_TABLE = """
Europe/Berlin DE: Germany, Deutschland, German, Federal Republic of Germany
Europe/Berlin DE-BY: Bavaria, Bavarian, Bayern, Munich, München, Nuremberg, Nürnberg, Augsburg
Europe/Berlin DE-BW: Baden-Württemberg, Baden-Wuerttemberg, Stuttgart
Europe/Berlin DE-BW: Mannheim, Karlsruhe, Heidelberg, Walldorf
Europe/Berlin DE-BE: Berlin
Europe/Berlin DE-BB: Brandenburg, Potsdam
Europe/Berlin DE-HB: Bremen
Europe/Berlin DE-HH: Hamburg
Europe/Berlin DE-HE: Hesse, Hessen, Frankfurt, Frankfurt am Main, Wiesbaden, Darmstadt
Europe/Berlin DE-MV: Mecklenburg-Vorpommern, Rostock, Schwerin
Europe/Berlin DE-NI: Lower Saxony, Niedersachsen, Hanover, Hannover, Wolfsburg
Europe/Berlin DE-NW: North Rhine-Westphalia, Nordrhein-Westfalen, Düsseldorf, Dusseldorf
Europe/Berlin DE-NW: Cologne, Köln, Bonn, Essen, Dortmund
Europe/Berlin DE-RP: Rhineland-Palatinate, Rheinland-Pfalz, Mainz, Ludwigshafen
Europe/Berlin DE-SL: Saarland, Saarbrücken
Europe/Berlin DE-SN: Saxony, Sachsen, Dresden, Leipzig
Europe/Berlin DE-ST: Saxony-Anhalt, Sachsen-Anhalt, Magdeburg
Europe/Berlin DE-SH: Schleswig-Holstein, Kiel, Lübeck
Europe/Berlin DE-TH: Thuringia, Thüringen, Erfurt, Jena
Europe/Vienna AT: Austria, Vienna, Wien, Graz, Linz, Salzburg
Europe/Zurich CH: Switzerland, Swiss, Bern
Europe/Zurich CH-ZH: Zurich, Zürich
Europe/Zurich CH-GE: Geneva
Europe/Zurich CH-BS: Basel
Europe/London GB-ENG: England, England and Wales, English, London
Europe/London GB-ENG: Manchester, Birmingham, Leeds, Bristol, Reading
Europe/London GB-WLS: Wales, Cardiff
Europe/London GB-SCT: Scotland, Edinburgh, Glasgow
Europe/London GB-NIR: Northern Ireland, Belfast
Europe/London GB: United Kingdom, UK, U.K., Great Britain
Europe/Dublin IE: Ireland, Irish, Dublin, Cork
Europe/Paris FR: France, French, Paris, Lyon, Marseille
Europe/Brussels BE: Belgium, Brussels, Antwerp
Europe/Amsterdam NL: Netherlands, The Netherlands, Dutch, Amsterdam, Rotterdam, Eindhoven
Europe/Luxembourg LU: Luxembourg
Europe/Stockholm SE: Sweden, Swedish, Stockholm, Gothenburg, Malmö
Europe/Oslo NO: Norway, Norwegian, Oslo
Europe/Copenhagen DK: Denmark, Danish, Copenhagen
Europe/Helsinki FI: Finland, Finnish, Helsinki, Espoo
Europe/Warsaw PL: Poland, Polish, Warsaw, Gdansk, Gdańsk, Krakow, Wroclaw, Poznan
Europe/Prague CZ: Czech Republic, Czechia, Prague
Europe/Bratislava SK: Slovakia, Slovak Republic, Bratislava
Europe/Budapest HU: Hungary, Budapest
Europe/Bucharest RO: Romania, Bucharest
Europe/Sofia BG: Bulgaria, Sofia
Europe/Athens GR: Greece, Athens
Europe/Rome IT: Italy, Italian, Rome
Europe/Rome IT-MI: Milan
Europe/Madrid ES: Spain, Spanish
Europe/Madrid ES-MD: Madrid
Europe/Madrid ES-CT: Barcelona
Europe/Lisbon PT: Portugal, Lisbon
Europe/Tallinn EE: Estonia, Tallinn
Europe/Riga LV: Latvia, Riga
Europe/Vilnius LT: Lithuania, Vilnius
Europe/Istanbul TR: Turkey, Istanbul
Asia/Jerusalem IL: Israel, Tel Aviv
Asia/Dubai AE: United Arab Emirates, Dubai
Asia/Kolkata IN: India, Mumbai, Bangalore, New Delhi
Asia/Shanghai CN: China, People's Republic of China, PRC, Shanghai, Beijing, Shenzhen
Asia/Hong_Kong HK: Hong Kong
Asia/Taipei TW: Taiwan, Taipei
Asia/Tokyo JP: Japan, Tokyo
Asia/Seoul KR: Korea, South Korea, Seoul
Asia/Singapore SG: Singapore
Australia/Sydney AU-NSW: New South Wales, Sydney
Australia/Melbourne AU-VIC: Melbourne, Victoria Australia
Pacific/Auckland NZ: New Zealand, Auckland
Africa/Johannesburg ZA: South Africa, Johannesburg, Cape Town, Pretoria
America/Toronto CA-ON: Ontario, Toronto, Ottawa
America/Toronto CA-QC: Quebec, Québec, Montreal
America/Vancouver CA-BC: British Columbia, Vancouver
America/Edmonton CA-AB: Alberta, Calgary, Edmonton
America/Sao_Paulo BR: Brazil, São Paulo, Sao Paulo
America/Mexico_City MX: Mexico
America/New_York US: United States, U.S., US, USA
America/New_York US: United States of America, federal, U.S. federal, US federal, American
America/New_York US-NY: New York, New York City, Manhattan
America/New_York US-NJ: New Jersey
America/New_York US-MA: Massachusetts, Boston
America/New_York US-CT: Connecticut
America/New_York US-PA: Pennsylvania, Philadelphia, Pittsburgh
America/New_York US-DE: Delaware, Wilmington
America/New_York US-MD: Maryland, Baltimore
America/New_York US-DC: District of Columbia, Washington D.C.
America/New_York US-VA: Virginia
America/New_York US-NC: North Carolina, Charlotte
America/New_York US-SC: South Carolina
America/New_York US-GA: Georgia, Atlanta
America/New_York US-FL: Florida, Miami
America/New_York US-OH: Ohio
America/New_York US-NH: New Hampshire
America/New_York US-VT: Vermont
America/New_York US-ME: Maine
America/New_York US-RI: Rhode Island
America/Detroit US-MI: Michigan, Detroit
America/Indiana/Indianapolis US-IN: Indiana, Indianapolis
America/Chicago US-IL: Illinois, Chicago
America/Chicago US-WI: Wisconsin
America/Chicago US-MN: Minnesota, Minneapolis
America/Chicago US-MO: Missouri
America/Chicago US-IA: Iowa
America/Chicago US-TN: Tennessee
America/Chicago US-AL: Alabama
America/Chicago US-LA: Louisiana
America/Chicago US-OK: Oklahoma
America/Chicago US-TX: Texas, Dallas, Houston, Austin
America/Chicago US-NE: Nebraska
America/Chicago US-KS: Kansas
America/Denver US-CO: Colorado, Denver
America/Denver US-UT: Utah
America/Phoenix US-AZ: Arizona, Phoenix
America/Los_Angeles US-CA: California, San Francisco, Los Angeles, San Diego, Santa Clara
America/Los_Angeles US-WA: Washington State, State of Washington, Seattle
America/Los_Angeles US-OR: Oregon
America/Los_Angeles US-NV: Nevada, Las Vegas
"""

_ZONE_NAMES = {
    "CET": "Europe/Berlin", "CEST": "Europe/Berlin", "CET/CEST": "Europe/Berlin",
    "MEZ": "Europe/Berlin", "central european time": "Europe/Berlin", "central european": "Europe/Berlin",
    "GMT": "Europe/London", "BST": "Europe/London", "greenwich mean time": "Europe/London",
    "WET": "Europe/Lisbon",
    "EET": "Europe/Helsinki", "UTC": "UTC", "coordinated universal time": "UTC",
    "eastern": "America/New_York", "eastern time": "America/New_York", "ET": "America/New_York",
    "EST": "America/New_York", "EDT": "America/New_York", "eastern standard time": "America/New_York",
    "CT": "America/Chicago", "CST": "America/Chicago", "CDT": "America/Chicago",
    "central time": "America/Chicago",
    "central standard time": "America/Chicago", "MT": "America/Denver", "MST": "America/Denver",
    "mountain time": "America/Denver", "mountain standard time": "America/Denver",
    "PT": "America/Los_Angeles",
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "pacific time": "America/Los_Angeles",
    "pacific standard time": "America/Los_Angeles", "JST": "Asia/Tokyo", "IST": "Asia/Kolkata",
}  # fmt: skip
_IANA = re.compile(
    r"\b(?:Europe|America|Asia|Africa|Australia|Pacific|Atlantic)/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?\b"
    r"|\bUTC\b"
)
_CAPITAL_ONLY = re.compile(
    r"\b(?P<short>CET/CEST|CEST|CET|MEZ|GMT|BST|WET|EET|UTC|EST|EDT|ET|CST|CDT|CT|MST|MT|PST|PDT|PT|JST"
    r"|IST)\b"
)
_LONG_ZONE = re.compile(
    r"\b(?P<long>central european(?: summer| standard)?(?: time)?|greenwich mean time"
    r"|coordinated universal time|"
    r"(?:u\.?s\.? )?(?:eastern|central|mountain|pacific)(?: standard| daylight)?(?: time)?)\b",
    re.IGNORECASE,
)


@cache
def _places() -> dict[str, tuple[str, str]]:
    known: dict[str, tuple[str, str]] = {}
    for line in _TABLE.strip().splitlines():
        head, names = line.split(": ", 1)
        zone, region = head.split(" ")
        for name in names.split(", "):
            known[name] = (zone, region)
    return known


@cache
def _pattern() -> re.Pattern[str]:
    names = sorted(_places(), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(re.escape(name) for name in names) + r")(?!\w)")


def places(text: str) -> Iterator[Place]:
    """Every place the text names, longest name first, in order."""
    for match in _pattern().finditer(text):
        zone, region = _places()[match.group()]
        yield Place(match.group(), zone, region, match.start(), match.end())


def _exists(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


_LONG_WORDS = ("european", "greenwich", "coordinated", "eastern", "central", "mountain", "pacific")
_OF_TIME = re.compile(r"\b(?:local |'s )?time\b|\bhours?\b", re.IGNORECASE)
"""Without such a word a place says nothing of a zone; most sentences have none."""


@lru_cache(maxsize=4096)
def zone_in(text: str) -> str | None:
    """The time zone the text states: an IANA name, a zone's abbreviation, or "Munich time"."""
    iana = _IANA.finditer(text) if "/" in text or "UTC" in text else ()
    named = next((m.group() for m in iana if _exists(m.group())), None)
    if named is not None:
        return named
    if match := _CAPITAL_ONLY.search(text):
        return _ZONE_NAMES[match["short"]]
    for place in places(text) if _OF_TIME.search(text) else ():
        if patterns.match(r"(?:'s)?\s(?:local\s)?time\b", text[place.end : place.end + 16]):
            return place.zone
        if patterns.search(
            r"\b(?:time|hours?) (?:in|at|of) (?:the )?(?:city of )?$",
            text[: place.start][-24:],
        ):
            return place.zone
    lower = text.lower()
    if not any(word in lower for word in _LONG_WORDS):
        return None
    for match in _LONG_ZONE.finditer(text):
        said = (
            re.sub(r"^u\.?s\.? ", "", match["long"].lower())
            .replace(" daylight", " standard")
            .replace(" summer", "")
        )
        said = said.replace(" standard", "") if said.startswith("central european") else said
        if said in _ZONE_NAMES and (" " in said or said == "eastern"):
            return _ZONE_NAMES[said]
    return None


def holiday_region_in(text: str) -> Place | None:
    """The place whose public holidays are meant; the most exact one wins over its country."""
    found = list(places(_IANA.sub(" ", text)))
    return max(found, key=lambda place: len(place.region)) if found else None
