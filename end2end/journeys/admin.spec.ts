// What an admin does: publish, refuse, price, suspend; what the audit log says about it; and who may not come in.
import { randomUUID } from "node:crypto";
import { call, expectWithinASecond } from "../support/keys";
import { adminPages } from "../support/pages";
import { newcomer, nobody, signUp } from "../support/people";
import { expect, test } from "../support/portal";
import { makeProduct, ownProduct, retire } from "../support/products";
import { expectNoSidewaysScroll, goTo } from "../support/walk";

/** A small document; each path has one operation. */
function documentWith(version: string, ...operations: string[]): string {
  const paths = operations.map((name) => `  /${name}:\n    get:\n      operationId: ${name}\n      summary: Read ${name}\n      responses: { '200': { description: Fine } }\n`);
  return `openapi: 3.1.0\ninfo: { title: Journey, version: '${version}' }\npaths:\n${paths.join("")}`;
}

const broken = documentWith("3.0.0", "pallets").replace("description: Fine", "content: { application/json: { schema: { $ref: '#/components/schemas/Gone' } } }, description: Fine");

test.describe("an admin", () => {
  test.use({ person: "admin" });

  test("sees every product of the demo with its figures", async ({ page, open }) => {
    await open("/admin");
    await goTo(page, "Products");
    const row = page.getByRole("region", { name: "Products" }).getByRole("row", { name: /^Shipment Tracking/ });
    await expect(row).toContainText("Active");
    await expect(row.getByRole("cell").nth(3)).toHaveText(/^[1-9][\d,]*$/);
    await expect(row.getByRole("cell").nth(5)).toHaveText(/^\$[\d,]+\.\d\d$/);
    await expectNoSidewaysScroll(page);
  });

  test("publishes a document and its next revision; a broken one is refused with its place, and the one before stays", async ({ page, open, request }) => {
    const product = ownProduct("Journey pallets");
    const publish = async (text: string) => {
      await page.getByLabel("OpenAPI document").fill(text);
      await page.getByRole("button", { name: "Publish", exact: true }).click();
    };
    const said = page.getByRole("status");
    const revision = (number: number) => page.getByRole("listitem").filter({ hasText: new RegExp(`^Revision ${number}`) });

    await open("/admin/products");
    await makeProduct(page, product);
    await publish(documentWith("1.0.0", "pallets"));
    await expect(said.filter({ hasText: "Revision 1 is in force." })).toBeVisible();
    await publish(documentWith("2.0.0", "pallets", "crates"));
    await expect(said.filter({ hasText: "Revision 2 is in force." })).toBeVisible();
    await expect(revision(2)).toContainText("In force");
    await expect(revision(1)).not.toContainText("In force");
    await expect(revision(2)).toContainText("/crates");
    await publish(documentWith("2.0.0", "pallets", "crates"));
    await expect(said.filter({ hasText: "Nothing changed: this is revision 2 already." })).toBeVisible();
    await expectNoSidewaysScroll(page);

    await publish(broken);
    const note = page.getByRole("main").locator(".note").filter({ hasText: "was refused" });
    await expect(note).toContainText("/paths/~1pallets/get/responses/200");
    await expect(note).toContainText("#/components/schemas/Gone");
    await expect(note.locator("code").first()).toContainText("/paths/~1pallets/get/responses/200");
    await expect(note).not.toContainText("`");
    await expect(note).toContainText("Partners still see revision 2.");
    const docs = await request.get(`/apis/${product.id}/docs/crates`);
    expect(docs.status()).toBe(200);
    expect(await docs.text()).toContain("Read crates");
    expect((await request.get(`/apis/${product.id}/docs/nothing`)).status()).toBe(404);

    await retire(page);
    await goTo(page, "Audit log");
    const log = page.getByRole("region", { name: "Audit log" });
    for (const act of ["made product", "published a document of", "was refused a document of", "changed the status of"]) {
      const row = log.getByRole("row").filter({ hasText: product.name }).filter({ hasText: act });
      await expect(row.first(), act).toBeVisible();
    }
    await expectNoSidewaysScroll(page);
  });

  test("offers a plan and then a dearer version of it, which is what the next partner is offered", async ({ page, open }) => {
    const product = ownProduct("Journey prices");
    const plans = page.getByRole("region", { name: "Plans on offer" });
    await open("/admin/products");
    await makeProduct(page, product);
    await page.getByLabel("OpenAPI document").fill(documentWith("1.0.0", "pallets"));
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByRole("navigation", { name: "Parts of the product" }).getByRole("link", { name: "Plans" }).click();

    await page.getByLabel("Id", { exact: true }).fill("starter");
    await page.getByLabel("Name", { exact: true }).fill("Starter");
    await page.getByLabel("Price a month").fill("10.00");
    await page.getByLabel("Calls included a month").fill("1000");
    await page.getByLabel("Price of 1,000 calls over").fill("2.50");
    await page.getByLabel("Calls a second").fill("5");
    await page.getByRole("button", { name: "Offer plan" }).click();
    await expect(plans.getByRole("row", { name: /^Starter/ })).toContainText("$10.00");
    await expect(plans.getByRole("row", { name: /^Starter/ })).toContainText("$2.50 for 1,000");

    await plans.getByRole("link", { name: "New version of Starter" }).click();
    await expect(page.getByRole("heading", { name: "New version of Starter" })).toBeVisible();
    await expect(page.getByLabel("Price a month")).toHaveValue(/^10(\.00)?$/);
    await page.getByLabel("Price a month").fill("12.50");
    await page.getByRole("button", { name: "Offer plan" }).click();
    await expect(plans.getByRole("row", { name: /^Starter/ })).toHaveCount(1);
    await expect(plans.getByRole("row", { name: /^Starter/ })).toContainText("$12.50");
    await expectNoSidewaysScroll(page);

    await open(`/apis/${product.id}/plans`);
    await expect(page.getByRole("region", { name: "Starter" })).toContainText("$12.50");

    await open(`/admin/products/${product.id}/plans`);
    const archive = plans.locator("form").getByRole("button", { name: "Archive Starter" });
    await expect(archive).toBeHidden();
    await plans.getByText("Archive", { exact: true }).click();
    await expect(plans).toContainText("nobody can choose it any more; partners who have it keep it.");
    await archive.click();
    await expect(page.getByText("No plan on offer")).toBeVisible();
    await open(`/admin/products/${product.id}`);
    await retire(page);
  });

  test("suspends a partner, whose keys are refused, and lets it go on", async ({ page, open, request, browser, baseURL }) => {
    const partner = newcomer();
    const theirs = await browser.newPage({ baseURL, storageState: nobody, javaScriptEnabled: false });
    await theirs.goto("/sign-up");
    await signUp(theirs, partner);
    const secret = await theirs.getByLabel("The secret", { exact: true }).innerText();
    await theirs.context().close();
    const path = "/sandbox/shipment-tracking/shipments";
    expect((await call(request, path, secret)).status()).toBe(200);

    await open("/admin/partners");
    await page.getByRole("searchbox", { name: "Find a partner" }).fill(partner.email);
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("main").getByRole("link", { name: partner.organisation }).click();
    await expect(page.getByRole("heading", { level: 1, name: partner.organisation })).toBeVisible();
    await page.getByLabel(`Stop every application of ${partner.organisation}`).check();
    await page.getByRole("button", { name: `Suspend ${partner.organisation}` }).click();
    const resume = page.getByRole("button", { name: `Resume ${partner.organisation}` });
    await expect(resume).toBeVisible();
    await expectWithinASecond(request, path, secret, 403);
    expect(await (await call(request, path, secret)).json()).toMatchObject({ type: "/problems/suspended" });
    await expectNoSidewaysScroll(page);

    await resume.click();
    await expect(page.getByRole("button", { name: `Suspend ${partner.organisation}` })).toBeVisible();
    await expectWithinASecond(request, path, secret, 200);

    await goTo(page, "Audit log");
    const rows = page.getByRole("region", { name: "Audit log" }).getByRole("row").filter({ hasText: partner.organisation });
    for (const act of ["suspended partner", "resumed partner", "signed up with"]) {
      await expect(rows.filter({ hasText: act }), act).toHaveCount(1);
    }
  });
});

