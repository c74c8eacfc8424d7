/** The few pages that oidc-provider shows by itself: signing out, and an authorization request that cannot be answered. */
import type { ServerResponse } from 'node:http';
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { faultOf, log } from '../../pages/log.ts';

/** Renders one of our templates to text. */
export type Render = (template: string, view: object) => Promise<string>;

async function show(ctx: KoaContextWithOIDC, render: Render, template: string, view: object): Promise<void> {
  const locals = (ctx.res as ServerResponse & { locals?: object }).locals;
  ctx.type = 'html';
  ctx.body = await render(template, { ...locals, ...view });
}

/** Forms may end at our own address only, and at that of the system this request is for. */
export function allowFormTo(res: ServerResponse, url: string | undefined): void {
  const policy = res.getHeader('Content-Security-Policy');
  if (typeof policy !== 'string' || !url) return;
  res.setHeader('Content-Security-Policy', policy.replace("form-action 'self'", `form-action 'self' ${new URL(url).origin}`));
}

export const providerPages = (render: Render) => ({
  logoutSource: async (ctx: KoaContextWithOIDC, form: string): Promise<void> => {
    const secret = /name="xsrf" value="([^"]+)"/.exec(form)?.[1];
    const action = /action="([^"]+)"/.exec(form)?.[1];
    allowFormTo(ctx.res, ctx.oidc.params?.['post_logout_redirect_uri'] as string | undefined);
    await show(ctx, render, 'sign-in/sign-out.njk', { xsrf: secret, action, system: ctx.oidc.client?.clientName });
  },
  postLogoutSuccessSource: (ctx: KoaContextWithOIDC) => show(ctx, render, 'sign-in/signed-out.njk', {}),
  renderError: async (ctx: KoaContextWithOIDC, out: ErrorOut, error: Error): Promise<void> => {
    const reference = crypto.randomUUID();
    const fault = out.error === 'server_error';
    if (fault) log.error({ reference, ...faultOf(error) }, 'provider');
    else log.info({ reference, error: error.name, message: error.message }, 'provider');
    await show(ctx, render, 'sign-in/cannot.njk', { ...out, reference });
  },
});
