"""Small parts of the kit: secrets in settings, redaction, watermarks, paging, periods, references."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tools.kit.auth import BasicAuth
from tools.kit.call import Answer
from tools.kit.errors import Fatal, Misconfigured, PageLoop, Skippable, WrongAnswer
from tools.kit.known import packed, unpacked
from tools.kit.paging import LoopGuard, Order, Page, by_change, by_number, by_token
from tools.kit.periods import period_in
from tools.kit.redact import redact
from tools.kit.reference import checked, is_marked, mark, marked
from tools.kit.watermark import as_cursor, furthest, marks, marks_cursor, resume_at

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


class TestSecrets:
    @pytest.mark.parametrize("secret", [{"env": "PACTA_NOT_SET"}, {"file": "/nowhere"}, {"keyring": "x"}, {}])
    def test_a_missing_one_is_named(self, secret: object) -> None:
        with pytest.raises(ValidationError, match=r"PACTA_NOT_SET|/nowhere|a secret is"):
            BasicAuth.model_validate({"user": "u", "password": secret})


class TestRedact:
    @pytest.mark.parametrize(
        "text",
        [
            "Authorization: Bearer abcdef123456789",
            'sent {"access_token": "abcdef123456789"}',
            "client_secret=abcdef123456789&x=1",
            "basic abcdef123456789",
            "x-csrf-token: abcdef123456789",
            "https://user:abcdef123456789@host/path",
            "password='abcdef123456789'",
            "client_assertion=abcdef123456789&x=1",
            'OAuth oauth_token="abcdef123456789", oauth_signature="abcdef123456789"',
            "X-Tableau-Auth: abcdef123456789",
            "x-vault-token=abcdef123456789",
            "https://host/invoke?sp=1&sig=abcdef123456789",
        ],
    )
    def test_looks_of_credentials_go(self, text: str) -> None:
        assert "abcdef123456789" not in redact(text)

    def test_known_values_go_wherever_they_stand(self) -> None:
        assert redact("the word was xyzzy-1", ["xyzzy-1"]) == "the word was [redacted]"

    def test_plain_words_stay(self) -> None:
        text = "Invalid table cmdb_ci_outage for user pacta"
        assert redact(text) == text


class TestWatermark:
    def test_goes_back_by_the_overlap(self) -> None:
        assert resume_at("v", as_cursor(NOON), timedelta(minutes=5)) == NOON - timedelta(minutes=5)
        assert resume_at("v", None, timedelta()) is None
        assert resume_at("v", "", timedelta()) is None

    def test_never_goes_back_by_itself(self) -> None:
        later = as_cursor(NOON + timedelta(hours=1))
        assert furthest(later, NOON) == later
        assert furthest(None, NOON) == as_cursor(NOON)
        assert furthest(later, None) == later

    @pytest.mark.parametrize("cursor", ["soon", "2026-10-01T12:00:00", "17"])
    def test_a_damaged_one_is_refused(self, cursor: str) -> None:
        with pytest.raises(Misconfigured, match="no instant"):
            resume_at("v", cursor, timedelta())

    def test_several_lists_have_one_each(self) -> None:
        held = {"b": as_cursor(NOON), "a": "", "c": ""}
        assert marks("v", marks_cursor(held)) == {"b": as_cursor(NOON)}
        assert marks_cursor({"a": ""}) == marks_cursor({}) == ""
        assert marks("v", None) == marks("v", "") == {}

    @pytest.mark.parametrize("cursor", ["soon", "[]", "7", '{"a": 7}', "null"])
    def test_what_names_no_lists_is_refused(self, cursor: str) -> None:
        with pytest.raises(Misconfigured, match="names no lists"):
            marks("v", cursor)

    @pytest.mark.parametrize(
        ("stated", "made_at"),
        [("Thu, 01 Oct 2026 12:00:00 GMT", NOON), ("", None), ("soon", None), ("Thu, 99 Oct 2026", None)],
    )
    def test_an_answer_says_when_it_was_made(self, stated: str, made_at: datetime | None) -> None:
        assert Answer(200, {"date": stated}, b"").made_at == made_at


def row(number: int, at: datetime) -> dict[str, object]:
    return {"id": f"r{number}", "at": at}


class Moving:
    """A list ordered by change, some of whose records change while it is read."""

    def __init__(self, count: int, moves: dict[int, int] | None = None, size: int = 10) -> None:
        self.rows = {f"r{n}": NOON + timedelta(minutes=n // 3) for n in range(count)}
        self.moves = moves or {}
        self.size = size
        self.calls = 0

    def fetch(self, since: datetime | None, offset: int) -> Page:
        self.calls += 1
        number = self.moves.get(self.calls)
        if number is not None:
            self.rows[f"r{number}"] = NOON + timedelta(days=1, minutes=self.calls)
        chosen = sorted(
            ((at, name) for name, at in self.rows.items() if since is None or at >= since),
        )
        page = chosen[offset : offset + self.size]
        rows = [{"id": name, "at": at} for at, name in page]
        return Page(rows, more=offset + self.size < len(chosen))


ORDER = Order(lambda r: str(r["id"]), lambda r: r["at"], 10)


class TestByChange:
    def test_a_record_that_moves_while_we_read_hides_no_neighbour(self) -> None:
        vendor = Moving(60, moves={2: 1, 3: 12, 4: 25})
        seen = [
            r["id"] for part in by_change(vendor.fetch, None, ORDER, LoopGuard("v", "/x")) for r in part.rows
        ]
        assert set(seen) == {f"r{n}" for n in range(60)}

    @settings(deadline=None, max_examples=400)
    @given(
        st.integers(min_value=0, max_value=80),
        st.integers(min_value=1, max_value=12),
        st.dictionaries(st.integers(2, 15), st.integers(0, 79), max_size=6),
    )
    @example(3, 1, {2: 1, 4: 0})
    def test_whatever_moves_everything_is_read(self, count: int, size: int, moves: dict[int, int]) -> None:
        vendor = Moving(count, {call: n for call, n in moves.items() if n < count}, size)
        order = Order(ORDER.identity, ORDER.changed_at, size)
        parts = list(by_change(vendor.fetch, None, order, LoopGuard("v", "/x")))
        seen = {r["id"] for part in parts for r in part.rows}
        assert seen == set(vendor.rows)

    def test_many_records_of_one_instant_are_read_by_offset(self) -> None:
        vendor = Moving(0)
        vendor.rows = {f"r{n:03}": NOON for n in range(35)}
        seen = [
            r["id"] for part in by_change(vendor.fetch, None, ORDER, LoopGuard("v", "/x")) for r in part.rows
        ]
        assert sorted(seen) == sorted(vendor.rows)

    def test_nothing_counts_as_reached_while_the_order_is_unknown(self) -> None:
        rows = [row(n, NOON + timedelta(minutes=n)) for n in range(25)][::-1]

        def fetch(since: datetime | None, offset: int) -> Page:
            return Page(rows[offset : offset + 10], more=offset + 10 < 25)

        parts = list(by_change(fetch, None, ORDER, LoopGuard("v", "/x")))
        assert parts[-1].reached == NOON + timedelta(minutes=24)
        assert all(part.reached is None for part in parts[:-1])
        assert len({r["id"] for part in parts for r in part.rows}) == 25

    def test_a_filter_that_was_ignored_is_noticed(self) -> None:
        with pytest.raises(WrongAnswer, match="ignored"):
            list(
                by_change(
                    lambda *_: Page([row(1, NOON)]), NOON + timedelta(days=1), ORDER, LoopGuard("v", "/x")
                )
            )

    def test_a_row_without_time_is_a_problem_not_an_end(self) -> None:
        def changed_at(r: dict[str, object]) -> datetime:
            if r["id"] == "r2":
                raise Skippable("v", "no time", place="r2")
            return NOON

        order = Order(ORDER.identity, changed_at, 10)
        page = Page([row(1, NOON), row(2, NOON), row(3, NOON)])
        (part,) = by_change(lambda *_: page, None, order, LoopGuard("v", "/x"))
        assert [r["id"] for r in part.rows] == ["r1", "r3"]
        assert part.problems[0].place == "r2"

    def test_the_same_rows_under_the_next_offset_are_a_loop(self) -> None:
        page = Page([row(1, NOON), row(2, NOON)], more=True)
        with pytest.raises(PageLoop, match="repeats"):
            list(by_change(lambda *_: page, None, ORDER, LoopGuard("v", "/x")))

    def test_empty_pages_without_end_are_a_loop(self) -> None:
        with pytest.raises(PageLoop, match="empty"):
            list(by_change(lambda *_: Page([], more=True), None, ORDER, LoopGuard("v", "/x")))


class TestOtherPaging:
    def test_tokens_end_or_are_a_loop(self) -> None:
        pages = {
            None: Page([{"id": 1}], token="a"),
            "a": Page([{"id": 2}], token="b"),
            "b": Page([{"id": 3}]),
        }
        assert [p.rows[0]["id"] for p in by_token(lambda t: pages[t], LoopGuard("v", "/x"))] == [1, 2, 3]
        with pytest.raises(PageLoop, match="token"):
            list(by_token(lambda _: Page([{"id": 1}], token="a"), LoopGuard("v", "/x")))

    def test_numbers_end_or_are_a_loop(self) -> None:
        pages = [Page([{"id": 1}], more=True), Page([{"id": 2}])]
        read = list(by_number(lambda n: pages[n], lambda r: r["id"], LoopGuard("v", "/x")))
        assert len(read) == 2
        with pytest.raises(PageLoop):
            list(by_number(lambda n: pages[0], lambda r: r["id"], LoopGuard("v", "/x")))


class TestPeriods:
    @pytest.mark.parametrize(
        ("text", "period"),
        [
            ("2026-09", "2026-09"),
            ("Service credit 2026-09", "2026-09"),
            ("09/2026", "2026-09"),
            ("Sep 2026", "2026-09"),
            ("Leistung März 2026", "2026-03"),
            ("2026-Q3", "2026-Q3"),
            ("Q3 2026", "2026-Q3"),
            ("2026-W40", "2026-W40"),
            ("2026-10-15", ""),
            ("15.10.2026", ""),
            ("2026-09 and 2026-10", ""),
            ("PO 4500202612", ""),
            ("2026-13", ""),
            ("", ""),
        ],
    )
    def test_reads_a_period_or_nothing(self, text: str, period: str) -> None:
        assert period_in(text) == period


class TestReference:
    def test_is_found_only_whole(self) -> None:
        text = mark("Please look.\n", "pacta-12ab")
        assert is_marked(text, "pacta-12ab")
        assert not is_marked(text, "pacta-12")
        assert not is_marked("pacta-12ab", "pacta-12ab")
        assert marked(text) == "pacta-12ab"
        assert marked("pacta-12ab") == ""

    @pytest.mark.parametrize("reference", ["a^ORnumber=INC1", "x'y'z", "", "a b c d", "ä" * 10, "x" * 101])
    def test_cannot_carry_a_query(self, reference: str) -> None:
        with pytest.raises(Fatal, match="searched"):
            checked("v", reference)


class TestKnown:
    def test_what_is_packed_is_unpacked(self) -> None:
        for ids in (
            set(),
            {"7"},
            {"1200149208301495", "9", "1200149208301496"},
            {str(n) for n in range(5000)},
        ):
            assert unpacked("x", packed(ids)) == ids
        assert len(packed({str(n) for n in range(5000)})) < 200

    @pytest.mark.parametrize("text", ["?", "eJw=", "eNoDAAAAAAE=", "bm90aGluZw=="])
    def test_another_text_is_told_with_the_remedy(self, text: str) -> None:
        with pytest.raises(Misconfigured, match="which records") as caught:
            unpacked("x", text)
        assert caught.value.remedy
