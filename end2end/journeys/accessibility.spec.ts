// Every page, in both themes, has no accessibility violation that axe can find, and a title and a language.
import { expectAccessible, themes } from "../support/accessibility";
import { allPages } from "../support/pages";
import { expect, test } from "../support/portal";

for (const { name, path, person, expectedErrors = [] } of allPages) {
  test.describe(name, () => {
    // axe is injected into the page, which the page's policy rightly refuses.
    test.use({ bypassCSP: true, person, expectedErrors });

    test("has no accessibility violation, in both themes", async ({ page, open }) => {
      await open(path);
      await expect(page).toHaveTitle(/\S/);
      await expect(page.locator("html")).toHaveAttribute("lang", "en");
      for (const theme of themes) await expectAccessible(page, theme);
    });
  });
}
