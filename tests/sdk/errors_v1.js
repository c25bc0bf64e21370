// Each documented error ends in the client's own error, with its code: @alicloud/pop-core.
//
// Reads a list of {"action", "parameters", "code"} from standard input.
'use strict';

const assert = require('node:assert');
const { readFileSync } = require('node:fs');
const { RPCClient } = require('@alicloud/pop-core');

const [endpoint, method] = process.argv.slice(2);
const client = (accessKeyId, accessKeySecret) =>
  new RPCClient({ accessKeyId, accessKeySecret, endpoint: `http://${endpoint}`, apiVersion: '2014-05-26' });

async function refused(by, { action, parameters, code }) {
  await assert.rejects(by.request(action, parameters, { method }), (error) => {
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
