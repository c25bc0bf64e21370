// @alicloud/ecs20140526, unmodified: ACS3-HMAC-SHA256, parameters in the query.
'use strict';

const assert = require('node:assert');
const { default: Client, ...models } = require('@alicloud/ecs20140526');
const { $OpenApiUtil } = require('@alicloud/openapi-core');

const [endpoint, publicKey] = process.argv.slice(2);
const regionId = 'cn-hangzhou';
const config = (accessKeySecret) =>
  new $OpenApiUtil.Config({ accessKeyId: 'emulator', accessKeySecret, endpoint, protocol: 'http' });
const client = new Client(config('emulator'));

// The call ends in the SDK's own error, with this code.
async function refused(code, call) {
  await assert.rejects(call, (error) => {
    assert.strictEqual(error.code, code);
    return true;
  });
}

async function main() {
  const created = (await client.createKeyPair(new models.CreateKeyPairRequest({ regionId, keyPairName: 'made' }))).body;
  assert(created.privateKeyBody.startsWith('-----BEGIN RSA PRIVATE KEY-----'));
  const imported = (keyPairName, publicKeyBody = publicKey) =>
    client.importKeyPair(new models.ImportKeyPairRequest({ regionId, keyPairName, publicKeyBody }));
  for (const name of ['web', 'web-g2', 'web-g3']) {
    assert.strictEqual((await imported(name)).body.keyPairName, name);
  }
  await refused('KeyPair.AlreadyExist', () => imported('web'));
  await refused('InvalidPublicKeyBody.Malformed', () => imported('bad', 'ssh-ed25519 AAAA'));
  const pairs = async (pageNumber, pageSize, keyPairName = 'web*') =>
    (await client.describeKeyPairs(
      new models.DescribeKeyPairsRequest({ regionId, keyPairName, pageNumber, pageSize, includePublicKey: true }),
    )).body;
  const pages = [await pairs(1, 2), await pairs(2, 2)];
  const names = pages.flatMap((page) => page.keyPairs.keyPair.map((pair) => pair.keyPairName));
  assert.deepStrictEqual(names, ['web', 'web-g2', 'web-g3']);
  assert.strictEqual(pages[0].totalCount, 3);
  assert.strictEqual(pages[0].keyPairs.keyPair[0].publicKey, publicKey);
  const attach = (keyPairName, ids) =>
    client.attachKeyPair(new models.AttachKeyPairRequest({ regionId, keyPairName, instanceIds: JSON.stringify(ids) }));
  const bound = (await attach('web', ['i-1', 'i-windows'])).body;
  const codes = bound.results.result.map((one) => [one.instanceId, String(one.code)]);
  assert.deepStrictEqual(codes, [['i-1', '200'], ['i-windows', 'DependencyViolation.WindowsInstance']]);
  await refused('InvalidKeyPairName.NotFound', () => attach('none', ['i-1']));
  const remove = (names) =>
    client.deleteKeyPairs(new models.DeleteKeyPairsRequest({ regionId, keyPairNames: JSON.stringify(names) }));
  await refused('InvalidParameter.KeypairAlreadyAttachedInstance', () => remove(['web']));
  await client.tagResources(
    new models.TagResourcesRequest({
      regionId, resourceType: 'keypair', resourceId: ['web'],
      tag: [new models.TagResourcesRequestTag({ key: 'team', value: "a*b!c'(d)" })],
    }),
  );
  const tags = (await pairs(1, 1, 'web')).keyPairs.keyPair[0].tags.tag;
  assert.deepStrictEqual(tags.map((tag) => [tag.tagKey, tag.tagValue]), [['team', "a*b!c'(d)"]]);
  await client.rebootInstance(new models.RebootInstanceRequest({ instanceId: 'i-1' }));
  await refused('IncorrectInstanceStatus', () =>
    client.rebootInstance(new models.RebootInstanceRequest({ instanceId: 'i-1' })));
  const wrong = new Client(config('wrong'));
  await refused('SignatureDoesNotMatch', () => wrong.describeRegions(new models.DescribeRegionsRequest({})));
  let status;
  do {
    const told = await client.describeInstanceStatus(
      new models.DescribeInstanceStatusRequest({ regionId, instanceId: ['i-1'] }));
    status = told.body.instanceStatuses.instanceStatus[0].status;
  } while (status !== 'Running');
  const detached = (await client.detachKeyPair(
    new models.DetachKeyPairRequest({ regionId, keyPairName: 'web', instanceIds: '["i-1"]' }))).body;
  assert.strictEqual(String(detached.failCount), '0');
  await remove(['web', 'web-g2', 'web-g3', 'made']);
  assert.strictEqual((await pairs(1, 10, '*')).totalCount, 0);
  console.log('ok');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
