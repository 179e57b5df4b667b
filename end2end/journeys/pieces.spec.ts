// The WASM of a part of the portal that does not arrive: the browser loads the page as a whole instead.
import { expect, hydrated, test } from "../support/portal";

test.use({ person: "owner", expectedErrors: [/ERR_FAILED|Failed to fetch|SplitLoaderError|unreachable|already borrowed/] });

test("a click whose piece is lost loads the page that was asked for", async ({ page, open }) => {
  await open("/pricing");
  await page.evaluate(() => Object.assign(window, { same: true }));
  await page.route("**/pkg/**/*.wasm", (route) => route.abort(), { times: 1 });
  const menu = page.getByRole("button", { name: "Menu" });
  if ((await menu.count()) > 0) await menu.click();
  await page.getByRole("link", { name: "Dashboard", exact: true }).first().click();
  await expect(page).toHaveURL(/\/dashboard$/);
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await hydrated(page);
  expect(await page.evaluate(() => "same" in window), "the page was loaded as a whole").toBe(false);
});

test("a page that cannot start is loaded again once, and stays as the server drew it", async ({ page }) => {
  let loads = 0;
  page.on("request", (sent) => {
    if (sent.isNavigationRequest()) loads += 1;
  });
  await page.route("**/pkg/**/chunk_*.wasm", (route) => route.abort());
  await page.goto("/dashboard");
  await expect.poll(() => loads).toBe(2);
  await page.waitForTimeout(1_500);
  expect(loads).toBe(2);
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
});
