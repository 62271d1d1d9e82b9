"""What a document says about itself: dates, law, zone, order of precedence."""

import re
from collections.abc import Sequence

from extraction import patterns
from extraction.beginnings import read_dates
from extraction.definitions import Definitions
from extraction.endings import read_ending
from extraction.laws import read_law
from extraction.model import ContractFacts, Draft, PartyMention
from extraction.places import holiday_region_in, places, zone_in
from extraction.precedence import read_precedence
from extraction.renewals import read_renewed
from extraction.sentences import Sentence, span_of
from extraction.titles import read_title
from obligations.document import Document


def read_zone(sentences: Sequence[Sentence], law: str) -> tuple[str | None, Sentence | None]:
    """The contract's zone: what it says of times, else its calendars, else where its law is at home."""
    counts: dict[str, tuple[int, Sentence]] = {}
    for sentence in sentences:
        if sentence.form == "heading":
            continue
        said = _times_rule(sentence.text)
        if said:
            return said, sentence
        if zone := zone_in(sentence.text):
            count, first = counts.get(zone, (0, sentence))
            counts[zone] = (count + 1, first)
    if counts:
        zone, (_, sentence) = max(counts.items(), key=lambda item: item[1][0])
        return zone, sentence
    for sentence in sentences:
        if "holiday" in sentence.lower and (place := holiday_region_in(sentence.text)):
            return place.zone, sentence
    named = next(iter(places(law)), None)
    return (named.zone, None) if named else (None, None)


_OF_TIMES = re.compile(r"\b(?:times?|hours)\b", re.IGNORECASE)


def _times_rule(text: str) -> str | None:
    """ "Times of day are times in Munich": a rule on how times are meant."""
    if not _OF_TIMES.search(text) or not patterns.search(
        r"\b(?:times?(?: of (?:the )?day)?|hours|references? to (?:a )?times?"
        r"|dates and times)\b[^.;]{0,40}\b(?:are|is|refer\w*|mean\w*|shall be|expressed)\b",
        text,
    ):
        return None
    if zone := zone_in(text):
        return zone
    place = next(iter(places(text)), None)
    return place.zone if place and patterns.search(r"\btimes?\b[^.;]{0,60}\b(?:in|at|of)\b", text) else None


def read_facts(
    document: Document,
    sentences: Sequence[Sentence],
    parties: tuple[PartyMention, ...],
    definitions: Definitions,
    drafts: Sequence[Draft],
    *,
    month_first: bool,
) -> ContractFacts:
    """Everything about the document itself; `drafts` give the term from which its end follows."""
    title = read_title(document)
    law, law_sentence = read_law(sentences)
    zone, zone_sentence = read_zone(sentences, law)
    found = read_dates(document, sentences, definitions, month_first=month_first)
    precedence, precedence_sentence = read_precedence(sentences)
    ending = read_ending(document, sentences, definitions, drafts, found, month_first=month_first)
    renewed = read_renewed(document, sentences, drafts)
    spans = dict(found.spans)
    if title.end > title.start:
        spans["title"] = span_of(document, title.start, title.end)
    if title.parent and title.parent_span:
        spans["parent_title"] = span_of(document, *title.parent_span)
    for name, sentence in (
        ("governing_law", law_sentence),
        ("zone", zone_sentence),
        ("precedence", precedence_sentence),
    ):
        if sentence is not None:
            spans[name] = span_of(document, sentence.start, sentence.end, sentence.section)
    if ending.span is not None:
        spans["perpetual" if ending.perpetual else "expires_on"] = ending.span
    in_words = {"renewal": renewed.span, "renewal_notice": renewed.notice_span}
    spans.update({name: span for name, span in in_words.items() if span is not None})
    return ContractFacts(
        title=title.text,
        type=title.type,
        parties=parties,
        agreed_on=found.agreed,
        effective_on=found.effective,
        effective_assumed=found.assumed,
        expires_on=ending.last_on,
        expires_counted=ending.counted,
        perpetual=ending.perpetual,
        renewal=renewed.length,
        renewal_perpetual=renewed.perpetual,
        renewal_notice=renewed.notice,
        governing_law=law,
        zone=zone,
        precedence=precedence,
        parent_title=title.parent,
        relation=title.relation,
        definitions=definitions.all(),
        spans=spans,
    )


def is_month_first(text: str) -> bool:
    """Are printed dates such as 03/04/2024 month first? Yes in a document of the United States."""
    american = len(
        re.findall(
            r"\b(?:Delaware|New York|California|Texas|Nevada|Florida|Massachusetts|New Jersey|Illinois"
            r"|U\.S\.|United States|Inc\.|LLC)\b",
            text[:20000],
        )
    )
    other = len(
        re.findall(
            r"\b(?:England|United Kingdom|Germany|GmbH|plc|Sweden|Finland|Poland|France|Ireland|Europe"
            r"|Ltd)\b",
            text[:20000],
        )
    )
    return american > other
