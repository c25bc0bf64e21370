"""alibabacloud_ecs20140526, unmodified: ACS3-HMAC-SHA256, parameters in the query."""

import sys

from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.models import Config
from darabonba.exceptions import DaraException

REGION = "cn-hangzhou"
endpoint, public_key = sys.argv[1], sys.argv[2]
algorithm = sys.argv[3] if len(sys.argv) > 3 else None
config = Config(
    access_key_id="emulator",
    access_key_secret="emulator",
    endpoint=endpoint,
    protocol="http",
    signature_algorithm=algorithm,
)
client = Client(config)


def refused(code, call):
    """The call ends in the SDK's own exception, with this code."""
    try:
        call()
    except DaraException as error:
        assert error.code == code, (error.code, code)
        return
    raise AssertionError(f"{code} was expected")


created = client.create_key_pair(
    models.CreateKeyPairRequest(
        region_id=REGION,
        key_pair_name="made",
        tag=[models.CreateKeyPairRequestTag(key="team", value="a b/c*~")],
    )
).body
assert created.private_key_body.startswith("-----BEGIN RSA PRIVATE KEY-----"), "a private key"
assert created.key_pair_id.startswith("ssh-"), created.key_pair_id


def import_(name, body=public_key):
    return client.import_key_pair(
        models.ImportKeyPairRequest(region_id=REGION, key_pair_name=name, public_key_body=body)
    ).body


for name in ["web", "web-g2", "web-g3"]:
    assert import_(name).key_pair_name == name
refused("KeyPair.AlreadyExist", lambda: import_("web"))
refused("InvalidPublicKeyBody.Malformed", lambda: import_("bad", "ssh-ed25519 AAAA"))
refused("InvalidKeyPairName.Malformed", lambda: import_("1", public_key))


def pairs(page, size, pattern="web*"):
    request = models.DescribeKeyPairsRequest(
        region_id=REGION,
        key_pair_name=pattern,
        page_number=page,
        page_size=size,
        include_public_key=True,
    )
    return client.describe_key_pairs(request).body


first, second = pairs(1, 2), pairs(2, 2)
names = [pair.key_pair_name for page in (first, second) for pair in page.key_pairs.key_pair]
assert names == ["web", "web-g2", "web-g3"] and first.total_count == 3, names
assert first.key_pairs.key_pair[0].public_key == public_key
made = pairs(1, 10, "made").key_pairs.key_pair[0]
assert made.key_pair_finger_print == created.key_pair_finger_print
assert made.tags.tag[0].tag_value == "a b/c*~", made.tags.tag[0].tag_value
assert pairs(1, 10, "none").total_count == 0


def attach(name, ids):
    return client.attach_key_pair(
        models.AttachKeyPairRequest(region_id=REGION, key_pair_name=name, instance_ids=ids)
    ).body


bound = attach("web", '["i-1", "i-windows"]')
results = {one.instance_id: str(one.code) for one in bound.results.result}
assert results == {"i-1": "200", "i-windows": "DependencyViolation.WindowsInstance"}, results
assert (str(bound.total_count), str(bound.fail_count)) == ("2", "1")
refused("InvalidKeyPairName.NotFound", lambda: attach("none", '["i-1"]'))


def delete(names):
    return client.delete_key_pairs(
        models.DeleteKeyPairsRequest(region_id=REGION, key_pair_names=names)
    )


refused("InvalidParameter.KeypairAlreadyAttachedInstance", lambda: delete('["web"]'))

instances = client.describe_instances(
    models.DescribeInstancesRequest(region_id=REGION, key_pair_name="web", max_results=10)
).body
assert [one.instance_id for one in instances.instances.instance] == ["i-1"]
assert instances.instances.instance[0].status == "Running"

rebooted = client.reboot_instances(
    models.RebootInstancesRequest(
        region_id=REGION, instance_id=["i-1", "i-none"], batch_optimization="SuccessFirst"
    )
).body.instance_responses.instance_response
assert [str(one.code) for one in rebooted] == ["200", "InvalidInstanceId.NotFound"], rebooted
assert rebooted[0].current_status == "Stopping"
refused(
    "IncorrectInstanceStatus",
    lambda: client.reboot_instance(models.RebootInstanceRequest(instance_id="i-1")),
)
statuses = client.describe_instance_status(
    models.DescribeInstanceStatusRequest(region_id=REGION, instance_id=["i-1"])
).body.instance_statuses.instance_status
assert statuses[0].status in ("Stopping", "Starting", "Running"), statuses[0].status

client.tag_resources(
    models.TagResourcesRequest(
        region_id=REGION,
        resource_type="keypair",
        resource_id=["web", "web-g2"],
        tag=[models.TagResourcesRequestTag(key="team", value="web")],
    )
)
tagged = client.list_tag_resources(
    models.ListTagResourcesRequest(region_id=REGION, resource_type="keypair", resource_id=["web"])
).body.tag_resources.tag_resource
assert [(one.tag_key, one.tag_value) for one in tagged] == [("team", "web")]
client.untag_resources(
    models.UntagResourcesRequest(
        region_id=REGION, resource_type="keypair", resource_id=["web"], tag_key=["team"]
    )
)
regions = client.describe_regions(models.DescribeRegionsRequest()).body.regions.region
assert REGION in [one.region_id for one in regions]
refused(
    "InvalidRegionId.NotFound",
    lambda: client.describe_key_pairs(models.DescribeKeyPairsRequest(region_id="cn-nowhere")),
)
config.access_key_secret = "wrong"
wrong = Client(config)
refused(
    "SignatureDoesNotMatch",
    lambda: wrong.describe_regions(models.DescribeRegionsRequest()),
)
# A restart that is under way binds and unbinds nothing.
while True:
    status = client.describe_instance_status(
        models.DescribeInstanceStatusRequest(region_id=REGION, instance_id=["i-1"])
    ).body.instance_statuses.instance_status[0].status
    if status == "Running":
        break
detached = client.detach_key_pair(
    models.DetachKeyPairRequest(region_id=REGION, key_pair_name="web", instance_ids='["i-1"]')
).body
assert str(detached.fail_count) == "0"
delete('["web", "web-g2", "web-g3", "made"]')
assert pairs(1, 10, "*").total_count == 0
print("ok")
