import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CaldavStub, startCaldavStub } from '../support/caldav-stub.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
// The demo puts its files here, so that what it leaves behind can be seen.
const temporary = mkdtempSync(join(tmpdir(), 'calweave-test-'))
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

describe('the demo with calendars in its own process', () => {
  let shown: Shown

  beforeAll(async () => {
    shown = await runExample('demo/main.ts')
  })

  test('it ends well and quickly, without a file left behind and without a word on stderr', () => {
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(shown.ms).toBeLessThan(10_000)
    expect(readdirSync(temporary)).toEqual([])
  })

  test('what is no terminal gets plain text', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(shown.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
  })

  test('each event of the first sync stands in both calendars with its origin', () => {
    const first = stepOf(shown, 'The first sync')
    expect(first).toContain('15 created')
    for (const [title, work, home] of [
      ['Sprint planning', 'Team (ics)', 'Team (ics)'],
      ['Jonas is on leave', 'Team (ics)', 'Team (ics)'],
      ['Design review', 'here', 'Work (memory)'],
      ['Dentist', 'Home (memory)', 'here'],
    ] as const)
      expect(lines(first, title).map((line) => line.split(/ {2,}/).at(-1))).toEqual([work, home])
  })

  test('times are told in one zone: the call at nine in New York is at two in Berlin', () => {
    for (const line of lines(stepOf(shown, 'The first sync'), 'Call with the customer'))
      expect(line).toContain('14:00–14:45')
  })

  test('a private event is "Busy" in the other calendar', () => {
    const first = stepOf(shown, 'The first sync')
    expect(lines(first, '12:00–12:45').map((line) => line.split(/ {2,}/)[2])).toEqual(['Busy', 'Flat viewing'])
  })

  test('edits of both sides are in both calendars', () => tellsMerge(shown))
  test('the conflict is parked, and the decision is in both calendars', () => tellsConflict(shown))
  test('the moved occurrence is in the series at its origin, and its neighbours stay', () => tellsSeries(shown))
  test('after the crash there is exactly one copy', () => tellsCrash(shown))
  test('a sync without changes writes nothing', () => tellsQuiet(shown))
})

describe('the demo between two CalDAV servers', () => {
  const password = 'a password that must not be shown'
  let stubs: readonly [CaldavStub, CaldavStub]

  beforeAll(async () => {
    const options = { username: 'jane', password }
    stubs = [
      await startCaldavStub({ ...options, calendars: ['Work'] }),
      await startCaldavStub({ ...options, calendars: ['Home'] }),
    ]
  })
  afterAll(async () => {
    for (const stub of stubs) await stub.close()
  })

  const run = (extra: readonly string[] = [], given: Record<string, string> = {}): Promise<Shown> => {
    const [work, home] = stubs
    const addresses = [
      new URL(work.calendar('Work'), work.url).href,
      new URL(home.calendar('Home'), home.url).href,
    ] as const
    const environment = {
      CALWEAVE_A_USER: 'jane',
      CALWEAVE_A_PASSWORD: password,
      CALWEAVE_B_USER: 'jane',
      CALWEAVE_B_PASSWORD: password,
      ...given,
    }
    return runExample('demo/main.ts', ['--caldav-a', addresses[0], '--caldav-b', addresses[1], ...extra], environment)
  }

  test('it tells the same story, and leaves the calendars as empty as it found them', async () => {
    const shown = await run()
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(stepOf(shown, 'The first sync')).toContain('15 created')
    for (const tells of [tellsMerge, tellsConflict, tellsSeries, tellsCrash, tellsQuiet]) tells(shown)
    expect([...stubs[0].files('Work'), ...stubs[1].files('Home')]).toEqual([])
    expect(shown.stdout).not.toContain(password)
  })

  test('it does not touch a calendar that has events', async () => {
    stubs[1].put(
      'Home',
      'mine.ics',
      'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//e//e//EN\r\nBEGIN:VEVENT\r\nUID:m@example.com\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
    )
    const shown = await run()
    expect(shown.code).toBe(1)
    expect(shown.stderr).toContain('is not empty')
    expect(stubs[0].files('Work')).toEqual([])
    expect(stubs[1].files('Home')).toEqual(['mine.ics'])
    stubs[1].remove('Home', 'mine.ics')
  })

  test('a wrong password ends it with one sentence and without the password', async () => {
    const wrong = 'wrong and secret all the same'
    const shown = await run(['--password-a', wrong])
    expect(shown.code).toBe(1)
    expect(shown.stderr.trim().split('\n')).toHaveLength(1)
    expect(shown.stderr).toContain('auth_expired')
    expect(shown.stderr).not.toContain(wrong)
  })
})

