import { faultOf } from '../pages/log.ts';

test('of a fault the class and the places are logged, and nothing of a message, however many lines it has', () => {
  const message = "insert into person (family_name) values ('O’Neill')\n- at 1996-02-29\n    Key (email)=(zoe@care.example) exists";
  const said = JSON.stringify(faultOf(new RangeError(message)));

  expect(said).toContain('RangeError');
  expect(said).toContain('log.test.ts');
  for (const secret of ['O’Neill', '1996-02-29', 'zoe@care.example', 'insert into']) expect(said).not.toContain(secret);
});

test('what is no error is named by its type alone', () => {
  expect(faultOf('O’Neill')).toEqual({ error: 'string', stack: [] });
  expect(faultOf(undefined)).toEqual({ error: 'undefined', stack: [] });
});
