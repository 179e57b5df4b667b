// Every page and state, in both themes, has no accessibility violation that axe can find, and a title and a language.
import { expectAccessible, themes } from "../support/accessibility";
import { expect, test } from "../support/portal";
import { allStates } from "../support/states";

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
