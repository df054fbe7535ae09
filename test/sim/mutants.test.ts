import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { CreateKey } from '../../src/model/ids.js'
import type { MemoryProvider } from '../../src/providers/memory/index.js'
import type { ProviderAccount } from '../../src/providers/provider.js'

/** Breaks one promise of a provider's account. */
type Defect = (account: ProviderAccount) => Partial<ProviderAccount>

const provider = '../../src/providers/memory/index.js'
let planted: Defect | undefined
let simulate: typeof import('../../src/testing/sim/simulate.js').simulate

// Files of tests share what they load: so everything that makes a provider is loaded anew here, and once more after.
beforeAll(async () => {
  vi.resetModules()
  vi.doMock(provider, async (importOriginal) => {
    const original = await importOriginal<typeof import('../../src/providers/memory/index.js')>()
    return { ...original, memoryProvider: (options: never) => withDefects(original.memoryProvider(options)) }
  })
  simulate = (await import('../../src/testing/sim/simulate.js')).simulate
})

afterAll(() => {
  vi.doUnmock(provider)
  vi.resetModules()
})

function withDefects(provider: MemoryProvider): MemoryProvider {
  const open: MemoryProvider['open'] = (access) => {
    const account = provider.open(access)
    // what the account does not get from the defect it does as ever
    return Object.assign(Object.create(account) as ProviderAccount, planted?.(account))
  }
  return { ...provider, open }
}

let made = 0

const defects: Readonly<Record<string, Defect>> = {
  'creates under another identity each time': (account) => ({
    create: (calendar, draft, options) =>
      account.create(calendar, { ...draft, key: `${draft.key.slice(0, 20)}${++made}` as CreateKey }, options),
    idFor: () => undefined,
  }),
  'says that it guards writes, and writes over what is there': (account) => ({
    update: async (calendar, change, options) => {
      const [now] = await account.fetch(calendar, [change.current.id], options)
      const current = now?.type === 'found' ? now.event : change.current
      return account.update(calendar, { ...change, current }, options)
    },
  }),
  'says that it guards removals, and removes what is there': (account) => ({
    remove: async (calendar, event, options) => {
      const [now] = await account.fetch(calendar, [event.id], options)
      return account.remove(calendar, now?.type === 'found' ? now.event : event, options)
    },
  }),
  'says that an event is gone when it did not find it at first': (account) => ({
    fetch: async (calendar, ids, options) =>
      (await account.fetch(calendar, ids, options)).map((answer) =>
        answer.type === 'found' && answer.event.mark ? { type: 'gone', id: answer.event.id } : answer,
      ),
  }),
  'keeps quiet about the fields that it did not write': (account) => ({
    update: async (calendar, change, options) => {
      const written = await account.update(
        calendar,
        { ...change, content: { ...change.content, location: '' } },
        options,
      )
      return written.shown
        ? { ...written, shown: { ...written.shown, content: { ...written.shown.content, ...change.content } } }
        : written
    },
  }),
}

afterEach(() => {
  planted = undefined
})

describe('the judge catches a provider that', () => {
  for (const [name, defect] of Object.entries(defects))
    test(name, async () => {
      planted = defect
      const caught = new Set<string>()
      for (let seed = 1; seed <= 400 && caught.size === 0; seed++)
        for (const { invariant } of (await simulate(seed).catch(endless)).violations) caught.add(invariant)
      expect([...caught]).not.toEqual([])
    })

  test('and lets one pass that is not broken', async () => {
    planted = () => ({})
    for (let seed = 1; seed <= 20; seed++) expect((await simulate(seed)).violations).toEqual([])
  })
})

/** A schedule that does not end is caught as well. */
function endless(error: unknown): { readonly violations: readonly { readonly invariant: string }[] } {
  if (String(error).includes('does not end')) return { violations: [{ invariant: 'ends' }] }
  throw error
}
