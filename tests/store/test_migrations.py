"""Databases of earlier versions are brought up to date with what they hold."""

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from store import Scope, open_store
from store.open import migrate
from store.schema import instant
from tests.store import make
from tests.store.conftest import fresh_database


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of the first version."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'pacta.db'}"
    else:
        url = fresh_database(request.getfixturevalue("postgres"))
    migrate(url, "0001")
    return url


def test_the_names_facts_came_with_are_found_in_their_bodies(old: str) -> None:
    nameless, named = make.fact("1", None), make.fact("2", None).model_copy(update={"party_hint": "Acme"})
    row = "INSERT INTO facts (id, system, record, kind, occurred_at, known_at, body)"
    values = " VALUES (:id, 'sap_s4hana', '1', 'invoice', :at, :at, :body)"
    engine = create_engine(old.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as tx:
        for fact in (nameless, named):
            body = json.dumps(fact.model_dump(mode="json"))
            tx.execute(text(row + values), {"id": fact.id, "at": instant(fact.occurred_at), "body": body})
    engine.dispose()
    store = open_store(old)
    (name,) = store.loose_names(Scope.all())
    assert (name.hint, name.facts) == ("Acme", 1)
    assert [f.id for f in store.loose_facts(Scope.all())] == [named.id]
    store.close()


def test_a_fact_of_a_system_with_long_ids_is_held(old: str) -> None:
    store = open_store(old)
    long = make.fact("1", None).model_copy(update={"id": f"salesforce:ticket:{'5' * 400}"})
    assert store.put_facts([long], by="t", at=make.NOW) == 1
    store.close()
