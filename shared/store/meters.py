"""The meter's rows: one for each month and shard of the messages stream."""

from __future__ import annotations

from pynamodb.exceptions import DoesNotExist

from shared.domain.meter import MeterRow
from shared.store.conditional import saved
from shared.store.rows.meters import MeterItem


def _to_row(item: MeterItem) -> MeterRow:
    return MeterRow(item.month, item.shard, int(item.last_sequence), item.counts)


class Meters:
    """Reads and conditional writes of counts."""

    def get(self, month: str, shard: str) -> MeterRow:
        """The row as it is now; an empty one where none stands."""
        try:
            return _to_row(MeterItem.get(month, shard, consistent_read=True))
        except DoesNotExist:
            return MeterRow(month, shard)

    def replace(self, old: MeterRow, new: MeterRow) -> bool:
        """Writes `new` where `old` stands (or nothing, when `old` is empty); False when somebody else counted meanwhile."""
        # Text, because a sequence number may have more digits than a number of DynamoDB's.
        last = MeterItem.last_sequence
        condition = MeterItem.month.does_not_exist() if old.last_sequence < 0 else last == str(old.last_sequence)
        item = MeterItem(new.month, new.shard, last_sequence=str(new.last_sequence), counts=dict(new.counts))
        return saved(item, condition)

    def of_month(self, month: str) -> list[MeterRow]:
        """Every shard's row of a month. Not consistent: a second's delay is less than the stream's."""
        return [_to_row(item) for item in MeterItem.query(month)]
