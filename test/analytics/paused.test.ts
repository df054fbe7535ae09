import { expect, test } from 'vitest'
import type { ErrorReport } from '../../src/engine/error-reports.js'
import { content, world } from '../support/world.js'

test('a calendar that is paused is neither a failure among the figures nor reported as an error', async () => {
  const reports: ErrorReport[] = []
  const onError = (report: ErrorReport) => void reports.push(report)
  const w = await world({
    calendars: 3,
    apart: true,
    engine: { analytics: { setTimer: () => () => undefined }, onError },
  })
  w.calendar(0).add(content('Lunch'))
  await w.settle()
  const before = (await w.engine.analytics()).totals.runs
  const [, paused] = await w.user.calendars.list()
  await w.user.pauses.set({ scope: { calendar: paused?.id ?? '' }, reason: 'test' })
  w.calendar(0).add(content('Dinner'))
  for (let n = 0; n < 6; n++) await w.sync()
  const { runs, errors } = (await w.engine.analytics()).totals
  expect(reports).toEqual([])
  expect(errors).toEqual({})
  expect([runs.partial - before.partial, runs.failed - before.failed]).toEqual([0, 0])
})