test.describe("an admin", () => {
  test.use({ person: "admin" });

  test("makes a token for another gateway, and is asked before it is revoked", async ({ page, open, request }) => {
    const name = `Journey ${randomUUID().slice(0, 8)}`;
    const row = page.getByRole("row", { name: new RegExp(`^${name}`) });
    const revoke = page.getByRole("link", { name: `Revoke ${name}` });
    const dialog = page.getByRole("dialog", { name: "Revoke token" });
    await open("/admin");
    await goTo(page, "Access tokens");
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("For", { exact: true }).selectOption("Another gateway: verifying keys, reporting calls");
    await page.getByRole("button", { name: "Make token" }).click();
    const token = await page.getByLabel("The secret", { exact: true }).innerText();
    await expect(page.getByRole("group", { name: "Your new token" })).toBeFocused();
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue("");
    const asks = async () => {
      const headers = { authorization: `Bearer ${token}` };
      return (await request.post("/v1/keys/verify", { headers, data: { key: "sk_live_00000000_none" } })).status();
    };
    expect(await asks()).toBe(200);

    await revoke.click();
    await expect(dialog).toContainText(`${name} stops at once.`);
    await expect(dialog).toContainText("can neither verify keys nor report calls");
    await dialog.getByRole("link", { name: "Keep it" }).click();
    await expect(dialog).toHaveCount(0);
    await expect(revoke).toBeFocused();
    await expect(row).toContainText("Active");
    expect(await asks()).toBe(200);

    await revoke.click();
    await dialog.getByRole("button", { name: `Revoke ${name}` }).click();
    await expect(row).toContainText("Revoked");
    await expect(dialog).toHaveCount(0);
    await expect(row.getByRole("link")).toHaveCount(0);
    expect(await asks()).toBe(401);
    await expectNoSidewaysScroll(page);
  });
});

