import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type EventContent,
  type Field,
  fields,
  neutralOccurrence,
  type OccurrenceContent,
  type Override,
} from '../../../../src/model/content.js'
import { differingFields, sameField } from '../../../../src/model/equality.js'
import { holding } from '../../../../src/providers/microsoft/holding.js'
import type { ProviderAccount, RemoteEvent } from '../../../../src/providers/provider.js'
import type { FakeMicrosoftOptions } from '../../../../src/testing/microsoft/options.js'
import { draft } from '../../../../src/testing/provider-samples.js'
import { eventContent } from '../../../support/arbitrary-content.js'
import { type Opened, opened } from '../opened.js'

/** What Graph takes as one event; what it does not take is left out of a series. */
const contents = eventContent({ people: false }).map((content): EventContent => {
  if (!content.recurrence) return { ...content, overrides: {} }
  const recurrence = { rule: content.recurrence.rule ?? 'FREQ=WEEKLY', rdates: [] }
  const series: EventContent = { ...content, recurrence, overrides: {} }
  const each = Object.entries(content.overrides).filter(([slot, override]) => holds(series, { [slot]: override }))
  const overrides = Object.fromEntries(each)
  return { ...series, overrides: holds(series, overrides) ? overrides : {} }
})
const held = fields.filter((field) => !holding.cannotHold.includes(field))
const runs = 10

function holds(series: EventContent, overrides: EventContent['overrides']): boolean {
  return holding.holdsSeries?.({ ...series, overrides }) ?? true
}

describe.each<FakeMicrosoftOptions>([{}, { originalStart: 'absent' }])('at Microsoft (%o)', (options) => {
  test('what is written is read back, but for what Microsoft cannot hold', () =>
    check(options, contents, async (content, { account, calendar }) => {
      const { id } = await account.create(calendar, draft('law', content))
      const shown = await read(account, calendar, id)
      const lost = held.filter((field) => !sameField(field, shown.content, holdable(content)))
      expect(lost).toEqual([])
    }))

  test('whatever an event said before, it says what was written over it', () =>
    check(options, fc.tuple(contents, contents), async ([before, after], { account, calendar }) => {
      const { id } = await account.create(calendar, draft('law', before))
      const current = await read(account, calendar, id)
      const content = { ...current.content, ...pick(after, held) }
      await account.update(calendar, { current, content, fields: held })
      const shown = await read(account, calendar, id)
      expect(held.filter((field) => !sameField(field, shown.content, holdable(after)))).toEqual([])
    }))

  test('what is written back as it was read changes nothing', () =>
    check(options, contents, async (content, { account, calendar }) => {
      const { id } = await account.create(calendar, draft('law', content))
      const current = await read(account, calendar, id)
      await account.update(calendar, { current, content: current.content, fields: held })
      expect(differingFields((await read(account, calendar, id)).content, current.content)).toEqual([])
    }))
})

async function check<T>(
  options: FakeMicrosoftOptions,
  arbitrary: fc.Arbitrary<T>,
  law: (value: T, at: Opened) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(arbitrary, async (value) => await law(value, opened(options)))
  await fc.assert(property, { numRuns: runs })
}

async function read(
  account: ProviderAccount,
  calendar: Opened['calendar'],
  id: RemoteEvent['id'],
): Promise<RemoteEvent> {
  const [found] = await account.fetch(calendar, [id])
  if (found?.type !== 'found') throw new Error(`not found but ${found?.type}`)
  return found.event
}

/** Also the changed occurrences of a series have no room for what Microsoft cannot hold. */
function holdable(content: EventContent): EventContent {
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
  return { ...content, overrides: Object.fromEntries(overrides) }
}

function pick(content: EventContent, names: readonly Field[]): Partial<EventContent> {
  return Object.fromEntries(names.map((name) => [name, content[name]]))
}
