/** A time-skipping server of one test file's own: what skips months here hurries nobody else. */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { freePort } from '../../dev/services/ports.ts';
import { findProgram } from '../../dev/tools.mjs';

/** Call it before `startService`. @returns what stops it */
export async function startOwnClock(): Promise<() => Promise<void>> {
  const program = process.env['TEMPORAL_TEST_SERVER'] ?? findProgram('temporal-test-server');
  if (!program) {
    const environment = await TestWorkflowEnvironment.createTimeSkipping();
    process.env['TEST_TEMPORAL_ADDRESS'] = environment.address;
    return () => environment.teardown();
  }
  const port = await freePort();
  const server = spawn(program, [String(port)], { stdio: 'ignore' });
  const over = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await answers(port);
  process.env['TEST_TEMPORAL_ADDRESS'] = `127.0.0.1:${port}`;
  return async () => {
    server.kill();
    await over;
  };
}

/** It is up once it takes a connection: on a busy machine that takes a while. */
async function answers(port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('close', () => socket.destroy());
      socket.once('connect', () => socket.end());
    });
    if (isUp) return;
    if (tries === 300) throw new Error('The time-skipping server did not start');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
