/** The program on a workstation that talks to the card in the reader. */
import { createAgent } from './create-agent.ts';
import { readSettings } from './settings.ts';

const agent = await createAgent(readSettings(process.env), (text) => console.error(text));
console.info(`The smartcard program listens on http://localhost:${agent.port}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void agent.close().then(() => process.exit(0));
  });
}
