/** Documents and photographs, in a draft and while more can be added. */
import { Router } from 'express';
import {
  addDocument,
  addOwnPhotograph,
  addPhotographs,
  describeDocument,
  removeDocument,
  removePhotograph,
} from '../../commands/application-evidence.ts';
import { showDocument, showOwnPhoto } from '../../commands/application-reading.ts';
import { documentTypes, type DocumentKind, type DocumentType, hasPhotograph } from '../../domain/document-type.ts';
import { leastOwnPhoto } from '../../domain/photo.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountFile } from '../edge/file.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';
import { evidencePage, statusPath } from './own.ts';

export function evidenceRoutes(deps: WebDeps): Router {
  const router = Router();
  const listPath = '/apply/documents';
  mountPage(
    router,
    deps,
    evidencePage(listPath, 'documents', ({ state }) => ({ back: state === 'draft' ? '/apply/job' : statusPath })),
  );
  mountFile(router, deps, { path: '/apply/photos/:photo', query: showOwnPhoto });

  const choose = evidencePage('/apply/documents/new', 'document-type', ({ documents }) => {
    const sent = documents.filter(({ isSent }) => isSent).map(({ id, words }) => ({ value: id, text: words }));
    return { back: listPath, groups: groups(), replaceable: sent.length > 0 && [{ value: '', text: 'No' }, ...sent] };
  });
  mountPage(router, deps, choose);
  mountForm(router, deps, { path: choose.path, command: addDocument, page: choose, next: ({ id }) => `/apply/documents/${id}` });
  oneDocument(router, deps);

  const own = evidencePage('/apply/photograph', 'photograph', { back: listPath, least: leastOwnPhoto });
  mountPage(router, deps, own);
  mountForm(router, deps, { path: own.path, command: addOwnPhotograph, page: own, next: () => own.path });
  return router;
}

function oneDocument(router: Router, deps: WebDeps): void {
  const page = (path: string, template: string): Page<typeof showDocument> => ({
    path: `/apply/documents/:document${path}`,
    query: showDocument,
    template: `apply/${template}.njk`,
    view: ({ id }) => ({ back: path === '/photographs' ? `/apply/documents/${id}` : '/apply/documents' }),
  });
  const describe = page('', 'document');
  const photographs = page('/photographs', 'document-photographs');
  const removal = page('/removal', 'document-removal');
  const toPhotographs = ({ id }: { id: string }) => `/apply/documents/${id}/photographs`;

  for (const each of [describe, photographs, removal]) mountPage(router, deps, each);
  mountForm(router, deps, { path: describe.path, command: describeDocument, page: describe, next: toPhotographs });
  mountForm(router, deps, { path: photographs.path, command: addPhotographs, page: photographs, next: toPhotographs });
  mountForm(router, deps, {
    path: `${photographs.path}/:photo/removal`,
    command: removePhotograph,
    page: photographs,
    next: toPhotographs,
  });
  mountForm(router, deps, { path: removal.path, command: removeDocument, page: removal, next: () => '/apply/documents' });
}

/** Document types as the page lists them: those with a photograph, those that prove the address, others. */
function groups() {
  const all = Object.entries(documentTypes) as Array<[DocumentType, DocumentKind]>;
  const items = (which: (type: DocumentType, kind: DocumentKind) => boolean) =>
    all.filter(([type, kind]) => which(type, kind)).map(([value, { words }]) => ({ value, text: words }));
  return [
    { heading: 'With your photograph', items: items((type) => hasPhotograph(type)) },
    { heading: 'With your address', items: items((type, { proves }) => !hasPhotograph(type) && proves.includes('address')) },
    { heading: 'Others', items: items((_type, { proves }) => proves.length === 0) },
  ];
}
