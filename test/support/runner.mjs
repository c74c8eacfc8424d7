// Journeys and faults share one service and one pair of card readers: one file at a time, in a worker of their own. They wait more than they
// compute, so all other tests run meanwhile, in the other workers. The service starts while those have begun already.
import jestRunner from 'jest-runner';

const TestRunner = jestRunner.default ?? jestRunner;

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
    const workers = this._globalConfig.maxWorkers;
    const runOthers = () => this.#run(others, watcher, ofSystem.length > 0 ? Math.max(1, workers - 1) : workers);
    if (serial) {
      await super.runTests(others, watcher, { serial });
      await this.#onceSystemIsUp(ofSystem, () => super.runTests(ofSystem, watcher, { serial }));
    } else {
      const runs = [runOthers(), this.#onceSystemIsUp(ofSystem, () => this.#run(ofSystem, watcher, 1))];
      await Promise.all(runs);
    }
  }

  async #run(tests, watcher, maxWorkers) {
    if (tests.length === 0) return;
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
