// Moving through the portal by its own links, on a wide screen and on a phone.
import { expect, type Page } from "@playwright/test";

/** Follows a link of the navigation; on a phone it is in the drawer behind the menu button. */
export async function goTo(page: Page, name: string): Promise<void> {
  const menu = page.getByRole("button", { name: "Menu" });
  if ((await menu.count()) > 0) await menu.click();
  await page.getByRole("navigation").getByRole("link", { name, exact: true }).first().click();
}

/** Nothing on the page is wider than the window: tables scroll inside their card. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(beyond, `pixels beyond the window on ${page.url()}`).toBeLessThanOrEqual(0);
}
