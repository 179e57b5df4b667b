// The log of requests: narrowed by what somebody looks for, and followed while calls come.
import type { Locator, Page } from "@playwright/test";
import { newCustomer } from "../support/customer";
import { call, makeKey } from "../support/keys";
import type { State } from "../support/people";
import { expect, hydrated, test as base } from "../support/portal";
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
  const rows = rowsOf(page);
  const field = (label: string) => fieldOf(page, label);
  const apply = page.getByRole("button", { name: "Apply" });

  // Calls are in the log half a second after their answers.
  await page.waitForTimeout(1_500);
  await open("/dashboard/requests");
  await unfold(page);
  await expect(field("Operation")).toHaveAttribute("list", "operations");
  await expect(page.locator("#operations option[value=listShipments]")).toBeAttached();
  await field("Key").focus();
  await field("Key").selectOption({ index: await keyAt(page, name) });
  await expect(page).toHaveURL(/key=/);
  await expect(rows).toHaveCount(2);
  await expect(field("Key")).toBeFocused();
  await field("Operation").fill("LISTship");
  await apply.click();
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText("200");
  await expectNoSidewaysScroll(page);
  await page.reload();
  await hydrated(page);
  await expect(field("Operation")).toHaveValue("LISTship");
  await expect(rows).toHaveCount(1);

  await unfold(page);
  await field("From (UTC)").fill("2027-01-01T00:00");
  await field("Before (UTC)").fill("2026-01-01T00:00");
  await apply.click();
  await expect(page.getByText("Nothing was searched")).toBeVisible();
  await expect(field("Before (UTC)")).toHaveAccessibleDescription(/^The end is not after the beginning/);
  await expect(field("Before (UTC)")).toHaveValue("2026-01-01T00:00");
  await page.getByRole("link", { name: "Clear", exact: true }).click();
  await expect(page).toHaveURL(/\/dashboard\/requests$/);
  await expect(field("Operation")).toHaveValue("");
  await expect(field("Key")).toHaveValue("");
});

test("what an address asks for and cannot be used is said at its field", async ({ page, open }) => {
  await open("/dashboard/requests?status=abc&from=yesterday&operation=track&product=retired-long-ago");
  await expect(page.getByText("Nothing was searched")).toBeVisible();
  await expect(page.getByText("See the message at From (UTC) and Status.")).toBeVisible();
  await expect(fieldOf(page, "Status")).toBeVisible();
  await expect(fieldOf(page, "Status")).toHaveAccessibleDescription(/^Not “abc”: choose a class/);
  await expect(fieldOf(page, "From (UTC)")).toHaveAccessibleDescription(/^Not “yesterday”: enter a day and a time/);
  await expect(fieldOf(page, "Operation")).toHaveValue("track");
  await expect(fieldOf(page, "API"), "also what is not offered stands in its field").toHaveValue("retired-long-ago");
  await fieldOf(page, "Status").selectOption("4xx");
  await expect(page).toHaveURL(/product=retired-long-ago.*status=4/);
  await expect(page.getByText("Nothing was searched")).toHaveCount(0);
  await expectNoSidewaysScroll(page);
});

test("a row opens to everything that is known of its call, and its id finds it alone", async ({ page, open, request }) => {
  await open("/dashboard/keys");
  const secret = await makeKey(page, { name: "Opened", environment: "Live" });
  const id = (await call(request, shipments, secret)).headers()["x-request-id"] ?? "";
  const refused = await call(request, "/gateway/no-such-api/quotes", secret);
  expect(refused.status()).toBe(404);
  await page.waitForTimeout(1_500);

  await open("/dashboard/requests");
  const row = page.locator(`[id="${id}"]`);
  const link = row.getByRole("link");
  const details = page.locator(".request");
  await link.focus();
  await page.keyboard.press("Enter");
  await expect(link).toHaveAttribute("aria-expanded", "true");
  await expect(link).toBeFocused();
  for (const part of [id, "X-Request-Id", "Counted", "GET", "/shipments", "200", "Live", "Shipment Tracking", "Opened (sk_live_"]) {
    await expect(details, part).toContainText(part);
  }
  await expect(details).toContainText(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC/);
  await expect(details.getByRole("link", { name: "listShipments" })).toHaveAttribute("href", "/apis/shipment-tracking/docs/listShipments");
  await expect(details.getByRole("button", { name: "Copy the request id" })).toBeVisible();
  await expectNoSidewaysScroll(page);
  await page.keyboard.press("Enter");
  await expect(details).toHaveCount(0);
  await row.getByText("200", { exact: true }).click();
  await expect(details).toContainText(id);
  await page.goBack();
  await expect(page, "back closes the row").toHaveURL(/\/dashboard\/requests$/);
  await expect(details).toHaveCount(0);
  await page.goForward();
  await expect(details).toContainText(id);
  await page.reload();
  await hydrated(page);
  await expect(details).toContainText(id);

  const pill = await row.locator(".pill").boundingBox();
  expect((pill?.x ?? 0) + (pill?.width ?? 0), "the status is within the window").toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);

  const field = fieldOf(page, "Request id");
  const apply = page.getByRole("button", { name: "Apply" });
  await unfold(page);
  await field.fill(refused.headers()["x-request-id"] ?? "");
  await apply.click();
  await expect(page).toHaveURL(/request=/);
  await expect(rowsOf(page)).toHaveCount(1);
  await expect(details).toContainText("404: no API that you may see has this name.");
  await field.fill("0199c3a4-7d2e-7c41-9b6f-3f0a5d2c8e17");
  await apply.click();
  await expect(page.getByText("No call has this id")).toBeVisible();
  await field.fill("123");
  await apply.click();
  await expect(field).toHaveAccessibleDescription(/^Not “123”: paste all of an id/);
  await expect(field).toHaveValue("123");
  await field.fill(` ${refused.headers()["x-request-id"] ?? ""} `);
  await apply.click();
  await details.getByRole("link", { name: "the name" }).click();
  await expect(page.getByRole("heading", { level: 2, name: "What to do" })).toBeVisible();
  await expectNoSidewaysScroll(page);
});

