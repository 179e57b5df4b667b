// Every public page, in both themes, has no accessibility violation that axe can find, and a title and language.
import { expectAccessible, themes } from "../support/accessibility";
import { publicPages } from "../support/pages";
import { expect, test } from "../support/portal";

// axe is injected into the page, which the page's policy rightly refuses.
test.use({ bypassCSP: true, expectedErrors: [/404/] });

for (const { name, path } of publicPages) {
  for (const theme of themes) {
    test(`${name} is accessible in the ${theme} theme`, async ({ page, open }) => {
      await open(path);
      await expect(page).toHaveTitle(/\S/);
      await expect(page.locator("html")).toHaveAttribute("lang", "en");
      await expectAccessible(page, theme);
    });
  }
}
