// The browser suite. `cargo xtask test` starts a portal with demo data and names it in PORTICO_URL.
import { defineConfig } from "@playwright/test";

const chromium = {
  executablePath: process.env.PORTICO_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export default defineConfig({
  testDir: ".",
  outputDir: "test-results",
  globalSetup: "./support/sign-in.ts",
  forbidOnly: Boolean(process.env.CI),
  fullyParallel: true,
  workers: 2,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    baseURL: process.env.PORTICO_URL ?? "http://127.0.0.1:3000",
    browserName: "chromium",
    headless: true,
    launchOptions: chromium,
    locale: "en-US",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    viewport: { width: 1440, height: 900 },
  },
  projects: [
    // The page after the WASM took over.
    { name: "hydrated", testDir: "journeys", testIgnore: /\.nojs\.spec\.ts$/ },
    // What the server renders, with JavaScript off: reading and plain forms.
    { name: "nojs", testDir: "journeys", testMatch: /\.nojs\.spec\.ts$/, use: { javaScriptEnabled: false } },
    // The same journeys on a phone.
    {
      name: "phone",
      testDir: "journeys",
      testIgnore: /\.nojs\.spec\.ts$/,
      use: { viewport: { width: 390, height: 844 }, hasTouch: true, deviceScaleFactor: 2 },
    },
    // Pictures of every page and state; `cargo xtask gallery` runs it alone.
    { name: "gallery", testDir: "pictures" },
  ],
});
