// Every page and state, in both themes, has no accessibility violation that axe can find, and a title and a language; and a table that is
// wider than its card shows it.
import { expectAccessible, themes } from "../support/accessibility";
import { expect, test } from "../support/portal";
import { allStates } from "../support/states";
import { expectNoSidewaysScroll } from "../support/walk";

for (const { name, path, person, expectedErrors = [], arrange } of allStates) {
  test.describe(name, () => {
    // axe is injected into the page, which the page's policy rightly refuses.
    test.use({ bypassCSP: true, person, expectedErrors });

    test("has no accessibility violation, in both themes", async ({ page, open }) => {
      await open(path);
      await arrange(page);
      await expect(page).toHaveTitle(/\S/);
      await expect(page.locator("html")).toHaveAttribute("lang", "en");
      for (const theme of themes) await expectAccessible(page, theme);
    });
  });
}

test("a table with more to the side has a shadow there, and is scrolled with the keys", async ({ page, open }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open("/status");
  const table = page.getByRole("region", { name: "The last 24 hours" });
  expect(await table.evaluate((it) => it.scrollWidth - it.clientWidth)).toBeGreaterThan(0);
  expect(await table.evaluate((it) => getComputedStyle(it).backgroundAttachment)).toBe("local, local, scroll, scroll");
  await table.focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => table.evaluate((it) => it.scrollLeft)).toBeGreaterThan(0);
  await expectNoSidewaysScroll(page);
});
