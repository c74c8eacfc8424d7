import { type HeldRole, refuseAssignment } from '../../domain/assignment.ts';
import type { Role } from '../../domain/actor.ts';

const codes: Record<Role, { jobRole: string; activities: string[] }> = {
  'ra-manager': { jobRole: 'R5080', activities: [] },
  'ra-agent': { jobRole: 'R5090', activities: [] },
  sponsor: { jobRole: 'R8011', activities: ['B1300'] },
  'id-checker': { jobRole: 'R8008', activities: ['B0267'] },
  unlocker: { jobRole: 'R8009', activities: ['L0001'] },
  'connection-manager': { jobRole: 'R8015', activities: ['L0002'] },
};
const roles = Object.keys(codes) as Role[];
const places = ['here', 'above', 'below'] as const;
const assign = (role: Role, held: HeldRole[], changes: object = {}) =>
  refuseAssignment({
    organisation: 'A81001',
    person: { state: 'active' },
    position: { organisation: 'A81001', ...codes[role] },
    held,
    ...changes,
  });
const refused = (code: string) => expect.objectContaining({ code });

/** What is asked for, what is held, where: everything in which the two would be good at one organisation. */
const conflicts = new Set(
  ['ra-manager', 'ra-agent'].flatMap((ra) => [`sponsor ${ra} here`, `sponsor ${ra} above`, `${ra} sponsor here`, `${ra} sponsor below`]),
);

test('nobody registers and approves at one organisation: every pair of roles, wherever the other is held', () => {
  for (const added of roles)
    for (const role of roles)
      for (const lies of places) {
        const assigning = () => assign(added, [{ role, lies }]);
        if (conflicts.has(`${added} ${role} ${lies}`)) expect(assigning).toThrow(refused('CONFLICT_OF_ROLES'));
        else expect(assigning).not.toThrow();
      }
});

test('a position that is both in itself is refused', () => {
  const both = { position: { organisation: 'A81001', jobRole: 'R5090', activities: ['B1300'] } };
  expect(() => assign('ra-agent', [], both)).toThrow(refused('CONFLICT_OF_ROLES'));
});

test('a conflict that is there already does not stand in the way of something else', () => {
  const held: HeldRole[] = [
    { role: 'sponsor', lies: 'here' },
    { role: 'ra-agent', lies: 'here' },
  ];
  expect(() => assign('unlocker', held)).not.toThrow();
});

test('the words say what it would be', () => {
  expect(() => assign('sponsor', [{ role: 'ra-agent', lies: 'above' }])).toThrow('This person would be both a sponsor and an RA agent');
});

test.each([
  ['a suspended person', { person: { state: 'suspended' } }, 'WRONG_STATE'],
  ['a closed position', { position: { organisation: 'A81001', ...codes.unlocker, closedAt: new Date() } }, 'WRONG_STATE'],
  ['a position of another organisation', { position: { organisation: 'A81002', ...codes.unlocker } }, 'NOT_FOUND'],
])('%s is refused', (_name, changes, code) => {
  expect(() => assign('unlocker', [], changes)).toThrow(refused(code));
});
