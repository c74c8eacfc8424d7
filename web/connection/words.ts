/** What pages say of a connected system's state, and of what went wrong there. */
import type { ClientActivity } from '../../db/client/client-activity.ts';
import type { ClientState } from '../../db/client/client.ts';

export const stateWords: Readonly<Record<ClientState, string>> = { proposed: 'Not approved yet', active: 'On', off: 'Off' };

/** By the error of OpenID Connect, or the reason of a failed sign-in. */
const reasons: Readonly<Record<string, string>> = {
  invalid_client: 'It could not prove itself: a key or secret that is not good, or not registered',
  invalid_grant: 'A code or token that was used before, had ended, or was not its own',
  invalid_request: 'A request that is not as the standard says',
  invalid_scope: 'It asked for something that it is not registered for',
  invalid_dpop_proof: 'A proof of its key (DPoP) that is not good',
  use_dpop_nonce: 'Asked to send a nonce of ours: not a failure of its own',
  unauthorized_client: 'It asked in a way that it is not registered for',
  unsupported_grant_type: 'It asked for tokens in a way that there is not',
};

export const failureWords = ({ what, reason }: ClientActivity['failures'][number]): string =>
  what === 'sign-in.fail' ? `A person could not sign in: ${reason.replaceAll('-', ' ')}` : (reasons[reason] ?? `Refused: ${reason}`);
