// Keys at work: a rotation with an overlap, a revocation, a scope, and who gets no live key. The gateway follows within a second.
import { newCustomer } from "../support/customer";
import { askForKey, call, expectWithinASecond, makeKey, rotateKey, takeSecret } from "../support/keys";
import { newcomer, signUp, type State } from "../support/people";
import { expect, test as base } from "../support/portal";

const live = "/gateway/shipment-tracking/shipments";
const sandbox = "/sandbox/shipment-tracking/shipments";

const test = base.extend<object, { customer: State }>({
  // One partner for all the journeys of a worker: each makes keys of its own.
  customer: [async ({ browser }, use, worker) => use(await newCustomer(browser, worker.project.use.baseURL)), { scope: "worker" }],
});

test.describe("a customer", () => {
  test.use({ storageState: ({ customer }, use) => use(customer) });

  test("rotates a key: both secrets work during the overlap, and only the new one without", async ({ page, open, request }) => {
    await open("/dashboard/keys");
    const first = await makeKey(page, { name: "Rotating", environment: "Live" });
    await expect(page.getByText(first), "the secret is gone once it is stored").toHaveCount(0);
    expect((await call(request, live, first)).status()).toBe(200);

    const second = await rotateKey(page, "Rotating", "1 hour");
    expect(second).not.toBe(first);
    expect((await call(request, live, second)).status()).toBe(200);
    expect((await call(request, live, first)).status()).toBe(200);
    await expect(page.getByRole("row", { name: /^Rotating/ })).toContainText(/Rotating, (59|60) min left|Rotating, 1 h left/);

    const third = await rotateKey(page, "Rotating", "Not at all");
    await expectWithinASecond(request, live, third, 200);
    await expectWithinASecond(request, live, second, 401);
    await expectWithinASecond(request, live, first, 401);
    await expect(page.getByRole("row", { name: /^Rotating/ })).toContainText("Active");
    await expect(page.getByRole("link", { name: "Rotate Rotating" })).toBeFocused();
  });

  test("closes a dialog and goes on where it was opened", async ({ page, open }) => {
    await open("/dashboard/keys");
    const opener = page.getByRole("link", { name: "New key" });
    await opener.click();
    await expect(page.getByRole("dialog", { name: "New key" })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(opener).toBeFocused();
  });

  test("finds nothing among the keys, and all of them again", async ({ page, open }) => {
    await open("/dashboard/keys");
    const rows = page.getByRole("row");
    const before = await rows.count();
    await page.getByRole("searchbox", { name: "Find a key" }).fill("zeppelin");
    await expect(page.getByText("No key fits")).toBeVisible();
    await page.getByRole("button", { name: "Show all" }).click();
    await expect(rows).toHaveCount(before);
  });

  test("revokes a key, and it is refused within a second", async ({ page, open, request }) => {
    await open("/dashboard/keys");
    const secret = await makeKey(page, { name: "Leaving", environment: "Live" });
    expect((await call(request, live, secret)).status()).toBe(200);
    const rotate = await page.getByRole("link", { name: "Rotate Leaving" }).getAttribute("href");
    await page.getByRole("link", { name: "Revoke Leaving" }).click();
    const dialog = page.getByRole("dialog", { name: "Revoke key" });
    await expect(dialog).toContainText("Leaving");
    const revoked = page.waitForResponse((answer) => answer.request().method() === "POST" && answer.url().includes("/api/"));
    await dialog.getByRole("button", { name: "Revoke Leaving" }).click();
    await revoked;
    await expectWithinASecond(request, live, secret, 401);
    await expect(page.getByRole("status").filter({ hasText: "Leaving is revoked." })).toBeVisible();
    const row = page.getByRole("row", { name: /^Leaving/ });
    await expect(row).toContainText("Revoked");
    await expect(row.getByRole("link")).toHaveCount(0);
    await open(rotate ?? "");
    await expect(page.getByRole("dialog", { name: "Rotate key" })).toContainText("Leaving was revoked or has expired");
  });

  test("a key calls only the APIs it was made for, until one is added", async ({ page, open, request }) => {
    await open("/dashboard/keys");
    const secret = await makeKey(page, { name: "Narrow", environment: "Test", products: ["Labels"] });
    const refused = await call(request, sandbox, secret);
    expect(refused.status()).toBe(403);
    expect(await refused.json()).toMatchObject({ type: "/problems/scope", status: 403 });

    await page.getByRole("link", { name: "Edit Narrow" }).click();
    const dialog = page.getByRole("dialog", { name: "Edit key" });
    await expect(dialog.getByRole("checkbox", { name: "Labels", exact: true })).toBeChecked();
    await dialog.getByRole("checkbox", { name: "Shipment Tracking", exact: true }).check();
    await dialog.getByLabel("Name", { exact: true }).fill("Wider");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByRole("status").filter({ hasText: "Narrow is called Wider now." })).toBeVisible();
    await expect(page.getByRole("row", { name: /^Wider/ })).toContainText("Shipment Tracking");
    await expectWithinASecond(request, sandbox, secret, 200);
  });
});

