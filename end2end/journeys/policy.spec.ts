// The page keeps its own policy: nothing inline, nothing from elsewhere.
import { publicPages } from "../support/pages";
import { expect, test } from "../support/portal";

test.use({ expectedErrors: [/404/] });

for (const { name, path } of publicPages) {
  test(`${name} loads everything from the portal itself`, async ({ page, open, baseURL }) => {
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(baseURL ?? "") && !request.url().startsWith("data:")) elsewhere.push(request.url());
    });
    await open(path);
    expect(elsewhere).toEqual([]);
  });
}

test("every page carries a policy without unsafe-inline and unsafe-eval", async ({ request }) => {
  for (const { path } of publicPages) {
    const policy = (await request.get(path)).headers()["content-security-policy"] ?? "";
    expect(policy, path).toContain("script-src");
    expect(policy, path).not.toMatch(/'unsafe-inline'|'unsafe-eval'/);
  }
});
