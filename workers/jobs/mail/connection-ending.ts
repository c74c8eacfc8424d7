import type { Facts, Written } from './facts.ts';

const things: Readonly<Record<string, string>> = { key: 'A key', secret: 'A secret' };

export const connectionEnding = ({ data, on }: Facts): Written =>
  data['what'] === 'review'
    ? {
        subject: `${data['name']} has to be looked at again`,
        text: `Somebody has to say again that this system may see what it sees${on('endsAt').replace(' on ', ' by ')}:

${data['name']}, client id ${data['client']}

Sign in to the Care Identity Service as you usually do, choose "Connected systems", and set another day.`,
      }
    : {
        subject: `${things[data['what'] ?? ''] ?? 'Something'} of ${data['name']} ends soon`,
        text: `${things[data['what'] ?? ''] ?? 'Something'} with which this system proves itself ends${on('endsAt')}. After that nobody can sign in to it, unless it uses another by then:

${data['name']}, client id ${data['client']}
${data['what'] === 'key' ? `kid ${data['item']}` : `secret ${data['item']}`}

Sign in to the Care Identity Service as you usually do, choose "Connected systems", and add another. Both are good until this one ends.`,
      };
