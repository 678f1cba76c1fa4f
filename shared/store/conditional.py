"""Writes under a condition: done, or lost to somebody who was first. Every other failure is raised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pynamodb.exceptions import DeleteError, PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared.store.faults import is_lost_condition


def saved(item: Model, condition: Condition) -> bool:
    """Puts the row; False when the condition refused it."""
    return _won(lambda: item.save(condition=condition))


def updated(item: Model, actions: Sequence[Action], condition: Condition) -> bool:
    """Changes the row; False when the condition refused it."""
    return _won(lambda: item.update(actions=list(actions), condition=condition))


def deleted(item: Model, condition: Condition) -> bool:
    """Removes the row; False when the condition refused it."""
    return _won(lambda: item.delete(condition=condition))


def _won(write: Callable[[], Any]) -> bool:
    try:
        write()
    except (PutError, UpdateError, DeleteError) as error:
        if is_lost_condition(error):
            return False
        raise
    return True
