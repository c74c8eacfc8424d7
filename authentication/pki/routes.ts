/** Whether a card's certificate is still good, for whoever checks one: revocation lists and OCSP, without signing in. */
import { readFile } from 'node:fs/promises';
import express, { Router } from 'express';
import { answerOcsp, createRevocationList, type RevocationReason as ListedReason } from '../../adapters/certificate-authority.ts';
import { revokedCertificates, standingsOf } from '../../db/smartcard/revocation.ts';
import type { RevocationReason } from '../../domain/certificate.ts';
import { nothingHere } from '../../domain/refusal.ts';
import type { AuthenticationDeps } from '../deps.ts';

const listKeptMs = 60_000;
const listGoodForMs = 60 * 60 * 1000;
const reasons: Record<RevocationReason, ListedReason> = {
  keyCompromise: 'key-compromise',
  superseded: 'superseded',
  cessationOfOperation: 'cessation-of-operation',
};

export function pkiRoutes({ orm, authority, settings }: AuthenticationDeps): Router {
  const router = Router();
  let kept: { at: Date; list: Promise<Buffer> } | undefined;

  async function makeList(at: Date): Promise<Buffer> {
    const revoked = (await revokedCertificates(orm.em.fork(), at)).map((each) => ({
      ...each,
      at: wholeSecond(each.at),
      reason: reasons[each.reason],
    }));
    const nextUpdate = new Date(at.getTime() + listGoodForMs);
    return createRevocationList(authority.issuing, { number: at.getTime(), thisUpdate: at, nextUpdate, revoked });
  }
  /** Signed at most once a minute: whoever cannot wait that long asks by OCSP. */
  function list(now: Date): Promise<Buffer> {
    if (!kept || now.getTime() - kept.at.getTime() > listKeptMs) {
      const made = { at: now, list: makeList(now) };
      made.list.catch(() => (kept = undefined));
      kept = made;
    }
    return kept.list;
  }
  const answer = async (request: Uint8Array): Promise<Buffer> => {
    const now = wholeSecond(new Date());
    const statuses = async (serials: readonly string[]) =>
      (await standingsOf(orm.em.fork(), serials)).map((each) =>
        each.state === 'revoked' ? { ...each, at: wholeSecond(each.at), reason: reasons[each.reason] } : each,
      );
    return answerOcsp({ issuing: authority.issuing.certificate, responder: await authority.responder(now), statuses }, request, now);
  };

  router.get('/pki/issuing.crl', async (_req, res) => {
    res
      .type('application/pkix-crl')
      .set('Cache-Control', 'max-age=60')
      .send(await list(new Date()));
  });
  /** Signed where the root's key is, which is not here. */
  router.get('/pki/root.crl', async (_req, res) => {
    if (!settings.CA_ROOT_CRL_FILE) throw nothingHere();
    res
      .type('application/pkix-crl')
      .set('Cache-Control', 'max-age=3600')
      .send(await readFile(settings.CA_ROOT_CRL_FILE));
  });
  router.get('/pki/issuing.cer', (_req, res) => void res.type('application/pkix-cert').send(authority.issuing.certificate));

  router.post('/pki/ocsp', express.raw({ type: 'application/ocsp-request', limit: '20kb' }), async (req, res) => {
    const body: unknown = req.body;
    res.type('application/ocsp-response').send(await answer(Buffer.isBuffer(body) ? body : Buffer.alloc(0)));
  });
  // RFC 6960, appendix A.1: small requests may be a path in base64, whose slashes may not be escaped.
  router.get('/pki/ocsp/*request', async (req, res) => {
    res.type('application/ocsp-response').send(await answer(Buffer.from(req.params.request.join('/'), 'base64')));
  });
  return router;
}

/** Times in certificates, lists and answers have no fraction (RFC 5280, 4.1.2.5.2). */
const wholeSecond = (at: Date) => new Date(Math.floor(at.getTime() / 1000) * 1000);