test.describe("a customer who mistypes an address", () => {
  test.use({ storageState: ({ customer }, use) => use(customer), expectedErrors: [/status of 422/] });

  test("is told the line, loses nothing, and then keeps the key to its addresses", async ({ page, open, request }) => {
    await open("/dashboard/keys");
    await askForKey(page, { name: "Office", environment: "Live", addresses: "203.0.113.0/24\n198.51.100" });
    const making = page.getByRole("dialog", { name: "New key" });
    const addresses = making.getByLabel("Allowed addresses");
    await expect(addresses).toHaveAccessibleDescription(/^Line 2, `198\.51\.100`, is no address/);
    await expect(addresses).toHaveAttribute("aria-invalid", "true");
    await expect(addresses).toHaveValue("203.0.113.0/24\n198.51.100");
    await expect(making.getByLabel("Name", { exact: true })).toHaveValue("Office");
    await expect(making.getByRole("radio", { name: /^Live/ })).toBeChecked();
    await addresses.fill("203.0.113.0/24\n198.51.100.7");
    await making.getByRole("button", { name: "Make key" }).click();
    const secret = await takeSecret(page);
    const row = page.getByRole("row", { name: /^Office/ });
    await expect(row).toContainText("from 198.51.100.7, 203.0.113.0/24");
    const refused = await call(request, live, secret);
    expect(refused.status()).toBe(403);
    expect(await refused.json()).toMatchObject({ type: "/problems/address" });

    await page.getByRole("link", { name: "Edit Office" }).click();
    const editing = page.getByRole("dialog", { name: "Edit key" });
    const list = editing.getByLabel("Allowed addresses");
    await expect(list).toHaveValue("198.51.100.7\n203.0.113.0/24");
    await list.fill("the office");
    await editing.getByRole("button", { name: "Save" }).click();
    await expect(list).toHaveAccessibleDescription(/^Line 1, `the office`, is no address/);
    await expect(list).toHaveValue("the office");
    await expect(row).toContainText("from 198.51.100.7, 203.0.113.0/24");
    await list.fill("127.0.0.0/8\n::1");
    await editing.getByRole("button", { name: "Save" }).click();
    await expect(editing).toBeHidden();
    await expect(row).toContainText("from 127.0.0.0/8, ::1");
    await expectWithinASecond(request, live, secret, 200);

    await page.getByRole("link", { name: "Edit Office" }).click();
    await list.fill("");
    await editing.getByRole("button", { name: "Save" }).click();
    await expect(editing).toBeHidden();
    await expect(row).not.toContainText("from");
    await expectWithinASecond(request, live, secret, 200);
  });
});

test.describe("a newcomer", () => {
  test.use({ expectedErrors: [/status of 422/] });

  test("gets no live key before the address is confirmed, and is told why", async ({ page, open }) => {
    await open("/sign-up");
    await signUp(page, newcomer());
    await open("/dashboard/keys");
    const before = await page.getByRole("row").count();
    await askForKey(page, { name: "Too early", environment: "Live" });
    const dialog = page.getByRole("dialog", { name: "New key" });
    await expect(dialog.getByText("Confirm your address first")).toBeVisible();
    await expect(dialog.getByLabel("Name", { exact: true })).toHaveValue("Too early");
    await open("/dashboard/keys");
    await expect(page.getByRole("row")).toHaveCount(before);
  });
});
