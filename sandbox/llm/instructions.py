"""What the words of a prompt ask for: each instruction is found by its meaning, in whatever words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_BULLET = re.compile(r"^- (`\w+`(?:(?:, | and )`\w+`)*): (.+)$", re.M)
_ENTRY = re.compile(r'\[\{"(\w+)": "\.\.\.", "(\w+)": "\.\.\.", "(\w+)": "\.\.\.", "(\w+)": \{')
_NAMED = re.compile(r"`(\w+)`(?: \(([^()]*)\))?")


@dataclass(frozen=True)
class Instructions:
    """What a prompt for reading clauses asks for: the fields of each kind, and how to write them."""

    fields: dict[str, frozenset[str]]
    copies_quotes: bool
    iso_durations: bool
    splits_rows: bool
    knows_lookalikes: bool
    short_priorities: bool
    json_only: bool
    leaves_instructions: bool
    form: tuple[str, ...]


def instructions(told: str) -> Instructions:
    """What the words of a prompt for reading clauses ask for."""
    fields: dict[str, frozenset[str]] = {}
    for line in re.findall(r"^\s*- ([a-z_]+(?:, [a-z_]+)*): (.+)$", told, re.M):
        for kind in line[0].split(", "):
            fields[kind] = frozenset(re.findall(r"[a-z_]+", line[1]))
    return Instructions(
        fields=fields,
        copies_quotes=says(told, r"character by character|word for word|letter by letter|verbatim"),
        iso_durations=says(told, r"iso 8601"),
        splits_rows=says(told, r"(?:two|separate) entries"),
        knows_lookalikes=says(told, r"not promises"),
        short_priorities=says(told, r"\bP1\b"),
        json_only=json_only(told),
        leaves_instructions=takes_as_data(told, "clauses?"),
        form=_form(told),
    )


def _form(told: str) -> tuple[str, ...]:
    """What the pattern of a reply calls clause, kind, quote and terms; no clause where none is explained."""
    match = _ENTRY.search(told)
    names = match.groups() if match else ("section", "type", "text", "values")
    return names if names[0] in bullets(told) else ("", *names[1:])


def says(told: str, *patterns: str) -> bool:
    """All of these meanings stand in the words, in any case."""
    return all(re.search(pattern, told, re.I) for pattern in patterns)


def json_only(told: str) -> bool:
    return says(told, r"json object", r"nothing else|nothing more|no other text|without (?:any )?other text")


def takes_as_data(told: str, what: str) -> bool:
    """The prompt says that `what` (a pattern) is material, whose instructions change nothing."""
    return says(told, rf"\b{what}\b[^.]{{0,20}} (?:is|are) (?:\w+ )?(?:data|material)\b")


def bullets(told: str) -> Mapping[str, str]:
    """The fields a prompt explains: name to explanation. One line may explain several."""
    return {name: text for head, text in _BULLET.findall(told) for name in re.findall(r"\w+", head)}


def options(text: str) -> Mapping[str, str]:
    """The values that an explanation offers in backticks, each with what stands in brackets behind it."""
    return dict(_NAMED.findall(text))
