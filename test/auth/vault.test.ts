import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SealedPlace } from '../../src/auth/auth.js'
import type { KeyWrapper } from '../../src/auth/key-ring.js'
import { secret } from '../../src/auth/secret.js'
import { vault } from '../../src/auth/vault.js'
import { SyncError } from '../../src/errors.js'
import { keyOne, keyTwo } from './fixtures.js'

const place: SealedPlace = { user: 'ada', connection: 'work', field: 'credentials' }
const one = vault({ keys: { one: keyOne }, current: 'one' })
const refused = { code: 'storage_foreign', reason: 'VAULT' }

/** A key service with a master key of its own: an AES-GCM envelope, as all of them are. */
function keyService(master = keyOne): KeyWrapper & { calls: number; isDown: boolean } {
  const inner = vault({ keys: { master }, current: 'master' })
  const bound = (context: string) => ({ user: '', connection: '', field: context })
  const text = (bytes: Uint8Array) => String.fromCharCode(...bytes)
  const service = {
    calls: 0,
    isDown: false,
    async wrap(key: Uint8Array, context: string) {
      service.calls++
      if (service.isDown) throw new Error(`cannot wrap ${text(key)}`)
      return new TextEncoder().encode(await inner.seal(btoa(text(key)), bound(context)))
    },
    async unwrap(wrapped: Uint8Array, context: string) {
      service.calls++
      if (service.isDown) throw new Error('down')
      const key = await inner.open(new TextDecoder().decode(wrapped), bound(context))
      return Uint8Array.from(atob(key), (character) => character.charCodeAt(0))
    },
  }
  return service
}

const kinds = [
  ['a key of the host', () => vault({ keys: { one: keyOne }, current: 'one' })],
  ['a key service', () => vault({ keys: { kms: keyService() }, current: 'kms' })],
] as const

describe.each(kinds)('sealed under %s', (_, make) => {
  test('every text opens as what it was, in its place', async () => {
    const sealing = make()
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 3_000 }), async (text) => {
        expect(await sealing.open(await sealing.seal(text, place), place)).toBe(text)
      }),
      { numRuns: 60 },
    )
  })

  test('a text opens in no other place, however the names are put together', async () => {
    const sealing = make()
    const name = fc.string({ maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.tuple(name, name, name), fc.tuple(name, name, name), async (mine, theirs) => {
        fc.pre(JSON.stringify(mine) !== JSON.stringify(theirs))
        const [user, connection, field] = mine
        const sealed = await sealing.seal('token', { user, connection, field })
        const [otherUser, otherConnection, otherField] = theirs
        const elsewhere = { user: otherUser, connection: otherConnection, field: otherField }
        await expect(sealing.open(sealed, elsewhere)).rejects.toThrow(SyncError)
      }),
      { numRuns: 60 },
    )
  })
})

describe('sealed text', () => {
  test('moved to another user, connection or field does not open', async () => {
    const sealed = await one.seal('token', place)
    for (const other of [{ user: 'jo' }, { connection: 'home' }, { field: 'sign-in' }])
      await expect(one.open(sealed, { ...place, ...other })).rejects.toMatchObject(refused)
    // the border between two names does not move
    const moved = { user: 'adaw', connection: 'ork', field: 'credentials' }
    await expect(one.open(sealed, moved)).rejects.toMatchObject(refused)
  })

  test('does not open when any one of its characters is another', async () => {
    const sealed = await one.seal('a token', place)
    const survivors: number[] = []
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
      await one.open(changed, place).then(
        () => survivors.push(at),
        (error) => expect(error).toMatchObject({ name: 'SyncError' }),
      )
    }
    expect(survivors).toEqual([])
  })

  test('does not open under another key of the same name, nor without its key', async () => {
    const sealed = await one.seal('token', place)
    const impostor = vault({ keys: { one: keyTwo }, current: 'one' })
    await expect(impostor.open(sealed, place)).rejects.toMatchObject(refused)
    const forgetful = vault({ keys: { two: keyTwo }, current: 'two' })
    await expect(forgetful.open(sealed, place)).rejects.toMatchObject({ code: 'invalid_input', reason: 'VAULT_KEY' })
  })

  test.each([[''], ['token'], ['v1.one'], ['v2.one.AA.AA.AA'], ['v1.one..AAAA.AAAA'], ['v1.o e..AAAAAAAAAAAAAAAA.AA']])(
    'that is none is refused and not read: %j',
    async (text) => {
      await expect(one.open(text, place)).rejects.toMatchObject(refused)
    },
  )

  test('never repeats a nonce, and never itself', async () => {
    const many = 20_000
    const nonces = new Set<string>()
    for (let n = 0; n < many; n++) nonces.add((await one.seal('', place)).split('.')[3] ?? '')
    expect(nonces.size).toBe(many)
    expect([...nonces][0]).toHaveLength(16)
  })

  test('tells nothing of what is in it', async () => {
    const sealed = await one.seal('canary-token', place)
    expect(sealed).not.toContain('canary')
    expect(atob(sealed.split('.')[4]?.replaceAll('-', '+').replaceAll('_', '/') ?? '')).not.toContain('canary')
  })
})

