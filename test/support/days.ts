import { addDays, londonDay } from '../../domain/days.ts';

/** A day so many days from today, in London. */
export const inDays = (days: number): string => addDays(londonDay(new Date()), days);
