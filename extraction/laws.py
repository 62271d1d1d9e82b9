"""Whose law governs a contract, as a place."""

import re
from collections.abc import Sequence

from extraction import patterns
from extraction.sentences import Sentence

_STOP = (
    r"(?!(?i:without|and|the|this|any|each|united nations|contracts|laws?|convention|section|article"
    r"|courts?|including|excluding|regardless|applicable|as|but|in|which|that|not|shall|will|for|or)\b)"
)
_PLACE_NAME = (
    rf"(?P<place>{_STOP}[A-Z][\w.'-]*(?:(?:,? |,? (?i:and|of|the) ){_STOP}(?!U\.S\.A"
    rf"|USA)[A-Z][\w.'-]*){{0,4}})"
)
_LAW = re.compile(
    r"(?i:\b(?:laws?|legislation|statutes))\s?(?:\([^()]{0,40}\)\s)?(?i:(?:and (?:regulations"
    r"|jurisdiction|decisions|statutes) )?(?:then )?(?:in force in|in effect in|applicable in"
    r"|prevailing in|applied in|of|for|in))\s"
    r"(?i:(?:the )?(?:(?:commonwealth|province|(?:federal |people's )?republic|kingdom|country"
    r"|territory) of (?:the )?)?)(?i:(?:the )?(?:free )?state of )?(?:(?i:the) )?"
    + _PLACE_NAME
    + r"|\b(?P<adjective>English|German|Swedish|French|Swiss|Dutch|Finnish|Polish|Danish|Norwegian"
    r"|Austrian|Irish|Italian|Spanish|Belgian|Japanese|Israeli|Chinese|Indian|"
    r"New York|California|Delaware|Texas|Massachusetts|Ontario|Illinois|Florida|Georgia|Virginia|Nevada"
    r"|PRC) (?:state )?(?:law|statutes)\b"
    r"|\b(?P<state>[A-Z][a-z]+(?: [A-Z][a-z]+)?) law (?:shall |will )?(?:govern|appl)",
)
_ADJECTIVES = {
    "English": "England", "German": "Germany", "Swedish": "Sweden", "French": "France",
    "Swiss": "Switzerland", "Dutch": "Netherlands",
    "Finnish": "Finland", "Polish": "Poland", "Danish": "Denmark", "Norwegian": "Norway",
    "Austrian": "Austria", "Irish": "Ireland",
    "Italian": "Italy", "Spanish": "Spain", "Belgian": "Belgium", "Japanese": "Japan",
    "Israeli": "Israel", "Chinese": "China", "Indian": "India",
}  # fmt: skip


def read_law(sentences: Sequence[Sentence]) -> tuple[str, Sentence | None]:
    """The governing law as a place ("Germany", "New York")."""
    best: tuple[int, str, Sentence] | None = None
    for sentence in sentences:
        if "law" not in sentence.lower and "legislation" not in sentence.lower:
            continue
        for match in _LAW.finditer(sentence.text):
            place = _ADJECTIVES.get(
                match["adjective"] or "", match["adjective"] or match["state"] or match["place"] or ""
            )
            place = _clean_place(place)
            rank = _law_rank(sentence, match)
            if place and rank and (best is None or rank > best[0]):
                best = (rank, place, sentence)
    return (best[1], best[2]) if best else ("", None)


def _law_rank(sentence: Sentence, match: re.Match[str]) -> int:
    """How surely this is the clause on governing law, not a party's place of incorporation."""
    text = sentence.text
    before = text[max(0, match.start() - 260) : match.end() + 60]
    if patterns.search(
        r"\b(?:organi[sz]ed|incorporated|existing|corporation|registered|duly|partnership|formed)\b",
        text[max(0, match.start() - 70) : match.start() + 6],
    ):
        return 0
    governs = patterns.search(
        r"\bgovern\w*|\bconstru\w+|\binterpret\w*|\bsubject to\b|\bappl(?:y|ies)\b|\bcontrolled\b"
        r"|\bin accordance with\b|\benforced\b",
        before,
    )
    titled = patterns.search(
        r"\bgoverning law|\bapplicable law|\blaw and\b|\bchoice of law|\bjurisdiction|\bgoverning\b",
        f"{sentence.topic} {text[:90]}",
    )
    if not governs and not titled:
        return 0
    strong = patterns.search(r"\bgovern\w*|\bconstru\w+", before)
    document = patterns.search(
        r"\b(?:this|the) (?:\w+ )?(?:agreement|contract|deed|amendment|plan|lease)\b|\bagreement\b",
        text,
    )
    federal = re.match(r"United States|U\.S|America", match["place"] or "")
    return 1 - bool(federal) + 3 * bool(strong) + 2 * bool(titled) + bool(document)


def _clean_place(place: str) -> str:
    place = re.sub(r"\b(?:and|of|the|as|applied|without|applicable)\W*$", "", place.strip(" ,.")).strip(" ,.")
    place = (
        place.title().replace("'S", "'s").replace(" Of ", " of ").replace(" And ", " and ")
        if place.isupper() and len(place) > 3
        else place
    )
    place = re.sub(
        r"^(?:the )?(?:Free State|State|Commonwealth|Federal Republic|Republic|Kingdom|Province) of ",
        "",
        place,
    )
    return re.split(r"\.\s|,? (?:USA|U\.S\.A)", place)[0].strip(" ,.")
