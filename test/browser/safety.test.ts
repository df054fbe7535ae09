import { afterAll, beforeAll, expect, test } from 'vitest'
import { type App, settled, startApp } from './app.js'

let app: App
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app?.stop())

/** Texts that try to be more than text, in the places where people write. */
const corpus: readonly string[] = [
  '<script>globalThis.wasHit = true</script>',
  '<img src=x onerror="globalThis.wasHit = true">',
  '"><svg onload=globalThis.wasHit=true>',
  "javascript:globalThis.wasHit=true//'",
  '<iframe srcdoc="<script>parent.wasHit=true</script>">',
  '{{constructor.constructor("globalThis.wasHit=true")()}}',
  '<a href="javascript:globalThis.wasHit=true">click</a>',
  '</title><script>globalThis.wasHit=true</script>',
  '<style>body{display:none}</style>',
  '‮<b onmouseover=globalThis.wasHit=true>evil</b>',
]

test('what people write in titles, places and descriptions stays text in every view', async () => {
  const { page, signIn, go, complaints, context } = await app.open()
  const work = app.demo.made?.accounts.mara.google.calendar()
  const client = app.demo.made?.accounts.mara.microsoft.calendar()
  if (!work || !client) throw new Error('the demo has no accounts')
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format(Date.now())
  for (const [index, text] of corpus.entries()) {
    const at = (minute: string) => ({
      dateTime: `${today}T${String(8 + index).padStart(2, '0')}:${minute}:00`,
      timeZone: 'Europe/Berlin',
    })
    work.create({ summary: text, location: text, description: text, start: at('00'), end: at('50') })
  }
  const user = app.demo.engine.user('mara')
  await expect
    .poll(
      async () =>
        (await user.events.ofGroup('mara-work', { limit: 500 })).items.filter(({ content }) =>
          corpus.includes(content.title),
        ).length,
      { timeout: 40_000 },
    )
    .toBe(corpus.length)
  // One of them in a conflict as well, so that its dialog shows it from both sides.
  await expect.poll(() => client.all().some(({ subject }) => subject === corpus[1]), { timeout: 30_000 }).toBe(true)
  const id = work.all().find(({ summary }) => summary === corpus[1])?.id ?? ''
  const copy = client.all().find(({ subject }) => subject === corpus[1])?.id ?? ''
  work.edit(id, { summary: `${corpus[1]} one` })
  client.edit(copy, { subject: `${corpus[1]} two` })
  await user.groups.syncSoon('mara-work')
  await expect.poll(async () => (await user.conflicts.listOpen('mara-work')).items.length, { timeout: 30_000 }).toBe(4)

  await signIn('Mara Lindt')
  await go('/calendar?as=list')
  for (const text of corpus.filter((one) => one !== corpus[1]))
    await page.getByText(text, { exact: true }).first().waitFor()
  await page.getByRole('button').filter({ hasText: '<img src=x' }).first().click()
  await page.getByRole('dialog').getByText('In “Work and client”').waitFor()
  await go('/calendar?as=week')
  await go('/conflicts')
  await page.getByRole('link').filter({ hasText: '<img src=x' }).first().click()
  await page.getByRole('dialog').getByText('<img src=x onerror="globalThis.wasHit = true"> two').first().waitFor()
  for (const path of ['/activity', '/activity?as=audit', '/notifications', '/']) await go(path)
  expect(await page.evaluate(() => 'wasHit' in globalThis)).toBe(false)
  expect(await page.locator('img, iframe, a[href^=javascript]').count()).toBe(0)
  expect(complaints).toEqual([])
  await context.close()
})

test('the policy of the page lets no script and no style in that is not a file of ours, and nothing be sent elsewhere', async () => {
  const { page, signIn, complaints, context } = await app.open()
  const answer = await page.goto(app.demo.origin)
  const policy = answer?.headers()['content-security-policy'] ?? ''
  expect(policy).not.toMatch(/unsafe-/)
  expect(policy).toMatch(/default-src 'none'/)
  await signIn('Mara Lindt')
  expect(complaints).toEqual([])
  const outcome = await page.evaluate(async () => {
    const script = document.createElement('script')
    script.append('globalThis.wasHit = true')
    document.head.append(script)
    const style = document.createElement('style')
    style.append('body { color: rgb(1, 2, 3) }')
    document.head.append(style)
    const sent = await fetch('https://elsewhere.example/').then(
      () => 'sent',
      () => 'held',
    )
    return { wasHit: 'wasHit' in globalThis, color: getComputedStyle(document.body).color, sent }
  })
  expect(outcome).toMatchObject({ wasHit: false, sent: 'held' })
  expect(outcome.color).not.toBe('rgb(1, 2, 3)')
  await context.close()
})

test('pages of other sites cannot sign anybody in, break anything, or put the app into a frame', async () => {
  const { page, signIn, context } = await app.open()
  await signIn('Mara Lindt')
  await settled(page)
  const { origin } = app.demo
  const asOther = (path: string, body: object) =>
    fetch(origin + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: 'https://elsewhere.example',
        'sec-fetch-site': 'cross-site',
      },
      body: JSON.stringify(body),
    }).then(({ status }) => status)
  expect(await asOther('/demo/session', { userId: 'mara' })).toBe(403)
  expect(await asOther('/demo/troubles/empty', {})).toBe(403)
  expect(await asOther('/accounts/google/authorize', {})).toBe(403)
  const { headers } = await fetch(origin)
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  const cookie = (await context.cookies()).find(({ name }) => name === 'calweave_demo')
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
  await context.close()
})

test('a session that was forged, or signed with other keys, is nobody’s', async () => {
  const { origin } = app.demo
  const status = async (cookie: string) => (await fetch(`${origin}/calweave/status`, { headers: { cookie } })).status
  expect(await status('calweave_demo=mara~0123456789abcdef01234567~9999999999999~c2lnbmVk')).toBe(401)
  const { page, signIn, context } = await app.open()
  await signIn('Idris Osei')
  await settled(page)
  const own = (await context.cookies()).find(({ name }) => name === 'calweave_demo')?.value ?? ''
  expect(await status(`calweave_demo=${own}`)).toBe(200)
  expect(await status(`calweave_demo=${own.replace('idris', 'mara')}`)).toBe(401)
  await context.close()
})
