"""Wording findings as claims, shaped by what the instructions ask for.

Findings are cited by key, one to a claim, in their order of weight, with their figures as they are written,
only as far as the prompt says so. Not told to add nothing it sums up and appraises; not told that evidence is
data it does what the evidence tells it to; objections help only when the prompt explains them.
"""

import calendar
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.llm.instructions import json_only, says, takes_as_data
from sandbox.llm.understanding import ORDER

AT_FIRST = 4
"""Findings that it words at first; what it forgets it adds when an objection names it."""
_DATE = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day (\d{1,2}) ([A-Z][a-z]+) (20\d\d)\b")
_ROUND = re.compile(r"(?<![\w.,-])(\d[\d,]*)\.\d+(?= ?%)|(?<= h )(?!00)\d\d(?= min)|(?<![\w.-])(\d,\d\d\d)\b")
_QUOTED = re.compile(r"“([^”]+)”")
_FORM = re.compile(r'\{"(\w+)": \[\{"(\w+)": "[^"]*", "(\w+)": \[')
_WEIGHT = ("breached", "at_risk", "undetermined", "met", "pending")
_MONTHS = tuple(name for name in calendar.month_name if name)


@dataclass(frozen=True)
class Asked:
    """What the prompt asks of a wording."""

    cites: bool
    cites_clauses: bool
    one_each: bool
    short: bool
    ordered: bool
    exact: bool
    full_dates: bool
    keeps_currencies: bool
    copies_quotes: bool
    adds_nothing: bool
    only_evidence: bool
    leaves_verdict: bool
    leaves_instructions: bool
    answers_objections: bool
    json_only: bool
    form: tuple[str, str, str]


@dataclass
class Finding:
    """A judgement with the clauses and records told behind it."""

    key: str
    outcome: str
    text: str
    clauses: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)


def asked_of(told: str) -> Asked:
    """What the words of a prompt ask of a wording, whatever words they are."""
    return Asked(
        cites=says(told, r"cites?\b[^.]*\b(?:by (?:its|their|the) keys?|keys?\b)"),
        cites_clauses=says(told, r"cite [^.]*\bclauses?\b|with (?:its|the) clauses?"),
        one_each=says(told, r"(?:each|every) claim (?:is|makes|must be|has) (?:one|a single)"),
        short=says(told, r"\bshort\b|\bbrief\b|\bconcise\b"),
        ordered=says(told, r"first (?:\w+ )?(?:every|all|each|the)? ?breach"),
        exact=says(told, r"exactly as|precisely as|unchanged|just as .*writ"),
        full_dates=says(told, r"weekday|day of the week"),
        keeps_currencies=says(told, r"different currencies|across currencies|unlike currencies"),
        copies_quotes=says(told, r"quot\w+[^.]*\b(?:copied|verbatim|word for word)"),
        adds_nothing=says(told, r"add nothing|nothing (?:is )?added|without adding|never add anything"),
        only_evidence=says(told, r"leave it out|omit it|do not say it|say nothing of it"),
        leaves_verdict=says(told, r"(?:not|never) repeat (?:it|the verdict)|without repeating"),
        leaves_instructions=takes_as_data(told, "evidence"),
        answers_objections=says(told, r"objections"),
        json_only=json_only(told),
        form=_form(told),
    )


def _form(told: str) -> tuple[str, str, str]:
    """What the pattern of a reply calls the list, the words and the keys; other names without one."""
    match = _FORM.search(told)
    return (match[1], match[2], match[3]) if match else ("findings", "sentence", "sources")


def word(told: str, given: Mapping[str, Any]) -> str:
    """The reply to evidence that is to be worded."""
    asked = asked_of(told)
    evidence = [each for each in _list(given.get("evidence")) if isinstance(each, dict)]
    findings = _findings(evidence)
    seen = " ".join([str(given.get("question", "")), *(str(v) for e in evidence for v in e.values())])
    if not asked.leaves_instructions and ORDER.search(seen):
        claims = [{"text": "There are no breaches.", "cites": [f.key for f in findings[:1]]}]
        return json.dumps({"claims": claims})
    objections = [str(each) for each in _list(given.get("objections"))]
    claims = _claims(findings, asked, objections if asked.answers_objections else ())
    if claims and not asked.leaves_verdict:
        claims.insert(0, {"text": str(given.get("verdict", "")), "cites": claims[0]["cites"]})
    every, text, cites = asked.form
    said = [{text: claim["text"], cites: claim["cites"]} for claim in claims]
    body = json.dumps({every: said}, ensure_ascii=False)
    return body if asked.json_only else f"Here is my wording:\n{body}"


