// A real IPP printer, CUPS' own for tests of clients, that "prints" each card as a PDF file. It forgets its jobs when it is stopped, as real ones do.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../tools.mjs';
import { answersAt, type Service, startChild } from './child.ts';
import { requireFreePort } from './ports.ts';

export type PrinterService = Service & {
  /** The folder of what came out, a PDF for each card, its name beginning with the time. */
  output: string;
};

export type Printer = { port: number; folder: string; name?: string; location?: string; secondsPerCard?: number };

const cardPrinter = fileURLToPath(new URL('card-printer.conf', import.meta.url));

/** Whether this machine has what `startPrinter` runs. */
export const isPrinterInstalled = (): boolean =>
  Boolean(findProgram('ippeveprinter') && (process.platform !== 'linux' || findProgram('dbus-daemon')));

/** Switching the printer off is `stop()`, and on again is this. */
export async function startPrinter({ port, folder, ...options }: Printer): Promise<PrinterService> {
  const { name = 'Card printer', location = 'Main reception', secondsPerCard = 1 } = options;
  const command = findProgram('ippeveprinter');
  if (!command || !isPrinterInstalled())
    throw new Error(
      'ippeveprinter is not installed (Debian: cups-ipp-utils and dbus-daemon): install it, or set PRINTER_URL to an IPP printer.',
    );
  await requireFreePort(port, 'PRINTER_PORT');
  const [output, spool] = [join(folder, 'printed'), join(folder, 'spool')];
  for (const each of [output, spool]) mkdirSync(each, { recursive: true });
  const print = join(folder, 'print.sh');
  writeFileSync(print, `#!/bin/sh\nsleep ${secondsPerCard}\ncp "$1" "${output}/$(date +%Y%m%dT%H%M%S)-$(basename "$1")"\n`, {
    mode: 0o755,
  });

  const bus = process.platform === 'linux' ? await startBus(folder) : undefined;
  const about = ['-n', 'localhost', '-l', location, '-a', cardPrinter];
  try {
    const printer = await startChild({
      name: 'printer',
      command,
      args: ['-r', 'off', '-p', String(port), '-d', spool, '-c', print, ...about, name],
      env: { ...process.env, ...(bus && { DBUS_SYSTEM_BUS_ADDRESS: bus.url }) },
      url: `ipp://localhost:${port}/ipp/print`,
      logFile: join(folder, 'printer.log'),
      isReady: () => answersAt(`http://localhost:${port}/`),
    });
    void printer.ended.then(() => bus?.stop());
    const withBus = (end: () => Promise<void>) => async () => void (await Promise.all([end(), bus?.ended]));
    return { ...printer, output, stop: withBus(() => printer.stop()), kill: withBus(() => printer.kill()) };
  } catch (error) {
    await bus?.stop();
    throw error;
  }
}

/** On Linux the printer will not start without a message bus, even when it announces itself to nobody: it gets one of its own. */
async function startBus(folder: string): Promise<Service> {
  const place = mkdtempSync(join(tmpdir(), 'bus-')); // a socket's path may have 107 characters
  const socket = join(place, 'socket');
  const config = join(folder, 'bus.conf');
  const policy = '<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>';
  writeFileSync(config, `<busconfig><listen>unix:path=${socket}</listen>${policy}</busconfig>\n`);
  const bus = await startChild({
    name: 'dbus-daemon',
    command: findProgram('dbus-daemon') ?? '',
    args: [`--config-file=${config}`, '--nofork', '--nopidfile'],
    url: `unix:path=${socket}`,
    logFile: join(folder, 'bus.log'),
    isReady: () =>
      new Promise(
        (resolve) =>
          void connect(socket, () => resolve(true))
            .once('error', () => resolve(false))
            .unref(),
      ),
  });
  void bus.ended.then(() => rmSync(place, { recursive: true, force: true }));
  return bus;
}
