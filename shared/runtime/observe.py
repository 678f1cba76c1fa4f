"""Logs and metrics of a function. Personal data is never passed to either: ids only."""

from __future__ import annotations

from functools import lru_cache

from aws_lambda_powertools import Logger, Metrics


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The function's structured logger; its service name comes from POWERTOOLS_SERVICE_NAME."""
    return Logger()


@lru_cache(maxsize=1)
def metrics() -> Metrics:
    """The function's metrics, written to its log in CloudWatch's embedded format."""
    return Metrics()


def count(name: str, value: int = 1) -> None:
    """Counts something of the business, such as ``SubmissionsAccepted``; written at once, which costs no call."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    with single_metric(name=name, unit=MetricUnit.Count, value=value):
        pass
