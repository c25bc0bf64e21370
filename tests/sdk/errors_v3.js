// Each documented error ends in the SDK's own error, with its code: @alicloud/ecs20140526.
//
// Reads a list of {"action", "parameters", "code"} from standard input.
'use strict';

const assert = require('node:assert');
const { readFileSync } = require('node:fs');
const { default: Client, ...models } = require('@alicloud/ecs20140526');
const { $OpenApiUtil } = require('@alicloud/openapi-core');

const [endpoint] = process.argv.slice(2);
const client = (accessKeyId, accessKeySecret) =>
  new Client(new $OpenApiUtil.Config({ accessKeyId, accessKeySecret, endpoint, protocol: 'http' }));
const lower = (name) => name[0].toLowerCase() + name.slice(1);

async function refused(by, { action, parameters, code }) {
  const fields = Object.entries(parameters).map(([name, value]) => {
    const Tag = models[`${action}RequestTag`];
    const tags = () => value.map((tag) => new Tag({ key: tag.Key, value: tag.Value }));
    return [lower(name), name === 'Tag' ? tags() : value];
  });
  const request = new models[`${action}Request`](Object.fromEntries(fields));
  await assert.rejects(by[lower(action)](request), (error) => {
    assert.strictEqual(error.code, code, action);
    return true;
  });
}

async function main() {
  for (const given of JSON.parse(readFileSync(0, 'utf8'))) {
    await refused(client('emulator', 'emulator'), given);
  }
  const call = { action: 'DescribeKeyPairs', parameters: { RegionId: 'cn-hangzhou' } };
  await refused(client('unknown', 'emulator'), { ...call, code: 'InvalidAccessKeyId.NotFound' });
  await refused(client('emulator', 'wrong'), { ...call, code: 'SignatureDoesNotMatch' });
  console.log('ok');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
