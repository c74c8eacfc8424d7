/** The organisations and positions of the demo: none of them exists. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { OrganisationRow } from '../../db/organisation/organisation.ts';
import { PositionRow } from '../../db/position-request/position.ts';

export const organisations = [
  {
    code: 'RZ9',
    name: 'Elm and Oak NHS Trust',
    parent: null,
    address: '1 Elm Way, Newtown, NW1 1AA',
    raContact: 'Registration Authority, room 12, Elm House. Telephone 01632 960 001, Monday to Friday, 8am to 6pm',
  },
  { code: 'A9A5A', name: 'Elm Surgery', parent: 'RZ9', address: '4 Newbury Lane, Newtown, NW2 1HE', raContact: null },
  { code: 'FZ901', name: 'Oak Pharmacy', parent: 'RZ9', address: '9 Market Square, Newtown, NW1 4QT', raContact: null },
] as const;

const position = (n: number, organisation: string, name: string, jobRole: string, activities: string[], words: string) => ({
  id: `00000000-0000-4000-8000-0000000001${String(n).padStart(2, '0')}`,
  organisation,
  name,
  jobRole,
  activities,
  words,
});

export const positions = [
  position(
    1,
    'RZ9',
    'Registration Authority Manager',
    'R5080',
    [],
    'Run the Registration Authority: everything an RA agent can do, and free cases that are stuck',
  ),
  position(
    2,
    'RZ9',
    'Registration Authority Agent',
    'R5090',
    [],
    'Check identities, ask for access for people, issue and look after smartcards',
  ),
  position(3, 'RZ9', 'Identity checker', 'R8008', ['B0267'], 'Check the identity of people who apply for a Care ID'),
  position(4, 'RZ9', 'Trust sponsor', 'R8011', ['B1300'], 'Approve access for people who work at the trust'),
  position(
    5,
    'RZ9',
    'Ward nurse',
    'R8001',
    ['B0360', 'B0380', 'B0401'],
    'See and write detailed health records of patients on the ward, and see their medication',
  ),
  position(
    6,
    'RZ9',
    'Connection manager',
    'R8015',
    ['L0002'],
    'Register the systems that sign people in through this service, and approve what each may see',
  ),
  position(
    11,
    'A9A5A',
    'General practitioner',
    'R0260',
    ['B0360', 'B0380', 'B0420', 'B0401', 'B8018'],
    'See and write detailed health records, prescribe, and see test results',
  ),
  position(
    12,
    'A9A5A',
    'Receptionist',
    'R8009',
    ['B0560', 'B0825', 'B0862'],
    'Book appointments, and register and correct patient details. No health records',
  ),
  position(
    13,
    'A9A5A',
    'Practice manager and sponsor',
    'R8011',
    ['B1300', 'B0862'],
    'Approve access for people who work at the surgery, and manage the rota',
  ),
  position(
    14,
    'A9A5A',
    'Reception and smartcard unlocker',
    'R8009',
    ['L0001', 'B0560'],
    'Book appointments, and unlock and renew smartcards of colleagues',
  ),
  position(
    15,
    'A9A5A',
    'Practice nurse',
    'R8001',
    ['B0360', 'B0380', 'B0401'],
    'See and write detailed health records, and see medication',
  ),
  position(21, 'FZ901', 'Pharmacist', 'R8003', ['B0570', 'B0572', 'B0278', 'B0401'], 'Prepare and check prescriptions, and see medication'),
  position(22, 'FZ901', 'Pharmacy sponsor', 'R8011', ['B1300'], 'Approve access for people who work at the pharmacy'),
];

/** Adds what is not there yet: what somebody changed in the demo stays changed. */
export async function loadOrganisations(em: EntityManager): Promise<void> {
  await em.upsertMany(OrganisationRow, [...organisations], { onConflictAction: 'ignore' });
  await em.upsertMany(PositionRow, positions, { onConflictAction: 'ignore' });
}
