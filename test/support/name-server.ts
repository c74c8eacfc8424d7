/** A DNS server (RFC 1035) as small as can be: it answers A and AAAA by a function, and remembers what it was asked. */
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import type { Lookup } from '../../adapters/outgoing.ts';

const types: Record<number, 'A' | 'AAAA'> = { 1: 'A', 28: 'AAAA' };

/** @param answer the addresses of a name; asked anew at each question */
export async function aNameServer(answer: (name: string, type: 'A' | 'AAAA') => string[]) {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const labels: string[] = [];
    let at = 12;
    for (; question[at]; at += question[at]! + 1) labels.push(question.toString('latin1', at + 1, at + 1 + question[at]!));
    const type = question.readUInt16BE(at + 1);
    const name = labels.join('.');
    asked.push(`${types[type]} ${name}`);
    const records = answer(name, types[type]!).map((address) => {
      const data = types[type] === 'A' ? Buffer.from(address.split('.').map(Number)) : bytes6(address);
      const head = Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length]); // no time to live: never kept
      return Buffer.concat([head, data]);
    });
    const head = Buffer.alloc(12);
    question.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8580, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    socket.send(Buffer.concat([head, question.subarray(12, at + 5), ...records]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  const lookup: Lookup = async (name) => {
    const none = () => [] as string[];
    const [four, six] = await Promise.all([resolver.resolve4(name).catch(none), resolver.resolve6(name).catch(none)]);
    return [...four.map((address) => ({ address, family: 4 })), ...six.map((address) => ({ address, family: 6 }))];
  };
  return { asked, lookup, close: () => void socket.close() };
}

const bytes6 = (address: string) => {
  const [before = '', after = ''] = address.split('::');
  const groups = (part: string) => part.split(':').filter(Boolean);
  const missing = 8 - groups(before).length - groups(after).length;
  const all = [...groups(before), ...Array<string>(missing).fill('0'), ...groups(after)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
};
