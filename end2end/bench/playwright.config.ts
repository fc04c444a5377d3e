// The benchmark in the browser. `cargo xtask bench --browser` sets what is read from the environment here.
import { defineConfig } from '@playwright/test';
import tests from '../playwright.config';

export default defineConfig(tests, {
  testDir: '.',
  testMatch: '*.bench.ts',
  outputDir: '../test-results',
  workers: 1,
  // A page that falls behind may take some minutes for an answer of 40 seconds.
  timeout: 600_000,
  reporter: [['line']],
  // The trace of the tests is another one, and would be measured too.
  use: {
    ...tests.use,
    trace: 'off',
    viewport: { width: 1280, height: 800 },
    launchOptions: { ...tests.use?.launchOptions, args: [...(tests.use?.launchOptions?.args ?? []), '--window-size=1280,900'] },
  },
});
