// @alicloud/pop-core, unmodified: HMAC-SHA1, by POST with a form and by GET.
'use strict';

const assert = require('node:assert');
const { RPCClient } = require('@alicloud/pop-core');

const [endpoint, publicKey] = process.argv.slice(2);
const RegionId = 'cn-hangzhou';
const client = (accessKeySecret) =>
  new RPCClient({ accessKeyId: 'emulator', accessKeySecret, endpoint: `http://${endpoint}`, apiVersion: '2014-05-26' });
const own = client('emulator');

// The call ends in the client's own error, with this code.
async function refused(code, call) {
  await assert.rejects(call, (error) => {
    assert.strictEqual(error.code, code);
    return true;
  });
}

async function main() {
  for (const method of ['POST', 'GET']) {
    const call = (action, parameters) => own.request(action, { RegionId, ...parameters }, { method });
    const created = await call('CreateKeyPair', { KeyPairName: 'made' });
    assert(created.PrivateKeyBody.startsWith('-----BEGIN RSA PRIVATE KEY-----'));
    const imported = (KeyPairName) => call('ImportKeyPair', { KeyPairName, PublicKeyBody: publicKey });
    for (const name of ['web', 'web-g2']) {
      assert.strictEqual((await imported(name)).KeyPairName, name);
    }
    await refused('KeyPair.AlreadyExist', () => imported('web'));
    const page = await call('DescribeKeyPairs', { KeyPairName: 'web*', PageSize: 1, PageNumber: 2 });
    assert.deepStrictEqual(page.KeyPairs.KeyPair.map((pair) => pair.KeyPairName), ['web-g2']);
    const InstanceIds = '["i-2", "i-windows"]';
    const bound = await call('AttachKeyPair', { KeyPairName: 'web', InstanceIds });
    assert.strictEqual(String(bound.FailCount), '1');
    await call('TagResources', {
      ResourceType: 'keypair', 'ResourceId.1': 'web', 'Tag.1.Key': 'team', 'Tag.1.Value': "a*b!c'(d)",
    });
    const tagged = await call('DescribeKeyPairs', { KeyPairName: 'web' });
    const tags = tagged.KeyPairs.KeyPair[0].Tags.Tag.map((tag) => [tag.TagKey, tag.TagValue]);
    assert.deepStrictEqual(tags, [['team', "a*b!c'(d)"]]);
    const rebooted = await call('RebootInstances', { 'InstanceId.1': 'i-2', BatchOptimization: 'SuccessFirst' });
    assert.strictEqual(String(rebooted.InstanceResponses.InstanceResponse[0].Code), '200');
    let status;
    do {
      const told = await call('DescribeInstanceStatus', { 'InstanceId.1': 'i-2' });
      status = told.InstanceStatuses.InstanceStatus[0].Status;
    } while (status !== 'Running');
    const detached = await call('DetachKeyPair', { KeyPairName: 'web', InstanceIds: '["i-2"]' });
    assert.strictEqual(String(detached.FailCount), '0');
    await call('DeleteKeyPairs', { KeyPairNames: '["web", "web-g2", "made"]' });
    await refused('SignatureDoesNotMatch', () => client('wrong').request('DescribeRegions', {}, { method }));
  }
  console.log('ok');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
