"""The words the embedded planner knows, by the concept they stand for.

A sentence is rewritten into these concepts before any rule looks at it, so that a rule is written once
for "breach", "violated" and "failed to". Inflected forms are listed: a stemmer would join words that
mean different things here ("notice"/"notify" do belong together, "term"/"terminate" do not).
"""

from functools import cache

CONCEPTS: dict[str, str] = {
    # outcomes
    "breach": "breach breached breaches breaching violate violates violated violating violation violations "
    "fail fails failed failing failure failures miss misses missed missing broke broken break breaks "
    "breaking noncompliant noncompliance default defaulted infringed infringe shortfall shortfalls "
    "wrong underperform underperformed underperforming offender offenders offending",
    "kept": "met meet meets meeting kept keep keeps keeping comply complies complied complying compliant "
    "compliance fulfil fulfill fulfils fulfills fulfilled honour honoured honor honored honouring "
    "satisfied satisfy achieved achieve achieves achieving reach reaches attain attained "
    "attains obey clean punctual punctually "
    "okay ok fine",
    "deliver": "deliver delivered delivers delivering ship shipped ships shipping",
    "late": "late overdue tardy delayed delay delays delinquent arrears lateness",
    "risk": "risk risks risky danger threatened jeopardy endangered",
    "pending": "pending open undecided unsettled unpaid unclaimed outstanding waiting awaiting",
    "undetermined": "undetermined unknown unclear undecidable",
    # kinds of promise
    "sla": "sla slas sl",
    "respond": "respond responds responded responding response responses react reacts reacted reaction "
    "reactions answer answers answered answering reply replies replied replying acknowledge acknowledged "
    "acknowledges acknowledgement acknowledgements "
    "attend attended attendance",
    "resolve": "resolve resolves resolved resolving resolution resolutions fix fixes fixed fixing restore "
    "restores restored restoring restoration repair repairs repaired repairing solve solved solves solving "
    "remedied mttr",
    "uptime": "uptime availability available unavailable unavailability downtime down outage outages "
    "nines reachable",
    "credit": "credit credits credited penalty penalties compensation compensate malus refund refunds "
    "refunded",
    "pay": "pay pays paid paying payment payments payable payables receivable receivables settle settled "
    "settles settling remit remitted remittance dunning",
    "invoice": "invoice invoices invoiced invoicing bill bills billed billing",
    "report": "report reports reporting statement statements",
    "renew": "renew renews renewed renewing renewal renewals rollover prolong prolonged prolongation "
    "extend extends extended extension extensions autorenew autorenewal",
    "notice": "notice notices notify notified notification nonrenewal",
    "terminate": "terminate terminates terminated terminating termination cancel cancels cancelled canceled "
    "cancelling cancellation exit quit resign",
    "expire": "expire expires expired expiring expiry expiration end ends ended ending run runs "
    "running lapse lapses lapsed",
    "term": "duration lifetime length",
    "ticket": "ticket tickets incident incidents call calls case cases",
    # asking
    "why": "why reason reasons explain explains explanation justify justification rationale evidence proof "
    "prove proves grounds",
    "reckon": "calculated calculate computed compute worked counted judged measured reached derived",
    "when": "when",
    "deadline": "deadline deadlines date dates",
    "due": "due",
    "which": "which who whom whose list lists show shows display name names",
    "overview": "overview summary summarise summarize recap",
    "any": "any anyone anybody someone somebody everyone everybody nobody all every each everything "
    "anything something",
    "count": "count counts number numbers often frequency frequently",
    "amount": "amount amounts sum sums total totals money monies cost costs value worth lose loses losing "
    "exposure eur usd gbp euro "
    "euros dollar dollars pound pounds stake",
    "owe": "owe owes owed owing entitled entitlement",
    "claim": "claim claims claimed claiming claimable",
    "compare": "compare compares compared comparing comparison versus vs difference differences better "
    "worse best worst trend trends improve improved improving improvement rank ranking",
    "timeline": "timeline chronology sequence history happened log",
    "status": "status state standing news update doing situation health performing perform performs "
    "performed performance position track going",
    "wording": "clause clauses wording verbatim quote quotes quoted paragraph section sections say says "
    "said stipulate stipulates stated text passage definition define defined defines mean means "
    "provision provisions article mention mentions mentioned contain contains "
    "specify specifies specified read reads written",
    "change": "change changed changes changing amend amended amends",
    "terms": "terms term target targets threshold commitment commitments commit committed promise promises "
    "promised guarantee guarantees guaranteed limit limits required require requires requirement "
    "requirements obliged obligation obligations allowed permitted duty duties agreed "
    "agree goal goals rule rules applies apply",
    "must": "must shall",
    "upcoming": "upcoming next soon coming ahead forthcoming future imminent tomorrow outlook",
    "past": "did was were had ago",
    "action": "action actions proposal proposals proposed proposals approve approval approvals step steps",
    "long": "long fast quick quickly soonest slow slowly",
    "take": "take took takes taken taking need needed",
    # who
    "vendor": "vendor vendors supplier suppliers provider providers contractor contractors msp msps",
    "customer": "customer customers client clients buyer buyers",
    "we": "we us ourselves i me",
    "our": "our ours my",
    "contract": "contract contracts agreement agreements msa sow nda schedule amendment amendments deal "
    "deals",
    "they": "they them their theirs it its he she his her that those this these there same",
    "record": "record records document documents order orders po",
    "party": "party parties company companies partner partners counterparty counterparties",
}
"""Concept -> the forms that mean it. A form belongs to one concept."""

