import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe holds against a page, as `rule: element`, by WCAG 2.2 AA, best practice and the size of targets. */
export async function faults(page: Page): Promise<readonly string[]> {
  // The policy of the page lets no script of ours in; what the debugger evaluates is none of the page's.
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    interface Found {
      readonly violations: readonly {
        readonly id: string
        readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
      }[]
    }
    const { axe } = globalThis as unknown as { readonly axe: { run(root: Document, options: object): Promise<Found> } }
    const { violations } = await axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      rules: { 'target-size': { enabled: true } },
    })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ html, failureSummary = '' }) =>
          `${id}: ${html.slice(0, 160)} ${failureSummary.replaceAll('\n', ' ').slice(0, 200)}`,
      ),
    )
  })
}
