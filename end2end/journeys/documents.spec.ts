// Two real documents, published as a pipeline does it: every operation has its page and its place on the whole page.
import { documentText, operationsIn } from "../support/documents";
import { stateOf } from "../support/people";
import { expect, hydrated, test } from "../support/portal";
import { makeProduct, ownProduct, retire } from "../support/products";

// Pictures of pages with some megabytes of text, for every step, would take most of the time.
test.use({ trace: "off" });

for (const file of ["train-travel.yaml", "shipengine.yaml"]) {
  test(`${file} is published from CI and shows every operation`, async ({ page, open, request, browser, baseURL }) => {
    const text = documentText(file);
    test.skip(text === undefined, `${file} is not on this machine; name its folder in PORTICO_SPECS`);
    if (text === undefined) return;
    test.setTimeout(600_000);
    const expected = operationsIn(text);
    const product = ownProduct(`Journey ${file.split(".")[0]}`);
    const admin = await browser.newPage({ baseURL, storageState: stateOf("admin") });

    await test.step("an admin makes the product and a token; the pipeline sends the document", async () => {
      await admin.goto("/admin/products");
      await hydrated(admin);
      await makeProduct(admin, product);
      await admin.goto("/admin/tokens");
      await hydrated(admin);
      await admin.getByLabel("Name", { exact: true }).fill(product.id);
      await admin.getByRole("button", { name: "Make token" }).click();
      const token = await admin.getByLabel("The secret", { exact: true }).innerText();
      const address = `/api/v1/products/${product.id}/document`;
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/yaml" };
      const published = await request.put(address, { headers, data: text });
      expect(published.status(), await published.text()).toBe(200);
      expect(await published.json()).toMatchObject({ productId: product.id, number: 1, changed: true });
      await admin.getByRole("link", { name: `Revoke ${product.id}` }).click();
      await admin.getByRole("dialog", { name: "Revoke token" }).getByRole("button", { name: `Revoke ${product.id}` }).click();
      await expect(admin.getByRole("row", { name: new RegExp(`^${product.id}`) })).toContainText("Revoked");
      expect((await request.put(address, { headers, data: text })).status()).toBe(401);
    });

    const addresses = await test.step("the sidebar lists what the document has", async () => {
      await open(`/apis/${product.id}/docs`);
      const links = page.getByRole("navigation", { name: "Documentation", includeHidden: true }).locator(`a[href^="/apis/${product.id}/docs/"]`);
      const found = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
      expect(found.length).toBe(expected.length);
      expect(new Set(found).size).toBe(expected.length);
      return found;
    });

    await test.step("the whole page brings every operation when it is scrolled through", async () => {
      const parts = page.locator("section.part:not(#introduction)");
      await expect(parts).toHaveCount(expected.length);
      expect(await parts.evaluateAll(scrollThrough)).toEqual([]);
      await expect(page.locator(".later")).toHaveCount(0);
      const shown = await parts.locator(".endpoint > code").allInnerTexts();
      expect(shown.map(oneLine).sort()).toEqual([...expected].sort());
    });

    await test.step("each operation has a page of its own", async () => {
      const shown: string[] = [];
      for (const address of addresses) {
        await open(address);
        await expect(page.getByRole("heading", { level: 1 }), address).toBeAttached();
        await expect(page.locator("main .endpoint"), address).toHaveCount(1);
        shown.push(oneLine(await page.locator("main .endpoint > code").innerText()));
      }
      expect(shown.sort()).toEqual([...expected].sort());
    });

    await admin.goto(`/admin/products/${product.id}`);
    await hydrated(admin);
    await retire(admin);
    await admin.context().close();
  });
}

/** Brings each part into the window and waits until it is drawn; returns the ids of those that are not after half a minute. */
async function scrollThrough(parts: Element[]): Promise<string[]> {
  const missing: string[] = [];
  for (const part of parts) {
    part.scrollIntoView();
    const late = Date.now() + 30_000;
    while (!part.querySelector(".endpoint") && Date.now() < late) await new Promise(requestAnimationFrame);
    if (!part.querySelector(".endpoint")) missing.push(part.id);
  }
  return missing;
}

/** `GET` and `/trips` may stand on two lines. */
function oneLine(text: string): string {
  return text.split(/\s+/).join(" ").trim();
}
