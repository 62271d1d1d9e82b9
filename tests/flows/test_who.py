"""Names in records: what is sure is linked, what is not waits for a person, whose word holds from then on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from flows.errors import FlowError
from flows.settings import Settings
from flows.sync import Links, relink
from flows.who import NOBODY, decide, open_names
from flows.wiring import Pacta
from obligations.facts import Fact
from obligations.model import Party
from store import LOCAL, Principal, Scope
from tests.store import make

ACME = Party(id="acme", name="Acme Managed Services Ltd", keys={"sap_s4hana": "17300001"})
BIRCH = Party(id="birch", name="Birch Foods Inc")


def named(number: int, hint: str) -> Fact:
    return make.fact(str(number), None, minutes=number).model_copy(update={"party_hint": hint})


@pytest.fixture
def pacta(tmp_path: Path) -> Iterator[Pacta]:
    with Pacta(Settings(home=tmp_path), clock=lambda: make.NOW) as opened:
        for party in (ACME, BIRCH):
            opened.store.put_party(party, by="t", at=make.NOW)
        yield opened


def sync(pacta: Pacta, *facts: Fact) -> dict[str, str | None]:
    linked = Links(pacta).resolve(facts)
    pacta.store.put_facts(linked, by="t", at=make.NOW)
    return {f.party_hint: f.party for f in linked}


def owner(pacta: Pacta, hint: str) -> set[str | None]:
    return {f.party for f in pacta.store.facts_named("sap_s4hana", hint, Scope.all())}


def test_what_is_sure_is_linked_and_what_is_not_waits_with_candidates(pacta: Pacta) -> None:
    came = sync(pacta, named(1, "0017300001"), named(2, "ACME Managed Services Limited"), named(3, "Acme"))
    assert came == {"0017300001": "acme", "ACME Managed Services Limited": "acme", "Acme": None}
    (waiting,) = open_names(pacta, LOCAL.scope)
    assert (waiting.name.system, waiting.name.hint, waiting.name.kinds) == (
        "sap_s4hana",
        "Acme",
        {"invoice": 1},
    )
    assert [c.party.id for c in waiting.candidates] == ["acme"]
    assert waiting.why


def test_names_with_the_most_records_come_first(pacta: Pacta) -> None:
    sync(pacta, named(1, "99000001"), named(2, "99000002"), named(3, "99000002"))
    first, second = open_names(pacta, LOCAL.scope)
    assert (first.name.hint, first.name.facts) == ("99000002", 2)
    assert first.name.first_at < first.name.last_at
    assert (second.name.hint, second.candidates) == ("99000001", ())


def test_a_word_holds_for_the_records_held_and_those_to_come(pacta: Pacta) -> None:
    sync(pacta, named(1, "17399999"))
    assert decide(pacta, "sap_s4hana", "17399999", "Acme Managed Services Ltd", LOCAL) == 1
    assert owner(pacta, "17399999") == {"acme"}
    assert sync(pacta, named(2, "17399999")) == {"17399999": "acme"}
    assert open_names(pacta, LOCAL.scope) == []


def test_another_system_may_mean_somebody_else_by_the_same_name(pacta: Pacta) -> None:
    sync(pacta, named(1, "17399999"))
    decide(pacta, "sap_s4hana", "17399999", "acme", LOCAL)
    other = named(2, "17399999").model_copy(
        update={"source": make.fact("2", None).source.model_copy(update={"system": "coupa"})}
    )
    assert sync(pacta, other) == {"17399999": None}


def test_nobody_of_ours_is_not_asked_again(pacta: Pacta) -> None:
    sync(pacta, named(1, "Acme"))
    assert decide(pacta, "sap_s4hana", "Acme", NOBODY, LOCAL) == 0
    assert open_names(pacta, LOCAL.scope) == []
    assert relink(pacta) == 0
    assert owner(pacta, "Acme") == {None}


def test_a_later_word_replaces_the_first(pacta: Pacta) -> None:
    sync(pacta, named(1, "Acme"))
    decide(pacta, "sap_s4hana", "Acme", "birch", LOCAL)
    assert decide(pacta, "sap_s4hana", "Acme", "acme", LOCAL) == 1
    assert owner(pacta, "Acme") == {"acme"}
    (kept,) = pacta.store.party_links(Scope.all())
    assert (kept.party, kept.decided_by, kept.decided_at) == ("acme", LOCAL.id, make.NOW)


def test_a_word_against_what_seemed_sure_prevails(pacta: Pacta) -> None:
    sync(pacta, named(1, "17300001"))
    decide(pacta, "sap_s4hana", "17300001", "birch", LOCAL)
    assert owner(pacta, "17300001") == {"birch"}
    assert sync(pacta, named(2, "17300001")) == {"17300001": "birch"}


@pytest.mark.parametrize(
    ("name", "party", "error"),
    [("Acme", "cedar", "no party 'cedar'"), ("Dogwood", "acme", "came with the name 'Dogwood'")],
)
def test_what_is_not_there_is_said(pacta: Pacta, name: str, party: str, error: str) -> None:
    sync(pacta, named(1, "Acme"))
    with pytest.raises(FlowError, match=error) as caught:
        decide(pacta, "sap_s4hana", name, party, LOCAL)
    assert caught.value.remedy
    assert pacta.store.party_links(Scope.all()) == ()


@pytest.mark.parametrize(
    "who",
    [
        Principal(id="k", name="reader", role="reader", scope=Scope.all()),
        Principal(id="k", name="it", role="admin", scope=Scope(business_units=frozenset({"it"}))),
    ],
)
def test_who_may_settle_names(pacta: Pacta, who: Principal) -> None:
    sync(pacta, named(1, "Acme"))
    with pytest.raises(FlowError):
        decide(pacta, "sap_s4hana", "Acme", "acme", who)
    assert owner(pacta, "Acme") == {None}


def test_from_the_terminal(pacta: Pacta, tmp_path: Path) -> None:
    sync(pacta, named(1, "Acme"))

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["--home", str(tmp_path), "parties", *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    assert "Acme" in run("unsure")
    assert '"party": "acme"' in run("unsure", "--json")
    assert "1 fact changed" in run("link", "sap_s4hana", "Acme", "acme")
    assert "settled" in run("unsure")
    assert "sap_s4hana Acme" in " ".join(run("list").split())
