// With JavaScript off, every public page still shows what it is about.
import { publicPages } from "../support/pages";
import { expect, test } from "../support/portal";

test.use({ expectedErrors: [/404/] });

for (const { name, path } of publicPages) {
  test(`${name} has its heading and its main part in the HTML`, async ({ page, open }) => {
    await open(path);
    await expect(page.getByRole("main")).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  });
}
