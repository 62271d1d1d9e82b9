"""Follow-ups: what a question leaves out is taken from the thread's last plan."""

import re

from agent.deps import ThreadState
from agent.intents import intent_of, is_yes_no, looks_like_a_name
from agent.plan import Plan
from agent.sentence import Sentence

_OPENS = re.compile(r"^(?:and|what about|how about|same|also|but|then|so|WHY|ok)\b")
_BARE = re.compile(
    r"^(?:and |so |but |ok )?(?:what about |how about |THEY |for |in |with |the |only |just |by )*"
    r"(?:NAME|PERIOD|PRIORITY|SERVICE|RECORD|and|in|for|,| )*(?: only| too| as well| instead| then| ones?)*$"
)


def follow(fresh: Plan, sentence: Sentence, previous: ThreadState | None) -> Plan:
    """The plan completed from the thread; unchanged where the question stands on its own."""
    before = previous.plan if previous else None
    if before is None or fresh.intent == "help" or not _leans(fresh, sentence):
        return fresh
    changed: dict[str, object] = {"follow_up": True}
    bare = bool(_BARE.match(sentence.shape))
    if bare:
        for field in (
            "intent",
            "kinds",
            "outcomes",
            "priorities",
            "items",
            "owed",
            "yes_no",
            "covers",
            "topic",
        ):
            changed[field] = getattr(before, field)
        changed["why_not"] = before.why_not
        if sentence.priorities:
            changed["priorities"] = fresh.priorities
    elif intent_of(sentence) == "status" and not is_yes_no(sentence):
        # It says what, but not what about it: "and the September report?"
        changed |= {"intent": before.intent, "yes_no": before.yes_no, "items": before.items}
    if not fresh.has_subject:
        for field in ("names", "parties", "contracts", "services", "records", "role"):
            changed[field] = getattr(before, field)
        if fresh.intent != "list":
            changed["focus"] = previous.focus if previous else ()
        changed.update(_inherit_kinds(fresh, before, bare))
    elif sentence.matches(r"\bTHEY CONTRACT\b"):
        changed["contracts"] = before.contracts
    if all(w.assumed for w in fresh.windows) and fresh.judged_at is None:
        changed["windows"], changed["judged_at"] = before.windows, before.judged_at
    elif bare:
        changed["focus"] = ()
    return fresh.model_copy(update=changed)


def _inherit_kinds(fresh: Plan, before: Plan, bare: bool) -> dict[str, object]:
    if bare or fresh.kinds:
        return {}
    kept: dict[str, object] = {"kinds": before.kinds, "priorities": fresh.priorities or before.priorities}
    if fresh.intent in ("reason", "wording") and not fresh.outcomes:
        kept["outcomes"] = before.outcomes
    if fresh.owed == "any":
        kept["owed"] = before.owed
    return kept


def _leans(fresh: Plan, sentence: Sentence) -> bool:
    """The question needs what came before: it opens like a reply, points back, or names no subject where
    one is needed. A question about everybody, or about a name that is not known, stands on its own."""
    if any(looks_like_a_name(word) for word in fresh.unknown) or fresh.intent == "out_of_scope":
        return False
    if _OPENS.match(sentence.shape) and not (fresh.has_subject and len(sentence.words) > 6):
        return True
    about_all = sentence.has("vendor", "customer", "party", "any", "which")
    if sentence.has("they") and fresh.intent in ("wording", "reason") and not fresh.has_subject:
        return True
    if fresh.has_subject or about_all:
        return False
    if sentence.has("they") or _BARE.match(sentence.shape):
        return True
    needs_one = fresh.intent in ("status", "reason", "wording", "date", "timeline", "compare")
    return needs_one and len(sentence.words) <= 10
