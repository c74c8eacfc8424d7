// Journeys and faults share one service and one pair of card readers: one file at a time, in a worker of their own. They wait more than they
// compute, so all other tests run meanwhile, in the other workers; and in that one too, once it has nothing else to do. The service starts
// while those have begun already.
import jestRunner from 'jest-runner';

const TestRunner = jestRunner.default ?? jestRunner;

/** Files a worker takes at once: it starts anew for each handful. */
const handful = 8;

const isOfSystem = ({ context }) => context.config.displayName?.name === 'system';

export default class Runner extends TestRunner {
  #listeners = [];

  on(event, listener) {
    const entry = { event, listener };
    this.#listeners.push(entry);
    const forget = super.on(event, listener);
    return () => {
      forget();
      this.#listeners = this.#listeners.filter((each) => each !== entry);
    };
  }

  async runTests(tests, watcher, { serial }) {
    const [ofSystem, others] = [tests.filter(isOfSystem), tests.filter((test) => !isOfSystem(test))];
    if (serial) {
      await super.runTests(others, watcher, { serial });
      await this.#onceSystemIsUp(ofSystem, () => super.runTests(ofSystem, watcher, { serial }));
      return;
    }
    const workers = this._globalConfig.maxWorkers;
    if (ofSystem.length === 0) return this.#run(others, watcher, workers);
    const work = async (lane) => {
      while (others.length > 0) await this.#run(others.splice(0, handful), watcher, 1, lane);
    };
    const system = this.#onceSystemIsUp(ofSystem, () => this.#run(ofSystem, watcher, 1, 1)).then(() => work(1));
    await Promise.all([system, ...Array.from({ length: Math.max(1, workers - 1) }, (_unused, at) => work(at + 2))]);
  }

  /** @param lane of one worker: which database and Redis are its own, as jest would number workers of one run */
  async #run(tests, watcher, maxWorkers, lane) {
    if (tests.length === 0) return;
    if (lane) process.env.TEST_LANE = String(lane); // read when the worker is forked, before anything is waited for
    const runner = new TestRunner({ ...this._globalConfig, maxWorkers }, this._context);
    for (const { event, listener } of this.#listeners) runner.on(event, listener);
    await runner.runTests(tests, watcher, { serial: false });
  }

  /** A service that does not start fails each of its test files, and no other. */
  async #onceSystemIsUp(tests, run) {
    if (tests.length === 0) return;
    const fault = await Promise.resolve(globalThis.systemIsUp).then(
      () => null,
      (error) => error,
    );
    if (!fault) return run();
    const failed = this.#listeners.filter(({ event }) => event === 'test-file-failure');
    for (const test of tests) for (const { listener } of failed) await listener([test, fault]);
  }
}
