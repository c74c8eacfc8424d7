import { type Body, professionalBodies } from '../../../domain/professional-membership.ts';
import type { Facts, Written } from './facts.ts';

/** Says which, and no number: a letter may be read by others. */
export const professionalMembershipChanged = ({ organisation, data, on, pageAt, ra }: Facts): Written => {
  const which = (data['bodies'] ?? '').split(' ').flatMap((body) => professionalBodies[body as Body]?.number ?? []);
  const done = data['what'] === 'end' ? 'ended' : 'recorded';
  return {
    subject: 'Your professional memberships were changed',
    text: `The Registration Authority of ${organisation} ${done} your ${which.join(' and your ')}${on('at')}. ${
      done === 'ended'
        ? 'Clinical systems are no longer told of it. You can sign in as before.'
        : 'Clinical systems are told of it once it was found in the register.'
    }

You see what is recorded here, after you have signed in: ${pageAt('/me')}
If it is not right, tell your Registration Authority.
${ra}`,
  };
};
