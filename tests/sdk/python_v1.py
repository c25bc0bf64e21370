"""aliyun-python-sdk-ecs, unmodified: HMAC-SHA1, parameters in the query."""

import json
import sys

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkecs.request.v20140526 import (
    AttachKeyPairRequest,
    CreateKeyPairRequest,
    DeleteKeyPairsRequest,
    DescribeInstancesRequest,
    DescribeInstanceStatusRequest,
    DescribeKeyPairsRequest,
    DetachKeyPairRequest,
    ImportKeyPairRequest,
    RebootInstanceRequest,
    TagResourcesRequest,
)

host, port = sys.argv[1].split(":")
public_key = sys.argv[2]
client = AcsClient("emulator", "emulator", "cn-hangzhou", port=int(port))


def call(request, to=client, **parameters):
    request.set_endpoint(host)
    request.set_protocol_type("http")
    request.set_accept_format("json")
    for name, value in parameters.items():
        getattr(request, f"set_{name}")(value)
    return json.loads(to.do_action_with_exception(request))


def refused(code, do):
    """The call ends in the SDK's own exception, with this code."""
    try:
        do()
    except ServerException as error:
        assert error.get_error_code() == code, (error.get_error_code(), code)
        return error
    raise AssertionError(f"{code} was expected")


created = call(CreateKeyPairRequest.CreateKeyPairRequest(), KeyPairName="made")
assert created["PrivateKeyBody"].startswith("-----BEGIN RSA PRIVATE KEY-----")


def import_(name, body=public_key):
    request = ImportKeyPairRequest.ImportKeyPairRequest()
    return call(request, KeyPairName=name, PublicKeyBody=body)


for name in ["web", "web-g2", "web-g3"]:
    assert import_(name)["KeyPairName"] == name
refused("KeyPair.AlreadyExist", lambda: import_("web"))


def pairs(page, size, pattern="web*"):
    request = DescribeKeyPairsRequest.DescribeKeyPairsRequest()
    return call(request, KeyPairName=pattern, PageNumber=page, PageSize=size)


names = [pair["KeyPairName"] for page in (1, 2) for pair in pairs(page, 2)["KeyPairs"]["KeyPair"]]
assert names == ["web", "web-g2", "web-g3"], names


def attach(name, ids):
    return call(AttachKeyPairRequest.AttachKeyPairRequest(), KeyPairName=name, InstanceIds=ids)


bound = attach("web", '["i-1", "i-windows"]')
results = {one["InstanceId"]: one["Code"] for one in bound["Results"]["Result"]}
assert results == {"i-1": "200", "i-windows": "DependencyViolation.WindowsInstance"}, results
refused("InvalidKeyPairName.NotFound", lambda: attach("none", '["i-1"]'))


def delete(names):
    return call(DeleteKeyPairsRequest.DeleteKeyPairsRequest(), KeyPairNames=names)


refused("InvalidParameter.KeypairAlreadyAttachedInstance", lambda: delete('["web"]'))
request = DescribeInstancesRequest.DescribeInstancesRequest()
instances = call(request, KeyPairName="web", PageNumber=1, PageSize=10)
assert instances["TotalCount"] == 1, instances
assert instances["Instances"]["Instance"][0]["InstanceId"] == "i-1"
call(RebootInstanceRequest.RebootInstanceRequest(), InstanceId="i-1")
refused(
    "IncorrectInstanceStatus",
    lambda: call(RebootInstanceRequest.RebootInstanceRequest(), InstanceId="i-1"),
)
call(
    TagResourcesRequest.TagResourcesRequest(),
    ResourceType="keypair",
    ResourceIds=["web"],
    Tags=[{"Key": "team", "Value": "a b/c"}],
)
assert pairs(1, 1, "web")["KeyPairs"]["KeyPair"][0]["Tags"]["Tag"] == [
    {"TagKey": "team", "TagValue": "a b/c"}
]
# This client tells a wrong secret by the string that the server has signed.
wrong = AcsClient("emulator", "wrong", "cn-hangzhou", port=int(port), auto_retry=False)
refused(
    "InvalidAccessKeySecret",
    lambda: call(DescribeKeyPairsRequest.DescribeKeyPairsRequest(), to=wrong),
)
while True:
    request = DescribeInstanceStatusRequest.DescribeInstanceStatusRequest()
    told = call(request, InstanceIds=["i-1"])
    if told["InstanceStatuses"]["InstanceStatus"][0]["Status"] == "Running":
        break
detached = call(
    DetachKeyPairRequest.DetachKeyPairRequest(), KeyPairName="web", InstanceIds='["i-1"]'
)
assert str(detached["FailCount"]) == "0"
delete('["web", "web-g2", "web-g3", "made"]')
assert pairs(1, 10, "*")["TotalCount"] == 0
print("ok")