test.describe("an admin who mistypes", () => {
  test.use({ person: "admin", expectedErrors: [/status of 422/] });

  test("an upstream's patience keeps what counts of a WebSocket, and saves both", async ({ page, open }) => {
    const product = ownProduct("Journey sockets");
    const counts = page.getByLabel("What counts as a call of a WebSocket");
    const timeout = page.getByLabel("Timeout, in milliseconds");
    const save = page.getByRole("button", { name: "Save upstream" });
    await open("/admin/products");
    await makeProduct(page, product);
    await page.getByRole("navigation", { name: "Parts of the product" }).getByRole("link", { name: "Upstream" }).click();
    await expect(counts.locator("option:checked")).toHaveText("Each connection");
    await counts.selectOption("Each connection, and each message of the client");
    await timeout.fill("soon");
    await save.click();
    await expect(timeout).toHaveAccessibleDescription(/^Type a whole number/);
    await expect(timeout).toHaveValue("soon");
    await expect(counts).toHaveValue("message");
    await timeout.fill("20,000");
    await save.click();
    await expect(page.getByRole("status").filter({ hasText: "Saved. The gateway follows within a second." })).toBeVisible();
    await open(`/admin/products/${product.id}/upstream`);
    await expect(counts.locator("option:checked")).toHaveText("Each connection, and each message of the client");
    await expect(timeout).toHaveValue("20000");
    await expectNoSidewaysScroll(page);
  });

  test("the allowance without Redis is told so beside the field; a right one holds and is in the log", async ({ page, open }) => {
    await open("/admin");
    await goTo(page, "Gateway");
    const allowance = page.getByLabel(/^Allowance of each node/);
    const save = page.getByRole("button", { name: "Save allowance" });
    for (const wrong of ["0", "a little"]) {
      await allowance.fill(wrong);
      await save.click();
      await expect(allowance).toHaveAccessibleDescription(/^Type a number of seconds above 0 and up to 60/);
      await expect(allowance).toHaveValue(wrong);
    }
    // Others may set it meanwhile: what is looked for in the log is this journey's own.
    const own = (0.1 + Math.floor(Math.random() * 10_000) / 100_000).toFixed(5).replace(/0+$/, "");
    await allowance.fill(own);
    await save.click();
    await expect(page.getByRole("status").filter({ hasText: "Every node goes by it within a second." })).toBeVisible();
    await expectNoSidewaysScroll(page);
    await goTo(page, "Audit log");
    const log = page.getByRole("region", { name: "Audit log" });
    await expect(log.getByRole("row").filter({ hasText: "set the allowance without Redis to" }).filter({ hasText: `${own} s` })).toBeVisible();
  });
});

test.describe("a partner", () => {
  test.use({ person: "owner", expectedErrors: [/status of 403/] });

  test("who types an admin address gets 403 and a way back, on every page", async ({ page, open }) => {
    const answered = page.waitForResponse((answer) => new URL(answer.url()).pathname === "/admin");
    await open("/admin");
    expect((await answered).status()).toBe(403);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Not for your account");
    await page.getByRole("link", { name: "Go to your dashboard" }).click();
    await expect(page).toHaveURL(/\/dashboard$/);
    for (const { path } of adminPages) {
      const answer = await page.request.get(path);
      expect(answer.status(), path).toBe(403);
      expect(await answer.text(), path).not.toContain("Baltic Parcels");
    }
  });
});

test("somebody who is not signed in is asked to, and comes back to the page", async ({ page, open }) => {
  await open("/admin/audit");
  await expect(page).toHaveURL(/\/sign-in\?next=(\/|%2F)admin(\/|%2F)audit/);
});
