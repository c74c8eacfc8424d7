import { createServer, type Socket } from 'node:net';
import { createMail, MailError, oneLine } from '../../adapters/mail.ts';
import { freePort } from '../../dev/services/ports.ts';

/** A mail server that answers each command as it is told. */
async function aMailServer(answers: Record<string, string>) {
  const said: string[] = [];
  const server = createServer((socket: Socket) => {
    socket.write(`${answers['CONNECT'] ?? '220 here'}\r\n`);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      said.push(chunk.toString());
      const verb = chunk.toString().slice(0, 4).toUpperCase();
      const known: Record<string, string> = {
        EHLO: '250 here',
        MAIL: '250 ok',
        RCPT: '250 ok',
        DATA: '354 go',
        QUIT: '221 bye',
        ...answers,
      };
      socket.write(`${known[verb] ?? (chunk.toString().endsWith('\r\n.\r\n') ? '250 ok' : '250 ok')}\r\n`);
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const mail = createMail({ smtpUrl: `smtp://127.0.0.1:${port}`, from: 'Care <no-reply@care.example>' });
  const close = () => {
    mail.close();
    server.close();
  };
  return { mail, said, close };
}
const letter = { to: { name: 'Ben', address: 'ben@elm.example' }, subject: 'Hello', text: 'Text', messageId: 'm-1' };

test.each([
  ['451 later', 'RCPT', 'MailServerBusy'],
  ['550 no such person', 'RCPT', 'MailAddressRefused'],
  ['554 go away', 'MAIL', 'MailServerRefused'],
  ['421 closing', 'CONNECT', 'MailServerBusy'],
])('“%s” to %s is %s, and the server’s words are not kept', async (answer, verb, name) => {
  const { mail, close } = await aMailServer({ [verb]: answer });
  const error = await mail.send(letter).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(MailError);
  expect((error as MailError).name).toMatch(verb === 'MAIL' ? /Refused$/ : new RegExp(`^${name}$`));
  expect((error as MailError).message).not.toContain('ben@elm');
  close();
});

test('nobody there: unreachable', async () => {
  const mail = createMail({ smtpUrl: `smtp://127.0.0.1:${await freePort()}`, from: 'Care <no-reply@care.example>' });
  await expect(mail.send(letter)).rejects.toMatchObject({ name: 'MailServerUnreachable' });
  mail.close();
});

test.each(['a@b.example, c@d.example', 'a@b.example\r\nBcc: c@d.example', 'a', '', '<a@b.example>', 'a b@c.example'])(
  '%j is no address',
  async (address) => {
    const { mail, said, close } = await aMailServer({});
    await expect(mail.send({ ...letter, to: { name: 'Ben', address } })).rejects.toMatchObject({ name: 'MailAddressRefused' });
    expect(said).toEqual([]);
    close();
  },
);

test('a header is one line, whatever the name holds', () => {
  expect(oneLine('Ben\r\nBcc: x@y.example')).toBe('Ben Bcc: x@y.example');
  expect(oneLine('Ben\u2028Ann\u0000')).toBe('Ben Ann');
});

test('a sender that is no address does not start', () => {
  expect(() => createMail({ smtpUrl: 'smtp://localhost:25', from: 'nobody' })).toThrow(/MAIL_FROM/);
});
