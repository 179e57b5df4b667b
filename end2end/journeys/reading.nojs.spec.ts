// With JavaScript off, every page still shows what it is about.
import { allPages } from "../support/pages";
import { expect, test } from "../support/portal";

for (const { name, path, person, expectedErrors = [] } of allPages) {
  test.describe(name, () => {
    test.use({ person, expectedErrors });

    test("has its heading and its main part in the HTML", async ({ page, open }) => {
      await open(path);
      await expect(page.getByRole("main")).toBeVisible();
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    });
  });
}
