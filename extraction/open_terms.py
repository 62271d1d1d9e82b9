"""Terms whose end stands elsewhere or is blacked out: "until [***]", "until the End Date set out in Annex 1".

Flat text in: does a sentence promise that the document runs to an end that it does not itself print?
"""

import re

from extraction.quantities import REDACTED

_SET_OUT = (
    r"(?:as )?(?:set (?:forth|out)|specified|stated|shown|listed|indicated|identified|contained|provided"
    r"|given|described|written)\W+(?:forth\W+|out\W+)?(?:in|on|above|below|at|under|opposite)\b"
)
_ENDS = (
    r"(?:(?:continu\w+|remain\w*|runs?|lasts?|extends?|valid|effective|in (?:full )?(?:force|effect)"
    r"|commenc\w+|be|is)\b[^.;]{0,110}?\b(?:until|through|to|for|up to)"
    r"|(?:expires?|ends?|terminates?|ending|expiring|terminating)\b[^.;]{0,30}?\b(?:on|upon|at|in|as of))"
)
_OPEN = re.compile(
    rf"\b{_ENDS}(?P<to>\W+)(?:and until |the |an? |date |of |period |term |initial ){{0,4}}"
    rf"(?:(?:expir\w+|termination|end|completion|ending) date\b[^.;]{{0,60}}?\b{_SET_OUT}"
    rf"|(?:period|term|duration|number|length|date)s?\b(?: of (?:time|years|months))?"
    rf"[^.;]{{0,14}}?\b{_SET_OUT}"
    rf"|(?:an? |approximately |the )?(?:term of |period of )?{REDACTED}"
    rf"(?!\s?(?:%|percent|dollars|units|(?:\w+ ){{0,2}}notice)))",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^(?:(?![.;](?!\d)).){0,170}?\b(?:(?:this|the) (?:[\w-]+ ){0,4}?(?:agreement|contract|sow|order|addendum"
    r"|licen[cs]e|lease|engagement)|(?:the )?(?:initial |original )?term|duration)\b",
    re.IGNORECASE,
)
_ELSE = re.compile(
    r"\b(?:may|rights? to|entitled|if|in (?:the )?(?:event|case)|dispute|upon the"
    r"|will not|shall not|confidential\w*|surviv\w*|thereafter|notice of"
    r"|amend\w*|warrant\w*|insurance|records|interest"
    r"|pric\w+|royalt\w+|payment|breach\w*|remain(?:s|ing)? (?:in|unchanged)[^.;]{0,40}(?:amended|modified)"
    r"|represent\w*|non-?compet\w+|indemn\w+|obligations?|during the|security interest|binding|deliver\w*"
    r"|fees?)\b",
    re.IGNORECASE,
)


def ends_elsewhere(text: str) -> bool:
    """Does the sentence give the document an end whose day or length it does not print?"""
    low = text.lower()
    if "agreement" not in low and "term" not in low and "contract" not in low:
        return False
    for found in _OPEN.finditer(text):
        before = text[: found.start("to")]
        head = _ASIDE.sub("", before)
        if (
            len(head) < 260
            and _SUBJECT.search(before[-190:])
            and not _ELSE.search(head + text[found.start("to") : found.end()])
        ):
            return True
    return False


_ASIDE = re.compile(r"(?:^|,)\s?(?:subject to|unless|except)\b[^,;]{0,140},", re.IGNORECASE)
