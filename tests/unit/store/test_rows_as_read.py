"""Rows are read without what PynamoDB looks for and no row of ours has; what is read is the same."""

from __future__ import annotations

import base64
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pynamodb.attributes import Attribute, AttributeContainer, ListAttribute, MapAttribute

from shared.store import rows
from shared.store.connection import Table

MODULES = [f"{rows.__name__}.{path.stem}" for path in Path(str(rows.__file__)).parent.glob("[a-z]*.py")]
MODELS = sorted(
    {
        found
        for module in MODULES
        for found in vars(import_module(module)).values()
        if isinstance(found, type) and issubclass(found, Table) and found is not Table
    },
    key=lambda model: model.__name__,
)


def stored(attribute: Attribute[Any]) -> dict[str, Any]:
    """Something that DynamoDB may hold under it."""
    examples = {"S": "[1]", "N": "7", "B": base64.b64encode(b"x"), "BOOL": True, "SS": ["a"], "NS": ["1"]}
    value = examples[attribute.attr_type]
    return {attribute.attr_type: attribute.serialize({"a": "b"}) if attribute.attr_type == "B" else value}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_row_is_read_as_pynamodb_reads_it(model: type[Table]) -> None:
    image = {attribute.attr_name: stored(attribute) for attribute in model.get_attributes().values()}
    absent = next(name for name in image)
    image[absent] = {"NULL": True}
    read, expected = model.from_raw_data(image), model(_user_instantiated=False)
    AttributeContainer._container_deserialize(expected, {**image, "of another version": {"S": "x"}})
    assert read.attribute_values == expected.attribute_values
    assert vars(read).keys() == vars(expected).keys()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_column_is_the_attribute_of_the_model_and_the_value_of_the_row(model: type[Table]) -> None:
    for name, attribute in model.get_attributes().items():
        row = model(_user_instantiated=False)
        assert getattr(model, name) is attribute
        assert getattr(row, name) is None
        setattr(row, name, "x")
        assert getattr(row, name) == "x"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_row_has_what_is_not_looked_for(model: type[Table]) -> None:
    attributes = model.get_attributes().values()
    assert all(a.default is None and a.default_for_new is None for a in attributes)
    assert not any(isinstance(a, MapAttribute | ListAttribute) for a in attributes)
    assert model._get_discriminator_attribute() is None
