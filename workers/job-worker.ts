/** Works on the lanes: letters and cards. As many of these processes as are needed; one card at a time at each printer all the same. */
import { connectRedis } from '../adapters/lane.ts';
import { createMail } from '../adapters/mail.ts';
import { createTablePhotoStore } from '../adapters/photo-store.ts';
import { readConfig } from '../config.ts';
import { claimEnvironment } from '../db/environment.ts';
import { createOrm } from '../db/orm.ts';
import { serveHealth } from './health.ts';
import { startMailLane } from './jobs/mail.ts';
import { startPrintLanes } from './jobs/print.ts';
import { artworkOf } from './jobs/print/artwork.ts';
import { log } from './log.ts';

const config = readConfig('job-worker');
const orm = await createOrm(config.DATABASE_URL);
await claimEnvironment(orm.em.fork(), config.ENVIRONMENT);
const redis = connectRedis(config.REDIS_URL, (error) => log.warn({ error }, 'redis'));
const mail = createMail({ smtpUrl: config.SMTP_URL, from: config.MAIL_FROM });

const lanes = [
  startMailLane({ orm, redis, mail, webUrl: config.WEB_URL, key: config.PAYLOAD_KEY }),
  startPrintLanes({ orm, redis, artworkOf: artworkOf(orm, createTablePhotoStore([config.PHOTO_KEY])) }),
];
const health = await serveHealth(config.HEALTH_PORT, { database: () => orm.em.fork().execute('select 1'), redis: () => redis.ping() });
log.info({ port: config.HEALTH_PORT }, 'job worker is up');

let isStopping = false;
async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await Promise.all(lanes.map((lane) => lane.stop()));
  health.close();
  mail.close();
  await Promise.all([redis.quit(), orm.close()]);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
