"""Asana: tasks that are no longer there are told to a person, for Asana tells nobody who did not listen."""

from tests.tools.asana_vendor import AsanaVendor
from tests.tools.conformance import connector_of, read_all


def test_a_task_that_is_no_longer_there_is_told_once() -> None:
    vendor = AsanaVendor(count=5)
    vendor.tasks = [{**vendor.record(8), "resource_subtype": "default_task"}]
    _, cursor, problems = read_all(connector_of(vendor), "task")
    assert not problems
    vendor.tasks, vendor.count = [], 3
    _, moved, problems = read_all(connector_of(vendor), "task", cursor)
    assert sorted(p.place for p in problems) == ["task 9003", "task 9004"]
    assert all("deleted" in p.what and p.remedy for p in problems)
    assert read_all(connector_of(vendor), "task", moved)[1:] == (moved, [])


def test_a_task_taken_out_of_its_project_is_told() -> None:
    vendor = AsanaVendor(count=3)
    _, cursor, _ = read_all(connector_of(vendor), "task")
    elsewhere = [{"project": {"gid": "77"}}]
    vendor.count, vendor.hidden = 2, [{**vendor.record(2), "memberships": elsewhere}]
    _, _, (problem,) = read_all(connector_of(vendor), "task", cursor)
    assert "taken out of project 1201" in problem.what


def test_one_that_a_shifting_list_passed_over_is_asked_for() -> None:
    vendor = AsanaVendor(count=3)
    _, cursor, _ = read_all(connector_of(vendor), "task")
    vendor.count, vendor.hidden = 2, [{**vendor.record(2), "memberships": [{"project": {"gid": "1201"}}]}]
    assert read_all(connector_of(vendor), "task", cursor)[2] == []


def test_nobody_is_asked_where_it_is_switched_off_or_read_for_the_first_time() -> None:
    for own in ({}, {"deleted": False}):
        vendor = AsanaVendor(count=3)
        _, cursor, _ = read_all(connector_of(vendor, **own), "task")
        assert vendor.lists() == 1
    vendor.count = 2
    assert read_all(connector_of(vendor, deleted=False), "task", cursor)[2] == []
