"""What the contract says: the terms in force in words and the clause itself, quoted where it stands."""

import re
from collections.abc import Iterable

from agent.answer import Block, Claim
from agent.deps import SearchHit
from agent.lexicon import CLAUSE_TOPICS, FUNCTION_WORDS, GRAMMAR, KIND_CONCEPTS, concept_of, topic_of
from agent.phrases import spell
from agent.select import priority
from agent.tell.material import Material, bullets, first_up
from agent.tell.terms import current_and_past, title_of
from obligations.document import Span
from obligations.model import Obligation, Outcome

QUOTED = 600
"""Most characters of a clause that are quoted; the citation gives the whole place."""

SHOWN = 6
LISTED = 40
"""Promises told with their quote, and in one line each."""
_ENDINGS = "ations ances ation ments ment ance ities ity able ing ies ed es s y e".split()  # noqa: SIM905
_SENTENCE = re.compile(r"[^.;\n]+(?:[.;](?=\s|$)|\n|$)|[.;\n]")
_WORD = re.compile(r"[^\W_]{3,}")


def tell_clause(m: Material) -> list[Block]:
    """Terms of the promises asked about, or found text; empty when neither is there.

    Where the question asks for more than a kind's own words ("what does it say about interest on late
    payments?"), a passage that has them comes before the terms of the kind.
    """
    obligations = _obligations(m)
    found = [_passage(m, hit, span) for hit, span in relevant(m)[:3]]
    more = _asks_more(m)
    if found and (more or not obligations):
        return found
    if more:
        obligations = [o for o in obligations if _shared(_meanings(more), _quotes(m, o))]
    if len(obligations) > SHOWN:
        return [Block(layout="bullets", claims=tuple(_in_words(m, o) for o in obligations[:LISTED]))]
    return [block for o in obligations for block in _terms(m, o)] or found


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
    now = o.in_force(m.desk.as_of.date()) or o.terms[0]
    title = m.desk.contracts[now.contract].title if now.contract in m.desk.contracts else now.contract
    quoted = bullets("", [quote_of(m, now.span, title)])
    return [Block(layout="paragraph", claims=(_in_words(m, o),)), *quoted]


def _in_words(m: Material, o: Obligation) -> Claim:
    """What is promised in plain words, with what was promised before an amendment."""
    on = m.desk.as_of.date()
    said, earlier = current_and_past(o, on)
    now = o.in_force(on) or o.terms[0]
    spans = tuple(dict.fromkeys((now.span, *now.basis[:2])))
    history = f"; {'; '.join(earlier)}" if earlier else ""
    past = tuple(d.span for d in o.terms if d is not now)[:2] if earlier else ()
    return Claim(
        text=f"{m.desk.party_name(o.contract)}, {title_of(o)}: {said}{history}.",
        spans=(*spans, *past),
        obligations=(o.id,),
        contracts=(o.contract,),
    )


def quote_of(m: Material, span: Span, title: str) -> Claim:
    """The clause's own words, shortened at a sentence's end where they are long."""
    words = _shortened(m.desk.quote(span))
    where = f"{title}, {span.section}" if span.section else title
    page = f", page {span.page}" if span.page else ""
    return Claim(text=f"{where}{page}: “{words}”", spans=(span,))


def _shortened(quote: str) -> str:
    quote = quote.strip()
    if len(quote) <= QUOTED:
        return quote
    cut = max(quote.rfind(end, 0, QUOTED) for end in (". ", "; ", "\n", " "))
    return quote[: cut + 1 if cut > 0 else QUOTED].rstrip()


