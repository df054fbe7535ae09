import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { fields } from '../../src/model/content.js'
import { fieldMatrix, type Journey } from './matrix.js'
import { outcomeOf, strayFields } from './outcome.js'
import { renderPage } from './page.js'
import type { Travel } from './pair.js'

describe('every field between every two services', () => {
  let journeys: readonly Journey[] = []
  beforeAll(async () => {
    journeys = await fieldMatrix()
  }, 120_000)

  /** The values for which something is so, by name. */
  const which = (isSo: (travel: Travel, journey: Journey) => boolean): readonly string[] =>
    journeys.flatMap((journey) =>
      journey.travels
        .filter((one) => one.source && isSo(one, journey))
        .map(({ value }) => `${value.field}, ${value.name}: ${journey.from} to ${journey.to}`),
    )

  test('every field is entered somewhere and arrives somewhere', () => {
    const arrived = new Set(
      journeys.flatMap(({ travels }) =>
        travels.filter((one) => outcomeOf(one).kind === 'carried').map(({ value }) => value.field),
      ),
    )
    // Guests are never copied where they could be mailed, and that is everywhere.
    expect(fields.filter((field) => !arrived.has(field))).toEqual(['attendees', 'organizer'])
  })

  test('what a copy does not say is reported, and nothing is reported that it says', () => {
    expect(which((one) => outcomeOf(one).kind === 'unreported')).toEqual([])
  })

  test('a value of one field does not change another one on its way', () => {
    expect(which((one) => strayFields(one).length > 0)).toEqual([])
  })

  test('what is changed in a copy comes back, or is refused with a reason', () => {
    const isLost = ({ cameBack, refusal, copy, parts }: Travel, { from }: Journey) =>
      (copy !== undefined || parts > 0) && from !== 'ics' && !cameBack && refusal?.reason === undefined
    expect(which(isLost)).toEqual([])
  })

  test('the source keeps everything else in every detail, and so does the copy', () => {
    expect(which(({ isUntouched, drifted }) => !isUntouched || drifted.length > 0)).toEqual([])
  })

  test('a sync after which nothing was changed writes nothing', () => {
    expect(journeys.filter(({ needless }) => needless > 0).map(({ from, to }) => `${from} to ${to}`)).toEqual([])
  })

  test('nobody is mailed', () => {
    expect(journeys.flatMap(({ mails }) => mails)).toEqual([])
  })

  test('docs/field-matrix.md holds what becomes of every field', () => {
    const page = readFileSync(new URL('../../docs/field-matrix.md', import.meta.url), 'utf8')
    // Otherwise: npm run docs:matrix
    expect(page).toBe(renderPage(journeys))
  })
})
