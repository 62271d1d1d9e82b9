"""Personal data leaves the process as tokens only, and comes back where it was."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from agent.extract import extract, ground
from agent.model import ChatModel
from agent.people import people_in
from agent.personal_data import PersonalData, is_iban
from obligations.document import Chunk
from retrieval.locate import locate
from tests.agent.scripted import Scripted

IBAN = "DE89 3704 0044 0532 0130 00"
TEXTS = (
    "Dear Ms. Fennimore,\nWrenfield Tools GmbH (the “Supplier”) is represented by Jonas K. Habermehl.",
    "4.1 The Supplier shall send invoices to bella.fennimore@quillon.example. The Customer shall pay each "
    f"invoice within 30 days of receipt to the account {IBAN}, and Jonas Habermehl confirms the receipt.",
    "4.2 Mr. Habermehl reports to the Customer within five days after the end of each month; his telephone "
    "is +49 89 5550 1234, his fax (212) 555-0187.",
    "17. Notices. Quillon Optics Ltd, 14 Marrowbone Lane, Suite 3, Leeds, Attention: General Counsel, "
    "Tel: 0113 496 0021; Wrenfield Tools GmbH, Ahornweg 7, 80997 Munich; P.O. Box 4410.",
    "18. Passport No. C01X00T47, Tax ID: 12 345 678 901, social security number 078-05-1120.",
    "By: /s/ Bella R. Fennimore\nName: Bella R. Fennimore\nTitle: Chief Executive Officer\n\n"
    "BY: JONAS K. HABERMEHL\nManaging Director",
)
SECRETS = (
    "fennimore", "bella", "habermehl", "jonas", "quillon.example", "3704", "de89", "5550 1234", "555-0187",
    "496", "0021", "marrowbone", "ahornweg", "4410", "c01x00t47", "345 678", "078-05-1120",
)  # fmt: skip
STAYS = (
    "Wrenfield Tools GmbH",
    "Quillon Optics Ltd",
    "Supplier",
    "Chief Executive Officer",
    "General Counsel",
)


def chunks(texts: tuple[str, ...] = TEXTS) -> list[Chunk]:
    found, at = [], 0
    for index, text in enumerate(texts):
        found.append(
            Chunk(
                id=f"k{index}", document_id="doc", start=at, end=at + len(text), text=text, section=text[:30]
            )
        )
        at += len(text) + 1
    return found


class Quoting(Scripted):
    """Gives back each clause it was sent as one promise, quoted whole."""

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        self.sent.append(list(messages))
        clauses = json.loads(str(messages[-1].content).split("clauses:", 1)[1])
        items = [
            {"clause": c["key"], "kind": "payment_due", "quote": c["text"], "terms": {"within": "P30D"}}
            for c in clauses
        ]
        text = json.dumps({"obligations": items})
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])


def test_nothing_personal_is_sent_and_every_quote_still_stands_exactly() -> None:
    model = Quoting()
    held = chunks()
    read = extract(held, ChatModel(model, "recording"))
    sent = "\n".join(model.said(i) for i in range(len(model.sent)))
    assert [secret for secret in SECRETS if secret in sent.casefold()] == []
    assert [name for name in STAYS if name not in sent] == []
    grounded, problems = ground(read.drafts, held, locate)
    assert problems == []
    whole = "\n".join(TEXTS)
    assert [span.match for _, span in grounded] == ["exact"] * len(TEXTS)
    assert [whole[span.start : span.end] for _, span in grounded] == [span.quote for _, span in grounded]
    assert [draft.quote for draft, _ in grounded] == list(TEXTS)


def test_one_person_has_one_token_in_every_form_of_the_name() -> None:
    personal = PersonalData.found_in(TEXTS)
    said = [personal.mask(text) for text in TEXTS]
    forms = ("Jonas K. Habermehl", "Jonas Habermehl", "Habermehl", "JONAS K. HABERMEHL")
    assert {personal.mask(form) for form in forms} == {personal.mask("Habermehl")}
    assert personal.mask("Bella R. Fennimore") == personal.mask("Fennimore") != personal.mask("Habermehl")
    assert [personal.mask(text) for text in TEXTS] == said
    again = PersonalData.found_in(TEXTS)
    assert [again.mask(text) for text in TEXTS] == said


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_masked_can_be_restored(text: str) -> None:
    personal = PersonalData.found_in(TEXTS)
    masked = personal.mask(text)
    assert masked != text
    assert personal.restore(masked, text) == text
    assert personal.restored({"a": [personal.mask(IBAN)]}) == {"a": [IBAN]}


def test_a_quote_gets_the_form_of_the_name_that_stands_in_its_clause() -> None:
    personal = PersonalData.found_in(TEXTS)
    token = personal.mask("Habermehl")
    said = f"{token} reports to the   Customer"
    personal.mask(TEXTS[2])
    assert personal.restore(f"Mr. {token} reports", TEXTS[2]) == "Mr. Habermehl reports"
    assert personal.restore(said, TEXTS[2]) == "Habermehl reports to the Customer"


def test_a_token_that_the_contract_itself_writes_is_not_given_out() -> None:
    personal = PersonalData.found_in(["[PERSON_1] is a placeholder.", "Name: Ann Weatherby"])
    assert personal.mask("Ann Weatherby") == "[PERSON_2]"
    assert personal.restore("[PERSON_1] and [PERSON_9]") == "[PERSON_1] and [PERSON_9]"


def test_a_company_called_after_a_person_stays() -> None:
    personal = PersonalData.found_in(["Signed: Ann Weatherby", "Ann Weatherby & Sons Ltd delivers."])
    assert personal.mask("Ann Weatherby & Sons Ltd delivers.") == "Ann Weatherby & Sons Ltd delivers."
    assert personal.mask("Ann Weatherby delivers.") == "[PERSON_1] delivers."


def test_a_signature_beside_a_company_is_a_person_s() -> None:
    text = "/s/ Ann Weatherby Brightwater Networks Inc."
    personal = PersonalData.found_in([text, "Name: Ann Weatherby"])
    assert personal.mask(text) == "/s/ [PERSON_1] Brightwater Networks Inc."


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("By: /s/ Edwin W. Larkspur, Jr.\n-----", ["Edwin W. Larkspur, Jr."]),
        ("By: /s/ Anton D'Ambry  Name: Anton D'Ambry", ["Anton D'Ambry"]),
        ("NAME (print): Dara Quist TITLE: President", ["Dara Quist"]),
        ("Attn: Scott A. Barrowby Steven J. Willet email:", ["Scott A. Barrowby", "Steven J. Willet"]),
        ("By:    ---------\n     Robert L. Ashdown, Jr.\n     Chairman, CEO", ["Robert L. Ashdown, Jr."]),
        ("| Service manager (Supplier) | Tomas van der Lind | x |", ["Tomas van der Lind"]),
        ("Jussi Harbold leads. jussi.harbold@fen.example", ["Jussi Harbold"]),
        ("Attention: General Counsel", []),
        ("Attn: Legal Department", []),
        ("By: Bioharvest Holdings Inc.", []),
        ("By: _______ Name: _______ Title: ______", []),
        ("The Service Manager, Director or Partner", []),
    ],
)  # fmt: skip
def test_names_are_known_by_what_stands_around_them(text: str, names: list[str]) -> None:
    assert people_in(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "a fee of EUR 1,250,000 for the years 2024-2026",
        "within 30 days after 2026-11-23",
        "Section 10.1.2 of Exhibit 7, order 4500012345",
        "5 Supreme Court decisions; the 12 Monthly Delivery Dates",
        "99.95 % in each calendar month, 24 hours a day",
        "DE00 3704 0044 0532 0130 00 fails the check",
    ],
)
def test_figures_that_promises_are_made_of_stay(text: str) -> None:
    assert PersonalData.found_in([text]).mask(text) == text


def test_an_iban_is_known_by_its_check_digits() -> None:
    assert is_iban(IBAN)
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("DE88 3704 0044 0532 0130 00")
    assert not is_iban("XX")