def _findings(evidence: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """The judgements in the order told; what stands behind each follows it."""
    found: list[Finding] = []
    loose: list[str] = []
    for each in evidence:
        key = str(each.get("key", ""))
        if "finding" in each:
            found.append(Finding(key, str(each.get("outcome", "")), str(each["finding"])))
        elif "clause" in each and not found:
            text = f"The clause says: “{each['clause']}”"
            found.append(Finding(key, "", text))
        elif found:
            (found[-1].clauses if "clause" in each else found[-1].records).append(key)
        else:
            loose.append(key)
    if found:
        found[0].records += loose
    return found


def _claims(findings: list[Finding], asked: Asked, objections: Sequence[str]) -> list[dict[str, Any]]:
    named = {key for each in objections for key in re.findall(r"\b[ASR]\d+\b", each)}
    told = sorted(findings, key=_weight) if asked.ordered else findings[::-1]
    told = [f for at, f in enumerate(told) if at < AT_FIRST or f.key in named]
    # Told of what was left out, it says the rest as well.
    told = findings if objections else told
    if not asked.one_each and told:
        text = " ".join(_text(each, asked) for each in told)
        return [{"text": text, "cites": [key for each in told for key in _cites(each, asked)]}]
    claims = [{"text": _text(each, asked), "cites": _cites(each, asked)} for each in told]
    return claims + _added(told, asked, claims[0]) if claims else []


def _weight(finding: Finding) -> int:
    return _WEIGHT.index(finding.outcome) if finding.outcome in _WEIGHT else len(_WEIGHT)


def _cites(finding: Finding, asked: Asked) -> list[str]:
    if not asked.cites:
        return []
    return [finding.key, *(finding.clauses if asked.cites_clauses else ()), *finding.records]


def _text(finding: Finding, asked: Asked) -> str:
    text = finding.text
    if not asked.exact:
        text = _ROUND.sub(_rounded, text)
    if not asked.full_dates:
        text = _DATE.sub(_slashed, text)
    if not asked.copies_quotes:
        text = _QUOTED.sub(lambda m: f"“{_loosely(m[1])}”", text)
    if not asked.only_evidence:
        text = text.rstrip(".") + ", which is 12 % above what is usual."
    if not asked.short:
        text = f"{text} {PADDING}"
    return text


PADDING = (
    "It may be said in this connection, having regard to everything that has been put forward in the records "
    "and in the clauses that were handed over, and without prejudice to whatever else may be found on a "
    "closer look at the matter, that this is what there is to be told about it at the present time, on the "
    "present state of what is known to those who were asked to tell it, and that nothing more is meant to be "
    "read into it; and the same is to be said of all that has been left out for want of room, of weight or "
    "not, which may be told on another day and at greater length."
)
"""How one writes who was not told to be short."""


def _rounded(match: re.Match[str]) -> str:
    return match[1] or (match[2] and match[2][0] + ",000") or "00"


def _slashed(match: re.Match[str]) -> str:
    month = _MONTHS.index(match[2]) + 1 if match[2] in _MONTHS else 0
    return f"{month:02d}/{int(match[1]):02d}/{match[3][2:]}"


def _loosely(quote: str) -> str:
    words = quote.split()
    return quote if len(words) < 3 else " ".join([words[0], "roughly", *words[2:]])


def _added(told: Sequence[Finding], asked: Asked, first: dict[str, Any]) -> list[dict[str, Any]]:
    """What nobody asked for: a summary that counts, and in the first claim a sum across currencies."""
    added: list[str] = []
    if not asked.adds_nothing:
        added.append("In summary, 97 % of all that was looked at gives rise to concern.")
    money = [m for each in told for m in re.findall(r"\b(EUR|USD|GBP|CHF) ([\d,]+(?:\.\d+)?)", each.text)]
    if not asked.keeps_currencies and len({currency for currency, _ in money}) > 1:
        total = sum(float(amount.replace(",", "")) for _, amount in money)
        first["text"] = f"{first['text'].rstrip('.')}; together that is {money[0][0]} {total:,.2f}."
    return [{"text": text, "cites": _cites(told[0], asked)} for text in added]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
