"""The one connection of all tables.

PynamoDB gives each model a client and a pool of its own; a function that touches five tables would load the API's description five times
and shake hands over TLS five times before its first answer.
"""

from __future__ import annotations

from typing import Any, Final, Self

from botocore.session import Session
from pynamodb.attributes import Attribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.constants import NULL
from pynamodb.models import Model

from shared.session import REGION, session


class _OnSession(Connection):
    @property
    def session(self) -> Session:
        return session()


# DynamoDB answers in milliseconds: short time-outs and three tries beat botocore's minute.
CONNECTION: Final = _OnSession(region=REGION, connect_timeout_seconds=3, read_timeout_seconds=6, max_retry_attempts=3)


class _Column:
    """An attribute of a model, read and set without asking each time whether it is a map."""

    def __init__(self, name: str, attribute: Attribute[Any]) -> None:
        self._name = name
        self._attribute = attribute

    def __get__(self, row: Model | None, _: type[Model]) -> Any:
        return self._attribute if row is None else row.attribute_values.get(self._name)

    def __set__(self, row: Model, value: Any) -> None:
        row.attribute_values[self._name] = value


class Table(Model):
    """A model whose calls go through `CONNECTION`. Without defaults, maps and sub-classes, so that rows are read in a third of the time."""

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        for name, attribute in list(vars(cls).items()):
            if isinstance(attribute, Attribute):
                setattr(cls, name, _Column(name, attribute))

    @classmethod
    def _get_connection(cls) -> TableConnection:
        table = super()._get_connection()
        if table.connection is not CONNECTION:
            if table.table_name not in CONNECTION._tables:
                CONNECTION.add_meta_table(table.get_meta_table())
            table.connection = CONNECTION
        return table

    @classmethod
    def _instantiate(cls, attribute_values: dict[str, dict[str, Any]]) -> Self:
        """A row as it was read. PynamoDB looks at each attribute three more times, for what no row of ours has, and it is most of what a batch of images costs."""
        row = cls.__new__(cls)
        row.attribute_values = {
            name: attribute.deserialize(attribute.get_value(value))
            for name, attribute in cls.get_attributes().items()
            if (value := attribute_values.get(attribute.attr_path[-1])) and NULL not in value
        }
        return row
