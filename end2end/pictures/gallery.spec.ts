// The gallery: a picture of every page and state, in both themes, wide and on a phone, with the demo company's data.
import { mkdirSync } from "node:fs";
import { themes } from "../support/accessibility";
import { hydrated, test } from "../support/portal";
import { allStates } from "../support/states";

const folder = new URL("../gallery/", import.meta.url).pathname;
const widths = [1440, 390] as const;

test.beforeAll(() => {
  mkdirSync(folder, { recursive: true });
});

for (const { name, path, person, expectedErrors = [], arrange } of allStates) {
  for (const theme of themes) {
    for (const width of widths) {
      test.describe(`${name} ${theme} ${width}`, () => {
        test.use({
          person,
          expectedErrors,
          viewport: { width, height: width > 960 ? 900 : 844 },
          colorScheme: theme,
          contextOptions: { reducedMotion: "reduce" },
        });

        test("picture", async ({ page }) => {
          await page.goto(path);
          await hydrated(page);
          await arrange(page);
          await page.evaluate(() => document.fonts.ready);
          await page.screenshot({ path: `${folder}${name}-${theme}-${width}.png`, fullPage: true });
        });
      });
    }
  }
}
