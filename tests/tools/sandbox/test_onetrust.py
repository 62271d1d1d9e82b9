"""OneTrust's connector against its stand-in: a second witness, written from the documentation by others."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from obligations.facts import Certificate, Fact, latest
from sandbox import RunningSandbox
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import asked, facts_of, opened
from tests.tools.test_ironclad import action
from tools.kit import Fatal, PageLoop, Retryable, Unauthorised, WrongAnswer, harvest

pytestmark = pytest.mark.xdist_group("tools-sandbox")
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
SEARCH = "/entities/search"
CERTIFICATES = {
    "entity": "certificates",
    "type": ["certificateType"],
    "effective_on": ["validFrom"],
    "expires_on": ["validUntil"],
    "party": ["vendorNumber", "vendor"],
    "contract": ["contract"],
    "insurer": ["issuer"],
    "policy": ["certificateNumber"],
    "each_occurrence": ["coverage"],
    "currency": ["currency"],
}
FOLLOW_UP = {
    "entity": "followUps",
    "reference": "pactaReference",
    "name": "title",
    "fields": {"text": "description", "due_on": "dueDate", "contract": "contract", "state": "followUpStatus"},
}


def onetrust(box: RunningSandbox, who: str = "client", secret: str = "demo", **changes: Any) -> Any:
    """The connector as this tenant would configure it."""
    base = f"{box.base_url}/onetrust"
    oauth = {
        "type": "oauth2",
        "token_url": f"{base}/api/access/v1/oauth/token",
        "client_id": f"pacta-onetrust-{who}",
        "client_secret": f"onetrust-{secret}-secret",
        "client_auth": "form",
    }
    settings = {
        "base_url": base,
        "auth": oauth,
        "zone": "Europe/Berlin",
        "page_size": 10,
        "certificates": CERTIFICATES,
        "entities": {"follow_up": FOLLOW_UP},
        "certificate_fields": {"status": "certificateStatus"},
    }
    return opened("onetrust", settings, **changes)


def known(box: RunningSandbox, **changes: Any) -> dict[str, Fact]:
    """The certificates by name; those that cannot be read are left out."""
    connector = onetrust(box, **changes)
    records = [record for batch in connector.read("certificate", None) for record in batch.records]
    return {fact.source.label: fact for fact in latest(harvest(connector, records).facts, NOW)}


def certificate(fact: Fact) -> Certificate:
    assert isinstance(fact.data, Certificate)
    return fact.data


class TestReading:
    def test_everything_can_be_read(self, box: RunningSandbox) -> None:
        assert onetrust(box).check().ok

    def test_certificates_name_party_and_contract(self, box: RunningSandbox) -> None:
        fact = known(box)["Cirrus liability 2026"]
        data = certificate(fact)
        assert (fact.party_hint, fact.contract_hint) == ("17300004", "IC-107")
        assert (data.effective_on, data.expires_on) == (date(2026, 1, 1), date(2026, 12, 31))
        assert data.each_occurrence
        assert (data.each_occurrence.amount, data.each_occurrence.currency) == (Decimal(1000000), "USD")
        assert (data.type, data.policy) == ("Liability insurance", "CL-5511")

    def test_one_that_ran_out_and_the_next(self, box: RunningSandbox) -> None:
        facts = known(box)
        days = [certificate(facts[f"Acme ISO 27001 until {year}"]) for year in (2026, 2029)]
        assert (days[0].expires_on, days[1].effective_on) == (date(2026, 5, 14), date(2026, 6, 20))

    def test_one_entered_late_was_not_known_before(self, box: RunningSandbox) -> None:
        fact = known(box)["Cirrus SOC 2 for 2026"]
        assert (fact.known_at.date(), certificate(fact).effective_on) == (date(2026, 3, 4), date(2026, 1, 1))

    def test_each_extension_is_a_version_where_it_was_read_in_time(self, box: RunningSandbox) -> None:
        ends, cursor = [], None
        for day in ("2026-08-01", "2026-09-01", "2026-11-10"):
            box.set_clock(datetime.fromisoformat(f"{day}T12:00:00+01:00"))
            for batch in onetrust(box).read("certificate", cursor):
                cursor = batch.cursor
                found = harvest(onetrust(box), batch.records).facts
                ends += [certificate(f).expires_on for f in found if f.source.label == "Kestrel liability"]
        assert list(dict.fromkeys(ends)) == [date(2026, 8, 31), date(2026, 10, 31), date(2027, 8, 31)]

    def test_one_without_an_end_is_a_problem_of_its_own(self, box: RunningSandbox) -> None:
        connector = onetrust(box)
        records = [record for batch in connector.read("certificate", None) for record in batch.records]
        crop = harvest(connector, records)
        name = "Arden declaration of independence"
        (held,) = [r for r in records if r.data["row"]["name"] == name]
        assert [p.place for p in crop.problems] == [f"certificate/{held.id}"]
        assert len(crop.facts) == len(records) - 1

    def test_a_deleted_one_is_not_told(self, box: RunningSandbox) -> None:
        assert "Baltica ISO 9001 (copy)" not in known(box)

    def test_vendors_come_whole_and_raw(self, box: RunningSandbox) -> None:
        connector = onetrust(box)
        records = [record for batch in connector.read("vendor", None) for record in batch.records]
        assert {"17300001", "17300002"} <= {r.data["row"]["externalId"] for r in records}
        assert not harvest(connector, records).facts

    def test_later_changes_come_with_the_next_read(self, box: RunningSandbox) -> None:
        connector = onetrust(box)
        before, cursor, _ = read_all(connector, "certificate")
        box.set_clock(datetime(2026, 11, 20, 12, tzinfo=UTC))
        after, moved, _ = read_all(connector, "certificate", cursor)
        assert 0 < len(set(after)) < len(set(before))
        assert moved > cursor
        assert len(set(read_all(onetrust(box, filter_changes=False), "certificate", cursor)[0])) == len(
            set(after)
        )


class TestBadDays:
    @pytest.mark.parametrize("kind", ["429", "503", "cut", "401"])
    def test_a_bad_minute_is_waited_for(self, box: RunningSandbox, kind: str) -> None:
        clean = set(read_all(onetrust(box), "certificate")[0])
        box.order_fault(kind, vendor="onetrust", path=SEARCH)
        assert set(read_all(onetrust(box), "certificate")[0]) == clean

    def test_a_log_in_page_is_told(self, box: RunningSandbox) -> None:
        box.order_fault("html", vendor="onetrust", path=SEARCH, times=9)
        with pytest.raises(WrongAnswer, match="html"):
            read_all(onetrust(box), "certificate")

    def test_pages_without_end_are_given_up(self, box: RunningSandbox) -> None:
        box.order_fault("loop", vendor="onetrust", times=99)
        with pytest.raises((PageLoop, WrongAnswer, Retryable)):
            read_all(onetrust(box), "certificate")

    @pytest.mark.parametrize("kind", ["duplicate", "shuffle"])
    def test_doubles_and_disorder_change_no_fact(self, box: RunningSandbox, kind: str) -> None:
        clean = {fact.id for fact in known(box).values()}
        box.order_fault(kind, vendor="onetrust", path=SEARCH, times=99)
        assert {fact.id for fact in known(box).values()} == clean

    def test_a_read_that_broke_off_ends_in_the_same_facts_the_next_time(self, box: RunningSandbox) -> None:
        clean = {fact.id for fact in known(box).values()}
        box.order_fault("500", vendor="onetrust", path=SEARCH, skip=2)
        with pytest.raises(Retryable):
            known(box)
        assert {fact.id for fact in known(box).values()} == clean

    def test_a_storm_changes_no_fact(self, box: RunningSandbox) -> None:
        clean = {fact.id for fact in known(box).values()}
        storm = {"share": 0.1, "seed": 5, "kinds": ["429", "503", "cut", "slow"]}
        httpx.post(f"{box.base_url}/_sandbox/storm", json=storm, trust_env=False).raise_for_status()
        assert {fact.id for fact in known(box, http={"attempts": 8}).values()} == clean

    def test_wrong_secrets_and_missing_scopes_are_a_lack_of_rights(self, box: RunningSandbox) -> None:
        with pytest.raises(Unauthorised):
            read_all(onetrust(box, secret="wrong"), "certificate")
        reader = onetrust(box, "reader", "reader")
        assert reader.check().ok
        with pytest.raises(Unauthorised):
            reader.writer().create(action("put_record", {"entity": "follow_up", "fields": {"title": "x"}}))


GIVEN = {
    "entity": "follow_up",
    "fields": {
        "title": "Ask Acme for cover",
        "text": "Five weeks",
        "due_on": "2026-11-30",
        "contract": "IC-101",
    },
}


class TestWriting:
    def test_an_object_is_found_instead_of_repeated(self, box: RunningSandbox) -> None:
        writer = onetrust(box).writer()
        made = writer.create(action("put_record", GIVEN))
        assert writer.create(action("put_record", GIVEN)) == made == writer.find("pacta-1f2e")
        assert made.label == "Ask Acme for cover"
        posts = [
            r for r in asked(box, "/entities") if r["method"] == "POST" and r["path"].endswith("/entities")
        ]
        assert len(posts) == 1

    def test_a_lost_answer_is_found_the_next_time(self, box: RunningSandbox) -> None:
        writer = onetrust(box).writer()
        box.order_fault("cut", vendor="onetrust", method="POST", path="/v1/entities", skip=1)
        with pytest.raises(Retryable) as caught:
            writer.create(action("put_record", GIVEN))
        assert caught.value.maybe_done
        assert writer.create(action("put_record", GIVEN)) == writer.find("pacta-1f2e")
        posts = [
            r for r in asked(box, "/entities") if r["method"] == "POST" and r["path"].endswith("/entities")
        ]
        assert len(posts) == 1

    def test_an_attribute_of_a_certificate_is_set(self, box: RunningSandbox) -> None:
        target = known(box)["Acme ISO 27001 until 2029"].source.record
        note = action("set_fields", {"fields": {"status": "Withdrawn"}}, target)
        onetrust(box).writer().create(note)
        rows = {r.id: r.data["row"] for b in onetrust(box).read("certificate", None) for r in b.records}
        assert rows[target.rpartition("/")[2]]["certificateStatus"][0]["value"] == "Withdrawn"

    def test_what_the_type_does_not_know_is_refused(self, box: RunningSandbox) -> None:
        given = {**GIVEN, "fields": {**GIVEN["fields"], "state": "Lost"}}  # type: ignore[dict-item]
        with pytest.raises(Fatal):
            onetrust(box).writer().create(action("put_record", given))


def test_vendors_have_no_problems(box: RunningSandbox) -> None:
    assert facts_of(onetrust(box), "vendor")[0] == []
