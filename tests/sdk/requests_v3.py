"""Each call once, as alibabacloud_ecs20140526 writes it. A test compares keyform's own requests with these."""

import sys

from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.models import Config

REGION = "cn-hangzhou"
KEY = "ssh-rsa AAAAB3NzaC1yc2E+/= a comment"
client = Client(
    Config(
        access_key_id="emulator",
        access_key_secret="emulator",
        endpoint=sys.argv[1],
        protocol="http",
        signature_algorithm=sys.argv[2] if len(sys.argv) > 2 else None,
    )
)


def tags(model):
    """The same tags in each operation's own type."""
    return [model(key="a b/c*~+&=%é", value="d e"), model(key="team", value="web")]


client.describe_key_pairs(
    models.DescribeKeyPairsRequest(region_id=REGION, page_number=2, page_size=50)
)
client.describe_key_pairs(
    models.DescribeKeyPairsRequest(
        region_id=REGION, key_pair_name="web", page_number=1, page_size=50, include_public_key=True
    )
)
client.create_key_pair(
    models.CreateKeyPairRequest(
        region_id=REGION,
        key_pair_name="web",
        resource_group_id="rg-1",
        tag=tags(models.CreateKeyPairRequestTag),
    )
)
client.import_key_pair(
    models.ImportKeyPairRequest(
        region_id=REGION,
        key_pair_name="web",
        public_key_body=KEY,
        resource_group_id="rg-1",
        tag=tags(models.ImportKeyPairRequestTag),
    )
)
client.delete_key_pairs(
    models.DeleteKeyPairsRequest(region_id=REGION, key_pair_names='["web", "web-g2"]')
)
client.attach_key_pair(
    models.AttachKeyPairRequest(
        region_id=REGION, key_pair_name="web", instance_ids='["i-1", "i-2"]'
    )
)
client.detach_key_pair(
    models.DetachKeyPairRequest(region_id=REGION, key_pair_name="web", instance_ids='["i-1"]')
)
client.describe_instances(models.DescribeInstancesRequest(region_id=REGION, max_results=100))
client.describe_instances(
    models.DescribeInstancesRequest(
        region_id=REGION,
        instance_ids='["i-1", "i-2"]',
        key_pair_name="web",
        max_results=100,
        next_token="a token+/=",
        dry_run=True,
    )
)
client.reboot_instances(
    models.RebootInstancesRequest(
        region_id=REGION, instance_id=["i-1", "i-2"], batch_optimization="SuccessFirst"
    )
)
client.reboot_instances(
    models.RebootInstancesRequest(
        region_id=REGION, instance_id=["i-1"], batch_optimization="SuccessFirst", dry_run=True
    )
)
client.reboot_instance(models.RebootInstanceRequest(instance_id="i-1"))
client.tag_resources(
    models.TagResourcesRequest(
        region_id=REGION,
        resource_type="keypair",
        resource_id=["web"],
        tag=tags(models.TagResourcesRequestTag),
    )
)
client.untag_resources(
    models.UntagResourcesRequest(
        region_id=REGION, resource_type="keypair", resource_id=["web"], tag_key=["team", "a b"]
    )
)
client.join_resource_group(
    models.JoinResourceGroupRequest(
        region_id=REGION, resource_type="keypair", resource_id="web", resource_group_id="rg-1"
    )
)
client.describe_regions(models.DescribeRegionsRequest())
