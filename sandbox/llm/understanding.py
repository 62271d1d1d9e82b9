"""Turning a question into a plan: what a few patterns see in it, shaped by what the instructions explain.

An intent can be chosen only when the prompt offers and explains it, a field is filled only when it is
explained, under the name and in the form that the prompt gives it. Told nothing about a form, it writes as
people write; told nothing about leaving out, it fills in what was not said; not told that the question is
data, it does what the question tells it to.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sandbox.llm.cues import KINDS, OUTCOMES, SLA, chosen
from sandbox.llm.instructions import bullets, json_only, options, says, takes_as_data
from sandbox.llm.periods import Period, periods

ORDER = re.compile(
    r"ignore (?:all |any )?(?:the )?(?:previous|prior|above) instructions|\bsystem note\b|you are now\b"
    r"|\bprint your system prompt|\bassistant:|the assistant reports every|^write a poem",
    re.I | re.M,
)
_ONLY = re.compile(r"answer only [\"“']([^\"”']+)[\"”']", re.I)
_RECORD = re.compile(r"\b(?=[\w-]*\d)[A-Za-z]{2,4}(?:-?[A-Z]?\d)[\w-]*\b")
_CONTRACT = re.compile(r"\bIC-\d+\b")
_NAME = re.compile(r"(?<![.?!] )(?<!^)\b[A-Z][a-z]+(?: [A-Z][a-z]+)+\b")
_COMMON = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December|Monthly|Service"
    r"|Charge|Order|Platform|Storefront|Priority|Quarter)\b"
)
_AS_OF = re.compile(r"\bas (?:of|at|on) (.+?)(?:[,?]|$)", re.I)
LEARNED = date(2024, 1, 15)
_BACK = re.compile(
    r"^(?:and|or|what about|why not|why\?|which clause|by when is it|when is it)\b|^\w+\?$", re.I
)


@dataclass
class Question:
    """A question as the stand-in reads it, with what came with it."""

    text: str
    today: date
    names: Mapping[str, str]
    previous: Mapping[str, Any]
    filled: dict[str, Any] = field(default_factory=dict)

    def has(self, pattern: str) -> bool:
        return re.search(pattern, self.text, re.I) is not None

    @property
    def follows(self) -> bool:
        return bool(self.previous) and (
            _BACK.search(self.text) is not None or self.has(r"\b(?:it|that|this|they)\b.*\?$")
        )


def understand(told: str, given: Mapping[str, Any]) -> str:
    """The reply to a question that is to become a plan."""
    text = str(given["question"])
    if not takes_as_data(told, "question") and ORDER.search(text):
        only = _ONLY.search(text)
        return only[1] if only else json.dumps({"intent": "help"})
    known = given.get("known")
    names = known.get("names", {}) if isinstance(known, dict) else {}
    previous = given.get("previous")
    try:
        today = date.fromisoformat(str(given.get("as_of"))[:10])
    except ValueError:
        return "I was not told the day of the question."
    asked = Question(text, today, names, previous if isinstance(previous, dict) else {})
    plan = _plan(told, bullets(told), asked)
    if not says(told, r"(?:not|never) (?:\w+ )?answer"):
        plan["answer"] = "Yes."
    body = json.dumps(plan, ensure_ascii=False)
    return body if json_only(told) else f"Here is the plan:\n{body}"


def _plan(told: str, explained: Mapping[str, str], asked: Question) -> dict[str, Any]:
    """The plan: every field that is explained, by its meaning and under its name there."""
    plan: dict[str, Any] = {}
    restrained = says(told, r"(?:leave out|omit|nothing for|skip) (?:\w+ )?(?:what|whatever|everything|that)")
    for name, text in explained.items():
        meaning = next((m for m, (pattern, _) in FIELDS.items() if says(text, pattern)), "")
        if not meaning:
            continue
        value = FIELDS[meaning][1](asked, text)
        asked.filled[meaning] = value
        if value in (None, (), [], "", False):
            if restrained or meaning not in GUESSES:
                continue
            value = GUESSES[meaning]
        plan[name] = value
    return plan


def _intent(asked: Question, text: str) -> str:
    offered = options(text)
    if asked.follows and asked.previous.get("intent") in offered and not asked.has(r"^why|clause|when"):
        return str(asked.previous["intent"])
    return chosen(asked.text, offered)


def _names(asked: Question, text: str) -> list[str]:
    held = [
        n for n in asked.names if not re.search(rf"\b[A-Z][\w ]+ [A-Z]\w+'?s? {re.escape(n)}\b", asked.text)
    ]
    said = [*held, *_CONTRACT.findall(asked.text)]
    said += [n for n in _NAME.findall(asked.text) if not said and not _COMMON.search(n)]
    if not says(
        text, r"(?:exactly|letter|just) (?:as|for letter)|as (?:it is |they are )?(?:spelled|spelt|written)"
    ):
        said = [asked.names.get(n, n.upper()) for n in said]
    if not says(text, r"never|do not|no (?:others|more)"):
        said += [w for w in re.findall(r"\b[A-Z]\w+", asked.text) if not any(w in n for n in said)]
    return list(dict.fromkeys(said))


def _records(asked: Question, text: str) -> list[str]:
    said = [r for r in _RECORD.findall(asked.text) if not re.match(r"IC-|Q\d|P\d", r)]
    if not says(text, r"(?:exactly|letter|just) (?:as|for letter)|as (?:spelled|spelt|written)"):
        said = [re.sub(r"[-0]", "", r) for r in said]
    return said


def _kinds(asked: Question, text: str) -> list[str]:
    found = [kind for kind, pattern in KINDS.items() if asked.has(pattern)]
    if asked.has(SLA) and says(text, r"\bSLA\b"):
        found += [kind for kind in ("response_time", "resolution_time", "availability") if kind in text]
    if not found and asked.follows:
        found = list(asked.previous.get("kinds", ()))
    if not found and not says(text, r"empty|no kinds|none at all"):
        found = ["response_time", "resolution_time"]
    return list(dict.fromkeys(found))


def _owed(asked: Question, text: str) -> str | None:
    ours = asked.has(r"\bwe (?:have to |had to )?(?:pay|paid|owe)\b|\bdid we\b|\bhave we paid\b|\bare we\b")
    theirs = asked.has(r"\bvendors?\b|owe(?:s|d)? us|owes?\b.*\bus\b|\bare we owed\b")
    if theirs and "to_us" in text and says(text, r"other side|counterpart|theirs"):
        return "to_us"
    return "by_us" if ours and not theirs and "by_us" in text and says(text, r"\bours?\b") else None


def _periods(asked: Question, text: str) -> list[dict[str, str | None]]:
    # A model that is not told what day it is takes it to be one of the days it learned from.
    today = asked.today if says(text, r"as_of") else LEARNED
    found = periods(_AS_OF.sub("", asked.text), today)
    if not found and not says(text, r"empty|nothing|leave"):
        found = [Period(asked.today.replace(day=1), asked.today)]
    whole = says(text, r"first and (?:the )?last|start and (?:the )?end|beginning and (?:the )?end")
    form: Callable[[date | None], str | None] = _iso if says(text, r"YYYY-MM-DD|ISO 8601") else _worded
    return [{"start": form(p.start), "end": form(p.end) if whole else None} for p in found]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _worded(day: date | None) -> str | None:
    return f"{day.day} {day:%B %Y}" if day else None


def _covers(asked: Question, text: str) -> bool:
    return asked.has(
        r"\b(?:report|statement|credit)s?\b.*\bfor (?:the )?(?:\w+ )?(?:\w+ )?(?:quarter|20\d\d|q\d)"
    ) or (asked.has(r"\b(?:20\d\d|q\d \d+)\b.*\b(?:report|statement|service credit)s?\b"))


def _upcoming(asked: Question, text: str) -> bool:
    return asked.has(
        r"\bfalls? due\b|\bfall in\b|\bat risk\b|\bnext \w+|\bnotice deadline|\bend in\b|by when"
    )


def _yes_no(asked: Question, text: str) -> str | None:
    """What a yes claims, in the value that the explanation has for it."""
    if asked.follows and asked.has(r"^and\b"):
        return asked.previous.get("yes_no") or None
    if not re.search(
        r"(?:^|[.?,] |\bwhether |tell me )(?:is|are|was|were|did|has|have|does)\b", asked.text, re.I
    ):
        return None
    if asked.has(r"breach|brech|\blate\b|missed|overdue|violat"):
        return "breach" if says(text, r"breach") else None
    if asked.has(r"\bon time\b|in time|within|\bkept?\b|\bmeet\b|\bmet\b"):
        return "kept" if says(text, r"\bkept\b|\bkeep") else None
    return "done" if asked.has(r"deliver|sent|given|paid") and says(text, r"\bdone\b") else None


def _topic(asked: Question, text: str) -> str | None:
    if asked.filled.get("intent") != "wording":
        return None
    told = re.sub(
        r"^(?:what|which|how|when|does|do|from what|can)\b|\b(?:is|are|the|does|say|about|we|do)\b",
        " ",
        asked.text,
        flags=re.I,
    )
    for name in asked.names:
        told = told.replace(name, " ")
    return " ".join(re.findall(r"[A-Za-z0-9-]+", told))[:180]


def _as_of(asked: Question, text: str) -> str | None:
    match = _AS_OF.search(asked.text)
    found = periods(match[1], asked.today) if match else []
    return _iso(found[0].end) if found else None


def _why_not(asked: Question, text: str) -> str | None:
    return "something outside contracts" if asked.filled.get("intent") == "out_of_scope" else None


def _priorities(asked: Question, text: str) -> list[str]:
    return [f"P{n}" for n in re.findall(r"\b(?:P|Priority |Severity )([1-5])\b", asked.text)]


def _outcomes(asked: Question, text: str) -> list[str]:
    return [o for o, pattern in OUTCOMES.items() if asked.has(pattern) and o in text]


def _items(asked: Question, text: str) -> str | None:
    for item, pattern in (("party", r"^(?:which vendors|who)\b"), ("contract", r"^which contracts")):
        if asked.has(pattern) and item in text:
            return item
    return None


FIELDS: Mapping[str, tuple[str, Callable[[Question, str], Any]]] = {
    "intent": (r"(?:`\w+`.*){4}", _intent),
    "why_not": (r"`out_of_scope`", _why_not),
    "topic": (r"`wording`", _topic),
    "as_of": (r"\bday\b.*\bjudged\b|judged .*\bday\b", _as_of),
    "follow_up": (r"`previous`", lambda asked, text: asked.follows),
    "records": (r"\btickets?\b.*\binvoices?\b|record", _records),
    "covers": (r"\bperiod\b.*\breport\b", _covers),
    "periods": (r"\bperiods?\b", _periods),
    "kinds": (r"\bkinds?\b.*promise", _kinds),
    "owed": (r"`to_us`|`by_us`", _owed),
    "yes_no": (r"yes or no|yes-or-no|with yes", _yes_no),
    "upcoming": (r"look(?:s|ing) ahead|future|still to come", _upcoming),
    "names": (r"part(?:y|ies)\b|compan", _names),
    "priorities": (r"\bP1\b", _priorities),
    "outcomes": (r"\bbreached\b", _outcomes),
    "items": (r"\bone row\b|`party`", _items),
}
"""How each field is known by its explanation, and what fills it. The order decides where several fit."""

GUESSES: Mapping[str, Any] = {"owed": "by_us", "covers": True, "upcoming": True, "follow_up": True}
"""What is filled in where nothing was said, by a model that was not told to leave it out."""
