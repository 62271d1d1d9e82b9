"""What an answer is composed from, and how a claim about an assessment is made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent.answer import Block, Claim
from agent.desk import Desk
from agent.passages import Passage, numbered, passages
from agent.phrases import amount, detail, occurrence_words, promise, spell
from agent.plan import CONTRACT_KINDS, Plan
from obligations.document import Span
from obligations.facts import Fact, Source
from obligations.model import Assessment, MoneyMeaning, Outcome

MONEY_WORDS: dict[MoneyMeaning, str] = {
    "credit_owed": "service credit of {} owed",
    "credit_received": "service credit of {} received",
    "amount_due": "{}",
    "interest": "interest of {}",
    "discount": "discount of {}",
    "rebate": "rebate of {}",
    "shortfall": "shortfall of {}",
    "damages": "liquidated damages of {}",
    "overcharged": "{} too much",
    "withheld": "{} withheld",
    "revenue": "revenue of {}",
    "spent": "{} spent",
    "": "{}",
}
"""What an assessment's money is, in words."""

SPANS_PER_CLAIM = 2
RECORDS_PER_CLAIM = 4


@dataclass
class Material:
    """Everything gathered for one question: `selected` is what it is about, `around` all that was
    assessed for the same parties, `facts` records of a timeline."""

    plan: Plan
    desk: Desk
    contracts: Sequence[str] = ()
    selected: list[Assessment] = field(default_factory=list)
    around: list[Assessment] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def of(self, *outcomes: Outcome) -> list[Assessment]:
        return [a for a in self.selected if a.outcome in outcomes]

    @property
    def titles(self) -> dict[str, str]:
        """The title of each contract."""
        return {c.id: c.title for c in self.desk.contracts.values()}

    @property
    def party_ids(self) -> list[str]:
        """Counterparties the question is about, in the order it names them."""
        named = list(self.plan.parties)
        named += [c.counterparty or "" for i in self.plan.contracts if (c := self.desk.contracts.get(i))]
        return [p for p in dict.fromkeys(named) if p]

    @property
    def party_names(self) -> list[str]:
        return [self.desk.parties[p].name for p in self.party_ids if p in self.desk.parties]

    def passages(self) -> list[Passage]:
        """Passages of the contracts that are about the question's topic, best first; searched for when
        first asked for."""
        topic = self._topic()
        if not topic:
            return []
        hits = self.desk.search(topic, self.contracts)
        return numbered(hits, self.plan.sections) if self.plan.sections else passages(hits, topic)

    def _topic(self) -> str:
        """The words to look for, without those that only name the contract ("the managed services
        agreement")."""
        held = (self.desk.contracts[c].title for c in self.contracts if c in self.desk.contracts)
        titles = {word for title in held for word in title.casefold().split()}
        said = self.plan.topic.split()
        own = [word for word in said if word.casefold() not in titles]
        return " ".join(own if len(self.contracts) < len(self.desk.contracts) and own else said)

    def promise(self, a: Assessment) -> str:
        return promise(a, self.desk.obligation(a.obligation))

    def detail(self, a: Assessment) -> str:
        return detail(a, self.desk.zone(a.contract))


def first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def claim(
    a: Assessment, text: str, *, cells: tuple[str, ...] = (), spans: Sequence[Span] | None = None
) -> Claim:
    """A claim that rests on one assessment: its first spans and records."""
    cited = a.spans[:SPANS_PER_CLAIM] if spans is None else tuple(spans)
    return Claim(text=text, cells=cells, assessments=(a.id,), spans=cited, records=_own_records(a))


def claim_all(assessments: Iterable[Assessment], text: str) -> Claim:
    """A claim about several assessments together; it cites none of their spans itself. The sentence ends
    with one full stop, also after a name that has one ("Inc.")."""
    return Claim(text=text.rstrip(".") + ".", assessments=tuple(a.id for a in assessments))


def _own_records(a: Assessment) -> tuple[Source, ...]:
    return a.records[:RECORDS_PER_CLAIM]


def line(m: Material, a: Assessment, *, with_party: bool = False) -> Claim:
    """One assessment in one line: promise, then how it stands."""
    if a.kind == "service_credit":
        return credit_line(m, a)
    side = ", by us" if m.desk.we_owe(m.desk.obligation(a.obligation)) else ""
    who = f"{m.desk.party_name(a.contract)}{side}: " if with_party else ""
    if a.kind in CONTRACT_KINDS:
        return claim(a, f"{who}{first_up(m.detail(a))}.")
    return claim(a, f"{who}{first_up(m.promise(a))}: {m.detail(a)}{_money_words(a)}.")


def credit_line(m: Material, a: Assessment) -> Claim:
    """A service credit: from whom, for when, and what the rule found about the money."""
    who = m.desk.party_name(a.contract)
    # The rule first repeats how long the service was up, which the line of the level has said.
    found = m.detail(a).rpartition(": ")[2] if a.outcome is not Outcome.UNDETERMINED else m.detail(a)
    return claim(a, f"Service credit from {who} for {occurrence_words(a)}: {found}.")


def _money_words(a: Assessment) -> str:
    if a.money is None:
        return ""
    return f" ({MONEY_WORDS[a.money_is].format(amount(a.money))})"


def bullets(title: str, claims: Sequence[Claim]) -> list[Block]:
    """A titled list, or nothing when there is nothing to list."""
    return [Block(title=title, layout="bullets", claims=tuple(claims))] if claims else []


def paragraph(*claims: Claim) -> Block:
    return Block(layout="paragraph", claims=claims)


def note(text: str) -> Claim:
    return Claim(text=spell(text), note=True)
