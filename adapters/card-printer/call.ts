/** One IPP operation over HTTP (RFC 8010). Package ipp reads and writes the messages; its own transport has no time limit. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import ipp, { type Answer, type Message } from 'ipp';
import { classOf, PrinterError } from './error.ts';

export interface PrinterAddress {
  readonly id: string;
  /** ipp://, ipps://, http:// or https:// */
  readonly ippUrl: string;
}

/** For each silence on the line: a printer that is switched off is noticed in time for a page to show it within 30 seconds. */
const silenceMs = 8_000;
const longestAnswer = 1_000_000;

// Attributes we did not ask for may have tags that the package does not know.
ipp.parse.handleUnknownTag = (_tag, _name, length, read) => (length ? read(length) : undefined);

/** @throws {PrinterError} */
export async function call(printer: PrinterAddress, message: Omit<Message, 'version'>): Promise<Answer> {
  const answer = read(printer, await post(printer, ipp.serialize({ version: '2.0', ...message })));
  const status = answer.statusCode ?? 'no status';
  if (!status.startsWith('successful-ok')) throw new IppRefusal(printer.id, status);
  return answer;
}

/** The printer understood, and said no. */
export class IppRefusal extends PrinterError {
  readonly status: string;

  constructor(printer: string, status: string) {
    super(classOf(status), printer, status);
    this.status = status;
  }
}

function read({ id }: PrinterAddress, bytes: Buffer): Answer {
  try {
    return ipp.parse(bytes);
  } catch {
    throw new PrinterError('PrinterNotUnderstood', id, 'not an IPP message');
  }
}

function post({ id, ippUrl }: PrinterAddress, body: Buffer): Promise<Buffer> {
  const url = addressOf(ippUrl);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = { 'Content-Type': 'application/ipp', 'Content-Length': body.length };
  return new Promise((resolve, reject) => {
    const fail = (said: string) => reject(new PrinterError('PrinterUnreachable', id, said));
    const req = send(url, { method: 'POST', headers, timeout: silenceMs }, (res) => {
      const chunks: Buffer[] = [];
      let length = 0;
      res.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > longestAnswer) req.destroy(new Error('too long an answer'));
        else chunks.push(chunk);
      });
      res.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
      res.on('end', () => {
        if (res.statusCode === 200) resolve(Buffer.concat(chunks));
        else reject(new PrinterError(res.statusCode === 503 ? 'PrinterBusy' : 'PrinterNotUnderstood', id, `HTTP ${res.statusCode}`));
      });
    });
    req.on('timeout', () => req.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
    req.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    req.end(body);
  });
}

/** ipp and ipps are HTTP and HTTPS on port 631 (RFC 8010, section 4; RFC 7472). */
function addressOf(ippUrl: string): URL {
  const secure = /^(ipps|https):/.test(ippUrl);
  const url = new URL(ippUrl.replace(/^ipps?:/, secure ? 'https:' : 'http:'));
  if (/^ipps?:/.test(ippUrl) && url.port === '' && !/:(80|443)(\/|$)/.test(ippUrl)) url.port = '631';
  return url;
}

/** How a printer is named inside a message: by its ipp address. */
export const uriOf = ({ ippUrl }: PrinterAddress): string => ippUrl.replace(/^http/, 'ipp');