def relevant(m: Material) -> list[tuple[SearchHit, Span]]:
    """Hits that share words with what was asked for, each with the passage that shares most.

    Meaning-based search always finds something; a passage without one of the words asked for says
    nothing about them.
    """
    if m.plan.sections:
        hits = [hit for hit in m.hits if _numbered(hit.chunk.section, m.plan.sections)]
        return [(hit, best_passage(hit, [])) for hit in hits]
    asked = m.plan.topic.split()
    wanted = _meanings(asked)
    topics = _meanings(word for word in asked if word.lower() in topic_of())
    found: list[tuple[float, SearchHit, Span]] = []
    for hit in m.hits:
        text = f"{hit.chunk.section} {hit.chunk.text}"
        shared = _shared(wanted, text)
        if shared < _enough(len(wanted)) and not _shared(topics, text):
            continue
        heading = _shared(wanted, hit.chunk.section)
        span = best_passage(hit, wanted)
        found.append((shared / len(wanted) + heading + hit.score * 0.1, hit, span))
    found.sort(key=lambda f: -f[0])
    return [(hit, span) for _, hit, span in found]


def _numbered(section: str, numbers: Iterable[str]) -> bool:
    """The clause bears one of the numbers, or stands under it: 5.2 and 5.2.1 under "5.2"."""
    own = section.lstrip("§ ").split(" ", 1)[0].rstrip(".")
    return any(own == number or own.startswith(f"{number}.") for number in numbers)


def _meanings(said: Iterable[str]) -> list[frozenset[str]]:
    """For each word asked for, the stems that mean it: its own and those of its clause topic."""
    groups = []
    for word in said:
        topic = topic_of().get(word.lower())
        others = CLAUSE_TOPICS[topic].split() if topic else ()
        if stems := _stems([word, *others]):
            groups.append(frozenset(stems))
    return groups


def _enough(asked: int) -> int:
    """How many of the words asked for a passage must have to be about them."""
    return asked if asked <= 2 else -(-asked * 3 // 5)


def _shared(wanted: Iterable[frozenset[str]], text: str) -> int:
    """How many of the words asked for a text has, in some form."""
    held = _stems(_WORD.findall(text))
    return sum(bool(group & held) for group in wanted)


def best_passage(hit: SearchHit, wanted: list[frozenset[str]]) -> Span:
    """The sentences of a chunk around the one that shares most words with the question."""
    chunk = hit.chunk
    pieces = [(p.start(), p.end()) for p in _SENTENCE.finditer(chunk.text) if p[0].strip(" .;\n")]
    if not pieces:
        pieces = [(0, len(chunk.text))]
    scores = [_shared(wanted, chunk.text[a:b]) for a, b in pieces]
    at = scores.index(max(scores))
    first = last = at
    while last + 1 < len(pieces) and pieces[last + 1][1] - pieces[first][0] <= QUOTED:
        last += 1
    while first > 0 and scores[first - 1] and pieces[last][1] - pieces[first - 1][0] <= QUOTED:
        first -= 1
    start, end = pieces[first][0], pieces[last][1]
    text = chunk.text[start:end]
    start += len(text) - len(text.lstrip())
    end -= len(text) - len(text.rstrip())
    return Span(
        document_id=chunk.document_id,
        start=chunk.start + start,
        end=chunk.start + end,
        quote=chunk.text[start:end],
        section=chunk.section,
        page=chunk.page,
    )


def _stems(found: Iterable[str]) -> set[str]:
    """Words without endings that do not change what they are about; function words left out."""
    stems = set()
    for word in found:
        low = word.lower()
        if low in GRAMMAR or len(low) < 3:
            continue
        for ending in _ENDINGS:
            if low.endswith(ending) and len(low) - len(ending) >= 4:
                low = low[: -len(ending)]
                break
        stems.add(low)
    return stems


def _passage(m: Material, hit: SearchHit, span: Span) -> Block:
    held = m.desk.contracts.get(hit.contract_id)
    title = f"{m.desk.party_name(hit.contract_id)}, {held.title}" if held else hit.contract_id
    said = quote_of(m, span, title)
    return Block(
        layout="paragraph",
        claims=(
            said.model_copy(
                update={"contracts": (hit.contract_id,), "text": first_up(spell_title(said.text))}
            ),
        ),
    )


def spell_title(text: str) -> str:
    """Dates of a title in words; the quote after it stays as it is."""
    title, mark, quote = text.partition("“")
    return f"{spell(title)}{mark}{quote}"
