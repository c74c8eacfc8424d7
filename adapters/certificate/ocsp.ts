/** Answers to "is this certificate still good?" (RFC 6960), signed by a delegated key, each good for less than five minutes. */
import {
  BasicOCSPResponse,
  CertStatus,
  id_pkix_ocsp_basic,
  id_pkix_ocsp_nonce,
  KeyHash,
  OCSPRequest,
  OCSPResponse,
  OCSPResponseStatus,
  ResponderID,
  ResponseBytes,
  ResponseData,
  RevokedInfo,
  SingleResponse,
} from '@peculiar/asn1-ocsp';
import type { CertID } from '@peculiar/asn1-ocsp';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import type { Certificate } from '@peculiar/asn1-x509';
import { CRLReason, Extension } from '@peculiar/asn1-x509';
import type { Authority } from './ceremony.ts';
import { issuerHashes, parseCertificate } from './parsed.ts';
import type { RevocationReason } from './revocation-list.ts';
import { revocationReasons } from './revocation-list.ts';
import { algorithmOf, serialText, signatureOf } from './signing.ts';

export type CertificateStatus =
  | { readonly state: 'good' }
  | { readonly state: 'unknown' }
  | { readonly state: 'revoked'; readonly at: Date; readonly reason: RevocationReason };

export interface OcspAuthority {
  /** DER. */
  readonly issuing: Uint8Array;
  readonly responder: Authority;
  /** In the order asked. @param serials capital hexadecimal; of certificates this authority issued, or made up */
  readonly statuses: (serials: readonly string[]) => Promise<readonly CertificateStatus[]>;
}

const answerSeconds = 240;
const mostAtOnce = 20;
/** RFC 9654, 2.1: shorter or longer nonces are not echoed. */
const nonceBytes = { least: 1, most: 128 };
const hashNames: Record<string, 'sha1' | 'sha256'> = { '1.3.14.3.2.26': 'sha1', '2.16.840.1.101.3.4.2.1': 'sha256' };

/** The answer, DER, whatever was asked: what cannot be read or is about another authority gets an OCSP error. @throws if `statuses` does */
export async function answerOcsp(authority: OcspAuthority, request: Uint8Array, now: Date): Promise<Buffer> {
  const asked = readRequest(request);
  if (!asked) return errorAnswer(OCSPResponseStatus.malformedRequest);
  const issuing = parseCertificate(authority.issuing);
  if (!asked.ids.every((id) => isOf(issuing, id))) return errorAnswer(OCSPResponseStatus.unauthorized);
  const statuses = await authority.statuses(asked.ids.map((id) => serialText(id.serialNumber)));
  const responses = asked.ids.map((certID, index) => single(certID, statuses[index] ?? { state: 'unknown' }, now));
  return signed(authority.responder, responses, asked.nonce, now);
}

interface Asked {
  readonly ids: readonly CertID[];
  readonly nonce: Extension | null;
}

function readRequest(bytes: Uint8Array): Asked | null {
  try {
    const { tbsRequest } = AsnConvert.parse(new Uint8Array(bytes), OCSPRequest);
    const ids = tbsRequest.requestList.map(({ reqCert }) => reqCert);
    if (ids.length === 0 || ids.length > mostAtOnce) return null;
    const nonce = tbsRequest.requestExtensions?.find(({ extnID }) => extnID === id_pkix_ocsp_nonce) ?? null;
    return { ids, nonce: nonce && isNonce(nonce) ? nonce : null };
  } catch {
    return null;
  }
}

function isNonce({ extnValue }: Extension): boolean {
  const { byteLength } = AsnConvert.parse(extnValue.buffer, OctetString).buffer;
  return byteLength >= nonceBytes.least && byteLength <= nonceBytes.most;
}

function isOf(issuing: Certificate, { hashAlgorithm, issuerNameHash, issuerKeyHash }: CertID): boolean {
  const hash = hashNames[hashAlgorithm.algorithm];
  if (!hash) return false;
  const { name, key } = issuerHashes(issuing, hash);
  return name.equals(new Uint8Array(issuerNameHash.buffer)) && key.equals(new Uint8Array(issuerKeyHash.buffer));
}

function single(certID: CertID, status: CertificateStatus, now: Date): SingleResponse {
  const nextUpdate = new Date(now.getTime() + answerSeconds * 1000);
  return new SingleResponse({ certID, certStatus: statusOf(status), thisUpdate: now, nextUpdate });
}

function statusOf(status: CertificateStatus): CertStatus {
  if (status.state === 'good') return new CertStatus({ good: null });
  if (status.state === 'unknown') return new CertStatus({ unknown: null });
  const revocationReason = new CRLReason(revocationReasons[status.reason]);
  return new CertStatus({ revoked: new RevokedInfo({ revocationTime: status.at, revocationReason }) });
}

async function signed(
  { certificate, signer }: Authority,
  responses: SingleResponse[],
  nonce: Extension | null,
  now: Date,
): Promise<Buffer> {
  const own = parseCertificate(certificate);
  const byKey = new KeyHash(new Uint8Array(issuerHashes(own, 'sha1').key));
  const content = new ResponseData({ responderID: new ResponderID({ byKey }), producedAt: now, responses });
  if (nonce) content.responseExtensions = [new Extension({ extnID: nonce.extnID, critical: false, extnValue: nonce.extnValue })];
  const basic = new BasicOCSPResponse({
    tbsResponseData: content,
    signatureAlgorithm: algorithmOf(signer),
    signature: await signatureOf(signer, new Uint8Array(AsnConvert.serialize(content))),
    certs: [own],
  });
  const responseBytes = new ResponseBytes({ responseType: id_pkix_ocsp_basic, response: new OctetString(AsnConvert.serialize(basic)) });
  return Buffer.from(AsnConvert.serialize(new OCSPResponse({ responseStatus: OCSPResponseStatus.successful, responseBytes })));
}

const errorAnswer = (responseStatus: OCSPResponseStatus) => Buffer.from(AsnConvert.serialize(new OCSPResponse({ responseStatus })));
