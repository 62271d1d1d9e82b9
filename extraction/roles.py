"""What the text calls the parties, and who of them owes what a sentence promises."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from extraction.clauses import MODAL, clause_at
from extraction.model import PartyMention
from extraction.sentences import Sentence

_PROVIDER = re.compile(
    r"^(?:the )?(?:(?:service|managed|hosting|cloud|logistics|network|data|content|software|solution"
    r"|technology)s?[ -])?(?:provider|supplier|vendor|seller|"
    r"(?:sub)?contractor|consultant|licensor|manufacturer|lessor|landlord|operator|carrier|hosting company|"
    r"agency|developer|integrator|franchisor|adviser|advisor)$",
    re.IGNORECASE,
)
_CUSTOMER = re.compile(
    r"^(?:the )?(?:customer|client|buyer|purchaser|licensee|subscriber|recipient|lessee|tenant|end user"
    r"|user|reseller|distributor|"
    r"franchisee|channel partner|company)$",
    re.IGNORECASE,
)
_GENERIC = re.compile(
    r"\b(?:Service Provider|Provider|Supplier|Vendor|Seller|Contractor|Consultant|Licensor|Manufacturer"
    r"|Customer|Client|Buyer|"
    r"Purchaser|Licensee|Subscriber|Distributor|Reseller|Carrier|Company)\b"
)

_ACTS = (
    r"(?:shall|will|agrees?|may|must|represents?|warrants?|desires?|wishes|acknowledges?|ha[sd]|have|is|are|does"
    r"|can|would|hereby|undertakes?|grants?)\b"
)


@dataclass(frozen=True)
class Roles:
    """The names by which the text calls the parties, and the side each of them is on."""

    names: tuple[str, ...]
    payer: str = ""
    provider: str = ""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        names = sorted(set(self.names), key=len, reverse=True)
        return re.compile(
            r"(?<!\w)(?:" + "|".join(re.escape(name) for name in names) + r")(?!\w)", re.IGNORECASE
        )

    def mentions(self, text: str, start: int = 0, end: int | None = None) -> list[tuple[int, str]]:
        """Places and canonical names of the roles in a stretch of flat text."""
        if not self.names:
            return []
        canonical = {name.lower(): name for name in self.names}
        stop = len(text) if end is None else end
        return [(m.start(), canonical[m.group().lower()]) for m in self._pattern.finditer(text, start, stop)]

    def other(self, role: str) -> str:
        """The opposite of a role, where there are two sides; empty where that cannot be told."""
        if role == self.payer:
            return self.provider
        if role == self.provider:
            return self.payer
        rest = [name for name in self.names if name != role]
        return rest[0] if len(rest) == 1 else ""

    def subject(self, sentence: Sentence, at: int) -> str:
        """Who does what stands at `at`: a by-phrase, the noun before the modal verb, or the list's lead."""
        text = sentence.text
        clause = clause_at(text, at)
        by = re.compile(r"\bby (?:the )?").search(text, at, min(clause.end, at + 160))
        if by and (named := self.mentions(text, by.end(), by.end() + 40)) and named[0][0] == by.end():
            return named[0][1]
        verbs = list(MODAL.finditer(text, clause.start, at)) or list(MODAL.finditer(text, at, clause.end))[:1]
        for modal in reversed(verbs):
            before = self.mentions(text, clause.start, modal.start())
            if before and modal.start() - before[-1][0] < 60 + len(before[-1][1]):
                return before[-1][1]
        if sentence.lead is not None and (led := self.mentions(sentence.lead.text)):
            return led[0][1] if MODAL.search(sentence.lead.text) else ""
        return ""


def acts(text: str, role: str) -> int:
    """How often the text says of somebody called so what he does, has or owes."""
    pattern = rf"(?<!\w){re.escape(role)}[)\",]{{0,2}} (?:also |hereby |each |and (?:its|the) \w+ )?{_ACTS}"
    return len(re.findall(pattern, text, re.IGNORECASE))


def find_roles(parties: Sequence[PartyMention], sentences: Sequence[Sentence]) -> Roles:
    """The roles of a document: those of its preamble, or the usual role words that its clauses use."""
    names = [name for party in parties for name in (party.role, *party.aliases) if name]
    counts: Counter[str] = Counter()
    for sentence in sentences:
        counts.update(match.group() for match in _GENERIC.finditer(sentence.text))
    if len([party for party in parties if party.role]) < 2:
        names += [name for name, count in counts.most_common(3) if count >= 2 and name not in names]
    names = list(dict.fromkeys(names))
    payer = next((name for name in names if _CUSTOMER.match(name) and name.lower() != "company"), "")
    provider = next((name for name in names if _PROVIDER.match(name)), "")
    if not payer and provider.lower().endswith("operator") and len(names) >= 2:
        # Whoever operates something may have it served as well as serve it: who pays tells.
        paying, paid = _sides(names, "", "", sentences)
        payer, provider = (paying, paid) if paying else (payer, provider)
    if not (payer and provider) and len(names) >= 2:
        payer, provider = _sides(names, payer, provider, sentences)
    return Roles(tuple(names), payer, provider)


def _sides(names: Sequence[str], payer: str, provider: str, sentences: Sequence[Sentence]) -> tuple[str, str]:
    """Tell the sides by who pays: the party that most often "shall pay" is the payer."""
    if payer:
        return payer, next(name for name in names if name != payer)
    if provider:
        return next(name for name in names if name != provider), provider
    pays: Counter[str] = Counter()
    pattern = re.compile(
        r"(?:the )?(?P<who>"
        + "|".join(re.escape(name) for name in names)
        + r") (?:(?:shall|will|agrees to|must) (?:\w+ )?(?:pay|reimburse)|pays)\b",
        re.IGNORECASE,
    )
    canonical = {name.lower(): name for name in names}
    for sentence in sentences:
        if "pay" in sentence.lower or "reimburse" in sentence.lower:
            pays.update(canonical[m["who"].lower()] for m in pattern.finditer(sentence.text))
    if not pays:
        return "", ""
    payer = pays.most_common(1)[0][0]
    return payer, next(name for name in names if name != payer)
