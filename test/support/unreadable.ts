/** What must be in PostgreSQL and nowhere else: looked for, as bytes, in all that Temporal, Redis and the logs have written. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folders = ['temporal', 'redis', 'logs'];

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/**
 * @param data the data folder of the service
 * @param secrets names, days, numbers: also looked for as JSON writes them and as base64 might hold them
 * @returns each place where one can be read
 */
export function readableIn(data: string, secrets: readonly string[]): string[] {
  const found: string[] = [];
  let files = 0;
  for (const path of folders.flatMap((folder) => filesIn(join(data, folder)))) {
    files++;
    const bytes = readFileSync(path);
    for (const secret of secrets) {
      if (formsOf(secret).some((form) => bytes.includes(form))) found.push(`${secret} in ${path.slice(data.length)}`);
    }
  }
  if (files < 4) throw new Error(`Only ${files} files were found in ${data}: that is not all that was written`);
  return found;
}

/** As typed, escaped in JSON, and at each of the three places in base64's groups, without the letters its neighbours change. */
function formsOf(secret: string): Buffer[] {
  const escaped = JSON.stringify(secret)
    .slice(1, -1)
    .replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const base64 = [0, 1, 2].map((at) =>
    Buffer.concat([Buffer.alloc(at), Buffer.from(secret)])
      .toString('base64')
      .replaceAll('=', '')
      .slice([0, 2, 3][at], -1),
  );
  return [secret, escaped, ...base64].filter((form) => form.length > 5).map((form) => Buffer.from(form));
}
