"""What a failed write means."""

from __future__ import annotations

from pynamodb.exceptions import PynamoDBException, TransactWriteError


def is_lost_condition(error: PynamoDBException) -> bool:
    """True when the write was refused by its condition (somebody else was first), false for every other failure."""
    if isinstance(error, TransactWriteError):
        codes = {reason.code for reason in error.cancellation_reasons if reason is not None}
        return bool(codes) and codes <= {"ConditionalCheckFailed", "TransactionConflict", "None"}
    # Not `cause_response_code`: a time-out has a cause without an answer, on which it stumbles.
    answer = getattr(error.cause, "response", None) or {}
    return bool(answer.get("Error", {}).get("Code") == "ConditionalCheckFailedException")
