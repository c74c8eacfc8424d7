// Before each test file: the number of its worker among all that run now, not only among those that runner.mjs began with it.
// Databases and Redis are told apart by it.
if (process.env.TEST_LANE) process.env.JEST_WORKER_ID = process.env.TEST_LANE;
