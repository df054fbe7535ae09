import { describe, expect, test } from 'vitest'
import type { ErrorReport } from '../../src/engine/error-reports.js'
import { framesOf } from '../../src/model/failure.js'
import { content, type World, world } from '../support/world.js'

const canary = 'canary4711'

async function reported(hook?: (report: ErrorReport) => unknown) {
  const reports: ErrorReport[] = []
  const onError = (report: ErrorReport) => {
    reports.push(report)
    return hook?.(report)
  }
  return { w: await world({ engine: { onError }, apart: true }), reports }
}

const failOne = async (w: World, times: number) => {
  w.fault = ({ account }) => (account === 'account of cal-a' ? { code: 'unavailable', reason: 'HTTP_503' } : undefined)
  for (let time = 0; time < times; time++) await w.sync()
  w.fault = undefined
}

describe('an error report', () => {
  test('comes after the third failure in a row, and then less and less often', async () => {
    const { w, reports } = await reported()
    await failOne(w, 2)
    expect(reports).toEqual([])
    await failOne(w, 23)
    expect(reports.map(({ times }) => times)).toEqual([3, 6, 12, 24])
    expect(reports[0]).toMatchObject({
      ...{ kind: 'repeated', where: 'calendar', code: 'unavailable', remedy: 'retry', reason: 'HTTP_503' },
      ...{ userId: 'user_1', groupId: 'group', calendarId: w.calendarIds[0] },
    })
  })

  test('begins to count anew after a success', async () => {
    const { w, reports } = await reported()
    for (let round = 0; round < 3; round++) {
      await failOne(w, 2)
      await w.sync()
    }
    expect(reports).toEqual([])
  })

  test('of something unexpected comes at once, says where it was, and not what it said', async () => {
    const { w, reports } = await reported()
    w.calendar(0).add(content(`${canary} title`))
    w.fault = () => {
      throw new TypeError(`cannot read ${canary}\n    at ${canary} (file.js:1:1)`)
    }
    await expect(w.sync()).rejects.toThrow(canary)
    expect(reports).toMatchObject([{ kind: 'unexpected', where: 'run', times: 1, groupId: 'group' }])
    expect(reports[0]?.frames?.some((frame) => frame.includes('error-reports.test.ts'))).toBe(true)
    expect(JSON.stringify(reports)).not.toContain(canary)
  })

  test('that cannot be delivered stops nothing', async () => {
    const throwing = await reported(() => {
      throw new Error('the collector is away')
    })
    await failOne(throwing.w, 3)
    const rejecting = await reported(async () => Promise.reject(new Error('the collector is away')))
    await failOne(rejecting.w, 3)
    expect([throwing.reports.length, rejecting.reports.length]).toEqual([1, 1])
  })
})

test('frames hold no line of the message, whatever it looks like', () => {
  const error = new Error(`first\n    at ${canary} (/a/b.js:1:2)\nlast`)
  expect(framesOf(error).join()).not.toContain(canary)
  expect(framesOf(error).length).toBeGreaterThan(0)
  error.name = 'Renamed'
  expect(framesOf(error).join()).not.toContain(canary)
  expect(framesOf('text')).toEqual([])
})
