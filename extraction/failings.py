"""Failings of any kind that may go on for a time after somebody was told of them.

"If the Merchant fails to fund the account within ten days after notice" has no word of mending,
yet it gives a time to mend. Flat text in; whether the sentence ends an agreement over it, the caller decides.
"""

import re

_FAILS_STILL = re.compile(
    r"\b(?:(?:fail(?:s|ed|ures?|ing)?|neglect\w*|refus(?:es?|ed|al)|omi(?:ts|tted)|unpaid|outstanding|overdue"
    r"|(?:do|does|did|has|have|is|are|was|were|been) not)\b(?P<what>[^.;]{0,290}?)\W(?:within|by|inside|in"
    r"|for|after)"
    r"|(?:breach\w*|default\w*|violat\w+|delinquen\w+|non-?(?:payment|performance|compliance|fulfil\w+))\b"
    r"(?P<noun>[^.;]{0,120}?)\W(?:for|beyond|exceeding|after|(?:more|longer|later) than|in excess of))\W+"
    r"(?:(?:an?|the|any|at|period|of|more|less|than|not|no|later|further|additional|next|least|consecutive"
    r"|maximum|another)\W+){0,6}$",
    re.IGNORECASE,
)
"""A failing that goes on up to a length: "failure to fund the account within …", "is not paid for …"."""
_OTHER_FAILING = re.compile(
    r"\W{0,3}(?:\w+\W+){0,3}?to (?:so |timely |promptly |otherwise |either )?(?:respond|reply|answer|object"
    r"|notify|exercise|elect|agree|reach|accept|assume|defend|resolve"
    r"|request|give|deliver (?:a|such|any|its) \w*\s?notice|dispute|designate|appoint|approve|reject"
    r"|consummate|settle|raise|claim|advise|inform|contest|return"
    r"|disapprove|consent|enter into|conclude|negotiat\w+|make (?:a|an|any|its) (?:claim|election|offer))\b"
    r"|[^.;]{0,60}\b(?:object\w*|dispute|disagree\w*|elect\w*|accept\w*|agree\w*|resol\w+|respon\w+|settled?"
    r"|approv\w+|reach\w*|conform\w* to the (?:\w+ )?(?:specification|warranty)\w*)\b[^.;]{0,60}$"
    r"|.*\b(?:shall|will|may|must|can|agrees? to)\b",
    re.IGNORECASE,
)
""" "fails to respond within ten days of the notice" is no breach left unmended."""
_TOLD_OF_IT = re.compile(
    r"\W{0,3}(?:\([^()]{0,40}\)\W)?(?:from|after|of|following|upon|as of|as from|once|when|thereafter)\b"
    r"[^.;]{0,130}?\b(?:notice|notif\w+|demand\w*|warning|warned|reminder|informed|advised|reminded"
    r"|written request|thereof)\b",
    re.IGNORECASE,
)
CONSEQUENCE = re.compile(
    r"\b(?:terminat|cancel|rescind|rescission|default|suspen|material breach|withdraw|revo[ck]|accelerat"
    r"|expire|breach)\w*|\bend(?:s|ed)? (?:this|the)\b",
    re.IGNORECASE,
)


def fails_still(before: str, after: str) -> bool:
    """Does a failing go on for the length between these words, after somebody was told of it?"""
    if not _TOLD_OF_IT.match(after) or _OF_GOODS.search(after[:90]):
        return False
    failing = _FAILS_STILL.search(before)
    return failing is not None and not other_failing(failing["what"] or failing["noun"] or "")


def fails_past_its_day(before: str, after: str) -> bool:
    """Is something not paid or done for the length after the day on which it is due?"""
    failing = _FAILS_STILL.search(before) if _PAST_ITS_DAY.match(after) else None
    return failing is not None and not other_failing(failing["what"] or failing["noun"] or "")


def other_failing(what: str) -> bool:
    """Is what was failed no duty of the agreement, but an answer, an objection, an understanding?"""
    return bool(_OTHER_FAILING.match(what))


_PAST_ITS_DAY = re.compile(
    r"\W{0,3}(?:\([^()]{0,40}\)\W)?(?:of|after|from|following|past)\b[^.;,]{0,60}?\b(?:due date|when due"
    r"|(?:is|are|was"
    r"|were|becom\w+|became|falls?|fell|comes?) (?:first )?due)\b",
    re.IGNORECASE,
)
_OF_GOODS = re.compile(
    r"\b(?:invoice|shipment|receipt of (?:the |such )?(?:goods|products?))\b", re.IGNORECASE
)