describe('a ring of keys', () => {
  const ring = vault({ keys: { one: keyOne, two: keyTwo }, current: 'two' })

  test('opens what older keys sealed, seals with the present one, and says what is old', async () => {
    const old = await one.seal('token', place)
    expect(await ring.open(old, place)).toBe('token')
    const fresh = await ring.seal('token', place)
    expect([ring.isStale(old), ring.isStale(fresh)]).toEqual([true, false])
    await expect(one.open(fresh, place)).rejects.toMatchObject({ reason: 'VAULT_KEY' })
  })

  test.each([
    ['a key that is too short', { keys: { one: btoa('short') }, current: 'one' }],
    ['a key that is no base64', { keys: { one: '!'.repeat(44) }, current: 'one' }],
    ['no key', { keys: { one: '' }, current: 'one' }],
    ['a current one that is not there', { keys: { one: keyOne }, current: 'two' }],
    ['a name that would not stay one', { keys: { 'a.b': keyOne }, current: 'a.b' }],
  ])('is refused with %s', (_, options) => {
    expect(() => vault(options)).toThrow(SyncError)
  })

  test('shows no key, to whoever looks at it or at an error', () => {
    const looked = inspect(ring, { depth: 20, showHidden: true }) + JSON.stringify(ring)
    for (const key of [keyOne, keyTwo]) expect(looked).not.toContain(key)
    expect(() => vault({ keys: { one: 'canary-key' }, current: 'one' })).not.toThrow('canary')
  })
})

describe('a key service', () => {
  test('is asked for a key of its own for every text, bound to its place', async () => {
    const service = keyService()
    const kms = vault({ keys: { kms: service }, current: 'kms' })
    const [first, second] = [await kms.seal('token', place), await kms.seal('token', place)]
    expect(first.split('.')[2]).not.toBe(second.split('.')[2])
    expect(service.calls).toBe(2)
    // The wrapped key of one text in front of the body of another
    const mixed = first.split('.').map((part, at) => (at === 2 ? second.split('.')[2] : part))
    await expect(kms.open(mixed.join('.'), place)).rejects.toMatchObject(refused)
  })

  test('that fails is no damage: try again, and its words are not repeated', async () => {
    const service = keyService()
    const kms = vault({ keys: { kms: service }, current: 'kms' })
    const sealed = await kms.seal('token', place)
    service.isDown = true
    await expect(kms.open(sealed, place)).rejects.toMatchObject({ code: 'unavailable', reason: 'VAULT_KMS' })
    const error: unknown = await kms.seal('token', place).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'unavailable' })
    expect((error as Error).cause).toBeUndefined()
  })

  test('can take over from a key of the host', async () => {
    const both = vault({ keys: { one: keyOne, kms: keyService() }, current: 'kms' })
    const old = await one.seal('token', place)
    expect(both.isStale(old)).toBe(true)
    expect(await both.open(await both.seal(await both.open(old, place), place), place)).toBe('token')
  })
})

test('a secret is redacted by everything that shows things', () => {
  const token = secret('canary')
  const shown = [
    String(token),
    `${token}`,
    JSON.stringify({ token }),
    inspect({ token }, { showHidden: true, depth: 9 }),
  ]
  expect(shown.join()).not.toContain('canary')
  expect(shown[2]).toBe('{"token":"[redacted]"}')
  expect(token.reveal()).toBe('canary')
})
