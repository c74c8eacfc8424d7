import { randomBytes } from 'node:crypto';
import { createTablePhotoStore } from '../../adapters/photo-store.ts';

const [one, two] = [randomBytes(32), randomBytes(32)];
const photo = new Uint8Array(randomBytes(5000));

test('what is kept is read back, and cannot be seen in what the row holds', async () => {
  const store = createTablePhotoStore([one]);
  const text = new TextEncoder().encode('a face that nobody else may see');
  const stored = await store.keep('p1', text);
  expect(Buffer.from(stored.sealed!).includes('face')).toBe(false);
  expect(await store.read('p1', stored)).toEqual(text);
  expect((await store.keep('p1', text)).sealed).not.toEqual(stored.sealed);
  expect(await store.read('p2', await store.keep('p2', new Uint8Array()))).toHaveLength(0);
});

test('it cannot be read under another id, so rows cannot be exchanged', async () => {
  const store = createTablePhotoStore([one]);
  await expect(store.read('p2', await store.keep('p1', photo))).rejects.toThrow();
});

test('any byte altered is found', async () => {
  const store = createTablePhotoStore([one]);
  const stored = await store.keep('p1', photo.slice(0, 20));
  for (const at of stored.sealed!.keys()) {
    const sealed = stored.sealed!.slice();
    sealed[at]! ^= 1;
    await expect(store.read('p1', { ...stored, sealed })).rejects.toThrow();
  }
  await expect(store.read('p1', { ...stored, sealed: stored.sealed!.slice(0, 10) })).rejects.toThrow('cannot be decrypted');
});

test('a key can be changed: the new one encrypts, the old one still decrypts until it is taken away', async () => {
  const old = await createTablePhotoStore([one]).keep('p1', photo);
  const both = createTablePhotoStore([two, one]);
  expect(await both.read('p1', old)).toEqual(photo);
  const renewed = await both.keep('p1', photo);
  expect(await createTablePhotoStore([two]).read('p1', renewed)).toEqual(photo);
  await expect(createTablePhotoStore([two]).read('p1', old)).rejects.toThrow('cannot be decrypted');
});

test('keys that are none, or too short, are refused at once', () => {
  expect(() => createTablePhotoStore([])).toThrow('32 bytes');
  expect(() => createTablePhotoStore([one, randomBytes(16)])).toThrow('32 bytes');
});

test('a row emptied, or kept elsewhere, is said to be so', async () => {
  const store = createTablePhotoStore([one]);
  await expect(store.read('p1', { sealed: null, place: 'table' })).rejects.toThrow('not in the table');
});
