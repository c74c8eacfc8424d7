import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type SerializationContext } from '@temporalio/common';
import { payloadCodec } from '../../adapters/temporal-data.ts';

const key = randomBytes(32);
const codec = payloadCodec(key);
const of = (workflowId: string): SerializationContext => ({ type: 'workflow', namespace: 'default', workflowId });
const approve = () => [defaultPayloadConverter.toPayload({ action: 'approve', words: 'Zebra' })];

test('what is written can be read by the same case, and by nobody without the key', async () => {
  const [written] = await codec.encode(approve(), of('position-request/1'));
  expect(Buffer.from(written!.data!).toString('latin1')).not.toContain('Zebra');
  const [read] = await codec.decode([written!], of('position-request/1'));
  expect(defaultPayloadConverter.fromPayload(read!)).toEqual({ action: 'approve', words: 'Zebra' });
  await expect(payloadCodec(randomBytes(32)).decode([written!], of('position-request/1'))).rejects.toThrow();
});

test('what was written without the key is not read', async () => {
  await expect(codec.decode(approve(), of('position-request/1'))).rejects.toThrow('without the key');
});

test('what was written for one case is not read by another', async () => {
  const written = await codec.encode(approve(), of('position-request/1'));
  await expect(codec.decode(written, of('position-request/2'))).rejects.toThrow();
});

test('the arguments of a schedule are read by each workflow that it starts', async () => {
  const written = await codec.encode(approve(), of('renewal-sweep'));
  await expect(codec.decode(written, of('renewal-sweep-2026-11-25T04:30:00Z'))).resolves.toHaveLength(1);
});
