/** The least an Express process can do: a few words of JSON to a GET. */
import express from 'express';
import { z } from 'zod';

const { PORT } = z.object({ PORT: z.coerce.number().int() }).parse(process.env);
const app = express();
app.get('/', (_req, res) => void res.json({ ok: true }));
const server = app.listen(PORT);
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
