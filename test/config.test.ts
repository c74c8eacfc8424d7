import { readConfig } from '../config.ts';

const key = Buffer.alloc(32, 1).toString('base64');
const jobWorker = {
  DATABASE_URL: 'postgres://care@localhost/care',
  REDIS_URL: 'redis://localhost',
  TEMPORAL_ADDRESS: 'temporal.example:7233',
  PAYLOAD_KEY: key,
  PHOTO_KEY: key,
  WEB_URL: 'https://care.example',
  AUTHENTICATION_URL: 'https://sign-in.care.example',
  SMTP_URL: 'smtp://localhost',
  MAIL_FROM: 'care@care.example',
};

const before = process.env;
afterEach(() => void (process.env = before));

function read(changes: Record<string, string>) {
  process.env = { ...jobWorker, ...changes };
  return () => readConfig('job-worker');
}

const files = { TEMPORAL_CA_FILE: 'ca.pem', TEMPORAL_CERTIFICATE_FILE: 'us.pem', TEMPORAL_KEY_FILE: 'us.key' };

test('production reaches Temporal by mutual TLS, or says aloud that it is on a private network', () => {
  expect(read({})).toThrow('mutual TLS only');
  expect(read({ TEMPORAL_CA_FILE: 'ca.pem', TEMPORAL_IS_PRIVATE: 'true' })).toThrow('mutual TLS only');
  expect(read(files)()).toMatchObject({ ENVIRONMENT: 'production', TEMPORAL_KEY_FILE: 'us.key' });
  expect(read({ TEMPORAL_IS_PRIVATE: 'true' })()).toMatchObject({ TEMPORAL_IS_PRIVATE: true });
  expect(read({ ENVIRONMENT: 'dev' })()).toMatchObject({ ENVIRONMENT: 'dev' });
});

test.each(['DATABASE_URL', 'REDIS_URL', 'PAYLOAD_KEY', 'PHOTO_KEY', 'SMTP_URL', 'MAIL_FROM'])('there is no default for %s', (name) => {
  process.env = { ...jobWorker, ENVIRONMENT: 'dev' };
  delete process.env[name];
  expect(() => readConfig('job-worker')).toThrow(name);
});

test('a key of another length is refused', () => {
  expect(read({ ENVIRONMENT: 'dev', PAYLOAD_KEY: Buffer.alloc(16).toString('base64') })).toThrow('PAYLOAD_KEY');
});

test('production calls nothing on its own machine that others register', () => {
  expect(read({ ...files, CALLS_LOOPBACK: 'true' })).toThrow('CALLS_LOOPBACK is for dev');
  expect(read({ ENVIRONMENT: 'dev', CALLS_LOOPBACK: 'true' })()).toMatchObject({ CALLS_LOOPBACK: true });
  expect(read(files)()).toMatchObject({ CALLS_LOOPBACK: false });
});
