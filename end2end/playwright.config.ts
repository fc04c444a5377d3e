// The browser tests: Chromium against the release binary alone in an empty folder, ollama-sim behind it.
// `cargo xtask e2e` sets what is read from the environment here.
import { defineConfig } from '@playwright/test';
import { CAN_REFUSE } from './support/process';

const asRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: './tests',
  // As in tests/http/main.rs: elsewhere there is no such test.
  testIgnore: CAN_REFUSE ? [] : ['**/disk.spec.ts'],
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  workers: 2,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  // The same on every system: what is kept is text.
  snapshotPathTemplate: '{testDir}/{testFilePath}-snapshots/{arg}{ext}',
  reporter: process.env.CI ? [['line']] : [['list']],
  use: {
    trace: 'retain-on-failure',
    // One that stands between a test and its server is for the tests that are about it.
    serviceWorkers: 'block',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH || undefined,
      args: [
        ...(asRoot ? ['--no-sandbox'] : []),
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
