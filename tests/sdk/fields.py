"""Names the fields of keyform's requests and answers that the SDK's models do not know.

Reads {"requests": {ACTION: PARAMETERS}, "answers": {ACTION: BODY}} from standard input, puts each
through the model of its operation and back, and prints what was lost, one path a line.
"""

import json
import sys

from alibabacloud_ecs20140526 import models as ecs
from alibabacloud_sts20150401 import models as sts


def paths(value, path=""):
    """The paths of all leaves."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, f"{path}[]")
    else:
        yield path


def lost(action, kind, value):
    name = action + kind
    model = getattr(ecs, name, None) or getattr(sts, name, None)
    # An operation without parameters has no model of its request.
    known = set(paths(model().from_map(value).to_map())) if model else set()
    return [f"{name}{path}" for path in paths(value) if path not in known]


given = json.load(sys.stdin)
for kind, values in (("Request", given["requests"]), ("ResponseBody", given["answers"])):
    for action, value in values.items():
        for path in lost(action, kind, value):
            print(path)
