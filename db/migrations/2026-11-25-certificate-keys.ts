import { Migration } from '@mikro-orm/migrations';
import { keyHashOf } from '../smartcard/certificate.ts';

const rowsAtOnce = 1000;

/** No key is certified twice: those of certificates that are there already count. */
export class CertificateKeys extends Migration {
  override name = '2026-11-25-certificate-keys';

  override async up(): Promise<void> {
    await this.execute(`set local statement_timeout = 0`); // every card ever made is read
    await this.execute(`alter table certificate add column key_hash text`);
    for (;;) {
      const rows = await this.execute(`select serial, pem from certificate where key_hash is null limit ${rowsAtOnce}`);
      if (rows.length === 0) break;
      const hashes = (rows as Array<{ serial: string; pem: string }>).map(({ serial, pem }) => ({ serial, hash: keyHashOf(pem) }));
      await this.execute(
        `update certificate c set key_hash = h.hash from jsonb_to_recordset(?::jsonb) h (serial text, hash text) where c.serial = h.serial`,
        [JSON.stringify(hashes)],
      );
    }
    await this.execute(`alter table certificate alter column key_hash set not null`);
    await this.execute(`create unique index certificate_key on certificate (key_hash)`);
  }
}
