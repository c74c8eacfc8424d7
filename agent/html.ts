/** The agent's own pages: plain HTML, whole without a script, every value escaped. */

export interface Html {
  readonly text: string;
}

/** Escapes every value that is not Html itself; lists are joined; null and false are nothing. */
export function html(parts: TemplateStringsArray, ...values: ReadonlyArray<Html | readonly Html[] | string | number | null | false>): Html {
  return { text: parts.reduce((text, part, index) => text + toText(values[index - 1] ?? null) + part) };
}

function toText(value: Html | readonly Html[] | string | number | null | false): string {
  if (value === null || value === false) return '';
  if (typeof value === 'string' || typeof value === 'number') return escape(String(value));
  return 'text' in value ? value.text : value.map(({ text }) => text).join('');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

/** @param hasError puts "Error: " before the title, which is read out first */
export const layout = (title: string, content: Html, hasError = false): string =>
  html`<!doctype html>
    <html lang="en-GB">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${hasError && 'Error: '}${title} – Smartcard program</title>
        <link rel="stylesheet" href="/agent.css" />
        <script src="/agent-window.js" defer></script>
      </head>
      <body>
        <header><p>Smartcard program on this computer</p></header>
        <main id="main">${content}</main>
      </body>
    </html>`.text;

export interface Problem {
  /** Id of the field it is about. */
  readonly field: string;
  readonly text: string;
}

export const errorSummary = (problems: readonly Problem[]): Html | null =>
  problems.length === 0
    ? null
    : html`<div class="error-summary" role="alert" aria-labelledby="problem">
        <h2 id="problem">There is a problem</h2>
        ${problems.map(({ field, text }) => html`<p><a href="#${field}">${text}</a></p>`)}
      </div>`;

/** Nothing from elsewhere, no frame around it, forms to itself only. `same-origin`, because with no-referrer a browser says Origin: null. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

export const styles = `
body { margin: 0; font: 1.1875rem/1.5 Arial, sans-serif; color: #212b32; background: #f0f4f5; }
header { background: #005eb8; color: #fff; padding: 0.75rem 1rem; } header p { margin: 0 auto; max-width: 40rem; font-weight: 700; }
main { margin: 0 auto; max-width: 40rem; padding: 1rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1rem 0; } h2 { font-size: 1.25rem; margin: 1.5rem 0 0.5rem; }
.inset { border-left: 8px solid #005eb8; background: #fff; padding: 0.75rem 1rem; margin: 1rem 0; overflow-wrap: anywhere; }
label, legend { font-weight: 700; display: block; margin-bottom: 0.25rem; } fieldset { border: 0; margin: 0 0 1rem; padding: 0; }
.choice { display: flex; gap: 0.75rem; align-items: flex-start; margin: 0.5rem 0; } .choice label { font-weight: 400; }
.choice input { width: 1.5rem; height: 1.5rem; margin: 0.1rem 0 0; flex: none; }
.hint { color: #4c6272; margin: 0 0 0.25rem; } .field { margin-bottom: 1rem; }
input[type=password], select { font: inherit; padding: 0.5rem; border: 2px solid #4c6272; border-radius: 0; width: 12rem; max-width: 100%; box-sizing: border-box; }
select { width: 100%; } li, button { overflow-wrap: break-word; }
button { font: inherit; font-weight: 700; color: #fff; background: #007f3b; border: 0; border-radius: 4px; box-shadow: 0 4px 0 #00401e; padding: 0.75rem 1rem; margin: 0 1rem 1rem 0; cursor: pointer; }
button.secondary { background: #4c6272; box-shadow: 0 4px 0 #263139; }
a:focus, button:focus, input:focus, select:focus { outline: 4px solid #ffeb3b; outline-offset: 0; box-shadow: inset 0 0 0 4px #212b32; }
button:focus { background: #ffeb3b; color: #212b32; box-shadow: 0 4px 0 #212b32; }
.error-summary { border: 4px solid #d5281b; background: #fff; padding: 0 1rem; margin: 1rem 0; } .error-summary a { color: #d5281b; font-weight: 700; }
.error { color: #d5281b; font-weight: 700; margin: 0 0 0.25rem; }
.cards { list-style: none; margin: 0 0 1rem; padding: 0; background: #fff; } .cards li { padding: 0.5rem 1rem; border-bottom: 1px solid #d8dde0; }
`;

/** The only script: closes the window once it has nothing more to say. */
export const windowScript = "if (document.getElementById('over')) setTimeout(() => window.close(), 1500);\n";
