/** Forms that a script fills with what an agent program said (pages/assets/card-step.js): one field holds it as JSON. */
export const parsing =
  (field: string) =>
  (fields: Record<string, unknown>): Record<string, unknown> => ({ ...fields, ...(field in fields && { [field]: parsed(fields[field]) }) });

function parsed(text: unknown): unknown {
  try {
    return typeof text === 'string' ? (JSON.parse(text) as unknown) : undefined;
  } catch {
    return undefined;
  }
}
