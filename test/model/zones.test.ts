import { afterEach, expect, test, vi } from 'vitest'
import { resolveZone, sameZone } from '../../src/model/zones.js'

const names: readonly (readonly [name: string, zone: string | undefined])[] = [
  ['Europe/Berlin', 'Europe/Berlin'],
  ['Asia/Kolkata', 'Asia/Kolkata'],
  ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['europe/berlin', 'Europe/Berlin'],
  ['asia/kolkata', 'Asia/Kolkata'],
  ['Z', 'UTC'],
  ['Etc/UTC', 'UTC'],
  ['GMT', 'UTC'],
  ['tzone://Microsoft/Utc', 'UTC'],
  ['W. Europe Standard Time', 'Europe/Berlin'],
  ['"Pacific Standard Time"', 'America/Los_Angeles'],
  ['GMT Standard Time', 'Europe/London'],
  ['UTC', 'UTC'],
  ['UTC-11', 'Etc/GMT+11'],
  ['/freeassociation.sourceforge.net/Europe/Berlin', 'Europe/Berlin'],
  ['/mozilla.org/20070129_1/America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['/freeassociation.sourceforge.net/Tzfile/SystemV/EST5EDT', 'EST5EDT'],
  ['America/Los Angeles', 'America/Los_Angeles'],
  ['GMT+0100', 'Etc/GMT-1'],
  ['"(GMT-03:00)"', 'Etc/GMT+3'],
  ['(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna', 'Europe/Amsterdam'],
  ['(UTC-05:00) Eastern Time (US & Canada)', 'America/New_York'],
  ['(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi', 'Asia/Kolkata'],
  // the cities keep different clocks, or not the ones that are stated
  ['(UTC+01:00) London, Berlin', undefined],
  ['(UTC+04:00) Amsterdam, Berlin', undefined],
  // ICU reads these as Bangladesh, India and Chicago; their writers may mean Britain, Israel and China
  ['BST', undefined],
  ['IST', undefined],
  ['CST', undefined],
  ['GMT+0530', undefined],
  ['+05:30', undefined],
  ['Customized Time Zone 1', undefined],
  ['tzone://Microsoft/Custom', undefined],
  ['America/Nowhere', undefined],
  ['constructor', undefined],
  ['__proto__', undefined],
  ['', undefined],
  ['\u0000', undefined],
  ['x'.repeat(100_000), undefined],
]

test.each(names)('the name %j stands for %s', (name, zone) => {
  expect(resolveZone(name)).toBe(zone)
  // the second answer comes from the cache
  expect(resolveZone(name)).toBe(zone)
})

test('aliases are one zone, neighbours with the same clocks are not', () => {
  expect(sameZone('Europe/Kiev', 'Europe/Kyiv')).toBe(true)
  expect(sameZone('Asia/Calcutta', 'Asia/Kolkata')).toBe(true)
  expect(sameZone('US/Eastern', 'America/New_York')).toBe(true)
  expect(sameZone('UTC', 'Etc/GMT')).toBe(true)
  expect(sameZone('W. Europe Standard Time', 'Europe/Berlin')).toBe(true)
  expect(sameZone('Europe/Berlin', 'Europe/Vienna')).toBe(false)
  expect(sameZone('Nowhere/One', 'Nowhere/One')).toBe(true)
  expect(sameZone('Nowhere/One', 'Nowhere/Two')).toBe(false)
})

afterEach(() => vi.unstubAllGlobals())

test('aliases are one zone also where Intl gives names back as they came and only Temporal compares them', () => {
  const zoned = (zone: string) => ({
    zone,
    equals: (other: { zone: string }) => zone.slice(0, 4) === other.zone.slice(0, 4),
  })
  vi.stubGlobal('Temporal', { Instant: { fromEpochMilliseconds: () => ({ toZonedDateTimeISO: zoned }) } })
  expect(sameZone('Asia/Tokyo', 'Asia/Seoul')).toBe(true)
  expect(sameZone('Asia/Tokyo', 'Europe/Oslo')).toBe(false)
})
