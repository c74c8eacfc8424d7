/** Days as they enter. Apart from days.ts: workflows count days, and every case would load the parser with it. */
import { z } from 'zod';
import { isDay } from './days.ts';

export const day = z.string().refine(isDay, 'must be a real date, such as 2027-02-25');
