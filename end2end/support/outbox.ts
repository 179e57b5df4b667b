// The mails of a portal without a mail server: an admin reads them on the outbox page.
import { expect, type Browser, type Page } from "@playwright/test";
import { stateOf } from "./people";

/** The address in the newest mail to somebody that leads to `path`, as an admin reads it. */
export async function mailedLink(to: string, path: string, browser: Browser, baseURL: string | undefined): Promise<string> {
  const page = await browser.newPage({ baseURL, storageState: stateOf("admin"), javaScriptEnabled: false });
  await page.goto("/admin/outbox");
  const mail = page.locator("details").filter({ hasText: `to ${to}` }).first();
  await mail.locator("summary").click();
  const link = mail.getByRole("link", { name: path });
  const address = await link.getAttribute("href");
  await page.context().close();
  expect(address, `the link to ${path} in the mail to ${to}`).toBeTruthy();
  return address ?? "";
}

/** Opens the mailed link and presses its button, as the person who owns the address does. */
export async function confirmAddress(page: Page, email: string, browser: Browser, baseURL: string | undefined): Promise<void> {
  await page.goto(await mailedLink(email, "/confirm?token=", browser, baseURL));
  await page.getByRole("button", { name: "Confirm address" }).click();
  await page.waitForURL((url) => url.pathname === "/dashboard");
}
