// Keys as a partner's developer handles them: made and rotated in dialogs, then used by an ordinary HTTP client.
import { setTimeout as pause } from "node:timers/promises";
import { expect, type APIRequestContext, type APIResponse, type Page } from "@playwright/test";

export interface KeyWish {
  name: string;
  environment: "Test" | "Live";
  /** What it may call; everything where it is not said. */
  products?: string[];
  /** Where it may be used from, one on each line; everywhere where it is not said. */
  addresses?: string;
}

/** Fills the dialog for a new key in, from the page that lists the keys, and sends it. */
export async function askForKey(page: Page, { name, environment, products, addresses }: KeyWish): Promise<void> {
  await page.getByRole("link", { name: "New key" }).click();
  const dialog = page.getByRole("dialog", { name: "New key" });
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByRole("radio", { name: new RegExp(`^${environment}`) }).check();
  if (products) {
    await dialog.getByRole("radio", { name: "Only these" }).check();
    for (const product of products) await dialog.getByRole("checkbox", { name: product, exact: true }).check();
  }
  if (addresses) await dialog.getByLabel("Allowed addresses").fill(addresses);
  await dialog.getByRole("button", { name: "Make key" }).click();
}

/** Makes a key and takes its secret out of the dialog that shows it once. */
export async function makeKey(page: Page, wish: KeyWish): Promise<string> {
  await askForKey(page, wish);
  const secret = await takeSecret(page);
  expect(secret).toMatch(new RegExp(`^sk_${wish.environment.toLowerCase()}_[0-9a-f]{8}_[A-Za-z0-9_-]{32}$`));
  return secret;
}

/** Rotates a key, from the page that lists the keys, and takes the new secret. */
export async function rotateKey(page: Page, name: string, overlap: string): Promise<string> {
  await page.getByRole("link", { name: `Rotate ${name}` }).click();
  const dialog = page.getByRole("dialog", { name: "Rotate key" });
  await dialog.getByLabel("The old secret goes on working for").selectOption(overlap);
  await dialog.getByRole("button", { name: "Rotate" }).click();
  return takeSecret(page);
}

/** Reads the secret that is shown once, says that it is stored, and is back at the list. */
export async function takeSecret(page: Page): Promise<string> {
  const dialog = page.getByRole("dialog", { name: "Your new key" });
  const secret = await dialog.getByLabel("The secret", { exact: true }).innerText();
  await dialog.getByRole("link", { name: "I have stored it" }).click();
  await expect(dialog).toBeHidden();
  return secret;
}

/** One call with a key. */
export function call(request: APIRequestContext, path: string, secret: string): Promise<APIResponse> {
  return request.get(path, { headers: { authorization: `Bearer ${secret}` } });
}

/** Calls again and again, slower than the 20 calls a second of Starter; every call must be answered with 200. */
export async function callOften(request: APIRequestContext, path: string, secret: string, times: number): Promise<void> {
  for (let n = 1; n <= times; n += 1) {
    const answer = await call(request, path, secret);
    expect(answer.status(), `call ${n} of ${times}`).toBe(200);
    await pause(60);
  }
}

/** Within a second, the key must be answered with `status`: that is how fast a change reaches the gateway. */
export async function expectWithinASecond(request: APIRequestContext, path: string, secret: string, status: number): Promise<void> {
  const answered = async () => (await call(request, path, secret)).status();
  await expect.poll(answered, { timeout: 1_000, intervals: [50] }).toBe(status);
}
