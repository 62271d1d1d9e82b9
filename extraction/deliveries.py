"""The grammar of supplying: verbs of delivering and finishing, what is delivered, and the limits in time.

`supplied` finds the verb that a time limit (`extraction.delivery_limits`) in a clause belongs to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from extraction.clauses import MODAL, clause_at
from extraction.delivery_limits import Limit
from extraction.sentences import Sentence

_BEGUN = (
    r"(?:\([^()]{0,120}\) )?(?:[\w'-]+ ){0,4}?(?:distribut\w+|product(?:ion|ions)"
    r"|construct\w+|works?|sales?|selling|market\w+|transmi\w+|broadcast\w*|manufactur\w+|operat(?:ions?"
    r"|ing)|shipments?|shipping|deliver(?:y|ies|ing)"
    r"|install\w+|develop(?:ment|ing)|promot(?:ion|ing)|implement\w+|services|detailing|trials?|stud(?:y"
    r"|ies)|commerciali[sz]\w+"
    r"|publishing|publication|carriage|enrol\w+|roll-?out)(?! of (?:the|this) agreement)"
)
"""What is begun where beginning is the promise: "shall commence construction within …"."""
_STRONG = (
    r"deliver(?:s|ed|ing)?|(?:re-?)?ship(?:s|ped|ping)?|dispatch(?:es|ed)?|despatch(?:es|ed)?|install(?:s"
    r"|ed)?"
    r"|suppl(?:y|ies|ied)|furnish(?:es|ed)?|hands? over|handed over|hands? (?=(?:each|the|every|it|all|any"
    r"|them) )|commission(?:s|ed)?|launch(?:es|ed)?"
    r"|complet(?:e|es|ed)|finali[sz](?:e|es|ed)|finish(?:es|ed)?|implement(?:s|ed)?|deploy(?:s|ed)?"
    r"|integrat(?:e|es|ed)|build(?:s)?|built|construct(?:s|ed)?|manufactur(?:e|es|ed)|erect(?:s|ed)?"
    r"|connect(?:s|ed)?|configur(?:e|es|ed)|ma(?:ke|kes|de) (?:[\w'()-]+ ){0,5}?(?:available|operational"
    r"|ready|live)"
    r"|be (?:fully )?(?:ready|available|operational|live|in place|complete|functional)"
    r"|(?:is|are) (?:ready|operational|live)|go(?:es)? live"
    r"|stored and booked|put at|arrives?|leaves? (?:our|its|the) (?:works|plant|factory)|tak(?:e|es) place"
    r"|open(?:s|ed)?|relocat(?:e|es|ed)|migrat(?:e|es|ed)|translat(?:e|es|ed)|encod(?:e|es|ed)|releas(?:e"
    r"|es|ed)|fill(?:s|ed)?|train(?:s|ed)?"
    r"|ha(?:ve|s) (?:[\w'-]+ ){1,5}?(?:operational|available|in operation|completed|installed|finished"
    r"|delivered|built|live)"
    r"|be up and running|(?:place|put)s? (?:[\w'-]+ ){1,5}?in(?:to)? (?:service|operation|production|place)\b"
    r"|achiev(?:e|es|ed) (?:[\w-]+ ){0,4}?(?:completion|launch|operations?|delivery|milestones?)"
    r"|(?:achieve|make|effect)s? (?:[\w-]+ ){0,3}?first commercial (?:sale|launch)"
    r"|load(?:s|ed)|provision (?=the\b|each\b|all\b|any\b|a\b|new\b)|activat(?:e|es|ed)|assembl(?:e|es|ed)"
    r"|(?:construction|production|deliver(?:y|ies)|shipments?|works?|services?|installation|sales|operations"
    r"|development|manufacture) (?:shall|will|must) (?:commence|begin|start)"
    r"|ma(?:ke|kes|de) good|replenish(?:es|ed)?"
    rf"|(?:commence|begin|start|initiate)s? {_BEGUN}"
)
_WEAK = (
    r"provid(?:e|es|ed(?! that\b|, however))|submit(?:s|ted)?|sen(?:d|ds|t)|produc(?:e|es|ed)|prepar(?:e"
    r"|es|ed)|develop(?:s|ed)?"
    r"|design(?:s|ed)?|present(?:s|ed)?|forward(?:s|ed)?|transmit(?:s"
    r"|ted)?"
    r"|fulfil(?:l|ls|led|s)?|tender(?:s|ed)?|execut(?:e|es|ed) and deliver\w*"
    r"|upload(?:s|ed)?|distribut(?:e|es|ed)|turn(?:s|ed)? over|post(?:s|ed)?"
    r"|transfer(?:s|red)?(?! (?:title|ownership|all rights|its rights|such rights|the rights|shares|any)\b)"
    r"|plac(?:e|es|ed)(?= (?:[\w'-]+ ){0,4}?(?:links?|banners?|logos?|advertis\w+|buttons?|icons?|promotions?"
    r"|signs?|signage|content|listings?|machines?|equipment|units?)\b)|insert(?:s|ed)?|embed(?:s|ded)?"
    r"|establish(?:es|ed)?(?= (?:[\w'-]+ ){0,5}?(?:sites?|websites?|facilit\w+|pages?|links?|systems?|lines?"
    r"|stores?|offices?|stocks?|inventor\w+|accounts?|pools?|centers?|centres?|factor\w+|plants?)\b)"
    r"|sets? up|fund(?:s|ed)?(?= (?:[\w'-]+ ){0,4}?(?:expansion|construction|development|installation"
    r"|build\w*)\b)"
    r"|expand(?:s|ed)?|upgrad(?:e|es|ed)|enhanc(?:e|es|ed)|renovat(?:e|es|ed)|refurbish(?:es|ed)?"
    r"|updat(?:e|es|ed)|publish(?:es|ed)?|(?<=be )received(?= by \w)"
    r"|(?:perform|conduct|carry out)s?(?! \w+ly\b)(?! [^,;.]{0,60}?\b(?:tests?|testing|reconciliation|audits?"
    r"|inspections?|meetings?|investigations?|negotiations?|obligations)\b)"
)
_VERB = re.compile(rf"\b(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK}))\b(?!-)", re.IGNORECASE)
_NOUN = re.compile(
    r"\b(?:deliver(?:y|ies)(?: (?:date|time|period|schedule))?s?|shipments?(?: date)?|installation"
    r"|completion(?: date)?"
    r"|launch(?: date)?|(?:opening|availability|in-service|commissioning|roll-?out|hand-?over) date"
    r"|deliverables|artwork|prototypes?|manuscripts?|time of delivery"
    r"|date of (?:delivery|completion|launch|shipment|installation|opening)"
    r"|construction(?: period)?|lead[- ]?times?|turn-?around(?: time)?"
    r"|implementation|go-?live(?: date)?)\b",
    re.IGNORECASE,
)
_RIVAL = re.compile(
    r"\b(?:notice (?:is|was|has been|be) received|pa(?:y|ys|id|yable|yments?)|remit\w*|reimburs\w*"
    r"|invoic\w+|refund\w*|credit(?:ed)?|notif\w+"
    r"|inform(?:s|ed|ing)?\b"
    r"|advis\w+|respond\w*|repl(?:y|ies)|approv\w*|reject\w*|accept(?:s|ed|ance)?|object\w*|disput\w*"
    r"|review\w*"
    r"|inspect\w*|terminat\w*|cancel\w*|cur(?:e|es|ed)\b|remed\w+|renew\w*|expir\w*|elect\w*|request\w*"
    r"|meets?\b|met\b"
    r"|agree(?:s|d)? (?:on|upon)"
    r"|agree(?:s|d)? to (?:the|an?|any|such|it)\b|negotiat\w*"
    r"|consult(?:s|ed|ing)?\b|confirm\w*|acknowledg\w*|appoint\w*|designat\w*"
    r"|exercis\w+|commenc\w+|initiat\w+|begins?\b|began|retain\w*|keep\b|keeps\b|kept\b|maintain\w*"
    r"|preserv\w+|surviv\w+|remain\w*"
    r"|repair\w*|replac\w+|correct(?:s|ed)?|resolv\w+|restor\w+|report(?:s|ed)? (?:to|in|all|any|each|every"
    r"|the)|audit\w*"
    r"|vacat\w+|dismiss\w*|discharg\w+|destroy\w*|remov\w+|withdraw\w*|order(?:s|ed)?\b|forecast\w*|claim\w*"
    r"|indemnif\w+|disclos\w+|arbitrat\w*|mediat\w*|escalat\w*|schedul\w+|convene\w*|decid\w+|determin\w+"
    r"|calculat\w*"
    r"|cease[sd]?|stop(?:s|ped)?|suspend\w*|employ(?:s|ed)?\b|hire[sd]?|solicit\w*|deemed)\b",
    re.IGNORECASE,
)
_HOW = (
    r"(?:(?:a|an|the|its|any|such|each|every|all|requested|relevant|draft|final(?! report)|finali[sz]ed"
    r"|update|progress"
    r"|necessary|supporting"
    r"|additional|other"
    r"|written|prior|prompt|advance|reasonable|reasonably"
    r"|detailed|monthly|quarterly"
    r"|annual|weekly|daily|itemi[sz]ed|accurate|complete|full|true|further|timely|at least|not less than|in "
    r"writing|sales|royalty"
    r"|financial|copies of|copy of|updated|revised|initial|rolling|firm|binding|status|certified|duly"
    r"|signed|correct|audited|unaudited"
    r"|electronic|computer|media|data|mutually|acceptable|separate|with|good|faith|and|or|and/or"
    r"|[\w]+-[\w]+)\s){0,9}?"
)
_PAPER = (
    r"(?:notices?|notifications?|reports?|statements?|forecasts?|accountings?|invoices?|payments?|funds"
    r"|fees?|amounts?|comments?|feedback"
    r"|approvals?|responses?|consent|reply|replies|acceptance|objections?|confirmations?|purchase orders?"
    r"|press release"
    r"|refunds?|credits?|reimbursements?|budgets?|estimates?|summar(?:y|ies)|reconciliations?|claims?"
    r"|election|accounts?|nominations?"
    r"|records|requests?|proposals?|quotes?|quotations?|warrant\w*|services?\b(?! (?:level|plan|manual"
    r"|cent))|support|assistance"
    r"|certificate of tax|data file|opportunity|confidential information|proprietary information|proof"
    r"|evidence of (?:the|such) force"
    r"|written decision|decision|award|minutes|instructions?|directions?|information (?:regarding"
    r"|concerning|about|relating|as to)|detailed information"
    r"|advice|counsel|details of|assurances?|security|collateral|notice|information\b|documentation"
    r"|documents? (?:evidencing|demonstrating|supporting)|evidence|certificates?"
    r"|certifications?|list of|policy of insurance|insurance|polic(?:y|ies)|minutes|training|letters?"
    r"|deposits?|analysis|results?|resolution|figures|(?:sales|business|marketing) plans?|complaints?|review"
    r"|material (?:changes|safety)|agenda|agreements?|representatives?|committee|returns?|written|sales "
    r"data|copies of (?:all )?(?:such )?(?:records|policies))"
)
_NO_OBJECT = re.compile(
    rf"\W{{0,2}}(?:(?:or|and) (?:destroy|delete)\b|(?:and \w+ )?{_HOW}(?:to )?(?i:{_PAPER})\b"
    rf"|(?:to |with )?(?:the |each |his |her |their |our |your |us\b|you\b|it\b|them\b"
    rf"|other |[A-Z][\w'.-]*(?: [A-Z][\w'.-]*){{0,2}}\b|part(?:y|ies)\b|\s)*[,:]?\s?(?:\(\w{{1,3}}\)\s)?"
    rf"(?:with |for )?{_HOW}(?i:{_PAPER})\b"
    rf"|(?:to [^,;.]{{2,30}}\s|[A-Z][\w'.-]*\swith\s|with\s)?(?:an?|the|its|written|each|any)\s(?!final "
    rf"(?:written )?report)"
    rf"(?:[^\s,;.]+\s){{0,4}}?(?i:forecasts?|reports?|statements?|minutes|notices?|consent|response)\b)",
)
_ORDER = re.compile(rf"\W{{0,2}}{_HOW}orders?\b", re.IGNORECASE)
COVER = re.compile(
    r"\b(?:certificates?|polic(?:y|ies)|evidence|proof|cop(?:y|ies))\b[^.;]{0,90}?\b(?:insur\w*|coverage"
    r"|polic(?:y|ies))\b",
    re.IGNORECASE,
)
"""A certificate of insurance or the like: what has to be handed over, not the policy that has to be held."""
_SUBJECT_NO = re.compile(
    r"\b(?:notices?|notifications?|reports?|statements?|forecasts?|invoices?|payments?|funds|fees|comments?"
    r"|approvals?|consent"
    r"|responses?|amounts?|accounting|purchase orders?|reconciliations?|meetings?|arbitration|hearing"
    r"|mediation|closing|audits?"
    r"|transactions?|merger|bankruptcy|offering|conversion|claims?|disputes?|insurance premiums?|award"
    r"|budgets?|certificates? of occupancy"
    r"|cure|remedy|termination(?! date)|nominations?|confirmations?|instructions?|directions?|events?"
    r"|requests?"
    r"|press release|confidential information|decision|vote"
    r"|minutes|sale\b(?! of)|certificates?|evidence|insurance|records|information|documentation|results"
    r"|purchase|assignment|adjudication|negotiations?|figures|(?:sales|business|marketing) plans?"
    r"|vacanc(?:y|ies)|positions?|lists?|committees?|agreements?|policies|policy|proof)\b[^,;]{0,60}$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Supply:
    """The act a limit belongs to: `at..end` is its verb or noun; `firm` is a clear verb, not a vague one."""

    at: int
    end: int
    firm: bool
    verb: bool = True
    voice: Literal["active", "passive", "noun"] = "active"


_TO = re.compile(r"[^.;,]{0,80}?\bto\s(?=(?!the\b|a\b|its\b)\w)", re.IGNORECASE)
"""Before the act in "shall have thirty days to deliver …"."""


def _to_act(text: str, limit: Limit, end: int) -> Supply | None:
    """The act after a time one has: "shall have ten days to install", "ten days during which X will …"."""
    to = _TO.match(text, limit.place.end)
    if to is None or "during which" in to.group():
        return _after_modal(text, limit.place.end, end)
    verb = _VERB.match(text, to.end())
    return _act(text, verb, limit.place.end, end) if verb else None


_NOUN_AFTER = re.compile(r"[\s-]?(?P<noun>turn-?around|lead[- ]?time|delivery)\b", re.IGNORECASE)


def supplied(sentence: Sentence, limit: Limit) -> Supply | None:
    """The act of supplying that the limit belongs to, None where it limits something else."""
    text = sentence.text
    clause = clause_at(text, limit.place.start)
    start = max(clause.start, sentence.body)
    words = text[start : limit.place.start]
    if limit.named:
        after = _NOUN_AFTER.match(text, limit.place.end)
        if after is not None:
            return Supply(after.start("noun"), after.end(), firm=True, verb=False, voice="noun")
        return _noun(text, start, limit.place.start, ())
    if limit.leads:
        act = _to_act(text, limit, clause.end)
        return act if act is not None and act.firm else None
    if fronted := _fronted(text, limit, start, clause.end):
        return fronted
    found = _before(text, start, limit)
    if found is not None or MODAL.search(words) or clause.start == 0:
        return found
    return _before(text, 0, limit) if not _RIVAL.search(words) else None


_OPENS = re.compile(
    r"(?:^|[.;:]\s|\(\w{1,4}\)\s|,\s|\band\s|\bthat\s)\W{0,2}(?:\(?\w{1,4}[.)]\s)?"
    r"(?:but |and |or |provided that |however, )*"
    r"(?:within|no(?:t)? (?:later|more) than|by|on or (?:before|about|around)|at least|not less than|in|on"
    r"|prior to|before)"
    r"(?:\s(?:the|a|an|approximately|about|or|first|next|period of|end of|close of|business on|no|not|later"
    r"|than))*\s?$",
    re.IGNORECASE,
)
_INTERRUPTS = re.compile(
    r"\b(?:shall|will|must|agrees to|is to|are to),?\s(?:(?:also|use \w+ \w+ efforts to)\s)?(?:within"
    r"|no(?:t)? later than|by"
    r"|on or before|at least|not less than|in|prior to|before)\b[^,]{0,30}$",
    re.IGNORECASE,
)


_PRESENT = re.compile(
    r", (?:the )?(?:[A-Z][\w.&'-]*\s){1,4}(?:\w+ly )?"
    r"(?P<verb>provides|delivers|ships|supplies|furnishes|installs|completes|submits|sends)\b"
)
"""After a limit that leads: "…, no later than ten days before the start, the Sponsor provides …"."""


_SUBORDINATE = re.compile(r"\b(?:after|when|once|until|before|date)\s(?:the\s)?[^,]{2,60}$", re.IGNORECASE)


_ANY_EVENT = re.compile(
    r"\b(?:shall|will|must|agrees to)\b(?P<between>[^;.]{0,130})\bin (?:any|all|no) (?:event|case)s?,?\s"
    r"(?:within|no(?:t)? later than|later than|at least|by|on or before)\b[^,]{0,30}$",
    re.IGNORECASE,
)


def _in_any_event(words: str) -> re.Match[str] | None:
    """ "shall promptly, and in any event within ten days, deliver": no act stands before the limit."""
    found = _ANY_EVENT.search(words)
    if found is None or _RIVAL.search(words, *found.span("between")):
        return None
    acts = _VERB.finditer(words, *found.span("between"))
    return None if any(_is_verb(words, m) for m in acts) else found


def _fronted(text: str, limit: Limit, start: int, end: int) -> Supply | None:
    """ "Within ten days after …, the Supplier shall deliver": the verb after the next modal verb."""
    words = text[start : limit.place.start]
    opens, interrupts = _OPENS.search(words), _INTERRUPTS.search(words) or _in_any_event(words)
    if not interrupts and (
        not opens
        or MODAL.search(words, opens.start())
        or any(_is_verb(words, m) for m in _VERB.finditer(words, max(0, opens.start() - 30)))
    ):
        return None
    if not interrupts:
        return _after_modal(text, limit.place.end, end)
    verb = _VERB.search(text, limit.place.end, min(end, limit.place.end + 140))
    rival = _RIVAL.search(text, limit.place.end, end)
    if verb is None or (rival is not None and rival.start() < verb.start()):
        return None
    return _act(text, verb, limit.place.end, end)


def _after_modal(text: str, start: int, end: int) -> Supply | None:
    """The act of the main clause after a limit that leads; "after the Seller shall first ship, …" is none."""
    modal = MODAL.search(text, start, end)
    present = _PRESENT.search(text, start, min(end, start + 110))
    if present and (modal is None or present.start() < modal.start()):
        verb = _VERB.match(text, present.start("verb"))
        return _act(text, verb, start, end) if verb else None
    if modal and _SUBORDINATE.search(text, start, modal.start()):
        comma = text.find(", ", modal.end(), end)
        modal = MODAL.search(text, comma, end) if comma >= 0 else None
    if modal is None or modal.start() - start > 260:
        return None
    verb = next(
        (m for m in _VERB.finditer(text, modal.end(), min(end, modal.end() + 70)) if _is_verb(text, m)), None
    )
    rival = _RIVAL.search(text, modal.end(), end)
    if verb is None or (rival is not None and rival.start() < verb.start()):
        return None
    return _act(text, verb, start, end)


def _before(text: str, start: int, limit: Limit) -> Supply | None:
    """The nearest act before the limit, unless something else that takes time stands between."""
    at = limit.place.start
    rivals = [m for m in _RIVAL.finditer(text, start, at) if _is_rival(text, m)]
    for verb in reversed([m for m in _VERB.finditer(text, start, at) if _is_verb(text, m)]):
        if any(verb.end() < rival.start() for rival in rivals):
            break
        act = _act(text, verb, start, at)
        if act is not None:
            return None if act.voice == "active" and _late_object(text, verb.end(), limit) else act
        if verb["strong"] is None or _NO_OBJECT.match(text, verb.end()):
            break
    return _noun(text, start, at, rivals)


def _late_object(text: str, end: int, limit: Limit) -> bool:
    """Is a report or the like named only after the limit: "shall send to X, within ten days, a report"?"""
    between = text[end : limit.place.start]
    if not re.match(r"\s(?:to\s|with\s)?(?:the\s|each\s)?(?:[\w'.-]+\s?){0,4},?\s(?:[^,]{0,24})$", between):
        return False
    after = text[limit.place.end : limit.place.end + 200]
    return (
        re.search(
            rf"(?:,|\byear|\bmonth|\bquarter|\bperiod|\bend|\badvance)\s{_HOW}{_PAPER}\b",
            after,
            re.IGNORECASE,
        )
        is not None
    )


_OF_PAPER = re.compile(rf"\sof\s{_HOW}{_PAPER}\b", re.IGNORECASE)


_MEANT = re.compile(r"\b(?:intend|expect|anticipat|hope|plan)\w*\s[^.;]{0,80}$", re.IGNORECASE)
"""What is only meant: "the parties intend that the launch date will be …"."""


def _noun(text: str, start: int, at: int, rivals: Sequence[re.Match[str]]) -> Supply | None:
    nouns = [m for m in _NOUN.finditer(text, start, at) if not any(m.end() < r.start() for r in rivals)]
    if not nouns or _OF_PAPER.match(text, nouns[-1].end()) or _MEANT.search(text, start, nouns[-1].start()):
        return None
    if _is_subject(text, nouns[-1], at) and not re.search(r"\bon \W*$", text[:at]):
        return Supply(nouns[-1].start(), nouns[-1].end(), firm=True, verb=False, voice="noun")
    return None


_AFTER_NOUN = re.compile(
    r"\b(?:after|from|following|of|upon|on|in|during|requested|desired|since|to|receipt of|for|prior to"
    r"|before"
    r"|until|with|per|under)\s(?:(?:the|such|each|any|a|an|its|full|actual"
    r"|products?|date|[A-Z]\w+)\s(?:of\s)?){0,3}$",
    re.IGNORECASE,
)


_DETERMINED = re.compile(
    r"\b(?:the|a|an|such|each|any|this|that|its|of|said|their|every|purchase|press|all|no|upon|for|per|by "
    r"or)\s$",
    re.IGNORECASE,
)
_BEFORE_STEM = re.compile(
    r"(?:\b(?:shall|will|must|should|to|not|and|or|and/or|also|then|hereby|either|both|each|\w+ly|we|you|it"
    r"|they)|[,:)\]/-])\s$",
    re.IGNORECASE,
)
_BE = re.compile(
    r"\b(?:be|been|being|is|are|have|has|having|gets?)\s(?:(?:\w+ly|also|not|fully|so|first|then|\w+ed"
    r"|\w+en|\w+t|and|or),?\s){0,5}$",
    re.IGNORECASE,
)


_BEGINS = (" commence", " begin", " start")
_BE_AND = re.compile(r"\b(?:shall|will|must) be\s[^,;.]{3,50}\sand\s$", re.IGNORECASE)


def _is_verb(text: str, match: re.Match[str]) -> bool:
    """Not a noun ("the launch", "upon request"), not an adjective ("delivered goods", "complete records")."""
    before = text[max(0, match.start() - 60) : match.start()]
    word = match.group().lower()
    if word.endswith(_BEGINS):
        return True
    if _DETERMINED.search(before):
        return False
    if re.search(r"(?:ed|built|sent|over|aken|ade)\b", word.split()[0]):
        return _BE.search(before) is not None or _BE_AND.search(before) is not None
    if word.startswith(("arrive", "leave")):
        return True
    if word == "supplies" and re.search(r"\b(?:and|or|materials),?\s$", before):
        return False
    if " " in word:
        return True
    if word.endswith(("s", "ing")):
        return not word.endswith("ing")
    return not before.strip() or _BEFORE_STEM.search(before) is not None


_DESCRIBES = re.compile(
    rf"\b(?:{_STRONG}|{_WEAK})\s(?:\w+ly\s)?$|'s\s$|\b(?:unless|as|if|when|where)\s(?:otherwise\s)?$",
    re.IGNORECASE,
)
"""Before a participle that only tells more: "ship ordered goods", "unless requested by …"."""
_OBJECT = re.compile(rf"\b(?:{_STRONG})\s(?:(?!and\b|or\b|to\b)[\w'-]+\s){{0,2}}$", re.IGNORECASE)
_BY_WHOM = re.compile(r"\sby\s(?:the\s|an?\s|such\s|either\s|both\s)?[A-Za-z]", re.IGNORECASE)


def _is_rival(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - 30) : match.start()]
    word = match.group().lower()
    if word.startswith("notice "):
        return True
    if word.startswith(("order", "replacement")) and not word.endswith("ed") and _OBJECT.search(before):
        return False
    if word.endswith("ed") and (_DESCRIBES.search(before) or _BY_WHOM.match(text, match.end())):
        return _BE.search(before) is not None
    if re.search(r"\b(?:and|or)\s(?:\w+\s)?$", before):
        return not match.group().lower().endswith("ed")
    return not re.search(
        r"(?:\b(?:the|a|an|such|each|any|this|that|its|of|for|said|their|every|all|after|upon|following|from"
        r"|as|mutually|duly|firm|written"
        r"|so|is|are|to be|been|was|were|has|have|by)|'s)\s(?:\w+\s)?$",
        before,
        re.IGNORECASE,
    ) or bool(re.search(r"\b(?:shall|will|must|may|to|can|should)\s(?:be\s)?$", before))


_RELATIVE = re.compile(
    r"(?:\bwhich|(?<!provided )(?<!however, )(?<!agree )(?<!agrees )(?<!ensure )\bthat)\s(?:the\s)?"
    r"[\w' -]{1,30}\s(?:shall|will|must)\s(?:\w+ly\s)?$",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"\b(?:shall|will|must|is to|are to|should)\s(?:\w+\s)?(?:be|have been)\s(?:\w+\s){0,2}?$|\b(?:is|are"
    r"|be|been|being)\s(?:\w+\s)?$",
    re.IGNORECASE,
)


_FINISHES = re.compile(
    r"complet|finish|finali|implement|perform|conduct|carr|commenc|beg|start", re.IGNORECASE
)
_WORK = re.compile(
    r"\s(?:(?:the|its|all|any|such|each|these|those|said|a|an)\s)?(?:[\w'-]+\s){0,4}?(?:services?"
    r"|training|works?|analysis"
    r"|support)\b",
    re.IGNORECASE,
)
"""What is no goods and may still be finished by a time: "complete its services within two weeks"."""


_FILLED = re.compile(
    r"(?:fill|fulfill?|ship|deliver)s?\s(?:[\w-]+\s){0,2}?(?:purchase )?orders?\b", re.IGNORECASE
)
_KNOWLEDGE = re.compile(
    r"\s(?:to [^,;.]{2,30}\s)?(?:[\w'-]+\s){0,5}?(?:technical|licensed|software|user|engineering"
    r"|manufacturing|design|regulatory|know-how)\s(?:[\w-]+\s)?(?:information|documentation|documents|data"
    r"|materials)\b(?! in writing)",
    re.IGNORECASE,
)
"""Papers that are goods themselves: "deliver the technical documentation"."""


def _act(text: str, verb: re.Match[str], start: int, end: int) -> Supply | None:
    """The act a verb states, None where what it supplies is a report, a notice, money or the like."""
    before = text[max(0, start if start < verb.start() else 0) : verb.start()]
    if _PASSIVE.search(before) and verb.group().lower().split()[0].endswith(("ed", "t", "en", "made")):
        if _SUBJECT_NO.search(before[-110:]) and not COVER.search(before[-160:]):
            return None
        return Supply(verb.start(), verb.end(), firm=verb["strong"] is not None, voice="passive")
    if _RELATIVE.search(before):
        return (
            None
            if _SUBJECT_NO.search(before[-110:])
            else Supply(verb.start(), verb.end(), verb["strong"] is not None)
        )
    if COVER.search(text, verb.end(), verb.end() + 170):
        return Supply(verb.start(), verb.end(), firm=verb["strong"] is not None)
    said = verb.group().lower()
    if said.endswith(_BEGINS) or _FILLED.match(text, verb.start()):
        return Supply(verb.start(), verb.end(), firm=True)
    if " " in said and re.search(rf"\b(?!service$)(?i:{_PAPER})\b", verb.group()):
        return None
    if verb["strong"] is None and _ORDER.match(text, verb.end()):
        return None
    if _FINISHES.match(verb.group()) and _WORK.match(text, verb.end()):
        return Supply(verb.start(), verb.end(), firm=True)
    if _KNOWLEDGE.match(text, verb.end()):
        return Supply(verb.start(), verb.end(), firm=verb["strong"] is not None)
    if _NO_OBJECT.match(text, verb.end()) or (" place" in verb.group() and _SUBJECT_NO.search(before[-110:])):
        return None
    return Supply(verb.start(), verb.end(), firm=verb["strong"] is not None)


def _is_subject(text: str, noun: re.Match[str], at: int) -> bool:
    """ "Delivery shall take place within …", "the delivery time is …"."""
    if _AFTER_NOUN.search(text[max(0, noun.start() - 50) : noun.start()]):
        return False
    between = text[noun.end() : at]
    return (
        len(between) < 130
        and re.search(
            r"\b(?:shall|will|must|is|are|occurs?|takes? place|no(?:t)? later than|within|:)(?:\W|$)"
            r"|^[:\s]{1,3}$",
            between,
            re.IGNORECASE,
        )
        is not None
    )