KIND_CONCEPTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("sla", ("response_time", "resolution_time", "availability")),
    ("respond", ("response_time",)),
    ("resolve", ("resolution_time",)),
    ("uptime", ("availability",)),
    ("credit", ("service_credit",)),
    ("report", ("reporting",)),
    ("pay", ("payment_due",)),
    ("invoice", ("payment_due",)),
    ("renew", ("renewal", "renewal_notice", "term")),
    ("notice", ("renewal_notice",)),
    ("expire", ("term", "renewal")),
    ("term", ("term", "renewal")),
)
"""Concept -> the kinds of promise it names."""

GRAMMAR = frozenset(
    """
    a an the and or but nor of in on at by for from with without within into onto to as than then so if
    is are am be been being isn aren wasn weren was were do does did don doesn didn done has have had hasn
    haven hadn having will would can could may might shall should must ought cannot won wouldn
    what where how much many more most less least some no not yes none only just also too still yet
    already ever never please tell give gave given giving get gets got getting see look find know check
    want like let s t re ve ll d m about around over under up out off per during until till since before
    after between through both either neither other others another nothing again once far please kindly thanks
    thank hello hi hey now currently present presently today moment right really actually exactly
    properly correctly against towards toward regarding concerning respect back because due via there here
    come came comes made make makes making whether while use used using put set own ones else way thing things
    kind kinds sort type types going go goes went quite very you your yours lately quick
    happens happen happened lot lots bit one yesterday question info information data detail details detailed
    recent recently current bound
    """.split()  # noqa: SIM905 - a word list reads better as text
)
"""Words that hold a sentence together and say nothing about its subject."""

FUNCTION_WORDS = GRAMMAR | frozenset(
    """
    sent send sends sending receive received receives arrive arrived time times period periods day days week
    weeks month months year years quarter quarters hour hours minute minutes first last latest previous fall
    falls good bad two three four five six seven eight nine ten priority severity p1 p2 p3 p4 p5 sev monthly
    weekly quarterly yearly annual annually daily regular service services system systems managed level levels
    situation new old progress automatically automatic auto big short high low severe urgent critical print
    volume initial kpi kpis
    """.split()  # noqa: SIM905 - a word list reads better as text
)
"""Every word that is known without standing for a concept: none of them is a name."""

