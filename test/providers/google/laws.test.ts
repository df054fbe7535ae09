import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type EventContent,
  type Field,
  fields,
  neutralOccurrence,
  type OccurrenceContent,
  type Override,
  type Slot,
} from '../../../src/model/content.js'
import { differingFields, sameField } from '../../../src/model/equality.js'
import type { RemoteCalendarId } from '../../../src/model/ids.js'
import { googleProvider } from '../../../src/providers/google/index.js'
import type { ProviderAccount, RemoteEvent } from '../../../src/providers/provider.js'
import { fakeGoogle } from '../../../src/testing/google/fake-google.js'
import type { FakeGoogleOptions } from '../../../src/testing/google/options.js'
import { draft } from '../../../src/testing/provider-samples.js'
import { eventContent } from '../../support/arbitrary-content.js'

const calendar = 'jane@example.com' as RemoteCalendarId
const contents = eventContent({ people: false })
/** Each is an account of its own and a dozen requests. */
const runs = 20

describe.each<FakeGoogleOptions>([{ seriesVersion: 'shared' }, { seriesVersion: 'own' }])(
  'at Google (%o)',
  (options) => {
    test('what is written is read back, but for what Google cannot hold', () =>
      check(
        contents,
        async (content, { account, held }) => {
          const { shown } = await account.create(calendar, draft('law', content))
          const lost = held.filter((field) => !shown || !sameField(field, shown.content, holdable(content, held)))
          expect(lost).toEqual([])
        },
        options,
      ))

    test('what a write shows is what is read', () =>
      check(
        contents,
        async (content, { account }) => {
          const { id, shown } = await account.create(calendar, draft('law', content))
          expect({ ...shown, raw: '' }).toEqual({ ...(await read(account, id)), raw: '' })
        },
        options,
      ))

    test('whatever an event said before, it says what was written over it', () =>
      check(
        fc.tuple(contents, contents),
        async ([before, after], { account, held }) => {
          const { id } = await account.create(calendar, draft('law', before))
          const current = await read(account, id)
          const written = await account.update(calendar, {
            current,
            content: { ...current.content, ...pick(after, held) },
            fields: held,
          })
          const { content } = await read(account, id)
          expect(held.filter((field) => !sameField(field, content, holdable(after, held)))).toEqual([])
          if (written.shown) expect(differingFields(written.shown.content, content)).toEqual([])
        },
        options,
      ))

    test('what is written back as it was read changes nothing', () =>
      check(
        contents,
        async (content, { account, held }) => {
          const { id } = await account.create(calendar, draft('law', content))
          const current = await read(account, id)
          await account.update(calendar, { current, content: current.content, fields: held })
          expect(differingFields((await read(account, id)).content, current.content)).toEqual([])
        },
        options,
      ))
  },
)

interface Tried {
  readonly account: ProviderAccount
  /** The fields that Google holds. */
  readonly held: readonly Field[]
}

async function check<T>(
  arbitrary: fc.Arbitrary<T>,
  law: (value: T, tried: Tried) => Promise<void>,
  options: FakeGoogleOptions,
): Promise<void> {
  const property = fc.asyncProperty(arbitrary, async (value) => {
    const google = fakeGoogle(options)
    const jane = google.addAccount({ token: 'token-of-jane' })
    const account = googleProvider({ fetch: google.fetch }).open({
      settings: {},
      credentials: { accessToken: jane.token },
    })
    const { cannotHold } = account.capabilities
    await law(value, { account, held: fields.filter((field) => !cannotHold.includes(field)) })
  })
  await fc.assert(property, { numRuns: runs })
}

async function read(account: ProviderAccount, id: RemoteEvent['id']): Promise<RemoteEvent> {
  const [found] = await account.fetch(calendar, [id])
  if (found?.type !== 'found') throw new Error(`not found but ${found?.type}`)
  return found.event
}

/** Also the changed occurrences of a series have no room for what Google cannot hold. */
function holdable(content: EventContent, held: readonly Field[]): EventContent {
  const overrides = Object.entries(content.overrides).map(([slot, override]): [string, Override] => [
    slot,
    override.kind === 'cancelled'
      ? override
      : {
          kind: 'changed',
          content: {
            ...neutralOccurrence,
            ...(pick({ ...override.content, recurrence: null, overrides: {} }, held) as OccurrenceContent),
          },
        },
  ])
  const { recurrence } = content
  const changed = overrides.flatMap(([slot, { kind }]) => (kind === 'changed' ? [slot] : []))
  if (!recurrence || (recurrence.rule === null && recurrence.rdates.length + changed.length === 0))
    return { ...content, recurrence: null, overrides: {} }
  return {
    ...content,
    recurrence: { ...recurrence, rdates: addedIn(content, changed) },
    overrides: Object.fromEntries(overrides),
  }
}

/** What a list of dates changes has to be on the list. */
function addedIn({ recurrence, time }: EventContent, changed: readonly Slot[]): readonly Slot[] {
  const { rule = null, rdates = [] } = recurrence ?? {}
  if (rule !== null) return rdates
  const start = time.start.kind === 'date' ? time.start.date : time.start.local
  const all = [...new Set([...rdates, ...changed.filter((slot) => slot !== start)])].sort()
  return all.length > 0 ? all : changed
}

function pick(content: EventContent, names: readonly Field[]): Partial<EventContent> {
  return Object.fromEntries(names.map((name) => [name, content[name]]))
}
