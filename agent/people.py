"""Where a contract names natural persons: signatures, notices, salutations, titles, job titles, e-mail.

Names are found by what stands around them, not by lists of names. Names of companies and of roles ("Legal
Department", "General Counsel") are none.
"""

import re
from collections.abc import Iterator

_UP = "A-ZÀ-ÖØ-ÞŁŚŠŽĆČ"
_LOW = "a-zà-öø-ÿłśšžćčńěřź"
_WORD = rf"(?:[{_UP}]['’])?[{_UP}][{_LOW}]+(?:[{_UP}][{_LOW}]+)?(?:[-'’][{_UP}]?[{_LOW}]+)*|[{_UP}]{{2,}}"
_INITIAL = rf"(?:[{_UP}]\.){{1,4}}|[{_UP}](?=\s)"
_PARTICLE = r"van|von|de|der|den|del|della|di|da|la|le|du|dos|al|bin|zu|zur|ter|ten"
_PIECE = re.compile(rf"\s{{0,2}}(?P<piece>(?:{_PARTICLE})\b|{_INITIAL}|(?:{_WORD})(?![^\W_]|:))")
_LINE_PIECE = re.compile(rf"[ \t]{{0,2}}(?P<piece>(?:{_PARTICLE})\b|{_INITIAL}|(?:{_WORD})(?![^\W_]|:))")
_SUFFIX = re.compile(r",?\s(?:Jr|Sr|II|III|IV|Esq|Ph\.?D|MD)\b\.?")
_HONORIFIC = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Herr|Frau|Sir|Dame|Mme|Monsieur|Madame|Messrs)\b\.?"
_JOB = (
    r"(?:(?:its|the|as|our|acting|duly)\s+){0,2}(?:Authori[sz]ed\s+(?:Signatory|Officer|Representative)|"
    r"(?:(?:Senior|Executive|Sr\.?|Exec\.?|Vice|Deputy|Assistant|Managing|General|Co-)[\s-]*){0,3}"
    r"(?:Chief\b|President|Chair(?:man|woman|person)?\b|C[EFOTIM]O\b|V\.?P\b|Director|Manager|Partner\b|Secretary|"
    r"Treasurer|Counsel|Member\b|Founder|Head of|Prokurist|Geschäftsführer|Attorney|Trustee))"
)
_CUE = re.compile(
    r"(?i:/\s?s\s?/|\b(?:(?:print(?:ed)?\s+)?name(?:\s*\(\s*(?:please\s+)?(?:print|printed|block\s+letters)\s*\))?|"
    r"signed(?:\s+by)?|signature|attention|attn|att|by|witness(?:ed\s+by)?|contact(?:\s+person)?|"
    r"(?:manager|director|officer|representative|coordinator|engineer|lead|signatory)(?:\s\([^()\n]{1,40}\))?)"
    r"\s{0,3}[:|]|\battn\.?\s|\bdear\s|\brepresented\s(?:herein\s)?by\s|\bc/o\s)"
    rf"[\s_*.\-–—]{{0,140}}(?:(?i:/\s?s\s?/)[\s_*]*)?(?:{_HONORIFIC}\s*){{0,2}}"
)
_TITLED = re.compile(rf"\b{_HONORIFIC}\s*(?:{_HONORIFIC}\s*)?")
_NAME = rf"(?:{_WORD})(?:[ \t](?:{_INITIAL}|(?:{_PARTICLE})\b|{_WORD})){{1,3}}"
_EMPLOYED = re.compile(
    rf"(?<![\w.])(?P<name>{_NAME}(?:,?\s(?:Jr|Sr|II|III)\b\.?)?)"
    rf"(?:,\s{{0,60}}|[ \t]{{0,60}}\n\s{{0,60}}|[ \t]{{2,60}}|[ \t]{{0,9}}\|[ \t]{{0,9}})"
    rf"(?:{_JOB}|an\s+individual\b)"
)
_MAILBOX = re.compile(r"\b([A-Za-z]{2,})[._]([A-Za-z][A-Za-z-]+)@")
_SIGNED = re.compile(r"/\s?s\s?/[\s_*]*$")
_SPACED = re.compile(r"/\s?s\s?/\s*(?P<name>(?:\w\s){4,60}\w?\.?(?:\s?\w+)?)")

