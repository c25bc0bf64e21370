// Each call once, as @alicloud/ecs20140526 writes it. A test compares keyform's own requests with these.
'use strict';

const { default: Client, ...models } = require('@alicloud/ecs20140526');
const { $OpenApiUtil } = require('@alicloud/openapi-core');

const [endpoint] = process.argv.slice(2);
const regionId = 'cn-hangzhou';
const client = new Client(
  new $OpenApiUtil.Config({ accessKeyId: 'emulator', accessKeySecret: 'emulator', endpoint, protocol: 'http' }),
);

// The same tags in each operation's own type.
const tags = (Tag) => [new Tag({ key: 'a b/c*~+&=%é', value: 'd e' }), new Tag({ key: 'team', value: 'web' })];
const pair = { resourceType: 'keypair', resourceId: ['web'] };

async function main() {
  await client.describeKeyPairs(new models.DescribeKeyPairsRequest({ regionId, pageNumber: 2, pageSize: 50 }));
  await client.describeKeyPairs(
    new models.DescribeKeyPairsRequest({ regionId, keyPairName: 'web', pageNumber: 1, pageSize: 50, includePublicKey: true }),
  );
  await client.createKeyPair(
    new models.CreateKeyPairRequest({
      regionId, keyPairName: 'web', resourceGroupId: 'rg-1', tag: tags(models.CreateKeyPairRequestTag),
    }),
  );
  await client.importKeyPair(
    new models.ImportKeyPairRequest({
      regionId,
      keyPairName: 'web',
      publicKeyBody: 'ssh-rsa AAAAB3NzaC1yc2E+/= a comment',
      resourceGroupId: 'rg-1',
      tag: tags(models.ImportKeyPairRequestTag),
    }),
  );
  await client.deleteKeyPairs(new models.DeleteKeyPairsRequest({ regionId, keyPairNames: '["web", "web-g2"]' }));
  await client.attachKeyPair(
    new models.AttachKeyPairRequest({ regionId, keyPairName: 'web', instanceIds: '["i-1", "i-2"]' }),
  );
  await client.detachKeyPair(new models.DetachKeyPairRequest({ regionId, keyPairName: 'web', instanceIds: '["i-1"]' }));
  await client.describeInstances(new models.DescribeInstancesRequest({ regionId, maxResults: 100 }));
  await client.describeInstances(
    new models.DescribeInstancesRequest({
      regionId, instanceIds: '["i-1", "i-2"]', keyPairName: 'web', maxResults: 100, nextToken: 'a token+/=', dryRun: true,
    }),
  );
  const batchOptimization = 'SuccessFirst';
  await client.rebootInstances(
    new models.RebootInstancesRequest({ regionId, instanceId: ['i-1', 'i-2'], batchOptimization }),
  );
  await client.rebootInstances(
    new models.RebootInstancesRequest({ regionId, instanceId: ['i-1'], batchOptimization, dryRun: true }),
  );
  await client.rebootInstance(new models.RebootInstanceRequest({ instanceId: 'i-1' }));
  await client.tagResources(
    new models.TagResourcesRequest({ regionId, ...pair, tag: tags(models.TagResourcesRequestTag) }),
  );
  await client.untagResources(new models.UntagResourcesRequest({ regionId, ...pair, tagKey: ['team', 'a b'] }));
  await client.joinResourceGroup(
    new models.JoinResourceGroupRequest({ regionId, resourceType: 'keypair', resourceId: 'web', resourceGroupId: 'rg-1' }),
  );
  await client.describeRegions(new models.DescribeRegionsRequest({}));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
