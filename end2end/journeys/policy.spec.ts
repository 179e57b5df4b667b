// Every page keeps its own policy: nothing inline, nothing from elsewhere, and no complaint in the console.
import { allPages, publicPages } from "../support/pages";
import { expect, test } from "../support/portal";

for (const { name, path, person, expectedErrors = [] } of allPages) {
  test.describe(name, () => {
    test.use({ person, expectedErrors });

    test("loads everything from the portal itself", async ({ page, open, baseURL }) => {
      const elsewhere: string[] = [];
      page.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(`${baseURL}/`) && !url.startsWith("data:")) elsewhere.push(url);
      });
      await open(path);
      expect(elsewhere).toEqual([]);
    });
  });
}

test("every page carries a policy without unsafe-inline and unsafe-eval", async ({ request }) => {
  for (const { path } of publicPages) {
    const policy = (await request.get(path)).headers()["content-security-policy"] ?? "";
    expect(policy, path).toContain("script-src");
    expect(policy, path).not.toMatch(/'unsafe-inline'|'unsafe-eval'/);
  }
});
