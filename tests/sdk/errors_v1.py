"""Each documented error ends in the SDK's own exception, with its code: aliyun-python-sdk-ecs.

Reads a list of {"action", "parameters", "code"} from standard input.
"""

import importlib
import json
import sys

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient

host, port = sys.argv[1].split(":")
# What the SDK of Python calls lists.
LISTS = {
    "InstanceId": "InstanceIds",
    "ResourceId": "ResourceIds",
    "Tag": "Tags",
    "TagKey": "TagKeys",
}


def client(access_key_id="emulator", access_key_secret="emulator"):
    return AcsClient(
        access_key_id, access_key_secret, "cn-hangzhou", port=int(port), auto_retry=False
    )


def refused(by, action, parameters, code):
    module = importlib.import_module(f"aliyunsdkecs.request.v20140526.{action}Request")
    request = getattr(module, f"{action}Request")()
    request.set_endpoint(host)
    request.set_protocol_type("http")
    request.set_accept_format("json")
    for name, value in parameters.items():
        if name == "RegionId":
            request.add_query_param(name, value)
            continue
        name = LISTS[name] if isinstance(value, list) else name
        getattr(request, f"set_{name}")(value)
    try:
        by.do_action_with_exception(request)
    except ServerException as error:
        assert error.get_error_code() == code, (action, error.get_error_code(), code)
        return
    raise AssertionError(f"{action}: {code} was expected")


for case in json.load(sys.stdin):
    refused(client(), case["action"], case["parameters"], case["code"])
refused(client(access_key_id="unknown"), "DescribeKeyPairs", {}, "InvalidAccessKeyId.NotFound")
# This client tells a wrong secret by the string that the server has signed.
refused(client(access_key_secret="wrong"), "DescribeKeyPairs", {}, "InvalidAccessKeySecret")
print("ok")
