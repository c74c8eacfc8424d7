import type { EntityManager } from '@mikro-orm/postgresql';
import { type Cause, recordAudit } from '../audit.ts';

/** One query a kind of finding: what must never be, with the serial of the certificate or the id of the case or card. */
const findings: Readonly<Record<string, string>> = {
  // Cards of dev's own people are made without a case: theirs is the card itself, and production has none.
  'without-case': `
    select c.serial as what from certificate c
    where not exists (select from card_issue i where i.id = c.case_id and i.person = c.person)
      and not exists (select from renewal r where r.id = c.case_id and r.smartcard = c.smartcard and r.person = c.person)
      and not (c.is_dev and c.case_id = c.smartcard)`,
  'not-a-pair': `
    select c.case_id::text as what from certificate c where c.state <> 'revoked'
    group by c.case_id having count(*) <> 2 or count(distinct c.kind) <> 2 or count(distinct c.smartcard) <> 1`,
  'card-without-pair': `
    select s.id::text as what from smartcard s where s.state in ('active', 'locked')
      and (select count(*) from certificate c where c.smartcard = s.id and c.state = 'confirmed') <> 2`,
  'good-on-ended-card': `
    select c.serial as what from certificate c join smartcard s on s.id = c.smartcard
    where c.state <> 'revoked' and s.state not in ('issuing', 'active', 'locked')`,
};
const mostNamed = 20;

/** Counts every certificate against its case, and records what was found: also that nothing was. */
export async function countCertificates(em: EntityManager, cause: Cause): Promise<{ certificates: number; findings: number }> {
  const [counted] = await em.execute<Array<{ certificates: number; issued: number; cases: number }>>(
    `select count(*)::int as certificates, count(*) filter (where not_before > :since)::int as issued,
       count(distinct case_id) filter (where not_before > :since)::int as cases from certificate`,
    { since: new Date(cause.at.getTime() - 86_400_000) },
  );
  const { certificates, issued, cases } = counted ?? { certificates: 0, issued: 0, cases: 0 };
  const detail: Record<string, string> = { certificates: String(certificates), issuedInADay: String(issued), casesInADay: String(cases) };
  let found = 0;
  for (const [name, sql] of Object.entries(findings)) {
    const rows = await em.execute<Array<{ what: string }>>(sql);
    if (rows.length === 0) continue;
    found += rows.length;
    detail[name] = `${rows.length}: ${rows
      .slice(0, mostNamed)
      .map(({ what }) => what)
      .join(' ')}`;
  }
  detail['findings'] = String(found);
  await recordAudit(em, cause, { what: 'certificate.count', subjectKind: 'certificate', subjectId: 'all', organisation: '', detail });
  return { certificates, findings: found };
}