describe('the demo with other options', () => {
  test('it reads a file of the reader, whatever signs are in it', async () => {
    const file = join(temporary, 'odd name %41 ü.ics')
    const event = [
      'BEGIN:VEVENT',
      'UID:own@example.com',
      'DTSTAMP:20260101T000000Z',
      'DTSTART:20300704T100000Z',
      'DTEND:20300704T110000Z',
      'SUMMARY:開発会議 🎉 \u001b[31mred',
      'END:VEVENT',
    ]
    writeFileSync(
      file,
      ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//e//e//EN', ...event, 'END:VCALENDAR', ''].join('\r\n'),
    )
    const shown = await runExample('demo/main.ts', ['--ics', file])
    rmSync(file)
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    const [row] = lines(stepOf(shown, 'The first sync'), '開発会議')
    expect(row).toMatch(/Thu 04 Jul 10:00–11:00 \(UTC\) {2}開発会議 🎉 \[31mred/)
    expect(shown.stdout).not.toContain('\u001b')
  })

  test('a file that is no calendar is refused with one sentence', async () => {
    const file = join(temporary, 'no-calendar.ics')
    writeFileSync(file, '<html>')
    const shown = await runExample('demo/main.ts', ['--ics', file])
    rmSync(file)
    expect(shown.code).toBe(1)
    expect(shown.stderr.trim().split('\n')).toHaveLength(1)
    expect(readdirSync(temporary)).toEqual([])
  })

  test('one of two servers is refused, and help is given', async () => {
    expect(await runExample('demo/main.ts', ['--caldav-a', 'https://dav.example.com/'])).toMatchObject({
      code: 1,
      stdout: '',
    })
    const help = await runExample('demo/main.ts', ['--help'])
    expect(help.code).toBe(0)
    expect(help.stdout).toContain('--caldav-b')
  })
})

test('the short example copies one event', async () => {
  expect(await runExample('two-calendars.ts')).toMatchObject({
    code: 0,
    stdout: '1 copied: Moving house\n',
    stderr: '',
  })
})

function tellsMerge(shown: Shown): void {
  const rows = lines(stepOf(shown, 'Edits on both sides'), 'Room Birch')
  expect(rows).toHaveLength(2)
  for (const row of rows) expect(row).toMatch(/26 Mar 14:00–15:00 {2}Design review {2}Room Birch/)
}

function tellsConflict(shown: Shown): void {
  const text = stepOf(shown, 'A conflict')
  expect(text).toContain('0 updated, 0 removed, 1 waiting for a person')
  expect(lines(text, 'Work says')).toEqual([expect.stringContaining('11:00–11:45')])
  expect(lines(text, 'Home says')).toEqual([expect.stringContaining('07:45–08:30')])
  const decided = text.slice(text.indexOf('Mara decides'))
  expect(lines(decided, 'Lindenstraße').map((line) => line.includes('07:45–08:30'))).toEqual([true, true])
}

function tellsSeries(shown: Shown): void {
  expect(lines(stepOf(shown, 'One occurrence'), "St. Mary's").map((line) => line.split(/ {2,}/)[1])).toEqual([
    'Tue 24 Mar 18:30–20:00',
    'Wed 01 Apr 19:00–20:30',
    'Tue 07 Apr 18:30–20:00',
  ])
}

function tellsCrash(shown: Shown): void {
  const text = stepOf(shown, 'A crash')
  expect(text.match(/Copies of it in Work: (\d+)/g)).toEqual(['Copies of it in Work: 1', 'Copies of it in Work: 1'])
  expect(text).toContain('0 created')
  expect(lines(text, '19:00–20:30')).toEqual([expect.stringMatching(/Parents' evening {2}School {2}Home \(/)])
}

function tellsQuiet(shown: Shown): void {
  expect(stepOf(shown, 'Nothing to do')).toContain('0 seen, 0 created, 0 updated, 0 removed')
}

interface Shown {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

function runExample(
  file: string,
  args: readonly string[] = [],
  environment: Record<string, string> = {},
): Promise<Shown> {
  const command = ['--import', './scripts/typescript.mjs', `examples/${file}`, ...args]
  const { PATH } = process.env
  const env = { PATH, TMPDIR: temporary, ...environment }
  const before = performance.now()
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: root, env, timeout: 25_000 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0
      resolve({ code, stdout, stderr, ms: performance.now() - before })
    })
  })
}

/** The part of the story under a heading. */
function stepOf({ stdout }: Shown, heading: string): string {
  const found = stdout.split(/^(?=\d+\. )/m).find((part) => part.slice(0, 60).includes(heading))
  if (found === undefined) throw new Error(`the demo has no step "${heading}":\n${stdout}`)
  return found
}

function lines(text: string, wanted: string): readonly string[] {
  return text.split('\n').filter((line) => line.includes(wanted) && line.includes('  ') && !line.includes('"'))
}
