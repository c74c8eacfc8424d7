import { checkDigit } from '../../domain/mrz/check-digit.ts';
import { compareMrz, type Mrz, readMrz, type TypedDetails } from '../../domain/mrz.ts';

const today = '2026-11-24';
/** The specimens of ICAO 9303 parts 4 and 5. */
const passport = ['P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<', 'L898902C36UTO7408122F1204159ZE184226B<<<<<10'];
const card = ['I<UTOD231458907<<<<<<<<<<<<<<<', '7408122F1204159UTO<<<<<<<<<<<6', 'ERIKSSON<<ANNA<MARIA<<<<<<<<<<'];

const anna: TypedDetails = {
  number: 'L898902C3',
  name: { given: 'Anna', middle: 'Maria', family: 'Eriksson' },
  dateOfBirth: '1974-08-12',
  expiresOn: '2012-04-15',
};

function zoneOf(typed: string): Mrz {
  const read = readMrz(typed, today);
  if (!read.ok) throw new Error(read.problems.map(({ words }) => words).join('; '));
  return read.mrz;
}

/** A passport whose check digits are right, for any name field. */
function aPassport(name: string, { birth = '920229', number = '925665416', sex = 'F', expiry = '320131' } = {}): string {
  const personal = '<'.repeat(14);
  const withDigit = (text: string) => text + checkDigit(text);
  const second = `${withDigit(number.padEnd(9, '<'))}GBR${withDigit(birth)}${sex}${withDigit(expiry)}${personal}<`;
  const whole = checkDigit(second.slice(0, 10) + second.slice(13, 20) + second.slice(21, 43));
  return `P<GBR${name.padEnd(39, '<')}\n${second}${whole}`;
}

const problemsOf = (typed: string) => {
  const read = readMrz(typed, today);
  return read.ok ? [] : read.problems.map(({ part }) => part);
};
const differing = (zone: string, changes: Partial<TypedDetails>) =>
  compareMrz(zoneOf(zone), { ...anna, ...changes }).map(({ part }) => part);

test('the specimen passport of ICAO 9303 part 4 is read', () => {
  expect(zoneOf(passport.join('\n'))).toMatchObject({
    format: 'TD3',
    issuer: 'UTO',
    number: 'L898902C3',
    dateOfBirth: '1974-08-12',
    sex: 'F',
    expiresOn: '2012-04-15',
    name: { family: ['ERIKSSON'], given: ['ANNA', 'MARIA'] },
  });
});

test('the specimen card of ICAO 9303 part 5 is read, and one with a number longer than nine characters', () => {
  expect(zoneOf(card.join(' '))).toMatchObject({ format: 'TD1', number: 'D23145890', name: { family: ['ERIKSSON'] } });
  const long = `I<UTOD23145890<7349<<<<<<<<<<<${'7408122F1204159UTO<<<<<<<<<<<'}`;
  const whole = checkDigit(long.slice(5, 30) + long.slice(30, 37) + long.slice(38, 45) + long.slice(48, 59));
  expect(zoneOf(`${long}${whole}STEVENSON<<PETER<JOHN<<<<<<<<<`)).toMatchObject({ number: 'D23145890734', dateOfBirth: '1974-08-12' });
});

test('it may be typed in small letters, with spaces, and with « for <<', () => {
  expect(zoneOf(passport.join('\n').toLowerCase().replaceAll('<<', '«')).number).toBe('L898902C3');
});

test('any one letter or digit of the checked fields typed wrong is found', () => {
  const whole = passport.join('');
  const checked = [...Array(whole.length).keys()].filter((at) => at >= 44 && !(at >= 54 && at < 57) && at !== 64);
  for (const at of checked) {
    const wrong = whole.slice(0, at) + (whole[at] === '7' ? '8' : '7') + whole.slice(at + 1);
    expect(problemsOf(wrong)).not.toEqual([]);
  }
});

test.each([
  ['a line short', 'P<GBR', ['shape']],
  ['letters no zone has', `${passport.join('')}`.replace('ANNA', 'ÅNNA'), ['shape']],
  ['a visa', `V${passport.join('').slice(1)}`, ['shape']],
  ['a wrong document number', passport.join('').replace('L898902C36', 'L898902C46'), ['number', 'whole']],
  ['O for 0 in the birth date', passport.join('').replace('7408122F', '74O8122F'), ['dateOfBirth', 'dateOfBirth', 'whole']],
  ['a wrong expiry', passport.join('').replace('1204159', '1304159'), ['expiresOn', 'whole']],
  ['a wrong personal number', passport.join('').replace('ZE184226B<<<<<1', 'ZE184226C<<<<<1'), ['personalNumber', 'whole']],
  ['a wrong last digit', passport.join('').replace(/0$/, '1'), ['whole']],
])('%s is refused, saying which part', (_what, typed, parts) => {
  expect(problemsOf(typed)).toEqual(parts);
});

