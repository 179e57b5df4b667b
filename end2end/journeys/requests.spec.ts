// The log of requests: narrowed by what somebody looks for, and followed while calls come.
import type { Page } from "@playwright/test";
import { newCustomer } from "../support/customer";
import { call, makeKey } from "../support/keys";
import type { State } from "../support/people";
import { expect, test as base } from "../support/portal";
import { expectNoSidewaysScroll } from "../support/walk";

const shipments = "/gateway/shipment-tracking/shipments";
const nowhere = "/gateway/shipment-tracking/nowhere";

const test = base.extend<object, { customer: State }>({
  customer: [async ({ browser }, use, worker) => use(await newCustomer(browser, worker.project.use.baseURL)), { scope: "worker" }],
});

test.use({ storageState: ({ customer }, use) => use(customer) });

test("a customer narrows the log, and the address keeps the filter", async ({ page, open, request }) => {
  await open("/dashboard/keys");
  const name = "Narrowed";
  const secret = await makeKey(page, { name, environment: "Live" });
  expect((await call(request, shipments, secret)).status()).toBe(200);
  expect((await call(request, `${shipments}/nothing/at/all`, secret)).status()).toBeGreaterThanOrEqual(400);
  const rows = page.getByRole("region", { name: "Requests" }).locator("tbody tr");
  const field = (label: string) => page.getByRole("main").getByLabel(label, { exact: true });
  const filter = page.getByRole("button", { name: "Filter" });

  // Calls are in the log half a second after their answers.
  await page.waitForTimeout(1_500);
  await open("/dashboard/requests");
  await expect(field("Operation")).toHaveAttribute("list", "operations");
  await expect(page.locator("#operations option[value=listShipments]")).toBeAttached();
  await field("Key").selectOption({ index: await keyAt(page, name) });
  await filter.click();
  await expect(page).toHaveURL(/key=/);
  await expect(rows).toHaveCount(2);
  await field("Operation").fill("listShipments");
  await filter.click();
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText("200");
  await expectNoSidewaysScroll(page);
  await page.reload();
  await expect(field("Operation")).toHaveValue("listShipments");
  await expect(rows).toHaveCount(1);

  await field("From (UTC)").fill("2027-01-01T00:00");
  await field("Before (UTC)").fill("2026-01-01T00:00");
  await filter.click();
  await expect(page.getByText("No time in between")).toBeVisible();
  await expect(field("Before (UTC)")).toHaveValue("2026-01-01T00:00");
  await page.getByRole("link", { name: "Clear" }).click();
  await expect(page).toHaveURL(/\/dashboard\/requests$/);
  await expect(field("Operation")).toHaveValue("");
});

test("a customer follows the log: calls appear as they are answered, and only those of the filter", async ({ page, open, request }) => {
  await open("/dashboard/keys");
  const secret = await makeKey(page, { name: "Followed", environment: "Live" });
  await open("/dashboard/requests");
  await page.getByRole("main").getByLabel("Key", { exact: true }).selectOption({ index: await keyAt(page, "Followed") });
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByText("No calls here")).toBeVisible();
  await page.evaluate(() => Object.assign(window, { same: true }));

  const follow = page.getByRole("switch", { name: "Follow live" });
  const rows = page.getByRole("region", { name: "Requests" }).locator("tbody tr");
  await follow.focus();
  await page.keyboard.press("Space");
  await expect(follow).toHaveAttribute("aria-checked", "true");
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  expect((await call(request, shipments, secret)).status()).toBe(200);
  await expect(rows).toHaveCount(1);
  expect((await call(request, nowhere, secret)).status()).toBe(404);
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText("404");
  await expectNoSidewaysScroll(page);

  await page.getByRole("main").getByLabel("Status", { exact: true }).selectOption("4xx");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/status=4/);
  await expect(page).toHaveURL(/live=1/);
  await expect(rows).toHaveCount(1);
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  await call(request, shipments, secret);
  await call(request, nowhere, secret);
  await expect(rows).toHaveCount(2);
  await expect(rows.filter({ hasText: "200" })).toHaveCount(0);

  await follow.click();
  await expect(follow).toHaveAttribute("aria-checked", "false");
  await call(request, nowhere, secret);
  await page.waitForTimeout(1_500);
  await expect(rows).toHaveCount(2);
  expect(await page.evaluate(() => "same" in window), "the page was never loaded again").toBe(true);
});

/** Where the key with this name stands among the options. */
async function keyAt(page: Page, name: string): Promise<number> {
  const options = await page.getByRole("main").getByLabel("Key", { exact: true }).locator("option").allInnerTexts();
  return options.findIndex((text) => text.startsWith(`${name} (`));
}
