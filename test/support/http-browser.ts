/** What a browser does of HTTP: keeps cookies, follows redirects, sends forms. No scripts: what they would do, a test says. */
interface Cookie {
  name: string;
  value: string;
  path: string;
}

export interface Seen {
  url: string;
  status: number;
  text: string;
  headers: Headers;
  title: string;
}

/**
 * Cookies ignore ports, as in a browser: the sites of a test are all localhost.
 * @param stopAt an address whose pages are not asked for: a redirect there is what is seen
 */
export function anHttpBrowser({ stopAt }: { stopAt?: string } = {}) {
  let jar: Cookie[] = [];
  const cookiesFor = (url: URL) =>
    jar
      .filter(({ path }) => url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');

  function keep(url: URL, response: Response): void {
    for (const text of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = text.split(/; */);
      const at = pair.indexOf('=');
      const said = (wanted: string) => attributes.find((each) => each.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
      const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), path: said('path') ?? url.pathname };
      jar = jar.filter(({ name, path }) => name !== cookie.name || path !== cookie.path);
      const expires = said('expires');
      if (!expires || new Date(expires) > new Date()) jar.push(cookie);
    }
  }

  async function send(to: string, init: RequestInit = {}, hops = 15): Promise<Seen> {
    const url = new URL(to);
    const headers = { accept: 'text/html', 'sec-fetch-site': 'same-origin', ...(init.headers as object), cookie: cookiesFor(url) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    keep(url, response);
    const location = response.headers.get('location');
    const next = location && new URL(location, url).href;
    if (next && stopAt && next.startsWith(stopAt))
      return { url: next, status: response.status, text: '', headers: response.headers, title: '' };
    if (location && hops > 0) return send(new URL(location, url).href, {}, hops - 1);
    const text = await response.text();
    return {
      url: url.href,
      status: response.status,
      text,
      headers: response.headers,
      title: /<h1[^>]*>([^<]*)/.exec(text)?.[1]?.trim() ?? '',
    };
  }

  return {
    get: (url: string) => send(url),
    /** One request, no redirect followed. */
    once: (url: string, init?: RequestInit) => send(url, init, 0),
    post: (url: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      send(url, { method: 'POST', body: new URLSearchParams(fields), headers }),
    json: async (url: string, body: object = {}) => {
      const init = {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { accept: 'application/json', 'content-type': 'application/json' },
      };
      const { status, text } = await send(url, init, 0);
      return { status, body: JSON.parse(text) as Record<string, string> };
    },
    cookies: () => jar,
    forget: (name: string) => void (jar = jar.filter((each) => each.name !== name)),
  };
}
export type HttpBrowser = ReturnType<typeof anHttpBrowser>;