test('what was typed elsewhere agrees, or the parts that differ are named', () => {
  const zone = passport.join('');
  expect(differing(zone, {})).toEqual([]);
  expect(differing(zone, { number: ' l898 902c3 ' })).toEqual([]);
  expect(differing(zone, { expiresOn: null })).toEqual([]);
  expect(differing(zone, { number: 'L898902C4' })).toEqual(['number']);
  expect(differing(zone, { dateOfBirth: '1974-12-08' })).toEqual(['dateOfBirth']);
  expect(differing(zone, { expiresOn: '2012-04-16' })).toEqual(['expiresOn']);
  expect(differing(zone, { name: { ...anna.name, family: 'Ericsson' } })).toEqual(['family']);
  expect(differing(zone, { name: { ...anna.name, given: 'Hanna' } })).toEqual(['given']);
});

test.each([
  ['an apostrophe and a hyphen', 'OBRIEN<SMITH<<AOIFE', { given: 'Aoife', middle: null, family: 'O’Brien-Smith' }],
  ['umlauts written by the table', 'MUELLER<<JUERGEN', { given: 'Jürgen', middle: null, family: 'Müller' }],
  ['umlauts left out', 'MULLER<<JURGEN', { given: 'Jürgen', middle: null, family: 'Müller' }],
  ['umlauts as XX', 'MUXXLLER<<JUXXRGEN', { given: 'Jürgen', middle: null, family: 'Müller' }],
  ['other accents', 'NUNXXEZ<<ZOE', { given: 'Zoë', middle: null, family: 'Núñez' }],
  ['a sharp s and an o with a stroke', 'STRASSER<<SOEREN', { given: 'Søren', middle: null, family: 'Straßer' }],
  ['a middle name left out', 'KHAN<<AMIRA<SARA', { given: 'Amira', middle: null, family: 'Khan' }],
  ['no given name', 'SUHARTO', { given: null, middle: null, family: 'Suharto' }],
  ['one letter', 'O<<E', { given: 'E', middle: null, family: 'O' }],
  ['a space the state leaves out', 'MACDONALD<<IAIN', { given: 'Iain', middle: null, family: 'Mac Donald' }],
])('%s in a name agrees', (_what, field, name) => {
  expect(differing(aPassport(field), { number: '925665416', dateOfBirth: '1992-02-29', expiresOn: '2032-01-31', name })).toEqual([]);
});

test('a name too long for the zone agrees with what is left of it, and another long name does not', () => {
  const rest = { number: '925665416', dateOfBirth: '1992-02-29', expiresOn: '2032-01-31' };
  const family = 'Wolfeschlegelsteinhausenbergerdorffhausen'; // 41 letters
  const zone = aPassport(`${family.toUpperCase().slice(0, 36)}<<A`);
  expect(differing(zone, { ...rest, name: { given: 'Adolph', middle: 'Blaine', family } })).toEqual([]);
  expect(differing(zone, { ...rest, name: { given: 'Adolph', middle: null, family: family.replace('berger', 'burger') } })).toEqual([
    'family',
  ]);
  const short = aPassport(`SMITH<<${'ALEXANDRIA'.repeat(4).slice(0, 32)}`);
  expect(differing(short, { ...rest, name: { given: 'ALEXANDRIA'.repeat(4), middle: null, family: 'Smithson' } })).toEqual(['family']);
});

test('a name of a hundred letters with many spellings is judged at once', () => {
  const started = performance.now();
  expect(differing(aPassport('A'.repeat(39)), { name: { given: null, middle: null, family: 'Å'.repeat(100) } })).not.toContain('shape');
  expect(performance.now() - started).toBeLessThan(500);
});

test('centuries: a birth is past, an expiry near', () => {
  expect(zoneOf(aPassport('A<<B', { birth: '261124' })).dateOfBirth).toBe('2026-11-24');
  expect(zoneOf(aPassport('A<<B', { birth: '261125' })).dateOfBirth).toBe('1926-11-25');
  expect(zoneOf(aPassport('A<<B', { birth: '000229' })).dateOfBirth).toBe('2000-02-29');
  expect(zoneOf(aPassport('A<<B', { expiry: '760101' })).expiresOn).toBe('2076-01-01');
  expect(zoneOf(aPassport('A<<B', { expiry: '990101' })).expiresOn).toBe('1999-01-01');
});

test('a birth the holder does not know wholly agrees with any that fits the rest', () => {
  const zone = aPassport('ABDI<<HODAN', { birth: '92<<<<' });
  expect(zoneOf(zone).dateOfBirth).toBeNull();
  const name = { given: 'Hodan', middle: null, family: 'Abdi' };
  const rest = { number: '925665416', expiresOn: '2032-01-31', name };
  expect(differing(zone, { ...rest, dateOfBirth: '1992-01-01' })).toEqual([]);
  expect(differing(zone, { ...rest, dateOfBirth: '1993-01-01' })).toEqual(['dateOfBirth']);
});
