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
_NATIONS = (
    r"English|German|Swedish|French|Swiss|Dutch|Finnish|Polish|Danish|Norwegian|Austrian|Irish|Italian"
    r"|Spanish"
    r"|Belgian|Japanese|Israeli|Chinese|Indian|Canadian|Australian|Scottish|Korean|Mexican|Brazilian|Russian"
    r"|Portuguese|Greek|Turkish|PRC|Hong Kong|Singapore|Luxembourg|Bermuda|Cyprus|Ontario|Quebec"
    r"|British Columbia|Alberta"
)
_STATES = (
    r"Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho"
    r"|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota"
    r"|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York"
    r"|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota"
    r"|Tennessee|Texas|Utah|Vermont|West Virginia|Virginia|Washington|Wisconsin|Wyoming|Puerto Rico"
)
_BODY = (
    r"(?i:(?:the )?(?:(?:commonwealth|province|(?:federal |people'? ?s )?republic|(?:\w+ )?kingdom|country"
    r"|territory|grand duchy|canton) of (?:the )?)?)(?i:(?:the )?(?:free )?state of )?(?:(?i:the) )?"
)
_LAW = re.compile(
    r"(?i:\b(?:laws?|legislation|statutes))(?:\s?\([^()]{0,160}\)|,[^,;.]{3,140},|,? (?:rules|regulations"
    r"|statutes|and"
    r"|or|decisions|jurisprudence|practices?|,)+)?\s(?i:(?:and (?:regulations"
    r"|jurisdiction|decisions|statutes) )?(?:then )?(?:in force in|in effect in|applicable in"
    r"|prevailing in|applied in|of|for|in))\s"
    + _BODY
    + _PLACE_NAME
    + rf"|\b(?P<adjective>{_NATIONS}|{_STATES}) (?i:state )?(?:[Ll]aws?|LAWS?|statutes)\b"
    rf"|(?i:(?:governing|applicable|choice of) law)\W{{1,4}}(?i:(?:is|shall be|will be|that of"
    rf"|the laws? of) )?"
    rf"(?i:(?:the )?(?:state|province|commonwealth) of )?(?P<labelled>{_STATES}|England|Germany|Sweden|France"
    rf"|Switzerland|Finland|Poland|Denmark|Norway|Austria|Ireland|Italy|Spain|Japan|Israel|China|Hong Kong)"
    rf"(?= ?(?:\W|$))(?! [A-Za-z])"
    r"|\b(?P<state>[A-Z][a-z]+(?: [A-Z][a-z]+)?) law (?:shall |will )?(?:govern|appl)",
)
_STATE_TOO = re.compile(
    rf"\W{{1,2}}and (?:(?:by |of |under )?the laws? of )?(?:of )?(?:the )?(?:(?:State|STATE"
    rf"|Commonwealth) of )?(?P<place>{_STATES})\b"
)
"""The state that follows the federal law of the United States, whose law is the one in question."""
_ADJECTIVES = {
    "English": "England", "German": "Germany", "Swedish": "Sweden", "French": "France",
    "Swiss": "Switzerland", "Dutch": "Netherlands",
    "Finnish": "Finland", "Polish": "Poland", "Danish": "Denmark", "Norwegian": "Norway",
    "Austrian": "Austria", "Irish": "Ireland",
    "Italian": "Italy", "Spanish": "Spain", "Belgian": "Belgium", "Japanese": "Japan",
    "Israeli": "Israel", "Chinese": "China", "Indian": "India", "PRC": "China", "Canadian": "Canada",
    "Australian": "Australia", "Scottish": "Scotland", "Korean": "Korea", "Mexican": "Mexico",
    "Brazilian": "Brazil", "Russian": "Russia", "Portuguese": "Portugal", "Greek": "Greece",
    "Turkish": "Turkey",
}  # fmt: skip


def read_law(sentences: Sequence[Sentence]) -> tuple[str, Sentence | None]:
    """The governing law as a place ("Germany", "New York")."""
    best: tuple[int, str, Sentence] | None = None
    for sentence in sentences:
        if "law" not in sentence.lower and "legislation" not in sentence.lower:
            continue
        for match in _LAW.finditer(sentence.text):
            place = _named(sentence.text, match)
            rank = _law_rank(sentence, match)
            if place and rank and (best is None or rank > best[0]):
                best = (rank, place, sentence)
    return (best[1], best[2]) if best else ("", None)


def _named(text: str, match: re.Match[str]) -> str:
    said = match["adjective"] or match["labelled"] or match["state"] or match["place"] or ""
    place = _clean_place(_ADJECTIVES.get(said, said))
    state = _STATE_TOO.match(text, match.end()) if place == "United States" else None
    return state["place"] if state else place


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


_PARTS = re.compile(
    r"^(?:the )?(?:Free State|S[tilr1]a[tilr1]e|Commonwealth|Federal Republic|Republic|Kingdom|Province) of ",
    re.IGNORECASE,
)


def _clean_place(place: str) -> str:
    place = re.sub(r"\b(?:and|of|the|as|applied|without|applicable)\W*$", "", place.strip(" ,.")).strip(" ,.")
    place = (
        place.title().replace("'S", "'s").replace(" Of ", " of ").replace(" And ", " and ")
        if place.isupper() and len(place) > 3
        else place
    )
    place = re.split(r"\.\s|,? (?:USA|U\.S\.A)", _PARTS.sub("", place))[0].strip(" ,.")
    if re.fullmatch(r"(?:United States(?: of America)?|U\.?S\.?A?|America)", place):
        return "United States"
    if re.fullmatch(r"P\.?R\.?C\.?|People'? ?s Republic of China", place):
        return "China"
    known = re.match(rf"(?:Hong Kong|Singapore|{_STATES})(?= (?!and\b|or\b|City\b|D\.?C))", place)
    return known.group() if known else place
