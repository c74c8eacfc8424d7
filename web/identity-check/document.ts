/** One document: its photographs beside what the checker reads from it and finds on it. */
import type { Router } from 'express';
import { answerDocument, showCheckedDocument } from '../../commands/identity-check.ts';
import type { Checkable, DocumentKind } from '../../domain/document-type.ts';
import { waysSeen, type WaySeen } from '../../domain/evidence.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';
import { joinDays } from '../position-request/day-boxes.ts';
import { asBoolean, atOf, checkPath, headView, itemsOf, onlyOpen, whenOpen, yesNo } from './check-page.ts';

export function documentRoutes(router: Router, deps: WebDeps): void {
  const page: Page<typeof showCheckedDocument> = {
    path: `${checkPath}/documents/:document`,
    query: showCheckedDocument,
    template: 'identity-check/document.njk',
    redirect: onlyOpen,
    view: whenOpen((shown) => ({
      ...headView(shown),
      here: `${atOf(shown.id)}/documents/${shown.document.id}`,
      waysSeen,
      yesNo,
      seenItems: itemsOf(waysSeen, waysFor(shown.document.kind)),
      inHand: inHand.filter(({ name }) => can(shown.document.kind, name)),
      canAskIssuer: can(shown.document.kind, 'issuer'),
      asked: askedOf(shown.document.kind).join(' '),
      agreeLegend: agreeLegend(shown.document),
    })),
  };
  mountPage(router, deps, page);
  mountForm(router, deps, {
    path: page.path,
    command: answerDocument,
    page,
    read: (fields) => {
      const { looksGenuine, detailsAgree, noMrz, sure, asked, ...rest } = joinDays(fields, ['printedOn']);
      const ticked = { noMrz: noMrz === 'yes', sure: sure === 'yes' };
      return {
        ...emptyOf(asked, ticked),
        ...rest,
        ...ticked,
        looksGenuine: asBoolean(looksGenuine),
        detailsAgree: asBoolean(detailsAgree),
      };
    },
    next: ({ id, next }) => `${atOf(id)}/${next}`,
  });
}

const can = (kind: DocumentKind, what: Checkable) => kind.checkable.includes(what);

/** What is never in hand is shown on a screen, by its holder or by whoever issued it. */
const waysFor = (kind: DocumentKind): WaySeen[] =>
  can(kind, 'in-person') ? ['in-person', 'on-video', 'upload-only'] : ['on-video', 'upload-only'];

/** What its type asks for, as the form says it: so that all that is left out is told at once. That it is asked, the command knows itself. */
const askedOf = ({ number, expires, dated, mrz }: DocumentKind) => [
  ...(number?.required ? ['number'] : []),
  ...(expires || dated ? ['printedOn'] : []),
  ...(mrz ? ['mrz'] : []),
];
const emptyOf = (asked: unknown, { noMrz }: { noMrz: boolean }) =>
  Object.fromEntries(
    ['number', 'printedOn', 'mrz']
      .filter((name) => typeof asked === 'string' && asked.split(' ').includes(name) && !(name === 'mrz' && noMrz))
      .map((name) => [name, '']),
  );

const inHand = [
  { name: 'features', legend: 'Visible security features', hint: 'Only if you had it in your hands' },
  { name: 'ultraviolet', legend: 'Under ultraviolet light, or magnified', hint: 'Only if you had it in your hands' },
  { name: 'chip', legend: 'Chip read, and its signature', hint: 'Only if you had it in your hands' },
] as const;

function agreeLegend({ isPhoto, isAddress }: { isPhoto: boolean; isAddress: boolean }): string {
  if (isPhoto) return 'Are the name and date of birth those of the applicant?';
  return isAddress ? 'Is it in the applicant’s name, with an address that they say is theirs?' : 'Are its details those of the applicant?';
}
