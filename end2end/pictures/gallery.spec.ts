// The gallery: a picture of every page, in both themes, wide and on a phone, with the demo company's data.
import { mkdirSync } from "node:fs";
import { themes, type Theme } from "../support/accessibility";
import { publicPages } from "../support/pages";
import { hydrated, test } from "../support/portal";

const folder = new URL("../gallery/", import.meta.url).pathname;
const widths = [1440, 390] as const;

test.use({ expectedErrors: [/404/] });
test.beforeAll(() => mkdirSync(folder, { recursive: true }));

for (const theme of themes) {
  for (const width of widths) {
    test.describe(`${theme} ${width}`, () => {
      test.use({
        viewport: { width, height: width > 960 ? 900 : 844 },
        colorScheme: theme,
        contextOptions: { reducedMotion: "reduce" },
      });
      for (const { name, path } of publicPages) {
        test(name, async ({ page }) => {
          await page.goto(path);
          await hydrated(page);
          await page.evaluate(() => document.fonts.ready);
          await page.screenshot({ path: picture(name, theme, width), fullPage: true });
        });
      }
    });
  }
}

function picture(name: string, theme: Theme, width: number): string {
  return `${folder}${name}-${theme}-${width}.png`;
}
