// axe-core on one page, in both themes: zero violations.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

export type Theme = "light" | "dark";

export const themes: readonly Theme[] = ["light", "dark"];

/** Fails with one readable line per violation. The page must come from a context with `bypassCSP`: axe injects itself. */
export async function expectAccessible(page: Page, theme: Theme): Promise<void> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  const lines = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")} (${node.any[0]?.message ?? node.failureSummary ?? ""})`),
  );
  expect(lines, `${page.url()} in the ${theme} theme`).toEqual([]);
}
