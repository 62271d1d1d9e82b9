"""The words that tell what an amount is: its limits, thresholds, events and the heads of price lists."""

import re

NOT_BEFORE = re.compile(
    r"\b(?:(?:not|never|no event|nor)(?: to| be| in no event)* exceed\w*|exceed\w*|up to"
    r"|maximum(?: of)?|more than|less than"
    r"|greater than|lesser than|less|lower tha?n|fewer than|in excess of|over|under|at least"
    r"|minimum(?: \w+){0,3}|least|(?:expected|estimated|anticipated)[^.;]{0,40}|limit(?:s|ed)?(?: of"
    r"| to)?|above"
    r"|below|reach(?:es|ed)?|valued? (?:at|of)|worth|par value(?: of)?|exercise price(?: of| shall be)?"
    r"|stated value"
    r"|cap(?:ped)?(?: of| at)?|(?<!non-)deductible(?: of)?|coverage|policy|insur\w+|liabilit\w+|greater of"
    r"|lesser of|equal to or"
    r"|first|next|last|sales? (?:of|exceed)|revenues? (?:of|exceed)|gross proceeds(?: of)?|proceeds of"
    r"|receipts of"
    r"|principal(?: amount)?(?: of)?|capital(?: contribution)?(?: of)?|net worth(?: of)?"
    r"|balance(?:s)? of|budget(?: of)?"
    r"|estimated?(?: at| to be)?|spends?(?: of)?|market value|suggested retail price(?: of)?|msrp"
    r"|retail(?: price)?(?: of)?|penalt\w+(?: of)?"
    r"|fine(?: of)?|loan(?: of)?|indebtedness|equals? or|between|reduc\w+ by|increas\w+ by"
    r"|credit(?: of)?|discount(?: of)?"
    r"|savings? of|late (?:fee|charge)(?: of)?|damages (?:of|in)|purchas\w+ (?:of|for)"
    r"|threshold(?: of)?|inventory|deemed)"
    r"(?: (?:a|an|the|of|total|sum|amount|aggregate|approximately|about|to|price|in|at|is|be|equal"
    r"|single|any|such|"
    r"additional|or|than|minimum|net|gross|cumulative))*[\s(:]*$",
    re.IGNORECASE,
)
NOT_AFTER = re.compile(
    r"[\s)]*(?:\([^()]*\)\s?)?(?:(?:USD|US|U\.S\.)\s)?(?:late (?:charge|fee)|per share|a share|worth"
    r"|allocated|or (?:more|less|greater|higher)|per (?:occurrence|claim|accident"
    r"|person per)|each (?:occurrence|accident|claim|person)|combined single|aggregate|in (?:coverage"
    r"|liability|insurance"
    r"|aggregate limits?|net sales|gross sales|sales|revenues?)|of (?:insurance|liability|coverage"
    r"|net sales|gross sales|sales"
    r"|revenues?|common stock|shares|equity|principal|indebtedness|product|inventory|advertising)"
    r"|deductible|par value"
    r"|ha(?:s|ve) been (?:reached|used)|is reached|general (?:aggregate|liability)|shares|limit\b"
    r"|policy|and (?:above|over|below)|to \$|-\s?\$|- [\d$])",
    re.IGNORECASE,
)
NOT_HERE = re.compile(
    r"\binsurance\b|\binsured\b|\bper occurrence\b|\bliquidated damages\b|\bcommon stock\b"
    r"|\bcapital stock\b|\bpar value\b"
    r"|\bper share\b|\bshares of\b|\bissue and sell\b|\bmembership interests?\b|\bexercise price\b"
    r"|\bpromissory note\b|\bnet worth\b|\bliability\b.{0,60}\b(?:limited|exceed|aggregate)\b"
    r"|\bjury\b|\blawsuit\b|\bindemnif\w+\b.{0,80}\bexceed|\bwarrants? to purchase\b"
    r"|\bpreferred stock\b|\bsecurities act\b"
    r"|\bfair market value\b|\bvoting\b|\bnotes? due\b|\bstockholders?\b",
    re.IGNORECASE,
)
PAYS = re.compile(
    r"\b(?:pay(?:s|able|ments?|ing)?|paid|charg(?:e|es|ed)|invoic\w+|bill(?:s|ed)|remit\w*|receiv(?:e"
    r"|es)|compensat\w+"
    r"|reimburs\w+|costs?|fees?|rates?|prices?|priced|rent|retainer|salary|remuneration|stipend|deposit"
    r"|instal+ments?"
    r"|subscription|purchase price|honorarium|surcharge|licen[cs]e fee|royalt(?:y|ies)|commissions?"
    r"|bonus|tuition|premium"
    r"|bounty|payout|contribut(?:e|es|ion)|amounts? to|due|owes?|hourly|quote|tariff|toll|consideration)\b",
    re.IGNORECASE,
)
EVENT = re.compile(
    r"\b(?:upon|on (?:the )?(?:date of|day|completion|delivery|acceptance|closing|receipt|approval"
    r"|achiev|first|execution"
    r"|signing|commence|earlier|later|anniversary|occurrence|effective|launch|submission|installation"
    r"|shipment|start)"
    r"|\d+\)? (?:business |calendar )?days (?:after|following|subsequent to|before|prior to)"
    r"|at (?:the )?(?:closing|signing|completion|execution|start|time of|commencement|launch|beginning"
    r"|end of)"
    r"|(?:within|no later than|not later than|(?:on or )?before|by) [^.;]{1,40}?"
    r"\b(?:of|after|following|from|prior to|subsequent to)\b"
    r"|after (?:the )?"
    r"(?:completion|acceptance|delivery|achiev|approval|execution|successful)"
    r"|following (?:the )?(?:completion|acceptance"
    r"|delivery|achiev|approval|client|first|successful|execution)|with the (?:confirmation|order"
    r"|delivery|first)|as soon as|when (?!due|such|the amount)|once\b|if .{0,80}\b(?:achiev|complet|win)"
    r"|prior to\b|for (?:achiev|each (?:accomplish|milestone))|in the event (?:of|that))",
    re.IGNORECASE,
)
SIGNING = re.compile(
    r"\b(?:execution|signing|signature)\b(?! of the (?:record|acceptance|sow|order|work))"
    r"|\bsigned (?:agreement|contract)|\bagreement is (?:\w+ )?"
    r"(?:signed|executed)|\beffective date\b|\bdate hereof\b|\bdate of this|\bsign this|\bentering into"
    r"|\bentry into|\bcom(?:es|ing) into (?:force|effect)|\bagreement (?:becomes|takes) effect",
    re.IGNORECASE,
)
MILESTONE_WORDS = re.compile(
    r"\b(?:milestones?|instal+ments?|bonus(?:es)?|accomplishments?|tranches?|achiev(?:e|es|ed|ing"
    r"|ement)|final payment|first payment"
    r"|second payment|third payment|initial payment|progress payments?|payment schedule"
    r"|schedule of payments|down payment"
    r"|payable as follows|paid as follows|payments? as follows|following schedule|balance|remainder"
    r"|remaining)\b",
    re.IGNORECASE,
)
ON_DATE = re.compile(
    r"\b(?:on|by|before|until|due|no later than|not later than|payable|effective|as of"
    r"|paid)\b(?: (?:or before|about|the|or"
    r"|about|later than|following dates?|each of))*[\s:,]*$",
    re.IGNORECASE,
)
FEE_HEAD = re.compile(
    r"\b(?:fees?|prices?|pricing|charges?|rates?|unit costs?|cost per|tariffs?|price list|rent"
    r"|rate card|per (?:unit|hour|month|user)|unit price"
    r"|subscription|license costs?|costs? to be paid|salary)\b",
    re.IGNORECASE,
)
MILESTONE_HEAD = re.compile(
    r"\b(?:milestones?|instal+ments?|payment schedule|schedule of payments|accomplishments?"
    r"|bonus(?:es)?|payable as follows"
    r"|paid as follows|payments? as follows|following payments|due date|payment date|following schedule"
    r"|payable in)\b",
    re.IGNORECASE,
)
NO_HEAD = re.compile(
    r"\b(?:insur\w+|coverage|liability|budget|net sales|threshold|minimum|capital(?:ization)?|shares"
    r"|securities|exercise price"
    r"|balance sheet|forecast|projection|targets|expenses?|indebtedness|underwrit\w+|purchase commitment)\b",
    re.IGNORECASE,
)
