// What every journey starts from: a page that fails the test when it logs an error or breaks its own policy.
import { test as base, expect, type ConsoleMessage, type Page } from "@playwright/test";
import { stateOf, type Person } from "./people";

type Fixtures = {
  /** Who is signed in; nobody where it is not said. */
  person: Person | undefined;
  /** Console messages that this journey provokes on purpose, such as the browser's line about a 403. */
  expectedErrors: RegExp[];
  /** Opens a path and waits until the page answers to clicks. */
  open: (path: string) => Promise<void>;
};

export const test = base.extend<Fixtures>({
  person: [undefined, { option: true }],
  expectedErrors: [[], { option: true }],

  storageState: async ({ person }, use) => {
    await use(person && stateOf(person));
  },

  page: async ({ page, expectedErrors }, use) => {
    const complaints = watch(page);
    await use(page);
    const unexpected = complaints.filter((line) => !expectedErrors.some((expected) => expected.test(line)));
    expect(unexpected, "errors in the browser's console").toEqual([]);
  },

  open: async ({ page, javaScriptEnabled }, use) => {
    await use(async (path) => {
      await page.goto(path);
      if (javaScriptEnabled !== false) await hydrated(page);
    });
  },
});

export { expect };

/** Resolves when the WASM has taken the page over; a page that broke on the way fails after 20 seconds, not with the whole journey. */
export async function hydrated(page: Page): Promise<void> {
  await page.locator("html[data-hydrated]").waitFor({ state: "attached", timeout: 20_000 });
}

/** Collects what the page complains about: script errors, console errors, broken policy, failed requests. */
function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`page error: ${error.message}`));
  page.on("console", (message) => {
    if (isComplaint(message)) complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  return complaints;
}

/** A violation of the policy is an error too, but in report-only mode Chromium logs it as information. */
function isComplaint(message: ConsoleMessage): boolean {
  return message.type() === "error" || message.text().includes("Content Security Policy");
}