PAIRS: dict[tuple[str, str], str] = {
    ("service", "level"): "sla",
    ("service", "levels"): "sla",
    ("due", "date"): "deadline",
    ("due", "dates"): "deadlines",
    ("non", "renewal"): "nonrenewal",
    ("auto", "renew"): "autorenew",
    ("auto", "renewal"): "autorenewal",
    ("on", "time"): "punctually",
    ("in", "time"): "punctually",
    ("on", "track"): "fine",
    ("in", "force"): "expire",
    ("initial", "term"): "duration",
    ("current", "term"): "duration",
    ("contract", "term"): "duration",
    ("non", "payment"): "unpaid",
    ("run", "out"): "expire",
    ("runs", "out"): "expires",
}
"""Two words that together mean one form of `CONCEPTS`."""

FLAGS = frozenset({"past"})
"""Concepts that are noted but leave the word standing, because rules need the word."""

CLAUSE_TOPICS: dict[str, str] = {
    "liability": "liability liable indemnity indemnify indemnification indemnities damages cap capped",
    "insurance": "insurance insured insurer insure cover coverage certificate certificates",
    "audit": "audit audits auditing auditor auditors inspect inspection books",
    "confidentiality": "confidential confidentiality secrecy disclose disclosure nondisclosure",
    "termination": "terminate termination terminated cause convenience breach",
    "governing law": "law laws jurisdiction court courts governing arbitration venue",
    "intellectual property": "intellectual property ip licence license licensed copyright patent patents "
    "ownership owns",
    "warranty": "warranty warranties warrant warrants",
    "assignment": "assign assigned assignment transfer",
    "subcontracting": "subcontract subcontracting subcontractor subcontractors",
    "data protection": "gdpr privacy personal protection processor backup backups retention",
    "force majeure": "majeure strike strikes",
    "price": "price prices pricing rate rates fee fees charge charges tier tiers discount discounts rebate "
    "rebates skonto indexation uplift",
    "interest": "interest",
    "maintenance": "maintenance",
    "support hours": "support holiday holidays working",
    "delivery": "delivery deliveries shipment shipments lead otif in-full",
    "acceptance": "acceptance accept milestone milestones",
    "security": "security secure encryption iso certification",
    "precedence": "precedence prevail prevails order-of-precedence",
    "exclusivity": "exclusive exclusivity compete competition non-compete solicit",
    "renewal": "renewal renew",
    "records": "keep retain retained",
    "escalation": "escalate escalation escalations",
}
"""Subjects of clauses that are found by search rather than assessed."""

NO_DATA: dict[str, str] = {
    "people": "ceo cfo cto chairman founder director manager contact person employee employees staff "
    "headcount address phone email mail-address signatory signer",
    "the business of a company": "revenue revenues profit profits turnover earnings sales-figures share "
    "shares stock stocks valuation market bankrupt bankruptcy insolvent insolvency rating creditworthy "
    "acquisition merger ebitda dividend dividends owner shareholders",
    "the inside of this program": "password passwords environment variable variables credentials token "
    "tokens",
    "the world outside": "weather rain temperature football politics election recipe joke poem song "
    "president capital movie lottery bitcoin",
}
"""Subjects that nothing in the product holds, each with the words that name it."""

ADVICE = frozenset(
    {"recommend", "recommendation", "recommendations", "advise", "advice", "opinion", "think", "trust", "sue"}
)
"""Words that ask for a judgement that is a person's to make."""

PRIORITY_WORDS: dict[str, str] = {"critical": "P1", "urgent": "P1"}


@cache
def concept_of() -> dict[str, str]:
    """Form -> concept, for every form of `CONCEPTS`."""
    return {form: concept for concept, forms in CONCEPTS.items() for form in forms.split()}


@cache
def topic_of() -> dict[str, str]:
    """Form -> clause topic, for every form of `CLAUSE_TOPICS`."""
    return {form: topic for topic, forms in CLAUSE_TOPICS.items() for form in forms.split()}


@cache
def no_data_of() -> dict[str, str]:
    """Form -> subject nothing is known about."""
    return {form: subject for subject, forms in NO_DATA.items() for form in forms.split()}


@cache
def vocabulary() -> frozenset[str]:
    """Every word known in some way: what a typing error may be corrected to, and what is not a name."""
    return frozenset({*concept_of(), *topic_of(), *no_data_of(), *FUNCTION_WORDS, *ADVICE, *PRIORITY_WORDS})
