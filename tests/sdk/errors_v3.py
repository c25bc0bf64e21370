"""Each documented error ends in the SDK's own exception, with its code: alibabacloud_ecs20140526.

Reads a list of {"action", "parameters", "code"} from standard input.
"""

import json
import re
import sys

from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.models import Config
from darabonba.exceptions import DaraException

endpoint = sys.argv[1]


def client(access_key_id="emulator", access_key_secret="emulator"):
    algorithm = sys.argv[2] if len(sys.argv) > 2 else None
    return Client(
        Config(
            access_key_id=access_key_id,
            access_key_secret=access_key_secret,
            endpoint=endpoint,
            protocol="http",
            signature_algorithm=algorithm,
        )
    )


def refused(by, action, parameters, code):
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower()
    request = getattr(models, f"{action}Request")().from_map(parameters)
    try:
        getattr(by, method)(request)
    except DaraException as error:
        assert error.code == code, (action, error.code, code)
        return
    raise AssertionError(f"{action}: {code} was expected")


for case in json.load(sys.stdin):
    refused(client(), case["action"], case["parameters"], case["code"])
nobody, wrong = client(access_key_id="unknown"), client(access_key_secret="wrong")
refused(nobody, "DescribeKeyPairs", {"RegionId": "cn-hangzhou"}, "InvalidAccessKeyId.NotFound")
refused(wrong, "DescribeKeyPairs", {"RegionId": "cn-hangzhou"}, "SignatureDoesNotMatch")
print("ok")
