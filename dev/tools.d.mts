export const cacheFolder: string;
export const cachedPrograms: string;
export function findProgram(...names: string[]): string | undefined;
