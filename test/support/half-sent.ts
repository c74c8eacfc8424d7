/** Somebody who begins to send files and does not go on: whoever answers them has not read the body. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

const boundary = 'half-sent';
const beginning = `--${boundary}\r\nContent-Disposition: form-data; name="photographs"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`;

export interface HalfSent {
  /** What came back although most of the body never came. */
  answer: Promise<{ status: number; headers: IncomingMessage['headers']; text: string }>;
  /** Gives up. */
  leave: () => void;
}

/** The app on a port of its own. */
export async function listening(app: Express) {
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    /** The head and a few bytes of a body that is said to be 60 MB. */
    halfSend(path: string, headers: Record<string, string> = {}): HalfSent {
      const about = { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': String(60 * 1024 * 1024) };
      const sending = request({ host: '127.0.0.1', port, method: 'POST', path, headers: { ...about, ...headers } });
      const answer = once(sending, 'response').then(async ([response]: IncomingMessage[]) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response!) chunks.push(chunk as Buffer);
        return { status: response!.statusCode ?? 0, headers: response!.headers, text: Buffer.concat(chunks).toString() };
      });
      answer.catch(() => {}); // of one that left
      sending.on('error', () => {});
      sending.write(beginning);
      return { answer, leave: () => void sending.destroy() };
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
