import type { Page } from 'playwright-core'

/** What has the focus, as a screen reader would name it. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement
    if (!element || element === document.body) return ''
    const labels =
      'labels' in element ? [...((element as HTMLInputElement).labels ?? [])].map((one) => one.textContent) : []
    const heard = element.cloneNode(true) as Element
    for (const hidden of heard.querySelectorAll('[aria-hidden=true]')) hidden.remove()
    const text = element.getAttribute('aria-label') ?? (labels.length > 0 ? labels.join(' ') : heard.textContent)
    return (text ?? '').replace(/\s+/g, ' ').trim()
  })
}

/** Presses Tab until what has the focus is called so. @throws when that takes more than 80 times */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  const seen: string[] = []
  for (let count = 0; count < 80; count++) {
    await page.keyboard.press('Tab')
    const now = await focused(page)
    if (name.test(now)) return
    seen.push(now)
  }
  throw new Error(`Tab never came to ${name}, but to: ${seen.join(' | ')}`)
}
