"""Prints an answer of each operation that has every field of the SDK's model, with values by its types."""

import json
import sys
import typing

from alibabacloud_ecs20140526 import models

TEXTS = {
    "Status": "Running",
    "StartTime": "2026-11-30T08:15Z",
    "CreationTime": "2026-11-30T08:15Z",
    "Code": "200",
    "Success": "false",
    "NextToken": "",
}


def value_of(kind, name):
    if typing.get_origin(kind) is list:
        return [value_of(typing.get_args(kind)[0], name)]
    if typing.get_origin(kind) is dict:
        return {}
    if kind is str:
        return TEXTS.get(name, f"a {name}")
    if kind is bool:
        return True
    if kind in (int, float):
        return 1
    return filled(kind)


def filled(model):
    """A model with all of its fields, as it is on the wire."""
    hints = typing.get_type_hints(model.__init__, vars(sys.modules[model.__module__]))
    names = {field: name for name, field in wire_names(model, hints).items()}
    return {names[field]: value_of(kind, names[field]) for field, kind in hints.items()}


def wire_names(model, hints):
    """From the names on the wire to those of the fields."""
    names = {}
    for field, kind in hints.items():
        one = model()
        if typing.get_origin(kind) is list:
            setattr(one, field, [])
        elif kind in (str, int, float, bool) or typing.get_origin(kind) is dict:
            setattr(one, field, {} if typing.get_origin(kind) is dict else kind())
        else:
            setattr(one, field, kind())
        (name,) = one.to_map().keys()
        names[name] = field
    return names


print(json.dumps({action: filled(getattr(models, action + "ResponseBody")) for action in sys.argv[1:]}))
