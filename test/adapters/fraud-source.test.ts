import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileFraudSource, type FraudQuestion, type FraudSource } from '../../adapters/fraud-source.ts';

let folder: string;
let path: string;
let source: FraudSource;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fraud-'));
  path = join(folder, 'known.tsv');
  source = createFileFraudSource({ name: 'Own records', kind: 'own', path });
});
afterAll(() => rm(folder, { recursive: true }));

const amira: FraudQuestion = {
  name: { given: 'Amira', middle: null, family: 'O’Brien' },
  dateOfBirth: '1990-03-04',
  documents: [
    { id: 'd1', type: 'passport-with-chip', number: '925 665 416' },
    { id: 'd2', type: 'uk-driving-licence', number: 'OBRIE903040A99XX' },
    { id: 'd3', type: 'tenancy-agreement', number: null },
  ],
};
const known = async (lines: string[]) => {
  await writeFile(path, ['# what is known', '', ...lines].join('\r\n'));
  return source.ask(amira);
};

test('it says who it is, and knows nothing of somebody who is not in it', async () => {
  expect(source).toMatchObject({ name: 'Own records', kind: 'own' });
  expect(await known([])).toEqual([]);
  expect(
    await known(['document-stolen\tpassport-with-chip\t925665417', 'dead\t1990-03-05\tAmira OBrien', 'dead\t1990-03-04\tAnn Lee']),
  ).toEqual([]);
});

test('a number is known however it is written, and a passport whether or not it is said to have a chip', async () => {
  expect(await known(['document-stolen\tpassport-without-chip\t925-665-416'])).toEqual([{ what: 'document-stolen', document: 'd1' }]);
  expect(await known(['document-lost\tuk-driving-licence\tobrie 903040 a99xx'])).toEqual([{ what: 'document-lost', document: 'd2' }]);
});

test('the same number of another kind of document is another document', async () => {
  expect(await known(['document-stolen\tbank-account\t925665416'])).toEqual([]);
});

test('a person is known by date of birth and name, in any order and with any apostrophe', async () => {
  expect(await known(["dead\t1990-03-04\tO'BRIEN Amira", 'false-identity\t1990-03-04\tAmira OBrien'])).toEqual([
    { what: 'dead', document: null },
    { what: 'false-identity', document: null },
  ]);
});

test('a line that is not understood is a fault that names it, and not an answer', async () => {
  for (const line of [
    'document-stolen\tlibrary-card\t1',
    'stolen\tpassport-with-chip\t1',
    'dead\t1990-02-30\tA B',
    'document-lost\tpass-card\t--',
    'dead',
  ])
    await expect(known([line])).rejects.toThrow(`${path}, line 3`);
});

test('a file that is away is a fault, and not "nothing known"', async () => {
  const away = createFileFraudSource({ name: 'Away', kind: 'independent', path: join(folder, 'none.tsv') });
  await expect(away.ask(amira)).rejects.toThrow('ENOENT');
});
