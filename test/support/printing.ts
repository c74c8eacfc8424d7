import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MikroORM } from '@mikro-orm/postgresql';
import { cardArtwork } from '../../adapters/card-artwork.ts';
import { recordOpenCase } from '../../db/open-case/open-case.ts';
import { recordPrintJob } from '../../db/smartcard/print-job.ts';
import { PrinterRow } from '../../db/smartcard/printer.ts';
import { freePort } from '../../dev/services/ports.ts';
import { type PrinterService, startPrinter } from '../../dev/services/printer.ts';
import { startRedis } from '../../dev/services/redis.ts';
import { anOrganisation, aPerson } from './database.ts';

/** A grey square: what a face is to a printer. */
export const aPhoto = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGNoaGj4/x8ABYQC/1yjjcAAAAAASUVORK5CYII=',
  'base64',
);
export const aCard = (name = 'Ben Adeyemi'): Promise<Buffer> => cardArtwork({ name, careId: '555000000001', photo: aPhoto });

/** A real IPP printer that can be switched off and on, under one address. */
export async function aRealPrinter({ secondsPerCard = 0.2 } = {}) {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'printer-'));
  let running: PrinterService | undefined = await startPrinter({ port, folder, secondsPerCard });
  return {
    url: running.url,
    printed: () => readdirSync(join(folder, 'printed')).length,
    async switchOff(): Promise<void> {
      await running?.kill();
      running = undefined;
    },
    async switchOn(): Promise<void> {
      running ??= await startPrinter({ port, folder, secondsPerCard });
    },
    stop: async () => running?.stop(),
  };
}
export type RealPrinter = Awaited<ReturnType<typeof aRealPrinter>>;

/** A printer's row, at an organisation of its own. */
export async function aPrinter(orm: MikroORM, ippUrl: string) {
  const elm = await anOrganisation(orm);
  const id = randomUUID();
  await orm.em
    .fork()
    .insert(PrinterRow, { id, organisation: elm.code, name: 'Cards 1', location: 'Main reception', ippUrl, state: null, stateReasons: [] });
  return { id, ippUrl, elm };
}

/** A card that is asked for, and waits. */
export async function aPrintJob(orm: MikroORM, printer: { id: string; elm: { code: string; agent: string } }): Promise<string> {
  const [id, issue] = [randomUUID(), randomUUID()];
  const organisation = printer.elm.code;
  const person = await aPerson(orm, { organisation });
  const caseId = `card-issue/${issue}`;
  const cause = { id: `${caseId}/print`, at: new Date(), who: printer.elm.agent, via: 'workflow' as const, caseId };
  const open = { kind: 'card-issue', id: issue, organisation, person, stage: 'printing', waitsFor: 'printer', since: cause.at };
  await orm.em.fork().transactional(async (em) => {
    await recordOpenCase(em, open);
    await recordPrintJob(em, { id, printer: printer.id, organisation, caseId, step: 'print-1', person }, cause);
  });
  return id;
}

/** A Redis of this test file's own: it may be emptied and restarted. */
export async function aRedis() {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  let running = await startRedis({ port, folder });
  return {
    url: running.url,
    stop: () => running.stop(),
    async restart(): Promise<void> {
      await running.kill();
      running = await startRedis({ port, folder });
    },
  };
}
export type OwnRedis = Awaited<ReturnType<typeof aRedis>>;
