"""Whether a question can be answered from contracts and records at all, and what kind it really is."""

from agent.features import PROMISES, clause_topics, tells_a_deed
from agent.intents import looks_like_a_name, names_nobody
from agent.lexicon import ADVICE, no_data_of
from agent.phrases import SLA_KINDS
from agent.plan import CONTRACT_KINDS, Intent
from agent.sentence import Sentence


def settled(
    sentence: Sentence, intent: Intent, kinds: tuple[str, ...], outcomes: tuple[str, ...], ahead: bool
) -> Intent:
    """The intent once it is known what the question says and does not say."""
    if sentence.has("overview") and not outcomes:
        sides = sentence.has("vendor", "customer", "party") and names_nobody(sentence)
        return "compare" if sides else "status"
    if _asks_how_it_must_be(sentence, intent) and not (kinds or outcomes):
        return "wording"
    if intent in ("status", "list") and not outcomes and not kinds and sentence.forms & PROMISES:
        return "wording"
    if intent == "date" and kinds and set(kinds) <= SLA_KINDS and not (outcomes or sentence.records):
        return "wording" if sentence.unknown else intent
    if intent != "status":
        return intent
    if names_nobody(sentence) and ahead:
        return "list"
    if kinds and set(kinds) <= CONTRACT_KINDS and not outcomes and not tells_a_deed(sentence):
        return "date"
    everybody = sentence.has("vendor", "customer", "any") or sentence.matches(r"\bwhat should WE\b")
    if names_nobody(sentence) and (kinds or outcomes or everybody):
        return "list"
    unexplained = sentence.unknown and not (kinds or outcomes or sentence.has("status", "kept"))
    return "wording" if unexplained and not names_nobody(sentence) else intent


def _asks_how_it_must_be(sentence: Sentence, intent: Intent) -> bool:
    """ "How warm must meals be?": what must or may be, in words that only the contract has."""
    asked = intent in ("status", "list", "date") and sentence.matches(r"\b(?:MUST|may)\b")
    return bool(asked and len(sentence.unknown) >= 2 and not sentence.records)


def in_scope(
    sentence: Sentence, intent: Intent, kinds: tuple[str, ...], outcomes: tuple[str, ...]
) -> tuple[Intent, str]:
    """The intent, or `out_of_scope` with what the question is about instead."""
    if intent in ("help", "timeline"):
        return intent, ""
    subject = next((s for w in sentence.words if (s := no_data_of().get(w.form))), "")
    if subject and intent != "wording" and not outcomes and (not kinds or "who" in sentence.forms):
        return "out_of_scope", subject
    to_do = sentence.matches(r"\bwhat should WE (?:do|look|know|check|see)\b")
    if sentence.forms & ADVICE or (sentence.matches(r"\bshould WE\b") and not to_do):
        return "out_of_scope", "advice"
    if sentence.matches(r"\bwill\b.*\b(?:BREACH|KEPT|LATE)\b|\b(?:predict|forecast|likely)\b"):
        return "out_of_scope", "forecast"
    if sentence.has("deliver") and tells_a_deed(sentence) and not kinds:
        return "out_of_scope", "deliveries"
    if intent in ("status", "list", "count") and not (kinds or outcomes) and _says_nothing(sentence):
        return "out_of_scope", "unknown"
    return intent, ""


def _says_nothing(sentence: Sentence) -> bool:
    """Nobody is named, and either nothing was understood or what matters was not."""
    if not names_nobody(sentence) or any(looks_like_a_name(word) for word in sentence.unknown):
        return False
    telling = sentence.concepts - {"contract", "record", "they", "we", "our", "past", "must", "which", "any"}
    if sentence.unknown:
        return not (telling & {"status", "overview", "upcoming", "due"} or clause_topics(sentence))
    return not (sentence.concepts or clause_topics(sentence) or sentence.periods or sentence.priorities)


def asks_a_clause(
    sentence: Sentence, intent: Intent, kinds: tuple[str, ...], outcomes: tuple[str, ...]
) -> bool:
    """A subject of clauses that is not assessed ("liability", "audit"), and nothing that is."""
    if intent not in ("status", "list", "date", "money") and not (intent == "reason" and not kinds):
        return False
    if sentence.records and intent == "reason":
        return False
    if kinds == ("reporting",) and tells_a_deed(sentence):
        return False  # "has the fill-rate report come": the topic's word says which report
    ours = {"termination", "renewal", "records", "support hours", "maintenance"}
    topics = set(clause_topics(sentence))
    if outcomes and not sentence.matches(r"\bcan\b|\bmay\b"):
        return False
    return (
        bool(topics - ours)
        or (bool(topics) and not kinds)
        or sentence.matches(r"\b(?:can|may) .*TERMINATE\b")
    )
