"""Each call once, as aliyun-python-sdk-ecs writes it. A test compares keyform's own requests with these."""

import importlib
import sys

from aliyunsdkcore.client import AcsClient

REGION = "cn-hangzhou"
TAGS = [{"Key": "a b/c*~+&=%é", "Value": "d e"}, {"Key": "team", "Value": "web"}]
PAIR = {"ResourceType": "keypair", "ResourceIds": ["web"]}
host, port = sys.argv[1].split(":")
client = AcsClient("emulator", "emulator", REGION, port=int(port))


def call(action, **parameters):
    module = importlib.import_module(f"aliyunsdkecs.request.v20140526.{action}Request")
    request = getattr(module, f"{action}Request")()
    request.set_endpoint(host)
    request.set_protocol_type("http")
    request.set_accept_format("json")
    for name, value in parameters.items():
        getattr(request, f"set_{name}")(value)
    client.do_action_with_exception(request)


call("DescribeKeyPairs", PageNumber=2, PageSize=50)
call("DescribeKeyPairs", KeyPairName="web", PageNumber=1, PageSize=50, IncludePublicKey="true")
call("CreateKeyPair", KeyPairName="web", ResourceGroupId="rg-1", Tags=TAGS)
call(
    "ImportKeyPair",
    KeyPairName="web",
    PublicKeyBody="ssh-rsa AAAAB3NzaC1yc2E+/= a comment",
    ResourceGroupId="rg-1",
    Tags=TAGS,
)
call("DeleteKeyPairs", KeyPairNames='["web", "web-g2"]')
call("AttachKeyPair", KeyPairName="web", InstanceIds='["i-1", "i-2"]')
call("DetachKeyPair", KeyPairName="web", InstanceIds='["i-1"]')
call("DescribeInstances", MaxResults=100)
call(
    "DescribeInstances",
    InstanceIds='["i-1", "i-2"]',
    KeyPairName="web",
    MaxResults=100,
    NextToken="a token+/=",
    DryRun="true",
)
call("RebootInstances", InstanceIds=["i-1", "i-2"], BatchOptimization="SuccessFirst")
call("RebootInstances", InstanceIds=["i-1"], BatchOptimization="SuccessFirst", DryRun="true")
call("RebootInstance", InstanceId="i-1")
call("TagResources", **PAIR, Tags=TAGS)
call("UntagResources", **PAIR, TagKeys=["team", "a b"])
call("JoinResourceGroup", ResourceType="keypair", ResourceId="web", ResourceGroupId="rg-1")
call("DescribeRegions")
