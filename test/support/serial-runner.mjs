// Journeys and faults share one service and one pair of card readers: one file at a time, whatever the number of workers.
import jestRunner from 'jest-runner';

const TestRunner = jestRunner.default ?? jestRunner;

export default class SerialRunner extends TestRunner {
  isSerial = true;
}