test("a customer follows the log: calls appear as they are answered, and only those of the filter", async ({ page, open, request }) => {
  await open("/dashboard/keys");
  const secret = await makeKey(page, { name: "Followed", environment: "Live" });
  await open("/dashboard/requests");
  await unfold(page);
  await fieldOf(page, "Key").selectOption({ index: await keyAt(page, "Followed") });
  await expect(page.getByText("No calls here")).toBeVisible();
  await page.evaluate(() => Object.assign(window, { same: true }));

  const follow = page.getByRole("switch", { name: "Follow live" });
  const rows = rowsOf(page);
  await follow.focus();
  await page.keyboard.press("Space");
  await expect(follow).toHaveAttribute("aria-checked", "true");
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  expect((await call(request, shipments, secret)).status()).toBe(200);
  await expect(rows).toHaveCount(1);
  await rows.first().getByRole("link").click();
  await expect(page.locator(".request")).toBeVisible();
  expect((await call(request, nowhere, secret)).status()).toBe(404);
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText("404");
  await expect(page.locator(".request"), "what is open stays open").toContainText("200");
  await expectNoSidewaysScroll(page);

  await fieldOf(page, "Status").selectOption("4xx");
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

test("an address may ask for one status, and the filter shows it", async ({ page, open, request }) => {
  await open("/dashboard/keys");
  const secret = await makeKey(page, { name: "Exact", environment: "Live" });
  expect((await call(request, shipments, secret)).status()).toBe(200);
  expect((await call(request, nowhere, secret)).status()).toBe(404);
  const states = rowsOf(page).locator(".state");
  await page.waitForTimeout(1_500);

  await open("/dashboard/requests?status=404");
  await expect(fieldOf(page, "Status")).toHaveValue("404");
  await expect(states.first()).toHaveText("404");
  await expect(states.filter({ hasNotText: "404" })).toHaveCount(0);
  await open("/dashboard/requests?status=2xx");
  await expect(fieldOf(page, "Status")).toHaveValue("2");
  await expect(states.first()).toHaveText("200");
  await expect(states.filter({ hasNotText: /^2/ })).toHaveCount(0);
  await open("/dashboard/requests?status=418");
  await expect(fieldOf(page, "Status"), "also one that is not offered").toHaveValue("418");
  await expect(page.getByText("No calls here")).toBeVisible();
  await expectNoSidewaysScroll(page);
});

/** The rows of the calls, without the details below them. */
function rowsOf(page: Page): Locator {
  return page.getByRole("region", { name: "Requests" }).locator("tbody tr[id]");
}

function fieldOf(page: Page, label: string): Locator {
  return page.getByRole("main").getByLabel(label, { exact: true });
}

/** Shows the fields of the filter, which a phone folds away. */
async function unfold(page: Page): Promise<void> {
  const fold = page.locator("summary").filter({ hasText: "Filter" });
  if ((await fold.isVisible()) && !(await fieldOf(page, "Status").isVisible())) await fold.click();
  await expect(fieldOf(page, "Status")).toBeVisible();
}

/** Where the key with this name stands among the options. */
async function keyAt(page: Page, name: string): Promise<number> {
  const options = await page.getByRole("main").getByLabel("Key", { exact: true }).locator("option").allInnerTexts();
  return options.findIndex((text) => text.startsWith(`${name} (`));
}
