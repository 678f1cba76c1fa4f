"""Logs and metrics of a function. Personal data is never passed to either: ids only."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

Handler = Callable[[dict[str, Any], Any], Any]


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The function's structured logger; its service name comes from POWERTOOLS_SERVICE_NAME."""
    return Logger()


@lru_cache(maxsize=1)
def _metrics() -> Metrics:
    return Metrics()


def count(name: str, value: int = 1) -> None:
    """Counts something of the business, such as ``SubmissionsReceived``; it leaves with the function's log when the invocation ends."""
    _metrics().add_metric(name=name, unit=MetricUnit.Count, value=value)


def gauge(name: str, percent: float) -> None:
    """Says how much of something is used, in percent, such as ``BudgetUsedPercent``; it leaves as counts do."""
    _metrics().add_metric(name=name, unit=MetricUnit.Percent, value=percent)


def observed(handler: Handler, *, correlation: str | None = None) -> Handler:
    """The handler with the request's id on every log line and its counts written at the end. `correlation` is the path of an id in the event."""
    with_log = logger().inject_lambda_context(handler, correlation_id_path=correlation, clear_state=True)

    @wraps(handler)
    def invoke(event: dict[str, Any], context: Any) -> Any:
        try:
            return with_log(event, context)
        finally:
            # Not `log_metrics`: that warns on every invocation that counted nothing.
            if _metrics().metric_set:
                _metrics().flush_metrics()

    return invoke
