"""A transaction that was refused has changed nothing, and the stream of its table is read on."""

from __future__ import annotations

import pytest
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from shared.store.connection import CONNECTION
from shared.store.tables import ActivityItem, PersonItem
from tests.bed import Bed
from tests.integration.test_main_path import leads, post

pytestmark = pytest.mark.rehearsal


def test_what_is_written_after_a_refused_transaction_reaches_those_who_read_the_stream(bed: Bed) -> None:
    post(bed, consent_email=False)
    bed.pump()
    [lead] = leads()
    row = ActivityItem(lead.id, "0#refused", type="goal_reached", at="2026-03-02T01:00:00.000Z", cause="x")
    with pytest.raises(TransactWriteError), TransactWrite(connection=CONNECTION) as transaction:  # noqa: PT012
        transaction.save(row)
        transaction.update(PersonItem(lead.id), actions=[PersonItem.score.set(1)], condition=PersonItem.score == -1)
    assert [item.sk for item in ActivityItem.query(lead.id) if item.cause == "x"] == []
    bed.admin("POST", f"/api/leads/{lead.id}/tags", json={"tag": "vip"})
    bed.pump()
    assert [item["lead_id"] for item in bed.admin("GET", "/api/leads?tag=vip").json()["items"]] == [lead.id]
