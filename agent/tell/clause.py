"""What the contract says: the terms in force in words and the clause itself, quoted where it stands."""

from agent.answer import Block, Claim
from agent.lexicon import FUNCTION_WORDS, KIND_CONCEPTS, concept_of, topic_of
from agent.passages import Passage, says
from agent.phrases import spell
from agent.select import priority
from agent.tell.material import Material, bullets, first_up
from agent.tell.terms import current, current_and_past, title_of
from obligations.document import Span
from obligations.model import Obligation, Outcome

QUOTED = 600
"""Most characters of a clause that are quoted; the citation gives the whole place."""

SHOWN = 6
LISTED = 40
"""Promises told with their quote, and in one line each."""


def tell_clause(m: Material) -> list[Block]:
    """Terms of the promises asked about, or found text; empty when neither is there.

    Where the question asks for more than a kind's own words ("what does it say about interest on late
    payments?"), a passage that has them comes before the terms of the kind.
    """
    promises = _obligations(m)
    more = _asks_more(m)
    found = m.passages()[:3] if more or not promises else []
    if more:
        found = [p for p in found if says(f"{p.span.section} {p.span.quote}", more)]
    if found:
        return [Block(layout="paragraph", claims=(passage_claim(m, p),)) for p in found]
    if any(word.lower() in topic_of() for word in more):
        promises = [o for o in promises if says(_quotes(m, o), more)]
    if len(promises) > SHOWN:
        return [Block(layout="bullets", claims=tuple(_in_words(m, o) for o in promises[:LISTED]))]
    return [block for o in promises for block in _terms(m, o)]


def _asks_more(m: Material) -> list[str]:
    """What the question looks for beyond the words of the kinds it names; nothing where it asks for what
    was breached."""
    if m.plan.focus or m.plan.outcomes or not m.plan.kinds:
        return []
    own = {concept for concept, _ in KIND_CONCEPTS} | {"terms", "long", "ticket", "must"}
    said = [word for word in m.plan.topic.split() if word not in (*m.plan.priorities, *m.plan.services)]
    strange = [word for word in said if word.lower() not in FUNCTION_WORDS]
    return [word for word in strange if concept_of().get(word.lower()) not in own]


def _quotes(m: Material, o: Obligation) -> str:
    """The clauses of a promise, to look for words in."""
    return " ".join(m.desk.quote(span) for dated in o.terms for span in (dated.span, *dated.basis))


def _obligations(m: Material) -> list[Obligation]:
    """Promises of the kinds asked about; those breached or shown before where the question points there."""
    if m.plan.focus or "breached" in m.plan.outcomes or m.plan.records:
        shown = m.of(Outcome.BREACHED) or m.selected
        found = [m.desk.obligation(a.obligation) for a in shown]
        return list({o.id: o for o in found if o}.values())
    if m.plan.sections:
        return []
    held = m.desk.obligations(m.contracts)
    if amended := [o for o in held if any(d.contract in m.plan.contracts for d in o.terms[1:])]:
        return amended
    if not m.plan.kinds and not m.plan.every_promise:
        return []
    held = [o for o in held if not m.plan.kinds or o.kind in m.plan.kinds]
    if m.plan.priorities:
        held = [
            o
            for o in held
            if priority(o) in m.plan.priorities or o.kind not in ("response_time", "resolution_time")
        ]
    if m.plan.services:
        wanted = {s.casefold() for s in m.plan.services}
        named = [o for o in held if (getattr(o.terms[-1].terms, "service", None) or "").casefold() in wanted]
        held = named or held
    return sorted(
        held,
        key=lambda o: (
            m.desk.party_name(o.contract),
            m.plan.kinds.index(o.kind) if o.kind in m.plan.kinds else 9,
            o.key,
        ),
    )


def _terms(m: Material, o: Obligation) -> list[Block]:
    """A promise in words, then in the words of the clause."""
    now = current(o, m.desk.as_of.date())
    title = m.desk.contracts[now.contract].title if now.contract in m.desk.contracts else now.contract
    quoted = bullets("", [quote_of(m, now.span, title)])
    return [Block(layout="paragraph", claims=(_in_words(m, o),)), *quoted]


def _in_words(m: Material, o: Obligation) -> Claim:
    """What is promised in plain words, with what was promised before an amendment."""
    on = m.desk.as_of.date()
    said, earlier = current_and_past(o, on, m.titles)
    now = current(o, on)
    spans = tuple(dict.fromkeys((now.span, *now.basis[:2])))
    history = f"; {'; '.join(earlier)}" if earlier else ""
    past = tuple(d.span for d in o.terms if d is not now)[:2]
    return Claim(
        text=f"{m.desk.party_name(o.contract)}, {title_of(o)}: {said}{history}.",
        spans=(*spans, *past),
        obligations=(o.id,),
        contracts=(o.contract,),
    )


def quote_of(m: Material, span: Span, title: str) -> Claim:
    """The clause's own words, shortened at a sentence's end where they are long."""
    words = " ".join(_shortened(m.desk.quote(span)).split())
    where = f"{title}, {span.section}" if span.section else title
    page = f", page {span.page}" if span.page else ""
    return Claim(text=f"{where}{page}: “{words}”", spans=(span,))


def _shortened(quote: str) -> str:
    quote = quote.strip()
    if len(quote) <= QUOTED:
        return quote
    cut = max(quote.rfind(end, 0, QUOTED) for end in (". ", "; ", "\n", " "))
    return quote[: cut + 1 if cut > 0 else QUOTED].rstrip()


def passage_claim(m: Material, found: Passage) -> Claim:
    """A found passage, quoted where it stands."""
    held = m.desk.contracts.get(found.contract)
    title = f"{m.desk.party_name(found.contract)}, {held.title}" if held else found.contract
    said = quote_of(m, found.span, title)
    return said.model_copy(update={"contracts": (found.contract,), "text": first_up(spell_title(said.text))})


def spell_title(text: str) -> str:
    """Dates of a title in words; the quote after it stays as it is."""
    title, mark, quote = text.partition("“")
    return f"{spell(title)}{mark}{quote}"
