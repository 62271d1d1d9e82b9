"""Refunds, credits and reductions of a charge that are owed because a service was not performed.

"If the Portal does not deliver the impressions, it shall refund a part of the fee": redress tied
to no level of availability. What returned or rejected goods bring back is no redress for a service.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extraction.clauses import MODAL, addresses_reader, clause_at, is_example, is_negated, is_recital
from extraction.context import Context
from extraction.quantities import Mention
from extraction.sentences import Sentence

_CHARGE = (
    r"(?:fees?|charges?|prices?|payments?|rent|amounts? (?:due|payable|paid)|sums? paid|royalt(?:y|ies))"
)
_GIVEN = re.compile(
    rf"\b(?:refund(?:s|ed)?\b(?! polic)|rebate\b|(?:full|partial|pro[- ]?rata|prorated) (?:refund|credit)"
    rf"|(?:issue|provide|give|receive|grant|get) (?:[\w'-]+ ){{1,4}}?(?:a )?(?:service )?credits?\b"
    rf"|credit (?:the|to|against)\b"
    rf"|(?:deduct|waive|exempt|forfeit|reduce|abate) (?:[\w' -]{{0,40}}?){_CHARGE}"
    rf"|{_CHARGE}\b[^.;]{{0,70}}?\b(?:shall|will|must) (?:be (?:\w+ )?(?:reduced|waived|abated|prorated"
    rf"|refunded|credited"
    r"|deemed (?:to be )?unearned)|not (?:apply|be (?:due|payable|charged)|abate)))",
    re.IGNORECASE,
)
_MISSED = re.compile(
    r"\b(?:fails? (?:for any reason )?to|failure (?:of [\w' ]{2,40} )?to|(?:is"
    r"|are) unable (?:for any reason )?to"
    r"|(?:does|do|did|has|have|had|was|were) not(?: been)?|not (?:been )?able to|is (?:not"
    r"|unable))\s(?:\w+ly\s"
    r"|timely\s)?"
    r"(?:perform\w*|provid\w+|deliver\w*|meet|met|achiev\w+|suppl\w+|launch\w*|complet\w+|resolv\w+"
    r"|distribut\w+"
    r"|display\w*|occur\w*|repair\w*|restor\w+|respond\w*|attend\w*|appear\w*|play|satisf\w+|operat\w+"
    r"|available"
    r"|run|begin|broadcast\w*|ship\w*|provided|performed|published|posted|aired|installed)\b"
    r"|\bmissed (?:[\w-]+ ){0,2}(?:events?|giveaways?|promotions?|impressions?|spots?|games?"
    r"|performances?|deliver\w+)\b"
    r"|\b(?:events?|games?|spots?|impressions?) not (?:\w+ly )?(?:played|held|aired|delivered|displayed"
    r"|performed)\b"
    r"|\b(?:interruption|suspension|outage|unavailability) (?:of|in) (?:the |its "
    r"|any )?(?:\w+ ){0,2}services?\b"
    r"|\bmiss(?:es|ed) (?:any|the|a) [\w' -]{2,50}(?:amount|target|level|date|deadline|guarantee)",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\bnon-?refundable|\boverpa(?:id|y\w*)|\bshares?\b|\bsecurities\b|\bsubscrib|\bescrow|\binsur"
    r"|\btax(?:es)?\b|\baudit"
    r"|\brecall|\breject|\breturn(?:s|ed)\b|\bwarrant(?:y|ies)\b|\brepair or replace"
    r"|\breplace(?:ment)?\b(?! cost)"
    r"|\bpay(?:s|ment)? when due|\bfail(?:s|ure)? to (?:\w+ )?pay|\bindemn|\bprepaid|\bpre-paid"
    r"|\bavailab\w+ (?:is|falls)"
    r"|\bpurchase price\b|\bcredit (?:agreement|facility|card|rating)|\binfring|\bcover",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"\bno (?:\w+ )?(?:portion|part|refunds?|fees?|credits?|amounts?)\b|\bnot waive", re.IGNORECASE
)
_REACH = 420
"""Characters between what was missed and what is given for it, at most."""


@dataclass(frozen=True)
class Redress:
    """What is given in a sentence for missed performance; `known` holds its share or sum."""

    sentence: Sentence
    place: Mention
    known: dict[str, str]


def redresses(context: Context) -> Iterator[Redress]:
    """Every promise of a refund, a credit or a lower charge for performance that was missed."""
    for sentence in context.prose():
        text = sentence.text
        given = _GIVEN.search(text)
        missed = _MISSED.search(text) if given else None
        if given is None or missed is None or _OTHER.search(text):
            continue
        if is_example(text) or is_recital(text) or addresses_reader(text):
            continue
        gap = max(missed.start() - given.end(), given.start() - missed.end())
        clause = clause_at(text, given.start())
        passed = missed.end() if missed.end() <= given.start() else 0
        first = max(clause.start, given.start() - 60, passed)
        refused = is_negated(text, first, given.start()) or _NONE.search(text, first, given.end())
        if gap > _REACH or refused or not MODAL.search(text):
            continue
        yield Redress(
            sentence, Mention(given.start(), given.end(), given.group()), _figure(context, sentence, given)
        )


def _figure(context: Context, sentence: Sentence, given: re.Match[str]) -> dict[str, str]:
    """The share or the sum that is given, next to the words that give it; nothing where a formula stands."""
    text, near = sentence.text, range(given.start() - 60, given.end() + 70)
    share = next((p for p in context.percents(sentence) if p.start in near), None)
    if share is not None and not re.search(
        r"\b(?:below|under|than|least|exceed\w*)\W*$", text[: share.start]
    ):
        return {"percent": str(share.value)}
    amount = next((m for m in context.money(sentence) if m.start in near), None)
    return {"amount": str(amount.amount)} if amount is not None else {}
