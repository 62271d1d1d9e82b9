"""When a contract was made, takes effect, ends and renews, as facts of the contract."""

from datetime import date

import pytest

from extraction import read
from extraction.model import ContractFacts
from tests.extraction.conftest import document


def facts(text: str) -> ContractFacts:
    return read(document(text)).facts


@pytest.mark.parametrize(
    ("text", "agreed"),
    [
        (
            "This Pottery Agreement is made in duplicate this 9th day of May, 2011 by Kiln and Oven.",
            "2011-05-09",
        ),
        ("WHEREAS, the parties made a Loan Agreement dated as of 3 May 2001.\n\nNothing else.", None),
        (
            'This Agreement is entered into as of the Effective Date.\n\n"Effective Date" means 4 June 2013.',
            "2013-06-04",
        ),
        (
            "The parties agree to repair roofs.\n\nIN WITNESS WHEREOF the parties have signed this "
            "Agreement on "
            "this 8th day of July, 2014.",
            "2014-07-08",
        ),
        (
            "ROOF AGREEMENT\n\nThis Agreement between Tile Ltd and Slate Ltd, effective as of 1 March "
            "2015.\n\n"
            "Date: 20 August 2015",
            "2015-03-01",
        ),
        (
            "ROOF AGREEMENT\n\nThis Agreement between Tile Ltd and Slate Ltd is effective as of 1 March "
            "2015.\n\n"
            "Date: 20 February 2015",
            "2015-02-20",
        ),
        (
            "This Agreement is made as of the 1st day of ______, 20__ by and between Tile Ltd and Slate Ltd.",
            None,
        ),
    ],
)
def test_the_day_of_agreement(text: str, agreed: str | None) -> None:
    assert facts(text).agreed_on == (date.fromisoformat(agreed) if agreed else None)


def test_as_of_is_no_statement_of_effect() -> None:
    dated = facts("Lease dated as of 2 May 2012 between Barn LLC and Loft LLC.")
    effective = facts("This Lease is entered into effective as of 2 May 2012 between Barn LLC and Loft LLC.")
    assert dated.effective_on == effective.effective_on == date(2012, 5, 2)
    assert dated.effective_assumed
    assert not effective.effective_assumed


def test_the_last_signature_gives_the_day_of_effect() -> None:
    text = (
        "“Effective Date” means the date on which the last party signs this Agreement.\n\n"
        "Date: 4 April 2016\n\nDate: 9 April 2016"
    )
    assert facts(text).effective_on == date(2016, 4, 9)


@pytest.mark.parametrize(
    ("text", "last"),
    [
        (
            "This Agreement is made on 1 May 2019. The term of this Agreement shall end on the three (3) "
            "year "
            "anniversary of the date hereof.",
            "2022-04-30",
        ),
        (
            "This Agreement is made on 1 May 2019.\n\n“Commencement Date” means 1 June 2019.\n\nThe term "
            "of this "
            "Agreement shall be two (2) years from the Commencement Date.",
            "2021-05-31",
        ),
        (
            "This Agreement is made on 1 May 2019. The term of this Agreement is one (1) year from the "
            "date on "
            "which the kiln is delivered.",
            None,
        ),
        (
            "This Agreement is made on 1 May 2019. This Agreement shall, unless sooner terminated as "
            "provided "
            "herein, continue through November 12, 2020.",
            "2020-11-12",
        ),
        (
            "This Agreement is made on 1 May 2019 and shall expire on the date that is two years after the "
            "date of its signature.",
            "2021-04-30",
        ),
        (
            "This Agreement is made on 1 May 2019. It ends on the second anniversary of the Tannery "
            "Effective Date, when the term of this Agreement expires.",
            None,
        ),
    ],
)
def test_the_end(text: str, last: str | None) -> None:
    assert facts(text).expires_on == (date.fromisoformat(last) if last else None)


@pytest.mark.parametrize(
    ("text", "perpetual"),
    [
        ("This Agreement shall continue indefinitely.", True),
        ("This Agreement begins on 1 May 2019 and remains in effect until terminated by either party.", True),
        ("This Agreement shall remain in force until the completion of the bridge.", True),
        ("This Agreement has effect from 1 May 2019 and stays in force unless terminated by a party.", True),
        ("This Agreement shall have no fixed expiration date.", True),
        (
            "This Agreement takes effect at once and, unless ended earlier under Section 9.2 (Fire), the "
            "term of this Agreement shall continue until the Mill ceases weaving.",
            True,
        ),
        ("The duties of secrecy of this Agreement survive indefinitely.", False),
        ("If a clause is void, this Agreement shall otherwise remain in full force and effect.", False),
        ("This Agreement shall continue until the end of the Initial Term.", False),
        ("The Supplier paints fences.", False),
    ],
)
def test_perpetual_is_said_never_guessed(text: str, perpetual: bool) -> None:
    found = facts(text)
    assert found.perpetual is perpetual
    assert ("perpetual" in found.spans) is perpetual


def test_a_term_with_an_end_is_not_perpetual() -> None:
    found = facts(
        "This Agreement is made on 1 May 2019 and continues for a term of two years from that day. "
        "Thereafter this "
        "Agreement shall continue until terminated by either party upon sixty (60) days' written notice."
    )
    assert not found.perpetual
    assert found.renewal_perpetual
    assert found.renewal_notice is not None
    assert found.renewal_notice.iso == "P60D"


@pytest.mark.parametrize(
    ("text", "renewal", "notice"),
    [
        (
            "The initial term of this Agreement is three years. This Agreement shall renew automatically "
            "for "
            "successive terms of two years unless either party gives notice of non-renewal ninety days "
            "before "
            "the end of the term.",
            "P2Y",
            "P90D",
        ),
        (
            "The initial term of this Agreement is three years. This Agreement shall automatically renew "
            "for terms "
            "of the same duration unless terminated by a party upon forty (40) days' written notice.",
            "P3Y",
            "P40D",
        ),
        (
            "The Tenant may extend the term of this Agreement by one further year by notice given to the "
            "Landlord "
            "at least 30 days before the term expires.",
            "P1Y",
            None,
        ),
    ],
)
def test_renewal_and_the_notice_that_stops_it(text: str, renewal: str, notice: str | None) -> None:
    found = facts(text)
    assert found.renewal is not None
    assert found.renewal.iso == renewal
    assert (found.renewal_notice.iso if found.renewal_notice else None) == notice


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("This Agreement is governed by Minnesota law.", "Minnesota"),
        ("This Agreement shall be governed by the laws of the United States and the State of Ohio.", "Ohio"),
        ("This Agreement is governed by PRC laws.", "China"),
        (
            "This Agreement is governed by the laws, without regard to conflicts, of the State of Maine.",
            "Maine",
        ),
        ("This Agreement is governed by the laws of the United States of America.", "United States"),
        ("Governing Law; English Language. The parties speak English.", ""),
    ],
)
def test_governing_law_in_other_words(text: str, law: str) -> None:
    assert facts(text).governing_law == law
