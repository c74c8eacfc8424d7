import type { PhotoProblem } from '../../domain/photo.ts';

/** A decoder found why a file cannot be kept. */
export class FoundProblem extends Error {
  readonly problem: PhotoProblem;

  constructor(problem: PhotoProblem) {
    super(problem);
    this.problem = problem;
  }
}
