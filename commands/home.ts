import { z } from 'zod';
import { rolesWith } from '../domain/permission.ts';
import { tasks } from '../domain/task.ts';
import { list } from './query.ts';

/** What somebody who signed in can do: the tasks their roles give, wherever they hold them. */
export const home = list({
  name: 'home',
  permission: 'page.home',
  params: z.object({}),
  input: z.object({}).strict(),
  run: async ({ roles }) => {
    const held = new Set([...roles.values()].flat());
    return { tasks: tasks.filter(({ permission }) => rolesWith(permission).some((role) => held.has(role))) };
  },
});