_NO_NAME_WORDS = (
    "a accounting accounts address administration administrator affairs affiliate agent agents "
    "agreement all an and any appendix april are article as assistant asst at attachment attention "
    "attn attorney august authority authorized bank be billing board both box building business buyer "
    "by carrier center centre ceo cfo chair chairman chief city client colleague commercial "
    "compliance confidential consultant contact contract contractor contracts controller coo copies "
    "copy corporate counsel counsels country county court cto customer customers data date dated day "
    "december delivery department dept deputy director disclosing distributor division document done "
    "dr each east effective either email enclosure entities esq estate event exec executed executive "
    "exhibit facsimile faithfully fax february fees finance financial firm first floor for franchisee "
    "franchisor friday from general gentlemen he head her his holder holders hr human i if in "
    "information initials insurance intellectual international investor invoice is it its january "
    "july june landlord law legal lessee lessor licensee licensing licensor limited ll madam mail "
    "management manager managing march marketing may member monday most mr mrs ms must name national "
    "neither new no none north not notice notices november number october of office officer old on "
    "operating operations or order other owner page partner partners party payable phone place "
    "platform policy power president print procurement product products program project property "
    "provider purchase purchaser purchasing quality re real receiving regarding regards regional "
    "regulatory relations representative reseller resources risk road sales saturday schedule second "
    "secretary section security seller senior september service services shall she sign signatory "
    "signature signed signing sincerely sir sirs site software south sponsor sr st state statement "
    "states street subject such suite sunday supervisor supplier supply support system systems tax "
    "technical technology tel telephone tenant term territory the there these they this those "
    "thursday thus title to trademark transaction transactions treasurer truly trustee tuesday "
    "undersigned unit united university upon user vendor via vice vp warehouse we wednesday west when "
    "where whereof while will with witness work you your yours zip "
)
_NO_NAME = frozenset(_NO_NAME_WORDS.split())
_COMPANY_WORDS = (
    "ab ag agency airlines asa association authority bank brands bv capital co communications company "
    "corp corporation energy enterprises entertainment foods foundation fund gmbh group holding "
    "holdings inc incorporated industries institute international kg kgaa laboratories labs limited "
    "llc llp lp ltd media ministry motors networks nv oy partners partnership pharmaceuticals plc pte "
    "pty sa sarl sas se society solutions spa srl stores systems technologies trust university "
    "ventures "
)
_COMPANY = frozenset(_COMPANY_WORDS.split())
_COMPANY_AFTER = re.compile(
    r"(?:(?: {1,2}|\n)(?:&|and|[A-Z][\w&.'’-]*)){0,4}?(?:,? {1,2}|\n)(?:&\s|(?i:"
    + "|".join(sorted(_COMPANY - {"co", "se", "ab", "sa", "spa"}))
    + r"|co\.|S\.A|B\.V|N\.V)\b)"
)


def people_in(text: str) -> list[str]:
    """The names of natural persons as the text writes them, in order, each form once."""
    found = [*_cued(text), *_employed(text), *_by_mailbox(text)]
    found += [match["name"].strip() for match in _SPACED.finditer(text)]
    return list(dict.fromkeys(name for name in found if name))


def surname(name: str) -> str:
    """The last word of a name that is no suffix: "Jones" of "Robert L. Jones, Jr."."""
    words = _SUFFIX.sub("", name).split()
    return words[-1].strip(".,") if words else ""


def is_company_name(text: str, start: int, end: int) -> bool:
    """Whether the name at `start` to `end` is the beginning of a company's: "John Smith & Sons Ltd".

    A name that is signed is a person's, whatever the next column says.
    """
    if _SIGNED.search(text, max(0, start - 12), start):
        return False
    return _COMPANY_AFTER.match(text, end, min(len(text), end + 80)) is not None


def _cued(text: str) -> Iterator[str]:
    for cue in _CUE.finditer(text):
        signed = re.search(r"/\s?s\s?/", cue[0]) is not None
        yield from _names_at(text, cue.end(), least=2, signed=signed)
    for title in _TITLED.finditer(text):
        yield from _names_at(text, title.end(), least=1)


def _names_at(text: str, at: int, least: int, *, signed: bool = False) -> Iterator[str]:
    """The names that a run of capitalised words comes to; none where the run is a company's or a role's.

    After a mark of signature the run is a person's, though a company's name may follow in the next column.
    """
    pieces: list[tuple[int, int]] = []
    while len(pieces) < 8 and (match := (_LINE_PIECE if pieces else _PIECE).match(text, at)):
        piece = match["piece"]
        word = piece.strip(".").casefold()
        if word in _COMPANY:
            if not signed:
                return
            break
        if word in _NO_NAME and len(word) > 1:
            break
        pieces.append(match.span("piece"))
        at = match.end()
    whole = [span for span in pieces if len(text[slice(*span)].strip(".")) > 1]
    beside = is_company_name(text, at, at)
    if len(pieces) < least or not whole or (not signed and beside):
        return
    if beside and len(whole) > 2:
        pieces = pieces[: pieces.index(whole[1]) + 1]
    for first, last in _split(text, pieces):
        suffix = _SUFFIX.match(text, last)
        name = text[first : suffix.end() if suffix else last]
        if least == 1 or len(name.split()) > 1:
            yield name


def _split(text: str, pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Runs of more than four words are several names beside each other: "Ann B. Cole David Eggers"."""
    if len(pieces) <= 3:
        yield pieces[0][0], pieces[-1][1]
        return
    group: list[tuple[int, int]] = []
    for span in pieces:
        word = text[slice(*span)]
        group.append(span)
        joins = len(word.strip(".")) == 1 or word.islower()
        if len(group) > 1 and not joins:
            yield group[0][0], span[1]
            group = []
    if group:
        yield group[0][0], group[-1][1]


def _employed(text: str) -> Iterator[str]:
    """Names before a job title: "Ann Cole, Chief Executive Officer"."""
    for match in _EMPLOYED.finditer(text):
        words = [word.strip(".,").casefold() for word in match["name"].split()]
        if not set(words) & (_NO_NAME | _COMPANY):
            yield match["name"]


def _by_mailbox(text: str) -> Iterator[str]:
    """Names that an e-mail address spells out, where the text writes them: "ann.cole@" and "Ann Cole"."""
    for first, last in dict.fromkeys(_MAILBOX.findall(text)):
        written = re.compile(rf"\b{re.escape(first)}\s(?:\w\.\s)?{re.escape(last)}\b", re.IGNORECASE)
        yield from (found[0] for found in written.finditer(text))
